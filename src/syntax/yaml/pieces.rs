//! Finds where the text of a scalar stands in the file, run by run.

use crate::source::{FileId, Piece, Span};
use crate::syntax::data::Style;

/// Splits the decoded `text` of a scalar into pieces. `raw` is what stands in the file at `offset`: quotes and indentation
/// included, of a block with its header where it `has_header`. Runs that stand in the file letter for letter keep their place.
pub(super) fn pieces(file: FileId, raw: &str, offset: usize, text: &str, style: Style, has_header: bool) -> Vec<Piece> {
    if text.is_empty() {
        return Vec::new();
    }
    let header = if has_header { raw.find('\n').map_or(raw.len(), |it| it + 1) } else { 0 };
    let body = match style {
        Style::Plain => 0,
        Style::Quoted => 1,
        Style::Block => header + first_line(raw.get(header..).unwrap_or_default(), text),
    };
    let mut aligner = Aligner { file, raw, offset, at: body, pieces: Vec::new() };
    aligner.align(text, style);
    aligner.pieces
}

/// Where the first line of a block begins behind its indentation; blank lines before it are the aligner's.
fn first_line(raw: &str, text: &str) -> usize {
    let own = text.len() - text.trim_start_matches(' ').len();
    let indent = raw.len() - raw.trim_start_matches(' ').len();
    indent.saturating_sub(own)
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
            self.skip(head, rest, style);
        }
    }

    /// Moves over what stands in the file for one decoded character: an escape, all line breaks with the indentation behind them.
    /// Blanks with which the next line of a block begins are its own.
    fn skip(&mut self, decoded: &str, next: &str, style: Style) {
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
            _ if matches!(decoded, " " | "\n") => {
                let blank = source.len() - source.trim_start().len();
                let line = source.get(..blank).and_then(|it| it.rfind('\n')).map_or(0, |it| it + 1);
                let next = next.trim_start_matches('\n');
                let own = if style == Style::Block { next.len() - next.trim_start_matches(' ').len() } else { 0 };
                blank - own.min(blank - line)
            }
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
