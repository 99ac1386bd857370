//! What a subject gives, for who compares findings of two days.

use crate::exposure::{Route, Way};
use crate::finding::{Access, Limit};
use crate::policy::{Audience, Effect, Patterns, Policy, PrincipalKind, Statement};
use crate::rules::Rule;
use crate::value::Truth;

use super::subjects::Subject;

/// What the subject of a rule about access gives.
pub(super) fn of(rule: &Rule, subject: &Subject) -> Access {
    let mut access = Access::default();
    if !rule.about_access {
        return access;
    }
    if let Some(statement) = subject.statement.filter(|it| it.effect.as_known() == Some(&Effect::Allow)) {
        elements(statement, &mut access);
    }
    access.denied = denied(subject, &access);
    access.gives.extend(subject.ways.iter().filter(|it| it.granted != Truth::No).filter_map(|it| way(it)));
    access.gives.sort();
    access.gives.dedup();
    access.unless.sort();
    access.unless.dedup();
    access
}

/// What the Deny statements beside a statement, or beside the ways in, keep shut of it.
fn denied(subject: &Subject, own: &Access) -> Vec<Access> {
    let of = |statement: &Statement| {
        let mut access = Access::default();
        elements(statement, &mut access);
        access.gives.sort();
        access.unless.sort();
        access
    };
    let policies: Vec<&Policy> = subject.policies.iter().flat_map(|it| it.possible()).collect();
    let statements = || policies.iter().flat_map(|it| &it.statements);
    let by_way = |it: &Way| match it.opened_by.route {
        Route::Policy(index) => statements().find(|it| it.index == index).map(of).unwrap_or_default(),
        // Of an ACL the request that shows it tells what it gives; a policy of an access point is held against the bucket's too.
        Route::Acl(_) | Route::AccessPoint(..) => {
            let action = it.witness.as_ref().map(|it| format!("action {}", it.action.to_lowercase()));
            Access { gives: action.into_iter().collect(), ..Access::default() }
        }
    };
    let given: Vec<Access> = match subject.statement {
        Some(_) => vec![own.clone()],
        None => subject.ways.iter().filter(|it| it.granted != Truth::No).map(|it| by_way(it)).collect(),
    };
    let denials = statements().filter(|it| it.effect.as_known() == Some(&Effect::Deny)).map(of);
    let mut all: Vec<Access> = denials.filter(|deny| given.iter().any(|it| it.may_meet(deny))).collect();
    all.sort();
    all.dedup();
    all
}

fn elements(statement: &Statement, access: &mut Access) {
    let sorted = |mut all: Vec<String>| {
        all.sort();
        all
    };
    let principals = &statement.principals;
    let named = principals.items.iter().map(|it| match it.kind {
        PrincipalKind::Anyone => "*".to_owned(),
        _ => it.text.display(),
    });
    if principals.negated {
        access.unless.push(Limit {
            what: "NotPrincipal".to_owned(),
            values: sorted(named.collect()),
            is_negated: true,
        });
    } else {
        access.gives.extend(named.map(|it| format!("principal {it}")));
    }
    let of = |it: &Patterns| it.items.iter().map(|it| it.0.display()).collect::<Vec<_>>();
    for (name, patterns) in [("action", &statement.actions), ("resource", &statement.resources)] {
        // Actions are compared without regard to case.
        let values = of(patterns).into_iter().map(|it| if name == "action" { it.to_lowercase() } else { it });
        if patterns.negated {
            let values = sorted(values.collect());
            access.unless.push(Limit { what: format!("not {name}"), values, is_negated: true });
        } else {
            access.gives.extend(values.map(|it| format!("{name} {it}")));
        }
    }
    access.unless.extend(statement.conditions.iter().map(|it| {
        let operator = it.operator.to_lowercase();
        Limit {
            is_negated: operator.contains("not"),
            what: format!("{operator} {}", it.key.display().to_lowercase()),
            values: sorted(it.values.iter().map(|it| it.0.display()).collect()),
        }
    }));
}

fn way(it: &Way) -> Option<String> {
    let who = match &it.audience {
        Audience::Anonymous => "anonymous".to_owned(),
        Audience::AnyAccount => "any-account".to_owned(),
        Audience::Account(who) => format!("account {who}"),
        // Whom a service acts for is in the statement.
        Audience::Service(_) => return None,
    };
    Some(format!("way {who} {}", it.power.as_str()))
}
