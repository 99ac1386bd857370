//! What is found in several environments: told once with the names of those that have it, and taken apart where each of them counts
//! by itself.

use std::collections::BTreeMap;

use super::{Access, Finding};

/// What a finding is about in one environment: that differs where the sentence is the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// The name of the bucket there.
    pub bucket: Option<String>,
    /// What the thing gives there.
    pub access: Access,
}

/// One finding for each environment of each, about what it is about there.
#[must_use]
pub fn apart(findings: Vec<Finding>) -> Vec<Finding> {
    let mut all = Vec::with_capacity(findings.len());
    for finding in findings {
        match finding.environments.as_slice() {
            [] | [_] => all.push(finding),
            several => {
                let one = |name: &String| {
                    let Own { bucket, access } = own(&finding, name);
                    let (environments, elsewhere) = (vec![name.clone()], BTreeMap::new());
                    Finding { bucket, access, environments, elsewhere, ..finding.clone() }
                };
                all.extend(several.iter().map(one));
            }
        }
    }
    all
}

/// What a finding is about in one of its environments.
fn own(finding: &Finding, environment: &str) -> Own {
    let here = || Own { bucket: finding.bucket.clone(), access: finding.access.clone() };
    finding.elsewhere.get(environment).cloned().unwrap_or_else(here)
}

/// What is the same in several environments, once, with what it is about in each. The first of each stays where it is.
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
                && it.judged == finding.judged
                && it.message == finding.message
                && !it.environments.iter().any(|it| finding.environments.contains(it))
        };
        match alike.iter().copied().find(|at| all.get(*at).is_some_and(is_same)).and_then(|at| all.get_mut(at)) {
            Some(known) => {
                let all = finding.environments.iter().map(|it| (it.clone(), own(&finding, it)));
                let others = all.filter(|it| (&it.1.bucket, &it.1.access) != (&known.bucket, &known.access));
                known.elsewhere.extend(others.collect::<Vec<_>>());
                known.environments.extend(finding.environments);
            }
            None => {
                alike.push(all.len());
                all.push(finding);
            }
        }
    }
    all
}
