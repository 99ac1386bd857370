//! `snapshot`, `diff`, `restore` and `contain` end to end, against a strict stand-in for the `aws` CLI (`tests/fake_aws`).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "test helpers")]

mod back;
mod comparing;
mod contradicted;
mod doors;
mod input;
mod last_change;
mod left;
mod matrix;
mod moving;
mod ransom;
mod refusing;
mod restoring;
mod scripts;
mod secrets;
mod silence;
mod sources;
mod states;
mod transcript;
mod world;

use std::fs;
use std::process::Command;

use serde_json::{Value as Json, json};
use world::{ACCOUNT, World, bad, good, planned, policy};

#[test]
fn snapshot_of_the_cli() {
    let world = World::new("snapshot", bad());
    let (code, text) = world.run(&["snapshot", "--all", "-o", "snap.json"]);
    assert_eq!(code, 0, "{text}");
    let snap = world.json("snap.json");
    let features = &snap["buckets"]["data"]["features"];
    assert_eq!(features["policy"]["state"], "set");
    assert_eq!(
        features["cors"],
        json!({ "state": "absent", "code": "NoSuchCORSConfiguration", "evidence": "get-bucket-cors" })
    );
    assert_eq!(features["logging"]["state"], "absent");
    assert_eq!(snap["caller"]["account"], ACCOUNT);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(world.0.join("snap.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // A file that exists stays as it is.
    let (code, text) = world.run(&["snapshot", "--all", "-o", "snap.json"]);
    assert_eq!((code, text.contains("exists already")), (2, true), "{text}");
    // `check` reads it, and so does `model`.
    let (code, text) = world.run(&["check", "snap.json"]);
    assert!(code == 1 && text.contains("bucket-policy-public-principal"), "{text}");
    let (_, text) = world.run(&["model", "snap.json"]);
    assert!(text.contains("\"format\": \"snapshot\""), "{text}");
}

#[test]
fn what_is_refused_is_unknown() {
    let world = World::new("refused", good());
    world.faults(json!([
        { "command": "get-bucket-policy", "do": "fail:AccessDenied" },
        { "command": "get-bucket-cors", "do": "fail:SlowDown", "times": 2 },
    ]));
    let (code, text) = world.run(&["snapshot", "--bucket", "data", "-o", "snap.json"]);
    assert_eq!(code, 3, "{text}");
    let snap = world.json("snap.json");
    assert_eq!(snap["buckets"]["data"]["features"]["policy"]["code"], "AccessDenied");
    assert_eq!(snap["buckets"]["data"]["features"]["cors"]["state"], "absent", "throttling is asked again");
    assert_eq!(snap["errors"].as_array().unwrap().len(), 1);
    // Nobody overwrites what nobody could read.
    let (code, text) = world.run(&["restore", "--desired", "snap.json", "--live", "snap.json", "-o", "plan"]);
    assert_eq!(code, 2, "{text}");
    assert!(!world.0.join("plan").exists());
}

/// A call that never ends is unknown, and the others go on.
#[test]
fn a_call_that_hangs() {
    let world = World::new("hangs", good());
    // What it has started holds its pipes open.
    fs::rename(world.0.join("bin/aws"), world.0.join("bin/aws-answers")).unwrap();
    let script = "#!/bin/sh\nif [ \"$2\" = get-bucket-policy ]; then sleep 90; fi\nexec aws-answers \"$@\"\n";
    fs::write(world.0.join("bin/aws"), script).unwrap();
    assert!(std::process::Command::new("chmod").arg("+x").arg(world.0.join("bin/aws")).status().unwrap().success());
    let begin = std::time::Instant::now();
    let (code, text) = world.run(&["snapshot", "--bucket", "data", "--call-timeout", "20", "-o", "live.json"]);
    assert!(code == 3 && text.contains("had not answered after 20 seconds and was ended"), "{code} {text}");
    assert!(begin.elapsed().as_secs() < 85, "{:?}", begin.elapsed());
    let features = &world.json("live.json")["buckets"]["data"]["features"];
    assert_eq!(features["policy"]["state"], "unknown", "{features}");
    assert_eq!(features["versioning"]["state"], "set", "{features}");
}

#[test]
fn no_cli_no_credentials() {
    let world = World::new("none", good());
    world.change(|it| it["caller"] = Json::Null);
    let (code, text) = world.run(&["snapshot", "--all"]);
    assert!(code == 2 && text.contains("credentials"), "{text}");
    let output = Command::new(env!("CARGO_BIN_EXE_bucketlint"))
        .args(["snapshot", "--all"])
        .env("PATH", world.0.join("nothing"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && text.contains("--print-script"), "{text}");
}

#[test]
fn there_and_back() {
    let world = planned("there");
    let (code, text) = world.run(&["diff", "good.json", "plan/before/snapshot.json"]);
    assert!(code == 1 && text.contains("gained read for anyone"), "{text}");
    let (code, text) = world.apply("plan");
    assert_eq!(code, 0, "{text}");
    world.run(&["snapshot", "--bucket", "data", "-o", "after.json"]);
    let (code, text) = world.run(&["diff", "good.json", "after.json", "--fail-on", "any"]);
    // The tag of the other tool was kept.
    assert!(code == 1 && text.contains("tags.other-tool") && !text.contains("+ gained"), "{text}");
    // A second run makes no call that changes anything.
    world.change(|it| it["calls"] = json!([]));
    assert_eq!(world.apply("plan").0, 0);
    assert_eq!(world.puts(), Vec::<String>::new());
    // The way back opens it again: that must be meant.
    let back = |more: &[&str]| {
        let hash = world.hash("plan");
        let args = ["restore", "--rollback", "plan", "--yes", "--plan-hash", &hash];
        world.run(&[args.as_slice(), more].concat())
    };
    assert_eq!(back(&[]).0, 2);
    let (code, text) = back(&["--allow-loosen"]);
    assert_eq!(code, 0, "{text}");
    let now = &world.state()["buckets"]["data"];
    for feature in ["bucket-policy", "bucket-ownership-controls", "bucket-lifecycle-configuration"] {
        assert_eq!(now[feature], bad()[feature], "{feature}");
    }
    assert!(now.get("public-access-block").is_none(), "{now}");
}

#[test]
fn a_bucket_that_moved_is_left() {
    let world = planned("moved");
    let other = policy(
        json!([{ "Effect": "Allow", "Principal": { "AWS": "555566667777" }, "Action": "s3:*", "Resource": "arn:aws:s3:::data/*" }]),
    );
    world.faults(json!([{ "command": "put-public-access-block", "do": format!("tamper:bucket-policy:{other}") }]));
    let (code, text) = world.apply("plan");
    assert_eq!(code, 4, "{text}");
    assert_eq!(world.state()["buckets"]["data"]["bucket-policy"], other, "what someone else put there stays");
    // So is a plan that is not what was reviewed.
    let (code, text) = world.run(&["restore", "--apply", "plan", "--yes", "--plan-hash", "0"]);
    assert!(code == 2 && text.contains("hash"), "{text}");
    fs::write(world.0.join("plan/desired/policy.json"), "{}").unwrap();
    let (code, text) = world.apply("plan");
    assert!(code == 2 && text.contains("not what was written"), "{text}");
}

#[test]
fn plans_ask_first_and_overwrite_nothing() {
    let world = planned("asks");
    let (code, text) = world.run(&["restore", "--apply", "plan"]);
    assert!(code == 2 && text.contains("terminal"), "{text}");
    let (code, text) = world.run(&["restore", "--desired", "good.json", "--bucket", "data", "-o", "plan"]);
    assert!(code == 2 && text.contains("exists already"), "{text}");
    assert_eq!(world.puts(), Vec::<String>::new());
}

#[test]
fn containment_and_the_way_out() {
    for (level, more) in [
        ("bpa", vec![]),
        ("principal", vec!["--deny-principal", "arn:aws:iam::123456789012:user/liza"]),
        ("quarantine", vec!["--except", "arn:aws:iam::123456789012:role/incident-response"]),
    ] {
        let world = World::new(level, bad());
        let args = [&["contain", "--bucket", "data", "--level", level, "-o", "contained"], more.as_slice()].concat();
        let (code, text) = world.run(&args);
        assert_eq!(code, 0, "{text}");
        let (code, text) = world.apply("contained");
        assert_eq!(code, 0, "{level}: {text}");
        world.run(&["snapshot", "--bucket", "data", "-o", "after.json"]);
        let (code, text) = world.run(&["diff", "contained/before/snapshot.json", "after.json"]);
        assert_eq!(code, 0, "{level}: {text}");
        assert!(text.contains("lost"), "{level}: {text}");
        // Out again, to what was there before.
        let (code, text) = world.leave("out");
        assert_eq!(code, 0, "{level}: {text}");
        let (code, text) = world.apply("out");
        assert_eq!(code, 0, "{level}: {text}");
        assert_eq!(world.state()["buckets"]["data"]["bucket-policy"], bad()["bucket-policy"], "{level}");
    }
}

#[test]
fn the_collector_fills_a_folder() {
    let world = World::new("collector", good());
    let (code, script) = world.run(&["snapshot", "--print-script"]);
    assert_eq!(code, 0);
    fs::write(world.0.join("collect.sh"), script).unwrap();
    let path = format!("{}:{}", world.0.join("bin").display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["collect.sh", "saved"])
        .current_dir(&world.0)
        .env("PATH", path)
        .env("FAKE_AWS_STATE", world.0.join("state.json"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    world.run(&["snapshot", "--bucket", "data", "-o", "asked.json"]);
    let (code, text) = world.run(&["diff", "saved", "asked.json", "--fail-on", "any"]);
    assert_eq!(code, 0, "{text}");
    // Access points are regional: each call about them is in the bucket's region.
    let calls = world.state()["calls"].clone();
    let about = calls.as_array().unwrap().iter().filter_map(Json::as_str).filter(|it| it.contains("access-point"));
    assert!(about.clone().count() > 3 && about.clone().all(|it| it.contains("--region us-east-1")), "{calls}");
    // What is refused is no empty list.
    world.faults(json!([{ "command": "list-access-points", "do": "fail:AccessDenied", "times": 9 }]));
    assert_eq!(world.script("collect.sh", &[]).0, 2, "a folder must be said");
    let denied = Command::new("bash")
        .args(["collect.sh", "denied"])
        .current_dir(&world.0)
        .env("PATH", world.path())
        .env("FAKE_AWS_STATE", world.0.join("state.json"))
        .output()
        .unwrap();
    assert!(denied.status.success(), "{}", String::from_utf8_lossy(&denied.stderr));
    let (code, text) = world.run(&["snapshot", "--from", "denied", "-o", "denied.json"]);
    assert!(code == 3 && text.contains("list-access-points answered AccessDenied"), "{code} {text}");
    let (_, text) = world.run(&["check", "denied.json"]);
    assert!(text.contains("access points may be missing"), "{text}");
    let (code, text) = world.run(&["diff", "asked.json", "denied.json"]);
    assert!(code == 3 && text.contains("access_points cannot be compared"), "{code} {text}");
}

/// Who may not list buckets has collected nothing, and hears so.
#[test]
fn the_collector_without_a_list() {
    let world = World::new("collector-list", good());
    let (_, script) = world.run(&["snapshot", "--print-script"]);
    assert!(!script.contains("mapfile"), "bash 3.2, which macOS has, knows none");
    fs::write(world.0.join("collect.sh"), script).unwrap();
    world.faults(json!([{ "command": "list-buckets", "do": "fail:AccessDenied" }]));
    let output = Command::new("bash")
        .args(["collect.sh", "saved"])
        .current_dir(&world.0)
        .env("PATH", world.path())
        .env("FAKE_AWS_STATE", world.0.join("state.json"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(3) && text.contains("cannot be listed"), "{text}");
}

/// Two states of the code are compared like two snapshots; a record that cannot be read is no missing bucket.
#[test]
fn code_against_code() {
    let world = World::new("code", good());
    let bucket = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"data\"\n}\n";
    let policy = "resource \"aws_s3_bucket_policy\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = WHO, Action = \"s3:GetObject\", Resource = \"${aws_s3_bucket.b.arn}/*\" }] })\n}\n";
    for (name, who) in [("old", "{ AWS = \"444455556666\" }"), ("new", "\"*\""), ("open", "var.who")] {
        fs::create_dir_all(world.0.join(name)).unwrap();
        let variable = "variable \"who\" {}\n";
        fs::write(world.0.join(name).join("main.tf"), format!("{bucket}{}{variable}", policy.replace("WHO", who)))
            .unwrap();
    }
    let (code, text) = world.run(&["diff", "old", "new", "--format", "json"]);
    assert_eq!(code, 1, "{text}");
    let found: Json = serde_json::from_str(&text).unwrap();
    let access = &found["buckets"][0]["access"][0];
    assert_eq!(
        (&access["direction"], &access["audience"], &access["certain"]),
        (&json!("gained"), &json!("anonymous"), &json!(true))
    );
    assert!(access["location"]["path"].as_str().unwrap().ends_with("new/main.tf"), "{access}");
    // What a variable leaves open may be gained.
    let (code, text) = world.run(&["diff", "old", "open"]);
    assert!(code == 3 && text.contains("may gain") && text.contains("policy cannot be compared"), "{text}");
    let (code, text) = world.run(&["diff", "old", "open", "--var", "who=*", "--format", "md"]);
    assert!(code == 1 && text.contains("**gained**"), "{text}");
    world.run(&["snapshot", "--bucket", "data", "-o", "a.json"]);
    let text = fs::read_to_string(world.0.join("a.json")).unwrap();
    fs::write(world.0.join("b.json"), text.replacen("\"state\": \"set\"", "\"state\": \"odd\"", 1)).unwrap();
    let (code, text) = world.run(&["diff", "a.json", "b.json"]);
    assert!(code == 3 && text.contains("the record of the bucket data"), "{text}");
}

/// The account's own setting is turned on where that is asked for, and goes back to what it was.
#[test]
fn the_account_too() {
    let world = World::new("account", bad());
    let (code, text) = world.run(&["contain", "--bucket", "data", "--include-account", "-o", "plan"]);
    assert_eq!(code, 0, "{text}");
    let (code, text) = world.apply("plan");
    assert!(code == 0 && text.contains("account_public_access_block: done"), "{text}");
    assert_eq!(world.state()["account_block"]["RestrictPublicBuckets"], true);
    let hash = world.hash("plan");
    let (code, text) = world.run(&["restore", "--rollback", "plan", "--yes", "--plan-hash", &hash, "--allow-loosen"]);
    assert_eq!(code, 0, "{text}");
    assert!(world.state()["account_block"].is_null());
}

/// A trail in which `eve` opens the bucket and `ana` closes it.
fn trail() -> String {
    let record = |id: u32, time: &str, name: &str, who: &str, more: Json| {
        let mut parameters = more;
        parameters["bucketName"] = json!("data");
        json!({
            "eventTime": time, "eventID": id.to_string(), "eventName": name, "recipientAccountId": ACCOUNT,
            "userIdentity": { "arn": format!("arn:aws:iam::123456789012:user/{who}"), "accessKeyId": "AKIAIOSFODNN7EXAMPLE" },
            "sourceIPAddress": "203.0.113.10", "requestParameters": parameters,
        })
    };
    let policy: Json = serde_json::from_str(bad()["bucket-policy"]["Policy"].as_str().unwrap()).unwrap();
    let on =
        json!({ "PublicAccessBlockConfiguration": good()["public-access-block"]["PublicAccessBlockConfiguration"] });
    json!({ "Records": [
        record(4, "2026-11-20T17:42:11Z", "PutBucketPublicAccessBlock", "ana", on),
        record(3, "2026-11-18T02:12:05Z", "PutBucketPolicy", "eve", json!({ "bucketPolicy": policy })),
        record(2, "2026-11-18T02:11:40Z", "DeleteBucketPublicAccessBlock", "eve", json!({})),
    ]})
    .to_string()
}

#[test]
fn timeline_and_report() {
    let world = planned("report");
    fs::write(world.0.join("trail.json"), trail()).unwrap();
    let timeline = |more: &[&str]| world.run(&[&["timeline", "trail.json", "--bucket", "data"], more].concat());
    // Without what was there before, it may have been open before; with it the window is certain.
    assert!(timeline(&[]).1.contains("not known"));
    let (code, text) = timeline(&["--start-state", "good.json"]);
    assert!(code == 1 && text.contains("2 d 15:30:06"), "{text}");
    assert!(text.contains("opened 2026-11-18T02:12:05Z by PutBucketPolicy by user/eve from 203.0.113.10"), "{text}");
    // The state that events leave is one that `restore` takes.
    let (_, text) = timeline(&["--start-state", "good.json", "--state-at", "2026-11-18T02:00:00Z", "-o", "known.json"]);
    let (code, text2) = world.run(&["diff", "good.json", "known.json", "--fail-on", "any"]);
    assert_eq!(code, 0, "{text} {text2}");
    assert_eq!(timeline(&["--verify-since", "2026-11-20T00:00:00Z", "--identity", "eve"]).0, 0);
    // What was collected after the first change is not what was there before it.
    let late =
        fs::read_to_string(world.0.join("good.json")).unwrap().replace("2026-11-01T00:00:00Z", "2026-11-20T00:00:00Z");
    fs::write(world.0.join("late.json"), late).unwrap();
    let (code, text) = timeline(&["--start-state", "late.json"]);
    assert!(code == 2 && text.contains("it is not the bucket before the trail"), "{code} {text}");
    let (code, text) = timeline(&["--start-state", "good.json", "--end-state", "late.json"]);
    assert!(code == 1 && text.contains("it is no end state"), "{code} {text}");
    let late = ["report", "--bucket", "data", "--trail", "trail.json", "--start-state", "late.json", "-o", "late"];
    assert_eq!(world.run(&late).0, 2);
    assert_eq!(timeline(&["--verify-since", "2026-11-20T00:00:00Z"]).0, 1);
    // Something is missing from the trail where it does not lead to what is there.
    let end =
        fs::read_to_string(world.0.join("good.json")).unwrap().replace("2026-11-01T00:00:00Z", "2026-11-21T00:00:00Z");
    fs::write(world.0.join("end.json"), end).unwrap();
    let (_, text) = timeline(&["--start-state", "good.json", "--end-state", "end.json"]);
    assert!(text.contains("an event is missing"), "{text}");
    assert_eq!(world.apply("plan").0, 0);
    let (code, text) = world.run(&[
        "report",
        "--bucket",
        "data",
        "--trail",
        "trail.json",
        "--start-state",
        "good.json",
        "--live",
        "plan/before/snapshot.json",
        "--plan",
        "plan",
        "--noticed",
        "2026-11-20T09:00:00Z",
        "--case",
        "IR-7",
        "-o",
        "incident",
    ]);
    assert_eq!(code, 0, "{text}");
    let report = fs::read_to_string(world.0.join("incident/REPORT.md")).unwrap();
    for expected in [
        "2 d 15:30:06",
        "user/eve",
        "[S1] public_access_block: done",
        "72 hours end 2026-11-23T09:00:00Z",
        "AKIAIOSFODNN7EXAMPLE",
    ] {
        assert!(report.contains(expected), "{expected}: {report}");
    }
    // No claim without an exhibit, but for what the responder says.
    let document = world.json("incident/report.json");
    for section in ["windows", "actors", "actions", "attempts", "escalation", "detection"] {
        for claim in document[section].as_array().unwrap() {
            assert!(!claim["exhibits"].as_array().unwrap().is_empty(), "{claim}");
        }
    }
    assert_eq!(world.run(&["report", "--verify", "incident"]).0, 0);
    let exhibit = document["exhibits"][0]["file"].as_str().unwrap();
    fs::write(world.0.join("incident").join(exhibit), "{}").unwrap();
    let (code, text) = world.run(&["report", "--verify", "incident"]);
    assert!(code == 1 && text.contains("differs"), "{text}");
    // A line of the journal that was cut off is told, not passed over.
    let journal = world.0.join("plan/journal.jsonl");
    let whole = fs::read_to_string(&journal).unwrap();
    fs::write(&journal, format!("{whole}{{\"event\": \"do")).unwrap();
    let (code, text) = world.run(&["report", "--bucket", "data", "--plan", "plan", "-o", "torn"]);
    assert_eq!(code, 0, "{text}");
    let expected = format!("what line {} of the journal of the plan says", whole.lines().count() + 1);
    assert!(world.json("torn/report.json")["unknown"].to_string().contains(&expected), "{expected}");
}

/// Open before the trail, and nothing in it that opened it: a window without its beginning, and the exit code of an open bucket.
#[test]
fn open_before_the_trail() {
    let world = planned("before-the-trail");
    let put = |name: &str, value: Json| fs::write(world.0.join(name), value.to_string()).unwrap();
    let mut failed = serde_json::from_str::<Json>(&trail()).unwrap()["Records"][0].clone();
    failed["errorCode"] = json!("AccessDenied");
    put("failed.json", json!({ "Records": [failed] }));
    put("none.json", json!({ "Records": [] }));
    let start = ["--bucket", "data", "--start-state", "plan/before/snapshot.json"];
    let (code, text) = world.run(&[&["timeline", "failed.json"], start.as_slice()].concat());
    assert!(code == 1 && text.contains("opened before the trail") && !text.contains("no exposure window"), "{text}");
    let (code, text) = world.run(&[&["timeline", "none.json"], start.as_slice()].concat());
    assert!(code == 1 && text.contains("open before the trail") && !text.contains("no exposure window"), "{text}");
    let report = [&["report", "--trail", "failed.json", "-o", "open"], start.as_slice()].concat();
    assert_eq!(world.run(&report).0, 0);
    let document = world.json("open/report.json");
    let item = document["checklist"].as_array().unwrap().iter().find(|it| it["question"] == "How long it was open");
    assert!(item.unwrap()["answer"].is_null(), "{item:?}");
    assert!(document["windows"].to_string().contains("open before the trail"), "{}", document["windows"]);
    assert!(document["unknown"].to_string().contains("since when the bucket was open"));
}

/// Nobody was seen only where something was looked at.
#[test]
fn a_trail_that_shows_nothing_verifies_nothing() {
    let world = planned("verify-since");
    let put = |name: &str, text: &str| fs::write(world.0.join(name), text).unwrap();
    fs::create_dir(world.0.join("empty")).unwrap();
    put("none.json", "{\"Records\": []}");
    put("trail.json", &trail());
    let mut page = serde_json::from_str::<Json>(&trail()).unwrap();
    page["NextToken"] = json!("more");
    put("page.json", &page.to_string());
    put("cut.json", &format!("{}\n{{\"eventT", page["Records"][0]));
    let by = |who: &str, name: &str, since: &str| {
        world.run(&["timeline", name, "--bucket", "data", "--verify-since", since, "--identity", who])
    };
    let verify = |name: &str, since: &str| by("nobody", name, since);
    assert_eq!(by("eve", "trail.json", "2026-11-19T00:00:00Z").0, 0);
    // Who never occurs may be misspelt.
    let (code, text) = verify("trail.json", "2026-11-01T00:00:00Z");
    assert!(code == 3 && text.contains("no event in what was read is by nobody"), "{code} {text}");
    for (name, since, must) in [
        ("empty", "2026-11-01T00:00:00Z", "has no file of a trail"),
        ("none.json", "2026-11-01T00:00:00Z", "no event was read"),
        ("trail.json", "2027-11-01T00:00:00Z", "the trail ends"),
        ("page.json", "2026-11-01T00:00:00Z", "NextToken"),
        ("cut.json", "2026-11-01T00:00:00Z", "line 2 is not JSON"),
    ] {
        let (code, text) = verify(name, since);
        assert!(code == 3 && text.contains(must), "{name}: {code} {text}");
    }
    let (code, text) = world.run(&["timeline", "page.json", "--bucket", "data"]);
    assert!(code != 0 && text.contains("NextToken"), "{text}");
}

/// A report is what was written, no more and no less, and of one bucket.
#[test]
fn reports_are_whole_and_of_one_bucket() {
    let world = planned("whole-report");
    fs::write(world.0.join("trail.json"), trail()).unwrap();
    fs::write(world.0.join("broken.json"), "no JSON").unwrap();
    let (code, text) = world.run(&["report", "--bucket", "other", "--plan", "plan", "-o", "other"]);
    assert!(code == 2 && text.contains("is a plan for the bucket data"), "{text}");
    let report = |trail: &str, to: &str| world.run(&["report", "--bucket", "data", "--trail", trail, "-o", to]);
    assert_eq!(report("broken.json", "broken").0, 0);
    let document = world.json("broken/report.json");
    for section in ["windows", "actors", "indicators", "checklist"] {
        assert!(!document[section].to_string().contains("E1"), "{section}: {}", document[section]);
    }
    assert!(document["unknown"].to_string().contains("is not JSON"), "{}", document["unknown"]);
    assert_eq!(report("trail.json", "incident").0, 0);
    let manifest = world.0.join("incident/manifest.sha256");
    let whole = fs::read_to_string(&manifest).unwrap();
    let verify = || world.run(&["report", "--verify", "incident"]);
    assert_eq!(verify().0, 0);
    for (text, must) in [
        (String::new(), "REPORT.md: manifest.sha256 does not list it"),
        (whole.lines().take(2).map(|it| format!("{it}\n")).collect(), "trail.json: manifest.sha256 does not list it"),
        (format!("{whole}nonsense\n"), "is no hash and a name"),
    ] {
        fs::write(&manifest, &text).unwrap();
        let (code, said) = verify();
        assert!(code == 1 && said.contains(must), "{text:?}: {said}");
    }
    fs::write(&manifest, &whole).unwrap();
    fs::write(world.0.join("incident/evidence/more.json"), "{}").unwrap();
    let (code, text) = verify();
    assert!(code == 1 && text.contains("evidence/more.json: was not written with the report"), "{text}");
    fs::remove_file(world.0.join("incident/evidence/more.json")).unwrap();
    assert_eq!(verify().0, 0);
}

/// The samples beside the checkout, where they are.
#[test]
fn samples() {
    let Some(samples) = transcript::samples() else { return };
    let world = World::new("samples", good());
    let path = |it: &str| samples.join(it).to_string_lossy().into_owned();
    for source in [
        "live",
        "config/config-snapshot.json",
        "config/get-resource-config-history.json",
        "config/select-resource-config.json",
        "state/terraform.tfstate",
        "state/terraform-show-state.json",
    ] {
        let name = format!("{}.snap", source.replace('/', "-"));
        let (code, text) = world.run(&["snapshot", "--from", &path(source), "-o", &name]);
        assert_eq!(code, 0, "{source}: {text}");
        let snap = world.json(&name);
        assert_eq!(snap["buckets"]["acme-customer-exports"]["features"]["policy"]["state"], "set", "{source}");
    }
    let (code, text) = world.run(&[
        "timeline",
        &path("cloudtrail/trail-file.json"),
        "--finding",
        &path("findings/guardduty-get-findings.json"),
    ]);
    assert!(code == 1 && text.contains("2 d 15:30:06") && text.contains("opened 2026-11-18T02:12:05Z"), "{text}");
    let (code, text) =
        world.run(&["timeline", &path("cloudtrail/lookup-events.json"), "--bucket", "acme-customer-exports"]);
    assert!(code == 3 && text.contains("may have been able to"), "{text}");
}
