//! `report`: a folder with the report and its evidence.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value as Json;

use crate::cli::args::IncidentReport;
use crate::cli::commands::Complaint;
use crate::cli::pipeline::Options;
use crate::cli::terminal;
use crate::exposure::{self, Exposure};
use crate::frontend::live::{self, Live, State, sha256};
use crate::incident::bundle::{Exhibit, Parts, bundle, exhibit};
use crate::incident::diff::OWN_POINTS;
use crate::incident::points;
use crate::incident::time::Time;
use crate::incident::trail::{Ask, records, replay};
use crate::report::bundle::{json, markdown};
use crate::source::{Memory, Sources};

use super::files::write_new;
use super::folder;
use super::sources::snapshot_of;
use super::timeline::{bucket_of, read, read_alerts, stale, state_in};

/// The hashes of all other files of a report.
const MANIFEST: &str = "manifest.sha256";

/// `report`. Exit codes: 0 written, or verified; 1 a file is not what was written (--verify); 2 wrong usage.
pub fn report(args: &IncidentReport) -> Result<u8, Complaint> {
    if let Some(folder) = &args.verify {
        return verify(folder);
    }
    let Some(output) = &args.output else { return Err("say where the report goes with --output FOLDER".to_owned()) };
    let mut gathered = Gathered::default();
    let alerts = read_alerts(args.finding.as_deref())?;
    let name = bucket_of(args.bucket.as_deref(), &alerts, args.finding.as_deref())?;
    let mut parts = Parts { case: args.case.clone(), bucket: name.clone(), ..Parts::default() };
    if let Some(text) = &args.noticed {
        let time = Time::parse(text).ok_or_else(|| format!("`{text}` is no time: expected 2026-11-20T17:42:11Z"))?;
        parts.noticed = Some(time);
    }
    if let Some(path) = &args.finding {
        let id = gathered.add(path, "finding")?;
        let about = alerts
            .into_iter()
            .filter(|it| it.bucket.as_ref().is_none_or(|it| *it == name) || it.more_buckets.contains(&name));
        parts.alerts = about.map(|it| (it, id.clone())).collect();
    }
    let (mut events, mut problems, mut trail) = (Vec::new(), Vec::new(), Vec::new());
    for path in &args.trail {
        let id = gathered.add(path, "CloudTrail events")?;
        let (found, wrong) = records(&read(path)?, &path.display().to_string());
        // What holds no record shows nothing, and is not cited.
        trail.extend(Some(id).filter(|_| !found.is_empty()));
        events.extend(found);
        problems.extend(wrong);
    }
    let has_events = !trail.is_empty();
    for path in &args.access_logs {
        trail.push(gathered.add(path, "server access log")?);
    }
    let (accesses, wrong) = super::timeline::read_logs(&args.access_logs)?;
    problems.extend(wrong);
    let mut start = None;
    if let Some(path) = &args.start_state {
        let snapshot = snapshot_of(path, &Options::default())?;
        let bytes = snapshot.to_json().into_bytes();
        start = Some(super::timeline::start_state(snapshot, path, &name, &events)?);
        // What the replay begins with bears every window.
        trail.push(gathered.take("start-state.json", "the bucket before the trail", bytes));
    }
    let options = exposure::Options { own_account: args.account.clone(), ..Default::default() };
    let mut now = None;
    let mut neighbours = BTreeMap::new();
    if let Some(path) = &args.live {
        let snapshot = snapshot_of(path, &Options::default())?;
        let whose = snapshot.buckets.iter().filter_map(|(name, it)| Some((name.clone(), it.account.clone()?)));
        neighbours.extend(whose);
        let bytes = snapshot.to_json().into_bytes();
        // What was read before the last change is no bucket as it is after it.
        parts.stale = stale(&snapshot, &events, &name, args.account.as_deref());
        let is_later = parts.stale.is_none();
        now = Some((state_in(snapshot, path, &name)?, bytes, is_later));
    }
    let end = now.as_ref().filter(|it| it.2).map(|it| it.0.clone());
    let live = now.as_ref().map(|it| it.0.clone());
    let deployers = args.deployers.clone();
    let ask = Ask { bucket: name.clone(), start, end, live, accesses, options, deployers, ..Ask::default() };
    let mut replayed = replay(events, &ask);
    replayed.problems.extend(problems.iter().cloned());
    if has_events {
        parts.replay = Some((&replayed, trail));
    } else {
        parts.unread = problems;
    }
    let mut live = None;
    if let (Some(path), Some(((record, _), bytes, _))) = (&args.live, now) {
        let own = args.account.clone().or_else(|| record.account.clone());
        let mut homes = replayed.homes.clone();
        homes.extend(neighbours.into_iter().filter(|it| Some(&it.1) == own.as_ref()).map(|it| it.0));
        parts.own = (own, homes);
        let (exposure, unlisted) = exposed(path, &String::from_utf8_lossy(&bytes), &name, args.account.as_deref())?;
        let has_points = unlisted.is_empty();
        parts.now = Some(exposure);
        parts.unlisted = unlisted;
        // Whom access points that are known let in is found by itself.
        let outsiders = replayed.open_now.iter().filter(|it| !has_points || it.who != OWN_POINTS);
        parts.outsiders = outsiders.cloned().collect();
        live = Some((record, gathered.take("snapshot.json", "the bucket as it is", bytes)));
    }
    parts.live = live.as_ref().map(|(record, id)| (record, id.clone()));
    for path in &args.plans {
        let (plan, _) = folder::read(path)?;
        if plan.bucket != name {
            let other = &plan.bucket;
            return Err(format!("{}: is a plan for the bucket {other}, and the report is of {name}", path.display()));
        }
        let mut ids = vec![
            gathered.add(&path.join("plan.json"), "plan")?,
            gathered.add(&path.join("before/snapshot.json"), "the bucket before the plan")?,
        ];
        let mut journal = String::new();
        let file = path.join("journal.jsonl");
        if file.is_file() {
            ids.push(gathered.add(&file, "journal of the plan")?);
            journal = read(&file)?;
        }
        parts.plans.push((plan, journal, ids));
    }
    parts.exhibits = gathered.files.iter().map(|it| it.0.clone()).collect();
    let made = bundle(&parts);
    let mut files: Vec<(String, Vec<u8>)> = vec![
        ("REPORT.md".to_owned(), markdown(&made).into_bytes()),
        ("report.json".to_owned(), json(&made).into_bytes()),
    ];
    files.extend(gathered.files.into_iter().map(|(exhibit, bytes)| (exhibit.file, bytes)));
    let hash = write(output, &files)?;
    let say = format!(
        "{} files in {}; read REPORT.md\nSHA-256 of {MANIFEST}: {hash} (keep it elsewhere: `report --verify` prints it again)\n",
        files.len() + 1,
        output.display()
    );
    terminal::print(&say).map_err(|error| format!("cannot write to standard output: {error}"))?;
    Ok(0)
}

/// Whom a bucket of a snapshot is open to, and what is not known of its access points.
fn exposed(path: &Path, text: &str, name: &str, account: Option<&str>) -> Result<(Exposure, Vec<String>), Complaint> {
    let sources = Sources::new(Box::new(Memory::default()));
    let file = sources.add(path, text.to_owned());
    let live = Live::new(&sources, file, text, live::Options::default());
    let live = live.map_err(|it| format!("{}: {}", path.display(), it.message))?;
    let (estate, _) = live.estate_of(name);
    let bucket = estate.buckets.iter().find(|it| it.address == name);
    let bucket = bucket.ok_or_else(|| format!("{}: has no bucket {name}", path.display()))?;
    let options = exposure::Options { own_account: account.map(str::to_owned), ..Default::default() };
    let record = live.record(name).map_err(|why| format!("{}: {why}", path.display()))?;
    let found = points::of_record(&record, live.points(name));
    let mut unlisted = found.unknown;
    if unlisted.is_empty() && !found.claims_all {
        unlisted.push("the snapshot has no list of the bucket's access points".to_owned());
    }
    unlisted.extend(found.all.iter().filter_map(|it| match &it.policy {
        State::Unknown { code, message, .. } => Some(format!("the policy of {}: {code}: {message}", it.name)),
        _ => None,
    }));
    Ok((exposure::facts(bucket, &estate, &options).exposure, unlisted))
}

/// Exhibits with their bytes.
#[derive(Default)]
struct Gathered {
    files: Vec<(Exhibit, Vec<u8>)>,
}

impl Gathered {
    fn add(&mut self, path: &Path, what: &str) -> Result<String, Complaint> {
        let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(self.take(&name, what, bytes))
    }

    fn take(&mut self, name: &str, what: &str, bytes: Vec<u8>) -> String {
        let exhibit = exhibit(self.files.len() + 1, name, what, &bytes);
        let id = exhibit.id.clone();
        self.files.push((exhibit, bytes));
        id
    }
}

/// Writes the files and their manifest; its hash.
fn write(output: &Path, files: &[(String, Vec<u8>)]) -> Result<String, Complaint> {
    if output.symlink_metadata().is_ok() {
        return Err(format!("{}: exists already; name another folder, or move it away", output.display()));
    }
    let complain = |error: std::io::Error| format!("{}: {error}", output.display());
    folder::make_folder(output).and_then(|()| folder::make_folder(&output.join("evidence"))).map_err(complain)?;
    let mut manifest = String::new();
    for (name, bytes) in files {
        manifest.push_str(&format!("{}  {name}\n", sha256(bytes)));
        write_new(&output.join(name), bytes).map_err(complain)?;
    }
    write_new(&output.join(MANIFEST), manifest.as_bytes()).map_err(complain)?;
    Ok(sha256(manifest.as_bytes()))
}

/// Hashes a bundle again: every file that is there, and every one that must be.
fn verify(folder: &Path) -> Result<u8, Complaint> {
    let manifest = folder.join(MANIFEST);
    let text = std::fs::read_to_string(&manifest).map_err(|error| format!("{}: {error}", manifest.display()))?;
    let mut wrong = Vec::new();
    let mut listed = BTreeSet::new();
    let mut hashes = BTreeMap::new();
    for (at, line) in text.lines().enumerate() {
        let Some((hash, name)) = line.split_once("  ") else {
            wrong.push(format!("{MANIFEST}: line {} is no hash and a name", at + 1));
            continue;
        };
        listed.insert(name.to_owned());
        match std::fs::read(folder.join(name)) {
            Ok(bytes) => {
                let own = sha256(&bytes);
                wrong.extend((own != hash).then(|| format!("{name}: its hash differs")));
                hashes.insert(name.to_owned(), own);
            }
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    let mut expected = vec!["REPORT.md".to_owned(), "report.json".to_owned()];
    // One that is not there is complained about below.
    let report = std::fs::read(folder.join("report.json")).ok();
    let report: Option<Json> = match report.map(|it| serde_json::from_slice(&it)) {
        Some(Ok(report)) => Some(report),
        Some(Err(error)) => {
            wrong.push(format!("report.json: is no JSON ({error}): which exhibits belong to the report is not known"));
            None
        }
        None => None,
    };
    let exhibits = report.as_ref().and_then(|it| it.get("exhibits")?.as_array());
    if report.is_some() && exhibits.is_none() {
        wrong.push("report.json: has no list of `exhibits`: which belong to the report is not known".to_owned());
    }
    expected.extend(exhibits.into_iter().flatten().filter_map(|it| Some(it.get("file")?.as_str()?.to_owned())));
    wrong.extend(
        expected.iter().filter(|it| !listed.contains(*it)).map(|it| format!("{it}: {MANIFEST} does not list it")),
    );
    wrong.extend(cited(folder, exhibits.map(Vec::as_slice), &hashes));
    for entry in ignore::WalkBuilder::new(folder).standard_filters(false).sort_by_file_path(Path::cmp).build() {
        let entry = entry.map_err(|error| format!("{}: {error}", folder.display()))?;
        let path = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let name = path.to_string_lossy().replace('\\', "/");
        let is_folder = entry.file_type().is_none_or(|it| it.is_dir());
        // The files of a report are files, in one folder: what stands elsewhere can be changed from there.
        if entry.path_is_symlink() && !path.as_os_str().is_empty() {
            wrong.push(format!("{name}: is a link, and was written as a file"));
        }
        if is_folder && !path.as_os_str().is_empty() && name != "evidence" {
            wrong.push(format!("{name}: was not written with the report"));
        }
        if !is_folder && name != MANIFEST && !listed.contains(&name) && !expected.contains(&name) {
            wrong.push(format!("{name}: was not written with the report"));
        }
    }
    let told = if wrong.is_empty() { "every file is as it was written".to_owned() } else { wrong.join("\n") };
    let text = format!(
        "{told}\nSHA-256 of {MANIFEST}: {} (compare it with the one that was printed when the report was written)\n",
        sha256(text.as_bytes())
    );
    terminal::print(&text).map_err(|error| format!("cannot write to standard output: {error}"))?;
    Ok(u8::from(!wrong.is_empty()))
}

/// Exhibits as the report cites them: the manifest can be written anew, and the report itself says which bytes it rests on.
fn cited(folder: &Path, exhibits: Option<&[Json]>, hashes: &BTreeMap<String, String>) -> Vec<String> {
    let mut wrong = Vec::new();
    let Some(exhibits) = exhibits else { return wrong };
    let text = |it: &Json, key: &str| it.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let report = std::fs::read_to_string(folder.join("REPORT.md")).unwrap_or_default();
    let row = |id: &str| {
        report.lines().find_map(|line| {
            let cells: Vec<&str> =
                line.strip_prefix('|')?.split(" | ").map(|it| it.trim_matches([' ', '`', '|'])).collect();
            (cells.first() == Some(&id)).then(|| line.to_owned())
        })
    };
    for it in exhibits {
        let (id, file, hash) = (text(it, "id"), text(it, "file"), text(it, "sha256"));
        if hashes.get(&file).is_some_and(|own| *own != hash) {
            wrong.push(format!("{file}: is not what report.json cites as {id} (its hash differs)"));
        }
        match row(&id) {
            None => wrong.push(format!("REPORT.md: does not list the exhibit {id} of report.json")),
            Some(line) if !line.contains(&format!("`{file}`")) || !line.contains(&format!("`{hash}`")) => {
                wrong.push(format!("REPORT.md: cites {id} otherwise than report.json does (file or hash)"));
            }
            Some(_) => {}
        }
    }
    let known: BTreeSet<String> = exhibits.iter().map(|it| text(it, "id")).collect();
    // What a line rests on stands at its end: in brackets, or in the last cell of a table.
    let end = |line: &str| match line.strip_suffix(']') {
        Some(line) => line.rsplit_once(" [").map(|it| it.1.to_owned()),
        None => line.strip_suffix(" |")?.rsplit_once("| ").map(|it| it.1.to_owned()),
    };
    let names: Vec<String> = report
        .lines()
        .filter_map(end)
        .map(|it| it.split(", ").map(str::to_owned).collect::<Vec<_>>())
        .filter(|it| it.iter().all(|it| is_exhibit(it)))
        .flatten()
        .collect();
    let unknown: BTreeSet<&String> = names.iter().filter(|it| !known.contains(*it)).collect();
    wrong.extend(unknown.iter().map(|it| format!("REPORT.md: cites {it}, and report.json has no such exhibit")));
    wrong
}

/// `E1`, `E2` …
fn is_exhibit(text: &str) -> bool {
    text.strip_prefix('E').is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()))
}
