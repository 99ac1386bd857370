//! Each resource type that says something about a bucket → the model.

mod access;
mod beside;
mod bucket;
mod data;
mod door;
mod events;
mod policy;

pub(super) use beside::{beside, is_beside};
pub(super) use bucket::bucket;
pub(super) use door::access_point;
pub(super) use policy::{access_point_policy, bucket_policy};
