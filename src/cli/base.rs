//! `--base REVISION`: the code as it was, judged in the same way, and what the change brings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::finding::Finding;
use crate::finding::environments::together;
use crate::gate::baseline::Baseline;
use crate::gate::widened::{State, renames, widened};
use crate::model::Estate;
use crate::source::{Sources, Span};

use super::commands::Complaint;
use super::config::{Found, inputs};
use super::discover::{Beside, discover};
use super::floors::Rules;
use super::inputs::{Inputs, said};
use super::pipeline::{Options, Outcome, run};
use super::recognise::by_name;
use super::then::Then;
use super::{git, tree};

/// The code at a revision, judged.
pub(super) struct Base {
    sources: Sources,
    outcome: Outcome,
}

impl Base {
    /// Judges the code that a run asks about as it was at a revision.
    pub fn new(
        revision: &str,
        inputs: &Inputs<'_>,
        options: &Options,
        rules: &Rules,
        found: &Found,
    ) -> Result<Self, Complaint> {
        let paths = &inputs.input().paths;
        let first = paths.first().cloned().unwrap_or_else(|| PathBuf::from("."));
        let root = git::root(&first)?;
        let absolute = paths.iter().any(|it| it.is_absolute());
        let here = std::env::current_dir().and_then(|it| it.canonicalize()).map_err(|error| error.to_string())?;
        let root = root.canonicalize().unwrap_or(root);
        // As the working tree is named, so that both are told alike.
        let named = |path: &Path| if absolute { root.join(path) } else { relative(&root.join(path), &here) };
        let tree = git::tree(&root, revision)?;
        // As a walk meets them: of links those to Terraform code.
        let links = tree.linked().filter(|it| by_name(it).is_some());
        let all: Vec<PathBuf> = tree.files().map(|it| it.0).chain(links).map(named).collect();
        let then = Then {
            tree,
            index: git::Index::new(&root)?,
            now: inputs.disk(),
            named: inputs.named_beside().iter().filter_map(|it| tree::below(&root, it)).collect(),
            root: root.clone(),
            ignored: Mutex::default(),
        };
        let sources = Sources::new(Box::new(then));
        // Links on the way are gone from the root's path, so they are from what is asked about.
        let real = |it: &PathBuf| {
            let it = it
                .canonicalize()
                .ok()
                .and_then(|it| it.strip_prefix(&root).ok().map(&named))
                .unwrap_or_else(|| it.clone());
            crate::source::normal(&it)
        };
        let asked: Vec<PathBuf> = paths.iter().map(real).collect();
        let below = |path: &&PathBuf| asked.iter().any(|it| it.as_os_str().is_empty() || path.starts_with(it));
        let met: Vec<Beside> = all.iter().filter(below).map(|it| Beside::file(it)).collect();
        let (files, complaints) = discover(&sources, &[], &met);
        // Root modules and templates that were elsewhere, or are gone, have their inputs too.
        let mut options = Options { exact_modules: true, ..options.clone() };
        inputs::assign(&mut options, found, &said(inputs.input()), &files)?;
        let outcome = run(&sources, &files, complaints, &options, rules);
        Ok(Self { sources, outcome })
    }

    /// What the code as it was marks as sensitive.
    pub fn secrets(&self) -> BTreeSet<String> {
        self.outcome.secrets()
    }

    /// Keeps what the change brings, and adds the access that it opens. `shown` gives the shown path of a place of now, `files` are
    /// the shown paths of now.
    pub fn apply(
        &self,
        now: &mut Outcome,
        sources: &Sources,
        own_account: Option<&str>,
        shown: &dyn Fn(Span) -> String,
        before: &dyn Fn(&Sources, Span) -> String,
        files: &BTreeSet<String>,
    ) {
        let then =
            State { estate: &self.outcome.estate, exposures: &self.outcome.exposures, sources: Some(&self.sources) };
        let renames = renames(then, State { estate: &now.estate, exposures: &now.exposures, sources: Some(sources) });
        let path = |at: Option<Span>| at.map(|at| before(&self.sources, at)).unwrap_or_default();
        // What was found of a bucket is what is found of it under another address, in the file where it stands now.
        let mut report = self.outcome.report.clone();
        let mut moved: BTreeMap<(String, String), String> = BTreeMap::new();
        for finding in &mut report.findings {
            let Some(rename) = renames.iter().find(|it| it.is_of(finding)) else { continue };
            rename.apply(finding);
            if path(finding.at) == path(rename.before) {
                let now = rename.now.map(shown).unwrap_or_default();
                moved.insert((finding.identity.clone(), path(finding.at)), now);
            }
        }
        let old_path = |it: &Finding| {
            let path = path(it.at);
            moved.get(&(it.identity.clone(), path.clone())).cloned().unwrap_or(path)
        };
        let old = Baseline::of(&report, &old_path);
        let is_gone = |path: &str| !files.contains(path);
        // This is no baseline that somebody writes: what a locked rule found before is not what the change brings.
        let locked = BTreeSet::new();
        old.apply(&mut now.report, &|it| it.at.map(shown).unwrap_or_default(), &is_gone, &locked);
        let opened: Vec<Finding> = states(now, sources)
            .flat_map(|(name, state)| {
                // Each environment is compared with itself.
                let nothing = State { estate: &Estate::default(), exposures: &[], sources: None };
                let before = states(&self.outcome, &self.sources).find(|it| it.0 == name).map_or(nothing, |it| it.1);
                let mut opened = widened(before, state, own_account);
                opened.iter_mut().for_each(|it| it.environments.extend(name.map(str::to_owned)));
                opened
            })
            .collect();
        now.report.findings.extend(together(opened));
    }
}

/// What a run judged: once, or once for each environment.
fn states<'a>(of: &'a Outcome, sources: &'a Sources) -> impl Iterator<Item = (Option<&'a str>, State<'a>)> {
    let sources = Some(sources);
    let earlier = of
        .earlier
        .iter()
        .map(move |(name, estate, exposures)| (Some(name.as_str()), State { estate, exposures, sources }));
    let last = State { estate: &of.estate, exposures: &of.exposures, sources };
    earlier.chain([(of.environment.as_deref(), last)])
}

/// A path as seen from a folder, both without links.
fn relative(path: &Path, from: &Path) -> PathBuf {
    let common = path.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| std::path::Component::ParentDir);
    up.chain(path.components().skip(common)).collect()
}
