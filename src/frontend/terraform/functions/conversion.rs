//! Conversions, and functions about sensitivity and type.

use crate::value::{Kind, Number, Origin, Val};

use super::strings::number;
use super::{Call, Result};

pub(super) fn call(cx: &Call, args: &[Val]) -> Option<Result> {
    let [value] = args else { return None };
    match cx.name {
        "tostring" => match value.as_symstr() {
            _ if value.kind == Kind::Null => cx.done(Kind::Null),
            Some(text) => Some(Ok(Val { kind: Kind::String(text), ..value.clone() })),
            None => cx.refuse(args, "cannot be converted to a string"),
        },
        "tonumber" => match number(value) {
            _ if value.kind == Kind::Null => cx.done(Kind::Null),
            Some(it) => cx.done(Kind::Number(Number::new(it))),
            None => cx.refuse(args, "cannot be converted to a number"),
        },
        "tobool" => match value.as_bool() {
            _ if value.kind == Kind::Null => cx.done(Kind::Null),
            Some(it) => cx.done(Kind::Bool(it)),
            None => cx.refuse(args, "cannot be converted to true or false"),
        },
        "sensitive" => Some(Ok(Val { sensitive: true, ..value.clone() })),
        "nonsensitive" => Some(Ok(Val { sensitive: false, ..value.clone() })),
        "issensitive" => cx.done(Kind::Bool(value.sensitive)),
        "type" => Some(Ok(Val::string(type_name(value), Origin::at(cx.at)))),
        _ => None,
    }
}

fn type_name(value: &Val) -> &'static str {
    match value.kind {
        Kind::Bool(_) => "bool",
        Kind::Number(_) => "number",
        Kind::String(_) | Kind::Json(_) => "string",
        Kind::List(_) => "tuple",
        Kind::Map(_) => "object",
        Kind::Null | Kind::Choice(_) | Kind::Unknown(_) => "dynamic",
    }
}
