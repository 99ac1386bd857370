//! `fleet`: a stream of live buckets, in one piece and in parts.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";

fn fleet(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_bucketlint"))
        .arg("fleet")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // Whoever refuses the arguments reads nothing.
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(input.as_bytes());
    });
    let out = child.wait_with_output().unwrap();
    writer.join().unwrap();
    out
}

fn lines(out: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&out.stdout).lines().map(|it| serde_json::from_str(it).unwrap()).collect()
}

fn of<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|it| it["kind"] == kind).collect()
}

fn features(is_open: bool, name: &str) -> Value {
    let set = |value: Value| json!({"state": "set", "value": value});
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{name}/*"),
    }]});
    let mut all = json!({
        "public_access_block": {"state": "absent"},
        "policy": {"state": "absent"},
        "acl": set(json!({"Owner": {"ID": "a"}, "Grants": [
            {"Grantee": {"ID": "a", "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"},
        ]})),
        "ownership": set(json!({"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}})),
        "encryption": set(json!({"ServerSideEncryptionConfiguration": {"Rules": [
            {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}},
        ]}})),
        "versioning": set(json!({"Status": "Enabled"})),
    });
    if is_open {
        all["policy"] = set(json!({"Policy": policy.to_string()}));
    }
    for absent in ["logging", "object_lock", "lifecycle", "replication", "cors", "website", "notification", "tags"] {
        all[absent] = json!({"state": "absent"});
    }
    all
}

fn account(is_closed: bool) -> Value {
    let block = json!({"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true});
    let closed = json!({"state": "set", "value": {"PublicAccessBlockConfiguration": block}});
    json!({ACCOUNT: {"public_access_block": if is_closed { closed } else { json!({"state": "absent"}) }}})
}

fn record(name: &str, is_open: bool, accounts: Option<Value>) -> String {
    let bucket = json!({"account": ACCOUNT, "region": "eu-west-1", "features": features(is_open, name)});
    let mut record = json!({"schema": "bucketlint/snapshot/1", "buckets": {name: bucket}});
    if let Some(accounts) = accounts {
        record["accounts"] = accounts;
    }
    record.to_string()
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn findings_are_lines_and_the_last_line_counts() {
    let input: Vec<String> = (0..4).map(|it| record(&format!("b{it}"), it == 2, Some(account(false)))).collect();
    let out = fleet(&[], &input.join("\n"));
    let lines = lines(&out);
    let public: Vec<_> =
        of(&lines, "finding").into_iter().filter(|it| it["rule"] == "bucket-policy-public-principal").collect();
    assert_eq!(public.len(), 1, "{lines:?}");
    assert_eq!(public[0]["bucket"], "b2");
    assert_eq!(public[0]["witness"]["action"], "s3:GetObject");
    let end = lines.last().unwrap();
    assert_eq!((&end["kind"], &end["buckets"], &end["public"]), (&json!("end"), &json!(4), &json!(1)));
    assert_eq!(out.status.code(), Some(1));
}

/// An item without its policy is undecided, and a member that is no item costs itself only.
#[test]
fn items_that_lack_something_are_never_fine() {
    let parts = json!({
        "BucketVersioningConfiguration": {"status": "Enabled"}, "BucketLoggingConfiguration": {"destinationBucketName": null},
        "BucketPolicy": {"policyText": null},
        "AccessControlList": {"grantList": [{"grantee": {"id": "o"}, "permission": "FullControl"}], "owner": {"id": "o"}},
    });
    let item = |name: &str, without: &str| {
        let mut parts = parts.clone();
        parts.as_object_mut().unwrap().remove(without);
        json!({"resourceType": "AWS::S3::Bucket", "resourceName": name, "accountId": ACCOUNT,
               "configurationItemCaptureTime": "2026-01-01T00:00:00Z", "supplementaryConfiguration": parts})
    };
    let args = ["--account-bpa", "on", "--disable", "bpa-missing"];
    let run = |items: &[Value]| fleet(&args, &json!({"fileVersion": "1.0", "configurationItems": items}).to_string());
    let good = run(&[item("a", "")]);
    assert_eq!(good.status.code(), Some(0), "{}", String::from_utf8_lossy(&good.stdout));
    let rules =
        |out: &Output| -> Vec<String> { of(&lines(out), "finding").iter().map(|it| it["rule"].to_string()).collect() };
    let out = run(&[item("a", "BucketPolicy")]);
    assert!(rules(&out).contains(&"\"policy-unresolvable\"".to_owned()), "{:?}", rules(&out));
    assert_ne!(out.status.code(), Some(0));
    let out = run(&[item("a", ""), Value::Null, json!(item("b", "").to_string()), item("c", "")]);
    let lines = lines(&out);
    assert_eq!(lines.last().unwrap()["buckets"], 3, "{lines:?}");
    assert_eq!((of(&lines, "diagnostic").len(), out.status.code()), (1, Some(3)), "{lines:?}");
}

#[test]
fn what_is_known_of_an_account_holds_for_the_records_behind_it() {
    let block = json!({"schema": "bucketlint/snapshot/1", "accounts": account(true)}).to_string();
    let public = |input: &str| {
        let out = fleet(&[], input);
        let lines = lines(&out);
        (lines.last().unwrap()["public"].clone(), lines.last().unwrap()["exposure_unknown"].clone())
    };
    let open = record("b", true, None);
    assert_eq!(public(&format!("{block}\n{open}\n")), (json!(0), json!(0)));
    // Before it, nothing is known of the account: undecided, never fine.
    assert_eq!(public(&format!("{open}\n{block}\n")), (json!(0), json!(1)));
    // What a record says itself comes first.
    let own = record("b", true, Some(account(false)));
    assert_eq!(public(&format!("{block}\n{own}\n")), (json!(1), json!(0)));
}

#[test]
fn parts_merge_into_the_whole() {
    let input: Vec<String> = (0..40).map(|it| record(&format!("b{it}"), it % 7 == 0, Some(account(false)))).collect();
    let folder = folder("fleet-merge");
    let save = |name: &str, lines: &[String]| {
        let out = fleet(&[], &lines.join("\n"));
        let path = folder.join(name);
        std::fs::write(&path, &out.stdout).unwrap();
        path.to_string_lossy().into_owned()
    };
    let whole = save("whole", &input);
    let parts: Vec<String> = input.chunks(9).enumerate().map(|(at, it)| save(&format!("part{at}"), it)).collect();
    let merge = |files: &[String], more: &[&str]| {
        let files = files.iter().map(String::as_str);
        fleet(&["merge"].into_iter().chain(files).chain(more.iter().copied()).collect::<Vec<_>>(), "")
    };
    let one = merge(&[whole], &["--expect", "40"]);
    let several = merge(&parts, &["--expect", "40"]);
    assert_eq!(String::from_utf8_lossy(&one.stdout), String::from_utf8_lossy(&several.stdout));
    assert_eq!((one.status.code(), several.status.code()), (Some(1), Some(1)));
    // A part that is missing or was cut off is told.
    let lost = merge(&parts[1..], &["--expect", "40", "--fail-on", "never"]);
    assert_eq!(lost.status.code(), Some(3));
    let cut = folder.join("cut");
    let text = std::fs::read_to_string(&parts[0]).unwrap();
    std::fs::write(&cut, text.lines().next().unwrap()).unwrap();
    let cut = merge(&[cut.to_string_lossy().into_owned()], &["--fail-on", "never"]);
    assert_eq!(cut.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&cut.stdout).contains("did not come to its end"));
}

#[test]
fn a_broken_record_costs_itself_and_is_told() {
    let good = record("b", false, Some(account(true)));
    let input = format!("{good}\n{{\"schema\": \n[]\n{{\"a\":1}}\n{good}\n");
    let out = fleet(&["--fail-on", "never"], &input);
    let lines = lines(&out);
    assert_eq!(lines.last().unwrap()["buckets"], 2);
    assert_eq!(of(&lines, "diagnostic").len(), 3, "{lines:?}");
    assert_eq!(out.status.code(), Some(3));
    let none = fleet(&[], "");
    assert_eq!((none.status.code(), self::lines(&none).len()), (Some(0), 1));
}

fn item(name: &str, is_open: bool) -> Value {
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{name}/*"),
    }]});
    let policy = if is_open { Value::String(policy.to_string()) } else { Value::Null };
    json!({
        "configurationItemStatus": "OK", "resourceType": "AWS::S3::Bucket", "resourceName": name, "awsAccountId": ACCOUNT,
        "supplementaryConfiguration": {
            "BucketPolicy": {"policyText": policy}, "BucketLoggingConfiguration": {"destinationBucketName": null},
            "BucketVersioningConfiguration": {"status": "Off", "isMfaDeleteEnabled": null},
        },
    })
}

#[test]
fn items_of_aws_config_are_records_too() {
    let block = json!({
        "resourceType": "AWS::S3::AccountPublicAccessBlock", "awsAccountId": ACCOUNT, "supplementaryConfiguration": {},
        "configuration": {"blockPublicAcls": false, "ignorePublicAcls": false, "blockPublicPolicy": false, "restrictPublicBuckets": false},
    });
    let other = json!({"resourceType": "AWS::EC2::Instance", "configuration": {}});
    let items = [block, item("a", true), other, item("b", false)];
    let counts = |input: &str| {
        let out = fleet(&[], input);
        let end = lines(&out).pop().unwrap();
        (end["buckets"].clone(), end["public"].clone(), end["diagnostics"].clone())
    };
    let expected = (json!(2), json!(1), json!(0));
    let as_lines: Vec<String> = items.iter().map(Value::to_string).collect();
    assert_eq!(counts(&as_lines.join("\n")), expected);
    let delivery = json!({"fileVersion": "1.0", "configurationItems": items});
    assert_eq!(counts(&delivery.to_string()), expected);
    assert_eq!(counts(&serde_json::to_string_pretty(&delivery).unwrap()), expected);
    // A page of a query is not the whole, and a row that cannot be read may be any bucket.
    let page = json!({"Results": [items[1].to_string(), "{\"resourceId\": "], "NextToken": "x"});
    assert_eq!(counts(&page.to_string()), (json!(1), json!(0), json!(2)));
    let cut = delivery.to_string();
    let cut = fleet(&["--fail-on", "never"], &cut[..cut.len() - 10]);
    assert_eq!(cut.status.code(), Some(3), "{}", String::from_utf8_lossy(&cut.stdout));
}

/// An item of AWS Config is judged as it is translated; a snapshot of it stands in a text. Both say the same.
#[test]
fn an_item_of_config_is_judged_as_its_snapshot() {
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::open/*",
    }, {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::open/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]});
    let acl = json!({"owner": {"id": "a"}, "grantList": [{"grantee": "AllUsers", "permission": "Read"}]});
    let bucket = |name: &str, parts: Value| {
        json!({"configurationItemStatus": "OK", "configurationItemCaptureTime": "2026-01-01T00:00:00.000Z",
            "resourceType": "AWS::S3::Bucket", "resourceId": name, "resourceName": name, "awsAccountId": ACCOUNT,
            "awsRegion": "eu-west-1", "configuration": {"name": name}, "supplementaryConfiguration": parts})
    };
    let whole = json!({
        "BucketPolicy": {"policyText": policy.to_string()},
        "BucketLoggingConfiguration": {"destinationBucketName": "logs", "logFilePrefix": "a/"},
        "BucketVersioningConfiguration": {"status": "Enabled", "isMfaDeleteEnabled": null},
        "PublicAccessBlockConfiguration": {"blockPublicAcls": false, "restrictPublicBuckets": false},
        "AccessControlList": acl.to_string(),
        "BucketTaggingConfiguration": {"tagSets": [{"tags": {"team": "a\"b"}}]},
        "BucketLifecycleConfiguration": {"rules": [{"id": "r", "status": "Enabled", "expirationInDays": 3}]},
    });
    let broken = json!({"BucketPolicy": {"policyText": "{\"Statement\":["}, "BucketLoggingConfiguration": {}});
    let items = [bucket("open", whole), bucket("silent", json!({})), bucket("broken", broken)];
    let mut read = 0;
    for item in &items {
        let snapshot = bucketlint::frontend::live::config::read_bare(&item.to_string()).unwrap().unwrap();
        let told = fleet(&["--profile", "all"], &item.to_string());
        let written = fleet(&["--profile", "all"], &snapshot.to_line());
        assert_eq!(String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&written.stdout));
        assert_eq!(told.status.code(), written.status.code());
        read += of(&lines(&told), "finding").len();
    }
    assert!(10 < read, "{read} findings");
}
