//! The features of a bucket, in AWS's words. Shapes follow the S3 API; units are AWS's (days, bytes).

use crate::value::{Attr, Origin, SymStr};

use super::Written;

/// The four settings of Block Public Access. A setting that is not written is `false` in Terraform, CloudFormation and
/// the API once the configuration exists; `frontend` lowers it to `Absent`, and `exposure` applies the default.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
#[derive(Clone, Debug, PartialEq)]
pub struct PublicAccessBlock {
    /// Rejects new public ACLs.
    pub block_public_acls: Attr<bool>,
    /// Rejects new public policies.
    pub block_public_policy: Attr<bool>,
    /// Public ACLs have no effect.
    pub ignore_public_acls: Attr<bool>,
    /// A public policy gives access to the own account and AWS services only.
    pub restrict_public_buckets: Attr<bool>,
}

/// Object Ownership. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectOwnership {
    /// ACLs are off.
    BucketOwnerEnforced,
    /// ACLs are on; the owner gets objects written with the canned ACL `bucket-owner-full-control`.
    BucketOwnerPreferred,
    /// ACLs are on; the writer owns.
    ObjectWriter,
}

/// An access control list: a canned ACL, or grants. The frontend expands nothing; `exposure` knows what canned ACLs mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Acl {
    /// The canned ACL in the API's spelling: `private`, `public-read`, `log-delivery-write` …
    /// (CloudFormation's `PublicRead` is lowered to `public-read`; an unknown spelling is kept as written).
    pub canned: Attr<String>,
    /// Explicit grants.
    pub grants: Vec<AclGrant>,
    /// Why there may be further grants that are not known.
    pub grants_rest: Option<crate::value::Why>,
    /// Whether a request of its own sets it (`aws_s3_bucket_acl`): with ACLs off, S3 refuses that whatever the ACL is. One that a bucket
    /// is created with is refused only where it gives access to others.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html>
    pub is_put: bool,
}

/// One grant of an ACL.
#[derive(Clone, Debug, PartialEq)]
pub struct AclGrant {
    /// Its place.
    pub origin: Origin,
    /// To whom.
    pub grantee: Attr<Grantee>,
    /// What.
    pub permission: Attr<AclPermission>,
}

/// Whom a grant names.
#[derive(Clone, Debug, PartialEq)]
pub enum Grantee {
    /// `http://acs.amazonaws.com/groups/global/AllUsers`.
    AllUsers,
    /// `http://acs.amazonaws.com/groups/global/AuthenticatedUsers`: every AWS account there is.
    AuthenticatedUsers,
    /// `http://acs.amazonaws.com/groups/s3/LogDelivery`.
    LogDelivery,
    /// A canonical user id. `own` tells whether it is known to be the own account's (data source, owner element).
    CanonicalUser {
        /// The id.
        id: SymStr,
        /// Known to be the own account.
        own: bool,
    },
    /// An e-mail address of an account.
    Email(SymStr),
    /// Another group URI.
    Group(String),
}

/// The permissions of ACLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the S3 API's")]
pub enum AclPermission {
    Read,
    Write,
    ReadAcp,
    WriteAcp,
    FullControl,
}

/// Versioning.
#[derive(Clone, Debug, PartialEq)]
pub struct Versioning {
    /// `Enabled`, `Suspended`, `Disabled`.
    pub status: Attr<String>,
    /// `Enabled`, `Disabled`.
    pub mfa_delete: Attr<String>,
}

/// Default encryption.
#[derive(Clone, Debug, PartialEq)]
pub struct Encryption {
    /// The rules (S3 allows one).
    pub rules: Vec<EncryptionRule>,
}

/// One rule of default encryption.
#[derive(Clone, Debug, PartialEq)]
pub struct EncryptionRule {
    /// Its place.
    pub origin: Origin,
    /// `AES256`, `aws:kms`, `aws:kms:dsse`.
    pub algorithm: Attr<String>,
    /// Key id, ARN or alias. Absent with `aws:kms` means the AWS managed key `aws/s3`.
    pub kms_key: Attr<SymStr>,
    /// S3 Bucket Key.
    pub bucket_key_enabled: Attr<bool>,
    /// Blocked encryption types (`SSE-C`, `NONE`).
    pub blocked_types: Attr<Vec<String>>,
}

/// Server access logging.
#[derive(Clone, Debug, PartialEq)]
pub struct Logging {
    /// Name of the target bucket (its hole's symbol where it is a bucket of this estate).
    /// Absent: the bucket itself (CloudFormation).
    pub target_bucket: Attr<SymStr>,
    /// Key prefix.
    pub target_prefix: Attr<SymStr>,
    /// `TargetObjectKeyFormat` and `TargetGrants`, as the API has them.
    pub written: Written,
}

/// Object Lock.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectLock {
    /// Whether it is on.
    pub enabled: Attr<bool>,
    /// The default retention.
    pub retention: Attr<DefaultRetention>,
}

/// Default retention of Object Lock.
#[derive(Clone, Debug, PartialEq)]
pub struct DefaultRetention {
    /// `GOVERNANCE` or `COMPLIANCE`.
    pub mode: Attr<String>,
    /// Days; years are lowered to `years`.
    pub days: Attr<f64>,
    /// Years.
    pub years: Attr<f64>,
}

/// Lifecycle configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Lifecycle {
    /// The rules.
    pub rules: Vec<LifecycleRule>,
    /// From which size on objects change their storage class where no rule says it.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html>
    pub minimum_object_size: Attr<String>,
}

/// One lifecycle rule.
#[derive(Clone, Debug, PartialEq)]
pub struct LifecycleRule {
    /// Its place.
    pub origin: Origin,
    /// Its id.
    pub id: Attr<String>,
    /// Whether it is `Enabled`.
    pub enabled: Attr<bool>,
    /// Whether it covers the whole bucket (no prefix, tag or size filter).
    pub whole_bucket: Attr<bool>,
    /// Days until current versions expire.
    pub expiration_days: Attr<f64>,
    /// Days until noncurrent versions expire.
    pub noncurrent_expiration_days: Attr<f64>,
    /// So many noncurrent versions are kept whatever their age.
    pub kept_noncurrent_versions: Attr<f64>,
    /// Days until incomplete multipart uploads are aborted.
    pub abort_multipart_days: Attr<f64>,
    /// Number of transitions to other storage classes.
    pub transitions: usize,
    /// The whole, in the API's words.
    pub written: Written,
}

/// Replication configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Replication {
    /// The role's ARN.
    pub role: Attr<SymStr>,
    /// The rules.
    pub rules: Vec<ReplicationRule>,
}

/// One replication rule.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicationRule {
    /// Its place.
    pub origin: Origin,
    /// Its id.
    pub id: Attr<String>,
    /// Whether it is `Enabled`.
    pub enabled: Attr<bool>,
    /// ARN of the destination bucket.
    pub destination: Attr<SymStr>,
    /// Account id of the destination.
    pub account: Attr<String>,
    /// KMS key for replicas.
    pub replica_kms_key: Attr<SymStr>,
    /// The whole, in the API's words.
    pub written: Written,
}

/// One CORS rule.
#[derive(Clone, Debug, PartialEq)]
pub struct CorsRule {
    /// Its place.
    pub origin: Origin,
    /// Origins, `*` included.
    pub allowed_origins: Attr<Vec<String>>,
    /// Methods.
    pub allowed_methods: Attr<Vec<String>>,
    /// Headers.
    pub allowed_headers: Attr<Vec<String>>,
    /// The whole, in the API's words.
    pub written: Written,
}

/// Static website hosting.
#[derive(Clone, Debug, PartialEq)]
pub struct Website {
    /// Whether every request is redirected to another host (then nothing is served from the bucket).
    pub redirects_all: Attr<bool>,
    /// The whole, in the API's words.
    pub written: Written,
}

/// Event notifications.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// How many destinations are configured.
    pub destinations: usize,
    /// Whether events go to EventBridge.
    pub event_bridge: Attr<bool>,
    /// The whole, in the API's words.
    pub written: Written,
}

/// One tag.
#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    /// The key.
    pub key: String,
    /// The value.
    pub value: Attr<String>,
}

impl AclPermission {
    /// The S3 API's spelling: `READ`, `WRITE_ACP`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Write => "WRITE",
            Self::ReadAcp => "READ_ACP",
            Self::WriteAcp => "WRITE_ACP",
            Self::FullControl => "FULL_CONTROL",
        }
    }

    /// From the S3 API's spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Read, Self::Write, Self::ReadAcp, Self::WriteAcp, Self::FullControl]
            .into_iter()
            .find(|it| it.as_str() == text)
    }
}

impl ObjectOwnership {
    /// The S3 API's spelling.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BucketOwnerEnforced => "BucketOwnerEnforced",
            Self::BucketOwnerPreferred => "BucketOwnerPreferred",
            Self::ObjectWriter => "ObjectWriter",
        }
    }

    /// From the S3 API's spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::BucketOwnerEnforced, Self::BucketOwnerPreferred, Self::ObjectWriter]
            .into_iter()
            .find(|it| it.as_str() == text)
    }
}

impl Grantee {
    /// From a group URI.
    #[must_use]
    pub fn from_uri(uri: &str) -> Self {
        match uri {
            "http://acs.amazonaws.com/groups/global/AllUsers" => Self::AllUsers,
            "http://acs.amazonaws.com/groups/global/AuthenticatedUsers" => Self::AuthenticatedUsers,
            "http://acs.amazonaws.com/groups/s3/LogDelivery" => Self::LogDelivery,
            other => Self::Group(other.to_owned()),
        }
    }
}
