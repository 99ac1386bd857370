//! Spans, a case a line: each expression of a kind against the text it covers.

use super::*;

/// The text of each expression in `x = …`, outermost first.
fn check(text: &str, expected: &[&str]) {
    let text = format!("b = 0\nx = {text}\n");
    let expr = value(&text);
    let (mut pieces, mut exprs) = (Vec::new(), Vec::new());
    walk(&expr, &mut pieces, &mut exprs);
    let found: Vec<_> = exprs.iter().map(|it| text.get(it.span.range()).unwrap()).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn expressions() {
    check("null", &["null"]);
    check("1.5", &["1.5"]);
    check("-1", &["-1", "1"]);
    check("\"ab\"", &["\"ab\""]);
    check("[ 1, true ]", &["[ 1, true ]", "1", "true"]);
    check("{ a = 1, \"b\" : c }", &["{ a = 1, \"b\" : c }", "1", "\"b\"", "c"]);
    check("( a )", &["( a )", "a"]);
    check("a ? b : c", &["a ? b : c", "a", "b", "c"]);
    check("f( a, b... )", &["f( a, b... )", "a", "b"]);
    check("a.b[c].d", &["a.b[c].d", "a", "c"]);
    check("!a", &["!a", "a"]);
    check("1 + 2 * 3", &["1 + 2 * 3", "1", "2 * 3", "2", "3"]);
    check("1 - 2 - 3", &["1 - 2 - 3", "1 - 2", "1", "2", "3"]);
    check("\"a${ b }c\"", &["\"a${ b }c\"", "b"]);
    check("[for a, b in c : d if e]", &["[for a, b in c : d if e]", "c", "d", "e"]);
    check("{for a in b : c => d...}", &["{for a in b : c => d...}", "b", "c", "d"]);
    check("<<E\na ${b}\n  E", &["<<E\na ${b}\n  E", "b"]);
    check("f(<<E\na ${b}\nE\n)", &["f(<<E\na ${b}\nE\n)", "<<E\na ${b}\nE", "b"]);
    check("(\n a ?\n b :\n c\n)", &["(\n a ?\n b :\n c\n)", "a ?\n b :\n c", "a", "b", "c"]);
}

#[test]
fn steps_of_a_traversal() {
    let text = "x = a.b[0].*.c[*].d.0\n";
    let ExprKind::Traversal(it) = value(text).kind else { panic!() };
    let found: Vec<_> = it.ops.iter().map(|it| text.get(it.1.range()).unwrap()).collect();
    assert_eq!(found, ["b", "0", "*", "c", "*", "d", "0"]);
}

#[test]
fn names_and_blocks() {
    let text = "# c\n a \"b c\" d { # e\n  x = 1\n }\n";
    let block = &parse_body(FILE, text).tree.blocks[0];
    assert_eq!(text.get(block.header.range()), Some("a \"b c\" d"));
    assert_eq!(text.get(block.span.range()), Some("a \"b c\" d { # e\n  x = 1\n }"));
    assert_eq!(block.labels[0].text, "b c");
    assert_eq!(text.get(block.labels[0].span.range()), Some("\"b c\""));
    let attribute = &block.body.attributes[0];
    assert_eq!(text.get(attribute.span.range()), Some("x = 1"));
    assert_eq!(text.get(attribute.name.span.range()), Some("x"));
}

#[test]
fn keys() {
    let text = "x = { a = 1, \"b\" = 2, (c) = 3, a = 4 }\n";
    let parsed = parse_body(FILE, text);
    assert_eq!(parsed.errors.len(), 1);
    assert!(!parsed.errors[0].loses());
    let ExprKind::Object(items) = &parsed.tree.attributes[0].value.kind else { panic!() };
    let found: Vec<_> = items.iter().map(|it| text.get(it.key_span.range()).unwrap()).collect();
    assert_eq!(found, ["a", "\"b\"", "(c)", "a"]);
    assert_eq!(items[0].key, ObjectKey::Name("a".to_owned()));
    assert_eq!(items[3].key, ObjectKey::Name("a".to_owned()));
}

#[test]
fn the_body_of_a_block_counts_from_the_file() {
    let text = "locals {}\nresource \"a\" \"b\" {\n  x = <<E\n{\"c\": 1}\nE\n}\n";
    let file = index(FILE, text).tree;
    assert_eq!(text.get(file.blocks[1].span.range()).map(str::len), Some(41));
    let body = file.blocks[1].body(text).tree;
    check_places(text, &body);
    let TemplatePart::Literal(piece) = &template(&body.attributes[0].value).parts[0] else { panic!() };
    assert_eq!(&*piece.text, "{\"c\": 1}\n");
    assert_eq!(text.get(piece.at.unwrap().range()), Some("{\"c\": 1}\n"));
}
