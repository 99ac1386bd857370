//! Functions over choices and holes: a choice in an argument is a choice of results.

use crate::value::{Alternative, Cause, Guard, Kind, Origin, SymStr, Val, Why};

/// A choice never grows beyond this many alternatives.
pub(super) const MAX_ALTERNATIVES: usize = 64;

/// Applies `apply` to every combination of the arguments' alternatives. Contradicting combinations are dropped;
/// too many give `None`.
pub(super) fn lift(args: &[Val], origin: &Origin, apply: &dyn Fn(&[Val]) -> Val) -> Option<Val> {
    let mut worlds: Vec<(Guard, Vec<Val>)> = vec![(Guard::always(), Vec::new())];
    for arg in args {
        let Kind::Choice(_) = &arg.kind else {
            worlds.iter_mut().for_each(|it| it.1.push(arg.clone()));
            continue;
        };
        let mut next = Vec::new();
        for (guard, taken) in &worlds {
            for (when, value) in alternatives(arg) {
                let both = guard.and(&when);
                if both == Guard::Never {
                    continue;
                }
                let mut taken = taken.clone();
                taken.push(value);
                next.push((both, taken));
            }
            if MAX_ALTERNATIVES < next.len() {
                return None;
            }
        }
        worlds = next;
    }
    let mut results: Vec<_> = worlds.iter().map(|(guard, args)| (guard.clone(), apply(args))).collect();
    if results.len() == 1 {
        return results.pop().map(|it| it.1);
    }
    Some(choice(results, origin.clone()))
}

/// The alternatives of a value with their guards; a value that is no choice is its own one alternative.
pub(super) fn alternatives(val: &Val) -> Vec<(Guard, Val)> {
    let Kind::Choice(all) = &val.kind else { return vec![(Guard::always(), val.clone())] };
    let mut out = Vec::new();
    for it in all {
        for (guard, value) in alternatives(&it.value) {
            let both = it.guard.and(&guard);
            if both != Guard::Never && out.len() <= MAX_ALTERNATIVES {
                out.push((both, value));
            }
        }
    }
    out
}

/// A choice of the alternatives; one value where all agree.
pub(super) fn choice(all: Vec<(Guard, Val)>, origin: Origin) -> Val {
    let mut all: Vec<_> = all.into_iter().filter(|it| it.0 != Guard::Never).collect();
    let first = all.first().map(|it| it.1.kind.clone());
    if first.is_some_and(|first| all.iter().all(|it| alike(&it.1.kind, &first))) {
        return all.swap_remove(0).1;
    }
    let all = all.into_iter().map(|(guard, value)| Alternative { guard, value }).collect();
    Val::new(Kind::Choice(all), origin)
}

/// Whether two values are the same, wherever they are written.
fn alike(a: &Kind, b: &Kind) -> bool {
    match (a, b) {
        (Kind::String(a), Kind::String(b)) if a.segs().len() == 1 => {
            a == b || (a.known().is_some() && a.known() == b.known())
        }
        _ => a == b,
    }
}

/// A list whose items are no choices: the choice of lists. A `Null` item is removed. `None` where there are too many.
pub(super) fn hoist_items(list: &Val) -> Option<Val> {
    let Kind::List(items) = &list.kind else { return Some(list.clone()) };
    if !items.items.iter().any(|it| matches!(it.kind, Kind::Choice(_))) {
        return Some(list.clone());
    }
    let rest = items.rest.clone();
    let rebuild = |taken: &[Val]| {
        let items = taken.iter().filter(|it| it.kind != Kind::Null).cloned().collect();
        Val::new(Kind::List(crate::value::List { items, rest: rest.clone() }), list.origin.clone())
    };
    lift(&items.items, &list.origin, &rebuild)
}

/// As a symbolic string; a reason where the value has no text.
pub(super) fn text_of(val: &Val) -> Result<SymStr, Why> {
    let wrong = |what: &str| Why::new(Cause::Invalid, format!("{what} where text is expected"), val.origin.span);
    match &val.kind {
        Kind::Null => Err(wrong("nothing")),
        Kind::List(_) => Err(wrong("a list")),
        Kind::Map(_) => Err(wrong("a map")),
        Kind::Json(_) => Err(Why::new(Cause::Unsupported, "JSON text inside other text", val.origin.span)),
        Kind::Choice(_) => Err(Why::new(Cause::Conditional, "too many conditions", val.origin.span)),
        _ => val.as_symstr().ok_or_else(|| wrong("this")),
    }
}

/// The first default among the origins' assumptions, to be the reason of a composed value's origin.
pub(super) fn resting_on(span: crate::source::Span, parts: &[&Origin]) -> Origin {
    let via = parts.iter().find(|it| it.assumptions().next().is_some()).and_then(|it| it.via.clone());
    Origin { span: Some(span), via }
}
