//! Events in order of time, the verdict after each, and the windows between.

use std::collections::{BTreeMap, BTreeSet};

use crate::exposure::Options;
use crate::frontend::live::{AccountRecord, BucketRecord, LISTED, State};
use crate::policy::Audience;
use crate::value::Truth;

use super::super::diff::{canonical, more};
use super::super::plan::{Around, Stage};
use super::super::time::Time;
use super::fold::{BEFORE, Now};
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
    /// `expected`, `unknown-network`, `tamper`, `failed`.
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
    /// The call that closed it; `None` where it is still open after the last event.
    pub closed_by: Option<Event>,
    /// What they could do: `read`, `write` …
    pub powers: BTreeSet<&'static str>,
    /// Through what.
    pub via: BTreeSet<String>,
    /// Requests of those outside while it was open; `None` where nothing was given that would tell.
    pub seen: Option<Seen>,
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
    /// What is in the way of certainty.
    pub problems: Vec<String>,
    /// The bucket after the last event.
    pub record: BucketRecord,
    /// The account's setting after the last event.
    pub account: State,
}

/// Features whose change destroys evidence or the way back.
const TAMPER: [&str; 6] = ["versioning", "logging", "lifecycle", "replication", "encryption", "object_lock"];

/// Replays events: they may come in any order, and more than once.
#[must_use]
pub fn replay(mut events: Vec<Event>, ask: &Ask) -> Replay {
    // Tables of queries need not have ids: then all that is said tells two calls apart.
    events.sort_by_cached_key(|it| {
        (it.time, it.id.clone(), it.name.clone(), if it.id.is_empty() { format!("{it:?}") } else { String::new() })
    });
    events.dedup_by(|a, b| if a.id.is_empty() { a == b } else { a.id == b.id });
    let account_of = |it: &Event| it.account.clone();
    let own = events.iter().filter(|it| it.bucket.as_deref() == Some(&ask.bucket)).find_map(account_of);
    let account = ask.options.own_account.clone().or(own);
    let options = Options { own_account: account.clone(), ..ask.options.clone() };
    let mut now = Now::unknown();
    if let Some((record, block)) = &ask.start {
        now.is_known = true;
        now.features.extend(record.features.clone());
        // Access points are listed, not replayed: nothing is claimed of them.
        now.features.remove(LISTED);
        now.account = block.clone();
    }
    let mut accesses = ask.accesses.clone();
    accesses.retain(|it| it.bucket == ask.bucket);
    events.retain(|event| match Access::of_event(event) {
        Some(access) => {
            accesses.extend(Some(access).filter(|it| it.bucket == ask.bucket));
            false
        }
        None => true,
    });
    let mut out = Replay::default();
    let mut open: BTreeMap<String, Window> = BTreeMap::new();
    let mut state = verdict(&now, ask, account.as_deref(), &options);
    for event in events {
        let is_account = event.name.ends_with("AccountPublicAccessBlock");
        let is_point = event.name.contains("AccessPoint") && event.bucket.is_none();
        // Which bucket an access point leads to is said only where it is made.
        let concerns = match is_account || is_point {
            true => account.is_none() || event.account == account,
            false => event.bucket.as_deref() == Some(&ask.bucket),
        };
        if !concerns {
            continue;
        }
        if out.rows.is_empty() {
            before_the_trail(event.time, &state, &mut open);
        }
        let mut labels = Vec::new();
        if ask.deployers.iter().any(|it| crate::policy::glob(it, &event.actor)) {
            labels.push("expected");
        }
        let address: Option<std::net::IpAddr> = event.address.parse().ok();
        if !ask.known.is_empty() && address.is_some_and(|it| !ask.known.iter().any(|net| net.contains(it))) {
            labels.push("unknown-network");
        }
        let before = state.public;
        if event.error.is_some() {
            labels.push("failed");
            out.rows.push(Row { event, feature: None, before, after: before, labels });
            continue;
        }
        let feature = now.apply(&event);
        if feature.is_some_and(|it| TAMPER.contains(&it)) {
            labels.push("tamper");
        }
        if event.name.contains("AccessPoint") {
            out.problems.push(format!(
                "{} {}: access points, of one region or of several, are listed, not replayed: compare them with `diff`",
                event.time, event.name
            ));
        }
        if feature.is_some() {
            let next = verdict(&now, ask, account.as_deref(), &options);
            step(&event, &state, &next, &mut open, &mut out.windows);
            state = next;
        }
        out.rows.push(Row { event, feature, before, after: state.public, labels });
    }
    out.windows.extend(open.into_values());
    out.windows.sort_by(|a, b| (a.opened, !a.public, &a.audience).cmp(&(b.opened, !b.public, &b.audience)));
    see(&mut out.windows, accesses, account.as_deref());
    out.last = (!out.rows.is_empty() || ask.start.is_some()).then_some(state.public);
    finish(&mut out, now, ask, account, state.public);
    out
}

/// Counts requests of outsiders in the windows that were open to them.
fn see(windows: &mut [Window], mut accesses: Vec<Access>, own: Option<&str>) {
    if accesses.is_empty() {
        return;
    }
    accesses.sort_by(|a, b| (a.time, &a.id, &a.object).cmp(&(b.time, &b.id, &b.object)));
    accesses.dedup_by(|a, b| !a.id.is_empty() && a.id == b.id && a.object == b.object && a.operation == b.operation);
    for window in windows {
        let until = window.closed_by.as_ref().map(|it| it.time);
        let named = window.audience.clone();
        let is_theirs = |account: &str| window.public || (!account.is_empty() && named.contains(account));
        let since = window.opened_by.as_ref().map(|_| window.opened);
        let is_within = |at: Time| since.is_none_or(|it| it <= at) && until.is_none_or(|it| at <= it);
        let during = accesses.iter().filter(|it| is_within(it.time));
        let mut seen = Seen::default();
        for it in during.filter(|it| it.outsider(own).is_some_and(is_theirs)) {
            seen.add(it);
        }
        window.seen = Some(seen);
    }
}

fn finish(out: &mut Replay, now: Now, ask: &Ask, account: Option<String>, public: Truth) {
    if out.rows.is_empty() {
        out.problems.push(format!("the trail has no management event of the bucket {}", ask.bucket));
    }
    if public == Truth::Unknown {
        let unknown: Vec<&str> = now
            .features
            .iter()
            .filter(|it| matches!(it.0.as_str(), "policy" | "acl" | "public_access_block" | "ownership"))
            .filter(|it| matches!(it.1, State::Unknown { code, .. } if code == BEFORE))
            .map(|it| it.0.as_str())
            .chain(now.account.is_unknown().then_some("the account's Block Public Access"))
            .collect();
        out.problems.push(format!(
            "whether the bucket is open at the end is not known: {} before the trail; give --start-state",
            unknown.join(", ")
        ));
    }
    if let Some((live, block)) = &ask.end {
        for name in ["public_access_block", "policy", "acl", "ownership", "versioning", "logging"] {
            let (Some(folded), Some(live)) = (now.features.get(name), live.features.get(name)) else { continue };
            if !folded.is_unknown()
                && !live.is_unknown()
                && canonical(name, folded.value()) != canonical(name, live.value())
            {
                out.problems.push(format!("{name} is not what the events leave: an event is missing from the trail"));
            }
        }
        let same =
            canonical("public_access_block", now.account.value()) == canonical("public_access_block", block.value());
        if !now.account.is_unknown() && !block.is_unknown() && !same {
            out.problems
                .push("the account's Block Public Access is not what the events leave: an event is missing".to_owned());
        }
    }
    out.record = BucketRecord { account, features: now.features, ..BucketRecord::default() };
    out.account = now.account;
}

/// Who has access at a time.
struct Verdict {
    public: Truth,
    open: BTreeMap<String, Ways>,
    /// Audiences of whom it is not known.
    perhaps: BTreeMap<String, Ways>,
}

/// Whether nobody named the audience, what it can do, and through what.
type Ways = (bool, BTreeSet<&'static str>, BTreeSet<String>);

fn verdict(now: &Now, ask: &Ask, account: Option<&str>, options: &Options) -> Verdict {
    let mut record =
        BucketRecord { account: account.map(str::to_owned), features: now.features.clone(), ..BucketRecord::default() };
    if !now.exists {
        record.features.values_mut().for_each(|it| *it = State::absent());
    }
    let block = AccountRecord { public_access_block: now.account.clone(), ..AccountRecord::default() };
    let around = Around { accounts: [(account.unwrap_or_default().to_owned(), block)].into(), ..Around::default() };
    let subject = Stage::of(&ask.bucket, &record, &around).subject();
    let mut out = Verdict { public: Truth::No, open: BTreeMap::new(), perhaps: BTreeMap::new() };
    if !now.exists {
        return out;
    }
    for it in more(&ask.bucket, &subject, None, options) {
        let (who, public) = match &it.audience {
            Audience::Anonymous | Audience::AnyAccount => ("everyone".to_owned(), true),
            Audience::Account(who) if is_own(who, account) => continue,
            Audience::Account(who) => (who.clone(), false),
            Audience::Service(_) => continue,
        };
        if public {
            out.public = out.public.or(it.holds);
        }
        let map = if it.holds == Truth::Yes { &mut out.open } else { &mut out.perhaps };
        let entry = map.entry(who).or_insert_with(|| (public, BTreeSet::new(), BTreeSet::new()));
        entry.1.insert(it.power.as_str());
        entry.2.insert(it.via);
    }
    // Nothing is known of what was there before the trail.
    if ["policy", "acl"].iter().any(|name| now.features.get(*name).is_some_and(State::is_unknown)) {
        let restricted = |it: &State| {
            let block = canonical("public_access_block", it.value());
            ["IgnorePublicAcls", "RestrictPublicBuckets"]
                .iter()
                .all(|key| block.get(*key) == Some(&serde_json::Value::Bool(true)))
        };
        let shut = restricted(&now.account) || now.features.get("public_access_block").is_some_and(restricted);
        if !shut {
            out.public = out.public.or(Truth::Unknown);
            let ways = || (true, BTreeSet::new(), BTreeSet::from(["what was there before the trail".to_owned()]));
            out.perhaps.entry("everyone".to_owned()).or_insert_with(ways);
        }
    }
    out
}

fn is_own(who: &str, account: Option<&str>) -> bool {
    let id = if who.starts_with("arn:") { who.split(':').nth(4).unwrap_or_default() } else { who };
    account == Some(id)
}

/// Opens the windows of those who certainly had access before the first event, which is when that is known at the latest.
fn before_the_trail(first: Time, state: &Verdict, open: &mut BTreeMap<String, Window>) {
    for (who, (public, powers, via)) in &state.open {
        let window = Window {
            audience: who.clone(),
            public: *public,
            certain: true,
            opened: first,
            maybe_earlier: true,
            opened_by: None,
            closed_by: None,
            powers: powers.clone(),
            via: via.clone(),
            seen: None,
        };
        open.insert(who.clone(), window);
    }
}

/// Opens and closes windows.
fn step(event: &Event, before: &Verdict, after: &Verdict, open: &mut BTreeMap<String, Window>, done: &mut Vec<Window>) {
    let certain = after.open.iter().map(|it| (it, true));
    let perhaps = after.perhaps.iter().filter(|it| !after.open.contains_key(it.0)).map(|it| (it, false));
    for ((who, (public, powers, via)), certain) in certain.chain(perhaps) {
        let window = open.entry(who.clone()).or_insert_with(|| Window {
            audience: who.clone(),
            public: *public,
            certain,
            opened: event.time,
            maybe_earlier: before.perhaps.contains_key(who) || before.open.contains_key(who),
            // Who had access before, or as much of it as is known now, was not let in by this call.
            opened_by: (!before.open.contains_key(who) && (certain || !before.perhaps.contains_key(who)))
                .then(|| event.clone()),
            closed_by: None,
            powers: BTreeSet::new(),
            via: BTreeSet::new(),
            seen: None,
        });
        if certain && !window.certain {
            // It may have been open since then, and is so for certain since now.
            let opened_by = Some(event.clone());
            *window = Window { certain, opened: event.time, maybe_earlier: true, opened_by, ..window.clone() };
        }
        window.powers.extend(powers);
        window.via.extend(via.iter().cloned());
    }
    let lasts = |who: &String| after.open.contains_key(who) || after.perhaps.contains_key(who);
    let closed: Vec<String> = open.keys().filter(|it| !lasts(it)).cloned().collect();
    for who in closed {
        if let Some(mut window) = open.remove(&who) {
            window.closed_by = Some(event.clone());
            done.push(window);
        }
    }
}
