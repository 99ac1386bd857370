//! What the editor was told, so that it is told when something is gone.

use std::collections::{BTreeMap, BTreeSet};

use super::judge::Scope;
use super::protocol::Diagnostic;

/// The diagnostics of every scope, and what of them the editor has.
#[derive(Debug, Default)]
pub struct Published {
    scopes: BTreeMap<Scope, BTreeMap<String, Vec<Diagnostic>>>,
    sent: BTreeMap<String, Vec<Diagnostic>>,
}

impl Published {
    /// Takes the diagnostics of a scope in the place of those before. Gives the files whose diagnostics changed, with all that is
    /// said of them now; those in `anyway` also where nothing changed.
    pub fn update(
        &mut self,
        scope: &Scope,
        files: BTreeMap<String, Vec<Diagnostic>>,
        anyway: &BTreeSet<String>,
    ) -> Vec<(String, Vec<Diagnostic>)> {
        let old = if files.is_empty() { self.scopes.remove(scope) } else { self.scopes.insert(scope.clone(), files) };
        let old: BTreeSet<String> = old.into_iter().flat_map(BTreeMap::into_keys).collect();
        let new = self.scopes.get(scope).into_iter().flat_map(|it| it.keys().cloned());
        let touched: BTreeSet<String> = old.into_iter().chain(new).chain(anyway.iter().cloned()).collect();
        let mut out = Vec::new();
        for uri in touched {
            let mut all: Vec<Diagnostic> = Vec::new();
            // Folders of a workspace may lie in each other.
            for it in self.scopes.values().filter_map(|it| it.get(&uri)).flatten() {
                if !all.contains(it) {
                    all.push(it.clone());
                }
            }
            let is_new = self.sent.get(&uri).map_or(!all.is_empty(), |it| *it != all);
            if !is_new && !anyway.contains(&uri) {
                continue;
            }
            if all.is_empty() {
                self.sent.remove(&uri);
            } else {
                self.sent.insert(uri.clone(), all.clone());
            }
            out.push((uri, all));
        }
        out
    }

    /// The scopes that something is said of.
    pub fn scopes(&self) -> Vec<Scope> {
        self.scopes.keys().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::position::TextRange;
    use super::*;

    fn said(all: &[(&str, &str)]) -> BTreeMap<String, Vec<Diagnostic>> {
        let mut out: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
        for (uri, code) in all {
            out.entry((*uri).to_owned()).or_default().push(Diagnostic {
                range: TextRange::default(),
                severity: 1,
                code: (*code).to_owned(),
                code_description: None,
                source: "bucketlint",
                message: String::new(),
                related_information: Vec::new(),
                data: None,
            });
        }
        out
    }

    #[test]
    fn what_is_gone_is_told_once() {
        let mut published = Published::default();
        let mut check = |scope: &str, now: &[(&str, &str)], anyway: &[&str], expected: &[(&str, &str)]| {
            let anyway = anyway.iter().map(|it| (*it).to_owned()).collect();
            let told = published.update(&Scope::Folder(PathBuf::from(scope)), said(now), &anyway);
            let codes = |all: &[Diagnostic]| all.iter().map(|it| it.code.as_str()).collect::<Vec<_>>().join(" ");
            let told: Vec<_> = told.iter().map(|(uri, all)| (uri.as_str(), codes(all))).collect();
            let expected: Vec<_> = expected.iter().map(|(uri, codes)| (*uri, (*codes).to_owned())).collect();
            assert_eq!(told, expected);
        };
        check("/a", &[("x", "1"), ("y", "2")], &[], &[("x", "1"), ("y", "2")]);
        check("/a", &[("x", "1"), ("y", "2")], &[], &[]);
        check("/a", &[("x", "1"), ("y", "2")], &["x", "z"], &[("x", "1"), ("z", "")]);
        check("/a/b", &[("x", "1"), ("x", "3")], &[], &[("x", "1 3")]);
        check("/a", &[("y", "2")], &[], &[]);
        check("/a", &[], &[], &[("y", "")]);
        check("/a/b", &[], &[], &[("x", "")]);
        check("/a/b", &[], &[], &[]);
    }
}
