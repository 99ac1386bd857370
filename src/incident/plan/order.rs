//! The order of steps, checked by the policy engine: no prefix of the plan gives access that neither the bucket as it is nor the
//! bucket as it should be gives, and what is open to everyone or grants control only shrinks until the steps that loosen.

use std::path::Path;

use crate::frontend::live::{BucketRecord, Live, Options as LiveOptions, Snapshot, State};
use crate::model::Estate;
use crate::policy::{Audience, Grant, Power};
use crate::source::{Memory, Sources};
use crate::value::Truth;

use super::super::diff::{AccessChange, canonical, more, permits};
use super::super::said::{self, Sayings};
use super::super::side::Subject;
use super::between;
use super::preflight::is_public_policy;
use super::steps::applied;
use super::{ACCOUNT, Around, Ask, Step, points};

/// What came of ordering.
pub(super) struct Ordered {
    pub steps: Vec<Step>,
    pub warnings: Vec<String>,
    pub effects: Vec<String>,
}

/// A bucket after some of the steps.
#[derive(Clone, Debug)]
pub struct Stage {
    snapshot: Snapshot,
    name: String,
}

impl Stage {
    /// The bucket as it is.
    #[must_use]
    pub fn start(ask: &Ask<'_>) -> Self {
        Self::of(ask.bucket, ask.live, ask.around)
    }

    /// A bucket with what stands around it.
    #[must_use]
    pub fn of(bucket: &str, record: &BucketRecord, around: &Around) -> Self {
        let mut snapshot = Snapshot::new("stage");
        snapshot.accounts.clone_from(&around.accounts);
        snapshot.access_points.clone_from(&around.points.all);
        let mut record = record.clone();
        record.evidence.clear();
        snapshot.buckets.insert(bucket.to_owned(), record);
        Self { snapshot, name: bucket.to_owned() }
    }

    /// The bucket after a step.
    #[must_use]
    pub fn after(&self, step: &Step) -> Self {
        let mut next = self.clone();
        let state = applied(step).map_or_else(State::absent, State::set);
        if let Some(name) = points::of_feature(&step.feature) {
            let policy = step.sends.as_ref().map(|it| serde_json::json!({ "Policy": it.to_string() }));
            let state = policy.map_or_else(State::absent, State::set);
            let points = next.snapshot.access_points.iter_mut().filter(|it| it.name == name);
            points.for_each(|it| it.policy = state.clone());
            return next;
        }
        if step.feature == ACCOUNT {
            next.snapshot.accounts.values_mut().for_each(|it| it.public_access_block = state.clone());
            return next;
        }
        if let Some(record) = next.snapshot.buckets.get_mut(&self.name) {
            record.features.insert(step.feature.clone(), state);
        }
        next
    }

    /// The bucket's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The state of a feature.
    pub(super) fn feature(&self, name: &str) -> Option<&State> {
        self.snapshot.buckets.get(&self.name)?.features.get(name)
    }

    /// Account-wide Block Public Access.
    pub(super) fn account_blocks(&self) -> impl Iterator<Item = &State> {
        self.snapshot.accounts.values().map(|it| &it.public_access_block)
    }

    /// Whether Block Public Access of the bucket would refuse a step.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
    fn refuses(&self, step: &Step) -> bool {
        if let Some(name) = points::of_feature(&step.feature) {
            let point = self.snapshot.access_points.iter().find(|it| it.name == name);
            return point.is_some_and(|it| points::refuses(it, step.sends.as_ref()));
        }
        let features = self.snapshot.buckets.get(&self.name).map(|it| &it.features);
        let block = canonical("public_access_block", features.and_then(|it| it.get("public_access_block")?.value()));
        let on = |key: &str| block.get(key) == Some(&serde_json::Value::Bool(true));
        match step.feature.as_str() {
            "policy" => {
                on("BlockPublicPolicy") && step.sends.as_ref().is_some_and(|it| is_public_policy(it, &self.name))
            }
            "acl" => {
                let everyone = |it: &serde_json::Value| {
                    it.as_str().is_some_and(|it| it.starts_with("AllUsers") || it.starts_with("AuthenticatedUsers"))
                };
                on("BlockPublicAcls") && step.after.as_array().is_some_and(|it| it.iter().any(everyone))
            }
            _ => false,
        }
    }

    /// The model and what is said, for comparing.
    #[must_use]
    pub fn subject(&self) -> Subject<'static> {
        let (estate, sayings) = self.model();
        Subject::alone(estate, sayings)
    }

    fn model(&self) -> (Estate, Sayings) {
        let sayings = self.snapshot.buckets.get(&self.name).map(said::of_record).unwrap_or_default();
        let sources = Sources::new(Box::new(Memory::default()));
        let file = sources.add(Path::new("stage"), self.snapshot.to_json());
        let text = sources.text(file);
        let estate = match Live::new(&sources, file, &text, LiveOptions::default()) {
            Ok(live) => live.estate_of(&self.name).0,
            Err(_) => Estate::default(),
        };
        (estate, sayings)
    }
}

/// Whether a change is about people whom nobody named.
#[must_use]
pub fn is_public(it: &AccessChange) -> bool {
    matches!(it.audience, Audience::Anonymous | Audience::AnyAccount)
        || it.audience == Audience::Service("*".to_owned())
}

/// Orders the steps: each time the first in order of containment that opens nothing; what must open something comes last.
pub(super) fn order(ask: &Ask<'_>, mut left: Vec<Step>) -> Result<Ordered, Vec<String>> {
    let start = Stage::start(ask);
    let before = start.subject();
    let mut end = start.clone();
    for step in &left {
        end = end.after(step);
    }
    let desired = end.subject();
    let ends = Ends { before: &before, desired: &desired, start: &start, end: &end };
    let compare = |new: &Subject<'_>, old: &Subject<'_>| more(ask.bucket, new, Some(old), ask.options);
    // Where nothing is public, Block Public Access closes nothing: the policy goes first.
    if !compare_all(&before, ask).iter().any(is_public) {
        left.sort_by_key(|it| usize::from(it.feature != "policy"));
    }
    let mut out: Vec<Step> = Vec::new();
    let (mut now, mut stage) = (start.subject(), start.clone());
    let mut refused = Vec::new();
    let mut unproved = std::collections::BTreeSet::new();
    let own = ask.options.own_account.as_deref().or(ask.live.account.as_deref());
    while !left.is_empty() {
        let mut found = None;
        for (at, step) in left.iter().enumerate() {
            let next = stage.after(step);
            let waits = step.feature == "acl" && waits_for_ownership(&left);
            if gives_up_a_guard(step) || waits || stage.refuses(step) {
                continue;
            }
            if !touches_access(step) {
                found = Some((at, next, None));
                break;
            }
            let subject = next.subject();
            let gains = compare(&subject, &now);
            let opens = gains.iter().any(|it| is_public(it) || it.power == Power::Control);
            if !opens && !between::opens(&next, &stage, own) {
                found = Some((at, next, Some(subject)));
                break;
            }
        }
        let loosens = found.is_none();
        let (at, next, subject) = match found {
            Some((at, next, subject)) => {
                let subject = subject.unwrap_or_else(|| next.subject());
                (at, next, subject)
            }
            None => loosening(ask, &left, &stage, &ends)?,
        };
        if let Some(stray) = stray(ask, &subject, &next, &ends) {
            return Err(vec![strayed(left.get(at), &stray)]);
        }
        if left.get(at).is_some_and(touches_access) {
            unproved.extend(unsure(between::beyond(&next, &start, &end, own)));
        }
        let mut step = left.remove(at);
        step.loosens = loosens;
        step.id = format!("S{}", out.len() + 1);
        if loosens && !ask.allow_loosen {
            refused.push(format!(
                "the step for {} opens something or takes a guard away; say --allow-loosen if that is meant, or leave it out with --only",
                step.feature
            ));
        }
        out.push(step);
        now = subject;
        stage = next;
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    let mut effects = Vec::new();
    let mut warnings: Vec<String> = unproved
        .into_iter()
        .map(|why| format!("that every step stays between both ends is held to examples only, for {why}"))
        .collect();
    for (verb, changes) in [("takes", compare(&before, &now)), ("gives", compare(&now, &before))] {
        for it in changes {
            let sure = if it.holds == Truth::Yes { verb } else { "may change" };
            effects.push(format!("{sure} {} of {} through {}", it.power.as_str(), who(&it.audience), it.via));
        }
    }
    for it in compare_all(&now, ask).iter().filter(|it| is_public(it)) {
        warnings.push(format!(
            "after all steps {} is still open to {} through {}",
            it.power.as_str(),
            who(&it.audience),
            it.via
        ));
    }
    Ok(Ordered { steps: out, warnings, effects })
}

/// A step with what the bucket is after it.
type Next = (usize, Stage, Subject<'static>);

/// The first step that must open something and leaves the bucket between both ends.
fn loosening(ask: &Ask<'_>, left: &[Step], stage: &Stage, ends: &Ends<'_>) -> Result<Next, Vec<String>> {
    // S3 refuses a public policy while BlockPublicPolicy is on, and ACLs while they are off.
    let first = ["public_access_block", "ownership", "acl", "policy"];
    let rank = |it: &Step| first.iter().position(|name| *name == it.feature).unwrap_or(first.len());
    let mut at: Vec<usize> = (0..left.len()).collect();
    at.sort_by_key(|at| left.get(*at).map(rank));
    let mut refused = Vec::new();
    for at in at {
        let Some(step) = left.get(at) else { continue };
        let next = stage.after(step);
        let subject = next.subject();
        match stray(ask, &subject, &next, ends) {
            None if stage.refuses(step) && refused.len() + 1 < left.len() => {
                refused.push(format!("S3 refuses the step for {} while Block Public Access is as it is", step.feature));
            }
            None => return Ok((at, next, subject)),
            Some(stray) => refused.push(strayed(Some(step), &stray)),
        }
    }
    Err(refused)
}

/// What keeps a step from being decided for every request.
fn unsure(found: Result<Vec<Grant>, String>) -> Option<String> {
    match found {
        Ok(found) => found.iter().find(|it| it.holds == Truth::Unknown).map(|it| {
            let why = it.why.as_ref().map_or_else(|| "a part of it is not known".to_owned(), ToString::to_string);
            format!("{} of {} is undecided: {why}", it.power.as_str(), who(&it.audience))
        }),
        Err(why) => Some(why),
    }
}

fn strayed(step: Option<&Step>, stray: &str) -> String {
    format!(
        "after the step for {} the bucket would give access that it neither gives now nor should give: {stray}; \
         change the features one by one with --only",
        step.map_or("a feature", |it| it.feature.as_str())
    )
}

/// Everything that a bucket gives to outsiders.
fn compare_all(subject: &Subject<'_>, ask: &Ask<'_>) -> Vec<AccessChange> {
    more(ask.bucket, subject, None, ask.options)
}

/// Whether ACLs are off until a later step.
fn waits_for_ownership(left: &[Step]) -> bool {
    left.iter().any(|it| it.feature == "ownership" && it.before == "BucketOwnerEnforced")
}

/// Whether a step is about who gets in.
pub(super) fn touches_access(step: &Step) -> bool {
    matches!(step.feature.as_str(), ACCOUNT | "public_access_block" | "policy" | "acl" | "ownership")
        || points::of_feature(&step.feature).is_some()
}

/// Whether a step turns a setting of Block Public Access on, and none off.
pub(super) fn closes(step: &Step) -> bool {
    !gives_up_a_guard(step)
}

/// A setting of Block Public Access turned off, ACLs turned on: nothing may come of it now, but a guard is gone.
fn gives_up_a_guard(step: &Step) -> bool {
    match step.feature.as_str() {
        "public_access_block" => {
            let on =
                |it: &serde_json::Value, key: &str| it.get(key).and_then(serde_json::Value::as_bool).unwrap_or(false);
            let keys = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
            keys.iter().any(|key| on(&step.before, key) && !on(&step.after, key))
        }
        "ownership" => step.before == "BucketOwnerEnforced" && step.after != "BucketOwnerEnforced",
        _ => false,
    }
}

/// Both ends of a plan: what is compared, and the stage that it is made from.
struct Ends<'a> {
    before: &'a Subject<'a>,
    desired: &'a Subject<'a>,
    start: &'a Stage,
    end: &'a Stage,
}

/// Access in a stage that neither end has: decided for every request of policy, ACL and settings together, and by the examples of
/// both differences for what comes through access points and for what is not wholly known.
fn stray(ask: &Ask<'_>, stage: &Subject<'_>, at: &Stage, ends: &Ends<'_>) -> Option<String> {
    let own = ask.options.own_account.as_deref().or(ask.live.account.as_deref());
    if let Some(found) = between::beyond(at, ends.start, ends.end, own).ok().and_then(|it| between::certain(&it)) {
        return Some(found);
    }
    let (before, desired) = (ends.before, ends.desired);
    let beyond_before = more(ask.bucket, stage, Some(before), ask.options);
    let beyond_desired = more(ask.bucket, stage, Some(desired), ask.options);
    for it in &beyond_before {
        let alike = |other: &&AccessChange| other.audience == it.audience && other.power == it.power;
        for other in beyond_desired.iter().filter(alike) {
            let options = stage.options(ask.options, None);
            let given = |by: &Subject<'_>, it: &AccessChange| {
                it.witness.as_ref().is_some_and(|it| permits(by, it, &options) == Truth::Yes)
            };
            if !given(desired, it) || !given(before, other) {
                return Some(format!("{} for {} through {}", it.power.as_str(), who(&it.audience), it.via));
            }
        }
    }
    None
}

fn who(audience: &Audience) -> String {
    match audience {
        Audience::Anonymous => "anyone".to_owned(),
        Audience::AnyAccount => "any AWS account".to_owned(),
        Audience::Account(who) | Audience::Service(who) => who.clone(),
    }
}
