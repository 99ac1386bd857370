//! Floor 6: what a bucket's configuration means. Policy, ACL, Block Public Access (bucket and account), ownership and
//! access points together, as AWS combines them. Facts, no opinions.
//!
//! The verdict is about **the state that the code declares**: if the policy, the ACL and the settings are all in force,
//! who can do what? Hence only `ignore_public_acls`, `restrict_public_buckets` and Object Ownership close a way. The
//! two `block_*` settings refuse a *change* and leave what is already there
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>). A setting that no
//! code mentions closes nothing: since April 2023 new buckets start with all four settings on and ACLs off, but then
//! the very change that opens the bucket is refused, so wherever the declared state exists, the default is gone.

mod access;
mod access_point;
mod acl;
mod bucket;
mod by_point;
mod denied;
mod logs;
mod settings;
mod types;

#[cfg(test)]
mod tests;

pub use access::{Access, Asked, Layer, explain_access};
pub use access_point::{access_point_facts, arn as access_point_arn, carried as carried_by_point, lets_through};
pub use acl::{effective_grants, expand_acl};
pub use bucket::{facts, is_restricted, refuses, refuses_http};
pub use by_point::{as_of_bucket, as_of_point, is_of_points, point_of};
pub use logs::takes_access_logs;
pub use types::{AccessPointFacts, Closer, EffectiveGrant, Exposure, Facts, Opener, Options, Route, Way};
