//! What stays undecided in a template because of its conditions is judged once more in each scenario of them: what holds in
//! all of them is certain, what holds in none is dropped, and the rest says where it holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;

use crate::exposure::Exposure;
use crate::finding::{Finding, Status};
use crate::frontend::cloudformation::Scenario;
use crate::model::Estate;
use crate::source::{FileId, Sources, Span};
use crate::value::Truth;

use super::floors::{self, Rules};
use super::guard::guarded;
use super::pipeline::Options;

/// Of a finding that holds in some scenarios, so many are shown.
const SHOWN: usize = 3;

/// One scenario, judged.
struct Judged {
    conditions: Conditions,
    /// The resources that there are.
    present: BTreeSet<Subject>,
    /// Whether a bucket is public, by its address.
    public: BTreeMap<String, Truth>,
    /// Findings by rule and address.
    findings: BTreeMap<(String, String), Vec<Finding>>,
}

/// The truth of each undecided comparison.
type Conditions = BTreeMap<String, bool>;

/// Where a resource of a template is, and what it is called.
type Subject = (String, Option<Span>);

/// Sharpens findings and verdicts about the templates in `files`.
pub(super) fn refine(
    sources: &Sources,
    files: &[FileId],
    options: &Options,
    rules: &Rules,
    estate: &Estate,
    judged: (&mut Vec<Finding>, &mut [Exposure]),
) {
    let (findings, exposures) = judged;
    let spaces = undecided_spaces(estate, findings, exposures);
    let is_wanted = |file: &FileId| {
        let path = format!("{}#", sources.file(*file).path.display());
        spaces.iter().any(|it| it.starts_with(&path))
    };
    let wanted: Vec<FileId> = files.iter().copied().filter(is_wanted).collect();
    let refined: Vec<(String, Vec<Judged>)> = wanted
        .par_iter()
        .flat_map_iter(|file| {
            let one = || floors::cloudformation_scenarios(sources, *file, options);
            let scenarios = guarded(&sources.file(*file).path, one).unwrap_or_default();
            scenarios.into_iter().filter(|(space, all)| spaces.contains(space) && !all.is_empty())
        })
        .filter_map(|(space, all)| Some((space, judge(all, rules, estate, options)?)))
        .collect();
    for (space, scenarios) in refined {
        settle_findings(&space, &scenarios, estate, findings);
        settle_exposures(&space, &scenarios, estate, exposures);
    }
}

/// Name spaces of templates about which something is not decided.
fn undecided_spaces(estate: &Estate, findings: &[Finding], exposures: &[Exposure]) -> Vec<String> {
    let subjects = subjects(estate);
    let open = findings.iter().filter(|it| it.status == Status::Unknown);
    let mut spaces: Vec<String> =
        open.filter_map(|it| subjects.get(&(it.address.clone(), it.declared)).map(|it| (*it).to_owned())).collect();
    let open = estate.buckets.iter().zip(exposures).filter(|it| it.1.public == Truth::Unknown);
    spaces.extend(open.map(|it| it.0.namespace.clone()));
    spaces.sort();
    spaces.dedup();
    spaces
}

/// The name spaces of buckets and access points.
fn subjects(estate: &Estate) -> BTreeMap<Subject, &str> {
    let buckets = estate.buckets.iter().map(|it| ((it.address.clone(), it.origin.span), it.namespace.as_str()));
    let points = estate.access_points.iter().map(|it| ((it.address.clone(), it.origin.span), it.namespace.as_str()));
    buckets.chain(points).collect()
}

fn judge(scenarios: Vec<Scenario>, rules: &Rules, whole: &Estate, options: &Options) -> Option<Vec<Judged>> {
    let one = |scenario: Scenario| {
        let Scenario { conditions, mut estate } = scenario;
        estate.accounts.extend(whole.accounts.iter().cloned());
        let (exposures, findings) = guarded(Path::new("."), || floors::judge(&estate, rules, options)).ok()?;
        let present = subjects(&estate).into_keys().collect();
        let verdicts = estate.buckets.iter().zip(&exposures);
        let public = verdicts.map(|(bucket, it)| (bucket.address.clone(), it.public)).collect();
        let mut by_key: BTreeMap<(String, String), Vec<Finding>> = BTreeMap::new();
        for it in findings {
            by_key.entry((it.rule.clone(), it.address.clone())).or_default().push(it);
        }
        Some(Judged { conditions, present, public, findings: by_key })
    };
    scenarios.into_iter().map(one).collect()
}

fn settle_findings(space: &str, scenarios: &[Judged], estate: &Estate, findings: &mut Vec<Finding>) {
    let subjects = subjects(estate);
    let own = |it: &Finding| subjects.get(&(it.address.clone(), it.declared)) == Some(&space);
    let certain: BTreeSet<(String, String)> = findings
        .iter()
        .filter(|it| it.status == Status::Violated && own(it))
        .map(|it| (it.rule.clone(), it.address.clone()))
        .collect();
    let mut settled: BTreeMap<(String, String), Settled> = BTreeMap::new();
    let mut out: Vec<Finding> = Vec::new();
    for mut finding in std::mem::take(findings) {
        let key = (finding.rule.clone(), finding.address.clone());
        if finding.status != Status::Unknown || !own(&finding) || certain.contains(&key) {
            out.push(finding);
            continue;
        }
        // In a scenario the resource is there or not; in the template it is there on a condition.
        let exists = exists_when(estate, space, &finding.address);
        let is_first = !settled.contains_key(&key);
        match settled.entry(key).or_insert_with(|| settle(scenarios, &finding)) {
            Settled::Always(violated) if is_first => {
                let guarded = |it: &Finding| Finding { message: format!("{}{exists}", it.message), ..it.clone() };
                out.extend(violated.iter().map(guarded));
            }
            Settled::Always(_) | Settled::Never => (),
            Settled::Sometimes(when) => {
                finding.holds_when.clone_from(when);
                out.push(finding);
            }
        }
    }
    *findings = out;
}

fn exists_when(estate: &Estate, space: &str, address: &str) -> String {
    match estate.bucket(space, address).map(|it| &it.exists) {
        Some(exists) if exists.truth() == Truth::Unknown => format!(" (exists when {exists})"),
        _ => String::new(),
    }
}

enum Settled {
    Always(Vec<Finding>),
    Never,
    Sometimes(Vec<String>),
}

/// What the scenarios say of a rule and a resource.
fn settle(scenarios: &[Judged], finding: &Finding) -> Settled {
    let (mut present, mut open) = (0_usize, false);
    let (mut violated, mut when): (Vec<Finding>, Vec<&Judged>) = (Vec::new(), Vec::new());
    let key = (finding.rule.clone(), finding.address.clone());
    let subject = (finding.address.clone(), finding.declared);
    for scenario in scenarios.iter().filter(|it| it.present.contains(&subject)) {
        present += 1;
        let found = scenario.findings.get(&key).map(Vec::as_slice).unwrap_or_default();
        if found.iter().any(|it| it.status == Status::Violated) {
            when.push(scenario);
            for it in found.iter().filter(|it| it.status == Status::Violated) {
                if !violated.iter().any(|known| known.at == it.at && known.message == it.message) {
                    violated.push(it.clone());
                }
            }
        } else {
            open |= !found.is_empty();
        }
    }
    match when.len() {
        _ if present == 0 => Settled::Sometimes(Vec::new()),
        0 if !open => Settled::Never,
        all if all == present => Settled::Always(violated),
        _ => Settled::Sometimes(said(&when, scenarios)),
    }
}

/// The scenarios in words, without conditions that make no difference: flipped alone, they never lead out of the set.
fn said(when: &[&Judged], all: &[Judged]) -> Vec<String> {
    let inside: BTreeSet<&Conditions> = when.iter().map(|it| &it.conditions).collect();
    let outside: BTreeSet<&Conditions> =
        all.iter().map(|it| &it.conditions).filter(|it| !inside.contains(it)).collect();
    let leads_out = |name: &str| {
        inside.iter().any(|it| {
            let mut flipped = (*it).clone();
            flipped.entry(name.to_owned()).and_modify(|it| *it = !*it);
            outside.contains(&flipped)
        })
    };
    let names = inside.iter().flat_map(|it| it.keys()).collect::<BTreeSet<_>>();
    let matters: BTreeSet<&String> = names.into_iter().filter(|it| leads_out(it)).collect();
    let words = |it: &&Conditions| {
        let open = it.iter().filter(|(name, _)| matters.contains(name));
        let words: Vec<String> =
            open.map(|(name, holds)| if *holds { name.clone() } else { format!("not {name}") }).collect();
        words.join(" and ")
    };
    let mut out: Vec<String> = inside.iter().map(words).filter(|it| !it.is_empty()).collect();
    out.sort();
    out.dedup();
    out.truncate(SHOWN);
    out
}

fn settle_exposures(space: &str, scenarios: &[Judged], estate: &Estate, exposures: &mut [Exposure]) {
    for (bucket, exposure) in estate.buckets.iter().zip(exposures) {
        if bucket.namespace != space || exposure.public != Truth::Unknown {
            continue;
        }
        let verdicts: Vec<Truth> = scenarios.iter().filter_map(|it| it.public.get(&bucket.address).copied()).collect();
        if let Some(first) = verdicts.first().filter(|first| verdicts.iter().all(|it| it == *first)) {
            exposure.public = *first;
        }
    }
}
