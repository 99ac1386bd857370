//! Never a false green: each class of failure beside code that is fine, and every way in which a run speaks must tell it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test may")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bucketlint::Checker;
use bucketlint::cli::pipeline::Options;
use bucketlint::finding::{Gate, judge};
use bucketlint::report::{Places, json, sarif};
use bucketlint::source::{FileSystem, Memory, ReadError, Sources};
use serde_json::Value;

const FORMATS: [&str; 9] = ["pretty", "json", "sarif", "github", "gitlab", "junit", "markdown", "html", "csv"];

/// A bucket of which every rule that is on by default has nothing to say.
const FINE: &str = r#"
resource "aws_s3_bucket" "fine" {
  bucket = "fine"
}
resource "aws_s3_bucket_public_access_block" "fine" {
  bucket                  = aws_s3_bucket.fine.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_s3_bucket_versioning" "fine" {
  bucket = aws_s3_bucket.fine.id
  versioning_configuration {
    status = "Enabled"
  }
}
resource "aws_s3_bucket_policy" "fine" {
  bucket = aws_s3_bucket.fine.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Secure"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.fine.arn, "${aws_s3_bucket.fine.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}
"#;

/// Runs the program on files with each format; `told` is in each report, and the exit code is 3.
fn check(name: &str, files: &[(&str, &[u8])], told: &str) {
    let root = std::env::temp_dir().join(format!("bucketlint-green-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&root);
    for (path, bytes) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
        let output = command.args(["check", ".", "--no-config"]).args(args);
        let output = output.current_dir(&root).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let outputs: Vec<String> = FORMATS.iter().map(|it| format!("--output={it}={it}.out")).collect();
    let args: Vec<&str> = outputs.iter().map(String::as_str).collect();
    let (code, _) = run(&args);
    let reports: Vec<(&str, String)> =
        FORMATS.iter().map(|it| (*it, fs::read_to_string(root.join(format!("{it}.out"))).unwrap())).collect();
    let (quiet, few) = run(&["--quiet"]);
    let (never, silent) = run(&["--fail-on", "never"]);
    let _ = fs::remove_dir_all(&root);
    assert_eq!(code, 3, "{name}: {}", reports[0].1);
    assert!(quiet == 3 && !few.trim().is_empty(), "{name} --quiet ({quiet}): {few}");
    // A gate that nothing fails may be green, but says what is not known.
    assert!(silent.contains(told), "{name} --fail-on never ({never}): {silent}");
    for (format, text) in &reports {
        // Formats escape quotes and break lines, each in its own way.
        let flat =
            text.split_whitespace().map(|it| it.trim_matches(['│', '×', '╰', '├'])).collect::<Vec<_>>().join(" ");
        assert!(text.contains(told) || flat.contains(told), "{name} in {format}: no `{told}` in\n{text}");
        // These two list all rules, with what their pages say of them.
        let lists_rules = ["sarif", "html"].contains(format);
        let happy: &[&str] = if lists_rules { &["verdict pass"] } else { &["✅", "passed"] };
        for happy in happy {
            assert!(!text.contains(happy), "{name} in {format}: `{happy}` in\n{text}");
        }
    }
    machine(name, &reports[1].1, &reports[2].1, told);
}

/// What a machine reads.
fn machine(name: &str, json: &str, sarif: &str, told: &str) {
    let report: Value = serde_json::from_str(json).unwrap();
    assert_eq!(report["summary"]["exit_code"], 3, "{name}: {json}");
    let undecided = report["summary"]["unknown"].as_u64().unwrap();
    assert!(report["summary"]["incomplete"] == true || 0 < undecided, "{name}: {json}");
    let log: Value = serde_json::from_str(sarif).unwrap();
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false, "{name}: {sarif}");
    assert_eq!(invocation["exitCode"], 3, "{name}: {sarif}");
    let notifications = invocation["toolExecutionNotifications"].to_string();
    assert!(notifications.contains(told) || log["runs"][0]["results"].to_string().contains(told), "{name}: {sarif}");
}

#[test]
fn fine_is_green() {
    let report = bucketlint::check_texts(&[("main.tf", FINE)]);
    assert!(report.diagnostics.is_empty(), "{:?}", report.diagnostics);
    assert_eq!(judge(&report, Gate::default()).code, 0, "{:?}", report.findings);
}

#[test]
fn what_cannot_be_read() {
    check("unreadable", &[("main.tf", FINE.as_bytes()), ("bad.tf", b"\xff\xfe\xfd")], "is not valid UTF-8");
}

#[test]
fn what_does_not_parse() {
    let broken = format!("{FINE}locals {{\n  list = [\n");
    check("terraform", &[("main.tf", FINE.as_bytes()), ("bad/main.tf", broken.as_bytes())], "bad/main.tf");
    let template: &[u8] = b"Resources:\n  B: {Type: 'AWS::SNS::Topic'\n  C: [\n";
    check("template", &[("main.tf", FINE.as_bytes()), ("t.yaml", template)], "t.yaml");
    let plan: &[u8] = b"{\"format_version\": \"1.2\", \"planned_values\": {\"root_module\"";
    check("plan", &[("main.tf", FINE.as_bytes()), ("p/plan.json", plan)], "plan.json");
    let snapshot: &[u8] = b"{\"schema\": \"bucketlint/snapshot/1\", \"buckets\": {\"a\": ";
    check("snapshot", &[("main.tf", FINE.as_bytes()), ("s.json", snapshot)], "s.json");
}

#[test]
fn what_is_not_resolved() {
    let open = FINE.replace("restrict_public_buckets = true", "restrict_public_buckets = var.restrict");
    check("variable", &[("main.tf", format!("variable \"restrict\" {{}}\n{open}").as_bytes())], "var.restrict");
    let module = "module \"store\" {\n  source = \"example.com/org/store/aws\"\n}\n";
    check("module", &[("main.tf", format!("{FINE}{module}").as_bytes())], "module.store");
}

#[test]
fn what_exceeds_a_limit() {
    let many = format!("{FINE}module \"m\" {{\n  source = \"./m\"\n  count  = 20000\n}}\n");
    check(
        "limit",
        &[("main.tf", many.as_bytes()), ("m/main.tf", b"resource \"aws_iam_user\" \"b\" {}\n")],
        "more than 10000 instances",
    );
}

/// Files of which one makes the library panic: a bug that nobody knows yet. It strikes where a file is evaluated, behind the
/// guard that each file has.
struct Faulty(Memory);

impl FileSystem for Faulty {
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        assert!(!path.ends_with("boom.json"), "a bug in the reader");
        self.0.read(path)
    }

    fn head(&self, path: &Path, limit: usize) -> Result<Vec<u8>, ReadError> {
        self.0.head(path, limit)
    }

    fn list(&self, dir: &Path) -> Vec<PathBuf> {
        self.0.list(dir)
    }

    fn is_file(&self, path: &Path) -> bool {
        self.0.is_file(path)
    }

    fn is_dir(&self, path: &Path) -> bool {
        self.0.is_dir(path)
    }
}

#[test]
fn a_panic_at_one_file() {
    let checker = Checker::new("default").unwrap();
    let public = FINE.replace("\"fine\"", "\"public\"").replace("= true", "= false");
    let bad = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = file(\"boom.json\")\n}\n";
    let stack = "Resources:\n  N: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: boom.json}}\n";
    for (path, text) in [("bad/main.tf", bad), ("bad/t.yaml", stack)] {
        let files = [("good/main.tf", FINE), (path, text), ("other/main.tf", public.as_str())];
        let sources = Sources::new(Box::new(Faulty(Memory::new(&files))));
        let paths: Vec<PathBuf> = files.iter().map(|it| it.0.into()).collect();
        let mut report = checker.check(&sources, &paths, &Options::default()).report;
        let internal = report.diagnostics.iter().find(|it| it.code == "internal-error").unwrap();
        assert!(internal.path.as_ref().is_some_and(|it| it.starts_with("bad")), "{internal:?}");
        assert!(report.findings.iter().any(|it| it.address.ends_with("public")), "the rest is not judged: {path}");
        report.findings.clear();
        let verdict = judge(&report, Gate::default());
        let places = Places { sources: &sources, base: None };
        let json = json::render(&report, &verdict, &places);
        let sarif = sarif::render(&report, &verdict, checker.rules(), &places);
        assert_eq!(verdict.code, 3);
        machine(path, &json, &sarif, "bucketlint failed on this input, which is a bug");
    }
}

/// A policy under Block Public Access, for whoever this is.
fn latent(principal: &str) -> String {
    format!(
        r#"
variable "who" {{
  type = string
}}
resource "aws_s3_bucket" "b" {{
  bucket = "b-example"
}}
resource "aws_s3_bucket_public_access_block" "b" {{
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}}
resource "aws_s3_bucket_versioning" "b" {{
  bucket = aws_s3_bucket.b.id
  versioning_configuration {{
    status = "Enabled"
  }}
}}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Principal = {{ AWS = {principal} }}, Action = "s3:GetObject", Resource = "${{aws_s3_bucket.b.arn}}/*" }}]
  }})
}}
"#
    )
}

#[test]
fn what_would_fail_fails_with_fail_on_unknown_where_it_is_not_known() {
    let code = |principal: &str, fail_on_unknown: bool| {
        let report = bucketlint::check_texts(&[("main.tf", &latent(principal))]);
        judge(&report, Gate { fail_on_unknown, ..Gate::default() }).code
    };
    assert_eq!((code("\"*\"", false), code("\"*\"", true)), (1, 1));
    assert_eq!(code("var.who", true), 1);
    let own = "\"arn:aws:iam::111122223333:role/reader\"";
    let report = bucketlint::check_texts(&[("main.tf", &latent(own))]);
    assert!(!report.findings.iter().any(|it| it.rule == "bucket-policy-public-principal"));
}

#[test]
fn whom_an_access_point_serves_is_told_where_it_is_not_known() {
    for (kind, why) in [
        ("object_lambda_access_point_policy", "the access point under an Object Lambda access point"),
        ("access_point_policy", "the access point of this policy"),
    ] {
        let target = if kind == "access_point_policy" { "access_point_arn" } else { "name" };
        let main = format!(
            r#"
resource "aws_s3control_{kind}" "p" {{
  {target} = "arn:aws:s3:eu-west-1:111122223333:accesspoint/x"
  policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "*" }}]
  }})
}}
"#
        );
        let report = bucketlint::check_texts(&[("main.tf", &main)]);
        let found = report.findings.iter().find(|it| it.rule == "access-point-policy-public").unwrap();
        assert!(found.unknown.iter().any(|it| it.contains(why)), "{:?}", found.unknown);
        assert_eq!(judge(&report, Gate { fail_on_unknown: true, ..Gate::default() }).code, 1);
        let report = bucketlint::check_texts(&[(
            "main.tf",
            &main.replace("Principal = \"*\"", "Principal = { AWS = \"111122223333\" }"),
        )]);
        assert!(!report.findings.iter().any(|it| it.rule == "access-point-policy-public"));
    }
}

/// What a run over these files says that it could not judge, and its exit code.
fn not_judged(files: &[(&str, &str)]) -> (Vec<String>, u8) {
    let fine = [&[("fine.tf", FINE)], files].concat();
    let report = bucketlint::check_texts(&fine);
    let messages = report.diagnostics.iter().map(|it| it.message.clone()).collect();
    (messages, judge(&report, Gate::default()).code)
}

#[test]
fn templates_within_terraform_are_told() {
    let stack = |words: &str| {
        format!(
            "variable \"who\" {{}}\nresource \"aws_cloudformation_stack\" \"s\" {{\n  name = \"s\"\n  {words}\n}}\n"
        )
    };
    let body = |kind: &str| {
        format!(
            "template_body = jsonencode({{ Resources = {{ P = {{ Type = {kind}, Properties = {{ Name = var.who }} }} }} }})"
        )
    };
    let template = "Parameters: {Block: {Type: String, Default: true}}\nResources:\n  B:\n    Type: AWS::S3::Bucket\n";
    let other = template.replace("S3::Bucket", "SNS::Topic");
    let file = "template_body = file(\"t.yaml\")";
    let parameters = "\n  parameters = { Block = var.who }";
    let code = |words: &str, template: &str| {
        let (said, code) = not_judged(&[("main.tf", &stack(words)), ("t.yaml", template)]);
        (said.iter().any(|it| it.contains("aws_cloudformation_stack.s")), code)
    };
    assert_eq!(code(&body("\"AWS::S3::BucketPolicy\""), &other), (true, 3));
    assert_eq!(code(&body("var.who"), &other), (true, 3));
    assert_eq!(code(&body("\"AWS::SNS::Topic\""), &other), (false, 0));
    assert_eq!(code("template_body = var.who", &other), (true, 3));
    assert_eq!(code("template_url = \"https://example.com/t.yaml\"", &other), (true, 3));
    assert_eq!(
        code(
            "template_body = <<-E\n    Resources:\n      B: {Type: AWS::S3::Bucket, Properties: {BucketName: ${var.who}}}\n  E",
            &other
        ),
        (true, 3)
    );
    assert_eq!(code(&format!("{file}{parameters}"), &other), (false, 0));
    // The file is judged by itself, with what it has by default.
    assert!(!code(file, template).0);
    assert!(code(&format!("{file}{parameters}"), template).0);
    assert!(!code(&format!("{file}\n  parameters = {{}}"), template).0);
    let control = |kind: &str| {
        let main = format!(
            "variable \"who\" {{}}\nresource \"aws_cloudcontrolapi_resource\" \"r\" {{\n  type_name = {kind}\n  desired_state = \"{{}}\"\n}}\n"
        );
        not_judged(&[("main.tf", &main)])
    };
    assert_eq!(control("\"AWS::S3::BucketPolicy\"").1, 3);
    assert_eq!(control("var.who").1, 3);
    assert_eq!(control("\"AWS::SNS::Topic\""), (Vec::new(), 0));
}

#[test]
fn stacks_are_told() {
    let unit = "unit \"b\" {\n  source = \"../modules/b\"\n  path = \"b\"\n  values = { block = false }\n}\n";
    let deployment = "deployment \"prod\" {\n  inputs = { block = false }\n}\n";
    for (name, text) in
        [("live/terragrunt.stack.hcl", unit), ("a.tfdeploy.hcl", deployment), ("a.tfdeploy.hcl", "deployment \"x\" {")]
    {
        let (said, code) = not_judged(&[(name, text)]);
        assert_eq!((said.len(), code), (1, 3), "{name}: {said:?}");
    }
    for (name, text) in [
        ("live/terragrunt.stack.hcl", "locals {}\n"),
        ("a.tfdeploy.hcl", "identity_token \"aws\" {\n  audience = [\"aws\"]\n}\n"),
    ] {
        assert_eq!(not_judged(&[(name, text)]), (Vec::new(), 0), "{name}");
    }
}
