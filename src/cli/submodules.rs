//! Submodules that are not checked out: nobody sees what is in them.

use std::path::{Path, PathBuf};

use crate::source::{Diagnostic, Gravity};

use super::git::Index;

/// Submodules of submodules are looked for so deep.
const MAX_DEPTH: usize = 8;

/// A submodule whose files are not here.
#[derive(Clone, Debug)]
pub(super) struct Absent {
    /// Its folder, without links on the way.
    pub folder: PathBuf,
    /// Whether it is what it was at the revision that the run compares with.
    is_as_before: bool,
}

impl Absent {
    /// What is said of it.
    pub fn complaint(&self, named: &[PathBuf]) -> Diagnostic {
        let here = std::env::current_dir().and_then(|it| it.canonicalize()).unwrap_or_default();
        let shown = match named.iter().all(|it| it.is_relative()) {
            true => super::base::relative(&self.folder, &here),
            false => self.folder.clone(),
        };
        // A change that does not touch it changes nothing of what is in it.
        let gravity = if self.is_as_before { Gravity::Note } else { Gravity::Incomplete };
        let message = "is a submodule that is not checked out: what is in it is not judged";
        let help = "run `git submodule update --init` before the check (`submodules: true` of actions/checkout), or `exclude` it in the \
                    configuration where none of it is yours to check";
        Diagnostic::path("submodule-not-here", gravity, shown, message).help(help)
    }
}

/// The submodules of repositories that are not checked out. Git is not asked: `.gitmodules` names them, and each has an empty folder.
pub(super) fn absent(roots: &[PathBuf]) -> Vec<Absent> {
    let mut left: Vec<(PathBuf, usize)> = roots.iter().map(|it| (it.clone(), 0)).collect();
    let mut found = Vec::new();
    while let Some((root, depth)) = left.pop() {
        let Ok(text) = std::fs::read_to_string(root.join(".gitmodules")) else { continue };
        for folder in paths(&text).map(|it| root.join(it)) {
            match is_empty(&folder) {
                Some(true) => found.push(Absent { folder, is_as_before: false }),
                Some(false) if depth < MAX_DEPTH => left.push((folder, depth + 1)),
                _ => (),
            }
        }
    }
    found.sort_by(|a, b| a.folder.cmp(&b.folder));
    found.dedup_by(|a, b| a.folder == b.folder);
    found
}

/// The same of what git keeps, with whether a revision has them as they are.
pub(super) fn changed(index: &Index, root: &Path, revision: &str) -> Vec<Absent> {
    let not_here = index.not_checked_out().filter(|it| is_empty(&root.join(it.0)).unwrap_or(true));
    let one = |(path, commit): (&Path, &str)| Absent {
        folder: root.join(path),
        is_as_before: index.commit_at(root, revision, path).as_deref() == Some(commit),
    };
    not_here.map(one).collect()
}

/// Whether a submodule is below what is asked about, or holds it.
pub(super) fn is_asked(folder: &Path, named: &[PathBuf]) -> bool {
    let real = |it: &PathBuf| it.canonicalize().unwrap_or_else(|_| it.clone());
    named.iter().map(real).any(|it| folder.starts_with(&it) || it.starts_with(folder))
}

/// Whether nothing is in a folder; `None` where there is none.
fn is_empty(folder: &Path) -> Option<bool> {
    Some(folder.read_dir().ok()?.next().is_none())
}

/// The paths that `.gitmodules` names.
/// <https://git-scm.com/docs/gitmodules>
fn paths(text: &str) -> impl Iterator<Item = PathBuf> + '_ {
    let value = |line: &str| {
        let (key, value) = line.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (key.trim().eq_ignore_ascii_case("path") && !value.is_empty()).then(|| PathBuf::from(value))
    };
    // None that leads out of the repository.
    let is_below = |it: &PathBuf| it.components().all(|it| matches!(it, std::path::Component::Normal(_)));
    text.lines().filter_map(value).filter(is_below)
}
