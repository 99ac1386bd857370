//! Replacing a text in a symbolic string.

use crate::value::{Class, Hole, Seg, SymStr, Truth};

use super::runs::{Run, cut, runs};
use super::{allows, beside, derived};

/// Replaces every occurrence of `from` (not empty). A hole that may contain an occurrence becomes a hole of its own; where
/// an occurrence may lie across the edge of a hole, nothing is certain and the whole is one hole.
///
/// Placeholders by convention (`_S3_BUCKET_ID_`: capitals between underscores) are taken not to be part of names that are
/// only known at deploy time: the public S3 modules patch policies this way, and the identity of the holes must survive.
#[must_use]
pub fn replace(text: &SymStr, from: &str, to: &SymStr) -> SymStr {
    let runs = runs(text);
    let placeholder = is_placeholder(from);
    let mut out = SymStr::default();
    for (index, run) in runs.iter().enumerate() {
        match run {
            Run::Known { segs, text } => {
                let mut at = 0;
                for (found, _) in text.match_indices(from) {
                    cut(segs, at..found).into_iter().for_each(|it| out.push(it));
                    out.push_str(to);
                    at = found + from.len();
                }
                cut(segs, at..text.len()).into_iter().for_each(|it| out.push(it));
            }
            Run::Hole(hole) if placeholder => out.push(Seg::Hole(hole.clone())),
            Run::Hole(hole) if beside(&runs, index, from) => return whole(text, hole, from, to),
            Run::Hole(hole) if from.chars().all(|it| allows(hole.class, it)) => {
                // A name stays free of wildcards, and not empty, when what is put in is so.
                let plain = hole.class != Class::Any
                    && to.has_wildcard() == Truth::No
                    && to.segs().iter().any(|it| matches!(it, Seg::Lit(_)));
                let class = if plain { Class::Identifier } else { Class::Any };
                out.push(Seg::hole(derived(hole, &name(from, to), class)));
            }
            Run::Hole(hole) => out.push(Seg::Hole(hole.clone())),
        }
    }
    out
}

fn is_placeholder(from: &str) -> bool {
    let inner = from.strip_prefix('_').and_then(|it| it.strip_suffix('_'));
    inner.is_some_and(|it| {
        it.contains(|c: char| c.is_ascii_uppercase())
            && it.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    })
}

fn name(from: &str, to: &SymStr) -> String {
    format!("replace(_, {from:?}, {:?})", to.display())
}

fn whole(text: &SymStr, hole: &Hole, from: &str, to: &SymStr) -> SymStr {
    let symbol = crate::value::Symbol::new(format!("\"{}\"", text.display()), "");
    let all = Hole { symbol, class: Class::Any, known: None, why: hole.why.clone() };
    SymStr::hole(derived(&all, &name(from, to), Class::Any))
}
