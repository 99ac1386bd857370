//! What AWS would refuse, and what would lock the caller out, seen before anything is done.

use serde_json::Value as Json;

use crate::policy::{self, BucketId, Context, Request};
use crate::value::{Origin, SymStr, Truth, Val, Value};

use super::super::said::Said;
use super::{Ask, Step};

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>: a bucket policy has 20 KB.
const MAX_POLICY: usize = 20 * 1024;

pub(super) fn check(ask: &Ask<'_>, steps: &[Step], refused: &mut Vec<String>, warnings: &mut Vec<String>) {
    let Some(policy) = steps.iter().find(|it| it.feature == "policy").and_then(|it| it.sends.as_ref()) else { return };
    let text = policy.to_string();
    if MAX_POLICY < text.len() {
        refused.push(format!("the policy has {} bytes, S3 takes {MAX_POLICY}: shorten it", text.len()));
    }
    let statements = match policy.get("Statement") {
        Some(Json::Array(all)) => all.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    if statements.is_empty() {
        refused.push("the policy has no statement: S3 refuses it as MalformedPolicy".to_owned());
    }
    for (index, statement) in statements.iter().enumerate() {
        let name = statement
            .get("Sid")
            .and_then(Json::as_str)
            .map_or_else(|| format!("statement {}", index + 1), str::to_owned);
        if statement.get("Principal").is_none() && statement.get("NotPrincipal").is_none() {
            refused.push(format!("{name} has no Principal: S3 refuses the policy as MalformedPolicy"));
        }
        for resource in texts(statement.get("Resource")) {
            let rest = resource.split(":::").nth(1).unwrap_or(&resource);
            let named = rest.split('/').next().unwrap_or_default();
            if named != ask.bucket && !named.contains(['*', '?']) {
                refused.push(format!(
                    "{name} is about `{resource}`, not about {}: S3 refuses the policy as MalformedPolicy",
                    ask.bucket
                ));
            }
        }
        for principal in
            statement.get("Principal").and_then(|it| it.get("AWS")).map(|it| texts(Some(it))).unwrap_or_default()
        {
            if principal.starts_with("AROA") || principal.starts_with("AIDA") {
                warnings.push(format!(
                    "{name} names {principal}: that is the id of a deleted role or user, and PutBucketPolicy will be refused \
                     as MalformedPolicy"
                ));
            }
        }
    }
    lockout(ask, &text, refused, warnings);
    blocked(ask, &text, refused);
}

/// A public policy is refused while BlockPublicPolicy is on.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
fn blocked(ask: &Ask<'_>, text: &str, refused: &mut Vec<String>) {
    let document = match ask.desired.get("public_access_block") {
        Some(Said::Set(document)) => Some(document),
        Some(Said::Absent) => None,
        _ => ask.live.features.get("public_access_block").and_then(|it| it.value()),
    };
    let block = super::canonical("public_access_block", document);
    if block.get("BlockPublicPolicy") != Some(&Json::Bool(true)) {
        return;
    }
    if is_public_text(text, ask.bucket) {
        refused.push(
            "the policy is public, and BlockPublicPolicy is on: S3 refuses it; turn the setting off in what should be, or mend \
             the policy"
                .to_owned(),
        );
    }
}

fn texts(it: Option<&Json>) -> Vec<String> {
    match it {
        Some(Json::String(text)) => vec![text.clone()],
        Some(Json::Array(all)) => all.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

/// Whether the caller could still change the policy afterwards.
fn lockout(ask: &Ask<'_>, text: &str, refused: &mut Vec<String>, warnings: &mut Vec<String>) {
    if ask.confirm_self_lockout {
        return;
    }
    let Value::Known(policy) = policy::parse(&Val::string(text, Origin::default())).value else { return };
    let context = Context {
        bucket: BucketId { entity: None, name: Some(SymStr::text(ask.bucket)) },
        own_account: ask.live.account.clone(),
        ..Context::default()
    };
    // Nobody whom a policy names, where it is not known who runs the plan.
    let account = ask.live.account.as_deref().unwrap_or("000000000000");
    let somebody = format!("arn:aws:iam::{account}:role/bucketlint-caller-not-known");
    let caller = ask.caller.unwrap_or(&somebody);
    let role = role_of(caller, text);
    for principal in [Some(caller.to_owned()), role.clone()].into_iter().flatten() {
        let mut request = Request {
            context: std::collections::BTreeMap::from([
                ("aws:PrincipalArn".to_owned(), vec![role.clone().unwrap_or_else(|| caller.to_owned())]),
                ("aws:SecureTransport".to_owned(), vec!["true".to_owned()]),
                ("aws:PrincipalIsAWSService".to_owned(), vec!["false".to_owned()]),
            ]),
            principal,
            action: "s3:PutBucketPolicy".to_owned(),
            resource: format!("arn:aws:s3:::{}", ask.bucket),
        };
        if let Some(account) = caller.split(':').nth(4) {
            request.context.insert("aws:PrincipalAccount".to_owned(), vec![account.to_owned()]);
        }
        if policy::allows(&policy, &request, &context).denied == Truth::No {
            continue;
        }
        if ask.caller.is_none() {
            warnings.push(
                "the policy denies or may deny s3:PutBucketPolicy to whom it does not except, and who runs this plan is not known: \
                 it may be that afterwards the root user of the bucket's account alone could change it; say --caller ARN to have \
                 that checked"
                    .to_owned(),
            );
        } else {
            refused.push(format!(
                "the policy denies or may deny s3:PutBucketPolicy to {caller}, who runs this plan: afterwards the root user of \
                 the bucket's account alone could change it; say --confirm-self-lockout if that is meant"
            ));
        }
        return;
    }
}

/// The role behind a session: policies and `aws:PrincipalArn` speak of the role. The session's ARN does not have the role's path:
/// where the policy names a role of that name with one, that is the role, for names are unique in an account.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>
fn role_of(caller: &str, policy: &str) -> Option<String> {
    let (head, rest) = caller.split_once(":assumed-role/")?;
    let mut parts = head.split(':');
    let (Some("arn"), Some(partition), Some("sts"), Some(_), Some(account)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let role = rest.split('/').next()?;
    let (start, end) = (format!("arn:{partition}:iam::{account}:role/"), format!("/{role}"));
    let named = policy.split('"').find(|it| it.starts_with(&start) && it.ends_with(&end) && !it.contains(['*', '?']));
    Some(named.map_or_else(|| format!("{start}{role}"), str::to_owned))
}

/// Whether AWS calls a policy public.
pub(super) fn is_public_policy(policy: &Json, bucket: &str) -> bool {
    is_public_text(&policy.to_string(), bucket)
}

fn is_public_text(text: &str, bucket: &str) -> bool {
    let Value::Known(policy) = policy::parse(&Val::string(text, Origin::default())).value else { return false };
    let context = Context { bucket: BucketId { entity: None, name: Some(SymStr::text(bucket)) }, ..Context::default() };
    policy::public_status(&policy, &context).public == Truth::Yes
}
