//! Access points: a second door, open only where the bucket's own policy delegates to it.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>

use super::bucket::trusted;
use crate::model::{AccessPoint, Bucket, Estate, NetworkOrigin};
use crate::policy::{
    self, Audience, Context, Effect, Grant, Policy, PolicyKind, Principal, PrincipalKind, Principals, Request,
    Statement,
};
use crate::value::{Attr, Guard, Origin, Truth};

use super::bucket::{aws_policy_public, policy_closers, way};
use super::by_point::as_of_point;
use super::denied::{Denials, is_alike};
use super::settings::{RESTRICT_PUBLIC_BUCKETS, closed};
use super::{AccessPointFacts, Closer, Options, Route, Way};

/// All facts about an access point of an estate.
#[must_use]
pub fn access_point_facts(point: &AccessPoint, estate: &Estate, options: &Options) -> AccessPointFacts {
    let bucket = point.bucket_address.as_deref().and_then(|it| estate.bucket(&point.namespace, it));
    let context = context(bucket, options);
    let status = point.policy.possible().first().map(|it| policy::public_status(it, &context));
    AccessPointFacts {
        public: aws_public(point, &context),
        ways: ways(point, bucket, estate, options),
        policy_status: status,
    }
}

/// The ways to a bucket through the access points that lead to it.
pub(super) fn ways_to(bucket: &Bucket, estate: &Estate, options: &Options) -> Vec<Way> {
    let points = estate.access_points.iter().filter(|it| it.leads_to(bucket));
    points.flat_map(|it| ways(it, Some(bucket), estate, options)).collect()
}

pub(super) fn context(bucket: Option<&Bucket>, options: &Options) -> Context {
    Context {
        kind: PolicyKind::AccessPoint,
        bucket: bucket.map(Bucket::id).unwrap_or_default(),
        own_account: options.own_account.clone().or_else(|| bucket?.account.clone()),
        trusted_accounts: trusted(bucket.map_or("", |it| &it.provider), options),
        trusted_organizations: options.trusted_organizations.clone(),
        trusted_networks: options.trusted_networks.clone(),
        partition: bucket.and_then(|it| it.partition.clone()),
    }
}

/// An access point that accepts requests from one VPC only is never public, whatever its policy says.
pub(super) fn aws_public(point: &AccessPoint, context: &Context) -> Truth {
    point.policy.holds(Truth::No, |it| policy::public_status(it, context).public).and(!from_vpc(point))
}

/// What every request by an access point carries.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html#access-points-condition-keys>
#[must_use]
pub fn carried(point: &AccessPoint) -> [(&'static str, Option<String>); 4] {
    let arn = arn(point);
    let account = arn.as_ref().and_then(|it| it.split(':').nth(4)).map(str::to_owned);
    let origin = point.network_origin.as_known().map(|it| match it {
        NetworkOrigin::Internet => "Internet".to_owned(),
        NetworkOrigin::Vpc(_) => "VPC".to_owned(),
    });
    [
        ("s3:DataAccessPointArn", arn),
        ("s3:DataAccessPointAccount", account),
        ("s3:AccessPointNetworkOrigin", origin),
        // No source has its tags.
        ("s3:AccessPointTag/", None),
    ]
}

/// The ARN of an access point as its policy has it, which can name no other.
#[must_use]
pub fn arn(point: &AccessPoint) -> Option<String> {
    let policies = point.policy.possible();
    let items = policies.iter().flat_map(|it| &it.statements).flat_map(|it| &it.resources.items);
    let mut texts = items.filter_map(|it| it.0.known());
    texts.find_map(|text| {
        let (head, tail) = text.split_once(":accesspoint/")?;
        let name = tail.split('/').next()?;
        let is_plain = !head.contains(['*', '?', '$']) && !name.contains(['*', '?', '$']);
        (is_plain && head.split(':').count() == 5).then(|| format!("{head}:accesspoint/{name}"))
    })
}

/// Whether what the policy of an access point gives to people outside comes through: Denies of the bucket's policy aside.
#[must_use]
pub fn lets_through(point: &AccessPoint, estate: &Estate, options: &Options) -> Truth {
    let Some(bucket) = point.bucket_address.as_deref().and_then(|it| estate.bucket(&point.namespace, it)) else {
        return Truth::Unknown;
    };
    let of_bucket = closed(&RESTRICT_PUBLIC_BUCKETS.closers(bucket, estate, options));
    let is_public = aws_public(point, &context(Some(bucket), options));
    let restricted = closed(&point_closers(point)).or(of_bucket).and(is_public);
    let of_public = of_bucket.and(aws_policy_public(bucket, options));
    let shut = restricted.or(of_public).or(from_vpc(point));
    point.exists.truth().and(delegates(bucket, point, options)).and(!shut)
}

fn from_vpc(point: &AccessPoint) -> Truth {
    point.network_origin.holds(Truth::No, |it| matches!(it, NetworkOrigin::Vpc(_)).into())
}

fn ways(point: &AccessPoint, bucket: Option<&Bucket>, estate: &Estate, options: &Options) -> Vec<Way> {
    if point.exists == Guard::Never {
        return Vec::new();
    }
    let context = context(bucket, options);
    let aws_public = aws_public(point, &context);
    let of_bucket = bucket.map(|it| RESTRICT_PUBLIC_BUCKETS.closers(it, estate, options)).unwrap_or_default();
    let bucket_public = bucket.map_or(Truth::No, |it| aws_policy_public(it, options));
    let mut restrict = point_closers(point);
    restrict.extend(of_bucket.iter().cloned());
    let delegates = bucket.map_or(Truth::Unknown, |it| delegates(it, point, options));
    let mut certain = if point.policy.as_known().is_some() { Truth::Yes } else { Truth::Unknown };
    certain = certain.and(point.exists.truth());
    let denials = bucket.and_then(|it| Denials::of(it, options));
    let mut ways = Vec::new();
    for policy in point.policy.possible() {
        let granted = policy::grants(policy, &context);
        let denials = denials.as_ref().map(|it| (it, it.leave_of_point(point, policy)));
        // Whom alone the bucket's Denies leave of the people whom a statement lets in.
        let fewer = denials.iter().flat_map(|it| to_fewer(&it.1, &granted, bucket, point)).map(|it| (it, true));
        let fewer: Vec<(Grant, bool)> = fewer.collect();
        for (mut grant, is_left) in granted.into_iter().map(|it| (it, false)).chain(fewer) {
            let mut closers = closers(point, bucket, &grant, aws_public, &restrict, delegates);
            of_public_bucket(&mut closers, &grant, bucket_public, &of_bucket);
            if let Some((denials, left)) = denials.as_ref().filter(|_| !is_left) {
                closers.extend(denials.closer_of_point(left, &grant));
                // A request that the bucket's policy does not deny either.
                let same = left.possible().into_iter().flatten().find(|it| is_alike(it, &grant));
                grant.witness = same.and_then(|it| witness_by(it, bucket, point)).or(grant.witness);
            }
            let route = |statement| Route::AccessPoint(point.address.clone(), statement);
            ways.push(way(policy, grant, certain, closers, &point.policy, route));
        }
    }
    ways
}

/// What is left of an access point's policy that the policy by itself, which lets in more people, has not as a grant of its own.
fn to_fewer(left: &Attr<Vec<Grant>>, granted: &[Grant], bucket: Option<&Bucket>, point: &AccessPoint) -> Vec<Grant> {
    let certain = if left.as_known().is_some() { Truth::Yes } else { Truth::Unknown };
    let mut out: Vec<Grant> = Vec::new();
    for it in left.possible().into_iter().flatten() {
        if !granted.iter().chain(&out).any(|own| is_alike(own, it)) {
            let witness = witness_by(it, bucket, point);
            out.push(Grant { holds: it.holds.and(certain), witness, ..it.clone() });
        }
    }
    out
}

/// The example of a grant that was asked of the bucket, as the access point has it.
fn witness_by(grant: &Grant, bucket: Option<&Bucket>, point: &AccessPoint) -> Option<Request> {
    let witness = grant.witness.as_ref()?;
    let resource = as_of_point(&witness.resource, &bucket?.name.as_known()?.display(), &arn(point)?);
    Some(Request { resource, ..witness.clone() })
}

/// Where the bucket's own policy is public, its `RestrictPublicBuckets` limits what comes by the access point too, whatever that
/// one's policy says: settings of both are evaluated, and each of them can refuse.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-bpa-settings.html>
fn of_public_bucket(closers: &mut Vec<Closer>, grant: &Grant, bucket_public: Truth, restrict: &[Closer]) {
    if matches!(grant.audience, Audience::Service(_)) || bucket_public == Truth::No {
        return;
    }
    for closer in restrict {
        let holds = closer.holds.and(bucket_public);
        match closers.iter_mut().find(|it| it.setting == closer.setting) {
            Some(known) => known.holds = known.holds.or(holds),
            None => closers.push(Closer { holds, ..closer.clone() }),
        }
    }
}

/// Unlike a bucket's, an access point's Block Public Access is on unless it says otherwise.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-bpa-settings.html>
pub(super) fn point_closers(point: &AccessPoint) -> Vec<Closer> {
    let block = &point.public_access_block;
    let holds = RESTRICT_PUBLIC_BUCKETS.of(block, Truth::Yes);
    let origin = RESTRICT_PUBLIC_BUCKETS.origin(block);
    let closer = Closer { setting: RESTRICT_PUBLIC_BUCKETS.access_point, holds, origin };
    if holds == Truth::No { Vec::new() } else { vec![closer] }
}

fn closers(
    point: &AccessPoint,
    bucket: Option<&Bucket>,
    grant: &Grant,
    aws_public: Truth,
    restrict: &[Closer],
    delegates: Truth,
) -> Vec<Closer> {
    let mut closers = policy_closers(grant, aws_public, restrict);
    let from_vpc = from_vpc(point);
    if from_vpc != Truth::No {
        let origin = point.network_origin.origin.clone();
        closers.push(Closer { setting: "access_point.vpc", holds: from_vpc, origin });
    }
    if delegates != Truth::Yes {
        let origin = bucket.map_or_else(Origin::default, |it| it.policy.origin.clone());
        closers.push(Closer { setting: "bucket_policy", holds: !delegates, origin });
    }
    debug_assert!(closed(&closers) != Truth::No || delegates == Truth::Yes);
    closers
}

/// Whether the bucket's policy lets requests through that come by an access point: an Allow for everyone, plain or
/// conditioned on the access point's account, ARN or network origin.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html#access-points-delegating-control>
fn delegates(bucket: &Bucket, point: &AccessPoint, options: &Options) -> Truth {
    let own = options.own_account.as_ref().or(bucket.account.as_ref());
    let carried = carried(point);
    bucket.policy.holds(Truth::No, |policy: &Policy| {
        // Of those that are about other access points none is left.
        let here = policy::told(policy, &carried);
        let is_here = |it: &&Statement| here.statements.iter().any(|here| here.index == it.index);
        let all = policy.statements.iter().filter(is_here);
        let known = Truth::any(all.map(|it| delegating(it, own.map(String::as_str))));
        if policy.rest.is_some() { known.or(Truth::Unknown) } else { known }
    })
}

fn delegating(statement: &Statement, own: Option<&str>) -> Truth {
    let allow = statement.effect.holds(Truth::Unknown, |it| (*it == Effect::Allow).into());
    let everyone = statement.principals.items.iter().any(|it| it.kind == PrincipalKind::Anyone);
    let of_points = |key: &str| key.starts_with("s3:dataaccesspoint") || key == "s3:accesspointnetworkorigin";
    let by_access_point =
        statement.conditions.iter().all(|it| it.key.known().is_some_and(|key| of_points(&key.to_ascii_lowercase())));
    let who = match everyone {
        true => Truth::Yes,
        false if own.is_some_and(|own| is_for(&statement.principals, own)) => Truth::No,
        false => Truth::Unknown,
    };
    let when = if by_access_point && statement.conditions_rest.is_none() { Truth::Yes } else { Truth::Unknown };
    // A statement for named principals or under other conditions may let a named caller through, never a stranger; that
    // is left undecided.
    allow.and(who).and(when).and(statement.exists.truth())
}

/// Whether an element names nobody but people of one account.
fn is_for(principals: &Principals, own: &str) -> bool {
    let is_own = |it: &Principal| {
        let text = it.text.known().unwrap_or_default();
        let account = if text.starts_with("arn:") { text.split(':').nth(4).unwrap_or_default() } else { &text };
        it.kind == PrincipalKind::Aws && account == own
    };
    principals.present && !principals.negated && principals.rest.is_none() && principals.items.iter().all(is_own)
}
