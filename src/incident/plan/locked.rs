//! Whom the policy that should be locks out: keys that a call certainly carries, that it certainly does not, and of which nobody knows.

use serde_json::json;

use super::tests::{APP, PUBLIC, make, parsed, policy, record};
use super::*;
use crate::incident::said::of_record;

const CALLER: &str = "arn:aws:sts::123456789012:assumed-role/ir/ana";

fn deny(action: &str, condition: serde_json::Value) -> String {
    json!({
        "Sid": "D", "Effect": "Deny", "Principal": "*", "Action": action,
        "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"], "Condition": condition,
    })
    .to_string()
}

fn planned(deny: &str, caller: Option<&str>) -> Result<Plan, String> {
    let mut live = record(&[policy(&[PUBLIC]), parsed("versioning", r#"{"Status":"Suspended"}"#)]);
    live.region = Some("us-east-1".to_owned());
    let desired = record(&[policy(&[APP, deny]), parsed("versioning", r#"{"Status":"Enabled"}"#)]);
    make(&live, &of_record(&desired), true, caller).map_err(|it| it.join("\n"))
}

/// Positive operators on keys that the caller's own calls carry, for certain or perhaps.
#[test]
fn denies_that_hold_or_may_hold_for_the_caller() {
    for (condition, is_certain) in [
        (json!({ "Bool": { "aws:ViaAWSService": "false" } }), true),
        (json!({ "StringEquals": { "aws:ResourceAccount": "123456789012" } }), true),
        (json!({ "StringEquals": { "s3:ResourceAccount": "123456789012" } }), true),
        (json!({ "StringEquals": { "aws:PrincipalAccount": "123456789012" } }), true),
        (json!({ "StringEquals": { "aws:PrincipalType": "AssumedRole" } }), true),
        (json!({ "StringEquals": { "aws:RequestedRegion": "us-east-1" } }), true),
        (json!({ "DateGreaterThan": { "aws:CurrentTime": "2020-01-01T00:00:00Z" } }), true),
        (json!({ "NumericLessThan": { "s3:TlsVersion": "1.4" } }), true),
        (json!({ "StringEquals": { "s3:authType": "REST-HEADER" } }), true),
        (json!({ "StringEquals": { "s3:signatureversion": "AWS4-HMAC-SHA256" } }), true),
        (json!({ "Bool": { "aws:MultiFactorAuthPresent": "false" } }), false),
        (json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } }), false),
        (json!({ "IpAddress": { "aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"] } }), false),
        (json!({ "Null": { "aws:SourceIp": "false" } }), false),
        (json!({ "Null": { "aws:SourceVpce": "true" } }), false),
        (json!({ "StringLike": { "aws:userid": "*" } }), false),
        (json!({ "StringLike": { "aws:UserAgent": "*" } }), false),
        (json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-abc" } }), false),
        (json!({ "DateGreaterThan": { "aws:CurrentTime": "2999-01-01T00:00:00Z" } }), false),
        (json!({ "NumericLessThan": { "s3:TlsVersion": "1.3" } }), false),
    ] {
        let text = planned(&deny("s3:*", condition.clone()), Some(CALLER)).unwrap_err();
        assert!(text.contains("--confirm-self-lockout"), "{condition}: {text}");
        assert_eq!(!text.contains("may deny"), is_certain, "{condition}: {text}");
        // Nobody knows who runs it: that is a warning.
        let plan = planned(&deny("s3:*", condition.clone()), None);
        let is_of_caller = condition.to_string().contains("PrincipalType");
        assert!(is_of_caller || plan.unwrap().warnings.iter().any(|it| it.contains("say --caller ARN")), "{condition}");
    }
}

/// The usual Denies lock nobody out who calls with the CLI.
#[test]
fn usual_denies_are_no_lockout() {
    for condition in [
        json!({ "Bool": { "aws:SecureTransport": "false" } }),
        json!({ "NumericLessThan": { "s3:TlsVersion": "1.2" } }),
        json!({ "NumericGreaterThan": { "s3:signatureAge": "600000" } }),
        json!({ "StringNotEquals": { "aws:PrincipalAccount": "123456789012" } }),
        json!({ "StringNotEquals": { "s3:ResourceAccount": "123456789012" } }),
        json!({ "StringNotEquals": { "s3:signatureversion": "AWS4-HMAC-SHA256" } }),
        json!({ "StringEquals": { "s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD" } }),
        json!({ "StringEquals": { "s3:x-amz-acl": "public-read" } }),
        json!({ "Bool": { "aws:PrincipalIsAWSService": "true" } }),
        json!({ "Bool": { "aws:ViaAWSService": "true" } }),
        json!({ "DateLessThan": { "aws:CurrentTime": "2020-01-01T00:00:00Z" } }),
        json!({ "StringLike": { "aws:SourceArn": "arn:aws:sns:*" } }),
        json!({ "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::123456789012:role/ir" } }),
        json!({ "StringLike": { "s3:prefix": "*" } }),
    ] {
        let plan = planned(&deny("s3:*", condition.clone()), Some(CALLER));
        assert!(plan.is_ok(), "{condition}: {plan:#?}");
    }
    // What is about objects does not touch what a plan calls.
    assert!(
        planned(&deny("s3:PutObject", json!({ "Null": { "s3:x-amz-server-side-encryption": "true" } })), Some(CALLER))
            .is_ok()
    );
}

/// A policy that leaves its own change to the caller and denies what the plan still has to do, or to read back.
#[test]
fn later_steps_of_the_same_plan() {
    let all = json!({ "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::123456789012:role/deploy" } });
    for (action, must) in [
        ("s3:PutBucketVersioning", "the step for versioning"),
        ("s3:GetBucketVersioning", "the step for versioning"),
        ("s3:GetBucketPolicy", "the step for policy"),
    ] {
        let text = planned(&deny(action, all.clone()), Some(CALLER)).unwrap_err();
        assert!(text.contains(must) && text.contains(action) && text.contains("--only"), "{action}: {text}");
    }
    assert!(planned(&deny("s3:PutBucketWebsite", all.clone()), Some(CALLER)).is_ok());
    // Where that is meant, it is a warning.
    let live = record(&[policy(&[PUBLIC]), parsed("versioning", r#"{"Status":"Suspended"}"#)]);
    let desired = record(&[
        policy(&[APP, &deny("s3:PutBucketVersioning", all)]),
        parsed("versioning", r#"{"Status":"Enabled"}"#),
    ]);
    let made = plan(&Ask {
        purpose: "restore".to_owned(),
        bucket: "data",
        live: &live,
        around: &super::tests::around(),
        desired: &of_record(&desired),
        desired_points: &Points::default(),
        only: &[],
        allow_loosen: true,
        include_account: false,
        confirm_self_lockout: true,
        caller: Some(CALLER),
        options: &Options::default(),
    })
    .unwrap();
    assert!(made.warnings.iter().any(|it| it.contains("the plan stops there")), "{:?}", made.warnings);
}

/// The policy as it was locks the caller out: that is told before it could be put back.
#[test]
fn a_way_back_that_locks_out() {
    let nobody = r#"{"Sid":"N","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::data","arn:aws:s3:::data/*"]}"#;
    let (live, desired) = (record(&[policy(&[PUBLIC, nobody])]), record(&[policy(&[APP])]));
    let plan = make(&live, &of_record(&desired), true, Some(CALLER)).unwrap();
    assert!(plan.warnings.iter().any(|it| it.contains("were the plan taken back: the policy denies")), "{plan:#?}");
}

/// A session's ARN has no path: the role may stand under any that the policy speaks of, one of IAM Identity Center stands under AWS's.
#[test]
fn paths_of_roles() {
    let sso = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/ana";
    let given = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/*";
    let region = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Admin_*";
    let ops = "arn:aws:iam::123456789012:role/ops/*";
    for (operator, pattern, caller, expected) in [
        ("ArnLike", given, sso, Some(true)),
        ("ArnNotLike", given, sso, None),
        // Whoever writes a region into the path has one in it: that is taken for true, and told (see below).
        ("ArnNotLike", region, sso, None),
        ("ArnLike", region, sso, Some(true)),
        ("ArnNotLike", "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Admin_*", sso, None),
        ("ArnNotLike", "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Other_*", sso, Some(true)),
        // Without the path it is nobody's.
        ("ArnNotLike", "arn:aws:iam::123456789012:role/AWSReservedSSO_Admin_0123456789abcdef", sso, Some(true)),
        ("ArnLike", ops, sso, None),
        ("ArnLike", given, CALLER, Some(false)),
        ("ArnLike", ops, CALLER, Some(false)),
        ("ArnNotLike", ops, CALLER, Some(false)),
        ("ArnNotLike", "arn:aws:iam::123456789012:role/*", CALLER, None),
        ("ArnNotLike", ops, "arn:aws:iam::123456789012:user/ops/ana", Some(true)),
    ] {
        let told = planned(&deny("s3:*", json!({ operator: { "aws:PrincipalArn": pattern } })), Some(caller)).err();
        assert_eq!(
            told.as_ref().map(|it| !it.contains("may deny")),
            expected,
            "{operator} {pattern} {caller}: {told:?}"
        );
    }
}

/// A path that was taken from a pattern may be another.
#[test]
fn a_path_that_is_assumed_is_told() {
    let sso = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/ana";
    let given = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/*";
    for (pattern, is_told) in [(given.to_owned(), false), (format!("{given}/AWSReservedSSO_Admin_*"), true)] {
        let plan = planned(&deny("s3:*", json!({ "ArnNotLike": { "aws:PrincipalArn": pattern } })), Some(sso)).unwrap();
        let told = plan.warnings.iter().any(|it| it.contains("is taken to have the path that the policy has"));
        assert_eq!(told, is_told, "{:?}", plan.warnings);
    }
    // One that has no say in what the plan needs, or another pattern beside that lets in the role under any path.
    let region = format!("{given}/AWSReservedSSO_Admin_*");
    for deny in [
        deny("s3:GetObject", json!({ "ArnNotLike": { "aws:PrincipalArn": region } })),
        deny("s3:*", json!({ "ArnNotLike": { "aws:PrincipalArn": [region, "arn:aws:iam::123456789012:role/*"] } })),
        deny(
            "s3:*",
            json!({ "ArnNotLike": { "aws:PrincipalArn": region }, "Bool": { "aws:SecureTransport": "false" } }),
        ),
    ] {
        let plan = planned(&deny, Some(sso)).unwrap();
        assert!(!plan.warnings.iter().any(|it| it.contains("is taken to have the path")), "{:?}", plan.warnings);
    }
}

/// The root user of the bucket's account keeps the policy, and nothing else.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html>
#[test]
fn the_root_user_is_not_locked_out_of_the_policy() {
    let anyone = json!({ "StringLike": { "aws:PrincipalArn": "*" } });
    let ask = |action: &str, caller: &str| planned(&deny(action, anyone.clone()), Some(caller)).err();
    let (root, other) = ("arn:aws:iam::123456789012:root", "arn:aws:iam::999988887777:root");
    assert_eq!(ask("s3:PutBucketPolicy", root), None);
    assert!(ask("s3:PutBucketPolicy", other).is_some_and(|it| it.contains("who runs this plan")));
    assert!(ask("s3:*", root).is_some_and(|it| it.contains("the step for versioning is refused")));
}

/// `NotPrincipal` excepts who is listed together with the account; the one without the other may be denied.
#[test]
fn who_is_excepted_by_not_principal() {
    let account = "arn:aws:iam::123456789012:root";
    let role = "arn:aws:iam::123456789012:role/ir";
    for (listed, is_told) in [
        (vec![account, role], false),
        (vec![account, role, CALLER], false),
        (vec![account, "arn:aws:iam::123456789012:user/Bob"], true),
        (vec![account], true),
        (vec![role], true),
    ] {
        let text = json!({
            "Sid": "D", "Effect": "Deny", "NotPrincipal": { "AWS": listed }, "Action": "s3:*",
            "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"],
        });
        let told = planned(&text.to_string(), Some(CALLER)).err();
        assert!(
            told.is_some() == is_told && told.as_ref().is_none_or(|it| it.contains("may deny")),
            "{listed:?}: {told:?}"
        );
    }
}
