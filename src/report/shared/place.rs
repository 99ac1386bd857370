//! Places as people and machines read them: relative paths with forward slashes, one-based lines and columns.

use std::path::{Component, Path};

use serde::Serialize;

use crate::source::{Diagnostic, FileId, LineColumn, Sources, Span};

/// One-based line and column; the column counts Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// One-based line.
    pub line: u32,
    /// One-based column.
    pub column: u32,
}

/// A range in a file; `end` is one past the last character. A file that was not read has a path only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Location {
    /// Relative to the folder of the run, with forward slashes; absolute where it lies outside.
    pub path: String,
    /// First character.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Place>,
    /// One past the last character.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Place>,
}

/// The files of a run, and the folder that paths are shown relative to.
#[derive(Clone, Copy)]
pub struct Places<'a> {
    /// The files.
    pub sources: &'a Sources,
    /// The folder, where there is one; absolute.
    pub base: Option<&'a Path>,
}

impl Places<'_> {
    /// The location of a span.
    #[must_use]
    pub fn location(&self, span: Span) -> Location {
        let span = self.sources.seen(span);
        let file = self.sources.file(span.file);
        Location {
            path: self.path(&file.path),
            start: Some(file.line_column(span.start).into()),
            end: Some(file.line_column(span.end).into()),
        }
    }

    /// Where a diagnostic points.
    #[must_use]
    pub fn of_diagnostic(&self, diagnostic: &Diagnostic) -> Option<Location> {
        match (&diagnostic.at, &diagnostic.path) {
            (Some(at), _) => Some(self.location(*at)),
            (None, Some(path)) => Some(Location { path: self.path(path), start: None, end: None }),
            (None, None) => None,
        }
    }

    /// The shown path of a file.
    #[must_use]
    pub fn file(&self, file: FileId) -> String {
        self.path(&self.sources.file(file).path)
    }

    /// A path as shown.
    #[must_use]
    pub fn path(&self, path: &Path) -> String {
        let shown = self.base.and_then(|base| path.strip_prefix(base).ok()).unwrap_or(path);
        forward(shown)
    }

    /// `main.tf:3`.
    #[must_use]
    pub fn short(&self, span: Span) -> String {
        let span = self.sources.seen(span);
        let file = self.sources.file(span.file);
        format!("{}:{}", self.path(&file.path), file.line_column(span.start).line)
    }
}

/// Joins the components with `/`, leaving out `.`.
fn forward(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut root = "";
    for part in path.components() {
        match part {
            Component::RootDir => root = "/",
            Component::CurDir => (),
            other => parts.push(other.as_os_str().to_string_lossy().into_owned()),
        }
    }
    let joined = format!("{root}{}", parts.join("/"));
    if joined.is_empty() { ".".to_owned() } else { joined }
}

impl From<LineColumn> for Place {
    fn from(it: LineColumn) -> Self {
        Self { line: it.line, column: it.column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    use crate::source::Memory;

    #[test]
    fn paths_are_relative_with_forward_slashes() {
        let sources = Sources::new(Box::new(Memory::default()));
        let base = PathBuf::from("/repo");
        let places = Places { sources: &sources, base: Some(&base) };
        for (path, shown) in
            [("/repo/infra/./s3.tf", "infra/s3.tf"), ("./a.tf", "a.tf"), ("/else/b.tf", "/else/b.tf"), ("/repo", ".")]
        {
            assert_eq!(places.path(Path::new(path)), shown);
        }
    }

    #[test]
    fn columns_count_characters() {
        let sources = Sources::new(Box::new(Memory::default()));
        let file = sources.add(Path::new("a.tf"), "é = 1\nx = 2\n");
        let places = Places { sources: &sources, base: None };
        let location = places.location(Span::new(file, 3, 4));
        assert_eq!(
            (location.start, location.end),
            (Some(Place { line: 1, column: 3 }), Some(Place { line: 1, column: 4 }))
        );
    }
}
