//! Objects that a call gave to everyone, by an ACL of their own, or carried off to another account: the bucket's verdict does not speak of
//! them.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::frontend::live::State;

use super::super::diff::canonical;
use super::event::is_point;
use super::scope::Points;
use super::{Access, Event, access, fold};

/// So many keys are named.
const MOST_NAMED: usize = 5;

/// Calls that put an object, or its ACL, with a grant to everyone, or with an ACL that is not known.
pub(super) fn opened(events: &[Event], bucket: &str) -> Vec<Event> {
    let is_it = |it: &&Event| {
        it.bucket.as_deref() == Some(bucket) && it.error.is_none() && Access::of_event(it).is_some() && opens(it)
    };
    events.iter().filter(is_it).cloned().collect()
}

fn opens(event: &Event) -> bool {
    let says_one = event.name == "PutObjectAcl" || fold::says_acl(&event.parameters);
    if !says_one || !["Put", "Post", "Copy", "Create"].iter().any(|it| event.name.starts_with(it)) {
        return false;
    }
    match fold::acl(&event.parameters) {
        State::Set { value, .. } => {
            canonical("acl", Some(&value)).as_array().into_iter().flatten().any(|it| {
                it.as_str().is_some_and(|it| it.starts_with("AllUsers") || it.starts_with("AuthenticatedUsers"))
            })
        }
        State::Absent { .. } => false,
        // A canned ACL that only objects have is no grant to everyone.
        State::Unknown { .. } => {
            let canned = event.parameters.get("x-amz-acl").map(Json::to_string).unwrap_or_default();
            !canned.contains("aws-exec-read")
        }
    }
}

/// What was copied out of the bucket to buckets of other accounts, or to buckets of which no record says whose they are, in one sentence
/// for each; `homes` are of the bucket's account.
pub(super) fn carried_off(
    events: &[Event],
    (bucket, own): (&str, Option<&str>),
    homes: &BTreeSet<String>,
    points: &Points,
) -> Vec<String> {
    let mut all: BTreeMap<(&str, Option<&str>, &str), Vec<&Event>> = BTreeMap::new();
    for it in events.iter().filter(|it| it.error.is_none() && access::is_request(it)) {
        let Some((from, _)) = &it.source else { continue };
        let is_from =
            (from == bucket || may_be(from, it, (bucket, own), points)) && it.bucket.as_deref() != Some(bucket);
        let (Some(to), Some(own)) = (it.bucket.as_deref(), own) else { continue };
        let is_home = it.owner.as_deref().map_or_else(|| homes.contains(to), |it| it == own);
        if is_from && !is_home {
            all.entry((to, it.owner.as_deref(), from)).or_default().push(it);
        }
    }
    let told = all.into_iter().filter_map(|((to, whose, from), calls)| {
        let first = calls.first()?;
        let count = calls.len();
        let whose =
            whose.map_or_else(|| ", and no record says whose that is".to_owned(), |it| format!(" of account {it}"));
        let doubt = match from == bucket {
            true => String::new(),
            false => format!(
                "; that access point is of a bucket that the records do not tell: whether of {bucket} is not known"
            ),
        };
        Some(format!(
            "{count} copies were made from {from} to {to}{whose}, from {} on ({} by {}){doubt}",
            first.time, first.name, first.actor
        ))
    });
    told.collect()
}

/// Whether a copy was made by an access point that may be the bucket's: one of another account has its account in its ARN.
fn may_be(from: &str, event: &Event, (bucket, own): (&str, Option<&str>), points: &Points) -> bool {
    let account = from.split(':').nth(4).filter(|it| !it.is_empty()).or(event.account.as_deref());
    is_point(from) && points.behind(from).map_or(account == own, |it| it.contains(bucket))
}

/// What they leave open, in one sentence.
pub(super) fn told(opened: &[Event]) -> Option<String> {
    let first = opened.first()?;
    let key =
        |it: &Event| it.parameters.get("key").and_then(Json::as_str).unwrap_or("a key that is not said").to_owned();
    let mut keys: Vec<String> = opened.iter().map(key).collect();
    keys.sort();
    keys.dedup();
    let (count, more) = (keys.len(), keys.len().saturating_sub(MOST_NAMED));
    keys.truncate(MOST_NAMED);
    let more = if 0 < more { format!(" and {more} more") } else { String::new() };
    Some(format!(
        "{count} objects may be public through ACLs of their own, from {} on ({} by {}): {}{more}; whether they are depends on Block \
         Public Access (IgnorePublicAcls) and Object Ownership at the time, and on later calls: look at each (get-object-acl)",
        first.time,
        first.name,
        first.actor,
        keys.join(", ")
    ))
}
