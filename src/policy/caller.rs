//! What a request carries of who sends it, as far as the caller's name says it.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use std::collections::BTreeMap;

use super::actions::{self, key_stem};
use super::evaluate::account_and_resource;
use super::glob::glob;
use super::keys::{self, Presence};

/// Kinds of callers, as the table of keys tells them apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Anonymous,
    Signed,
    Service,
}

fn kind(caller: &str) -> Kind {
    match caller {
        "anonymous" => Kind::Anonymous,
        it if it.starts_with("arn:") || it.bytes().all(|it| it.is_ascii_digit()) => Kind::Signed,
        _ => Kind::Service,
    }
}

/// The keys that every request of a caller certainly carries with these values. `role` is the one behind a session.
#[must_use]
pub fn caller_keys(caller: &str, role: Option<&str>) -> BTreeMap<String, Vec<String>> {
    let kind = kind(caller);
    let mut out: BTreeMap<String, Vec<String>> = keys::fixed(|it| match kind {
        Kind::Anonymous => &it.anonymous,
        Kind::Signed => &it.signed,
        Kind::Service => &it.service,
    });
    let mut set = |key: &str, value: &str| {
        out.insert(key.to_owned(), vec![value.to_owned()]);
    };
    if kind == Kind::Service {
        set("aws:PrincipalServiceName", caller);
    }
    let Some((account, resource)) = account_and_resource(caller).filter(|_| kind == Kind::Signed) else { return out };
    set("aws:PrincipalArn", role.unwrap_or(caller));
    set("aws:PrincipalAccount", account);
    let principal_type = match resource.split('/').next() {
        Some("user") => Some("User"),
        Some("assumed-role" | "role") => Some("AssumedRole"),
        Some("federated-user") => Some("FederatedUser"),
        Some("root") => Some("Account"),
        _ => None,
    };
    if let Some(it) = principal_type {
        set("aws:PrincipalType", it);
    }
    if let Some(name) = resource.strip_prefix("user/").and_then(|it| it.rsplit('/').next()) {
        set("aws:username", name);
    }
    out
}

/// Whether no request of a caller for an action carries a key, whatever else it is: keys of services that ask for a person, of
/// signatures that the caller does not make, and of other actions.
#[must_use]
pub fn never_carries(caller: &str, action: &str, key: &str) -> bool {
    let Some(known) = keys::find(key) else { return false };
    let presence = match kind(caller) {
        Kind::Anonymous => &known.anonymous,
        Kind::Signed => &known.signed,
        Kind::Service => &known.service,
    };
    *presence == Presence::No || known.name.starts_with("s3:") && !actions::may_carry(action, &key_stem(key))
}

/// Whether a caller is the root user of an account.
#[must_use]
pub fn is_root(caller: &str, account: &str) -> bool {
    account_and_resource(caller) == Some((account, "root"))
}

/// Whether an action stays with the root user of the bucket's account, whatever the policy denies.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html>
#[must_use]
pub fn stays_with_root(action: &str) -> bool {
    ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"]
        .iter()
        .any(|it| it.eq_ignore_ascii_case(action))
}

/// The roles that may be behind a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// Their ARNs; none where the caller is no session.
    pub all: Vec<String>,
    /// Where the path was taken from a pattern of the policy: others that it may have.
    pub otherwise: Vec<String>,
}

/// The role behind a session: policies and `aws:PrincipalArn` speak of the role. The session's ARN does not have the role's path:
/// where the policy names a role of that name with one, that is the role, for names are unique in an account; else it may have any
/// path that the policy speaks of (`texts`). Those of IAM Identity Center have one that AWS gives them, always.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>
#[must_use]
pub fn roles_of(caller: &str, texts: &[&str]) -> Roles {
    let Some((head, rest)) = caller.split_once(":assumed-role/") else { return Roles::default() };
    let mut parts = head.split(':');
    let (Some("arn"), Some(partition), Some("sts"), Some(_), Some(account)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Roles::default();
    };
    let role = rest.split('/').next().unwrap_or_default();
    let start = format!("arn:{partition}:iam::{account}:role/");
    let given = format!("{start}aws-reserved/sso.amazonaws.com/");
    let is_given = role.starts_with("AWSReservedSSO_");
    let end = format!("/{role}");
    let is_pattern = |it: &str| it.contains(['*', '?']);
    let below = if is_given { &given } else { &start };
    let is_named = |it: &&&str| it.starts_with(below.as_str()) && it.ends_with(&end) && !is_pattern(it);
    if let Some(named) = texts.iter().find(is_named) {
        return Roles { all: vec![(*named).to_owned()], otherwise: Vec::new() };
    }
    if !is_given {
        let mut all = vec![format!("{start}{role}")];
        for pattern in texts.iter().filter(|it| it.starts_with(&start) && is_pattern(it)) {
            let plain = pattern.split(['*', '?']).next().unwrap_or_default();
            let folder = plain.rsplit_once('/').map_or(plain, |it| it.0);
            if start.len() <= folder.len() {
                all.push(format!("{folder}/{role}"));
            }
        }
        all.sort();
        all.dedup();
        return Roles { all, otherwise: Vec::new() };
    }
    // With a region where Identity Center is not in us-east-1.
    let plain = format!("{given}{role}");
    let with_region = format!("{given}eu-west-1/{role}");
    let patterns = || texts.iter().filter(|it| it.starts_with("arn:") && is_pattern(it));
    let mut taken: Vec<String> = Vec::new();
    for pattern in patterns() {
        let Some((_, tail)) = pattern.split_once(":role/aws-reserved/sso.amazonaws.com/") else { continue };
        let Some((region, _)) = tail.split_once("/AWSReservedSSO_") else { continue };
        let region = if is_pattern(region) { "eu-west-1" } else { region };
        taken.extend(Some(format!("{given}{region}/{role}")).filter(|it| glob(pattern, it)));
    }
    taken.sort();
    taken.dedup();
    if !taken.is_empty() && !patterns().any(|it| glob(it, &plain)) {
        return Roles { all: taken, otherwise: vec![plain] };
    }
    Roles { all: vec![with_region, plain], otherwise: Vec::new() }
}
