//! Functions on lists and maps.

use std::collections::BTreeMap;

use crate::value::{Cause, Class, Entry, Kind, List, Map, Number, Origin, SymStr, Symbol, Val, Why};

use super::strings::number;
use super::{Call, Result};

pub(super) fn call(cx: &Call, args: &[Val]) -> Option<Result> {
    match (cx.name, args) {
        ("length", [value]) => length(cx, value, args),
        ("concat", lists) => concat(cx, lists),
        ("merge", maps) => merge(cx, maps),
        ("flatten", [value]) => {
            let Kind::List(list) = &value.kind else { return cx.refuse(args, "needs a list") };
            let mut flat = List::default();
            flatten(list, &mut flat, 0);
            cx.done(Kind::List(flat))
        }
        ("compact", [value]) => {
            let Kind::List(list) = &value.kind else { return cx.refuse(args, "needs a list") };
            let kept = |it: &&Val| it.kind != Kind::Null && it.as_text().is_none_or(|it| !it.is_empty());
            cx.done(Kind::List(List {
                items: list.items.iter().filter(kept).cloned().collect(),
                rest: list.rest.clone(),
            }))
        }
        ("distinct", [value]) => unique(cx, value, args, false),
        ("toset", [value]) => unique(cx, value, args, true),
        ("tolist", [value]) => match &value.kind {
            Kind::List(_) | Kind::Null => Some(Ok(value.clone())),
            _ => cx.refuse(args, "needs a list"),
        },
        ("tomap", [value]) => match &value.kind {
            Kind::Map(_) | Kind::Null => Some(Ok(value.clone())),
            _ => cx.refuse(args, "needs a map"),
        },
        ("reverse", [value]) => match &value.kind {
            Kind::List(List { items, rest: None }) => {
                cx.done(Kind::List(List { items: items.iter().rev().cloned().collect(), rest: None }))
            }
            _ => cx.refuse(args, "needs a list"),
        },
        ("sort", [value]) => match &value.kind {
            Kind::List(List { items, rest: None }) => {
                match items.iter().map(Val::as_text).collect::<Option<Vec<_>>>() {
                    Some(mut texts) => {
                        texts.sort();
                        let items = texts.into_iter().map(|it| Val::string(it, Origin::at(cx.at))).collect();
                        cx.done(Kind::List(List { items, rest: None }))
                    }
                    None => Some(Ok(value.clone())),
                }
            }
            _ => cx.refuse(args, "needs a list of strings"),
        },
        ("contains", [list, wanted]) => contains(cx, list, wanted, args),
        ("lookup", [map, key, rest @ ..]) => lookup(cx, map, key, rest.first(), args),
        ("element", [list, index]) => match (&list.kind, number(index)) {
            (Kind::List(List { items, rest: None }), Some(index)) if !items.is_empty() && 0.0 <= index => {
                items.get(index as usize % items.len()).cloned().map(Ok)
            }
            _ => cx.refuse(args, "needs a list that is not empty"),
        },
        ("index", [list, wanted]) => match (&list.kind, wanted.as_text()) {
            (Kind::List(List { items, rest: None }), Some(wanted)) if items.iter().all(|it| it.why().is_none()) => {
                match items.iter().position(|it| it.as_text().as_deref() == Some(wanted.as_str())) {
                    Some(at) => cx.done(count(at)),
                    None => cx.fail("the item is not in the list"),
                }
            }
            _ => cx.open(args),
        },
        ("slice", [list, from, to]) => match (&list.kind, number(from), number(to)) {
            (Kind::List(List { items, rest: None }), Some(from), Some(to)) if 0.0 <= from && from <= to => {
                match items.get(from as usize..to as usize) {
                    Some(items) => cx.done(Kind::List(List { items: items.to_vec(), rest: None })),
                    None => cx.fail("the range is not in the list"),
                }
            }
            _ => cx.refuse(args, "needs a list and a range"),
        },
        ("keys" | "values", [map]) => match &map.kind {
            Kind::Map(map) => {
                let sorted: BTreeMap<String, &Entry> = map.entries.iter().map(|it| (it.key.display(), it)).collect();
                let key = |it: &&Entry| Val::new(Kind::String(it.key.clone()), it.key_origin.clone());
                let items = match cx.name {
                    "keys" => sorted.values().map(key).collect(),
                    _ => sorted.values().map(|it| it.value.clone()).collect(),
                };
                cx.done(Kind::List(List { items, rest: map.rest.clone() }))
            }
            _ => cx.refuse(args, "needs a map"),
        },
        ("zipmap", [keys, values]) => match (&keys.kind, &values.kind) {
            (Kind::List(List { items: keys, rest: None }), Kind::List(List { items: values, rest: None })) => {
                let entry = |(key, value): (&Val, &Val)| {
                    Some(Entry { key: key.as_symstr()?, key_origin: key.origin.clone(), value: value.clone() })
                };
                match keys.iter().zip(values).map(entry).collect::<Option<Vec<_>>>() {
                    Some(entries) => cx.done(Kind::Map(Map { entries, rest: None })),
                    None => cx.open(args),
                }
            }
            _ => cx.refuse(args, "needs two lists"),
        },
        ("one", [value]) => match &value.kind {
            Kind::List(List { items, rest: None }) => match items.as_slice() {
                [] => cx.done(Kind::Null),
                [only] => Some(Ok(only.clone())),
                _ => cx.fail("needs a list of at most one item"),
            },
            Kind::Null => cx.done(Kind::Null),
            _ => cx.refuse(args, "needs a list"),
        },
        ("coalesce", values) => coalesce(cx, values),
        ("coalescelist", lists) => {
            let first = lists.iter().find(|it| {
                !matches!(&it.kind, Kind::List(List { items, rest: None }) if items.is_empty()) && it.kind != Kind::Null
            });
            match first {
                Some(Val { kind: Kind::List(_), .. }) => first.cloned().map(Ok),
                Some(_) => cx.open(args),
                None => cx.fail("every list is empty"),
            }
        }
        ("setproduct", lists) => setproduct(cx, lists),
        ("setunion", lists) => {
            let joined = concat(cx, lists)?;
            match joined {
                Ok(joined) => unique(cx, &joined, args, true),
                error => Some(error),
            }
        }
        ("setintersection" | "setsubtract", [first, rest @ ..]) => sets(cx, first, rest, args),
        ("chunklist" | "matchkeys" | "transpose", _) => cx.open(args),
        ("range", values) => range(cx, values),
        ("alltrue" | "anytrue", [list]) => all_or_any(cx, list, args),
        _ => None,
    }
}

fn count(number: usize) -> Kind {
    Kind::Number(Number::new(f64::from(u32::try_from(number).unwrap_or(u32::MAX))))
}

fn length(cx: &Call, value: &Val, args: &[Val]) -> Option<Result> {
    match &value.kind {
        Kind::List(List { items, rest: None }) => cx.done(count(items.len())),
        Kind::Map(Map { entries, rest: None }) => {
            let keys: std::collections::BTreeSet<_> = entries.iter().map(|it| it.key.display()).collect();
            cx.done(count(keys.len()))
        }
        Kind::String(text) => match text.known() {
            Some(text) => cx.done(count(text.chars().count())),
            None => cx.open(args),
        },
        _ => cx.refuse(args, "needs a list, a map or a string"),
    }
}

fn concat(cx: &Call, lists: &[Val]) -> Option<Result> {
    let mut out = List::default();
    for list in lists {
        match &list.kind {
            Kind::List(list) => {
                out.items.extend(list.items.iter().cloned());
                out.rest = out.rest.or_else(|| list.rest.clone());
            }
            Kind::Unknown(hole) => out.rest = out.rest.or_else(|| Some(hole.why.clone())),
            _ => return cx.refuse(lists, "needs lists"),
        }
    }
    cx.done(Kind::List(out))
}

/// Later maps win. After an unknown map, what earlier ones said is uncertain.
fn merge(cx: &Call, maps: &[Val]) -> Option<Result> {
    let mut out = Map::default();
    for map in maps {
        match &map.kind {
            Kind::Null => (),
            Kind::Map(map) => {
                for entry in &map.entries {
                    let key = entry.key.display();
                    out.entries.retain(|it| it.key.display() != key);
                    out.entries.push(entry.clone());
                }
                if let Some(why) = &map.rest {
                    uncertain(&mut out, why, map.entries.len());
                }
            }
            Kind::Unknown(hole) => uncertain(&mut out, &hole.why, 0),
            _ => return cx.refuse(maps, "needs maps"),
        }
    }
    cx.done(Kind::Map(out))
}

fn uncertain(out: &mut Map, why: &Why, own: usize) {
    let before = out.entries.len().saturating_sub(own);
    for entry in out.entries.iter_mut().take(before) {
        let symbol = Symbol::new(why.subject(), entry.key.display());
        entry.value = Val::unknown(symbol, Class::Any, why.clone(), entry.value.origin.clone());
    }
    out.rest = out.rest.take().or_else(|| Some(why.clone()));
}

fn flatten(list: &List, out: &mut List, depth: usize) {
    out.rest = out.rest.take().or_else(|| list.rest.clone());
    for item in &list.items {
        match &item.kind {
            Kind::List(inner) if depth < 32 => flatten(inner, out, depth + 1),
            // Not known whether it is a list.
            Kind::Unknown(hole) if hole.class == Class::Any => {
                out.rest = out.rest.take().or_else(|| Some(hole.why.clone()));
            }
            _ => out.items.push(item.clone()),
        }
    }
}

fn unique(cx: &Call, value: &Val, args: &[Val], sorted: bool) -> Option<Result> {
    let Kind::List(list) = &value.kind else {
        return match value.kind {
            Kind::Null => Some(Ok(value.clone())),
            _ => cx.refuse(args, "needs a list"),
        };
    };
    let mut items: Vec<Val> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for item in &list.items {
        let key = super::shown(item);
        if key == "…" || seen.insert(key) {
            items.push(item.clone());
        }
    }
    if sorted && items.iter().all(|it| it.as_text().is_some()) {
        items.sort_by_key(|it| it.as_text());
    }
    cx.done(Kind::List(List { items, rest: list.rest.clone() }))
}

fn contains(cx: &Call, list: &Val, wanted: &Val, args: &[Val]) -> Option<Result> {
    let Kind::List(list) = &list.kind else { return cx.refuse(args, "needs a list") };
    let Some(wanted) = wanted.as_text() else { return cx.open(args) };
    let found = list.items.iter().any(|it| it.as_text().as_deref() == Some(wanted.as_str()));
    let unsure = list.rest.is_some()
        || list.items.iter().any(|it| it.as_symstr().is_some_and(|it| it.known().is_none() && it.could_be(&wanted)));
    match (found, unsure) {
        (true, _) => cx.done(Kind::Bool(true)),
        (false, false) => cx.done(Kind::Bool(false)),
        (false, true) => cx.open(args),
    }
}

fn lookup(cx: &Call, map: &Val, key: &Val, default: Option<&Val>, args: &[Val]) -> Option<Result> {
    let (Kind::Map(map), Some(key)) = (&map.kind, key.as_text()) else {
        return cx.refuse(args, "needs a map and a key");
    };
    match (map.get(&key), &map.rest, default) {
        (Some(found), ..) => Some(Ok(found.clone())),
        (None, Some(why), _) => {
            let symbol = Symbol::new(why.subject(), key);
            Some(Ok(Val::unknown(symbol, Class::Any, why.clone(), Origin::at(cx.at))))
        }
        (None, None, Some(default)) => Some(Ok(default.clone())),
        (None, None, None) => cx.fail(format!("the map has no key `{key}`")),
    }
}

/// The first argument that is neither null nor empty. One that is not known may be either.
fn coalesce(cx: &Call, values: &[Val]) -> Option<Result> {
    for value in values {
        match &value.kind {
            Kind::Null => (),
            Kind::String(text) if text.known().is_some_and(|it| it.is_empty()) => (),
            // Text with a literal part, or what AWS generates, is not empty.
            Kind::Unknown(hole) if hole.class == Class::Any && hole.known.is_none() => return cx.open(values),
            Kind::Choice(_) => return cx.open(values),
            _ => return Some(Ok(value.clone())),
        }
    }
    cx.fail("every argument is null or empty")
}

fn setproduct(cx: &Call, lists: &[Val]) -> Option<Result> {
    let mut rows: Vec<Vec<Val>> = vec![Vec::new()];
    for list in lists {
        let Kind::List(List { items, rest: None }) = &list.kind else { return cx.refuse(lists, "needs lists") };
        if 10_000 < rows.len().saturating_mul(items.len()) {
            let why = Why::new(Cause::Limit, "the number of combinations", Some(cx.at));
            return Some(Ok(Val::unknown(Symbol::new("setproduct", ""), Class::Any, why, Origin::at(cx.at))));
        }
        rows = rows
            .iter()
            .flat_map(|row| items.iter().map(move |it| row.iter().cloned().chain([it.clone()]).collect()))
            .collect();
    }
    let row = |items| Val::new(Kind::List(List { items, rest: None }), Origin::at(cx.at));
    cx.done(Kind::List(List { items: rows.into_iter().map(row).collect(), rest: None }))
}

fn sets(cx: &Call, first: &Val, rest: &[Val], args: &[Val]) -> Option<Result> {
    let texts = |it: &Val| match &it.kind {
        Kind::List(List { items, rest: None }) => items.iter().map(Val::as_text).collect::<Option<Vec<_>>>(),
        _ => None,
    };
    let (Some(mut own), Some(others)) = (texts(first), rest.iter().map(texts).collect::<Option<Vec<_>>>()) else {
        return cx.open(args);
    };
    let keep = cx.name == "setintersection";
    own.retain(|it| others.iter().all(|other| other.contains(it) == keep));
    own.sort();
    own.dedup();
    let items = own.into_iter().map(|it| Val::new(Kind::String(SymStr::text(it)), Origin::at(cx.at))).collect();
    cx.done(Kind::List(List { items, rest: None }))
}

fn range(cx: &Call, values: &[Val]) -> Option<Result> {
    let numbers: Option<Vec<f64>> = values.iter().map(number).collect();
    let (from, to, step) = match numbers.as_deref() {
        Some([to]) => (0.0, *to, if *to < 0.0 { -1.0 } else { 1.0 }),
        Some([from, to]) => (*from, *to, if to < from { -1.0 } else { 1.0 }),
        Some([from, to, step]) => (*from, *to, *step),
        _ => return cx.open(values),
    };
    if step == 0.0 || (to - from) * step < 0.0 {
        return cx.fail("the step does not lead there");
    }
    if 10_000.0 < ((to - from) / step).abs() {
        let why = Why::new(Cause::Limit, "the length of the range", Some(cx.at));
        return Some(Ok(Val::unknown(Symbol::new("range", ""), Class::Any, why, Origin::at(cx.at))));
    }
    let mut items = Vec::new();
    let mut next = from;
    while (0.0 < step && next < to) || (step < 0.0 && to < next) {
        items.push(Val::new(Kind::Number(Number::new(next)), Origin::at(cx.at)));
        next += step;
    }
    cx.done(Kind::List(List { items, rest: None }))
}

fn all_or_any(cx: &Call, list: &Val, args: &[Val]) -> Option<Result> {
    let Kind::List(list) = &list.kind else { return cx.refuse(args, "needs a list") };
    let any = cx.name == "anytrue";
    if list.items.iter().any(|it| it.as_bool() == Some(any)) {
        return cx.done(Kind::Bool(any));
    }
    let decided = list.rest.is_none() && list.items.iter().all(|it| it.as_bool().is_some());
    if decided { cx.done(Kind::Bool(!any)) } else { cx.open(args) }
}
