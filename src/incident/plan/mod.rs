//! The way from a bucket as it is to a bucket as it should be: steps of one API call each, in an order of which every prefix is
//! checked, with the way back.

pub mod back;
mod between;
pub mod contain;
mod guards;
mod lawful;
mod lockout;
mod order;
pub mod points;
mod preflight;
mod search;
mod steps;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::exposure::Options;
use crate::frontend::live::{ACCOUNT_BLOCK, BucketRecord, FeatureSpec, POINT_POLICY, State, feature};

use super::diff::canonical;
use super::points::Points;
use super::said::{Said, Sayings};

pub(super) use guards::{elsewhere, taken};
pub use order::{Stage, is_public};
pub use preflight::MAX_POLICY;

/// Name and version of the format of `plan.json`.
pub const SCHEMA: &str = "bucketlint/plan/1";

/// A plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// [`SCHEMA`].
    pub schema: String,
    /// Program and version that wrote it.
    pub tool: String,
    /// `restore`, or `contain` with its level.
    pub purpose: String,
    /// The bucket.
    pub bucket: String,
    /// The account that must own it, where known.
    pub account: Option<String>,
    /// Its region, where known.
    pub region: Option<String>,
    /// When the live side was read, where known.
    pub collected_at: Option<String>,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// What a person must do or decide.
    pub manual: Vec<String>,
    /// What is worth knowing before.
    pub warnings: Vec<String>,
    /// Access that the whole plan gives and takes, one sentence each.
    pub effects: Vec<String>,
    /// Ids of the steps in the order in which they are taken back.
    #[serde(default)]
    pub back: Vec<String>,
    /// Why no order takes all of them back, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub no_way_back: Vec<String>,
}

impl Plan {
    /// The steps in the order in which they are taken back.
    #[must_use]
    pub fn way_back(&self) -> Vec<&Step> {
        let reversed = || self.steps.iter().rev().collect();
        let of = |id: &String| self.steps.iter().find(|it| it.id == *id);
        if self.back.is_empty() { reversed() } else { self.back.iter().filter_map(of).collect() }
    }

    /// What is left to a person once the steps are done, in one sentence; nothing where nothing is.
    #[must_use]
    pub fn left_by_hand(&self) -> Option<String> {
        let things = match self.manual.len() {
            0 => return None,
            1 => "1 thing is".to_owned(),
            count => format!("{count} things are"),
        };
        Some(format!("{things} left to do by hand, or to decide (PLAN.md, by hand)"))
    }

    /// Why the plan cannot be taken back as a whole, and what to do; nothing where it can.
    #[must_use]
    pub fn no_way_back(&self) -> Option<String> {
        (!self.no_way_back.is_empty()).then(|| cannot_go_back(&self.no_way_back))
    }
}

/// What is said where no order takes a plan back.
#[must_use]
pub fn cannot_go_back(why: &[String]) -> String {
    format!(
        "no order takes these steps back: {}. Change what stands in the way first, or plan the features that can go back: bucketlint \
         restore --desired before/snapshot.json --allow-loosen --only FEATURE",
        why.join("; ")
    )
}

/// One API call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// `S1`, `S2` …
    pub id: String,
    /// The feature it sets.
    pub feature: String,
    /// Why it stands where it does.
    pub reason: String,
    /// Arguments of `aws`; `file://desired/…` stands in the folder of the plan.
    pub command: Vec<String>,
    /// Arguments that take it back; empty where that cannot be.
    pub undo: Vec<String>,
    /// Arguments that read the feature.
    pub read: Vec<String>,
    /// The document that the command sends, where it sends one.
    pub sends: Option<Json>,
    /// The document that the undo sends.
    pub undo_sends: Option<Json>,
    /// The feature before, in one spelling.
    pub before: Json,
    /// The feature after, in one spelling.
    pub after: Json,
    /// Whether it opens something: it runs last, and only where that was allowed.
    pub loosens: bool,
}

impl Step {
    /// Whether it is about who gets in.
    #[must_use]
    pub fn is_access(&self) -> bool {
        order::touches_access(self)
    }
}

/// What a plan is made from.
#[derive(Debug)]
pub struct Ask<'a> {
    /// `restore`, `contain --level bpa` …
    pub purpose: String,
    /// The bucket.
    pub bucket: &'a str,
    /// The record of the bucket as it is.
    pub live: &'a BucketRecord,
    /// Account-wide Block Public Access as it is, for the checks.
    pub around: &'a Around,
    /// What should be.
    pub desired: &'a Sayings,
    /// The bucket's access points as they should be.
    pub desired_points: &'a Points,
    /// Features to change; all where there are none.
    pub only: &'a [String],
    /// Whether steps that open something may be taken.
    pub allow_loosen: bool,
    /// Whether the account's own Block Public Access is turned on too: it is of all buckets of the account.
    pub include_account: bool,
    /// Whether the caller may lose the power to change the policy.
    pub confirm_self_lockout: bool,
    /// ARN of who will run the plan, where known.
    pub caller: Option<&'a str>,
    /// What is known around the bucket.
    pub options: &'a Options,
}

impl Ask<'_> {
    /// Whether it is `contain` that asks: it has no `--only` and no `--allow-loosen`.
    fn is_containment(&self) -> bool {
        self.purpose.starts_with("contain")
    }

    /// How to change fewer features at once, where there is a way to say it.
    fn only_hint(&self) -> &'static str {
        if self.is_containment() { "" } else { " with --only" }
    }

    /// What to do about a part of the bucket that is not known.
    fn unknown_hint(&self) -> &'static str {
        if self.is_containment() {
            "read it with a caller who may (--profile), or give a snapshot that has it with --live"
        } else {
            "collect it, or leave it out with --only"
        }
    }
}

/// What stands around the bucket in the snapshot that the plan was made from.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// The account's record, by id.
    pub accounts: std::collections::BTreeMap<String, crate::frontend::live::AccountRecord>,
    /// The bucket's access points.
    pub points: Points,
    /// When it was collected.
    pub collected_at: Option<String>,
}

/// Makes a plan.
///
/// # Errors
/// Sentences that say what keeps it from being made, and what to do.
pub fn plan(ask: &Ask<'_>) -> Result<Plan, Vec<String>> {
    let mut manual = Vec::new();
    let mut refused = Vec::new();
    let mut warnings = Vec::new();
    if let Some(unknown) = ask.only.iter().find(|it| feature(it).is_none() && *it != "access_points") {
        return Err(vec![format!(
            "there is no feature `{unknown}` (--only); a snapshot's features are known by their names there"
        )]);
    }
    let current = super::said::of_record(ask.live);
    let mut steps = Vec::new();
    for name in steps::ORDER {
        if !ask.only.is_empty() && !ask.only.iter().any(|it| it == name) {
            continue;
        }
        let (Some(before), Some(after)) = (current.get(name), ask.desired.get(name)) else { continue };
        match difference(name, before, after, ask.unknown_hint()) {
            Difference::None => {}
            Difference::Manual(text) => manual.push(text),
            Difference::Refused(_) if name == "public_access_block" && ask.is_containment() => {
                let (told, by_hand) = unread_block(ask, before);
                warnings.push(told);
                manual.push(by_hand);
            }
            Difference::Refused(text) => refused.push(text),
            Difference::Set { before, after } => {
                let made = steps::step(ask, name, before, after);
                steps.extend(made.step);
                manual.extend(made.by_hand);
            }
        }
    }
    manual.extend(guards::object_lock(ask, current.get("object_lock")));
    let (of_points, by_hand, no) = points::steps(ask);
    // The data plane's other door: behind the bucket's own.
    let behind = |it: &Step| matches!(it.feature.as_str(), "public_access_block" | "policy" | "acl" | "ownership");
    let at = steps.iter().rposition(behind).map_or(0, |at| at + 1);
    steps.splice(at..at, of_points);
    manual.extend(by_hand);
    refused.extend(no);
    if ask.include_account {
        match account_block(ask) {
            Some((id, state)) => steps.insert(0, steps::account(&id, state.value())),
            None if !is_account_block_known(ask) => refused.push(
                "what account-wide Block Public Access is now is not known, so that it could not be put back: collect it, or leave \
                 out --include-account"
                    .to_owned(),
            ),
            None => {}
        }
    } else if let Some((id, _)) = account_block(ask) {
        manual.push(format!(
            "account-wide Block Public Access is not wholly on (account {id}); where no bucket of the account is meant to be public, \
             plan again with --include-account"
        ));
    }
    let ownership = steps.iter().any(|it| it.feature == "ownership");
    if !ownership {
        let enforced = |it: &Sayings| {
            it.get("ownership").is_some_and(|it| canonical("ownership", document(it)) == "BucketOwnerEnforced")
        };
        // S3 refuses ACLs there, and none counts.
        if enforced(&current) {
            steps.retain(|it| it.feature != "acl");
        }
    }
    versions_first(&mut steps);
    preflight::check(ask, &steps, &mut refused, &mut warnings);
    if !refused.is_empty() {
        return Err(refused);
    }
    let ordered = order::order(ask, steps)?;
    warnings.extend(ordered.warnings);
    let (back, no_way_back) = way_back(ask, &ordered.steps, &mut warnings);
    manual.extend(object_acls(ask));
    manual.extend(marked(ask, &current));
    if ask.is_containment() {
        manual.extend(guards::at_work(ask));
    }
    if ask.live.account.is_none() && !ordered.steps.is_empty() {
        warnings.push(
            "whose the bucket is is not known: no call says whose it must be (--expected-bucket-owner), so that another bucket of that \
             name would be changed too; say --account ID"
                .to_owned(),
        );
    }
    Ok(Plan {
        schema: SCHEMA.to_owned(),
        tool: concat!("bucketlint ", env!("CARGO_PKG_VERSION")).to_owned(),
        purpose: ask.purpose.clone(),
        bucket: ask.bucket.to_owned(),
        account: ask.live.account.clone(),
        region: ask.live.region.clone(),
        collected_at: ask.around.collected_at.clone(),
        steps: ordered.steps,
        manual,
        warnings,
        effects: ordered.effects,
        back,
        no_way_back,
    })
}

/// The order of the way back, or why there is none; that is told before anything is done.
fn way_back(ask: &Ask<'_>, steps: &[Step], warnings: &mut Vec<String>) -> (Vec<String>, Vec<String>) {
    let end = steps.iter().fold(Stage::start(ask), |stage, step| stage.after(step));
    let all: Vec<&Step> = steps.iter().collect();
    let reversed: Vec<Step> = steps.iter().map(back::reversed).collect();
    let policy = reversed.iter().find(|it| it.feature == "policy").and_then(|it| it.sends.as_ref());
    if let (Some(policy), Some(_)) = (policy, ask.caller) {
        let mut lost = Vec::new();
        lockout::check(ask, &policy.to_string(), &reversed, &mut lost, &mut Vec::new());
        warnings.extend(lost.iter().map(|it| format!("were the plan taken back: {it}")));
    }
    match back::order(ask.bucket, (&all, true), &end, ask.options) {
        Ok(order) => (order, Vec::new()),
        Err(why) => {
            warnings.push(format!("the plan as a whole cannot be taken back: {}", why.join("; ")));
            (Vec::new(), why)
        }
    }
}

/// Block Public Access that may not be read: it can be turned on all the same, and nobody can put back what it was.
fn unread_block(ask: &Ask<'_>, now: &Said) -> (String, String) {
    let why = match now {
        Said::Unknown(why) => format!(" ({why})"),
        _ => String::new(),
    };
    let owner = ask.live.account.as_ref().map(|it| format!(" --expected-bucket-owner {it}")).unwrap_or_default();
    let told = format!(
        "NO BEFORE-IMAGE: what Block Public Access of the bucket is now could not be read{why}: no step sets it, and what turns it on by \
         hand cannot be taken back by this plan"
    );
    let by_hand = format!(
        "Block Public Access could not be read, so that there is NO BEFORE-IMAGE of it. To close every public way all the same, first of \
         all: aws s3api put-public-access-block --bucket {}{owner} --public-access-block-configuration \
         BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
        ask.bucket
    );
    (told, by_hand)
}

/// The tag of containment stays, for tags are merged.
fn marked(ask: &Ask<'_>, now: &Sayings) -> Option<String> {
    let has = |said: Option<&Said>| {
        let tags = said.and_then(document).and_then(|it| it.get("TagSet")?.as_array().cloned()).unwrap_or_default();
        tags.iter().any(|it| {
            it.get("Key") == Some(&Json::from("Status")) && it.get("Value") == Some(&Json::from("Compromised"))
        })
    };
    let is_left = !ask.is_containment() && has(now.get("tags")) && !has(ask.desired.get("tags"));
    let is_replaced = || {
        let tags = ask.desired.get("tags").and_then(document).and_then(|it| it.get("TagSet")?.as_array().cloned());
        tags.unwrap_or_default().iter().any(|it| it.get("Key") == Some(&Json::from("Status")))
    };
    (is_left && !is_replaced()).then(|| {
        format!(
            "the tag Status=Compromised of containment stays, for tags are merged: once the incident is over, put the bucket's tags \
             without it (`aws s3api put-bucket-tagging --bucket {}` replaces all of them)",
            ask.bucket
        )
    })
}

/// S3 takes a replication configuration only where versioning is on.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html#replication-requirements>
fn versions_first(steps: &mut Vec<Step>) {
    let at = |name: &str| steps.iter().position(|it| it.feature == name && it.sends.is_some());
    if let (Some(replication), Some(versioning)) = (at("replication"), at("versioning"))
        && replication < versioning
    {
        let step = steps.remove(replication);
        steps.insert(versioning, step);
    }
}

/// The account and its setting, where that is known and not wholly on.
fn account_block(ask: &Ask<'_>) -> Option<(String, State)> {
    let id = ask.live.account.as_ref()?;
    let state = &ask.around.accounts.get(id)?.public_access_block;
    let block = canonical("public_access_block", state.value());
    let all_on = block.as_object().is_some_and(|it| it.values().all(|it| it == &Json::Bool(true)));
    (!state.is_unknown() && !all_on).then(|| (id.clone(), state.clone()))
}

/// Whether account-wide Block Public Access of the bucket's own account was read.
fn is_account_block_known(ask: &Ask<'_>) -> bool {
    let record = ask.live.account.as_ref().and_then(|it| ask.around.accounts.get(it));
    record.is_some_and(|it| !it.public_access_block.is_unknown())
}

/// ACLs of objects stay as they are where ACLs count.
fn object_acls(ask: &Ask<'_>) -> Option<String> {
    let after = ask.desired.get("ownership").and_then(|it| match it {
        Said::Set(document) => Some(canonical("ownership", Some(document))),
        _ => None,
    });
    let now = ask.live.features.get("ownership").and_then(|it| it.value()).map(|it| canonical("ownership", Some(it)));
    let enforced = after.or(now).is_some_and(|it| it == "BucketOwnerEnforced");
    (!enforced).then(|| {
        "a bucket's ACL does not change the ACLs of its objects: Object Ownership `BucketOwnerEnforced` voids them all in one call".to_owned()
    })
}

fn document(said: &Said) -> Option<&Json> {
    match said {
        Said::Set(document) => Some(document),
        _ => None,
    }
}

enum Difference {
    None,
    Set { before: Option<Json>, after: Option<Json> },
    Manual(String),
    Refused(String),
}

fn difference(name: &str, before: &Said, after: &Said, hint: &str) -> Difference {
    let (old, new) = match (before, after) {
        (_, Said::Silent) if name == "acl" => (before, &Said::Absent),
        (_, Said::Silent) if name == "policy" && document(before).is_some() => {
            return Difference::Manual(
                "the desired side says nothing of a bucket policy, and the bucket has one: it is left; \
                 give a snapshot or a policy file as the desired side, or delete it by hand"
                    .to_owned(),
            );
        }
        // Rules that someone added may be destroying or copying objects.
        (_, Said::Silent) if matches!(name, "lifecycle" | "replication") && document(before).is_some() => {
            return Difference::Manual(format!(
                "the desired side says nothing of {name}, and the bucket has it: it is left; where nobody knows it, delete it \
                 (`aws s3api delete-bucket-{name}`) or give a snapshot as the desired side"
            ));
        }
        (_, Said::Silent) => return Difference::None,
        _ => (before, after),
    };
    match (old, new) {
        (_, Said::Unknown(why)) => Difference::Refused(format!(
            "what {name} should be is not known ({why}): give the value, or leave the feature out with --only"
        )),
        (Said::Unknown(why), _) => Difference::Refused(format!(
            "what {name} is now is not known ({why}), so that nothing could be put back: {hint}"
        )),
        (Said::Silent, _) => Difference::Refused(format!(
            "the live side has no way to say what {name} is now: collect it with the aws CLI, or leave it out with --only"
        )),
        (_, Said::Summary(why)) => Difference::Manual(format!(
            "{name} is compared by its summary only ({why}): where `diff` shows a change, set it with the tool that manages the code"
        )),
        (Said::Summary(why), _) => Difference::Manual(format!(
            "{name} as it is is known by its summary only ({why}): collect it with the aws CLI to have it restored"
        )),
        _ => {
            let (old, new) = (document(old), document(new));
            if canonical(name, old) == canonical(name, new) {
                return Difference::None;
            }
            Difference::Set { before: old.cloned(), after: new.cloned() }
        }
    }
}

/// Account-wide Block Public Access, as a step names it.
pub const ACCOUNT: &str = "account_public_access_block";

/// The state of a feature as steps compare it.
#[must_use]
pub fn state_of(name: &str, said: Option<&Json>) -> Json {
    let name = match name {
        ACCOUNT => "public_access_block",
        _ if points::of_feature(name).is_some() => "policy",
        _ => name,
    };
    canonical(name, said)
}

/// How a feature is read.
#[must_use]
pub fn spec_of(name: &str) -> Option<&'static FeatureSpec> {
    match name {
        ACCOUNT => Some(&ACCOUNT_BLOCK),
        _ if points::of_feature(name).is_some() => Some(&POINT_POLICY),
        _ => feature(name),
    }
}

#[cfg(test)]
mod keeping;
#[cfg(test)]
mod locked;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod tests;
