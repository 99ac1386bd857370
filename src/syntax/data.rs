//! The tree that YAML and JSON share.

use crate::source::{Piece, Span};

/// A node of a YAML or JSON document. Aliases are expanded (within a budget) before anyone sees the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its place, quotes and brackets included.
    pub span: Span,
    /// Its tag, `!Sub` with the exclamation mark; none in JSON.
    pub tag: Option<Tag>,
}

/// A tag and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    /// `!Sub`, `!GetAtt`.
    pub name: String,
    /// Its place.
    pub span: Span,
}

/// Kinds of nodes.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// A scalar.
    Scalar(Scalar),
    /// A sequence or array.
    Sequence(Vec<Node>),
    /// A mapping or object, in the order written; duplicate keys are kept (and reported as an error that loses nothing).
    Mapping(Vec<Pair>),
}

/// One entry of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The key; nearly always a scalar.
    pub key: Node,
    /// The value.
    pub value: Node,
}

/// A scalar: its text after unescaping and folding, in pieces that keep their places.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The pieces of the text.
    pub pieces: Vec<Piece>,
    /// How it was written.
    pub style: Style,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: YAML plain, or a JSON number, `true`, `false`, `null`.
    Plain,
    /// In quotes of either kind.
    Quoted,
    /// YAML `|` or `>`.
    Block,
}

impl Node {
    /// The text of a scalar.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match &self.kind {
            NodeKind::Scalar(scalar) => Some(scalar.text()),
            NodeKind::Sequence(_) | NodeKind::Mapping(_) => None,
        }
    }

    /// The entry of a key, where this is a mapping that has it: the last of duplicates, as CloudFormation takes it.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Pair> {
        self.entries().iter().rev().find(|it| it.key.is_text(key))
    }

    /// Whether this is a scalar with this text.
    fn is_text(&self, text: &str) -> bool {
        let NodeKind::Scalar(scalar) = &self.kind else { return false };
        match scalar.pieces.as_slice() {
            [] => text.is_empty(),
            [only] => *only.text == *text,
            _ => scalar.text() == text,
        }
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|it| &it.value)
    }

    /// The entries of a mapping; none for anything else.
    #[must_use]
    pub fn entries(&self) -> &[Pair] {
        match &self.kind {
            NodeKind::Mapping(pairs) => pairs,
            NodeKind::Scalar(_) | NodeKind::Sequence(_) => &[],
        }
    }

    /// Moves every place by `by` bytes: for a tree that was parsed from a part of a file.
    pub fn shift(&mut self, by: u32) {
        self.span = self.span.shifted(by);
        if let Some(tag) = &mut self.tag {
            tag.span = tag.span.shifted(by);
        }
        match &mut self.kind {
            NodeKind::Scalar(scalar) => {
                for piece in &mut scalar.pieces {
                    piece.at = piece.at.map(|it| it.shifted(by));
                }
            }
            NodeKind::Sequence(items) => items.iter_mut().for_each(|it| it.shift(by)),
            NodeKind::Mapping(pairs) => {
                for pair in pairs {
                    pair.key.shift(by);
                    pair.value.shift(by);
                }
            }
        }
    }

    /// The items of a sequence; none for anything else.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            NodeKind::Sequence(items) => items,
            NodeKind::Scalar(_) | NodeKind::Mapping(_) => &[],
        }
    }
}

/// What a plain scalar means, by YAML 1.1 as CloudFormation reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plain {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `yes`, `on` … and their opposites.
    Bool(bool),
    /// A number.
    Number(f64),
    /// Anything else.
    Text,
}

impl Scalar {
    /// The whole text.
    #[must_use]
    pub fn text(&self) -> String {
        self.pieces.iter().map(|it| &*it.text).collect()
    }

    /// What the scalar means.
    #[must_use]
    pub fn plain(&self) -> Plain {
        if self.style != Style::Plain {
            return Plain::Text;
        }
        let text = self.text();
        match text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
            "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Plain::Bool(true),
            "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Plain::Bool(false),
            _ if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) => {
                text.parse().map_or(Plain::Text, Plain::Number)
            }
            _ => Plain::Text,
        }
    }
}

/// So many complaints about one text are told; each one about a key costs a look at all that stands before it.
const MAX_TOLD: usize = 500;

/// The keys that stand twice in a mapping: each with where it stood before, and where it stands again.
pub(crate) fn duplicates(pairs: &[Pair]) -> impl Iterator<Item = (String, Span, Span)> {
    let mut seen = std::collections::BTreeMap::new();
    pairs.iter().filter_map(move |pair| {
        let key = pair.key.text()?;
        let first = seen.insert(key.clone(), pair.key.span)?;
        Some((key, first, pair.key.span))
    })
}

/// Says which keys stand twice in a mapping. The last one counts.
pub(crate) fn note_duplicates(pairs: &[Pair], text: &str, errors: &mut Vec<super::SyntaxError>) {
    for (key, first, again) in duplicates(pairs) {
        if MAX_TOLD <= errors.len() {
            return;
        }
        let line = 1 + text.get(..first.start as usize).map_or(0, |it| it.matches('\n').count());
        errors.push(super::SyntaxError {
            at: again,
            message: format!("the key `{key}` stands here a second time (first on line {line}); the last one counts"),
            help: Some(if errors.len() + 1 == MAX_TOLD {
                "remove one of the two; further ones are not listed".to_owned()
            } else {
                "remove one of the two".to_owned()
            }),
            kind: crate::syntax::ErrorKind::DuplicateKey,
        });
    }
}
