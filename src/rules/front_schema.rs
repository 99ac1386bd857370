//! The JSON Schema of a rule page's front matter, for editors. The loader is stricter: it also checks every expression.

use serde_json::{Value, json};

use super::page::{PEERS, SCOPES};
use crate::finding::{Remedy, Severity};

/// The schema, published as `docs/schema/rule-1.schema.json`.
#[must_use]
pub fn front_matter_schema() -> Value {
    let severities: Vec<&str> = Severity::ALL.iter().map(|it| it.as_str()).collect();
    let remedies: Vec<&str> = Remedy::ALL.iter().map(|it| it.1).collect();
    let scopes: Vec<&str> = SCOPES.iter().map(|it| it.0).collect();
    let text = |about: &str| json!({ "type": "string", "minLength": 1, "description": about });
    let texts = |about: &str| json!({ "type": "array", "items": { "type": "string" }, "description": about });
    let ids = json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 });
    let peers: serde_json::Map<String, Value> = PEERS.iter().map(|it| ((*it).to_owned(), ids.clone())).collect();
    let elsewhere = |about: &str| json!({ "type": "object", "properties": &peers, "additionalProperties": &ids, "description": about });
    let by_condition: serde_json::Map<String, Value> =
        severities.iter().map(|it| ((*it).to_owned(), text("condition, in CEL syntax"))).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Front matter of a bucketlint rule page",
        "type": "object",
        "additionalProperties": false,
        "required": ["id", "title", "severity", "profiles", "for", "when", "at", "message"],
        "properties": {
            "id": { "type": "string", "pattern": "^[a-z0-9-]+$", "description": "kebab-case, equal to the file's stem" },
            "title": text("the problem, one line, no final dot"),
            "severity": {
                "description": "one severity, or conditions by severity, tried worst first",
                "oneOf": [
                    { "enum": severities },
                    { "type": "object", "additionalProperties": false, "minProperties": 1, "properties": by_condition },
                ],
            },
            "status": { "enum": ["violated", "unknown"], "description": "what the rule finds is violated, or undecided" },
            "profiles": { "type": "array", "items": { "enum": ["default", "strict"] } },
            "for": { "enum": scopes, "description": "what the rule is evaluated for" },
            "if": text("condition: the rule applies where it is not certainly false"),
            "when": text("condition: the rule is violated where it is true, undecided where it is unknown"),
            "at": text("path of the field that the finding points at"),
            "message": text("template; {path} inserts a value"),
            "help": text("how to mend it; template"),
            "fix": {
                "type": "object",
                "additionalProperties": false,
                "required": ["do", "safety"],
                "description": "what `check --fix` does about a finding",
                "properties": {
                    "do": { "enum": remedies },
                    "safety": { "enum": ["safe", "unsafe"], "description": "safe unless the code at hand speaks against it, or unsafe always" },
                },
            },
            "related": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["at", "text"],
                    "properties": { "at": text("path"), "text": text("template") },
                },
            },
            "concepts": texts("concepts of docs/coverage.tsv; else the one of its own id"),
            "equivalents": elsewhere("ids of the same check elsewhere, by tool"),
            "broader": elsewhere("ids of checks elsewhere that ask for this and more: their suppressions count here too"),
            "narrower": elsewhere("ids of checks elsewhere that see a part of this only: their suppressions do not count here"),
            "frameworks": {
                "type": "object",
                "additionalProperties": ids,
                "description": "controls: cis, fsbp, nist-800-53, incident-hardening, or a framework of your own",
            },
            "references": texts("URLs"),
        },
    })
}
