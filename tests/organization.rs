//! Organisation-wide Block Public Access: S3 policies of AWS Organizations.
//!
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_s3.html>

use bucketlint::check_texts;

const BUCKET: &str = r#"
resource "aws_s3_bucket" "b" {
  bucket = "b-example"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "arn:aws:s3:::b-example/*" }] })
}
resource "aws_organizations_organization" "o" {}
"#;

/// `public`, `closed` or `unknown`.
fn verdict(rest: &str) -> &'static str {
    let main = format!("{BUCKET}{rest}");
    let summary = check_texts(&[("main.tf", main.as_str())]).summary;
    match (summary.public, summary.exposure_unknown) {
        (0, 0) => "closed",
        (0, _) => "unknown",
        _ => "public",
    }
}

fn policy(assigned: &str, target: &str) -> String {
    format!(
        r#"
resource "aws_organizations_policy" "s3" {{
  name    = "s3"
  type    = "S3_POLICY"
  content = jsonencode({{ s3_attributes = {{ public_access_block_configuration = {{ "@@assign" = {assigned} }} }} }})
}}
resource "aws_organizations_policy_attachment" "s3" {{
  policy_id = aws_organizations_policy.s3.id
  target_id = {target}
}}
"#
    )
}

const ROOT: &str = "aws_organizations_organization.o.roots[0].id";
const ACCOUNT_ON: &str = r#"
resource "aws_s3_account_public_access_block" "a" {
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
"#;

#[test]
fn an_attached_policy_closes() {
    assert_eq!(verdict(""), "public");
    assert_eq!(verdict(&policy("\"all\"", ROOT)), "closed");
    assert_eq!(verdict(&policy("\"all\"", "\"r-ab12\"")), "closed");
    // Which accounts a unit holds, nobody tells.
    assert_eq!(verdict(&policy("\"all\"", "\"ou-ab12-11111111\"")), "public");
    assert_eq!(verdict(&policy("\"all\"", "aws_organizations_organization.o.accounts[0].id")), "public");
    assert_eq!(verdict(&format!("variable \"v\" {{}}\n{}", policy("var.v", ROOT))), "unknown");
    let unattached = policy("\"all\"", ROOT);
    let unattached = unattached.split("resource \"aws_organizations_policy_attachment\"").next().unwrap_or_default();
    assert_eq!(verdict(unattached), "public");
}

#[test]
fn the_organisation_overrides_the_account() {
    assert_eq!(verdict(ACCOUNT_ON), "closed");
    assert_eq!(verdict(&format!("{ACCOUNT_ON}{}", policy("\"none\"", ROOT))), "public");
    assert_eq!(verdict(&format!("{ACCOUNT_ON}{}", policy("\"all\"", ROOT))), "closed");
}

#[test]
fn an_account_is_governed_by_its_id() {
    let provider = "\nprovider \"aws\" {\n  allowed_account_ids = [\"111122223333\"]\n}\n";
    assert_eq!(verdict(&format!("{provider}{}", policy("\"all\"", "\"111122223333\""))), "closed");
    assert_eq!(verdict(&format!("{provider}{}", policy("\"all\"", "\"444455556666\""))), "public");
    assert_eq!(verdict(&policy("\"all\"", "\"111122223333\"")), "public");
}
