//! The sections of a template, as written. Nothing is evaluated here.

use std::collections::BTreeMap;

use crate::source::Span;
use crate::syntax::data::Node;
use crate::value::Val;

use super::node::{get, pair, pairs, text, texts};

/// A template's sections. Nodes are cloned out of the tree so that included fragments can join them.
#[derive(Clone, Debug, Default)]
pub(super) struct Template {
    /// Declared parameters.
    pub parameters: BTreeMap<String, Parameter>,
    /// The `Mappings` section: map name → top-level key → second-level key → value.
    pub mappings: Vec<(String, Node)>,
    /// The entries of the `Rules` section.
    pub rules: Vec<Node>,
    /// The `Conditions` section.
    pub conditions: Vec<Named>,
    /// The `Resources` section, loops expanded.
    pub resources: Vec<Named>,
    /// Names of the macros that the template runs through.
    pub transforms: Vec<(String, Span)>,
}

/// An entry of a section: its name, its place, its content, and the loop variables that hold in it.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// Logical id or condition name.
    pub name: String,
    /// Where the name stands.
    pub at: Span,
    /// The content.
    pub node: Node,
    /// Variables of `Fn::ForEach`.
    pub loops: BTreeMap<String, Val>,
}

/// A declared parameter.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    /// Where its name stands.
    pub at: Span,
    /// `String`, `Number`, `CommaDelimitedList`, `AWS::SSM::Parameter::Value<String>` …
    pub kind: String,
    /// Its default.
    pub default: Option<Node>,
    /// The values it may have; empty where any.
    pub allowed: Vec<String>,
    /// Whether it may be empty.
    pub may_be_empty: bool,
    /// `NoEcho: true`.
    pub secret: bool,
}

impl Parameter {
    fn of(at: Span, node: &Node) -> Self {
        let word = |key: &str| get(node, key).and_then(text);
        // An id of something that exists is not empty.
        let names_something =
            word("Type").is_some_and(|it| it.starts_with("AWS::EC2::") || it.starts_with("AWS::Route53::"));
        let least = word("MinLength").and_then(|it| it.trim().parse::<u64>().ok()).unwrap_or(0);
        Self {
            at,
            may_be_empty: least == 0 && !names_something,
            kind: word("Type").unwrap_or_else(|| "String".to_owned()),
            default: get(node, "Default").cloned(),
            allowed: get(node, "AllowedValues").map(texts).unwrap_or_default(),
            secret: word("NoEcho").is_some_and(|it| it.eq_ignore_ascii_case("true")),
        }
    }

    /// Whether the value is a list.
    pub fn is_list(&self) -> bool {
        self.kind == "CommaDelimitedList" || self.kind.contains("List<")
    }

    /// Whether the value is looked up in the SSM parameter store at deploy time.
    pub fn is_stored(&self) -> bool {
        self.kind.starts_with("AWS::SSM::Parameter::Value<")
    }
}

impl Template {
    /// Reads the sections that need no evaluation. `Conditions` and `Resources` are expanded by the caller.
    pub fn of(root: &Node) -> Self {
        let mut out = Self::default();
        for pair in get(root, "Parameters").map(pairs).unwrap_or_default() {
            if let Some(name) = text(&pair.key) {
                out.parameters.insert(name, Parameter::of(pair.key.span, &pair.value));
            }
        }
        for pair in get(root, "Mappings").map(pairs).unwrap_or_default() {
            if let Some(name) = text(&pair.key) {
                out.mappings.push((name, pair.value.clone()));
            }
        }
        out.rules.extend(get(root, "Rules").map(pairs).unwrap_or_default().iter().map(|it| it.value.clone()));
        if let Some(node) = get(root, "Transform") {
            let names =
                if super::node::items(node).is_empty() { std::slice::from_ref(node) } else { super::node::items(node) };
            for it in names {
                let name = text(it).or_else(|| get(it, "Name").and_then(text));
                out.transforms.extend(name.map(|name| (name, it.span)));
            }
        }
        out
    }
}

/// Whether a document is a CloudFormation template: a `Resources` map of typed entries, or a version or transform key.
#[must_use]
pub fn is_template(root: &Node) -> bool {
    let typed = get(root, "Resources").is_some_and(|resources| {
        pairs(resources).iter().any(|it| {
            text(&it.key).is_some_and(|name| name.starts_with("Fn::"))
                || get(&it.value, "Type").and_then(text).is_some_and(|kind| kind.contains("::"))
        })
    });
    typed
        || pair(root, "AWSTemplateFormatVersion").is_some()
        || (pair(root, "Transform").is_some() && pair(root, "Resources").is_some())
}
