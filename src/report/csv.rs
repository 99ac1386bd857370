//! One row for each finding and each complaint about the input, for spreadsheets (RFC 4180).

use crate::finding::Finding;
use crate::source::Diagnostic;

use super::shared::{Location, Run, clean, say};

const HEADER: [&str; 18] = [
    "status",
    "severity",
    "rule",
    "title",
    "message",
    "resource",
    "path",
    "line",
    "column",
    "end_line",
    "end_column",
    "witness",
    "assuming",
    "unknown",
    "help",
    "environments",
    "fingerprint",
    "suppression",
];

/// The report as text. `status` is `violated`, `unknown`, `suppressed`, `incomplete`, `error` or `note`; the last row, `verdict`, says what
/// decided the exit code.
#[must_use]
pub fn render(run: &Run<'_>) -> String {
    let mut out = String::new();
    row(&HEADER.map(str::to_owned), &mut out);
    for finding in &run.report.findings {
        row(&of_finding(finding, run), &mut out);
    }
    for it in &run.report.suppressed {
        let mut cells = of_finding(&it.finding, run);
        let [status, .., suppression] = &mut cells;
        *status = "suppressed".to_owned();
        *suppression = say::suppression(&it.by);
        row(&cells, &mut out);
    }
    for diagnostic in &run.report.diagnostics {
        row(&of_diagnostic(diagnostic, run), &mut out);
    }
    let mut last: [String; 18] = Default::default();
    let [status, _, _, _, message, ..] = &mut last;
    *status = "verdict".to_owned();
    *message = say::verdict(run.report, run.verdict);
    row(&last, &mut out);
    out
}

fn of_finding(it: &Finding, run: &Run<'_>) -> [String; 18] {
    let [path, line, column, end_line, end_column] = place(it.at.map(|at| run.places.location(at)));
    let assuming: Vec<&str> = it.assuming.iter().map(|it| it.text.as_str()).collect();
    [
        it.status.as_str().to_owned(),
        it.severity.as_str().to_owned(),
        it.rule.clone(),
        it.title.clone(),
        it.message.clone(),
        it.address.clone(),
        path,
        line,
        column,
        end_line,
        end_column,
        it.witness.as_ref().map(say::request).unwrap_or_default(),
        assuming.join("; "),
        it.unknown.join("; "),
        it.help.clone().unwrap_or_default(),
        it.environments.join("; "),
        it.fingerprint.clone(),
        String::new(),
    ]
}

fn of_diagnostic(it: &Diagnostic, run: &Run<'_>) -> [String; 18] {
    let [path, line, column, end_line, end_column] = place(run.places.of_diagnostic(it));
    let none = String::new;
    [
        say::gravity(it.gravity).to_owned(),
        none(),
        it.code.to_owned(),
        none(),
        it.message.clone(),
        none(),
        path,
        line,
        column,
        end_line,
        end_column,
        none(),
        none(),
        none(),
        it.help.clone().unwrap_or_default(),
        none(),
        none(),
        none(),
    ]
}

fn place(it: Option<Location>) -> [String; 5] {
    let Some(it) = it else { return Default::default() };
    let number = |it: Option<u32>| it.map(|it| it.to_string()).unwrap_or_default();
    let (start, end) = (it.start, it.end);
    [
        it.path,
        number(start.map(|it| it.line)),
        number(start.map(|it| it.column)),
        number(end.map(|it| it.line)),
        number(end.map(|it| it.column)),
    ]
}

fn row(cells: &[String; 18], out: &mut String) {
    let cells: Vec<String> = cells.iter().map(|it| cell(it)).collect();
    out.push_str(&cells.join(","));
    out.push_str("\r\n");
}

/// A cell. One that a spreadsheet would take for a formula starts with an apostrophe.
/// <https://owasp.org/www-community/attacks/CSV_Injection>
fn cell(text: &str) -> String {
    let text = clean(text);
    let is_formula =
        text.trim_start_matches(' ').starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let text = if is_formula { format!("'{text}") } else { text.into_owned() };
    let is_plain = !text.contains([',', '"', '\n', '\r', '\t', ';']) && text.trim() == text;
    if is_plain { text } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn cells() {
        for (text, expected) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=cmd()", "'=cmd()"),
            (" @x", "' @x"),
            ("-1", "'-1"),
            ("\tx", "\"'\tx\""),
            ("\u{1b}[2J", "\u{fffd}[2J"),
        ] {
            assert_eq!(super::cell(text), expected, "{text:?}");
        }
    }
}
