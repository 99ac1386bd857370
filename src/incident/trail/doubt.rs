//! What the record shows of its own gaps: a call that S3 would have refused where the events leave the bucket, and a trail that was
//! switched off. Neither is passed over: what a missing call changed is not known.

use serde_json::Value as Json;

use super::super::diff::canonical;
use super::super::time::Time;
use super::Event;
use super::fold::{Now, says_acl};
use super::second::{Call, is_public};
use crate::frontend::live::State;

/// Code of a state that a successful call contradicts.
const CONTRADICTED: &str = "Contradicted";

/// The states with what certain calls contradict not known, and what is told of it; nothing where none is contradicted.
pub(super) fn relaxed(starts: &[Now], calls: &[Call], bucket: &str) -> (Vec<Now>, Vec<String>) {
    let mut problems = Vec::new();
    let states = starts.iter().map(|start| {
        let mut out = start.clone();
        for it in calls.iter().filter(|it| it.certain) {
            let Some((features, why)) = contradiction(start, &it.event, bucket) else { continue };
            let event = &it.event;
            let message = format!(
                "{} {} by {} was accepted, and S3 refuses it where the events before leave the bucket ({why}): a call is missing from the \
                 trail, and since when it is otherwise is not known",
                event.time, event.name, event.actor
            );
            let unsure = || State::unknown(CONTRADICTED, "a call that S3 accepted shows that another one is missing");
            for name in features {
                match name {
                    "account" => out.account = unsure(),
                    "bucket" => out = Now { is_known: true, account: out.account.clone(), ..Now::unknown() },
                    _ => drop(out.features.insert(name.to_owned(), unsure())),
                }
            }
            if !problems.contains(&message) {
                problems.push(message);
            }
        }
        out
    });
    let states = states.collect();
    (states, problems)
}

/// What S3 would have held against a call, and the features that must have been otherwise.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
fn contradiction(now: &Now, event: &Event, bucket: &str) -> Option<(Vec<&'static str>, String)> {
    if event.name.contains("Account") {
        return None;
    }
    if now.is_known && !now.exists && event.name != "CreateBucket" {
        return Some((vec!["bucket"], "there is none of that name".to_owned()));
    }
    let mut after = now.clone();
    let set = after.apply(event)?;
    let value = after.features.get(set).and_then(State::value);
    let is_on = |state: Option<&State>, key: &str| {
        state.is_some_and(|it| canonical("public_access_block", it.value()).get(key) == Some(&Json::Bool(true)))
    };
    let blocked = |key: &str, of_bucket: bool| -> Option<(Vec<&'static str>, String)> {
        let mut all = Vec::new();
        all.extend((of_bucket && is_on(now.features.get("public_access_block"), key)).then_some("public_access_block"));
        all.extend(is_on(Some(&now.account), key).then_some("account"));
        let whose = if all.contains(&"account") { "of the account" } else { "of the bucket" };
        (!all.is_empty()).then(|| (all, format!("{key} {whose} is on")))
    };
    let grants = |value: Option<&Json>| canonical("acl", value);
    let is_for_everyone = |value: Option<&Json>| {
        let acl = grants(value).to_string();
        acl.contains("\"AllUsers ") || acl.contains("\"AuthenticatedUsers ")
    };
    match set {
        "policy" if event.name.starts_with("Put") && is_public(value, bucket) => blocked("BlockPublicPolicy", true),
        "acl" if event.name == "PutBucketAcl" => {
            let ownership = now.features.get("ownership").and_then(State::value);
            let is_enforced = ownership.is_some() && canonical("ownership", ownership) == "BucketOwnerEnforced";
            let has_others = grants(value).as_array().is_some_and(|it| !it.is_empty());
            let mut found = is_for_everyone(value).then(|| blocked("BlockPublicAcls", true)).flatten();
            if is_enforced && has_others {
                let (features, whys) = found.get_or_insert_with(|| (Vec::new(), String::new()));
                features.push("ownership");
                let and = if whys.is_empty() { "" } else { " and " };
                whys.push_str(&format!("{and}Object Ownership is BucketOwnerEnforced"));
            }
            found
        }
        "bucket"
            if says_acl(&event.parameters) && is_for_everyone(after.features.get("acl").and_then(State::value)) =>
        {
            blocked("BlockPublicAcls", false)
        }
        _ => None,
    }
}

/// Times of which a trail may have no record, for somebody switched it off or had it record less: told, unless they ended before
/// the bucket was made. <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-turning-off-logging.html>
pub(super) fn gaps(events: &[Event], made: Option<Time>) -> Vec<String> {
    // A table of a query need not tell the service.
    let is_own = |it: &&Event| matches!(it.service.as_str(), "" | "cloudtrail.amazonaws.com") && it.error.is_none();
    let own: Vec<&Event> = events.iter().filter(is_own).collect();
    let name = |it: &Event| -> Option<String> {
        let text = it.parameters.get("name").or_else(|| it.parameters.get("trailName"))?.as_str()?;
        Some(text.rsplit('/').next().unwrap_or(text).to_owned())
    };
    let mut out = Vec::new();
    for (at, it) in own.iter().enumerate() {
        let what = match it.name.as_str() {
            "StopLogging" | "StopEventDataStoreIngestion" => "was switched off",
            "DeleteTrail" | "DeleteEventDataStore" => "was deleted",
            "PutEventSelectors" if !keeps_writes(&it.parameters) => "records less",
            "UpdateTrail" if !keeps_place(&it.parameters) => "was changed",
            _ => continue,
        };
        let starts = |other: &&&Event| {
            let is_start = match it.name.as_str() {
                "StopLogging" => other.name == "StartLogging",
                "StopEventDataStoreIngestion" => other.name == "StartEventDataStoreIngestion",
                "PutEventSelectors" => other.name == "PutEventSelectors" && keeps_writes(&other.parameters),
                _ => false,
            };
            is_start && (name(other).is_none() || name(it).is_none() || name(other) == name(it))
        };
        let end = own.iter().skip(at + 1).find(starts).map(|it| it.time);
        if end.zip(made).is_some_and(|(end, made)| end <= made) {
            continue;
        }
        let trail = name(it).map(|it| format!(" {it}")).unwrap_or_default();
        let until = end.map_or_else(|| "on".to_owned(), |it| format!("until {it}"));
        out.push(format!(
            "{} {} by {}: the trail{trail} {what}; what happened from {} {until} need not be in the record",
            it.time, it.name, it.actor, it.time
        ));
    }
    out
}

/// Whether selectors leave the management events that write.
fn keeps_writes(parameters: &Json) -> bool {
    let list = |key: &str| parameters.get(key).and_then(Json::as_array).into_iter().flatten();
    let basic = list("eventSelectors").any(|it| {
        it.get("includeManagementEvents").and_then(Json::as_bool).unwrap_or(true)
            && it.get("readWriteType").and_then(Json::as_str) != Some("ReadOnly")
    });
    let field = |it: &Json, name: &str| -> Option<String> {
        let fields = it.get("fieldSelectors")?.as_array()?;
        let found = fields.iter().find(|it| it.get("field").and_then(Json::as_str) == Some(name))?;
        Some(found.get("equals")?.get(0)?.as_str()?.to_owned())
    };
    basic
        || list("advancedEventSelectors").any(|it| {
            field(it, "eventCategory").as_deref() == Some("Management")
                && field(it, "readOnly").as_deref() != Some("true")
                && field(it, "eventName").is_none()
        })
}

/// Whether a trail goes on delivering what it did, to where it did.
fn keeps_place(parameters: &Json) -> bool {
    let is_off = |key: &str| parameters.get(key) == Some(&Json::Bool(false));
    parameters.is_object()
        && parameters.get("s3BucketName").is_none_or(Json::is_null)
        && !is_off("isMultiRegionTrail")
        && !is_off("includeGlobalServiceEvents")
}

/// What copies the bucket's new objects to another account, in one sentence.
pub(super) fn copies(event: &Event, own: Option<&str>) -> Option<String> {
    let rules = event.parameters.get("ReplicationConfiguration")?;
    let rules = rules.get("Rule").or_else(|| rules.get("Rules"))?;
    let rules = rules.as_array().map_or(std::slice::from_ref(rules), Vec::as_slice);
    let others =
        rules.iter().filter(|it| it.get("Status").and_then(Json::as_str) != Some("Disabled")).filter_map(|it| {
            let to = it.get("Destination")?;
            let account = to.get("Account")?.as_str().filter(|it| Some(*it) != own)?;
            let bucket = to.get("Bucket").and_then(Json::as_str).unwrap_or("a bucket that is not said");
            Some(format!("{bucket} of account {account}"))
        });
    let others: Vec<String> = others.collect();
    (!others.is_empty()).then(|| {
        format!(
            "{} {} by {}: objects that came afterwards may have been copied to {}",
            event.time,
            event.name,
            event.actor,
            others.join(", ")
        )
    })
}

/// What is known beside a change.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    /// The call.
    pub event: &'a Event,
    /// The bucket's account.
    pub own: Option<&'a str>,
    /// Whether who made the bucket has just done so.
    pub is_making: bool,
}

/// Whether a change takes evidence or the way back away, or may: the same call that turns versions or logs on is no reason to escalate.
pub(super) fn is_tamper(feature: &str, before: &Now, after: &Now, around: Around<'_>) -> bool {
    let of = |now: &Now| canonical(feature, now.features.get(feature).and_then(State::value));
    let is_unknown = |now: &Now| now.features.get(feature).is_none_or(State::is_unknown);
    match feature {
        "replication" | "object_lock" => true,
        "encryption" => around.event.name.starts_with("Put") && may_lock_out(around),
        "versioning" | "logging" | "lifecycle" if is_unknown(after) => true,
        "versioning" => {
            let (was, is) = (of(before), of(after));
            let is_off = |it: &Json, key: &str| it.get(key).and_then(Json::as_str) != Some("Enabled");
            is_off(&is, "Status") || !is_off(&was, "MFADelete") && is_off(&is, "MFADelete")
        }
        // Logs that went elsewhere before are missing there from now on.
        "logging" => {
            let target = |it: &Json| it.get("TargetBucket").cloned().filter(|it| !it.is_null());
            let (was, is) = (target(&of(before)), target(&of(after)));
            is.is_none() || was.is_some() && was != is
        }
        "lifecycle" => removes(&of(after), around.is_making),
        _ => false,
    }
}

/// Whether objects to come are encrypted with a key that the account may not hold: one without an account is its own.
fn may_lock_out(around: Around<'_>) -> bool {
    let Some(all) = around.event.parameters.get("ServerSideEncryptionConfiguration") else { return !around.is_making };
    let Some(rules) = all.get("Rule").or_else(|| all.get("Rules")) else { return !around.is_making };
    let mut rules = rules.as_array().map_or(std::slice::from_ref(rules), Vec::as_slice).iter();
    rules.any(|it| {
        let key = it.pointer("/ApplyServerSideEncryptionByDefault/KMSMasterKeyID").and_then(Json::as_str);
        let account = key.filter(|it| it.starts_with("arn:")).and_then(|it| it.split(':').nth(4));
        account.is_some_and(|it| Some(it) != around.own)
    })
}

/// Whether an enabled rule takes objects or their versions away; one that ends uploads or takes markers with nothing beneath them does
/// not, and of a bucket that is being made no older version is lost.
fn removes(lifecycle: &Json, is_making: bool) -> bool {
    let rules = lifecycle.get("Rules").unwrap_or(lifecycle);
    rules.as_array().into_iter().flatten().any(|it| {
        let is_on = it.get("Status").and_then(Json::as_str) != Some("Disabled");
        let of_markers =
            |it: &Json| it.as_object().is_some_and(|it| it.len() == 1 && it.contains_key("ExpiredObjectDeleteMarker"));
        let is_harmless = |key: &str, it: &Json| of_markers(it) || is_making && key.starts_with("Noncurrent");
        let takes = |(key, it): (&String, &Json)| key.contains("Expiration") && !is_harmless(key, it);
        is_on && it.as_object().is_some_and(|it| it.iter().any(takes))
    })
}
