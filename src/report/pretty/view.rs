//! Source text for miette: reads a frame through the file's line index instead of scanning from the first byte, cuts very
//! long lines, and shows no control characters.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::source::{FileId, SourceFile, Span};

use super::super::shared::{
    LONG_LINE, MACHINE_LINE, Places, WINDOW, boundary, clean_same_length, holds_secrets, one_line,
};

/// One file, ready to be shown.
#[derive(Debug)]
pub struct View {
    file: Arc<SourceFile>,
    cleaned: Option<String>,
    name: String,
    /// Whether only the places themselves are shown: beside them may stand what is secret.
    alone: bool,
}

/// The views of a run, each made once.
pub struct Views<'a> {
    pub places: Places<'a>,
    made: Mutex<BTreeMap<FileId, Arc<View>>>,
}

impl<'a> Views<'a> {
    pub fn new(places: Places<'a>) -> Self {
        Self { places, made: Mutex::default() }
    }

    pub fn of(&self, file: FileId) -> Arc<View> {
        let make = || {
            let source = self.places.sources.file(file);
            let cleaned = clean_same_length(&source.text);
            let name = one_line(&self.places.path(&source.path)).into_owned();
            let alone = holds_secrets(&source);
            Arc::new(View { file: source, cleaned, name, alone })
        };
        self.made.lock().unwrap_or_else(PoisonError::into_inner).entry(file).or_insert_with(make).clone()
    }
}

impl View {
    fn text(&self) -> &str {
        self.cleaned.as_deref().unwrap_or(&self.file.text)
    }

    /// Byte range of a zero-based line, its line ending included.
    fn line(&self, index: usize) -> std::ops::Range<usize> {
        let starts = self.file.line_starts();
        let start = starts.get(index).map_or(self.text().len(), |it| *it as usize);
        let end = starts.get(index + 1).map_or(self.text().len(), |it| *it as usize);
        start..end.max(start)
    }

    /// What starts at `from`, in the zero-based line `line`.
    fn contents<'a>(&'a self, data: &'a str, from: usize, line: usize) -> MietteSpanContents<'a> {
        let column = self.file.line_column(u32::try_from(from).unwrap_or(u32::MAX)).column.saturating_sub(1) as usize;
        let lines = data.lines().count().max(1);
        let span = SourceSpan::new(from.into(), data.len());
        MietteSpanContents::new_named(self.name.clone(), data.as_bytes(), span, line, column, lines)
    }

    fn line_of(&self, offset: usize) -> usize {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        self.file.line_starts().partition_point(|it| *it <= offset).saturating_sub(1)
    }

    /// Whether the line of a place is too long to be shown whole.
    pub fn is_long(&self, at: Span) -> bool {
        LONG_LINE < self.line(self.line_of(at.start as usize)).len()
    }

    /// The part of a span that is underlined: within its first line, at most one window long.
    pub fn underline(&self, at: Span) -> SourceSpan {
        let text = self.text();
        let start = boundary(text, (at.start as usize).min(text.len()));
        let line = self.line(self.line_of(start));
        let line_text = text.get(start..line.end.max(start)).unwrap_or_default().trim_end();
        let end = (at.end as usize).min(start + line_text.len().min(WINDOW)).max(start);
        let end = boundary(text, end);
        SourceSpan::new(start.into(), end.max(start) - start)
    }
}

impl SourceCode for View {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = self.text();
        let (start, end) = (span.offset(), span.offset().saturating_add(span.len()));
        if text.len() < end {
            return Err(MietteError::OutOfBounds);
        }
        let (own_first, own_last) = (self.line_of(start), self.line_of(end));
        if before == 0 && after == 0 {
            // miette asks for the bare span to learn where the frame's headline shall point.
            let data = text.get(start..end).ok_or(MietteError::OutOfBounds)?;
            return Ok(Box::new(self.contents(data, start, own_first)));
        }
        let is_short = |index: &usize| self.line(*index).len() <= LONG_LINE;
        let mut first = own_first;
        let mut last = own_last;
        if self.alone {
            let data = text.get(start..end).ok_or(MietteError::OutOfBounds)?;
            return Ok(Box::new(self.contents(data, start, own_first)));
        }
        if (own_first..=own_last).all(|it| is_short(&it)) {
            first = (own_first.saturating_sub(before)..own_first).rev().take_while(is_short).last().unwrap_or(first);
            let lines = self.file.line_starts().len();
            last = (own_last + 1..(own_last + 1 + after).min(lines)).take_while(is_short).last().unwrap_or(last);
        }
        let mut from = self.line(first).start;
        let mut to = self.line(last).end;
        if LONG_LINE < to - from && first == last {
            let window = if MACHINE_LINE < to - from { 0 } else { WINDOW };
            from = boundary(text, start.saturating_sub(window).max(from));
            to = boundary(text, (end + window).min(to));
        }
        let data = text.get(from..to).ok_or(MietteError::OutOfBounds)?;
        Ok(Box::new(self.contents(data, from, first)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Memory, Sources};
    use std::path::Path;

    /// The text that a frame around `at` would show, and its first line and column (zero-based).
    fn check(text: &str, at: std::ops::Range<usize>, expected: (&str, usize, usize)) {
        let sources = Sources::new(Box::new(Memory::default()));
        let file = sources.add(Path::new("a.tf"), text);
        let views = Views::new(Places { sources: &sources, base: None });
        let view = views.of(file);
        let underline = view.underline(Span::of(file, at));
        let contents = view.read_span(&underline, 1, 1).unwrap();
        let shown = std::str::from_utf8(contents.data()).unwrap();
        assert_eq!((shown, contents.line(), contents.column()), expected);
    }

    #[test]
    fn frames() {
        check("a\nb\nc\nd\n", 2..3, ("a\nb\nc\n", 0, 0));
        check("a\nb\nc\nd", 6..7, ("c\nd", 2, 0));
        check("", 0..0, ("", 0, 0));
        check("a\u{1b}b", 0..1, ("a?b", 0, 0));
        check("a", 5..9, ("a", 0, 0));
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}HERE{}\n", "é".repeat(500), "x".repeat(5000));
        let shown = format!("{}HERE{}", "é".repeat(40), "x".repeat(80));
        check(&text, 1000..1004, (&shown, 0, 460));
        let text = format!("{}HERE{}\n", "secret".repeat(5000), "x".repeat(50));
        check(&text, 30_000..30_004, ("HERE", 0, 30_000));
    }
}
