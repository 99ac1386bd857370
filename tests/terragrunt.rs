//! Terragrunt units: a module with inputs.

use bucketlint::check_texts;
use bucketlint::finding::{Report, Status};

const MODULE: &str = r#"
variable "acl" {
  default = "private"
}
variable "name" {}
resource "aws_s3_bucket" "this" {
  bucket = var.name
}
resource "aws_s3_bucket_acl" "this" {
  bucket = aws_s3_bucket.this.id
  acl    = var.acl
}
"#;

fn status(report: &Report) -> Option<Status> {
    report.findings.iter().find(|it| it.rule == "acl-public-read").map(|it| it.status)
}

fn check(files: &[(&str, &str)]) -> Report {
    let mut all = vec![("modules/store/main.tf", MODULE)];
    all.extend(files);
    check_texts(&all)
}

#[test]
fn a_unit_is_its_module_with_its_inputs() {
    let unit = |acl: &str| {
        format!(
            "terraform {{\n  source = \"../../modules//store\"\n}}\nlocals {{\n  acl = \"{acl}\"\n}}\ninputs = {{\n  name = \"b-example\"\n  acl  = local.acl\n}}\n"
        )
    };
    let open = check(&[("live/prod/terragrunt.hcl", &unit("public-read"))]);
    assert_eq!((open.summary.buckets, status(&open), open.diagnostics.len()), (1, Some(Status::Violated), 0));
    let closed = check(&[("live/prod/terragrunt.hcl", &unit("private"))]);
    assert_eq!((closed.summary.buckets, status(&closed)), (1, None));
    // Two units of one module are two buckets.
    let both = check(&[("live/a/terragrunt.hcl", &unit("public-read")), ("live/b/terragrunt.hcl", &unit("private"))]);
    assert_eq!((both.summary.buckets, both.summary.public), (2, 1));
}

#[test]
fn what_other_units_give_is_unknown() {
    let unit = r#"
terraform {
  source = "${get_terragrunt_dir()}/../../modules/store"
}
dependency "network" {
  config_path = "../network"
}
inputs = {
  name = dependency.network.outputs.name
  acl  = dependency.network.outputs.acl
}
"#;
    let report = check(&[("live/prod/terragrunt.hcl", unit)]);
    assert_eq!((report.summary.buckets, status(&report)), (1, Some(Status::Unknown)));
}

#[test]
fn a_parent_configuration_is_included() {
    let parent = "inputs = {\n  acl = \"public-read\"\n}\n";
    let unit = |path: &str| {
        format!(
            "include \"root\" {{\n  path = {path}\n}}\nterraform {{\n  source = \"../../modules/store\"\n}}\ninputs = {{\n  name = \"b-example\"\n}}\n"
        )
    };
    let found = unit("find_in_parent_folders()");
    let report = check(&[("live/terragrunt.hcl", parent), ("live/prod/terragrunt.hcl", &found)]);
    assert_eq!((report.summary.buckets, status(&report)), (1, Some(Status::Violated)));
    // A parent that is not here may set anything: the default of a variable counts for nothing.
    let missing = check(&[("live/prod/terragrunt.hcl", &unit("find_in_parent_folders(\"other.hcl\")"))]);
    assert_eq!(status(&missing), Some(Status::Unknown));
}

#[test]
fn a_source_that_is_not_here_is_told() {
    let unit = "terraform {\n  source = \"tfr:///org/store/aws?version=1.0.0\"\n}\n";
    let report = check_texts(&[("live/prod/terragrunt.hcl", unit)]);
    assert_eq!(report.diagnostics.iter().map(|it| it.code).collect::<Vec<_>>(), ["remote-module"]);
    let broken = check_texts(&[("live/prod/terragrunt.hcl", "terraform {\n  source = \n}\n")]);
    assert!(!broken.diagnostics.is_empty());
}

#[test]
fn code_beside_the_unit_takes_its_inputs() {
    let report = check_texts(&[
        ("live/main.tf", MODULE),
        ("live/terragrunt.hcl", "inputs = {\n  name = \"b-example\"\n  acl  = \"public-read\"\n}\n"),
    ]);
    assert_eq!((report.summary.buckets, status(&report)), (1, Some(Status::Violated)));
}

#[test]
fn includes_in_a_circle_end() {
    let itself = "include \"a\" {\n  path = \"../two/terragrunt.hcl\"\n}\n";
    let other =
        "include \"b\" {\n  path = \"../one/terragrunt.hcl\"\n}\nterraform {\n  source = \"../modules/store\"\n}\n";
    let report = check(&[("one/terragrunt.hcl", itself), ("two/terragrunt.hcl", other)]);
    assert!(report.diagnostics.iter().all(|it| it.code != "internal-error"), "{:?}", report.diagnostics);
}
