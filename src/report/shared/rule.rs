//! A rule as JSON.

use serde::Serialize;

use crate::finding::RuleInfo;

/// The JSON form, as `bucketlint rules --format json` prints it.
#[derive(Serialize)]
struct RuleDto<'a> {
    id: &'a str,
    title: &'a str,
    severity: &'static str,
    group: &'a str,
    profiles: &'a [String],
    tags: &'a [String],
    equivalents: serde_json::Map<String, serde_json::Value>,
    broader: serde_json::Map<String, serde_json::Value>,
    narrower: serde_json::Map<String, serde_json::Value>,
    frameworks: serde_json::Map<String, serde_json::Value>,
    references: &'a [String],
    help: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<MendDto>,
}

#[derive(Serialize)]
struct MendDto {
    r#do: &'static str,
    safety: &'static str,
}

/// The JSON form with every field.
#[must_use]
pub fn rule_json(rule: &RuleInfo) -> serde_json::Value {
    let table =
        |pairs: &[(String, Vec<String>)]| pairs.iter().map(|(key, ids)| (key.clone(), ids.clone().into())).collect();
    let dto = RuleDto {
        id: &rule.id,
        title: &rule.title,
        severity: rule.severity.as_str(),
        group: &rule.group,
        profiles: &rule.profiles,
        tags: &rule.tags,
        equivalents: table(&rule.equivalents),
        broader: table(&rule.broader),
        narrower: table(&rule.narrower),
        frameworks: table(&rule.frameworks),
        references: &rule.references,
        help: &rule.help_markdown,
        fix: rule.fix.map(|it| MendDto { r#do: it.r#do.as_str(), safety: it.safety.as_str() }),
    };
    serde_json::to_value(dto).unwrap_or_default()
}
