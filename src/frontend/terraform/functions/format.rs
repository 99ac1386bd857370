//! `format` and `formatlist`.

use crate::value::{Class, Kind, List, Seg, SymStr, Val};

use super::argument::{Call, Outcome, Stop};
use super::verb::{self, Verb};

/// Longer lists are unknown.
const MAX_ROWS: usize = 10_000;

pub(super) fn format(cx: &Call) -> Outcome {
    let values = cx.args.get(1..).unwrap_or_default();
    if values.iter().any(|it| matches!(it.kind, Kind::Choice(_))) {
        return Err(cx.open());
    }
    let text = formatted(cx, &template(cx)?, values)?;
    cx.done(Kind::String(text))
}

pub(super) fn formatlist(cx: &Call) -> Outcome {
    let template = template(cx)?;
    let values = cx.args.get(1..).unwrap_or_default();
    let (mut length, mut rest) = (None, None);
    for (index, value) in values.iter().enumerate() {
        match &value.kind {
            Kind::List(list) if list.rest.is_some() && values.len() == 1 => {
                (length, rest) = (Some(list.items.len()), list.rest.clone());
            }
            Kind::List(List { rest: Some(_), .. }) => return Err(cx.open()),
            Kind::List(list) => match length {
                Some(known) if known != list.items.len() => {
                    return Err(cx.refuse(index + 1, "needs lists of the same length"));
                }
                _ => length = Some(list.items.len()),
            },
            // It may be a list.
            Kind::Unknown(hole) if hole.class == Class::Any && hole.known.is_none() => return Err(cx.open()),
            _ => (),
        }
    }
    if length.is_some_and(|it| MAX_ROWS < it) {
        return Err(cx.too_large());
    }
    cx.room(length.unwrap_or(1), template.known().map_or(1000, |it| it.len()))?;
    let mut items = Vec::new();
    for row in 0..length.unwrap_or(1) {
        let values = values.iter().map(|it| match &it.kind {
            Kind::List(list) => list.items.get(row).cloned().ok_or_else(|| cx.open()),
            _ => Ok(it.clone()),
        });
        let values: Vec<Val> = values.collect::<Result<_, Stop>>()?;
        items.push(cx.value(Kind::String(formatted(cx, &template, &values)?)));
    }
    cx.list(items, rest)
}

/// The template; a hole in it is plain text where its class has no `%`.
fn template(cx: &Call) -> Result<SymStr, Stop> {
    let text = cx.sym(0)?;
    if text.unknown_holes().any(|it| it.class == Class::Any) { Err(cx.open()) } else { Ok(text) }
}

fn formatted(cx: &Call, template: &SymStr, values: &[Val]) -> Result<SymStr, Stop> {
    let mut out = SymStr::default();
    let mut next = 0;
    let mut furthest = 0;
    for seg in template.segs() {
        let text = match seg {
            Seg::Lit(lit) => &lit.text,
            Seg::Hole(hole) => match &hole.known {
                Some(known) if known.contains('%') => known,
                _ => {
                    out.push(seg.clone());
                    continue;
                }
            },
        };
        let mut rest: &str = text;
        while let Some((before, after)) = rest.split_once('%') {
            out.push_str(&SymStr::text(before));
            if let Some(after) = after.strip_prefix('%') {
                out.push_str(&SymStr::text("%"));
                rest = after;
                continue;
            }
            let Some((verb, after)) = Verb::parse(after) else {
                return Err(cx.refuse(0, "has a verb that is not known"));
            };
            rest = after;
            let index = verb.argument.map_or(next, |it| it.saturating_sub(1));
            next = index + 1;
            furthest = furthest.max(next);
            let Some(value) = values.get(index) else {
                return Err(cx.refuse(0, "has more verbs than there are values"));
            };
            out.push_str(&verb::rendered(cx, &verb, value, index + 1)?);
        }
        out.push_str(&SymStr::text(rest));
    }
    if furthest < values.len() {
        return Err(cx.refuse(furthest + 1, "there are more values than verbs"));
    }
    Ok(out)
}
