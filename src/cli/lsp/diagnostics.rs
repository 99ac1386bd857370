//! Findings and complaints about the input as the protocol's diagnostics, by file.

use std::collections::BTreeMap;
use std::path::Path;

use crate::finding::{Finding, Label, RuleInfo, Severity, Status};
use crate::report::shared::{clean, say};
use crate::source::{self, FileId, Gravity, Span};

use super::judge::Analysis;
use super::position::{Encoding, Lines, TextRange};
use super::protocol::{CodeDescription, Diagnostic, DiagnosticData, Location, RelatedInformation};

/// Further places of one diagnostic.
const MAX_RELATED: usize = 50;

const ERROR: u8 = 1;
const WARNING: u8 = 2;
const INFORMATION: u8 = 3;
const HINT: u8 = 4;

/// What an analysis has to tell.
#[derive(Debug, Default)]
pub struct Told {
    /// Diagnostics by URI.
    pub files: BTreeMap<String, Vec<Diagnostic>>,
    /// What has no place in a file, for a message.
    pub messages: Vec<String>,
}

/// Places of an analysis in the protocol's words.
pub struct Locator<'a> {
    analysis: &'a Analysis,
    encoding: Encoding,
    lines: BTreeMap<FileId, Lines>,
}

impl<'a> Locator<'a> {
    /// For a client.
    pub fn new(analysis: &'a Analysis, encoding: Encoding) -> Self {
        Self { analysis, encoding, lines: BTreeMap::new() }
    }

    /// The lines of a file as it was judged.
    pub fn lines(&mut self, file: FileId) -> &Lines {
        let (sources, encoding) = (&self.analysis.judged().looked.sources, self.encoding);
        self.lines.entry(file).or_insert_with(|| Lines::new(sources.text(file), encoding))
    }

    /// The range of a place.
    pub fn range(&mut self, at: Span) -> TextRange {
        self.lines(at.file).range(at.range())
    }

    /// The location of a place.
    pub fn location(&mut self, at: Span) -> Option<Location> {
        let at = self.analysis.judged().looked.sources.seen(at);
        let path = self.analysis.judged().looked.sources.file(at.file).path.clone();
        let (uri, _) = self.analysis.uri(&path)?;
        Some(Location { uri, range: self.range(at) })
    }
}

/// All that an analysis has to tell.
pub fn of(analysis: &Analysis, encoding: Encoding) -> Told {
    let mut told = Told::default();
    let mut locator = Locator::new(analysis, encoding);
    let report = &analysis.judged().looked.outcome.report;
    for it in &report.findings {
        match it.at.or(it.declared).and_then(|at| locator.location(at)) {
            Some(at) => {
                let diagnostic = one(it, analysis, at.range, &mut locator);
                if let Some((uri, shadow)) = shadow(it, &diagnostic, &at, &mut locator) {
                    told.files.entry(uri).or_default().push(shadow);
                }
                told.files.entry(at.uri).or_default().push(diagnostic);
            }
            None => told.messages.push(format!("{}: {}", it.rule, say::message(it))),
        }
    }
    for it in &report.diagnostics {
        let of_path = |path: &Path| {
            let (uri, _) = analysis.uri(path).filter(|_| !path.is_dir())?;
            Some(Location { uri, range: TextRange::default() })
        };
        let at = match it.at {
            Some(at) => locator.location(at),
            None => it.path.as_deref().and_then(of_path),
        };
        match at {
            Some(at) => told.files.entry(at.uri).or_default().push(complaint(it, at.range)),
            None if it.gravity == Gravity::Note => (),
            None => {
                let path = it.path.as_ref().map(|it| format!("{}: ", it.display())).unwrap_or_default();
                told.messages.push(format!("{path}{}", say::complaint(it)));
            }
        }
    }
    told
}

/// A finding at its range.
pub fn one(it: &Finding, analysis: &Analysis, range: TextRange, locator: &mut Locator<'_>) -> Diagnostic {
    let rule: Option<&RuleInfo> = analysis.judged().infos.iter().find(|rule| rule.id == it.rule);
    let mut message = say::message(it).to_owned();
    for (name, what) in say::particulars(it, &analysis.places()) {
        message.push_str(&format!("\n{name}: {what}"));
    }
    let mut related: Vec<&Label> = Vec::new();
    for label in it.related.iter().chain(&it.assuming).chain(&it.flow) {
        if Some(label.at) != it.at && !related.iter().any(|own| own.at == label.at) {
            related.push(label);
        }
    }
    let related = related.into_iter().take(MAX_RELATED).filter_map(|label| {
        let location = locator.location(label.at)?;
        Some(RelatedInformation { location, message: clean(&label.text).into_owned() })
    });
    let mut related_information: Vec<RelatedInformation> = related.collect();
    let elsewhere = it.declared.filter(|own| it.at.is_some_and(|at| at.file != own.file));
    if let Some(location) = elsewhere.and_then(|at| locator.location(at))
        && !related_information.iter().any(|it| it.location == location)
    {
        let message = format!("{} is declared here", clean(&it.address));
        related_information.push(RelatedInformation { location, message });
    }
    let href = rule.and_then(|it| it.references.first()).cloned();
    Diagnostic {
        range,
        severity: severity(it),
        code: it.rule.clone(),
        code_description: href.map(|href| CodeDescription { href }),
        source: "bucketlint",
        message: clean(&message).into_owned(),
        related_information,
        data: Some(DiagnosticData {
            fingerprint: it.fingerprint.clone(),
            address: it.address.clone(),
            status: it.status.as_str(),
        }),
    }
}

/// A violation that stands in another file than its resource is told at the resource too.
fn shadow(it: &Finding, own: &Diagnostic, at: &Location, locator: &mut Locator<'_>) -> Option<(String, Diagnostic)> {
    let declared = it.declared.filter(|_| it.status == Status::Violated).and_then(|it| locator.location(it))?;
    if declared.uri == at.uri {
        return None;
    }
    let message = it.label.clone().unwrap_or_else(|| "what is wrong stands here".to_owned());
    let there = RelatedInformation { location: at.clone(), message: clean(&message).into_owned() };
    let others = own.related_information.iter().filter(|it| it.location != declared).cloned();
    let related_information = std::iter::once(there).chain(others).collect();
    let severity = own.severity.max(INFORMATION);
    Some((declared.uri, Diagnostic { range: declared.range, severity, related_information, ..own.clone() }))
}

/// What could not be decided is told, below what is violated.
fn severity(it: &Finding) -> u8 {
    match (it.status, it.severity) {
        (Status::Violated, Severity::Critical | Severity::High) => ERROR,
        (Status::Violated, Severity::Medium) => WARNING,
        (Status::Violated, Severity::Low)
        | (Status::Unknown, Severity::Critical | Severity::High | Severity::Medium) => INFORMATION,
        (Status::Violated, Severity::Info) | (Status::Unknown, Severity::Low | Severity::Info) => HINT,
    }
}

fn complaint(it: &source::Diagnostic, range: TextRange) -> Diagnostic {
    Diagnostic {
        range,
        severity: match it.gravity {
            Gravity::Usage => WARNING,
            Gravity::Incomplete => INFORMATION,
            Gravity::Note => HINT,
        },
        code: it.code.to_owned(),
        code_description: None,
        source: "bucketlint",
        message: clean(&say::complaint(it)).into_owned(),
        related_information: Vec::new(),
        data: None,
    }
}

/// A complaint about the configuration at its place in the file, where it names one: `path:line:column: what`.
pub fn of_configuration(text: &str) -> Option<(String, Diagnostic)> {
    let mut parts = text.match_indices(": ");
    let (head, what) = parts.find_map(|(at, _)| {
        let (head, what) = (text.get(..at)?, text.get(at + 2..)?);
        let mut numbers = head.rsplitn(3, ':');
        let column: u32 = numbers.next()?.parse().ok()?;
        let line: u32 = numbers.next()?.parse().ok()?;
        Some(((numbers.next()?, line, column), what))
    })?;
    let (path, line, column) = head;
    let path = Path::new(path);
    let path = if path.is_absolute() { path.to_owned() } else { path.canonicalize().ok()? };
    let at = super::position::Position { line: line.saturating_sub(1), character: column.saturating_sub(1) };
    let diagnostic = Diagnostic {
        range: TextRange { start: at, end: at },
        severity: ERROR,
        code: "configuration".to_owned(),
        code_description: None,
        source: "bucketlint",
        message: clean(what).into_owned(),
        related_information: Vec::new(),
        data: None,
    };
    Some((super::uri::of_path(&path), diagnostic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities() {
        let check = |status, levels: [u8; 5]| {
            for (level, expected) in Severity::ALL.into_iter().zip(levels) {
                let it = Finding { severity: level, status, ..Finding::new("r", "t", "a") };
                assert_eq!(severity(&it), expected, "{level:?} {status:?}");
            }
        };
        check(Status::Violated, [ERROR, ERROR, WARNING, INFORMATION, HINT]);
        check(Status::Unknown, [INFORMATION, INFORMATION, INFORMATION, HINT, HINT]);
    }

    #[cfg(unix)]
    #[test]
    fn complaints_about_the_configuration_have_a_place() {
        let (uri, it) = of_configuration("/a b/bucketlint.yaml:2:5: unknown field `x`: no").unwrap();
        assert_eq!(
            (uri.as_str(), it.range.start.line, it.range.start.character),
            ("file:///a%20b/bucketlint.yaml", 1, 4)
        );
        assert_eq!(it.message, "unknown field `x`: no");
        assert!(of_configuration("no rule is called `x`: really").is_none());
    }
}
