//! What a record is evidence of: who asked for what of which bucket, told once.

use serde_json::{Value as Json, json};

use super::claims::{OTHER, OWN, event, opened, policy, request, run};
use super::*;

const AT: &str = "2026-11-03T00:00:00Z";

fn resources(names: &[(&str, Option<&str>)]) -> Json {
    let one = |it: &(&str, Option<&str>)| match it.1 {
        Some(account) => {
            json!({ "type": "AWS::S3::Bucket", "ARN": format!("arn:aws:s3:::{}", it.0), "accountId": account })
        }
        None => json!({ "type": "AWS::S3::Object", "ARN": format!("arn:aws:s3:::{}", it.0) }),
    };
    names.iter().map(one).collect::<Vec<Json>>().into()
}

fn with(all: &[Json], more: &[Json]) -> Replay {
    run(&[all, more].concat())
}

fn served(found: &Replay) -> usize {
    found.outside.as_ref().map_or(0, |it| it.served)
}

/// A service that forwards a request is not who asks for it.
#[test]
fn requests_through_services() {
    let mut forwarded = request(AT, "GetObject", OTHER);
    forwarded["userIdentity"]["invokedBy"] = json!("athena.amazonaws.com");
    forwarded["sourceIPAddress"] = json!("athena.amazonaws.com");
    let mut own = request(AT, "GetObject", OWN);
    own["userIdentity"]["invokedBy"] = json!("athena.amazonaws.com");
    own["sourceIPAddress"] = json!("athena.amazonaws.com");
    let mut service = forwarded.clone();
    service["userIdentity"] = json!({ "type": "AWSService", "invokedBy": "delivery.logs.amazonaws.com" });
    let mut bare = service.clone();
    bare["userIdentity"] = json!({ "invokedBy": "delivery.logs.amazonaws.com" });
    for (record, count) in [(forwarded, 1), (own, 0), (service, 0), (bare, 0)] {
        let found = with(&opened(), std::slice::from_ref(&record));
        assert_eq!((served(&found), found.problems.len()), (count, count), "{record} {:?}", found.problems);
    }
}

/// The record of a request through an access point names that, and the bucket among its resources.
#[test]
fn requests_by_other_names() {
    let points = ["point-abc-s3alias", "arn:aws:s3:us-east-1:123456789012:accesspoint/point"];
    for name in points.into_iter().chain(["arn:aws:s3:::data", "arn:aws-us-gov:s3:::data"]) {
        let is_bucket = !points.contains(&name);
        let mut record = request(AT, "GetObject", OTHER);
        record["requestParameters"]["bucketName"] = json!(name);
        record["resources"] = resources(&[("data/secret.csv", None), ("data", Some(OWN))]);
        let found = with(&opened(), std::slice::from_ref(&record));
        assert_eq!(served(&found), 1, "{name} {:?}", found.problems);
        record["resources"] = resources(&[("other/secret.csv", None), ("other", Some(OWN))]);
        let found = with(&opened(), std::slice::from_ref(&record));
        assert_eq!(served(&found), usize::from(is_bucket), "{name} {:?}", found.problems);
        // What neither the record nor the making of the access point places may be of any bucket.
        record["resources"] = Json::Null;
        let tells = |more: &[Json]| {
            let found = with(&opened(), more);
            found.problems.iter().any(|it| it.contains("do not say of which bucket"))
        };
        assert_eq!(tells(std::slice::from_ref(&record)), !is_bucket, "{name}");
        let point = json!({ "accountId": OWN, "name": "point", "CreateAccessPointRequest": { "Bucket": "other" } });
        let made = event("2026-11-02T00:00:00Z", "CreateAccessPoint", OWN, &point);
        assert_eq!(tells(&[made, record.clone()]), name.ends_with("alias"), "{name}");
        record["userIdentity"] =
            json!({ "type": "IAMUser", "arn": format!("arn:aws:iam::{OWN}:user/liza"), "accountId": OWN });
        assert!(!tells(&[record]), "{name}");
    }
}

/// What a copy is made from was read; what is copied to another account is told, whoever did it.
#[test]
fn copies_out_of_the_bucket() {
    let copy = |from: &str, to: &str, whose: &str, by: &str| {
        let mut record = request(AT, "CopyObject", by);
        record["requestParameters"] = json!({ "bucketName": to, "key": "k", "x-amz-copy-source": from });
        record["resources"] = resources(&[("data/a%20b.csv", None), ("data", Some(OWN)), (to, Some(whose))]);
        record
    };
    for from in
        ["data/a%20b.csv", "/data/a%20b.csv?versionId=1", "arn:aws:s3:::data/a b.csv", "arn:aws-cn:s3:::data/a b.csv"]
    {
        let found = with(&opened(), &[copy(from, "evil", OTHER, OTHER)]);
        assert_eq!(served(&found), 1, "{from} {:?}", found.problems);
        let seen = found.outside.unwrap();
        assert!(
            seen.objects.contains("a b.csv") && seen.operations.contains_key("GetObject by CopyObject"),
            "{seen:?}"
        );
    }
    for (whose, by, tells) in [(OTHER, OWN, true), (OTHER, OTHER, true), (OWN, OWN, false)] {
        let found = with(&opened(), &[copy("data/x", "to", whose, by)]);
        let told = found.problems.iter().any(|it| it.contains("1 copies were made from data to to of account"));
        assert_eq!(told, tells, "{:?}", found.problems);
    }
    for (from, to) in [("other/x", "data"), ("data/x", "data")] {
        let found = with(&opened(), &[copy(from, to, OWN, OWN)]);
        assert!(found.problems.is_empty() && served(&found) == 0, "{from} {to} {:?}", found.problems);
    }
}

/// A copy by an access point is of the bucket that it was made for; where no record tells, it may be of any of its account.
#[test]
fn copies_by_access_points() {
    let arn = |account: &str| format!("arn:aws:s3:us-east-1:{account}:accesspoint/point");
    let copy = |from: &str, whose: &str| {
        let mut record = request(AT, "CopyObject", OWN);
        record["requestParameters"] = json!({ "bucketName": "to", "key": "k", "x-amz-copy-source": from });
        record["resources"] = resources(&[("to/k", None), ("to", Some(whose))]);
        record
    };
    let made = |bucket: &str| {
        let point = json!({ "accountId": OWN, "name": "point", "CreateAccessPointRequest": { "Bucket": bucket } });
        event("2026-11-02T00:00:00Z", "CreateAccessPoint", OWN, &point)
    };
    let told = |more: &[Json]| {
        let found = with(&opened(), more).problems;
        found.into_iter().find(|it| it.contains("copies were made")).unwrap_or_default()
    };
    let by_arn = copy(&format!("{}/object/k", arn(OWN)), OTHER);
    assert!(
        told(&[made("data"), by_arn.clone()]).contains("from data to to of account"),
        "{}",
        told(&[made("data"), by_arn])
    );
    let by_arn = copy(&format!("{}/object/k", arn(OWN)), OTHER);
    assert_eq!(told(&[made("other"), by_arn.clone()]), "");
    assert!(told(&[by_arn]).contains("whether of data is not known"));
    assert!(told(&[copy("point-abc-s3alias/k", OTHER)]).contains("whether of data is not known"));
    // The resources tell, and what was copied to is none of them, be it called the same.
    let mut placed = copy("point-abc-s3alias/k", OTHER);
    for (name, tells) in [("data", true), ("other", false)] {
        placed["resources"] = resources(&[("to/k", None), ("to", Some(OTHER)), (&format!("{name}/k"), None)]);
        assert_eq!(told(std::slice::from_ref(&placed)).contains("from data to to of"), tells, "{name}");
    }
    // At home it stays at home, and another account's access point is of its buckets.
    assert_eq!(told(&[copy("point-abc-s3alias/k", OWN)]), "");
    assert_eq!(told(&[copy(&format!("{}/object/k", arn(OTHER)), OTHER)]), "");
}

/// A destination without an account need not be of the own one.
#[test]
fn replication_to_a_bucket_of_nobody_known() {
    let to = |destination: Json| {
        let rule = json!({ "Status": "Enabled", "Destination": destination });
        let all = json!({ "bucketName": "data", "ReplicationConfiguration": { "Role": "r", "Rule": rule } });
        event("2026-11-02T00:00:00Z", "PutBucketReplication", OWN, &all)
    };
    let nobodys = to(json!({ "Bucket": "arn:aws:s3:::copies" }));
    let told = |found: &Replay| {
        found.problems.iter().any(|it| it.contains("arn:aws:s3:::copies, and whose that is is not known"))
    };
    assert!(told(&with(&opened(), std::slice::from_ref(&nobodys))));
    let made = event("2026-10-02T00:00:00Z", "CreateBucket", OWN, &json!({ "bucketName": "copies" }));
    assert!(!told(&with(&opened(), &[made, nobodys])));
    let others = event("2026-10-02T00:00:00Z", "CreateBucket", OTHER, &json!({ "bucketName": "copies" }));
    assert!(told(&with(&opened(), &[others, to(json!({ "Bucket": "arn:aws:s3:::copies" }))])));
    assert!(!told(&with(&opened(), &[to(json!({ "Bucket": "arn:aws:s3:::copies", "Account": OWN }))])));
}

/// An access point leads to the bucket that it was made for.
#[test]
fn access_points_of_other_buckets() {
    let point = |name: &str, point: &str, bucket: Option<&str>| {
        let mut all = json!({ "accountId": OWN, "name": point });
        if let Some(bucket) = bucket {
            all["CreateAccessPointRequest"] = json!({ "Bucket": bucket });
        }
        event(&format!("2026-11-0{}T00:00:00Z", if bucket.is_some() { 2 } else { 3 }), name, OWN, &all)
    };
    for (calls, tells) in [
        (vec![point("CreateAccessPoint", "p", Some("other"))], false),
        (vec![point("CreateAccessPoint", "p", Some("other")), point("PutAccessPointPolicy", "p", None)], false),
        (
            vec![
                point("CreateAccessPoint", "p", Some("other")),
                point("PutAccessPointPolicy", "arn:aws:s3:us-east-1:123456789012:accesspoint/p", None),
            ],
            false,
        ),
        (vec![point("CreateAccessPoint", "p", Some("data"))], true),
        (vec![point("PutAccessPointPolicy", "p", None)], true),
        (vec![point("CreateAccessPoint", "p", Some("other")), point("PutAccessPointPolicy", "q", None)], true),
        (
            vec![point("CreateAccessPoint", "p", Some("other")), point("PutMultiRegionAccessPointPolicy", "p", None)],
            true,
        ),
    ] {
        let found = with(&opened(), &calls);
        assert_eq!(!found.problems.is_empty(), tells, "{calls:?} {:?}", found.problems);
    }
}

/// One request in the trail and in a log is one, and so is one call that two accounts were told of.
#[test]
fn a_request_that_is_told_twice() {
    let mut open = opened();
    open.push(policy("2026-11-02T00:00:00Z", &json!("*"), &json!({})));
    let mut first = request(AT, "GetObject", "");
    first["requestID"] = json!("REQ1");
    let all = [open.clone(), vec![first]].concat();
    let (events, _) = records(&json!({ "Records": all }).to_string(), "test");
    let line = |id: &str, key: &str| {
        format!(
            "o data [03/Nov/2026:00:00:00 +0000] 203.0.113.10 - {id} REST.GET.OBJECT {key} \"GET / HTTP/1.1\" 200 - 9 9 1 1 \"-\" \"-\" -\n"
        )
    };
    for (id, key, count) in [("REQ1", "secret.csv", 1), ("REQ2", "secret.csv", 2), ("REQ1", "other.csv", 2)] {
        let (accesses, _) = log(&line(id, key), "log");
        let found = replay(events.clone(), &Ask { bucket: "data".to_owned(), accesses, ..Ask::default() });
        assert_eq!(found.windows[0].seen.as_ref().unwrap().served, count, "{id} {key}");
    }
    let mut told = request(AT, "GetObject", OTHER);
    told["sharedEventID"] = json!("S1");
    told["userIdentity"] = json!({ "type": "AWSAccount", "accountId": OTHER, "principalId": "AIDAEVE" });
    let mut own = request(AT, "GetObject", OTHER);
    (own["sharedEventID"], own["eventID"], own["recipientAccountId"]) = (json!("S1"), json!("own"), json!(OTHER));
    let found = with(&open, &[told, own]);
    let seen = found.windows[0].seen.as_ref().unwrap();
    assert!(seen.served == 1 && seen.actors.keys().all(|it| it.ends_with(":user/eve")), "{seen:?}");
    let mut told = policy("2026-11-02T00:00:00Z", &json!("*"), &json!({}));
    told["userIdentity"] = json!({ "arn": format!("arn:aws:iam::{OTHER}:user/eve"), "accountId": OTHER });
    told["sharedEventID"] = json!("S2");
    let mut own = told.clone();
    (own["eventID"], own["recipientAccountId"]) = (json!("own"), json!(OTHER));
    let found = with(&opened(), &[told, own]);
    assert!(found.windows[0].or_opened_by.is_empty(), "{found:#?}");
    assert!(
        found.problems.len() == 1 && found.problems[0].starts_with("1 requests of outsiders"),
        "{:?}",
        found.problems
    );
}

/// Under Object Ownership that enforces the owner S3 takes no ACL, not even a private one.
#[test]
fn an_acl_where_there_are_none() {
    for (name, tells) in [("private", true), ("bucket-owner-full-control", false)] {
        let acl = json!({ "bucketName": "data", "x-amz-acl": name });
        let found = with(&opened(), &[event("2026-11-02T00:00:00Z", "PutBucketAcl", OWN, &acl)]);
        let told = found.problems.iter().any(|it| it.contains("Object Ownership is BucketOwnerEnforced"));
        assert_eq!(told, tells, "{name} {:?}", found.problems);
    }
}

/// The public ACL of an object does nothing as long as the bucket is set to ignore it.
#[test]
fn object_acls_that_are_ignored() {
    let block = |day: u8, on: bool| {
        let all = json!({ "IgnorePublicAcls": on });
        let all = json!({ "bucketName": "data", "PublicAccessBlockConfiguration": all });
        event(&format!("2026-11-0{day}T00:00:00Z"), "PutBucketPublicAccessBlock", OWN, &all)
    };
    let put = json!({ "bucketName": "data", "key": "k", "x-amz-acl": "public-read" });
    let put = event("2026-11-03T12:00:00Z", "PutObject", OWN, &put);
    for (blocks, tells) in [
        (vec![block(2, true)], false),
        (vec![block(2, true), block(5, true)], false),
        (vec![block(2, true), block(5, false)], true),
        (vec![block(5, true)], true),
        (vec![], true),
    ] {
        let found = with(&opened(), &[blocks.clone(), vec![put.clone()]].concat());
        let told = found.problems.iter().any(|it| it.contains("1 objects may be public"));
        assert_eq!((told, found.notes.is_empty()), (tells, tells), "{blocks:?} {:?}", found.problems);
    }
}

/// A trail that is off takes nothing from the record where that goes on.
#[test]
fn trails_beside_the_one_that_records() {
    let of = |time: &str, name: &str, account: &str, parameters: Json| {
        let mut it = event(time, name, account, &parameters);
        it["eventSource"] = json!("cloudtrail.amazonaws.com");
        it
    };
    let tags = |time: &str| event(time, "PutBucketTagging", OWN, &json!({ "bucketName": "data" }));
    let stop = |account: &str| of("2026-11-03T00:00:00Z", "StopLogging", account, json!({ "name": "main" }));
    let other = || event("2026-11-05T00:00:00Z", "PutBucketPolicy", OWN, &json!({ "bucketName": "another" }));
    let start = || of("2026-11-04T00:00:00Z", "StartLogging", OWN, json!({ "name": "second" }));
    let selects = |name: &str, fields: Json| {
        let mut all = vec![json!({ "field": "eventCategory", "equals": ["Management"] })];
        all.push(fields);
        let all = json!([{ "fieldSelectors": all }]);
        of("2026-11-03T00:00:00Z", name, OWN, json!({ "name": "main", "advancedEventSelectors": all }))
    };
    let without = |source: &str| json!({ "field": "eventSource", "notEquals": [source] });
    for (calls, tells) in [
        (vec![stop(OWN)], true),
        (vec![stop(OWN), tags("2026-11-05T00:00:00Z")], false),
        (vec![stop(OWN), tags("2026-11-03T00:05:00Z")], true),
        (vec![stop(OWN), start(), tags("2026-11-05T00:00:00Z")], true),
        (vec![stop(OWN), other()], false),
        (vec![stop(OTHER), other()], false),
        (vec![stop(OTHER)], true),
        (vec![of("2026-10-01T00:00:00Z", "StopLogging", OWN, json!({ "name": "main" }))], false),
        (vec![selects("PutEventSelectors", without("s3.amazonaws.com"))], true),
        (vec![selects("PutEventSelectors", without("kms.amazonaws.com"))], false),
        (vec![selects("UpdateEventDataStore", without("s3.amazonaws.com"))], true),
        (vec![selects("UpdateEventDataStore", json!({ "field": "eventName", "notEquals": ["AssumeRole"] }))], false),
        (vec![selects("PutEventSelectors", json!({ "field": "eventName", "notStartsWith": ["PutBucket"] }))], true),
        (vec![selects("PutEventSelectors", json!({ "field": "userIdentity.arn", "notEquals": ["x"] }))], true),
        (vec![of("2026-11-03T00:00:00Z", "UpdateEventDataStore", OWN, json!({ "name": "renamed" }))], false),
    ] {
        let found = with(&opened(), &calls);
        let told = found.problems.iter().any(|it| it.contains("need not be in the record"));
        assert_eq!(told, tells, "{calls:?} {:?}", found.problems);
    }
}

/// Who is deleted is shown by an id in the policies that named them: nobody called for that.
#[test]
fn a_role_that_was_deleted() {
    use crate::frontend::live::{BucketRecord, State};
    let role = format!("arn:aws:iam::{OTHER}:role/x");
    let put = policy("2026-11-02T00:00:00Z", &json!({ "AWS": role }), &json!({}));
    let all = [opened(), vec![put.clone()]].concat();
    let (events, _) = records(&json!({ "Records": all }).to_string(), "test");
    let live = |principal: Json| {
        let mut document = put["requestParameters"]["bucketPolicy"].clone();
        document["Statement"][0]["Principal"] = json!({ "AWS": principal });
        let mut record = BucketRecord::default();
        record.features.insert("policy".to_owned(), State::set(json!({ "Policy": document.to_string() })));
        (record, State::absent())
    };
    for (principal, tells) in [
        (json!("AROAJ2YDEXAMPLE123456"), false),
        (json!(["AROAJ2YDEXAMPLE123456"]), false),
        (json!("AIDAJ2YDEXAMPLE123456"), true),
        (json!(["AROAJ2YDEXAMPLE123456", "AROAJ2YDEXAMPLE123457"]), true),
        (json!(["AROAJ2YDEXAMPLE123456", "arn:aws:iam::222233334444:root"]), true),
    ] {
        let ask = Ask {
            bucket: "data".to_owned(),
            end: Some(live(principal.clone())),
            live: Some(live(principal.clone())),
            ..Ask::default()
        };
        let found = replay(events.clone(), &ask);
        let told = found.problems.iter().any(|it| it.contains("policy is not what the events leave"));
        assert_eq!(told, tells, "{principal} {:?}", found.problems);
        assert!(tells || found.notes.iter().any(|it| it.contains("they may be those")), "{:?}", found.notes);
        assert!(tells || found.open_now.is_empty(), "{principal} {:?}", found.open_now);
    }
}

/// A table of a query has what is copied from, and what tells copies of one record.
#[test]
fn tables_of_copies() {
    for store in [Store::Athena, Store::Lake] {
        let text = query(store, "data", None, None);
        assert!(text.contains("x-amz-copy-source") && text.contains("requestid, sharedeventid"), "{text}");
    }
    let head = "eventtime,eventid,requestid,sharedeventid,eventname,errorcode,requestparameters_bucketname,requestparameters_x_amz_copy_source";
    let row = "2026-11-03T00:00:00Z,1,R1,S1,CopyObject,,evil,data/secret.csv";
    let (events, problems) = records(&format!("{head}\n{row}\n"), "x.csv");
    let [copy] = events.as_slice() else { panic!("{events:?}") };
    assert!(problems.is_empty() && copy.source == Some(("data".to_owned(), Some("secret.csv".to_owned()))), "{copy:?}");
    assert!(copy.request.as_deref() == Some("R1") && copy.shared.as_deref() == Some("S1"), "{copy:?}");
    // Where a call was made, which key it took, and what a job does.
    let head = "eventtime,eventname,eventsource,errorcode,awsregion,requestparameters_keyid,requestparameters_createjobrequest";
    let row = r#"2026-11-03T00:00:00Z,X,s3.amazonaws.com,,eu-west-1,k,"{""Operation"": {}}""#;
    let (events, problems) = records(&format!("{head}\n{row}\n"), "x.csv");
    let [it] = events.as_slice() else { panic!("{events:?}") };
    assert!(problems.is_empty() && it.region.as_deref() == Some("eu-west-1"), "{it:?}");
    assert_eq!(
        (&it.parameters["keyId"], &it.parameters["CreateJobRequest"]),
        (&json!("k"), &json!({ "Operation": {} }))
    );
}

/// A row has the resources of its record: a request by an access point is of its bucket, whoever prints the list.
#[test]
fn tables_with_resources() {
    for store in [Store::Athena, Store::Lake] {
        let text = query(store, "data", None, None);
        assert!(
            text.contains("json_format(CAST(resources AS JSON)) AS resources") && text.contains("StopLogging"),
            "{text}"
        );
        assert!(text.contains("it.arn LIKE '%:s3:::data/%'") && text.contains("eventsource, "), "{text}");
        assert_eq!(text.matches('(').count(), text.matches(')').count(), "{text}");
    }
    let head = "eventtime,eventid,eventsource,eventname,errorcode,resources,requestparameters";
    let quoted = |it: &str| format!("\"{}\"", it.replace('"', "\"\""));
    let parameters =
        quoted(r#"{"bucketName":"arn:aws:s3:us-east-1:123456789012:accesspoint/door","key":"secret.csv"}"#);
    for resources in [
        r#"[{"arn":"arn:aws:s3:::data/secret.csv","accountid":null,"type":"AWS::S3::Object"},{"arn":"arn:aws:s3:::data","accountid":"123456789012","type":"AWS::S3::Bucket"}]"#,
        r#"[["arn:aws:s3:::data/secret.csv",null,"AWS::S3::Object"],["arn:aws:s3:::data","123456789012","AWS::S3::Bucket"]]"#,
        "[{arn=arn:aws:s3:::data/secret.csv, accountid=null, type=AWS::S3::Object}, {arn=arn:aws:s3:::data, accountid=123456789012, type=AWS::S3::Bucket}]",
    ] {
        let row = format!("2026-11-03T00:00:00Z,1,s3.amazonaws.com,GetObject,,{},{parameters}", quoted(resources));
        let (events, problems) = records(&format!("{head}\n{row}\n"), "x.csv");
        let [it] = events.as_slice() else { panic!("{events:?}") };
        assert!(problems.is_empty() && it.bucket.as_deref() == Some("data"), "{resources} {it:?}");
        assert_eq!(it.owner.as_deref(), Some(OWN), "{resources}");
    }
    // What cannot be read is told; a row without resources has none.
    let row = |cell: &str| format!("{head}\n2026-11-03T00:00:00Z,1,s3.amazonaws.com,GetObject,,{cell},{parameters}\n");
    assert!(records(&row("what"), "x.csv").1[0].contains("1 rows have cells"));
    assert!(records(&row(""), "x.csv").1.is_empty());
}
