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
