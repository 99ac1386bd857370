//! The closing lines: figures, and what decided the exit code.

use crate::finding::{Report, Safety, Severity, Status, Verdict};
use crate::source::Gravity;

use super::super::shared::one_line;
use super::super::shared::say::plural;

/// Two lines with a final new line.
pub fn render(report: &Report, verdict: &Verdict) -> String {
    let summary = &report.summary;
    let mut buckets = plural(summary.buckets, "bucket");
    let verdicts: Vec<String> = [(summary.public, "public"), (summary.exposure_unknown, "exposure unknown")]
        .into_iter()
        .filter(|(number, _)| 0 < *number)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    if !verdicts.is_empty() {
        buckets = format!("{buckets} ({})", verdicts.join(", "));
    }
    let severities = Severity::ALL.into_iter().map(|it| format!("{} {}", report.count(it), it.as_str()));
    let mut parts = vec![
        format!("{}, {buckets}, {}", plural(summary.files, "file"), plural(summary.rules, "rule")),
        severities.collect::<Vec<_>>().join(", "),
        format!("{} undecided", report.unknown()),
    ];
    if !report.suppressed.is_empty() {
        parts.push(format!("{} suppressed", report.suppressed.len()));
    }
    let incomplete = report.diagnostics.iter().filter(|it| it.gravity == Gravity::Incomplete).count();
    let notes = report.diagnostics.iter().filter(|it| it.gravity == Gravity::Note).count();
    if 0 < incomplete {
        parts.push(format!("{incomplete} not judged"));
    }
    if 0 < notes {
        parts.push(plural(notes, "note"));
    }
    let fixes = fixes(report).map(|it| format!("{it}\n")).unwrap_or_default();
    format!("{}\n{fixes}exit {}: {}\n", parts.join(" · "), verdict.code, one_line(&verdict.reason))
}

/// What was fixed, and what could be; `None` where there is nothing of either.
fn fixes(report: &Report) -> Option<String> {
    let with =
        |safety| report.findings.iter().filter_map(|it| it.fix.as_ref()).filter(|it| it.safety == safety).count();
    let (safe, risky) = (with(Safety::Safe), with(Safety::Unsafe));
    if let Some(fixed) = &report.fixed {
        let left = report.findings.iter().filter(|it| it.status == Status::Violated).count();
        let more = match fixed.with_unsafe {
            0 => String::new(),
            more => format!("; {more} more with --unsafe-fixes"),
        };
        return Some(format!("{} fixed, {left} left{more}", fixed.fixed));
    }
    match (safe, risky) {
        (0, 0) => None,
        (0, risky) => Some(format!("{risky} fixable with --fix --unsafe-fixes")),
        (safe, 0) => Some(format!("{safe} fixable with --fix")),
        (safe, risky) => Some(format!("{safe} fixable with --fix, {risky} more with --unsafe-fixes")),
    }
}
