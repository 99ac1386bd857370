//! Literal text: escapes, trim markers, dedent. The expected texts are what `terraform console` and `terraform apply` give.

use super::*;

fn check(text: &str, expected: &str) {
    let text = format!("x = {text}\n");
    assert_eq!(literal(template(&value(&text))), expected, "{text}");
    check_places(&text, &parse_body(FILE, &text).tree);
}

#[test]
fn quoted() {
    check(r#""""#, "");
    check(r#""a\nb\t\"c\"\\ \u00e4 \U0001F600""#, "a\nb\t\"c\"\\ ä 😀");
    check(r#""$${a} %%{b} $a %b $$ $""#, "${a} %{b} $a %b $$ $");
    check(r#""a ${~ b ~} c""#, "a{}c");
    check(r#""a\n${~ b ~}\n c""#, "a{}c");
    check(r#""a %{ if b ~} c %{~ else ~} d %{~ endif } e""#, "a [if c|d] e");
    check(r#""%{ for a in b }${a} %{ endfor }""#, "[for {} ]");
}

#[test]
fn heredoc() {
    check("<<E\na\n b\nE", "a\n b\n");
    check("<<E\nE", "");
    check("<<E\n\nE", "\n");
    check("<<E\na\\n\"b\" $${c}\nE", "a\\n\"b\" ${c}\n");
    check("<<E\n${a}\nE", "{}\n");
    check("<<E\n  ${a ~}\n  b\nE", "  {}  b\n");
    check("<<E\n%{ for a in b ~}\n  - ${a}\n%{ endfor ~}\nc\nE", "[for   - {}\n]c\n");
    check("<<E\na\r\nE", "a\r\n");
}

#[test]
fn dedented() {
    check("<<-E\n    a\n      b\n    E", "a\n  b\n");
    check("<<-E\n    a\n\n   b\n  E", " a\n\nb\n");
    check("<<-E\n    a\n ${b}\n  E", "   a\n{}\n");
    check("<<-E\n    a\n${b}\n  E", "    a\n{}\n");
    check("<<-E\n    %{ if a }\n    b\n    %{ endif }\n    E", "[if \nb\n]\n");
    check("<<-E\n\ta\n\tb\n\tE", "a\nb\n");
}

#[test]
fn pieces_split_where_the_text_differs() {
    let text = "x = \"a\\nb$${c}\"\n";
    let value = value(text);
    let pieces = template(&value).parts.iter().map(|it| match it {
        TemplatePart::Literal(it) => (&*it.text, it.at.map(|it| it.start)),
        other => panic!("{other:?}"),
    });
    let pieces: Vec<_> = pieces.collect();
    assert_eq!(pieces, [("a", Some(5)), ("\n", None), ("b", Some(8)), ("${c}", Some(10))]);
}

#[test]
fn of_another_text() {
    let at = |start, end| Some(Span::new(FILE, start, end));
    let piece = |text: &str, at| Piece { text: text.into(), at };
    // The JSON string "a\"${b.c}\" d" at offset 10.
    let pieces = [
        piece("a", at(11, 12)),
        piece("\"", None),
        piece("${b.c}", at(14, 20)),
        piece("\"", None),
        piece(" d", at(22, 24)),
    ];
    let parsed = parse_template(FILE, "", &pieces);
    assert_eq!(parsed.errors, []);
    assert_eq!(literal(&parsed.tree), "a\"{}\" d");
    let TemplatePart::Interpolation(expr) = &parsed.tree.parts[2] else { panic!("{:?}", parsed.tree) };
    assert_eq!(expr.span, Span::new(FILE, 16, 19));
    assert_eq!(parse_template(FILE, "", &[]).tree, Template { parts: Vec::new() });
    let text = "a ${b";
    let broken = parse_template(FILE, text, &[piece(text, at(0, 5))]);
    assert_eq!(broken.errors.len(), 1);
    assert!(
        matches!(&broken.tree.parts[0], TemplatePart::Interpolation(it) if matches!(it.kind, ExprKind::Invalid(_)))
    );
}

/// What a template gives where every interpolation is `v`, every condition holds and every collection has one element.
fn evaluate(template: &Template) -> String {
    let part = |it: &TemplatePart| match it {
        TemplatePart::Literal(it) => it.text.to_string(),
        TemplatePart::Interpolation(_) => "v".to_owned(),
        TemplatePart::If { then, .. } => evaluate(then),
        TemplatePart::For { body, .. } => evaluate(body),
    };
    template.parts.iter().map(part).collect()
}

#[test]
fn terraform_gives_the_same_text() {
    let values = [
        "\"a\\n${~ local.b ~}\\n c\"",
        "\"a %{ if true ~} c %{~ else ~} d %{~ endif } e\"",
        "\"$${a} %%{b} $a %b $$ $\"",
        "<<E\n  ${local.b ~}\n  b\nE",
        "<<E\n%{ for a in [\"v\"] ~}\n  - ${a}\n%{ endfor ~}\nc\nE",
        "<<E\n\nE",
        "<<E\nE",
        "<<E\na\nEE\nE x\n E",
        "<<-E\n    a\n\n   b\n  E",
        "<<-E\n    a\n ${local.b}\n  E",
        "<<-E\n    a\n${local.b}\n  E",
        "<<-E\n    ${local.b}\n      x\n  E",
        "<<-E\n    %{ if true }\n    b\n    %{ endif }\n    E",
        "<<-E\n      a ${local.b ~}\n     \n    b\n      %{~ if true ~}\n        q\n      %{~ endif ~}\n   z\n  E",
        "<<-E\n    a\n    \n      b\n  \n  E",
        "<<-E\n    a\n      $${b} ${local.b} c\n    E",
        "<<-E\n\ta ${local.b}\n\t\tb\n  E",
    ];
    let body: String = values.iter().enumerate().map(|(at, it)| format!("  t{at} = {it}\n")).collect();
    let text = format!("locals {{\n  b = \"v\"\n{body}}}\n");
    let dir = std::env::temp_dir().join(format!("bucketlint-templates-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("main.tf"), &text).unwrap();
    let names: Vec<_> = (0..values.len()).map(|it| format!("local.t{it}")).collect();
    let said = super::terraform::run(&["console"], &dir, &format!("jsonencode([{}])\n", names.join(", ")));
    std::fs::remove_dir_all(&dir).unwrap();
    let Some(said) = said else {
        println!("skipped: no terraform on this machine");
        return;
    };
    let encoded: String = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    let theirs: Vec<String> = serde_json::from_str(&encoded).unwrap();
    let body = index(FILE, &text).tree.blocks[0].body(&text).tree;
    let ours: Vec<_> = body.attributes.iter().skip(1).map(|it| evaluate(template(&it.value))).collect();
    assert_eq!(ours, theirs);
}
