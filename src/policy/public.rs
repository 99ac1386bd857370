//! AWS's definition of a public policy, line by line:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>.
//!
//! "Amazon S3 begins by assuming that the policy is public. It then evaluates the policy to determine whether it
//! qualifies as non-public." Non-public is what grants only to *fixed values*: no wildcard, no policy variable.

use std::net::IpAddr;

use crate::value::{Cause, Origin, SymStr, Truth, Value, Why};

use super::condition::range;
use super::glob::{Pattern, Reading};
use super::keys::{self, Confines, Key, KeyType};
use super::operator::{Base, Operator, SetOperator};
use super::{Condition, Context, Effect, Policy, PolicyKind, PrincipalKind, PublicStatus, Statement, StatementStatus};

/// What one element says about being public.
struct Verdict {
    /// Whether it keeps the statement from being public.
    confines: Truth,
    /// One clause.
    reason: String,
    origin: Origin,
    why: Option<Why>,
}

/// AWS's verdict about a policy.
///
/// Deny statements take no part: AWS's text speaks of grants only, and one public statement makes the policy public.
#[must_use]
pub fn public_status(policy: &Policy, context: &Context) -> PublicStatus {
    let statements: Vec<_> = policy.statements.iter().map(|it| status(it, policy, context)).collect();
    let mut public = Truth::any(statements.iter().map(|it| it.public));
    if policy.rest.is_some() {
        public = public.or(Truth::Unknown);
    }
    PublicStatus { public, statements }
}

fn status(statement: &Statement, policy: &Policy, context: &Context) -> StatementStatus {
    let answer = |public: Truth, reason: String, origin: &Origin, why: Option<Why>| StatementStatus {
        index: statement.index,
        public,
        reason,
        origin: origin.clone(),
        why: if public == Truth::Unknown { why } else { None },
    };
    let allow = statement.effect.holds(Truth::Unknown, |it| (*it == Effect::Allow).into());
    let effect = &statement.effect;
    if allow == Truth::No {
        return answer(Truth::No, "a Deny statement grants nothing".to_owned(), &effect.origin, None);
    }
    let principals = principals(statement);
    let mut best = principals;
    if best.confines != Truth::Yes {
        for condition in &statement.conditions {
            let verdict = confines(condition, policy, context);
            // The strongest confinement counts; of equally weak ones the condition says more than the principal.
            let stronger = best.confines < verdict.confines;
            if stronger || (best.confines == Truth::No && verdict.confines == Truth::No) {
                best = verdict;
            }
        }
        if let (true, Some(why)) = (best.confines != Truth::Yes, &statement.conditions_rest) {
            let reason = format!("the statement may have further conditions: {why}");
            best =
                Verdict { confines: Truth::Unknown, reason, origin: statement.origin.clone(), why: Some(why.clone()) };
        }
    }
    let exists = statement.exists.truth();
    let public = (!best.confines).and(allow).and(exists);
    let why = best
        .why
        .or_else(|| effect.why().cloned())
        .or_else(|| effect.is_absent().then(|| Why::new(Cause::Invalid, "the statement has no `Effect`", None)))
        .or_else(|| {
            (exists == Truth::Unknown)
                .then(|| Why::new(Cause::Conditional, statement.exists.to_string(), statement.origin.span))
        });
    answer(public, best.reason, &best.origin, why)
}

/// Whether the principals are fixed: "an AWS principal, user, role, or service principal".
fn principals(statement: &Statement) -> Verdict {
    let principals = &statement.principals;
    let verdict =
        |confines, reason: String, origin: &Origin, why| Verdict { confines, reason, origin: origin.clone(), why };
    if !principals.present {
        // S3 rejects the policy: it cannot be in force, yet it is not known what was meant.
        let why = principals
            .rest
            .clone()
            .unwrap_or_else(|| Why::new(Cause::Invalid, "the statement has no `Principal`", statement.origin.span));
        return verdict(Truth::Unknown, "the statement has no `Principal`".to_owned(), &principals.origin, Some(why));
    }
    if principals.negated {
        let reason = "`NotPrincipal` with Allow admits everyone who is not listed".to_owned();
        return verdict(Truth::No, reason, &principals.origin, None);
    }
    let mut unknown = None;
    for it in &principals.items {
        match it.kind {
            PrincipalKind::Anyone => {
                return verdict(
                    Truth::No,
                    "the principal is everyone, anonymous callers included".to_owned(),
                    &it.origin,
                    None,
                );
            }
            // The page's own example of a public policy is `{"Federated": "graph.facebook.com"}`.
            PrincipalKind::Federated if it.text.known().is_some_and(|it| !it.starts_with("arn:")) => {
                let reason = format!("anyone can sign in with `{}`", it.text.display());
                return verdict(Truth::No, reason, &it.origin, None);
            }
            _ => {}
        }
        if it.text.known().is_some_and(|text| text.contains(['*', '?'])) {
            let reason = format!("`{}` has a wildcard", it.text.display());
            return verdict(Truth::No, reason, &it.origin, None);
        }
        // AWS takes no wildcard within an ARN here: whatever its parts, it names someone.
        let could_be_anyone = it.text.has_wildcard() == Truth::Unknown && !it.text.known_prefix().starts_with("arn:");
        let unclear = it.kind == PrincipalKind::Federated || it.kind == PrincipalKind::Other;
        if could_be_anyone || unclear {
            let why = it.text.why().cloned().unwrap_or_else(|| {
                Why::new(Cause::Unsupported, format!("the principal `{}`", it.text.display()), it.origin.span)
            });
            unknown.get_or_insert((it.origin.clone(), format!("`{}` may be anyone", it.text.display()), why));
        }
    }
    if let Some(why) = &principals.rest {
        unknown.get_or_insert((
            principals.origin.clone(),
            format!("the principals are not all known: {why}"),
            why.clone(),
        ));
    }
    match unknown {
        Some((origin, reason, why)) => verdict(Truth::Unknown, reason, &origin, Some(why)),
        None => {
            let origin = principals.items.first().map_or(&principals.origin, |it| &it.origin);
            verdict(Truth::Yes, "every principal is a fixed one".to_owned(), origin, None)
        }
    }
}

/// Whether a condition confines the statement to fixed values of a key on AWS's list.
fn confines(condition: &Condition, policy: &Policy, context: &Context) -> Verdict {
    let key = condition.key.display();
    let verdict = |confines, reason: String, why| Verdict { confines, reason, origin: condition.origin.clone(), why };
    let no = |reason: String| verdict(Truth::No, reason, None);
    let Some(known) = condition.key.known() else {
        let why = condition.key.why().cloned();
        return verdict(Truth::Unknown, format!("the condition key `{key}` is not known"), why);
    };
    let Some(operator) = Operator::parse(&condition.operator) else {
        let text = &condition.operator;
        let why = Why::new(Cause::Invalid, format!("`{text}` is not a condition operator"), condition.origin.span);
        return verdict(Truth::Unknown, format!("`{text}` is not a condition operator"), Some(why));
    };
    let Some(entry) = keys::find(&known).filter(|it| it.confines != Confines::No) else {
        return no(format!("`{key}` does not confine: {}", why_not(&known)));
    };
    // Present or not, the condition must fail for callers without the value.
    if operator.negated {
        return no(format!("`{}` admits every value of `{key}` but the listed ones", condition.operator));
    }
    if operator.if_exists {
        return no(format!("`{}` also holds where the request lacks `{key}`", condition.operator));
    }
    if operator.set == Some(SetOperator::All) {
        return no(format!("`ForAllValues` also holds where the request lacks `{key}`"));
    }
    if operator.base == Base::Null {
        return no(format!("`Null` does not fix the value of `{key}`"));
    }
    if condition.values.is_empty() && condition.rest.is_none() {
        return verdict(Truth::Yes, format!("`{key}` has no value that could match"), None);
    }
    let version = has_variables(policy);
    let rest = condition.rest.as_ref().filter(|_| !(operator.compares_texts() && entry.kind != KeyType::Ip));
    let mut unknown = rest.map(|why| (format!("the values of `{key}` are not all known"), why.clone()));
    for (value, _) in &condition.values {
        match fixed(value, operator, entry, version, context) {
            Fixed::Yes => {}
            Fixed::No(what) => return no(format!("`{key}` does not confine: {what}")),
            Fixed::Unknown(why) => {
                unknown.get_or_insert((format!("the value of `{key}` is not known"), why));
            }
        }
    }
    match unknown {
        Some((reason, why)) => verdict(Truth::Unknown, reason, Some(why)),
        None => verdict(Truth::Yes, format!("`{key}` has a fixed value"), None),
    }
}

/// Policy variables exist since version 2012-10-17. `Unknown` counts as having them: then nothing is taken for fixed.
fn has_variables(policy: &Policy) -> bool {
    match &policy.version.value {
        Value::Known(it) => it == "2012-10-17",
        Value::Absent => false,
        Value::Unknown(_) | Value::OneOf(..) => true,
    }
}

/// Whether a value is fixed.
enum Fixed {
    Yes,
    No(String),
    Unknown(Why),
}

fn fixed(text: &SymStr, operator: Operator, key: &Key, variables: bool, context: &Context) -> Fixed {
    let shown = text.display();
    if text.has_wildcard() == Truth::Unknown && !operator.compares_texts() {
        let why = text.why().cloned();
        return Fixed::Unknown(why.unwrap_or_else(|| Why::new(Cause::Invalid, "an unknown value", None)));
    }
    if key.confines == Confines::Service {
        return match text.known() {
            Some(it) if it.eq_ignore_ascii_case("true") => Fixed::Yes,
            Some(it) => Fixed::No(format!("`{it}` leaves every caller that is not an AWS service")),
            None => Fixed::Unknown(text.why().cloned().unwrap_or_else(|| Why::new(Cause::Invalid, "a value", None))),
        };
    }
    if key.kind == KeyType::Ip {
        if operator.base == Base::StringLike && text.has_wildcard() == Truth::Yes {
            return Fixed::No(format!("`{shown}` has a wildcard"));
        }
        return address(text, &shown);
    }
    let wildcards = matches!(operator.base, Base::StringLike | Base::Arn);
    let pattern = Pattern::new(text, Reading { wildcards, variables });
    if pattern.has_variable() {
        return Fixed::No(format!("`{shown}` has a policy variable"));
    }
    if key.name == "aws:userid" {
        // "aws:userid, outside the pattern AROLEID:*"
        let role = shown.split_once(':').is_some_and(|(id, _)| id.starts_with("AROA"));
        if role {
            return Fixed::No(format!("`{shown}` is of the form `AROLEID:*`, which AWS leaves out of its list"));
        }
    }
    if !pattern.has_wildcard() {
        return Fixed::Yes;
    }
    if key.kind == KeyType::Arn && fixed_account(&pattern) {
        let access_point = key.name == "s3:DataAccessPointArn";
        // A bucket policy may leave the access point's name open as long as the account is fixed; an access point's
        // policy may not.
        if access_point && context.kind == PolicyKind::AccessPoint {
            return Fixed::No(format!("`{shown}` has a wildcard, which the policy of an access point may not have"));
        }
        return Fixed::Yes;
    }
    // An organisation's id before the first wildcard fixes the path.
    let fixed_organisation =
        key.name.ends_with("OrgPaths") && shown.split('/').next().is_some_and(|it| !it.contains(['*', '?']));
    if fixed_organisation && shown.contains('/') {
        return Fixed::Yes;
    }
    Fixed::No(format!("`{shown}` has a wildcard"))
}

/// Whether the fifth field of an ARN is a fixed account id.
fn fixed_account(pattern: &Pattern) -> bool {
    let fields = pattern.arn_fields();
    let account = fields.get(4).and_then(Pattern::as_literal);
    fields.len() == 6 && account.is_some_and(|it| !it.is_empty())
}

/// "Broader than /8 for IPv4 and /32 for IPv6 (excluding RFC1918 private ranges)" is public.
fn address(text: &SymStr, shown: &str) -> Fixed {
    let Some(known) = text.known() else {
        return Fixed::Unknown(text.why().cloned().unwrap_or_else(|| Why::new(Cause::Invalid, "an address", None)));
    };
    match range(known.trim()) {
        None => Fixed::Unknown(Why::new(Cause::Invalid, format!("`{known}` is not an address range"), None)),
        Some(range) if is_broad(range) => {
            let width = if range.0.is_ipv4() { "/8" } else { "/32" };
            Fixed::No(format!("`{shown}` is broader than {width}"))
        }
        Some(_) => Fixed::Yes,
    }
}

/// Whether a range is broader than AWS accepts as fixed.
pub(super) fn is_broad(range: (IpAddr, IpAddr)) -> bool {
    match range {
        (IpAddr::V4(first), IpAddr::V4(last)) => (1 << 24) <= u32::from(last).wrapping_sub(u32::from(first)),
        (IpAddr::V6(first), IpAddr::V6(last)) => (1 << 96) <= u128::from(last).wrapping_sub(u128::from(first)),
        _ => true,
    }
}

/// Why a key that is not on AWS's list does not confine.
fn why_not(key: &str) -> &'static str {
    match keys::find(key) {
        None => "AWS does not know this key as one that names a caller",
        Some(entry) => match entry.name.as_str() {
            "aws:referer" | "aws:UserAgent" => "callers choose this header",
            "aws:SecureTransport" | "s3:TlsVersion" => "anyone can use TLS",
            "aws:CurrentTime" | "aws:EpochTime" => "time passes for everyone",
            "aws:VpcSourceIp" => "every VPC may use these addresses",
            "aws:PrincipalTag/" => "every account sets the tags of its own principals",
            "aws:PrincipalType" | "aws:username" => "every account has such principals",
            name if name.starts_with("s3:x-amz-") => "callers choose this header",
            _ => match entry.nature {
                keys::Nature::Resource => "it says something of the bucket, not of the caller",
                _ => "it says nothing of who the caller is",
            },
        },
    }
}
