//! Whom a Deny with `NotPrincipal` excepts for certain.
//!
//! AWS looks at the caller's account, at the role and at the session: one who is listed without the account may be denied, and so may all of
//! an account that is listed alone.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>

use crate::value::{SymStr, Truth};

use super::evaluate::{account_and_resource, names};
use super::glob::plain;
use super::{Effect, Policy, Principal, PrincipalKind, Principals, Statement};

/// The policy with a Deny for everyone in the place of each that does not except the caller for certain: what it denies beyond the
/// policy itself may be denied. Nothing where there is none. `roles` are those that may be behind a session.
#[must_use]
pub fn as_narrow(policy: &Policy, caller: &str, roles: &[String]) -> Option<Policy> {
    let (account, resource) = account_and_resource(caller).filter(|it| !it.0.is_empty())?;
    let excepts = |listed: &Principals| {
        let is_text = |it: &Principal, is: &dyn Fn(&str) -> bool| plain(&it.text).is_ok_and(|it| is(&it));
        let is_account =
            |it: &Principal| is_text(it, &|it| it == account || account_and_resource(it) == Some((account, "root")));
        let is_caller = |it: &Principal| {
            let is_listed = is_text(it, &|it| it == caller || roles.iter().any(|role| role == it));
            is_listed || !is_account(it) && names(it, caller) == Truth::Yes
        };
        let has = |is: &dyn Fn(&Principal) -> bool| listed.items.iter().any(is);
        has(&|it| it.kind == PrincipalKind::Anyone) || has(&is_account) && (resource == "root" || has(&is_caller))
    };
    let may_deny = |it: &Statement| it.effect.holds(Truth::Unknown, |it| (*it == Effect::Deny).into()) != Truth::No;
    let is_wide = |it: &Statement| may_deny(it) && it.principals.negated && !excepts(&it.principals);
    if !policy.statements.iter().any(is_wide) {
        return None;
    }
    let mut policy = policy.clone();
    for it in policy.statements.iter_mut().filter(|it| is_wide(it)) {
        it.principals.negated = false;
        it.principals.items = vec![Principal {
            kind: PrincipalKind::Anyone,
            text: SymStr::text("*"),
            origin: it.principals.origin.clone(),
        }];
    }
    Some(policy)
}
