//! Floor 9: what people and machines read. One file or folder per format; formats never import each other, only
//! `shared`.

pub mod access;
pub mod bundle;
pub mod changes;
pub mod json;
pub mod model_json;
pub mod plan;
pub mod pretty;
pub mod sarif;
pub mod shared;
pub mod timeline;

pub use shared::{Places, rule_json};
