//! Conversions between scalars, as Terraform and CloudFormation make them.

use crate::value::{Kind, Number, SymStr, Val, json};

/// As text: strings, numbers, booleans, unknowns as a hole, JSON as its text. `None` for null, collections and choices.
#[must_use]
pub fn to_string(value: &Val) -> Option<SymStr> {
    match &value.kind {
        Kind::Json(tree) => Some(json::encode(tree).unwrap_or_else(|| SymStr::hole(json::opaque(value)))),
        Kind::Number(number) => Some(SymStr::text(number_text(number))),
        _ => value.as_symstr(),
    }
}

/// As a number: numbers, and texts that spell one.
#[must_use]
pub fn to_number(value: &Val) -> Option<Number> {
    let text = match &value.kind {
        Kind::Number(number) => return Some(number.clone()),
        Kind::String(text) => text.known()?,
        Kind::Unknown(hole) => hole.known.as_ref()?.to_string(),
        _ => return None,
    };
    let plain = text.chars().all(|it| it.is_ascii_digit() || matches!(it, '.' | '-' | '+' | 'e' | 'E'));
    let value: f64 = text.parse().ok().filter(|it: &f64| plain && it.is_finite())?;
    let number = Number::new(value);
    // Whole numbers beyond what a double holds keep their digits.
    let exact = number.to_string() == text || !text.bytes().all(|it| it.is_ascii_digit()) || text.starts_with('0');
    Some(if exact { number } else { Number { value, raw: Some(text.into()) } })
}

/// As a boolean: booleans and the texts `true` and `false`.
#[must_use]
pub fn to_bool(value: &Val) -> Option<bool> {
    match &value.kind {
        Kind::Unknown(hole) => hole.known.as_ref()?.parse().ok(),
        _ => value.as_bool(),
    }
}

/// `1.50` is `1.5` and `1.0` is `1`, but digits beyond a double's stay.
fn number_text(number: &Number) -> String {
    match number.raw.as_deref() {
        Some(raw) if raw.bytes().all(|it| it.is_ascii_digit()) => match raw.trim_start_matches('0') {
            "" => "0".to_owned(),
            digits => digits.to_owned(),
        },
        Some(_) if number.value.is_finite() => number.value.to_string(),
        _ => number.to_string(),
    }
}
