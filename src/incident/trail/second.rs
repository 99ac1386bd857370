//! Calls of one and the same second. CloudTrail tells no finer time, and ids are no time: every order that S3 would have let happen is
//! followed, and what they do not agree on is not known.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::frontend::live::State;
use crate::policy::{self, BucketId, Context, Policy, PublicStatus};
use crate::value::{Origin, SymStr, Truth, Val, Value};

use super::super::diff::canonical;
use super::super::time::Time;
use super::fold::Now;
use super::verdict::Verdict;
use super::{Event, doubt};

/// So many calls of one second are tried in every order, and so many states looked at.
const MOST_CALLS: usize = 8;
const MOST_STATES: usize = 400;

/// Code of a state that depends on which of two calls of one second came last.
pub(super) const SAME_SECOND: &str = "SameSecond";

/// A call that changes something, and whether it is of the bucket for certain.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub event: Event,
    pub certain: bool,
}

/// What a second leaves.
#[derive(Debug, Default)]
pub(super) struct Second {
    /// Every state that the bucket may be in after it.
    pub states: Vec<Now>,
    /// By audience: positions of calls that may have let it in, and that may have shut it out.
    pub openers: BTreeMap<String, BTreeSet<usize>>,
    pub closers: BTreeMap<String, BTreeSet<usize>>,
    /// Positions of calls that may have changed whether everyone gets in.
    pub turners: BTreeSet<usize>,
    /// What cannot be known for want of an order.
    pub problems: Vec<String>,
}

/// A state on the way: how many of the calls were made, as bits, and its position among those.
type Place = (usize, usize);

/// The ways through a second.
#[derive(Default)]
struct Ways {
    states: BTreeMap<usize, Vec<Now>>,
    /// From, the call, to.
    edges: Vec<(Place, usize, Place)>,
}

impl Ways {
    fn put(&mut self, made: usize, state: Now) -> Place {
        let all = self.states.entry(made).or_default();
        let at = all.iter().position(|it| *it == state).unwrap_or_else(|| {
            all.push(state);
            all.len() - 1
        });
        (made, at)
    }

    /// Every order that S3 lets happen, from every state; nothing where there are too many, or none.
    fn of(starts: &[Now], calls: &[Call], bucket: &str, strict: bool) -> Option<Self> {
        let mut out = Self::default();
        for it in starts {
            out.put(0, it.clone());
        }
        let all = (1_usize << calls.len()) - 1;
        for made in 0..=all {
            let states = out.states.get(&made).cloned().unwrap_or_default();
            for (at, state) in states.iter().enumerate() {
                for (call, it) in calls.iter().enumerate().filter(|(call, _)| made & (1 << call) == 0) {
                    if strict && it.certain && !is_possible(state, &it.event, calls, made, bucket) {
                        continue;
                    }
                    let next = made | (1 << call);
                    let mut after = state.clone();
                    after.apply(&it.event);
                    let to = out.put(next, after);
                    out.edges.push(((made, at), call, to));
                    if !it.certain {
                        let to = out.put(next, state.clone());
                        out.edges.push(((made, at), call, to));
                    }
                }
            }
            if MOST_STATES < out.states.values().map(Vec::len).sum() {
                return None;
            }
        }
        out.keep_whole(all).then_some(out)
    }

    /// Leaves the ways that reach the end; whether there is one.
    fn keep_whole(&mut self, all: usize) -> bool {
        let ends = self.states.get(&all).map_or(0, Vec::len);
        let mut whole: BTreeSet<Place> = (0..ends).map(|it| (all, it)).collect();
        // What is made only grows: an edge stands behind those that lead to it.
        let mut edges = std::mem::take(&mut self.edges);
        edges.sort_by_key(|it| std::cmp::Reverse(it.0.0));
        edges.retain(|(from, _, to)| {
            let keeps = whole.contains(to);
            if keeps {
                whole.insert(*from);
            }
            keeps
        });
        self.edges = edges;
        0 < ends
    }

    /// Whether one of the states before may end in several.
    fn parts(&self, all: usize) -> bool {
        let mut on: BTreeMap<Place, Vec<Place>> = BTreeMap::new();
        for (from, _, to) in &self.edges {
            on.entry(*from).or_default().push(*to);
        }
        (0..self.states.get(&0).map_or(0, Vec::len)).any(|start| {
            let (mut next, mut seen) = (vec![(0, start)], BTreeSet::new());
            while let Some(place) = next.pop() {
                if seen.insert(place) {
                    next.extend(on.get(&place).into_iter().flatten());
                }
            }
            1 < seen.range((all, 0)..).count()
        })
    }

    fn at(&self, place: Place) -> Option<&Now> {
        self.states.get(&place.0)?.get(place.1)
    }
}

/// What the calls of a second do to a bucket that is in one of several states.
pub(super) fn pass(starts: &[Now], calls: &[Call], bucket: &str, verdict: &mut dyn FnMut(&Now) -> Verdict) -> Second {
    if MOST_CALLS < calls.len() {
        return by_id(starts, calls);
    }
    let mut strict = Ways::of(starts, calls, bucket, true);
    let mut contradicted = Vec::new();
    if strict.is_none() {
        let (relaxed, problems) = doubt::relaxed(starts, calls, bucket);
        if !problems.is_empty() {
            strict = Ways::of(&relaxed, calls, bucket, true);
            contradicted = problems;
        }
    }
    let is_strict = strict.is_some();
    let Some(ways) = strict.or_else(|| Ways::of(starts, calls, bucket, false)) else {
        return by_id(starts, calls);
    };
    let mut out = Second { problems: contradicted, ..Second::default() };
    let last = (1_usize << calls.len()) - 1;
    out.states = ways.states.get(&last).cloned().unwrap_or_default();
    let before = Verdict::of_all(starts.iter().map(&mut *verdict).collect());
    let after = Verdict::of_all(out.states.iter().map(&mut *verdict).collect());
    let mut seen: BTreeMap<Place, Verdict> = BTreeMap::new();
    let mut between = BTreeSet::new();
    for (from, call, to) in &ways.edges {
        for place in [from, to] {
            if !seen.contains_key(place)
                && let Some(state) = ways.at(*place)
            {
                seen.insert(*place, verdict(state));
            }
        }
        let (Some(a), Some(b)) = (seen.get(from), seen.get(to)) else { continue };
        if a.public != b.public {
            out.turners.insert(*call);
        }
        for who in a.all().chain(b.all()) {
            match (a.level(who), b.level(who)) {
                (had, has) if had < has => {
                    out.openers.entry(who.clone()).or_default().insert(*call);
                }
                (had, 0) if 0 < had => {
                    out.closers.entry(who.clone()).or_default().insert(*call);
                }
                _ => {}
            }
            // Who may have access before or after has a window that says so.
            if before.level(who).max(after.level(who)) == 0 && 0 < b.level(who) {
                between.insert(who.clone());
            }
        }
    }
    if calls.len() < 2 {
        return out;
    }
    let Some(time) = calls.first().map(|it| it.event.time) else { return out };
    let names = names(calls);
    if !between.is_empty() {
        let who: Vec<&str> = between.iter().map(String::as_str).collect();
        out.problems.push(format!(
            "{time}: {names} have the same second, and in some order of them {} had access in between, for less than a second: which \
             order it was is not known",
            who.join(", ")
        ));
    }
    // Each state by itself: two that were there before are no news.
    let news = is_strict && calls.iter().all(|it| it.certain) && ways.parts(last);
    if news {
        out.problems.push(differs(time, &names, &out.states));
    }
    out
}

fn names(calls: &[Call]) -> String {
    let all: Vec<String> = calls.iter().map(|it| format!("{} by {}", it.event.name, it.event.actor)).collect();
    all.join(" and ")
}

fn differs(time: Time, names: &str, states: &[Now]) -> String {
    let which = differing(states);
    format!(
        "{time}: {names} have the same second, and which came last is not known: neither is {} afterwards",
        which.into_iter().collect::<Vec<_>>().join(", ")
    )
}

/// Features that are not the same in all states.
fn differing(states: &[Now]) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let Some((first, rest)) = states.split_first() else { return out };
    for other in rest {
        let of = |it: &(&String, &State)| first.features.get(it.0) != Some(it.1);
        out.extend(other.features.iter().filter(of).map(|it| it.0.clone()));
        out.extend((first.account != other.account).then(|| "the account's Block Public Access".to_owned()));
        out.extend((first.exists != other.exists).then(|| "whether the bucket exists".to_owned()));
    }
    out
}

/// Several states as one: what they do not agree on is not known.
pub(super) fn merged(states: &[Now]) -> Now {
    let Some((first, rest)) = states.split_first() else { return Now::unknown() };
    let mut out = first.clone();
    let unsure = || {
        State::unknown(
            SAME_SECOND,
            "it depends on which of several calls of one second came last, or on one whose bucket is not said",
        )
    };
    for other in rest {
        for (name, state) in &mut out.features {
            if other.features.get(name) != Some(state) {
                *state = unsure();
            }
        }
        if out.account != other.account {
            out.account = unsure();
        }
        out.exists |= other.exists;
        out.is_known &= other.is_known;
    }
    out
}

/// Too many to be tried in every order: one order, and what two of them set differently is not known.
fn by_id(starts: &[Now], calls: &[Call]) -> Second {
    let mut out = Second::default();
    for start in starts {
        let mut state = start.clone();
        let mut set: BTreeMap<&str, Vec<State>> = BTreeMap::new();
        for it in calls {
            if let Some(feature) = state.apply(&it.event) {
                let now = match feature {
                    "account" => state.account.clone(),
                    _ => state.features.get(feature).cloned().unwrap_or_default(),
                };
                set.entry(feature).or_default().push(now);
            }
        }
        for (feature, all) in set {
            if all.windows(2).any(|pair| pair.first() != pair.last()) {
                let unsure = State::unknown(SAME_SECOND, "which of several calls of one second came last is not known");
                match feature {
                    "account" => state.account = unsure,
                    _ => drop(state.features.insert(feature.to_owned(), unsure)),
                }
            }
        }
        out.states.push(state);
    }
    if let Some(time) = calls.first().map(|it| it.event.time) {
        out.problems.push(format!(
            "{time}: {} calls have the same second, too many to try in every order: what came of them is not known",
            calls.len()
        ));
    }
    out
}

/// Whether S3 would have let a call succeed in a state: what is not there takes none, and what is blocked is refused.
fn is_possible(now: &Now, event: &Event, calls: &[Call], made: usize, bucket: &str) -> bool {
    let is_of_bucket = !event.name.contains("Account");
    if !is_of_bucket {
        return true;
    }
    let creates = event.name == "CreateBucket";
    if now.is_known && !now.exists && !creates {
        return false;
    }
    // Who sets up a bucket makes it first.
    let is_made_later =
        calls.iter().enumerate().any(|(at, it)| made & (1 << at) == 0 && it.event.name == "CreateBucket");
    if !now.is_known && is_made_later && !creates && event.name != "DeleteBucket" {
        return false;
    }
    let mut after = now.clone();
    let set = after.apply(event);
    let on = |key: &str| {
        let states = [now.features.get("public_access_block"), Some(&now.account)];
        states
            .into_iter()
            .flatten()
            .any(|it| canonical("public_access_block", it.value()).get(key) == Some(&Json::Bool(true)))
    };
    let value = set.and_then(|it| after.features.get(it)).and_then(State::value);
    match set {
        Some("policy") if event.name.starts_with("Put") => !(on("BlockPublicPolicy") && is_public(value, bucket)),
        Some("acl") if event.name == "PutBucketAcl" => {
            !(doubt::is_enforced(now) || on("BlockPublicAcls") && doubt::is_for_everyone(value))
        }
        Some("versioning") => !(doubt::suspends(&after) && doubt::held(now).is_some()),
        // <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-error-responses.html>
        Some("ownership") => {
            let acl = now.features.get("acl").and_then(State::value);
            !(doubt::is_enforced(&after) && doubt::is_for_everyone(acl))
        }
        _ => true,
    }
}

/// Whether S3 calls a policy public.
pub(super) fn is_public(policy: Option<&Json>, bucket: &str) -> bool {
    status(policy, bucket).is_some_and(|it| it.1.public == Truth::Yes)
}

/// Why S3 calls a policy public that lets in those only whom a condition names.
pub(super) fn confined(policy: Option<&Json>, bucket: &str) -> Option<String> {
    let (policy, status) = status(policy, bucket)?;
    let is_bare = |at: usize| policy.statements.iter().any(|it| it.index == at && it.conditions.is_empty());
    let mut public = status.statements.iter().filter(|it| it.public == Truth::Yes);
    let first = public.next()?;
    (!is_bare(first.index) && !public.any(|it| is_bare(it.index))).then(|| first.reason.clone())
}

fn status(policy: Option<&Json>, bucket: &str) -> Option<(Policy, PublicStatus)> {
    let text = policy?.get("Policy")?.as_str()?;
    let Value::Known(policy) = policy::parse(&Val::string(text, Origin::default())).value else { return None };
    let context = Context { bucket: BucketId { entity: None, name: Some(SymStr::text(bucket)) }, ..Context::default() };
    let status = policy::public_status(&policy, &context);
    Some((policy, status))
}
