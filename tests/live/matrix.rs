//! Every kind of step there is, and everything that may go wrong with each: nothing is lost, the image of before stays, a second
//! run converges, a third makes no call that changes anything.

use std::fs;

use serde_json::{Value as Json, json};

use super::world::{World, acl, bad, good, points, policy};

/// A bucket with every feature set, and one of which an attacker changed each.
pub fn everything() -> (Json, Json) {
    let (mut fine, mut spoilt) = (good(), bad());
    let sets = [
        (
            "bucket-encryption",
            json!({ "ServerSideEncryptionConfiguration": { "Rules": [{
                "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "arn:aws:kms:us-east-1:123456789012:key/k" },
                "BucketKeyEnabled": true,
            }] } }),
            json!({ "ServerSideEncryptionConfiguration": { "Rules": [{
                "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" }, "BucketKeyEnabled": false,
            }] } }),
        ),
        (
            "bucket-logging",
            json!({ "LoggingEnabled": { "TargetBucket": "logs", "TargetPrefix": "data/" } }),
            json!({ "LoggingEnabled": { "TargetBucket": "elsewhere", "TargetPrefix": "" } }),
        ),
        (
            "bucket-lifecycle-configuration",
            json!({ "TransitionDefaultMinimumObjectSize": "all_storage_classes_128K", "Rules": [
                { "ID": "archive", "Status": "Enabled", "Filter": { "Prefix": "old/" }, "Transitions": [{ "Days": 30, "StorageClass": "GLACIER" }] },
            ]}),
            json!({ "Rules": [{ "ID": "nuke", "Status": "Enabled", "Filter": { "Prefix": "" }, "Expiration": { "Days": 1 } }] }),
        ),
        (
            "bucket-cors",
            json!({ "CORSRules": [{ "AllowedMethods": ["GET"], "AllowedOrigins": ["https://app.example"] }] }),
            json!({ "CORSRules": [{ "AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["*"] }] }),
        ),
        (
            "bucket-website",
            json!({ "IndexDocument": { "Suffix": "index.html" } }),
            json!({ "RedirectAllRequestsTo": { "HostName": "evil.example" } }),
        ),
        (
            "bucket-notification-configuration",
            json!({ "QueueConfigurations": [{ "Id": "q", "QueueArn": "arn:aws:sqs:us-east-1:123456789012:q", "Events": ["s3:ObjectCreated:*"] }] }),
            json!({ "TopicConfigurations": [{ "Id": "t", "TopicArn": "arn:aws:sns:us-east-1:999988887777:t", "Events": ["s3:ObjectCreated:*"] }] }),
        ),
        ("bucket-accelerate-configuration", json!({ "Status": "Enabled" }), json!({ "Status": "Suspended" })),
        ("bucket-request-payment", json!({ "Payer": "Requester" }), json!({ "Payer": "BucketOwner" })),
        (
            "bucket-tagging",
            json!({ "TagSet": [{ "Key": "app", "Value": "exports" }] }),
            json!({ "TagSet": [{ "Key": "app", "Value": "x" }] }),
        ),
    ];
    for (feature, wanted, found) in sets {
        fine[feature] = wanted;
        spoilt[feature] = found;
    }
    fine["bucket-replication"] = json!({ "ReplicationConfiguration": { "Role": "arn:aws:iam::123456789012:role/r", "Rules": [
        { "ID": "r", "Status": "Enabled", "Priority": 1, "Filter": {}, "DeleteMarkerReplication": { "Status": "Disabled" },
          "Destination": { "Bucket": "arn:aws:s3:::backup" } },
    ]}});
    fine["bucket-acl"] = acl(false);
    (fine, spoilt)
}

struct Case {
    world: World,
    spoilt: Json,
    steps: Vec<Json>,
}

impl Case {
    fn new(name: &str) -> Self {
        let (fine, spoilt) = everything();
        let world = World::new(name, fine);
        assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "good.json"]).0, 0);
        let out = Self { world, spoilt, steps: Vec::new() };
        out.spoil();
        let (code, text) = out.world.run(&[
            "restore",
            "--desired",
            "good.json",
            "--bucket",
            "data",
            "--allow-loosen",
            "--include-account",
            "-o",
            "plan",
        ]);
        assert_eq!(code, 0, "{text}");
        let steps = out.world.json("plan/plan.json")["steps"].as_array().unwrap().clone();
        Self { steps, ..out }
    }

    fn spoil(&self) {
        self.world.change(|it| {
            it["buckets"]["data"] = self.spoilt.clone();
            it["points"] = points(true);
            it["account_block"] = Json::Null;
        });
        let _ = fs::remove_file(self.world.0.join("plan/journal.jsonl"));
    }

    /// A second run converges, a third has nothing to do, and what was saved is what it was.
    fn converges(&self, case: &str, before: &[u8]) {
        let (code, text) = self.world.apply("plan");
        assert_eq!(code, 0, "{case}: {text}");
        self.world.faults(json!([]));
        assert_eq!((self.world.apply("plan").0, self.world.puts()), (0, Vec::new()), "{case}");
        assert_eq!(fs::read(self.world.0.join("plan/before/snapshot.json")).unwrap(), before, "{case}");
        assert!(!self.world.0.join("plan/apply.lock").exists(), "{case}");
    }

    fn each(&self, fault: &str) {
        let before = fs::read(self.world.0.join("plan/before/snapshot.json")).unwrap();
        for step in &self.steps {
            let command = step["command"][1].as_str().unwrap();
            let case = format!("{} {fault}", step["feature"]);
            self.spoil();
            self.world.faults(json!([{ "service": step["command"][0], "command": command, "do": fault }]));
            let (code, text) = self.world.apply("plan");
            assert_eq!(code, 5, "{case}: {text}");
            self.converges(&case, &before);
        }
    }
}

#[test]
fn every_kind_of_step_is_here() {
    let case = Case::new("kinds");
    let mut found: Vec<&str> = case.steps.iter().map(|it| it["feature"].as_str().unwrap()).collect();
    found.sort_unstable();
    let expected = [
        "acceleration",
        "access_point_policy.exports-ap",
        "account_public_access_block",
        "acl",
        "cors",
        "encryption",
        "lifecycle",
        "logging",
        "notification",
        "ownership",
        "policy",
        "public_access_block",
        "replication",
        "request_payment",
        "tags",
        "versioning",
        "website",
    ];
    assert_eq!(found, expected);
    // Forth, and back to the letter: but what was never set cannot be unset everywhere.
    let (code, text) = case.world.apply("plan");
    assert_eq!(code, 0, "{text}");
    case.world.run(&["snapshot", "--bucket", "data", "-o", "after.json"]);
    let (code, text) = case.world.run(&["diff", "good.json", "after.json", "--fail-on", "any", "--bucket", "data"]);
    assert!(code == 1 && text.contains("1 bucket compared: 1 the same"), "only the account differs: {text}");
    let hash = case.world.hash("plan");
    let (code, text) =
        case.world.run(&["restore", "--rollback", "plan", "--yes", "--plan-hash", &hash, "--allow-loosen"]);
    assert_eq!(code, 0, "{text}");
    let state = case.world.state();
    assert_eq!(state["buckets"]["data"], case.spoilt);
    assert_eq!(state["points"], points(true));
}

#[test]
fn a_step_fails() {
    Case::new("m-fail").each("fail:AccessDenied");
}

#[test]
fn the_program_dies_after_a_call() {
    Case::new("m-after").each("crash-after");
}

/// While a step is done, somebody changes what the next one is about: that stays, and is told.
#[test]
fn somebody_else_is_at_work() {
    let case = Case::new("m-tamper");
    let before = fs::read(case.world.0.join("plan/before/snapshot.json")).unwrap();
    let foreign = json!({ "Effect": "Allow", "Principal": { "AWS": "555566667777" }, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*" });
    let mut seen = 0;
    for pair in case.steps.windows(2) {
        let next = pair[1]["feature"].as_str().unwrap();
        let (key, other) = match next {
            "policy" => ("bucket-policy", policy(json!([foreign]))),
            "acl" => (
                "bucket-acl",
                json!({ "Owner": acl(false)["Owner"], "Grants": [
                    { "Grantee": { "Type": "CanonicalUser", "ID": "somebody" }, "Permission": "WRITE" },
                ]}),
            ),
            "lifecycle" => (
                "bucket-lifecycle-configuration",
                json!({ "Rules": [{ "ID": "x", "Status": "Enabled", "Filter": {}, "Expiration": { "Days": 7 } }] }),
            ),
            "replication" => {
                ("bucket-replication", json!({ "ReplicationConfiguration": { "Role": "r", "Rules": [] } }))
            }
            "encryption" => (
                "bucket-encryption",
                json!({ "ServerSideEncryptionConfiguration": { "Rules": [{ "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "aws:kms:dsse" } }] } }),
            ),
            "logging" => ("bucket-logging", json!({})),
            "cors" => (
                "bucket-cors",
                json!({ "CORSRules": [{ "AllowedMethods": ["PUT"], "AllowedOrigins": ["https://x"] }] }),
            ),
            "website" => ("bucket-website", json!({ "IndexDocument": { "Suffix": "x.html" } })),
            "notification" => ("bucket-notification-configuration", json!({ "EventBridgeConfiguration": {} })),
            "tags" => ("bucket-tagging", json!({ "TagSet": [{ "Key": "app", "Value": "y" }] })),
            "access_point_policy.exports-ap" => ("access-point-policy.exports-ap", Json::Null),
            _ => continue,
        };
        seen += 1;
        case.spoil();
        let command = pair[0]["command"][1].as_str().unwrap();
        case.world.faults(
            json!([{ "service": pair[0]["command"][0], "command": command, "do": format!("tamper:{key}:{other}") }]),
        );
        let (code, text) = case.world.apply("plan");
        assert_eq!(code, 4, "{next}: {text}");
        let state = case.world.state();
        let now = match key.strip_prefix("access-point-policy.") {
            Some(name) => state["points"][name]["policy"].clone(),
            None => state["buckets"]["data"][key].clone(),
        };
        assert_eq!(now, other, "{next}: what somebody put there stays");
        // Once that is gone, the same plan goes on.
        case.world.change(|it| {
            it["points"] = points(true);
            match case.spoilt.get(key) {
                Some(was) => it["buckets"]["data"][key] = was.clone(),
                None => drop(it["buckets"]["data"].as_object_mut().unwrap().shift_remove(key)),
            }
        });
        case.converges(next, &before);
    }
    assert!(8 <= seen, "{seen}");
}

/// Every call is refused twice for a reason that passes: 409, then throttling.
#[test]
fn what_passes_is_asked_again() {
    let case = Case::new("m-again");
    let before = fs::read(case.world.0.join("plan/before/snapshot.json")).unwrap();
    for code in ["OperationAborted", "SlowDown"] {
        case.spoil();
        let faults = case.steps.iter().map(|it| {
            json!({ "service": it["command"][0], "command": it["command"][1], "do": format!("fail:{code}"), "times": 2 })
        });
        case.world.faults(faults.collect());
        case.converges(code, &before);
    }
}

/// Two runs of one plan: the second is told who is at work, and changes nothing.
#[test]
fn one_run_at_a_time() {
    let case = Case::new("m-lock");
    let lock = case.world.0.join("plan/apply.lock");
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_else(|_| "elsewhere".to_owned());
    fs::write(&lock, json!({ "pid": 1, "host": host.trim(), "since": "2026-11-20T17:42:11Z" }).to_string()).unwrap();
    case.world.faults(json!([]));
    let (code, text) = case.world.apply("plan");
    assert!(code == 2 && text.contains("is being run already") && text.contains("process 1"), "{text}");
    let (code, text) = case.world.script("plan/restore.sh", &[("APPLY", "1")]);
    assert!(code == 2 && text.contains("is being run already"), "{text}");
    assert!(case.world.puts().is_empty() && lock.exists());
    // One that a killed run left is taken over, where the system can tell that the process is gone.
    if host != "elsewhere" {
        fs::write(&lock, json!({ "pid": u32::MAX, "host": host.trim(), "since": "2026-11-20T17:42:11Z" }).to_string())
            .unwrap();
        let (code, text) = case.world.apply("plan");
        assert_eq!(code, 0, "{text}");
    }
}
