//! Files that are read under several names: by links, hard or symbolic. An edit of one is an edit of all.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use crate::finding::Fix;
use crate::source::{FileId, Sources, Span};

use super::super::rewrite::identity;

/// The names of the files of a run that have more than one.
#[derive(Default)]
pub(super) struct Names {
    /// The first of the names, by each of the others.
    first: HashMap<FileId, FileId>,
    /// The others, by the first.
    others: BTreeMap<FileId, Vec<PathBuf>>,
}

impl Names {
    pub fn new(sources: &Sources) -> Self {
        Self::of(sources, (0..sources.len()).filter_map(|it| u32::try_from(it).ok()).map(FileId))
    }

    /// Those among some files: each is asked for on the disk.
    pub fn of(sources: &Sources, files: impl IntoIterator<Item = FileId>) -> Self {
        let mut names = Self::default();
        let mut known: HashMap<_, FileId> = HashMap::new();
        for file in files.into_iter().map(|it| sources.file(it)).filter(|it| it.stands_at.is_none()) {
            let Some(own) = identity(&file.path) else { continue };
            match known.get(&own) {
                Some(first) => {
                    names.first.insert(file.id, *first);
                    names.others.entry(*first).or_default().push(file.path.clone());
                }
                None => drop(known.insert(own, file.id)),
            }
        }
        names
    }

    /// The file under its first name.
    pub fn first(&self, file: FileId) -> FileId {
        self.first.get(&file).copied().unwrap_or(file)
    }

    /// The place under the first name of its file.
    pub fn place(&self, at: Span) -> Span {
        Span { file: self.first(at.file), ..at }
    }

    /// The other names of a file.
    pub fn others(&self, first: FileId) -> &[PathBuf] {
        self.others.get(&first).map(Vec::as_slice).unwrap_or_default()
    }

    /// The fix with each file under its first name.
    pub fn named(&self, mut fix: Fix) -> Fix {
        for edit in &mut fix.edits {
            edit.at = self.place(edit.at);
        }
        fix.edits.sort();
        fix.edits.dedup();
        fix
    }
}
