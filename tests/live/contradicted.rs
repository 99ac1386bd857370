//! What one piece of evidence says against another, and what a plan leaves: told, and no box is ticked over it.

use serde_json::{Value as Json, json};

use super::silence::{call, open};
use super::world::{ACCOUNT, World, acl, good, planned, policy};

const HOW_LONG: &str = "- [x] How long it was open";
const OUTSIDE: &str = "- [x] Access from outside";

/// Made and set up: nothing opens it.
fn shut() -> Vec<Json> {
    let off = json!({ "BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false, "RestrictPublicBuckets": false });
    let account = json!({ "requestParameters": { "accountId": ACCOUNT, "PublicAccessBlockConfiguration": off } });
    vec![
        call("2021-09-01T09:00:00Z", "CreateBucket", &json!({})),
        call("2021-09-01T09:00:01Z", "PutAccountPublicAccessBlock", &account),
    ]
}

fn anonymous(time: &str) -> Json {
    let who = json!({ "type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL", "principalId": "" });
    call(
        time,
        "GetObject",
        &json!({ "userIdentity": who, "requestParameters": { "bucketName": "data", "key": "secret.csv" } }),
    )
}

#[test]
fn requests_that_were_served_while_it_was_shut() {
    let world = World::new("served", good());
    world.write("shut.json", &json!({ "Records": shut() }));
    let text = world.report(&["--trail", "shut.json"]);
    assert!(text.contains(HOW_LONG) && text.contains("neither data events nor access logs"), "{text}");
    let mut all = shut();
    all.push(anonymous("2021-10-03T01:00:00Z"));
    world.write("t.json", &json!({ "Records": all }));
    world.expect(&["timeline", "t.json", "--bucket", "data"], 3, "1 requests of outsiders were served while");
    let text = world.report(&["--trail", "t.json"]);
    assert!(!text.contains(HOW_LONG) && !text.contains("neither data events nor access logs"), "{text}");
    assert!(text.contains("served while the events have the bucket shut") && text.contains("secret.csv"), "{text}");
    let line = "o data [03/Oct/2021:02:00:00 +0000] 198.51.100.7 - R1 REST.GET.OBJECT other.csv \"GET /k HTTP/1.1\" 200 - 70 9 1 1 \"-\" \"-\" -\n";
    std::fs::write(world.0.join("log.txt"), line).unwrap();
    let args = ["timeline", "shut.json", "--bucket", "data", "--access-log", "log.txt"];
    world.expect(&args, 3, "REST.GET.OBJECT other.csv by anonymous from 198.51.100.7");
    // After it was closed: what was served then is not of the window.
    let statement = json!({ "requestParameters": { "bucketName": "data", "bucketPolicy": serde_json::from_str::<Json>(
        open("data")["Policy"].as_str().unwrap()).unwrap() } });
    let mut all = shut();
    all.push(call("2021-10-01T00:00:00Z", "PutBucketPolicy", &statement));
    all.push(call("2021-10-02T00:00:00Z", "DeleteBucketPolicy", &json!({})));
    all.push(call("2021-10-09T00:00:00Z", "GetObject", &json!({})));
    all.push(call("2021-09-02T00:00:00Z", "GetObject", &json!({})));
    world.write("open.json", &json!({ "Records": all }));
    let text = world.report(&["--trail", "open.json"]);
    assert!(text.contains(HOW_LONG) && text.contains(OUTSIDE), "{text}");
    let text = world.report(&["--trail", "open.json", "--access-log", "log.txt"]);
    assert!(
        !text.contains(OUTSIDE)
            && text.contains("1 requests of outsiders were served while")
            && text.contains("198.51.100.7"),
        "{text}"
    );
}

#[test]
fn a_bucket_that_is_open_now() {
    let world = as_made("open-now");
    world.write("t.json", &json!({ "Records": shut() }));
    world.snap("shut.json", |_| {});
    let text = world.report(&["--trail", "t.json", "--live", "shut.json"]);
    assert!(text.contains(HOW_LONG) && !text.contains("has access now"), "{text}");
    world.snap("live.json", |it| it["buckets"]["data"]["bucket-policy"] = open("data"));
    let text = world.report(&["--trail", "t.json", "--live", "live.json"]);
    assert!(!text.contains(HOW_LONG), "{text}");
    assert!(text.contains("anyone has access now; since when is not known [E2]"), "{text}");
    // What is not known of it leaves it open whether.
    let mut unread = world.json("live.json");
    unread["accounts"][ACCOUNT]["public_access_block"] =
        json!({ "state": "unknown", "code": "AccessDenied", "message": "x" });
    world.write("unread.json", &unread);
    let text = world.report(&["--trail", "t.json", "--live", "unread.json"]);
    assert!(!text.contains(HOW_LONG) && text.contains("anyone may have access now"), "{text}");
    // One from before the last change is not the bucket after it.
    let mut old = world.json("live.json");
    old["collected_at"] = json!("2021-08-01T00:00:00Z");
    world.write("old.json", &old);
    let text = world.report(&["--trail", "t.json", "--live", "old.json"]);
    assert!(!text.contains("has access now"), "{text}");
}

/// The bucket as [`shut`] leaves it.
fn as_made(name: &str) -> World {
    let world = World::new(name, json!({ "bucket-acl": acl(false) }));
    world.change(|it| {
        it["account_block"] = json!({ "BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false, "RestrictPublicBuckets": false });
    });
    world
}

/// The report holds the bucket as it is to the events as `timeline --end-state` does: whatever differs leaves the box open.
#[test]
fn a_bucket_that_the_events_do_not_leave() {
    let world = as_made("not-left");
    let partner = |who: &str, actions: Json| json!([{ "Sid": "P", "Effect": "Allow", "Principal": { "AWS": who }, "Action": actions, "Resource": "arn:aws:s3:::data/*" }]);
    let put = |statements: &Json| {
        let document = json!({ "Version": "2012-10-17", "Statement": statements });
        let parameters = json!({ "bucketName": "data", "bucketPolicy": document });
        call("2021-10-01T00:00:00Z", "PutBucketPolicy", &json!({ "requestParameters": parameters }))
    };
    let (id, root) = ("222233334444", "arn:aws:iam::222233334444:root");
    let mut all = shut();
    all.push(put(&partner(id, json!("s3:GetObject"))));
    world.write("t.json", &json!({ "Records": all }));
    world.write(
        "part.json",
        &json!({ "Records": [call("2021-10-02T00:00:00Z", "PutBucketVersioning", &json!({
        "requestParameters": { "bucketName": "data", "VersioningConfiguration": { "Status": "Enabled" } } }))] }),
    );
    // S3 gives an account back as its root.
    world.snap("same.json", |it| {
        it["buckets"]["data"]["bucket-policy"] = policy(partner(root, json!("s3:GetObject")));
    });
    let text = world.report(&["--trail", "t.json", "--live", "same.json"]);
    assert!(text.contains(HOW_LONG) && !text.contains("access now"), "{text}");
    let missing = |what: &str| format!("{what} is not what the events leave: an event is missing");
    world.snap("more.json", |it| {
        it["buckets"]["data"]["bucket-policy"] = policy(partner(root, json!(["s3:GetObject", "s3:PutObject"])));
    });
    let text = world.report(&["--trail", "t.json", "--live", "more.json"]);
    assert!(!text.contains(HOW_LONG) && text.contains(&missing("policy")), "{text}");
    world.snap("shut.json", |it| drop(it["buckets"]["data"].as_object_mut().unwrap().remove("bucket-policy")));
    let text = world.report(&["--trail", "t.json", "--live", "shut.json"]);
    assert!(!text.contains(HOW_LONG) && text.contains(&missing("policy")), "{text}");
    // What the trail does not reach back to is not missing from it.
    world.snap("versioned.json", |it| {
        it["buckets"]["data"]["bucket-versioning"] = json!({ "Status": "Enabled" });
        it["buckets"]["data"]["bucket-policy"] = policy(partner(root, json!("s3:GetObject")));
    });
    let text = world.report(&["--trail", "part.json", "--live", "versioned.json"]);
    assert!(!text.contains("is missing") && !text.contains(HOW_LONG), "{text}");
    assert!(text.contains("222233334444:root has access now; since when is not known"), "{text}");
    // Nobody is not who may be somebody.
    world.snap("service.json", |it| {
        it["buckets"]["data"]["bucket-policy"] =
            policy(json!([{ "Sid": "C", "Effect": "Allow", "Action": "s3:GetObject",
            "Principal": { "Service": "cloudfront.amazonaws.com" }, "Resource": "arn:aws:s3:::data/*",
            "Condition": { "StringEquals": { "aws:SourceAccount": "999988887777" } } }]));
    });
    let text = world.report(&["--live", "service.json"]);
    assert!(!text.contains("nobody outside") && text.contains("cloudfront.amazonaws.com for 999988887777"), "{text}");
}

/// Whom containment leaves in, and what goes on by itself, is said at every level.
#[test]
fn what_containment_leaves() {
    let world = World::new("left", good());
    world.change(|it| {
        let bucket = &mut it["buckets"]["data"];
        bucket["bucket-policy"] = policy(json!([{ "Sid": "Ops", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::999988887777:root" },
            "Action": ["s3:PutBucketPolicy", "s3:GetObject"], "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"] }]));
        bucket["bucket-lifecycle-configuration"] = json!({ "Rules": [
            { "ID": "nuke", "Status": "Enabled", "Filter": { "Prefix": "" }, "Expiration": { "Days": 1 } }] });
        bucket["bucket-replication"] = json!({ "ReplicationConfiguration": { "Role": "arn:aws:iam::123456789012:role/r", "Rules": [
            { "ID": "a", "Status": "Enabled", "Priority": 1, "Filter": { "Prefix": "" }, "DeleteMarkerReplication": { "Status": "Disabled" },
              "Destination": { "Bucket": "arn:aws:s3:::evil", "Account": "999988887777" } }] } });
    });
    let role = "arn:aws:iam::123456789012:role/incident-response";
    let leaves = "after all steps arn:aws:iam::999988887777:root still has control, read through statement \"Ops\"";
    for (level, is_left) in [
        (vec!["--level", "bpa"], true),
        (vec!["--level", "principal", "--deny-principal", "arn:aws:iam::123456789012:user/liza"], true),
        (vec!["--level", "quarantine", "--except", role], false),
    ] {
        let _ = std::fs::remove_dir_all(world.0.join("c"));
        let text = world.expect(
            &[&["contain", "--bucket", "data", "-o", "c"], level.as_slice()].concat(),
            0,
            "lifecycle goes on",
        );
        assert!(text.contains("to arn:aws:s3:::evil of the account 999988887777"), "{text}");
        assert_eq!(text.contains(leaves), is_left, "{level:?} {text}");
    }
    // Nor does a policy stop what is sent to others; a delete marker with nothing beneath it is no object.
    let sends = |bucket: &Json| {
        let world = World::new("left-sends", good());
        world.change(|it| {
            for (key, value) in bucket.as_object().unwrap() {
                it["buckets"]["data"][key] = value.clone();
            }
        });
        world.run(&["contain", "--bucket", "data", "-o", "c"]).1
    };
    let queue = |account: &str| {
        json!({ "bucket-notification-configuration": { "QueueConfigurations": [
            { "Id": "q", "QueueArn": format!("arn:aws:sqs:us-east-1:{account}:q"), "Events": ["s3:ObjectCreated:*"] }] } })
    };
    let key = |id: &str| {
        json!({ "bucket-encryption": { "ServerSideEncryptionConfiguration": { "Rules": [
            { "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": id } }] } } })
    };
    let site = json!({ "bucket-website": { "RedirectAllRequestsTo": { "HostName": "evil.example" } } });
    let marker = json!({ "bucket-lifecycle-configuration": { "Rules": [
        { "ID": "m", "Status": "Enabled", "Filter": { "Prefix": "" }, "Expiration": { "ExpiredObjectDeleteMarker": true } }] } });
    for (bucket, told) in [
        (queue("999988887777"), Some("sends events to another account (arn:aws:sqs:us-east-1:999988887777:q)")),
        (queue(ACCOUNT), None),
        (key("arn:aws:kms:us-east-1:999988887777:key/1"), Some("encrypts with a key of another account")),
        (key("arn:aws:kms:us-east-1:123456789012:key/1"), None),
        (key("1234abcd-12ab-34cd-56ef-1234567890ab"), None),
        (site, Some("sends visitors elsewhere (evil.example)")),
        (marker, None),
    ] {
        let text = sends(&bucket);
        assert!(text.contains("goes on") == told.is_some() && text.contains(told.unwrap_or("")), "{text}");
    }
    // A bucket that nobody else is let into says nothing of the sort.
    let clean = World::new("left-clean", good());
    let (_, text) = clean.run(&["contain", "--bucket", "data", "-o", "c"]);
    assert!(!text.contains("after all steps") && !text.contains("goes on"), "{text}");
}

/// Where everything is left to a person, nothing says that the bucket is as it should be.
#[test]
fn a_plan_without_steps() {
    let world = World::new("empty-plan", good());
    std::fs::create_dir(world.0.join("code")).unwrap();
    std::fs::write(world.0.join("code/main.tf"), "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"data\"\n}\n")
        .unwrap();
    world.snap("live.json", |it| {
        it["buckets"]["data"]["bucket-lifecycle-configuration"] = json!({ "Rules": [
            { "ID": "nuke", "Status": "Enabled", "Filter": { "Prefix": "" }, "Expiration": { "Days": 1 } }] });
    });
    world.expect(
        &["restore", "--desired", "code", "--live", "live.json", "--only", "lifecycle", "-o", "p"],
        0,
        "by hand",
    );
    let plan = std::fs::read_to_string(world.0.join("p/PLAN.md")).unwrap();
    assert!(!plan.contains("None: the bucket is as it should be") && plan.contains("None is planned"), "{plan}");
    let left = "left to do by hand";
    let (code, text) = world.apply("p");
    assert!(code == 0 && text.contains("no step was planned") && text.contains(left), "{code} {text}");
    for (script, variables) in [("p/verify.sh", vec![]), ("p/restore.sh", vec![("APPLY", "1")])] {
        let (code, text) = world.script(script, &variables);
        assert!(code == 0 && text.contains(left), "{script} {code} {text}");
    }
}

/// A step that failed was not taken, and is not told as taken back; nothing is told in empty brackets.
#[test]
fn a_report_of_a_script() {
    if std::process::Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: no python3");
        return;
    }
    let world = planned("script-report");
    world.faults(json!([{ "command": "put-bucket-ownership-controls", "nth": 1, "do": "fail:AccessDenied" }]));
    let (code, text) = world.script("plan/restore.sh", &[("APPLY", "1")]);
    assert_eq!(code, 5, "{text}");
    let text = world.report(&["--plan", "plan"]);
    assert!(text.contains("ownership: failed [") && !text.contains("()"), "{text}");
    let (code, text) = world.script("plan/rollback.sh", &[("APPLY", "1"), ("ALLOW_LOOSEN", "1")]);
    assert_eq!(code, 0, "{text}");
    let text = world.report(&["--plan", "plan"]);
    assert!(text.contains("ownership: nothing to take back, it is as it was"), "{text}");
    assert!(text.contains("policy: undone ["), "{text}");
}
