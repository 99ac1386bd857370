//! Documentation that is derived from the code is fresh. `UPDATE_DOCS=1 cargo test --test docs` writes it anew.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "tests")]

use std::path::Path;

const START: &str = "<!-- generated: model -->\n";
const END: &str = "<!-- end of generated -->";

#[test]
fn the_model_of_the_rule_language() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rule-language.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(START).expect("the start of the generated part");
    let (own, after) = rest.split_once(END).expect("the end of the generated part");
    let fresh = format!("{}\n", bucketlint::rules::model_documentation());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}{START}{fresh}{END}{after}")).unwrap();
        return;
    }
    assert!(own == fresh, "docs/rule-language.md is stale: run UPDATE_DOCS=1 cargo test --test docs");
}
