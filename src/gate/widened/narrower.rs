//! Statements of which not all is known, and of which less is meant than before: fewer actions, further conditions. What is not known of
//! them is written as it was, and so it is what it was.

use std::collections::BTreeSet;

use crate::model::Bucket;
use crate::policy::{self, Effect, Patterns, Policy, Principal, PrincipalKind, Principals, Statement};
use crate::source::Span;
use crate::value::{Class, Guard, SymStr, Truth, Value, Why};

use super::Both;
use super::written::{Written, is_open};

/// What makes up a statement, each as JSON calls it and as blocks do.
const PRINCIPALS: [&str; 4] = ["Principal", "NotPrincipal", "principals", "not_principals"];
const ACTIONS: [&str; 4] = ["Action", "NotAction", "actions", "not_actions"];
const RESOURCES: [&str; 4] = ["Resource", "NotResource", "resources", "not_resources"];
const CONDITIONS: [&str; 2] = ["Condition", "condition"];

/// A policy of now that has statements of before in the place of those that permit no more, or refuse no less.
pub(super) struct Narrower {
    pub policy: Policy,
    /// Where those stand, now and before.
    pub places: Vec<[Span; 2]>,
}

pub(super) fn narrower(new: &Policy, old: &Policy, both: &Both<'_, '_>) -> Narrower {
    let mut found = Narrower { policy: new.clone(), places: Vec::new() };
    let is_one = |it: &Statement, of: &Policy| (is_open(it) || has_open_names(it)) && is_one(it, of);
    for it in found.policy.statements.iter_mut().filter(|it| is_one(it, new)) {
        let mut was = old.statements.iter().filter(|it| is_one(it, old));
        let Some(was) = was.find(|was| is_narrower((new, it), (old, was), both)) else { continue };
        found.places.extend(it.origin.span.zip(was.origin.span).map(|(is, was)| [is, was]));
        *it = Statement { index: it.index, origin: it.origin.clone(), ..was.clone() };
    }
    found
}

/// The places of which all that stands there is narrower: it may be there in each of several policies.
pub(super) fn all_of(places: &[[Span; 2]], both: &Both<'_, '_>) -> Vec<[Span; 2]> {
    let is_all = |bucket: &Bucket, at: usize, place: Span| {
        let statements = bucket.policy.possible().into_iter().flat_map(|it| &it.statements);
        let open = statements.filter(|it| it.origin.span == Some(place) && is_open(it)).count();
        open <= places.iter().filter(|it| it.get(at) == Some(&place)).count()
    };
    places.iter().filter(|[is, was]| is_all(both.new, 0, *is) && is_all(both.old, 1, *was)).copied().collect()
}

/// Whether all that stands at the place of a statement is that one: what is written once may be there for each of several values.
fn is_one(it: &Statement, of: &Policy) -> bool {
    let is_it = |own: &Statement| *it == Statement { index: it.index, exists: it.exists.clone(), ..own.clone() };
    it.origin.span.is_some() && of.statements.iter().filter(|own| own.origin.span == it.origin.span).all(is_it)
}

fn is_narrower((new, is): (&Policy, &Statement), (old, was): (&Policy, &Statement), both: &Both<'_, '_>) -> bool {
    let is_there = |a: &Statement, b: &Statement| a.exists.implies(&b.exists) == Truth::Yes;
    let is_deny = match (is.effect.as_known(), was.effect.as_known()) {
        (Some(Effect::Allow), Some(Effect::Allow)) if is_there(is, was) => false,
        (Some(Effect::Deny), Some(Effect::Deny)) if is_there(was, is) => true,
        _ => return false,
    };
    let alone = |of: &Policy, it: &Statement| Policy { statements: vec![widest(it)], rest: None, ..of.clone() };
    let (is_alone, was_alone) = (alone(new, is), alone(old, was));
    let (less, more) = if is_deny { (&was_alone, &is_alone) } else { (&is_alone, &was_alone) };
    open(is) == open(was)
        && names_no_others(is, was, is_deny)
        && shown(is) == shown(was)
        && is_written_alike(is, was, both)
        && policy::permits_more(less, more, &both.context).is_empty()
}

/// Whether it names somebody who may be anybody.
fn has_open_names(it: &Statement) -> bool {
    it.principals.items.iter().flat_map(|it| it.text.unknown_holes()).any(|it| it.class == Class::Any)
}

/// Whether who is meant, of whom not all is known, was meant before: all of them, or in an Allow some.
fn names_no_others(is: &Statement, was: &Statement, is_deny: bool) -> bool {
    let (is, was) = (&is.principals, &was.principals);
    let named = |of: &Principals| {
        of.items.iter().map(|it| format!("{:?} {}", it.kind, it.text.display())).collect::<BTreeSet<_>>()
    };
    let may_be_less = !is_deny && !is.negated;
    let (now, then) = (named(is), named(was));
    // The only one of a list has lost its list.
    let is_only = |own: &Why| {
        let is_it = |it: &Principal| it.text.symbol().is_some_and(|it| *it.entity == *own.subject());
        now.is_empty() && was.rest.is_none() && was.items.iter().any(is_it)
    };
    let is_subset = now == then || (may_be_less && now.is_subset(&then));
    is.negated == was.negated
        && ((unplaced(&is.rest) == unplaced(&was.rest) && is_subset)
            || (may_be_less && is.rest.as_ref().is_some_and(is_only)))
}

/// Where a reason comes from is a place.
fn unplaced(it: &Option<Why>) -> Option<Why> {
    it.as_ref().map(|it| Why::new(it.cause(), it.subject(), None))
}

/// What is known of the other elements of which not all is known, and why the rest is not.
fn shown(it: &Statement) -> Vec<(bool, BTreeSet<String>, Option<Why>)> {
    let patterns = |it: &Patterns| {
        (it.negated, it.items.iter().map(|it| it.0.display()).collect::<BTreeSet<_>>(), unplaced(&it.rest))
    };
    let mut all = vec![patterns(&it.actions), patterns(&it.resources)];
    all.retain(|it| it.2.is_some());
    if open(it).contains(&CONDITIONS.as_slice()) {
        all.push((false, BTreeSet::new(), unplaced(&it.conditions_rest)));
        all.extend(it.conditions.iter().map(|it| {
            let values = it.values.iter().map(|it| it.0.display());
            let name = format!("{} {}", it.operator, it.key.display());
            (true, values.chain([name]).collect(), unplaced(&it.rest))
        }));
    }
    all
}

/// Whether what is not known of both is written alike, with all that it depends on.
fn is_written_alike(new: &Statement, old: &Statement, both: &Both<'_, '_>) -> bool {
    let keys: Vec<&str> = open(new).concat();
    let of = |written: &Written<'_>, bucket: &Bucket, it: &Statement| written.elements(bucket, it.origin.span?, &keys);
    let found = || {
        let (now, then) = both.written?;
        Some((of(now, both.new, new)?, of(then, both.old, old)?.in_words(|it| both.in_words_of_now(it))))
    };
    found().is_some_and(|(is, was)| is.is_same(&was))
}

/// The elements of which not all is known.
fn open(it: &Statement) -> Vec<&'static [&'static str]> {
    let all: [(bool, &[&str]); 4] = [
        (it.principals.rest.is_some() || has_open_names(it), &PRINCIPALS),
        (it.actions.rest.is_some(), &ACTIONS),
        (it.resources.rest.is_some(), &RESOURCES),
        (it.conditions_rest.is_some() || it.conditions.iter().any(|it| it.rest.is_some()), &CONDITIONS),
    ];
    all.into_iter().filter(|it| it.0).map(|it| it.1).collect()
}

/// A statement that permits all that it may, whatever is not known of it.
fn widest(it: &Statement) -> Statement {
    let any = |of: &Patterns| match of.rest {
        Some(_) => {
            Patterns { negated: false, items: vec![(SymStr::text("*"), of.origin.clone())], rest: None, ..of.clone() }
        }
        None => of.clone(),
    };
    let mut widest = it.clone();
    widest.effect.value = Value::Known(Effect::Allow);
    widest.exists = Guard::always();
    if it.principals.rest.is_some() || has_open_names(it) {
        let (text, origin) = (SymStr::text("*"), it.principals.origin.clone());
        widest.principals.items = vec![Principal { kind: PrincipalKind::Anyone, text, origin }];
        (widest.principals.negated, widest.principals.rest) = (false, None);
    }
    (widest.actions, widest.resources) = (any(&it.actions), any(&it.resources));
    if open(it).contains(&CONDITIONS.as_slice()) {
        (widest.conditions, widest.conditions_rest) = (Vec::new(), None);
    }
    widest
}
