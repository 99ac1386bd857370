//! Floor 10: what people and machines read. One file or folder per format; formats never import each other, only
//! `shared`.

pub mod access;
pub mod bundle;
pub mod changes;
pub mod csv;
pub mod github;
pub mod gitlab;
pub mod hover;
pub mod html;
pub mod json;
pub mod junit;
pub mod lines;
pub mod markdown;
pub mod model_json;
pub mod plan;
pub mod pretty;
pub mod sarif;
pub mod shared;
pub mod timeline;

pub use shared::{Places, Run, View, clean, one_line, rule_json};
