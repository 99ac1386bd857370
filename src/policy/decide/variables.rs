//! Policy variables: where an answer hangs on what stands for one, a request that carries a value is tried.
//!
//! A yes needs one request only, so one value per variable is enough; what this does not open stays *unknown*.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>

use crate::value::{Seg, SymStr, Truth};

use super::super::evaluate::{allows, has_variables};
use super::super::glob::{Lookup, Pattern, Reading, Tok};
use super::super::keys::{self, Nature, Presence};
use super::super::{Audience, Context, Grant, Policy, Request};

/// Turns grants that hang on a policy variable in the resource to certain ones where a request shows it.
pub(super) fn settle(policy: &Policy, context: &Context, grants: &mut [Grant]) {
    if !has_variables(policy) || policy.rest.is_some() {
        return;
    }
    for grant in grants.iter_mut().filter(|it| it.holds == Truth::Unknown && it.audience == Audience::AnyAccount) {
        let Some(found) = grant.witness.as_ref().and_then(|it| request(policy, context, grant.statement, it)) else {
            continue;
        };
        (grant.holds, grant.witness, grant.why) = (Truth::Yes, Some(found), None);
    }
}

/// The request with a value for each variable of one of the statement's resources, if the policy allows it.
fn request(policy: &Policy, context: &Context, statement: usize, like: &Request) -> Option<Request> {
    let statement = policy.statements.iter().find(|it| it.index == statement)?;
    statement.resources.items.iter().find_map(|(text, _)| {
        let mut request = Request { resource: resource(text, like)?, ..like.clone() };
        for key in variables(text) {
            let value = value(&key, like)?;
            request.context.entry(key).or_insert_with(|| vec![value]);
        }
        (allows(policy, &request, context).allowed == Truth::Yes).then_some(request)
    })
}

fn pattern(text: &SymStr) -> Pattern {
    Pattern::new(text, Reading { wildcards: true, variables: true })
}

fn variables(text: &SymStr) -> Vec<String> {
    let tokens = pattern(text).tokens;
    let key = |it: &Tok| if let Tok::Variable(key, _) = it { Some(key.clone()) } else { None };
    tokens.iter().filter_map(key).collect()
}

/// A resource that the pattern covers; `None` where parts of it are not known, or it has no variable.
fn resource(text: &SymStr, like: &Request) -> Option<String> {
    let is_known = text.segs().iter().all(|it| matches!(it, Seg::Lit(_)));
    let lookup = |key: &str| value(key, like).map_or(Lookup::Absent, Lookup::Value);
    let resolved = pattern(text).resolve(&lookup).filter(|_| is_known && !variables(text).is_empty())?;
    let part = |it: &Tok| match it {
        Tok::Char(c) => Some(c.to_string()),
        Tok::One => Some("x".to_owned()),
        Tok::Many => Some("example".to_owned()),
        Tok::Variable(..) | Tok::Unknown(_) => None,
    };
    resolved.tokens.iter().map(part).collect()
}

/// What a user of a stranger's account has under a key that such users carry and that says one thing.
fn value(key: &str, like: &Request) -> Option<String> {
    if let Some((_, own)) = like.context.iter().find(|(it, _)| it.eq_ignore_ascii_case(key)) {
        return own.first().filter(|_| own.len() == 1).cloned();
    }
    let entry = keys::find(key)?;
    match (&entry.signed, &entry.nature) {
        (Presence::Value(fixed), _) => Some(fixed.clone()),
        (Presence::No, _) | (_, Nature::Resource) => None,
        _ if entry.many => None,
        _ => entry.sample.clone(),
    }
}
