//! A complaint about the input itself: unreadable, unparsable, too large. Findings about buckets live in `finding`.

use std::path::PathBuf;

use super::Span;

/// How much a diagnostic matters to the verdict of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// Worth knowing; the verdict is complete.
    Note,
    /// Part of the input could not be judged: the run is incomplete (exit code 3 where nothing else is found).
    Incomplete,
    /// The user named something that cannot be used: exit code 2.
    Usage,
}

/// A complaint about the input, with a place where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable kebab-case name of the kind: `syntax-error`, `unreadable-file`, `unresolved-module` …
    pub code: &'static str,
    /// How much it matters.
    pub gravity: Gravity,
    /// What is wrong, in one sentence without a final dot.
    pub message: String,
    /// The place in a file that was read.
    pub at: Option<Span>,
    /// The path, where no text was read.
    pub path: Option<PathBuf>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic that points into a file.
    #[must_use]
    pub fn at(code: &'static str, gravity: Gravity, at: Span, message: impl Into<String>) -> Self {
        Self { code, gravity, message: message.into(), at: Some(at), path: None, help: None }
    }

    /// A diagnostic about a path whose text was not read.
    #[must_use]
    pub fn path(code: &'static str, gravity: Gravity, path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self { code, gravity, message: message.into(), at: None, path: Some(path.into()), help: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
