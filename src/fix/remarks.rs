//! Comments above a piece of code: suppressions go with what they are about, for what follows would be theirs; all go where
//! something else comes in its place.

use crate::finding::Edit;
use crate::gate::suppression::standing_above;
use crate::source::Span;

use super::Planner;
use super::text::{line_start, slice};

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

/// Takes all comments directly above a piece of code away, where it begins its line: in the place of what they are about comes something
/// else.
pub(super) fn without_any(planner: &Planner<'_>, at: Span) -> Option<Edit> {
    let text = planner.sources.text(at.file);
    let end = line_start(&text, at.range().start);
    if !matches!(slice(&text, end..at.range().start).trim(), "" | "-") {
        return without(planner, at);
    }
    let mut start = line_start(&text, with_own(planner, at).range().start);
    while let Some(above) = start.checked_sub(1).map(|it| line_start(&text, it)) {
        if !slice(&text, above..start).trim_start().starts_with(['#', '/']) {
            break;
        }
        start = above;
    }
    (start < end).then(|| Edit { at: Span::of(at.file, start..end), text: String::new() })
}
