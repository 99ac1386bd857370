//! The tree that expression languages evaluate to.

use std::sync::Arc;

use super::{Class, Guard, Hole, Origin, SymStr, Symbol, Why};

/// Values are gone through by recursion: one that is nested more deeply is not kept.
const MAX_NESTING: usize = 256;

/// A value with its origin. Partly unknown values stay partly known.
#[derive(Clone, Debug, PartialEq)]
pub struct Val {
    /// What it is.
    pub kind: Kind,
    /// Where it comes from.
    pub origin: Origin,
    /// Marked sensitive: never printed.
    pub sensitive: bool,
    /// Whether a list is a set: its items are their own keys.
    pub is_set: bool,
    /// The type of a value that is not known, where that is.
    pub scalar: Option<Scalar>,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Explicit null, or CloudFormation's `AWS::NoValue`: as an attribute, the same as not written.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string, symbolic where parts are unknown.
    String(SymStr),
    /// A list, tuple or set.
    List(List),
    /// A map or object; keys in the order written.
    Map(Map),
    /// A string that is the JSON text of this value (`jsonencode(…)`, `data.aws_iam_policy_document.x.json`): kept as a
    /// tree, so that structure, partial knowledge and places survive.
    Json(Box<Val>),
    /// One of several, by conditions that are not decided here.
    Choice(Vec<Alternative>),
    /// Not known at all. As a string it is the one hole.
    Unknown(Arc<Hole>),
}

/// A number; `raw` keeps the text where its spelling matters (`012345678901`).
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// The value.
    pub value: f64,
    /// The text as written.
    pub raw: Option<Arc<str>>,
}

/// A list of which further items may be unknown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    /// Known items; each may itself be unknown.
    pub items: Vec<Val>,
    /// Why there may be more items.
    pub rest: Option<Why>,
}

/// A map of which further entries may be unknown. Duplicate keys are kept in order; look-ups take the last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    /// Known entries.
    pub entries: Vec<Entry>,
    /// Why there may be more entries.
    pub rest: Option<Why>,
}

/// One entry of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: SymStr,
    /// Where the key stands.
    pub key_origin: Origin,
    /// The value.
    pub value: Val,
}

/// Types of values that have no parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Scalar {
    Text,
    Number,
    Bool,
}

/// One possible value and when it is the one.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// When.
    pub guard: Guard,
    /// What.
    pub value: Val,
}

impl Val {
    /// A value with an origin, not sensitive.
    #[must_use]
    pub fn new(kind: Kind, origin: Origin) -> Self {
        Self { kind, origin, sensitive: false, is_set: false, scalar: None }
    }

    /// The same with another kind; what this one has is not copied.
    #[must_use]
    pub fn with_kind(&self, kind: Kind) -> Self {
        let Self { kind: _, origin, sensitive, is_set, scalar } = self;
        Self { kind, origin: origin.clone(), sensitive: *sensitive, is_set: *is_set, scalar: *scalar }
    }

    /// Known text.
    #[must_use]
    pub fn string(text: impl Into<Arc<str>>, origin: Origin) -> Self {
        Self::new(Kind::String(SymStr::text(text)), origin)
    }

    /// Something not known, standing for `symbol`.
    #[must_use]
    pub fn unknown(symbol: Symbol, class: Class, why: Why, origin: Origin) -> Self {
        Self::new(Kind::Unknown(Arc::new(Hole { symbol, class, known: None, why })), origin)
    }

    /// How large the value is: one for each node and each 64 bytes of text, counted no further than `limit`. What is nested
    /// too deeply to be gone through is larger than any limit.
    #[must_use]
    pub fn weight(&self, limit: usize) -> usize {
        let text = |it: &SymStr| {
            it.segs().len()
                + it.segs()
                    .iter()
                    .map(|seg| match seg {
                        super::Seg::Lit(lit) => lit.text.len() / 64,
                        super::Seg::Hole(_) => 1,
                    })
                    .sum::<usize>()
        };
        let mut total = 1_usize;
        let mut open: Vec<(&Val, usize)> = vec![(self, 0)];
        while let Some((next, depth)) = open.pop() {
            total = total.saturating_add(1);
            if limit < total {
                return total;
            }
            if MAX_NESTING < depth {
                return usize::MAX;
            }
            match &next.kind {
                Kind::String(it) => total = total.saturating_add(text(it)),
                Kind::Json(it) => open.push((it, depth + 1)),
                Kind::List(list) => open.extend(list.items.iter().map(|it| (it, depth + 1))),
                Kind::Map(map) => {
                    for entry in &map.entries {
                        total = total.saturating_add(text(&entry.key));
                        open.push((&entry.value, depth + 1));
                    }
                }
                Kind::Choice(all) => open.extend(all.iter().map(|it| (&it.value, depth + 1))),
                Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Unknown(_) => (),
            }
        }
        total
    }

    /// The value of a key, where this is a map that has it (the last of duplicates).
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Val> {
        match &self.kind {
            Kind::Map(map) => map.get(key),
            _ => None,
        }
    }

    /// The known texts and numbers in it, keys of maps aside.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        match &self.kind {
            Kind::Null | Kind::Bool(_) | Kind::Unknown(_) => Vec::new(),
            Kind::Number(_) | Kind::String(_) => self.as_symstr().and_then(|it| it.known()).into_iter().collect(),
            Kind::List(list) => list.items.iter().flat_map(Self::texts).collect(),
            Kind::Map(map) => map.entries.iter().flat_map(|it| it.value.texts()).collect(),
            Kind::Json(inner) => inner.texts(),
            Kind::Choice(all) => all.iter().flat_map(|it| it.value.texts()).collect(),
        }
    }

    /// As a symbolic string: strings, numbers and booleans as Terraform and CloudFormation convert them, unknowns as a
    /// hole. `None` for null, lists, maps and choices.
    #[must_use]
    pub fn as_symstr(&self) -> Option<SymStr> {
        match &self.kind {
            Kind::String(it) => Some(it.clone()),
            Kind::Bool(it) => Some(SymStr::text(if *it { "true" } else { "false" })),
            Kind::Number(it) => Some(SymStr::text(it.to_string())),
            Kind::Unknown(hole) => Some(SymStr::hole(hole.clone())),
            Kind::Json(it) => Some(super::json::encode(it).unwrap_or_else(|| SymStr::hole(super::json::opaque(it)))),
            Kind::Null | Kind::List(_) | Kind::Map(_) | Kind::Choice(_) => None,
        }
    }

    /// As known text.
    #[must_use]
    pub fn as_text(&self) -> Option<String> {
        match &self.kind {
            Kind::String(it) => it.known(),
            _ => self.as_symstr().and_then(|it| it.known()),
        }
    }

    /// As a boolean: booleans and the texts `true` and `false`.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match &self.kind {
            Kind::Bool(it) => Some(*it),
            Kind::String(it) if it.is("true") => Some(true),
            Kind::String(it) if it.is("false") => Some(false),
            _ => None,
        }
    }

    /// The type of a value that has no parts; `None` for one that has, or may have.
    #[must_use]
    pub fn scalar_type(&self) -> Option<Scalar> {
        match &self.kind {
            Kind::Bool(_) => Some(Scalar::Bool),
            Kind::Number(_) => Some(Scalar::Number),
            Kind::String(_) | Kind::Json(_) => Some(Scalar::Text),
            Kind::Unknown(_) => self.scalar,
            Kind::Null | Kind::List(_) | Kind::Map(_) | Kind::Choice(_) => None,
        }
    }

    /// The first reason why this value, or the whole of it, is not known.
    #[must_use]
    pub fn why(&self) -> Option<Why> {
        match &self.kind {
            Kind::Unknown(hole) => Some(hole.why.clone()),
            Kind::String(it) => it.why().cloned(),
            Kind::Json(it) => it.why(),
            Kind::List(it) => it.rest.clone().or_else(|| it.items.iter().find_map(Self::why)),
            Kind::Map(it) => it.rest.clone().or_else(|| it.entries.iter().find_map(|it| it.value.why())),
            Kind::Choice(alternatives) => alternatives.iter().find_map(|it| match &it.guard {
                Guard::When(_) => Some(Why::new(super::Cause::Conditional, it.guard.to_string(), self.origin.span)),
                Guard::Never => None,
            }),
            Kind::Null | Kind::Bool(_) | Kind::Number(_) => None,
        }
    }
}

impl Map {
    /// The value of a key: the last one written.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Val> {
        self.entries.iter().rev().find(|it| it.key.is(key)).map(|it| &it.value)
    }
}

impl Number {
    /// A number without a spelling of its own.
    #[must_use]
    pub fn new(value: f64) -> Self {
        Self { value, raw: None }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.raw {
            Some(raw) => f.write_str(raw),
            None => write!(f, "{}", self.value),
        }
    }
}
