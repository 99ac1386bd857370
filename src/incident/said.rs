//! What a source says of each feature, as the document that `aws s3api` prints and takes.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::frontend::live::{BucketRecord, FEATURES, NOT_IN_SOURCE, State};
use crate::model::{
    Account, Acl, AclGrant, Bucket, Encryption, Format, Grantee, ObjectLock, PublicAccessBlock, Written,
};
use crate::policy::{Effect, Patterns, Policy, PrincipalKind, Statement};
use crate::value::{Attr, Cause, Kind, Seg, SymStr, Symbol, Val, Value};

/// What a source says of one feature.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// This document: what `aws s3api` would print.
    Set(Json),
    /// There is one, of which the model keeps a summary only, and why: it is compared by that, and never sent to AWS.
    Summary(String),
    /// There is none.
    Absent,
    /// The source says nothing, and does not claim to: code manages what it mentions.
    Silent,
    /// Not known, and why.
    Unknown(String),
}

/// By the feature's name.
pub type Sayings = BTreeMap<&'static str, Said>;

/// What a record of a snapshot says.
#[must_use]
pub fn of_record(record: &BucketRecord) -> Sayings {
    FEATURES.iter().map(|it| (it.name, of_state(record.features.get(it.name)))).collect()
}

/// What a state of a snapshot says.
#[must_use]
pub fn of_state(state: Option<&State>) -> Said {
    match state {
        Some(State::Set { value, .. }) => Said::Set(value.clone()),
        Some(State::Absent { .. }) => Said::Absent,
        Some(State::Unknown { code, .. }) if code == NOT_IN_SOURCE => Said::Silent,
        Some(State::Unknown { code, message, .. }) => Said::Unknown(format!("{code}: {message}")),
        None => Said::Unknown("nobody asked for it".to_owned()),
    }
}

/// What code says of account-wide Block Public Access.
#[must_use]
pub fn of_account(account: &Account) -> Said {
    said(&account.public_access_block, block)
}

/// What code says of a bucket that is called `name`.
#[must_use]
pub fn of_code(bucket: &Bucket, name: &str) -> Sayings {
    let own = Own { address: &bucket.address, name, point: None };
    let mut out = Sayings::new();
    out.insert("public_access_block", said(&bucket.public_access_block, block));
    out.insert("policy", said(&bucket.policy, |it| Ok(json!({ "Policy": policy(it, &own)?.to_string() }))));
    out.insert("policy_status", Said::Silent);
    out.insert("acl", said(&bucket.acl, |it| acl(it, &own)));
    out.insert(
        "ownership",
        said(&bucket.ownership, |it| {
            Ok(json!({ "OwnershipControls": { "Rules": [{ "ObjectOwnership": it.as_str() }] } }))
        }),
    );
    out.insert(
        "versioning",
        said(&bucket.versioning, |it| {
            let mut document = Map::new();
            put(&mut document, "Status", text(&it.status)?);
            // CloudFormation cannot say it: then it is left alone.
            if it.mfa_delete.why().is_none_or(|it| it.cause() != Cause::NotInInput) {
                put(&mut document, "MFADelete", text(&it.mfa_delete)?.filter(|it| !it.is_empty()));
            }
            Ok(document.into())
        }),
    );
    out.insert("encryption", said(&bucket.encryption, |it| encryption(it, &own)));
    out.insert(
        "logging",
        said(&bucket.logging, |it| {
            // CloudFormation logs into the bucket itself where no other is named.
            let target = symbolic(&it.target_bucket, &own)?.unwrap_or_else(|| name.to_owned());
            let prefix = symbolic(&it.target_prefix, &own)?.unwrap_or_default();
            let mut enabled = Map::new();
            enabled.insert("TargetBucket".to_owned(), target.into());
            if let Json::Object(mut more) = document(&it.written, &own)? {
                for name in ["TargetGrants", "TargetObjectKeyFormat"] {
                    enabled.extend(more.shift_remove(name).map(|value| (name.to_owned(), value)));
                }
            }
            enabled.insert("TargetPrefix".to_owned(), prefix.into());
            Ok(json!({ "LoggingEnabled": enabled }))
        }),
    );
    out.insert("object_lock", said(&bucket.object_lock, object_lock));
    out.insert(
        "lifecycle",
        whole(&bucket.lifecycle, |it| {
            let rules = it.rules.iter().map(|it| document(&it.written, &own)).collect::<Result<Vec<_>>>()?;
            let mut out = Map::from_iter([("Rules".to_owned(), rules.into())]);
            put(&mut out, "TransitionDefaultMinimumObjectSize", text(&it.minimum_object_size)?);
            Ok(out.into())
        }),
    );
    out.insert(
        "replication",
        whole(&bucket.replication, |it| {
            let rules = it.rules.iter().map(|it| document(&it.written, &own)).collect::<Result<Vec<_>>>()?;
            Ok(json!({ "ReplicationConfiguration": { "Role": symbolic(&it.role, &own)?, "Rules": rules } }))
        }),
    );
    out.insert(
        "cors",
        whole(&bucket.cors, |it| {
            let rules = it.iter().map(|it| document(&it.written, &own)).collect::<Result<Vec<_>>>()?;
            Ok(json!({ "CORSRules": rules }))
        }),
    );
    out.insert("website", whole(&bucket.website, |it| document(&it.written, &own)));
    out.insert("notification", whole(&bucket.notification, |it| document(&it.written, &own)));
    out.insert(
        "tags",
        said(&bucket.tags, |tags| {
            let mut all = Vec::new();
            for tag in tags {
                all.push(json!({ "Key": tag.key, "Value": text(&tag.value)?.unwrap_or_default() }));
            }
            Ok(json!({ "TagSet": all }))
        }),
    );
    out.insert("acceleration", said(&bucket.acceleration, |it| Ok(json!({ "Status": it }))));
    out.insert("request_payment", Said::Silent);
    if bucket.format == Format::Policy {
        out.iter_mut().filter(|it| *it.0 != "policy").for_each(|it| *it.1 = Said::Silent);
    }
    out
}

/// Says why not.
pub(super) type Result<T> = std::result::Result<T, String>;

/// The bucket's own identity: its address stands for its name in what code says.
pub(super) struct Own<'a> {
    pub(super) address: &'a str,
    pub(super) name: &'a str,
    /// The same of an access point of it: address, name, and ARN where it is known where that is.
    pub(super) point: Option<(&'a str, &'a str, Option<&'a str>)>,
}

impl Own<'_> {
    fn text(&self, symbol: &Symbol) -> Option<String> {
        if *symbol.entity == *self.address {
            return matches!(&*symbol.attribute, "id" | "bucket").then(|| self.name.to_owned());
        }
        let (address, name, arn) = self.point.filter(|it| *symbol.entity == *it.0)?;
        match &*symbol.attribute {
            "arn" | "Arn" => arn.map(str::to_owned),
            "name" | "Name" => Some(name.to_owned()),
            // What `Ref` gives: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-accesspoint.html>
            "Ref" | "" if !address.starts_with("aws_") => Some(name.to_owned()),
            _ => None,
        }
    }
}

pub(super) fn said<T>(attr: &Attr<T>, read: impl Fn(&T) -> Result<Json>) -> Said {
    match &attr.value {
        Value::Known(it) => match read(it) {
            Ok(document) => Said::Set(document),
            Err(why) => Said::Unknown(why),
        },
        Value::Absent => Said::Silent,
        Value::Unknown(why) if why.cause() == Cause::NotInInput => Said::Silent,
        Value::Unknown(why) | Value::OneOf(_, why) => Said::Unknown(why.to_string()),
    }
}

/// Of what the model keeps a summary: where the document cannot be made whole, the summary is what is compared.
fn whole<T>(attr: &Attr<T>, read: impl Fn(&T) -> Result<Json>) -> Said {
    match (&attr.value, said(attr, read)) {
        (Value::Known(_), Said::Unknown(why)) => Said::Summary(why),
        (_, said) => said,
    }
}

/// What code writes, the bucket's own name put in.
fn document(written: &Written, own: &Own<'_>) -> Result<Json> {
    json_of(written.whole()?, own)
}

fn json_of(val: &Val, own: &Own<'_>) -> Result<Json> {
    if val.sensitive {
        return Err("a value in it is marked sensitive".to_owned());
    }
    Ok(match &val.kind {
        Kind::Null => Json::Null,
        Kind::Bool(it) => (*it).into(),
        // Whole numbers are written without a fraction.
        Kind::Number(it) => match format!("{:.0}", it.value).parse::<i64>() {
            Ok(whole) if it.value.fract() == 0.0 => whole.into(),
            _ => it.value.into(),
        },
        Kind::List(list) => match &list.rest {
            Some(why) => return Err(why.to_string()),
            None => list.items.iter().map(|it| json_of(it, own)).collect::<Result<Vec<_>>>()?.into(),
        },
        Kind::Map(map) => {
            if let Some(why) = &map.rest {
                return Err(why.to_string());
            }
            let entry = |it: &crate::value::Entry| Ok((resolved(&it.key, own)?, json_of(&it.value, own)?));
            Json::Object(map.entries.iter().map(entry).collect::<Result<Map<_, _>>>()?)
        }
        Kind::String(_) | Kind::Json(_) | Kind::Unknown(_) => match val.as_symstr() {
            Some(text) => resolved(&text, own)?.into(),
            None => return Err("a value in it is not known".to_owned()),
        },
        Kind::Choice(_) => {
            return Err(val.why().map_or_else(|| "a value in it is one of several".to_owned(), |it| it.to_string()));
        }
    })
}

fn put(map: &mut Map<String, Json>, key: &str, value: Option<String>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), value.into());
    }
}

fn plain<T: Clone>(attr: &Attr<T>) -> Result<Option<T>> {
    match &attr.value {
        Value::Known(it) => Ok(Some(it.clone())),
        Value::Absent => Ok(None),
        Value::Unknown(why) | Value::OneOf(_, why) => Err(why.to_string()),
    }
}

fn text(attr: &Attr<String>) -> Result<Option<String>> {
    plain(attr)
}

fn symbolic(attr: &Attr<SymStr>, own: &Own<'_>) -> Result<Option<String>> {
    plain(attr)?.map(|it| resolved(&it, own)).transpose()
}

/// The text, the bucket's own name put in where its address stands.
pub(super) fn resolved(text: &SymStr, own: &Own<'_>) -> Result<String> {
    let mut out = String::new();
    for seg in text.segs() {
        match seg {
            Seg::Lit(lit) => out.push_str(&lit.text),
            Seg::Hole(hole) => match hole.known.as_deref().map(str::to_owned).or_else(|| own.text(&hole.symbol)) {
                Some(known) => out.push_str(&known),
                None => return Err(hole.why.to_string()),
            },
        }
    }
    Ok(out)
}

fn block(it: &PublicAccessBlock) -> Result<Json> {
    Ok(json!({ "PublicAccessBlockConfiguration": {
        "BlockPublicAcls": plain(&it.block_public_acls)?.unwrap_or(false),
        "IgnorePublicAcls": plain(&it.ignore_public_acls)?.unwrap_or(false),
        "BlockPublicPolicy": plain(&it.block_public_policy)?.unwrap_or(false),
        "RestrictPublicBuckets": plain(&it.restrict_public_buckets)?.unwrap_or(false),
    }}))
}

/// `Canned` is not a member of AWS's answer: `put-bucket-acl` takes it as `--acl`.
fn acl(it: &Acl, own: &Own<'_>) -> Result<Json> {
    if let Some(why) = &it.grants_rest {
        return Err(why.to_string());
    }
    if let Some(canned) = text(&it.canned)? {
        return Ok(json!({ "Canned": canned }));
    }
    let grants = it.grants.iter().map(|it| grant(it, own)).collect::<Result<Vec<_>>>()?;
    // Whose the bucket is, where a grant is known to be the owner's.
    let owner = it.grants.iter().find_map(|it| match it.grantee.as_known() {
        Some(Grantee::CanonicalUser { own: true, id }) => id.known(),
        _ => None,
    });
    Ok(match owner {
        Some(owner) => json!({ "Owner": { "ID": owner }, "Grants": grants }),
        None => json!({ "Grants": grants }),
    })
}

fn grant(it: &AclGrant, own: &Own<'_>) -> Result<Json> {
    let missing = || "a grant of the ACL names nobody".to_owned();
    let grantee = match plain(&it.grantee)?.ok_or_else(missing)? {
        Grantee::AllUsers => group("http://acs.amazonaws.com/groups/global/AllUsers"),
        Grantee::AuthenticatedUsers => group("http://acs.amazonaws.com/groups/global/AuthenticatedUsers"),
        Grantee::LogDelivery => group("http://acs.amazonaws.com/groups/s3/LogDelivery"),
        Grantee::Group(uri) => group(&uri),
        Grantee::CanonicalUser { id, .. } => json!({ "Type": "CanonicalUser", "ID": resolved(&id, own)? }),
        Grantee::Email(it) => json!({ "Type": "AmazonCustomerByEmail", "EmailAddress": resolved(&it, own)? }),
    };
    let permission = plain(&it.permission)?.ok_or_else(|| "a grant of the ACL has no permission".to_owned())?;
    Ok(json!({ "Grantee": grantee, "Permission": permission.as_str() }))
}

fn group(uri: &str) -> Json {
    json!({ "Type": "Group", "URI": uri })
}

fn encryption(it: &Encryption, own: &Own<'_>) -> Result<Json> {
    let mut rules = Vec::new();
    for rule in &it.rules {
        let mut by = Map::new();
        put(&mut by, "SSEAlgorithm", text(&rule.algorithm)?);
        put(&mut by, "KMSMasterKeyID", symbolic(&rule.kms_key, own)?);
        let mut one = Map::new();
        one.insert("ApplyServerSideEncryptionByDefault".to_owned(), by.into());
        one.insert("BucketKeyEnabled".to_owned(), plain(&rule.bucket_key_enabled)?.unwrap_or(false).into());
        if let Some(blocked) = plain(&rule.blocked_types)? {
            one.insert("BlockedEncryptionTypes".to_owned(), json!({ "EncryptionType": blocked }));
        }
        rules.push(Json::Object(one));
    }
    Ok(json!({ "ServerSideEncryptionConfiguration": { "Rules": rules } }))
}

fn object_lock(it: &ObjectLock) -> Result<Json> {
    let mut out = Map::new();
    if plain(&it.enabled)? == Some(true) {
        out.insert("ObjectLockEnabled".to_owned(), "Enabled".into());
    }
    if let Some(retention) = plain(&it.retention)? {
        let mut by = Map::new();
        put(&mut by, "Mode", text(&retention.mode)?);
        for (key, value) in [("Days", plain(&retention.days)?), ("Years", plain(&retention.years)?)] {
            if let Some(value) = value.and_then(|it| format!("{it:.0}").parse::<i64>().ok()) {
                by.insert(key.to_owned(), value.into());
            }
        }
        out.insert("Rule".to_owned(), json!({ "DefaultRetention": by }));
    }
    Ok(json!({ "ObjectLockConfiguration": out }))
}

/// A policy as JSON, every part of it known.
pub(super) fn policy(it: &Policy, own: &Own<'_>) -> Result<Json> {
    if let Some(why) = &it.rest {
        return Err(why.to_string());
    }
    let mut out = Map::new();
    put(&mut out, "Version", text(&it.version)?);
    put(&mut out, "Id", text(&it.id)?);
    let mut statements = Vec::new();
    for it in &it.statements {
        match it.exists.truth() {
            crate::value::Truth::Yes => statements.push(statement(it, own)?),
            crate::value::Truth::No => (),
            crate::value::Truth::Unknown => {
                return Err(format!("whether a statement exists depends on `{}`", it.exists));
            }
        }
    }
    out.insert("Statement".to_owned(), statements.into());
    Ok(out.into())
}

fn statement(it: &Statement, own: &Own<'_>) -> Result<Json> {
    if let Some(why) = &it.conditions_rest {
        return Err(why.to_string());
    }
    let mut out = Map::new();
    put(&mut out, "Sid", text(&it.sid)?.filter(|it| !it.is_empty()));
    match plain(&it.effect)? {
        Some(Effect::Allow) => put(&mut out, "Effect", Some("Allow".to_owned())),
        Some(Effect::Deny) => put(&mut out, "Effect", Some("Deny".to_owned())),
        None => return Err("a statement has no `Effect`".to_owned()),
    }
    if it.principals.present {
        if let Some(why) = &it.principals.rest {
            return Err(why.to_string());
        }
        let name = if it.principals.negated { "NotPrincipal" } else { "Principal" };
        let mut by_kind: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
        for one in &it.principals.items {
            let kind = match one.kind {
                PrincipalKind::Anyone | PrincipalKind::Aws => "AWS",
                PrincipalKind::Service => "Service",
                PrincipalKind::Federated => "Federated",
                PrincipalKind::CanonicalUser => "CanonicalUser",
                PrincipalKind::Other => return Err("a principal is of no kind that AWS knows".to_owned()),
            };
            by_kind.entry(kind).or_default().push(resolved(&one.text, own)?.into());
        }
        let only_anyone = it.principals.items.iter().all(|it| it.kind == PrincipalKind::Anyone);
        let value = if only_anyone && !it.principals.items.is_empty() {
            json!("*")
        } else {
            let entries = by_kind.into_iter().map(|(kind, mut all)| {
                let value = if all.len() == 1 { all.pop().unwrap_or_default() } else { all.into() };
                (kind.to_owned(), value)
            });
            Json::Object(entries.collect())
        };
        out.insert(name.to_owned(), value);
    }
    patterns(&mut out, "Action", &it.actions, own)?;
    patterns(&mut out, "Resource", &it.resources, own)?;
    if !it.conditions.is_empty() {
        let mut all = Map::new();
        for one in &it.conditions {
            if let Some(why) = &one.rest {
                return Err(why.to_string());
            }
            let key = resolved(&one.key, own)?;
            let values =
                one.values.iter().map(|it| Ok(Json::from(resolved(&it.0, own)?))).collect::<Result<Vec<_>>>()?;
            let by = all.entry(one.operator.clone()).or_insert_with(|| json!({}));
            if let Some(by) = by.as_object_mut() {
                by.insert(key, scalar_or_list(values));
            }
        }
        out.insert("Condition".to_owned(), all.into());
    }
    Ok(out.into())
}

fn patterns(out: &mut Map<String, Json>, name: &str, it: &Patterns, own: &Own<'_>) -> Result<()> {
    if !it.present {
        return Ok(());
    }
    if let Some(why) = &it.rest {
        return Err(why.to_string());
    }
    let name = if it.negated { format!("Not{name}") } else { name.to_owned() };
    let all = it.items.iter().map(|it| Ok(Json::from(resolved(&it.0, own)?))).collect::<Result<Vec<_>>>()?;
    out.insert(name, scalar_or_list(all));
    Ok(())
}

fn scalar_or_list(mut all: Vec<Json>) -> Json {
    if all.len() == 1 { all.pop().unwrap_or_default() } else { all.into() }
}
