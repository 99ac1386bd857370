//! The answer of `timeline`: exposure windows and calls, as text and JSON.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value as Json, json};

use crate::incident::time::Time;
use crate::incident::trail::{Event, Replay, Row, Seen, Window};
use crate::value::{Truth, is_account_id};

use super::shared::{clean, one_line};

/// As text.
#[must_use]
pub fn text(bucket: &str, replay: &Replay) -> String {
    let mut out = format!("bucket {bucket}\n\n");
    let own = replay.record.account.as_deref();
    match replay.last {
        _ if !replay.windows.is_empty() => {}
        Some(Truth::Yes) => out.push_str("open before the trail: no event tells since when\n"),
        _ => out.push_str("no exposure window\n"),
    }
    for it in &replay.windows {
        out.push_str(&window_text(it, replay.until, own));
    }
    out.push_str(
        "\ntime                  event                            who                                  from\n",
    );
    for row in &replay.rows {
        let change = if row.before == row.after {
            String::new()
        } else {
            format!("  public: {} → {}", row.before.as_str(), row.after.as_str())
        };
        let labels = if row.labels.is_empty() { String::new() } else { format!("  [{}]", row.labels.join(", ")) };
        let error = row.event.error.as_ref().map(|it| format!("  {}", one_line(it))).unwrap_or_default();
        let _ = writeln!(
            out,
            "{}  {:<31}  {:<35}  {}{change}{error}{labels}",
            row.event.time,
            one_line(&row.event.name),
            one_line(&short(&row.event, own)),
            one_line(&row.event.address)
        );
    }
    out.push('\n');
    out.push_str(match replay.last {
        Some(Truth::Yes) => "after the last event the bucket is public\n",
        Some(Truth::No) => "after the last event the bucket is not public\n",
        Some(Truth::Unknown) => "whether the bucket is public after the last event is not known\n",
        None => "",
    });
    for sign in &replay.signs {
        let _ = writeln!(out, "! {}", one_line(sign));
    }
    for problem in &replay.problems {
        let _ = writeln!(out, "? {}", one_line(problem));
    }
    for note in &replay.notes {
        let _ = writeln!(out, "note: {}", one_line(note));
    }
    clean(&out).into_owned()
}

/// Who called: what comes after the account id of the ARN, and the account where it is not the bucket's own.
fn short(event: &Event, own: Option<&str>) -> String {
    let arn = event.actor.as_str();
    let name = if arn.starts_with("arn:") { arn.splitn(6, ':').nth(5).unwrap_or(arn) } else { arn };
    match event.caller.as_deref() {
        Some(who) if own.is_some() && is_account_id(who) && Some(who) != own => format!("{name} of account {who}"),
        Some("ANONYMOUS_PRINCIPAL" | "anonymous") => "anonymous".to_owned(),
        _ => name.to_owned(),
    }
}

/// One window in two or three lines.
#[must_use]
pub fn window_text(it: &Window, until: Option<Time>, own: Option<&str>) -> String {
    let powers: Vec<&str> = it.powers.iter().copied().collect();
    let via: Vec<_> = it.via.iter().map(|it| one_line(it)).collect();
    let earlier = if it.maybe_earlier { " at the latest (the state before is not known)" } else { "" };
    let by = |event: &Event| {
        one_line(&format!("{} by {} from {}", event.name, short(event, own), event.address)).into_owned()
    };
    let or = |others: &[Event]| -> String {
        let others: String = others.iter().map(|it| format!(", or by {}", by(it))).collect();
        if others.is_empty() { others } else { format!("{others} (the same second: which came last is not known)") }
    };
    let verb = if it.certain { "could" } else { "may have been able to" };
    let powers = if powers.is_empty() { "do something".to_owned() } else { powers.join(", ") };
    let mut out = format!("{} {verb} {powers}: ", if it.public { "anyone".into() } else { one_line(&it.audience) });
    match &it.closed_by {
        Some(close) => {
            let least = if it.opened_by.is_none() || it.maybe_earlier { "at least " } else { "" };
            let doubt = it.doubtful_since.as_ref().filter(|doubt| doubt.time < close.time);
            let (least, end, most) = match doubt {
                Some(doubt) => ("at least ", doubt.time, format!(", perhaps {}", it.opened.until(close.time))),
                None => (least, close.time, String::new()),
            };
            let _ = writeln!(out, "{least}{}{most} through {}", it.opened.until(end), via.join(", "));
        }
        None if it.doubtful_since.is_some() || !it.certain => {
            let _ = writeln!(out, "perhaps still open, after the last event, through {}", via.join(", "));
        }
        None => {
            let least = least(it, until).map(|it| format!(" for at least {it}")).unwrap_or_default();
            let _ = writeln!(out, "still open{least}, after the last event, through {}", via.join(", "));
        }
    }
    let _ = match &it.opened_by {
        Some(event) => writeln!(out, "  opened {}{earlier} by {}{}", it.opened, by(event), or(&it.or_opened_by)),
        None => writeln!(out, "  opened before the trail, {} at the latest; by whom is not known", it.opened),
    };
    if let Some(doubt) = &it.doubtful_since {
        let _ = writeln!(out, "  whether it was open from {} on is not known: {}", doubt.time, by(doubt));
    }
    if let Some(close) = &it.closed_by {
        let _ = writeln!(out, "  closed {} by {}{}", close.time, by(close), or(&it.or_closed_by));
    }
    let _ = writeln!(out, "  {}", seen_text(it.seen.as_ref()));
    out
}

/// How long a window that is still open has been open at least: to the last event that was read.
#[must_use]
pub fn least(it: &Window, until: Option<Time>) -> Option<String> {
    until
        .filter(|until| it.closed_by.is_none() && it.doubtful_since.is_none() && it.opened < *until)
        .map(|until| it.opened.until(until))
}

/// What was seen of outsiders, in one sentence.
#[must_use]
pub fn seen_text(seen: Option<&Seen>) -> String {
    const MOST: usize = 5;
    let Some(seen) = seen else {
        return "who used it is not known: no data events or access logs of it were given (--access-log)".to_owned();
    };
    let mut refused = if seen.refused == 0 { String::new() } else { format!("; {} refused", seen.refused) };
    if 0 < seen.neither {
        let _ = write!(refused, "; {} came to nothing (no such object, redirects, errors)", seen.neither);
    }
    let lacks: Vec<&str> = seen.lacks.iter().copied().collect();
    let beyond = seen.cover.filter(|_| !seen.is_whole);
    let beyond = beyond.map(|(a, b)| match lacks.as_slice() {
        [] => format!("which is from {a} to {b} and not of all the time that it was open"),
        lacks => format!("which is from {a} to {b} and has no record of {} by anyone", lacks.join(" and ")),
    });
    // Calls about the configuration are in every trail.
    let alone = seen.cover.is_none().then(|| "which has neither data events nor access logs of it".to_owned());
    let beyond = beyond.or(alone);
    let Some((first, last)) = seen.span else {
        let rest = if lacks.is_empty() { "who used it in the rest" } else { "whether there were any" };
        let beyond = beyond.map(|it| format!(", {it}: {rest} is not known")).unwrap_or_default();
        return format!("used by nobody outside in what was given{refused}{beyond}");
    };
    let most = |all: &BTreeMap<String, usize>| {
        let mut all: Vec<(&String, &usize)> = all.iter().collect();
        all.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let rest = all.len().saturating_sub(MOST);
        let mut shown: Vec<String> = all.iter().take(MOST).map(|(name, count)| format!("{name} {count}×")).collect();
        if 0 < rest {
            shown.push(format!("{rest} more"));
        }
        shown.join(", ")
    };
    let text = format!(
        "used: {} requests ({}) by {} from {}; {} objects, {} bytes sent; from {first} to {last}{refused}{}",
        seen.served,
        most(&seen.operations),
        most(&seen.actors),
        most(&seen.addresses),
        seen.objects.len(),
        seen.bytes,
        beyond.map(|it| format!("; in what was given, {it}: there may be more")).unwrap_or_default()
    );
    one_line(&text).into_owned()
}

/// As JSON with a final new line.
#[must_use]
pub fn json(bucket: &str, replay: &Replay) -> String {
    let document = value(bucket, replay);
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// As a JSON value, for the bundle.
#[must_use]
pub fn value(bucket: &str, replay: &Replay) -> Json {
    json!({
        "schema": "bucketlint/timeline/1",
        "bucket": bucket,
        "windows": replay.windows.iter().map(|it| window(it, replay.until)).collect::<Vec<_>>(),
        "events": replay.rows.iter().map(row).collect::<Vec<_>>(),
        "public_at_end": replay.last.map(Truth::as_str),
        "outside": replay.outside.as_ref().filter(|it| 0 < it.served).map(|it| json!({
            "served": it.served,
            "operations": it.operations,
            "addresses": it.addresses,
            "actors": it.actors,
            "objects": it.objects.len(),
            "bytes": it.bytes,
        })),
        "signs": replay.signs,
        "problems": replay.problems,
        "notes": replay.notes,
    })
}

fn window(it: &Window, until: Option<Time>) -> Json {
    let events = |all: &[Event]| all.iter().map(event).collect::<Vec<_>>();
    let mut out = json!({
        "audience": it.audience,
        "public": it.public,
        "certain": it.certain,
        "opened": it.opened.to_string(),
        "maybe_earlier": it.maybe_earlier,
        "opened_by": it.opened_by.as_ref().map(event),
        "doubtful_since": it.doubtful_since.as_ref().map(|it| it.time.to_string()),
        "closed": it.closed_by.as_ref().map(|it| it.time.to_string()),
        "closed_by": it.closed_by.as_ref().map(event),
        "duration": it.closed_by.as_ref().map(|close| it.opened.until(close.time)),
        "seconds": it.closed_by.as_ref().map(|close| close.time.0 - it.opened.0),
        "powers": it.powers,
        "via": it.via,
        "seen": it.seen.as_ref().map(|it| json!({
            "served": it.served,
            "refused": it.refused,
            "neither": it.neither,
            "lacks": it.lacks,
            "operations": it.operations,
            "addresses": it.addresses,
            "actors": it.actors,
            "objects": it.objects.len(),
            "bytes": it.bytes,
            "first": it.span.map(|it| it.0.to_string()),
            "last": it.span.map(|it| it.1.to_string()),
            "covered_from": it.cover.map(|it| it.0.to_string()),
            "covered_until": it.cover.map(|it| it.1.to_string()),
            "covers_window": it.is_whole,
        })),
    });
    if let Some(map) = out.as_object_mut() {
        if let (Some(least), Some(until)) = (least(it, until), until) {
            map.insert("open_at_least".to_owned(), json!(least));
            map.insert("open_at_least_seconds".to_owned(), json!(until.0 - it.opened.0));
        }
        for (key, all) in [("or_opened_by", &it.or_opened_by), ("or_closed_by", &it.or_closed_by)] {
            if !all.is_empty() {
                map.insert(key.to_owned(), json!(events(all)));
            }
        }
    }
    out
}

fn row(it: &Row) -> Json {
    let mut out = event(&it.event);
    if let Some(map) = out.as_object_mut() {
        map.insert("feature".to_owned(), json!(it.feature));
        map.insert("public_before".to_owned(), json!(it.before.as_str()));
        map.insert("public_after".to_owned(), json!(it.after.as_str()));
        map.insert("labels".to_owned(), json!(it.labels));
    }
    out
}

fn event(it: &Event) -> Json {
    json!({
        "time": it.time.to_string(),
        "event_id": it.id,
        "event": it.name,
        "actor": it.actor,
        "access_key_id": it.key,
        "source_ip": it.address,
        "user_agent": it.agent,
        "mfa": it.mfa,
        "error": it.error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::trail::{Ask, records, replay};

    fn record(id: u32, time: &str, name: &str, parameters: &Json) -> Json {
        let mut parameters = parameters.clone();
        parameters["bucketName"] = json!("data");
        json!({ "eventTime": time, "eventID": id.to_string(), "eventName": name, "recipientAccountId": "123456789012",
            "userIdentity": { "arn": "arn:aws:iam::123456789012:user/eve" }, "sourceIPAddress": "203.0.113.10",
            "requestParameters": parameters })
    }

    fn replayed(more: &[Json]) -> Replay {
        let open = json!({ "bucketPolicy": { "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*" }] } });
        let none = json!({});
        let mut all = vec![
            record(1, "2026-01-01T00:00:00Z", "CreateBucket", &none),
            record(2, "2026-01-01T00:00:01Z", "DeleteAccountPublicAccessBlock", &none),
            record(3, "2026-01-03T00:00:00Z", "DeleteBucketPublicAccessBlock", &none),
            record(4, "2026-01-03T00:00:10Z", "PutBucketPolicy", &open),
        ];
        all.extend_from_slice(more);
        let (events, problems) = records(&json!({ "Records": all }).to_string(), "test");
        assert!(problems.is_empty(), "{problems:?}");
        replay(events, &Ask { bucket: "data".to_owned(), ..Ask::default() })
    }

    #[test]
    fn still_open_for_at_least() {
        let found = replayed(&[record(5, "2026-01-05T00:00:10Z", "PutBucketTagging", &json!({}))]);
        let text = text("data", &found);
        assert!(text.contains("still open for at least 2 d 00:00:00, after the last event"), "{text}");
        assert!(json("data", &found).contains("\"open_at_least_seconds\": 172800"));
    }

    #[test]
    fn calls_of_one_second_are_all_named() {
        let (at, none) = ("2026-01-05T00:00:00Z", json!({}));
        let on = json!({ "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true,
        }});
        let closing = [record(5, at, "PutBucketPublicAccessBlock", &on), record(6, at, "DeleteBucketPolicy", &none)];
        let found = replayed(&closing);
        let text = text("data", &found);
        assert!(text.contains(", or by ") && text.contains("which came last is not known"), "{text}");
        assert!(json("data", &found).contains("\"or_closed_by\""), "{text}");
    }
}
