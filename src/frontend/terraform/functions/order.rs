//! Sameness and order of items.

use std::collections::BTreeSet;

use crate::value::{Kind, SymStr, Truth, Val, json, ops};

/// Longer lists with items that are not wholly known are not searched for duplicates.
const MAX_PAIRS: usize = 1000;

/// Without the items that are certainly equal to an earlier one. Two unknowns that may be equal both stay.
pub(super) fn unique(items: Vec<Val>) -> Vec<Val> {
    let keys: Option<Vec<String>> = items.iter().map(key).collect();
    if let Some(keys) = keys {
        let mut seen = BTreeSet::new();
        return items.into_iter().zip(keys).filter_map(|(item, key)| seen.insert(key).then_some(item)).collect();
    }
    if MAX_PAIRS < items.len() {
        return items;
    }
    let mut kept: Vec<Val> = Vec::new();
    for item in items {
        if members(&kept, &item) != Truth::Yes {
            kept.push(item);
        }
    }
    kept
}

/// Whether a value is among the items.
pub(super) fn members(items: &[Val], wanted: &Val) -> Truth {
    Truth::any(items.iter().map(|it| ops::equal(it, wanted)))
}

/// Text that is equal for equal values only; `None` where a part is not known.
fn key(value: &Val) -> Option<String> {
    match &value.kind {
        Kind::Number(number) => Some(number.value.to_string()),
        Kind::List(_) | Kind::Map(_) if value.why().is_some() => None,
        Kind::Map(_) => None,
        Kind::Unknown(_) | Kind::Choice(_) | Kind::Json(_) => None,
        _ => json::encode(value).as_ref().and_then(SymStr::known),
    }
}

/// Sorts texts as bytes, numbers by value, `false` before `true`; anything else stays in its order. Nulls are last.
pub(super) fn sort_items(items: &mut [Val]) {
    items.sort_by_key(|it| it.kind == Kind::Null);
    let known = items.iter().filter(|it| it.kind != Kind::Null).count();
    let (items, _) = items.split_at_mut(known);
    let texts = items.iter().all(|it| matches!(&it.kind, Kind::String(text) if text.known().is_some()));
    let numbers = items.iter().all(|it| matches!(it.kind, Kind::Number(_)));
    let bools = items.iter().all(|it| matches!(it.kind, Kind::Bool(_)));
    if texts {
        items.sort_by_cached_key(Val::as_text);
    } else if numbers {
        items.sort_by(|a, b| number(a).total_cmp(&number(b)));
    } else if bools {
        items.sort_by_key(Val::as_bool);
    }
}

fn number(value: &Val) -> f64 {
    ops::to_number(value).map_or(0.0, |it| it.value)
}
