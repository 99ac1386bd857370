//! Two sources of one bucket, compared: by access first, then by what is written.

mod access;
mod canonical;
mod doors;
mod effective;
mod identity;
pub mod points;
mod settings;
mod statements;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::exposure::Options;
use crate::policy::{Audience, Power, Request};
use crate::source::Span;
use crate::value::{Origin, Truth};

use super::said::Said;
use super::side::Subject;

pub use access::{CONFINED, more, nobody, permits};
pub use canonical::canonical;
pub(super) use canonical::tidy as tidied;
pub use doors::{OWN_POINTS, is_by_own_point, left_to_points, of_own_points};
pub use identity::namesake;
pub use settings::account_block;
pub use statements::statement_changes;

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Direction {
    Gained,
    Lost,
}

/// Access that one side gives and the other does not.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessChange {
    /// Which way.
    pub direction: Direction,
    /// Whether it is certain; what is undecided *may* be gained or lost.
    pub holds: Truth,
    /// Who.
    pub audience: Audience,
    /// What.
    pub power: Power,
    /// Through what: a statement, a grant, an access point.
    pub via: String,
    /// Where that stands.
    pub origin: Origin,
    /// A request that the one side permits and the other does not.
    pub witness: Option<Request>,
    /// What is not known, where it is undecided.
    pub why: Vec<String>,
}

/// How a statement changed.
#[derive(Clone, Debug, PartialEq)]
pub struct StatementChange {
    /// Sid, or position.
    pub name: String,
    /// The old statement.
    pub old: Option<Json>,
    /// The new statement.
    pub new: Option<Json>,
}

/// How a setting changed: both sides in one spelling.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingChange {
    /// The feature's name in a snapshot.
    pub feature: String,
    /// The old value; `Null` is none.
    pub old: Json,
    /// The new value.
    pub new: Json,
}

/// Something that could not be compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Undecided {
    /// The feature.
    pub feature: String,
    /// One sentence.
    pub why: String,
}

/// A setting that differs, and that code leaves as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftAlone {
    /// How it differs from what is written.
    pub change: SettingChange,
    /// Why it is left.
    pub why: String,
    /// What it takes away or gives out beyond what is written: whether it should be so the code does not say.
    pub doubt: Option<String>,
}

/// Which side has the bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Presence {
    Both,
    OnlyOld,
    OnlyNew,
}

/// One bucket, compared.
#[derive(Clone, Debug, PartialEq)]
pub struct BucketDiff {
    /// Its name.
    pub name: String,
    /// Which side has it.
    pub presence: Presence,
    /// Whether a side that lacks it claims to have all buckets: code manages some, a snapshot has what there was.
    pub is_change: bool,
    /// Access gained and lost, the widest first.
    pub access: Vec<AccessChange>,
    /// Statements of the bucket policy.
    pub statements: Vec<StatementChange>,
    /// Settings that both sides speak of.
    pub settings: Vec<SettingChange>,
    /// Settings that code says nothing about and that are not as a new bucket has them.
    pub unmanaged: Vec<SettingChange>,
    /// Settings that code leaves as they are, whatever it says of them.
    pub left: Vec<LeftAlone>,
    /// What could not be compared.
    pub undecided: Vec<Undecided>,
    /// Features that decide no access and that a side has no word for.
    pub unsaid: BTreeSet<&'static str>,
    /// Where a side that is code declares it; the new one where both are.
    pub declared: Option<Declared>,
}

/// Where code declares a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Whose code: that of the new side is [`Direction::Gained`].
    pub side: Direction,
    /// Its block.
    pub bucket: Option<Span>,
    /// What is written of its features.
    pub features: BTreeMap<&'static str, Span>,
}

impl Declared {
    fn of(subject: Option<&Subject<'_>>, side: Direction) -> Option<Self> {
        let subject = subject.filter(|it| !it.is_live)?;
        let it = subject.bucket()?;
        let spans = [
            ("public_access_block", it.public_access_block.origin.span),
            ("policy", it.policy.origin.span),
            ("acl", it.acl.origin.span),
            ("ownership", it.ownership.origin.span),
            ("versioning", it.versioning.origin.span),
            ("encryption", it.encryption.origin.span),
            ("logging", it.logging.origin.span),
            ("object_lock", it.object_lock.origin.span),
            ("lifecycle", it.lifecycle.origin.span),
            ("replication", it.replication.origin.span),
            ("cors", it.cors.origin.span),
            ("website", it.website.origin.span),
            ("notification", it.notification.origin.span),
            ("tags", it.tags.origin.span),
        ];
        let features = spans.into_iter().filter_map(|(name, span)| Some((name, span?))).collect();
        Some(Self { side, bucket: it.origin.span, features })
    }
}

impl BucketDiff {
    /// A bucket that both sources have, and have alike.
    #[must_use]
    pub fn none(name: &str) -> Self {
        Self::new(name, Presence::Both)
    }

    fn new(name: &str, presence: Presence) -> Self {
        Self {
            name: name.to_owned(),
            presence,
            is_change: false,
            access: Vec::new(),
            statements: Vec::new(),
            settings: Vec::new(),
            unmanaged: Vec::new(),
            left: Vec::new(),
            undecided: Vec::new(),
            unsaid: BTreeSet::new(),
            declared: None,
        }
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.presence == Presence::Both
            && self.access.is_empty()
            && self.statements.is_empty()
            && self.settings.is_empty()
            && self.unmanaged.is_empty()
            && self.left.is_empty()
            && self.undecided.is_empty()
    }

    /// Whether access is certainly gained.
    #[must_use]
    pub fn gains(&self) -> bool {
        self.access.iter().any(|it| it.direction == Direction::Gained && it.holds == Truth::Yes)
    }

    /// Whether anything is certainly other than before; with `strict` also what code says nothing about.
    #[must_use]
    pub fn changes(&self, strict: bool) -> bool {
        self.is_change
            || self.access.iter().any(|it| it.holds == Truth::Yes)
            || !self.statements.is_empty()
            || !self.settings.is_empty()
            || (strict && (!self.unmanaged.is_empty() || !self.left.is_empty() || self.presence != Presence::Both))
    }

    /// Whether something could not be decided.
    #[must_use]
    pub fn is_undecided(&self) -> bool {
        !self.undecided.is_empty()
            || self.left.iter().any(|it| it.doubt.is_some())
            || self.access.iter().any(|it| it.holds != Truth::Yes)
    }
}

/// Compares a bucket of two sources; `None` is a source that does not have it. `both_alike`: both sources claim to have
/// all buckets.
#[must_use]
pub fn compare(
    name: &str,
    old: Option<&Subject<'_>>,
    new: Option<&Subject<'_>>,
    base: &Options,
    both_alike: bool,
) -> BucketDiff {
    let presence = match (old, new) {
        (Some(_), Some(_)) => Presence::Both,
        (Some(_), None) => Presence::OnlyOld,
        _ => Presence::OnlyNew,
    };
    let mut diff = BucketDiff::new(name, presence);
    diff.declared = Declared::of(new, Direction::Gained).or_else(|| Declared::of(old, Direction::Lost));
    if presence != Presence::Both {
        diff.is_change = both_alike;
        // A bucket that is there gives beyond what the other side gives all that it gives; one that code is yet to make nothing.
        if !both_alike && !new.is_some_and(|it| it.is_live) {
            return diff;
        }
    }
    diff.access.extend(beyond(name, new, old, base).map(|it| it.in_direction(Direction::Gained)));
    if let (true, Some(new)) = (presence == Presence::OnlyNew && !both_alike, new) {
        // What the own account does with buckets that other code manages, or none, is no change of this code's.
        let own = new.options(base, None).own_account;
        diff.access.retain(|it| match &it.audience {
            Audience::Account(who) => !is_own(who, own.as_deref()),
            Audience::Service(_) => false,
            Audience::Anonymous | Audience::AnyAccount => true,
        });
    }
    diff.access.extend(beyond(name, old, new, base).map(|it| it.in_direction(Direction::Lost)));
    let (Some(old), Some(new)) = (old, new) else { return diff };
    statements::compare(old, new, &mut diff);
    settings::compare(old, new, &mut diff);
    points::compare(name, old, new, &mut diff);
    super::left::settle(&mut diff, old, new, base);
    diff.undecided.sort();
    diff.undecided.dedup();
    diff
}

/// What one side gives and the other does not; what it leaves to access points it gives by these.
fn beyond<'s>(
    name: &'s str,
    one: Option<&'s Subject<'_>>,
    other: Option<&'s Subject<'_>>,
    base: &'s Options,
) -> impl Iterator<Item = AccessChange> + 's {
    one.into_iter().flat_map(move |it| {
        let own = it.options(base, other).own_account;
        let found = more(name, it, other, base).into_iter();
        let found: Vec<AccessChange> =
            found.filter_map(|change| doors::by_points(name, change, (it, other), own.as_deref())).collect();
        found
    })
}

/// Whether an ARN or an id is of the own account.
#[must_use]
pub(super) fn is_own(who: &str, account: Option<&str>) -> bool {
    let id = if who.starts_with("arn:") { who.split(':').nth(4).unwrap_or_default() } else { who };
    account == Some(id)
}

impl AccessChange {
    fn in_direction(self, direction: Direction) -> Self {
        Self { direction, ..self }
    }
}

/// The document of a feature where it is certainly set, `None` where it is certainly not.
fn document(said: Option<&Said>) -> Option<&Json> {
    match said {
        Some(Said::Set(document)) => Some(document),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
