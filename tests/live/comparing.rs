//! What `diff` takes, and what it may call the same: only what both sides know.

use std::fs;

use serde_json::{Value as Json, json};

use super::world::{World, good, planned, policy};

impl World {
    fn put(&self, name: &str, value: &Json) {
        fs::write(self.0.join(name), value.to_string()).unwrap();
    }
}

fn statements() -> Json {
    json!([{ "Sid": "App", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::123456789012:role/app" },
        "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*" }])
}

/// A file that is no policy, no code and no live configuration gives nothing that could be called unchanged.
#[test]
fn what_is_not_recognised() {
    let world = World::new("unrecognised", good());
    world.put("policy.json", &json!({ "Version": "2012-10-17", "Statement": statements() }));
    for (name, it) in [("odd.json", json!({ "foo": 1 })), ("list.json", json!([1])), ("none.json", json!({}))] {
        world.put(name, &it);
        for args in [["diff", name, name], ["diff", "policy.json", name], ["diff", name, "policy.json"]] {
            let (code, text) = world.run(&args);
            assert!(code == 2 && text.contains("is not recognised"), "{args:?}: {code} {text}");
        }
    }
    // The answer of the CLI has the policy in it.
    let open =
        json!([{ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*" }]);
    world.put("get-bucket-policy.json", &policy(open));
    let (code, text) = world.run(&["diff", "policy.json", "get-bucket-policy.json"]);
    assert!(code == 1 && text.contains("gained read: anonymous"), "{code} {text}");
    world.put("same.json", &policy(statements()));
    assert_eq!(world.run(&["diff", "policy.json", "same.json", "--fail-on", "any"]).0, 0);
}

/// A Deny that is gone is shown, and counts where every change does.
#[test]
fn statements_of_policy_files() {
    let world = World::new("statements", good());
    let mut guarded = statements();
    guarded.as_array_mut().unwrap().push(json!({ "Sid": "NoDelete", "Effect": "Deny", "Principal": "*",
        "Action": "s3:DeleteObject*", "Resource": "arn:aws:s3:::data/*" }));
    world.put("a.json", &json!({ "Version": "2012-10-17", "Statement": guarded }));
    world.put("b.json", &json!({ "Version": "2012-10-17", "Statement": statements() }));
    let (code, text) = world.run(&["diff", "a.json", "b.json"]);
    assert!(code == 0 && text.contains("statement removed: NoDelete"), "{code} {text}");
    assert_eq!(world.run(&["diff", "a.json", "b.json", "--fail-on", "any"]).0, 1);
    let (_, text) = world.run(&["diff", "a.json", "b.json", "--format", "json"]);
    assert_eq!(serde_json::from_str::<Json>(&text).unwrap()["statements"][0]["change"], "removed", "{text}");
}

fn item(parts: &[(&str, Json)]) -> Json {
    let mut all = json!({
        "AccessControlList": { "grantSet": null, "grantList": [], "owner": { "id": "75aa" } },
        "BucketPolicy": { "policyText": json!({ "Version": "2012-10-17", "Statement": statements() }).to_string() },
        "BucketLoggingConfiguration": { "destinationBucketName": null, "logFilePrefix": null },
        "BucketVersioningConfiguration": { "status": "Enabled", "isMfaDeleteEnabled": null },
    });
    for (name, part) in parts {
        all[*name] = part.clone();
    }
    json!({ "configurationItems": [{ "resourceType": "AWS::S3::Bucket", "resourceName": "data", "awsAccountId": "123456789012",
        "configurationItemCaptureTime": "2026-11-18T02:16:00.000Z", "supplementaryConfiguration": all }] })
}

/// Keys of a live source may stand anywhere in its file, and a file may begin with a mark of UTF-8.
#[test]
fn where_keys_stand() {
    let world = World::new("keys", good());
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "snap.json"]).0, 0);
    let mut late = json!({ "accounts": {}, "padding": "x".repeat(5000) });
    late.as_object_mut().unwrap().extend(world.json("snap.json").as_object().unwrap().clone());
    world.put("late.json", &late);
    let text = fs::read_to_string(world.0.join("snap.json")).unwrap();
    fs::write(world.0.join("marked.json"), format!("\u{feff}{text}")).unwrap();
    for name in ["late.json", "marked.json"] {
        let (code, text) = world.run(&["diff", "snap.json", name]);
        assert!(code == 0 && text.contains("1 bucket compared: 1 the same"), "{name}: {code} {text}");
    }
    let padded = |more: Json| {
        let mut out = json!({ "padding": "x".repeat(5000) });
        out.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        out
    };
    world.put("config.json", &item(&[]));
    world.put("config-late.json", &padded(item(&[])));
    let (code, text) = world.run(&["diff", "config.json", "config-late.json"]);
    assert!(code == 3 && text.contains("1 bucket compared"), "{code} {text}");
    let row = |policy: Json| json!({ "rows": [{ "name": "data", "account_id": "123456789012", "policy": policy }] });
    world.put("rows.json", &padded(row(Json::Null)));
    world.put(
        "rows-open.json",
        &padded(row(json!({ "Statement": [
        { "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*" }] }))),
    );
    let (code, text) = world.run(&["diff", "rows.json", "rows-open.json"]);
    assert!(code == 3 && text.contains("may gain read for anyone"), "{code} {text}");
    // Saved by PowerShell.
    fs::create_dir_all(world.0.join("saved/data")).unwrap();
    let answer = format!("\u{feff}{}", good()["bucket-policy"]);
    fs::write(world.0.join("saved/data/get-bucket-policy.json"), answer).unwrap();
    world.run(&["snapshot", "--from", "saved", "-o", "saved.json"]);
    assert_eq!(world.json("saved.json")["buckets"]["data"]["features"]["policy"]["state"], "set");
}

/// What neither side knows is not the same.
#[test]
fn unknown_is_never_the_same() {
    let world = World::new("unknown", good());
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "snap.json"]).0, 0);
    let whole = world.json("snap.json");
    let unknown = || json!({ "state": "unknown", "code": "AccessDenied", "message": "no" });
    let changed = |change: &dyn Fn(&mut Json), must: &str| {
        let mut snap = whole.clone();
        change(&mut snap);
        world.put("a.json", &snap);
        let (code, text) = world.run(&["diff", "a.json", "a.json"]);
        assert!(code == 3 && text.contains(must), "{must}: {code} {text}");
    };
    assert_eq!(world.run(&["diff", "snap.json", "snap.json"]).0, 0);
    changed(&|it| it["access_points"][0]["policy"] = unknown(), "access_point_policy.exports-ap cannot be compared");
    changed(
        &|it| it["accounts"]["123456789012"]["public_access_block"] = unknown(),
        "account 123456789012: public_access_block cannot be compared",
    );
    changed(&|it| it["accounts"] = json!({}), "neither side says anything of the account");
    changed(&|it| it["buckets"]["data"]["features"] = json!({}), "acl cannot be compared");
    changed(&|it| it["buckets"]["data"]["features"]["acl"]["state"] = json!("sett"), "unknown variant");
    changed(
        &|it| {
            it["buckets"]["data"]["features"]["policy"] =
                json!({ "state": "set", "value": { "Policy": "{\"Statement\": [" } });
        },
        "the policy is not JSON",
    );
    for (subject, code) in [("data", "Incomplete"), ("other", "AccessDenied")] {
        changed(
            &|it| {
                it["errors"] =
                    json!([{ "subject": subject, "asked": "s3api list-buckets", "code": code, "message": "" }])
            },
            "buckets or access points may be missing",
        );
    }
    // What the user says of the account is enough.
    let mut snap = whole.clone();
    snap["accounts"]["123456789012"]["public_access_block"] = unknown();
    world.put("a.json", &snap);
    assert_eq!(world.run(&["diff", "a.json", "a.json", "--account-bpa", "off"]).0, 0);
}

/// The value of a setting was edited, its evidence was not.
#[test]
fn values_are_held_to_their_evidence() {
    let world = planned("edited");
    let mut snap = world.json("good.json");
    snap["buckets"]["data"]["features"]["versioning"]["value"]["Status"] = json!("Suspended");
    snap["access_points"][0]["point"]["value"]["NetworkOrigin"] = json!("VPC");
    world.put("edited.json", &snap);
    let (code, text) = world.run(&["diff", "edited.json", "edited.json"]);
    for must in ["`versioning` of data", "`point` of access point exports-ap"] {
        assert!(code == 3 && text.contains(&format!("{must} is not what its evidence says")), "{code} {text}");
    }
    let (code, text) = world.run(&["restore", "--desired", "edited.json", "--bucket", "data", "-o", "p"]);
    assert!(code == 2 && text.contains("`versioning` of data is not what its evidence says"), "{code} {text}");
    for (source, feature, value) in [
        ("config.json", "policy", json!({ "Policy": "{}" })),
        ("config.json", "versioning", json!({ "Status": "Suspended" })),
        ("rows.json", "policy", json!({ "Policy": "{}" })),
    ] {
        world.put("config.json", &item(&[]));
        world.put("rows.json", &json!({ "rows": [{ "name": "data", "policy": { "Statement": [] } }] }));
        let _ = fs::remove_file(world.0.join("of.json"));
        world.run(&["snapshot", "--from", source, "-o", "of.json"]);
        let told = format!("`{feature}` of data is not what its evidence says");
        assert!(!world.run(&["diff", "of.json", "of.json"]).1.contains(&told));
        let mut snap = world.json("of.json");
        snap["buckets"]["data"]["features"][feature]["value"] = value;
        world.put("edited.json", &snap);
        let (code, text) = world.run(&["diff", "edited.json", "edited.json"]);
        assert!(code == 3 && text.contains(&told), "{source}: {code} {text}");
    }
}

/// An item of AWS Config is translated whole or not at all.
#[test]
fn what_config_says_is_not_lost() {
    let world = World::new("config", good());
    let rule = |more: Json| {
        let mut out = json!({ "id": "r", "status": "Enabled", "prefix": null, "expirationInDays": -1, "transitions": null,
            "filter": { "predicate": { "type": "LifecyclePrefixPredicate", "prefix": "" } } });
        out.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ("BucketLifecycleConfiguration", json!({ "rules": [out] }))
    };
    let copy = |rule: Json, to: Json| {
        let mut rule = rule;
        rule["status"] = json!("Enabled");
        rule["destinationConfig"] = to;
        (
            "BucketReplicationConfiguration",
            json!({ "roleARN": "arn:aws:iam::123456789012:role/r", "rules": { "x": rule } }),
        )
    };
    let to = || json!({ "bucketARN": "arn:aws:s3:::dr", "account": null });
    let events = |more: Json| {
        let mut one = json!({ "type": "LambdaConfiguration", "events": ["s3:ObjectCreated:*"],
            "functionARN": "arn:aws:lambda:us-east-1:123456789012:function:f" });
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ("BucketNotificationConfiguration", json!({ "configurations": { "x": one } }))
    };
    let abort = json!({ "abortIncompleteMultipartUpload": { "daysAfterInitiation": 7 } });
    let dated = json!({ "expirationDate": "2026-12-01T00:00:00.000Z" });
    let (plain, ours) = (copy(json!({ "prefix": "" }), to()), copy(json!({ "prefix": "logs/" }), to()));
    let owned = copy(
        json!({ "prefix": "" }),
        json!({ "bucketARN": "arn:aws:s3:::dr", "accessControlTranslation": { "owner": "Destination" },
        "encryptionConfiguration": { "replicaKmsKeyID": "arn:aws:kms:us-east-1:999988887777:key/x" } }),
    );
    for (old, new, must) in [
        (rule(abort.clone()), rule(dated.clone()), "\"Date\":\"2026-12-01T00:00:00Z\""),
        (rule(dated), rule(abort), "\"DaysAfterInitiation\":7"),
        (plain.clone(), ours, "\"Prefix\":\"logs/\""),
        (plain, owned, "\"Owner\":\"Destination\""),
        (("BucketNotificationConfiguration", json!({ "configurations": {} })), events(json!({})), "function:f"),
    ] {
        world.put("a.json", &item(&[old]));
        world.put("b.json", &item(&[new]));
        let (code, text) = world.run(&["diff", "a.json", "b.json", "--fail-on", "any"]);
        assert!(code == 1 && text.contains(must), "{must}: {code} {text}");
    }
    // What is not translated is unknown, and told by every command.
    let weird = json!({ "owner": { "id": "75aa" }, "grantSet": null, "grantList": [{ "grantee": "AllUsers", "permission": "Odd" }] });
    for (part, feature) in [
        (rule(json!({ "transitions": [{ "days": 30 }] })), "lifecycle"),
        (rule(json!({})), "lifecycle"),
        (copy(json!({ "prefix": "", "newMember": { "x": 1 } }), to()), "replication"),
        (events(json!({ "newMember": "x" })), "notification"),
        (("BucketWebsiteConfiguration", json!({ "indexDocumentSuffix": "i", "routingRules": [{}] })), "website"),
        (("AccessControlList", weird), "acl"),
        (("BucketPolicy", json!("oops")), "policy"),
    ] {
        world.put("a.json", &item(&[]));
        world.put("b.json", &item(&[part]));
        for strict in [&[][..], &["--strict"]] {
            let (code, text) = world.run(&[&["diff", "a.json", "b.json", "--fail-on", "any"], strict].concat());
            assert!(code == 3 && text.contains(&format!("{feature} cannot be compared")), "{feature}: {code} {text}");
            assert!(!text.contains("statement removed"), "{text}");
        }
        let _ = fs::remove_file(world.0.join("snap.json"));
        let (code, text) = world.run(&["snapshot", "--from", "b.json", "-o", "snap.json"]);
        assert!(code == 3 && text.contains("NotTranslated"), "{feature}: {code} {text}");
    }
}

/// How logs are named and to whom they are granted is part of logging.
#[test]
fn logging_is_rendered_whole() {
    let world = World::new("logging", good());
    let grants =
        json!([{ "Grantee": { "Type": "CanonicalUser", "ID": "75aa", "DisplayName": "x" }, "Permission": "READ" }]);
    let dated = json!({ "PartitionedPrefix": { "PartitionDateSource": "EventTime" } });
    let enabled = |format: Json, grants: Json| {
        json!({ "LoggingEnabled": { "TargetBucket": "logs", "TargetPrefix": "data/", "TargetObjectKeyFormat": format,
            "TargetGrants": grants } })
    };
    let snap = |name: &str, logging: Json| {
        world.change(|it| it["buckets"]["data"]["bucket-logging"] = logging.clone());
        let (code, text) = world.run(&["snapshot", "--bucket", "data", "-o", name]);
        assert_eq!(code, 0, "{text}");
    };
    snap("whole.json", enabled(dated.clone(), grants));
    snap("ungranted.json", enabled(dated, json!(null)));
    snap("simple.json", enabled(json!({ "SimplePrefix": {} }), json!(null)));
    let code = |format: &str, grant: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"data\"\n}}\nresource \"aws_s3_bucket_logging\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  \
             target_bucket = \"logs\"\n  target_prefix = \"data/\"\n  target_object_key_format {{\n    {format}\n  }}\n{grant}}}\n"
        )
    };
    let grant = "  target_grant {\n    permission = \"READ\"\n    grantee {\n      type = \"CanonicalUser\"\n      id = \"75aa\"\n    }\n  }\n";
    let template = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: data\n      LoggingConfiguration:\n        DestinationBucketName: logs\n        LogFilePrefix: data/\n        TargetObjectKeyFormat:\n          PartitionedPrefix: { PartitionDateSource: EventTime }\n";
    let dated = "partitioned_prefix {\n      partition_date_source = \"EventTime\"\n    }";
    for (name, text) in [
        ("whole/main.tf", code(dated, grant)),
        ("ungranted/main.tf", code(dated, "")),
        ("simple/main.tf", code("simple_prefix {}", "")),
        ("template/t.yaml", template.to_owned()),
    ] {
        let path = world.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    for (code, same) in [
        ("whole", "whole.json"),
        ("ungranted", "ungranted.json"),
        ("simple", "simple.json"),
        ("template", "ungranted.json"),
    ] {
        for live in ["whole.json", "ungranted.json", "simple.json"] {
            let (_, text) = world.run(&["diff", code, live]);
            assert!(!text.contains("logging cannot"), "{code} {live}: {text}");
            assert_eq!(text.contains("~ logging: "), live != same, "{code} {live}: {text}");
        }
    }
    let (status, text) =
        world.run(&["restore", "--desired", "whole", "--live", "simple.json", "--bucket", "data", "-o", "p"]);
    assert_eq!(status, 0, "{text}");
    let plan = world.json("p/plan.json").to_string();
    assert!(plan.contains("PartitionedPrefix") && plan.contains("TargetGrants"), "{plan}");
}

/// `--account` is said of every call of a plan, and is held to what the snapshot says.
#[test]
fn the_account_of_a_plan() {
    let world = planned("account-named");
    let mut snap = world.json("plan/before/snapshot.json");
    snap["buckets"]["data"].as_object_mut().unwrap().shift_remove("account");
    world.put("nameless.json", &snap);
    let wrong = "210987654321";
    for (verb, more) in [("restore", &["--desired", "good.json"][..]), ("contain", &["--level", "bpa"])] {
        let plan = |live: &str, account: &str, to: &str| {
            world.run(&[&[verb, "--bucket", "data", "--live", live, "--account", account, "-o", to], more].concat())
        };
        let (code, text) = plan("nameless.json", "123456789012", &format!("{verb}-named"));
        assert_eq!(code, 0, "{text}");
        let made = world.json(&format!("{verb}-named/plan.json")).to_string();
        assert!(made.contains("--expected-bucket-owner"), "{verb}: {made}");
        let (code, text) = plan("plan/before/snapshot.json", wrong, &format!("{verb}-wrong"));
        assert!(code == 2 && text.contains("is a bucket of account 123456789012"), "{verb}: {code} {text}");
    }
}

/// What an ACL gives to a canonical id may be given to the caller of an example: that is the reason, not a setting.
#[test]
fn why_a_gain_is_undecided() {
    let mut bucket = good();
    bucket["bucket-ownership-controls"]["OwnershipControls"]["Rules"][0]["ObjectOwnership"] = json!("ObjectWriter");
    let world = World::new("undecided-why", bucket.clone());
    world.change(|it| {
        it["points"] = json!({});
        it["buckets"]["data"]["bucket-acl"]["Grants"].as_array_mut().unwrap().push(json!({
            "Grantee": { "Type": "CanonicalUser", "ID": "cd".repeat(32) }, "Permission": "READ" }));
    });
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "a.json"]).0, 0);
    let open = json!([{ "Sid": "Evil", "Effect": "Allow", "Principal": "*", "Action": "s3:*",
        "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"] }]);
    bucket["bucket-policy"] = policy(open);
    world.change(|it| it["buckets"]["data"] = bucket.clone());
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "b.json"]).0, 0);
    let (_, text) = world.run(&["diff", "a.json", "b.json"]);
    assert!(text.contains("may gain list"), "{text}");
    assert!(text.contains("whether the other side permits the example already is not known"), "{text}");
    assert!(!text.contains("a setting of one of the two sides"), "{text}");
}
