//! The records of a snapshot → buckets, accounts and access points of the model.

use crate::model::{
    AccessPoint, AccessPointKind, Account, AccountLevel, Acl, AclGrant, AclPermission, Bucket, CorsRule,
    DefaultRetention, Encryption, EncryptionRule, Format, Grantee, Lifecycle, LifecycleRule, Logging, NetworkOrigin,
    Notification, ObjectLock, ObjectOwnership, PublicAccessBlock, Replication, ReplicationRule, Tag, Versioning,
    Website, Written, partition_of,
};
use crate::policy::{self, Policy};
use crate::source::Span;
use crate::value::{Attr, Cause, Guard, Kind, Origin, SymStr, Val, Value, Why};

use super::Options;
use super::record::{Features, Record, Said};
use super::snapshot::{NOT_COLLECTED, NOT_IN_SOURCE};

/// A bucket from its record.
pub(super) fn bucket<'r>(name: &str, record: &impl Record<'r>) -> Bucket {
    let origin = record.origin();
    let mut out = Bucket::new(name, Format::Snapshot, origin.clone());
    out.account = record.account().filter(|it| !it.is_empty());
    let region = record.region().filter(|it| !it.is_empty());
    out.partition = region.map(|it| partition_of(&it).to_owned());
    out.provider = out.account.clone().unwrap_or_default();
    out.name = Attr::known(SymStr::text(name), origin.clone());
    let of = record.features();
    out.acl = of.read("acl", acl);
    out.ownership = of.read("ownership", ownership);
    out.public_access_block = of.read("public_access_block", block);
    out.policy = of.policy();
    out.versioning = of.read("versioning", versioning);
    out.encryption = of.read("encryption", encryption);
    out.logging = of.read("logging", logging);
    out.object_lock = of.read("object_lock", object_lock);
    out.lifecycle = of.read("lifecycle", lifecycle);
    out.replication = of.read("replication", replication);
    out.cors = of.read("cors", |it| Value::Known(items(it, "CORSRules").into_iter().map(cors_rule).collect()));
    out.website = of.read("website", |it| {
        let redirects = it.get("RedirectAllRequestsTo").is_some_and(|it| !matches!(it.kind, Kind::Null));
        let redirects_all = Attr::known(redirects, it.origin.clone());
        Value::Known(Website { redirects_all, written: Written::Whole(it.clone()) })
    });
    out.notification = of.read("notification", notification);
    out.tags = of.read("tags", |it| Value::Known(items(it, "TagSet").into_iter().filter_map(tag).collect()));
    out.acceleration = of.read("acceleration", |it| text(it, "Status").value);
    // These are notions of Terraform and CloudFormation: no live bucket has them.
    let beyond = |what: &str| Why::new(Cause::NotInInput, what, out.origin.span);
    out.is_source = false;
    out.force_destroy = Attr::unknown(beyond("force_destroy"), out.origin.clone());
    out.deletion_policy = Attr::unknown(beyond("DeletionPolicy"), out.origin.clone());
    out
}

/// Account-wide Block Public Access.
pub(super) fn account(id: &str, of: &Features<'_>, options: Options) -> Option<Account> {
    let owner = of.owner.clone();
    let block = of.read("public_access_block", block);
    let is_silent = block.why().is_some();
    // What the user says counts where the snapshot says nothing.
    if is_silent && options.account_block_is_given {
        return None;
    }
    Some(known_account(id, owner, block))
}

/// An account that the snapshot does not speak of.
pub(super) fn silent_account(id: &str, at: Span, options: Options) -> Option<Account> {
    if options.account_block_is_given {
        return None;
    }
    let owner = Origin::at(at);
    let why = Why::new(Cause::MissingFile, "account-wide Block Public Access", Some(at));
    Some(known_account(id, owner.clone(), Attr::unknown(why, owner)))
}

fn known_account(id: &str, origin: Origin, public_access_block: Attr<PublicAccessBlock>) -> Account {
    let account_id =
        if id.is_empty() { Attr::absent(origin.clone()) } else { Attr::known(id.to_owned(), origin.clone()) };
    Account {
        address: if id.is_empty() { "account".to_owned() } else { format!("account {id}") },
        exists: Guard::always(),
        provider: id.to_owned(),
        level: AccountLevel::Account,
        account_id,
        public_access_block,
        origin,
    }
}

/// An access point from its record.
pub(super) fn point(record: &Val) -> Option<AccessPoint> {
    let name = scalar(record.get("name")?)?;
    let bucket = scalar(record.get("bucket")?)?;
    let owner = record.origin.clone();
    let of = Features::of_point(record);
    let public_access_block = of.read("point", |it| match it.get("PublicAccessBlockConfiguration") {
        Some(_) => block(it),
        None => Value::Unknown(Why::new(Cause::MissingFile, "Block Public Access of the access point", it.origin.span)),
    });
    let network_origin = of.read("point", |it| match it.get("NetworkOrigin").and_then(Val::as_text).as_deref() {
        Some("VPC") => {
            let vpc = it.get("VpcConfiguration").and_then(|it| it.get("VpcId")).and_then(Val::as_symstr);
            let vpc = vpc.map_or_else(|| Attr::absent(it.origin.clone()), |id| Attr::known(id, it.origin.clone()));
            Value::Known(NetworkOrigin::Vpc(vpc))
        }
        Some("Internet") => Value::Known(NetworkOrigin::Internet),
        _ => Value::Unknown(Why::new(Cause::Invalid, "the access point has no NetworkOrigin", it.origin.span)),
    });
    Some(AccessPoint {
        address: format!("access point {name}"),
        namespace: String::new(),
        kind: AccessPointKind::Bucket,
        format: Format::Snapshot,
        exists: Guard::always(),
        name: Attr::known(SymStr::text(name), owner.clone()),
        bucket: Attr::known(SymStr::text(bucket), owner.clone()),
        bucket_address: None,
        public_access_block,
        policy: of.policy(),
        network_origin,
        origin: owner,
    })
}

impl Features<'_> {
    /// A feature: its document is read where it is set.
    fn read<T>(&self, name: &str, read: impl Fn(&Val) -> Value<T>) -> Attr<T> {
        let Some(said) = self.said(name) else {
            return Attr::unknown(self.unknown(name, NOT_COLLECTED, None, self.owner.span), self.owner.clone());
        };
        match said {
            Said::Set(value) => Attr { value: read(&value), origin: value.origin.clone() },
            Said::Absent(origin) => Attr::absent(origin),
            Said::Unknown { code, message, origin } => {
                Attr::unknown(self.unknown(name, &code, message, origin.span), origin)
            }
            Said::Other(origin) => {
                let why = Why::new(
                    Cause::Invalid,
                    format!("the state of `{name}` is none of set, absent, unknown"),
                    origin.span,
                );
                Attr::unknown(why, origin)
            }
        }
    }

    fn policy(&self) -> Attr<Policy> {
        let document = self.read("policy", |it| match it.get("Policy") {
            Some(text) => Value::Known(text.clone()),
            None => Value::Unknown(Why::new(Cause::Invalid, "the answer has no `Policy`", it.origin.span)),
        });
        match document.value {
            Value::Known(text) => policy::parse(&text),
            Value::Unknown(why) | Value::OneOf(_, why) => Attr::unknown(why, document.origin),
            Value::Absent => Attr::absent(document.origin),
        }
    }

    fn unknown(&self, name: &str, code: &str, message: Option<String>, at: Option<Span>) -> Why {
        let command = self.asked.iter().find(|it| it.name == name).map_or(name, |it| it.command);
        if code == NOT_IN_SOURCE {
            let what = message.filter(|it| !it.is_empty()).unwrap_or_else(|| name.to_owned());
            return Why::new(Cause::NotInInput, what, at);
        }
        Why::new(Cause::MissingFile, format!("{command}: {code}"), at)
    }
}

/// The text of a scalar as written.
pub(super) fn scalar(val: &Val) -> Option<String> {
    if matches!(val.kind, Kind::Null) { Some("null".to_owned()) } else { val.as_text() }
}

pub(super) fn member<'v>(val: &'v Val, key: &str) -> Option<&'v Val> {
    val.get(key).filter(|it| !matches!(it.kind, Kind::Null))
}

fn typed<T>(val: &Val, key: &str, read: impl Fn(&Val) -> Option<T>) -> Attr<T> {
    match member(val, key) {
        None => Attr::absent(val.origin.clone()),
        Some(it) => match read(it) {
            Some(value) => Attr::known(value, it.origin.clone()),
            None => {
                let why =
                    Why::new(Cause::Invalid, format!("`{key}` has another type than AWS gives it"), it.origin.span);
                Attr::unknown(why, it.origin.clone())
            }
        },
    }
}

fn text(val: &Val, key: &str) -> Attr<String> {
    typed(val, key, Val::as_text)
}

fn symbolic(val: &Val, key: &str) -> Attr<SymStr> {
    typed(val, key, Val::as_symstr)
}

fn flag(val: &Val, key: &str) -> Attr<bool> {
    typed(val, key, Val::as_bool)
}

fn number(val: &Val, key: &str) -> Attr<f64> {
    typed(val, key, |it| match &it.kind {
        Kind::Number(number) => Some(number.value),
        _ => None,
    })
}

fn texts(val: &Val, key: &str) -> Attr<Vec<String>> {
    typed(val, key, |it| match &it.kind {
        Kind::List(list) => list.items.iter().map(Val::as_text).collect(),
        _ => None,
    })
}

fn items<'v>(val: &'v Val, key: &str) -> Vec<&'v Val> {
    match member(val, key).map(|it| &it.kind) {
        Some(Kind::List(list)) => list.items.iter().collect(),
        _ => Vec::new(),
    }
}

fn block(it: &Val) -> Value<PublicAccessBlock> {
    match member(it, "PublicAccessBlockConfiguration") {
        None => Value::Unknown(Why::new(Cause::Invalid, "no `PublicAccessBlockConfiguration`", it.origin.span)),
        Some(it) => Value::Known(PublicAccessBlock {
            block_public_acls: flag(it, "BlockPublicAcls"),
            block_public_policy: flag(it, "BlockPublicPolicy"),
            ignore_public_acls: flag(it, "IgnorePublicAcls"),
            restrict_public_buckets: flag(it, "RestrictPublicBuckets"),
        }),
    }
}

fn acl(it: &Val) -> Value<Acl> {
    let owner = member(it, "Owner").and_then(|it| it.get("ID")).and_then(Val::as_text);
    let grants = items(it, "Grants").into_iter().map(|grant| AclGrant {
        origin: grant.origin.clone(),
        grantee: typed(grant, "Grantee", |it| grantee(it, owner.as_deref())),
        permission: typed(grant, "Permission", |it| AclPermission::parse(&it.as_text()?)),
    });
    Value::Known(Acl {
        canned: Attr::absent(it.origin.clone()),
        grants: grants.collect(),
        grants_rest: None,
        is_put: false,
    })
}

/// The type is left out by old clients; what is there tells it.
fn grantee(it: &Val, owner: Option<&str>) -> Option<Grantee> {
    if let Some(uri) = member(it, "URI").and_then(Val::as_text) {
        return Some(Grantee::from_uri(&uri));
    }
    if let Some(id) = member(it, "ID") {
        let own = owner.is_some() && id.as_text().as_deref() == owner;
        return Some(Grantee::CanonicalUser { id: id.as_symstr()?, own });
    }
    member(it, "EmailAddress").and_then(Val::as_symstr).map(Grantee::Email)
}

fn ownership(it: &Val) -> Value<ObjectOwnership> {
    let rules = member(it, "OwnershipControls").map(|it| items(it, "Rules")).unwrap_or_default();
    let rule = rules.first().and_then(|it| it.get("ObjectOwnership")).and_then(Val::as_text);
    match rule.as_deref().and_then(ObjectOwnership::parse) {
        Some(it) => Value::Known(it),
        None => Value::Unknown(Why::new(Cause::Invalid, "no known `ObjectOwnership`", it.origin.span)),
    }
}

fn versioning(it: &Val) -> Value<Versioning> {
    Value::Known(Versioning { status: text(it, "Status"), mfa_delete: text(it, "MFADelete") })
}

fn encryption(it: &Val) -> Value<Encryption> {
    let rules = member(it, "ServerSideEncryptionConfiguration").map(|it| items(it, "Rules")).unwrap_or_default();
    let rules = rules.into_iter().map(|rule| {
        let absent = Val::new(Kind::Null, rule.origin.clone());
        let by = member(rule, "ApplyServerSideEncryptionByDefault").unwrap_or(&absent);
        let blocked = member(rule, "BlockedEncryptionTypes").unwrap_or(&absent);
        EncryptionRule {
            origin: rule.origin.clone(),
            algorithm: text(by, "SSEAlgorithm"),
            kms_key: symbolic(by, "KMSMasterKeyID"),
            bucket_key_enabled: flag(rule, "BucketKeyEnabled"),
            blocked_types: texts(blocked, "EncryptionType"),
        }
    });
    Value::Known(Encryption { rules: rules.collect() })
}

fn logging(it: &Val) -> Value<Logging> {
    match member(it, "LoggingEnabled") {
        None => Value::Absent,
        Some(it) => Value::Known(Logging {
            target_bucket: symbolic(it, "TargetBucket"),
            target_prefix: symbolic(it, "TargetPrefix"),
            written: Written::Whole(it.clone()),
        }),
    }
}

fn object_lock(it: &Val) -> Value<ObjectLock> {
    let Some(it) = member(it, "ObjectLockConfiguration") else { return Value::Absent };
    let retention = member(it, "Rule").and_then(|it| member(it, "DefaultRetention"));
    let retention = retention.map(|it| {
        let known = DefaultRetention { mode: text(it, "Mode"), days: number(it, "Days"), years: number(it, "Years") };
        Attr::known(known, it.origin.clone())
    });
    Value::Known(ObjectLock {
        enabled: text(it, "ObjectLockEnabled").map(|it| it == "Enabled"),
        retention: retention.unwrap_or_else(|| Attr::absent(it.origin.clone())),
    })
}

fn lifecycle(it: &Val) -> Value<Lifecycle> {
    let rules = items(it, "Rules").into_iter().map(|rule| {
        let inside = |part: &str, key: &str| match member(rule, part) {
            Some(part) => number(part, key),
            None => Attr::absent(rule.origin.clone()),
        };
        LifecycleRule {
            origin: rule.origin.clone(),
            id: text(rule, "ID"),
            enabled: text(rule, "Status").map(|it| it == "Enabled"),
            whole_bucket: Attr::known(is_whole(rule), rule.origin.clone()),
            expiration_days: inside("Expiration", "Days"),
            noncurrent_expiration_days: inside("NoncurrentVersionExpiration", "NoncurrentDays"),
            kept_noncurrent_versions: inside("NoncurrentVersionExpiration", "NewerNoncurrentVersions"),
            abort_multipart_days: inside("AbortIncompleteMultipartUpload", "DaysAfterInitiation"),
            transitions: items(rule, "Transitions").len() + items(rule, "NoncurrentVersionTransitions").len(),
            written: Written::Whole(rule.clone()),
        }
    });
    Value::Known(Lifecycle {
        rules: rules.collect(),
        minimum_object_size: text(it, "TransitionDefaultMinimumObjectSize"),
    })
}

/// No prefix (in either place), no tag, no size.
fn is_whole(rule: &Val) -> bool {
    let prefixed = |it: &Val| member(it, "Prefix").and_then(Val::as_text).is_some_and(|it| !it.is_empty());
    let narrow = |it: &Val| {
        ["Tag", "Tags", "ObjectSizeGreaterThan", "ObjectSizeLessThan"].iter().any(|key| member(it, key).is_some())
    };
    let filter = member(rule, "Filter");
    let and = filter.and_then(|it| member(it, "And"));
    let parts = [Some(rule), filter, and];
    let mut parts = parts.into_iter().flatten();
    !parts.any(|it| prefixed(it) || narrow(it))
}

fn replication(it: &Val) -> Value<Replication> {
    let Some(it) = member(it, "ReplicationConfiguration") else { return Value::Absent };
    let rules = items(it, "Rules").into_iter().map(|rule| {
        let absent = Val::new(Kind::Null, rule.origin.clone());
        let to = member(rule, "Destination").unwrap_or(&absent);
        let key = member(to, "EncryptionConfiguration").unwrap_or(&absent);
        ReplicationRule {
            origin: rule.origin.clone(),
            id: text(rule, "ID"),
            enabled: text(rule, "Status").map(|it| it == "Enabled"),
            destination: symbolic(to, "Bucket"),
            account: text(to, "Account"),
            replica_kms_key: symbolic(key, "ReplicaKmsKeyID"),
            written: Written::Whole(rule.clone()),
        }
    });
    Value::Known(Replication { role: symbolic(it, "Role"), rules: rules.collect() })
}

fn cors_rule(rule: &Val) -> CorsRule {
    CorsRule {
        origin: rule.origin.clone(),
        allowed_origins: texts(rule, "AllowedOrigins"),
        allowed_methods: texts(rule, "AllowedMethods"),
        allowed_headers: texts(rule, "AllowedHeaders"),
        written: Written::Whole(rule.clone()),
    }
}

fn notification(it: &Val) -> Value<Notification> {
    let lists = ["TopicConfigurations", "QueueConfigurations", "LambdaFunctionConfigurations"];
    // An empty `EventBridgeConfiguration` switches EventBridge on.
    let event_bridge = typed(it, "EventBridgeConfiguration", |it| matches!(it.kind, Kind::Map(_)).then_some(true));
    let destinations = lists.iter().map(|key| items(it, key).len()).sum();
    Value::Known(Notification { destinations, event_bridge, written: Written::Whole(it.clone()) })
}

fn tag(it: &Val) -> Option<Tag> {
    Some(Tag { key: member(it, "Key")?.as_text()?, value: text(it, "Value") })
}
