//! How a finding can be mended by an edit: what a rule page may name, and what comes of it.

use serde::Deserialize;

use crate::source::Span;

/// Whether a fix may take away something that works and is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// It takes no access away that the code declares, and no deployment fails by it.
    Safe,
    /// It changes what works now: access that the code gives, or what other code relies on.
    Unsafe,
}

impl Safety {
    /// `safe`, `unsafe`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
        }
    }
}

/// What mends the findings of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// Block Public Access with all four settings on.
    PublicAccessBlock,
    /// The setting `block_public_acls` on.
    BlockPublicAcls,
    /// The setting `ignore_public_acls` on.
    IgnorePublicAcls,
    /// The setting `block_public_policy` on.
    BlockPublicPolicy,
    /// The setting `restrict_public_buckets` on.
    RestrictPublicBuckets,
    /// Versioning enabled.
    Versioning,
    /// Object Ownership `BucketOwnerEnforced`.
    OwnershipEnforced,
    /// Default encryption written down.
    DefaultEncryption,
    /// An S3 Bucket Key.
    BucketKey,
    /// `force_destroy` off.
    KeepObjects,
    /// A statement that denies plain HTTP.
    DenyPlainHttp,
    /// The statement taken out of the policy.
    RemoveStatement,
    /// The grant taken out of the ACL; a canned ACL becomes `private`.
    RemoveGrant,
}

impl Remedy {
    /// All, with their names in rule pages and what they do.
    pub const ALL: [(Self, &'static str, &'static str); 13] = [
        (Self::PublicAccessBlock, "public-access-block", "Block Public Access with all four settings on"),
        (Self::BlockPublicAcls, "block-public-acls", "the setting `block_public_acls` on"),
        (Self::IgnorePublicAcls, "ignore-public-acls", "the setting `ignore_public_acls` on"),
        (Self::BlockPublicPolicy, "block-public-policy", "the setting `block_public_policy` on"),
        (Self::RestrictPublicBuckets, "restrict-public-buckets", "the setting `restrict_public_buckets` on"),
        (Self::Versioning, "versioning", "versioning `Enabled`"),
        (Self::OwnershipEnforced, "ownership-enforced", "Object Ownership `BucketOwnerEnforced`"),
        (Self::DefaultEncryption, "default-encryption", "default encryption with `AES256`, which S3 uses anyhow"),
        (Self::BucketKey, "bucket-key", "an S3 Bucket Key"),
        (Self::KeepObjects, "keep-objects", "`force_destroy` off"),
        (Self::DenyPlainHttp, "deny-plain-http", "a statement that denies requests over plain HTTP"),
        (Self::RemoveStatement, "remove-statement", "the statement out of the policy"),
        (Self::RemoveGrant, "remove-grant", "the grant out of the ACL; a canned ACL becomes `private`"),
    ];

    /// The name in rule pages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|it| it.0 == self).map_or("", |it| it.1)
    }
}

/// The remedy that a rule page names, and the best that its author says of its safety.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mend {
    /// What mends it.
    pub r#do: Remedy,
    /// Unsafe always, or safe unless the code at hand speaks against it.
    pub safety: Safety,
}

/// A range of a file and the text that takes its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub at: Span,
    /// The new text.
    pub text: String,
}

/// A way to mend a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an order: `add a public access block`.
    pub title: String,
    /// Whether it may be done unasked.
    pub safety: Safety,
    /// Why it is unsafe, one clause.
    pub because: Option<String>,
    /// The edits, in order; none overlaps another.
    pub edits: Vec<Edit>,
}

/// What `--fix` did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixed {
    /// How many findings are gone.
    pub fixed: usize,
    /// How many are left that an unsafe fix might mend.
    pub with_unsafe: usize,
    /// The fixes that were not done, and why.
    pub refused: Vec<String>,
}
