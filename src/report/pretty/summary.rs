//! The closing lines: figures, and what decided the exit code.

use crate::finding::{Report, Severity, Verdict};
use crate::source::Gravity;

use super::super::shared::clean;

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
    format!("{}\nexit {}: {}\n", parts.join(" · "), verdict.code, clean(&verdict.reason))
}

fn plural(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
