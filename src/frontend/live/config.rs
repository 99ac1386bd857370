//! AWS Config: configuration items from `get-resource-config-history`, delivered snapshots, `select-resource-config` and
//! change notifications → snapshot.
//!
//! The same item comes in two spellings: the API gives the parts of `supplementaryConfiguration` as strings of JSON, a
//! delivered file as objects, and the ACL is encoded once more in either.
//! <https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationItem.html>

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use crate::source::calendar;

mod document;
mod translate;

use super::snapshot::{
    AccountRecord, BucketRecord, Evidence, Failure, INCOMPLETE, NOT_COLLECTED, NOT_IN_SOURCE, Snapshot, State,
};

use document::Doc;
use translate::{
    acceleration, acl, block, cors, encryption, lifecycle, logging, notification, policy, replication, tags,
    untranslated, versioning, website,
};

/// The key of the evidence.
const EVIDENCE: &str = "config";

const BUCKET: &str = "AWS::S3::Bucket";

/// Whether a document holds configuration items.
#[must_use]
pub fn is_config(document: &Json) -> bool {
    !items(&document.into()).is_empty()
}

/// The lists in which a document may hold items, or rows of a query.
const LISTS: [&str; 3] = ["configurationItems", "baseConfigurationItems", "Results"];

/// The items of a document, newest first where it is a history.
fn items(document: &Doc) -> Vec<Cow<'_, Doc>> {
    let list = |key: &&str| document.get(key).and_then(Doc::as_array).into_iter().flatten();
    let mut all: Vec<Cow<'_, Doc>> = LISTS.iter().flat_map(list).map(decoded).collect();
    for holder in [Some(document), document.get("detail"), document.get("invokingEvent")].into_iter().flatten() {
        all.extend(match decoded(holder) {
            Cow::Borrowed(it) => it.get("configurationItem").map(decoded),
            Cow::Owned(it) => it.take("configurationItem").map(|it| Cow::Owned(decoded(&it).into_owned())),
        });
    }
    // A member of a stream may itself be a text of one.
    let own = decoded(document);
    if own.get("supplementaryConfiguration").is_some() {
        all.push(own);
    }
    all.retain(|it| it.get("supplementaryConfiguration").is_some() || is_account(it) || is_bucket(it));
    all
}

/// What a document has beside its items that says that it is not the whole: members that are no items, and the mark of a next page.
fn lost(document: &Doc, source: &str) -> Vec<Failure> {
    let failure = |message: String| Failure::of_source(source, "AWS Config", message);
    let broken = LISTS.iter().filter_map(|key| Some((*key, document.get(key)?))).flat_map(|(key, list)| {
        let all = list.as_array().unwrap_or_default().iter().enumerate();
        let own = all.filter(|(_, it)| kind(&decoded(it)).is_none());
        let own = own.map(move |(at, _)| format!("member {} of `{key}` is no configuration item", at + 1));
        let whole = (!list.is_array()).then(|| format!("`{key}` is no list"));
        own.chain(whole).map(failure).collect::<Vec<_>>()
    });
    let next = ["NextToken", "nextToken"].iter().find(|it| document.get(it).is_some_and(|it| !it.is_null()));
    broken.chain(next.map(|it| failure(format!("it is one page of several: `{it}` asks for the next")))).collect()
}

/// The type of the resource that an item is about; empty where the item says none, but is a bucket's by what it holds. `None` for
/// what is no item.
fn kind(item: &Doc) -> Option<&str> {
    match item.get("resourceType") {
        Some(Doc::String(it)) if !it.is_empty() => Some(it),
        None | Some(Doc::Null | Doc::String(_)) => item.get("supplementaryConfiguration").map(|_| ""),
        Some(_) => None,
    }
}

/// A value that is a text of JSON, however often it was encoded.
fn decoded(value: &Doc) -> Cow<'_, Doc> {
    let mut value = Cow::Borrowed(value);
    for _ in 0..4 {
        let Doc::String(text) = &*value else { break };
        match serde_json::from_str(text) {
            Ok(inner) => value = Cow::Owned(inner),
            Err(_) => break,
        }
    }
    value
}

/// The first of some members that is a text of something.
fn text(value: &Doc, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|it| value.get(it)?.as_str().filter(|it| !it.is_empty())).map(str::to_owned)
}

/// A time to compare by, and how it is shown.
type Captured = ((i64, u32), String);

/// When an item was captured: a text of ISO 8601 with any offset, or seconds since 1970, as version 1 of the aws CLI prints them.
fn captured(item: &Doc) -> Option<Captured> {
    const NANOSECONDS: f64 = 1e9;
    let seconds = match item.get("configurationItemCaptureTime")? {
        Doc::String(text) => match (calendar::moment(text), text.trim().parse::<f64>()) {
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
fn state_id(item: &Doc) -> Option<u64> {
    let id = item.get("configurationStateId").or_else(|| item.get("configurationStateID"))?;
    id.as_u64().or_else(|| id.as_str()?.parse().ok())
}

fn is_account(item: &Doc) -> bool {
    item.get("resourceType").and_then(Doc::as_str) == Some("AWS::S3::AccountPublicAccessBlock")
}

fn is_bucket(item: &Doc) -> bool {
    item.get("resourceType").and_then(Doc::as_str) == Some(BUCKET)
}

/// Reads a document. Of several items about one bucket the latest captured counts.
#[must_use]
pub fn read(document: &Json, source: &str) -> Snapshot {
    let document = Doc::from(document);
    snapshot(&document, items(&document), source, true)
}

/// The same of a text without evidence: for verdicts, not for incidents. Nothing where the document holds no items.
///
/// # Errors
/// Where the text is no JSON.
pub fn read_bare(text: &str) -> Result<Option<Snapshot>, serde_json::Error> {
    let document: Doc = serde_json::from_str(text)?;
    let items = items(&document);
    Ok((!items.is_empty()).then(|| snapshot(&document, items, "a stream", false)))
}

fn snapshot(document: &Doc, mut items: Vec<Cow<'_, Doc>>, source: &str, keeps_evidence: bool) -> Snapshot {
    let mut snapshot = Snapshot::new(format!("AWS Config items in {source}"));
    let mut nameless = 0;
    // A history has the newest first: where nothing else decides, that one is to count.
    items.reverse();
    items.sort_by_key(|it| (captured(it).map(|it| it.0), state_id(it)));
    let mut timeless = BTreeSet::new();
    let mut deleted = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut last = None;
    let mut blocks = BTreeMap::new();
    for item in &items {
        let account = text(item, &["accountId", "awsAccountId"]);
        if is_account(item) {
            let mut state = block_of(item);
            let id = account.clone().unwrap_or_default();
            // Of two that differ the later counts, where that can be told.
            let at = captured(item).map(|it| (it.0, state_id(item)));
            if let Some((before, other)) = blocks.insert(id.clone(), (at, state.clone()))
                && other != state
                && (before.is_none() || at.is_none() || before == at)
            {
                let message = "items about the account's Block Public Access differ, and not all have a \
                               `configurationItemCaptureTime` that tells which is the latest";
                state = State::unknown(INCOMPLETE, message);
                blocks.insert(id, (None, state.clone()));
            }
            let evidence = keeps_evidence.then(|| evidence(item, source)).into_iter().collect();
            let record = AccountRecord { public_access_block: state.resting_on(EVIDENCE), evidence };
            snapshot.accounts.insert(account.unwrap_or_default(), record);
            continue;
        }
        match kind(item) {
            Some("" | BUCKET) => {}
            Some(_) => continue,
            None => {
                let message = "an item's `resourceType` is no text: what it is about is not known";
                snapshot.errors.push(Failure::of_source(source, "AWS Config", message.to_owned()));
                continue;
            }
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
        let mut record = bucket(item, account, keeps_evidence);
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

/// Account-wide Block Public Access that an item says.
pub(super) fn account_block(item: &Json) -> State {
    block_of(&item.into())
}

fn block_of(item: &Doc) -> State {
    let nothing = Doc::Null;
    let configuration = item.get("configuration").map_or(Cow::Borrowed(&nothing), decoded);
    block(configuration.get("publicAccessBlockConfiguration").unwrap_or(&configuration))
}

/// The features that an item says, as [`read`] makes them: to hold a record to its evidence.
#[must_use]
pub(super) fn features(item: &Json) -> BTreeMap<String, State> {
    bucket(&item.into(), None, true).features
}

/// The item as it stood in the document, written compactly.
fn evidence(item: &Doc, source: &str) -> (String, Evidence) {
    let at =
        captured(item).map(|it| it.1).or_else(|| text(item, &["configurationItemCaptureTime"])).unwrap_or_default();
    let source = format!("{source}: configuration item {at}").trim_end().to_owned();
    (EVIDENCE.to_owned(), Evidence::kept(source, &item.json().to_string()))
}

fn bucket(item: &Doc, account: Option<String>, keeps_evidence: bool) -> BucketRecord {
    let parts = item.get("supplementaryConfiguration").map(decoded);
    let part = |name: &str| parts.as_ref()?.get(name).map(decoded).filter(|it| !it.is_null());
    let silent = |what: &str| State::unknown(NOT_IN_SOURCE, format!("AWS Config does not record {what}"));
    // What is there and is no object was recorded, and cannot be read; what an item has and this one has not was not asked for.
    let is_broken = parts.as_ref().is_some_and(|it| !it.is_object());
    let missing = |what: &str| match is_broken {
        true => untranslated(what),
        false => State::unknown(NOT_COLLECTED, format!("the item does not have {what}")),
    };
    let mut record = BucketRecord { account, region: text(item, &["awsRegion"]), ..BucketRecord::default() };
    let mut add = |name: &str, state: State| {
        let state = if keeps_evidence { state.resting_on(EVIDENCE) } else { state };
        record.features.insert(name.to_owned(), state);
    };
    // These an item has even where nothing is set. A query that did not select them says nothing of the others either; else a part
    // that is not there was not set when the item was captured.
    let is_whole = ["BucketPolicy", "BucketLoggingConfiguration", "BucketVersioningConfiguration"]
        .iter()
        .all(|it| parts.as_ref().is_some_and(|parts| parts.get(it).is_some()));
    let or_absent = |name: &str, read: fn(&Doc) -> State| match part(name) {
        Some(it) if it.is_object() => read(&it),
        Some(_) => untranslated(name),
        None if is_whole => State::absent(),
        None => missing(name),
    };
    add("public_access_block", or_absent("PublicAccessBlockConfiguration", block));
    add("policy", or_absent("BucketPolicy", policy));
    add("policy_status", silent("the policy status"));
    add("acl", part("AccessControlList").map_or_else(|| missing("the ACL"), |it| acl(&it)));
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
