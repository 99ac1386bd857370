//! A contract from a module's source: the blocks that its buckets and its outputs rest on, as they are written.

use std::collections::BTreeSet;
use std::path::Path;

use crate::source::{Diagnostic, Gravity, Sources, Span};
use crate::syntax::hcl::{Body, Expr, ExprKind, TraversalOp};

use super::super::eval::World;
use super::super::module::{Block, Module};
use super::super::resources::concerns_s3;
use super::super::{Options, module};
use super::own::literal;

/// A generated contract.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The contract file.
    pub text: String,
    /// What could not be taken over, and what could not be read.
    pub diagnostics: Vec<Diagnostic>,
}

/// Something that a module declares.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Variable(String),
    Local(String),
    Data(String, String),
    Resource(String, String),
    Call(String),
    Output(String),
}

/// Makes a contract of the module in a directory. `source` and `version` are what calls will say.
#[must_use]
pub fn generate(sources: &Sources, dir: &Path, source: &str, version: Option<&str>) -> Generated {
    let options = Options::default();
    let world = World::new(sources, &options, dir);
    let mut diagnostics = Vec::new();
    let module = module::load(sources, dir, &[], &mut diagnostics);
    if module.files.is_empty() {
        let message = format!("{}: no Terraform configuration is here", dir.display());
        diagnostics.push(Diagnostic::path("contract", Gravity::Usage, dir, message));
    }
    let mut needed: BTreeSet<Named> = BTreeSet::new();
    let mut open: Vec<Named> = roots(&world, &module, dir);
    while let Some(named) = open.pop() {
        if let Some((block, body)) = declared(&world, &module, &named)
            && needed.insert(named.clone())
        {
            if block.overrides.is_empty() {
                let mut found = Vec::new();
                match &named {
                    Named::Local(name) => body.attribute(name).iter().for_each(|it| references(&it.value, &mut found)),
                    _ => body.visit(&mut |it| reference(it, &mut found)),
                }
                open.extend(found);
            } else {
                let message = format!("an override file changes {}; the contract has it without that", show(&named));
                diagnostics.push(Diagnostic::at("contract", Gravity::Incomplete, block.head.header, message));
            }
        }
    }
    let mut text = format!(
        "# What a call of this module makes, as far as its buckets and its outputs rest on it.\n\ncontract {{\n  source = {}\n",
        quoted(source)
    );
    if let Some(version) = version {
        text.push_str(&format!("  version = {}\n", quoted(version)));
    }
    text.push_str("}\n");
    for named in &needed {
        let Some((block, body)) = declared(&world, &module, named) else { continue };
        if block.head.span.file != block.file
            || sources.file(block.file).path.extension().is_some_and(|it| it == "json")
        {
            let message = format!("{} is written in JSON; contracts are made of .tf files", show(named));
            diagnostics.push(Diagnostic::at("contract", Gravity::Incomplete, block.head.header, message));
            continue;
        }
        if let Named::Call(_) = named
            && let Some(from) = body.attribute("source").and_then(|it| literal(&it.value))
            && from.starts_with('.')
        {
            let message = format!(
                "{} calls the folder `{from}`, which a contract does not carry: what it makes is unknown",
                show(named)
            );
            diagnostics.push(Diagnostic::at("contract", Gravity::Incomplete, block.head.header, message));
        }
        text.push('\n');
        text.push_str(&written(sources, named, &block, &body));
    }
    Generated { text, diagnostics }
}

/// What a caller can see of a module, as far as S3 is concerned: its resources, its calls of modules that may hold some, its
/// outputs.
fn roots(world: &World, module: &Module, dir: &Path) -> Vec<Named> {
    let resources = module.resources.keys().filter(|it| concerns_s3(&it.0));
    let mut roots: Vec<Named> = resources.map(|it| Named::Resource(it.0.clone(), it.1.clone())).collect();
    for (name, call) in &module.calls {
        let source = call.body(world).attribute("source").and_then(|it| literal(&it.value));
        let about_s3 = source.is_none_or(|it| match it.starts_with('.') {
            true => world.module(&dir.join(it)).concerns_s3(),
            false => it.contains("s3"),
        });
        if about_s3 {
            roots.push(Named::Call(name.clone()));
        }
    }
    roots.extend(module.outputs.keys().cloned().map(Named::Output));
    roots
}

fn declared(world: &World, module: &Module, named: &Named) -> Option<(std::sync::Arc<Block>, std::sync::Arc<Body>)> {
    let block = match named {
        Named::Variable(name) => module.variables.get(name),
        Named::Local(name) => module.locals.get(name),
        Named::Data(kind, name) => module.data.get(&(kind.clone(), name.clone())),
        Named::Resource(kind, name) => module.resources.get(&(kind.clone(), name.clone())),
        Named::Call(name) => module.calls.get(name),
        Named::Output(name) => module.outputs.get(name),
    }?;
    Some((block.clone(), block.body(world)))
}

fn references(expr: &Expr, found: &mut Vec<Named>) {
    expr.visit(&mut |it| reference(it, found));
}

/// What a traversal names; names of iterators resolve to nothing that is declared.
fn reference(expr: &Expr, found: &mut Vec<Named>) {
    let ExprKind::Traversal(traversal) = &expr.kind else { return };
    let ExprKind::Variable(root) = &traversal.root.kind else { return };
    let mut steps = traversal.ops.iter().map_while(|it| match &it.0 {
        TraversalOp::Attribute(name) => Some(name.clone()),
        _ => None,
    });
    let (first, second) = (steps.next(), steps.next());
    let named = match (root.as_str(), first, second) {
        ("var", Some(name), _) => Named::Variable(name),
        ("local", Some(name), _) => Named::Local(name),
        ("module", Some(name), _) => Named::Call(name),
        ("data", Some(kind), Some(name)) => Named::Data(kind, name),
        (kind, Some(name), _) => Named::Resource(kind.to_owned(), name),
        _ => return,
    };
    found.push(named);
}

/// A block in the contract. Of variables and outputs only what evaluation needs.
fn written(sources: &Sources, named: &Named, block: &Block, body: &Body) -> String {
    let slice = |span: Span| sources.file(span.file).slice(span).to_owned();
    let only = |names: &[&str]| -> String {
        let kept = body.attributes.iter().filter(|it| names.contains(&it.name.text.as_str()));
        kept.map(|it| format!("  {}\n", slice(it.span))).collect()
    };
    match named {
        Named::Variable(_) => {
            format!("{} {{\n{}}}\n", slice(block.head.header), only(&["type", "default", "nullable", "sensitive"]))
        }
        Named::Output(_) => format!("{} {{\n{}}}\n", slice(block.head.header), only(&["value", "sensitive"])),
        Named::Local(name) => format!("locals {{\n{}}}\n", only(&[name])),
        Named::Data(..) | Named::Resource(..) | Named::Call(_) => slice(block.head.span) + "\n",
    }
}

fn show(named: &Named) -> String {
    match named {
        Named::Variable(name) => format!("var.{name}"),
        Named::Local(name) => format!("local.{name}"),
        Named::Data(kind, name) => format!("data.{kind}.{name}"),
        Named::Resource(kind, name) => format!("{kind}.{name}"),
        Named::Call(name) => format!("module.{name}"),
        Named::Output(name) => format!("output.{name}"),
    }
}

/// A quoted template that means this text.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "$${").replace("%{", "%%{");
    format!("\"{escaped}\"")
}
