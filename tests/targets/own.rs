//! What users write for bucketlint: rule pages, suppressions, the configuration, baselines.

use std::path::Path;
use std::sync::OnceLock;

use bucketlint::cli::config as configuration;
use bucketlint::exposure;
use bucketlint::finding::{Finding, Report, Status};
use bucketlint::frontend::terraform;
use bucketlint::gate::baseline::Baseline;
use bucketlint::gate::{Date, suppression};
use bucketlint::model::Estate;
use bucketlint::rules::RuleSet;
use bucketlint::source::FileId;

use super::{one, placed};

/// A bucket of which much is known, one of which little is, and what else rules are about.
const WORLD: &str = r#"
variable "policy" {}
resource "aws_s3_bucket" "b" {
  bucket = "data"
  acl    = "public-read"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "*" }] })
}
resource "aws_s3_bucket" "c" { bucket_prefix = "c" }
resource "aws_s3_bucket_policy" "c" {
  bucket = aws_s3_bucket.c.id
  policy = var.policy
}
resource "aws_s3_account_public_access_block" "a" { block_public_acls = true }
resource "aws_s3_access_point" "p" {
  bucket = aws_s3_bucket.b.id
  name   = "p"
}
resource "aws_s3_object" "o" {
  bucket = aws_s3_bucket.b.id
  key    = "k"
  acl    = "public-read"
}
"#;

fn world() -> &'static Estate {
    static WORLD_ESTATE: OnceLock<Estate> = OnceLock::new();
    WORLD_ESTATE.get_or_init(|| {
        let sources = one("main.tf", WORLD);
        let file = sources.load(Path::new("main.tf")).unwrap_or(FileId(0));
        terraform::lower(&sources, &[file], &terraform::Options::default()).0
    })
}

/// A rule page, or else an expression for each kind of subject.
pub fn rules(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let run = |page: &str| match RuleSet::of_page("rules/own/x.md", page) {
        Ok(set) => {
            let options = exposure::Options::default();
            let (_, first) = bucketlint::lint::check(world(), &set, &options);
            let (_, again) = bucketlint::lint::check(world(), &set, &options);
            assert_eq!(first, again);
        }
        Err(mistake) => {
            let lines = page.lines().count() + 1;
            assert!((1..=lines).contains(&mistake.line) && !mistake.message.is_empty(), "{mistake} of {lines} lines");
        }
    };
    if text.starts_with("---") {
        return run(text);
    }
    let quoted = serde_json::Value::from(text).to_string();
    for scope in ["bucket", "statement", "grant", "access_point", "account", "object"] {
        run(&format!(
            "---\nid: x\ntitle: x\nseverity: low\nprofiles: []\nfor: {scope}\nwhen: {quoted}\nat: {scope}\nmessage: \"m\"\n---\n## Why\nx\n"
        ));
    }
}

fn known() -> &'static RuleSet {
    static RULES: OnceLock<RuleSet> = OnceLock::new();
    RULES.get_or_init(RuleSet::builtin)
}

/// Comments and metadata in code of each language, and a finding on each line.
pub fn suppressions(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(today) = Date::parse("2026-11-21") else { return };
    for path in ["main.tf", "t.yaml", "t.json"] {
        let sources = one(path, text);
        let Ok(file) = sources.load(Path::new(path)) else { continue };
        for it in suppression::find(&sources, &[file], known().infos()) {
            placed(&sources, it.at);
        }
        let finding = |(at, _): (usize, &str)| Finding {
            at: Some(bucketlint::source::Span::of(file, at..at)),
            ..Finding::new("bpa-missing", "t", "aws_s3_bucket.b")
        };
        let text = sources.text(file);
        let findings: Vec<Finding> = text.match_indices('\n').take(50).map(finding).collect();
        let count = findings.len();
        let mut report = Report { findings, ..Report::default() };
        // The descriptions of all rules are long: they are copied once.
        static POLICY: OnceLock<suppression::Policy> = OnceLock::new();
        let policy = POLICY.get_or_init(|| suppression::Policy {
            today,
            ignore: false,
            locked: ["secure-transport".to_owned()].into(),
            require_reason: true,
            honour: ["checkov", "trivy", "kics", "cfn_nag", "cfn_guard"].into(),
            known: known().infos().into(),
            ran: None,
            trusted: None,
        });
        suppression::apply(&sources, &[file], &mut report, policy);
        // Nothing is lost: a finding counts, or is listed as suppressed.
        let own = |it: &&Finding| it.rule == "bpa-missing";
        let left = report.findings.iter().filter(own).count();
        assert_eq!(left + report.suppressed.len(), count);
        for it in &report.findings {
            it.at.into_iter().for_each(|at| placed(&sources, at));
            assert!(it.status == Status::Violated);
        }
    }
}

/// A configuration, a baseline, a value of a variable.
pub fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match configuration::parse(text) {
        Ok(it) => drop((configuration::globs(&it.include), configuration::globs(&it.exclude))),
        Err(it) => {
            let mut parts = it.splitn(3, ':');
            let line = parts.next().and_then(|it| it.parse::<usize>().ok());
            assert!(line.is_some_and(|it| 0 < it), "{it}");
        }
    }
    if let Ok(baseline) = Baseline::parse(text) {
        assert_eq!(Baseline::parse(&baseline.render()), Ok(baseline.clone()));
        let mut report = Report::default();
        let _ = baseline.apply(
            &mut report,
            &|_| String::new(),
            &|it| it == "main.tf",
            &std::collections::BTreeSet::new(),
            &Default::default(),
        );
    }
}
