//! Taking something off the ends of a symbolic string.

use crate::value::{Class, Seg, SymStr, Truth};

use super::runs::{Run, cut, runs};
use super::{allows, derived, ends_with, starts_with};

/// Without `prefix`, once. `None` where it is not known whether the text starts with it.
#[must_use]
pub fn strip_prefix(text: &SymStr, prefix: &str) -> Option<SymStr> {
    if starts_with(text, prefix) == Truth::No || prefix.is_empty() {
        return Some(text.clone());
    }
    let runs = runs(text);
    let Some(Run::Known { segs, text: known }) = runs.first() else { return None };
    known.starts_with(prefix).then(|| {
        let rest = cut(segs, prefix.len()..known.len());
        rest.into_iter().chain(text.segs().iter().skip(segs.len()).cloned()).collect()
    })
}

/// Without `end`, once. `None` where it is not known whether the text ends with it.
#[must_use]
pub fn strip_suffix(text: &SymStr, end: &str) -> Option<SymStr> {
    if ends_with(text, end) == Truth::No || end.is_empty() {
        return Some(text.clone());
    }
    let runs = runs(text);
    let Some(Run::Known { segs, text: known }) = runs.last() else { return None };
    known.ends_with(end).then(|| {
        let before = text.segs().len() - segs.len();
        let rest = cut(segs, 0..known.len() - end.len());
        text.segs().iter().take(before).cloned().chain(rest).collect()
    })
}

/// Without leading and trailing characters that `cuts`. A hole at an end, that may have such characters itself, becomes a
/// hole named by `function`, in which `_` stands for it. `None` where not even that is certain.
#[must_use]
pub fn trim(text: &SymStr, function: &str, start: bool, end: bool, cuts: &dyn Fn(char) -> bool) -> Option<SymStr> {
    let mut runs = runs(text);
    if start {
        edge(&mut runs, true, function, cuts)?;
    }
    if end {
        edge(&mut runs, false, function, cuts)?;
    }
    let mut out = SymStr::default();
    for run in runs {
        match run {
            Run::Known { segs, .. } => segs.into_iter().for_each(|it| out.push(it)),
            Run::Hole(hole) => out.push(Seg::Hole(hole)),
        }
    }
    Some(out)
}

fn edge(runs: &mut [Run], start: bool, function: &str, cuts: &dyn Fn(char) -> bool) -> Option<()> {
    let count = runs.len();
    let index = |from_edge: usize| if start { Some(from_edge) } else { count.checked_sub(from_edge + 1) };
    let mut from_edge = 0;
    let Some(first) = index(0) else { return Some(()) };
    if let Some(Run::Known { segs, text }) = runs.get_mut(first) {
        let kept = if start { text.trim_start_matches(cuts) } else { text.trim_end_matches(cuts) };
        let range = if start { text.len() - kept.len()..text.len() } else { 0..kept.len() };
        let (kept, cut) = (kept.to_owned(), cut(segs, range));
        if !kept.is_empty() {
            (*segs, *text) = (cut, kept);
            return Some(());
        }
        segs.clear();
        text.clear();
        from_edge = 1;
    }
    // Nothing known is left here: the hole is the edge, and may be all cut characters itself.
    let inner = index(from_edge + 1).and_then(|it| runs.get(it));
    let firm = match inner {
        None => true,
        Some(Run::Hole(_)) => false,
        Some(Run::Known { text, .. }) => {
            !(if start { text.chars().next() } else { text.chars().next_back() }).is_some_and(cuts)
        }
    };
    let Some(Run::Hole(hole)) = index(from_edge).and_then(|it| runs.get_mut(it)) else { return Some(()) };
    // No class but `Any` has white space or quotes; which other characters are cut is asked one by one.
    let may = (' '..='~').any(|it| cuts(it) && allows(hole.class, it)) && !only_space(hole.class, cuts);
    if may && !firm {
        return None;
    }
    if may {
        let class = if hole.class == Class::Any { Class::Any } else { Class::Identifier };
        *hole = derived(hole, function, class).into();
    }
    Some(())
}

/// Generated names have no white space around them.
fn only_space(class: Class, cuts: &dyn Fn(char) -> bool) -> bool {
    class != Class::Any && !('!'..='~').any(cuts)
}
