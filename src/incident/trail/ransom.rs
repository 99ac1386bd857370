//! What is a sign of ransom: objects encrypted anew with a key that is not the bucket's account's, deleted in masses or past Object Lock;
//! keys, evidence or the way back taken away; a lifecycle that expires what is there within days. `report` and `timeline` tell the same ones.
//! <https://aws.amazon.com/blogs/security/anatomy-of-a-ransomware-event-targeting-data-in-amazon-s3/>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::frontend::live::BucketRecord;

use super::super::diff::canonical;
use super::super::time::Time;
use super::Event;
use super::access::{Access, Outcome, Who};
use super::expected::is_expected;
use super::kept::Makers;
use super::shut::Shut;
use super::tamper::{Weight, enabled, soon};
use super::wiped::{Around, DAY, habit, unusual};

/// What a call for objects is a sign of, in words that go after a number of calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// By itself.
    Sure(String),
    /// Where there are so many within a quarter of an hour, or somebody who has just suspended versions makes it.
    Many(usize, &'static str),
    /// Where somebody who has just suspended versions makes it.
    After(&'static str),
}

/// So many calls in so many seconds are a mass of deletions, as rules for the detection of ransom have it; programs delete lists, too.
/// <https://panther.com/blog/detecting-and-hunting-for-cloud-ransomware-part-1-aws-s3>
const LISTS: usize = 5;
const VERSIONS: usize = 15;
const SPAN: i64 = 15 * 60;

/// Who deletes within this time after suspending versions does both for one end.
const WEEK: i64 = 7 * 24 * 3600;

const SSE_C: &str = "x-amz-server-side-encryption-customer-algorithm";
const KMS: &str = "x-amz-server-side-encryption-aws-kms-key-id";

/// The bucket that is asked about.
pub(super) struct Of<'a> {
    pub bucket: &'a str,
    /// Its account.
    pub own: Option<&'a str>,
    pub makers: &'a Makers,
    /// Default keys that it had from the beginning, whosever they are.
    pub keys: &'a BTreeSet<String>,
    /// Whether it may have versions when the trail begins.
    pub may_have_versions: bool,
    /// Requests of its access logs.
    pub logged: &'a [Access],
    /// The bucket before the trail, where it is known.
    pub start: Option<&'a BucketRecord>,
    /// Patterns of those who are expected to change it.
    pub deployers: &'a [String],
}

impl Of<'_> {
    /// Whose a key is that neither the account nor the bucket from its beginning has.
    fn foreign<'k>(&self, key: &'k str) -> Option<&'k str> {
        foreign_key(key, self.own).filter(|_| !self.keys.contains(key))
    }
}

/// What an event is a sign of.
fn kind(event: &Event, of: &Of<'_>, before: &Before<'_>) -> Option<Kind> {
    let text = |key: &str| event.parameters.get(key).and_then(Json::as_str).filter(|it| !it.is_empty());
    let is_past = text("x-amz-bypass-governance-retention").is_some_and(|it| it.eq_ignore_ascii_case("true"));
    match event.name.as_str() {
        "DeleteObject" | "DeleteObjects" | "PutObjectRetention" if is_past => {
            Some(Kind::Sure(format!("went past the retention of Object Lock ({} that bypasses it)", event.name)))
        }
        "CopyObject" | "UploadPartCopy" => {
            event.source.as_ref().filter(|it| it.0 == of.bucket)?;
            // What had such a key before is given another.
            let had = text("x-amz-copy-source-server-side-encryption-customer-algorithm").is_some();
            if text(SSE_C).is_some() {
                return (!had).then(|| {
                    Kind::Sure("encrypted objects anew with a key that only the caller has (SSE-C)".to_owned())
                });
            }
            // Of parts the key stands where the upload begins.
            let key = text(KMS).or_else(|| before.upload(event))?;
            let whose = of.foreign(key)?;
            Some(Kind::Sure(format!("encrypted objects anew with a KMS key of account {whose} ({key})")))
        }
        "PutObject" | "CreateMultipartUpload" if text(SSE_C).is_some() && before.is_read(event) => Some(Kind::Sure(
            "encrypted objects that the caller had read anew with a key that only the caller has (SSE-C)".to_owned(),
        )),
        // What a service does for the bucket's owner is no call of anybody's.
        "DeleteObject" | "DeleteObjects" if event.is_by_service() => None,
        "DeleteObject" | "DeleteObjects" => {
            Some(deletes(&event.name, event.is_anonymous(), text("versionId").is_some()))
        }
        _ => None,
    }
}

/// Deletions in access logs, but for those that the trail has too. A list of objects is one line of its own, which is served whatever came of it,
/// and one for each object. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html>
fn logged<'a>(events: &[Event], of: &Of<'a>) -> Vec<(&'a Access, Kind)> {
    let recorded: BTreeSet<&str> = events.iter().filter_map(|it| it.request.as_deref()).collect();
    let is_listed = |it: &Access| it.operation.starts_with("BATCH.DELETE");
    let has_lines: BTreeSet<&str> =
        of.logged.iter().filter(|it| is_listed(it)).filter_map(|it| it.request.as_deref()).collect();
    let mut lists: BTreeSet<&str> = BTreeSet::new();
    let mut out = Vec::new();
    for it in of.logged.iter().filter(|it| it.bucket == of.bucket && it.outcome == Outcome::Served) {
        // What S3 does for the bucket's owner is no call.
        let is_service = matches!(&it.who, Who::Own(who) if who == "AmazonS3" || who.starts_with("svc:"));
        let request = it.request.as_deref().unwrap_or_default();
        let is_list = is_listed(it) || it.operation == "REST.POST.MULTI_OBJECT_DELETE" && !has_lines.contains(request);
        let is_one = it.operation == "REST.DELETE.OBJECT";
        if is_service || recorded.contains(request) || !is_list && !is_one {
            continue;
        }
        if is_list && !request.is_empty() && !lists.insert(request) {
            continue;
        }
        let name = if is_list { "DeleteObjects" } else { "DeleteObject" };
        out.push((it, deletes(name, it.who == Who::Anonymous, it.is_of_version)));
    }
    out
}

/// What a deletion is a sign of.
fn deletes(name: &str, is_anonymous: bool, is_of_version: bool) -> Kind {
    match (is_anonymous, name, is_of_version) {
        (true, ..) => Kind::Sure(format!("deleted objects without a signature ({name})")),
        (_, "DeleteObjects", _) => Kind::Many(LISTS, "deleted lists of objects (DeleteObjects)"),
        (.., true) => Kind::Many(VERSIONS, "deleted versions of objects for good (DeleteObject with a versionId)"),
        _ => Kind::After("deleted objects (DeleteObject)"),
    }
}

/// Whose a KMS key is that the bucket's account may not hold: one that is told without an account is its own.
pub(super) fn foreign_key<'k>(key: &'k str, own: Option<&str>) -> Option<&'k str> {
    let account = Some(key).filter(|it| it.starts_with("arn:")).and_then(|it| it.split(':').nth(4))?;
    (Some(account) != own).then_some(account)
}

/// The rules of a lifecycle that are on.
#[must_use]
pub fn lifecycle_rules(record: &BucketRecord) -> Vec<Json> {
    let lifecycle = record.features.get("lifecycle").map(|it| canonical("lifecycle", it.value())).unwrap_or_default();
    enabled(&lifecycle).cloned().collect()
}

/// What a bucket as it is shows, where a rule expires every object of it within a week: a way to lose the data.
#[must_use]
pub fn expires_all(record: &BucketRecord) -> Option<String> {
    let is_whole = |it: &&Json| it.get("Filter").and_then(Json::as_object).is_none_or(serde_json::Map::is_empty);
    let rules = lifecycle_rules(record);
    let now = Time::now();
    let mut soon: Vec<String> = rules.iter().filter(is_whole).filter_map(|it| soon(it, now)).collect();
    soon.sort();
    Some(format!("a lifecycle rule that is enabled expires every object {}", soon.first()?))
}

/// One sentence, and who it is about.
#[derive(Clone)]
struct Sign {
    time: Time,
    text: String,
    actor: String,
    weight: Weight,
    /// Whether no deployment does it.
    is_sure: bool,
}

/// Who called, whatever a session is called: a role's are one caller. Addresses are shared by those behind one gateway.
pub(super) fn caller(actor: &str) -> &str {
    match actor.split_once(":assumed-role/").and_then(|(_, it)| it.rsplit_once('/')) {
        Some((_, session)) => actor.strip_suffix(session).unwrap_or(actor),
        None => actor,
    }
}

/// The calls of one kind by one caller.
#[derive(Default)]
struct Calls<'e> {
    times: Vec<Time>,
    /// The objects, where they are named.
    objects: Vec<(Time, &'e str)>,
    actors: BTreeSet<&'e str>,
    addresses: BTreeSet<&'e str>,
}

/// The first, and how many there are besides.
fn listed(all: &BTreeSet<&str>, what: &str) -> String {
    let first = all.first().copied().unwrap_or_default();
    if all.len() < 2 { first.to_owned() } else { format!("{first} (and {} more {what})", all.len() - 1) }
}

/// What may be signs, of objects and of the configuration alike.
#[derive(Default)]
pub(super) struct Signs {
    all: Vec<Sign>,
    /// Who suspended versions, or had older ones expire, and deleted objects then, and when.
    deleters: BTreeSet<(Time, String)>,
    /// Patterns of those who are expected to change the bucket.
    deployers: Vec<String>,
    /// The bucket's account.
    own: Option<String>,
    /// What was taken for a habit, in sentences.
    habits: Vec<String>,
}

impl Signs {
    /// What was done to objects of a bucket, one sentence for each kind and caller.
    pub fn of(events: &[Event], of: &Of<'_>) -> Self {
        let is_it = |it: &&Event| it.error.is_none() && it.is_of_s3() && it.bucket.as_deref() == Some(of.bucket);
        let suspended = of.makers.suspensions(events.iter().filter(is_it), of.may_have_versions);
        let before = Before::of(events.iter().filter(is_it));
        let own: Vec<&Event> = events.iter().filter(is_it).collect();
        let around = Around::of(&own, of.logged, of.makers, of.start);
        let mut found: BTreeMap<(Kind, &str), Calls<'_>> = BTreeMap::new();
        for it in events.iter().filter(is_it) {
            if let Some(kind) = kind(it, of, &before) {
                let calls = found.entry((kind, caller(&it.actor))).or_default();
                calls.times.push(it.time);
                calls.objects.extend(it.parameters.get("key").and_then(Json::as_str).map(|key| (it.time, key)));
                calls.actors.insert(&it.actor);
                calls.addresses.insert(&it.address);
            }
        }
        for (it, kind) in logged(events, of) {
            let who = it.who();
            let calls = found.entry((kind, caller(who))).or_default();
            calls.times.push(it.time);
            calls.objects.extend(it.object.as_deref().map(|key| (it.time, key)));
            calls.actors.insert(who);
            calls.addresses.insert(&it.address);
        }
        let mut out = Self { deployers: of.deployers.to_vec(), own: of.own.map(str::to_owned), ..Self::default() };
        for ((kind, who), Calls { mut times, mut objects, actors, addresses }) in found {
            times.sort();
            objects.sort();
            let by_same = |it: &&&Event| caller(&it.actor) == who;
            let after = |it: &Event, span: i64| -> Vec<Time> {
                let is_after = |at: &&Time| it.time <= **at && at.0.saturating_sub(it.time.0) <= span;
                times.iter().filter(is_after).copied().collect()
            };
            // A deletion is enough where no version is made of what is there; where the older ones are to expire it takes many.
            let suspended = suspended.iter().filter(by_same).map(|it| (*it, after(it, WEEK), 1));
            let expired = around.expired.iter().filter(by_same).map(|it| (*it, after(it, DAY), kind.least()));
            let by: Vec<(&Event, Vec<Time>, usize)> =
                suspended.chain(expired).filter(|it| kind.deletes() && is_mass(&it.1, it.2)).collect();
            let strange = unusual(&times);
            let strange_objects: Vec<(Time, &str)> =
                objects.iter().filter(|it| strange.binary_search(&it.0).is_ok()).copied().collect();
            out.deleters.extend(by.iter().map(|it| (it.0.time, it.0.actor.clone())));
            let is_sure = !kind.deletes();
            let least = kind.least();
            let (what, weight) = match kind {
                Kind::Sure(what) => (what, Weight::Sign),
                Kind::Many(_, what) | Kind::After(what) if around.ends(who, &times, least) => {
                    (format!("{what}, and then the bucket"), Weight::Sign)
                }
                Kind::Many(most, what) if is_mass(&strange, most) => {
                    times = strange;
                    (what.to_owned(), Weight::Sign)
                }
                Kind::Many(_, what) | Kind::After(what) if !by.is_empty() => {
                    times.retain(|at| by.iter().any(|it| it.1.contains(at)));
                    (what.to_owned(), Weight::Sign)
                }
                Kind::After(what) if around.is_read_first(who, &strange_objects) => {
                    times = strange;
                    (format!("{what}, most of which the caller had read before"), Weight::Sign)
                }
                Kind::Many(most, what) => {
                    out.habits.extend(is_mass(&times, most).then(|| habit(who, what, &times)));
                    (what.to_owned(), Weight::Beside)
                }
                Kind::After(what) => {
                    out.habits.extend(around.is_read_first(who, &objects).then(|| habit(who, what, &times)));
                    continue;
                }
            };
            let (Some(first), Some(last)) = (times.first().copied(), times.last().copied()) else { continue };
            let calls = if times.len() == 1 { "call" } else { "calls" };
            let until = if first == last { String::new() } else { format!(" to {last}") };
            let text = format!(
                "{first}{until}: {} {calls} by {} from {} {what}: the data may be gone (ransom pattern)",
                times.len(),
                listed(&actors, "sessions"),
                listed(&addresses, "addresses")
            );
            out.all.push(Sign {
                time: first,
                text,
                actor: actors.first().map_or(who, |it| *it).to_owned(),
                weight,
                is_sure,
            });
        }
        out
    }

    /// A change that takes evidence or the way back away, or hands objects to come to others.
    pub fn changed(&mut self, it: &Event, weight: Weight, handed: Option<String>) {
        self.add(it, weight, handed.as_deref().unwrap_or("evidence or the way back may be gone"));
    }

    /// A policy that keeps the bucket's own account out.
    pub fn shut_out(&mut self, it: &Event, shut: &Shut) {
        self.add(it, Weight::Sign, &shut.told());
        self.all.iter_mut().rev().take(1).for_each(|it| it.is_sure = shut.is_for_good);
    }

    /// A call, and what it may mean.
    pub fn add(&mut self, it: &Event, weight: Weight, what: &str) {
        let text = format!("{} {} by {} from {}: {what} (ransom pattern)", it.time, it.name, it.actor, it.address);
        let is_before = it.name == "PutBucketVersioning" || it.name.contains("BucketLife");
        let is_deleters = is_before && self.deleters.contains(&(it.time, it.actor.clone()));
        let weight = if is_deleters { Weight::Sign } else { weight };
        self.all.push(Sign { time: it.time, text, actor: it.actor.clone(), weight, is_sure: false });
    }

    /// What was left out as a habit, which is nothing that stands beside a sign.
    pub fn habits(&mut self) -> Vec<String> {
        std::mem::take(&mut self.habits)
    }

    /// The signs in order, and beside them what those who made them did besides; and how many there would be of those who are expected to change
    /// the bucket, but for what no deployment does.
    pub fn told(mut self) -> (Vec<String>, usize) {
        let is_expected = |it: &Sign| !it.is_sure && is_expected(&self.deployers, &it.actor, self.own.as_deref());
        let quiet = self.all.iter().filter(|it| it.weight == Weight::Sign && is_expected(it)).count();
        self.all = self.all.iter().filter(|it| !is_expected(it)).cloned().collect();
        self.all.sort_by(|a, b| (a.time, &a.text).cmp(&(b.time, &b.text)));
        let sure = self.all.iter().filter(|it| it.weight == Weight::Sign);
        let callers: BTreeSet<&str> = sure.map(|it| caller(&it.actor)).collect();
        let is_told = |it: &&Sign| callers.contains(caller(&it.actor));
        (self.all.iter().filter(is_told).map(|it| it.text.clone()).collect(), quiet)
    }
}

impl Kind {
    fn deletes(&self) -> bool {
        !matches!(self, Self::Sure(_))
    }

    /// So many of its calls are many beside something else.
    fn least(&self) -> usize {
        if matches!(self, Self::Many(LISTS, _)) { 1 } else { VERSIONS }
    }
}

/// Whether so many of the times, which are in order, are within a quarter of an hour.
fn is_mass(times: &[Time], most: usize) -> bool {
    let ends = times.iter().zip(times.iter().skip(most.saturating_sub(1)));
    ends.into_iter().any(|(first, last)| last.0.saturating_sub(first.0) <= SPAN)
}

/// What callers did with objects before, by caller and key.
struct Before<'e> {
    /// Since when one has read an object that needed no key of the caller's; nothing where none of the calls comes with such a key.
    read: BTreeMap<(&'e str, &'e str), Time>,
    /// The KMS keys of uploads in parts, and when those began.
    uploads: BTreeMap<(&'e str, &'e str), Vec<(Time, &'e str)>>,
    /// Uploads that came to nothing.
    given_up: BTreeSet<&'e str>,
}

impl<'e> Before<'e> {
    /// Of events in order.
    fn of(events: impl Iterator<Item = &'e Event> + Clone) -> Self {
        let text = |it: &'e Event, key: &str| it.parameters.get(key).and_then(Json::as_str).filter(|it| !it.is_empty());
        let has_key = |it: &&Event| it.parameters.get(SSE_C).is_some();
        let needs_read = events.clone().any(|it| it.name != "GetObject" && has_key(&it));
        let mut out = Self { read: BTreeMap::new(), uploads: BTreeMap::new(), given_up: BTreeSet::new() };
        for it in events {
            let Some(place) = text(it, "key").map(|key| (caller(&it.actor), key)) else { continue };
            match it.name.as_str() {
                "GetObject" if needs_read && !has_key(&it) => {
                    out.read.entry(place).or_insert(it.time);
                }
                "CreateMultipartUpload" => {
                    let all = out.uploads.entry(place).or_default();
                    // One without a key is the last that began, too.
                    all.push((it.time, text(it, KMS).unwrap_or_default()));
                }
                "AbortMultipartUpload" => out.given_up.extend(text(it, "uploadId")),
                _ => {}
            }
        }
        out
    }

    fn is_read(&self, event: &Event) -> bool {
        let key = event.parameters.get("key").and_then(Json::as_str);
        let since = key.and_then(|key| self.read.get(&(caller(&event.actor), key)));
        since.is_some_and(|since| *since <= event.time)
    }

    /// The KMS key of the upload that a part is of.
    fn upload(&self, part: &Event) -> Option<&'e str> {
        let text = |key: &str| part.parameters.get(key).and_then(Json::as_str);
        if text("uploadId").is_some_and(|it| self.given_up.contains(it)) {
            return None;
        }
        let all = self.uploads.get(&(caller(&part.actor), text("key")?))?;
        all.iter().rfind(|it| it.0 <= part.time).map(|it| it.1)
    }
}

#[cfg(test)]
mod tests;
