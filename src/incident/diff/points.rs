//! Access points, one by one: their policies, and what is fixed when they are made.

use serde_json::{Map, Value as Json};

use crate::frontend::live::{PointRecord, State};
use crate::incident::plan::points::PREFIX;
use crate::incident::said::{Said, of_state};
use crate::incident::side::Subject;

use super::canonical::tidy;
use super::{BucketDiff, SettingChange, Undecided, canonical, document};

/// What cannot be changed once an access point is made.
pub const FIXED: [&str; 3] = ["NetworkOrigin", "VpcConfiguration", "PublicAccessBlockConfiguration"];

/// Compares them by name. One that only one side has may be of another tool where the other side is code.
pub(super) fn compare(name: &str, old: &Subject<'_>, new: &Subject<'_>, diff: &mut BucketDiff) {
    let (before, after) = (old.points(name, Some(new)), new.points(name, Some(old)));
    let unknown = before.unknown.iter().chain(&after.unknown);
    diff.undecided.extend(unknown.map(|why| undecided("access_points".to_owned(), why)));
    let mut names: Vec<&String> = before.all.iter().chain(&after.all).map(|it| &it.name).collect();
    names.sort();
    names.dedup();
    for name in names {
        let of = |all: &'_ [PointRecord]| all.iter().find(|it| it.name == *name).cloned();
        match (of(&before.all), of(&after.all)) {
            (Some(a), Some(b)) => {
                policy(name, &of_state(Some(&a.policy)), &of_state(Some(&b.policy)), diff);
                fixed(name, &a.point, &b.point, diff);
            }
            (old_point, new_point) => {
                let lacks = if old_point.is_none() { (&before, old) } else { (&after, new) };
                let feature = format!("access_point.{name}");
                let shown = |it: Option<PointRecord>| it.map_or(Json::Null, |it| shown(&it));
                let change = SettingChange { feature, old: shown(old_point), new: shown(new_point) };
                match lacks {
                    (points, _) if points.claims_all => diff.settings.push(change),
                    // Two states of code have all that code has.
                    (_, side) if !side.is_live && old.is_live == new.is_live => diff.settings.push(change),
                    // It was said already that the list is not known.
                    (points, _) if !points.unknown.is_empty() => {}
                    // Code has those that it manages; AWS Config and a trail have none.
                    _ => diff.unmanaged.push(change),
                }
            }
        }
    }
}

fn undecided(feature: String, why: &str) -> Undecided {
    Undecided { feature, why: why.to_owned() }
}

/// What a person needs to know of one that is new or gone.
fn shown(it: &PointRecord) -> Json {
    let origin = it.point.value().and_then(|it| it.get("NetworkOrigin")).cloned().unwrap_or_default();
    let mut out = Map::from_iter([("NetworkOrigin".to_owned(), origin)]);
    if let Some(policy) = it.policy.value() {
        out.insert("Policy".to_owned(), canonical("policy", Some(policy)));
    }
    out.into()
}

fn policy(name: &str, old: &Said, new: &Said, diff: &mut BucketDiff) {
    let feature = format!("{PREFIX}{name}");
    let change = || SettingChange {
        feature: feature.clone(),
        old: canonical("policy", document(Some(old))),
        new: canonical("policy", document(Some(new))),
    };
    match (old, new) {
        (Said::Silent, Said::Silent | Said::Unknown(_)) | (Said::Unknown(_), Said::Silent) => {}
        (Said::Unknown(why), _) | (_, Said::Unknown(why)) => diff.undecided.push(undecided(feature, why)),
        (Said::Silent, Said::Set(_)) | (Said::Set(_), Said::Silent) => diff.unmanaged.push(change()),
        _ => diff.settings.extend(Some(change()).filter(|it| it.old != it.new)),
    }
}

fn fixed(name: &str, old: &State, new: &State, diff: &mut BucketDiff) {
    let (Some(a), Some(b)) = (old.value(), new.value()) else { return };
    let both = |key: &&&str| a.get(**key).is_some() && b.get(**key).is_some();
    let of = |it: &Json| {
        let all = FIXED.iter().filter(both).filter(|key| a.get(**key).map(tidy) != b.get(**key).map(tidy));
        Json::Object(all.map(|key| ((*key).to_owned(), it.get(*key).cloned().unwrap_or_default())).collect())
    };
    let change = SettingChange { feature: format!("access_point.{name}"), old: of(a), new: of(b) };
    diff.settings.extend(Some(change).filter(|it| it.old != it.new));
}
