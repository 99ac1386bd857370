//! Containment: what a bucket should be while the incident lasts. The saved original is the way back (`restore`).

use serde_json::{Value as Json, json};

use crate::frontend::live::BucketRecord;
use crate::value::is_account_id;

use super::super::said::{Said, Sayings, of_record};
use super::preflight::is_public_policy;
use crate::model::partition_of;

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
            // Whom an earlier plan denies stays out.
            let mut all = denied(&now);
            for it in principals("--deny-principal", arns)? {
                if !all.contains(&it) {
                    all.push(it);
                }
            }
            let arn = bucket_arn(live, bucket, "--deny-principal", arns)?;
            set("policy", with(&now, &arn, DENY_PRINCIPAL, json!({ "ArnLike": { "aws:PrincipalArn": all } }))?);
        }
        Level::Quarantine(except) => {
            // Callers without an ARN are anonymous: the negated operator holds for them.
            let condition = json!({
                "ArnNotLike": { "aws:PrincipalArn": principals("--except", except)? },
                "BoolIfExists": { "aws:PrincipalIsAWSService": "false" },
            });
            set("policy", with(&now, &bucket_arn(live, bucket, "--except", except)?, QUARANTINE, condition)?);
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

/// What of a level is left out because it is not known what it is now, one sentence each.
#[must_use]
pub fn left_out(live: &BucketRecord, level: &Level, tag: bool) -> Vec<String> {
    let now = of_record(live);
    let mut names = match level {
        Level::Bpa => vec!["versioning", "acl"],
        Level::Principal(_) => Vec::new(),
        Level::Quarantine(_) => vec!["versioning"],
    };
    names.extend(tag.then_some("tags"));
    let why = |name: &str| match now.get(name) {
        Some(Said::Unknown(why)) => Some(why.clone()),
        Some(Said::Silent) | None => Some("the live side does not say".to_owned()),
        _ => None,
    };
    let told = |name: &str| Some(format!("{name} is left as it is, for what it is now is not known ({})", why(name)?));
    names.into_iter().filter_map(told).collect()
}

/// ARNs as `aws:PrincipalArn` has them. A session is its role there, with the role's path, which the ARN of the session does not
/// have (`AWSReservedSSO_…` have one): the pattern matches the name under every path, and names are unique in an account.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>
///
/// # Errors
/// A sentence about the first that no caller has.
pub fn principals(option: &str, arns: &[String]) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    for arn in arns {
        out.extend(principal(arn).ok_or_else(|| {
            let why = match arn.rsplit(':').next() {
                Some("root") if arn.starts_with("arn:") => ": in a condition it is the root user alone, not the account",
                _ => "",
            };
            format!(
                "{option} `{arn}` is no principal that a request can have{why}; expected the ARN of a user, a role or a session: \
                 arn:aws:iam::ACCOUNT:user/NAME, arn:aws:iam::ACCOUNT:role/NAME, arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION"
            )
        })?);
    }
    Ok(out)
}

fn principal(arn: &str) -> Option<Vec<String>> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, service, "", account, resource] = parts.as_slice() else { return None };
    let (kind, name) = resource.split_once('/')?;
    let is_name = !name.is_empty() && !name.starts_with('/') && !name.ends_with('/') && !name.contains([':', ' ']);
    if !partition.starts_with("aws") || !(is_account_id(account) || account.contains(['*', '?'])) || !is_name {
        return None;
    }
    match (*service, kind) {
        ("iam", "user" | "role") | ("sts", "federated-user") => Some(vec![arn.to_owned()]),
        ("sts", "assumed-role") => {
            let role = name.split('/').next()?;
            let at = |path: &str| format!("arn:{partition}:iam::{account}:role/{path}{role}");
            Some(vec![at(""), at("*/")])
        }
        _ => None,
    }
}

/// Whom the statement of an earlier plan denies.
fn denied(now: &Sayings) -> Vec<String> {
    let Some(Said::Set(document)) = now.get("policy") else { return Vec::new() };
    let text = document.get("Policy").and_then(Json::as_str).unwrap_or_default();
    let policy: Json = serde_json::from_str(text).unwrap_or_default();
    let text = |it: &Json, key: &str| it.get(key).and_then(Json::as_str).map(str::to_owned);
    let own = statements(&policy)
        .into_iter()
        .find(|it| text(it, "Sid").as_deref() == Some(DENY_PRINCIPAL) && text(it, "Effect").as_deref() == Some("Deny"));
    let values = own.and_then(|it| it.get("Condition")?.get("ArnLike")?.get("aws:PrincipalArn").cloned());
    match values {
        Some(Json::Array(all)) => all.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect(),
        Some(Json::String(one)) => vec![one],
        _ => Vec::new(),
    }
}

fn statements(policy: &Json) -> Vec<Json> {
    match policy.get("Statement") {
        Some(Json::Array(all)) => all.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    }
}

/// The bucket's ARN: its partition is that of its region, else that of the principals.
///
/// # Errors
/// A sentence, where the two are not of one partition: then the statement would hold for nobody.
fn bucket_arn(live: &BucketRecord, bucket: &str, option: &str, arns: &[String]) -> Result<String, String> {
    let of = |it: &str| it.split(':').nth(1).unwrap_or("aws").to_owned();
    let by_region = live.region.as_deref().map(|it| partition_of(it).to_owned());
    let partition = by_region.or_else(|| arns.first().map(|it| of(it))).unwrap_or_else(|| "aws".to_owned());
    match arns.iter().find(|it| of(it) != partition) {
        Some(arn) => Err(format!(
            "{option} `{arn}` is of another partition than the bucket (`{partition}`{}): no request has it",
            live.region.as_ref().map(|it| format!(", region {it}")).unwrap_or_default()
        )),
        None => Ok(format!("arn:{partition}:s3:::{bucket}")),
    }
}

/// Takes the public statements out of the policy that should be, for S3 refuses one that has them while `BlockPublicPolicy` is on, a
/// Deny beside them or not; a sentence about each. Nothing where the policy stays as it is.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
#[must_use]
pub fn leave_out_public(desired: &mut Sayings, bucket: &str) -> Vec<String> {
    let Some(Said::Set(document)) = desired.get("policy") else { return Vec::new() };
    let text = document.get("Policy").and_then(Json::as_str).unwrap_or_default();
    let Ok(mut policy) = serde_json::from_str::<Json>(text) else { return Vec::new() };
    let mut told = Vec::new();
    let (mut kept, version) = (Vec::new(), policy.get("Version").cloned());
    for (at, it) in statements(&policy).into_iter().enumerate() {
        let alone = json!({ "Version": version, "Statement": [it] });
        if !is_public_policy(&alone, bucket) {
            kept.push(it);
            continue;
        }
        let sid = it.get("Sid").and_then(Json::as_str).filter(|it| !it.is_empty());
        let name = sid.map_or_else(|| format!("statement {}", at + 1), |it| format!("the statement \"{it}\""));
        told.push(format!(
            "{name} of the policy of {bucket} is public and is left out: while BlockPublicPolicy is on, S3 takes no policy that has it; \
             before/policy.json keeps it"
        ));
    }
    if !told.is_empty()
        && let Some(map) = policy.as_object_mut()
    {
        map.insert("Statement".to_owned(), kept.into());
        desired.insert("policy", Said::Set(json!({ "Policy": policy.to_string() })));
    }
    told
}

/// The policy that is there, with one Deny for everything under a condition.
fn with(now: &Sayings, arn: &str, sid: &str, condition: Json) -> Result<Json, String> {
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
    let mut statements = statements(&policy);
    statements.retain(|it| it.get("Sid").and_then(Json::as_str) != Some(sid));
    statements.push(json!({
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, format!("{arn}/*")],
        "Condition": condition,
    }));
    if let Some(map) = policy.as_object_mut() {
        map.insert("Statement".to_owned(), statements.into());
    }
    Ok(json!({ "Policy": policy.to_string() }))
}
