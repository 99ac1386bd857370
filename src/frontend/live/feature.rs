//! The features of a live bucket: which command reads each, what it answers where the feature was never set.
//!
//! Names of commands, output members and error codes are those of `aws s3api`:
//! <https://docs.aws.amazon.com/cli/latest/reference/s3api/>, <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.

/// A feature of a bucket and how it is read.
#[derive(Debug, PartialEq, Eq)]
pub struct FeatureSpec {
    /// Its name in a snapshot.
    pub name: &'static str,
    /// `aws s3api COMMAND`.
    pub command: &'static str,
    /// The IAM action that the call needs.
    pub action: &'static str,
    /// The member of the answer without which it says nothing.
    pub member: &'static str,
    /// Error codes that say that the feature was never set.
    pub absent: &'static [&'static str],
    /// Whether an empty answer with exit code 0 says that it was never set.
    pub empty_is_absent: bool,
}

const fn spec(
    name: &'static str,
    command: &'static str,
    action: &'static str,
    member: &'static str,
    absent: &'static [&'static str],
    empty_is_absent: bool,
) -> FeatureSpec {
    FeatureSpec { name, command, action, member, absent, empty_is_absent }
}

/// Every feature that a snapshot has, in the order in which it is read: what opens a bucket first.
pub const FEATURES: [FeatureSpec; 17] = [
    spec(
        "public_access_block",
        "get-public-access-block",
        "s3:GetBucketPublicAccessBlock",
        "PublicAccessBlockConfiguration",
        &["NoSuchPublicAccessBlockConfiguration"],
        false,
    ),
    spec("policy", "get-bucket-policy", "s3:GetBucketPolicy", "Policy", &["NoSuchBucketPolicy"], false),
    spec(
        "policy_status",
        "get-bucket-policy-status",
        "s3:GetBucketPolicyStatus",
        "PolicyStatus",
        &["NoSuchBucketPolicy"],
        false,
    ),
    spec("acl", "get-bucket-acl", "s3:GetBucketAcl", "Grants", &[], false),
    spec(
        "ownership",
        "get-bucket-ownership-controls",
        "s3:GetBucketOwnershipControls",
        "OwnershipControls",
        &["OwnershipControlsNotFoundError"],
        false,
    ),
    spec("versioning", "get-bucket-versioning", "s3:GetBucketVersioning", "", &[], true),
    spec(
        "encryption",
        "get-bucket-encryption",
        "s3:GetEncryptionConfiguration",
        "ServerSideEncryptionConfiguration",
        &["ServerSideEncryptionConfigurationNotFoundError"],
        false,
    ),
    spec("logging", "get-bucket-logging", "s3:GetBucketLogging", "", &[], true),
    spec(
        "object_lock",
        "get-object-lock-configuration",
        "s3:GetBucketObjectLockConfiguration",
        "ObjectLockConfiguration",
        &["ObjectLockConfigurationNotFoundError"],
        false,
    ),
    spec(
        "lifecycle",
        "get-bucket-lifecycle-configuration",
        "s3:GetLifecycleConfiguration",
        "Rules",
        &["NoSuchLifecycleConfiguration"],
        false,
    ),
    spec(
        "replication",
        "get-bucket-replication",
        "s3:GetReplicationConfiguration",
        "ReplicationConfiguration",
        &["ReplicationConfigurationNotFoundError"],
        false,
    ),
    spec("cors", "get-bucket-cors", "s3:GetBucketCORS", "CORSRules", &["NoSuchCORSConfiguration"], false),
    spec("website", "get-bucket-website", "s3:GetBucketWebsite", "", &["NoSuchWebsiteConfiguration"], false),
    spec("notification", "get-bucket-notification-configuration", "s3:GetBucketNotification", "", &[], true),
    spec("tags", "get-bucket-tagging", "s3:GetBucketTagging", "TagSet", &["NoSuchTagSet"], false),
    spec("acceleration", "get-bucket-accelerate-configuration", "s3:GetAccelerateConfiguration", "", &[], true),
    spec("request_payment", "get-bucket-request-payment", "s3:GetBucketRequestPayment", "", &[], true),
];

/// Account-wide Block Public Access, by `aws s3control`.
/// <https://docs.aws.amazon.com/cli/latest/reference/s3control/get-public-access-block.html>
pub const ACCOUNT_BLOCK: FeatureSpec = spec(
    "public_access_block",
    "get-public-access-block",
    "s3:GetAccountPublicAccessBlock",
    "PublicAccessBlockConfiguration",
    &["NoSuchPublicAccessBlockConfiguration"],
    false,
);

/// The policy of an access point, by `aws s3control`.
pub const POINT_POLICY: FeatureSpec =
    spec("policy", "get-access-point-policy", "s3:GetAccessPointPolicy", "Policy", &["NoSuchAccessPointPolicy"], false);

/// An access point itself, by `aws s3control`.
pub const POINT: FeatureSpec = spec("point", "get-access-point", "s3:GetAccessPoint", "Name", &[], false);

/// The access points of a bucket, by `aws s3control`: where there are none, the CLI may print nothing.
pub const LIST: FeatureSpec =
    spec("access_points", "list-access-points", "s3:ListAccessPoints", "AccessPointList", &[], true);

/// The feature of a name.
#[must_use]
pub fn feature(name: &str) -> Option<&'static FeatureSpec> {
    FEATURES.iter().find(|it| it.name == name)
}
