//! The documents that are open, as the editor has them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::source::normal;

use super::position::{Encoding, Lines};
use super::protocol::{ContentChange, DocumentItem};
use super::uri;

/// A document that is open.
#[derive(Clone, Debug)]
pub struct Document {
    /// As the client spells it.
    pub uri: String,
    /// Where it is, or how it is called where it is nowhere yet.
    pub place: Place,
    /// The client's number for this text.
    pub version: i64,
    /// The text.
    pub text: Arc<String>,
}

/// Where a document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file of this machine; it need not be there yet.
    File(PathBuf),
    /// Not saved yet: judged by itself under this name.
    Untitled(PathBuf),
    /// A revision, a terminal, another machine's file: not judged.
    Elsewhere,
}

impl Document {
    fn new(item: DocumentItem) -> Self {
        let place = match uri::to_path(&item.uri) {
            Some(path) if path.is_absolute() => Place::File(normal(&path)),
            Some(_) => Place::Elsewhere,
            None if item.uri.starts_with("untitled:") => {
                Place::Untitled(name(&item.uri, &item.language_id, &item.text))
            }
            None => Place::Elsewhere,
        };
        Self { uri: item.uri, place, version: item.version, text: Arc::new(item.text) }
    }

    /// The path of a file.
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::File(path) => Some(path),
            Place::Untitled(_) | Place::Elsewhere => None,
        }
    }
}

/// A name that says the language, which a document without a file has from its editor only.
fn name(uri: &str, language: &str, text: &str) -> PathBuf {
    let stem: String =
        uri.chars().skip("untitled:".len()).filter(|it| it.is_alphanumeric() || "-._".contains(*it)).collect();
    let extension = match language.to_ascii_lowercase().as_str() {
        "terraform" | "opentofu" | "hcl" | "tf" => "tf",
        "json" | "jsonc" => "json",
        _ if text.trim_start().starts_with('{') => "json",
        _ => "yaml",
    };
    let has_one = Path::new(&stem).extension().is_some_and(|it| it == extension);
    PathBuf::from(if has_one { stem } else { format!("{stem}.{extension}") })
}

/// All of them, by URI.
#[derive(Debug, Default)]
pub struct Documents {
    open: BTreeMap<String, Document>,
}

impl Documents {
    /// One was opened; an older one of the same name is gone.
    pub fn open(&mut self, item: DocumentItem) {
        self.open.insert(item.uri.clone(), Document::new(item));
    }

    /// One was changed. Whether there is such a one.
    pub fn change(&mut self, uri: &str, version: Option<i64>, changes: Vec<ContentChange>, encoding: Encoding) -> bool {
        let Some(document) = self.open.get_mut(uri) else { return false };
        for change in changes {
            document.text = match change.range {
                None => Arc::new(change.text),
                Some(range) => {
                    let bytes = Lines::new(document.text.clone(), encoding).bytes(range);
                    let (before, after) = (document.text.get(..bytes.start), document.text.get(bytes.end..));
                    Arc::new([before.unwrap_or_default(), &change.text, after.unwrap_or_default()].concat())
                }
            };
        }
        document.version = version.unwrap_or(document.version);
        true
    }

    /// One was closed: what is on disk counts again.
    pub fn close(&mut self, uri: &str) -> Option<Document> {
        self.open.remove(uri)
    }

    /// The one of a URI.
    pub fn get(&self, uri: &str) -> Option<&Document> {
        self.open.get(uri)
    }

    /// All, in order of URI.
    pub fn iter(&self) -> impl Iterator<Item = &Document> {
        self.open.values()
    }
}

#[cfg(test)]
mod tests {
    use super::super::position::{Position, TextRange};
    use super::*;

    fn item(uri: &str, language_id: &str, text: &str) -> DocumentItem {
        DocumentItem { uri: uri.to_owned(), language_id: language_id.to_owned(), version: 1, text: text.to_owned() }
    }

    fn change(range: Option<[u32; 4]>, text: &str) -> ContentChange {
        let at = |line, character| Position { line, character };
        let range = range.map(|[a, b, c, d]| TextRange { start: at(a, b), end: at(c, d) });
        ContentChange { range, text: text.to_owned() }
    }

    fn check(text: &str, changes: Vec<ContentChange>, encoding: Encoding, expected: &str) {
        let mut documents = Documents::default();
        documents.open(item("file:///a.tf", "", text));
        assert!(documents.change("file:///a.tf", Some(2), changes, encoding));
        let document = documents.get("file:///a.tf").unwrap();
        assert_eq!((document.text.as_str(), document.version), (expected, 2));
    }

    #[test]
    fn changes_come_one_after_the_other() {
        check("a\nb\n", vec![change(None, "𝄞x\r\ny"), change(Some([0, 2, 1, 0]), "-")], Encoding::Utf16, "𝄞-y");
        check("𝄞x\r\ny", vec![change(Some([0, 4, 0, 5]), "z")], Encoding::Utf8, "𝄞z\r\ny");
        check("ab", vec![change(Some([0, 1, 0, 1]), "1"), change(Some([0, 2, 0, 2]), "2")], Encoding::Utf16, "a12b");
        check("ab", vec![change(Some([7, 1, 9, 9]), "!")], Encoding::Utf16, "ab!");
        check("ab", vec![change(Some([0, 2, 0, 0]), "")], Encoding::Utf16, "");
    }

    #[test]
    fn what_is_not_open_does_not_change() {
        assert!(!Documents::default().change("file:///a.tf", None, vec![change(None, "")], Encoding::Utf16));
    }

    #[test]
    fn places() {
        let place = |uri: &str, language: &str| Document::new(item(uri, language, "x")).place;
        #[cfg(unix)]
        assert_eq!(place("file:///a/./b/../c.tf", ""), Place::File(PathBuf::from("/a/c.tf")));
        assert_eq!(place("untitled:Untitled-1", "terraform"), Place::Untitled(PathBuf::from("Untitled-1.tf")));
        assert_eq!(place("untitled:/a/b.yaml", "yaml"), Place::Untitled(PathBuf::from("ab.yaml")));
        assert_eq!(place("git:/a.tf", "terraform"), Place::Elsewhere);
        assert_eq!(place("", ""), Place::Elsewhere);
    }
}
