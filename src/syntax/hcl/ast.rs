//! Our own tree of HCL, with a span on every node. Independent of the parser behind it.

use crate::source::{Piece, Span};

use crate::syntax::SyntaxError;

/// A name and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// The text, without quotes.
    pub text: String,
    /// The place, quotes included.
    pub span: Span,
}

/// The content of a block, or of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// The attributes in order.
    pub attributes: Vec<Attribute>,
    /// The nested blocks in order.
    pub blocks: Vec<Block>,
}

/// `name = value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The name.
    pub name: Name,
    /// The value.
    pub value: Expr,
    /// From name to end of value.
    pub span: Span,
}

/// A block.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// `resource`, `statement`.
    pub kind: Name,
    /// The labels.
    pub labels: Vec<Name>,
    /// From the kind to the last label: `resource "aws_s3_bucket" "x"`.
    pub header: Span,
    /// The whole block, braces included.
    pub span: Span,
    /// Its content.
    pub body: Body,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its place.
    pub span: Span,
}

/// Kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number as written.
    Number(String),
    /// A quoted template, with or without interpolations.
    Template(Template),
    /// A heredoc.
    Heredoc(Heredoc),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `{ a = b }`; duplicate keys are kept (Terraform takes the last).
    Object(Vec<ObjectItem>),
    /// `var`, `local`, `aws_s3_bucket`: the root of a traversal, or a lone name.
    Variable(String),
    /// `root.a[0].b`, splats included.
    Traversal(Box<Traversal>),
    /// `name(args...)`; provider functions as `provider::aws::arn_parse`.
    Call {
        /// The function's name.
        name: Name,
        /// The arguments.
        args: Vec<Expr>,
        /// Whether the last argument is expanded with `...`.
        expand_final: bool,
    },
    /// `cond ? a : b`.
    Conditional(Box<[Expr; 3]>),
    /// `!a`, `-a`.
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`.
    Binary(BinaryOp, Box<[Expr; 2]>),
    /// `(a)`.
    Parenthesis(Box<Expr>),
    /// `[for …]` or `{for …}`.
    For(Box<ForExpr>),
    /// A part that does not parse; evaluates to unknown.
    Invalid(Box<SyntaxError>),
}

/// A template: literal pieces, interpolations, directives.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The parts in order. Trim markers (`~`) are already applied to the neighbouring literal pieces.
    pub parts: Vec<TemplatePart>,
}

/// A heredoc.
#[derive(Clone, Debug, PartialEq)]
pub struct Heredoc {
    /// The content, dedented where the marker is `<<-`; ends in a newline as Terraform has it.
    pub template: Template,
    /// The delimiter.
    pub delimiter: String,
}

/// One part of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum TemplatePart {
    /// Literal text, unescaped.
    Literal(Piece),
    /// `${expr}`.
    Interpolation(Expr),
    /// `%{ if cond }…%{ else }…%{ endif }`.
    If {
        /// The condition.
        condition: Expr,
        /// When it holds.
        then: Template,
        /// When it does not.
        otherwise: Option<Template>,
    },
    /// `%{ for x in xs }…%{ endfor }`.
    For {
        /// The key variable.
        key: Option<Name>,
        /// The value variable.
        value: Name,
        /// The collection.
        collection: Expr,
        /// The repeated part.
        body: Template,
    },
}

/// One item of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectItem {
    /// The key.
    pub key: ObjectKey,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Expr,
}

/// The key of an object item.
#[derive(Clone, Debug, PartialEq)]
pub enum ObjectKey {
    /// A bare identifier: its own text.
    Name(String),
    /// `"…"` or `(expr)`.
    Expr(Expr),
}

impl ObjectKey {
    /// The key, where it is written as a name or as plain text.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Expr(expr) => match &expr.kind {
                ExprKind::Template(template) => match template.parts.as_slice() {
                    [TemplatePart::Literal(piece)] => Some(&piece.text),
                    _ => None,
                },
                ExprKind::Variable(name) => Some(name),
                _ => None,
            },
        }
    }
}

/// A traversal.
#[derive(Clone, Debug, PartialEq)]
pub struct Traversal {
    /// What it starts at.
    pub root: Expr,
    /// The steps.
    pub ops: Vec<(TraversalOp, Span)>,
}

/// One step of a traversal.
#[derive(Clone, Debug, PartialEq)]
pub enum TraversalOp {
    /// `.name`.
    Attribute(String),
    /// `[expr]`, and legacy `.0`.
    Index(Expr),
    /// `.*`: applies to the attribute steps that follow.
    AttributeSplat,
    /// `[*]`: applies to all steps that follow.
    FullSplat,
}

/// A `for` expression.
#[derive(Clone, Debug, PartialEq)]
pub struct ForExpr {
    /// The key variable.
    pub key: Option<Name>,
    /// The value variable.
    pub value: Name,
    /// The collection.
    pub collection: Expr,
    /// The key of the result, for objects.
    pub result_key: Option<Expr>,
    /// The value of the result.
    pub result: Expr,
    /// Whether values are grouped (`...`).
    pub grouped: bool,
    /// The condition after `if`.
    pub condition: Option<Expr>,
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum UnaryOp {
    Not,
    Negate,
}

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl Body {
    /// The attribute of a name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|it| it.name.text == name)
    }

    /// The nested blocks of a kind.
    pub fn blocks_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |it| it.kind.text == kind)
    }
}
