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
pub(crate) mod node;
mod parameters;
mod possible;
mod properties;
mod read;
mod reference;
mod resources;
mod serverless;
mod stack;
mod template;
#[cfg(test)]
mod tests;
mod worlds;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::model::{Estate, Gap};
use crate::source::{Diagnostic, FileId, Sources};
use crate::syntax::data::Node;
use crate::syntax::{SyntaxError, json, yaml};

use crate::value::{Cause, Origin, Why};
pub(crate) use attributes::STORED;
pub(crate) use eval::closing_brace;
use serverless::Framework;
pub(crate) use serverless::{fragments, is_framework};
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
        let Some(input) = Document::of(sources, file, document) else { continue };
        recognised = true;
        let mut part = input.lower(sources, file, options);
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
    let own = Document { root: document.clone(), framework: None };
    Document::of(sources, file, document).unwrap_or(own).lower(sources, file, options)
}

/// Whether a document is a template, or a Serverless Framework file for AWS.
#[must_use]
pub fn is_input(document: &Node) -> bool {
    is_template(document) || serverless::is_framework(document)
}

/// A document that is, or contains, a template.
struct Document {
    root: Node,
    framework: Option<Framework>,
}

impl Document {
    fn of(sources: &Sources, file: FileId, document: &Node) -> Option<Self> {
        if is_template(document) {
            return Some(Self { root: document.clone(), framework: None });
        }
        let framework = serverless::framework(sources, file, document)?;
        Some(Self { root: framework.template.clone(), framework: Some(framework) })
    }

    fn input<'a>(&'a self, sources: &'a Sources, file: FileId, options: &'a Options) -> stack::Input<'a> {
        stack::Input { sources, file, root: &self.root, options, serverless: self.framework.is_some() }
    }

    fn lower(&self, sources: &Sources, file: FileId, options: &Options) -> Lowered {
        let mut out = stack::lower(self.input(sources, file, options));
        if let Some(framework) = &self.framework {
            out.entered.extend(&framework.read);
            out.estate.gaps.extend(framework.missing.iter().map(|(name, at)| Gap {
                why: Why::new(Cause::MissingFile, name.as_str(), Some(*at)),
                origin: Origin::at(*at),
                message: format!("`{name}` is not here: its resources are not checked"),
                help: None,
            }));
        }
        out
    }
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
        let Some(document) = Document::of(sources, file, document) else { continue };
        let namespace = format!("{path}#{index}");
        let scenario = |(conditions, mut estate): (BTreeMap<String, bool>, Estate)| {
            estate.set_namespace(&namespace);
            Scenario { conditions, estate }
        };
        out.push((
            namespace.clone(),
            stack::scenarios(document.input(sources, file, options)).into_iter().map(scenario).collect(),
        ));
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
