//! As JSON.

use serde_json::{Value as Json, json};

use super::super::shared::changes::statement_json;
use super::{Changes, Sides};
use crate::incident::diff::{AccessChange, BucketDiff, Direction, LeftAlone, Presence, SettingChange, Undecided};
use crate::policy::Audience;
use crate::value::Truth;

/// The whole as JSON with a final new line.
#[must_use]
pub fn render(it: &Changes, places: &Sides<'_>) -> String {
    let document = json!({
        "schema": "bucketlint/changes/1",
        "old": it.old,
        "new": it.new,
        "compared": it.compared,
        "buckets": it.buckets.iter().map(|it| bucket(it, places)).collect::<Vec<_>>(),
        "account": {
            "settings": it.account.iter().map(setting).collect::<Vec<_>>(),
            "undecided": it.account_undecided.iter().map(undecided).collect::<Vec<_>>(),
        },
        "problems": it.problems,
        "notes": it.notes,
    });
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn bucket(it: &BucketDiff, places: &Sides<'_>) -> Json {
    json!({
        "name": it.name,
        "presence": match it.presence {
            Presence::Both => "both",
            Presence::OnlyOld => "only-old",
            Presence::OnlyNew => "only-new",
        },
        "access": it.access.iter().map(|it| access(it, places)).collect::<Vec<_>>(),
        "statements": it.statements.iter().map(statement_json).collect::<Vec<_>>(),
        "settings": it.settings.iter().map(setting).collect::<Vec<_>>(),
        "unmanaged": it.unmanaged.iter().map(setting).chain(it.left.iter().map(left)).collect::<Vec<_>>(),
        "undecided": it.undecided.iter().map(undecided).collect::<Vec<_>>(),
    })
}

fn access(it: &AccessChange, places: &Sides<'_>) -> Json {
    json!({
        "direction": match it.direction {
            Direction::Gained => "gained",
            Direction::Lost => "lost",
        },
        "certain": it.holds == Truth::Yes,
        "audience": match &it.audience {
            Audience::Anonymous => "anonymous",
            Audience::AnyAccount => "any-account",
            Audience::Account(_) => "account",
            Audience::Service(_) => "service",
        },
        "who": super::who(&it.audience),
        "power": it.power.as_str(),
        "via": it.via,
        "location": it.origin.span.map(|at| places.of(it.direction).location(at)),
        "witness": it.witness.as_ref().map(|it| json!({
            "principal": it.principal,
            "action": it.action,
            "resource": it.resource,
            "context": it.context,
        })),
        "why": it.why,
    })
}

fn setting(it: &SettingChange) -> Json {
    json!({ "feature": it.feature, "old": it.old, "new": it.new })
}

/// What code leaves as it is is unmanaged, and why.
fn left(it: &LeftAlone) -> Json {
    let mut out = json!({ "feature": it.change.feature, "old": it.change.old, "new": it.change.new, "why": it.why });
    if let (Some(doubt), Some(own)) = (&it.doubt, out.as_object_mut()) {
        own.insert("undecided".to_owned(), doubt.as_str().into());
    }
    out
}

fn undecided(it: &Undecided) -> Json {
    json!({ "feature": it.feature, "why": it.why })
}
