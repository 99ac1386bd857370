//! The exposure verdict of a bucket as JSON.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::exposure::{Closer, Exposure, Opener, Route, Way};
use crate::policy::{Audience, Request};
use crate::value::{Truth, Why};

use super::super::shared::Places;
use super::field::{location, span};

pub fn exposure(it: &Exposure, places: &Places<'_>) -> Json {
    let open: Vec<&Way> = it.ways.iter().filter(|way| way.open == Truth::Yes).collect();
    let outside: Vec<&Way> = open.iter().copied().filter(|way| !matches!(way.audience, Audience::Service(_))).collect();
    let widest = outside.iter().copied().max_by_key(|way| way.audience.clone());
    let powers: BTreeSet<_> = outside.iter().map(|way| way.power).collect();
    let closed: Vec<&Way> = it.ways.iter().filter(|way| way.open == Truth::No && !way.closed_by.is_empty()).collect();
    json!({
        "public": it.public.as_str(),
        "aws_policy_public": it.aws_policy_public.as_str(),
        "acl_public": it.acl_public.as_str(),
        "cross_account": it.cross_account.as_str(),
        "audience": widest.map(|way| audience(&way.audience)),
        "powers": powers.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        "witness": example(&outside, widest).map(witness),
        "opened_by": distinct(outside.iter().map(|way| opener(&way.opened_by, places))),
        "blocked_by": distinct(closed.iter().flat_map(|way| &way.closed_by).map(|it| closer(it, places))),
        "latent": closed.iter().map(|it| way(it, places)).collect::<Vec<_>>(),
        "ways": it.ways.iter().filter(|way| way.open != Truth::No).map(|it| way(it, places)).collect::<Vec<_>>(),
        "unknown": it.unknown.iter().map(|it| reason(it, places)).collect::<Vec<_>>(),
    })
}

/// A request of the widest audience.
fn example<'a>(open: &[&'a Way], widest: Option<&'a Way>) -> Option<&'a Request> {
    let audience = &widest?.audience;
    let mut ways = open.iter().filter(|way| way.audience == *audience);
    ways.find_map(|way| way.witness.as_ref())
}

fn way(it: &Way, places: &Places<'_>) -> Json {
    json!({
        "audience": audience(&it.audience),
        "who": who(&it.audience),
        "power": it.power.as_str(),
        "open": it.open.as_str(),
        "opened_by": opener(&it.opened_by, places),
        "closed_by": it.closed_by.iter().map(|it| closer(it, places)).collect::<Vec<_>>(),
        "witness": it.witness.as_ref().map(witness),
        "unknown": it.why.iter().map(|it| reason(it, places)).collect::<Vec<_>>(),
    })
}

fn audience(it: &Audience) -> &'static str {
    match it {
        Audience::Service(_) => "service",
        Audience::Account(_) => "account",
        Audience::AnyAccount => "any-account",
        Audience::Anonymous => "anonymous",
    }
}

fn who(it: &Audience) -> Option<&str> {
    match it {
        Audience::Service(name) | Audience::Account(name) => Some(name),
        Audience::AnyAccount | Audience::Anonymous => None,
    }
}

fn opener(it: &Opener, places: &Places<'_>) -> Json {
    let (route, detail) = match &it.route {
        Route::Policy(statement) => ("policy", json!({ "statement": statement })),
        Route::Acl(grant) => ("acl", json!({ "grant": grant })),
        Route::AccessPoint(address, statement) => {
            ("access-point", json!({ "access_point": address, "statement": statement }))
        }
    };
    json!({ "route": route, "detail": detail, "location": location(&it.origin, places), "text": it.text })
}

fn closer(it: &Closer, places: &Places<'_>) -> Json {
    json!({ "setting": it.setting, "location": location(&it.origin, places) })
}

fn witness(it: &Request) -> Json {
    json!({ "principal": it.principal, "action": it.action, "resource": it.resource, "context": it.context })
}

fn reason(it: &Why, places: &Places<'_>) -> Json {
    json!({ "cause": it.cause().code(), "subject": it.subject(), "location": span(it.at(), places) })
}

/// Each once, in order.
fn distinct(items: impl Iterator<Item = Json>) -> Vec<Json> {
    let mut out: Vec<Json> = Vec::new();
    for item in items {
        if !out.contains(&item) {
            out.push(item);
        }
    }
    out
}
