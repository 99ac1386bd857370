//! `restore.sh`, `rollback.sh` and `verify.sh`: the same steps with the same care, where only bash, the CLI and python3 are.

use std::fs;
use std::process::Command;

use serde_json::json;

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
