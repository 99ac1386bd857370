//! Resource patterns seen from one bucket: its own name stands where a policy refers to it, and nothing else does.

use crate::value::{Cause, Class, Hole, Seg, SymStr, Truth, Why};

use super::glob::{Lookup, Pattern, Reading, Tok, placeholder, plain, spelled};
use super::{BucketId, Context, Patterns, Policy, PolicyKind};

/// Where no name is known at all.
pub(super) const NAMELESS: &str = "${bucket}";
/// A policy that names more buckets than this is looked at for the first ones only.
const MAX_NAMES: usize = 8;

/// The names that the bucket may have for this policy: its own, and where that is not wholly known those that the
/// policy's resources say.
///
/// S3 rejects a policy with resources of another bucket ("Policy has invalid resource"): a policy that can be in force
/// names its own.
pub fn names(policy: &Policy, context: &Context) -> Vec<String> {
    let own = own_name(&context.bucket);
    if context.kind == PolicyKind::AccessPoint || context.bucket.name.as_ref().is_some_and(|it| it.known().is_some()) {
        return vec![own.unwrap_or_else(|| NAMELESS.to_owned())];
    }
    let mut names: Vec<String> = own.into_iter().collect();
    // A policy of no bucket that is known, which leaves a part of its resources open, names its own all the same.
    let is_bare = context.bucket.name.is_none() && context.bucket.entity.is_none();
    for (item, _) in policy.statements.iter().flat_map(|it| &it.resources.items) {
        let text = match plain(item) {
            Ok(it) => it,
            Err(_) if is_bare => spelled(item),
            Err(_) => continue,
        };
        let Some(rest) = text.splitn(6, ':').nth(5).filter(|_| text.starts_with("arn:")) else { continue };
        let name = rest.split('/').next().unwrap_or_default().replace(['*', '?'], "");
        let fits = context.bucket.name.as_ref().is_none_or(|it| it.could_be(&name));
        if !name.is_empty() && fits && names.len() < MAX_NAMES && !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        names.push(NAMELESS.to_owned());
    }
    names
}

fn own_name(bucket: &BucketId) -> Option<String> {
    match (&bucket.name, &bucket.entity) {
        (Some(name), _) => Some(name.segs().iter().map(part).collect()),
        (None, Some(entity)) => Some(placeholder(entity, "id")),
        (None, None) => None,
    }
}

/// A part of the bucket's own name: where it is not known, one name for it, here and in resources (see `own`).
fn part(seg: &Seg) -> String {
    match (seg.known(), seg) {
        (Some(known), _) => known.to_string(),
        (None, Seg::Hole(hole)) => placeholder(&hole.symbol.entity, &hole.symbol.attribute),
        (None, Seg::Lit(_)) => String::new(),
    }
}

/// Whether a pattern of an identity policy stands for every bucket: `*`, or an ARN whose bucket is nothing but stars. A variable in
/// the place of the name counts as the name of one bucket.
fn is_every_bucket(item: &SymStr) -> Truth {
    const OPEN: char = '\u{1}';
    let shape: String = item
        .segs()
        .iter()
        .map(|it| match it {
            Seg::Lit(lit) => lit.text.to_string(),
            Seg::Hole(hole) => match (&hole.known, hole.class) {
                (Some(text), _) => text.to_string(),
                (None, Class::Any | Class::Identifier) => OPEN.to_string(),
                (None, Class::Arn) => "arn:aws:s3:::x".to_owned(),
                (None, _) => "x".to_owned(),
            },
        })
        .collect();
    let stars = |it: &str| !it.is_empty() && it.chars().all(|it| it == '*');
    if stars(&shape) {
        return Truth::Yes;
    }
    let fields: Vec<&str> = shape.splitn(6, ':').collect();
    match fields.as_slice() {
        [_, _, service, _, _, rest] => {
            let bucket = rest.split('/').next().unwrap_or_default();
            (matches!(*service, "s3" | "*") && stars(bucket)).into()
        }
        _ if shape.contains(OPEN) => Truth::Unknown,
        _ => Truth::No,
    }
}

/// Whether one of the patterns stands for every bucket, and why that is not known.
#[must_use]
pub fn every_bucket(patterns: &Patterns) -> (Truth, Option<Why>) {
    let found = Truth::any(patterns.items.iter().map(|(it, _)| is_every_bucket(it)));
    let found = found.or(if patterns.rest.is_some() { Truth::Unknown } else { Truth::No });
    let open = patterns.items.iter().find(|(it, _)| is_every_bucket(it) == Truth::Unknown);
    (found, open.and_then(|(it, _)| it.why().cloned()).or_else(|| patterns.rest.clone()))
}

/// The ARN of the thing that the policy is attached to, and what stands between it and an object's key.
pub(super) fn base(policy: &Policy, context: &Context, name: &str) -> (String, &'static str) {
    if context.kind == PolicyKind::AccessPoint {
        // arn:aws:s3:region:account:accesspoint/name/object/key
        for (item, _) in policy.statements.iter().flat_map(|it| &it.resources.items) {
            let text = plain(item).unwrap_or_else(|_| item.display());
            let Some((head, tail)) = text.split_once(":accesspoint/") else { continue };
            let point = tail.split('/').next().unwrap_or_default().replace(['*', '?'], "");
            return (format!("{}:accesspoint/{point}", normal(head)), "/object/");
        }
    }
    (format!("arn:aws:s3:::{name}"), "/")
}

/// The partition that policies name: a bucket is in one only.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
#[must_use]
pub fn partition<'p>(policies: impl IntoIterator<Item = &'p Policy>) -> String {
    let statements = policies.into_iter().flat_map(|it| &it.statements);
    let texts = |it: &'p super::Statement| {
        let principals = it.principals.items.iter().map(|it| &it.text);
        it.resources.items.iter().map(|it| &it.0).chain(principals)
    };
    let named = |it: &SymStr| {
        let text = it.known_prefix();
        let (partition, _) = text.strip_prefix("arn:")?.split_once(':')?;
        (partition.starts_with("aws") && !partition.contains(['*', '?', '$'])).then(|| partition.to_owned())
    };
    statements.flat_map(texts).find_map(named).unwrap_or_else(|| "aws".to_owned())
}

/// An ARN with `aws` as its partition: a bucket is in one partition only.
pub(super) fn normal(arn: &str) -> String {
    match arn.strip_prefix("arn:").and_then(|it| it.split_once(':')) {
        Some((partition, rest)) if !partition.contains(['*', '?']) => format!("arn:aws:{rest}"),
        _ => arn.to_owned(),
    }
}

/// Compiles a resource pattern for a bucket.
pub(super) fn compile(text: &SymStr, name: &str, context: &Context, variables: bool) -> Pattern {
    let reading = Reading { wildcards: true, variables };
    let segs = text.segs().iter().map(|seg| match seg {
        Seg::Hole(hole) => own(hole, name, context),
        Seg::Lit(_) => None,
    });
    let mut pattern = Pattern::default();
    for (seg, own) in text.segs().iter().zip(segs) {
        match (own, seg) {
            (Some(text), _) => pattern.tokens.extend(text.chars().map(Tok::Char)),
            // A bucket is in one partition only, and a policy that S3 accepts names that one.
            (None, Seg::Hole(hole)) if hole.known.is_none() && hole.class == Class::Partition => {
                pattern.tokens.extend("aws".chars().map(Tok::Char));
            }
            (None, Seg::Hole(hole)) if hole.known.is_none() => {
                let part = placeholder(&hole.symbol.entity, &hole.symbol.attribute);
                if hole.class != Class::Any && name.contains(&part) {
                    pattern.tokens.extend(part.chars().map(Tok::Char));
                } else {
                    // Another bucket of unknown name, or a part of its name: it may be this one.
                    pattern.tokens.push(Tok::Unknown(hole.why.clone()));
                }
            }
            (None, seg) => {
                pattern.tokens.extend(Pattern::new(&SymStr::from_iter([seg.clone()]), reading).tokens);
            }
        }
    }
    normalize(&mut pattern);
    // AWS rejects what is neither an ARN nor a wildcard: what was meant is not known.
    let start = pattern.tokens.iter().take(4).map(|it| if let Tok::Char(c) = it { *c } else { '*' });
    if pattern.why().is_none() && !pattern.has_wildcard_start() && !"arn:".chars().eq(start) {
        let why = Why::new(Cause::Invalid, format!("the resource `{}`", text.display()), None);
        pattern.tokens = vec![Tok::Unknown(why)];
    }
    pattern
}

/// The text of a hole that stands for the bucket, or for a part of its name.
fn own(hole: &Hole, name: &str, context: &Context) -> Option<String> {
    if hole.known.is_some() {
        return None;
    }
    if context.bucket.entity.is_some() && context.bucket.entity.as_deref() == Some(&*hole.symbol.entity) {
        let whole = hole.class == Class::Arn || hole.symbol.attribute.to_ascii_lowercase().ends_with("arn");
        return Some(if whole { format!("arn:aws:s3:::{name}") } else { name.to_owned() });
    }
    // A part of the bucket's own name has no wildcards, whatever it is.
    let own = context.bucket.name.as_ref()?.unknown_holes().find(|it| it.symbol == hole.symbol)?;
    Some(placeholder(&own.symbol.entity, &own.symbol.attribute))
}

/// Puts `aws` in place of a partition without wildcards.
fn normalize(pattern: &mut Pattern) {
    let mut fields = pattern.tokens.splitn(3, |it| *it == Tok::Char(':'));
    let (Some(arn), Some(partition), Some(rest)) = (fields.next(), fields.next(), fields.next()) else { return };
    let literal = |it: &[Tok]| it.iter().all(|it| matches!(it, Tok::Char(_)));
    let is_arn = arn == ['a', 'r', 'n'].map(Tok::Char);
    if is_arn && literal(partition) && !partition.is_empty() {
        let mut tokens = Pattern::literal("arn:aws:").tokens;
        tokens.extend_from_slice(rest);
        pattern.tokens = tokens;
    }
}

/// The compiled `Resource` or `NotResource` element.
#[derive(Clone, Debug)]
pub(super) struct Resources {
    /// The patterns.
    pub(super) patterns: Vec<Pattern>,
    negated: bool,
    present: bool,
    open: bool,
}

impl Resources {
    /// Compiles the element for a bucket.
    pub(super) fn new(element: &Patterns, name: &str, context: &Context, variables: bool) -> Self {
        Self {
            patterns: element.items.iter().map(|(it, _)| compile(it, name, context, variables)).collect(),
            negated: element.negated,
            present: element.present,
            open: element.rest.is_some(),
        }
    }

    /// Whether it covers an ARN (with `aws` as partition).
    pub(super) fn covers(&self, arn: &str, lookup: &dyn Fn(&str) -> Lookup) -> Truth {
        if !self.present {
            // Without the element AWS rejects the policy: what was meant is not known.
            return Truth::Unknown;
        }
        let listed = Truth::any(self.patterns.iter().map(|it| {
            if !it.has_variable() {
                return it.matches(arn, false);
            }
            it.resolve(lookup).map_or(Truth::No, |it| it.matches(arn, false))
        }));
        let listed = if self.open { listed.or(Truth::Unknown) } else { listed };
        if self.negated { !listed } else { listed }
    }
}
