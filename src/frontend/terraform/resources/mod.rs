//! Resource types → model. One file a family; `lower` goes through the blocks of a module instance.

mod access_point;
mod beside;
mod bucket;
pub(super) mod bucket_types;
mod cloud_control;
pub(super) mod companions;
mod embedded;
mod features;
mod left;
pub(super) mod module_call;
pub(super) mod node;
pub(super) mod organization;
pub(super) mod policy_document;
pub(super) mod provider;
mod written;

use std::sync::Arc;

use crate::model::{Account, AccountLevel, Bucket, BucketKind, Companion, Dangling, Estate, Feature, Format, Object};
use crate::value::{Attr, Guard, Origin, SymStr};

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
    /// Buckets that CloudFront distributions log to.
    pub cdn_log_targets: Vec<Attr<SymStr>>,
    /// Buckets that selections of AWS Backup name.
    pub backed_up: Vec<Attr<SymStr>>,
    pub dangling: Vec<Dangling>,
    pub s3_policies: Vec<organization::S3Policy>,
    pub attachments: Vec<organization::Attachment>,
    pub point_policies: Vec<access_point::PointPolicy>,
    /// Names of multi-region access points, by address.
    pub point_names: Vec<(String, Attr<SymStr>)>,
}

impl Found {
    /// Adds what was found elsewhere, behind the own.
    pub fn absorb(&mut self, other: Self) {
        self.buckets.extend(other.buckets);
        self.companions.extend(other.companions);
        self.rest.absorb(other.rest);
        self.log_targets.extend(other.log_targets);
        self.dangling.extend(other.dangling);
        self.s3_policies.extend(other.s3_policies);
        self.attachments.extend(other.attachments);
        self.point_policies.extend(other.point_policies);
        self.point_names.extend(other.point_names);
    }

    /// Attaches what may stand before the block that it is about. Call it once all blocks are lowered.
    pub fn complete(&mut self) {
        access_point::attach(self);
    }
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
        || matches!(kind, "aws_flow_log" | "aws_backup_selection" | "aws_lb" | "aws_alb" | "aws_elb")
        || kind == "aws_organizations_policy"
        || kind == "aws_organizations_policy_attachment"
        || beside::is_beside(kind)
        || embedded::is_embedding(kind)
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
        provider: provider::name(world, &alias),
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
        "aws_s3_access_point" => found.rest.access_points.push(access_point::lower(resource)),
        "aws_s3control_multi_region_access_point" => {
            access_point::multi_region(resource, found);
        }
        "aws_s3control_access_point_policy"
        | "aws_s3control_multi_region_access_point_policy"
        | "aws_s3control_object_lambda_access_point_policy" => {
            found.point_policies.extend(access_point::policy(resource));
        }
        "aws_s3_object" | "aws_s3_bucket_object" | "aws_s3_object_copy" => found.rest.objects.push(Object {
            address: resource.address.clone(),
            namespace: String::new(),
            origin: resource.origin.clone(),
            exists: resource.exists.clone(),
            bucket: resource.node.reference("bucket"),
            bucket_address: None,
            key: resource.node.symbolic("key"),
            acl: features::acl(&resource.node, &resource.origin),
            encryption: resource.node.text("server_side_encryption"),
        }),
        "aws_cloudtrail" | "aws_config_delivery_channel" => {
            found.log_targets.push(resource.node.symbolic("s3_bucket_name"));
        }
        kind if embedded::is_embedding(kind) => found.rest.gaps.extend(embedded::gap(resource)),
        "aws_cloudfront_distribution" => found.cdn_log_targets.extend(beside::log_target(&resource.node)),
        "aws_backup_selection" if resource.exists == Guard::always() => {
            found.backed_up.extend(beside::backed_up(&resource.node));
        }
        "aws_flow_log" => found.log_targets.push(beside::by_domain(&resource.node, "log_destination")),
        "aws_lb" | "aws_alb" | "aws_elb" => {
            let blocks =
                ["access_logs", "connection_logs", "health_check_logs"].map(|it| resource.node.blocks(it).nodes);
            found.log_targets.extend(blocks.iter().flatten().map(|it| it.reference("bucket")));
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
        left: left::of_companion(resource),
    }
}
