//! What an ACL grants. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>

use crate::model::{Acl, AclPermission, Bucket, Estate, Grantee};
use crate::policy::{self, Audience, Power, Request};
use crate::value::{Attr, Cause, Origin, Truth, Value, Why};

use super::denied::{Denials, Left};
use super::settings::{IGNORE_PUBLIC_ACLS, closed, ownership_closer};
use super::{EffectiveGrant, Opener, Options, Route, Way};

/// The grants of the bucket's ACL, canned ACLs expanded, each with what closes it. What the bucket's policy denies of them is not in that.
#[must_use]
pub fn effective_grants(bucket: &Bucket, estate: &Estate, options: &Options) -> Vec<EffectiveGrant> {
    let mut grants = expand_acl(&bucket.acl);
    for grant in &mut grants {
        close(grant, bucket, estate, options);
    }
    grants
}

/// Whether AWS calls an ACL public: it grants anything to everyone or to every AWS account.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>
pub(super) fn is_public(acl: &Attr<Acl>) -> Truth {
    acl.holds(Truth::No, |acl| {
        let grants = expand(acl, &Origin::default());
        let named =
            Truth::any(grants.iter().map(|it| it.grantee.holds(Truth::No, |it| is_everyone(it).into()).and(it.open)));
        let open_ended = acl.canned.why().is_some() || acl.grants_rest.is_some();
        if open_ended { named.or(Truth::Unknown) } else { named }
    })
}

/// The ways in that the grants open to people outside.
pub(super) fn ways(bucket: &Bucket, grants: &[EffectiveGrant], denials: Option<&Denials<'_>>) -> Vec<Way> {
    let mut ways = Vec::new();
    for (index, grant) in grants.iter().enumerate() {
        for grantee in grant.grantee.possible() {
            let Some(audience) = audience(grantee) else { continue };
            for permission in grant.permission.possible() {
                for (power, action) in powers(*permission) {
                    let mut way = way(bucket, index, grant, &audience, *power, action);
                    if let Some(denials) = denials {
                        apply(&mut way, denials.leave(grantee, *power, action), bucket);
                    }
                    ways.push(way);
                }
            }
        }
    }
    ways
}

/// What the bucket policy leaves of a way.
fn apply(way: &mut Way, left: Left, bucket: &Bucket) {
    way.open = way.open.and(left.holds);
    way.why.extend(left.why);
    way.closed_by.extend(left.closed_by);
    let Some(found) = left.found.filter(|_| way.witness.is_some()) else { return };
    let is_denied = |it: &Request| {
        let context = super::bucket::context(bucket, &Options::default());
        bucket.policy.holds(Truth::No, |policy| policy::allows(policy, it, &context).denied) != Truth::No
    };
    // Whom the Denies leave may be fewer than whom the ACL lets in.
    if way.witness.as_ref().is_some_and(is_denied) && left.holds != Truth::No {
        way.audience = found.audience;
        way.witness = found.witness;
    }
}

/// Closes grants of which the bucket policy leaves nothing.
pub(super) fn deny(grants: &mut [EffectiveGrant], denials: Option<&Denials<'_>>) {
    let Some(denials) = denials else { return };
    for grant in grants {
        let mut open = Truth::No;
        let mut closers = Vec::new();
        for grantee in grant.grantee.possible() {
            for permission in grant.permission.possible() {
                for (power, action) in powers(*permission) {
                    let left = denials.leave(grantee, *power, action);
                    open = open.or(left.holds);
                    closers.extend(left.closed_by);
                }
            }
        }
        // One of whom nothing is known stays as it is.
        if closers.is_empty() || open == Truth::Yes {
            continue;
        }
        grant.open = grant.open.and(open);
        for closer in closers {
            if !grant.closed_by.contains(&closer) {
                grant.closed_by.push(closer);
            }
        }
    }
}

/// What is not known about the ACL and could open the bucket; nothing, where public ACLs have no effect.
pub(super) fn unknowns(bucket: &Bucket, estate: &Estate, options: &Options, denials: Option<&Denials<'_>>) -> Vec<Why> {
    let mut closers = IGNORE_PUBLIC_ACLS.closers(bucket, estate, options);
    closers.extend(ownership_closer(bucket));
    if closed(&closers) == Truth::Yes {
        return Vec::new();
    }
    let whys = unknown_parts(bucket);
    let is_denied = || denials.is_some_and(|it| it.leave_nothing(powers(AclPermission::FullControl)));
    if !whys.is_empty() && is_denied() { Vec::new() } else { whys }
}

fn unknown_parts(bucket: &Bucket) -> Vec<Why> {
    let mut whys: Vec<Why> = bucket.acl.why().cloned().into_iter().collect();
    for acl in bucket.acl.possible() {
        whys.extend(acl.canned.why().cloned());
        whys.extend(acl.grants_rest.clone());
        whys.extend(acl.grants.iter().filter_map(|it| it.grantee.why().cloned()));
    }
    whys
}

fn way(bucket: &Bucket, index: usize, grant: &EffectiveGrant, audience: &Audience, power: Power, action: &str) -> Way {
    let name = bucket.name.as_known().map_or_else(|| format!("${{{}}}", bucket.address), |it| it.display());
    let partition = bucket.partition.clone().unwrap_or_else(|| policy::partition(bucket.policy.possible()));
    let object = if action == "s3:PutObject" { "/example" } else { "" };
    let principal = match audience {
        Audience::Anonymous => "anonymous".to_owned(),
        Audience::AnyAccount => format!("arn:{partition}:iam::999999999999:user/stranger"),
        Audience::Account(id) | Audience::Service(id) => id.clone(),
    };
    let named = matches!(audience, Audience::Account(_));
    let mut why: Vec<Why> = grant.grantee.why().cloned().into_iter().collect();
    why.extend(grant.permission.why().cloned());
    if named {
        why.push(Why::new(Cause::Deployment, "the canonical id of the own account", grant.origin.span));
    }
    let certain = if why.is_empty() { Truth::Yes } else { Truth::Unknown };
    Way {
        audience: audience.clone(),
        power,
        granted: if grant.perhaps.is_some() { Truth::Unknown } else { certain },
        open: grant.open.and(certain),
        opened_by: Opener { route: Route::Acl(index), origin: grant.origin.clone(), text: text(grant) },
        closed_by: grant.closed_by.clone(),
        witness: (!named).then(|| Request {
            principal,
            action: action.to_owned(),
            resource: format!("arn:{partition}:s3:::{name}{object}"),
            context: std::collections::BTreeMap::default(),
        }),
        why,
    }
}

fn text(grant: &EffectiveGrant) -> String {
    match &grant.canned {
        Some(canned) => format!("canned ACL `{canned}`"),
        None => {
            let to = grant.grantee.possible().first().map_or("someone", |it| name_of(it));
            let permission = grant.permission.possible().first().map_or("a permission", |it| it.as_str());
            format!("ACL grant of {permission} to {to}")
        }
    }
}

fn name_of(grantee: &Grantee) -> &'static str {
    match grantee {
        Grantee::AllUsers => "everyone (AllUsers)",
        Grantee::AuthenticatedUsers => "every AWS account (AuthenticatedUsers)",
        Grantee::LogDelivery => "log delivery",
        Grantee::CanonicalUser { .. } => "a canonical user id",
        Grantee::Email(_) => "an e-mail address",
        Grantee::Group(_) => "a group",
    }
}

fn is_everyone(grantee: &Grantee) -> bool {
    matches!(grantee, Grantee::AllUsers | Grantee::AuthenticatedUsers)
}

fn audience(grantee: &Grantee) -> Option<Audience> {
    match grantee {
        Grantee::AllUsers => Some(Audience::Anonymous),
        Grantee::AuthenticatedUsers => Some(Audience::AnyAccount),
        Grantee::CanonicalUser { own: false, id } => Some(Audience::Account(id.display())),
        Grantee::Email(address) => Some(Audience::Account(address.display())),
        Grantee::CanonicalUser { own: true, .. } | Grantee::LogDelivery | Grantee::Group(_) => None,
    }
}

/// What a permission on a bucket allows.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions>
fn powers(permission: AclPermission) -> &'static [(Power, &'static str)] {
    const LIST: (Power, &str) = (Power::List, "s3:ListBucket");
    const WRITE: (Power, &str) = (Power::Write, "s3:PutObject");
    const READ_ACP: (Power, &str) = (Power::Inspect, "s3:GetBucketAcl");
    const WRITE_ACP: (Power, &str) = (Power::Control, "s3:PutBucketAcl");
    match permission {
        AclPermission::Read => &[LIST],
        AclPermission::Write => &[WRITE],
        AclPermission::ReadAcp => &[READ_ACP],
        AclPermission::WriteAcp => &[WRITE_ACP],
        AclPermission::FullControl => &[LIST, WRITE, READ_ACP, WRITE_ACP],
    }
}

/// The grants of an ACL of its own, of an uploaded object for example: as written, canned ACLs expanded.
#[must_use]
pub fn expand_acl(acl: &Attr<Acl>) -> Vec<EffectiveGrant> {
    let mut grants: Vec<_> = acl.possible().into_iter().flat_map(|it| expand(it, &acl.origin)).collect();
    if acl.as_known().is_none() && !acl.is_by_instance() {
        for grant in &mut grants {
            grant.perhaps = grant.perhaps.take().or_else(|| acl.why().cloned());
            grant.open = Truth::Unknown;
        }
    }
    grants
}

/// Grants as written, or those that the canned ACL stands for. The owner's own FULL_CONTROL is not listed.
fn expand(acl: &Acl, origin: &Origin) -> Vec<EffectiveGrant> {
    let mut grants: Vec<_> = acl
        .grants
        .iter()
        .map(|it| EffectiveGrant {
            grantee: it.grantee.clone(),
            permission: it.permission.clone(),
            canned: None,
            origin: it.origin.clone(),
            perhaps: None,
            open: Truth::Yes,
            closed_by: Vec::new(),
        })
        .collect();
    let perhaps = if acl.canned.as_known().is_some() { None } else { acl.canned.why().cloned() };
    for canned in acl.canned.possible() {
        let origin = if acl.canned.origin.span.is_some() { &acl.canned.origin } else { origin };
        for (grantee, permission) in canned_grants(canned) {
            grants.push(EffectiveGrant {
                grantee: Attr::known(grantee.clone(), origin.clone()),
                permission: Attr::known(*permission, origin.clone()),
                canned: Some(canned.clone()),
                origin: origin.clone(),
                open: if perhaps.is_some() { Truth::Unknown } else { Truth::Yes },
                perhaps: perhaps.clone(),
                closed_by: Vec::new(),
            });
        }
    }
    grants
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl>
fn canned_grants(canned: &str) -> &'static [(Grantee, AclPermission)] {
    match canned {
        "public-read" => &[(Grantee::AllUsers, AclPermission::Read)],
        "public-read-write" => &[(Grantee::AllUsers, AclPermission::Read), (Grantee::AllUsers, AclPermission::Write)],
        "authenticated-read" => &[(Grantee::AuthenticatedUsers, AclPermission::Read)],
        "log-delivery-write" => {
            &[(Grantee::LogDelivery, AclPermission::Write), (Grantee::LogDelivery, AclPermission::ReadAcp)]
        }
        _ => &[],
    }
}

fn close(grant: &mut EffectiveGrant, bucket: &Bucket, estate: &Estate, options: &Options) {
    // Ignoring public ACLs ignores the grants to everyone; with ACLs off, no grant counts.
    let mut closers: Vec<_> = ownership_closer(bucket).into_iter().collect();
    let everyone = grant.grantee.holds(Truth::No, |it| is_everyone(it).into());
    if everyone != Truth::No {
        for mut closer in IGNORE_PUBLIC_ACLS.closers(bucket, estate, options) {
            closer.holds = closer.holds.and(everyone);
            closers.push(closer);
        }
    }
    grant.open = grant.open.and(!closed(&closers));
    grant.closed_by = closers;
}

/// Whether the ACL's value is an unknown as a whole.
#[must_use]
pub(super) fn is_unknown(acl: &Attr<Acl>) -> bool {
    matches!(acl.value, Value::Unknown(_))
}
