//! The split resources of provider version 4 and later: each says one feature of a bucket.

use crate::model::{Acl, Feature, Notification, ObjectOwnership};
use crate::value::{Attr, Value};

use super::node::typed;
use super::{Resource, features, written};

/// What a companion resource says; `None` for types that the model has no feature for.
pub(super) fn feature(resource: &Resource) -> Option<Feature> {
    let node = &resource.node;
    let origin = &resource.origin;
    Some(match resource.kind.as_str() {
        "aws_s3_bucket_policy" => Feature::Policy(features::policy(node, "policy", origin)),
        "aws_s3_bucket_acl" => Feature::Acl(features::acl(node, origin).map(|it| Acl { is_put: true, ..it })),
        "aws_s3_bucket_public_access_block" => {
            Feature::PublicAccessBlock(Attr::known(features::public_access_block(node), origin.clone()))
        }
        "aws_s3_bucket_ownership_controls" => Feature::Ownership(match node.block("rule") {
            Value::Known(rule) => {
                typed(rule.get("object_ownership"), &rule.origin(), &|it| ObjectOwnership::parse(&it.as_text()?))
            }
            Value::Unknown(why) | Value::OneOf(_, why) => Attr::unknown(why, origin.clone()),
            Value::Absent => Attr::absent(origin.clone()),
        }),
        "aws_s3_bucket_versioning" => {
            Feature::Versioning(features::block_attr(node, "versioning_configuration", &features::versioning))
        }
        "aws_s3_bucket_server_side_encryption_configuration" => {
            Feature::Encryption(Attr::known(features::encryption(node), origin.clone()))
        }
        "aws_s3_bucket_logging" => Feature::Logging(Attr::known(features::logging(node), origin.clone())),
        "aws_s3_bucket_object_lock_configuration" => {
            Feature::ObjectLock(Attr::known(features::object_lock(node), origin.clone()))
        }
        "aws_s3_bucket_lifecycle_configuration" => Feature::Lifecycle(features::lifecycle_resource(node)),
        "aws_s3_bucket_replication_configuration" => {
            Feature::Replication(Attr::known(features::replication(node), origin.clone()))
        }
        "aws_s3_bucket_cors_configuration" => Feature::Cors(features::rules_attr(node, "cors_rule", features::cors)),
        "aws_s3_bucket_website_configuration" => Feature::Website(Attr::known(features::website(node), origin.clone())),
        "aws_s3_bucket_notification" => {
            let count = ["topic", "queue", "lambda_function"].iter().map(|it| node.blocks(it).nodes.len()).sum();
            let event_bridge = node.bool("eventbridge");
            let notification = Notification { destinations: count, event_bridge, written: written::notification(node) };
            Feature::Notification(Attr::known(notification, origin.clone()))
        }
        "aws_s3_bucket_accelerate_configuration" => Feature::Acceleration(node.text("status")),
        _ => return None,
    })
}
