//! A block that says something about a bucket that another block declares.

use crate::policy::Policy;
use crate::value::{Attr, Guard, Origin, SymStr, Why};

use super::{
    Acl, BucketKind, CorsRule, Encryption, Format, Left, Lifecycle, Logging, Notification, ObjectLock, ObjectOwnership,
    PublicAccessBlock, Replication, Versioning, Website,
};

/// What a companion says. `Attr` carries a wholly unknown content.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the names are the model's")]
pub enum Feature {
    Acl(Attr<Acl>),
    Ownership(Attr<ObjectOwnership>),
    PublicAccessBlock(Attr<PublicAccessBlock>),
    Policy(Attr<Policy>),
    Versioning(Attr<Versioning>),
    Encryption(Attr<Encryption>),
    Logging(Attr<Logging>),
    ObjectLock(Attr<ObjectLock>),
    Lifecycle(Attr<Lifecycle>),
    Replication(Attr<Replication>),
    Cors(Attr<Vec<CorsRule>>),
    Website(Attr<Website>),
    Notification(Attr<Notification>),
    Acceleration(Attr<String>),
}

impl Feature {
    /// The same feature, of which nothing is known.
    #[must_use]
    pub fn widened(&self, why: &Why) -> Self {
        match self {
            Self::Acl(it) => Self::Acl(Attr::unknown(why.clone(), it.origin.clone())),
            Self::Ownership(it) => Self::Ownership(Attr::unknown(why.clone(), it.origin.clone())),
            Self::PublicAccessBlock(it) => Self::PublicAccessBlock(Attr::unknown(why.clone(), it.origin.clone())),
            Self::Policy(it) => Self::Policy(Attr::unknown(why.clone(), it.origin.clone())),
            Self::Versioning(it) => Self::Versioning(Attr::unknown(why.clone(), it.origin.clone())),
            Self::Encryption(it) => Self::Encryption(Attr::unknown(why.clone(), it.origin.clone())),
            Self::Logging(it) => Self::Logging(Attr::unknown(why.clone(), it.origin.clone())),
            Self::ObjectLock(it) => Self::ObjectLock(Attr::unknown(why.clone(), it.origin.clone())),
            Self::Lifecycle(it) => Self::Lifecycle(Attr::unknown(why.clone(), it.origin.clone())),
            Self::Replication(it) => Self::Replication(Attr::unknown(why.clone(), it.origin.clone())),
            Self::Cors(it) => Self::Cors(Attr::unknown(why.clone(), it.origin.clone())),
            Self::Website(it) => Self::Website(Attr::unknown(why.clone(), it.origin.clone())),
            Self::Notification(it) => Self::Notification(Attr::unknown(why.clone(), it.origin.clone())),
            Self::Acceleration(it) => Self::Acceleration(Attr::unknown(why.clone(), it.origin.clone())),
        }
    }

    /// The name of the model's field: `public_access_block`, `policy` …
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Acl(_) => "acl",
            Self::Ownership(_) => "ownership",
            Self::PublicAccessBlock(_) => "public_access_block",
            Self::Policy(_) => "policy",
            Self::Versioning(_) => "versioning",
            Self::Encryption(_) => "encryption",
            Self::Logging(_) => "logging",
            Self::ObjectLock(_) => "object_lock",
            Self::Lifecycle(_) => "lifecycle",
            Self::Replication(_) => "replication",
            Self::Cors(_) => "cors",
            Self::Website(_) => "website",
            Self::Notification(_) => "notification",
            Self::Acceleration(_) => "acceleration",
        }
    }
}

/// A companion block before it is linked.
#[derive(Clone, Debug, PartialEq)]
pub struct Companion {
    /// Instance address.
    pub address: String,
    /// The language it was written in.
    pub format: Format,
    /// The block.
    pub origin: Origin,
    /// When it exists.
    pub exists: Guard,
    /// Provider configuration.
    pub provider: String,
    /// The bucket it names: a hole whose symbol is `(bucket address, "id")`, or text.
    pub bucket: Attr<SymStr>,
    /// Address of the module instance (or stack) it stands in: where a bucket may be whose name is not known. `None` where it
    /// may be any bucket of the estate.
    pub scope: Option<String>,
    /// The kind of bucket that it is about.
    pub kind: BucketKind,
    /// What it says.
    pub feature: Feature,
    /// What of that the tool leaves as it is.
    pub left: Option<Left>,
}
