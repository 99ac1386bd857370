//! Whose the bucket is, as its records tell it, and which of them are one and the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::super::time::Time;
use super::Event;
use crate::value::is_account_id;

/// Leaves one of the copies of a record, in an order that does not depend on that of the input; what is not the same under one
/// id is told.
pub(super) fn once(events: &mut Vec<Event>) -> Vec<String> {
    // Tables of queries need not have ids: then all that is said tells two calls apart.
    events.sort_by(|a, b| {
        (a.time, &a.id, &a.name)
            .cmp(&(b.time, &b.id, &b.name))
            .then_with(|| if a == b { std::cmp::Ordering::Equal } else { format!("{a:?}").cmp(&format!("{b:?}")) })
    });
    events.dedup();
    let mut by_id: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, it) in events.iter().enumerate().filter(|it| !it.1.id.is_empty()) {
        by_id.entry(&it.id).or_default().push(at);
    }
    let mut gone = BTreeSet::new();
    let mut problems = Vec::new();
    for (id, all) in by_id.iter().filter(|it| 1 < it.1.len()) {
        let mut kept: Vec<(usize, &Event)> = Vec::new();
        let mut differ = false;
        for (at, it) in all.iter().filter_map(|at| Some((*at, events.get(*at)?))) {
            let alike = |other: &Event| {
                (other.time, &other.name, &other.bucket, &other.error) == (it.time, &it.name, &it.bucket, &it.error)
                    || (is_bare(other) || is_bare(it))
                        && (other.time, &other.name, &other.error) == (it.time, &it.name, &it.error)
            };
            match kept.iter_mut().find(|other| alike(other.1)) {
                Some(other) => {
                    differ |= contradict(&other.1.parameters, &it.parameters);
                    let worse = if size(other.1) < size(it) { std::mem::replace(other, (at, it)).0 } else { at };
                    gone.insert(worse);
                }
                None => kept.push((at, it)),
            }
        }
        if differ || 1 < kept.len() {
            let kept = if 1 < kept.len() { "each is followed" } else { "the one that says more is followed" };
            problems.push(format!(
                "records with the id {id} are not the same, and CloudTrail gives each event its own: {kept}"
            ));
        }
    }
    let mut at = 0;
    events.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
    shared(events);
    problems
}

/// Leaves one of what several accounts were told of one call: what the bucket's owner was told, with who called as the caller's account
/// has it, which says more.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html> (`sharedEventID`)
fn shared(events: &mut Vec<Event>) {
    type Call = (String, Time, String, Option<String>, Option<String>);
    let call = |it: &Event| -> Option<Call> {
        Some((it.shared.clone()?, it.time, it.name.clone(), it.bucket.clone(), it.error.clone()))
    };
    let mut by_call: BTreeMap<Call, Vec<Event>> = BTreeMap::new();
    for it in events.iter() {
        if let Some(call) = call(it) {
            by_call.entry(call).or_default().push(it.clone());
        }
    }
    events.retain(|it| call(it).is_none());
    for copies in by_call.into_values() {
        let is_owners = |it: &&Event| it.owner.is_some() && it.account == it.owner;
        let is_told = |it: &&Event| it.account != it.caller;
        let kept = copies.iter().find(is_owners).or_else(|| copies.iter().find(is_told)).or(copies.first());
        let Some(mut kept) = kept.cloned() else { continue };
        if !kept.actor.starts_with("arn:")
            && let Some(it) = copies.iter().find(|it| it.actor.starts_with("arn:") && it.caller == kept.caller)
        {
            let it = it.clone();
            (kept.actor, kept.user, kept.role, kept.principal, kept.key) =
                (it.actor, it.user, it.role, it.principal, it.key);
        }
        if let Some(it) = copies.iter().find(|it| is_bare(&kept) && !is_bare(it)) {
            kept.parameters = it.parameters.clone();
        }
        events.push(kept);
    }
    events.sort_by(|a, b| (a.time, &a.id, &a.name).cmp(&(b.time, &b.id, &b.name)));
}

fn is_bare(it: &Event) -> bool {
    it.parameters.as_object().is_none_or(serde_json::Map::is_empty)
}

fn size(it: &Event) -> usize {
    it.parameters.to_string().len()
}

/// Whether two sets of parameters say different things of one parameter: a table need not have all of them.
fn contradict(a: &Json, b: &Json) -> bool {
    let (Some(a), Some(b)) = (a.as_object(), b.as_object()) else { return false };
    a.iter().any(|(key, value)| b.get(key).is_some_and(|other| other != value))
}

/// Buckets of an account, as the records tell it.
pub(super) fn homes(events: &[Event], account: Option<&str>) -> BTreeSet<String> {
    let is_own = |it: &&Event| {
        let is_made = || it.name == "CreateBucket" && it.error.is_none() && it.account.as_deref() == account;
        let is_own = it.owner.as_deref() == account || it.owner.is_none() && is_made();
        account.is_some() && it.error.is_none() && is_own
    };
    events.iter().filter(is_own).filter_map(|it| it.bucket.clone()).collect()
}

/// The account that owns the bucket; nothing where no record says one. A trail of an organisation has what the caller's account
/// got of a call beside what the owner's got.
///
/// # Errors
/// What the records do not agree on.
pub(super) fn owner(events: &[Event], bucket: &str) -> Result<Option<String>, String> {
    let own = || events.iter().filter(|it| it.bucket.as_deref() == Some(bucket));
    let one = |all: BTreeSet<&String>| -> Result<Option<String>, String> {
        match all.len() {
            0 => Ok(None),
            1 => Ok(all.into_iter().next().cloned()),
            _ => {
                let all: Vec<&str> = all.into_iter().map(String::as_str).collect();
                Err(format!(
                    "whose the bucket is is not known: the records speak of the accounts {}; say which with --account",
                    all.join(", ")
                ))
            }
        }
    };
    let said: BTreeSet<&String> = own().filter_map(|it| it.owner.as_ref()).collect();
    if !said.is_empty() {
        return one(said);
    }
    // A call from another account is told to the owner too: who was told of somebody else's call owns the bucket.
    let of_others =
        own().filter(|it| it.caller.as_ref().is_some_and(|who| is_account_id(who) && it.account.as_ref() != Some(who)));
    let told: BTreeSet<&String> = of_others.filter_map(|it| it.account.as_ref()).collect();
    if !told.is_empty() {
        return one(told);
    }
    let made = own().filter(|it| it.error.is_none() && it.name == "CreateBucket");
    let made: BTreeSet<&String> = made.filter_map(|it| it.account.as_ref()).collect();
    if made.len() == 1 {
        return one(made);
    }
    one(own().filter_map(|it| it.account.as_ref()).collect())
}
