//! Functions over choices: a choice of arguments is a choice of results.

use crate::value::{Alternative, Cause, Class, Guard, Kind, List, Map, Origin, Symbol, Val, Why};

/// A choice never grows beyond this many alternatives.
pub const MAX_ALTERNATIVES: usize = 64;

/// Applies `f` to the value, or to each of its alternatives. Too many alternatives are unknown ([`Cause::Limit`]).
pub fn map_choice(value: &Val, f: impl Fn(&Val) -> Val) -> Val {
    let result: Result<Val, std::convert::Infallible> =
        lift(std::slice::from_ref(value), &value.origin, &|args: &[Val]| {
            Ok(args.first().map_or_else(|| value.clone(), &f))
        });
    match result {
        Ok(value) => value,
        Err(never) => match never {},
    }
}

/// Applies `f` to every combination of the arguments' alternatives. Contradicting combinations are dropped; more than
/// [`MAX_ALTERNATIVES`] are unknown ([`Cause::Limit`]).
///
/// # Errors
/// The first error of `f`, where *every* combination fails. Where only some do, theirs is an unknown alternative: it may
/// never be taken.
pub fn lift<E: ToString>(args: &[Val], origin: &Origin, f: &dyn Fn(&[Val]) -> Result<Val, E>) -> Result<Val, E> {
    if !args.iter().any(|it| matches!(it.kind, Kind::Choice(_))) {
        return f(args);
    }
    let Some(worlds) = combinations(args) else { return Ok(too_many(args, origin)) };
    let mut failed = None;
    let mut found: Vec<Alternative> = Vec::new();
    let mut failures = Vec::new();
    for (guard, args) in worlds {
        match f(&args) {
            Ok(value) => found.extend(flat(guard, value)),
            Err(error) => {
                let why = Why::new(Cause::Invalid, error.to_string(), origin.span);
                let symbol = Symbol::new(format!("invalid@{:?} when {guard}", origin.span), "");
                failures.push(Alternative { guard, value: Val::unknown(symbol, Class::Any, why, origin.clone()) });
                failed = failed.or(Some(error));
            }
        }
    }
    if let (true, Some(error)) = (found.is_empty(), failed) {
        return Err(error);
    }
    found.extend(failures);
    if MAX_ALTERNATIVES < found.len() {
        return Ok(too_many(args, origin));
    }
    Ok(choice(found, origin))
}

/// Moves the choices among a list's items or a map's values outwards: the choice of lists or maps. Other values, and
/// those without such items, stay as they are. `None` where there are too many.
#[must_use]
pub fn hoist(value: &Val) -> Option<Val> {
    let parts: Vec<Val> = match &value.kind {
        Kind::List(list) => list.items.clone(),
        Kind::Map(map) => map.entries.iter().map(|it| it.value.clone()).collect(),
        _ => return Some(value.clone()),
    };
    if !parts.iter().any(|it| matches!(it.kind, Kind::Choice(_))) {
        return Some(value.clone());
    }
    let rebuilt = combinations(&parts)?.into_iter().map(|(guard, parts)| {
        let kind = match &value.kind {
            Kind::Map(map) => {
                let pairs = map.entries.iter().cloned().zip(parts);
                let entries = pairs.map(|(entry, value)| crate::value::Entry { value, ..entry }).collect();
                Kind::Map(Map { entries, rest: map.rest.clone() })
            }
            Kind::List(list) => Kind::List(List { items: parts, rest: list.rest.clone() }),
            other => other.clone(),
        };
        Alternative { guard, value: value.with_kind(kind) }
    });
    let rebuilt: Vec<Alternative> = rebuilt.collect();
    Some(choice(rebuilt, &value.origin))
}

/// The value of a function whose arguments have too many alternatives.
#[must_use]
pub fn too_many(args: &[Val], origin: &Origin) -> Val {
    let subject = args.iter().find_map(Val::why).map_or_else(String::new, |it| format!(" of {}", it.subject()));
    let why = Why::new(Cause::Limit, format!("the number of alternatives{subject}"), origin.span);
    Val::unknown(Symbol::new(format!("alternatives@{:?}{subject}", origin.span), ""), Class::Any, why, origin.clone())
}

fn combinations(args: &[Val]) -> Option<Vec<(Guard, Vec<Val>)>> {
    let mut worlds: Vec<(Guard, Vec<Val>)> = vec![(Guard::always(), Vec::new())];
    for arg in args {
        let Kind::Choice(_) = &arg.kind else {
            worlds.iter_mut().for_each(|it| it.1.push(arg.clone()));
            continue;
        };
        let all = flat(Guard::always(), arg.clone());
        let mut next = Vec::new();
        for (guard, taken) in &worlds {
            for alternative in &all {
                let both = guard.and(&alternative.guard);
                if both == Guard::Never {
                    continue;
                }
                let mut taken = taken.clone();
                let sensitive = arg.sensitive || alternative.value.sensitive;
                taken.push(Val { sensitive, ..alternative.value.clone() });
                next.push((both, taken));
            }
            if MAX_ALTERNATIVES < next.len() {
                return None;
            }
        }
        worlds = next;
    }
    Some(worlds)
}

/// A value as alternatives that are no choices themselves.
fn flat(guard: Guard, value: Val) -> Vec<Alternative> {
    let mut done = Vec::new();
    let mut open = vec![(guard, value)];
    while let Some((guard, value)) = open.pop() {
        if guard == Guard::Never {
            continue;
        }
        match value.kind {
            Kind::Choice(inner) if done.len() <= MAX_ALTERNATIVES => {
                open.extend(inner.into_iter().rev().map(|it| (guard.and(&it.guard), it.value)));
            }
            _ => done.push(Alternative { guard, value }),
        }
    }
    done
}

/// One value where all alternatives agree, places included.
fn choice(all: Vec<Alternative>, origin: &Origin) -> Val {
    let alike = all.windows(2).all(|pair| matches!(pair, [a, b] if a.value == b.value));
    if let (true, Some(only)) = (alike, all.last()) {
        return only.value.clone();
    }
    let sensitive = all.iter().any(|it| it.value.sensitive);
    Val { sensitive, ..Val::new(Kind::Choice(all), origin.clone()) }
}
