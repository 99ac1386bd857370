//! What a finding, a request or a diagnostic says, in words that several formats share.

use crate::finding::{Finding, Report, Severity, Status, Suppressor, SuppressorKind, Verdict};
use crate::policy::Request;
use crate::source::{Diagnostic, Gravity};

use super::Places;

/// The sentence of a finding: its message, or its rule's title.
#[must_use]
pub fn message(finding: &Finding) -> &str {
    if finding.message.is_empty() { &finding.title } else { &finding.message }
}

/// `anonymous → s3:GetObject on arn:aws:s3:::x/* with aws:Referer = https://…`.
#[must_use]
pub fn request(it: &Request) -> String {
    let mut text = format!("{} → {} on {}", it.principal, it.action, it.resource);
    for (key, values) in &it.context {
        text.push_str(&format!(", {key} = {}", values.join(" | ")));
    }
    text
}

/// What is not known, with its place where the finding has one.
#[must_use]
pub fn cause(finding: &Finding, places: &Places<'_>) -> String {
    let Some(cause) = finding.unknown.first() else { return "the reason is not recorded".to_owned() };
    match finding.related.iter().find(|it| it.text == *cause) {
        Some(label) => format!("{cause} ({})", places.short(label.at)),
        None => cause.clone(),
    }
}

/// The sentences under a finding: example request, assumptions, what is not known, environments, how to mend it.
#[must_use]
pub fn particulars(finding: &Finding, places: &Places<'_>) -> Vec<(&'static str, String)> {
    let mut out: Vec<(&'static str, String)> = Vec::new();
    out.extend(finding.witness.iter().map(|it| ("example request", request(it))));
    out.extend(finding.assuming.iter().map(|it| ("assuming", format!("{} ({})", it.text, places.short(it.at)))));
    let created = finding.construct.as_ref().and_then(|it| it.created_at.clone());
    out.extend(created.map(|it| ("created at", it)));
    out.extend(finding.unknown.iter().map(|it| ("not known", it.clone())));
    out.extend(finding.holds_when.iter().map(|it| ("holds when", it.clone())));
    if !finding.environments.is_empty() {
        out.push(("environments", finding.environments.join(", ")));
    }
    out.extend(finding.help.iter().map(|it| ("help", it.clone())));
    out
}

/// A diagnostic with its advice.
#[must_use]
pub fn complaint(it: &Diagnostic) -> String {
    match &it.help {
        Some(help) => format!("{}; {help}", it.message),
        None => it.message.clone(),
    }
}

/// Why a finding does not count, and until when.
#[must_use]
pub fn suppression(by: &Suppressor) -> String {
    let none = if by.kind == SuppressorKind::Baseline { "it was there before" } else { "no reason is given" };
    let reason = by.reason.as_deref().unwrap_or(none);
    let until = by.until.as_ref().map(|it| format!(", until {it}")).unwrap_or_default();
    format!("{}: {reason}{until}", by.kind.as_str())
}

/// `error`, `incomplete`, `note`.
#[must_use]
pub fn gravity(it: Gravity) -> &'static str {
    match it {
        Gravity::Note => "note",
        Gravity::Incomplete => "incomplete",
        Gravity::Usage => "error",
    }
}

/// `1 bucket`, `2 buckets`.
#[must_use]
pub fn plural(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// Whether anything was left unjudged: then no format may look like success, whatever the exit code.
#[must_use]
pub fn is_open(report: &Report) -> bool {
    0 < report.unknown() || complaints(report).next().is_some()
}

/// Whether all of something was judged and nothing was found: of nothing at all nobody says that it is fine, nor of findings that
/// do not fail the run.
#[must_use]
pub fn is_clean(report: &Report) -> bool {
    let is_found = report.findings.iter().any(|it| it.status == Status::Violated);
    !is_open(report) && !is_found && 0 < report.summary.files
}

/// Diagnostics that say that something was not judged, the gravest first.
pub fn complaints(report: &Report) -> impl Iterator<Item = &Diagnostic> {
    let of = |gravity| report.diagnostics.iter().filter(move |it| it.gravity == gravity);
    of(Gravity::Usage).chain(of(Gravity::Incomplete))
}

/// Violations, the worst first.
#[must_use]
pub fn violations(report: &Report) -> Vec<&Finding> {
    let mut out: Vec<&Finding> = report.findings.iter().filter(|it| it.status == Status::Violated).collect();
    out.sort_by_key(|it| std::cmp::Reverse(it.severity));
    out
}

/// One line: the figures, and what decided the exit code.
#[must_use]
pub fn verdict(report: &Report, verdict: &Verdict) -> String {
    let all = Severity::ALL.into_iter().map(|it| (report.count(it), it.as_str())).filter(|it| 0 < it.0);
    let mut parts: Vec<String> = all.map(|(number, name)| format!("{number} {name}")).collect();
    if parts.is_empty() {
        let nothing = if report.summary.files == 0 { "no file was looked at" } else { "no violation" };
        parts.push(nothing.to_owned());
    }
    if 0 < report.unknown() {
        parts.push(format!("{} undecided", report.unknown()));
    }
    if !report.suppressed.is_empty() {
        parts.push(format!("{} suppressed", report.suppressed.len()));
    }
    let unjudged = complaints(report).count();
    if 0 < unjudged {
        parts.push(format!("{unjudged} not judged"));
    }
    format!("exit {}: {} ({})", verdict.code, verdict.reason, parts.join(", "))
}

/// A sentence in parts: what stands between backticks is code. A text whose backticks are no pairs is one part.
#[must_use]
pub fn parts(text: &str) -> Vec<(bool, &str)> {
    if text.matches('`').count() % 2 == 1 || text.contains("``") {
        return vec![(false, text)];
    }
    let parts = text.split('`').enumerate().map(|(at, part)| (at % 2 == 1, part));
    parts.filter(|it| !it.1.is_empty()).collect()
}

/// A path from the root of the repository, for a run that started in the folder `prefix` below it. Absolute paths stay.
#[must_use]
pub fn from_root(prefix: &str, path: &str) -> String {
    if prefix.is_empty() || path.starts_with('/') {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = prefix.split('/').filter(|it| !it.is_empty() && *it != ".").collect();
    for part in path.split('/') {
        match part {
            "." => (),
            ".." if parts.last().is_some_and(|it| *it != "..") => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    #[test]
    fn backticks_are_pairs_or_nothing() {
        assert_eq!(super::parts("`a` is b"), [(true, "a"), (false, " is b")]);
        assert_eq!(super::parts("it's `odd"), [(false, "it's `odd")]);
        assert_eq!(super::parts("``"), [(false, "``")]);
    }

    #[test]
    fn paths_from_the_root() {
        for (prefix, path, expected) in [
            ("", "a/b.tf", "a/b.tf"),
            ("infra", "b.tf", "infra/b.tf"),
            ("infra/prod", "../s3/b.tf", "infra/s3/b.tf"),
            ("infra", "../../b.tf", "../b.tf"),
            ("infra", "/else/b.tf", "/else/b.tf"),
        ] {
            assert_eq!(super::from_root(prefix, path), expected);
        }
    }
}
