//! What a reviewer of the Terraform frontend found: one essence a test, with what Terraform and AWS really do.

use bucketlint::check_texts_in;
use bucketlint::finding::{Report, Status};

fn check(files: &[(&str, &str)]) -> Report {
    check_texts_in(files, "all")
}

fn status(report: &Report, rule: &str) -> Option<Status> {
    report.findings.iter().find(|it| it.rule == rule).map(|it| it.status)
}

/// A grant to the account that a data source reads through `with`, on a bucket of the default configuration or of `own`.
fn grant(configuration: &str, with: &str, own: &str) -> Option<Status> {
    let main = format!(
        r#"
provider "aws" {{
  region = "eu-west-1"
}}
provider "aws" {{
  alias = "other"
  {configuration}
}}
data "aws_caller_identity" "now" {{
  {with}
}}
resource "aws_s3_bucket" "b" {{
  bucket = "example-b"
  {own}
}}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  {own}
  policy = jsonencode({{ Statement = [{{
    Effect = "Allow", Action = "s3:GetObject", Resource = "${{aws_s3_bucket.b.arn}}/*",
    Principal = {{ AWS = "arn:aws:iam::${{data.aws_caller_identity.now.account_id}}:root" }}
  }}] }})
}}
"#
    );
    status(&check(&[("main.tf", &main)]), "cross-account-grant")
}

#[test]
fn the_caller_of_another_configuration_is_another_account() {
    let assumes = "assume_role {\n    role_arn = \"arn:aws:iam::444455556666:role/x\"\n  }";
    let with = "provider = aws.other";
    assert_eq!(grant(assumes, "", ""), None);
    // The own account is not known here, so it may be that one.
    assert_eq!(grant(assumes, with, ""), Some(Status::Unknown));
    assert_eq!(grant(assumes, with, with), None);
    // Whose role is assumed is not known; still it is one and the same.
    assert_eq!(grant("profile = \"x\"", with, ""), Some(Status::Unknown));
    assert_eq!(grant("profile = \"x\"", with, with), None);
    // Another region is no other account.
    assert_eq!(grant("region = \"us-east-1\"", with, ""), None);
}
