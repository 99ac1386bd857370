//! Times of which a trail need have no data events, for a call took these away: that management events go on shows nothing of them.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html>

use std::fmt;

use serde_json::Value as Json;

use super::super::time::Time;
use super::Event;
use super::gaps::{self, SWITCH, admits};

/// Records that come within this time after a switch are given by something else; that one comes a month later shows that much less.
const SOON: i64 = 24 * 3600;

/// Since a call, and until a record of the bucket or another call shows that they are recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub from: Time,
    pub to: Time,
    by: String,
}

impl fmt::Display for Gap {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to = if self.to == Time(i64::MAX) { "on".to_owned() } else { format!("until {}", self.to) };
        write!(
            out,
            "{}; who read or wrote objects from {} {to} need not be in the record: no data event of the bucket shows that they were \
             recorded",
            self.by, self.from
        )
    }
}

/// The calls that switch trails, in order, and the bucket that is asked about.
pub(super) struct Switches<'a> {
    pub all: &'a [Event],
    pub bucket: &'a str,
}

impl Switches<'_> {
    /// Times in which data events that read, or those that write, need not have been recorded; `records` are the times of those that were.
    pub fn lost(&self, reads: bool, records: &[Time]) -> Vec<Gap> {
        let mut records = records.to_vec();
        records.sort_unstable();
        let lost = self.all.iter().enumerate().filter_map(|(at, it)| {
            if self.keeps(it, reads) != Some(false) || !self.may_have_had(at, it, reads) {
                return None;
            }
            let settled = Time(it.time.0.saturating_add(SWITCH));
            let recorded = records.get(records.partition_point(|it| *it < settled)).copied();
            let is_same = |other: &&Event| gaps::name(other).is_none() || gaps::name(other) == gaps::name(it);
            let again = self.all.iter().skip(at + 1);
            let again = again.filter(is_same).find(|it| self.keeps(it, reads) == Some(true)).map(|it| it.time);
            let is_others = again.is_none_or(|again| recorded.is_some_and(|it| it < again))
                && recorded.is_some_and(|it| it.0.saturating_sub(settled.0) <= SOON);
            let to = again.into_iter().chain(recorded).min().unwrap_or(Time(i64::MAX));
            let trail = gaps::name(it).map(|it| format!(" of the trail {it}")).unwrap_or_default();
            (!is_others).then(|| Gap {
                from: it.time,
                to,
                by: format!("{} {}{trail} by {}", it.time, it.name, it.actor),
            })
        });
        lost.collect()
    }

    /// Whether a call leaves a trail with data events of the bucket; `None` where it says nothing of them.
    fn keeps(&self, it: &Event, reads: bool) -> Option<bool> {
        match it.name.as_str() {
            "StopLogging" | "StopEventDataStoreIngestion" | "DeleteTrail" | "DeleteEventDataStore" => Some(false),
            "StartLogging" | "StartEventDataStoreIngestion" | "RestoreEventDataStore" => Some(true),
            "PutEventSelectors" => Some(self.selects(&it.parameters, reads)),
            "UpdateEventDataStore" if it.parameters.get("advancedEventSelectors").is_some_and(Json::is_array) => {
                Some(self.selects(&it.parameters, reads))
            }
            _ => None,
        }
    }

    /// Whether a trail may have had data events before a call: one that was made without them has none until it is told to.
    fn may_have_had(&self, at: usize, it: &Event, reads: bool) -> bool {
        let is_made = |it: &Event| matches!(it.name.as_str(), "CreateTrail" | "CreateEventDataStore");
        let sets = |it: &Event| is_made(it) || matches!(it.name.as_str(), "PutEventSelectors" | "UpdateEventDataStore");
        let name = gaps::name(it);
        let before = self.all.iter().take(at).rev().filter(|it| name.is_some() && gaps::name(it) == name);
        let last = before.into_iter().find(|it| sets(it));
        last.is_none_or(|it| self.selects(&it.parameters, reads))
    }

    /// Whether selectors have the data events of the whole bucket that read, or write.
    fn selects(&self, parameters: &Json, reads: bool) -> bool {
        let list =
            |it: &Json, key: &str| -> Vec<Json> { it.get(key).and_then(Json::as_array).cloned().unwrap_or_default() };
        let objects = format!("arn:aws:s3:::{}/", self.bucket);
        let basic = |it: &Json| {
            let kind = it.get("readWriteType").and_then(Json::as_str).unwrap_or("All");
            let is_kind = kind == "All" || kind == if reads { "ReadOnly" } else { "WriteOnly" };
            let has = |it: &Json| {
                it.get("type").and_then(Json::as_str) == Some("AWS::S3::Object")
                    && list(it, "values").iter().filter_map(Json::as_str).any(|it| objects.starts_with(&here(it)))
            };
            is_kind && list(it, "dataResources").iter().any(has)
        };
        let advanced = |it: &Json| {
            let fields = list(it, "fieldSelectors");
            let named = |it: &Json| it.get("field").and_then(Json::as_str).unwrap_or_default().to_owned();
            let has = |field: &str| fields.iter().any(|it| named(it) == field);
            has("eventCategory")
                && has("resources.type")
                && fields.iter().all(|it| match named(it).as_str() {
                    "eventCategory" => admits(it, "Data"),
                    "resources.type" => admits(it, "AWS::S3::Object"),
                    "resources.ARN" => admits(it, &objects),
                    "readOnly" => admits(it, if reads { "true" } else { "false" }),
                    "eventSource" => admits(it, "s3.amazonaws.com"),
                    // Who calls, and what: some are left out.
                    _ => false,
                })
        };
        list(parameters, "eventSelectors").iter().any(basic)
            || list(parameters, "advancedEventSelectors").iter().any(advanced)
    }
}

/// An ARN of another partition as one of the first: selectors of a partition are of its buckets.
fn here(arn: &str) -> String {
    arn.strip_prefix("arn:")
        .and_then(|it| it.split_once(':'))
        .map_or_else(|| arn.to_owned(), |it| format!("arn:aws:{}", it.1))
}
