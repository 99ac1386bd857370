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
