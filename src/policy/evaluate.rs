//! Does a statement match a concrete request? Three-valued, because parts of the statement may be unknown.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use std::collections::BTreeMap;

use crate::value::{Seg, SymStr, Truth, Why};

use super::compare::condition_holds;
use super::glob::{glob, widened};
use super::parse_principal::is_account;
use super::{Context, Effect, Policy, Principal, PrincipalKind, Principals, Statement, actions};

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Without credentials.
    Anonymous,
    /// A user, role or session: account id and ARN.
    Aws { account: String, arn: String },
    /// An AWS service.
    Service(String),
    /// A federated identity provider.
    Federated(String),
    /// An account by canonical id.
    Canonical(String),
}

/// What is called upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The bucket.
    Bucket,
    /// An object, by key.
    Object(String),
}

/// A concrete request.
#[derive(Clone, Debug)]
pub(crate) struct Call<'a> {
    pub caller: &'a Caller,
    /// `s3:GetObject`.
    pub action: &'a str,
    pub target: &'a Target,
    /// Condition keys in lower case.
    pub context: &'a BTreeMap<String, Vec<String>>,
}

/// The answer of a policy to a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    /// Whether it is allowed.
    pub allowed: Truth,
    /// The Allow statement that decides.
    pub statement: Option<usize>,
    /// What is not known.
    pub why: Option<Why>,
}

/// Explicit deny first, then allow, else nothing.
pub(crate) fn evaluate(policy: &Policy, call: &Call, context: &Context) -> Answer {
    let mut denied = Truth::No;
    let mut allowed = Truth::No;
    let mut statement = None;
    let mut why = None;
    for it in &policy.statements {
        let effect = it.effect.as_known();
        let matched = matches(it, call, context);
        if matched == Truth::No {
            continue;
        }
        if effect != Some(&Effect::Allow) {
            let matched = if effect.is_some() { matched } else { Truth::Unknown };
            denied = denied.or(matched);
        }
        if effect != Some(&Effect::Deny) {
            let matched = if effect.is_some() { matched } else { Truth::Unknown };
            if allowed < matched {
                (allowed, statement) = (matched, Some(it.index));
            }
        }
        if matched == Truth::Unknown || effect.is_none() {
            why = why.or_else(|| reason(it));
        }
    }
    let allowed = allowed.and(!denied);
    Answer { allowed, statement, why: if allowed == Truth::Unknown { why } else { None } }
}

/// The first thing in a statement that is not known.
fn reason(statement: &Statement) -> Option<Why> {
    let first = |items: &[(SymStr, crate::value::Origin)]| items.iter().find_map(|(it, _)| it.why().cloned());
    statement
        .effect
        .why()
        .cloned()
        .or_else(|| statement.principals.rest.clone())
        .or_else(|| statement.principals.items.iter().find_map(|it| it.text.why().cloned()))
        .or_else(|| statement.actions.rest.clone())
        .or_else(|| first(&statement.actions.items))
        .or_else(|| statement.conditions_rest.clone())
        .or_else(|| statement.conditions.iter().find_map(|it| it.rest.clone().or_else(|| first(&it.values))))
        .or_else(|| statement.resources.rest.clone())
        .or_else(|| first(&statement.resources.items))
        .or_else(|| match statement.exists.truth() {
            Truth::Unknown => {
                let guard = statement.exists.to_string();
                Some(Why::new(crate::value::Cause::Conditional, guard, statement.origin.span))
            }
            _ => None,
        })
}

/// Whether a statement applies to a request, whatever its effect.
pub(crate) fn matches(statement: &Statement, call: &Call, context: &Context) -> Truth {
    let parts: [&dyn Fn() -> Truth; 5] = [
        &|| actions::covers(&statement.actions, call.action),
        &|| principal_matches(&statement.principals, call.caller, context),
        &|| resource_matches(statement, call.target, context),
        &|| conditions_hold(statement, call),
        &|| statement.exists.truth(),
    ];
    let mut truth = Truth::Yes;
    for part in parts {
        truth = truth.and(part());
        if truth == Truth::No {
            break;
        }
    }
    truth
}

fn conditions_hold(statement: &Statement, call: &Call) -> Truth {
    let known = Truth::all(statement.conditions.iter().map(|it| condition_holds(it, call.context)));
    if statement.conditions_rest.is_some() { known.and(Truth::Unknown) } else { known }
}

fn principal_matches(principals: &Principals, caller: &Caller, context: &Context) -> Truth {
    if !principals.present {
        return Truth::No;
    }
    let listed = Truth::any(principals.items.iter().map(|it| names(it, caller, context)));
    let listed = if principals.rest.is_some() { listed.or(Truth::Unknown) } else { listed };
    if principals.negated { !listed } else { listed }
}

/// Whether a principal element names the caller.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
fn names(principal: &Principal, caller: &Caller, context: &Context) -> Truth {
    let text = principal.text.known();
    match (principal.kind, caller) {
        (PrincipalKind::Anyone, _) => Truth::Yes,
        (PrincipalKind::Other, _) => Truth::Unknown,
        (PrincipalKind::Aws, Caller::Aws { account, arn }) => match text {
            Some(text) => names_aws(&text, account, arn).into(),
            // The own account's principals are not the outsiders that are asked about.
            None if is_own(&principal.text, context) => Truth::No,
            None if principal.text.has_wildcard() == Truth::No => Truth::No,
            None => Truth::Unknown,
        },
        (PrincipalKind::Aws, Caller::Anonymous) => match text {
            Some(_) => Truth::No,
            // Only the text `*` names an anonymous caller.
            None if principal.text.could_be("*") => Truth::Unknown,
            None => Truth::No,
        },
        (PrincipalKind::Service, Caller::Service(name)) => principal.text.equals(name),
        (PrincipalKind::Federated, Caller::Federated(name)) => principal.text.equals(name),
        (PrincipalKind::CanonicalUser, Caller::Canonical(id)) => principal.text.equals(id),
        _ => Truth::No,
    }
}

fn names_aws(text: &str, account: &str, arn: &str) -> bool {
    if is_account(text) {
        return text == account;
    }
    match text.strip_suffix(":root") {
        Some(_) => account_of(text) == Some(account),
        None => text == arn,
    }
}

/// The account id in an ARN, or the id itself.
pub(crate) fn account_of(text: &str) -> Option<&str> {
    if is_account(text) {
        return Some(text);
    }
    text.split(':').nth(4).filter(|it| is_account(it))
}

/// Whether the account in a symbolic principal is the own one: a hole for the account of the caller's identity.
pub(crate) fn is_own(text: &SymStr, context: &Context) -> bool {
    let own_hole = |seg: &Seg| match seg {
        Seg::Hole(hole) => {
            matches!(&*hole.symbol.attribute, "account_id" | "AccountId" | "id" | "arn" | "Arn")
                && hole.class != crate::value::Class::Any
        }
        Seg::Lit(_) => false,
    };
    match text.known() {
        Some(known) => account_of(&known).is_some_and(|it| is_own_account(it, context)),
        None => text.segs().iter().any(own_hole),
    }
}

/// Whether an account id is the own one or a trusted one.
pub(crate) fn is_own_account(account: &str, context: &Context) -> bool {
    context.own_account.as_deref() == Some(account) || context.trusted_accounts.contains(account)
}

/// Whether `Resource` or `NotResource` covers the target.
///
/// S3 refuses a policy that names another bucket, so a bucket name that is not known here is taken for this bucket's.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-arn-format.html>
fn resource_matches(statement: &Statement, target: &Target, context: &Context) -> Truth {
    let resources = &statement.resources;
    if !resources.present {
        return Truth::No;
    }
    let listed = Truth::any(resources.items.iter().map(|(it, _)| pattern_matches(it, target, context)));
    let listed = if resources.rest.is_some() { listed.or(Truth::Unknown) } else { listed };
    if resources.negated { !listed } else { listed }
}

/// Stands for the own bucket's name.
const OWN: &str = "\u{1}";

fn pattern_matches(pattern: &SymStr, target: &Target, context: &Context) -> Truth {
    if context.kind == super::PolicyKind::AccessPoint {
        return access_point_matches(pattern, target);
    }
    let Some(resource) = own_resource(pattern, context) else { return Truth::No };
    let wanted = match target {
        Target::Bucket => OWN.to_owned(),
        Target::Object(key) => format!("{OWN}/{key}"),
    };
    glob(&resource, &wanted).into()
}

/// The pattern behind `arn:aws:s3:::`, the own bucket's name replaced by a mark; `None` where it is not of this bucket.
pub(crate) fn own_resource(pattern: &SymStr, context: &Context) -> Option<String> {
    let mut marked = String::new();
    for seg in pattern.segs() {
        match seg {
            Seg::Lit(lit) => marked.push_str(&lit.text),
            Seg::Hole(hole) => {
                let own = context.bucket.entity.as_ref().is_some_and(|it| *it == hole.symbol.entity);
                match &hole.known {
                    _ if own && &*hole.symbol.attribute == "arn" => {
                        marked.push_str("arn:aws:s3:::");
                        marked.push_str(OWN);
                    }
                    _ if own => marked.push_str(OWN),
                    Some(text) => marked.push_str(text),
                    None => marked.push('\u{2}'),
                }
            }
        }
    }
    let rest = behind_arn(&marked)?;
    let (bucket, key) = match rest.split_once('/') {
        Some((bucket, key)) => (bucket, Some(key)),
        None => (rest.as_str(), None),
    };
    let name = context.bucket.name.as_ref();
    let own = bucket == OWN
        || bucket.contains('\u{2}')
        || match name.and_then(SymStr::known) {
            Some(name) => glob(bucket, &name),
            // The own name is not known: a literal name in the policy can only be it.
            None => true,
        };
    if !own {
        return None;
    }
    let unknown_as_star = |it: &str| it.replace('\u{2}', "*");
    match key {
        Some(key) => Some(format!("{OWN}/{}", unknown_as_star(key))),
        // A wildcard at the end of the bucket's name reaches over the slash.
        None if bucket.ends_with('*') => Some(format!("{OWN}*")),
        None => Some(OWN.to_owned()),
    }
}

fn behind_arn(marked: &str) -> Option<String> {
    if marked == "*" {
        return Some("*".to_owned());
    }
    let mut parts = marked.splitn(6, ':');
    let (arn, _partition, service, _region, _account, rest) =
        (parts.next()?, parts.next(), parts.next(), parts.next(), parts.next(), parts.next());
    if let (Some("s3" | "*"), Some(rest)) = (service, rest) {
        return Some(rest.to_owned());
    }
    // A hole may stand for the whole ARN, with a key behind it.
    match arn.strip_prefix('\u{2}') {
        Some(key) if service.is_none() => Some(format!("{OWN}{key}")),
        _ if arn == OWN || arn.starts_with(&format!("{OWN}/")) => Some(arn.to_owned()),
        _ => None,
    }
}

/// Resources of an access point's policy name the access point, and objects below `/object/`.
fn access_point_matches(pattern: &SymStr, target: &Target) -> Truth {
    let text = widened(pattern);
    let objects = text.contains("/object/") || text.ends_with('*');
    let itself = !text.contains("/object/");
    match target {
        Target::Bucket => itself.into(),
        Target::Object(_) => objects.into(),
    }
}

/// A key that a statement's resources cover, for the witness.
pub(crate) fn example_key(statement: &Statement, context: &Context) -> Option<String> {
    if statement.resources.negated || context.kind == super::PolicyKind::AccessPoint {
        return Some("example".to_owned());
    }
    let known = statement.resources.items.iter().find_map(|(pattern, _)| {
        let resource = own_resource(pattern, context)?;
        match resource.split_once('/') {
            Some((_, key)) => Some(super::glob::instance(key, "example")),
            None => resource.ends_with('*').then(|| "example".to_owned()),
        }
    });
    // A resource that is not known may be any object.
    known.or_else(|| statement.resources.rest.is_some().then(|| "example".to_owned()))
}
