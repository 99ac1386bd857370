//! What stands beside buckets: policies of identities and keys, trails, detectors, exports, archive tiers, distributions.

use crate::model::archive::{Criterion, leaves_public_buckets};
use crate::model::beside::{
    Alarm, Beside, CdnOrigin, Document, DocumentKind, Export, MetricFilter, Selector, Service, ServiceKind, Tier,
    Trail, What, recorded,
};
use crate::value::{Attr, Guard, Kind, Origin, SymStr, Val, Value};

use super::super::read::Body;
use super::policy::document;

/// Resource types that the model has something for beside buckets.
pub(in super::super) fn is_beside(kind: &str) -> bool {
    kind.starts_with("AWS::IAM::")
        || matches!(
            kind,
            "AWS::KMS::Key"
                | "AWS::CloudTrail::Trail"
                | "AWS::GuardDuty::Detector"
                | "AWS::Macie::Session"
                | "AWS::AccessAnalyzer::Analyzer"
                | "AWS::Config::ConfigurationRecorder"
                | "AWS::Logs::MetricFilter"
                | "AWS::CloudWatch::Alarm"
                | "AWS::CloudFront::Distribution"
                | "AWS::S3::Bucket"
        )
}

/// What a resource says; nothing for other types.
pub(in super::super) fn beside(
    address: &str,
    origin: &Origin,
    exists: &Guard,
    body: Body<'_>,
    kind: &str,
) -> Vec<Beside> {
    let found = match kind {
        "AWS::IAM::Policy"
        | "AWS::IAM::ManagedPolicy"
        | "AWS::IAM::RolePolicy"
        | "AWS::IAM::UserPolicy"
        | "AWS::IAM::GroupPolicy" => identity(body, origin),
        "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" => {
            inner(body, "Policies", &|it| identity(it, it.owner))
        }
        "AWS::KMS::Key" => {
            let policy = document(body, "KeyPolicy");
            vec![found(origin, absent(origin), What::Document(Document { kind: DocumentKind::Key, policy }))]
        }
        "AWS::CloudTrail::Trail" => vec![found(origin, body.symbolic("S3BucketName"), What::Trail(trail(body)))],
        "AWS::GuardDuty::Detector" => vec![found(origin, absent(origin), What::Service(guard_duty(body)))],
        "AWS::Macie::Session" => {
            let enabled = body.text("Status").map(|it| it == "ENABLED");
            let s3_protection = Attr::absent(origin.clone());
            let service = Service { kind: ServiceKind::Macie, enabled, s3_protection };
            vec![found(origin, absent(origin), What::Service(service))]
        }
        "AWS::AccessAnalyzer::Analyzer" => inner(body, "ArchiveRules", &|it| vec![archive_rule(it)]),
        "AWS::Config::ConfigurationRecorder" => {
            let (enabled, s3_protection) = (Attr::absent(origin.clone()), records_buckets(body));
            let service = Service { kind: ServiceKind::Config, enabled, s3_protection };
            vec![found(origin, absent(origin), What::Service(service))]
        }
        "AWS::Logs::MetricFilter" => {
            let metrics = body.parts("MetricTransformations", |it| it.symbolic("MetricName"));
            let first = metrics.as_known().and_then(|all| all.first().cloned());
            let metric = match (first, metrics.why()) {
                (Some(own), _) => own,
                (None, Some(why)) => Attr::unknown(why.clone(), metrics.origin.clone()),
                (None, None) => absent(origin),
            };
            let filter = MetricFilter { pattern: body.text("FilterPattern"), metric };
            vec![found(origin, absent(origin), What::MetricFilter(filter))]
        }
        "AWS::CloudWatch::Alarm" => {
            vec![found(origin, absent(origin), What::Alarm(Alarm { metric: body.symbolic("MetricName") }))]
        }
        "AWS::CloudFront::Distribution" => {
            let Some(Val { kind: Kind::Map(map), origin: at, .. }) = body.raw("DistributionConfig") else {
                return Vec::new();
            };
            let config = body.inside(map, at);
            inner(config, "Origins", &|it| vec![found(it.owner, bucket_of(it), What::CdnOrigin(cdn_origin(it)))])
        }
        "AWS::S3::Bucket" => of_bucket(address, body),
        _ => Vec::new(),
    };
    let complete = |it: Found| Beside {
        address: address.to_owned(),
        namespace: String::new(),
        origin: it.0,
        exists: exists.clone(),
        bucket: it.1,
        bucket_address: None,
        target_address: None,
        what: it.2,
    };
    found.into_iter().map(complete).collect()
}

type Found = (Origin, Attr<SymStr>, What);

fn found(origin: &Origin, bucket: Attr<SymStr>, what: What) -> Found {
    (origin.clone(), bucket, what)
}

fn absent(origin: &Origin) -> Attr<SymStr> {
    Attr::absent(origin.clone())
}

/// Each map of a list.
fn inner(body: Body<'_>, key: &str, read: &dyn Fn(Body<'_>) -> Vec<Found>) -> Vec<Found> {
    let Some(Val { kind: Kind::List(list), .. }) = body.raw(key) else { return Vec::new() };
    let mut out = Vec::new();
    for item in &list.items {
        if let Kind::Map(map) = &item.kind {
            out.extend(read(body.inside(map, &item.origin)));
        }
    }
    out
}

fn identity(body: Body<'_>, origin: &Origin) -> Vec<Found> {
    let policy = document(body, "PolicyDocument");
    vec![found(origin, absent(origin), What::Document(Document { kind: DocumentKind::Identity, policy }))]
}

fn trail(body: Body<'_>) -> Trail {
    let basic = body.parts("EventSelectors", |it| {
        let resources = it.parts("DataResources", |it| (it.text("Type"), it.texts("Values")));
        let known = resources.as_known().cloned().unwrap_or_default();
        Selector::basic(&it.text("ReadWriteType"), &known, resources.why().cloned())
    });
    let advanced = body.parts("AdvancedEventSelectors", |it| {
        let fields = it.parts("FieldSelectors", |it| (it.text("Field"), it.texts("Equals")));
        let known = fields.as_known().cloned().unwrap_or_default();
        Selector::advanced(&known, fields.why().cloned())
    });
    let all: Vec<Selector> = [&basic, &advanced].into_iter().filter_map(Attr::as_known).flatten().cloned().collect();
    let (reads, writes) = recorded(&all, basic.why().or(advanced.why()), body.owner);
    let insights = body.parts("InsightSelectors", |_| true).map(|it| !it.is_empty());
    let insights = if insights.is_absent() { Attr::known(false, body.owner.clone()) } else { insights };
    Trail { reads, writes, insights }
}

fn archive_rule(body: Body<'_>) -> Found {
    let criterion = |it: Body<'_>| Criterion { property: it.text("Property"), equals: it.texts("Eq") };
    let criteria = body.parts("Filter", criterion);
    let known = criteria.as_known().cloned().unwrap_or_default();
    let s3_protection = leaves_public_buckets(&known, criteria.why().cloned(), body.owner);
    let enabled = Attr::absent(body.owner.clone());
    let service = Service { kind: ServiceKind::AccessAnalyzer, enabled, s3_protection };
    found(body.owner, absent(body.owner), What::Service(service))
}

/// Whether a recorder records buckets: everything where nothing is said, else what its recording group lists or leaves out.
fn records_buckets(body: Body<'_>) -> Attr<bool> {
    let lists = |it: &Attr<Vec<String>>| it.clone().map(|all| all.iter().any(|it| it == "AWS::S3::Bucket"));
    let excluded = body
        .part("RecordingGroup", |it| it.part("ExclusionByResourceTypes", |it| it.texts("ResourceTypes").value).value);
    let included = body.part("RecordingGroup", |it| it.texts("ResourceTypes").value);
    let everything = body.part("RecordingGroup", |it| it.flag("AllSupported").value);
    match (excluded.is_absent(), included.is_absent()) {
        (false, _) => lists(&excluded).map(|it| !it),
        (true, false) => lists(&included),
        (true, true) => everything,
    }
}

fn guard_duty(body: Body<'_>) -> Service {
    let old = body.part("DataSources", |it| it.part("S3Logs", |it| it.flag("Enable").value).value);
    let features = body.parts("Features", |it| (it.text("Name"), it.text("Status")));
    let of_s3 = features.as_known().and_then(|all| {
        all.iter().find(|it| it.0.as_known().is_some_and(|it| it == "S3_DATA_EVENTS")).map(|it| it.1.clone())
    });
    let s3_protection = match (of_s3, features.why()) {
        (Some(status), _) => status.map(|it| it == "ENABLED"),
        (None, Some(why)) => Attr::unknown(why.clone(), features.origin.clone()),
        (None, None) => old,
    };
    Service { kind: ServiceKind::GuardDuty, enabled: body.flag("Enable"), s3_protection }
}

/// Inventories, analytics exports and archive tiers, which CloudFormation writes in the bucket.
fn of_bucket(address: &str, body: Body<'_>) -> Vec<Found> {
    // The name by which `link` finds the bucket itself.
    let own = |origin: &Origin| {
        let why = crate::value::Why::new(crate::value::Cause::Computed, address, origin.span);
        let symbol = crate::value::Symbol::new(address, "id");
        let hole = crate::value::Hole { symbol, class: crate::value::Class::BucketName, known: None, why };
        Attr::known(SymStr::hole(hole), origin.clone())
    };
    let mut all = inner(body, "InventoryConfigurations", &|it| {
        let at = |key: &'static str| it.part("Destination", |it| it.symbolic(key).value);
        let account = it.part("Destination", |it| it.text("BucketAccountId").value);
        vec![found(it.owner, own(it.owner), What::Export(Export { destination: at("BucketArn"), account }))]
    });
    all.extend(inner(body, "AnalyticsConfigurations", &|it| {
        let export = |read: &dyn Fn(Body<'_>) -> Value<SymStr>| {
            it.part("StorageClassAnalysis", |it| it.part("DataExport", |it| it.part("Destination", read).value).value)
        };
        let destination = export(&|it| it.symbolic("BucketArn").value);
        let account = export(&|it| it.symbolic("BucketAccountId").value);
        let account = match account.as_known().and_then(SymStr::known) {
            Some(text) => Attr::known(text, account.origin.clone()),
            None => Attr::absent(it.owner.clone()),
        };
        let export = What::Export(Export { destination: destination.clone(), account });
        if destination.is_absent() { Vec::new() } else { vec![found(it.owner, own(it.owner), export)] }
    }));
    all.extend(inner(body, "IntelligentTieringConfigurations", &|it| {
        inner(it, "Tierings", &|it| {
            let tier = Tier { tier: it.text("AccessTier"), days: it.number("Days") };
            vec![found(it.owner, own(it.owner), What::Tier(tier))]
        })
    }));
    all
}

/// The bucket whose domain name an origin has.
fn bucket_of(body: Body<'_>) -> Attr<SymStr> {
    body.symbolic("DomainName")
}

fn cdn_origin(body: Body<'_>) -> CdnOrigin {
    let control = body.symbolic("OriginAccessControlId");
    let identity = body.part("S3OriginConfig", |it| it.symbolic("OriginAccessIdentity").value);
    let written = |it: &Attr<SymStr>| it.as_known().is_some_and(|it| it.known().is_none_or(|it| !it.is_empty()));
    let unknown = control.why().or(identity.why()).cloned();
    let signs = match (written(&control) || written(&identity), unknown) {
        (true, _) => Attr::known(true, body.owner.clone()),
        (false, None) => Attr::known(false, body.owner.clone()),
        (false, Some(why)) => Attr::unknown(why, body.owner.clone()),
    };
    // CloudFormation tells origins apart by which of the two configurations they have.
    let is_bucket = match (body.raw("CustomOriginConfig"), body.raw("S3OriginConfig")) {
        (Some(_), _) => Attr::known(false, body.owner.clone()),
        (None, Some(_)) => Attr::known(true, body.owner.clone()),
        (None, None) => body.field("DomainName", |val| {
            let Some(text) = val.as_symstr() else { return body.wrong(val, "text") };
            let shown = text.display();
            let is_s3 = shown.ends_with(".amazonaws.com") && shown.contains(".s3") && !shown.contains("s3-website");
            match (text.known().is_some() || is_s3, text.why()) {
                (false, Some(why)) => Value::Unknown(why.clone()),
                _ => Value::Known(is_s3),
            }
        }),
    };
    CdnOrigin { is_bucket, signs }
}
