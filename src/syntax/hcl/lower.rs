//! hcl-edit's tree → ours, with places in the original text and the holes of the masked copy filled.

use std::collections::BTreeMap;
use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::expr as his;
use hcl_edit::structure::{self, BlockLabel, Structure};
use hcl_edit::template::{Directive, Element};
use hcl_edit::{Decorated, Ident};

use super::ast::*;
use super::literal::{Cuts, cuts, pieces};
use super::mask::Hole;
use super::parse::Parser;
use crate::syntax::{ErrorKind, SyntaxError};

/// `a.b.c…`: no reference has more steps.
const MAX_STEPS: usize = 1_000;

/// Turns what hcl-edit found in one masked copy into our tree.
pub(super) struct Lower<'a, 'p> {
    /// Parses the holes; knows the text and collects the errors.
    pub parser: &'p mut Parser<'a>,
    /// Where the copy begins in the text.
    pub base: usize,
    /// The holes of the copy.
    pub holes: &'p BTreeMap<usize, Hole>,
}

impl Lower<'_, '_> {
    fn range(&self, span: Option<Range<usize>>) -> Range<usize> {
        span.map_or(self.base..self.base, |it| it.start + self.base..it.end + self.base)
    }

    fn name(&self, ident: &Decorated<Ident>) -> Name {
        Name { text: ident.as_str().to_owned(), span: self.parser.text.span(self.range(ident.span())) }
    }

    pub fn body(&mut self, body: &structure::Body) -> Body {
        let mut out = Body::default();
        for item in body {
            match item {
                Structure::Attribute(it) => out.attributes.push(self.attribute(it)),
                Structure::Block(it) => out.blocks.push(self.block(it)),
            }
        }
        out
    }

    fn attribute(&mut self, attribute: &structure::Attribute) -> Attribute {
        let name = self.name(&attribute.key);
        let value = self.expression(&attribute.value);
        let span = name.span.to(value.span);
        Attribute { name, value, span }
    }

    fn block(&mut self, block: &structure::Block) -> Block {
        let kind = self.name(&block.ident);
        let label = |it: &BlockLabel| match it {
            BlockLabel::Ident(it) => self.name(it),
            BlockLabel::String(it) => {
                Name { text: it.as_str().to_owned(), span: self.parser.text.span(self.range(it.span())) }
            }
        };
        let labels: Vec<_> = block.labels.iter().map(label).collect();
        let header = labels.last().map_or(kind.span, |it| kind.span.to(it.span));
        let span = self.parser.text.span(self.range(block.span()));
        Block { kind, labels, header, span, body: self.body(&block.body) }
    }

    pub fn expression(&mut self, expression: &his::Expression) -> Expr {
        let range = self.range(expression.span());
        if let (his::Expression::Number(_), Some(hole)) = (expression, self.holes.get(&range.start)) {
            return self.parser.hole(hole);
        }
        let span = self.parser.text.span(range.clone());
        let kind = match expression {
            his::Expression::Null(_) => ExprKind::Null,
            his::Expression::Bool(it) => ExprKind::Bool(*it.value()),
            his::Expression::Number(_) => self.number(range),
            his::Expression::String(_) => self.string(range),
            his::Expression::Array(it) => ExprKind::List(it.iter().map(|it| self.expression(it)).collect()),
            his::Expression::Object(it) => {
                ExprKind::Object(it.iter().map(|(key, value)| self.item(key, value)).collect())
            }
            his::Expression::StringTemplate(it) => {
                let elements: Vec<_> = it.iter().collect();
                ExprKind::Template(self.template(&elements, true, false))
            }
            his::Expression::HeredocTemplate(it) => {
                let elements: Vec<_> = it.template.iter().collect();
                let template = self.template(&elements, false, it.indent().is_some());
                ExprKind::Heredoc(Heredoc { template, delimiter: it.delimiter.to_string() })
            }
            his::Expression::Parenthesis(it) => ExprKind::Parenthesis(Box::new(self.expression(it.inner()))),
            his::Expression::Variable(it) => ExprKind::Variable(it.as_str().to_owned()),
            his::Expression::Conditional(it) => ExprKind::Conditional(Box::new([
                self.expression(&it.cond_expr),
                self.expression(&it.true_expr),
                self.expression(&it.false_expr),
            ])),
            his::Expression::FuncCall(it) => self.call(it),
            his::Expression::Traversal(it) => self.traversal(it),
            his::Expression::UnaryOp(it) => {
                let operator = match it.operator.value() {
                    his::UnaryOperator::Neg => UnaryOp::Negate,
                    his::UnaryOperator::Not => UnaryOp::Not,
                };
                ExprKind::Unary(operator, Box::new(self.expression(&it.expr)))
            }
            his::Expression::BinaryOp(it) => {
                let operands = Box::new([self.expression(&it.lhs_expr), self.expression(&it.rhs_expr)]);
                ExprKind::Binary(binary(*it.operator.value()), operands)
            }
            his::Expression::ForExpr(it) => self.for_expression(it),
        };
        Expr { kind, span }
    }

    /// hcl-edit reads `-1` as one number, Terraform as a negation.
    fn number(&self, range: Range<usize>) -> ExprKind {
        let written = self.parser.text.slice(range.clone());
        let digits = written.trim_start_matches(['-', ' ', '\t']);
        if digits.len() == written.len() || !digits.starts_with(|it: char| it.is_ascii_digit()) {
            return ExprKind::Number(written.to_owned());
        }
        let span = self.parser.text.span(range.end - digits.len()..range.end);
        ExprKind::Unary(UnaryOp::Negate, Box::new(Expr { kind: ExprKind::Number(digits.to_owned()), span }))
    }

    fn string(&self, range: Range<usize>) -> ExprKind {
        let inner = range.start + 1..range.end.saturating_sub(1).max(range.start + 1);
        let parts = pieces(&self.parser.text, inner, &Cuts::new(), true);
        ExprKind::Template(Template { parts: parts.into_iter().map(TemplatePart::Literal).collect() })
    }

    fn item(&mut self, key: &his::ObjectKey, value: &his::ObjectValue) -> ObjectItem {
        let range = self.range(key.span());
        let (key, key_span) = match (key, self.holes.get(&range.start)) {
            (his::ObjectKey::Expression(_), Some(Hole::Key(range))) => self.parser.key(range.clone()),
            (his::ObjectKey::Ident(it), _) => (ObjectKey::Name(it.as_str().to_owned()), self.parser.text.span(range)),
            (his::ObjectKey::Expression(it), _) => {
                let key = self.expression(it);
                let span = key.span;
                (keyword(key), span)
            }
        };
        ObjectItem { key, key_span, value: self.expression(value.expr()) }
    }

    fn call(&mut self, call: &his::FuncCall) -> ExprKind {
        let mut name = self.name(&call.name.name);
        for part in call.name.namespace.iter().rev() {
            let part = self.name(part);
            name = Name { text: format!("{}::{}", part.text, name.text), span: part.span.to(name.span) };
        }
        let start = call.args.iter().next().map(|it| self.range(it.span()).start);
        if let Some(Hole::Arguments(range)) = start.and_then(|it| self.holes.get(&it)) {
            let (args, expand_final) = self.parser.arguments(range.clone());
            return ExprKind::Call { name, args, expand_final };
        }
        let args = call.args.iter().map(|it| self.expression(it)).collect();
        ExprKind::Call { name, args, expand_final: call.args.expand_final() }
    }

    fn traversal(&mut self, traversal: &his::Traversal) -> ExprKind {
        if MAX_STEPS < traversal.operators.len() {
            let at = self.parser.text.span(self.range(traversal.span()));
            let message = format!("more than {MAX_STEPS} steps in one reference");
            let error = SyntaxError { at, message, help: None, kind: ErrorKind::Loses };
            self.parser.errors.push(error.clone());
            return ExprKind::Invalid(Box::new(error));
        }
        let root = self.expression(&traversal.expr);
        let ops = traversal.operators.iter().map(|it| {
            let span = self.parser.text.span(self.range(it.value().span().or_else(|| it.span())));
            match it.value() {
                his::TraversalOperator::AttrSplat(_) => (TraversalOp::AttributeSplat, span),
                his::TraversalOperator::FullSplat(_) => (TraversalOp::FullSplat, span),
                his::TraversalOperator::GetAttr(name) => (TraversalOp::Attribute(name.as_str().to_owned()), span),
                his::TraversalOperator::LegacyIndex(index) => {
                    let kind = ExprKind::Number(index.value().to_string());
                    (TraversalOp::Index(Expr { kind, span }), span)
                }
                his::TraversalOperator::Index(index) => {
                    let index = self.expression(index);
                    let span = index.span;
                    (TraversalOp::Index(index), span)
                }
            }
        });
        let ops = ops.collect();
        ExprKind::Traversal(Box::new(Traversal { root, ops }))
    }

    fn for_expression(&mut self, it: &his::ForExpr) -> ExprKind {
        ExprKind::For(Box::new(ForExpr {
            key: it.intro.key_var.as_ref().map(|it| self.name(it)),
            value: self.name(&it.intro.value_var),
            collection: self.expression(&it.intro.collection_expr),
            result_key: it.key_expr.as_ref().map(|it| self.expression(it)),
            result: self.expression(&it.value_expr),
            grouped: it.grouping,
            condition: it.cond.as_ref().map(|it| self.expression(&it.expr)),
        }))
    }

    /// A template; `quoted` text knows backslash escapes, `indented` text is dedented.
    pub fn template(&mut self, elements: &[&Element], quoted: bool, indented: bool) -> Template {
        let cuts = cuts(&self.parser.text, elements, self.base, indented);
        self.parts(elements.iter().copied(), &cuts, quoted)
    }

    fn parts<'e>(&mut self, elements: impl Iterator<Item = &'e Element>, cuts: &Cuts, quoted: bool) -> Template {
        let mut parts = Vec::new();
        for element in elements {
            match element {
                Element::Literal(literal) => {
                    let range = self.range(literal.span());
                    parts.extend(pieces(&self.parser.text, range, cuts, quoted).into_iter().map(TemplatePart::Literal));
                }
                Element::Interpolation(it) => parts.push(TemplatePart::Interpolation(self.expression(&it.expr))),
                Element::Directive(directive) => parts.push(match &**directive {
                    Directive::If(it) => TemplatePart::If {
                        condition: self.expression(&it.if_expr.cond_expr),
                        then: self.parts(it.if_expr.template.iter(), cuts, quoted),
                        otherwise: it.else_expr.as_ref().map(|it| self.parts(it.template.iter(), cuts, quoted)),
                    },
                    Directive::For(it) => TemplatePart::For {
                        key: it.for_expr.key_var.as_ref().map(|it| self.name(it)),
                        value: self.name(&it.for_expr.value_var),
                        collection: self.expression(&it.for_expr.collection_expr),
                        body: self.parts(it.for_expr.template.iter(), cuts, quoted),
                    },
                }),
            }
        }
        Template { parts }
    }
}

/// `null`, `true` and `false` as keys are names.
fn keyword(key: Expr) -> ObjectKey {
    match key.kind {
        ExprKind::Null => ObjectKey::Name("null".to_owned()),
        ExprKind::Bool(it) => ObjectKey::Name(it.to_string()),
        _ => ObjectKey::Expr(key),
    }
}

fn binary(operator: his::BinaryOperator) -> BinaryOp {
    match operator {
        his::BinaryOperator::Eq => BinaryOp::Equal,
        his::BinaryOperator::NotEq => BinaryOp::NotEqual,
        his::BinaryOperator::LessEq => BinaryOp::LessOrEqual,
        his::BinaryOperator::GreaterEq => BinaryOp::GreaterOrEqual,
        his::BinaryOperator::Less => BinaryOp::Less,
        his::BinaryOperator::Greater => BinaryOp::Greater,
        his::BinaryOperator::Plus => BinaryOp::Add,
        his::BinaryOperator::Minus => BinaryOp::Subtract,
        his::BinaryOperator::Mul => BinaryOp::Multiply,
        his::BinaryOperator::Div => BinaryOp::Divide,
        his::BinaryOperator::Mod => BinaryOp::Modulo,
        his::BinaryOperator::And => BinaryOp::And,
        his::BinaryOperator::Or => BinaryOp::Or,
    }
}
