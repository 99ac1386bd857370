//! Going through all expressions of a body, outer ones first.

use super::{Body, Expr, ExprKind, ObjectKey, Template, TemplatePart, TraversalOp};

impl Body {
    /// Calls `see` with every expression below, nested blocks included.
    pub fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Expr)) {
        self.attributes.iter().for_each(|it| it.value.visit(see));
        self.blocks.iter().for_each(|it| it.body.visit(see));
    }
}

impl Expr {
    /// Calls `see` with this expression and every one below.
    pub fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Self)) {
        see(self);
        match &self.kind {
            ExprKind::Template(it) => template(it, see),
            ExprKind::Heredoc(it) => template(&it.template, see),
            ExprKind::List(items) | ExprKind::Call { args: items, .. } => items.iter().for_each(|it| it.visit(see)),
            ExprKind::Object(items) => {
                for item in items {
                    if let ObjectKey::Expr(key) = &item.key {
                        key.visit(see);
                    }
                    item.value.visit(see);
                }
            }
            ExprKind::Traversal(it) => {
                it.root.visit(see);
                for (op, _) in &it.ops {
                    if let TraversalOp::Index(index) = op {
                        index.visit(see);
                    }
                }
            }
            ExprKind::Conditional(it) => it.iter().for_each(|it| it.visit(see)),
            ExprKind::Unary(_, it) | ExprKind::Parenthesis(it) => it.visit(see),
            ExprKind::Binary(_, it) => it.iter().for_each(|it| it.visit(see)),
            ExprKind::For(it) => {
                let parts = [Some(&it.collection), it.result_key.as_ref(), Some(&it.result), it.condition.as_ref()];
                parts.into_iter().flatten().for_each(|it| it.visit(see));
            }
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) => {}
            ExprKind::Variable(_) | ExprKind::Invalid(_) => {}
        }
    }
}

fn template<'a>(it: &'a Template, see: &mut dyn FnMut(&'a Expr)) {
    for part in &it.parts {
        match part {
            TemplatePart::Literal(_) => (),
            TemplatePart::Interpolation(it) => it.visit(see),
            TemplatePart::If { condition, then, otherwise } => {
                condition.visit(see);
                template(then, see);
                otherwise.iter().for_each(|it| template(it, see));
            }
            TemplatePart::For { collection, body, .. } => {
                collection.visit(see);
                template(body, see);
            }
        }
    }
}
