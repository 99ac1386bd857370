//! What an event leaves of a bucket's configuration.
//!
//! CloudTrail's names are neither those of the API nor those of IAM actions, and its parameters are XML turned to JSON: a list of
//! one is no list. Bodies that no public record shows are read defensively: what is not there makes the feature unknown.

use serde_json::{Map, Value as Json, json};

use crate::frontend::live::{FEATURES, State};

use super::super::time::Time;
use super::{Event, translate};

/// A bucket and the account's settings at a time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Now {
    /// Whether the bucket exists; it may have been deleted.
    pub exists: bool,
    /// Whether that is known: from a state before the trail, or from a call that was answered.
    pub is_known: bool,
    pub features: std::collections::BTreeMap<String, State>,
    pub account: State,
}

/// Code of what the trail does not reach back to.
pub(super) const BEFORE: &str = "BeforeTheTrail";

impl Now {
    /// Before the first event.
    pub fn unknown() -> Self {
        let state = || State::unknown(BEFORE, "the trail does not reach back so far");
        let features = FEATURES.iter().map(|it| (it.name.to_owned(), state()));
        Self { exists: true, is_known: false, features: features.collect(), account: state() }
    }

    /// The feature that an event set, where it set one; `None` where it changes nothing that is kept. In us-east-1 its owner may
    /// create a bucket again: that resets the ACL and leaves the rest.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>
    pub fn apply(&mut self, event: &Event) -> Option<&'static str> {
        let it = &event.parameters;
        let (feature, state) = match event.name.as_str() {
            "CreateBucket" if self.exists && self.is_known => ("acl", created_acl(it)),
            "CreateBucket" => {
                self.create(event);
                return Some("bucket");
            }
            "DeleteBucket" => {
                (self.exists, self.is_known) = (false, true);
                self.features.values_mut().for_each(|it| *it = State::absent());
                return Some("bucket");
            }
            "PutAccountPublicAccessBlock" => {
                self.account = block(it);
                return Some("account");
            }
            "DeleteAccountPublicAccessBlock" => {
                self.account = State::absent();
                return Some("account");
            }
            "PutBucketPolicy" => ("policy", policy(it)),
            "DeleteBucketPolicy" => ("policy", State::absent()),
            "PutBucketPublicAccessBlock" | "PutPublicAccessBlock" => ("public_access_block", block(it)),
            "DeleteBucketPublicAccessBlock" | "DeletePublicAccessBlock" => ("public_access_block", State::absent()),
            "PutBucketAcl" => ("acl", acl(it)),
            "PutBucketOwnershipControls" => ("ownership", ownership(it)),
            "DeleteBucketOwnershipControls" => ("ownership", State::absent()),
            "PutBucketVersioning" => ("versioning", versioning(it)),
            "PutBucketLogging" => ("logging", logging(it)),
            "PutBucketLifecycle" | "PutBucketLifecycleConfiguration" | "PutBucketLifeCycle" => {
                ("lifecycle", lifecycle(it))
            }
            "DeleteBucketLifecycle" | "DeleteBucketLifeCycle" => ("lifecycle", State::absent()),
            "PutBucketEncryption" => ("encryption", untranslated()),
            "DeleteBucketEncryption" => ("encryption", State::absent()),
            "PutBucketReplication" => ("replication", untranslated()),
            "DeleteBucketReplication" => ("replication", State::absent()),
            "PutBucketCors" => ("cors", untranslated()),
            "DeleteBucketCors" => ("cors", State::absent()),
            "PutBucketWebsite" => ("website", untranslated()),
            "DeleteBucketWebsite" => ("website", State::absent()),
            "PutBucketTagging" => ("tags", untranslated()),
            "DeleteBucketTagging" => ("tags", State::absent()),
            "PutBucketNotification" | "PutBucketNotificationConfiguration" => ("notification", untranslated()),
            "PutBucketRequestPayment" => ("request_payment", member(it, "RequestPaymentConfiguration", "Payer")),
            "PutBucketAccelerateConfiguration" | "PutAccelerateConfiguration" => {
                ("acceleration", member(it, "AccelerateConfiguration", "Status"))
            }
            "PutBucketObjectLockConfiguration" | "PutObjectLockConfiguration" => ("object_lock", object_lock(it)),
            _ => {
                self.is_known |= event.bucket.is_some() && self.exists;
                return None;
            }
        };
        self.is_known |= self.exists;
        self.features.insert(feature.to_owned(), state);
        Some(feature)
    }

    /// Since April 2023 a bucket starts with Block Public Access on and ACLs off.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html>
    fn create(&mut self, event: &Event) {
        const SINCE: &str = "2023-04-27T00:00:00Z";
        let is_new = Time::parse(SINCE).is_some_and(|it| it <= event.time);
        (self.exists, self.is_known) = (true, true);
        self.features.values_mut().for_each(|it| *it = State::absent());
        let mut set = |name: &str, value: Json| self.features.insert(name.to_owned(), State::set(value));
        let ownership = scalar(event.parameters.get("x-amz-object-ownership"));
        if is_new {
            set(
                "public_access_block",
                json!({ "PublicAccessBlockConfiguration": {
                    "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true,
                }}),
            );
        }
        // Object Lock comes with versions.
        if flag(event.parameters.get("x-amz-bucket-object-lock-enabled"))
            || scalar(event.parameters.get("x-amz-bucket-object-lock-enabled")).as_deref() == Some("true")
        {
            set("versioning", json!({ "Status": "Enabled" }));
            set("object_lock", json!({ "ObjectLockConfiguration": { "ObjectLockEnabled": "Enabled" } }));
        }
        if let Some(ownership) = ownership.or_else(|| is_new.then(|| "BucketOwnerEnforced".to_owned())) {
            set("ownership", json!({ "OwnershipControls": { "Rules": [{ "ObjectOwnership": ownership }] } }));
        }
        self.features.insert("acl".to_owned(), created_acl(&event.parameters));
        // A bucket can be made with tags: what the record has of them is not translated.
        if event
            .parameters
            .get("CreateBucketConfiguration")
            .is_some_and(|it| it.get("Tags").is_some() || it.get("TagSet").is_some())
        {
            self.features.insert("tags".to_owned(), untranslated());
        }
    }
}

/// The ACL that a CreateBucket leaves: private where it says none.
fn created_acl(it: &Json) -> State {
    if says_acl(it) { acl(it) } else { canned("private").unwrap_or_default() }
}

/// Whether a call's parameters have an ACL.
pub(super) fn says_acl(it: &Json) -> bool {
    ["x-amz-acl", "accessControlList", "AccessControlPolicy"].iter().any(|key| it.get(key).is_some())
        || it.as_object().is_some_and(|it| it.keys().any(|it| it.starts_with("x-amz-grant-")))
}

/// When the bucket was changed for the first time, and for the last.
#[must_use]
pub fn first_change(events: &[Event], bucket: &str) -> Option<(Time, Time)> {
    span(events, |it| it.bucket.as_deref() == Some(bucket))
}

/// When the account's own setting was changed for the first time, and for the last; of whatever account where nobody says which it is.
#[must_use]
pub fn account_change(events: &[Event], account: Option<&str>) -> Option<(Time, Time)> {
    let is_own = |it: &Event| account.is_none() || it.account.is_none() || it.account.as_deref() == account;
    span(events, |it| it.name.ends_with("AccountPublicAccessBlock") && is_own(it))
}

fn span(events: &[Event], is_it: impl Fn(&Event) -> bool) -> Option<(Time, Time)> {
    let is_change = |it: &&Event| it.is_of_s3() && it.error.is_none() && changes(it) && is_it(it);
    let times = || events.iter().filter(is_change).map(|it| it.time);
    Some((times().min()?, times().max()?))
}

/// Whether a call changes what is kept of a bucket or its account.
pub(super) fn changes(event: &Event) -> bool {
    let may = ["Put", "Delete", "Create"].iter().any(|it| event.name.starts_with(it));
    may && Now::unknown().apply(event).is_some()
}

/// Code of what was set, and of which the form is not translated.
pub(super) const NOT_TRANSLATED: &str = "NotTranslated";

fn untranslated() -> State {
    State::unknown(NOT_TRANSLATED, "the event's form of it is not translated")
}

fn missing(what: &str) -> State {
    State::unknown("NotInEvent", format!("the event does not say {what}"))
}

/// A text, or a list of one.
pub(super) fn scalar(it: Option<&Json>) -> Option<String> {
    match it? {
        Json::String(text) if !text.is_empty() => Some(text.clone()),
        Json::Array(all) => scalar(all.first()),
        _ => None,
    }
}

/// A list, or its only item.
pub(super) fn list(it: Option<&Json>) -> Vec<&Json> {
    match it {
        Some(Json::Array(all)) => all.iter().collect(),
        Some(Json::Null) | None => Vec::new(),
        Some(one) => vec![one],
    }
}

/// The rules of a configuration: `Rule` in what CloudTrail keeps of S3's XML, `Rules` in the form of the aws CLI.
pub(super) fn rules(it: Option<&Json>) -> Vec<&Json> {
    list(it.and_then(|it| it.get("Rule").or_else(|| it.get("Rules"))))
}

/// The rules of a replication that are on; `None` where it has none at all, or they cannot be read.
pub(super) fn replicating(document: &Json) -> Option<Vec<&Json>> {
    let mut all = Some(rules(document.get("ReplicationConfiguration"))).filter(|it| !it.is_empty())?;
    all.retain(|it| it.get("Status").and_then(Json::as_str) != Some("Disabled"));
    Some(all)
}

fn flag(it: Option<&Json>) -> bool {
    matches!(it, Some(Json::Bool(true))) || it.and_then(Json::as_str) == Some("true")
}

fn policy(it: &Json) -> State {
    match it.get("bucketPolicy") {
        Some(Json::String(text)) if !text.is_empty() => State::set(json!({ "Policy": text })),
        Some(document @ Json::Object(_)) => State::set(json!({ "Policy": document.to_string() })),
        _ => missing("the policy"),
    }
}

fn block(it: &Json) -> State {
    let Some(it) = it.get("PublicAccessBlockConfiguration").filter(|it| it.is_object()) else {
        return missing("the settings");
    };
    let names = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
    let flags: Map<String, Json> = names.iter().map(|name| ((*name).to_owned(), flag(it.get(*name)).into())).collect();
    State::set(json!({ "PublicAccessBlockConfiguration": flags }))
}

fn canned(name: &str) -> Option<State> {
    let everyone = |permission: &str| group("http://acs.amazonaws.com/groups/global/AllUsers", permission);
    let grants = match name {
        "private" | "bucket-owner-read" | "bucket-owner-full-control" => Vec::new(),
        "public-read" => vec![everyone("READ")],
        "public-read-write" => vec![everyone("READ"), everyone("WRITE")],
        "authenticated-read" => vec![group("http://acs.amazonaws.com/groups/global/AuthenticatedUsers", "READ")],
        "log-delivery-write" => {
            let log = |permission| group("http://acs.amazonaws.com/groups/s3/LogDelivery", permission);
            vec![log("WRITE"), log("READ_ACP")]
        }
        _ => return None,
    };
    Some(State::set(json!({ "Owner": {}, "Grants": grants })))
}

fn group(uri: &str, permission: &str) -> Json {
    json!({ "Grantee": { "Type": "Group", "URI": uri }, "Permission": permission })
}

pub(super) fn acl(it: &Json) -> State {
    if let Some(name) = scalar(it.get("x-amz-acl")) {
        return canned(&name).unwrap_or_else(|| missing("an ACL that is known"));
    }
    let headers = it.get("accessControlList").unwrap_or(it);
    const HEADERS: [(&str, &str); 5] = [
        ("x-amz-grant-read", "READ"),
        ("x-amz-grant-write", "WRITE"),
        ("x-amz-grant-read-acp", "READ_ACP"),
        ("x-amz-grant-write-acp", "WRITE_ACP"),
        ("x-amz-grant-full-control", "FULL_CONTROL"),
    ];
    let mut grants = Vec::new();
    for (name, permission) in HEADERS {
        // A header that was sent several times is a list.
        let texts: Vec<String> = match headers.get(name) {
            Some(Json::Array(all)) => all.iter().map(|it| scalar(Some(it)).unwrap_or_default()).collect(),
            one => scalar(one).into_iter().collect(),
        };
        for part in texts.iter().flat_map(|it| it.split(',')) {
            let Some((kind, value)) = part.trim().split_once('=') else { return missing("whom the ACL grants to") };
            let value = value.trim_matches('"');
            grants.push(match kind.trim() {
                "uri" => group(value, permission),
                "id" => json!({ "Grantee": { "Type": "CanonicalUser", "ID": value }, "Permission": permission }),
                _ => json!({ "Grantee": { "EmailAddress": value }, "Permission": permission }),
            });
        }
    }
    let document = it.get("AccessControlPolicy");
    let owner = document.and_then(|it| it.get("Owner")).and_then(|it| scalar(it.get("ID")));
    let body = document.and_then(|it| it.get("AccessControlList"));
    if let Some(body) = body {
        for grant in list(body.get("Grant")) {
            let grantee = grant.get("Grantee");
            let member = |key: &str| grantee.and_then(|it| scalar(it.get(key)));
            let Some(permission) = scalar(grant.get("Permission")) else { return missing("a permission") };
            grants.push(match (member("URI"), member("ID"), member("EmailAddress")) {
                (Some(uri), _, _) => group(&uri, &permission),
                (_, Some(id), _) => {
                    json!({ "Grantee": { "Type": "CanonicalUser", "ID": id }, "Permission": permission })
                }
                (_, _, Some(mail)) => json!({ "Grantee": { "EmailAddress": mail }, "Permission": permission }),
                _ => return missing("whom the ACL grants to"),
            });
        }
    }
    if grants.is_empty() && body.is_none() {
        return missing("the ACL");
    }
    // Who owns the bucket is not said by every call, and no grant is the owner's by guess.
    State::set(json!({ "Owner": owner.map_or_else(|| json!({}), |it| json!({ "ID": it })), "Grants": grants }))
}

fn ownership(it: &Json) -> State {
    match rules(it.get("OwnershipControls")).first().and_then(|it| scalar(it.get("ObjectOwnership"))) {
        Some(ownership) => State::set(json!({ "OwnershipControls": { "Rules": [{ "ObjectOwnership": ownership }] } })),
        None => missing("the ownership"),
    }
}

/// The API says `MFADelete`, CloudTrail `MfaDelete`.
fn versioning(it: &Json) -> State {
    let Some(it) = it.get("VersioningConfiguration") else { return missing("the status") };
    let mut out = Map::new();
    for (from, to) in [("Status", "Status"), ("MfaDelete", "MFADelete"), ("MFADelete", "MFADelete")] {
        if let Some(text) = scalar(it.get(from)) {
            out.insert(to.to_owned(), text.into());
        }
    }
    State::set(out.into())
}

/// Without `LoggingEnabled` it is turned off.
fn logging(it: &Json) -> State {
    match it.get("BucketLoggingStatus") {
        None => missing("the status"),
        Some(status) => match status.get("LoggingEnabled").filter(|it| it.is_object()) {
            None => State::absent(),
            Some(it) => State::set(json!({ "LoggingEnabled": translate::logging(it) })),
        },
    }
}

/// A feature that is one text within its document.
fn member(it: &Json, document: &str, key: &str) -> State {
    match it.get(document).and_then(|it| scalar(it.get(key))) {
        Some(text) => State::set(json!({ key: text })),
        None => missing("it in a way that is known"),
    }
}

fn lifecycle(it: &Json) -> State {
    let is_read = |it: &Json| {
        let rules = rules(Some(it));
        !rules.is_empty() && rules.iter().all(|it| it.get("Status").is_some_and(Json::is_string))
    };
    match it.get("LifecycleConfiguration") {
        // S3 takes no lifecycle without a rule; what is too long is left out of a record.
        Some(it) if is_read(it) => State::set(translate::lifecycle(it)),
        _ => missing("the rules"),
    }
}

fn object_lock(it: &Json) -> State {
    let is_read = |it: &&Json| {
        let retention = it.get("Rule").map(|it| it.get("DefaultRetention"));
        it.is_object() && retention.is_none_or(|it| it.is_some_and(Json::is_object))
    };
    match it.get("ObjectLockConfiguration").filter(is_read) {
        None => missing("the configuration"),
        Some(it) => State::set(json!({ "ObjectLockConfiguration": translate::object_lock(it) })),
    }
}
