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
