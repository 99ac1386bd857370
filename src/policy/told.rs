//! A policy for requests of which some condition keys are known: conditions on those are decided beforehand.

use crate::value::{Cause, Truth, Why};

use super::condition::Compiled;
use super::evaluate::has_variables;
use super::glob::Lookup;
use super::{Policy, Statement};

/// What a policy says to requests that carry these values, `None` for one that is not known; a key that ends with a slash stands for all
/// that begin so. A statement of which a condition fails is gone, one of which a condition holds has it no more, and what cannot be
/// decided stays unknown.
#[must_use]
pub fn told(policy: &Policy, carried: &[(&str, Option<String>)]) -> Policy {
    let variables = has_variables(policy);
    let mut out = policy.clone();
    out.statements.retain_mut(|it| keeps(it, carried, variables));
    out
}

fn keeps(statement: &mut Statement, carried: &[(&str, Option<String>)], variables: bool) -> bool {
    let (mut holds, mut open) = (Truth::Yes, None);
    statement.conditions.retain(|condition| {
        let known = condition.key.known();
        let is_known = |it: &&(&str, Option<String>)| known.as_deref().is_some_and(|key| is_key(key, it.0));
        let Some(found) = carried.iter().find(is_known) else { return true };
        let lookup = |_: &str| Lookup::Unknown;
        let truth = match &found.1 {
            Some(value) => Compiled::new(condition, variables).holds(Some(&[value.as_str()]), &lookup),
            None => Truth::Unknown,
        };
        holds = holds.and(truth);
        if truth == Truth::Unknown {
            open.get_or_insert_with(|| Why::new(Cause::Conditional, format!("`{}`", found.0), condition.origin.span));
        }
        false
    });
    statement.conditions_rest = statement.conditions_rest.take().or(open);
    holds != Truth::No
}

fn is_key(key: &str, of: &str) -> bool {
    let start = if of.ends_with('/') { key.get(..of.len()) } else { Some(key) };
    start.is_some_and(|it| it.eq_ignore_ascii_case(of))
}
