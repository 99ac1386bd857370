//! Positions as the protocol counts them: lines from zero, columns in the units that client and server agreed on.
//! <https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#position>

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The units of columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes of UTF-8.
    Utf8,
    /// Units of UTF-16: what every client knows.
    #[default]
    Utf16,
}

impl Encoding {
    /// The protocol's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
        }
    }

    /// How many units bytes of UTF-8 are; they may begin and end inside a character.
    fn units(self, bytes: &[u8]) -> usize {
        match self {
            Self::Utf8 => bytes.len(),
            // One for the first byte of each character, one more where it begins one of four bytes.
            Self::Utf16 => bytes.iter().map(|it| usize::from(it & 0xc0 != 0x80) + usize::from(0xf0 <= *it)).sum(),
        }
    }
}

/// A place between two characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// From zero.
    pub line: u32,
    /// From zero, in the units of the encoding.
    pub character: u32,
}

/// From one place up to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TextRange {
    /// The first.
    pub start: Position,
    /// One past the last.
    pub end: Position,
}

impl TextRange {
    /// Whether the two share a place; their ends count.
    pub fn touches(self, other: Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }
}

/// The lines of a text.
pub struct Lines {
    text: Arc<String>,
    encoding: Encoding,
    /// Where lines begin.
    starts: Vec<usize>,
    /// Units before each block: a plan is one line of many megabytes.
    before: Vec<usize>,
}

const BLOCK: usize = 4096;

impl Lines {
    /// Finds the lines: they end with `\n`, `\r\n` or `\r`.
    pub fn new(text: Arc<String>, encoding: Encoding) -> Self {
        let bytes = text.as_bytes();
        let ends = memchr::memchr2_iter(b'\n', b'\r', bytes);
        let is_end = |at: &usize| bytes.get(*at) == Some(&b'\n') || bytes.get(at + 1) != Some(&b'\n');
        let starts: Vec<usize> = std::iter::once(0).chain(ends.filter(is_end).map(|it| it + 1)).collect();
        let mut sum = 0;
        let mut before = vec![0];
        for block in bytes.chunks(BLOCK) {
            sum += encoding.units(block);
            before.push(sum);
        }
        Self { text, encoding, starts, before }
    }

    fn units_before(&self, offset: usize) -> usize {
        let block = offset / BLOCK;
        let rest = self.text.as_bytes().get(block * BLOCK..offset).unwrap_or_default();
        self.before.get(block).copied().unwrap_or(0) + self.encoding.units(rest)
    }

    /// The position of a byte; of the end for one past it.
    pub fn position(&self, offset: usize) -> Position {
        let offset = floor(&self.text, offset);
        let line = self.starts.partition_point(|it| *it <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let column = self.units_before(offset) - self.units_before(start);
        let number = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        Position { line: number(line), character: number(column) }
    }

    /// The byte at a position. Past the end of its line it is the line's end, past the last line the text's; inside a character
    /// its beginning.
    pub fn offset(&self, at: Position) -> usize {
        let line = at.line as usize;
        let Some(start) = self.starts.get(line).copied() else { return self.text.len() };
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        let line = self.text.get(start..end).unwrap_or_default().trim_end_matches(['\r', '\n']);
        let wanted = at.character as usize;
        match self.encoding {
            Encoding::Utf8 => start + floor(line, wanted),
            Encoding::Utf16 => {
                let mut column = 0;
                let passed = line.char_indices().find(|(_, it)| {
                    column += it.len_utf16();
                    wanted < column
                });
                start + passed.map_or(line.len(), |it| it.0)
            }
        }
    }

    /// The range of bytes.
    pub fn range(&self, bytes: Range<usize>) -> TextRange {
        TextRange { start: self.position(bytes.start), end: self.position(bytes.end) }
    }

    /// The bytes of a range; one that ends before it begins is taken from its end.
    pub fn bytes(&self, range: TextRange) -> Range<usize> {
        let (start, end) = (self.offset(range.start), self.offset(range.end));
        start.min(end)..start.max(end)
    }
}

/// The beginning of the character that a byte is in.
fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn columns_are_counted_in_units() {
        let text = "aä€𝄞x\r\ny\rz\n";
        let x = text.find('x').unwrap();
        let check = |encoding, expected| {
            let lines = Lines::new(Arc::new(text.to_string()), encoding);
            assert_eq!(lines.position(x), expected);
            assert_eq!(lines.offset(expected), x);
        };
        check(Encoding::Utf8, at(0, 10));
        check(Encoding::Utf16, at(0, 5));
        let lines = Lines::new(Arc::new(text.to_string()), Encoding::Utf16);
        assert_eq!(lines.position(text.find('y').unwrap()), at(1, 0));
        assert_eq!(lines.position(text.find('z').unwrap()), at(2, 0));
        assert_eq!(lines.position(text.len()), at(3, 0));
        assert_eq!(lines.position(text.len() + 9), at(3, 0));
    }

    #[test]
    fn every_place_is_found_again() {
        let text = "aä€𝄞\nb\r\n".repeat(2000);
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let lines = Lines::new(Arc::new(text.clone()), encoding);
            for (offset, _) in text.char_indices().filter(|it| it.1 != '\n').step_by(7) {
                assert_eq!(lines.offset(lines.position(offset)), offset, "{encoding:?}");
            }
        }
    }

    #[test]
    fn what_lies_beyond_is_the_end() {
        let text = "ab\r\n𝄞c";
        let lines = Lines::new(Arc::new(text.to_string()), Encoding::Utf16);
        assert_eq!(lines.offset(at(0, 99)), 2);
        assert_eq!(lines.offset(at(9, 0)), text.len());
        // Between the halves of a surrogate pair.
        assert_eq!(lines.offset(at(1, 1)), 4);
        assert_eq!(lines.offset(at(1, 2)), 8);
        assert_eq!(Lines::new(Arc::new(text.to_string()), Encoding::Utf8).offset(at(1, 2)), 4);
        assert_eq!(lines.bytes(TextRange { start: at(1, 3), end: at(0, 1) }), 1..9);
        assert_eq!(Lines::new(Arc::default(), Encoding::Utf16).offset(at(0, 5)), 0);
    }
}
