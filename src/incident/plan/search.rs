//! The search for an order: the first in which every stage keeps between both ends. A candidate that leads nowhere is taken back
//! and the next one tried.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::policy::Power;

use super::super::diff::more;
use super::super::side::Subject;
use super::order::{Ends, Stage, is_public, only_closes, touches_access, waits_for_ownership};
use super::order::{Verdict, strayed, verdict};
use super::{Ask, Step, between, guards};

/// So many stages are looked at for one plan: five features of a bucket have 32 of them.
const MOST_STAGES: usize = 256;

/// A step in its place: its position among the steps that were given, whether it opens something, and what of it is not decided.
pub(super) struct Taken {
    pub at: usize,
    pub loosens: bool,
    pub unproved: Option<String>,
}

/// What may be taken. Each is searched whole before the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Allowed {
    /// Steps that open nothing.
    Tight,
    /// Where no such one is left: those that open something.
    Loose,
}

/// A bucket after some of the steps. Which ones they are decides it, not their order.
struct Node {
    stage: Stage,
    subject: OnceCell<Subject<'static>>,
    verdict: OnceCell<Verdict>,
}

pub(super) struct Search<'a> {
    ask: &'a Ask<'a>,
    steps: &'a [Step],
    ends: &'a Ends<'a>,
    own: Option<&'a str>,
    /// By the steps about access that are left.
    nodes: BTreeMap<BTreeSet<usize>, Rc<Node>>,
    tight: BTreeMap<(BTreeSet<usize>, usize), bool>,
    guards: BTreeMap<usize, bool>,
    dead: BTreeSet<BTreeSet<usize>>,
    why: Vec<String>,
    /// Whether what a step opens is of no interest: on the way back it was allowed.
    is_back: bool,
}

impl<'a> Search<'a> {
    pub(super) fn new(ask: &'a Ask<'a>, steps: &'a [Step], ends: &'a Ends<'a>) -> Self {
        let own = ask.options.own_account.as_deref().or(ask.live.account.as_deref());
        let (nodes, tight, guards, dead) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { ask, steps, ends, own, nodes, tight, guards, dead, why: Vec::new(), is_back: false }
    }

    /// The search for a way back: steps that only close come first, and of the others is asked whether S3 takes them.
    pub(super) fn back(mut self) -> Self {
        self.is_back = true;
        self
    }

    /// The order, or why each of the last candidates is none.
    pub(super) fn run(mut self) -> Result<Vec<Taken>, Vec<String>> {
        let all: BTreeSet<usize> = (0..self.steps.len()).collect();
        let guards = (0..self.steps.len()).any(|at| self.gives_up_a_guard(at));
        for allowed in [Allowed::Tight, Allowed::Loose] {
            if (guards || self.is_back) && allowed == Allowed::Tight {
                continue;
            }
            self.dead.clear();
            self.why.clear();
            if let Some(mut found) = self.go(&all, allowed) {
                found.reverse();
                return Ok(found);
            }
        }
        Err(self.why)
    }

    /// The steps that are left, last first.
    fn go(&mut self, left: &BTreeSet<usize>, allowed: Allowed) -> Option<Vec<Taken>> {
        if left.is_empty() {
            return Some(Vec::new());
        }
        let key = self.access(left);
        if self.dead.contains(&key) {
            return None;
        }
        let found = self.tighten(left, &key, allowed);
        if found.is_none() {
            self.dead.insert(key);
        }
        found
    }

    fn tighten(&mut self, left: &BTreeSet<usize>, key: &BTreeSet<usize>, allowed: Allowed) -> Option<Vec<Taken>> {
        let mut tried = BTreeSet::new();
        for at in left {
            let step = self.steps.get(*at)?;
            if !touches_access(step) {
                // It opens nothing and hinders nothing: what takes a guard away has time.
                if self.gives_up_a_guard(*at) {
                    continue;
                }
                return self.take(left, *at, false, allowed);
            }
            if self.is_tight(key, *at) {
                tried.insert(*at);
                if let Some(found) = self.take(left, *at, false, allowed) {
                    return Some(found);
                }
            }
        }
        if allowed == Allowed::Tight {
            return None;
        }
        // S3 refuses a public policy while BlockPublicPolicy is on, and ACLs while they are off.
        let first = ["public_access_block", "ownership", "acl", "policy"];
        let rank = |it: &Step| first.iter().position(|name| *name == it.feature).unwrap_or(first.len());
        let mut rest: Vec<usize> = left.difference(&tried).copied().collect();
        rest.sort_by_key(|at| self.steps.get(*at).map(rank));
        let stage = self.node(key)?;
        for at in rest {
            // What S3 refuses is no step.
            if let Some(why) = self.steps.get(at).and_then(|it| stage.stage.refusal(it)) {
                self.note(why);
            } else if let Some(found) = self.take(left, at, true, allowed) {
                return Some(found);
            }
        }
        None
    }

    /// A step and what follows it, where the bucket after it lies between both ends.
    fn take(&mut self, left: &BTreeSet<usize>, at: usize, loosens: bool, allowed: Allowed) -> Option<Vec<Taken>> {
        let step = self.steps.get(at)?;
        let mut rest = left.clone();
        rest.remove(&at);
        let mut unproved = None;
        // What only closes stays between both ends, whatever else is not known; after the last one the bucket is the end.
        let key = self.access(&rest);
        if touches_access(step) && !only_closes(step) && !key.is_empty() {
            let node = self.node(&key)?;
            let verdict = node.verdict.get_or_init(|| verdict(self.ask, self.subject(&node), &node.stage, self.ends));
            if let Some(stray) = &verdict.stray {
                self.note(strayed(step, stray, self.ask.only_hint()));
                return None;
            }
            unproved.clone_from(&verdict.unproved);
        }
        let mut found = self.go(&rest, allowed)?;
        found.push(Taken { at, loosens, unproved });
        Some(found)
    }

    /// Whether a step takes a guard away.
    fn gives_up_a_guard(&mut self, at: usize) -> bool {
        if let Some(known) = self.guards.get(&at) {
            return *known;
        }
        let lost = self.steps.get(at).is_some_and(|it| guards::lost(it, self.ask.bucket, self.own).is_some());
        self.guards.insert(at, lost);
        lost
    }

    /// Whether a step certainly opens nothing.
    fn is_tight(&mut self, key: &BTreeSet<usize>, at: usize) -> bool {
        if let Some(known) = self.tight.get(&(key.clone(), at)) {
            return *known;
        }
        let is_tight = self.decide(key, at).unwrap_or(false);
        self.tight.insert((key.clone(), at), is_tight);
        is_tight
    }

    fn decide(&mut self, key: &BTreeSet<usize>, at: usize) -> Option<bool> {
        let step = self.steps.get(at)?;
        let now = self.node(key)?;
        let waits = step.feature == "acl" && waits_for_ownership(key.iter().filter_map(|it| self.steps.get(*it)));
        if self.gives_up_a_guard(at) || waits || now.stage.refusal(step).is_some() {
            return Some(false);
        }
        if only_closes(step) || self.is_back {
            return Some(only_closes(step));
        }
        let mut rest = key.clone();
        rest.remove(&at);
        let next = self.node(&rest)?;
        let gains = more(self.ask.bucket, self.subject(&next), Some(self.subject(&now)), self.ask.options);
        let opens = gains.iter().any(|it| is_public(it) || it.power == Power::Control);
        Some(!opens && !between::opens(&next.stage, &now.stage, self.own))
    }

    /// The bucket while these steps about access are left.
    fn node(&mut self, left: &BTreeSet<usize>) -> Option<Rc<Node>> {
        if let Some(known) = self.nodes.get(left) {
            return Some(Rc::clone(known));
        }
        if MOST_STAGES <= self.nodes.len() {
            self.note(format!(
                "no order was found among {MOST_STAGES} stages: change the features one by one{}",
                self.ask.only_hint()
            ));
            return None;
        }
        let mut stage = self.ends.start.clone();
        for (at, step) in self.steps.iter().enumerate() {
            if touches_access(step) && !left.contains(&at) {
                stage = stage.after(step);
            }
        }
        let node = Rc::new(Node { stage, subject: OnceCell::new(), verdict: OnceCell::new() });
        self.nodes.insert(left.clone(), Rc::clone(&node));
        Some(node)
    }

    fn subject<'n>(&self, node: &'n Node) -> &'n Subject<'static> {
        node.subject.get_or_init(|| node.stage.subject())
    }

    fn access(&self, left: &BTreeSet<usize>) -> BTreeSet<usize> {
        left.iter().copied().filter(|at| self.steps.get(*at).is_some_and(touches_access)).collect()
    }

    fn note(&mut self, why: String) {
        if !self.why.contains(&why) {
            self.why.push(why);
        }
    }
}
