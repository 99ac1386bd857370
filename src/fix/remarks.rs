//! Suppressions in comments above a piece of code: they go with what they are about, for what follows would be theirs.

use crate::finding::Edit;
use crate::gate::suppression::standing_above;
use crate::source::Span;

use super::Planner;
use super::text::line_start;

/// A piece of code with the suppressions above it.
pub(super) fn with_own(planner: &Planner<'_>, at: Span) -> Span {
    let start = standing_above(planner.sources, at, &planner.suppressions(at.file));
    start.map_or(at, |start| Span::new(at.file, start.min(at.start), at.end))
}

/// Takes the suppressions above a piece of code away; nothing where there are none.
pub(super) fn without(planner: &Planner<'_>, at: Span) -> Option<Edit> {
    let own = with_own(planner, at);
    let text = planner.sources.text(at.file);
    let range = line_start(&text, own.range().start)..line_start(&text, at.range().start);
    (own != at && !range.is_empty()).then(|| Edit { at: Span::of(at.file, range), text: String::new() })
}
