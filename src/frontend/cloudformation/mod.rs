//! CloudFormation (YAML and JSON, SAM, CDK output, Serverless Framework `resources`) → the model.
//!
//! `documents` reads a file, [`Evaluator`](eval::Evaluator) turns nodes into values, `stack` lowers one template with the
//! stacks nested in it, and each document is linked on its own, so that logical ids of two templates never mix.

mod attributes;
mod cdk;
mod compare;
mod conditions;
mod decide;
mod eval;
mod expand;
mod functions;
mod lift;
mod nested;
mod node;
mod parameters;
mod possible;
mod properties;
mod read;
mod reference;
mod resources;
mod stack;
mod template;
#[cfg(test)]
mod tests;
mod worlds;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::model::Estate;
use crate::source::{Diagnostic, FileId, Sources};
use crate::syntax::data::Node;
use crate::syntax::{SyntaxError, json, yaml};

pub use template::is_template;

/// What the user may say about the deployment.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Values of parameters of the top-level templates, by name; the last one counts.
    pub parameters: Vec<(String, String)>,
    /// Files with values of parameters; what `parameters` says goes before.
    pub parameter_files: Vec<PathBuf>,
    /// `AWS::AccountId`.
    pub account_id: Option<String>,
    /// `AWS::Region`.
    pub region: Option<String>,
    /// `AWS::Partition`.
    pub partition: Option<String>,
}

/// What a template comes to.
#[derive(Debug, Default)]
pub struct Lowered {
    /// The model.
    pub estate: Estate,
    /// Complaints.
    pub diagnostics: Vec<Diagnostic>,
    /// The templates that were read for its nested stacks: they are judged with it.
    pub entered: Vec<FileId>,
}

/// Lowers every template of a file (a YAML file may hold several documents). Documents that are no templates are
/// passed over in silence; what does not parse is a diagnostic.
#[must_use]
pub fn lower(sources: &Sources, file: FileId, options: &Options) -> Lowered {
    let (documents, mut diagnostics, broken) = documents(sources, file);
    let mut estate = Estate::default();
    let (mut recognised, mut entered) = (false, Vec::new());
    let path = sources.file(file).path.to_string_lossy().into_owned();
    for (index, document) in documents.iter().enumerate() {
        if !is_template(document) && framework_resources(document).is_none() {
            continue;
        }
        recognised = true;
        let mut part = lower_document(sources, file, document, options);
        part.estate.set_namespace(&format!("{path}#{index}"));
        estate.absorb(part.estate);
        diagnostics.extend(part.diagnostics);
        entered.append(&mut part.entered);
    }
    estate.tally.files = usize::from(recognised);
    estate.tally.broken_files = usize::from(broken);
    Lowered { estate, diagnostics, entered }
}

/// Lowers one document, which may be a part of a greater file.
#[must_use]
pub fn lower_document(sources: &Sources, file: FileId, document: &Node, options: &Options) -> Lowered {
    let framework = framework_resources(document);
    let root = framework.as_ref().unwrap_or(document);
    stack::lower(stack::Input { sources, file, root, options, serverless: framework.is_some() })
}

/// A template with its undecided conditions decided in one way.
#[derive(Debug)]
pub struct Scenario {
    /// The comparisons and their truth: `Env == "prod"`.
    pub conditions: BTreeMap<String, bool>,
    /// The model.
    pub estate: Estate,
}

/// Every scenario of each template of a file, by the template's name space. A template without undecided conditions, or
/// with too many of them, has none.
#[must_use]
pub fn scenarios(sources: &Sources, file: FileId, options: &Options) -> Vec<(String, Vec<Scenario>)> {
    let (documents, _, _) = documents(sources, file);
    let path = sources.file(file).path.to_string_lossy().into_owned();
    let mut out = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        let framework = framework_resources(document);
        if framework.is_none() && !is_template(document) {
            continue;
        }
        let root = framework.as_ref().unwrap_or(document);
        let input = stack::Input { sources, file, root, options, serverless: framework.is_some() };
        let namespace = format!("{path}#{index}");
        let scenario = |(conditions, mut estate): (BTreeMap<String, bool>, Estate)| {
            estate.set_namespace(&namespace);
            Scenario { conditions, estate }
        };
        out.push((namespace.clone(), stack::scenarios(input).into_iter().map(scenario).collect()));
    }
    out
}

/// The documents of a file, the complaints about its text, and whether something of it was lost.
fn documents(sources: &Sources, file: FileId) -> (Vec<Node>, Vec<Diagnostic>, bool) {
    let text = sources.text(file);
    let is_json = text.trim_start().starts_with(['{', '[']);
    let (documents, errors) = if is_json {
        let parsed = json::parse(file, &text);
        // A flow mapping is YAML too: `{Resources: {…}}` without quotes.
        if parsed.errors.iter().any(|it| it.loses()) {
            let relaxed = yaml::parse(file, &text);
            if relaxed.errors.iter().any(|it| it.loses()) {
                (parsed.tree.into_iter().collect(), parsed.errors)
            } else {
                (relaxed.tree, relaxed.errors)
            }
        } else {
            (parsed.tree.into_iter().collect::<Vec<_>>(), parsed.errors)
        }
    } else {
        let parsed = yaml::parse(file, &text);
        (parsed.tree, parsed.errors)
    };
    let broken = errors.iter().any(|it| it.loses());
    (documents, errors.iter().map(SyntaxError::diagnostic).collect(), broken)
}

/// The template inside a Serverless Framework file: `resources`, a map or a list of maps with `Resources`.
fn framework_resources(root: &Node) -> Option<Node> {
    let resources = node::get(root, "resources")?;
    node::get(root, "service").or_else(|| node::get(root, "provider"))?;
    if node::get(resources, "Resources").is_some() {
        return Some(resources.clone());
    }
    // A list of fragments: their sections are merged.
    let mut sections: BTreeMap<String, Node> = BTreeMap::new();
    let mut pairs: Vec<crate::syntax::data::Pair> = Vec::new();
    for fragment in node::items(resources) {
        for pair in node::pairs(fragment) {
            let Some(key) = node::text(&pair.key) else { continue };
            match sections.get_mut(&key) {
                Some(Node { kind: crate::syntax::data::NodeKind::Mapping(all), .. }) => {
                    all.extend(node::pairs(&pair.value).iter().cloned());
                }
                Some(_) => (),
                None => {
                    sections.insert(key, pair.value.clone());
                    pairs.push(pair.clone());
                }
            }
        }
    }
    for pair in &mut pairs {
        if let Some(merged) = node::text(&pair.key).and_then(|key| sections.remove(&key)) {
            pair.value = merged;
        }
    }
    let kind = crate::syntax::data::NodeKind::Mapping(pairs);
    let merged = Node { kind, span: resources.span, tag: None };
    node::get(&merged, "Resources").is_some().then_some(merged)
}
