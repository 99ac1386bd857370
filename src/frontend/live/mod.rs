//! Live configuration: the snapshot file, what can be turned into one, and snapshot → model.
//!
//! Whatever the source was, it becomes a [`Snapshot`] first; only [`Live`] makes a model of it. A snapshot is read bucket by
//! bucket, so that one of ten thousand buckets costs its text and one bucket's tree.

mod assemble;
pub mod config;
mod evidence;
mod feature;
mod hash;
mod lower;
mod record;
mod reply;
pub mod saved;
mod snapshot;
pub mod steampipe;
pub mod tfstate;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::model::Estate;
use crate::source::{Diagnostic, FileId, Gravity, Sources, Span};
use crate::value::{Val, json};

use assemble::Parts;
use record::Features;

pub use assemble::{Known, accounts_of, estates_of};
pub use evidence::{doubts_of_account, doubts_of_bucket, doubts_of_point};
pub use feature::{ACCOUNT_BLOCK, FEATURES, FeatureSpec, LIST, POINT, POINT_POLICY, feature};
pub use hash::sha256;
pub use reply::{Reply, classify, error_code};
pub use saved::region as region_of;
pub use snapshot::{
    AccountRecord, BucketRecord, Caller, Evidence, Failure, INCOMPLETE, LISTED, NOT_COLLECTED, NOT_IN_SOURCE,
    PointRecord, SCHEMA, STATE, Snapshot, State, UNTRANSLATED,
};

/// What the snapshot cannot say and the user may.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// The user says what account-wide Block Public Access is: that nobody collected it leaves nothing open.
    pub account_block_is_given: bool,
}

/// Whether a text is a snapshot, by a cheap look: its schema stands at its start, and may stand anywhere once another tool wrote it.
#[must_use]
pub fn is_snapshot(text: &str) -> bool {
    static VERSION: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"bucketlint/snapshot/"));
    let text = text.trim_start_matches('\u{feff}').trim_ascii_start();
    let head = text.as_bytes().get(..4096).unwrap_or(text.as_bytes());
    let is_schema = |at: usize| {
        let before = text.get(..at).map(str::trim_ascii_end).and_then(|it| it.strip_suffix(':'));
        before.is_some_and(|it| it.trim_ascii_end().ends_with("\"schema\""))
    };
    head.first() == Some(&b'{') && (VERSION.find(head).is_some() || VERSION.find_iter(text.as_bytes()).any(is_schema))
}

/// A snapshot, indexed but not yet read.
#[derive(Debug)]
pub struct Live<'a> {
    file: FileId,
    text: &'a str,
    namespace: String,
    options: Options,
    index: Index<'a>,
    /// Positions of buckets by name.
    by_name: BTreeMap<String, usize>,
    /// Access points by bucket: positions in the index.
    points: BTreeMap<String, Vec<usize>>,
}

#[derive(Debug, Deserialize)]
struct Index<'a> {
    schema: Option<String>,
    #[serde(default)]
    collected_at: Option<String>,
    #[serde(default)]
    source: String,
    #[serde(default)]
    caller: Option<Caller>,
    #[serde(default, borrow)]
    accounts: Entries<'a>,
    #[serde(default, borrow)]
    buckets: Entries<'a>,
    #[serde(default, borrow)]
    access_points: Vec<&'a RawValue>,
    #[serde(default)]
    errors: Vec<Failure>,
}

/// The entries of a map, unread, in order.
#[derive(Debug, Default)]
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Each<'a> {
            type Value = Entries<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(entry) = map.next_entry::<String, &'de RawValue>()? {
                    all.push(entry);
                }
                Ok(Entries(all))
            }
        }
        deserializer.deserialize_map(Each(std::marker::PhantomData))
    }
}

impl<'a> Live<'a> {
    /// Indexes a snapshot.
    ///
    /// # Errors
    /// A diagnostic: it is truncated or no JSON, of another version, or names a bucket twice.
    pub fn new(sources: &Sources, file: FileId, text: &'a str, options: Options) -> Result<Self, Diagnostic> {
        let index: Index<'a> = serde_json::from_str(text).map_err(|error| broken(text, file, &error))?;
        let schema = index.schema.as_deref().unwrap_or("none");
        if schema != SCHEMA {
            let message = format!("the schema of this snapshot is {schema}, {SCHEMA} was expected");
            return Err(Diagnostic::at("snapshot-version", Gravity::Incomplete, Span::head(file), message)
                .help("collect it again with `bucketlint snapshot` of this version"));
        }
        let mut by_name = BTreeMap::new();
        let places = index.buckets.0.iter().enumerate();
        let mut again = places.filter(|(at, it)| by_name.insert(it.0.clone(), *at).is_some());
        if let Some((_, (twice, _))) = again.next() {
            let message = format!("the bucket {twice} stands twice in this snapshot");
            return Err(Diagnostic::at("snapshot-duplicate", Gravity::Incomplete, Span::head(file), message)
                .help("keep one of the two: which of them is the later cannot be told"));
        }
        let mut ids = BTreeSet::new();
        if let Some((twice, _)) = index.accounts.0.iter().find(|it| !ids.insert(it.0.as_str())) {
            let message = format!("the account {twice} stands twice in this snapshot");
            return Err(Diagnostic::at("snapshot-duplicate", Gravity::Incomplete, Span::head(file), message)
                .help("keep one of the two: which of them is the later cannot be told"));
        }
        let mut points: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, raw) in index.access_points.iter().enumerate() {
            // One that cannot be read may be a door that nobody would hear of.
            let record: PointRecord = serde_json::from_str(raw.get()).map_err(|error| {
                let message = format!("access point {} of this snapshot cannot be read: {error}", at + 1);
                Diagnostic::at("snapshot-access-point", Gravity::Incomplete, Span::head(file), message)
                    .help("collect it again with `bucketlint snapshot` of this version")
            })?;
            points.entry(record.bucket).or_default().push(at);
        }
        let namespace = sources.file(file).path.to_string_lossy().replace('\\', "/");
        Ok(Self { file, text, namespace, options, index, by_name, points })
    }

    /// Names of the buckets, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.index.buckets.0.iter().map(|it| it.0.as_str())
    }

    /// When it was collected.
    #[must_use]
    pub fn collected_at(&self) -> Option<&str> {
        self.index.collected_at.as_deref()
    }

    /// What it was read from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.index.source
    }

    /// Who collected it.
    #[must_use]
    pub fn caller(&self) -> Option<&Caller> {
        self.index.caller.as_ref()
    }

    /// What could not be read when it was collected.
    #[must_use]
    pub fn errors(&self) -> &[Failure] {
        &self.index.errors
    }

    fn entry(&self, name: &str) -> Option<&(String, &'a RawValue)> {
        self.index.buckets.0.get(*self.by_name.get(name)?)
    }

    /// Whether both snapshots have the same of a bucket, letter for letter, and all of it is known.
    #[must_use]
    pub fn has_same(&self, other: &Self, name: &str) -> bool {
        self.has_same_text(other, name) && self.is_known(name)
    }

    /// Whether both snapshots have the same of a bucket, letter for letter.
    #[must_use]
    pub fn has_same_text(&self, other: &Self, name: &str) -> bool {
        let (Some((_, a)), Some((_, b))) = (self.entry(name), other.entry(name)) else { return false };
        let points = |it: &Self| -> Vec<String> {
            let at = it.points.get(name).into_iter().flatten();
            at.filter_map(|at| it.index.access_points.get(*at)).map(|it| it.get().to_owned()).collect()
        };
        a.get() == b.get() && points(self) == points(other)
    }

    /// Whether both snapshots have a bucket of one and the same state of Terraform, letter for letter: its hash is part of that. What is not
    /// known of it was not known once, while an answer of AWS that is the same can be of another time.
    #[must_use]
    pub fn is_of_same_state(&self, other: &Self, name: &str) -> bool {
        self.has_same_text(other, name) && self.record(name).is_ok_and(|it| it.evidence.contains_key(STATE))
    }

    /// Whether all buckets of both snapshots are of one and the same state of Terraform.
    #[must_use]
    pub fn is_same_state(&self, other: &Self) -> bool {
        !self.by_name.is_empty()
            && self.by_name.keys().eq(other.by_name.keys())
            && self.by_name.keys().all(|it| self.is_of_same_state(other, it))
    }

    /// Whether all buckets are of states of Terraform, which have what they manage and no word of the rest.
    #[must_use]
    pub fn is_of_states(&self) -> bool {
        let is_of_state = |it: &String| self.record(it).is_ok_and(|it| it.evidence.contains_key(STATE));
        !self.by_name.is_empty() && self.by_name.keys().all(is_of_state)
    }

    /// Whether all of a bucket and its access points is known: every feature is there, and every policy can be read.
    fn is_known(&self, name: &str) -> bool {
        let is_known = |it: Option<&State>| it.is_some_and(|it| !it.is_unknown());
        let is_policy = |it: Option<&State>| {
            let Some(State::Set { value, .. }) = it else { return is_known(it) };
            let text = value.get("Policy").and_then(serde_json::Value::as_str);
            text.is_some_and(|it| serde_json::from_str::<&RawValue>(it).is_ok())
        };
        let Ok(record) = self.record(name) else { return false };
        let (points, listed) = (self.points(name), self.points.get(name).map_or(0, Vec::len));
        record.features.values().all(|it| !it.is_unknown())
            && FEATURES.iter().all(|it| is_known(record.features.get(it.name)))
            && is_policy(record.features.get("policy"))
            && points.len() == listed
            && points.iter().all(|it| is_known(Some(&it.point)) && is_policy(Some(&it.policy)))
    }

    /// What is wrong with what this snapshot says of a bucket and its access points: its evidence says something else.
    #[must_use]
    pub fn doubts(&self, name: &str) -> Vec<String> {
        let own = self.record(name).map(|it| doubts_of_bucket(name, &it)).unwrap_or_default();
        own.into_iter().chain(self.points(name).iter().flat_map(doubts_of_point)).collect()
    }

    /// What could not be read of something that is not in this snapshot: buckets or access points may be missing from it.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let read = |it: &&RawValue| serde_json::from_str::<PointRecord>(it.get()).ok().map(|it| it.name);
        let points: BTreeSet<String> = match self.index.errors.is_empty() {
            true => BTreeSet::new(),
            false => self.index.access_points.iter().filter_map(read).collect(),
        };
        let is_here = |subject: &str| {
            let is_account = |id: &str| self.index.accounts.0.iter().any(|it| it.0 == id);
            self.by_name.contains_key(subject)
                || subject == "the account"
                || subject.strip_prefix("account ").is_some_and(is_account)
                || subject.strip_prefix("access point ").is_some_and(|it| points.contains(it))
        };
        let all = self.index.errors.iter().filter(|it| it.code == INCOMPLETE || !is_here(&it.subject));
        all.map(|it| {
            format!(
                "{} answered {} about {}: buckets or access points may be missing from {} ({})",
                it.asked, it.code, it.subject, self.namespace, it.message
            )
        })
        .collect()
    }

    /// Whether both snapshots say the same of the accounts, letter for letter.
    #[must_use]
    pub fn has_same_text_of_accounts(&self, other: &Self) -> bool {
        let all = |it: &Self| -> Vec<(String, String)> {
            it.index.accounts.0.iter().map(|(id, raw)| (id.clone(), raw.get().to_owned())).collect()
        };
        all(self) == all(other)
    }

    /// Whether both snapshots say the same of the accounts, and all of it is known.
    #[must_use]
    pub fn has_same_accounts(&self, other: &Self) -> bool {
        let is_known = |raw: &RawValue| {
            let record: Result<AccountRecord, _> = serde_json::from_str(raw.get());
            record.is_ok_and(|it| !it.public_access_block.is_unknown())
        };
        self.has_same_text_of_accounts(other) && self.index.accounts.0.iter().all(|it| is_known(it.1))
    }

    /// The record of a bucket.
    ///
    /// # Errors
    /// A sentence, where it is not there or has another shape.
    pub fn record(&self, name: &str) -> Result<BucketRecord, String> {
        let (_, raw) = self.entry(name).ok_or_else(|| format!("the snapshot has no bucket {name}"))?;
        serde_json::from_str(raw.get()).map_err(|error| format!("the record of the bucket {name}: {error}"))
    }

    /// The records of accounts by id.
    ///
    /// # Errors
    /// A sentence, where one has another shape.
    pub fn accounts(&self) -> Result<BTreeMap<String, AccountRecord>, String> {
        let read = |(id, raw): &(String, &RawValue)| {
            let record =
                serde_json::from_str(raw.get()).map_err(|error| format!("the record of account {id}: {error}"));
            Ok((id.clone(), record?))
        };
        self.index.accounts.0.iter().map(read).collect()
    }

    /// What says that buckets or access points may be missing from this snapshot.
    #[must_use]
    pub fn incomplete(&self) -> Vec<Diagnostic> {
        incomplete(&self.index.errors, self.file)
    }

    /// The records of a bucket's access points.
    #[must_use]
    pub fn points(&self, bucket: &str) -> Vec<PointRecord> {
        let at = self.points.get(bucket).into_iter().flatten();
        at.filter_map(|it| serde_json::from_str(self.index.access_points.get(*it)?.get()).ok()).collect()
    }

    /// The model of one bucket with its account and access points.
    #[must_use]
    pub fn estate_of(&self, name: &str) -> (Estate, Vec<Diagnostic>) {
        let points = self.points.get(name).into_iter().flatten().filter_map(|it| self.index.access_points.get(*it));
        self.assemble(self.entry(name).into_iter(), points, &|_| None)
    }

    /// The same, with accounts that are known from elsewhere, by their id; what the snapshot says of one comes first.
    #[must_use]
    pub fn estate_beside(&self, name: &str, known: Known<'_>) -> (Estate, Vec<Diagnostic>) {
        let points = self.points.get(name).into_iter().flatten().filter_map(|it| self.index.access_points.get(*it));
        self.assemble(self.entry(name).into_iter(), points, known)
    }

    /// The model of everything.
    #[must_use]
    pub fn estate(&self) -> (Estate, Vec<Diagnostic>) {
        let (mut estate, mut diagnostics) =
            self.assemble(self.index.buckets.0.iter(), self.index.access_points.iter(), &|_| None);
        estate.tally.files = 1;
        diagnostics.extend(self.index.errors.iter().map(|it| complaint(it, self.file)));
        (estate, diagnostics)
    }

    fn assemble<'s>(
        &'s self,
        buckets: impl Iterator<Item = &'s (String, &'a RawValue)>,
        points: impl Iterator<Item = &'s &'a RawValue>,
        known: Known<'_>,
    ) -> (Estate, Vec<Diagnostic>)
    where
        'a: 's,
    {
        let mut diagnostics = Vec::new();
        let mut parts = Parts::default();
        // One bucket most often, and one account: room for four of either is asked of the system each time.
        parts.buckets.reserve_exact(buckets.size_hint().0);
        parts.accounts.reserve_exact(self.index.accounts.0.len());
        for (name, raw) in buckets {
            if let Some(record) = self.tree(raw, &mut diagnostics) {
                parts.buckets.push(lower::bucket(name, &&record));
            }
        }
        for (id, raw) in &self.index.accounts.0 {
            if let Some(record) = self.tree(raw, &mut diagnostics) {
                parts.accounts.extend(lower::account(id, &Features::written(&record), self.options));
            }
        }
        for raw in points {
            if let Some(record) = self.tree(raw, &mut diagnostics) {
                parts.points.extend(lower::point(&record));
            }
        }
        let is_told = |id: &str| self.index.accounts.0.iter().any(|it| it.0 == id);
        (parts.assembled(known, is_told, Span::head(self.file), &self.namespace, self.options), diagnostics)
    }

    fn tree(&self, raw: &RawValue, diagnostics: &mut Vec<Diagnostic>) -> Option<Val> {
        // A raw value borrows from the text that was parsed.
        let start = (raw.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let parsed = json::parse_part(self.file, raw.get(), u32::try_from(start).ok()?);
        // A key that stands twice is a note in code; here nobody can tell which of the two was collected.
        diagnostics.extend(parsed.errors.iter().map(|it| {
            let it = it.diagnostic();
            Diagnostic { gravity: it.gravity.max(Gravity::Incomplete), ..it }
        }));
        parsed.tree
    }
}

/// What of a source's errors says that buckets or access points may be missing from it.
#[must_use]
pub fn incomplete(errors: &[Failure], file: FileId) -> Vec<Diagnostic> {
    errors.iter().filter(|it| it.may_hide()).map(|it| complaint(it, file)).collect()
}

/// A setting that nobody could read leaves rules undecided; a bucket that is not there would be missed in silence.
fn complaint(error: &Failure, file: FileId) -> Diagnostic {
    let message = format!("{}: {} answered {}: {}", error.subject, error.asked, error.code, error.message);
    let (gravity, help) = if error.may_hide() {
        (Gravity::Incomplete, "buckets or access points may be missing from this snapshot: collect it again, whole")
    } else {
        (
            Gravity::Note,
            "rules that need it are undecided; collect again with the permissions that --print-iam-policy lists",
        )
    };
    Diagnostic::at("not-collected", gravity, Span::head(file), message).help(help)
}

fn broken(text: &str, file: FileId, error: &serde_json::Error) -> Diagnostic {
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let start = lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
    let at = Span::of_char(file, text, start);
    Diagnostic::at("syntax-error", Gravity::Incomplete, at, format!("this snapshot cannot be read: {error}"))
        .help("it may be truncated; `bucketlint snapshot` writes a file whole or not at all")
}

/// Lowers a snapshot file.
#[must_use]
pub fn lower(sources: &Sources, file: FileId, options: Options) -> (Estate, Vec<Diagnostic>) {
    let text = sources.text(file);
    match Live::new(sources, file, &text, options) {
        Ok(live) => live.estate(),
        Err(diagnostic) => {
            let mut estate = Estate::default();
            estate.tally.files = 1;
            estate.tally.broken_files = 1;
            (estate, vec![diagnostic])
        }
    }
}

#[cfg(test)]
mod tests;
