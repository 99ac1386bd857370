//! Every template at hand: no panic, and a table of what is known.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::source::{Disk, Sources};
use crate::value::{Attr, SymStr, Value};

use super::super::node::{get, items};
use super::super::{Options, documents, lower, lower_document};

/// Counts what is known of buckets' fields.
#[derive(Default)]
struct Share {
    known: usize,
    absent: usize,
    one_of: usize,
    unknown: BTreeMap<&'static str, usize>,
}

impl Share {
    fn add<T>(&mut self, attr: &Attr<T>) {
        match &attr.value {
            Value::Known(_) => self.known += 1,
            Value::Absent => self.absent += 1,
            Value::OneOf(..) => self.one_of += 1,
            Value::Unknown(why) => *self.unknown.entry(why.cause().code()).or_default() += 1,
        }
    }

    fn name(&mut self, attr: &Attr<SymStr>) {
        match attr.as_known().and_then(SymStr::why) {
            Some(why) => *self.unknown.entry(why.cause().code()).or_default() += 1,
            None => self.add(attr),
        }
    }
}

fn files_below(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, out);
        } else if path.extension().is_some_and(|it| it == "yaml" || it == "yml" || it == "json" || it == "template") {
            out.push(path);
        }
    }
}

#[test]
fn everything_at_hand_is_read() {
    let shared = std::env::var("BUCKETLINT_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    let shared = Path::new(&shared);
    if !shared.join("corpus").is_dir() {
        println!("skipped: no corpus at {}", shared.display());
        return;
    }
    let mut paths = Vec::new();
    files_below(&shared.join("corpus"), &mut paths);
    files_below(&shared.join("conformance"), &mut paths);
    paths.sort();
    let sources = Sources::new(Box::new(Disk::new(&[shared.to_owned()])));
    let options = Options::default();
    let (mut templates, mut embedded, mut buckets, mut gaps, mut dangling) = (0, 0, 0, 0, 0);
    let (mut policies, mut statements, mut open) = (Share::default(), 0, 0);
    let (mut features, mut names, mut codes) = (Share::default(), Share::default(), BTreeMap::<&str, usize>::new());
    for path in &paths {
        let Ok(file) = sources.load(path) else { continue };
        let done = lower(&sources, file, &options);
        let (mut estate, mut notes) = (done.estate, done.diagnostics);
        templates += estate.tally.files;
        // The registry's tests embed their inputs.
        for document in documents(&sources, file).0 {
            for case in items(&document) {
                if let Some(input) = get(case, "input") {
                    embedded += 1;
                    let done = lower_document(&sources, file, input, &options);
                    estate.absorb(done.estate);
                    notes.extend(done.diagnostics);
                }
            }
        }
        if estate.tally.files == 0 && estate.buckets.is_empty() {
            notes.retain(|_| false);
        }
        buckets += estate.buckets.len();
        gaps += estate.gaps.len();
        dangling += estate.dangling.len();
        for it in &estate.buckets {
            names.name(&it.name);
            policies.add(&it.policy);
            let known = it.policy.as_known();
            statements += known.map_or(0, |it| it.statements.len());
            open += known.map_or(0, |it| usize::from(it.rest.is_some()));
            features.add(&it.acl);
            features.add(&it.ownership);
            features.add(&it.public_access_block);
            features.add(&it.versioning);
            features.add(&it.encryption);
            features.add(&it.logging);
            features.add(&it.object_lock);
            features.add(&it.lifecycle);
            features.add(&it.replication);
            features.add(&it.cors);
            features.add(&it.website);
            features.add(&it.notification);
            features.add(&it.tags);
        }
        for gap in &estate.gaps {
            if std::env::var("SHOW").is_ok() {
                println!("{} gap {} {}", path.display(), gap.why, gap.message);
            }
        }
        for note in &notes {
            *codes.entry(note.code).or_default() += 1;
            if std::env::var("SHOW").is_ok() {
                let at = note.at.map(|it| sources.file(it.file).line_column(it.start).line);
                println!("{}:{at:?} {} {}", path.display(), note.code, note.message);
            }
        }
    }
    println!(
        "files {} templates {templates} embedded {embedded} buckets {buckets} gaps {gaps} dangling {dangling}",
        paths.len()
    );
    println!("statements {statements}, policies with unknown further statements {open}");
    for (what, share) in [("policies", policies), ("features", features), ("names", names)] {
        println!(
            "{what}: known {} absent {} one-of {} unknown {:?}",
            share.known, share.absent, share.one_of, share.unknown
        );
    }
    println!("notes {codes:?}");
    assert!(0 < buckets);
}
