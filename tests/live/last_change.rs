//! What was read before the last change, what a trail leaves for `restore`, and lists that show nothing.

use std::fs;

use serde_json::{Value as Json, json};

use super::silence::{call, open};
use super::world::{ACCOUNT, World, acl, good};

/// Made, and set up without Block Public Access.
fn made() -> Vec<Json> {
    let off = json!({ "BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false, "RestrictPublicBuckets": false });
    let account = json!({ "requestParameters": { "accountId": ACCOUNT, "PublicAccessBlockConfiguration": off } });
    vec![
        call("2021-09-01T09:00:00Z", "CreateBucket", &json!({})),
        call("2021-09-01T09:00:01Z", "PutAccountPublicAccessBlock", &account),
    ]
}

fn opens(time: &str) -> Json {
    let document: Json = serde_json::from_str(open("data")["Policy"].as_str().unwrap()).unwrap();
    call(time, "PutBucketPolicy", &json!({ "requestParameters": { "bucketName": "data", "bucketPolicy": document } }))
}

fn world(name: &str) -> World {
    let world = World::new(name, json!({ "bucket-acl": acl(false) }));
    world.change(|it| {
        it["account_block"] = json!({ "BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false, "RestrictPublicBuckets": false });
    });
    world
}

/// A snapshot from before the last change shows the bucket as it was: no box is ticked on it.
#[test]
fn a_snapshot_before_the_last_change() {
    let world = world("older");
    let mut all = made();
    all.push(opens("2021-10-01T00:00:00Z"));
    all.push(call("2021-11-01T00:00:00Z", "DeleteBucketPolicy", &json!({})));
    world.write("t.json", &json!({ "Records": all }));
    world.snap("live.json", |_| {});
    let text = world.report(&["--trail", "t.json", "--live", "live.json"]);
    assert!(text.contains("- [x] Bucket policy now") && !text.contains("as it was at"), "{text}");
    let mut live = world.snap("older.json", |it| it["buckets"]["data"]["bucket-policy"] = open("data"));
    live["collected_at"] = json!("2021-10-15T00:00:00Z");
    world.write("older.json", &live);
    let text = world.report(&["--trail", "t.json", "--live", "older.json"]);
    let was =
        "as it was at 2021-10-15T00:00:00Z, before the last change (2021-11-01T00:00:00Z): anyone has read access";
    assert!(text.contains(was) && text.contains("was not compared with the events"), "{text}");
    for line in text.lines().filter(|it| it.starts_with("- [x]")) {
        assert!(!line.contains("[E2]"), "{line}");
    }
    assert!(text.contains("- [x] How long it was open") && text.contains("- [x] Who changed it"), "{text}");
}

/// The account's Block Public Access is a part of what the bucket is: a snapshot from before its last change shows the bucket as it was, and
/// one from after its first one does not show what was before that.
#[test]
fn a_snapshot_before_the_accounts_last_change() {
    let world = world("older-account");
    let all = |whose: &str| {
        let mut all = made();
        all.push(opens("2021-10-01T00:00:00Z"));
        let mut block = all[1].clone();
        block["eventTime"] = json!("2021-11-01T00:00:00Z");
        block["eventID"] = json!("later");
        block["recipientAccountId"] = json!(whose);
        block["requestParameters"]["accountId"] = json!(whose);
        for key in ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"] {
            block["requestParameters"]["PublicAccessBlockConfiguration"][key] = json!(true);
        }
        all.push(block);
        json!({ "Records": all })
    };
    let mut live = world.snap("older.json", |it| it["buckets"]["data"]["bucket-policy"] = open("data"));
    live["collected_at"] = json!("2021-10-15T00:00:00Z");
    world.write("older.json", &live);
    for (whose, is_stale) in [(ACCOUNT, true), ("999988887777", false)] {
        world.write("t.json", &all(whose));
        let text = world.report(&["--trail", "t.json", "--live", "older.json"]);
        let was =
            "as it was at 2021-10-15T00:00:00Z, before the last change (2021-11-01T00:00:00Z): anyone has read access";
        assert_eq!(text.contains(was), is_stale, "{text}");
        assert_eq!(text.contains("- [x] Bucket policy now"), !is_stale, "{text}");
        let (_, text) = world.run(&["timeline", "t.json", "--bucket", "data", "--end-state", "older.json"]);
        assert_eq!(text.contains("it is no end state"), is_stale, "{text}");
    }
    // A beginning that was collected after the account's first change says nothing of the account before that.
    let tags = call("2021-10-20T00:00:00Z", "PutBucketTagging", &json!({}));
    let opener = |at: &str| {
        let mut first = all(ACCOUNT)["Records"][1].clone();
        first["eventTime"] = json!(at);
        world.write("start.json", &json!({ "Records": [first, tags] }));
        let args = ["timeline", "start.json", "--bucket", "data", "--start-state", "older.json", "--format", "json"];
        let (code, text) = world.run(&args);
        let window: Json = serde_json::from_str::<Json>(&text).unwrap()["windows"][0].clone();
        (code, window["opened_by"]["event"].clone())
    };
    assert_eq!(opener("2021-09-01T09:00:01Z"), (1, json!("PutAccountPublicAccessBlock")));
    assert_eq!(opener("2021-10-16T00:00:00Z"), (1, Json::Null));
}

/// An access point, a job or a grant that came after the snapshot is another way in: what was read before says nothing of now.
#[test]
fn a_snapshot_before_another_way() {
    let world = world("older-way");
    let mut live = world.snap("older.json", |_| {});
    live["collected_at"] = json!("2021-10-15T00:00:00Z");
    world.write("older.json", &live);
    let point =
        |bucket: &str| json!({ "accountId": ACCOUNT, "name": "new", "CreateAccessPointRequest": { "Bucket": bucket } });
    let policy =
        |name: &str| json!({ "accountId": ACCOUNT, "name": name, "PutAccessPointPolicyRequest": { "Policy": "{}" } });
    let job = |operation: Json| json!({ "accountId": ACCOUNT, "CreateJobRequest": { "Operation": operation } });
    let copy = |bucket: &str| job(json!({ "S3PutObjectCopy": { "TargetResource": format!("arn:aws:s3:::{bucket}") } }));
    let grant = |account: &str| {
        let to = json!({ "GranteeType": "IAM", "GranteeIdentifier": format!("arn:aws:iam::{account}:root") });
        json!({ "accountId": ACCOUNT, "CreateAccessGrantRequest": { "Grantee": to, "Permission": "READ",
            "AccessGrantsLocationId": "default", "AccessGrantsLocationConfiguration": { "S3SubPrefix": "data/*" } } })
    };
    for (name, parameters, is_stale) in [
        ("CreateAccessPoint", point("data"), true),
        ("CreateAccessPoint", point("other"), false),
        ("PutAccessPointPolicy", policy("exports-ap"), true),
        ("PutAccessPointPolicy", policy("of-another"), false),
        ("DeleteAccessPointPolicy", policy("exports-ap"), true),
        ("GetAccessPoint", policy("exports-ap"), false),
        ("CreateJob", copy("evil"), true),
        ("CreateJob", job(json!({ "S3PutObjectTagging": {} })), false),
        ("CreateAccessGrant", grant("999988887777"), true),
        ("CreateAccessGrant", grant(ACCOUNT), false),
    ] {
        let mut all = made();
        all.push(call("2021-11-01T00:00:00Z", name, &json!({ "requestParameters": parameters })));
        world.write("t.json", &json!({ "Records": all }));
        let text = world.report(&["--trail", "t.json", "--live", "older.json"]);
        let was = "as it was at 2021-10-15T00:00:00Z, before the last change (2021-11-01T00:00:00Z)";
        assert_eq!(text.contains(was), is_stale, "{name} {parameters} {text}");
        assert_eq!(text.contains("- [x] Bucket policy now"), !is_stale, "{name} {parameters} {text}");
    }
}

/// Who made the change that stands is not known where its call is missing.
#[test]
fn who_changed_what_the_events_do_not_leave() {
    let world = world("missing-call");
    let mut all = made();
    all.push(opens("2021-10-01T00:00:00Z"));
    world.write("t.json", &json!({ "Records": all }));
    world.snap("live.json", |it| it["buckets"]["data"]["bucket-policy"] = open("data"));
    let text = world.report(&["--trail", "t.json", "--live", "live.json"]);
    assert!(text.contains("- [x] Who changed it"), "{text}");
    world.snap("other.json", |it| {
        it["buckets"]["data"]["bucket-policy"] = open("data");
        it["buckets"]["data"]["bucket-versioning"] = json!({ "Status": "Suspended" });
    });
    let text = world.report(&["--trail", "t.json", "--live", "other.json"]);
    assert!(text.contains("an event is missing") && text.contains("- [ ] Who changed it"), "{text}");
}

/// What `timeline -o` leaves is what `restore` takes: the owner is not made up, and every call is one of S3's.
#[test]
fn a_state_that_a_trail_leaves() {
    let world = world("replayed");
    let rule = json!({ "ID": "t", "Status": "Enabled", "Filter": { "Prefix": "a/" }, "Transition": { "Days": 30, "StorageClass": "GLACIER" } });
    let lifecycle = json!({ "bucketName": "data", "LifecycleConfiguration": { "Rule": rule } });
    let owned = json!({ "bucketName": "data", "OwnershipControls": { "Rule": { "ObjectOwnership": "ObjectWriter" } } });
    let public = json!({ "bucketName": "data", "x-amz-acl": "public-read" });
    let mut all = made();
    all.push(call("2021-09-02T00:00:00Z", "PutBucketLifecycle", &json!({ "requestParameters": lifecycle })));
    all.push(call("2021-09-02T00:00:01Z", "PutBucketOwnershipControls", &json!({ "requestParameters": owned })));
    all.push(call("2021-09-02T00:00:02Z", "PutBucketAcl", &json!({ "requestParameters": public })));
    world.write("t.json", &json!({ "Records": all }));
    let (code, text) = world.run(&["timeline", "t.json", "--bucket", "data", "-o", "then.json"]);
    assert_eq!(code, 1, "{text}");
    let acl = &world.json("then.json")["buckets"]["data"]["features"]["acl"]["value"];
    assert!(acl["Owner"].get("ID").is_none() && acl["Grants"].as_array().unwrap().len() == 1, "{acl}");
    world.snap("live.json", |_| {});
    let args = ["restore", "--desired", "then.json", "--live", "live.json", "--allow-loosen", "-o", "plan"];
    let (code, text) = world.run(&args);
    assert!(code == 0 && !text.contains("another owner"), "{code} {text}");
    let plan = world.json("plan/plan.json").to_string();
    assert!(plan.contains("\"Transitions\"") && !plan.contains("\"Transition\""), "{plan}");
    assert!(plan.contains("\"public-read\"") && !plan.contains("\"owner\""), "{plan}");
    // Another account is another owner all the same.
    let mut others = world.json("then.json");
    others["buckets"]["data"]["account"] = json!("999988887777");
    world.write("others.json", &others);
    let args = ["restore", "--desired", "others.json", "--live", "live.json", "-o", "others"];
    world.expect(&args, 2, "another owner");
}

/// A list of access points is of the region in which it was asked for, and an answer without one is no empty list.
#[test]
fn lists_of_access_points_that_show_nothing() {
    let world = World::new("lists", good());
    let saved = |name: &str| world.0.join("saved/data").join(name);
    fs::create_dir_all(saved("")).unwrap();
    fs::write(saved("get-bucket-policy.json"), good()["bucket-policy"].to_string()).unwrap();
    let state = |place: Option<&str>, list: &str, code: Option<&str>| {
        let write = |name: &str, text: Option<&str>| match text {
            Some(text) => fs::write(saved(name), text).unwrap(),
            None => drop(fs::remove_file(saved(name))),
        };
        write("get-bucket-location.json", place);
        write("list-access-points.json", Some(list));
        write("list-access-points.rc", code);
        let _ = fs::remove_file(world.0.join("snap.json"));
        let (_, text) = world.run(&["snapshot", "--from", "saved", "-o", "snap.json"]);
        (
            world.json("snap.json")["buckets"]["data"]["features"]["access_points"]["state"]
                .as_str()
                .unwrap()
                .to_owned(),
            text,
        )
    };
    let (place, none) = (Some("{\"LocationConstraint\":\"eu-west-1\"}"), "{\"AccessPointList\":[]}");
    assert_eq!(state(place, none, None).0, "set");
    let (found, text) = state(None, none, None);
    assert!(found == "unknown" && text.contains("get-bucket-location"), "{found} {text}");
    let own = "{\"AccessPointList\":[{\"Name\":\"p\",\"Bucket\":\"data\",\"NetworkOrigin\":\"Internet\"}]}";
    assert_eq!(state(None, own, None).0, "set");
    for (list, code, is) in
        [("", Some("0"), "unknown"), ("", None, "unknown"), ("{}", Some("0"), "unknown"), (none, Some("0"), "set")]
    {
        assert_eq!(state(place, list, code).0, is, "{list} {code:?}");
    }
    fs::remove_file(saved("list-access-points.json")).unwrap();
    let (_, text) = world.run(&["snapshot", "--from", "saved", "-o", "unasked.json"]);
    assert!(text.contains("--bucket data --region eu-west-1"), "{text}");
}
