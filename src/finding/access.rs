//! What the thing that a finding is about gives, so that more of it is known as more.

use serde::{Deserialize, Serialize};

use crate::policy::glob;

/// What a statement, a grant or a bucket gives, in parts that are compared one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// `action s3:GetObject`, `principal *`, `way anonymous read`: each of them is more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gives: Vec<String>,
    /// What holds it back: each of them is less.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unless: Vec<Limit>,
}

/// An element that holds a statement back: a condition, `NotAction` and its like.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// `StringEquals aws:SourceVpc`, `NotAction`.
    pub what: String,
    /// Its values.
    pub values: Vec<String>,
    /// Whether more values hold back more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_negated: bool,
}

impl Access {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gives.is_empty() && self.unless.is_empty()
    }

    /// Whether it gives no more than another does.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        let is_given = |it: &String| other.gives.iter().any(|wide| covers(wide, it));
        let is_kept = |it: &Limit| self.unless.iter().any(|own| own.is_as_tight_as(it));
        self.gives.iter().all(is_given) && other.unless.iter().all(is_kept)
    }
}

impl Limit {
    fn is_as_tight_as(&self, other: &Self) -> bool {
        let (few, many) = if self.is_negated { (other, self) } else { (self, other) };
        let is_there = |it: &String| many.values.iter().any(|wide| wide == it || glob(wide, it));
        self.what == other.what && self.is_negated == other.is_negated && few.values.iter().all(is_there)
    }
}

/// Whether one part gives all that another does.
fn covers(wide: &str, it: &str) -> bool {
    let (Some((kind, wide)), Some((own, it))) = (wide.split_once(' '), it.split_once(' ')) else { return false };
    if kind != own {
        return false;
    }
    match kind {
        // Who anyone is, everybody is.
        "way" => {
            let power = |it: &str| it.rsplit(' ').next().map(str::to_owned);
            let is_account = |it: &str| it.starts_with("account ") || it.starts_with("any-account ");
            wide == it
                || (power(wide) == power(it)
                    && (wide.starts_with("anonymous ") || (wide.starts_with("any-account ") && is_account(it))))
        }
        _ => wide == it || glob(wide, it),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(gives: &[&str], unless: &[(&str, &[&str], bool)]) -> Access {
        let limit = |(what, values, is_negated): &(&str, &[&str], bool)| Limit {
            what: (*what).to_owned(),
            values: values.iter().map(|it| (*it).to_owned()).collect(),
            is_negated: *is_negated,
        };
        Access { gives: gives.iter().map(|it| (*it).to_owned()).collect(), unless: unless.iter().map(limit).collect() }
    }

    #[test]
    fn more_is_known_as_more() {
        let within = |now: &Access, before: &Access, expected: bool| {
            assert_eq!(now.is_within(before), expected, "{now:?} {before:?}");
        };
        let read = access(&["action s3:getobject", "principal *"], &[]);
        let all = access(&["action s3:*", "principal *"], &[]);
        within(&read, &read, true);
        within(&read, &all, true);
        within(&all, &read, false);
        within(&access(&["action s3:get*"], &[]), &access(&["action s3:*"], &[]), true);
        within(&access(&["resource s3:*"], &[]), &access(&["action s3:*"], &[]), false);
        let [anyone, users, one] =
            ["way anonymous read", "way any-account read", "way account 1 read"].map(|it| access(&[it], &[]));
        within(&users, &anyone, true);
        within(&one, &users, true);
        within(&anyone, &users, false);
        within(&access(&["way anonymous write"], &[]), &anyone, false);
        let vpc =
            |values: &[&str], negated| access(&["principal *"], &[("StringEquals aws:SourceVpc", values, negated)]);
        within(&vpc(&["a"], false), &vpc(&["a", "b"], false), true);
        within(&vpc(&["a", "b"], false), &vpc(&["a"], false), false);
        within(&vpc(&["a", "b"], true), &vpc(&["a"], true), true);
        within(&vpc(&["a"], true), &vpc(&["a", "b"], true), false);
        within(&access(&["principal *"], &[]), &vpc(&["a"], false), false);
        within(&vpc(&["a"], false), &access(&["principal *"], &[]), true);
    }
}
