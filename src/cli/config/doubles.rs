//! Keys that are there twice: the last would count, and who reads the first would not know.

use std::collections::BTreeMap;

use crate::source::FileId;
use crate::syntax::data::{Node, NodeKind};
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
            let mut seen: BTreeMap<String, usize> = BTreeMap::new();
            for pair in pairs {
                let Some(key) = pair.key.text() else { continue };
                let at = pair.key.span.range().start;
                let before = text.get(..at).unwrap_or_default();
                let line = 1 + before.matches('\n').count();
                let column = 1 + before.rsplit('\n').next().unwrap_or_default().chars().count();
                if let Some(first) = seen.insert(key.clone(), line) {
                    return Err(format!("{line}:{column}: `{key}` is there twice; the first is in line {first}"));
                }
            }
            pairs.iter().try_for_each(|it| look(&it.value, text))
        }
        NodeKind::Sequence(items) => items.iter().try_for_each(|it| look(it, text)),
        NodeKind::Scalar(_) => Ok(()),
    }
}
