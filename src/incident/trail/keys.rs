//! KMS keys that are taken away: what is encrypted with one cannot be read without it.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::frontend::live::{BucketRecord, State};

use super::super::diff::canonical;
use super::Event;
use super::kept::keys;

/// The calls that take a key away, at once or after a while.
pub(super) const TAKING: [&str; 3] = ["ScheduleKeyDeletion", "DisableKey", "DeleteImportedKeyMaterial"];

const HEADER: &str = "x-amz-server-side-encryption-aws-kms-key-id";

/// The calls that give one back, or call its deletion off.
pub(super) const GIVING: [&str; 3] = ["EnableKey", "CancelKeyDeletion", "ImportKeyMaterial"];

/// Who gives a key back within so many seconds has lost nothing by it.
const AT_ONCE: i64 = 3600;

/// Those calls: the events that are followed are of S3 alone.
pub(super) fn calls(events: &[Event]) -> Vec<Event> {
    let is_one = |it: &&Event| {
        matches!(it.service.as_str(), "" | "kms.amazonaws.com")
            && it.error.is_none()
            && (TAKING.contains(&it.name.as_str()) || GIVING.contains(&it.name.as_str()))
    };
    events.iter().filter(is_one).cloned().collect()
}

/// The id of a key: an ARN and an id alike name it; an alias names another one from day to day.
fn id(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// The region of a key's ARN.
fn region(key: &str) -> Option<&str> {
    key.strip_prefix("arn:").and_then(|it| it.split(':').nth(2)).filter(|it| !it.is_empty())
}

/// What the call that took a key away came to: nothing where who made it gave the key back at once.
fn outcome(taken: &Event, key: &str, calls: &[Event]) -> Option<String> {
    let of_key = |it: &&Event| {
        let other = it.parameters.get("keyId").and_then(Json::as_str).map(id);
        let is_here = it.region.is_none() || taken.region.is_none() || it.region == taken.region;
        taken.time <= it.time && other == Some(key) && is_here
    };
    let later = |name: &str| calls.iter().filter(of_key).find(|it| it.name == name);
    let lost = "they cannot be read without it";
    let back = if taken.name == "DeleteImportedKeyMaterial" { "ImportKeyMaterial" } else { "EnableKey" };
    // Without its deletion a key stays disabled.
    let called_off = later("CancelKeyDeletion").filter(|_| taken.name == "ScheduleKeyDeletion");
    Some(match later(back).filter(|_| taken.name != "ScheduleKeyDeletion" || called_off.is_some()) {
        Some(it) if it.actor == taken.actor && it.time.0.saturating_sub(taken.time.0) <= AT_ONCE => return None,
        Some(it) => format!("they could not be read until {} ({} by {})", it.time, it.name, it.actor),
        None => called_off.map_or(lost.to_owned(), |it| {
            let cancelled = format!("its deletion was called off {} ({} by {})", it.time, it.name, it.actor);
            format!("{cancelled}, and until it is enabled again {lost}")
        }),
    })
}

/// The keys that a bucket or its objects are encrypted with.
#[derive(Default)]
pub(super) struct Used {
    /// By id, with the regions that their ARNs say; an empty one where that is not said.
    ids: BTreeMap<String, BTreeSet<String>>,
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
            let own = it.parameters.get(HEADER).and_then(Json::as_str);
            own.into_iter().chain(keys(&it.parameters)).for_each(|it| out.add(it));
        }
        for it in states.filter_map(|it| it.features.get("encryption")).filter(|it| !it.is_unknown()) {
            out.is_known = true;
            let document = canonical("encryption", State::value(it));
            document.get("KMSMasterKeyID").and_then(Json::as_str).into_iter().for_each(|it| out.add(it));
        }
        out
    }

    fn add(&mut self, key: &str) {
        if key.contains("alias/") {
            self.has_alias = true;
        } else if !key.is_empty() {
            let regions = self.ids.entry(id(key).to_owned()).or_default();
            regions.insert(region(key).unwrap_or_default().to_owned());
        }
    }

    /// Whether a key in a region is one of them: a multi-Region key has the same id in each, and is a key of its own there.
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html>
    fn has(&self, key: &str, place: Option<&str>) -> bool {
        let is_one = |regions: &BTreeSet<String>| {
            let is_here = |place: &str| regions.contains(place) || regions.contains("");
            !id(key).starts_with("mrk-") || place.is_none_or(is_here)
        };
        self.ids.get(id(key)).is_some_and(is_one)
    }

    /// The calls that took one of them away, and what that came to, and what is told of calls of which that is not known.
    pub fn taken<'e>(&self, calls: &'e [Event], own: Option<&str>) -> (Vec<(&'e Event, String)>, Option<String>) {
        let named = |it: &'e Event| it.parameters.get("keyId").and_then(Json::as_str);
        let taking = calls.iter().filter(|it| TAKING.contains(&it.name.as_str()));
        let of_key = taking.filter_map(|it| Some((it, named(it)?)));
        let place = |it: &'e Event, key: &'e str| region(key).or(it.region.as_deref());
        let (certain, others): (Vec<_>, Vec<_>) = of_key.partition(|(it, key)| self.has(key, place(it, key)));
        let told = |(it, key): (&'e Event, &'e str)| {
            let key = id(key);
            let came = outcome(it, key, calls)?;
            Some((it, format!("the key {key}, with which objects of the bucket are encrypted, was taken away: {came}")))
        };
        let certain = certain.into_iter().filter_map(told).collect();
        // Of one that is used, a replica elsewhere.
        let others = others.into_iter().map(|it| (it.0, id(it.1))).filter(|it| !self.ids.contains_key(it.1));
        let is_own = |it: &Event| own.is_none() || it.account.as_deref() == own;
        let others: Vec<_> = others.filter(|it| is_own(it.0)).collect();
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
        // A replica in another region is a key of its own.
        let replica = |place: &str| gone("ScheduleKeyDeletion", &format!("arn:aws:kms:{place}:{OWN}:key/mrk-1"), OWN);
        assert_eq!(found(&[encrypts(&arn("mrk-1")), replica("us-east-1")]), (1, 0));
        assert_eq!(found(&[encrypts(&arn("mrk-1")), replica("eu-west-1")]), (0, 0));
        // Who gives it back at once took nothing; else the sign says so.
        let at = |time: &str, name: &str, who: &str| {
            let mut it = gone(name, "k", OWN);
            it["eventTime"] = json!(time);
            it["eventID"] = json!(format!("{time} {name}"));
            it["userIdentity"]["arn"] = json!(format!("arn:aws:iam::{OWN}:user/{who}"));
            it
        };
        let (takes, soon, late) = ("2026-11-05T00:00:00Z", "2026-11-05T00:00:10Z", "2026-11-06T00:00:00Z");
        for (taking, giving, told) in [
            ("DisableKey", vec![at(soon, "EnableKey", "liza")], ""),
            ("DisableKey", vec![at(late, "EnableKey", "liza")], "could not be read until 2026-11-06"),
            ("DisableKey", vec![at(soon, "EnableKey", "ana")], "(EnableKey by arn:aws:iam::123456789012:user/ana)"),
            ("DisableKey", vec![at(soon, "CancelKeyDeletion", "liza")], "away: they cannot be read without it"),
            (
                "ScheduleKeyDeletion",
                vec![at(soon, "CancelKeyDeletion", "liza")],
                "until it is enabled again they cannot",
            ),
            (
                "ScheduleKeyDeletion",
                vec![at(soon, "CancelKeyDeletion", "liza"), at("2026-11-05T00:00:11Z", "EnableKey", "liza")],
                "",
            ),
            ("DeleteImportedKeyMaterial", vec![at(soon, "ImportKeyMaterial", "liza")], ""),
        ] {
            let all = [opened(), vec![encrypts(&arn("k")), at(takes, taking, "liza")], giving].concat();
            let signs = run(&all).signs;
            assert!(signs.is_empty() == told.is_empty() && signs.concat().contains(told), "{taking} {told} {signs:?}");
        }
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
