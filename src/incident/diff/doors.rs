//! What comes by an access point, decided for every request: its policy with the Denies of the bucket's own beside it. What a
//! Deny leaves to some callers only is no way of `exposure`, which knows audiences, not requests.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>

use crate::exposure::{self, Options};
use crate::model::AccessPoint;
use crate::policy::{self, Audience, Condition, Context, Effect, Policy, Statement};
use crate::value::{SymStr, Truth, is_account_id};

use super::super::said::Said;
use super::super::side::Subject;
use super::access::{CONFINED, door, empty_policy, explained, plain_policy, point_policy, via_statement};
use super::{AccessChange, is_own};

/// Who comes by an access point of the own account only: whom those let in, their policies say.
pub const OWN_POINTS: &str = "callers with s3:DataAccessPointAccount of the own account";

/// Whether a change is about such requests: the statement names no access points but those.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html#access-points-delegating-control>
#[must_use]
pub fn is_by_own_point(change: &AccessChange, subject: &Subject<'_>, account: Option<&str>) -> bool {
    matches!(&change.audience, Audience::Account(who) if who.starts_with(CONFINED))
        && account.is_some()
        && delegates(change, subject, account) == Truth::Yes
}

/// Whether all statements that a change may come through are for requests by access points of the own account alone.
fn delegates(change: &AccessChange, subject: &Subject<'_>, account: Option<&str>) -> Truth {
    let Some(policy) = subject.bucket().and_then(|it| it.policy.as_known()) else { return Truth::No };
    let is_meant = |it: &&Statement| via_statement(subject, it.index).0 == change.via;
    let mut meant = policy.statements.iter().filter(is_meant).peekable();
    if meant.peek().is_none() { Truth::No } else { Truth::all(meant.map(|it| of_own_points(it, account))) }
}

/// Whether a statement is for requests by access points of the own account alone; where nobody says which that is, it may be.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html#access-points-delegating-control>
#[must_use]
pub fn of_own_points(statement: &Statement, account: Option<&str>) -> Truth {
    Truth::any(statement.conditions.iter().map(|it| names_own(it, account)))
}

fn names_own(condition: &Condition, account: Option<&str>) -> Truth {
    const PLAIN: [&str; 4] = ["stringequals", "stringlike", "arnequals", "arnlike"];
    let is_key = |it: String| match it.to_ascii_lowercase().as_str() {
        "s3:dataaccesspointaccount" => Some(false),
        "s3:dataaccesspointarn" => Some(true),
        _ => None,
    };
    let Some(is_arn) = condition.key.known().and_then(is_key) else { return Truth::No };
    let is_own = |it: &SymStr| match (account_of(it, is_arn), account) {
        (Some(id), Some(own)) => (id == own).into(),
        (Some(id), None) if !is_account_id(&id) => Truth::No,
        (None, _) if it.known().is_some() => Truth::No,
        // What code leaves open may be the own account, and so may one where nobody says which that is.
        (Some(_) | None, _) => Truth::Unknown,
    };
    let is_plain = PLAIN.contains(&condition.operator.to_ascii_lowercase().as_str());
    let rest = condition.rest.iter().map(|_| Truth::Unknown);
    let mut all = condition.values.iter().map(|it| is_own(&it.0)).chain(rest).peekable();
    if is_plain && all.peek().is_some() { Truth::all(all) } else { Truth::No }
}

/// The account that a value names, be it within an ARN; `None` where it is not known, or there is none.
fn account_of(it: &SymStr, is_arn: bool) -> Option<String> {
    const OPEN: char = '\0';
    let text: String =
        it.segs().iter().map(|it| it.known().map_or_else(|| OPEN.to_string(), |it| it.to_string())).collect();
    let id = if is_arn { text.split(':').nth(4)? } else { &text };
    (!id.contains(OPEN)).then(|| id.to_owned())
}

/// Why a statement that leaves it to access points of the own account gives nothing for certain.
#[must_use]
pub fn left_to_points(is_own: Truth) -> &'static str {
    match is_own {
        Truth::Yes => {
            "the statement leaves it to access points of the own account, and lets nobody in by itself: whom those let in, their policies say"
        }
        _ => {
            "the statement leaves it to access points of one account: whether that is the bucket's own is not known (--account), and whom \
             those let in, their policies say"
        }
    }
}

/// What a statement that leaves it to access points of the own account gives or takes: nothing by itself. Where all access points are known
/// they are compared; where not, they may let somebody in.
pub(super) fn by_points(
    name: &str,
    mut change: AccessChange,
    (subject, other): (&Subject<'_>, Option<&Subject<'_>>),
    account: Option<&str>,
) -> Option<AccessChange> {
    let is_own = delegates(&change, subject, account);
    if is_own == Truth::No {
        return Some(change);
    }
    let is_for_all = match &change.audience {
        Audience::Account(who) => who.starts_with(CONFINED),
        Audience::Anonymous | Audience::AnyAccount => true,
        Audience::Service(who) => who == "*" || who.starts_with(CONFINED),
    };
    let points = subject.points(name, other);
    if is_own == Truth::Yes && is_for_all && points.claims_all && points.unknown.is_empty() {
        return None;
    }
    if is_own == Truth::Yes && is_for_all {
        change.audience = Audience::Account(OWN_POINTS.to_owned());
    }
    change.holds = change.holds.and(Truth::Unknown);
    change.why.push(left_to_points(is_own).to_owned());
    Some(change)
}

/// A policy of an access point and what of the bucket's is over it, as if both were the bucket's.
struct Passing {
    policy: Policy,
    /// Whether all of its resources could be said as the bucket's.
    is_exact: bool,
}

/// What people outside gain by the access points of `new`.
pub(super) fn more(
    name: &str,
    new: &Subject<'_>,
    old: Option<&Subject<'_>>,
    context: &Context,
    options: &Options,
) -> Vec<AccessChange> {
    let mut out = Vec::new();
    for point in points_of(new) {
        let open = exposure::lets_through(point, new.estate(), options);
        let called = door(new, &point.address);
        let Some(now) = Some(point).filter(|_| open != Truth::No).and_then(|it| passing(name, it, new, old, options))
        else {
            continue;
        };
        let before = old.and_then(|old| {
            let found = points_of(old).find(|it| door(old, &it.address) == called)?;
            let was_open = exposure::lets_through(found, old.estate(), options);
            if was_open == Truth::No { None } else { Some(passing(name, found, old, Some(new), options)) }
        });
        // What cannot be compared is told by its ways.
        let before = match before {
            Some(None) => continue,
            Some(Some(it)) => it,
            None => Passing { policy: empty_policy(), is_exact: true },
        };
        // What is unknown of both alike is no gain.
        if now.policy == before.policy {
            continue;
        }
        let is_exact = now.is_exact && before.is_exact;
        for grant in policy::permits_more(&now.policy, &before.policy, context) {
            let is_inside =
                matches!(&grant.audience, Audience::Account(who) if is_own(who, options.own_account.as_deref()));
            if is_inside {
                continue;
            }
            let statement = now.policy.statements.iter().find(|it| it.index == grant.statement);
            let sid = statement.and_then(|it| it.sid.as_known()).filter(|it| !it.is_empty());
            let text =
                sid.map_or_else(|| format!("statement {}", grant.statement + 1), |it| format!("statement \"{it}\""));
            let origin = point
                .policy
                .possible()
                .first()
                .and_then(|it| it.statements.get(grant.statement))
                .map_or_else(|| point.policy.origin.clone(), |it| it.principals.origin.clone());
            let mut change = explained(grant, format!("{}, {text}", point.address), origin);
            change.holds = change.holds.and(open).and(if is_exact { Truth::Yes } else { Truth::Unknown });
            if !is_exact {
                change
                    .why
                    .push("which requests a resource of the access point's policy is about is not known".to_owned());
            } else if open == Truth::Unknown {
                change.why.push(format!("whether {} lets people outside through is not known", point.address));
            }
            if let (Some(witness), Some(arn)) = (&mut change.witness, exposure::access_point_arn(point)) {
                witness.resource = exposure::as_of_point(&witness.resource, name, &arn);
            }
            out.push(change);
        }
    }
    out
}

fn points_of<'s>(subject: &'s Subject<'_>) -> impl Iterator<Item = &'s AccessPoint> {
    let bucket = subject.bucket();
    subject.estate().access_points.iter().filter(move |it| bucket.is_some_and(|bucket| it.leads_to(bucket)))
}

fn passing(
    name: &str,
    point: &AccessPoint,
    subject: &Subject<'_>,
    other: Option<&Subject<'_>>,
    options: &Options,
) -> Option<Passing> {
    let mut policy = point_policy(name, &door(subject, &point.address), subject, other)?;
    let over = match subject.sayings.get("policy") {
        Some(Said::Set(_)) => plain_policy(subject, options)?,
        _ => return None,
    };
    let over = policy::told(&over, &exposure::carried_by_point(point));
    let mut is_exact = policy.rest.is_none() && over.rest.is_none();
    let bucket = SymStr::text(name);
    for statement in &mut policy.statements {
        is_exact &= exposure::as_of_bucket(&mut statement.resources, &bucket, &point.address);
    }
    let next = policy.statements.iter().map(|it| it.index + 1).max().unwrap_or(0);
    let denies = over.statements.into_iter().filter(|it| it.effect.as_known() != Some(&Effect::Allow));
    for (at, mut deny) in denies.enumerate() {
        deny.index = next + at;
        policy.statements.push(deny);
    }
    Some(Passing { policy, is_exact })
}
