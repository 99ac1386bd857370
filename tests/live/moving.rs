//! A plan that is run while someone else is at work, or by nobody who is signed in.

use std::fs;
use std::process::Command;

use serde_json::{Value as Json, json};

use super::world::{World, good, planned, policy};

fn off() -> Json {
    json!({ "PublicAccessBlockConfiguration": {
        "BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false, "RestrictPublicBuckets": false,
    }})
}

/// What an earlier step set is changed back while a later one runs: that is no success.
#[test]
fn an_earlier_setting_that_changes_again() {
    let world = planned("again");
    let tampering =
        json!([{ "command": "put-bucket-versioning", "do": format!("tamper:public-access-block:{}", off()) }]);
    world.faults(tampering.clone());
    let (code, text) = world.apply("plan");
    assert!(code == 4 && text.contains("public_access_block changed after its step"), "{code} {text}");
    assert!(!text.contains("reads back as planned") && text.contains("someone is at work"), "{text}");
    assert!(fs::read_to_string(world.0.join("plan/journal.jsonl")).unwrap().contains("\"changed\""));
    // Run again it does what is left.
    world.faults(json!([]));
    let (code, text) = world.apply("plan");
    assert!(
        code == 0 && text.contains("public_access_block: done") && text.contains("reads back as planned"),
        "{text}"
    );
    // The way back looks again too.
    let on = good()["public-access-block"].clone();
    let closing = json!([{ "command": "put-bucket-versioning", "do": format!("tamper:public-access-block:{on}") }]);
    world.faults(closing.clone());
    let hash = world.hash("plan");
    let (code, text) = world.run(&["restore", "--rollback", "plan", "--yes", "--plan-hash", &hash, "--allow-loosen"]);
    assert!(code == 4 && text.contains("public_access_block changed after its step"), "{code} {text}");
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: no python3");
        return;
    }
    // The script does the same.
    let world = planned("again-script");
    world.faults(tampering);
    let (code, text) = world.script("plan/restore.sh", &[("APPLY", "1")]);
    assert!(code == 4 && text.contains("public_access_block changed after its step"), "{code} {text}");
    world.faults(json!([]));
    let (code, text) = world.script("plan/restore.sh", &[("APPLY", "1")]);
    assert!(code == 0 && text.contains("public_access_block: done"), "{code} {text}");
    world.faults(closing);
    let (code, text) = world.script("plan/rollback.sh", &[("APPLY", "1"), ("ALLOW_LOOSEN", "1")]);
    assert!(code == 4 && text.contains("public_access_block changed after its step"), "{code} {text}");
}

/// Nobody is signed in: nothing was begun, so that it is no plan that stopped part-way.
#[test]
fn nobody_is_signed_in() {
    let every = |fault: &str| {
        let commands = ["get-public-access-block", "get-bucket-policy", "get-bucket-acl"];
        json!(commands.map(|it| json!({ "command": it, "times": 99, "do": fault })))
    };
    let world = planned("signed-out");
    for fault in ["usage", "fail:ExpiredToken", "fail:InvalidAccessKeyId"] {
        world.faults(every(fault));
        let (code, text) = world.apply("plan");
        assert!(code == 2 && text.contains("nothing was changed by this run"), "{fault}: {code} {text}");
        if Command::new("python3").arg("--version").output().is_ok() {
            let (code, text) = world.script("plan/restore.sh", &[("APPLY", "1")]);
            assert!(code == 2 && text.contains("nothing was changed by this run"), "{fault}: {code} {text}");
        }
        assert_eq!(world.puts(), Vec::<String>::new());
        assert!(!world.0.join("plan/apply.lock").exists());
    }
    // What AWS refuses, and what happens after a step, stops part-way as ever.
    world.faults(every("fail:AccessDenied"));
    assert_eq!(world.apply("plan").0, 5);
    world.faults(json!([{ "command": "get-bucket-policy", "times": 99, "do": "fail:ExpiredToken" }]));
    let (code, text) = world.apply("plan");
    assert!(code == 5 && text.contains("ExpiredToken"), "{code} {text}");
}

/// A script is of its own plan: neither another's files nor a manifest that was written anew are taken.
#[test]
fn scripts_hold_to_their_own_plan() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: no python3");
        return;
    }
    let world = planned("own-plan");
    let (code, text) =
        world.run(&["restore", "--desired", "good.json", "--bucket", "data", "-o", "other", "--only", "policy"]);
    assert_eq!(code, 0, "{text}");
    for name in ["restore.sh", "rollback.sh", "verify.sh"] {
        let own = fs::read(world.0.join("plan").join(name)).unwrap();
        fs::write(world.0.join("other").join(name), own).unwrap();
        let (code, text) = world.script(&format!("other/{name}"), &[("APPLY", "1"), ("ALLOW_LOOSEN", "1")]);
        assert!(code == 2 && text.contains("not that of the plan"), "{name}: {code} {text}");
    }
    // A file that is changed together with the manifest.
    let open =
        policy(json!([{ "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::data/*" }]));
    let path = world.0.join("plan/desired/policy.json");
    fs::write(&path, open["Policy"].as_str().unwrap()).unwrap();
    let (code, text) = world.script("plan/restore.sh", &[("APPLY", "1")]);
    assert!(code == 2 && text.contains("not what was written"), "{code} {text}");
    let sum = Command::new("sha256sum").arg("desired/policy.json").current_dir(world.0.join("plan")).output();
    if let Ok(sum) = sum {
        let line = String::from_utf8(sum.stdout).unwrap();
        let manifest = world.0.join("plan/manifest.sha256");
        let lines: Vec<String> = fs::read_to_string(&manifest)
            .unwrap()
            .lines()
            .map(|it| if it.ends_with("  desired/policy.json") { line.trim().to_owned() } else { it.to_owned() })
            .collect();
        fs::write(&manifest, lines.join("\n") + "\n").unwrap();
        let (code, text) = world.script("plan/restore.sh", &[("APPLY", "1")]);
        assert!(code == 2 && text.contains("not that of the plan"), "{code} {text}");
    }
    assert_eq!(world.puts(), Vec::<String>::new());
}

/// Whatever a plan sends, S3 takes it: a public ACL is refused before, not by the call.
#[test]
fn a_public_acl_under_block_public_acls() {
    let mut wanted = good();
    wanted["bucket-ownership-controls"]["OwnershipControls"]["Rules"][0]["ObjectOwnership"] = json!("ObjectWriter");
    let mut live = wanted.clone();
    wanted["bucket-acl"] = super::world::acl(true);
    live["bucket-acl"] = super::world::acl(false);
    let world = World::new("public-acl", wanted);
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "want.json"]).0, 0);
    world.change(|it| it["buckets"]["data"] = live.clone());
    let (code, text) =
        world.run(&["restore", "--desired", "want.json", "--bucket", "data", "-o", "plan", "--allow-loosen"]);
    assert!(code == 2 && text.contains("BlockPublicAcls of the bucket is on: S3 refuses it"), "{code} {text}");
    assert!(!world.0.join("plan").exists());
}
