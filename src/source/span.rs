//! A place: a byte range in one file.

/// Index of a file in [`super::Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A half-open byte range `start..end` in the text of one file (byte-order mark excluded).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file that the range lies in.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `file`.
    #[must_use]
    pub fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, start, end: end.max(start) }
    }

    /// From `usize` offsets, as parsers give them. Files are at most `u32::MAX` bytes.
    #[must_use]
    pub fn of(file: FileId, range: std::ops::Range<usize>) -> Self {
        let clamp = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        Self::new(file, clamp(range.start), clamp(range.end))
    }

    /// The first byte of a file: where a complaint about the whole file points.
    #[must_use]
    pub fn head(file: FileId) -> Self {
        Self::new(file, 0, 0)
    }

    /// The character that a byte is part of, for parsers that count bytes; the end of the text for what lies behind it.
    #[must_use]
    pub fn of_char(file: FileId, text: &str, offset: usize) -> Self {
        let before = |at: usize| (0..=at).rev().find(|it| text.is_char_boundary(*it)).unwrap_or(0);
        let start = before(offset.min(text.len()));
        let length = text.get(start..).and_then(|it| it.chars().next()).map_or(0, char::len_utf8);
        Self::of(file, start..start + length)
    }

    /// The offsets as a `usize` range.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The range `by` bytes further on.
    #[must_use]
    pub fn shifted(self, by: u32) -> Self {
        Self::new(self.file, self.start.saturating_add(by), self.end.saturating_add(by))
    }

    /// The smallest range that covers both; `self` where the files differ.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        if self.file != other.file {
            return self;
        }
        Self::new(self.file, self.start.min(other.start), self.end.max(other.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_within_a_character() {
        let check =
            |offset, expected| assert_eq!(Span::of_char(FileId(0), "aä€", offset).range(), expected, "{offset}");
        check(0, 0..1);
        check(1, 1..3);
        check(2, 1..3);
        check(5, 3..6);
        check(6, 6..6);
        check(99, 6..6);
        assert_eq!(Span::of_char(FileId(0), "", 1).range(), 0..0);
    }
}
