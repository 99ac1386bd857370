//! Sources → snapshot → model.

use std::path::Path;

use super::*;
use crate::source::Memory;
use crate::value::Truth;
use serde_json::Value as Json;

fn folder(files: &[(&str, &str)]) -> Snapshot {
    let files: Vec<(String, &str)> = files.iter().map(|(path, text)| (format!("live/{path}"), *text)).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let sources = Sources::new(Box::new(Memory::new(&files)));
    assert!(saved::is_saved(&sources, Path::new("live")));
    saved::read(&sources, Path::new("live"))
}

fn model(snapshot: &Snapshot) -> (Estate, Vec<Diagnostic>) {
    let sources = Sources::new(Box::new(Memory::default()));
    let file = sources.add(Path::new("snap.json"), snapshot.to_json());
    lower(&sources, file, Options::default())
}

fn denied(operation: &str) -> String {
    format!("\nAn error occurred (AccessDenied) when calling the {operation} operation: Access Denied\n")
}

#[test]
fn three_states() {
    let refused = denied("GetBucketPolicy");
    let snapshot = folder(&[
        ("data/get-bucket-policy.stderr", &refused),
        ("data/get-bucket-versioning.json", ""),
        ("data/get-bucket-logging.json", "{\"LoggingEnabled\": {\"TargetBucket\": \"logs\", \"TargetPrefix\": \"\"}}"),
        (
            "account/get-public-access-block.json",
            "{\"PublicAccessBlockConfiguration\": {\"RestrictPublicBuckets\": true}}",
        ),
    ]);
    let (estate, _) = model(&snapshot);
    let bucket = estate.buckets.first().unwrap();
    assert!(bucket.policy.why().is_some_and(|it| it.to_string().contains("AccessDenied")), "{:?}", bucket.policy);
    assert!(bucket.versioning.is_absent());
    assert!(bucket.logging.as_known().is_some());
    assert!(bucket.tags.why().is_some(), "what nobody asked is not absent");
    assert!(snapshot.errors.iter().any(|it| it.code == "AccessDenied"));
    let record = snapshot.buckets.get("data").unwrap();
    let evidence = record.evidence.get("get-bucket-policy").unwrap();
    assert_eq!(evidence.raw.as_deref(), Some(refused.as_str()), "byte for byte");
    assert!(evidence.is_intact());
}

#[test]
fn a_policy_has_its_place_in_the_file() {
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*"}]}"#;
    let answer = serde_json::json!({ "Policy": policy }).to_string();
    let snapshot = folder(&[
        ("data/get-bucket-policy.json", &answer),
        ("data/get-public-access-block.stderr", "An error occurred (NoSuchPublicAccessBlockConfiguration) when"),
        ("account/get-public-access-block.stderr", "An error occurred (NoSuchPublicAccessBlockConfiguration) when"),
    ]);
    let (estate, diagnostics) = model(&snapshot);
    let bucket = estate.buckets.first().unwrap();
    let facts = crate::policy::public_status(bucket.policy.as_known().unwrap(), &crate::policy::Context::default());
    assert_eq!(facts.public, Truth::Yes);
    let text = snapshot.to_json();
    let at = bucket.policy.as_known().unwrap().statements.first().unwrap().origin.span.unwrap();
    assert!(text.get(at.range()).unwrap().starts_with('{'), "{diagnostics:?}");
}

#[test]
fn unasked_account_is_not_known() {
    let snapshot = folder(&[("data/get-bucket-tagging.json", "{\"TagSet\": []}")]);
    let (estate, _) = model(&snapshot);
    assert!(estate.accounts.first().unwrap().public_access_block.why().is_some());
}

#[test]
fn bad_snapshots() {
    let check = |text: &str, code: &str| {
        let sources = Sources::new(Box::new(Memory::default()));
        let file = sources.add(Path::new("snap.json"), text);
        let (_, diagnostics) = lower(&sources, file, Options::default());
        assert_eq!(diagnostics.first().map(|it| it.code), Some(code), "{diagnostics:?}");
    };
    let whole = folder(&[("data/get-bucket-tagging.json", "{\"TagSet\": []}")]).to_json();
    check(whole.get(..whole.len() / 2).unwrap(), "syntax-error");
    check(&whole.replace("snapshot/1", "snapshot/9"), "snapshot-version");
    check("{\"schema\": \"bucketlint/snapshot/1\", \"buckets\": {\"a\": {}, \"a\": {}}}", "snapshot-duplicate");
}

/// The three envelopes of AWS Config say the same.
#[test]
fn envelopes_of_config() {
    let parts = serde_json::json!({
        "AccessControlList": "{\"grantList\": [{\"grantee\": \"AllUsers\", \"permission\": \"Read\"}], \"owner\": {\"id\": \"75aa\"}}",
        "BucketPolicy": { "policyText": "{\"Statement\": []}" },
        "BucketVersioningConfiguration": { "status": "Suspended", "isMfaDeleteEnabled": null },
        "BucketLoggingConfiguration": { "destinationBucketName": null, "logFilePrefix": null },
        "PublicAccessBlockConfiguration": { "blockPublicAcls": true },
    });
    let encoded: serde_json::Map<_, _> = parts
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| (key.clone(), serde_json::Value::String(value.to_string())))
        .collect();
    let item = |parts: serde_json::Value| {
        serde_json::json!({
            "resourceType": "AWS::S3::Bucket", "resourceName": "data", "accountId": "123456789012",
            "supplementaryConfiguration": parts,
        })
    };
    let documents = [
        serde_json::json!({ "configurationItems": [item(parts.clone())] }),
        serde_json::json!({ "configurationItems": [item(encoded.into())] }),
        serde_json::json!({ "Results": [item(parts.clone()).to_string()] }),
        serde_json::json!({ "invokingEvent": serde_json::json!({ "configurationItem": item(parts) }).to_string() }),
    ];
    let mut read: Vec<_> = documents
        .iter()
        .map(|it| {
            assert!(config::is_config(it), "{it}");
            let mut record = config::read(it, "x").buckets.remove("data").unwrap();
            record.evidence.clear();
            record
        })
        .collect();
    read.dedup();
    assert_eq!(read.len(), 1, "{read:#?}");
    let record = read.first().unwrap();
    assert!(record.features.get("acl").unwrap().value().is_some());
    assert!(record.features.get("ownership").unwrap().is_unknown(), "Config does not record it");
    assert!(!record.features.get("public_access_block").unwrap().is_unknown());
}

/// A setting in another form than a boolean is not known, and not off.
#[test]
fn settings_of_config_that_are_no_booleans_are_unknown() {
    let item = serde_json::json!({ "configurationItems": [{
        "resourceType": "AWS::S3::Bucket", "resourceName": "data", "accountId": "123456789012",
        "supplementaryConfiguration": { "PublicAccessBlockConfiguration": { "blockPublicAcls": "yes" } },
    }] });
    let record = config::read(&item, "x").buckets.remove("data").unwrap();
    assert!(record.features.get("public_access_block").unwrap().is_unknown());
}

/// A query that selects some columns says nothing of the others: they are unknown, and a row of names alone is still a bucket.
#[test]
fn what_a_query_of_config_did_not_select_is_unknown() {
    let row = |name: &str, parts: serde_json::Value| {
        let mut row = serde_json::json!({ "resourceType": "AWS::S3::Bucket", "resourceId": name });
        if !parts.is_null() {
            row["supplementaryConfiguration"] = parts;
        }
        row.to_string()
    };
    let some = serde_json::json!({ "BucketPolicy": { "policyText": null } });
    let rows = [
        row("some", some),
        row("names", serde_json::Value::Null),
        "{".to_owned(),
        "{\"resourceType\": \"AWS::S3::Bucket\"}".to_owned(),
    ];
    let snapshot = config::read(&serde_json::json!({ "Results": rows, "NextToken": "more" }), "x");
    let state = |bucket: &str, name: &str| snapshot.buckets[bucket].features[name].is_unknown();
    assert!(!state("some", "policy") && state("some", "public_access_block") && state("names", "policy"));
    let incomplete: Vec<&str> =
        snapshot.errors.iter().filter(|it| it.code == super::INCOMPLETE).map(|it| it.message.as_str()).collect();
    insta::assert_debug_snapshot!(incomplete, @r#"
    [
        "1 item without a `resourceName` or `resourceId`",
        "it is one page of several: `NextToken` asks for the next",
        "member 3 of `Results` is no configuration item",
    ]
    "#);
}

fn config_item(parts: &serde_json::Value) -> serde_json::Value {
    serde_json::json!({
        "resourceType": "AWS::S3::Bucket", "resourceName": "data", "accountId": "123456789012", "supplementaryConfiguration": parts,
    })
}

/// What cannot be read is not "no grants", "no rules", "no logging".
#[test]
fn parts_of_config_that_cannot_be_read_are_unknown() {
    let read = |name: &str, part: serde_json::Value, feature: &str| {
        let item = config_item(&serde_json::json!({ name: part }));
        let all = serde_json::json!({
            "BucketPolicy": {"policyText": null}, "BucketLoggingConfiguration": {"destinationBucketName": null},
            "BucketVersioningConfiguration": {"status": "Off"},
        });
        let mut item = item;
        for (key, value) in all.as_object().unwrap() {
            let parts = item["supplementaryConfiguration"].as_object_mut().unwrap();
            parts.entry(key.clone()).or_insert_with(|| value.clone());
        }
        let document = serde_json::json!({ "configurationItems": [item] });
        config::read(&document, "x").buckets.remove("data").unwrap().features.remove(feature).unwrap()
    };
    let grant = serde_json::json!([{"grantee": "AllUsers", "permission": "Read"}]);
    for part in [
        serde_json::json!({}),
        serde_json::json!("{\"grantList\": [{\"grantee\""),
        serde_json::json!({ "grantList": "x" }),
        serde_json::json!({ "grantList": null }),
        serde_json::json!([]),
    ] {
        assert!(read("AccessControlList", part.clone(), "acl").is_unknown(), "{part}");
    }
    for part in [
        serde_json::json!({ "grantList": null, "grantSet": grant }),
        serde_json::json!({ "grantList": [], "grantSet": grant }),
        serde_json::json!({ "grantList": grant, "grantSet": null }),
    ] {
        let acl = read("AccessControlList", part.clone(), "acl");
        assert!(acl.value().unwrap().to_string().contains("AllUsers"), "{part}");
    }
    for (name, part, feature) in [
        ("ServerSideEncryptionConfiguration", serde_json::json!({}), "encryption"),
        ("ServerSideEncryptionConfiguration", serde_json::json!({ "rules": [7] }), "encryption"),
        ("BucketLoggingConfiguration", serde_json::json!({ "destinationBucketName": 7 }), "logging"),
        ("BucketVersioningConfiguration", serde_json::json!({ "status": 7 }), "versioning"),
        ("BucketLifecycleConfiguration", serde_json::json!({ "rules": "x" }), "lifecycle"),
        ("BucketReplicationConfiguration", serde_json::json!({ "rules": [] }), "replication"),
        ("CrossOriginConfiguration", serde_json::json!({ "rules": {} }), "cors"),
        ("BucketAccelerateConfiguration", serde_json::json!({ "status": 7 }), "acceleration"),
    ] {
        assert!(read(name, part.clone(), feature).is_unknown(), "{name} {part}");
    }
}

/// The latest item counts, in whatever form its time is written; where that is not known, it is said.
#[test]
fn the_latest_item_of_config_counts() {
    let item = |at: serde_json::Value, status: &str| {
        let mut item = config_item(&serde_json::json!({ "BucketVersioningConfiguration": { "status": status } }));
        item["configurationItemCaptureTime"] = at;
        item
    };
    let pairs = [
        (serde_json::json!(1_763_431_925.5), serde_json::json!(1_763_431_925.25)),
        (serde_json::json!(1_763_431_925), serde_json::json!(963_431_925)),
        (serde_json::json!("2026-11-18T01:00:00-05:00"), serde_json::json!("2026-11-18T03:00:00+00:00")),
        (serde_json::json!("2026-11-18T03:00:00.123Z"), serde_json::json!("2026-11-18T03:00:00Z")),
        (serde_json::json!("2026-11-18T03:00:00Z"), serde_json::json!(1_663_431_925)),
        (serde_json::json!("2026-11-18T03:00:00Z"), serde_json::json!("2026-11-18T03:00:00Z")),
    ];
    for (newer, older) in pairs {
        let document = serde_json::json!({
            "configurationItems": [item(newer.clone(), "Suspended"), item(older.clone(), "Enabled")],
        });
        let snapshot = config::read(&document, "x");
        let versioning = snapshot.buckets["data"].features["versioning"].value().unwrap().to_string();
        assert!(versioning.contains("Suspended"), "{newer} {older}: {versioning}");
        assert!(!snapshot.errors.iter().any(|it| it.message.contains("latest")), "{:?}", snapshot.errors);
        assert!(snapshot.collected_at.unwrap().starts_with("202"));
    }
    let document = serde_json::json!({
        "configurationItems": [item(serde_json::json!("soon"), "Suspended"), item(serde_json::json!(1_763_431_925), "Enabled")],
    });
    let snapshot = config::read(&document, "x");
    assert!(snapshot.errors.iter().any(|it| it.message.contains("which is the latest is not known")));
}

/// What was recorded and cannot be read is not what was not recorded; a name that is null is none.
#[test]
fn items_of_config_that_are_broken() {
    for (parts, code) in
        [("{}", "NotCollected"), ("null", "NotTranslated"), ("5", "NotTranslated"), ("\"{broken\"", "NotTranslated")]
    {
        let text = format!(
            r#"{{"resourceType":"AWS::S3::Bucket","resourceName":null,"resourceId":"data","supplementaryConfiguration":{parts}}}"#
        );
        let snapshot = config::read_bare(&text).unwrap().unwrap();
        let State::Unknown { code: found, .. } = &snapshot.buckets["data"].features["policy"] else { panic!("{text}") };
        assert_eq!(found, code, "{text}");
    }
}

/// A member of a delivery that is no item is told, one that was encoded once more is read, and one of another resource is neither.
#[test]
fn members_that_are_no_items() {
    let good = config_item(&serde_json::json!({}));
    for member in ["null", "5", "{}", "\"text\"", "{\"resourceType\": 5, \"resourceName\": \"x\"}", "[]"] {
        let member: Json = serde_json::from_str(member).unwrap();
        for key in ["configurationItems", "Results"] {
            let snapshot = config::read(&serde_json::json!({ key: [good, member] }), "x");
            assert_eq!(snapshot.buckets.len(), 1);
            let told = snapshot.errors.iter().any(|it| it.message.contains(&format!("member 2 of `{key}`")));
            assert!(told, "{member} {:?}", snapshot.errors);
        }
    }
    let none = config::read(&serde_json::json!({ "configurationItems": [good], "Results": 5 }), "x");
    assert!(none.errors.iter().any(|it| it.message.contains("`Results` is no list")));
    let mut other = good.clone();
    other["resourceName"] = "other".into();
    let twice = Json::String(Json::String(other.to_string()).to_string());
    let elsewhere = serde_json::json!({ "resourceType": "AWS::EC2::Instance", "resourceId": "i-1" });
    let snapshot = config::read(&serde_json::json!({ "configurationItems": [good, twice, elsewhere] }), "x");
    assert_eq!(snapshot.buckets.len(), 2);
    assert!(!snapshot.errors.iter().any(|it| it.message.contains("member")), "{:?}", snapshot.errors);
    for (kind, buckets) in [(Json::Null, 1), (Json::from(""), 1), (Json::from(5), 0)] {
        let mut item = good.clone();
        item["resourceType"] = kind.clone();
        let snapshot = config::read_bare(&item.to_string()).unwrap().unwrap();
        assert_eq!(snapshot.buckets.len(), buckets, "{kind}");
        assert_eq!(snapshot.errors.iter().any(|it| it.message.contains("is no text")), buckets == 0, "{kind}");
    }
}

/// A list of access points that was refused is not an empty one; one of the account is of the buckets of its region, and of one that was
/// asked for in the bucket's region the bucket has it.
#[test]
fn lists_of_access_points() {
    let refused = denied("ListAccessPoints");
    let (here, there) = ("{\"LocationConstraint\": \"eu-west-1\"}", "{\"LocationConstraint\": \"eu-north-1\"}");
    let point = |bucket: &str| {
        format!(
            "{{\"AccessPointList\": [{{\"Name\": \"ap\", \"Bucket\": \"{bucket}\", \"NetworkOrigin\": \"Internet\",
              \"AccessPointArn\": \"arn:aws:s3:eu-west-1:123456789012:accesspoint/ap\"}}]}}"
        )
    };
    let (own, other) = (point("data"), point("other"));
    let none = "{\"AccessPointList\": []}";
    let policy = ("data/get-bucket-policy.stderr", "An error occurred (NoSuchBucketPolicy) when");
    let state = |files: &[(&str, &str)]| {
        let snapshot = folder(&[&[policy], files].concat());
        let told = snapshot.errors.iter().any(|it| it.asked.ends_with("list-access-points") && it.may_hide());
        let state = snapshot.buckets.get("data").unwrap().features.get(LISTED).cloned();
        (state.map(|it| it.value().is_some() || matches!(it, State::Absent { .. })), told)
    };
    let location = |text| ("data/get-bucket-location.json", text);
    for (file, text) in [("data/list-access-points", &refused), ("@account/list-access-points", &refused)] {
        let (json, stderr, rc) = (format!("{file}.json"), format!("{file}.stderr"), format!("{file}.rc"));
        assert_eq!(state(&[location(here), (&json, ""), (&stderr, text), (&rc, "254")]), (Some(false), true), "{file}");
    }
    let account = |text| ("@account/list-access-points.json", text);
    assert_eq!(state(&[location(here), account(own.as_str())]), (Some(true), false));
    assert_eq!(state(&[location(here), account(other.as_str())]), (Some(true), false), "a list of its region");
    assert_eq!(state(&[account(own.as_str())]), (Some(true), false), "an access point is where its bucket is");
    assert_eq!(state(&[location(there), account(other.as_str())]), (Some(false), true));
    assert_eq!(state(&[location(here), account(none)]), (Some(false), true));
    assert_eq!(state(&[account(other.as_str())]), (Some(false), true));
    let asked = ("data/list-access-points.json", none);
    assert_eq!(state(&[location(here), asked]), (Some(true), false));
    assert_eq!(state(&[location(here), asked, account(other.as_str())]), (Some(true), false));
    assert_eq!(state(&[location(here)]), (Some(false), true), "nobody asked");
}

/// An access point that nobody may read is not what the list says of it; one that nobody asked for is told.
#[test]
fn access_points_that_were_not_read() {
    let list = "{\"AccessPointList\": [{\"Name\": \"ap\", \"Bucket\": \"data\", \"NetworkOrigin\": \"Internet\"}]}";
    let (own, policy) = (denied("GetAccessPoint"), denied("GetAccessPointPolicy"));
    let mut files = vec![
        ("data/get-bucket-policy.stderr", "An error occurred (NoSuchBucketPolicy) when"),
        ("data/list-access-points.json", list),
        ("data/get-access-point-policy.ap.stderr", policy.as_str()),
    ];
    let snapshot = folder(&files);
    let point = snapshot.access_points.first().unwrap();
    assert!(point.point.value().is_some() && doubts_of_point(point).is_empty());
    let tells = |it: &Snapshot| it.errors.iter().any(|it| it.asked == "s3control get-access-point");
    assert!(tells(&snapshot), "{:?}", snapshot.errors);
    let (estate, _) = model(&snapshot);
    let why = estate.access_points.first().unwrap().policy.why().unwrap().to_string();
    assert!(why.contains("get-access-point-policy: AccessDenied"), "{why}");
    files.push(("data/get-access-point.ap.stderr", &own));
    let snapshot = folder(&files);
    assert!(snapshot.access_points.first().unwrap().point.is_unknown() && tells(&snapshot));
}
