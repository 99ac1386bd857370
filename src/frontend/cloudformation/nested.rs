//! Nested stacks whose template is a file here: `TemplateURL` and SAM's `Location` as paths, CDK's assets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::source::{Diagnostic, FileId, Gravity, Span};
use crate::syntax::data::Node;
use crate::value::{Guard, HopKind, Kind, Val};

use super::eval::{Evaluator, Scope};
use super::node::{get, text};
use super::reference::resource_type;
use super::template::{Named, Template};

/// Stacks nested deeper are not read.
const MAX_NESTING: usize = 6;

/// A template has no more stacks below it: each may nest several of the next.
const MAX_STACKS: usize = 500;

/// The template of a nested stack, with what evaluates it.
pub(super) struct Child<'a> {
    /// Evaluates the child's nodes; its sections are read.
    pub evaluator: Evaluator<'a>,
    /// The template.
    pub root: Node,
}

/// Whether a type of resource is a stack of its own.
pub(super) fn is_stack(kind: &str) -> bool {
    matches!(kind, "AWS::CloudFormation::Stack" | "AWS::CloudFormation::StackSet" | "AWS::Serverless::Application")
}

impl<'a> Evaluator<'a> {
    /// Reads the sections that need evaluation; call it once, before anything is evaluated.
    pub(super) fn read_sections(&mut self, root: &Node) {
        let merged = self.with_included_sections(root);
        if let Some(merged) = &merged {
            self.template = Template::of(merged);
        }
        let root = merged.as_ref().unwrap_or(root);
        let scope = Scope::root();
        if let Some(conditions) = get(root, "Conditions") {
            self.template.conditions = self.entries(conditions, &scope, 0);
        }
        self.read_rules();
        self.template.resources = get(root, "Resources").map(|it| self.entries(it, &scope, 0)).unwrap_or_default();
    }

    /// The stack of a resource, read once; `None` where its template is not here. A stack that contains itself is not
    /// entered again.
    pub(super) fn child(&self, resource: &Named) -> Option<Rc<Child<'a>>> {
        if let Some(known) = self.children.borrow().get(&resource.name) {
            return known.clone();
        }
        let outside = Scope { loops: resource.loops.clone(), ..Scope::root() };
        let exists = self.exists.and(&self.exists(get(&resource.node, "Condition"), &outside));
        let scope = outside.assuming(&exists);
        let properties = get(&resource.node, "Properties").map(|it| self.eval(it, &scope));
        let made = self.read_child(resource, &exists, properties.as_ref()).map(Rc::new);
        self.children.borrow_mut().insert(resource.name.clone(), made.clone());
        made
    }

    fn read_child(&self, resource: &Named, exists: &Guard, properties: Option<&Val>) -> Option<Child<'a>> {
        let (file, span) = self.template_file(resource, properties)?;
        if MAX_NESTING <= self.above.len() || self.above.contains(&file) || file == self.file {
            return None;
        }
        if MAX_STACKS <= self.stacks.get() {
            let message = format!("more than {MAX_STACKS} nested stacks; the rest is not checked");
            self.note("limit", Gravity::Incomplete, span, message);
            return None;
        }
        self.stacks.set(self.stacks.get() + 1);
        let (documents, complaints, _) = super::documents(self.sources, file);
        self.notes.borrow_mut().extend(complaints);
        let Some(root) = documents.into_iter().find(super::is_template) else {
            let message = format!("`{}` is no template", self.sources.file(file).path.display());
            self.notes.borrow_mut().push(Diagnostic::at("unresolved-stack", Gravity::Incomplete, span, message));
            return None;
        };
        let mut child = Evaluator::new(self.sources, self.options, file, Template::of(&root));
        child.prefix = format!("{}{}.", self.prefix, resource.name);
        child.scenario = self.scenario.clone();
        child.exists = exists.clone();
        child.stacks = Rc::clone(&self.stacks);
        child.above = self.above.iter().copied().chain([self.file]).collect();
        child.arguments = properties.and_then(|it| it.get("Parameters")).map(arguments).unwrap_or_default();
        child.read_sections(&root);
        Some(Child { evaluator: child, root })
    }

    /// The template of a stack, and where that is said. One that is written into a StackSet is shown where it stands.
    fn template_file(&self, resource: &Named, properties: Option<&Val>) -> Option<(FileId, Span)> {
        if let Some(body) = properties.and_then(|it| it.get("TemplateBody")) {
            let (text, at) = (body.as_text()?, body.origin.span?);
            let here = self.sources.file(self.file).path.to_string_lossy().into_owned();
            let name = format!("{here}#{}{}", self.prefix, resource.name);
            return Some((self.sources.add_stand_in(Path::new(&name), &text, at), at));
        }
        let (path, span) = self.template_path(resource, properties)?;
        Some((self.sources.load(&path).ok()?, span))
    }

    /// Where the template of a stack is: a path beside this file. CDK writes the path of an asset into the metadata.
    fn template_path(&self, resource: &Named, properties: Option<&Val>) -> Option<(PathBuf, Span)> {
        let asset = get(&resource.node, "Metadata").and_then(|it| get(it, "aws:asset:path"));
        let (path, span) = match asset.and_then(|it| Some((text(it)?, it.span))) {
            Some(it) => it,
            None => {
                let properties = properties?;
                let location = properties.get("TemplateURL").or_else(|| properties.get("Location"))?;
                (location.as_text()?, location.origin.span?)
            }
        };
        let path = path.strip_prefix("file://").unwrap_or(&path);
        if path.contains("://") || Path::new(path).is_absolute() {
            return None;
        }
        let here = self.sources.file(self.file).path.clone();
        Some((here.parent().unwrap_or(Path::new("")).join(path), span))
    }

    /// `Fn::GetAtt Stack.Outputs.Name`: the value that the nested template gives.
    pub(super) fn output(&self, resource: &Named, name: &str, span: Span) -> Option<Val> {
        if !is_stack(&resource_type(resource)) {
            return None;
        }
        let value =
            self.once_within(format!("outputs of {}", resource.name), || self.output_value(resource, name))??;
        let origin = value.origin.used_at(span, HopKind::Output, format!("{}{}.{name}", self.prefix, resource.name));
        Some(Val { origin, ..value })
    }

    fn output_value(&self, resource: &Named, name: &str) -> Option<Val> {
        let child = self.child(resource)?;
        let outputs = get(&child.root, "Outputs")?;
        let entries = child.evaluator.entries(outputs, &Scope::root(), 0);
        let output = entries.iter().rev().find(|it| it.name == name)?;
        let inner = Scope { loops: output.loops.clone(), ..Scope::root() };
        Some(child.evaluator.eval(get(&output.node, "Value")?, &inner))
    }

    /// The templates that were read for nested stacks, here and further down.
    pub(super) fn entered(&self) -> Vec<FileId> {
        let children = self.children.borrow();
        let below = children.values().flatten().flat_map(|it| {
            let mut all = it.evaluator.entered();
            all.push(it.evaluator.file);
            all
        });
        below.collect()
    }
}

/// Parameters of a stack as a map; those of a StackSet are a list.
fn arguments(val: &Val) -> BTreeMap<String, Val> {
    match &val.kind {
        Kind::Map(map) => map.entries.iter().filter_map(|it| Some((it.key.known()?, it.value.clone()))).collect(),
        Kind::List(list) => {
            let pair = |it: &Val| Some((it.get("ParameterKey")?.as_text()?, it.get("ParameterValue")?.clone()));
            list.items.iter().filter_map(pair).collect()
        }
        _ => BTreeMap::new(),
    }
}
