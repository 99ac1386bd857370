//! JSON for machines: `bucketlint/findings/1`. Fields are only ever added; `docs/schema/findings-1.schema.json` is its
//! schema.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::finding::{Edit, Finding, Fix, Label, Report, Severity, Suppressed, Verdict};
use crate::policy::Request;
use crate::source::{Diagnostic, Gravity};

use super::shared::{Location, Places};

/// The value of `schema`.
pub const SCHEMA: &str = "bucketlint/findings/1";

#[derive(Serialize)]
struct ReportDto<'a> {
    schema: &'static str,
    tool: ToolDto,
    summary: SummaryDto<'a>,
    findings: Vec<FindingDto<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressed: Vec<SuppressedDto<'a>>,
    diagnostics: Vec<DiagnosticDto<'a>>,
}

#[derive(Serialize)]
struct SuppressedDto<'a> {
    #[serde(flatten)]
    finding: FindingDto<'a>,
    suppression: SuppressionDto<'a>,
}

#[derive(Serialize)]
struct SuppressionDto<'a> {
    kind: &'static str,
    reason: Option<&'a str>,
    until: Option<&'a str>,
    location: Option<Location>,
}

#[derive(Serialize)]
struct ToolDto {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct SummaryDto<'a> {
    files: usize,
    buckets: usize,
    public: usize,
    exposure_unknown: usize,
    rules: usize,
    findings: CountsDto,
    unknown: usize,
    suppressed: usize,
    diagnostics: usize,
    incomplete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixes: Option<FixedDto<'a>>,
    exit_code: u8,
    exit_reason: &'a str,
}

#[derive(Serialize)]
struct CountsDto {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    info: usize,
}

#[derive(Serialize)]
struct FindingDto<'a> {
    rule: &'a str,
    title: &'a str,
    severity: &'static str,
    status: &'static str,
    message: &'a str,
    resource: ResourceDto<'a>,
    location: Option<Location>,
    label: Option<&'a str>,
    related: Vec<RelatedDto<'a>>,
    flow: Vec<RelatedDto<'a>>,
    assuming: Vec<RelatedDto<'a>>,
    witness: Option<WitnessDto<'a>>,
    unknown: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    holds_when: &'a [String],
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixDto<'a>>,
    environments: &'a [String],
    fingerprint: &'a str,
}

#[derive(Serialize)]
struct FixDto<'a> {
    title: &'a str,
    safety: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'a str>,
    edits: Vec<EditDto<'a>>,
}

#[derive(Serialize)]
struct EditDto<'a> {
    location: Location,
    text: &'a str,
}

#[derive(Serialize)]
struct FixedDto<'a> {
    fixed: usize,
    with_unsafe: usize,
    refused: &'a [String],
}

#[derive(Serialize)]
struct ResourceDto<'a> {
    address: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    construct_path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<&'a str>,
}

#[derive(Serialize)]
struct RelatedDto<'a> {
    message: &'a str,
    location: Location,
}

#[derive(Serialize)]
struct WitnessDto<'a> {
    principal: &'a str,
    action: &'a str,
    resource: &'a str,
    context: &'a BTreeMap<String, Vec<String>>,
}

#[derive(Serialize)]
struct DiagnosticDto<'a> {
    code: &'static str,
    gravity: &'static str,
    message: &'a str,
    location: Option<Location>,
    help: Option<&'a str>,
}

/// The report as JSON text with a final new line.
#[must_use]
pub fn render(report: &Report, verdict: &Verdict, places: &Places<'_>) -> String {
    let count = |severity| report.count(severity);
    let dto = ReportDto {
        schema: SCHEMA,
        tool: ToolDto { name: "bucketlint", version: env!("CARGO_PKG_VERSION") },
        summary: SummaryDto {
            files: report.summary.files,
            buckets: report.summary.buckets,
            public: report.summary.public,
            exposure_unknown: report.summary.exposure_unknown,
            rules: report.summary.rules,
            findings: CountsDto {
                critical: count(Severity::Critical),
                high: count(Severity::High),
                medium: count(Severity::Medium),
                low: count(Severity::Low),
                info: count(Severity::Info),
            },
            unknown: report.unknown(),
            suppressed: report.suppressed.len(),
            diagnostics: report.diagnostics.len(),
            incomplete: report.diagnostics.iter().any(|it| it.gravity == Gravity::Incomplete),
            fixes: report.fixed.as_ref().map(|it| FixedDto {
                fixed: it.fixed,
                with_unsafe: it.with_unsafe,
                refused: &it.refused,
            }),
            exit_code: verdict.code,
            exit_reason: &verdict.reason,
        },
        findings: report.findings.iter().map(|it| finding(it, places)).collect(),
        suppressed: report.suppressed.iter().map(|it| suppressed(it, places)).collect(),
        diagnostics: report.diagnostics.iter().map(|it| diagnostic(it, places)).collect(),
    };
    let mut text = serde_json::to_string_pretty(&dto).unwrap_or_default();
    text.push('\n');
    text
}

fn finding<'a>(it: &'a Finding, places: &Places<'_>) -> FindingDto<'a> {
    FindingDto {
        rule: &it.rule,
        title: &it.title,
        severity: it.severity.as_str(),
        status: it.status.as_str(),
        message: &it.message,
        resource: ResourceDto {
            address: &it.address,
            construct_path: it.construct.as_ref().map(|it| it.path.as_str()),
            created_at: it.construct.as_ref().and_then(|it| it.created_at.as_deref()),
        },
        location: it.at.map(|at| places.location(at)),
        label: it.label.as_deref(),
        related: labels(&it.related, places),
        flow: labels(&it.flow, places),
        assuming: labels(&it.assuming, places),
        witness: it.witness.as_ref().map(witness),
        unknown: &it.unknown,
        holds_when: &it.holds_when,
        help: it.help.as_deref(),
        fix: it.fix.as_ref().map(|it| fix(it, places)),
        environments: &it.environments,
        fingerprint: &it.fingerprint,
    }
}

fn fix<'a>(it: &'a Fix, places: &Places<'_>) -> FixDto<'a> {
    let edit = |it: &'a Edit| EditDto { location: places.location(it.at), text: &it.text };
    FixDto {
        title: &it.title,
        safety: it.safety.as_str(),
        because: it.because.as_deref(),
        edits: it.edits.iter().map(edit).collect(),
    }
}

fn suppressed<'a>(it: &'a Suppressed, places: &Places<'_>) -> SuppressedDto<'a> {
    SuppressedDto {
        finding: finding(&it.finding, places),
        suppression: SuppressionDto {
            kind: it.by.kind.as_str(),
            reason: it.by.reason.as_deref(),
            until: it.by.until.as_deref(),
            location: it.by.at.map(|at| places.location(at)),
        },
    }
}

fn labels<'a>(labels: &'a [Label], places: &Places<'_>) -> Vec<RelatedDto<'a>> {
    labels.iter().map(|it| RelatedDto { message: &it.text, location: places.location(it.at) }).collect()
}

fn witness(it: &Request) -> WitnessDto<'_> {
    WitnessDto { principal: &it.principal, action: &it.action, resource: &it.resource, context: &it.context }
}

fn diagnostic<'a>(it: &'a Diagnostic, places: &Places<'_>) -> DiagnosticDto<'a> {
    let gravity = match it.gravity {
        Gravity::Note => "note",
        Gravity::Incomplete => "incomplete",
        Gravity::Usage => "usage",
    };
    DiagnosticDto {
        code: it.code,
        gravity,
        message: &it.message,
        location: places.of_diagnostic(it),
        help: it.help.as_deref(),
    }
}
