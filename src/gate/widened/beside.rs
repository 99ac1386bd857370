//! Which files beside the code may have values for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::frontend::terraform;
use crate::source::{FileSystem, normal};

/// So many files of a folder are looked at.
const MAX_FILES: usize = 500;

/// Longer files are no lists of values (bytes).
const MAX_FILE: usize = 1024 * 1024;

/// Folders of values within folders are looked through so deep.
const MAX_DEPTH: usize = 2;

/// Files, each with its path as it is shown.
type Files = Rc<Vec<(PathBuf, PathBuf)>>;

/// What there is, looked for once: many root modules stand in one folder.
#[derive(Default)]
pub(super) struct Beside {
    /// Below a folder.
    below: BTreeMap<PathBuf, Files>,
    /// In the folders of a folder that have no code of their own.
    within: BTreeMap<PathBuf, Files>,
}

impl Beside {
    /// The files that may have values for what stands in a folder: those below it, and those of folders beside it that have no code
    /// of their own.
    pub fn of(&mut self, fs: &dyn FileSystem, folder: &Path) -> Vec<(PathBuf, PathBuf)> {
        let own = self.below.entry(folder.to_path_buf()).or_insert_with(|| {
            let mut all = Vec::new();
            below(fs, folder, Path::new(""), 0, &mut all);
            Rc::new(all)
        });
        let mut all = own.to_vec();
        // One folder has many spellings.
        let folder = normal(folder);
        let is_top = folder.as_os_str().is_empty() || folder == Path::new(".");
        if let Some(parent) = folder.parent().filter(|_| !is_top) {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            let others = self.within.entry(parent.to_path_buf()).or_insert_with(|| Rc::new(within(fs, parent)));
            all.extend(others.iter().filter(|it| !normal(&it.0).starts_with(&folder)).cloned());
        }
        all
    }
}

fn within(fs: &dyn FileSystem, folder: &Path) -> Vec<(PathBuf, PathBuf)> {
    let mut all = Vec::new();
    for path in fs.list(folder).into_iter().filter(|it| is_of_values(fs, it)).take(MAX_FILES) {
        let name = path.file_name().map(PathBuf::from).unwrap_or_default();
        below(fs, &path, &Path::new("..").join(name), 1, &mut all);
    }
    all
}

/// Whether it is a folder that may have values for the code elsewhere: one with code of its own has its own values.
fn is_of_values(fs: &dyn FileSystem, path: &Path) -> bool {
    let is_hidden = path.file_name().is_some_and(|it| it.to_string_lossy().starts_with('.'));
    !is_hidden && fs.is_dir(path) && !fs.list(path).iter().any(|it| terraform::is_code(it))
}

fn below(fs: &dyn FileSystem, folder: &Path, shown: &Path, depth: usize, all: &mut Vec<(PathBuf, PathBuf)>) {
    // Only what may have values is counted: a folder may be full of other things.
    let ends = [".tfvars", ".json", ".yaml", ".yml"];
    let may_have = |it: &PathBuf| ends.iter().any(|end| it.to_string_lossy().ends_with(end)) || fs.is_dir(it);
    for path in fs.list(folder).into_iter().filter(may_have).take(MAX_FILES) {
        let Some(name) = path.file_name() else { continue };
        let shown = shown.join(name);
        if fs.is_dir(&path) {
            if depth < MAX_DEPTH && is_of_values(fs, &path) {
                below(fs, &path, &shown, depth + 1, all);
            }
        } else {
            all.push((path, shown));
        }
    }
}

/// The text of a file that may be one of values.
pub(super) fn head(fs: &dyn FileSystem, path: &Path) -> Option<String> {
    let bytes = fs.head(path, MAX_FILE).ok().filter(|it| it.len() < MAX_FILE)?;
    String::from_utf8(bytes).ok()
}
