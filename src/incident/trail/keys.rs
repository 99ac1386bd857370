//! KMS keys that are taken away: what is encrypted with one cannot be read without it.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html>

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::fold::rules;

use crate::frontend::live::{BucketRecord, State};

use super::super::diff::canonical;
use super::Event;

/// The calls that take a key away, at once or after a while.
pub(super) const TAKING: [&str; 3] = ["ScheduleKeyDeletion", "DisableKey", "DeleteImportedKeyMaterial"];

const HEADER: &str = "x-amz-server-side-encryption-aws-kms-key-id";

/// Those calls: the events that are followed are of S3 alone.
pub(super) fn taken(events: &[Event]) -> Vec<Event> {
    let is_one = |it: &&Event| {
        matches!(it.service.as_str(), "" | "kms.amazonaws.com")
            && it.error.is_none()
            && TAKING.contains(&it.name.as_str())
    };
    events.iter().filter(is_one).cloned().collect()
}

/// The id of a key: an ARN and an id alike name it; an alias names another one from day to day.
fn id(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// The keys that a bucket or its objects are encrypted with.
#[derive(Default)]
pub(super) struct Used {
    ids: BTreeSet<String>,
    has_alias: bool,
    /// Whether the bucket's own encryption is known from the beginning.
    is_known: bool,
}

impl Used {
    /// As events and states tell it; `is_known` where nothing was before them.
    pub fn of<'r>(
        events: &[Event],
        bucket: &str,
        states: impl Iterator<Item = &'r BucketRecord>,
        is_known: bool,
    ) -> Self {
        let mut out = Self { is_known, ..Self::default() };
        for it in events.iter().filter(|it| it.error.is_none() && it.bucket.as_deref() == Some(bucket)) {
            out.add(it.parameters.get(HEADER));
            for rule in rules(it.parameters.get("ServerSideEncryptionConfiguration")) {
                out.add(rule.pointer("/ApplyServerSideEncryptionByDefault/KMSMasterKeyID"));
            }
        }
        for it in states.filter_map(|it| it.features.get("encryption")).filter(|it| !it.is_unknown()) {
            out.is_known = true;
            out.add(canonical("encryption", State::value(it)).get("KMSMasterKeyID"));
        }
        out
    }

    fn add(&mut self, key: Option<&Json>) {
        let Some(key) = key.and_then(Json::as_str).filter(|it| !it.is_empty()) else { return };
        if key.contains("alias/") {
            self.has_alias = true;
        } else {
            self.ids.insert(id(key).to_owned());
        }
    }

    /// The calls that took one of them away, with its id, and what is told of calls of which that is not known.
    pub fn taken<'e>(&self, calls: &'e [Event], own: Option<&str>) -> (Vec<(&'e Event, &'e str)>, Option<String>) {
        let key = |it: &'e Event| it.parameters.get("keyId").and_then(Json::as_str).map(id);
        let of_key = calls.iter().filter_map(|it| Some((it, key(it)?)));
        let (certain, others): (Vec<_>, Vec<_>) = of_key.partition(|it| self.ids.contains(it.1));
        let is_own = |it: &Event| own.is_none() || it.account.as_deref() == own;
        let others: Vec<_> = others.into_iter().filter(|it| is_own(it.0)).collect();
        let is_open = self.has_alias || !self.is_known;
        let note = others.first().filter(|_| is_open).map(|(it, key)| {
            format!(
                "{} calls took KMS keys of the account away, first {} {} of {key} by {}: whether objects of the bucket are encrypted with them \
                 is not known",
                others.len(),
                it.time,
                it.name,
                it.actor
            )
        });
        (certain, note)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::claims::{OTHER, OWN, event, opened, policy, run};
    use super::*;

    fn found(more: &[Json]) -> (usize, usize) {
        let found = run(&[opened(), more.to_vec()].concat());
        assert!(found.problems.is_empty(), "{:?}", found.problems);
        (found.signs.len(), found.notes.iter().filter(|it| it.contains("KMS keys")).count())
    }

    fn gone(name: &str, key: &str, account: &str) -> Json {
        let mut out = event("2026-11-05T00:00:00Z", name, account, &json!({ "keyId": key, "pendingWindowInDays": 7 }));
        out["eventSource"] = json!("kms.amazonaws.com");
        out
    }

    /// The key that a bucket is encrypted with, by default or by a call, is missed; others are not, and where nobody knows that is a note.
    #[test]
    fn keys_that_are_taken_away() {
        let arn = |id: &str| format!("arn:aws:kms:us-east-1:{OWN}:key/{id}");
        let encrypts = |key: &str| {
            let by = json!({ "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key });
            let all = json!({ "Rule": { "ApplyServerSideEncryptionByDefault": by } });
            let it = json!({ "bucketName": "data", "ServerSideEncryptionConfiguration": all });
            event("2026-11-02T00:00:00Z", "PutBucketEncryption", OWN, &it)
        };
        for name in TAKING {
            assert_eq!(found(&[encrypts(&arn("k")), gone(name, "k", OWN)]), (1, 0), "{name}");
        }
        assert_eq!(found(&[encrypts("k"), gone("ScheduleKeyDeletion", &arn("k"), OWN)]), (1, 0));
        assert_eq!(found(&[encrypts(&arn("k")), gone("ScheduleKeyDeletion", &arn("other"), OWN)]), (0, 0));
        assert_eq!(found(&[encrypts(&arn("k")), gone("CancelKeyDeletion", "k", OWN)]), (0, 0));
        let mut failed = gone("ScheduleKeyDeletion", "k", OWN);
        failed["errorCode"] = json!("AccessDenied");
        assert_eq!(found(&[encrypts(&arn("k")), failed]), (0, 0));
        let put = json!({ "bucketName": "data", "key": "o", HEADER: arn("k") });
        let put = event("2026-11-02T00:00:00Z", "PutObject", OWN, &put);
        assert_eq!(found(&[put, gone("DisableKey", &arn("k"), OWN)]), (1, 0));
        // A bucket that was made here and never given a key has S3's; an alias may stand for any.
        assert_eq!(found(&[gone("ScheduleKeyDeletion", "k", OWN)]), (0, 0));
        assert_eq!(found(&[encrypts("alias/data"), gone("ScheduleKeyDeletion", "k", OWN)]), (0, 1));
        assert_eq!(found(&[encrypts("alias/data"), gone("ScheduleKeyDeletion", "k", OTHER)]), (0, 0));
        let own = json!({ "AWS": format!("arn:aws:iam::{OWN}:root") });
        let late = [policy("2026-11-02T00:00:00Z", &own, &json!({})), gone("ScheduleKeyDeletion", "k", OWN)];
        assert!(run(&late).notes.iter().any(|it| it.contains("1 calls took KMS keys")), "{:?}", run(&late).notes);
    }
}
