//! Rules that could not be decided, by cause: a missing variable is one cause, however many rules asked for it.

use std::collections::BTreeMap;

use crate::finding::{Finding, Report, Severity, Status};

use super::{Places, say};

/// One cause, and what was not decided for it.
pub struct Undecided<'a> {
    /// What is not known, with its place.
    pub cause: String,
    /// Address, with the construct → findings about it, in order.
    pub resources: BTreeMap<String, Vec<&'a Finding>>,
}

impl<'a> Undecided<'a> {
    /// The groups of a report, in the order in which the causes first appear.
    #[must_use]
    pub fn groups(report: &'a Report, places: &Places<'_>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        let mut index: BTreeMap<String, usize> = BTreeMap::new();
        for finding in report.findings.iter().filter(|it| it.status == Status::Unknown) {
            let cause = say::cause(finding, places);
            let at = *index.entry(cause.clone()).or_insert(groups.len());
            if at == groups.len() {
                groups.push(Self { cause, resources: BTreeMap::new() });
            }
            if let Some(group) = groups.get_mut(at) {
                group.resources.entry(finding.named()).or_default().push(finding);
            }
        }
        groups
    }

    /// All findings.
    pub fn findings(&self) -> impl Iterator<Item = &'a Finding> + '_ {
        self.resources.values().flatten().copied()
    }

    /// The worst that could be.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.findings().map(|it| it.severity).max().unwrap_or(Severity::Info)
    }

    /// The rules, each once.
    #[must_use]
    pub fn rules(&self) -> Vec<&'a str> {
        let mut rules: Vec<&str> = Vec::new();
        for rule in self.findings().map(|it| it.rule.as_str()) {
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
        rules
    }
}
