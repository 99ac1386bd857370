//! What others do to a bucket, and what a record does not show of it: beside each the ordinary case, which stays silent.

use serde_json::{Value as Json, json};

use super::claims::{OTHER, OWN, event, opened, policy, request, run};
use super::*;
use crate::incident::time::Time;
use crate::value::Truth;

fn with(more: &[Json]) -> Replay {
    run(&[opened(), more.to_vec()].concat())
}

fn tells(found: &Replay, what: &str) -> bool {
    found.problems.iter().any(|it| it.contains(what))
}

fn call(time: &str, name: &str, parameters: &Json) -> Json {
    let mut parameters = parameters.clone();
    parameters["bucketName"] = json!("data");
    event(time, name, OWN, &parameters)
}

fn by(mut record: Json, account: &str) -> Json {
    record["userIdentity"] = match account {
        "" => json!({ "type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL", "principalId": "" }),
        "service" => json!({ "type": "AWSService", "invokedBy": "config.amazonaws.com" }),
        id => json!({ "type": "IAMUser", "arn": format!("arn:aws:iam::{id}:user/eve"), "accountId": id }),
    };
    record
}

/// A call about the configuration that is served to somebody outside is use, and a contradiction where nothing lets them in.
#[test]
fn management_calls_of_outsiders() {
    const AT: &str = "2026-11-03T00:00:00Z";
    for name in ["PutBucketLifecycle", "GetBucketPolicy", "PutBucketTagging"] {
        for (who, is_outside) in [(OTHER, true), ("", true), (OWN, false), ("service", false)] {
            let found = with(&[by(call(AT, name, &json!({})), who)]);
            assert_eq!(tells(&found, "1 requests of outsiders were served"), is_outside, "{name} {who} {found:#?}");
            assert_eq!(found.outside.is_some(), is_outside, "{name} {who}");
        }
        let mut refused = by(call(AT, name, &json!({})), OTHER);
        refused["errorCode"] = json!("AccessDenied");
        let found = with(&[refused]);
        assert!(found.problems.is_empty() && found.outside.is_none(), "{name} {:?}", found.problems);
    }
    // Who had a bucket of that name before was at home.
    let before = by(event("2026-10-01T00:00:00Z", "CreateBucket", OTHER, &json!({ "bucketName": "data" })), OTHER);
    let tagged = by(event("2026-10-02T00:00:00Z", "PutBucketTagging", OTHER, &json!({ "bucketName": "data" })), OTHER);
    let (events, _) = records(&json!([before, tagged]).to_string(), "test");
    assert!(Access::of_managements(&events, "data", Some(OWN)).is_empty());
    // Within a window it is counted there, as far as what was given lets do it.
    for (action, counted) in [("s3:*", 1), ("s3:GetObject", 0)] {
        let mut opens = policy("2026-11-02T00:00:00Z", &json!({ "AWS": OTHER }), &json!({}));
        let statement = &mut opens["requestParameters"]["bucketPolicy"]["Statement"][0];
        (statement["Action"], statement["Resource"]) =
            (json!(action), json!(["arn:aws:s3:::data", "arn:aws:s3:::data/*"]));
        let shut = call("2026-11-04T00:00:00Z", "DeleteBucketPolicy", &json!({}));
        let found = with(&[opens, by(call(AT, "PutBucketLifecycle", &json!({})), OTHER), shut]);
        let seen = found.windows[0].seen.as_ref().map_or(0, |it| it.served);
        assert_eq!((seen, tells(&found, "1 requests of outsiders")), (counted, counted == 0), "{action} {found:#?}");
    }
}

/// A public ACL of an object that S3 would have refused shows that what refuses it was off; one that is ignored shows nothing.
#[test]
fn acls_of_objects_that_were_accepted() {
    let made = call("2026-11-01T00:00:00Z", "CreateBucket", &json!({}));
    let put = |acl: &str| call("2026-11-03T00:00:00Z", "PutObject", &json!({ "key": "k", "x-amz-acl": acl }));
    let found = run(&[made.clone(), put("public-read")]);
    assert!(tells(&found, "a call is missing") && tells(&found, "1 objects may be public"), "{:?}", found.problems);
    for acl in ["private", "bucket-owner-full-control"] {
        let found = run(&[made.clone(), put(acl)]);
        assert!(found.problems.is_empty() && found.last == Some(Truth::No), "{acl} {:?}", found.problems);
    }
    let mut refused = put("public-read");
    refused["errorCode"] = json!("AccessDenied");
    assert!(run(&[made.clone(), refused]).problems.is_empty());
    // ACLs count and are taken, and IgnorePublicAcls makes nothing of them.
    let owned = json!({ "OwnershipControls": { "Rule": { "ObjectOwnership": "ObjectWriter" } } });
    let block = json!({ "PublicAccessBlockConfiguration": { "BlockPublicAcls": false, "IgnorePublicAcls": true,
        "BlockPublicPolicy": true, "RestrictPublicBuckets": true } });
    let set = [
        made,
        call("2026-11-01T00:00:01Z", "DeleteAccountPublicAccessBlock", &json!({ "accountId": OWN })),
        call("2026-11-01T00:00:02Z", "PutBucketOwnershipControls", &owned),
        call("2026-11-01T00:00:03Z", "PutBucketPublicAccessBlock", &block),
        put("public-read"),
    ];
    let found = run(&set);
    assert!(found.problems.is_empty() && found.notes[0].contains("do nothing"), "{found:#?}");
}

/// Object Ownership that voids ACLs is refused while the bucket's own is public; once it is private it is not.
#[test]
fn ownership_over_a_public_acl() {
    let acl = |time: &str, name: &str| call(time, "PutBucketAcl", &json!({ "x-amz-acl": name }));
    let own = |rule: &str| json!({ "OwnershipControls": { "Rule": { "ObjectOwnership": rule } } });
    let set = |time: &str, rule: &str| call(time, "PutBucketOwnershipControls", &own(rule));
    let public = [set("2026-11-02T00:00:00Z", "ObjectWriter"), acl("2026-11-02T00:00:01Z", "public-read")];
    let enforced = set("2026-11-04T00:00:00Z", "BucketOwnerEnforced");
    let found = with(&[public.to_vec(), vec![enforced.clone()]].concat());
    assert!(tells(&found, "a call is missing") && found.last == Some(Truth::No), "{found:#?}");
    for closed in ["2026-11-03T00:00:00Z", "2026-11-04T00:00:00Z"] {
        let found = with(&[public.to_vec(), vec![acl(closed, "private"), enforced.clone()]].concat());
        assert!(found.problems.is_empty() && found.windows.len() == 1, "{closed} {:?}", found.problems);
    }
}

/// S3 suspends no versions that replication or Object Lock needs: one of its calls is missing. Where replication was taken away, or versions
/// are turned on, nothing is.
#[test]
fn versions_that_are_held() {
    let versions = |time: &str, status: &str| {
        call(time, "PutBucketVersioning", &json!({ "VersioningConfiguration": { "Status": status } }))
    };
    let to = json!({ "Bucket": "arn:aws:s3:::backup", "Account": OWN });
    let replicates = replicates("2026-11-02T00:00:00Z", &json!({ "Rule": { "Status": "Enabled", "Destination": to } }));
    let ended = |time: &str| call(time, "DeleteBucketReplication", &json!({}));
    let lock = json!({ "ObjectLockConfiguration": { "ObjectLockEnabled": "Enabled" } });
    let locked = call("2026-11-02T00:00:00Z", "PutBucketObjectLockConfiguration", &lock);
    let at = "2026-11-03T00:00:00Z";
    for (calls, feature) in [
        (vec![replicates.clone(), versions(at, "Suspended")], Some("replication")),
        (vec![replicates.clone(), versions(at, "Enabled")], None),
        (vec![replicates.clone(), ended("2026-11-02T12:00:00Z"), versions(at, "Suspended")], None),
        (vec![replicates.clone(), ended(at), versions(at, "Suspended")], None),
        (vec![replicates, versions(at, "Suspended"), ended("2026-11-04T00:00:00Z")], Some("")),
        (vec![locked.clone(), versions(at, "Suspended")], Some("object_lock")),
        (vec![locked, versions(at, "Enabled")], None),
        (vec![versions(at, "Suspended")], None),
    ] {
        let found = with(&calls);
        assert_eq!(tells(&found, "for which versions are needed"), feature.is_some(), "{calls:?} {:?}", found.problems);
        for name in feature.into_iter().filter(|it| !it.is_empty()) {
            assert!(found.record.features[name].is_unknown(), "{name}");
        }
        assert!(!found.record.features["versioning"].is_unknown(), "{calls:?}");
    }
}

/// Public to S3 is another thing than open to everyone: what is said of a policy that S3 would have refused says so.
#[test]
fn a_policy_that_is_public_to_s3_only() {
    let block = json!({ "PublicAccessBlockConfiguration": {
        "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true } });
    let blocked = call("2026-11-01T12:00:00Z", "PutBucketPublicAccessBlock", &block);
    let role = json!({ "StringLike": { "aws:userid": "AROAEXAMPLEEXAMPLE123:*" } });
    let found = with(&[blocked.clone(), policy("2026-11-02T00:00:00Z", &json!("*"), &role)]);
    assert!(
        tells(&found, "S3 counts the policy as public, though it does not let everyone in: `aws:userid`"),
        "{:?}",
        found.problems
    );
    let found = with(&[blocked.clone(), policy("2026-11-02T00:00:00Z", &json!("*"), &json!({}))]);
    assert!(tells(&found, "S3 refuses it") && !tells(&found, "does not let everyone in"), "{:?}", found.problems);
    let one = json!({ "StringEquals": { "aws:userid": "AIDAEXAMPLEEXAMPLE123" } });
    let found = with(&[blocked, policy("2026-11-02T00:00:00Z", &json!("*"), &one)]);
    assert!(!tells(&found, "S3 refuses it"), "{:?}", found.problems);
}

/// Delegating to access points of the own account lets nobody in by itself: where all of them are among the events, that is a note.
#[test]
fn delegation_to_own_access_points() {
    let own = json!({ "StringEquals": { "s3:DataAccessPointAccount": OWN } });
    let put = policy("2026-11-02T00:00:00Z", &json!("*"), &own);
    let found = with(std::slice::from_ref(&put));
    assert!(found.windows.is_empty() && found.problems.is_empty(), "{:?} {:?}", found.windows, found.problems);
    assert!(found.notes.iter().any(|it| it.contains("lets nobody in by itself")), "{:?}", found.notes);
    // One that is made is told, and what was there before the trail need not be.
    let point = json!({ "accountId": OWN, "name": "p", "CreateAccessPointRequest": { "Bucket": "data" } });
    let made = event("2026-11-03T00:00:00Z", "CreateAccessPoint", OWN, &point);
    assert!(tells(&with(&[put.clone(), made]), "are listed, not replayed"));
    let found = run(&[put]);
    assert!(
        found.windows.iter().any(|it| it.audience.starts_with("callers with s3:DataAccess")),
        "{:?}",
        found.windows
    );
    // Those of another account are not the owner's to say.
    let other = json!({ "StringEquals": { "s3:DataAccessPointAccount": OTHER } });
    let found = with(&[policy("2026-11-02T00:00:00Z", &json!("*"), &other)]);
    assert!(!found.windows.is_empty() && !found.notes.iter().any(|it| it.contains("by itself")), "{:?}", found.windows);
}

/// Without a region nobody knows which access point it was, nor whether records of the bucket's go on: it is said where it matters only.
#[test]
fn records_without_a_region() {
    let bare = |mut it: Json| {
        it["awsRegion"] = Json::Null;
        it
    };
    let put = event("2026-11-03T00:00:00Z", "PutAccessPointPolicy", OWN, &json!({ "accountId": OWN, "name": "p" }));
    assert!(!tells(&with(std::slice::from_ref(&put)), "awsRegion") && tells(&with(&[bare(put)]), "awsRegion"));
    let mut stop = event("2026-11-03T00:00:00Z", "StopLogging", OWN, &json!({ "name": "main" }));
    stop["eventSource"] = json!("cloudtrail.amazonaws.com");
    let later = event("2026-11-05T00:00:00Z", "PutBucketTagging", OWN, &json!({ "bucketName": "other" }));
    let found = with(&[stop.clone(), later.clone()]);
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    let found = with(&[stop, bare(later.clone())]);
    assert!(tells(&found, "do not say of which region"), "{:?}", found.problems);
    assert!(with(&[bare(later)]).problems.is_empty());
}

/// Data events that were taken away while the bucket was open leave who used it unknown, whatever management events go on.
#[test]
fn data_events_switched_off() {
    let opens = policy("2026-11-02T00:00:00Z", &json!("*"), &json!({}));
    let shut = call("2026-11-20T00:00:00Z", "DeleteBucketPolicy", &json!({}));
    let read = |time: &str| request(time, "GetObject", OWN);
    let trail = |time: &str, name: &str, parameters: &Json| event(time, name, OWN, parameters);
    let all = json!({ "type": "AWS::S3::Object", "values": ["arn:aws:s3"] });
    let basic = |data: &[Json]| {
        json!({ "trailName": "main", "eventSelectors": [{ "readWriteType": "All", "includeManagementEvents": true,
            "dataResources": data }] })
    };
    let advanced = |fields: Json| {
        let management = json!({ "fieldSelectors": [{ "field": "eventCategory", "equals": ["Management"] }] });
        json!({ "trailName": "main", "advancedEventSelectors": [management, { "fieldSelectors": fields }] })
    };
    let data = json!({ "field": "eventCategory", "equals": ["Data"] });
    let of_objects = json!({ "field": "resources.type", "equals": ["AWS::S3::Object"] });
    let of_others = json!({ "field": "resources.ARN", "startsWith": ["arn:aws:s3:::other/"] });
    let put = "PutEventSelectors";
    for (name, parameters, is_lost) in [
        (put, basic(&[]), true),
        (put, basic(&[json!({ "type": "AWS::S3::Object", "values": ["arn:aws:s3:::other/"] })]), true),
        (put, basic(std::slice::from_ref(&all)), false),
        (put, basic(&[json!({ "type": "AWS::S3::Object", "values": ["arn:aws:s3:::data/"] })]), false),
        (put, advanced(json!([data, of_objects, of_others])), true),
        (put, advanced(json!([data, of_objects])), false),
        ("DeleteTrail", json!({ "name": "main" }), true),
        ("StopLogging", json!({ "name": "arn:aws:cloudtrail:us-east-1:123456789012:trail/main" }), true),
    ] {
        let switch = trail("2026-11-05T00:00:00Z", name, &parameters);
        let tagged = call("2026-11-06T00:00:00Z", "PutBucketTagging", &json!({}));
        let calls =
            [read("2026-11-01T12:00:00Z"), opens.clone(), switch, tagged, shut.clone(), read("2026-11-25T00:00:00Z")];
        let found = with(&calls);
        let seen = found.windows[0].seen.as_ref().unwrap();
        assert_eq!(!seen.is_whole, is_lost, "{parameters} {found:#?}");
        assert_eq!(
            found.notes.iter().any(|it| it.contains("no data event of the bucket shows")),
            is_lost,
            "{:?}",
            found.notes
        );
        // What is recorded soon after is due to something else.
        let found = with(&[calls.to_vec(), vec![read("2026-11-05T01:00:00Z")]].concat());
        assert!(found.windows[0].seen.as_ref().unwrap().is_whole, "{parameters} {found:#?}");
    }
    // A trail that was made without data events had none to lose.
    let made = trail("2026-11-03T00:00:00Z", "CreateTrail", &json!({ "name": "dev" }));
    let gone = trail("2026-11-05T00:00:00Z", "DeleteTrail", &json!({ "name": "dev" }));
    let shut = [read("2026-11-01T12:00:00Z"), opens, made, gone, shut, read("2026-11-25T00:00:00Z")];
    assert!(with(&shut).windows[0].seen.as_ref().unwrap().is_whole);
}

fn replicates(time: &str, configuration: &Json) -> Json {
    let mut out = call(time, "PutBucketReplication", &json!({}));
    out["requestParameters"]["ReplicationConfiguration"] = configuration.clone();
    out
}

/// What replication does that cannot be read is not known.
#[test]
fn replication_that_is_not_in_the_record() {
    const AT: &str = "2026-11-03T00:00:00Z";
    let to = |destination: Json| json!({ "Rule": { "Status": "Enabled", "Destination": destination } });
    for (configuration, is_unread) in [
        (Json::Null, true),
        (json!("<x/>"), true),
        (json!({}), true),
        (json!({ "Rule": { "Status": "Enabled" } }), true),
        (to(json!({ "Bucket": "arn:aws:s3:::copies", "Account": OWN })), false),
        (json!({ "Rule": { "Status": "Disabled" } }), false),
    ] {
        let found = with(&[replicates(AT, &configuration)]);
        assert_eq!(tells(&found, "is not in the record"), is_unread, "{configuration} {:?}", found.problems);
        assert!(is_unread || found.problems.is_empty(), "{configuration} {:?}", found.problems);
    }
    let mut omitted = call(AT, "PutBucketReplication", &json!({ "omitted": true }));
    assert!(tells(&with(std::slice::from_ref(&omitted)), "is not in the record"));
    omitted["eventName"] = json!("DeleteBucketReplication");
    assert!(with(&[omitted]).problems.is_empty());
}

/// A destination is the account's while it has the bucket: not once it gave the name up, and not for a call that failed.
#[test]
fn destinations_that_were_given_up() {
    let put = replicates(
        "2026-11-05T00:00:00Z",
        &json!({ "Rule": { "Status": "Enabled", "Destination": { "Bucket": "arn:aws:s3:::copies" } } }),
    );
    let of = |time: &str, name: &str, account: &str| event(time, name, account, &json!({ "bucketName": "copies" }));
    let made = of("2026-11-02T00:00:00Z", "CreateBucket", OWN);
    let gone = |time: &str| of(time, "DeleteBucket", OWN);
    let off = call("2026-11-08T00:00:00Z", "DeleteBucketReplication", &json!({}));
    let mut failed = made.clone();
    failed["errorCode"] = json!("BucketAlreadyExists");
    failed["resources"] = json!([{ "accountId": OWN, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::copies" }]);
    let mut seen = of("2026-11-09T00:00:00Z", "GetBucketLocation", OWN);
    seen["resources"] = failed["resources"].clone();
    for (calls, is_doubtful) in [
        (vec![made.clone()], false),
        (vec![seen], false),
        (vec![made.clone(), gone("2026-11-03T00:00:00Z")], true),
        (vec![made.clone(), gone("2026-11-10T00:00:00Z")], true),
        (vec![made.clone(), gone("2026-11-03T00:00:00Z"), of("2026-11-04T00:00:00Z", "CreateBucket", OWN)], false),
        // Replication was turned off before.
        (vec![made.clone(), off, gone("2026-11-10T00:00:00Z")], false),
        (vec![made.clone(), of("2026-11-10T00:00:00Z", "CreateBucket", OTHER)], true),
        (vec![failed], true),
    ] {
        let found = with(&[vec![put.clone()], calls.clone()].concat());
        assert_eq!(
            tells(&found, "may have been copied to arn:aws:s3:::copies"),
            is_doubtful,
            "{calls:?} {:?}",
            found.problems
        );
    }
    // What the rule says of the account, and what the records do.
    let mut others = of("2026-11-02T00:00:00Z", "HeadBucket", OWN);
    others["resources"] = json!([{ "accountId": OTHER, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::copies" }]);
    let mut liar = put;
    liar["requestParameters"]["ReplicationConfiguration"]["Rule"]["Destination"]["Account"] = json!(OWN);
    assert!(tells(&with(&[others, liar.clone()]), "the records before have it as one of another"));
    assert!(with(&[made, liar]).problems.is_empty());
}

/// An access point's name is there once in each region of an account, and may be given to another bucket.
#[test]
fn access_points_of_a_region_and_a_time() {
    const PUT: &str = "PutAccessPointPolicy";
    const MADE: &str = "CreateAccessPoint";
    let point = |time: &str, name: &str, region: &str, bucket: Option<&str>| {
        let mut all = json!({ "accountId": OWN, "name": "p" });
        if let Some(bucket) = bucket {
            all["CreateAccessPointRequest"] = json!({ "Bucket": bucket });
        }
        let mut out = event(time, name, OWN, &all);
        out["awsRegion"] = json!(region);
        out
    };
    let made = point("2026-11-02T00:00:00Z", MADE, "us-east-1", Some("other"));
    let gone = point("2026-11-03T00:00:00Z", "DeleteAccessPoint", "us-east-1", None);
    let put = |region: &str| point("2026-11-04T00:00:00Z", PUT, region, None);
    let mut nowhere = put("us-east-1");
    nowhere.as_object_mut().unwrap().remove("awsRegion");
    let mut foreign = made.clone();
    (foreign["recipientAccountId"], foreign["requestParameters"]) =
        (json!(OTHER), json!({ "accountId": OTHER, "name": "q", "CreateAccessPointRequest": { "Bucket": "data" } }));
    let mut elsewhere = foreign.clone();
    elsewhere["requestParameters"]["CreateAccessPointRequest"]["Bucket"] = json!("theirs");
    for (calls, is_told) in [
        (vec![made.clone(), put("us-east-1")], false),
        (vec![made.clone(), put("eu-west-1")], true),
        (vec![made.clone(), nowhere], true),
        (vec![made.clone(), gone.clone()], false),
        (vec![made.clone(), gone.clone(), put("us-east-1")], true),
        (vec![point("2026-11-01T12:00:00Z", PUT, "us-east-1", None), made.clone()], true),
        (vec![made, gone, point("2026-11-03T12:00:00Z", MADE, "us-east-1", Some("other")), put("us-east-1")], false),
        (vec![foreign], true),
        (vec![elsewhere], false),
    ] {
        let found = with(&calls);
        assert_eq!(tells(&found, "are listed, not replayed"), is_told, "{calls:?} {:?}", found.problems);
    }
}

/// Reading access points changes nothing, and deleting one takes away; one of several regions says which buckets are behind it.
#[test]
fn access_points_that_are_read() {
    let of = |name: &str| event("2026-11-02T00:00:00Z", name, OWN, &json!({ "accountId": OWN, "name": "p" }));
    for (name, is_told) in [
        ("ListAccessPoints", false),
        ("GetAccessPoint", false),
        ("GetAccessPointPolicyStatus", false),
        ("ListMultiRegionAccessPoints", false),
        ("DeleteAccessPoint", false),
        ("DeleteAccessPointPolicy", false),
        ("PutAccessPointPolicy", true),
        ("PutMultiRegionAccessPointPolicy", true),
    ] {
        assert_eq!(!with(&[of(name)]).problems.is_empty(), is_told, "{name}");
    }
    for (bucket, is_told) in [("data", true), ("third", false)] {
        let regions = json!({ "Region": [{ "Bucket": "other" }, { "Bucket": bucket }] });
        let details = json!({ "Details": { "Name": "m", "Regions": regions } });
        let all = json!({ "accountId": OWN, "CreateMultiRegionAccessPointRequest": details });
        let found = with(&[event("2026-11-02T00:00:00Z", "CreateMultiRegionAccessPoint", OWN, &all)]);
        assert_eq!(!found.problems.is_empty(), is_told, "{bucket} {:?}", found.problems);
    }
}

/// Changes of other buckets of the account and region show that something records: a trail has those of all of them or of none.
#[test]
fn a_trail_that_gave_nothing() {
    let gone = event("2026-11-03T00:00:00Z", "DeleteTrail", OWN, &json!({ "name": "dev" }));
    let other = |account: &str, region: &str, name: &str| {
        let mut out = event("2026-11-05T00:00:00Z", name, account, &json!({ "bucketName": "other" }));
        out["awsRegion"] = json!(region);
        out
    };
    for (other, goes_on) in [
        (other(OWN, "us-east-1", "PutBucketTagging"), true),
        (other(OWN, "eu-west-1", "PutBucketTagging"), false),
        (other(OTHER, "us-east-1", "PutBucketTagging"), false),
        // Reads are selected apart.
        (other(OWN, "us-east-1", "GetBucketTagging"), false),
    ] {
        let found = with(&[gone.clone(), other.clone()]);
        assert_eq!(!tells(&found, "need not be in the record"), goes_on, "{other} {:?}", found.problems);
    }
}

/// A copy to a bucket of which nothing says whose it is may have gone anywhere.
#[test]
fn copies_to_nobody_known() {
    let copy = |to: &str| {
        event(
            "2026-11-03T00:00:00Z",
            "CopyObject",
            OWN,
            &json!({ "bucketName": to, "key": "k", "x-amz-copy-source": "data/k" }),
        )
    };
    let made = event("2026-11-02T00:00:00Z", "CreateBucket", OWN, &json!({ "bucketName": "to" }));
    assert!(tells(&with(&[copy("to")]), "no record says whose that is"));
    assert!(with(&[copy("to"), made]).problems.is_empty());
    assert!(with(&[copy("data")]).problems.is_empty());
}

/// CloudTrail's form of lifecycle and logging is S3's afterwards: what `--end-state` compares, and what `restore` sends.
#[test]
fn documents_as_the_api_has_them() {
    let rule = |it: Json| {
        call(
            "2026-11-02T00:00:00Z",
            "PutBucketLifecycle",
            &json!({ "LifecycleConfiguration": { "xmlns": "x", "Rule": it } }),
        )
    };
    for (told, is) in [
        (
            json!({ "Status": "Enabled", "Filter": { "Prefix": "a/" }, "Transition": { "Days": "30", "StorageClass": "GLACIER" } }),
            json!({ "Status": "Enabled", "Filter": { "Prefix": "a/" }, "Transitions": [{ "Days": 30, "StorageClass": "GLACIER" }] }),
        ),
        (
            json!({ "Status": "Enabled", "Filter": "", "NoncurrentVersionTransition": [{ "NoncurrentDays": 3, "StorageClass": "GLACIER" }] }),
            json!({ "Status": "Enabled", "Filter": {}, "NoncurrentVersionTransitions": [{ "NoncurrentDays": 3, "StorageClass": "GLACIER" }] }),
        ),
        (
            json!({ "Status": "Enabled", "Filter": { "And": { "ObjectSizeGreaterThan": "5", "Tag": { "Key": "k", "Value": "30" } } },
                "Expiration": { "ExpiredObjectDeleteMarker": "true" } }),
            json!({ "Status": "Enabled", "Filter": { "And": { "ObjectSizeGreaterThan": 5, "Tags": [{ "Key": "k", "Value": "30" }] } },
                "Expiration": { "ExpiredObjectDeleteMarker": true } }),
        ),
        (
            json!({ "Status": "Enabled", "Filter": { "Tag": { "Key": "Days", "Value": "30" } }, "Expiration": { "Days": 1 } }),
            json!({ "Status": "Enabled", "Filter": { "Tag": { "Key": "Days", "Value": "30" } }, "Expiration": { "Days": 1 } }),
        ),
    ] {
        let found = with(&[rule(told)]);
        assert_eq!(found.record.features["lifecycle"].value(), Some(&json!({ "Rules": [is] })));
    }
    let format = json!({ "PartitionedPrefix": { "PartitionDateSource": "EventTime" } });
    let logging = json!({ "TargetBucket": "logs", "TargetPrefix": "d/", "TargetObjectKeyFormat": format });
    let put = call(
        "2026-11-02T00:00:00Z",
        "PutBucketLogging",
        &json!({ "BucketLoggingStatus": { "LoggingEnabled": logging } }),
    );
    assert_eq!(with(&[put]).record.features["logging"].value(), Some(&json!({ "LoggingEnabled": logging })));
    // No call says who owns the bucket, and nobody is made up.
    let found = with(&[]);
    assert_eq!(found.record.features["acl"].value(), Some(&json!({ "Owner": {}, "Grants": [] })));
    assert!(Time::parse("2026-11-01T00:00:02Z") == found.until);
}
