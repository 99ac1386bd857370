//! Every reader of live configuration, of CloudTrail and of detectors' findings; two states compared.

use std::path::{Path, PathBuf};

use bucketlint::exposure::Options;
use bucketlint::frontend::live::{self, Live, Snapshot, config, saved as outputs, steampipe, tfstate};
use bucketlint::incident::diff::{AccessChange, Direction, compare};
use bucketlint::incident::trail::{Ask, records as events_of, replay};
use bucketlint::incident::{Side, finding};
use bucketlint::source::{Memory, Sources};
use serde_json::Value as Json;

use super::{all_placed, memory, parts, twice};

/// A snapshot is written, read back and lowered: what was read once is not lost the second time.
fn through(snapshot: &Snapshot) {
    let text = snapshot.to_json();
    let again: Snapshot = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"));
    assert_eq!(again.to_json(), text);
    lower(&text, Some(snapshot.buckets.len()));
}

fn lower(text: &str, buckets: Option<usize>) {
    let sources = Sources::new(Box::new(Memory::default()));
    let file = sources.add(Path::new("s.json"), text);
    let (estate, diagnostics) = live::lower(&sources, file, live::Options::default());
    all_placed(&sources, &diagnostics);
    assert!(buckets.is_none_or(|it| it == estate.buckets.len()), "{} of {buckets:?} in {text}", estate.buckets.len());
}

pub fn snapshot(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    lower(text, None);
    if let Some(it) = serde_json::from_str::<Snapshot>(text).ok().filter(|it| it.schema == live::SCHEMA) {
        through(&it);
    }
}

/// AWS Config, Steampipe and Terraform's state: whichever the document says that it is, and each of the others too.
pub fn records(data: &[u8]) {
    let Ok(document) = serde_json::from_slice::<Json>(data) else { return };
    let _ = (config::is_config(&document), steampipe::is_steampipe(&document), tfstate::is_tfstate(&document));
    through(&config::read(&document, "x"));
    through(&steampipe::read(&document, "x"));
    if let Ok(shown) = tfstate::as_shown(&document) {
        let sources = Sources::new(Box::new(Memory::default()));
        let file = sources.add(Path::new("state.json"), shown.to_string());
        let options = bucketlint::frontend::terraform::Options::default();
        let (_, diagnostics) = bucketlint::frontend::terraform::plan::lower(&sources, file, &options);
        all_placed(&sources, &diagnostics);
    }
}

/// A folder of answers of the `aws` CLI.
pub fn saved(data: &[u8]) {
    let parts = parts(data, "out/data/get-bucket-policy.json");
    let sources = memory(&parts);
    let folders = [Path::new("out"), Path::new("out/data"), Path::new("")];
    let mut is_first = true;
    for folder in folders.into_iter().filter(|it| outputs::is_saved(&sources, it)) {
        let read = outputs::read(&sources, folder);
        // What becomes of a snapshot does not depend on the folder that it is of.
        if std::mem::take(&mut is_first) {
            through(&read);
        }
        if twice(data) {
            assert_eq!(read.to_json(), outputs::read(&sources, folder).to_json());
        }
    }
}

/// Two snapshots, as texts with a line `-- new.json --` between them.
pub fn diff(data: &[u8]) {
    let parts: Vec<(PathBuf, &[u8])> = parts(data, "old.json");
    let Some(first) = parts.first() else { return };
    let last = parts.last().unwrap_or(first);
    let (Ok(old), Ok(new)) = (std::str::from_utf8(first.1), std::str::from_utf8(last.1)) else { return };
    let sources = Sources::new(Box::new(Memory::default()));
    let (a, b) = (sources.add(Path::new("a"), old), sources.add(Path::new("b"), new));
    let side =
        |id, text| Live::new(&sources, id, text, live::Options::default()).ok().map(|it| Side::Live(Box::new(it)));
    let (Some(old), Some(new)) = (side(a, old), side(b, new)) else { return };
    let options = Options::default();
    for name in old.names().union(&new.names()).take(4) {
        let (before, after) = (old.subject(name), new.subject(name));
        let (before, after) = (before.as_ref(), after.as_ref());
        let there = compare(name, before, after, &options, true);
        let back = compare(name, after, before, &options, true);
        let of = |all: &[AccessChange], direction| {
            let mut found: Vec<AccessChange> = all.iter().filter(|it| it.direction == direction).cloned().collect();
            found.iter_mut().for_each(|it| it.direction = Direction::Gained);
            found
        };
        assert_eq!(of(&there.access, Direction::Gained), of(&back.access, Direction::Lost), "{name}");
        assert_eq!(of(&there.access, Direction::Lost), of(&back.access, Direction::Gained), "{name}");
        assert_eq!(there.settings.len(), back.settings.len(), "{name}");
        if before.is_some() {
            let same = compare(name, before, before, &options, true);
            assert!(same.access.is_empty() && same.settings.is_empty() && same.statements.is_empty(), "{same:?}");
            assert!(!same.gains() && !same.changes(true), "{same:?}");
        }
    }
}

/// Records of CloudTrail, replayed for the bucket of the first one.
pub fn trail(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (events, problems) = events_of(text, "x");
    assert!(!events.is_empty() || !problems.is_empty(), "nothing read and nothing said");
    let bucket = events.iter().find_map(|it| it.bucket.clone()).unwrap_or_default();
    let ask = Ask { bucket, deployers: vec!["arn:*:role/ci*".to_owned()], ..Ask::default() };
    let forth = replay(events.clone(), &ask);
    let mut turned = events;
    turned.reverse();
    if turned.iter().all(|it| !it.id.is_empty()) {
        let mut ids: Vec<&str> = turned.iter().map(|it| it.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        // The order of the records does not matter, but for those that say they are the same and are not.
        if ids.len() == turned.len() {
            assert_eq!(replay(turned, &ask), forth);
        }
    }
}

/// Findings of GuardDuty, Security Hub, Access Analyzer and EventBridge.
pub fn alerts(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(all) = finding::alerts(text) {
        assert!(!all.is_empty());
        let _ = finding::bucket(&all);
        assert_eq!(finding::alerts(text).as_deref(), Ok(all.as_slice()));
    }
}
