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

/// Variable files say by their names what they are: they are looked for so deep, and
const MAX_VARIABLES_DEPTH: usize = 8;

/// in so many folders.
const MAX_FOLDERS: usize = 5_000;

/// So many folders above that of the code are looked at.
const MAX_ABOVE: usize = 4;

/// How folders of variable files are called that stand further above than beside the code.
const NAMES: [&str; 9] =
    ["config", "configs", "env", "envs", "environment", "environments", "tfvars", "variables", "vars"];

/// Files, each with its path as it is shown.
type Files = Rc<Vec<(PathBuf, PathBuf)>>;

/// What there is, looked for once: many root modules stand in one folder.
#[derive(Default)]
pub(super) struct Beside {
    /// Below a folder.
    below: BTreeMap<PathBuf, Files>,
    /// In the folders of a folder that have no code of their own.
    within: BTreeMap<PathBuf, Files>,
    /// The variable files of such folders that are called so.
    above: BTreeMap<PathBuf, Files>,
}

impl Beside {
    /// The files that may have values for what stands in a folder: those below it, and those of folders beside it that have no code
    /// of their own.
    pub fn of(&mut self, fs: &dyn FileSystem, folder: &Path) -> Vec<(PathBuf, PathBuf)> {
        let own = self.below.entry(folder.to_path_buf()).or_insert_with(|| {
            let (mut all, mut left) = (Vec::new(), MAX_FOLDERS);
            below(fs, folder, Path::new(""), 0, &mut left, &mut all);
            Rc::new(all)
        });
        let mut all = own.to_vec();
        // One folder has many spellings.
        let folder = normal(folder);
        let is_top = folder.as_os_str().is_empty() || folder == Path::new(".");
        if let Some(parent) = folder.parent().filter(|_| !is_top) {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            let others =
                self.within.entry(parent.to_path_buf()).or_insert_with(|| Rc::new(within(fs, parent, |_| true)));
            all.extend(others.iter().filter(|it| !normal(&it.0).starts_with(&folder)).cloned());
            let mut up = PathBuf::from("..");
            for above in parents(fs, parent) {
                let others = self.above.entry(above.clone()).or_insert_with(|| {
                    let is_named = |it: &Path| it.file_name().is_some_and(|it| NAMES.iter().any(|own| it == *own));
                    let files = within(fs, &above, is_named);
                    Rc::new(files.into_iter().filter(|it| is_of_variables(&it.0)).collect())
                });
                let shown = others.iter().filter(|it| !normal(&it.0).starts_with(parent));
                all.extend(shown.map(|it| (it.0.clone(), up.join(&it.1))));
                up.push("..");
            }
        }
        all
    }
}

/// The folders above one, the nearest first, up to that of the repository.
fn parents(fs: &dyn FileSystem, folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let mut at = folder.to_path_buf();
    let is_top = |it: &Path| it == Path::new(".") || fs.is_dir(&it.join(".git")) || fs.is_file(&it.join(".git"));
    while all.len() < MAX_ABOVE && !is_top(&at) {
        let Some(parent) = at.parent() else { break };
        at = if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent.to_path_buf() };
        all.push(at.clone());
    }
    all
}

fn within(fs: &dyn FileSystem, folder: &Path, is_it: impl Fn(&Path) -> bool) -> Vec<(PathBuf, PathBuf)> {
    let (mut all, mut left) = (Vec::new(), MAX_FOLDERS);
    for path in fs.list(folder).into_iter().filter(|it| is_it(it) && is_of_values(fs, it)).take(MAX_FILES) {
        let name = path.file_name().map(PathBuf::from).unwrap_or_default();
        below(fs, &path, &Path::new("..").join(name), 1, &mut left, &mut all);
    }
    all
}

/// Whether it is a folder that may have values for the code elsewhere: one with code of its own has its own values.
fn is_of_values(fs: &dyn FileSystem, path: &Path) -> bool {
    let is_hidden = path.file_name().is_some_and(|it| it.to_string_lossy().starts_with('.'));
    !is_hidden && fs.is_dir(path) && !fs.list(path).iter().any(|it| terraform::is_code(it))
}

/// Whether a file says by its name that it has values for variables.
pub(super) fn is_of_variables(path: &Path) -> bool {
    let name = path.to_string_lossy();
    name.ends_with(".tfvars") || name.ends_with(".tfvars.json")
}

/// The files below a folder; `left` is how many folders may be looked through yet.
fn below(
    fs: &dyn FileSystem,
    folder: &Path,
    shown: &Path,
    depth: usize,
    left: &mut usize,
    all: &mut Vec<(PathBuf, PathBuf)>,
) {
    if *left == 0 {
        return;
    }
    *left -= 1;
    // Only what may have values is counted: a folder may be full of other things.
    let ends = [".tfvars", ".json", ".yaml", ".yml", ".toml"];
    let may_have = |it: &PathBuf| ends.iter().any(|end| it.to_string_lossy().ends_with(end)) || fs.is_dir(it);
    for path in fs.list(folder).into_iter().filter(may_have).take(MAX_FILES) {
        let Some(name) = path.file_name() else { continue };
        let shown = shown.join(name);
        if fs.is_dir(&path) {
            if depth < MAX_VARIABLES_DEPTH && is_of_values(fs, &path) {
                below(fs, &path, &shown, depth + 1, left, all);
            }
        } else if depth <= MAX_DEPTH || is_of_variables(&path) {
            all.push((path, shown));
        }
    }
}

/// The text of a file that may be one of values.
pub(super) fn head(fs: &dyn FileSystem, path: &Path) -> Option<String> {
    let bytes = fs.head(path, MAX_FILE).ok().filter(|it| it.len() < MAX_FILE)?;
    String::from_utf8(bytes).ok()
}
