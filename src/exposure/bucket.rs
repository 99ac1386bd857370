//! The verdict about one bucket: every route, with what opens and what closes it.

use crate::model::{Bucket, Estate};
use crate::policy::{self, Audience, Context, Grant, Policy, PolicyKind, PublicStatus};
use crate::value::{Attr, Cause, Origin, Truth, Value, Why};

use super::denied::Denials;
use super::settings::{RESTRICT_PUBLIC_BUCKETS, closed};
use super::{Closer, Exposure, Facts, Opener, Options, Route, Way, access_point, acl};

/// All facts about a bucket of an estate.
#[must_use]
pub fn facts(bucket: &Bucket, estate: &Estate, options: &Options) -> Facts {
    let mut acl_grants = acl::effective_grants(bucket, estate, options);
    let denials = Denials::of(bucket, options);
    let status = policy_status(bucket, options);
    let aws_policy_public = aws_policy_public(bucket, options);
    let restrict = RESTRICT_PUBLIC_BUCKETS.closers(bucket, estate, options);

    let mut ways = policy_ways(bucket, &restrict, options);
    ways.extend(acl::ways(bucket, &acl_grants, denials.as_ref()));
    acl::deny(&mut acl_grants, denials.as_ref());
    ways.extend(access_point::ways_to(bucket, estate, options));

    let mut unknown = acl::unknowns(bucket, estate, options, denials.as_ref());
    let policy_unknown = policy_unknowns(bucket);
    // A policy by itself is judged by itself: that its file has no ACL leaves nothing undecided about it.
    let beyond_input = |it: &Why| it.cause() == Cause::NotInInput;
    if !policy_unknown.iter().any(beyond_input) {
        unknown.retain(|it| !beyond_input(it));
    }
    // A policy that is not known cannot make a restricted bucket public.
    let policy_may_open = !policy_unknown.is_empty() && closed(&restrict) != Truth::Yes;
    let acl_may_open = !unknown.is_empty();
    let other_service = other_service(bucket);
    let cross_account_unknown = !policy_unknown.is_empty() || other_service.is_some();
    unknown.extend(policy_unknown);
    unknown.extend(other_service);
    for way in ways.iter().filter(|it| it.open == Truth::Unknown) {
        unknown.extend(way.why.iter().cloned());
    }
    unknown.sort();
    unknown.dedup();

    let open = |wanted: fn(&Way) -> bool| Truth::any(ways.iter().filter(|it| wanted(it)).map(|it| it.open));
    let public = open(Way::is_public).or(maybe(policy_may_open || acl_may_open));
    let cross_account = open(|it| matches!(it.audience, Audience::Account(_))).or(maybe(cross_account_unknown));
    let exposure = Exposure { public, aws_policy_public, acl_public: acl_public(bucket), cross_account, ways, unknown };
    let own_account = options.own_account.clone().or_else(|| bucket.account.clone());
    let trusted_accounts = options.trusted_accounts.iter().cloned().collect();
    Facts { exposure, acl_grants, policy_status: status, own_account, trusted_accounts }
}

/// Whether the bucket's policy denies every request over plain HTTP.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html#transit>
#[must_use]
pub fn refuses_http(bucket: &Bucket) -> Truth {
    refuses(bucket, "s3:*", Some(("Bool", "aws:SecureTransport", "false")))
}

/// Whether the bucket's policy denies every request for an action of which a condition holds; see [`policy::refuses`].
#[must_use]
pub fn refuses(bucket: &Bucket, action: &str, condition: Option<(&str, &str, &str)>) -> Truth {
    let context = context(bucket, &Options::default());
    bucket.policy.holds(Truth::No, |it| policy::refuses(it, action, condition, &context))
}

fn maybe(it: bool) -> Truth {
    if it { Truth::Unknown } else { Truth::No }
}

fn acl_public(bucket: &Bucket) -> Truth {
    if acl::is_unknown(&bucket.acl) { Truth::Unknown } else { acl::is_public(&bucket.acl) }
}

/// The accounts that count as own, and the name that the account of the bucket's provider configuration has while it is not
/// known: a policy that reads the account through the same configuration names the own one.
pub(super) fn trusted(provider: &str, options: &Options) -> std::collections::BTreeSet<String> {
    let alias = provider.rsplit('|').next().unwrap_or_default();
    let own = (!alias.is_empty()).then(|| format!("${{{alias}.account_id}}"));
    options.trusted_accounts.iter().cloned().chain(own).collect()
}

/// What the policy engine is told about a bucket.
pub(super) fn context(bucket: &Bucket, options: &Options) -> Context {
    Context {
        kind: PolicyKind::Bucket,
        bucket: match bucket.kind {
            // The bucket of a bare policy file is whatever the policy names.
            crate::model::BucketKind::PolicyOnly => policy::BucketId::default(),
            _ => bucket.id(),
        },
        own_account: options.own_account.clone().or_else(|| bucket.account.clone()),
        trusted_accounts: trusted(&bucket.provider, options),
        trusted_organizations: options.trusted_organizations.clone(),
        trusted_networks: options.trusted_networks.clone(),
        partition: bucket.partition.clone(),
    }
}

fn policy_status(bucket: &Bucket, options: &Options) -> Option<PublicStatus> {
    let first = bucket.policy.possible().into_iter().next()?;
    Some(policy::public_status(first, &context(bucket, options)))
}

/// Whether `RestrictPublicBuckets` leaves of a public policy what is for the own account and AWS services.
#[must_use]
pub fn is_restricted(bucket: &Bucket, estate: &Estate, options: &Options) -> Truth {
    closed(&RESTRICT_PUBLIC_BUCKETS.closers(bucket, estate, options)).and(aws_policy_public(bucket, options))
}

pub(super) fn aws_policy_public(bucket: &Bucket, options: &Options) -> Truth {
    let context = context(bucket, options);
    bucket.policy.holds(Truth::No, |it| policy::public_status(it, &context).public)
}

fn policy_unknowns(bucket: &Bucket) -> Vec<Why> {
    let mut whys: Vec<Why> = match &bucket.policy.value {
        Value::Unknown(why) => vec![why.clone()],
        Value::OneOf(all, why) if all.iter().any(|it| matches!(it, Value::Unknown(_))) => vec![why.clone()],
        _ => Vec::new(),
    };
    whys.extend(bucket.policy.possible().iter().filter_map(|it| it.rest.clone()));
    whys
}

/// A policy whose actions are of a service that is not judged action by action. It opens nothing to everyone, for Block Public
/// Access is always on there; what it gives to other accounts is not known.
fn other_service(bucket: &Bucket) -> Option<Why> {
    let has_policy = !bucket.policy.is_absent() && !bucket.kind.takes_s3_actions();
    has_policy.then(|| {
        let subject = format!("what the actions in the policy of a bucket of the kind {} permit", bucket.kind.as_str());
        Why::new(Cause::Unsupported, subject, bucket.policy.origin.span)
    })
}

fn policy_ways(bucket: &Bucket, restrict: &[Closer], options: &Options) -> Vec<Way> {
    let context = context(bucket, options);
    let is_certain = bucket.policy.as_known().is_some() || bucket.policy.is_by_instance();
    let certain = if is_certain { Truth::Yes } else { Truth::Unknown };
    let mut ways = Vec::new();
    for policy in bucket.policy.possible() {
        // Each by itself: where it is in force, none of its alternatives is.
        let aws_public = policy::public_status(policy, &context).public;
        for grant in policy::grants(policy, &context) {
            let closers = policy_closers(&grant, aws_public, restrict);
            ways.push(way(policy, grant, certain, closers, &bucket.policy, Route::Policy));
        }
    }
    ways
}

/// `RestrictPublicBuckets` limits a bucket whose policy is public to its own account and to AWS services.
pub(super) fn policy_closers(grant: &Grant, aws_public: Truth, restrict: &[Closer]) -> Vec<Closer> {
    if matches!(grant.audience, Audience::Service(_)) || aws_public == Truth::No {
        return Vec::new();
    }
    // What is not known about the way is then not known about the policy either: were it open to everyone, the policy
    // would be public, and limited.
    if grant.holds == Truth::Unknown && aws_public == Truth::Unknown {
        return restrict.to_vec();
    }
    let limited = |it: &Closer| Closer { holds: it.holds.and(aws_public), ..it.clone() };
    restrict.iter().map(limited).collect()
}

/// A way from a grant of a policy.
pub(super) fn way(
    policy: &Policy,
    grant: Grant,
    certain: Truth,
    closed_by: Vec<Closer>,
    attr: &Attr<Policy>,
    route: impl Fn(usize) -> Route,
) -> Way {
    let statement = policy.statements.iter().find(|it| it.index == grant.statement);
    let sid = statement.and_then(|it| it.sid.as_known()).filter(|it| !it.is_empty());
    let text = match (sid, statement) {
        (Some(sid), _) => format!("statement \"{sid}\""),
        (None, Some(_)) => format!("statement {}", grant.statement + 1),
        // Nobody knows which statements it has.
        (None, None) => "the policy".to_owned(),
    };
    let granted = grant.holds.and(certain);
    let mut why: Vec<Why> = grant.why.into_iter().collect();
    why.extend(attr.why().cloned());
    let origin = if grant.origin == Origin::default() { attr.origin.clone() } else { grant.origin };
    Way {
        audience: grant.audience,
        power: grant.power,
        granted,
        open: granted.and(!closed(&closed_by)),
        opened_by: Opener { route: route(grant.statement), origin, text },
        closed_by,
        witness: grant.witness,
        why,
    }
}
