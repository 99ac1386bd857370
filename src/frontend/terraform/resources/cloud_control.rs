//! The provider `awscc`: the resource types of CloudFormation, their properties in snake case as nested attributes.
//!
//! <https://registry.terraform.io/providers/hashicorp/awscc/latest/docs/resources/s3_bucket>

use crate::model::{
    AccessPoint, Acl, Bucket, BucketKind, CorsRule, DefaultRetention, Encryption, EncryptionRule, Feature, Format,
    Lifecycle, LifecycleRule, Logging, Notification, ObjectLock, ObjectOwnership, Replication, ReplicationRule, Tag,
    Versioning, Website, Written,
};
use crate::value::{Attr, Cause, Kind, SymStr, Val, Value, Why};

use super::node::{Node, typed};
use super::{Found, Resource, access_point, bucket_types, companion, features, written};

/// Lowers a resource of the provider.
pub(super) fn lower(resource: &Resource, found: &mut Found) {
    let node = &resource.node;
    match resource.kind.as_str() {
        "awscc_s3_bucket" | "awscc_s3express_directory_bucket" => found.buckets.push(bucket(resource)),
        "awscc_s3_bucket_policy" | "awscc_s3express_bucket_policy" => {
            let policy = Feature::Policy(features::policy(node, "policy_document", &resource.origin));
            found.companions.push(companion(resource, BucketKind::General, node.reference("bucket"), policy));
        }
        "awscc_s3_access_point" => found.rest.access_points.push(point(resource)),
        kind => {
            if let Some((kind, name)) = bucket_types::declared(kind) {
                found.buckets.push(bucket_types::lower(resource, kind, name));
            } else if let Some((kind, bucket, feature)) = bucket_types::companion(resource) {
                found.companions.push(companion(resource, kind, bucket, feature));
            }
        }
    }
}

fn bucket(resource: &Resource) -> Bucket {
    let node = &resource.node;
    let origin = &resource.origin;
    let mut bucket = Bucket::new(resource.address.clone(), Format::Terraform, origin.clone());
    bucket.exists = resource.exists.clone();
    bucket.provider = resource.provider.clone();
    bucket.name = node.symbolic("bucket_name");
    bucket.encryption = features::block_attr(node, "bucket_encryption", &encryption);
    bucket.lifecycle = features::block_attr(node, "lifecycle_configuration", &|it| Lifecycle {
        rules: it.blocks("rules").nodes.iter().map(lifecycle_rule).collect(),
        minimum_object_size: it.text("transition_default_minimum_object_size"),
    });
    bucket.tags = tags(node);
    if resource.kind == "awscc_s3express_directory_bucket" {
        bucket.kind = BucketKind::Directory;
        return bucket;
    }
    let canned = node.text("access_control").map(|it| canned(&it));
    if !canned.is_absent() {
        let origin = canned.origin.clone();
        bucket.acl = Attr::known(Acl { canned, grants: Vec::new(), grants_rest: None, is_put: false }, origin);
    }
    bucket.ownership = match node.block("ownership_controls") {
        Value::Known(controls) => match controls.block("rules") {
            Value::Known(rule) => {
                typed(rule.get("object_ownership"), &rule.origin(), &|it| ObjectOwnership::parse(&it.as_text()?))
            }
            Value::Unknown(why) | Value::OneOf(_, why) => Attr::unknown(why, controls.origin()),
            Value::Absent => Attr::absent(controls.origin()),
        },
        Value::Unknown(why) | Value::OneOf(_, why) => Attr::unknown(why, origin.clone()),
        Value::Absent => Attr::absent(origin.clone()),
    };
    let blocked = |it: &Node| features::public_access_block(it);
    bucket.public_access_block = features::block_attr(node, "public_access_block_configuration", &blocked);
    bucket.versioning = features::block_attr(node, "versioning_configuration", &|it| {
        // As in CloudFormation, there is no way to set MFA Delete: nothing is known of it.
        let why = Why::new(Cause::NotInInput, "MFA Delete", it.origin().span);
        Versioning { status: it.text("status"), mfa_delete: Attr::unknown(why, it.origin()) }
    });
    bucket.logging = features::block_attr(node, "logging_configuration", &|it| Logging {
        target_bucket: it.symbolic("destination_bucket_name"),
        target_prefix: it.symbolic("log_file_prefix"),
        written: written::logging_of_cloud_control(it),
    });
    bucket.object_lock = object_lock(node);
    bucket.replication = features::block_attr(node, "replication_configuration", &|it| Replication {
        role: it.symbolic("role"),
        rules: it.blocks("rules").nodes.iter().map(replication_rule).collect(),
    });
    bucket.cors = features::block_attr(node, "cors_configuration", &|it| -> Vec<CorsRule> {
        features::cors(&it.blocks("cors_rules").nodes)
    });
    bucket.website = features::block_attr(node, "website_configuration", &|it| -> Website { features::website(it) });
    bucket.notification = features::block_attr(node, "notification_configuration", &|it| Notification {
        destinations: ["topic_configurations", "queue_configurations", "lambda_configurations"]
            .iter()
            .map(|name| it.blocks(name).nodes.len())
            .sum(),
        event_bridge: match it.block("event_bridge_configuration") {
            Value::Known(bridge) => bridge.bool("event_bridge_enabled"),
            _ => Attr::absent(it.origin()),
        },
        written: untranslated(),
    });
    bucket.acceleration = match node.block("accelerate_configuration") {
        Value::Known(it) => it.text("acceleration_status"),
        Value::Unknown(why) | Value::OneOf(_, why) => Attr::unknown(why, origin.clone()),
        Value::Absent => Attr::absent(origin.clone()),
    };
    bucket
}

/// `PublicReadWrite` → `public-read-write`: the name that S3's own interface has.
fn canned(name: &str) -> String {
    if name == "AwsExecRead" {
        return "aws-exec-read".to_owned();
    }
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

fn untranslated() -> Written {
    Written::Part("the form of the provider awscc is not translated".to_owned())
}

fn encryption(node: &Node) -> Encryption {
    let rules = node.blocks("server_side_encryption_configuration").nodes;
    Encryption {
        rules: rules
            .iter()
            .map(|rule| {
                let default = rule.block("server_side_encryption_by_default");
                let (algorithm, kms_key) = match default {
                    Value::Known(it) => (it.text("sse_algorithm"), it.symbolic("kms_master_key_id")),
                    Value::Unknown(why) | Value::OneOf(_, why) => {
                        (Attr::unknown(why.clone(), rule.origin()), Attr::unknown(why, rule.origin()))
                    }
                    Value::Absent => (Attr::absent(rule.origin()), Attr::absent(rule.origin())),
                };
                let blocked_types = match rule.block("blocked_encryption_types") {
                    Value::Known(it) => it.texts("encryption_type"),
                    Value::Unknown(why) | Value::OneOf(_, why) => Attr::unknown(why, rule.origin()),
                    Value::Absent => Attr::absent(rule.origin()),
                };
                let bucket_key_enabled = rule.bool("bucket_key_enabled");
                EncryptionRule { origin: rule.origin(), algorithm, kms_key, bucket_key_enabled, blocked_types }
            })
            .collect(),
    }
}

fn object_lock(node: &Node) -> Attr<ObjectLock> {
    let enabled = node.bool("object_lock_enabled");
    let retention = |it: &Node| match it.block("rule") {
        Value::Known(rule) => features::block_attr(&rule, "default_retention", &|it| DefaultRetention {
            mode: it.text("mode"),
            days: it.number("days"),
            years: it.number("years"),
        }),
        Value::Unknown(why) | Value::OneOf(_, why) => Attr::unknown(why, it.origin()),
        Value::Absent => Attr::absent(it.origin()),
    };
    match node.block("object_lock_configuration") {
        Value::Known(it) => {
            let repeated = typed(it.get("object_lock_enabled"), &it.origin(), &|it| Some(it.as_text()? == "Enabled"));
            let enabled = if enabled.is_absent() { repeated } else { enabled };
            Attr::known(ObjectLock { enabled, retention: retention(&it) }, it.origin())
        }
        Value::Unknown(why) | Value::OneOf(_, why) => Attr::unknown(why, node.origin()),
        Value::Absent if enabled.is_absent() => Attr::absent(node.origin()),
        Value::Absent => {
            let origin = enabled.origin.clone();
            Attr::known(ObjectLock { enabled, retention: Attr::absent(origin.clone()) }, origin)
        }
    }
}

fn lifecycle_rule(rule: &Node) -> LifecycleRule {
    let inside = |block: &str, name: &str| match rule.block(block) {
        Value::Known(it) => it.number(name),
        Value::Unknown(why) | Value::OneOf(_, why) => Attr::unknown(why, rule.origin()),
        Value::Absent => Attr::absent(rule.origin()),
    };
    let narrows = ["tag_filters", "object_size_greater_than", "object_size_less_than"];
    let whole_bucket = if narrows.iter().any(|it| rule.get(it).is_some()) {
        Attr::known(false, rule.origin())
    } else {
        let prefix = rule.text("prefix").map(|it| it.is_empty());
        if prefix.is_absent() { Attr::known(true, rule.origin()) } else { prefix }
    };
    let transitions = ["transition", "transitions", "noncurrent_version_transition", "noncurrent_version_transitions"];
    LifecycleRule {
        origin: rule.origin(),
        id: rule.text("id"),
        enabled: rule.text("status").map(|it| it == "Enabled"),
        whole_bucket,
        expiration_days: rule.number("expiration_in_days"),
        noncurrent_expiration_days: match rule.get("noncurrent_version_expiration_in_days") {
            Some(_) => rule.number("noncurrent_version_expiration_in_days"),
            None => inside("noncurrent_version_expiration", "noncurrent_days"),
        },
        kept_noncurrent_versions: inside("noncurrent_version_expiration", "newer_noncurrent_versions"),
        abort_multipart_days: inside("abort_incomplete_multipart_upload", "days_after_initiation"),
        transitions: transitions.iter().map(|it| rule.blocks(it).nodes.len()).sum(),
        written: untranslated(),
    }
}

fn replication_rule(rule: &Node) -> ReplicationRule {
    let absent = || Attr::absent(rule.origin());
    let (destination, account, replica_kms_key) = match rule.block("destination") {
        Value::Known(it) => {
            let key: Attr<SymStr> = match it.block("encryption_configuration") {
                Value::Known(encryption) => encryption.symbolic("replica_kms_key_id"),
                Value::Unknown(why) | Value::OneOf(_, why) => Attr::unknown(why, it.origin()),
                Value::Absent => Attr::absent(it.origin()),
            };
            (it.symbolic("bucket"), it.text("account"), key)
        }
        Value::Unknown(why) | Value::OneOf(_, why) => (
            Attr::unknown(why.clone(), rule.origin()),
            Attr::unknown(why.clone(), rule.origin()),
            Attr::unknown(why, rule.origin()),
        ),
        Value::Absent => (absent(), Attr::absent(rule.origin()), absent()),
    };
    let enabled = rule.text("status").map(|it| it == "Enabled");
    ReplicationRule {
        origin: rule.origin(),
        id: rule.text("id"),
        enabled,
        destination,
        account,
        replica_kms_key,
        written: untranslated(),
    }
}

/// `tags = [{ key, value }]`.
fn tags(node: &Node) -> Attr<Vec<Tag>> {
    typed(node.get("tags"), &node.origin(), &|it: &Val| {
        let Kind::List(list) = &it.kind else { return None };
        if list.rest.is_some() {
            return None;
        }
        let tag = |it: &Val| {
            let Kind::Map(map) = &it.kind else { return None };
            let value = typed(map.get("value").cloned(), &it.origin, &Val::as_text);
            Some(Tag { key: map.get("key")?.as_text()?, value })
        };
        list.items.iter().map(tag).collect()
    })
}

fn point(resource: &Resource) -> AccessPoint {
    let policy = features::policy(&resource.node, "policy", &resource.origin);
    AccessPoint { policy, ..access_point::lower(resource) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canned_acls_have_one_spelling() {
        for (name, expected) in [
            ("PublicReadWrite", "public-read-write"),
            ("Private", "private"),
            ("LogDeliveryWrite", "log-delivery-write"),
            ("AwsExecRead", "aws-exec-read"),
        ] {
            assert_eq!(canned(name), expected);
        }
    }
}
