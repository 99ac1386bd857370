//! What the Denies of a policy keep out, asked as: were everything allowed, what would get past them?

use crate::value::{Origin, Truth, Val, Value};

use super::super::{Context, Effect, Grant, Policy, Statement};
use super::permits_more;

/// Whether a policy denies every request for an action (or a pattern of actions), of whatever caller and on whatever resource,
/// of which a condition holds: operator, key and value, as a policy writes them. Without one: every request.
#[must_use]
pub fn refuses(policy: &Policy, action: &str, condition: Option<(&str, &str, &str)>, context: &Context) -> Truth {
    let (Some(asked), Some(nothing)) = (allowing(action, condition, &policy.origin), nothing(&policy.origin)) else {
        return Truth::Unknown;
    };
    let denies = policy.statements.iter().filter(|it| !is_allow(it));
    let asked = past(asked, denies, policy, policy);
    !Truth::any(permits_more(&asked, &nothing, context).iter().filter(|it| it.statement == 0).map(|it| it.holds))
}

/// What a Deny of `old` refuses and none of `new` does, whether or not something allows it. Empty: all that it keeps out is still
/// kept out.
#[must_use]
pub fn refuses_less(new: &Policy, old: &Policy, deny: &Statement, context: &Context) -> Vec<Grant> {
    let Some(all) = allowing("*", None, &new.origin) else { return Vec::new() };
    let now = past(all.clone(), new.statements.iter().filter(|it| !is_allow(it)), new, new);
    // What is not known of the new policy may refuse it: said of both, it makes nothing certain and is no gain by itself.
    let before = past(all, std::iter::once(deny), old, new);
    permits_more(&now, &before, context)
}

/// An Allow with Denies behind it.
fn past<'a>(mut all: Policy, denies: impl Iterator<Item = &'a Statement>, of: &Policy, rest: &Policy) -> Policy {
    all.statements.extend(denies.cloned().zip(1..).map(|(it, index)| Statement { index, ..it }));
    all.version = of.version.clone();
    all.rest.clone_from(&rest.rest);
    all
}

fn is_allow(it: &Statement) -> bool {
    it.effect.as_known() == Some(&Effect::Allow)
}

/// A policy that allows everybody an action on everything.
fn allowing(action: &str, condition: Option<(&str, &str, &str)>, origin: &Origin) -> Option<Policy> {
    let mut statement = serde_json::json!({"Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*"});
    if let (Some((operator, key, value)), Some(parts)) = (condition, statement.as_object_mut()) {
        parts.insert("Condition".to_owned(), serde_json::json!({operator: {key: value}}));
    }
    parsed(&serde_json::json!({"Version": "2012-10-17", "Statement": [statement]}), origin)
}

fn nothing(origin: &Origin) -> Option<Policy> {
    parsed(&serde_json::json!({"Version": "2012-10-17", "Statement": []}), origin)
}

fn parsed(document: &serde_json::Value, origin: &Origin) -> Option<Policy> {
    match super::super::parse(&Val::string(document.to_string(), origin.clone())).value {
        Value::Known(policy) => Some(policy),
        _ => None,
    }
}
