//! Reads a file around its broken blocks: a resource that does not parse does not hide the others.
//!
//! The entry of the second level (a resource, a parameter) in which the error lies is blanked out, byte for byte, so
//! that all places stay; then the text is read again.

use std::ops::Range;

use crate::source::{FileId, Span};
use crate::syntax::data::{Node, NodeKind};
use crate::syntax::{Parsed, SyntaxError};

/// A file with more broken blocks than this is broken as a whole.
const MOST_BLOCKS: usize = 8;

/// The documents without the blocks around `error` and around those found after it; `None` where that does not help.
pub(super) fn read_around(file: FileId, text: &str, error: &SyntaxError) -> Option<Parsed<Vec<Node>>> {
    let mut rest = text.to_owned();
    let mut errors = vec![error.clone()];
    for _ in 0..MOST_BLOCKS {
        let at = errors.last()?.at.start as usize;
        let block = block_around(&rest, at)?;
        rest = blank(&rest, &block)?;
        let outcome = super::read(file, &rest);
        let Some(next) = outcome.failure else {
            errors.extend(outcome.errors);
            let mut tree = outcome.documents;
            tree.iter_mut().for_each(|it| true_to(text, it));
            return Some(Parsed { tree, errors });
        };
        errors.push(next);
    }
    None
}

/// Takes the places from text that was blanked out and is part of a scalar all the same: something else stands there.
fn true_to(text: &str, node: &mut Node) {
    let bounds = |at: Span| {
        let around = |offset: u32| Span::of_char(at.file, text, offset as usize).start;
        Span::new(at.file, around(at.start), around(at.end))
    };
    node.span = bounds(node.span);
    if let Some(tag) = &mut node.tag {
        tag.span = bounds(tag.span);
    }
    match &mut node.kind {
        NodeKind::Scalar(scalar) => {
            for piece in &mut scalar.pieces {
                piece.at = piece.at.filter(|at| text.get(at.range()) == Some(&*piece.text));
            }
        }
        NodeKind::Sequence(items) => items.iter_mut().for_each(|it| true_to(text, it)),
        NodeKind::Mapping(pairs) => {
            for pair in pairs {
                true_to(text, &mut pair.key);
                true_to(text, &mut pair.value);
            }
        }
    }
}

/// The lines of the second-level entry around an offset. `None` where there is no such level.
fn block_around(text: &str, at: usize) -> Option<Range<usize>> {
    let lines = lines(text);
    let index = lines.partition_point(|it| it.start <= at).checked_sub(1)?;
    // An error may be noticed only on the line after it, and that line may open the next entry.
    let top = lines.iter().filter_map(|it| it.indent).min()?;
    let above = |from: usize, most: usize| {
        let found = lines.get(..=from)?.iter().rposition(|it| it.indent.is_some_and(|it| it <= most))?;
        Some((found, lines.get(found)?.indent?))
    };
    let (section, _) = above(index, top)?;
    let second = lines.get(section + 1..)?.iter().find_map(|it| it.indent).filter(|it| top < *it)?;
    let (first, indent) = above(index, second)?;
    if indent != second || first <= section {
        return None;
    }
    let after = lines.get(index + 1..)?.iter().find(|it| it.indent.is_some_and(|it| it <= second));
    let range = lines.get(first)?.start..after.map_or(text.len(), |it| it.start);
    (!text.get(range.clone())?.trim().is_empty()).then_some(range)
}

struct Line {
    start: usize,
    /// `None` for blank lines and comments.
    indent: Option<usize>,
}

fn lines(text: &str) -> Vec<Line> {
    let mut start = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let content = line.trim_start_matches(' ');
            let counts = !content.trim_end().is_empty() && !content.starts_with('#');
            let out = Line { start, indent: counts.then_some(line.len() - content.len()) };
            start += line.len();
            out
        })
        .collect()
}

fn blank(text: &str, block: &Range<usize>) -> Option<String> {
    let blank = |it: u8| if it == b'\n' || it == b'\r' { char::from(it) } else { ' ' };
    let middle: String = text.get(block.clone())?.bytes().map(blank).collect();
    Some([text.get(..block.start)?, &middle, text.get(block.end..)?].concat())
}
