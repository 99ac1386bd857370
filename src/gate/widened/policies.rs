//! Two policies of a bucket or an access point: what the one permits, or no longer refuses, that the other did not.

use std::borrow::Cow;

use crate::finding::Finding;
use crate::model::Bucket;
use crate::policy::{self, Context, Grant, Policy};
use crate::source::Span;
use crate::value::{Attr, Cause, Guard, Hole, Origin, Truth, Value};

use super::narrower::{self, Narrower, narrower};
use super::{Both, finding, names, pairs, refusals, shown, units, written};

/// Requests that the policy permits and did not permit, where both are known.
pub(super) fn gains(both: &Both<'_, '_>, found: &mut Vec<Finding>) -> Vec<Grant> {
    let (bucket, before) = (both.new, both.old);
    let none = nothing(&bucket.origin);
    let (new, old) = match (&bucket.policy.value, &before.policy.value) {
        (Value::Known(new), Value::Known(old)) => (new, old),
        (Value::Known(new), Value::Absent) => (new, &none),
        (Value::Absent, _) => return Vec::new(),
        (new, old) if is_same_unknown(new, old, both) => return Vec::new(),
        (new, old) if only_refuses(new) && refuses_as_much(new, old, both) => return Vec::new(),
        _ => {
            found.push(unknown(bucket, before));
            return Vec::new();
        }
    };
    let old = &units::followed(old, new, both);
    let (new, old) = names::compared(new, old, both);
    let Narrower { policy: new, places } = narrower(&new, &old, both);
    let new = &new;
    let mut gains = policy::permits_more(new, &old, &both.context);
    for (guess, why) in names::guesses(new, &old, both) {
        let still = policy::permits_more(new, &guess, &both.context);
        let is_it = |a: &Grant, b: &Grant| {
            (&a.audience, a.power, a.statement) == (&b.audience, b.power, b.statement) && b.holds == Truth::Yes
        };
        for gain in gains.iter_mut().filter(|it| it.holds == Truth::Yes && !still.iter().any(|own| is_it(it, own))) {
            (gain.holds, gain.why) = (Truth::Unknown, Some(why.clone()));
        }
    }
    // What is not known of the one stands for what is not known of the other, where it is written alike.
    let is_new = before.policy.is_absent() && only_refuses(&bucket.policy.value);
    // Without what only limits, and is not known, no more is permitted either than what was all known.
    let is_limit = || {
        let widest = widest(new);
        let is_less = || policy::permits_more(&widest, &old, &both.context).is_empty();
        is_fixed(&old, bucket) && !written::is_partly_known(&widest) && is_less()
    };
    let is_other =
        || written::is_partly_known(new) && !is_limit() && both.is_rewritten_but_for(&narrower::all_of(&places, both));
    if gains.is_empty() && !is_new && (both.has_choices() || is_other()) {
        found.push(unknown(bucket, before));
    }
    found.extend(gains.iter().map(|it| gained(bucket, it, "which it did not before")));
    gains
}

/// A policy of before in the words of now.
fn renamed<'a>(policy: &'a Policy, now: &Bucket, before: &Bucket) -> Cow<'a, Policy> {
    match now.address == before.address {
        true => Cow::Borrowed(policy),
        false => Cow::Owned(pairs::renamed(policy, &before.address, &now.address)),
    }
}

/// What the policy permits at all.
pub(super) fn given(bucket: &Bucket, context: &Context, found: &mut Vec<Finding>) {
    match &bucket.policy.value {
        Value::Known(new) => {
            let gains = policy::permits_more(new, &nothing(&bucket.origin), context);
            found.extend(gains.iter().map(|it| gained(bucket, it, "which nothing did before")));
        }
        Value::Absent => (),
        Value::Unknown(_) | Value::OneOf(..) => found.push(unknown(bucket, bucket)),
    }
}

/// The finding that nobody knows whether a policy permits more.
fn unknown(bucket: &Bucket, old: &Bucket) -> Finding {
    let message = format!("{}: whether its policy permits more than before is not known", bucket.address);
    // Where it is deployed is open in most code, and seldom what has changed.
    let whys = [bucket, old].into_iter().flat_map(written::whys);
    let why = whys.min_by_key(|it| it.cause() == Cause::Deployment);
    finding(bucket.into(), "policy", message, bucket.policy.origin.span, Truth::Unknown, None, why)
}

fn gained(bucket: &Bucket, gain: &Grant, than: &str) -> Finding {
    let what = gain.witness.as_ref().map_or_else(|| "more".to_owned(), shown);
    let message = format!("{}: the policy now permits {what}, {than}", bucket.address);
    let key = format!("policy {:?} {:?}", gain.audience, gain.power);
    let origin = if gain.origin == Origin::default() { &bucket.policy.origin } else { &gain.origin };
    finding(bucket.into(), &key, message, origin.span, gain.holds, gain.witness.clone(), gain.why.as_ref())
}

/// What the policy refused and does not refuse any more, though it permits it nobody. `gains` are what it permits and did not.
pub(super) fn refused(both: &Both<'_, '_>, gains: &[Grant], found: &mut Vec<Finding>) {
    let (bucket, before) = (both.new, both.old);
    let none = nothing(&bucket.origin);
    if bucket.policy.is_absent() && may_have_refused(&before.policy.value, both) {
        found.push(gone(bucket, before));
        return;
    }
    let Value::Known(old) = &before.policy.value else { return };
    let new = match &bucket.policy.value {
        Value::Known(new) => new,
        Value::Absent => &none,
        // That is told as not known.
        Value::Unknown(_) | Value::OneOf(..) => return,
    };
    let old = &units::followed(old, new, both);
    let (new, old) = names::compared(new, old, both);
    let new = &narrower(&new, &old, both).policy;
    let mut all = refusals::loosened(bucket, (new, &old), gains, &both.context);
    for (guess, why) in names::guesses(new, &old, both) {
        let still = refusals::loosened(bucket, (new, &guess), gains, &both.context);
        let is_it = |it: &str| still.iter().any(|own| own.key == it && own.grant.holds == Truth::Yes);
        for it in all.iter_mut().filter(|it| it.grant.holds == Truth::Yes && !is_it(&it.key)) {
            (it.grant.holds, it.grant.why) = (Truth::Unknown, Some(why.clone()));
        }
    }
    if all.is_empty() && gains.is_empty() && has_lost_what_may_refuse((new, &old), both) {
        let message = format!("{}: what may have been in its policy, and refused requests, is gone", bucket.address);
        found.push(lost(bucket, before, "refusal gone", message));
    }
    for it in all {
        let (key, grant) = (it.key.as_str(), it.grant);
        let witness = grant.witness.clone();
        found.push(finding(
            bucket.into(),
            key,
            it.message,
            bucket.policy.origin.span,
            grant.holds,
            witness,
            grant.why.as_ref(),
        ));
    }
}

/// Whether a policy that is gone may have refused something, and nobody knows whether it did: what it was under a condition, or what
/// is not known of it.
fn may_have_refused(old: &Value<Policy>, both: &Both<'_, '_>) -> bool {
    let has_open = |it: &Policy| it.rest.is_some() || it.statements.iter().any(|it| it.effect.as_known().is_none());
    let refuses = |it: &Policy| {
        let own = renamed(it, both.new, both.old);
        !refusals::loosened(both.new, (&nothing(&both.new.origin), &own), &[], &both.context).is_empty()
    };
    match old {
        Value::Absent => false,
        Value::Known(it) => has_open(it) && !refuses(it),
        Value::Unknown(why) => why.cause() != Cause::NotInInput,
        Value::OneOf(all, _) => all.iter().any(|it| match it {
            Value::Known(it) => has_open(it) || refuses(it),
            other => may_have_refused(other, both),
        }),
    }
}

/// Whether a policy of which all is known now had Denies of which nobody knows whether they were there, and which refused more.
fn has_lost_what_may_refuse((new, old): (&Policy, &Policy), both: &Both<'_, '_>) -> bool {
    if written::is_partly_known(new) {
        return false;
    }
    let is_deny = |it: &policy::Statement| it.effect.as_known() == Some(&policy::Effect::Deny);
    let is_optional = |it: &policy::Statement| is_deny(it) && it.exists.truth() == Truth::Unknown;
    let on = |it: &policy::Statement| policy::Statement { exists: Guard::always(), ..it.clone() };
    let optional: Vec<policy::Statement> = old.statements.iter().filter(|it| is_optional(it)).map(on).collect();
    if !optional.is_empty() {
        let statements = new.statements.iter().map(|it| if is_deny(it) { on(it) } else { it.clone() }).collect();
        let (new, old) =
            (Policy { statements, ..new.clone() }, Policy { statements: optional, rest: None, ..old.clone() });
        if !refusals::loosened(both.new, (&new, &old), &[], &both.context).is_empty() {
            return true;
        }
    }
    // A Deny that is always there now may be the one that was there perhaps.
    let count = |it: &Policy| it.statements.iter().filter(|it| is_deny(it)).count();
    let may_refuse = |it: &String| it.contains("\"Deny\"") || it.contains("long(");
    old.rest.is_some()
        && count(new) <= count(old)
        && both.texts().is_some_and(|[_, was]| was.texts.iter().any(may_refuse))
}

/// Whether a policy permits nothing, whatever is not known of it.
fn only_refuses(it: &Value<Policy>) -> bool {
    let is_deny = |it: &policy::Statement| it.effect.as_known() == Some(&policy::Effect::Deny);
    match it {
        Value::Absent => true,
        Value::Known(it) => it.rest.is_none() && it.statements.iter().all(is_deny),
        Value::Unknown(_) => false,
        Value::OneOf(all, _) => all.iter().all(only_refuses),
    }
}

/// A policy that permits at least as much: without Denies that are not known whole, and without conditions of which more is not known.
fn widest(it: &Policy) -> Policy {
    let is_deny = |it: &policy::Statement| it.effect.as_known() == Some(&policy::Effect::Deny);
    let mut widest = it.clone();
    widest.statements.retain(|it| !is_deny(it) || it.rests().next().is_none());
    for it in widest.statements.iter_mut().filter(|it| !is_deny(it)) {
        it.conditions.retain(|it| it.rest.is_none());
        it.conditions_rest = None;
    }
    widest
}

/// Whether all of a policy is known, but for its bucket and where that is. A name that is the same may stand for something else now.
fn is_fixed(it: &Policy, bucket: &Bucket) -> bool {
    let is_own = |it: &Hole| *it.symbol.entity == bucket.address || it.why.cause() == Cause::Deployment;
    !written::is_partly_known(it) && written::parts(it).all(is_own)
}

/// Whether each policy that may be there now refuses what each that may have been there did, all of which is known.
fn refuses_as_much(new: &Value<Policy>, old: &Value<Policy>, both: &Both<'_, '_>) -> bool {
    let none = nothing(&both.new.origin);
    let each = |it: &Value<Policy>| -> Option<Vec<Policy>> {
        let all = if let Value::OneOf(all, _) = it { all.as_slice() } else { std::slice::from_ref(it) };
        let one = |it: &Value<Policy>| match it {
            Value::Known(it) => Some(it.clone()),
            Value::Absent => Some(none.clone()),
            Value::Unknown(_) | Value::OneOf(..) => None,
        };
        all.iter().map(one).collect()
    };
    let Some((new, old)) = each(new).zip(each(old)) else { return false };
    let old: Vec<Policy> = old.iter().map(|it| renamed(it, both.new, both.old).into_owned()).collect();
    let is_less = |new: &Policy, old: &Policy| !refusals::loosened(both.new, (new, old), &[], &both.context).is_empty();
    old.iter().all(|it| is_fixed(it, both.new)) && !new.iter().any(|new| old.iter().any(|old| is_less(new, old)))
}

/// The finding that a policy is gone of which nobody knows what it refused.
fn gone(bucket: &Bucket, old: &Bucket) -> Finding {
    let message = format!("{}: its policy is gone, and may have refused what nothing refuses now", bucket.address);
    lost(bucket, old, "policy gone", message)
}

/// The finding that something of before is gone of which not all is known.
fn lost(bucket: &Bucket, old: &Bucket, key: &str, message: String) -> Finding {
    let why = written::whys(old).into_iter().min_by_key(|it| it.cause() == Cause::Deployment);
    let mut one = finding(bucket.into(), key, message, bucket.policy.origin.span, Truth::Unknown, None, None);
    // What it was stands in the code of before.
    one.unknown.extend(why.map(ToString::to_string));
    one
}

/// A policy without statements.
fn nothing(origin: &Origin) -> Policy {
    Policy {
        origin: origin.clone(),
        version: Attr::absent(origin.clone()),
        id: Attr::absent(origin.clone()),
        statements: Vec::new(),
        rest: None,
        notes: Vec::new(),
        size: None,
    }
}

/// Two policies that are unknown for one reason are one unknown, where they are written alike; of those that may be, each permits
/// and refuses what it did.
fn is_same_unknown(new: &Value<Policy>, old: &Value<Policy>, both: &Both<'_, '_>) -> bool {
    let mut places = Vec::new();
    same_unknown(new, old, both, &mut places) && !both.is_rewritten_but_for(&narrower::all_of(&places, both))
}

fn same_unknown(new: &Value<Policy>, old: &Value<Policy>, both: &Both<'_, '_>, places: &mut Vec<[Span; 2]>) -> bool {
    match (new, old) {
        (Value::Unknown(a), Value::Unknown(b)) => a.is_alike(b) || (a.cause() == b.cause() && both.is_written_alike()),
        // What is not known may be called by its place, which says nothing.
        (Value::OneOf(..), Value::OneOf(..)) if both.is_written_whole_alike() => true,
        (Value::OneOf(a, _), Value::OneOf(b, _)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| match (a, b) {
                    (Value::Known(a), Value::Known(b)) => {
                        let (new, old) = names::compared(a, b, both);
                        let less = narrower(&new, &old, both);
                        places.extend(less.places);
                        policy::permits_more(&less.policy, &old, &both.context).is_empty()
                            && refusals::loosened(both.new, (&less.policy, &old), &[], &both.context).is_empty()
                    }
                    (Value::Absent, Value::Absent) => true,
                    _ => same_unknown(a, b, both, places),
                })
        }
        _ => false,
    }
}
