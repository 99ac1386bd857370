//! Buckets that are not `aws_s3_bucket`: the provider `awscc`, directory buckets, S3 Tables, S3 Vectors, S3 on Outposts.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::process::Command;

use bucketlint::check_texts_in;
use bucketlint::finding::{Report, Status};
use serde_json::Value;

const CLOUD_CONTROL: &str = include_str!("../testdata/bucket-types/awscc/main.tf");
const CLASSIC: &str = include_str!("../testdata/bucket-types/aws/main.tf");
const OTHERS: &str = include_str!("../testdata/bucket-types/others/main.tf");

/// The model of `testdata/bucket-types/<folder>`, by address.
fn model(folder: &str) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    let output = command.args(["model", folder]).current_dir("testdata/bucket-types").output().unwrap();
    let model: Value = serde_json::from_slice(&output.stdout).unwrap();
    model["buckets"].as_array().unwrap().clone()
}

fn violated(report: &Report) -> Vec<&str> {
    let found = report.findings.iter().filter(|it| it.status == Status::Violated);
    let mut rules: Vec<&str> = found.map(|it| it.rule.as_str()).collect();
    rules.sort_unstable();
    rules
}

/// A bucket said with `awscc_s3_bucket` and with the split resources of `aws` is one model, apart from MFA Delete, which Cloud
/// Control cannot set.
#[test]
fn one_bucket_in_two_providers() {
    let (control, classic) = (model("awscc"), model("aws"));
    assert_eq!((control.len(), classic.len()), (1, 1));
    for field in [
        "name",
        "kind",
        "acl",
        "ownership",
        "public_access_block",
        "encryption",
        "logging",
        "object_lock",
        "lifecycle",
        "replication",
        "cors",
        "website",
        "notification",
        "tags",
        "acceleration",
    ] {
        assert_eq!(control[0][field], classic[0][field], "{field}");
        assert!(!control[0][field].is_null(), "{field}");
    }
    assert_eq!(control[0]["versioning"]["status"], classic[0]["versioning"]["status"]);
    assert_eq!(control[0]["exposure"]["public"], "yes");
    assert_eq!(control[0]["exposure"]["powers"], classic[0]["exposure"]["powers"]);
    let [control, classic] = [CLOUD_CONTROL, CLASSIC].map(|it| check_texts_in(&[("main.tf", it)], "default"));
    assert_eq!(violated(&control), violated(&classic));
}

/// S3 keeps Block Public Access on for these: nothing about them is public, and what their policies give to other accounts is said
/// to be undecided, not to be fine.
#[test]
fn other_buckets_are_never_public() {
    let buckets = model("others");
    let kinds: Vec<&str> = buckets.iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["directory", "outposts", "table", "table", "vector"]);
    for bucket in &buckets {
        assert_eq!(bucket["exposure"]["public"], "no", "{}", bucket["address"]);
        assert!(bucket["name"].is_string());
        let has_policy = !bucket["policy"].is_null();
        assert_eq!(has_policy, bucket["address"] != "aws_s3tables_table_bucket.quiet");
        assert_eq!(bucket["exposure"]["cross_account"], if has_policy { "unknown" } else { "no" });
    }
    let table = buckets.iter().find(|it| it["address"] == "aws_s3tables_table_bucket.t").unwrap();
    assert_eq!(table["encryption"]["rules"][0]["algorithm"], "aws:kms");
    let report = check_texts_in(&[("main.tf", OTHERS)], "default");
    assert_eq!(report.summary.public, 0);
    let told: Vec<&str> = report.diagnostics.iter().map(|it| it.message.as_str()).collect();
    for address in [
        "aws_s3tables_table_bucket.t",
        "aws_s3vectors_vector_bucket.v",
        "aws_s3control_bucket.o",
        "aws_s3_directory_bucket.d",
    ] {
        assert!(
            told.iter().any(|it| it.starts_with(&format!("what the policy of {address} gives"))),
            "{address} {told:?}"
        );
    }
    assert!(!told.iter().any(|it| it.contains(".quiet")));
}

/// A companion of a general purpose bucket whose bucket is not known is not about a table bucket, and the reverse.
#[test]
fn companions_keep_to_their_kind() {
    let main = r#"
variable "which" {}
resource "aws_s3_bucket" "b" {}
resource "aws_s3tables_table_bucket" "t" {
  name = "tables-example"
}
resource "aws_s3_bucket_policy" "p" {
  bucket = var.which
  policy = "{}"
}
resource "aws_s3tables_table_bucket_policy" "p" {
  table_bucket_arn = var.which
  resource_policy  = "{}"
}
"#;
    let folder = std::env::temp_dir().join(format!("bucketlint-kinds-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("main.tf"), main).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    let output = command.args(["model", "."]).current_dir(&folder).output().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let model: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (address, place) in [("aws_s3_bucket.b", 9), ("aws_s3tables_table_bucket.t", 13)] {
        let bucket = model["buckets"].as_array().unwrap().iter().find(|it| it["address"] == address).unwrap();
        let at = &bucket["locations"]["policy"]["at"]["start"]["line"];
        assert!(bucket["policy"]["one_of"].is_array() && *at == place, "{address} {at}");
    }
}
