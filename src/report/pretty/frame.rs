//! One finding or diagnostic as a miette diagnostic: header, message, reasons, frames, help.

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic as Miette, GraphicalReportHandler, LabeledSpan, SourceCode};

use crate::finding::{Finding, Label, Safety, Severity};
use crate::source::{Diagnostic, Gravity, Span};

use super::super::shared::{one_line, say};
use super::view::{View, Views};

/// What is printed as one block.
#[derive(Debug)]
pub struct Frame {
    code: Option<String>,
    severity: miette::Severity,
    message: String,
    reasons: Option<Reason>,
    source: Option<Arc<View>>,
    labels: Vec<LabeledSpan>,
    help: Option<String>,
    elsewhere: Vec<Frame>,
}

/// A line under the message: an example request, an assumption. Chained, as `std::error::Error::source` wants it.
#[derive(Debug)]
struct Reason {
    text: String,
    next: Option<Box<Reason>>,
}

/// Appends the block to `out`; a block that miette cannot draw is printed as its message alone.
/// Places in other files follow as frames of their own, because miette shows one source per diagnostic.
pub fn print(handler: &GraphicalReportHandler, frame: &Frame, out: &mut String) {
    let before = out.len();
    if handler.render_report(out, frame).is_err() {
        out.truncate(before);
        out.push_str(&frame.message);
        out.push('\n');
    }
    out.push('\n');
    for other in &frame.elsewhere {
        print(handler, other, out);
    }
}

/// A finding.
pub fn finding(it: &Finding, views: &Views<'_>) -> Frame {
    let mut reasons: Vec<String> = it.witness.iter().map(|it| format!("e.g. {}", say::request(it))).collect();
    reasons.extend(it.assuming.iter().map(|it| format!("assuming {} ({})", it.text, views.places.short(it.at))));
    let created = it.construct.as_ref().and_then(|it| it.created_at.as_ref());
    reasons.extend(created.map(|it| format!("created at {it}")));
    reasons.extend(it.unknown.iter().map(|it| format!("not known: {it}")));
    let environments = match it.environments.as_slice() {
        [] => String::new(),
        all => format!(" ({})", all.join(", ")),
    };
    let fixable = match it.fix.as_ref().map(|it| it.safety) {
        Some(Safety::Safe) => " [fixable]",
        Some(Safety::Unsafe) => " [fixable: unsafe]",
        None => "",
    };
    let headline = format!("{}[{}] {}{environments}{fixable}", it.severity.as_str(), it.rule, it.named());
    let mut frame = Frame {
        code: Some(one_line(&headline).into_owned()),
        severity: match it.severity {
            Severity::Critical | Severity::High => miette::Severity::Error,
            Severity::Medium => miette::Severity::Warning,
            Severity::Low | Severity::Info => miette::Severity::Advice,
        },
        message: one_line(if it.message.is_empty() { &it.title } else { &it.message }).into_owned(),
        reasons: chain(reasons),
        source: None,
        labels: Vec::new(),
        help: it.help.as_ref().map(|it| one_line(it).into_owned()),
        elsewhere: Vec::new(),
    };
    if let Some(at) = it.at {
        frame.point_at(at, it.label.as_deref(), views);
        frame.add_related(at, &it.related, views);
    }
    frame
}

/// A complaint about the input.
pub fn diagnostic(it: &Diagnostic, views: &Views<'_>) -> Frame {
    let (word, severity) = match it.gravity {
        Gravity::Note => ("note", miette::Severity::Advice),
        Gravity::Incomplete => ("incomplete", miette::Severity::Warning),
        Gravity::Usage => ("error", miette::Severity::Error),
    };
    let message = match (&it.at, &it.path) {
        (None, Some(path)) => format!("{}: {}", views.places.path(path), it.message),
        _ => it.message.clone(),
    };
    let mut frame = Frame {
        code: Some(format!("{word}[{}]", it.code)),
        severity,
        message: one_line(&message).into_owned(),
        reasons: None,
        source: None,
        labels: Vec::new(),
        help: it.help.as_ref().map(|it| one_line(it).into_owned()),
        elsewhere: Vec::new(),
    };
    if let Some(at) = it.at {
        frame.point_at(at, None, views);
    }
    frame
}

fn chain(texts: Vec<String>) -> Option<Reason> {
    texts
        .into_iter()
        .rev()
        .fold(None, |next, text| Some(Reason { text: one_line(&text).into_owned(), next: next.map(Box::new) }))
}

impl Frame {
    fn point_at(&mut self, at: Span, label: Option<&str>, views: &Views<'_>) {
        let view = views.of(at.file);
        let label = label.map(|it| one_line(it).into_owned());
        self.labels.push(LabeledSpan::new_primary_with_span(label, view.underline(at)));
        self.source = Some(view);
    }

    /// Second places: labels in the same frame where they stand in the same file, frames of their own elsewhere.
    fn add_related(&mut self, at: Span, related: &[Label], views: &Views<'_>) {
        for label in related {
            let view = views.of(label.at.file);
            let text = one_line(&label.text).into_owned();
            let underline = view.underline(label.at);
            let is_taken = self.labels.iter().any(|it| it.inner() == &underline);
            let fits = label.at.file == at.file && !is_taken && !view.is_long(at) && !view.is_long(label.at);
            if fits {
                self.labels.push(LabeledSpan::new_with_span(Some(text), underline));
                continue;
            }
            self.elsewhere.push(Self {
                code: None,
                severity: miette::Severity::Advice,
                message: text,
                reasons: None,
                source: Some(view),
                labels: vec![LabeledSpan::new_primary_with_span(None, underline)],
                help: None,
                elsewhere: Vec::new(),
            });
        }
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Frame {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.reasons.as_ref().map(|it| it as _)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Reason {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.next.as_deref().map(|it| it as _)
    }
}

impl Miette for Frame {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|it| Box::new(it) as _)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|it| Box::new(it) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_deref().map(|it| it as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}
