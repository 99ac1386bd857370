//! `aws_s3_bucket` with the inline blocks of provider versions before 4, and `aws_s3_directory_bucket`.

use crate::model::{Bucket, BucketKind, Format};
use crate::value::{Attr, Cause, Value, Why};

use super::super::eval::identity;
use super::{Resource, features, left};

pub(super) fn lower(resource: &Resource) -> Bucket {
    let node = &resource.node;
    let origin = &resource.origin;
    let mut bucket = Bucket::new(resource.address.clone(), Format::Terraform, origin.clone());
    bucket.exists = resource.exists.clone();
    bucket.provider = resource.provider.clone();
    bucket.is_source = matches!(node, super::node::Node::Block { .. });
    bucket.name = name(resource);
    bucket.force_destroy = node.bool("force_destroy");
    bucket.tags = features::tags(node, origin);
    bucket.left = left::inline(resource);
    if resource.kind == "aws_s3_directory_bucket" {
        bucket.kind = BucketKind::Directory;
        return bucket;
    }
    bucket.acl = features::acl(node, origin);
    bucket.policy = features::optional_policy(node, "policy", origin);
    bucket.versioning = features::block_attr(node, "versioning", &features::versioning_inline);
    bucket.encryption = features::block_attr(node, "server_side_encryption_configuration", &features::encryption);
    bucket.logging = features::block_attr(node, "logging", &features::logging);
    bucket.lifecycle = features::rules_attr(node, "lifecycle_rule", features::lifecycle);
    bucket.replication = features::block_attr(node, "replication_configuration", &features::replication);
    bucket.cors = features::rules_attr(node, "cors_rule", features::cors);
    bucket.website = features::block_attr(node, "website", &features::website);
    bucket.acceleration = node.text("acceleration_status");
    bucket.object_lock = features::object_lock_inline(node, origin);
    bucket
}

/// The name as others know it: its text where that is known, and always its identity.
fn name(resource: &Resource) -> Attr<crate::value::SymStr> {
    let node = &resource.node;
    let written = node.get("bucket");
    let symbolic = node.symbolic("bucket");
    // The provider takes an empty name as none, and makes one up.
    let empty = symbolic.as_known().and_then(crate::value::SymStr::known).is_some_and(|it| it.is_empty());
    match (&symbolic.value, written) {
        (Value::Known(_), _) if !empty => symbolic,
        (Value::Known(_) | Value::Absent, _) => {
            // Generated, perhaps from a prefix.
            let why = Why::new(Cause::Computed, resource.address.clone(), resource.origin.span);
            match node.get("bucket_prefix") {
                Some(prefix) => {
                    let mut text = prefix.as_symstr().unwrap_or_default();
                    text.push_str(&identity(&resource.address, None, why));
                    Attr::known(text, prefix.origin)
                }
                None => Attr::absent(resource.origin.clone()),
            }
        }
        (_, Some(value)) => match value.as_symstr() {
            Some(text) => Attr::known(text, value.origin),
            None => symbolic,
        },
        (_, None) => symbolic,
    }
}
