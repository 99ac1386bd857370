//! YAML with a span on every node: `granit-parser` first, `libyaml-safer` for the layouts that CloudFormation accepts and
//! strict parsers refuse (an inline `!Sub '{…}'` whose closing brace is indented less than its key).

mod build;
mod granit;
mod libyaml;
mod pieces;

use crate::source::{FileId, Span};

use super::data::Node;
use super::{Parsed, SyntaxError};

/// Deeper nesting is refused.
const MAX_DEPTH: usize = 200;

/// Parses all documents of a text. Documents before a broken one are kept.
#[must_use]
pub fn parse(file: FileId, text: &str) -> Parsed<Vec<Node>> {
    let strict = granit::parse(file, text);
    let Some(failure) = strict.failure else {
        return Parsed { tree: strict.documents, errors: strict.errors };
    };
    // The fallback is quadratic on deep flow nesting.
    if flow_depth(text) <= MAX_DEPTH {
        let lenient = libyaml::parse(file, text);
        if lenient.failure.is_none() {
            return Parsed { tree: lenient.documents, errors: lenient.errors };
        }
    }
    let mut errors = strict.errors;
    errors.push(explain(failure, text));
    Parsed { tree: strict.documents, errors }
}

/// What a parser made of a text.
struct Outcome {
    documents: Vec<Node>,
    errors: Vec<SyntaxError>,
    failure: Option<SyntaxError>,
}

fn failure(file: FileId, at: usize, message: String) -> SyntaxError {
    SyntaxError { at: Span::of(file, at..at + 1), message, help: None, loses: true }
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
