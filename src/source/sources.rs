//! The files of a run: append-only, shared by all floors, readable from any thread.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use rayon::prelude::*;

use super::fs::normal;
use super::{FileId, FileSystem, ReadError, Span};

/// One file: its path as the user knows it, and its text without a byte-order mark.
#[derive(Debug)]
pub struct SourceFile {
    /// Index in [`Sources`].
    pub id: FileId,
    /// As shown to people: relative where the user's argument was.
    pub path: PathBuf,
    /// The text, byte-order mark removed. Spans count in this text.
    pub text: Arc<String>,
    /// Whether a byte-order mark stood before it.
    pub has_mark: bool,
    /// Where a person sees it, for a text that the user does not have (a contract): the place that it stands in for.
    pub stands_at: Option<Span>,
    line_starts: OnceLock<Vec<u32>>,
    chars: OnceLock<Vec<u32>>,
}

/// One-based line and column. The column counts Unicode scalar values, as SARIF's default does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// One-based line.
    pub line: u32,
    /// One-based column in Unicode scalar values.
    pub column: u32,
}

impl SourceFile {
    /// Byte offsets at which lines start; the first is 0.
    pub fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let newlines = memchr::memchr_iter(b'\n', self.text.as_bytes());
            let starts = newlines.map(|it| u32::try_from(it + 1).unwrap_or(u32::MAX));
            std::iter::once(0).chain(starts).collect()
        })
    }

    /// How long the line of a byte offset is (bytes), its ending included.
    pub fn line_length(&self, offset: u32) -> usize {
        let starts = self.line_starts();
        let next = starts.partition_point(|it| *it <= offset);
        let start = next.checked_sub(1).and_then(|it| starts.get(it)).map_or(0, |it| *it as usize);
        starts.get(next).map_or(self.text.len(), |it| *it as usize).saturating_sub(start)
    }

    /// Line and column of a byte offset; offsets past the end give the end.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let starts = self.line_starts();
        let line = starts.partition_point(|it| *it <= offset).max(1);
        let start = starts.get(line - 1).copied().unwrap_or(0) as usize;
        let mut end = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let column = self.chars_before(end) - self.chars_before(start);
        LineColumn {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column + 1).unwrap_or(u32::MAX),
        }
    }

    /// Unicode scalar values before a byte offset. Counts per block are kept: a plan is one line of many megabytes.
    fn chars_before(&self, offset: usize) -> usize {
        const BLOCK: usize = 4096;
        let bytes = self.text.as_bytes();
        // Counts of so few that they fit a byte: many of them are summed at once.
        let few = |part: &[u8]| usize::from(part.iter().map(|it| u8::from(*it & 0xc0 != 0x80)).sum::<u8>());
        let count = |part: &[u8]| part.chunks(255).map(few).sum::<usize>();
        let blocks = self.chars.get_or_init(|| {
            let mut before = 0;
            let mut one = |block| {
                let start = before;
                before += count(block);
                u32::try_from(start).unwrap_or(u32::MAX)
            };
            bytes.chunks(BLOCK).map(&mut one).collect()
        });
        let block = offset / BLOCK;
        let start = blocks.get(block).map_or_else(|| count(bytes), |it| *it as usize);
        start + bytes.get(block * BLOCK..offset).map_or(0, count)
    }

    /// The text of a range; empty where the range is not in the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }
}

/// All files that a run has looked at, and the door through which more are read.
pub struct Sources {
    fs: Box<dyn FileSystem>,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    files: Vec<Arc<SourceFile>>,
    /// By normal path, as text: to hash a path is to take it apart.
    by_path: HashMap<OsString, FileId>,
}

impl Sources {
    /// An empty store over `fs`.
    #[must_use]
    pub fn new(fs: Box<dyn FileSystem>) -> Self {
        Self { fs, state: RwLock::default() }
    }

    /// The file system behind this store.
    pub fn fs(&self) -> &dyn FileSystem {
        &*self.fs
    }

    /// Reads a file once; later calls give the same id.
    ///
    /// # Errors
    /// [`ReadError`] where it cannot be read, or is not UTF-8.
    pub fn load(&self, path: &Path) -> Result<FileId, ReadError> {
        if let Some(id) = self.read_state().by_path.get(normal(path).as_os_str()) {
            return Ok(*id);
        }
        Ok(self.add_text(path, self.read(path)?, None))
    }

    /// Reads many files at once, in an order that is theirs; what cannot be read is for [`Sources::load`] to say.
    pub fn load_all(&self, paths: &[&Path]) {
        let texts: Vec<Result<String, ReadError>> = paths.par_iter().map(|it| self.read(it)).collect();
        for (path, text) in paths.iter().zip(texts) {
            if let Ok(text) = text {
                self.add_text(path, text, None);
            }
        }
    }

    fn read(&self, path: &Path) -> Result<String, ReadError> {
        let bytes = self.fs.read(path)?;
        String::from_utf8(bytes).map_err(|error| ReadError::NotUtf8 { offset: error.utf8_error().valid_up_to() })
    }

    /// Whether a file was looked at.
    pub fn has(&self, path: &Path) -> bool {
        self.read_state().by_path.contains_key(normal(path).as_os_str())
    }

    /// Adds a text that the user does not have; its places are shown as `stands_at`. The first text for a path stays.
    pub fn add_stand_in(&self, path: &Path, text: &str, stands_at: Span) -> FileId {
        self.add_text(path, text.to_owned(), Some(stands_at))
    }

    /// The place that a person sees for a place.
    pub fn seen(&self, at: Span) -> Span {
        self.file(at.file).stands_at.unwrap_or(at)
    }

    /// Adds a text under a path (standard input, tests, files read elsewhere). The first text for a path stays.
    pub fn add(&self, path: &Path, text: impl Into<String>) -> FileId {
        self.add_text(path, text.into(), None)
    }

    /// The text is taken as it is and never copied: a plan may be as large as a tenth of the memory.
    fn add_text(&self, path: &Path, mut text: String, stands_at: Option<Span>) -> FileId {
        let key = normal(path);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = state.by_path.get(key.as_os_str()) {
            return *id;
        }
        let id = FileId(u32::try_from(state.files.len()).unwrap_or(u32::MAX));
        let has_mark = text.starts_with('\u{feff}');
        if has_mark {
            text.drain(..'\u{feff}'.len_utf8());
        }
        state.files.push(Arc::new(SourceFile {
            id,
            path: key.clone(),
            text: Arc::new(text),
            has_mark,
            stands_at,
            line_starts: OnceLock::new(),
            chars: OnceLock::new(),
        }));
        state.by_path.insert(key.into_os_string(), id);
        id
    }

    /// The file of an id. An id of another store gives an empty file.
    pub fn file(&self, id: FileId) -> Arc<SourceFile> {
        self.read_state().files.get(id.0 as usize).cloned().unwrap_or_else(|| {
            Arc::new(SourceFile {
                id,
                path: PathBuf::new(),
                text: Arc::default(),
                has_mark: false,
                stands_at: None,
                line_starts: OnceLock::new(),
                chars: OnceLock::new(),
            })
        })
    }

    /// The text of a file.
    pub fn text(&self, id: FileId) -> Arc<String> {
        self.file(id).text.clone()
    }

    /// How many files were looked at.
    pub fn len(&self) -> usize {
        self.read_state().files.len()
    }

    /// Whether no file was looked at.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn read_state(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Memory;

    #[test]
    fn columns_of_long_lines_count_characters() {
        let sources = Sources::new(Box::new(Memory::default()));
        let line = "aä€𝄞".repeat(2000);
        let text = format!("{line}\n{line}");
        let id = sources.add(Path::new("p"), text.as_str());
        let file = sources.file(id);
        for (at, _) in text.char_indices().step_by(37).chain([(text.len(), ' ')]) {
            let before = &text[..at];
            let expected =
                (before.matches('\n').count() + 1, before.rsplit('\n').next().unwrap_or_default().chars().count() + 1);
            let found = file.line_column(u32::try_from(at).unwrap());
            assert_eq!((found.line as usize, found.column as usize), expected, "{at}");
        }
    }
}
