//! Condition operators.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

/// What an operator compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    /// Equal texts; `fold` without regard to case.
    Equals { fold: bool },
    /// Wildcards.
    Like,
    /// ARNs: wildcards in each of the six parts.
    Arn,
    /// Numbers by an ordering.
    Number(Order),
    /// Dates by an ordering.
    Date(Order),
    /// `true` or `false`.
    Bool,
    /// Bytes in base64.
    Binary,
    /// Address ranges.
    Ip,
    /// Absence.
    Null,
}

/// Orderings of numbers and dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// How several values of a request key are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    /// The key has one value.
    Single,
    /// Every value of the request must match; true for none.
    ForAll,
    /// At least one must.
    ForAny,
}

/// A parsed operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    pub set: Set,
    pub test: Test,
    /// `StringNotEquals` and the like.
    pub negated: bool,
    /// `…IfExists`.
    pub if_exists: bool,
}

impl Operator {
    /// Parses the name; AWS compares it without regard to case.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let (set, name) = match name.split_once(':') {
            Some(("forallvalues", rest)) => (Set::ForAll, rest),
            Some(("foranyvalue", rest)) => (Set::ForAny, rest),
            Some(_) => return None,
            None => (Set::Single, name.as_str()),
        };
        let (name, if_exists) = match name.strip_suffix("ifexists") {
            Some(rest) => (rest, true),
            None => (name, false),
        };
        let (test, negated) = match name {
            "stringequals" => (Test::Equals { fold: false }, false),
            "stringnotequals" => (Test::Equals { fold: false }, true),
            "stringequalsignorecase" => (Test::Equals { fold: true }, false),
            "stringnotequalsignorecase" => (Test::Equals { fold: true }, true),
            "stringlike" => (Test::Like, false),
            "stringnotlike" => (Test::Like, true),
            "arnequals" | "arnlike" => (Test::Arn, false),
            "arnnotequals" | "arnnotlike" => (Test::Arn, true),
            "numericequals" => (Test::Number(Order::Equal), false),
            "numericnotequals" => (Test::Number(Order::Equal), true),
            "numericlessthan" => (Test::Number(Order::Less), false),
            "numericlessthanequals" => (Test::Number(Order::LessOrEqual), false),
            "numericgreaterthan" => (Test::Number(Order::Greater), false),
            "numericgreaterthanequals" => (Test::Number(Order::GreaterOrEqual), false),
            "dateequals" => (Test::Date(Order::Equal), false),
            "datenotequals" => (Test::Date(Order::Equal), true),
            "datelessthan" => (Test::Date(Order::Less), false),
            "datelessthanequals" => (Test::Date(Order::LessOrEqual), false),
            "dategreaterthan" => (Test::Date(Order::Greater), false),
            "dategreaterthanequals" => (Test::Date(Order::GreaterOrEqual), false),
            "bool" => (Test::Bool, false),
            "binaryequals" => (Test::Binary, false),
            "ipaddress" => (Test::Ip, false),
            "notipaddress" => (Test::Ip, true),
            "null" if !if_exists => (Test::Null, false),
            _ => return None,
        };
        Some(Self { set, test, negated, if_exists })
    }

    /// Whether `*` and `?` in its values are wildcards.
    pub fn has_wildcards(self) -> bool {
        matches!(self.test, Test::Like | Test::Arn)
    }
}
