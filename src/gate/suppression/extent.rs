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
    /// Whether it is an element of a list of HCL: no comment is about one.
    pub element: bool,
}

/// The blocks, attributes and entries of a file.
pub(super) fn nodes(file: FileId, path: &Path, text: &str) -> Vec<Thing> {
    let mut things = all(file, path, text);
    things.retain(|it| !it.element);
    things
}

/// The same with the elements of lists of HCL.
pub(super) fn all(file: FileId, path: &Path, text: &str) -> Vec<Thing> {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let mut things = Vec::new();
    if [".tf", ".tofu", ".hcl", ".tfvars"].iter().any(|it| name.ends_with(it)) {
        for block in &hcl::index(file, text).tree.blocks {
            let call = (block.kind.text == "module").then(|| block.labels.first().map(|it| it.text.clone())).flatten();
            things.push(Thing { span: block.span, header: block.header.end, call, block: true, element: false });
            body(&block.body(text).tree, &mut things);
        }
    } else if name.ends_with(".json") || name.ends_with(".tofu.json") {
        json::parse(file, text).tree.iter().for_each(|it| entries(it, &mut things));
    } else {
        yaml::parse(file, text).tree.iter().for_each(|it| entries(it, &mut things));
    }
    things
}

fn body(it: &hcl::Body, things: &mut Vec<Thing>) {
    for attribute in &it.attributes {
        things.push(Thing {
            span: attribute.span,
            header: attribute.name.span.end,
            call: None,
            block: false,
            element: false,
        });
        attribute.value.visit(&mut |expr| {
            if let hcl::ExprKind::Object(items) = &expr.kind {
                for item in items {
                    let span = item.key_span.to(item.value.span);
                    things.push(Thing { span, header: item.key_span.end, call: None, block: false, element: false });
                }
            }
            if let hcl::ExprKind::List(items) = &expr.kind {
                for item in items {
                    let header = item.span.start;
                    things.push(Thing { span: item.span, header, call: None, block: false, element: true });
                }
            }
        });
    }
    for block in &it.blocks {
        things.push(Thing { span: block.span, header: block.header.end, call: None, block: false, element: false });
        body(&block.body, things);
    }
}

fn entries(node: &Node, things: &mut Vec<Thing>) {
    match &node.kind {
        NodeKind::Mapping(pairs) => {
            for pair in pairs {
                things.push(Thing {
                    span: pair.key.span.to(pair.value.span),
                    header: pair.key.span.end,
                    call: None,
                    block: false,
                    element: false,
                });
                entries(&pair.value, things);
            }
        }
        NodeKind::Sequence(items) => {
            for item in items {
                things.push(Thing {
                    span: item.span,
                    header: item.span.start,
                    call: None,
                    block: false,
                    element: false,
                });
                entries(item, things);
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

/// The smallest thing whose header ends in `line` and which goes on after it.
pub(super) fn opened_in(line: Span, things: &[Thing]) -> Option<Extent> {
    let opened = things.iter().filter(|it| line.start <= it.header && it.header <= line.end && line.end < it.span.end);
    opened.min_by_key(|it| it.span.end - it.span.start).map(Thing::extent)
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
