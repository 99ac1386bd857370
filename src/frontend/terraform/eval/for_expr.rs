//! `for` expressions.

use std::collections::BTreeMap;

use crate::source::Span;
use crate::syntax::hcl::ForExpr;
use crate::value::{Cause, Entry, Kind, List, Map, Number, Origin, SymStr, Val, Why};

use super::{Evaluated, Scope, World, failure, unknown, why_of};

/// More results than this are not enumerated.
pub(super) const MAX_ITEMS: usize = 10_000;

/// Key and value of each item of a collection; `None` where it is not a known collection.
pub(in crate::frontend::terraform) fn items(collection: &Val) -> Option<Vec<(Val, Val)>> {
    match &collection.kind {
        Kind::List(list) => Some(
            list.items
                .iter()
                .enumerate()
                .map(|(index, item)| {
                    if collection.is_set {
                        return (item.clone(), item.clone());
                    }
                    let number = Number::new(f64::from(u32::try_from(index).unwrap_or(u32::MAX)));
                    (Val::new(Kind::Number(number), item.origin.clone()), item.clone())
                })
                .collect(),
        ),
        Kind::Map(map) => {
            // Terraform goes through maps by key; later duplicates win.
            let mut sorted = BTreeMap::new();
            for entry in &map.entries {
                sorted.insert(entry.key.display(), entry);
            }
            let pair = |it: &Entry| (Val::new(Kind::String(it.key.clone()), it.key_origin.clone()), it.value.clone());
            Some(sorted.into_values().map(pair).collect())
        }
        _ => None,
    }
}

impl World<'_> {
    pub(super) fn for_expr(&self, parts: &ForExpr, at: Span, scope: &Scope) -> Evaluated {
        let collection = self.eval(&parts.collection, scope)?;
        let rest = match &collection.kind {
            Kind::List(list) => list.rest.clone(),
            Kind::Map(map) => map.rest.clone(),
            Kind::Null => return Err(failure(at, "null cannot be gone through".to_owned())),
            Kind::Unknown(hole) => {
                let symbol = self.here("for", at, scope);
                return Ok(Val::unknown(symbol, crate::value::Class::Any, hole.why.clone(), Origin::at(at)));
            }
            _ => {
                let symbol = self.here("", at, scope);
                let why = why_of(&collection, at);
                return Ok(Val::unknown(symbol, crate::value::Class::Any, why, Origin::at(at)));
            }
        };
        let items = items(&collection).unwrap_or_default();
        if MAX_ITEMS < items.len() {
            let symbol = self.here("", at, scope);
            return Ok(unknown(symbol, Cause::Limit, "the number of items", at));
        }
        let mut weight = 0_usize;
        let mut list = List { items: Vec::new(), rest: rest.clone() };
        let mut object =
            Object { map: Map { entries: Vec::new(), rest }, seen: BTreeMap::new(), grouped: parts.grouped };
        for (key, value) in items {
            let mut inner = scope.with(&parts.value.text, value);
            if let Some(name) = &parts.key {
                inner = inner.with(&name.text, key);
            }
            if let Some(condition) = &parts.condition {
                let kept = self.eval(condition, &inner)?;
                match kept.as_bool() {
                    Some(true) => (),
                    Some(false) => continue,
                    None => {
                        // The item may or may not be there.
                        let why = Why::new(Cause::Conditional, self.text_of(&kept), Some(condition.span));
                        list.rest = Some(why.clone());
                        object.map.rest = Some(why);
                        continue;
                    }
                }
            }
            let result = self.eval(&parts.result, &inner)?;
            weight = weight.saturating_add(result.weight(super::MAX_WEIGHT));
            if super::MAX_WEIGHT < weight {
                let symbol = self.here("", at, scope);
                return Ok(unknown(symbol, Cause::Limit, "the size of this value", at));
            }
            match &parts.result_key {
                None => list.items.push(result),
                Some(key) => {
                    let key_span = key.span;
                    let Some(key) = self.eval(key, &inner)?.as_symstr() else {
                        return Err(failure(key_span, "the key of an object must be a string".to_owned()));
                    };
                    let shown = key.display();
                    if !object.insert(key, key_span, result) {
                        return Err(failure(
                            key_span,
                            format!("two items have the key `{shown}`; add `...` to group them"),
                        ));
                    }
                }
            }
        }
        let kind = if parts.result_key.is_some() { Kind::Map(object.map) } else { Kind::List(list) };
        Ok(Val::new(kind, Origin::at(at)))
    }
}

/// The object that a `for` makes.
struct Object {
    map: Map,
    /// Where each key stands, by its text.
    seen: BTreeMap<String, usize>,
    grouped: bool,
}

impl Object {
    /// `false` where a known key stands a second time and values are not grouped: Terraform refuses that.
    fn insert(&mut self, key: SymStr, at: Span, value: Val) -> bool {
        let found = self.seen.get(&key.display()).and_then(|at| self.map.entries.get_mut(*at));
        let value = match (found, self.grouped) {
            (Some(entry), true) => {
                if let Kind::List(list) = &mut entry.value.kind {
                    list.items.push(value);
                }
                return true;
            }
            (Some(_), false) if key.known().is_some() => return false,
            (None, true) => {
                let origin = value.origin.clone();
                Val::new(Kind::List(List { items: vec![value], rest: None }), origin)
            }
            (_, false) => value,
        };
        self.seen.insert(key.display(), self.map.entries.len());
        self.map.entries.push(Entry { key, key_origin: Origin::at(at), value });
        true
    }
}
