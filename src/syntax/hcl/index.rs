//! The block index: where each top-level block begins and ends, without parsing a single expression.

use std::ops::Range;

use super::ast::Name;
use super::header::{Header, UNCLOSED_COMMENT, header, next_top_block, trivia};
use super::parse::unquoted;
use super::scan::{Kind, Scanner};
use super::{Content, File, TopBlock};
use crate::source::{FileId, Span};
use crate::syntax::{Parsed, SyntaxError};

/// After so many blocks without an end, a block is taken to end where the next begins: the time stays linear.
const MAX_UNCLOSED: usize = 16;

/// Finds the top-level blocks of a file. A block that does not end, or a line that is no block, is an error; the blocks
/// after it are found all the same.
#[must_use]
pub fn index(file: FileId, text: &str) -> Parsed<File> {
    let mut index = Index { file, text, blocks: Vec::new(), errors: Vec::new(), unclosed: 0 };
    let mut pos = 0;
    loop {
        let (start, unclosed) = trivia(text, pos, text.len());
        if let Some(at) = unclosed {
            index.error(Span::of(file, at..at + 2), UNCLOSED_COMMENT, "end it with */");
        }
        if text.len() <= start {
            break;
        }
        pos = match header(text, start, text.len()) {
            Some(Header::Block { kind, labels, brace }) => index.block(kind, &labels, brace),
            Some(Header::Attribute { name, value }) => index.attribute(name, value),
            None => index.junk(start),
        };
    }
    Parsed { tree: File { file, blocks: index.blocks }, errors: index.errors }
}

struct Index<'a> {
    file: FileId,
    text: &'a str,
    blocks: Vec<TopBlock>,
    errors: Vec<SyntaxError>,
    unclosed: usize,
}

impl Index<'_> {
    fn block(&mut self, kind: Range<usize>, labels: &[Range<usize>], brace: usize) -> usize {
        let end_of_header = labels.last().map_or(kind.end, |it| it.end);
        let header = Span::of(self.file, kind.start..end_of_header);
        let next = || next_top_block(self.text, brace).unwrap_or(self.text.len());
        let limit = if MAX_UNCLOSED <= self.unclosed { next() } else { self.text.len() };
        let (body, end, broken) = match close(self.text, brace..limit) {
            Some(end) => (brace + 1..end.start, end.end, false),
            None => {
                self.unclosed += 1;
                let end = if limit < self.text.len() { limit } else { next() };
                self.error(header, "this block is not closed", "look for a missing bracket or quote inside it");
                (brace + 1..end, end, true)
            }
        };
        let name = |it: &Range<usize>| Name {
            text: unquoted(self.text.get(it.clone()).unwrap_or_default()),
            span: Span::of(self.file, it.clone()),
        };
        let written = self.text.get(kind.start..end).unwrap_or_default().trim_end().len();
        self.blocks.push(TopBlock {
            kind: name(&kind),
            labels: labels.iter().map(name).collect(),
            header,
            span: Span::of(self.file, kind.start..kind.start + written),
            broken,
            content: Content::Text(body),
        });
        end
    }

    fn attribute(&mut self, name: Range<usize>, value: usize) -> usize {
        let span = Span::of(self.file, name.clone());
        let word = self.text.get(name).unwrap_or_default();
        self.error(span, &format!("the argument {word} stands outside of any block"), "arguments belong into a block");
        let mut scanner = Scanner::new(self.text, value..self.text.len());
        while let Some(token) = scanner.next() {
            if token.kind == Kind::Newline && scanner.stack.is_empty() {
                return token.end;
            }
        }
        if scanner.stack.is_empty() {
            self.text.len()
        } else {
            next_top_block(self.text, value).unwrap_or(self.text.len())
        }
    }

    /// A closing bracket too many costs its line only; anything else everything up to the next line that begins a block.
    fn junk(&mut self, start: usize) -> usize {
        let rest = self.text.get(start..).unwrap_or_default();
        let line = start + memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        let span = Span::of(self.file, start..start + self.text.get(start..line).unwrap_or_default().trim_end().len());
        if rest.starts_with(['}', ')', ']']) {
            self.error(span, "this bracket closes nothing", "look for a bracket too many above");
            return line - rest.get(..line - start).unwrap_or_default().trim_start_matches(['}', ')', ']', ' ']).len();
        }
        self.error(
            span,
            "expected a block, such as resource \"type\" \"name\" { … }",
            "only blocks stand at the top of a file",
        );
        next_top_block(self.text, start).unwrap_or(self.text.len())
    }

    fn error(&mut self, at: Span, message: &str, help: &str) {
        let help = Some(help.to_owned());
        self.errors.push(SyntaxError { at, message: message.to_owned(), help, kind: crate::syntax::ErrorKind::Loses });
    }
}

/// The closing brace that belongs to the brace at the start of `range`.
fn close(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let mut scanner = Scanner::new(text, range);
    while let Some(token) = scanner.next() {
        if scanner.stack.is_empty() {
            return Some(token.start..token.end);
        }
    }
    None
}
