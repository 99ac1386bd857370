//! Policies as JSON: what was understood, in the policy language's own words.

use serde_json::{Value as Json, json};

use crate::policy::{Condition, Effect, Patterns, Policy, PrincipalKind, Principals, Statement};

use super::super::shared::Places;
use super::field::{attr, location, plain, symbolic, with_rest};

pub fn policy(it: &Policy, places: &Places<'_>) -> Json {
    let statements = it.statements.iter().map(|it| statement(it, places)).collect();
    let notes = it.notes.iter().map(|note| {
        json!({
            "kind": note.kind.code(),
            "message": note.message,
            "statement": note.statement,
            "location": location(&note.origin, places),
        })
    });
    json!({
        "location": location(&it.origin, places),
        "version": plain(&it.version),
        "id": plain(&it.id),
        "statements": with_rest(statements, it.rest.as_ref()),
        "notes": notes.collect::<Vec<_>>(),
        "size": it.size,
    })
}

fn statement(it: &Statement, places: &Places<'_>) -> Json {
    let conditions = it.conditions.iter().map(condition).collect();
    json!({
        "index": it.index,
        "location": location(&it.origin, places),
        "exists": it.exists.truth().as_str(),
        "sid": plain(&it.sid),
        "effect": attr(&it.effect, |it| match it {
            Effect::Allow => json!("Allow"),
            Effect::Deny => json!("Deny"),
        }),
        "not_principal": it.principals.negated,
        "principals": principals(&it.principals),
        "not_action": it.actions.negated,
        "actions": patterns(&it.actions),
        "not_resource": it.resources.negated,
        "resources": patterns(&it.resources),
        "conditions": with_rest(conditions, it.conditions_rest.as_ref()),
    })
}

fn principals(it: &Principals) -> Json {
    if !it.present {
        return Json::Null;
    }
    let items = it.items.iter().map(|it| json!({ "kind": kind(it.kind), "text": symbolic(&it.text) }));
    with_rest(items.collect(), it.rest.as_ref())
}

fn kind(it: PrincipalKind) -> &'static str {
    match it {
        PrincipalKind::Anyone => "anyone",
        PrincipalKind::Aws => "aws",
        PrincipalKind::Service => "service",
        PrincipalKind::Federated => "federated",
        PrincipalKind::CanonicalUser => "canonical-user",
        PrincipalKind::Other => "other",
    }
}

fn patterns(it: &Patterns) -> Json {
    if !it.present {
        return Json::Null;
    }
    with_rest(it.items.iter().map(|(text, _)| symbolic(text)).collect(), it.rest.as_ref())
}

fn condition(it: &Condition) -> Json {
    json!({
        "operator": it.operator,
        "key": symbolic(&it.key),
        "values": with_rest(it.values.iter().map(|(text, _)| symbolic(text)).collect(), it.rest.as_ref()),
    })
}
