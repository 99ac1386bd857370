//! Access points: their policies can be set and taken away; where they can be reached from and their Block Public Access cannot be
//! changed once they are made. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>

use serde_json::Value as Json;

use crate::frontend::live::{POINT_POLICY, PointRecord, State};
use crate::policy::{self, BucketId, Context, PolicyKind};
use crate::value::{Origin, SymStr, Truth, Val, Value};

use super::super::diff::canonical;
use super::super::diff::points::FIXED;
use super::super::points::UNRESOLVED;
use super::super::said::of_state;
use super::{Ask, Difference, Step, difference};

/// What the feature of a step begins with whose rest is the name of an access point.
pub const PREFIX: &str = "access_point_policy.";

/// The access point that a step is about.
#[must_use]
pub fn of_feature(feature: &str) -> Option<&str> {
    feature.strip_prefix(PREFIX)
}

/// The steps, what a person must do, and what keeps a plan from being made.
pub(super) fn steps(ask: &Ask<'_>) -> (Vec<Step>, Vec<String>, Vec<String>) {
    let (mut steps, mut manual, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    if !ask.only.is_empty() && !ask.only.iter().any(|it| it == "access_points") {
        return (steps, manual, refused);
    }
    let (now, desired) = (&ask.around.points, ask.desired_points);
    let side = |it: &'static str| move |why: &String| format!("access points {it}: {why}: look after them by hand");
    manual.extend(now.unknown.iter().map(side("as they are")));
    if !std::ptr::eq(now, desired) {
        manual.extend(desired.unknown.iter().map(side("as they should be")));
    }
    for live in &now.all {
        let Some(wanted) = desired.all.iter().find(|it| it.name == live.name) else {
            if !desired.claims_all {
                let has_policy = live.policy.value().is_some();
                manual.extend(has_policy.then(|| unmentioned(&live.name)));
                continue;
            }
            manual.push(format!(
                "the access point {} is not in what should be: where nobody knows it, `aws s3control delete-access-point \
                 --account-id {} --name {}`",
                live.name,
                live.account.as_deref().unwrap_or("ACCOUNT"),
                live.name
            ));
            continue;
        };
        if is_fixed(&live.point, &wanted.point) {
            manual.push(format!(
                "where the access point {} is reached from, or its Block Public Access, is not as it should be: neither can be \
                 changed; delete it and make it again",
                live.name
            ));
        }
        if live.policy == wanted.policy {
            continue;
        }
        match difference("policy", &of_state(Some(&live.policy)), &of_state(Some(&wanted.policy)), ask.unknown_hint()) {
            Difference::None => {}
            Difference::Manual(text) => manual.push(format!("access point {}: {text}", live.name)),
            // The bucket itself does not wait for a value of the code.
            Difference::Refused(text) if is_unresolved(&wanted.policy) => {
                manual.push(format!("access point {}: {text}", live.name));
            }
            Difference::Refused(text) => refused.push(format!("access point {}: {text}", live.name)),
            Difference::Set { before, after } => match step(ask, live, before.as_ref(), after.as_ref()) {
                Ok(step) => steps.push(step),
                Err(text) => manual.push(text),
            },
        }
    }
    // Where the list is not known, one that is not in it may be there.
    let is_missing = |it: &&PointRecord| now.unknown.is_empty() && !now.all.iter().any(|live| live.name == it.name);
    for missing in desired.all.iter().filter(is_missing) {
        manual.push(format!("the access point {} is not there: make it again with its policy", missing.name));
    }
    (steps, manual, refused)
}

fn unmentioned(name: &str) -> String {
    format!(
        "the access point {name} has a policy: what should be does not tell it; give a snapshot as what should be, or compare it by \
         hand"
    )
}

fn is_unresolved(state: &State) -> bool {
    matches!(state, State::Unknown { code, .. } if code == UNRESOLVED)
}

/// Whether both are known and differ in what cannot be changed.
fn is_fixed(live: &State, wanted: &State) -> bool {
    let (Some(a), Some(b)) = (live.value(), wanted.value()) else { return false };
    let differs = |key: &str| match (a.get(key), b.get(key)) {
        (Some(a), Some(b)) => super::super::diff::tidied(a) != super::super::diff::tidied(b),
        _ => false,
    };
    FIXED.iter().any(|it| differs(it))
}

fn step(ask: &Ask<'_>, live: &PointRecord, before: Option<&Json>, after: Option<&Json>) -> Result<Step, String> {
    let name = &live.name;
    let is_name = (3..=50).contains(&name.len())
        && name.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
        && !name.starts_with('-');
    let account = live.account.as_ref().or(ask.live.account.as_ref());
    let (true, Some(account)) = (is_name, account) else {
        return Err(format!(
            "the policy of the access point {name:?} cannot be set: its name or its account is not known"
        ));
    };
    let feature = format!("{PREFIX}{name}");
    let call = |verb: &str, more: &[&str]| -> Vec<String> {
        let place: Vec<&str> = ask.live.region.as_deref().map(|it| vec!["--region", it]).unwrap_or_default();
        let own = ["s3control", verb, "--account-id", account, "--name", name];
        own.iter().chain(&place).chain(more).map(|it| (*it).to_owned()).collect()
    };
    type Made = Result<(Vec<String>, Option<Json>), String>;
    let set = |document: Option<&Json>, folder: &str| -> Made {
        match document.and_then(|it| it.get("Policy")) {
            Some(text) => {
                let policy = text.as_str().and_then(|it| serde_json::from_str(it).ok()).filter(Json::is_object);
                let policy = policy.ok_or_else(|| {
                    format!("the policy of the access point {name} ({folder}) is no JSON: set it by hand")
                })?;
                let file = format!("file://{folder}/{feature}.json");
                Ok((call("put-access-point-policy", &["--policy", &file]), Some(policy)))
            }
            None => Ok((call("delete-access-point-policy", &[]), None)),
        }
    };
    let ((command, sends), (undo, undo_sends)) = (set(after, "desired")?, set(before, "before")?);
    Ok(Step {
        id: String::new(),
        reason: "data plane: an access point is a second door, and its policy is its own".to_owned(),
        read: call(POINT_POLICY.command, &[]),
        before: canonical("policy", before),
        after: canonical("policy", after),
        feature,
        command,
        sends,
        undo,
        undo_sends,
        loosens: false,
    })
}

/// Whether an access point's own settings block public policies.
pub(super) fn blocks_public(point: &PointRecord) -> bool {
    let block = point.point.value().and_then(|it| it.get("PublicAccessBlockConfiguration"));
    block.and_then(|it| it.get("BlockPublicPolicy")) == Some(&Json::Bool(true))
}

/// Whether AWS calls a policy of an access point public.
pub(super) fn is_public(point: &PointRecord, sends: Option<&Json>) -> bool {
    let Some(policy) = sends else { return false };
    let Value::Known(policy) = policy::parse(&Val::string(policy.to_string(), Origin::default())).value else {
        return false;
    };
    let context = Context {
        kind: PolicyKind::AccessPoint,
        bucket: BucketId { entity: None, name: Some(SymStr::text(point.bucket.as_str())) },
        ..Context::default()
    };
    policy::public_status(&policy, &context).public == Truth::Yes
}
