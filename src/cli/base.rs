//! `--base REVISION`: the code as it was, judged in the same way, and what the change brings.

use std::path::{Path, PathBuf};

use crate::finding::Finding;
use crate::gate::baseline::Baseline;
use crate::gate::widened::{State, widened};
use crate::source::{Memory, Sources, Span};

use super::args::Input;
use super::commands::Complaint;
use super::config::{Found, inputs};
use super::discover::recognise_all;
use super::floors::Rules;
use super::git;
use super::inputs::said;
use super::pipeline::{Options, Outcome, run};

/// The code at a revision, judged.
pub(super) struct Base {
    sources: Sources,
    outcome: Outcome,
}

impl Base {
    /// Judges the code under `paths` as it was at a revision.
    pub fn new(
        revision: &str,
        input: &Input,
        options: &Options,
        rules: &Rules,
        found: &Found,
    ) -> Result<Self, Complaint> {
        let paths = &input.paths;
        let first = paths.first().cloned().unwrap_or_else(|| PathBuf::from("."));
        let root = git::root(&first)?;
        let absolute = paths.iter().any(|it| it.is_absolute());
        let here = std::env::current_dir().and_then(|it| it.canonicalize()).map_err(|error| error.to_string())?;
        let root = root.canonicalize().unwrap_or(root);
        // As the working tree is named, so that both are told alike.
        let named = |path: &Path| if absolute { root.join(path) } else { relative(&root.join(path), &here) };
        let files = git::files(&root, revision)?;
        let texts: Vec<(PathBuf, String)> = files.into_iter().map(|(path, text)| (named(&path), text)).collect();
        let shown: Vec<(String, &str)> =
            texts.iter().map(|(path, text)| (path.to_string_lossy().into_owned(), text.as_str())).collect();
        let pairs: Vec<(&str, &str)> = shown.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        let sources = Sources::new(Box::new(Memory::new(&pairs)));
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
        let met: Vec<PathBuf> = texts.iter().map(|it| &it.0).filter(below).cloned().collect();
        let (files, complaints) = recognise_all(&sources, &met);
        // Root modules and templates that were elsewhere, or are gone, have their inputs too.
        let mut options = options.clone();
        inputs::assign(&mut options, found, &said(input), &files)?;
        let outcome = run(&sources, &files, complaints, &options, rules);
        Ok(Self { sources, outcome })
    }

    /// Keeps what the change brings, and adds the access that it opens. `shown` gives the shown path of a place of now, `files` are
    /// the shown paths of now.
    pub fn apply(
        &self,
        now: &mut Outcome,
        own_account: Option<&str>,
        shown: &dyn Fn(Span) -> String,
        before: &dyn Fn(&Sources, Span) -> String,
        files: &[String],
    ) {
        let old_path = |it: &Finding| it.at.map(|at| before(&self.sources, at)).unwrap_or_default();
        let old = Baseline::of(&self.outcome.report, &old_path);
        let is_gone = |path: &str| !files.iter().any(|it| it == path);
        // This is no baseline that somebody writes: what a locked rule found before is not what the change brings.
        let locked = std::collections::BTreeSet::new();
        old.apply(&mut now.report, &|it| it.at.map(shown).unwrap_or_default(), &is_gone, &locked);
        let opened = widened(
            State { estate: &self.outcome.estate, exposures: &self.outcome.exposures },
            State { estate: &now.estate, exposures: &now.exposures },
            own_account,
        );
        now.report.findings.extend(opened);
    }
}

/// A path as seen from a folder, both without links.
fn relative(path: &Path, from: &Path) -> PathBuf {
    let common = path.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| std::path::Component::ParentDir);
    up.chain(path.components().skip(common)).collect()
}
