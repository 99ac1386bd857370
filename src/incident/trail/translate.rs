//! CloudTrail's XML turned to JSON as S3's API has it: XML names each item of a list by itself, and all its values are texts.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html>

use serde_json::{Map, Value as Json, json};

use super::fold::{list, rules, scalar};

/// The names of XML of what is a list, and those of the API.
const LISTS: [(&str, &str); 3] =
    [("Transition", "Transitions"), ("NoncurrentVersionTransition", "NoncurrentVersionTransitions"), ("Tag", "Tags")];

/// Members that are numbers.
const NUMBERS: [&str; 7] = [
    "Days",
    "Years",
    "NoncurrentDays",
    "NewerNoncurrentVersions",
    "DaysAfterInitiation",
    "ObjectSizeGreaterThan",
    "ObjectSizeLessThan",
];

/// The rules of a `LifecycleConfiguration`.
pub(super) fn lifecycle(it: &Json) -> Json {
    let rules: Vec<Json> = rules(Some(it)).into_iter().map(rule).collect();
    let mut out = json!({ "Rules": rules });
    if let (Some(size), Some(map)) = (scalar(it.get("TransitionDefaultMinimumObjectSize")), out.as_object_mut()) {
        map.insert("TransitionDefaultMinimumObjectSize".to_owned(), size.into());
    }
    out
}

fn rule(it: &Json) -> Json {
    let Json::Object(rule) = it else { return it.clone() };
    let mut out = Map::new();
    for (key, value) in rule {
        match LISTS.iter().find(|it| it.0 == key) {
            Some((_, name)) => {
                out.insert((*name).to_owned(), list(Some(value)).into_iter().map(numbers).collect());
            }
            None if key == "Filter" => {
                out.insert(key.clone(), filter(value));
            }
            None => {
                out.insert(key.clone(), number(key, &numbers(value)));
            }
        }
    }
    out.into()
}

/// One tag is a member of the filter itself, several stand in its `And`.
fn filter(it: &Json) -> Json {
    match it {
        // Without a member: every object.
        Json::String(text) if text.is_empty() => json!({}),
        Json::Null => json!({}),
        Json::Object(all) => {
            let member = |(key, value): (&String, &Json)| match (key.as_str(), value) {
                ("And", Json::Object(_)) => (key.clone(), rule(value)),
                _ => (key.clone(), number(key, value)),
            };
            Json::Object(all.iter().map(member).collect())
        }
        other => other.clone(),
    }
}

/// A map with its numbers and truths as such.
fn numbers(it: &Json) -> Json {
    match it {
        Json::Object(all) => Json::Object(all.iter().map(|(key, it)| (key.clone(), number(key, it))).collect()),
        other => other.clone(),
    }
}

fn number(key: &str, it: &Json) -> Json {
    let Json::String(text) = it else { return it.clone() };
    if NUMBERS.contains(&key) {
        return text.parse::<u64>().map_or_else(|_| it.clone(), Json::from);
    }
    match (key, text.as_str()) {
        ("ExpiredObjectDeleteMarker", "true") => Json::Bool(true),
        ("ExpiredObjectDeleteMarker", "false") => Json::Bool(false),
        _ => it.clone(),
    }
}

/// What `ObjectLockConfiguration` has. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ObjectLockConfiguration.html>
pub(super) fn object_lock(it: &Json) -> Json {
    let mut out = Map::new();
    if let Some(enabled) = scalar(it.get("ObjectLockEnabled")) {
        out.insert("ObjectLockEnabled".to_owned(), enabled.into());
    }
    if let Some(retention) = it.pointer("/Rule/DefaultRetention").filter(|it| it.is_object()) {
        out.insert("Rule".to_owned(), json!({ "DefaultRetention": numbers(retention) }));
    }
    out.into()
}

/// What `LoggingEnabled` has. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_LoggingEnabled.html>
pub(super) fn logging(it: &Json) -> Json {
    let mut out = json!({
        "TargetBucket": scalar(it.get("TargetBucket")), "TargetPrefix": scalar(it.get("TargetPrefix")).unwrap_or_default(),
    });
    let Some(map) = out.as_object_mut() else { return out };
    if let Some(format) = it.get("TargetObjectKeyFormat").and_then(Json::as_object) {
        // An element without members is an empty text.
        let member = |it: &Json| if it.is_object() { it.clone() } else { json!({}) };
        let format: Map<String, Json> = format.iter().map(|(key, it)| (key.clone(), member(it))).collect();
        map.insert("TargetObjectKeyFormat".to_owned(), format.into());
    }
    let grants = it.get("TargetGrants").map(|it| list(it.get("Grant").or_else(|| Some(it).filter(|it| it.is_array()))));
    if let Some(grants) = grants.filter(|it| !it.is_empty()) {
        map.insert("TargetGrants".to_owned(), grants.into_iter().map(grant).collect());
    }
    out
}

/// The kind of a grantee is an attribute in XML.
fn grant(it: &Json) -> Json {
    let mut out = it.clone();
    if let Some(grantee) = out.get_mut("Grantee").and_then(Json::as_object_mut) {
        let kind = grantee.shift_remove("xsi:type");
        grantee.retain(|key, _| !key.starts_with("xmlns"));
        if let Some(kind) = kind {
            grantee.entry("Type").or_insert(kind);
        }
    }
    out
}
