//! The order of steps, checked by the policy engine: no prefix of the plan gives access that neither the bucket as it is nor the
//! bucket as it should be gives, and what is open to everyone or grants control only shrinks until the steps that loosen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::frontend::live::{BucketRecord, Live, Options as LiveOptions, Snapshot, State};
use crate::model::Estate;
use crate::policy::{Audience, Grant, Power};
use crate::source::{Memory, Sources};
use crate::value::Truth;

use super::super::diff::{AccessChange, canonical, is_by_own_point, is_own, more, permits};
use super::super::said::{self, Sayings};
use super::super::side::Subject;
use super::between;
use super::preflight::is_public_policy;
use super::search::Search;
use super::steps::applied;
use super::{ACCOUNT, Around, Ask, Step, guards, points};

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
            let id = self.account().to_owned();
            next.snapshot.accounts.entry(id).or_default().public_access_block = state;
            return next;
        }
        if let Some(record) = next.snapshot.buckets.get_mut(&self.name) {
            record.features.insert(step.feature.clone(), state);
        }
        next
    }

    /// The bucket's record.
    pub(super) fn record(&self) -> BucketRecord {
        self.snapshot.buckets.get(&self.name).cloned().unwrap_or_default()
    }

    /// The bucket's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The state of a feature.
    pub(super) fn feature(&self, name: &str) -> Option<&State> {
        self.snapshot.buckets.get(&self.name)?.features.get(name)
    }

    /// Whose the bucket is, as accounts are called in the snapshot.
    fn account(&self) -> &str {
        self.snapshot.buckets.get(&self.name).and_then(|it| it.account.as_deref()).unwrap_or_default()
    }

    /// Account-wide Block Public Access of the bucket's own account: that of others says nothing of it.
    pub(super) fn account_block(&self) -> Option<&State> {
        self.snapshot.accounts.get(self.account()).map(|it| &it.public_access_block)
    }

    /// Whose Block Public Access has a setting on: the bucket's, the account's, or both.
    pub(super) fn holders(&self, key: &str) -> Vec<&'static str> {
        let on = |state: Option<&State>| {
            let block = canonical("public_access_block", state.and_then(State::value));
            block.get(key) == Some(&serde_json::Value::Bool(true))
        };
        let all = [("the bucket", self.feature("public_access_block")), ("the account", self.account_block())];
        all.into_iter().filter(|it| on(it.1)).map(|it| it.0).collect()
    }

    /// Whether S3 refuses public policies at this stage.
    #[must_use]
    pub fn blocks_public_policy(&self) -> bool {
        !self.holders("BlockPublicPolicy").is_empty()
    }

    /// Why S3 would refuse a step at this stage, and what to do; nothing where it takes it, or where that is not known.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>,
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
    pub(super) fn refusal(&self, step: &Step) -> Option<String> {
        if let Some(name) = points::of_feature(&step.feature) {
            let point = self.snapshot.access_points.iter().find(|it| it.name == name)?;
            let mut holders = self.holders("BlockPublicPolicy");
            holders.extend(points::blocks_public(point).then_some("the access point"));
            let is_public = points::is_public(point, step.sends.as_ref());
            return holders.first().filter(|_| is_public).map(|it| blocked(step, "BlockPublicPolicy", it));
        }
        match step.feature.as_str() {
            "policy" => {
                let holders = self.holders("BlockPublicPolicy");
                let holder = holders.first()?;
                let is_public = step.sends.as_ref().is_some_and(|it| is_public_policy(it, &self.name));
                is_public.then(|| blocked(step, "BlockPublicPolicy", holder))
            }
            "acl" if self.is_enforced() => Some(
                "S3 refuses the step for acl while Object Ownership is BucketOwnerEnforced: change ownership too, or leave acl out"
                    .to_owned(),
            ),
            "acl" => {
                let holders = self.holders("BlockPublicAcls");
                holders.first().filter(|_| is_public_acl(step)).map(|it| blocked(step, "BlockPublicAcls", it))
            }
            "ownership" if step.after == "BucketOwnerEnforced" => {
                let acl = canonical("acl", self.feature("acl").and_then(State::value));
                acl.as_array().is_some_and(|it| !it.is_empty()).then(|| {
                    format!(
                        "S3 refuses the step for ownership while the ACL grants to others ({acl}): make the ACL private in what should \
                         be, or do not leave acl out"
                    )
                })
            }
            _ => None,
        }
    }

    fn is_enforced(&self) -> bool {
        let state = self.feature("ownership").and_then(State::value);
        state.is_some() && canonical("ownership", state) == "BucketOwnerEnforced"
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

/// Whether a step sets an ACL that AWS calls public.
pub(super) fn is_public_acl(step: &Step) -> bool {
    let everyone = |it: &serde_json::Value| {
        it.as_str().is_some_and(|it| it.starts_with("AllUsers") || it.starts_with("AuthenticatedUsers"))
    };
    step.feature == "acl" && step.after.as_array().is_some_and(|it| it.iter().any(everyone))
}

/// What is said of a step that a setting of Block Public Access blocks.
pub(super) fn blocked(step: &Step, key: &str, holder: &str) -> String {
    let remedy = match holder {
        "the bucket" => "turn the setting off in what should be",
        "the account" => {
            "turn it off by hand for the whole account (`aws s3control put-public-access-block`) if that is meant"
        }
        _ => "make the access point again without it",
    };
    format!(
        "what the step for {} sends is public, and {key} of {holder} is on: S3 refuses it; {remedy}, mend what should be, or leave the \
         feature out",
        step.feature
    )
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
    let mut refused = Vec::new();
    let mut unproved = BTreeSet::new();
    for taken in Search::new(ask, &left, &ends).run()? {
        let Some(mut step) = left.get(taken.at).cloned() else { continue };
        step.loosens = taken.loosens;
        step.id = format!("S{}", out.len() + 1);
        unproved.extend(taken.unproved);
        let own = ask.options.own_account.as_deref().or(ask.live.account.as_deref());
        let guard = guards::lost(&step, ask.bucket, own);
        if let Some(guard) = &guard {
            step.reason = format!("takes a guard away: {guard}");
        }
        if step.loosens && !ask.allow_loosen {
            refused.push(loosened(ask, &step, guard, (&desired, &before)));
        }
        out.push(step);
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    let mut effects = Vec::new();
    let mut warnings: Vec<String> = unproved
        .into_iter()
        .map(|why| format!("that every step stays between both ends is held to examples only, for {why}"))
        .collect();
    let closing = out.iter().filter(|it| touches_access(it)).all(only_closes);
    let gives = if closing { Vec::new() } else { compare(&desired, &before) };
    for (verb, changes) in [("takes", compare(&before, &desired)), ("gives", gives)] {
        for it in changes {
            let sure = if it.holds == Truth::Yes { verb } else { "may change" };
            effects.push(format!("{sure} {} of {} through {}", it.power.as_str(), who(&it.audience), via(ask, &it)));
        }
    }
    for it in compare_all(&desired, ask).iter().filter(|it| is_public(it)) {
        let is = if it.holds == Truth::Yes { "is still" } else { "may still be" };
        warnings.push(format!(
            "after all steps {} {is} open to {} through {}",
            it.power.as_str(),
            who(&it.audience),
            via(ask, it)
        ));
    }
    if ask.is_containment() {
        warnings.extend(left_in(ask, &desired));
    }
    if !ask.is_containment() && stays_open(ask, &out, &desired) {
        warnings.push(
            "the bucket policy should be as it is now, and it lets in everyone, or grants control to others: where the policy is what \
             was tampered with, what should be was taken after that, or leaves it as it is"
                .to_owned(),
        );
    }
    Ok(Ordered { steps: out, warnings, effects })
}

/// Whom containment leaves in who is neither the public nor at home: Block Public Access is not about them.
fn left_in(ask: &Ask<'_>, desired: &Subject<'_>) -> Vec<String> {
    let own = ask.options.own_account.as_deref().or(ask.live.account.as_deref());
    let is_outside = |it: &&AccessChange| matches!(&it.audience, Audience::Account(who) if !is_own(who, own));
    let mut found: BTreeMap<(String, String, Truth), BTreeSet<&str>> = BTreeMap::new();
    // Whom known access points let in is found by itself.
    let points = &ask.around.points;
    let is_told = points.claims_all && points.all.iter().all(|it| !it.policy.is_unknown());
    let is_outside = |it: &&AccessChange| is_outside(it) && !(is_told && is_by_own_point(it, desired, own));
    for it in compare_all(desired, ask).iter().filter(is_outside) {
        found.entry((who(&it.audience), via(ask, it), it.holds)).or_default().insert(it.power.as_str());
    }
    let told = found.into_iter().map(|((who, via, holds), powers)| {
        let powers: Vec<&str> = powers.into_iter().collect();
        let has = if holds == Truth::Yes { "still has" } else { "may still have" };
        format!(
            "after all steps {who} {has} {} through {via}, which this level leaves: take it out by hand, or use --level quarantine",
            powers.join(", ")
        )
    });
    told.collect()
}

/// Why a step is not taken that opens something.
fn loosened(
    ask: &Ask<'_>,
    step: &Step,
    guard: Option<String>,
    (desired, before): (&Subject<'_>, &Subject<'_>),
) -> String {
    let gains: Vec<String> = more(ask.bucket, desired, Some(before), ask.options)
        .iter()
        .filter(|it| is_public(it) || it.power == Power::Control)
        .map(|it| {
            let sure = if it.holds == Truth::Yes { "gives" } else { "may give" };
            format!("it {sure} {} to {} through {}", it.power.as_str(), who(&it.audience), via(ask, it))
        })
        .collect();
    let what = match (guard, gains.is_empty()) {
        (Some(guard), true) => format!("takes a guard away: {guard}"),
        (Some(guard), false) => format!("takes a guard away: {guard}; {}", gains.join("; ")),
        (None, false) => format!("opens something: {}", gains.join("; ")),
        (None, true) => "opens something or takes a guard away".to_owned(),
    };
    let how = match (ask.is_containment(), gains.is_empty()) {
        (false, _) => "say --allow-loosen if that is meant, or leave it out with --only",
        (true, true) => {
            "containment does not do that: see what is not known of the bucket, and collect it with a caller who may read it"
        }
        // S3 keeps others out of a public policy only while it is public.
        (true, false) => {
            "containment does not do that: Block Public Access keeps them out only as long as the policy is public; deny them too \
             (--deny-principal), use --level quarantine, or restore a policy that is known"
        }
    };
    format!("the step for {} {what}; {how}", step.feature)
}

/// Whether the policy that gives what nobody should have is the same before and after.
fn stays_open(ask: &Ask<'_>, steps: &[Step], desired: &Subject<'_>) -> bool {
    let is_said = matches!(ask.desired.get("policy"), Some(said::Said::Set(_)));
    let is_same = !steps.iter().any(|it| it.feature == "policy");
    let is_wide = |it: &AccessChange| is_public(it) || it.power == Power::Control;
    let by_policy = |it: &AccessChange| it.holds == Truth::Yes && it.via.starts_with("statement ") && is_wide(it);
    is_said
        && is_same
        && (ask.only.is_empty() || ask.only.iter().any(|it| it == "policy"))
        && compare_all(desired, ask).iter().any(by_policy)
}

/// Through what, with whose statement it is: many have no Sid.
fn via(ask: &Ask<'_>, it: &AccessChange) -> String {
    if it.via.starts_with("statement ") {
        format!("{} of the policy of {}", it.via, ask.bucket)
    } else {
        it.via.clone()
    }
}

/// What keeps a step from being decided for every request.
fn unsure(found: &Result<Vec<Grant>, String>) -> Option<String> {
    match found {
        Ok(found) => found.iter().find(|it| it.holds == Truth::Unknown).map(|it| {
            let why = it.why.as_ref().map_or_else(|| "a part of it is not known".to_owned(), ToString::to_string);
            format!("{} of {} is undecided: {why}", it.power.as_str(), who(&it.audience))
        }),
        Err(why) => Some(why.clone()),
    }
}

/// Why a step cannot stand where it was tried.
pub(super) fn strayed(step: &Step, stray: &str, hint: &str) -> String {
    format!(
        "after the step for {} the bucket would give access that it neither gives now nor should give: {stray}; \
         change the features one by one{hint}",
        step.feature
    )
}

/// Everything that a bucket gives to outsiders.
fn compare_all(subject: &Subject<'_>, ask: &Ask<'_>) -> Vec<AccessChange> {
    more(ask.bucket, subject, None, ask.options)
}

/// Whether ACLs are off until a later step.
pub(super) fn waits_for_ownership<'s>(mut left: impl Iterator<Item = &'s Step>) -> bool {
    left.any(|it| it.feature == "ownership" && it.before == "BucketOwnerEnforced")
}

/// Whether a step is about who gets in.
pub(super) fn touches_access(step: &Step) -> bool {
    matches!(step.feature.as_str(), ACCOUNT | "public_access_block" | "policy" | "acl" | "ownership")
        || points::of_feature(&step.feature).is_some()
}

/// Whether a step turns a setting of Block Public Access off.
pub(super) fn opens_block(step: &Step) -> bool {
    matches!(step.feature.as_str(), ACCOUNT | "public_access_block") && guards::lost(step, "", None).is_some()
}

/// Whether a step takes access away or leaves it, whatever else the bucket has: Block Public Access turned on, ACLs turned off,
/// grants taken out of an ACL. A policy's Deny is not one of them: it may go.
pub(super) fn only_closes(step: &Step) -> bool {
    match step.feature.as_str() {
        ACCOUNT | "public_access_block" => !opens_block(step),
        "ownership" => step.after == "BucketOwnerEnforced",
        "acl" => match (step.before.as_array(), step.after.as_array()) {
            (Some(before), Some(after)) => after.iter().all(|it| before.contains(it)),
            _ => false,
        },
        _ => false,
    }
}

/// Both ends of a plan: what is compared, and the stage that it is made from.
pub(super) struct Ends<'a> {
    pub before: &'a Subject<'a>,
    pub desired: &'a Subject<'a>,
    pub start: &'a Stage,
    pub end: &'a Stage,
}

/// What is found of a stage between both ends.
pub(super) struct Verdict {
    /// Access that neither end has.
    pub stray: Option<String>,
    /// What keeps it from being decided for every request.
    pub unproved: Option<String>,
}

/// Access in a stage that neither end has: decided for every request of policy, ACL and settings together, and by the examples of
/// both differences for what comes through access points and for what is not wholly known.
pub(super) fn verdict(ask: &Ask<'_>, stage: &Subject<'_>, at: &Stage, ends: &Ends<'_>) -> Verdict {
    let own = ask.options.own_account.as_deref().or(ask.live.account.as_deref());
    let found = between::beyond(at, ends.start, ends.end, own);
    let unproved = unsure(&found);
    let certain = found.ok().and_then(|it| between::certain(&it));
    Verdict { stray: certain.or_else(|| stray(ask, stage, ends)), unproved }
}

/// The same by examples.
fn stray(ask: &Ask<'_>, stage: &Subject<'_>, ends: &Ends<'_>) -> Option<String> {
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
                return Some(format!("{} for {} through {}", it.power.as_str(), who(&it.audience), via(ask, it)));
            }
        }
    }
    None
}

pub(super) fn who(audience: &Audience) -> String {
    match audience {
        Audience::Anonymous => "anyone".to_owned(),
        Audience::AnyAccount => "any AWS account".to_owned(),
        Audience::Service(who) if who == "*" => "AWS services".to_owned(),
        Audience::Account(who) | Audience::Service(who) => who.clone(),
    }
}
