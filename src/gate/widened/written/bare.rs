//! Texts without what says nothing.

use std::ops::Range;

use crate::source::Span;

use super::holds;

/// A part of a text without what says nothing (spaces, commas, comments), and without some places.
pub(super) fn plain(text: &str, at: Span, without: &[Span], comments: fn(&str) -> Vec<Range<usize>>) -> String {
    let (mut bare, mut end) = (String::new(), at.range().start);
    let whole = text.get(at.range()).unwrap_or_default();
    let comments = comments(whole).into_iter().map(|it| at.range().start + it.start..at.range().start + it.end);
    let places = without.iter().filter(|it| it.file == at.file && holds(at, **it) && **it != at).map(|it| it.range());
    let mut gone: Vec<Range<usize>> = comments.chain(places).collect();
    gone.sort_by_key(|it| it.start);
    for it in gone {
        bare.push_str(text.get(end..it.start).unwrap_or_default());
        bare.push(' ');
        end = end.max(it.end);
    }
    bare.push_str(text.get(end..at.range().end).unwrap_or_default());
    let words = bare.split(|it: char| it.is_whitespace() || it == ',').filter(|it| !it.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// JSON has no comments.
pub(super) fn no_comments(_: &str) -> Vec<Range<usize>> {
    Vec::new()
}

/// The comments of YAML that have lines of their own.
pub(super) fn line_comments(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with('#') {
            found.push(start..start + line.len());
        }
        start += line.len();
    }
    found
}
