//! Symbolic strings: literal pieces and typed holes, so that one unknown part does not hide the rest.

use std::borrow::Cow;
use std::sync::Arc;

use crate::source::{Piece as Lit, Span};

use super::class::could_be;
use super::{Cause, Class, Truth, Why};

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

/// A piece of a symbolic string. Most are literal, and a hole is twice as large: it is kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Seg {
    /// Known text.
    Lit(Lit),
    /// Unknown text.
    Hole(Arc<Hole>),
}

impl Seg {
    /// Unknown text, or known text whose identity matters.
    #[must_use]
    pub fn hole(hole: impl Into<Arc<Hole>>) -> Self {
        Self::Hole(hole.into())
    }

    /// Its text, where that is known.
    #[must_use]
    pub fn known(&self) -> Option<&Arc<str>> {
        match self {
            Self::Lit(lit) => Some(&lit.text),
            Self::Hole(hole) => hole.known.as_ref(),
        }
    }
}

/// A string of which parts may be unknown, cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SymStr {
    segs: Segs,
}

/// The pieces of a string. Most have one, which is kept in place; several are shared by the copies of their string.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Segs {
    #[default]
    None,
    One(Seg),
    /// Two or more.
    Many(Arc<Vec<Seg>>),
}

impl Segs {
    fn of(mut segs: Vec<Seg>) -> Self {
        if 1 < segs.len() {
            return Self::Many(Arc::new(segs));
        }
        segs.pop().map_or(Self::None, Self::One)
    }

    fn extend(&mut self, more: impl IntoIterator<Item = Seg>) {
        *self = match std::mem::take(self) {
            Self::Many(mut segs) => {
                Arc::make_mut(&mut segs).extend(more);
                Self::Many(segs)
            }
            few => Self::of(few.iter().cloned().chain(more).collect()),
        };
    }
}

impl std::fmt::Debug for Segs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl std::ops::Deref for Segs {
    type Target = [Seg];

    fn deref(&self) -> &[Seg] {
        match self {
            Self::None => &[],
            Self::One(seg) => std::slice::from_ref(seg),
            Self::Many(segs) => segs,
        }
    }
}

impl SymStr {
    /// Known text without a place.
    #[must_use]
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::piece(text.into(), None)
    }

    /// Known text that stands at `at` letter for letter.
    #[must_use]
    pub fn text_at(text: impl Into<Arc<str>>, at: Span) -> Self {
        Self::piece(text.into(), Some(at))
    }

    fn piece(text: Arc<str>, at: Option<Span>) -> Self {
        Self { segs: if text.is_empty() { Segs::None } else { Segs::One(Seg::Lit(Lit { text, at })) } }
    }

    /// The pieces in order, in the room that they have.
    #[must_use]
    pub(crate) fn of_pieces(pieces: Vec<Lit>) -> Self {
        Self { segs: Segs::of(pieces.into_iter().filter(|it| !it.text.is_empty()).map(Seg::Lit).collect()) }
    }

    /// One hole.
    #[must_use]
    pub fn hole(hole: impl Into<Arc<Hole>>) -> Self {
        Self::from_iter([Seg::hole(hole)])
    }

    /// The pieces in order. No literal piece is empty.
    #[must_use]
    pub fn segs(&self) -> &[Seg] {
        &self.segs
    }

    /// Appends a piece.
    pub fn push(&mut self, seg: Seg) {
        if !is_empty(&seg) {
            self.segs.extend([seg]);
        }
    }

    /// Appends another string.
    pub fn push_str(&mut self, other: &Self) {
        match &self.segs {
            Segs::None => *self = other.clone(),
            _ => self.segs.extend(other.segs.iter().cloned()),
        }
    }

    /// Whether every piece is known, and the whole is this text.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        if let Segs::One(only) = &self.segs {
            return only.known().is_some_and(|it| **it == *text);
        }
        let mut rest = text;
        for seg in self.segs.iter() {
            match seg.known().and_then(|it| rest.strip_prefix(&**it)) {
                Some(left) => rest = left,
                None => return false,
            }
        }
        rest.is_empty()
    }

    /// The whole text, where every piece is known: borrowed where it is one piece.
    #[must_use]
    pub fn known_text(&self) -> Option<Cow<'_, str>> {
        match self.segs() {
            [] => Some(Cow::Borrowed("")),
            [only] => only.known().map(|it| Cow::Borrowed(&**it)),
            _ => self.known().map(Cow::Owned),
        }
    }

    /// The whole text, where every piece is known.
    #[must_use]
    pub fn known(&self) -> Option<String> {
        if let Segs::One(only) = &self.segs {
            return only.known().map(|it| (**it).to_owned());
        }
        let mut out = String::new();
        for seg in self.segs.iter() {
            out.push_str(seg.known()?);
        }
        Some(out)
    }

    /// Known text up to the first unknown piece.
    #[must_use]
    pub fn known_prefix(&self) -> String {
        let mut out = String::new();
        for seg in self.segs.iter() {
            match seg.known() {
                Some(text) => out.push_str(text),
                None => break,
            }
        }
        out
    }

    /// The holes whose text is not known.
    pub fn unknown_holes(&self) -> impl Iterator<Item = &Hole> {
        self.segs.iter().filter_map(|seg| match seg {
            Seg::Hole(hole) if hole.known.is_none() => Some(&**hole),
            _ => None,
        })
    }

    /// The first reason why the text is not wholly known.
    #[must_use]
    pub fn why(&self) -> Option<&Why> {
        self.unknown_holes().map(|hole| &hole.why).next()
    }

    /// For files: what is not known by what it may be, `site-${account-id}`. `None` where nothing is known.
    #[must_use]
    pub fn pattern(&self) -> Option<String> {
        let part = |seg: &Seg| match (seg.known(), seg) {
            (None, Seg::Hole(hole)) => format!("${{{}}}", hole.class.code()),
            (known, _) => known.map(ToString::to_string).unwrap_or_default(),
        };
        let is_known = |it: &Seg| it.known().is_some_and(|it| !it.is_empty());
        self.segs.iter().any(is_known).then(|| self.segs.iter().map(part).collect())
    }

    /// A text as [`SymStr::pattern`] writes it.
    #[must_use]
    pub fn of_pattern(text: &str) -> Self {
        let mut all = Self::default();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((code, left)) = after.split_once('}') else { break };
            let class = Class::of_code(code).unwrap_or(Class::Any);
            let why = Why::new(Cause::NotInInput, code, None);
            all.push_str(&Self::text(before));
            all.push(Seg::hole(Hole { symbol: Symbol::new("", code), class, known: None, why }));
            rest = left;
        }
        all.push_str(&Self::text(rest));
        all
    }

    /// The one symbol that the whole string is, if it is exactly one hole.
    #[must_use]
    pub fn symbol(&self) -> Option<&Symbol> {
        match &*self.segs {
            [Seg::Hole(hole)] => Some(&hole.symbol),
            _ => None,
        }
    }

    /// Why it is the name of one instance only of what its symbol stands for, where it is.
    #[must_use]
    pub fn of_instance(&self) -> Option<&Why> {
        match &*self.segs {
            [Seg::Hole(hole)] if hole.why.cause() == Cause::Instance => Some(&hole.why),
            _ => None,
        }
    }

    /// Whether the text can contain `*` or `?`: `Unknown` where a hole of class [`Class::Any`] might.
    #[must_use]
    pub fn has_wildcard(&self) -> Truth {
        Truth::any(self.segs.iter().map(|seg| match (seg.known(), seg) {
            (Some(text), _) => text.contains(['*', '?']).into(),
            (None, Seg::Hole(hole)) if hole.class == Class::Any => Truth::Unknown,
            (None, _) => Truth::No,
        }))
    }

    /// Whether the text equals `text`.
    #[must_use]
    pub fn equals(&self, text: &str) -> Truth {
        if self.why().is_none() {
            return self.is(text).into();
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
        for seg in self.segs.iter() {
            match (seg.known(), seg) {
                (Some(text), _) => out.push_str(text),
                (None, Seg::Lit(_)) => {}
                (None, Seg::Hole(hole)) => {
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

fn is_empty(seg: &Seg) -> bool {
    matches!(seg, Seg::Lit(lit) if lit.text.is_empty())
}

impl FromIterator<Seg> for SymStr {
    fn from_iter<I: IntoIterator<Item = Seg>>(iter: I) -> Self {
        let mut all = iter.into_iter().filter(|it| !is_empty(it));
        // A list is made where there are two.
        let segs = match (all.next(), all.next()) {
            (None, _) => Segs::None,
            (Some(only), None) => Segs::One(only),
            (Some(first), Some(second)) => Segs::of([first, second].into_iter().chain(all).collect()),
        };
        Self { segs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_says_what_a_text_may_be() {
        let why = Why::new(Cause::Computed, "x", None);
        let hole = Seg::hole(Hole { symbol: Symbol::new("x", "id"), class: Class::AccountId, known: None, why });
        let name = SymStr::from_iter([Seg::Lit(Lit { text: "a-".into(), at: None }), hole.clone()]);
        let pattern = name.pattern();
        assert_eq!(pattern.as_deref(), Some("a-${account-id}"));
        let again = SymStr::of_pattern(&pattern.unwrap_or_default());
        assert_eq!(
            (again.pattern(), again.could_be("a-111122223333"), again.could_be("a-b")),
            (name.pattern(), true, false)
        );
        assert_eq!((SymStr::text("a").pattern().as_deref(), SymStr::from_iter([hole]).pattern()), (Some("a"), None));
        assert_eq!(SymStr::of_pattern("a${b").known().as_deref(), Some("a${b"));
    }

    #[test]
    fn a_text_is_what_its_known_pieces_are() {
        let hole = |known: Option<&str>| {
            let why = Why::new(Cause::Computed, "x", None);
            Seg::hole(Hole { symbol: Symbol::new("x", "id"), class: Class::Any, known: known.map(Arc::from), why })
        };
        let lit = |text: &str| Seg::Lit(Lit { text: text.into(), at: None });
        let known = SymStr::from_iter([lit("a-"), hole(Some("b")), lit("-c")]);
        assert!(known.is("a-b-c"));
        assert!(["", "a-b", "a-b-c-d", "a-x-c"].iter().all(|it| !known.is(it)));
        let open = SymStr::from_iter([lit("a-"), hole(None)]);
        assert!(!open.is("a-") && !open.is("a-b"));
        for text in [known.clone(), open.clone(), SymStr::default(), SymStr::text("a"), SymStr::from_iter([hole(None)])]
        {
            assert_eq!(text.known_text().as_deref(), text.known().as_deref());
        }
        assert!(SymStr::default().is(""));
        // A copy that grows leaves the first as it was.
        let mut grown = known.clone();
        grown.push(lit("!"));
        grown.push_str(&open);
        assert_eq!((known.known().as_deref(), grown.segs().len()), (Some("a-b-c"), 6));
    }
}
