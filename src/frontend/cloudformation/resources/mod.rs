//! Each resource type that says something about a bucket → the model.

mod access;
mod beside;
mod bucket;
mod bucket_types;
mod data;
mod door;
mod events;
mod policy;
mod written;

pub(super) use beside::{beside, is_beside};
pub(super) use bucket::bucket;
pub(super) use bucket_types::{bucket_policy, other_bucket};
pub(super) use door::access_point;
pub(super) use policy::access_point_policy;
