//! What is found in several environments: told once with the names of those that have it, and taken apart where each of them counts
//! by itself.

use std::collections::BTreeMap;

use super::Finding;

/// One finding for each environment of each.
#[must_use]
pub fn apart(findings: Vec<Finding>) -> Vec<Finding> {
    let mut all = Vec::with_capacity(findings.len());
    for finding in findings {
        match finding.environments.as_slice() {
            [] | [_] => all.push(finding),
            several => {
                let one = |name: &String| Finding { environments: vec![name.clone()], ..finding.clone() };
                all.extend(several.iter().map(one));
            }
        }
    }
    all
}

/// What is the same in several environments, once. The first of each stays where it is.
#[must_use]
pub fn together(findings: Vec<Finding>) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::with_capacity(findings.len());
    let mut known: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for finding in findings {
        if finding.environments.is_empty() {
            all.push(finding);
            continue;
        }
        let alike = known.entry(finding.fingerprint.clone()).or_default();
        // Twice in one environment it is two findings.
        let is_same = |it: &Finding| {
            it.rule == finding.rule
                && it.at == finding.at
                && it.status == finding.status
                && it.severity == finding.severity
                && it.message == finding.message
                && !it.environments.iter().any(|it| finding.environments.contains(it))
        };
        match alike.iter().copied().find(|at| all.get(*at).is_some_and(is_same)).and_then(|at| all.get_mut(at)) {
            Some(known) => known.environments.extend(finding.environments),
            None => {
                alike.push(all.len());
                all.push(finding);
            }
        }
    }
    all
}
