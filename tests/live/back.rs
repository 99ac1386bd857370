//! The way back: what is asked before its first call, its order, and what is noted.

use std::fs;

use serde_json::{Value as Json, json};

use super::world::{World, bad, planned, policy};

const MEANT: [(&str, &str); 2] = [("APPLY", "1"), ("ALLOW_LOOSEN", "1")];

fn rollback(world: &World, plan: &str) -> (i32, String) {
    world.run(&["restore", "--rollback", plan, "--yes", "--allow-loosen", "--plan-hash", &world.hash(plan)])
}

fn block(on: [bool; 4]) -> Json {
    let [acls, ignore, policy, restrict] = on;
    json!({ "PublicAccessBlockConfiguration": {
        "BlockPublicAcls": acls, "IgnorePublicAcls": ignore, "BlockPublicPolicy": policy, "RestrictPublicBuckets": restrict,
    }})
}

/// A world whose bucket should be `good` and is `bad`, with a plan.
fn between(name: &str, good: &Json, bad: &Json) -> World {
    let world = World::new(name, good.clone());
    world.change(|it| it["points"] = json!({}));
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "good.json"]).0, 0);
    world.change(|it| it["buckets"]["data"] = bad.clone());
    let (code, text) =
        world.run(&["restore", "--desired", "good.json", "--bucket", "data", "--allow-loosen", "-o", "plan"]);
    assert_eq!(code, 0, "{text}");
    world
}

/// One step turns settings of Block Public Access off and others on: the way back has an order all the same, and it is found.
#[test]
fn a_block_that_opens_and_closes() {
    let public =
        json!([{ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*" }]);
    let app = json!([{ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::123456789012:role/app" }, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*" }]);
    let mut was = bad();
    was["public-access-block"] = block([false, true, false, false]);
    was["bucket-policy"] = policy(public);
    let mut good = was.clone();
    good["public-access-block"] = block([false, false, true, true]);
    good["bucket-policy"] = policy(app);
    for by_script in [false, true] {
        let world = between(if by_script { "mixed-script" } else { "mixed" }, &good, &was);
        assert_eq!(world.apply("plan").0, 0);
        let (code, text) = if by_script { world.script("plan/rollback.sh", &MEANT) } else { rollback(&world, "plan") };
        assert_eq!(code, 0, "{text}");
        assert_eq!(world.state()["buckets"]["data"]["bucket-policy"], was["bucket-policy"]);
        assert_eq!(world.state()["buckets"]["data"]["public-access-block"], was["public-access-block"]);
    }
}

/// What was public before Block Public Access was turned on cannot come back while it is: that is told with the plan, and again before
/// the first call; nothing is taken back half.
#[test]
fn no_order_leads_back() {
    let world = planned("no-way-back");
    world.change(|it| it["points"] = json!({}));
    assert_eq!(world.run(&["contain", "--bucket", "data", "--no-tag", "-o", "contained"]).0, 0);
    assert_eq!(world.apply("contained").0, 0);
    let (code, text) = world.run(&["restore", "--desired", "good.json", "--bucket", "data", "-o", "after"]);
    assert!(code == 0 && text.contains("cannot be taken back") && text.contains("BlockPublicPolicy"), "{text}");
    assert_eq!(world.apply("after").0, 0);
    world.faults(json!([]));
    for _ in 0..2 {
        let (code, text) = rollback(&world, "after");
        assert!(code == 2 && text.contains("no order takes these steps back"), "{code} {text}");
        let (code, text) = world.script("after/rollback.sh", &MEANT);
        assert!(code == 2 && text.contains("no order takes these steps back"), "{code} {text}");
    }
    // Containment was followed by another plan: ACLs are off now.
    let (code, text) = rollback(&world, "contained");
    assert!(code == 2 && text.contains("BucketOwnerEnforced"), "{code} {text}");
    assert_eq!(world.puts(), Vec::<String>::new());
}

/// Someone changed one of the features since: nothing is called, not even for the others.
#[test]
fn nothing_is_taken_back_of_a_bucket_that_moved() {
    let world = planned("moved-since");
    assert_eq!(world.apply("plan").0, 0);
    let other = policy(
        json!([{ "Effect": "Allow", "Principal": { "AWS": "555566667777" }, "Action": "s3:*", "Resource": "arn:aws:s3:::data/*" }]),
    );
    world.change(|it| {
        it["buckets"]["data"]["bucket-policy"] = other.clone();
        it["calls"] = json!([]);
    });
    for (code, text) in [rollback(&world, "plan"), world.script("plan/rollback.sh", &MEANT)] {
        assert!(code == 4 && text.contains("neither as") && text.contains("nothing was changed"), "{code} {text}");
    }
    assert_eq!(world.puts(), Vec::<String>::new());
}

/// The script refuses where the program does, and notes of no step that it was taken back which nobody took.
#[test]
fn the_script_keeps_to_the_journal() {
    let world = planned("script-journal");
    assert_eq!(world.apply("plan").0, 0);
    let journal = world.0.join("plan/journal.jsonl");
    fs::remove_file(&journal).unwrap();
    world.faults(json!([]));
    let (code, text) = world.script("plan/rollback.sh", &MEANT);
    assert!(code == 2 && text.contains("there is no journal"), "{code} {text}");
    assert!(!journal.exists() && world.puts().is_empty());
    // Stopped at its third step: two are taken back.
    let world = planned("script-part");
    world.faults(json!([{ "command": "put-bucket-acl", "do": "fail:AccessDenied" }]));
    assert_eq!(world.apply("plan").0, 5);
    let (code, text) = world.script("plan/rollback.sh", &MEANT);
    assert_eq!(code, 0, "{text}");
    let text = fs::read_to_string(world.0.join("plan/journal.jsonl")).unwrap();
    let lines = text.lines().map(|it| serde_json::from_str::<Json>(it).unwrap());
    let mut undone: Vec<String> =
        lines.filter(|it| it["event"] == "undone").map(|it| it["step"].as_str().unwrap().to_owned()).collect();
    undone.sort();
    assert_eq!(undone, ["S1", "S2", "S3"], "{text}");
    assert_eq!(world.state()["buckets"]["data"]["bucket-policy"], bad()["bucket-policy"]);
}

/// A run that was cut off left half a line: the next one begins its own, and is not lost with it.
#[test]
fn half_a_line_of_the_journal() {
    for by_script in [false, true] {
        let world = planned(if by_script { "torn-script" } else { "torn" });
        let journal = world.0.join("plan/journal.jsonl");
        fs::write(&journal, "{\"at\":\"x\",\"step\":\"S9\",\"ev").unwrap();
        let (code, text) = if by_script { world.script("plan/restore.sh", &MEANT) } else { world.apply("plan") };
        assert_eq!(code, 0, "{text}");
        let text = fs::read_to_string(&journal).unwrap();
        assert!(text.lines().skip(1).all(|it| serde_json::from_str::<Json>(it).is_ok()), "{text}");
        assert_eq!(rollback(&world, "plan").0, 0);
        assert_eq!(world.state()["buckets"]["data"]["public-access-block"], Json::Null);
    }
}

/// The lock of a run that was killed is taken over by the script too; that of one that lives, or of another machine, is not.
#[test]
fn the_script_takes_a_lock_over() {
    let world = planned("script-lock");
    let Ok(host) = fs::read_to_string("/proc/sys/kernel/hostname") else { return };
    let lock = world.0.join("plan/apply.lock");
    let of = |pid: u32, host: &str| json!({ "pid": pid, "host": host, "since": "x" }).to_string();
    for held in [of(1, host.trim()), of(u32::MAX, "another-machine"), "{".to_owned()] {
        fs::write(&lock, &held).unwrap();
        let (code, text) = world.script("plan/restore.sh", &MEANT);
        assert!(code == 2 && text.contains("is being run already"), "{code} {text}");
        assert_eq!(fs::read_to_string(&lock).unwrap(), held);
    }
    fs::write(&lock, of(u32::MAX, host.trim())).unwrap();
    let (code, text) = world.script("plan/restore.sh", &MEANT);
    assert_eq!(code, 0, "{text}");
    assert!(!lock.exists());
}
