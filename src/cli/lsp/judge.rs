//! What an editor's document is judged with, and the run that judges it: `check`'s own, over what is open.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Parser;

use crate::cli::args::{Check, Cli, Command, Lsp};
use crate::cli::commands::{Complaint, Judged, Scene, judged};
use crate::cli::fix::Target;
use crate::cli::inputs::Edited;
use crate::cli::outputs::views;
use crate::report::{Places, Run, View};
use crate::source::{FileId, FileSystem, Memory, Overlay};

use super::documents::{Document, Place};
use super::position::Encoding;

/// What is judged together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// A folder of the workspace, with all that is in it: `check FOLDER`.
    Folder(PathBuf),
    /// Files that are open in a folder outside the workspace, each in the context of its folder: `check FILE…`.
    Beside(PathBuf),
    /// A document that has no file yet, by itself.
    Untitled(String),
}

impl Scope {
    /// Whether a file is judged in it.
    pub fn holds(&self, path: &Path) -> bool {
        match self {
            Self::Folder(folder) => path.starts_with(folder),
            Self::Beside(folder) => path.parent() == Some(folder),
            Self::Untitled(_) => false,
        }
    }

    /// Whether a document is judged in it.
    pub fn has(&self, document: &Document) -> bool {
        match (&document.place, self) {
            (Place::File(path), _) => self.holds(path),
            (Place::Untitled(_), Self::Untitled(uri)) => *uri == document.uri,
            _ => false,
        }
    }
}

/// A run that is wanted.
#[derive(Debug)]
pub struct Job {
    /// How the client counts columns.
    pub encoding: Encoding,
    /// What is judged.
    pub scope: Scope,
    /// All that is open.
    pub open: Vec<Document>,
    /// What the command line says.
    pub settings: Arc<Lsp>,
    /// The fix that is to be proved, where that is what is wanted.
    pub prove: Option<Target>,
}

/// What became of a fix that was to be proved: the texts with it by path, or why it is not made.
pub type Proof = Result<Edited, String>;

/// A run that was done.
pub struct Analysis {
    judged: Judged,
    base: Option<PathBuf>,
    files: BTreeMap<PathBuf, FileId>,
    /// What was open then, by path.
    open: BTreeMap<PathBuf, (String, Option<i64>)>,
}

impl Analysis {
    /// Judges.
    ///
    /// # Errors
    /// What `check` would refuse to run with: a configuration that is wrong.
    pub fn new(job: &Job) -> Result<Self, Complaint> {
        let (mut judged, base) = run(job, None)?;
        // An editor opens many files that are none of ours.
        judged.looked.outcome.report.diagnostics.retain(|it| it.code != "unrecognised-file");
        let sources = &judged.looked.sources;
        let ids = (0..sources.len()).filter_map(|it| u32::try_from(it).ok()).map(FileId);
        let files = ids.map(|it| sources.file(it)).filter(|it| it.stands_at.is_none());
        let files = files.map(|it| (it.path.clone(), it.id)).collect();
        let open = job.open.iter().filter_map(|it| Some((named(it)?, (it.uri.clone(), Some(it.version))))).collect();
        Ok(Self { judged, base, files, open })
    }

    /// What was found, and the rules that ran.
    pub fn judged(&self) -> &Judged {
        &self.judged
    }

    /// The number of a file that was looked at.
    pub fn file(&self, path: &Path) -> Option<FileId> {
        self.files.get(path).copied()
    }

    /// The URI that a path had in the editor, and the version; else the URI of the path.
    pub fn uri(&self, path: &Path) -> Option<(String, Option<i64>)> {
        match self.open.get(path) {
            Some(it) => Some(it.clone()),
            None => path.is_absolute().then(|| (super::uri::of_path(path), None)),
        }
    }

    /// How places are shown.
    pub fn places(&self) -> Places<'_> {
        Places { sources: &self.judged.looked.sources, base: self.base.as_deref() }
    }

    /// The model, once for each environment.
    pub fn views(&self) -> Vec<View<'_>> {
        views(&self.judged.looked.outcome)
    }

    /// As reports take it.
    pub fn run<'a>(&'a self, views: &'a [View<'a>]) -> Run<'a> {
        Run { report: &self.judged.looked.outcome.report, verdict: &self.judged.verdict, views, places: self.places() }
    }
}

/// Proves a fix as `--fix` does: the code as it is now is judged with it and without.
///
/// # Errors
/// What `check` would refuse to run with.
pub fn prove(job: &Job, target: &Target) -> Result<Proof, Complaint> {
    let (judged, _) = run(job, Some(target))?;
    let difference = judged.difference.filter(|it| !it.edited.is_empty() || !it.fixed.refused.is_empty());
    Ok(match difference {
        Some(it) if it.fixed.fixed != 0 => Ok(it.edited),
        Some(it) => Err(it.fixed.refused.join("; ")),
        None => Err(format!("`{}` is not found there any more", target.0)),
    })
}

/// The path of a document in its run.
fn named(it: &Document) -> Option<PathBuf> {
    match &it.place {
        Place::File(path) | Place::Untitled(path) => Some(path.clone()),
        Place::Elsewhere => None,
    }
}

/// Judges what a job is about, and with a fix the code after it; also the folder that paths are relative to.
fn run(job: &Job, only: Option<&Target>) -> Result<(Judged, Option<PathBuf>), Complaint> {
    let texts = job.open.iter().filter(|it| job.scope.has(it) || it.path().is_some());
    let texts: BTreeMap<PathBuf, String> = texts.filter_map(|it| Some((named(it)?, it.text.to_string()))).collect();
    let texts = Arc::new(texts);
    let all: Vec<PathBuf> = job.open.iter().filter(|it| job.scope.has(it)).filter_map(named).collect();
    let mut args = arguments(&job.settings)?;
    (args.diff, args.unsafe_fixes) = (only.is_some(), only.is_some());
    let (mut unmet, mut base) = (Vec::new(), None);
    let over: Box<dyn Fn(_) -> Box<dyn FileSystem>> = match &job.scope {
        Scope::Folder(folder) => {
            args.input.paths = vec![folder.clone()];
            base = Some(folder.clone());
            unmet = all;
            Box::new(|disk| Box::new(Overlay::new(Box::new(disk), texts.clone())))
        }
        Scope::Beside(folder) => {
            args.input.paths = all;
            base = Some(folder.clone());
            Box::new(|disk| Box::new(Overlay::new(Box::new(disk), texts.clone())))
        }
        Scope::Untitled(_) => {
            args.input.paths = all;
            args.config = None;
            args.no_config = true;
            Box::new(|_| Box::new(Overlay::new(Box::new(Memory::default()), texts.clone())))
        }
    };
    let judged = judged(&args, &Scene { base: base.clone(), over: Some(&*over), unmet: &unmet, only })?;
    Ok((judged, base))
}

/// The arguments of `check` with what the server was started with.
fn arguments(settings: &Lsp) -> Result<Check, Complaint> {
    let Ok(Cli { command: Command::Check(mut args), .. }) = Cli::try_parse_from(["bucketlint", "check"]) else {
        return Err("the arguments of `check` are not understood".to_owned());
    };
    args.selection.profile = settings.profile;
    args.config.clone_from(&settings.config);
    args.no_config = settings.no_config;
    Ok(args)
}
