//! Grants of small policies.

use super::super::{allows, parse};
use super::*;
use crate::value::{Val, Value};

fn policy(statements: &str) -> Policy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    match parse(&Val::string(text, Origin::default())).value {
        Value::Known(policy) => policy,
        other => panic!("{other:?}"),
    }
}

/// `audience power` of every grant, unknown ones with a question mark; each witness of a yes must be allowed.
fn check(statements: &str, expected: &[&str]) {
    let policy = policy(statements);
    let context = Context { own_account: Some("111111111111".to_owned()), ..Context::default() };
    let grants = grants(&policy, &context);
    let text = |it: &Grant| {
        let mark = if it.holds == Truth::Yes { "" } else { "?" };
        let who = match &it.audience {
            Audience::Anonymous => "anonymous".to_owned(),
            Audience::AnyAccount => "any".to_owned(),
            Audience::Account(it) | Audience::Service(it) => it.clone(),
        };
        format!("{who} {}{mark}", it.power.as_str())
    };
    let got: Vec<_> = grants.iter().map(text).collect();
    assert_eq!(got, expected, "{statements}");
    for grant in grants.iter().filter(|it| it.holds == Truth::Yes) {
        let request = grant.witness.as_ref().unwrap();
        assert_eq!(allows(&policy, request, &context).allowed, Truth::Yes, "{request:?}");
    }
}

const READ: &str = r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;

fn with(condition: &str) -> String {
    READ.replace("/*\"}", &format!("/*\",\"Condition\":{condition}}}"))
}

#[test]
fn open_and_denied() {
    check(READ, &["anonymous read"]);
    let deny = READ.replace("Allow", "Deny");
    check(&format!("{READ},{deny}"), &[]);
    check(&format!("{READ},{}", deny.replace("b/*", "b/a*")), &["anonymous read"]);
    check(&format!("{READ},{}", deny.replace("s3:GetObject", "s3:*").replace("b/*", "*")), &[]);
    let twice =
        format!("{},{}", deny.replace("b/*", "b/a*"), deny.replace("Resource", "NotResource").replace("b/*", "b/a*"));
    check(&format!("{READ},{twice}"), &[]);
}

#[test]
fn confined_by_conditions() {
    check(&with(r#"{"StringEquals":{"aws:PrincipalOrgID":"o-abcdefghij"}}"#), &[]);
    check(&with(r#"{"StringLike":{"aws:PrincipalOrgID":"o-*"}}"#), &["any read"]);
    check(&with(r#"{"StringEquals":{"aws:sourcevpce":"vpce-1"}}"#), &[]);
    check(&with(r#"{"StringEqualsIfExists":{"aws:SourceVpce":"vpce-1"}}"#), &["anonymous read"]);
    check(&with(r#"{"StringLike":{"aws:SourceVpc":"vpc-*"}}"#), &["anonymous read"]);
    check(&with(r#"{"StringLike":{"aws:Referer":"https://a/*"}}"#), &["anonymous read"]);
    check(&with(r#"{"Bool":{"aws:SecureTransport":"true"}}"#), &["anonymous read"]);
    check(&with(r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#), &[]);
    check(&with(r#"{"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}}"#), &["anonymous read"]);
    check(&with(r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#), &[]);
    check(&with(r#"{"StringEquals":{"aws:PrincipalAccount":"222222222222"}}"#), &["222222222222 read"]);
    check(&with(r#"{"StringEquals":{"aws:PrincipalAccount":"111111111111"}}"#), &[]);
    check(&with(r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/*"}}"#), &[]);
    check(&with(r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/admin"}}"#), &["any read"]);
    check(&with(r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}}"#), &["* read"]);
    check(&with(r#"{"StringEquals":{"aws:SourceAccount":"111111111111"}}"#), &[]);
    check(&with(r#"{"StringEquals":{"s3:prefix":"x"}}"#), &[]);
    check(&with(r#"{"StringEquals":{"s3:ExistingObjectTag/public":"yes"}}"#), &["anonymous read"]);
}

#[test]
fn denied_unless() {
    let deny = |condition: &str| format!("{READ},{}", with(condition).replace("Allow", "Deny"));
    check(&deny(r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-abcdefghij"}}"#), &[]);
    check(&deny(r#"{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#), &[]);
    check(&deny(r#"{"Bool":{"aws:SecureTransport":"false"}}"#), &["anonymous read"]);
    check(&deny(r#"{"StringEquals":{"aws:PrincipalOrgID":"o-abcdefghij"}}"#), &["anonymous read"]);
    check(&deny(r#"{"Null":{"aws:PrincipalArn":"true"}}"#), &["any read"]);
    check(&deny(r#"{"StringNotEqualsIfExists":{"aws:ResourceOrgID":"${aws:PrincipalOrgID}"}}"#), &[]);
}

/// Whom a Deny excepts and no Allow names is an outsider of his own.
#[test]
fn excepted_by_a_deny() {
    let deny = |condition: &str| format!("{READ},{}", with(condition).replace("Allow", "Deny"));
    let two = r#"["111111111111","222222222222"]"#;
    check(&deny(&format!(r#"{{"StringNotEquals":{{"aws:PrincipalAccount":{two}}}}}"#)), &["222222222222 read"]);
    check(&deny(r#"{"StringNotEquals":{"aws:PrincipalAccount":"111111111111"}}"#), &[]);
    let role = "arn:aws:iam::222222222222:role/x";
    check(&deny(&format!(r#"{{"ArnNotLike":{{"aws:PrincipalArn":"{role}"}}}}"#)), &["222222222222 read"]);
    let not_principal = READ
        .replace("Allow", "Deny")
        .replace("Principal\":\"*\"", "NotPrincipal\":{\"AWS\":[\"WHO\",\"222222222222\"]}");
    check(
        &format!("{READ},{}", not_principal.replace("WHO", role)),
        &["arn:aws:iam::222222222222:role/x read", "222222222222 read"],
    );
    // Of many the ones that every Deny excepts are asked about, and that there are more is not passed over.
    let many: Vec<String> = (0..20).map(|it| format!("\"3333333333{it:02}\"")).collect();
    let but = |ids: &str| {
        with(&format!(r#"{{"StringNotEquals":{{"aws:PrincipalAccount":[{ids}]}}}}"#)).replace("Allow", "Deny")
    };
    check(&format!("{READ},{},{}", but(&many.join(",")), but(r#""333333333319""#)), &["333333333319 read"]);
    let policy = policy(&format!("{READ},{}", but(&many.join(","))));
    let found = grants(&policy, &Context { own_account: Some("111111111111".to_owned()), ..Context::default() });
    let of = |holds: Truth| found.iter().filter(|it| it.holds == holds).count();
    assert_eq!((of(Truth::Yes), of(Truth::Unknown)), (MAX_EXCEPTED, 1));
    // What an Allow fixes is no more theirs than a stranger's, and where strangers get in they are of these.
    let own_network = with(r#"{"StringEquals":{"aws:SourceVpce":"vpce-1"}}"#);
    let but_two = with(&format!(r#"{{"StringNotEquals":{{"aws:PrincipalAccount":{two}}}}}"#)).replace("Allow", "Deny");
    check(&format!("{own_network},{but_two}"), &[]);
    check(&format!("{READ},{}", but_two.replace("b/*", "b/a*")), &["anonymous read"]);
}

#[test]
fn named_principals() {
    let to = |principal: &str| READ.replace("\"*\"", principal);
    check(&to(r#"{"AWS":"222222222222"}"#), &["222222222222 read"]);
    check(&to(r#"{"AWS":"arn:aws:iam::111111111111:root"}"#), &[]);
    check(&to(r#"{"AWS":"arn:aws:iam::222222222222:role/r"}"#), &["arn:aws:iam::222222222222:role/r read"]);
    check(&to(r#"{"Service":"cloudtrail.amazonaws.com"}"#), &["cloudtrail.amazonaws.com read"]);
    check(
        &to(r#"{"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}"#),
        &["cloudfront.amazonaws.com read"],
    );
    check(&to(r#"{"AWS":"arn:aws:iam::127311923021:root"}"#), &["logdelivery.elasticloadbalancing.amazonaws.com read"]);
    check(&READ.replace("Principal\":\"*\"", "NotPrincipal\":{\"AWS\":\"111111111111\"}"), &["anonymous read"]);
}

#[test]
fn powers() {
    let all = r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}"#;
    let six = ["read", "list", "write", "delete", "control", "inspect"].map(|it| format!("anonymous {it}"));
    check(all, &six.each_ref().map(String::as_str));
    check(
        &all.replace("\"s3:*\"", "[\"s3:ListBucket\",\"s3:PutObj*\"]"),
        &["anonymous list", "anonymous write", "anonymous control"],
    );
    check(&READ.replace("b/*", "b"), &[]);
}

#[test]
fn organizations_count_as_foreign_once_trusted_ones_are_named() {
    let policy = policy(&with(r#"{"StringEquals":{"aws:PrincipalOrgID":["o-mine000000","o-other00000"]}}"#));
    let mut context = Context { own_account: Some("111111111111".to_owned()), ..Context::default() };
    assert_eq!(grants(&policy, &context), []);
    context.trusted_organizations.insert("o-mine000000".to_owned());
    let found = grants(&policy, &context);
    let got: Vec<_> = found.iter().map(|it| (it.audience.clone(), it.holds)).collect();
    assert_eq!(got, [(Audience::Account("o-other00000".to_owned()), Truth::Yes)]);
}

#[test]
fn networks_count_as_foreign_once_trusted_ones_are_named() {
    let with_key = |key: &str, ids: &str| policy(&with(&format!(r#"{{"StringEquals":{{"{key}":[{ids}]}}}}"#)));
    let got = |policy: &super::super::Policy, trusted: &[&str]| {
        let trusted_networks = trusted.iter().map(|it| (*it).to_owned()).collect();
        let context = Context { trusted_networks, ..Context::default() };
        grants(policy, &context).iter().map(|it| (it.audience.clone(), it.holds)).collect::<Vec<_>>()
    };
    let endpoints = with_key("aws:SourceVpce", r#""vpce-1","vpce-2""#);
    assert_eq!(got(&endpoints, &[]), []);
    assert_eq!(got(&endpoints, &["vpc-1"]), []);
    assert_eq!(got(&endpoints, &["vpce-1", "vpce-2"]), []);
    assert_eq!(got(&endpoints, &["vpce-1"]), [(Audience::Account("vpce-2".to_owned()), Truth::Yes)]);
    let networks = with_key("aws:sourcevpc", r#""vpc-1""#);
    assert_eq!(got(&networks, &["vpc-9"]), [(Audience::Account("vpc-1".to_owned()), Truth::Yes)]);
    assert_eq!(got(&networks, &["vpce-9"]), []);
}

#[test]
fn wildcards_inside_a_principal_are_not_understood() {
    let to = |principal: &str| READ.replace("\"*\"", &format!(r#"{{"AWS":"{principal}"}}"#));
    check(&to("arn:aws:iam::222222222222:role/*"), &["arn:aws:iam::222222222222:role/* read?"]);
    check(&to("arn:aws:iam::*:root"), &["anonymous read?"]);
}

#[test]
fn access_points() {
    let of =
        |key: &str| READ.replace("arn:aws:s3:::b/*", &format!("arn:aws:s3:us-east-1:111111111111:accesspoint/p{key}"));
    let context = Context { kind: super::super::PolicyKind::AccessPoint, ..Context::default() };
    let open = policy(&of("/object/*"));
    let found = grants(&open, &context);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].witness.as_ref().map(|it| allows(&open, it, &context).allowed), Some(Truth::Yes));
    assert_eq!(grants(&policy(&of("")), &context), []);
}
