//! Events in order of time, the verdict after each, and the windows between.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::exposure::Options;
use crate::frontend::live::{BucketRecord, FEATURES, LISTED, NOT_IN_SOURCE, State};
use crate::policy::is_unique_id;
use crate::value::Truth;

use super::super::diff::{OWN_POINTS, canonical};
use super::super::time::Time;
use super::destination::{self, Homes};
use super::expected::is_expected;
use super::fold::{BEFORE, Now, changes};
use super::owner::{homes, once, owner};
use super::recorded::Switches;
use super::scope::{Points, concerns, is_regional, made, only_s3, opens_point, unplaced};
use super::second::{Call, merged, pass};
use super::shut::Shut;
use super::told::{Ask, OpenNow, Replay, Row, Window};
use super::used::{self, Cover};
use super::verdict::{Verdict, folded, verdict};
use super::{Access, Event, access, deleted, doubt, gaps, kept, keys, objects, outlets, ransom, tamper};

/// Replays events: they may come in any order, and more than once.
#[must_use]
pub fn replay(mut events: Vec<Event>, ask: &Ask) -> Replay {
    let mut problems = once(&mut events);
    let until = events.last().map(|it| it.time);
    let reach = events.first().map(|it| it.time).zip(until);
    let made = made(&events, &ask.accesses, &ask.bucket);
    let switches = gaps::switches(&events);
    let keys = keys::calls(&events);
    let notes = only_s3(&mut events, &ask.bucket).into_iter().collect();
    let given = ask.options.own_account.clone().or_else(|| ask.start.as_ref()?.0.account.clone());
    let account = match given {
        Some(it) => Some(it),
        None => owner(&events, &ask.bucket).unwrap_or_else(|why| {
            problems.push(why);
            None
        }),
    };
    let whose = (ask.bucket.as_str(), account.as_deref());
    let (gone, kept) = gaps::gaps(&switches, &events, whose, made.filter(|it| it.is_first).map(|it| it.at));
    problems.extend(gone);
    let options = Options { own_account: account.clone(), ..ask.options.clone() };
    let mut now = Now::unknown();
    if let (Some(made), None) = (made, &ask.start) {
        // Nothing before it was made is its; what was called before was there, and is made again.
        (now.exists, now.is_known) = (!made.is_first, !made.is_first);
    }
    if let Some((record, block)) = &ask.start {
        now.is_known = true;
        now.features.extend(record.features.clone());
        // Access points are listed, not replayed: nothing is claimed of them.
        now.features.remove(LISTED);
        now.account = block.clone();
    }
    let mut accesses = ask.accesses.clone();
    accesses.retain(|it| it.bucket == ask.bucket);
    let mut notes: Vec<String> = notes;
    notes.extend(kept);
    if accesses.is_empty() && !ask.accesses.is_empty() {
        notes.push(format!("the access logs that were given have no request for {}", ask.bucket));
    }
    let logged = accesses.len();
    let (homes, points) = (homes(&events, account.as_deref()), Points::of(&events));
    points.resolve(&mut events);
    let makers = kept::Makers::of(&events, &ask.bucket);
    let start = ask.start.as_ref().map(|it| &it.0);
    let of = ransom::Of {
        bucket: &ask.bucket,
        own: account.as_deref(),
        makers: &makers,
        keys: &makers.first_keys(&events, &ask.bucket, start),
        may_have_versions: now.exists && now.features.get("versioning").is_none_or(kept::may_be_on),
        logged: accesses.get(..logged).unwrap_or_default(),
        start,
        deployers: &ask.deployers,
    };
    let mut signs = ransom::Signs::of(&events, &of);
    let mut stood = kept::Stood::of(start);
    let states = [&ask.start, &ask.end, &ask.live].into_iter().flatten().map(|it| &it.0);
    let used = keys::Used::of(&events, &ask.bucket, states, made.is_some_and(|it| it.is_first));
    let (taken, doubt) = used.taken(&keys, account.as_deref());
    taken.iter().for_each(|(it, what)| signs.add(it, tamper::Weight::Sign, what));
    notes.extend(doubt);
    let opened = objects::opened(&events, &ask.bucket);
    let lasting = Homes::of(&events, whose);
    problems.extend(objects::carried_off(&events, whose, &homes, &points));
    problems.extend(outlets::told(&events, whose, &homes));
    problems.extend(unplaced(&events, &points, whose));
    events.retain(|event| {
        let found = Access::of_event(event).into_iter().chain(Access::of_copy(event));
        accesses.extend(found.filter(|it| it.bucket == ask.bucket));
        !access::is_request(event) || opened.contains(event)
    });
    let concerns = |it: &Event| concerns(it, &ask.bucket, (account.as_deref(), &points));
    let cover =
        Cover::of(accesses.get(..logged).unwrap_or_default(), accesses.get(logged..).unwrap_or_default(), reach);
    let mut out = Replay { until, problems, notes, ..Replay::default() };
    let mut open: BTreeMap<String, Window> = BTreeMap::new();
    let mut known: Vec<(Now, Verdict)> = Vec::new();
    // Of a bucket that was made here, or had none, every access point is among the events.
    let had_none = |it: &BucketRecord| match it.features.get(LISTED) {
        Some(State::Set { value, .. }) => {
            value.get("AccessPointList").and_then(Json::as_array).is_some_and(Vec::is_empty)
        }
        it => it.is_some_and(|it| !it.is_unknown()),
    };
    let is_made = made.is_some_and(|it| it.is_first);
    let has_points = !is_made && !ask.start.as_ref().is_some_and(|it| had_none(&it.0));
    let mut delegates = false;
    let mut of = |now: &Now| match known.iter().find(|it| it.0 == *now) {
        Some(it) => it.1.clone(),
        None => {
            let found = verdict(now, ask, (account.as_deref(), has_points), &options);
            known.truncate(MOST_KEPT);
            known.insert(0, (now.clone(), found.clone()));
            found
        }
    };
    let switched = Switches { all: &switches, bucket: &ask.bucket };
    let cover = cover.but_for(&switched, accesses.get(logged..).unwrap_or_default());
    accesses.extend(Access::of_managements(&events, &ask.bucket, account.as_deref()));
    let mut states = vec![now];
    // Since when a public ACL of an object does nothing, to the end.
    let mut ignored = states.iter().all(doubt::ignores_acls).then_some(Time(i64::MIN));
    let mut state = Verdict::of_all(states.iter().map(&mut of).collect());
    delegates |= state.delegates;
    events.retain(|it| concerns(it).is_some());
    for second in events.chunk_by(|a, b| a.time == b.time) {
        if let (true, Some(first)) = (out.rows.is_empty(), second.first()) {
            before_the_trail(first.time, &state, &mut open);
        }
        let is_call = |it: &&Event| it.error.is_none() && changes(it);
        let calls: Vec<Call> = second
            .iter()
            .filter(is_call)
            .map(|it| Call { event: it.clone(), certain: concerns(it) == Some(true) })
            .collect();
        let mut before = states.first().cloned().unwrap_or_else(Now::unknown);
        let mut earlier = states.clone();
        let passed = pass(&states, &calls, &ask.bucket, &mut of);
        let next = Verdict::of_all(passed.states.iter().map(&mut of).collect());
        let mut at = 0;
        for event in second {
            let position = is_call(&event).then(|| {
                at += 1;
                at - 1
            });
            let mut labels = labels(event, ask, account.as_deref());
            if Access::of_event(event).is_some() {
                labels.push("object-acl");
            }
            let was = before.clone();
            let feature = position.and_then(|_| before.apply(event));
            let own = account.as_deref();
            let mut doubts = Vec::new();
            if feature == Some("replication") {
                doubts.extend(doubt::copies(event, own, &lasting.while_set(event)));
                doubts.extend(destination::doubtful(event, own, &lasting));
            }
            let leads_out = match (destination::leads_out(event, own, &lasting), doubts.is_empty()) {
                (true, _) => Truth::Yes,
                (false, true) => Truth::No,
                (false, false) => Truth::Unknown,
            };
            out.problems.extend(doubts);
            let before_it = feature.map_or(&[][..], |it| stood.at(it, event.time));
            let around = tamper::Around { event, own, is_making: makers.is_making(event), leads_out, stood: before_it };
            out.problems.extend(feature.and_then(|it| tamper::unread(it, &before, around)));
            if let Some((it, weight)) = feature.and_then(|it| Some((it, tamper::weight(it, &was, &before, around)?))) {
                labels.push("tamper");
                signs.changed(event, weight, tamper::handed(it, around));
            }
            if feature == Some("policy") && !around.is_making {
                let of = |now: &Now| Shut::of(now.features.get("policy"), own, &ask.bucket);
                if let Some(shut) = of(&before)
                    && of(&was).is_none_or(|was| shut.is_for_good && !was.is_for_good)
                {
                    labels.push("tamper");
                    signs.shut_out(event, &shut);
                }
            }
            if let Some(it) = feature {
                stood.change(it, event, &before);
            }
            if position.is_some() && 1 < calls.len() {
                labels.push("same-second");
            }
            if position.and_then(|it| calls.get(it)).is_some_and(|it| !it.certain) {
                labels.push("bucket-not-said");
                out.problems.push(format!(
                    "{} {} by {}: the record does not say of which bucket it was; whether it changed this one, and to what, is not known",
                    event.time, event.name, event.actor
                ));
            }
            if opens_point(event) {
                let placeless = if event.region.is_none() && is_regional(event) {
                    "; the record does not say in which region this one is, and so not of which bucket (awsRegion: select it, --print-query)"
                } else {
                    ""
                };
                out.problems.push(format!(
                    "{} {}: access points, of one region or of several, are listed, not replayed: compare them with `diff`{placeless}",
                    event.time, event.name
                ));
            }
            // Of several calls of one second those that may have turned it say so, the others stand beside them.
            let turned = position.is_none_or(|it| calls.len() == 1 || passed.turners.contains(&it));
            let (was, is) = match (position, turned) {
                (None, _) => (state.public, state.public),
                (Some(_), true) => (state.public, next.public),
                (Some(_), false) => (next.public, next.public),
            };
            out.rows.push(Row { event: event.clone(), feature, before: was, after: is, labels });
        }
        out.problems.extend(passed.problems.iter().cloned());
        if !calls.is_empty() {
            let blame = |who: &str, by: &BTreeMap<String, BTreeSet<usize>>| -> Vec<Event> {
                let found =
                    by.get(who).into_iter().flatten().filter_map(|it| calls.get(*it)).map(|it| it.event.clone());
                let found: Vec<Event> = found.collect();
                if found.is_empty() { calls.last().map(|it| it.event.clone()).into_iter().collect() } else { found }
            };
            let opened = |who: &str| blame(who, &passed.openers);
            let closed = |who: &str| blame(who, &passed.closers);
            step((&opened, &closed), (&state, &next), &mut open, &mut out.windows);
            earlier = std::mem::replace(&mut states, passed.states);
            let time = second.first().map(|it| it.time);
            ignored = ignored.or(time).filter(|_| states.iter().all(doubt::ignores_acls));
            delegates |= next.delegates;
            state = next;
        }
        for event in second.iter().filter(|it| Access::of_event(it).is_some()) {
            let Some(why) = doubt::refused_acl(&earlier, &mut states, event) else { continue };
            out.problems.push(why);
            ignored = ignored.filter(|_| states.iter().all(doubt::ignores_acls));
            let next = Verdict::of_all(states.iter().map(&mut of).collect());
            let blame = |_: &str| vec![event.clone()];
            step((&blame, &blame), (&state, &next), &mut open, &mut out.windows);
            state = next;
        }
    }
    let (heeded, idle): (Vec<Event>, Vec<Event>) =
        opened.into_iter().partition(|it| ignored.is_none_or(|since| it.time <= since));
    out.problems.extend(objects::told(&heeded));
    if !idle.is_empty() {
        out.notes.push(format!(
            "{} ACLs of objects are public and do nothing: IgnorePublicAcls is on since before",
            idle.len()
        ));
    }
    if delegates {
        out.notes.push(
            "a statement leaves it to access points of the own account, and lets nobody in by itself: whom those let in, their policies say"
                .to_owned(),
        );
    }
    out.homes = homes;
    out.notes.extend(signs.habits());
    let (told, quiet) = signs.told();
    (out.signs, out.quiet) = (told, quiet);
    if 0 < quiet {
        out.notes.push(format!("{quiet} signs of ransom were not told, for they are of callers that --deployer names"));
    }
    out.windows.extend(open.into_values());
    out.windows.sort_by(|a, b| (a.opened, !a.public, &a.audience).cmp(&(b.opened, !b.public, &b.audience)));
    let seen = used::see(&mut out.windows, accesses, (&cover, until), account.as_deref());
    out.problems.extend(seen.outside.as_ref().zip(seen.first.as_ref()).map(|(rest, first)| used::told(rest, first)));
    out.notes.extend(seen.gaps);
    out.outside = seen.outside;
    if let Some((record, block)) = &ask.live {
        let now = Now { exists: true, is_known: true, features: record.features.clone(), account: block.clone() };
        let own = account.clone().or_else(|| record.account.clone());
        let options = Options { own_account: own.clone(), ..options.clone() };
        let Verdict { open, perhaps, .. } = verdict(&now, ask, (own.as_deref(), true), &options);
        let mut had: BTreeSet<&str> = state.all().map(|it| folded(it)).collect();
        had.extend(state.delegates.then_some(OWN_POINTS));
        let told = perhaps.into_keys().map(|it| (it, false)).chain(open.into_keys().map(|it| (it, true)));
        let told: BTreeMap<String, bool> = told.collect();
        let entry = |(who, certain): (String, bool)| {
            let is_new = ask.end.is_some() && !had.contains(folded(&who));
            OpenNow { who, certain, is_new }
        };
        // An id stands where somebody was deleted: nobody can be that any more.
        out.open_now = told.into_iter().filter(|it| !is_unique_id(&it.0)).map(entry).collect();
    }
    out.last = (!out.rows.is_empty() || ask.start.is_some()).then_some(state.public);
    finish(&mut out, merged(&states), ask, account, state.public);
    out
}

/// So many verdicts of states are kept.
const MOST_KEPT: usize = 64;

fn labels(event: &Event, ask: &Ask, own: Option<&str>) -> Vec<&'static str> {
    let mut out = Vec::new();
    if is_expected(&ask.deployers, &event.actor, own) {
        out.push("expected");
    }
    let address: Option<std::net::IpAddr> = event.address.parse().ok();
    if !ask.known.is_empty() && address.is_some_and(|it| !ask.known.iter().any(|net| net.contains(it))) {
        out.push("unknown-network");
    }
    if event.error.is_some() {
        out.push("failed");
    }
    out
}

fn finish(out: &mut Replay, now: Now, ask: &Ask, account: Option<String>, public: Truth) {
    if out.rows.is_empty() {
        out.problems.push(format!("the trail has no management event of the bucket {}", ask.bucket));
    }
    if public == Truth::Unknown {
        let mut unknown: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let account = ("the account's Block Public Access", &now.account);
        let access = ["acl", "ownership", "policy", "public_access_block"];
        let features = access.iter().filter_map(|it| Some((*it, now.features.get(*it)?)));
        for (name, state) in features.chain([account]) {
            if let State::Unknown { message, .. } = state {
                unknown.entry(message.as_str()).or_default().push(name);
            }
        }
        let unknown: Vec<String> =
            unknown.into_iter().map(|(why, names)| format!("{} ({why})", names.join(", "))).collect();
        let why = if unknown.is_empty() { String::new() } else { format!(": {}", unknown.join("; ")) };
        let is_before = |it: &State| matches!(it, State::Unknown { code, .. } if code == BEFORE);
        let reaches = !is_before(&now.account) && !access.iter().any(|it| now.features.get(*it).is_some_and(is_before));
        let hint = if ask.start.is_none() && !reaches { "; give --start-state" } else { "" };
        out.problems.push(format!("whether the bucket is open at the end is not known{why}{hint}"));
    }
    if let Some((live, block)) = &ask.end {
        for spec in FEATURES.iter().filter(|it| it.name != "policy_status") {
            let name = spec.name;
            let (Some(folded), Some(live)) = (now.features.get(name), live.features.get(name)) else { continue };
            if folded.is_unknown() {
                continue;
            }
            match live {
                State::Unknown { code, .. } if code == NOT_IN_SOURCE => {}
                State::Unknown { code, .. } => {
                    out.problems.push(format!("{name} of the end state is not known ({code}): it was not compared"));
                }
                _ if name == "policy" && deleted::as_named(live, folded).is_some() => {
                    out.notes.push(
                        "the policy of the end state has unique ids where the events name users or roles: they may be those, deleted since; \
                         an id does not say whose it was"
                            .to_owned(),
                    );
                }
                _ if told(name, folded) != told(name, live) => {
                    out.is_missing = true;
                    out.problems
                        .push(format!("{name} is not what the events leave: an event is missing from the trail"));
                }
                _ => {}
            }
        }
        let same =
            canonical("public_access_block", now.account.value()) == canonical("public_access_block", block.value());
        if !now.account.is_unknown() && !block.is_unknown() && !same {
            out.is_missing = true;
            out.problems
                .push("the account's Block Public Access is not what the events leave: an event is missing".to_owned());
        }
    }
    out.record = BucketRecord { account, features: now.features, ..BucketRecord::default() };
    out.account = now.account;
}

/// A feature as the trail can tell it: which encryption is blocked is set by AWS too, as time goes by.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html>
fn told(name: &str, state: &State) -> Json {
    let mut out = canonical(name, state.value());
    if let (true, Some(map)) = (name == "encryption", out.as_object_mut()) {
        map.shift_remove("BlockedEncryptionTypes");
    }
    out
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
            or_opened_by: Vec::new(),
            closed_by: None,
            or_closed_by: Vec::new(),
            doubtful_since: None,
            powers: powers.clone(),
            via: via.clone(),
            seen: None,
        };
        open.insert(who.clone(), window);
    }
}

/// Who may have opened or closed a window, the likeliest last: several where they have the same second.
type Blame<'a> = &'a dyn Fn(&str) -> Vec<Event>;

/// Opens and closes windows.
fn step(
    (opened, closed): (Blame<'_>, Blame<'_>),
    (before, after): (&Verdict, &Verdict),
    open: &mut BTreeMap<String, Window>,
    done: &mut Vec<Window>,
) {
    let certain = after.open.iter().map(|it| (it, true));
    let perhaps = after.perhaps.iter().filter(|it| !after.open.contains_key(it.0)).map(|it| (it, false));
    for ((who, (public, powers, via)), certain) in certain.chain(perhaps) {
        let mut by = opened(who);
        let Some(event) = by.pop() else { continue };
        // Who had access before, or as much of it as is known now, was not let in by this call.
        let is_news = !before.open.contains_key(who) && (certain || !before.perhaps.contains_key(who));
        let window = open.entry(who.clone()).or_insert_with(|| Window {
            audience: who.clone(),
            public: *public,
            certain,
            opened: event.time,
            maybe_earlier: before.perhaps.contains_key(who) || before.open.contains_key(who),
            opened_by: is_news.then(|| event.clone()),
            or_opened_by: if is_news { by.clone() } else { Vec::new() },
            closed_by: None,
            or_closed_by: Vec::new(),
            doubtful_since: None,
            powers: BTreeSet::new(),
            via: BTreeSet::new(),
            seen: None,
        });
        if certain && !window.certain {
            // It may have been open since then, and is so for certain since now.
            let opened_by = Some(event.clone());
            let opened = event.time;
            *window = Window { certain, opened, maybe_earlier: true, opened_by, or_opened_by: by, ..window.clone() };
            // What may have been before is not certain with the rest.
            window.powers.clear();
            window.via.clear();
        }
        if certain {
            window.doubtful_since = None;
        } else if window.certain && window.doubtful_since.is_none() {
            window.doubtful_since = Some(event.clone());
        }
        window.powers.extend(powers);
        window.via.extend(via.iter().cloned());
    }
    let lasts = |who: &String| after.open.contains_key(who) || after.perhaps.contains_key(who);
    let ended: Vec<String> = open.keys().filter(|it| !lasts(it)).cloned().collect();
    for who in ended {
        if let Some(mut window) = open.remove(&who) {
            let mut by = closed(&who);
            window.closed_by = by.pop();
            window.or_closed_by = by;
            done.push(window);
        }
    }
}
