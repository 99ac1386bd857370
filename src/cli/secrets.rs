//! What code marks as sensitive is taken out of all that a run tells, whoever prints it.

use std::collections::BTreeSet;
use std::path::Path;

use crate::finding::{Finding, Report};
use crate::model::{SENSITIVE, is_made_of};
use crate::source::{Sources, Span};

use super::pipeline::Outcome;

/// Takes secrets out of what was found.
pub(super) fn conceal(sources: &Sources, report: &mut Report, secrets: &BTreeSet<String>) {
    if secrets.is_empty() {
        return;
    }
    report.conceal(secrets);
    for finding in report.findings.iter_mut().chain(report.suppressed.iter_mut().map(|it| &mut it.finding)) {
        places(sources, finding, secrets);
        let values = finding.accesses_mut().flat_map(|it| &mut it.unless).flat_map(|it| &mut it.values);
        values
            .filter(|it| !it.starts_with(SENSITIVE) && is_made_of(it, secrets))
            .for_each(|it| SENSITIVE.clone_into(it));
    }
}

impl Outcome {
    /// What code marks as sensitive, in all environments.
    pub fn secrets(&self) -> BTreeSet<String> {
        let estates = self.earlier.iter().map(|it| &it.1).chain([&self.estate]);
        estates.flat_map(|it| &it.secrets).cloned().collect()
    }
}

/// Steps that lead to a file of values that has a secret are not shown: the line stands around them.
fn places(sources: &Sources, finding: &mut Finding, secrets: &BTreeSet<String>) {
    const TELLING: usize = 4;
    let is_shown = |at: Span| {
        let file = sources.file(at.file);
        let has =
            |it: &String| file.text.contains(&format!("\"{it}\"")) || (TELLING <= it.len() && file.text.contains(it));
        !holds_values(&file.path) || !secrets.iter().any(|it| !it.is_empty() && has(it))
    };
    for labels in [&mut finding.related, &mut finding.flow, &mut finding.assuming] {
        labels.retain(|it| is_shown(it.at));
    }
    if finding.at.is_some_and(|it| !is_shown(it)) {
        finding.at = finding.declared;
        finding.label = None;
    }
}

/// Whether a file has values for code, and no code.
fn holds_values(path: &Path) -> bool {
    let name = path.to_string_lossy();
    [".tfvars", ".tfvars.json"].iter().any(|it| name.ends_with(it))
}
