//! What is done to objects that holds them to ransom: copied over themselves with a key that is the caller's alone, or deleted with
//! their versions. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html>

use std::collections::BTreeMap;

use super::super::time::Time;
use super::Event;

/// What an event is a sign of, in words that go after a number of calls.
fn sign(event: &Event, bucket: &str) -> Option<&'static str> {
    let text = |key: &str| event.parameters.get(key).and_then(serde_json::Value::as_str).filter(|it| !it.is_empty());
    match event.name.as_str() {
        "CopyObject" => {
            let source = text("x-amz-copy-source")?.trim_start_matches('/');
            let is_own = source.strip_prefix(bucket).is_some_and(|it| it.starts_with(['/', '%']));
            // What had such a key before is given another.
            let had = text("x-amz-copy-source-server-side-encryption-customer-algorithm").is_some();
            let has = text("x-amz-server-side-encryption-customer-algorithm").is_some();
            (is_own && has && !had).then_some("encrypted objects anew with a key that only the caller has (SSE-C)")
        }
        "DeleteObjects" => Some("deleted lists of objects (DeleteObjects)"),
        "DeleteObject" => {
            text("versionId").map(|_| "deleted versions of objects for good (DeleteObject with a versionId)")
        }
        _ => None,
    }
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
pub(super) fn signs(events: &[Event], bucket: &str) -> Vec<String> {
    let mut found: BTreeMap<(&str, &str, &str), Vec<Time>> = BTreeMap::new();
    for it in events.iter().filter(|it| it.error.is_none() && it.is_of_s3() && it.bucket.as_deref() == Some(bucket)) {
        if let Some(what) = sign(it, bucket) {
            found.entry((what, &it.actor, &it.address)).or_default().push(it.time);
        }
    }
    let told = found.into_iter().filter_map(|((what, actor, address), times)| {
        let (first, last) = (times.iter().min()?, times.iter().max()?);
        let calls = if times.len() == 1 { "call" } else { "calls" };
        let until = if first == last { String::new() } else { format!(" to {last}") };
        Some((*first, format!("{first}{until}: {} {calls} by {actor} from {address} {what}", times.len())))
    });
    let mut told: Vec<(Time, String)> = told.collect();
    told.sort();
    told.into_iter().map(|it| it.1).collect()
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

    /// Copies in place with a key of the caller's own, lists of objects and versions deleted are signs; what an application does is none.
    #[test]
    fn objects_held_to_ransom() {
        const KEY: &str = "x-amz-server-side-encryption-customer-algorithm";
        const HAD: &str = "x-amz-copy-source-server-side-encryption-customer-algorithm";
        for (name, parameters, told) in [
            ("CopyObject", json!({ "x-amz-copy-source": "data/k", KEY: "AES256" }), "only the caller has (SSE-C)"),
            ("CopyObject", json!({ "x-amz-copy-source": "/data/k", KEY: "AES256", HAD: "AES256" }), ""),
            ("CopyObject", json!({ "x-amz-copy-source": "data-in/k", KEY: "AES256" }), ""),
            ("CopyObject", json!({ "x-amz-copy-source": "data/k" }), ""),
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
}
