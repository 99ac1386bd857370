//! Deletions beside what makes them a sign, and the ordinary ones.

use serde_json::{Value as Json, json};

use super::super::claims::{OWN, event, opened};
use super::super::{Ask, Replay, records, replay};

/// So many seconds into a day of November.
fn at(day: usize, second: usize) -> String {
    format!("2026-11-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

fn call(day: usize, second: usize, name: &str, parameters: &Json) -> Json {
    let mut parameters = parameters.clone();
    parameters["bucketName"] = json!("data");
    let mut it = event(&at(day, second), name, OWN, &parameters);
    it["eventID"] = json!(format!("{name} {day} {second} {parameters}"));
    it["userIdentity"] =
        json!({ "arn": format!("arn:aws:sts::{OWN}:assumed-role/dev/s{}", second % 3), "accountId": OWN });
    it
}

fn each(day: usize, from: usize, count: usize, name: &str, step: usize) -> Vec<Json> {
    (0..count).map(|it| call(day, from + it * step, name, &json!({ "key": format!("k{it}") }))).collect()
}

fn asked(calls: &[Vec<Json>], deployers: &[&str]) -> Replay {
    let all = [vec![opened()], calls.to_vec()].concat().concat();
    let (events, problems) = records(&json!({ "Records": all }).to_string(), "test");
    assert!(problems.is_empty(), "{problems:?}");
    let deployers = deployers.iter().map(|it| (*it).to_owned()).collect();
    replay(events, &Ask { bucket: "data".to_owned(), deployers, ..Ask::default() })
}

fn signs(calls: &[Vec<Json>]) -> Vec<String> {
    asked(calls, &[]).signs
}

#[test]
fn objects_read_and_then_deleted() {
    let versions = |status: &str| {
        vec![call(2, 0, "PutBucketVersioning", &json!({ "VersioningConfiguration": { "Status": status } }))]
    };
    let (read, deleted) = (each(3, 0, 120, "GetObject", 1), each(3, 600, 120, "DeleteObject", 1));
    let found = signs(&[read.clone(), deleted.clone()]);
    assert!(found.len() == 1 && found[0].contains("most of which the caller had read before"), "{found:?}");
    assert!(signs(&[versions("Enabled"), read.clone(), deleted.clone()]).is_empty());
    // Deleted alone, by somebody else, a few, the smaller part, or read days before.
    assert!(signs(std::slice::from_ref(&deleted)).is_empty());
    let mut others = read.clone();
    others.iter_mut().for_each(|it| it["userIdentity"]["arn"] = json!(format!("arn:aws:iam::{OWN}:user/app")));
    assert!(signs(&[others, deleted.clone()]).is_empty());
    assert!(signs(&[each(3, 0, 90, "GetObject", 1), each(3, 600, 90, "DeleteObject", 1)]).is_empty());
    assert!(signs(&[read.clone(), each(3, 600, 260, "DeleteObject", 1)]).is_empty());
    assert!(signs(&[read, each(6, 600, 120, "DeleteObject", 1)]).is_empty());
    // Who takes in what is new does so night by night.
    let nights = |count: usize| {
        let night = |day: usize| [each(day, 0, 120, "GetObject", 1), each(day, 600, 120, "DeleteObject", 1)].concat();
        (2..2 + count).map(night).collect::<Vec<_>>()
    };
    let found = asked(&nights(10), &[]);
    let is_habit = |it: &String| it.contains("1200 calls") && it.contains("taken for a habit");
    assert!(found.signs.is_empty() && found.notes.iter().any(is_habit), "{:?} {:?}", found.signs, found.notes);
    assert_eq!(signs(&nights(5)).len(), 1);
    // Who works through a queue deletes each as soon as it has read it.
    assert!(signs(&[each(3, 0, 300, "GetObject", 4), each(3, 9, 300, "DeleteObject", 4)]).is_empty());
}

#[test]
fn objects_and_then_the_bucket() {
    let gone = |day: usize| vec![call(day, 3600, "DeleteBucket", &json!({}))];
    let found = signs(&[each(3, 0, 20, "DeleteObject", 1), gone(3)]);
    assert!(found.len() == 1 && found[0].contains("and then the bucket"), "{found:?}");
    assert_eq!(signs(&[each(3, 0, 1, "DeleteObjects", 1), gone(3)]).len(), 1);
    assert!(signs(&[each(3, 0, 3, "DeleteObject", 1), gone(3)]).is_empty());
    assert!(signs(&[each(3, 0, 20, "DeleteObject", 1), gone(6)]).is_empty());
    // Who made the bucket takes it down.
    let made = json!({ "arn": format!("arn:aws:iam::{OWN}:user/liza"), "accountId": OWN });
    let mut own = [each(3, 0, 20, "DeleteObject", 1), gone(3)].concat();
    own.iter_mut().for_each(|it| it["userIdentity"] = made.clone());
    assert!(signs(&[own]).is_empty());
}

/// Rules that destroy the versions that deletions leave, and deletions of the same caller.
#[test]
fn versions_that_expire_and_deletions() {
    let rule = |days: u64, filter: Json| {
        let rule =
            json!({ "Status": "Enabled", "Filter": filter, "NoncurrentVersionExpiration": { "NoncurrentDays": days } });
        vec![call(3, 0, "PutBucketLifecycle", &json!({ "LifecycleConfiguration": { "Rule": rule } }))]
    };
    let all = || json!({ "Prefix": "" });
    for (calls, count) in [
        (vec![rule(1, all()), each(3, 60, 20, "DeleteObject", 1)], 2),
        (vec![rule(1, all()), each(3, 60, 1, "DeleteObjects", 1)], 2),
        (vec![rule(1, all()), each(3, 60, 3, "DeleteObject", 1)], 0),
        (vec![rule(30, all()), each(3, 60, 20, "DeleteObject", 1)], 0),
        (vec![rule(1, json!({ "Prefix": "tmp/" })), each(3, 60, 20, "DeleteObject", 1)], 0),
        (vec![rule(1, all()), each(6, 60, 20, "DeleteObject", 1)], 0),
        (vec![rule(1, all())], 0),
    ] {
        let found = signs(&calls);
        assert_eq!(found.len(), count, "{found:?}");
    }
}

/// What a caller does on many days is its habit; a day that stands out is not.
#[test]
fn nightly_jobs() {
    let nights = |count: usize| (2..2 + count).map(|day| each(day, 7200, 6, "DeleteObjects", 5)).collect::<Vec<_>>();
    // What was taken for a habit is told with its numbers.
    let found = asked(&nights(10), &[]);
    let habit = "deleted lists of objects (DeleteObjects) on 10 days from 2026-11-02T02:00:00Z to 2026-11-11T02:00:25Z, 6 a day usually";
    assert!(found.signs.is_empty() && found.notes.iter().any(|it| it.contains(habit)), "{:?}", found.notes);
    // Some days of it are no habit: a wipe takes days, too.
    for count in [3, 5, 7, 9] {
        assert_eq!(signs(&nights(count)).len(), 1, "{count}");
    }
    for (calls, count) in [(60, 1), (18, 1), (17, 0)] {
        let found = signs(&[nights(10), vec![each(20, 0, calls, "DeleteObjects", 1)]].concat());
        assert_eq!(found.len(), count, "{found:?}");
        let is_day = |it: &String| it.starts_with("2026-11-20") && it.contains(&format!("{calls} calls"));
        assert!(found.iter().all(is_day), "{found:?}");
    }
    // What comes after a habit does not become one by its length.
    let wipe = (12..18).map(|day| each(day, 0, 100, "DeleteObjects", 1));
    let found = signs(&[nights(10), wipe.collect()].concat());
    assert!(found.len() == 1 && found[0].starts_with("2026-11-12") && found[0].contains("600 calls"), "{found:?}");
    // Every week: on four days that are so far apart.
    let weeks = |count: usize| (0..count).map(|it| each(1 + 7 * it, 7200, 6, "DeleteObjects", 5)).collect::<Vec<_>>();
    assert!(signs(&weeks(4)).is_empty() && signs(&weeks(3)).len() == 1);
    // What a service does is nobody's call.
    let mut served = each(3, 0, 8, "DeleteObjects", 1);
    served
        .iter_mut()
        .for_each(|it| it["userIdentity"] = json!({ "type": "AWSService", "invokedBy": "s3.amazonaws.com" }));
    assert!(signs(&[served]).is_empty());
}

/// Whom `--deployer` names is quiet in what deployments do, too, and a note says so.
#[test]
fn deployers() {
    let rule = json!({ "Status": "Enabled", "Filter": { "Prefix": "tmp/" }, "Expiration": { "Days": 1 } });
    let rules = vec![call(3, 0, "PutBucketLifecycle", &json!({ "LifecycleConfiguration": { "Rule": rule } }))];
    let key = "x-amz-server-side-encryption-customer-algorithm";
    let copies = vec![call(3, 0, "CopyObject", &json!({ "x-amz-copy-source": "data/k", key: "AES256" }))];
    // A role of that name in another account is none of the bucket's.
    let mut outside = rules.clone();
    outside[0]["userIdentity"] =
        json!({ "arn": "arn:aws:sts::999988887777:assumed-role/dev/s", "accountId": "999988887777" });
    for (calls, pattern, count) in [
        (&rules, "*:assumed-role/dev/*", 0),
        (&rules, "*:assumed-role/other/*", 1),
        (&copies, "*:assumed-role/dev/*", 1),
        (&outside, "*:assumed-role/dev/*", 1),
        (&outside, "arn:*:999988887777:assumed-role/dev/*", 0),
    ] {
        let found = asked(std::slice::from_ref(calls), &[pattern]);
        assert_eq!((found.signs.len(), found.quiet), (count, 1 - count), "{pattern} {:?}", found.signs);
        assert_eq!(found.notes.iter().any(|it| it.contains("--deployer names")), count == 0, "{:?}", found.notes);
    }
}

/// Objects of a tag are marked for it; those of a prefix are the bucket's.
#[test]
fn rules_of_marked_objects() {
    let rule = |filter: Json| {
        let rule = json!({ "Status": "Enabled", "Filter": filter, "Expiration": { "Days": 1 } });
        vec![call(3, 0, "PutBucketLifecycle", &json!({ "LifecycleConfiguration": { "Rule": rule } }))]
    };
    assert!(signs(&[rule(json!({ "Tag": { "Key": "temp", "Value": "1" } }))]).is_empty());
    assert!(signs(&[rule(json!({ "And": { "Prefix": "x/", "ObjectSizeLessThan": 1 } }))]).is_empty());
    assert_eq!(signs(&[rule(json!({ "Prefix": "x/" }))]).len(), 1);
}
