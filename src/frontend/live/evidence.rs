//! Whether a snapshot says what its evidence says: a value that was edited is told, not believed.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::feature::{ACCOUNT_BLOCK, FEATURES, FeatureSpec, POINT, POINT_POLICY};
use super::reply::{Reply, classify};
use super::snapshot::{AccountRecord, BucketRecord, Evidence, PointRecord, State};
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
    for spec in &FEATURES {
        let Some(state) = record.features.get(spec.name) else { continue };
        let said = sources.iter().find(|it| it.0 == key(state)).and_then(|it| it.1.as_ref());
        let derived = match said {
            Some(all) => all.get(spec.name).cloned(),
            None => derived(spec, state, &record.evidence),
        };
        out.extend(derived.filter(|it| differs(state, it)).map(|_| unlike(spec.name, name)));
    }
    out
}

/// The same of an account's record.
#[must_use]
pub fn doubts_of_account(id: &str, record: &AccountRecord) -> Vec<String> {
    let name = if id.is_empty() { "the account".to_owned() } else { format!("account {id}") };
    let mut out = broken(&name, &record.evidence);
    let state = &record.public_access_block;
    let derived = match (key(state), record.evidence.get("config").and_then(|it| it.raw.as_ref())) {
        ("config", Some(raw)) => serde_json::from_str::<Json>(raw).ok().map(|it| config::account_block(&it)),
        _ => derived(&ACCOUNT_BLOCK, state, &record.evidence),
    };
    out.extend(derived.filter(|it| differs(state, it)).map(|_| unlike(ACCOUNT_BLOCK.name, &name)));
    out
}

/// The same of an access point's record.
#[must_use]
pub fn doubts_of_point(record: &PointRecord) -> Vec<String> {
    let name = format!("access point {}", record.name);
    let mut out = broken(&name, &record.evidence);
    for (spec, state) in [(&POINT, &record.point), (&POINT_POLICY, &record.policy)] {
        let derived = derived(spec, state, &record.evidence);
        out.extend(derived.filter(|it| differs(state, it)).map(|_| unlike(spec.name, &name)));
    }
    out
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

/// What the answer of the CLI that a state rests on proves. Only one of its two streams is kept: the one that decided.
fn derived(spec: &FeatureSpec, state: &State, kept: &Kept) -> Option<State> {
    let raw = kept.get(key(state)).filter(|_| key(state).starts_with(spec.command))?.raw.clone()?;
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
