//! What may not pass in silence: what was not compared, not read, not covered, and what is about something else.

use std::fs;

use serde_json::{Value as Json, json};

use super::world::{ACCOUNT, World, acl, good, policy};

const STRANGER: &str = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

impl World {
    pub fn write(&self, name: &str, value: &Json) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, value.to_string()).unwrap();
    }

    /// A snapshot of the bucket after a change of its state.
    pub fn snap(&self, name: &str, change: impl Fn(&mut Json)) -> Json {
        self.change(change);
        let (code, text) = self.run(&["snapshot", "--bucket", "data", "-o", name]);
        assert_eq!(code, 0, "{text}");
        self.json(name)
    }

    /// Runs, and expects an exit code and a text.
    pub fn expect(&self, args: &[&str], code: i32, must: &str) -> String {
        let (found, text) = self.run(args);
        assert!(found == code && text.contains(must), "{args:?}: {code} and {must:?} expected, {found}:\n{text}");
        text
    }

    pub fn report(&self, args: &[&str]) -> String {
        let _ = fs::remove_dir_all(self.0.join("out"));
        let all = [&["report", "--bucket", "data", "-o", "out"], args].concat();
        self.expect(&all, 0, "REPORT.md");
        fs::read_to_string(self.0.join("out/REPORT.md")).unwrap()
    }
}

pub fn open(bucket: &str) -> Json {
    policy(json!([{ "Sid": "O", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": format!("arn:aws:s3:::{bucket}/*") }]))
}

pub fn call(time: &str, name: &str, more: &Json) -> Json {
    let mut out = json!({
        "eventTime": time, "eventID": format!("{time} {name}"), "eventName": name, "recipientAccountId": ACCOUNT,
        "eventSource": "s3.amazonaws.com",
        "userIdentity": { "arn": "arn:aws:iam::123456789012:user/liza", "accountId": ACCOUNT },
        "sourceIPAddress": "203.0.113.10", "requestParameters": { "bucketName": "data" },
    });
    for (key, value) in more.as_object().unwrap() {
        out[key] = value.clone();
    }
    out
}

/// Made, without Block Public Access, then open for eight days.
fn story() -> Vec<Json> {
    let document: Json = serde_json::from_str(open("data")["Policy"].as_str().unwrap()).unwrap();
    vec![
        call("2026-11-01T00:00:00Z", "CreateBucket", &json!({})),
        call("2026-11-01T00:00:01Z", "DeleteAccountPublicAccessBlock", &json!({ "requestParameters": {} })),
        call("2026-11-01T00:00:02Z", "DeleteBucketPublicAccessBlock", &json!({})),
        call(
            "2026-11-02T00:00:00Z",
            "PutBucketPolicy",
            &json!({ "requestParameters": { "bucketName": "data", "bucketPolicy": document } }),
        ),
        call("2026-11-10T00:00:00Z", "DeleteBucketPolicy", &json!({})),
    ]
}

/// A bucket that one side has not gives all that it gives beyond it; that nothing was compared is no success.
#[test]
fn a_bucket_that_only_the_new_side_has() {
    let world = World::new("only-new", good());
    world.change(|it| {
        let mut other = good();
        other["bucket-policy"] = open("other");
        let off = other["public-access-block"]["PublicAccessBlockConfiguration"].as_object_mut().unwrap();
        off.values_mut().for_each(|it| *it = json!(false));
        it["buckets"]["other"] = other;
    });
    world.expect(&["snapshot", "--bucket", "data", "-o", "one.json"], 0, "");
    world.expect(&["snapshot", "--all", "-o", "two.json"], 0, "");
    let mut none = world.json("one.json");
    none["buckets"] = json!({});
    none["access_points"] = json!([]);
    world.write("none.json", &none);
    fs::create_dir_all(world.0.join("empty")).unwrap();
    fs::create_dir_all(world.0.join("code")).unwrap();
    fs::write(world.0.join("code/main.tf"), "resource \"aws_s3_bucket\" \"data\" {\n  bucket = \"data\"\n}\n").unwrap();
    for old in ["one.json", "none.json", "empty", "code"] {
        let text =
            world.expect(&["diff", old, "two.json"], 1, "other: only the new side has it\n  + gained read for anyone");
        assert!(text.contains("e.g. anonymous → s3:GetObject on arn:aws:s3:::other/example"), "{text}");
    }
    world.expect(&["diff", "two.json", "one.json"], 0, "- lost read for anyone");
    // A role of the own account is let in: beside another snapshot that is more than before, beside code that has no such bucket it is not.
    world.expect(&["diff", "none.json", "one.json"], 1, "gained read for arn:aws:iam::123456789012:role/app");
    for (old, new) in [("one.json", "none.json"), ("empty", "one.json")] {
        world.expect(&["diff", old, new], 3, "no bucket was compared: ");
    }
}

fn config(block: Option<bool>) -> Json {
    let all = json!({
        "AccessControlList": { "grantSet": null, "grantList": [], "owner": { "id": "75aa" } },
        "BucketPolicy": { "policyText": null },
        "BucketLoggingConfiguration": { "destinationBucketName": null, "logFilePrefix": null },
        "BucketVersioningConfiguration": { "status": "Enabled", "isMfaDeleteEnabled": null },
    });
    let mut items = vec![json!({ "resourceType": "AWS::S3::Bucket", "resourceName": "data", "awsAccountId": ACCOUNT,
        "configurationItemCaptureTime": "2026-11-18T02:16:00.000Z", "supplementaryConfiguration": all })];
    items.extend(block.map(|it| account_item(it, Some("2026-11-18T02:16:00.000Z"))));
    json!({ "configurationItems": items })
}

fn account_item(on: bool, time: Option<&str>) -> Json {
    let all =
        json!({ "blockPublicAcls": on, "ignorePublicAcls": on, "blockPublicPolicy": on, "restrictPublicBuckets": on });
    json!({ "resourceType": "AWS::S3::AccountPublicAccessBlock", "resourceId": ACCOUNT, "awsAccountId": ACCOUNT,
        "configurationItemCaptureTime": time, "configuration": all })
}

/// What a source has no word for is not known: what decides access leaves the answer open, the rest is one line.
#[test]
fn what_a_source_has_no_word_for() {
    let world = World::new("no-word", good());
    world.write("config.json", &config(None));
    let text =
        world.expect(&["diff", "config.json", "config.json", "--fail-on", "any"], 3, "? ownership cannot be compared");
    assert!(text.contains("public_access_block cannot be compared: neither side says it"), "{text}");
    assert!(
        text.contains("note: a side has no word for object_lock, request_payment: not compared (1 bucket)"),
        "{text}"
    );
    fs::create_dir_all(world.0.join("code")).unwrap();
    let code = "resource \"aws_s3_bucket\" \"data\" {\n  bucket = \"data\"\n}\n\
                resource \"aws_s3_bucket_ownership_controls\" \"data\" {\n  bucket = aws_s3_bucket.data.id\n  rule {\n    \
                object_ownership = \"BucketOwnerEnforced\"\n  }\n}\n";
    fs::write(world.0.join("code/main.tf"), code).unwrap();
    let text =
        world.expect(&["diff", "code", "config.json"], 3, "ownership cannot be compared: the new side has no word");
    assert!(!text.contains("ObjectWriter"), "{text}");
    // Of two items about the account that differ and have no time neither is the later.
    let mut both = config(Some(true));
    both["configurationItems"].as_array_mut().unwrap().push(account_item(false, None));
    world.write("both.json", &both);
    world.expect(&["snapshot", "--from", "both.json", "-o", "both-snap.json"], 3, "Block Public Access differ");
    assert_eq!(world.json("both-snap.json")["accounts"][ACCOUNT]["public_access_block"]["state"], "unknown");
}

/// A value is held to its own answer, whatever it says that it rests on; a key that stands twice says nothing.
#[test]
fn a_value_without_its_evidence() {
    let world = World::new("tampered", good());
    let whole = world.snap("whole.json", |_| {});
    let other = json!({ "state": "set", "value": policy(json!([])) });
    let changes: [(&str, Json); 4] = [
        ("/buckets/data/features/policy", json!({ "state": "absent", "code": "NoSuchBucketPolicy" })),
        ("/buckets/data/features/policy", other.clone()),
        (
            "/buckets/data/features/policy",
            json!({ "state": "set", "value": other["value"], "evidence": "get-bucket-tagging" }),
        ),
        (
            "/accounts/123456789012/public_access_block",
            json!({ "state": "set", "value": good()["public-access-block"] }),
        ),
    ];
    for (place, value) in changes {
        let mut changed = whole.clone();
        *changed.pointer_mut(place).unwrap() = value;
        world.write("changed.json", &changed);
        let (code, text) = world.run(&["diff", "whole.json", "changed.json"]);
        assert!(code != 0 && text.contains("is not what its evidence says"), "{place}: {code} {text}");
        let _ = fs::remove_dir_all(world.0.join("plan"));
        world.expect(
            &["restore", "--desired", "whole.json", "--live", "changed.json", "-o", "plan"],
            2,
            "is not what its evidence",
        );
    }
    let text = fs::read_to_string(world.0.join("whole.json")).unwrap();
    let at = text.find("\"policy\": {").unwrap();
    let twice = format!("{}\"policy\": {{\"state\":\"absent\"}},\n{}", &text[..at], &text[at..]);
    fs::write(world.0.join("twice.json"), twice).unwrap();
    world.expect(&["diff", "whole.json", "twice.json"], 3, "`policy` stands twice");
    let (code, text) = world.run(&["check", "twice.json", "--fail-on", "never"]);
    assert!(code == 3, "{code} {text}");
}

/// Other services have calls of the same names; what CloudTrail delivers beside calls is none.
#[test]
fn what_is_not_of_s3_or_no_call() {
    let world = World::new("others", good());
    let mut all = story();
    all.pop();
    all.push(call(
        "2026-11-05T00:00:00Z",
        "DeleteBucketPolicy",
        &json!({ "eventSource": "s3-outposts.amazonaws.com" }),
    ));
    world.write("t/a.json", &json!({ "Records": all }));
    let digest = json!({ "awsAccountId": ACCOUNT, "digestStartTime": "2026-11-01T00:00:00Z",
        "digestEndTime": "2026-11-01T01:00:00Z", "logFiles": [] });
    world.write("t/CloudTrail-Digest/d.json", &digest);
    let text = world.expect(&["timeline", "t", "--bucket", "data"], 1, "still open");
    assert!(
        text.contains("calls of s3-outposts.amazonaws.com about something that is called data too were passed over: 1")
    );
    assert!(
        text.contains("1 file of CloudTrail without calls (digests, Insights) passed over") && !text.contains("? "),
        "{text}"
    );
    world.write("t/a.json", &json!({ "Records": story()[..3] }));
    world.expect(&["timeline", "t", "--bucket", "data"], 0, "passed over");
}

/// A file of a trail is one whatever it is called; the others are told.
#[test]
fn trails_of_any_name() {
    let world = World::new("names", good());
    let late = call("2026-11-12T00:00:00Z", "ListBuckets", &json!({ "requestParameters": {} })).to_string();
    for name in ["late.log", "firehose-1", "late.txt", "late.JSON"] {
        let _ = fs::remove_dir_all(world.0.join("t"));
        world.write("t/a.json", &json!({ "Records": story() }));
        fs::write(world.0.join("t").join(name), &late).unwrap();
        fs::write(world.0.join("t/notes.md"), "# Notes\n").unwrap();
        let args = ["timeline", "t", "--bucket", "data", "--verify-since", "2026-11-11T00:00:00Z"];
        world.expect(&args, 1, "ListBuckets");
        world.expect(&args, 1, "no part of a trail by their beginning, passed over: t/notes.md");
    }
    // A mark of UTF-8 stands before JSON and tables alike.
    fs::write(world.0.join("marked.json"), format!("\u{feff}{}", json!({ "Records": story() }))).unwrap();
    world.expect(&["timeline", "marked.json", "--bucket", "data"], 1, "anyone could read: 8 d 00:00:00");
    // What exports write for nothing is no error.
    let table = "\u{feff}eventtime,eventname,errorcode,requestparameters_bucketname\n\
                 2026-11-01T00:00:00Z,DeleteBucketPolicy,NULL,data\n2026-11-01T00:00:01Z,CreateBucket,\\N,data\n";
    fs::write(world.0.join("table.csv"), table).unwrap();
    let (_, text) = world.run(&["timeline", "table.csv", "--bucket", "data"]);
    assert!(text.contains("CreateBucket") && !text.contains("failed"), "{text}");
}

fn log_line(day: u32, who: &str) -> String {
    format!(
        "79a59 data [{day:02}/Nov/2026:00:00:38 +0000] 192.0.2.3 {who} 3E57{day} REST.GET.OBJECT secret.csv \
         \"GET /data/secret.csv HTTP/1.1\" 200 - 113 113 7 - \"-\" \"S3Console/0.4\" - x= SigV4 C AuthHeader data.s3.amazonaws.com TLSV1.2 - -\n"
    )
}

/// A log is of the time that it is of: where that is not the time of the window, nobody knows who used it.
#[test]
fn logs_that_do_not_cover_the_window() {
    let world = World::new("cover", good());
    world.write("t.json", &json!({ "Records": story() }));
    let owner = "79a59";
    fs::write(world.0.join("late.txt"), log_line(20, owner)).unwrap();
    fs::write(world.0.join("whole.txt"), log_line(1, owner) + &log_line(11, owner)).unwrap();
    let of =
        |log: &str| world.expect(&["timeline", "t.json", "--bucket", "data", "--access-log", log], 1, "used by nobody");
    assert!(
        of("late.txt").contains("which is from 2026-11-20T00:00:38Z to 2026-11-20T00:00:38Z and not of all the time")
    );
    assert!(!of("whole.txt").contains("not of all the time"));
    let box_of = |log: &str| {
        let text = world.report(&["--trail", "t.json", "--access-log", log]);
        let line = text.lines().find(|it| it.contains("Access from outside")).unwrap().to_owned();
        (line.starts_with("- [x]"), text.contains("who used the bucket in all of the time that it was open"))
    };
    assert_eq!((box_of("late.txt"), box_of("whole.txt")), ((false, true), (true, false)));
    // Who is asked for may be in the log alone.
    fs::write(world.0.join("liza.txt"), log_line(20, "arn:aws:iam::123456789012:user/liza")).unwrap();
    let mut all = story();
    all.push(call(
        "2026-11-12T00:00:00Z",
        "ListBuckets",
        &json!({ "userIdentity": { "arn": "arn:aws:iam::123456789012:user/bob" } }),
    ));
    world.write("later.json", &json!({ "Records": all }));
    let args = [
        "timeline",
        "later.json",
        "--bucket",
        "data",
        "--verify-since",
        "2026-11-11T00:00:00Z",
        "--identity",
        "user/liza",
    ];
    world.expect(&args, 0, "no call after");
    world.expect(&[args.as_slice(), &["--access-log", "liza.txt"]].concat(), 1, "(access log of data)");
}

/// How long it was open: all of it, or an empty box.
#[test]
fn how_long_it_was_open() {
    let world = World::new("how-long", good());
    let line = |records: &[Json]| {
        world.write("t.json", &json!({ "Records": records }));
        let text = world.report(&["--trail", "t.json"]);
        (text.lines().find(|it| it.contains("How long")).unwrap().to_owned(), text)
    };
    let mut twice = story();
    let on = json!({ "requestParameters": { "bucketName": "data", "PublicAccessBlockConfiguration":
        good()["public-access-block"]["PublicAccessBlockConfiguration"] } });
    twice.insert(4, call("2026-11-02T02:00:00Z", "PutBucketPublicAccessBlock", &on));
    twice.insert(5, call("2026-11-09T00:00:00Z", "DeleteBucketPublicAccessBlock", &json!({})));
    let (told, _) = line(&twice);
    assert!(told.starts_with("- [x] How long it was open: 1 d 02:00:00 in 2 times of access: anyone from"), "{told}");
    // Block Public Access of the bucket is not known before it is taken away.
    let mut late = story();
    late.remove(0);
    late.insert(
        1,
        call(
            "2026-11-01T00:00:03Z",
            "PutBucketOwnershipControls",
            &json!({ "requestParameters": {
        "bucketName": "data", "OwnershipControls": { "Rule": { "ObjectOwnership": "BucketOwnerEnforced" } } } }),
        ),
    );
    let moved = json!({ "eventTime": "2026-11-05T00:00:00Z" });
    let at = late.iter().position(|it| it["eventName"] == "DeleteBucketPublicAccessBlock").unwrap();
    late[at]["eventTime"] = moved["eventTime"].clone();
    late.push(call("2026-11-10T00:00:00Z", "PutBucketPublicAccessBlock", &on));
    late.retain(|it| it["eventName"] != "DeleteBucketPolicy");
    let (told, text) = line(&late);
    assert!(told == "- [ ] How long it was open" && text.contains("(at least 5 d 00:00:00)"), "{text}");
    assert!(text.contains("since when anyone had access: 2026-11-05T00:00:00Z at the latest"), "{text}");
    let mut perhaps = story();
    perhaps[3]["requestParameters"]["bucketPolicy"]["Statement"][0]["Condition"] =
        json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1" } });
    assert_eq!(line(&perhaps).0, "- [ ] How long it was open");
}

/// A finding of something else says nothing of the bucket, and starts no clock.
#[test]
fn findings_of_something_else() {
    let world = World::new("findings", good());
    world.write("t.json", &json!({ "Records": story() }));
    let role = json!({ "id": "r", "resource": "arn:aws:iam::123456789012:role/x", "resourceType": "AWS::IAM::Role",
        "principal": { "AWS": "999988887777" }, "createdAt": "2025-01-01T00:00:00Z", "status": "ACTIVE" });
    let own = json!({ "id": "1", "resource": "arn:aws:s3:::data", "resourceType": "AWS::S3::Bucket",
        "principal": { "AWS": "*" }, "createdAt": "2026-11-03T00:00:00Z", "status": "RESOLVED" });
    world.write("both.json", &json!({ "findings": [role, own] }));
    let text = world.report(&["--trail", "t.json", "--finding", "both.json"]);
    assert!(text.contains("noticed 2026-11-03T00:00:00Z") && text.contains("; it is RESOLVED there"), "{text}");
    assert!(!text.contains("- access-analyzer reported `external access of 999988887777`"), "{text}");
    assert!(text.contains("it is about arn:aws:iam::123456789012:role/x and names no bucket"), "{text}");
    world.write("role.json", &json!({ "findings": [role] }));
    let text = world.report(&["--trail", "t.json", "--finding", "role.json"]);
    assert!(!text.contains("72 hours end") && text.contains("when it was noticed"), "{text}");
    let failed = call("2026-11-02T00:00:00Z", "PutBucketPolicy", &json!({ "errorCode": "AccessDenied" }));
    world.write("failed.json", &json!({ "detail": failed }));
    let text = world.report(&["--finding", "failed.json"]);
    assert!(text.contains("`PutBucketPolicy`, a call that failed (AccessDenied)"), "{text}");
}

/// Who the owner is stands in the ACL: its canonical id is no outsider, another one is for certain.
#[test]
fn canonical_ids_and_deleted_roles() {
    let world = World::new("owners", good());
    let owner = acl(false)["Owner"]["ID"].as_str().unwrap().to_owned();
    let to = |principal: Json| {
        policy(json!([{ "Sid": "P", "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::data/*" }]))
    };
    world.snap("old.json", |it| it["buckets"]["data"]["bucket-policy"] = to(json!({ "AWS": ACCOUNT })));
    for (principal, name, must) in [
        (json!({ "CanonicalUser": owner }), "own.json", None),
        (json!({ "CanonicalUser": STRANGER }), "stranger.json", Some("+ gained read for ffff")),
        (json!({ "AWS": "AROAEXAMPLEEXAMPLE123" }), "gone.json", Some("? may gain read for AROAEXAMPLEEXAMPLE123")),
    ] {
        world.snap(name, |it| it["buckets"]["data"]["bucket-policy"] = to(principal.clone()));
        let (code, text) = world.run(&["diff", "old.json", name]);
        match must {
            None => assert!(code == 0 && text.contains("1 the same"), "{code} {text}"),
            Some(must) => assert!(code != 0 && text.contains(must), "{code} {text}"),
        }
    }
    // Of policies alone, too; and whether a canonical id is the owner's a trail does not say.
    let text = |it: &Json| serde_json::from_str::<Json>(it["Policy"].as_str().unwrap()).unwrap();
    world.write("a.json", &text(&to(json!({ "AWS": "arn:aws:iam::999988887777:role/x" }))));
    world.write("b.json", &text(&to(json!({ "AWS": "AROAEXAMPLEEXAMPLE123" }))));
    world.expect(&["diff", "a.json", "b.json"], 3, "is the id of a user or role that was deleted");
    for principal in [json!({ "AWS": "AROAEXAMPLEEXAMPLE123" }), json!({ "CanonicalUser": owner })] {
        let mut all = story();
        all[3]["requestParameters"]["bucketPolicy"]["Statement"][0]["Principal"] = principal;
        world.write("t.json", &json!({ "Records": all }));
        world.expect(&["timeline", "t.json", "--bucket", "data"], 3, "may have been able to read");
    }
    world.snap("granted.json", |it| {
        it["buckets"]["data"]["bucket-policy"] = good()["bucket-policy"].clone();
        it["buckets"]["data"]["bucket-ownership-controls"]["OwnershipControls"]["Rules"][0]["ObjectOwnership"] =
            json!("ObjectWriter");
        let grants = it["buckets"]["data"]["bucket-acl"]["Grants"].as_array_mut().unwrap();
        grants.push(json!({ "Grantee": { "Type": "CanonicalUser", "ID": STRANGER }, "Permission": "READ" }));
    });
    world.expect(&["diff", "old.json", "granted.json"], 1, "+ gained list for ffff");
}

/// A box is not ticked by what is no hardening, nor by what cannot be read.
#[test]
fn what_a_report_may_not_tick() {
    let world = World::new("boxes", good());
    world.write("t.json", &json!({ "Records": story() }));
    let rule = |status: &str, days: u32| json!({ "Rules": [{ "ID": "r", "Status": status, "Filter": { "Prefix": "" }, "Expiration": { "Days": days } }] });
    for (lifecycle, ticked) in
        [(rule("Enabled", 365), true), (rule("Disabled", 365), false), (rule("Enabled", 1), false)]
    {
        let _ = fs::remove_file(world.0.join("live.json"));
        world.snap("live.json", |it| it["buckets"]["data"]["bucket-lifecycle-configuration"] = lifecycle.clone());
        let text = world.report(&["--trail", "t.json", "--live", "live.json"]);
        assert_eq!(text.contains("- [x] Lifecycle: 1 rule enabled"), ticked, "{text}");
        let is_soon = lifecycle == rule("Enabled", 1);
        assert_eq!(text.contains("expires every object after 1 day"), is_soon, "{text}");
    }
    let _ = fs::remove_file(world.0.join("live.json"));
    world.snap("live.json", |it| it["buckets"]["data"]["bucket-policy"] = json!({ "Policy": "{nope" }));
    let text = world.report(&["--trail", "t.json", "--live", "live.json"]);
    assert!(text.contains("- [ ] Bucket policy now") && text.contains("its text is not JSON"), "{text}");
    // What is written as a file stays one.
    fs::create_dir_all(world.0.join("out/more")).unwrap();
    world.expect(&["report", "--verify", "out"], 1, "more: was not written with the report");
    fs::remove_dir(world.0.join("out/more")).unwrap();
    world.expect(&["report", "--verify", "out"], 0, "every file is as it was written");
    #[cfg(unix)]
    {
        fs::rename(world.0.join("out/report.json"), world.0.join("elsewhere.json")).unwrap();
        std::os::unix::fs::symlink(world.0.join("elsewhere.json"), world.0.join("out/report.json")).unwrap();
        world.expect(&["report", "--verify", "out"], 1, "report.json: is a link");
    }
}

/// Whom the bucket is open to as it is, the report says without a trail too.
#[test]
fn a_report_says_what_is_open_now() {
    let world = World::new("open-now", good());
    world.snap("shut.json", |_| {});
    let text = world.report(&["--live", "shut.json"]);
    assert!(text.contains("nobody outside of the account has access [E1]"), "{text}");
    world.snap("open.json", |it| {
        it["buckets"]["data"]["bucket-policy"] = open("data");
        it["buckets"]["data"].as_object_mut().unwrap().remove("public-access-block");
    });
    let text = world.report(&["--live", "open.json"]);
    assert!(text.contains("anyone has read access through statement \"O\" [E1]"), "{text}");
    let mut hidden = world.json("open.json");
    hidden["buckets"]["data"]["features"]["policy"] =
        json!({ "state": "unknown", "code": "AccessDenied", "message": "no" });
    world.write("hidden.json", &hidden);
    let text = world.report(&["--live", "hidden.json"]);
    assert!(!text.contains("nobody outside") && text.contains("whom the bucket is open to as it is"), "{text}");
}

/// Where a bucket is was asked and not answered: told.
#[test]
fn a_region_that_is_not_told() {
    let world = World::new("region", good());
    world.snap("here.json", |_| {});
    let mut there = world.json("here.json");
    there["buckets"]["data"]["region"] = json!("eu-west-1");
    world.write("there.json", &there);
    world.expect(&["diff", "here.json", "there.json", "--fail-on", "any"], 1, "~ region: us-east-1 → eu-west-1");
    world.faults(json!([{ "command": "get-bucket-location", "nth": 1, "times": 9, "do": "fail:AccessDenied" }]));
    world.expect(&["snapshot", "--bucket", "data", "-o", "live.json"], 3, "get-bucket-location answered AccessDenied");
    assert!(world.json("live.json")["buckets"]["data"]["evidence"]["get-bucket-location"].is_object());
    // Rows of which nothing was read, and two of one bucket.
    let row = json!({ "name": "data", "account_id": ACCOUNT, "acl": null, "policy": null, "block_public_acls": null,
        "block_public_policy": null, "ignore_public_acls": null, "restrict_public_buckets": null });
    world.write("rows.json", &json!({ "rows": [row, row] }));
    world.expect(&["snapshot", "--from", "rows.json", "-o", "rows-snap.json"], 3, "several rows of data");
    let features = &world.json("rows-snap.json")["buckets"]["data"]["features"];
    assert!(["policy", "public_access_block"].iter().all(|it| features[*it]["state"] == "unknown"), "{features}");
    // Saved answers are no code.
    world.write("saved/data/get-bucket-acl.json", &acl(false));
    world.expect(&["check", "saved"], 3, "snapshot --from");
}
