//! Which records are of the bucket, or of its account.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::value::is_account_id;

use super::super::time::Time;
use super::event::is_point;
use super::fold::changes;
use super::{Access, Event, Outcome};

/// When a bucket was made, and whether nothing that was answered before shows that there was one.
#[derive(Clone, Copy)]
pub(super) struct Made {
    pub at: Time,
    pub is_first: bool,
}

/// In us-east-1 its owner may make a bucket that is there: who was answered before tells the one from the other.
pub(super) fn made(events: &[Event], accesses: &[Access], bucket: &str) -> Option<Made> {
    let answered =
        || events.iter().filter(|it| it.is_of_s3() && it.error.is_none() && it.bucket.as_deref() == Some(bucket));
    let at = answered().filter(|it| it.name == "CreateBucket").map(|it| it.time).min()?;
    let served = accesses.iter().filter(|it| it.bucket == bucket && it.outcome == Outcome::Served);
    let others = answered().filter(|it| it.name != "CreateBucket").map(|it| it.time);
    let before = others.chain(served.map(|it| it.time)).min();
    Some(Made { at, is_first: before.is_none_or(|it| at <= it) })
}

/// Access points of one bucket each, as far as the records tell where they lead: account and name, and the buckets they were made for.
pub(super) struct Points(BTreeMap<(Option<String>, String), BTreeSet<String>>);

impl Points {
    /// Which bucket one leads to is said only where it is made.
    pub fn of(events: &[Event]) -> Self {
        let mut all: BTreeMap<(Option<String>, String), BTreeSet<String>> = BTreeMap::new();
        for it in events.iter().filter(|it| it.is_of_s3() && it.name == "CreateAccessPoint" && it.error.is_none()) {
            if let (Some(point), Some(bucket)) = (point(it), target(it)) {
                all.entry((it.account.clone(), point)).or_default().insert(bucket.to_owned());
            }
        }
        Self(all)
    }

    /// Whether a call is about an access point that leads to other buckets only; one name may be there once in each region.
    fn is_of_another(&self, event: &Event, bucket: &str) -> bool {
        // These have names of their own, and several buckets or another access point behind them.
        if ["MultiRegion", "ObjectLambda"].iter().any(|it| event.name.contains(it)) {
            return false;
        }
        if let ("CreateAccessPoint", Some(to)) = (event.name.as_str(), target(event)) {
            return to != bucket;
        }
        let found = point(event).and_then(|it| self.0.get(&(event.account.clone(), it)));
        found.is_some_and(|it| !it.contains(bucket))
    }
}

/// Requests by access points of which neither the record nor any other tells the bucket, in one sentence: those of outsiders, which show
/// that it is open where they are of it.
pub(super) fn unplaced(events: &[Event], points: &Points, (bucket, account): (&str, Option<&str>)) -> Option<String> {
    let is_own = |it: &Event| account.is_none() || it.account.as_deref() == account;
    let is_outside = |it: &Access| it.outsider(account).is_some_and(|who| who.is_empty() || is_account_id(who));
    let may_be = |name: &str| {
        let key = (name.split(':').nth(4).map(str::to_owned), name.rsplit('/').next().unwrap_or(name).to_owned());
        points.0.get(&key).is_none_or(|it| it.contains(bucket))
    };
    let found = events.iter().filter(|it| is_own(it)).filter_map(Access::of_event);
    let mut found = found.filter(|it| it.outcome == Outcome::Served && is_point(&it.bucket) && may_be(&it.bucket));
    let first = found.find(is_outside)?;
    let count = 1 + found.filter(is_outside).count();
    Some(format!(
        "{count} requests of outsiders were served by access points, and the records do not say of which bucket, first {} {} by {} through \
         {}: whether they were of {bucket} is not known",
        first.time,
        first.operation,
        first.who(),
        first.bucket
    ))
}

/// The access point's name.
fn point(event: &Event) -> Option<String> {
    let text = event.parameters.get("name")?.as_str()?;
    Some(text.rsplit('/').next().unwrap_or(text).to_owned())
}

/// The bucket that an access point is made for.
fn target(event: &Event) -> Option<&str> {
    let inner = event.parameters.get("CreateAccessPointRequest").and_then(|it| it.get("Bucket"));
    let found = inner.or_else(|| event.parameters.get("bucket")).and_then(Json::as_str).or(event.bucket.as_deref());
    found.filter(|it| !it.is_empty())
}

/// Whether an event is of the bucket or of its account: certainly, perhaps, or not.
pub(super) fn concerns(event: &Event, bucket: &str, (account, points): (Option<&str>, &Points)) -> Option<bool> {
    let is_account = event.name.ends_with("AccountPublicAccessBlock");
    let is_of_point = event.name.contains("AccessPoint") && event.bucket.is_none();
    let of_account = || account.is_none() || event.account.as_deref() == account;
    if is_account || is_of_point {
        return (of_account() && !(is_of_point && points.is_of_another(event, bucket))).then_some(true);
    }
    match event.bucket.as_deref() {
        Some(named) => (named == bucket).then_some(true),
        // A change of a bucket whose record has no parameters: which one is not said.
        None => (changes(event) && of_account()).then_some(false),
    }
}

/// Leaves the calls of S3; others that name a bucket of this name are counted.
pub(super) fn only_s3(events: &mut Vec<Event>, bucket: &str) -> Option<String> {
    let others = events.iter().filter(|it| !it.is_of_s3() && it.bucket.as_deref() == Some(bucket));
    let services: Vec<&str> = others.map(|it| it.service.as_str()).collect();
    let names: BTreeSet<&str> = services.iter().copied().collect();
    let names: Vec<&str> = names.into_iter().collect();
    let note = format!(
        "calls of {} about something that is called {bucket} too were passed over: {}",
        names.join(", "),
        services.len()
    );
    let note = (!names.is_empty()).then_some(note);
    events.retain(Event::is_of_s3);
    note
}
