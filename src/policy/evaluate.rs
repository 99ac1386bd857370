//! The reference evaluator: one request, one resource policy.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>: an explicit Deny wins,
//! an Allow is needed, and what nothing allows is denied.

use crate::value::{Cause, SymStr, Truth, Value, Why, is_account_id};

use super::actions::covers;
use super::condition::Compiled;
use super::glob::{Lookup, plain};
use super::resource::{self, Resources};
use super::{Condition, Context, Effect, Policy, Principal, PrincipalKind, Principals, Request, Statement};

/// What a policy says to a request. The caller's own policies are not part of it: across accounts they must allow too.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Whether the policy allows the request.
    pub allowed: Truth,
    /// Whether a Deny statement forbids it.
    pub denied: Truth,
    /// Whether an Allow statement lets the caller in by name, or as everyone. One that names the caller's account as a whole
    /// only lets that account decide: in the own account the caller's own policies must allow too.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts>
    pub direct: Truth,
    /// The statement that decides: the first Deny that applies, else the first Allow.
    pub statement: Option<usize>,
    /// What is not known, where `allowed` is.
    pub why: Option<Why>,
}

/// Decides a request. Condition keys of `request.context` are taken without regard to case; keys it lacks are absent.
#[must_use]
pub fn allows(policy: &Policy, request: &Request, context: &Context) -> Decision {
    allows_told(policy, request, context, &|_| true)
}

/// The same of a request of which not everything is known: `is_told` says of a key that `request.context` lacks whether the request
/// certainly does not carry it.
#[must_use]
pub fn allows_told(policy: &Policy, request: &Request, context: &Context, is_told: &dyn Fn(&str) -> bool) -> Decision {
    let variables = has_variables(policy);
    // Pseudo parameters are shown as CloudFormation writes them; colons would separate fields here.
    let arn = resource::normal(&request.resource.replace("${AWS::", "${AWS."));
    let names = resource::names(policy, context);
    // Of a bare policy's buckets the request names one.
    let is_named = |it: &&String| {
        let rest = arn.strip_prefix(&format!("arn:aws:s3:::{it}"));
        rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
    };
    let name = names.iter().find(is_named).or(names.first()).cloned().unwrap_or_default();
    let mut decision =
        Decision { allowed: Truth::No, denied: Truth::No, direct: Truth::No, statement: None, why: None };
    let mut allow = (Truth::No, None);
    for statement in &policy.statements {
        let matches = matches(statement, request, &arn, &name, context, variables, is_told);
        let is = |effect: Effect| statement.effect.holds(Truth::Unknown, |it| (*it == effect).into()).and(matches);
        if decision.denied < is(Effect::Deny) {
            decision.denied = is(Effect::Deny);
            decision.statement = Some(statement.index);
        }
        decision.direct = decision.direct.or(is(Effect::Allow).and(!only_as_account(&statement.principals, request)));
        if allow.0 < is(Effect::Allow) {
            allow = (is(Effect::Allow), Some(statement.index));
        }
    }
    let rest = if policy.rest.is_some() { Truth::Unknown } else { Truth::No };
    decision.denied = decision.denied.or(rest);
    decision.allowed = allow.0.or(rest).and(!decision.denied);
    decision.direct = decision.direct.or(rest).and(decision.allowed);
    if decision.allowed == Truth::Yes || decision.statement.is_none() {
        decision.statement = allow.1;
    }
    if decision.allowed == Truth::Unknown || decision.denied == Truth::Unknown {
        let at = decision.statement.and_then(|index| policy.statements.get(index));
        let unclear = || Why::new(Cause::Conditional, "a statement that is not wholly known", None);
        let untold = || at.and_then(|it| untold(it, request, is_told));
        decision.why = policy.rest.clone().or_else(|| at.and_then(why)).or_else(untold).or_else(|| Some(unclear()));
    }
    decision
}

/// The first key of a statement's conditions of which nobody said what the request carries.
fn untold(statement: &Statement, request: &Request, is_told: &dyn Fn(&str) -> bool) -> Option<Why> {
    let has = |key: &str| request.context.keys().any(|it| it.eq_ignore_ascii_case(key)) || is_told(key);
    let lacks = |it: &Condition| Some((it.key.known().filter(|key| !has(key))?, it.origin.span));
    let (key, at) = statement.conditions.iter().find_map(lacks)?;
    Some(Why::new(Cause::NotInInput, format!("what the request carries as `{key}` (--context {key}=VALUE)"), at))
}

/// Whether a Deny of a policy forbids a request of which not everything is known: `is_told` says of a key that `request.context`
/// lacks whether the request certainly does not carry it.
#[must_use]
pub fn denies(policy: &Policy, request: &Request, context: &Context, is_told: &dyn Fn(&str) -> bool) -> Truth {
    let variables = has_variables(policy);
    let arn = resource::normal(&request.resource);
    let name = resource::names(policy, context).into_iter().next().unwrap_or_default();
    let found = policy.statements.iter().map(|statement| {
        let is_deny = statement.effect.holds(Truth::Unknown, |it| (*it == Effect::Deny).into());
        is_deny.and(matches(statement, request, &arn, &name, context, variables, is_told))
    });
    let found = Truth::any(found);
    if policy.rest.is_some() { found.or(Truth::Unknown) } else { found }
}

/// The first thing about a statement that is not known.
pub(super) fn why(statement: &Statement) -> Option<Why> {
    let conditional = || {
        let subject = statement.exists.to_string();
        (statement.exists.truth() == Truth::Unknown)
            .then(|| Why::new(Cause::Conditional, subject, statement.origin.span))
    };
    let missing = |present: bool, name: &str| {
        (!present).then(|| Why::new(Cause::Invalid, format!("the statement has no `{name}`"), statement.origin.span))
    };
    let effect = || {
        let absent = statement.effect.is_absent();
        statement.effect.why().cloned().or_else(|| missing(!absent, "Effect"))
    };
    let principals = || {
        let items = statement.principals.items.iter().find_map(|it| it.text.why().cloned());
        statement.principals.rest.clone().or(items)
    };
    let patterns =
        |it: &super::Patterns| it.rest.clone().or_else(|| it.items.iter().find_map(|(it, _)| it.why().cloned()));
    let conditions = || statement.conditions.iter().find_map(|it| Compiled::new(it, true).why);
    conditional()
        .or_else(effect)
        .or_else(|| statement.conditions_rest.clone())
        .or_else(principals)
        .or_else(|| patterns(&statement.actions))
        .or_else(|| patterns(&statement.resources))
        .or_else(conditions)
        .or_else(|| missing(statement.principals.present, "Principal"))
        .or_else(|| missing(statement.actions.present, "Action"))
        .or_else(|| missing(statement.resources.present, "Resource"))
}

/// Policy variables count since version 2012-10-17.
pub(super) fn has_variables(policy: &Policy) -> bool {
    match &policy.version.value {
        Value::Known(it) => it == "2012-10-17",
        Value::Absent => false,
        Value::Unknown(_) | Value::OneOf(..) => true,
    }
}

fn matches(
    statement: &Statement,
    request: &Request,
    arn: &str,
    name: &str,
    context: &Context,
    variables: bool,
    is_told: &dyn Fn(&str) -> bool,
) -> Truth {
    let mut truth = statement.exists.truth().and(applies_to(&statement.principals, &request.principal));
    if truth == Truth::No {
        return truth;
    }
    let actions = if statement.actions.present { covers(&statement.actions, &request.action) } else { Truth::Unknown };
    truth = truth.and(actions);
    let get = |key: &str| request.context.iter().find(|(it, _)| it.eq_ignore_ascii_case(key)).map(|(_, it)| it);
    let lookup = |key: &str| match get(key).map(Vec::as_slice) {
        Some([one]) => Lookup::Value(one.clone()),
        None if !is_told(key) => Lookup::Unknown,
        Some([]) | None => Lookup::Absent,
        // A key with several values cannot stand in a variable.
        Some(_) => Lookup::Absent,
    };
    truth = truth.and(Resources::new(&statement.resources, name, context, variables).covers(arn, &lookup));
    for condition in &statement.conditions {
        if truth == Truth::No {
            return truth;
        }
        let compiled = Compiled::new(condition, variables);
        if compiled.key.as_deref().is_some_and(|key| get(key).is_none() && !is_told(key)) {
            truth = truth.and(Truth::Unknown);
            continue;
        }
        let values: Option<Vec<&str>> =
            compiled.key.as_deref().and_then(get).map(|it| it.iter().map(String::as_str).collect());
        truth = truth.and(compiled.holds(values.as_deref(), &lookup));
    }
    if statement.conditions_rest.is_some() { truth.and(Truth::Unknown) } else { truth }
}

/// Whether the element applies to a caller: `anonymous`, an ARN, an account id, a service name.
pub(super) fn applies_to(principals: &Principals, caller: &str) -> Truth {
    if !principals.present {
        return Truth::Unknown;
    }
    let listed = Truth::any(principals.items.iter().map(|it| names(it, caller)));
    let listed = if principals.rest.is_some() { listed.or(Truth::Unknown) } else { listed };
    if principals.negated { !listed } else { listed }
}

/// Whether a caller is meant only through an account named as a whole.
fn only_as_account(principals: &Principals, request: &Request) -> Truth {
    if principals.negated || !principals.present || principals.rest.is_some() {
        return Truth::No;
    }
    let is_account = |it: &&Principal| {
        let text = plain(&it.text).unwrap_or_default();
        // The root user is the account.
        let is_root = || account_and_resource(&request.principal).is_some_and(|it| it.1 == "root");
        it.kind == PrincipalKind::Aws
            && text != request.principal
            && !is_root()
            && (text.ends_with(":root") || is_account_id(&text))
    };
    let others = principals.items.iter().filter(|it| !is_account(it));
    !Truth::any(others.map(|it| names(it, &request.principal)))
}

/// Whether one principal of an element names a caller.
pub(super) fn names(principal: &Principal, caller: &str) -> Truth {
    if principal.kind == PrincipalKind::Anyone {
        return Truth::Yes;
    }
    let Ok(text) = plain(&principal.text) else { return could_name(&principal.text, caller) };
    if text == "*" && principal.kind == PrincipalKind::Aws || text == caller {
        return Truth::Yes;
    }
    if principal.kind != PrincipalKind::Aws {
        return Truth::No;
    }
    let Some((account, resource)) = account_and_resource(caller) else { return Truth::No };
    if text == account {
        return Truth::Yes;
    }
    // An account's root ARN stands for the account as a whole; a role's ARN for each of its sessions.
    let Some((named, what)) = account_and_resource(&text) else { return Truth::No };
    let session = || {
        let role = resource.strip_prefix("assumed-role/")?.split('/').next()?;
        Some(what.strip_prefix("role/")?.rsplit('/').next()? == role)
    };
    (named == account && (what == "root" || what == resource || session() == Some(true))).into()
}

fn could_name(text: &SymStr, caller: &str) -> Truth {
    // Unknown text may be `*`, an account or an ARN; a known start narrows that.
    let prefix = text.known_prefix();
    let account = account_and_resource(caller).map(|(it, _)| it).unwrap_or_default();
    let may = prefix.is_empty() || caller.starts_with(&prefix) || account.starts_with(&prefix);
    let arn = prefix.starts_with("arn:") && !account.is_empty() && {
        let named = prefix.split(':').nth(4).unwrap_or_default();
        named.is_empty() || account.starts_with(named) || prefix.splitn(6, ':').count() < 5
    };
    if may || arn { Truth::Unknown } else { Truth::No }
}

/// The account of an ARN and what it is about.
pub(super) fn account_and_resource(arn: &str) -> Option<(&str, &str)> {
    let mut fields = arn.strip_prefix("arn:")?.splitn(5, ':').skip(3);
    Some((fields.next()?, fields.next()?))
}
