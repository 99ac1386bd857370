//! What every format needs: places in the user's words, clean text, the code around a place, the verdict about each bucket,
//! the description of a rule.

pub mod changes;
mod excerpt;
mod exposure;
mod place;
mod rule;
mod run;
pub mod say;
mod text;
mod undecided;

pub use excerpt::{LONG_LINE, Line, MACHINE_LINE, WINDOW, boundary, holds_secrets};
pub use exposure::{BucketRow, Openness, rows};
pub use place::{Location, Place, Places};
pub use rule::rule_json;
pub use run::{Run, View};
pub use text::{clean, clean_same_length, one_line};
pub use undecided::Undecided;
