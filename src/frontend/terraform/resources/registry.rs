//! The contract of the registry's most used S3 module, terraform-aws-modules/s3-bucket/aws: what a call of it makes, read
//! from the arguments and the module's own defaults where its source is not here.
//!
//! <https://github.com/terraform-aws-modules/terraform-aws-s3-bucket/blob/master/variables.tf>

use crate::model::{Bucket, ObjectOwnership};
use crate::policy::{self, Policy};
use crate::value::{Attr, Cause, Kind, Origin, Truth, Val, Value, Why};

use super::node::{Node, typed};

/// Where the module's address begins.
pub(super) const SOURCE: &str = "terraform-aws-modules/s3-bucket/aws";

/// Switches that add statements which the module writes itself, exactly as it writes them.
const ADDED: [(&str, &str); 2] = [
    (
        "attach_deny_insecure_transport_policy",
        r#"{"Sid": "denyInsecureTransport", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}}}"#,
    ),
    (
        "attach_require_latest_tls_policy",
        r#"{"Sid": "denyOutdatedTLS", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
            "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}}"#,
    ),
];

/// Switches that add statements about things outside of the call: log delivery, inventories, encryption headers.
const OTHER_SWITCHES: [&str; 11] = [
    "attach_elb_log_delivery_policy",
    "attach_lb_log_delivery_policy",
    "attach_access_log_delivery_policy",
    "attach_cloudtrail_log_delivery_policy",
    "attach_waf_log_delivery_policy",
    "attach_inventory_destination_policy",
    "attach_analytics_destination_policy",
    "attach_deny_incorrect_encryption_headers",
    "attach_deny_incorrect_kms_key_sse",
    "attach_deny_unencrypted_object_uploads",
    "attach_deny_ssec_encrypted_object_uploads",
];

/// Puts the module's defaults in place of what the call does not say. `bucket.policy` is what the call passes as `policy`.
pub(super) fn defaults(node: &Node, bucket: &mut Bucket, origin: &Origin) {
    let absent = |name: &str| node.get(name).is_none();
    bucket.versioning = Attr::absent(origin.clone());
    bucket.logging = Attr::absent(origin.clone());
    bucket.website = Attr::absent(origin.clone());
    bucket.cors = Attr::absent(origin.clone());
    if absent("lifecycle_rule") {
        bucket.lifecycle = Attr::absent(origin.clone());
    }
    if absent("object_lock_enabled") && absent("object_lock_configuration") {
        bucket.object_lock = Attr::absent(origin.clone());
    }
    if absent("replication_configuration") {
        bucket.replication = Attr::absent(origin.clone());
    }
    if absent("server_side_encryption_configuration") {
        bucket.encryption = Attr::absent(origin.clone());
    }
    if absent("acl") && absent("grant") {
        bucket.acl = Attr::absent(origin.clone());
    }
    if !absent("bucket") {
        bucket.name = node.symbolic("bucket");
    }
    bucket.ownership = ownership(node, origin);
    bucket.policy = policy(node, std::mem::replace(&mut bucket.policy, Attr::absent(origin.clone())), origin);
}

/// `control_object_ownership` switches the resource on; its setting is BucketOwnerEnforced unless the call says otherwise.
fn ownership(node: &Node, origin: &Origin) -> Attr<ObjectOwnership> {
    match switch(node, "control_object_ownership") {
        (Truth::No, _) => Attr::absent(origin.clone()),
        (Truth::Yes, _) if node.get("object_ownership").is_none() => {
            Attr::known(ObjectOwnership::BucketOwnerEnforced, origin.clone())
        }
        (Truth::Yes, _) => typed(node.get("object_ownership"), origin, &|it| ObjectOwnership::parse(&it.as_text()?)),
        (Truth::Unknown, why) => Attr::unknown(why, origin.clone()),
    }
}

/// A policy is attached only where `attach_policy` says so; other switches add statements of the module's own.
fn policy(node: &Node, given: Attr<Policy>, origin: &Origin) -> Attr<Policy> {
    let mut out = match switch(node, "attach_policy") {
        (Truth::Yes, _) => given,
        (Truth::No, _) => Attr::absent(origin.clone()),
        (Truth::Unknown, why) => {
            let origin = given.origin.clone();
            Attr { value: Value::OneOf(vec![given.value, Value::Absent], why), origin }
        }
    };
    for (name, statement) in ADDED {
        match switch(node, name) {
            (Truth::No, _) => (),
            (Truth::Yes, _) => add(&mut out, statement, origin),
            (Truth::Unknown, why) => open(&mut out, &why, origin),
        }
    }
    for name in OTHER_SWITCHES {
        if switch(node, name).0 != Truth::No {
            let subject = format!("the statements that `{name}` adds");
            open(&mut out, &Why::new(Cause::NotInInput, subject, origin.span), origin);
        }
    }
    out
}

/// Whether a switch is on; off where the call does not say.
fn switch(node: &Node, name: &str) -> (Truth, Why) {
    let value = node.get(name);
    let why = || Why::new(Cause::NotInInput, name, None);
    match &value {
        None => (Truth::No, why()),
        Some(Val { kind: Kind::Null, .. }) => (Truth::No, why()),
        Some(value) => match value.as_bool() {
            Some(it) => (it.into(), why()),
            None => (Truth::Unknown, value.why().unwrap_or_else(why)),
        },
    }
}

/// Adds a statement that the module writes.
fn add(policy: &mut Attr<Policy>, statement: &str, origin: &Origin) {
    let text = format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{statement}]}}");
    let mut own = policy::parse(&Val::string(text, origin.clone()));
    match (&mut policy.value, &mut own.value) {
        (Value::Known(policy), Value::Known(own)) => {
            for mut it in own.statements.drain(..) {
                it.index = policy.statements.len();
                policy.statements.push(it);
            }
        }
        (Value::Absent, Value::Known(it)) => {
            it.notes.clear();
            *policy = own;
        }
        // One of several, or not known: what is added only denies, and is left out of what is not decided anyway.
        _ => (),
    }
}

/// Says that there may be further statements.
fn open(policy: &mut Attr<Policy>, why: &Why, origin: &Origin) {
    if policy.is_absent() {
        *policy = policy::parse(&Val::string("{\"Version\": \"2012-10-17\", \"Statement\": []}", origin.clone()));
    }
    if let Value::Known(it) = &mut policy.value {
        it.rest.get_or_insert_with(|| why.clone());
        it.notes.clear();
    }
}
