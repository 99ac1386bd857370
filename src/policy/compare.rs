//! Does a condition hold for the keys of a request?
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use std::collections::BTreeMap;

use crate::value::{SymStr, Truth};

use super::Condition;
use super::glob::{glob, glob_symbolic};
use super::ip::Range;
use super::operator::{Operator, Order, Set, Test};

/// Whether a condition holds. Keys of `context` are in lower case.
pub(crate) fn condition_holds(condition: &Condition, context: &BTreeMap<String, Vec<String>>) -> Truth {
    let (Some(operator), Some(key)) = (Operator::parse(&condition.operator), condition.key.known()) else {
        return Truth::Unknown;
    };
    let values = context.get(&key.to_ascii_lowercase()).filter(|it| !it.is_empty());
    if operator.test == Test::Null {
        return null_holds(condition, values.is_none());
    }
    let Some(values) = values else { return absent(operator) };
    let one = |value: &String| {
        let matched = any_value(condition, operator, value);
        if operator.negated { !matched } else { matched }
    };
    match operator.set {
        Set::ForAll => Truth::all(values.iter().map(one)),
        Set::Single | Set::ForAny => Truth::any(values.iter().map(one)),
    }
}

/// An absent key: negated operators and `…IfExists` hold, `ForAllValues` holds, everything else does not.
fn absent(operator: Operator) -> Truth {
    match operator.set {
        Set::ForAll => Truth::Yes,
        Set::ForAny => operator.if_exists.into(),
        Set::Single => (operator.negated || operator.if_exists).into(),
    }
}

fn null_holds(condition: &Condition, absent: bool) -> Truth {
    let wanted = if absent { "true" } else { "false" };
    let known = Truth::any(condition.values.iter().map(|(it, _)| match it.known() {
        Some(text) => text.eq_ignore_ascii_case(wanted).into(),
        None => Truth::Unknown,
    }));
    if condition.rest.is_some() { known.or(Truth::Unknown) } else { known }
}

fn any_value(condition: &Condition, operator: Operator, value: &str) -> Truth {
    let known = Truth::any(condition.values.iter().map(|(wanted, _)| matches(operator.test, wanted, value)));
    if condition.rest.is_some() { known.or(Truth::Unknown) } else { known }
}

fn matches(test: Test, wanted: &SymStr, value: &str) -> Truth {
    let Some(text) = wanted.known() else { return unknown_matches(test, wanted, value) };
    match test {
        Test::Equals { fold: true } => text.eq_ignore_ascii_case(value).into(),
        Test::Equals { fold: false } | Test::Binary => (text == value).into(),
        Test::Like => glob(&text, value).into(),
        Test::Arn => arn_matches(&text, value).into(),
        Test::Bool => text.eq_ignore_ascii_case(value).into(),
        Test::Number(order) => match (text.trim().parse(), value.trim().parse()) {
            (Ok(wanted), Ok(value)) => compare::<f64>(order, value, wanted).into(),
            _ => Truth::No,
        },
        Test::Date(order) => match (super::date::seconds(&text), super::date::seconds(value)) {
            (Some(wanted), Some(value)) => compare(order, value, wanted).into(),
            _ => Truth::No,
        },
        Test::Ip => match (Range::parse(&text), Range::parse(value)) {
            (Some(range), Some(address)) => range.contains(address).into(),
            _ => Truth::No,
        },
        Test::Null => Truth::Unknown,
    }
}

fn unknown_matches(test: Test, wanted: &SymStr, value: &str) -> Truth {
    match test {
        Test::Like | Test::Arn => glob_symbolic(wanted, value),
        Test::Equals { .. } | Test::Binary => wanted.equals(value),
        _ => Truth::Unknown,
    }
}

fn compare<T: PartialOrd>(order: Order, value: T, wanted: T) -> bool {
    match order {
        Order::Equal => value == wanted,
        Order::Less => value < wanted,
        Order::LessOrEqual => value <= wanted,
        Order::Greater => wanted < value,
        Order::GreaterOrEqual => wanted <= value,
    }
}

/// Each of the six parts by itself; a wildcard does not reach over a colon, except in the last part.
pub(crate) fn arn_matches(pattern: &str, value: &str) -> bool {
    let (pattern, value): (Vec<_>, Vec<_>) = (pattern.splitn(6, ':').collect(), value.splitn(6, ':').collect());
    pattern.len() == value.len() && pattern.iter().zip(&value).all(|(pattern, value)| glob(pattern, value))
}
