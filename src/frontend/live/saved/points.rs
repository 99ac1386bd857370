//! Access points in a folder of saved outputs. They are regional, as buckets are: a list is of the region in which it was asked for, so
//! that `BUCKET/list-access-points.json` is of the bucket, and one in `@account` is of buckets of its region only.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-restrictions-limitations.html>

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value as Json;

use crate::source::Sources;

use super::super::feature::{LIST, POINT, POINT_POLICY};
use super::super::snapshot::{Failure, INCOMPLETE, LISTED, NOT_COLLECTED, PointRecord, Snapshot, State};
use super::{LOCATION, answer, next_page, shown};

/// What asks for them, as it is told.
const ASKED: &str = "s3control list-access-points";

/// Those that were listed for one bucket, where they were.
pub(super) fn of_bucket(sources: &Sources, folder: &Path, name: &str, snapshot: &mut Snapshot) {
    let Some((state, evidence)) = list(sources, folder) else { return };
    if let State::Unknown { code, message, .. } = &state {
        let (subject, asked) = (name.to_owned(), ASKED.to_owned());
        snapshot.errors.push(Failure { subject, asked, code: code.clone(), message: message.clone() });
    }
    let points = items(&state).to_vec();
    let region = snapshot.buckets.get(name).and_then(|it| it.region.clone());
    let has_own = points.iter().any(|it| text(it, "Bucket") == Some(name));
    // An access point is where its bucket is: a list without one, asked for in whatever region, shows nothing.
    let state = match state {
        State::Set { .. } | State::Absent { .. } if region.is_none() && !has_own => {
            let message = format!(
                "the list of access points is of one region, and that of the bucket is not known: save `aws s3api {LOCATION} --bucket {name}` \
                 as {name}/{LOCATION}.json, and ask for the list there (--region)"
            );
            let (subject, asked) = (name.to_owned(), ASKED.to_owned());
            let failure = Failure { subject, asked, code: INCOMPLETE.to_owned(), message: message.clone() };
            snapshot.errors.push(failure);
            State::unknown(INCOMPLETE, message)
        }
        it => it,
    };
    if let Some(record) = snapshot.buckets.get_mut(name) {
        record.evidence.extend(evidence);
        record.features.insert(LISTED.to_owned(), state);
    }
    points.iter().for_each(|it| add(sources, folder, it, snapshot));
}

/// Those that were listed for the account: of each bucket that has no list of its own.
pub(super) fn of_account(sources: &Sources, folder: &Path, snapshot: &mut Snapshot) {
    let Some((state, _)) = list(sources, folder) else { return };
    if let State::Unknown { message, .. } = &state {
        let message = format!("{message}: not all access points are known");
        snapshot.errors.push(Failure::of_source(&shown(folder), ASKED, message));
    }
    let points = items(&state).to_vec();
    let regions: BTreeSet<&str> = points.iter().filter_map(region).collect();
    let mut errors = Vec::new();
    let mut own_lists = BTreeSet::new();
    for (name, record) in &mut snapshot.buckets {
        if record.features.contains_key(LISTED) {
            own_lists.insert(name.clone());
            continue;
        }
        let own: Vec<Json> = points.iter().filter(|it| text(it, "Bucket") == Some(name)).cloned().collect();
        let is_there = record.region.as_deref().is_some_and(|it| regions.contains(it));
        let of_this = match &state {
            State::Unknown { code, message, .. } => State::unknown(code, message.clone()),
            // An access point is where its bucket is.
            _ if is_there || !own.is_empty() => State::set(serde_json::json!({ "AccessPointList": own })),
            _ => {
                let message = elsewhere(name, record.region.as_deref(), &regions);
                let (subject, asked) = (name.clone(), ASKED.to_owned());
                errors.push(Failure { subject, asked, code: INCOMPLETE.to_owned(), message: message.clone() });
                State::unknown(INCOMPLETE, message)
            }
        };
        record.features.insert(LISTED.to_owned(), of_this);
    }
    snapshot.errors.extend(errors);
    let is_new = |it: &&Json| text(it, "Bucket").is_none_or(|it| !own_lists.contains(it));
    points.iter().filter(is_new).for_each(|it| add(sources, folder, it, snapshot));
}

/// Of buckets for which nobody asked: no list is not an empty one.
pub(super) fn unasked(snapshot: &mut Snapshot) {
    for (name, record) in snapshot.buckets.iter_mut().filter(|it| !it.1.features.contains_key(LISTED)) {
        let region = record.region.as_deref().unwrap_or("REGION");
        let message = format!(
            "nobody asked for it: save `aws s3control list-access-points --account-id ACCOUNT --bucket {name} --region {region}` as \
             {name}/list-access-points.json"
        );
        let (subject, asked) = (name.clone(), ASKED.to_owned());
        snapshot.errors.push(Failure { subject, asked, code: NOT_COLLECTED.to_owned(), message: message.clone() });
        record.features.insert(LISTED.to_owned(), State::unknown(NOT_COLLECTED, message));
    }
}

fn elsewhere(bucket: &str, region: Option<&str>, regions: &BTreeSet<&str>) -> String {
    let of = match regions.len() {
        0 => "a region that it does not tell".to_owned(),
        _ => regions.iter().copied().collect::<Vec<_>>().join(", "),
    };
    let (is, call) = match region {
        Some(it) => (format!("in {it}"), it),
        None => ("in one that is not known".to_owned(), "REGION"),
    };
    format!(
        "the list of the account's access points is of {of}, the bucket is {is}: save `aws s3control list-access-points --account-id \
         ACCOUNT --bucket {bucket} --region {call}` as {bucket}/list-access-points.json"
    )
}

/// What the folder has of a list: one page of several is not the whole.
fn list(sources: &Sources, folder: &Path) -> Option<(State, Option<(String, super::Evidence)>)> {
    let (state, evidence) = answer(sources, folder, &LIST, LIST.command);
    let file = format!("{}.json", LIST.command);
    let state = match &state {
        State::Unknown { code, .. } if code == NOT_COLLECTED => return None,
        State::Unknown { code, message, .. } => State::unknown(code, format!("{file}: {message}")),
        State::Set { value, .. } if !value.get("AccessPointList").is_some_and(Json::is_array) => {
            State::unknown("UnexpectedAnswer", format!("{file} is no list of access points"))
        }
        State::Set { value, .. } => match next_page(value) {
            Some(key) => {
                let message = format!("{file} is one page of several: `{key}` asks for the next");
                State::unknown(INCOMPLETE, message)
            }
            None => state,
        },
        // Where there are none, too, the CLI prints a list: a file without one is of a call that was cut off, or of a disk that was full.
        State::Absent { .. } => State::unknown(
            "EmptyAnswer",
            format!(
                "{file} has no list, and one of a bucket without access points is `{{\"AccessPointList\": []}}`: ask again"
            ),
        ),
    };
    Some((state.resting_on(LIST.command), evidence))
}

fn items(state: &State) -> &[Json] {
    let list = state.value().and_then(|it| it.get("AccessPointList")).and_then(Json::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(point: &'a Json, key: &str) -> Option<&'a str> {
    point.get(key).and_then(Json::as_str)
}

/// A part of the ARN, counted by colons.
fn part(point: &Json, at: usize) -> Option<&str> {
    text(point, "AccessPointArn")?.split(':').nth(at).filter(|it| !it.is_empty())
}

fn region(point: &Json) -> Option<&str> {
    part(point, 3)
}

/// A record of one that was listed.
fn add(sources: &Sources, folder: &Path, point: &Json, snapshot: &mut Snapshot) {
    let (Some(name), Some(bucket)) = (text(point, "Name"), text(point, "Bucket")) else {
        let message = "an access point of the list has no name, or no bucket".to_owned();
        snapshot.errors.push(Failure::of_source(&shown(folder), ASKED, message));
        return;
    };
    let stem = |command: &str| format!("{command}.{name}");
    let (own, own_evidence) = answer(sources, folder, &POINT, &stem(POINT.command));
    let (policy, policy_evidence) = answer(sources, folder, &POINT_POLICY, &stem(POINT_POLICY.command));
    // Where nobody asked for more, the list tells where it can be reached from, but not its Block Public Access.
    let own = match &own {
        State::Unknown { code, .. } if code == NOT_COLLECTED => {
            snapshot.errors.push(Failure {
                subject: format!("access point {name}"),
                asked: format!("s3control {}", POINT.command),
                code: NOT_COLLECTED.to_owned(),
                message: "nobody asked for it: its Block Public Access is not known".to_owned(),
            });
            State::set(point.clone())
        }
        _ => own,
    };
    snapshot.access_points.push(PointRecord {
        name: name.to_owned(),
        bucket: bucket.to_owned(),
        account: part(point, 4).map(str::to_owned),
        arn: text(point, "AccessPointArn").map(str::to_owned),
        point: own,
        policy,
        evidence: own_evidence.into_iter().chain(policy_evidence).collect(),
    });
}
