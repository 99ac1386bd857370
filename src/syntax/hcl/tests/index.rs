//! The block index: headers, labels and extents.

use super::*;

/// Each block as `kind label label`.
fn check(text: &str, expected: &[&str]) {
    let file = index(FILE, text);
    assert_eq!(file.errors, [], "{text}");
    let show = |it: &TopBlock| {
        let names = std::iter::once(&it.kind).chain(&it.labels);
        names.map(|it| it.text.as_str()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(file.tree.blocks.iter().map(show).collect::<Vec<_>>(), expected, "{text}");
    for block in &file.tree.blocks {
        let span = text.get(block.span.range()).unwrap();
        assert!(span.starts_with(&block.kind.text) && span.ends_with('}'), "{span}");
    }
}

#[test]
fn headers() {
    check("", &[]);
    check("# only a comment", &[]);
    check("locals {}", &["locals"]);
    check("resource \"a\" \"b\" {\n}\n", &["resource a b"]);
    check("resource a b {\r\n}\r\n", &["resource a b"]);
    check("  resource /* c */ \"a\" /* d */ \"b\" { x = 1 }\n\tlocals { }", &["resource a b", "locals"]);
    check("resource \"ä\" \"b-c\" {}\n", &["resource ä b-c"]);
}

#[test]
fn brackets_that_do_not_count() {
    for value in [
        "\"}\"",
        "\"\\\"}\"",
        "\"${\"}\"}\"",
        "\"${{ a = \"}\" }[\"a\"]}\"",
        "\"$${\"",
        "\"%%{\"",
        "\"%{ if a }}%{ endif }\"",
        "1 # }",
        "1 // }",
        "1 /* } */",
        "<<E\n}\nE",
        "<<-E\n  }\n  E",
        "<<E\n}\nEE\n}\nE",
        "<<E\n${<<F\n}\nF\n}\n}\nE",
        "<<E\n\"\nE",
        "a / b",
        "a < b",
    ] {
        check(&format!("a \"b\" {{\n  x = {value}\n}}\nc {{}}\n"), &["a b", "c"]);
    }
}

#[test]
fn a_column_of_blocks_without_indentation() {
    check("a \"b\" {\nc \"d\" {\n}\n}\ne \"f\" {\n}\n", &["a b", "e f"]);
}
