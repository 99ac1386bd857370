//! `restore.sh`, `rollback.sh` and `verify.sh`: the same steps with the same care, where only bash, the CLI and python3 are.

use std::fs;
use std::process::Command;

use serde_json::{Value as Json, json};

use super::world::{bad, good, planned, policy};

fn lacks(program: &str) -> bool {
    let missing = Command::new(program).arg("--version").output().is_err();
    if missing {
        println!("skipped: no {program}");
    }
    missing
}

#[test]
fn scripts_do_the_same() {
    if lacks("python3") {
        return;
    }
    let world = planned("scripts");
    let apply = [("APPLY", "1")];
    // Without a word for it nothing is done, and verify.sh says so.
    assert_eq!(world.script("plan/restore.sh", &[]).0, 0);
    let (code, text) = world.script("plan/verify.sh", &[]);
    assert!(code == 1 && text.contains("as it was when the plan was made"), "{text}");
    assert_eq!(world.puts(), Vec::<String>::new());
    let (code, text) = world.script("plan/restore.sh", &apply);
    assert_eq!(code, 0, "{text}");
    let now = world.state()["buckets"]["data"].clone();
    assert_eq!(now["bucket-ownership-controls"], good()["bucket-ownership-controls"]);
    assert_eq!(world.script("plan/verify.sh", &[]).0, 0);
    // A second run, and the program itself, find everything done.
    world.faults(json!([]));
    assert_eq!(world.script("plan/restore.sh", &apply).0, 0);
    assert_eq!(world.apply("plan").0, 0);
    assert_eq!(world.puts(), Vec::<String>::new());
    // The way back must be meant.
    assert_eq!(world.script("plan/rollback.sh", &apply).0, 2);
    let (code, text) = world.script("plan/rollback.sh", &[("APPLY", "1"), ("ALLOW_LOOSEN", "1")]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(world.state()["buckets"]["data"]["bucket-policy"], bad()["bucket-policy"]);
    world.faults(json!([]));
    assert_eq!(world.script("plan/rollback.sh", &[("APPLY", "1"), ("ALLOW_LOOSEN", "1")]).0, 0);
    assert_eq!(world.puts(), Vec::<String>::new(), "what was taken back is not taken back again");
}

#[test]
fn scripts_stop_where_the_bucket_moved() {
    if lacks("python3") {
        return;
    }
    let world = planned("scripts-moved");
    let other = policy(
        json!([{ "Effect": "Allow", "Principal": { "AWS": "555566667777" }, "Action": "s3:*", "Resource": "arn:aws:s3:::data/*" }]),
    );
    world.faults(json!([{ "command": "put-public-access-block", "do": format!("tamper:bucket-policy:{other}") }]));
    let (code, text) = world.script("plan/restore.sh", &[("APPLY", "1")]);
    assert!(code == 4 && text.contains("neither as it was"), "{text}");
    assert_eq!(world.state()["buckets"]["data"]["bucket-policy"], other);
    // What cannot be read is not overwritten; what fails is told; what passes is asked again.
    world.spoil();
    world.faults(json!([{ "command": "get-bucket-policy", "do": "fail:AccessDenied" }]));
    let (code, text) = world.script("plan/restore.sh", &[("APPLY", "1")]);
    assert!(code == 5 && text.contains("cannot be read: AccessDenied"), "{text}");
    world.faults(json!([{ "command": "put-bucket-policy", "do": "fail:MalformedPolicy" }]));
    assert_eq!(world.script("plan/restore.sh", &[("APPLY", "1")]).0, 5);
    world.faults(json!([{ "command": "put-bucket-policy", "do": "fail:OperationAborted" }]));
    let (code, text) = world.script("plan/restore.sh", &[("APPLY", "1")]);
    assert_eq!(code, 0, "{text}");
    // A file that was changed since is not sent.
    fs::write(world.0.join("plan/desired/policy.json"), "{}").unwrap();
    assert_ne!(world.script("plan/restore.sh", &[("APPLY", "1")]).0, 0);
    assert!(!world.0.join("plan/apply.lock").exists());
}

#[test]
fn scripts_are_clean() {
    let world = planned("scripts-clean");
    let (code, collector) = world.run(&["snapshot", "--print-script"]);
    assert_eq!(code, 0);
    fs::write(world.0.join("collect.sh"), collector).unwrap();
    for name in ["plan/restore.sh", "plan/rollback.sh", "plan/verify.sh", "collect.sh"] {
        let output = Command::new("bash").arg("-n").arg(world.0.join(name)).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        if !lacks("shellcheck") {
            let output = Command::new("shellcheck").arg(world.0.join(name)).output().unwrap();
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stdout));
        }
    }
}

/// check.py has the spelling of features a second time: both must say the same of every document.
#[test]
fn check_py_spells_as_the_program_does() {
    if lacks("python3") {
        return;
    }
    let world = planned("spelling");
    let (fine, spoilt) = super::matrix::everything();
    let names = [
        ("public-access-block", "public_access_block"),
        ("bucket-policy", "policy"),
        ("bucket-acl", "acl"),
        ("bucket-ownership-controls", "ownership"),
        ("bucket-versioning", "versioning"),
        ("bucket-encryption", "encryption"),
        ("bucket-logging", "logging"),
        ("bucket-lifecycle-configuration", "lifecycle"),
        ("bucket-replication", "replication"),
        ("bucket-cors", "cors"),
        ("bucket-website", "website"),
        ("bucket-notification-configuration", "notification"),
        ("bucket-accelerate-configuration", "acceleration"),
        ("bucket-request-payment", "request_payment"),
        ("bucket-tagging", "tags"),
    ];
    let mut documents: Vec<(&str, Json)> = Vec::new();
    for (feature, name) in names {
        documents.extend([&fine, &spoilt].iter().filter_map(|it| Some((name, it.get(feature)?.clone()))));
        documents.push((name, Json::Null));
        documents.push((name, json!({})));
    }
    let spoken = |it: Json| ("policy", policy(it));
    documents.extend([
        spoken(json!({ "Effect": "Deny", "NotPrincipal": { "AWS": ["*", "123456789012"] }, "NotAction": ["S3:Get*", "s3:GetObject"],
            "Resource": ["arn:aws:s3:::data/*", "arn:aws:s3:::data/a"] })),
        spoken(json!([
            { "Sid": "é\u{7f}", "Effect": "Allow", "Principal": { "AWS": "*", "Service": ["b", "a"] }, "Action": "s3:*", "Resource": "arn:aws:s3:::data/?*",
              "Condition": { "Bool": { "AWS:SecureTransport": true }, "NumericLessThan": { "s3:max-keys": [10, 2] } } },
            { "Effect": "Allow", "Principal": { "Service": ["a", "b"], "AWS": ["*"] }, "Action": ["S3:*"], "Resource": ["arn:aws:s3:::data/?*"],
              "Condition": { "NumericLessThan": { "S3:max-keys": ["2", "10"] }, "Bool": { "aws:SecureTransport": "true" } } },
        ])),
        ("policy", json!({ "Policy": "no json" })),
        ("lifecycle", json!({ "TransitionDefaultMinimumObjectSize": "varies_by_storage_class", "Rules": [
            { "ID": "b", "Status": "Enabled", "Filter": { "Prefix": "" }, "Expiration": { "Days": 2 } },
        ]})),
        ("lifecycle", json!({ "TransitionDefaultMinimumObjectSize": "all_storage_classes_128K", "Rules": [] })),
        ("lifecycle", json!({ "Rules": [
            { "ID": "x", "Status": "Enabled", "Prefix": "logs/", "Expiration": { "Date": "2027-01-01T01:00:00+01:00", "ExpiredObjectDeleteMarker": false } },
            { "Status": "Enabled", "Filter": { "Prefix": "a" }, "Prefix": "b", "Expiration": { "Days": 0, "ExpiredObjectDeleteMarker": true },
              "Transitions": [{ "Date": "2027-01-01T00:00:00.000Z", "StorageClass": "GLACIER" }] },
        ]})),
        ("notification", json!({ "EventBridgeConfiguration": {}, "LambdaFunctionConfigurations": [
            { "Id": "b", "LambdaFunctionArn": "f", "Events": ["b", "a"], "Filter": { "Key": { "FilterRules": [{ "Name": "Suffix", "Value": "x" }, { "Name": "Prefix", "Value": "y" }] } } },
            { "Id": "a", "LambdaFunctionArn": "e", "Events": [] },
        ]})),
        ("acl", json!({ "Grants": [{ "Grantee": { "ID": "x" }, "Permission": "FULL_CONTROL" }, { "Grantee": { "EmailAddress": "a@b" }, "Permission": "READ" }, { "Permission": "WRITE" }] })),
        ("encryption", json!({ "ServerSideEncryptionConfiguration": { "Rules": [{ "BlockedEncryptionTypes": { "EncryptionType": ["SSE-C", "NONE"] } }] } })),
        ("logging", json!({ "LoggingEnabled": { "TargetBucket": "b", "TargetGrants": [] } })),
        ("object_lock", json!({ "ObjectLockConfiguration": { "ObjectLockEnabled": "Enabled", "Rule": { "DefaultRetention": { "Mode": "GOVERNANCE", "Days": 1 } } } })),
    ]);
    fs::write(world.0.join("documents.json"), json!(documents).to_string()).unwrap();
    let output = Command::new("python3")
        .args(["-I", "plan/check.py", "canonical", "documents.json"])
        .current_dir(&world.0)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs: Vec<Json> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(theirs.len(), documents.len());
    for ((feature, document), theirs) in documents.iter().zip(theirs) {
        let ours = bucketlint::incident::diff::canonical(feature, Some(document).filter(|it| !it.is_null()));
        assert_eq!(theirs, ours, "{feature} {document}");
    }
}
