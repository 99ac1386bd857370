//! What is asked of a trail, and what it tells.

use std::collections::BTreeSet;

use crate::exposure::Options;
use crate::frontend::live::{BucketRecord, State};
use crate::value::Truth;

use super::super::time::Time;
use super::{Access, Event, Network, Seen};

/// What is asked of a trail.
#[derive(Debug, Default)]
pub struct Ask {
    /// The bucket.
    pub bucket: String,
    /// The bucket and its account before the first event, where that is known.
    pub start: Option<(BucketRecord, State)>,
    /// The same after the last.
    pub end: Option<(BucketRecord, State)>,
    /// The same now: whom it is open to is told.
    pub live: Option<(BucketRecord, State)>,
    /// What is known around.
    pub options: Options,
    /// Ranges that calls are expected from; where there are none, none is unexpected.
    pub known: Vec<Network>,
    /// Patterns of actors that are expected to change buckets.
    pub deployers: Vec<String>,
    /// Requests for objects, of server access logs; those of data events stand among the events.
    pub accesses: Vec<Access>,
}

/// One call, and what it changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The call.
    pub event: Event,
    /// The feature it set, where it set one and did not fail.
    pub feature: Option<&'static str>,
    /// Whether the bucket was open to everyone before and after.
    pub before: Truth,
    /// After.
    pub after: Truth,
    /// `expected`, `unknown-network`, `tamper`, `failed`, `same-second`, `bucket-not-said`, `object-acl`.
    pub labels: Vec<&'static str>,
}

/// A time during which someone outside had access.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Who had it.
    pub audience: String,
    /// Whether nobody named them.
    pub public: bool,
    /// Whether they certainly had it; else a setting is not known, and they may have had it.
    pub certain: bool,
    /// When it opened, at the latest.
    pub opened: Time,
    /// Whether it may have been open before: the state before the event is not known.
    pub maybe_earlier: bool,
    /// The call that opened it; `None` where it was open before the trail: then nothing tells since when.
    pub opened_by: Option<Event>,
    /// Other calls of the same second that may have opened it instead: which came last is not known.
    pub or_opened_by: Vec<Event>,
    /// The call that closed it; `None` where it is still open after the last event.
    pub closed_by: Option<Event>,
    /// Other calls of the same second that may have closed it instead.
    pub or_closed_by: Vec<Event>,
    /// The call after which it is not known whether it was still open.
    pub doubtful_since: Option<Event>,
    /// What they could do: `read`, `write` …
    pub powers: BTreeSet<&'static str>,
    /// Through what.
    pub via: BTreeSet<String>,
    /// Requests of those outside while it was open; `None` where nothing was given that would tell.
    pub seen: Option<Seen>,
}

/// One who has access in the bucket as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenNow {
    /// Who.
    pub who: String,
    /// Whether it is certain.
    pub certain: bool,
    /// Whether the events leave it unsaid: since when is not known.
    pub is_new: bool,
}

/// The whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replay {
    /// Calls about the bucket or its account, in order.
    pub rows: Vec<Row>,
    /// Exposure windows, in order.
    pub windows: Vec<Window>,
    /// Whether the bucket is open to everyone after the last event.
    pub last: Option<Truth>,
    /// When the last event was that was read, of whatever bucket: what is open then was open at least until then.
    pub until: Option<Time>,
    /// What is in the way of certainty.
    pub problems: Vec<String>,
    /// Requests of outsiders that were served while no window was open to them; `None` where nothing was given that would tell.
    pub outside: Option<Seen>,
    /// Who has access in the bucket as it is, or may have.
    pub open_now: Vec<OpenNow>,
    /// What is a sign of ransom, one sentence each, in order: what was done to objects, and what takes evidence or the way back away.
    pub signs: Vec<String>,
    /// How many more there would be of callers that are expected to change the bucket.
    pub quiet: usize,
    /// Buckets of the bucket's account, as the records tell it.
    pub homes: BTreeSet<String>,
    /// What was passed over, and is in no way.
    pub notes: Vec<String>,
    /// The bucket after the last event.
    pub record: BucketRecord,
    /// The account's setting after the last event.
    pub account: State,
    /// Whether a call is missing from the trail: the end state is not what the events leave.
    pub is_missing: bool,
}
