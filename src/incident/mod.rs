//! Floor 10: what happened to a bucket, and the way back. Pure: the command line alone reads files and runs the `aws` CLI.

pub mod bundle;
pub mod diff;
pub mod finding;
mod harm;
pub mod left;
pub mod plan;
pub mod points;
pub mod said;
mod side;
pub mod time;
pub mod trail;

pub use side::{Side, Subject, names_of};
