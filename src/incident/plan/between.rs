//! Whether what a bucket gives to outsiders lies between two ends, decided for every request: policy, ACL, ownership and Block Public
//! Access are written as one policy each, and the policy engine looks for a request that the middle permits and neither end does.

use serde_json::{Value as Json, json};

use crate::frontend::live::State;
use crate::policy::{self, Audience, BucketId, Context, Grant, Policy, permits_beyond};
use crate::value::{Origin, SymStr, Truth, Val, Value};

use super::super::diff::canonical;
use super::order::Stage;

/// Requests of outsiders that `middle` permits and neither end does.
///
/// # Errors
/// What is not known, so that a stage cannot be written as a policy.
pub(super) fn beyond(middle: &Stage, before: &Stage, desired: &Stage, own: Option<&str>) -> Result<Vec<Grant>, String> {
    let read = |it: &Stage| parsed(&effective(it)?).ok_or_else(|| "the policy has no statements".to_owned());
    let (new, first, second) = (read(middle)?, read(before)?, read(desired)?);
    let context = context(middle, own);
    let is_own = |who: &str| {
        let id = if who.starts_with("arn:") { who.split(':').nth(4).unwrap_or_default() } else { who };
        own == Some(id)
    };
    let mut found = permits_beyond(&new, &[&first, &second], &context);
    found.retain(|it| !matches!(&it.audience, Audience::Account(who) if is_own(who)));
    Ok(found)
}

fn context(stage: &Stage, own: Option<&str>) -> Context {
    Context {
        bucket: BucketId { entity: None, name: Some(SymStr::text(stage.name())) },
        own_account: own.map(str::to_owned),
        ..Context::default()
    }
}

/// Whether a stage certainly opens to everyone, or lets somebody outside control, what the one before it does not.
pub(super) fn opens(next: &Stage, stage: &Stage, own: Option<&str>) -> bool {
    let found = beyond(next, stage, stage, own).unwrap_or_default();
    // Whom a condition names is not everyone: what is public is for `grants` to say.
    let policy = effective(next).ok().and_then(|it| parsed(&it));
    let wide = policy.map(|it| policy::grants(&it, &context(next, own))).unwrap_or_default();
    let is_public = |it: &Grant| matches!(it.audience, Audience::Anonymous | Audience::AnyAccount);
    let public = |it: &Grant| {
        let is_it = |other: &&Grant| is_public(other) && other.power == it.power && other.statement == it.statement;
        is_public(it) && wide.iter().find(is_it).is_some_and(|it| it.holds != Truth::No)
    };
    found.iter().any(|it| it.holds == Truth::Yes && (public(it) || it.power == policy::Power::Control))
}

fn parsed(document: &Json) -> Option<Policy> {
    match policy::parse(&Val::string(document.to_string(), Origin::default())).value {
        Value::Known(it) => Some(it),
        _ => None,
    }
}

/// What a stage gives to outsiders, as one policy.
fn effective(stage: &Stage) -> Result<Json, String> {
    let feature = |name: &str| -> Result<Option<&Json>, String> {
        match stage.feature(name) {
            Some(State::Set { value, .. }) => Ok(Some(value)),
            Some(State::Absent { .. }) => Ok(None),
            Some(State::Unknown { code, .. }) => Err(format!("{name} is not known ({code})")),
            None => Err(format!("nobody asked for {name}")),
        }
    };
    let on = |block: &Json, key: &str| block.get(key) == Some(&Json::Bool(true));
    let own_block = canonical("public_access_block", feature("public_access_block")?);
    let blocks: Vec<Json> = stage
        .account_block()
        .into_iter()
        .map(|it| match it {
            State::Unknown { code, .. } => Err(format!("account-wide Block Public Access is not known ({code})")),
            it => Ok(canonical("public_access_block", it.value())),
        })
        .chain([Ok(own_block)])
        .collect::<Result<_, String>>()?;
    let any = |key: &str| blocks.iter().any(|it| on(it, key));
    let mut statements = Vec::new();
    let document: Json = match feature("policy")? {
        None => json!({}),
        Some(it) => {
            let text = it.get("Policy").and_then(Json::as_str).ok_or("the bucket policy is no text")?;
            serde_json::from_str(text).map_err(|error| format!("the bucket policy is no JSON ({error})"))?
        }
    };
    let written = match document.get("Statement") {
        Some(Json::Array(all)) => all.clone(),
        Some(one @ Json::Object(_)) => vec![one.clone()],
        _ => Vec::new(),
    };
    // A restricted public policy lets the own account and AWS services in, and nobody else.
    // <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
    let restricted = any("RestrictPublicBuckets") && is_public(&document, stage.name());
    for it in written {
        let is_deny = it.get("Effect").and_then(Json::as_str) == Some("Deny");
        let is_service = it.get("Principal").and_then(|it| it.get("Service")).is_some()
            && it.get("Principal").and_then(Json::as_object).is_some_and(|it| it.len() == 1);
        if is_deny || !restricted || is_service {
            statements.push(it);
        }
    }
    let ownership = canonical("ownership", feature("ownership")?);
    if ownership != "BucketOwnerEnforced" {
        let everyone_counts = !any("IgnorePublicAcls");
        let acl = canonical("acl", feature("acl")?);
        for grant in acl.as_array().into_iter().flatten().filter_map(Json::as_str) {
            statements.extend(of_grant(grant, stage.name(), everyone_counts));
        }
    }
    let version = document.get("Version").cloned().unwrap_or_else(|| "2008-10-17".into());
    Ok(json!({ "Version": version, "Statement": statements }))
}

fn is_public(document: &Json, bucket: &str) -> bool {
    super::preflight::is_public_policy(document, bucket)
}

/// What a grant of a bucket's ACL permits. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions>
fn of_grant(grant: &str, bucket: &str, everyone_counts: bool) -> Option<Json> {
    let (who, permission) = grant.rsplit_once(' ')?;
    let mut condition = json!({});
    let principal = match who {
        "AllUsers" | "AuthenticatedUsers" if !everyone_counts => return None,
        "AllUsers" => json!("*"),
        // Whoever signs: `aws:PrincipalAccount` is there for those who do not, too.
        // <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>
        "AuthenticatedUsers" => {
            condition = json!({ "StringLike": { "aws:PrincipalArn": "*" } });
            json!("*")
        }
        "LogDelivery" => json!({ "Service": "logging.s3.amazonaws.com" }),
        id => json!({ "CanonicalUser": id }),
    };
    let actions: &[&str] = match permission {
        "READ" => &["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"],
        // Deleting and overwriting is for owners of the bucket, or of the object.
        "WRITE" => &["s3:PutObject"],
        "READ_ACP" => &["s3:GetBucketAcl"],
        "WRITE_ACP" => &["s3:PutBucketAcl"],
        "FULL_CONTROL" => &[
            "s3:ListBucket",
            "s3:ListBucketVersions",
            "s3:ListBucketMultipartUploads",
            "s3:PutObject",
            "s3:GetBucketAcl",
            "s3:PutBucketAcl",
        ],
        _ => return None,
    };
    Some(json!({
        "Effect": "Allow",
        "Principal": principal,
        "Action": actions,
        "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")],
        "Condition": condition,
    }))
}

/// Whether one of the grants is certain, as a sentence; else nothing.
pub(super) fn certain(found: &[Grant]) -> Option<String> {
    let it = found.iter().find(|it| it.holds == Truth::Yes)?;
    let example = it.witness.as_ref().map(|it| format!(", for example {} on {}", it.action, it.resource));
    let who = super::order::who(&it.audience);
    Some(format!("{} for {who}{}", it.power.as_str(), example.unwrap_or_default()))
}
