//! What users of other scanners complained about, as fixtures of our own with the verdict that is right.
//!
//! A file of `testdata/complaints/` is named after the complaint (`checkov-6982` is issue 6982 of Checkov). It has one sentence,
//! lines `expect …`, and files after `-- name --`. Expectations: `buckets N`, `public N`, `has RULES`, `not RULES`, `undecided
//! RULES` (each with `on ADDRESS` at will; `not` excludes undecided ones too), `incomplete`. Without `incomplete` nothing in the
//! input may be left unjudged.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "test helpers")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

#[test]
fn complaints_are_answered() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/complaints");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    paths.retain(|it| it.extension().is_some_and(|it| it == "txt"));
    assert!(70 <= paths.len(), "{} complaints", paths.len());
    let rules = rules();
    let mut wrong = Vec::new();
    for path in &paths {
        let text = std::fs::read_to_string(path).unwrap();
        let (head, files) = parts(&text);
        let name = path.file_stem().unwrap().to_string_lossy();
        let (report, model) = check(&name, &files);
        let mut expected: Vec<&str> = head.lines().filter_map(|it| it.strip_prefix("expect ")).collect();
        assert!(!expected.is_empty() && !files.is_empty(), "{name}");
        if !expected.contains(&"incomplete") {
            expected.push("complete");
        }
        wrong.extend(expected.iter().filter_map(|it| mistake(&report, it)).map(|it| format!("{name}: {it}")));
        wrong.extend(expected.iter().filter_map(|it| slip(&rules, &model, it)).map(|it| format!("{name}: {it}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The head, and the files as (name, text).
fn parts(text: &str) -> (&str, Vec<(&str, &str)>) {
    let (head, rest) = text.split_once("\n-- ").unwrap();
    let file = |it| str::split_once(it, " --\n").unwrap();
    (head, rest.split("\n-- ").map(file).collect())
}

/// The ids of all rules: the names of their pages.
fn rules() -> Vec<String> {
    let groups = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/rules")).unwrap();
    let pages = groups.flat_map(|it| std::fs::read_dir(it.unwrap().path()).unwrap());
    pages.map(|it| it.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect()
}

/// A name in an expectation that nothing has: `not` of it could never fail.
fn slip(rules: &[String], model: &Value, expected: &str) -> Option<String> {
    let (verb, rest) = expected.split_once(' ')?;
    if !["has", "not", "undecided"].contains(&verb) {
        return None;
    }
    let (names, address) = rest.split_once(" on ").map_or((rest, None), |(names, on)| (names, Some(on)));
    let unknown = names.split(", ").find(|it| !rules.iter().any(|rule| rule == it));
    if let Some(name) = unknown {
        return Some(format!("{expected}: no rule is called `{name}`"));
    }
    let kinds = ["buckets", "access_points", "objects", "accounts", "dangling"];
    let mut all = kinds.iter().flat_map(|it| model[it].as_array().into_iter().flatten());
    let address = address.filter(|on| !all.any(|it| it["address"] == **on))?;
    Some(format!("{expected}: nothing has the address {address}"))
}

/// The JSON report and the model of a folder with the files.
fn check(name: &str, files: &[(&str, &str)]) -> (Value, Value) {
    let folder = std::env::temp_dir().join(format!("bucketlint-complaint-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    for (file, text) in files {
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let [report, model] =
        [["check", ".", "--profile", "all", "--format", "json"].as_slice(), &["model", "."]].map(|it| {
            let output = Command::new(env!("CARGO_BIN_EXE_bucketlint")).args(it).current_dir(&folder).output();
            serde_json::from_slice(&output.unwrap().stdout).unwrap()
        });
    std::fs::remove_dir_all(&folder).unwrap();
    (report, model)
}

/// What an expectation does not meet.
fn mistake(report: &Value, expected: &str) -> Option<String> {
    let (verb, rest) = expected.split_once(' ').unwrap_or((expected, ""));
    let (rules, address) = rest.split_once(" on ").map_or((rest, None), |(rules, on)| (rules, Some(on)));
    let findings = report["findings"].as_array().unwrap();
    let found = |rule: &str, wanted: &[&str]| {
        let mut of =
            findings.iter().filter(|it| it["rule"] == rule && address.is_none_or(|on| it["resource"]["address"] == on));
        of.any(|it| wanted.contains(&it["status"].as_str().unwrap()))
    };
    let each = |wanted: &[&str], there: bool| {
        rules.split(", ").find(|it| found(it, wanted) != there).map(|it| format!("{expected} ({it})"))
    };
    let number = |name: &str| {
        let is = report["summary"][name].as_u64();
        let is = is.map(|it| it.to_string()).unwrap_or_default();
        (is != rest).then(|| format!("{expected}: there are {is}"))
    };
    let unjudged = || report["diagnostics"].as_array().unwrap().iter().find(|it| it["gravity"] != "note");
    match verb {
        "buckets" | "public" => number(verb),
        "has" => each(&["violated"], true),
        "undecided" => each(&["unknown"], true),
        "not" => each(&["violated", "unknown"], false),
        "incomplete" => unjudged().is_none().then(|| expected.to_owned()),
        "complete" => unjudged().map(|it| format!("{}: {}", it["code"], it["message"])),
        other => Some(format!("`{other}` is no expectation")),
    }
}

/// What Terraform refuses and would make something vanish is said.
#[test]
fn what_is_refused_is_said() {
    let bucket = |meta: &str| format!("resource \"aws_s3_bucket\" \"b\" {{\n  {meta}\n}}\n");
    for (files, code) in [
        (vec![("main.tf", bucket("count = -1"))], "invalid-expression"),
        (vec![("main.tf", bucket("count = 0.5"))], "invalid-expression"),
        (vec![("main.tf", bucket("for_each = null"))], "invalid-expression"),
        (vec![("main.tf", bucket("")), ("terraform.tfvars", "a {\n}\n".to_owned())], "invalid-variables"),
        (vec![("main.tf", bucket("")), ("x.auto.tfvars.json", "[]".to_owned())], "invalid-variables"),
    ] {
        let files: Vec<(&str, &str)> = files.iter().map(|it| (it.0, it.1.as_str())).collect();
        let report = bucketlint::check_texts(&files);
        assert!(report.diagnostics.iter().any(|it| it.code == code), "{files:?} {:?}", report.diagnostics);
    }
}
