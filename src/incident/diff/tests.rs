//! Equivalences, directions, and a brute-force check of witnesses.

use std::path::Path;

use super::super::{Side, Subject};
use super::*;
use crate::frontend::live::{AccountRecord, BucketRecord, Live, Snapshot, State};
use crate::source::{Memory, Sources};

const OFF: &str =
    r#"{"BlockPublicAcls":false,"IgnorePublicAcls":false,"BlockPublicPolicy":false,"RestrictPublicBuckets":false}"#;

/// A bucket `data` of the account 123456789012 with a policy and settings, as the text of a snapshot.
fn snapshot(policy: &str, more: &[(&str, &str)]) -> String {
    let mut snapshot = Snapshot::new("test");
    let mut record = BucketRecord { account: Some("123456789012".to_owned()), ..BucketRecord::default() };
    for spec in &crate::frontend::live::FEATURES {
        record.features.insert(spec.name.to_owned(), State::absent());
    }
    if !policy.is_empty() {
        record.features.insert("policy".to_owned(), State::set(serde_json::json!({ "Policy": policy })));
    }
    for (name, value) in more {
        let state = match *value {
            "unknown" => State::unknown("AccessDenied", "refused"),
            value => State::set(serde_json::from_str(value).unwrap()),
        };
        record.features.insert((*name).to_owned(), state);
    }
    let account = AccountRecord { public_access_block: State::absent(), ..AccountRecord::default() };
    snapshot.accounts.insert("123456789012".to_owned(), account);
    snapshot.buckets.insert("data".to_owned(), record);
    snapshot.to_json()
}

fn diff(old: &str, new: &str) -> BucketDiff {
    let sources = Sources::new(Box::new(Memory::default()));
    let (a, b) = (sources.add(Path::new("a"), old), sources.add(Path::new("b"), new));
    let live = |id, text| Side::Live(Box::new(Live::new(&sources, id, text, Default::default()).unwrap()));
    let (old, new) = (live(a, old), live(b, new));
    let subject = |it: &'_ Side<'_>| -> Option<Subject<'static>> {
        let it = it.subject("data")?;
        Some(Subject::alone(it.estate().clone(), it.sayings.clone()))
    };
    compare("data", subject(&old).as_ref(), subject(&new).as_ref(), &Options::default(), true)
}

fn statement(rest: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{rest}}}]}}"#)
}

const READ: &str = r#""Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*""#;

#[test]
fn the_same_is_no_change() {
    for (policy, more) in [
        ("", vec![]),
        (READ, vec![]),
        (READ, vec![("acl", "unknown")]),
        (READ, vec![("public_access_block", "unknown")]),
    ] {
        let policy = if policy.is_empty() { String::new() } else { statement(policy) };
        let one = snapshot(&policy, &more);
        let found = diff(&one, &one);
        assert!(found.access.is_empty() && found.settings.is_empty() && found.statements.is_empty(), "{found:#?}");
    }
}

#[test]
fn equivalent_spellings() {
    let same = |a: &str, b: &str| {
        let found = diff(&snapshot(&statement(a), &[]), &snapshot(&statement(b), &[]));
        assert!(found.is_empty(), "{a} {b} {found:#?}");
    };
    same(READ, r#""Principal":{"AWS":"*"},"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::data/*"]"#);
    same(READ, r#""Sid":"","Principal":"*","Action":"S3:getobject","Resource":"arn:aws:s3:::data/*""#);
    same(
        READ,
        r#""Principal":"*","Action":["s3:GetObject","s3:GetObject"],"Resource":["arn:aws:s3:::data/*","arn:aws:s3:::data/x"]"#,
    );
    same(
        r#""Principal":{"AWS":"111122223333"},"Action":["s3:Get*","s3:GetObject"],"Resource":"arn:aws:s3:::data/*""#,
        r#""Principal":{"AWS":["arn:aws:iam::111122223333:root"]},"Action":"s3:Get*","Resource":"arn:aws:s3:::data/*""#,
    );
    same(
        r#""Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*","Condition":{"Bool":{"aws:SecureTransport":true}}"#,
        r#""Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*","Condition":{"Bool":{"aws:securetransport":["true"]}}"#,
    );
}

#[test]
fn not_the_same() {
    // `NotPrincipal` tells `*` from `{"AWS": "*"}`; the older version has no variables.
    let a = snapshot(&statement(READ), &[]);
    let b = snapshot(&statement(READ).replace("2012-10-17", "2008-10-17"), &[]);
    assert!(!diff(&a, &b).settings.is_empty());
    let not = |it: &str| snapshot(&statement(&READ.replace("\"Principal\":\"*\"", it)).replace("Allow", "Deny"), &[]);
    let found = diff(&not("\"NotPrincipal\":\"*\""), &not("\"NotPrincipal\":{\"AWS\":\"*\"}"));
    assert!(!found.statements.is_empty());
}

#[test]
fn gains_are_the_losses_of_the_other_way() {
    let all = [
        snapshot("", &[]),
        snapshot(&statement(READ), &[]),
        snapshot(
            &statement(READ),
            &[(
                "public_access_block",
                &format!("{{\"PublicAccessBlockConfiguration\":{OFF}}}").replace("false}", "true}"),
            )],
        ),
        snapshot(
            &statement(
                r#""Principal":{"AWS":"999988887777"},"Action":"s3:PutBucketPolicy","Resource":"arn:aws:s3:::data""#,
            ),
            &[],
        ),
        snapshot(
            "",
            &[(
                "acl",
                r#"{"Owner":{"ID":"o"},"Grants":[{"Grantee":{"Type":"Group","URI":"http://acs.amazonaws.com/groups/global/AllUsers"},"Permission":"WRITE"}]}"#,
            )],
        ),
        snapshot(&statement(READ), &[("public_access_block", "unknown")]),
    ];
    for a in &all {
        for b in &all {
            let of = |it: BucketDiff, direction| {
                let all = it.access.into_iter().filter(move |it| it.direction == direction);
                all.map(|it| (it.audience, it.power, it.holds, it.witness)).collect::<Vec<_>>()
            };
            assert_eq!(of(diff(a, b), Direction::Gained), of(diff(b, a), Direction::Lost));
        }
    }
}

#[test]
fn settings_count() {
    let restricted = format!("{{\"PublicAccessBlockConfiguration\":{OFF}}}").replace("false", "true");
    let open = snapshot(&statement(READ), &[]);
    let shut = snapshot(&statement(READ), &[("public_access_block", &restricted)]);
    // Taking Block Public Access away opens what the policy says, though the policy did not change.
    let found = diff(&shut, &open);
    assert!(found.gains(), "{found:#?}");
    assert!(found.statements.is_empty());
    let witness = found.access.first().unwrap().witness.as_ref().unwrap();
    assert_eq!((witness.principal.as_str(), witness.action.as_str()), ("anonymous", "s3:GetObject"));
    assert!(diff(&open, &shut).access.iter().all(|it| it.direction == Direction::Lost));
    // A public statement behind it is nothing for strangers, but lets the own account in.
    let none = snapshot("", &[("public_access_block", &restricted)]);
    let found = diff(&none, &shut);
    assert!(found.access.iter().all(|it| it.audience == Audience::Account("123456789012".to_owned())), "{found:#?}");
    // Where it is not known, access may be gained.
    let perhaps = snapshot(&statement(READ), &[("public_access_block", "unknown")]);
    let found = diff(&none, &perhaps);
    assert!(found.is_undecided() && !found.gains(), "{found:#?}");
    assert!(found.access.iter().any(|it| it.audience == Audience::Anonymous));
}

#[test]
fn drift_by_feature() {
    let check = |name: &str, old: &str, new: &str, expected: usize| {
        let found = diff(&snapshot("", &[(name, old)]), &snapshot("", &[(name, new)]));
        assert_eq!(found.settings.len(), expected, "{found:#?}");
    };
    check(
        "tags",
        r#"{"TagSet":[{"Key":"a","Value":"1"},{"Key":"b","Value":"2"}]}"#,
        r#"{"TagSet":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}"#,
        0,
    );
    check(
        "tags",
        r#"{"TagSet":[{"Key":"a","Value":"1"}]}"#,
        r#"{"TagSet":[{"Key":"a","Value":"2"},{"Key":"c","Value":"1"}]}"#,
        2,
    );
    check("versioning", r#"{"Status":"Enabled"}"#, r#"{"Status":"Suspended"}"#, 1);
    check("versioning", r#"{"Status":"Enabled","MFADelete":"Disabled"}"#, r#"{"Status":"Enabled"}"#, 0);
    check(
        "lifecycle",
        r#"{"Rules":[{"ID":"x","Status":"Enabled","Filter":{"Prefix":""}}]}"#,
        r#"{"Rules":[{"ID":"x","Status":"Enabled","Filter":{"Prefix":"logs/"}}]}"#,
        1,
    );
    check(
        "encryption",
        r#"{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"},"BucketKeyEnabled":false}]}}"#,
        r#"{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}}"#,
        0,
    );
}

/// A group or a permission that is not known here is no access that is known to be none.
#[test]
fn grants_that_nobody_knows() {
    let acl = |group: &str, permission: &str| {
        format!(
            r#"{{"Owner":{{"ID":"o"}},"Grants":[{{"Grantee":{{"Type":"Group","URI":"http://acs.amazonaws.com/groups/{group}"}},"Permission":"{permission}"}}]}}"#
        )
    };
    let none = r#"{"Owner":{"ID":"o"},"Grants":[]}"#.to_owned();
    let check = |old: &str, new: &str| diff(&snapshot("", &[("acl", old)]), &snapshot("", &[("acl", new)]));
    for strange in [acl("global/Foo", "READ"), acl("global/AllUsers", "READ_ALL"), acl("s3/AllUsers", "READ")] {
        for found in [check(&none, &strange), check(&strange, &none)] {
            assert!(found.is_undecided() && found.undecided.iter().any(|it| it.feature == "acl"), "{found:#?}");
        }
        assert!(check(&strange, &strange).is_empty());
    }
    assert!(!check(&none, &acl("s3/LogDelivery", "WRITE")).is_undecided());
    assert!(check(&none, &acl("global/AllUsers", "READ")).gains());
}

/// A restricted public bucket serves its own account and AWS services by the whole of its policy, also by a statement that names others.
#[test]
fn whom_a_restricted_bucket_still_serves() {
    const ON: &str =
        r#"{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}"#;
    let block = |it: &str| format!(r#"{{"PublicAccessBlockConfiguration":{it}}}"#);
    let of = |statements: &[&str], on: bool| {
        let public =
            r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::data/pub/*"}"#;
        let all = [&[public], statements].concat().join(",");
        let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{all}]}}"#);
        snapshot(&policy, &[("public_access_block", &block(if on { ON } else { OFF }))])
    };
    let to = |principal: &str, action: &str| {
        format!(
            r#"{{"Effect":"Allow","Principal":{principal},"Action":"{action}","Resource":["arn:aws:s3:::data","arn:aws:s3:::data/*"]}}"#
        )
    };
    let role = to(r#"{"AWS":"arn:aws:iam::123456789012:role/eve"}"#, "s3:PutBucketPolicy");
    let root = to(r#"{"AWS":"123456789012"}"#, "s3:PutBucketPolicy");
    let mixed = to(r#"{"Service":"cloudtrail.amazonaws.com","AWS":"arn:aws:iam::999988887777:root"}"#, "s3:PutObject");
    let foreign = to(r#"{"AWS":"arn:aws:iam::999988887777:root"}"#, "s3:PutObject");
    for (more, who) in [
        (&role, Some("arn:aws:iam::123456789012:role/eve")),
        (&root, Some("123456789012")),
        (&mixed, Some("cloudtrail.amazonaws.com")),
        (&foreign, None),
    ] {
        let (less, whole) = (of(&[], true), of(&[more], true));
        for (old, new, direction) in [(&less, &whole, Direction::Gained), (&whole, &less, Direction::Lost)] {
            let found = diff(old, new);
            let named = |it: &AccessChange| match &it.audience {
                Audience::Account(it) | Audience::Service(it) => Some(it.clone()),
                _ => None,
            };
            let all: Vec<_> = found.access.iter().map(|it| (it.direction, it.holds, named(it))).collect();
            let expected: Vec<_> = who.iter().map(|it| (direction, Truth::Yes, Some((*it).to_owned()))).collect();
            assert_eq!(all, expected, "{more}: {found:#?}");
        }
    }
    // What they have does not come or go with Block Public Access.
    for more in [&role, &root, &mixed] {
        let (open, shut) = (of(&[more], false), of(&[more], true));
        for found in [diff(&open, &shut), diff(&shut, &open)] {
            let is_inside = |it: &AccessChange| match &it.audience {
                Audience::Account(who) => is_own(who, Some("123456789012")),
                it => matches!(it, Audience::Service(_)),
            };
            assert!(!found.access.iter().any(is_inside) && !found.is_undecided(), "{more}: {found:#?}");
        }
    }
}
