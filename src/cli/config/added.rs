//! What the working tree would have not count, and the trusted revision does not know: `--policy-from` lists it.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::gate::baseline::Baseline;
use crate::source::FileId;
use crate::syntax::data::Node;
use crate::syntax::yaml;

use super::{Config, Found, parse};
use crate::cli::commands::Complaint;
use crate::cli::git;

/// Something that a change brings and that does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// Where.
    pub file: PathBuf,
    /// Its bytes there.
    pub range: Range<usize>,
    /// `the suppression of bpa-missing`.
    pub shown: String,
}

/// What the configuration in `file` of the working tree, and its baseline, have beyond those of the trusted revision. What cannot be
/// read brings nothing: it does not count either.
pub fn added(found: &Found, file: &Path, baseline: Option<&Path>) -> Vec<Added> {
    let mut all = Vec::new();
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut own = baseline.map(Path::to_path_buf);
    if let Some((text, now)) = std::fs::read_to_string(file).ok().and_then(|it| parse(&it).ok().map(|now| (it, now))) {
        all.extend(of_configuration(found, file, &text, &now));
        all.extend(settings(found, file, &text));
        own = own.or_else(|| now.baseline.as_ref().map(|it| folder.join(it)));
    }
    let Some(path) = own else { return all };
    let Some(now) = std::fs::read_to_string(&path).ok().and_then(|it| Baseline::parse(&it).ok()) else { return all };
    let before = found.read(&path).ok().and_then(|it| Baseline::parse(&it).ok());
    let count = now.beyond(before.as_ref());
    if 0 < count {
        let shown = format!("{count} {} of the baseline", if count == 1 { "entry" } else { "entries" });
        all.push(Added { file: path, range: 0..0, shown });
    }
    all
}

/// The contracts and the folders that stand in for modules which are not as the trusted revision has them.
///
/// # Errors
/// No `git`.
pub fn stand_ins(found: &Found, contracts: &[PathBuf], folders: &[PathBuf]) -> Result<Vec<Added>, Complaint> {
    let Some(trusted) = &found.trusted else { return Ok(Vec::new()) };
    if contracts.is_empty() && folders.is_empty() {
        return Ok(Vec::new());
    }
    let differing = git::differing(&trusted.root, &trusted.revision)?;
    let mut all = Vec::new();
    for (kind, paths) in [("the contract", contracts), ("the folder", folders)] {
        for path in paths {
            let Some(below) = trusted.below(path) else { continue };
            if let Some(first) = differing.iter().find(|it| it.starts_with(&below)) {
                let what = if kind == "the folder" { " that stands in for a module" } else { "" };
                let shown = format!("what is new in {kind} {}{what}", below.display());
                all.push(Added { file: trusted.root.join(first), range: 0..0, shown });
            }
        }
    }
    Ok(all)
}

fn of_configuration(found: &Found, file: &Path, text: &str, now: &Config) -> Vec<Added> {
    let tree = yaml::parse(FileId(0), text).tree;
    let items = |key: &str| tree.first().and_then(|it| it.get(key)).map(Node::items).unwrap_or_default();
    let of = |key: &str, at: usize, shown: String| Added {
        file: file.to_path_buf(),
        range: items(key).get(at).map_or(0..0, |it| it.span.range()),
        shown,
    };
    let before = &found.config;
    let suppress = now.suppress.iter().enumerate().filter(|it| !before.suppress.contains(it.1));
    let public = now.public.iter().enumerate().filter(|it| !before.public.contains(it.1));
    let suppress = suppress.map(|(at, it)| of("suppress", at, format!("the suppression of {}", it.rule)));
    suppress.chain(public.map(|(at, it)| of("public", at, format!("the public bucket {}", it.bucket)))).collect()
}

/// The keys whose values differ, and of `rules` the rules: a rule that is off, a path that is not looked at, an account that counts
/// as own hide as much as a suppression does.
fn settings(found: &Found, file: &Path, text: &str) -> Vec<Added> {
    let values = |text: &str| serde_yaml::from_str::<serde_yaml::Mapping>(text).unwrap_or_default();
    let (now, before) = (values(text), found.read(file).map(|it| values(&it)).unwrap_or_default());
    let tree = yaml::parse(FileId(0), text).tree;
    let place = |key: &str, below: Option<&str>| {
        let top = tree.first().and_then(|it| it.entry(key));
        let inner = below.and_then(|below| top?.value.entry(below)).or(top);
        inner.map_or(0..0, |it| it.key.span.range())
    };
    let mut all = Vec::new();
    for key in keys(&now, &before).into_iter().filter(|it| !["suppress", "public"].contains(&it.as_str())) {
        let (new, old) = (now.get(key.as_str()), before.get(key.as_str()));
        if new == old {
            continue;
        }
        let inner = |it: Option<&serde_yaml::Value>| it.and_then(|it| it.as_mapping()).cloned().unwrap_or_default();
        let (rules, others) = (inner(new), inner(old));
        if key == "rules" {
            for id in keys(&rules, &others).into_iter().filter(|it| rules.get(it.as_str()) != others.get(it.as_str())) {
                let gone = if rules.get(id.as_str()).is_none() { "the removal of the setting" } else { "the setting" };
                all.push(Added {
                    file: file.to_path_buf(),
                    range: place(&key, Some(&id)),
                    shown: format!("{gone} of {id}"),
                });
            }
            continue;
        }
        let what = if new.is_none() { "the removal of" } else { "the value of" };
        all.push(Added { file: file.to_path_buf(), range: place(&key, None), shown: format!("{what} `{key}`") });
    }
    all
}

/// The keys of two mappings, in order.
fn keys(a: &serde_yaml::Mapping, b: &serde_yaml::Mapping) -> BTreeSet<String> {
    a.keys().chain(b.keys()).filter_map(|it| it.as_str().map(str::to_owned)).collect()
}
