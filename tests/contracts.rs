//! The contract of terraform-aws-modules/s3-bucket/aws: calls of a module that is not here, judged as if it were.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use bucketlint::check_texts_in;
use bucketlint::finding::{Report, Status};
use serde_json::Value;

fn call(version: &str, arguments: &str) -> Report {
    let main = format!(
        "module \"store\" {{\n  source  = \"terraform-aws-modules/s3-bucket/aws\"\n  version = \"{version}\"\n  bucket  = \"b-example\"\n{arguments}}}\n"
    );
    check_texts_in(&[("main.tf", main.as_str())], "all")
}

fn fires(report: &Report, rule: &str) -> bool {
    report.findings.iter().any(|it| it.rule == rule && it.status == Status::Violated)
}

const OPEN: &str = r#"  policy  = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "arn:aws:s3:::b-example/*" }] })
"#;

#[test]
fn defaults_follow_the_version() {
    assert!(!fires(&call("~> 4.0", ""), "bpa-block-public-acls"));
    assert!(fires(&call("~> 3.0", ""), "bpa-block-public-acls"));
    assert!(fires(&call("4.1.0", "  attach_public_policy = false\n"), "bpa-missing"));
    assert!(fires(&call("4.1.0", "  restrict_public_buckets = false\n"), "bpa-restrict-public-buckets"));
    assert_eq!(call("4.1.0", "  create_bucket = false\n").summary.buckets, 0);
}

#[test]
fn a_policy_counts_where_it_is_attached() {
    let open = format!("{OPEN}  attach_policy = true\n");
    let old = call("3.15.1", &open);
    assert_eq!(old.summary.public, 1);
    let found = old.findings.iter().find(|it| it.rule == "bucket-policy-public-principal").unwrap();
    assert!(found.at.is_some() && found.address == "module.store.aws_s3_bucket.this[0]");
    assert_eq!(call("3.15.1", OPEN).summary.public, 0, "attach_policy is off");
    assert_eq!(call("4.1.0", &open).summary.public, 0, "closed by Block Public Access");
    assert!(!fires(&call("4.1.0", "  attach_deny_insecure_transport_policy = true\n"), "secure-transport"));
    assert!(fires(&call("4.1.0", ""), "secure-transport"));
}

#[test]
fn what_the_contract_does_not_say_is_unknown() {
    let report = call(
        "4.1.0",
        "  attach_cloudtrail_log_delivery_policy = true\n  block_public_policy = false\n  restrict_public_buckets = false\n",
    );
    assert_eq!((report.summary.public, report.summary.exposure_unknown), (0, 1));
}

/// No place lies in the contract, for nobody has it.
#[test]
fn places_are_the_callers() {
    let report = call(
        "~> 3.0",
        &format!(
            "{OPEN}  attach_policy = true\n  acl = \"public-read\"\n  control_object_ownership = true\n  object_ownership = \"ObjectWriter\"\n"
        ),
    );
    assert!(3 < report.findings.len());
    let files: Vec<u32> = report
        .findings
        .iter()
        .flat_map(|it| it.at.into_iter().chain(it.related.iter().chain(&it.flow).map(|it| it.at)))
        .map(|it| it.file.0)
        .collect();
    assert!(files.iter().all(|it| *it == files[0]), "{files:?}");
    assert_eq!(report.diagnostics.iter().map(|it| it.code).collect::<Vec<_>>(), ["contract"]);
}

/// The module's own complete example gives one model with the module's source and with the contract alone. Statements that the
/// contract leaves unsaid are left aside.
#[test]
fn source_and_contract_agree() {
    let shared = std::env::var("BUCKETLINT_SHARED").map_or(PathBuf::from("../shared"), PathBuf::from);
    let module = shared.join("corpus/terraform-aws-modules+terraform-aws-s3-bucket");
    let Ok(text) = std::fs::read_to_string(module.join("examples/complete/main.tf")) else {
        println!("skipped: {} is not there", module.display());
        return;
    };
    let folder = std::env::temp_dir().join(format!("bucketlint-contract-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let registry = "source  = \"terraform-aws-modules/s3-bucket/aws\"\n  version = \"~> 5.0\"";
    std::fs::write(folder.join("main.tf"), text.replace("source = \"../../\"", registry)).unwrap();
    let (source, contract) = (model(&module, "examples/complete"), model(&folder, "."));
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(source.keys().collect::<Vec<_>>(), contract.keys().collect::<Vec<_>>());
    assert!(5 <= source.len());
    for (address, bucket) in &source {
        for feature in [
            "public_access_block",
            "acl",
            "ownership",
            "versioning",
            "encryption",
            "logging",
            "object_lock",
            "lifecycle",
            "cors",
            "website",
            "replication",
        ] {
            assert_eq!(plain(&bucket[feature]), plain(&contract[address][feature]), "{address} {feature}");
        }
        assert_eq!(bucket["exposure"]["public"], contract[address]["exposure"]["public"], "{address}");
    }
    println!("{} buckets agree", source.len());
}

fn model(folder: &Path, path: &str) -> BTreeMap<String, Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    let output = command.args(["model", path, "--format", "json"]).current_dir(folder).output().unwrap();
    let model: Value = serde_json::from_slice(&output.stdout).unwrap();
    let buckets = model["buckets"].as_array().unwrap().iter();
    buckets.map(|it| (it["address"].as_str().unwrap().to_owned(), it.clone())).collect()
}

/// A value without its places.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            map.iter().filter(|(key, _)| *key != "location").map(|(key, it)| (key.clone(), plain(it))).collect()
        }
        Value::Array(items) => items.iter().map(plain).collect(),
        other => other.clone(),
    }
}
