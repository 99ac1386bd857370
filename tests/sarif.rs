//! Reports of a report made by hand: SARIF against its structure and the OASIS schema, JSON against ours, pretty as text.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test may")]

mod common;

use std::path::{Path, PathBuf};

use bucketlint::finding::{Gate, judge};
use bucketlint::report::{Places, json, pretty, sarif};
use serde_json::Value;

#[test]
fn sarif_has_what_code_scanning_reads() {
    let log: Value = serde_json::from_str(&sarif_text()).unwrap();
    let run = &log["runs"][0];
    assert_eq!((&log["version"], &run["columnKind"]), (&"2.1.0".into(), &"unicodeCodePoints".into()));
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 3, "listed rules, and those of findings");
    for rule in rules {
        for field in ["/id", "/shortDescription/text", "/fullDescription/text", "/help/text", "/help/markdown"] {
            assert!(rule.pointer(field).and_then(Value::as_str).is_some_and(|it| !it.is_empty()), "{field}: {rule}");
        }
        let severity = rule["properties"]["security-severity"].as_str().unwrap();
        assert!(severity.parse::<f64>().is_ok(), "{severity}");
    }
    let results = run["results"].as_array().unwrap();
    let first = &results[0];
    assert_eq!(
        (&first["ruleId"], &first["level"], &first["kind"]),
        (&"acl-public-read".into(), &"error".into(), &"fail".into())
    );
    let physical = &first["locations"][0]["physicalLocation"];
    assert_eq!(physical["artifactLocation"]["uri"], "infra/main%20file.tf");
    assert_eq!(physical["artifactLocation"]["uriBaseId"], "%SRCROOT%");
    let region = serde_json::json!({ "startLine": 2, "startColumn": 9, "endLine": 2, "endColumn": 16 });
    assert_eq!(physical["region"], region);
    assert_eq!(first["relatedLocations"].as_array().unwrap().len(), 3);
    assert_eq!(first["partialFingerprints"], serde_json::json!({ "bucketlint/v1": "9f3c1a7e42d0" }));
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
    assert_eq!((&results[1]["kind"], &results[1]["level"]), (&"open".into(), &"none".into()));
    let notifications = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(notifications.len(), 2);
}

/// The schema is OASIS's, as the crate `serde-sarif` carries it (MIT): `cargo fetch` of a package that depends on it puts
/// it where this test looks, or `SARIF_SCHEMA` names the file.
#[test]
fn sarif_agrees_with_the_oasis_schema() {
    let Some(schema) = std::env::var_os("SARIF_SCHEMA").map(PathBuf::from).or_else(fetched_schema) else {
        println!("skipped: no SARIF schema here (set SARIF_SCHEMA to sarif-schema-2.1.0.json)");
        return;
    };
    common::validate(&sarif_text(), &schema);
}

#[test]
fn json_agrees_with_its_schema() {
    common::validate(&json_text(), &Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/findings-1.schema.json"));
}

#[test]
fn json_says_everything() {
    let report: Value = serde_json::from_str(&json_text()).unwrap();
    assert_eq!(report["schema"], "bucketlint/findings/1");
    let finding = &report["findings"][0];
    assert_eq!(
        (&finding["rule"], &finding["severity"], &finding["status"]),
        (&"acl-public-read".into(), &"critical".into(), &"violated".into())
    );
    assert_eq!(finding["resource"]["address"], "aws_s3_bucket.lake");
    assert_eq!(
        finding["location"],
        serde_json::json!({
            "path": "infra/main file.tf",
            "start": { "line": 2, "column": 9 },
            "end": { "line": 2, "column": 16 },
        })
    );
    assert_eq!(finding["witness"]["action"], "s3:ListBucket");
    assert_eq!(report["findings"][1]["status"], "unknown");
    assert_eq!(report["diagnostics"][0]["location"], serde_json::json!({ "path": "infra/bad.tf" }));
    assert_eq!(report["summary"]["exit_code"], 1);
}

#[test]
fn pretty_text() {
    let text = render(|report, verdict, places| pretty::render(report, verdict, places, pretty::Style::default()));
    insta::assert_snapshot!(text);
}

#[test]
fn pretty_colours_only_when_told() {
    let style = pretty::Style { color: true, ..pretty::Style::default() };
    let coloured = render(|report, verdict, places| pretty::render(report, verdict, places, style));
    let plain = render(|report, verdict, places| pretty::render(report, verdict, places, pretty::Style::default()));
    assert!(coloured.contains("\u{1b}[") && !plain.contains('\u{1b}'));
    assert!(!coloured.contains("\u{1b}[2J"), "the input's own escape sequence must not reach the terminal");
}

fn sarif_text() -> String {
    render(|report, verdict, places| sarif::render(report, verdict, &common::rules(), places))
}

fn json_text() -> String {
    render(|report, verdict, places| {
        let mut report = report.clone();
        report.diagnostics.reverse();
        json::render(&report, verdict, places)
    })
}

fn render(
    format: impl Fn(&bucketlint::finding::Report, &bucketlint::finding::Verdict, &Places<'_>) -> String,
) -> String {
    let (sources, main, variables) = common::sources();
    let report = common::report(main, variables);
    let verdict = judge(&report, Gate::default());
    format(&report, &verdict, &Places { sources: &sources, base: None })
}

fn fetched_schema() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))?;
    let mut found: Vec<PathBuf> = Vec::new();
    for registry in std::fs::read_dir(home.join("registry/src")).ok()?.flatten() {
        for package in std::fs::read_dir(registry.path()).ok()?.flatten() {
            if package.file_name().to_string_lossy().starts_with("serde-sarif-") {
                found.push(package.path().join("src/schema.json"));
            }
        }
    }
    found.sort();
    found.pop().filter(|it| it.is_file())
}
