//! Two things that are not known are never taken for one and the same: no verdict may rest on such an equality.

#![allow(clippy::panic, clippy::print_stdout, reason = "tests")]

use bucketlint::finding::Status;

const VARIABLES: &str = "variable \"a\" {}\nvariable \"b\" {}\nvariable \"xs\" {}\nvariable \"map\" {}\n";

/// Whether a bucket that is public under `condition` is reported: for certain, perhaps, or not.
fn reported(files: &[(&str, &str)], condition: &str) -> Option<Status> {
    let main = format!(
        "{VARIABLES}resource \"aws_s3_bucket\" \"b\" {{ bucket = \"b-example\" }}
resource \"aws_s3_bucket_acl\" \"b\" {{
  bucket = aws_s3_bucket.b.id
  acl    = {condition} ? \"public-read\" : \"private\"
}}\n"
    );
    let mut all = vec![("main.tf", main.as_str())];
    all.extend_from_slice(files);
    let report = bucketlint::check_texts(&all);
    report.findings.into_iter().find(|it| it.rule == "acl-public-read").map(|it| it.status)
}

#[track_caller]
fn undecided(left: &str, right: &str) {
    for condition in [format!("{left} == {right}"), format!("{left} != {right}")] {
        assert_eq!(reported(&[], &condition), Some(Status::Unknown), "{condition}");
    }
}

#[test]
fn equal_only_when_the_same() {
    assert_eq!(reported(&[], "sha256(var.a) == sha256(var.a)"), Some(Status::Violated));
    assert_eq!(reported(&[], "sha256(var.a) != sha256(var.a)"), None);
    assert_eq!(reported(&[], "1 == \"1\""), None);
    undecided("sha256(var.a)", "sha256(var.b)");
}

#[test]
fn calls_are_told_apart_by_what_is_inside_their_arguments() {
    undecided("sha256(jsonencode([var.a, 1]))", "sha256(jsonencode([var.a, 2]))");
    undecided("sha256(jsonencode({ a = var.a }))", "sha256(jsonencode({ a = var.b }))");
    undecided("merge(var.map, { a = 1 })", "merge(var.map, { b = 1 })");
    undecided("length(concat(var.xs, [1]))", "length(concat(var.xs, [1, 2]))");
    undecided("max(1, var.xs...)", "max(2, var.xs...)");
    undecided("[for it in var.xs : it.a]", "[for it in var.xs : it.b]");
    undecided("provider::x::f(var.a)", "provider::x::f(var.b)");
    undecided("upper(templatestring(var.a, {}))", "upper(templatestring(var.b, {}))");
    undecided("join(\",\", [for it in [var.a] : it if var.b])", "join(\",\", [for it in [var.a] : it if var.xs])");
}

#[test]
fn guards_are_told_apart_by_what_is_inside_collections() {
    let condition = "(contains([var.a, \"x\"], var.b) ? 1 : 2) == (contains([var.a, \"y\"], var.b) ? 1 : 2)";
    assert_eq!(reported(&[], condition), Some(Status::Unknown));
}

#[test]
fn rounds_of_a_loop_and_instances_of_a_module_are_told_apart() {
    let rounds = "[for it in [1, 2] : provider::x::f(it)]";
    let locals = format!("locals {{\n  made = {rounds}\n}}\n");
    let files = [("locals.tf", locals.as_str())];
    assert_eq!(reported(&files, "local.made[0] == local.made[1]"), Some(Status::Unknown));

    let module = "variable \"n\" {}\noutput \"out\" { value = provider::x::f(var.n) }\n";
    let calls =
        "module \"p\" {\n  source = \"./m\"\n  n = 1\n}\nmodule \"q\" {\n  source = \"./m\"\n  n = 2\n}\n".to_owned();
    let files = [("m/main.tf", module), ("calls.tf", calls.as_str())];
    assert_eq!(reported(&files, "module.p.out == module.q.out"), Some(Status::Unknown));
}

#[test]
fn a_template_loop_over_a_list_of_unknown_length_is_not_known() {
    let text = r#"
locals {
  all  = concat(["a"], var.xs)
  text = "%{ for it in local.all }${it}%{ endfor }"
}
"#;
    assert_eq!(reported(&[("locals.tf", text)], "local.text == \"a\""), Some(Status::Unknown));
}

#[test]
fn cloudformation_tells_unknowns_apart_too() {
    let template = |left: &str, right: &str| {
        format!(
            "Parameters:
  A: {{Type: String}}
  B: {{Type: String}}
Conditions:
  Same: !Equals [{left}, {right}]
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      AccessControl: !If [Same, PublicRead, Private]
"
        )
    };
    let status = |left: &str, right: &str| {
        let report = bucketlint::check_texts(&[("t.yaml", template(left, right).as_str())]);
        report.findings.into_iter().find(|it| it.rule == "acl-public-read").map(|it| it.status)
    };
    assert_eq!(status("!Ref A", "!Ref A"), Some(Status::Violated));
    for (left, right) in [
        ("!Ref A", "!Ref B"),
        ("!Base64 {Ref: A}", "!Base64 {Ref: B}"),
        ("!ImportValue {Ref: A}", "!ImportValue {Ref: B}"),
        ("!Select [0, !Split [',', !Ref A]]", "!Select [0, !Split [',', !Ref B]]"),
        ("!Select [0, !GetAZs x]", "!Select [1, !GetAZs x]"),
    ] {
        assert_eq!(status(left, right), Some(Status::Unknown), "{left} {right}");
    }
}
