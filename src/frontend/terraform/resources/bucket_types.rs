//! Bucket resource types: which kind of bucket each declares, what its attributes are, and buckets that are no general purpose
//! buckets (S3 Tables, S3 Vectors, S3 on Outposts) with their policy resources.

use crate::model::{Bucket, BucketKind, Encryption, EncryptionRule, Feature, Format};
use crate::value::{Attr, Seg, SymStr, Val};

use super::node::{Node, typed};
use super::{Resource, features};

/// The kind of bucket that a resource type declares, and the argument that has its name.
pub(in crate::frontend::terraform) fn declared(kind: &str) -> Option<(BucketKind, &'static str)> {
    Some(match kind {
        "aws_s3tables_table_bucket" => (BucketKind::Table, "name"),
        "awscc_s3tables_table_bucket" => (BucketKind::Table, "table_bucket_name"),
        "aws_s3vectors_vector_bucket" | "awscc_s3vectors_vector_bucket" => (BucketKind::Vector, "vector_bucket_name"),
        "aws_s3control_bucket" => (BucketKind::Outposts, "bucket"),
        _ => return None,
    })
}

/// The argument that has the name of the bucket which a resource type declares; `None` where it declares none.
pub(in crate::frontend::terraform) fn name_argument(kind: &str) -> Option<&'static str> {
    match kind {
        "aws_s3_bucket" | "aws_s3_directory_bucket" => Some("bucket"),
        "awscc_s3_bucket" | "awscc_s3express_directory_bucket" => Some("bucket_name"),
        _ => declared(kind).map(|it| it.1),
    }
}

/// An attribute of a bucket that follows from its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::frontend::terraform) enum BucketAttribute {
    Name,
    DomainName,
    RegionalDomainName,
    /// The ARN, with the service that is in it.
    Arn(&'static str),
}

/// What an attribute of a bucket resource is; `None` where it does not follow from the name.
pub(in crate::frontend::terraform) fn attribute(kind: &str, name: &str) -> Option<BucketAttribute> {
    Some(match (kind, name) {
        ("aws_s3_bucket" | "aws_s3_directory_bucket", "id" | "bucket")
        | ("awscc_s3_bucket" | "awscc_s3express_directory_bucket", "id" | "bucket_name")
        | ("aws_s3tables_table_bucket", "name")
        | ("awscc_s3tables_table_bucket", "table_bucket_name")
        | ("aws_s3vectors_vector_bucket" | "awscc_s3vectors_vector_bucket", "vector_bucket_name")
        | ("aws_s3control_bucket", "bucket") => BucketAttribute::Name,
        ("aws_s3_bucket", "bucket_domain_name") | ("awscc_s3_bucket", "domain_name") => BucketAttribute::DomainName,
        ("aws_s3_bucket", "bucket_regional_domain_name") => BucketAttribute::RegionalDomainName,
        ("aws_s3_bucket" | "awscc_s3_bucket", "arn") => BucketAttribute::Arn("s3"),
        ("aws_s3_directory_bucket" | "awscc_s3express_directory_bucket", "arn") => BucketAttribute::Arn("s3express"),
        ("aws_s3tables_table_bucket", "arn") | ("awscc_s3tables_table_bucket", "table_bucket_arn") => {
            BucketAttribute::Arn("s3tables")
        }
        ("aws_s3vectors_vector_bucket" | "awscc_s3vectors_vector_bucket", "vector_bucket_arn") => {
            BucketAttribute::Arn("s3vectors")
        }
        ("aws_s3control_bucket", "arn" | "id") => BucketAttribute::Arn("s3-outposts"),
        _ => return None,
    })
}

/// Where a bucket of another service than `s3` is: part of its ARN.
pub(in crate::frontend::terraform) struct Place {
    pub region: SymStr,
    pub account: SymStr,
    pub outpost: Option<SymStr>,
}

/// The ARN of a bucket.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-resources-for-iam-policies>
pub(in crate::frontend::terraform) fn arn(service: &str, partition: &SymStr, place: &Place, own: &SymStr) -> SymStr {
    let mut out = SymStr::text("arn:");
    out.push_str(partition);
    if service == "s3" {
        out.push_str(&SymStr::text(":s3:::"));
    } else {
        out.push_str(&SymStr::text(format!(":{service}:")));
        out.push_str(&place.region);
        out.push_str(&SymStr::text(":"));
        out.push_str(&place.account);
        out.push_str(&SymStr::text(":"));
        if let Some(id) = &place.outpost {
            out.push_str(&SymStr::text("outpost/"));
            out.push_str(id);
            out.push_str(&SymStr::text("/"));
        }
        out.push_str(&SymStr::text("bucket/"));
    }
    out.push_str(own);
    out
}

pub(super) fn lower(resource: &Resource, kind: BucketKind, name: &str) -> Bucket {
    let node = &resource.node;
    let mut bucket = Bucket::new(resource.address.clone(), Format::Terraform, resource.origin.clone());
    bucket.kind = kind;
    bucket.exists = resource.exists.clone();
    bucket.provider = resource.provider.clone();
    bucket.name = node.symbolic(name);
    bucket.force_destroy = node.bool("force_destroy");
    bucket.tags = features::tags(node, &resource.origin);
    // One rule, without a list around it.
    bucket.encryption = features::block_attr(node, "encryption_configuration", &|it| Encryption {
        rules: vec![EncryptionRule {
            origin: it.origin(),
            algorithm: either(it.text("sse_algorithm"), || it.text("sse_type")),
            kms_key: it.symbolic("kms_key_arn"),
            bucket_key_enabled: Attr::absent(it.origin()),
            blocked_types: Attr::absent(it.origin()),
        }],
    });
    bucket
}

fn either<T>(first: Attr<T>, second: impl Fn() -> Attr<T>) -> Attr<T> {
    if first.is_absent() { second() } else { first }
}

/// What a companion of such a bucket says: of which kind, about which bucket, and what.
pub(super) fn companion(resource: &Resource) -> Option<(BucketKind, Attr<SymStr>, Feature)> {
    let node = &resource.node;
    let (kind, target, feature) = match resource.kind.as_str() {
        "aws_s3tables_table_bucket_policy" | "aws_s3tables_table_policy" | "awscc_s3tables_table_bucket_policy" => {
            (BucketKind::Table, "table_bucket_arn", policy(node, "resource_policy"))
        }
        "aws_s3vectors_vector_bucket_policy" | "awscc_s3vectors_vector_bucket_policy" => {
            (BucketKind::Vector, "vector_bucket_arn", policy(node, "policy"))
        }
        "aws_s3control_bucket_policy" => (BucketKind::Outposts, "bucket", policy(node, "policy")),
        "aws_s3control_bucket_lifecycle_configuration" => {
            let rules = features::rules_attr(node, "rule", features::lifecycle);
            (BucketKind::Outposts, "bucket", Feature::Lifecycle(rules))
        }
        _ => return None,
    };
    let bucket = typed(node.get(target), &node.origin(), &|it: &Val| it.as_symstr().map(|it| of_arn(&it)));
    Some((kind, bucket, feature))
}

fn policy(node: &Node, name: &str) -> Feature {
    Feature::Policy(features::policy(node, name, &node.origin()))
}

/// The name in `arn:…:bucket/name`; another text as it is.
fn of_arn(arn: &SymStr) -> SymStr {
    const BEFORE: &str = "bucket/";
    let segs = arn.segs();
    let at = segs.iter().rposition(|it| matches!(it, Seg::Lit(lit) if lit.text.contains(BEFORE)));
    let Some((at, Seg::Lit(lit))) = at.and_then(|at| Some((at, segs.get(at)?))) else { return arn.clone() };
    let rest = lit.text.rsplit_once(BEFORE).map_or("", |it| it.1);
    let head = crate::source::Piece { text: rest.into(), at: None };
    std::iter::once(Seg::Lit(head)).chain(segs.iter().skip(at + 1).cloned()).collect()
}
