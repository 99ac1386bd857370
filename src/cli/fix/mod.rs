//! `--fix`: plan, prove, apply in memory, again until nothing is left to do; then write, or show the difference.

mod names;
mod prove;
mod scope;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::finding::{Finding, Fix, Fixed, Report, RuleInfo, Safety};
use crate::fix::{Planner, unified};
use crate::report::Places;
use crate::source::FileId;

use super::commands::{Complaint, Looked};
use super::floors::Rules;
use super::inputs::{Edited, Inputs};
use super::pipeline::Outcome;
use super::rewrite;
use names::Names;
use prove::{Proof, State};
use scope::Reach;
pub(super) use scope::Scope;

/// Fixes may open the way for others; after so many rounds that is no progress but a bug.
const MAX_ROUNDS: usize = 12;
/// A fix that was refused is tried again when others were made, so often.
const MAX_TRIES: usize = 2;

/// What tells the fix of a finding from others: its rule, fingerprint and namespace.
pub(super) type Target = (String, String, String);

/// What a fix is known by, for who asks for it alone.
pub(super) fn target(it: &Finding) -> Target {
    (it.rule.clone(), it.fingerprint.clone(), it.namespace.clone())
}

/// What is to be fixed, and how a run is judged.
pub(super) struct Job<'a> {
    pub inputs: &'a Inputs<'a>,
    pub rules: &'a Rules,
    pub unsafe_too: bool,
    /// The only one that is made; all where none is named.
    pub only: Option<&'a Target>,
    /// Leaves the findings that count.
    pub count: &'a dyn Fn(&mut Looked),
    /// Moves what suppressions of the code hide.
    pub suppress: &'a dyn Fn(&mut Looked),
    /// What was asked about.
    pub scope: &'a Scope,
    /// The folder that paths are shown relative to.
    pub base: Option<&'a Path>,
}

/// The code as it is after the fixes, not yet written and not yet gated.
pub(super) struct Mended {
    pub looked: Looked,
    /// New texts by path.
    pub edited: Edited,
    /// The texts that they replace.
    pub originals: BTreeMap<PathBuf, String>,
    /// The files that begin with a byte-order mark.
    marked: BTreeSet<PathBuf>,
    pub fixed: Fixed,
}

/// A fix and the finding that it mends.
#[derive(Clone)]
struct Planned {
    finding: Finding,
    fix: Fix,
}

impl Planned {
    fn key(&self) -> Target {
        target(&self.finding)
    }
}

/// Says of each finding what would mend it.
pub(super) fn hint(places: Places<'_>, outcome: &mut Outcome, rules: &[RuleInfo], scope: &Scope) {
    let Outcome { estate, exposures, report, .. } = outcome;
    let planner = Planner::new(places.sources, estate, exposures, rules);
    let fixes: Vec<Option<Fix>> = report.findings.iter().map(|it| planner.plan(it).and_then(Result::ok)).collect();
    // Most files of a run have nothing to do with any fix, and it is every check that asks.
    let edited = fixes.iter().flatten().flat_map(|it| &it.edits).map(|it| it.at.file);
    let told = report.findings.iter().filter_map(|it| it.declared.or(it.at)).map(|it| it.file);
    let files: BTreeSet<FileId> = match fixes.iter().all(Option::is_none) {
        true => BTreeSet::new(),
        false => edited.chain(told).chain(scope::declared(estate).map(|it| it.1.file)).collect(),
    };
    let names = Names::of(places.sources, files);
    let reach = Reach::new(scope, places, &names, estate, &report.findings);
    for (finding, fix) in report.findings.iter_mut().zip(fixes) {
        finding.fix = fix.map(|it| reach.judged(finding, it));
    }
}

/// Fixes what can be fixed, in memory.
pub(super) fn mend(job: &Job<'_>, first: Looked) -> Result<Mended, Complaint> {
    let mut edited = Edited::default();
    let (mut originals, mut marked) = (BTreeMap::new(), BTreeSet::new());
    let mut now = State::new(first, job);
    let mut fixed = Fixed::default();
    let mut tries: BTreeMap<Target, usize> = BTreeMap::new();
    let mut refused: BTreeMap<Target, String> = BTreeMap::new();
    for _ in 0..MAX_ROUNDS {
        let (all, _) = targets(job, &mut now);
        let mut planned: Vec<Planned> = all
            .into_iter()
            .filter(|it| job.unsafe_too || it.fix.safety == Safety::Safe)
            .filter(|it| job.only.is_none_or(|only| it.key() == *only))
            .filter(|it| tries.get(&it.key()).is_none_or(|tries| *tries < MAX_TRIES))
            .collect();
        // Safe ones first and alone: what they take away is then theirs.
        let mut waits = false;
        if planned.iter().any(|it| it.fix.safety == Safety::Safe) {
            let all = planned.len();
            planned.retain(|it| it.fix.safety == Safety::Safe);
            waits = planned.len() < all;
        }
        // What was refused before does not stand in the way of the others.
        planned.sort_by_key(|it| tries.get(&it.key()).copied());
        let mut batch: Vec<Planned> = Vec::new();
        for one in planned {
            // What touches the same bytes waits for the next round.
            if batch.iter().any(|it| it.fix.clashes_with(&one.fix)) {
                waits = true;
            } else {
                batch.push(one);
            }
        }
        let mut proof = Proof {
            job,
            before: &now,
            edited: &edited,
            accepted: Vec::new(),
            after: None,
            refused: Vec::new(),
            proofs: 0,
        };
        proof.settle(&batch)?;
        let Proof { accepted, after, refused: not_done, .. } = proof;
        for (one, why) in not_done {
            *tries.entry(one.key()).or_default() += 1;
            refused.insert(one.key(), format!("{} {}: {why}", one.finding.rule, one.finding.address));
        }
        let Some((after, texts)) = after else { if waits { continue } else { break } };
        fixed.fixed += accepted.iter().map(Planned::key).collect::<BTreeSet<_>>().len();
        for path in texts.keys().filter(|it| !edited.contains_key(*it)) {
            if let Ok(id) = now.looked.sources.load(path) {
                let file = now.looked.sources.file(id);
                originals.insert(path.clone(), file.text.to_string());
                marked.extend(file.has_mark.then(|| path.clone()));
            }
        }
        edited = texts;
        now = after;
    }
    // What was refused in one round may be gone by another, or be possible no more for another reason.
    let (left, impossible) = targets(job, &mut now);
    let left: BTreeSet<_> = left.iter().map(Planned::key).collect();
    refused.retain(|key, _| left.contains(key));
    let impossible = impossible.into_iter().filter(|it| job.only.is_none_or(|only| target(&it.0) == *only)).collect();
    fixed.refused = refused.into_values().chain(told(impossible)).collect();
    Ok(Mended { looked: now.looked, edited, originals, marked, fixed })
}

/// The findings that count: those that can be mended, and those whose rule has a remedy that the code at hand does not take, with
/// the reason.
fn targets(job: &Job<'_>, now: &mut State) -> (Vec<Planned>, Vec<(Finding, String)>) {
    let whole = now.looked.outcome.report.clone();
    (job.count)(&mut now.looked);
    let counting = std::mem::replace(&mut now.looked.outcome.report, whole).findings;
    let outcome = &now.looked.outcome;
    let planner = Planner::new(&now.looked.sources, &outcome.estate, &outcome.exposures, job.rules.infos());
    let places = Places { sources: &now.looked.sources, base: job.base };
    let reach = Reach::new(job.scope, places, &now.names, &outcome.estate, &counting);
    let (mut planned, mut impossible) = (Vec::new(), Vec::new());
    for finding in counting {
        match planner.plan(&finding) {
            Some(Ok(fix)) => {
                let fix = now.names.named(reach.judged(&finding, fix));
                planned.push(Planned { finding, fix });
            }
            Some(Err(why)) => impossible.push((finding, why)),
            None => (),
        }
    }
    (planned, impossible)
}

/// What cannot be mended and why, one line for each rule and reason.
fn told(impossible: Vec<(Finding, String)>) -> Vec<String> {
    let mut all: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (finding, why) in impossible {
        all.entry((finding.rule, why)).or_default().push(finding.address);
    }
    let line = |((rule, why), addresses): ((String, String), Vec<String>)| {
        let more = match addresses.len() {
            0 | 1 => String::new(),
            all => format!(" and {} more", all - 1),
        };
        format!("{rule} {}{more}: {why}", addresses.first().map_or("", String::as_str))
    };
    all.into_iter().map(line).collect()
}

impl Mended {
    /// The difference that the fixes make, file by file.
    pub fn diff(&self, base: Option<&Path>) -> String {
        let places = Places { sources: &self.looked.sources, base };
        let one = |(path, new): (&PathBuf, &String)| {
            let old = self.originals.get(path).map(String::as_str).unwrap_or_default();
            let mark = if self.marked.contains(path) { "\u{feff}" } else { "" };
            unified(&places.path(path), Some(&format!("{mark}{old}")), &format!("{mark}{new}"))
        };
        self.edited.iter().map(one).collect()
    }

    /// Writes the new texts: all of them, or as many as it says.
    pub fn write(&self, roots: &[PathBuf]) -> Result<(), Complaint> {
        rewrite::write(&self.edited, &self.originals, roots)
    }
}

/// Adds to a report what was fixed, and what more could be.
pub(super) fn tell(report: &mut Report, mut fixed: Fixed, unsafe_too: bool) {
    let open = report.findings.iter().filter_map(|it| it.fix.as_ref());
    let more = open.filter(|it| it.safety == Safety::Unsafe).count();
    fixed.with_unsafe = if unsafe_too { 0 } else { more };
    report.fixed = Some(fixed);
}

/// The texts after some fixes: of those that were edited, by path, under all names.
fn applied(before: &State, edited: &Edited, fixes: &[Planned]) -> Option<Edited> {
    let sources = &before.looked.sources;
    let mut by_file: BTreeMap<crate::source::FileId, Vec<crate::finding::Edit>> = BTreeMap::new();
    for edit in fixes.iter().flat_map(|it| &it.fix.edits) {
        by_file.entry(edit.at.file).or_default().push(edit.clone());
    }
    let mut out = (**edited).clone();
    for (id, edits) in by_file {
        let file = sources.file(id);
        let text = crate::fix::apply(&file.text, &edits)?;
        let is_code = file.path.extension().is_some_and(|it| it == "tf" || it == "tofu");
        let text = if is_code { crate::fix::aligned(&file.text, text, &edits) } else { text };
        out.extend(before.names.others(id).iter().map(|it| (it.clone(), text.clone())));
        out.insert(file.path.clone(), text);
    }
    Some(Arc::new(out))
}
