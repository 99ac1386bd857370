//! Operations on symbolic strings: what is literal is worked on and keeps its place, what is a hole is left alone where
//! the operation provably cannot touch it, and becomes a hole of its own where it may.

mod replace;
mod runs;
mod trim;

use crate::value::{Class, Hole, Seg, SymStr, Truth};

use super::equal::suffix;
use runs::{Run, cut, runs};

pub use replace::replace;
pub use runs::map_literals;
pub use trim::{strip_prefix, strip_suffix, trim};

/// Joins texts with a separator.
#[must_use]
pub fn join(separator: &SymStr, items: &[SymStr]) -> SymStr {
    let mut out = SymStr::default();
    for (index, item) in items.iter().enumerate() {
        if 0 < index {
            out.push_str(separator);
        }
        out.push_str(item);
    }
    out
}

/// Splits a text at a separator that is not empty: the certain items, and whether these are all. Items after a hole that
/// may contain the separator are not certain.
#[must_use]
pub fn split(text: &SymStr, separator: &str) -> (Vec<SymStr>, bool) {
    let runs = runs(text);
    let mut items = Vec::new();
    let mut open = SymStr::default();
    for (index, run) in runs.iter().enumerate() {
        match run {
            Run::Hole(hole) => {
                if touches(&runs, index, separator) {
                    return (items, false);
                }
                open.push(Seg::Hole(hole.clone()));
            }
            Run::Known { segs, text } => {
                let mut from = 0;
                for (at, _) in text.match_indices(separator) {
                    cut(segs, from..at).into_iter().for_each(|it| open.push(it));
                    items.push(std::mem::take(&mut open));
                    from = at + separator.len();
                }
                cut(segs, from..text.len()).into_iter().for_each(|it| open.push(it));
            }
        }
    }
    items.push(open);
    (items, true)
}

/// Whether the text starts with `prefix`.
#[must_use]
pub fn starts_with(text: &SymStr, prefix: &str) -> Truth {
    let known = text.known_prefix();
    if known.starts_with(prefix) {
        return Truth::Yes;
    }
    let Some(rest) = prefix.strip_prefix(known.as_str()) else { return Truth::No };
    let Some(hole) = text.unknown_holes().next() else { return Truth::No };
    let fixed = match hole.class {
        Class::Arn => "arn:",
        Class::Partition => "aws",
        _ => "",
    };
    if !fixed.is_empty() && fixed.starts_with(rest) {
        return Truth::Yes;
    }
    let possible = rest.starts_with(fixed) && rest.chars().next().is_none_or(|it| allows(hole.class, it));
    if possible { Truth::Unknown } else { Truth::No }
}

/// Whether the text ends with `end`.
#[must_use]
pub fn ends_with(text: &SymStr, end: &str) -> Truth {
    let known = suffix(text);
    if known.ends_with(end) {
        return Truth::Yes;
    }
    let Some(rest) = end.strip_suffix(known.as_str()) else { return Truth::No };
    let Some(hole) = text.unknown_holes().last() else { return Truth::No };
    let possible = rest.chars().next_back().is_none_or(|it| allows(hole.class, it));
    if possible { Truth::Unknown } else { Truth::No }
}

/// Whether the text contains `part`.
#[must_use]
pub fn contains(text: &SymStr, part: &str) -> Truth {
    let runs = runs(text);
    if part.is_empty() || runs.iter().any(|it| matches!(it, Run::Known { text, .. } if text.contains(part))) {
        return Truth::Yes;
    }
    Truth::any((0..runs.len()).map(|it| if touches(&runs, it, part) { Truth::Unknown } else { Truth::No }))
}

/// Whether an occurrence of `pattern` may lie in the text of a hole between `before` and `after`, wholly or in part.
#[must_use]
pub fn may_overlap(class: Class, pattern: &str, before: &str, after: &str) -> bool {
    pattern.chars().all(|it| allows(class, it)) || straddles(class, pattern, Some(before), Some(after))
}

/// Whether an occurrence of `pattern` may begin or end in the hole and go on outside. A side that is `None` is unknown.
fn straddles(class: Class, pattern: &str, before: Option<&str>, after: Option<&str>) -> bool {
    pattern.char_indices().skip(1).any(|(at, c)| {
        let (head, tail) = pattern.split_at(at);
        let left = before.is_none_or(|it| it.ends_with(head)) && allows(class, c);
        let right =
            after.is_none_or(|it| it.starts_with(tail)) && head.chars().last().is_some_and(|it| allows(class, it));
        left || right
    })
}

/// Whether an occurrence of `pattern` may touch the hole at `index`.
fn touches(runs: &[Run], index: usize, pattern: &str) -> bool {
    let Some(Run::Hole(hole)) = runs.get(index) else { return false };
    pattern.chars().all(|it| allows(hole.class, it)) || beside(runs, index, pattern)
}

/// Whether an occurrence of `pattern` may lie partly in the hole at `index` and partly beside it.
fn beside(runs: &[Run], index: usize, pattern: &str) -> bool {
    let Some(Run::Hole(hole)) = runs.get(index) else { return false };
    let neighbour = |at: Option<usize>, beyond: Option<usize>| match at.and_then(|it| runs.get(it)) {
        None => Some(""),
        Some(Run::Hole(_)) => None,
        // A short text between two holes may be the middle of an occurrence.
        Some(Run::Known { text, .. }) => {
            let hole = beyond.and_then(|it| runs.get(it)).is_some();
            if hole && text.len() < pattern.len() && pattern.contains(text.as_str()) {
                None
            } else {
                Some(text.as_str())
            }
        }
    };
    let before = neighbour(index.checked_sub(1), index.checked_sub(2));
    let after = neighbour(Some(index + 1), Some(index + 2));
    straddles(hole.class, pattern, before, after)
}

/// Whether a text of the class can contain the character.
fn allows(class: Class, c: char) -> bool {
    match class {
        Class::Any => true,
        Class::BucketName => c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'),
        Class::AccountId => c.is_ascii_digit(),
        Class::Region => c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-',
        Class::Partition => c.is_ascii_lowercase() || c == '-',
        Class::Arn | Class::Identifier => !matches!(c, '*' | '?'),
    }
}

/// The hole of something made from a hole.
fn derived(hole: &Hole, function: &str, class: Class) -> Hole {
    let own = &hole.symbol;
    let inner =
        if own.attribute.is_empty() { own.entity.to_string() } else { format!("{}.{}", own.entity, own.attribute) };
    let symbol = crate::value::Symbol::new(function.replacen('_', &inner, 1), "");
    Hole { symbol, class, known: None, why: hole.why.clone() }
}

#[cfg(test)]
mod tests;
