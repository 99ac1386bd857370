//! One spelling for each feature: two documents that mean the same become equal.

use serde_json::{Map, Value as Json, json};

/// The canonical form of a feature's document; that of a bucket where it was never set for `None`.
#[must_use]
pub fn canonical(feature: &str, document: Option<&Json>) -> Json {
    let none = Json::Null;
    let it = document.unwrap_or(&none);
    match feature {
        "public_access_block" => block(it),
        "acl" => acl(it),
        "ownership" => ownership(it),
        "versioning" => versioning(it),
        "encryption" => encryption(it),
        "logging" => logging(it),
        "object_lock" => tidy(it.get("ObjectLockConfiguration").unwrap_or(&none)),
        "lifecycle" => lifecycle(it),
        "replication" => replication(it),
        "cors" => rules(it.get("CORSRules"), "ID"),
        "tags" => tags(it),
        "acceleration" => match it.get("Status").and_then(Json::as_str) {
            Some("Enabled") => json!("Enabled"),
            _ => none,
        },
        "notification" => notification(it),
        "request_payment" => json!(it.get("Payer").and_then(Json::as_str).unwrap_or("BucketOwner")),
        "policy" => super::statements::policy(it),
        _ => tidy(it),
    }
}

/// A member that is missing is `false`: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PublicAccessBlockConfiguration.html>.
fn block(it: &Json) -> Json {
    let it = it.get("PublicAccessBlockConfiguration");
    let flag = |key: &str| it.and_then(|it| it.get(key)).is_some_and(|it| it == &json!(true) || it == &json!("true"));
    json!({
        "BlockPublicAcls": flag("BlockPublicAcls"),
        "IgnorePublicAcls": flag("IgnorePublicAcls"),
        "BlockPublicPolicy": flag("BlockPublicPolicy"),
        "RestrictPublicBuckets": flag("RestrictPublicBuckets"),
    })
}

/// Grants beside the owner's own, `GRANTEE PERMISSION`, sorted. A canned ACL is what it expands to.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl>
fn acl(it: &Json) -> Json {
    let mut all: Vec<String> = match it.get("Canned").and_then(Json::as_str) {
        Some("public-read") => vec!["AllUsers READ".to_owned()],
        Some("public-read-write") => vec!["AllUsers READ".to_owned(), "AllUsers WRITE".to_owned()],
        Some("authenticated-read") => vec!["AuthenticatedUsers READ".to_owned()],
        Some("log-delivery-write") => vec!["LogDelivery READ_ACP".to_owned(), "LogDelivery WRITE".to_owned()],
        Some("private" | "bucket-owner-read" | "bucket-owner-full-control") | None => Vec::new(),
        Some(other) => vec![other.to_owned()],
    };
    let owner = it.get("Owner").and_then(|it| it.get("ID")).and_then(Json::as_str);
    for grant in it.get("Grants").and_then(Json::as_array).into_iter().flatten() {
        let grantee = grant.get("Grantee");
        let member = |key: &str| grantee.and_then(|it| it.get(key)).and_then(Json::as_str);
        let permission = grant.get("Permission").and_then(Json::as_str).unwrap_or("?");
        let who = match (member("URI"), member("ID"), member("EmailAddress")) {
            (Some(uri), _, _) => uri.rsplit('/').next().unwrap_or(uri),
            (_, Some(id), _) if owner == Some(id) => continue,
            // Code that lists grants lists the owner's full control too, and cannot know whose id it is.
            (_, Some(_), _) if it.get("Owner").is_none() && permission == "FULL_CONTROL" => continue,
            (_, Some(id), _) => id,
            (_, _, Some(address)) => address,
            _ => "?",
        };
        all.push(format!("{who} {permission}"));
    }
    all.sort();
    all.dedup();
    all.into()
}

/// Without controls the object's writer owns it, and ACLs count.
fn ownership(it: &Json) -> Json {
    let rule = it.get("OwnershipControls").and_then(|it| it.get("Rules")).and_then(|it| it.get(0));
    json!(rule.and_then(|it| it.get("ObjectOwnership")).and_then(Json::as_str).unwrap_or("ObjectWriter"))
}

fn versioning(it: &Json) -> Json {
    let text = |key: &str| it.get(key).and_then(Json::as_str).filter(|it| !it.is_empty() && *it != "Disabled");
    json!({ "Status": text("Status"), "MFADelete": text("MFADelete") })
}

/// Since January 2023 every bucket is encrypted with SSE-S3 where nothing else is said.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html>
fn encryption(it: &Json) -> Json {
    let rule = it.get("ServerSideEncryptionConfiguration").and_then(|it| it.get("Rules")).and_then(|it| it.get(0));
    let by = rule.and_then(|it| it.get("ApplyServerSideEncryptionByDefault"));
    let text = |key: &str| by.and_then(|it| it.get(key)).and_then(Json::as_str);
    let blocked = rule.and_then(|it| it.get("BlockedEncryptionTypes")).and_then(|it| it.get("EncryptionType"));
    let mut blocked: Vec<&str> =
        blocked.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect();
    blocked.retain(|it| *it != "NONE");
    blocked.sort_unstable();
    json!({
        "SSEAlgorithm": text("SSEAlgorithm").unwrap_or("AES256"),
        "KMSMasterKeyID": text("KMSMasterKeyID").filter(|it| !it.is_empty()),
        "BucketKeyEnabled": rule.and_then(|it| it.get("BucketKeyEnabled")).and_then(Json::as_bool).unwrap_or(false),
        "BlockedEncryptionTypes": blocked,
    })
}

fn logging(it: &Json) -> Json {
    match it.get("LoggingEnabled").filter(|it| !it.is_null()) {
        None => Json::Null,
        Some(it) => {
            let mut out = it.clone();
            // S3 adds the name of who is granted, and keeps no order.
            let grants = out.get_mut("TargetGrants").and_then(Json::as_array_mut);
            if let Some(grants) = grants {
                for grantee in grants.iter_mut().filter_map(|it| it.get_mut("Grantee")?.as_object_mut()) {
                    grantee.shift_remove("DisplayName");
                }
                grants.sort_by_key(|it| tidy(it).to_string());
            }
            let mut out = tidy(&out);
            if let Some(map) = out.as_object_mut() {
                map.entry("TargetPrefix").or_insert_with(|| json!(""));
            }
            out
        }
    }
}

/// A prefix beside the filter is one in it; what says that nothing expires says nothing.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html>
fn lifecycle(it: &Json) -> Json {
    let mut all = it.get("Rules").cloned().unwrap_or_default();
    for rule in all.as_array_mut().into_iter().flatten() {
        let Some(rule) = rule.as_object_mut() else { continue };
        if let Some(prefix) = rule.shift_remove("Prefix")
            && rule.get("Filter").is_none()
        {
            rule.insert("Filter".to_owned(), json!({ "Prefix": prefix }));
        }
        if let Some(expiration) = rule.get_mut("Expiration").and_then(Json::as_object_mut) {
            expiration.retain(|key, value| match key.as_str() {
                "ExpiredObjectDeleteMarker" => value != &json!(false),
                "Days" => value != &json!(0),
                _ => true,
            });
        }
        for transition in rule.get_mut("Transitions").and_then(Json::as_array_mut).into_iter().flatten() {
            date(transition);
        }
        if let Some(expiration) = rule.get_mut("Expiration") {
            date(expiration);
        }
    }
    let rules = rules(Some(&all), "ID");
    // What a put without the argument sets. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html>
    match it.get("TransitionDefaultMinimumObjectSize").and_then(Json::as_str) {
        None | Some("" | "all_storage_classes_128K") => rules,
        Some(size) => json!({ "Rules": rules, "TransitionDefaultMinimumObjectSize": size }),
    }
}

/// AWS answers with midnight in UTC, in one of several spellings.
fn date(it: &mut Json) {
    let Some(text) = it.get("Date").and_then(Json::as_str) else { return };
    if let Some(time) = super::super::time::Time::parse(text)
        && let Some(map) = it.as_object_mut()
    {
        map.insert("Date".to_owned(), time.to_string().into());
    }
}

/// Delete markers that are not replicated are the default where a rule has a filter.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationRule.html>
fn replication(it: &Json) -> Json {
    let Some(it) = it.get("ReplicationConfiguration") else { return Json::Null };
    let mut all = it.get("Rules").cloned().unwrap_or_default();
    for rule in all.as_array_mut().into_iter().flatten() {
        let Some(rule) = rule.as_object_mut() else { continue };
        rule.retain(|key, value| match key.as_str() {
            "DeleteMarkerReplication" => value.get("Status") != Some(&json!("Disabled")),
            "Priority" => value != &json!(0),
            _ => true,
        });
    }
    json!({ "Role": it.get("Role"), "Rules": rules(Some(&all), "ID") })
}

/// Destinations are sets without ids of their own; S3 spells `prefix` with a capital letter.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_NotificationConfiguration.html>
fn notification(it: &Json) -> Json {
    let mut out = Map::new();
    // An empty map switches EventBridge on.
    if it.get("EventBridgeConfiguration").is_some_and(Json::is_object) {
        out.insert("EventBridgeConfiguration".to_owned(), true.into());
    }
    for name in ["LambdaFunctionConfigurations", "QueueConfigurations", "TopicConfigurations"] {
        let mut all = it.get(name).cloned().unwrap_or_default();
        for one in all.as_array_mut().into_iter().flatten() {
            let rules = one.pointer_mut("/Filter/Key/FilterRules").and_then(Json::as_array_mut);
            let Some(rules) = rules else { continue };
            for rule in rules.iter_mut() {
                let lower = rule.get("Name").and_then(Json::as_str).map(str::to_ascii_lowercase);
                if let (Some(lower), Some(map)) = (lower, rule.as_object_mut()) {
                    map.insert("Name".to_owned(), lower.into());
                }
            }
            rules.sort_by_key(ToString::to_string);
        }
        let all = self::rules(Some(&all), "Id");
        if all.as_array().is_some_and(|it| !it.is_empty()) {
            out.insert(name.to_owned(), all);
        }
    }
    if out.is_empty() { Json::Null } else { out.into() }
}

fn tags(it: &Json) -> Json {
    let set = it.get("TagSet").and_then(Json::as_array);
    let mut out: Vec<(String, Json)> = set
        .into_iter()
        .flatten()
        .filter_map(|it| Some((it.get("Key")?.as_str()?.to_owned(), it.get("Value").cloned().unwrap_or_default())))
        .collect();
    out.sort_by(|a, b| a.0.cmp(&b.0));
    Json::Object(out.into_iter().collect())
}

/// A list of rules whose order says nothing; ids that AWS or a tool made up say nothing either.
fn rules(list: Option<&Json>, id: &str) -> Json {
    let rules = list.and_then(Json::as_array).into_iter().flatten();
    let mut all: Vec<Json> = rules
        .map(|rule| {
            let mut rule = tidy(rule);
            if let Some(map) = rule.as_object_mut() {
                map.shift_remove(id);
            }
            rule
        })
        .collect();
    all.sort_by_key(ToString::to_string);
    all.into()
}

/// Members sorted; null, empty text, empty list and empty map are none; lists of texts are sets.
pub(in crate::incident) fn tidy(it: &Json) -> Json {
    match it {
        Json::Object(map) => {
            let mut entries: Vec<(String, Json)> =
                map.iter().map(|(key, value)| (key.clone(), tidy(value))).filter(|it| !it.1.is_null()).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            if entries.is_empty() { Json::Null } else { Json::Object(Map::from_iter(entries)) }
        }
        Json::Array(items) => {
            let mut items: Vec<Json> = items.iter().map(tidy).collect();
            if items.iter().all(Json::is_string) {
                items.sort_by_key(ToString::to_string);
                items.dedup();
            }
            if items.is_empty() { Json::Null } else { Json::Array(items) }
        }
        Json::String(text) if text.is_empty() => Json::Null,
        other => other.clone(),
    }
}
