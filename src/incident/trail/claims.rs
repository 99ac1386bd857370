//! What a replay may claim: of whom a condition names, whose the bucket is, which records are one, and of objects.

use serde_json::{Value as Json, json};

use super::*;
use crate::incident::time::Time;
use crate::value::Truth;

pub(super) const OWN: &str = "123456789012";
pub(super) const OTHER: &str = "999988887777";

pub(super) fn event(time: &str, name: &str, account: &str, parameters: &Json) -> Json {
    json!({
        "eventTime": time, "eventID": format!("{time} {name}"), "eventName": name, "recipientAccountId": account,
        "awsRegion": "us-east-1",
        "userIdentity": { "arn": format!("arn:aws:iam::{account}:user/liza"), "accountId": account, "principalId": "AIDALIZA" },
        "sourceIPAddress": "203.0.113.10", "requestParameters": parameters,
    })
}

/// A bucket without Block Public Access of any kind.
pub(super) fn opened() -> Vec<Json> {
    let none = json!({ "bucketName": "data" });
    vec![
        event("2026-11-01T00:00:00Z", "CreateBucket", OWN, &none),
        event("2026-11-01T00:00:01Z", "DeleteAccountPublicAccessBlock", OWN, &json!({ "accountId": OWN })),
        event("2026-11-01T00:00:02Z", "DeleteBucketPublicAccessBlock", OWN, &none),
    ]
}

pub(super) fn policy(time: &str, principal: &Json, condition: &Json) -> Json {
    let statement = json!({ "Sid": "O", "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::data/*", "Condition": condition });
    let document = json!({ "Version": "2012-10-17", "Statement": [statement] });
    event(time, "PutBucketPolicy", OWN, &json!({ "bucketName": "data", "bucketPolicy": document }))
}

pub(super) fn run(all: &[Json]) -> Replay {
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
        (json!({ "StringEquals": { "s3:DataAccessPointAccount": OWN } }), true),
        (json!({ "StringEquals": { "s3:DataAccessPointAccount": OTHER } }), false),
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

/// A request of somebody outside, as a data event.
pub(super) fn request(time: &str, name: &str, account: &str) -> Json {
    let mut out = event(time, name, OWN, &json!({ "bucketName": "data", "key": "secret.csv" }));
    out["userIdentity"] = match account {
        "" => json!({ "type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL", "principalId": "" }),
        id => json!({ "type": "IAMUser", "arn": format!("arn:aws:iam::{id}:user/eve"), "accountId": id }),
    };
    out
}

/// What is served to somebody outside shows that the bucket is open, whatever the events have: an own request, a refused one, and one within
/// a window show nothing of the kind.
#[test]
fn served_while_it_is_shut() {
    let at = "2026-11-03T00:00:00Z";
    let mut denied = request(at, "GetObject", "");
    denied["errorCode"] = json!("AccessDenied");
    for (request, tells) in [
        (request(at, "GetObject", ""), true),
        (request(at, "GetObject", OTHER), true),
        (request(at, "GetObject", OWN), false),
        (denied, false),
    ] {
        let found = run(&[opened(), vec![request.clone()]].concat());
        let told = found.problems.iter().any(|it| it.contains("served while the events have the bucket shut"));
        assert_eq!(
            (told, found.outside.unwrap().served),
            (tells, usize::from(tells)),
            "{request} {:?}",
            found.problems
        );
    }
    // What AWS does by itself has neither an account nor an id of one.
    let mut internal = request(at, "GetObject", OWN);
    internal["userIdentity"] = json!({ "type": "AWSService", "invokedBy": "AWS Internal" });
    assert_eq!(run(&[opened(), vec![internal]].concat()).outside.unwrap().served, 0);
    let mut all = opened();
    all.push(policy("2026-11-02T00:00:00Z", &json!("*"), &json!({})));
    all.push(request(at, "GetObject", ""));
    let found = run(&all);
    assert!(found.problems.is_empty() && found.windows[0].seen.as_ref().unwrap().served == 1, "{found:#?}");
    // After it was closed.
    all.push(event("2026-11-02T12:00:00Z", "DeleteBucketPolicy", OWN, &json!({ "bucketName": "data" })));
    let found = run(&all);
    assert!(found.outside.unwrap().served == 1 && found.windows[0].seen.as_ref().unwrap().served == 0);
}

/// What came to nothing for another reason is not refused, and what a browser asks before is not served.
#[test]
fn what_came_of_a_request() {
    let line = |operation: &str, status: &str, error: &str| {
        format!(
            "o data [03/Nov/2026:00:00:00 +0000] 198.51.100.7 - R1 {operation} k \"GET /k HTTP/1.1\" {status} {error} 70 9 1 1 \"-\" \"-\" -\n"
        )
    };
    for (operation, status, error, outcome) in [
        ("REST.GET.OBJECT", "200", "-", Outcome::Served),
        ("REST.GET.OBJECT", "304", "-", Outcome::Served),
        ("REST.GET.OBJECT", "403", "AccessDenied", Outcome::Refused),
        ("REST.GET.OBJECT", "404", "NoSuchKey", Outcome::Neither),
        ("REST.GET.OBJECT", "503", "SlowDown", Outcome::Neither),
        ("WEBSITE.GET.OBJECT", "301", "-", Outcome::Neither),
        ("REST.OPTIONS.PREFLIGHT", "200", "-", Outcome::Neither),
    ] {
        let (found, problems) = log(&line(operation, status, error), "log");
        assert!(problems.is_empty() && found[0].outcome == outcome, "{operation} {status} {found:?}");
    }
}

/// A trail that selects writes only says nothing of reads.
#[test]
fn a_trail_of_writes() {
    let mut all = opened();
    all.push(policy("2026-11-02T00:00:00Z", &json!("*"), &json!({})));
    all.push(request("2026-11-02T01:00:00Z", "PutObject", OWN));
    all.push(event("2026-11-03T00:00:00Z", "DeleteBucketPolicy", OWN, &json!({ "bucketName": "data" })));
    let seen = |all: &[Json]| run(all).windows[0].seen.clone().unwrap();
    assert!(!seen(&all).is_whole && seen(&all).lacks.contains("reads"), "{:?}", seen(&all));
    all.push(request("2026-11-02T02:00:00Z", "GetObject", OWN));
    assert!(seen(&all).is_whole && seen(&all).lacks.is_empty(), "{:?}", seen(&all));
}

/// A call that S3 would have refused shows that another one is missing: it is told, and what it was about is not known from then on.
#[test]
fn calls_that_s3_would_have_refused() {
    let made = |name: &str| event("2026-11-01T00:00:00Z", name, OWN, &json!({ "bucketName": "data" }));
    let account = |on: bool| {
        let block = json!({ "BlockPublicAcls": on, "IgnorePublicAcls": on, "BlockPublicPolicy": on, "RestrictPublicBuckets": on });
        event(
            "2026-11-01T00:00:01Z",
            "PutAccountPublicAccessBlock",
            OWN,
            &json!({ "accountId": OWN, "PublicAccessBlockConfiguration": block }),
        )
    };
    let public = policy("2026-11-02T00:00:00Z", &json!("*"), &json!({}));
    let own = policy("2026-11-02T00:00:00Z", &json!({ "AWS": OWN }), &json!({}));
    let acl = |name: &str| {
        event("2026-11-02T00:00:00Z", "PutBucketAcl", OWN, &json!({ "bucketName": "data", "x-amz-acl": name }))
    };
    let old = |mut it: Json| {
        it["eventTime"] = json!("2021-11-01T00:00:00Z");
        it
    };
    let create = made("CreateBucket");
    for (all, tells) in [
        (vec![create.clone(), account(false), public.clone()], true),
        (vec![create.clone(), account(false), own], false),
        (vec![old(create.clone()), account(false), public.clone()], false),
        (vec![old(create.clone()), account(true), public.clone()], true),
        (vec![create.clone(), account(false), acl("public-read")], true),
        (vec![create.clone(), account(false), acl("bucket-owner-full-control")], false),
        (vec![old(create.clone()), account(false), acl("public-read")], false),
        (vec![old(create), account(false), made("DeleteBucket"), public], true),
    ] {
        let found = run(&all);
        let told = found.problems.iter().any(|it| it.contains("was accepted, and S3 refuses it"));
        assert_eq!(told, tells, "{all:#?} {:#?}", found.problems);
        let perhaps = found.last == Some(Truth::Unknown) && found.windows.iter().any(|it| it.public && !it.certain);
        assert!(!tells || perhaps, "{all:#?} {:#?}", found.windows);
    }
}

/// A trail that was switched off has no record of what happened then, unless that was before the bucket was made.
#[test]
fn a_trail_that_was_switched_off() {
    let of = |time: &str, name: &str, parameters: Json| {
        let mut it = event(time, name, OWN, &parameters);
        it["eventSource"] = json!("cloudtrail.amazonaws.com");
        it
    };
    let main = || json!({ "name": "main" });
    let basic = |kind: &str| json!({ "trailName": "main", "eventSelectors": [{ "readWriteType": kind }] });
    let advanced = |category: &str| {
        json!({ "trailName": "main", "advancedEventSelectors": [
            { "fieldSelectors": [{ "field": "eventCategory", "equals": [category] }] } ] })
    };
    let (stop, start) = ("2026-11-03T00:00:00Z", "2026-11-04T00:00:00Z");
    for (calls, tells) in [
        (vec![of(stop, "StopLogging", main()), of(start, "StartLogging", main())], "until 2026-11-04T00:00:00Z"),
        (vec![of(stop, "StopLogging", main()), of(start, "StartLogging", json!({ "name": "other" }))], "Z on need"),
        (vec![of(stop, "DeleteTrail", main())], "was deleted"),
        (vec![of(stop, "PutEventSelectors", basic("ReadOnly"))], "records less"),
        (vec![of(stop, "PutEventSelectors", basic("All"))], ""),
        (vec![of(stop, "PutEventSelectors", advanced("Data"))], "records less"),
        (vec![of(stop, "PutEventSelectors", advanced("Management"))], ""),
        (vec![of(stop, "UpdateTrail", json!({ "name": "main", "s3BucketName": "elsewhere" }))], "was changed"),
        (vec![of(stop, "UpdateTrail", json!({ "name": "main", "isMultiRegionTrail": true }))], ""),
        (
            vec![of("2026-10-01T00:00:00Z", "StopLogging", main()), of("2026-10-02T00:00:00Z", "StartLogging", main())],
            "",
        ),
    ] {
        let found = run(&[opened(), calls.clone()].concat());
        let told: Vec<&String> = found.problems.iter().filter(|it| it.contains("need not be in the record")).collect();
        assert_eq!(told.is_empty(), tells.is_empty(), "{calls:?} {told:?}");
        assert!(told.iter().all(|it| it.contains(tells)), "{tells} {told:?}");
    }
}

/// Nothing before a bucket was made is its; one that answered before was there.
#[test]
fn before_a_bucket_was_made() {
    let account = event("2026-01-01T00:00:00Z", "DeleteAccountPublicAccessBlock", OWN, &json!({ "accountId": OWN }));
    let mut all = vec![account];
    all.extend(opened());
    let found = run(&all);
    assert!(found.windows.is_empty() && found.problems.is_empty() && found.last == Some(Truth::No), "{found:#?}");
    all.push(event("2026-02-01T00:00:00Z", "GetBucketPolicy", OWN, &json!({ "bucketName": "data" })));
    let found = run(&all);
    assert!(found.last == Some(Truth::Unknown) && found.windows.iter().all(|it| it.opened_by.is_none()), "{found:#?}");
    // Who makes a public bucket opened it, and gave no more than that.
    let acl = json!({ "bucketName": "data", "x-amz-acl": "public-read", "x-amz-object-ownership": "ObjectWriter" });
    let mut account = all[0].clone();
    account["eventTime"] = json!("2020-01-01T00:00:00Z");
    let found = run(&[account, event("2021-11-01T00:00:00Z", "CreateBucket", OWN, &acl)]);
    let [window] = found.windows.as_slice() else { panic!("{:#?}", found.windows) };
    assert!(window.certain && window.opened_by.as_ref().is_some_and(|it| it.name == "CreateBucket"), "{window:#?}");
    assert!(window.powers.iter().eq(["list"].iter()) && window.via.len() == 1, "{window:#?}");
}

/// Who gets in for a time, and what an unread call leaves, is not certain.
#[test]
fn windows_that_are_not_certain_to_the_end() {
    let until = json!({ "DateLessThan": { "aws:CurrentTime": "2026-11-03T00:00:00Z" } });
    let mut all = opened();
    all.push(policy("2026-11-02T00:00:00Z", &json!("*"), &until));
    let found = run(&all);
    assert!(found.windows.iter().all(|it| !it.certain) && found.last == Some(Truth::Unknown), "{found:#?}");
    let mut all = opened();
    all.push(policy("2026-11-02T00:00:00Z", &json!("*"), &json!({})));
    all.push(event("2026-11-03T00:00:00Z", "PutAccountPublicAccessBlock", OWN, &Json::Null));
    let found = run(&all);
    let [window] = found.windows.as_slice() else { panic!("{:#?}", found.windows) };
    assert!(window.certain && window.doubtful_since.is_some(), "{window:#?}");
    all.push(policy("2026-11-04T00:00:00Z", &json!({ "AWS": OWN }), &json!({})));
    let found = run(&all);
    let [window] = found.windows.as_slice() else { panic!("{:#?}", found.windows) };
    assert!(window.closed_by.is_some() && window.doubtful_since.is_some(), "{window:#?}");
}

/// A service that asks for another account lets that account in; one that delivers does not.
#[test]
fn services_of_others() {
    let front = json!({ "Service": "cloudfront.amazonaws.com" });
    for (condition, tells) in [
        (json!({ "StringEquals": { "aws:SourceAccount": OTHER } }), Some("cloudfront.amazonaws.com for 999988887777")),
        (json!({ "StringEquals": { "aws:SourceAccount": OWN } }), None),
        (
            json!({ "StringEquals": { "aws:SourceArn": format!("arn:aws:cloudfront::{OTHER}:distribution/E1") } }),
            Some("cloudfront.amazonaws.com for 999988887777"),
        ),
        (json!({}), Some("cloudfront.amazonaws.com for any account")),
    ] {
        let mut all = opened();
        all.push(policy("2026-11-02T00:00:00Z", &front, &condition));
        let found = run(&all);
        let who: Vec<&str> = found.windows.iter().map(|it| it.audience.as_str()).collect();
        assert_eq!(who, tells.into_iter().collect::<Vec<_>>(), "{condition}");
        assert!(found.windows.iter().all(|it| !it.certain && !it.public) && found.last == Some(Truth::No));
    }
    let to = |account: &str| {
        json!({ "bucketName": "data", "ReplicationConfiguration": { "Rule": {
            "Status": "Enabled", "Destination": { "Bucket": "arn:aws:s3:::copies", "Account": account } } } })
    };
    for (account, tells) in [(OWN, false), (OTHER, true)] {
        let found =
            run(&[opened(), vec![event("2026-11-02T00:00:00Z", "PutBucketReplication", OWN, &to(account))]].concat());
        assert_eq!(
            found.problems.iter().any(|it| it.contains("may have been copied to")),
            tells,
            "{:?}",
            found.problems
        );
    }
}
