//! Signs of ransom are the same in `timeline` and `report`, and so is what goes on carrying objects off as the bucket is.

use serde_json::{Value as Json, json};

use super::silence::call;
use super::world::{ACCOUNT, World, good};

const OTHER: &str = "999988887777";

fn trail(more: &[(&str, Json)]) -> Json {
    let mut all = vec![call("2026-11-01T00:00:00Z", "CreateBucket", &json!({}))];
    for (at, (name, parameters)) in more.iter().enumerate() {
        let mut parameters = parameters.clone();
        parameters["bucketName"] = json!("data");
        all.push(call(&format!("2026-11-0{}T00:00:00Z", at + 2), name, &json!({ "requestParameters": parameters })));
    }
    json!({ "Records": all })
}

#[test]
fn signs_of_ransom() {
    let world = World::new("ransom", good());
    world.write(
        "ransom.json",
        &trail(&[
            ("PutBucketVersioning", json!({ "VersioningConfiguration": { "Status": "Enabled" } })),
            ("PutBucketVersioning", json!({ "VersioningConfiguration": { "Status": "Suspended" } })),
            (
                "CopyObject",
                json!({ "key": "k", "x-amz-copy-source": "data/k",
                    "x-amz-server-side-encryption-aws-kms-key-id": format!("arn:aws:kms:us-east-1:{OTHER}:key/k") }),
            ),
            (
                "PutBucketReplication",
                json!({ "ReplicationConfiguration": { "Rule": { "Status": "Enabled", "Destination": { "Bucket": "arn:aws:s3:::elsewhere" } } } }),
            ),
            ("DeleteObjects", json!({})),
        ]),
    );
    let text = world.expect(&["timeline", "ransom.json", "--bucket", "data"], 3, "(ransom pattern)");
    let signs: Vec<&str> = text.lines().filter_map(|it| it.strip_prefix("! ")).collect();
    assert_eq!(signs.len(), 4, "{text}");
    let (_, text) = world.run(&["timeline", "ransom.json", "--bucket", "data", "--format", "json"]);
    let document: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(document["signs"], json!(signs));
    let report = world.report(&["--trail", "ransom.json"]);
    assert!(signs.iter().all(|it| report.contains(&format!("- {it} [E1]"))), "{signs:?} {report}");
    // What is done every day is none.
    world.write(
        "plain.json",
        &trail(&[
            ("PutBucketVersioning", json!({ "VersioningConfiguration": { "Status": "Enabled" } })),
            ("CopyObject", json!({ "key": "k", "x-amz-copy-source": "in/k" })),
            ("DeleteObject", json!({ "key": "k" })),
            ("DeleteObjects", json!({})),
            (
                "PutBucketLifecycle",
                json!({ "LifecycleConfiguration": { "Rule":
                    { "ID": "t", "Status": "Enabled", "Filter": { "Prefix": "tmp/" }, "Expiration": { "Days": 30 } } } }),
            ),
            (
                "PutBucketReplication",
                json!({ "ReplicationConfiguration": { "Rule": { "Status": "Enabled",
                    "Destination": { "Bucket": "arn:aws:s3:::backup", "Account": ACCOUNT } } } }),
            ),
            (
                "PutBucketObjectLockConfiguration",
                json!({ "ObjectLockConfiguration": { "ObjectLockEnabled": "Enabled",
                    "Rule": { "DefaultRetention": { "Mode": "COMPLIANCE", "Days": 30 } } } }),
            ),
        ]),
    );
    let text = world.expect(&["timeline", "plain.json", "--bucket", "data"], 0, "no exposure window");
    assert!(!text.contains("ransom"), "{text}");
    assert!(!world.report(&["--trail", "plain.json"]).contains("ransom"));
}

/// Whom `--deployer` names is as quiet in the report, which says that there was more.
#[test]
fn deployers_of_a_report() {
    let world = World::new("ransom-deployer", good());
    let rule = json!({ "Status": "Enabled", "Filter": { "Prefix": "tmp/" }, "Expiration": { "Days": 1 } });
    world.write("t.json", &trail(&[("PutBucketLifecycle", json!({ "LifecycleConfiguration": { "Rule": rule } }))]));
    for (pattern, tells) in [("arn:aws:iam::*", false), ("*:assumed-role/deploy/*", true)] {
        let report = world.report(&["--trail", "t.json", "--deployer", pattern]);
        assert_eq!(report.contains("(ransom pattern)"), tells, "{pattern} {report}");
        assert_eq!(report.contains("more signs of ransom"), !tells, "{pattern} {report}");
        let (_, text) = world.run(&["timeline", "t.json", "--bucket", "data", "--deployer", pattern]);
        assert_eq!(text.contains("(ransom pattern)"), tells, "{pattern} {text}");
    }
}

/// A lifecycle that expires everything is told of the end state, where no event has it.
#[test]
fn a_lifecycle_of_the_end_state() {
    let world = World::new("ransom-end", good());
    world.write("t.json", &trail(&[]));
    for (days, tells) in [(1, true), (90, false)] {
        let _ = std::fs::remove_file(world.0.join("end.json"));
        world.snap("end.json", |it| {
            it["buckets"]["data"]["bucket-lifecycle-configuration"] = json!({ "Rules": [
                { "ID": "r", "Status": "Enabled", "Filter": { "Prefix": "" }, "Expiration": { "Days": days } }] });
        });
        let text = world.expect(&["timeline", "t.json", "--bucket", "data", "--end-state", "end.json"], 3, "lifecycle");
        assert_eq!(text.contains("! in the end state a lifecycle rule that is enabled expires every"), tells, "{text}");
        let text = world.report(&["--trail", "t.json", "--live", "end.json"]);
        assert_eq!(text.contains("- a lifecycle rule that is enabled expires every object after"), tells, "{text}");
    }
}

/// Replication to another account is told of the bucket as it is, with its exhibit; to whom nobody knows is not known; at home is neither.
#[test]
fn replication_as_the_bucket_is() {
    let world = World::new("replicates", good());
    let on = |account: Option<&str>, status: &str| {
        let mut to = json!({ "Bucket": "arn:aws:s3:::elsewhere" });
        if let Some(it) = account {
            to["Account"] = json!(it);
        }
        json!({ "ReplicationConfiguration": { "Role": "arn:aws:iam::123456789012:role/r", "Rules": [
            { "ID": "r", "Status": status, "Priority": 1, "Filter": { "Prefix": "" },
              "DeleteMarkerReplication": { "Status": "Disabled" }, "Destination": to }] } })
    };
    let told =
        format!("- replication, which is on, copies new objects to arn:aws:s3:::elsewhere of account {OTHER} [E1]");
    let unsaid = "copies new objects to arn:aws:s3:::elsewhere, and nothing says whose that is";
    for (document, tells, asks) in [
        (on(Some(OTHER), "Enabled"), true, false),
        (on(Some(OTHER), "Disabled"), false, false),
        (on(Some(ACCOUNT), "Enabled"), false, false),
        (on(None, "Enabled"), false, true),
    ] {
        let _ = std::fs::remove_file(world.0.join("live.json"));
        world.snap("live.json", |it| it["buckets"]["data"]["bucket-replication"] = document.clone());
        let text = world.report(&["--live", "live.json"]);
        assert_eq!((text.contains(&told), text.contains(unsaid)), (tells, asks), "{document} {text}");
    }
    // The bucket that the copies go to is one of the same account.
    let (code, text) = {
        world.change(|it| it["buckets"]["elsewhere"] = good());
        world.run(&["snapshot", "--bucket", "data", "--bucket", "elsewhere", "-o", "both.json"])
    };
    assert_eq!(code, 0, "{text}");
    let text = world.report(&["--live", "both.json"]);
    assert!(!text.contains("replication, which is on"), "{text}");
}
