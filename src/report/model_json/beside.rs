//! What stands beside buckets as JSON: a list for each kind of thing.

use serde_json::{Map, Value as Json, json};

use crate::model::Estate;
use crate::model::beside::{Beside, DocumentKind, ServiceKind, What};

use super::super::shared::Places;
use super::field::{attr, location, number, plain, symbolic};
use super::policy;

/// The lists, by the names that they have in the model.
pub const KINDS: [&str; 8] =
    ["documents", "trails", "services", "exports", "tiers", "cdn_origins", "metric_filters", "alarms"];

/// What of one kind stands beside the buckets.
pub fn of_kind(kind: &str, estate: &Estate, places: &Places<'_>) -> Json {
    let own = estate.beside.iter().filter(|it| name(&it.what) == kind);
    own.map(|it| Json::Object(beside(it, places))).collect()
}

fn name(what: &What) -> &'static str {
    match what {
        What::Document(_) => "documents",
        What::Trail(_) => "trails",
        What::Service(_) => "services",
        What::Export(_) => "exports",
        What::Tier(_) => "tiers",
        What::CdnOrigin(_) => "cdn_origins",
        What::MetricFilter(_) => "metric_filters",
        What::Alarm(_) => "alarms",
    }
}

fn beside(it: &Beside, places: &Places<'_>) -> Map<String, Json> {
    let mut out = Map::new();
    let mut add = |key: &str, value: Json| {
        out.insert(key.to_owned(), value);
    };
    add("address", json!(it.address));
    add("location", location(&it.origin, places));
    add("exists", json!(it.exists.truth().as_str()));
    if matches!(it.what, What::Trail(_) | What::Export(_) | What::Tier(_) | What::CdnOrigin(_)) {
        add("bucket", attr(&it.bucket, symbolic));
        add("bucket_address", json!(it.bucket_address));
    }
    match &it.what {
        What::Document(own) => {
            let kind = match own.kind {
                DocumentKind::Identity => "identity",
                DocumentKind::Key => "key",
            };
            add("kind", json!(kind));
            add("policy", attr(&own.policy, |it| policy::policy(it, places)));
        }
        What::Trail(own) => {
            add("reads", plain(&own.reads));
            add("writes", plain(&own.writes));
            add("insights", plain(&own.insights));
        }
        What::Service(own) => {
            let kind = match own.kind {
                ServiceKind::GuardDuty => "guardduty",
                ServiceKind::Macie => "macie",
                ServiceKind::Config => "config",
                ServiceKind::AccessAnalyzer => "access-analyzer",
            };
            add("kind", json!(kind));
            add("enabled", plain(&own.enabled));
            add("s3_protection", plain(&own.s3_protection));
        }
        What::Export(own) => {
            add("destination", attr(&own.destination, symbolic));
            add("account", plain(&own.account));
            add("target_address", json!(it.target_address));
        }
        What::Tier(own) => {
            add("tier", plain(&own.tier));
            add("days", attr(&own.days, number));
        }
        What::CdnOrigin(own) => {
            add("is_bucket", plain(&own.is_bucket));
            add("signs", plain(&own.signs));
        }
        What::MetricFilter(own) => {
            add("pattern", plain(&own.pattern));
            add("metric", attr(&own.metric, symbolic));
        }
        What::Alarm(own) => add("metric", attr(&own.metric, symbolic)),
    }
    out
}
