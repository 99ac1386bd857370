//! Which buckets code is about: a suppression that is trusted for some is not one for others, whatever their names come from.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::model::{Bucket, Estate};
use crate::source::{FileId, Sources, Span};
use crate::value::{Attr, SymStr, Value};

/// What a bucket is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Known(String),
    /// One that nobody chose, of the resource of an address.
    Generated(String),
    /// Known in parts, as it is written.
    Written(String),
    Unknown,
}

/// The resources of code with the names of their buckets.
#[derive(Clone, Debug, Default)]
pub struct Subjects {
    /// By root module or template, and address. Of several environments there are several.
    names: BTreeMap<(String, String), BTreeSet<Name>>,
    /// By the path of the file without links: what is where, and the name of its bucket.
    places: BTreeMap<PathBuf, Vec<(Range<u32>, Name)>>,
}

impl Subjects {
    /// Adds what an estate has. `real` gives the path of a file without links.
    pub fn add(&mut self, estate: &Estate, sources: &Sources, real: &dyn Fn(&Path) -> PathBuf) {
        let mut files: BTreeMap<FileId, PathBuf> = BTreeMap::new();
        let buckets = estate.buckets.iter().map(|it| (&it.namespace, &it.address, &it.name, parts(it)));
        let points =
            estate.access_points.iter().map(|it| (&it.namespace, &it.address, &it.bucket, vec![it.origin.span]));
        let objects = estate.objects.iter().map(|it| (&it.namespace, &it.address, &it.bucket, vec![it.origin.span]));
        for (namespace, address, name, parts) in buckets.chain(points).chain(objects) {
            let names = named(name, address, estate);
            for at in parts.into_iter().flatten().collect::<BTreeSet<Span>>() {
                let path = files.entry(at.file).or_insert_with(|| real(&sources.file(at.file).path));
                let there = self.places.entry(path.clone()).or_default();
                there.extend(names.iter().map(|it| (at.start..at.end, it.clone())));
            }
            self.names.entry((namespace.clone(), address.clone())).or_default().extend(names);
        }
    }

    /// Whether a resource of `now` is about a bucket that a piece of the code of before was about, or that it was about itself then.
    pub(super) fn are_of(&self, piece: Option<&(PathBuf, Range<u32>)>, now: &Self, at: &(String, String)) -> bool {
        // What is about no bucket has none to be mistaken for.
        let Some(own) = now.names.get(at) else { return true };
        let here = piece.and_then(|(path, range)| Some((self.places.get(path)?, range)));
        let here = here.map(|(all, range)| {
            let is_in = |it: &&(Range<u32>, Name)| range.start <= it.0.start && it.0.start <= range.end;
            all.iter().filter(is_in).map(|it| &it.1).collect::<BTreeSet<&Name>>()
        });
        let known = match here.filter(|it| !it.is_empty()) {
            Some(here) => here,
            None => self.names.get(at).into_iter().flatten().collect(),
        };
        // One whose name nobody knew was accepted whatever it is.
        let was_open =
            self.names.get(at).is_some_and(|it| it.contains(&Name::Unknown)) && known.contains(&Name::Unknown);
        was_open || own.iter().all(|it| known.contains(it))
    }
}

fn named(name: &Attr<SymStr>, address: &str, estate: &Estate) -> Vec<Name> {
    let generated = || Name::Generated(address.to_owned());
    let written = |it: &SymStr| match it.known() {
        Some(known) if estate.secrets.contains(&known) => Name::Unknown,
        Some(known) => Name::Known(known),
        None => Some(it.display()).filter(|it| !it.contains(address)).map_or_else(generated, Name::Written),
    };
    let one = |it: &Value<SymStr>| match it {
        Value::Known(it) => written(it),
        Value::Absent => generated(),
        Value::Unknown(_) | Value::OneOf(..) => Name::Unknown,
    };
    match &name.value {
        Value::OneOf(all, _) => all.iter().map(one).collect(),
        other => vec![one(other)],
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
