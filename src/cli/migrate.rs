//! `migrate`: suppressions of other tools in our words. What would change is printed as a diff; with `--write` it is done.
//!
//! Before anything is printed or written, all is judged once more with the changed texts: a file in which another finding would
//! count, or not count any more, stays as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::finding::{Finding, Report, SuppressorKind};
use crate::fix::unified;
use crate::gate::rules as gate_rules;
use crate::gate::suppression::migrate::{self, Edit, Migration};
use crate::report::{Places, one_line};
use crate::source::FileId;

use super::args::Migrate;
use super::commands::{Complaint, Looked, Scene, load_catalogue, select_rules};
use super::floors::{Rules, Selection};
use super::gating::{Gating, Wishes};
use super::inputs::{Edited, Inputs};
use super::{config, rewrite, rule_folders, suppressions, terminal, world};

/// `migrate`. 3 where something could not be read: there may be more.
pub fn migrate(args: &Migrate) -> Result<u8, Complaint> {
    if args.input.paths.iter().any(|it| it.as_os_str() == "-") {
        return Err("migrate rewrites files; standard input is none".to_owned());
    }
    let found = config::find(args.config.as_deref(), args.no_config, &args.input.paths, None)?;
    let mut folders = args.rule_folders.clone();
    folders.extend(found.config.rule_folders.iter().map(|it| found.folder.join(it)));
    let kept = rule_folders::of(&found, &mut folders)?;
    let catalogue = load_catalogue(&folders)?;
    drop(kept);
    let rules = select_rules(&catalogue, &Selection::ALL)?;
    let gating = Gating::new(Wishes::default(), &found, catalogue.infos())?;
    let scene = Scene::default();
    let inputs = Inputs::new(&args.input, &[], Some(&found), &scene)?;
    let look = |rules: &Rules, texts: BTreeMap<PathBuf, String>| {
        let mut looked = inputs.judge(rules, &Edited::new(texts))?;
        gating.set(&looked.sources, &mut looked.outcome.report);
        Ok::<Looked, Complaint>(looked)
    };
    let before = look(&rules, BTreeMap::new())?;
    let sources = &before.sources;
    let asked = before.asked(&args.input.paths);
    let wishes = migrate::Wishes { policy: gating.policy(), keep: args.keep };
    let mut migration = migrate::plan(sources, &asked, &before.files, &before.outcome.report.findings, wishes);
    // A file that is left may have been a reason for others to change: until nothing differs.
    for _ in 0..8 {
        if migration.rewritten.is_empty() {
            break;
        }
        let texts = texts(&migration, &before);
        let changed = texts.values().map(|it| (it.path.clone(), it.new.clone())).collect();
        let mut now = look(&rules, changed)?;
        gating.suppress(&now.sources, &now.files, &mut now.outcome.report);
        let mut expected = Report { findings: before.outcome.report.findings.clone(), ..Report::default() };
        migration.expect(sources, &mut expected, gating.policy());
        let differ = differences(&Counted::new(&before, &expected), &Counted::new(&now, &now.outcome.report));
        let files: BTreeSet<FileId> = texts.iter().filter(|it| differ.contains(&it.1.path)).map(|it| *it.0).collect();
        if differ.is_empty() {
            break;
        }
        let files = if files.is_empty() { texts.keys().copied().collect() } else { files };
        if files.is_empty() {
            break;
        }
        migration.leave(&files, "ours would be about other findings");
    }
    let base = world::base();
    let places = Places { sources, base: base.as_deref() };
    let texts = texts(&migration, &before);
    tell(&migration, &places);
    if args.write {
        let all = |text: fn(&Changed) -> &String| -> BTreeMap<PathBuf, String> {
            texts.values().map(|it| (it.path.clone(), text(it).clone())).collect()
        };
        rewrite::write(&all(|it| &it.new), &all(|it| &it.old), &inputs.roots)?;
    } else {
        for text in texts.values() {
            let mark = if text.has_mark { "\u{feff}" } else { "" };
            let (old, new) = (format!("{mark}{}", text.old), format!("{mark}{}", text.new));
            terminal::print(&unified(&places.path(&text.path), Some(&old), &new))
                .map_err(|error| format!("cannot write to standard output: {error}"))?;
        }
    }
    let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let count = plural(migration.rewritten.len(), "suppression");
    let files = plural(texts.len(), "file");
    let done = match (args.write, texts.is_empty()) {
        (true, _) => "rewritten",
        (false, true) => "to rewrite",
        (false, false) => "to rewrite (--write does it)",
    };
    terminal::complain(&format!("{count} in {files} {done}, {} left", migration.left.len()));
    Ok(suppressions::complain_of_input(&before.outcome.report, &places))
}

/// A file that changes.
struct Changed {
    path: PathBuf,
    old: String,
    new: String,
    /// Whether a byte-order mark stands before both.
    has_mark: bool,
}

fn texts(migration: &Migration, looked: &Looked) -> BTreeMap<FileId, Changed> {
    let mut edits: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
    for it in &migration.rewritten {
        edits.entry(it.at.file).or_default().extend(it.edits.iter().cloned());
    }
    let changed = edits.into_iter().map(|(file, edits)| {
        let old = looked.sources.text(file).to_string();
        let new = migrate::apply(&old, &edits);
        let own = looked.sources.file(file);
        (file, Changed { path: own.path.clone(), old, new, has_mark: own.has_mark })
    });
    changed.collect()
}

/// What stays, once for each file and reason, and what gives no reason.
fn tell(migration: &Migration, places: &Places<'_>) {
    let mut said: BTreeSet<(FileId, &str)> = BTreeSet::new();
    for first in &migration.left {
        if !said.insert((first.at.file, &first.why)) {
            continue;
        }
        let alike = migration.left.iter().filter(|it| it.at.file == first.at.file && it.why == first.why);
        let mut ids: Vec<&str> = Vec::new();
        let mut count = 0;
        for it in alike {
            count += 1;
            if !ids.contains(&it.shown.as_str()) {
                ids.push(&it.shown);
            }
        }
        let more = if count == 1 { String::new() } else { format!(" and {} more below", count - 1) };
        let told = format!("{}{more}: left, {}: {}", places.short(first.at), first.why, ids.join(", "));
        terminal::complain(&one_line(&told));
    }
    for it in migration.rewritten.iter().filter(|it| !it.reasonless.is_empty() && !it.rules.is_empty()) {
        let give = if it.reasonless.len() == 1 { "gives" } else { "give" };
        let told = format!("{}: {} {give} no reason: add one to ours", places.short(it.at), it.reasonless.join(", "));
        terminal::complain(&one_line(&told));
    }
}

/// What tells a finding from others, whatever its lines, with whether it counts.
type Key = (String, String, String, String, bool);

/// The findings of a run by what they are, each with the files that have to do with it.
struct Counted(BTreeMap<Key, (usize, BTreeSet<PathBuf>)>);

impl Counted {
    fn new(looked: &Looked, report: &Report) -> Self {
        let mut all: BTreeMap<Key, (usize, BTreeSet<PathBuf>)> = BTreeMap::new();
        let own: BTreeSet<String> = gate_rules::infos().into_iter().map(|it| it.id).collect();
        let path = |file: FileId| looked.sources.file(file).path.clone();
        let counting = report.findings.iter().map(|it| (it, None));
        let hidden = report.suppressed.iter().filter(|it| it.by.kind == SuppressorKind::InSource);
        let hidden = hidden.map(|it| (&it.finding, Some(it.by.at)));
        for (finding, by) in counting.chain(hidden).filter(|it| !own.contains(&it.0.rule)) {
            let Finding { rule, namespace, address, identity, .. } = finding;
            let key = (rule.clone(), namespace.clone(), address.clone(), identity.clone(), by.is_some());
            let entry = all.entry(key).or_default();
            entry.0 += 1;
            let places = finding.at.into_iter().chain(finding.declared).chain(by.flatten());
            entry.1.extend(places.map(|it| path(it.file)));
        }
        Self(all)
    }
}

/// The files of the findings that count in one and not in the other.
fn differences(a: &Counted, b: &Counted) -> BTreeSet<PathBuf> {
    let keys: BTreeSet<&Key> = a.0.keys().chain(b.0.keys()).collect();
    let differ = keys.into_iter().filter(|it| a.0.get(it).map(|it| it.0) != b.0.get(it).map(|it| it.0));
    let files = differ.flat_map(|it| a.0.get(it).into_iter().chain(b.0.get(it)).flat_map(|it| it.1.iter().cloned()));
    let files: BTreeSet<PathBuf> = files.collect();
    files.into_iter().filter(|it| it != Path::new("")).collect()
}
