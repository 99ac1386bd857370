//! The callers of a question, and which values of condition keys they can have.

use std::net::IpAddr;
use std::str::FromStr;

use crate::value::Why;

use super::super::condition::{Compiled, Test};
use super::super::glob::Lookup;
use super::super::keys::{Key, KeyType, Nature, Presence};
use super::super::operator::Base;
use super::super::{Audience, Policy};

/// A caller.
#[derive(Clone, Debug)]
pub(super) struct Actor {
    /// How the caller is reported.
    pub(super) audience: Audience,
    /// What the caller is.
    pub(super) kind: ActorKind,
    /// The principal of an example request.
    pub(super) principal: String,
    /// Why it is not certain that this caller is an outsider.
    pub(super) doubt: Option<Why>,
    /// Where the caller can have values that the policy fixes (an outsider has not the owner's organisation or network): the accounts
    /// and ARNs that are callers of their own.
    pub(super) free: Option<Vec<String>>,
    /// Whether only a Deny names the caller: of what an Allow fixes it has no more than a stranger.
    pub(super) is_excepted: bool,
}

/// What a caller is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ActorKind {
    /// Without credentials.
    Anonymous,
    /// A user or role of an account that the policy does not name.
    Stranger,
    /// An AWS service that acts for an account that the policy does not name.
    ServiceForStranger,
    /// A service that the policy names.
    Service,
    /// An account of an organisation that the policy names.
    Organization(String),
    /// A caller in a network that the policy names: the key that says so, and its value.
    Network(&'static str, String),
    /// An account that the policy names, or one user or role of it.
    Account {
        /// Its id.
        id: String,
        /// The only ARN, where the policy names one.
        arn: Option<String>,
    },
}

/// The id that a stranger's account has in the table of keys.
pub(super) const STRANGER: &str = "999999999999";

/// An account id that no policy contains.
pub(super) fn stranger_account(policies: &[&Policy]) -> String {
    let texts = |it: &super::super::Statement| {
        let principals = it.principals.items.iter().map(|it| it.text.display());
        let values = it.conditions.iter().flat_map(|it| it.values.iter().map(|(it, _)| it.display()));
        principals.chain(values).collect::<Vec<_>>()
    };
    let all: Vec<String> = policies.iter().flat_map(|it| &it.statements).flat_map(texts).collect();
    let mut ids = (0..=all.len() as u64).map(|it| (999_999_999_999 - it * 101_010_101).to_string());
    ids.find(|id| !all.iter().any(|it| it.contains(id.as_str()))).unwrap_or_else(|| STRANGER.to_owned())
}

impl Actor {
    /// Whether requests of this caller carry a key.
    pub(super) fn presence(&self, key: &Key) -> Presence {
        match self.kind {
            ActorKind::Anonymous | ActorKind::Network(..) => key.anonymous.clone(),
            ActorKind::Stranger | ActorKind::Organization(_) | ActorKind::Account { .. } => key.signed.clone(),
            ActorKind::ServiceForStranger | ActorKind::Service => key.service.clone(),
        }
    }

    /// What stands for a policy variable in requests of this caller.
    pub(super) fn lookup(&self, key: &str, stranger: &str) -> Lookup {
        let Some(entry) = super::super::keys::find(key) else { return Lookup::Unknown };
        match (self.presence(entry), &self.kind) {
            (Presence::No, _) => Lookup::Absent,
            (Presence::Value(it), _) => Lookup::Value(it),
            (_, ActorKind::Stranger) if entry.name == "aws:PrincipalAccount" => Lookup::Value(stranger.to_owned()),
            (_, ActorKind::Account { id, .. }) if entry.name == "aws:PrincipalAccount" => Lookup::Value(id.clone()),
            _ => Lookup::Unknown,
        }
    }

    /// Whether requests of this caller can lack a key.
    pub(super) fn can_lack(&self, key: Option<&Key>) -> bool {
        key.is_none_or(|key| matches!(self.presence(key), Presence::No | Presence::Maybe))
    }

    /// Whether requests of this caller can have a value of a key; `all` are the conditions that speak of it.
    pub(super) fn can_have(&self, key: Option<&Key>, value: &str, all: &[&Compiled]) -> bool {
        let Some(key) = key else { return true };
        match self.presence(key) {
            Presence::No => return false,
            Presence::Value(fixed) => return fixed == value,
            Presence::Yes | Presence::Maybe => {}
        }
        if key.nature != Nature::Identity {
            return true;
        }
        if let Some(others) = &self.free {
            return self.is_own(key, value, others);
        }
        if key.kind == KeyType::Ip && !is_routable(value) {
            return false;
        }
        match &self.kind {
            ActorKind::Service if !self.is_excepted => true,
            ActorKind::Account { id, arn } => match key.name.as_str() {
                "aws:PrincipalAccount" => value == id,
                "aws:PrincipalArn" => match arn {
                    Some(arn) => value == arn,
                    None => value.split(':').nth(4) == Some(id),
                },
                // A fixed organisation is the owner's own until the user says otherwise.
                "aws:PrincipalOrgID" | "aws:PrincipalOrgPaths" => !is_named(key, value, all),
                _ => !self.is_excepted || self.is_strangers(key, value, all),
            },
            ActorKind::Network(own, id) if key.name == *own => value == id,
            ActorKind::Organization(id) if key.name == "aws:PrincipalOrgID" => value == id,
            ActorKind::Organization(id) if key.name == "aws:PrincipalOrgPaths" => value.split('/').next() == Some(id),
            _ => self.is_strangers(key, value, all),
        }
    }

    /// Whether a value of an identity key can be one of a caller whom no Allow names.
    fn is_strangers(&self, key: &Key, value: &str, all: &[&Compiled]) -> bool {
        key.shape.matches(value, false) != crate::value::Truth::No && !is_named(key, value, all)
    }
}

impl Actor {
    /// Whether a value of an identity key can be this caller's, the owner's organisations and networks included.
    fn is_own(&self, key: &Key, value: &str, others: &[String]) -> bool {
        let is_another = |id: &str| others.iter().any(|it| it == id);
        match (&self.kind, key.name.as_str()) {
            (ActorKind::Stranger | ActorKind::ServiceForStranger, "aws:PrincipalAccount") => !is_another(value),
            (ActorKind::Stranger, "aws:PrincipalArn") => {
                !is_another(value) && !value.split(':').nth(4).is_some_and(is_another)
            }
            (ActorKind::Account { id, .. }, "aws:PrincipalAccount") => value == id,
            (ActorKind::Account { arn: Some(arn), .. }, "aws:PrincipalArn") => value == arn,
            (ActorKind::Account { id, .. }, "aws:PrincipalArn") => {
                value.split(':').nth(4) == Some(id) && !is_another(value)
            }
            _ => true,
        }
    }
}

/// Whether the policy fixes this value, or the account, organisation or network in it: then it is no stranger's.
fn is_named(key: &Key, value: &str, all: &[&Compiled]) -> bool {
    if key.kind == KeyType::Ip {
        return IpAddr::from_str(value).is_ok_and(|address| all.iter().any(|it| it.fixes(address)));
    }
    let tests = || all.iter().flat_map(|it| it.tests.iter().map(move |test| (it, test)));
    tests().any(|(compiled, test)| {
        let (Test::Glob(pattern) | Test::Arn(pattern, _)) = test else { return false };
        let ignore_case = compiled.operator.is_some_and(|it| it.base == Base::StringEqualsIgnoreCase);
        if let Some(literal) = pattern.as_literal()
            && (literal == value || ignore_case && literal.eq_ignore_ascii_case(value))
        {
            return true;
        }
        let part = |text: &str| match (key.kind, key.name.as_str()) {
            (KeyType::Arn, _) => text.split(':').nth(4).unwrap_or_default().to_owned(),
            (_, "aws:userid") => text.split_once(':').map_or(text, |(id, _)| id).to_owned(),
            (_, name) if name.ends_with("OrgPaths") => text.split('/').next().unwrap_or_default().to_owned(),
            _ => String::new(),
        };
        // The text of the pattern with its wildcards: a part without any is fixed.
        let text = pattern.to_text();
        let fixed = part(&text);
        let complete = key.kind == KeyType::Arn || text.len() != fixed.len();
        complete && !fixed.is_empty() && !fixed.contains(['*', '?']) && fixed == part(value)
    })
}

/// Addresses that a request from outside can come from. Private ranges never reach S3's public endpoint.
pub(super) fn is_routable(value: &str) -> bool {
    match IpAddr::from_str(value) {
        Ok(IpAddr::V4(it)) => !it.is_private(),
        Ok(IpAddr::V6(it)) => it.segments().first().is_some_and(|it| it & 0xfe00 != 0xfc00),
        Err(_) => false,
    }
}
