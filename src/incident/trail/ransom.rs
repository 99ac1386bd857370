//! What is a sign of ransom: objects copied over themselves with a key that is not the bucket's account's, or deleted with their versions;
//! evidence or the way back taken away; a lifecycle that expires everything. `report` and `timeline` tell the same ones.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html>

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::frontend::live::BucketRecord;

use super::super::diff::canonical;
use super::super::time::Time;
use super::Event;

/// What an event is a sign of, in words that go after a number of calls.
fn sign(event: &Event, bucket: &str, own: Option<&str>) -> Option<String> {
    let text = |key: &str| event.parameters.get(key).and_then(Json::as_str).filter(|it| !it.is_empty());
    match event.name.as_str() {
        "CopyObject" | "UploadPartCopy" => {
            event.source.as_ref().filter(|it| it.0 == bucket)?;
            // What had such a key before is given another.
            let had = text("x-amz-copy-source-server-side-encryption-customer-algorithm").is_some();
            let has = text("x-amz-server-side-encryption-customer-algorithm").is_some();
            if has {
                return (!had).then(|| "encrypted objects anew with a key that only the caller has (SSE-C)".to_owned());
            }
            let key = text("x-amz-server-side-encryption-aws-kms-key-id")?;
            let whose = foreign_key(key, own)?;
            Some(format!("encrypted objects anew with a KMS key of account {whose} ({key})"))
        }
        "DeleteObjects" => Some("deleted lists of objects (DeleteObjects)".to_owned()),
        "DeleteObject" => {
            text("versionId").map(|_| "deleted versions of objects for good (DeleteObject with a versionId)".to_owned())
        }
        _ => None,
    }
}

/// Whose a KMS key is that the bucket's account may not hold: one that is told without an account is its own.
pub(super) fn foreign_key<'k>(key: &'k str, own: Option<&str>) -> Option<&'k str> {
    let account = Some(key).filter(|it| it.starts_with("arn:")).and_then(|it| it.split(':').nth(4))?;
    (Some(account) != own).then_some(account)
}

/// A change that takes evidence or the way back away, in one sentence.
pub(super) fn taken(it: &Event) -> (Time, String) {
    let text = format!(
        "{} {} by {} from {}: evidence or the way back may be gone (ransom pattern)",
        it.time, it.name, it.actor, it.address
    );
    (it.time, text)
}

/// The rules of a lifecycle that are on.
#[must_use]
pub fn lifecycle_rules(record: &BucketRecord) -> Vec<Json> {
    let lifecycle = record.features.get("lifecycle").map(|it| canonical("lifecycle", it.value())).unwrap_or_default();
    let rules = lifecycle.get("Rules").unwrap_or(&lifecycle).as_array().into_iter().flatten();
    rules.filter(|it| it.get("Status").and_then(Json::as_str) == Some("Enabled")).cloned().collect()
}

/// What a bucket as it is shows, where a rule expires every object of it within a week: a way to lose the data.
#[must_use]
pub fn expires_all(record: &BucketRecord) -> Option<String> {
    const SOON: u64 = 7;
    let is_whole = |it: &&Json| it.get("Filter").and_then(Json::as_object).is_none_or(serde_json::Map::is_empty);
    let rules = lifecycle_rules(record);
    let days = rules.iter().filter(is_whole).filter_map(|it| it.pointer("/Expiration/Days")?.as_u64());
    let days = days.filter(|it| *it <= SOON).min()?;
    let days = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    Some(format!("a lifecycle rule that is enabled expires every object after {days}"))
}

/// Who made a bucket, and when.
pub(super) struct Makers(Vec<(Time, String)>);

impl Makers {
    /// For so many seconds who made a bucket is taken to be setting it up.
    const MAKING: i64 = 3600;

    pub fn of(events: &[Event], bucket: &str) -> Self {
        let is_making = |it: &&Event| it.name == "CreateBucket" && it.error.is_none();
        let own = events.iter().filter(is_making).filter(|it| it.bucket.as_deref() == Some(bucket));
        Self(own.map(|it| (it.time, it.actor.clone())).collect())
    }

    /// Whether a call belongs to the making of the bucket.
    pub fn is_making(&self, event: &Event) -> bool {
        let is_after = |at: Time| at <= event.time && event.time.0.saturating_sub(at.0) <= Self::MAKING;
        self.0.iter().any(|(at, who)| is_after(*at) && *who == event.actor)
    }
}

/// What was done to objects of a bucket, one sentence for each kind and caller.
pub(super) fn signs(events: &[Event], bucket: &str, own: Option<&str>) -> Vec<(Time, String)> {
    let mut found: BTreeMap<(String, &str, &str), Vec<Time>> = BTreeMap::new();
    for it in events.iter().filter(|it| it.error.is_none() && it.is_of_s3() && it.bucket.as_deref() == Some(bucket)) {
        if let Some(what) = sign(it, bucket, own) {
            found.entry((what, &it.actor, &it.address)).or_default().push(it.time);
        }
    }
    let told = found.into_iter().filter_map(|((what, actor, address), times)| {
        let (first, last) = (times.iter().min()?, times.iter().max()?);
        let calls = if times.len() == 1 { "call" } else { "calls" };
        let until = if first == last { String::new() } else { format!(" to {last}") };
        let text = format!(
            "{first}{until}: {} {calls} by {actor} from {address} {what}: the data may be gone (ransom pattern)",
            times.len()
        );
        Some((*first, text))
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::{Ask, Replay, records, replay};

    const ANA: &str = "arn:aws:iam::123456789012:user/ana";

    fn event(time: &str, name: &str, actor: &str, parameters: &Json) -> Json {
        json!({ "eventTime": time, "eventID": format!("{time} {name} {actor}"), "eventName": name, "eventSource": "s3.amazonaws.com",
            "userIdentity": { "type": "IAMUser", "arn": actor, "accountId": "123456789012" }, "sourceIPAddress": "198.51.100.7",
            "recipientAccountId": "123456789012", "requestParameters": parameters })
    }

    fn run(all: &[Json]) -> Replay {
        let (events, problems) = records(&json!({ "Records": all }).to_string(), "test");
        assert!(problems.is_empty(), "{problems:?}");
        replay(events, &Ask { bucket: "data".to_owned(), ..Ask::default() })
    }

    /// Who sets a bucket up that was just made loses no versions of it; a stranger, or later, may.
    #[test]
    fn a_bucket_that_is_being_made() {
        let rule = json!({ "Status": "Enabled", "NoncurrentVersionExpiration": { "NoncurrentDays": 90 } });
        let rule = json!({ "bucketName": "data", "LifecycleConfiguration": { "Rule": rule } });
        let eve = ANA.replace("ana", "eve");
        for (time, actor, tells) in [
            ("2026-11-01T00:00:03Z", ANA, false),
            ("2026-11-01T00:00:03Z", eve.as_str(), true),
            ("2026-11-02T00:00:00Z", ANA, true),
        ] {
            let made = event("2026-11-01T00:00:00Z", "CreateBucket", ANA, &json!({ "bucketName": "data" }));
            let found = run(&[made, event(time, "PutBucketLifecycle", actor, &rule)]);
            assert_eq!(found.rows.last().unwrap().labels.contains(&"tamper"), tells, "{time} {actor}");
        }
    }

    /// Copies in place with a key that is not the account's, lists of objects and versions deleted are signs; what an application does is
    /// none.
    #[test]
    fn objects_held_to_ransom() {
        const KEY: &str = "x-amz-server-side-encryption-customer-algorithm";
        const HAD: &str = "x-amz-copy-source-server-side-encryption-customer-algorithm";
        const KMS: &str = "x-amz-server-side-encryption-aws-kms-key-id";
        let key = |account: &str| format!("arn:aws:kms:us-east-1:{account}:key/k");
        for (name, parameters, told) in [
            ("CopyObject", json!({ "x-amz-copy-source": "data/k", KEY: "AES256" }), "only the caller has (SSE-C)"),
            ("CopyObject", json!({ "x-amz-copy-source": "/data/k", KEY: "AES256", HAD: "AES256" }), ""),
            ("CopyObject", json!({ "x-amz-copy-source": "data-in/k", KEY: "AES256" }), ""),
            ("CopyObject", json!({ "x-amz-copy-source": "data/k" }), ""),
            ("UploadPartCopy", json!({ "x-amz-copy-source": "data/k", KEY: "AES256" }), "only the caller has (SSE-C)"),
            ("CopyObject", json!({ "x-amz-copy-source": "data/k", KMS: key("999988887777") }), "account 999988887777"),
            ("CopyObject", json!({ "x-amz-copy-source": "in/k", KMS: key("999988887777") }), ""),
            ("CopyObject", json!({ "x-amz-copy-source": "data/k", KMS: key("123456789012") }), ""),
            ("CopyObject", json!({ "x-amz-copy-source": "data/k", KMS: "alias/data" }), ""),
            ("DeleteObjects", json!({ "delete": "" }), "(DeleteObjects)"),
            ("DeleteObject", json!({ "key": "k", "versionId": "v" }), "for good"),
            ("DeleteObject", json!({ "key": "k" }), ""),
        ] {
            let mut parameters = parameters;
            parameters["bucketName"] = json!("data");
            let signs = run(&[event("2026-11-02T00:00:00Z", name, ANA, &parameters)]).signs.join("\n");
            assert!(signs.is_empty() == told.is_empty() && signs.contains(told), "{name} {parameters} {signs}");
        }
    }

    /// What takes the way back away is a sign with the rest, in order of time; what turns it on is none.
    #[test]
    fn the_way_back_taken_away() {
        let versions = |status: &str| {
            let parameters = json!({ "bucketName": "data", "VersioningConfiguration": { "Status": status } });
            event("2026-11-03T00:00:00Z", "PutBucketVersioning", ANA, &parameters)
        };
        let gone = event("2026-11-02T00:00:00Z", "DeleteObjects", ANA, &json!({ "bucketName": "data" }));
        assert_eq!(run(&[gone.clone(), versions("Enabled")]).signs.len(), 1);
        let signs = run(&[versions("Suspended"), gone]).signs;
        assert!(signs.len() == 2 && signs[0].contains("DeleteObjects"), "{signs:?}");
        assert!(signs[1].starts_with("2026-11-03T00:00:00Z PutBucketVersioning by") && signs[1].contains("way back"));
    }
}
