//! Floor 9: runs rules over the model and its facts, and makes findings.

mod access;
mod beside;
mod finding;
mod flow;
mod subjects;

use crate::exposure::{self, AccessPointFacts, Exposure, Facts};
use crate::finding::{Finding, Severity, Status};
use crate::model::Estate;
use crate::rules::{Rule, RuleSet, Scope, World, evaluate, refill, truth};
use crate::value::{Cause, SymStr, Truth, Why};

pub use finding::fingerprint;
use subjects::Subject;

/// Below so many buckets one core judges alone.
const FEW: usize = 32;

/// Runs rules over an estate: the verdict about each bucket, in the order of the estate, and the findings.
#[must_use]
pub fn check(estate: &Estate, rules: &RuleSet, options: &exposure::Options) -> (Vec<Exposure>, Vec<Finding>) {
    check_as(estate, rules, options, Detail::Whole)
}

/// The same with findings that do not say by which way their values came: for those who print no places.
#[must_use]
pub fn check_bare(estate: &Estate, rules: &RuleSet, options: &exposure::Options) -> (Vec<Exposure>, Vec<Finding>) {
    check_as(estate, rules, options, Detail::Bare)
}

/// How much findings say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    Whole,
    Bare,
}

fn check_as(
    estate: &Estate,
    rules: &RuleSet,
    options: &exposure::Options,
    detail: Detail,
) -> (Vec<Exposure>, Vec<Finding>) {
    use rayon::prelude::*;
    // Few buckets are judged faster than work is shared.
    let is_few = estate.buckets.len() < FEW;
    let facts = |it| exposure::facts(it, estate, options);
    let facts: Vec<Facts> = match is_few {
        true => estate.buckets.iter().map(facts).collect(),
        false => estate.buckets.par_iter().map(facts).collect(),
    };
    let points: Vec<AccessPointFacts> =
        estate.access_points.iter().map(|it| exposure::access_point_facts(it, estate, options)).collect();
    let object_grants: Vec<_> = estate.objects.iter().map(|it| exposure::expand_acl(&it.acl)).collect();
    let world = World::new(estate, &facts, &points, &object_grants);
    let mut scopes: Vec<(Scope, Vec<Subject<'_>>)> = Vec::new();
    for rule in rules.rules() {
        if !scopes.iter().any(|it| it.0 == rule.scope) {
            scopes.push((rule.scope, subjects::of(rule.scope, &world)));
        }
    }
    let of_rule = |rule: &Rule| -> Vec<Finding> {
        let subjects = scopes.iter().filter(|it| it.0 == rule.scope).flat_map(|it| &it.1);
        subjects.filter_map(|it| judge(rule, it, detail)).collect()
    };
    let mut findings: Vec<Finding> = if is_few {
        rules.rules().iter().flat_map(of_rule).collect()
    } else {
        rules.rules().par_iter().flat_map_iter(of_rule).collect()
    };
    // Of thousands of buckets they are megabytes.
    drop(scopes);
    let names = names(estate);
    for finding in &mut findings {
        finding.bucket = names.get(&(finding.namespace.as_str(), finding.address.as_str())).cloned();
        finding.construct = finding.declared.and_then(|it| estate.constructs.get(&it)).cloned();
    }
    fold_undecided(&mut findings);
    distinguish(&mut findings);
    (facts.into_iter().map(|it| it.exposure).collect(), findings)
}

/// The names of the buckets that resources are about, by root module and address: those of which something is known, and no secret.
fn names(estate: &Estate) -> std::collections::BTreeMap<(&str, &str), String> {
    let is_secret = |name: &str| estate.secrets.iter().any(|it| !it.is_empty() && name.contains(it.as_str()));
    let known = |it: &SymStr| match it.known() {
        Some(known) => Some(known).filter(|it| !estate.secrets.contains(it)),
        None => it.pattern().filter(|it| !is_secret(it)),
    };
    estate
        .named()
        .filter_map(|(namespace, address, name)| Some(((namespace, address), name.as_known().and_then(known)?)))
        .collect()
}

/// What cannot be decided of one place for one rule is said once, however many alternatives the place is part of.
fn fold_undecided(findings: &mut Vec<Finding>) {
    if !findings.iter().any(|it| it.status == Status::Unknown) {
        return;
    }
    let mut first = std::collections::BTreeMap::new();
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings.drain(..) {
        if finding.status != Status::Unknown || finding.at.is_none() {
            kept.push(finding);
            continue;
        }
        let key =
            (finding.rule.clone(), finding.namespace.clone(), finding.address.clone(), finding.at, finding.severity);
        match first.get(&key).and_then(|at: &usize| kept.get_mut(*at)) {
            Some(own) => {
                for why in finding.unknown {
                    if !own.unknown.contains(&why) {
                        own.unknown.push(why);
                    }
                }
            }
            None => {
                first.insert(key, kept.len());
                kept.push(finding);
            }
        }
    }
    *findings = kept;
}

/// The same address may stand in several root modules; the second and later ones get fingerprints of their own.
fn distinguish(findings: &mut [Finding]) {
    let mut seen = std::collections::BTreeMap::new();
    for finding in findings {
        let count = seen.entry(finding.fingerprint.clone()).or_insert(0_usize);
        *count += 1;
        if 1 < *count {
            finding.fingerprint = finding::fingerprint(&[&finding.fingerprint, &count.to_string()]);
        }
    }
}

/// What a rule says of one subject.
fn judge(rule: &Rule, subject: &Subject, detail: Detail) -> Option<Finding> {
    refill();
    if let Some(applies) = &rule.applies
        && truth(&evaluate(applies, &subject.names).fact).0 == Truth::No
    {
        return None;
    }
    let (mut violated, mut whys) = match &subject.undecided {
        Some(why) => (Truth::Unknown, vec![why.clone()]),
        None => truth(&evaluate(&rule.when, &subject.names).fact),
    };
    // Whether it applies at all may not be known either.
    if violated == Truth::Yes
        && let Some(applies) = &rule.applies
    {
        let (applies, more) = truth(&evaluate(applies, &subject.names).fact);
        (violated, whys) = (violated.and(applies), more);
    }
    if violated == Truth::Yes && rule.undecided {
        (violated, whys) = (Truth::Unknown, subject.whys_of(rule));
    }
    if violated == Truth::Yes
        && let Some(why) = &subject.conditional
    {
        (violated, whys) = (Truth::Unknown, vec![why.clone()]);
    }
    whys.sort();
    whys.dedup();
    let (status, whys) = match violated {
        Truth::No => return None,
        Truth::Unknown if not_applicable(&whys) => return None,
        Truth::Unknown => (Status::Unknown, whys),
        Truth::Yes => (Status::Violated, Vec::new()),
    };
    let (severity, at_worst) = severity(rule, subject, status == Status::Unknown)?;
    let finding = finding::build(rule, subject, status, severity, &whys, detail);
    Some(Finding { at_worst: (status == Status::Unknown).then_some(at_worst), ..finding })
}

/// The input has no way to say it: the rule is not about such input.
fn not_applicable(whys: &[Why]) -> bool {
    !whys.is_empty() && whys.iter().all(|it| it.cause() == Cause::NotInInput)
}

/// The worst severity whose condition holds, and as it stands there; one that may hold counts one step lower.
fn severity(rule: &Rule, subject: &Subject, undecided: bool) -> Option<(Severity, Severity)> {
    for (severity, condition) in &rule.severities {
        let holds = condition.as_ref().map_or(Truth::Yes, |it| truth(&evaluate(it, &subject.names).fact).0);
        match holds {
            Truth::Yes => return Some((if undecided { lower(*severity) } else { *severity }, *severity)),
            Truth::Unknown => return Some((lower(*severity), *severity)),
            Truth::No => (),
        }
    }
    None
}

fn lower(severity: Severity) -> Severity {
    match severity {
        Severity::Critical => Severity::High,
        Severity::High => Severity::Medium,
        Severity::Medium => Severity::Low,
        Severity::Low | Severity::Info => Severity::Info,
    }
}
