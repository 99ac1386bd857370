//! A bucket as JSON.

use serde_json::{Map, Value as Json, json};

use crate::exposure::Exposure;
use crate::model::{Bucket, Duplicate};
use crate::value::{Attr, HopKind, Origin};

use super::super::shared::Places;
use super::field::{attr, location, plain, span, symbolic, why};
use super::{exposure, features, policy};

pub fn bucket(it: &Bucket, verdict: Option<&Exposure>, places: &Places<'_>) -> Json {
    json!({
        "address": it.address,
        "name": attr(&it.name, symbolic),
        "format": it.format.as_str(),
        "kind": it.kind.as_str(),
        "location": location(&it.origin, places),
        "exists": it.exists.truth().as_str(),
        "exists_when": it.exists.to_string(),
        "provider": it.provider,
        "acl": attr(&it.acl, features::acl),
        "ownership": attr(&it.ownership, features::ownership),
        "public_access_block": attr(&it.public_access_block, features::public_access_block),
        "policy": attr(&it.policy, |it| policy::policy(it, places)),
        "versioning": attr(&it.versioning, features::versioning),
        "encryption": attr(&it.encryption, features::encryption),
        "logging": attr(&it.logging, features::logging),
        "object_lock": attr(&it.object_lock, features::object_lock),
        "lifecycle": attr(&it.lifecycle, features::lifecycle),
        "replication": attr(&it.replication, features::replication),
        "cors": attr(&it.cors, |it| features::cors(it)),
        "website": attr(&it.website, features::website),
        "notification": attr(&it.notification, features::notification),
        "tags": attr(&it.tags, |it| features::tags(it)),
        "force_destroy": plain(&it.force_destroy),
        "acceleration": plain(&it.acceleration),
        "deletion_policy": plain(&it.deletion_policy),
        "account": it.account,
        "is_log_target": it.is_log_target,
        "is_trail_target": it.is_trail_target,
        "is_cdn_log_target": it.is_cdn_log_target,
        "is_backed_up": it.is_backed_up,
        "is_replica": it.is_replica,
        "log_target": it.log_target,
        "duplicates": it.duplicates.iter().map(|it| duplicate(it, places)).collect::<Vec<_>>(),
        "locations": locations(it, places),
        "exposure": verdict.map(|it| exposure::exposure(it, places)),
    })
}

fn duplicate(it: &Duplicate, places: &Places<'_>) -> Json {
    json!({
        "field": it.field,
        "first": it.first,
        "first_location": location(&it.first_origin, places),
        "inline": it.inline,
        "second": it.second,
        "second_location": location(&it.second_origin, places),
        "unknown": it.perhaps.as_ref().map(why),
    })
}

/// Field → where it is said, for every field that is not absent.
fn locations(it: &Bucket, places: &Places<'_>) -> Json {
    let mut out = Map::new();
    let mut add = |field: &str, place: Option<&Origin>| {
        if let Some(origin) = place {
            out.insert(field.to_owned(), json!({ "at": location(origin, places), "via": via(origin, places) }));
        }
    };
    add("name", said(&it.name));
    add("acl", said(&it.acl));
    add("ownership", said(&it.ownership));
    add("public_access_block", said(&it.public_access_block));
    add("policy", said(&it.policy));
    add("versioning", said(&it.versioning));
    add("encryption", said(&it.encryption));
    add("logging", said(&it.logging));
    add("object_lock", said(&it.object_lock));
    add("lifecycle", said(&it.lifecycle));
    add("replication", said(&it.replication));
    add("cors", said(&it.cors));
    add("website", said(&it.website));
    add("notification", said(&it.notification));
    add("tags", said(&it.tags));
    add("force_destroy", said(&it.force_destroy));
    add("acceleration", said(&it.acceleration));
    add("deletion_policy", said(&it.deletion_policy));
    out.into()
}

fn said<T>(it: &Attr<T>) -> Option<&Origin> {
    (!it.is_absent()).then_some(&it.origin)
}

/// The names that a value came through.
fn via(origin: &Origin, places: &Places<'_>) -> Json {
    let hops = origin.hops().map(|hop| {
        let kind = match hop.kind {
            HopKind::Local => "local",
            HopKind::Argument => "argument",
            HopKind::Default => "default",
            HopKind::Output => "output",
            HopKind::Attribute => "attribute",
            HopKind::File => "file",
            HopKind::Other => "other",
        };
        json!({ "kind": kind, "name": hop.name, "at": span(hop.at, places) })
    });
    hops.collect()
}
