//! Suppressions of the configuration, and the places that they are about.

use std::collections::BTreeSet;
use std::path::PathBuf;

use globset::GlobSet;

use crate::finding::Suppressor;

/// A suppression of the configuration.
pub(super) struct Declared {
    pub shown: String,
    pub rule: GlobSet,
    /// Only rules about what is public.
    pub public: bool,
    pub address: Option<GlobSet>,
    pub path: Option<GlobSet>,
    pub by: Suppressor,
    pub over: bool,
}

/// The paths by which the files of a finding are reached.
pub(super) struct Places {
    pub at: BTreeSet<PathBuf>,
    /// Where the bucket is declared that it is about.
    pub declared: BTreeSet<PathBuf>,
}
