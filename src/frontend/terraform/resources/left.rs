//! `lifecycle { ignore_changes = … }`: which fields of a bucket Terraform leaves as they are once it has made them.
//!
//! <https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#ignore_changes>

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Extent, Left};
use crate::syntax::hcl::{Body, Expr, ExprKind, TemplatePart, Traversal, TraversalOp};

use super::Resource;
use super::node::Node;

/// Arguments of the bucket's own block, and the fields that they say. Of `tags_all` the code's tags are a part.
const INLINE: [(&str, &str); 14] = [
    ("acl", "acl"),
    ("grant", "acl"),
    ("policy", "policy"),
    ("versioning", "versioning"),
    ("server_side_encryption_configuration", "encryption"),
    ("logging", "logging"),
    ("lifecycle_rule", "lifecycle"),
    ("replication_configuration", "replication"),
    ("cors_rule", "cors"),
    ("website", "website"),
    ("acceleration_status", "acceleration"),
    ("object_lock_configuration", "object_lock"),
    ("tags", "tags"),
    ("tags_all", "tags"),
];

/// Arguments of a companion that say nothing of its feature.
const BESIDE: [&str; 11] = [
    "bucket",
    "count",
    "depends_on",
    "expected_bucket_owner",
    "for_each",
    "id",
    "lifecycle",
    "provider",
    "provisioner",
    "region",
    "timeouts",
];

/// Arguments of Block Public Access, each of which is a setting by itself.
const BLOCK: [(&str, &str); 4] = [
    ("block_public_acls", "BlockPublicAcls"),
    ("block_public_policy", "BlockPublicPolicy"),
    ("ignore_public_acls", "IgnorePublicAcls"),
    ("restrict_public_buckets", "RestrictPublicBuckets"),
];

/// What the bucket's own block leaves, by field.
pub(super) fn inline(resource: &Resource) -> BTreeMap<&'static str, Left> {
    let mut out: BTreeMap<&'static str, Left> = BTreeMap::new();
    let Some(ignored) = Ignored::of(resource) else { return out };
    let left = |names: BTreeSet<String>, extent| Left { address: resource.address.clone(), names, extent };
    let Ignored::Paths(paths) = ignored else {
        return INLINE.iter().map(|it| (it.1, left(BTreeSet::new(), Extent::Whole))).collect();
    };
    for path in &paths {
        let Some((name, field)) = path.first().and_then(|own| INLINE.iter().find(|it| it.0 == own)) else { continue };
        let extent = match path.get(1) {
            None => Extent::Whole,
            Some(key) if *field == "tags" => Extent::Keys(BTreeSet::from([key.clone()])),
            Some(_) => Extent::Part,
        };
        let it = out.entry(field).or_insert_with(|| left(BTreeSet::new(), extent.clone()));
        it.names.insert(shown(name, path));
        match (&mut it.extent, extent) {
            (Extent::Whole, _) => {}
            (Extent::Keys(all), Extent::Keys(more)) => all.extend(more),
            (own, more) => *own = more,
        }
    }
    out
}

/// What a companion leaves of the one feature that it says.
pub(super) fn of_companion(resource: &Resource) -> Option<Left> {
    let left = |names: BTreeSet<String>, extent| Left { address: resource.address.clone(), names, extent };
    let paths = match Ignored::of(resource)? {
        Ignored::All => return Some(left(BTreeSet::new(), Extent::Whole)),
        Ignored::Paths(paths) => paths,
    };
    let of_feature = |it: &&Vec<String>| it.first().is_some_and(|it| !BESIDE.contains(&it.as_str()));
    let paths: Vec<&Vec<String>> = paths.iter().filter(of_feature).collect();
    let names: BTreeSet<String> = paths.iter().filter_map(|it| Some(shown(it.first()?, it))).collect();
    if names.is_empty() {
        return None;
    }
    let Node::Block { body, .. } = &resource.node else { return None };
    let is_whole = |name: &str| paths.iter().any(|it| matches!(it.as_slice(), [own] if own == name));
    let is_left = arguments(body).iter().filter(|it| !BESIDE.contains(it)).all(|it| is_whole(it));
    if is_left {
        return Some(left(names, Extent::Whole));
    }
    let setting = |name: &String| BLOCK.iter().find(|it| it.0 == name).map(|it| it.1.to_owned());
    let settings: Option<BTreeSet<String>> = names.iter().map(setting).collect();
    Some(left(names, settings.map_or(Extent::Part, Extent::Keys)))
}

/// Names of what is written in a block; a `dynamic` block is what it makes.
fn arguments(body: &Body) -> BTreeSet<&str> {
    let attributes = body.attributes.iter().map(|it| it.name.text.as_str());
    let blocks = body.blocks.iter().map(|it| match it.labels.first().filter(|_| it.kind.text == "dynamic") {
        Some(label) => label.text.as_str(),
        None => it.kind.text.as_str(),
    });
    attributes.chain(blocks).collect()
}

fn shown(name: &str, path: &[String]) -> String {
    let rest = path.iter().skip(1).map(|it| if is_index(it) { format!("[{it}]") } else { format!(".{it}") });
    match path {
        [own, key] if own == "tags" || own == "tags_all" => format!("{own}[\"{key}\"]"),
        _ => std::iter::once(name.to_owned()).chain(rest).collect(),
    }
}

fn is_index(step: &str) -> bool {
    step.bytes().all(|it| it.is_ascii_digit())
}

enum Ignored {
    All,
    Paths(Vec<Vec<String>>),
}

impl Ignored {
    fn of(resource: &Resource) -> Option<Self> {
        let Node::Block { body, .. } = &resource.node else { return None };
        let blocks = body.blocks_of("lifecycle").filter_map(|it| Some(&it.body.attribute("ignore_changes")?.value));
        let mut found: Vec<&Expr> = blocks.collect();
        // In JSON it is an object, or a list of them.
        match body.attribute("lifecycle").map(|it| &it.value.kind) {
            Some(ExprKind::List(items)) => found.extend(items.iter().filter_map(member)),
            Some(_) => found.extend(body.attribute("lifecycle").and_then(|it| member(&it.value))),
            None => {}
        }
        if found.is_empty() {
            return None;
        }
        let mut all = Vec::new();
        for it in found {
            let items = match &it.kind {
                ExprKind::List(items) => items.as_slice(),
                _ => std::slice::from_ref(it),
            };
            all.extend(items.iter().map(steps).filter(|it| !it.is_empty()));
        }
        // `["*"]` is what Terraform before 0.12 calls `all`.
        let is_all = |it: &Vec<String>| matches!(it.as_slice(), [own] if own == "all" || own == "*");
        Some(if all.iter().any(is_all) { Self::All } else { Self::Paths(all) })
    }
}

fn member(object: &Expr) -> Option<&Expr> {
    let ExprKind::Object(items) = &object.kind else { return None };
    items.iter().find(|it| it.key.name() == Some("ignore_changes")).map(|it| &it.value)
}

/// `tags["a"]` as its names; a text holds the same (JSON, and Terraform before 0.12).
fn steps(it: &Expr) -> Vec<String> {
    match &it.kind {
        ExprKind::Variable(name) => vec![name.clone()],
        ExprKind::Traversal(it) => traversed(it),
        _ => match literal(it) {
            Some(text) => {
                let name = |it: &str| it.trim_end_matches(']').trim_matches('"').to_owned();
                text.split(['.', '[']).map(name).filter(|it| !it.is_empty()).collect()
            }
            None => Vec::new(),
        },
    }
}

fn traversed(it: &Traversal) -> Vec<String> {
    let mut out = steps(&it.root);
    for (op, _) in &it.ops {
        match op {
            TraversalOp::Attribute(name) => out.push(name.clone()),
            TraversalOp::Index(Expr { kind: ExprKind::Number(at), .. }) => out.push(at.clone()),
            TraversalOp::Index(key) => out.push(literal(key).unwrap_or_else(|| "*".to_owned())),
            TraversalOp::AttributeSplat | TraversalOp::FullSplat => out.push("*".to_owned()),
        }
    }
    out
}

fn literal(it: &Expr) -> Option<String> {
    let ExprKind::Template(template) = &it.kind else { return None };
    match template.parts.as_slice() {
        [TemplatePart::Literal(piece)] => Some(piece.text.to_string()),
        _ => None,
    }
}
