//! One statement as the provider writes it.

use crate::value::{Cause, Entry, Kind, List, Map, Origin, Seg, SymStr, Truth, Val, Why, ops};

use super::{Blocks, ConditionArgs, PrincipalArgs, StatementArgs, entry};

/// An element of a document, whatever its letter case: the provider reads JSON as Go does. The last of duplicates.
pub(super) fn element<'v>(map: &'v Map, name: &str) -> Option<&'v Val> {
    let same = |it: &&Entry| it.key.known().is_some_and(|it| it.eq_ignore_ascii_case(name));
    map.entries.iter().rev().find(same).map(|it| &it.value)
}

/// A statement of a merged document. A `Principal` that is any text is read as everyone.
pub(super) fn normal(statement: &Val) -> Val {
    let Kind::Map(map) = &statement.kind else { return statement.clone() };
    let normal = |it: &Entry| {
        let principal = it.key.known().is_some_and(|it| matches!(it.as_str(), "Principal" | "NotPrincipal"));
        match &it.value.kind {
            Kind::String(_) if principal => Entry { value: Val::string("*", it.value.origin.clone()), ..it.clone() },
            _ => it.clone(),
        }
    };
    let entries = map.entries.iter().map(normal).collect();
    statement.with_kind(Kind::Map(Map { entries, rest: map.rest.clone() }))
}

/// The statement with another Sid.
pub(super) fn with_sid(statement: &Val, sid: &Val) -> Val {
    let Kind::Map(map) = &statement.kind else { return statement.clone() };
    let replace = |it: &Entry| match it.key.known().is_some_and(|it| it.eq_ignore_ascii_case("Sid")) {
        true => Entry { value: sid.clone(), ..it.clone() },
        false => it.clone(),
    };
    let entries = map.entries.iter().map(replace).collect();
    statement.with_kind(Kind::Map(Map { entries, rest: map.rest.clone() }))
}

/// The JSON of a `statement` block.
pub(super) fn render(args: &StatementArgs) -> Val {
    let mut map = Map::default();
    let written = args.sid.as_ref().filter(|it| it.as_text().is_none_or(|it| !it.is_empty()));
    map.entries.extend(written.map(|it| entry("Sid", it.clone())));
    let allow = || Val::string("Allow", args.origin.clone());
    map.entries.push(entry("Effect", args.effect.clone().unwrap_or_else(allow)));
    for (value, key, variables) in [
        (&args.actions, "Action", false),
        (&args.not_actions, "NotAction", false),
        (&args.resources, "Resource", true),
        (&args.not_resources, "NotResource", true),
    ] {
        // An empty set leaves the element out.
        let set = value.as_ref().map(|it| set(it, variables)).filter(|it| !is_empty(it));
        map.entries.extend(set.map(|it| entry(key, it)));
    }
    for (blocks, key) in [(&args.principals, "Principal"), (&args.not_principals, "NotPrincipal")] {
        map.entries.extend(principals(blocks, &args.origin).map(|it| entry(key, it)));
    }
    map.entries.extend(conditions(&args.conditions, &args.origin).map(|it| entry("Condition", it)));
    Val::new(Kind::Map(map), args.origin.clone())
}

fn is_empty(value: &Val) -> bool {
    matches!(&value.kind, Kind::List(List { items, rest: None }) if items.is_empty()) || value.kind == Kind::Null
}

/// A set of texts: sorted downwards where all is known, a single one without its list.
fn set(value: &Val, variables: bool) -> Val {
    ops::map_choice(value, |value| {
        let Kind::List(list) = &value.kind else { return text(value, variables) };
        let mut items: Vec<Val> = Vec::new();
        for item in list.items.iter().map(|it| text(it, variables)) {
            if items.iter().take(1000).all(|it| ops::equal(it, &item) != Truth::Yes) {
                items.push(item);
            }
        }
        if items.iter().all(|it| it.as_text().is_some()) {
            items.sort_by_cached_key(|it| std::cmp::Reverse(it.as_text()));
        }
        collapsed(value, items, list.rest.clone())
    })
}

/// A list in its order; a single item without its list.
fn collapsed(list: &Val, mut items: Vec<Val>, rest: Option<Why>) -> Val {
    match (items.len(), &rest) {
        (1, None) => items.pop().unwrap_or_else(|| list.clone()),
        _ => list.with_kind(Kind::List(List { items, rest })),
    }
}

/// An item as text; `&{` is written for the `${` of policy variables, which Terraform would take for its own.
fn text(value: &Val, variables: bool) -> Val {
    ops::map_choice(value, |value| match &value.kind {
        Kind::Bool(_) | Kind::Number(_) => match ops::to_string(value) {
            Some(text) => value.with_kind(Kind::String(text)),
            None => value.clone(),
        },
        Kind::String(text) if variables && has_variables(text) => Val {
            kind: Kind::String(ops::map_literals(text, "_", |it| it.replace("&{", "${"), |_| true)),
            ..value.clone()
        },
        _ => value.clone(),
    })
}

pub(super) fn has_variables(text: &SymStr) -> bool {
    text.segs().iter().any(|it| matches!(it, Seg::Lit(lit) if lit.text.contains("&{")))
}

/// Exactly one block of type `*` with identifiers `["*"]` is the text `*`; several blocks of one type are joined.
fn principals(blocks: &Blocks<PrincipalArgs>, origin: &Origin) -> Option<Val> {
    if blocks.known.is_empty() && blocks.rest.is_none() {
        return None;
    }
    let place = blocks.known.first().map_or(origin, |it| &it.origin);
    let single = blocks.known.len() == 1 && blocks.rest.is_none();
    let mut map = Map { entries: Vec::new(), rest: blocks.rest.clone() };
    for block in &blocks.known {
        let Some(key) = block.kind.as_ref().and_then(ops::to_string) else {
            let invalid = || Why::new(Cause::Invalid, "the type of a principal", block.origin.span);
            let why = block.kind.as_ref().and_then(Val::why).unwrap_or_else(invalid);
            map.rest = map.rest.take().or(Some(why));
            continue;
        };
        let Some(identifiers) = block.identifiers.as_ref().map(|it| set(it, true)).filter(|it| !is_empty(it)) else {
            continue;
        };
        let star = identifiers.as_text().as_deref() == Some("*");
        if single && star && key.is("*") {
            return Some(Val::string("*", block.origin.clone()));
        }
        let key_origin = block.kind.as_ref().map_or_else(|| block.origin.clone(), |it| it.origin.clone());
        add(&mut map, key, key_origin, identifiers);
    }
    (!map.entries.is_empty() || map.rest.is_some()).then(|| Val::new(Kind::Map(map), place.clone()))
}

/// Blocks of the same test and variable are joined in order: their values are alternatives.
fn conditions(blocks: &Blocks<ConditionArgs>, origin: &Origin) -> Option<Val> {
    if blocks.known.is_empty() && blocks.rest.is_none() {
        return None;
    }
    let place = blocks.known.first().map_or(origin, |it| &it.origin);
    let mut operators = Map { entries: Vec::new(), rest: blocks.rest.clone() };
    for block in &blocks.known {
        let part = |it: &Option<Val>| it.as_ref().and_then(ops::to_string);
        let (Some(test), Some(variable)) = (part(&block.test), part(&block.variable)) else {
            let why = [&block.test, &block.variable].into_iter().flatten().find_map(Val::why);
            let invalid = || Why::new(Cause::Invalid, "the test or variable of a condition", block.origin.span);
            operators.rest = operators.rest.take().or_else(|| Some(why.unwrap_or_else(invalid)));
            continue;
        };
        let none = || Val::new(Kind::List(List::default()), block.origin.clone());
        let values = block.values.clone().unwrap_or_else(none);
        let values = ops::map_choice(&values, |values| match &values.kind {
            Kind::List(list) => {
                collapsed(values, list.items.iter().map(|it| text(it, true)).collect(), list.rest.clone())
            }
            _ => text(values, true),
        });
        let found = operators.entries.iter_mut().find(|it| ops::text_equal(&it.key, &test) == Truth::Yes);
        match found.map(|it| &mut it.value.kind) {
            Some(Kind::Map(keys)) => add(keys, variable, block.origin.clone(), values),
            _ => {
                let mut keys = Map::default();
                add(&mut keys, variable, block.origin.clone(), values);
                let value = Val::new(Kind::Map(keys), block.origin.clone());
                operators.entries.push(Entry { key: test, key_origin: block.origin.clone(), value });
            }
        }
    }
    Some(Val::new(Kind::Map(operators), place.clone()))
}

/// Adds values under a key, after those that it has.
fn add(map: &mut Map, key: SymStr, key_origin: Origin, value: Val) {
    let Some(own) = map.entries.iter_mut().find(|it| ops::text_equal(&it.key, &key) == Truth::Yes) else {
        return map.entries.push(Entry { key, key_origin, value });
    };
    let origin = own.value.origin.clone();
    let mut joined = List::default();
    for part in [&own.value, &value] {
        match &part.kind {
            Kind::List(list) => {
                joined.items.extend(list.items.iter().cloned());
                joined.rest = joined.rest.take().or_else(|| list.rest.clone());
            }
            _ => joined.items.push(part.clone()),
        }
    }
    own.value = Val::new(Kind::List(joined), origin);
}
