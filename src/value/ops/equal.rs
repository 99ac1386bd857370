//! Equality of values, as far as it is decided.

use crate::value::{Class, Hole, Kind, List, Map, Seg, SymStr, Truth, Val, json};

/// Values nested more deeply are not compared.
const MAX_DEPTH: usize = 64;
/// Texts with more unknown parts, or longer ones, are compared by their literal parts alone.
const MAX_HOLES: usize = 2;
const MAX_TEXT: usize = 512;

/// Whether two values are equal: same kind, same content. The same symbol is the same value; a literal and a string with
/// holes are compared by what the holes may be. A number is never equal to a string, as in Terraform.
#[must_use]
pub fn equal(a: &Val, b: &Val) -> Truth {
    compare(a, b, 0)
}

fn compare(a: &Val, b: &Val, depth: usize) -> Truth {
    if MAX_DEPTH < depth {
        return Truth::Unknown;
    }
    match (&a.kind, &b.kind) {
        (Kind::Unknown(x), Kind::Unknown(y)) if x.symbol == y.symbol => Truth::Yes,
        (Kind::Choice(all), _) => agreed(all.iter().map(|it| compare(&it.value, b, depth + 1))),
        (_, Kind::Choice(all)) => agreed(all.iter().map(|it| compare(a, &it.value, depth + 1))),
        (Kind::Unknown(hole), other) | (other, Kind::Unknown(hole)) => unknown(hole, other),
        (Kind::Null, Kind::Null) => Truth::Yes,
        (Kind::Bool(x), Kind::Bool(y)) => (x == y).into(),
        (Kind::Number(x), Kind::Number(y)) => (x.value == y.value).into(),
        (Kind::String(x), Kind::String(y)) => text_equal(x, y),
        (Kind::Json(x), Kind::Json(y)) => match compare(x, y, depth + 1) {
            // The order of keys and spelling of numbers may still differ.
            Truth::Yes if x == y => Truth::Yes,
            Truth::No => Truth::No,
            _ => encoded(a, b),
        },
        (Kind::Json(_), Kind::String(_)) | (Kind::String(_), Kind::Json(_)) => encoded(a, b),
        (Kind::List(x), Kind::List(y)) => lists(x, y, depth),
        (Kind::Map(x), Kind::Map(y)) => maps(x, y, depth),
        _ => Truth::No,
    }
}

fn agreed(mut truths: impl Iterator<Item = Truth>) -> Truth {
    match truths.next() {
        Some(first) if truths.all(|it| it == first) => first,
        _ => Truth::Unknown,
    }
}

/// What a provider or AWS generates is a text and never null; of others nothing is known.
fn unknown(hole: &Hole, other: &Kind) -> Truth {
    match other {
        _ if hole.class == Class::Any && hole.known.is_none() => Truth::Unknown,
        Kind::String(text) => text_equal(&SymStr::hole(hole.clone()), text),
        Kind::Unknown(other) => text_equal(&SymStr::hole(hole.clone()), &SymStr::hole(other.clone())),
        Kind::Null | Kind::List(_) | Kind::Map(_) => Truth::No,
        _ => Truth::Unknown,
    }
}

fn encoded(a: &Val, b: &Val) -> Truth {
    let text = |it: &Val| match &it.kind {
        Kind::Json(tree) => json::encode(tree),
        _ => it.as_symstr(),
    };
    match (text(a), text(b)) {
        (Some(a), Some(b)) => text_equal(&a, &b),
        _ => Truth::Unknown,
    }
}

fn lists(x: &List, y: &List, depth: usize) -> Truth {
    let pairs = Truth::all(x.items.iter().zip(&y.items).map(|(a, b)| compare(a, b, depth + 1)));
    if pairs == Truth::No {
        return Truth::No;
    }
    match (&x.rest, &y.rest) {
        (None, None) => Truth::from(x.items.len() == y.items.len()).and(pairs),
        (Some(_), None) if y.items.len() < x.items.len() => Truth::No,
        (None, Some(_)) if x.items.len() < y.items.len() => Truth::No,
        _ => Truth::Unknown,
    }
}

fn maps(x: &Map, y: &Map, depth: usize) -> Truth {
    let symbolic = |it: &Map| it.rest.is_some() || it.entries.iter().any(|it| it.key.known().is_none());
    let open = symbolic(x) || symbolic(y);
    let mut truth = if open { Truth::Unknown } else { Truth::Yes };
    for (one, other) in [(x, y), (y, x)] {
        for entry in &one.entries {
            let Some(key) = entry.key.known() else { continue };
            match other.get(&key) {
                Some(value) => {
                    let own = one.get(&key).unwrap_or(&entry.value);
                    truth = truth.and(compare(own, value, depth + 1));
                }
                None if symbolic(other) => truth = truth.and(Truth::Unknown),
                None => return Truth::No,
            }
        }
    }
    truth
}

/// Whether two texts are equal.
#[must_use]
pub fn text_equal(a: &SymStr, b: &SymStr) -> Truth {
    if let ([Seg::Lit(a)], [Seg::Lit(b)]) = (a.segs(), b.segs()) {
        return (a.text == b.text).into();
    }
    let (left, right) = (canonical(a), canonical(b));
    if left == right {
        return Truth::Yes;
    }
    match (a.known(), b.known()) {
        (Some(a), Some(b)) => (a == b).into(),
        (Some(text), None) => may_be(b, &text),
        (None, Some(text)) => may_be(a, &text),
        (None, None) => {
            let (x, y) = (a.known_prefix(), b.known_prefix());
            let (p, q) = (suffix(a), suffix(b));
            let apart = !x.starts_with(&y) && !y.starts_with(&x) || !p.ends_with(&q) && !q.ends_with(&p);
            if apart { Truth::No } else { Truth::Unknown }
        }
    }
}

/// Text of the known pieces joined, holes by their symbol: equal for equal strings, wherever they are cut.
fn canonical(text: &SymStr) -> Vec<Result<String, &crate::value::Symbol>> {
    let mut out: Vec<Result<String, &crate::value::Symbol>> = Vec::new();
    for seg in text.segs() {
        let known = match (seg.known(), seg) {
            (Some(known), _) => known,
            (None, Seg::Lit(_)) => continue,
            (None, Seg::Hole(hole)) => {
                out.push(Err(&hole.symbol));
                continue;
            }
        };
        match out.last_mut() {
            Some(Ok(last)) => last.push_str(known),
            _ => out.push(Ok(known.to_string())),
        }
    }
    out
}

/// Known text after the last unknown piece.
pub(super) fn suffix(text: &SymStr) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for seg in text.segs().iter().rev() {
        match seg.known() {
            Some(known) => parts.push(known),
            None => break,
        }
    }
    parts.into_iter().rev().collect()
}

fn may_be(open: &SymStr, text: &str) -> Truth {
    let parts: Vec<_> = canonical(open).into_iter().filter_map(Result::ok).collect();
    let mut rest = text;
    for part in &parts {
        let Some((_, after)) = rest.split_once(part.as_str()) else { return Truth::No };
        rest = after;
    }
    let small = open.unknown_holes().count() <= MAX_HOLES && text.len() <= MAX_TEXT;
    let ends = text.starts_with(&open.known_prefix()) && text.ends_with(&suffix(open));
    if !ends || (small && !open.could_be(text)) { Truth::No } else { Truth::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Cause, Number, Origin, Symbol, Why};

    fn hole(name: &str, class: Class) -> SymStr {
        let why = Why::new(Cause::NoDefault, name, None);
        SymStr::hole(Hole { symbol: Symbol::new(name, "id"), class, known: None, why })
    }

    fn around(before: &str, name: &str, after: &str) -> SymStr {
        let mut out = SymStr::text(before);
        out.push_str(&hole(name, Class::Any));
        out.push_str(&SymStr::text(after));
        out
    }

    fn val(text: SymStr) -> Val {
        Val::new(Kind::String(text), Origin::default())
    }

    #[test]
    fn texts() {
        let check = |a: SymStr, b: SymStr, expected| assert_eq!(equal(&val(a), &val(b)), expected);
        check(SymStr::text("a"), SymStr::text("a"), Truth::Yes);
        check(around("arn:", "x", "/*"), around("arn:", "x", "/*"), Truth::Yes);
        check(around("arn:", "x", ""), around("arn:", "y", ""), Truth::Unknown);
        check(around("arn:", "x", ""), around("urn:", "x", ""), Truth::No);
        check(around("a", "x", "/1"), around("a", "y", "/2"), Truth::No);
        check(around("arn:", "x", ""), SymStr::text("*"), Truth::No);
        check(around("", "x", ""), SymStr::text("*"), Truth::Unknown);
        check(hole("account", Class::AccountId), SymStr::text("*"), Truth::No);
        check(hole("account", Class::AccountId), SymStr::text("123456789012"), Truth::Unknown);
    }

    #[test]
    fn kinds() {
        let number = Val::new(Kind::Number(Number::new(1.0)), Origin::default());
        assert_eq!(equal(&number, &val(SymStr::text("1"))), Truth::No);
        let open = Kind::List(List { items: vec![number.clone()], rest: Some(Why::new(Cause::NoDefault, "x", None)) });
        let open = Val::new(open, Origin::default());
        let closed = |items: Vec<Val>| Val::new(Kind::List(List { items, rest: None }), Origin::default());
        assert_eq!(equal(&open, &closed(Vec::new())), Truth::No);
        assert_eq!(equal(&open, &closed(vec![number.clone()])), Truth::Unknown);
        assert_eq!(equal(&closed(vec![number.clone()]), &closed(vec![number])), Truth::Yes);
    }
}
