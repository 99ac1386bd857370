//! Guards that a step takes away: nobody new may get in by it, and yet something is less protected than before.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::frontend::live::State;
use crate::policy::{self, Audience, BucketId, Context, Effect};
use crate::value::SymStr;

use super::super::diff::canonical;
use super::{ACCOUNT, Ask, Step};

/// Which guard a step takes away, in one clause; nothing where it takes none.
pub(super) fn lost(step: &Step, bucket: &str, own: Option<&str>) -> Option<String> {
    match step.feature.as_str() {
        "policy" => lost_deny(step, bucket, own),
        feature => taken(feature, &step.before, &step.after),
    }
}

/// Which guard is not there after a change that was there before; of a policy, [`lost_deny`] tells.
pub(in crate::incident) fn taken(feature: &str, before: &Json, after: &Json) -> Option<String> {
    let status = |it: &Json| it.get("Status").and_then(Json::as_str).map(str::to_owned);
    match feature {
        ACCOUNT | "public_access_block" => {
            let on = |it: &Json, key: &str| it.get(key).and_then(Json::as_bool).unwrap_or(false);
            let keys = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
            let off: Vec<&str> = keys.into_iter().filter(|key| on(before, key) && !on(after, key)).collect();
            (!off.is_empty()).then(|| format!("Block Public Access is turned off ({})", off.join(", ")))
        }
        "ownership" => (before == "BucketOwnerEnforced" && after != "BucketOwnerEnforced")
            .then(|| "ACLs count again, those of objects too".to_owned()),
        "versioning" => (status(before).as_deref() == Some("Enabled") && status(after).as_deref() != Some("Enabled"))
            .then(|| "what is overwritten or deleted from then on is lost".to_owned()),
        "lifecycle" => {
            let (old, new) = (rules(before), rules(after));
            let is_news = |it: &&Json| expires(it) && !old.iter().any(|old| expires_as_soon(old, it));
            let new: Vec<String> = new.iter().filter(is_news).map(when).collect();
            (!new.is_empty()).then(|| format!("rules that expire objects come ({})", new.join(", ")))
        }
        "replication" => {
            let old = rules(before);
            let new: Vec<String> = rules(after)
                .iter()
                .filter(|it| status(it).as_deref() != Some("Disabled"))
                .map(target)
                .filter(|it| !old.iter().any(|old| target(old) == *it))
                .collect();
            (!new.is_empty()).then(|| format!("objects are copied to {}", new.join(", ")))
        }
        "logging" => (is_set(before, "LoggingEnabled") && !is_set(after, "LoggingEnabled"))
            .then(|| "access is logged no more".to_owned()),
        "encryption" => (before.to_string().contains("aws:kms") && !after.to_string().contains("aws:kms"))
            .then(|| "new objects are encrypted with a KMS key no more".to_owned()),
        _ => None,
    }
}

fn is_set(it: &Json, key: &str) -> bool {
    it.get(key).is_some_and(|it| !it.is_null()) || it.get("TargetBucket").is_some()
}

fn rules(it: &Json) -> Vec<Json> {
    let list = it.as_array().or_else(|| it.get("Rules")?.as_array());
    let inner = || it.get("ReplicationConfiguration")?.get("Rules")?.as_array();
    list.or_else(inner).cloned().unwrap_or_default()
}

fn expires(rule: &Json) -> bool {
    rule.get("Status").and_then(Json::as_str) != Some("Disabled") && expirations(rule).next().is_some()
}

/// What takes objects or their versions away: a delete marker that has none beneath it is neither.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleExpiration.html>
fn expirations(rule: &Json) -> impl Iterator<Item = &Json> {
    let of_marker = |it: &Json| it.as_object().is_some_and(|it| it.keys().all(|it| it == "ExpiredObjectDeleteMarker"));
    let all = ["Expiration", "NoncurrentVersionExpiration"].into_iter().filter_map(|key| rule.get(key));
    all.filter(move |it| !it.is_null() && !of_marker(it))
}

/// Whether a rule expires what another one does, and no later.
fn expires_as_soon(old: &Json, new: &Json) -> bool {
    let scope =
        |it: &Json| (it.get("Filter").cloned().unwrap_or_default(), it.get("Prefix").cloned().unwrap_or_default());
    let is_nothing = |it: &Json| {
        it.is_null() || *it == "" || *it == serde_json::json!({}) || *it == serde_json::json!({"Prefix": ""})
    };
    let is_all = |it: &Json| is_nothing(&scope(it).0) && is_nothing(&scope(it).1);
    let reaches = old == new || scope(old) == scope(new) || is_all(old);
    let sooner = |key: &str, days: &str| match (new.get(key), old.get(key)) {
        (None | Some(Json::Null), _) => true,
        (Some(new), Some(old)) => {
            let of = |it: &Json| it.get(days).and_then(Json::as_u64);
            new == old || of(old).is_some_and(|old| of(new).is_some_and(|new| old <= new))
        }
        (Some(_), None) => false,
    };
    expires(old) && reaches && sooner("Expiration", "Days") && sooner("NoncurrentVersionExpiration", "NoncurrentDays")
}

/// When a rule expires objects.
fn when(rule: &Json) -> String {
    expirations(rule).map(Json::to_string).collect::<Vec<_>>().join(", ")
}

/// What S3 goes on doing to the objects by itself while a bucket is contained: no policy holds it back.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html>
pub(super) fn at_work(ask: &Ask<'_>) -> Vec<String> {
    let mut out = Vec::new();
    for (name, does) in [("lifecycle", "expires objects"), ("replication", "copies objects")] {
        let rules = match ask.live.features.get(name) {
            Some(State::Set { value, .. }) => rules(value),
            Some(State::Absent { .. }) => continue,
            Some(State::Unknown { code, .. }) => {
                out.push(format!(
                    "whether {name} {does} is not known ({code}): look at it, for containment does not stop it"
                ));
                continue;
            }
            None => continue,
        };
        let is_on = |it: &&Json| it.get("Status").and_then(Json::as_str) != Some("Disabled");
        let what: Vec<String> = match name {
            "lifecycle" => rules.iter().filter(|it| expires(it)).map(when).collect(),
            _ => rules.iter().filter(is_on).map(|it| format!("to {}", target(it))).collect(),
        };
        if !what.is_empty() {
            out.push(format!(
                "{name} goes on, and {does} ({}), whatever the policy denies: where nobody knows the rule, save it and take it out \
                 (`aws s3api delete-bucket-{name} --bucket {}`; before/snapshot.json keeps it)",
                what.join("; "),
                ask.bucket
            ));
        }
    }
    let own = ask.options.own_account.as_deref().or(ask.live.account.as_deref());
    for (name, does) in [
        ("notification", "sends events to another account"),
        ("encryption", "encrypts with a key of another account"),
        ("website", "sends visitors elsewhere"),
    ] {
        let found = match ask.live.features.get(name) {
            Some(State::Set { value, .. }) => elsewhere(name, value, own),
            Some(State::Unknown { code, .. }) => {
                out.push(format!(
                    "whether {name} {does} is not known ({code}): look at it, for containment does not stop it"
                ));
                continue;
            }
            Some(State::Absent { .. }) | None => continue,
        };
        let named = found.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        if !found.is_empty() && own.is_none() && name != "website" {
            out.push(format!("whether {name} {does} ({named}) is not known, for the bucket's own is not: look at it"));
        } else if !found.is_empty() {
            out.push(format!(
                "{name} goes on, and {does} ({named}), whatever the policy denies: where nobody knows it, save it and set it anew \
                 (before/snapshot.json keeps it)"
            ));
        }
    }
    out
}

/// What a feature names that is not of the own account: queues, topics, functions, keys; hosts to which a website sends on.
pub(in crate::incident) fn elsewhere(name: &str, value: &Json, own: Option<&str>) -> BTreeSet<String> {
    let keys: &[&str] = match name {
        "notification" => &["QueueArn", "TopicArn", "LambdaFunctionArn"],
        "encryption" => &["KMSMasterKeyID"],
        _ => &["HostName"],
    };
    let mut out = BTreeSet::new();
    texts(value, keys, &mut out);
    // A key that is told without an account is of the own one.
    let account = |it: &str| it.starts_with("arn:").then(|| it.split(':').nth(4).map(str::to_owned)).flatten();
    out.retain(|it| name == "website" || account(it).is_some_and(|it| !it.is_empty() && Some(it.as_str()) != own));
    out
}

fn texts(value: &Json, keys: &[&str], out: &mut BTreeSet<String>) {
    match value {
        Json::Object(map) => map.iter().for_each(|(key, it)| match it {
            Json::String(text) if keys.contains(&key.as_str()) => drop(out.insert(text.clone())),
            _ => texts(it, keys, out),
        }),
        Json::Array(all) => all.iter().for_each(|it| texts(it, keys, out)),
        _ => {}
    }
}

fn target(rule: &Json) -> String {
    let destination = rule.get("Destination");
    let text = |key: &str| destination.and_then(|it| it.get(key)).and_then(Json::as_str);
    let bucket = text("Bucket").unwrap_or("a bucket that is not said");
    text("Account").map_or_else(|| bucket.to_owned(), |account| format!("{bucket} of the account {account}"))
}

/// A Deny of the policy before whose requests none of the policy after refuses. It counts where it is over callers of the own account,
/// whose own policies may allow them what it refuses: what others gain is for the engine to say.
fn lost_deny(step: &Step, bucket: &str, own: Option<&str>) -> Option<String> {
    let old = super::preflight::parsed(&step.undo_sends.as_ref()?.to_string())?;
    let nothing = || super::preflight::parsed(r#"{"Version":"2012-10-17","Statement":[]}"#);
    let new = match &step.sends {
        Some(it) => super::preflight::parsed(&it.to_string())?,
        None => nothing()?,
    };
    let context = Context { bucket: BucketId { entity: None, name: Some(SymStr::text(bucket)) }, ..Context::default() };
    let denies = old.statements.iter().filter(|it| it.effect.as_known() == Some(&Effect::Deny));
    let is_other = |it: &Audience| match (it, own) {
        (Audience::Account(who), Some(own)) => {
            let id = if who.starts_with("arn:") { who.split(':').nth(4).unwrap_or_default() } else { who };
            id != own
        }
        (Audience::Service(who), _) => who != "*",
        _ => false,
    };
    let gone =
        denies.filter(|it| policy::refuses_less(&new, &old, it, &context).iter().any(|it| !is_other(&it.audience)));
    let names: Vec<String> = gone
        .map(|it| match it.sid.as_known().filter(|it| !it.is_empty()) {
            Some(sid) => format!("\"{sid}\""),
            None => format!("statement {}", it.index + 1),
        })
        .collect();
    (!names.is_empty()).then(|| format!("what the Deny {} refuses is refused no more", names.join(", ")))
}

/// Object Lock is set by hand: it cannot be taken back, and what differs is told.
pub(super) fn object_lock(ask: &Ask<'_>, now: Option<&super::Said>) -> Option<String> {
    const NAME: &str = "object_lock";
    if !ask.only.is_empty() && !ask.only.iter().any(|it| it == NAME) {
        return None;
    }
    let should = ask.desired.get(NAME)?;
    match super::difference(NAME, now?, should, "compare it by hand") {
        super::Difference::None => None,
        super::Difference::Manual(why) => Some(why),
        super::Difference::Refused(why) => Some(format!("Object Lock is left as it is: {why}")),
        super::Difference::Set { before, after } => {
            let told = |it: Option<&Json>| match canonical(NAME, it) {
                Json::Null => "none".to_owned(),
                it => it.to_string(),
            };
            let file = after.as_ref().and_then(|it| it.get("ObjectLockConfiguration")).map(Json::to_string);
            let how = match file {
                Some(document) => format!(
                    ": aws s3api put-object-lock-configuration --bucket {} --object-lock-configuration '{document}'",
                    ask.bucket
                ),
                None => ", and once on it cannot be turned off".to_owned(),
            };
            Some(format!(
                "Object Lock is {} and should be {}: a plan does not set it, for it cannot be taken back; the default retention counts \
                 for new objects only{how}",
                told(before.as_ref()),
                told(after.as_ref())
            ))
        }
    }
}
