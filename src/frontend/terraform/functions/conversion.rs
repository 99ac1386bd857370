//! Conversions, and functions about sensitivity and type.

use crate::value::{Kind, List, Map, Val, ops};

use super::argument::{Call, Outcome};

pub(super) fn tostring(cx: &Call) -> Outcome {
    let value = cx.arg(0)?;
    match &value.kind {
        Kind::Null | Kind::String(_) | Kind::Json(_) | Kind::Unknown(_) => Ok(value.clone()),
        _ => Ok(value.with_kind(Kind::String(cx.sym(0)?))),
    }
}

pub(super) fn tonumber(cx: &Call) -> Outcome {
    let value = cx.arg(0)?;
    match ops::to_number(value) {
        _ if value.kind == Kind::Null => Ok(value.clone()),
        Some(it) => Ok(value.with_kind(Kind::Number(it))),
        None => cx.float(0).and_then(|it| cx.number(it)),
    }
}

pub(super) fn tobool(cx: &Call) -> Outcome {
    let value = cx.arg(0)?;
    match ops::to_bool(value) {
        _ if value.kind == Kind::Null => Ok(value.clone()),
        Some(it) => Ok(value.with_kind(Kind::Bool(it))),
        // The same unknown is the same truth.
        None if matches!(value.kind, Kind::Unknown(_)) => Ok(value.clone()),
        None if matches!(value.kind, Kind::List(_) | Kind::Map(_)) => Err(cx.refuse(0, "needs true or false")),
        None if value.why().is_some() => Err(cx.open()),
        None => Err(cx.refuse(0, "needs true or false")),
    }
}

pub(super) fn tolist(cx: &Call) -> Outcome {
    let value = cx.arg(0)?;
    match &value.kind {
        Kind::Null | Kind::Unknown(_) => Ok(value.clone()),
        _ => {
            let list = cx.items(0)?;
            let mut items = list.items.clone();
            if !unify(&mut items) {
                return Err(cx.refuse(0, "needs items of one type"));
            }
            Ok(value.with_kind(Kind::List(List { items, rest: list.rest.clone() })))
        }
    }
}

pub(super) fn tomap(cx: &Call) -> Outcome {
    let value = cx.arg(0)?;
    match &value.kind {
        Kind::Null | Kind::Unknown(_) => Ok(value.clone()),
        _ => {
            let map = cx.map(0)?;
            let mut values: Vec<Val> = map.entries.iter().map(|it| it.value.clone()).collect();
            if !unify(&mut values) {
                return Err(cx.refuse(0, "needs values of one type"));
            }
            let pairs = map.entries.iter().cloned().zip(values);
            let entries = pairs.map(|(entry, value)| crate::value::Entry { value, ..entry }).collect();
            Ok(value.with_kind(Kind::Map(Map { entries, rest: map.rest.clone() })))
        }
    }
}

/// Gives items one type, as a list must have: scalars beside text become text. `false` where there is none.
pub(super) fn unify(items: &mut [Val]) -> bool {
    let (mut bools, mut numbers, mut texts, mut lists, mut maps) = (false, false, false, false, false);
    for item in items.iter() {
        match item.kind {
            Kind::Bool(_) => bools = true,
            Kind::Number(_) => numbers = true,
            Kind::String(_) | Kind::Json(_) => texts = true,
            Kind::List(_) => lists = true,
            Kind::Map(_) => maps = true,
            Kind::Null | Kind::Unknown(_) | Kind::Choice(_) => (),
        }
    }
    let kinds = [bools, numbers, texts].into_iter().filter(|it| *it).count();
    if texts && 1 < kinds {
        for item in items.iter_mut().filter(|it| matches!(it.kind, Kind::Bool(_) | Kind::Number(_))) {
            if let Some(text) = ops::to_string(item) {
                item.kind = Kind::String(text);
            }
        }
    }
    let mixed = (lists || maps) && 0 < kinds || lists && maps || bools && numbers && !texts;
    !mixed
}

pub(super) fn sensitive(cx: &Call) -> Outcome {
    Ok(Val { sensitive: true, ..cx.arg(0)?.clone() })
}

pub(super) fn nonsensitive(cx: &Call) -> Outcome {
    Ok(Val { sensitive: false, ..cx.arg(0)?.clone() })
}

pub(super) fn issensitive(cx: &Call) -> Outcome {
    cx.bool(cx.arg(0)?.sensitive)
}

/// `ephemeralasnull`: ephemeral values are not told apart here.
pub(super) fn same(cx: &Call) -> Outcome {
    cx.arg(0).cloned()
}

/// `type`, which only the console has.
pub(super) fn type_name(cx: &Call) -> Outcome {
    cx.string(match cx.arg(0)?.kind {
        Kind::Bool(_) => "bool",
        Kind::Number(_) => "number",
        Kind::String(_) | Kind::Json(_) => "string",
        Kind::List(_) => "tuple",
        Kind::Map(_) => "object",
        Kind::Null | Kind::Choice(_) | Kind::Unknown(_) => "dynamic",
    })
}
