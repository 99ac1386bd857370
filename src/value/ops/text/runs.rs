//! A symbolic string as known stretches and holes.

use std::ops::Range;
use std::sync::Arc;

use crate::source::{Piece, Span};
use crate::value::{Class, Hole, Seg, SymStr};

use super::derived;

/// A known stretch, however many pieces it has, or an unknown hole.
pub(super) enum Run {
    Known { segs: Vec<Seg>, text: String },
    Hole(Arc<Hole>),
}

pub(super) fn runs(text: &SymStr) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::new();
    for seg in text.segs() {
        let known = match (seg.known(), seg) {
            (Some(known), _) => known,
            (None, Seg::Lit(_)) => continue,
            (None, Seg::Hole(hole)) => {
                out.push(Run::Hole(hole.clone()));
                continue;
            }
        };
        match out.last_mut() {
            Some(Run::Known { segs, text }) => {
                segs.push(seg.clone());
                text.push_str(known);
            }
            _ => out.push(Run::Known { segs: vec![seg.clone()], text: known.to_string() }),
        }
    }
    out
}

/// The pieces of a byte range of a known stretch, each with its place. A hole with known text that is cut is text.
pub(super) fn cut(segs: &[Seg], range: Range<usize>) -> Vec<Seg> {
    let mut out = Vec::new();
    let mut offset = 0;
    for seg in segs {
        let (text, at) = match seg {
            Seg::Lit(lit) => (&*lit.text, lit.at),
            Seg::Hole(hole) => (hole.known.as_deref().unwrap_or_default(), None),
        };
        let start = range.start.saturating_sub(offset).min(text.len());
        let end = range.end.saturating_sub(offset).min(text.len());
        offset += text.len();
        if start == 0 && end == text.len() {
            out.push(seg.clone());
        } else if let Some(part) = text.get(start..end).filter(|it| !it.is_empty()) {
            let place = |at: Span| Span::of(at.file, at.start as usize + start..at.start as usize + end);
            out.push(Seg::Lit(Piece { text: part.into(), at: at.map(place) }));
        }
    }
    out
}

/// Applies `f` to all known text. Holes whose class `keeps` them stay; others become holes named by `function`, in which
/// `_` stands for the hole (`upper(_)`).
pub fn map_literals(
    text: &SymStr,
    function: &str,
    f: impl Fn(&str) -> String,
    keeps: impl Fn(Class) -> bool,
) -> SymStr {
    let mut out = SymStr::default();
    for seg in text.segs() {
        out.push(match seg {
            Seg::Lit(lit) => {
                let mapped = f(&lit.text);
                let at = if mapped == *lit.text { lit.at } else { None };
                Seg::Lit(Piece { text: mapped.into(), at })
            }
            Seg::Hole(hole) => match &hole.known {
                Some(known) if f(known) == **known => seg.clone(),
                Some(known) => Seg::Lit(Piece { text: f(known).into(), at: None }),
                None if keeps(hole.class) => seg.clone(),
                None => {
                    let class = if hole.class == Class::Any { Class::Any } else { Class::Identifier };
                    Seg::hole(derived(hole, function, class))
                }
            },
        });
    }
    out
}
