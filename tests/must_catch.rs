//! What the market's leaders miss, or report wrongly: the list of the founding issue, end to end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

use bucketlint::finding::{Severity, Status};

/// Rules that are violated at medium or worse in the default profile, by file.
fn violated(path: &str, text: &str) -> Vec<(String, Severity)> {
    let report = bucketlint::check_texts(&[(path, text)]);
    let bad: Vec<_> = report.diagnostics.iter().map(|it| it.message.clone()).collect();
    assert!(bad.is_empty(), "{bad:?}");
    let violated = report.findings.into_iter().filter(|it| it.status == Status::Violated);
    violated.filter(|it| Severity::Medium <= it.severity).map(|it| (it.rule, it.severity)).collect()
}

#[track_caller]
fn caught(path: &str, text: &str, rule: &str, severity: Severity) {
    let found = violated(path, text);
    assert!(found.contains(&(rule.to_owned(), severity)), "{rule} {severity:?} not in {found:?}");
}

#[track_caller]
fn silent(path: &str, text: &str, rules: &[&str]) {
    let found = violated(path, text);
    let wrong: Vec<_> = found.iter().filter(|it| rules.contains(&it.0.as_str())).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

const PUBLIC: [&str; 4] = [
    "bucket-policy-public-principal",
    "policy-condition-not-confining",
    "policy-notprincipal-allow",
    "policy-control-plane-grant",
];

fn policy(statements: &str) -> String {
    format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{statements}]}}")
}

#[test]
fn cloudformation_bucket_policy_for_everyone() {
    let template = r#"
Resources:
  Data:
    Type: AWS::S3::Bucket
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Data
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: "*"
            Action: "s3:*"
            Resource: [!GetAtt Data.Arn, !Sub "${Data.Arn}/*"]
"#;
    caught("template.yaml", template, "bucket-policy-public-principal", Severity::Critical);
    caught("template.yaml", template, "policy-control-plane-grant", Severity::Critical);
}

#[test]
fn policy_document_with_principals_of_type_star() {
    let module = r#"
resource "aws_s3_bucket" "data" {}
data "aws_iam_policy_document" "data" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.data.arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
resource "aws_s3_bucket_policy" "data" {
  bucket = aws_s3_bucket.data.id
  policy = data.aws_iam_policy_document.data.json
}
"#;
    caught("main.tf", module, "bucket-policy-public-principal", Severity::Critical);
}

#[test]
fn an_open_statement_after_a_conditioned_one() {
    let text = policy(
        r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*",
            "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}},
           {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}"#,
    );
    caught("policy.json", &text, "bucket-policy-public-principal", Severity::Critical);
}

#[test]
fn allow_with_notprincipal() {
    let text = policy(
        r#"{"Effect": "Allow", "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:user/x"},
            "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}"#,
    );
    caught("policy.json", &text, "policy-notprincipal-allow", Severity::Critical);
}

#[test]
fn an_organisation_with_a_wildcard() {
    let text = policy(
        r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*",
            "Condition": {"StringLike": {"aws:PrincipalOrgID": "o-*"}}}"#,
    );
    caught("policy.json", &text, "policy-condition-not-confining", Severity::Critical);
}

#[test]
fn write_to_everyone_beside_a_second_grant() {
    let module = r#"
resource "aws_s3_bucket" "data" {}
resource "aws_s3_bucket_acl" "data" {
  bucket = aws_s3_bucket.data.id
  access_control_policy {
    owner {
      id = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"
    }
    grant {
      permission = "WRITE"
      grantee {
        type = "Group"
        uri  = "http://acs.amazonaws.com/groups/s3/LogDelivery"
      }
    }
    grant {
      permission = "WRITE"
      grantee {
        type = "Group"
        uri  = "http://acs.amazonaws.com/groups/global/AllUsers"
      }
    }
  }
}
"#;
    caught("main.tf", module, "acl-public-write", Severity::Critical);
}

#[test]
fn cloudformation_authenticated_read() {
    let template = "
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      AccessControl: AuthenticatedRead
";
    caught("template.yaml", template, "acl-authenticated-users", Severity::Critical);
}

#[test]
fn account_wide_settings_that_are_off() {
    let module = r#"
resource "aws_s3_account_public_access_block" "account" {
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = false
  restrict_public_buckets = false
}
"#;
    caught("main.tf", module, "account-bpa", Severity::High);
}

#[test]
fn an_access_point_with_two_settings_off() {
    let module = r#"
resource "aws_s3_bucket" "data" {}
resource "aws_s3_access_point" "door" {
  bucket = aws_s3_bucket.data.id
  name   = "door"
  public_access_block_configuration {
    block_public_acls       = true
    block_public_policy     = false
    ignore_public_acls      = true
    restrict_public_buckets = false
  }
}
"#;
    caught("main.tf", module, "access-point-bpa", Severity::High);
}

#[test]
fn a_deny_for_everyone_is_no_exposure() {
    let text = policy(r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::data/*"}"#);
    silent("policy.json", &text, &PUBLIC);
}

#[test]
fn a_fixed_vpc_endpoint_confines_in_any_letter_case() {
    for key in ["aws:SourceVpce", "aws:sourceVpce", "AWS:SOURCEVPCE", "aws:sourcevpce"] {
        let text = policy(&format!(
            r#"{{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::data/*",
                "Condition": {{"StringEquals": {{"{key}": "vpce-0123456789abcdef0"}}}}}}"#,
        ));
        silent("policy.json", &text, &PUBLIC);
    }
}

#[test]
fn dsse_is_encryption() {
    let module = r#"
resource "aws_kms_key" "data" {}
resource "aws_s3_bucket" "data" {}
resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  bucket = aws_s3_bucket.data.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms:dsse"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}
"#;
    silent("main.tf", module, &["sse-default", "sse-kms-cmk"]);
}

#[test]
fn a_log_target_needs_no_log_of_its_own() {
    let module = r#"
resource "aws_s3_bucket" "logs" {}
resource "aws_s3_bucket" "data" {}
resource "aws_s3_bucket_logging" "data" {
  bucket        = aws_s3_bucket.data.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "data/"
}
"#;
    silent("main.tf", module, &["access-logging"]);
}

#[test]
fn block_public_access_makes_a_public_statement_latent() {
    let module = |restrict: &str| {
        format!(
            r#"
resource "aws_s3_bucket" "data" {{}}
resource "aws_s3_bucket_public_access_block" "data" {{
  bucket                  = aws_s3_bucket.data.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = {restrict}
}}
resource "aws_s3_bucket_policy" "data" {{
  bucket = aws_s3_bucket.data.id
  policy = jsonencode({{
    Statement = [{{
      Effect    = "Allow"
      Principal = "*"
      Action    = "s3:GetObject"
      Resource  = "${{aws_s3_bucket.data.arn}}/*"
    }}]
  }})
}}
"#
        )
    };
    caught("main.tf", &module("true"), "bucket-policy-public-principal", Severity::Medium);
    caught("main.tf", &module("false"), "bucket-policy-public-principal", Severity::Critical);
}

#[test]
fn a_policy_file_that_a_bucket_reads_is_judged_once() {
    let policy = r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop/*"}]}"#;
    let code = r#"
resource "aws_s3_bucket" "shop" {
  bucket = "shop"
}
resource "aws_s3_bucket_policy" "shop" {
  bucket = aws_s3_bucket.shop.id
  policy = file("${path.module}/policy.json")
}
"#;
    let both = bucketlint::check_texts(&[("stack/main.tf", code), ("stack/policy.json", policy)]);
    let told: Vec<_> = both.findings.iter().filter(|it| it.rule == "bucket-policy-public-principal").collect();
    assert_eq!(told.iter().map(|it| it.address.as_str()).collect::<Vec<_>>(), ["aws_s3_bucket.shop"]);
    let alone = bucketlint::check_texts(&[("stack/policy.json", policy)]);
    assert!(alone.findings.iter().any(|it| it.rule == "bucket-policy-public-principal"));
}

/// Where AWS's word and what happens differ, the message says so.
#[test]
fn a_public_statement_that_a_deny_takes_back_says_so() {
    let allow = "{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::b/*\"}";
    let deny = "{\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"s3:*\", \"Resource\": \"arn:aws:s3:::b/*\"}";
    let message = |statements: &str| {
        let report = bucketlint::check_texts(&[("p.json", policy(statements).as_str())]);
        let found = report.findings.into_iter().find(|it| it.rule == "bucket-policy-public-principal").unwrap();
        (found.severity, found.message)
    };
    let (severity, text) = message(&format!("{allow}, {deny}"));
    assert!(severity == Severity::Medium && text.contains("no stranger's request is allowed"), "{text}");
    let (severity, text) = message(allow);
    assert!(severity == Severity::Critical && !text.contains("stranger"), "{text}");
}

/// An argument that its type does not have sets nothing; Terraform would refuse it, and so it is told.
#[test]
fn a_slip_in_an_argument_is_told() {
    let main = r#"
resource "aws_s3_bucket_public_access_block" "b" {
  bucket           = "example"
  block_public_acl = true
}
resource "aws_s3_bucket" "b" {
  bucket = "example"
  dynamic "versionning" {
    for_each = [1]
    content {}
  }
  lifecycle_rule {
    enabled = true
    expiration {
      day = 3
    }
  }
}
"#;
    let report = bucketlint::check_texts_in(&[("main.tf", main)], "default");
    let mut told: Vec<&str> = report.diagnostics.iter().map(|it| it.message.split(" in AWS").next().unwrap()).collect();
    told.sort_by_key(|it| it.rsplit(' ').next());
    assert_eq!(
        told,
        [
            "`versionning` is no argument of aws_s3_bucket",
            "`day` is no argument of `lifecycle_rule.expiration` of aws_s3_bucket",
            "`block_public_acl` is no argument of aws_s3_bucket_public_access_block",
        ]
    );
    assert!(report.diagnostics.iter().any(|it| it.message.ends_with("did you mean `block_public_acls`?")));
}

/// A companion whose condition follows from the bucket's covers it, however the two are written.
#[test]
fn conditions_are_compared_in_every_world() {
    let pair = |name: &str, bucket: &str, block: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"{name}\" {{\n  count = {bucket} ? 1 : 0\n  bucket = \"{name}-example\"\n}}\n\
             resource \"aws_s3_bucket_public_access_block\" \"{name}\" {{\n  count = {block} ? 1 : 0\n  bucket = \"{name}-example\"\n  \
             block_public_acls = true\n  block_public_policy = true\n  ignore_public_acls = true\n  restrict_public_buckets = true\n}}\n"
        )
    };
    let variables = "variable \"env\" {}\nvariable \"on\" {\n  type = bool\n}\nvariable \"more\" {\n  type = bool\n}\n";
    for (bucket, block, expected) in [
        ("var.on", "var.on || var.more", None),
        ("var.on && !var.more", "(var.more ? false : true)", None),
        (r#"var.env == "prod""#, r#"var.env != "dev""#, None),
        (r#"contains(["prod", "test"], var.env)"#, r#"var.env == "test" || var.env == "prod""#, None),
        (r#"var.env == "prod""#, r#"var.env == "dev""#, Some(Status::Violated)),
        ("var.on", "var.on && var.more", Some(Status::Unknown)),
    ] {
        let main = format!("{variables}{}", pair("one", bucket, block));
        let report = bucketlint::check_texts_in(&[("main.tf", main.as_str())], "default");
        let found = report.findings.iter().find(|it| it.rule == "bpa-missing").map(|it| it.status);
        assert_eq!(found, expected, "{bucket} / {block}");
    }
}

/// S3 refuses a list within the list of statements: nothing of such a policy is in force, and it is not fine either.
#[test]
fn a_policy_that_s3_refuses_is_no_policy() {
    let open = r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;
    let policy = format!(r#"{{"Version":"2012-10-17","Statement":[[{open}]]}}"#);
    caught("policy.json", &policy, "policy-missing-elements", Severity::High);
    silent("policy.json", &policy, &PUBLIC);
    let report = bucketlint::check_texts(&[("policy.json", policy.as_str())]);
    assert_eq!((report.summary.public, report.summary.exposure_unknown), (0, 1));
}
