//! Functions on lists. An open list has no known positions and no known length, but members that are known.

use crate::value::{Class, Kind, List, Origin, Truth, Val, ops};

use super::argument::{Call, Outcome, sorted};
use super::conversion::unify;
use super::order::{members, sort_items, unique};

/// Lists are flattened up to this depth.
const MAX_DEPTH: usize = 64;

pub(super) fn length(cx: &Call) -> Outcome {
    let value = cx.arg(0)?;
    match &value.kind {
        Kind::List(List { items, rest: None }) => cx.count(items.len()),
        Kind::Map(map) if map.rest.is_none() => match sorted(map) {
            (entries, true) => cx.count(entries.len()),
            (_, false) if map.entries.len() == 1 => cx.count(1),
            _ => Err(cx.open()),
        },
        Kind::String(_) | Kind::Json(_) => cx.count(cx.text(0)?.chars().count()),
        _ if value.why().is_some() => Err(cx.open()),
        _ => Err(cx.refuse(0, "needs a list, a map or a string")),
    }
}

pub(super) fn alltrue(cx: &Call) -> Outcome {
    all_or_any(cx, false)
}

pub(super) fn anytrue(cx: &Call) -> Outcome {
    all_or_any(cx, true)
}

/// One item of the value `decides` settles it, whatever the others are.
fn all_or_any(cx: &Call, decides: bool) -> Outcome {
    let list = cx.items(0)?;
    let invalid = |it: &Val| it.kind != Kind::Null && ops::to_bool(it).is_none() && it.why().is_none();
    if list.items.iter().any(invalid) {
        return Err(cx.refuse(0, "needs a list of true and false"));
    }
    let mut open = list.rest.is_some();
    for item in &list.items {
        match ops::to_bool(item) {
            Some(it) if it == decides => return cx.bool(decides),
            Some(_) => (),
            None if item.kind == Kind::Null && decides => (),
            None if item.kind == Kind::Null => return cx.bool(false),
            None => open = true,
        }
    }
    if open { Err(cx.open()) } else { cx.bool(!decides) }
}

/// The first argument that is neither null nor empty. One that is not known may be either.
pub(super) fn coalesce(cx: &Call) -> Outcome {
    let mut all = cx.args.to_vec();
    if !unify(&mut all) {
        return Err(cx.refuse(0, "needs values of one type"));
    }
    for value in &all {
        match &value.kind {
            Kind::Null => (),
            Kind::String(text) if text.known().is_some_and(|it| it.is_empty()) => (),
            Kind::String(text) => match ops::text_equal(text, &crate::value::SymStr::default()) {
                Truth::No => return Ok(value.clone()),
                _ => return Err(cx.open()),
            },
            Kind::Unknown(hole) if hole.class == Class::Any && hole.known.is_none() => return Err(cx.open()),
            Kind::Choice(_) => return Err(cx.open()),
            _ => return Ok(value.clone()),
        }
    }
    Err(cx.refuse(0, "every argument is null or empty"))
}

pub(super) fn coalescelist(cx: &Call) -> Outcome {
    for (index, value) in cx.args.iter().enumerate() {
        match &value.kind {
            Kind::Null => (),
            Kind::List(List { items, .. }) if !items.is_empty() => return Ok(value.clone()),
            Kind::List(List { rest: None, .. }) => (),
            Kind::List(_) | Kind::Unknown(_) | Kind::Choice(_) => return Err(cx.open()),
            _ => return Err(cx.refuse(index, "needs a list")),
        }
    }
    Err(cx.refuse(0, "every list is empty"))
}

pub(super) fn compact(cx: &Call) -> Outcome {
    let list = cx.items(0)?;
    let mut items = Vec::new();
    for item in list.items.iter().filter(|it| it.kind != Kind::Null) {
        let text = cx.sym_of(item, 0)?;
        if text.known().is_none_or(|it| !it.is_empty()) {
            items.push(string_item(item, text));
        }
    }
    cx.list(items, list.rest.clone())
}

/// An item as text; one that is text, or not known, stays what it is.
fn string_item(item: &Val, text: crate::value::SymStr) -> Val {
    match &item.kind {
        Kind::Bool(_) | Kind::Number(_) => item.with_kind(Kind::String(text)),
        _ => item.clone(),
    }
}

pub(super) fn concat(cx: &Call) -> Outcome {
    if cx.args.is_empty() {
        return Err(cx.refuse(0, "needs at least one list"));
    }
    let mut out = List::default();
    for (index, arg) in cx.args.iter().enumerate() {
        match &arg.kind {
            Kind::List(list) => {
                out.items.extend(list.items.iter().cloned());
                out.rest = out.rest.or_else(|| list.rest.clone());
            }
            Kind::Unknown(hole) => out.rest = out.rest.or_else(|| Some(hole.why.clone())),
            _ => return Err(cx.refuse(index, "needs lists")),
        }
    }
    cx.done(Kind::List(out))
}

pub(super) fn contains(cx: &Call) -> Outcome {
    let (list, wanted) = (cx.items(0)?, cx.arg(1)?);
    // Equality is only asked within one type; a variable's number may stand here as text and the other way round.
    let found = Truth::any(list.items.iter().map(|it| ops::equal(it, wanted)));
    let more = if list.rest.is_some() { Truth::Unknown } else { Truth::No };
    cx.truth(found.or(more))
}

pub(super) fn distinct(cx: &Call) -> Outcome {
    let list = cx.items(0)?;
    let mut items = list.items.clone();
    unify(&mut items);
    cx.list(unique(items), list.rest.clone())
}

pub(super) fn element(cx: &Call) -> Outcome {
    let items = cx.closed(0)?;
    let index = cx.whole(1)?;
    let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
    if count == 0 {
        return Err(cx.refuse(0, "needs a list that is not empty"));
    }
    if index < 0 {
        return Err(cx.refuse(1, "needs an index of 0 or more"));
    }
    let at = usize::try_from(index % count).unwrap_or(0);
    items.get(at).cloned().ok_or_else(|| cx.open())
}

pub(super) fn flatten(cx: &Call) -> Outcome {
    let mut out = List::default();
    if flatten_into(cx.items(0)?, &mut out, 0) { cx.done(Kind::List(out)) } else { Err(cx.open()) }
}

fn flatten_into(list: &List, out: &mut List, depth: usize) -> bool {
    if MAX_DEPTH < depth {
        return false;
    }
    out.rest = out.rest.take().or_else(|| list.rest.clone());
    list.items.iter().all(|item| match &item.kind {
        Kind::List(inner) => flatten_into(inner, out, depth + 1),
        // Not known whether it is a list.
        Kind::Unknown(hole) if hole.class == Class::Any && hole.known.is_none() => {
            out.rest = out.rest.take().or_else(|| Some(hole.why.clone()));
            true
        }
        _ => {
            out.items.push(item.clone());
            true
        }
    })
}

pub(super) fn index(cx: &Call) -> Outcome {
    let (items, wanted) = (cx.closed(0)?, cx.arg(1)?);
    for (at, item) in items.iter().enumerate() {
        match ops::equal(item, wanted) {
            Truth::Yes => return cx.count(at),
            Truth::Unknown => return Err(cx.open()),
            Truth::No => (),
        }
    }
    Err(cx.refuse(1, "the item is not in the list"))
}

pub(super) fn one(cx: &Call) -> Outcome {
    match cx.closed(0)? {
        [] => cx.done(Kind::Null),
        [only] => Ok(only.clone()),
        _ => Err(cx.refuse(0, "needs a list of at most one item")),
    }
}

pub(super) fn reverse(cx: &Call) -> Outcome {
    let list = cx.items(0)?;
    cx.list(list.items.iter().rev().cloned().collect(), list.rest.clone())
}

pub(super) fn slice(cx: &Call) -> Outcome {
    let (items, from, to) = (cx.closed(0)?, cx.whole(1)?, cx.whole(2)?);
    let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
    match range.and_then(|(from, to)| items.get(from..to)) {
        Some(items) => cx.list(items.to_vec(), None),
        None => Err(cx.refuse(1, "the range is not in the list")),
    }
}

pub(super) fn sort(cx: &Call) -> Outcome {
    let list = cx.items(0)?;
    let mut items = Vec::new();
    for item in &list.items {
        if item.kind == Kind::Null {
            return Err(cx.refuse(0, "an item is null"));
        }
        items.push(string_item(item, cx.sym_of(item, 0)?));
    }
    sort_items(&mut items);
    cx.list(items, list.rest.clone())
}

pub(super) fn chunklist(cx: &Call) -> Outcome {
    let (items, size) = (cx.closed(0)?, cx.whole(1)?);
    let Ok(size) = usize::try_from(size) else { return Err(cx.refuse(1, "needs a size of 0 or more")) };
    let mut items = items.to_vec();
    unify(&mut items);
    let size = if size == 0 { items.len().max(1) } else { size };
    let chunk = |it: &[Val]| Val::new(Kind::List(List { items: it.to_vec(), rest: None }), Origin::at(cx.at));
    cx.list(items.chunks(size).map(chunk).collect(), None)
}

pub(super) fn matchkeys(cx: &Call) -> Outcome {
    let (values, keys, wanted) = (cx.closed(0)?, cx.closed(1)?, cx.closed(2)?);
    if values.len() != keys.len() {
        return Err(cx.refuse(1, "needs as many keys as values"));
    }
    cx.room(keys.len(), wanted.len())?;
    let mut all: Vec<Val> = keys.iter().chain(wanted).cloned().collect();
    if !unify(&mut all) {
        return Err(cx.refuse(2, "needs keys of one type"));
    }
    let (keys, wanted) = all.split_at_checked(keys.len()).unwrap_or_default();
    let mut kept = Vec::new();
    for (value, key) in values.iter().zip(keys) {
        match members(wanted, key) {
            Truth::Yes => kept.push(value.clone()),
            Truth::No => (),
            Truth::Unknown => return Err(cx.open()),
        }
    }
    cx.list(kept, None)
}
