//! The answer of `diff` of two sources: as text, Markdown and JSON.

mod json;
mod markdown;
mod text;

pub use super::shared::changes::{Changes, Sides};
use super::shared::changes::{request, sentence, who};

pub use json::render as json;
pub use markdown::render as markdown;
pub use text::render as text;
