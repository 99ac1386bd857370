//! What a replay may claim: of whom a condition names, whose the bucket is, which records are one, and of objects.

use serde_json::{Value as Json, json};

use super::*;
use crate::incident::time::Time;
use crate::value::Truth;

const OWN: &str = "123456789012";
const OTHER: &str = "999988887777";

fn event(time: &str, name: &str, account: &str, parameters: &Json) -> Json {
    json!({
        "eventTime": time, "eventID": format!("{time} {name}"), "eventName": name, "recipientAccountId": account,
        "userIdentity": { "arn": format!("arn:aws:iam::{account}:user/liza"), "accountId": account, "principalId": "AIDALIZA" },
        "sourceIPAddress": "203.0.113.10", "requestParameters": parameters,
    })
}

/// A bucket without Block Public Access of any kind.
fn opened() -> Vec<Json> {
    let none = json!({ "bucketName": "data" });
    vec![
        event("2026-11-01T00:00:00Z", "CreateBucket", OWN, &none),
        event("2026-11-01T00:00:01Z", "DeleteAccountPublicAccessBlock", OWN, &json!({ "accountId": OWN })),
        event("2026-11-01T00:00:02Z", "DeleteBucketPublicAccessBlock", OWN, &none),
    ]
}

fn policy(time: &str, principal: &Json, condition: &Json) -> Json {
    let statement = json!({ "Sid": "O", "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::data/*", "Condition": condition });
    let document = json!({ "Version": "2012-10-17", "Statement": [statement] });
    event(time, "PutBucketPolicy", OWN, &json!({ "bucketName": "data", "bucketPolicy": document }))
}

fn run(all: &[Json]) -> Replay {
    let (events, problems) = records(&json!({ "Records": all }).to_string(), "test");
    assert!(problems.is_empty(), "{problems:?}");
    replay(events, &Ask { bucket: "data".to_owned(), ..Ask::default() })
}

/// What `check` and `model` do not call public is no public window; whom a condition names may have got in, own ones aside.
#[test]
fn callers_of_a_condition_are_not_everyone() {
    let role = "arn:aws:iam::123456789012:role/app";
    for (condition, own) in [
        (json!({ "StringEquals": { "aws:PrincipalAccount": OWN } }), true),
        (json!({ "ArnEquals": { "aws:PrincipalArn": role } }), true),
        (json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::123456789012:role/*" } }), true),
        (json!({ "StringEquals": { "aws:PrincipalOrgID": "o-abc" } }), false),
        (json!({ "StringEquals": { "aws:SourceVpce": "vpce-1" } }), false),
        (json!({ "StringEquals": { "aws:SourceVpc": "vpc-1" } }), false),
        (json!({ "IpAddress": { "aws:SourceIp": "203.0.113.7/32" } }), false),
        (json!({ "StringLike": { "aws:userid": "AROAEXAMPLEEXAMPLE123:*" } }), false),
        (json!({ "StringEquals": { "s3:DataAccessPointAccount": OWN } }), false),
    ] {
        let mut all = opened();
        all.push(policy("2026-11-02T00:00:00Z", &json!("*"), &condition));
        let found = run(&all);
        assert_eq!(found.last, Some(Truth::No), "{condition} {found:#?}");
        assert!(found.windows.iter().all(|it| !it.public && !it.certain), "{condition} {:#?}", found.windows);
        assert_eq!(found.windows.is_empty(), own, "{condition} {:#?}", found.windows);
        assert!(found.windows.iter().all(|it| it.audience.starts_with("callers with ")), "{:#?}", found.windows);
    }
    let mut all = opened();
    all.push(policy("2026-11-02T00:00:00Z", &json!("*"), &json!({ "StringEquals": { "aws:ResourceAccount": OWN } })));
    assert_eq!(run(&all).last, Some(Truth::Yes));
}

/// Who opened it is who took the condition away.
#[test]
fn the_window_of_who_took_the_condition_away() {
    let org = json!({ "StringEquals": { "aws:PrincipalOrgID": "o-abc" } });
    let mut all = opened();
    all.push(policy("2026-11-02T00:00:00Z", &json!("*"), &org));
    all.push(policy("2026-11-10T00:00:00Z", &json!("*"), &json!({})));
    all.push(policy("2026-11-11T00:00:00Z", &json!("*"), &org));
    let found = run(&all);
    let public: Vec<&Window> = found.windows.iter().filter(|it| it.public).collect();
    let [window] = public.as_slice() else { panic!("{:#?}", found.windows) };
    assert!(window.certain && Some(window.opened) == Time::parse("2026-11-10T00:00:00Z"), "{window:#?}");
    assert_eq!(window.opened.until(window.closed_by.as_ref().unwrap().time), "1 d 00:00:00");
}

/// In a trail of an organisation the caller's own copy of a call stands beside the owner's.
#[test]
fn whose_the_bucket_is() {
    let foreign = json!({ "AWS": format!("arn:aws:iam::{OTHER}:root") });
    let mut probe = event("2026-10-31T00:00:00Z", "GetBucketLocation", OTHER, &json!({ "bucketName": "data" }));
    let mut all = opened();
    all.push(policy("2026-11-02T00:00:00Z", &foreign, &json!({})));
    let certain =
        |all: &[Json]| run(all).windows.iter().filter(|it| it.certain).map(|it| it.audience.clone()).collect();
    let expected: Vec<String> = vec![format!("arn:aws:iam::{OTHER}:root")];
    // CreateBucket, the owner's copy of a foreign call, and the record's own word each tell it.
    let with = |it: &Json, all: &[Json]| [std::slice::from_ref(it), all].concat();
    let found: Vec<String> = certain(&with(&probe, &all));
    assert_eq!(found, expected);
    let mut told = probe.clone();
    told["recipientAccountId"] = json!(OWN);
    told["eventID"] = json!("told");
    let found: Vec<String> = certain(&with(&told, &with(&probe, &all[1..])));
    assert_eq!(found, expected);
    probe["resources"] = json!([{ "accountId": OWN, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::data" }]);
    let found: Vec<String> = certain(&with(&probe, &all[1..]));
    assert_eq!(found, expected);
    probe["resources"] = Json::Null;
    let found = run(&with(&probe, &all[1..]));
    assert!(found.problems.iter().any(|it| it.contains("--account")), "{:#?}", found.problems);
}

/// What is not the same under one id is told, and the order of the records does not matter.
#[test]
fn one_id_of_two_records() {
    let mut all = opened();
    let put = policy("2026-11-02T00:00:00Z", &json!("*"), &json!({}));
    let (mut failed, mut bare) = (put.clone(), put.clone());
    failed["errorCode"] = json!("AccessDenied");
    bare["requestParameters"] = Json::Null;
    all.extend([failed, put.clone()]);
    let found = run(&all);
    all.reverse();
    assert_eq!(run(&all), found);
    assert!(found.last == Some(Truth::Yes) && found.problems.iter().any(|it| it.contains("are not the same")));
    for pair in [[bare.clone(), put.clone()], [put, bare]] {
        let found = run(&[opened(), pair.to_vec()].concat());
        assert_eq!((found.last, found.problems.len(), found.rows.len()), (Some(Truth::Yes), 0, 4), "{found:#?}");
    }
}

/// An object's own ACL makes it public, or may: it is a row and is told; a private one is neither.
#[test]
fn objects_that_were_made_public() {
    for (name, parameters, tells) in [
        ("PutObjectAcl", json!({ "x-amz-acl": "public-read" }), true),
        (
            "PutObject",
            json!({ "accessControlList": { "x-amz-grant-read": "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"" } }),
            true,
        ),
        (
            "PutObjectAcl",
            json!({ "AccessControlPolicy": { "AccessControlList": { "Grant": {
            "Grantee": { "URI": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers" }, "Permission": "READ" } } } }),
            true,
        ),
        ("PutObjectAcl", json!({}), true),
        ("PutObjectAcl", json!({ "x-amz-acl": "bucket-owner-full-control" }), false),
        ("PutObject", json!({}), false),
    ] {
        let mut parameters = parameters;
        parameters["bucketName"] = json!("data");
        parameters["key"] = json!("secret.csv");
        let mut all = opened();
        all.push(event("2026-11-02T00:00:00Z", name, OWN, &parameters));
        let found = run(&all);
        assert_eq!(
            found.problems.iter().any(|it| it.contains("1 objects may be public") && it.contains("secret.csv")),
            tells,
            "{parameters} {found:#?}"
        );
        assert_eq!(found.rows.iter().any(|it| it.labels.contains(&"object-acl")), tells, "{parameters}");
    }
}

/// A table that does not tell which calls failed says so.
#[test]
fn a_table_without_errors() {
    let (events, problems) = records("eventtime,eventname\n2026-11-01T00:00:00Z,DeleteBucketPolicy\n", "x.csv");
    assert!(events.len() == 1 && problems.iter().any(|it| it.contains("no column `errorcode`")), "{problems:?}");
    let (_, problems) = records("eventtime,eventname,errorcode\n2026-11-01T00:00:00Z,DeleteBucketPolicy,\n", "x.csv");
    assert!(problems.is_empty(), "{problems:?}");
}

/// The unique id of a user, or of a session's role, names it too.
#[test]
fn principal_ids() {
    let (events, _) = records(&opened()[0].to_string(), "test");
    assert!(events[0].is_by("AIDALIZA") && !events[0].is_by("AIDALIZ"));
}

/// A record that has the user's name and no ARN is of that user, whatever its path.
#[test]
fn users_by_name() {
    let mut record = opened()[0].clone();
    record["userIdentity"] = json!({ "type": "IAMUser", "userName": "liza", "accountId": OWN });
    let (events, _) = records(&record.to_string(), "test");
    for (identity, is) in [
        ("arn:aws:iam::123456789012:user/liza", true),
        ("arn:aws:iam::123456789012:user/team/liza", true),
        ("user/liza", true),
        ("arn:aws:iam::999988887777:user/liza", false),
        ("arn:aws:iam::123456789012:user/eliza", false),
        ("arn:aws:iam::123456789012:role/liza", false),
    ] {
        assert_eq!(events[0].is_by(identity), is, "{identity}");
    }
}

/// An address of version 4 is one in either spelling.
#[test]
fn addresses_in_version_6() {
    let net = Network::parse("198.51.100.0/24").unwrap();
    assert!(net.contains("::ffff:198.51.100.9".parse().unwrap()) && !net.contains("2001:db8::1".parse().unwrap()));
}
