//! Small inputs and what must come of them.

use super::*;
use crate::syntax::data::NodeKind;

fn parsed(text: &str) -> Parsed<Vec<Node>> {
    parse(FileId(0), text)
}

/// Every placed piece stands in the file letter for letter.
fn check_places(node: &Node, text: &str) {
    match &node.kind {
        NodeKind::Scalar(scalar) => {
            for piece in &scalar.pieces {
                if let Some(at) = piece.at {
                    assert_eq!(text.get(at.range()), Some(&*piece.text), "{:?}", scalar.text());
                }
            }
        }
        NodeKind::Sequence(items) => items.iter().for_each(|it| check_places(it, text)),
        NodeKind::Mapping(pairs) => pairs.iter().for_each(|it| {
            check_places(&it.key, text);
            check_places(&it.value, text);
        }),
    }
}

#[test]
fn places_survive_styles() {
    let text = "a: plain text\nb: 'it''s'\nc: \"x\\ty\"\nd: |\n  line 1\n    line 2\ne: >\n  folded\n  text\nü: größe\nf: !Sub 'x ${y}'\n";
    let parsed = parsed(text);
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    let root = &parsed.tree[0];
    check_places(root, text);
    assert_eq!(root.get("b").unwrap().text().unwrap(), "it's");
    assert_eq!(root.get("c").unwrap().text().unwrap(), "x\ty");
    assert_eq!(root.get("d").unwrap().text().unwrap(), "line 1\n  line 2\n");
    assert_eq!(root.get("e").unwrap().text().unwrap(), "folded text\n");
    assert_eq!(root.get("ü").unwrap().text().unwrap(), "größe");
    let tagged = root.get("f").unwrap();
    assert_eq!(tagged.tag.as_ref().unwrap().name, "!Sub");
    assert_eq!(text.get(tagged.span.range()).unwrap(), "'x ${y}'");
}

#[test]
fn lines_of_a_block_scalar_have_places() {
    for (text, first) in [
        ("a: |\n  one\n   two\n", "one"),
        ("a: >-\n  one\n  two\n", "one"),
        ("a: &x !Sub |+\n\n  one\n  two\n\n", "one"),
        ("a: | # |\n  | one\n  | two\n", "| one"),
        ("- |2\n    one\n   two\n", "  one"),
        ("a: >\n\n   one\n\n     two\nb: 1\n", "one"),
    ] {
        let parsed = parsed(text);
        let found = match &parsed.tree[0].kind {
            NodeKind::Mapping(pairs) => pairs[0].value.clone(),
            NodeKind::Sequence(items) => items[0].clone(),
            NodeKind::Scalar(_) => panic!("{text}"),
        };
        check_places(&parsed.tree[0], text);
        let NodeKind::Scalar(scalar) = &found.kind else { panic!("{text}") };
        for line in scalar.text().lines().filter(|it| !it.is_empty()) {
            let words: Vec<&str> = line.split("one ").collect();
            assert!(
                words.iter().all(|word| scalar.pieces.iter().any(|it| it.at.is_some() && it.text.contains(word))),
                "{text:?} {line:?}"
            );
        }
        assert!(scalar.pieces.iter().any(|it| it.at.is_some() && *it.text == *first), "{text:?}");
    }
}

#[test]
fn a_closing_brace_that_is_indented_less() {
    let text = "Resources:\n  P:\n    Doc: !Sub '{\n      \"a\": 1\n  }'\n    More: 1\n";
    let parsed = parsed(text);
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    check_places(&parsed.tree[0], text);
    let doc = parsed.tree[0].get("Resources").unwrap().get("P").unwrap().get("Doc").unwrap();
    assert_eq!(doc.tag.as_ref().unwrap().name, "!Sub");
    assert!(doc.text().unwrap().starts_with("{ \"a\": 1"));
}

#[test]
fn duplicates_are_kept_and_said() {
    let parsed = parsed("a: 1\nb: 2\na: 3\n");
    assert_eq!(parsed.tree[0].get("a").unwrap().text().unwrap(), "3");
    assert_eq!(parsed.tree[0].entries().len(), 3);
    assert!(parsed.errors[0].message.contains("first on line 1"));
    assert!(!parsed.errors[0].loses());
}

#[test]
fn aliases_and_merge_keys() {
    let parsed = parsed("base: &b {x: 1, y: 2}\nown:\n  <<: *b\n  y: 3\n");
    let own = parsed.tree[0].get("own").unwrap();
    assert_eq!(own.get("x").unwrap().text().unwrap(), "1");
    assert_eq!(own.get("y").unwrap().text().unwrap(), "3");
}

#[test]
fn a_bomb_is_refused() {
    let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for level in 1..10 {
        let previous = format!("*a{}", level - 1);
        text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![previous; 10].join(",")));
    }
    let parsed = parsed(&text);
    assert!(parsed.errors.iter().any(|it| it.loses() && it.message.contains("aliases expand")));
}

#[test]
fn deep_nesting_is_refused() {
    for text in ["[".repeat(10_000), "- ".repeat(10_000), format!("{}x", "a: {".repeat(5_000))] {
        assert!(parsed(&text).errors.iter().any(|it| it.loses()));
    }
}

#[test]
fn a_bare_star_is_explained() {
    let parsed = parsed("Principal: *\nEffect: Allow\n");
    assert!(parsed.errors[0].help.as_deref().unwrap().contains("quotes"), "{:?}", parsed.errors);
}

#[test]
fn documents_before_a_broken_one_are_kept() {
    let parsed = parsed("a: 1\n---\nb: [1\n---\nc: 2\n");
    assert_eq!(parsed.tree.len(), 1);
    assert!(parsed.errors[0].loses());
}

#[test]
fn the_lenient_reader_does_not_panic() {
    for text in ["a: |\n  x", "a: >", "[!Ref, x]", "{a: !b,c}", "a: \"\\", "a: \"x\\u12", "!%41 x", "!", "a: |9", "- ?"]
    {
        for tree in libyaml::parse(FileId(0), text).documents {
            check_places(&tree, text);
        }
    }
    // A layout that only the lenient reader takes, in a file without a line break at its end.
    let text = "R:\n    x: !Sub '{\n  \"a\": 1\n}'\n    y: |\n      z";
    let parsed = parsed(text);
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    assert_eq!(parsed.tree[0].get("R").unwrap().get("y").unwrap().text().unwrap(), "z");
}

#[test]
fn a_broken_resource_leaves_the_others() {
    let good = "Resources:\n  A:\n    Type: é\n";
    for bad in [
        "  B:curc\n    Type: x\n",
        "  B:\n    Principal: *\n",
        "  B:\n    Type: \"x\"y\n",
        "  B:\n    a: [1, 2\n    b: 1\n",
        "  B:\n  \tType: x\n",
        "  B:\n    Type: x\n     y: 1\n",
        "  B: {é: *\n",
    ] {
        let text = format!("{good}{bad}  # c\n  C:\n    Type: z\nOutputs: 1\n");
        let parsed = parsed(&text);
        assert!(parsed.errors.iter().any(|it| it.loses()), "{bad}");
        let tree = parsed.tree.first().unwrap_or_else(|| panic!("{bad} {:?}", parsed.errors));
        check_places(tree, &text);
        let resources = tree.get("Resources").unwrap();
        assert!(resources.get("A").is_some() && resources.get("C").is_some(), "{bad} {resources:?}");
        assert!(tree.get("Outputs").is_some());
        let line = text[..parsed.errors[0].at.start as usize].matches('\n').count();
        assert!((3..=6).contains(&line), "{bad}: {line}");
    }
}

/// A collection ends at what is written in it last, also where that is an alias of what stands far above.
#[test]
fn what_ends_with_an_alias_ends_there() {
    let text = "a: &x\n  b: 1\nc:\n  d: 2\n  e: *x\nf:\n- *x\n";
    let parsed = parse(FileId(0), text);
    let root = &parsed.tree[0];
    let written = |key: &str| text[root.get(key).unwrap().span.range()].to_owned();
    assert_eq!((written("c"), written("f")), ("d: 2\n  e: *x".to_owned(), "*x".to_owned()));
}
