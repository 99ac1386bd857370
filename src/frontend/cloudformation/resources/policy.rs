//! Policies that stand in a resource of their own.

use crate::model::{BucketKind, Companion, Feature, Format};
use crate::policy::Policy;
use crate::value::{Attr, Guard, Origin};

use super::super::read::Body;

/// `AWS::S3::BucketPolicy`, `AWS::S3Express::BucketPolicy`.
pub(in super::super) fn bucket_policy(
    address: String,
    scope: Option<String>,
    origin: Origin,
    exists: Guard,
    body: Body<'_>,
) -> Companion {
    let feature = Feature::Policy(document(body, "PolicyDocument"));
    Companion {
        address,
        kind: BucketKind::General,
        format: Format::CloudFormation,
        origin,
        exists,
        provider: String::new(),
        bucket: body.symbolic("Bucket"),
        scope,
        feature,
    }
}

/// The policy of a resource that refers to an access point.
pub(in super::super) fn access_point_policy(body: Body<'_>, key: &str) -> Attr<Policy> {
    document(body, key)
}

/// A policy document in a property; `policy::parse` knows maps, JSON text and choices.
pub(super) fn document(body: Body<'_>, key: &str) -> Attr<Policy> {
    match (body.raw(key), body.rest()) {
        (Some(val), _) => crate::policy::parse(val),
        (None, Some(why)) => Attr::unknown(why.clone(), body.owner.clone()),
        (None, None) => Attr::absent(body.owner.clone()),
    }
}
