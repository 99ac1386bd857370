//! Which buckets code is about, and what of them: a suppression that is trusted for some is not one for others, whatever their names
//! come from.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::finding::Finding;
use crate::model::Estate;
use crate::source::{FileId, Sources, Span};

use super::super::names::{Named, Names, Side, named};
use super::parts::{Part, parts};

/// A bucket: the root module or template, and what it is called.
type Subject = (Arc<str>, Arc<str>);

/// A part of a file, by its path without links.
pub(super) type Piece = (PathBuf, Range<u32>);

/// What the buckets of a resource are called, and what of them it is.
type Called = (BTreeSet<Arc<str>>, Part);

/// What stands somewhere: of which bucket, and what of it.
type There = (Range<u32>, Subject, Part);

/// The same without its place.
type Of<'a> = (&'a Subject, &'a Part);

/// What places are about, by what the bucket is called; each with its place among those.
type ByName<'p> = BTreeMap<Arc<str>, Vec<(usize, &'p Place, Subject, Part)>>;

/// What places are about in each environment.
#[derive(Debug, Default)]
pub(super) struct Said<'p> {
    environments: BTreeMap<Option<String>, ByName<'p>>,
}

/// Code that a suppression is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub piece: Piece,
    /// The name of the module that it calls.
    pub call: Option<String>,
    /// The things that it is in, the outermost first, and itself: where each is, and its name without regard to the language.
    pub within: Vec<(Range<u32>, String)>,
    /// What it says, without regard to space and comments.
    pub text: String,
    /// Whether it is no part of a resource: what it says may change.
    pub is_whole: bool,
}

impl Place {
    /// Which element it is of a statement that it is in. Of a block the header is known.
    fn element(&self, statement: &Range<u32>) -> Option<String> {
        let is_it = |it: &(Range<u32>, String)| it.0.start == statement.start && statement.end <= it.0.end;
        let own = self.within.iter().rposition(is_it)?;
        let inner: Vec<&str> = self.within.iter().skip(own + 1).map(|it| it.1.as_str()).collect();
        match inner.as_slice() {
            [] => None,
            [one] => Some((*one).to_owned()),
            more => Some(format!("{} {}", more.join("."), self.text)),
        }
    }
}

/// The resources of code with the names of their buckets: of each environment, of a run without any those of none.
#[derive(Clone, Debug, Default)]
pub struct Subjects {
    environments: BTreeMap<Option<String>, Resources>,
}

/// Those of one environment.
#[derive(Clone, Debug, Default)]
struct Resources {
    /// By root module or template, and address.
    names: BTreeMap<(String, String), Called>,
    /// By the path of the file without links: what is where, and its bucket.
    places: BTreeMap<PathBuf, Vec<There>>,
    /// The folders of root modules without links, and what those are called.
    roots: BTreeMap<PathBuf, BTreeSet<String>>,
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
        let buckets = estate.buckets.iter().map(|it| parts(it, names, side));
        let points = estate.access_points.iter().map(|it| {
            let own = Named { namespace: &it.namespace, address: &it.address, name: &it.bucket };
            let name = it.name.possible().first().map(|name| names.text(side, own, name));
            beside(name.unwrap_or_else(|| names.generated(side, own)), it.origin.span)
        });
        let objects = estate.objects.iter().map(|it| {
            let own = Named { namespace: &it.namespace, address: &it.address, name: &it.bucket };
            beside(names.generated(side, own), it.origin.span)
        });
        for (it, (whole, parts)) in named(estate).zip(buckets.chain(points).chain(objects)) {
            let Named { namespace, address, .. } = it;
            let root: Arc<str> = namespace.into();
            let names: BTreeSet<Arc<str>> = names.of(side, it).into_iter().map(Into::into).collect();
            for (at, part) in parts {
                let path = files.entry(at.file).or_insert_with(|| real(&sources.file(at.file).path));
                let there = own.places.entry(path.clone()).or_default();
                let subject = |it: &Arc<str>| (Arc::clone(&root), Arc::clone(it));
                there.extend(names.iter().map(|it| (at.start..at.end, subject(it), part.clone())));
            }
            if !own.has(namespace) {
                let folder = if namespace.is_empty() { Path::new(".") } else { Path::new(namespace) };
                own.roots.entry(real(folder)).or_default().insert(namespace.to_owned());
            }
            let known = own.names.entry((namespace.to_owned(), address.to_owned()));
            known.or_insert_with(|| (BTreeSet::new(), whole)).0.extend(names);
        }
        own.places.values_mut().for_each(|it| it.sort_by_key(|it| it.0.start));
    }

    /// Whether what a finding of `now` is about is a bucket that a place in the code of before was about, or what is around that, or,
    /// where neither is about any, that the same resource was about then. Each environment is held against itself. `is_bucket`: whether
    /// it has to be about one.
    pub(super) fn are_of(
        &self,
        (place, around): (&Place, Option<&Piece>),
        now: &Self,
        it: &Finding,
        is_bucket: bool,
    ) -> bool {
        let at = (it.namespace.clone(), it.address.clone());
        let is_its = |name: &Option<String>| {
            it.environments.is_empty() || name.as_ref().is_none_or(|name| it.environments.contains(name))
        };
        let own = now.environments.iter().filter(|it| is_its(it.0));
        // What is about no bucket has none to be mistaken for.
        let mut own = own.filter_map(|(name, own)| Some((name, own, own.names.get(&at)?))).peekable();
        (own.peek().is_some() || !is_bucket)
            && own.all(|(name, own, it)| self.of(name).any(|old| old.has_been(place, around, (own, it, &at))))
    }

    /// Whether a piece of the code of `now` is about buckets, and about none that a piece of before was not about. What is one of several
    /// of a bucket is the same.
    pub(super) fn are_all_of(&self, before: &Piece, now: &Self, piece: &Piece) -> bool {
        let own = now.environments.iter().map(|(name, own)| (name, own, own.within(piece)));
        let mut own = own.filter(|it| !it.2.is_empty()).peekable();
        own.peek().is_some()
            && own.all(|(name, own, all)| self.of(name).any(|old| own.are_among(&all, old, &old.within(before))))
    }

    /// What places in the code are about.
    pub(super) fn said<'p>(&self, places: impl Iterator<Item = &'p Place> + Clone) -> Said<'p> {
        let of = |own: &Resources| {
            let mut all = BTreeMap::<Arc<str>, Vec<_>>::new();
            for (at, place) in places.clone().enumerate() {
                for (subject, part) in own.of(place) {
                    all.entry(Arc::clone(&subject.1)).or_default().push((at, place, subject, part));
                }
            }
            all
        };
        Said { environments: self.environments.iter().map(|(name, own)| (name.clone(), of(own))).collect() }
    }

    /// Those of the places of before (`said`, as far as `is_it`) that were about some of what a place in the code of `now` is about, where
    /// that is about nothing else.
    pub(super) fn that_said(
        &self,
        said: &Said<'_>,
        is_it: &dyn Fn(usize) -> bool,
        now: &Self,
        place: &Place,
    ) -> Option<BTreeSet<usize>> {
        let mut found = BTreeSet::new();
        let mut is_said = |name: &Option<String>, own: &Resources, all: &BTreeSet<(Subject, Part)>| {
            self.environments.iter().filter(|it| self.is_of(name, it.0)).any(|(name, old)| {
                let mut used = BTreeSet::new();
                // Of an argument the value belongs to it.
                let is_said = |was: &Place, part: &Part| was.is_whole || !part.is_argument() || was.text == place.text;
                let was = |it: &Subject| {
                    let all = said.environments.get(name).and_then(|of| of.get(&it.1)).into_iter().flatten();
                    let all =
                        all.filter(|(at, was, of, part)| is_it(*at) && is_said(was, part) && own.is_same(it, old, of));
                    all.collect::<Vec<_>>()
                };
                let is_all = all.iter().all(|(it, part)| {
                    let was = was(it);
                    used.extend(was.iter().map(|it| it.0));
                    part.is_among(&was.into_iter().map(|it| &it.3).collect())
                });
                if is_all {
                    found.extend(used);
                }
                is_all
            })
        };
        let all = now.environments.iter().map(|(name, own)| (name, own, own.of(place)));
        let all: Vec<_> = all.filter(|it| !it.2.is_empty()).collect();
        (!all.is_empty() && all.iter().all(|(name, own, all)| is_said(name, own, all))).then_some(found)
    }

    /// An environment; all of them where it was not there.
    fn of(&self, name: &Option<String>) -> impl Iterator<Item = &Resources> {
        self.environments.iter().filter(|it| self.is_of(name, it.0)).map(|it| it.1)
    }

    fn is_of(&self, name: &Option<String>, own: &Option<String>) -> bool {
        name == own || !self.environments.contains_key(name)
    }
}

/// Something that is one of several of a bucket.
fn beside(name: String, at: Option<Span>) -> (Part, Vec<(Span, Part)>) {
    let part = Part::Beside(name.into());
    (part.clone(), at.into_iter().map(|at| (at, part.clone())).collect())
}

impl Resources {
    /// What begins in a piece of the code.
    fn within(&self, (path, range): &Piece) -> BTreeSet<Of<'_>> {
        self.begins(path, range).map(|it| (&it.1, &it.2)).collect()
    }

    /// Whether all of something is of buckets that something of before was of.
    fn are_among(&self, all: &BTreeSet<Of<'_>>, before: &Self, was: &BTreeSet<Of<'_>>) -> bool {
        let is_one = |part: &Part| matches!(part, Part::Beside(_));
        all.iter().all(|(it, part)| {
            was.iter().any(|(old, of)| self.is_same(it, before, old) && (!is_one(part) || part == of))
        })
    }

    fn begins(&self, path: &Path, range: &Range<u32>) -> impl Iterator<Item = &There> {
        let all = self.places.get(path).map(Vec::as_slice).unwrap_or_default();
        let first = all.partition_point(|it| it.0.start < range.start);
        all.get(first..).unwrap_or_default().iter().take_while({
            let end = range.end;
            move |it| it.0.start <= end
        })
    }

    /// What a place is about: what begins there, what is in a module that it calls, else the statement that it is in.
    fn of(&self, place: &Place) -> BTreeSet<(Subject, Part)> {
        let (path, range) = &place.piece;
        let is_all = |(at, _, part): &&There| !matches!(part, Part::Statement(_)) || at.end <= range.end;
        let own = self.begins(path, range).filter(is_all);
        let mut all: BTreeSet<(Subject, Part)> = own.map(|it| (it.1.clone(), it.2.clone())).collect();
        all.extend(place.call.iter().flat_map(|call| self.called(path, call)));
        if all.is_empty() {
            let statement = |(at, subject, part): &There| match part {
                Part::Statement(says) => Some((subject.clone(), Part::Element(says.clone(), place.element(at)?))),
                _ => None,
            };
            all.extend(self.begins(path, &(0..range.start)).filter_map(statement));
        }
        all
    }

    /// What is in a module that a root module calls.
    fn called(&self, file: &Path, call: &str) -> impl Iterator<Item = (Subject, Part)> {
        let roots = file.parent().and_then(|it| self.roots.get(it)).into_iter().flatten();
        let call = format!("module.{call}");
        roots.flat_map(move |root| {
            let own = self.names.range((root.clone(), call.clone())..).take_while({
                let call = call.clone();
                move |it| it.0.0 == *root && it.0.1.starts_with(&call)
            });
            let length = call.len();
            let own = own.filter(move |it| it.0.1.get(length..).is_some_and(|it| it.starts_with(['.', '['])));
            own.flat_map(move |(_, (names, part))| {
                names.iter().map(move |it| ((Arc::from(root.as_str()), Arc::clone(it)), part.clone()))
            })
        })
    }

    fn has_been(
        &self,
        place: &Place,
        around: Option<&Piece>,
        (now, (names, own), at): (&Self, &Called, &(String, String)),
    ) -> bool {
        let root: Arc<str> = at.0.as_str().into();
        // What is one of several of a bucket is the same.
        let is_one = |part: &Part| !matches!(own, Part::Beside(_)) || part == own;
        let is_of = |all: &[Of<'_>]| {
            let mut names = names.iter().map(|it| (Arc::clone(&root), Arc::clone(it)));
            names.all(|it| all.iter().any(|(old, part)| now.is_same(&it, self, old) && is_one(part)))
        };
        let was = || self.names.get(at).is_some_and(|was| names.is_subset(&was.0));
        let here = self.of(place);
        // Who calls a module of a module is not known here.
        if place.call.is_some() && was() {
            return true;
        }
        if !here.is_empty() {
            return is_of(&here.iter().map(|it| (&it.0, &it.1)).collect::<Vec<_>>());
        }
        let around = around.map(|it| self.within(it)).unwrap_or_default();
        match around.is_empty() {
            true => was(),
            false => is_of(&around.into_iter().collect::<Vec<_>>()),
        }
    }

    /// Whether a bucket is one of before. What is not known of a name is the same in one root module or template only, and in one that
    /// has come in the place of another.
    fn is_same(&self, (root, name): &Subject, before: &Self, (old_root, old_name): &Subject) -> bool {
        let is_moved = || !before.has(root) && !self.has(old_root);
        name == old_name && (!name.contains("${") || root == old_root || is_moved())
    }

    /// Whether a root module or template has anything.
    fn has(&self, root: &str) -> bool {
        self.names.range((root.to_owned(), String::new())..).next().is_some_and(|it| it.0.0 == root)
    }
}
