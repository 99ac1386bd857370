//! What sources leave out, or cannot tell: said, never taken for nothing.

use std::fs;

use serde_json::{Value as Json, json};

use super::world::{World, bad, good, planned};

/// Answers of the CLI as they are saved.
fn save(world: &World, folder: &str, bucket: &Json) {
    let path = world.0.join(folder);
    fs::create_dir_all(&path).unwrap();
    for (feature, command) in [
        ("public-access-block", "get-public-access-block"),
        ("bucket-policy", "get-bucket-policy"),
        ("bucket-acl", "get-bucket-acl"),
        ("bucket-ownership-controls", "get-bucket-ownership-controls"),
    ] {
        if let Some(answer) = bucket.get(feature) {
            fs::write(path.join(format!("{command}.json")), answer.to_string()).unwrap();
        }
    }
}

/// One page of several is no whole list, of a folder and of the CLI.
#[test]
fn a_list_of_one_page() {
    let world = World::new("pages", good());
    save(&world, "saved/data", &good());
    let point = json!({ "Name": "exports-ap", "Bucket": "data", "NetworkOrigin": "Internet",
        "AccessPointArn": "arn:aws:s3:us-east-1:123456789012:accesspoint/exports-ap" });
    let list = |more: Json| {
        let mut list = json!({ "AccessPointList": [point.clone()] });
        list.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fs::create_dir_all(world.0.join("saved/account")).unwrap();
        fs::write(world.0.join("saved/account/list-access-points.json"), list.to_string()).unwrap();
        let _ = fs::remove_file(world.0.join("snap.json"));
        let (_, text) = world.run(&["snapshot", "--from", "saved", "-o", "snap.json"]);
        (text, world.json("snap.json")["buckets"]["data"]["features"]["access_points"]["state"].clone())
    };
    let (text, state) = list(json!({}));
    assert!(!text.contains("page of several") && state == "set", "{text} {state}");
    let (text, state) = list(json!({ "NextToken": "x" }));
    assert!(text.contains("one page of several") && state == "unknown", "{text} {state}");
    let (code, text) = world.run(&["diff", "snap.json", "snap.json"]);
    assert!(code == 3 && text.contains("is one page of several"), "{code} {text}");
    let (code, text) = world.run(&["snapshot", "--bucket", "data", "-o", "whole.json"]);
    assert_eq!(code, 0, "{text}");
    let (code, text) = world.run(&["diff", "snap.json", "whole.json"]);
    assert!(code != 0 && text.contains("page of several"), "{code} {text}");
}

/// A bucket may be called `account`, as the folder of the account's answers was.
#[test]
fn a_bucket_called_account() {
    let world = World::new("account", good());
    save(&world, "saved/data", &good());
    save(&world, "saved/account", &bad());
    fs::create_dir(world.0.join("saved/@account")).unwrap();
    let block = json!({ "PublicAccessBlockConfiguration": { "BlockPublicAcls": true, "IgnorePublicAcls": true,
        "BlockPublicPolicy": true, "RestrictPublicBuckets": true } });
    fs::write(world.0.join("saved/@account/get-public-access-block.json"), block.to_string()).unwrap();
    world.run(&["snapshot", "--from", "saved", "-o", "snap.json"]);
    let snap = world.json("snap.json");
    assert_eq!(snap["buckets"]["account"]["features"]["acl"]["state"], "set", "{snap}");
    assert_eq!(snap["accounts"][""]["public_access_block"]["state"], "set", "{snap}");
    // In one folder it is not known whose Block Public Access it is.
    fs::remove_dir_all(world.0.join("saved/@account")).unwrap();
    fs::write(world.0.join("saved/account/get-public-access-block.json"), block.to_string()).unwrap();
    fs::write(world.0.join("saved/account/list-access-points.json"), "{\"AccessPointList\":[]}").unwrap();
    let (code, text) = world.run(&["snapshot", "--from", "saved", "-o", "both.json"]);
    assert!(code == 3 && text.contains("@account"), "{code} {text}");
    let snap = world.json("both.json");
    assert_eq!(snap["buckets"]["account"]["features"]["public_access_block"]["state"], "unknown", "{snap}");
    assert_eq!(snap["accounts"][""]["public_access_block"]["state"], "unknown", "{snap}");
}

/// A history whose only bucket is gone says so; every bucket has an ACL: where none was read, no null says anything.
#[test]
fn what_is_not_there() {
    let world = World::new("gone", good());
    let item = |status: &str, time: &str| {
        json!({ "resourceType": "AWS::S3::Bucket", "resourceName": "data", "accountId": "123456789012",
            "configurationItemStatus": status, "configurationItemCaptureTime": time, "supplementaryConfiguration": {} })
    };
    let items = [item("ResourceDeleted", "2026-11-19T02:16:00.000Z"), item("OK", "2026-11-18T02:16:00.000Z")];
    fs::write(world.0.join("history.json"), json!({ "configurationItems": items }).to_string()).unwrap();
    let (code, text) = world.run(&["snapshot", "--from", "history.json", "-o", "snap.json"]);
    assert!(code == 3 && text.contains("data says that it was deleted (captured 2026-11-19"), "{code} {text}");
    let (code, text) = world.run(&["check", "snap.json"]);
    assert!(code != 0 && text.contains("was deleted"), "{code} {text}");
    let row = json!({ "name": "data", "account_id": "123456789012", "acl": null, "policy": null });
    fs::write(world.0.join("rows.json"), json!({ "rows": [row] }).to_string()).unwrap();
    assert_eq!(world.run(&["snapshot", "--from", "rows.json", "-o", "rows-snap.json"]).0, 3);
    let features = &world.json("rows-snap.json")["buckets"]["data"]["features"];
    assert_eq!((&features["acl"]["state"], &features["policy"]["state"]), (&json!("unknown"), &json!("unknown")));
}

/// A snapshot whose evidence was changed is nothing to restore from, nor to begin a timeline with.
#[test]
fn a_snapshot_that_was_changed() {
    let world = planned("changed");
    let text = fs::read_to_string(world.0.join("good.json")).unwrap();
    let changed = text.replace("\\\"Sid\\\\\\\": \\\\\\\"App", "\\\"Sid\\\\\\\": \\\\\\\"Opp");
    let changed = if changed == text { text.replacen("role/app", "role/evil", 2) } else { changed };
    assert_ne!(changed, text);
    fs::write(world.0.join("changed.json"), changed).unwrap();
    let (code, text) = world.run(&["restore", "--desired", "changed.json", "--bucket", "data", "-o", "p"]);
    assert!(code == 2 && text.contains("does not have its hash"), "{code} {text}");
    fs::write(world.0.join("trail.json"), "{\"Records\":[]}").unwrap();
    for option in ["--start-state", "--end-state"] {
        let (code, text) = world.run(&["timeline", "trail.json", "--bucket", "data", option, "changed.json"]);
        assert!(code == 2 && text.contains("does not have its hash"), "{option}: {code} {text}");
    }
}

/// The start of a trail bears every window: it is an exhibit. What the bucket does not tell is told, and how long it has been open at least.
#[test]
fn a_report_cites_its_start_and_tells_what_is_not_known() {
    let world = planned("exhibits");
    let record = |id: &str, time: &str, name: &str, parameters: Json| {
        let mut parameters = parameters;
        parameters["bucketName"] = json!("data");
        json!({ "eventTime": time, "eventID": id, "eventName": name, "recipientAccountId": "123456789012",
            "userIdentity": { "arn": "arn:aws:iam::123456789012:user/eve" }, "sourceIPAddress": "203.0.113.10", "requestParameters": parameters })
    };
    let open = json!({ "bucketPolicy": { "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*" }] } });
    let records = [
        record("1", "2026-11-18T02:11:00Z", "DeleteBucketPublicAccessBlock", json!({})),
        record("2", "2026-11-18T02:12:00Z", "PutBucketPolicy", open),
        record("3", "2026-11-20T02:12:00Z", "PutBucketTagging", json!({})),
    ];
    fs::write(world.0.join("trail.json"), json!({ "Records": records }).to_string()).unwrap();
    let denied = ["get-bucket-policy", "get-bucket-acl", "get-bucket-cors"];
    world.faults(json!(denied.map(|it| json!({ "command": it, "times": 9, "do": "fail:AccessDenied" }))));
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "denied.json"]).0, 3);
    let (code, text) = world.run(&[
        "report",
        "--bucket",
        "data",
        "--trail",
        "trail.json",
        "--start-state",
        "good.json",
        "--live",
        "denied.json",
        "-o",
        "incident",
    ]);
    assert_eq!(code, 0, "{text}");
    let document = world.json("incident/report.json");
    let start = document["exhibits"].as_array().unwrap().iter().find(|it| it["what"] == "the bucket before the trail");
    let start = start.unwrap();
    assert!(
        start["sha256"].as_str().unwrap().len() == 64
            && world.0.join("incident").join(start["file"].as_str().unwrap()).is_file()
    );
    for window in document["windows"].as_array().unwrap() {
        assert!(window["exhibits"].as_array().unwrap().contains(&start["id"]), "{window}");
        assert!(
            window["text"].as_str().unwrap().contains("open since 2026-11-18T02:12:00Z, at least 2 d 00:00:00"),
            "{window}"
        );
    }
    let unknown = document["unknown"].to_string();
    for feature in ["policy", "acl", "cors"] {
        assert!(unknown.contains(&format!("{feature} of the bucket as it is (AccessDenied")), "{feature}: {unknown}");
    }
    assert!(document["indicators"].to_string().contains("at least 2 d 00:00:00"), "{document}");
    assert_eq!(world.run(&["report", "--verify", "incident"]).0, 0);
    // Who writes the manifest anew has the report's own citations to meet, and the hash that was printed.
    let incident = world.0.join("incident");
    let manifest = fs::read_to_string(incident.join("manifest.sha256")).unwrap();
    let file = start["file"].as_str().unwrap();
    let bytes = fs::read(incident.join(file)).unwrap();
    fs::write(incident.join(file), "{}").unwrap();
    let other = bucketlint::frontend::live::sha256(b"{}");
    fs::write(incident.join("manifest.sha256"), manifest.replace(start["sha256"].as_str().unwrap(), &other)).unwrap();
    let (code, said) = world.run(&["report", "--verify", "incident"]);
    assert!(code == 1 && said.contains("is not what report.json cites as"), "{code} {said}");
    fs::write(incident.join(file), bytes).unwrap();
    fs::write(incident.join("manifest.sha256"), manifest).unwrap();
    let (code, said) = world.run(&["report", "--verify", "incident"]);
    let printed = |it: &str| it.split_once("SHA-256 of manifest.sha256: ").map(|it| it.1[..64].to_owned());
    assert!(code == 0 && printed(&said).is_some() && printed(&said) == printed(&text), "{said} {text}");
    let report = fs::read_to_string(incident.join("report.json")).unwrap();
    let none = json!({ "exhibits": [] }).to_string();
    fs::write(incident.join("report.json"), &none).unwrap();
    let (code, said) = world.run(&["report", "--verify", "incident"]);
    assert!(code == 1 && said.contains("cites E1, and report.json has no such exhibit"), "{code} {said}");
    fs::write(incident.join("report.json"), report).unwrap();
    // A report.json that is none tells of no exhibits: that is a fault of its own.
    for text in ["{ no json", "{}"] {
        fs::write(world.0.join("incident/report.json"), text).unwrap();
        let (code, said) = world.run(&["report", "--verify", "incident"]);
        assert!(code == 1 && said.contains("which") && said.contains("is not known"), "{code} {said}");
    }
}

/// A header that was sent twice is a list: each of its values grants.
#[test]
fn a_grant_header_that_is_a_list() {
    let world = planned("grants");
    let everyone = "uri=http://acs.amazonaws.com/groups/global/AllUsers";
    let record = |id: &str, name: &str, parameters: Json| {
        let mut parameters = parameters;
        parameters["bucketName"] = json!("data");
        json!({ "eventTime": format!("2026-11-18T02:1{id}:00Z"), "eventID": id, "eventName": name, "recipientAccountId": "123456789012",
            "userIdentity": { "arn": "arn:aws:iam::123456789012:user/eve" }, "requestParameters": parameters })
    };
    let records = [
        record("1", "DeleteBucketPublicAccessBlock", json!({})),
        record(
            "2",
            "PutBucketOwnershipControls",
            json!({ "OwnershipControls": { "Rule": { "ObjectOwnership": "ObjectWriter" } } }),
        ),
        record("3", "PutBucketAcl", json!({ "x-amz-grant-read": ["id=abc", everyone] })),
    ];
    fs::write(world.0.join("trail.json"), json!({ "Records": records }).to_string()).unwrap();
    let (code, text) = world.run(&["timeline", "trail.json", "--bucket", "data", "--start-state", "good.json"]);
    assert!(code == 1 && text.contains("anyone could list") && text.contains("(AllUsers)"), "{code} {text}");
    assert!(text.contains("canonical user id"), "{text}");
}
