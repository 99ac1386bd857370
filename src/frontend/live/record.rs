//! What is said of a bucket or an account: as it stands in the text of a snapshot, or as another source was translated.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::value::{Origin, Val, json};

use super::feature::{FEATURES, FeatureSpec, POINT, POINT_POLICY};
use super::lower::{member, scalar};
use super::snapshot::{BucketRecord, State};

/// What is said of a bucket.
pub(super) trait Record<'r> {
    /// Where.
    fn origin(&self) -> Origin;
    /// The account's id.
    fn account(&self) -> Option<String>;
    /// The region.
    fn region(&self) -> Option<String>;
    /// Its features.
    fn features(&self) -> Features<'r>;
}

/// As it stands in a snapshot.
impl<'r> Record<'r> for &'r Val {
    fn origin(&self) -> Origin {
        self.origin.clone()
    }

    fn account(&self) -> Option<String> {
        member(self, "account").and_then(scalar)
    }

    fn region(&self) -> Option<String> {
        member(self, "region").and_then(scalar)
    }

    fn features(&self) -> Features<'r> {
        let source = self.get("features").map_or(Source::Silent, Source::Written);
        Features { source, owner: self.origin.clone(), asked: &FEATURES }
    }
}

/// As another source was translated, for all of which one place stands.
pub(super) struct Translated<'r> {
    pub record: &'r BucketRecord,
    pub origin: Origin,
}

impl<'r> Record<'r> for Translated<'r> {
    fn origin(&self) -> Origin {
        self.origin.clone()
    }

    fn account(&self) -> Option<String> {
        self.record.account.clone()
    }

    fn region(&self) -> Option<String> {
        self.record.region.clone()
    }

    fn features(&self) -> Features<'r> {
        Features { source: Source::Translated(&self.record.features), owner: self.origin.clone(), asked: &FEATURES }
    }
}

/// The features of a bucket, or what is said like them of an account or an access point.
pub(super) struct Features<'r> {
    source: Source<'r>,
    /// Where what they belong to stands.
    pub owner: Origin,
    /// What asks for each.
    pub asked: &'static [FeatureSpec],
}

enum Source<'r> {
    Silent,
    Written(&'r Val),
    Translated(&'r BTreeMap<String, State>),
    /// The only one there is, whatever is asked for.
    One(&'r State),
}

/// What is said of a feature.
pub(super) enum Said<'r> {
    Set(Cow<'r, Val>),
    Absent(Origin),
    Unknown {
        code: Cow<'r, str>,
        message: Option<String>,
        origin: Origin,
    },
    /// None of these three.
    Other(Origin),
}

impl<'r> Features<'r> {
    /// Those that stand in a map by their names.
    pub(super) fn written(record: &'r Val) -> Self {
        Self { source: Source::Written(record), owner: record.origin.clone(), asked: &FEATURES }
    }

    /// Those of an access point.
    pub(super) fn of_point(record: &'r Val) -> Self {
        Self { asked: &[POINT, POINT_POLICY], ..Self::written(record) }
    }

    /// One that was translated.
    pub(super) fn one(state: &'r State, owner: Origin) -> Self {
        Self { source: Source::One(state), owner, asked: &FEATURES }
    }

    /// What is said of one; `None` where it is not spoken of.
    pub(super) fn said(&self, name: &str) -> Option<Said<'r>> {
        match self.source {
            Source::Silent => None,
            Source::Written(all) => all.get(name).map(written),
            Source::Translated(all) => all.get(name).map(|it| translated(it, &self.owner)),
            Source::One(it) => Some(translated(it, &self.owner)),
        }
    }
}

fn written(state: &Val) -> Said<'_> {
    let origin = state.origin.clone();
    let said = state.get("state").and_then(Val::as_symstr);
    let is = |word: &str| said.as_ref().is_some_and(|it| it.is(word));
    if is("set")
        && let Some(value) = state.get("value")
    {
        return Said::Set(Cow::Borrowed(value));
    }
    if is("absent") {
        return Said::Absent(origin);
    }
    if is("unknown") {
        let text = |key: &str| state.get(key).and_then(scalar);
        return Said::Unknown { code: text("code").unwrap_or_default().into(), message: text("message"), origin };
    }
    Said::Other(origin)
}

fn translated<'r>(state: &'r State, owner: &Origin) -> Said<'r> {
    match state {
        State::Set { value, .. } => Said::Set(Cow::Owned(json::of_document(value, owner))),
        State::Absent { .. } => Said::Absent(owner.clone()),
        State::Unknown { code, message, .. } => {
            Said::Unknown { code: code.into(), message: Some(message.clone()), origin: owner.clone() }
        }
    }
}
