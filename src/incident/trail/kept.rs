//! What stood before a change: who sets the same again, or less of it, takes nothing away, and neither does who is making the bucket.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use crate::frontend::live::{BucketRecord, State};

use super::super::diff::canonical;
use super::super::time::Time;
use super::Event;
use super::fold::{Now, replicating, rules};
use super::ransom::caller;
use super::tamper::enabled;

/// So many seconds after its deletion what is set is what was there: programs replace a configuration by deleting it first.
const REPLACED: i64 = 3600;

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

    /// Whether who calls made the bucket, whenever, or another session of the same role did.
    pub fn made(&self, event: &Event) -> bool {
        self.0.iter().any(|(_, who)| caller(who) == caller(&event.actor))
    }

    /// The default keys of the bucket that were so from the beginning: of its making, or of the state before the trail.
    pub fn first_keys(&self, events: &[Event], bucket: &str, start: Option<&BucketRecord>) -> BTreeSet<String> {
        let is_first = |it: &&Event| {
            it.name == "PutBucketEncryption" && it.error.is_none() && it.bucket.as_deref() == Some(bucket)
        };
        let made = events.iter().filter(is_first).filter(|it| self.is_making(it)).map(|it| &it.parameters);
        let before = start.and_then(|it| it.features.get("encryption")).and_then(State::value);
        made.chain(before).flat_map(keys).map(str::to_owned).collect()
    }

    /// The calls that suspended versions which may have been on, but for who was making the bucket.
    pub fn suspensions<'e>(&self, events: impl Iterator<Item = &'e Event>, mut may_be_on: bool) -> Vec<&'e Event> {
        let mut out = Vec::new();
        for it in events {
            match it.name.as_str() {
                "DeleteBucket" => may_be_on = false,
                // Object Lock comes with versions.
                "CreateBucket" => may_be_on |= it.parameters.get("x-amz-bucket-object-lock-enabled").is_some(),
                "PutBucketVersioning" => {
                    let status = it.parameters.pointer("/VersioningConfiguration/Status").and_then(Json::as_str);
                    let is_off = status == Some("Suspended");
                    if is_off && may_be_on && !self.is_making(it) {
                        out.push(it);
                    }
                    may_be_on = !is_off;
                }
                _ => {}
            }
        }
        out
    }
}

/// Whether versions may be on.
pub(super) fn may_be_on(versioning: &State) -> bool {
    let status = versioning.value().and_then(|it| it.get("Status")).and_then(Json::as_str);
    versioning.is_unknown() || status == Some("Enabled")
}

/// The keys of a default encryption.
pub(super) fn keys(document: &Json) -> Vec<&str> {
    let all = rules(document.get("ServerSideEncryptionConfiguration")).into_iter();
    all.filter_map(|it| it.pointer("/ApplyServerSideEncryptionByDefault/KMSMasterKeyID")?.as_str()).collect()
}

/// What was set of the features of which the same may be set again.
#[derive(Default)]
pub(super) struct Stood(BTreeMap<&'static str, (Vec<Json>, Option<Time>)>);

impl Stood {
    pub fn of(start: Option<&BucketRecord>) -> Self {
        let mut out = Self::default();
        for feature in ["lifecycle", "encryption", "replication"] {
            if let Some(value) = start.and_then(|it| it.features.get(feature)).and_then(State::value) {
                out.0.insert(feature, (items(feature, value, Some(value)), None));
            }
        }
        out
    }

    /// What is there of a feature at a time, or was until just before.
    pub fn at(&self, feature: &str, at: Time) -> &[Json] {
        let is_there = |gone: &Option<Time>| gone.is_none_or(|it| at.0.saturating_sub(it.0) <= REPLACED);
        self.0.get(feature).filter(|it| is_there(&it.1)).map_or(&[], |it| &it.0)
    }

    /// A call that set a feature, or took it away.
    pub fn change(&mut self, feature: &'static str, event: &Event, after: &Now) {
        match feature {
            "bucket" => self.0.clear(),
            "lifecycle" | "encryption" | "replication" if event.name.starts_with("Delete") => {
                if let Some(it) = self.0.get_mut(feature) {
                    it.1.get_or_insert(event.time);
                }
            }
            "lifecycle" | "encryption" | "replication" => {
                let state = after.features.get(feature).and_then(State::value);
                self.0.insert(feature, (items(feature, &event.parameters, state), None));
            }
            _ => {}
        }
    }
}

/// What a document sets, each by itself.
fn items(feature: &str, document: &Json, state: Option<&Json>) -> Vec<Json> {
    match feature {
        "lifecycle" => enabled(&canonical("lifecycle", state)).cloned().collect(),
        "encryption" => keys(document).into_iter().map(Json::from).collect(),
        _ => copies(document),
    }
}

/// The rules of a replication that are on: what they copy, and where to.
fn copies(document: &Json) -> Vec<Json> {
    let on = replicating(document).unwrap_or_default();
    on.into_iter()
        .map(|it| {
            let to = |key: &str| it.get("Destination").and_then(|it| it.get(key)).cloned().unwrap_or_default();
            let filter = it.get("Filter").cloned().unwrap_or_else(|| json!({ "Prefix": it.get("Prefix") }));
            json!({ "Bucket": to("Bucket"), "Account": to("Account"), "Filter": filter })
        })
        .collect()
}

/// Whether a replication copies nothing that was not copied before to the same bucket.
pub(super) fn copies_no_more(event: &Event, stood: &[Json]) -> bool {
    let is_old = |it: &Json| {
        let same = |old: &Json, key: &str| old.get(key) == it.get(key);
        stood.iter().any(|old| same(old, "Bucket") && same(old, "Account") && reaches(old, it))
    };
    let all = copies(&event.parameters);
    !all.is_empty() && all.iter().all(is_old)
}

/// Whether a rule is about all objects that another one is about: all there are, those under a beginning of its prefix, or the same.
pub(super) fn reaches(old: &Json, new: &Json) -> bool {
    let filter = |it: &Json| it.get("Filter").cloned().unwrap_or_default();
    let members =
        |it: &Json| it.as_object().map_or(0, |it| it.values().filter(|it| !it.is_null() && **it != "").count());
    let prefix = |it: &Json| {
        let place = it.get("Prefix").or_else(|| it.pointer("/And/Prefix"));
        place.and_then(Json::as_str).unwrap_or_default().to_owned()
    };
    let (old, new) = (filter(old), filter(new));
    let is_prefix = match members(&old) {
        0 => true,
        1 => old.get("Prefix").is_some_and(Json::is_string),
        _ => false,
    };
    old == new
        || is_prefix && (old.is_object() || old.is_null() || old == "") && prefix(&new).starts_with(&prefix(&old))
}

/// Whether a rule has objects expire no later than another one: by age, or from a date on, which has come.
pub(super) fn is_as_soon(old: &Json, new: &Json, at: Time) -> bool {
    let days = |it: &Json| it.pointer("/Expiration/Days").and_then(Json::as_u64);
    let date = |it: &Json| it.pointer("/Expiration/Date").and_then(Json::as_str).and_then(Time::parse);
    match (date(old), days(old)) {
        (Some(old), _) if old <= at => true,
        (Some(old), _) => date(new).is_some_and(|new| old <= new),
        (None, Some(old)) => days(new).is_some_and(|new| old <= new),
        (None, None) => false,
    }
}

/// Whether a rule has older versions expire no later than another one, and keeps no more of them.
pub(super) fn is_as_soon_of_versions(old: &Json, new: &Json) -> bool {
    let number =
        |it: &Json, key: &str| it.pointer(&format!("/NoncurrentVersionExpiration/{key}")).and_then(Json::as_u64);
    let keeps = |it: &Json| number(it, "NewerNoncurrentVersions").unwrap_or(0);
    number(old, "NoncurrentDays").is_some_and(|old| number(new, "NoncurrentDays").is_some_and(|new| old <= new))
        && keeps(old) <= keeps(new)
}
