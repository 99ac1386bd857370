//! Texts that lie over a file system: what an editor has open, what a change would write.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::fs::{DEFAULT_LIMIT, normal};
use super::{FileSystem, ReadError};

/// A file system in which some files have other texts than below, or are there though they are not below. What the one below
/// refuses because it lies outside stays refused.
pub struct Overlay {
    below: Box<dyn FileSystem>,
    texts: Arc<BTreeMap<PathBuf, String>>,
    alone: Option<PathBuf>,
}

impl Overlay {
    /// `texts` over `below`, by path as [`super::Sources`] has it: without `.`, and without `..` that follows a name.
    #[must_use]
    pub fn new(below: Box<dyn FileSystem>, texts: Arc<BTreeMap<PathBuf, String>>) -> Self {
        Self { below, texts, alone: None }
    }

    /// One of the texts is the only thing that its folder lists: standard input is no part of the folder of the run.
    #[must_use]
    pub fn alone(self, path: &Path) -> Self {
        Self { alone: Some(normal(path)), ..self }
    }

    /// The text that lies over a path.
    fn over(&self, path: &Path) -> Option<&[u8]> {
        let text = self.texts.get(&normal(path))?;
        let outside = matches!(self.below.head(path, 0), Err(ReadError::Outside));
        (!outside).then_some(text.as_bytes())
    }
}

impl FileSystem for Overlay {
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        let Some(bytes) = self.over(path) else { return self.below.read(path) };
        let size = bytes.len() as u64;
        if DEFAULT_LIMIT < size {
            return Err(ReadError::TooLarge { size, limit: DEFAULT_LIMIT });
        }
        Ok(bytes.to_vec())
    }

    fn head(&self, path: &Path, limit: usize) -> Result<Vec<u8>, ReadError> {
        match self.over(path) {
            Some(bytes) => Ok(bytes.iter().take(limit).copied().collect()),
            None => self.below.head(path, limit),
        }
    }

    fn list(&self, dir: &Path) -> Vec<PathBuf> {
        let own = normal(dir);
        if let Some(alone) = self.alone.as_ref().filter(|it| it.parent() == Some(&own)) {
            return vec![alone.clone()];
        }
        let mut all = self.below.list(dir);
        for path in self.texts.keys() {
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
            || self.texts.keys().any(|it| it.starts_with(&dir) && *it != dir && self.over(it).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Disk, Memory};
    use super::*;

    fn overlay(below: impl FileSystem + 'static, texts: &[(&str, &str)]) -> Overlay {
        let texts = texts.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned()));
        Overlay::new(Box::new(below), Arc::new(texts.collect()))
    }

    #[test]
    fn what_lies_over_wins() {
        let below = Memory::new(&[("m/a.tf", "disk"), ("m/b.tf", "disk")]);
        let fs = overlay(below, &[("m/a.tf", "open"), ("m/new/c.tf", "open")]);
        assert_eq!(fs.read(Path::new("./m/x/../a.tf")), Ok(b"open".to_vec()));
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
        let fs = overlay(Disk::new(std::slice::from_ref(&inner)), &[(outer.to_str().unwrap(), "open")]);
        assert_eq!(fs.read(&outer), Err(ReadError::Outside));
        assert!(!fs.is_file(&outer));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn too_large_is_too_large() {
        let size = usize::try_from(DEFAULT_LIMIT).unwrap() + 1;
        let fs = overlay(Memory::default(), &[("a.tf", &" ".repeat(size))]);
        assert!(matches!(fs.read(Path::new("a.tf")), Err(ReadError::TooLarge { .. })));
    }
}
