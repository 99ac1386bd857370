//! One result of several environments: what is found in each is said once, with the names of those that have it.

use crate::finding::environments::together;

use super::pipeline::Outcome;

/// Adds what was found in the environment `name`.
pub(super) fn merge(merged: &mut Outcome, mut outcome: Outcome, name: &str) {
    let mut all = std::mem::take(&mut merged.report.findings);
    for mut finding in outcome.report.findings.drain(..) {
        finding.environments.push(name.to_owned());
        all.push(finding);
    }
    merged.report.findings = together(all);
    for diagnostic in outcome.report.diagnostics.drain(..) {
        if !merged.report.diagnostics.contains(&diagnostic) {
            merged.report.diagnostics.push(diagnostic);
        }
    }
    // The same code: the figures are those of the environment that has most.
    let (all, own) = (&mut merged.report.summary, outcome.report.summary);
    all.files = all.files.max(own.files);
    all.buckets = all.buckets.max(own.buckets);
    all.rules = all.rules.max(own.rules);
    all.public = all.public.max(own.public);
    all.exposure_unknown = all.exposure_unknown.max(own.exposure_unknown);
    let before = (std::mem::take(&mut merged.estate), std::mem::take(&mut merged.exposures));
    if let Some(name) = merged.environment.replace(name.to_owned()) {
        merged.earlier.push((name, before.0, before.1));
    }
    merged.estate = outcome.estate;
    merged.exposures = outcome.exposures;
}
