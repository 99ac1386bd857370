//! The `bucketlint` program: see `bucketlint::cli`.

fn main() {}
