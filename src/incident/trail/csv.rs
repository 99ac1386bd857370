//! Rows of a query over CloudTrail: what Athena and CloudTrail Lake give back as CSV, for the queries that `query` writes and for
//! those that select the same columns. <https://www.rfc-editor.org/rfc/rfc4180>

use serde_json::{Map, Value as Json, json};

use super::printed;

/// Parameters that queries select one by one: the name of the column, and CloudTrail's.
pub(super) const PARAMETERS: [(&str, &str); 51] = [
    ("bucketname", "bucketName"),
    ("key", "key"),
    ("bucketpolicy", "bucketPolicy"),
    ("policy", "policy"),
    ("publicaccessblockconfiguration", "PublicAccessBlockConfiguration"),
    ("x_amz_acl", "x-amz-acl"),
    ("accesscontrollist", "accessControlList"),
    ("accesscontrolpolicy", "AccessControlPolicy"),
    ("ownershipcontrols", "OwnershipControls"),
    ("x_amz_object_ownership", "x-amz-object-ownership"),
    ("versioningconfiguration", "VersioningConfiguration"),
    ("bucketloggingstatus", "BucketLoggingStatus"),
    ("lifecycleconfiguration", "LifecycleConfiguration"),
    ("replicationconfiguration", "ReplicationConfiguration"),
    ("serversideencryptionconfiguration", "ServerSideEncryptionConfiguration"),
    ("accountid", "accountId"),
    ("name", "name"),
    ("bucket", "bucket"),
    ("x_amz_copy_source", "x-amz-copy-source"),
    ("versionid", "versionId"),
    ("x_amz_server_side_encryption_customer_algorithm", "x-amz-server-side-encryption-customer-algorithm"),
    ("x_amz_copy_source_sse_c", "x-amz-copy-source-server-side-encryption-customer-algorithm"),
    ("x_amz_server_side_encryption_aws_kms_key_id", "x-amz-server-side-encryption-aws-kms-key-id"),
    ("x_amz_bypass_governance_retention", "x-amz-bypass-governance-retention"),
    ("x_amz_bucket_object_lock_enabled", "x-amz-bucket-object-lock-enabled"),
    ("objectlockconfiguration", "ObjectLockConfiguration"),
    ("x_amz_grant_read", "x-amz-grant-read"),
    ("x_amz_grant_write", "x-amz-grant-write"),
    ("x_amz_grant_read_acp", "x-amz-grant-read-acp"),
    ("x_amz_grant_write_acp", "x-amz-grant-write-acp"),
    ("x_amz_grant_full_control", "x-amz-grant-full-control"),
    ("createmultiregionaccesspointrequest", "CreateMultiRegionAccessPointRequest"),
    ("target", "target"),
    ("uploadid", "uploadId"),
    ("keyid", "keyId"),
    ("createaccesspointrequest", "CreateAccessPointRequest"),
    ("createjobrequest", "CreateJobRequest"),
    ("createaccessgrantrequest", "CreateAccessGrantRequest"),
    ("createaccessgrantslocationrequest", "CreateAccessGrantsLocationRequest"),
    ("accessgrantid", "accessGrantId"),
    ("jobid", "jobId"),
    ("requestedjobstatus", "requestedJobStatus"),
    ("inventoryconfiguration", "InventoryConfiguration"),
    ("analyticsconfiguration", "AnalyticsConfiguration"),
    ("trailname", "trailName"),
    ("eventdatastore", "eventDataStore"),
    ("eventselectors", "eventSelectors"),
    ("advancedeventselectors", "advancedEventSelectors"),
    ("s3bucketname", "s3BucketName"),
    ("ismultiregiontrail", "isMultiRegionTrail"),
    ("includeglobalserviceevents", "includeGlobalServiceEvents"),
];

/// Other columns, under the names that queries and exports give them, and where they stand in a record.
const COLUMNS: [(&[&str], &str); 23] = [
    (&["eventtime"], "eventTime"),
    (&["eventid"], "eventID"),
    (&["requestid"], "requestID"),
    (&["sharedeventid"], "sharedEventID"),
    (&["eventname"], "eventName"),
    (&["sourceipaddress"], "sourceIPAddress"),
    (&["useragent"], "userAgent"),
    (&["errorcode"], "errorCode"),
    (&["eventsource"], "eventSource"),
    (&["recipientaccountid"], "recipientAccountId"),
    (&["awsregion"], "awsRegion"),
    (&["useridentity_type", "useridentity.type"], "userIdentity.type"),
    (&["useridentity_arn", "useridentity.arn", "arn"], "userIdentity.arn"),
    (&["useridentity_username", "useridentity.username", "username"], "userIdentity.userName"),
    (&["useridentity_principalid", "useridentity.principalid"], "userIdentity.principalId"),
    (&["useridentity_accountid", "useridentity.accountid"], "userIdentity.accountId"),
    (&["useridentity_accesskeyid", "useridentity.accesskeyid", "accesskeyid"], "userIdentity.accessKeyId"),
    (&["useridentity_invokedby", "useridentity.invokedby"], "userIdentity.invokedBy"),
    (&["mfaauthenticated"], "mfa"),
    (&["requestparameters"], "requestParameters"),
    (&["useridentity"], "userIdentity"),
    (&["resources"], "resources"),
    (&["bytestransferredout"], "bytes"),
];

/// Whether a text is such a table: its first line names the columns without which a row is no event.
pub(super) fn is_table(text: &str) -> bool {
    let head = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default().to_ascii_lowercase();
    let names: Vec<&str> = head.split(',').map(|it| it.trim().trim_matches('"')).collect();
    names.contains(&"eventjson")
        || (names.contains(&"eventtime") && names.contains(&"eventname") && !head.trim_start().starts_with('{'))
}

/// The records of a table, and what could not be read.
pub(super) fn records(text: &str, source: &str) -> (Vec<Json>, Vec<String>) {
    let (rows, is_whole) = rows(text);
    let mut problems = Vec::new();
    if !is_whole {
        problems.push(format!("{source}: the table ends within a quoted field: it is truncated"));
    }
    let mut rows = rows.into_iter();
    let head: Vec<String> = rows.next().unwrap_or_default().iter().map(|it| it.trim().to_ascii_lowercase()).collect();
    if !head.iter().any(|it| it == "errorcode" || it == "eventjson") {
        problems.push(format!(
            "{source}: the table has no column `errorcode`: calls that failed are counted as done; select it too (--print-query)"
        ));
    }
    let mut out = Vec::new();
    let (mut short, mut unread) = (0_usize, 0_usize);
    for row in rows {
        if row.len() != head.len() {
            short += 1;
            continue;
        }
        let (record, is_read) = record(&head, &row);
        unread += usize::from(!is_read);
        out.push(record);
    }
    if 0 < short {
        problems.push(format!("{source}: {short} rows have not as many fields as the first: they were left out"));
    }
    if 0 < unread {
        problems.push(format!(
            "{source}: {unread} rows have cells that are neither JSON nor what Athena prints: what they say of the bucket, its account or who \
             called is not known; select the columns as the query does (--print-query)"
        ));
    }
    (out, problems)
}

/// How exports write a cell that has nothing.
const NOTHING: [&str; 5] = ["null", "NULL", "\\N", "-", "None"];

/// A row as a record, and whether all of it could be read.
fn record(head: &[String], row: &[String]) -> (Json, bool) {
    let mut is_read = true;
    let mut out = json!({ "requestParameters": {}, "userIdentity": {} });
    let is_said = |(name, text): &(&String, &String)| {
        // An object may be called so.
        !text.is_empty() && (!NOTHING.contains(&text.as_str()) || *name == "requestparameters_key")
    };
    let cells: Vec<(&String, &String)> = head.iter().zip(row).filter(is_said).collect();
    if let Some((_, text)) = cells.iter().find(|it| it.0 == "eventjson") {
        return serde_json::from_str(text).map_or((Json::Null, false), |it| (it, true));
    }
    for (name, text) in cells {
        if let Some((_, key)) = PARAMETERS.iter().find(|it| name.strip_prefix("requestparameters_") == Some(it.0)) {
            put(&mut out, "requestParameters", key, parsed(text));
        } else if let Some((_, place)) = COLUMNS.iter().find(|it| it.0.contains(&name.as_str())) {
            match place.split_once('.') {
                Some((map, key)) => put(&mut out, map, key, text.as_str().into()),
                None if *place == "mfa" => put(
                    &mut out,
                    "userIdentity",
                    "sessionContext",
                    json!({ "attributes": { "mfaAuthenticated": text } }),
                ),
                None if *place == "bytes" => {
                    put(&mut out, "additionalEventData", "bytesTransferredOut", parsed(text));
                }
                None if *place == "resources" => match printed::resources(text) {
                    Some(all) => drop(out.as_object_mut().map(|it| it.insert((*place).to_owned(), all))),
                    None => is_read = false,
                },
                None if *place == "userIdentity" => match printed::structure(text) {
                    Some(Json::Object(all)) => {
                        all.into_iter().for_each(|(key, value)| put(&mut out, place, &key, value));
                    }
                    _ => is_read = false,
                },
                None if *place == "requestParameters" => match parsed(text) {
                    Json::Object(all) => all.into_iter().for_each(|(key, value)| put(&mut out, place, &key, value)),
                    _ => is_read = false,
                },
                None => {
                    if let Some(map) = out.as_object_mut() {
                        map.insert((*place).to_owned(), text.as_str().into());
                    }
                }
            }
        }
    }
    (out, is_read)
}

fn put(out: &mut Json, map: &str, key: &str, value: Json) {
    let Some(all) = out.as_object_mut() else { return };
    let inner = all.entry(map).or_insert_with(|| Json::Object(Map::new()));
    if let Some(inner) = inner.as_object_mut() {
        inner.insert(key.to_owned(), value);
    }
}

/// JSON where it is a map or a list, text otherwise: an account id is no number.
fn parsed(text: &str) -> Json {
    let it = text.trim();
    match it.starts_with(['{', '[']) {
        true => serde_json::from_str(it).unwrap_or_else(|_| text.into()),
        false => text.into(),
    }
}

/// Rows of fields, and whether the text ends where a field may.
fn rows(text: &str) -> (Vec<Vec<String>>, bool) {
    let mut out = Vec::new();
    let mut row: Vec<String> = Vec::new();
    let mut field = String::new();
    let mut is_quoted = false;
    let mut letters = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(letter) = letters.next() {
        match (is_quoted, letter) {
            (true, '"') if letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            (_, '"') => is_quoted = !is_quoted,
            (false, ',') => row.push(std::mem::take(&mut field)),
            (false, '\r') => {}
            (false, '\n') => {
                row.push(std::mem::take(&mut field));
                out.push(std::mem::take(&mut row));
            }
            (_, letter) => field.push(letter),
        }
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        out.push(row);
    }
    out.retain(|it| it.len() != 1 || it.first().is_some_and(|it| !it.is_empty()));
    (out, !is_quoted)
}
