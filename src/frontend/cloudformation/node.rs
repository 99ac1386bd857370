//! Reading the YAML/JSON tree as CloudFormation does: keys, scalars, and both spellings of an intrinsic function.

use crate::source::Span;
use crate::syntax::data::{Node, NodeKind, Pair, Scalar};

/// An intrinsic function call, long (`Fn::Sub: …`) or short (`!Sub …`).
#[derive(Clone, Debug)]
pub(crate) struct Call<'a> {
    /// The long name: `Ref`, `Condition`, `Fn::Sub`.
    pub name: String,
    /// The argument. For a short call this is the tagged node itself, to be read without its tag.
    pub arg: &'a Node,
    /// Whether `arg` carries the tag of this very call.
    pub short: bool,
    /// The whole call.
    pub span: Span,
}

impl<'a> Call<'a> {
    /// The arguments, where the argument is a list.
    pub fn items(&self) -> &'a [Node] {
        items(self.arg)
    }

    /// The argument, where it is plain text.
    pub fn text(&self) -> Option<String> {
        match &self.arg.kind {
            NodeKind::Scalar(it) if self.short || self.arg.tag.is_none() => Some(scalar_text(it)),
            _ => None,
        }
    }
}

/// The call that a node is. `Condition` counts only where conditions stand, so it is left to the caller.
pub(crate) fn call(node: &Node) -> Option<Call<'_>> {
    if let Some(tag) = &node.tag {
        let short = tag.name.strip_prefix('!')?;
        if short.is_empty() || short.starts_with('!') || short.contains([':', '/']) {
            return None;
        }
        let name = match short {
            "Ref" | "Condition" => short.to_owned(),
            _ => format!("Fn::{short}"),
        };
        return Some(Call { name, arg: node, short: true, span: node.span });
    }
    let NodeKind::Mapping(pairs) = &node.kind else { return None };
    let [pair] = pairs.as_slice() else { return None };
    let name = text(&pair.key)?;
    let named = name == "Ref" || name == "Condition" || (name.starts_with("Fn::") && !name.starts_with("Fn::ForEach"));
    named.then_some(Call { name, arg: &pair.value, short: false, span: node.span })
}

/// The pairs of a mapping; none for anything else.
pub(super) fn pairs(node: &Node) -> &[Pair] {
    match &node.kind {
        NodeKind::Mapping(it) => it,
        _ => &[],
    }
}

/// The items of a sequence; none for anything else.
pub(super) fn items(node: &Node) -> &[Node] {
    match &node.kind {
        NodeKind::Sequence(it) => it,
        _ => &[],
    }
}

/// The pair of a key: the last one written, as CloudFormation takes it.
pub(super) fn pair<'a>(node: &'a Node, key: &str) -> Option<&'a Pair> {
    pairs(node).iter().rev().find(|it| text(&it.key).as_deref() == Some(key))
}

/// The value of a key.
pub(crate) fn get<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    pair(node, key).map(|it| &it.value)
}

/// The text of a scalar without a tag.
pub(crate) fn text(node: &Node) -> Option<String> {
    match &node.kind {
        NodeKind::Scalar(it) if node.tag.is_none() => Some(scalar_text(it)),
        _ => None,
    }
}

/// The text of a scalar.
pub(super) fn scalar_text(scalar: &Scalar) -> String {
    scalar.pieces.iter().map(|it| &*it.text).collect()
}

/// The text of a key, or of a list's items where one text is a list of one.
pub(super) fn texts(node: &Node) -> Vec<String> {
    match &node.kind {
        NodeKind::Sequence(all) => all.iter().filter_map(text).collect(),
        _ => text(node).into_iter().collect(),
    }
}
