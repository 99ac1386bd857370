//! Keys that are there twice: the last would count, and who reads the first would not know.

use crate::source::{FileId, Span};
use crate::syntax::data::{Node, NodeKind, duplicates};
use crate::syntax::yaml;

/// Refuses a key that a mapping of any depth has twice.
///
/// # Errors
/// `line:column: what is wrong`.
pub fn refuse(text: &str) -> Result<(), String> {
    yaml::parse(FileId(0), text).tree.iter().try_for_each(|it| look(it, text))
}

fn look(node: &Node, text: &str) -> Result<(), String> {
    match &node.kind {
        NodeKind::Mapping(pairs) => {
            if let Some((key, first, again)) = duplicates(pairs).next() {
                let before = |it: Span| text.get(..it.range().start).unwrap_or_default();
                let line = |it: Span| 1 + before(it).matches('\n').count();
                let column = 1 + before(again).rsplit('\n').next().unwrap_or_default().chars().count();
                return Err(format!(
                    "{}:{column}: `{key}` is there twice; the first is in line {}",
                    line(again),
                    line(first)
                ));
            }
            pairs.iter().try_for_each(|it| look(&it.value, text))
        }
        NodeKind::Sequence(items) => items.iter().try_for_each(|it| look(it, text)),
        NodeKind::Scalar(_) => Ok(()),
    }
}
