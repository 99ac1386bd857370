//! Symbolic strings: literal pieces and typed holes, so that one unknown part does not hide the rest.

use std::sync::Arc;

use crate::source::{Piece as Lit, Span};

use super::class::could_be;
use super::{Class, Truth, Why};

/// What an unknown stands for: the same symbol is the same value, whatever it is.
///
/// `entity` is an instance address (`module.lake.aws_s3_bucket.this[0]`, a CloudFormation logical id, `AWS`),
/// `attribute` the part of it (`id`, `arn`, `AccountId`). All spellings of one bucket's name (`.id`, `.bucket`,
/// `Ref`) use the attribute `id`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol {
    /// The block, parameter or fact.
    pub entity: Arc<str>,
    /// The part of it.
    pub attribute: Arc<str>,
}

impl Symbol {
    /// A symbol.
    #[must_use]
    pub fn new(entity: impl Into<Arc<str>>, attribute: impl Into<Arc<str>>) -> Self {
        Self { entity: entity.into(), attribute: attribute.into() }
    }
}

/// An unknown part of a string, or a known part whose identity matters (`known`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hole {
    /// What it stands for.
    pub symbol: Symbol,
    /// What its text may be.
    pub class: Class,
    /// Its text, where it is known all the same (a bucket with a literal name).
    pub known: Option<Arc<str>>,
    /// Why it is not known.
    pub why: Why,
}

/// A piece of a symbolic string.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Seg {
    /// Known text.
    Lit(Lit),
    /// Unknown text.
    Hole(Hole),
}

/// A string of which parts may be unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SymStr {
    segs: Vec<Seg>,
}

impl SymStr {
    /// Known text without a place.
    #[must_use]
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::from_iter([Seg::Lit(Lit { text: text.into(), at: None })])
    }

    /// Known text that stands at `at` letter for letter.
    #[must_use]
    pub fn text_at(text: impl Into<Arc<str>>, at: Span) -> Self {
        let text = text.into();
        if text.is_empty() { Self::default() } else { Self { segs: vec![Seg::Lit(Lit { text, at: Some(at) })] } }
    }

    /// One hole.
    #[must_use]
    pub fn hole(hole: Hole) -> Self {
        Self::from_iter([Seg::Hole(hole)])
    }

    /// The pieces in order. No literal piece is empty.
    #[must_use]
    pub fn segs(&self) -> &[Seg] {
        &self.segs
    }

    /// Appends a piece.
    pub fn push(&mut self, seg: Seg) {
        if !matches!(&seg, Seg::Lit(lit) if lit.text.is_empty()) {
            self.segs.push(seg);
        }
    }

    /// Appends another string.
    pub fn push_str(&mut self, other: &Self) {
        self.segs.extend(other.segs.iter().cloned());
    }

    /// The whole text, where every piece is known.
    #[must_use]
    pub fn known(&self) -> Option<String> {
        let mut out = String::new();
        for seg in &self.segs {
            match seg {
                Seg::Lit(lit) => out.push_str(&lit.text),
                Seg::Hole(hole) => out.push_str(hole.known.as_deref()?),
            }
        }
        Some(out)
    }

    /// Known text up to the first unknown piece.
    #[must_use]
    pub fn known_prefix(&self) -> String {
        let mut out = String::new();
        for seg in &self.segs {
            match seg {
                Seg::Lit(lit) => out.push_str(&lit.text),
                Seg::Hole(Hole { known: Some(text), .. }) => out.push_str(text),
                Seg::Hole(_) => break,
            }
        }
        out
    }

    /// The holes whose text is not known.
    pub fn unknown_holes(&self) -> impl Iterator<Item = &Hole> {
        self.segs.iter().filter_map(|seg| match seg {
            Seg::Hole(hole) if hole.known.is_none() => Some(hole),
            _ => None,
        })
    }

    /// The first reason why the text is not wholly known.
    #[must_use]
    pub fn why(&self) -> Option<&Why> {
        self.unknown_holes().map(|hole| &hole.why).next()
    }

    /// The one symbol that the whole string is, if it is exactly one hole.
    #[must_use]
    pub fn symbol(&self) -> Option<&Symbol> {
        match self.segs.as_slice() {
            [Seg::Hole(hole)] => Some(&hole.symbol),
            _ => None,
        }
    }

    /// Whether the text can contain `*` or `?`: `Unknown` where a hole of class [`Class::Any`] might.
    #[must_use]
    pub fn has_wildcard(&self) -> Truth {
        Truth::any(self.segs.iter().map(|seg| match seg {
            Seg::Lit(lit) => lit.text.contains(['*', '?']).into(),
            Seg::Hole(Hole { known: Some(text), .. }) => text.contains(['*', '?']).into(),
            Seg::Hole(hole) if hole.class == Class::Any => Truth::Unknown,
            Seg::Hole(_) => Truth::No,
        }))
    }

    /// Whether the text equals `text`.
    #[must_use]
    pub fn equals(&self, text: &str) -> Truth {
        if let Some(own) = self.known() {
            return (own == text).into();
        }
        if self.could_be(text) { Truth::Unknown } else { Truth::No }
    }

    /// Whether some filling of the holes gives `text`, as far as the classes tell.
    #[must_use]
    pub fn could_be(&self, text: &str) -> bool {
        could_be(&self.segs, text)
    }

    /// For people: holes as `${entity.attribute}`, CloudFormation's pseudo parameters as they are written there.
    #[must_use]
    pub fn display(&self) -> String {
        let mut out = String::new();
        for seg in &self.segs {
            match seg {
                Seg::Lit(lit) => out.push_str(&lit.text),
                Seg::Hole(Hole { known: Some(text), .. }) => out.push_str(text),
                Seg::Hole(hole) => {
                    out.push_str("${");
                    out.push_str(&hole.symbol.entity);
                    if !hole.symbol.attribute.is_empty() {
                        out.push_str(if &*hole.symbol.entity == "AWS" { "::" } else { "." });
                        out.push_str(&hole.symbol.attribute);
                    }
                    out.push('}');
                }
            }
        }
        out
    }
}

impl FromIterator<Seg> for SymStr {
    fn from_iter<I: IntoIterator<Item = Seg>>(iter: I) -> Self {
        let iter = iter.into_iter();
        // Most texts have one piece, and pieces are large.
        let mut out = Self { segs: Vec::with_capacity(iter.size_hint().0) };
        for seg in iter {
            out.push(seg);
        }
        out
    }
}
