//! What Terraform leaves as it is (`ignore_changes`): no drift from code, and nothing that a plan may overwrite.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use crate::exposure::Options;
use crate::model::{Extent, Left};
use crate::value::Truth;

use super::diff::{AccessChange, BucketDiff, Direction, LeftAlone, SettingChange, Undecided, canonical};
use super::harm::harm;
use super::said::{Said, Sayings};
use super::side::Subject;

/// What of it is not told apart.
const PART: &str = "a part of it is left as it is, the rest is not, and which of the two differs is not told apart";

/// Takes out of a comparison of code with a bucket what the code leaves: it is told, and is no change. Access that it gives beyond
/// what is written, and data that it takes away, may be wanted or not: nobody but who changes it can say.
pub(super) fn settle(diff: &mut BucketDiff, old: &Subject<'_>, new: &Subject<'_>, base: &Options) {
    let (code, live) = match (old.is_live, new.is_live) {
        (false, true) => (old, new),
        (true, false) => (new, old),
        _ => return,
    };
    let beyond = if new.is_live { Direction::Gained } else { Direction::Lost };
    let own = new.options(base, Some(old)).own_account;
    let fields = code.bucket().map(|it| &it.left);
    for (field, left) in fields.into_iter().flatten() {
        if let (BLOCK, Extent::Keys(keys)) = (*field, &left.extent) {
            let (Some(should), Some(is)) = (known(code, field), known(live, field)) else { continue };
            if apart(diff, left, (&should, &is, keys), old.is_live) {
                diff.access.retain_mut(|it| may_be(it, left, beyond));
            }
            continue;
        }
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
        let is_said = diff.settings.iter().any(|it| is_of(&it.feature));
        alone(diff, left, |it| is_of(&it.feature));
        if is_said && let Some(it) = diff.left.get_mut(before) {
            it.doubt =
                harm(field, document(code.sayings.get(field)), document(live.sayings.get(field)), own.as_deref());
        }
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
        diff.left.extend(gone.into_iter().map(|change| LeftAlone { change, why: left.why(), doubt: None }));
    }
}

/// The feature of which settings are left one by one.
const BLOCK: &str = "public_access_block";

/// What a side has of it.
fn known(it: &Subject<'_>, field: &str) -> Option<Json> {
    match it.sayings.get(field)? {
        Said::Unknown(_) => None,
        it => Some(canonical(field, document(Some(it)))),
    }
}

/// Settings of Block Public Access as they should be, but for some as they are.
fn but_for(should: &Json, is: &Json, keys: &BTreeSet<String>) -> Json {
    let mut out = should.clone();
    for (key, value) in out.as_object_mut().into_iter().flatten().filter(|it| keys.contains(it.0)) {
        *value = is.get(key).cloned().unwrap_or_default();
    }
    out
}

/// Tells the settings that are left from the others; whether one of them differs.
fn apart(
    diff: &mut BucketDiff,
    left: &Left,
    (should, is, keys): (&Json, &Json, &BTreeSet<String>),
    is_old_live: bool,
) -> bool {
    let kept = but_for(should, is, keys);
    let change = |written: &Json, live: &Json| {
        let (old, new) = if is_old_live { (live, written) } else { (written, live) };
        SettingChange { feature: BLOCK.to_owned(), old: old.clone(), new: new.clone() }
    };
    diff.settings.retain(|it| it.feature != BLOCK);
    if kept != *is {
        diff.settings.push(change(&kept, is));
    }
    if kept != *should {
        let doubt = harm(BLOCK, Some(&wrapped(should)), Some(&wrapped(&kept)), None);
        diff.left.push(LeftAlone { change: change(should, &kept), why: left.why(), doubt });
    }
    kept != *should
}

fn wrapped(block: &Json) -> Json {
    json!({ "PublicAccessBlockConfiguration": block })
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

/// What a plan leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The feature.
    pub field: &'static str,
    /// That it is not as it is written, for the steps by hand.
    pub told: String,
    /// What it takes away or gives out, to be warned of.
    pub doubt: Option<String>,
}

/// Makes what is left stay as it is in what should be; tells where it is not as it is written.
#[must_use]
pub fn keep(
    desired: &mut Sayings,
    now: &Sayings,
    fields: &BTreeMap<&'static str, Left>,
    own: Option<&str>,
) -> Vec<Kept> {
    let mut told = Vec::new();
    for (field, left) in fields {
        let (Some(is), Some(should)) = (now.get(field), desired.get_mut(field)) else { continue };
        let doubt = match (is, &*should) {
            (_, Said::Silent) | (Said::Unknown(_), _) => None,
            _ => harm(field, document(Some(should)), document(Some(is)), own),
        };
        let doubt = doubt.map(|it| format!("{field} is left as it is ({}), and {it}", left.why()));
        if let (BLOCK, Extent::Keys(keys)) = (*field, &left.extent) {
            let (Said::Set(_) | Said::Absent, Said::Set(_) | Said::Absent) = (is, &*should) else { continue };
            let (is, written) = (canonical(field, document(Some(is))), canonical(field, document(Some(should))));
            let kept = but_for(&written, &is, keys);
            if kept != written {
                let doubt = harm(field, Some(&wrapped(&written)), Some(&wrapped(&kept)), own)
                    .map(|it| format!("{field} is left in part ({}), and {it}", left.why()));
                let names: Vec<&str> = keys.iter().map(String::as_str).collect();
                let line = format!("{field}: left as it is ({}): {}", names.join(", "), left.why());
                told.push(Kept { field, told: line, doubt });
                *should = Said::Set(wrapped(&kept));
            }
            continue;
        }
        if let Extent::Keys(keys) = &left.extent {
            let Said::Set(document) = should else { continue };
            let (before, wanted) = (canonical("tags", self::document(Some(is))), canonical("tags", Some(document)));
            if let Some(all) = document.get_mut("TagSet").and_then(Json::as_array_mut) {
                all.retain(|it| !it.get("Key").and_then(Json::as_str).is_some_and(|it| keys.contains(it)));
            }
            if keys.iter().any(|it| before.get(it) != wanted.get(it)) {
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                let line = format!("tags: left as they are ({}): {}", keys.join(", "), left.why());
                told.push(Kept { field, told: line, doubt: None });
            }
            continue;
        }
        let is_same =
            matches!((is, &*should), (Said::Set(_) | Said::Absent, Said::Set(_) | Said::Absent | Said::Silent))
                && canonical(field, document(Some(is))) == canonical(field, document(Some(should)));
        if !is_same {
            let part = if left.extent == Extent::Part { " (a part of it; what is not left, set by hand)" } else { "" };
            let line = format!(
                "{field}: left as it is{part}: {}; where it is not what it should be, change it by hand, or give a snapshot as the \
                 desired side",
                left.why()
            );
            told.push(Kept { field, told: line, doubt });
        }
        match is {
            Said::Unknown(_) | Said::Silent => {
                desired.remove(field);
            }
            _ => *should = is.clone(),
        }
    }
    told.extend(held_by_acl(desired, now, fields));
    told
}

/// S3 refuses `BucketOwnerEnforced` while the ACL grants to others: where that is left, so is ownership, and not the whole plan with it.
fn held_by_acl(desired: &mut Sayings, now: &Sayings, fields: &BTreeMap<&'static str, Left>) -> Option<Kept> {
    const OWNERSHIP: &str = "ownership";
    let left = fields.get("acl")?;
    let of = |all: &Sayings, field: &str| canonical(field, document(all.get(field)));
    let grants = of(now, "acl");
    let is_stuck = of(desired, OWNERSHIP) == ENFORCED
        && of(now, OWNERSHIP) != ENFORCED
        && grants.as_array().is_some_and(|it| !it.is_empty());
    let is = now.get(OWNERSHIP).filter(|_| is_stuck)?.clone();
    let told = format!(
        "ownership: left as it is, and should be {ENFORCED}: S3 refuses that while the ACL grants to others ({grants}), and {}: make the ACL \
         private by hand (`aws s3api put-bucket-acl --acl private`), and plan again",
        left.why()
    );
    desired.insert(OWNERSHIP, is);
    Some(Kept {
        field: OWNERSHIP,
        told,
        doubt: Some("ownership is left as it is, so that ACLs count, those of objects too".to_owned()),
    })
}

const ENFORCED: &str = "BucketOwnerEnforced";

fn document(said: Option<&Said>) -> Option<&Json> {
    match said {
        Some(Said::Set(document)) => Some(document),
        _ => None,
    }
}
