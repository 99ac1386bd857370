//! Access points of buckets, of several regions, and policies that stand apart from them.

use std::collections::BTreeMap;

use crate::model::{self, AccessPoint, AccessPointKind, Format, NetworkOrigin};
use crate::policy::Policy;
use crate::value::{Attr, Cause, Guard, Seg, SymStr, Value, Why};

use super::{Found, Resource, features};

pub(super) fn lower(resource: &Resource) -> AccessPoint {
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
        name: node.symbolic("name"),
        bucket: node.reference("bucket"),
        bucket_address: None,
        public_access_block: block,
        policy: features::optional_policy(node, "policy", &resource.origin),
        network_origin,
    }
}

/// One access point for each region's bucket: the same policy and settings lead to all of them.
pub(super) fn multi_region(resource: &Resource, found: &mut Found) {
    let Value::Known(details) = resource.node.block("details") else { return };
    found.point_names.push((resource.address.clone(), details.symbolic("name")));
    let block = features::block_attr(&details, "public_access_block", &features::public_access_block);
    let regions = details.blocks("region").nodes;
    let bucket = regions.first().map(|it| it.reference("bucket"));
    found.rest.access_points.push(AccessPoint {
        kind: AccessPointKind::MultiRegion,
        name: details.symbolic("name"),
        bucket: bucket.unwrap_or_else(|| Attr::absent(resource.origin.clone())),
        public_access_block: block,
        network_origin: Attr::known(NetworkOrigin::Internet, resource.origin.clone()),
        ..blank(resource)
    });
}

/// A policy that stands apart from its access point.
pub(in crate::frontend::terraform) struct PointPolicy {
    target: Attr<SymStr>,
    /// What is judged where the access point is not here: one of which only the policy is known.
    point: AccessPoint,
}

pub(super) fn policy(resource: &Resource) -> Option<PointPolicy> {
    let (policy, target) = match resource.node.block("details") {
        Value::Known(details) => (features::policy(&details, "policy", &resource.origin), details.symbolic("name")),
        _ => {
            let name = if resource.node.get("name").is_some() { "name" } else { "access_point_arn" };
            (features::policy(&resource.node, "policy", &resource.origin), resource.node.symbolic(name))
        }
    };
    let kind = match resource.kind.contains("multi_region") {
        true => AccessPointKind::MultiRegion,
        false if resource.kind.contains("object_lambda") => AccessPointKind::ObjectLambda,
        false => AccessPointKind::Bucket,
    };
    (resource.exists != Guard::Never)
        .then(|| PointPolicy { target, point: AccessPoint { kind, policy, ..blank(resource) } })
}

/// Attaches policies to the access points that are here; others become access points of their own.
pub(super) fn attach(found: &mut Found) {
    let mut own: BTreeMap<usize, Vec<(Guard, Attr<Policy>)>> = BTreeMap::new();
    for PointPolicy { target, point } in std::mem::take(&mut found.point_policies) {
        let points = found.rest.access_points.iter().enumerate();
        let reached: Vec<usize> =
            points.filter(|(_, it)| is_target(&target, &it.address, &found.point_names)).map(|(at, _)| at).collect();
        if reached.is_empty() {
            found.rest.access_points.push(point);
            continue;
        }
        for at in reached {
            own.entry(at).or_default().push((point.exists.clone(), point.policy.clone()));
        }
    }
    for (at, policies) in own {
        if let Some(point) = found.rest.access_points.get_mut(at) {
            model::attach_policies(point, &policies);
        }
    }
}

/// Whether a policy's target is the access point of this address: by reference, or by the name of one of several regions.
fn is_target(target: &Attr<SymStr>, address: &str, names: &[(String, Attr<SymStr>)]) -> bool {
    let Some(target) = target.as_known() else {
        // A reference that functions took apart: `element(split(":", x.id), 1)`, as the provider's documentation has it.
        return target.why().is_some_and(|it| mentions(it.subject(), address));
    };
    let referred = target.segs().iter().any(|seg| match seg {
        Seg::Hole(hole) => mentions(&hole.symbol.entity, address),
        Seg::Lit(_) => false,
    });
    let same = |it: &SymStr| it.known().is_some() && it.known() == target.known();
    referred || names.iter().any(|(of, name)| of == address && name.as_known().is_some_and(same))
}

/// Whether a text speaks of an address, not of a longer one.
fn mentions(text: &str, address: &str) -> bool {
    let inner = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-');
    text.match_indices(address).any(|(at, _)| {
        let before = text.get(..at).and_then(|it| it.chars().next_back());
        let after = text.get(at + address.len()..).and_then(|it| it.chars().next());
        !before.is_some_and(|it| inner(it) || it == '.') && !after.is_some_and(|it| inner(it) || it == '[')
    })
}

/// An access point of which nothing is known but its block: whether it serves a VPC only is written elsewhere.
fn blank(resource: &Resource) -> AccessPoint {
    let why = match resource.kind.contains("object_lambda") {
        true => {
            Why::new(Cause::Unsupported, "the access point under an Object Lambda access point", resource.origin.span)
        }
        false => Why::new(Cause::Undeclared, "the access point of this policy", resource.origin.span),
    };
    AccessPoint {
        address: resource.address.clone(),
        namespace: String::new(),
        kind: AccessPointKind::Bucket,
        format: Format::Terraform,
        origin: resource.origin.clone(),
        exists: resource.exists.clone(),
        name: Attr::absent(resource.origin.clone()),
        bucket: Attr::absent(resource.origin.clone()),
        bucket_address: None,
        public_access_block: Attr::absent(resource.origin.clone()),
        policy: Attr::absent(resource.origin.clone()),
        network_origin: Attr::unknown(why, resource.origin.clone()),
    }
}
