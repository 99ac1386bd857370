//! For people: code frames by miette, undecided rules grouped by cause, a closing summary. Colour and width live here.

mod frame;
mod summary;
mod undecided;
mod view;

use miette::{GraphicalReportHandler, GraphicalTheme, ThemeCharacters, ThemeStyles};
use rayon::prelude::*;

use crate::finding::{Finding, Report, Status, Verdict};
use crate::source::Gravity;

use super::shared::Places;
use view::Views;

/// So many findings are drawn faster than the work is shared.
const FEW: usize = 32;

/// How much is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Findings, what is wrong with the input, and how many rules are undecided.
    Quiet,
    /// Also undecided rules by cause, and the summary.
    #[default]
    Normal,
    /// Also notes, and every undecided rule by name.
    Verbose,
}

/// The terminal, or its absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// ANSI colours.
    pub color: bool,
    /// Box-drawing characters; ASCII otherwise.
    pub unicode: bool,
    /// Columns.
    pub width: usize,
    /// How much is printed.
    pub detail: Detail,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, unicode: true, width: 100, detail: Detail::Normal }
    }
}

/// The whole report as text.
#[must_use]
pub fn render(report: &Report, verdict: &Verdict, places: &Places<'_>, style: Style) -> String {
    let handler = handler(style);
    let views = Views::new(*places);
    let mut out = String::new();
    let violated: Vec<&Finding> = report.findings.iter().filter(|it| it.status == Status::Violated).collect();
    let drawn = violated.par_iter().with_min_len(FEW).map(|finding| {
        let mut block = String::new();
        frame::print(&handler, &frame::finding(finding, &views), &mut block);
        block
    });
    out.extend(drawn.collect::<Vec<String>>());
    for diagnostic in &report.diagnostics {
        if Gravity::Note < diagnostic.gravity || style.detail == Detail::Verbose {
            frame::print(&handler, &frame::diagnostic(diagnostic, &views), &mut out);
        }
    }
    for refused in report.fixed.iter().flat_map(|it| &it.refused) {
        out.push_str(&format!("not fixed: {}\n", super::shared::one_line(refused)));
    }
    if style.detail == Detail::Quiet {
        // Few words, but no silence.
        if 0 < report.unknown() {
            out.push_str(&format!("{} undecided: run without --quiet for what is missing\n", report.unknown()));
        }
        return out;
    }
    out.push_str(&undecided::render(report, places, style));
    out.push_str(&summary::render(report, verdict));
    out
}

fn handler(style: Style) -> GraphicalReportHandler {
    let theme = GraphicalTheme {
        characters: if style.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() },
        styles: if style.color { ThemeStyles::ansi() } else { ThemeStyles::none() },
    };
    GraphicalReportHandler::new_themed(theme)
        .with_width(style.width.clamp(40, 200))
        .with_links(false)
        .with_context_lines(1)
        .tab_width(2)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::finding::{Gate, Label, judge};
    use crate::source::{Memory, Sources, Span};

    /// What the input names ends no line, moves no cursor and turns no text round.
    #[test]
    fn names_stay_on_their_line() {
        let odd = "aws_s3_bucket.b[\"a\nexit 0: fine\r\u{1b}[2Jx\u{202e}\"]";
        let sources = Sources::new(Box::new(Memory::default()));
        let file = sources.add(Path::new("o\ndd.tf"), "a\rb = 1\n");
        let at = Span::of(file, 0..1);
        let told = || odd.to_owned();
        let finding = Finding {
            message: told(),
            at: Some(at),
            label: Some(told()),
            related: vec![Label { at: Span::of(file, 2..3), text: told() }],
            assuming: vec![Label { at, text: told() }],
            unknown: vec![told()],
            help: Some(told()),
            environments: vec![told()],
            holds_when: vec![told()],
            ..Finding::new("odd", "Odd", odd)
        };
        let undecided = Finding { status: Status::Unknown, ..finding.clone() };
        let fixed = crate::finding::Fixed { refused: vec![told()], ..crate::finding::Fixed::default() };
        let report = Report { findings: vec![finding, undecided], fixed: Some(fixed), ..Report::default() };
        let places = Places { sources: &sources, base: None };
        let style = Style { width: 200, detail: Detail::Verbose, ..Style::default() };
        let drawn = render(&report, &judge(&report, Gate::default()), &places, style);
        assert!(!drawn.lines().any(|it| it.trim_start().starts_with("exit 0: fine")), "{drawn}");
        assert!(!drawn.contains(['\u{1b}', '\u{202e}', '\r']), "{drawn}");
    }

    /// Every pair of places in odd texts is drawn: nothing is lost, nothing panics.
    #[test]
    fn any_place_in_any_text_can_be_drawn() {
        let long = format!("{{\"a\":\"{}\",\n\"b\":1}}", "é\u{202e}x\t".repeat(90));
        for text in ["", "\n", "a", "a\r\nb\rc\r\n", "ü\n\n\té\u{1b}[0m", "x = [\n  1,\n  2\n]\n\n", &long] {
            let sources = Sources::new(Box::new(Memory::default()));
            let file = sources.add(Path::new("odd.tf"), text);
            let step = 1 + text.len() / 12;
            let offsets: Vec<usize> = (0..text.len() + 2).step_by(step).collect();
            for (start, end) in offsets.iter().flat_map(|start| offsets.iter().map(move |end| (*start, *end))) {
                let at = Span::of(file, start..end);
                let related = Label { at: Span::of(file, end..end + 3), text: "there".to_owned() };
                let finding = Finding {
                    message: "something is odd".to_owned(),
                    at: Some(at),
                    related: vec![related],
                    ..Finding::new("odd", "Odd", "aws_s3_bucket.odd")
                };
                let report = Report { findings: vec![finding], ..Report::default() };
                let places = Places { sources: &sources, base: None };
                let drawn = render(&report, &judge(&report, Gate::default()), &places, Style::default());
                assert!(
                    drawn.contains("something is odd") && drawn.contains("odd.tf:"),
                    "{text:?} {start} {end}\n{drawn}"
                );
                assert!(drawn.lines().all(|it| it.chars().count() < 450), "{drawn}");
                assert!(drawn.matches('\r').count() <= drawn.matches("\r\n").count(), "{drawn:?}");
                assert!(!drawn.contains('\u{1b}') && !drawn.contains('\u{202e}'), "{drawn}");
            }
        }
    }
}
