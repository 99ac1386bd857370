//! AWS's own definition of a public policy, which Block Public Access and Access Analyzer act on.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>
//!
//! A policy is public unless each statement that allows names fixed principals, or is confined to fixed values of one of
//! the listed condition keys. Deny statements do not count: the definition looks at what is granted. One public
//! statement makes the whole policy public.

use crate::value::{Origin, Truth, Why};

use super::glob::has_wildcard;
use super::ip::Range;
use super::operator::{Operator, Set, Test};
use super::{Condition, Context, Effect, Policy, PolicyKind, PrincipalKind, PublicStatus, Statement, StatementStatus};

/// AWS's verdict about a policy and each of its statements.
#[must_use]
pub fn public_status(policy: &Policy, context: &Context) -> PublicStatus {
    let statements: Vec<_> = policy.statements.iter().map(|it| statement_status(it, context)).collect();
    let known = Truth::any(statements.iter().map(|it| it.public));
    let public = if policy.rest.is_some() { known.or(Truth::Unknown) } else { known };
    PublicStatus { public, statements }
}

fn statement_status(statement: &Statement, context: &Context) -> StatementStatus {
    let status = |public, reason: String, origin: &Origin, why: Option<Why>| StatementStatus {
        index: statement.index,
        public,
        reason,
        origin: origin.clone(),
        why,
    };
    if statement.effect.as_known() == Some(&Effect::Deny) {
        return status(Truth::No, "a Deny grants nothing".to_owned(), &statement.effect.origin, None);
    }
    let who = who(statement);
    if who.public == Truth::No {
        return status(Truth::No, who.reason, &statement.principals.origin, None);
    }
    let confined = statement.conditions.iter().map(|it| (it, confines(it, context)));
    let best = confined.max_by_key(|(_, verdict)| verdict.0);
    let (confined, reason, origin) = match best {
        Some((condition, (truth, reason))) => (truth, reason, &condition.origin),
        None => (Truth::No, who.reason, &statement.principals.origin),
    };
    let confined = if statement.conditions_rest.is_some() { confined.or(Truth::Unknown) } else { confined };
    let sure = Truth::from(statement.effect.as_known().is_some()).or(Truth::Unknown).and(statement.exists.truth());
    let public = who.public.and(!confined).and(sure);
    let why = if public == Truth::Unknown { unknown(statement, who.why) } else { None };
    status(public, reason, origin, why)
}

fn unknown(statement: &Statement, who: Option<Why>) -> Option<Why> {
    let values = statement
        .conditions
        .iter()
        .find_map(|it| it.rest.clone().or_else(|| it.values.iter().find_map(|(value, _)| value.why().cloned())));
    who.or_else(|| statement.conditions_rest.clone()).or(values).or_else(|| statement.effect.why().cloned()).or_else(
        || match statement.exists.truth() {
            Truth::Unknown => {
                Some(Why::new(crate::value::Cause::Conditional, statement.exists.to_string(), statement.origin.span))
            }
            _ => None,
        },
    )
}

struct Who {
    public: Truth,
    reason: String,
    why: Option<Why>,
}

/// Whether the statement names everyone.
fn who(statement: &Statement) -> Who {
    let principals = &statement.principals;
    let no = |reason: &str| Who { public: Truth::No, reason: reason.to_owned(), why: None };
    if !principals.present {
        return no("the statement names no principal");
    }
    if principals.negated {
        let reason = "NotPrincipal names everyone but the listed".to_owned();
        return Who { public: Truth::Yes, reason, why: None };
    }
    let (mut public, mut why) = (Truth::No, principals.rest.clone());
    let mut reason = "every principal is named".to_owned();
    for item in &principals.items {
        let (truth, clause) = match item.kind {
            PrincipalKind::Anyone => (Truth::Yes, "the principal is everyone, anonymous callers included".to_owned()),
            // A web identity provider vouches for anybody who signs up there; a SAML provider has an ARN of its own.
            PrincipalKind::Federated => {
                let text = item.text.display();
                let web = !text.starts_with("arn:") && item.text.known().is_some();
                (web.into(), format!("anyone can sign in with `{text}`"))
            }
            PrincipalKind::Aws if item.text.known().is_none() && item.text.could_be("*") => {
                why = why.or_else(|| item.text.why().cloned());
                (Truth::Unknown, format!("`{}` may be `*`", item.text.display()))
            }
            PrincipalKind::Other => (Truth::Unknown, "the kind of principal is not known".to_owned()),
            _ => (Truth::No, String::new()),
        };
        if public < truth {
            (public, reason) = (truth, clause);
        }
    }
    if principals.rest.is_some() && public == Truth::No {
        public = Truth::Unknown;
        reason = "not all principals are known".to_owned();
    }
    Who { public, reason, why }
}

/// Whether a condition confines a statement to fixed values of a key that AWS trusts, and why (not).
fn confines(condition: &Condition, context: &Context) -> (Truth, String) {
    let Some(key) = condition.key.known() else {
        return (Truth::Unknown, "the condition key is not known".to_owned());
    };
    let shown = key.clone();
    let key = key.to_ascii_lowercase();
    let Some(operator) = Operator::parse(&condition.operator) else {
        return (Truth::Unknown, format!("`{}` is not an operator", condition.operator));
    };
    let no = |reason: String| (Truth::No, reason);
    let Some(form) = form(&key) else { return no(format!("{shown} does not confine: {}", weakness(&key))) };
    if operator.negated {
        return no(format!("{} admits every other value of {shown}", condition.operator));
    }
    if operator.if_exists {
        return no(format!("{} holds for requests without {shown}", condition.operator));
    }
    if operator.set == Set::ForAll {
        return no(format!("ForAllValues holds for requests without {shown}"));
    }
    let fits = match form {
        Form::Range => operator.test == Test::Ip,
        Form::Flag => operator.test == Test::Bool,
        Form::Fixed | Form::Arn | Form::Path => {
            matches!(operator.test, Test::Equals { .. } | Test::Like | Test::Arn)
        }
    };
    if !fits {
        return no(format!("{} does not fix a value of {shown}", condition.operator));
    }
    let mut confined = if condition.rest.is_some() { Truth::Unknown } else { Truth::Yes };
    let mut loose = None;
    for (value, _) in &condition.values {
        let fixed = match value.known() {
            Some(text) => is_fixed(&text, form, operator, &key, context).into(),
            // Without wildcards in the operator any text is a fixed value.
            None if !operator.has_wildcards() && form != Form::Range => Truth::Yes,
            None if form == Form::Range => Truth::Unknown,
            None => !value.has_wildcard(),
        };
        if fixed != Truth::Yes && loose.is_none() {
            loose = Some(value.display());
        }
        confined = confined.and(fixed);
    }
    if condition.values.is_empty() && condition.rest.is_none() {
        confined = Truth::Yes;
    }
    match (confined, loose) {
        (Truth::Yes, _) => (confined, format!("confined by {shown}")),
        (Truth::No, Some(value)) => (confined, format!("{shown} `{value}` is no fixed value")),
        _ => (confined, format!("the value of {shown} is not known")),
    }
}

/// What a fixed value of a trusted key looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A text without wildcards.
    Fixed,
    /// An ARN; its account must be fixed.
    Arn,
    /// A path of an organisation; its beginning must be fixed.
    Path,
    /// An address range that is not too wide.
    Range,
    /// `true`.
    Flag,
}

/// The keys that AWS lists, and their newer kin.
fn form(key: &str) -> Option<Form> {
    Some(match key {
        "aws:sourceip" | "aws:vpcsourceip" => Form::Range,
        "aws:sourcearn" | "aws:principalarn" | "s3:dataaccesspointarn" | "aws:sourcevpcarn" => Form::Arn,
        "aws:principalorgpaths" | "aws:sourceorgpaths" | "aws:vpceorgpaths" => Form::Path,
        "aws:sourcevpc"
        | "aws:sourcevpce"
        | "aws:sourceowner"
        | "aws:sourceaccount"
        | "aws:sourceorgid"
        | "aws:principalorgid"
        | "aws:principalaccount"
        | "aws:principalservicename"
        | "aws:principalservicenameslist"
        | "aws:userid"
        | "aws:vpceaccount"
        | "aws:vpceorgid"
        | "s3:dataaccesspointaccount"
        | "s3:x-amz-server-side-encryption-aws-kms-key-id" => Form::Fixed,
        "aws:principalisawsservice" => Form::Flag,
        _ => return None,
    })
}

fn is_fixed(text: &str, form: Form, operator: Operator, key: &str, context: &Context) -> bool {
    if text.contains("${") {
        return false;
    }
    let wild = operator.has_wildcards() && has_wildcard(text);
    match form {
        Form::Flag => text.eq_ignore_ascii_case("true"),
        Form::Range => Range::parse(text).is_some_and(|it| !it.is_wide()),
        Form::Fixed => !wild,
        Form::Path => !wild || text.split('/').next().is_some_and(|it| !has_wildcard(it)),
        Form::Arn => {
            // In an access point's policy a wildcard access point is every access point.
            let strict = key == "s3:dataaccesspointarn" && context.kind == PolicyKind::AccessPoint;
            let account = super::evaluate::account_of(text).is_some();
            !wild || (!strict && account)
        }
    }
}

fn weakness(key: &str) -> &'static str {
    match key {
        "aws:referer" | "aws:useragent" => "callers choose this header",
        "aws:securetransport" => "anyone can use HTTPS",
        "aws:currenttime" | "aws:epochtime" => "time passes for everyone",
        "s3:prefix" | "s3:delimiter" | "s3:max-keys" => "callers choose this parameter",
        _ if key.starts_with("s3:x-amz-") => "callers choose this header",
        _ if key.starts_with("aws:principaltag/") => "accounts tag their own principals",
        _ if key.starts_with("s3:existingobjecttag/") => "it says which objects, not who",
        _ => "AWS does not count this key as fixing who calls",
    }
}
