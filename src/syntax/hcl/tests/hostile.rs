//! Inputs made to hurt: each is an error with a line, found in linear time and without overflowing a small stack.

use std::time::Instant;

use super::*;

fn check(name: &str, text: &str) {
    let owned = text.to_owned();
    let start = Instant::now();
    // Threads of a pool have 2 MiB.
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let losses = losses(&owned);
        let body = parse_body(FILE, &owned);
        (losses.len(), body.errors.len())
    });
    let (losses, errors) = thread.unwrap().join().unwrap();
    assert!(0 < losses, "{name}: no error from the index");
    assert!(0 < errors, "{name}: no error from the body");
    println!("{name}: {:?}", start.elapsed());
}

fn in_block(value: &str) -> String {
    format!("resource \"a\" \"b\" {{\n  x = {value}\n}}\n")
}

#[test]
fn deep_nesting() {
    for (open, close) in [
        ("[", "]"),
        ("(", ")"),
        ("{ a = ", " }"),
        ("f(", ")"),
        ("\"${", "}\""),
        ("a[", "]"),
        ("[for a in ", ": b]"),
        ("!", ""),
        ("-", ""),
    ] {
        check(open, &in_block(&format!("{}1{}", open.repeat(10_000), close.repeat(10_000))));
    }
    check("blocks", &in_block(&format!("1\n{}{}", "a {\n".repeat(10_000), "}\n".repeat(10_000))));
    check("conditionals", &in_block(&format!("{}1", "a ? b : ".repeat(10_000))));
    check("operators", &in_block(&format!("1{} +", " + 1".repeat(10_000))));
    let heredocs: String = (0..2_000).map(|it| format!("<<E{it}\n${{")).collect();
    let ends: String = (0..2_000).rev().map(|it| format!("\n}}\nE{it}")).collect();
    check("heredocs", &in_block(&format!("{heredocs}1{ends}")));
    check("directives", &in_block(&format!("<<E\n{}{}\nE", "%{ if a }".repeat(10_000), "%{ endif }".repeat(10_000))));
}

#[test]
fn without_an_end() {
    for value in ["\"abc", "<<E\nabc", "/* abc", "\"${", "\"${\"${", "[", "(", "{", "f(", "%{", "<<E\n${", "\"\\"] {
        check(value, &in_block(value));
    }
}

#[test]
fn large() {
    let size = 1 << 20;
    for unit in [
        "{",
        "}",
        "(",
        "\"",
        "\n\"",
        "a {\n",
        "a = [\n",
        "resource \"a\" \"b\" {\n",
        "<<E\n",
        "a = <<E\n",
        "/*",
        "x\n",
        "${",
        "]",
        "[{(",
    ] {
        check(unit, &unit.repeat(size / unit.len()));
    }
    check("closed the wrong way", &format!("{}{}", "{".repeat(size / 2), ")".repeat(size / 2)));
}
