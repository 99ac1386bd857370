//! A rule as described to people and to SARIF: what reports need, and nothing of how rules are written.

use super::{Mend, Severity};

/// A rule, as described to people and to SARIF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// Kebab-case id.
    pub id: String,
    /// The problem, one line.
    pub title: String,
    /// The worst severity it can have.
    pub severity: Severity,
    /// The concepts of the catalogue that it stands for; its own id where the page names none.
    pub concepts: Vec<String>,
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
    /// What mends its findings.
    pub fix: Option<Mend>,
}
