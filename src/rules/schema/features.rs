//! Fields of the features of a bucket.

use super::super::expr::{Fact, Item};
use super::{Field, Kind, Object, Type, fields};
use crate::model::EncryptionRule;
use crate::value::{Attr, Cause, SymStr, Value};

pub(super) const VERSIONING: &[Field] = fields! { Versioning:
    "status" Type::Text, "`Enabled`, `Suspended`, `Disabled`" => |it| Item::attr(&it.status, |own| Fact::text(own));
    "mfa_delete" Type::Text, "`Enabled`, `Disabled`" => |it| Item::attr(&it.mfa_delete, |own| Fact::text(own));
};

pub(super) const ENCRYPTION: &[Field] = fields! { Encryption:
    "rules" Type::Objects(Kind::EncryptionRule), "the rules" => |it| Item::new(Fact::list(
        it.rules.iter().map(|rule| Item::at(Fact::Object(Object::EncryptionRule(rule)), &rule.origin)),
    ));
};

pub(super) const ENCRYPTION_RULE: &[Field] = fields! { EncryptionRule:
    "algorithm" Type::Text, "`AES256`, `aws:kms`, `aws:kms:dsse`" => |it| Item::attr(&it.algorithm, |own| Fact::text(own));
    "kms_key" Type::Text, "id, ARN or alias of the key" => |it| Item::attr(&it.kms_key, Fact::symbolic);
    "customer_key" Type::Bool, "the key is one of the owner's, not `aws/s3`" => |it| customer_key(it);
    "bucket_key_enabled" Type::Bool, "S3 Bucket Key" => |it| Item::attr(&it.bucket_key_enabled, |own| Fact::Bool(*own));
    "blocked_types" Type::Texts, "blocked encryption types" => |it| Item::attr(&it.blocked_types, texts);
};

/// A key that this code creates or that is named is the owner's; only the alias `aws/s3` is AWS's.
fn customer_key(it: &EncryptionRule) -> Item<'_> {
    let fact = match &it.kms_key.value {
        Value::Absent => Fact::Bool(false),
        Value::Unknown(why) | Value::OneOf(_, why) => Fact::Unknown(vec![why.clone()]),
        Value::Known(key) => match (key.known(), key.why()) {
            (Some(text), _) => Fact::Bool(!text.ends_with("alias/aws/s3")),
            // The attribute of a key resource.
            (None, Some(why)) if why.cause() == Cause::Computed => Fact::Bool(true),
            (None, Some(why)) if is_arn_of_key(key) => {
                let _ = why;
                Fact::Bool(true)
            }
            (None, why) => Fact::Unknown(why.cloned().into_iter().collect()),
        },
    };
    Item::at(fact, &it.kms_key.origin)
}

/// `arn:…:key/…` with parts that are not known.
fn is_arn_of_key(key: &SymStr) -> bool {
    key.display().contains(":key/")
}

#[expect(clippy::ptr_arg, reason = "passed as a function of `&Vec<String>`, the type of the model's field")]
pub(super) fn texts(texts: &Vec<String>) -> Fact<'_> {
    Fact::list(texts.iter().map(|it| Item::new(Fact::text(it))))
}

pub(super) const LOGGING: &[Field] = fields! { Logging:
    "target_bucket" Type::Text, "name of the target; absent: the bucket itself" => |it| Item::attr(&it.target_bucket, Fact::symbolic);
    "target_prefix" Type::Text, "key prefix" => |it| Item::attr(&it.target_prefix, Fact::symbolic);
};

pub(super) const OBJECT_LOCK: &[Field] = fields! { ObjectLock:
    "enabled" Type::Bool, "whether it is on" => |it| Item::attr(&it.enabled, |own| Fact::Bool(*own));
    "retention" Type::Object(Kind::Retention), "the default retention" =>
        |it| Item::attr(&it.retention, |own| Fact::Object(Object::Retention(own)));
};

pub(super) const RETENTION: &[Field] = fields! { Retention:
    "mode" Type::Text, "`GOVERNANCE`, `COMPLIANCE`" => |it| Item::attr(&it.mode, |own| Fact::text(own));
    "days" Type::Number, "days" => |it| Item::attr(&it.days, |own| Fact::Number(*own));
    "years" Type::Number, "years" => |it| Item::attr(&it.years, |own| Fact::Number(*own));
};

pub(super) const LIFECYCLE: &[Field] = fields! { Lifecycle:
    "rules" Type::Objects(Kind::LifecycleRule), "the rules" => |it| Item::new(Fact::list(
        it.rules.iter().map(|rule| Item::at(Fact::Object(Object::LifecycleRule(rule)), &rule.origin)),
    ));
};

pub(super) const LIFECYCLE_RULE: &[Field] = fields! { LifecycleRule:
    "id" Type::Text, "its id" => |it| Item::attr(&it.id, |own| Fact::text(own));
    "enabled" Type::Bool, "whether it is enabled" => |it| Item::attr(&it.enabled, |own| Fact::Bool(*own));
    "whole_bucket" Type::Bool, "no prefix, tag or size narrows it" => |it| Item::attr(&it.whole_bucket, |own| Fact::Bool(*own));
    "expiration_days" Type::Number, "days until current versions expire" => |it| Item::attr(&it.expiration_days, |own| Fact::Number(*own));
    "noncurrent_expiration_days" Type::Number, "days until noncurrent versions expire" =>
        |it| Item::attr(&it.noncurrent_expiration_days, |own| Fact::Number(*own));
    "kept_noncurrent_versions" Type::Number, "so many noncurrent versions are kept whatever their age" =>
        |it| Item::attr(&it.kept_noncurrent_versions, |own| Fact::Number(*own));
    "abort_multipart_days" Type::Number, "days until incomplete uploads are aborted" =>
        |it| Item::attr(&it.abort_multipart_days, |own| Fact::Number(*own));
    "transitions" Type::Number, "number of transitions to other storage classes" =>
        |it| Item::at(Fact::Number(count(it.transitions)), &it.origin);
};

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

pub(super) const REPLICATION: &[Field] = fields! { Replication:
    "role" Type::Text, "ARN of the role" => |it| Item::attr(&it.role, Fact::symbolic);
    "rules" Type::Objects(Kind::ReplicationRule), "the rules" => |it| Item::new(Fact::list(
        it.rules.iter().map(|rule| Item::at(Fact::Object(Object::ReplicationRule(rule)), &rule.origin)),
    ));
};

pub(super) const REPLICATION_RULE: &[Field] = fields! { ReplicationRule:
    "id" Type::Text, "its id" => |it| Item::attr(&it.id, |own| Fact::text(own));
    "enabled" Type::Bool, "whether it is enabled" => |it| Item::attr(&it.enabled, |own| Fact::Bool(*own));
    "destination" Type::Text, "ARN of the destination bucket" => |it| Item::attr(&it.destination, Fact::symbolic);
    "account" Type::Text, "account of the destination; absent where that is the account that is deployed to" => |it| account(&it.account);
    "replica_kms_key" Type::Text, "key for replicas" => |it| Item::attr(&it.replica_kms_key, Fact::symbolic);
};

/// The account that is deployed to is the own one, whatever its id.
pub(super) fn account(attr: &Attr<String>) -> Item<'_> {
    match attr.why() {
        Some(why) if why.cause() == Cause::Deployment => Item::at(Fact::Absent, &attr.origin),
        _ => Item::attr(attr, |own| Fact::text(own)),
    }
}

pub(super) const CORS_RULE: &[Field] = fields! { CorsRule:
    "allowed_origins" Type::Texts, "origins" => |it| Item::attr(&it.allowed_origins, texts);
    "allowed_methods" Type::Texts, "methods" => |it| Item::attr(&it.allowed_methods, texts);
    "allowed_headers" Type::Texts, "headers" => |it| Item::attr(&it.allowed_headers, texts);
};

pub(super) const WEBSITE: &[Field] = fields! { Website:
    "redirects_all" Type::Bool, "every request is sent to another host" => |it| Item::attr(&it.redirects_all, |own| Fact::Bool(*own));
};

pub(super) const NOTIFICATION: &[Field] = fields! { Notification:
    "destinations" Type::Number, "number of destinations" => |it| Item::new(Fact::Number(count(it.destinations)));
    "event_bridge" Type::Bool, "events go to EventBridge" => |it| Item::attr(&it.event_bridge, |own| Fact::Bool(*own));
};

pub(super) const TAG: &[Field] = fields! { Tag:
    "key" Type::Text, "the key" => |it| Item::new(Fact::text(&it.key));
    "value" Type::Text, "the value" => |it| Item::attr(&it.value, |own| Fact::text(own));
};
