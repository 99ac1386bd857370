//! Functions and methods that rules can call.

use std::borrow::Cow;

use crate::policy;
use crate::value::{Class, Seg, SymStr, Truth, Why};

use super::expr::Item;
use super::expr::{Fact, truth};
use super::schema::Object;

/// A function or method: its name, the number of its arguments, how it is called, what it says.
pub(crate) type Signature = (&'static str, usize, &'static str, &'static str);

/// Functions, for the check at load time and the documentation.
pub(crate) const FUNCTIONS: [Signature; 8] = [
    ("has", 1, "has(path)", "it is written"),
    ("size", 1, "size(list or text)", "number of items or characters"),
    ("unknown", 1, "unknown(path)", "it, or a part of its structure, is not known"),
    (
        "allows",
        2,
        "allows(statement, \"s3:PutBucketPolicy\")",
        "the statement's action patterns cover the action, whatever its effect",
    ),
    (
        "refuses",
        2,
        "refuses(bucket, \"s3:PutBucketPolicy\")",
        "the bucket's policy denies every request for the action (or pattern), of whatever caller, on the bucket and its objects",
    ),
    (
        "refuses_when",
        5,
        "refuses_when(bucket, \"s3:PutObject\", \"Null\", \"s3:x-amz-server-side-encryption\", \"true\")",
        "likewise, of the requests of which the condition holds: operator, key, value",
    ),
    ("glob", 2, "glob(pattern, text)", "the policy language's wildcards"),
    ("account", 1, "account(arn)", "the account id in an ARN"),
];

/// Methods of texts and lists, likewise.
pub(crate) const METHODS: [Signature; 6] = [
    ("startsWith", 1, "text.startsWith(part)", "begins with the part"),
    ("endsWith", 1, "text.endsWith(part)", "ends with the part"),
    ("contains", 1, "text.contains(part)", "has the part in it"),
    ("matches", 1, "text.matches(pattern)", "a regular expression is found in it; anchor it with `^` and `$`"),
    ("lowerAscii", 0, "text.lowerAscii()", "in lower case"),
    ("size", 0, "text.size()", "like the function"),
];

pub(super) fn call<'m>(name: &str, args: &[Item<'m>]) -> Fact<'m> {
    match (name, args) {
        ("has", [it]) => has(&it.fact),
        ("size", [it]) => size(&it.fact),
        ("unknown", [it]) => Fact::Bool(is_unknown(&it.fact)),
        ("allows", [statement, action]) => match (&statement.fact, &action.fact) {
            (Fact::Object(Object::Statement(it)), Fact::Text(action)) => {
                let covered = policy::covers(&it.statement.actions, action);
                from(
                    covered,
                    it.statement
                        .actions
                        .rest
                        .clone()
                        .or_else(|| it.statement.actions.items.iter().find_map(|(it, _)| it.why().cloned())),
                )
            }
            _ => Fact::Absent,
        },
        ("refuses", [bucket, action]) => refuses(&bucket.fact, &action.fact, None),
        ("refuses_when", [bucket, action, operator, key, value]) => match (&operator.fact, &key.fact, &value.fact) {
            (Fact::Text(operator), Fact::Text(key), Fact::Text(value)) => {
                refuses(&bucket.fact, &action.fact, Some((operator, key, value)))
            }
            _ => Fact::Absent,
        },
        ("glob", [pattern, text]) => match (&pattern.fact, &text.fact) {
            (Fact::Text(pattern), Fact::Text(text)) => Fact::Bool(policy::glob(pattern, text)),
            (_, Fact::Symbolic(text)) => from(Truth::Unknown, text.why().cloned()),
            (_, Fact::Unknown(whys)) => Fact::Unknown(whys.clone()),
            _ => Fact::Absent,
        },
        ("account", [arn]) => match &arn.fact {
            Fact::Text(text) => match text.split(':').nth(4).filter(|it| !it.is_empty()) {
                Some(account) => Fact::Text(Cow::Owned(account.to_owned())),
                None => Fact::Absent,
            },
            Fact::Unknown(whys) => Fact::Unknown(whys.clone()),
            _ => Fact::Absent,
        },
        _ => Fact::Absent,
    }
}

/// Whether a bucket's policy denies every request for an action of which a condition holds.
fn refuses<'m>(bucket: &Fact<'m>, action: &Fact<'m>, condition: Option<(&str, &str, &str)>) -> Fact<'m> {
    match (bucket, action) {
        (Fact::Object(Object::Bucket(it)), Fact::Text(action)) => it.refuses(action, condition),
        (Fact::Unknown(whys), _) => Fact::Unknown(whys.clone()),
        _ => Fact::Absent,
    }
}

fn from<'m>(truth: Truth, why: Option<Why>) -> Fact<'m> {
    match truth {
        Truth::Yes => Fact::Bool(true),
        Truth::No => Fact::Bool(false),
        Truth::Unknown => Fact::Unknown(why.into_iter().collect()),
    }
}

fn has<'m>(fact: &Fact<'m>) -> Fact<'m> {
    match fact {
        Fact::Absent => Fact::Bool(false),
        Fact::Unknown(whys) => Fact::Unknown(whys.clone()),
        Fact::OneOf(all, why) => {
            let answers: Vec<_> = all.iter().map(|it| truth(&has(it)).0).collect();
            match answers.split_first() {
                Some((first, rest)) if rest.iter().all(|it| it == first) => from(*first, Some(why.clone())),
                _ => Fact::Unknown(vec![why.clone()]),
            }
        }
        _ => Fact::Bool(true),
    }
}

fn size<'m>(fact: &Fact<'m>) -> Fact<'m> {
    let number = |it: usize| Fact::Number(f64::from(u32::try_from(it).unwrap_or(u32::MAX)));
    match fact {
        Fact::List(items, None) => number(items.len()),
        Fact::List(items, Some(why)) => {
            // At least these many.
            let _ = items;
            Fact::Unknown(vec![why.clone()])
        }
        Fact::Text(text) => number(text.chars().count()),
        Fact::Absent => Fact::Number(0.0),
        Fact::Unknown(whys) => Fact::Unknown(whys.clone()),
        Fact::OneOf(all, why) => Fact::OneOf(all.iter().map(size).collect(), why.clone()),
        Fact::Symbolic(text) => Fact::Unknown(text.why().cloned().into_iter().collect()),
        _ => Fact::Absent,
    }
}

/// Whether something, or a part of its structure, is not known. A policy is unknown where statements may be missing.
fn is_unknown(fact: &Fact) -> bool {
    match fact {
        Fact::Unknown(_) | Fact::List(_, Some(_)) => true,
        Fact::OneOf(all, _) => all.iter().any(is_unknown),
        Fact::Object(Object::Policy(it)) => it.policy.rest.is_some(),
        _ => false,
    }
}

/// What the known parts of a text decide.
fn within(text: &SymStr, name: &str, part: &str) -> Option<bool> {
    let prefix = text.known_prefix();
    match name {
        "startsWith" if prefix.starts_with(part) => Some(true),
        "startsWith" if !part.starts_with(prefix.as_str()) => Some(false),
        // An account id begins with a digit.
        "startsWith" if begins_with_account(text) && !part.starts_with(|it: char| it.is_ascii_digit()) => Some(false),
        "contains" if runs(text).any(|it| it.contains(part)) => Some(true),
        // Account ids, regions and partitions are letters, digits and hyphens.
        "contains" if !part.contains(|it: char| it.is_ascii_alphanumeric() || it == '-') && plain(text) => Some(false),
        "endsWith" => {
            runs(text).last().filter(|it| it.ends_with(part) || part.len() <= it.len()).map(|it| it.ends_with(part))
        }
        _ => None,
    }
}

fn begins_with_account(text: &SymStr) -> bool {
    matches!(text.segs().first(), Some(Seg::Hole(hole)) if hole.known.is_none() && hole.class == Class::AccountId)
}

fn plain(text: &SymStr) -> bool {
    text.unknown_holes().all(|it| matches!(it.class, Class::AccountId | Class::Region | Class::Partition))
}

/// The runs of text between parts that are not known.
fn runs(text: &SymStr) -> impl Iterator<Item = String> {
    let mut runs = vec![String::new()];
    for seg in text.segs() {
        let known = match seg {
            Seg::Lit(lit) => Some(lit.text.to_string()),
            Seg::Hole(hole) => hole.known.as_deref().map(str::to_owned),
        };
        match (known, runs.last_mut()) {
            (Some(text), Some(run)) => run.push_str(&text),
            _ => runs.push(String::new()),
        }
    }
    runs.into_iter()
}

pub(super) fn method<'m>(receiver: &Fact<'m>, name: &str, args: &[Item<'m>]) -> Fact<'m> {
    match receiver {
        Fact::OneOf(all, why) => {
            return Fact::OneOf(all.iter().map(|it| method(it, name, args)).collect(), why.clone());
        }
        Fact::Unknown(whys) => return Fact::Unknown(whys.clone()),
        _ => (),
    }
    match (name, args) {
        ("size", []) => size(receiver),
        ("lowerAscii", []) => match receiver {
            Fact::Text(text) => Fact::Text(Cow::Owned(text.to_ascii_lowercase())),
            other => other.clone(),
        },
        (_, [arg]) => match (receiver, &arg.fact) {
            (Fact::Text(text), Fact::Text(part)) => Fact::Bool(match name {
                "startsWith" => text.starts_with(&**part),
                "endsWith" => text.ends_with(&**part),
                "contains" => text.contains(&**part),
                "matches" => super::patterns::matches(part, text),
                _ => false,
            }),
            (Fact::Symbolic(text), Fact::Text(part)) => match within(text, name, part) {
                Some(decided) => Fact::Bool(decided),
                None => Fact::Unknown(text.why().cloned().into_iter().collect()),
            },
            (Fact::Symbolic(text), _) => Fact::Unknown(text.why().cloned().into_iter().collect()),
            _ => Fact::Bool(false),
        },
        _ => Fact::Absent,
    }
}
