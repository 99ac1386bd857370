//! The lists of a report: a box is ticked where an exhibit shows it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::exposure::{Exposure, Way};
use crate::frontend::live::{BucketRecord, FEATURES, State};
use crate::policy::Audience;
use crate::value::Truth;

use super::super::diff::{CONFINED, canonical};
use super::super::time::Time;
use super::super::trail::{Replay, Seen, Window, copied_to, expires_all, lifecycle_rules};
use super::{Bundle, Claim, Item, Parts, claim, lasted, still_open};

/// `1 rule`, `2 rules`.
fn plural(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// Whom the bucket is open to as it is: what a trail does not show may be so all the same.
pub(super) fn of_now(now: &Exposure, parts: &Parts<'_>, exhibit: &str, out: &mut Bundle) {
    let exhibits = [exhibit.to_owned()];
    let mut found: BTreeMap<(Truth, String), Vec<&Way>> = BTreeMap::new();
    for way in now.ways.iter().filter(|it| it.open != Truth::No) {
        let who = match &way.audience {
            Audience::Anonymous => "anyone".to_owned(),
            Audience::AnyAccount => "any AWS account".to_owned(),
            Audience::Account(who) => who.clone(),
            Audience::Service(_) => continue,
        };
        found.entry((way.open, who)).or_default().push(way);
    }
    for ((open, who), ways) in found.into_iter().rev() {
        let list = |of: fn(&Way) -> &str| {
            let all: BTreeSet<&str> = ways.iter().map(|it| of(it)).collect();
            all.into_iter().collect::<Vec<_>>().join(", ")
        };
        let (powers, by) = (list(|it| it.power.as_str()), list(|it| &it.opened_by.text));
        let text = format!("{who} has {powers} access through {by}");
        match open {
            Truth::Yes => out.now.push(claim(text, &exhibits)),
            _ => out.unknown.push(format!("whether, as the bucket is, {text}")),
        }
    }
    // Services that give on what they get, and whom a condition alone names, are no way of it.
    let is_shut = now.public == Truth::No && now.cross_account == Truth::No;
    for it in &parts.outsiders {
        if is_shut || it.who.starts_with(CONFINED) {
            out.unknown
                .push(format!("whether {}, who may have access to the bucket as it is, are the owner's", it.who));
        }
    }
    let is_known = is_shut && parts.outsiders.is_empty();
    out.unknown.extend(parts.unlisted.iter().map(|why| format!("whom access points let in: {why}")));
    if out.now.is_empty() && is_known {
        let own = if parts.unlisted.is_empty() { "" } else { " by the policy and the ACL of the bucket itself" };
        out.now.push(claim(format!("nobody outside of the account has access{own}"), &exhibits));
    } else if out.now.is_empty() && !is_shut {
        let why = now.unknown.first().map(|it| format!(": {it}")).unwrap_or_default();
        out.unknown.push(format!("whom the bucket is open to as it is{why}"));
    }
}

/// Where replication, which no policy holds back, copies new objects to outside of the bucket's account.
pub(super) fn copies(live: &BucketRecord, parts: &Parts<'_>, exhibit: &str, out: &mut Bundle) {
    let Some(document) = live.features.get("replication").and_then(State::value) else { return };
    let (own, homes) = &parts.own;
    for it in copied_to(document, own.as_deref(), homes) {
        let text = format!("replication, which is on, copies new objects to {}", it.bucket);
        match (&it.account, own) {
            (Some(account), Some(_)) => {
                out.now.push(claim(format!("{text} of account {account}"), &[exhibit.to_owned()]));
            }
            (Some(account), None) => out.unknown.push(format!(
                "whether objects are carried out of the account as the bucket is: {text} of account {account}, and the bucket's own account is \
                 not known"
            )),
            (None, _) => out.unknown.push(format!(
                "whether objects are carried out of the account as the bucket is: {text}, and nothing says whose that is"
            )),
        }
    }
}

/// Hardening of the bucket as it is, and what of it is not known.
pub(super) fn of_live(live: &BucketRecord, exhibit: &str, out: &mut Bundle) {
    let exhibits = [exhibit.to_owned()];
    let policy = live.features.get("policy").map(|it| canonical("policy", it.value()));
    if policy.is_some_and(|it| it.is_string()) {
        out.unknown.push("whom the policy of the bucket as it is lets in: its text is not JSON".to_owned());
    }
    for spec in FEATURES.iter().filter(|it| it.name != "policy_status") {
        let why = match live.features.get(spec.name) {
            Some(State::Unknown { code, message, .. }) => format!("{code}: {message}"),
            None => "nobody asked for it".to_owned(),
            Some(_) => continue,
        };
        out.unknown.push(format!("{} of the bucket as it is ({why})", spec.name));
    }
    let mut item = |question: &str, feature: &str, good: &dyn Fn(&Json) -> Option<String>| {
        let state = live.features.get(feature);
        let answer = match state {
            Some(State::Unknown { .. }) | None => None,
            Some(it) => good(&canonical(feature, it.value())),
        };
        out.hardening.push(Item { question: question.to_owned(), answer: answer.map(|it| claim(it, &exhibits)) });
    };
    item("Block Public Access: all four settings on", "public_access_block", &|it| {
        let all = it.as_object().is_some_and(|it| it.values().all(|it| it == &Json::Bool(true)));
        all.then(|| "all four are on".to_owned())
    });
    item("ACLs off", "ownership", &|it| (it == "BucketOwnerEnforced").then(|| "BucketOwnerEnforced".to_owned()));
    item("Default encryption", "encryption", &|it| Some(it.get("SSEAlgorithm")?.as_str()?.to_owned()));
    item("Versioning", "versioning", &|it| (it.get("Status")? == "Enabled").then(|| "Enabled".to_owned()));
    item("Access logging", "logging", &|it| Some(format!("to {}", it.get("TargetBucket")?.as_str()?)));
    let rules = lifecycle_rules(live);
    let soon = expires_all(live);
    item("Lifecycle", "lifecycle", &|_| {
        (!rules.is_empty() && soon.is_none()).then(|| format!("{} enabled", plural(rules.len(), "rule")))
    });
    out.escalation.extend(soon.map(|it| claim(it, &exhibits)));
}

/// What was seen of outsiders in all windows, and besides; nothing where nothing was given that would tell.
pub(super) fn used(replay: &Replay) -> Option<String> {
    let outside = replay.outside.as_ref()?;
    let seen: Vec<&Seen> = replay.windows.iter().filter_map(|it| it.seen.as_ref()).collect();
    let count = |read: fn(&Seen) -> usize| seen.iter().map(|it| read(it)).max().unwrap_or(0);
    let text = format!(
        "{} requests of outsiders were served and {} refused in what was given, {} objects",
        count(|it| it.served),
        count(|it| it.refused),
        count(|it| it.objects.len())
    );
    let besides = match outside.served {
        0 => String::new(),
        count => format!("; {} besides, while the events have the bucket shut", plural(count, "request")),
    };
    Some(text + &besides)
}

/// All the windows, and the time of all of them together; nothing of a bucket that was not open.
fn how_long(replay: &Replay, exhibits: &[String], claims: &[Claim]) -> Option<Claim> {
    let all = &replay.windows;
    if all.len() < 2 {
        return claims.first().cloned();
    }
    let end = |it: &Window| it.closed_by.as_ref().map(|it| it.time).or(replay.until);
    let mut times: Vec<(Time, Time)> = all.iter().map(|it| (it.opened, end(it).unwrap_or(it.opened))).collect();
    times.sort();
    let (mut total, mut last) = (0_i64, Time(i64::MIN));
    for (from, to) in times {
        total = total.saturating_add(to.0.saturating_sub(from.max(last).0).max(0));
        last = last.max(to);
    }
    let least = if all.iter().any(|it| it.closed_by.is_none()) { "at least " } else { "" };
    let each: Vec<String> = all
        .iter()
        .map(|it| {
            let who = if it.public { "anyone" } else { it.audience.as_str() };
            match &it.closed_by {
                Some(close) => format!("{who} from {} until {} ({})", it.opened, close.time, lasted(it, close)),
                None => format!("{who} {}", still_open(it, replay.until)),
            }
        })
        .collect();
    let text = format!("{least}{} in {} times of access: {}", Time(0).until(Time(total)), all.len(), each.join("; "));
    Some(claim(text, exhibits))
}

/// A document as it is.
#[allow(clippy::unnecessary_wraps, reason = "the other answers may have nothing to say")]
fn plainly(it: &Json) -> Option<String> {
    Some(it.to_string())
}

/// The verification of the playbook: a box is ticked where an exhibit shows it.
pub(super) fn checklist(parts: &Parts<'_>, out: &mut Bundle) {
    let now = || parts.live.as_ref().filter(|_| parts.stale.is_none());
    let live = |feature: &str, say: &dyn Fn(&Json) -> Option<String>| {
        let (record, exhibit) = now()?;
        let state = record.features.get(feature).filter(|it| !it.is_unknown())?;
        Some(claim(say(&canonical(feature, state.value()))?, std::slice::from_ref(exhibit)))
    };
    let place = now().map(|(record, exhibit)| {
        let or = |it: &Option<String>| it.clone().unwrap_or_else(|| "not known".to_owned());
        claim(
            format!("{}, region {}, account {}", parts.bucket, or(&record.region), or(&record.account)),
            std::slice::from_ref(exhibit),
        )
    });
    let mut item =
        |question: &str, answer: Option<Claim>| out.checklist.push(Item { question: question.to_owned(), answer });
    item("Bucket, region, account", place);
    item("Block Public Access now", live("public_access_block", &plainly));
    item(
        "Bucket policy now: a statement for everyone?",
        live("policy", &|it| {
            if it.is_string() {
                return None;
            }
            let everyone = |it: &Json| {
                let named =
                    it.get("Principal").and_then(Json::as_array).is_some_and(|it| it.contains(&Json::from("*")));
                it.get("Effect") == Some(&Json::from("Allow")) && (named || it.get("NotPrincipal").is_some())
            };
            let statements = it.get("Statement").and_then(Json::as_array);
            match statements.into_iter().flatten().filter(|it| everyone(it)).count() {
                0 => Some("no Allow for `*`".to_owned()),
                count => Some(format!("{count} that allow something to `*`; `bucketlint check` says what")),
            }
        }),
    );
    item("ACL now: grants beside the owner's", live("acl", &plainly));
    item("Versioning now", live("versioning", &plainly));
    // Of several calls of one second nobody knows which it was.
    let first = parts.replay.as_ref().and_then(|it| it.0.windows.first()).filter(|it| it.or_opened_by.is_empty());
    let opener = first.and_then(|it| Some(it.opened_by.as_ref()?.actor.clone()));
    // Who made the change that stands is not known where its call is missing.
    let opener = opener.filter(|_| !parts.replay.as_ref().is_some_and(|it| it.0.is_missing));
    let by_opener = |it: &&Claim| opener.as_ref().is_some_and(|who| it.text.starts_with(who.as_str()));
    item("Who changed it, from where", out.actors.iter().find(by_opener).cloned());
    // Neither an open beginning nor events that are missing tell how long.
    let is_known =
        |it: &Window| it.certain && !it.maybe_earlier && it.opened_by.is_some() && it.doubtful_since.is_none();
    let is_whole = !parts.outsiders.iter().any(|it| it.is_new);
    let told = parts.replay.as_ref().filter(|it| it.0.problems.is_empty() && it.0.windows.iter().all(is_known));
    let told = told.filter(|_| is_whole);
    item("How long it was open", told.and_then(|(replay, exhibits)| how_long(replay, exhibits, &out.windows)));
    // Of the rest of the time nobody knows; what was seen of it is told there.
    let used = parts.replay.as_ref().and_then(|(replay, exhibits)| {
        let is_whole = replay.windows.iter().all(|it| it.seen.as_ref().is_some_and(|it| it.is_whole));
        let is_all = !replay.windows.is_empty() && replay.outside.as_ref().is_some_and(|it| it.served == 0);
        used(replay).filter(|_| is_whole && is_all).map(|it| claim(it, exhibits))
    });
    item("Access from outside while it was open (data events, access logs)", used);
    item("What the objects hold", None);
}
