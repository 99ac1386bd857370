//! Actions that do not exist, and actions that none of the statement's resources can meet.

use crate::source::nearest;
use crate::value::SymStr;

use super::super::actions::{READING, table};
use super::super::glob::Pattern;
use super::super::{NoteKind, Statement};
use super::Notes;
use super::resources::{Target, target};

pub(super) fn check(statement: &Statement, notes: &mut Notes<'_>) {
    for (item, origin) in &statement.actions.items {
        let Some(text) = item.known() else { continue };
        if let Some(message) = unknown(&text) {
            notes.add(NoteKind::UnknownAction, message, origin);
        } else if let Some(message) = mismatch(item, &text, statement) {
            notes.add(NoteKind::ActionResourceMismatch, message, origin);
        }
    }
}

fn matches(pattern: &str) -> impl Iterator<Item = &'static super::super::actions::Action> {
    let pattern = Pattern::text(pattern, READING);
    table().iter().filter(move |it| pattern.matches(&it.name, true) == crate::value::Truth::Yes)
}

/// Services with bucket policies of the same form, whose actions are not in the table: directory buckets, Outposts.
const SIBLINGS: [&str; 4] = ["s3express", "s3-outposts", "s3-object-lambda", "s3tables"];

fn unknown(text: &str) -> Option<String> {
    if text == "*" {
        return None;
    }
    let Some((service, name)) = text.split_once(':') else {
        return Some(format!("`{text}` is not an action: write `s3:{text}`"));
    };
    // S3's sibling services have policies of their own; a wildcard may stand for the service too.
    if SIBLINGS.iter().any(|it| service.eq_ignore_ascii_case(it)) {
        return None;
    }
    if !service.eq_ignore_ascii_case("s3") && !service.contains(['*', '?']) {
        return Some(format!("`{text}` is an action of another service: a bucket policy takes actions of `s3`"));
    }
    if matches(text).next().is_some() {
        return None;
    }
    let near = meant(name).map(|it| format!(": did you mean `{it}`?")).unwrap_or_default();
    let what = if name.contains(['*', '?']) { "matches no action of S3" } else { "is not an action of S3" };
    Some(format!("`{text}` {what}{near}"))
}

/// The action that was meant, where that is a likely slip.
fn meant(name: &str) -> Option<&'static str> {
    let names = table().iter().filter_map(|it| it.name.strip_prefix("s3:"));
    let near = nearest(name, names)?;
    table().iter().map(|it| it.name.as_str()).find(|it| it.strip_prefix("s3:") == Some(near))
}

/// An action on buckets where all resources are objects, or the reverse.
fn mismatch(item: &SymStr, text: &str, statement: &Statement) -> Option<String> {
    let resources = &statement.resources;
    if statement.actions.negated
        || !resources.present
        || resources.negated
        || resources.rest.is_some()
        || resources.items.is_empty()
    {
        return None;
    }
    let targets: Vec<Target> = resources.items.iter().map(|(it, _)| target(it)).collect();
    if targets.contains(&Target::Either) {
        return None;
    }
    let (has_bucket, has_object) = (targets.contains(&Target::Bucket), targets.contains(&Target::Object));
    let mut all = matches(text).filter(|it| it.on_bucket || it.on_object).peekable();
    all.peek()?;
    let shown = item.display();
    let fits = |it: &super::super::actions::Action| it.on_bucket && has_bucket || it.on_object && has_object;
    if all.any(fits) {
        return None;
    }
    Some(if has_object {
        format!("`{shown}` acts on the bucket, and the statement names only objects: add the bucket's ARN without `/*`")
    } else {
        format!("`{shown}` acts on objects, and the statement names only the bucket: add its ARN with `/*`")
    })
}
