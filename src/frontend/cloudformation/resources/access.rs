//! `AccessControl`, `OwnershipControls`, `PublicAccessBlockConfiguration`.

use crate::model::{Acl, ObjectOwnership, PublicAccessBlock};
use crate::value::{Attr, Value};

use super::super::read::Body;

/// The canned ACL, in the API's spelling.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl>
pub(super) fn acl(body: Body<'_>) -> Attr<Acl> {
    let canned = body.text("AccessControl").map(|it| api_spelling(&it));
    let origin = canned.origin.clone();
    let one = |value: Value<String>| {
        let canned = Attr { value, origin: origin.clone() };
        Acl { canned, grants: Vec::new(), grants_rest: None, is_put: false }
    };
    let value = match canned.value.clone() {
        Value::Known(it) => Value::Known(one(Value::Known(it))),
        Value::Absent => Value::Absent,
        Value::Unknown(why) => Value::Unknown(why),
        Value::OneOf(all, why) => {
            let all = all.into_iter().map(|it| match it {
                Value::Absent => Value::Absent,
                Value::Unknown(why) => Value::Unknown(why),
                it => Value::Known(one(it)),
            });
            Value::OneOf(all.collect(), why)
        }
    };
    Attr { value, origin: canned.origin }
}

fn api_spelling(canned: &str) -> String {
    match canned {
        "Private" => "private",
        "PublicRead" => "public-read",
        "PublicReadWrite" => "public-read-write",
        "AuthenticatedRead" => "authenticated-read",
        "LogDeliveryWrite" => "log-delivery-write",
        "BucketOwnerRead" => "bucket-owner-read",
        "BucketOwnerFullControl" => "bucket-owner-full-control",
        "AwsExecRead" => "aws-exec-read",
        other => other,
    }
    .to_owned()
}

/// Object Ownership: the first of the rules (S3 allows one).
pub(super) fn ownership(body: Body<'_>) -> Attr<ObjectOwnership> {
    let read = |rule: Body<'_>| {
        rule.field("ObjectOwnership", |val| match val.as_text().as_deref() {
            Some("BucketOwnerEnforced") => Value::Known(ObjectOwnership::BucketOwnerEnforced),
            Some("BucketOwnerPreferred") => Value::Known(ObjectOwnership::BucketOwnerPreferred),
            Some("ObjectWriter") => Value::Known(ObjectOwnership::ObjectWriter),
            Some(_) | None => rule.wrong(val, "BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter"),
        })
    };
    let outer = body.part("OwnershipControls", |controls| {
        let rules = controls.list("Rules", |val| controls.with_map(val, &|rule| read(rule).map(Some).value));
        match rules.value {
            Value::Known(it) => it.into_iter().next().flatten().map_or(Value::Absent, Value::Known),
            Value::Absent => Value::Absent,
            Value::Unknown(why) => Value::Unknown(why),
            Value::OneOf(all, why) => {
                let first = |it| match it {
                    Value::Known(rules) => Vec::into_iter(rules).next().flatten().map_or(Value::Absent, Value::Known),
                    Value::Unknown(why) => Value::Unknown(why),
                    _ => Value::Absent,
                };
                Value::OneOf(all.into_iter().map(first).collect(), why)
            }
        }
    });
    // Point at the setting itself, not at the wrapper.
    let inner = body.raw("OwnershipControls").and_then(|it| it.get("Rules")).and_then(|it| match &it.kind {
        crate::value::Kind::List(list) => list.items.first()?.get("ObjectOwnership").map(|it| it.origin.clone()),
        _ => None,
    });
    match inner {
        Some(origin) if !outer.is_absent() => Attr { value: outer.value, origin },
        _ => outer,
    }
}

/// Block Public Access of a bucket or access point.
pub(super) fn public_access_block(body: Body<'_>, key: &str) -> Attr<PublicAccessBlock> {
    body.part(key, |it| {
        Value::Known(PublicAccessBlock {
            block_public_acls: it.flag("BlockPublicAcls"),
            block_public_policy: it.flag("BlockPublicPolicy"),
            ignore_public_acls: it.flag("IgnorePublicAcls"),
            restrict_public_buckets: it.flag("RestrictPublicBuckets"),
        })
    })
}
