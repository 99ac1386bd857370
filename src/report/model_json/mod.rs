//! The model for machines: `bucketlint/model/1`, with the exposure verdict of each bucket. `docs/schema/model-1.schema.json` is
//! its schema.
//!
//! A field is its plain value where known, `null` where absent, `{"unknown": {"cause", "subject"}}` where not known, and
//! `{"one_of": […], "depends_on": …}` where an undecided condition chooses. A text of which parts are unknown is
//! `{"unknown": …, "template": "arn:aws:s3:::${var.name}/*"}`.

mod beside;
mod bucket;
mod exposure;
mod features;
mod field;
mod policy;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::exposure::Exposure;
use crate::model::{
    AccessPoint, Account, AccountLevel, Construct, Dangling, DanglingReason, Estate, Gap, NetworkOrigin, Object,
    SENSITIVE, is_made_of, masked,
};
use crate::source::{Diagnostic, Gravity, Span};
use crate::value::Origin;

use super::shared::Places;
use field::{attr, location, optional_location, plain, symbolic, why};

/// The value of `schema`.
pub const SCHEMA: &str = "bucketlint/model/1";

/// The model as JSON text with a final new line. `exposures` are those of `estate.buckets`, in the same order; a bucket
/// without one has `"exposure": null`.
#[must_use]
pub fn render(estate: &Estate, exposures: &[Exposure], diagnostics: &[Diagnostic], places: &Places<'_>) -> String {
    let buckets = estate.buckets.iter().enumerate().map(|(at, it)| bucket::bucket(it, exposures.get(at), places));
    let mut model = json!({
        "schema": SCHEMA,
        "buckets": buckets.collect::<Vec<_>>(),
        "accounts": estate.accounts.iter().map(|it| account(it, places)).collect::<Vec<_>>(),
        "access_points": estate.access_points.iter().map(|it| access_point(it, places)).collect::<Vec<_>>(),
        "objects": estate.objects.iter().map(|it| object(it, places)).collect::<Vec<_>>(),
        "dangling": estate.dangling.iter().map(|it| dangling(it, places)).collect::<Vec<_>>(),
        "gaps": estate.gaps.iter().map(|it| gap(it, places)).collect::<Vec<_>>(),
        "constructs": estate.constructs.iter().map(|(at, it)| construct(*at, it, places)).collect::<Vec<_>>(),
        "diagnostics": diagnostics.iter().map(|it| diagnostic(it, places)).collect::<Vec<_>>(),
    });
    if let Some(all) = model.as_object_mut() {
        for kind in beside::KINDS {
            all.insert(kind.to_owned(), beside::of_kind(kind, estate, places));
        }
    }
    if !estate.secrets.is_empty() {
        conceal(&mut model, &estate.secrets);
    }
    let mut text = serde_json::to_string_pretty(&model).unwrap_or_default();
    text.push('\n');
    text
}

/// Takes what code marks as sensitive out of all values but those that say what something is.
fn conceal(json: &mut Json, secrets: &BTreeSet<String>) {
    const WORDS: [&str; 16] = [
        "schema",
        "address",
        "bucket_address",
        "format",
        "exists",
        "level",
        "cause",
        "reason",
        "gravity",
        "code",
        "audience",
        "power",
        "powers",
        "open",
        "route",
        "location",
    ];
    match json {
        Json::String(text) if is_made_of(text, secrets) => *text = masked_or_whole(text, secrets),
        Json::Array(items) => items.iter_mut().for_each(|it| conceal(it, secrets)),
        Json::Object(entries) => {
            entries.iter_mut().filter(|it| !WORDS.contains(&it.0.as_str())).for_each(|it| conceal(it.1, secrets));
        }
        _ => (),
    }
}

/// The text without secrets; nothing of it, where one is so short that it is not told from the rest.
fn masked_or_whole(text: &str, secrets: &BTreeSet<String>) -> String {
    match masked(text, secrets) {
        Cow::Owned(it) => it,
        Cow::Borrowed(_) => SENSITIVE.to_owned(),
    }
}

fn construct(at: Span, it: &Construct, places: &Places<'_>) -> Json {
    json!({
        "location": location(&Origin::at(at), places),
        "path": it.path,
        "created_at": it.created_at,
    })
}

fn account(it: &Account, places: &Places<'_>) -> Json {
    json!({
        "address": it.address,
        "location": location(&it.origin, places),
        "exists": it.exists.truth().as_str(),
        "provider": it.provider,
        "level": match it.level {
            AccountLevel::Account => "account",
            AccountLevel::Organization => "organization",
        },
        "account_id": attr(&it.account_id, |id| json!(id)),
        "public_access_block": attr(&it.public_access_block, features::public_access_block),
    })
}

fn access_point(it: &AccessPoint, places: &Places<'_>) -> Json {
    json!({
        "address": it.address,
        "format": it.format.as_str(),
        "location": location(&it.origin, places),
        "exists": it.exists.truth().as_str(),
        "bucket": attr(&it.bucket, symbolic),
        "bucket_address": it.bucket_address,
        "public_access_block": attr(&it.public_access_block, features::public_access_block),
        "policy": attr(&it.policy, |policy| policy::policy(policy, places)),
        "network_origin": attr(&it.network_origin, |origin| match origin {
            NetworkOrigin::Internet => json!("Internet"),
            NetworkOrigin::Vpc(vpc) => json!({ "vpc": attr(vpc, symbolic) }),
        }),
    })
}

fn object(it: &Object, places: &Places<'_>) -> Json {
    json!({
        "address": it.address,
        "location": location(&it.origin, places),
        "exists": it.exists.truth().as_str(),
        "bucket": attr(&it.bucket, symbolic),
        "bucket_address": it.bucket_address,
        "acl": attr(&it.acl, features::acl),
        "encryption": plain(&it.encryption),
    })
}

fn dangling(it: &Dangling, places: &Places<'_>) -> Json {
    let (reason, detail) = match &it.reason {
        DanglingReason::Elsewhere => ("elsewhere", Json::Null),
        DanglingReason::Missing(name) => ("missing", json!(name)),
        DanglingReason::Unknown(reason) => ("unknown", why(reason)),
    };
    json!({
        "address": it.address,
        "location": location(&it.origin, places),
        "field": it.feature.field(),
        "bucket": attr(&it.bucket, symbolic),
        "reason": reason,
        "detail": detail,
    })
}

fn gap(it: &Gap, places: &Places<'_>) -> Json {
    json!({
        "cause": it.why.cause().code(),
        "subject": it.why.subject(),
        "location": location(&it.origin, places),
        "message": it.message,
        "help": it.help,
    })
}

fn diagnostic(it: &Diagnostic, places: &Places<'_>) -> Json {
    let gravity = match it.gravity {
        Gravity::Note => "note",
        Gravity::Incomplete => "incomplete",
        Gravity::Usage => "usage",
    };
    json!({
        "code": it.code,
        "gravity": gravity,
        "message": it.message,
        "location": optional_location(places.of_diagnostic(it)),
        "help": it.help,
    })
}
