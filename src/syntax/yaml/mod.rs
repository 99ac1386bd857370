//! YAML with a span on every node: `granit-parser` first, `libyaml-safer` for the layouts that CloudFormation accepts and
//! strict parsers refuse (an inline `!Sub '{…}'` whose closing brace is indented less than its key).

mod build;
mod granit;
mod libyaml;
mod pieces;
mod salvage;
mod texts;

pub use texts::texts;

use crate::source::{FileId, Span};

use super::data::Node;
use super::{Parsed, SyntaxError};

/// Deeper nesting is refused.
const MAX_DEPTH: usize = 200;

/// Larger texts are not read a second time.
const AGAIN_LIMIT: usize = 4 * 1024 * 1024;

/// Parses all documents of a text. The block around an error is left out, and reported; where that does not help, the
/// documents before the broken one are kept.
#[must_use]
pub fn parse(file: FileId, text: &str) -> Parsed<Vec<Node>> {
    let first = read(file, text);
    let Some(failure) = first.failure else { return Parsed { tree: first.documents, errors: first.errors } };
    if text.len() <= AGAIN_LIMIT
        && let Some(parsed) = salvage::read_around(file, text, &failure)
    {
        return parsed;
    }
    let mut errors = first.errors;
    errors.push(failure);
    Parsed { tree: first.documents, errors }
}

/// What the first parser that understands a text makes of it, or else the strict one.
fn read(file: FileId, text: &str) -> Outcome {
    let mut strict = granit::parse(file, text);
    let Some(failure) = strict.failure.take() else { return strict };
    // The fallback is quadratic on deep flow nesting.
    if text.len() <= AGAIN_LIMIT && flow_depth(text) <= MAX_DEPTH {
        let lenient = libyaml::parse(file, text);
        if lenient.failure.is_none() {
            return lenient;
        }
    }
    Outcome { failure: Some(explain(failure, text)), ..strict }
}

/// What a parser made of a text.
struct Outcome {
    documents: Vec<Node>,
    errors: Vec<SyntaxError>,
    failure: Option<SyntaxError>,
}

fn failure(file: FileId, text: &str, at: usize, message: String) -> SyntaxError {
    SyntaxError { at: Span::of_char(file, text, at), message, help: None, kind: crate::syntax::ErrorKind::Loses }
}

/// `Principal: *` reads as an alias without a name; say what is meant.
fn explain(mut error: SyntaxError, text: &str) -> SyntaxError {
    let start = error.at.start as usize;
    let line_start = text.get(..start).and_then(|it| it.rfind('\n')).map_or(0, |it| it + 1);
    let line = text.get(line_start..).and_then(|it| it.lines().next()).unwrap_or_default();
    let bare_star = |it: &str| it.trim_end().ends_with(" *") || it.trim_end().ends_with(":*");
    if error.message.trim().is_empty() {
        "this line is not valid YAML: a key needs `: ` behind it".clone_into(&mut error.message);
    }
    if bare_star(line) {
        error.message = "a bare `*` is an alias in YAML, not a text".to_owned();
        error.help = Some("write \"*\" in quotes".to_owned());
    }
    error
}

fn flow_depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => (),
        }
    }
    deepest
}

#[cfg(test)]
mod tests;
