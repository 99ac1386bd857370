//! Terraform's JSON syntax.

use super::*;
use crate::syntax::data::{Node, NodeKind, Pair, Scalar, Style};

fn node(kind: NodeKind) -> Node {
    Node { kind, span: Span::new(FILE, 0, 1), tag: None }
}

fn string(text: &str) -> Node {
    let pieces = vec![Piece { text: text.into(), at: None }];
    node(NodeKind::Scalar(Scalar { pieces, style: Style::Quoted }))
}

fn plain(text: &str) -> Node {
    let pieces = vec![Piece { text: text.into(), at: None }];
    node(NodeKind::Scalar(Scalar { pieces, style: Style::Plain }))
}

fn object(pairs: &[(&str, Node)]) -> Node {
    let pair = |(key, value): &(&str, Node)| Pair { key: string(key), value: value.clone() };
    node(NodeKind::Mapping(pairs.iter().map(pair).collect()))
}

fn array(nodes: &[Node]) -> Node {
    node(NodeKind::Sequence(nodes.to_vec()))
}

/// Each block as `kind label label: attribute …`.
fn check(root: &Node, expected: &[&str], errors: usize) {
    let file = from_json(FILE, root);
    let show = |it: &TopBlock| {
        let names: Vec<_> = std::iter::once(&it.kind).chain(&it.labels).map(|it| it.text.as_str()).collect();
        let body = it.body("").tree;
        let attributes: Vec<_> = body.attributes.iter().map(|it| it.name.text.as_str()).collect();
        format!("{}: {}", names.join(" "), attributes.join(" "))
    };
    assert_eq!(file.tree.blocks.iter().map(show).collect::<Vec<_>>(), expected);
    assert_eq!(file.errors.len(), errors);
}

#[test]
fn blocks() {
    let body = || object(&[("x", plain("1")), ("//", string("no"))]);
    let named = || object(&[("n", body()), ("//", string("no"))]);
    check(&object(&[("resource", object(&[("t", named())]))]), &["resource t n: x"], 0);
    check(&object(&[("resource", array(&[object(&[("t", array(&[named(), named()]))])]))]), &["resource t n: x"; 2], 0);
    check(&object(&[("module", named()), ("//", string("c"))]), &["module n: x"], 0);
    check(
        &object(&[("locals", array(&[body(), body()])), ("terraform", body())]),
        &["locals: x", "locals: x", "terraform: x"],
        0,
    );
    check(&array(&[object(&[("locals", body())])]), &["locals: x"], 0);
    check(&object(&[("locals", plain("null"))]), &[], 0);
    check(&object(&[("resource", string("no")), ("locals", body())]), &["locals: x"], 1);
    check(&string("no"), &[], 1);
}

#[test]
fn values() {
    let body = object(&[
        ("a", plain("null")),
        ("b", plain("true")),
        ("c", plain("1.5")),
        ("d", string("x ${y}")),
        ("e", array(&[plain("1")])),
        ("f", object(&[("k", plain("2"))])),
        ("g", string("${")),
    ]);
    let file = from_json(FILE, &object(&[("locals", body)])).tree;
    let body = file.blocks[0].body("");
    assert_eq!(body.errors.len(), 1);
    let kinds = body.tree.attributes.iter().map(|it| match &it.value.kind {
        ExprKind::Null => "null".to_owned(),
        ExprKind::Bool(it) => it.to_string(),
        ExprKind::Number(it) => it.clone(),
        ExprKind::Template(it) => literal(it),
        ExprKind::List(it) => format!("list of {}", it.len()),
        ExprKind::Object(it) => format!("object of {}", it.len()),
        other => panic!("{other:?}"),
    });
    assert_eq!(kinds.collect::<Vec<_>>(), ["null", "true", "1.5", "x {}", "list of 1", "object of 1", "{}"]);
}
