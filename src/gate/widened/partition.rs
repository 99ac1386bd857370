//! A policy that says the partition and one that leaves it to the deployment: a bucket is in one, and ARNs of another are refused there.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::policy::{Policy, Statement};
use crate::value::{Class, Hole, Seg, SymStr};

use super::pairs::with_texts;

/// Two policies of a bucket, with the partition of the one where the other does not know it.
pub(super) fn one<'p>(new: Cow<'p, Policy>, old: Cow<'p, Policy>) -> (Cow<'p, Policy>, Cow<'p, Policy>) {
    match (is_open(&new), is_open(&old)) {
        (true, false) => (filled(new, &old), old),
        (false, true) => {
            let old = filled(old, &new);
            (new, old)
        }
        _ => (new, old),
    }
}

fn is_partition(it: &Hole) -> bool {
    it.class == Class::Partition
}

fn is_open(it: &Policy) -> bool {
    it.statements.iter().flat_map(Statement::texts).flat_map(SymStr::unknown_holes).any(is_partition)
}

fn filled<'p>(policy: Cow<'p, Policy>, other: &Policy) -> Cow<'p, Policy> {
    let named: BTreeSet<String> =
        other.statements.iter().flat_map(|it| &it.resources.items).filter_map(|it| partition(&it.0)).collect();
    let mut named = named.into_iter();
    let (Some(partition), None) = (named.next(), named.next()) else { return policy };
    let seg = |seg: &Seg| match seg {
        Seg::Hole(hole) if hole.known.is_none() && is_partition(hole) => {
            Seg::hole(Hole { known: Some(partition.as_str().into()), ..Hole::clone(hole) })
        }
        _ => seg.clone(),
    };
    Cow::Owned(with_texts(&policy, &|it| it.segs().iter().map(seg).collect()))
}

/// The partition that an ARN says: `arn:aws:s3:::b` → `aws`.
fn partition(it: &SymStr) -> Option<String> {
    let literal = |it: &Seg| match it {
        Seg::Lit(piece) => Some(piece.text.to_string()),
        Seg::Hole(_) => None,
    };
    let start: String = it.segs().iter().map_while(literal).collect();
    let (partition, _) = start.strip_prefix("arn:")?.split_once(':')?;
    (!partition.is_empty() && !partition.contains(['*', '?'])).then(|| partition.to_owned())
}
