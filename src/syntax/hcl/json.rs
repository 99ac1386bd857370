//! Terraform's JSON syntax: <https://developer.hashicorp.com/terraform/language/syntax/json>.

use super::ast::{Attribute, Block, Body, Expr, ExprKind, Name, ObjectItem, ObjectKey};
use super::{Content, File, TopBlock, parse_template};
use crate::source::{FileId, Span};
use crate::syntax::data::{Node, NodeKind, Pair, Scalar, Style};
use crate::syntax::{Parsed, SyntaxError};

/// Deeper nesting is refused; the JSON parser below has its own limit too.
const MAX_DEPTH: usize = 240;

/// The blocks of a `.tf.json`. Their bodies have attributes: whether a property is an argument or a nested block depends on
/// the schema. Only `dynamic` blocks, and what they stand in, are blocks beyond doubt. Objects become objects, arrays lists, strings templates; properties named `//` are comments.
/// A reference that Terraform reads from a plain string (`depends_on`, `provider`) is a template of one literal here.
#[must_use]
pub fn from_json(file: FileId, root: &Node) -> Parsed<File> {
    let mut reader = Reader { file, blocks: Vec::new(), errors: Vec::new() };
    reader.root(root, 0);
    Parsed { tree: File { file, blocks: reader.blocks }, errors: reader.errors }
}

struct Reader {
    file: FileId,
    blocks: Vec<TopBlock>,
    errors: Vec<SyntaxError>,
}

impl Reader {
    /// The root is an object, or an array of such objects.
    fn root(&mut self, node: &Node, depth: usize) {
        match &node.kind {
            NodeKind::Mapping(pairs) => pairs.iter().filter(|it| !is_comment(it)).for_each(|pair| {
                let kind = name(&pair.key);
                let labels = label_count(&kind.text);
                self.labelled(&kind, Vec::new(), labels, &pair.value, 0);
            }),
            NodeKind::Sequence(nodes) if depth == 0 => nodes.iter().for_each(|it| self.root(it, 1)),
            _ => self.error(node.span, "expected an object whose properties are block types".to_owned()),
        }
    }

    fn labelled(&mut self, kind: &Name, labels: Vec<Name>, missing: usize, node: &Node, depth: usize) {
        match &node.kind {
            NodeKind::Sequence(nodes) if depth < MAX_DEPTH => {
                nodes.iter().for_each(|it| self.labelled(kind, labels.clone(), missing, it, depth + 1));
            }
            NodeKind::Mapping(pairs) if missing == 0 => self.block(kind, labels, pairs, node.span),
            NodeKind::Mapping(pairs) => pairs.iter().filter(|it| !is_comment(it)).for_each(|pair| {
                let labels = labels.iter().cloned().chain([name(&pair.key)]).collect();
                self.labelled(kind, labels, missing - 1, &pair.value, depth);
            }),
            NodeKind::Scalar(it) if it.style == Style::Plain && text(it) == "null" => (),
            _ => self.error(node.span, format!("expected an object as the content of {}", kind.text)),
        }
    }

    fn block(&mut self, kind: &Name, labels: Vec<Name>, pairs: &[Pair], span: Span) {
        let mut errors = Vec::new();
        let header = labels.last().map_or(kind.span, |it: &Name| it.span);
        let body = match kind.text.as_str() {
            "resource" | "data" | "ephemeral" | "provider" => body(self.file, pairs, 0, &mut errors),
            _ => {
                let pairs = pairs.iter().filter(|it| !is_comment(it));
                Body {
                    attributes: pairs.map(|it| attribute(self.file, it, 0, &mut errors)).collect(),
                    ..Body::default()
                }
            }
        };
        let content = Content::Body(Box::new(Parsed { tree: body, errors }));
        let span = header.to(span);
        self.blocks.push(TopBlock { kind: kind.clone(), labels, header, span, broken: false, content });
    }

    fn error(&mut self, at: Span, message: String) {
        self.errors.push(SyntaxError { at, message, help: None, kind: crate::syntax::ErrorKind::Loses });
    }
}

/// The content of a block: attributes, and `dynamic` blocks with the blocks that hold them.
fn body(file: FileId, pairs: &[Pair], depth: usize, errors: &mut Vec<SyntaxError>) -> Body {
    let mut body = Body::default();
    for pair in pairs.iter().filter(|it| !is_comment(it)) {
        let own = name(&pair.key);
        let labelled: Vec<(&Pair, &Node)> = match own.text == "dynamic" {
            true => objects(&pair.value).flatten().flat_map(|it| parts(&it.value).map(move |one| (it, one))).collect(),
            false => Vec::new(),
        };
        if depth < MAX_DEPTH && !labelled.is_empty() && labelled.iter().all(|(_, it)| is_dynamic(it)) {
            for (label, node) in labelled {
                body.blocks.push(dynamic(file, &own, label, node, depth, errors));
            }
            continue;
        }
        if depth < MAX_DEPTH && holds_dynamic(&pair.value, depth) {
            for node in parts(&pair.value) {
                let NodeKind::Mapping(pairs) = &node.kind else { continue };
                body.blocks.push(block(file, &own, Vec::new(), pairs, node.span, depth, errors));
            }
            continue;
        }
        body.attributes.push(attribute(file, pair, depth, errors));
    }
    body
}

fn attribute(file: FileId, pair: &Pair, depth: usize, errors: &mut Vec<SyntaxError>) -> Attribute {
    let value = expression(file, &pair.value, depth, errors);
    Attribute { name: name(&pair.key), span: pair.key.span.to(value.span), value }
}

fn block(
    file: FileId,
    kind: &Name,
    labels: Vec<Name>,
    pairs: &[Pair],
    at: Span,
    depth: usize,
    errors: &mut Vec<SyntaxError>,
) -> Block {
    let body = body(file, pairs, depth + 1, errors);
    let header = labels.last().map_or(kind.span, |it| it.span);
    Block { kind: kind.clone(), labels, header, span: kind.span.to(at), body }
}

/// `"label": {"for_each": …, "content": {…}}`.
fn dynamic(file: FileId, kind: &Name, label: &Pair, node: &Node, depth: usize, errors: &mut Vec<SyntaxError>) -> Block {
    let NodeKind::Mapping(pairs) = &node.kind else {
        return block(file, kind, vec![name(&label.key)], &[], node.span, depth, errors);
    };
    let is_content = |it: &&Pair| name(&it.key).text == "content";
    let arguments: Vec<Pair> = pairs.iter().filter(|it| !is_content(it)).cloned().collect();
    let mut out = block(file, kind, vec![name(&label.key)], &arguments, node.span, depth, errors);
    for content in pairs.iter().filter(is_content) {
        for node in parts(&content.value) {
            let NodeKind::Mapping(inner) = &node.kind else { continue };
            out.body.blocks.push(block(file, &name(&content.key), Vec::new(), inner, node.span, depth + 1, errors));
        }
    }
    out
}

/// A node, or the nodes of a list of them.
fn parts(node: &Node) -> std::slice::Iter<'_, Node> {
    match &node.kind {
        NodeKind::Sequence(nodes) => nodes.iter(),
        _ => std::slice::from_ref(node).iter(),
    }
}

/// The pairs of an object, or of each of a list of objects.
fn objects(node: &Node) -> impl Iterator<Item = impl Iterator<Item = &Pair>> {
    parts(node).map(|it| {
        let pairs = match &it.kind {
            NodeKind::Mapping(pairs) => pairs.as_slice(),
            _ => &[],
        };
        pairs.iter().filter(|it| !is_comment(it))
    })
}

fn is_dynamic(node: &Node) -> bool {
    let NodeKind::Mapping(pairs) = &node.kind else { return false };
    ["for_each", "content"].iter().all(|wanted| pairs.iter().any(|it| name(&it.key).text == *wanted))
}

/// Whether there is a `dynamic` block in an object, at any depth.
fn holds_dynamic(node: &Node, depth: usize) -> bool {
    if MAX_DEPTH < depth {
        return false;
    }
    objects(node).flatten().any(|pair| match name(&pair.key).text == "dynamic" {
        true => objects(&pair.value).flatten().any(|it| parts(&it.value).any(is_dynamic)),
        false => holds_dynamic(&pair.value, depth + 1),
    })
}

fn label_count(kind: &str) -> usize {
    match kind {
        "resource" | "data" | "ephemeral" => 2,
        "module" | "variable" | "output" | "provider" | "check" => 1,
        _ => 0,
    }
}

fn is_comment(pair: &Pair) -> bool {
    matches!(&pair.key.kind, NodeKind::Scalar(it) if text(it) == "//")
}

fn name(key: &Node) -> Name {
    let text = match &key.kind {
        NodeKind::Scalar(it) => text(it),
        _ => String::new(),
    };
    Name { text, span: key.span }
}

fn text(scalar: &Scalar) -> String {
    scalar.pieces.iter().map(|it| &*it.text).collect()
}

fn expression(file: FileId, node: &Node, depth: usize, errors: &mut Vec<SyntaxError>) -> Expr {
    let kind = match &node.kind {
        NodeKind::Scalar(it) => scalar(file, it, errors),
        _ if MAX_DEPTH < depth => {
            let message = "nested too deep to be read".to_owned();
            let error = SyntaxError { at: node.span, message, help: None, kind: crate::syntax::ErrorKind::Loses };
            errors.push(error.clone());
            ExprKind::Invalid(Box::new(error))
        }
        NodeKind::Sequence(nodes) => {
            ExprKind::List(nodes.iter().map(|it| expression(file, it, depth + 1, errors)).collect())
        }
        NodeKind::Mapping(pairs) => {
            let item = |it: &Pair| ObjectItem {
                key: ObjectKey::Expr(expression(file, &it.key, depth + 1, errors)),
                key_span: it.key.span,
                value: expression(file, &it.value, depth + 1, errors),
            };
            ExprKind::Object(pairs.iter().filter(|it| !is_comment(it)).map(item).collect())
        }
    };
    Expr { kind, span: node.span }
}

fn scalar(file: FileId, scalar: &Scalar, errors: &mut Vec<SyntaxError>) -> ExprKind {
    if scalar.style == Style::Plain {
        let text = text(scalar);
        return match text.as_str() {
            "null" => ExprKind::Null,
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            _ => ExprKind::Number(text),
        };
    }
    let template = parse_template(file, "", &scalar.pieces);
    errors.extend(template.errors);
    ExprKind::Template(template.tree)
}
