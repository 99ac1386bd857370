//! What protects the data: versioning, encryption, logging, Object Lock, lifecycle, replication.

use crate::model::{
    DefaultRetention, Encryption, EncryptionRule, Lifecycle, LifecycleRule, Logging, ObjectLock, Replication,
    ReplicationRule, Versioning,
};
use crate::value::{Attr, Cause, Kind, Val, Value, Why};

use super::super::read::{Body, wrapped};
use super::written;

pub(super) fn versioning(body: Body<'_>) -> Attr<Versioning> {
    body.part("VersioningConfiguration", |it| {
        // MFA Delete cannot be set by CloudFormation: nothing is known of it.
        let why = Why::new(Cause::NotInInput, "MFA Delete", it.owner.span);
        Value::Known(Versioning { status: it.text("Status"), mfa_delete: Attr::unknown(why, it.owner.clone()) })
    })
}

pub(super) fn encryption(body: Body<'_>) -> Attr<Encryption> {
    body.part("BucketEncryption", |it| {
        let rules = it.parts("ServerSideEncryptionConfiguration", |rule| {
            let default = rule.raw("ServerSideEncryptionByDefault");
            let inside = |key: &'static str| match default {
                Some(val) if matches!(val.kind, Kind::Choice(_) | Kind::Unknown(_)) => {
                    rule.part("ServerSideEncryptionByDefault", |it| it.symbolic(key).value)
                }
                Some(Val { kind: Kind::Map(map), origin, .. }) => rule.inside(map, origin).symbolic(key),
                Some(val) => Attr { value: rule.wrong(val, "a map"), origin: val.origin.clone() },
                None => Attr::absent(rule.owner.clone()),
            };
            EncryptionRule {
                origin: rule.owner.clone(),
                algorithm: known(inside("SSEAlgorithm")),
                kms_key: inside("KMSMasterKeyID"),
                bucket_key_enabled: rule.flag("BucketKeyEnabled"),
                blocked_types: blocked_types(rule),
            }
        });
        wrapped(rules, |rules| Encryption { rules })
    })
}

/// `BlockedEncryptionTypes: { EncryptionType: [SSE-C] }`.
fn blocked_types(rule: Body<'_>) -> Attr<Vec<String>> {
    rule.part("BlockedEncryptionTypes", |it| it.texts("EncryptionType").value)
}

/// Text that must be wholly known.
fn known(attr: Attr<crate::value::SymStr>) -> Attr<String> {
    let one = |value: Value<crate::value::SymStr>| match value {
        Value::Known(it) => match (it.known(), it.why()) {
            (Some(text), _) => Value::Known(text),
            (None, Some(why)) => Value::Unknown(why.clone()),
            (None, None) => Value::Absent,
        },
        Value::Unknown(why) | Value::OneOf(_, why) => Value::Unknown(why),
        Value::Absent => Value::Absent,
    };
    let value = match attr.value {
        Value::OneOf(all, why) => Value::OneOf(all.into_iter().map(one).collect(), why),
        value => one(value),
    };
    Attr { value, origin: attr.origin }
}

pub(super) fn logging(body: Body<'_>) -> Attr<Logging> {
    body.part("LoggingConfiguration", |it| {
        Value::Known(Logging {
            target_bucket: it.symbolic("DestinationBucketName"),
            target_prefix: it.symbolic("LogFilePrefix"),
            written: written::logging(it),
        })
    })
}

/// Object Lock: `ObjectLockEnabled` on the bucket, the retention in `ObjectLockConfiguration`.
pub(super) fn object_lock(body: Body<'_>) -> Attr<ObjectLock> {
    let enabled = body.flag("ObjectLockEnabled");
    let configuration = body.part("ObjectLockConfiguration", |it| {
        let enabled = it.field("ObjectLockEnabled", |val| match it.symstr(val) {
            Value::Known(text) => match (text.known(), text.why()) {
                (Some(text), _) => Value::Known(text == "Enabled"),
                (None, Some(why)) => Value::Unknown(why.clone()),
                (None, None) => it.wrong(val, "Enabled"),
            },
            _ => it.wrong(val, "Enabled"),
        });
        let retention = it.part("Rule", |rule| {
            rule.part("DefaultRetention", |it| {
                Value::Known(DefaultRetention {
                    mode: it.text("Mode"),
                    days: it.number("Days"),
                    years: it.number("Years"),
                })
            })
            .value
        });
        Value::Known(ObjectLock { enabled, retention })
    });
    if configuration.is_absent() {
        if enabled.is_absent() {
            return Attr::absent(body.owner.clone());
        }
        let origin = enabled.origin.clone();
        let retention = Attr::absent(origin.clone());
        return Attr::known(ObjectLock { enabled, retention }, origin);
    }
    // The bucket's own flag is what switches Object Lock on; the configuration repeats it.
    configuration.map(|it| {
        let enabled = if enabled.is_absent() { it.enabled } else { enabled.clone() };
        ObjectLock { enabled, retention: it.retention }
    })
}

pub(super) fn lifecycle(body: Body<'_>) -> Attr<Lifecycle> {
    body.part("LifecycleConfiguration", |it| {
        let minimum_object_size = it.text("TransitionDefaultMinimumObjectSize");
        wrapped(it.parts("Rules", lifecycle_rule), |rules| Lifecycle {
            rules,
            minimum_object_size: minimum_object_size.clone(),
        })
    })
}

fn lifecycle_rule(rule: Body<'_>) -> LifecycleRule {
    let expiration_days = rule.number("ExpirationInDays");
    let nested = rule.part("NoncurrentVersionExpiration", |it| it.number("NoncurrentDays").value);
    let noncurrent = if nested.is_absent() { rule.number("NoncurrentVersionExpirationInDays") } else { nested };
    let count = |key: &str| match rule.raw(key).map(|it| &it.kind) {
        Some(Kind::List(it)) => it.items.len(),
        Some(Kind::Null) | None => 0,
        Some(_) => 1,
    };
    let keys = ["Transition", "Transitions", "NoncurrentVersionTransition", "NoncurrentVersionTransitions"];
    LifecycleRule {
        origin: rule.owner.clone(),
        id: rule.text("Id"),
        enabled: rule.text("Status").map(|it| it == "Enabled"),
        whole_bucket: whole_bucket(rule),
        expiration_days,
        noncurrent_expiration_days: noncurrent,
        kept_noncurrent_versions: rule
            .part("NoncurrentVersionExpiration", |it| it.number("NewerNoncurrentVersions").value),
        abort_multipart_days: rule.part("AbortIncompleteMultipartUpload", |it| it.number("DaysAfterInitiation").value),
        transitions: keys.into_iter().map(count).sum(),
        written: written::lifecycle_rule(rule),
    }
}

fn whole_bucket(rule: Body<'_>) -> Attr<bool> {
    if let Some(why) = rule.rest() {
        return Attr::unknown(why.clone(), rule.owner.clone());
    }
    let filters = ["TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan"];
    if let Some(val) = filters.into_iter().find_map(|it| rule.raw(it)) {
        return Attr::known(false, val.origin.clone());
    }
    match rule.raw("Prefix") {
        None => Attr::known(true, rule.owner.clone()),
        Some(val) => match (val.as_text(), val.why()) {
            (Some(text), _) => Attr::known(text.is_empty(), val.origin.clone()),
            (None, Some(why)) => Attr::unknown(why, val.origin.clone()),
            (None, None) => Attr { value: rule.wrong(val, "text"), origin: val.origin.clone() },
        },
    }
}

pub(super) fn replication(body: Body<'_>) -> Attr<Replication> {
    body.part("ReplicationConfiguration", |it| {
        let role = it.symbolic("Role");
        wrapped(it.parts("Rules", replication_rule), |rules| Replication { role: role.clone(), rules })
    })
}

fn replication_rule(rule: Body<'_>) -> ReplicationRule {
    let inside = |key: &'static str| rule.part("Destination", |it| it.symbolic(key).value);
    let key = rule
        .part("Destination", |it| it.part("EncryptionConfiguration", |it| it.symbolic("ReplicaKmsKeyID").value).value);
    ReplicationRule {
        origin: rule.owner.clone(),
        id: rule.text("Id"),
        enabled: rule.text("Status").map(|it| it == "Enabled"),
        destination: inside("Bucket"),
        account: known(inside("Account")),
        replica_kms_key: key,
        written: written::replication_rule(rule),
    }
}
