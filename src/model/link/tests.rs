//! Which buckets a companion reaches.

use super::*;
use crate::model::Feature;
use crate::model::Format;
use crate::value::Truth;
use crate::value::{Class, Hole, Origin, Symbol};

fn bucket(address: &str, name: Option<&str>) -> Bucket {
    let mut bucket = Bucket::new(address, Format::Terraform, Origin::default());
    if let Some(name) = name {
        bucket.name = Attr::known(SymStr::text(name), Origin::default());
    }
    bucket
}

fn hole(entity: &str, attribute: &str, cause: Cause) -> SymStr {
    SymStr::hole(Hole {
        symbol: Symbol::new(entity, attribute),
        class: Class::BucketName,
        known: None,
        why: Why::new(cause, entity, None),
    })
}

fn companion(bucket: SymStr, exists: Guard) -> Companion {
    Companion {
        kind: crate::model::BucketKind::General,
        address: "aws_s3_bucket_accelerate_configuration.x".into(),
        format: Format::Terraform,
        origin: Origin::default(),
        exists,
        provider: String::new(),
        bucket: Attr::known(bucket, Origin::default()),
        scope: Some(String::new()),
        feature: Feature::Acceleration(Attr::known("Enabled".into(), Origin::default())),
        left: None,
    }
}

fn check(buckets: Vec<Bucket>, companion: Companion, expected: &str) {
    let estate = link(buckets, vec![companion]);
    let declared = estate.buckets.iter().filter(|it| it.kind == crate::model::BucketKind::General);
    let fields: Vec<_> = declared.map(|it| shown(&it.acceleration)).collect();
    let dangling = estate.dangling.first().map_or(String::new(), |it| format!(" / {:?}", it.reason));
    assert_eq!(format!("{}{dangling}", fields.join(", ")), expected);
}

fn shown(attr: &Attr<String>) -> &'static str {
    match attr.value {
        Value::Known(_) => "set",
        Value::Absent => "absent",
        Value::Unknown(_) => "unknown",
        Value::OneOf(..) => "one-of",
    }
}

#[test]
fn by_symbol() {
    let buckets = vec![bucket("aws_s3_bucket.a", None), bucket("aws_s3_bucket.b", None)];
    let name = hole("aws_s3_bucket.b", "id", Cause::Computed);
    check(buckets, companion(name, Guard::always()), "absent, set");
}

#[test]
fn by_name_under_the_same_provider_only() {
    let mut other = bucket("aws_s3_bucket.b", Some("logs"));
    other.provider = "aws.west".into();
    let buckets = vec![bucket("aws_s3_bucket.a", Some("logs")), other];
    check(buckets, companion(SymStr::text("logs"), Guard::always()), "set, absent");
}

#[test]
fn by_equal_symbolic_names() {
    let mut named = bucket("aws_s3_bucket.a", None);
    named.name = Attr::known(hole("var.name", "", Cause::NoDefault), Origin::default());
    let name = hole("var.name", "", Cause::NoDefault);
    check(vec![named], companion(name, Guard::always()), "set");
}

#[test]
fn a_known_name_of_no_bucket_is_elsewhere() {
    let buckets = vec![bucket("aws_s3_bucket.a", Some("data"))];
    check(buckets, companion(SymStr::text("logs"), Guard::always()), "absent / Elsewhere");
}

#[test]
fn an_unknown_name_leaves_its_module_undecided() {
    let buckets = vec![bucket("aws_s3_bucket.a", None), bucket("module.m.aws_s3_bucket.b", None)];
    let name = hole("var.bucket", "", Cause::NoDefault);
    check(buckets, companion(name, Guard::always()), "one-of, absent / Unknown(Why(no-default: var.bucket))");
}

#[test]
fn guards_decide_whether_it_covers() {
    let on = Guard::when("var.on", true);
    let name = || hole("aws_s3_bucket.a", "id", Cause::Computed);
    check(vec![bucket("aws_s3_bucket.a", None)], companion(name(), on.clone()), "one-of");
    let mut guarded = bucket("aws_s3_bucket.a", None);
    guarded.exists = on.clone();
    check(vec![guarded.clone()], companion(name(), on), "set");
    check(vec![guarded], companion(name(), Guard::when("var.on", false)), "absent");
}

#[test]
fn opposite_guards_leave_no_gap() {
    let name = || hole("aws_s3_bucket.a", "id", Cause::Computed);
    let companions =
        vec![companion(name(), Guard::when("var.on", true)), companion(name(), Guard::when("var.on", false))];
    let estate = link(vec![bucket("aws_s3_bucket.a", None)], companions);
    let attr = &estate.buckets[0].acceleration;
    assert_eq!(attr.holds(Truth::No, |it| (it == "Enabled").into()), Truth::Yes);
}
