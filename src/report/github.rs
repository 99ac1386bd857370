//! Annotations by workflow commands of GitHub Actions, and no more of them than the platform shows.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use crate::finding::{Finding, Severity};
use crate::source::{Diagnostic, Gravity};

use super::shared::say::{self, plural};
use super::shared::{Location, Run, Undecided, clean};

/// Of each kind (error, warning, notice) a step shows this many.
const PER_KIND: usize = 10;
/// The runner cuts messages at 4,096 characters, the title is cut at 255.
const MAX_MESSAGE: usize = 4_000;
const MAX_TITLE: usize = 250;

/// What a line is shown as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Error,
    Warning,
    Notice,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Notice];

    fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

struct Annotation {
    kind: Kind,
    title: String,
    message: String,
    location: Option<Location>,
}

/// The report as lines for the log of a step. `prefix` is the folder of the run below the root of the repository, which the
/// platform's paths start from.
#[must_use]
pub fn render(run: &Run<'_>, prefix: &str) -> String {
    let mut all: Vec<Annotation> = Vec::new();
    let unjudged = say::complaints(run.report);
    all.extend(unjudged.filter(|it| it.gravity == Gravity::Usage).map(|it| complaint(it, run)));
    all.extend(say::violations(run.report).into_iter().map(|it| violation(it, run)));
    all.extend(say::complaints(run.report).filter(|it| it.gravity != Gravity::Usage).map(|it| complaint(it, run)));
    let mut groups = Undecided::groups(run.report, &run.places);
    groups.sort_by_key(|it| std::cmp::Reverse(it.severity()));
    all.extend(groups.iter().map(|it| undecided(it, run)));
    let mut out = String::new();
    let mut left_out: Vec<String> = Vec::new();
    for kind in Kind::ALL {
        let of_kind: Vec<&Annotation> = all.iter().filter(|it| it.kind == kind).collect();
        // Where what is open would fall off the end, its number takes the last place of the warnings; the last notice
        // is the verdict.
        let is_tight = PER_KIND < of_kind.len();
        let shown = match kind {
            Kind::Notice => PER_KIND - 1,
            Kind::Warning if is_tight => PER_KIND - 1,
            _ => PER_KIND,
        };
        of_kind.iter().take(shown).for_each(|it| it.write(prefix, &mut out));
        let more = of_kind.len().saturating_sub(shown);
        if 0 < more {
            left_out.push(plural(more, kind.as_str()));
        }
        if kind == Kind::Warning && is_tight {
            let numbers = [
                (say::complaints(run.report).count(), "part", " of the input not judged"),
                (run.report.unknown(), "rule", " undecided"),
            ];
            let open = numbers.iter().filter(|it| 0 < it.0).map(|it| plural(it.0, it.1) + it.2);
            let open = open.collect::<Vec<_>>().join(", ");
            let open = if open.is_empty() { open } else { format!(": in all {open}") };
            let message = format!("{more} more warnings are not shown as annotations{open}");
            let last = Annotation { kind, title: "bucketlint".to_owned(), message, location: None };
            last.write(prefix, &mut out);
        }
    }
    let mut message = say::verdict(run.report, run.verdict);
    if !left_out.is_empty() {
        message.push_str(&format!("; left out of the annotations, which are limited: {}", left_out.join(", ")));
    }
    let last = Annotation { kind: Kind::Notice, title: "bucketlint".to_owned(), message, location: None };
    last.write(prefix, &mut out);
    out
}

fn violation(it: &Finding, run: &Run<'_>) -> Annotation {
    let mut message = say::message(it).to_owned();
    for (name, text) in say::particulars(it, &run.places) {
        message.push_str(&format!("\n{name}: {text}"));
    }
    Annotation {
        kind: match it.severity {
            Severity::Critical | Severity::High => Kind::Error,
            Severity::Medium => Kind::Warning,
            Severity::Low | Severity::Info => Kind::Notice,
        },
        title: format!("{}[{}] {}", it.severity.as_str(), it.rule, it.named()),
        message,
        location: it.at.map(|at| run.places.location(at)),
    }
}

fn complaint(it: &Diagnostic, run: &Run<'_>) -> Annotation {
    Annotation {
        kind: if it.gravity == Gravity::Usage { Kind::Error } else { Kind::Warning },
        title: format!("{}[{}] not judged", say::gravity(it.gravity), it.code),
        message: say::complaint(it),
        location: run.places.of_diagnostic(it),
    }
}

/// One warning for a cause, however many rules wait for it.
fn undecided(it: &Undecided<'_>, run: &Run<'_>) -> Annotation {
    let at = it.findings().find_map(|it| it.at);
    let resources: Vec<&str> = it.resources.keys().map(String::as_str).collect();
    Annotation {
        kind: Kind::Warning,
        title: format!("undecided, may be {}: {}", it.severity().as_str(), plural(it.rules().len(), "rule")),
        message: format!("{}\nnot decided: {}\nabout: {}", it.cause, it.rules().join(", "), resources.join(", ")),
        location: at.map(|at| run.places.location(at)),
    }
}

impl Annotation {
    fn write(&self, prefix: &str, out: &mut String) {
        let mut properties: Vec<String> = Vec::new();
        let mut add = |name: &str, value: &str| properties.push(format!("{name}={}", property(value)));
        if let Some(location) = &self.location {
            add("file", &say::from_root(prefix, &location.path));
            if let Some((start, end)) = location.start.zip(location.end) {
                add("line", &start.line.to_string());
                add("endLine", &end.line.to_string());
                // Columns are for places within one line.
                if start.line == end.line {
                    add("col", &start.column.to_string());
                    add("endColumn", &end.column.to_string());
                }
            }
        }
        add("title", &cut(&self.title, MAX_TITLE));
        let message = data(&cut(&self.message, MAX_MESSAGE));
        out.push_str(&format!("::{} {}::{message}\n", self.kind.as_str(), properties.join(",")));
    }
}

/// The first characters of a text, with `…` where some are missing.
fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The text of a command.
fn data(text: &str) -> String {
    clean(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_or_starts_another() {
        assert_eq!(data("100%\r\n::error::x,y"), "100%25%0D%0A::error::x,y");
        assert_eq!(property("a%0A,b::c\n"), "a%250A%2Cb%3A%3Ac%0A");
        assert_eq!(cut("äöü", 2), "äö…");
        assert_eq!(cut("äöü", 3), "äöü");
    }
}
