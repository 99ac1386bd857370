//! The incident report: claims, each resting on exhibits, and what is not known.

mod checks;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value as Json;

use crate::exposure::Exposure;
use crate::frontend::live::{BucketRecord, sha256};
use crate::value::Truth;

use super::finding::{Alert, UNREAD};
use super::plan::Plan;
use super::time::Time;
use super::trail::{Event, OpenNow, Replay, Seen, Window};

use checks::{checklist, copies, of_live, of_now, used};

/// Addresses and keys of objects that are shown at most; the rest stands in the evidence.
const MOST_SHOWN: usize = 50;

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exhibit {
    /// `E1`, `E2` …
    pub id: String,
    /// Its file in the bundle.
    pub file: String,
    /// What it is.
    pub what: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// Something that the evidence shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// One sentence.
    pub text: String,
    /// The exhibits that show it; never none.
    pub exhibits: Vec<String>,
}

/// A line of a checklist: done where a claim shows it, open otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The question of the playbook.
    pub question: String,
    /// The answer; `None` leaves the box empty.
    pub answer: Option<Claim>,
}

/// The whole report.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Bundle {
    /// Number of the case, where there is one.
    pub case: Option<String>,
    /// The bucket.
    pub bucket: String,
    /// When the report was made.
    pub made_at: String,
    /// The exhibits.
    pub exhibits: Vec<Exhibit>,
    /// How it was noticed.
    pub detection: Vec<Claim>,
    /// The exposure windows.
    pub windows: Vec<Claim>,
    /// Whom the bucket is open to as it is.
    pub now: Vec<Claim>,
    /// Who changed the bucket.
    pub actors: Vec<Claim>,
    /// Attempts that failed.
    pub attempts: Vec<Claim>,
    /// What was done about it.
    pub actions: Vec<Claim>,
    /// Indicators: kind, values, exhibits.
    pub indicators: Vec<(String, Vec<String>, Vec<String>)>,
    /// Verification, by the playbook.
    pub checklist: Vec<Item>,
    /// Hardening of the bucket as it is.
    pub hardening: Vec<Item>,
    /// Reasons to escalate that the evidence shows.
    pub escalation: Vec<Claim>,
    /// The end of the 72 hours from when it was noticed, where that is known.
    pub deadline: Option<Claim>,
    /// What is not known.
    pub unknown: Vec<String>,
}

/// What a report is made from; each part with its exhibit.
#[derive(Debug, Default)]
pub struct Parts<'a> {
    /// Number of the case.
    pub case: Option<String>,
    /// The bucket.
    pub bucket: String,
    /// When it was noticed, where someone says so.
    pub noticed: Option<Time>,
    /// Findings.
    pub alerts: Vec<(Alert, String)>,
    /// The trail, replayed, and its exhibits.
    pub replay: Option<(&'a Replay, Vec<String>)>,
    /// What is in the way where no trail could be read.
    pub unread: Vec<String>,
    /// The bucket as it is.
    pub live: Option<(&'a BucketRecord, String)>,
    /// When it was read and when it was changed for the last time, where the one is before the other.
    pub stale: Option<(Time, Time)>,
    /// What that means.
    pub now: Option<Exposure>,
    /// Who has access to it, or may have.
    pub outsiders: Vec<OpenNow>,
    /// What is not known of its access points.
    pub unlisted: Vec<String>,
    /// The bucket's account, and buckets that are of it.
    pub own: (Option<String>, BTreeSet<String>),
    /// Plans with their journals (one JSON object to a line), and the exhibits of both.
    pub plans: Vec<(Plan, String, Vec<String>)>,
    /// All exhibits.
    pub exhibits: Vec<Exhibit>,
}

/// An exhibit of bytes.
#[must_use]
pub fn exhibit(position: usize, name: &str, what: &str, bytes: &[u8]) -> Exhibit {
    let safe: String = name
        .chars()
        .map(|it| if it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '_') { it } else { '_' })
        .collect();
    let id = format!("E{position}");
    Exhibit { file: format!("evidence/{id}-{safe}"), what: what.to_owned(), sha256: sha256(bytes), id }
}

fn claim(text: String, exhibits: &[String]) -> Claim {
    Claim { text, exhibits: exhibits.to_vec() }
}

/// Makes the report.
#[must_use]
pub fn bundle(parts: &Parts<'_>) -> Bundle {
    let mut out = Bundle {
        case: parts.case.clone(),
        bucket: parts.bucket.clone(),
        made_at: Time::now().to_string(),
        exhibits: parts.exhibits.clone(),
        ..Bundle::default()
    };
    let (told, left): (Vec<_>, Vec<_>) = parts.alerts.iter().partition(|it| it.0.about.is_none());
    for (alert, exhibit) in left {
        if alert.source == UNREAD {
            let kind = &alert.kind;
            out.unknown.push(format!(
                "what `{kind}` in {exhibit} says: it is no finding of a form that is known; it was left out"
            ));
            continue;
        }
        let what = alert.about.clone().unwrap_or_default();
        out.unknown.push(format!(
            "whether `{}` of {} has to do with the bucket: it is about {what} and names no bucket; it was left out",
            alert.kind, alert.source
        ));
    }
    for (alert, exhibit) in told {
        let actor = alert.actor.as_ref().map(|it| format!(", by {it}")).unwrap_or_default();
        let from = alert.address.as_ref().map(|it| format!(" from {it}")).unwrap_or_default();
        let time = alert.time.as_ref().map(|it| format!(", at {it}")).unwrap_or_default();
        let failed = alert.error.as_ref().map(|it| format!(", a call that failed ({it})")).unwrap_or_default();
        let state = alert.state.as_ref().map(|it| format!("; it is {it} there")).unwrap_or_default();
        let nameless = if alert.bucket.is_none() { "; it names no bucket" } else { "" };
        let text = format!("{} reported `{}`{failed}{actor}{from}{time}{state}{nameless}", alert.source, alert.kind);
        out.detection.push(claim(text, std::slice::from_ref(exhibit)));
    }
    if let Some((replay, exhibits)) = &parts.replay {
        of_trail(replay, exhibits, &mut out);
    } else {
        out.unknown.push(
            "who changed the bucket, when, and for how long it was open: no CloudTrail was given or read".to_owned(),
        );
        out.unknown.extend(parts.unread.iter().cloned());
    }
    for (plan, journal, exhibits) in &parts.plans {
        of_plan(plan, journal, exhibits, &mut out);
    }
    match &parts.live {
        Some((live, exhibit)) => {
            let open = parts.outsiders.iter().filter(|it| parts.replay.is_some() && it.is_new);
            out.windows.extend(open.map(|it| {
                let who = if it.who == "everyone" { "anyone" } else { it.who.as_str() };
                let has = if it.certain { "has" } else { "may have" };
                claim(format!("{who} {has} access now; since when is not known"), std::slice::from_ref(exhibit))
            }));
            of_live(live, exhibit, &mut out);
            if let Some(now) = &parts.now {
                of_now(now, parts, exhibit, &mut out);
            }
            copies(live, parts, exhibit, &mut out);
        }
        None => out.unknown.push("what the bucket is now: no snapshot was given".to_owned()),
    }
    if let Some((at, last)) = parts.stale {
        let was = |it: &mut Claim| it.text = format!("as it was at {at}, before the last change ({last}): {}", it.text);
        let exhibit = parts.live.as_ref().map(|it| &it.1);
        let of_live = out.escalation.iter_mut().filter(|it| exhibit.is_some_and(|id| it.exhibits.contains(id)));
        out.now.iter_mut().chain(of_live).for_each(was);
        out.hardening.iter_mut().for_each(|it| it.answer = None);
        out.unknown.insert(
            0,
            format!(
                "what the bucket is now: the snapshot that was given was read at {at}, before the last change ({last}); what is said of the \
                 bucket as it is was so then, and was not compared with the events"
            ),
        );
    }
    let noticed = parts.noticed.map(|it| (it, Vec::new())).or_else(|| {
        let times = parts
            .alerts
            .iter()
            // What is about nothing by name, or says that all is well, starts no clock.
            .filter(|it| it.0.bucket.is_some() && it.0.state.as_deref() != Some("PASSED"))
            .filter_map(|(alert, exhibit)| Some((Time::parse(alert.reported.as_ref()?)?, vec![exhibit.clone()])));
        times.min_by_key(|it| it.0)
    });
    match noticed {
        Some((at, exhibits)) => {
            let text =
                format!("noticed {at}: where personal data is concerned, 72 hours end {}", Time(at.0 + 72 * 3600));
            out.deadline = Some(Claim { text, exhibits });
        }
        None => out.unknown.push("when it was noticed, from which the 72 hours run: say --noticed".to_owned()),
    }
    let windows = parts.replay.as_ref().map(|it| it.0.windows.as_slice()).unwrap_or_default();
    let told = parts.replay.as_ref().and_then(|it| used(it.0)).unwrap_or_default();
    let partly = || windows.iter().filter_map(|it| it.seen.as_ref()).filter(|it| !it.is_whole);
    let lacks: BTreeSet<&str> = partly().flat_map(|it| it.lacks.iter().copied()).collect();
    let lacks: Vec<&str> = lacks.into_iter().collect();
    let partly: BTreeSet<(Time, Time)> = partly().filter_map(|it| it.cover).collect();
    out.unknown.extend(partly.iter().map(|(first, last)| {
        let lacks = match lacks.as_slice() {
            [] => String::new(),
            all => format!(" and have no record of {} by anyone", all.join(" and ")),
        };
        format!(
            "who used the bucket in all of the time that it was open: the data events and access logs that were given are from {first} to \
             {last}{lacks} ({told})"
        )
    }));
    let seen = parts.replay.as_ref().is_some_and(|it| it.0.outside.as_ref().is_some_and(|it| it.cover.is_some()));
    out.unknown.push(match seen {
        true => "whether more was read or copied than was seen: S3 delivers access logs as best effort, and a trail has data events \
                 of what it selects only"
            .to_owned(),
        false => "which objects were read or copied: neither data events nor access logs were given (--access-log)".to_owned(),
    });
    out.unknown.push("what the objects hold: contents are not looked at".to_owned());
    checklist(parts, &mut out);
    out
}

fn by(event: &Event) -> String {
    format!("{} by {} from {}", event.name, event.actor, event.address)
}

/// How long a window is that nothing closed: at least to the last event that was read.
fn still_open(it: &Window, until: Option<Time>) -> String {
    if let Some(doubt) = &it.doubtful_since {
        return format!(
            "until {} at least ({}), and perhaps still at the end of the trail: what {} left is not known",
            doubt.time,
            it.opened.until(doubt.time),
            by(doubt)
        );
    }
    match until.filter(|until| it.opened < *until) {
        Some(until) => format!(
            "and still at the end of the trail: open since {}, at least {} (to the last event that was read, {until})",
            it.opened,
            it.opened.until(until)
        ),
        None => format!("and still at the end of the trail: open since {}", it.opened),
    }
}

/// How long a window was open that was closed: at least so long where nobody knows since when.
fn lasted(it: &Window, close: &Event) -> String {
    if let Some(doubt) = it.doubtful_since.as_ref().filter(|doubt| doubt.time < close.time) {
        return format!("at least {}, perhaps {}", it.opened.until(doubt.time), it.opened.until(close.time));
    }
    let least = if it.opened_by.is_none() || it.maybe_earlier { "at least " } else { "" };
    format!("{least}{}", it.opened.until(close.time))
}

fn or(verb: &str, others: &[Event]) -> String {
    let others: Vec<String> = others.iter().map(by).collect();
    if others.is_empty() {
        return String::new();
    }
    format!(", or {verb} with {} (the same second: which came last is not known)", others.join(" or "))
}

fn of_trail(replay: &Replay, exhibits: &[String], out: &mut Bundle) {
    for it in &replay.windows {
        let powers: Vec<&str> = it.powers.iter().copied().collect();
        let verb = if it.certain { "had" } else { "may have had" };
        let who = if it.public { "anyone" } else { it.audience.as_str() };
        let earlier = if it.maybe_earlier { " at the latest" } else { "" };
        let opened = it.opened_by.as_ref().map_or_else(
            || "it was open before the trail, by whom is not known".to_owned(),
            |it| format!("opened with {}", by(it)),
        );
        let end = match &it.closed_by {
            Some(close) => format!("until {} ({}), closed with {}", close.time, lasted(it, close), by(close)),
            None => still_open(it, replay.until),
        };
        let end = end + &or("closed", &it.or_closed_by);
        let opened = opened + &or("opened", &it.or_opened_by);
        let text = format!("{who} {verb} {} access from {}{earlier} {end}; {opened}", powers.join(", "), it.opened,);
        out.windows.push(claim(text, exhibits));
    }
    if replay.windows.iter().any(|it| it.opened_by.is_none()) {
        out.unknown
            .push("since when the bucket was open, and who opened it: it was before the trail begins".to_owned());
    }
    for it in &replay.windows {
        let who = if it.public { "anyone" } else { it.audience.as_str() };
        if !it.certain {
            out.unknown.push(format!("whether {who} had access from {} on", it.opened));
        } else if it.maybe_earlier && it.opened_by.is_some() {
            out.unknown.push(format!("since when {who} had access: {} at the latest", it.opened));
        }
    }
    if replay.windows.is_empty() && replay.last != Some(Truth::No) {
        out.unknown.push("how long the bucket was open: the trail does not show it".to_owned());
    } else if replay.windows.is_empty() {
        out.windows.push(claim("the trail shows no time at which the bucket was open".to_owned(), exhibits));
    }
    let mut actors: Vec<&Event> = Vec::new();
    for row in replay.rows.iter().filter(|it| it.feature.is_some()) {
        if !actors.iter().any(|it| it.actor == row.event.actor && it.address == row.event.address) {
            actors.push(&row.event);
        }
    }
    for it in actors {
        let rows = replay
            .rows
            .iter()
            .filter(|row| row.event.actor == it.actor && row.event.address == it.address && row.feature.is_some());
        let calls: Vec<String> = rows.map(|row| format!("{} {}", row.event.time, row.event.name)).collect();
        let key = it.key.as_ref().map(|it| format!(" with the key {it}")).unwrap_or_default();
        let mfa = match it.mfa {
            Some(true) => ", with MFA",
            Some(false) => ", without MFA",
            None => "",
        };
        out.actors.push(claim(format!("{}{key} from {}{mfa}: {}", it.actor, it.address, calls.join(", ")), exhibits));
    }
    for row in replay.rows.iter().filter(|it| it.event.error.is_some()) {
        let error = row.event.error.clone().unwrap_or_default();
        out.attempts.push(claim(format!("{} {}: {error}", row.event.time, by(&row.event)), exhibits));
    }
    if 0 < replay.quiet {
        out.unknown.push(format!(
            "whether {} more signs of ransom are what was meant to be done: they are of callers that --deployer names, and were not told",
            replay.quiet
        ));
    }
    out.escalation.extend(replay.signs.iter().map(|it| claim(it.clone(), exhibits)));
    let openers: Vec<&Event> =
        replay.windows.iter().flat_map(|it| it.opened_by.iter().chain(&it.or_opened_by)).collect();
    let values = |read: fn(&Event) -> Option<String>| -> Vec<String> {
        let all: BTreeSet<String> = openers.iter().filter_map(|it| read(it)).collect();
        all.into_iter().collect()
    };
    out.indicators.push(("identity".to_owned(), values(|it| Some(it.actor.clone())), exhibits.to_vec()));
    out.indicators.push(("access key".to_owned(), values(|it| it.key.clone()), exhibits.to_vec()));
    out.indicators.push((
        "source address of the change".to_owned(),
        values(|it| Some(it.address.clone())),
        exhibits.to_vec(),
    ));
    let all_seen = || replay.windows.iter().filter_map(|it| it.seen.as_ref()).chain(&replay.outside);
    let gathered = |read: fn(&Seen) -> Vec<&String>| -> Vec<String> {
        let all: BTreeSet<&String> = all_seen().flat_map(read).collect();
        all.into_iter().take(MOST_SHOWN).cloned().collect()
    };
    if all_seen().next().is_some() {
        let addresses = gathered(|it| it.addresses.keys().collect());
        out.indicators.push(("address that used the bucket".to_owned(), addresses, exhibits.to_vec()));
        let actors = gathered(|it| it.actors.keys().collect());
        out.indicators.push(("who used the bucket".to_owned(), actors, exhibits.to_vec()));
        let objects = gathered(|it| it.objects.iter().collect());
        out.indicators.push(("object that was used".to_owned(), objects, exhibits.to_vec()));
    }
    let durations = replay.windows.iter().map(|it| match &it.closed_by {
        Some(close) if it.certain => lasted(it, close),
        Some(close) => format!("perhaps {}", lasted(it, close)),
        None if !it.certain || it.doubtful_since.is_some() => format!("perhaps open since {}", it.opened),
        None => match replay.until.filter(|until| it.opened < *until) {
            Some(until) => format!("open since {}, at least {}", it.opened, it.opened.until(until)),
            None => format!("open since {}", it.opened),
        },
    });
    let durations: BTreeSet<String> = durations.collect();
    out.indicators.push(("duration".to_owned(), durations.into_iter().collect(), exhibits.to_vec()));
    out.unknown.extend(replay.problems.iter().cloned());
}

fn of_plan(plan: &Plan, journal: &str, exhibits: &[String], out: &mut Bundle) {
    out.actions.push(claim(format!("a plan was made: {}, {} steps", plan.purpose, plan.steps.len()), exhibits));
    for (number, line) in journal.lines().enumerate() {
        let Ok(line) = serde_json::from_str::<Json>(line) else {
            out.unknown.push(format!("what line {} of the journal of the plan says: it is no JSON", number + 1));
            continue;
        };
        let text = |key: &str| line.get(key).and_then(Json::as_str).unwrap_or_default();
        if !matches!(text("event"), "done" | "undone" | "failed" | "moved" | "changed" | "unverified") {
            continue;
        }
        let step = plan.steps.iter().find(|it| it.id == text("step")).map_or("", |it| it.feature.as_str());
        // What was as before is no step that was taken back.
        let came = match (text("event"), text("detail")) {
            ("undone", "it is as it was") => "nothing to take back, it is as it was".to_owned(),
            (event, "") => event.to_owned(),
            (event, detail) => format!("{event} ({detail})"),
        };
        out.actions.push(claim(format!("{} [{}] {step}: {came}", text("at"), text("step")), exhibits));
    }
    for it in &plan.manual {
        out.unknown.push(format!("whether this was done by hand: {it}"));
    }
}
