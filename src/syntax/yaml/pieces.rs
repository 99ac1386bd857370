//! Finds where the text of a scalar stands in the file, run by run.

use crate::source::{FileId, Piece, Span};
use crate::syntax::data::Style;

/// Splits the decoded `text` of a scalar into pieces. `raw` is what stands in the file at `offset`: quotes, block
/// header and indentation included. Runs that stand in the file letter for letter keep their place.
pub(super) fn pieces(file: FileId, raw: &str, offset: usize, text: &str, style: Style) -> Vec<Piece> {
    if text.is_empty() {
        return Vec::new();
    }
    let body = match style {
        Style::Plain => 0,
        Style::Quoted => 1,
        Style::Block => raw.find('\n').map_or(raw.len(), |it| it + 1),
    };
    let mut aligner = Aligner { file, raw, offset, at: body, pieces: Vec::new() };
    aligner.align(text, style);
    aligner.pieces
}

struct Aligner<'a> {
    file: FileId,
    raw: &'a str,
    offset: usize,
    at: usize,
    pieces: Vec<Piece>,
}

impl Aligner<'_> {
    fn align(&mut self, text: &str, style: Style) {
        let mut rest = text;
        while !rest.is_empty() {
            let source = self.raw.get(self.at..).unwrap_or_default();
            let run = common(rest, source, style);
            if 0 < run {
                let (head, tail) = rest.split_at(run);
                let start = self.offset + self.at;
                self.push(head, Some(Span::of(self.file, start..start + run)));
                self.at += run;
                rest = tail;
                continue;
            }
            let first = rest.chars().next().map_or(1, char::len_utf8);
            let (head, tail) = rest.split_at(first);
            self.push(head, None);
            rest = tail;
            self.skip(head, style);
        }
    }

    /// Moves over what stands in the file for one decoded character: an escape, a line break with its indentation.
    fn skip(&mut self, decoded: &str, style: Style) {
        let source = self.raw.get(self.at..).unwrap_or_default();
        let mut chars = source.chars();
        let length = match chars.next() {
            Some('\\') if style == Style::Quoted => match chars.next() {
                Some('x') => 4,
                Some('u') => 6,
                Some('U') => 10,
                Some(other) => 1 + other.len_utf8(),
                None => 1,
            },
            Some('\'') if style == Style::Quoted && decoded == "'" => 2,
            _ if matches!(decoded, " " | "\n") => source.len() - source.trim_start().len(),
            _ => 0,
        };
        self.at = (self.at + length).min(self.raw.len());
    }

    fn push(&mut self, text: &str, at: Option<Span>) {
        self.pieces.push(Piece { text: text.into(), at });
    }
}

/// How many bytes of `text` stand at the start of `source` letter for letter, up to the end of the line.
fn common(text: &str, source: &str, style: Style) -> usize {
    let mut length = 0;
    for (a, b) in text.chars().zip(source.chars()) {
        let escaped = style == Style::Quoted && b == '\\';
        if a != b || a == '\n' || b == '\r' || escaped {
            break;
        }
        length += a.len_utf8();
    }
    // A doubled quote: the first of the two is the escape.
    if style == Style::Quoted && source.starts_with("''") && length == 1 { 0 } else { length }
}
