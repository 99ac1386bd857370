//! Floor 1: text → trees with spans. Never fails: a tree and the errors beside it.

pub mod data;
pub mod hcl;
pub mod json;
pub mod yaml;

use crate::source::Span;

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
    /// Whether something was lost (an unparsable block); `false` for a mere oddity (a duplicate key).
    pub loses: bool,
}
