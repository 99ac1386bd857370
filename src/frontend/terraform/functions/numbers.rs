//! Functions on numbers.

use crate::value::{Cause, Class, Kind, Number, Val, Why, ops};

use super::argument::{Call, Outcome, Stop};

/// Terraform's own limit.
const MAX_RANGE: usize = 1024;

pub(super) fn abs(cx: &Call) -> Outcome {
    cx.number(cx.float(0)?.abs())
}

pub(super) fn ceil(cx: &Call) -> Outcome {
    cx.number(cx.float(0)?.ceil() + 0.0)
}

pub(super) fn floor(cx: &Call) -> Outcome {
    cx.number(cx.float(0)?.floor())
}

pub(super) fn signum(cx: &Call) -> Outcome {
    let it = cx.whole(0)?;
    cx.number(f64::from(i32::try_from(it.signum()).unwrap_or(0)))
}

pub(super) fn max(cx: &Call) -> Outcome {
    cx.number(all(cx, cx.args)?.into_iter().fold(f64::NEG_INFINITY, f64::max))
}

pub(super) fn min(cx: &Call) -> Outcome {
    cx.number(all(cx, cx.args)?.into_iter().fold(f64::INFINITY, f64::min))
}

pub(super) fn sum(cx: &Call) -> Outcome {
    let items = cx.closed(0)?;
    if items.is_empty() {
        return Err(cx.refuse(0, "needs a list that is not empty"));
    }
    let total: f64 = all(cx, items)?.into_iter().sum();
    // Sums of decimal fractions are exact in Terraform.
    cx.number(if total.abs() < 1e9 { (total * 1e6).round() / 1e6 } else { total })
}

fn all(cx: &Call, values: &[Val]) -> Result<Vec<f64>, Stop> {
    values.iter().map(|it| cx.float_of(it, 0)).collect()
}

pub(super) fn pow(cx: &Call) -> Outcome {
    finite(cx, cx.float(0)?.powf(cx.float(1)?))
}

pub(super) fn log(cx: &Call) -> Outcome {
    finite(cx, cx.float(0)?.ln() / cx.float(1)?.ln())
}

fn finite(cx: &Call, it: f64) -> Outcome {
    if it.is_finite() { cx.number(it) } else { Err(cx.refuse(0, "the result is not a number")) }
}

pub(super) fn parseint(cx: &Call) -> Outcome {
    let Kind::String(_) = cx.arg(0)?.kind else {
        return Err(if cx.arg(0)?.why().is_some() { cx.open() } else { cx.refuse(0, "needs a string") });
    };
    let (text, base) = (cx.text(0)?, cx.whole(1)?);
    let Some(base) = u32::try_from(base).ok().filter(|it| (2..=62).contains(it)) else {
        return Err(cx.refuse(1, "needs a base from 2 to 62"));
    };
    let refused = || cx.refuse(0, format!("`{text}` is not a whole number in base {base}"));
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let mut value = 0_i128;
    for c in digits.chars() {
        // Up to base 36 letter case does not matter; above, capitals come after small letters.
        let digit = match c {
            'A'..='Z' if 36 < base => 36 + u32::from(c) - u32::from('A'),
            _ => c.to_digit(36).ok_or_else(refused)?,
        };
        if base <= digit {
            return Err(refused());
        }
        let next = value.checked_mul(i128::from(base)).and_then(|it| it.checked_add(i128::from(digit)));
        value = next.ok_or_else(|| {
            let why = Why::new(Cause::Limit, format!("the number `{text}`"), Some(cx.at));
            Stop::Open { why, class: Class::Any }
        })?;
    }
    if digits.is_empty() {
        return Err(refused());
    }
    let spelled = (if negative { -value } else { value }).to_string();
    let number = ops::to_number(&Val::string(spelled, crate::value::Origin::default()));
    cx.done(Kind::Number(number.unwrap_or(Number::new(0.0))))
}

pub(super) fn range(cx: &Call) -> Outcome {
    let (from, to, step) = match all(cx, cx.args)?.as_slice() {
        [to] => (0.0, *to, if *to < 0.0 { -1.0 } else { 1.0 }),
        [from, to] => (*from, *to, if to < from { -1.0 } else { 1.0 }),
        [from, to, step, ..] => (*from, *to, *step),
        [] => return Err(cx.refuse(0, "needs a number")),
    };
    if step == 0.0 || (to - from) * step < 0.0 {
        return Err(cx.refuse(2, "the step does not lead there"));
    }
    let mut items = Vec::new();
    loop {
        let next = from + step * items.len() as f64;
        if (0.0 < step && to <= next) || (step < 0.0 && next <= to) {
            return cx.list(items, None);
        }
        if items.len() == MAX_RANGE {
            return Err(cx.refuse(0, "makes more than 1024 numbers"));
        }
        items.push(cx.value(Kind::Number(Number::new(next))));
    }
}
