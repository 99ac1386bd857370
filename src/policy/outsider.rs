//! What an outsider's request can carry: which values of a condition key such a caller can bring about.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use std::collections::BTreeSet;

use super::Statement;
use super::evaluate::Caller;
use super::glob::{has_wildcard, instance};
use super::ip::Range;
use super::operator::{Operator, Test};

/// An account that nobody named.
pub(crate) const STRANGER_ACCOUNT: &str = "999999999999";
/// A principal of that account.
pub(crate) const STRANGER_ARN: &str = "arn:aws:iam::999999999999:user/stranger";

/// For each key that the statements mention, the values worth trying; `None` is an absent key.
pub(crate) fn candidates(statements: &[&Statement], caller: &Caller) -> Vec<(String, Vec<Option<String>>)> {
    let mut keys = BTreeSet::new();
    for condition in statements.iter().flat_map(|it| &it.conditions) {
        if let Some(key) = condition.key.known() {
            keys.insert(key.to_ascii_lowercase());
        }
    }
    keys.into_iter().map(|key| (key.clone(), values(&key, statements, caller))).collect()
}

fn values(key: &str, statements: &[&Statement], caller: &Caller) -> Vec<Option<String>> {
    let written = written(key, statements);
    match reach(key, caller) {
        Reach::Absent => vec![None],
        Reach::Only(value) => vec![Some(value)],
        Reach::Fresh { value, may_lack } => {
            let mut all = vec![Some(value.clone())];
            if may_lack {
                all.insert(0, None);
            }
            // A wildcard may admit a stranger's value too.
            let wild = written.iter().filter(|it| it.wild && is_attainable(key, &it.text));
            all.extend(wild.map(|it| Some(stranger_instance(&it.text))));
            all.extend(wide_addresses(key, &written));
            distinct(all)
        }
        Reach::Free { may_lack } => {
            let mut all = Vec::new();
            if may_lack {
                all.push(None);
            }
            for value in &written {
                all.extend(around(value).into_iter().map(Some));
            }
            // A two-valued, numeric or temporal key has no other kind of value.
            if !written.iter().any(|it| matches!(it.test, Test::Bool | Test::Number(_) | Test::Date(_))) {
                all.push(Some("stranger".to_owned()));
            }
            distinct(all)
        }
    }
}

fn distinct(all: Vec<Option<String>>) -> Vec<Option<String>> {
    let mut seen = BTreeSet::new();
    all.into_iter().filter(|it| seen.insert(it.clone())).collect()
}

/// What a caller can do about a key.
enum Reach {
    /// Never carries it.
    Absent,
    /// Always carries this.
    Only(String),
    /// Carries a value of its own, which is none that the policy names.
    Fresh { value: String, may_lack: bool },
    /// Chooses the value.
    Free { may_lack: bool },
}

fn reach(key: &str, caller: &Caller) -> Reach {
    let fresh = |value: &str| Reach::Fresh { value: value.to_owned(), may_lack: true };
    let always = |value: &str| Reach::Fresh { value: value.to_owned(), may_lack: false };
    let named = matches!(caller, Caller::Service(_) | Caller::Canonical(_))
        || matches!(caller, Caller::Aws { account, .. } if account != STRANGER_ACCOUNT);
    match key {
        "aws:securetransport" => Reach::Free { may_lack: false },
        "aws:currenttime" | "aws:epochtime" | "aws:requestedregion" => Reach::Free { may_lack: false },
        // Whom the policy names may well be where the policy says; that is why it names them.
        _ if named && is_trust(key) => Reach::Free { may_lack: true },
        "aws:sourceip" => fresh("203.0.113.77"),
        "aws:vpcsourceip" => fresh("10.255.255.77"),
        "aws:sourcevpc" => fresh("vpc-0999999999999999a"),
        "aws:sourcevpce" => fresh("vpce-0999999999999999a"),
        "aws:sourcevpcarn" => fresh("arn:aws:ec2:us-east-1:999999999999:vpc/vpc-0999999999999999a"),
        "aws:vpceaccount" => fresh(STRANGER_ACCOUNT),
        "aws:vpceorgid" => fresh("o-stranger99"),
        "aws:vpceorgpaths" => fresh("o-stranger99/r-zzzz/"),
        "s3:dataaccesspointaccount" => fresh(STRANGER_ACCOUNT),
        "s3:dataaccesspointarn" => fresh("arn:aws:s3:us-east-1:999999999999:accesspoint/stranger"),
        "s3:accesspointnetworkorigin" => Reach::Free { may_lack: true },
        "aws:sourcearn" | "aws:sourceaccount" | "aws:sourceowner" | "aws:sourceorgid" | "aws:sourceorgpaths" => {
            Reach::Absent
        }
        "aws:principalisawsservice" => match caller {
            Caller::Anonymous => Reach::Absent,
            Caller::Service(_) => Reach::Only("true".to_owned()),
            _ => Reach::Only("false".to_owned()),
        },
        "aws:principalservicename" | "aws:principalservicenameslist" => Reach::Absent,
        _ => identity(key, caller).unwrap_or(match key {
            // The name of one's own account and organisation, of the bucket's that is, is not the caller's to choose.
            "aws:resourceaccount" | "s3:resourceaccount" | "aws:resourceorgid" | "aws:resourceorgpaths" => {
                always("own")
            }
            _ => Reach::Free { may_lack: true },
        }),
    }
}

/// Keys that tell who calls.
fn identity(key: &str, caller: &Caller) -> Option<Reach> {
    let anonymous = *caller == Caller::Anonymous;
    let fresh = |value: &str, may_lack| Reach::Fresh { value: value.to_owned(), may_lack };
    Some(match key {
        "aws:principalaccount" if anonymous => Reach::Only("anonymous".to_owned()),
        "aws:principaltype" if anonymous => Reach::Only("Anonymous".to_owned()),
        "aws:userid" if anonymous => Reach::Only("anonymous".to_owned()),
        "aws:principalarn"
        | "aws:principalorgid"
        | "aws:principalorgpaths"
        | "aws:username"
        | "aws:multifactorauthpresent"
        | "aws:multifactorauthage"
        | "aws:tokenissuetime"
        | "aws:federatedprovider"
            if anonymous =>
        {
            Reach::Absent
        }
        _ if anonymous && key.starts_with("aws:principaltag/") => Reach::Absent,
        "aws:principalaccount" => fresh(STRANGER_ACCOUNT, false),
        "aws:principalarn" => fresh(STRANGER_ARN, false),
        "aws:principalorgid" => fresh("o-stranger99", true),
        "aws:principalorgpaths" => fresh("o-stranger99/r-zzzz/", true),
        "aws:userid" => fresh("AIDASTRANGER99999999", false),
        _ => return None,
    })
}

fn is_trust(key: &str) -> bool {
    key.starts_with("aws:source")
        || key.starts_with("aws:principal")
        || key.starts_with("aws:vpc")
        || key.starts_with("s3:dataaccesspoint")
        || key == "aws:userid"
        || key == "aws:username"
}

/// A value written in the policy for a key.
struct Written {
    text: String,
    test: Test,
    /// Whether `*` and `?` in it are wildcards.
    wild: bool,
}

fn written(key: &str, statements: &[&Statement]) -> Vec<Written> {
    let mut out = Vec::new();
    for condition in statements.iter().flat_map(|it| &it.conditions) {
        let same = condition.key.known().is_some_and(|it| it.eq_ignore_ascii_case(key));
        let Some(operator) = Operator::parse(&condition.operator).filter(|_| same) else { continue };
        for (value, _) in &condition.values {
            let text = value.known().unwrap_or_else(|| super::glob::widened(value));
            let wild = operator.has_wildcards();
            out.push(Written { text, test: operator.test, wild });
        }
    }
    out
}

/// Values that make the test true and false, for keys that callers choose.
fn around(value: &Written) -> Vec<String> {
    let text = &value.text;
    match value.test {
        Test::Number(_) => match text.trim().parse::<f64>() {
            Ok(number) => vec![text.clone(), (number - 1.0).to_string(), (number + 1.0).to_string()],
            Err(_) => vec![text.clone()],
        },
        Test::Date(_) => match super::date::seconds(text) {
            Some(at) => vec![at.to_string(), (at - 1.0).to_string(), (at + 1.0).to_string()],
            None => vec![text.clone()],
        },
        Test::Bool | Test::Null => vec!["true".to_owned(), "false".to_owned()],
        Test::Ip => Range::parse(text).map(Range::example).into_iter().collect(),
        _ if value.wild => vec![instance(text, "example")],
        _ => vec![text.clone()],
    }
}

/// Whether a stranger can have a value that the pattern matches: the part that names the owner must hold a wildcard.
fn is_attainable(key: &str, pattern: &str) -> bool {
    let owner = match key {
        _ if pattern.starts_with("arn:") => pattern.split(':').nth(4).filter(|it| !it.is_empty()),
        "aws:userid" => pattern.split(':').next(),
        _ if key.ends_with("orgpaths") => pattern.split('/').next(),
        _ => None,
    };
    has_wildcard(owner.unwrap_or(pattern))
}

/// An instance of a pattern that a stranger can have: account ids become the stranger's.
fn stranger_instance(pattern: &str) -> String {
    match pattern.strip_prefix("arn:") {
        Some(_) => {
            let parts: Vec<String> = pattern
                .splitn(6, ':')
                .enumerate()
                .map(|(index, part)| match index {
                    1 => instance(part, "aws"),
                    4 => instance(part, STRANGER_ACCOUNT),
                    _ => instance(part, "stranger"),
                })
                .collect();
            parts.join(":")
        }
        None => instance(pattern, "stranger"),
    }
}

/// An address in each range that is too wide to confine: strangers live there.
fn wide_addresses(key: &str, written: &[Written]) -> Vec<Option<String>> {
    if key != "aws:sourceip" && key != "aws:vpcsourceip" {
        return Vec::new();
    }
    let ranges = written.iter().filter(|it| it.test == Test::Ip).filter_map(|it| Range::parse(&it.text));
    ranges.filter(|it| it.is_wide()).map(|it| Some(it.example())).collect()
}
