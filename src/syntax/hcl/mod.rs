//! Terraform's configuration language: an index of top-level blocks, each body parsed when something asks for it.

mod ast;

pub use ast::{
    Attribute, BinaryOp, Block, Body, Expr, ExprKind, ForExpr, Heredoc, Name, ObjectItem, ObjectKey, Template,
    TemplatePart, Traversal, TraversalOp, UnaryOp,
};
