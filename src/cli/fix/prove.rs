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

/// Rule, subject and root module: what a finding is known by while lines move.
type Key = (String, String, String);

pub(super) fn key(it: &Finding) -> Key {
    (it.rule.clone(), it.identity.clone(), it.namespace.clone())
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

/// The search for the fixes of a round that hold: all at once, and where that fails, by halves.
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
        if fixes.is_empty() {
            return Ok(());
        }
        let mut all = self.accepted.clone();
        all.extend(fixes.iter().cloned());
        match self.prove(&all)? {
            Ok(after) => {
                self.accepted = all;
                self.after = Some(after);
            }
            Err(why) => match fixes {
                [one] => self.refused.push((one.clone(), why)),
                _ => {
                    let (left, right) = fixes.split_at(fixes.len() / 2);
                    self.settle(left)?;
                    self.settle(right)?;
                }
            },
        }
        Ok(())
    }

    /// Judges the code with some fixes: the code, or one clause why they do not hold.
    fn prove(&self, fixes: &[Planned]) -> Result<Result<(State, Edited), String>, Complaint> {
        let Some(texts) = applied(&self.before.looked.sources, self.edited, fixes) else {
            return Ok(Err("its edits overlap".to_owned()));
        };
        let after = State::new(self.job.inputs.judge(self.job.rules, &texts)?);
        Ok(match self.objection(&after, fixes) {
            None => Ok((after, texts)),
            Some(why) => Err(why),
        })
    }

    fn objection(&self, after: &State, fixes: &[Planned]) -> Option<String> {
        let (old, new) = (self.before.complaints(), after.complaints());
        let more = |it: &(&(String, String), &usize)| old.get(it.0).copied().unwrap_or(0) < *it.1;
        if let Some((what, _)) = new.iter().find(more) {
            return Some(format!("after it the input has another `{}`: {}", what.0, what.1));
        }
        let (old, new) = (self.before.findings(), after.findings());
        for (key, tally) in &new {
            let empty = Tally::default();
            let was = old.get(key).unwrap_or(&empty);
            if was.all < tally.all || was.violated < tally.violated || was.worst < tally.worst {
                return Some(format!("it would bring a finding of `{}`", key.0));
            }
        }
        let mut wanted: BTreeMap<Key, BTreeSet<&str>> = BTreeMap::new();
        for it in fixes {
            wanted.entry(key(&it.finding)).or_default().insert(&it.finding.fingerprint);
        }
        for (key, targets) in &wanted {
            let left = new.get(key).map_or(0, |it| it.all);
            let was = old.get(key).map_or(0, |it| it.all);
            if was < left + targets.len() {
                return Some("the finding would still be there".to_owned());
            }
        }
        self.unread(after).or_else(|| self.lost(after, fixes))
    }

    /// A bucket or policy that was known and is not any more: what is not read has no findings either.
    fn unread(&self, after: &State) -> Option<String> {
        let (old, new) = (&self.before.looked.outcome, &after.looked.outcome);
        for (bucket, exposure) in old.estate.buckets.iter().zip(&old.exposures) {
            let mut same = new.estate.buckets.iter().zip(&new.exposures);
            let same = same.find(|(it, _)| it.address == bucket.address && it.namespace == bucket.namespace);
            let Some((now, verdict)) = same else {
                return Some(format!("{} would not be found any more", bucket.address));
            };
            let is_known = |it: &crate::model::Bucket| matches!(it.policy.value, Value::Known(_));
            if is_known(bucket) && !is_known(now) {
                return Some(format!("the policy of {} would not be known any more", bucket.address));
            }
            let worse = exposure.public == Truth::No && verdict.public != Truth::No
                || exposure.public == Truth::Unknown && verdict.public == Truth::Yes;
            if worse && bucket.format != Format::Snapshot {
                return Some(format!("{} would be public", bucket.address));
            }
        }
        None
    }

    /// Access that a safe fix takes away: then it is none.
    fn lost(&self, after: &State, fixes: &[Planned]) -> Option<String> {
        let is_safe = |it: &&Planned| it.fix.safety == Safety::Safe;
        let safe: BTreeSet<(&str, &str)> =
            fixes.iter().filter(is_safe).map(|it| (it.finding.namespace.as_str(), it.finding.address.as_str())).collect();
        let risky: BTreeSet<(&str, &str)> = fixes
            .iter()
            .filter(|it| !is_safe(it))
            .map(|it| (it.finding.namespace.as_str(), it.finding.address.as_str()))
            .collect();
        if safe.is_empty() {
            return None;
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
        let lost = narrowed(before, now, account);
        lost.first().map(|it| format!("it takes access to {it} away, which only an unsafe fix may"))
    }
}
