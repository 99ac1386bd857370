//! Which buckets code is about: a suppression that is trusted for some is not one for others, whatever their names come from.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::finding::Finding;
use crate::model::{Bucket, Estate};
use crate::source::{FileId, Sources, Span};

use super::super::names::{Named, Names, Side, named};

/// A bucket: the root module or template, and what it is called.
type Subject = (Arc<str>, Arc<str>);

/// A part of a file, by its path without links.
pub(super) type Piece = (PathBuf, Range<u32>);

/// The resources of code with the names of their buckets: of each environment, of a run without any those of none.
#[derive(Clone, Debug, Default)]
pub struct Subjects {
    environments: BTreeMap<Option<String>, Resources>,
}

/// Those of one environment.
#[derive(Clone, Debug, Default)]
struct Resources {
    /// By root module or template, and address.
    names: BTreeMap<(String, String), BTreeSet<Arc<str>>>,
    /// By the path of the file without links: what is where, and its bucket.
    places: BTreeMap<PathBuf, Vec<(Range<u32>, Subject)>>,
}

impl Subjects {
    /// Adds what an environment has. `real` gives the path of a file without links.
    pub fn add(
        &mut self,
        environment: Option<&str>,
        estate: &Estate,
        sources: &Sources,
        real: &dyn Fn(&Path) -> PathBuf,
        (names, side): (&Names<'_>, Side),
    ) {
        let own = self.environments.entry(environment.map(str::to_owned)).or_default();
        let mut files: BTreeMap<FileId, PathBuf> = BTreeMap::new();
        let places = estate.buckets.iter().map(parts);
        let points = estate.access_points.iter().map(|it| vec![it.origin.span]);
        let objects = estate.objects.iter().map(|it| vec![it.origin.span]);
        for (it, parts) in named(estate).zip(places.chain(points).chain(objects)) {
            let Named { namespace, address, .. } = it;
            let root: Arc<str> = namespace.into();
            let names: BTreeSet<Arc<str>> = names.of(side, it).into_iter().map(Into::into).collect();
            for at in parts.into_iter().flatten().collect::<BTreeSet<Span>>() {
                let path = files.entry(at.file).or_insert_with(|| real(&sources.file(at.file).path));
                let there = own.places.entry(path.clone()).or_default();
                there.extend(names.iter().map(|it| (at.start..at.end, (Arc::clone(&root), Arc::clone(it)))));
            }
            own.names.entry((namespace.to_owned(), address.to_owned())).or_default().extend(names);
        }
    }

    /// Whether what a finding of `now` is about is a bucket that a piece of the code of before was about, or that the same resource was
    /// about then, or, where it was not there, what is around the piece. Each environment is held against itself.
    pub(super) fn are_of(&self, pieces: [Option<&Piece>; 2], now: &Self, finding: &Finding) -> bool {
        let at = (finding.namespace.clone(), finding.address.clone());
        let is_its = |it: &Option<String>| {
            finding.environments.is_empty() || it.as_ref().is_none_or(|it| finding.environments.contains(it))
        };
        let mut own = now.environments.iter().filter(|it| is_its(it.0));
        // What is about no bucket has none to be mistaken for.
        own.all(|(name, own)| {
            own.names.get(&at).is_none_or(|names| self.of(name).any(|it| it.has_been(pieces, names, &at)))
        })
    }

    /// Whether a piece of the code of `now` is about buckets, and about none that a piece of before was not about.
    pub(super) fn are_all_of(&self, before: &Piece, now: &Self, piece: &Piece) -> bool {
        let own = now.environments.iter().filter(|it| !it.1.within(piece).is_empty());
        let mut own = own.map(|(name, own)| self.of(name).any(|old| own.is_among(piece, old, before)));
        own.next() == Some(true) && own.all(|it| it)
    }

    /// An environment; all of them where it was not there.
    fn of(&self, name: &Option<String>) -> impl Iterator<Item = &Resources> {
        let own = self.environments.get(name);
        own.into_iter().chain(self.environments.values().filter(move |_| own.is_none()))
    }
}

impl Resources {
    /// The buckets of which something begins in a piece of the code.
    fn within(&self, (path, range): &Piece) -> BTreeSet<&Subject> {
        let is_in = |it: &&(Range<u32>, Subject)| range.start <= it.0.start && it.0.start <= range.end;
        self.places.get(path).into_iter().flatten().filter(is_in).map(|it| &it.1).collect()
    }

    fn has_been(
        &self,
        [piece, around]: [Option<&Piece>; 2],
        names: &BTreeSet<Arc<str>>,
        at: &(String, String),
    ) -> bool {
        let within = |it: &Piece| self.within(it).into_iter().map(|it| &it.1).collect::<BTreeSet<_>>();
        let own_names = || self.names.get(at).map(|it| it.iter().collect::<BTreeSet<_>>());
        let here = piece.map(within).filter(|it| !it.is_empty()).or_else(own_names).or_else(|| around.map(within));
        here.is_some_and(|here| names.iter().all(|it| here.contains(it)))
    }

    /// Whether the buckets of a piece are some of those of a piece of before. What is not known of a name is the same in one root module
    /// or template only, and in one that has come in the place of another.
    fn is_among(&self, piece: &Piece, before: &Self, old: &Piece) -> bool {
        let all = before.within(old);
        let is_same = |(root, name): &Subject, (old_root, old_name): &Subject| {
            let is_moved = || !before.has(root) && !self.has(old_root);
            name == old_name && (!name.contains("${") || root == old_root || is_moved())
        };
        self.within(piece).into_iter().all(|it| all.iter().any(|old| is_same(it, old)))
    }

    /// Whether a root module or template has anything.
    fn has(&self, root: &str) -> bool {
        self.names.range((root.to_owned(), String::new())..).next().is_some_and(|it| it.0.0 == root)
    }
}

/// Where all that is said of a bucket stands.
fn parts(bucket: &Bucket) -> Vec<Option<Span>> {
    let statements = bucket.policy.as_known().into_iter().flat_map(|it| &it.statements).map(|it| it.origin.span);
    let own = [
        &bucket.origin,
        &bucket.name.origin,
        &bucket.acl.origin,
        &bucket.ownership.origin,
        &bucket.public_access_block.origin,
        &bucket.policy.origin,
        &bucket.versioning.origin,
        &bucket.encryption.origin,
        &bucket.logging.origin,
        &bucket.object_lock.origin,
        &bucket.lifecycle.origin,
        &bucket.replication.origin,
        &bucket.cors.origin,
        &bucket.website.origin,
        &bucket.notification.origin,
        &bucket.tags.origin,
        &bucket.force_destroy.origin,
        &bucket.acceleration.origin,
        &bucket.deletion_policy.origin,
    ];
    own.into_iter().map(|it| it.span).chain(statements).collect()
}
