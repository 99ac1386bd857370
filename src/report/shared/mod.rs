//! What every format needs: places in the user's words, clean text, the description of a rule.

mod place;
mod rule;
mod text;

pub use place::{Location, Place, Places};
pub use rule::rule_json;
pub use text::{clean, clean_same_length};
