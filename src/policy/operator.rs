//! Condition operators: `StringEquals`, `ForAllValues:StringLikeIfExists` …
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

/// A condition operator, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operator {
    /// The set operator before the colon.
    pub(super) set: Option<SetOperator>,
    /// The comparison.
    pub(super) base: Base,
    /// A `Not…` form: true where no value matches.
    pub(super) negated: bool,
    /// True where the request lacks the key.
    pub(super) if_exists: bool,
}

/// `ForAllValues:` or `ForAnyValue:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SetOperator {
    /// Every value of the request.
    All,
    /// At least one value of the request.
    Any,
}

/// The comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are AWS's operators")]
pub(super) enum Base {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    Numeric(Order),
    Date(Order),
    Bool,
    Binary,
    Ip,
    Arn,
    Null,
}

/// Comparison of numbers and dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub(super) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Every comparison operator by name, and whether it is a negated form.
pub(super) const NAMES: [(&str, Base, bool); 27] = [
    ("StringEquals", Base::StringEquals, false),
    ("StringNotEquals", Base::StringEquals, true),
    ("StringEqualsIgnoreCase", Base::StringEqualsIgnoreCase, false),
    ("StringNotEqualsIgnoreCase", Base::StringEqualsIgnoreCase, true),
    ("StringLike", Base::StringLike, false),
    ("StringNotLike", Base::StringLike, true),
    ("NumericEquals", Base::Numeric(Order::Equal), false),
    ("NumericNotEquals", Base::Numeric(Order::Equal), true),
    ("NumericLessThan", Base::Numeric(Order::Less), false),
    ("NumericLessThanEquals", Base::Numeric(Order::LessOrEqual), false),
    ("NumericGreaterThan", Base::Numeric(Order::Greater), false),
    ("NumericGreaterThanEquals", Base::Numeric(Order::GreaterOrEqual), false),
    ("DateEquals", Base::Date(Order::Equal), false),
    ("DateNotEquals", Base::Date(Order::Equal), true),
    ("DateLessThan", Base::Date(Order::Less), false),
    ("DateLessThanEquals", Base::Date(Order::LessOrEqual), false),
    ("DateGreaterThan", Base::Date(Order::Greater), false),
    ("DateGreaterThanEquals", Base::Date(Order::GreaterOrEqual), false),
    ("Bool", Base::Bool, false),
    ("BinaryEquals", Base::Binary, false),
    ("IpAddress", Base::Ip, false),
    ("NotIpAddress", Base::Ip, true),
    ("ArnEquals", Base::Arn, false),
    ("ArnLike", Base::Arn, false),
    ("ArnNotEquals", Base::Arn, true),
    ("ArnNotLike", Base::Arn, true),
    ("Null", Base::Null, false),
];

impl Operator {
    /// Whether values are compared as they stand, without wildcards.
    pub(super) fn compares_texts(self) -> bool {
        matches!(self.base, Base::StringEquals | Base::StringEqualsIgnoreCase | Base::Binary)
    }

    /// Takes a name apart; `None` where no such operator exists.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (set, rest) = match text.split_once(':') {
            None => (None, text),
            Some((set, rest)) if set.eq_ignore_ascii_case("ForAllValues") => (Some(SetOperator::All), rest),
            Some((set, rest)) if set.eq_ignore_ascii_case("ForAnyValue") => (Some(SetOperator::Any), rest),
            Some(_) => return None,
        };
        let cut = rest.len().checked_sub("IfExists".len()).and_then(|at| rest.split_at_checked(at));
        let (name, if_exists) = match cut {
            Some((name, tail)) if tail.eq_ignore_ascii_case("IfExists") => (name, true),
            _ => (rest, false),
        };
        let (_, base, negated) = NAMES.into_iter().find(|(it, ..)| it.eq_ignore_ascii_case(name))?;
        // `Null` asks whether the key exists: `IfExists` is not allowed with it.
        if base == Base::Null && if_exists {
            return None;
        }
        Some(Self { set, base, negated, if_exists })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_apart() {
        let it = Operator::parse("ForAllValues:StringNotLikeIfExists").unwrap();
        assert_eq!((it.set, it.base, it.negated, it.if_exists), (Some(SetOperator::All), Base::StringLike, true, true));
        assert_eq!(Operator::parse("Bool").map(|it| it.base), Some(Base::Bool));
        for bad in ["StringEqual", "ForSome:StringEquals", "NullIfExists", "", "IfExists", "é"] {
            assert_eq!(Operator::parse(bad), None, "{bad}");
        }
    }
}
