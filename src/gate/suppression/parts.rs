//! What of a bucket code says, so that it is known again in other words: a policy as HCL, as a document, as JSON.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Bucket, BucketKind};
use crate::policy::{Patterns, Policy, Statement};
use crate::source::Span;
use crate::value::{Attr, Origin, SymStr};

use super::super::names::{Named, Names, Side};

/// What a statement says, as a digest; none where a part of it is not known.
type Says = Option<Arc<str>>;

/// A part of what code says of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// The bucket, with all that is said of it.
    Bucket,
    /// One of its settings.
    Setting(&'static str),
    /// Its policy, and what the statements say.
    Policy(Arc<BTreeSet<Says>>),
    /// A statement.
    Statement(Says),
    /// An element of one, by its name and, within a list or a map, its text.
    Element(Says, String),
    /// What leads into it or lies in it: an access point by its name, an object by its address.
    Beside(Arc<str>),
}

impl Part {
    /// Whether it is what an argument says. Of a name that is known anyhow.
    pub fn is_argument(&self) -> bool {
        matches!(self, Self::Setting(name) if *name != "name") || matches!(self, Self::Policy(_))
    }

    /// Whether who has spoken of some parts of a bucket has spoken of this one. Statements may stand elsewhere than their policy is used:
    /// who has spoken of where it is has not spoken of them.
    pub fn is_among(&self, all: &BTreeSet<&Self>) -> bool {
        if all.contains(&Self::Bucket) && !matches!(self, Self::Beside(_)) {
            return true;
        }
        let has = |says: &Says| says.is_some() && all.iter().any(|it| matches!(it, Self::Statement(it) if it == says));
        match self {
            Self::Bucket | Self::Beside(_) | Self::Setting(_) => all.contains(self),
            Self::Policy(of) => {
                let is_there = all.iter().any(|it| matches!(it, Self::Policy(_)));
                is_there || (!of.is_empty() && of.iter().all(has))
            }
            Self::Statement(says) => has(says),
            Self::Element(says, name) => {
                let holds = |of: &str| name.strip_prefix(of).is_some_and(|it| it.is_empty() || it.starts_with('.'));
                let is_it = |it: &&Self| matches!(it, Self::Element(was, of) if was == says && holds(of));
                has(says) || (says.is_some() && all.iter().any(is_it))
            }
        }
    }
}

/// What all of a bucket is, and its parts, each with its place.
pub(super) fn parts(bucket: &Bucket, names: &Names<'_>, side: Side) -> (Part, Vec<(Span, Part)>) {
    let own = Named::from(bucket);
    let says = |it: &Policy| -> BTreeSet<Says> {
        let known = it.statements.iter().map(|it| statement(it, own, names, side));
        known.chain(it.rest.iter().map(|_| None)).collect()
    };
    let policies = bucket.policy.possible();
    let whole =
        || Part::Policy(Arc::new(policies.iter().flat_map(|it| says(it)).chain(none(&bucket.policy)).collect()));
    // Of a bucket that is declared elsewhere there is its policy only.
    let block = if bucket.kind == BucketKind::PolicyOnly { whole() } else { Part::Bucket };
    let setting = |(name, origin): (&'static str, &Origin)| Some((origin.span?, Part::Setting(name)));
    let statements = policies.iter().flat_map(|it| &it.statements);
    let statements = statements.flat_map(|it| {
        let says = statement(it, own, names, side);
        let mut all = vec![(&it.origin, Part::Statement(says.clone()))];
        let elements = elements(it, own, names, side).into_iter();
        all.extend(elements.map(|(name, origin)| (origin, Part::Element(says.clone(), name))));
        all
    });
    let statements = statements.filter_map(|(origin, part)| Some((origin.span?, part)));
    let whole = bucket.policy.origin.span.map(|at| (at, whole()));
    let own = bucket.origin.span.map(|at| (at, block.clone()));
    let settings = settings(bucket).into_iter().filter_map(setting);
    (block, own.into_iter().chain(whole).chain(settings).chain(statements).collect())
}

/// What says that there may be more than is known.
fn none(policy: &Attr<Policy>) -> Option<Says> {
    policy.why().map(|_| None)
}

fn settings(it: &Bucket) -> [(&'static str, &Origin); 17] {
    [
        ("name", &it.name.origin),
        ("acl", &it.acl.origin),
        ("ownership", &it.ownership.origin),
        ("public access block", &it.public_access_block.origin),
        ("versioning", &it.versioning.origin),
        ("encryption", &it.encryption.origin),
        ("logging", &it.logging.origin),
        ("object lock", &it.object_lock.origin),
        ("lifecycle", &it.lifecycle.origin),
        ("replication", &it.replication.origin),
        ("cors", &it.cors.origin),
        ("website", &it.website.origin),
        ("notification", &it.notification.origin),
        ("tags", &it.tags.origin),
        ("force destroy", &it.force_destroy.origin),
        ("acceleration", &it.acceleration.origin),
        ("deletion policy", &it.deletion_policy.origin),
    ]
}

/// The elements of a statement. They may stand elsewhere: what is used is known by where it is used.
fn elements<'s>(it: &'s Statement, own: Named<'_>, names: &Names<'_>, side: Side) -> Vec<(String, &'s Origin)> {
    let all = [
        (it.principals.negated, "principal", &it.principals.origin),
        (it.actions.negated, "action", &it.actions.origin),
        (it.resources.negated, "resource", &it.resources.origin),
    ];
    let all = all.map(|(negated, name, origin)| (format!("{}{name}", if negated { "not" } else { "" }), origin));
    let conditions = it.conditions.iter().map(|it| {
        let key = names.text(side, own, &it.key).to_ascii_lowercase();
        (format!("condition {} {key}", it.operator), &it.origin)
    });
    all.into_iter().chain(conditions).collect()
}

/// A digest of all that a statement says but for its Sid.
fn statement(it: &Statement, own: Named<'_>, names: &Names<'_>, side: Side) -> Says {
    let effect = it.effect.as_known().filter(|_| it.rests().next().is_none())?;
    let text = |it: &SymStr| names.text(side, own, it);
    let principals = it.principals.items.iter().map(|it| format!("{:?} {}", it.kind, text(&it.text)));
    let patterns = |of: &Patterns, text: &dyn Fn(&SymStr) -> String| {
        sorted(&format!("{} {}", of.present, of.negated), of.items.iter().map(|it| text(&it.0)))
    };
    let conditions = it.conditions.iter().map(|it| {
        let key = text(&it.key).to_ascii_lowercase();
        sorted(&format!("{} {key}", it.operator), it.values.iter().map(|it| text(&it.0)))
    });
    let all = [
        format!("{effect:?}"),
        sorted(&format!("{} {}", it.principals.present, it.principals.negated), principals),
        patterns(&it.actions, &|it| text(it).to_ascii_lowercase()),
        patterns(&it.resources, &text),
        sorted("", conditions),
    ];
    Some(crate::lint::fingerprint(&all.each_ref().map(String::as_str)).into())
}

/// Texts whose order says nothing.
fn sorted(head: &str, all: impl Iterator<Item = String>) -> String {
    let all: BTreeSet<String> = all.collect();
    all.into_iter().fold(head.to_owned(), |text, it| format!("{text}\n{it}"))
}
