//! What AWS would refuse, and what would lock the caller out, seen before anything is done.

use serde_json::Value as Json;

use crate::frontend::live::State;
use crate::policy::{self, BucketId, Context, NoteKind, Policy, PolicyKind};
use crate::value::{Origin, SymStr, Truth, Val, Value};

use super::order::{Stage, blocked, is_public_acl};
use super::{Ask, Step, canonical, lockout, points};

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>: a bucket policy has 20 KB.
pub const MAX_POLICY: usize = 20 * 1024;

pub(super) fn check(ask: &Ask<'_>, steps: &[Step], refused: &mut Vec<String>, warnings: &mut Vec<String>) {
    for step in steps {
        let Some(document) = &step.sends else { continue };
        if let Some(point) = points::of_feature(&step.feature) {
            let of = format!("the policy of the access point {point}");
            language(document, &of, PolicyKind::AccessPoint, refused, warnings);
        } else if step.feature == "policy" {
            let text = document.to_string();
            if MAX_POLICY < text.len() {
                refused.push(format!("the policy has {} bytes, S3 takes {MAX_POLICY}: shorten it", text.len()));
            }
            let of = format!("the policy of {}", ask.bucket);
            language(document, &of, PolicyKind::Bucket, refused, warnings);
            resources(ask, document, &of, refused);
            lockout::check(ask, &text, steps, refused, warnings);
        }
    }
    settings(ask, steps, refused, warnings);
    versions(ask, steps, refused);
}

fn statements(policy: &Json) -> Vec<Json> {
    match policy.get("Statement") {
        Some(Json::Array(all)) => all.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    }
}

/// A statement by its Sid where it has one, with whose it is.
fn named(policy: &Json, at: usize, of: &str) -> String {
    let sid = statements(policy).get(at).and_then(|it| it.get("Sid")).and_then(Json::as_str).map(str::to_owned);
    match sid.filter(|it| !it.is_empty()) {
        Some(sid) => format!("the statement \"{sid}\" of {of}"),
        None => format!("statement {} of {of}", at + 1),
    }
}

/// What S3 refuses as MalformedPolicy, as far as the language itself tells: what the tables of names may not have yet is a warning.
fn language(document: &Json, of: &str, kind: PolicyKind, refused: &mut Vec<String>, warnings: &mut Vec<String>) {
    let Some(policy) = parsed(&document.to_string()) else {
        refused.push(format!("{of} is no policy: S3 refuses it as MalformedPolicy"));
        return;
    };
    if policy.statements.is_empty() {
        refused.push(format!("{of} has no statement: S3 refuses it as MalformedPolicy"));
    }
    if let Some(version) = policy.version.as_known().filter(|it| !matches!(it.as_str(), "2012-10-17" | "2008-10-17")) {
        refused.push(format!(
            "the version `{version}` of {of} is none: S3 refuses it as MalformedPolicy; write `2012-10-17`"
        ));
    }
    for it in &policy.statements {
        let (principals, whose) = (&it.principals, named(document, it.index, of));
        let empty = [
            ("Principal", principals.present && principals.items.is_empty() && principals.rest.is_none()),
            ("Action", it.actions.present && it.actions.items.is_empty() && it.actions.rest.is_none()),
            ("Resource", it.resources.present && it.resources.items.is_empty() && it.resources.rest.is_none()),
        ];
        let empty = empty.iter().filter(|it| it.1);
        refused.extend(empty.map(|it| {
            format!("{whose}: `{}` is empty; S3 refuses the policy as MalformedPolicy: mend what should be", it.0)
        }));
        let sid = it.sid.as_known().filter(|it| !it.is_empty());
        let twice = policy.statements.iter().filter(|other| sid.is_some() && other.sid.as_known() == sid);
        if twice.map(|it| it.index).min().is_some_and(|first| first < it.index) {
            warnings.push(format!(
                "{whose}: another statement has the same Sid; S3 may refuse the policy as MalformedPolicy"
            ));
        }
    }
    for note in &policy.notes {
        let whose = note.statement.map_or_else(|| of.to_owned(), |at| named(document, at, of));
        let told = format!("{whose}: {}", note.message);
        match note.kind {
            NoteKind::OrphanPrincipalId => {
                warnings.push(format!("{told}; S3 will refuse the policy as MalformedPolicy"))
            }
            NoteKind::JsonSyntax
            | NoteKind::MissingElements
            | NoteKind::PrincipalFormat
            | NoteKind::UnknownOperator
            | NoteKind::UnknownAction
                if note.sure =>
            {
                refused.push(format!("{told}; S3 refuses the policy as MalformedPolicy: mend what should be"));
            }
            NoteKind::ActionResourceMismatch if nothing_fits(&policy, note.statement) => {
                refused.push(format!("{told}; S3 refuses the policy as MalformedPolicy: mend what should be"));
            }
            NoteKind::UnknownAction | NoteKind::UnknownConditionKey | NoteKind::ActionResourceMismatch => {
                warnings.push(format!("{told}; S3 may refuse the policy as MalformedPolicy"));
            }
            NoteKind::ArnFormat if kind == PolicyKind::Bucket => {
                warnings.push(format!("{told}; S3 may refuse the policy as MalformedPolicy"));
            }
            _ => {}
        }
    }
}

/// Whether no action of a statement can meet its resources; S3 passes over single ones.
fn nothing_fits(policy: &Policy, at: Option<usize>) -> bool {
    let of = |kind: NoteKind| policy.notes.iter().filter(|it| it.kind == kind && it.statement == at).count();
    let statement = policy.statements.iter().find(|it| Some(it.index) == at);
    statement.is_some_and(|it| it.actions.items.len() <= of(NoteKind::ActionResourceMismatch))
}

/// A bucket policy is about its own bucket.
fn resources(ask: &Ask<'_>, policy: &Json, of: &str, refused: &mut Vec<String>) {
    for (at, statement) in statements(policy).iter().enumerate() {
        for resource in texts(statement.get("Resource")) {
            let rest = resource.split(":::").nth(1).unwrap_or(&resource);
            let bucket = rest.split('/').next().unwrap_or_default();
            if bucket != ask.bucket && !bucket.contains(['*', '?']) {
                refused.push(format!(
                    "{} is about `{resource}`, not about {}: S3 refuses the policy as MalformedPolicy",
                    named(policy, at, of),
                    ask.bucket
                ));
            }
        }
    }
}

/// What Block Public Access refuses in whatever order, and what it leaves of what it takes.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
fn settings(ask: &Ask<'_>, steps: &[Step], refused: &mut Vec<String>, warnings: &mut Vec<String>) {
    let start = Stage::start(ask);
    let end = steps.iter().fold(start.clone(), |stage, step| stage.after(step));
    for step in steps {
        let policy = step.sends.as_ref().filter(|_| step.feature == "policy");
        let is_public = is_public_acl(step) || policy.is_some_and(|it| is_public_policy(it, ask.bucket));
        if !is_public {
            continue;
        }
        let (blocks, voids) = match step.feature.as_str() {
            "acl" => ("BlockPublicAcls", "IgnorePublicAcls"),
            _ => ("BlockPublicPolicy", "RestrictPublicBuckets"),
        };
        let after = end.holders(blocks);
        let always = start.holders(blocks).into_iter().find(|it| after.contains(it));
        if let Some(holder) = always {
            refused.push(blocked(step, blocks, holder));
            continue;
        }
        if let Some(holder) = end.holders(voids).first() {
            warnings.push(format!(
                "what the step for {} sends is public, and {voids} of {holder} is on: S3 takes it, and outsiders get nothing of it",
                step.feature
            ));
        }
        let unknown = |state: Option<&State>| state.is_none_or(State::is_unknown);
        if unknown(start.account_block()) {
            warnings.push(format!(
                "what the step for {} sends is public, and whether account-wide {blocks} is on is not known: where it is, S3 refuses \
                 the step",
                step.feature
            ));
        }
    }
}

/// S3 takes a replication configuration only where versioning is on, and keeps it on where there is one, or Object Lock.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html#replication-requirements>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html>
fn versions(ask: &Ask<'_>, steps: &[Step], refused: &mut Vec<String>) {
    let live = |name: &str| ask.live.features.get(name);
    let step = |name: &str| steps.iter().find(|it| it.feature == name);
    let is_on = |it: &Json| it.get("Status").and_then(Json::as_str) == Some("Enabled");
    let now = live("versioning").filter(|it| !it.is_unknown());
    let after = match (step("versioning"), now) {
        (Some(step), _) => Some(is_on(&step.after)),
        (None, Some(now)) => Some(is_on(&canonical("versioning", now.value()))),
        (None, None) => None,
    };
    if after != Some(false) {
        return;
    }
    if step("replication").is_some_and(|it| it.sends.is_some()) {
        refused.push(
            "S3 takes the step for replication only where versioning is Enabled, and it is not: turn it on in what should be, do not \
             leave versioning out, or leave replication out"
                .to_owned(),
        );
    }
    if step("versioning").is_none() {
        return;
    }
    if step("replication").is_none() && live("replication").is_some_and(|it| it.value().is_some()) {
        refused.push(
            "S3 refuses the step for versioning (Suspended) while the bucket replicates: take replication out of what should be first, \
             or leave versioning out"
                .to_owned(),
        );
    }
    let lock = live("object_lock").and_then(|it| it.value());
    if canonical("object_lock", lock).get("ObjectLockEnabled").and_then(Json::as_str) == Some("Enabled") {
        refused.push(
            "S3 refuses the step for versioning (Suspended) in a bucket with Object Lock: leave versioning out, or turn it on in what \
             should be"
                .to_owned(),
        );
    }
}

fn texts(it: Option<&Json>) -> Vec<String> {
    match it {
        Some(Json::String(text)) => vec![text.clone()],
        Some(Json::Array(all)) => all.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn parsed(text: &str) -> Option<Policy> {
    match policy::parse(&Val::string(text, Origin::default())).value {
        Value::Known(policy) => Some(policy),
        _ => None,
    }
}

/// Whether AWS calls a policy public.
pub(super) fn is_public_policy(policy: &Json, bucket: &str) -> bool {
    is_public_text(&policy.to_string(), bucket)
}

fn is_public_text(text: &str, bucket: &str) -> bool {
    let Some(policy) = parsed(text) else { return false };
    let context = Context { bucket: BucketId { entity: None, name: Some(SymStr::text(bucket)) }, ..Context::default() };
    policy::public_status(&policy, &context).public == Truth::Yes
}
