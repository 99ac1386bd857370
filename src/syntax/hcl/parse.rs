//! Parses a range of a text: hcl-edit on a masked copy, and where that fails, item by item.

use std::ops::Range;

use hcl_edit::template::Element;

use super::ast::{Attribute, Block, Body, Expr, ExprKind, Heredoc, Name, ObjectKey, Template, TemplatePart};
use super::chain::split;
use super::header::{Header, UNCLOSED_COMMENT, header, skip_trivia, trivia};
use super::lower::Lower;
use super::mask::{DEPTH, Grammar, Hole, Masked, mask};
use super::scan::{Kind, Scanner, is_identifier_byte};
use super::text::Text;
use crate::syntax::SyntaxError;

/// How deep brackets may be nested in all. Terraform has no limit; hand-written configuration stays below 20.
pub(super) const MAX_DEPTH: usize = 240;

/// What a block inside a block that does not parse as a whole costs of [`MAX_DEPTH`]: each level reads its text again.
const BLOCK_DEPTH: usize = 16;

/// After so many unclosed brackets in a body, each line is taken for itself: the time stays linear.
const MAX_UNCLOSED: usize = 8;

/// The text, the complaints so far, and how deep we are.
pub(super) struct Parser<'a> {
    pub text: Text<'a>,
    pub errors: Vec<SyntaxError>,
    depth: usize,
    unclosed: usize,
}

impl<'a> Parser<'a> {
    pub fn new(text: Text<'a>) -> Self {
        Self { text, errors: Vec::new(), depth: 0, unclosed: 0 }
    }

    /// The content of a block, or of a file.
    pub fn body(&mut self, range: Range<usize>) -> Body {
        if MAX_DEPTH < self.depth {
            self.errors.push(self.too_deep(range));
            return Body::default();
        }
        for thorough in [false, true] {
            let Masked { text, holes } = mask(self.text.text, range.clone(), Grammar::Body, thorough);
            if let Ok(body) = hcl_edit::parser::parse_body(&text) {
                return Lower { parser: self, base: range.start, holes: &holes }.body(&body);
            }
        }
        self.items(range)
    }

    /// One expression, which may have spaces, newlines and comments around it.
    pub fn expression(&mut self, range: Range<usize>) -> Expr {
        if MAX_DEPTH < self.depth {
            return self.invalid(range.clone(), self.too_deep(range));
        }
        let Masked { text, holes } = mask(self.text.text, range.clone(), Grammar::Expression, true);
        let base = range.start + (text.len() - text.trim_start().len());
        match hcl_edit::parser::parse_expr(text.trim()) {
            Ok(it) => Lower { parser: self, base, holes: &holes }.expression(&it),
            Err(error) => {
                // hcl-edit's two limits; both mean that the text is fine as far as it was read.
                let too_long = error.message().contains("nested levels") || error.message().contains("chained binary");
                let complaints = self.errors.len();
                if let Some(it) = too_long.then(|| split(self, text.trim(), base)).flatten() {
                    return it;
                }
                self.errors.truncate(complaints);
                let error = self.refused(&error, base, range.end);
                self.invalid(base..base + text.trim().len(), error)
            }
        }
    }

    /// A part of an expression that was split.
    pub fn operand(&mut self, range: Range<usize>) -> Expr {
        self.depth += 2;
        let operand = self.expression(range);
        self.depth -= 2;
        operand
    }

    /// A template without quotes.
    pub fn template(&mut self, range: Range<usize>, indented: bool) -> Result<Template, Expr> {
        if MAX_DEPTH < self.depth {
            return Err(self.invalid(range.clone(), self.too_deep(range)));
        }
        let mut refusal = None;
        for thorough in [false, true] {
            let Masked { text, holes } = mask(self.text.text, range.clone(), Grammar::Template, thorough);
            match hcl_edit::parser::parse_template(&text) {
                Ok(it) => {
                    let elements: Vec<&Element> = it.iter().collect();
                    let mut lower = Lower { parser: self, base: range.start, holes: &holes };
                    return Ok(lower.template(&elements, false, indented));
                }
                Err(error) => refusal = Some(self.refused(&error, range.start, range.end)),
            }
        }
        let error = refusal.unwrap_or_else(|| self.text.error(range.clone(), "not a template"));
        Err(self.invalid(range, error))
    }

    /// What stands in a hole of a masked copy.
    pub fn hole(&mut self, hole: &Hole) -> Expr {
        self.depth += DEPTH;
        let expression = match hole {
            Hole::Heredoc { whole, content, delimiter, indented } => {
                let span = self.text.span(whole.clone());
                let delimiter = self.text.slice(delimiter.clone()).to_owned();
                match self.template(content.clone(), *indented) {
                    Ok(template) => Expr { kind: ExprKind::Heredoc(Heredoc { template, delimiter }), span },
                    Err(invalid) => Expr { span, ..invalid },
                }
            }
            Hole::Expression(range) | Hole::Arguments(range) | Hole::Key(range) => self.expression(range.clone()),
        };
        self.depth -= DEPTH;
        expression
    }

    /// The arguments of a call, and whether the last is expanded; `range` has the parentheses.
    pub fn arguments(&mut self, range: Range<usize>) -> (Vec<Expr>, bool) {
        let inner = range.start + 1..range.end.saturating_sub(1);
        let Masked { text, holes } = mask(self.text.text, inner.clone(), Grammar::Expression, true);
        let expands = text.trim_end().ends_with("...");
        let list = format!("[{}]", text.trim_end().trim_end_matches("..."));
        self.depth += DEPTH;
        let args = match hcl_edit::parser::parse_expr(&list) {
            _ if MAX_DEPTH < self.depth => vec![self.invalid(inner.clone(), self.too_deep(inner))],
            Ok(it) => match (Lower { parser: self, base: range.start, holes: &holes }.expression(&it)).kind {
                ExprKind::List(args) => args,
                _ => Vec::new(),
            },
            Err(error) => {
                let error = self.refused(&error, range.start, range.end);
                vec![self.invalid(inner, error)]
            }
        };
        self.depth -= DEPTH;
        (args, expands)
    }

    /// The key of an object's item that is repeated further down.
    pub fn key(&mut self, range: Range<usize>) -> (ObjectKey, crate::source::Span) {
        let text = self.text.slice(range.clone());
        let span = self.text.span(range.clone());
        self.errors.push(SyntaxError {
            at: span,
            message: format!(
                "the key {} is repeated further down in this object, and Terraform takes the last",
                text.trim_matches('"')
            ),
            help: Some("remove one of the two".to_owned()),
            kind: crate::syntax::ErrorKind::DuplicateKey,
        });
        if text.bytes().all(is_identifier_byte) {
            return (ObjectKey::Name(text.to_owned()), span);
        }
        (ObjectKey::Expr(self.expression(range)), span)
    }

    /// A body that does not parse as a whole: each argument and each block for itself.
    fn items(&mut self, range: Range<usize>) -> Body {
        let mut body = Body::default();
        let mut broken: Option<Range<usize>> = None;
        let mut pos = range.start;
        loop {
            let (start, unclosed) = trivia(self.text.text, pos, range.end);
            if let Some(at) = unclosed {
                self.errors.push(self.text.error(at..at + 2, UNCLOSED_COMMENT));
            }
            if range.end <= start {
                break;
            }
            pos = match header(self.text.text, start, range.end) {
                Some(Header::Attribute { name, value }) => {
                    let end = self.end_of_value(value, range.end);
                    let attribute = self.attribute(name, value..end);
                    if body.attribute(&attribute.name.text).is_some() {
                        let message = format!("the argument {} is set twice", attribute.name.text);
                        self.errors.push(SyntaxError {
                            at: attribute.name.span,
                            message,
                            help: None,
                            kind: crate::syntax::ErrorKind::Loses,
                        });
                    }
                    body.attributes.push(attribute);
                    end
                }
                Some(Header::Block { kind, labels, brace }) => {
                    let (inner, end, closed) = self.block_range(brace, range.end);
                    let kind = self.name(kind);
                    let labels: Vec<_> = labels.into_iter().map(|it| self.name(it)).collect();
                    let header = labels.last().map_or(kind.span, |it| kind.span.to(it.span));
                    self.depth += BLOCK_DEPTH;
                    let content = if closed { self.body(inner) } else { self.unclosed_body(inner) };
                    self.depth -= BLOCK_DEPTH;
                    body.blocks.push(Block { kind, labels, header, span: self.text.span(start..end), body: content });
                    end
                }
                None => {
                    let end = self.end_of_line(start, range.end);
                    match &mut broken {
                        Some(it) if skip_trivia(self.text.text, it.end, range.end) == start => it.end = end,
                        _ => {
                            self.report_broken(broken.take());
                            broken = Some(start..end);
                        }
                    }
                    end
                }
            };
        }
        self.report_broken(broken);
        body
    }

    fn report_broken(&mut self, range: Option<Range<usize>>) {
        let Some(range) = range else { return };
        self.errors.push(self.text.error(range, "expected an argument (name = value) or a block (name { … })"));
    }

    fn attribute(&mut self, name: Range<usize>, value: Range<usize>) -> Attribute {
        let name = self.name(name);
        let value = self.expression(value);
        let span = name.span.to(value.span);
        Attribute { name, value, span }
    }

    fn name(&self, range: Range<usize>) -> Name {
        Name { text: unquoted(self.text.slice(range.clone())), span: self.text.span(range) }
    }

    fn end_of_line(&self, start: usize, end: usize) -> usize {
        let rest = self.text.slice(start..end);
        memchr::memchr(b'\n', rest.as_bytes()).map_or(end, |it| start + it)
    }

    /// Where a value ends: at the first newline outside of brackets; where brackets stay open, at the end of its line.
    fn end_of_value(&mut self, start: usize, end: usize) -> usize {
        let line = self.end_of_line(start, end);
        let limit = if MAX_UNCLOSED <= self.unclosed { line } else { end };
        let mut scanner = Scanner::new(self.text.text, start..limit);
        while let Some(token) = scanner.next() {
            if token.kind == Kind::Newline && scanner.stack.is_empty() {
                return token.start;
            }
        }
        if let Some(at) = scanner.damage.filter(|it| self.text.slice(*it..end).starts_with("/*")) {
            self.errors.push(self.text.error(at..at + 2, UNCLOSED_COMMENT));
        }
        if scanner.stack.is_empty() {
            return limit;
        }
        self.unclosed += 1;
        line
    }

    /// What has no end cannot parse as a whole.
    fn unclosed_body(&mut self, range: Range<usize>) -> Body {
        if MAX_DEPTH < self.depth {
            self.errors.push(self.too_deep(range));
            return Body::default();
        }
        self.items(range)
    }

    /// The content of the block whose brace is given, where the block ends, and whether it is closed.
    fn block_range(&mut self, brace: usize, end: usize) -> (Range<usize>, usize, bool) {
        let mut scanner = Scanner::new(self.text.text, brace..end);
        while let Some(token) = scanner.next() {
            if scanner.stack.is_empty() {
                return (brace + 1..token.start, token.end, true);
            }
        }
        self.errors.push(self.text.error(brace..brace + 1, "this block is not closed"));
        (brace + 1..end, end, false)
    }

    fn invalid(&mut self, range: Range<usize>, error: SyntaxError) -> Expr {
        self.errors.push(error.clone());
        Expr { kind: ExprKind::Invalid(Box::new(error)), span: self.text.span(range) }
    }

    fn too_deep(&self, range: Range<usize>) -> SyntaxError {
        let end = self.end_of_line(range.start, range.end);
        self.text.error(range.start..end, "nested too deep to be read")
    }

    fn refused(&self, error: &hcl_edit::parser::Error, base: usize, end: usize) -> SyntaxError {
        let at = (base + error.location().offset()).min(end);
        // It counts bytes, and may stop within a character.
        let at = (0..=at).rev().find(|it| self.text.text.is_char_boundary(*it)).unwrap_or(at);
        let length = self.text.slice(at..end).chars().next().map_or(0, char::len_utf8);
        self.text.error(at..at + length, error.message())
    }
}

/// The text of a label. Escapes in labels are left as they are: no name in Terraform has any.
pub(super) fn unquoted(text: &str) -> String {
    text.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(text).to_owned()
}

/// The parts of a template, or an interpolation that stands for what did not parse.
pub(super) fn or_invalid(template: Result<Template, Expr>) -> Template {
    template.unwrap_or_else(|it| Template { parts: vec![TemplatePart::Interpolation(it)] })
}
