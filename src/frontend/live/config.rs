//! AWS Config: configuration items from `get-resource-config-history`, delivered snapshots, `select-resource-config` and
//! change notifications → snapshot.
//!
//! The same item comes in two spellings: the API gives the parts of `supplementaryConfiguration` as strings of JSON, a
//! delivered file as objects, and the ACL is encoded once more in either.
//! <https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationItem.html>

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use crate::source::calendar;

use super::snapshot::{AccountRecord, BucketRecord, Evidence, Failure, NOT_IN_SOURCE, Snapshot, State};

/// The key of the evidence.
const EVIDENCE: &str = "config";

/// Whether a document holds configuration items.
#[must_use]
pub fn is_config(document: &Json) -> bool {
    !items(document).is_empty()
}

/// The items of a document, newest first where it is a history.
fn items(document: &Json) -> Vec<Cow<'_, Json>> {
    let list = |key: &str| document.get(key).and_then(Json::as_array).into_iter().flatten();
    let mut all: Vec<Cow<'_, Json>> =
        list("configurationItems").chain(list("baseConfigurationItems")).map(Cow::Borrowed).collect();
    all.extend(list("Results").map(decoded));
    for holder in [Some(document), document.get("detail"), document.get("invokingEvent")].into_iter().flatten() {
        all.extend(match decoded(holder) {
            Cow::Borrowed(it) => it.get("configurationItem").map(Cow::Borrowed),
            Cow::Owned(mut it) => it.get_mut("configurationItem").map(|it| Cow::Owned(it.take())),
        });
    }
    if document.get("supplementaryConfiguration").is_some() {
        all.push(Cow::Borrowed(document));
    }
    all.retain(|it| it.get("supplementaryConfiguration").is_some() || is_account(it) || is_bucket(it));
    all
}

/// What a document has beside its items that says that it is not the whole: rows that are no items, and the mark of a next page.
fn lost(document: &Json, source: &str) -> Vec<Failure> {
    let failure = |message: String| Failure::of_source(source, "AWS Config", message);
    let rows = document.get("Results").and_then(Json::as_array).into_iter().flatten();
    let broken = rows.enumerate().filter(|(_, it)| !decoded(it).is_object());
    let broken = broken.map(|(at, _)| failure(format!("row {} of the results is not JSON of an item", at + 1)));
    let next = ["NextToken", "nextToken"].iter().find(|it| document.get(**it).is_some_and(|it| !it.is_null()));
    broken.chain(next.map(|it| failure(format!("it is one page of several: `{it}` asks for the next")))).collect()
}

/// A value that is a text of JSON, however often it was encoded.
fn decoded(value: &Json) -> Cow<'_, Json> {
    let mut value = Cow::Borrowed(value);
    for _ in 0..4 {
        let Json::String(text) = &*value else { break };
        match serde_json::from_str(text) {
            Ok(inner) => value = Cow::Owned(inner),
            Err(_) => break,
        }
    }
    value
}

fn text(value: &Json, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|it| value.get(it)).and_then(Json::as_str).map(str::to_owned)
}

/// A time to compare by, and how it is shown.
type Captured = ((i64, u32), String);

/// When an item was captured: a text of ISO 8601 with any offset, or seconds since 1970, as version 1 of the aws CLI prints them.
fn captured(item: &Json) -> Option<Captured> {
    const NANOSECONDS: f64 = 1e9;
    let seconds = match item.get("configurationItemCaptureTime")? {
        Json::String(text) => match (calendar::moment(text), text.trim().parse::<f64>()) {
            (Some(at), _) => return Some((at, text.clone())),
            (None, seconds) => seconds.ok()?,
        },
        other => other.as_f64()?,
    };
    // Beyond the year 9999 it is no number of seconds.
    if !(0.0..253_402_300_800.0).contains(&seconds) {
        return None;
    }
    let whole: i64 = format!("{:.0}", seconds.floor()).parse().ok()?;
    let rest = format!("{:.0}", (seconds.fract() * NANOSECONDS).floor()).parse().ok()?;
    Some(((whole, rest), calendar::rfc3339(whole)))
}

/// `configurationStateId`: of two items captured at one time the later has the greater.
fn state_id(item: &Json) -> Option<u64> {
    let id = item.get("configurationStateId").or_else(|| item.get("configurationStateID"))?;
    id.as_u64().or_else(|| id.as_str()?.parse().ok())
}

fn is_account(item: &Json) -> bool {
    item.get("resourceType").and_then(Json::as_str) == Some("AWS::S3::AccountPublicAccessBlock")
}

fn is_bucket(item: &Json) -> bool {
    item.get("resourceType").and_then(Json::as_str) == Some("AWS::S3::Bucket")
}

/// Reads a document. Of several items about one bucket the latest captured counts.
#[must_use]
pub fn read(document: &Json, source: &str) -> Snapshot {
    snapshot(document, source, true)
}

/// The same without evidence: for verdicts, not for incidents.
#[must_use]
pub fn read_bare(document: &Json) -> Snapshot {
    snapshot(document, "a stream", false)
}

fn snapshot(document: &Json, source: &str, keeps_evidence: bool) -> Snapshot {
    let mut snapshot = Snapshot::new(format!("AWS Config items in {source}"));
    let mut items = items(document);
    let mut nameless = 0;
    // A history has the newest first: where nothing else decides, that one is to count.
    items.reverse();
    items.sort_by_key(|it| (captured(it).map(|it| it.0), state_id(it)));
    let mut timeless = BTreeSet::new();
    let mut deleted = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut last = None;
    for item in &items {
        let account = text(item, &["accountId", "awsAccountId"]);
        if is_account(item) {
            let nothing = Json::Null;
            let configuration = item.get("configuration").map_or(Cow::Borrowed(&nothing), decoded);
            let state = block(configuration.get("publicAccessBlockConfiguration").unwrap_or(&configuration));
            let evidence = keeps_evidence.then(|| evidence(item, source)).into_iter().collect();
            let record = AccountRecord { public_access_block: state.resting_on(EVIDENCE), evidence };
            snapshot.accounts.insert(account.unwrap_or_default(), record);
            continue;
        }
        if item.get("resourceType").is_some() && !is_bucket(item) {
            continue;
        }
        let Some(name) = text(item, &["resourceName", "resourceId"]) else {
            nameless += 1;
            continue;
        };
        let at = captured(item);
        if at.is_none() {
            timeless.insert(name.clone());
        }
        if !seen.insert(name.clone()) && timeless.contains(&name) {
            let message = format!(
                "of several items about {name} not all have a `configurationItemCaptureTime` that is a time: which is the latest is \
                 not known"
            );
            let failure = Failure::of_source(source, "AWS Config", message);
            if !snapshot.errors.contains(&failure) {
                snapshot.errors.push(failure);
            }
        }
        if text(item, &["configurationItemStatus"]).is_some_and(|it| it.starts_with("ResourceDeleted")) {
            snapshot.buckets.remove(&name);
            deleted.insert(name, at.map(|it| it.1));
            continue;
        }
        last = last.max(at);
        let mut record = bucket(item, account);
        record.evidence.extend(keeps_evidence.then(|| evidence(item, source)));
        snapshot.buckets.insert(name, record);
    }
    snapshot.collected_at = last.map(|it| it.1);
    for bucket in snapshot.buckets.values() {
        let silent = State::unknown(NOT_IN_SOURCE, "account-wide Block Public Access is an item of its own");
        let record = AccountRecord { public_access_block: silent, evidence: std::collections::BTreeMap::new() };
        snapshot.accounts.entry(bucket.account.clone().unwrap_or_default()).or_insert(record);
    }
    // Nothing is left to be judged: that says nothing of a bucket.
    if snapshot.buckets.is_empty() {
        snapshot.errors.extend(deleted.into_iter().map(|(name, at)| {
            let at = at.map(|it| format!(" (captured {it})")).unwrap_or_default();
            Failure::of_source(source, "AWS Config", format!("the last item of {name} says that it was deleted{at}"))
        }));
    }
    snapshot.errors.extend(lost(document, source));
    if 0 < nameless {
        let message =
            format!("{nameless} item{} without a `resourceName` or `resourceId`", if nameless == 1 { "" } else { "s" });
        snapshot.errors.push(Failure::of_source(source, "AWS Config", message));
    }
    snapshot.complete();
    snapshot
}

/// The item as it stood in the document, written compactly.
fn evidence(item: &Json, source: &str) -> (String, Evidence) {
    let at =
        captured(item).map(|it| it.1).or_else(|| text(item, &["configurationItemCaptureTime"])).unwrap_or_default();
    let source = format!("{source}: configuration item {at}").trim_end().to_owned();
    (EVIDENCE.to_owned(), Evidence::kept(source, &item.to_string()))
}

fn bucket(item: &Json, account: Option<String>) -> BucketRecord {
    let parts = item.get("supplementaryConfiguration").map(decoded);
    let part = |name: &str| parts.as_ref()?.get(name).map(decoded).filter(|it| !it.is_null());
    let silent = |what: &str| State::unknown(NOT_IN_SOURCE, format!("AWS Config did not record {what}"));
    let mut record = BucketRecord { account, region: text(item, &["awsRegion"]), ..BucketRecord::default() };
    let mut add = |name: &str, state: State| {
        record.features.insert(name.to_owned(), state.resting_on(EVIDENCE));
    };
    // These an item has even where nothing is set. A query that did not select them says nothing of the others either; else a part
    // that is not there was not set when the item was captured.
    let is_whole = ["BucketPolicy", "BucketLoggingConfiguration", "BucketVersioningConfiguration"]
        .iter()
        .all(|it| parts.as_ref().is_some_and(|parts| parts.get(*it).is_some()));
    let or_absent = |name: &str, read: fn(&Json) -> State| match part(name) {
        Some(it) if it.is_object() => read(&it),
        Some(_) => untranslated(name),
        None if is_whole => State::absent(),
        None => silent(name),
    };
    add("public_access_block", or_absent("PublicAccessBlockConfiguration", block));
    add("policy", or_absent("BucketPolicy", policy));
    add("policy_status", silent("the policy status"));
    add("acl", part("AccessControlList").map_or_else(|| silent("the ACL"), |it| acl(&it)));
    add("ownership", silent("Object Ownership"));
    add("versioning", or_absent("BucketVersioningConfiguration", versioning));
    add("encryption", or_absent("ServerSideEncryptionConfiguration", encryption));
    add("logging", or_absent("BucketLoggingConfiguration", logging));
    add("object_lock", silent("Object Lock"));
    add("lifecycle", or_absent("BucketLifecycleConfiguration", lifecycle));
    add("replication", or_absent("BucketReplicationConfiguration", replication));
    add("cors", or_absent("CrossOriginConfiguration", cors));
    add("website", or_absent("BucketWebsiteConfiguration", website));
    add("notification", or_absent("BucketNotificationConfiguration", notification));
    add("tags", or_absent("BucketTaggingConfiguration", tags));
    add("acceleration", or_absent("BucketAccelerateConfiguration", acceleration));
    let payer = part("IsRequesterPaysEnabled").and_then(|it| it.as_bool());
    let payer = payer.map(|it| if it { "Requester" } else { "BucketOwner" });
    let payment = payer.map(|it| State::set(json!({ "Payer": it })));
    add("request_payment", payment.unwrap_or_else(|| silent("who pays for requests")));
    record
}

/// What Config says, but in a way that is not translated: told, never guessed.
fn untranslated(what: &str) -> State {
    State::unknown(NOT_IN_SOURCE, format!("AWS Config's form of {what} is not translated: collect it with the aws CLI"))
}

fn block(it: &Json) -> State {
    let keys = ["blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets"];
    let is_flag = |it: &Json| it.is_boolean() || it.is_null();
    if !keys.iter().filter_map(|key| it.get(key)).all(is_flag) {
        return untranslated("Block Public Access");
    }
    let flag = |key: &str| it.get(key).and_then(Json::as_bool).unwrap_or(false);
    State::set(json!({ "PublicAccessBlockConfiguration": {
        "BlockPublicAcls": flag("blockPublicAcls"),
        "IgnorePublicAcls": flag("ignorePublicAcls"),
        "BlockPublicPolicy": flag("blockPublicPolicy"),
        "RestrictPublicBuckets": flag("restrictPublicBuckets"),
    }}))
}

fn policy(it: &Json) -> State {
    match it.get("policyText") {
        Some(Json::String(text)) => State::set(json!({ "Policy": text })),
        None | Some(Json::Null) => State::absent(),
        Some(_) => untranslated("the policy"),
    }
}

fn acl(it: &Json) -> State {
    let owner = it.get("owner").and_then(|it| it.get("id")).and_then(Json::as_str).unwrap_or_default();
    // An item has the one or the other; the other is null.
    let lists: Vec<&Json> =
        ["grantList", "grantSet"].iter().filter_map(|key| it.get(key)).filter(|it| !it.is_null()).collect();
    if lists.is_empty() || !lists.iter().all(|it| it.is_array()) {
        return untranslated("the ACL");
    }
    let list = lists.into_iter().filter_map(Json::as_array).find(|it| !it.is_empty());
    let mut grants = Vec::new();
    for grant in list.into_iter().flatten() {
        let grantee = match grant.get("grantee") {
            Some(Json::String(group)) => match group.as_str() {
                "AllUsers" => json!({"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}),
                "AuthenticatedUsers" => {
                    json!({"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"})
                }
                "LogDelivery" => json!({"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}),
                _ => return untranslated("an ACL grantee"),
            },
            Some(Json::Object(user)) => match user.get("id").and_then(Json::as_str) {
                Some(id) => json!({"Type": "CanonicalUser", "ID": id}),
                None => return untranslated("an ACL grantee"),
            },
            _ => return untranslated("an ACL grantee"),
        };
        let permission = match grant.get("permission").and_then(Json::as_str) {
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

fn versioning(it: &Json) -> State {
    let mut out = Map::new();
    match it.get("status") {
        None | Some(Json::Null) => return State::absent(),
        Some(status) => match status.as_str() {
            Some("Enabled" | "Suspended") => out.insert("Status".to_owned(), status.clone()),
            Some("Off") => return State::absent(),
            _ => return untranslated("versioning"),
        },
    };
    if let Some(mfa) = it.get("isMfaDeleteEnabled").and_then(Json::as_bool) {
        out.insert("MFADelete".to_owned(), json!(if mfa { "Enabled" } else { "Disabled" }));
    }
    State::set(out.into())
}

fn encryption(it: &Json) -> State {
    let rules = it.get("rules").and_then(Json::as_array).filter(|it| !it.is_empty());
    let Some(rules) = rules else { return untranslated("the encryption") };
    let is_read = |rule: &Json| match rule.get("applyServerSideEncryptionByDefault") {
        None | Some(Json::Null) => rule.is_object(),
        Some(it) => it.get("sseAlgorithm").is_some_and(Json::is_string),
    };
    if !rules.iter().all(is_read) {
        return untranslated("the encryption");
    }
    let rules = rules.iter().map(|rule| {
        let mut by = Map::new();
        let default = rule.get("applyServerSideEncryptionByDefault");
        for (from, to) in [("sseAlgorithm", "SSEAlgorithm"), ("kmsMasterKeyID", "KMSMasterKeyID")] {
            if let Some(value) = default.and_then(|it| it.get(from)).filter(|it| !it.is_null()) {
                by.insert(to.to_owned(), value.clone());
            }
        }
        let key = rule.get("bucketKeyEnabled").and_then(Json::as_bool).unwrap_or(false);
        json!({ "ApplyServerSideEncryptionByDefault": by, "BucketKeyEnabled": key })
    });
    let rules: Vec<Json> = rules.collect();
    State::set(json!({ "ServerSideEncryptionConfiguration": { "Rules": rules } }))
}

fn logging(it: &Json) -> State {
    match (it.get("destinationBucketName").unwrap_or(&Json::Null), it.get("logFilePrefix").unwrap_or(&Json::Null)) {
        (Json::Null, _) => State::absent(),
        (Json::String(target), prefix @ (Json::Null | Json::String(_))) => State::set(json!({
            "LoggingEnabled": { "TargetBucket": target, "TargetPrefix": prefix.as_str().unwrap_or_default() }
        })),
        _ => untranslated("logging"),
    }
}

/// Whether a member is there in another form than the one that is read.
fn is_other(it: &Json, key: &str, is_form: fn(&Json) -> bool) -> bool {
    it.get(key).is_some_and(|it| !it.is_null() && !is_form(it))
}

/// `-1` stands for none.
fn lifecycle(it: &Json) -> State {
    if is_other(it, "rules", Json::is_array) {
        return untranslated("the lifecycle rules");
    }
    let rules = it.get("rules").and_then(Json::as_array);
    let mut out = Vec::new();
    for rule in rules.into_iter().flatten() {
        let days = |key: &str| rule.get(key).and_then(Json::as_i64).filter(|it| 0 < *it);
        let mut one = Map::new();
        for (from, to) in [("id", "ID"), ("status", "Status")] {
            if let Some(value) = rule.get(from).filter(|it| !it.is_null()) {
                one.insert(to.to_owned(), value.clone());
            }
        }
        let predicate = rule.get("filter").and_then(|it| it.get("predicate")).filter(|it| !it.is_null());
        let prefix = match predicate {
            None => rule.get("prefix").and_then(Json::as_str).unwrap_or_default(),
            Some(it) if it.get("type").and_then(Json::as_str) == Some("LifecyclePrefixPredicate") => {
                it.get("prefix").and_then(Json::as_str).unwrap_or_default()
            }
            Some(_) => return untranslated("a lifecycle filter"),
        };
        one.insert("Filter".to_owned(), json!({ "Prefix": prefix }));
        if let Some(days) = days("expirationInDays") {
            one.insert("Expiration".to_owned(), json!({ "Days": days }));
        }
        if let Some(days) = days("noncurrentVersionExpirationInDays") {
            one.insert("NoncurrentVersionExpiration".to_owned(), json!({ "NoncurrentDays": days }));
        }
        let transitions = rule.get("transitions").and_then(Json::as_array).is_some_and(|it| !it.is_empty());
        let later = rule.get("noncurrentVersionTransitions").and_then(Json::as_array).is_some_and(|it| !it.is_empty());
        if transitions || later {
            return untranslated("lifecycle transitions");
        }
        out.push(one.into());
    }
    if out.is_empty() { State::absent() } else { State::set(json!({ "Rules": Json::Array(out) })) }
}

/// Rules are a map from id to rule.
fn replication(it: &Json) -> State {
    if is_other(it, "rules", Json::is_object) {
        return untranslated("the replication rules");
    }
    let rules = it.get("rules").and_then(Json::as_object);
    let rules = rules.into_iter().flatten().map(|(id, rule)| {
        let destination = rule.get("destinationConfig");
        let inside = |key: &str| destination.and_then(|it| it.get(key)).filter(|it| !it.is_null());
        let mut to = Map::new();
        for (from, name) in [("bucketARN", "Bucket"), ("Account", "Account"), ("account", "Account")] {
            if let Some(value) = inside(from) {
                to.insert(name.to_owned(), value.clone());
            }
        }
        let status = rule.get("status").and_then(Json::as_str).unwrap_or("Enabled");
        json!({ "ID": id, "Status": status, "Destination": to })
    });
    let rules: Vec<Json> = rules.collect();
    if rules.is_empty() {
        return State::absent();
    }
    State::set(json!({ "ReplicationConfiguration": {
        "Role": it.get("roleARN").and_then(Json::as_str).unwrap_or_default(), "Rules": rules,
    }}))
}

fn cors(it: &Json) -> State {
    if is_other(it, "rules", Json::is_array) {
        return untranslated("the CORS rules");
    }
    let rules = it.get("rules").and_then(Json::as_array);
    let rules = rules.into_iter().flatten().map(|rule| {
        let mut one = Map::new();
        for (from, to) in [
            ("allowedOrigins", "AllowedOrigins"),
            ("allowedMethods", "AllowedMethods"),
            ("allowedHeaders", "AllowedHeaders"),
            ("exposedHeaders", "ExposeHeaders"),
            ("maxAgeSeconds", "MaxAgeSeconds"),
        ] {
            if let Some(value) = rule.get(from).filter(|it| !it.is_null()) {
                one.insert(to.to_owned(), value.clone());
            }
        }
        Json::Object(one)
    });
    let rules: Vec<Json> = rules.collect();
    if rules.is_empty() { State::absent() } else { State::set(json!({ "CORSRules": rules })) }
}

fn website(it: &Json) -> State {
    let text = |key: &str| it.get(key).and_then(Json::as_str);
    let mut out = Map::new();
    if let Some(index) = text("indexDocumentSuffix") {
        out.insert("IndexDocument".to_owned(), json!({ "Suffix": index }));
    }
    if let Some(error) = text("errorDocument") {
        out.insert("ErrorDocument".to_owned(), json!({ "Key": error }));
    }
    if let Some(host) = it.get("redirectAllRequestsTo").and_then(|it| it.get("hostName")).and_then(Json::as_str) {
        out.insert("RedirectAllRequestsTo".to_owned(), json!({ "HostName": host }));
    }
    if out.is_empty() { State::absent() } else { State::set(out.into()) }
}

fn notification(it: &Json) -> State {
    match it.get("configurations").and_then(Json::as_object) {
        Some(map) if map.is_empty() => State::absent(),
        _ => untranslated("notifications"),
    }
}

fn tags(it: &Json) -> State {
    let sets = it.get("tagSets").and_then(Json::as_array);
    let tags = sets.into_iter().flatten().filter_map(|it| it.get("tags")?.as_object()).flatten();
    let tags: Vec<Json> = tags.map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    if tags.is_empty() { State::absent() } else { State::set(json!({ "TagSet": tags })) }
}

fn acceleration(it: &Json) -> State {
    match it.get("status") {
        Some(Json::String(status)) => State::set(json!({ "Status": status })),
        None | Some(Json::Null) => State::absent(),
        Some(_) => untranslated("acceleration"),
    }
}
