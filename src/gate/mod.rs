//! Floor 9½: what counts. Suppressions in the code and in the configuration, baselines; and findings about suppressions that no longer
//! hold. Nothing here decides whether a bucket is safe: it moves findings from those that count to those that do not, and says who
//! asked for it.

pub mod baseline;
pub mod date;
pub mod moves;
pub mod names;
pub mod rules;
pub mod suppression;
pub mod widened;

pub use date::Date;
