//! Grants where parts of the policy are not known.

use super::super::{BucketId, allows, parse, public_status};
use super::*;
use crate::value::{Class, Entry, Hole, Kind, List, Map, Seg, SymStr, Symbol, Val, Value};

fn hole(entity: &str, attribute: &str, class: Class, cause: Cause) -> Seg {
    let why = Why::new(cause, entity, None);
    Seg::hole(Hole { symbol: Symbol::new(entity, attribute), class, known: None, why })
}

fn lit(text: &str) -> Seg {
    SymStr::text(text).segs()[0].clone()
}

fn text(segs: &[Seg]) -> Val {
    Val::new(Kind::String(segs.iter().cloned().collect()), Origin::default())
}

fn map(entries: &[(&str, Val)]) -> Val {
    let entry = |(key, value): &(&str, Val)| Entry {
        key: SymStr::text(*key),
        key_origin: Origin::default(),
        value: value.clone(),
    };
    Val::new(Kind::Map(Map { entries: entries.iter().map(entry).collect(), rest: None }), Origin::default())
}

fn statement(principal: Val, resource: Val) -> Val {
    let word = |it: &str| text(&[lit(it)]);
    map(&[
        ("Effect", word("Allow")),
        ("Principal", principal),
        ("Action", word("s3:GetObject")),
        ("Resource", resource),
    ])
}

fn anyone() -> Val {
    text(&[lit("*")])
}

fn own_objects() -> Val {
    text(&[hole("aws_s3_bucket.b", "arn", Class::Arn, Cause::Computed), lit("/*")])
}

fn policy(statement: Val) -> Policy {
    let list = Val::new(Kind::List(List { items: vec![statement], rest: None }), Origin::default());
    let tree = map(&[("Version", text(&[lit("2012-10-17")])), ("Statement", list)]);
    match parse(&Val::new(Kind::Json(Box::new(tree)), Origin::default())).value {
        Value::Known(policy) => policy,
        other => panic!("{other:?}"),
    }
}

fn context() -> Context {
    let bucket = BucketId { entity: Some("aws_s3_bucket.b".into()), name: None };
    Context { bucket, ..Context::default() }
}

fn check(statement: Val, public: Truth, expected: &[(Audience, Truth)]) {
    let policy = policy(statement);
    let found = grants(&policy, &context());
    let got: Vec<_> = found.iter().map(|it| (it.audience.clone(), it.holds)).collect();
    assert_eq!(got, expected, "{found:#?}");
    assert_eq!(public_status(&policy, &context()).public, public);
    for grant in found {
        match grant.holds {
            Truth::Yes => {
                let request = grant.witness.unwrap();
                assert_eq!(allows(&policy, &request, &context()).allowed, Truth::Yes, "{request:?}");
            }
            _ => assert!(grant.why.is_some()),
        }
    }
}

#[test]
fn the_own_bucket_by_reference() {
    check(statement(anyone(), own_objects()), Truth::Yes, &[(Audience::Anonymous, Truth::Yes)]);
    let by_name = [lit("arn:aws:s3:::"), hole("aws_s3_bucket.b", "id", Class::BucketName, Cause::Computed), lit("/*")];
    check(statement(anyone(), text(&by_name)), Truth::Yes, &[(Audience::Anonymous, Truth::Yes)]);
    let partition = hole("AWS", "Partition", Class::Partition, Cause::Deployment);
    let name = hole("aws_s3_bucket.b", "id", Class::BucketName, Cause::Computed);
    let all = [lit("arn:"), partition, lit(":s3:::"), name, lit("/*")];
    check(statement(anyone(), text(&all)), Truth::Yes, &[(Audience::Anonymous, Truth::Yes)]);
    // Attached to this bucket, a policy that S3 accepts names it, however it is spelled.
    check(statement(anyone(), text(&[lit("arn:aws:s3:::b/*")])), Truth::Yes, &[(Audience::Anonymous, Truth::Yes)]);
    let other = text(&[hole("var.bucket_arn", "", Class::Any, Cause::NoDefault), lit("/*")]);
    check(statement(anyone(), other), Truth::Yes, &[(Audience::Anonymous, Truth::Unknown)]);
}

#[test]
fn principals_by_reference() {
    let aws = |segs: &[Seg]| statement(map(&[("AWS", text(segs))]), own_objects());
    let account = || hole("data.aws_caller_identity.current", "account_id", Class::AccountId, Cause::Deployment);
    check(aws(&[lit("arn:aws:iam::"), account(), lit(":root")]), Truth::No, &[]);
    check(aws(&[account()]), Truth::No, &[]);
    check(aws(&[hole("aws_iam_role.r", "arn", Class::Arn, Cause::Computed)]), Truth::No, &[]);
    let anyone = hole("var.principal", "", Class::Any, Cause::NoDefault);
    check(aws(&[anyone]), Truth::Unknown, &[(Audience::Anonymous, Truth::Unknown)]);
    // Without the own account's id a named account may be the own one.
    let named = Audience::Account("222222222222".to_owned());
    check(aws(&[lit("222222222222")]), Truth::No, &[(named, Truth::Unknown)]);
    let known = hole("var.role_arn", "", Class::Arn, Cause::NoDefault);
    check(aws(&[known]), Truth::No, &[(Audience::Account("${var.role_arn}".to_owned()), Truth::Unknown)]);
}

#[test]
fn conditions_by_reference() {
    let with_operator = |operator: &str, value: Val| {
        let condition = map(&[(operator, map(&[("aws:SourceVpce", value)]))]);
        let Kind::Map(mut entries) = statement(anyone(), own_objects()).kind else { panic!() };
        entries.entries.push(Entry { key: SymStr::text("Condition"), key_origin: Origin::default(), value: condition });
        Val::new(Kind::Map(entries), Origin::default())
    };
    let with = |value: Val| with_operator("StringEquals", value);
    check(with(text(&[hole("aws_vpc_endpoint.s3", "id", Class::Identifier, Cause::Computed)])), Truth::No, &[]);
    // Whatever it is, it is one text; with `StringLike` it might be `*`.
    let unknown = || text(&[hole("var.vpce", "", Class::Any, Cause::NoDefault)]);
    check(with(unknown()), Truth::No, &[]);
    check(with_operator("StringLike", unknown()), Truth::Unknown, &[(Audience::Anonymous, Truth::Unknown)]);
}
