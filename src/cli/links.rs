//! Links: the paths by which a file is reached.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ffi::OsString;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use crate::source::Sources;

use super::discover::is_kept_name;
use super::recognise::{by_extension, by_name};
use super::tree;

/// Links on the way to links are followed so deep.
const MAX_DEPTH: usize = 8;

/// A link to a folder, or to a file that is not read through it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its path, as it was met.
    pub path: PathBuf,
    /// Its path, without links on the way to it.
    own: PathBuf,
    /// Where it leads, without links.
    pub to: PathBuf,
    /// Whether that is a folder.
    pub is_folder: bool,
}

impl Link {
    /// A link that leads to a folder, or to a file that may be a template or a policy, that may be read; code of Terraform is read
    /// through it anyhow. One that holds what it leads to would go on for ever; one that a tool made is none of the code.
    pub fn of(sources: &Sources, path: &Path) -> Option<Self> {
        let name = path.file_name().filter(|it| !is_kept_name(it))?;
        let is_folder = sources.fs().is_dir(path);
        let is_other = || by_name(path).is_none() && by_extension(path).is_some() && sources.fs().is_file(path);
        if !is_folder && !is_other() {
            return None;
        }
        let to = path.canonicalize().ok()?;
        let parent = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let own = parent.canonicalize().ok()?.join(name);
        (!own.starts_with(&to)).then(|| Self { path: path.to_owned(), own, to, is_folder })
    }
}

/// The files that were met, without links on the way.
#[derive(Default)]
pub(super) struct Real {
    /// The names in each folder.
    met: BTreeMap<PathBuf, HashSet<OsString>>,
    /// Folders as they are called, and without links.
    folders: HashMap<PathBuf, PathBuf>,
}

impl Real {
    /// Takes note of a file.
    pub fn met(&mut self, path: &Path) {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
        let real = self.folder(folder);
        self.met.entry(real).or_default().insert(name.to_owned());
    }

    fn folder(&mut self, path: &Path) -> PathBuf {
        if let Some(known) = self.folders.get(path) {
            return known.clone();
        }
        let shown = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let real = shown.canonicalize().unwrap_or_else(|_| path.to_owned());
        self.folders.insert(path.to_owned(), real.clone());
        real
    }

    /// Whether something in a folder was met.
    pub fn has(&self, folder: &Path) -> bool {
        let from = self.met.range::<Path, _>((Bound::Included(folder), Bound::Unbounded)).next();
        from.is_some_and(|it| it.0.starts_with(folder))
    }

    /// Whether a file was met, by whatever path.
    pub fn has_file(&mut self, path: &Path) -> bool {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return false };
        let real = self.folder(folder);
        self.met.get(&real).is_some_and(|it| it.contains(name))
    }
}

/// By which paths files are reached.
#[derive(Clone, Debug, Default)]
pub struct Ways {
    links: Vec<Link>,
}

impl Ways {
    /// Of a run that met these links.
    pub fn new(links: Vec<Link>) -> Self {
        Self { links }
    }

    /// The paths by which a file is reached, below a folder without links: where it is, as it is asked for, and through links. One
    /// outside of the folder has its whole path.
    pub fn below(&self, folder: &Path, path: &Path) -> BTreeSet<PathBuf> {
        let shown = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let written = tree::below(folder, path).map(|it| folder.join(it));
        // One of another revision need not be on the disk.
        let real = shown.canonicalize().ok().or_else(|| written.clone()).unwrap_or_else(|| path.to_owned());
        let mut all = BTreeSet::from([real.clone()]);
        all.extend(written);
        self.through(&real, 0, &mut all);
        all.into_iter().map(|it| it.strip_prefix(folder).map_or(it.clone(), Path::to_path_buf)).collect()
    }

    fn through(&self, path: &Path, depth: usize, all: &mut BTreeSet<PathBuf>) {
        for link in self.links.iter().filter(|_| depth < MAX_DEPTH) {
            let Ok(rest) = path.strip_prefix(&link.to) else { continue };
            let other = if rest.as_os_str().is_empty() { link.own.clone() } else { link.own.join(rest) };
            if all.insert(other.clone()) {
                self.through(&other, depth + 1, all);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_through_links() {
        let link = |own: &str, to: &str| Link { path: own.into(), own: own.into(), to: to.into(), is_folder: true };
        let ways = Ways::new(vec![link("/r/infra", "/r/a"), link("/r/a/x", "/r/b"), link("/r/b/y", "/r/a")]);
        let found = ways.below(Path::new("/r"), Path::new("/r/b/f.tf"));
        for it in ["b/f.tf", "a/x/f.tf", "infra/x/f.tf"] {
            assert!(found.contains(Path::new(it)), "{it}: {found:?}");
        }
        assert_eq!(Ways::default().below(Path::new("/r"), Path::new("/q/f.tf")), BTreeSet::from(["/q/f.tf".into()]));
    }
}
