//! Data in YAML and JSON in one form: in which of them it is written, and in which order its keys stand, says nothing.

use std::collections::BTreeMap;
use std::path::Path;

use crate::source::FileId;
use crate::syntax::data::{Node, NodeKind, Plain};
use crate::syntax::{json, yaml};

use super::normal::{Step, quoted, suffix};

/// What a file says, where it is one document of data, and all of it is read.
pub(super) fn of_text(path: &Path, text: &str) -> Option<Node> {
    match path.extension()?.to_str()? {
        "json" => {
            let parsed = json::parse(FileId(0), text);
            parsed.tree.filter(|_| parsed.errors.is_empty())
        }
        "yaml" | "yml" => {
            let mut parsed = yaml::parse(FileId(0), text);
            let is_one = parsed.errors.is_empty() && parsed.tree.len() == 1;
            is_one.then(|| parsed.tree.pop()).flatten()
        }
        _ => None,
    }
}

/// A part of a document.
pub(super) fn normal(it: &Node, path: &[Step]) -> String {
    if let Some(tag) = &it.tag {
        return format!("{}({})", tag.name, normal(&Node { tag: None, ..it.clone() }, path));
    }
    match (&it.kind, path) {
        (NodeKind::Mapping(_), [Step::Key(own), rest @ ..]) => {
            it.get(own).map_or_else(|| "null".to_owned(), |it| normal(it, rest))
        }
        (NodeKind::Sequence(items), [Step::Key(own), rest @ ..]) => {
            let item = own.parse::<usize>().ok().and_then(|it| items.get(it));
            item.map_or_else(|| "null".to_owned(), |it| normal(it, rest))
        }
        (NodeKind::Mapping(pairs), [Step::Keys, ..]) => {
            let mut keys: Vec<String> = pairs.iter().filter_map(|it| it.key.text()).collect();
            keys.sort();
            format!("keys({})", keys.join(" "))
        }
        (NodeKind::Mapping(pairs), _) => {
            let rest = path.get(1..).unwrap_or_default();
            let all: BTreeMap<String, String> =
                pairs.iter().map(|it| (it.key.text().unwrap_or_default(), normal(&it.value, rest))).collect();
            let all: Vec<String> = all.into_iter().map(|(key, it)| format!("{key}={it}")).collect();
            format!("{{{}}}{}", all.join(" "), suffix(path.get(..1).unwrap_or_default()))
        }
        (NodeKind::Sequence(items), _) => {
            let rest = path.get(1..).unwrap_or_default();
            let all: Vec<String> = items.iter().map(|it| normal(it, rest)).collect();
            format!("[{}]{}", all.join(" "), suffix(path.get(..1).unwrap_or_default()))
        }
        (NodeKind::Scalar(scalar), _) => {
            let text = match scalar.plain() {
                Plain::Null => "null".to_owned(),
                Plain::Bool(it) => it.to_string(),
                Plain::Number(_) | Plain::Text => quoted(&scalar.text()),
            };
            text + &suffix(path)
        }
    }
}
