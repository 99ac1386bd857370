//! One small policy per kind of note.

use super::super::actions::KNOWN;
use super::super::parse;
use super::*;
use crate::value::Val;

const BASE: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}"#;

fn check(text: &str, expected: &[NoteKind]) {
    let Value::Known(policy) = parse(&Val::string(text, Origin::default())).value else { panic!("{text}") };
    let kinds: Vec<_> = policy.notes.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, expected, "{text}\n{:#?}", policy.notes);
}

fn with(from: &str, to: &str) -> String {
    assert!(BASE.contains(from));
    BASE.replace(from, to)
}

fn condition(text: &str) -> String {
    with("b/*\"}", &format!("b/*\",\"Condition\":{text}}}"))
}

#[test]
fn clean() {
    check(BASE, &[]);
    check(&condition(r#"{"StringEquals":{"aws:sourcevpce":"vpce-0123456789abcdef0"}}"#), &[]);
    check(&condition(r#"{"Null":{"s3:x-amz-acl":true}}"#).replace("GetObject", "PutObject"), &[]);
}

#[test]
fn document_notes() {
    check(&with("2012-10-17", "2008-10-17"), &[NoteKind::Version]);
    check(&with("2012-10-17", "2020-01-01"), &[NoteKind::Version]);
    check(&with("\"Version\":\"2012-10-17\",", ""), &[NoteKind::Version]);
    check(&with("\"A\"", "\"\""), &[NoteKind::Sid]);
    let long = "x".repeat(MAX_SIZE);
    check(&with("b/*", &format!("b/{long}*")), &[NoteKind::Size]);
    check(&with("\"Effect\":\"Allow\",", ""), &[NoteKind::MissingElements]);
}

#[test]
fn actions_and_resources() {
    check(&with("s3:GetObject", "s3:GetObjct"), &[NoteKind::UnknownAction]);
    check(&with("s3:GetObject", "s3:Git*"), &[NoteKind::UnknownAction]);
    check(&with("s3:GetObject", "ec2:RunInstances"), &[NoteKind::UnknownAction]);
    check(&with("s3:GetObject", "s3:ListBucket"), &[NoteKind::ActionResourceMismatch]);
    check(&with("b/*", "b"), &[NoteKind::ActionResourceMismatch]);
    check(&with("s3:GetObject", "s3:*"), &[]);
    check(&with("s3:GetObject", "s3express:CreateSession"), &[]);
    check(&with("arn:aws:s3:::b/*", "*"), &[NoteKind::ResourceForeign]);
    check(&with("arn:aws:s3:::b/*", "arn:aws:s3:us-east-1:111122223333:b/*"), &[NoteKind::ArnFormat]);
    check(&with("arn:aws:s3:::b/*", "b/*"), &[NoteKind::ArnFormat]);
    check(&with("\"s3:GetObject\"", "[\"s3:GetObject\",\"s3:GetObject\"]"), &[NoteKind::RedundantEmpty]);
    check(&with("\"s3:GetObject\"", "[]"), &[NoteKind::RedundantEmpty]);
    check(&with("b/*", "b/${aws:username/*"), &[NoteKind::Variables]);
}

/// What may be newer than our tables, or right by a setting elsewhere, is not called wrong for certain.
#[test]
fn certainty() {
    assert!(include_str!("../actions.tsv").contains(&format!("copy of {}", KNOWN.trim_start_matches("as of "))));
    let note = |text: &str| {
        let Value::Known(policy) = parse(&Val::string(text, Origin::default())).value else { panic!("{text}") };
        let [it] = policy.notes.as_slice() else { panic!("{text}\n{:#?}", policy.notes) };
        (it.sure, it.message.clone())
    };
    for (action, sure, words) in [
        ("s3:GetObjct", true, "did you mean `s3:GetObject`?"),
        ("s3:ListObjectsV2", true, "asks for `s3:ListBucket`"),
        ("GetObject", true, "write `s3:GetObject`"),
        ("ec2:RunInstances", true, "another service"),
        ("s3:PutBucketWarpDrive", false, "misspelt, or newer"),
        ("s3:Warp*", false, "misspelt, or newer"),
    ] {
        let (certain, message) = note(&with("s3:GetObject", action));
        assert!(certain == sure && message.contains(words), "{action}: {message}");
    }
    for (key, sure, words) in [
        ("aws:SorceVpc", true, "did you mean `aws:SourceVpc`?"),
        ("aws:WarpFactor", false, "misspelt, or newer"),
        ("warp:factor", true, "is not a condition key"),
        ("aws:ResourceTag/team", false, "ABAC"),
        ("s3:BucketTag/team", false, "ABAC"),
        ("aws:RequestTag/team", true, "in no request"),
    ] {
        let (certain, message) = note(&condition(&format!(r#"{{"StringEquals":{{"{key}":"x"}}}}"#)));
        assert!(certain == sure && message.contains(words), "{key}: {message}");
    }
    check(&condition(r#"{"StringEquals":{"s3:AccessPointTag/team":"x"}}"#), &[]);
}

#[test]
fn principal_notes() {
    check(&with("111122223333", "arn:aws:iam::111122223333:role/*"), &[NoteKind::PrincipalFormat]);
    check(&with("111122223333", "1111"), &[NoteKind::PrincipalFormat]);
    check(&with("111122223333", "AROAEXAMPLEEXAMPLE12"), &[NoteKind::OrphanPrincipalId]);
    check(&with("{\"AWS\":\"111122223333\"}", "\"111122223333\""), &[NoteKind::PrincipalFormat]);
    check(&with("{\"AWS\":\"111122223333\"}", "{\"Service\":\"logs\"}"), &[NoteKind::PrincipalFormat]);
    check(&with("111122223333", "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"), &[]);
}

#[test]
fn condition_notes() {
    check(&condition(r#"{"StringEqual":{"aws:SourceVpc":"vpc-12345678"}}"#), &[NoteKind::UnknownOperator]);
    check(&condition(r#"{"StringEquals":{"s3:DataAccessPointAccount":"111122223333"}}"#), &[]);
    check(&condition(r#"{"StringEquals":{"s3express:SessionMode":"ReadOnly"}}"#), &[]);
    check(&condition(r#"{"StringEquals":{"aws:SorceVpc":"vpc-1"}}"#), &[NoteKind::UnknownConditionKey]);
    check(&condition(r#"{"StringEquals":{"s3:prefix":"x"}}"#), &[NoteKind::UnknownConditionKey]);
    check(&condition(r#"{"StringEquals":{"aws:ResourceTag/a":"x"}}"#), &[NoteKind::TagConditionUnsupported]);
    check(&condition(r#"{"StringEquals":{"aws:SourceIp":"203.0.113.1"}}"#), &[NoteKind::OperatorTypeMismatch]);
    check(&condition(r#"{"Bool":{"aws:SecureTransport":"yes"}}"#), &[NoteKind::OperatorTypeMismatch]);
    check(&condition(r#"{"StringEquals":{"aws:PrincipalOrgID":"o-*"}}"#), &[NoteKind::WildcardWithoutLike]);
    let all = r#"{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-abcdefghij"}}"#;
    check(&condition(all), &[NoteKind::ForallvaluesSingleKey]);
    let optional = r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-abcdefghij"}}"#;
    check(&condition(optional), &[NoteKind::NullIfexistsMisuse]);
    let mfa = condition(r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#);
    check(&mfa.replace("Allow", "Deny"), &[NoteKind::MfaPattern]);
    check(&condition(r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#), &[NoteKind::SourceIpPrivate]);
    check(&condition(r#"{"IpAddress":{"aws:SourceIp":"203.0.113.7/24"}}"#), &[NoteKind::CidrHostBits]);
    check(&condition(r#"{"StringEquals":{"aws:SourceVpc":"vpc-XYZ"}}"#), &[NoteKind::VpcIdFormat]);
    check(&condition(r#"{"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}}"#), &[NoteKind::PairedKeys]);
    check(&condition(r#"{"DateLessThan":{"aws:CurrentTime":"tomorrow"}}"#), &[NoteKind::DateValue]);
}
