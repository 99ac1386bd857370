//! Buckets that are no general purpose buckets: S3 Tables, S3 Vectors, S3 on Outposts; and the policies of all kinds.

use crate::model::{Bucket, BucketKind, Companion, Encryption, EncryptionRule, Feature, Format};
use crate::value::{Attr, Guard, Origin, Seg, SymStr, Value};

use super::super::read::Body;
use super::{data, events, policy};

/// The kind of bucket that a resource type declares, and the property with its name.
fn declared(kind: &str) -> Option<(BucketKind, &'static str)> {
    Some(match kind {
        "AWS::S3Tables::TableBucket" => (BucketKind::Table, "TableBucketName"),
        "AWS::S3Vectors::VectorBucket" => (BucketKind::Vector, "VectorBucketName"),
        "AWS::S3Outposts::Bucket" => (BucketKind::Outposts, "BucketName"),
        _ => return None,
    })
}

/// A bucket of S3 Tables, S3 Vectors or S3 on Outposts.
pub(in super::super) fn other_bucket(kind: &str, address: &str, origin: &Origin, body: Body<'_>) -> Option<Bucket> {
    let (kind, name) = declared(kind)?;
    let mut out = Bucket::new(address.to_owned(), Format::CloudFormation, origin.clone());
    out.kind = kind;
    out.name = body.symbolic(name);
    out.tags = events::tags(body);
    out.lifecycle = data::lifecycle(body);
    // One rule, without a list around it.
    out.encryption = body.part("EncryptionConfiguration", |it| {
        let either = |a: &str, b: &str| if it.raw(a).is_some() { it.text(a) } else { it.text(b) };
        let key = if it.raw("KMSKeyArn").is_some() { it.symbolic("KMSKeyArn") } else { it.symbolic("KmsKeyArn") };
        let rule = EncryptionRule {
            origin: it.owner.clone(),
            algorithm: either("SSEAlgorithm", "SseType"),
            kms_key: key,
            bucket_key_enabled: Attr::absent(it.owner.clone()),
            blocked_types: Attr::absent(it.owner.clone()),
        };
        Value::Known(Encryption { rules: vec![rule] })
    });
    Some(out)
}

/// The policy of a bucket, whatever its kind: `scope` is the stack.
pub(in super::super) fn bucket_policy(
    kind: &str,
    address: String,
    scope: Option<String>,
    origin: Origin,
    exists: Guard,
    body: Body<'_>,
) -> Option<Companion> {
    let (kind, bucket, document) = match kind {
        "AWS::S3::BucketPolicy" | "AWS::S3Express::BucketPolicy" => (BucketKind::General, "Bucket", "PolicyDocument"),
        "AWS::S3Outposts::BucketPolicy" => (BucketKind::Outposts, "Bucket", "PolicyDocument"),
        "AWS::S3Tables::TableBucketPolicy" => (BucketKind::Table, "TableBucketARN", "ResourcePolicy"),
        "AWS::S3Tables::TablePolicy" => (BucketKind::Table, "TableARN", "ResourcePolicy"),
        "AWS::S3Vectors::VectorBucketPolicy" => {
            let key = if body.raw("VectorBucketArn").is_some() { "VectorBucketArn" } else { "VectorBucketName" };
            (BucketKind::Vector, key, "Policy")
        }
        _ => return None,
    };
    let mut bucket = body.symbolic(bucket);
    if kind != BucketKind::General {
        bucket = bucket.map(|it| of_arn(&it));
    }
    let feature = Feature::Policy(policy::document(body, document));
    let format = Format::CloudFormation;
    Some(Companion {
        address,
        kind,
        format,
        origin,
        exists,
        provider: String::new(),
        bucket,
        scope,
        feature,
        left: None,
    })
}

/// The name in `arn:…:bucket/name` and `arn:…:bucket/name/table/id`; another text as it is.
fn of_arn(arn: &SymStr) -> SymStr {
    const BEFORE: &str = "bucket/";
    let segs = arn.segs();
    let at = segs.iter().rposition(|it| matches!(it, Seg::Lit(lit) if lit.text.contains(BEFORE)));
    let Some((at, Seg::Lit(lit))) = at.and_then(|at| Some((at, segs.get(at)?))) else { return arn.clone() };
    let plain = |text: &str| Seg::Lit(crate::source::Piece { text: text.into(), at: None });
    let mut out = SymStr::default();
    let rest = lit.text.rsplit_once(BEFORE).map_or("", |it| it.1);
    for seg in std::iter::once(plain(rest)).chain(segs.iter().skip(at + 1).cloned()) {
        match &seg {
            Seg::Lit(lit) if lit.text.contains('/') => {
                out.push(plain(lit.text.split('/').next().unwrap_or_default()));
                break;
            }
            _ => out.push(seg),
        }
    }
    out
}
