//! Terraform's configuration language: an index of top-level blocks, each body parsed when something asks for it.
//!
//! Never fails: what does not parse is an error with its line and, where it has a name, an [`ExprKind::Invalid`] value.
//! hcl-edit does the parsing; the module `mask` prepares what it would refuse, so that every file that `terraform fmt`
//! accepts is read.

mod ast;
mod chain;
mod comments;
mod header;
mod index;
mod json;
mod literal;
mod lower;
mod mask;
mod parse;
mod scan;
#[cfg(test)]
mod tests;
mod text;
mod visit;

pub use ast::{
    Attribute, BinaryOp, Block, Body, Expr, ExprKind, ForExpr, Heredoc, Name, ObjectItem, ObjectKey, Template,
    TemplatePart, Traversal, TraversalOp, UnaryOp,
};
pub use comments::comments;
pub use index::index;
pub use json::from_json;

use std::ops::Range;

use crate::source::{FileId, Piece, Span};
use crate::syntax::Parsed;
use parse::{Parser, or_invalid};
use text::Text;

/// The top-level blocks of a file, in order.
#[derive(Clone, Debug)]
pub struct File {
    /// The file.
    pub file: FileId,
    /// Its blocks.
    pub blocks: Vec<TopBlock>,
}

/// A top-level block: its header, and its body when asked for.
#[derive(Clone, Debug)]
pub struct TopBlock {
    /// `resource`, `module`.
    pub kind: Name,
    /// The labels.
    pub labels: Vec<Name>,
    /// From the kind to the last label. In JSON the last label alone.
    pub header: Span,
    /// The whole block.
    pub span: Span,
    /// Whether the block is not closed (reported by [`index`]): its body is read up to where the next block begins, and
    /// what it does not set may be lost.
    pub broken: bool,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    /// The bytes between the braces.
    Text(Range<usize>),
    /// A body that came from JSON.
    Body(Box<Parsed<Body>>),
}

impl TopBlock {
    /// Parses the body; `text` is the text of the file. Callers keep the result: each call parses again.
    #[must_use]
    pub fn body(&self, text: &str) -> Parsed<Body> {
        match &self.content {
            Content::Body(body) => (**body).clone(),
            Content::Text(range) => {
                let mut parser = Parser::new(Text::of_file(self.span.file, text));
                let tree = parser.body(range.clone());
                Parsed { tree, errors: parser.errors }
            }
        }
    }
}

/// Parses a whole text as a body: `.tfvars`.
#[must_use]
pub fn parse_body(file: FileId, text: &str) -> Parsed<Body> {
    let mut parser = Parser::new(Text::of_file(file, text));
    let tree = parser.body(0..text.len());
    Parsed { tree, errors: parser.errors }
}

/// Parses one expression: a value given on the command line.
#[must_use]
pub fn parse_expression(file: FileId, text: &str) -> Parsed<Expr> {
    let mut parser = Parser::new(Text::of_file(file, text));
    let tree = parser.expression(0..text.len());
    Parsed { tree, errors: parser.errors }
}

/// Parses template syntax in a text that is not HCL itself: a string of a `.tf.json`, or what `templatefile` reads.
/// `pieces` are the unescaped text; `text` is the file's text. A template that does not parse is one invalid interpolation.
#[must_use]
pub fn parse_template(file: FileId, text: &str, pieces: &[Piece]) -> Parsed<Template> {
    if let [Piece { text: whole, at: Some(at) }] = pieces
        && at.file == file
        && text.get(at.range()) == Some(whole)
    {
        let mut parser = Parser::new(Text::of_file(file, text));
        let tree = or_invalid(parser.template(at.range(), false));
        return Parsed { tree, errors: parser.errors };
    }
    let joined: String = pieces.iter().map(|it| &*it.text).collect();
    let mut parser = Parser::new(Text::of_pieces(file, &joined, pieces));
    let tree = or_invalid(parser.template(0..joined.len(), false));
    Parsed { tree, errors: parser.errors }
}
