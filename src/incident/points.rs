//! Access points of a source, in the shape of a snapshot's records whatever the source is, so that code and what is live are compared
//! and restored alike.

use serde_json::{Map, Value as Json, json};

use crate::frontend::live::{BucketRecord, LISTED, NOT_IN_SOURCE, PointRecord, State};
use crate::model::{AccessPoint, AccessPointKind, Bucket, Estate, NetworkOrigin, PublicAccessBlock, partition_of};
use crate::value::{Attr, Guard, Truth, Value};

use super::said::{self, Own, Said};

/// A value of the code is not known.
pub const UNRESOLVED: &str = "Unresolved";

/// The access points of one bucket.
#[derive(Clone, Debug, Default)]
pub struct Points {
    /// Those whose name is known.
    pub all: Vec<PointRecord>,
    /// Why there may be others: one sentence each.
    pub unknown: Vec<String>,
    /// Whether the source claims to have all: code manages those that it mentions.
    pub claims_all: bool,
}

/// Where a bucket is: code speaks of ARNs that nobody knows before it is deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    partition: String,
    region: Option<String>,
    account: Option<String>,
}

impl Place {
    /// Where a bucket of a snapshot is.
    #[must_use]
    pub fn of_record(record: &BucketRecord) -> Self {
        let partition = record.region.as_deref().map_or("aws", partition_of).to_owned();
        Self { partition, region: record.region.clone(), account: record.account.clone() }
    }

    /// The region, where it is known.
    pub(super) fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// The same for both of two sides of code: what neither knows is no difference.
    pub(super) fn anywhere() -> Self {
        Self { partition: "aws".to_owned(), region: Some("REGION".to_owned()), account: Some("ACCOUNT".to_owned()) }
    }

    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html>
    fn arn(&self, name: &str) -> Option<String> {
        let (region, account) = (self.region.as_deref()?, self.account.as_deref()?);
        Some(format!("arn:{}:s3:{region}:{account}:accesspoint/{name}", self.partition))
    }
}

/// Those of a snapshot's bucket. A list that could not be read is not an empty one, and not every source has a list.
#[must_use]
pub fn of_record(record: &BucketRecord, all: Vec<PointRecord>) -> Points {
    match record.features.get(LISTED) {
        Some(State::Set { .. } | State::Absent { .. }) => Points { all, unknown: Vec::new(), claims_all: true },
        Some(State::Unknown { code, message, .. }) => {
            let why = format!("the access points of the bucket could not be listed: {code}: {message}");
            Points { all, unknown: vec![why], claims_all: false }
        }
        None => Points { all, ..Points::default() },
    }
}

/// Those that code declares for a bucket that is called `name`.
#[must_use]
pub fn of_code(estate: &Estate, bucket: &Bucket, name: &str, place: &Place) -> Points {
    let mut out = Points::default();
    let leads_here = |it: &&AccessPoint| {
        let by_name = || it.bucket.as_known().and_then(|it| it.known()).is_some_and(|it| it == name);
        it.leads_to(bucket) || by_name()
    };
    let declared = estate.access_points.iter().filter(|it| it.kind == AccessPointKind::Bucket);
    for point in declared.filter(|it| it.exists != Guard::Never).filter(leads_here) {
        if point.exists.truth() != Truth::Yes {
            out.unknown.push(format!("whether {} exists depends on `{}`", point.address, point.exists));
            continue;
        }
        let Some(called) = point.name.as_known().and_then(|it| it.known()) else {
            out.unknown.push(format!("the name of {} is not known", point.address));
            continue;
        };
        let arn = place.arn(&called);
        let own = Own { address: &bucket.address, name, point: Some((&point.address, &called, arn.as_deref())) };
        let policy = said::said(&point.policy, |it| Ok(json!({ "Policy": said::policy(it, &own)?.to_string() })));
        out.all.push(PointRecord {
            bucket: name.to_owned(),
            account: place.account.clone(),
            point: State::set(settings(point, &own)),
            policy: state(policy),
            evidence: std::collections::BTreeMap::new(),
            name: called,
            arn,
        });
    }
    out
}

fn state(said: Said) -> State {
    match said {
        Said::Set(document) => State::set(document),
        Said::Absent => State::absent(),
        Said::Silent => State::unknown(NOT_IN_SOURCE, "the code says nothing of it"),
        Said::Unknown(why) | Said::Summary(why) => State::unknown(UNRESOLVED, why),
    }
}

/// What is known for certain of where it is reached from and of its Block Public Access, as `get-access-point` has it.
fn settings(point: &AccessPoint, own: &Own<'_>) -> Json {
    let mut out = Map::new();
    match point.network_origin.as_known() {
        Some(NetworkOrigin::Internet) => drop(out.insert("NetworkOrigin".to_owned(), json!("Internet"))),
        Some(NetworkOrigin::Vpc(id)) => {
            out.insert("NetworkOrigin".to_owned(), json!("VPC"));
            if let Some(id) = id.as_known().and_then(|it| said::resolved(it, own).ok()) {
                out.insert("VpcConfiguration".to_owned(), json!({ "VpcId": id }));
            }
        }
        None => {}
    }
    // All four are on where nothing is written.
    let all = match &point.public_access_block.value {
        Value::Absent => Some([true; 4]),
        Value::Known(it) => flags(it),
        Value::Unknown(_) | Value::OneOf(..) => None,
    };
    if let Some([a, b, c, d]) = all {
        out.insert(
            "PublicAccessBlockConfiguration".to_owned(),
            json!({ "BlockPublicAcls": a, "IgnorePublicAcls": b, "BlockPublicPolicy": c, "RestrictPublicBuckets": d }),
        );
    }
    out.into()
}

/// Nothing where one is not written: what that means differs by language.
fn flags(it: &PublicAccessBlock) -> Option<[bool; 4]> {
    let known = |it: &Attr<bool>| it.as_known().copied();
    Some([
        known(&it.block_public_acls)?,
        known(&it.ignore_public_acls)?,
        known(&it.block_public_policy)?,
        known(&it.restrict_public_buckets)?,
    ])
}
