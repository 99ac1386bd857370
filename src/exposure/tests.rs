//! The settings' exact effects on ACLs; policies are covered end to end in `tests/exposure.rs`.

use crate::model::{
    Account, Acl, AclGrant, AclPermission, Bucket, Estate, Format, Grantee, ObjectOwnership, PublicAccessBlock,
};
use crate::value::{Attr, Cause, Guard, Origin, Truth, Why};

use super::{Options, facts};

fn known<T>(value: T) -> Attr<T> {
    Attr::known(value, Origin::default())
}

fn unknown<T>() -> Attr<T> {
    Attr::unknown(Why::new(Cause::NoDefault, "var.x", None), Origin::default())
}

fn bucket(canned: &str) -> Bucket {
    let mut bucket = Bucket::new("b", Format::Terraform, Origin::default());
    bucket.acl = known(Acl { canned: known(canned.into()), grants: Vec::new(), grants_rest: None, is_put: false });
    bucket
}

fn block(ignore: Attr<bool>) -> Attr<PublicAccessBlock> {
    known(PublicAccessBlock {
        block_public_acls: known(true),
        block_public_policy: known(true),
        ignore_public_acls: ignore,
        restrict_public_buckets: known(true),
    })
}

fn public(bucket: Bucket, estate: &Estate) -> Truth {
    facts(&bucket, estate, &Options::default()).exposure.public
}

#[test]
fn canned_acls() {
    let cases = [
        ("private", Truth::No),
        ("public-read", Truth::Yes),
        ("public-read-write", Truth::Yes),
        ("authenticated-read", Truth::Yes),
        ("log-delivery-write", Truth::No),
        ("aws-exec-read", Truth::No),
        ("bucket-owner-full-control", Truth::No),
    ];
    for (canned, expected) in cases {
        assert_eq!(public(bucket(canned), &Estate::default()), expected, "{canned}");
    }
}

#[test]
fn only_ignoring_closes_and_blocking_does_not() {
    let mut ignored = bucket("public-read");
    ignored.public_access_block = block(known(true));
    assert_eq!(public(ignored, &Estate::default()), Truth::No);

    let mut blocked = bucket("public-read");
    blocked.public_access_block = block(known(false));
    assert_eq!(public(blocked, &Estate::default()), Truth::Yes);

    let mut omitted = bucket("public-read");
    omitted.public_access_block = block(Attr::absent(Origin::default()));
    assert_eq!(public(omitted, &Estate::default()), Truth::Yes);

    let mut undecided = bucket("public-read");
    undecided.public_access_block = block(unknown());
    assert_eq!(public(undecided, &Estate::default()), Truth::Unknown);
}

#[test]
fn ownership_enforced_turns_acls_off() {
    let mut off = bucket("public-read");
    off.ownership = known(ObjectOwnership::BucketOwnerEnforced);
    assert_eq!(public(off, &Estate::default()), Truth::No);

    let mut on = bucket("public-read");
    on.ownership = known(ObjectOwnership::ObjectWriter);
    assert_eq!(public(on, &Estate::default()), Truth::Yes);
}

#[test]
fn the_account_closes_too_where_it_is_the_same() {
    let account = |provider: &str, exists: Guard| Account {
        address: "a".into(),
        origin: Origin::default(),
        exists,
        provider: provider.into(),
        level: crate::model::AccountLevel::Account,
        account_id: Attr::absent(Origin::default()),
        public_access_block: block(known(true)),
    };
    let estate = |account| Estate { accounts: vec![account], ..Estate::default() };
    assert_eq!(public(bucket("public-read"), &estate(account("", Guard::always()))), Truth::No);
    assert_eq!(public(bucket("public-read"), &estate(account("aws.other", Guard::always()))), Truth::Yes);
    assert_eq!(public(bucket("public-read"), &estate(account("", Guard::when("var.on", true)))), Truth::Unknown);
}

#[test]
fn a_closed_way_is_latent_and_names_what_closes_it() {
    let mut closed = bucket("public-read");
    closed.public_access_block = block(known(true));
    let facts = facts(&closed, &Estate::default(), &Options::default());
    let way = &facts.exposure.ways[0];
    assert!(way.latent() == Truth::Yes);
    assert_eq!(way.closed_by[0].setting, "ignore_public_acls");
    assert_eq!(facts.exposure.acl_public, Truth::Yes);
}

#[test]
fn an_unknown_acl_is_harmless_only_where_acls_do_not_count() {
    let mut open = Bucket::new("b", Format::Terraform, Origin::default());
    open.acl = unknown();
    assert_eq!(public(open.clone(), &Estate::default()), Truth::Unknown);
    open.public_access_block = block(known(true));
    assert_eq!(public(open, &Estate::default()), Truth::No);
}

#[test]
fn write_to_everyone_beside_a_second_grant() {
    let grant = |grantee, permission| AclGrant {
        origin: Origin::default(),
        grantee: known(grantee),
        permission: known(permission),
    };
    let mut bucket = bucket("private");
    bucket.acl = known(Acl {
        canned: Attr::absent(Origin::default()),
        grants: vec![grant(Grantee::LogDelivery, AclPermission::Write), grant(Grantee::AllUsers, AclPermission::Write)],
        grants_rest: None,
        is_put: false,
    });
    let facts = facts(&bucket, &Estate::default(), &Options::default());
    assert_eq!(facts.exposure.public, Truth::Yes);
    assert_eq!(facts.exposure.ways.len(), 1);
    assert_eq!(facts.exposure.ways[0].power.as_str(), "write");
}

/// A bucket whose ACL lets everyone list, under a policy.
fn under(statements: &str) -> Bucket {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    let mut bucket = bucket("public-read");
    bucket.name = known(crate::value::SymStr::text("data"));
    bucket.policy = match crate::policy::parse(&crate::value::Val::string(text, Origin::default())).value {
        crate::value::Value::Known(it) => known(it),
        other => panic!("{other:?}"),
    };
    bucket
}

fn deny(action: &str, condition: &str) -> String {
    format!(
        r#"{{"Sid":"D","Effect":"Deny","Principal":"*","Action":"{action}","Resource":["arn:aws:s3:::data","arn:aws:s3:::data/*"]{condition}}}"#
    )
}

/// An explicit Deny wins over an ACL too: for all requests of a grant it is latent, for some it is open by the others, and what is not
/// known leaves it undecided.
#[test]
fn denies_of_the_policy_hold_for_what_an_acl_grants() {
    let not_like = r#","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/x"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}"#;
    let account = r#","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"123456789012"}}"#;
    for (action, condition) in [("s3:*", ""), ("s3:List*", ""), ("s3:*", not_like), ("s3:*", account)] {
        let options = Options { own_account: Some("123456789012".to_owned()), ..Options::default() };
        let facts = facts(&under(&deny(action, condition)), &Estate::default(), &options);
        assert_eq!(facts.exposure.public, Truth::No, "{action} {condition}");
        let way = facts.exposure.ways.iter().find(|it| it.is_public()).unwrap();
        assert_eq!((way.open, way.latent()), (Truth::No, Truth::Yes), "{action} {condition}");
        assert_eq!(way.closed_by[0].setting, "bucket_policy");
        assert_eq!((facts.acl_grants[0].open, facts.exposure.acl_public), (Truth::No, Truth::Yes));
    }
    // Denies that leave a request.
    let http = r#","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#;
    let anonymous = r#","Condition":{"Null":{"aws:PrincipalArn":"true"}}"#;
    for (action, condition) in [("s3:GetObject", ""), ("s3:ListBucket", ""), ("s3:*", http), ("s3:*", anonymous)] {
        let bucket = under(&deny(action, condition));
        let facts = facts(&bucket, &Estate::default(), &Options::default());
        assert_eq!(facts.exposure.public, Truth::Yes, "{action} {condition}");
        let way = facts.exposure.ways.iter().find(|it| it.is_public() && it.open == Truth::Yes).unwrap();
        let witness = way.witness.as_ref().unwrap();
        let denied = |it| crate::policy::allows(it, witness, &crate::policy::Context::default()).denied;
        assert_eq!(denied(bucket.policy.as_known().unwrap()), Truth::No, "{condition}: {witness:?}");
        assert_eq!(facts.acl_grants[0].open, Truth::Yes);
    }
    // Who signs is let in by the other group, and is denied alike.
    let mut signed = under(&deny("s3:*", ""));
    signed.acl = bucket("authenticated-read").acl;
    assert_eq!(public(signed.clone(), &Estate::default()), Truth::No);
    signed.policy = under(&deny("s3:*", http)).policy;
    assert_eq!(public(signed, &Estate::default()), Truth::Yes);
    // A policy of which nobody knows what it denies.
    let mut hidden = bucket("public-read");
    hidden.policy = unknown();
    let facts = facts(&hidden, &Estate::default(), &Options::default());
    assert_eq!((facts.exposure.public, facts.acl_grants[0].open), (Truth::Unknown, Truth::Unknown));
    // An ACL that is not known opens nothing under a Deny of everything.
    let mut unread = under(&deny("s3:*", ""));
    unread.acl = unknown();
    assert_eq!(public(unread, &Estate::default()), Truth::No);
}
