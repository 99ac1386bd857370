//! Who used the bucket: requests of outsiders while it was open to them, and those that were served though nothing shows it open.

use std::collections::BTreeSet;

use crate::value::is_account_id;

use super::super::diff::CONFINED;
use super::super::side::is_canonical_id;
use super::super::time::Time;
use super::access::{Access, Outcome, Seen, Who};
use super::recorded::{Gap, Switches};
use super::told::Window;

/// The time between two.
type Span = (Time, Time);

/// The time that what was given is of.
#[derive(Clone, Debug, Default)]
pub(super) struct Cover {
    /// Of server access logs, which have every request.
    logs: Option<Span>,
    /// Of data events that read, and that write: a trail may select the one or the other.
    reads: Option<Span>,
    writes: Option<Span>,
    /// Times in which data events that read, and that write, need not have been recorded, and which call took them away.
    unread: Vec<Gap>,
    unwritten: Vec<Gap>,
}

impl Cover {
    /// A trail that has data events of the bucket has those of the time that it is of.
    pub fn of(logs: &[Access], events: &[Access], trail: Option<Span>) -> Self {
        let has = |reads: bool| trail.filter(|_| events.iter().any(|it| it.reads() == reads));
        Self { logs: span(logs), reads: has(true), writes: has(false), ..Self::default() }
    }

    /// Without what switches took away of the data events.
    pub fn but_for(self, switches: &Switches<'_>, events: &[Access]) -> Self {
        let lost = |reads: bool| {
            let times: Vec<Time> = events.iter().filter(|it| it.reads() == reads).map(|it| it.time).collect();
            switches.lost(reads, &times)
        };
        Self { unread: lost(true), unwritten: lost(false), ..self }
    }

    /// Gaps of what a kind of requests rests on, within a time; access logs have every request of theirs.
    fn gaps(&self, kind: &str, (from, to): Span) -> impl Iterator<Item = &Gap> {
        let (reads, writes) = (kind != "writes", kind != "reads");
        let all = self.unread.iter().filter(move |_| reads).chain(self.unwritten.iter().filter(move |_| writes));
        let logs = self.logs;
        let is_logged = move |it: &Gap| {
            let (from, to) = (from.max(it.from), to.min(it.to));
            logs.is_some_and(|(first, last)| first <= from && to <= last)
        };
        all.filter(move |it| it.from < to && from < it.to && !is_logged(it))
    }

    fn kind(&self, kind: &str) -> Option<Span> {
        let own = match kind {
            "reads" => self.reads,
            "writes" => self.writes,
            _ => joined(self.reads, self.writes),
        };
        joined(self.logs, own)
    }

    fn all(&self) -> Option<Span> {
        joined(self.logs, joined(self.reads, self.writes))
    }
}

fn joined(a: Option<Span>, b: Option<Span>) -> Option<Span> {
    match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (a, b) => a.or(b),
    }
}

/// The first and the last request.
fn span(accesses: &[Access]) -> Option<Span> {
    let times = || accesses.iter().map(|it| it.time);
    times().min().zip(times().max())
}

/// Whether a window gives one of several powers.
fn has(window: &Window, all: &[&str]) -> bool {
    window.powers.iter().any(|it| all.contains(it))
}

/// Kinds of requests that a window lets outsiders make.
fn kinds(window: &Window) -> Vec<&'static str> {
    let mut out = Vec::new();
    out.extend(has(window, &["read", "list"]).then_some("reads"));
    out.extend(has(window, &["write", "delete"]).then_some("writes"));
    if out.is_empty() { vec!["requests"] } else { out }
}

/// Leaves one of the copies of a request: those of the trail have an id of their own, a log's line has that of the request.
fn once(accesses: &mut Vec<Access>) {
    accesses.sort_by(|a, b| (a.time, &a.id, &a.object).cmp(&(b.time, &b.id, &b.object)));
    accesses.dedup_by(|a, b| !a.id.is_empty() && a.id == b.id && a.object == b.object && a.operation == b.operation);
    let is_logged = |it: &Access| it.request.as_ref() == Some(&it.id);
    let in_trail: BTreeSet<(String, Option<String>)> = accesses
        .iter()
        .filter(|it| !is_logged(it))
        .filter_map(|it| Some((it.request.clone()?, it.object.clone())))
        .collect();
    accesses.retain(|it| !is_logged(it) || !in_trail.contains(&(it.id.clone(), it.object.clone())));
}

/// What was seen beside the windows.
#[derive(Debug, Default)]
pub(super) struct Besides {
    /// What was served to outsiders while nothing shows the bucket open; `None` where nothing was given that would tell.
    pub outside: Option<Seen>,
    /// The first of it.
    pub first: Option<Access>,
    /// Times of the windows of which no data event need have been recorded, one sentence each.
    pub gaps: BTreeSet<String>,
}

/// Counts requests of outsiders in the windows that were open to them; what was served to them besides is given back. Calls about the
/// configuration are in every trail, and tell of no more than themselves.
pub(super) fn see(
    windows: &mut [Window],
    mut accesses: Vec<Access>,
    (cover, end): (&Cover, Option<Time>),
    own: Option<&str>,
) -> Besides {
    let mut out = Besides::default();
    let all = cover.all();
    if all.is_none() && accesses.is_empty() {
        return out;
    }
    once(&mut accesses);
    let mut is_counted = vec![false; accesses.len()];
    for window in windows {
        let until = window.closed_by.as_ref().map(|it| it.time);
        let named = window.audience.clone();
        let is_anyone = window.public || named.starts_with(CONFINED);
        let is_theirs = |account: &str| is_anyone || (!account.is_empty() && named.contains(account));
        let since = window.opened_by.as_ref().map(|_| window.opened);
        let is_within = |at: Time| since.is_none_or(|it| it <= at) && until.is_none_or(|it| at <= it);
        let is_known = window.opened_by.is_some() && !window.maybe_earlier;
        let kinds = kinds(window);
        let covers = |(first, last): Span| first <= window.opened && until.or(end).is_none_or(|it| it <= last);
        let last = until.or(end).unwrap_or(Time(i64::MAX));
        let gaps: Vec<&Gap> = kinds.iter().flat_map(|it| cover.gaps(it, (window.opened, last))).collect();
        let is_whole = is_known && kinds.iter().all(|it| cover.kind(it).is_some_and(covers)) && gaps.is_empty();
        out.gaps.extend(gaps.iter().map(ToString::to_string));
        let lacks = kinds.iter().copied().filter(|it| cover.kind(it).is_none()).collect();
        let mut seen = Seen { cover: all, is_whole, lacks, ..Seen::default() };
        // What changes the configuration takes more than the right to read.
        let lets =
            |it: &Access| !it.controls() || window.powers.is_empty() || has(window, &["control", "delete", "write"]);
        for (it, is_counted) in accesses.iter().zip(&mut is_counted).filter(|it| is_within(it.0.time)) {
            if it.outsider(own).is_some_and(is_theirs) && lets(it) {
                seen.add(it);
                *is_counted = true;
            }
        }
        window.seen = Some(seen).filter(|it| all.is_some() || 0 < it.served);
    }
    let mut rest = Seen { cover: all, ..Seen::default() };
    let is_outside = |it: &Access| match &it.who {
        Who::Anonymous => true,
        // Where nobody knows whose the bucket is, who signed may be at home; a bare id that writes may be the one that delivers logs.
        Who::Principal(..) => {
            own.is_some()
                && it
                    .outsider(own)
                    .is_some_and(|who| is_account_id(who) || is_canonical_id(who) && it.operation.contains("GET"))
        }
        Who::Own(_) => false,
    };
    let others = accesses.into_iter().zip(is_counted).filter(|it| !it.1).map(|it| it.0);
    for it in others.filter(|it| it.outcome == Outcome::Served && is_outside(it)) {
        rest.add(&it);
        out.first.get_or_insert(it);
    }
    out.outside = Some(rest).filter(|it| all.is_some() || 0 < it.served);
    out
}

/// What was served though nothing shows the bucket open, in one sentence.
pub(super) fn told(rest: &Seen, first: &Access) -> String {
    let object = first.object.as_deref().map(|it| format!(" {it}")).unwrap_or_default();
    let acl = match first.operation.as_str() {
        "GetDataAccess" => "S3 Access Grants, ",
        _ if first.manages() => "",
        _ => "an ACL of the object, ",
    };
    format!(
        "{} requests of outsiders were served while the events have the bucket shut to them, first {} {}{object} by {} from {}: {acl}an \
         access point, or a call that is not in the trail let them in, and for how long is not known",
        rest.served,
        first.time,
        first.operation,
        first.who(),
        first.address
    )
}
