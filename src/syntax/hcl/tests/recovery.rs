//! One broken part does not hide the others.

use super::*;

/// The blocks found, and the errors of the index by line.
fn check(text: &str, blocks: &[&str], errors: &[&str]) {
    let file = index(FILE, text);
    let found: Vec<_> = file.tree.blocks.iter().map(|it| text.get(it.header.range()).unwrap()).collect();
    assert_eq!(found, blocks);
    let said: Vec<_> = file.errors.iter().map(|it| format!("{}: {}", line(text, it.at), it.message)).collect();
    assert_eq!(said, errors);
}

#[test]
fn a_missing_brace() {
    let text = "a \"b\" {\n  x = 1\n  c {\n}\n\nd \"e\" {\n  y = 2\n}\nlocals {}\n";
    check(text, &["a \"b\"", "d \"e\"", "locals"], &["1: this block is not closed"]);
    let file = index(FILE, text).tree;
    assert!(file.blocks[0].broken && !file.blocks[1].broken);
    let body = file.blocks[0].body(text).tree;
    assert_eq!(literal_number(&body, "x"), "1");
    assert_eq!(file.blocks[1].body(text).tree.attributes.len(), 1);
}

fn literal_number(body: &Body, name: &str) -> String {
    match &body.attribute(name).unwrap().value.kind {
        ExprKind::Number(it) => it.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_brace_too_many() {
    let error = "4: this bracket closes nothing";
    check("a \"b\" {\n  x = 1\n}\n}\nc \"d\" {\n}\n", &["a \"b\"", "c \"d\""], &[error]);
}

/// What is behind it is not read, and that is told.
#[test]
fn a_comment_that_does_not_end() {
    let error = "this comment is not closed: all that is behind it is in it";
    check("/* old\na \"b\" {}\n", &[], &[&format!("1: {error}")]);
    check("c \"d\" {}\n# /*\n/* x */ /* a \"b\" {}\n", &["c \"d\""], &[&format!("3: {error}")]);
    check("c \"d\" {}\n/**/ /* x */", &["c \"d\""], &[]);
    let tfvars = parse_body(FILE, "x = 1\n/* open\ny = 2\n");
    assert_eq!((tfvars.tree.attributes.len(), tfvars.errors.len()), (1, 1), "{:?}", tfvars.errors);
    assert_eq!(parse_body(FILE, "x = 1 /* open\ny = 2\n").errors.len(), 1);
}

#[test]
fn prose() {
    let error = "1: expected a block, such as resource \"type\" \"name\" { … }";
    check("This is a README.\nSo is this.\nresource \"a\" \"b\" {}\n", &["resource \"a\" \"b\""], &[error]);
}

#[test]
fn an_argument_at_the_top() {
    check("x = [\n 1\n]\na {}\n", &["a"], &["1: the argument x stands outside of any block"]);
}

#[test]
fn an_unclosed_parenthesis_stays_in_its_block() {
    let text = "a \"b\" {\n  x = f(1\n}\nc \"d\" {}\n";
    check(text, &["a \"b\"", "c \"d\""], &[]);
    assert_eq!(losses(text).len(), 1);
}

/// The names of the attributes (`?` where invalid), and the lines of the errors.
fn body(text: &str, attributes: &str, lines: &[usize]) {
    let body = parse_body(FILE, text);
    let name = |it: &Attribute| match it.value.kind {
        ExprKind::Invalid(_) => format!("{}?", it.name.text),
        _ => it.name.text.clone(),
    };
    assert_eq!(body.tree.attributes.iter().map(name).collect::<Vec<_>>().join(" "), attributes, "{text}");
    assert_eq!(body.errors.iter().map(|it| line(text, it.at)).collect::<Vec<_>>(), lines, "{text} {:?}", body.errors);
}

#[test]
fn items_of_a_body() {
    body("a = 1\nb = \"x\nc = 3\n", "a b? c", &[2]);
    body("a = 1\nb = \"${x\nc = 3\n", "a b? c", &[2]);
    body("a = 1\nb = [\nc = 3\n", "a b? c", &[2]);
    body("a = 1\nb = = 2\nc = 3\n", "a b? c", &[2]);
    body("a = 1\n1 2 3\n???\nc = 3\n", "a c", &[2]);
    body("a = 1\na = 2\n", "a a", &[2]);
    body("a = \"do NOT click \"Connect\"\"\nb = 1\n", "a? b", &[1]);
    body("a = \"\\q\"\nb = 1\n", "a? b", &[1]);
    body("b = <<E\n${ + }\nE\nc = 3\n", "b? c", &[2]);
    body("b = [{ a = 1, a = 2 }]\nc = 3\n", "b c", &[1]);
}

#[test]
fn a_nested_block_keeps_what_is_good() {
    let text = "a {\n  b {\n    x = = 1\n    y = 2\n  }\n  z = 3\n}\n";
    let body = parse_body(FILE, text);
    assert_eq!(body.errors.len(), 1);
    let inner = &body.tree.blocks[0].body.blocks[0];
    assert_eq!(text.get(inner.span.range()), Some("b {\n    x = = 1\n    y = 2\n  }"));
    assert_eq!(inner.body.attributes.len(), 2);
    assert_eq!(literal_number(&inner.body, "y"), "2");
}
