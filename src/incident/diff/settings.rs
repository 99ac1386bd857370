//! The other features, one by one: changed, unmanaged, or not to be compared.

use serde_json::{Value as Json, json};

use crate::frontend::live::{FEATURES, NOT_IN_SOURCE, State};
use crate::model::Bucket;
use crate::value::{Attr, Value};

use super::super::said::Said;
use super::super::side::Subject;
use super::{BucketDiff, SettingChange, Undecided, canonical, document};

/// Where nothing is said of these, AWS's own default holds: code that is silent declares that.
const DECLARED_BY_SILENCE: [&str; 1] = ["acl"];

/// What access depends on.
const DECIDES: [&str; 4] = ["public_access_block", "policy", "acl", "ownership"];

/// Compares every feature but the policy, of which only is told where a side has no word for it.
pub(super) fn compare(old: &Subject<'_>, new: &Subject<'_>, diff: &mut BucketDiff) {
    if let (Some(before), Some(after)) = (old.region(), new.region())
        && before != after
    {
        let change = SettingChange { feature: "region".to_owned(), old: before.into(), new: after.into() };
        diff.settings.push(change);
    }
    for spec in FEATURES.iter().filter(|it| it.name != "policy_status") {
        if old.is_mute(spec.name) || new.is_mute(spec.name) {
            unsaid(spec.name, old, new, diff);
            continue;
        }
        if spec.name == "policy" {
            continue;
        }
        let (before, after) = (old.sayings.get(spec.name), new.sayings.get(spec.name));
        let (Some(before), Some(after)) = (before, after) else { continue };
        match (before, after) {
            (Said::Silent, Said::Silent) => {}
            (Said::Silent, Said::Unknown(_)) | (Said::Unknown(_), Said::Silent) if !is_declared(spec.name) => {}
            (Said::Unknown(why), _) | (_, Said::Unknown(why)) => {
                diff.undecided.push(Undecided { feature: spec.name.to_owned(), why: why.clone() });
            }
            (Said::Set(_) | Said::Absent | Said::Silent, Said::Set(_) | Said::Absent | Said::Silent) => {
                exactly(spec.name, before, after, diff);
            }
            _ => by_summary(spec.name, old, new, before, after, diff),
        }
    }
}

/// What a source has no word for is not known: it is neither the same nor what a new bucket has.
fn unsaid(feature: &'static str, old: &Subject<'_>, new: &Subject<'_>, diff: &mut BucketDiff) {
    let is_asked = |it: &Subject<'_>| it.is_live || it.sayings.get(feature) != Some(&Said::Silent);
    // Code asks nothing of what it does not mention.
    if !(is_declared(feature) || is_asked(old) && is_asked(new)) {
        return;
    }
    if !DECIDES.contains(&feature) {
        diff.unsaid.insert(feature);
        return;
    }
    let who = match (old.is_mute(feature), new.is_mute(feature)) {
        (true, true) => "neither side has a word for it",
        (true, false) => "the old side has no word for it",
        _ => "the new side has no word for it",
    };
    diff.undecided
        .push(Undecided { feature: feature.to_owned(), why: format!("{who}: whether it is the same is not known") });
}

fn is_declared(feature: &str) -> bool {
    DECLARED_BY_SILENCE.contains(&feature)
}

fn exactly(feature: &str, before: &Said, after: &Said, diff: &mut BucketDiff) {
    let (old, new) = (spelled(feature, before), spelled(feature, after));
    if old == new {
        return;
    }
    if feature == "acl" {
        strange_grants(document(Some(before)), document(Some(after)), diff);
    }
    let silent = matches!(before, Said::Silent) || matches!(after, Said::Silent);
    let change = SettingChange { feature: feature.to_owned(), old, new };
    match (silent && !is_declared(feature), feature) {
        (true, _) => diff.unmanaged.push(change),
        (false, "tags") => tags(&change, diff),
        (false, _) => diff.settings.push(change),
    }
}

/// What code says nothing of is as S3 makes a bucket since April 2023: ACLs off, and Block Public Access on.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html>
fn spelled(feature: &str, said: &Said) -> Json {
    match (feature, said) {
        ("ownership", Said::Silent) => json!("BucketOwnerEnforced"),
        ("public_access_block", Said::Silent) => {
            let mut block = canonical(feature, None);
            block.as_object_mut().into_iter().flatten().for_each(|it| *it.1 = json!(true));
            block
        }
        _ => canonical(feature, document(Some(said))),
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-grantee-predefined-groups>
const GROUPS: [&str; 3] = ["global/AllUsers", "global/AuthenticatedUsers", "s3/LogDelivery"];
const PERMISSIONS: [&str; 5] = ["READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"];

/// Grants that one side has and the other has not, to a group or of a permission that is not known here: whom they let in, and to what,
/// is not known.
fn strange_grants(before: Option<&Json>, after: Option<&Json>, diff: &mut BucketDiff) {
    let of = |it: Option<&Json>| -> Vec<(String, String, bool)> {
        let grants = it.and_then(|it| it.get("Grants")).and_then(Json::as_array);
        let read = |it: &Json| {
            let text = |it: Option<&Json>| it.and_then(Json::as_str).unwrap_or("?").to_owned();
            let (group, permission) = (it.pointer("/Grantee/URI"), text(it.get("Permission")));
            let is_known = group.is_none_or(|it| {
                it.as_str().is_some_and(|it| GROUPS.iter().any(|known| it.ends_with(&format!("/groups/{known}"))))
            });
            let who = group.or_else(|| it.pointer("/Grantee/ID")).or_else(|| it.pointer("/Grantee/EmailAddress"));
            let strange = !is_known || !PERMISSIONS.contains(&permission.as_str());
            (text(who), permission, strange)
        };
        grants.into_iter().flatten().map(read).collect()
    };
    let (old, new) = (of(before), of(after));
    for (verb, these, those) in [("grants", &new, &old), ("granted", &old, &new)] {
        for (who, permission, _) in these.iter().filter(|it| it.2 && !those.contains(it)) {
            let why = format!(
                "the ACL {verb} {permission} to {who}, which this version does not know: whom that lets in is not known"
            );
            diff.undecided.push(Undecided { feature: "acl".to_owned(), why });
        }
    }
}

/// Tags by key: one that only one side has may be of another tool.
fn tags(change: &SettingChange, diff: &mut BucketDiff) {
    let none = serde_json::Map::new();
    let of = |it: &'_ Json| it.as_object().cloned().unwrap_or_else(|| none.clone());
    let (old, new) = (of(&change.old), of(&change.new));
    let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        let (before, after) = (old.get(key), new.get(key));
        if before != after {
            let value = |it: Option<&Json>| it.cloned().unwrap_or_default();
            diff.settings.push(SettingChange { feature: format!("tags.{key}"), old: value(before), new: value(after) });
        }
    }
}

/// Where a side keeps a summary only, summaries are compared, and it is said that no more was.
fn by_summary(feature: &str, old: &Subject<'_>, new: &Subject<'_>, before: &Said, after: &Said, diff: &mut BucketDiff) {
    let read = |subject: &Subject<'_>, said: &Said| match said {
        Said::Absent | Said::Silent => Ok(Json::Null),
        _ => subject.bucket().map_or(Ok(Json::Null), |it| summary(feature, it)),
    };
    let (old, new) = match (read(old, before), read(new, after)) {
        (Ok(old), Ok(new)) => (old, new),
        (Err(why), _) | (_, Err(why)) => {
            diff.undecided.push(Undecided { feature: feature.to_owned(), why });
            return;
        }
    };
    if old == new {
        return;
    }
    let change = SettingChange { feature: feature.to_owned(), old, new };
    if matches!(before, Said::Silent) || matches!(after, Said::Silent) {
        diff.unmanaged.push(change);
    } else {
        diff.settings.push(change);
    }
}

/// What the model keeps of a feature that it does not keep whole.
fn summary(feature: &str, bucket: &Bucket) -> Result<Json, String> {
    match feature {
        "lifecycle" => known(&bucket.lifecycle, |it| {
            let mut all = Vec::new();
            for rule in &it.rules {
                all.push(json!({
                    "enabled": plain(&rule.enabled)?,
                    "whole_bucket": plain(&rule.whole_bucket)?,
                    "expiration_days": number(&rule.expiration_days)?,
                    "noncurrent_expiration_days": number(&rule.noncurrent_expiration_days)?,
                    "abort_multipart_days": number(&rule.abort_multipart_days)?,
                    "transitions": rule.transitions,
                }));
            }
            Ok(sorted(all))
        }),
        "replication" => known(&bucket.replication, |it| {
            let mut all = Vec::new();
            for rule in &it.rules {
                let destination = plain(&rule.destination)?.map(|it| it.known().unwrap_or_else(|| it.display()));
                all.push(json!({ "enabled": plain(&rule.enabled)?, "destination": destination, "account": plain(&rule.account)? }));
            }
            Ok(sorted(all))
        }),
        "cors" => known(&bucket.cors, |rules| {
            let mut all = Vec::new();
            for rule in rules {
                let list = |it: &Attr<Vec<String>>| {
                    plain(it).map(|it| {
                        let mut it = it.unwrap_or_default();
                        it.sort();
                        it
                    })
                };
                all.push(json!({
                    "origins": list(&rule.allowed_origins)?,
                    "methods": list(&rule.allowed_methods)?,
                    "headers": list(&rule.allowed_headers)?,
                }));
            }
            Ok(sorted(all))
        }),
        "website" => {
            known(&bucket.website, |it| Ok(json!({ "redirects_all": plain(&it.redirects_all)?.unwrap_or(false) })))
        }
        "notification" => known(&bucket.notification, |it| {
            Ok(json!({ "destinations": it.destinations, "event_bridge": plain(&it.event_bridge)?.unwrap_or(false) }))
        }),
        _ => Err("this version keeps no summary of it".to_owned()),
    }
}

fn known<T>(attr: &Attr<T>, read: impl Fn(&T) -> Result<Json, String>) -> Result<Json, String> {
    match &attr.value {
        Value::Known(it) => read(it),
        Value::Absent => Ok(Json::Null),
        Value::Unknown(why) | Value::OneOf(_, why) => Err(why.to_string()),
    }
}

fn plain<T: Clone>(attr: &Attr<T>) -> Result<Option<T>, String> {
    match &attr.value {
        Value::Known(it) => Ok(Some(it.clone())),
        Value::Absent => Ok(None),
        Value::Unknown(why) | Value::OneOf(_, why) => Err(why.to_string()),
    }
}

/// Zero days are none: that is how the provider writes what is not set.
fn number(attr: &Attr<f64>) -> Result<Option<f64>, String> {
    Ok(plain(attr)?.filter(|it| 0.0 < *it))
}

fn sorted(mut all: Vec<Json>) -> Json {
    all.sort_by_key(ToString::to_string);
    if all.is_empty() { Json::Null } else { all.into() }
}

/// Account-wide Block Public Access of two snapshots; nothing where one has no way to know it. `are_states`: both are states of Terraform,
/// and what neither manages is no difference between them, while what one of them manages no more is.
///
/// # Errors
/// What could not be compared.
pub fn account_block(
    id: &str,
    old: Option<&State>,
    new: Option<&State>,
    are_states: bool,
) -> Result<Option<SettingChange>, Undecided> {
    let feature = if id.is_empty() {
        "account.public_access_block".to_owned()
    } else {
        format!("account {id}: public_access_block")
    };
    let read = |it: Option<&State>| match it {
        // Access through it is undecided all the same.
        None => Ok(None),
        Some(State::Unknown { code, .. }) if code == NOT_IN_SOURCE => Ok(None),
        Some(State::Unknown { code, message, .. }) => Err(format!("{code}: {message}")),
        Some(State::Set { value, .. }) => Ok(Some(canonical("public_access_block", Some(value)))),
        Some(State::Absent { .. }) => Ok(Some(canonical("public_access_block", None))),
    };
    match (read(old), read(new)) {
        // What neither knows may have changed.
        (Err(why), _) | (_, Err(why)) => Err(Undecided { feature, why }),
        (Ok(None), Ok(None)) if are_states => Ok(None),
        (Ok(None), Ok(None)) => Err(Undecided { feature, why: "neither side says it".to_owned() }),
        (Ok(None), _) | (_, Ok(None)) if are_states => {
            Err(Undecided { feature, why: "one of the two states does not manage it".to_owned() })
        }
        (Ok(None), _) | (_, Ok(None)) => Ok(None),
        (Ok(Some(old)), Ok(Some(new))) => Ok((old != new).then_some(SettingChange { feature, old, new })),
    }
}
