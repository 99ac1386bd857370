//! A tree of the repository's history: its texts by path, and its links, which lead where they lead in it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::ops::Bound;
use std::path::{Component, Path, PathBuf};
use std::sync::{LazyLock, OnceLock};

use crate::source::normal;

/// So many links are followed on one way; more are a circle.
const MAX_LINKS: usize = 40;

/// Linked folders within linked folders are listed so deep.
const MAX_DEPTH: usize = 8;

/// The files of a revision, by path below the repository's root.
#[derive(Debug, Default)]
pub struct Tree {
    files: BTreeMap<PathBuf, String>,
    links: BTreeMap<PathBuf, PathBuf>,
    unread: BTreeSet<PathBuf>,
    later: BTreeMap<PathBuf, Later>,
}

/// A file whose text is read when something asks for it.
#[derive(Debug)]
pub struct Later {
    /// The folder of its repository.
    pub repository: PathBuf,
    /// The name of its object.
    pub object: String,
    /// What reads an object; `None` for what is no text.
    pub read: fn(&Path, &str) -> Option<String>,
    /// What was read.
    pub text: OnceLock<Option<String>>,
}

impl Later {
    fn text(&self) -> Option<&str> {
        self.text.get_or_init(|| (self.read)(&self.repository, &self.object)).as_deref()
    }
}

impl Tree {
    /// Adds a text.
    pub fn add(&mut self, path: PathBuf, text: String) {
        self.files.insert(path, text);
    }

    /// Adds a link, with where it leads as it is written.
    pub fn add_link(&mut self, path: PathBuf, to: PathBuf) {
        self.links.insert(path, to);
    }

    /// Takes note of a file that is there and whose text is not had: it is too large, or not UTF-8.
    pub fn add_unread(&mut self, path: PathBuf) {
        self.unread.insert(path);
    }

    /// Adds a file that is not read yet: no code, which code may read all the same.
    pub fn add_later(&mut self, path: PathBuf, file: Later) {
        self.later.insert(path, file);
    }

    /// Adds the tree of a folder.
    pub fn absorb(&mut self, folder: &Path, other: Self) {
        self.files.extend(other.files.into_iter().map(|(path, text)| (folder.join(path), text)));
        self.links.extend(other.links.into_iter().map(|(path, to)| (folder.join(path), to)));
        self.unread.extend(other.unread.into_iter().map(|path| folder.join(path)));
        self.later.extend(other.later.into_iter().map(|(path, file)| (folder.join(path), file)));
    }

    /// The texts of code by path, links aside.
    pub fn files(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.files.iter().map(|(path, text)| (path.as_path(), text.as_str()))
    }

    /// The links that lead to a text.
    pub fn linked(&self) -> impl Iterator<Item = &Path> {
        self.links.keys().filter(|it| self.get(it).is_some()).map(PathBuf::as_path)
    }

    /// The links that lead to a folder, with where they lead.
    pub fn linked_folders(&self) -> impl Iterator<Item = (&Path, PathBuf)> {
        let to = |it: &PathBuf| self.real(it).filter(|it| self.is_real_folder(it));
        self.links.keys().filter_map(move |it| Some((it.as_path(), to(it)?)))
    }

    /// The text of a file, links followed.
    #[must_use]
    pub fn get(&self, path: &Path) -> Option<&str> {
        let path = self.real(path)?;
        self.files.get(&path).map(String::as_str).or_else(|| self.later.get(&path)?.text())
    }

    /// Whether something of this path is there that gives no text: a link that leads nowhere, a file that cannot be read.
    #[must_use]
    pub fn is_lost(&self, path: &Path) -> bool {
        let is_there = self.links.contains_key(path) || self.unread.contains(path) || self.later.contains_key(path);
        is_there && !self.is_folder(path) && self.get(path).is_none()
    }

    /// Whether there is such a file or folder, links followed.
    #[must_use]
    pub fn has(&self, path: &Path) -> bool {
        self.real(path).is_some_and(|it| self.is_real_file(&it) || self.is_real_folder(&it))
    }

    /// Whether there is such a folder, links followed.
    #[must_use]
    pub fn is_folder(&self, path: &Path) -> bool {
        self.real(path).is_some_and(|it| self.is_real_folder(&it))
    }

    /// What is directly in a folder, links followed: the names.
    #[must_use]
    pub fn list(&self, folder: &Path) -> Vec<OsString> {
        let Some(folder) = self.real(folder) else { return Vec::new() };
        let mut names: BTreeSet<OsString> = BTreeSet::new();
        let links = within(&self.links, &folder).filter(|it| self.has(it.0)).map(|it| it.0);
        let files = within(&self.files, &folder).map(|it| it.0).chain(within(&self.later, &folder).map(|it| it.0));
        for path in files.chain(links) {
            let first = path.strip_prefix(&folder).ok().and_then(|it| it.components().next());
            names.extend(first.map(|it| it.as_os_str().to_owned()));
        }
        names.into_iter().collect()
    }

    /// The texts of code below a folder, by path below it, what its links lead to included.
    #[must_use]
    pub fn below(&self, folder: &Path) -> Vec<(PathBuf, &str)> {
        let mut all = Vec::new();
        self.collect(folder, Path::new(""), 0, &mut all);
        all
    }

    fn collect<'t>(&'t self, folder: &Path, shown: &Path, depth: usize, all: &mut Vec<(PathBuf, &'t str)>) {
        let Some(folder) = self.real(folder).filter(|_| depth < MAX_DEPTH) else { return };
        let name = |it: &Path| shown.join(it.strip_prefix(&folder).unwrap_or(it));
        all.extend(within(&self.files, &folder).map(|(path, text)| (name(path), text.as_str())));
        for path in within(&self.links, &folder).map(|it| it.0) {
            match self.real(path) {
                // What leads to where it stands would go on for ever.
                Some(to) if path.starts_with(&to) => (),
                Some(to) => match self.files.get(&to) {
                    Some(text) => all.push((name(path), text)),
                    None => self.collect(&to, &name(path), depth + 1, all),
                },
                None => (),
            }
        }
    }

    fn is_real_file(&self, path: &Path) -> bool {
        self.files.contains_key(path) || self.later.contains_key(path)
    }

    fn is_real_folder(&self, path: &Path) -> bool {
        let has_files = || within(&self.files, path).next().is_some() || within(&self.later, path).next().is_some();
        path.as_os_str().is_empty() || has_files() || within(&self.links, path).next().is_some()
    }

    /// Where a path leads, links on the way followed; `None` where that is outside of the tree, or a circle.
    #[must_use]
    pub fn real(&self, path: &Path) -> Option<PathBuf> {
        let path = normal(path);
        if self.links.is_empty() {
            return Some(path);
        }
        let parts =
            |it: &Path| -> Vec<OsString> { it.components().rev().map(|it| it.as_os_str().to_owned()).collect() };
        let (mut left, mut done, mut followed) = (parts(&path), PathBuf::new(), 0);
        while let Some(part) = left.pop() {
            match Path::new(&part).components().next() {
                Some(Component::ParentDir) => {
                    if !done.pop() {
                        return None;
                    }
                }
                Some(Component::Normal(_)) => {
                    done.push(&part);
                    if let Some(to) = self.links.get(&done) {
                        followed += 1;
                        if followed == MAX_LINKS {
                            return None;
                        }
                        done.pop();
                        left.extend(parts(to));
                    }
                }
                Some(Component::CurDir) | None => (),
                Some(Component::RootDir | Component::Prefix(_)) => return None,
            }
        }
        Some(done)
    }
}

/// The entries below a folder.
fn within<'m, 'f, V>(
    all: &'m BTreeMap<PathBuf, V>,
    folder: &'f Path,
) -> impl Iterator<Item = (&'m PathBuf, &'m V)> + use<'m, 'f, V> {
    let after = all.range::<Path, _>((Bound::Excluded(folder), Bound::Unbounded));
    after.take_while(move |it| it.0.starts_with(folder))
}

/// The path of a file below the root of a repository, which has no links on its way. Links inside of the repository are left as they
/// are: what they lead to is another question in each of its trees. `None` for a file outside.
#[must_use]
pub fn below(root: &Path, path: &Path) -> Option<PathBuf> {
    // Asked about each file of a run, in which it does not change.
    static HERE: LazyLock<PathBuf> =
        LazyLock::new(|| std::env::current_dir().and_then(|it| it.canonicalize()).unwrap_or_default());
    let whole = if path.is_absolute() { normal(path) } else { normal(&HERE.join(path)) };
    if let Ok(below) = whole.strip_prefix(root) {
        return Some(below.to_owned());
    }
    // A link outside of the repository may lead into it.
    let mut prefixes: Vec<&Path> = whole.ancestors().collect();
    prefixes.reverse();
    prefixes.into_iter().find_map(|it| {
        let real = it.canonicalize().ok()?;
        let rest = whole.strip_prefix(it).ok()?;
        real.strip_prefix(root).ok().map(|inner| normal(&inner.join(rest)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)], links: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        files.iter().for_each(|(path, text)| tree.add(path.into(), (*text).to_owned()));
        links.iter().for_each(|(path, to)| tree.add_link(path.into(), to.into()));
        tree
    }

    #[test]
    fn links_lead_where_they_lead_in_the_tree() {
        let it = tree(
            &[("conf/real.yaml", "a"), ("rules/x/one.md", "r")],
            &[
                ("bucketlint.yaml", "conf/real.yaml"),
                ("conf/up.yaml", "../bucketlint.yaml"),
                ("own", "rules"),
                ("rules/self", ".."),
                ("loop", "loop"),
                ("out", "../out.yaml"),
                ("abs", "/etc/passwd"),
            ],
        );
        for path in ["bucketlint.yaml", "conf/up.yaml", "./conf/../bucketlint.yaml"] {
            assert_eq!(it.get(Path::new(path)), Some("a"), "{path}");
        }
        assert_eq!(it.get(Path::new("own/x/one.md")), Some("r"));
        assert_eq!(it.below(Path::new("own")), [(PathBuf::from("x/one.md"), "r")]);
        assert!(it.is_folder(Path::new("own/x")) && !it.is_folder(Path::new("conf/real.yaml")));
        assert_eq!(it.list(Path::new("conf")), ["real.yaml", "up.yaml"]);
        for path in ["loop", "out", "abs"] {
            assert!(it.get(Path::new(path)).is_none() && it.is_lost(Path::new(path)), "{path}");
        }
        assert!(!it.is_lost(Path::new("bucketlint.yaml")) && !it.is_lost(Path::new("none")));
    }
}
