//! The parsers: whatever the bytes, a tree whose places are in the text.

use bucketlint::source::{FileId, Piece, Span};
use bucketlint::syntax::data::{Node, NodeKind};
use bucketlint::syntax::hcl::{self, Body, Expr, ExprKind, Template, TemplatePart};
use bucketlint::syntax::{SyntaxError, json as parser, yaml as yaml_parser};

use super::twice;

const FILE: FileId = FileId(0);

fn inside(text: &str, at: Span) {
    assert!(text.get(at.range()).is_some(), "{at:?} is not in {} bytes", text.len());
}

fn exact(text: &str, piece: &Piece) {
    assert!(piece.at.is_none_or(|at| text.get(at.range()) == Some(&*piece.text)), "{piece:?}");
}

fn errors(text: &str, errors: &[SyntaxError]) {
    for it in errors {
        inside(text, it.at);
        assert!(!it.message.is_empty(), "{it:?}");
    }
}

fn tree(text: &str, node: &Node) {
    inside(text, node.span);
    node.tag.iter().for_each(|it| inside(text, it.span));
    match &node.kind {
        NodeKind::Scalar(it) => it.pieces.iter().for_each(|it| exact(text, it)),
        NodeKind::Sequence(items) => items.iter().for_each(|it| tree(text, it)),
        NodeKind::Mapping(pairs) => pairs.iter().for_each(|it| {
            tree(text, &it.key);
            tree(text, &it.value);
        }),
    }
}

pub fn json(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let parsed = parser::parse(FILE, text);
    errors(text, &parsed.errors);
    parsed.tree.iter().for_each(|it| tree(text, it));
    // What an independent parser takes is taken whole, and without a complaint.
    if let Ok(theirs) = serde_json::from_str::<serde_json::Value>(text) {
        let too_deep = parsed.errors.iter().any(|it| it.message.contains("levels deep"));
        assert!(too_deep || !parsed.errors.iter().any(SyntaxError::loses), "{:?}", parsed.errors);
        assert!(too_deep || parsed.tree.is_some(), "nothing read of {theirs}");
    }
    if twice(data) {
        assert_eq!(parser::parse(FILE, text).tree, parsed.tree);
    }
}

pub fn yaml(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let parsed = yaml_parser::parse(FILE, text);
    errors(text, &parsed.errors);
    parsed.tree.iter().for_each(|it| tree(text, it));
    if twice(data) {
        assert_eq!(yaml_parser::parse(FILE, text).tree, parsed.tree);
    }
}

fn template(text: &str, it: &Template) {
    for part in &it.parts {
        match part {
            TemplatePart::Literal(it) => exact(text, it),
            TemplatePart::If { then, otherwise, .. } => {
                template(text, then);
                otherwise.iter().for_each(|it| template(text, it));
            }
            TemplatePart::For { body, .. } => template(text, body),
            TemplatePart::Interpolation(_) => (),
        }
    }
}

fn expression(text: &str, it: &Expr) {
    it.visit(&mut |it| {
        inside(text, it.span);
        match &it.kind {
            ExprKind::Template(it) => template(text, it),
            ExprKind::Heredoc(it) => template(text, &it.template),
            _ => (),
        }
    });
}

fn body(text: &str, it: &Body) {
    for it in &it.attributes {
        inside(text, it.span);
        inside(text, it.name.span);
        expression(text, &it.value);
    }
    for it in &it.blocks {
        inside(text, it.span);
        inside(text, it.header);
        body(text, &it.body);
    }
}

pub fn hcl(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let file = hcl::index(FILE, text);
    errors(text, &file.errors);
    for block in &file.tree.blocks {
        inside(text, block.span);
        inside(text, block.header);
        let parsed = block.body(text);
        errors(text, &parsed.errors);
        body(text, &parsed.tree);
    }
    let whole = hcl::parse_body(FILE, text);
    errors(text, &whole.errors);
    body(text, &whole.tree);
    let value = hcl::parse_expression(FILE, text);
    errors(text, &value.errors);
    expression(text, &value.tree);
    let pieces = [Piece { text: text.into(), at: Some(Span::of(FILE, 0..text.len())) }];
    let of_template = hcl::parse_template(FILE, text, &pieces);
    errors(text, &of_template.errors);
    template(text, &of_template.tree);
    let _ = hcl::parse_template(FILE, "", &[Piece { text: text.into(), at: None }]);
    if let Some(tree) = parser::parse(FILE, text).tree {
        let file = hcl::from_json(FILE, &tree);
        errors(text, &file.errors);
        file.tree.blocks.iter().for_each(|it| body(text, &it.body(text).tree));
    }
    if twice(data) {
        assert_eq!(hcl::parse_body(FILE, text).tree, whole.tree);
    }
}
