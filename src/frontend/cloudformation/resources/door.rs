//! Access points: `AWS::S3::AccessPoint`, `AWS::S3::MultiRegionAccessPoint`, `AWS::S3ObjectLambda::AccessPoint`.

use crate::model::{AccessPoint, AccessPointKind, Format, NetworkOrigin};
use crate::value::{Attr, Guard, Origin, Value};

use super::super::read::Body;
use super::{access, policy};

/// An access point. `kind` is its resource type.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-s3-accesspoint.html>
pub(in super::super) fn access_point(
    address: String,
    origin: Origin,
    exists: Guard,
    body: Body<'_>,
    kind: &str,
) -> AccessPoint {
    let multi_region = kind == "AWS::S3::MultiRegionAccessPoint";
    let vpc = body.part("VpcConfiguration", |it| {
        let id = it.symbolic("VpcId");
        Value::Known(if id.is_absent() { NetworkOrigin::Internet } else { NetworkOrigin::Vpc(id) })
    });
    let network_origin = if vpc.is_absent() { Attr::known(NetworkOrigin::Internet, origin.clone()) } else { vpc };
    let bucket = if multi_region {
        // One of several regions; the first stands for the rest.
        let regions = body.list("Regions", |val| body.with_map(val, &|it| it.symbolic("Bucket").value));
        match regions.as_known().and_then(|it| it.first()) {
            Some(first) => Attr::known(first.clone(), regions.origin.clone()),
            None => regions.map(|it| it.into_iter().next().unwrap_or_default()),
        }
    } else {
        body.symbolic("Bucket")
    };
    AccessPoint {
        address,
        namespace: String::new(),
        kind: match kind {
            "AWS::S3::MultiRegionAccessPoint" => AccessPointKind::MultiRegion,
            "AWS::S3ObjectLambda::AccessPoint" => AccessPointKind::ObjectLambda,
            _ => AccessPointKind::Bucket,
        },
        format: Format::CloudFormation,
        exists,
        name: body.symbolic("Name"),
        bucket,
        bucket_address: None,
        public_access_block: access::public_access_block(body, "PublicAccessBlockConfiguration"),
        policy: policy::document(body, "Policy"),
        network_origin,
        origin,
    }
}
