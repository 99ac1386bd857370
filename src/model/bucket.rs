//! A bucket: all that was said about it, in one place.

use std::collections::BTreeMap;

use crate::policy::{BucketId, Policy};
use crate::value::{Attr, Cause, Guard, Origin, SymStr, Why};

use super::{
    Acl, CorsRule, Encryption, Left, Lifecycle, Logging, Notification, ObjectLock, ObjectOwnership, PublicAccessBlock,
    Replication, Tag, Versioning, Website,
};

/// The language a bucket was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Format {
    Terraform,
    CloudFormation,
    Policy,
    Snapshot,
}

impl Format {
    /// `terraform`, `cloudformation`, `policy`, `snapshot`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::CloudFormation => "cloudformation",
            Self::Policy => "policy",
            Self::Snapshot => "snapshot",
        }
    }
}

/// What kind of bucket. Rules about general purpose buckets do not run on the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BucketKind {
    /// An ordinary bucket.
    General,
    /// An S3 Express directory bucket.
    Directory,
    /// A table bucket of S3 Tables.
    Table,
    /// A vector bucket of S3 Vectors.
    Vector,
    /// A bucket of S3 on Outposts.
    Outposts,
    /// A bucket that is declared elsewhere and known only through what is here: a bare policy file, a policy or another
    /// companion of a bucket that this code does not declare. Everything else about it is unknown.
    PolicyOnly,
}

impl BucketKind {
    /// The name in the model and in rules.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Directory => "directory",
            Self::Table => "table",
            Self::Vector => "vector",
            Self::Outposts => "outposts",
            Self::PolicyOnly => "policy-only",
        }
    }

    /// Whether S3 keeps Block Public Access on for all buckets of the kind, so that no policy can make one public.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-security-best-practices.html>,
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-setting-up.html>,
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-access-management.html>,
    /// <https://docs.aws.amazon.com/AmazonS3/latest/s3-outposts/S3onOutposts.html>
    #[must_use]
    pub fn is_always_blocked(self) -> bool {
        matches!(self, Self::Directory | Self::Table | Self::Vector | Self::Outposts)
    }

    /// Whether its policies speak of the actions of `s3:`. Those of the other services are not judged one by one.
    #[must_use]
    pub fn takes_s3_actions(self) -> bool {
        matches!(self, Self::General | Self::PolicyOnly)
    }

    /// Whether the rules are about it. S3 Tables, S3 Vectors and S3 on Outposts have no ACLs, no settings of Block Public Access,
    /// no logging of their own and no versions: what the rules ask for cannot be set there.
    #[must_use]
    pub fn is_ruled(self) -> bool {
        matches!(self, Self::General | Self::Directory | Self::PolicyOnly)
    }

    /// Whether a companion about one kind may be about the other: the split resources of general purpose buckets serve
    /// directory buckets too.
    #[must_use]
    pub fn accepts(self, companion: Self) -> bool {
        self == companion || (companion == Self::General && matches!(self, Self::Directory | Self::PolicyOnly))
    }
}

/// A bucket of the estate.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// Instance address: `module.lake.aws_s3_bucket.this[0]`, a CloudFormation logical id, a file name for bare policies.
    pub address: String,
    /// The root module or template it belongs to: addresses are unique within one.
    pub namespace: String,
    /// The language it was written in.
    pub format: Format,
    /// What kind of bucket.
    pub kind: BucketKind,
    /// The block: points at its header (`resource "aws_s3_bucket" "x"`, the logical id).
    pub origin: Origin,
    /// When it exists.
    pub exists: Guard,
    /// Provider configuration: buckets with equal names under different providers are different buckets.
    pub provider: String,
    /// Fields that another provider configuration sets, each with that (set by `link`).
    pub put_by: BTreeMap<&'static str, String>,
    /// Fields that the tool leaves as they are once it has made them.
    pub left: BTreeMap<&'static str, Left>,
    /// The account that the bucket is in, where the code says it (the provider configuration).
    pub account: Option<String>,
    /// The partition of AWS that it is in, where the source says its region.
    pub partition: Option<String>,
    /// The bucket's name; absent where AWS or the tool generates it.
    pub name: Attr<SymStr>,
    /// The ACL.
    pub acl: Attr<Acl>,
    /// Object Ownership.
    pub ownership: Attr<ObjectOwnership>,
    /// Block Public Access.
    pub public_access_block: Attr<PublicAccessBlock>,
    /// The bucket policy.
    pub policy: Attr<Policy>,
    /// Versioning.
    pub versioning: Attr<Versioning>,
    /// Default encryption.
    pub encryption: Attr<Encryption>,
    /// Server access logging.
    pub logging: Attr<Logging>,
    /// Object Lock.
    pub object_lock: Attr<ObjectLock>,
    /// Lifecycle.
    pub lifecycle: Attr<Lifecycle>,
    /// Replication.
    pub replication: Attr<Replication>,
    /// CORS rules.
    pub cors: Attr<Vec<CorsRule>>,
    /// Website hosting.
    pub website: Attr<Website>,
    /// Notifications.
    pub notification: Attr<Notification>,
    /// Tags.
    pub tags: Attr<Vec<Tag>>,
    /// Terraform's `force_destroy`; CloudFormation has none.
    pub force_destroy: Attr<bool>,
    /// Transfer Acceleration: `Enabled`, `Suspended`.
    pub acceleration: Attr<String>,
    /// CloudFormation's `DeletionPolicy`.
    pub deletion_policy: Attr<String>,
    /// Whether this bucket receives logs of another bucket or trail of this estate (set by `link`).
    pub is_log_target: bool,
    /// Whether a trail of this estate writes to it (set by `link`).
    pub is_trail_target: bool,
    /// Whether a CloudFront distribution of this estate writes its standard logs to it, which takes an ACL (set by `link`).
    pub is_cdn_log_target: bool,
    /// Whether a selection of AWS Backup of this estate names it (set by the frontends).
    pub is_backed_up: bool,
    /// Whether another bucket of this estate is replicated into it (set by `link`).
    pub is_replica: bool,
    /// Address of the bucket that receives its access logs, where it is in the estate (set by `link`).
    pub log_target: Option<String>,
    /// Whether its block is source text. In plans and states the provider repeats inline what companions say.
    pub is_source: bool,
    /// Pairs of blocks that set the same feature of it (set by `link`).
    pub duplicates: Vec<Duplicate>,
}

/// Two blocks that set the same feature of one bucket: the one that is applied last wins.
#[derive(Clone, Debug, PartialEq)]
pub struct Duplicate {
    /// The model's field: `policy`, `versioning` …
    pub field: &'static str,
    /// Address of the first: the bucket's own where the bucket's block says it inline.
    pub first: String,
    /// Its place.
    pub first_origin: Origin,
    /// Whether the first is the bucket's own block.
    pub inline: bool,
    /// Address of the second.
    pub second: String,
    /// Its place.
    pub second_origin: Origin,
    /// Set where it is not certain that both exist at once.
    pub perhaps: Option<Why>,
}

impl Bucket {
    /// A bucket about which nothing but its block is said: every feature is absent.
    #[must_use]
    pub fn new(address: impl Into<String>, format: Format, origin: Origin) -> Self {
        Self {
            address: address.into(),
            namespace: String::new(),
            format,
            kind: BucketKind::General,
            exists: Guard::always(),
            provider: String::new(),
            put_by: BTreeMap::new(),
            left: BTreeMap::new(),
            account: None,
            partition: None,
            name: Attr::absent(origin.clone()),
            acl: Attr::absent(origin.clone()),
            ownership: Attr::absent(origin.clone()),
            public_access_block: Attr::absent(origin.clone()),
            policy: Attr::absent(origin.clone()),
            versioning: Attr::absent(origin.clone()),
            encryption: Attr::absent(origin.clone()),
            logging: Attr::absent(origin.clone()),
            object_lock: Attr::absent(origin.clone()),
            lifecycle: Attr::absent(origin.clone()),
            replication: Attr::absent(origin.clone()),
            cors: Attr::absent(origin.clone()),
            website: Attr::absent(origin.clone()),
            notification: Attr::absent(origin.clone()),
            tags: Attr::absent(origin.clone()),
            force_destroy: Attr::absent(origin.clone()),
            acceleration: Attr::absent(origin.clone()),
            deletion_policy: Attr::absent(origin.clone()),
            is_log_target: false,
            is_trail_target: false,
            is_cdn_log_target: false,
            is_backed_up: false,
            is_replica: false,
            log_target: None,
            is_source: true,
            duplicates: Vec::new(),
            origin,
        }
    }

    /// A bucket that is declared elsewhere and known only through what is attached to it here. Its features are unknown;
    /// Block Public Access and ownership are absent: a setting that no code mentions closes nothing (see `exposure`).
    #[must_use]
    pub fn elsewhere(address: impl Into<String>, format: Format, origin: Origin) -> Self {
        fn missing<T>(what: &str, origin: &Origin) -> Attr<T> {
            Attr::unknown(Why::new(Cause::NotInInput, what, origin.span), origin.clone())
        }
        Self {
            kind: BucketKind::PolicyOnly,
            name: missing("the bucket's name", &origin),
            acl: missing("the ACL", &origin),
            policy: missing("the policy", &origin),
            versioning: missing("versioning", &origin),
            encryption: missing("default encryption", &origin),
            logging: missing("access logging", &origin),
            object_lock: missing("Object Lock", &origin),
            lifecycle: missing("lifecycle", &origin),
            replication: missing("replication", &origin),
            cors: missing("CORS", &origin),
            website: missing("website hosting", &origin),
            notification: missing("notifications", &origin),
            tags: missing("tags", &origin),
            force_destroy: missing("force_destroy", &origin),
            acceleration: missing("acceleration", &origin),
            deletion_policy: missing("DeletionPolicy", &origin),
            ..Self::new(address, format, origin)
        }
    }

    /// The identity by which policies name this bucket.
    #[must_use]
    pub fn id(&self) -> BucketId {
        BucketId { entity: Some(self.address.as_str().into()), name: self.name.as_known().cloned() }
    }
}

/// The partition of a region. <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
#[must_use]
pub fn partition_of(region: &str) -> &'static str {
    let known = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("us-iso-", "aws-iso"),
        ("eu-isoe-", "aws-iso-e"),
        ("eusc-", "aws-eusc"),
    ];
    known.iter().find(|it| region.starts_with(it.0)).map_or("aws", |it| it.1)
}
