//! Containment: what a bucket should be while the incident lasts. The saved original is the way back (`restore`).

use serde_json::{Value as Json, json};

use crate::frontend::live::BucketRecord;

use super::super::said::{Said, Sayings, of_record};

/// How far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Level {
    /// Block Public Access on, ACL private, versioning on.
    Bpa,
    /// These principals are denied everything, sessions that are signed in included.
    Principal(Vec<String>),
    /// Everyone is denied everything but these, and AWS services.
    Quarantine(Vec<String>),
}

/// Sids of the statements that containment adds: they are replaced, never added twice.
const DENY_PRINCIPAL: &str = "BucketlintContainPrincipal";
const QUARANTINE: &str = "BucketlintQuarantine";

/// What should be. `tag`: the bucket is marked as compromised.
///
/// # Errors
/// A sentence, where the level cannot be built on what the bucket has now.
pub fn desired(live: &BucketRecord, bucket: &str, level: &Level, tag: bool) -> Result<Sayings, String> {
    let now = of_record(live);
    let mut out = Sayings::new();
    let mut set = |name: &'static str, document: Json| {
        out.insert(name, Said::Set(document));
    };
    let known = |name: &str| !matches!(now.get(name), Some(Said::Unknown(_) | Said::Silent) | None);
    match level {
        Level::Bpa => {
            set(
                "public_access_block",
                json!({ "PublicAccessBlockConfiguration": {
                    "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true,
                }}),
            );
            if known("versioning") {
                set("versioning", json!({ "Status": "Enabled", "MFADelete": mfa(&now) }));
            }
            if known("acl") {
                set("acl", json!({ "Canned": "private" }));
            }
        }
        Level::Principal(arns) => {
            set(
                "policy",
                with(&now, bucket, DENY_PRINCIPAL, json!({ "ArnLike": { "aws:PrincipalArn": principals(arns) } }))?,
            );
        }
        Level::Quarantine(except) => {
            // Callers without an ARN are anonymous: the negated operator holds for them.
            let condition = json!({
                "ArnNotLike": { "aws:PrincipalArn": principals(except) },
                "BoolIfExists": { "aws:PrincipalIsAWSService": "false" },
            });
            set("policy", with(&now, bucket, QUARANTINE, condition)?);
            if known("versioning") {
                set("versioning", json!({ "Status": "Enabled", "MFADelete": mfa(&now) }));
            }
        }
    }
    if tag && known("tags") {
        set("tags", json!({ "TagSet": [{ "Key": "Status", "Value": "Compromised" }] }));
    }
    Ok(out)
}

fn mfa(now: &Sayings) -> Json {
    match now.get("versioning") {
        Some(Said::Set(document)) => document.get("MFADelete").cloned().unwrap_or_default(),
        _ => Json::Null,
    }
}

/// A session's ARN as conditions see it: that of its role.
fn principals(arns: &[String]) -> Vec<String> {
    arns.iter()
        .map(|it| {
            let session = it.split_once(":assumed-role/").and_then(|(head, rest)| {
                let account = head.split(':').nth(4)?;
                Some(format!("arn:aws:iam::{account}:role/{}", rest.split('/').next()?))
            });
            session.unwrap_or_else(|| it.clone())
        })
        .collect()
}

/// The policy that is there, with one Deny for everything under a condition.
fn with(now: &Sayings, bucket: &str, sid: &str, condition: Json) -> Result<Json, String> {
    let mut policy = match now.get("policy") {
        Some(Said::Set(document)) => document
            .get("Policy")
            .and_then(Json::as_str)
            .and_then(|it| serde_json::from_str::<Json>(it).ok())
            .filter(Json::is_object)
            .ok_or("the policy that is there is not JSON: it cannot be added to")?,
        Some(Said::Absent) => json!({ "Version": "2012-10-17", "Statement": [] }),
        _ => {
            return Err("what the bucket policy is now is not known, so that a statement cannot be added to it: \
                        collect it, or use --level bpa"
                .to_owned());
        }
    };
    let mut statements = match policy.get("Statement") {
        Some(Json::Array(all)) => all.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    statements.retain(|it| it.get("Sid").and_then(Json::as_str) != Some(sid));
    statements.push(json!({
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")],
        "Condition": condition,
    }));
    if let Some(map) = policy.as_object_mut() {
        map.insert("Statement".to_owned(), statements.into());
    }
    Ok(json!({ "Policy": policy.to_string() }))
}
