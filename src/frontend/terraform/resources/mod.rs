//! Resource types → model. One file a family; `lower` goes through the blocks of a module instance.

mod beside;
mod bucket;
pub(super) mod bucket_types;
mod cloud_control;
pub(super) mod companions;
mod features;
pub(super) mod module_call;
pub(super) mod node;
pub(super) mod organization;
pub(super) mod policy_document;
pub(super) mod provider;

use std::sync::Arc;

use crate::model::{AccessPoint, AccessPointKind, BucketKind, Feature, Format};
use crate::model::{Account, AccountLevel, Bucket, Companion, Dangling, Estate, NetworkOrigin, Object};
use crate::value::{Attr, Guard, Origin, SymStr, Value};

use super::arguments;
use super::eval::World;
use super::instance::{Instance, Member, Scope};
use super::module::Block;
use node::Node;

/// What the blocks of a run say, before companions are linked.
#[derive(Default)]
pub(super) struct Found {
    pub buckets: Vec<Bucket>,
    pub companions: Vec<Companion>,
    pub rest: Estate,
    pub log_targets: Vec<Attr<SymStr>>,
    pub dangling: Vec<Dangling>,
    pub s3_policies: Vec<organization::S3Policy>,
    pub attachments: Vec<organization::Attachment>,
}

/// One instance of a resource block.
pub(super) struct Resource<'w, 's> {
    pub kind: String,
    pub address: String,
    pub exists: Guard,
    pub provider: String,
    pub scope: Option<String>,
    pub node: Node<'w, 's>,
    pub origin: Origin,
}

/// Lowers all blocks of a module instance that say something about S3.
pub(super) fn lower<'s>(world: &World<'s>, instance: &Arc<Instance>, found: &mut Found) {
    for ((kind, name), block) in &instance.module.resources {
        if !concerns_s3(kind) {
            continue;
        }
        arguments::check(world, kind, block);
        if let Some((_, what)) = NOT_JUDGED.iter().find(|it| it.0 == kind) {
            let message = format!("{} is not judged: {what}", instance.address(&format!("{kind}.{name}")));
            world.note("not-judged", block.head.header, message);
        }
        let outer = Scope::of(instance);
        let local = format!("{kind}.{name}");
        let expansion = world.expansion(&local, block, &outer);
        for one in &expansion.members {
            let exists = instance.guard.and(&one.guard);
            if exists == Guard::Never {
                continue;
            }
            let resource = resource(world, instance, kind, &local, block, one, exists, {
                world.member_scope(&outer, expansion.kind, one)
            });
            lower_one(&resource, found);
        }
    }
}

/// Types that give access to data in S3 and that the model has no place for.
const NOT_JUDGED: [(&str, &str); 5] = [
    ("aws_s3control_access_grant", "access grants are outside the model"),
    ("aws_s3control_access_grants_instance_resource_policy", "access grants are outside the model"),
    (
        "aws_s3control_directory_bucket_access_point_scope",
        "scopes of access points to directory buckets are outside the model",
    ),
    ("aws_s3files_file_system_policy", "file systems over S3 are outside the model"),
    ("aws_s3files_access_point", "file systems over S3 are outside the model"),
];

pub(super) fn concerns_s3(kind: &str) -> bool {
    kind.starts_with("aws_s3")
        || kind.starts_with("awscc_s3")
        || kind == "aws_cloudtrail"
        || kind == "aws_config_delivery_channel"
        || kind == "aws_flow_log"
        || kind == "aws_organizations_policy"
        || kind == "aws_organizations_policy_attachment"
        || beside::is_beside(kind)
}

#[expect(clippy::too_many_arguments, reason = "all of them identify one instance of one block")]
fn resource<'w, 's>(
    world: &'w World<'s>,
    instance: &Instance,
    kind: &str,
    local: &str,
    block: &Block,
    one: &Member,
    exists: Guard,
    scope: Scope,
) -> Resource<'w, 's> {
    let header = block.head.header;
    let body = block.body(world);
    let alias = provider::alias(world, instance, &body);
    Resource {
        kind: kind.to_owned(),
        address: instance.address(&format!("{local}{}", one.suffix)),
        exists,
        provider: format!("{}|{alias}", world.root.display()),
        scope: Some(instance.path.clone()),
        node: Node::Block { world, body, scope, header },
        origin: Origin::at(header),
    }
}

pub(super) fn lower_one(resource: &Resource, found: &mut Found) {
    found.rest.beside.extend(beside::lower(resource));
    match resource.kind.as_str() {
        "aws_s3_bucket" | "aws_s3_directory_bucket" => found.buckets.push(bucket::lower(resource)),
        "aws_s3_account_public_access_block" => found.rest.accounts.push(Account {
            address: resource.address.clone(),
            origin: resource.origin.clone(),
            exists: resource.exists.clone(),
            provider: resource.provider.clone(),
            level: AccountLevel::Account,
            account_id: resource.node.text("account_id"),
            public_access_block: Attr::known(features::public_access_block(&resource.node), resource.origin.clone()),
        }),
        "aws_organizations_policy" => found.s3_policies.extend(organization::policy(resource)),
        "aws_organizations_policy_attachment" => found.attachments.push(organization::attachment(resource)),
        "aws_s3_access_point" => found.rest.access_points.push(access_point(resource)),
        "aws_s3control_multi_region_access_point" => {
            found.rest.access_points.extend(multi_region_access_point(resource));
        }
        "aws_s3control_access_point_policy"
        | "aws_s3control_multi_region_access_point_policy"
        | "aws_s3control_object_lambda_access_point_policy" => access_point_policy(resource, found),
        "aws_s3_object" | "aws_s3_bucket_object" | "aws_s3_object_copy" => found.rest.objects.push(Object {
            address: resource.address.clone(),
            namespace: String::new(),
            origin: resource.origin.clone(),
            exists: resource.exists.clone(),
            bucket: resource.node.reference("bucket"),
            bucket_address: None,
            acl: features::acl(&resource.node, &resource.origin),
            encryption: resource.node.text("server_side_encryption"),
        }),
        "aws_cloudtrail" | "aws_config_delivery_channel" => {
            found.log_targets.push(resource.node.symbolic("s3_bucket_name"));
        }
        kind if kind.starts_with("awscc_") => cloud_control::lower(resource, found),
        kind => {
            if let Some((kind, name)) = bucket_types::declared(kind) {
                found.buckets.push(bucket_types::lower(resource, kind, name));
            } else if let Some((kind, bucket, feature)) = bucket_types::companion(resource) {
                found.companions.push(companion(resource, kind, bucket, feature));
            } else if let Some(feature) = companions::feature(resource) {
                let bucket = resource.node.reference("bucket");
                found.companions.push(companion(resource, BucketKind::General, bucket, feature));
            }
        }
    }
}

fn companion(resource: &Resource, kind: BucketKind, bucket: Attr<SymStr>, feature: Feature) -> Companion {
    Companion {
        address: resource.address.clone(),
        format: Format::Terraform,
        origin: resource.origin.clone(),
        exists: resource.exists.clone(),
        provider: resource.provider.clone(),
        bucket,
        scope: resource.scope.clone(),
        kind,
        feature,
    }
}

fn access_point(resource: &Resource) -> AccessPoint {
    let node = &resource.node;
    let block = features::block_attr(node, "public_access_block_configuration", &features::public_access_block);
    let network_origin = match node.block("vpc_configuration") {
        Value::Known(vpc) => Attr::known(NetworkOrigin::Vpc(vpc.symbolic("vpc_id")), vpc.origin()),
        Value::Unknown(why) | Value::OneOf(_, why) => Attr::unknown(why, resource.origin.clone()),
        Value::Absent => Attr::known(NetworkOrigin::Internet, resource.origin.clone()),
    };
    AccessPoint {
        address: resource.address.clone(),
        namespace: String::new(),
        kind: AccessPointKind::Bucket,
        format: Format::Terraform,
        origin: resource.origin.clone(),
        exists: resource.exists.clone(),
        bucket: node.reference("bucket"),
        bucket_address: None,
        public_access_block: block,
        policy: features::policy(node, "policy", &resource.origin),
        network_origin,
    }
}

/// One access point for each region's bucket: the same policy and settings lead to all of them.
fn multi_region_access_point(resource: &Resource) -> Vec<AccessPoint> {
    let Value::Known(details) = resource.node.block("details") else { return Vec::new() };
    let block = features::block_attr(&details, "public_access_block", &features::public_access_block);
    let regions = details.blocks("region").nodes;
    let mut buckets: Vec<_> = regions.iter().map(|it| it.reference("bucket")).collect();
    if buckets.is_empty() {
        buckets.push(Attr::absent(resource.origin.clone()));
    }
    let one = |bucket: Attr<SymStr>| AccessPoint {
        address: resource.address.clone(),
        namespace: String::new(),
        kind: AccessPointKind::MultiRegion,
        format: Format::Terraform,
        origin: resource.origin.clone(),
        exists: resource.exists.clone(),
        bucket,
        bucket_address: None,
        public_access_block: block.clone(),
        policy: Attr::absent(resource.origin.clone()),
        network_origin: Attr::known(NetworkOrigin::Internet, resource.origin.clone()),
    };
    buckets.truncate(1);
    buckets.into_iter().map(one).collect()
}

/// A policy that stands apart from its access point: attached where the access point is here, else a point of its own.
fn access_point_policy(resource: &Resource, found: &mut Found) {
    let (policy, target) = match resource.node.block("details") {
        Value::Known(details) => (features::policy(&details, "policy", &resource.origin), details.symbolic("name")),
        _ => (features::policy(&resource.node, "policy", &resource.origin), resource.node.symbolic("access_point_arn")),
    };
    let entity = target.as_known().and_then(|it| {
        it.segs().iter().find_map(|seg| match seg {
            crate::value::Seg::Hole(hole) => Some(hole.symbol.entity.to_string()),
            crate::value::Seg::Lit(_) => None,
        })
    });
    let own = found.rest.access_points.iter_mut().find(|it| Some(&it.address) == entity.as_ref());
    match own {
        Some(own) => own.policy = policy,
        None => found.rest.access_points.push(AccessPoint {
            address: resource.address.clone(),
            namespace: String::new(),
            kind: match resource.kind.contains("multi_region") {
                true => AccessPointKind::MultiRegion,
                false if resource.kind.contains("object_lambda") => AccessPointKind::ObjectLambda,
                false => AccessPointKind::Bucket,
            },
            format: Format::Terraform,
            origin: resource.origin.clone(),
            exists: resource.exists.clone(),
            bucket: Attr::absent(resource.origin.clone()),
            bucket_address: None,
            public_access_block: Attr::absent(resource.origin.clone()),
            policy,
            network_origin: Attr::known(NetworkOrigin::Internet, resource.origin.clone()),
        }),
    }
}
