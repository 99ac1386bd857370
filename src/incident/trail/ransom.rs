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
use super::kept::Makers;
use super::tamper::{Weight, enabled, soon};

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
struct Sign {
    time: Time,
    text: String,
    actor: String,
    weight: Weight,
}

/// Who called, whatever a session is called: a role's are one caller. Addresses are shared by those behind one gateway.
fn caller(actor: &str) -> &str {
    match actor.split_once(":assumed-role/").and_then(|(_, it)| it.rsplit_once('/')) {
        Some((_, session)) => actor.strip_suffix(session).unwrap_or(actor),
        None => actor,
    }
}

/// The calls of one kind by one caller.
#[derive(Default)]
struct Calls<'e> {
    times: Vec<Time>,
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
    /// Who suspended versions and deleted objects then, and when.
    deleters: BTreeSet<(Time, String)>,
}

impl Signs {
    /// What was done to objects of a bucket, one sentence for each kind and caller.
    pub fn of(events: &[Event], of: &Of<'_>) -> Self {
        let is_it = |it: &&Event| it.error.is_none() && it.is_of_s3() && it.bucket.as_deref() == Some(of.bucket);
        let suspended = of.makers.suspensions(events.iter().filter(is_it), of.may_have_versions);
        let before = Before::of(events.iter().filter(is_it));
        let mut found: BTreeMap<(Kind, &str), Calls<'_>> = BTreeMap::new();
        for it in events.iter().filter(is_it) {
            if let Some(kind) = kind(it, of, &before) {
                let calls = found.entry((kind, caller(&it.actor))).or_default();
                calls.times.push(it.time);
                calls.actors.insert(&it.actor);
                calls.addresses.insert(&it.address);
            }
        }
        for (it, kind) in logged(events, of) {
            let who = it.who();
            let calls = found.entry((kind, caller(who))).or_default();
            calls.times.push(it.time);
            calls.actors.insert(who);
            calls.addresses.insert(&it.address);
        }
        let mut out = Self::default();
        for ((kind, who), Calls { mut times, actors, addresses }) in found {
            times.sort();
            let by_same = |it: &&&Event| caller(&it.actor) == who;
            let is_after = |it: &Event, at: Time| it.time <= at && at.0.saturating_sub(it.time.0) <= WEEK;
            let by: Vec<&&Event> = suspended
                .iter()
                .filter(by_same)
                .filter(|it| kind.deletes() && times.iter().any(|at| is_after(it, *at)))
                .collect();
            out.deleters.extend(by.iter().map(|it| (it.time, it.actor.clone())));
            let (what, weight) = match kind {
                Kind::Sure(what) => (what, Weight::Sign),
                Kind::Many(most, what) if is_mass(&times, most) => (what.to_owned(), Weight::Sign),
                Kind::Many(_, what) | Kind::After(what) if !by.is_empty() => {
                    times.retain(|at| by.iter().any(|it| is_after(it, *at)));
                    (what.to_owned(), Weight::Sign)
                }
                Kind::Many(_, what) => (what.to_owned(), Weight::Beside),
                Kind::After(_) => continue,
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
            out.all.push(Sign { time: first, text, actor: who.to_owned(), weight });
        }
        out
    }

    /// A change that takes evidence or the way back away.
    pub fn changed(&mut self, it: &Event, weight: Weight) {
        self.add(it, weight, "evidence or the way back may be gone");
    }

    /// A call, and what it may mean.
    pub fn add(&mut self, it: &Event, weight: Weight, what: &str) {
        let text = format!("{} {} by {} from {}: {what} (ransom pattern)", it.time, it.name, it.actor, it.address);
        let is_deleters = it.name == "PutBucketVersioning" && self.deleters.contains(&(it.time, it.actor.clone()));
        let weight = if is_deleters { Weight::Sign } else { weight };
        self.all.push(Sign { time: it.time, text, actor: it.actor.clone(), weight });
    }

    /// The signs in order, and beside them what those who made them did besides.
    pub fn told(mut self) -> Vec<String> {
        self.all.sort_by(|a, b| (a.time, &a.text).cmp(&(b.time, &b.text)));
        let sure = self.all.iter().filter(|it| it.weight == Weight::Sign);
        let callers: BTreeSet<&str> = sure.map(|it| caller(&it.actor)).collect();
        let is_told = |it: &&Sign| callers.contains(caller(&it.actor));
        self.all.iter().filter(is_told).map(|it| it.text.clone()).collect()
    }
}

impl Kind {
    fn deletes(&self) -> bool {
        !matches!(self, Self::Sure(_))
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
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::{Ask, Replay, records, replay};
    use super::Time;

    const ANA: &str = "arn:aws:iam::123456789012:user/ana";

    fn event(time: &str, name: &str, actor: &str, parameters: &Json) -> Json {
        json!({ "eventTime": time, "eventID": format!("{time} {name} {actor}"), "eventName": name, "eventSource": "s3.amazonaws.com",
            "userIdentity": { "type": "IAMUser", "arn": actor, "accountId": "123456789012" }, "sourceIPAddress": "198.51.100.7",
            "recipientAccountId": "123456789012", "requestParameters": parameters })
    }

    fn run(all: &[Json]) -> Replay {
        let (events, problems) = records(&json!({ "Records": all }).to_string(), "test");
        assert!(problems.is_empty(), "{problems:?}");
        replay(events, &Ask { bucket: "data".to_owned(), ..Ask::default() })
    }

    /// Who sets a bucket up that was just made loses nothing; a stranger, or later, may.
    #[test]
    fn a_bucket_that_is_being_made() {
        let rule = json!({ "Status": "Enabled", "Filter": { "Prefix": "tmp/" }, "Expiration": { "Days": 1 } });
        let rule = json!({ "bucketName": "data", "LifecycleConfiguration": { "Rule": rule } });
        let eve = ANA.replace("ana", "eve");
        for (time, actor, tells) in [
            ("2026-11-01T00:00:03Z", ANA, false),
            ("2026-11-01T00:00:03Z", eve.as_str(), true),
            ("2026-11-02T00:00:00Z", ANA, true),
        ] {
            let made = event("2026-11-01T00:00:00Z", "CreateBucket", ANA, &json!({ "bucketName": "data" }));
            let found = run(&[made, event(time, "PutBucketLifecycle", actor, &rule)]);
            assert_eq!(found.rows.last().unwrap().labels.contains(&"tamper"), tells, "{time} {actor}");
            assert_eq!(found.signs.len(), usize::from(tells), "{time} {actor}");
        }
    }

    /// Copies in place with a key that is not the account's, and what goes past Object Lock, are signs; what an application does is none.
    #[test]
    fn objects_held_to_ransom() {
        const KEY: &str = "x-amz-server-side-encryption-customer-algorithm";
        const HAD: &str = "x-amz-copy-source-server-side-encryption-customer-algorithm";
        const KMS: &str = "x-amz-server-side-encryption-aws-kms-key-id";
        const PAST: &str = "x-amz-bypass-governance-retention";
        let key = |account: &str| format!("arn:aws:kms:us-east-1:{account}:key/k");
        for (name, parameters, told) in [
            ("CopyObject", json!({ "x-amz-copy-source": "data/k", KEY: "AES256" }), "only the caller has (SSE-C)"),
            ("CopyObject", json!({ "x-amz-copy-source": "/data/k", KEY: "AES256", HAD: "AES256" }), ""),
            ("CopyObject", json!({ "x-amz-copy-source": "data-in/k", KEY: "AES256" }), ""),
            ("CopyObject", json!({ "x-amz-copy-source": "data/k" }), ""),
            ("UploadPartCopy", json!({ "x-amz-copy-source": "data/k", KEY: "AES256" }), "only the caller has (SSE-C)"),
            ("CopyObject", json!({ "x-amz-copy-source": "data/k", KMS: key("999988887777") }), "account 999988887777"),
            ("CopyObject", json!({ "x-amz-copy-source": "in/k", KMS: key("999988887777") }), ""),
            ("CopyObject", json!({ "x-amz-copy-source": "data/k", KMS: key("123456789012") }), ""),
            ("CopyObject", json!({ "x-amz-copy-source": "data/k", KMS: "alias/data" }), ""),
            ("DeleteObjects", json!({ "delete": "" }), ""),
            ("DeleteObjects", json!({ "delete": "", PAST: "true" }), "past the retention of Object Lock"),
            ("DeleteObject", json!({ "key": "k", "versionId": "v", PAST: "true" }), "past the retention"),
            ("DeleteObject", json!({ "key": "k", "versionId": "v", PAST: "false" }), ""),
            ("DeleteObject", json!({ "key": "k", "versionId": "v" }), ""),
            ("DeleteObject", json!({ "key": "k" }), ""),
            ("PutObject", json!({ "key": "k", KEY: "AES256" }), ""),
        ] {
            let mut parameters = parameters;
            parameters["bucketName"] = json!("data");
            let signs = run(&[event("2026-11-02T00:00:00Z", name, ANA, &parameters)]).signs.join("\n");
            assert!(signs.is_empty() == told.is_empty() && signs.contains(told), "{name} {parameters} {signs}");
        }
        let mut nobody =
            event("2026-11-02T00:00:00Z", "DeleteObject", ANA, &json!({ "bucketName": "data", "key": "k" }));
        nobody["userIdentity"] = json!({ "type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL" });
        assert!(run(&[nobody]).signs[0].contains("without a signature"));
        // Who reads an object and writes it back with a key of its own takes it; who keeps one so does not.
        let put = event(
            "2026-11-02T00:00:09Z",
            "PutObject",
            ANA,
            &json!({ "bucketName": "data", "key": "k", KEY: "AES256" }),
        );
        for (read, actor, tells) in [
            (json!({ "key": "k" }), ANA, true),
            (json!({ "key": "k", KEY: "AES256" }), ANA, false),
            (json!({ "key": "other" }), ANA, false),
            (json!({ "key": "k" }), "arn:aws:iam::123456789012:user/app", false),
        ] {
            let mut read = read;
            read["bucketName"] = json!("data");
            let signs = run(&[event("2026-11-02T00:00:00Z", "GetObject", actor, &read), put.clone()]).signs;
            assert_eq!(signs.len(), usize::from(tells), "{read} {signs:?}");
        }
    }

    /// The sessions of a role are one caller of what is read and written back; a key is another's where an upload in parts begins with it,
    /// and the bucket's own where it always had it.
    #[test]
    fn encrypted_anew_by_sessions_and_in_parts() {
        let by = |time: &str, name: &str, session: &str, parameters: &Json| {
            let mut parameters = parameters.clone();
            parameters["bucketName"] = json!("data");
            event(time, name, &format!("arn:aws:sts::123456789012:assumed-role/{session}"), &parameters)
        };
        let (first, then) = ("2026-11-02T00:00:00Z", "2026-11-02T00:10:00Z");
        for (reader, tells) in [("app/2", true), ("other/2", false)] {
            let read = by(first, "GetObject", reader, &json!({ "key": "k" }));
            let put = by(then, "PutObject", "app/1", &json!({ "key": "k", super::SSE_C: "AES256" }));
            assert_eq!(run(&[read, put]).signs.len(), usize::from(tells), "{reader}");
        }
        let key = |account: &str| format!("arn:aws:kms:us-east-1:{account}:key/k");
        let (own, other) = (key("123456789012"), key("999988887777"));
        for (kms, from, ends, tells) in [
            (&other, "data/k", "CompleteMultipartUpload", true),
            (&other, "data/k", "AbortMultipartUpload", false),
            (&other, "in/k", "CompleteMultipartUpload", false),
            (&own, "data/k", "CompleteMultipartUpload", false),
        ] {
            let all = [
                by(first, "CreateMultipartUpload", "app/1", &json!({ "key": "k", super::KMS: kms })),
                by(then, "UploadPartCopy", "app/2", &json!({ "key": "k", "uploadId": "u", "x-amz-copy-source": from })),
                by("2026-11-02T00:11:00Z", ends, "app/2", &json!({ "key": "k", "uploadId": "u" })),
            ];
            assert_eq!(run(&all).signs.len(), usize::from(tells), "{kms} {from} {ends}");
        }
        // What a security account holds for the bucket from its making on is no stranger's.
        let made = by("2026-11-01T00:00:00Z", "CreateBucket", "app/1", &json!({}));
        for (time, signs) in [("2026-11-01T00:00:09Z", 0), ("2026-11-01T12:00:00Z", 2)] {
            let rule = json!({ "Rule": { "ApplyServerSideEncryptionByDefault": { "KMSMasterKeyID": other } } });
            let set = by(time, "PutBucketEncryption", "app/1", &json!({ "ServerSideEncryptionConfiguration": rule }));
            let copy = json!({ "key": "k", "x-amz-copy-source": "data/k", super::KMS: other });
            let all = [made.clone(), set, by(first, "CopyObject", "app/1", &copy)];
            assert_eq!(run(&all).signs.len(), signs, "{time}");
        }
    }

    /// A mass of deletions is a sign, the same over a day is a program at work.
    #[test]
    fn masses_of_deletions() {
        for (name, parameters, count, every, tells) in [
            ("DeleteObjects", json!({ "delete": "" }), 5, 60, true),
            ("DeleteObjects", json!({ "delete": "" }), 4, 60, false),
            ("DeleteObjects", json!({ "delete": "" }), 40, 600, false),
            ("DeleteObject", json!({ "key": "k", "versionId": "v" }), 15, 2, true),
            ("DeleteObject", json!({ "key": "k", "versionId": "v" }), 14, 2, false),
            ("DeleteObject", json!({ "key": "k" }), 50, 2, false),
        ] {
            let mut parameters = parameters;
            parameters["bucketName"] = json!("data");
            let start = Time::parse("2026-11-02T00:00:00Z").unwrap().0;
            let all: Vec<Json> =
                (0..count).map(|it| event(&Time(start + it * every).to_string(), name, ANA, &parameters)).collect();
            let signs = run(&all).signs;
            assert_eq!(signs.len(), usize::from(tells), "{count} {name} {signs:?}");
            // Whatever the sessions of a role are called, and wherever they call from.
            let sessions: Vec<Json> = all
                .iter()
                .enumerate()
                .map(|(at, it)| {
                    let mut it = it.clone();
                    it["userIdentity"]["arn"] = json!(format!("arn:aws:sts::123456789012:assumed-role/ops/s{at}"));
                    it["sourceIPAddress"] = json!(format!("198.51.100.{at}"));
                    it
                })
                .collect();
            let signs = run(&sessions).signs;
            assert_eq!(signs.len(), usize::from(tells), "{count} {name} {signs:?}");
            assert!(signs.iter().all(|it| it.contains("more sessions) from 198.51.100.0 (and")), "{signs:?}");
        }
    }

    /// Access logs have the same deletions, each in lines of its own; what S3 does by itself, or refused, is none of them.
    #[test]
    fn deletions_in_access_logs() {
        let eve = ANA.replace("ana", "eve");
        let line = |at: usize, who: &str, request: &str, operation: &str, uri: &str, status: u16| {
            format!(
                "owner data [02/Nov/2026:00:00:{at:02} +0000] 198.51.100.7 {who} {request} {operation} k \"{uri} HTTP/1.1\" {status} {} - - 5 - \"-\" \"aws\" -",
                if status < 400 { "-" } else { "AccessDenied" }
            )
        };
        let (list, batch, one) = ("REST.POST.MULTI_OBJECT_DELETE", "BATCH.DELETE.OBJECT", "REST.DELETE.OBJECT");
        for (who, count, requests, operation, uri, status, tells) in [
            (eve.as_str(), 5, 5, list, "POST /?delete", 200, true),
            (&eve, 4, 4, list, "POST /?delete", 200, false),
            (&eve, 5, 5, list, "POST /?delete", 403, false),
            (&eve, 50, 5, batch, "POST /?delete", 204, true),
            // One list, and its objects.
            (&eve, 50, 1, batch, "POST /?delete", 204, false),
            (&eve, 50, 50, batch, "POST /?delete", 403, false),
            (&eve, 15, 15, one, "DELETE /k?versionId=v", 204, true),
            (&eve, 14, 14, one, "DELETE /k?versionId=v", 204, false),
            (&eve, 50, 50, one, "DELETE /k", 204, false),
            ("owner", 5, 5, list, "POST /?delete", 200, true),
            ("AmazonS3", 50, 50, batch, "-", 204, false),
            ("-", 1, 1, one, "DELETE /k", 204, true),
            ("-", 1, 1, list, "POST /?delete", 200, true),
            ("-", 1, 1, one, "DELETE /k", 403, false),
        ] {
            let lines: Vec<String> = (0..count)
                .map(|at| line(at % 60, who, &format!("r{}", at % requests), operation, uri, status))
                .collect();
            let (logged, problems) = super::super::log(&lines.join("\n"), "log");
            assert!(problems.is_empty() && logged.len() == count, "{problems:?}");
            let of = |all: &[Json]| {
                let (events, _) = records(&json!({ "Records": all }).to_string(), "test");
                let ask = Ask { bucket: "data".to_owned(), accesses: logged.clone(), ..Ask::default() };
                replay(events, &ask).signs
            };
            let made = event("2026-11-01T00:00:00Z", "CreateBucket", ANA, &json!({ "bucketName": "data" }));
            assert_eq!(of(std::slice::from_ref(&made)).len(), usize::from(tells), "{who} {count} {operation} {status}");
            // A call that the trail has too is one.
            let mut twice = event("2026-11-02T00:00:00Z", "DeleteObjects", &eve, &json!({ "bucketName": "data" }));
            twice["requestID"] = json!("r0");
            assert!(of(&[made, twice]).len() <= usize::from(tells), "{who} {count} {operation} {status}");
        }
        // A list of which nothing came: its own line is served.
        let refused = [line(1, "-", "r", list, "POST /?delete", 200), line(1, "-", "r", batch, "POST /?delete", 403)];
        let (accesses, _) = super::super::log(&refused.join("\n"), "log");
        assert!(replay(Vec::new(), &Ask { bucket: "data".to_owned(), accesses, ..Ask::default() }).signs.is_empty());
    }

    /// Versions that are suspended are a sign with what the same caller deletes then, and beside another one of that caller; alone, or with
    /// what others delete, they are an administrator's call.
    #[test]
    fn the_way_back_taken_away() {
        let versions = |status: &str| {
            let parameters = json!({ "bucketName": "data", "VersioningConfiguration": { "Status": status } });
            event("2026-11-03T00:00:00Z", "PutBucketVersioning", ANA, &parameters)
        };
        let gone = |time: &str, name: &str, who: &str| {
            event(time, name, &ANA.replace("ana", who), &json!({ "bucketName": "data", "key": "k" }))
        };
        let count = |all: &[Json]| run(all).signs.len();
        assert_eq!(count(&[versions("Suspended")]), 0);
        assert_eq!(run(&[versions("Suspended")]).rows[0].labels, ["tamper"]);
        for name in ["DeleteObjects", "DeleteObject"] {
            let later = gone("2026-11-03T00:10:00Z", name, "ana");
            assert_eq!(count(&[versions("Enabled"), later.clone()]), 0, "{name}");
            let signs = run(&[versions("Suspended"), later]).signs;
            assert!(
                signs.len() == 2 && signs[0].contains("PutBucketVersioning by") && signs[1].contains(name),
                "{signs:?}"
            );
            assert_eq!(count(&[gone("2026-11-02T00:00:00Z", name, "ana"), versions("Suspended")]), 0, "{name} before");
            assert_eq!(
                count(&[versions("Suspended"), gone("2026-11-20T00:00:00Z", name, "ana")]),
                0,
                "{name} long after"
            );
            assert_eq!(
                count(&[versions("Suspended"), gone("2026-11-03T00:10:00Z", name, "app")]),
                0,
                "{name} by others"
            );
        }
        let expires = |who: &str| {
            let rule = json!({ "Status": "Enabled", "Filter": "", "Expiration": { "Days": 1 } });
            let parameters = json!({ "bucketName": "data", "LifecycleConfiguration": { "Rule": rule } });
            event("2026-11-04T00:00:00Z", "PutBucketLifecycle", &ANA.replace("ana", who), &parameters)
        };
        assert_eq!(
            (count(&[versions("Suspended"), expires("ana")]), count(&[versions("Suspended"), expires("eve")])),
            (2, 1)
        );
        // Where versions never were on nobody suspends any.
        let deletes = gone("2026-11-03T00:10:00Z", "DeleteObject", "ana");
        let made = |time: &str| event(time, "CreateBucket", ANA, &json!({ "bucketName": "data" }));
        let on = |time: &str| {
            let mut it = versions("Enabled");
            it["eventTime"] = json!(time);
            it["eventID"] = json!("on");
            it
        };
        let day = "2026-11-01T00:00:00Z";
        assert_eq!(count(&[made(day), versions("Suspended"), deletes.clone()]), 0);
        assert_eq!(count(&[made(day), on("2026-11-01T00:00:02Z"), versions("Suspended"), deletes.clone()]), 2);
        let just = ["2026-11-02T23:59:00Z", "2026-11-02T23:59:10Z"];
        assert_eq!(count(&[made(just[0]), on(just[1]), versions("Suspended"), deletes]), 0);
        // The sessions of a role are one caller.
        let session = |mut it: Json, name: &str| {
            it["userIdentity"]["arn"] = json!(format!("arn:aws:sts::123456789012:assumed-role/{name}"));
            it
        };
        let of = |suspends: &str, deletes: &str| {
            count(&[
                session(versions("Suspended"), suspends),
                session(gone("2026-11-03T00:10:00Z", "DeleteObject", "ana"), deletes),
            ])
        };
        assert_eq!((of("ops/a", "ops/b"), of("ops/a", "app/a")), (2, 0));
    }
}
