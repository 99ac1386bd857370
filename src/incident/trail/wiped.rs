//! Deletions that are a sign for what stands around them, and those that a program makes day by day, which are none.
//!
//! <https://aws.amazon.com/blogs/security/anatomy-of-a-ransomware-event-targeting-data-in-amazon-s3/>: objects are read, and then deleted one by
//! one, by lists, or by rules that destroy what versions are left.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::frontend::live::{BucketRecord, State};

use super::super::diff::canonical;
use super::super::time::Time;
use super::Event;
use super::access::{Access, Outcome};
use super::fold::Now;
use super::kept::{Makers, Stood};
use super::ransom::caller;
use super::tamper::destroys_versions;

pub(super) const DAY: i64 = 24 * 3600;

/// So many objects that were read and not yet deleted, and then are: who works through a queue has few of them at a time.
const READ: usize = 100;

/// What stood on so many days before others is a habit on those; a day with so many times as much as the usual one is none of it.
const DAYS: usize = 5;
const USUAL: usize = 3;

/// On so many days that lie nearly a week apart it is one, too.
const WEEKS: usize = 4;
const APART: i64 = 6;

/// The number of a day.
fn day(it: Time) -> i64 {
    it.0.div_euclid(DAY)
}

/// Calls but for those of days like the ones before, of a caller that makes them on many. The times are in order. What goes on for a few days is
/// no habit, however alike they are: it takes as many before them.
pub(super) fn unusual(times: &[Time]) -> Vec<Time> {
    let days: Vec<&[Time]> = times.chunk_by(|a, b| day(*a) == day(*b)).collect();
    let number = |it: &&[Time]| it.first().map_or(0, |it| day(*it));
    let is_weekly = days.windows(2).all(|it| it.iter().map(number).reduce(|a, b| b - a).is_some_and(|it| APART <= it));
    let least = if is_weekly { WEEKS } else { 2 * DAYS };
    let (first, rest) = days.split_at(days.len().min(least / 2));
    let usual = Counts::of(first.iter().map(|it| it.len())).median();
    let (like, mut strange): (Vec<&[Time]>, Vec<&[Time]>) =
        first.iter().copied().partition(|it| it.len() < usual.saturating_mul(USUAL));
    let mut like = Counts::of(like.iter().map(|it| it.len()));
    for it in rest {
        if it.len() < like.median().saturating_mul(USUAL) { like.add(it.len()) } else { strange.push(it) }
    }
    if like.all < least { times.to_vec() } else { strange.concat() }
}

/// How many calls days have, and how many days have so many: of few numbers, however many days.
#[derive(Default)]
struct Counts {
    days: BTreeMap<usize, usize>,
    all: usize,
}

impl Counts {
    fn of(counts: impl Iterator<Item = usize>) -> Self {
        let mut out = Self::default();
        counts.for_each(|it| out.add(it));
        out
    }

    fn add(&mut self, calls: usize) {
        *self.days.entry(calls).or_default() += 1;
        self.all += 1;
    }

    /// The usual number of calls; none where there is no day.
    fn median(&self) -> usize {
        let mut before = 0;
        let half = self.days.iter().find(|it| {
            before += it.1;
            self.all / 2 < before
        });
        half.map_or(0, |it| *it.0)
    }
}

/// What was taken for a habit, with its numbers: whoever reads it may know better.
pub(super) fn habit(who: &str, what: &str, times: &[Time]) -> String {
    let counts = || times.chunk_by(|a, b| day(*a) == day(*b)).map(<[Time]>::len);
    let (first, last) = (times.first().map(ToString::to_string), times.last().map(ToString::to_string));
    format!(
        "{} calls by {who} {what} on {} days from {} to {}, {} a day usually and {} at most: taken for a habit, and not told as a sign",
        times.len(),
        counts().count(),
        first.unwrap_or_default(),
        last.unwrap_or_default(),
        Counts::of(counts()).median(),
        counts().max().unwrap_or(0)
    )
}

/// What callers do around deletions.
pub(super) struct Around<'e> {
    /// Who deleted the bucket without having made it, and when.
    ended: Vec<(Time, &'e str)>,
    /// Calls after which older versions of every object are gone within days.
    pub expired: Vec<&'e Event>,
    /// Since when versions are on, or off, as far as that is known.
    versions: Vec<(Time, bool)>,
    /// What those have read who deleted so many objects.
    read: BTreeMap<(&'e str, &'e str), Vec<Time>>,
}

impl<'e> Around<'e> {
    /// Of events of the bucket, in order, and requests of its logs.
    pub fn of(events: &[&'e Event], logged: &'e [Access], makers: &Makers, start: Option<&BucketRecord>) -> Self {
        let was_on = start.and_then(|it| it.features.get("versioning")).and_then(State::value);
        let mut versions: Vec<(Time, bool)> = was_on.map(|it| (Time(i64::MIN), is_on(it))).into_iter().collect();
        let mut deleted: BTreeMap<&str, usize> = BTreeMap::new();
        let mut ended = Vec::new();
        for it in events {
            match it.name.as_str() {
                "DeleteBucket" if !makers.made(it) => ended.push((it.time, caller(&it.actor))),
                "DeleteObject" => *deleted.entry(caller(&it.actor)).or_default() += 1,
                "PutBucketVersioning" => {
                    let status = it.parameters.get("VersioningConfiguration");
                    versions.push((it.time, status.is_some_and(is_on)));
                }
                _ => {}
            }
        }
        let served = || logged.iter().filter(|it| it.outcome == Outcome::Served);
        for it in served().filter(|it| it.operation == "REST.DELETE.OBJECT") {
            *deleted.entry(caller(it.who())).or_default() += 1;
        }
        let many: BTreeSet<&str> = deleted.into_iter().filter(|it| READ <= it.1).map(|it| it.0).collect();
        let mut read: BTreeMap<(&str, &str), Vec<Time>> = BTreeMap::new();
        let by_events = events
            .iter()
            .filter(|it| it.name == "GetObject")
            .filter_map(|it| Some((it.time, caller(&it.actor), it.parameters.get("key").and_then(Json::as_str)?)));
        let by_logs = served()
            .filter(|it| it.operation == "REST.GET.OBJECT")
            .filter_map(|it| Some((it.time, caller(it.who()), it.object.as_deref()?)));
        for (at, who, key) in by_events.chain(by_logs).filter(|it| many.contains(it.1)) {
            read.entry((who, key)).or_default().push(at);
        }
        Self { ended, expired: expiries(events, makers, start), versions, read }
    }

    /// Whether a caller deleted the bucket within a day after so many of its deletions.
    pub fn ends(&self, who: &str, times: &[Time], least: usize) -> bool {
        self.ended.iter().filter(|it| it.1 == who).any(|(end, _)| {
            times.iter().filter(|at| **at <= *end && end.0.saturating_sub(at.0) <= DAY).count() >= least
        })
    }

    /// Whether a caller deleted hundreds of objects within a day, most of which it had read before it deleted them one after the other,
    /// and no version of them was kept.
    pub fn is_read_first(&self, who: &str, deleted: &[(Time, &str)]) -> bool {
        let is_lost = |at: Time| !self.versions.iter().rfind(|it| it.0 <= at).is_some_and(|it| it.1);
        let lost: Vec<(Time, &str)> = deleted.iter().filter(|it| is_lost(it.0)).copied().collect();
        let mut rest = lost.as_slice();
        while let Some((first, _)) = rest.first() {
            let end = rest.partition_point(|it| it.0.0.saturating_sub(first.0) <= DAY);
            let (run, after) = rest.split_at(end.max(1));
            let most = self.waiting(who, run);
            if READ <= most && run.len() <= most.saturating_mul(2) {
                return true;
            }
            rest = after;
        }
        false
    }

    /// So many objects at most were read and not yet deleted at a time.
    fn waiting(&self, who: &str, run: &[(Time, &str)]) -> usize {
        let mut steps: Vec<(Time, bool)> = Vec::new();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for (at, key) in run.iter().filter(|it| seen.insert(it.1)) {
            let read = self.read.get(&(who, key)).and_then(|it| it.iter().rfind(|it| *it <= at));
            if let Some(since) = read.filter(|it| at.0.saturating_sub(it.0) <= DAY) {
                steps.extend([(*since, true), (*at, false)]);
            }
        }
        steps.sort_unstable();
        let (mut now, mut most) = (0_usize, 0_usize);
        for (_, is_read) in steps {
            now = if is_read { now + 1 } else { now.saturating_sub(1) };
            most = most.max(now);
        }
        most
    }
}

fn is_on(versioning: &Json) -> bool {
    versioning.get("Status").and_then(Json::as_str) == Some("Enabled")
}

/// Calls that set rules by which older versions of every object are gone within days, where they stayed longer before.
fn expiries<'e>(events: &[&'e Event], makers: &Makers, start: Option<&BucketRecord>) -> Vec<&'e Event> {
    let mut stood = Stood::of(start);
    let mut out = Vec::new();
    for it in events.iter().filter(|it| it.name.contains("BucketLife") || it.name == "DeleteBucket") {
        let mut now = Now::unknown();
        let Some(feature) = now.apply(it) else { continue };
        let is = canonical("lifecycle", now.features.get("lifecycle").and_then(State::value));
        if feature == "lifecycle" && !makers.is_making(it) && destroys_versions(stood.at(feature, it.time), &is) {
            out.push(*it);
        }
        stood.change(feature, it, &now);
    }
    out
}

#[cfg(test)]
mod tests;
