//! The expression language of rules: a subset of CEL in which unknown stays unknown.

mod ast;
mod deciders;
mod eval;
mod fact;
mod lexer;
mod parser;

pub(crate) use ast::{Expr, ExprKind, Macro, Operator};
pub(crate) use deciders::{Decider, deciders};
pub(crate) use eval::{Scope, evaluate, refill, truth};
pub(crate) use fact::{Fact, Item};
pub(crate) use parser::parse;

/// A mistake in an expression, with its place in the expression's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExprError {
    /// What is wrong, without a final dot.
    pub message: String,
    /// Byte offsets in the expression.
    pub at: std::ops::Range<usize>,
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
