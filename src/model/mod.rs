//! Floor 4: one vocabulary for buckets, whatever language they were written in. Every field is three-valued and located.

mod access_point;
pub mod archive;
pub mod beside;
mod bucket;
mod companion;
mod estate;
mod features;
pub mod filter_pattern;
mod left;
mod link;
mod secrets;
pub mod written;

pub use access_point::{AccessPoint, AccessPointKind, NetworkOrigin};
pub use bucket::{Bucket, BucketKind, Duplicate, Format, partition_of};
pub use companion::{Companion, Feature};
pub use estate::{
    Account, AccountLevel, Construct, Dangling, DanglingReason, Estate, Gap, Moved, Object, Provider, Removed, Tally,
};
pub use features::{
    Acl, AclGrant, AclPermission, CorsRule, DefaultRetention, Encryption, EncryptionRule, Grantee, Lifecycle,
    LifecycleRule, Logging, Notification, ObjectLock, ObjectOwnership, PublicAccessBlock, Replication, ReplicationRule,
    Tag, Versioning, Website,
};
pub use left::{Extent, Left};
pub use link::{attach_policies, link, mark_backed_up, mark_log_targets, resolve};
pub use secrets::{SENSITIVE, is_made_of, masked};
pub use written::Written;
