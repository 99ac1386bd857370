//! The features of a bucket as JSON, in AWS's words.

use serde_json::{Value as Json, json};

use crate::model::{
    Acl, AclPermission, CorsRule, Encryption, Grantee, Lifecycle, Logging, Notification, ObjectLock, ObjectOwnership,
    PublicAccessBlock, Replication, Tag, Versioning, Website,
};

use super::field::{attr, number, plain, symbolic, with_rest};

pub fn public_access_block(it: &PublicAccessBlock) -> Json {
    json!({
        "block_public_acls": plain(&it.block_public_acls),
        "block_public_policy": plain(&it.block_public_policy),
        "ignore_public_acls": plain(&it.ignore_public_acls),
        "restrict_public_buckets": plain(&it.restrict_public_buckets),
    })
}

pub fn ownership(it: &ObjectOwnership) -> Json {
    json!(match it {
        ObjectOwnership::BucketOwnerEnforced => "BucketOwnerEnforced",
        ObjectOwnership::BucketOwnerPreferred => "BucketOwnerPreferred",
        ObjectOwnership::ObjectWriter => "ObjectWriter",
    })
}

pub fn acl(it: &Acl) -> Json {
    let grants = it.grants.iter().map(
        |grant| json!({ "grantee": attr(&grant.grantee, grantee), "permission": attr(&grant.permission, permission) }),
    );
    json!({ "canned": plain(&it.canned), "grants": with_rest(grants.collect(), it.grants_rest.as_ref()) })
}

fn grantee(it: &Grantee) -> Json {
    match it {
        Grantee::AllUsers => json!("AllUsers"),
        Grantee::AuthenticatedUsers => json!("AuthenticatedUsers"),
        Grantee::LogDelivery => json!("LogDelivery"),
        Grantee::CanonicalUser { id, own } => json!({ "canonical_user": symbolic(id), "own": own }),
        Grantee::Email(address) => json!({ "email": symbolic(address) }),
        Grantee::Group(uri) => json!({ "group": uri }),
    }
}

fn permission(it: &AclPermission) -> Json {
    json!(match it {
        AclPermission::Read => "READ",
        AclPermission::Write => "WRITE",
        AclPermission::ReadAcp => "READ_ACP",
        AclPermission::WriteAcp => "WRITE_ACP",
        AclPermission::FullControl => "FULL_CONTROL",
    })
}

pub fn versioning(it: &Versioning) -> Json {
    json!({ "status": plain(&it.status), "mfa_delete": plain(&it.mfa_delete) })
}

pub fn encryption(it: &Encryption) -> Json {
    let rules = it.rules.iter().map(|rule| {
        json!({
            "algorithm": plain(&rule.algorithm),
            "kms_key": attr(&rule.kms_key, symbolic),
            "bucket_key_enabled": plain(&rule.bucket_key_enabled),
            "blocked_types": plain(&rule.blocked_types),
        })
    });
    json!({ "rules": rules.collect::<Vec<_>>() })
}

pub fn logging(it: &Logging) -> Json {
    json!({
        "target_bucket": attr(&it.target_bucket, symbolic),
        "target_prefix": attr(&it.target_prefix, symbolic),
    })
}

pub fn object_lock(it: &ObjectLock) -> Json {
    json!({
        "enabled": plain(&it.enabled),
        "retention": attr(&it.retention, |it| json!({
            "mode": plain(&it.mode),
            "days": attr(&it.days, number),
            "years": attr(&it.years, number),
        })),
    })
}

pub fn lifecycle(it: &Lifecycle) -> Json {
    let rules = it.rules.iter().map(|rule| {
        json!({
            "id": plain(&rule.id),
            "enabled": plain(&rule.enabled),
            "whole_bucket": plain(&rule.whole_bucket),
            "expiration_days": attr(&rule.expiration_days, number),
            "noncurrent_expiration_days": attr(&rule.noncurrent_expiration_days, number),
            "kept_noncurrent_versions": attr(&rule.kept_noncurrent_versions, number),
            "abort_multipart_days": attr(&rule.abort_multipart_days, number),
            "transitions": rule.transitions,
        })
    });
    json!({ "rules": rules.collect::<Vec<_>>() })
}

pub fn replication(it: &Replication) -> Json {
    let rules = it.rules.iter().map(|rule| {
        json!({
            "id": plain(&rule.id),
            "enabled": plain(&rule.enabled),
            "destination": attr(&rule.destination, symbolic),
            "account": plain(&rule.account),
            "replica_kms_key": attr(&rule.replica_kms_key, symbolic),
        })
    });
    json!({ "role": attr(&it.role, symbolic), "rules": rules.collect::<Vec<_>>() })
}

pub fn cors(it: &[CorsRule]) -> Json {
    let rules = it.iter().map(|rule| {
        json!({
            "allowed_origins": plain(&rule.allowed_origins),
            "allowed_methods": plain(&rule.allowed_methods),
            "allowed_headers": plain(&rule.allowed_headers),
        })
    });
    rules.collect()
}

pub fn website(it: &Website) -> Json {
    json!({ "redirects_all": plain(&it.redirects_all) })
}

pub fn notification(it: &Notification) -> Json {
    json!({ "destinations": it.destinations, "event_bridge": plain(&it.event_bridge) })
}

pub fn tags(it: &[Tag]) -> Json {
    it.iter().map(|tag| json!({ "key": tag.key, "value": plain(&tag.value) })).collect()
}
