//! Floor 6: what a bucket's configuration means. Policy, ACL, Block Public Access (bucket and account), ownership and
//! access points together, as AWS combines them. Facts, no opinions.

mod types;

pub use types::{Closer, Exposure, Opener, Options, Route, Way};
