//! Which records are of the bucket, or of its account.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::value::is_account_id;

use super::super::time::Time;
use super::event::is_point;
use super::fold::changes;
use super::owner::homes;
use super::{Access, Event, Outcome, outlets};

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

/// Account, region and name of an access point: names are there once in each region of an account.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-restrictions-limitations.html>
type Place = (Option<String>, Option<String>, String);

/// Access points of one bucket each, as far as the records tell where they lead: since when, and to which bucket; to none once deleted.
pub(super) struct Points(BTreeMap<Place, Vec<(Time, Option<String>)>>);

impl Points {
    /// Which bucket one leads to is said only where it is made. The events are in order.
    pub fn of(events: &[Event]) -> Self {
        let mut all: BTreeMap<Place, Vec<(Time, Option<String>)>> = BTreeMap::new();
        for it in events.iter().filter(|it| it.is_of_s3() && it.error.is_none()) {
            let leads = match it.name.as_str() {
                "CreateAccessPoint" => target(it).map(|it| Some(it.to_owned())),
                "DeleteAccessPoint" => Some(None),
                _ => None,
            };
            if let (Some(place), Some(leads)) = (place(it), leads) {
                all.entry(place).or_default().push((it.time, leads));
            }
        }
        Self(all)
    }

    /// The buckets that the access point of a call leads to, where the records before it tell; what has no region, or was deleted or
    /// made in the same second, does not.
    fn leads<'a>(&'a self, event: &'a Event) -> Option<BTreeSet<&'a str>> {
        if is_several(&event.name) {
            let regions = event.parameters.pointer("/CreateMultiRegionAccessPointRequest/Details/Regions/Region")?;
            let all = regions.as_array().map_or(std::slice::from_ref(regions), Vec::as_slice);
            let found: Option<BTreeSet<&str>> = all.iter().map(|it| it.get("Bucket")?.as_str()).collect();
            return found.filter(|it| !it.is_empty());
        }
        if event.name == "CreateAccessPoint" {
            return target(event).map(|it| [it].into());
        }
        let place = place(event).filter(|it| it.1.is_some())?;
        let known = self.0.get(&place)?;
        let (_, last) = known.iter().rev().find(|it| it.0 <= event.time)?;
        let since = known.iter().filter(|it| it.0 == event.time);
        since.map(|it| it.1.as_deref()).chain([last.as_deref()]).collect()
    }

    /// The buckets that an access point ever led to, by its ARN, as the records tell it; `None` where they do not: an alias names neither
    /// account nor region. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html>
    pub fn behind(&self, name: &str) -> Option<BTreeSet<&str>> {
        let part = |at: usize| name.split(':').nth(at).map(str::to_owned);
        let place = (part(4), part(3), name.rsplit('/').next().unwrap_or(name).to_owned());
        Some(self.0.get(&place)?.iter().filter_map(|it| it.1.as_deref()).collect())
    }

    /// Names the bucket behind an access point that objects were copied from, where there was one only.
    pub fn resolve(&self, events: &mut [Event]) {
        for (name, _) in events.iter_mut().filter_map(|it| it.source.as_mut()) {
            let found = Some(&*name).filter(|it| is_point(it)).and_then(|it| self.behind(it));
            let one = found.filter(|it| it.len() == 1).and_then(|it| it.into_iter().next());
            if let Some(one) = one.map(str::to_owned) {
                *name = one;
            }
        }
    }
}

/// Whether a call is about access points that have names of their own, and several buckets or another access point behind them.
fn is_several(name: &str) -> bool {
    ["MultiRegion", "ObjectLambda"].iter().any(|it| name.contains(it))
}

/// Whether a call names an access point by a name that other regions may have, too, and no bucket beside it.
pub(super) fn is_regional(event: &Event) -> bool {
    !is_several(&event.name) && event.name != "CreateAccessPoint"
}

/// Whether a call about access points may let somebody in: reading them changes nothing, and deleting takes away.
pub(super) fn opens_point(event: &Event) -> bool {
    let sets = ["Create", "Put"].iter().any(|it| event.name.starts_with(it));
    event.error.is_none() && sets && event.name.contains("AccessPoint")
}

/// When a call last changed a way to the objects beside the bucket's own configuration: an access point that leads to it, a job or a grant
/// that may hand them to others. Of a point of which the records do not say where it leads, `listed` tells, which has those of the
/// bucket; `None` where nobody listed them.
#[must_use]
pub fn last_way(
    events: &[Event],
    (bucket, account): (&str, Option<&str>),
    listed: Option<&BTreeSet<String>>,
) -> Option<Time> {
    let served = events.iter().filter(|it| it.is_of_s3() && it.error.is_none());
    let mut ways: Vec<Event> = served.filter(|it| it.name.contains("AccessPoint")).cloned().collect();
    ways.sort_by_key(|it| it.time);
    let points = Points::of(&ways);
    let is_listed = |it: &Event| place(it).is_none_or(|it| listed.is_none_or(|all| all.contains(&it.2)));
    let is_it = |it: &&Event| {
        ["Create", "Put", "Delete"].iter().any(|verb| it.name.starts_with(verb))
            && concerns(it, bucket, (account, &points)) == Some(true)
            && (points.leads(it).is_some() || is_several(&it.name) || is_listed(it))
    };
    let changed = ways.iter().filter(is_it).map(|it| it.time);
    changed.chain(outlets::made(events, (bucket, account), &homes(events, account))).max()
}

/// Requests by access points of which neither the record nor any other tells the bucket, in one sentence: those of outsiders, which show
/// that it is open where they are of it.
pub(super) fn unplaced(events: &[Event], points: &Points, (bucket, account): (&str, Option<&str>)) -> Option<String> {
    let is_own = |it: &Event| account.is_none() || it.account.as_deref() == account;
    let is_outside = |it: &Access| it.outsider(account).is_some_and(|who| who.is_empty() || is_account_id(who));
    let may_be = |name: &str| points.behind(name).is_none_or(|it| it.contains(bucket));
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

/// The access point that a call names; an ARN says the region, too.
fn place(event: &Event) -> Option<Place> {
    let text = event.parameters.get("name")?.as_str()?;
    let by_arn = text.strip_prefix("arn:").and_then(|it| it.split(':').nth(2)).filter(|it| !it.is_empty());
    let region = by_arn.map(str::to_owned).or_else(|| event.region.clone());
    Some((event.account.clone(), region, text.rsplit('/').next().unwrap_or(text).to_owned()))
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
    // Whoever makes an access point to the bucket, in whatever account.
    if let Some(buckets) = points.leads(event).filter(|_| is_of_point) {
        return buckets.contains(bucket).then_some(true);
    }
    if is_account || is_of_point {
        return of_account().then_some(true);
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
