//! `jsonencode` and `jsondecode`: the tree is kept.

use crate::value::{Kind, Map, Val, json};

use super::argument::{Call, Outcome, sorted};

/// Depth up to which keys are sorted.
const MAX_DEPTH: usize = 128;

pub(super) fn encode(cx: &Call) -> Outcome {
    match &cx.arg(0)?.kind {
        Kind::Unknown(_) => Err(cx.open()),
        _ => cx.done(Kind::Json(Box::new(ordered(cx.arg(0)?, 0)))),
    }
}

/// Maps with one entry for each key, in Terraform's order.
fn ordered(value: &Val, depth: usize) -> Val {
    let kind = match &value.kind {
        _ if MAX_DEPTH < depth => return value.clone(),
        Kind::List(list) => {
            let items = list.items.iter().map(|it| ordered(it, depth + 1)).collect();
            Kind::List(crate::value::List { items, rest: list.rest.clone() })
        }
        Kind::Map(map) => {
            let entry = |it: &&crate::value::Entry| crate::value::Entry {
                key: it.key.clone(),
                key_origin: it.key_origin.clone(),
                value: ordered(&it.value, depth + 1),
            };
            Kind::Map(Map { entries: sorted(map).0.iter().map(entry).collect(), rest: map.rest.clone() })
        }
        _ => return value.clone(),
    };
    value.with_kind(kind)
}

pub(super) fn decode(cx: &Call) -> Outcome {
    let value = cx.arg(0)?;
    if let Kind::Json(tree) = &value.kind {
        return Ok((**tree).clone());
    }
    match json::decode(&cx.sym(0)?, &value.origin) {
        Ok(tree) => Ok(tree),
        Err(error) if error.why.is_some() => Err(cx.open()),
        Err(error) => Err(cx.refuse(0, error.message)),
    }
}
