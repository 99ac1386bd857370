//! What the thing that a finding is about gives, so that more of it is known as more.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::policy::glob;
use crate::value::is_account_id;

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
    /// What Deny statements keep shut of it: each of them is less.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denied: Vec<Access>,
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
        self.gives.is_empty() && self.unless.is_empty() && self.denied.is_empty()
    }

    /// Whether strangers can do more than read: objects, lists of them, or settings.
    #[must_use]
    pub fn is_more_than_reading(&self) -> bool {
        let is_more = |(who, power): (&str, &str)| {
            matches!(who, "anonymous" | "any-account") && !matches!(power, "read" | "list" | "inspect")
        };
        self.of("way").into_iter().any(|it| it.split_once(' ').is_some_and(is_more))
    }

    /// Whether it gives no more than another does.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        let is_given = |it: &String| other.gives.iter().any(|wide| covers(wide, it));
        let is_kept = |it: &Limit| self.unless.iter().any(|own| own.is_as_tight_as(it));
        // However many statements deny it together.
        let is_denied = |it: &Self| {
            let is_within = |part: &Self| self.denied.iter().any(|own| part.is_within(own));
            it.parts().map_or_else(|| is_within(it), |all| all.iter().all(is_within))
        };
        self.gives.iter().all(is_given)
            && other.unless.iter().all(is_kept)
            && !KINDS.iter().any(|it| self.is_open(it) && !other.is_open(it) && !other.gives_all(it))
            && other.denied.iter().all(is_denied)
    }

    /// Whether both may be about one request. What is not understood may be about any.
    #[must_use]
    pub fn may_meet(&self, other: &Self) -> bool {
        let meet = |kind: &Kind| {
            let (own, others) = (self.of(kind.name), other.of(kind.name));
            let meet = if kind.name == "principal" { may_be_one } else { may_meet };
            own.is_empty() || others.is_empty() || own.iter().any(|own| others.iter().any(|it| meet(own, it)))
        };
        KINDS.iter().all(meet)
    }

    /// Its texts, without those of what is denied of it.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        self.gives.iter_mut().chain(self.unless.iter_mut().flat_map(|it| &mut it.values))
    }

    fn of(&self, kind: &str) -> Vec<&str> {
        self.gives.iter().filter_map(|it| it.split_once(' ')).filter(|it| it.0 == kind).map(|it| it.1).collect()
    }

    /// Whether it is about all but some of a kind.
    fn is_open(&self, kind: &Kind) -> bool {
        self.unless.iter().any(|it| it.what == kind.not)
    }

    fn gives_all(&self, kind: &Kind) -> bool {
        self.of(kind.name).iter().any(|it| *it == "*" || *it == kind.all)
    }

    /// The same one by one: an action, a resource, a principal each. `None` where that would be too many.
    fn parts(&self) -> Option<Vec<Self>> {
        let mut all = vec![Self { gives: Vec::new(), ..self.clone() }];
        for kind in &KINDS {
            let own = self.of(kind.name);
            if own.is_empty() {
                continue;
            }
            if MAX_PARTS / own.len() < all.len() {
                return None;
            }
            let with = |part: &Self, it: &&str| {
                let mut part = part.clone();
                part.gives.push(format!("{} {it}", kind.name));
                part
            };
            all = all.iter().flat_map(|part| own.iter().map(move |it| with(part, it))).collect();
        }
        Some(all)
    }
}

/// What a statement is about.
struct Kind {
    name: &'static str,
    /// How the element is called that excepts some.
    not: &'static str,
    /// What is all of them, beside `*`.
    all: &'static str,
}

const KINDS: [Kind; 3] = [
    Kind { name: "principal", not: "NotPrincipal", all: "*" },
    Kind { name: "action", not: "not action", all: "s3:*" },
    Kind { name: "resource", not: "not resource", all: "*" },
];

/// Beyond so many a Deny is compared as a whole.
const MAX_PARTS: usize = 1024;

/// Whether two principals may be one caller: an account is all that is in it, however it is written.
fn may_be_one(one: &str, other: &str) -> bool {
    let account = |it: &str| it.split(':').find(|it| is_account_id(it)).map(str::to_owned);
    account(one).zip(account(other)).is_none_or(|(one, other)| one == other)
}

/// Whether two patterns may fit one text: neither says otherwise up to its first wildcard or what is not known in it.
fn may_meet(one: &str, other: &str) -> bool {
    let fixed = |it: &str| {
        it.find(['*', '?', '$']).and_then(|at| it.get(..at)).map_or((it.to_owned(), true), |it| (it.to_owned(), false))
    };
    let ((one, is_one), (other, is_other)) = (fixed(one), fixed(other));
    match (is_one, is_other) {
        (true, true) => one == other,
        (true, false) => one.starts_with(&other),
        (false, true) => other.starts_with(&one),
        (false, false) => one.starts_with(&other) || other.starts_with(&one),
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
        _ => {
            let (wide, it) = (in_partition_of(wide, it), in_partition_of(it, wide));
            wide == it || glob(&wide, &it)
        }
    }
}

/// An ARN that leaves its partition to the deployment in that of another one: buckets and callers are of one partition.
fn in_partition_of<'a>(arn: &'a str, other: &str) -> Cow<'a, str> {
    let parts = |it: &'a str| it.strip_prefix("arn:")?.split_once(':');
    let other = other.strip_prefix("arn:").and_then(|it| it.split_once(':')).map(|it| it.0);
    match (parts(arn), other) {
        (Some((own, rest)), Some(other)) if own.ends_with("artition}") && !other.contains(['$', '*', '?']) => {
            format!("arn:{other}:{rest}").into()
        }
        _ => arn.into(),
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
        let gives = gives.iter().map(|it| (*it).to_owned()).collect();
        Access { gives, unless: unless.iter().map(limit).collect(), denied: Vec::new() }
    }

    #[test]
    fn what_a_denial_keeps_shut_is_less() {
        let allow = |denied: &[&Access]| Access {
            denied: denied.iter().map(|it| (*it).clone()).collect(),
            ..access(&["action s3:getobject", "principal *"], &[])
        };
        let deny = |resources: &[&str], unless: &[(&str, &[&str], bool)]| {
            access(&[&["action s3:*", "principal *"], resources].concat(), unless)
        };
        let within = |now: &[&Access], before: &[&Access], expected: bool| {
            assert_eq!(allow(now).is_within(&allow(before)), expected, "{now:?} {before:?}");
        };
        let [private, secret, all] =
            [&["resource b/private/*"][..], &["resource b/secret/*"], &["resource b/*"]].map(|it| deny(it, &[]));
        let both = deny(&["resource b/private/*", "resource b/secret/*"], &[]);
        within(&[], &[&private], false);
        within(&[&private], &[], true);
        within(&[&private], &[&private], true);
        within(&[&all], &[&private], true);
        within(&[&private], &[&both], false);
        within(&[&private, &secret], &[&both], true);
        within(&[&both], &[&private, &secret], true);
        // A condition makes a Deny less; without it, it is more.
        let within_vpc = deny(&["resource b/private/*"], &[("StringNotEquals aws:SourceVpc", &["a"], true)]);
        within(&[&within_vpc], &[&private], false);
        within(&[&private], &[&within_vpc], true);
        let of = |who: &str| access(&[&format!("principal {who}")], &[]);
        for (one, other, expected) in [
            ("*", "arn:aws:iam::111122223333:root", true),
            ("111122223333", "arn:aws:iam::111122223333:role/a", true),
            ("111122223333", "arn:aws:iam::444455556666:role/a", false),
        ] {
            assert_eq!(of(one).may_meet(&of(other)), expected, "{one} {other}");
        }
        assert!(private.may_meet(&access(&["resource ${bucket.arn}/*"], &[])) && !private.may_meet(&secret));
        // All but one action is more than another one.
        let but = access(&["principal *"], &[("not action", &["s3:deleteobject"], true)]);
        assert!(!but.is_within(&access(&["action s3:getobject", "principal *"], &[])));
        assert!(but.is_within(&access(&["action s3:*", "principal *"], &[])));
    }

    #[test]
    fn a_partition_that_becomes_known() {
        let [open, known, other] =
            ["${aws.partition}", "aws", "aws-cn"].map(|it| access(&[&format!("resource arn:{it}:s3:::b/*")], &[]));
        assert!(open.is_within(&known) && known.is_within(&open) && other.is_within(&open) && !other.is_within(&known));
        let more = access(&["resource arn:aws:s3:::c/*"], &[]);
        assert!(!more.is_within(&open));
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
