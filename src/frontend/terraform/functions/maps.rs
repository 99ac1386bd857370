//! Functions on maps and objects.

use std::collections::BTreeMap;

use crate::value::{Class, Entry, Kind, List, Map, Origin, SymStr, Symbol, Truth, Val, Why, ops};

use super::argument::{Call, Outcome, sorted};

/// In larger maps, a key that is not known makes all earlier ones uncertain.
const MAX_COMPARED: usize = 500;

/// Later maps win. What earlier ones said is uncertain after a map, or a key, that is not known.
pub(super) fn merge(cx: &Call) -> Outcome {
    let mut out = Map::default();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (index, arg) in cx.args.iter().enumerate() {
        let map = match &arg.kind {
            Kind::Null => continue,
            Kind::Unknown(hole) => {
                doubt(cx, &mut out, &hole.why, |_| true);
                out.rest = out.rest.take().or_else(|| Some(hole.why.clone()));
                continue;
            }
            _ => cx.map(index)?,
        };
        if let Some(why) = &map.rest {
            doubt(cx, &mut out, why, |_| true);
            out.rest = out.rest.take().or_else(|| Some(why.clone()));
        }
        for entry in &map.entries {
            if let Some(why) = entry.key.why() {
                let many = MAX_COMPARED < out.entries.len();
                doubt(cx, &mut out, why, |it| many || ops::text_equal(it, &entry.key) == Truth::Unknown);
            }
            match places.get(&entry.key.display()).and_then(|it| out.entries.get_mut(*it)) {
                Some(own) => *own = entry.clone(),
                None => {
                    places.insert(entry.key.display(), out.entries.len());
                    out.entries.push(entry.clone());
                }
            }
        }
    }
    cx.done(Kind::Map(out))
}

/// The value of an entry is one of two: the known one or the unknown one that may replace it.
fn doubt(cx: &Call, out: &mut Map, why: &Why, which: impl Fn(&SymStr) -> bool) {
    for entry in out.entries.iter_mut().filter(|it| which(&it.key)) {
        let symbol = Symbol::new(format!("merge{}", cx.host.place(cx.at)), entry.key.display());
        entry.value = Val::unknown(symbol, Class::Any, why.clone(), entry.value.origin.clone());
    }
}

pub(super) fn keys(cx: &Call) -> Outcome {
    let map = cx.map(0)?;
    let key = |it: &&Entry| Val::new(Kind::String(it.key.clone()), it.key_origin.clone());
    cx.list(sorted(map).0.iter().map(key).collect(), map.rest.clone())
}

pub(super) fn values(cx: &Call) -> Outcome {
    if let Kind::List(_) = cx.arg(0)?.kind {
        return Err(cx.refuse(0, "needs a map"));
    }
    let map = cx.map(0)?;
    cx.list(sorted(map).0.iter().map(|it| it.value.clone()).collect(), map.rest.clone())
}

pub(super) fn lookup(cx: &Call) -> Outcome {
    let (map, key) = (cx.map(0)?, cx.sym(1)?);
    for entry in map.entries.iter().rev() {
        match ops::text_equal(&entry.key, &key) {
            Truth::Yes => return Ok(entry.value.clone()),
            Truth::Unknown => return Err(cx.open()),
            Truth::No => (),
        }
    }
    match cx.args.get(2) {
        _ if map.rest.is_some() => Err(cx.open()),
        Some(default) => Ok(default.clone()),
        None => Err(cx.refuse(1, format!("the map has no key `{}`", key.display()))),
    }
}

pub(super) fn zipmap(cx: &Call) -> Outcome {
    let (keys, values) = (cx.closed(0)?, cx.closed(1)?);
    if keys.len() != values.len() {
        return Err(cx.refuse(0, "needs as many keys as values"));
    }
    let mut map = Map::default();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (key, value) in keys.iter().zip(values) {
        if key.kind == Kind::Null {
            return Err(cx.refuse(0, "a key is null"));
        }
        let entry = Entry { key: cx.sym_of(key, 0)?, key_origin: key.origin.clone(), value: value.clone() };
        match places.get(&entry.key.display()).and_then(|it| map.entries.get_mut(*it)) {
            Some(own) => *own = entry,
            None => {
                places.insert(entry.key.display(), map.entries.len());
                map.entries.push(entry);
            }
        }
    }
    cx.done(Kind::Map(map))
}

/// A map of lists of texts, turned around.
pub(super) fn transpose(cx: &Call) -> Outcome {
    let map = cx.map(0)?;
    let mut turned: BTreeMap<String, Vec<Val>> = BTreeMap::new();
    for entry in sorted(map).0 {
        let Kind::List(List { items, rest: None }) = &entry.value.kind else {
            return Err(if entry.value.why().is_some() { cx.open() } else { cx.refuse(0, "needs a map of lists") });
        };
        for item in items {
            let Some(text) = cx.sym_of(item, 0)?.known() else { return Err(cx.open()) };
            let key = Val::new(Kind::String(entry.key.clone()), entry.key_origin.clone());
            turned.entry(text).or_default().push(key);
        }
    }
    if map.rest.is_some() {
        return Err(cx.open());
    }
    let origin = Origin::at(cx.at);
    let entry = |(key, items): (String, Vec<Val>)| Entry {
        key: SymStr::text(key),
        key_origin: origin.clone(),
        value: Val::new(Kind::List(List { items: super::order::unique(items), rest: None }), origin.clone()),
    };
    cx.done(Kind::Map(Map { entries: turned.into_iter().map(entry).collect(), rest: None }))
}
