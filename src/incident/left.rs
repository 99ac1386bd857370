//! What Terraform leaves as it is (`ignore_changes`): no drift from code, and nothing that a plan may overwrite.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::model::{Extent, Left};
use crate::value::Truth;

use super::diff::{AccessChange, BucketDiff, Direction, LeftAlone, SettingChange, Undecided, canonical};
use super::said::{Said, Sayings};
use super::side::Subject;

/// What of it is not told apart.
const PART: &str = "a part of it is left as it is, the rest is not, and which of the two differs is not told apart";

/// Takes out of a comparison of code with a bucket what the code leaves: it is told, and is no change. Access that it gives beyond
/// what is written may be wanted or not: nobody but who changes it can say.
pub(super) fn settle(diff: &mut BucketDiff, old: &Subject<'_>, new: &Subject<'_>) {
    let (code, live) = match (old.is_live, new.is_live) {
        (false, true) => (old, new),
        (true, false) => (new, old),
        _ => return,
    };
    let beyond = if new.is_live { Direction::Gained } else { Direction::Lost };
    let fields = code.bucket().map(|it| &it.left);
    for (field, left) in fields.into_iter().flatten() {
        if let Extent::Keys(keys) = &left.extent {
            let is_left = |it: &SettingChange| it.feature.strip_prefix("tags.").is_some_and(|it| keys.contains(it));
            alone(diff, left, is_left);
            continue;
        }
        if matches!(live.sayings.get(field), Some(Said::Unknown(_))) {
            continue;
        }
        let is_of = |it: &str| it == *field || it.strip_prefix(field).is_some_and(|it| it.starts_with('.'));
        let statements = if *field == "policy" { std::mem::take(&mut diff.statements) } else { Vec::new() };
        diff.undecided.retain(|it| !is_of(&it.feature));
        let before = diff.left.len();
        let is_open = matches!(code.sayings.get(field), Some(Said::Unknown(_)));
        // What is written is not known, and does not matter.
        if !statements.is_empty() || is_open {
            let of = |it: &Subject<'_>| canonical(field, document(it.sayings.get(field)));
            let change = SettingChange { feature: (*field).to_owned(), old: of(old), new: of(new) };
            diff.settings.extend(Some(change).filter(|it| it.old != it.new));
        }
        alone(diff, left, |it| is_of(&it.feature));
        if diff.left.len() == before {
            continue;
        }
        if left.extent == Extent::Part {
            diff.left.truncate(before);
            diff.undecided.push(Undecided { feature: (*field).to_owned(), why: format!("{}: {PART}", left.why()) });
        }
        diff.access.retain_mut(|it| !is_through(it, field) || may_be(it, left, beyond));
    }
}

/// Moves changes to what is left.
fn alone(diff: &mut BucketDiff, left: &Left, is_left: impl Fn(&SettingChange) -> bool) {
    for all in [&mut diff.settings, &mut diff.unmanaged] {
        let (gone, stay) = std::mem::take(all).into_iter().partition(&is_left);
        *all = stay;
        let gone: Vec<SettingChange> = gone;
        diff.left.extend(gone.into_iter().map(|change| LeftAlone { change, why: left.why() }));
    }
}

/// Whether a feature may be what a change of access comes from.
fn is_through(change: &AccessChange, field: &str) -> bool {
    let is_statement = change.via.starts_with("statement ");
    match field {
        "policy" => is_statement,
        "acl" => !is_statement,
        "public_access_block" | "ownership" => true,
        _ => false,
    }
}

/// What the bucket does not give is none of the code's business; what it gives beyond may be.
fn may_be(change: &mut AccessChange, left: &Left, beyond: Direction) -> bool {
    if change.direction != beyond {
        return false;
    }
    change.holds = Truth::Unknown;
    change.why.push(format!("{}: whether it should be so the code does not say", left.why()));
    true
}

/// Makes what is left stay as it is in what should be; the lines say so where it is not as it is written.
#[must_use]
pub fn keep(
    desired: &mut Sayings,
    now: &Sayings,
    fields: &BTreeMap<&'static str, Left>,
) -> Vec<(&'static str, String)> {
    let mut told = Vec::new();
    for (field, left) in fields {
        let (Some(is), Some(should)) = (now.get(field), desired.get_mut(field)) else { continue };
        if let Extent::Keys(keys) = &left.extent {
            let Said::Set(document) = should else { continue };
            let (before, wanted) = (canonical("tags", self::document(Some(is))), canonical("tags", Some(document)));
            if let Some(all) = document.get_mut("TagSet").and_then(Json::as_array_mut) {
                all.retain(|it| !it.get("Key").and_then(Json::as_str).is_some_and(|it| keys.contains(it)));
            }
            if keys.iter().any(|it| before.get(it) != wanted.get(it)) {
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                told.push((*field, format!("tags: left as they are ({}): {}", keys.join(", "), left.why())));
            }
            continue;
        }
        let is_same =
            matches!((is, &*should), (Said::Set(_) | Said::Absent, Said::Set(_) | Said::Absent | Said::Silent))
                && canonical(field, document(Some(is))) == canonical(field, document(Some(should)));
        if !is_same {
            let part = if left.extent == Extent::Part { " (a part of it; what is not left, set by hand)" } else { "" };
            told.push((
                *field,
                format!(
                    "{field}: left as it is{part}: {}; where it is not what it should be, change it by hand, or give a snapshot as the \
                     desired side",
                    left.why()
                ),
            ));
        }
        match is {
            Said::Unknown(_) | Said::Silent => {
                desired.remove(field);
            }
            _ => *should = is.clone(),
        }
    }
    told
}

fn document(said: Option<&Said>) -> Option<&Json> {
    match said {
        Some(Said::Set(document)) => Some(document),
        _ => None,
    }
}
