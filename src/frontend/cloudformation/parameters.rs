//! What the user gives for parameters: single values, and files in the forms that AWS's tools read.

use std::collections::BTreeMap;

use crate::source::{Diagnostic, FileId, Gravity, Sources};
use crate::syntax::data::{Node, NodeKind};
use crate::value::{Cause, Class, Kind, List, Origin, Symbol, Val, Why};

use super::Options;
use super::eval::Evaluator;
use super::node::{get, items, pairs, scalar_text, text};

/// Values by the name of the parameter. An unknown is one that the user says is set elsewhere (`UsePreviousValue`).
pub(super) type Given = BTreeMap<String, Val>;

/// The files in their order, then the single values: the last one counts.
pub(super) fn given(sources: &Sources, options: &Options) -> (Given, Vec<Diagnostic>) {
    let (mut given, mut complaints) = (Given::new(), Vec::new());
    for path in &options.parameter_files {
        match sources.load(path) {
            Ok(file) => complaints.extend(read(sources, file, &mut given)),
            Err(error) => {
                let message = format!("the parameter file {} {error}", path.display());
                complaints.push(Diagnostic::path("unreadable-file", Gravity::Usage, path, message));
            }
        }
    }
    for (name, value) in &options.parameters {
        given.insert(name.clone(), Val::string(value.as_str(), Origin::default()));
    }
    (given, complaints)
}

/// One file: the AWS CLI's list of `{ParameterKey, ParameterValue}`, a plain map, or a map below `Parameters`
/// (CodePipeline's template configuration, `aws cloudformation deploy`).
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html>
fn read(sources: &Sources, file: FileId, given: &mut Given) -> Vec<Diagnostic> {
    let (documents, mut complaints, _) = super::documents(sources, file);
    for document in &documents {
        let root = get(document, "Parameters").unwrap_or(document);
        match &root.kind {
            NodeKind::Mapping(_) => {
                given.extend(pairs(root).iter().filter_map(|it| Some((text(&it.key)?, value(&it.value)))));
            }
            NodeKind::Sequence(all) => {
                for it in all {
                    match entry(it) {
                        Some((name, value)) => drop(given.insert(name, value)),
                        None => complaints.push(Diagnostic::at(
                            "invalid-value",
                            Gravity::Usage,
                            it.span,
                            "this is no parameter: ParameterKey and ParameterValue, or NAME=VALUE",
                        )),
                    }
                }
            }
            NodeKind::Scalar(_) => {
                let message = "a parameter file is a list or a map of parameters";
                complaints.push(Diagnostic::at("invalid-value", Gravity::Usage, root.span, message));
            }
        }
    }
    complaints
}

/// An item of the list form; `aws cloudformation deploy` also takes `"Name=Value"`.
fn entry(node: &Node) -> Option<(String, Val)> {
    if let Some(line) = text(node) {
        let (name, value) = line.split_once('=')?;
        return Some((name.trim().to_owned(), Val::string(value, Origin::at(node.span))));
    }
    let name = get(node, "ParameterKey").and_then(text)?;
    Some((name, get(node, "ParameterValue").map_or_else(|| elsewhere(node), value)))
}

fn value(node: &Node) -> Val {
    let origin = Origin::at(node.span);
    match &node.kind {
        NodeKind::Scalar(it) => Val::string(scalar_text(it), origin),
        NodeKind::Sequence(_) => {
            let items = items(node).iter().map(value).collect();
            Val::new(Kind::List(List { items, rest: None }), origin)
        }
        // `Fn::GetParam` of CodePipeline: read from an artifact.
        NodeKind::Mapping(_) => elsewhere(node),
    }
}

fn elsewhere(node: &Node) -> Val {
    let why = Why::new(Cause::DataSource, "a value that is set elsewhere", Some(node.span));
    Val::unknown(Symbol::new("given", ""), Class::Any, why, Origin::at(node.span))
}

/// Tells of values that a parameter does not allow: CloudFormation refuses them.
pub(super) fn check(evaluator: &Evaluator<'_>) {
    for (name, parameter) in &evaluator.template.parameters {
        let Some(given) = evaluator.given.get(name).and_then(Val::as_text) else { continue };
        if !parameter.allowed.is_empty() && !parameter.is_list() && !parameter.allowed.contains(&given) {
            let message = format!("`{name}` cannot be `{given}`: AllowedValues are {}", parameter.allowed.join(", "));
            evaluator.note("invalid-value", Gravity::Note, parameter.at, message);
        }
    }
}
