//! Edits on a text: applying them, and telling which of them meet.

use crate::finding::Edit;

/// The text with edits applied. `None` where an edit is not in the text, or two overlap.
#[must_use]
pub fn apply(text: &str, edits: &[Edit]) -> Option<String> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort();
    sorted.dedup();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in sorted {
        let range = edit.at.range();
        if text.len() < range.end {
            return None;
        }
        out.push_str(text.get(at..range.start)?);
        out.push_str(&edit.text);
        at = range.end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

/// Whether two edits touch the same bytes: they share some, or insert at one place. What is the same twice does not meet.
#[must_use]
pub fn meet(a: &Edit, b: &Edit) -> bool {
    if a.at.file != b.at.file || a == b {
        return false;
    }
    let (a, b) = (a.at.range(), b.at.range());
    if a.is_empty() || b.is_empty() { a.start <= b.end && b.start <= a.end } else { a.start < b.end && b.start < a.end }
}

/// Whether two lists of edits cannot be done at once.
#[must_use]
pub fn clash(a: &[Edit], b: &[Edit]) -> bool {
    a != b && a.iter().any(|a| b.iter().any(|b| meet(a, b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Span};

    fn edit(start: u32, end: u32, text: &str) -> Edit {
        Edit { at: Span::new(FileId(0), start, end), text: text.to_owned() }
    }

    #[test]
    fn edits_are_applied_at_once() {
        let check = |edits: &[Edit], expected: Option<&str>| {
            assert_eq!(apply("abcdef", edits).as_deref(), expected, "{edits:?}")
        };
        check(&[], Some("abcdef"));
        check(&[edit(4, 5, "X"), edit(0, 1, "YY")], Some("YYbcdXf"));
        check(&[edit(3, 3, "-"), edit(3, 3, "-")], Some("abc-def"));
        check(&[edit(1, 3, ""), edit(2, 4, "")], None);
        check(&[edit(5, 9, "")], None);
    }

    #[test]
    fn what_touches_the_same_bytes_meets() {
        let check = |a: Edit, b: Edit, expected: bool| {
            assert_eq!((meet(&a, &b), meet(&b, &a)), (expected, expected), "{a:?} {b:?}");
        };
        check(edit(0, 2, "x"), edit(2, 4, "y"), false);
        check(edit(0, 3, "x"), edit(2, 4, "y"), true);
        check(edit(2, 2, "x"), edit(2, 2, "y"), true);
        check(edit(2, 2, "x"), edit(2, 2, "x"), false);
        check(edit(2, 2, "x"), edit(2, 4, "y"), true);
        check(edit(1, 1, "x"), edit(2, 4, "y"), false);
    }
}
