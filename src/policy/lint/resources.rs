//! Resource ARNs: their form, and whether they name the bucket at all.

use crate::value::{Class, Seg, SymStr, Truth};

use super::super::glob::{Pattern, Reading};
use super::super::resource;
use super::super::{Context, Note, NoteKind, Policy, Statement};
use super::Notes;

/// What a resource pattern can stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Bucket,
    Object,
    /// Both, or not known.
    Either,
}

/// Whether a pattern names a bucket or objects.
pub(super) fn target(item: &SymStr) -> Target {
    let shape: String = item
        .segs()
        .iter()
        .map(|it| match it {
            Seg::Lit(lit) => lit.text.to_string(),
            Seg::Hole(hole) => hole.known.as_deref().map_or_else(|| shape_of(hole.class), str::to_owned),
        })
        .collect();
    let Some(rest) = shape.splitn(6, ':').nth(5) else { return Target::Either };
    if shape.contains(":accesspoint/") {
        return if rest.contains("/object/") { Target::Object } else { Target::Bucket };
    }
    match rest.split_once('/') {
        // `?` marks what may be anything.
        Some((bucket, _)) if !bucket.contains('?') => Target::Object,
        None if !rest.contains(['*', '?']) => Target::Bucket,
        _ => Target::Either,
    }
}

fn shape_of(class: Class) -> String {
    match class {
        Class::Any | Class::Identifier => "?".to_owned(),
        Class::Arn => "arn:aws:s3:::x".to_owned(),
        Class::BucketName | Class::Region | Class::Partition => "x".to_owned(),
        Class::AccountId => "111111111111".to_owned(),
    }
}

pub(super) fn check(statement: &Statement, notes: &mut Notes<'_>) {
    for (item, origin) in &statement.resources.items {
        let Some(text) = item.known() else { continue };
        if is_every_bucket(&text) {
            if !statement.resources.negated {
                let what = if text == "*" { "every resource" } else { "in every bucket" };
                let message =
                    format!("the resource `{text}` is {what}: name the bucket's ARN, and with `/*` its objects");
                notes.add(NoteKind::ResourceForeign, message, origin);
            }
        } else if let Some(message) = malformed(&text) {
            notes.add(NoteKind::ArnFormat, message, origin);
        }
    }
}

/// `*`, and ARNs whose bucket is nothing but stars: `arn:aws:s3:::*/*`.
fn is_every_bucket(text: &str) -> bool {
    let bucket = text.splitn(6, ':').nth(5).map(|it| it.split('/').next().unwrap_or_default());
    let stars = |it: &str| !it.is_empty() && it.bytes().all(|it| it == b'*');
    stars(text) || bucket.is_some_and(stars)
}

fn malformed(text: &str) -> Option<String> {
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, region, account, rest] = fields.as_slice() else {
        return Some(format!("`{text}` is not an ARN: write `arn:aws:s3:::bucket` or `arn:aws:s3:::bucket/*`"));
    };
    if *arn != "arn" {
        return Some(format!("`{text}` does not start with `arn:`"));
    }
    let wild = |it: &str| it.contains(['*', '?', '$']);
    if !partition.starts_with("aws") && !wild(partition) {
        return Some(format!("`{partition}` is not a partition: write `aws`"));
    }
    let access_point = rest.starts_with("accesspoint");
    match *service {
        "s3" | "s3-outposts" | "s3-object-lambda" | "s3express" => {}
        service if wild(service) => return Some(format!("the service of `{text}` has a wildcard: write `s3`")),
        service => return Some(format!("`{text}` names a resource of `{service}`, not of `s3`")),
    }
    let (global, any) = (region.is_empty() && account.is_empty(), wild(region) && wild(account));
    if *service == "s3" && !access_point && !global && !any {
        return Some(format!(
            "`{text}`: the ARN of a bucket has no region and no account: write `arn:{partition}:s3:::{rest}`"
        ));
    }
    if rest.is_empty() {
        return Some(format!("`{text}` names no bucket"));
    }
    let bucket = rest.split('/').next().unwrap_or_default();
    if !access_point && *service == "s3" && !wild(bucket) && bucket.bytes().any(|it| it.is_ascii_uppercase()) {
        return Some(format!("`{bucket}` cannot be a bucket: names have no capital letters"));
    }
    None
}

/// Resources that name another bucket than the one the policy is attached to, where both names are known.
#[must_use]
pub fn foreign_resources(policy: &Policy, context: &Context) -> Vec<Note> {
    let Some(name) = context.bucket.name.as_ref().and_then(SymStr::known) else { return Vec::new() };
    let mut notes = Vec::new();
    for statement in &policy.statements {
        for (item, origin) in &statement.resources.items {
            let Some(text) = item.known() else { continue };
            let Some(rest) = resource::normal(&text).strip_prefix("arn:aws:s3:::").map(str::to_owned) else { continue };
            let bucket = rest.split('/').next().unwrap_or_default();
            let reading = Reading { wildcards: true, variables: false };
            let matches = Pattern::text(bucket, reading).matches(&name, false);
            if matches == Truth::No {
                let message = format!("`{bucket}` is another bucket: this policy is attached to `{name}`");
                let kind = NoteKind::ResourceForeign;
                notes.push(Note {
                    kind,
                    message,
                    origin: origin.clone(),
                    statement: Some(statement.index),
                    sure: true,
                });
            }
        }
    }
    notes
}
