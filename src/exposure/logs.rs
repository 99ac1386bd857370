//! Whether a bucket takes what S3's log delivery writes.

use crate::model::{Acl, Bucket, Grantee, ObjectOwnership};
use crate::policy::{self, Effect, Policy, PrincipalKind, Statement};
use crate::value::Truth;

const DELIVERY: &str = "logging.s3.amazonaws.com";

/// Whether server access logs can be delivered to a bucket: a statement for the service principal, or an ACL for the log
/// delivery group that Object Ownership has not switched off.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html#grant-log-delivery-permissions-general>
#[must_use]
pub fn takes_access_logs(bucket: &Bucket) -> Truth {
    let enforced = bucket.ownership.holds(Truth::No, |it| (*it == ObjectOwnership::BucketOwnerEnforced).into());
    let by_acl = bucket.acl.holds(Truth::No, acl).and(!enforced);
    by_acl.or(bucket.policy.holds(Truth::No, by_policy))
}

fn acl(acl: &Acl) -> Truth {
    let canned = acl.canned.holds(Truth::No, |it| (it == "log-delivery-write").into());
    let granted = acl.grants.iter().map(|it| it.grantee.holds(Truth::No, |it| (*it == Grantee::LogDelivery).into()));
    let more = if acl.grants_rest.is_some() { Truth::Unknown } else { Truth::No };
    canned.or(Truth::any(granted)).or(more)
}

fn by_policy(policy: &Policy) -> Truth {
    let more = if policy.rest.is_some() { Truth::Unknown } else { Truth::No };
    Truth::any(policy.statements.iter().map(statement)).or(more)
}

fn statement(statement: &Statement) -> Truth {
    let allows = statement.effect.holds(Truth::Unknown, |it| (*it == Effect::Allow).into());
    let principals = &statement.principals;
    let listed = principals.items.iter().map(|it| match it.kind {
        PrincipalKind::Anyone => Truth::Yes,
        PrincipalKind::Service => it.text.equals(DELIVERY),
        _ => Truth::No,
    });
    let listed = Truth::any(listed).or(if principals.rest.is_some() { Truth::Unknown } else { Truth::No });
    let named = if principals.negated { Truth::Unknown } else { listed };
    allows.and(named).and(policy::covers(&statement.actions, "s3:PutObject"))
}
