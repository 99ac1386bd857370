//! A call of a module whose source is not here: what its arguments plainly say is judged, under the names that S3 modules
//! share. Everything else about the bucket stays unknown, and the run says so once (a gap).

use crate::model::{Bucket, Format};
use crate::value::{Attr, Cause, Guard, Kind, Origin, Val, Value, Why};

use super::super::eval::World;
use super::super::instance::{Instance, Scope};
use super::features;
use super::node::Node;
use std::sync::Arc;

/// Arguments whose names mean the same in the S3 modules of the registry.
const ARGUMENTS: [&str; 11] = [
    "acl",
    "policy",
    "block_public_acls",
    "block_public_policy",
    "ignore_public_acls",
    "restrict_public_buckets",
    "versioning",
    "logging",
    "website",
    "cors_rule",
    "server_side_encryption_configuration",
];

/// The bucket behind a call, as far as its arguments tell; `None` where the call is not about a bucket.
pub(in crate::frontend::terraform) fn lower(world: &World, instance: &Arc<Instance>, name: &str) -> Option<Bucket> {
    let call = instance.module.calls.get(name)?;
    let body = call.body(world);
    let source =
        body.attribute("source").map(|it| world.sources.file(it.value.span.file).slice(it.value.span).to_owned());
    let source = source.unwrap_or_default();
    let about_s3 = source.to_ascii_lowercase().contains("s3");
    if !about_s3 || !ARGUMENTS.iter().any(|it| body.attribute(it).is_some()) {
        return None;
    }
    let header = call.head.header;
    let node = Node::Block { world, body, scope: Scope::of(instance), header };
    let origin = Origin::at(header);
    let mut bucket = Bucket::elsewhere(instance.address(&format!("module.{name}")), Format::Terraform, origin.clone());
    let expansion = world.expansion(&format!("module.{name}"), call, &Scope::of(instance));
    let called: Vec<&Guard> = expansion.members.iter().map(|it| &it.guard).collect();
    bucket.exists = instance.guard.and(&Guard::any(&called));
    if bucket.exists == Guard::Never {
        return None;
    }
    let written = |names: &[&str]| names.iter().any(|it| node.get(it).is_some());
    if written(&["acl"]) {
        bucket.acl = features::acl(&node, &origin);
    }
    if written(&["policy"]) {
        bucket.policy = features::policy(&node, "policy", &origin);
    }
    let why = Why::new(Cause::NotInInput, "what the module does with it", Some(header));
    bucket.ownership = Attr::unknown(why.clone(), origin.clone());
    let flags = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];
    bucket.public_access_block = if written(&flags) {
        // A flag that the call leaves out has the module's default, whatever that is.
        let mut block = features::public_access_block(&node);
        for flag in [
            &mut block.block_public_acls,
            &mut block.block_public_policy,
            &mut block.ignore_public_acls,
            &mut block.restrict_public_buckets,
        ] {
            if flag.is_absent() {
                *flag = Attr::unknown(why.clone(), origin.clone());
            }
        }
        Attr::known(block, origin.clone())
    } else {
        Attr::unknown(why, origin.clone())
    };
    if let Some(value) = filled(&node, "versioning") {
        bucket.versioning = Attr::known(features::versioning_inline(&value), value.origin());
    }
    if let Some(value) = filled(&node, "logging") {
        bucket.logging = Attr::known(features::logging(&value), value.origin());
    }
    if let Some(value) = filled(&node, "website") {
        bucket.website = Attr::known(features::website(&value), value.origin());
    }
    if let Some(value) = filled(&node, "server_side_encryption_configuration") {
        bucket.encryption = Attr::known(features::encryption(&value), value.origin());
    }
    if written(&["cors_rule"]) {
        let rules = node.get("cors_rule").map(decoded);
        if let Some(Val { kind: Kind::List(list), origin, .. }) = rules {
            let nodes: Vec<Node> = list.items.into_iter().filter_map(object).collect();
            bucket.cors = Attr::known(features::cors(&nodes), origin);
        }
    }
    Some(bucket)
}

/// An argument that holds an object with something in it.
fn filled<'w, 's>(node: &Node<'w, 's>, name: &str) -> Option<Node<'w, 's>> {
    let found = match node.block(name) {
        Value::Known(found) => Some(found),
        _ => node.get(name).and_then(object),
    };
    found.filter(|it| match it {
        Node::Object { map, .. } => !map.entries.is_empty(),
        Node::Block { .. } => true,
    })
}

fn object<'w, 's>(value: Val) -> Option<Node<'w, 's>> {
    let origin = value.origin.clone();
    match decoded(value).kind {
        Kind::Map(map) => Some(Node::Object { map, origin }),
        _ => None,
    }
}

/// Modules take JSON text as well as objects.
fn decoded(value: Val) -> Val {
    match value.kind {
        Kind::Json(tree) => *tree,
        _ => value,
    }
}
