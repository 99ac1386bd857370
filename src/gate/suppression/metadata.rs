//! Suppressions in the `Metadata` of CloudFormation resources, which comments of JSON templates cannot have.

use std::path::Path;

use crate::finding::RuleInfo;
use crate::source::{FileId, nearest};
use crate::syntax::data::{Node, NodeKind, Pair};
use crate::syntax::{json, yaml};

use super::super::Date;
use super::comments::suppression;
use super::directive::{self, Directive};
use super::{Extent, Named, Suppression, Tool};

/// The suppressions of a template: of each resource, and of the template as a whole.
pub(super) fn find(file: FileId, path: &Path, text: &str, rules: &[RuleInfo]) -> Vec<Suppression> {
    let name = path.to_string_lossy().to_ascii_lowercase();
    if [".tf", ".tofu", ".hcl", ".tfvars", ".tf.json"].iter().any(|it| name.ends_with(it)) || !text.contains("Metadata")
    {
        return Vec::new();
    }
    let roots: Vec<Node> = match text.trim_start().starts_with('{') {
        true => json::parse(file, text).tree.into_iter().collect(),
        false => yaml::parse(file, text).tree,
    };
    let mut found = Vec::new();
    for root in &roots {
        if let Some(metadata) = root.get("Metadata") {
            of(metadata, &Extent::File(file), rules, &mut found);
        }
        for resource in root.get("Resources").map(Node::entries).unwrap_or_default() {
            if let Some(metadata) = resource.value.get("Metadata") {
                of(metadata, &Extent::Range(span(resource)), rules, &mut found);
            }
        }
    }
    found
}

fn span(pair: &Pair) -> crate::source::Span {
    pair.key.span.to(pair.value.span)
}

/// How our own are written, for who wrote them otherwise.
const SHAPE: &str = "expected `ignore: [{ rule: …, reason: …, until: YYYY-MM-DD }]`";
/// The keys of one suppression.
const KEYS: [&str; 4] = ["rule", "id", "reason", "until"];

/// What is wrong with the keys of a mapping, each with its place.
fn shape<'n>(node: &'n Node, known: &[&str], expected: &str) -> Vec<(&'n Node, String)> {
    if !matches!(node.kind, NodeKind::Mapping(_)) {
        return vec![(node, format!("this is no mapping; {expected}"))];
    }
    let keys = node.entries().iter().map(|it| (&it.key, it.key.text().unwrap_or_default()));
    let unknown = keys.filter(|it| !known.contains(&it.1.as_str()));
    unknown
        .map(|(key, name)| {
            let meant = nearest(&name, known.iter().copied());
            let meant = meant.map_or(format!("; {expected}"), |it| format!("; did you mean `{it}`?"));
            (key, format!("`{name}` is not known here{meant}"))
        })
        .collect()
}

/// Words that suppress nothing.
fn invalid(mistake: String) -> Directive {
    let mut directive = Directive::new(Tool::Bucketlint, Named::Own(Vec::new()));
    directive.mistake = Some(mistake);
    directive
}

fn of(metadata: &Node, extent: &Extent, rules: &[RuleInfo], found: &mut Vec<Suppression>) {
    let texts = |node: &Node, keys: [&str; 2]| keys.iter().find_map(|it| node.get(it)?.text());
    let mut add = |at: &Node, directive: Directive| found.push(suppression(at.span, extent.clone(), directive));
    // bucketlint: { ignore: [{ rule, reason, until }] }
    if let Some(own) = metadata.get("bucketlint") {
        for wrong in shape(own, &["ignore"], SHAPE) {
            add(wrong.0, invalid(wrong.1));
        }
        match own.get("ignore") {
            Some(list) if !matches!(list.kind, NodeKind::Sequence(_)) => {
                add(list, invalid(format!("`ignore` is no list; {SHAPE}")));
            }
            _ => (),
        }
    }
    for one in metadata.get("bucketlint").and_then(|it| it.get("ignore")).map(Node::items).unwrap_or_default() {
        let id = texts(one, ["rule", "id"]).or_else(|| one.text()).unwrap_or_default();
        let mut directive = directive::own(&format!("ignore {id}"), rules);
        // The id alone is enough.
        if one.text().is_none() {
            directive.reason = one.get("reason").and_then(Node::text).filter(|it| !it.trim().is_empty());
            directive.mistake = directive.mistake.or_else(|| Some(shape(one, &KEYS, SHAPE).into_iter().next()?.1));
            if let Some(key) = KEYS.iter().find(|it| one.get(it).is_some_and(|it| it.text().is_none())) {
                directive.mistake = Some(format!("`{key}` is no text"));
            }
        }
        if let Some(until) = one.get("until").and_then(Node::text) {
            directive.until = Date::parse(&until);
            if directive.until.is_none() {
                directive.mistake = Some(format!("`{until}` is no day; write it as 2027-01-31"));
            }
        }
        add(one, directive);
    }
    // checkov: { skip: [{ id, comment }] }
    for one in metadata.get("checkov").and_then(|it| it.get("skip")).map(Node::items).unwrap_or_default() {
        if let Some(id) = one.get("id").and_then(Node::text) {
            let mut directive = Directive::new(Tool::Checkov, Named::Foreign(vec![id]));
            directive.reason = one.get("comment").and_then(Node::text);
            add(one, directive);
        }
    }
    // cfn_nag: { rules_to_suppress: [{ id, reason }] }
    for one in metadata.get("cfn_nag").and_then(|it| it.get("rules_to_suppress")).map(Node::items).unwrap_or_default() {
        if let Some(id) = one.get("id").and_then(Node::text) {
            let mut directive = Directive::new(Tool::CfnNag, Named::Foreign(vec![id]));
            directive.reason = one.get("reason").and_then(Node::text);
            add(one, directive);
        }
    }
    // guard: { SuppressedRules: [ID] }
    for one in metadata.get("guard").and_then(|it| it.get("SuppressedRules")).map(Node::items).unwrap_or_default() {
        if let Some(id) = one.text().or_else(|| texts(one, ["Rule", "id"])) {
            add(one, Directive::new(Tool::Guard, Named::Foreign(vec![id])));
        }
    }
}
