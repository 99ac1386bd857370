//! The proof of fixes: the edited code is judged like any other, and compared with the code as it was.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Finding, Safety, Status};
use crate::gate::widened::{self, narrowed};
use crate::model::{Estate, Format};
use crate::value::{Truth, Value};

use super::super::commands::{Complaint, Looked};
use super::super::inputs::Edited;
use super::{Job, Planned, applied};

/// Code that was judged.
pub(super) struct State {
    pub looked: Looked,
}

/// Rule, resource and root module. Findings of one rule about one resource are counted, for those about statements without a
/// Sid are known by the statement's number, which moves.
type Key = (String, String, String);

fn key(it: &Finding) -> Key {
    (it.rule.clone(), it.address.clone(), it.namespace.clone())
}

/// What is found of one subject by one rule.
#[derive(Default)]
struct Tally {
    all: usize,
    violated: usize,
    worst: Option<crate::finding::Severity>,
}

impl State {
    pub fn new(looked: Looked) -> Self {
        Self { looked }
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

    /// Complaints about the input, without the numbers in them: lines move.
    fn complaints(&self) -> BTreeMap<(String, String), usize> {
        let mut out = BTreeMap::new();
        for it in &self.looked.outcome.report.diagnostics {
            let words: String = it.message.chars().filter(|it| !it.is_ascii_digit()).collect();
            *out.entry((it.code.to_owned(), words)).or_default() += 1;
        }
        out
    }
}

/// What speaks against some fixes, and which of them: one clause.
struct Objection {
    /// The finding that would still be there.
    target: Option<Key>,
    /// Address and root module of what it is about.
    subject: Option<(String, String)>,
    why: String,
}

impl Objection {
    fn about(namespace: &str, address: &str, why: String) -> Self {
        Self { target: None, subject: Some((namespace.to_owned(), address.to_owned())), why }
    }

    /// Whether a fix may be to blame.
    fn suspects(&self, it: &Planned) -> bool {
        match (&self.target, &self.subject) {
            (Some(target), _) => key(&it.finding) == *target,
            (None, Some((namespace, address))) => it.finding.namespace == *namespace && it.finding.address == *address,
            (None, None) => false,
        }
    }
}

/// The search for the fixes of a round that hold: all at once; where that fails, without those to blame; where nobody is, by
/// halves.
pub(super) struct Proof<'a> {
    pub job: &'a Job<'a>,
    pub before: &'a State,
    /// The texts of the rounds before.
    pub edited: &'a Edited,
    pub accepted: Vec<Planned>,
    /// The code with what was accepted.
    pub after: Option<(State, Edited)>,
    pub refused: Vec<(Planned, String)>,
}

impl Proof<'_> {
    /// Accepts those of some fixes that hold together with what was accepted before.
    pub fn settle(&mut self, fixes: &[Planned]) -> Result<(), Complaint> {
        let mut pending = fixes.to_vec();
        let mut later: Vec<Planned> = Vec::new();
        while !pending.is_empty() {
            let all: Vec<Planned> = self.accepted.iter().chain(&pending).cloned().collect();
            let objections = match self.prove(&all)? {
                Ok(after) => {
                    self.accepted = all;
                    self.after = Some(after);
                    break;
                }
                Err(objections) => objections,
            };
            if let [one] = pending.as_slice() {
                let why = objections.first().map_or_else(String::new, |it| it.why.clone());
                self.refused.push((one.clone(), why));
                break;
            }
            if !self.blame(&objections, &mut pending, &mut later) {
                let (left, right) = pending.split_at(pending.len() / 2);
                self.settle(left)?;
                self.settle(right)?;
                break;
            }
        }
        // Strictly fewer than there were: something was decided about the others.
        if later.is_empty() { Ok(()) } else { self.settle(&later) }
    }

    /// Takes out the fixes that objections point at: refused where it can be no other, tried later where it may be one of
    /// several. `false` where nobody is to blame.
    fn blame(&mut self, objections: &[Objection], pending: &mut Vec<Planned>, later: &mut Vec<Planned>) -> bool {
        let mut moved = false;
        for objection in objections {
            let suspects = pending.iter().filter(|it| objection.suspects(it)).count();
            if suspects == 0 {
                continue;
            }
            let is_sure = suspects == 1;
            let mut left = suspects / 2;
            let mut kept = Vec::with_capacity(pending.len());
            for it in std::mem::take(pending) {
                if !objection.suspects(&it) {
                    kept.push(it);
                } else if is_sure {
                    self.refused.push((it, objection.why.clone()));
                } else if 0 < left {
                    left -= 1;
                    kept.push(it);
                } else {
                    later.push(it);
                }
            }
            *pending = kept;
            moved = true;
        }
        moved
    }

    /// Judges the code with some fixes: the code, or what speaks against them.
    fn prove(&self, fixes: &[Planned]) -> Result<Result<(State, Edited), Vec<Objection>>, Complaint> {
        let Some(texts) = applied(&self.before.looked.sources, self.edited, fixes) else {
            let why = "its edits overlap".to_owned();
            return Ok(Err(vec![Objection { target: None, subject: None, why }]));
        };
        let after = State::new(self.job.inputs.judge(self.job.rules, &texts)?);
        let objections = self.objections(&after, fixes);
        Ok(if objections.is_empty() { Ok((after, texts)) } else { Err(objections) })
    }

    fn objections(&self, after: &State, fixes: &[Planned]) -> Vec<Objection> {
        let mut out = Vec::new();
        let (old, new) = (self.before.complaints(), after.complaints());
        let more = |it: &(&(String, String), &usize)| old.get(it.0).copied().unwrap_or(0) < *it.1;
        out.extend(new.iter().filter(more).map(|(what, _)| Objection {
            target: None,
            subject: None,
            why: format!("after it the input has another `{}`: {}", what.0, what.1),
        }));
        let (old, new) = (self.before.findings(), after.findings());
        let empty = Tally::default();
        for (key, tally) in &new {
            let was = old.get(key).unwrap_or(&empty);
            if was.all < tally.all || was.violated < tally.violated || was.worst < tally.worst {
                out.push(Objection::about(&key.2, &key.1, format!("it would bring a finding of `{}`", key.0)));
            }
        }
        let mut wanted: BTreeMap<Key, BTreeSet<&str>> = BTreeMap::new();
        for it in fixes {
            wanted.entry(key(&it.finding)).or_default().insert(&it.finding.fingerprint);
        }
        for (key, targets) in wanted {
            let left = new.get(&key).map_or(0, |it| it.all);
            let was = old.get(&key).map_or(0, |it| it.all);
            if was < left + targets.len() {
                let why = "the finding would still be there".to_owned();
                out.push(Objection { target: Some(key), subject: None, why });
            }
        }
        self.unread(after, &mut out);
        self.lost(after, fixes, &mut out);
        out
    }

    /// Buckets and policies that were known and are not any more: what is not read has no findings either.
    fn unread(&self, after: &State, out: &mut Vec<Objection>) {
        let (old, new) = (&self.before.looked.outcome, &after.looked.outcome);
        let pairs = new.estate.buckets.iter().zip(&new.exposures);
        let now: BTreeMap<(&str, &str), _> =
            pairs.map(|(it, verdict)| ((it.namespace.as_str(), it.address.as_str()), (it, verdict))).collect();
        for (bucket, exposure) in old.estate.buckets.iter().zip(&old.exposures) {
            let mut object = |what: &str| {
                let why = format!("{} {what}", bucket.address);
                out.push(Objection::about(&bucket.namespace, &bucket.address, why));
            };
            let Some((now, verdict)) = now.get(&(bucket.namespace.as_str(), bucket.address.as_str())) else {
                object("would not be found any more");
                continue;
            };
            let is_known = |it: &crate::model::Bucket| matches!(it.policy.value, Value::Known(_));
            if is_known(bucket) && !is_known(now) {
                object("would have a policy that is not known");
            }
            let worse = exposure.public == Truth::No && verdict.public != Truth::No
                || exposure.public == Truth::Unknown && verdict.public == Truth::Yes;
            if worse && bucket.format != Format::Snapshot {
                object("would be public");
            }
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
        // Only buckets that nothing but safe fixes touches tell about safe fixes.
        let own = |state: &State| {
            let outcome = &state.looked.outcome;
            let pairs = outcome.estate.buckets.iter().zip(&outcome.exposures);
            let is_own = |(it, _): &(&crate::model::Bucket, _)| {
                let key = (it.namespace.as_str(), it.address.as_str());
                safe.contains(&key) && !risky.contains(&key)
            };
            let (buckets, exposures) = pairs.filter(is_own).map(|(a, b)| (a.clone(), b.clone())).unzip();
            (Estate { buckets, ..Estate::default() }, exposures)
        };
        let ((old, old_exposures), (new, new_exposures)): ((_, Vec<_>), (_, Vec<_>)) = (own(self.before), own(after));
        let before = widened::State { estate: &old, exposures: &old_exposures };
        let now = widened::State { estate: &new, exposures: &new_exposures };
        let account = after.looked.options.exposure.own_account.as_deref();
        out.extend(narrowed(before, now, account).into_iter().map(|(namespace, address)| {
            let why = format!("it takes access to {address} away, which only an unsafe fix may");
            Objection::about(&namespace, &address, why)
        }));
    }
}
