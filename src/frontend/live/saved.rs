//! A folder of saved `aws s3api` outputs → snapshot.
//!
//! `BUCKET/get-bucket-policy.json` holds standard output, `BUCKET/get-bucket-policy.stderr` standard error; the folder `@account`
//! (or `account`, where no bucket is called that) has the answers of `aws s3control` about the account; a bucket's access points stand beside it. `--print-script` writes a collector that fills such a folder.

mod points;

use std::path::Path;

use serde_json::Value as Json;

use crate::source::{ReadError, Sources};

use super::feature::{ACCOUNT_BLOCK, FEATURES, FeatureSpec};
use super::reply::{Reply, classify, error_code};
use super::snapshot::{AccountRecord, BucketRecord, Caller, Evidence, Failure, INCOMPLETE, Snapshot, State};

/// The folder of answers about the account: no bucket can be called that.
const ACCOUNT: &str = "@account";

/// How it was called, and may be where no bucket is called that.
const PLAIN: &str = "account";

/// What tells the region.
const LOCATION: &str = "get-bucket-location";

/// Whether a folder holds saved outputs: of one bucket, or of several in folders of their own.
#[must_use]
pub fn is_saved(sources: &Sources, folder: &Path) -> bool {
    is_bucket(sources, folder) || sources.fs().list(folder).iter().any(|it| is_bucket(sources, it))
}

fn is_bucket(sources: &Sources, folder: &Path) -> bool {
    let has = |spec: &FeatureSpec| {
        let file = |end: &str| sources.fs().is_file(&folder.join(format!("{}.{end}", spec.command)));
        file("json") || file("stderr")
    };
    match folder.file_name().and_then(|it| it.to_str()) {
        Some(ACCOUNT) => false,
        // The one answer that both have is no sign of a bucket.
        Some(PLAIN) => FEATURES.iter().filter(|it| it.command != ACCOUNT_BLOCK.command).any(has),
        _ => FEATURES.iter().any(has),
    }
}

/// Reads the folder.
#[must_use]
pub fn read(sources: &Sources, folder: &Path) -> Snapshot {
    let mut snapshot = Snapshot::new(format!("outputs of the aws CLI in {}", shown(folder)));
    let has_own_folder = sources.fs().is_dir(&folder.join(ACCOUNT));
    let own = Some(folder.to_owned()).into_iter().chain(sources.fs().list(folder));
    for place in own.filter(|it| is_bucket(sources, it)) {
        let name = place.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
        snapshot.errors.extend(unplaced(sources, &place, &name));
        snapshot.buckets.insert(name.clone(), bucket(sources, &place));
        // Where the account's answers may stand in it, its list is of the account.
        if has_own_folder || name != PLAIN {
            points::of_bucket(sources, &place, &name, &mut snapshot);
        }
    }
    let named = [ACCOUNT, PLAIN].map(|it| folder.join(it));
    if let Some(account) = named.iter().find(|it| sources.fs().is_dir(it)) {
        let is_both = is_bucket(sources, account);
        // Where all that it has is a bucket's, the account was not asked about.
        if !is_both || has_account(sources, account) {
            of_account(sources, account, &mut snapshot);
        }
        if is_both {
            shared(account, &mut snapshot);
        }
    }
    points::unasked(&mut snapshot);
    assign(&mut snapshot);
    snapshot.complete();
    snapshot
}

/// Whether a folder has answers that only an account has.
fn has_account(sources: &Sources, folder: &Path) -> bool {
    ["get-caller-identity.json", "list-access-points.json"].iter().any(|it| sources.fs().is_file(&folder.join(it)))
}

/// A folder of both a bucket and the account: whose Block Public Access it has is not known.
fn shared(folder: &Path, snapshot: &mut Snapshot) {
    let message = format!(
        "`{0}` has answers of a bucket of that name, and may have those of the account: whose `{1}` it has is not known; put those of the \
         account into `{ACCOUNT}`",
        shown(folder),
        ACCOUNT_BLOCK.command
    );
    let unknown = || State::unknown(INCOMPLETE, message.clone());
    if let Some(record) = snapshot.buckets.get_mut(PLAIN) {
        record.features.insert("public_access_block".to_owned(), unknown());
    }
    snapshot.accounts.values_mut().for_each(|it| it.public_access_block = unknown());
    snapshot.errors.push(Failure::of_source(&shown(folder), ACCOUNT_BLOCK.command, message));
}

fn shown(path: &Path) -> String {
    path.file_name().map_or_else(|| path.to_string_lossy().into_owned(), |it| it.to_string_lossy().into_owned())
}

fn bucket(sources: &Sources, folder: &Path) -> BucketRecord {
    let mut record = BucketRecord::default();
    for spec in &FEATURES {
        let (state, evidence) = answer(sources, folder, spec, spec.command);
        record.features.insert(spec.name.to_owned(), state);
        record.evidence.extend(evidence);
    }
    for end in ["json", "stderr"] {
        let kept = raw(sources, &folder.join(format!("{LOCATION}.{end}"))).ok().filter(|it| !it.trim().is_empty());
        if let Some(kept) = kept {
            let source = format!("{}/{LOCATION}.{end}", shown(folder));
            record.evidence.entry(LOCATION.to_owned()).or_insert_with(|| Evidence::kept(source, &kept));
        }
    }
    record.region = text(sources, &folder.join("get-bucket-location.json"))
        .and_then(|it| serde_json::from_str::<Json>(&it).ok())
        .and_then(|it| region(&it));
    record
}

/// What was answered where the region was asked for and is not told.
fn unplaced(sources: &Sources, folder: &Path, name: &str) -> Option<Failure> {
    let answer = text(sources, &folder.join(format!("{LOCATION}.json")));
    let stderr = text(sources, &folder.join(format!("{LOCATION}.stderr")));
    let found = answer.as_deref().and_then(|it| serde_json::from_str::<Json>(it).ok()).and_then(|it| region(&it));
    let is_asked = answer.is_some() || stderr.is_some();
    let stderr = stderr.unwrap_or_default();
    (is_asked && found.is_none()).then(|| Failure {
        subject: name.to_owned(),
        asked: LOCATION.to_owned(),
        code: error_code(&stderr).unwrap_or("Failed").to_owned(),
        message: "the region of the bucket is not known".to_owned(),
    })
}

/// `null` is us-east-1, `EU` eu-west-1.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html>
pub fn region(answer: &Json) -> Option<String> {
    match answer.get("LocationConstraint")? {
        Json::Null => Some("us-east-1".to_owned()),
        Json::String(it) if it == "EU" => Some("eu-west-1".to_owned()),
        Json::String(it) => Some(it.clone()),
        _ => None,
    }
}

/// The state of a feature, and the evidence for it.
fn answer(sources: &Sources, folder: &Path, spec: &FeatureSpec, stem: &str) -> (State, Option<(String, Evidence)>) {
    let (out, err) = (folder.join(format!("{stem}.json")), folder.join(format!("{stem}.stderr")));
    let has_either = sources.fs().is_file(&out) || sources.fs().is_file(&err);
    if !has_either {
        return (State::not_collected(), None);
    }
    let read = |path: &Path| match raw(sources, path) {
        Err(ReadError::NotFound) => Ok(String::new()),
        other => other,
    };
    match (read(&out), read(&err)) {
        (Ok(stdout), Ok(stderr)) => {
            let code = raw(sources, &folder.join(format!("{stem}.rc"))).ok().and_then(|it| it.trim().parse().ok());
            let is_error = stdout.is_empty() || error_code(&stderr).is_some();
            let (raw, end) = if is_error { (&stderr, "stderr") } else { (&stdout, "json") };
            let evidence = Evidence::kept(format!("{}/{stem}.{end}", shown(folder)), raw);
            let state = classify(spec, &Reply { stdout: stdout.clone(), stderr: stderr.clone(), code });
            (state.resting_on(stem), Some((stem.to_owned(), evidence)))
        }
        (Err(error), _) | (_, Err(error)) => (State::unknown("UnreadableFile", error.to_string()), None),
    }
}

/// The file byte for byte; a mark at the start of a text is part of it.
fn raw(sources: &Sources, path: &Path) -> Result<String, ReadError> {
    if !sources.fs().is_file(path) {
        return Err(ReadError::NotFound);
    }
    let bytes = sources.fs().read(path)?;
    String::from_utf8(bytes).map_err(|error| ReadError::NotUtf8 { offset: error.utf8_error().valid_up_to() })
}

fn text(sources: &Sources, path: &Path) -> Option<String> {
    raw(sources, path).ok().map(|it| it.trim_start_matches('\u{feff}').to_owned())
}

fn of_account(sources: &Sources, folder: &Path, snapshot: &mut Snapshot) {
    let parse = |name: &str| text(sources, &folder.join(name)).and_then(|it| serde_json::from_str::<Json>(&it).ok());
    let member = |it: &Json, key: &str| it.get(key).and_then(Json::as_str).map(str::to_owned);
    snapshot.caller = parse("get-caller-identity.json")
        .and_then(|it| Some(Caller { account: member(&it, "Account")?, arn: member(&it, "Arn")? }));
    let (state, evidence) = answer(sources, folder, &ACCOUNT_BLOCK, ACCOUNT_BLOCK.command);
    points::of_account(sources, folder, snapshot);
    let id = snapshot.caller.as_ref().map(|it| it.account.clone());
    let id = id.or_else(|| snapshot.access_points.iter().find_map(|it| it.account.clone())).unwrap_or_default();
    let record = AccountRecord { public_access_block: state, evidence: evidence.into_iter().collect() };
    snapshot.accounts.insert(id, record);
}

/// The mark of a next page, where an answer is not the whole: `--max-items` leaves one.
/// <https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-pagination.html>
#[must_use]
pub fn next_page(answer: &Json) -> Option<&'static str> {
    let is_there = |key: &&str| answer.get(key).is_some_and(|it| !it.is_null() && it.as_str() != Some(""));
    ["NextToken", "nextToken", "ContinuationToken", "NextMarker"].into_iter().find(|it| is_there(it))
}

/// Buckets whose account nobody names are of the only account there is.
fn assign(snapshot: &mut Snapshot) {
    let known: Vec<&String> = snapshot.accounts.keys().filter(|it| !it.is_empty()).collect();
    let [only] = known.as_slice() else { return };
    let only = (*only).clone();
    for bucket in snapshot.buckets.values_mut() {
        bucket.account.get_or_insert_with(|| only.clone());
    }
}
