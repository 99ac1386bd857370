//! bucketlint decides what is public in S3 infrastructure code, and says why.
//!
//! Modules in reading order, each knowing only those before it (`tests/stairs.rs` holds them to it):
//! bytes → syntax with spans → values with provenance → policy → model → frontends → exposure → findings → rules →
//! lint → gate → incident → reports → command line.

pub mod source;

pub mod syntax;

pub mod value;

pub mod policy;

pub mod model;

pub mod frontend;

pub mod exposure;

pub mod finding;

pub mod rules;

pub mod lint;

pub mod gate;

pub mod fix;

pub mod incident;

pub mod report;

pub mod cli;

pub use cli::embed::{Checker, check_texts, check_texts_in, check_texts_with};
