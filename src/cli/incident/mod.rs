//! The commands about live buckets: `snapshot`, `diff` of two sources.

mod aws;
mod collect;
pub mod diff;
mod files;
mod script;
pub mod snapshot;
mod sources;
