//! What is a sign of ransom, and what is none.

use serde_json::{Value as Json, json};

use super::super::{Ask, Replay, records, replay};
use super::Time;

const ANA: &str = "arn:aws:iam::123456789012:user/ana";

fn event(time: &str, name: &str, actor: &str, parameters: &Json) -> Json {
    json!({ "eventTime": time, "eventID": format!("{time} {name} {actor}"), "eventName": name, "eventSource": "s3.amazonaws.com",
            "userIdentity": { "type": "IAMUser", "arn": actor, "accountId": "123456789012" }, "sourceIPAddress": "198.51.100.7",
            "recipientAccountId": "123456789012", "requestParameters": parameters })
}

fn run(all: &[Json]) -> Replay {
    let (events, problems) = records(&json!({ "Records": all }).to_string(), "test");
    assert!(problems.is_empty(), "{problems:?}");
    replay(events, &Ask { bucket: "data".to_owned(), ..Ask::default() })
}

/// Who sets a bucket up that was just made loses nothing; a stranger, or later, may.
#[test]
fn a_bucket_that_is_being_made() {
    let rule = json!({ "Status": "Enabled", "Filter": { "Prefix": "tmp/" }, "Expiration": { "Days": 1 } });
    let rule = json!({ "bucketName": "data", "LifecycleConfiguration": { "Rule": rule } });
    let eve = ANA.replace("ana", "eve");
    for (time, actor, tells) in [
        ("2026-11-01T00:00:03Z", ANA, false),
        ("2026-11-01T00:00:03Z", eve.as_str(), true),
        ("2026-11-02T00:00:00Z", ANA, true),
    ] {
        let made = event("2026-11-01T00:00:00Z", "CreateBucket", ANA, &json!({ "bucketName": "data" }));
        let found = run(&[made, event(time, "PutBucketLifecycle", actor, &rule)]);
        assert_eq!(found.rows.last().unwrap().labels.contains(&"tamper"), tells, "{time} {actor}");
        assert_eq!(found.signs.len(), usize::from(tells), "{time} {actor}");
    }
}

/// Copies in place with a key that is not the account's, and what goes past Object Lock, are signs; what an application does is none.
#[test]
fn objects_held_to_ransom() {
    const KEY: &str = "x-amz-server-side-encryption-customer-algorithm";
    const HAD: &str = "x-amz-copy-source-server-side-encryption-customer-algorithm";
    const KMS: &str = "x-amz-server-side-encryption-aws-kms-key-id";
    const PAST: &str = "x-amz-bypass-governance-retention";
    let key = |account: &str| format!("arn:aws:kms:us-east-1:{account}:key/k");
    for (name, parameters, told) in [
        ("CopyObject", json!({ "x-amz-copy-source": "data/k", KEY: "AES256" }), "only the caller has (SSE-C)"),
        ("CopyObject", json!({ "x-amz-copy-source": "/data/k", KEY: "AES256", HAD: "AES256" }), ""),
        ("CopyObject", json!({ "x-amz-copy-source": "data-in/k", KEY: "AES256" }), ""),
        ("CopyObject", json!({ "x-amz-copy-source": "data/k" }), ""),
        ("UploadPartCopy", json!({ "x-amz-copy-source": "data/k", KEY: "AES256" }), "only the caller has (SSE-C)"),
        ("CopyObject", json!({ "x-amz-copy-source": "data/k", KMS: key("999988887777") }), "account 999988887777"),
        ("CopyObject", json!({ "x-amz-copy-source": "in/k", KMS: key("999988887777") }), ""),
        ("CopyObject", json!({ "x-amz-copy-source": "data/k", KMS: key("123456789012") }), ""),
        ("CopyObject", json!({ "x-amz-copy-source": "data/k", KMS: "alias/data" }), ""),
        ("DeleteObjects", json!({ "delete": "" }), ""),
        ("DeleteObjects", json!({ "delete": "", PAST: "true" }), "past the retention of Object Lock"),
        ("DeleteObject", json!({ "key": "k", "versionId": "v", PAST: "true" }), "past the retention"),
        ("DeleteObject", json!({ "key": "k", "versionId": "v", PAST: "false" }), ""),
        ("DeleteObject", json!({ "key": "k", "versionId": "v" }), ""),
        ("DeleteObject", json!({ "key": "k" }), ""),
        ("PutObject", json!({ "key": "k", KEY: "AES256" }), ""),
    ] {
        let mut parameters = parameters;
        parameters["bucketName"] = json!("data");
        let signs = run(&[event("2026-11-02T00:00:00Z", name, ANA, &parameters)]).signs.join("\n");
        assert!(signs.is_empty() == told.is_empty() && signs.contains(told), "{name} {parameters} {signs}");
    }
    let mut nobody = event("2026-11-02T00:00:00Z", "DeleteObject", ANA, &json!({ "bucketName": "data", "key": "k" }));
    nobody["userIdentity"] = json!({ "type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL" });
    assert!(run(&[nobody]).signs[0].contains("without a signature"));
    // Who reads an object and writes it back with a key of its own takes it; who keeps one so does not.
    let put =
        event("2026-11-02T00:00:09Z", "PutObject", ANA, &json!({ "bucketName": "data", "key": "k", KEY: "AES256" }));
    for (read, actor, tells) in [
        (json!({ "key": "k" }), ANA, true),
        (json!({ "key": "k", KEY: "AES256" }), ANA, false),
        (json!({ "key": "other" }), ANA, false),
        (json!({ "key": "k" }), "arn:aws:iam::123456789012:user/app", false),
    ] {
        let mut read = read;
        read["bucketName"] = json!("data");
        let signs = run(&[event("2026-11-02T00:00:00Z", "GetObject", actor, &read), put.clone()]).signs;
        assert_eq!(signs.len(), usize::from(tells), "{read} {signs:?}");
    }
}

/// The sessions of a role are one caller of what is read and written back; a key is another's where an upload in parts begins with it,
/// and the bucket's own where it always had it.
#[test]
fn encrypted_anew_by_sessions_and_in_parts() {
    let by = |time: &str, name: &str, session: &str, parameters: &Json| {
        let mut parameters = parameters.clone();
        parameters["bucketName"] = json!("data");
        event(time, name, &format!("arn:aws:sts::123456789012:assumed-role/{session}"), &parameters)
    };
    let (first, then) = ("2026-11-02T00:00:00Z", "2026-11-02T00:10:00Z");
    for (reader, tells) in [("app/2", true), ("other/2", false)] {
        let read = by(first, "GetObject", reader, &json!({ "key": "k" }));
        let put = by(then, "PutObject", "app/1", &json!({ "key": "k", super::SSE_C: "AES256" }));
        assert_eq!(run(&[read, put]).signs.len(), usize::from(tells), "{reader}");
    }
    let key = |account: &str| format!("arn:aws:kms:us-east-1:{account}:key/k");
    let (own, other) = (key("123456789012"), key("999988887777"));
    for (kms, from, ends, tells) in [
        (&other, "data/k", "CompleteMultipartUpload", true),
        (&other, "data/k", "AbortMultipartUpload", false),
        (&other, "in/k", "CompleteMultipartUpload", false),
        (&own, "data/k", "CompleteMultipartUpload", false),
    ] {
        let all = [
            by(first, "CreateMultipartUpload", "app/1", &json!({ "key": "k", super::KMS: kms })),
            by(then, "UploadPartCopy", "app/2", &json!({ "key": "k", "uploadId": "u", "x-amz-copy-source": from })),
            by("2026-11-02T00:11:00Z", ends, "app/2", &json!({ "key": "k", "uploadId": "u" })),
        ];
        assert_eq!(run(&all).signs.len(), usize::from(tells), "{kms} {from} {ends}");
    }
    // What a security account holds for the bucket from its making on is no stranger's.
    let made = by("2026-11-01T00:00:00Z", "CreateBucket", "app/1", &json!({}));
    for (time, signs) in [("2026-11-01T00:00:09Z", 0), ("2026-11-01T12:00:00Z", 2)] {
        let rule = json!({ "Rule": { "ApplyServerSideEncryptionByDefault": { "KMSMasterKeyID": other } } });
        let set = by(time, "PutBucketEncryption", "app/1", &json!({ "ServerSideEncryptionConfiguration": rule }));
        let copy = json!({ "key": "k", "x-amz-copy-source": "data/k", super::KMS: other });
        let all = [made.clone(), set, by(first, "CopyObject", "app/1", &copy)];
        assert_eq!(run(&all).signs.len(), signs, "{time}");
    }
}

/// A mass of deletions is a sign, the same over a day is a program at work.
#[test]
fn masses_of_deletions() {
    for (name, parameters, count, every, tells) in [
        ("DeleteObjects", json!({ "delete": "" }), 5, 60, true),
        ("DeleteObjects", json!({ "delete": "" }), 4, 60, false),
        ("DeleteObjects", json!({ "delete": "" }), 40, 600, false),
        ("DeleteObject", json!({ "key": "k", "versionId": "v" }), 15, 2, true),
        ("DeleteObject", json!({ "key": "k", "versionId": "v" }), 14, 2, false),
        ("DeleteObject", json!({ "key": "k" }), 50, 2, false),
    ] {
        let mut parameters = parameters;
        parameters["bucketName"] = json!("data");
        let start = Time::parse("2026-11-02T00:00:00Z").unwrap().0;
        let all: Vec<Json> =
            (0..count).map(|it| event(&Time(start + it * every).to_string(), name, ANA, &parameters)).collect();
        let signs = run(&all).signs;
        assert_eq!(signs.len(), usize::from(tells), "{count} {name} {signs:?}");
        // Whatever the sessions of a role are called, and wherever they call from.
        let sessions: Vec<Json> = all
            .iter()
            .enumerate()
            .map(|(at, it)| {
                let mut it = it.clone();
                it["userIdentity"]["arn"] = json!(format!("arn:aws:sts::123456789012:assumed-role/ops/s{at}"));
                it["sourceIPAddress"] = json!(format!("198.51.100.{at}"));
                it
            })
            .collect();
        let signs = run(&sessions).signs;
        assert_eq!(signs.len(), usize::from(tells), "{count} {name} {signs:?}");
        assert!(signs.iter().all(|it| it.contains("more sessions) from 198.51.100.0 (and")), "{signs:?}");
    }
}

/// Access logs have the same deletions, each in lines of its own; what S3 does by itself, or refused, is none of them.
#[test]
fn deletions_in_access_logs() {
    let eve = ANA.replace("ana", "eve");
    let line = |at: usize, who: &str, request: &str, operation: &str, uri: &str, status: u16| {
        format!(
            "owner data [02/Nov/2026:00:00:{at:02} +0000] 198.51.100.7 {who} {request} {operation} k \"{uri} HTTP/1.1\" {status} {} - - 5 - \"-\" \"aws\" -",
            if status < 400 { "-" } else { "AccessDenied" }
        )
    };
    let (list, batch, one) = ("REST.POST.MULTI_OBJECT_DELETE", "BATCH.DELETE.OBJECT", "REST.DELETE.OBJECT");
    for (who, count, requests, operation, uri, status, tells) in [
        (eve.as_str(), 5, 5, list, "POST /?delete", 200, true),
        (&eve, 4, 4, list, "POST /?delete", 200, false),
        (&eve, 5, 5, list, "POST /?delete", 403, false),
        (&eve, 50, 5, batch, "POST /?delete", 204, true),
        // One list, and its objects.
        (&eve, 50, 1, batch, "POST /?delete", 204, false),
        (&eve, 50, 50, batch, "POST /?delete", 403, false),
        (&eve, 15, 15, one, "DELETE /k?versionId=v", 204, true),
        (&eve, 14, 14, one, "DELETE /k?versionId=v", 204, false),
        (&eve, 50, 50, one, "DELETE /k", 204, false),
        ("owner", 5, 5, list, "POST /?delete", 200, true),
        ("AmazonS3", 50, 50, batch, "-", 204, false),
        ("-", 1, 1, one, "DELETE /k", 204, true),
        ("-", 1, 1, list, "POST /?delete", 200, true),
        ("-", 1, 1, one, "DELETE /k", 403, false),
    ] {
        let lines: Vec<String> =
            (0..count).map(|at| line(at % 60, who, &format!("r{}", at % requests), operation, uri, status)).collect();
        let (logged, problems) = super::super::log(&lines.join("\n"), "log");
        assert!(problems.is_empty() && logged.len() == count, "{problems:?}");
        let of = |all: &[Json]| {
            let (events, _) = records(&json!({ "Records": all }).to_string(), "test");
            let ask = Ask { bucket: "data".to_owned(), accesses: logged.clone(), ..Ask::default() };
            replay(events, &ask).signs
        };
        let made = event("2026-11-01T00:00:00Z", "CreateBucket", ANA, &json!({ "bucketName": "data" }));
        assert_eq!(of(std::slice::from_ref(&made)).len(), usize::from(tells), "{who} {count} {operation} {status}");
        // A call that the trail has too is one.
        let mut twice = event("2026-11-02T00:00:00Z", "DeleteObjects", &eve, &json!({ "bucketName": "data" }));
        twice["requestID"] = json!("r0");
        assert!(of(&[made, twice]).len() <= usize::from(tells), "{who} {count} {operation} {status}");
    }
    // A list of which nothing came: its own line is served.
    let refused = [line(1, "-", "r", list, "POST /?delete", 200), line(1, "-", "r", batch, "POST /?delete", 403)];
    let (accesses, _) = super::super::log(&refused.join("\n"), "log");
    assert!(replay(Vec::new(), &Ask { bucket: "data".to_owned(), accesses, ..Ask::default() }).signs.is_empty());
}

/// Versions that are suspended are a sign with what the same caller deletes then, and beside another one of that caller; alone, or with
/// what others delete, they are an administrator's call.
#[test]
fn the_way_back_taken_away() {
    let versions = |status: &str| {
        let parameters = json!({ "bucketName": "data", "VersioningConfiguration": { "Status": status } });
        event("2026-11-03T00:00:00Z", "PutBucketVersioning", ANA, &parameters)
    };
    let gone = |time: &str, name: &str, who: &str| {
        event(time, name, &ANA.replace("ana", who), &json!({ "bucketName": "data", "key": "k" }))
    };
    let count = |all: &[Json]| run(all).signs.len();
    assert_eq!(count(&[versions("Suspended")]), 0);
    assert_eq!(run(&[versions("Suspended")]).rows[0].labels, ["tamper"]);
    for name in ["DeleteObjects", "DeleteObject"] {
        let later = gone("2026-11-03T00:10:00Z", name, "ana");
        assert_eq!(count(&[versions("Enabled"), later.clone()]), 0, "{name}");
        let signs = run(&[versions("Suspended"), later]).signs;
        assert!(
            signs.len() == 2 && signs[0].contains("PutBucketVersioning by") && signs[1].contains(name),
            "{signs:?}"
        );
        assert_eq!(count(&[gone("2026-11-02T00:00:00Z", name, "ana"), versions("Suspended")]), 0, "{name} before");
        assert_eq!(count(&[versions("Suspended"), gone("2026-11-20T00:00:00Z", name, "ana")]), 0, "{name} long after");
        assert_eq!(count(&[versions("Suspended"), gone("2026-11-03T00:10:00Z", name, "app")]), 0, "{name} by others");
    }
    let expires = |who: &str| {
        let rule = json!({ "Status": "Enabled", "Filter": "", "Expiration": { "Days": 1 } });
        let parameters = json!({ "bucketName": "data", "LifecycleConfiguration": { "Rule": rule } });
        event("2026-11-04T00:00:00Z", "PutBucketLifecycle", &ANA.replace("ana", who), &parameters)
    };
    assert_eq!(
        (count(&[versions("Suspended"), expires("ana")]), count(&[versions("Suspended"), expires("eve")])),
        (2, 1)
    );
    // Where versions never were on nobody suspends any.
    let deletes = gone("2026-11-03T00:10:00Z", "DeleteObject", "ana");
    let made = |time: &str| event(time, "CreateBucket", ANA, &json!({ "bucketName": "data" }));
    let on = |time: &str| {
        let mut it = versions("Enabled");
        it["eventTime"] = json!(time);
        it["eventID"] = json!("on");
        it
    };
    let day = "2026-11-01T00:00:00Z";
    assert_eq!(count(&[made(day), versions("Suspended"), deletes.clone()]), 0);
    assert_eq!(count(&[made(day), on("2026-11-01T00:00:02Z"), versions("Suspended"), deletes.clone()]), 2);
    let just = ["2026-11-02T23:59:00Z", "2026-11-02T23:59:10Z"];
    assert_eq!(count(&[made(just[0]), on(just[1]), versions("Suspended"), deletes]), 0);
    // The sessions of a role are one caller.
    let session = |mut it: Json, name: &str| {
        it["userIdentity"]["arn"] = json!(format!("arn:aws:sts::123456789012:assumed-role/{name}"));
        it
    };
    let of = |suspends: &str, deletes: &str| {
        count(&[
            session(versions("Suspended"), suspends),
            session(gone("2026-11-03T00:10:00Z", "DeleteObject", "ana"), deletes),
        ])
    };
    assert_eq!((of("ops/a", "ops/b"), of("ops/a", "app/a")), (2, 0));
}
