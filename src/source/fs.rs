//! The only door to the file system: a trait, so that everything above can be tested in memory.

use std::collections::{BTreeMap, HashMap};
use std::fs::Metadata;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::{PoisonError, RwLock};

/// Why a file or folder could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// No such file.
    #[error("no such file")]
    NotFound,
    /// A folder stands where a file was expected.
    #[error("is a directory")]
    IsDirectory,
    /// The path leaves the folders that may be read.
    #[error("lies outside the scanned folder")]
    Outside,
    /// Larger than the limit (bytes).
    #[error("is larger than {limit} bytes ({size})")]
    TooLarge {
        /// Size of the file in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// Not UTF-8.
    #[error("is not valid UTF-8 (byte {offset})")]
    NotUtf8 {
        /// Offset of the first bad byte.
        offset: usize,
    },
    /// Any other refusal of the operating system.
    #[error("{0}")]
    Io(String),
}

/// Read access to files. Implementations never follow a path out of what they were given.
pub trait FileSystem: Send + Sync {
    /// The bytes of a file.
    ///
    /// # Errors
    /// [`ReadError`] says why not.
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError>;
    /// The first bytes of a file, at most `limit`, however large it is.
    ///
    /// # Errors
    /// [`ReadError`] says why not.
    fn head(&self, path: &Path, limit: usize) -> Result<Vec<u8>, ReadError>;
    /// The files and folders directly in `dir`, sorted by path; empty where it cannot be listed.
    fn list(&self, dir: &Path) -> Vec<PathBuf>;
    /// Whether `path` is a file that exists.
    fn is_file(&self, path: &Path) -> bool;
    /// Whether `path` is a folder that exists.
    fn is_dir(&self, path: &Path) -> bool;
}

/// The real disk, held within `roots`.
#[derive(Debug)]
pub struct Disk {
    /// `None` for the whole disk.
    roots: Option<Vec<PathBuf>>,
    limit: u64,
    /// Folders that were asked about, and whether they lie in the roots: most files of a tree share one with others.
    folders: RwLock<HashMap<PathBuf, bool>>,
}

/// Files larger than this are refused: no hand-written configuration comes near it.
pub const DEFAULT_LIMIT: u64 = 16 * 1024 * 1024;

impl Disk {
    /// Reads are allowed below `roots` only (after symbolic links are resolved).
    #[must_use]
    pub fn new(roots: &[PathBuf]) -> Self {
        let roots = roots.iter().map(|it| it.canonicalize().unwrap_or_else(|_| it.clone()));
        Self { roots: Some(roots.collect()), limit: DEFAULT_LIMIT, folders: RwLock::default() }
    }

    /// The whole disk.
    #[must_use]
    pub fn anywhere() -> Self {
        Self { roots: None, limit: DEFAULT_LIMIT, folders: RwLock::default() }
    }

    fn inside(&self, path: &Path) -> Result<(), ReadError> {
        self.metadata(path).map(|_| ())
    }

    /// What the system knows of a file that may be read.
    fn metadata(&self, path: &Path) -> Result<Metadata, ReadError> {
        // What is no link lies where its folder lies; a folder that lies outside may still hold a root.
        if let (Some(folder), Some(Component::Normal(_))) = (path.parent(), path.components().next_back()) {
            let own = path.symlink_metadata().map_err(|error| io_error(&error))?;
            if !own.is_symlink() && self.folder_inside(folder)? {
                return Ok(own);
            }
        }
        self.really_inside(path)?;
        std::fs::metadata(here(path)).map_err(|error| io_error(&error))
    }

    fn folder_inside(&self, folder: &Path) -> Result<bool, ReadError> {
        let known = self.folders.read().unwrap_or_else(PoisonError::into_inner).get(folder).copied();
        let is_inside = match known {
            Some(known) => known,
            None if self.is_plainly_below(folder) => true,
            None => match self.really_inside(folder) {
                Err(ReadError::Outside) => false,
                other => {
                    other?;
                    true
                }
            },
        };
        if known.is_none() {
            self.folders.write().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned(), is_inside);
        }
        Ok(is_inside)
    }

    /// Whether a folder is no link, and lies in one that is inside: one call where to resolve the path takes one for each of its
    /// parts.
    fn is_plainly_below(&self, folder: &Path) -> bool {
        let (Some(parent), Some(Component::Normal(_))) = (folder.parent(), folder.components().next_back()) else {
            return false;
        };
        folder.symlink_metadata().is_ok_and(|it| it.is_dir()) && self.folder_inside(parent).unwrap_or(false)
    }

    fn really_inside(&self, path: &Path) -> Result<(), ReadError> {
        let real = here(path).canonicalize().map_err(|error| match here(path).try_exists() {
            // A pipe that a shell made has no path: `<(…)`.
            Ok(true) => ReadError::Io("is not a regular file".to_owned()),
            _ => io_error(&error),
        })?;
        let Some(roots) = &self.roots else { return Ok(()) };
        if roots.iter().any(|root| real.starts_with(root)) { Ok(()) } else { Err(ReadError::Outside) }
    }
}

/// The empty path is the current folder: a relative path without its only component.
fn here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

fn io_error(error: &std::io::Error) -> ReadError {
    match error.kind() {
        std::io::ErrorKind::NotFound => ReadError::NotFound,
        std::io::ErrorKind::IsADirectory => ReadError::IsDirectory,
        _ => ReadError::Io(error.to_string()),
    }
}

impl FileSystem for Disk {
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        let meta = self.metadata(path)?;
        if meta.is_dir() {
            return Err(ReadError::IsDirectory);
        }
        // Opening a pipe would wait for someone to write.
        if !meta.is_file() {
            return Err(ReadError::Io("is not a regular file".to_owned()));
        }
        if self.limit < meta.len() {
            return Err(ReadError::TooLarge { size: meta.len(), limit: self.limit });
        }
        let file = std::fs::File::open(path).map_err(|error| io_error(&error))?;
        let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or(0) + 1);
        // As many bytes as it has: to ask whether there are more would be one more call for each file. A file that grows meanwhile is
        // read as it was; one that is said to be empty may not be (those of the system).
        let size = if meta.len() == 0 { self.limit } else { meta.len() };
        file.take(size).read_to_end(&mut bytes).map_err(|error| io_error(&error))?;
        Ok(bytes)
    }

    fn head(&self, path: &Path, limit: usize) -> Result<Vec<u8>, ReadError> {
        self.inside(path)?;
        let file = std::fs::File::open(path).map_err(|error| io_error(&error))?;
        let meta = file.metadata().map_err(|error| io_error(&error))?;
        if !meta.is_file() {
            return Err(ReadError::Io("is not a regular file".to_owned()));
        }
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        // Room for all of it at once: a vector that grows holds the text twice, and a plan has a hundred megabytes.
        let mut bytes = Vec::with_capacity(usize::try_from(meta.len().min(limit)).unwrap_or(0) + 1);
        file.take(limit).read_to_end(&mut bytes).map_err(|error| io_error(&error))?;
        Ok(bytes)
    }

    fn list(&self, dir: &Path) -> Vec<PathBuf> {
        if self.inside(dir).is_err() {
            return Vec::new();
        }
        let Ok(entries) = std::fs::read_dir(here(dir)) else { return Vec::new() };
        let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|it| it.path()).collect();
        // All of one folder: by their texts, for to compare paths is to take them apart.
        paths.sort_unstable_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
        paths
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file() && self.inside(path).is_ok()
    }

    fn is_dir(&self, path: &Path) -> bool {
        here(path).is_dir() && self.inside(path).is_ok()
    }
}

/// Files held in memory, for tests and for standard input.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Memory {
    /// From `(path, text)` pairs.
    #[must_use]
    pub fn new(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| (normal(Path::new(path)), text.as_bytes().to_vec()));
        Self { files: files.collect() }
    }

    /// From paths and bytes, which need not be text.
    #[must_use]
    pub fn of_bytes(files: impl IntoIterator<Item = (PathBuf, Vec<u8>)>) -> Self {
        Self { files: files.into_iter().map(|(path, bytes)| (normal(&path), bytes)).collect() }
    }
}

/// `a/./b/../c` → `a/c`, without asking the disk.
pub(crate) fn normal(path: &Path) -> PathBuf {
    if is_normal(path) {
        return path.to_owned();
    }
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => (),
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// Whether a path is plainly as it should be, which nearly all are: a look at its bytes. False may mean that nobody knows.
fn is_normal(path: &Path) -> bool {
    let parts = path.as_os_str().as_encoded_bytes().split(|it| *it == b'/');
    std::path::MAIN_SEPARATOR == '/'
        && parts.enumerate().all(|(at, it)| !matches!(it, b"." | b"..") && (at == 0 || !it.is_empty()))
}

impl FileSystem for Memory {
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        let path = normal(path);
        match self.files.get(&path) {
            Some(bytes) => Ok(bytes.clone()),
            None if self.is_dir(&path) => Err(ReadError::IsDirectory),
            None => Err(ReadError::NotFound),
        }
    }

    fn head(&self, path: &Path, limit: usize) -> Result<Vec<u8>, ReadError> {
        let mut bytes = self.read(path)?;
        bytes.truncate(limit);
        Ok(bytes)
    }

    fn list(&self, dir: &Path) -> Vec<PathBuf> {
        let dir = normal(dir);
        let mut out: Vec<PathBuf> = Vec::new();
        for path in self.files.keys() {
            let Ok(rest) = path.strip_prefix(&dir) else { continue };
            let Some(first) = rest.components().next() else { continue };
            let child = dir.join(first);
            if out.last() != Some(&child) {
                out.push(child);
            }
        }
        out
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.contains_key(&normal(path))
    }

    fn is_dir(&self, path: &Path) -> bool {
        let dir = normal(path);
        self.files.keys().any(|it| it.starts_with(&dir) && *it != dir)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_paths() {
        let texts = [
            "", "a", "a/b", "/a/b", "a/", "a//b", "./a", "a/.", "a/./b", "a/../b", "../a", "a/b/..", "/..", ".a/b..",
            "a/...b",
        ];
        let expected =
            ["", "a", "a/b", "/a/b", "a", "a/b", "a", "a", "a/b", "b", "../a", "a", "/..", ".a/b..", "a/...b"];
        for (text, expected) in texts.iter().zip(expected) {
            assert_eq!(normal(Path::new(text)).as_os_str(), expected, "{text}");
        }
    }
}
