//! The same in YAML and JSON: of a template the parameters, conditions, mappings and custom resources that a text names.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use crate::source::Span;
use crate::syntax::data::{Node, NodeKind, Pair};
use crate::syntax::{json, yaml};

use super::plain;

/// A part of a template that has a name.
struct Part<'a> {
    name: String,
    /// Whether what it says decides what it is to others: what AWS says of its own resources does not.
    is_followed: bool,
    pair: &'a Pair,
}

/// The text of a place, and those of all that it names.
pub(super) fn follow(at: Span, path: &Path, text: &str, known: &[Span]) -> BTreeSet<String> {
    let is_json = path.extension().is_some_and(|it| it == "json");
    let documents: Vec<Node> = match is_json {
        true => json::parse(at.file, text).tree.into_iter().collect(),
        false => yaml::parse(at.file, text).tree,
    };
    let parts: Vec<Part<'_>> = documents.iter().flat_map(|it| parts(it, text)).collect();
    let comments = if is_json { none } else { lines };
    let slice = |at: Span| plain(text, at, known, comments);
    let mut open = vec![slice(at)];
    // Whether the resource is there at all is said beside the policy.
    let own = parts.iter().filter(|it| it.pair.value.span.range().contains(&at.range().start));
    open.extend(own.filter_map(|it| member(&it.pair.value, "Condition", text)).map(|it| slice(it.value.span)));
    let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
    while let Some(text) = open.pop() {
        let is_part = |it: char| it.is_ascii_alphanumeric();
        let names: BTreeSet<&str> = text.split(|it: char| !is_part(it)).filter(|it| !it.is_empty()).collect();
        for (at, part) in parts.iter().enumerate().filter(|it| it.1.is_followed && names.contains(it.1.name.as_str())) {
            if seen.insert(at) {
                open.push(slice(part.pair.value.span));
            }
        }
        found.insert(text);
    }
    found
}

fn parts<'a>(document: &'a Node, text: &str) -> Vec<Part<'a>> {
    let mut all = Vec::new();
    for section in ["Parameters", "Conditions", "Mappings", "Resources"] {
        let Some(NodeKind::Mapping(pairs)) = member(document, section, text).map(|it| &it.value.kind) else { continue };
        for pair in pairs {
            let kind = member(&pair.value, "Type", text).map(|it| word(&it.value, text)).unwrap_or_default();
            let is_of_aws = kind.starts_with("AWS::") && !kind.starts_with("AWS::CloudFormation::");
            all.push(Part { name: word(&pair.key, text), is_followed: section != "Resources" || !is_of_aws, pair });
        }
    }
    all
}

fn member<'a>(node: &'a Node, name: &str, text: &str) -> Option<&'a Pair> {
    let NodeKind::Mapping(pairs) = &node.kind else { return None };
    pairs.iter().find(|it| word(&it.key, text) == name)
}

fn word(node: &Node, text: &str) -> String {
    text.get(node.span.range()).unwrap_or_default().trim_matches(['"', '\'']).to_owned()
}

/// JSON has no comments.
fn none(_: &str) -> Vec<Range<usize>> {
    Vec::new()
}

/// The comments of YAML that have lines of their own.
fn lines(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with('#') {
            found.push(start..start + line.len());
        }
        start += line.len();
    }
    found
}
