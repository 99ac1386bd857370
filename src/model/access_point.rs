//! Access points: second doors to a bucket.

use crate::policy::Policy;
use crate::value::{Attr, Guard, Origin, SymStr};

use super::{Bucket, Format, PublicAccessBlock};

/// From where an access point can be reached.
#[derive(Clone, Debug, PartialEq)]
pub enum NetworkOrigin {
    /// From anywhere.
    Internet,
    /// From one VPC only.
    Vpc(Attr<SymStr>),
}

/// Kinds of access points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessPointKind {
    /// Of one bucket.
    Bucket,
    /// Of buckets in several regions.
    MultiRegion,
    /// With a function in between.
    ObjectLambda,
}

/// An access point, a multi-region access point or an object lambda access point.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessPoint {
    /// Instance address.
    pub address: String,
    /// The root module or template it belongs to: addresses are unique within one.
    pub namespace: String,
    /// Which kind.
    pub kind: AccessPointKind,
    /// The language it was written in.
    pub format: Format,
    /// The block.
    pub origin: Origin,
    /// When it exists.
    pub exists: Guard,
    /// Its name.
    pub name: Attr<SymStr>,
    /// The bucket it leads to.
    pub bucket: Attr<SymStr>,
    /// Address of that bucket where it is in the estate (set by `link`).
    pub bucket_address: Option<String>,
    /// Block Public Access of the access point; absent means all four on.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-bpa-settings.html>
    pub public_access_block: Attr<PublicAccessBlock>,
    /// Its policy.
    pub policy: Attr<Policy>,
    /// From where it can be reached.
    pub network_origin: Attr<NetworkOrigin>,
}

impl AccessPoint {
    /// Whether it leads to a bucket of its root module or template.
    #[must_use]
    pub fn leads_to(&self, bucket: &Bucket) -> bool {
        self.namespace == bucket.namespace && self.bucket_address.as_deref() == Some(&bucket.address)
    }
}
