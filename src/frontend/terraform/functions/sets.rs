//! Functions on sets. A set is a list without duplicates, sorted where all of it is known.

use crate::value::{Cause, Class, Kind, List, Origin, Truth, Val, Why};

use super::argument::{Call, Outcome, Stop};
use super::conversion::unify;
use super::order::{members, sort_items, unique};

/// Larger products are unknown.
const MAX_ROWS: usize = 10_000;

pub(super) fn toset(cx: &Call) -> Outcome {
    let value = cx.arg(0)?;
    match &value.kind {
        Kind::Null => Ok(value.clone()),
        Kind::List(list) => {
            if !unify(&mut list.items.clone()) {
                return Err(cx.refuse(0, "needs items of one type"));
            }
            let items = set(list.items.clone());
            Ok(value.with_kind(Kind::List(List { items, rest: list.rest.clone() })))
        }
        _ if value.why().is_some() => Err(cx.open()),
        _ => Err(cx.refuse(0, "needs a list")),
    }
}

/// The items of a set in its order.
fn set(mut items: Vec<Val>) -> Vec<Val> {
    unify(&mut items);
    let mut items = unique(items);
    sort_items(&mut items);
    items
}

pub(super) fn union(cx: &Call) -> Outcome {
    let (mut items, mut rest) = (Vec::new(), None);
    for (index, arg) in cx.args.iter().enumerate() {
        match &arg.kind {
            Kind::Unknown(hole) => rest = rest.or_else(|| Some(hole.why.clone())),
            _ => {
                let list = cx.items(index)?;
                items.extend(list.items.iter().cloned());
                rest = rest.or_else(|| list.rest.clone());
            }
        }
    }
    if !unify(&mut items) {
        return Err(cx.refuse(1, "needs items of one type"));
    }
    cx.list(set(items), rest)
}

pub(super) fn intersection(cx: &Call) -> Outcome {
    filtered(cx, |among| Truth::all(among.iter().copied()))
}

pub(super) fn subtract(cx: &Call) -> Outcome {
    filtered(cx, |among| !Truth::any(among.iter().copied()))
}

/// Items of the first set by whether they are among each of the others.
fn filtered(cx: &Call, keeps: impl Fn(&[Truth]) -> Truth) -> Outcome {
    let lists: Vec<Vec<Val>> =
        (0..cx.args.len()).map(|it| cx.closed(it).map(<[Val]>::to_vec)).collect::<Result<_, _>>()?;
    let mut all: Vec<Val> = lists.iter().flatten().cloned().collect();
    if !unify(&mut all) {
        return Err(cx.refuse(1, "needs items of one type"));
    }
    let mut parts = all.into_iter();
    let mut lists: Vec<Vec<Val>> = lists.iter().map(|it| parts.by_ref().take(it.len()).collect()).collect();
    if lists.is_empty() {
        return cx.list(Vec::new(), None);
    }
    let own = set(lists.remove(0));
    cx.room(own.len(), lists.iter().map(Vec::len).sum())?;
    let mut kept = Vec::new();
    for item in own {
        let among: Vec<Truth> = lists.iter().map(|it| members(it, &item)).collect();
        match keeps(&among) {
            Truth::Yes => kept.push(item),
            Truth::No => (),
            Truth::Unknown => return Err(cx.open()),
        }
    }
    cx.list(kept, None)
}

pub(super) fn product(cx: &Call) -> Outcome {
    if cx.args.len() < 2 {
        return Err(cx.refuse(0, "needs at least two lists"));
    }
    let mut rows: Vec<Vec<Val>> = vec![Vec::new()];
    for index in 0..cx.args.len() {
        let mut items = cx.closed(index)?.to_vec();
        unify(&mut items);
        if MAX_ROWS < rows.len().saturating_mul(items.len()) {
            let why = Why::new(Cause::Limit, "the number of combinations", Some(cx.at));
            return Err(Stop::Open { why, class: Class::Any });
        }
        let longer = |row: &Vec<Val>, it: &Val| row.iter().cloned().chain([it.clone()]).collect();
        rows = rows.iter().flat_map(|row| items.iter().map(|it| longer(row, it)).collect::<Vec<_>>()).collect();
    }
    let row = |items| Val::new(Kind::List(List { items, rest: None }), Origin::at(cx.at));
    cx.list(rows.into_iter().map(row).collect(), None)
}
