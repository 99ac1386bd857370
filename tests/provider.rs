//! What a `provider "aws"` block says of the region and the partition that data sources give.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::process::Command;

use serde_json::Value;

/// The first bucket's name in a configuration of one folder and a module `inner`.
fn name(main: &str, inner: &str, arguments: &[&str]) -> Value {
    let folder = std::env::temp_dir().join(format!("bucketlint-provider-{:?}", std::thread::current().id()));
    std::fs::create_dir_all(folder.join("inner")).unwrap();
    std::fs::write(folder.join("main.tf"), main).unwrap();
    std::fs::write(folder.join("inner/main.tf"), inner).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    let output = command.args(["model", "."]).args(arguments).current_dir(&folder).output().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let model: Value = serde_json::from_slice(&output.stdout).unwrap();
    let name = &model["buckets"][0]["name"];
    name.get("template").unwrap_or(name).clone()
}

const NAME: &str = r#"
data "aws_region" "now" {}
data "aws_partition" "now" {}
resource "aws_s3_bucket" "b" {
  bucket = "${data.aws_partition.now.partition}-${data.aws_region.now.name}"
}
"#;

#[test]
fn the_default_configuration_says_the_region() {
    let check = |provider: &str, arguments: &[&str], expected: &str| {
        assert_eq!(name(&format!("{provider}\n{NAME}"), "", arguments), expected, "{provider}");
    };
    check("provider \"aws\" {\n  region = \"eu-west-1\"\n}", &[], "aws-eu-west-1");
    check("provider \"aws\" {\n  region = \"cn-north-1\"\n}", &[], "aws-cn-cn-north-1");
    check("provider \"aws\" {\n  region = \"us-gov-west-1\"\n}", &["--partition", "aws"], "aws-us-gov-west-1");
    // What the block says wins over what the environment would.
    check("provider \"aws\" {\n  region = \"eu-west-1\"\n}", &["--region", "us-east-1"], "aws-eu-west-1");
    check("provider \"aws\" {}", &["--region", "us-east-1"], "aws-us-east-1");
    check("provider \"aws\" {}", &[], "${aws.partition}-${aws.region}");
    check(
        "variable \"region\" {}\nprovider \"aws\" {\n  region = var.region\n}",
        &[],
        "${aws.partition}-${aws.region}",
    );
    check(
        "provider \"aws\" {\n  alias = \"other\"\n  region = \"eu-west-1\"\n}",
        &[],
        "${aws.partition}-${aws.region}",
    );
    // A circle has no answer.
    check("provider \"aws\" {\n  region = data.aws_region.now.name\n}", &[], "${aws.partition}-${aws.region}");
}

#[test]
fn a_block_and_a_call_choose_the_configuration() {
    let providers = r#"
provider "aws" {
  region = "eu-west-1"
}
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
"#;
    let aliased = NAME.replace("\"now\" {}", "\"now\" {\n  provider = aws.west\n}");
    assert_eq!(name(&format!("{providers}{aliased}"), "", &[]), "aws-us-west-2");
    let own = NAME.replace("\"aws_region\" \"now\" {}", "\"aws_region\" \"now\" {\n  region = \"ap-south-1\"\n}");
    assert_eq!(name(&format!("{providers}{own}"), "", &[]), "aws-ap-south-1");
    let call = |passed: &str| format!("{providers}module \"m\" {{\n  source = \"./inner\"\n{passed}}}\n");
    assert_eq!(name(&call(""), NAME, &[]), "aws-eu-west-1");
    assert_eq!(name(&call("  providers = {\n    aws = aws.west\n  }\n"), NAME, &[]), "aws-us-west-2");
}

/// One bucket, whether its ARN is written or referred to, in another partition too.
#[test]
fn partitions_agree() {
    let main = r#"
provider "aws" {
  region = "cn-north-1"
}
data "aws_partition" "now" {}
resource "aws_s3_bucket" "b" {
  bucket = "example-b"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Statement = [
    { Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" },
    { Effect = "Deny", Principal = "*", Action = "s3:GetObject", Resource = "arn:${data.aws_partition.now.partition}:s3:::example-b/*" },
  ] })
}
"#;
    let report = bucketlint::check_texts_in(&[("main.tf", main)], "default");
    assert_eq!((report.summary.public, report.summary.exposure_unknown), (0, 0));
}

/// Configurations of one account act in one name, by what they allow as by what they are called with.
#[test]
fn configurations_of_one_account() {
    let account = |default: &str, other: &str| {
        let provider = |says: &str| format!("provider \"aws\" {{\n  {says}\n}}\n");
        let caller = "data \"aws_caller_identity\" \"c\" {\n  provider = aws.other\n}\n";
        let bucket =
            "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"x-${data.aws_caller_identity.c.account_id}\"\n}\n";
        let other = format!("alias = \"other\"\n  {other}");
        name(&(provider(default) + &provider(&other) + caller + bucket), "", &["--account", "111122223333"])
    };
    let role = "assume_role {\n    role_arn = \"arn:aws:iam::444455556666:role/x\"\n  }";
    assert_eq!(account("profile = \"a\"", "profile = \"a\""), "x-111122223333");
    assert_eq!(account("profile = \"a\"", role), "x-444455556666");
    assert_eq!(account("profile = \"a\"", "profile = \"b\""), "x-${aws.other.account_id}");
}

/// The block of another account is not the bucket's, whatever configuration sets it.
#[test]
fn account_wide_blocks_of_another_account() {
    let block = |id: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"b-example\"\n}}\nresource \"aws_s3_account_public_access_block\" \"a\" {{\n  account_id = \"{id}\"\n  block_public_acls = true\n  block_public_policy = true\n  ignore_public_acls = true\n  restrict_public_buckets = true\n}}\n"
        )
    };
    for (id, severity) in [("111122223333", "low"), ("444455556666", "high")] {
        let folder = std::env::temp_dir().join(format!("bucketlint-account-{:?}", std::thread::current().id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("main.tf"), block(id)).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
        command.args(["check", ".", "--format", "json", "--account", "111122223333"]).current_dir(&folder);
        let output = command.output().unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let all = report["findings"].as_array().unwrap();
        let found: Vec<&Value> =
            all.iter().filter(|it| it["rule"] == "bpa-missing").map(|it| &it["severity"]).collect();
        assert_eq!(found, [severity], "{id}");
    }
}
