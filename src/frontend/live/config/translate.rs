//! The parts of a configuration item → the documents that `aws s3api` prints. A part is translated whole or not at all.

use serde_json::{Map, Value as Json, json};

use super::document::Doc;

use super::super::snapshot::{State, UNTRANSLATED};

/// What Config says, but in a way that is not translated: told, never guessed.
pub(super) fn untranslated(what: &str) -> State {
    State::unknown(UNTRANSLATED, format!("AWS Config's form of {what} is not translated: collect it with the aws CLI"))
}

/// Whether a value says nothing: what is not set is null, empty, `false` or `-1` in an item.
fn is_nothing(it: &Doc) -> bool {
    match it {
        Doc::Null | Doc::Bool(false) => true,
        Doc::Bool(true) => false,
        Doc::Number(it) => it.as_i64() == Some(-1),
        Doc::String(it) => it.is_empty(),
        Doc::Array(it) => it.is_empty(),
        Doc::Object(it) => it.is_empty(),
    }
}

/// Whether all that a map says stands in members that are read: what another one says would be lost in silence.
fn says_only(it: &Doc, read: &[&str]) -> bool {
    it.as_object().is_some_and(|it| it.iter().all(|(key, value)| read.contains(&key.as_str()) || is_nothing(value)))
}

pub(super) fn block(it: &Doc) -> State {
    let keys = ["blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets"];
    let is_flag = |it: &Doc| it.as_bool().is_some() || it.is_null();
    if !says_only(it, &keys) || !keys.iter().filter_map(|key| it.get(key)).all(is_flag) {
        return untranslated("Block Public Access");
    }
    let flag = |key: &str| it.get(key).and_then(Doc::as_bool).unwrap_or(false);
    State::set(json!({ "PublicAccessBlockConfiguration": {
        "BlockPublicAcls": flag("blockPublicAcls"),
        "IgnorePublicAcls": flag("ignorePublicAcls"),
        "BlockPublicPolicy": flag("blockPublicPolicy"),
        "RestrictPublicBuckets": flag("restrictPublicBuckets"),
    }}))
}

pub(super) fn policy(it: &Doc) -> State {
    if !says_only(it, &["policyText"]) {
        return untranslated("the policy");
    }
    match it.get("policyText") {
        Some(Doc::String(text)) => State::set(json!({ "Policy": text })),
        None | Some(Doc::Null) => State::absent(),
        Some(_) => untranslated("the policy"),
    }
}

pub(super) fn acl(it: &Doc) -> State {
    let owner = it.get("owner").and_then(|it| it.get("id")).and_then(Doc::as_str).unwrap_or_default();
    // An item has the one or the other; the other is null.
    let lists: Vec<&Doc> =
        ["grantList", "grantSet"].iter().filter_map(|key| it.get(key)).filter(|it| !it.is_null()).collect();
    if lists.is_empty() || !lists.iter().all(|it| it.is_array()) {
        return untranslated("the ACL");
    }
    let list = lists.into_iter().filter_map(Doc::as_array).find(|it| !it.is_empty());
    let mut grants = Vec::new();
    for grant in list.into_iter().flatten() {
        let grantee = match grant.get("grantee") {
            Some(Doc::String(group)) => match group.as_str() {
                "AllUsers" => json!({"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}),
                "AuthenticatedUsers" => {
                    json!({"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"})
                }
                "LogDelivery" => json!({"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}),
                _ => return untranslated("an ACL grantee"),
            },
            Some(user @ Doc::Object(_)) => match user.get("id").and_then(Doc::as_str) {
                Some(id) => json!({"Type": "CanonicalUser", "ID": id}),
                None => return untranslated("an ACL grantee"),
            },
            _ => return untranslated("an ACL grantee"),
        };
        let permission = match grant.get("permission").and_then(Doc::as_str) {
            Some("FullControl") => "FULL_CONTROL",
            Some("Read") => "READ",
            Some("Write") => "WRITE",
            Some("ReadAcp") => "READ_ACP",
            Some("WriteAcp") => "WRITE_ACP",
            _ => return untranslated("an ACL permission"),
        };
        grants.push(json!({ "Grantee": grantee, "Permission": permission }));
    }
    State::set(json!({ "Owner": { "ID": owner }, "Grants": grants }))
}

pub(super) fn versioning(it: &Doc) -> State {
    let mut out = Map::new();
    if !says_only(it, &["status", "isMfaDeleteEnabled"]) {
        return untranslated("versioning");
    }
    match it.get("status") {
        None | Some(Doc::Null) => return State::absent(),
        Some(status) => match status.as_str() {
            Some("Enabled" | "Suspended") => out.insert("Status".to_owned(), status.json()),
            Some("Off") => return State::absent(),
            _ => return untranslated("versioning"),
        },
    };
    if let Some(mfa) = it.get("isMfaDeleteEnabled").and_then(Doc::as_bool) {
        out.insert("MFADelete".to_owned(), json!(if mfa { "Enabled" } else { "Disabled" }));
    }
    State::set(out.into())
}

pub(super) fn encryption(it: &Doc) -> State {
    let rules = it.get("rules").and_then(Doc::as_array).filter(|it| !it.is_empty());
    let Some(rules) = rules else { return untranslated("the encryption") };
    let is_read = |rule: &Doc| {
        says_only(rule, &["applyServerSideEncryptionByDefault", "bucketKeyEnabled"])
            && match rule.get("applyServerSideEncryptionByDefault") {
                None | Some(Doc::Null) => true,
                Some(it) => {
                    it.get("sseAlgorithm").is_some_and(Doc::is_string)
                        && says_only(it, &["sseAlgorithm", "kmsMasterKeyID"])
                }
            }
    };
    if !says_only(it, &["rules"]) || !rules.iter().all(is_read) {
        return untranslated("the encryption");
    }
    let rules = rules.iter().map(|rule| {
        let mut by = Map::new();
        let default = rule.get("applyServerSideEncryptionByDefault");
        for (from, to) in [("sseAlgorithm", "SSEAlgorithm"), ("kmsMasterKeyID", "KMSMasterKeyID")] {
            if let Some(value) = default.and_then(|it| it.get(from)).filter(|it| !it.is_null()) {
                by.insert(to.to_owned(), value.json());
            }
        }
        let key = rule.get("bucketKeyEnabled").and_then(Doc::as_bool).unwrap_or(false);
        json!({ "ApplyServerSideEncryptionByDefault": by, "BucketKeyEnabled": key })
    });
    let rules: Vec<Json> = rules.collect();
    State::set(json!({ "ServerSideEncryptionConfiguration": { "Rules": rules } }))
}

pub(super) fn logging(it: &Doc) -> State {
    if !says_only(it, &["destinationBucketName", "logFilePrefix"]) {
        return untranslated("logging");
    }
    match (it.get("destinationBucketName").unwrap_or(&Doc::Null), it.get("logFilePrefix").unwrap_or(&Doc::Null)) {
        (Doc::Null, _) => State::absent(),
        (Doc::String(target), prefix @ (Doc::Null | Doc::String(_))) => State::set(json!({
            "LoggingEnabled": { "TargetBucket": target, "TargetPrefix": prefix.as_str().unwrap_or_default() }
        })),
        _ => untranslated("logging"),
    }
}

/// `-1` stands for none.
fn number<'j>(it: &'j Doc, key: &str) -> Option<&'j Doc> {
    it.get(key).filter(|it| it.as_i64().is_some_and(|it| 0 < it))
}

pub(super) fn lifecycle(it: &Doc) -> State {
    let rules = it.get("rules").unwrap_or(&Doc::Null);
    if !says_only(it, &["rules"]) || !(rules.is_array() || rules.is_null()) {
        return untranslated("the lifecycle rules");
    }
    let rules: Option<Vec<Json>> = rules.as_array().into_iter().flatten().map(lifecycle_rule).collect();
    match rules {
        None => untranslated("a lifecycle rule"),
        Some(rules) if rules.is_empty() => State::absent(),
        Some(rules) => State::set(json!({ "Rules": rules })),
    }
}

fn lifecycle_rule(rule: &Doc) -> Option<Json> {
    const READ: [&str; 8] = [
        "id",
        "status",
        "prefix",
        "filter",
        "expirationInDays",
        "expirationDate",
        "noncurrentVersionExpirationInDays",
        "abortIncompleteMultipartUpload",
    ];
    if !says_only(rule, &[READ.as_slice(), &["expiredObjectDeleteMarker"]].concat()) {
        return None;
    }
    let mut one = Map::new();
    for (from, to) in [("id", "ID"), ("status", "Status")] {
        if let Some(value) = rule.get(from).filter(|it| !it.is_null()) {
            one.insert(to.to_owned(), value.json());
        }
    }
    one.insert("Filter".to_owned(), json!({ "Prefix": prefix(rule, "LifecyclePrefixPredicate")? }));
    let actions = one.len();
    let mut expiration = Map::new();
    if let Some(days) = number(rule, "expirationInDays") {
        expiration.insert("Days".to_owned(), days.json());
    }
    match rule.get("expirationDate") {
        None | Some(Doc::Null) => {}
        // S3 takes midnight in UTC only.
        Some(Doc::String(it)) => {
            let (day, time) = it.split_once('T')?;
            let time = time.trim_end_matches("+00:00").trim_end_matches('Z').trim_end_matches(".000");
            if time != "00:00:00" {
                return None;
            }
            expiration.insert("Date".to_owned(), json!(format!("{day}T00:00:00+00:00")));
        }
        Some(_) => return None,
    }
    match rule.get("expiredObjectDeleteMarker") {
        Some(Doc::Bool(true)) => {
            expiration.insert("ExpiredObjectDeleteMarker".to_owned(), json!(true));
        }
        None | Some(Doc::Null | Doc::Bool(false)) => {}
        Some(_) => return None,
    }
    if !expiration.is_empty() {
        one.insert("Expiration".to_owned(), expiration.into());
    }
    if let Some(days) = number(rule, "noncurrentVersionExpirationInDays") {
        one.insert("NoncurrentVersionExpiration".to_owned(), json!({ "NoncurrentDays": days }));
    }
    if let Some(abort) = rule.get("abortIncompleteMultipartUpload").filter(|it| !is_nothing(it)) {
        let days = number(abort, "daysAfterInitiation").filter(|_| says_only(abort, &["daysAfterInitiation"]))?;
        one.insert("AbortIncompleteMultipartUpload".to_owned(), json!({ "DaysAfterInitiation": days }));
    }
    // S3 has no rule that does nothing: something of it was not read.
    (actions < one.len()).then(|| one.into())
}

/// The prefix that a rule is about: its own, or that of its filter where no other part of that says more.
fn prefix(rule: &Doc, predicate: &str) -> Option<String> {
    let text = |it: &Doc| match it.get("prefix") {
        None | Some(Doc::Null) => Some(String::new()),
        Some(it) => it.as_str().map(str::to_owned),
    };
    let Some(filter) = rule.get("filter").filter(|it| !is_nothing(it)) else { return text(rule) };
    if !says_only(filter, &["predicate"]) || !rule.get("prefix").is_none_or(is_nothing) {
        return None;
    }
    let Some(only) = filter.get("predicate").filter(|it| !is_nothing(it)) else { return Some(String::new()) };
    let is_prefix = only.get("type").and_then(Doc::as_str) == Some(predicate) && says_only(only, &["type", "prefix"]);
    if is_prefix { text(only) } else { None }
}

/// Rules are a map from id to rule.
pub(super) fn replication(it: &Doc) -> State {
    let rules = it.get("rules").unwrap_or(&Doc::Null);
    if !says_only(it, &["rules", "roleARN"]) || !(rules.is_object() || rules.is_null()) {
        return untranslated("the replication rules");
    }
    let each = rules.as_object().into_iter().flatten();
    let rules: Option<Vec<Json>> = each.map(|(id, rule)| replication_rule(id, rule)).collect();
    match rules {
        None => untranslated("a replication rule"),
        Some(rules) if rules.is_empty() => State::absent(),
        Some(rules) => State::set(json!({ "ReplicationConfiguration": {
            "Role": it.get("roleARN").and_then(Doc::as_str).unwrap_or_default(), "Rules": rules,
        }})),
    }
}

/// A rule of the older kind, which has a prefix of its own; those with a filter are not translated.
fn replication_rule(id: &str, rule: &Doc) -> Option<Json> {
    if !says_only(rule, &["prefix", "status", "destinationConfig"]) {
        return None;
    }
    let destination = rule.get("destinationConfig")?;
    let read =
        ["bucketARN", "account", "Account", "storageClass", "accessControlTranslation", "encryptionConfiguration"];
    if !says_only(destination, &read) {
        return None;
    }
    let mut to = Map::new();
    for (from, name) in [("bucketARN", "Bucket"), ("Account", "Account"), ("account", "Account")] {
        if let Some(value) = destination.get(from).filter(|it| !is_nothing(it)) {
            to.insert(name.to_owned(), value.as_str()?.into());
        }
    }
    if let Some(class) = destination.get("storageClass").filter(|it| !is_nothing(it)) {
        // The API's names are in capitals; other spellings are not guessed.
        let class = class.as_str().filter(|it| it.bytes().all(|it| it.is_ascii_uppercase() || it == b'_'))?;
        to.insert("StorageClass".to_owned(), class.into());
    }
    for (from, member, name, inside) in [
        ("accessControlTranslation", "owner", "AccessControlTranslation", "Owner"),
        ("encryptionConfiguration", "replicaKmsKeyID", "EncryptionConfiguration", "ReplicaKmsKeyID"),
    ] {
        if let Some(value) = destination.get(from).filter(|it| !is_nothing(it)) {
            let text = value.get(member).and_then(Doc::as_str).filter(|_| says_only(value, &[member]))?;
            to.insert(name.to_owned(), json!({ inside: text }));
        }
    }
    let status = rule.get("status").and_then(Doc::as_str)?;
    let prefix = rule.get("prefix").map_or(Some(""), |it| if it.is_null() { Some("") } else { it.as_str() })?;
    Some(json!({ "ID": id, "Prefix": prefix, "Status": status, "Destination": to }))
}

pub(super) fn cors(it: &Doc) -> State {
    const READ: [&str; 6] =
        ["id", "allowedOrigins", "allowedMethods", "allowedHeaders", "exposedHeaders", "maxAgeSeconds"];
    let rules = it.get("rules").unwrap_or(&Doc::Null);
    let is_read = |it: &Doc| it.as_array().is_some_and(|all| all.iter().all(|it| says_only(it, &READ)));
    if !says_only(it, &["rules"]) || !(is_read(rules) || rules.is_null()) {
        return untranslated("the CORS rules");
    }
    let rules = rules.as_array();
    let rules = rules.into_iter().flatten().map(|rule| {
        let mut one = Map::new();
        for (from, to) in [
            ("id", "ID"),
            ("allowedOrigins", "AllowedOrigins"),
            ("allowedMethods", "AllowedMethods"),
            ("allowedHeaders", "AllowedHeaders"),
            ("exposedHeaders", "ExposeHeaders"),
            ("maxAgeSeconds", "MaxAgeSeconds"),
        ] {
            if let Some(value) = rule.get(from).filter(|it| !is_nothing(it)) {
                one.insert(to.to_owned(), value.json());
            }
        }
        Json::Object(one)
    });
    let rules: Vec<Json> = rules.collect();
    if rules.is_empty() { State::absent() } else { State::set(json!({ "CORSRules": rules })) }
}

pub(super) fn website(it: &Doc) -> State {
    let what = || untranslated("the website");
    let text = |key: &str| it.get(key).and_then(Doc::as_str);
    if !says_only(it, &["indexDocumentSuffix", "errorDocument", "redirectAllRequestsTo"]) {
        return what();
    }
    let mut out = Map::new();
    if let Some(index) = text("indexDocumentSuffix") {
        out.insert("IndexDocument".to_owned(), json!({ "Suffix": index }));
    }
    if let Some(error) = text("errorDocument") {
        out.insert("ErrorDocument".to_owned(), json!({ "Key": error }));
    }
    if let Some(all) = it.get("redirectAllRequestsTo").filter(|it| !is_nothing(it)) {
        let Some(host) = all.get("hostName").and_then(Doc::as_str) else { return what() };
        if !says_only(all, &["hostName", "protocol"]) {
            return what();
        }
        let mut to = Map::from_iter([("HostName".to_owned(), json!(host))]);
        to.extend(all.get("protocol").and_then(Doc::as_str).map(|it| ("Protocol".to_owned(), json!(it))));
        out.insert("RedirectAllRequestsTo".to_owned(), to.into());
    }
    if out.is_empty() { State::absent() } else { State::set(out.into()) }
}

/// Destinations are a map from id to destination.
pub(super) fn notification(it: &Doc) -> State {
    let all = it.get("configurations").unwrap_or(&Doc::Null);
    if !says_only(it, &["configurations"]) || !all.is_object() {
        return untranslated("notifications");
    }
    let mut out = Map::new();
    for (id, one) in all.as_object().into_iter().flatten() {
        let Some((name, one)) = destination(id, one) else { return untranslated("a notification") };
        if let Some(list) = out.entry(name).or_insert_with(|| json!([])).as_array_mut() {
            list.push(one);
        }
    }
    if out.is_empty() { State::absent() } else { State::set(out.into()) }
}

fn destination(id: &str, it: &Doc) -> Option<(String, Json)> {
    const KINDS: [(&str, &str, &str); 3] = [
        ("functionARN", "LambdaFunctionConfigurations", "LambdaFunctionArn"),
        ("queueARN", "QueueConfigurations", "QueueArn"),
        ("topicARN", "TopicConfigurations", "TopicArn"),
    ];
    let mut named = KINDS.iter().filter(|kind| it.get(kind.0).is_some_and(|it| !is_nothing(it)));
    let (Some((member, list, name)), None) = (named.next(), named.next()) else { return None };
    // `type` says the same as the member with the ARN.
    if !says_only(it, &[member, "type", "events", "filter"]) {
        return None;
    }
    let events = it.get("events").and_then(Doc::as_array)?;
    if events.is_empty() || !events.iter().all(|it| it.as_str().is_some_and(|it| it.starts_with("s3:"))) {
        return None;
    }
    let mut out = Map::new();
    out.insert("Id".to_owned(), id.into());
    out.insert((*name).to_owned(), it.get(member).and_then(Doc::as_str)?.into());
    out.insert("Events".to_owned(), json!(events));
    if let Some(filter) = it.get("filter").filter(|it| !is_nothing(it)) {
        let key = filter.get("s3KeyFilter").filter(|_| says_only(filter, &["s3KeyFilter"]))?;
        let rules = key.get("filterRules").and_then(Doc::as_array).filter(|_| says_only(key, &["filterRules"]))?;
        let rule = |it: &Doc| {
            let text = |key: &str| it.get(key).and_then(Doc::as_str);
            Some(
                json!({ "Name": text("name").filter(|_| says_only(it, &["name", "value"]))?, "Value": text("value")? }),
            )
        };
        let rules: Vec<Json> = rules.iter().map(rule).collect::<Option<_>>()?;
        out.insert("Filter".to_owned(), json!({ "Key": { "FilterRules": rules } }));
    }
    Some(((*list).to_owned(), out.into()))
}

pub(super) fn tags(it: &Doc) -> State {
    let sets = it.get("tagSets").unwrap_or(&Doc::Null);
    let is_read =
        |it: &Doc| says_only(it, &["tags"]) && it.get("tags").is_none_or(|it| it.is_object() || is_nothing(it));
    let is_read = sets.as_array().is_some_and(|all| all.iter().all(is_read)) || is_nothing(sets);
    if !says_only(it, &["tagSets"]) || !is_read {
        return untranslated("the tags");
    }
    let sets = sets.as_array();
    let tags = sets.into_iter().flatten().filter_map(|it| it.get("tags")?.as_object()).flatten();
    let tags: Vec<Json> = tags.map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    if tags.is_empty() { State::absent() } else { State::set(json!({ "TagSet": tags })) }
}

pub(super) fn acceleration(it: &Doc) -> State {
    if !says_only(it, &["status"]) {
        return untranslated("acceleration");
    }
    match it.get("status") {
        Some(Doc::String(status)) => State::set(json!({ "Status": status })),
        None | Some(Doc::Null) => State::absent(),
        Some(_) => untranslated("acceleration"),
    }
}
