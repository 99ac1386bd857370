//! `timeline`.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::cli::args::{AnswerFormat, QueryStore, Timeline};
use crate::cli::commands::Complaint;
use crate::cli::pipeline::Options;
use crate::cli::terminal;
use crate::exposure;
use crate::frontend::live::{BucketRecord, LISTED, Snapshot, State};
use crate::incident::finding::{Alert, alerts, bucket};
use crate::incident::time::Time;
use crate::incident::trail::{
    Access, Ask, Event, Network, Replay, Store, account_change, expires_all, first_change, is_beside_trail, is_log,
    last_way, log, query, records, replay,
};
use crate::report::shared::one_line;
use crate::report::shared::say::plural;
use crate::report::timeline;
use crate::value::Truth;

use super::files::write_new;
use super::sources::{intact, intact_account, snapshot_of};

/// A trail file larger than this is refused (bytes), packed or not.
const LIMIT: u64 = 1024 * 1024 * 1024;

/// `timeline`. Exit codes: 0 no exposure; 1 there was, or --verify-since found a later call; 3 it is not known.
pub fn timeline(args: &Timeline) -> Result<u8, Complaint> {
    if args.identity.as_deref().is_some_and(|it| it.trim().is_empty()) {
        return Err("--identity is empty: expected an ARN or a part of it, an access key id, a principal id".to_owned());
    }
    if let (Some(store), Some(bucket)) = (args.print_query, &args.bucket) {
        return print_query(store, bucket, args);
    }
    let alerts = read_alerts(args.finding.as_deref())?;
    let name = bucket_of(args.bucket.as_deref(), &alerts, args.finding.as_deref())?;
    let Trail { events, mut problems, notes } = read_trail(&args.trail)?;
    let (accesses, wrong) = read_logs(&args.access_logs)?;
    problems.extend(wrong);
    if let Some(since) = &args.verify_since {
        return verify((&events, &accesses), since, args.identity.as_deref(), (problems, notes));
    }
    let mut known = Vec::new();
    for text in &args.known_cidrs {
        known.extend(networks(text)?);
    }
    let mut end = None;
    if let Some(path) = &args.end_state {
        let snapshot = snapshot(path)?;
        match stale(&snapshot, &events, &name, args.account.as_deref()) {
            Some((at, last)) => problems.push(format!(
                "{}: was collected {at}, before the last change ({last}): it is no end state, and was not compared",
                path.display()
            )),
            None => end = Some(state_in(snapshot, path, &name)?),
        }
    }
    let ask = Ask {
        start: args.start_state.as_deref().map(|it| start_state(snapshot(it)?, it, &name, &events)).transpose()?,
        end,
        live: None,
        options: exposure::Options { own_account: args.account.clone(), ..Default::default() },
        known,
        deployers: args.deployers.clone(),
        accesses,
        bucket: name.clone(),
    };
    let mut shown = replay(until(events, args.state_at.as_deref())?, &ask);
    let at_end = ask.end.as_ref().and_then(|it| expires_all(&it.0));
    shown.signs.extend(at_end.map(|it| format!("in the end state {it}: the data may be gone (ransom pattern)")));
    shown.problems.extend(problems);
    shown.notes.extend(notes);
    if let Some(path) = &args.output {
        write_state(path, &name, &shown, args.state_at.as_deref())?;
    }
    let found = code(&shown);
    if let Some(identity) = &args.identity {
        shown.rows.retain(|it| it.event.is_by(identity));
    }
    let text = match args.format {
        AnswerFormat::Json => timeline::json(&name, &shown),
        AnswerFormat::Pretty => timeline::text(&name, &shown),
    };
    terminal::print(&text).map_err(|error| format!("cannot write to standard output: {error}"))?;
    Ok(found)
}

fn print_query(store: QueryStore, bucket: &str, args: &Timeline) -> Result<u8, Complaint> {
    let store = match store {
        QueryStore::Athena => Store::Athena,
        QueryStore::Lake => Store::Lake,
        QueryStore::Lookup => Store::Lookup,
    };
    let is_name = |it: &str| it.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-.$\"".contains(&it));
    if let Some(table) = args.table.as_deref().filter(|it| !is_name(it)) {
        return Err(format!("`{table}` is no name of a table (--table)"));
    }
    if !super::snapshot::is_name(bucket) {
        return Err(format!("`{bucket}` is no name of a bucket"));
    }
    let since = args.verify_since.as_deref().map(|text| {
        Time::parse(text)
            .map(|it| it.to_string())
            .ok_or_else(|| format!("`{text}` is no time: expected 2026-11-20T17:42:11Z"))
    });
    let text = query(store, bucket, args.table.as_deref(), since.transpose()?.as_deref());
    terminal::print(&text).map_err(|error| format!("cannot write to standard output: {error}"))?;
    Ok(0)
}

/// The requests in server access logs, and what could not be read.
///
/// # Errors
/// A sentence, where a file cannot be read or is no log.
pub fn read_logs(paths: &[PathBuf]) -> Result<(Vec<Access>, Vec<String>), Complaint> {
    let (mut out, mut problems) = (Vec::new(), Vec::new());
    for (path, _) in files(paths)? {
        let text = read(&path)?;
        if text.trim().is_empty() {
            continue;
        }
        if !is_log(&text) {
            return Err(format!(
                "{}: is no server access log: expected lines of the owner's id, the bucket, [a time] and further fields",
                path.display()
            ));
        }
        let (found, wrong) = log(&text, &path.display().to_string());
        out.extend(found);
        problems.extend(wrong);
    }
    Ok((out, problems))
}

fn code(replay: &Replay) -> u8 {
    let undecided = !replay.problems.is_empty() || !replay.windows.is_empty() || replay.last == Some(Truth::Unknown);
    let was_open = replay.windows.iter().any(|it| it.certain) || replay.last == Some(Truth::Yes);
    match (was_open, undecided) {
        (true, _) => 1,
        (false, true) => 3,
        (false, false) => 0,
    }
}

/// The alerts of a file.
///
/// # Errors
/// A sentence.
pub fn read_alerts(path: Option<&Path>) -> Result<Vec<Alert>, Complaint> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let text = read(path)?;
    alerts(&text).map_err(|why| format!("{}: {why}", path.display()))
}

/// The bucket that is named, or that a finding names.
///
/// # Errors
/// A sentence.
pub fn bucket_of(named: Option<&str>, alerts: &[Alert], path: Option<&Path>) -> Result<String, Complaint> {
    match (named, path) {
        (Some(name), _) => Ok(name.to_owned()),
        (None, Some(path)) => bucket(alerts).map_err(|why| format!("{}: {why}", path.display())),
        (None, None) => Err("say which bucket with --bucket, or give a --finding that names it".to_owned()),
    }
}

/// Whether anyone was at work after a time: by the trail, and by access logs where they were given.
fn verify(
    (events, accesses): (&[Event], &[Access]),
    since: &str,
    identity: Option<&str>,
    (mut problems, notes): (Vec<String>, Vec<String>),
) -> Result<u8, Complaint> {
    let since = Time::parse(since).ok_or_else(|| format!("`{since}` is no time: expected 2026-11-20T17:42:11Z"))?;
    // A log is of one bucket: it shows no more of the time than that.
    match events.iter().map(|it| it.time).max() {
        None => problems.push("no event was read: that shows nothing".to_owned()),
        Some(last) if last <= since => {
            problems.push(format!("the trail ends {last}: it has no event of the time that is asked for, from anyone"));
        }
        Some(_) => {}
    }
    let later = events.iter().filter(|it| since < it.time && identity.is_none_or(|who| it.is_by(who)));
    let mut lines: Vec<(Time, String)> =
        later.map(|it| (it.time, format!("{}  {}  {}  {}", it.time, it.name, it.actor, it.address))).collect();
    let asked = accesses.iter().filter(|it| since < it.time && identity.is_none_or(|who| it.is_by(who)));
    lines.extend(asked.map(|it| {
        let text =
            format!("{}  {}  {}  {}  (access log of {})", it.time, it.operation, it.who(), it.address, it.bucket);
        (it.time, text)
    }));
    lines.sort();
    let lines: Vec<String> = lines.iter().map(|it| format!("{}\n", one_line(&it.1))).collect();
    let is_named = |who: &str| events.iter().any(|it| it.is_by(who)) || accesses.iter().any(|it| it.is_by(who));
    if let Some(who) = identity.filter(|who| !is_named(who)) {
        problems.push(format!(
            "no event in what was read is by {who}, of whatever time: that shows nothing; is it written as the trail has it (an ARN or a \
             part of it, an access key id, a principal id)?"
        ));
    }
    let mut text = if lines.is_empty() { format!("no call after {since} in what was read\n") } else { lines.concat() };
    problems.iter().for_each(|it| text.push_str(&format!("? {}\n", one_line(it))));
    notes.iter().for_each(|it| text.push_str(&format!("note: {}\n", one_line(it))));
    terminal::print(&text).map_err(|error| format!("cannot write to standard output: {error}"))?;
    Ok(match (lines.is_empty(), problems.is_empty()) {
        (false, _) => 1,
        (true, true) => 0,
        (true, false) => 3,
    })
}

fn until(mut events: Vec<Event>, at: Option<&str>) -> Result<Vec<Event>, Complaint> {
    if let Some(text) = at {
        let at = Time::parse(text).ok_or_else(|| format!("`{text}` is no time: expected 2026-11-20T17:42:11Z"))?;
        events.retain(|it| it.time <= at);
    }
    Ok(events)
}

/// The bucket as the events leave it: a known-good state for `restore`.
fn write_state(path: &Path, bucket: &str, replay: &Replay, at: Option<&str>) -> Result<(), Complaint> {
    let mut snapshot = Snapshot::new("CloudTrail events, replayed");
    snapshot.collected_at = at.map(str::to_owned);
    let id = replay.record.account.clone().unwrap_or_default();
    let account =
        crate::frontend::live::AccountRecord { public_access_block: replay.account.clone(), ..Default::default() };
    snapshot.accounts.insert(id, account);
    let mut record = replay.record.clone();
    // What was replayed rests on the trail: the answers that it began with are not kept with it.
    record.features.values_mut().for_each(State::rest_on_nothing);
    snapshot.accounts.values_mut().for_each(|it| it.public_access_block.rest_on_nothing());
    snapshot.buckets.insert(bucket.to_owned(), record);
    snapshot.complete();
    write_new(path, snapshot.to_json().as_bytes()).map_err(|error| format!("{}: {error}", path.display()))
}

fn snapshot(path: &Path) -> Result<Snapshot, Complaint> {
    snapshot_of(path, &Options::default())
}

/// When a snapshot was collected and when the bucket or its account's setting was changed for the last time, where the one is before the
/// other.
pub fn stale(snapshot: &Snapshot, events: &[Event], bucket: &str, account: Option<&str>) -> Option<(Time, Time)> {
    let at = snapshot.collected_at.as_deref().and_then(Time::parse)?;
    let account = account.or_else(|| snapshot.buckets.get(bucket)?.account.as_deref());
    let changes = [first_change(events, bucket), account_change(events, account)];
    let record = snapshot.buckets.get(bucket);
    let is_listed = record.and_then(|it| it.features.get(LISTED)).is_some_and(|it| !it.is_unknown());
    let points = snapshot.access_points.iter().filter(|it| it.bucket == bucket).map(|it| it.name.clone());
    let points: BTreeSet<String> = points.collect();
    let way = last_way(events, (bucket, account), is_listed.then_some(&points));
    let last = changes.into_iter().flatten().map(|it| it.1).chain(way).max()?;
    (at < last).then_some((at, last))
}

/// The bucket before the first event: a state that was collected after one is none. Of the account's setting only what was before its own
/// first change counts.
///
/// # Errors
/// A sentence.
pub fn start_state(
    snapshot: Snapshot,
    path: &Path,
    bucket: &str,
    events: &[Event],
) -> Result<(BucketRecord, State), Complaint> {
    let at = snapshot.collected_at.as_deref().and_then(Time::parse);
    if let (Some(at), Some((first, _))) = (at, first_change(events, bucket))
        && first < at
    {
        return Err(format!(
            "{}: was collected {at}, and the trail changes {bucket} from {first} on: it is not the bucket before the trail \
             (--start-state); compare it with what the events leave (timeline --end-state), or leave it out",
            path.display()
        ));
    }
    let (record, mut block) = state_in(snapshot, path, bucket)?;
    let changed = account_change(events, record.account.as_deref()).map(|it| it.0);
    if at.zip(changed).is_some_and(|(at, changed)| changed < at) {
        block = State::unknown("CollectedLater", "it was changed before the start state was collected");
    }
    Ok((record, block))
}

/// A bucket and its account in a source of live configuration, of a snapshot that was read from there.
///
/// # Errors
/// A sentence.
pub fn state_in(mut snapshot: Snapshot, path: &Path, bucket: &str) -> Result<(BucketRecord, State), Complaint> {
    let record =
        snapshot.buckets.remove(bucket).ok_or_else(|| format!("{}: has no bucket {bucket}", path.display()))?;
    intact(&record, bucket)
        .and_then(|()| intact_account(&snapshot, &record))
        .map_err(|why| format!("{}: {why}", path.display()))?;
    let id = record.account.clone().unwrap_or_default();
    let block = snapshot.accounts.remove(&id).map(|it| it.public_access_block).unwrap_or_default();
    Ok((record, block))
}

fn networks(text: &str) -> Result<Vec<Network>, Complaint> {
    let wrong =
        |it: &str| format!("`{it}` is no address range: expected 198.51.100.0/24, or a file with one to a line");
    if let Some(it) = Network::parse(text) {
        return Ok(vec![it]);
    }
    let lines = std::fs::read_to_string(text).map_err(|_| wrong(text))?;
    let lines = lines.lines().map(|it| it.split('#').next().unwrap_or_default().trim()).filter(|it| !it.is_empty());
    lines.map(|it| Network::parse(it).ok_or_else(|| wrong(it))).collect()
}

/// What a trail's files have.
#[derive(Default)]
pub struct Trail {
    /// The records of all.
    pub events: Vec<Event>,
    /// What could not be read.
    pub problems: Vec<String>,
    /// What was passed over, for it is no part of a trail.
    pub notes: Vec<String>,
}

/// All records of files and folders. Whatever a file in a folder is called, one that looks like a trail is read; the others are told.
///
/// # Errors
/// A sentence, where a path is not there.
pub fn read_trail(paths: &[PathBuf]) -> Result<Trail, Complaint> {
    let files = files(paths)?;
    let mut out = Trail::default();
    let mut passed: Vec<String> = Vec::new();
    let mut read_from: Vec<PathBuf> = Vec::new();
    let mut beside = 0_usize;
    let count = files.len();
    for (path, is_named) in files {
        if !is_named && !is_trail_name(&path) && !is_trail_head(&path) {
            passed.push(path.display().to_string());
            continue;
        }
        match read(&path) {
            Ok(text) if is_beside_trail(&text) => beside += 1,
            Ok(text) => {
                let (found, wrong) = records(&text, &path.display().to_string());
                read_from.push(path);
                out.events.extend(found);
                out.problems.extend(wrong);
            }
            Err(why) if count == 1 => return Err(why),
            Err(why) => {
                out.problems.push(why);
                read_from.push(path);
            }
        }
    }
    if 0 < beside {
        out.notes
            .push(format!("{} of CloudTrail without calls (digests, Insights) passed over", plural(beside, "file")));
    }
    if let Some(first) = passed.first() {
        let more = passed.len() - 1;
        let more = if 0 < more { format!(" and {more} more") } else { String::new() };
        out.notes.push(format!("no part of a trail by their beginning, passed over: {first}{more}"));
    }
    for folder in paths.iter().filter(|folder| folder.is_dir() && !read_from.iter().any(|it| it.starts_with(folder))) {
        out.problems.push(format!("{}: has no file of a trail", folder.display()));
    }
    Ok(out)
}

/// Whether a name is one that trails have: such a file is read, and told where it is none.
fn is_trail_name(path: &Path) -> bool {
    const ENDS: [&str; 5] = [".json", ".gz", ".ndjson", ".jsonl", ".csv"];
    let name = path.to_string_lossy().to_ascii_lowercase();
    ENDS.iter().any(|it| name.ends_with(it))
}

/// Whether a file begins as a trail does.
fn is_trail_head(path: &Path) -> bool {
    const HEAD: u64 = 256 * 1024;
    const MARKS: [&str; 3] = ["eventname", "cloudtrailevent", "eventjson"];
    let Ok(file) = std::fs::File::open(path) else { return true };
    let mut bytes = Vec::new();
    if file.take(HEAD).read_to_end(&mut bytes).is_err() {
        return true;
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let packed = std::mem::take(&mut bytes);
        // The head of what is packed ends somewhere within it.
        let _ = flate2::read::MultiGzDecoder::new(packed.as_slice()).take(HEAD).read_to_end(&mut bytes);
    }
    let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
    MARKS.iter().any(|it| text.contains(it))
}

/// The files of paths, each with whether the user named it; else it was found in a folder.
fn files(paths: &[PathBuf]) -> Result<Vec<(PathBuf, bool)>, Complaint> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push((path.clone(), true));
            continue;
        }
        for entry in ignore::WalkBuilder::new(path).standard_filters(false).sort_by_file_path(Path::cmp).build() {
            let entry = entry.map_err(|error| format!("{}: {error}", path.display()))?;
            // A link to a file is one.
            if entry.path().is_file() {
                files.push((entry.into_path(), false));
            }
        }
    }
    Ok(files)
}

/// The text of a file, unpacked where it is packed.
///
/// # Errors
/// A sentence.
pub fn read(path: &Path) -> Result<String, Complaint> {
    let complain = |why: String| format!("{}: {why}", path.display());
    let mut file = std::fs::File::open(path).map_err(|error| complain(error.to_string()))?;
    let mut bytes = Vec::new();
    file.by_ref().take(LIMIT + 1).read_to_end(&mut bytes).map_err(|error| complain(error.to_string()))?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let packed = std::mem::take(&mut bytes);
        let unpacked = flate2::read::MultiGzDecoder::new(packed.as_slice()).take(LIMIT + 1).read_to_end(&mut bytes);
        unpacked
            .map_err(|error| complain(format!("cannot be unpacked ({error}): it may be truncated, fetch it again")))?;
    }
    if LIMIT < bytes.len() as u64 {
        return Err(complain(format!("is larger than {LIMIT} bytes")));
    }
    String::from_utf8(bytes)
        .map_err(|error| complain(format!("is not valid UTF-8 (byte {})", error.utf8_error().valid_up_to())))
}
