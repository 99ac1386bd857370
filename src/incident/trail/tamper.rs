//! Changes of the configuration that take evidence or the way back away. What AWS and those who investigate describe of ransom is a sign by
//! itself; what administrators do every day is one beside such a sign only.
//!
//! <https://aws.amazon.com/blogs/security/anatomy-of-a-ransomware-event-targeting-data-in-amazon-s3/>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>

use serde_json::Value as Json;

use crate::frontend::live::State;
use crate::value::Truth;

use super::super::diff::canonical;
use super::super::time::Time;
use super::Event;
use super::fold::{Now, rules};
use super::kept::{copies_no_more, is_as_soon, is_as_soon_of_versions, keys, may_be_on, reaches};
use super::ransom::foreign_key;

/// What expires within so many days leaves no time to notice it.
const SOON: u64 = 7;

/// What is known beside a change.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    /// The call.
    pub event: &'a Event,
    /// The bucket's account.
    pub own: Option<&'a str>,
    /// Whether who made the bucket has just done so.
    pub is_making: bool,
    /// Whether it has objects copied to another account for certain; else perhaps, where it is not known whose the destination is.
    pub leads_out: Truth,
    /// What was set of the feature before.
    pub stood: &'a [Json],
}

/// How much a change says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// It is described as a part of ransom.
    Sign,
    /// It is an ordinary call too: told where a sign stands beside it.
    Beside,
}

/// What a change takes away, or may: the same call that turns versions or logs on says nothing. No outsider administers the bucket.
pub(super) fn weight(feature: &str, before: &Now, after: &Now, around: Around<'_>) -> Option<Weight> {
    let is_outside = around.event.is_anonymous() || around.event.is_of_another(around.own);
    let found = by_owner(feature, before, after, around)?;
    Some(if is_outside { Weight::Sign } else { found })
}

fn by_owner(feature: &str, before: &Now, after: &Now, around: Around<'_>) -> Option<Weight> {
    let of = |now: &Now| canonical(feature, now.features.get(feature).and_then(State::value));
    let is_unknown = |now: &Now| now.features.get(feature).is_none_or(State::is_unknown);
    let (was, is) = (of(before), of(after));
    let beside = |it: bool| it.then_some(Weight::Beside);
    let sign = |it: bool| it.then_some(Weight::Sign);
    match feature {
        // Where it begins with the bucket nothing is taken from anybody.
        "replication" | "encryption" | "object_lock" | "lifecycle" | "versioning" if around.is_making => None,
        // So it was before.
        "replication" if around.event.name.starts_with("Put") && copies_no_more(around.event, around.stood) => None,
        "replication" if around.event.name.starts_with("Put") => {
            if around.leads_out == Truth::Yes {
                sign(true)
            } else {
                beside(around.leads_out == Truth::Unknown)
            }
        }
        "replication" => beside(!matches!(before.features.get(feature), Some(State::Absent { .. }))),
        "encryption" | "object_lock" | "lifecycle" if is_unread(feature, after, around.event) => beside(true),
        "encryption" => sign(around.event.name.starts_with("Put") && may_lock_out(around)),
        "versioning" | "logging" if is_unknown(after) => beside(!around.is_making),
        "object_lock" if is_unknown(before) => beside(retention(&is).is_none()),
        "object_lock" => sign(is_weaker(retention(&was), retention(&is))),
        "versioning" => {
            let is_off = |it: &Json, key: &str| it.get(key).and_then(Json::as_str) != Some("Enabled");
            let was_on = before.features.get(feature).is_none_or(may_be_on);
            beside(was_on && is_off(&is, "Status") || !is_off(&was, "MFADelete") && is_off(&is, "MFADelete"))
        }
        // Logs that went elsewhere before are missing there from now on.
        "logging" => {
            let target = |it: &Json| it.get("TargetBucket").cloned().filter(|it| !it.is_null());
            let (was, is) = (target(&was), target(&is));
            beside(is.is_none() || was.is_some() && was != is)
        }
        "lifecycle" => expiry((around.stood, &is), around.event.time),
        _ => None,
    }
}

/// What goes to another account by a change, where that is what it does.
pub(super) fn handed(feature: &str, around: Around<'_>) -> Option<String> {
    if !around.event.name.starts_with("Put") {
        return None;
    }
    match feature {
        "replication" if around.leads_out == Truth::Yes => Some("new objects are copied to another account".to_owned()),
        "encryption" => {
            let whose = keys(&around.event.parameters).into_iter().find_map(|it| foreign_key(it, around.own))?;
            Some(format!("new objects are encrypted with a KMS key of account {whose}, which can take it away"))
        }
        _ => None,
    }
}

/// Whether the record of a call does not have what it sets.
fn is_unread(feature: &str, after: &Now, event: &Event) -> bool {
    match feature {
        "encryption" => {
            event.name.starts_with("Put") && rules(event.parameters.get("ServerSideEncryptionConfiguration")).is_empty()
        }
        _ => after.features.get(feature).is_none_or(State::is_unknown),
    }
}

/// What may be a sign, and cannot be read, in one sentence.
pub(super) fn unread(feature: &str, after: &Now, around: Around<'_>) -> Option<String> {
    let what = match feature {
        _ if around.is_making => return None,
        "encryption" => "whether objects to come are encrypted with another account's key",
        "lifecycle" => "whether its rules expire objects within days",
        "object_lock" => "whether the default retention was shortened or taken away",
        _ => return None,
    };
    let it = around.event;
    is_unread(feature, after, it).then(|| {
        format!("{} {} by {}: what it sets is not in the record: {what} is not known", it.time, it.name, it.actor)
    })
}

/// Whether objects to come are encrypted with a key that the account may not hold, and that was not the bucket's before.
fn may_lock_out(around: Around<'_>) -> bool {
    let is_old = |key: &str| around.stood.iter().any(|it| it.as_str() == Some(key));
    keys(&around.event.parameters).iter().any(|it| foreign_key(it, around.own).is_some() && !is_old(it))
}

/// The default retention of Object Lock: whether nobody can shorten it, and its days.
pub(in crate::incident) fn retention(lock: &Json) -> Option<(bool, u64)> {
    let it = lock.pointer("/Rule/DefaultRetention")?;
    let number = |key: &str| it.get(key).and_then(Json::as_u64).unwrap_or(0);
    let days = number("Days").saturating_add(number("Years").saturating_mul(365));
    Some((it.get("Mode").and_then(Json::as_str) == Some("COMPLIANCE"), days))
}

pub(in crate::incident) fn is_weaker(was: Option<(bool, u64)>, is: Option<(bool, u64)>) -> bool {
    match (was, is) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(was), Some(is)) => is.1 < was.1 || was.0 && !is.0,
    }
}

/// The rules of a lifecycle that are on.
pub(super) fn enabled(lifecycle: &Json) -> impl Iterator<Item = &Json> {
    let rules = lifecycle.get("Rules").unwrap_or(lifecycle);
    rules.as_array().into_iter().flatten().filter(|it| it.get("Status").and_then(Json::as_str) == Some("Enabled"))
}

/// When a rule has objects expire, where that is within days of a time: of such an age, or from a date on.
pub(super) fn soon(rule: &Json, at: Time) -> Option<String> {
    let days = rule.pointer("/Expiration/Days").and_then(Json::as_u64).filter(|it| *it <= SOON);
    let by_date = || {
        let date = Time::parse(rule.pointer("/Expiration/Date")?.as_str()?)?;
        let until = i64::try_from(SOON).ok()?.saturating_mul(24 * 3600);
        (date.0 <= at.0.saturating_add(until)).then(|| format!("from {date} on"))
    };
    match days {
        Some(1) => Some("after 1 day".to_owned()),
        Some(days) => Some(format!("after {days} days")),
        None => by_date(),
    }
}

/// What rules expire that did not expire so soon before, be it under a prefix: objects within days, or their older versions.
fn expiry((was, is): (&[Json], &Json), at: Time) -> Option<Weight> {
    let is_new = |rule: &Json| !was.iter().any(|it| reaches(it, rule) && is_as_soon(it, rule, at));
    let mut soon = enabled(is).filter(|it| soon(it, at).is_some() && is_new(it)).peekable();
    let is_any = soon.peek().is_some();
    if soon.any(|it| !is_marked(it)) {
        return Some(Weight::Sign);
    }
    (is_any || enabled(is).any(|it| ends_versions(was, it))).then_some(Weight::Beside)
}

/// Whether a rule is about objects of a tag or of a size only: programs mark what they do not need any more.
fn is_marked(rule: &Json) -> bool {
    let filter = rule.get("Filter");
    let has = |it: Option<&Json>, keys: &[&str]| it.is_some_and(|it| keys.iter().any(|key| it.get(key).is_some()));
    has(filter, &["Tag", "ObjectSizeLessThan"])
        || has(filter.and_then(|it| it.get("And")), &["Tags", "Tag", "ObjectSizeLessThan"])
}

/// Whether a rule has older versions gone within days that stayed longer before.
fn ends_versions(was: &[Json], rule: &Json) -> bool {
    let days = rule.pointer("/NoncurrentVersionExpiration/NoncurrentDays").and_then(Json::as_u64);
    days.is_some_and(|it| it <= SOON) && !was.iter().any(|it| reaches(it, rule) && is_as_soon_of_versions(it, rule))
}

/// Whether a lifecycle has every older version of every object gone within days, which stayed longer before.
pub(super) fn destroys_versions(was: &[Json], is: &Json) -> bool {
    let is_whole = |it: &Json| it.get("Filter").and_then(Json::as_object).is_none_or(serde_json::Map::is_empty);
    let keeps = |it: &Json| it.pointer("/NoncurrentVersionExpiration/NewerNoncurrentVersions").is_some();
    enabled(is).any(|it| is_whole(it) && !keeps(it) && ends_versions(was, it))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::claims::{OTHER, OWN, event, opened, run};
    use super::*;

    type Calls = Vec<(&'static str, Json)>;

    /// What hands objects to come to another account says so.
    #[test]
    fn what_is_handed_out() {
        let to = json!({ "Bucket": "arn:aws:s3:::elsewhere", "Account": OTHER });
        let copies = json!({ "ReplicationConfiguration": { "Rule": { "Status": "Enabled", "Destination": to } } });
        let by = json!({ "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": format!("arn:aws:kms:us-east-1:{OTHER}:key/1") });
        let key =
            json!({ "ServerSideEncryptionConfiguration": { "Rule": { "ApplyServerSideEncryptionByDefault": by } } });
        let rule = json!({ "Status": "Enabled", "Expiration": { "Days": 1 } });
        let rules = json!({ "LifecycleConfiguration": { "Rule": rule } });
        for (name, parameters, told) in [
            ("PutBucketReplication", copies, "new objects are copied to another account"),
            ("PutBucketEncryption", key, "encrypted with a KMS key of account 999988887777"),
            ("PutBucketLifecycle", rules, "evidence or the way back may be gone"),
        ] {
            let mut parameters = parameters;
            parameters["bucketName"] = json!("data");
            let signs = run(&[opened(), vec![event("2026-11-05T00:00:00Z", name, OWN, &parameters)]].concat()).signs;
            assert!(signs.len() == 1 && signs[0].contains(told), "{signs:?}");
        }
    }

    /// It is what a call sets that takes evidence or the way back away, not its name; and what administrators do every day is no sign.
    #[test]
    fn what_is_tampering() {
        let versions =
            |status: &str| vec![("PutBucketVersioning", json!({ "VersioningConfiguration": { "Status": status } }))];
        let logs = |target: &str| {
            let on = json!({ "LoggingEnabled": { "TargetBucket": target, "TargetPrefix": "" } });
            ("PutBucketLogging", json!({ "BucketLoggingStatus": if target.is_empty() { json!("") } else { on } }))
        };
        let rule = |it: Json| ("PutBucketLifecycle", json!({ "LifecycleConfiguration": { "Rule": it } }));
        let expires = |prefix: &str, expiration: Json| {
            rule(json!({ "Status": "Enabled", "Filter": { "Prefix": prefix }, "Expiration": expiration }))
        };
        let older =
            |days: u64| rule(json!({ "Status": "Enabled", "NoncurrentVersionExpiration": { "NoncurrentDays": days } }));
        let key = |id: String| {
            let it = json!({ "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": id });
            (
                "PutBucketEncryption",
                json!({ "ServerSideEncryptionConfiguration": { "Rule": { "ApplyServerSideEncryptionByDefault": it } } }),
            )
        };
        let kms = |account: &str| key(format!("arn:aws:kms:us-east-1:{account}:key/1"));
        let lock = |mode: &str, unit: &str, many: Json| {
            let retention = json!({ "Rule": { "DefaultRetention": { "Mode": mode, unit: many } } });
            let mut all = if mode.is_empty() { json!({}) } else { retention };
            all["ObjectLockEnabled"] = json!("Enabled");
            ("PutBucketObjectLockConfiguration", json!({ "ObjectLockConfiguration": all }))
        };
        let copies = |account: &str| {
            let mut to = json!({ "Bucket": "arn:aws:s3:::elsewhere" });
            if !account.is_empty() {
                to["Account"] = json!(account);
            }
            (
                "PutBucketReplication",
                json!({ "ReplicationConfiguration": { "Rule": { "Status": "Enabled", "Destination": to } } }),
            )
        };
        let uncopied = ("DeleteBucketReplication", json!({}));
        // By label, and by sign.
        let (none, label, sign) = ((false, 0), (true, 0), (true, 1));
        let table: Vec<(Calls, (bool, usize))> = vec![
            (versions("Enabled"), none),
            // Where there were none, there are no fewer.
            (versions("Suspended"), none),
            ([versions("Enabled"), versions("Suspended")].concat(), label),
            (vec![logs("logs")], none),
            (vec![logs("logs"), logs("elsewhere")], label),
            (vec![logs("logs"), logs("")], label),
            (
                vec![rule(
                    json!({ "Status": "Enabled", "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 7 } }),
                )],
                none,
            ),
            (vec![expires("", json!({ "Days": 1 }))], sign),
            (vec![expires("", json!({ "Days": 7 }))], sign),
            (vec![expires("", json!({ "Days": 8 }))], none),
            (vec![expires("", json!({ "Date": "2026-11-03T00:00:00Z" }))], sign),
            (vec![expires("", json!({ "Date": "2027-11-03T00:00:00Z" }))], none),
            (vec![expires("backups/", json!({ "Days": 1 }))], sign),
            (vec![expires("tmp/", json!({ "Days": 30 }))], none),
            (vec![expires("", json!({ "ExpiredObjectDeleteMarker": true }))], none),
            (vec![rule(json!({ "Status": "Disabled", "Expiration": { "Days": 1 } }))], none),
            (vec![older(90)], none),
            (vec![older(1)], label),
            (vec![kms(OWN)], none),
            (vec![key("1234abcd-12ab-34cd-56ef-1234567890ab".to_owned())], none),
            (vec![kms(OTHER)], sign),
            (vec![("DeleteBucketLifecycle", json!({}))], none),
            (vec![("PutBucketLifecycle", json!({}))], label),
            // What was so before, or more so, is no news; what is more is.
            (vec![expires("", json!({ "Days": 3 })), expires("", json!({ "Days": 7 }))], none),
            (vec![expires("", json!({ "Days": 7 })), expires("", json!({ "Days": 3 }))], sign),
            (vec![expires("tmp/", json!({ "Days": 3 })), expires("tmp/a/", json!({ "Days": 3 }))], none),
            (vec![expires("tmp/", json!({ "Days": 3 })), expires("", json!({ "Days": 3 }))], sign),
            (vec![kms(OTHER), kms(OTHER)], none),
            (vec![copies(OTHER), copies(OTHER)], none),
            (vec![copies(OWN), copies(OTHER)], sign),
            (vec![("PutBucketEncryption", json!({}))], label),
            (vec![lock("COMPLIANCE", "Days", json!(30))], none),
            (vec![lock("", "", json!(0))], none),
            (vec![lock("COMPLIANCE", "Days", json!(30)), lock("GOVERNANCE", "Days", json!(30))], sign),
            (vec![lock("GOVERNANCE", "Years", json!("1")), lock("GOVERNANCE", "Days", json!("30"))], sign),
            (vec![lock("GOVERNANCE", "Days", json!("30")), lock("GOVERNANCE", "Years", json!("1"))], none),
            (vec![lock("GOVERNANCE", "Days", json!(30)), lock("", "", json!(0))], sign),
            (vec![("PutBucketObjectLockConfiguration", json!({}))], label),
            (vec![copies(OWN)], none),
            (vec![copies(OTHER)], sign),
            (vec![copies("")], label),
            (vec![copies(OWN), uncopied.clone()], label),
            (vec![uncopied], none),
        ];
        for (calls, (label, signs)) in table {
            let mut all = opened();
            for (at, (name, parameters)) in calls.iter().enumerate() {
                let mut parameters = parameters.clone();
                parameters["bucketName"] = json!("data");
                all.push(event(&format!("2026-11-0{}T00:00:00Z", at + 2), name, OWN, &parameters));
            }
            let found = run(&all);
            let is_told = found.rows.last().unwrap().labels.contains(&"tamper");
            let last = found.rows.last().unwrap().event.time.to_string();
            let told = found.signs.iter().filter(|it| it.starts_with(&last)).count();
            assert_eq!((is_told, told), (label, signs), "{calls:?} {:?}", found.signs);
            // What cannot be read is not known, and no sign.
            let is_empty = calls.iter().any(|it| it.0.starts_with("Put") && it.1 == json!({}));
            let asks = found.problems.iter().any(|it| it.contains("what it sets is not in the record"));
            assert_eq!(asks, is_empty, "{calls:?} {:?}", found.problems);
        }
        // A rule that was there before is no news; where nobody knows it may be.
        let short = json!({ "Status": "Enabled", "Filter": { "Prefix": "tmp/" }, "Expiration": { "Days": 1 } });
        let more = json!([short, { "Status": "Enabled", "Filter": { "Prefix": "a/" }, "Transition": { "Days": 30, "StorageClass": "GLACIER" } }]);
        let put = |time: &str, rules: &Json| {
            event(
                time,
                "PutBucketLifecycle",
                OWN,
                &json!({ "bucketName": "data", "LifecycleConfiguration": { "Rule": rules } }),
            )
        };
        let (first, second) = (put("2026-11-01T00:00:05Z", &short), put("2026-11-05T00:00:00Z", &more));
        assert!(run(&[opened(), vec![first, second.clone()]].concat()).signs.is_empty());
        assert_eq!(run(&[second]).signs.len(), 1);
        // Who replaces it deletes it first, and sets the same at once; a day later it is news.
        let gone = event("2026-11-05T00:00:00Z", "DeleteBucketLifecycle", OWN, &json!({ "bucketName": "data" }));
        for (time, signs) in [("2026-11-05T00:00:02Z", 0), ("2026-11-06T00:00:00Z", 1)] {
            let all = [put("2026-11-01T00:00:05Z", &short), gone.clone(), put(time, &short)];
            assert_eq!(run(&[opened(), all.to_vec()].concat()).signs.len(), signs, "{time}");
        }
        // Rules that were left out of a record are not known.
        let omitted = event(
            "2026-11-05T00:00:00Z",
            "PutBucketLifecycle",
            OWN,
            &json!({ "bucketName": "data", "LifecycleConfiguration": { "omitted": true } }),
        );
        let found = run(&[opened(), vec![omitted]].concat());
        assert!(found.signs.is_empty() && found.problems.len() == 1, "{:?} {:?}", found.signs, found.problems);
        // What is an administrator's call is none of an outsider's.
        let mut suspends = event("2026-11-05T00:00:00Z", "PutBucketVersioning", OWN, &versions("Suspended")[0].1);
        suspends["requestParameters"]["bucketName"] = json!("data");
        for (account, signs) in [(OWN, 0), (OTHER, 1), ("ANONYMOUS_PRINCIPAL", 1)] {
            suspends["userIdentity"] = json!({ "type": "AWSAccount", "accountId": account });
            let mut on = event("2026-11-02T00:00:00Z", "PutBucketVersioning", OWN, &versions("Enabled")[0].1);
            on["requestParameters"]["bucketName"] = json!("data");
            assert_eq!(run(&[opened(), vec![on, suspends.clone()]].concat()).signs.len(), signs, "{account}");
        }
        // What a bucket begins with takes nothing from anybody.
        let to = json!({ "Bucket": "arn:aws:s3:::elsewhere", "Account": OTHER });
        let copies = json!({ "bucketName": "data", "ReplicationConfiguration": { "Rule": { "Status": "Enabled", "Destination": to } } });
        for (time, signs) in [("2026-11-01T00:00:09Z", 0), ("2026-11-02T00:00:00Z", 1)] {
            let found = run(&[opened(), vec![event(time, "PutBucketReplication", OWN, &copies)]].concat());
            assert!(found.signs.len() == signs && found.problems.len() == 1, "{time} {:?}", found.problems);
        }
    }
}
