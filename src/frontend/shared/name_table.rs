//! Which names the blocks of a resource type take: a name that a type does not have is a slip, and what it was meant to set is
//! not set.
//!
//! A table is a generated text: a first line that says what it was made from, then one line for each type and path of nested
//! blocks, with tabs between type, path and names. The marks after a name say that it nests, and how often.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::source::did_you_mean;

/// Names by type, then by path.
#[derive(Debug)]
pub struct NameTable {
    source: &'static str,
    names: BTreeMap<&'static str, BTreeMap<&'static str, Names>>,
}

/// The names of one line, taken apart when they are asked for: a run asks for few.
#[derive(Debug)]
struct Names {
    line: &'static str,
    split: OnceLock<Vec<&'static str>>,
}

impl Names {
    fn all(&self) -> &[&'static str] {
        self.split.get_or_init(|| self.line.split(' ').map(|it| it.trim_end_matches(['{', '}', '*'])).collect())
    }
}

impl NameTable {
    /// Reads a table; lines of another form are passed over.
    #[must_use]
    pub fn parse(text: &'static str) -> Self {
        let mut names: BTreeMap<&str, BTreeMap<&str, Names>> = BTreeMap::new();
        for line in text.lines() {
            let mut columns = line.split('\t');
            let (Some(kind), Some(path), Some(all)) = (columns.next(), columns.next(), columns.next()) else {
                continue;
            };
            names.entry(kind).or_default().insert(path, Names { line: all, split: OnceLock::new() });
        }
        let source = text.split([',', '\n']).next().unwrap_or_default().trim_start_matches("# ");
        Self { source, names }
    }

    /// What the table was made from: `AWS provider 6.1.0`.
    #[cfg(test)]
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// Whether a type is in it.
    #[must_use]
    pub fn knows(&self, kind: &str) -> bool {
        self.names(kind, "").is_some()
    }

    /// The names below a path of a type, sorted; `None` where anything may stand there.
    #[must_use]
    pub fn names(&self, kind: &str, path: &str) -> Option<&[&'static str]> {
        self.names.get(kind)?.get(path).map(Names::all)
    }

    /// The sentence about a name that the type does not have there: `what` is an argument, a property.
    #[must_use]
    pub fn complaint(&self, what: &str, kind: &str, path: &str, name: &str) -> String {
        let of = if path.is_empty() { kind.to_owned() } else { format!("`{path}` of {kind}") };
        let meant = did_you_mean(name, self.names(kind, path).unwrap_or_default().iter().copied());
        format!("`{name}` is no {what} of {of} in {}{meant}", self.source)
    }

    /// Every type and path with its names.
    #[cfg(test)]
    pub fn entries(&self) -> impl Iterator<Item = (&'static str, &'static str, &[&'static str])> {
        let below = self.names.iter().map(|(kind, paths)| paths.iter().map(|it| (*kind, *it.0, it.1.all())));
        below.flatten()
    }

    /// Panics where names are out of order, or a path is not among the names above it.
    #[cfg(test)]
    pub fn assert_whole(&self, least: usize) {
        assert!(least < self.entries().filter(|it| it.1.is_empty()).count());
        for (kind, path, names) in self.entries() {
            assert!(names.windows(2).all(|it| matches!(it, [a, b] if a < b)), "{kind} {path}");
            let (outer, name) = path.rsplit_once('.').unwrap_or(("", path));
            assert!(path.is_empty() || self.names(kind, outer).unwrap_or_default().contains(&name), "{kind} {path}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_by_type_and_path() {
        let table = NameTable::parse("# things of 2026, made by hand\nbox\t\tlid{}* width\nbox\tlid\tcolour\n");
        assert_eq!((table.source(), table.knows("box"), table.knows("lid")), ("things of 2026", true, false));
        assert_eq!(table.names("box", "lid"), Some(["colour"].as_slice()));
        assert_eq!(table.names("box", "width"), None);
        assert_eq!(
            table.complaint("part", "box", "lid", "color"),
            "`color` is no part of `lid` of box in things of 2026; did you mean `colour`?"
        );
        assert_eq!(table.complaint("part", "box", "", "spring"), "`spring` is no part of box in things of 2026");
        table.assert_whole(0);
    }
}
