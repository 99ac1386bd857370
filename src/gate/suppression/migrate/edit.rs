//! Edits of a text: ranges and what stands there instead. All bytes outside of them stay.

use std::ops::Range;

/// A range and its new text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes that go; an empty range inserts.
    pub at: Range<usize>,
    /// What comes.
    pub text: String,
}

impl Edit {
    pub(super) fn new(at: Range<usize>, text: impl Into<String>) -> Self {
        Self { at, text: text.into() }
    }
}

/// In the order of the text; of two at one place the insertion comes first.
fn sorted(edits: &[Edit]) -> Vec<&Edit> {
    let mut all: Vec<&Edit> = edits.iter().collect();
    all.sort_by_key(|it| (it.at.start, it.at.end));
    all
}

/// The text with the edits made. One that overlaps an earlier one is not made.
#[must_use]
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for edit in sorted(edits) {
        let Some(kept) = text.get(done..edit.at.start) else { continue };
        out.push_str(kept);
        out.push_str(&edit.text);
        done = edit.at.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// Where an offset is after the edits. What is inserted at it comes before it.
pub(super) fn moved(edits: &[Edit], offset: usize) -> usize {
    let before = edits.iter().filter(|it| it.at.end <= offset);
    let (gone, come) = before.fold((0, 0), |(gone, come), it| (gone + it.at.len(), come + it.text.len()));
    (offset + come).saturating_sub(gone)
}

/// Where the text of one of the edits is after all of them.
pub(super) fn landed(edits: &[Edit], number: usize) -> Range<usize> {
    let Some(own) = edits.get(number) else { return 0..0 };
    let key = |it: &Edit, at: usize| (it.at.start, it.at.end, at);
    let before = edits.iter().enumerate().filter(|(at, it)| key(it, *at) < key(own, number));
    let (gone, come) = before.fold((0, 0), |(gone, come), (_, it)| (gone + it.at.len(), come + it.text.len()));
    let start = (own.at.start + come).saturating_sub(gone);
    start..start + own.text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_made_in_order() {
        let edits = [Edit::new(4..6, ""), Edit::new(0..0, "<"), Edit::new(4..4, "!"), Edit::new(5..7, "lost")];
        assert_eq!(apply("abcdefgh", &edits), "<abcd!gh");
        let edits = edits.get(..3).unwrap_or_default();
        assert_eq!((moved(edits, 3), moved(edits, 6), moved(edits, 0)), (4, 6, 1));
        assert_eq!((landed(edits, 1), landed(edits, 2), landed(edits, 0)), (0..1, 5..6, 6..6));
        assert_eq!(apply("a", &[]), "a");
    }
}
