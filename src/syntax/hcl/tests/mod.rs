//! Tests of the parser: helpers here, one file per subject.

mod corpus;
mod hostile;
mod index;
mod json;
mod properties;
mod recovery;
mod spans;
mod templates;
mod terraform;

use super::*;

const FILE: FileId = FileId(0);

/// All complaints about a file that lose something: of the index, and of every body.
fn losses(text: &str) -> Vec<crate::syntax::SyntaxError> {
    let file = index(FILE, text);
    let bodies = file.tree.blocks.iter().map(|it| it.body(text));
    file.errors.into_iter().chain(bodies.flat_map(|it| it.errors)).filter(|it| it.loses()).collect()
}

fn line(text: &str, at: Span) -> usize {
    text.get(..at.start as usize).unwrap_or(text).matches('\n').count() + 1
}

/// The value of `x` in a body without complaints.
fn value(text: &str) -> Expr {
    let body = parse_body(FILE, text);
    assert_eq!(
        body.errors.iter().filter(|it| it.loses()).collect::<Vec<_>>(),
        [] as [&crate::syntax::SyntaxError; 0],
        "{text}"
    );
    body.tree.attribute("x").unwrap_or_else(|| panic!("no x in {text}")).value.clone()
}

/// The literal text of a template; interpolations as `{}`.
fn literal(template: &Template) -> String {
    let part = |it: &TemplatePart| match it {
        TemplatePart::Literal(it) => it.text.to_string(),
        TemplatePart::Interpolation(_) => "{}".to_owned(),
        TemplatePart::If { then, otherwise, .. } => {
            format!(
                "[if {}{}]",
                literal(then),
                otherwise.as_ref().map(|it| format!("|{}", literal(it))).unwrap_or_default()
            )
        }
        TemplatePart::For { body, .. } => format!("[for {}]", literal(body)),
    };
    template.parts.iter().map(part).collect()
}

/// The template of a quoted string or a heredoc.
fn template(expr: &Expr) -> &Template {
    match &expr.kind {
        ExprKind::Template(it) => it,
        ExprKind::Heredoc(it) => &it.template,
        other => panic!("not a template: {other:?}"),
    }
}

/// All pieces of literal text below an expression, and all spans of expressions.
fn walk<'a>(expr: &'a Expr, pieces: &mut Vec<&'a Piece>, exprs: &mut Vec<&'a Expr>) {
    exprs.push(expr);
    let mut visit = |it: &'a Expr| walk(it, pieces, exprs);
    match &expr.kind {
        ExprKind::Template(it) => walk_template(it, pieces, exprs),
        ExprKind::Heredoc(it) => walk_template(&it.template, pieces, exprs),
        ExprKind::List(items) | ExprKind::Call { args: items, .. } => items.iter().for_each(visit),
        ExprKind::Object(items) => {
            for item in items {
                if let ObjectKey::Expr(key) = &item.key {
                    visit(key);
                }
                visit(&item.value);
            }
        }
        ExprKind::Traversal(it) => {
            visit(&it.root);
            for (op, _) in &it.ops {
                if let TraversalOp::Index(index) = op {
                    visit(index);
                }
            }
        }
        ExprKind::Conditional(it) => it.iter().for_each(visit),
        ExprKind::Unary(_, it) | ExprKind::Parenthesis(it) => visit(it),
        ExprKind::Binary(_, it) => it.iter().for_each(visit),
        ExprKind::For(it) => {
            visit(&it.collection);
            it.result_key.iter().for_each(&mut visit);
            visit(&it.result);
            it.condition.iter().for_each(&mut visit);
        }
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Variable(_) | ExprKind::Invalid(_) => (),
    }
}

fn walk_template<'a>(template: &'a Template, pieces: &mut Vec<&'a Piece>, exprs: &mut Vec<&'a Expr>) {
    for part in &template.parts {
        match part {
            TemplatePart::Literal(it) => pieces.push(it),
            TemplatePart::Interpolation(it) => walk(it, pieces, exprs),
            TemplatePart::If { condition, then, otherwise } => {
                walk(condition, pieces, exprs);
                walk_template(then, pieces, exprs);
                otherwise.iter().for_each(|it| walk_template(it, pieces, exprs));
            }
            TemplatePart::For { collection, body, .. } => {
                walk(collection, pieces, exprs);
                walk_template(body, pieces, exprs);
            }
        }
    }
}

fn walk_body<'a>(body: &'a Body, pieces: &mut Vec<&'a Piece>, exprs: &mut Vec<&'a Expr>) {
    body.attributes.iter().for_each(|it| walk(&it.value, pieces, exprs));
    body.blocks.iter().for_each(|it| walk_body(&it.body, pieces, exprs));
}

/// Each piece with a place has the file's text there, and each child lies in the file.
fn check_places(text: &str, body: &Body) {
    let (mut pieces, mut exprs) = (Vec::new(), Vec::new());
    walk_body(body, &mut pieces, &mut exprs);
    for piece in pieces {
        if let Some(at) = piece.at {
            assert_eq!(text.get(at.range()), Some(&*piece.text), "{text}");
        }
    }
    for expr in exprs {
        assert!(text.get(expr.span.range()).is_some_and(|it| !it.is_empty()), "{expr:?} in {text}");
    }
}
