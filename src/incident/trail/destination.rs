//! Whose the buckets are that replication copies to, while it does: a name that was given up is anybody's, and a rule that cannot be read
//! may copy anywhere.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Destination.html>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::super::time::Time;
use super::Event;
use super::fold;

/// What a record shows of a bucket: that it is the account's, that it has just been made so, or that it is not, or no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Own,
    MadeOwn,
    Others,
    Gone,
}

/// Buckets, what the records show of them, and when replication of one bucket was set anew.
#[derive(Debug, Default)]
pub(super) struct Homes {
    shown: BTreeMap<String, Vec<(Time, Shown)>>,
    set: Vec<Time>,
}

impl Homes {
    /// Of events in order. A call that failed shows nothing of whose the bucket is.
    pub fn of(events: &[Event], (bucket, account): (&str, Option<&str>)) -> Self {
        let mut out = Self::default();
        for it in events.iter().filter(|it| it.error.is_none() && it.is_of_s3()) {
            let Some(name) = it.bucket.as_deref() else { continue };
            let is_set =
                ["PutBucketReplication", "DeleteBucketReplication", "DeleteBucket"].contains(&it.name.as_str());
            if name == bucket && is_set {
                out.set.push(it.time);
            }
            let whose = match it.name.as_str() {
                "CreateBucket" => it.owner.as_deref().or(it.account.as_deref()),
                _ => it.owner.as_deref(),
            };
            let shown = match (it.name.as_str(), whose) {
                ("DeleteBucket", _) => Shown::Gone,
                ("CreateBucket", Some(whose)) if Some(whose) == account => Shown::MadeOwn,
                (_, Some(whose)) if Some(whose) == account => Shown::Own,
                (_, Some(_)) => Shown::Others,
                (_, None) => continue,
            };
            out.shown.entry(name.to_owned()).or_default().push((it.time, shown));
        }
        out
    }

    /// Buckets that are the account's for as long as the replication that a call sets is there.
    pub fn while_set(&self, event: &Event) -> BTreeSet<String> {
        let until = self.set.iter().copied().find(|it| event.time < *it).unwrap_or(Time(i64::MAX));
        let own = self.shown.iter().filter(|it| lasts(it.1, (event.time, until)));
        own.map(|it| it.0.clone()).collect()
    }

    /// Whether the last that the records show of a bucket before a time is that it is another account's.
    fn is_others(&self, name: &str, at: Time) -> bool {
        let mut shown = self.shown.get(name).into_iter().flatten();
        shown.rfind(|it| it.0 <= at).is_some_and(|it| it.1 == Shown::Others)
    }
}

/// Whether a bucket is the account's from one time to another.
fn lasts(shown: &[(Time, Shown)], (from, until): (Time, Time)) -> bool {
    let before = shown.iter().rev().find(|it| it.0 <= from).map(|it| it.1);
    let after = || shown.iter().filter(|it| from < it.0 && it.0 <= until);
    // What is the account's later on was so, unless it was made only then.
    let is_own = before.map_or_else(
        || shown.iter().find(|it| from < it.0).is_some_and(|it| it.1 == Shown::Own),
        |it| matches!(it, Shown::Own | Shown::MadeOwn),
    );
    is_own && !after().any(|it| matches!(it.1, Shown::Others | Shown::Gone))
}

/// What of a replication that was set is not known, or is not so, in one sentence.
pub(super) fn doubtful(event: &Event, own: Option<&str>, homes: &Homes) -> Option<String> {
    if !event.name.starts_with("Put") {
        return None;
    }
    let began = format!("{} {} by {}", event.time, event.name, event.actor);
    let Some(rules) = rules(&event.parameters) else {
        return Some(format!(
            "{began}: what it copies, and where to, is not in the record: where objects that came afterwards were copied is not known"
        ));
    };
    belied(&rules, event, own, homes).map(|name| {
        format!(
            "{began}: the rule has {name} as a bucket of the own account, and the records before have it as one of another: objects that \
             came afterwards may have been copied there"
        )
    })
}

/// Whether a replication that was set certainly copies to another account: its rule says so, or the records do.
pub(super) fn leads_out(event: &Event, own: Option<&str>, homes: &Homes) -> bool {
    let Some(rules) = rules(&event.parameters).filter(|_| event.name.starts_with("Put") && own.is_some()) else {
        return false;
    };
    let is_out = |it: &&Json| {
        let to = |key: &str| it.pointer(&format!("/Destination/{key}")).and_then(Json::as_str);
        match (to("Account"), to("Bucket")) {
            (Some(account), _) => Some(account) != own,
            (None, Some(bucket)) => homes.is_others(bucket.rsplit(':').next().unwrap_or(bucket), event.time),
            (None, None) => false,
        }
    };
    rules.iter().any(is_out) || belied(&rules, event, own, homes).is_some()
}

/// A destination that is said to be of the own account, and was another's before.
fn belied<'e>(rules: &[&'e Json], event: &Event, own: Option<&str>, homes: &Homes) -> Option<&'e str> {
    rules.iter().find_map(|it| {
        let to = it.get("Destination")?;
        let name = to.get("Bucket")?.as_str()?;
        let is_own = own.is_some() && to.get("Account").and_then(Json::as_str) == own;
        (is_own && homes.is_others(name.rsplit(':').next().unwrap_or(name), event.time)).then_some(name)
    })
}

/// The rules that are on, where all of them say where to.
fn rules(parameters: &Json) -> Option<Vec<&Json>> {
    let on = fold::replicating(parameters)?;
    let says = |it: &&Json| it.pointer("/Destination/Bucket").and_then(Json::as_str).is_some_and(|it| !it.is_empty());
    on.iter().all(says).then_some(on)
}
