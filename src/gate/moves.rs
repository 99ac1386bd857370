//! What `moved` blocks say that things were called: a baseline knows them by that.

use std::collections::{BTreeSet, HashSet};

use crate::finding::Finding;
use crate::model::{Estate, Moved};

use super::widened::{former, readdressed};

/// The `moved` blocks of the code, and what is there.
#[derive(Clone, Debug, Default)]
pub struct Moves {
    moved: Vec<Moved>,
    /// By root module and address.
    there: BTreeSet<(String, String)>,
}

impl Moves {
    /// Those of the code as all environments have it.
    #[must_use]
    pub fn of<'a>(estates: impl Iterator<Item = &'a Estate>) -> Self {
        let mut all = Self::default();
        for estate in estates.filter(|it| !it.moved.is_empty()) {
            // An environment may lack a module that another has.
            let known: HashSet<Moved> = all.moved.iter().cloned().collect();
            all.moved.extend(estate.moved.iter().filter(|it| !known.contains(*it)).cloned());
            all.there.extend(estate.buckets.iter().map(|it| (it.namespace.clone(), it.address.clone())));
        }
        all
    }

    /// A finding as it was under each address of before. What is still there was not moved.
    #[must_use]
    pub fn before(&self, finding: &Finding) -> Vec<Finding> {
        if self.moved.is_empty() {
            return Vec::new();
        }
        let Finding { namespace, address, .. } = finding;
        let moved: Vec<&Moved> = self.moved.iter().collect();
        let gone = |it: &String| !self.there.contains(&(namespace.clone(), it.clone()));
        let was = |to: String| {
            let mut was = finding.clone();
            readdressed(&mut was, &to);
            was
        };
        former(namespace, address, &moved).skip(1).filter(gone).map(was).collect()
    }
}
