//! Answers of `explain-access` and `diff`: as JSON and as text.

use serde_json::{Value as Json, json};

use crate::exposure::{Access, Layer};
use crate::incident::diff::StatementChange;
use crate::policy::{Audience, Grant, Request};
use crate::value::{Origin, Truth};

use super::shared::changes::{statement_json, statement_text};
use super::shared::{Places, clean};

/// The answer of `explain-access` as JSON with a final new line.
#[must_use]
pub fn access_json(bucket: &str, request: &Request, access: &Access, places: &Places<'_>) -> String {
    pretty(&json!({
        "schema": "bucketlint/access/1",
        "bucket": bucket,
        "request": request_json(request),
        "decision": decision(access.allowed),
        "layers": access.layers.iter().map(|it| layer_json(it, places)).collect::<Vec<_>>(),
    }))
}

/// The answer of `explain-access` for people.
#[must_use]
pub fn access_text(bucket: &str, request: &Request, access: &Access, places: &Places<'_>) -> String {
    let mut out = format!("{}: {}\n", decision(access.allowed), request_text(request));
    out.push_str(&format!("bucket {bucket}\n"));
    for layer in &access.layers {
        let place = layer.origin.span.map(|at| format!(" ({})", places.short(at))).unwrap_or_default();
        out.push_str(&format!("  {:<14} {}{place}\n", layer.name, layer.text));
        for closer in &layer.closed_by {
            let place = closer.origin.span.map(|at| format!(" ({})", places.short(at))).unwrap_or_default();
            let verb = if closer.holds == Truth::Yes { "takes its effect" } else { "may take its effect" };
            out.push_str(&format!("  {:<14} {} {verb}{place}\n", "", closer.setting));
        }
        if (layer.allows == Truth::Unknown || layer.denies == Truth::Unknown)
            && let Some(why) = &layer.why
        {
            out.push_str(&format!("  {:<14} {why}\n", ""));
        }
    }
    clean(&out).into_owned()
}

/// What changed between two policies: gained, lost, and what could not be decided.
pub struct PolicyDiff {
    /// What the new policy permits and the old one does not.
    pub gained: Vec<Grant>,
    /// What the old policy permits and the new one does not.
    pub lost: Vec<Grant>,
    /// Statements that differ: a Deny that is gone lets nobody in by itself, and may let in who is allowed elsewhere.
    pub statements: Vec<StatementChange>,
}

impl PolicyDiff {
    /// Certain gains, certain losses, and the rest of both.
    fn parts(&self) -> (Vec<&Grant>, Vec<&Grant>, Vec<(&'static str, &Grant)>) {
        let certain = |it: &&Grant| it.holds == Truth::Yes;
        let open = |name: &'static str| move |it| (name, it);
        let gained = self.gained.iter().filter(certain).collect();
        let lost = self.lost.iter().filter(certain).collect();
        let may_gain = self.gained.iter().filter(|it| !certain(it)).map(open("may-gain"));
        let may_lose = self.lost.iter().filter(|it| !certain(it)).map(open("may-lose"));
        (gained, lost, may_gain.chain(may_lose).collect())
    }
}

/// The answer of `diff` as JSON with a final new line.
#[must_use]
pub fn diff_json(diff: &PolicyDiff, places: &Places<'_>) -> String {
    let (gained, lost, undecided) = diff.parts();
    let all = |all: Vec<&Grant>| all.into_iter().map(|it| grant_json(it, places)).collect::<Vec<_>>();
    let undecided: Vec<Json> = undecided
        .into_iter()
        .map(|(direction, it)| {
            let mut out = grant_json(it, places);
            if let Some(object) = out.as_object_mut() {
                object.insert("direction".to_owned(), json!(direction));
                object.insert("why".to_owned(), json!(it.why.as_ref().map(ToString::to_string)));
            }
            out
        })
        .collect();
    pretty(&json!({
        "schema": "bucketlint/diff/1",
        "access": { "gained": all(gained), "lost": all(lost), "undecided": undecided },
        "statements": diff.statements.iter().map(statement_json).collect::<Vec<_>>(),
    }))
}

/// The answer of `diff` for people.
#[must_use]
pub fn diff_text(diff: &PolicyDiff, places: &Places<'_>) -> String {
    let (gained, lost, undecided) = diff.parts();
    let mut out = String::new();
    if gained.is_empty() && lost.is_empty() && undecided.is_empty() {
        out.push_str("no access gained or lost\n");
    }
    let mut line = |sign: &str, verb: &str, it: &Grant| {
        let place = it.origin.span.map(|at| format!(" ({})", places.short(at))).unwrap_or_default();
        let who = it.witness.as_ref().map(request_text).unwrap_or_else(|| who(&it.audience).to_owned());
        out.push_str(&format!("{sign} {verb} {}: {who}{place}\n", it.power.as_str()));
        if let (Truth::Unknown, Some(why)) = (it.holds, &it.why) {
            out.push_str(&format!("    {why}\n"));
        }
    };
    gained.into_iter().for_each(|it| line("+", "gained", it));
    lost.into_iter().for_each(|it| line("-", "lost", it));
    for (direction, it) in undecided {
        line("?", if direction == "may-gain" { "may gain" } else { "may lose" }, it);
    }
    diff.statements.iter().for_each(|it| out.push_str(&statement_text(it)));
    clean(&out).into_owned()
}

fn pretty(value: &Json) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

fn decision(it: Truth) -> &'static str {
    match it {
        Truth::Yes => "allow",
        Truth::No => "deny",
        Truth::Unknown => "unknown",
    }
}

fn layer_json(it: &Layer, places: &Places<'_>) -> Json {
    let closers = it.closed_by.iter().map(
        |own| json!({ "setting": own.setting, "holds": own.holds.as_str(), "location": location(&own.origin, places) }),
    );
    json!({
        "layer": it.name,
        "allows": it.allows.as_str(),
        "denies": it.denies.as_str(),
        "text": it.text,
        "location": location(&it.origin, places),
        "closed_by": closers.collect::<Vec<_>>(),
        "why": it.why.as_ref().map(ToString::to_string),
    })
}

fn grant_json(it: &Grant, places: &Places<'_>) -> Json {
    json!({
        "audience": match &it.audience {
            Audience::Anonymous => "anonymous",
            Audience::AnyAccount => "any-account",
            Audience::Account(_) => "account",
            Audience::Service(_) => "service",
        },
        "who": match &it.audience {
            Audience::Account(who) | Audience::Service(who) => Some(who),
            _ => None,
        },
        "power": it.power.as_str(),
        "statement": it.statement,
        "location": location(&it.origin, places),
        "witness": it.witness.as_ref().map(request_json),
    })
}

fn request_json(it: &Request) -> Json {
    json!({ "principal": it.principal, "action": it.action, "resource": it.resource, "context": it.context })
}

fn request_text(it: &Request) -> String {
    let mut out = format!("{} → {} on {}", it.principal, it.action, it.resource);
    for (key, values) in &it.context {
        out.push_str(&format!(", {key} = {}", values.join(" ")));
    }
    out
}

fn who(audience: &Audience) -> &str {
    match audience {
        Audience::Anonymous => "anyone",
        Audience::AnyAccount => "any AWS account",
        Audience::Account(who) | Audience::Service(who) => who,
    }
}

fn location(origin: &Origin, places: &Places<'_>) -> Json {
    origin.span.map_or(Json::Null, |at| json!(places.location(at)))
}
