//! The proof of fixes: the edited code is judged like any other, and compared with the code as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::exposure::{Exposure, Way};
use crate::finding::{Finding, Safety, Status, SuppressorKind};
use crate::fix::Planner;
use crate::gate::widened::{self, narrowed};
use crate::model::{Acl, Bucket, Estate, Format, ObjectOwnership};
use crate::source::Sources;
use crate::value::{Truth, Value};

use super::super::commands::{Complaint, Looked};
use super::super::inputs::Edited;
use super::super::pipeline::Outcome;
use super::names::Names;
use super::{Job, Planned, applied};

/// Code that was judged.
pub(super) struct State {
    pub looked: Looked,
    pub names: Names,
    /// What suppressions of the code hide.
    hidden: BTreeMap<Key, usize>,
}

/// Rule, resource and root module. Findings of one rule about one resource are counted, for those about statements without a
/// Sid are known by the statement's number, which moves.
type Key = (String, String, String);

fn key(it: &Finding) -> Key {
    (it.rule.clone(), it.address.clone(), it.namespace.clone())
}

/// A complaint about the input: its code, its words, the file.
type Complained = (String, String, Option<PathBuf>);

/// What is found of one subject by one rule.
#[derive(Default)]
struct Tally {
    all: usize,
    violated: usize,
    worst: Option<crate::finding::Severity>,
}

/// The Sids that a policy has more than once.
fn doubled(bucket: &Bucket) -> BTreeSet<&str> {
    let mut seen = BTreeSet::new();
    let statements = bucket.policy.possible().into_iter().flat_map(|it| &it.statements);
    let sids = statements.filter_map(|it| it.sid.as_known()).filter(|it| !it.is_empty());
    sids.map(String::as_str).filter(|it| !seen.insert(*it)).collect()
}

fn has_grants(bucket: &Bucket) -> bool {
    bucket.acl.as_known().is_some_and(|it| !it.grants.is_empty())
}

/// Whether an ACL is written, of whatever kind.
fn has_acl(bucket: &Bucket) -> bool {
    let says = |it: &Acl| !it.canned.is_absent() || !it.grants.is_empty() || it.grants_rest.is_some();
    !bucket.acl.is_absent() && bucket.acl.as_known().is_none_or(says)
}

impl State {
    pub fn new(mut looked: Looked, job: &Job<'_>) -> Self {
        let names = Names::new(&looked.sources);
        let whole = looked.outcome.report.clone();
        (job.suppress)(&mut looked);
        let counted = std::mem::replace(&mut looked.outcome.report, whole);
        let mut hidden: BTreeMap<Key, usize> = BTreeMap::new();
        for it in counted.suppressed.iter().filter(|it| it.by.kind == SuppressorKind::InSource) {
            *hidden.entry(key(&it.finding)).or_default() += 1;
        }
        Self { looked, names, hidden }
    }

    fn findings(&self) -> BTreeMap<Key, Tally> {
        let mut out: BTreeMap<Key, Tally> = BTreeMap::new();
        for finding in &self.looked.outcome.report.findings {
            let tally = out.entry(key(finding)).or_default();
            tally.all += 1;
            tally.violated += usize::from(finding.status == Status::Violated);
            tally.worst = tally.worst.max(Some(finding.severity));
        }
        out
    }

    /// The buckets with the verdicts about them, by root module and address.
    fn verdicts(&self) -> BTreeMap<(&str, &str), (&Bucket, &Exposure)> {
        let Outcome { estate, exposures, .. } = &self.looked.outcome;
        let pairs = estate.buckets.iter().zip(exposures);
        pairs.map(|(it, verdict)| ((it.namespace.as_str(), it.address.as_str()), (it, verdict))).collect()
    }

    /// Complaints about the input, known without the numbers in them, for lines move; how many, and the words of the last one.
    fn complaints(&self) -> BTreeMap<Complained, (usize, &str)> {
        let mut out: BTreeMap<Complained, (usize, &str)> = BTreeMap::new();
        for it in &self.looked.outcome.report.diagnostics {
            let words: String = it.message.chars().filter(|it| !it.is_ascii_digit()).collect();
            let path = it.at.map(|at| self.looked.sources.file(at.file).path.clone());
            let own = out.entry((it.code.to_owned(), words, path)).or_default();
            *own = (own.0 + 1, &it.message);
        }
        out
    }
}

/// What speaks against some fixes, and which of them: one clause.
struct Objection {
    /// Whom it points at.
    at: At,
    why: String,
}

/// Whom an objection points at.
enum At {
    /// Those that were to mend a finding that would still be there.
    Target(Key),
    /// Those about one resource: its root module and address. Others may be to blame all the same.
    Subject(String, String),
    /// Those that edit a file which is not read as it was.
    File(PathBuf),
    /// Nobody.
    Nobody,
}

impl Objection {
    fn about(namespace: &str, address: &str, why: String) -> Self {
        Self { at: At::Subject(namespace.to_owned(), address.to_owned()), why }
    }

    /// Whether a fix may be to blame.
    fn suspects(&self, it: &Planned, sources: &Sources) -> bool {
        match &self.at {
            At::Target(target) => key(&it.finding) == *target,
            At::Subject(namespace, address) => it.finding.namespace == *namespace && it.finding.address == *address,
            At::File(path) => it.fix.edits.iter().any(|it| sources.file(it.at.file).path == *path),
            At::Nobody => false,
        }
    }

    /// Whether it is about the root module or template of a fix.
    fn is_about(&self, it: &Planned, sources: &Sources) -> bool {
        match &self.at {
            At::Target((_, _, namespace)) | At::Subject(namespace, _) => it.finding.namespace == *namespace,
            At::File(_) | At::Nobody => self.suspects(it, sources),
        }
    }
}

impl Planned {
    /// Whether it edits nothing but the root module, or the template, that its finding is in.
    fn is_within_its_own(&self, sources: &Sources) -> bool {
        let own = Path::new(&self.finding.namespace);
        self.fix.edits.iter().all(|it| {
            let path = &sources.file(it.at.file).path;
            path == own || path.parent() == Some(own)
        })
    }
}

/// How many times the code is judged in one round to find out which fixes fail. Beyond that a fix that is the only one which an
/// objection points at counts as the one to blame.
const MAX_PROOFS: usize = 48;

/// The search for the fixes of a round that hold: all at once; where that fails, first those that nothing points at, then the
/// others, each alone. What is not read any more tells nothing about anybody else: then only those that edit it are in doubt.
pub(super) struct Proof<'a> {
    pub job: &'a Job<'a>,
    pub before: &'a State,
    /// The texts of the rounds before.
    pub edited: &'a Edited,
    pub accepted: Vec<Planned>,
    /// The code with what was accepted.
    pub after: Option<(State, Edited)>,
    pub refused: Vec<(Planned, String)>,
    /// How many times the code was judged.
    pub proofs: usize,
}

impl Proof<'_> {
    /// Accepts those of some fixes that hold together with what was accepted before.
    pub fn settle(&mut self, fixes: &[Planned]) -> Result<(), Complaint> {
        if fixes.is_empty() {
            return Ok(());
        }
        let Some(objections) = self.accept(fixes)? else { return Ok(()) };
        if let [one] = fixes {
            let why = objections.first().map_or_else(String::new, |it| it.why.clone());
            self.refused.push((one.clone(), why));
            return Ok(());
        }
        let is_of_file = |it: &Objection| matches!(it.at, At::File(_));
        let unread = objections.iter().any(is_of_file);
        let telling: Vec<Objection> = objections.into_iter().filter(|it| !unread || is_of_file(it)).collect();
        let sources = &self.before.looked.sources;
        let is_suspect = |it: &Planned| telling.iter().any(|objection| objection.suspects(it, sources));
        let (suspects, clear): (Vec<Planned>, Vec<Planned>) = fixes.iter().cloned().partition(is_suspect);
        if suspects.is_empty() || (clear.is_empty() && unread) {
            return self.halves(fixes);
        }
        self.settle(&clear)?;
        let waves = self.waves(suspects.clone());
        if self.proofs + waves.len() <= MAX_PROOFS {
            return if unread { self.settle(&suspects) } else { waves.iter().try_for_each(|it| self.wave(it)) };
        }
        self.blame(&telling, suspects)
    }

    /// Accepts some fixes beside those before, or says what speaks against it.
    fn accept(&mut self, fixes: &[Planned]) -> Result<Option<Vec<Objection>>, Complaint> {
        let all: Vec<Planned> = self.accepted.iter().chain(fixes).cloned().collect();
        Ok(match self.prove(&all)? {
            Ok(after) => {
                self.accepted = all;
                self.after = Some(after);
                None
            }
            Err(objections) => Some(objections),
        })
    }

    fn each(&mut self, fixes: &[Planned]) -> Result<(), Complaint> {
        fixes.iter().try_for_each(|it| self.settle(std::slice::from_ref(it)))
    }

    /// Fixes in lots of which each has one for a root module or template: a run of many is judged about as often as one of few.
    fn waves(&self, mut fixes: Vec<Planned>) -> Vec<Vec<Planned>> {
        let sources = &self.before.looked.sources;
        let mut waves = Vec::new();
        while !fixes.is_empty() {
            let (mut wave, mut later): (Vec<Planned>, Vec<Planned>) = (Vec::new(), Vec::new());
            let mut taken: BTreeSet<String> = BTreeSet::new();
            let mut is_open = true;
            for one in fixes {
                let is_alone = !one.is_within_its_own(sources);
                if is_open && (!is_alone || wave.is_empty()) && taken.insert(one.finding.namespace.clone()) {
                    is_open = !is_alone;
                    wave.push(one);
                } else {
                    later.push(one);
                }
            }
            waves.push(wave);
            fixes = later;
        }
        waves
    }

    /// Settles fixes that are about one root module or template each, and edit no other: whoever an objection is about is to blame.
    fn wave(&mut self, fixes: &[Planned]) -> Result<(), Complaint> {
        if fixes.len() < 2 {
            return self.settle(fixes);
        }
        let Some(objections) = self.accept(fixes)? else { return Ok(()) };
        let sources = &self.before.looked.sources;
        let (mut bad, mut good) = (Vec::new(), Vec::new());
        for one in fixes {
            match objections.iter().find(|it| it.is_about(one, sources)) {
                Some(it) => bad.push((one.clone(), it.why.clone())),
                None => good.push(one.clone()),
            }
        }
        // What points at none of them may be the fault of any.
        let is_told = |it: &Objection| fixes.iter().any(|one| it.is_about(one, sources));
        if good.len() == fixes.len() || !objections.iter().all(is_told) {
            return self.each(fixes);
        }
        self.refused.extend(bad);
        self.settle(&good)
    }

    fn halves(&mut self, fixes: &[Planned]) -> Result<(), Complaint> {
        let (left, right) = fixes.split_at(fixes.len() / 2);
        self.settle(left)?;
        self.settle(right)
    }

    /// Refuses the fixes that are the only ones which an objection points at, and settles the others.
    fn blame(&mut self, objections: &[Objection], mut fixes: Vec<Planned>) -> Result<(), Complaint> {
        let sources = &self.before.looked.sources;
        for objection in objections {
            let mut own = fixes.iter().enumerate().filter(|it| objection.suspects(it.1, sources)).map(|it| it.0);
            if let (Some(only), None) = (own.next(), own.next()) {
                self.refused.push((fixes.remove(only), objection.why.clone()));
            }
        }
        if fixes.len() < 2 { self.settle(&fixes) } else { self.halves(&fixes) }
    }

    /// Judges the code with some fixes: the code, or what speaks against them.
    fn prove(&mut self, fixes: &[Planned]) -> Result<Result<(State, Edited), Vec<Objection>>, Complaint> {
        let Some(texts) = applied(self.before, self.edited, fixes) else {
            let why = "its edits overlap".to_owned();
            return Ok(Err(vec![Objection { at: At::Nobody, why }]));
        };
        self.proofs += 1;
        let after = State::new(self.job.inputs.judge(self.job.rules, &texts)?, self.job);
        let objections = self.objections(&after, fixes);
        Ok(if objections.is_empty() { Ok((after, texts)) } else { Err(objections) })
    }

    fn objections(&self, after: &State, fixes: &[Planned]) -> Vec<Objection> {
        let mut out = Vec::new();
        let (old, new) = (self.before.complaints(), after.complaints());
        let more = |it: &(&Complained, &(usize, &str))| old.get(it.0).map_or(0, |it| it.0) < it.1.0;
        out.extend(new.iter().filter(more).map(|((code, _, path), (_, words))| Objection {
            at: path.clone().map_or(At::Nobody, At::File),
            why: format!("after it the input has another `{code}`: {words}"),
        }));
        let (old, new) = (self.before.findings(), after.findings());
        let empty = Tally::default();
        for (key, tally) in &new {
            let was = old.get(key).unwrap_or(&empty);
            if was.all < tally.all || was.violated < tally.violated || was.worst < tally.worst {
                let is_certain = was.violated < tally.violated || (was.worst < tally.worst && 0 < tally.violated);
                let what = if is_certain { "a finding" } else { "an undecided finding" };
                out.push(Objection::about(&key.2, &key.1, format!("it would bring {what} of `{}`", key.0)));
            }
        }
        // What counted and is hidden now is not mended.
        let hides = |it: &(&Key, &usize)| self.before.hidden.get(it.0).is_none_or(|was| was < it.1);
        out.extend(after.hidden.iter().filter(hides).map(|(key, _)| {
            Objection::about(&key.2, &key.1, format!("a suppression would hide a finding of `{}` that counts", key.0))
        }));
        let mut wanted: BTreeMap<Key, BTreeSet<&str>> = BTreeMap::new();
        for it in fixes {
            wanted.entry(key(&it.finding)).or_default().insert(&it.finding.fingerprint);
        }
        for (key, targets) in wanted {
            let left = new.get(&key).map_or(0, |it| it.all);
            let was = old.get(&key).map_or(0, |it| it.all);
            if was < left + targets.len() {
                let why = "the finding would still be there".to_owned();
                out.push(Objection { at: At::Target(key), why });
            }
        }
        self.unread(after, &mut out);
        self.refused(after, &mut out);
        self.lost(after, fixes, &mut out);
        out
    }

    /// Buckets and policies that were known and are not any more: what is not read has no findings either.
    fn unread(&self, after: &State, out: &mut Vec<Objection>) {
        let (old, now) = (&self.before.looked.outcome, after.verdicts());
        for (bucket, exposure) in old.estate.buckets.iter().zip(&old.exposures) {
            let mut object = |what: &str| {
                let why = format!("{} {what}", bucket.address);
                out.push(Objection::about(&bucket.namespace, &bucket.address, why));
            };
            let Some((now, verdict)) = now.get(&(bucket.namespace.as_str(), bucket.address.as_str())) else {
                object("would not be found any more");
                continue;
            };
            let is_known = |it: &Bucket| matches!(it.policy.value, Value::Known(_));
            if is_known(bucket) && !is_known(now) {
                object("would have a policy that is not known");
            }
            if let Some(sid) = doubled(now).difference(&doubled(bucket)).next() {
                object(&format!("would have the statement {sid} twice"));
            }
            if bucket.format == Format::Terraform && has_grants(bucket) && !has_acl(now) {
                object("would have no grant and no ACL: Terraform leaves the old one, or S3 refuses it");
            }
            let worse = exposure.public == Truth::No && verdict.public != Truth::No
                || exposure.public == Truth::Unknown && verdict.public == Truth::Yes;
            if worse && bucket.format != Format::Snapshot {
                object("would be public");
            }
        }
    }

    /// Buckets whose ACLs are off now, and which the code gives one all the same.
    fn refused(&self, after: &State, out: &mut Vec<Objection>) {
        let is_off = |it: &Bucket| it.ownership.as_known() == Some(&ObjectOwnership::BucketOwnerEnforced);
        let (old, new) = (self.before.verdicts(), after.verdicts());
        let was_off = |key| old.get(key).is_some_and(|it| is_off(it.0));
        let turned: Vec<&Bucket> = new.iter().filter(|it| is_off(it.1.0) && !was_off(it.0)).map(|it| it.1.0).collect();
        if turned.is_empty() {
            return;
        }
        let Looked { sources, outcome, .. } = &after.looked;
        let planner = Planner::new(sources, &outcome.estate, &outcome.exposures, self.job.rules.infos());
        for bucket in turned {
            let why = planner.refused(bucket);
            out.extend(why.map(|it| Objection::about(&bucket.namespace, &bucket.address, it)));
        }
    }

    /// Access that safe fixes take away: then they are none.
    fn lost(&self, after: &State, fixes: &[Planned], out: &mut Vec<Objection>) {
        let subjects = |safety: Safety| -> BTreeSet<(&str, &str)> {
            let own = fixes.iter().filter(|it| it.fix.safety == safety);
            own.map(|it| (it.finding.namespace.as_str(), it.finding.address.as_str())).collect()
        };
        let (safe, risky) = (subjects(Safety::Safe), subjects(Safety::Unsafe));
        if safe.is_empty() {
            return;
        }
        if risky.is_empty() {
            self.closed(after, &safe, out);
        }
        // Only buckets that nothing but safe fixes touches tell about safe fixes.
        let own = |state: &State| {
            let outcome = &state.looked.outcome;
            let pairs = outcome.estate.buckets.iter().zip(&outcome.exposures);
            let is_own = |(it, _): &(&Bucket, _)| {
                let key = (it.namespace.as_str(), it.address.as_str());
                safe.contains(&key) && !risky.contains(&key)
            };
            let (buckets, exposures) = pairs.filter(is_own).map(|(a, b)| (a.clone(), b.clone())).unzip();
            (Estate { buckets, ..Estate::default() }, exposures)
        };
        let ((old, old_exposures), (new, new_exposures)): ((_, Vec<_>), (_, Vec<_>)) = (own(self.before), own(after));
        let before = widened::State { estate: &old, exposures: &old_exposures, sources: None };
        let now = widened::State { estate: &new, exposures: &new_exposures, sources: None };
        let account = after.looked.options.exposure.own_account.as_deref();
        out.extend(narrowed(before, now, account).into_iter().map(|(namespace, address)| {
            let why = format!("it takes access to {address} away, which only an unsafe fix may");
            Objection::about(&namespace, &address, why)
        }));
    }

    /// Ways into buckets that no fix is about, and that are shut now: the same code makes them too.
    fn closed(&self, after: &State, touched: &BTreeSet<(&str, &str)>, out: &mut Vec<Objection>) {
        let (old, now) = (&self.before.looked.outcome, after.verdicts());
        for (bucket, exposure) in old.estate.buckets.iter().zip(&old.exposures) {
            let key = (bucket.namespace.as_str(), bucket.address.as_str());
            let Some((_, verdict)) = now.get(&key).filter(|_| !touched.contains(&key)) else { continue };
            let is_open = |way: &&Way| {
                let mut left = verdict.ways.iter().filter(|it| it.audience == way.audience && it.power == way.power);
                left.any(|it| it.open != Truth::No)
            };
            if exposure.ways.iter().filter(|it| it.open != Truth::No).any(|it| !is_open(&it)) {
                let why = format!("it takes access to {} away, which only an unsafe fix may", bucket.address);
                out.push(Objection::about(&bucket.namespace, &bucket.address, why));
            }
        }
    }
}
