//! What a bucket gives, written as one policy: the bucket policy, what of it Block Public Access leaves, and the ACL's grants to
//! everyone. Two of these can be compared for every request.

use serde_json::{Value as Json, json};

use crate::exposure::{self, EffectiveGrant, Options};
use crate::model::{AclPermission, BucketKind, Grantee};
use crate::policy::{self, Audience, Context, Effect, Policy, PrincipalKind, Statement};
use crate::value::{Guard, Origin, Truth};

use super::super::side::Subject;
use super::AccessChange;
use super::access::{explained, parsed, permits, plain_policy, via_statement};

/// The policy, and whether Block Public Access takes part of it away.
pub(super) struct Effective {
    policy: Policy,
    /// So many of its statements are those of the bucket policy; the rest are grants of the ACL.
    written: usize,
    /// Whether only the own account and AWS services are let in.
    pub(super) restricted: bool,
}

/// Nothing where a part is not known: then examples are what can be compared.
pub(super) fn of(name: &str, subject: &Subject<'_>, options: &Options) -> Option<Effective> {
    let bucket = subject.bucket()?;
    if bucket.format == crate::model::Format::Policy || bucket.kind != BucketKind::General {
        return None;
    }
    let mut policy = plain_policy(subject, options).unwrap_or_else(super::access::empty_policy);
    let is_known = policy.rest.is_none() && bucket.policy.why().is_none();
    let sure =
        |it: &Statement| it.exists == Guard::always() && it.effect.why().is_none() && it.conditions_rest.is_none();
    if !is_known || !policy.statements.iter().all(sure) {
        return None;
    }
    let restricted = match exposure::is_restricted(bucket, subject.estate(), options) {
        Truth::Unknown => return None,
        it => it == Truth::Yes,
    };
    let written = policy.statements.len();
    if restricted {
        // <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
        policy.statements.retain_mut(is_kept);
    }
    if bucket.acl.why().is_some() {
        return None;
    }
    let mut more = 0;
    // What the policy denies of a grant is compared with the rest of it: a Deny may leave it to some.
    let grants = exposure::effective_grants(bucket, subject.estate(), options);
    for grant in grants.iter().filter(|it| it.open != Truth::No) {
        let extra = statement(grant, name)?;
        for mut it in parsed(&json!({ "Version": "2012-10-17", "Statement": extra }).to_string())?.statements {
            it.index = written + more;
            more += 1;
            it.origin = grant.origin.clone();
            policy.statements.push(it);
        }
    }
    Some(Effective { policy, written, restricted })
}

/// Denies, and what AWS services are let in by: of whom a statement names it keeps those.
fn is_kept(it: &mut Statement) -> bool {
    if it.effect.as_known() == Some(&Effect::Deny) {
        return true;
    }
    it.principals.items.retain(|it| it.kind == PrincipalKind::Service);
    !it.principals.negated && !it.principals.items.is_empty()
}

/// A grant as statements of a policy: none where it is to people who are named by ids, which are compared by themselves. `None` where
/// it is not known.
fn statement(grant: &EffectiveGrant, name: &str) -> Option<Vec<Json>> {
    if grant.open != Truth::Yes || grant.perhaps.is_some() {
        return None;
    }
    let condition = match grant.grantee.as_known()? {
        Grantee::AllUsers => json!({}),
        // Somebody with an account, whichever.
        Grantee::AuthenticatedUsers => json!({ "StringLike": { WHO: "*" } }),
        _ => return Some(Vec::new()),
    };
    Some(vec![json!({
        "Effect": "Allow",
        "Principal": "*",
        "Action": actions(*grant.permission.as_known()?),
        "Resource": [format!("arn:aws:s3:::{name}"), format!("arn:aws:s3:::{name}/*")],
        "Condition": condition,
    })])
}

/// A request that is signed has it, one that is not has none.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>
const WHO: &str = "aws:PrincipalArn";

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions>
fn actions(permission: AclPermission) -> Vec<&'static str> {
    let read = ["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"];
    match permission {
        AclPermission::Read => read.to_vec(),
        AclPermission::Write => vec!["s3:PutObject"],
        AclPermission::ReadAcp => vec!["s3:GetBucketAcl"],
        AclPermission::WriteAcp => vec!["s3:PutBucketAcl"],
        AclPermission::FullControl => {
            [read.as_slice(), &["s3:PutObject", "s3:GetBucketAcl", "s3:PutBucketAcl"]].concat()
        }
    }
}

/// What the one gives and the other does not, decided for every request.
pub(super) fn more(
    new: (&Subject<'_>, &Effective),
    old: (Option<&Subject<'_>>, Option<&Effective>),
    ways: &[exposure::Way],
    context: &Context,
    options: &Options,
) -> Vec<AccessChange> {
    let none = super::access::empty_policy();
    let found = policy::permits_more(&new.1.policy, old.1.map_or(&none, |it| &it.policy), context);
    let mut out = Vec::new();
    for grant in found {
        let claimed = |it: &policy::Request| {
            permits(new.0, it, options) == Truth::Yes && old.0.is_none_or(|old| permits(old, it, options) == Truth::No)
        };
        let is_acl = new.1.written <= grant.statement;
        let alike = ways.iter().find(|it| {
            let route = matches!(it.opened_by.route, exposure::Route::Acl(_));
            route == is_acl && it.audience == grant.audience && it.power == grant.power
        });
        if is_acl && matches!(grant.audience, Audience::Service(_)) {
            continue;
        }
        // The usual example is easier to read.
        let usual = alike.and_then(|it| it.witness.clone());
        let plain = grant.witness.clone().filter(|_| is_acl).map(|mut it| {
            it.context.remove(WHO);
            it
        });
        let witness = [usual, plain].into_iter().flatten().find(claimed).or_else(|| grant.witness.clone());
        let (via, origin) = match (is_acl, alike) {
            (true, Some(way)) => (way.opened_by.text.clone(), way.opened_by.origin.clone()),
            (true, None) => ("the ACL".to_owned(), Origin::default()),
            (false, _) => via_statement(new.0, grant.statement),
        };
        let mut change = explained(grant, via, origin);
        if change.holds == Truth::Yes && !witness.as_ref().is_some_and(claimed) {
            change.holds = Truth::Unknown;
            change.why.push("the example could not be confirmed".to_owned());
        }
        change.witness = witness;
        out.push(change);
    }
    out
}
