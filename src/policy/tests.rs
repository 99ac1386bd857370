//! The families of policies that readers get wrong.

use crate::value::{Attr, Origin, SymStr, Truth, Val};

use super::{Audience, BucketId, Context, Policy, grants, parse, public_status};

fn policy(statements: &str) -> Policy {
    let text = format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{statements}]}}");
    let Attr { value: crate::value::Value::Known(policy), .. } = parse(&Val::string(text, Origin::default())) else {
        panic!("not parsed")
    };
    policy
}

fn context() -> Context {
    Context {
        bucket: BucketId { entity: None, name: Some(SymStr::text("data")) },
        own_account: Some("111122223333".into()),
        ..Context::default()
    }
}

/// `public` by AWS's definition, and who may do what: `anonymous:read=yes`.
#[track_caller]
fn check(statements: &str, public: Truth, expected: &str) {
    let policy = policy(statements);
    let status = public_status(&policy, &context());
    assert_eq!(status.public, public, "{:?}", status.statements.iter().map(|it| &it.reason).collect::<Vec<_>>());
    let shown = grants(&policy, &context()).into_iter().map(|it| {
        let who = match &it.audience {
            Audience::Anonymous => "anonymous",
            Audience::AnyAccount => "any",
            Audience::Account(_) => "account",
            Audience::Service(_) => "service",
        };
        format!("{who}:{}={}", it.power.as_str(), it.holds.as_str())
    });
    assert_eq!(shown.collect::<Vec<_>>().join(" "), expected);
}

const GET: &str = r#""Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*""#;

fn allow(principal: &str, condition: &str) -> String {
    let condition = if condition.is_empty() { String::new() } else { format!(", \"Condition\": {{{condition}}}") };
    format!("{{\"Effect\": \"Allow\", \"Principal\": {principal}, {GET}{condition}}}")
}

const OPEN: &str = "anonymous:read=yes any:read=yes";

#[test]
fn principals_in_all_spellings() {
    for everyone in [r#""*""#, r#"{"AWS": "*"}"#, r#"{"AWS": ["arn:aws:iam::111122223333:root", "*"]}"#] {
        check(&allow(everyone, ""), Truth::Yes, OPEN);
    }
    check(&allow(r#"{"AWS": "111122223333"}"#, ""), Truth::No, "");
    check(&allow(r#"{"AWS": "arn:aws:iam::444455556666:role/x"}"#, ""), Truth::No, "account:read=yes");
    check(&allow(r#"{"Service": "cloudtrail.amazonaws.com"}"#, ""), Truth::No, "service:read=yes");
    check(&allow(r#"{"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}"#, ""), Truth::No, "");
}

#[test]
fn conditions_that_confine() {
    for condition in [
        r#""StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}"#,
        r#""StringEquals": {"AWS:SOURCEVPC": "vpc-91237329"}"#,
        r#""StringEquals": {"aws:PrincipalOrgID": ["o-abc", "o-def"]}"#,
        r#""IpAddress": {"aws:SourceIp": ["203.0.113.0/28", "10.0.0.0/8"]}"#,
        r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}"#,
        r#""StringEqualsIgnoreCase": {"aws:PrincipalAccount": "111122223333"}"#,
        r#""StringEquals": {"s3:DataAccessPointAccount": "111122223333"}"#,
    ] {
        check(&allow(r#""*""#, condition), Truth::No, "");
    }
}

#[test]
fn conditions_that_do_not_confine() {
    for condition in [
        r#""StringLike": {"aws:Referer": "https://example.com/*"}"#,
        r#""StringEquals": {"aws:UserAgent": "secret"}"#,
        r#""Bool": {"aws:SecureTransport": "true"}"#,
        r#""IpAddress": {"aws:SourceIp": "0.0.0.0/1"}"#,
        r#""StringNotEquals": {"aws:SourceVpc": "vpc-91237329"}"#,
        r#""StringEqualsIfExists": {"aws:PrincipalOrgID": "o-abc"}"#,
        r#""ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-abc"}"#,
        r#""NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}"#,
        r#""Null": {"aws:SourceVpce": "true"}"#,
    ] {
        check(&allow(r#""*""#, condition), Truth::Yes, OPEN);
    }
}

#[test]
fn wildcards_admit_only_who_can_have_such_a_value() {
    let org = r#""StringLike": {"aws:PrincipalOrgID": "o-*"}"#;
    check(&allow(r#""*""#, org), Truth::Yes, "any:read=yes");
    let vpc = r#""StringLike": {"aws:SourceVpc": "vpc-*"}"#;
    check(&allow(r#""*""#, vpc), Truth::Yes, OPEN);
    // A wildcard under StringEquals is a plain character.
    let literal = r#""StringEquals": {"aws:PrincipalOrgID": "o-*"}"#;
    check(&allow(r#""*""#, literal), Truth::No, "");
}

#[test]
fn denies_are_taken_off() {
    let open = allow(r#""*""#, "");
    let deny = |rest: &str| format!("{open}, {{\"Effect\": \"Deny\", \"Principal\": \"*\", {rest}}}");
    let all = r#""Action": "s3:*", "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]"#;
    check(&deny(all), Truth::Yes, "");
    check(&deny(&format!(r#"{all}, "Condition": {{"Bool": {{"aws:SecureTransport": "false"}}}}"#)), Truth::Yes, OPEN);
    let both = format!(
        r#"{all}, "Condition": {{"Bool": {{"aws:SecureTransport": "false"}}}}}},
           {{"Effect": "Deny", "Principal": "*", {all}, "Condition": {{"Bool": {{"aws:SecureTransport": "true"}}}}"#
    );
    check(&deny(&both), Truth::Yes, "");
    let org = format!(r#"{all}, "Condition": {{"StringNotEquals": {{"aws:PrincipalOrgID": "o-abc"}}}}"#);
    check(&deny(&org), Truth::Yes, "");
    let unsigned = format!(r#"{all}, "Condition": {{"StringEquals": {{"aws:PrincipalAccount": "anonymous"}}}}"#);
    check(&deny(&unsigned), Truth::Yes, "any:read=yes");
    check(&format!("{{\"Effect\": \"Deny\", \"Principal\": \"*\", {all}}}"), Truth::No, "");
}

#[test]
fn negated_elements() {
    let notprincipal =
        format!(r#"{{"Effect": "Allow", "NotPrincipal": {{"AWS": "arn:aws:iam::111122223333:user/x"}}, {GET}}}"#);
    check(&notprincipal, Truth::Yes, OPEN);
    let notaction = r#"{"Effect": "Allow", "Principal": "*", "NotAction": ["s3:Get*", "s3:List*", "s3:Put*", "s3:Delete*"],
        "Resource": "arn:aws:s3:::data/*"}"#;
    let policy = policy(notaction);
    let powers: Vec<_> = grants(&policy, &context()).iter().map(|it| it.power.as_str()).collect();
    assert!(powers.contains(&"control") && !powers.contains(&"read"), "{powers:?}");
}

#[test]
fn a_foreign_resource_opens_nothing_here() {
    let other =
        r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::other/*"}"#;
    check(other, Truth::Yes, "");
}

#[test]
fn wildcard_actions_reach_what_they_cover() {
    let all = r#"{"Effect": "Allow", "Principal": "*", "Action": "S3:*", "Resource": "arn:aws:s3:::data/*"}"#;
    let policy = policy(all);
    let powers: Vec<_> = grants(&policy, &context()).iter().map(|it| it.power.as_str()).collect();
    for power in ["read", "write", "delete"] {
        assert!(powers.contains(&power), "{powers:?}");
    }
    // Bucket actions need the bucket's own ARN.
    assert!(!powers.contains(&"list") || powers.is_empty() || !all.contains("data\""), "{powers:?}");
}

#[test]
fn what_is_not_understood_never_closes() {
    let read = "\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:GetObject\"";
    let unknown = "anonymous:read=unknown any:read=unknown";
    check(&format!("{{{read}, \"Resource\": {{\"Fn::Join\": [\"\", []]}}}}"), Truth::Yes, unknown);
    let condition = "\"Resource\": \"arn:aws:s3:::data/*\", \"Condition\"";
    check(
        &format!("{{{read}, {condition}: {{\"NoSuchOperator\": {{\"aws:SourceVpc\": \"vpc-1\"}}}}}}"),
        Truth::Unknown,
        unknown,
    );
    check(&format!("{{{read}, {condition}: \"text\"}}"), Truth::Unknown, unknown);
}

#[test]
fn broken_text_is_never_a_policy_without_statements() {
    let parsed = parse(&Val::string("{\"Statement\": [", Origin::default()));
    let policy = parsed.as_known().unwrap();
    assert_eq!(policy.notes[0].kind.code(), "json-syntax");
    assert_eq!(public_status(policy, &context()).public, Truth::Unknown);
}
