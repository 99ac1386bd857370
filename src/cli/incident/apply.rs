//! A plan, step by step: read, compare, call, read again, note. It stops at the first thing that is not as expected.

use std::path::Path;
use std::time::Duration;

use serde_json::Value as Json;

use crate::cli::pipeline::Options;
use crate::exposure;
use crate::frontend::live::{Reply, State, classify, error_code};
use crate::incident::plan::{ACCOUNT, Around, Plan, Stage, Step, back, cannot_go_back, spec_of, state_of};
use crate::incident::points::Points;

use super::aws::{Aws, AwsError};
use super::journal::Journal;
use super::lock::Lock;
use super::sources::snapshot_of;

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Everything is as it should be; so many calls changed something.
    Done(usize),
    /// The bucket is neither as it was nor as it should be: nothing more was done. Exit code 4.
    Moved(String),
    /// Every step was taken, and afterwards a setting is not as it was left: one sentence each. Exit code 4.
    Changed(Vec<String>),
    /// A step failed: what was done before it stays done. Exit code 5.
    Stopped(String),
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The steps.
    Forth,
    /// The way back, of the steps that were begun.
    Back,
}

/// Reads of a feature after it was set, until it is what was sent: S3 answers may lag.
const READS: u32 = 6;

/// Does the steps of a plan.
///
/// # Errors
/// A sentence, where nothing could be begun.
pub fn apply(aws: &Aws, folder: &Path, plan: &Plan, way: Way, say: &mut dyn FnMut(&str)) -> Result<End, String> {
    let folder = folder.canonicalize().map_err(|error| format!("{}: {error}", folder.display()))?;
    let _lock = Lock::take(&folder)?;
    if way == Way::Back && !Journal::is_kept(&folder) {
        return Err(format!(
            "{}: there is no journal (journal.jsonl), so that nobody knows which steps of this plan were taken: nothing was \
             changed. Where none was, there is nothing to take back; else put the journal back, or make the calls of the way \
             back by hand (PLAN.md)",
            folder.display()
        ));
    }
    let mut journal = Journal::open(&folder)?;
    let touched = journal.touched()?;
    let steps: Vec<&Step> = match way {
        Way::Forth => plan.steps.iter().collect(),
        Way::Back => {
            let taken: Vec<&Step> = plan.steps.iter().filter(|it| touched.contains(&it.id)).collect();
            match ahead(aws, &folder, plan, &taken, &mut journal)? {
                Ahead::Order(ids) => {
                    let by_hand = taken.iter().filter(|it| it.undo.is_empty()).copied();
                    ids.iter().filter_map(|id| taken.iter().find(|it| it.id == *id)).copied().chain(by_hand).collect()
                }
                Ahead::Moved(text) => return Ok(End::Moved(text)),
            }
        }
    };
    let mut calls = 0;
    let mut left: Vec<(&Step, &Json)> = Vec::new();
    for step in steps {
        let (command, from, to) = match way {
            Way::Forth => (&step.command, &step.before, &step.after),
            Way::Back => (&step.undo, &step.after, &step.before),
        };
        let verb = if way == Way::Forth { "" } else { "undo " };
        if command.is_empty() {
            say(&format!("[{}] {verb}{}: cannot be taken back", step.id, step.feature));
            continue;
        }
        let now = match look(aws, step) {
            Ok(now) => now,
            // Nobody is signed in, or the CLI itself fails: no step was begun.
            Err(Unread { why, by_aws: false }) if calls == 0 => {
                return Err(format!(
                    "[{}] {} cannot be read: {why}; nothing was changed by this run. `aws sts get-caller-identity` must answer: sign in, \
                     or choose another --profile",
                    step.id, step.feature
                ));
            }
            Err(Unread { why, .. }) => {
                journal.note(&step.id, "stopped", &why)?;
                return Ok(End::Stopped(format!("[{}] {} cannot be read: {why}", step.id, step.feature)));
            }
        };
        left.push((step, to));
        if is_same(step, &now, to) {
            // A run that was cut off after its call left this to be noted.
            if way == Way::Forth && !touched.contains(&step.id) {
                journal.note(&step.id, "skip", "it is as it should be")?;
            } else if way == Way::Back {
                journal.note(&step.id, "undone", "it is as it was")?;
            }
            say(&format!("[{}] {verb}{}: is so already", step.id, step.feature));
            continue;
        }
        if !is_same(step, &now, from) {
            let text = format!(
                "[{}] {} is neither as it was when the plan was made nor as it should be: {now}; collect again and make a new plan",
                step.id, step.feature
            );
            journal.note(&step.id, "moved", &text)?;
            return Ok(End::Moved(text));
        }
        journal.note(&step.id, if way == Way::Forth { "begin" } else { "undo" }, &command.join(" "))?;
        let args: Vec<String> = command.iter().map(|it| placed(it, &folder)).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let reply = aws.call(&args).map_err(|it: AwsError| it.to_string())?;
        calls += 1;
        if reply.code != Some(0) {
            let why = complaint(&reply);
            journal.note(&step.id, "failed", &why)?;
            return Ok(End::Stopped(format!("[{}] {verb}{}: {why}", step.id, step.feature)));
        }
        if let Err(why) = settles(aws, step, to) {
            journal.note(&step.id, "unverified", &why)?;
            return Ok(End::Stopped(format!("[{}] {verb}{}: {why}", step.id, step.feature)));
        }
        journal.note(&step.id, if way == Way::Forth { "done" } else { "undone" }, "read back as sent")?;
        say(&format!("[{}] {verb}{}: done", step.id, step.feature));
    }
    read_back(aws, &left, &mut journal, calls)
}

/// What the way back finds before its first call.
enum Ahead {
    /// Ids of the steps in the order in which they can be taken back.
    Order(Vec<String>),
    /// One of them is neither as the plan left it nor as it was.
    Moved(String),
}

/// Reads what the steps left, and what of the bucket decides whether S3 takes the way back, before anything is changed.
///
/// # Errors
/// A sentence, where it cannot be read, or where no order takes the steps back.
fn ahead(aws: &Aws, folder: &Path, plan: &Plan, taken: &[&Step], journal: &mut Journal) -> Result<Ahead, String> {
    let evidence = snapshot_of(&folder.join("before/snapshot.json"), &Options::default())?;
    let missing = || format!("{}: before/snapshot.json has no bucket {}", folder.display(), plan.bucket);
    let mut record = evidence.buckets.get(&plan.bucket).cloned().ok_or_else(missing)?;
    let mut around =
        Around { accounts: evidence.accounts, points: Points::default(), collected_at: evidence.collected_at };
    around.points.all = evidence.access_points;
    for step in taken.iter().filter(|it| !it.undo.is_empty()) {
        let unread = |it: Unread| {
            format!("[{}] {} cannot be read: {}; nothing was changed by this run", step.id, step.feature, it.why)
        };
        let now = look(aws, step).map_err(unread)?;
        if !is_same(step, &now, &step.after) && !is_same(step, &now, &step.before) {
            let text = format!(
                "[{}] {} is neither as the plan left it nor as it was: {now}; nothing was changed by this run: collect again and make a \
                 new plan",
                step.id, step.feature
            );
            journal.note(&step.id, "moved", &text)?;
            return Ok(Ahead::Moved(text));
        }
    }
    let is_access = taken.iter().any(|it| it.is_access());
    let names = ["public_access_block", "policy", "acl", "ownership"];
    for name in names.into_iter().filter(|_| is_access) {
        let Some(spec) = spec_of(name) else { continue };
        let state = classify(spec, &aws.call(&words(&plan.reading(name))).map_err(|it| it.to_string())?);
        record.features.insert(name.to_owned(), state);
    }
    if let (Some(account), Some(spec), true) = (&plan.account, spec_of(ACCOUNT), is_access) {
        let reply = aws.call(&words(&plan.reading(ACCOUNT))).map_err(|it| it.to_string())?;
        around.accounts.entry(account.clone()).or_default().public_access_block = classify(spec, &reply);
    }
    let points = taken.iter().filter(|it| !names.contains(&it.feature.as_str()) && it.feature != ACCOUNT);
    let now = points.fold(Stage::of(&plan.bucket, &record, &around), |stage, step| stage.after(step));
    back::order(&plan.bucket, (taken, taken.len() == plan.steps.len()), &now, &exposure::Options::default())
        .map(Ahead::Order)
        .map_err(|why| format!("{}: {}; nothing was changed by this run", folder.display(), cannot_go_back(&why)))
}

fn words(all: &[String]) -> Vec<&str> {
    all.iter().map(String::as_str).collect()
}

/// All settings once more: whoever opened the bucket may have changed back what an earlier step set.
fn read_back(aws: &Aws, left: &[(&Step, &Json)], journal: &mut Journal, calls: usize) -> Result<End, String> {
    // One that was read a moment ago needs no second look.
    if left.len() < 2 {
        return Ok(End::Done(calls));
    }
    let mut changed = Vec::new();
    for (step, expected) in left {
        if let Err(why) = settles(aws, step, expected) {
            let text = format!("[{}] {} changed after its step: {why}", step.id, step.feature);
            journal.note(&step.id, "changed", &text)?;
            changed.push(text);
        }
    }
    Ok(if changed.is_empty() { End::Done(calls) } else { End::Changed(changed) })
}

/// `file://desired/x.json` stands in the folder of the plan.
fn placed(argument: &str, folder: &Path) -> String {
    match argument.strip_prefix("file://") {
        Some(rest) => format!("file://{}", folder.join(rest).display()),
        None => argument.to_owned(),
    }
}

fn complaint(reply: &Reply) -> String {
    let line = reply.stderr.lines().map(str::trim).find(|it| !it.is_empty()).unwrap_or("the aws CLI gave no reason");
    let line: String = line.chars().take(400).collect();
    match error_code(&reply.stderr) {
        Some(_) => line,
        None => format!("exit code {}: {line}", reply.code.unwrap_or(-1)),
    }
}

/// Why a feature could not be read, and whether it was AWS that refused it.
struct Unread {
    why: String,
    by_aws: bool,
}

/// Error codes of AWS that say that the caller is not signed in.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList>
const SIGNED_OUT: [&str; 7] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

/// What a feature is now.
fn look(aws: &Aws, step: &Step) -> Result<Json, Unread> {
    let by_cli = |why: String| Unread { why, by_aws: false };
    let spec =
        spec_of(&step.feature).ok_or_else(|| by_cli(format!("this version knows no feature {}", step.feature)))?;
    let args: Vec<&str> = step.read.iter().map(String::as_str).collect();
    let reply = aws.call(&args).map_err(|it| by_cli(it.to_string()))?;
    match classify(spec, &reply) {
        State::Set { value, .. } => Ok(state_of(&step.feature, Some(&value))),
        State::Absent { .. } => Ok(state_of(&step.feature, None)),
        State::Unknown { code, message, .. } => {
            let by_aws = error_code(&reply.stderr).is_some_and(|it| !SIGNED_OUT.contains(&it)) || reply.code == Some(0);
            Err(Unread { why: format!("{code}: {message}"), by_aws })
        }
    }
}

/// Versioning that never was cannot be had back: suspended is the nearest.
fn is_same(step: &Step, now: &Json, expected: &Json) -> bool {
    let plain = |it: &Json| match (step.feature.as_str(), it.get("Status")) {
        ("versioning", Some(Json::String(status))) => status.clone(),
        ("versioning", _) => "Suspended".to_owned(),
        _ => String::new(),
    };
    if step.feature == "versioning" { plain(now) == plain(expected) } else { now == expected }
}

fn settles(aws: &Aws, step: &Step, expected: &Json) -> Result<(), String> {
    let mut wait = Duration::from_millis(100);
    let mut last = String::new();
    for _ in 0..READS {
        match look(aws, step) {
            Ok(now) if is_same(step, &now, expected) => return Ok(()),
            Ok(now) => last = format!("it reads back as {now}, not as what was sent: someone else may be changing it"),
            Err(it) => last = format!("it cannot be read back: {}", it.why),
        }
        std::thread::sleep(wait);
        wait *= 2;
    }
    Err(last)
}
