//! Whether what a bucket gives to outsiders lies between two ends, decided for every request: policy, ACL, ownership and Block Public
//! Access are written as one policy each, and the policy engine looks for a request that the middle permits and neither end does.

use serde_json::{Value as Json, json};

use crate::frontend::live::State;
use crate::policy::{self, Audience, BucketId, Context, Grant, Policy, permits_beyond};
use crate::value::{Origin, SymStr, Truth, Val, Value};

use super::super::diff::canonical;
use super::order::Stage;

/// Requests of outsiders that `middle` permits and neither end does; nothing where a stage cannot be written as a policy.
pub(super) fn beyond(middle: &Stage, before: &Stage, desired: &Stage, own: Option<&str>) -> Vec<Grant> {
    let read = |it: &Stage| effective(it).and_then(|it| parsed(&it));
    let (Some(new), Some(first), Some(second)) = (read(middle), read(before), read(desired)) else {
        return Vec::new();
    };
    let context = Context {
        bucket: BucketId { entity: None, name: Some(SymStr::text(middle.name())) },
        own_account: own.map(str::to_owned),
        ..Context::default()
    };
    let is_own = |who: &str| {
        let id = if who.starts_with("arn:") { who.split(':').nth(4).unwrap_or_default() } else { who };
        own == Some(id)
    };
    let mut found = permits_beyond(&new, &[&first, &second], &context);
    found.retain(|it| !matches!(&it.audience, Audience::Account(who) if is_own(who)));
    found
}

/// Whether a stage certainly opens to everyone, or lets somebody outside control, what the one before it does not.
pub(super) fn opens(next: &Stage, stage: &Stage, own: Option<&str>) -> bool {
    let public = |it: &Grant| matches!(it.audience, Audience::Anonymous | Audience::AnyAccount);
    beyond(next, stage, stage, own)
        .iter()
        .any(|it| it.holds == Truth::Yes && (public(it) || it.power == policy::Power::Control))
}

fn parsed(document: &Json) -> Option<Policy> {
    match policy::parse(&Val::string(document.to_string(), Origin::default())).value {
        Value::Known(it) => Some(it),
        _ => None,
    }
}

/// What a stage gives to outsiders, as one policy; `None` where a part of it is not known.
fn effective(stage: &Stage) -> Option<Json> {
    let feature = |name: &str| -> Option<Option<&Json>> {
        match stage.feature(name) {
            Some(State::Set { value, .. }) => Some(Some(value)),
            Some(State::Absent { .. }) => Some(None),
            Some(State::Unknown { .. }) | None => None,
        }
    };
    let on = |block: &Json, key: &str| block.get(key) == Some(&Json::Bool(true));
    let own_block = canonical("public_access_block", feature("public_access_block")?);
    let blocks: Vec<Json> = stage
        .account_blocks()
        .map(|it| match it {
            State::Unknown { .. } => None,
            it => Some(canonical("public_access_block", it.value())),
        })
        .chain([Some(own_block)])
        .collect::<Option<_>>()?;
    let any = |key: &str| blocks.iter().any(|it| on(it, key));
    let mut statements = Vec::new();
    let text = match feature("policy")? {
        None => None,
        Some(it) => Some(it.get("Policy")?.as_str()?),
    };
    let document: Json = text.map_or(Some(json!({})), |it| serde_json::from_str(it).ok())?;
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
    Some(json!({ "Version": version, "Statement": statements }))
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
        // Somebody with an account, whichever.
        "AuthenticatedUsers" => {
            condition = json!({ "StringLike": { "aws:PrincipalAccount": "*" } });
            json!("*")
        }
        "LogDelivery" => json!({ "Service": "logging.s3.amazonaws.com" }),
        id => json!({ "CanonicalUser": id }),
    };
    let actions: &[&str] = match permission {
        "READ" => &["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"],
        "WRITE" => &["s3:PutObject", "s3:DeleteObject"],
        "READ_ACP" => &["s3:GetBucketAcl"],
        "WRITE_ACP" => &["s3:PutBucketAcl"],
        "FULL_CONTROL" => &[
            "s3:ListBucket",
            "s3:ListBucketVersions",
            "s3:ListBucketMultipartUploads",
            "s3:PutObject",
            "s3:DeleteObject",
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
    let who = match &it.audience {
        Audience::Anonymous => "anyone".to_owned(),
        Audience::AnyAccount => "any AWS account".to_owned(),
        Audience::Account(who) | Audience::Service(who) => who.clone(),
    };
    Some(format!("{} for {who}{}", it.power.as_str(), example.unwrap_or_default()))
}
