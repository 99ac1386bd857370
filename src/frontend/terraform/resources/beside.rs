//! What stands beside buckets: policies of identities and keys, trails, detectors, exports, archive tiers, distributions,
//! metric filters.

use crate::model::archive::{Criterion, leaves_public_buckets};
use crate::model::beside::{
    Alarm, Beside, CdnOrigin, Document, DocumentKind, Export, MetricFilter, Selector, Service, ServiceKind, Tier,
    Trail, What, recorded,
};
use crate::value::{Attr, Kind, Origin, Seg, SymStr, Val, Value, Why};

use super::node::{Nested, Node, typed};
use super::{Resource, features};

/// Resource types that the model has something for beside buckets.
pub(super) fn is_beside(kind: &str) -> bool {
    matches!(
        kind,
        "aws_iam_policy"
            | "aws_iam_role_policy"
            | "aws_iam_user_policy"
            | "aws_iam_group_policy"
            | "aws_kms_key"
            | "aws_kms_key_policy"
            | "aws_cloudtrail"
            | "aws_guardduty_detector"
            | "aws_guardduty_detector_feature"
            | "aws_macie2_account"
            | "aws_accessanalyzer_archive_rule"
            | "aws_config_configuration_recorder"
            | "aws_config_configuration_recorder_status"
            | "aws_cloudwatch_log_metric_filter"
            | "aws_cloudwatch_metric_alarm"
            | "aws_cloudfront_distribution"
            | "aws_s3_bucket_inventory"
            | "aws_s3_bucket_analytics_configuration"
            | "aws_s3_bucket_intelligent_tiering_configuration"
    )
}

/// What a resource says; nothing for other types.
pub(super) fn lower(resource: &Resource) -> Vec<Beside> {
    let node = &resource.node;
    let absent = || Attr::absent(resource.origin.clone());
    let one = |bucket: Attr<SymStr>, what: What| vec![beside(resource, resource.origin.clone(), bucket, what)];
    match resource.kind.as_str() {
        "aws_iam_policy" | "aws_iam_role_policy" | "aws_iam_user_policy" | "aws_iam_group_policy" => {
            one(absent(), document(node, DocumentKind::Identity, resource))
        }
        "aws_kms_key" | "aws_kms_key_policy" => one(absent(), document(node, DocumentKind::Key, resource)),
        "aws_cloudtrail" => one(node.symbolic("s3_bucket_name"), What::Trail(trail(node))),
        "aws_guardduty_detector" => {
            let protection = nested(node, &["datasources", "s3_logs"], |it| it.bool("enable"));
            let enabled = node.bool("enable");
            one(absent(), What::Service(Service { kind: ServiceKind::GuardDuty, enabled, s3_protection: protection }))
        }
        "aws_guardduty_detector_feature" if node.text("name").as_known().is_some_and(|it| it == "S3_DATA_EVENTS") => {
            let status = node.text("status").map(|it| it == "ENABLED");
            let enabled = absent_bool(resource);
            one(absent(), What::Service(Service { kind: ServiceKind::GuardDuty, enabled, s3_protection: status }))
        }
        "aws_macie2_account" => {
            let enabled = node.text("status").map(|it| it == "ENABLED");
            let s3_protection = absent_bool(resource);
            one(absent(), What::Service(Service { kind: ServiceKind::Macie, enabled, s3_protection }))
        }
        "aws_accessanalyzer_archive_rule" => {
            let Nested { nodes, rest } = node.blocks("filter");
            let criterion = |it: &Node<'_, '_>| Criterion { property: it.text("criteria"), equals: it.texts("eq") };
            let criteria: Vec<Criterion> = nodes.iter().map(criterion).collect();
            let s3_protection = leaves_public_buckets(&criteria, rest, &node.origin());
            let kind = ServiceKind::AccessAnalyzer;
            one(absent(), What::Service(Service { kind, enabled: absent_bool(resource), s3_protection }))
        }
        "aws_config_configuration_recorder" => {
            let (enabled, s3_protection) = (absent_bool(resource), records_buckets(node));
            one(absent(), What::Service(Service { kind: ServiceKind::Config, enabled, s3_protection }))
        }
        "aws_config_configuration_recorder_status" => {
            let (enabled, s3_protection) = (node.bool("is_enabled"), absent_bool(resource));
            one(absent(), What::Service(Service { kind: ServiceKind::Config, enabled, s3_protection }))
        }
        "aws_cloudwatch_log_metric_filter" => {
            let metric = nested(node, &["metric_transformation"], |it| it.symbolic("name"));
            one(absent(), What::MetricFilter(MetricFilter { pattern: node.text("pattern"), metric }))
        }
        "aws_cloudwatch_metric_alarm" => one(absent(), What::Alarm(Alarm { metric: node.symbolic("metric_name") })),
        "aws_s3_bucket_inventory" => {
            let at = |name: &'static str| nested(node, &["destination", "bucket"], |it| it.symbolic(name));
            let account = nested(node, &["destination", "bucket"], |it| it.text("account_id"));
            one(node.reference("bucket"), What::Export(Export { destination: at("bucket_arn"), account }))
        }
        "aws_s3_bucket_analytics_configuration" => {
            let path = ["storage_class_analysis", "data_export", "destination", "s3_bucket_destination"];
            let destination = nested(node, &path, |it| it.symbolic("bucket_arn"));
            if destination.is_absent() {
                return Vec::new();
            }
            let account = nested(node, &path, |it| it.text("bucket_account_id"));
            one(node.reference("bucket"), What::Export(Export { destination, account }))
        }
        "aws_s3_bucket_intelligent_tiering_configuration" => {
            let tiers = node.blocks("tiering").nodes;
            let lower = |it: &Node<'_, '_>| Tier { tier: it.text("access_tier"), days: it.number("days") };
            let made =
                tiers.iter().map(|it| beside(resource, it.origin(), node.reference("bucket"), What::Tier(lower(it))));
            made.collect()
        }
        "aws_cloudfront_distribution" => {
            let origins = node.blocks("origin").nodes;
            origins
                .iter()
                .map(|it| beside(resource, it.origin(), bucket_of(it), What::CdnOrigin(cdn_origin(it))))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn beside(resource: &Resource, origin: Origin, bucket: Attr<SymStr>, what: What) -> Beside {
    Beside {
        address: resource.address.clone(),
        namespace: String::new(),
        origin,
        exists: resource.exists.clone(),
        bucket,
        bucket_address: None,
        target_address: None,
        what,
    }
}

fn absent_bool(resource: &Resource) -> Attr<bool> {
    Attr::absent(resource.origin.clone())
}

fn document(node: &Node<'_, '_>, kind: DocumentKind, resource: &Resource) -> What {
    What::Document(Document { kind, policy: features::policy(node, "policy", &resource.origin) })
}

/// A field of a block in a block.
fn nested<T>(node: &Node<'_, '_>, path: &[&str], read: impl Fn(&Node<'_, '_>) -> Attr<T>) -> Attr<T> {
    let Some((first, rest)) = path.split_first() else { return read(node) };
    match node.block(first) {
        Value::Known(block) => nested(&block, rest, read),
        Value::Absent => Attr::absent(node.origin()),
        Value::Unknown(why) | Value::OneOf(_, why) => Attr::unknown(why, node.origin()),
    }
}

/// Whether a recorder records buckets: everything where nothing is said, else what its recording group lists or leaves out.
fn records_buckets(node: &Node<'_, '_>) -> Attr<bool> {
    let lists = |it: &Attr<Vec<String>>| it.clone().map(|all| all.iter().any(|it| it == "AWS::S3::Bucket"));
    let excluded = nested(node, &["recording_group", "exclusion_by_resource_types"], |it| it.texts("resource_types"));
    let included = nested(node, &["recording_group"], |it| it.texts("resource_types"));
    let everything = nested(node, &["recording_group"], |it| it.bool("all_supported"));
    match (excluded.is_absent(), everything.as_known()) {
        (false, _) => lists(&excluded).map(|it| !it),
        (true, Some(false)) if included.is_absent() => Attr::known(false, node.origin()),
        (true, Some(false)) => lists(&included),
        (true, _) => everything,
    }
}

fn trail(node: &Node<'_, '_>) -> Trail {
    let basic = node.blocks("event_selector");
    let advanced = node.blocks("advanced_event_selector");
    let of_types = |it: &Node<'_, '_>| {
        let Nested { nodes, rest } = it.blocks("data_resource");
        let resources: Vec<_> = nodes.iter().map(|it| (it.text("type"), it.texts("values"))).collect();
        Selector::basic(&it.text("read_write_type"), &resources, rest)
    };
    let of_fields = |it: &Node<'_, '_>| {
        let Nested { nodes, rest } = it.blocks("field_selector");
        let fields: Vec<_> = nodes.iter().map(|it| (it.text("field"), it.texts("equals"))).collect();
        Selector::advanced(&fields, rest)
    };
    let selectors: Vec<Selector> =
        basic.nodes.iter().map(of_types).chain(advanced.nodes.iter().map(of_fields)).collect();
    let rest: Option<Why> = basic.rest.or(advanced.rest);
    let (reads, writes) = recorded(&selectors, rest.as_ref(), &node.origin());
    let insights = node.blocks("insight_selector");
    let insights = match insights.rest {
        Some(why) if insights.nodes.is_empty() => Attr::unknown(why, node.origin()),
        _ => Attr::known(!insights.nodes.is_empty(), node.origin()),
    };
    Trail { reads, writes, insights }
}

/// The bucket that an origin's domain name belongs to.
fn bucket_of(node: &Node<'_, '_>) -> Attr<SymStr> {
    by_domain(node, "domain_name")
}

/// The buckets of a distribution's standard logs.
pub(super) fn log_target(node: &Node<'_, '_>) -> Vec<Attr<SymStr>> {
    node.blocks("logging_config").nodes.iter().map(|it| by_domain(it, "bucket")).collect()
}

/// The buckets that a selection of AWS Backup names, by reference or by ARN. One with a wildcard names none for certain.
pub(super) fn backed_up(node: &Node<'_, '_>) -> Vec<Attr<SymStr>> {
    let Some(Val { kind: Kind::List(list), .. }) = node.get("resources") else { return Vec::new() };
    let name = |it: &Val| {
        let text = it.as_symstr()?;
        let plain = !text.display().contains(['*', '?']);
        let by_reference = text.segs().iter().find_map(|seg| match seg {
            Seg::Hole(hole) if hole.symbol.entity.contains("aws_s3_bucket.") => Some(SymStr::hole(hole.clone())),
            _ => None,
        });
        let by_text = || text.known()?.strip_prefix("arn:aws:s3:::").map(SymStr::text);
        by_reference.or_else(by_text).filter(|_| plain)
    };
    let found = list.items.iter().filter_map(|it| Some(Attr::known(name(it)?, it.origin.clone())));
    found.collect()
}

/// The bucket in a domain name or an ARN.
pub(super) fn by_domain(node: &Node<'_, '_>, argument: &str) -> Attr<SymStr> {
    typed(node.get(argument), &node.origin(), &|it| {
        let text = it.as_symstr()?;
        let hole = text.segs().iter().find_map(|it| match it {
            Seg::Hole(hole) if hole.symbol.entity.contains("aws_s3_bucket.") => Some(hole.clone()),
            _ => None,
        });
        // The region behind the name may be unknown.
        let by_text = || text.known_prefix().split_once(".s3").map(|(name, _)| SymStr::text(name));
        hole.map(SymStr::hole).or_else(by_text).or_else(|| text.known().is_none().then_some(text))
    })
}

fn cdn_origin(node: &Node<'_, '_>) -> CdnOrigin {
    let written = |name: &str| match node.symbolic(name).value {
        Value::Known(text) if text.known().is_some_and(|it| it.is_empty()) => Some(false),
        Value::Known(_) => Some(true),
        Value::Absent => Some(false),
        Value::Unknown(_) | Value::OneOf(..) => None,
    };
    let identity = nested(node, &["s3_origin_config"], |it| it.symbolic("origin_access_identity"));
    let identity_written = identity.as_known().map(|it| it.known().is_none_or(|it| !it.is_empty()));
    let signs = match (written("origin_access_control_id"), identity_written) {
        (Some(true), _) | (_, Some(true)) => Attr::known(true, node.origin()),
        (Some(false), _) if identity.why().is_none() => Attr::known(false, node.origin()),
        _ => {
            let why = node.symbolic("origin_access_control_id").why().or(identity.why()).cloned();
            let why =
                why.unwrap_or_else(|| Why::new(crate::value::Cause::Unsupported, "the origin", node.origin().span));
            Attr::unknown(why, node.origin())
        }
    };
    CdnOrigin { is_bucket: is_bucket(node), signs }
}

/// A web site's endpoint is no bucket's: CloudFront reads it like any web server.
fn is_bucket(node: &Node<'_, '_>) -> Attr<bool> {
    if !node.blocks("custom_origin_config").nodes.is_empty() {
        return Attr::known(false, node.origin());
    }
    typed(node.get("domain_name"), &node.origin(), &|it| {
        let text = it.as_symstr()?;
        let by_attribute = text.segs().iter().find_map(|it| match it {
            Seg::Hole(hole) => match &*hole.symbol.attribute {
                "bucket_regional_domain_name" | "bucket_domain_name" => Some(true),
                "dns_name" | "website_endpoint" | "domain_name" | "invoke_url" => Some(false),
                _ => None,
            },
            Seg::Lit(_) => None,
        });
        by_attribute.or_else(|| {
            let shown = text.display();
            let is_s3 = shown.ends_with(".amazonaws.com") && shown.contains(".s3") && !shown.contains("s3-website");
            (is_s3 || text.known().is_some()).then_some(is_s3)
        })
    })
}
