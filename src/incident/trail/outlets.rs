//! What hands objects of a bucket, or lists of them, to others, whatever its policy says: jobs of Batch Operations, grants of S3 Access Grants,
//! inventories and storage class analyses.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateJob.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateAccessGrant.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_InventoryS3BucketDestination.html>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::super::time::Time;
use super::Event;
use super::copied::Copied;
use super::ransom::foreign_key;

/// The calls that name no bucket as others do.
pub(super) const CALLS: [&str; 6] = [
    "CreateJob",
    "CreateAccessGrant",
    "GetDataAccess",
    "CreateAccessGrantsLocation",
    "DeleteAccessGrant",
    "UpdateJobStatus",
];

/// Those whose answers say what was made.
pub(super) const MAKING: [&str; 3] = ["CreateJob", "CreateAccessGrant", "CreateAccessGrantsLocation"];

/// Whose the bucket is that is asked about, and which buckets are of the same account.
struct Around<'a> {
    bucket: &'a str,
    own: Option<&'a str>,
    homes: &'a BTreeSet<String>,
    /// What locations of access grants are of, by their ids.
    locations: BTreeMap<String, String>,
    /// When jobs were cancelled and grants deleted, by their ids.
    ends: BTreeMap<String, Time>,
}

impl<'a> Around<'a> {
    fn of(events: &[Event], (bucket, own): (&'a str, Option<&'a str>), homes: &'a BTreeSet<String>) -> Self {
        let (mut locations, mut ends) = (BTreeMap::new(), BTreeMap::new());
        let text = |it: &Event, key: &str| it.parameters.get(key).and_then(Json::as_str).map(str::to_owned);
        for it in events.iter().filter(|it| it.error.is_none() && it.is_of_s3()) {
            let end = match it.name.as_str() {
                "CreateAccessGrantsLocation" => {
                    let made = found(&it.answer, "AccessGrantsLocationId").zip(found(&it.parameters, "LocationScope"));
                    locations.extend(made.map(|(id, scope)| (id.to_owned(), scope.to_owned())));
                    None
                }
                "DeleteAccessGrant" => text(it, "accessGrantId"),
                "UpdateJobStatus" if text(it, "requestedJobStatus").as_deref() == Some("Cancelled") => {
                    text(it, "jobId")
                }
                _ => None,
            };
            ends.extend(end.map(|id| (id, it.time)));
        }
        Self { bucket, own, homes, locations, ends }
    }

    /// When what a call made came to its end.
    fn end(&self, it: &Event) -> Option<String> {
        let is_job = it.name == "CreateJob";
        let id = found(&it.answer, if is_job { "JobId" } else { "AccessGrantId" })?;
        let end = self.ends.get(id).filter(|end| it.time <= **end)?;
        Some(match is_job {
            true => format!("; it was cancelled at {end}, and what it had done by then stays done"),
            false => format!("; until {end}, when the grant was deleted"),
        })
    }

    /// Whether a scope, `s3://bucket/prefix*`, may be of the bucket.
    fn is_scope(&self, scope: &str) -> bool {
        let name = scope.trim_start_matches("s3://").split('/').next().unwrap_or_default();
        crate::policy::glob(name, self.bucket)
    }

    /// A destination that is not the account's own for certain.
    fn out(&self, to: &Json, bucket: &str, account: &str) -> Option<String> {
        let Some(name) = to.get(bucket).and_then(Json::as_str).filter(|it| !it.is_empty()) else {
            return Some("a bucket that is not in the record".to_owned());
        };
        let account = to.get(account).and_then(Json::as_str).map(str::to_owned);
        let is_home = || name == self.bucket || self.homes.contains(name.rsplit(':').next().unwrap_or(name));
        let is_own = if account.is_some() { account.as_deref() == self.own } else { is_home() };
        (!is_own).then(|| Copied { bucket: name.to_owned(), account }.to_string())
    }

    /// Whether an ARN is of another account, where that is known.
    fn is_others<'n>(&self, arn: &'n str) -> Option<&'n str> {
        let account = arn.split(':').nth(4).filter(|it| !it.is_empty())?;
        (Some(account) != self.own).then_some(account)
    }
}

/// What such calls did or may have done, in one sentence for each kind, caller and destination.
pub(super) fn told(events: &[Event], (bucket, own): (&str, Option<&str>), homes: &BTreeSet<String>) -> Vec<String> {
    let around = Around::of(events, (bucket, own), homes);
    let mut all: BTreeMap<(String, &str, &str), Vec<&Event>> = BTreeMap::new();
    for it in events.iter().filter(|it| it.error.is_none() && it.is_of_s3()) {
        if let Some(mut what) = handed(it, &around) {
            what.extend(around.end(it));
            all.entry((what, &it.name, &it.actor)).or_default().push(it);
        }
    }
    let mut told: Vec<_> = all
        .into_iter()
        .filter_map(|((what, name, actor), calls)| {
            let first = calls.first()?.time;
            let more = if calls.len() == 1 { String::new() } else { format!(" and {} more", calls.len() - 1) };
            Some((first, format!("{first} {name}{more} by {actor}: {what}")))
        })
        .collect();
    told.sort();
    told.into_iter().map(|it| it.1).collect()
}

/// When jobs and grants were made that hand objects of the bucket to others, or may.
pub(super) fn made(events: &[Event], whose: (&str, Option<&str>), homes: &BTreeSet<String>) -> Vec<Time> {
    let around = Around::of(events, whose, homes);
    let is_made = |it: &&Event| ["CreateJob", "CreateAccessGrant"].contains(&it.name.as_str());
    let served = events.iter().filter(|it| it.is_of_s3() && it.error.is_none()).filter(is_made);
    served.filter(|it| handed(it, &around).is_some()).map(|it| it.time).collect()
}

fn handed(it: &Event, around: &Around<'_>) -> Option<String> {
    let is_here = it.bucket.as_deref() == Some(around.bucket);
    let is_account = around.own.is_none() || it.account.as_deref() == around.own;
    let document = |key: &str| it.parameters.get(key).filter(|it| it.is_object());
    let inner = |key: &str| document(key).unwrap_or(&it.parameters);
    let none = Json::Null;
    match it.name.as_str() {
        "PutBucketInventoryConfiguration" if is_here => {
            let all = document("InventoryConfiguration").unwrap_or(&none);
            let is_off = all.get("IsEnabled").is_some_and(|it| *it == Json::Bool(false) || *it == "false");
            let to = all.pointer("/Destination/S3BucketDestination").unwrap_or(&none);
            let to = around.out(to, "Bucket", "AccountId").filter(|_| !is_off)?;
            Some(format!("lists of the bucket's objects may have been delivered to {to}"))
        }
        "PutBucketAnalyticsConfiguration" if is_here => {
            let all = document("AnalyticsConfiguration");
            // Without an export nothing is delivered.
            let to = match all {
                None => &none,
                Some(all) => all
                    .pointer("/StorageClassAnalysis/DataExport")?
                    .pointer("/Destination/S3BucketDestination")
                    .unwrap_or(&none),
            };
            let to = around.out(to, "Bucket", "BucketAccountId")?;
            Some(format!("analyses of the bucket's objects may have been delivered to {to}"))
        }
        "CreateJob" if is_account => job(inner("CreateJobRequest"), around),
        "CreateAccessGrant" if is_account => grant(inner("CreateAccessGrantRequest"), &it.answer, around),
        _ => None,
    }
}

/// A manifest lists objects of whatever bucket; one that S3 makes is of the bucket that it names.
fn job(job: &Json, around: &Around<'_>) -> Option<String> {
    let source = job.pointer("/ManifestGenerator/S3JobManifestGenerator/SourceBucket").and_then(Json::as_str);
    let of = match source.map(|it| it.rsplit(':').next().unwrap_or(it)) {
        Some(name) if name == around.bucket => "objects of the bucket",
        Some(_) => return None,
        None => "objects that its manifest lists, be they of this bucket or not,",
    };
    let Some(operation) = job.get("Operation").and_then(Json::as_object) else {
        return Some(format!("what the job did with {of} is not in the record"));
    };
    if let Some(copy) = operation.get("S3PutObjectCopy") {
        if let Some(to) = around.out(copy, "TargetResource", "") {
            return Some(format!("{of} may have been copied to {to}"));
        }
        let key = copy.get("SSEAwsKmsKeyId").and_then(Json::as_str);
        if let Some(account) = key.and_then(|it| foreign_key(it, around.own)) {
            return Some(format!("{of} may have been encrypted anew with a KMS key of account {account}"));
        }
        let is_public = makes_public(copy.get("CannedAccessControlList"), copy.get("AccessControlGrants"));
        return is_public
            .then(|| format!("{of} may be public through ACLs of their own"))
            .or_else(|| listed(job, around));
    }
    if let Some(function) = operation.get("LambdaInvoke").and_then(|it| it.get("FunctionArn")).and_then(Json::as_str)
        && let Some(account) = around.is_others(function)
    {
        return Some(format!("{of} may have been handed to a function of account {account} ({function})"));
    }
    if let Some(acl) = operation.get("S3PutObjectAcl") {
        let Some(acl) = acl.get("AccessControlPolicy").filter(|it| it.is_object()) else {
            return Some(format!("which ACLs the job gave {of} is not in the record"));
        };
        if makes_public(acl.get("CannedAccessControlList"), acl.get("AccessControlList")) {
            return Some(format!("{of} may be public through ACLs of their own"));
        }
    }
    listed(job, around)
}

/// Whether ACLs let everyone in, or every account: a canned one, or grants to a group, in whatever form of a list.
fn makes_public(canned: Option<&Json>, grants: Option<&Json>) -> bool {
    let canned = canned.and_then(Json::as_str).unwrap_or_default();
    let grants = grants.map(Json::to_string).unwrap_or_default();
    ["public-read", "public-read-write", "authenticated-read"].contains(&canned)
        || ["AllUsers", "AuthenticatedUsers"].iter().any(|it| grants.contains(&format!("/groups/global/{it}\"")))
}

/// The manifest that S3 makes lists objects of the bucket, and may be delivered like an inventory.
fn listed(job: &Json, around: &Around<'_>) -> Option<String> {
    let made = job.pointer("/ManifestGenerator/S3JobManifestGenerator")?;
    let is_off = made.get("EnableManifestOutput").is_none_or(|it| *it == Json::Bool(false) || *it == "false");
    let to = made.get("ManifestOutputLocation").filter(|_| !is_off)?;
    let to = around.out(to, "Bucket", "ExpectedManifestBucketOwner")?;
    Some(format!("lists of the bucket's objects may have been delivered to {to}"))
}

/// The scope of a grant is that of its location, of which its call has the id only, and what it adds.
fn grant(grant: &Json, answer: &Json, around: &Around<'_>) -> Option<String> {
    let text = |it: Option<&Json>| it.and_then(Json::as_str).unwrap_or_default().to_owned();
    let whose = match text(grant.pointer("/Grantee/GranteeType")).as_str() {
        "IAM" => around.is_others(grant.pointer("/Grantee/GranteeIdentifier")?.as_str()?)?,
        // People of a directory are the account's own.
        "DIRECTORY_USER" | "DIRECTORY_GROUP" => return None,
        _ => "a grantee that is not in the record",
    };
    let prefix = text(grant.pointer("/AccessGrantsLocationConfiguration/S3SubPrefix"));
    let named = prefix.trim_start_matches("s3://").split('/').next().unwrap_or_default();
    let location = text(grant.get("AccessGrantsLocationId"));
    let is_whole = location == "default" && prefix.contains('/') && !named.contains('*');
    if is_whole && named != around.bucket {
        return None;
    }
    // The answer has the whole of the scope, and who made the location said a part of it.
    let of_location = || Some(format!("{}{prefix}", around.locations.get(&location)?.trim_end_matches('*')));
    let scope = found(answer, "GrantScope").map(str::to_owned).or_else(of_location);
    if scope.as_ref().is_some_and(|it| !around.is_scope(it)) {
        return None;
    }
    let is_whole = is_whole || scope.is_some();
    let of = if is_whole { "" } else { ", if its location is of the bucket, which the record does not say" };
    let power = text(grant.get("Permission")).to_ascii_lowercase();
    let power = if power.is_empty() { "some".to_owned() } else { power };
    Some(format!("{whose} may have had {power} access to objects, which S3 Access Grants gave them{of}"))
}

/// The text of a member, wherever in a document it stands, and however its first letter is written.
fn found<'j>(document: &'j Json, name: &str) -> Option<&'j str> {
    const DEPTH: usize = 3;
    fn within<'j>(document: &'j Json, name: &str, depth: usize) -> Option<&'j str> {
        let map = document.as_object()?;
        let own = map.iter().find(|it| it.0.eq_ignore_ascii_case(name)).and_then(|it| it.1.as_str());
        let inner = || map.values().filter(|_| 0 < depth).find_map(|it| within(it, name, depth - 1));
        own.or_else(inner)
    }
    within(document, name, DEPTH).filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::claims::{OTHER, OWN, event, opened, run};
    use super::*;

    fn problems(name: &str, parameters: &Json) -> String {
        let mut all = opened();
        all.push(event("2026-11-01T00:00:03Z", "CreateBucket", OWN, &json!({ "bucketName": "lists" })));
        all.push(event("2026-11-02T00:00:00Z", name, OWN, parameters));
        run(&all).problems.join("\n")
    }

    /// Who is let in by a grant has used the bucket: somebody else's, for the one that its target names, where it was not refused.
    #[test]
    fn let_in_by_a_grant() {
        for (target, caller, error, tells) in [
            ("s3://data/*", OTHER, "", true),
            ("s3://data/a", OTHER, "", true),
            ("s3://data-in/*", OTHER, "", false),
            ("s3://data/*", OWN, "", false),
            ("s3://data/*", OTHER, "AccessDenied", false),
        ] {
            let asked = json!({ "accountId": OWN, "target": target, "permission": "READ" });
            let mut asked = event("2026-11-02T00:00:00Z", "GetDataAccess", OWN, &asked);
            asked["userIdentity"] = json!({ "arn": format!("arn:aws:iam::{caller}:user/eve"), "accountId": caller });
            if !error.is_empty() {
                asked["errorCode"] = json!(error);
            }
            let found = run(&[opened(), vec![asked]].concat());
            let told = found.problems.iter().any(|it| it.contains("user/eve") && it.contains("S3 Access Grants"));
            assert_eq!(
                (told, found.problems.len()),
                (tells, usize::from(tells)),
                "{target} {caller} {:?}",
                found.problems
            );
        }
    }

    /// A grant is of the scope that its answer, or the making of its location, says; what was taken back has an end.
    #[test]
    fn scopes_and_ends() {
        let answer = |mut it: Json, answer: Json| {
            it["responseElements"] = answer;
            it
        };
        let location = |scope: &str| {
            let asked = json!({ "accountId": OWN, "CreateAccessGrantsLocationRequest": { "LocationScope": scope } });
            let made = event("2026-11-02T00:00:00Z", "CreateAccessGrantsLocation", OWN, &asked);
            answer(made, json!({ "AccessGrantsLocationId": "a1" }))
        };
        let grant = |answered: Json| {
            let to = json!({ "GranteeType": "IAM", "GranteeIdentifier": format!("arn:aws:iam::{OTHER}:root") });
            let asked = json!({ "accountId": OWN, "CreateAccessGrantRequest": { "Grantee": to, "Permission": "READ",
                "AccessGrantsLocationId": "a1", "AccessGrantsLocationConfiguration": { "S3SubPrefix": "in/*" } } });
            answer(event("2026-11-03T00:00:00Z", "CreateAccessGrant", OWN, &asked), answered)
        };
        let scope = |it: &str| json!({ "AccessGrantId": "g1", "GrantScope": it });
        let gone = |id: &str| {
            event("2026-11-04T00:00:00Z", "DeleteAccessGrant", OWN, &json!({ "accountId": OWN, "accessGrantId": id }))
        };
        let job = || {
            let operation = json!({ "S3PutObjectCopy": { "TargetResource": "arn:aws:s3:::evil" } });
            let asked = json!({ "accountId": OWN, "CreateJobRequest": { "Operation": operation } });
            answer(event("2026-11-03T00:00:00Z", "CreateJob", OWN, &asked), json!({ "JobId": "j1" }))
        };
        let status = |status: &str| {
            let asked = json!({ "accountId": OWN, "jobId": "j1", "requestedJobStatus": status });
            event("2026-11-04T00:00:00Z", "UpdateJobStatus", OWN, &asked)
        };
        let (unsaid, end) =
            ("if its location is of the bucket", "until 2026-11-04T00:00:00Z, when the grant was deleted");
        for (calls, told, untold) in [
            (vec![grant(json!(null))], unsaid, end),
            (vec![grant(scope("s3://other/in/*"))], "", ""),
            (vec![grant(json!({ "CreateAccessGrantResult": scope("s3://database/*") }))], "", ""),
            (vec![grant(scope("s3://data/in/*"))], "gave them", unsaid),
            (vec![grant(scope("s3://dat*"))], "gave them", unsaid),
            (vec![location("s3://other/*"), grant(json!(null))], "", ""),
            (vec![location("s3://data/*"), grant(json!(null))], "gave them", unsaid),
            (vec![location("s3://"), grant(json!(null))], "", ""),
            (vec![grant(scope("s3://data/in/*")), gone("g1")], end, unsaid),
            (vec![grant(scope("s3://data/in/*")), gone("g2")], "gave them", end),
            (vec![job(), status("Cancelled")], "it was cancelled at 2026-11-04T00:00:00Z", end),
            (vec![job(), status("Ready")], "may have been copied", "cancelled"),
        ] {
            let problems = run(&[opened(), calls.clone()].concat()).problems.join("\n");
            assert!(problems.is_empty() == told.is_empty() && problems.contains(told), "{calls:?} {problems}");
            assert!(told.is_empty() || !problems.contains(untold), "{calls:?} {problems}");
        }
    }

    /// What carries objects or their lists out is told; what stays at home, or is of another bucket, is not.
    #[test]
    fn outlets() {
        let inventory = |account: Option<&str>, bucket: &str, on: bool| {
            let mut to = json!({ "Bucket": format!("arn:aws:s3:::{bucket}"), "Format": "CSV" });
            if let Some(it) = account {
                to["AccountId"] = json!(it);
            }
            let all = json!({ "IsEnabled": on, "Destination": { "S3BucketDestination": to } });
            ("PutBucketInventoryConfiguration", json!({ "bucketName": "data", "InventoryConfiguration": all }))
        };
        let analytics = |export: Json| {
            let all = json!({ "StorageClassAnalysis": export });
            ("PutBucketAnalyticsConfiguration", json!({ "bucketName": "data", "AnalyticsConfiguration": all }))
        };
        let exported = |account: &str| {
            let to = json!({ "Bucket": "arn:aws:s3:::evil", "BucketAccountId": account });
            json!({ "DataExport": { "Destination": { "S3BucketDestination": to } } })
        };
        let job = |operation: Json, source: Option<&str>| {
            let mut it = json!({ "Operation": operation, "Manifest": { "Location": { "ObjectArn": "arn:aws:s3:::data/m.csv" } } });
            if let Some(name) = source {
                it["ManifestGenerator"] =
                    json!({ "S3JobManifestGenerator": { "SourceBucket": format!("arn:aws:s3:::{name}") } });
            }
            ("CreateJob", json!({ "accountId": OWN, "CreateJobRequest": it }))
        };
        let copy = |bucket: &str| json!({ "S3PutObjectCopy": { "TargetResource": format!("arn:aws:s3:::{bucket}") } });
        let grant = |who: &str, id: &str, prefix: &str| {
            let to = json!({ "GranteeType": "IAM", "GranteeIdentifier": who });
            let all = json!({ "Grantee": to, "Permission": "READ", "AccessGrantsLocationId": id,
                "AccessGrantsLocationConfiguration": { "S3SubPrefix": prefix } });
            ("CreateAccessGrant", json!({ "accountId": OWN, "CreateAccessGrantRequest": all }))
        };
        let foreign = format!("arn:aws:iam::{OTHER}:root");
        let acl =
            |name: &str| json!({ "S3PutObjectAcl": { "AccessControlPolicy": { "CannedAccessControlList": name } } });
        let granted = |of: &str, group: &str| {
            let to = json!({ "TypeIdentifier": "uri", "Identifier": format!("http://acs.amazonaws.com/groups/global/{group}") });
            let grants = json!({ of: { "Grantee": to, "Permission": "READ" } });
            json!({ "S3PutObjectAcl": { "AccessControlPolicy": { "AccessControlList": { "Grants": grants } } } })
        };
        let copy_with = |member: &str, value: Json| json!({ "S3PutObjectCopy": { "TargetResource": "arn:aws:s3:::data", member: value } });
        let key = |account: &str| json!(format!("arn:aws:kms:us-east-1:{account}:key/1"));
        let delivers = |bucket: &str| {
            let to = json!({ "Bucket": format!("arn:aws:s3:::{bucket}") });
            let mut made = job(json!({ "S3PutObjectTagging": {} }), Some("data"));
            let generator = &mut made.1["CreateJobRequest"]["ManifestGenerator"]["S3JobManifestGenerator"];
            (generator["EnableManifestOutput"], generator["ManifestOutputLocation"]) = (json!(true), to);
            made
        };
        let lambda = |account: &str| json!({ "LambdaInvoke": { "FunctionArn": format!("arn:aws:lambda:us-east-1:{account}:function:f") } });
        for ((name, parameters), told) in [
            (inventory(Some(OTHER), "evil", true), "delivered to arn:aws:s3:::evil of account 999988887777"),
            (inventory(None, "evil", true), "whose that is is not known"),
            (inventory(Some(OTHER), "evil", false), ""),
            (inventory(Some(OWN), "evil", true), ""),
            (inventory(None, "lists", true), ""),
            (
                ("PutBucketInventoryConfiguration", json!({ "bucketName": "data" })),
                "a bucket that is not in the record",
            ),
            (("PutBucketInventoryConfiguration", json!({ "bucketName": "lists" })), ""),
            (analytics(exported(OTHER)), "analyses of the bucket's objects"),
            (analytics(exported(OWN)), ""),
            (analytics(json!({})), ""),
            (job(copy("evil"), None), "be they of this bucket or not, may have been copied to arn:aws:s3:::evil"),
            (job(copy("evil"), Some("data")), "objects of the bucket may have been copied to arn:aws:s3:::evil"),
            (job(copy("evil"), Some("lists")), ""),
            (job(copy("lists"), None), ""),
            (job(acl("public-read"), None), "public through ACLs"),
            (job(acl("private"), None), ""),
            (job(json!({ "S3PutObjectAcl": {} }), None), "which ACLs the job gave"),
            (job(granted("member", "AllUsers"), None), "public through ACLs"),
            (job(granted("S3Grant", "AuthenticatedUsers"), None), "public through ACLs"),
            (job(granted("member", "LogDelivery"), None), ""),
            (job(copy_with("CannedAccessControlList", json!("public-read")), None), "public through ACLs"),
            (job(copy_with("CannedAccessControlList", json!("private")), None), ""),
            (job(copy_with("SSEAwsKmsKeyId", key(OTHER)), None), "anew with a KMS key of account 999988887777"),
            (job(copy_with("SSEAwsKmsKeyId", key(OWN)), None), ""),
            (delivers("evil"), "lists of the bucket's objects may have been delivered to arn:aws:s3:::evil"),
            (delivers("lists"), ""),
            (job(lambda(OTHER), None), "a function of account 999988887777"),
            (job(lambda(OWN), None), ""),
            (job(json!({ "S3PutObjectTagging": {} }), None), ""),
            (("CreateJob", json!({ "accountId": OWN })), "is not in the record"),
            (grant(&foreign, "a1", "*"), "999988887777 may have had read access to objects"),
            (grant(&foreign, "default", "data/*"), "which S3 Access Grants gave them"),
            (grant(&foreign, "default", "lists/*"), ""),
            (grant(&format!("arn:aws:iam::{OWN}:role/app"), "a1", "*"), ""),
        ] {
            let found = problems(name, &parameters);
            assert!(found.is_empty() == told.is_empty() && found.contains(told), "{name} {parameters} {found}");
        }
    }
}
