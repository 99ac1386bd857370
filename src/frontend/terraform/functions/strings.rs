//! Functions on strings. JSON text that is kept as a tree stays a tree where the function cannot touch its structure.

use crate::value::{Alternative, Class, Entry, Kind, List, Map, Seg, SymStr, Truth, Val, json as tree, ops};

use super::argument::{Call, Outcome, Stop};

pub(super) fn lower(cx: &Call) -> Outcome {
    let keeps = |it| matches!(it, Class::BucketName | Class::AccountId | Class::Region | Class::Partition);
    literals(cx, "lower(_)", &|it: &str| it.chars().map(|c| single(c, c.to_lowercase())).collect(), &keeps)
}

pub(super) fn upper(cx: &Call) -> Outcome {
    literals(cx, "upper(_)", &|it: &str| it.chars().map(|c| single(c, c.to_uppercase())).collect(), &|it| {
        it == Class::AccountId
    })
}

/// Go maps letters one by one: `ß` has no capital.
fn single(own: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(it), None) => it,
        _ => own,
    }
}

/// A letter is capital where none of letters, digits and `_` is before it, as in Go's `strings.Title`. What stands after a
/// hole depends on its last character.
pub(super) fn title(cx: &Call) -> Outcome {
    let text = cx.text(0)?;
    let mut start = true;
    let up = |c: char| {
        let out = if start { c.to_uppercase().to_string() } else { c.to_string() };
        start = if c.is_ascii() { !c.is_ascii_alphanumeric() && c != '_' } else { c.is_whitespace() };
        out
    };
    cx.string(text.chars().map(up).collect::<String>())
}

fn literals(cx: &Call, name: &str, f: &dyn Fn(&str) -> String, keeps: &dyn Fn(Class) -> bool) -> Outcome {
    cx.done(Kind::String(ops::map_literals(&cx.sym(0)?, name, f, keeps)))
}

/// Deeper indents are unknown.
const MAX_INDENT: usize = 1000;

/// Spaces after each line break. A hole of a known class has no line breaks; JSON text neither.
pub(super) fn indent(cx: &Call) -> Outcome {
    if let Kind::Json(_) = cx.arg(1)?.kind {
        return cx.arg(1).cloned();
    }
    let spaces = cx.whole(0)?;
    let Ok(spaces) = usize::try_from(spaces) else { return Err(cx.refuse(0, "needs a number of 0 or more")) };
    if MAX_INDENT < spaces {
        return Err(cx.too_large());
    }
    let line = format!("\n{}", " ".repeat(spaces));
    cx.room(cx.sym(1)?.known_prefix().matches('\n').count(), line.len())?;
    let name = format!("indent({spaces}, _)");
    let f = |it: &str| it.replace('\n', &line);
    cx.done(Kind::String(ops::map_literals(&cx.sym(1)?, &name, f, |it| it != Class::Any)))
}

pub(super) fn strrev(cx: &Call) -> Outcome {
    cx.string(cx.text(0)?.chars().rev().collect::<String>())
}

pub(super) fn trimspace(cx: &Call) -> Outcome {
    trimmed(cx, "trimspace(_)", (true, true), &char::is_whitespace)
}

pub(super) fn chomp(cx: &Call) -> Outcome {
    trimmed(cx, "chomp(_)", (false, true), &|it| matches!(it, '\n' | '\r'))
}

pub(super) fn trim(cx: &Call) -> Outcome {
    let cut = cx.text(1)?;
    trimmed(cx, &format!("trim(_, {cut:?})"), (true, true), &|it| cut.contains(it))
}

fn trimmed(cx: &Call, name: &str, (start, end): (bool, bool), cuts: &dyn Fn(char) -> bool) -> Outcome {
    let value = cx.arg(0)?;
    if matches!(value.kind, Kind::Json(_)) && !"{}[]\"truefalsn0123456789-.eE+".chars().any(cuts) {
        return Ok(value.clone());
    }
    let text = cx.sym(0)?;
    kept(cx, value, &text, ops::trim(&text, name, start, end, cuts))
}

pub(super) fn trimprefix(cx: &Call) -> Outcome {
    affix(cx, ops::strip_prefix, |text, it| text.starts_with(it))
}

pub(super) fn trimsuffix(cx: &Call) -> Outcome {
    affix(cx, ops::strip_suffix, |text, it| text.ends_with(it))
}

fn affix(cx: &Call, strip: fn(&SymStr, &str) -> Option<SymStr>, at_edge: fn(&str, char) -> bool) -> Outcome {
    let value = cx.arg(0)?;
    let affix = cx.text(1)?;
    let edge = |it| at_edge(&affix, it);
    // JSON text of a map or list begins and ends with a bracket.
    if let Kind::Json(inner) = &value.kind {
        let brackets = matches!(inner.kind, Kind::Map(_) | Kind::List(_));
        if brackets && !['{', '}', '[', ']'].into_iter().any(edge) {
            return Ok(value.clone());
        }
    }
    let text = cx.sym(0)?;
    kept(cx, value, &text, strip(&text, &affix))
}

/// What is left of a text; the value itself, identity and places, where that is all.
fn kept(cx: &Call, value: &Val, text: &SymStr, left: Option<SymStr>) -> Outcome {
    match left {
        Some(left) if left == *text => Ok(match &value.kind {
            Kind::Bool(_) | Kind::Number(_) => value.with_kind(Kind::String(left)),
            _ => value.clone(),
        }),
        Some(left) => cx.done(Kind::String(left)),
        None => Err(cx.open_as(if text.has_wildcard() == Truth::No { Class::Identifier } else { Class::Any })),
    }
}

pub(super) fn startswith(cx: &Call) -> Outcome {
    cx.truth(ops::starts_with(&cx.sym(0)?, &cx.text(1)?))
}

pub(super) fn endswith(cx: &Call) -> Outcome {
    cx.truth(ops::ends_with(&cx.sym(0)?, &cx.text(1)?))
}

pub(super) fn strcontains(cx: &Call) -> Outcome {
    cx.truth(ops::contains(&cx.sym(0)?, &cx.text(1)?))
}

/// Counts characters. A part that ends before the first hole is known.
pub(super) fn substr(cx: &Call) -> Outcome {
    let (text, from, length) = (cx.sym(0)?, cx.whole(1)?, cx.whole(2)?);
    let whole = text.known();
    let chars: Vec<char> = whole.clone().unwrap_or_else(|| text.known_prefix()).chars().collect();
    let count = i64::try_from(chars.len()).unwrap_or(i64::MAX);
    if whole.is_none() && (from < 0 || length < 0 || count < from.saturating_add(length)) {
        return Err(cx.open());
    }
    let start = if from < 0 { from.saturating_add(count).max(0) } else { from };
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    let rest = chars.get(start..).unwrap_or_default();
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if start == 0 && rest.len() <= length && whole.is_some() {
        return kept(cx, cx.arg(0)?, &text, Some(text.clone()));
    }
    cx.string(rest.iter().take(length).collect::<String>())
}

pub(super) fn split(cx: &Call) -> Outcome {
    let (separator, text) = (cx.text(0)?, cx.sym(1)?);
    if separator.is_empty() {
        let text = text.known().ok_or_else(|| cx.open())?;
        let items = text.chars().map(|it| cx.value(Kind::String(SymStr::text(it.to_string()))));
        return cx.list(items.collect(), None);
    }
    let (items, complete) = ops::split(&text, &separator);
    if items.is_empty() {
        return Err(cx.open());
    }
    let rest = if complete { None } else { text.why().cloned() };
    cx.list(items.into_iter().map(|it| cx.value(Kind::String(it))).collect(), rest)
}

pub(super) fn join(cx: &Call) -> Outcome {
    if cx.args.len() < 2 {
        return Err(cx.refuse(1, "needs at least one list"));
    }
    let separator = cx.sym(0)?;
    let mut items = Vec::new();
    for index in 1..cx.args.len() {
        items.extend(cx.closed(index)?);
    }
    // One item joined is that item, identity and all.
    if let [Val { kind: Kind::String(_) | Kind::Json(_) | Kind::Unknown(_), .. }] = items.as_slice() {
        return items.first().map_or_else(|| Err(cx.open()), |it| Ok((*it).clone()));
    }
    if items.iter().any(|it| it.kind == Kind::Null) {
        return Err(cx.refuse(1, "an item is null"));
    }
    let texts = items.iter().map(|it| cx.sym_of(it, 1)).collect::<Result<Vec<_>, Stop>>()?;
    let longest = texts.iter().map(length).max().unwrap_or_default();
    cx.room(texts.len(), length(&separator).saturating_add(longest))?;
    cx.done(Kind::String(ops::join(&separator, &texts)))
}

pub(super) fn replace(cx: &Call) -> Outcome {
    let (value, from, to) = (cx.arg(0)?, cx.text(1)?, cx.sym(2)?);
    if let Some(pattern) = super::regex::slashed(&from) {
        return super::regex::replace(cx, pattern, &to);
    }
    if from.is_empty() {
        let (text, to) = (cx.text(0)?, to.known().ok_or_else(|| cx.open())?);
        cx.room(text.len() + 1, to.len() + 1)?;
        return cx.string(text.replace("", &to));
    }
    grown(cx, value, &from, length(&to))?;
    if let Kind::Json(inner) = &value.kind
        && plain(&from)
        && to.known().is_none_or(|it| !it.contains(['"', '\\', '<', '>', '&']) && !it.contains(char::is_control))
        && let Some(replaced) = in_leaves(inner, &from, &to, 0)
    {
        return Ok(value.with_kind(Kind::Json(Box::new(replaced))));
    }
    let text = cx.sym(0)?;
    let replaced = ops::replace(&text, &from, &to);
    kept(cx, value, &text, Some(replaced))
}

/// Bytes of what is known of a text.
fn length(text: &SymStr) -> usize {
    let known = |it: &Seg| match it {
        Seg::Lit(piece) => piece.text.len(),
        Seg::Hole(hole) => hole.known.as_ref().map_or(0, |it| it.len()),
    };
    text.segs().iter().map(known).sum()
}

/// Stops where replacing in a text, or in the texts of a tree, makes more of it than is evaluated.
fn grown(cx: &Call, value: &Val, from: &str, to: usize) -> Result<(), Stop> {
    let text = match &value.kind {
        Kind::Json(tree) => tree::encode(tree),
        _ => value.as_symstr(),
    };
    let found = |it: &Seg| match it {
        Seg::Lit(piece) => piece.text.matches(from).count(),
        Seg::Hole(hole) => hole.known.as_ref().map_or(0, |it| it.matches(from).count()),
    };
    cx.room(text.iter().flat_map(|it| it.segs()).map(found).sum(), to)
}

/// Text that is written the same inside a JSON string and cannot be part of JSON's structure.
fn plain(text: &str) -> bool {
    !text.contains(['"', '\\', '{', '}', '[', ']', ':', ',', '<', '>', '&']) && !text.contains(char::is_control)
}

/// Replaces in keys and texts; `None` where a number, `true`, `false`, `null` or nested JSON would be touched as well.
fn in_leaves(value: &Val, from: &str, to: &SymStr, depth: usize) -> Option<Val> {
    if 64 < depth {
        return None;
    }
    let kind = match &value.kind {
        Kind::String(text) => Kind::String(ops::replace(text, from, to)),
        Kind::List(list) => {
            let items = list.items.iter().map(|it| in_leaves(it, from, to, depth + 1)).collect::<Option<_>>()?;
            Kind::List(List { items, rest: list.rest.clone() })
        }
        Kind::Map(map) => {
            let entry = |it: &Entry| {
                let value = in_leaves(&it.value, from, to, depth + 1)?;
                Some(Entry { key: ops::replace(&it.key, from, to), key_origin: it.key_origin.clone(), value })
            };
            Kind::Map(Map { entries: map.entries.iter().map(entry).collect::<Option<_>>()?, rest: map.rest.clone() })
        }
        Kind::Choice(all) => {
            let one = |it: &Alternative| {
                Some(Alternative { guard: it.guard.clone(), value: in_leaves(&it.value, from, to, depth + 1)? })
            };
            Kind::Choice(all.iter().map(one).collect::<Option<_>>()?)
        }
        // An unknown leaf may hold the text: only placeholders are taken not to be part of it (see `ops::replace`).
        Kind::Unknown(hole) => {
            let replaced = ops::replace(&SymStr::hole(hole.clone()), from, to);
            match replaced.segs() {
                [crate::value::Seg::Hole(hole)] => Kind::Unknown(hole.clone()),
                _ => Kind::String(replaced),
            }
        }
        Kind::Json(inner) => Kind::Json(Box::new(in_leaves(inner, from, to, depth + 1)?)),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => {
            let touched = tree::encode(value).and_then(|it| it.known()).is_none_or(|it| it.contains(from));
            return (!touched).then(|| value.clone());
        }
    };
    Some(value.with_kind(kind))
}
