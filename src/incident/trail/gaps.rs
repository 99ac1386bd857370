//! Times of which a trail may have no record, for somebody switched it off or had it record less.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-turning-off-logging.html>

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::super::time::Time;
use super::Event;
use super::fold::changes;

/// A switch takes a while to have effect: what is recorded so many seconds afterwards does not show that something else records.
pub(super) const SWITCH: i64 = 15 * 60;

/// The calls that switch trails and event data stores.
pub(super) const SWITCHES: [&str; 12] = [
    "StopLogging",
    "StartLogging",
    "CreateTrail",
    "UpdateTrail",
    "DeleteTrail",
    "PutEventSelectors",
    "StopEventDataStoreIngestion",
    "StartEventDataStoreIngestion",
    "CreateEventDataStore",
    "UpdateEventDataStore",
    "DeleteEventDataStore",
    "RestoreEventDataStore",
];

/// The calls that switch trails. A table of a query need not tell the service.
pub(super) fn switches(events: &[Event]) -> Vec<Event> {
    let is_one = |it: &&Event| {
        matches!(it.service.as_str(), "" | "cloudtrail.amazonaws.com")
            && it.error.is_none()
            && (takes(it).is_some() || gives(it))
    };
    events.iter().filter(is_one).cloned().collect()
}

/// What a call takes away from the record.
fn takes(it: &Event) -> Option<&'static str> {
    let sets_selectors = || ["eventSelectors", "advancedEventSelectors"].iter().any(|key| has(&it.parameters, key));
    match it.name.as_str() {
        "StopLogging" | "StopEventDataStoreIngestion" => Some("was switched off"),
        "DeleteTrail" | "DeleteEventDataStore" => Some("was deleted"),
        "PutEventSelectors" if !keeps_writes(&it.parameters) => Some("records less"),
        "UpdateEventDataStore" if sets_selectors() && !keeps_writes(&it.parameters) => Some("records less"),
        "UpdateTrail" if !keeps_place(&it.parameters) => Some("was changed"),
        _ => None,
    }
}

/// Whether something records from a call on that need not have done so before.
fn gives(it: &Event) -> bool {
    let begins = ["StartLogging", "StartEventDataStoreIngestion", "CreateTrail", "CreateEventDataStore"];
    let sets = ["RestoreEventDataStore", "PutEventSelectors", "UpdateEventDataStore", "UpdateTrail"];
    begins.contains(&it.name.as_str()) || sets.contains(&it.name.as_str()) && takes(it).is_none()
}

fn has(parameters: &Json, key: &str) -> bool {
    parameters.get(key).is_some_and(|it| !it.is_null())
}

/// The name or the ARN of the trail, as a call says it.
fn trail(it: &Event) -> Option<&str> {
    ["name", "trailName", "eventDataStore"].iter().find_map(|key| it.parameters.get(*key)?.as_str())
}

pub(super) fn name(it: &Event) -> Option<&str> {
    trail(it).map(|it| it.rsplit('/').next().unwrap_or(it))
}

/// Some of the events in order of time, to be looked up by one.
struct Ordered<'a>(Vec<&'a Event>);

impl<'a> Ordered<'a> {
    fn new(events: &'a [Event], is_one: impl Fn(&&Event) -> bool) -> Self {
        let mut all: Vec<&Event> = events.iter().filter(is_one).collect();
        all.sort_by_key(|it| it.time);
        Self(all)
    }

    /// The first at a time or later.
    fn since(&self, time: Time) -> Option<&'a Event> {
        self.0.get(self.0.partition_point(|it| it.time < time)).copied()
    }
}

/// Times of which there need be no record of the bucket, and beside them those in which records of it go on: something else gives these.
/// What was before the bucket was made is of no concern to it.
pub(super) fn gaps(
    switches: &[Event],
    events: &[Event],
    (bucket, account): (&str, Option<&str>),
    made: Option<Time>,
) -> (Vec<String>, Vec<String>) {
    let (mut problems, mut notes) = (Vec::new(), Vec::new());
    // What is done to a bucket is recorded where it is.
    let own = events.iter().filter(|it| it.bucket.as_deref() == Some(bucket) && it.error.is_none());
    let regions: BTreeSet<Option<&str>> = own.map(|it| it.region.as_deref()).collect();
    let is_of_account = |it: &&Event| it.account.as_deref() == account;
    let of_own = Ordered::new(events, |it| {
        // A trail has the calls that change buckets of a region for all of them or for none.
        let is_here = || it.region.is_some() && regions.contains(&it.region.as_deref());
        let is_beside = || it.account.is_some() && is_of_account(it) && is_here();
        changes(it) && (it.bucket.as_deref() == Some(bucket) || is_beside())
    });
    let of_account = Ordered::new(events, is_of_account);
    // Without a region none of them shows that the bucket's is recorded.
    let placeless = Ordered::new(events, |it| changes(it) && it.region.is_none() && is_of_account(it));
    for (at, it) in switches.iter().enumerate() {
        let Some(what) = takes(it).filter(|_| made.is_none_or(|made| made <= it.time)) else { continue };
        let starts = |other: &&Event| {
            let is_start = match it.name.as_str() {
                "StopLogging" => other.name == "StartLogging",
                "StopEventDataStoreIngestion" => other.name == "StartEventDataStoreIngestion",
                "DeleteEventDataStore" => other.name == "RestoreEventDataStore",
                same @ ("PutEventSelectors" | "UpdateEventDataStore") => other.name == same && gives(other),
                _ => false,
            };
            is_start && (name(other).is_none() || name(it).is_none() || name(other) == name(it))
        };
        let later = || switches.iter().skip(at + 1);
        let end = later().find(starts).map(|it| it.time);
        // From the next call on that switches anything on, a record may be due to that.
        let next = later().find(|it| gives(it)).map(|it| it.time);
        // A trail of another account records this one's calls where it is of an organisation: then it has all of them.
        let whose = trail(it).and_then(|it| it.split(':').nth(4)).or(it.account.as_deref());
        let is_others = account.is_some() && whose.is_some_and(|it| Some(it) != account);
        let settled = Time(it.time.0.saturating_add(SWITCH));
        let among = [Some(&of_own), Some(&of_account).filter(|_| is_others)].into_iter().flatten();
        let shown = among.filter_map(|it| it.since(settled)).min_by_key(|it| it.time);
        let shown = shown.filter(|it| next.is_none_or(|next| it.time < next));
        let trail = name(it).map(|it| format!(" {it}")).unwrap_or_default();
        let began = format!("{} {} by {}: the trail{trail} {what}", it.time, it.name, it.actor);
        match shown {
            Some(shown) => notes.push(format!(
                "{began}; records go on afterwards ({} {}): something else gives them",
                shown.time, shown.name
            )),
            None => {
                let until = end.map_or_else(|| "on".to_owned(), |it| format!("until {it}"));
                let placeless = match placeless.since(settled) {
                    Some(_) => {
                        "; records of the account go on afterwards, and do not say of which region (awsRegion: select it, --print-query)"
                    }
                    None => "",
                };
                problems.push(format!(
                    "{began}; what happened from {} {until} need not be in the record{placeless}",
                    it.time
                ));
            }
        }
    }
    (problems, notes)
}

/// Calls that open a bucket or hide it: a selection by name that leaves one of them out records less.
const WATCHED: [&str; 8] = [
    "PutBucketPolicy",
    "PutBucketAcl",
    "PutBucketPublicAccessBlock",
    "DeleteBucketPublicAccessBlock",
    "PutAccountPublicAccessBlock",
    "PutBucketReplication",
    "CreateAccessPoint",
    "PutAccessPointPolicy",
];

/// Whether selectors leave the management events that write, those of S3 among them.
fn keeps_writes(parameters: &Json) -> bool {
    let list = |key: &str| parameters.get(key).and_then(Json::as_array).into_iter().flatten();
    let basic = list("eventSelectors").any(|it| {
        it.get("includeManagementEvents").and_then(Json::as_bool).unwrap_or(true)
            && it.get("readWriteType").and_then(Json::as_str) != Some("ReadOnly")
    });
    basic || list("advancedEventSelectors").any(keeps)
}

/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html>
fn keeps(selector: &Json) -> bool {
    let fields: Vec<&Json> = selector.get("fieldSelectors").and_then(Json::as_array).into_iter().flatten().collect();
    let named = |it: &Json| it.get("field").and_then(Json::as_str).map(str::to_owned).unwrap_or_default();
    fields.iter().any(|it| named(it) == "eventCategory")
        && fields.iter().all(|it| match named(it).as_str() {
            "eventCategory" => admits(it, "Management"),
            "readOnly" => admits(it, "false"),
            "eventSource" => admits(it, "s3.amazonaws.com"),
            "eventType" => admits(it, "AwsApiCall"),
            "eventName" => WATCHED.iter().all(|name| admits(it, name)),
            // Who calls, and how: some are left out.
            _ => false,
        })
}

/// Whether a field's selector takes a value: every operator that it has must.
pub(super) fn admits(selector: &Json, value: &str) -> bool {
    let all = |key: &str| -> Option<Vec<&str>> {
        Some(selector.get(key)?.as_array()?.iter().filter_map(Json::as_str).collect())
            .filter(|it: &Vec<&str>| !it.is_empty())
    };
    let some = |key: &str, fits: &dyn Fn(&str) -> bool| all(key).is_none_or(|it| it.into_iter().any(fits));
    let none = |key: &str, fits: &dyn Fn(&str) -> bool| all(key).is_none_or(|it| !it.into_iter().any(fits));
    some("equals", &|it| it == value)
        && some("startsWith", &|it| value.starts_with(it))
        && some("endsWith", &|it| value.ends_with(it))
        && none("notEquals", &|it| it == value)
        && none("notStartsWith", &|it| value.starts_with(it))
        && none("notEndsWith", &|it| value.ends_with(it))
}

/// Whether a trail goes on delivering what it did, to where it did.
fn keeps_place(parameters: &Json) -> bool {
    // A table of a query has texts.
    let is_off = |key: &str| parameters.get(key).is_some_and(|it| *it == Json::Bool(false) || *it == "false");
    parameters.is_object()
        && parameters.get("s3BucketName").is_none_or(Json::is_null)
        && !is_off("isMultiRegionTrail")
        && !is_off("includeGlobalServiceEvents")
}
