//! The lines of code around a place, for formats that draw them by themselves.

use crate::source::{SourceFile, Span};

use super::{Places, clean};

/// Lines longer than this (bytes) are shown in part.
pub const LONG_LINE: usize = 300;
/// Lines longer than this (bytes) were written by a machine, such as a plan, and hold everything, secrets too: only the place
/// itself is shown.
pub const MACHINE_LINE: usize = 16 * 1024;
/// How much of a long line is shown before and after the place (bytes).
pub const WINDOW: usize = 80;
/// Lines of one place that are shown at most.
const MAX_LINES: usize = 12;

/// One line, in three parts: what stands before the place, the place, and what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// One-based.
    pub number: u32,
    /// Before the place; all of a line that the place does not touch.
    pub before: String,
    /// The place's part of the line.
    pub marked: String,
    /// After the place.
    pub after: String,
}

impl Line {
    /// The whole line.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}{}{}", self.before, self.marked, self.after)
    }
}

impl Places<'_> {
    /// The lines of a place and one more on each side, without control characters; what is too long is cut and says `…`.
    #[must_use]
    pub fn excerpt(&self, span: Span) -> Vec<Line> {
        let span = self.sources.seen(span);
        let file = self.sources.file(span.file);
        let starts = file.line_starts();
        let line_of = |offset: u32| starts.partition_point(|it| *it <= offset).saturating_sub(1);
        let (first, last) = (line_of(span.start), line_of(span.end.max(span.start)));
        // A place that ends with its line does not reach into the next one.
        let ends_before = first < last && starts.get(last) == Some(&span.end);
        let last = (if ends_before { last - 1 } else { last }).min(first + MAX_LINES - 1);
        if holds_secrets(&file) {
            return vec![line(&file, first, span, true)];
        }
        let own = first..=last;
        let around = first.saturating_sub(1)..(last + 2).min(starts.len());
        let shown = around.filter(|index| own.contains(index) || range(&file, *index).len() <= LONG_LINE);
        let lines = shown.map(|index| line(&file, index, span, false));
        lines.filter(|it| !it.text().trim().is_empty() || own.contains(&(it.number as usize - 1))).collect()
    }
}

/// Byte range of a zero-based line, without its line ending.
fn range(file: &SourceFile, index: usize) -> std::ops::Range<usize> {
    let starts = file.line_starts();
    let at = |index: usize| starts.get(index).map_or(file.text.len(), |it| *it as usize);
    let (start, end) = (at(index), at(index + 1));
    let text = file.text.get(start..end).unwrap_or_default();
    start..start + text.trim_end_matches(['\n', '\r']).len()
}

/// Terraform's plans and states hold what is marked sensitive in clear, beside everything else: of such a file the place alone is
/// shown. One too large to look through here counts as such.
pub fn holds_secrets(file: &SourceFile) -> bool {
    const LOOKED_THROUGH: usize = 1024 * 1024;
    let text = file.text.as_bytes();
    let head = text.get(..4096).unwrap_or(text);
    let has = |text: &[u8], it: &str| memchr::memmem::find(text, it.as_bytes()).is_some();
    let is_terraforms = head.trim_ascii_start().starts_with(b"{")
        && (has(head, "\"format_version\"") || (has(head, "\"terraform_version\"") && has(head, "\"lineage\"")));
    if !is_terraforms || LOOKED_THROUGH < text.len() {
        return is_terraforms;
    }
    // A mark is `true` somewhere under a name that ends so, or a path in `sensitive_attributes`.
    memchr::memmem::find_iter(text, b"sensitive").any(|at| {
        let rest = text.get(at..(at + 300).min(text.len())).unwrap_or_default();
        let until = rest.iter().position(|it| *it == b'}' || *it == b']' || *it == b',').unwrap_or(rest.len());
        let value = rest.get(..until).unwrap_or_default();
        has(value, "true") || (has(value, "sensitive_attributes") && has(value, "get_attr"))
    })
}

fn line(file: &SourceFile, index: usize, span: Span, alone: bool) -> Line {
    let whole = range(file, index);
    let inside = |offset: u32| boundary(&file.text, (offset as usize).clamp(whole.start, whole.end));
    let (start, end) = (inside(span.start), inside(span.end).max(inside(span.start)));
    let text = |from: usize, to: usize| clean(file.text.get(from..to).unwrap_or_default()).into_owned();
    let (before, marked, after) = if whole.len() <= LONG_LINE && !alone {
        (text(whole.start, start), text(start, end), text(end, whole.end))
    } else {
        let window = if alone || MACHINE_LINE < whole.len() { 0 } else { WINDOW };
        let from = boundary(&file.text, start.saturating_sub(window).max(whole.start));
        let cut = boundary(&file.text, end.min(start + LONG_LINE));
        let to = boundary(&file.text, (cut + window).min(whole.end));
        let dots = |is_cut: bool| if is_cut { "…" } else { "" };
        let marked = format!("{}{}", text(start, cut), dots(cut < end && window == 0));
        let after = if cut < end { "…".to_owned() } else { text(cut, to) + dots(to < whole.end) };
        (format!("{}{}", dots(whole.start < from), text(from, start)), marked, after)
    };
    Line { number: u32::try_from(index + 1).unwrap_or(u32::MAX), before, marked, after }
}

/// The nearest character boundary at or before `offset`.
pub fn boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|it| text.is_char_boundary(*it)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Memory, Sources};
    use std::path::Path;

    fn shown(text: &str, at: std::ops::Range<usize>) -> Vec<(u32, String)> {
        let sources = Sources::new(Box::new(Memory::default()));
        let file = sources.add(Path::new("a.tf"), text);
        let places = Places { sources: &sources, base: None };
        let lines = places.excerpt(Span::of(file, at));
        lines.into_iter().map(|it| (it.number, format!("{}[{}]{}", it.before, it.marked, it.after))).collect()
    }

    fn check(text: &str, at: std::ops::Range<usize>, expected: &[(u32, &str)]) {
        let expected: Vec<_> = expected.iter().map(|(number, text)| (*number, (*text).to_owned())).collect();
        assert_eq!(shown(text, at), expected, "{text:?}");
    }

    #[test]
    fn lines_around_a_place() {
        check("a\nbcd\ne\nf\n", 3..4, &[(1, "a[]"), (2, "b[c]d"), (3, "[]e")]);
        check("a\r\nb\r\n\r\nc", 3..4, &[(1, "a[]"), (2, "[b]")]);
        check("ab\ncd\n", 1..4, &[(1, "a[b]"), (2, "[c]d")]);
        check("ab\ncd\n", 0..3, &[(1, "[ab]"), (2, "[]cd")]);
        check("", 0..0, &[(1, "[]")]);
        check("a\u{1b}b", 0..1, &[(1, "[a]\u{fffd}b")]);
        check("a", 5..9, &[(1, "a[]")]);
    }

    #[test]
    fn long_lines_are_cut_and_machine_lines_show_the_place_only() {
        let text = format!("{}HERE{}", "é".repeat(500), "x".repeat(5000));
        check(&text, 1000..1004, &[(1, &format!("…{}[HERE]{}…", "é".repeat(40), "x".repeat(80)))]);
        let text = format!("{}HERE{}", "secret".repeat(5000), "x".repeat(50));
        check(&text, 30_000..30_004, &[(1, "…[HERE]…")]);
        let all = shown(&text, 0..30_000).concat_text();
        assert!(all.len() < 400 && all.ends_with("…]…"), "{all}");
    }

    trait ConcatText {
        fn concat_text(&self) -> String;
    }

    impl ConcatText for Vec<(u32, String)> {
        fn concat_text(&self) -> String {
            self.iter().map(|it| it.1.as_str()).collect()
        }
    }

    #[test]
    fn any_place_in_any_text_has_lines() {
        for text in ["", "\n", "a\r\nb\rc\r\n", "ü\n\n\té\u{1b}[0m", "x = [\n  1,\n  2\n]\n\n"] {
            for (start, end) in
                (0..text.len() + 2).flat_map(|start| (start..text.len() + 3).map(move |end| (start, end)))
            {
                assert!(!shown(text, start..end).is_empty(), "{text:?} {start} {end}");
            }
        }
    }
}
