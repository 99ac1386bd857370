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
    assert!(!fires(&call("~> 3.0", ""), "bpa-block-public-acls"), "the newest of version 3 is taken, and on since 3.9");
    assert!(fires(&call("3.8.2", ""), "bpa-block-public-acls"));
    assert!(fires(&call("4.1.0", "  attach_public_policy = false\n"), "bpa-missing"));
    assert!(fires(&call("4.1.0", "  restrict_public_buckets = false\n"), "bpa-restrict-public-buckets"));
    assert_eq!(call("4.1.0", "  create_bucket = false\n").summary.buckets, 0);
}

#[test]
fn a_policy_counts_where_it_is_attached() {
    let open = format!("{OPEN}  attach_policy = true\n");
    let old = call("3.7.0", &open);
    assert_eq!(old.summary.public, 1);
    let found = old.findings.iter().find(|it| it.rule == "bucket-policy-public-principal").unwrap();
    assert!(found.at.is_some() && found.address == "module.store.aws_s3_bucket.this[0]");
    assert_eq!(call("3.7.0", OPEN).summary.public, 0, "attach_policy is off");
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
        "~> 3.8.0",
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

/// The features in which a module and its contract are held against each other.
const FEATURES: [&str; 11] = [
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
];

fn corpus(module: &str) -> Option<PathBuf> {
    let shared = std::env::var("BUCKETLINT_SHARED").map_or(PathBuf::from("../shared"), PathBuf::from);
    let module = shared.join("corpus").join(module);
    let module = module.canonicalize().ok();
    if module.is_none() {
        println!("skipped: the corpus is not there");
    }
    module
}

/// A folder of the test's own, gone when it ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("bucketlint-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn agree(source: &BTreeMap<String, Value>, contract: &BTreeMap<String, Value>, features: &[&str]) {
    assert_eq!(source.keys().collect::<Vec<_>>(), contract.keys().collect::<Vec<_>>());
    for (address, bucket) in source {
        for feature in features {
            assert_eq!(plain(&bucket[feature]), plain(&contract[address][feature]), "{address} {feature}");
        }
        assert_eq!(bucket["exposure"]["public"], contract[address]["exposure"]["public"], "{address}");
    }
    println!("{} buckets agree", source.len());
}

/// The module's own complete example gives one model with the module's source and with the contract alone. Statements that the
/// contract leaves unsaid are left aside.
#[test]
fn source_and_contract_agree() {
    let Some(module) = corpus("terraform-aws-modules+terraform-aws-s3-bucket") else { return };
    let text = std::fs::read_to_string(module.join("examples/complete/main.tf")).unwrap();
    let folder = Folder::new("contract");
    let registry = "source  = \"terraform-aws-modules/s3-bucket/aws\"\n  version = \"~> 5.0\"";
    folder.write("main.tf", &text.replace("source = \"../../\"", registry));
    let source = model(&module, &["examples/complete"]);
    assert!(5 <= source.len());
    agree(&source, &model(&folder.0, &["."]), &FEATURES);
}

/// The same of cloudposse/s3-bucket, whose policies the contract says whole: its complete example with each of its files of
/// variables.
#[test]
fn source_and_contract_of_cloudposse_agree() {
    let Some(module) = corpus("cloudposse+terraform-aws-s3-bucket") else { return };
    let example = module.join("examples/complete");
    let folder = Folder::new("contract-cloudposse");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&example).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let registry = "source  = \"cloudposse/s3-bucket/aws\"\n  version = \"~> 4.0\"";
        folder.write(&name, &text.replace("source = \"../../\"", registry));
        if name.ends_with(".tfvars") {
            files.push(name);
        }
    }
    assert!(5 <= files.len());
    for file in files {
        println!("{file}");
        let path = folder.0.join(&file);
        let given = ["--var-file", path.to_str().unwrap()];
        let source = model(&module, &[&["examples/complete"], &given[..]].concat());
        let contract = model(&folder.0, &[&["."], &given[..]].concat());
        assert!(!source.is_empty(), "{file}");
        agree(&source, &contract, &FEATURES);
        for (address, bucket) in &source {
            let plain_policy = |it: &Value| statements(&it["policy"]);
            assert_eq!(plain_policy(bucket), plain_policy(&contract[address]), "{file} {address}");
        }
    }
}

/// The statements of a policy as a set: a contract lists them in an order of its own.
fn statements(policy: &Value) -> Vec<String> {
    let of = |it: &Value| plain(it).to_string();
    let mut all: Vec<String> =
        policy["statements"].as_array().map(|it| it.iter().map(of).collect()).unwrap_or_default();
    all.sort();
    all
}

/// A generated contract gives the model of the module that it was made of.
#[test]
fn generated_contracts_agree() {
    for name in ["terraform-aws-modules+terraform-aws-s3-bucket", "cloudposse+terraform-aws-s3-bucket"] {
        let Some(module) = corpus(name) else { return };
        let folder = Folder::new(&format!("generated-{}", &name[..5]));
        folder.write("contract.tf", &generate(&module, &["--version", ">= 2.0"]).0);
        let example = module.join("examples/complete");
        for entry in std::fs::read_dir(&example).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|it| it == "tf") {
                let text = std::fs::read_to_string(&path).unwrap();
                let registry = "source  = \"acme/s3/aws\"\n  version = \"2.5.0\"";
                let to = format!("call/{}", path.file_name().unwrap().to_string_lossy());
                folder.write(&to, &text.replace("source = \"../../\"", registry));
            }
        }
        let source = model(&module, &["examples/complete"]);
        assert!(!source.is_empty());
        let contract = model(&folder.0, &["call", "--contract", "contract.tf"]);
        agree(&source, &contract, &[&FEATURES[..], &["policy", "name", "tags"]].concat());
    }
}

fn generate(module: &Path, arguments: &[&str]) -> (String, String, Option<i32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    let output = command.args(["contract", "generate", ".", "--source", "acme/s3/aws"]).args(arguments);
    let output = output.current_dir(module).output().unwrap();
    let [text, errors] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
    (text, errors, output.status.code())
}

const MODULE: &str = r#"
variable "name" {
  description = "left out"
  type        = string
}
variable "public" {
  default = false
}
variable "unused" {
  default = "left out"
}
locals {
  block  = !var.public
  unused = "left out"
}
resource "aws_s3_bucket" "this" {
  bucket = "acme-${var.name}"
}
resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = local.block
  block_public_policy     = local.block
  ignore_public_acls      = local.block
  restrict_public_buckets = local.block
}
resource "aws_instance" "left_out" {}
output "bucket" {
  value = aws_s3_bucket.this.id
}
"#;

#[test]
fn generated_contracts_hold_what_counts() {
    let folder = Folder::new("generated-own");
    folder.write("module/main.tf", MODULE);
    folder.write("module/notes/main.tf", "resource \"aws_s3_bucket\" \"inner\" {}\n");
    let (text, errors, code) = generate(&folder.0.join("module"), &["--version", "~> 1.0"]);
    assert_eq!((errors.as_str(), code), ("", Some(0)));
    insta::assert_snapshot!(text);
    folder.write("contract.tf", &text);
    let call = |version: &str| {
        let text = format!(
            r#"module "a" {{
  source  = "acme/s3/aws"
  version = "{version}"
  name    = "a"
  public  = true
}}
resource "aws_s3_bucket_policy" "a" {{
  bucket = module.a.bucket
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "*" }}] }})
}}
"#
        );
        folder.write("call/main.tf", &text);
        model(&folder.0, &["call", "--contract", "contract.tf"])
    };
    let buckets = call("1.4.0");
    let bucket = &buckets["module.a.aws_s3_bucket.this"];
    assert_eq!((&bucket["name"], &bucket["exposure"]["public"]), (&"acme-a".into(), &"yes".into()));
    // Another version is not what the contract knows.
    assert!(!call("2.0.0").contains_key("module.a.aws_s3_bucket.this"));

    // No module at all.
    std::fs::create_dir_all(folder.0.join("nothing")).unwrap();
    let (text, errors, code) = generate(&folder.0.join("nothing"), &[]);
    assert!(code == Some(2) && text.is_empty() && errors.contains("no Terraform configuration is here"), "{errors}");

    // A folder below is not carried along, and that is said.
    folder.write("module/more.tf", "module \"inner\" {\n  source = \"./notes\"\n}\n");
    let (_, errors, code) = generate(&folder.0.join("module"), &[]);
    assert_eq!(code, Some(3));
    assert!(errors.contains("module.inner calls the folder `./notes`"), "{errors}");
}

#[test]
fn a_wrong_contract_is_told() {
    let folder = Folder::new("wrong-contract");
    folder.write("main.tf", "");
    for (text, expected) in [
        ("", "contract.tf: no block says which module the contract stands for"),
        ("contract {}\n", "contract.tf: the `contract` block has no `source`"),
        ("contract {\n  source = local.x\n}\n", "contract.tf:2:12: expected the module's source as text"),
        ("contract {\n  source  = \"a\"\n  version = \"new\"\n}\n", "contract.tf:3:13: expected a version constraint"),
        ("contract {\n  from = \"a\"\n}\n", "contract.tf:2:3: `from` is not known here"),
        ("contract {\n  source = \"a\"\n}\ncontract {\n}\n", "contract.tf:4:1: a second `contract` block"),
        ("contract {\n  source = \n}\n", "contract.tf:2:"),
    ] {
        folder.write("contract.tf", text);
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
        let output = command.args(["check", ".", "--contract", "contract.tf"]).current_dir(&folder.0).output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && errors.contains(expected), "{text}: {errors}");
    }
}

fn model(folder: &Path, arguments: &[&str]) -> BTreeMap<String, Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    let output = command.args(["model", "--format", "json"]).args(arguments).current_dir(folder).output().unwrap();
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
