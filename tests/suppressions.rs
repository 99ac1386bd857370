//! What does not count: suppressions in our words and in those of others, the configuration, baselines.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;

use std::process::Command;

use folder::Folder;
use serde_json::Value;

impl Folder {
    fn run(&self, arguments: &[&str]) -> (String, String, i32) {
        self.run_in("", &[&["check"], arguments].concat())
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let (out, err, _) = self.run(&[&[".", "--format", "json"], arguments].concat());
        serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"))
    }
}

/// `rule address` of the findings that count.
fn counting(report: &Value) -> Vec<String> {
    let of = |it: &Value| format!("{} {}", it["rule"].as_str().unwrap(), it["resource"]["address"].as_str().unwrap());
    let mut all: Vec<String> = report["findings"].as_array().unwrap().iter().map(of).collect();
    all.sort();
    all
}

fn suppressed(report: &Value) -> Vec<String> {
    let of = |it: &Value| format!("{} {}", it["rule"].as_str().unwrap(), it["suppression"]["kind"].as_str().unwrap());
    let mut all: Vec<String> = report["suppressed"].as_array().into_iter().flatten().map(of).collect();
    all.sort();
    all
}

/// A bucket with a comment somewhere, and the rules whose findings still count.
fn check(main: &str, expected: &[&str]) {
    let report = Folder::new(&[("main.tf", main)]).json(&[]);
    let mut rules: Vec<String> = counting(&report).iter().map(|it| it.split(' ').next().unwrap().to_owned()).collect();
    rules.dedup();
    assert_eq!(rules, expected, "{main}");
}

const ALL: [&str; 3] = ["acl-public-read", "bpa-missing", "versioning"];

#[test]
fn places_of_comments() {
    let bucket = |first: &str, line: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{\n{first}  bucket = \"b-example\"\n  acl    = \"public-read\"{line}\n}}\n"
        )
    };
    let ignore = |rule: &str| format!("bucketlint:ignore {rule} reason=\"public site\"");
    check(&bucket("", ""), &ALL);
    // On the line, above it, first in the block, above the block, for the file.
    check(&bucket("", &format!(" # {}", ignore("acl-public-read"))), &["bpa-missing", "versioning"]);
    let above = format!("  bucket = \"b-example\"\n  // {}\n  acl    = \"public-read\"\n", ignore("acl-public-read"));
    check(&format!("resource \"aws_s3_bucket\" \"b\" {{\n{above}}}\n"), &["bpa-missing", "versioning"]);
    check(&bucket(&format!("  # {}\n", ignore("versioning, acl-public-read")), ""), &["bpa-missing"]);
    check(&format!("/* {} */\n{}", ignore("bpa-missing"), bucket("", "")), &["acl-public-read", "versioning"]);
    let file = "# bucketlint:ignore-file versioning bpa-missing reason=\"x\" until=2999-12-31\n\n";
    check(&format!("{file}{}", bucket("", "")), &["acl-public-read"]);
    // A text that quotes one is none; one line says nothing of others.
    check(&bucket("  tags = { note = \"see bucketlint:ignore bpa-missing\" }\n", ""), &ALL);
    check(
        &bucket("", &format!(" # {}", ignore("versioning"))),
        &["acl-public-read", "bpa-missing", "suppression-unused", "versioning"],
    );
}

#[test]
fn companions_and_modules() {
    let main = r#"
resource "aws_s3_bucket" "b" {
  # bucketlint:ignore acl-public-read reason="said at the bucket"
  bucket = "b-example"
}
resource "aws_s3_bucket_acl" "b" {
  bucket = aws_s3_bucket.b.id
  acl    = "public-read"
}
# bucketlint:ignore versioning reason="all of the module"
module "inner" {
  source = "./inner"
}
"#;
    let inner = "resource \"aws_s3_bucket\" \"x\" {\n  bucket = \"x-example\"\n}\n";
    let folder = Folder::new(&[("a/main.tf", main), ("a/inner/main.tf", inner), ("z/inner/main.tf", inner)]);
    // Another root module with a call of the same name is not meant.
    folder.write("z/main.tf", "module \"inner\" {\n  source = \"./inner\"\n}\n");
    let report = folder.json(&[]);
    let versioning: Vec<&Value> =
        report["findings"].as_array().unwrap().iter().filter(|it| it["rule"] == "versioning").collect();
    let paths: Vec<&str> = versioning.iter().map(|it| it["location"]["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["a/main.tf", "z/inner/main.tf"]);
    assert_eq!(suppressed(&report), ["acl-public-read in-source", "versioning in-source"]);
    let all = report["suppressed"].as_array().unwrap();
    let how = &all.iter().find(|it| it["rule"] == "acl-public-read").unwrap()["suppression"];
    assert_eq!((&how["reason"], &how["location"]["start"]["line"]), (&"said at the bucket".into(), &3.into()));
}

#[test]
fn words_of_other_tools() {
    let bucket = |comment: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{\n  {comment}\n  bucket = \"b-example\"\n  acl = \"public-read\"\n}}\n"
        )
    };
    check(&bucket("#checkov:skip=CKV_AWS_20:public site"), &["bpa-missing", "versioning"]);
    check(&bucket("#checkov:skip=CKV_AWS_20,CKV_AWS_21:public site"), &["bpa-missing"]);
    check(&bucket("#bridgecrew:skip=CKV_AWS_20:public site"), &["bpa-missing", "versioning"]);
    check(&bucket("# cortex:skip=CKV_AWS_20"), &["bpa-missing", "versioning"]);
    check(&bucket("#tfsec:ignore:aws-s3-enable-versioning"), &["acl-public-read", "bpa-missing"]);
    check(&bucket("#trivy:ignore:AVD-AWS-0092"), &["bpa-missing", "versioning"]);
    check(&bucket("#trivy:ignore:AVD-AWS-0092:exp:2020-01-01"), &[ALL[0], ALL[1], "suppression-expired", ALL[2]]);
    // What KICS has no check of it has not spoken of.
    check(&format!("# kics-scan ignore-block\n{}", bucket("")), &["bpa-missing"]);
    // One that we do not have suppresses nothing, and serves the other tool.
    check(&bucket("#checkov:skip=CKV_AWS_99999"), &ALL);
    let off = "suppressions: { honour: [trivy] }\n";
    let folder = Folder::new(&[("main.tf", &bucket("#checkov:skip=CKV_AWS_20")), ("bucketlint.yaml", off)]);
    assert_eq!(folder.json(&[])["suppressed"], Value::Null);
}

#[test]
fn metadata_of_templates() {
    let template = |metadata: &str| {
        format!(
            r#"{{ "Resources": {{ "B": {{ "Type": "AWS::S3::Bucket", "Metadata": {metadata},
                "Properties": {{ "AccessControl": "PublicRead", "OwnershipControls": {{ "Rules": [{{ "ObjectOwnership": "ObjectWriter" }}] }} }} }} }} }}"#
        )
    };
    let of = |metadata: &str| suppressed(&Folder::new(&[("t.json", &template(metadata))]).json(&[]));
    assert!(of("{}").is_empty());
    let own = r#"{ "bucketlint": { "ignore": [{ "rule": "versioning", "reason": "x", "until": "2999-01-01" }] } }"#;
    assert_eq!(of(own), ["versioning in-source"]);
    assert_eq!(
        of(r#"{ "checkov": { "skip": [{ "id": "CKV_AWS_20", "comment": "x" }] } }"#),
        ["acl-public-read in-source"]
    );
    assert_eq!(
        of(r#"{ "cfn_nag": { "rules_to_suppress": [{ "id": "W31", "reason": "x" }] } }"#),
        ["acl-public-read in-source"]
    );
    assert!(!of(r#"{ "guard": { "SuppressedRules": ["S3_BUCKET_VERSIONING_ENABLED"] } }"#).is_empty());
    let yaml = "Resources:\n  B:\n    # bucketlint:ignore versioning reason=\"x\"\n    Type: AWS::S3::Bucket\n";
    assert_eq!(suppressed(&Folder::new(&[("t.yaml", yaml)]).json(&[])), ["versioning in-source"]);
    // Terraform's JSON has no comments but this.
    let json = r#"{ "resource": { "aws_s3_bucket": { "b": {
        "//": "bucketlint:ignore versioning reason=x",
        "bucket": "b-example" } } } }"#;
    assert_eq!(suppressed(&Folder::new(&[("main.tf.json", json)]).json(&[])), ["versioning in-source"]);
}

/// What looks like a comment in a string, a heredoc or a block scalar is part of a value.
#[test]
fn texts_suppress_nothing() {
    let own = "bucketlint:ignore-file versioning bpa-missing acl-public-read reason=x";
    for line in [format!("a = \"# {own}\""), format!("a = <<-T\n      # {own}\n      T"), format!("a = \"// {own}\"")] {
        check(
            &format!(
                "resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"b-example\"\n  acl    = \"public-read\"\n  tags = {{\n    {line}\n  }}\n}}\n"
            ),
            &ALL,
        );
    }
    let template = |metadata: &str| {
        let head = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      Tags:\n        - Key: a\n          Value: ";
        suppressed(&Folder::new(&[("t.yaml", &format!("{head}{metadata}\n"))]).json(&[])).len()
    };
    assert_eq!(template(&format!("b\n# {own}")), 2);
    assert_eq!(template(&format!("|\n            b\n          # {own}")), 2);
    for text in [
        format!("'x # {own}'"),
        format!("\"x\n            # {own}\""),
        format!("|\n            b\n            # {own}"),
    ] {
        assert_eq!(template(&text), 0, "{text}");
    }
    let json =
        r##"{ "Resources": { "B": { "Type": "AWS::S3::Bucket", "Metadata": { "//": "OWN", "a": "# OWN" } } } }"##;
    assert!(suppressed(&Folder::new(&[("t.json", &json.replace("OWN", own))]).json(&[])).is_empty());
}

/// The key `//` is about the block that it stands in, on whatever line, and in lists of blocks too.
#[test]
fn comments_of_terraforms_json() {
    let hidden = |json: &str| {
        let report = Folder::new(&[("main.tf.json", json)]).json(&["--enable", "versioning"]);
        let of = |it: &Value| it["resource"]["address"].as_str().unwrap().to_owned();
        let mut all: Vec<String> = report["suppressed"].as_array().into_iter().flatten().map(of).collect();
        all.sort();
        all.join(" ")
    };
    let own = r##""//": "bucketlint:ignore versioning reason=x""##;
    let (a, b) = ("aws_s3_bucket.a", "aws_s3_bucket.b");
    let both = format!("{a} {b}");
    for (json, expected) in [
        (r##"{"resource": {"aws_s3_bucket": {"a": {OWN, "bucket": "a-x"}, "b": {"bucket": "b-x"}}}}"##, a),
        (r##"{"resource": {"aws_s3_bucket": {"a": [{OWN, "bucket": "a-x"}], "b": [{"bucket": "b-x"}]}}}"##, a),
        (
            r##"{"resource": [{"aws_s3_bucket": {"a": {"bucket": "a-x"}}}, {"aws_s3_bucket": {"b": {OWN, "bucket": "b-x"}}}]}"##,
            b,
        ),
        (
            r##"{"resource": [{OWN, "aws_s3_bucket": {"a": {"bucket": "a-x"}}}, {"aws_s3_bucket": {"b": {"bucket": "b-x"}}}]}"##,
            a,
        ),
        (r##"{"resource": {"aws_s3_bucket": {"a": {"bucket": "a-x"}, OWN, "b": {"bucket": "b-x"}}}}"##, b),
        (r##"{"resource": {"aws_s3_bucket": {OWN, "a": {"bucket": "a-x"}, "b": {"bucket": "b-x"}}}}"##, a),
        (r##"{OWN, "resource": {"aws_s3_bucket": {"a": {"bucket": "a-x"}, "b": {"bucket": "b-x"}}}}"##, &both),
        (
            r##"{"resource": {"aws_s3_bucket": {"a": {"bucket": "a-x", "tags": {"x": "# bucketlint:ignore-file versioning reason=x"}}}}}"##,
            "",
        ),
    ] {
        assert_eq!(hidden(&json.replace("OWN", own)), expected, "{json}");
    }
    let list = r##"{"resource": {"aws_s3_bucket": {"a": {"//": ["a copy", "bucketlint:ignore versioning reason=x"], "bucket": "a-x"}}}}"##;
    assert_eq!(hidden(list), a);
}

/// A key that nobody reads, and a list that is none, are told.
#[test]
fn metadata_with_mistakes() {
    let told = |metadata: &str| {
        let template =
            format!("Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Metadata:\n      bucketlint: {metadata}\n");
        let report = Folder::new(&[("t.yaml", &template)]).json(&[]);
        let all = report["findings"].as_array().unwrap().iter();
        let about: Vec<String> = all
            .filter(|it| it["rule"].as_str().unwrap().starts_with("suppression-"))
            .map(|it| format!("{}: {}", it["rule"].as_str().unwrap(), it["message"].as_str().unwrap()))
            .collect();
        (suppressed(&report).len(), about.join("; "))
    };
    assert_eq!(told("{ ignore: [{ rule: versioning, reason: x, until: 2999-01-01 }] }"), (1, String::new()));
    for (metadata, part) in [
        ("{ ignore: [{ rule: versioning, reason: x, untill: 2020-01-01 }] }", "did you mean `until`?"),
        ("{ ignored: [{ rule: versioning, reason: x }] }", "did you mean `ignore`?"),
        ("{ ignore: versioning }", "`ignore` is no list"),
        ("{ ignore: { rule: versioning, reason: x } }", "`ignore` is no list"),
        ("{ ignore: [{ rule: versioning, reason: x, until: [2020-01-01] }] }", "`until` is no text"),
        ("[versioning]", "this is no mapping"),
    ] {
        let (hidden, about) = told(metadata);
        assert!(
            hidden == 0 && about.starts_with("suppression-invalid: ") && about.contains(part),
            "{metadata}: {about}"
        );
    }
}

/// Nobody suppresses what a locked rule finds, and a baseline does not hide it.
#[test]
fn a_baseline_does_not_hide_a_locked_rule() {
    let main = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";
    let folder = Folder::new(&[("main.tf", main)]);
    folder.run(&[".", "--write-baseline", "free.json"]);
    folder.write("bucketlint.yaml", "rules: { bpa-missing: { locked: true } }\n");
    let (_, told, _) = folder.run(&[".", "--write-baseline", "b.json"]);
    assert!(told.contains("1 findings written"), "{told}");
    for baseline in ["b.json", "free.json"] {
        assert_eq!(counting(&folder.json(&["--baseline", baseline])), ["bpa-missing aws_s3_bucket.b"]);
    }
}

/// Entries of files that were not looked at, and of rules that did not run, stay; nor do they stand for a copy elsewhere.
#[test]
fn a_baseline_keeps_what_was_not_looked_at() {
    let main = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";
    let folder = Folder::new(&[("x/main.tf", main), ("y/main.tf", main)]);
    folder.run(&[".", "--write-baseline", "b.json"]);
    let read = || std::fs::read_to_string(folder.0.join("b.json")).unwrap();
    let before = read();
    folder.run(&["x", "--baseline", "b.json", "--prune-baseline"]);
    assert_eq!(read(), before);
    folder.run(&[".", "--disable", "versioning", "--baseline", "b.json", "--prune-baseline"]);
    assert_eq!(read(), before);
    folder.write("bucketlint.yaml", "paths: [{ path: \"x/**\", rules: { versioning: off } }]\n");
    folder.run(&[".", "--baseline", "b.json", "--prune-baseline"]);
    assert_eq!(read(), before);
    std::fs::remove_file(folder.0.join("bucketlint.yaml")).unwrap();
    folder.write("z/main.tf", main);
    let (out, _, _) = folder.run(&["z", "--baseline", "b.json", "--format", "json"]);
    assert_eq!(counting(&serde_json::from_str(&out).unwrap()).len(), 2, "{out}");
    folder.run(&["z", "--baseline", "b.json", "--prune-baseline"]);
    assert_eq!(read(), before);
    // What is mended, and what is not there any more, goes.
    std::fs::remove_file(folder.0.join("y/main.tf")).unwrap();
    std::fs::remove_file(folder.0.join("z/main.tf")).unwrap();
    folder.run(&["x", "--baseline", "b.json", "--prune-baseline"]);
    assert!(read().contains("x/main.tf") && !read().contains("y/main.tf"), "{}", read());
}

#[test]
fn what_is_wrong_with_a_suppression_is_told() {
    let bucket = |comment: &str| format!("resource \"aws_s3_bucket\" \"b\" {{\n  # bucketlint:ignore {comment}\n}}\n");
    let told = |comment: &str| {
        let report = Folder::new(&[("main.tf", &bucket(comment))]).json(&[]);
        let found = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["title"].as_str().unwrap().starts_with("Suppression"));
        found
            .map(|it| format!("{}: {}", it["rule"].as_str().unwrap(), it["message"].as_str().unwrap()))
            .unwrap_or_default()
    };
    assert_eq!(told("versioning reason=\"x\""), "");
    assert!(told("versioning").starts_with("suppression-without-reason"));
    assert!(told("versoning reason=\"x\"").contains("did you mean `versioning`?"));
    assert!(told("versioning reason=\"x\" until=31.1.2027").starts_with("suppression-invalid"));
    assert!(told("versioning reason=\"x\" until=2020-01-31").starts_with("suppression-expired"));
    assert!(told("acl-public-read reason=\"x\"").starts_with("suppression-unused"));
    let partly = "suppression-unused: nothing here violates acl-public-read: take it out of the suppression";
    assert_eq!(told("versioning, acl-public-read reason=\"x\""), partly);
    // A rule that does not run may be violated where it does.
    assert_eq!(told("object-ownership-enforced reason=\"x\""), "");
    assert_eq!(told("versioning, object-ownership-enforced reason=\"x\""), "");
}

/// Ours in other letters or with another sign would do nothing, without a word.
#[test]
fn what_means_a_suppression_and_is_none_is_told() {
    let told = |comment: &str| {
        let text = format!("resource \"aws_s3_bucket\" \"b\" {{\n  # {comment}\n}}\n");
        let found = counting(&Folder::new(&[("main.tf", &text)]).json(&[]));
        found.iter().any(|it| it.starts_with("suppression-invalid"))
    };
    for it in
        ["Bucketlint:Ignore versioning", "bucketlint-ignore versioning reason=\"x\"", "BUCKETLINT:IGNORE versioning"]
    {
        assert!(told(it), "{it}");
    }
    for it in ["bucketlint ignores nothing of this", "Bucketlint checks this bucket", "bucketlint-action runs here"] {
        assert!(!told(it), "{it}");
    }
}

/// What the gate says of suppressions is set as rules are.
#[test]
fn rules_about_suppressions_are_configured() {
    let main = "resource \"aws_s3_bucket\" \"b\" {\n  # bucketlint:ignore acl-public-read reason=\"x\"\n  bucket = \"b-example\"\n}\n";
    let with = |config: &str| Folder::new(&[("infra/main.tf", main), ("bucketlint.yaml", config)]);
    let severity = |config: &str| {
        let report = with(config).json(&[]);
        let found = report["findings"].as_array().unwrap().iter().find(|it| it["rule"] == "suppression-unused");
        found.map(|it| it["severity"].as_str().unwrap().to_owned()).unwrap_or_default()
    };
    assert_eq!(severity(""), "low");
    assert_eq!(severity("rules: { suppression-unused: off }\n"), "");
    assert_eq!(severity("rules: { suppression-unused: { severity: high } }\n"), "high");
    assert_eq!(severity("paths: [{ path: \"infra/**\", rules: { suppression-unused: off } }]\n"), "");
    assert_eq!(severity("paths: [{ path: \"other/**\", rules: { suppression-unused: off } }]\n"), "low");
    let off = counting(&with("").json(&["--disable", "suppression-unused"]));
    assert!(!off.iter().any(|it| it.starts_with("suppression")), "{off:?}");
    for id in ["expired", "without-reason", "invalid", "added", "partial", "of-locked-rule"] {
        assert_ne!(with(&format!("rules: {{ suppression-{id}: off }}\n")).run(&["."]).2, 2, "{id}");
    }
    let (_, told, code) = with("suppress: [{ rule: suppression-unused, reason: x }]\n").run(&["."]);
    assert!(code == 2 && told.contains("cannot be suppressed; `rules: { suppression-unused: off }`"), "{told}");
}

#[test]
fn the_configuration_decides() {
    let main = "resource \"aws_s3_bucket\" \"b\" {\n  # bucketlint:ignore acl-public-read reason=\"x\"\n  bucket = \"b-example\"\n  acl = \"public-read\"\n}\n";
    let with = |config: &str| Folder::new(&[("infra/main.tf", main), ("bucketlint.yaml", config)]);
    let of = |config: &str| counting(&with(config).json(&[]));
    let [bpa, versioning] = ["bpa-missing aws_s3_bucket.b", "versioning aws_s3_bucket.b"];
    let acl = "acl-public-read aws_s3_bucket.b";
    assert_eq!(of("rules: { versioning: off }\n"), [bpa]);
    assert_eq!(of("paths: [{ path: \"infra/**\", rules: { versioning: off } }]\n"), [bpa]);
    assert_eq!(of("paths: [{ path: \"other/**\", rules: { versioning: off } }]\n"), [bpa, versioning]);
    assert_eq!(of("exclude: [\"infra/**\"]\n"), [""; 0]);
    assert_eq!(of("suppress: [{ rule: \"bpa-*\", address: \"*.b\", reason: x }]\n"), [versioning]);
    assert_eq!(of("suppress: [{ rule: \"bpa-*\", reason: x, until: 2020-01-01 }]\n"), [bpa, versioning]);
    assert_eq!(
        of("rules: { acl-public-read: { locked: true } }\n"),
        [acl, bpa, "suppression-of-locked-rule ", versioning]
    );
    assert_eq!(of("public: [{ bucket: \"*.b\", reason: site }]\n"), [versioning]);
    let report = with("rules: { bpa-missing: { severity: info }, versioning: { severity: low } }\n").json(&[]);
    assert_eq!(report["summary"]["exit_code"], 0);
    assert_eq!(with("fail-on: critical\n").run(&["."]).2, 0);
    assert_eq!(with("fail-on: critical\n").run(&[".", "--fail-on", "medium"]).2, 1);
    assert_eq!(counting(&with("rules: { versioning: off }\n").json(&["--no-config"])), [bpa, versioning]);
    assert_eq!(counting(&with("rules: { versioning: off }\n").json(&["--enable", "versioning"])), [bpa, versioning]);
    assert_eq!(counting(&with("").json(&["--ignore-suppressions"])), [acl, bpa, versioning]);
    for (config, expected) in [
        ("rules: { versoning: off }\n", "no rule is called `versoning`; did you mean `versioning`?"),
        ("exclud: []\n", "bucketlint.yaml:1:1: unknown field `exclud`"),
        ("suppress: [{ rule: versioning }]\n", "missing field `reason`"),
        ("suppress: [{ rule: versioning, reason: x, until: soon }]\n", "`soon` is no day"),
        ("exclude: [\"a[\"]\n", "`a[` is no glob"),
        ("baseline: none.json\n", "none.json: the baseline cannot be read"),
    ] {
        let (_, error, code) = with(config).run(&["."]);
        assert!(code == 2 && error.contains(expected), "{config}: {error}");
    }
}

#[test]
fn a_baseline_holds_what_was_there() {
    let bucket = |name: &str| format!("resource \"aws_s3_bucket\" \"{name}\" {{\n  bucket = \"{name}-example\"\n}}\n");
    let folder = Folder::new(&[("main.tf", &bucket("old"))]);
    let (_, _, code) = folder.run(&[".", "--write-baseline", "base.json"]);
    assert_eq!(code, 0);
    let base = ["--baseline", "base.json"];
    // Moved lines, another file, a new bucket.
    folder.write("main.tf", &format!("\n# moved\n\n{}", bucket("old")));
    assert_eq!(counting(&folder.json(&base)), [""; 0]);
    std::fs::rename(folder.0.join("main.tf"), folder.0.join("renamed.tf")).unwrap();
    assert_eq!(counting(&folder.json(&base)), [""; 0]);
    folder.write("new.tf", &bucket("new"));
    assert_eq!(counting(&folder.json(&base)), ["bpa-missing aws_s3_bucket.new", "versioning aws_s3_bucket.new"]);
    assert_eq!(suppressed(&folder.json(&base)), ["bpa-missing baseline", "versioning baseline"]);
    // What was fixed goes on request.
    std::fs::remove_file(folder.0.join("renamed.tf")).unwrap();
    let (_, told, _) = folder.run(&[".", "--baseline", "base.json", "--prune-baseline"]);
    assert!(told.contains("2 entries"), "{told}");
    assert!(!std::fs::read_to_string(folder.0.join("base.json")).unwrap().contains("aws_s3_bucket.old"));
    folder.write("base.json", "{}");
    assert_eq!(folder.run(&[".", "--baseline", "base.json"]).2, 2);
}

#[test]
fn suppressed_results_stay_in_sarif() {
    let main =
        "resource \"aws_s3_bucket\" \"b\" {\n  # bucketlint:ignore versioning reason=\"x\" until=2999-01-01\n}\n";
    let folder = Folder::new(&[("main.tf", main)]);
    let (out, _, _) = folder.run(&[".", "--format", "sarif"]);
    let log: Value = serde_json::from_str(&out).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let found = results.iter().find(|it| it["ruleId"] == "versioning").unwrap();
    assert_eq!(found["suppressions"][0]["kind"], "inSource");
    assert_eq!(found["suppressions"][0]["justification"], "x, until 2999-01-01");
    assert!(results.iter().filter(|it| it["ruleId"] != "versioning").all(|it| it.get("suppressions").is_none()));
    let (out, _, _) = folder.run(&["."]);
    assert!(out.contains("1 suppressed"), "{out}");
}

/// Checkov's comments are about the resource that they are in, wherever in it they stand.
#[test]
fn checkov_comments_are_about_their_resource() {
    let check = |name: &str, text: &str, counts: &[&str]| {
        let folder = Folder::new(&[(name, text)]);
        let report = folder.json(&["--no-config", "--disable", "bpa-missing"]);
        assert_eq!(counting(&report), counts, "{text}");
    };
    let skip = "#checkov:skip=CKV_AWS_21:a copy";
    let two = "resource \"aws_s3_bucket\" \"two\" {\n  bucket = \"two\"\n}\n";
    for body in [
        format!("  bucket = \"one\"\n  {skip}\n"),
        format!("  bucket = \"one\" {skip}\n"),
        format!("  bucket = \"one\"\n  {skip}\n\n  tags = {{}}\n"),
        format!("  bucket = \"one\"\n  tags = {{\n    {skip}\n    a = \"b\"\n  }}\n"),
    ] {
        let text = format!("resource \"aws_s3_bucket\" \"one\" {{\n{body}}}\n{two}");
        check("main.tf", &text, &["versioning aws_s3_bucket.two"]);
    }
    let template = |one: &str| format!("Resources:\n  One:\n{one}  Two:\n    Type: AWS::S3::Bucket\n");
    for one in [
        format!("    Type: AWS::S3::Bucket\n    {skip}\n"),
        format!("    Type: AWS::S3::Bucket\n    Properties:\n      {skip}\n      BucketName: one\n"),
        format!("    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: one\n      {skip}\n"),
    ] {
        check("t.yaml", &template(&one), &["versioning Two"]);
    }
    // Before the next resource it is in none.
    let between = format!("    Type: AWS::S3::Bucket\n  {skip}\n");
    check("t.yaml", &template(&between), &["suppression-invalid ", "versioning One", "versioning Two"]);
}

#[test]
fn suppressions_are_listed_with_what_they_hide() {
    let folder = Folder::new(&[
        (
            "main.tf",
            r#"resource "aws_s3_bucket" "one" { # bucketlint:ignore versioning reason="a copy"
  bucket = "one"
}
resource "aws_s3_bucket" "two" {
  # bucketlint:ignore versoning reason="x"
  # bucketlint:ignore bpa-missing reason="old" until=2020-01-31
  # bucketlint:ignore acl-public-read reason="none here"
  #tfsec:ignore:aws-s3-enable-bucket-logging
  #checkov:skip=CKV_AWS_145:no key of our own
  #checkov:skip=CKV_AWS_20
  #checkov:skip=CKV_AWS_117:not of a bucket
  bucket = "two"
}
"#,
        ),
        (
            "bucketlint.yaml",
            "suppress: [{rule: access-logging, reason: nobody reads them}]\nsuppressions: {honour: [checkov]}\n",
        ),
    ]);
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
        let output = command.arg("suppressions").args(arguments).current_dir(&folder.0).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
    };
    let (text, code) = run(&[]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(text);
    let report: Value = serde_json::from_str(&run(&["--format", "json"]).0).unwrap();
    let states: Vec<&str> =
        report["suppressions"].as_array().unwrap().iter().map(|it| it["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["used", "invalid", "expired", "unused", "not-honoured", "used", "unused", "unrelated", "used"]);
    // What cannot be read may hold more of them.
    folder.write("broken.tf", "resource \"aws_s3_bucket\" {{{\n");
    assert_eq!(run(&[]).1, 3);
    assert_eq!(run(&["nowhere"]).1, 2);
}

/// A foreign id suppresses what it covers: the same and what is a part of it. What it sees a part of only counts, and is told.
#[test]
fn foreign_ids_suppress_what_they_cover() {
    let check = |comment: &str, rules: &[&str], counts: &[&str], notes: &[&str]| {
        let main = format!(
            "resource \"aws_s3_bucket\" \"b\" {{\n  {comment}\n  bucket = \"b-example\"\n  acl    = \"public-read\"\n}}\n"
        );
        let folder = Folder::new(&[("main.tf", &main)]);
        let enable: Vec<&str> = rules.iter().flat_map(|it| ["--enable", it]).collect();
        let report = folder.json(&enable);
        let shown = |it: &Value| it["rule"].as_str().unwrap().to_owned();
        let all = report["findings"].as_array().unwrap();
        let found: Vec<String> =
            all.iter().map(shown).filter(|it| rules.contains(&it.as_str()) || it.starts_with("suppression")).collect();
        assert_eq!(found, counts, "{comment}");
        let about = all.iter().filter(|it| it["rule"] == "suppression-partial");
        let told: Vec<&str> = about.map(|it| it["message"].as_str().unwrap()).collect();
        assert_eq!(told.len(), notes.len(), "{told:?}");
        assert!(told.iter().zip(notes).all(|(it, part)| it.contains(part)), "{told:?}");
    };
    // Equivalent.
    check("#checkov:skip=CKV_AWS_20:x", &["acl-public-read"], &[], &[]);
    // Trivy's check is about every public canned ACL: the rule is a part of it.
    check("#trivy:ignore:AVD-AWS-0092", &["acl-public-read"], &[], &[]);
    // Trivy's check of one setting is a part of a missing block; that of the block itself is the same.
    check(
        "#trivy:ignore:AVD-AWS-0086",
        &["bpa-missing"],
        &["bpa-missing", "suppression-partial"],
        &["AVD-AWS-0086 sees a part of `bpa-missing` only"],
    );
    check("#trivy:ignore:AVD-AWS-0094", &["bpa-missing"], &[], &[]);
    // Beside one that covers it, nothing is told.
    check(
        "#tfsec:ignore:aws-s3-block-public-acls tfsec:ignore:aws-s3-specify-public-access-block",
        &["bpa-missing"],
        &[],
        &[],
    );
    check("# tfsec:ignore:*\n  #trivy:ignore:AVD-AWS-0086", &["bpa-missing"], &[], &[]);
}

/// An entry is known by what it is about: lines, names of files, the way of writing and the order of words change nothing.
#[test]
fn a_baseline_survives_another_way_of_writing() {
    let statement = |it: &str| {
        format!("resource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = {it}\n}}\n")
    };
    let bucket = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n  acl    = \"public-read\"\n}\n";
    let plain = format!(
        "{bucket}{}",
        statement(
            "jsonencode({ Version = \"2012-10-17\", Statement = [{ Sid = \"All\", Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::b-example/*\" }] })"
        )
    );
    let strict = [".", "--profile", "all"];
    let base = ["--profile", "all", "--baseline", "base.json"];
    let folder = Folder::new(&[("main.tf", &plain)]);
    folder.run(&[&strict[..], &["--write-baseline", "base.json"]].concat());
    let written = std::fs::read_to_string(folder.0.join("base.json")).unwrap();
    assert!(written.contains("bucket-policy-public-principal"), "{written}");
    let again = |name: &str, text: &str, expected: &[&str]| {
        let _ = std::fs::remove_file(folder.0.join("main.tf"));
        folder.write(name, text);
        let found = counting(&folder.json(&base));
        std::fs::remove_file(folder.0.join(name)).unwrap();
        assert_eq!(found, expected, "{text}");
    };
    again("main.tf", &format!("# moved\n\n\n{plain}"), &[]);
    again("renamed.tf", &plain, &[]);
    again("live/main.tf", &plain, &[]);
    // As a formatter, or another hand, writes it.
    again(
        "main.tf",
        &plain
            .replace("  acl    = ", "  acl = ")
            .replace("{ Sid", "{\n      Sid")
            .replace(", Effect", "\n      Effect"),
        &[],
    );
    again("main.tf", &plain.replace('\n', "\r\n"), &[]);
    let heredoc = format!(
        "{}{bucket}",
        statement(
            "<<-P\n    {\n      \"Version\": \"2012-10-17\",\n      \"Statement\": {\"Effect\": \"Allow\", \"Sid\": \"All\", \"Action\": [\"s3:GetObject\"], \"Principal\": {\"AWS\": \"*\"}, \"Resource\": \"arn:aws:s3:::b-example/*\"}\n    }\n  P"
        )
    );
    again("main.tf", &heredoc, &[]);
    // What is new counts, whatever else moved.
    let new = bucket.replace("\"b\"", "\"c\"").replace("b-example", "c-example");
    folder.write("new.tf", &new);
    folder.write("renamed.tf", &plain);
    let found = counting(&folder.json(&base));
    assert!(!found.is_empty() && found.iter().all(|it| it.ends_with(" aws_s3_bucket.c")), "{found:?}");
    // Fixed entries go on request only, and what still is there stays.
    std::fs::remove_file(folder.0.join("new.tf")).unwrap();
    folder.write("renamed.tf", &plain.replace("public-read", "private"));
    folder.run(&[&["."], &base[..]].concat());
    assert_eq!(std::fs::read_to_string(folder.0.join("base.json")).unwrap(), written);
    let (_, told, _) = folder.run(&[&["."], &base[..], &["--prune-baseline"]].concat());
    let pruned = std::fs::read_to_string(folder.0.join("base.json")).unwrap();
    assert!(told.contains("were fixed and are gone from it"), "{told}");
    assert!(!pruned.contains("\"acl-public-read\"") && pruned.contains("bucket-policy-public-principal"), "{pruned}");
    let (_, told, code) = folder.run(&[".", "--no-config", "--prune-baseline"]);
    assert!(code == 2 && told.contains("--prune-baseline needs a baseline"), "{told}");
}

/// A statement that was there and gives more than it did is not what was there.
#[test]
fn a_baseline_does_not_hide_what_grows() {
    let bucket = |statements: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"b-example\"\n}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [\n{statements}  ] }})\n}}\n"
        )
    };
    let allow = |sid: &str, principal: &str, action: &str, resource: &str, condition: &str| {
        format!(
            "    {{ {sid}Effect = \"Allow\", Principal = {principal}, Action = {action}, Resource = \"${{aws_s3_bucket.b.arn}}/{resource}\"{condition} }},\n"
        )
    };
    let rule = "bucket-policy-public-principal aws_s3_bucket.b";
    let (everyone, get) = ("\"*\"", "\"s3:GetObject\"");
    for sid in ["", "Sid = \"Site\", "] {
        let was = allow(sid, everyone, get, "public/*", "");
        let folder = Folder::new(&[("main.tf", &bucket(&was))]);
        folder.run(&[".", "--write-baseline", "b.json"]);
        let of = |statements: &str| {
            folder.write("main.tf", &bucket(statements));
            counting(&folder.json(&["--baseline", "b.json"]))
        };
        assert!(of(&was).is_empty());
        // Less, the same in other words, and another place.
        assert!(of(&allow(sid, "{ AWS = \"*\" }", "[\"S3:getobject\"]", "public/a/*", "")).is_empty());
        let deny = "    { Effect = \"Deny\", Principal = \"*\", Action = \"s3:DeleteObject\", Resource = \"${aws_s3_bucket.b.arn}/*\" },\n";
        assert!(of(&format!("{deny}{was}")).is_empty());
        for more in [
            allow(sid, everyone, "\"s3:*\"", "public/*", ""),
            allow(sid, everyone, "[\"s3:GetObject\", \"s3:PutObject\"]", "public/*", ""),
            allow(sid, everyone, get, "*", ""),
        ] {
            assert!(of(&more).contains(&rule.to_owned()), "{more}");
        }
        // It is not fixed either.
        let before = std::fs::read_to_string(folder.0.join("b.json")).unwrap();
        folder.run(&[".", "--baseline", "b.json", "--prune-baseline"]);
        assert_eq!(std::fs::read_to_string(folder.0.join("b.json")).unwrap(), before);
        let second = allow("Sid = \"More\", ", everyone, get, "private/*", "");
        assert_eq!(of(&format!("{was}{second}")), [rule]);
    }
    // A baseline that says nothing of access is as it was.
    let folder = Folder::new(&[("main.tf", &bucket(&allow("", everyone, get, "public/*", "")))]);
    folder.run(&[".", "--write-baseline", "b.json"]);
    let text = std::fs::read_to_string(folder.0.join("b.json")).unwrap();
    let mut baseline: Value = serde_json::from_str(&text).unwrap();
    baseline["findings"].as_array_mut().unwrap().iter_mut().for_each(|it| {
        it.as_object_mut().unwrap().remove("access");
    });
    folder.write("b.json", &baseline.to_string());
    folder.write("main.tf", &bucket(&allow("", everyone, "\"s3:*\"", "*", "")));
    assert!(!counting(&folder.json(&["--baseline", "b.json"])).contains(&rule.to_owned()));
}

/// `*` of another tool is about what that tool checks.
#[test]
fn all_of_a_tool_is_what_it_checks() {
    let own = "acl-public-read";
    for mark in ["tfsec:ignore:*", "trivy:ignore:*", "kics-scan ignore-block"] {
        let text = format!(
            "# {mark}\nresource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"b-example\"\n  acl    = \"public-read\"\n}}\n# {mark}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = \"arn:aws:iam::444455556666:root\" }}, Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.b.arn}}/*\" }}] }})\n}}\n"
        );
        let folder = Folder::new(&[("main.tf", &text)]);
        let report = folder.json(&["--account", "111122223333", "--enable", "cross-account-grant"]);
        assert!(suppressed(&report).iter().any(|it| it.starts_with(own)), "{mark}: {:?}", suppressed(&report));
        let found = counting(&report);
        assert!(found.iter().any(|it| it.starts_with("cross-account-grant")), "{mark}: {found:?}");
    }
}

/// A comment of several lines is one comment, and none of its lines is code.
#[test]
fn a_comment_of_several_lines() {
    let check = |comment: &str, expected: &[&str]| {
        let text = format!(
            "{comment}\nresource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"b-example\"\n  acl    = \"public-read\"\n}}\n"
        );
        check(&text, expected);
    };
    check("/* bucketlint:ignore bpa-missing, versioning\n   reason=\"multi line\" */", &["acl-public-read"]);
    check(
        "/* bucketlint:ignore bpa-missing,\n  versioning reason=\"multi\n  line\"\n  prose\n*/",
        &["acl-public-read"],
    );
    check(
        "/* bucketlint:ignore bpa-missing reason=\"x\"\n   prose\n\n   more prose */\n",
        &["acl-public-read", "versioning"],
    );
}

/// Checkov looks for its comments in the lines of a block; above it they are nothing to it.
#[test]
fn a_checkov_comment_above_a_block() {
    let folder = Folder::new(&[(
        "main.tf",
        "#checkov:skip=CKV_AWS_20:public site\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n  acl    = \"public-read\"\n}\n",
    )]);
    let found = counting(&folder.json(&["--disable", "bpa-missing", "--disable", "versioning"]));
    assert!(found.iter().any(|it| it.starts_with("acl-public-read")), "{found:?}");
    assert!(found.iter().any(|it| it.starts_with("suppression-invalid")), "{found:?}");
}
