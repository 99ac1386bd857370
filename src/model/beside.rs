//! What stands beside buckets and is about S3: policies of identities and keys, trails, detectors, exports of listings, archive
//! tiers, origins of distributions, metric filters and their alarms.

use crate::policy::Policy;
use crate::value::{Attr, Cause, Guard, Origin, SymStr, Truth, Why};

/// One thing beside buckets.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// Instance address.
    pub address: String,
    /// The root module or template it belongs to: addresses are unique within one.
    pub namespace: String,
    /// The block.
    pub origin: Origin,
    /// When it exists.
    pub exists: Guard,
    /// The bucket that it is about: written to, exported, tiered, served.
    pub bucket: Attr<SymStr>,
    /// Address of that bucket where it is in the estate (set by `link`).
    pub bucket_address: Option<String>,
    /// Address of the bucket that an export goes to, where it is in the estate (set by `link`).
    pub target_address: Option<String>,
    /// What it is.
    pub what: What,
}

/// What stands beside buckets.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the types say it")]
pub enum What {
    Document(Document),
    Trail(Trail),
    Service(Service),
    Export(Export),
    Tier(Tier),
    CdnOrigin(CdnOrigin),
    MetricFilter(MetricFilter),
    Alarm(Alarm),
}

/// A policy that is no bucket's.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Whose.
    pub kind: DocumentKind,
    /// The policy.
    pub policy: Attr<Policy>,
}

/// Whose policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// A user's, group's or role's, or a managed policy.
    Identity,
    /// A KMS key's.
    Key,
}

/// A CloudTrail trail: what it records of S3's objects.
#[derive(Clone, Debug, PartialEq)]
pub struct Trail {
    /// Some reads of objects.
    pub reads: Attr<bool>,
    /// Some writes and deletions of objects.
    pub writes: Attr<bool>,
    /// Whether it looks for unusual activity.
    pub insights: Attr<bool>,
}

/// A detecting service that the code declares.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Which.
    pub kind: ServiceKind,
    /// Whether it is on; absent is on.
    pub enabled: Attr<bool>,
    /// Whether GuardDuty reads S3 data events, AWS Config records buckets, or an archive rule of Access Analyzer leaves findings about
    /// public buckets to be seen; absent is on.
    pub s3_protection: Attr<bool>,
}

/// Which detecting service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are AWS's")]
pub enum ServiceKind {
    GuardDuty,
    Macie,
    Config,
    AccessAnalyzer,
}

/// An inventory or an analytics export of a bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// ARN of the bucket that it goes to.
    pub destination: Attr<SymStr>,
    /// The account that is expected to own that bucket.
    pub account: Attr<String>,
}

/// An archive tier of S3 Intelligent-Tiering.
#[derive(Clone, Debug, PartialEq)]
pub struct Tier {
    /// `ARCHIVE_ACCESS`, `DEEP_ARCHIVE_ACCESS`.
    pub tier: Attr<String>,
    /// Days without access until objects go there.
    pub days: Attr<f64>,
}

/// An origin of a CloudFront distribution.
#[derive(Clone, Debug, PartialEq)]
pub struct CdnOrigin {
    /// Whether it is a bucket's REST endpoint.
    pub is_bucket: Attr<bool>,
    /// Whether CloudFront signs its requests: origin access control or the older identity.
    pub signs: Attr<bool>,
}

/// A metric filter over a log: what it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricFilter {
    /// The filter pattern.
    pub pattern: Attr<String>,
    /// Name of the metric that counts.
    pub metric: Attr<SymStr>,
}

/// An alarm of CloudWatch.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// Name of the metric that it is on.
    pub metric: Attr<SymStr>,
}

/// One event selector of a trail, as far as it is about S3's objects.
#[derive(Clone, Debug, PartialEq)]
pub struct Selector {
    objects: Truth,
    reads: Truth,
    writes: Truth,
    why: Option<Why>,
}

impl Selector {
    /// A basic selector: `All` (where nothing is said), `ReadOnly` or `WriteOnly`, with its data resources: type and values.
    #[must_use]
    pub fn basic(kind: &Attr<String>, resources: &[(Attr<String>, Attr<Vec<String>>)], rest: Option<Why>) -> Self {
        let says = |own: &str| kind.holds(Truth::Yes, |it| (it == "All" || it == own).into());
        let one = |(kind, values): &(Attr<String>, Attr<Vec<String>>)| {
            // Values that are not plain text are prefixes of a bucket made by reference: what is certain is a miss.
            let misses = values.as_known().is_some_and(|all| !all.iter().any(|it| names_objects(it)));
            kind.holds(Truth::No, |it| (it == OBJECTS && !misses).into())
        };
        let objects = Truth::any(resources.iter().map(one));
        let objects = objects.or(if rest.is_some() { Truth::Unknown } else { Truth::No });
        let why = resources.iter().find_map(|it| it.0.why()).or(kind.why()).cloned().or(rest);
        Self { objects, reads: says("ReadOnly"), writes: says("WriteOnly"), why }
    }

    /// An advanced selector: fields with the values that they equal.
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html>
    #[must_use]
    pub fn advanced(fields: &[(Attr<String>, Attr<Vec<String>>)], rest: Option<Why>) -> Self {
        let equals = |name: &str, value: &str, lacking: Truth| {
            let of = |it: &&(Attr<String>, Attr<Vec<String>>)| it.0.as_known().is_some_and(|it| it == name);
            fields.iter().find(of).map_or(lacking, |it| {
                it.1.holds(Truth::Unknown, |all| all.iter().any(|it| it.eq_ignore_ascii_case(value)).into())
            })
        };
        let unnamed = fields.iter().find_map(|it| it.0.why()).cloned().or(rest);
        let lacking = if unnamed.is_some() { Truth::Unknown } else { Truth::No };
        let open = if unnamed.is_some() { Truth::Unknown } else { Truth::Yes };
        let why = unnamed.or_else(|| fields.iter().find_map(|it| it.1.why()).cloned());
        Self {
            objects: equals("resources.type", OBJECTS, lacking),
            reads: equals("readOnly", "true", open),
            writes: equals("readOnly", "false", open),
            why,
        }
    }
}

/// `arn:aws:s3`, with colons behind it or without, is every object; else the ARN of a bucket with a slash, and a prefix behind it.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DataResource.html>
fn names_objects(value: &str) -> bool {
    value.splitn(6, ':').nth(5).map_or_else(|| value.ends_with(":s3"), |it| it.is_empty() || it.contains('/'))
}

const OBJECTS: &str = "AWS::S3::Object";

/// Whether selectors together record reads, and writes, of objects. `rest`: why there may be further ones.
#[must_use]
pub fn recorded(selectors: &[Selector], rest: Option<&Why>, origin: &Origin) -> (Attr<bool>, Attr<bool>) {
    let more = if rest.is_some() { Truth::Unknown } else { Truth::No };
    let why = selectors.iter().find_map(|it| it.why.clone()).or_else(|| rest.cloned());
    let attr = |truth: Truth| match truth {
        Truth::Yes => Attr::known(true, origin.clone()),
        Truth::No => Attr::known(false, origin.clone()),
        Truth::Unknown => {
            let why = why.clone().unwrap_or_else(|| Why::new(Cause::Conditional, "an event selector", origin.span));
            Attr::unknown(why, origin.clone())
        }
    };
    let reads = Truth::any(selectors.iter().map(|it| it.objects.and(it.reads))).or(more);
    let writes = Truth::any(selectors.iter().map(|it| it.objects.and(it.writes))).or(more);
    (attr(reads), attr(writes))
}
