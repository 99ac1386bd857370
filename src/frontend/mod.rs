//! Floor 5: each input language → companions and buckets. Frontends know no rule, and not each other.

pub mod cloudformation;
pub mod live;
pub mod policy_file;
mod shared;
pub mod terraform;
