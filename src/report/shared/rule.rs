//! What a report says about a rule. Formats depend on this, not on how rules are written.

use serde::Serialize;

use crate::finding::Severity;

/// A rule, as described to people and to SARIF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// Kebab-case id.
    pub id: String,
    /// The problem, one line.
    pub title: String,
    /// The worst severity it can have.
    pub severity: Severity,
    /// Folder under `rules/`.
    pub group: String,
    /// Profiles that contain it.
    pub profiles: Vec<String>,
    /// The page: why, how to mend, when it is fine.
    pub help_markdown: String,
    /// Free words for search: group, frameworks.
    pub tags: Vec<String>,
    /// Pages of AWS.
    pub references: Vec<String>,
    /// Ids of equivalent checks elsewhere: `("checkov", ["CKV_AWS_20"])`.
    pub equivalents: Vec<(String, Vec<String>)>,
    /// Controls of frameworks: `("cis", ["2.1.4"])`.
    pub frameworks: Vec<(String, Vec<String>)>,
}

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
    frameworks: serde_json::Map<String, serde_json::Value>,
    references: &'a [String],
    help: &'a str,
}

impl RuleInfo {
    /// The JSON form with every field.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let table = |pairs: &[(String, Vec<String>)]| {
            pairs.iter().map(|(key, ids)| (key.clone(), ids.clone().into())).collect()
        };
        let dto = RuleDto {
            id: &self.id,
            title: &self.title,
            severity: self.severity.as_str(),
            group: &self.group,
            profiles: &self.profiles,
            tags: &self.tags,
            equivalents: table(&self.equivalents),
            frameworks: table(&self.frameworks),
            references: &self.references,
            help: &self.help_markdown,
        };
        serde_json::to_value(dto).unwrap_or_default()
    }
}
