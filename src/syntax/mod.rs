//! Floor 1: text → trees with spans. Never fails: a tree and the errors beside it.

pub mod data;
pub mod hcl;
pub mod json;
pub mod skim;
pub(crate) mod strict;
pub mod yaml;

use crate::source::{Diagnostic, Gravity, Span};

/// A tree and the complaints about the text, never a `Result`.
#[derive(Clone, Debug)]
pub struct Parsed<T> {
    /// What was understood.
    pub tree: T,
    /// What was not.
    pub errors: Vec<SyntaxError>,
}

/// A part of a text that does not parse, or that parsers read differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The place.
    pub at: Span,
    /// What was expected, in one sentence without a final dot.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// How bad it is.
    pub kind: ErrorKind,
}

/// What a syntax error does to what is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Something is lost: an unparsable block.
    Loses,
    /// A key that is there twice: both are kept.
    DuplicateKey,
    /// All of it is understood here, and those who take the file refuse it all the same: a comment in JSON.
    Refused,
}

impl SyntaxError {
    /// Whether something was lost.
    #[must_use]
    pub fn loses(&self) -> bool {
        self.kind == ErrorKind::Loses
    }

    /// As a diagnostic: what loses something makes the run incomplete.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let (code, gravity) = match self.kind {
            ErrorKind::Loses => ("syntax-error", Gravity::Incomplete),
            ErrorKind::DuplicateKey => ("duplicate-key", Gravity::Note),
            ErrorKind::Refused => ("not-json", Gravity::Note),
        };
        Diagnostic { help: self.help.clone(), ..Diagnostic::at(code, gravity, self.at, self.message.clone()) }
    }
}
