//! One of two sources that are compared: code, or a snapshot that is read bucket by bucket.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::exposure::Options;
use crate::frontend::live::{BucketRecord, FEATURES, Live, STATE, State};
use crate::model::{Bucket, Estate, Format};
use crate::policy::{self, Context};
use crate::value::Guard;

use super::points::{self, Place, Points};
use super::said::{self, Sayings};

/// A source.
#[derive(Debug)]
pub enum Side<'a> {
    /// A snapshot.
    Live(Box<Live<'a>>),
    /// Code, and which bucket stands for which name.
    Code {
        /// The model.
        estate: Box<Estate>,
        /// Positions of buckets by name.
        by_name: BTreeMap<String, usize>,
    },
}

/// One bucket of a source.
#[derive(Debug)]
pub struct Subject<'s> {
    estate: Cow<'s, Estate>,
    at: usize,
    /// What is said of each feature.
    pub sayings: Sayings,
    /// Whether it is a bucket as it stands, not one that code declares.
    pub is_live: bool,
    /// Whether the policy is what S3 answered, not what somebody asked S3 for.
    pub(super) is_answer: bool,
    /// Whether the source has what it manages, and no more (Terraform's state).
    is_partial: bool,
    points: Points,
    place: Option<Place>,
}

/// Names of the buckets of an estate. A bucket whose name is not known is called by its address, unless `maps` says how it is
/// called; those that stay without a name, and names that two buckets have, are told.
#[must_use]
pub fn names_of(estate: &Estate, maps: &[(String, String)]) -> (BTreeMap<String, usize>, Vec<String>) {
    let mut by_name = BTreeMap::new();
    let mut problems = Vec::new();
    let mut twice = BTreeSet::new();
    for (at, bucket) in estate.buckets.iter().enumerate().filter(|it| it.1.exists != Guard::Never) {
        let mapped = maps.iter().find(|it| it.0 == bucket.address).map(|it| it.1.clone());
        let known = bucket.name.as_known().and_then(|it| it.known());
        // A bare policy is of the bucket that it names.
        let named = || {
            let policy = bucket.policy.as_known().filter(|_| bucket.format == Format::Policy)?;
            policy::bucket_names(policy, &Context::default()).into_iter().next().filter(|it| is_name(it))
        };
        let Some(name) = mapped.or(known).or_else(named) else {
            let why = bucket.name.why().map(|it| format!(": {it}")).unwrap_or_default();
            problems.push(format!(
                "the name of {} is not known{why}; say it with --map {}=NAME, or give its variables",
                bucket.address, bucket.address
            ));
            continue;
        };
        if by_name.insert(name.clone(), at).is_some() {
            twice.insert(name);
        }
    }
    for name in twice {
        by_name.remove(&name);
        problems.push(format!("several buckets of the code are called {name}: which of them is meant is not known"));
    }
    (by_name, problems)
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/finding-canonical-user-id.html>
pub(super) fn is_canonical_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|it| it.is_ascii_hexdigit())
}

/// Whether the policy of a record rests on an answer to `get-bucket-policy`.
fn is_answer(record: &BucketRecord) -> bool {
    let command = FEATURES.iter().find(|it| it.name == "policy").map(|it| it.command);
    matches!(record.features.get("policy"), Some(State::Set { evidence: Some(it), .. }) if Some(it.as_str()) == command)
}

fn is_name(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'.' | b'-' | b'_'))
        && 3 <= text.len()
}

impl Side<'_> {
    /// Names of the buckets.
    #[must_use]
    pub fn names(&self) -> BTreeSet<String> {
        match self {
            Self::Live(live) => live.names().map(str::to_owned).collect(),
            Self::Code { by_name, .. } => by_name.keys().cloned().collect(),
        }
    }

    /// The bucket of a name.
    #[must_use]
    pub fn subject(&self, name: &str) -> Option<Subject<'_>> {
        match self {
            Self::Live(live) => {
                let record = live.record(name).ok()?;
                let (estate, _) = live.estate_of(name);
                let at = estate.buckets.iter().position(|it| it.address == name)?;
                Some(Subject {
                    estate: Cow::Owned(estate),
                    at,
                    sayings: said::of_record(&record),
                    is_live: true,
                    is_answer: is_answer(&record),
                    is_partial: record.evidence.contains_key(STATE),
                    points: points::of_record(&record, live.points(name)),
                    place: Some(Place::of_record(&record)),
                })
            }
            Self::Code { estate, by_name } => {
                let at = *by_name.get(name)?;
                let bucket = estate.buckets.get(at)?;
                let sayings = said::of_code(bucket, name);
                Some(Subject {
                    estate: Cow::Borrowed(estate),
                    at,
                    sayings,
                    is_live: false,
                    is_answer: false,
                    is_partial: true,
                    points: Points::default(),
                    place: None,
                })
            }
        }
    }
}

impl<'s> Subject<'s> {
    /// From an estate of which it is the only bucket.
    #[must_use]
    pub fn alone(estate: Estate, sayings: Sayings) -> Self {
        Self {
            estate: Cow::Owned(estate),
            at: 0,
            sayings,
            is_live: true,
            is_answer: false,
            is_partial: false,
            points: Points::default(),
            place: None,
        }
    }

    /// Whether the source has no word for a feature that every bucket has (AWS Config records no Object Ownership): it is not known.
    #[must_use]
    pub fn is_mute(&self, feature: &str) -> bool {
        self.is_live && !self.is_partial && self.sayings.get(feature) == Some(&said::Said::Silent)
    }

    /// The region, where the source says it.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.place.as_ref()?.region()
    }

    /// The model around it.
    #[must_use]
    pub fn estate(&self) -> &Estate {
        &self.estate
    }

    /// The access points of the bucket, which is called `name`; those of code are where the other side is.
    #[must_use]
    pub fn points(&self, name: &str, other: Option<&Subject<'_>>) -> Points {
        match self.bucket() {
            Some(bucket) if !self.is_live => {
                let place = other.and_then(|it| it.place.clone()).unwrap_or_else(Place::anywhere);
                points::of_code(self.estate(), bucket, name, &place)
            }
            _ => self.points.clone(),
        }
    }

    /// The bucket, where the estate has one.
    #[must_use]
    pub fn bucket(&self) -> Option<&Bucket> {
        self.estate.buckets.get(self.at)
    }

    /// The canonical id of the bucket's owner, where an ACL says it.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        let Some(said::Said::Set(acl)) = self.sayings.get("acl") else { return None };
        acl.pointer("/Owner/ID")?.as_str().filter(|it| is_canonical_id(it))
    }

    /// What is known around it: the account of either side is the account of both.
    #[must_use]
    pub fn options(&self, base: &Options, other: Option<&Subject<'_>>) -> Options {
        let own = || self.bucket()?.account.clone();
        let others = || other?.bucket()?.account.clone();
        let mut trusted_accounts = base.trusted_accounts.clone();
        // The owner has two names: an account id, and a canonical id that stands in ACLs and policies.
        match (self.owner(), other.and_then(Subject::owner)) {
            (Some(a), Some(b)) if a != b => {}
            (a, b) => trusted_accounts.extend(a.or(b).map(str::to_owned)),
        }
        Options { own_account: base.own_account.clone().or_else(own).or_else(others), trusted_accounts, ..base.clone() }
    }
}
