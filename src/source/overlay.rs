//! Texts that lie over a file system: what an editor has open, what a change would write.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::fs::{DEFAULT_LIMIT, normal};
use super::{FileSystem, ReadError};

/// A file system in which some files have other bytes than below, or are there though they are not below. What the one below
/// refuses because it lies outside stays refused.
pub struct Overlay<F> {
    below: F,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl<F: FileSystem> Overlay<F> {
    /// `files` over `below`, by path.
    #[must_use]
    pub fn new(below: F, files: impl IntoIterator<Item = (PathBuf, Vec<u8>)>) -> Self {
        Self { below, files: files.into_iter().map(|(path, bytes)| (normal(&path), bytes)).collect() }
    }

    /// The bytes that lie over a path.
    fn over(&self, path: &Path) -> Option<&Vec<u8>> {
        let bytes = self.files.get(&normal(path))?;
        let outside = matches!(self.below.head(path, 0), Err(ReadError::Outside));
        (!outside).then_some(bytes)
    }
}

impl<F: FileSystem> FileSystem for Overlay<F> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        let Some(bytes) = self.over(path) else { return self.below.read(path) };
        let size = bytes.len() as u64;
        if DEFAULT_LIMIT < size {
            return Err(ReadError::TooLarge { size, limit: DEFAULT_LIMIT });
        }
        Ok(bytes.clone())
    }

    fn head(&self, path: &Path, limit: usize) -> Result<Vec<u8>, ReadError> {
        match self.over(path) {
            Some(bytes) => Ok(bytes.iter().take(limit).copied().collect()),
            None => self.below.head(path, limit),
        }
    }

    fn list(&self, dir: &Path) -> Vec<PathBuf> {
        let mut all = self.below.list(dir);
        let own = normal(dir);
        for path in self.files.keys() {
            let Some(first) = path.strip_prefix(&own).ok().and_then(|it| it.components().next()) else { continue };
            let child = dir.join(first);
            if self.over(path).is_some() && !all.iter().any(|it| normal(it) == normal(&child)) {
                all.push(child);
            }
        }
        all.sort();
        all
    }

    fn is_file(&self, path: &Path) -> bool {
        self.over(path).is_some() || self.below.is_file(path)
    }

    fn is_dir(&self, path: &Path) -> bool {
        let dir = normal(path);
        self.below.is_dir(path)
            || self.files.keys().any(|it| it.starts_with(&dir) && *it != dir && self.over(it).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Disk, Memory};
    use super::*;

    fn overlay(files: &[(&str, &str)]) -> Overlay<Memory> {
        let below = Memory::new(&[("m/a.tf", "disk"), ("m/b.tf", "disk")]);
        Overlay::new(below, files.iter().map(|(path, text)| (PathBuf::from(path), text.as_bytes().to_vec())))
    }

    #[test]
    fn what_lies_over_wins() {
        let fs = overlay(&[("m/./a.tf", "open"), ("m/new/c.tf", "open")]);
        assert_eq!(fs.read(Path::new("m/a.tf")), Ok(b"open".to_vec()));
        assert_eq!(fs.read(Path::new("m/x/../b.tf")), Ok(b"disk".to_vec()));
        assert_eq!(fs.head(Path::new("m/a.tf"), 2), Ok(b"op".to_vec()));
        assert_eq!(fs.read(Path::new("m/d.tf")), Err(ReadError::NotFound));
        assert!(fs.is_file(Path::new("m/new/c.tf")) && fs.is_dir(Path::new("m/new")) && !fs.is_dir(Path::new("m/old")));
        let names: Vec<PathBuf> = ["m/a.tf", "m/b.tf", "m/new"].iter().map(PathBuf::from).collect();
        assert_eq!(fs.list(Path::new("m")), names);
    }

    #[test]
    fn what_lies_outside_stays_there() {
        let folder = std::env::temp_dir().join(format!("bucketlint-overlay-{}", std::process::id()));
        let (inner, outer) = (folder.join("in"), folder.join("out.tf"));
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(&outer, "disk").unwrap();
        let fs = Overlay::new(Disk::new(std::slice::from_ref(&inner)), [(outer.clone(), b"open".to_vec())]);
        assert_eq!(fs.read(&outer), Err(ReadError::Outside));
        assert!(!fs.is_file(&outer));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn too_large_is_too_large() {
        let size = usize::try_from(DEFAULT_LIMIT).unwrap() + 1;
        let fs = Overlay::new(Memory::default(), [(PathBuf::from("a.tf"), vec![b' '; size])]);
        assert!(matches!(fs.read(Path::new("a.tf")), Err(ReadError::TooLarge { .. })));
    }
}
