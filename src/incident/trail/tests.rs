//! Envelopes, spellings, windows, and that order does not matter.

use serde_json::{Value as Json, json};

use super::*;
use crate::frontend::live::State;
use crate::incident::time::Time;
use crate::value::Truth;

fn record(id: u32, time: &str, name: &str, who: &str, parameters: Json) -> Json {
    let mut parameters = parameters;
    if !name.contains("Account") {
        parameters["bucketName"] = json!("data");
    }
    json!({
        "eventTime": time, "eventID": format!("{id:04}"), "eventName": name, "recipientAccountId": "123456789012",
        "userIdentity": { "arn": format!("arn:aws:iam::123456789012:user/{who}") }, "sourceIPAddress": "203.0.113.10",
        "requestParameters": parameters,
    })
}

fn public() -> Json {
    json!({ "bucketPolicy": { "Version": "2012-10-17", "Statement": [
        { "Sid": "P", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*" },
    ]}})
}

fn on() -> Json {
    json!({ "PublicAccessBlockConfiguration": {
        "BlockPublicAcls": true, "IgnorePublicAcls": "true", "BlockPublicPolicy": true, "RestrictPublicBuckets": true,
    }})
}

fn story() -> Vec<Json> {
    let mut failed = record(3, "2026-01-02T00:00:00Z", "PutBucketPolicy", "eve", public());
    failed["errorCode"] = json!("AccessDenied");
    vec![
        record(1, "2026-01-01T00:00:00Z", "CreateBucket", "ci", json!({})),
        record(
            2,
            "2026-01-01T00:00:01Z",
            "DeleteAccountPublicAccessBlock",
            "ci",
            json!({ "accountId": "123456789012" }),
        ),
        failed,
        record(4, "2026-01-03T00:00:00Z", "DeleteBucketPublicAccessBlock", "eve", json!({})),
        record(5, "2026-01-03T00:00:10Z", "PutBucketPolicy", "eve", public()),
        record(6, "2026-01-05T12:00:10Z", "PutBucketPublicAccessBlock", "ana", on()),
    ]
}

fn ask() -> Ask {
    Ask { bucket: "data".to_owned(), ..Ask::default() }
}

fn run(records: &[Json]) -> Replay {
    let (events, problems) = records_of(&json!({ "Records": records }));
    assert!(problems.is_empty(), "{problems:?}");
    replay(events, &ask())
}

fn records_of(document: &Json) -> (Vec<Event>, Vec<String>) {
    super::records(&document.to_string(), "test")
}

#[test]
fn a_window() {
    let replay = run(&story());
    let [window] = replay.windows.as_slice() else { panic!("{:#?}", replay.windows) };
    assert_eq!(window.opened, Time::parse("2026-01-03T00:00:10Z").unwrap());
    assert!(window.opened_by.as_ref().unwrap().actor.ends_with("user/eve") && !window.maybe_earlier && window.public);
    let closed = window.closed_by.as_ref().unwrap();
    assert!(closed.actor.ends_with("user/ana"));
    assert_eq!(window.opened.until(closed.time), "2 d 12:00:00");
    assert!(window.powers.contains("read"));
    assert_eq!(replay.rows.iter().filter(|it| it.labels.contains(&"failed")).count(), 1);
    assert_eq!(replay.last, Some(Truth::No));
}

#[test]
fn order_and_copies_do_not_matter() {
    let expected = run(&story());
    let mut shuffled = story();
    for _ in 0..6 {
        shuffled.rotate_left(1);
        shuffled.swap(0, 3);
        let mut doubled = shuffled.clone();
        doubled.extend(shuffled.clone());
        assert_eq!(run(&doubled), expected);
    }
}

#[test]
fn every_envelope() {
    let all = story();
    let expected = records_of(&json!({ "Records": all })).0;
    let lookup: Vec<Json> =
        all.iter().map(|it| json!({ "EventName": "x", "CloudTrailEvent": it.to_string() })).collect();
    let bridge: Vec<Json> = all.iter().map(|it| json!({ "detail-type": "x", "detail": it })).collect();
    for document in [json!({ "Events": lookup }), json!(bridge), json!(all)] {
        assert_eq!(records_of(&document), (expected.clone(), Vec::new()));
    }
    let lines: Vec<String> = all.iter().map(ToString::to_string).collect();
    assert_eq!(super::records(&lines.join("\n"), "x").0, expected);
    // A truncated last line costs that line, and it is said.
    let cut = lines.join("\n");
    let (events, problems) = super::records(cut.get(..cut.len() - 5).unwrap(), "x");
    assert_eq!((events.len(), problems.len()), (expected.len() - 1, 1));
    let whole = json!({ "Records": all }).to_string();
    let (events, problems) = super::records(whole.get(..whole.len() / 2).unwrap(), "x");
    assert!(events.is_empty() && problems.iter().any(|it| it.contains("fetched again")), "{problems:?}");
}

#[test]
fn an_unknown_start_is_an_interval() {
    let replay = run(&story()[3..5]);
    // Neither the account's setting nor the ACL is known: it may be open, and no more is claimed.
    assert!(
        replay.windows.iter().all(|it| !it.certain)
            && !replay.windows.is_empty()
            && replay.last == Some(Truth::Unknown),
        "{replay:#?}"
    );
    let mut records = story()[3..5].to_vec();
    records.insert(
        0,
        record(
            2,
            "2026-01-02T00:00:00Z",
            "DeleteAccountPublicAccessBlock",
            "ci",
            json!({ "accountId": "123456789012" }),
        ),
    );
    let replay = run(&records);
    assert!(replay.windows.iter().all(|it| it.maybe_earlier || !it.certain), "{:#?}", replay.windows);
    assert!(!replay.windows.is_empty());
}

#[test]
fn acl_in_every_spelling() {
    let open = [
        json!({ "x-amz-acl": "public-read" }),
        json!({ "x-amz-acl": ["public-read"], "acl": [""] }),
        json!({ "accessControlList": { "x-amz-grant-read": "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"" } }),
        json!({ "AccessControlPolicy": { "AccessControlList": { "Grant": {
            "Grantee": { "xsi:type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers" }, "Permission": "READ",
        }}}}),
    ];
    for parameters in open {
        let mut records = story()[..2].to_vec();
        records.push(record(4, "2026-01-03T00:00:00Z", "DeleteBucketPublicAccessBlock", "eve", json!({})));
        records.push(record(
            5,
            "2026-01-03T00:00:01Z",
            "PutBucketOwnershipControls",
            "eve",
            json!({ "OwnershipControls": { "Rule": { "ObjectOwnership": "ObjectWriter" } } }),
        ));
        records.push(record(6, "2026-01-03T00:00:02Z", "PutBucketAcl", "eve", parameters.clone()));
        records.push(record(7, "2026-01-04T00:00:02Z", "DeleteBucket", "eve", json!({})));
        let replay = run(&records);
        let [window] = replay.windows.as_slice() else { panic!("{parameters} {:#?}", replay.windows) };
        assert!(window.powers.contains("list") && window.closed_by.is_some(), "{window:#?}");
    }
}

#[test]
fn networks() {
    let net = |it: &str| Network::parse(it).unwrap();
    assert!(net("198.51.100.0/24").contains("198.51.100.9".parse().unwrap()));
    assert!(!net("198.51.100.0/24").contains("198.51.101.9".parse().unwrap()));
    assert!(net("2001:db8::/32").contains("2001:db8::1".parse().unwrap()));
    assert!(net("0.0.0.0/0").contains("1.2.3.4".parse().unwrap()));
    assert_eq!(Network::parse("1.2.3.4/40"), None);
}

fn open_from_the_start() -> Ask {
    let mut start = crate::frontend::live::BucketRecord::default();
    for spec in &crate::frontend::live::FEATURES {
        start.features.insert(spec.name.to_owned(), State::absent());
    }
    start.features.insert("policy".to_owned(), State::set(json!({ "Policy": public()["bucketPolicy"].to_string() })));
    Ask { start: Some((start, State::absent())), ..ask() }
}

/// Its owner may create a bucket again in us-east-1: the ACL is reset, policy and Block Public Access stay.
#[test]
fn a_bucket_that_is_created_again() {
    let mut records = story()[..5].to_vec();
    records.push(record(6, "2026-01-04T00:00:00Z", "CreateBucket", "ci", json!({})));
    let replay = run(&records);
    let [window] = replay.windows.as_slice() else { panic!("{:#?}", replay.windows) };
    assert!(window.closed_by.is_none() && replay.last == Some(Truth::Yes), "{window:#?}");
    let feature = |name: &str| replay.record.features.get(name).unwrap().clone();
    assert!(feature("policy").value().is_some() && feature("public_access_block") == State::absent());
    assert!(replay.rows.last().unwrap().feature == Some("acl") && feature("acl").value().is_some());
    // Deleted before, it is a new one.
    records.insert(5, record(7, "2026-01-03T12:00:00Z", "DeleteBucket", "ci", json!({})));
    let replay = run(&records);
    assert!(replay.last == Some(Truth::No) && replay.record.features["policy"] == State::absent(), "{replay:#?}");
}

/// A bucket that was open is so whatever the trail holds, and who calls first opened nothing.
#[test]
fn open_before_the_trail_and_nothing_changed() {
    let ask = open_from_the_start();
    let mut failed = record(1, "2026-01-02T00:00:00Z", "PutBucketPolicy", "eve", public());
    failed["errorCode"] = json!("AccessDenied");
    let tags = json!({ "Tagging": { "TagSet": "" } });
    for record in [
        failed,
        record(1, "2026-01-02T00:00:00Z", "GetBucketPolicy", "ana", json!({})),
        record(1, "2026-01-02T00:00:00Z", "PutBucketTagging", "ana", tags),
    ] {
        let replay = replay(records_of(&json!({ "Records": [record] })).0, &ask);
        let [window] = replay.windows.as_slice() else { panic!("{record} {:#?}", replay.windows) };
        assert!(window.certain && window.maybe_earlier && window.closed_by.is_none(), "{window:#?}");
        assert!(window.opened_by.is_none() && replay.last == Some(Truth::Yes), "{window:#?}");
    }
    // Closed by the first event, it was open before it.
    let close = record(1, "2026-01-03T00:00:00Z", "PutBucketPublicAccessBlock", "ana", on());
    let closed = replay(records_of(&json!({ "Records": [close] })).0, &ask);
    let [window] = closed.windows.as_slice() else { panic!("{:#?}", closed.windows) };
    assert!(window.opened_by.is_none() && window.closed_by.is_some());
    // Without an event at all.
    assert_eq!(replay(Vec::new(), &ask).last, Some(Truth::Yes));
    // Where the state before is not known either, an innocent call is not named.
    let tags = record(1, "2026-01-02T00:00:00Z", "PutBucketTagging", "ana", json!({}));
    assert!(run(&[tags]).windows.iter().all(|it| it.opened_by.is_none() && !it.certain));
}

/// What an event sets is folded, or not known; never what it was before.
#[test]
fn request_payment_and_acceleration() {
    let mut records = story()[..1].to_vec();
    let payment = json!({ "RequestPaymentConfiguration": { "Payer": "Requester" } });
    let acceleration = json!({ "AccelerateConfiguration": { "Status": "Enabled" } });
    records.push(record(2, "2026-01-02T00:00:00Z", "PutBucketRequestPayment", "ci", payment));
    records.push(record(3, "2026-01-02T00:00:01Z", "PutBucketAccelerateConfiguration", "ci", acceleration));
    let features = run(&records).record.features;
    assert_eq!(features["request_payment"], State::set(json!({ "Payer": "Requester" })));
    assert_eq!(features["acceleration"], State::set(json!({ "Status": "Enabled" })));
    records.push(record(4, "2026-01-02T00:00:02Z", "PutBucketRequestPayment", "ci", json!({})));
    records.push(record(5, "2026-01-02T00:00:03Z", "PutAccelerateConfiguration", "ci", json!({})));
    let features = run(&records).record.features;
    assert!(features["request_payment"].is_unknown() && features["acceleration"].is_unknown());
}

/// Who calls first after the trail begins opened nothing that was open before.
#[test]
fn a_bucket_that_was_open_before_the_trail() {
    let ask = open_from_the_start();
    let versioning = json!({ "VersioningConfiguration": { "Status": "Enabled" } });
    let records = [
        record(1, "2026-01-02T00:00:00Z", "PutBucketVersioning", "ana", versioning),
        record(2, "2026-01-03T00:00:00Z", "PutBucketPublicAccessBlock", "ana", on()),
    ];
    let replay = replay(records_of(&json!({ "Records": records })).0, &ask);
    let [window] = replay.windows.as_slice() else { panic!("{:#?}", replay.windows) };
    assert!(window.certain && window.maybe_earlier && window.closed_by.is_some(), "{window:#?}");
    assert!(window.opened_by.is_none(), "{window:#?}");
}

/// A page that asks for the next is not the whole.
#[test]
fn one_page_of_several() {
    let page = json!({ "Events": [{ "CloudTrailEvent": story()[0].to_string() }], "NextToken": "more" });
    for document in [page.clone(), json!([page])] {
        let (events, problems) = records_of(&document);
        assert!(events.len() == 1 && problems.iter().any(|it| it.contains("NextToken")), "{problems:?}");
    }
    let last = json!({ "Events": [{ "CloudTrailEvent": story()[0].to_string() }], "NextToken": null });
    assert!(records_of(&last).1.is_empty());
}

/// A role is who its sessions are, by their issuer and by their names.
#[test]
fn a_role_and_its_sessions() {
    let session = "arn:aws:sts::123456789012:assumed-role/deploy/ana";
    let role = "arn:aws:iam::123456789012:role/path/deploy";
    let mut bare = record(1, "2026-01-02T00:00:00Z", "PutBucketPolicy", "eve", public());
    bare["userIdentity"] = json!({ "type": "AssumedRole", "arn": session, "accessKeyId": "ASIAIOSFODNN7EXAMPLE" });
    let mut issued = bare.clone();
    issued["userIdentity"]["arn"] = json!("arn:aws:sts::123456789012:assumed-role/other/ana");
    issued["userIdentity"]["sessionContext"] = json!({ "sessionIssuer": { "arn": role } });
    let (events, _) = records_of(&json!([bare, issued]));
    assert!(events.iter().all(|it| it.is_by(role)), "{events:#?}");
    assert!(events.iter().all(|it| it.is_by("ASIAIOSFODNN7EXAMPLE") && it.is_by("/ana")));
    for other in ["arn:aws:iam::123456789012:role/deplo", "arn:aws:iam::210987654321:role/deploy", "eve"] {
        assert!(!events.iter().any(|it| it.is_by(other)), "{other}");
    }
}

/// What is no record, and no line of a log, is counted.
#[test]
fn what_is_left_out_is_told() {
    let (events, problems) = records_of(&json!({ "Records": ["x", story()[0], [[[[[{}]]]]]] }));
    assert!(events.len() == 1 && problems.iter().any(|it| it.contains("2 records")), "{problems:?}");
    let line = |status: &str| {
        format!(
            "o data [18/Nov/2026:03:00:00 +0000] 203.0.113.77 - R1 REST.GET.OBJECT k \"GET /k HTTP/1.1\" {status} - 70 9 1 1 \"-\" \"-\" -\n"
        )
    };
    let (found, problems) = super::log(&[line("200"), line("-"), line("2oo"), line("403")].concat(), "log");
    let served: Vec<bool> = found.iter().map(|it| it.error.is_none()).collect();
    assert_eq!(served, [true, true, false]);
    assert!(problems.iter().any(|it| it.contains("1 lines")), "{problems:?}");
}

fn delete(id: u32, time: &str) -> Json {
    record(id, time, "DeleteBucketPolicy", "ana", json!({}))
}

/// Ids are no time: two calls of one second that do not agree leave it open which came last, in whatever order their ids stand.
#[test]
fn calls_of_one_second() {
    let at = "2026-01-03T00:00:10Z";
    let start = || story()[..5].iter().take(4).filter(|it| it.get("errorCode").is_none()).cloned().collect::<Vec<_>>();
    let put = |id: u32| record(id, at, "PutBucketPolicy", "eve", public());
    for (first, second) in [(7, 8), (8, 7)] {
        let mut records = start();
        records.extend([put(first), delete(second, at)]);
        let replay = run(&records);
        assert_eq!(replay.last, Some(Truth::Unknown), "{replay:#?}");
        let [window] = replay.windows.as_slice() else { panic!("{:#?}", replay.windows) };
        assert!(!window.certain && window.closed_by.is_none() && window.opened == Time::parse(at).unwrap());
        assert!(window.opened_by.as_ref().unwrap().actor.ends_with("eve"), "a Delete opens nothing");
        let told: Vec<_> = replay.problems.iter().filter(|it| it.contains("same second")).collect();
        assert!(
            told.iter().any(|it| it.contains("PutBucketPolicy") && it.contains("which came last is not known")),
            "{told:?}"
        );
        // What comes later makes it known again, and the doubt about the second stays told.
        records.push(record(9, "2026-01-04T00:00:00Z", "PutBucketPublicAccessBlock", "ana", on()));
        let replay = run(&records);
        assert_eq!(replay.last, Some(Truth::No));
        assert!(replay.windows.iter().all(|it| !it.certain && it.closed_by.is_some()), "{:#?}", replay.windows);
        // As does one that opens it for certain.
        let mut records = start();
        records.extend([
            put(first),
            delete(second, at),
            record(9, "2026-01-04T00:00:00Z", "PutBucketPolicy", "mallory", public()),
        ]);
        let replay = run(&records);
        assert_eq!(replay.last, Some(Truth::Yes));
        let certain = replay.windows.iter().find(|it| it.certain).unwrap();
        assert!(
            certain.maybe_earlier && certain.opened_by.as_ref().unwrap().actor.ends_with("mallory"),
            "{certain:#?}"
        );
    }
}

/// Where every order comes to the same, nothing is in doubt; where S3 lets one order only happen, that is the order.
#[test]
fn calls_of_one_second_that_agree() {
    let at = "2026-01-03T00:00:10Z";
    let mut records = story()[..2].to_vec();
    // A public policy is refused while BlockPublicPolicy is on: it came after.
    records.extend([
        record(9, at, "DeleteBucketPublicAccessBlock", "eve", json!({})),
        record(4, at, "PutBucketPolicy", "mallory", public()),
        record(5, at, "PutBucketVersioning", "eve", json!({ "VersioningConfiguration": { "Status": "Suspended" } })),
    ]);
    let replay = run(&records);
    assert!(replay.problems.is_empty(), "{:?}", replay.problems);
    let [window] = replay.windows.as_slice() else { panic!("{:#?}", replay.windows) };
    assert!(
        window.certain
            && window.opened_by.as_ref().unwrap().actor.ends_with("mallory")
            && window.or_opened_by.is_empty()
    );
    let turned: Vec<_> = replay.rows.iter().filter(|it| it.before != it.after && it.after == Truth::Yes).collect();
    assert!(turned.len() == 1 && turned[0].event.name == "PutBucketPolicy", "{turned:#?}");
    // A bucket is made before it is set up, whatever the ids are.
    let made = "2026-01-01T00:00:00Z";
    let records = [
        record(1, made, "PutBucketPublicAccessBlock", "ci", on()),
        record(2, made, "CreateBucket", "ci", json!({})),
        record(3, made, "PutBucketTagging", "ci", json!({})),
    ];
    let replay = run(&records);
    assert!(replay.problems.is_empty() && replay.last == Some(Truth::No) && replay.windows.is_empty(), "{replay:#?}");
    // Two that each may have closed it: it is closed, and by whom of them is not known.
    let mut records = story()[..5].to_vec();
    let at = "2026-01-05T00:00:00Z";
    records.extend([record(6, at, "PutBucketPublicAccessBlock", "ana", on()), delete(7, at)]);
    let replay = run(&records);
    let [window] = replay.windows.as_slice() else { panic!("{:#?}", replay.windows) };
    assert!(
        window.closed_by.is_some() && window.or_closed_by.len() == 1 && replay.last == Some(Truth::No),
        "{window:#?}"
    );
}

/// Too many for every order: what they set differently is not known, and that is said.
#[test]
fn very_many_calls_of_one_second() {
    let at = "2026-01-03T00:00:10Z";
    let mut records = story()[..4].to_vec();
    records.extend(
        (10..19)
            .map(|id| if id % 2 == 0 { record(id, at, "PutBucketPolicy", "eve", public()) } else { delete(id, at) }),
    );
    let replay = run(&records);
    assert!(
        replay.last == Some(Truth::Unknown) && replay.problems.iter().any(|it| it.contains("too many")),
        "{replay:#?}"
    );
}

/// A change whose record names no bucket may be of this one: it is told, and what it set is not known from then on.
#[test]
fn a_change_whose_bucket_is_not_said() {
    let mut nameless = record(6, "2026-01-04T00:00:00Z", "PutBucketPolicy", "eve", json!({}));
    nameless["requestParameters"] = Json::Null;
    let mut records = story()[..2].to_vec();
    records.push(record(5, "2026-01-03T00:00:00Z", "DeleteBucketPublicAccessBlock", "eve", json!({})));
    records.push(nameless.clone());
    let replay = run(&records);
    assert!(replay.problems.iter().any(|it| it.contains("does not say of which bucket")), "{:?}", replay.problems);
    assert!(replay.last == Some(Truth::Unknown) && replay.windows.iter().all(|it| !it.certain), "{replay:#?}");
    let row = replay.rows.iter().find(|it| it.labels.contains(&"bucket-not-said")).unwrap();
    assert_eq!(row.event.name, "PutBucketPolicy");
    // One of another account, one that failed and one that changes nothing are not of it.
    let of = |change: &dyn Fn(&mut Json)| {
        let mut it = nameless.clone();
        change(&mut it);
        let replay = run(&[records[..3].to_vec(), vec![it]].concat());
        replay.problems.is_empty() && replay.last == Some(Truth::No)
    };
    assert!(of(&|it| it["recipientAccountId"] = json!("222222222222")));
    assert!(of(&|it| it["errorCode"] = json!("AccessDenied")));
    assert!(of(&|it| it["eventName"] = json!("ListBuckets")));
}

/// Every feature that the events tell is held against the end.
#[test]
fn the_end_is_compared_whole() {
    let mut end = crate::frontend::live::BucketRecord::default();
    for spec in &crate::frontend::live::FEATURES {
        end.features.insert(spec.name.to_owned(), State::absent());
    }
    let blocks = json!({ "PublicAccessBlockConfiguration": { "BlockPublicAcls": true, "IgnorePublicAcls": true,
        "BlockPublicPolicy": true, "RestrictPublicBuckets": true } });
    end.features.insert("public_access_block".to_owned(), State::set(blocks));
    end.features.insert(
        "ownership".to_owned(),
        State::set(json!({ "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] } })),
    );
    end.features.insert("acl".to_owned(), State::set(json!({ "Owner": { "ID": "o" }, "Grants": [] })));
    let compare = |end: &crate::frontend::live::BucketRecord| {
        let ask = Ask { end: Some((end.clone(), State::absent())), ..ask() };
        let (events, _) = records_of(&json!({ "Records": story()[..2] }));
        replay(events, &ask).problems.join("\n")
    };
    assert_eq!(compare(&end), "");
    for (name, value) in [
        ("lifecycle", json!({ "Rules": [{ "ID": "x", "Status": "Enabled", "Expiration": { "Days": 1 } }] })),
        ("tags", json!({ "TagSet": [{ "Key": "a", "Value": "b" }] })),
        ("website", json!({ "IndexDocument": { "Suffix": "i" } })),
        ("replication", json!({ "ReplicationConfiguration": { "Role": "r", "Rules": [] } })),
    ] {
        let mut other = end.clone();
        other.features.insert(name.to_owned(), State::set(value));
        assert!(
            compare(&other).contains(&format!("{name} is not what the events leave")),
            "{name}: {}",
            compare(&other)
        );
    }
    let mut unread = end.clone();
    unread.features.insert("policy".to_owned(), State::unknown("AccessDenied", "refused"));
    assert!(compare(&unread).contains("policy of the end state is not known (AccessDenied)"), "{}", compare(&unread));
}

/// What is still open has been open at least until the last event that was read, of whatever bucket.
#[test]
fn a_window_that_is_still_open() {
    let mut records = story()[..5].to_vec();
    let mut other = record(9, "2026-01-05T00:00:10Z", "PutBucketTagging", "ci", json!({}));
    other["requestParameters"]["bucketName"] = json!("another");
    records.push(other);
    let replay = run(&records);
    assert_eq!(replay.until, Time::parse("2026-01-05T00:00:10Z"));
    assert!(replay.windows.iter().all(|it| it.closed_by.is_none()) && replay.rows.len() == 5, "{replay:#?}");
}
