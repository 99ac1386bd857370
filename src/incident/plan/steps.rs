//! A feature that differs → the API call that sets it, and the one that takes it back.
//!
//! Every put replaces the whole configuration of its feature: <https://docs.aws.amazon.com/cli/latest/reference/s3api/>.

use serde_json::{Map, Value as Json, json};

use crate::frontend::live::feature;

use super::super::diff::canonical;
use super::{Ask, Step};

/// The order of containment: the control plane, then the data plane, then what destroys evidence, then the rest.
pub(super) const ORDER: [&str; 15] = [
    "public_access_block",
    "policy",
    "acl",
    "ownership",
    "lifecycle",
    "replication",
    "versioning",
    "logging",
    "encryption",
    "cors",
    "website",
    "notification",
    "acceleration",
    "request_payment",
    "tags",
];

/// What a difference comes to: a step, nothing where it would change nothing, and what a person must do.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub step: Option<Step>,
    pub by_hand: Vec<String>,
}

impl Made {
    fn by_hand(text: String) -> Self {
        Self { step: None, by_hand: vec![text] }
    }
}

/// The step for a feature.
pub(super) fn step(ask: &Ask<'_>, name: &str, before: Option<Json>, after: Option<Json>) -> Made {
    let mut by_hand = Vec::new();
    let mut after = merged(name, before.as_ref(), after, &mut by_hand);
    let old = canonical(name, before.as_ref());
    let mut new = canonical(name, after.as_ref());
    if name == "versioning" && old != new {
        // Both keep one version of each new object, and nobody can go back from suspended to never.
        let is_off = |it: &Json| matches!(it.get("Status").and_then(Json::as_str), None | Some("Suspended"));
        if is_off(&old) && is_off(&new) && !is_mfa_delete(&old) && !is_mfa_delete(&new) {
            let never = "versioning was never turned on, and should be Suspended";
            let suspended = "versioning is Suspended, and should never have been turned on";
            let what = if old.get("Status").is_some_and(|it| !it.is_null()) { suspended } else { never };
            return Made::by_hand(format!("{what}: for new objects that is the same, and it is left"));
        }
        if is_mfa_delete(&old) {
            return Made::by_hand(mfa(ask, &old, &new));
        }
        if is_mfa_delete(&new) {
            by_hand.push(mfa(ask, &old, &new));
            after = Some(json!({ "Status": new.get("Status") }));
            new = canonical(name, after.as_ref());
        }
    }
    if name == "tags"
        && let Some(why) = too_much(after.as_ref())
    {
        let hint = if ask.is_containment() { "leave the tag out with --no-tag" } else { "leave tags out with --only" };
        by_hand.push(format!("tags are left as they are: {why}; take some away, or {hint}"));
        return Made { step: None, by_hand };
    }
    if name == "lifecycle" && after.is_some() && is_mfa_now(ask) {
        return Made::by_hand(
            "S3 takes no lifecycle configuration where MFA Delete is on: turn that off as the root user first, or leave lifecycle out"
                .to_owned(),
        );
    }
    if old == new {
        return Made { step: None, by_hand };
    }
    let set = call(ask, name, after.as_ref(), "desired");
    let undo = undo(ask, name, before.as_ref());
    let read = feature(name).map(|it| command(ask, it.command, &[])).unwrap_or_default();
    let step = Step {
        id: String::new(),
        feature: name.to_owned(),
        reason: reason(name).to_owned(),
        command: set.0,
        sends: set.1,
        undo: undo.0,
        undo_sends: undo.1,
        read,
        before: old,
        after: new,
        loosens: false,
    };
    Made { step: Some(step), by_hand }
}

/// Whether a canonical state of versioning has MFA Delete on: then S3 takes no other state without the device's code.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html>
fn is_mfa_delete(state: &Json) -> bool {
    state.get("MFADelete").and_then(Json::as_str) == Some("Enabled")
}

fn is_mfa_now(ask: &Ask<'_>) -> bool {
    is_mfa_delete(&canonical("versioning", ask.live.features.get("versioning").and_then(|it| it.value())))
}

fn mfa(ask: &Ask<'_>, old: &Json, new: &Json) -> String {
    let status = |it: &Json| it.get("Status").and_then(Json::as_str).map(str::to_owned);
    let after =
        status(new).or_else(|| status(old).map(|_| "Suspended".to_owned())).unwrap_or_else(|| "Suspended".to_owned());
    let mfa = if is_mfa_delete(new) { "Enabled" } else { "Disabled" };
    let what = if is_mfa_delete(old) { "versioning, while MFA Delete is on," } else { "MFA Delete" };
    format!(
        "{what} can be changed by the root user with its MFA device only: aws s3api put-bucket-versioning --bucket {} \
         --versioning-configuration Status={after},MFADelete={mfa} --mfa 'SERIAL CODE'",
        ask.bucket
    )
}

/// So many tags a bucket can have, and so long they can be (characters).
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/CostAllocTagging.html>
const MOST_TAGS: usize = 50;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

/// Why S3 would refuse a set of tags. Those of AWS itself do not count.
fn too_much(document: Option<&Json>) -> Option<String> {
    let tags = document?.get("TagSet")?.as_array()?;
    let own: Vec<&Json> = tags.iter().filter(|it| !is_of_aws(it)).collect();
    if MOST_TAGS < own.len() {
        return Some(format!(
            "with those that are there they would be {}, and S3 takes {MOST_TAGS} tags of a bucket",
            own.len()
        ));
    }
    let member = |it: &Json, key: &str| it.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let long = own.iter().find(|it| {
        LONGEST_KEY < member(it, "Key").chars().count() || LONGEST_VALUE < member(it, "Value").chars().count()
    })?;
    Some(format!(
        "the tag `{}` is too long: S3 takes {LONGEST_KEY} characters of a key and {LONGEST_VALUE} of a value",
        member(long, "Key").chars().take(LONGEST_KEY).collect::<String>()
    ))
}

/// Tags that AWS made: nobody else can set them.
fn is_of_aws(tag: &Json) -> bool {
    let key = tag.get("Key").and_then(Json::as_str).unwrap_or_default();
    key.get(..4).is_some_and(|it| it.eq_ignore_ascii_case("aws:"))
}

/// Account-wide Block Public Access, all on.
/// <https://docs.aws.amazon.com/cli/latest/reference/s3control/put-public-access-block.html>
pub(super) fn account(id: &str, before: Option<&Json>) -> Step {
    let name = super::ACCOUNT;
    let all = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
    let after = Json::Object(all.iter().map(|it| ((*it).to_owned(), Json::Bool(true))).collect());
    let old = canonical("public_access_block", before);
    let call = |verb: &str, more: &[&str]| -> Vec<String> {
        ["s3control", verb, "--account-id", id].iter().chain(more).map(|it| (*it).to_owned()).collect()
    };
    let put = |folder: &str| {
        let file = format!("file://{folder}/{name}.json");
        call("put-public-access-block", &["--public-access-block-configuration", &file])
    };
    Step {
        id: String::new(),
        feature: name.to_owned(),
        reason: "control plane: no bucket of the account can be public then".to_owned(),
        command: put("desired"),
        undo: if before.is_some() { put("before") } else { call("delete-public-access-block", &[]) },
        read: call("get-public-access-block", &[]),
        sends: Some(after.clone()),
        undo_sends: before.is_some().then(|| old.clone()),
        before: old,
        after,
        loosens: false,
    }
}

fn reason(name: &str) -> &'static str {
    match name {
        "public_access_block" => "control plane: one call closes every public way within seconds",
        "policy" => "control plane: the known policy replaces what grants control and data alike",
        "acl" => "data plane: before ownership, for S3 refuses BucketOwnerEnforced while an ACL grants to others",
        "ownership" => "data plane: BucketOwnerEnforced voids the ACLs of all objects",
        "lifecycle" => "evidence: a rule may be expiring objects",
        "replication" => "evidence: objects may be copied elsewhere",
        "versioning" => "evidence: what is overwritten or deleted from now on can be got back",
        "logging" => "evidence: what happens from now on is logged",
        "tags" => "labels: merged with those that are there",
        _ => "the rest of the configuration",
    }
}

/// Tags of other tools are kept: a put replaces the whole set. Those of AWS stay as they are.
fn merged(name: &str, before: Option<&Json>, after: Option<Json>, by_hand: &mut Vec<String>) -> Option<Json> {
    if name != "tags" {
        return after;
    }
    let list =
        |it: Option<&Json>| it.and_then(|it| it.get("TagSet")).and_then(Json::as_array).cloned().unwrap_or_default();
    let (mut tags, now) = (list(after.as_ref()), list(before));
    for it in tags.iter().filter(|it| is_of_aws(it) && !now.contains(it)) {
        let key = it.get("Key").and_then(Json::as_str).unwrap_or_default();
        by_hand.push(format!(
            "the tag `{key}` is one that AWS sets itself: S3 refuses it from anyone else, and it is left out"
        ));
    }
    tags.retain(|it| !is_of_aws(it));
    let key = |it: &Json| it.get("Key").cloned();
    for tag in now {
        if !tags.iter().any(|it| key(it) == key(&tag)) {
            tags.push(tag);
        }
    }
    Some(json!({ "TagSet": tags }))
}

/// Arguments that every call has: the bucket, whose it must be, and where it is.
fn command(ask: &Ask<'_>, name: &str, more: &[&str]) -> Vec<String> {
    let mut out = vec!["s3api".to_owned(), name.to_owned(), "--bucket".to_owned(), ask.bucket.to_owned()];
    if let Some(account) = &ask.live.account {
        out.extend(["--expected-bucket-owner".to_owned(), account.clone()]);
    }
    if let Some(region) = &ask.live.region {
        out.extend(["--region".to_owned(), region.clone()]);
    }
    out.extend(more.iter().map(|it| (*it).to_owned()));
    out
}

/// The call that makes a feature be a document, or be absent; and what it sends.
fn call(ask: &Ask<'_>, name: &str, document: Option<&Json>, folder: &str) -> (Vec<String>, Option<Json>) {
    let file = format!("file://{folder}/{name}.json");
    let put = |verb: &str, flag: &str, sends: Json| (command(ask, verb, &[flag, &file]), Some(sends));
    let delete = |verb: &str| (command(ask, verb, &[]), None);
    let member = |key: &str| document.and_then(|it| it.get(key)).cloned().unwrap_or_default();
    match (name, document) {
        ("public_access_block", Some(_)) => put(
            "put-public-access-block",
            "--public-access-block-configuration",
            canonical("public_access_block", document),
        ),
        ("public_access_block", None) => delete("delete-public-access-block"),
        ("policy", Some(_)) => {
            let text = member("Policy");
            let policy = text.as_str().and_then(|it| serde_json::from_str(it).ok()).unwrap_or(text);
            put("put-bucket-policy", "--policy", policy)
        }
        ("policy", None) => delete("delete-bucket-policy"),
        ("acl", Some(it)) => match (it.get("Canned").and_then(Json::as_str), it.get("Owner"), it.get("Grants")) {
            (Some(canned), _, _) => (command(ask, "put-bucket-acl", &["--acl", canned]), None),
            (None, Some(owner), Some(grants)) => match owner.get("ID").and_then(Json::as_str) {
                // The display name is the account's, not the ACL's.
                Some(id) => {
                    let sends = json!({ "Owner": { "ID": id }, "Grants": grants });
                    put("put-bucket-acl", "--access-control-policy", sends)
                }
                // What was replayed of a trail need not say who owns the bucket; its grants are without the owner's own.
                None => match (canned(it), live_owner(ask)) {
                    (Some(canned), _) => (command(ask, "put-bucket-acl", &["--acl", canned]), None),
                    (None, owner) => {
                        let mut grants = grants.as_array().cloned().unwrap_or_default();
                        let grantee = json!({ "Type": "CanonicalUser", "ID": owner });
                        grants.push(json!({ "Grantee": grantee, "Permission": "FULL_CONTROL" }));
                        let sends = json!({ "Owner": { "ID": owner }, "Grants": grants });
                        put("put-bucket-acl", "--access-control-policy", sends)
                    }
                },
            },
            _ => (command(ask, "put-bucket-acl", &["--acl", "private"]), None),
        },
        ("acl", None) => (command(ask, "put-bucket-acl", &["--acl", "private"]), None),
        ("ownership", Some(_)) => {
            put("put-bucket-ownership-controls", "--ownership-controls", member("OwnershipControls"))
        }
        ("ownership", None) => delete("delete-bucket-ownership-controls"),
        ("versioning", it) => {
            // What once had versions can be suspended, never be without.
            let status = it.and_then(|it| it.get("Status")).and_then(Json::as_str).filter(|it| *it == "Enabled");
            put(
                "put-bucket-versioning",
                "--versioning-configuration",
                json!({ "Status": status.unwrap_or("Suspended") }),
            )
        }
        ("encryption", Some(_)) => put(
            "put-bucket-encryption",
            "--server-side-encryption-configuration",
            member("ServerSideEncryptionConfiguration"),
        ),
        ("encryption", None) => delete("delete-bucket-encryption"),
        ("logging", it) => {
            put("put-bucket-logging", "--bucket-logging-status", it.cloned().unwrap_or_else(|| json!({})))
        }
        ("lifecycle", Some(_)) => {
            let mut out = put(
                "put-bucket-lifecycle-configuration",
                "--lifecycle-configuration",
                json!({ "Rules": member("Rules") }),
            );
            // It stands beside the rules in the answer, and is an argument of its own.
            if let Some(size) = member("TransitionDefaultMinimumObjectSize").as_str() {
                out.0.extend(["--transition-default-minimum-object-size".to_owned(), size.to_owned()]);
            }
            out
        }
        ("lifecycle", None) => delete("delete-bucket-lifecycle"),
        ("replication", Some(_)) => {
            put("put-bucket-replication", "--replication-configuration", member("ReplicationConfiguration"))
        }
        ("replication", None) => delete("delete-bucket-replication"),
        ("cors", Some(_)) => {
            put("put-bucket-cors", "--cors-configuration", json!({ "CORSRules": member("CORSRules") }))
        }
        ("cors", None) => delete("delete-bucket-cors"),
        ("website", Some(it)) => put("put-bucket-website", "--website-configuration", it.clone()),
        ("website", None) => delete("delete-bucket-website"),
        ("notification", it) => put(
            "put-bucket-notification-configuration",
            "--notification-configuration",
            it.cloned().unwrap_or_else(|| json!({})),
        ),
        ("acceleration", it) => put(
            "put-bucket-accelerate-configuration",
            "--accelerate-configuration",
            it.cloned().unwrap_or_else(|| json!({ "Status": "Suspended" })),
        ),
        ("request_payment", it) => put(
            "put-bucket-request-payment",
            "--request-payment-configuration",
            it.cloned().unwrap_or_else(|| json!({ "Payer": "BucketOwner" })),
        ),
        ("tags", Some(it)) => put("put-bucket-tagging", "--tagging", it.clone()),
        _ => delete("delete-bucket-tagging"),
    }
}

/// The action that a call to the bucket needs; nothing where the call is about something else than the bucket.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>
pub(super) fn action(command: &[String]) -> Option<&'static str> {
    match (command.first()?.as_str(), command.get(1)?.as_str()) {
        ("s3api", verb) => Some(match verb {
            "put-public-access-block" | "delete-public-access-block" => "s3:PutBucketPublicAccessBlock",
            "put-bucket-policy" => "s3:PutBucketPolicy",
            "delete-bucket-policy" => "s3:DeleteBucketPolicy",
            "put-bucket-acl" => "s3:PutBucketAcl",
            "put-bucket-ownership-controls" | "delete-bucket-ownership-controls" => "s3:PutBucketOwnershipControls",
            "put-bucket-versioning" => "s3:PutBucketVersioning",
            "put-bucket-encryption" | "delete-bucket-encryption" => "s3:PutEncryptionConfiguration",
            "put-bucket-logging" => "s3:PutBucketLogging",
            "put-bucket-lifecycle-configuration" | "delete-bucket-lifecycle" => "s3:PutLifecycleConfiguration",
            "put-bucket-replication" | "delete-bucket-replication" => "s3:PutReplicationConfiguration",
            "put-bucket-cors" | "delete-bucket-cors" => "s3:PutBucketCORS",
            "put-bucket-website" => "s3:PutBucketWebsite",
            "delete-bucket-website" => "s3:DeleteBucketWebsite",
            "put-bucket-notification-configuration" => "s3:PutBucketNotification",
            "put-bucket-accelerate-configuration" => "s3:PutAccelerateConfiguration",
            "put-bucket-request-payment" => "s3:PutBucketRequestPayment",
            "put-bucket-tagging" | "delete-bucket-tagging" => "s3:PutBucketTagging",
            _ => return None,
        }),
        _ => None,
    }
}

/// What takes a step back: the feature as it was. Versioning that never was can be suspended only.
fn undo(ask: &Ask<'_>, name: &str, before: Option<&Json>) -> (Vec<String>, Option<Json>) {
    call(ask, name, before, "before")
}

/// The document of a feature that a canonical state stands for, for the model of a prefix.
pub(super) fn applied(step: &Step) -> Option<Json> {
    let sends = step.sends.clone();
    match step.feature.as_str() {
        "public_access_block" | super::ACCOUNT => sends.map(|it| json!({ "PublicAccessBlockConfiguration": it })),
        "policy" => sends.map(|it| json!({ "Policy": it.to_string() })),
        "acl" => match sends {
            Some(it) => Some(it),
            None => {
                let canned = step.command.iter().skip_while(|it| *it != "--acl").nth(1).cloned().unwrap_or_default();
                Some(expanded(&canned))
            }
        },
        "ownership" => sends.map(|it| json!({ "OwnershipControls": it })),
        _ => sends,
    }
}

/// The canonical id of the owner of the bucket as it is.
fn live_owner(ask: &Ask<'_>) -> Option<String> {
    Some(ask.live.features.get("acl")?.value()?.pointer("/Owner/ID")?.as_str()?.to_owned())
}

/// The canned ACL that grants the same.
fn canned(acl: &Json) -> Option<&'static str> {
    let same = |name: &str| canonical("acl", Some(&json!({ "Canned": name }))) == canonical("acl", Some(acl));
    ["private", "public-read", "public-read-write", "authenticated-read", "log-delivery-write"]
        .into_iter()
        .find(|it| same(it))
}

/// A canned ACL as grants, the owner's own aside.
fn expanded(canned: &str) -> Json {
    let grants: Vec<Json> = canonical("acl", Some(&json!({ "Canned": canned })))
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it.as_str()?.split_once(' ').map(|(who, permission)| (who.to_owned(), permission.to_owned())))
        .map(|(who, permission)| {
            let folder = if who == "LogDelivery" { "s3" } else { "global" };
            let mut grantee = Map::new();
            grantee.insert("Type".to_owned(), json!("Group"));
            grantee.insert("URI".to_owned(), json!(format!("http://acs.amazonaws.com/groups/{folder}/{who}")));
            json!({ "Grantee": grantee, "Permission": permission })
        })
        .collect();
    json!({ "Owner": { "ID": "owner" }, "Grants": grants })
}
