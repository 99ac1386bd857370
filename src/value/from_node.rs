//! YAML and JSON trees → values, tags ignored: for documents that hold no expressions.

use crate::syntax::data::{Node, NodeKind, Plain, Scalar};

use super::{Entry, Kind, List, Map, Number, Origin, Seg, SymStr, Val};

/// The value of a document.
#[must_use]
pub fn from_node(node: &Node) -> Val {
    let kind = match &node.kind {
        NodeKind::Scalar(scalar) => from_scalar(scalar),
        NodeKind::Sequence(items) => Kind::List(List { items: items.iter().map(from_node).collect(), rest: None }),
        NodeKind::Mapping(pairs) => {
            let entries = pairs.iter().map(|pair| Entry {
                key: text_of(&pair.key),
                key_origin: Origin::at(pair.key.span),
                value: from_node(&pair.value),
            });
            Kind::Map(Map { entries: entries.collect(), rest: None })
        }
    };
    Val::new(kind, Origin::at(node.span))
}

/// A scalar by its meaning; numbers keep their spelling.
#[must_use]
pub fn from_scalar(scalar: &Scalar) -> Kind {
    match scalar.plain() {
        Plain::Null => Kind::Null,
        Plain::Bool(it) => Kind::Bool(it),
        Plain::Number(value) => Kind::Number(Number { value, raw: Some(scalar.text().into()) }),
        Plain::Text => Kind::String(scalar_text(scalar)),
    }
}

/// The text of a scalar with the places of its pieces.
#[must_use]
pub fn scalar_text(scalar: &Scalar) -> SymStr {
    scalar.pieces.iter().cloned().map(Seg::Lit).collect()
}

fn text_of(node: &Node) -> SymStr {
    match &node.kind {
        NodeKind::Scalar(scalar) => scalar_text(scalar),
        NodeKind::Sequence(_) | NodeKind::Mapping(_) => SymStr::default(),
    }
}
