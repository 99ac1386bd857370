//! Input that is broken, late, doubled or of another version: a clear sentence, the right exit code, nothing lost.

use std::fs;
use std::io::Write;

use serde_json::{Value as Json, json};

use super::world::{ACCOUNT, World, bad, good, planned};

fn record(id: u32, time: &str, name: &str, who: &str, parameters: Json) -> Json {
    let mut parameters = parameters;
    parameters["bucketName"] = json!("data");
    json!({
        "eventTime": time, "eventID": id.to_string(), "eventName": name, "recipientAccountId": ACCOUNT,
        "userIdentity": { "arn": format!("arn:aws:iam::123456789012:user/{who}"), "accountId": ACCOUNT },
        "sourceIPAddress": "203.0.113.10", "requestParameters": parameters,
    })
}

fn story() -> Vec<Json> {
    let policy: Json = serde_json::from_str(bad()["bucket-policy"]["Policy"].as_str().unwrap()).unwrap();
    let on =
        json!({ "PublicAccessBlockConfiguration": good()["public-access-block"]["PublicAccessBlockConfiguration"] });
    vec![
        record(1, "2026-11-18T02:11:40Z", "DeleteBucketPublicAccessBlock", "eve", json!({})),
        record(2, "2026-11-18T02:12:05Z", "PutBucketPolicy", "eve", json!({ "bucketPolicy": policy })),
        record(3, "2026-11-20T17:42:11Z", "PutBucketPublicAccessBlock", "ana", on),
    ]
}

fn packed(text: &str) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(text.as_bytes()).unwrap();
    out.finish().unwrap()
}

fn shown(world: &World, paths: &[&str]) -> (i32, String) {
    let more = ["--bucket", "data", "--start-state", "good.json", "--format", "json"];
    world.run(&[&["timeline"], paths, more.as_slice()].concat())
}

fn windows(world: &World, paths: &[&str]) -> Json {
    let (code, text) = shown(world, paths);
    assert_eq!(code, 1, "{text}");
    serde_json::from_str::<Json>(&text).unwrap()["windows"].clone()
}

#[test]
fn trails_in_every_state() {
    let world = planned("trails");
    let put = |name: &str, bytes: &[u8]| fs::write(world.0.join(name), bytes).unwrap();
    let all = story();
    let whole = json!({ "Records": all }).to_string();
    put("whole.json", whole.as_bytes());
    let expected = windows(&world, &["whole.json"]);
    assert_eq!(expected[0]["duration"], "2 d 15:30:06");
    // Reordered, doubled, packed, in several files and envelopes at once.
    let mut turned = all.clone();
    turned.reverse();
    put("turned.json", json!({ "Records": ([turned, all.clone()].concat()) }).to_string().as_bytes());
    assert_eq!(windows(&world, &["turned.json"]), expected);
    put("packed.json.gz", &packed(&whole));
    assert_eq!(windows(&world, &["packed.json.gz", "turned.json"]), expected);
    fs::create_dir(world.0.join("mixed")).unwrap();
    let looked = json!({ "Events": [{ "CloudTrailEvent": all[0].to_string() }] }).to_string();
    put("mixed/a.json", looked.as_bytes());
    put("mixed/b.jsonl", format!("{}\n", json!({ "detail": all[1] })).as_bytes());
    put("mixed/c.json.gz", &packed(&json!({ "Records": [all[2]] }).to_string()));
    put("mixed/readme.txt", b"not a trail");
    assert_eq!(windows(&world, &["mixed"]), expected);
    // Truncated: what can be read is, and it is said that something is missing.
    let (code, text) = shown(&world, &["turned.json", "mixed/a.json"]);
    assert_eq!(code, 1, "{text}");
    put("cut.json", &whole.as_bytes()[..whole.len() / 2]);
    let (code, text) = shown(&world, &["cut.json"]);
    assert!(code == 3 && text.contains("truncated"), "{text}");
    put("cut.json.gz", &packed(&whole)[..60]);
    let (code, text) = shown(&world, &["cut.json.gz"]);
    assert!(code == 2 && text.contains("cannot be unpacked"), "{text}");
    put("not.json", b"\xff\xfe");
    let (code, text) = shown(&world, &["not.json"]);
    assert!(code == 2 && text.contains("not valid UTF-8"), "{text}");
    let (code, text) = shown(&world, &["nothing.json"]);
    assert!(code == 2 && text.contains("nothing.json"), "{text}");
}

#[test]
fn tables_of_queries() {
    let world = planned("tables");
    let head = "eventtime,eventid,eventname,sourceipaddress,useragent,errorcode,recipientaccountid,useridentity_arn,useridentity_accountid,mfaauthenticated,requestparameters";
    let quoted = |it: &str| format!("\"{}\"", it.replace('"', "\"\""));
    let row = |it: &Json| {
        let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
        [
            text("eventTime").replace('T', " ").replace('Z', ".000"),
            text("eventID"),
            text("eventName"),
            text("sourceIPAddress"),
            String::new(),
            String::new(),
            text("recipientAccountId"),
            it["userIdentity"]["arn"].as_str().unwrap().to_owned(),
            ACCOUNT.to_owned(),
            "false".to_owned(),
            it["requestParameters"].to_string(),
        ]
        .map(|it| quoted(&it))
        .join(",")
    };
    let rows: Vec<String> = story().iter().map(row).collect();
    fs::write(world.0.join("athena.csv"), format!("{head}\n{}\n", rows.join("\n"))).unwrap();
    let found = windows(&world, &["athena.csv"]);
    assert_eq!((&found[0]["duration"], &found[0]["opened_by"]["mfa"]), (&json!("2 d 15:30:06"), &json!(false)));
    // Lake gives parameters one by one.
    let head = "eventtime,eventid,eventname,sourceipaddress,recipientaccountid,useridentity_arn,requestparameters_bucketname,requestparameters_bucketpolicy,requestparameters_publicaccessblockconfiguration";
    let row = |it: &Json| {
        let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
        let parameter = |key: &str| it["requestParameters"].get(key).map(ToString::to_string).unwrap_or_default();
        [
            text("eventTime"),
            text("eventID"),
            text("eventName"),
            text("sourceIPAddress"),
            text("recipientAccountId"),
            it["userIdentity"]["arn"].as_str().unwrap().to_owned(),
            "data".to_owned(),
            parameter("bucketPolicy"),
            parameter("PublicAccessBlockConfiguration"),
        ]
        .map(|it| quoted(&it))
        .join(",")
    };
    let rows: Vec<String> = story().iter().map(row).collect();
    let table = format!("{head}\r\n{}\r\n", rows.join("\r\n"));
    fs::write(world.0.join("lake.csv"), &table).unwrap();
    assert_eq!(windows(&world, &["lake.csv"])[0]["duration"], "2 d 15:30:06");
    fs::write(world.0.join("cut.csv"), &table[..table.len() - 30]).unwrap();
    assert!(shown(&world, &["cut.csv"]).1.contains("truncated"));
    // Whole records in one column: one that is no JSON was not read.
    let rows: Vec<String> = story().iter().map(|it| quoted(&it.to_string())).collect();
    fs::write(world.0.join("whole.csv"), format!("eventjson\n{}\n", rows.join("\n"))).unwrap();
    assert_eq!(windows(&world, &["whole.csv"])[0]["duration"], "2 d 15:30:06");
    let quiet = shown(&world, &["whole.csv"]).1;
    fs::write(world.0.join("broken.csv"), format!("eventjson\n{}\n{{oops\n", rows.join("\n"))).unwrap();
    let told = shown(&world, &["broken.csv"]).1;
    assert!(told.contains("1 rows have cells that are neither JSON") && !quiet.contains("rows have cells"), "{told}");
    for (store, must) in [("athena", "json_extract_scalar"), ("lake", "element_at"), ("lookup", "lookup-events")] {
        let (code, text) = world.run(&["timeline", "--print-query", store, "--bucket", "data", "--table", "t1"]);
        assert!(code == 0 && text.contains(must) && text.contains("data"), "{text}");
        for all in ["awsregion", "'CreateJob', 'CreateAccessGrant'", "'ScheduleKeyDeletion'"] {
            assert_eq!(text.contains(all), store != "lookup", "{all} {text}");
        }
    }
    assert_eq!(world.run(&["timeline", "--print-query", "lake", "--bucket", "data", "--table", "x; DROP"]).0, 2);
}

#[test]
fn who_used_it_while_it_was_open() {
    let world = planned("used");
    let mut all = story();
    let data = |id: u32, time: &str, identity: Json, error: Option<&str>| {
        let mut out = record(id, time, "GetObject", "x", json!({ "key": format!("customers-{id}.csv") }));
        out["userIdentity"] = identity;
        out["additionalEventData"] = json!({ "bytesTransferredOut": 1000.0 });
        out["sourceIPAddress"] = json!("203.0.113.77");
        if let Some(error) = error {
            out["errorCode"] = json!(error);
        }
        out
    };
    let anonymous = json!({ "type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL" });
    let foreign = json!({ "type": "AWSAccount", "principalId": "AIDAX", "accountId": "999988887777" });
    let own = json!({ "type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/app", "accountId": ACCOUNT });
    all.extend([
        data(10, "2026-11-18T02:00:00Z", anonymous.clone(), None),
        data(11, "2026-11-18T03:00:00Z", anonymous.clone(), None),
        data(12, "2026-11-18T04:00:00Z", foreign, None),
        data(13, "2026-11-18T05:00:00Z", own, None),
        data(14, "2026-11-18T06:00:00Z", anonymous.clone(), Some("AccessDenied")),
        data(15, "2026-11-21T00:00:00Z", anonymous, None),
    ]);
    all.push(all[4].clone());
    fs::write(world.0.join("trail.json"), json!({ "Records": all }).to_string()).unwrap();
    let found = windows(&world, &["trail.json"]);
    let seen = &found.as_array().unwrap().iter().find(|it| it["public"] == true).unwrap()["seen"];
    assert_eq!(
        (&seen["served"], &seen["refused"], &seen["objects"], &seen["bytes"]),
        (&json!(2), &json!(1), &json!(2), &json!(2000))
    );
    let named = found.as_array().unwrap().iter().find(|it| it["public"] == false).unwrap();
    assert_eq!(named["seen"]["served"], 1, "only those of the account that was let in: {named}");
    // The same by a server access log; what is no line of one is told.
    let owner = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a";
    let line = |who: &str, operation: &str, status: &str, bytes: &str| {
        format!(
            "{owner} data [18/Nov/2026:03:00:00 +0000] 203.0.113.77 {who} R{who}{status} {operation} a%2520b.csv \"GET /a HTTP/1.1\" {status} - {bytes} 9 1 1 \"-\" \"curl \"x\" 8\" - more\n"
        )
    };
    let log = [
        line("-", "REST.GET.OBJECT", "200", "70"),
        line("-", "REST.GET.OBJECT", "403", "-"),
        line(owner, "REST.GET.OBJECT", "200", "5"),
        line("arn:aws:sts::999988887777:assumed-role/x/y", "REST.PUT.OBJECT", "200", "-"),
        "no such line\n".to_owned(),
    ];
    fs::write(world.0.join("access.log"), log.concat()).unwrap();
    fs::write(world.0.join("story.json"), json!({ "Records": story() }).to_string()).unwrap();
    let (_, text) = world.run(&[
        "timeline",
        "story.json",
        "--bucket",
        "data",
        "--start-state",
        "good.json",
        "--access-log",
        "access.log",
    ]);
    assert!(text.contains("used: 2 requests (REST.GET.OBJECT 1×, REST.PUT.OBJECT 1×)"), "{text}");
    assert!(text.contains("; 1 refused") && text.contains("1 lines are no lines of a server access log"), "{text}");
    let (code, text) = world.run(&["timeline", "story.json", "--bucket", "data", "--access-log", "story.json"]);
    assert!(code == 2 && text.contains("no server access log"), "{text}");
    // Without either it is said that it is not known.
    let (_, text) = world.run(&["timeline", "story.json", "--bucket", "data", "--start-state", "good.json"]);
    assert!(text.contains("who used it is not known"), "{text}");
}

#[test]
fn snapshots_of_other_versions_and_shapes() {
    let world = planned("versions");
    let text = fs::read_to_string(world.0.join("good.json")).unwrap();
    fs::write(world.0.join("later.json"), text.replace("bucketlint/snapshot/1", "bucketlint/snapshot/9")).unwrap();
    fs::write(world.0.join("cut.json"), &text[..text.len() / 2]).unwrap();
    for (name, must) in [("later.json", "bucketlint/snapshot/9"), ("cut.json", "cannot be read")] {
        for args in [
            vec!["diff", "good.json", name],
            vec!["restore", "--desired", "good.json", "--live", name, "-o", "x"],
            vec!["restore", "--desired", name, "--live", "good.json", "-o", "x"],
            vec!["snapshot", "--from", name],
        ] {
            let (code, text) = world.run(&args);
            assert!(code == 2 && text.contains(must), "{args:?}: {text}");
        }
    }
    assert!(!world.0.join("x").exists());
    // Items of AWS Config whose parts are texts of JSON, once or twice over.
    let acl = json!({ "grantSet": null, "grantList": [{ "grantee": "AllUsers", "permission": "Read" }], "owner": { "id": "o" } });
    for encoded in [json!(acl.to_string()), json!(json!(acl.to_string()).to_string())] {
        let item = json!({ "configurationItems": [{
            "version": "1.3", "accountId": ACCOUNT, "resourceType": "AWS::S3::Bucket", "resourceName": "data", "resourceId": "data",
            "awsRegion": "us-east-1", "configurationItemStatus": "OK", "configurationItemCaptureTime": "2026-11-18T00:00:00Z",
            "configuration": "{\"name\":\"data\"}",
            "supplementaryConfiguration": { "AccessControlList": encoded, "BucketPolicy": "{\"policyText\":null}" },
        }]});
        fs::write(world.0.join("items.json"), item.to_string()).unwrap();
        let (_, text) = world.run(&["snapshot", "--from", "items.json"]);
        let found: Json = serde_json::from_str(&text[..=text.rfind('}').unwrap()]).unwrap();
        let acl = &found["buckets"]["data"]["features"]["acl"];
        assert!(acl["state"] == "set" && acl.to_string().contains("AllUsers"), "{acl}");
    }
}

#[test]
fn a_cli_of_another_version() {
    let world = World::new("old-cli", good());
    // A command that this version of the CLI does not have: unknown, never absent.
    world.faults(json!([{ "command": "get-object-lock-configuration", "do": "usage" }]));
    let (code, text) = world.run(&["snapshot", "--bucket", "data", "-o", "snap.json"]);
    assert_eq!(code, 3, "{text}");
    let state = &world.json("snap.json")["buckets"]["data"]["features"]["object_lock"];
    assert_eq!((&state["state"], &state["code"]), (&json!("unknown"), &json!("Exit252")));
    // Nobody may read anything: everything is unknown, and the file says so.
    let faults = ["get-bucket-policy", "get-public-access-block", "get-bucket-acl", "get-bucket-ownership-controls"];
    world.faults(faults.iter().map(|it| json!({ "command": it, "do": "fail:AccessDenied", "times": 9 })).collect());
    let (code, text) = world.run(&["snapshot", "--bucket", "data", "-o", "denied.json"]);
    assert!(code == 3 && text.contains("AccessDenied"), "{text}");
    let (code, text) = world.run(&["diff", "denied.json", "snap.json"]);
    assert!(code == 3 && text.contains("cannot be compared"), "{text}");
}

/// Where two snapshots are the same nothing is said in any format; and what one way gains, the other way loses.
#[test]
fn both_ways_in_every_format() {
    let world = planned("ways");
    let live = "plan/before/snapshot.json";
    for format in ["pretty", "json", "md", "sarif"] {
        let (code, text) = world.run(&["diff", "good.json", "good.json", "--fail-on", "any", "--format", format]);
        assert_eq!(code, 0, "{text}");
    }
    let sarif = |old: &str, new: &str| -> Json {
        let (_, text) = world.run(&["diff", old, new, "--format", "sarif"]);
        serde_json::from_str(&text).unwrap()
    };
    let log = sarif("good.json", live);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results[0]["ruleId"], "access-gained-public", "the worst stands first");
    assert_eq!(log["runs"][0]["invocations"][0]["exitCode"], 1);
    let access = |log: &Json, rule: &str| -> Vec<String> {
        let of = log["runs"][0]["results"].as_array().unwrap().iter();
        let mut all: Vec<String> = of
            .filter(|it| it["ruleId"].as_str().unwrap().starts_with(rule))
            .map(|it| it["message"]["text"].as_str().unwrap().replace("gained ", "").replace("lost ", ""))
            .collect();
        all.sort();
        all
    };
    let back = sarif(live, "good.json");
    assert_eq!(access(&log, "access-gained"), access(&back, "access-lost"));
    assert_eq!(access(&log, "access-lost"), access(&back, "access-gained"));
    assert!(!access(&log, "access-gained").is_empty());
    // Against code a result stands where the code should hold.
    fs::create_dir(world.0.join("infra")).unwrap();
    fs::write(
        world.0.join("infra/main.tf"),
        "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"data\"\n}\n\nresource \"aws_s3_bucket_public_access_block\" \"b\" {\n  bucket                  = aws_s3_bucket.b.id\n  block_public_acls       = true\n  ignore_public_acls      = true\n  block_public_policy     = true\n  restrict_public_buckets = true\n}\n",
    )
    .unwrap();
    let log = sarif("infra", live);
    let gained = log["runs"][0]["results"].as_array().unwrap();
    let gained = gained.iter().find(|it| it["ruleId"] == "access-gained-public").unwrap();
    let uri = &gained["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert!(uri.as_str().unwrap().ends_with("infra/main.tf"), "{gained}");
    assert_eq!(gained["relatedLocations"].as_array().unwrap().len(), 1);
    // Two bare policies too.
    for (name, who) in [("old", "{\"AWS\":\"444455556666\"}"), ("new", "\"*\"")] {
        let text = format!(
            "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":{who},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::data/*\"}}]}}"
        );
        fs::write(world.0.join(format!("{name}-policy.json")), text).unwrap();
    }
    let (code, text) = world.run(&["diff", "old-policy.json", "new-policy.json", "--format", "sarif"]);
    assert!(code == 1 && text.contains("access-gained-public"), "{text}");
}
