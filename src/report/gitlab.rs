//! Code Quality of GitLab: a list of issues. What was not judged is an issue too, for an empty list reads as success; what is
//! suppressed is none.
//!
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use std::collections::BTreeMap;

use serde::Serialize;

use crate::finding::{Finding, Severity, Status};
use crate::source::{Diagnostic, Gravity};

use super::shared::{Location, Run, clean, say};

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: IssueLocation,
}

#[derive(Serialize)]
struct IssueLocation {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// The report as JSON text with a final new line. `prefix` is the folder of the run below the root of the repository, which
/// the platform's paths start from.
#[must_use]
pub fn render(run: &Run<'_>, prefix: &str) -> String {
    let mut issues: Vec<Issue> = say::complaints(run.report).map(|it| complaint(it, run, prefix)).collect();
    let mut findings = say::violations(run.report);
    findings.extend(run.report.findings.iter().filter(|it| it.status == Status::Unknown));
    issues.extend(findings.into_iter().map(|it| finding(it, run, prefix)));
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for issue in &mut issues {
        // GitLab shows one issue per fingerprint.
        let count = seen.entry(issue.fingerprint.clone()).or_insert(0);
        *count += 1;
        if 1 < *count {
            issue.fingerprint = format!("{}-{count}", issue.fingerprint);
        }
    }
    let mut text = serde_json::to_string_pretty(&issues).unwrap_or_default();
    text.push('\n');
    text
}

fn finding(it: &Finding, run: &Run<'_>, prefix: &str) -> Issue {
    let is_open = it.status == Status::Unknown;
    let mut description = say::message(it).to_owned();
    for (name, text) in say::particulars(it, &run.places) {
        description.push_str(&format!("; {name}: {text}"));
    }
    if is_open {
        description = format!("undecided, may be {}: {description}", it.severity.as_str());
    }
    Issue {
        description: clean(&description).into_owned(),
        check_name: clean(&it.rule).into_owned(),
        fingerprint: if is_open { format!("{}-undecided", it.fingerprint) } else { it.fingerprint.clone() },
        severity: if is_open { "minor" } else { severity(it.severity) },
        location: location(it.at.map(|at| run.places.location(at)), prefix),
    }
}

fn complaint(it: &Diagnostic, run: &Run<'_>, prefix: &str) -> Issue {
    let at = run.places.of_diagnostic(it);
    let path = at.as_ref().map(|it| it.path.clone()).unwrap_or_default();
    Issue {
        description: clean(&format!("not judged: {}", say::complaint(it))).into_owned(),
        check_name: format!("{}:{}", say::gravity(it.gravity), it.code),
        fingerprint: digest(&[it.code, &path, &it.message]),
        severity: if it.gravity == Gravity::Usage { "blocker" } else { "major" },
        location: location(at, prefix),
    }
}

fn severity(it: Severity) -> &'static str {
    match it {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
        Severity::Info => "info",
    }
}

/// A path and a line are required: what has no place stands at the first line of `.`.
fn location(it: Option<Location>, prefix: &str) -> IssueLocation {
    let Some(it) = it else {
        return IssueLocation { path: ".".to_owned(), lines: Lines { begin: 1, end: 1 } };
    };
    let begin = it.start.map_or(1, |it| it.line);
    let end = it.end.map_or(begin, |it| it.line).max(begin);
    IssueLocation { path: clean(&say::from_root(prefix, &it.path)).into_owned(), lines: Lines { begin, end } }
}

/// Hex digest (FNV-1a) of texts, without lines: it stays when code moves.
fn digest(parts: &[&str]) -> String {
    let bytes = parts.iter().flat_map(|it| it.bytes().chain([0xff]));
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}
