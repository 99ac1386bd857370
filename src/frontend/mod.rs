//! Floor 5: each input language → companions and buckets. Frontends know no rule.

pub mod cloudformation;
pub mod policy_file;
