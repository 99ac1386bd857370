//! What the user names as a source → a snapshot, or the path of code.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::cli::{floors, pipeline::Options};
use crate::frontend::live::{
    AccountRecord, BucketRecord, Evidence, FEATURES, Failure, PointRecord, STATE, Snapshot, State, UNTRANSLATED,
    config, doubts_of_account, doubts_of_bucket, is_snapshot, saved, sha256, steampipe, tfstate,
};
use crate::frontend::terraform::plan;
use crate::incident::points::{self, Place};
use crate::incident::{names_of, said};
use crate::model::AccountLevel;
use crate::source::{Disk, Memory, Sources};

/// Files larger than this are refused (bytes): ten thousand buckets are a tenth of it.
const LIMIT: usize = 1024 * 1024 * 1024;

/// A source with live configuration.
///
/// # Errors
/// A sentence that says what was expected and what to do.
pub fn snapshot_of(path: &Path, options: &Options) -> Result<Snapshot, String> {
    let sources = Sources::new(Box::new(Disk::new(&[path.to_owned()])));
    if sources.fs().is_dir(path) {
        if saved::is_saved(&sources, path) {
            return Ok(saved::read(&sources, path));
        }
        return Err(format!(
            "{}: holds no saved outputs of the aws CLI: expected BUCKET/get-bucket-policy.json and the like, \
             as `bucketlint snapshot --print-script` collects them",
            path.display()
        ));
    }
    let text = read(&sources, path)?;
    if is_snapshot(&text) {
        // Of another version nothing else is known: it is asked for first.
        #[derive(serde::Deserialize)]
        struct Head {
            schema: String,
        }
        let wrong = |error| format!("{}: this snapshot cannot be read: {error}", path.display());
        let (head, expected) = (serde_json::from_str::<Head>(&text).map_err(wrong)?, crate::frontend::live::SCHEMA);
        if head.schema != expected {
            return Err(format!(
                "{}: the schema is {}, {expected} was expected: collect it again",
                path.display(),
                head.schema
            ));
        }
        return serde_json::from_str(&text).map_err(wrong);
    }
    let shown = path.file_name().map_or_else(|| path.to_string_lossy(), |it| it.to_string_lossy()).into_owned();
    if plan::is_plan(&text) {
        if plan::is_planned(&text) {
            return Err(format!(
                "{}: is a plan of Terraform, which says what will be, not what is there: write the state with `terraform show -json`, without \
                 the name of a plan",
                path.display()
            ));
        }
        return of_state(&shown, &text, &text, options);
    }
    let document: Json = serde_json::from_str(&text).map_err(|error| {
        format!(
            "{}: is not JSON ({error}): expected a snapshot, AWS Config items, Steampipe rows or Terraform state",
            path.display()
        )
    })?;
    if tfstate::is_tfstate(&document) {
        let state = tfstate::as_shown(&document).map_err(|it| format!("{}: {it}", path.display()))?;
        return of_state(&shown, &state.to_string(), &text, options);
    }
    if config::is_config(&document) {
        return Ok(config::read(&document, &shown));
    }
    if steampipe::is_steampipe(&document) {
        return Ok(steampipe::read(&document, &shown));
    }
    Err(format!(
        "{}: is no source of live configuration: expected a folder of saved `aws s3api` outputs, a snapshot, AWS Config items, \
         rows of Steampipe's aws_s3_bucket, or Terraform state",
        path.display()
    ))
}

/// Whether every answer that a record rests on has the hash that was taken when it was collected, and says what the record says.
///
/// # Errors
/// A sentence that names the first that has not.
pub fn intact(record: &BucketRecord, name: &str) -> Result<(), String> {
    doubts_of_bucket(name, record).into_iter().next().map_or(Ok(()), Err)
}

/// The same of the account of a bucket.
///
/// # Errors
/// A sentence.
pub fn intact_account(snapshot: &Snapshot, record: &BucketRecord) -> Result<(), String> {
    let id = record.account.clone().unwrap_or_default();
    let doubts = snapshot.accounts.get(&id).map(|it| doubts_of_account(&id, it)).unwrap_or_default();
    doubts.into_iter().next().map_or(Ok(()), Err)
}

/// The text of a file however large, within reason.
///
/// # Errors
/// A sentence.
pub fn read(sources: &Sources, path: &Path) -> Result<String, String> {
    let bytes = sources.fs().head(path, LIMIT + 1).map_err(|error| format!("{}: {error}", path.display()))?;
    if LIMIT < bytes.len() {
        return Err(format!("{}: is larger than {LIMIT} bytes", path.display()));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").map(<[u8]>::to_vec).unwrap_or(bytes);
    String::from_utf8(bytes)
        .map_err(|error| format!("{}: is not valid UTF-8 (byte {})", path.display(), error.utf8_error().valid_up_to()))
}

/// Terraform's state: what its resources say of each bucket. It may hold secrets: only the hash of the file is kept.
fn of_state(shown: &str, state: &str, raw: &str, options: &Options) -> Result<Snapshot, String> {
    let sources = Sources::new(Box::new(Memory::default()));
    let mut document: Json = serde_json::from_str(state).map_err(|error| format!("{shown}: is not JSON: {error}"))?;
    if let Some(root) = document.pointer_mut("/values/root_module") {
        tfstate::settle_acls(root);
    }
    let id = sources.add(Path::new(shown), document.to_string());
    let (estate, complaints) = floors::lower_terraform(&sources, &[], &[(id, true)], &[], options);
    if let Some(complaint) = complaints.first().filter(|_| estate.buckets.is_empty()) {
        return Err(format!("{shown}: {}", complaint.message));
    }
    let (by_name, problems) = names_of(&estate, &[]);
    if by_name.is_empty() {
        let why = problems.first().map(|it| format!(": {it}")).unwrap_or_default();
        return Err(format!("{shown}: this state has no bucket{why}"));
    }
    let mut snapshot = Snapshot::new(format!("Terraform state in {shown}"));
    let evidence = Evidence { source: shown.to_owned(), sha256: sha256(raw.as_bytes()), raw: None };
    for (name, at) in by_name {
        let Some(bucket) = estate.buckets.get(at) else { continue };
        let mut record = BucketRecord { account: bucket.account.clone(), ..BucketRecord::default() };
        let mut sayings = said::of_code(bucket, &name);
        for spec in &FEATURES {
            let state = told(sayings.remove(spec.name).unwrap_or(said::Said::Silent));
            record.features.insert(spec.name.to_owned(), state.resting_on(STATE));
        }
        record.evidence.insert(STATE.to_owned(), evidence.clone());
        let points = points::of_code(&estate, bucket, &name, &Place::of_record(&record));
        snapshot.errors.extend(points.unknown.into_iter().map(|it| Failure::of_source(&name, STATE, it)));
        for it in points.all {
            let (point, policy) = (it.point.resting_on(STATE), it.policy.resting_on(STATE));
            let evidence = [(STATE.to_owned(), evidence.clone())].into();
            snapshot.access_points.push(PointRecord { point, policy, evidence, ..it });
        }
        let account = record.account.clone().unwrap_or_default();
        let unsaid = State::unknown("NotInSource", "the state says nothing of the account");
        let unsaid = AccountRecord { public_access_block: unsaid, ..AccountRecord::default() };
        snapshot.accounts.entry(account).or_insert(unsaid);
        snapshot.buckets.insert(name, record);
    }
    // A state does not say which of its accounts a bucket is in: a block is told of its own account only.
    for block in estate.accounts.iter().filter(|it| it.level == AccountLevel::Account) {
        let public_access_block = told(said::of_account(block)).resting_on(STATE);
        let evidence = [(STATE.to_owned(), evidence.clone())].into();
        let id = block.account_id.as_known().cloned().unwrap_or_default();
        snapshot.accounts.insert(id, AccountRecord { public_access_block, evidence });
    }
    snapshot.complete();
    Ok(snapshot)
}

/// What a state says of a feature.
fn told(said: said::Said) -> State {
    match said {
        said::Said::Set(document) => State::set(document),
        said::Said::Summary(why) => State::unknown(
            UNTRANSLATED,
            format!("the state's form of it is not translated ({why}): collect it with the aws CLI"),
        ),
        said::Said::Absent => State::absent(),
        said::Said::Unknown(why) => State::unknown("Unresolved", why),
        said::Said::Silent => State::unknown("NotInSource", "the state does not manage it"),
    }
}

/// Whether a path holds live configuration, so that it is not taken for code.
#[must_use]
pub fn is_live(path: &Path) -> bool {
    let sources = Sources::new(Box::new(Disk::new(&[path.to_owned()])));
    if sources.fs().is_dir(path) {
        return saved::is_saved(&sources, path);
    }
    let head = sources.fs().head(path, HEAD).unwrap_or_default();
    if is_snapshot(&String::from_utf8_lossy(&head)) || path.extension().is_some_and(|it| it == "tfstate") {
        return true;
    }
    let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start();
    if !matches!(start.first(), Some(b'{' | b'[')) {
        return false;
    }
    // Its keys may stand anywhere.
    let Ok(text) = read(&sources, path) else { return false };
    if is_snapshot(&text) {
        return true;
    }
    let has = |it: &&str| memchr::memmem::find(text.as_bytes(), it.as_bytes()).is_some();
    if !MARKS.iter().any(has) {
        return false;
    }
    match serde_json::from_str::<Json>(&text) {
        Ok(it) => tfstate::is_tfstate(&it) || config::is_config(&it) || steampipe::is_steampipe(&it),
        // What is broken is told as what it begins as.
        Err(_) => {
            let begins = |it: &str| memchr::memmem::find(&head, it.as_bytes()).is_some();
            begins("configurationItem")
                || begins("supplementaryConfiguration")
                || (begins("\"rows\"") && begins("\"name\""))
        }
    }
}

/// So much of a file is looked at first (bytes).
const HEAD: usize = 4096;

/// What stands somewhere in items of AWS Config, rows of Steampipe and a state of Terraform.
const MARKS: [&str; 7] = [
    "configurationItem",
    "onfigurationItems",
    "supplementaryConfiguration",
    "\"Results\"",
    "\"rows\"",
    "\"name\"",
    "\"lineage\"",
];

/// Several sources as one. A bucket that two of them have is refused: which is the later cannot be told.
///
/// # Errors
/// A sentence.
pub fn merged(paths: &[PathBuf], options: &Options) -> Result<Snapshot, String> {
    let mut whole: Option<Snapshot> = None;
    for path in paths {
        let next = snapshot_of(path, options)?;
        let Some(into) = &mut whole else {
            whole = Some(next);
            continue;
        };
        if let Some(name) = next.buckets.keys().find(|it| into.buckets.contains_key(*it)) {
            return Err(format!("{}: the bucket {name} stands in two sources; read them one by one", path.display()));
        }
        into.source = format!("{}; {}", into.source, next.source);
        into.collected_at = into.collected_at.take().max(next.collected_at);
        into.caller = into.caller.take().or(next.caller);
        into.buckets.extend(next.buckets);
        into.access_points.extend(next.access_points);
        into.errors.extend(next.errors);
        for (id, account) in next.accounts {
            match into.accounts.get(&id) {
                Some(known) if !known.public_access_block.is_unknown() => (),
                _ => {
                    into.accounts.insert(id, account);
                }
            }
        }
    }
    whole.ok_or_else(|| "no source was named".to_owned())
}
