//! JUnit XML, as the Jenkins schema has it: one test suite for each file. A violation is a failure, of any severity; what
//! could not be decided, or does not count, is skipped with its reason; what could not be judged is an error; a bucket about which nothing is
//! said is a test that passed.
//!
//! <https://github.com/jenkinsci/xunit-plugin> (`junit-10.xsd`)

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::finding::{Finding, Report, Status};
use crate::source::Diagnostic;

use super::shared::{BucketRow, Openness, Run, clean, rows, say};

/// What a test case says.
enum Outcome {
    Passed,
    Failure,
    Skipped,
    Error,
}

struct Case {
    class: String,
    name: String,
    outcome: Outcome,
    kind: String,
    message: String,
    body: String,
}

/// The report as XML text with a final new line.
#[must_use]
pub fn render(run: &Run<'_>) -> String {
    let mut suites: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    let mut add =
        |path: Option<String>, case: Case| suites.entry(path.unwrap_or_else(|| ".".to_owned())).or_default().push(case);
    for it in say::complaints(run.report) {
        add(run.places.of_diagnostic(it).map(|it| it.path), complaint(it, run));
    }
    for it in &run.report.findings {
        add(it.at.map(|at| run.places.location(at).path), finding(it, run));
    }
    for it in &run.report.suppressed {
        let case = finding(&it.finding, run);
        let message = format!("suppressed, {}", say::suppression(&it.by));
        let path = it.finding.at.map(|at| run.places.location(at).path);
        add(path, Case { outcome: Outcome::Skipped, message, ..case });
    }
    let spoken_of: BTreeSet<&str> = findings(run.report).map(|it| it.address.as_str()).collect();
    for it in rows(run).iter().filter(|it| !spoken_of.contains(it.address.as_str())) {
        add(it.at.map(|at| run.places.location(at).path), bucket(it));
    }
    // A report without a test is an error to many readers, and would say nothing: the verdict is always one.
    let verdict = Case {
        class: "bucketlint".to_owned(),
        name: say::verdict(run.report, run.verdict),
        outcome: match run.verdict.code {
            0 if say::is_clean(run.report) => Outcome::Passed,
            0 => Outcome::Skipped,
            1 => Outcome::Failure,
            _ => Outcome::Error,
        },
        kind: format!("exit {}", run.verdict.code),
        message: run.verdict.reason.clone(),
        body: String::new(),
    };
    let all = suites.values().flatten().chain([&verdict]);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"bucketlint\" {}>\n",
        counts(&all.collect::<Vec<_>>(), false)
    );
    for (path, cases) in &suites {
        suite(path, Some(path), &cases.iter().collect::<Vec<_>>(), &mut out);
    }
    suite("verdict", None, &[&verdict], &mut out);
    out.push_str("</testsuites>\n");
    out
}

/// Also those that do not count.
fn findings(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().chain(report.suppressed.iter().map(|it| &it.finding))
}

fn finding(it: &Finding, run: &Run<'_>) -> Case {
    let is_open = it.status == Status::Unknown;
    let place = it.at.map(|at| run.places.short(at)).unwrap_or_default();
    let mut body = format!("{place}\n{}\n", say::message(it));
    for (name, text) in say::particulars(it, &run.places) {
        body.push_str(&format!("{name}: {text}\n"));
    }
    for line in it.at.map(|at| run.places.excerpt(at)).unwrap_or_default() {
        body.push_str(&format!("{:>5} | {}\n", line.number, line.text()));
    }
    let message = match is_open {
        true => format!("undecided, may be {}: {}", it.severity.as_str(), say::cause(it, &run.places)),
        false => say::message(it).to_owned(),
    };
    let environments = match it.environments.is_empty() {
        true => String::new(),
        false => format!(" ({})", it.environments.join(", ")),
    };
    Case {
        class: it.named(),
        name: format!("{}: {}{environments}", it.rule, it.title),
        outcome: if is_open { Outcome::Skipped } else { Outcome::Failure },
        kind: it.severity.as_str().to_owned(),
        message,
        body,
    }
}

fn complaint(it: &Diagnostic, run: &Run<'_>) -> Case {
    let place = run.places.of_diagnostic(it).map(|at| match at.start {
        Some(start) => format!("{}:{}:{}", at.path, start.line, start.column),
        None => at.path,
    });
    Case {
        class: "input".to_owned(),
        name: format!("{}: {}", it.code, it.message),
        outcome: Outcome::Error,
        kind: say::gravity(it.gravity).to_owned(),
        message: format!("not judged: {}", it.message),
        body: format!("{}\n{}\n", place.unwrap_or_default(), say::complaint(it)),
    }
}

/// A bucket that no finding is about.
fn bucket(it: &BucketRow) -> Case {
    let is_open = it.openness == Openness::Unknown || !it.is_settled();
    let reasons: Vec<&str> = it.unknown.iter().chain(&it.unread).map(String::as_str).collect();
    Case {
        class: it.address.clone(),
        name: format!("no rule is violated (exposure: {})", it.verdict()),
        outcome: if is_open { Outcome::Skipped } else { Outcome::Passed },
        kind: "exposure".to_owned(),
        message: format!("exposure not known: {}", reasons.join("; ")),
        body: String::new(),
    }
}

fn suite(name: &str, file: Option<&str>, cases: &[&Case], out: &mut String) {
    let file = file.map(|it| format!(" file=\"{}\"", escape(it))).unwrap_or_default();
    let _ = writeln!(out, "  <testsuite name=\"{}\" {}{file}>", escape(name), counts(cases, true));
    for case in cases {
        let head =
            format!("    <testcase classname=\"{}\" name=\"{}\" time=\"0\"", escape(&case.class), escape(&case.name));
        let element = match case.outcome {
            Outcome::Passed => {
                let _ = writeln!(out, "{head}/>");
                continue;
            }
            Outcome::Failure => "failure",
            Outcome::Skipped => "skipped",
            Outcome::Error => "error",
        };
        let (kind, message, body) = (escape(&case.kind), escape(&case.message), escape_text(&case.body));
        let _ = writeln!(
            out,
            "{head}>\n      <{element} type=\"{kind}\" message=\"{message}\">{body}</{element}>\n    </testcase>"
        );
    }
    out.push_str("  </testsuite>\n");
}

/// The attributes with figures; the schema has no `skipped` at the root.
fn counts(cases: &[&Case], with_skipped: bool) -> String {
    let number = |is: fn(&Outcome) -> bool| cases.iter().filter(|it| is(&it.outcome)).count();
    let skipped = number(|it| matches!(it, Outcome::Skipped));
    let skipped = if with_skipped { format!(" skipped=\"{skipped}\"") } else { String::new() };
    format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\"{skipped}",
        cases.len(),
        number(|it| matches!(it, Outcome::Failure)),
        number(|it| matches!(it, Outcome::Error)),
    )
}

/// Text of an attribute: line breaks survive.
fn escape(text: &str) -> String {
    escape_text(text).replace('\n', "&#10;").replace('\r', "&#13;").replace('\t', "&#9;")
}

fn escape_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in clean(text).chars() {
        match it {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            // No characters of XML 1.0.
            '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            other => out.push(other),
        }
    }
    out
}
