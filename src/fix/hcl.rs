//! Terraform's language: finding the block of a place, new arguments and blocks as `terraform fmt` lays them out.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::finding::Edit;
use crate::source::{FileId, Sources, Span};
use crate::syntax::hcl::{self, Attribute, Block, Body, TopBlock};

use super::text::{indent, indented, is_first, line_end, line_start, next_line, slice};

/// A file, its text and its blocks.
pub(super) struct Code {
    pub file: FileId,
    pub text: Arc<String>,
    pub blocks: Vec<TopBlock>,
    /// Bodies that were parsed, by where their blocks begin: one block may be a thousand buckets.
    found: RefCell<HashMap<u32, Rc<Found>>>,
}

/// A block of any depth, by its place.
pub(super) struct Found {
    pub kind: String,
    pub labels: Vec<String>,
    pub span: Span,
    pub body: Body,
}

impl Code {
    pub fn new(sources: &Sources, file: FileId) -> Self {
        let text = sources.text(file);
        let blocks = hcl::index(file, &text).tree.blocks;
        Self { file, text, blocks, found: RefCell::default() }
    }

    /// The innermost block whose header or body has a place; a broken one is none.
    pub fn block_at(&self, at: Span) -> Option<Found> {
        let within = |it: Span| it.file == at.file && it.start <= at.start && at.end <= it.end;
        let top = self.blocks.iter().find(|it| within(it.span) && !it.broken)?;
        let body = top.body(&self.text).tree;
        let mut found = Found {
            kind: top.kind.text.clone(),
            labels: top.labels.iter().map(|it| it.text.clone()).collect(),
            span: top.span,
            body,
        };
        while let Some(inner) = found.body.blocks.iter().find(|it| within(it.span)).cloned() {
            let Block { kind, labels, span, body, .. } = inner;
            found = Found { kind: kind.text, labels: labels.into_iter().map(|it| it.text).collect(), span, body };
        }
        Some(found)
    }

    /// The top-level block of a place.
    pub fn top_at(&self, at: Span) -> Option<Rc<Found>> {
        let top = self.blocks.iter().find(|it| it.span.start <= at.start && at.end <= it.span.end && !it.broken)?;
        Some(self.found(top))
    }

    /// A top-level block with its body.
    pub fn found(&self, top: &TopBlock) -> Rc<Found> {
        let parse = || {
            Rc::new(Found {
                kind: top.kind.text.clone(),
                labels: top.labels.iter().map(|it| it.text.clone()).collect(),
                span: top.span,
                body: top.body(&self.text).tree,
            })
        };
        Rc::clone(self.found.borrow_mut().entry(top.span.start).or_insert_with(parse))
    }

    /// The text of a place.
    pub fn slice(&self, at: Span) -> &str {
        slice(&self.text, at.range())
    }

    /// Inserts arguments behind the last one of a block, aligned with those above.
    pub fn insert_arguments(&self, block: &Found, new: &[(&str, &str)]) -> Option<Vec<Edit>> {
        let text = &*self.text;
        let open = self.open_brace(block)?;
        let close = block.span.range().end.checked_sub(1)?;
        let base = indent(text, block.span.range().start).to_owned();
        if !slice(text, open..close).contains('\n') {
            let inner = slice(text, open + 1..close).trim();
            let mut all: Vec<(&str, &str)> = Vec::new();
            match block.body.attributes.first() {
                None if inner.is_empty() => (),
                Some(it) if slice(text, it.span.range()) == inner => {
                    all.push((it.name.text.as_str(), self.slice(it.value.span)));
                }
                _ => return None,
            }
            all.extend(new);
            let lines = indented(&aligned(&all), &format!("{base}  "));
            return Some(vec![self.edit(open + 1..close, format!("\n{lines}\n{base}"))]);
        }
        let last = block.body.attributes.iter().max_by_key(|it| it.span.end);
        let Some(last) = last else {
            let end = line_end(text, open);
            return Some(vec![self.edit(end..end, format!("\n{}", indented(&aligned(new), &format!("{base}  "))))]);
        };
        let end = line_end(text, last.span.range().end);
        let own = indent(text, last.span.range().start).to_owned();
        let alone = indented(&aligned(new), &own);
        let group = self.group(&block.body, last);
        if group.is_empty() {
            // Nothing to align with: the last argument spans lines, or is one of several on its line.
            return Some(vec![self.edit(end..end, format!("\n{alone}"))]);
        }
        let gap = |it: &Attribute| it.name.span.range().end..it.value.span.range().start;
        let is_odd = |it: &&Attribute| {
            let end = it.span.range().end;
            slice(text, gap(it)).trim() != "=" || !slice(text, end..line_end(text, end)).trim().is_empty()
        };
        if group.iter().any(is_odd) {
            // Comments behind arguments are aligned too: a paragraph of its own leaves them alone.
            return Some(vec![self.edit(end..end, format!("\n\n{alone}"))]);
        }
        let own_width = group.iter().map(|it| it.name.text.len()).max()?;
        let spaced = |it: &Attribute, width: usize| format!("{} = ", " ".repeat(width - it.name.text.len()));
        if group.iter().any(|it| slice(text, gap(it)) != spaced(it, own_width)) {
            // Somebody laid them out in a way of their own.
            return Some(vec![self.edit(end..end, format!("\n{alone}"))]);
        }
        let names = group.iter().map(|it| it.name.text.len()).chain(new.iter().map(|it| it.0.len()));
        let width = names.max()?;
        let mut edits = Vec::new();
        for it in &group {
            let gap = gap(it);
            let wanted = spaced(it, width);
            if slice(text, gap.clone()) != wanted {
                edits.push(self.edit(gap, wanted));
            }
        }
        let lines: Vec<String> = new.iter().map(|(name, value)| format!("\n{own}{name:width$} = {value}")).collect();
        edits.push(self.edit(end..end, lines.concat()));
        Some(edits)
    }

    /// The arguments of one line each on the lines up to `last`, without a gap.
    fn group<'b>(&self, body: &'b Body, last: &'b Attribute) -> Vec<&'b Attribute> {
        let text = &*self.text;
        let is_line = |it: &Attribute| {
            let range = it.span.range();
            is_first(text, range.start) && !slice(text, range).contains('\n')
        };
        let mut group = Vec::new();
        let mut next = Some(last);
        while let Some(it) = next.filter(|it| is_line(it)) {
            group.push(it);
            let start = line_start(text, it.span.range().start);
            let above = start.checked_sub(1).map(|it| line_start(text, it));
            next = body.attributes.iter().find(|it| Some(line_start(text, it.span.range().end)) == above);
        }
        group
    }

    /// Takes a block out, with its lines and one empty line beside it.
    pub fn remove_block(&self, at: Span) -> Edit {
        let text = &*self.text;
        let range = at.range();
        let start = line_start(text, range.start);
        let end = next_line(text, range.end);
        let is_empty_before =
            start.checked_sub(1).is_some_and(|it| slice(text, line_start(text, it)..it).trim().is_empty());
        let follows = slice(text, end..line_end(text, end)).trim();
        if is_empty_before && (follows.is_empty() || follows.starts_with('}')) {
            return self.edit(line_start(text, start - 1)..end, String::new());
        }
        let above = start.checked_sub(1).map(|it| slice(text, line_start(text, it)..it).trim_end());
        if above.is_some_and(|it| it.ends_with('{')) && follows.is_empty() {
            return self.edit(start..next_line(text, end), String::new());
        }
        self.edit(start..end, String::new())
    }

    /// Inserts a block behind another, after an empty line.
    pub fn insert_behind(&self, at: Span, block: &str) -> Edit {
        let text = &*self.text;
        let end = line_end(text, at.range().end);
        let next = next_line(text, end);
        let follows = slice(text, next..line_end(text, next)).trim();
        let gap = if follows.is_empty() || follows.starts_with('}') { "" } else { "\n" };
        self.edit(end..end, format!("\n\n{block}{gap}"))
    }

    fn open_brace(&self, block: &Found) -> Option<usize> {
        let range = block.span.range();
        // A header has labels, which have no braces.
        slice(&self.text, range.clone()).find('{').map(|it| range.start + it)
    }

    pub fn edit(&self, range: std::ops::Range<usize>, text: String) -> Edit {
        Edit { at: Span::of(self.file, range), text }
    }
}

/// Arguments, one a line, with their equals signs aligned.
pub(super) fn aligned(arguments: &[(&str, &str)]) -> String {
    let width = arguments.iter().map(|it| it.0.len()).max().unwrap_or(0);
    let lines: Vec<String> = arguments.iter().map(|(name, value)| format!("{name:width$} = {value}")).collect();
    lines.join("\n")
}
