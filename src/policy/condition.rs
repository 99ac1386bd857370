//! One condition, compiled, and whether a request fulfils it.
//!
//! Logic: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html>.

use std::net::IpAddr;
use std::str::FromStr;

use crate::value::{Cause, SymStr, Truth, Why};

use super::Condition;
use super::date;
use super::glob::{Lookup, Pattern, Reading, plain};
use super::keys;

use super::operator::{Base, Operator, Order, SetOperator};
use super::public::is_broad;

/// A compiled condition.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    /// `None` where the operator does not exist: the condition may mean anything.
    pub(super) operator: Option<Operator>,
    /// The key in lower case; `None` where it is not known.
    pub(super) key: Option<String>,
    /// The values.
    pub(super) tests: Vec<Test>,
    /// The ranges of addresses among them, in order; those that touch are one.
    ranges: Vec<(IpAddr, IpAddr)>,
    /// Whether the values are ranges only: a list of many thousands is searched, not gone through.
    only_ranges: bool,
    /// Why something about the condition is not known.
    pub(super) why: Option<Why>,
    /// Whether there may be further values.
    pub(super) open: bool,
    /// What stands for further values that are fixed, but not known: of outsiders none has one.
    pub(super) unnamed: Option<String>,
}

/// One value of a condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    /// Text, or a glob.
    Glob(Pattern),
    /// An ARN: six fields, each a glob.
    Arn(Pattern, Vec<Pattern>),
    /// A number or a date in seconds.
    Number(f64),
    /// A boolean.
    Bool(bool),
    /// A range of addresses: first and last.
    Range(IpAddr, IpAddr),
    /// Does not parse as what the operator needs.
    Invalid,
    /// Not known.
    Unknown(Why),
}

impl Compiled {
    /// Compiles a condition; policy variables count only where the document's version has them.
    pub(super) fn new(condition: &Condition, variables: bool) -> Self {
        let operator = Operator::parse(&condition.operator);
        let key = condition.key.known().map(|it| it.to_ascii_lowercase());
        let tests: Vec<Test> = match operator {
            None => Vec::new(),
            Some(operator) => condition.values.iter().map(|(it, _)| test(it, operator.base, variables)).collect(),
        };
        let invalid = || {
            operator.is_none().then(|| {
                Why::new(
                    Cause::Invalid,
                    format!("`{}` is not a condition operator", condition.operator),
                    condition.origin.span,
                )
            })
        };
        // Further values that are compared as texts are some fixed texts; where the key names the caller or the network,
        // none of them is a stranger's.
        let names_caller = key
            .as_deref()
            .and_then(keys::find)
            .is_some_and(|it| it.confines == keys::Confines::Yes && it.kind != keys::KeyType::Ip);
        let is_fixed = names_caller && operator.is_some_and(Operator::compares_texts);
        let unnamed = condition.rest.as_ref().filter(|_| is_fixed).map(|it| format!("${{{}}}", it.subject()));
        let rest = condition.rest.clone().filter(|_| !is_fixed);
        let open = rest.is_some();
        let why = (condition.key.why().cloned())
            .or(rest)
            .or_else(invalid)
            .or_else(|| tests.iter().find_map(|it| it.why(condition)));
        let ranges = merged_ranges(&tests);
        let only_ranges = tests.iter().all(|it| matches!(it, Test::Range(..)));
        Self { operator, key, tests, ranges, only_ranges, why, open, unnamed }
    }

    /// The same for callers of every kind: one value stands for those that are not known, the same in all policies that have them.
    pub(super) fn of_everybody(mut self) -> Self {
        let stands = self.unnamed.iter().map(|it| {
            let text = SymStr::text(it.as_str());
            Test::Glob(Pattern::new(&text, Reading { wildcards: false, variables: false }))
        });
        self.tests.extend(stands);
        self.only_ranges &= self.unnamed.is_none();
        self
    }

    /// The range that an address lies in.
    fn range_of(&self, address: IpAddr) -> Option<(IpAddr, IpAddr)> {
        let up_to = self.ranges.partition_point(|it| it.0 <= address);
        let last = up_to.checked_sub(1).and_then(|it| self.ranges.get(it));
        last.filter(|it| address <= it.1).copied()
    }

    /// Whether an address lies in a range that AWS counts as fixed: 256 ranges of /8 that touch are the whole internet.
    pub(super) fn fixes(&self, address: IpAddr) -> bool {
        self.range_of(address).is_some_and(|it| !is_broad(it))
    }

    /// Whether a request fulfils it. `values` is what the request carries under the key: `None` where it lacks it.
    pub(super) fn holds(&self, values: Option<&[&str]>, lookup: &dyn Fn(&str) -> Lookup) -> Truth {
        let Some(operator) = self.operator else { return Truth::Unknown };
        if self.key.is_none() {
            return Truth::Unknown;
        }
        let values = values.filter(|it| !it.is_empty());
        if operator.base == Base::Null {
            return self.null(values.is_none());
        }
        let Some(values) = values else {
            return match operator {
                Operator { if_exists: true, .. } | Operator { set: Some(SetOperator::All), .. } => Truth::Yes,
                Operator { set: Some(SetOperator::Any), .. } => Truth::No,
                Operator { negated, .. } => negated.into(),
            };
        };
        let mut each = values.iter().map(|it| self.one(operator, it, lookup));
        match operator.set {
            Some(SetOperator::All) => Truth::all(each),
            Some(SetOperator::Any) => Truth::any(each),
            None => {
                // Several values without a set operator: AWS does not say; certain only where all agree.
                let first = each.next().unwrap_or(Truth::Unknown);
                if each.all(|it| it == first) { first } else { Truth::Unknown }
            }
        }
    }

    fn null(&self, absent: bool) -> Truth {
        let listed = Truth::any(self.tests.iter().map(|it| match it {
            Test::Bool(it) => (*it == absent).into(),
            Test::Invalid => Truth::No,
            _ => Truth::Unknown,
        }));
        if self.open { listed.or(Truth::Unknown) } else { listed }
    }

    fn one(&self, operator: Operator, value: &str, lookup: &dyn Fn(&str) -> Lookup) -> Truth {
        let matched = if self.only_ranges {
            IpAddr::from_str(value).is_ok_and(|it| self.range_of(it).is_some()).into()
        } else {
            Truth::any(self.tests.iter().map(|it| it.matches(operator.base, value, lookup)))
        };
        let matched = if self.open { matched.or(Truth::Unknown) } else { matched };
        if operator.negated { !matched } else { matched }
    }
}

/// The ranges among values, in order and apart.
fn merged_ranges(tests: &[Test]) -> Vec<(IpAddr, IpAddr)> {
    let range = |it: &Test| if let Test::Range(first, last) = it { Some((*first, *last)) } else { None };
    let mut all: Vec<(IpAddr, IpAddr)> = tests.iter().filter_map(range).collect();
    all.sort_unstable();
    let mut ranges: Vec<(IpAddr, IpAddr)> = Vec::new();
    for (first, last) in all {
        match ranges.last_mut() {
            Some((_, end)) if first <= *end || next_address(*end) == Some(first) => *end = last.max(*end),
            _ => ranges.push((first, last)),
        }
    }
    ranges
}

/// The address after another.
pub(super) fn next_address(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(it) => u32::from(it).checked_add(1).map(|it| IpAddr::V4(it.into())),
        IpAddr::V6(it) => u128::from(it).checked_add(1).map(|it| IpAddr::V6(it.into())),
    }
}

fn test(text: &SymStr, base: Base, variables: bool) -> Test {
    let known = || match plain(text) {
        Ok(it) => Ok(it),
        Err(why) => Err(Test::Unknown(why)),
    };
    // A name standing for an unknown identifier is no number, date or address.
    let parsed = |parse: fn(&str) -> Option<Test>| match (known(), text.why()) {
        (Err(unknown), _) => unknown,
        (Ok(it), why) => {
            parse(it.trim()).unwrap_or_else(|| why.map_or(Test::Invalid, |why| Test::Unknown(why.clone())))
        }
    };
    match base {
        Base::StringLike => Test::Glob(Pattern::new(text, Reading { wildcards: true, variables })),
        Base::StringEquals | Base::StringEqualsIgnoreCase => {
            Test::Glob(Pattern::new(text, Reading { wildcards: false, variables }))
        }
        Base::Binary => Test::Glob(Pattern::new(text, Reading { wildcards: false, variables: false })),
        Base::Arn => {
            let pattern = Pattern::new(text, Reading { wildcards: true, variables });
            let fields = pattern.arn_fields();
            Test::Arn(pattern, fields)
        }
        Base::Bool | Base::Null => parsed(|it| match it.to_ascii_lowercase().as_str() {
            "true" => Some(Test::Bool(true)),
            "false" => Some(Test::Bool(false)),
            _ => None,
        }),
        Base::Numeric(_) => parsed(|it| f64::from_str(it).ok().filter(|it| it.is_finite()).map(Test::Number)),
        Base::Date(_) => parsed(|it| date::seconds(it).map(Test::Number)),
        Base::Ip => parsed(|it| range(it).map(|(first, last)| Test::Range(first, last))),
    }
}

impl Test {
    fn why(&self, condition: &Condition) -> Option<Why> {
        match self {
            Self::Glob(pattern) | Self::Arn(pattern, _) => pattern.why().cloned().or_else(|| {
                let subject = || format!("the policy variable in `{}`", condition.key.display());
                pattern.has_variable().then(|| Why::new(Cause::Unsupported, subject(), condition.origin.span))
            }),
            Self::Unknown(why) => Some(why.clone()),
            Self::Invalid => Some(Why::new(
                Cause::Invalid,
                format!("a value of `{}` does not fit `{}`", condition.key.display(), condition.operator),
                condition.origin.span,
            )),
            Self::Number(_) | Self::Bool(_) | Self::Range(..) => None,
        }
    }

    fn matches(&self, base: Base, value: &str, lookup: &dyn Fn(&str) -> Lookup) -> Truth {
        match self {
            // A value of the wrong type: AWS may reject the policy or never match.
            Self::Invalid | Self::Unknown(_) => Truth::Unknown,
            Self::Glob(pattern) => {
                let ignore_case = base == Base::StringEqualsIgnoreCase;
                if !pattern.has_variable() {
                    return pattern.matches(value, ignore_case);
                }
                // An unresolved variable matches nothing.
                pattern.resolve(lookup).map_or(Truth::No, |it| it.matches(value, ignore_case))
            }
            Self::Arn(pattern, _) if pattern.has_variable() => match pattern.resolve(lookup) {
                Some(it) => arn_matches(&it, &it.arn_fields(), value),
                None => Truth::No,
            },
            Self::Arn(pattern, fields) => arn_matches(pattern, fields, value),
            Self::Bool(it) => match value.to_ascii_lowercase().as_str() {
                "true" => (*it).into(),
                "false" => (!*it).into(),
                _ => Truth::No,
            },
            Self::Range(first, last) => match IpAddr::from_str(value) {
                Ok(it) => (it.is_ipv4() == first.is_ipv4() && *first <= it && it <= *last).into(),
                Err(_) => Truth::No,
            },
            Self::Number(it) => match base {
                Base::Date(order) => {
                    date::seconds(value).map_or(Truth::Unknown, |value| order.holds(value, *it).into())
                }
                Base::Numeric(order) => {
                    f64::from_str(value).map_or(Truth::Unknown, |value| order.holds(value, *it).into())
                }
                _ => Truth::Unknown,
            },
        }
    }
}

/// Each of the six fields is compared on its own, so that `*` stays within its field; the last one may have colons.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN>
fn arn_matches(pattern: &Pattern, fields: &[Pattern], value: &str) -> Truth {
    let values: Vec<&str> = value.splitn(6, ':').collect();
    if fields.len() == 6 {
        if values.len() != 6 {
            // Only a name that stands for an unknown ARN has fewer fields.
            return pattern.matches(value, false).and(if pattern.has_wildcard() { Truth::Unknown } else { Truth::Yes });
        }
        return Truth::all(fields.iter().zip(values).map(|(field, value)| field.matches(value, false)));
    }
    // Fewer fields: `*` alone is every ARN; for anything else AWS does not say, unless it cannot match as text.
    let matched = pattern.matches(value, false);
    let all = fields.len() == 1 && pattern.tokens == [super::glob::Tok::Many];
    if all || !pattern.has_wildcard() { matched } else { matched.and(Truth::Unknown) }
}

impl Order {
    #[expect(clippy::float_cmp, reason = "both are parsed from text")]
    fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Equal => value == bound,
            Self::Less => value < bound,
            Self::LessOrEqual => value <= bound,
            Self::Greater => value > bound,
            Self::GreaterOrEqual => value >= bound,
        }
    }
}

/// First and last address of a CIDR range; without a prefix length it is one address.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress>
pub(super) fn range(text: &str) -> Option<(IpAddr, IpAddr)> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse::<u32>().ok()?)),
        None => (text, None),
    };
    match IpAddr::from_str(address).ok()? {
        IpAddr::V4(it) => {
            let prefix = prefix.unwrap_or(32);
            let free = 32_u32.checked_sub(prefix)?;
            let mask = u32::MAX.checked_shl(free).unwrap_or(0);
            let first = u32::from(it) & mask;
            Some((IpAddr::V4(first.into()), IpAddr::V4((first | !mask).into())))
        }
        IpAddr::V6(it) => {
            let prefix = prefix.unwrap_or(128);
            let free = 128_u32.checked_sub(prefix)?;
            let mask = u128::MAX.checked_shl(free).unwrap_or(0);
            let first = u128::from(it) & mask;
            Some((IpAddr::V6(first.into()), IpAddr::V6((first | !mask).into())))
        }
    }
}
