//! Whether a snapshot says what its evidence says: a value that was edited is told, not believed.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::feature::{ACCOUNT_BLOCK, FEATURES, FeatureSpec, POINT, POINT_POLICY};
use super::reply::{Reply, classify};
use super::snapshot::{AccountRecord, BucketRecord, Evidence, PointRecord, STATE, State};
use super::{config, steampipe};

type Kept = BTreeMap<String, Evidence>;

/// What is wrong with a bucket's record: evidence without its hash, a state that its evidence does not have.
#[must_use]
pub fn doubts_of_bucket(name: &str, record: &BucketRecord) -> Vec<String> {
    let mut out = broken(name, &record.evidence);
    let whole = |key: &str, read: fn(&Json) -> BTreeMap<String, State>| {
        let raw = record.evidence.get(key)?.raw.as_ref()?;
        Some(serde_json::from_str::<Json>(raw).map(|it| read(&it)).unwrap_or_default())
    };
    let sources = [("config", whole("config", config::features)), ("row", whole("row", steampipe::features))];
    let source = sources.iter().find_map(|(key, it)| Some((*key, it.as_ref()?)));
    for spec in &FEATURES {
        let Some(state) = record.features.get(spec.name) else { continue };
        let is_changed = match source {
            Some((key, all)) => {
                let derived = all.get(spec.name).cloned();
                !rests_on(state, &record.evidence, |it| it == key) || derived.is_none_or(|it| differs(state, &it))
            }
            None => is_changed(spec, state, &record.evidence),
        };
        out.extend(is_changed.then(|| unlike(spec.name, name)));
    }
    out
}

/// The same of an account's record.
#[must_use]
pub fn doubts_of_account(id: &str, record: &AccountRecord) -> Vec<String> {
    let name = if id.is_empty() { "the account".to_owned() } else { format!("account {id}") };
    let mut out = broken(&name, &record.evidence);
    let state = &record.public_access_block;
    let is_changed = match record.evidence.get("config").and_then(|it| it.raw.as_ref()) {
        Some(raw) => {
            let derived = serde_json::from_str::<Json>(raw).ok().map(|it| config::account_block(&it));
            !rests_on(state, &record.evidence, |it| it == "config") || derived.is_none_or(|it| differs(state, &it))
        }
        None => is_changed(&ACCOUNT_BLOCK, state, &record.evidence),
    };
    out.extend(is_changed.then(|| unlike(ACCOUNT_BLOCK.name, &name)));
    out
}

/// The same of an access point's record.
#[must_use]
pub fn doubts_of_point(record: &PointRecord) -> Vec<String> {
    let name = format!("access point {}", record.name);
    let mut out = broken(&name, &record.evidence);
    for (spec, state) in [(&POINT, &record.point), (&POINT_POLICY, &record.policy)] {
        // What could not be asked of a point itself is what the list of all says of it, which is not kept with the point.
        let own = record.evidence.keys().find(|it| is_of(spec, it));
        let is_listed = std::ptr::eq(spec, &POINT)
            && key(state).is_empty()
            && own.is_none_or(|it| derived(spec, it, &record.evidence).is_none_or(|it| it.is_unknown()));
        out.extend((!is_listed && is_changed(spec, state, &record.evidence)).then(|| unlike(spec.name, &name)));
    }
    out
}

/// Whether a state is not what its own answer says, or rests on nothing while others rest on what was kept.
fn is_changed(spec: &FeatureSpec, state: &State, kept: &Kept) -> bool {
    let is_own = |it: &str| is_of(spec, it) || it == STATE;
    if !rests_on(state, kept, is_own) {
        return true;
    }
    let own = kept.keys().find(|it| is_of(spec, it));
    own.and_then(|it| derived(spec, it, kept)).is_some_and(|it| differs(state, &it))
}

/// Whether what a state claims rests on evidence that is there. A state that was replayed, not collected, has none at all.
fn rests_on(state: &State, kept: &Kept, is_own: impl Fn(&str) -> bool) -> bool {
    match (state, key(state)) {
        (State::Unknown { .. }, _) => true,
        (_, "") => kept.is_empty(),
        (_, it) => is_own(it) && kept.contains_key(it),
    }
}

/// Whether evidence is the answer to the command of a feature: access points have their name after it.
fn is_of(spec: &FeatureSpec, key: &str) -> bool {
    key.strip_prefix(spec.command).is_some_and(|it| it.is_empty() || it.starts_with('.'))
}

fn broken(name: &str, kept: &Kept) -> Vec<String> {
    let all = kept.iter().filter(|it| !it.1.is_intact()).map(|it| {
        format!("the evidence `{}` of {name} does not have its hash: the snapshot was changed; collect again", it.0)
    });
    all.collect()
}

fn unlike(feature: &str, name: &str) -> String {
    format!("`{feature}` of {name} is not what its evidence says: the snapshot was changed; collect again")
}

fn key(state: &State) -> &str {
    match state {
        State::Set { evidence, .. } | State::Absent { evidence, .. } | State::Unknown { evidence, .. } => {
            evidence.as_deref().unwrap_or_default()
        }
    }
}

/// What an answer of the CLI proves. Only one of its two streams is kept: the one that decided.
fn derived(spec: &FeatureSpec, key: &str, kept: &Kept) -> Option<State> {
    let raw = kept.get(key)?.raw.clone()?;
    let is_output = raw.trim().is_empty() || serde_json::from_str::<Json>(raw.trim_start_matches('\u{feff}')).is_ok();
    let (stdout, stderr) = if is_output { (raw, String::new()) } else { (String::new(), raw) };
    Some(classify(spec, &Reply { stdout, stderr, code: None }))
}

/// What is not known claims nothing.
fn differs(state: &State, derived: &State) -> bool {
    match (state, derived) {
        (State::Unknown { .. }, _) | (State::Absent { .. }, State::Absent { .. }) => false,
        (State::Set { value: a, .. }, State::Set { value: b, .. }) => a != b,
        _ => true,
    }
}
