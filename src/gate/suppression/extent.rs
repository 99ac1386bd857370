//! How much code a comment is about: the largest thing that begins on a line, the block whose first line it is.

use std::path::Path;

use crate::source::{FileId, Span};
use crate::syntax::data::{Node, NodeKind};
use crate::syntax::{hcl, json, yaml};

use super::Extent;

/// A thing of the code that a comment can be about.
#[derive(Clone, Debug)]
pub(super) struct Thing {
    pub span: Span,
    /// The end of its header: what stands after it is inside.
    pub header: u32,
    /// The name of the module that it calls.
    pub call: Option<String>,
    /// Whether it is a top-level block of HCL.
    pub block: bool,
    /// Whether it is a block of HCL in another one.
    nested: bool,
    /// Whether a comment that is the first in it is about all of it. In what only holds others of its kind (`Resources`, a list, a map,
    /// `locals`) it is about the one that it stands above.
    is_one: bool,
}

impl Thing {
    fn new(span: Span, header: u32) -> Self {
        Self { span, header, call: None, block: false, nested: false, is_one: false }
    }
}

/// The blocks, attributes, entries and elements of a file.
pub(super) fn nodes(file: FileId, path: &Path, text: &str) -> Vec<Thing> {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let mut things = Vec::new();
    if [".tf", ".tofu", ".hcl", ".tfvars"].iter().any(|it| name.ends_with(it)) {
        for block in &hcl::index(file, text).tree.blocks {
            let call = (block.kind.text == "module").then(|| block.labels.first().map(|it| it.text.clone())).flatten();
            let is_one = block.kind.text != "locals";
            things.push(Thing { call, block: true, is_one, ..Thing::new(block.span, block.header.end) });
            body(&block.body(text).tree, text, &mut things);
        }
    } else if name.ends_with(".json") || name.ends_with(".tofu.json") {
        json::parse(file, text).tree.iter().for_each(|it| entries(it, false, &mut things));
    } else {
        yaml::parse(file, text).tree.iter().for_each(|it| entries(it, false, &mut things));
    }
    things
}

fn body(it: &hcl::Body, text: &str, things: &mut Vec<Thing>) {
    for attribute in &it.attributes {
        let is_one = is_policy(&attribute.value, text);
        things.push(Thing { is_one, ..Thing::new(attribute.span, attribute.name.span.end) });
        attribute.value.visit(&mut |expr| match &expr.kind {
            hcl::ExprKind::Object(items) => things.extend(items.iter().map(|it| {
                let is_one = is_policy(&it.value, text);
                Thing { is_one, ..Thing::new(it.key_span.to(it.value.span), it.key_span.end) }
            })),
            hcl::ExprKind::List(items) => things.extend(items.iter().map(|it| {
                let is_one = matches!(it.kind, hcl::ExprKind::Object(_));
                Thing { is_one, ..Thing::new(it.span, it.span.start) }
            })),
            _ => (),
        });
    }
    for block in &it.blocks {
        things.push(Thing { nested: true, is_one: true, ..Thing::new(block.span, block.header.end) });
        body(&block.body, text, things);
    }
}

/// The key by which an object is known as a policy.
const STATEMENT: &str = "Statement";

/// Whether a value is one policy: an object with statements, as it is or encoded.
fn is_policy(value: &hcl::Expr, text: &str) -> bool {
    let key = |it: &hcl::ObjectItem| text.get(it.key_span.range()).map(|it| it.trim_matches('"'));
    match &value.kind {
        hcl::ExprKind::Call { args, .. } => args.first().is_some_and(|it| is_policy(it, text)),
        hcl::ExprKind::Object(items) => items.iter().any(|it| key(it) == Some(STATEMENT)),
        _ => false,
    }
}

/// `resources`: whether each entry is a resource of a template.
fn entries(node: &Node, resources: bool, things: &mut Vec<Thing>) {
    match &node.kind {
        NodeKind::Mapping(pairs) => {
            for pair in pairs {
                let is_one = resources || pair.value.get(STATEMENT).is_some();
                things.push(Thing { is_one, ..Thing::new(pair.key.span.to(pair.value.span), pair.key.span.end) });
                entries(&pair.value, pair.key.text().as_deref() == Some("Resources"), things);
            }
        }
        NodeKind::Sequence(items) => {
            for item in items {
                let is_one = matches!(item.kind, NodeKind::Mapping(_));
                things.push(Thing { is_one, ..Thing::new(item.span, item.span.start) });
                entries(item, false, things);
            }
        }
        NodeKind::Scalar(_) => (),
    }
}

impl Thing {
    fn extent(&self) -> Extent {
        match &self.call {
            Some(name) => Extent::Call(self.span, name.clone()),
            None => Extent::Range(self.span),
        }
    }
}

/// The largest thing that begins in `line`; the line itself where nothing does.
pub(super) fn beginning_in(line: Span, things: &[Thing]) -> Extent {
    let begins = things.iter().filter(|it| line.start <= it.span.start && it.span.start < line.end);
    begins.max_by_key(|it| it.span.end).map_or(Extent::Range(line), Thing::extent)
}

/// Whether something that began before ends in `line`, with another that begins there behind it: `}, {`. What stands above it is in the
/// first one.
pub(super) fn closes_first(line: Span, things: &[Thing]) -> bool {
    let is_in = |at: u32| line.start <= at && at < line.end;
    let ends = things.iter().filter(|it| it.span.start < line.start && is_in(it.span.end.saturating_sub(1)));
    let Some(end) = ends.map(|it| it.span.end).min() else { return false };
    things.iter().any(|it| end <= it.span.start && is_in(it.span.start))
}

/// The thing whose body begins behind `line`, where a comment that is the first in there is about all of it. One that stands directly above
/// a block (`above`, the line after it) is about that block.
pub(super) fn opened_in(line: Span, above: Option<Span>, things: &[Thing]) -> Option<Extent> {
    let opens = |it: &&Thing| line.start <= it.header && it.header <= line.end && line.end < it.span.end;
    let opened = things.iter().filter(opens).min_by_key(|it| it.span.end - it.span.start)?;
    let is_in = |it: &&Thing, within: Span| within.start <= it.span.start && it.span.start < within.end;
    // What has begun already is not begun by the comment.
    let rest = Span::new(line.file, opened.header, line.end);
    let has_begun = things.iter().any(|it| is_in(&it, rest) && it.span.end < opened.span.end);
    let is_above = above.is_some_and(|line| things.iter().any(|it| it.nested && is_in(&it, line)));
    (opened.is_one && !has_begun && !is_above).then(|| opened.extent())
}

/// The whole resource that a comment is in, wherever it is in there: a top-level block, an entry of `Resources`. Checkov's comments
/// are about it. `column` is where the comment begins in its `line`, `before` the last line of code up to it.
/// <https://www.checkov.io/2.Concepts/Suppressing%20and%20Skipping%20Policies.html>
pub(super) fn resource_around(
    line: Span,
    column: usize,
    before: Option<&Span>,
    text: &str,
    things: &[Thing],
) -> Option<Extent> {
    let holds = |it: &&Thing, at: u32| it.span.start <= at && at < it.span.end;
    let is_hcl = things.first().is_some_and(|it| it.block);
    if is_hcl {
        return things
            .iter()
            .filter(|it| it.block && holds(it, line.start))
            .max_by_key(|it| it.span.range().len())
            .map(Thing::extent);
    }
    // YAML's entries end with their last value; a comment after it is inside by its indentation.
    let before = before?;
    let at = before.start + u32::try_from(indent(text.get(before.range())?)).ok()?;
    let mut around: Vec<&Thing> = things.iter().filter(|it| holds(it, at)).collect();
    around.sort_by_key(|it| std::cmp::Reverse(it.span.range().len()));
    let name = |it: &Thing| text.get(it.span.range()).unwrap_or_default().trim_start_matches(['"', '\'']);
    let of = around.iter().position(|it| name(it).starts_with("Resources"))?;
    let resource = around.get(of + 1)?;
    let begins = text.get(..resource.span.range().start)?.rfind('\n').map_or(0, |it| it + 1);
    (begins + column > resource.span.range().start).then(|| resource.extent())
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
