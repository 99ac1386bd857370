//! Documentation that is derived from the code is fresh. `UPDATE_DOCS=1 cargo test --test docs` writes it anew.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests"
)]

mod coverage;
mod index;

use std::path::{Path, PathBuf};

/// A path below the repository's root.
fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

/// Compares a file with what it should say, or writes it where that was asked for.
fn fresh(relative: &str, text: &str) {
    let path = path(relative);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let own = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(own == text, "{relative} is stale: run UPDATE_DOCS=1 cargo test --test docs");
}

/// Replaces what stands between the marks of a generated part.
fn fresh_part(relative: &str, part: &str, text: &str) {
    let whole = std::fs::read_to_string(path(relative)).unwrap();
    let start = format!("<!-- generated: {part} -->\n");
    let (before, rest) = whole.split_once(&start).expect("the start of the generated part");
    let (_, after) = rest.split_once("<!-- end of generated -->").expect("the end of the generated part");
    fresh(relative, &format!("{before}{start}{text}<!-- end of generated -->{after}"));
}

#[test]
fn the_rule_language() {
    use bucketlint::rules::{functions_documentation, model_documentation, scopes_documentation};
    let file = "docs/rule-language.md";
    fresh_part(file, "scopes", &scopes_documentation());
    fresh_part(file, "model", &format!("{}\n", model_documentation()));
    fresh_part(file, "functions", &functions_documentation());
    let text = std::fs::read_to_string(path(file)).unwrap();
    let schema = bucketlint::rules::front_matter_schema();
    for key in schema["properties"].as_object().unwrap().keys() {
        assert!(text.contains(&format!("\n| `{key}` |")), "{file} has no row for the key `{key}` of the front matter");
    }
}
