//! What the record shows of its own gaps: a call that S3 would have refused where the events leave the bucket. It is not passed over:
//! what a missing call changed is not known.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::super::diff::canonical;
use super::Event;
use super::copied::copied_to;
use super::fold::{NOT_TRANSLATED, Now, says_acl};
use super::second::{Call, confined, is_public};
use crate::frontend::live::State;

/// Code of a state that a successful call contradicts.
const CONTRADICTED: &str = "Contradicted";

/// The states with what certain calls contradict not known, and what is told of it; nothing where none is contradicted.
pub(super) fn relaxed(starts: &[Now], calls: &[Call], bucket: &str) -> (Vec<Now>, Vec<String>) {
    let mut problems = Vec::new();
    let states = starts.iter().map(|start| {
        let mut out = start.clone();
        for it in calls.iter().filter(|it| it.certain) {
            let Some((features, why)) = contradiction(start, &it.event, bucket) else { continue };
            relax(&mut out, &features);
            let message = missing(&it.event, &why);
            if !problems.contains(&message) {
                problems.push(message);
            }
        }
        out
    });
    let states = states.collect();
    (states, problems)
}

/// Makes features that a call contradicts not known.
fn relax(out: &mut Now, features: &[&'static str]) {
    let unsure = || State::unknown(CONTRADICTED, "a call that S3 accepted shows that another one is missing");
    for name in features {
        match *name {
            "account" => out.account = unsure(),
            "bucket" => *out = Now { is_known: true, account: out.account.clone(), ..Now::unknown() },
            _ => drop(out.features.insert((*name).to_owned(), unsure())),
        }
    }
}

fn missing(event: &Event, why: &str) -> String {
    format!(
        "{} {} by {} was accepted, and S3 refuses it where the events before leave the bucket ({why}): a call is missing from the \
         trail, and since when it is otherwise is not known",
        event.time, event.name, event.actor
    )
}

/// What a public ACL of an object shows that was accepted where S3 refuses it, before its second and after it: the states after it have
/// what would have refused it not known.
pub(super) fn refused_acl(earlier: &[Now], states: &mut [Now], event: &Event) -> Option<String> {
    let value = match super::fold::acl(&event.parameters) {
        it @ State::Set { .. } if event.error.is_none() && says_acl(&event.parameters) => it,
        _ => return None,
    };
    let of = |now: &Now| public_acl(now, value.value());
    let found: Option<Vec<_>> = earlier.iter().chain(states.iter()).map(of).collect();
    let why = found?.pop()?.1;
    for it in states {
        if let Some((features, _)) = public_acl(it, value.value()) {
            relax(it, &features);
        }
    }
    Some(missing(event, &why))
}

/// What of a state would have S3 refuse a public ACL.
fn public_acl(now: &Now, value: Option<&Json>) -> Option<(Vec<&'static str>, String)> {
    let found = is_for_everyone(value).then(|| blocked(now, "BlockPublicAcls", true)).flatten();
    if is_for_everyone(value) && is_enforced(now) { Some(enforced(found)) } else { found }
}

/// Adds that Object Ownership takes no ACL.
fn enforced(found: Option<(Vec<&'static str>, String)>) -> (Vec<&'static str>, String) {
    let (mut features, mut whys) = found.unwrap_or_default();
    features.push("ownership");
    let and = if whys.is_empty() { "" } else { " and " };
    whys.push_str(&format!("{and}Object Ownership is BucketOwnerEnforced"));
    (features, whys)
}

/// Whether Object Ownership voids ACLs.
pub(super) fn is_enforced(now: &Now) -> bool {
    let ownership = now.features.get("ownership").and_then(State::value);
    ownership.is_some() && canonical("ownership", ownership) == "BucketOwnerEnforced"
}

/// Whether an ACL grants to everyone, or to every account.
pub(super) fn is_for_everyone(value: Option<&Json>) -> bool {
    let acl = canonical("acl", value).to_string();
    acl.contains("\"AllUsers ") || acl.contains("\"AuthenticatedUsers ")
}

/// The settings of a name that are on.
fn blocked(now: &Now, key: &str, of_bucket: bool) -> Option<(Vec<&'static str>, String)> {
    let mut all = Vec::new();
    all.extend((of_bucket && is_on(now.features.get("public_access_block"), key)).then_some("public_access_block"));
    all.extend(is_on(Some(&now.account), key).then_some("account"));
    let whose = if all.contains(&"account") { "of the account" } else { "of the bucket" };
    (!all.is_empty()).then(|| (all, format!("{key} {whose} is on")))
}

fn is_on(state: Option<&State>, key: &str) -> bool {
    state.is_some_and(|it| canonical("public_access_block", it.value()).get(key) == Some(&Json::Bool(true)))
}

/// Whether S3 takes no heed of a public ACL, be it the bucket's or an object's.
pub(super) fn ignores_acls(now: &Now) -> bool {
    [now.features.get("public_access_block"), Some(&now.account)].iter().any(|it| is_on(*it, "IgnorePublicAcls"))
}

/// What S3 would have held against a call, and the features that must have been otherwise.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
fn contradiction(now: &Now, event: &Event, bucket: &str) -> Option<(Vec<&'static str>, String)> {
    if event.name.contains("Account") {
        return None;
    }
    if now.is_known && !now.exists && event.name != "CreateBucket" {
        return Some((vec!["bucket"], "there is none of that name".to_owned()));
    }
    let mut after = now.clone();
    let set = after.apply(event)?;
    let value = after.features.get(set).and_then(State::value);
    match set {
        "policy" if event.name.starts_with("Put") && is_public(value, bucket) => {
            let (features, why) = blocked(now, "BlockPublicPolicy", true)?;
            let of = |reason| {
                format!("{why}, and S3 counts the policy as public, though it does not let everyone in: {reason}")
            };
            let why = confined(value, bucket).map_or_else(|| why.clone(), of);
            Some((features, why))
        }
        "versioning" if suspends(&after) => held(now).map(|(feature, why)| (vec![feature], why.to_owned())),
        "acl" if event.name == "PutBucketAcl" => {
            // Who sets that the owner has full control changes nothing; every other ACL is refused, a private one too.
            let canned = event.parameters.get("x-amz-acl").and_then(Json::as_str);
            let has_others = canonical("acl", value).as_array().is_some_and(|it| !it.is_empty())
                || canned.is_some_and(|it| it != "bucket-owner-full-control");
            let found = is_for_everyone(value).then(|| blocked(now, "BlockPublicAcls", true)).flatten();
            if is_enforced(now) && has_others { Some(enforced(found)) } else { found }
        }
        "ownership" if is_enforced(&after) && is_for_everyone(now.features.get("acl").and_then(State::value)) => Some(
            (vec!["acl"], "its ACL grants to everyone, and Object Ownership would be BucketOwnerEnforced".to_owned()),
        ),
        "bucket"
            if says_acl(&event.parameters) && is_for_everyone(after.features.get("acl").and_then(State::value)) =>
        {
            blocked(now, "BlockPublicAcls", false)
        }
        _ => None,
    }
}

/// Whether versions are suspended.
pub(super) fn suspends(now: &Now) -> bool {
    let versioning = canonical("versioning", now.features.get("versioning").and_then(State::value));
    versioning.get("Status").and_then(Json::as_str) == Some("Suspended")
}

/// What keeps S3 from suspending versions.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>
pub(super) fn held(now: &Now) -> Option<(&'static str, &'static str)> {
    let is_locked = |it: &State| canonical("object_lock", it.value()).get("ObjectLockEnabled").is_some();
    // What is not translated is there all the same.
    let is_there = |it: &State| match it {
        State::Set { .. } => true,
        State::Unknown { code, .. } => code == NOT_TRANSLATED,
        State::Absent { .. } => false,
    };
    if now.features.get("replication").is_some_and(is_there) {
        return Some(("replication", "its objects are replicated, for which versions are needed"));
    }
    let is_locked = now.features.get("object_lock").is_some_and(is_locked);
    is_locked.then_some(("object_lock", "it has Object Lock, for which versions are needed"))
}

/// What copies the bucket's new objects to another account, or to a bucket of which nothing says whose it is, in one sentence.
pub(super) fn copies(event: &Event, own: Option<&str>, homes: &BTreeSet<String>) -> Option<String> {
    let others: Vec<String> = copied_to(&event.parameters, own, homes).iter().map(ToString::to_string).collect();
    (!others.is_empty()).then(|| {
        format!(
            "{} {} by {}: objects that came afterwards may have been copied to {}",
            event.time,
            event.name,
            event.actor,
            others.join(", ")
        )
    })
}
