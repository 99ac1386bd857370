//! Statements made ready for questions: for each the actions it covers, its resources and its conditions.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::value::{Cause, Guard, SymStr, Truth, Why};

use super::super::actions::{Action, READING, table};
use super::super::condition::Compiled;
use super::super::evaluate::applies_to;
use super::super::glob::{Pattern, glob};
use super::super::resource::Resources;
use super::super::{Context, Effect, Patterns, Policy, Power, Statement};

/// The actions that a bucket policy can grant, by their position in [`grantable`]; bit by bit.
pub(super) type ActionSet = u128;

/// What certainly holds, and what may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Both<T> {
    /// Certain.
    pub(super) must: T,
    /// Possible.
    pub(super) may: T,
}

impl Both<bool> {
    /// From a truth.
    pub(super) fn of(truth: Truth) -> Self {
        Self { must: truth == Truth::Yes, may: truth != Truth::No }
    }
}

/// A statement made ready.
pub(super) struct Ready<'a> {
    /// The statement.
    pub(super) statement: &'a Statement,
    /// Whether it allows.
    pub(super) allow: Both<bool>,
    /// Whether it denies.
    pub(super) deny: Both<bool>,
    /// The actions it covers.
    pub(super) actions: Both<ActionSet>,
    /// Its resources.
    pub(super) resources: Resources,
    /// Its conditions.
    pub(super) conditions: Vec<Compiled>,
    /// Whether it has policy variables, which the older version of the language takes for letters.
    pub(super) variables: bool,
}

fn mentions_variables(statement: &Statement) -> bool {
    let values = statement.conditions.iter().flat_map(|it| &it.values);
    statement.resources.items.iter().chain(values).any(|(text, _)| text.display().contains("${"))
}

impl<'a> Ready<'a> {
    /// Prepares a statement for a bucket of this name.
    pub(super) fn new(statement: &'a Statement, name: &str, context: &Context, variables: bool) -> Self {
        let is = |effect: Effect| Both::of(statement.effect.holds(Truth::Unknown, |it| (*it == effect).into()));
        Self {
            statement,
            allow: is(Effect::Allow),
            deny: is(Effect::Deny),
            actions: actions(&statement.actions),
            resources: Resources::new(&statement.resources, name, context, variables),
            conditions: statement.conditions.iter().map(|it| Compiled::new(it, variables)).collect(),
            variables: variables && mentions_variables(statement),
        }
    }

    /// What is not known of its resources once they are seen from the bucket.
    pub(super) fn why(&self) -> Option<Why> {
        let patterns = &self.resources.patterns;
        let variable = || {
            let at = self.statement.resources.origin.span;
            let has = patterns.iter().any(Pattern::has_variable);
            has.then(|| Why::new(Cause::Unsupported, "a policy variable in the resource", at))
        };
        patterns.iter().find_map(|it| it.why().cloned()).or_else(variable)
    }

    /// Whether it applies to a caller, given that a statement under `guard` exists.
    pub(super) fn applies(&self, caller: &str, guard: &Guard) -> Both<bool> {
        let exists = guard.implies(&self.statement.exists);
        let mut truth = exists.and(applies_to(&self.statement.principals, caller));
        if self.statement.conditions_rest.is_some() {
            truth = truth.and(Truth::Unknown);
        }
        Both::of(truth)
    }
}

/// The actions that a bucket policy can grant, the telling ones of each power first.
pub(super) fn grantable() -> &'static [&'static Action] {
    static GRANTABLE: OnceLock<Vec<&'static Action>> = OnceLock::new();
    GRANTABLE.get_or_init(|| {
        const FIRST: [&str; 10] = [
            "s3:GetObject",
            "s3:ListBucket",
            "s3:PutObject",
            "s3:DeleteObject",
            "s3:PutBucketPolicy",
            "s3:PutBucketAcl",
            "s3:PutObjectAcl",
            "s3:GetBucketPolicy",
            "s3:GetBucketAcl",
            "s3:GetBucketLocation",
        ];
        let rank = |it: &&Action| FIRST.iter().position(|name| *name == it.name).unwrap_or(FIRST.len());
        let mut all: Vec<_> = table().iter().filter(|it| it.power.is_some()).collect();
        all.sort_by_key(rank);
        all.truncate(ActionSet::BITS as usize);
        all
    })
}

/// The actions of a power.
pub(super) fn of_power(power: Power) -> ActionSet {
    let bit = |(at, it): (usize, &&Action)| if it.power == Some(power) { 1 << at } else { 0 };
    grantable().iter().enumerate().map(bit).fold(0, |all: ActionSet, it: ActionSet| all | it)
}

/// The names of the grantable actions in lower case, in their order.
fn names() -> &'static [String] {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    NAMES.get_or_init(|| grantable().iter().map(|it| it.name.to_ascii_lowercase()).collect())
}

fn by_name() -> &'static HashMap<&'static str, ActionSet> {
    static BY_NAME: OnceLock<HashMap<&'static str, ActionSet>> = OnceLock::new();
    BY_NAME.get_or_init(|| names().iter().enumerate().map(|(at, it)| (it.as_str(), 1 << at)).collect())
}

const ALL: fn() -> ActionSet = || (0..grantable().len()).fold(0, |all, at| all | 1 << at);

fn actions(patterns: &Patterns) -> Both<ActionSet> {
    if !patterns.present {
        // AWS rejects such a statement: what was meant is not known.
        return Both { must: 0, may: ALL() };
    }
    let mut listed = Both { must: 0, may: if patterns.rest.is_some() { ALL() } else { 0 } };
    for (item, _) in &patterns.items {
        let one = one(item);
        listed.must |= one.must;
        listed.may |= one.may;
    }
    if patterns.negated { Both { must: ALL() & !listed.may, may: ALL() & !listed.must } } else { listed }
}

fn one(item: &SymStr) -> Both<ActionSet> {
    let pattern = Pattern::new(item, READING);
    if let Some(literal) = pattern.as_literal() {
        let set = by_name().get(literal.to_ascii_lowercase().as_str()).copied().unwrap_or(0);
        return Both { must: set, may: set };
    }
    if let Some(text) = pattern.as_glob() {
        let text = text.to_ascii_lowercase();
        let set = names().iter().enumerate().filter(|(_, it)| glob(&text, it)).fold(0, |all, (at, _)| all | 1 << at);
        return Both { must: set, may: set };
    }
    let mut out = Both::default();
    for (at, action) in grantable().iter().enumerate() {
        let both = Both::of(pattern.matches(&action.name, true));
        out.must |= if both.must { 1 << at } else { 0 };
        out.may |= if both.may { 1 << at } else { 0 };
    }
    out
}

/// Prepares all statements of a policy.
pub(super) fn prepare<'a>(policy: &'a Policy, name: &str, context: &Context, variables: bool) -> Vec<Ready<'a>> {
    policy.statements.iter().map(|it| Ready::new(it, name, context, variables)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_what_its_tokens_match() {
        let patterns = [
            "*",
            "s3:*",
            "S3:get*",
            "s3:*Object",
            "s3:?etObject",
            "s3:**Acl*",
            "s3:",
            "s3:G\u{212a}*",
            "*:*",
            "s3:*t*b*",
            "?*",
        ];
        for text in patterns {
            let pattern = Pattern::text(text, READING);
            let slow = grantable().iter().enumerate().filter(|(_, it)| pattern.matches(&it.name, true) == Truth::Yes);
            let slow: ActionSet = slow.fold(0, |all, (at, _)| all | 1 << at);
            assert_eq!(one(&SymStr::text(text)), Both { must: slow, may: slow }, "{text}");
        }
    }
}
