//! Blocks → features of the model, for inline blocks and split resources alike.

use crate::model::{
    Acl, AclGrant, AclPermission, CorsRule, DefaultRetention, Encryption, EncryptionRule, Grantee, Lifecycle,
    LifecycleRule, Logging, ObjectLock, PublicAccessBlock, Replication, ReplicationRule, Tag, Versioning, Website,
};
use crate::policy::{self, Policy};
use crate::value::{Attr, Cause, Kind, Origin, Seg, SymStr, Val, Value, Why, ops};

use super::node::{Nested, Node, typed};
use super::written;

/// A feature from the one nested block of a kind.
pub(super) fn block_attr<T>(node: &Node, name: &str, lower: &dyn Fn(&Node) -> T) -> Attr<T> {
    match node.block(name) {
        Value::Known(block) => Attr::known(lower(&block), block.origin()),
        Value::Absent => Attr::absent(node.origin()),
        Value::Unknown(why) | Value::OneOf(_, why) => Attr::unknown(why, node.origin()),
    }
}

/// A feature from all nested blocks of a kind.
pub(super) fn rules_attr<T>(node: &Node, name: &str, lower: fn(&[Node]) -> T) -> Attr<T> {
    let Nested { nodes, rest } = node.blocks(name);
    match (rest, nodes.first()) {
        (Some(why), _) => Attr::unknown(why, node.origin()),
        (None, Some(first)) => Attr::known(lower(&nodes), first.origin()),
        (None, None) => Attr::absent(node.origin()),
    }
}

pub(super) fn policy(node: &Node, name: &str, lacks: &Origin) -> Attr<Policy> {
    match node.get(name) {
        Some(value) => policy::parse(&value),
        None => Attr::absent(lacks.clone()),
    }
}

/// A policy that the provider sends only where it is not empty: `""` is none. What it reads back where S3 has none is empty too.
pub(super) fn optional_policy(node: &Node, name: &str, lacks: &Origin) -> Attr<Policy> {
    let Some(value) = node.get(name) else { return Attr::absent(lacks.clone()) };
    policy::parse(&ops::map_choice(&value, |it| match it.as_text() {
        Some(text) if text.is_empty() => Val::new(Kind::Null, it.origin.clone()),
        _ => it.clone(),
    }))
}

pub(super) fn public_access_block(node: &Node) -> PublicAccessBlock {
    PublicAccessBlock {
        block_public_acls: node.bool("block_public_acls"),
        block_public_policy: node.bool("block_public_policy"),
        ignore_public_acls: node.bool("ignore_public_acls"),
        restrict_public_buckets: node.bool("restrict_public_buckets"),
    }
}

/// `acl`, `grant` and `access_control_policy`.
pub(super) fn acl(node: &Node, lacks: &Origin) -> Attr<Acl> {
    let canned = node.text("acl");
    let inline = node.blocks("grant");
    let policy = node.block("access_control_policy");
    let (mut grants, mut rest) = (Vec::new(), inline.rest);
    for grant in &inline.nodes {
        grants.extend(inline_grants(grant, node.acts_as().as_deref()));
    }
    match &policy {
        Value::Known(policy) => {
            let owner = match policy.block("owner") {
                Value::Known(owner) => owner.get("id").and_then(|it| it.as_symstr()),
                _ => None,
            };
            let nested = policy.blocks("grant");
            rest = rest.or(nested.rest);
            let acts_as = node.acts_as();
            grants.extend(nested.nodes.iter().map(|it| split_grant(it, owner.as_ref(), acts_as.as_deref())));
        }
        Value::Unknown(why) | Value::OneOf(_, why) => rest = rest.or_else(|| Some(why.clone())),
        Value::Absent => (),
    }
    if canned.is_absent() && grants.is_empty() && rest.is_none() {
        return Attr::absent(lacks.clone());
    }
    let origin = match (&canned.value, grants.first()) {
        (Value::Absent, Some(grant)) => grant.origin.clone(),
        (Value::Absent, None) => node.origin(),
        _ => canned.origin.clone(),
    };
    Attr::known(Acl { canned, grants, grants_rest: rest, is_put: false }, origin)
}

/// `grant { id, type, uri, permissions = [...] }` of provider versions before 4.
fn inline_grants(node: &Node, acts_as: Option<&str>) -> Vec<AclGrant> {
    let grantee = grantee(node, None, acts_as);
    let one =
        |permission: Attr<AclPermission>| AclGrant { origin: node.origin(), grantee: grantee.clone(), permission };
    match node.get("permissions") {
        Some(Val { kind: Kind::List(list), .. }) if list.rest.is_none() => {
            let permission = |it: &Val| typed(Some(it.clone()), &it.origin, &|it| AclPermission::parse(&it.as_text()?));
            list.items.iter().map(permission).map(one).collect()
        }
        value => vec![one(typed(value, &node.origin(), &|it| AclPermission::parse(&it.as_text()?)))],
    }
}

/// `grant { grantee { … } permission }` of `aws_s3_bucket_acl`.
fn split_grant(node: &Node, owner: Option<&SymStr>, acts_as: Option<&str>) -> AclGrant {
    let permission = typed(node.get("permission"), &node.origin(), &|it| AclPermission::parse(&it.as_text()?));
    let grantee = match node.block("grantee") {
        Value::Known(grantee) => self::grantee(&grantee, owner, acts_as),
        Value::Unknown(why) | Value::OneOf(_, why) => Attr::unknown(why, node.origin()),
        Value::Absent => {
            let why = Why::new(Cause::Invalid, "the grant names no grantee", node.origin().span);
            Attr::unknown(why, node.origin())
        }
    };
    AclGrant { origin: node.origin(), grantee, permission }
}

fn grantee(node: &Node, owner: Option<&SymStr>, acts_as: Option<&str>) -> Attr<Grantee> {
    // What is read back from a live bucket has every field, empty where it says nothing.
    let said = |name: &str| node.get(name).filter(|it| it.as_text().is_none_or(|it| !it.is_empty()));
    if let Some(uri) = said("uri") {
        return typed(Some(uri), &node.origin(), &|it| it.as_text().map(|it| Grantee::from_uri(&it)));
    }
    if let Some(id) = said("id") {
        return typed(Some(id), &node.origin(), &|it| {
            let id = it.as_symstr()?;
            let own = owner.is_some_and(|owner| owner.display() == id.display()) || is_own_id(&id, acts_as);
            Some(Grantee::CanonicalUser { id, own })
        });
    }
    if let Some(address) = said("email_address") {
        return typed(Some(address), &node.origin(), &|it| it.as_symstr().map(Grantee::Email));
    }
    let why = match node.get("type").and_then(|it| it.why()) {
        Some(why) => why,
        None => Why::new(Cause::Invalid, "the grant names no grantee", node.origin().span),
    };
    Attr::unknown(why, node.origin())
}

/// The canonical id that the data source gives, read in the name that the bucket's block acts in.
fn is_own_id(id: &SymStr, acts_as: Option<&str>) -> bool {
    let own = |it: &crate::value::Symbol| {
        &*it.attribute == "canonical_user_id" && acts_as.is_none_or(|own| *it.entity == *own)
    };
    id.segs().iter().any(|it| matches!(it, Seg::Hole(hole) if own(&hole.symbol)))
}

/// `versioning { enabled, mfa_delete }` of provider versions before 4.
pub(super) fn versioning_inline(node: &Node) -> Versioning {
    let status = |it: bool| if it { "Enabled" } else { "Suspended" }.to_owned();
    let flag = |it: bool| if it { "Enabled" } else { "Disabled" }.to_owned();
    Versioning { status: node.bool("enabled").map(status), mfa_delete: node.bool("mfa_delete").map(flag) }
}

/// `versioning_configuration { status, mfa_delete }`.
pub(super) fn versioning(node: &Node) -> Versioning {
    Versioning { status: node.text("status"), mfa_delete: node.text("mfa_delete") }
}

pub(super) fn encryption(node: &Node) -> Encryption {
    let Nested { nodes, rest } = node.blocks("rule");
    let mut rules: Vec<_> = nodes.iter().map(encryption_rule).collect();
    if let Some(why) = rest {
        rules.push(EncryptionRule {
            origin: node.origin(),
            algorithm: Attr::unknown(why.clone(), node.origin()),
            kms_key: Attr::unknown(why.clone(), node.origin()),
            bucket_key_enabled: Attr::unknown(why.clone(), node.origin()),
            blocked_types: Attr::unknown(why, node.origin()),
        });
    }
    Encryption { rules }
}

fn encryption_rule(node: &Node) -> EncryptionRule {
    let (algorithm, kms_key) = match node.block("apply_server_side_encryption_by_default") {
        Value::Known(default) => (default.text("sse_algorithm"), key(&default)),
        Value::Unknown(why) | Value::OneOf(_, why) => {
            (Attr::unknown(why.clone(), node.origin()), Attr::unknown(why, node.origin()))
        }
        Value::Absent => (Attr::absent(node.origin()), Attr::absent(node.origin())),
    };
    EncryptionRule {
        origin: node.origin(),
        algorithm,
        kms_key,
        bucket_key_enabled: node.bool("bucket_key_enabled"),
        blocked_types: node.texts("blocked_encryption_types"),
    }
}

/// A key that is written but empty is not written.
fn key(node: &Node) -> Attr<SymStr> {
    let key = node.symbolic("kms_master_key_id");
    match key.as_known().and_then(SymStr::known) {
        Some(text) if text.is_empty() => Attr::absent(node.origin()),
        _ => key,
    }
}

pub(super) fn logging(node: &Node) -> Logging {
    Logging {
        target_bucket: node.symbolic("target_bucket"),
        target_prefix: node.symbolic("target_prefix"),
        written: written::logging(node),
    }
}

pub(super) fn object_lock_inline(node: &Node, lacks: &Origin) -> Attr<ObjectLock> {
    let flag = node.bool("object_lock_enabled");
    let block = node.block("object_lock_configuration");
    match (&flag.value, block) {
        (_, Value::Known(block)) => {
            let enabled =
                typed(block.get("object_lock_enabled"), &block.origin(), &|it| Some(it.as_text()? == "Enabled"));
            Attr::known(ObjectLock { enabled, retention: retention(&block) }, block.origin())
        }
        (_, Value::Unknown(why) | Value::OneOf(_, why)) => Attr::unknown(why, lacks.clone()),
        (Value::Absent, Value::Absent) => Attr::absent(lacks.clone()),
        (_, Value::Absent) => {
            let origin = flag.origin.clone();
            Attr::known(ObjectLock { enabled: flag, retention: Attr::absent(origin.clone()) }, origin)
        }
    }
}

/// `aws_s3_bucket_object_lock_configuration`: its being there turns Object Lock on.
pub(super) fn object_lock(node: &Node) -> ObjectLock {
    let enabled = match node.get("object_lock_enabled") {
        None => Attr::known(true, node.origin()),
        value => typed(value, &node.origin(), &|it| Some(it.as_text()? == "Enabled")),
    };
    ObjectLock { enabled, retention: retention(node) }
}

fn retention(node: &Node) -> Attr<DefaultRetention> {
    let rule = match node.block("rule") {
        Value::Known(rule) => rule,
        Value::Unknown(why) | Value::OneOf(_, why) => return Attr::unknown(why, node.origin()),
        Value::Absent => return Attr::absent(node.origin()),
    };
    block_attr(&rule, "default_retention", &|it| DefaultRetention {
        mode: it.text("mode"),
        days: it.number("days"),
        years: it.number("years"),
    })
}

pub(super) fn lifecycle(rules: &[Node]) -> Lifecycle {
    let origin = rules.first().map(Node::origin).unwrap_or_default();
    Lifecycle { rules: rules.iter().map(lifecycle_rule).collect(), minimum_object_size: Attr::absent(origin) }
}

/// The resource of its own, which says a size for all rules too.
pub(super) fn lifecycle_resource(node: &Node) -> Attr<Lifecycle> {
    let size = node.text("transition_default_minimum_object_size");
    rules_attr(node, "rule", lifecycle).map(|it| Lifecycle { minimum_object_size: size.clone(), ..it })
}

fn lifecycle_rule(node: &Node) -> LifecycleRule {
    let enabled = match node.get("status") {
        Some(status) => typed(Some(status), &node.origin(), &|it| Some(it.as_text()? == "Enabled")),
        None => node.bool("enabled"),
    };
    let days = |block: &str, names: [&str; 2]| match node.block(block) {
        Value::Known(block) => {
            let [first, second] = names;
            let days = block.number(first);
            if days.is_absent() { block.number(second) } else { days }
        }
        Value::Unknown(why) | Value::OneOf(_, why) => Attr::unknown(why, node.origin()),
        Value::Absent => Attr::absent(node.origin()),
    };
    LifecycleRule {
        origin: node.origin(),
        id: node.text("id"),
        enabled,
        whole_bucket: whole_bucket(node),
        expiration_days: days("expiration", ["days", "days"]),
        noncurrent_expiration_days: days("noncurrent_version_expiration", ["noncurrent_days", "days"]),
        kept_noncurrent_versions: days(
            "noncurrent_version_expiration",
            ["newer_noncurrent_versions", "newer_noncurrent_versions"],
        ),
        abort_multipart_days: match node.get("abort_incomplete_multipart_upload_days") {
            Some(_) => node.number("abort_incomplete_multipart_upload_days"),
            None => days("abort_incomplete_multipart_upload", ["days_after_initiation", "days"]),
        },
        transitions: ["transition", "noncurrent_version_transition"].iter().map(|it| node.blocks(it).nodes.len()).sum(),
        written: written::lifecycle_rule(node),
    }
}

/// Without a prefix, tags or sizes the rule covers everything.
fn whole_bucket(node: &Node) -> Attr<bool> {
    let empty = |it: Option<Val>| match it {
        None => Some(true),
        Some(value) => value.as_text().map(|it| it.is_empty()),
    };
    let filters = node.blocks("filter");
    if let Some(why) = filters.rest {
        return Attr::unknown(why, node.origin());
    }
    let narrowed = filters.nodes.iter().any(|it| {
        ["and", "tag"].iter().any(|kind| !it.blocks(kind).nodes.is_empty())
            || it.get("object_size_greater_than").is_some()
            || it.get("object_size_less_than").is_some()
    });
    let prefixes: Option<Vec<bool>> =
        filters.nodes.iter().map(|it| empty(it.get("prefix"))).chain([empty(node.get("prefix"))]).collect();
    let tags = node.get("tags").is_some();
    match prefixes {
        Some(prefixes) => Attr::known(!narrowed && !tags && prefixes.into_iter().all(|it| it), node.origin()),
        None => {
            let why = node.get("prefix").and_then(|it| it.why());
            let why = why.unwrap_or_else(|| Why::new(Cause::Unsupported, "the rule's prefix", node.origin().span));
            Attr::unknown(why, node.origin())
        }
    }
}

pub(super) fn replication(node: &Node) -> Replication {
    let name = if node.blocks("rules").nodes.is_empty() { "rule" } else { "rules" };
    let rules = node.blocks(name).nodes.iter().map(replication_rule).collect();
    Replication { role: node.symbolic("role"), rules }
}

fn replication_rule(node: &Node) -> ReplicationRule {
    let enabled = typed(node.get("status"), &node.origin(), &|it| Some(it.as_text()? == "Enabled"));
    let mut rule = ReplicationRule {
        origin: node.origin(),
        id: node.text("id"),
        enabled,
        destination: Attr::absent(node.origin()),
        account: Attr::absent(node.origin()),
        replica_kms_key: Attr::absent(node.origin()),
        written: written::replication_rule(node),
    };
    if let Value::Known(destination) = node.block("destination") {
        rule.destination = destination.symbolic("bucket");
        rule.account = match destination.get("account") {
            Some(_) => destination.text("account"),
            None => destination.text("account_id"),
        };
        rule.replica_kms_key = match destination.block("encryption_configuration") {
            Value::Known(encryption) => encryption.symbolic("replica_kms_key_id"),
            _ => destination.symbolic("replica_kms_key_id"),
        };
    }
    rule
}

pub(super) fn cors(rules: &[Node]) -> Vec<CorsRule> {
    let rule = |it: &Node| CorsRule {
        origin: it.origin(),
        allowed_origins: it.texts("allowed_origins"),
        allowed_methods: it.texts("allowed_methods"),
        allowed_headers: it.texts("allowed_headers"),
        written: written::cors_rule(it),
    };
    rules.iter().map(rule).collect()
}

pub(super) fn website(node: &Node) -> Website {
    let redirects = match node.get("redirect_all_requests_to") {
        Some(_) => Attr::known(true, node.origin()),
        None => match node.block("redirect_all_requests_to") {
            Value::Known(redirect) => Attr::known(true, redirect.origin()),
            Value::Unknown(why) | Value::OneOf(_, why) => Attr::unknown(why, node.origin()),
            Value::Absent => Attr::known(false, node.origin()),
        },
    };
    Website { redirects_all: redirects, written: written::website(node) }
}

pub(super) fn tags(node: &Node, lacks: &Origin) -> Attr<Vec<Tag>> {
    typed(node.get("tags"), lacks, &|it| match &it.kind {
        Kind::Map(map) if map.rest.is_none() => Some(
            map.entries
                .iter()
                .filter_map(|entry| {
                    let value = typed(Some(entry.value.clone()), &entry.key_origin, &Val::as_text);
                    Some(Tag { key: entry.key.known()?, value })
                })
                .collect(),
        ),
        _ => None,
    })
}
