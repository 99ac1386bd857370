//! What expression languages do with values, lifted over what is not known. Nothing here knows one language.
//!
//! A choice goes through alternative by alternative, a string keeps its holes, and an answer that depends on an unknown
//! is [`Truth::Unknown`](super::Truth) or `None`, never a guess.

mod canonical;
mod choice;
mod convert;
mod equal;
mod text;

pub use canonical::{Canonical, canonical};
pub use choice::{MAX_ALTERNATIVES, hoist, lift, map_choice, too_many};
pub use convert::{to_bool, to_number, to_string};
pub use equal::{equal, text_equal};
pub use text::{
    contains, ends_with, join, map_literals, may_overlap, replace, split, starts_with, strip_prefix, strip_suffix, trim,
};
