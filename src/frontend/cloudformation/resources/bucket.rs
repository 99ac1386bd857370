//! `AWS::S3::Bucket` and `AWS::S3Express::DirectoryBucket`.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-s3-bucket.html>

use crate::model::{Bucket, BucketKind, Format};
use crate::value::{Attr, Guard, Origin};

use super::super::read::Body;
use super::{access, data, events};

/// A bucket from its properties.
pub(in super::super) fn bucket(
    address: String,
    origin: Origin,
    exists: Guard,
    body: Body<'_>,
    directory: bool,
    deletion_policy: Attr<String>,
) -> Bucket {
    let mut out = Bucket::new(address, Format::CloudFormation, origin);
    out.exists = exists;
    out.deletion_policy = deletion_policy;
    out.name = body.symbolic("BucketName");
    out.encryption = data::encryption(body);
    out.lifecycle = data::lifecycle(body);
    out.tags = events::tags(body);
    if directory {
        out.kind = BucketKind::Directory;
        return out;
    }
    out.acl = access::acl(body);
    out.ownership = access::ownership(body);
    out.public_access_block = access::public_access_block(body, "PublicAccessBlockConfiguration");
    out.versioning = data::versioning(body);
    out.logging = data::logging(body);
    out.object_lock = data::object_lock(body);
    out.replication = data::replication(body);
    out.cors = events::cors(body);
    out.website = events::website(body);
    out.notification = events::notification(body);
    out.acceleration = body.part("AccelerateConfiguration", |it| it.text("AccelerationStatus").value);
    out
}
