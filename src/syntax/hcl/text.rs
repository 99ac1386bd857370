//! The text under a parse and the way from its offsets to places in files.

use std::ops::Range;

use crate::source::{FileId, Piece, Span};
use crate::syntax::SyntaxError;

/// A text: a file's own, or one put together from pieces (a string of a `.tf.json`).
pub(super) struct Text<'a> {
    /// The file that complaints point at.
    pub file: FileId,
    /// The text; ranges count in it.
    pub text: &'a str,
    /// Where the parts of a text that is not the file's own stand.
    pub pieces: Option<Vec<(Range<usize>, Option<Span>)>>,
}

impl<'a> Text<'a> {
    /// A file's own text.
    pub fn of_file(file: FileId, text: &'a str) -> Self {
        Self { file, text, pieces: None }
    }

    /// The text of `pieces`, which the caller has joined in `text`.
    pub fn of_pieces(file: FileId, text: &'a str, pieces: &[Piece]) -> Self {
        let mut start = 0;
        let ranges = pieces.iter().map(|it| {
            let range = start..start + it.text.len();
            start = range.end;
            (range, it.at)
        });
        Self { file, text, pieces: Some(ranges.collect()) }
    }

    /// The text of a range, empty where it is not in the text.
    pub fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }

    /// The place of a range: exact in a file's own text, else the smallest place known to cover it.
    pub fn span(&self, range: Range<usize>) -> Span {
        let Some(pieces) = &self.pieces else { return Span::of(self.file, range) };
        let start =
            pieces.iter().filter(|it| it.0.start <= range.start).filter_map(|it| point(it, range.start)).next_back();
        let end = pieces.iter().filter(|it| range.end <= it.0.end).find_map(|it| point(it, range.end));
        let first = pieces.iter().find_map(|it| it.1);
        match (start, end, first) {
            (Some(start), Some(end), _) => Span::new(self.file, start, end),
            (Some(one), None, _) | (None, Some(one), _) => Span::new(self.file, one, one),
            (None, None, Some(first)) => first,
            (None, None, None) => Span::head(self.file),
        }
    }

    /// A range as literal pieces; split where the text was put together.
    pub fn verbatim(&self, range: Range<usize>) -> Vec<Piece> {
        let Some(pieces) = &self.pieces else {
            let text = self.slice(range.clone());
            return if text.is_empty() {
                Vec::new()
            } else {
                vec![Piece { text: text.into(), at: Some(self.span(range)) }]
            };
        };
        let mut out = Vec::new();
        for (part, at) in pieces {
            let shared = part.start.max(range.start)..part.end.min(range.end);
            if shared.start < shared.end {
                let at = at.map(|it| {
                    let start = it.start as usize + (shared.start - part.start);
                    Span::of(it.file, start..start + shared.len())
                });
                out.push(Piece { text: self.slice(shared).into(), at });
            }
        }
        out
    }

    /// A complaint that loses `range`.
    pub fn error(&self, range: Range<usize>, message: impl Into<String>) -> SyntaxError {
        SyntaxError { at: self.span(range), message: message.into(), help: None, kind: crate::syntax::ErrorKind::Loses }
    }
}

/// The offset in the file of `offset`, or of the nearer end of the piece.
fn point((range, at): &(Range<usize>, Option<Span>), offset: usize) -> Option<u32> {
    let at = (*at)?;
    let inside = u32::try_from(offset.clamp(range.start, range.end) - range.start).ok()?;
    Some(at.start.saturating_add(inside).min(at.end))
}
