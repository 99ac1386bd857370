//! Rows of Steampipe's table `aws_s3_bucket` (`steampipe query --output json`) → snapshot.
//!
//! Its columns: <https://hub.steampipe.io/plugins/turbot/aws/tables/aws_s3_bucket>. A column that a query did not select is
//! unknown, not absent.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::snapshot::{BucketRecord, Evidence, Failure, NOT_COLLECTED, Snapshot, State};

/// Whether a document holds such rows.
#[must_use]
pub fn is_steampipe(document: &Json) -> bool {
    rows(document).first().is_some_and(|it| it.get("name").is_some() && it.keys().any(|it| COLUMNS.contains(&&**it)))
}

const COLUMNS: [&str; 8] = [
    "block_public_acls",
    "restrict_public_buckets",
    "versioning_enabled",
    "policy",
    "acl",
    "bucket_policy_is_public",
    "object_ownership_controls",
    "server_side_encryption_configuration",
];

fn rows(document: &Json) -> Vec<&Map<String, Json>> {
    let list = document.get("rows").or(Some(document)).and_then(Json::as_array);
    list.into_iter().flatten().filter_map(Json::as_object).collect()
}

/// Reads the rows.
#[must_use]
pub fn read(document: &Json, source: &str) -> Snapshot {
    let mut snapshot = Snapshot::new(format!("rows of Steampipe in {source}"));
    let mut nameless = 0;
    for row in rows(document) {
        let Some(name) = row.get("name").and_then(Json::as_str) else {
            nameless += 1;
            continue;
        };
        let record = bucket(row, source);
        let account = record.account.clone().unwrap_or_default();
        snapshot.accounts.entry(account).or_default();
        if snapshot.buckets.insert(name.to_owned(), record).is_some() {
            let message = format!("several rows of {name}: which of them is meant is not known, the last was read");
            snapshot.errors.push(Failure::of_source(source, "Steampipe", message));
        }
    }
    if 0 < nameless {
        let message = format!("{nameless} row{} without a `name`", if nameless == 1 { "" } else { "s" });
        snapshot.errors.push(Failure::of_source(source, "Steampipe", message));
    }
    snapshot.complete();
    snapshot
}

/// The features that a row says, as [`read`] makes them: to hold a record to its evidence.
#[must_use]
pub(super) fn features(row: &Json) -> BTreeMap<String, State> {
    row.as_object().map(|it| bucket(it, "").features).unwrap_or_default()
}

fn bucket(row: &Map<String, Json>, source: &str) -> BucketRecord {
    let text = |key: &str| row.get(key).and_then(Json::as_str).map(str::to_owned);
    let mut record = BucketRecord { account: text("account_id"), region: text("region"), ..BucketRecord::default() };
    // Every bucket has an ACL: where that is null, the calls were refused, and null says nothing in the other columns either.
    let is_unread = row.get("acl") == Some(&Json::Null);
    let mut add = |name: &str, state: State| {
        record.features.insert(name.to_owned(), state.resting_on("row"));
    };
    let column = |key: &str, read: &dyn Fn(&Json) -> State| match row.get(key) {
        None => State::unknown(NOT_COLLECTED, format!("the query did not select `{key}`")),
        Some(Json::Null) if is_unread => State::unknown(NOT_COLLECTED, unread(key)),
        Some(Json::Null) => State::absent(),
        Some(value) => read(value),
    };
    add("public_access_block", block(row, is_unread));
    add("policy", column("policy", &|it| State::set(json!({ "Policy": as_text(it) }))));
    add(
        "policy_status",
        column("bucket_policy_is_public", &|it| State::set(json!({ "PolicyStatus": { "IsPublic": it } }))),
    );
    // Every bucket has an ACL: none was read.
    add(
        "acl",
        match row.get("acl") {
            Some(Json::Null) => State::unknown(NOT_COLLECTED, "the column `acl` is null, and every bucket has an ACL"),
            _ => column("acl", &|it| or_unknown(it, "Grants", it.clone())),
        },
    );
    add(
        "ownership",
        column("object_ownership_controls", &|it| or_unknown(it, "Rules", json!({ "OwnershipControls": it }))),
    );
    add("versioning", versioning(row));
    add(
        "encryption",
        column("server_side_encryption_configuration", &|it| {
            or_unknown(it, "Rules", json!({ "ServerSideEncryptionConfiguration": it }))
        }),
    );
    add("logging", column("logging", &|it| or_unknown(it, "TargetBucket", json!({ "LoggingEnabled": it }))));
    add(
        "object_lock",
        column("object_lock_configuration", &|it| {
            or_unknown(it, "ObjectLockEnabled", json!({ "ObjectLockConfiguration": it }))
        }),
    );
    add(
        "lifecycle",
        column("lifecycle_rules", &|it| match it.as_array() {
            Some(rules) if rules.is_empty() => State::absent(),
            Some(_) => State::set(json!({ "Rules": it })),
            None => State::unknown("UnexpectedAnswer", "the column `lifecycle_rules` is not a list"),
        }),
    );
    add("replication", column("replication", &|it| or_unknown(it, "Rules", json!({ "ReplicationConfiguration": it }))));
    add("website", column("website_configuration", &|it| State::set(it.clone())));
    add(
        "tags",
        column("tags_src", &|it| match it.as_array() {
            Some(tags) if tags.is_empty() => State::absent(),
            _ => State::set(json!({ "TagSet": it })),
        }),
    );
    record.evidence.insert("row".to_owned(), Evidence::kept(source, &Json::Object(row.clone()).to_string()));
    record
}

/// The document itself, or the text that holds it.
fn as_text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn or_unknown(it: &Json, member: &str, value: Json) -> State {
    if it.get(member).is_some() {
        State::set(value)
    } else {
        State::unknown("UnexpectedAnswer", format!("the column has no `{member}`"))
    }
}

fn unread(column: &str) -> String {
    format!("the column `{column}` is null beside an `acl` that is null: nothing was read")
}

fn block(row: &Map<String, Json>, is_unread: bool) -> State {
    const NAMES: [(&str, &str); 4] = [
        ("block_public_acls", "BlockPublicAcls"),
        ("ignore_public_acls", "IgnorePublicAcls"),
        ("block_public_policy", "BlockPublicPolicy"),
        ("restrict_public_buckets", "RestrictPublicBuckets"),
    ];
    let mut out = Map::new();
    for (column, name) in NAMES {
        match row.get(column) {
            Some(Json::Bool(it)) => {
                out.insert(name.to_owned(), json!(it));
            }
            Some(Json::Null) if is_unread => return State::unknown(NOT_COLLECTED, unread(column)),
            Some(Json::Null) => {}
            _ => return State::unknown(NOT_COLLECTED, format!("the query did not select `{column}`")),
        }
    }
    if out.is_empty() { State::absent() } else { State::set(json!({ "PublicAccessBlockConfiguration": out })) }
}

fn versioning(row: &Map<String, Json>) -> State {
    let flag = |key: &str| row.get(key).and_then(Json::as_bool);
    match flag("versioning_enabled") {
        Some(true) => {
            let mfa = if flag("versioning_mfa_delete") == Some(true) { "Enabled" } else { "Disabled" };
            State::set(json!({ "Status": "Enabled", "MFADelete": mfa }))
        }
        // The column does not tell a bucket that never had versions from one where they are suspended.
        Some(false) => State::unknown("NotInSource", "Steampipe does not tell suspended versioning from none"),
        None => State::unknown(NOT_COLLECTED, "the query did not select `versioning_enabled`"),
    }
}
