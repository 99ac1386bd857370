//! Functions on numbers.

use crate::value::{Kind, Number, Val};

use super::strings::number;
use super::{Call, Result};

pub(super) fn call(cx: &Call, args: &[Val]) -> Option<Result> {
    let done = |value: f64| cx.done(Kind::Number(Number::new(value)));
    match (cx.name, args) {
        ("max" | "min" | "sum", values) => {
            let spread: Vec<Val> = match values {
                [Val { kind: Kind::List(list), .. }] if list.rest.is_none() => list.items.clone(),
                _ => values.to_vec(),
            };
            match spread.iter().map(number).collect::<Option<Vec<_>>>() {
                Some(all) if all.is_empty() => cx.fail("needs at least one number"),
                Some(all) => done(match cx.name {
                    "max" => all.into_iter().fold(f64::NEG_INFINITY, f64::max),
                    "min" => all.into_iter().fold(f64::INFINITY, f64::min),
                    _ => all.into_iter().sum(),
                }),
                None => cx.refuse(args, "needs numbers"),
            }
        }
        ("abs" | "ceil" | "floor" | "signum", [value]) => match number(value) {
            Some(it) => done(match cx.name {
                "abs" => it.abs(),
                "ceil" => it.ceil(),
                "floor" => it.floor(),
                _ if it == 0.0 => 0.0,
                _ => it.signum(),
            }),
            None => cx.refuse(args, "needs a number"),
        },
        ("pow" | "log", [base, other]) => match (number(base), number(other)) {
            (Some(base), Some(other)) => done(if cx.name == "pow" { base.powf(other) } else { base.ln() / other.ln() }),
            _ => cx.refuse(args, "needs numbers"),
        },
        ("parseint", [text, base]) => match (text.as_text(), number(base)) {
            (Some(text), Some(base)) if (2.0..=36.0).contains(&base) => match i64::from_str_radix(&text, base as u32) {
                Ok(value) => done(value as f64),
                Err(_) => cx.fail(format!("`{text}` is not a whole number of this base")),
            },
            _ => cx.refuse(args, "needs a text and a base up to 36"),
        },
        _ => None,
    }
}
