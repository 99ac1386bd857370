//! CloudFront's origin access identities have two names, an ARN and a canonical id: S3 keeps the ARN where a policy was given the id.
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html>

use std::collections::BTreeMap;

use crate::model::Estate;
use crate::policy::{Policy, PrincipalKind};
use crate::value::{Attr, SymStr, Val, Value};

use super::{Plan, Planned};

/// The resource, and the data source of the same name.
pub(super) const KIND: &str = "aws_cloudfront_origin_access_identity";

/// The ARNs of those that a plan or state has, by their canonical ids.
pub(super) fn known(plan: &Plan<'_>) -> BTreeMap<String, String> {
    let read = |it: &&Planned<'_>| {
        let map = plan.arguments(it, 0);
        let text = |name: &str| map.get(name).and_then(Val::as_text).filter(|it| !it.is_empty());
        Some((text("s3_canonical_user_id")?, text("iam_arn")?))
    };
    plan.planned.iter().filter(|it| it.kind == KIND).filter_map(read).collect()
}

/// Writes the ARN in policies where the canonical id stands.
pub(super) fn fold(by_id: &BTreeMap<String, String>, estate: &mut Estate) {
    if by_id.is_empty() {
        return;
    }
    let points = estate.access_points.iter_mut().map(|it| &mut it.policy);
    for policy in estate.buckets.iter_mut().map(|it| &mut it.policy).chain(points) {
        named(policy, by_id);
    }
}

fn named(policy: &mut Attr<Policy>, by_id: &BTreeMap<String, String>) {
    let Value::Known(policy) = &mut policy.value else { return };
    let all = policy.statements.iter_mut().flat_map(|it| &mut it.principals.items);
    for it in all.filter(|it| it.kind == PrincipalKind::CanonicalUser) {
        if let Some(arn) = it.text.known().and_then(|id| by_id.get(&*id)) {
            it.kind = PrincipalKind::Aws;
            it.text = SymStr::text(arn.as_str());
        }
    }
}
