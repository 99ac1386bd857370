//! A rule as described to people and to SARIF: what reports need, and nothing of how rules are written.

use std::borrow::Cow;

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
    pub help_markdown: Cow<'static, str>,
    /// Free words for search: group, frameworks.
    pub tags: Vec<String>,
    /// Pages of AWS.
    pub references: Vec<String>,
    /// Ids of equivalent checks elsewhere: `("checkov", ["CKV_AWS_20"])`.
    pub equivalents: Vec<(String, Vec<String>)>,
    /// Ids of checks elsewhere that this rule is a part of.
    pub broader: Vec<(String, Vec<String>)>,
    /// Ids of checks elsewhere that see a part of this rule only.
    pub narrower: Vec<(String, Vec<String>)>,
    /// Controls of frameworks: `("cis", ["2.1.4"])`.
    pub frameworks: Vec<(String, Vec<String>)>,
    /// What mends its findings.
    pub fix: Option<Mend>,
}

/// What a check elsewhere is to a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// It asks the same.
    Equivalent,
    /// It asks for this and more: who accepts what it says accepts what the rule says.
    Broader,
    /// It sees a part only: who accepts what it says has not spoken of the rest.
    Narrower,
}

impl RuleInfo {
    /// Every check elsewhere that has to do with the rule: what it is to it, the tool, the id.
    pub fn elsewhere(&self) -> impl Iterator<Item = (Relation, &str, &str)> {
        use Relation::{Broader, Equivalent, Narrower};
        let tables = [(Equivalent, &self.equivalents), (Broader, &self.broader), (Narrower, &self.narrower)];
        tables.into_iter().flat_map(|(relation, table)| {
            table.iter().flat_map(move |(tool, ids)| ids.iter().map(move |id| (relation, tool.as_str(), id.as_str())))
        })
    }
}
