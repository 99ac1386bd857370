//! Two views of the files of a repository: as a revision has them, and as they are now without what a change says of modules.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::source::{Diagnostic, FileSystem, Gravity, ReadError, normal};

use super::git::{self, Index};
use super::pipeline::InputFile;
use super::tree::{self, Tree};

/// The files as a revision has them. What git does not keep and code needs (modules that were fetched, files of variables, what lies
/// outside of the repository) is as it is now.
pub(super) struct Then {
    pub tree: Tree,
    /// The root of the repository, without links.
    pub root: PathBuf,
    pub now: Box<dyn FileSystem>,
    pub index: Index,
    /// Files and folders that the run names, below the root.
    pub named: Vec<PathBuf>,
    /// Which files git ignores, as far as it was asked.
    pub ignored: Mutex<BTreeMap<PathBuf, bool>>,
}

/// Where a file is to be looked for.
enum Place {
    /// In the tree.
    Tree(PathBuf),
    /// Where it is now.
    Now,
    Nowhere,
}

impl Then {
    fn place(&self, path: &Path) -> Place {
        let Some(below) = tree::below(&self.root, path) else { return Place::Now };
        if self.tree.has(&below) {
            Place::Tree(below)
        } else if self.is_beside(&below) {
            Place::Now
        } else {
            Place::Nowhere
        }
    }

    /// Whether a file is none of the change: git does not keep it, and it is not code that somebody forgot to add.
    fn is_beside(&self, below: &Path) -> bool {
        let is_fetched = below.components().any(|it| it.as_os_str() == ".terraform");
        // A folder that is named (that of a module) is somebody else's; a file that is, and that git would keep, is one of the change.
        let is_in_named = || self.named.iter().any(|it| it != below && below.starts_with(it));
        let is_named =
            || self.named.iter().any(|it| it == below) && (self.root.join(below).is_dir() || self.is_ignored(below));
        (is_fetched || is_in_named() || is_named() || self.is_ignored_input(below)) && !self.index.has(below)
    }

    fn is_ignored(&self, below: &Path) -> bool {
        match self.ignored.lock() {
            Ok(mut known) => *known.entry(below.to_owned()).or_insert_with(|| git::ignores(&self.root.join(below))),
            Err(_) => false,
        }
    }

    /// Whether it is a file of variables that Terraform reads by itself and git ignores: no change brings one.
    fn is_ignored_input(&self, below: &Path) -> bool {
        let name = below.file_name().map(|it| it.to_string_lossy()).unwrap_or_default();
        let is_input = [".tfvars", ".tfvars.json"].iter().any(|it| name.ends_with(it));
        is_input && !self.index.has(below) && self.is_ignored(below)
    }
}

impl FileSystem for Then {
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        match self.place(path) {
            Place::Tree(below) => match self.tree.get(&below) {
                Some(text) => Ok(text.as_bytes().to_vec()),
                None if self.tree.is_folder(&below) => Err(ReadError::IsDirectory),
                None => Err(ReadError::NotUtf8 { offset: 0 }),
            },
            Place::Now => self.now.read(path),
            Place::Nowhere => Err(ReadError::NotFound),
        }
    }

    fn head(&self, path: &Path, limit: usize) -> Result<Vec<u8>, ReadError> {
        match self.place(path) {
            Place::Now => self.now.head(path, limit),
            _ => self.read(path).map(|mut it| {
                it.truncate(limit);
                it
            }),
        }
    }

    fn list(&self, dir: &Path) -> Vec<PathBuf> {
        match self.place(dir) {
            Place::Tree(below) => {
                let names = self.tree.list(&below);
                let here = self.now.list(dir).into_iter();
                let beside = here.filter(|it| it.file_name().is_some_and(|it| !names.iter().any(|own| own == it)));
                let inputs =
                    beside.filter(|it| tree::below(&self.root, it).is_some_and(|it| self.is_ignored_input(&it)));
                let mut all: Vec<PathBuf> = names.iter().map(|it| dir.join(it)).chain(inputs).collect();
                all.sort();
                all
            }
            Place::Now => self.now.list(dir),
            Place::Nowhere => Vec::new(),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        match self.place(path) {
            Place::Tree(below) => self.tree.get(&below).is_some(),
            Place::Now => self.now.is_file(path),
            Place::Nowhere => false,
        }
    }

    fn is_dir(&self, path: &Path) -> bool {
        match self.place(path) {
            Place::Tree(below) => self.tree.is_folder(&below),
            Place::Now => self.now.is_dir(path),
            Place::Nowhere => false,
        }
    }
}

/// What a run does not take from the working tree.
#[derive(Clone, Debug, Default)]
pub(super) struct Distrust {
    /// The `.terraform` folders that are not believed, without links on the way.
    pub fetched: BTreeSet<PathBuf>,
    /// Folders that stand in for modules, as they are asked for, and where they are below the root of the tree.
    pub stand_ins: Vec<(PathBuf, PathBuf)>,
    /// The trusted revision.
    pub tree: Arc<Tree>,
}

impl Distrust {
    /// Puts it over a file system.
    pub fn over(&self, below: Box<dyn FileSystem>) -> Box<dyn FileSystem> {
        match self.fetched.is_empty() && self.stand_ins.is_empty() {
            true => below,
            false => Box::new(Distrusting { below, of: self.clone() }),
        }
    }

    /// Says of the root modules among files which of them have modules that are not believed.
    pub fn complaints(&self, files: &[InputFile]) -> Vec<Diagnostic> {
        if self.fetched.is_empty() {
            return Vec::new();
        }
        let parents: BTreeSet<&Path> = files.iter().filter_map(|it| it.path.parent()).collect();
        let fetched = parents.into_iter().map(|it| it.join(".terraform/modules")).filter(|it| self.fetched_at(it));
        let one = |path: PathBuf| {
            let message = "these modules are in the repository and not as the trusted revision has them: what they say is \
                           not believed, and calls of modules that are not here otherwise are not judged";
            let help = "keep `.terraform` out of the repository and run `terraform init` before the check, or bring it in a \
                        change of its own that those who own the gate approve";
            Diagnostic::path("fetched-modules", Gravity::Incomplete, &path, message).help(help)
        };
        fetched.map(one).collect()
    }

    /// The `.terraform` folder on the way to a path that is not believed.
    fn fetched_at(&self, path: &Path) -> bool {
        if self.fetched.is_empty() {
            return false;
        }
        let mut folder = PathBuf::new();
        let mut parts = path.components();
        while let Some(part) = parts.next() {
            let is_modules = || parts.clone().next().is_none_or(|it| it.as_os_str() == "modules");
            if part == Component::Normal(".terraform".as_ref()) && is_modules() {
                let shown = if folder.as_os_str().is_empty() { Path::new(".") } else { folder.as_path() };
                let real = shown.canonicalize().unwrap_or_else(|_| folder.clone());
                if self.fetched.contains(&real.join(".terraform")) {
                    return true;
                }
            }
            folder.push(part);
        }
        false
    }

    /// The path in the trusted revision of what is in a folder that stands in for a module.
    fn stand_in(&self, path: &Path) -> Option<PathBuf> {
        if self.stand_ins.is_empty() {
            return None;
        }
        let path = normal(path);
        self.stand_ins.iter().find_map(|(shown, below)| Some(below.join(path.strip_prefix(shown).ok()?)))
    }
}

/// A file system of now that is not believed in all.
struct Distrusting {
    below: Box<dyn FileSystem>,
    of: Distrust,
}

impl FileSystem for Distrusting {
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        if let Some(below) = self.of.stand_in(path) {
            let is_folder = self.of.tree.is_folder(&below);
            let none = if is_folder { ReadError::IsDirectory } else { ReadError::NotFound };
            return self.of.tree.get(&below).map(|it| it.as_bytes().to_vec()).ok_or(none);
        }
        if self.of.fetched_at(path) { Err(ReadError::NotFound) } else { self.below.read(path) }
    }

    fn head(&self, path: &Path, limit: usize) -> Result<Vec<u8>, ReadError> {
        if self.of.stand_in(path).is_some() {
            return self.read(path).map(|mut it| {
                it.truncate(limit);
                it
            });
        }
        if self.of.fetched_at(path) { Err(ReadError::NotFound) } else { self.below.head(path, limit) }
    }

    fn list(&self, dir: &Path) -> Vec<PathBuf> {
        match self.of.stand_in(dir) {
            Some(below) => self.of.tree.list(&below).iter().map(|it| dir.join(it)).collect(),
            None if self.of.fetched_at(dir) => Vec::new(),
            None => self.below.list(dir),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        match self.of.stand_in(path) {
            Some(below) => self.of.tree.get(&below).is_some(),
            None => !self.of.fetched_at(path) && self.below.is_file(path),
        }
    }

    fn is_dir(&self, path: &Path) -> bool {
        match self.of.stand_in(path) {
            Some(below) => self.of.tree.is_folder(&below),
            None => !self.of.fetched_at(path) && self.below.is_dir(path),
        }
    }
}
