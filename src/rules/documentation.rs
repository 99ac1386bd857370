//! Tables for `docs/rule-language.md`, from the very tables that the loader and the evaluator use.

use super::check::scope_names;
use super::functions::{FUNCTIONS, METHODS, Signature};
use super::page::SCOPES;
use super::schema::{self, Type};

/// The scopes, with the names that each gives.
#[must_use]
pub fn scopes_documentation() -> String {
    let mut out = String::from("| scope | names | one evaluation for |\n|---|---|---|\n");
    for (name, scope, doc) in SCOPES {
        let names: Vec<String> = scope_names(scope).iter().map(|(it, _)| format!("`{it}`")).collect();
        out.push_str(&format!("| `{name}` | {} | {doc} |\n", names.join(", ")));
    }
    out
}

/// Functions and methods.
#[must_use]
pub fn functions_documentation() -> String {
    let rows = |out: &mut String, all: &[Signature]| {
        for (_, _, call, doc) in all {
            out.push_str(&format!("| `{call}` | {doc} |\n"));
        }
    };
    let mut out = String::from("| function or method | meaning |\n|---|---|\n");
    rows(&mut out, &FUNCTIONS);
    rows(&mut out, &METHODS);
    out
}

/// The fields of the model, for the documentation: type, what it is, and its fields.
#[must_use]
pub fn model_documentation() -> String {
    let mut out = String::new();
    for kind in schema::Kind::ALL {
        out.push_str(&format!("\n### {}: {}\n\n| field | type | meaning |\n|---|---|---|\n", plain(*kind), kind.doc()));
        for field in kind.fields() {
            let shown = match field.kind {
                Type::Bool => "bool".to_owned(),
                Type::Number => "number".to_owned(),
                Type::Text => "text".to_owned(),
                Type::Texts => "list of texts".to_owned(),
                Type::Object(kind) => plain(kind),
                Type::Objects(kind) => format!("list of {}", plain(kind)),
            };
            out.push_str(&format!("| `{}` | {shown} | {} |\n", field.name, field.doc));
        }
    }
    out
}

fn plain(kind: schema::Kind) -> String {
    format!("{kind:?}")
}
