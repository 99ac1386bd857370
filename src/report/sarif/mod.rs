//! SARIF 2.1.0, as GitHub code scanning reads it. `log` holds the structure, this file fills it.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>,
//! <https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>

mod changes;
mod fixes;
mod log;
mod rules;
mod uri;

use std::collections::BTreeMap;

use crate::finding::{Finding, Label, Report, RuleInfo, Severity, Status, Suppressor, SuppressorKind, Verdict};
use crate::source::{Diagnostic, Gravity, Span};

use super::shared::{Location, Places};
pub use changes::render as changes;
use log::{
    Artifact, ArtifactLocation, CodeFlow, Driver, Invocation, LogicalLocation, Message, Notification, PhysicalLocation,
    Region, ReportingReference, Run, SarifLocation, SarifLog, SarifResult, SarifSuppression, ThreadFlow,
    ThreadFlowLocation, Tool,
};

/// GitHub shows the first 5,000 results of a run, and refuses more than 25,000.
const MAX_RESULTS: usize = 5_000;
/// GitHub keeps at most 1,000 locations of a result.
const MAX_LOCATIONS: usize = 1_000;

/// The report as SARIF text with a final new line.
#[must_use]
pub fn render(report: &Report, verdict: &Verdict, rules: &[RuleInfo], places: &Places<'_>) -> String {
    let log = SarifLog {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: vec![run(report, verdict, rules, places)],
    };
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

fn run(report: &Report, verdict: &Verdict, rules: &[RuleInfo], places: &Places<'_>) -> Run {
    let descriptors = rules::descriptors(rules, &report.findings);
    let index: BTreeMap<&str, usize> = descriptors.iter().enumerate().map(|(at, it)| (it.id.as_str(), at)).collect();
    // Worst first, so that what GitHub cuts off matters least; the sort is stable.
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|it| (it.status, std::cmp::Reverse(it.severity)));
    let cut = findings.len().saturating_sub(MAX_RESULTS);
    let shown = findings.into_iter().take(MAX_RESULTS);
    let of = |it: &Finding| result(it, index.get(it.rule.as_str()).copied(), places);
    let room = MAX_RESULTS.saturating_sub(report.findings.len());
    let suppressed = report.suppressed.iter().take(room);
    let suppressed =
        suppressed.map(|it| SarifResult { suppressions: vec![suppression(&it.by, places)], ..of(&it.finding) });
    let results: Vec<_> = shown.map(of).chain(suppressed).collect();
    let mut notifications: Vec<_> = report.diagnostics.iter().map(|it| notification(it, places)).collect();
    if 0 < cut {
        notifications.push(Notification {
            level: "warning",
            message: Message::text(format!("{cut} results of lesser severity are left out")),
            locations: Vec::new(),
            descriptor: ReportingReference { id: "results-left-out" },
        });
    }
    let artifacts = artifacts(report, places);
    Run {
        tool: Tool {
            driver: Driver {
                name: "bucketlint",
                version: env!("CARGO_PKG_VERSION"),
                semantic_version: env!("CARGO_PKG_VERSION"),
                rules: descriptors,
            },
        },
        invocations: vec![Invocation {
            execution_successful: verdict.code < 2,
            exit_code: verdict.code,
            exit_code_description: verdict.reason.clone(),
            tool_execution_notifications: notifications,
        }],
        artifacts,
        results,
        column_kind: "unicodeCodePoints",
    }
}

/// The files that results and notifications speak of, in order of path.
fn artifacts(report: &Report, places: &Places<'_>) -> Vec<Artifact> {
    let spans = report.findings.iter().filter_map(|it| it.at).chain(report.diagnostics.iter().filter_map(|it| it.at));
    let paths: std::collections::BTreeSet<String> = spans.map(|it| places.file(it.file)).collect();
    paths.iter().map(|it| Artifact { location: artifact_location(it) }).collect()
}

fn result(finding: &Finding, rule_index: Option<usize>, places: &Places<'_>) -> SarifResult {
    let is_open = finding.status == Status::Unknown;
    let mut message = if finding.message.is_empty() { finding.title.clone() } else { finding.message.clone() };
    for unknown in &finding.unknown {
        message.push_str(&format!("; not known: {unknown}"));
    }
    for assumed in &finding.assuming {
        message.push_str(&format!("; assuming {}", assumed.text));
    }
    let related = finding.related.iter().chain(&finding.assuming).take(MAX_LOCATIONS);
    let related_locations = related.enumerate().map(|(at, it)| SarifLocation { id: Some(at + 1), ..said(it, places) });
    let steps: Vec<_> =
        finding.flow.iter().map(|it| ThreadFlowLocation { location: said(it, places) }).take(MAX_LOCATIONS).collect();
    let code_flows = match steps.is_empty() {
        true => Vec::new(),
        false => vec![CodeFlow { thread_flows: vec![ThreadFlow { locations: steps }] }],
    };
    SarifResult {
        rule_id: finding.rule.clone(),
        rule_index,
        kind: if is_open { "open" } else { "fail" },
        level: if is_open { "none" } else { level(finding.severity) },
        message: Message::text(message),
        locations: vec![SarifLocation {
            id: None,
            message: finding.label.clone().map(Message::text),
            physical_location: finding.at.map(|at| physical(at, places)),
            logical_locations: [Some(&finding.address), finding.construct.as_ref().map(|it| &it.path)]
                .into_iter()
                .flatten()
                .map(|it| LogicalLocation { fully_qualified_name: it.clone(), kind: "resource" })
                .collect(),
        }],
        related_locations: related_locations.collect(),
        code_flows,
        partial_fingerprints: BTreeMap::from([("bucketlint/v1", finding.fingerprint.clone())]),
        fixes: finding.fix.iter().map(|it| fixes::fix(it, places)).collect(),
        suppressions: Vec::new(),
    }
}

/// Who says that a result does not count. A baseline says it from outside, as a configuration does.
fn suppression(by: &Suppressor, places: &Places<'_>) -> SarifSuppression {
    let until = by.until.as_ref().map(|it| format!("until {it}"));
    let baseline = (by.kind == SuppressorKind::Baseline).then(|| "in the baseline".to_owned());
    let words: Vec<String> = by.reason.clone().into_iter().chain(until).chain(baseline).collect();
    SarifSuppression {
        kind: if by.kind == SuppressorKind::InSource { "inSource" } else { "external" },
        justification: (!words.is_empty()).then(|| words.join(", ")),
        location: by.at.map(|at| SarifLocation {
            id: None,
            message: None,
            physical_location: Some(physical(at, places)),
            logical_locations: Vec::new(),
        }),
    }
}

/// A place with what it says.
fn said(label: &Label, places: &Places<'_>) -> SarifLocation {
    SarifLocation {
        id: None,
        message: Some(Message::text(label.text.clone())),
        physical_location: Some(physical(label.at, places)),
        logical_locations: Vec::new(),
    }
}

/// The level of a severity: GitHub shows `security-severity` instead, other viewers the level.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

fn physical(at: Span, places: &Places<'_>) -> PhysicalLocation {
    physical_location(&places.location(at))
}

fn physical_location(location: &Location) -> PhysicalLocation {
    let region = location.start.zip(location.end).map(|(start, end)| Region {
        start_line: start.line,
        start_column: start.column,
        end_line: end.line,
        // A region is never empty in GitHub's view: an empty one covers the next character.
        end_column: if start == end { end.column + 1 } else { end.column },
    });
    PhysicalLocation { artifact_location: artifact_location(&location.path), region }
}

fn artifact_location(path: &str) -> ArtifactLocation {
    if path.starts_with('/') {
        return ArtifactLocation { uri: format!("file://{}", uri::encode(path)), uri_base_id: None };
    }
    ArtifactLocation { uri: uri::encode(path), uri_base_id: Some("%SRCROOT%") }
}

fn notification(diagnostic: &Diagnostic, places: &Places<'_>) -> Notification {
    let mut message = diagnostic.message.clone();
    if let Some(help) = &diagnostic.help {
        message.push_str(&format!("; {help}"));
    }
    let location = places.of_diagnostic(diagnostic).map(|it| SarifLocation {
        id: None,
        message: None,
        physical_location: Some(physical_location(&it)),
        logical_locations: Vec::new(),
    });
    Notification {
        level: match diagnostic.gravity {
            Gravity::Note => "note",
            Gravity::Incomplete => "warning",
            Gravity::Usage => "error",
        },
        message: Message::text(message),
        locations: location.into_iter().collect(),
        descriptor: ReportingReference { id: diagnostic.code },
    }
}
