//! All rules that a run may choose from. Built-in pages are decoded from what `build.rs` laid down, and the expressions of a
//! rule are read when it is selected; own pages are checked in full when they are added.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::finding::RuleInfo;
use crate::source::did_you_mean;

use super::page::{Page, PageError, Terms, line_of, read_page};
use super::{RuleSet, framework_name};

include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// A page of ours, with what `build.rs` made of it.
struct Builtin {
    path: &'static str,
    group: &'static str,
    text: &'static str,
    /// The front matter as JSON.
    front: &'static str,
    /// Where the prose begins.
    body: usize,
}

impl Builtin {
    /// `None` where the page has a mistake: [`builtin_mistakes`] tells which.
    fn page(&self) -> Option<Page> {
        let front = serde_json::from_str(self.front).ok()?;
        Page::new(front, self.group, self.text.get(self.body..)?.trim().into()).ok()
    }
}

/// The rules that there are, by id.
#[derive(Debug, Default)]
pub struct Catalogue {
    infos: Arc<[RuleInfo]>,
    /// In the order of `infos`.
    terms: Vec<Terms>,
}

impl Catalogue {
    /// All built-in rules.
    ///
    /// # Panics
    /// Never in a build that passed its tests: a broken page is left out, and `tests/rules.rs` finds it.
    #[must_use]
    pub fn builtin() -> Self {
        Self::of(PAGES.iter().filter_map(Builtin::page).collect())
    }

    fn of(mut pages: Vec<Page>) -> Self {
        pages.sort_by(|a, b| a.info.id.cmp(&b.info.id));
        let (infos, terms): (Vec<RuleInfo>, _) = pages.into_iter().map(|it| (it.info, it.terms)).unzip();
        Self { infos: infos.into(), terms }
    }

    /// The descriptions of all rules, by id.
    #[must_use]
    pub fn infos(&self) -> &Arc<[RuleInfo]> {
        &self.infos
    }

    /// Adds the pages below a folder.
    ///
    /// # Errors
    /// Every page with a mistake, and every id that is there already. Nothing is added then.
    pub fn add_folder(&mut self, folder: &Path) -> Result<(), Vec<PageError>> {
        let (mut added, mut mistakes) = (Vec::new(), Vec::new());
        let mut places: BTreeMap<String, String> = BTreeMap::new();
        for path in pages_below(folder) {
            let shown = path.display().to_string();
            let fail = |line: usize, message: String| PageError { path: shown.clone(), line, message };
            let text = match std::fs::read_to_string(&path) {
                Ok(text) => text,
                Err(error) => {
                    mistakes.push(fail(1, error.to_string()));
                    continue;
                }
            };
            let group = path.parent().and_then(Path::file_name).map(|it| it.to_string_lossy().into_owned());
            match read_page(&shown, &group.unwrap_or_default(), &text) {
                Ok((page, _)) => {
                    let id = &page.info.id;
                    let stem = path.file_stem().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
                    if stem != *id {
                        mistakes.push(fail(line_of(&text, "id"), format!("the id `{id}` is not the name of the file")));
                    }
                    let earlier = match (self.infos.iter().any(|it| it.id == *id), places.get(id)) {
                        (_, Some(path)) => Some(format!(": {path}")),
                        (true, None) => Some("; give yours another id".to_owned()),
                        (false, None) => None,
                    };
                    if let Some(earlier) = earlier {
                        let message = format!("a rule `{id}` is there already{earlier}");
                        mistakes.push(fail(line_of(&text, "id"), message));
                    }
                    places.insert(id.clone(), shown.clone());
                    added.push(page);
                }
                Err(mistake) => mistakes.push(mistake),
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let there = self.infos.iter().cloned().zip(std::mem::take(&mut self.terms));
        added.extend(there.map(|(info, terms)| Page { info, terms }));
        *self = Self::of(added);
        Ok(())
    }

    /// The rules of a profile, or of a framework where one is named, and those turned on; without those turned off.
    ///
    /// # Errors
    /// One sentence for each name that no rule, profile or framework has.
    pub fn select(
        &self,
        profile: &str,
        framework: Option<&str>,
        enable: &[String],
        disable: &[String],
    ) -> Result<RuleSet, Vec<String>> {
        let mut mistakes = Vec::new();
        if !matches!(profile, "default" | "strict" | "all" | "none") {
            mistakes.push(format!("no profile is called `{profile}`; there are default, strict and all"));
        }
        let framework = framework.map(framework_name);
        mistakes.extend(framework.and_then(|it| self.no_framework(it)));
        for name in enable.iter().chain(disable) {
            if !self.infos.iter().any(|it| it.id == *name) {
                let hint = did_you_mean(name, self.infos.iter().map(|it| it.id.as_str()));
                mistakes.push(format!("no rule is called `{name}`{hint}"));
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let is_kept = |info: &RuleInfo| {
            let in_profile = match framework {
                Some(name) => info.frameworks.iter().any(|(own, _)| own == name),
                None => profile == "all" || info.profiles.iter().any(|own| own == profile),
            };
            (in_profile || enable.contains(&info.id)) && !disable.contains(&info.id)
        };
        let kept = self.infos.iter().zip(&self.terms).filter(|it| is_kept(it.0));
        Ok(kept.filter_map(|(info, terms)| Some((terms.compile(info).ok()?, info.clone()))).collect())
    }

    /// The complaint about a framework that no rule names.
    fn no_framework(&self, name: &str) -> Option<String> {
        let mut known: Vec<&str> =
            self.infos.iter().flat_map(|it| &it.frameworks).map(|(own, _)| own.as_str()).collect();
        known.sort_unstable();
        known.dedup();
        if known.contains(&name) {
            return None;
        }
        let mut hint = did_you_mean(name, known.iter().copied());
        if hint.is_empty() {
            hint = format!("; there are {}", known.join(", "));
        }
        Some(format!("no rule answers to a framework `{name}`{hint}"))
    }
}

/// The mistakes in the built-in pages: none, as a test makes sure.
#[must_use]
pub fn builtin_mistakes() -> Vec<PageError> {
    PAGES.iter().filter_map(|it| read_page(it.path, it.group, it.text).err()).collect()
}

/// Pages by path, for the tests: the whole text.
#[must_use]
pub fn builtin_pages() -> BTreeMap<&'static str, &'static str> {
    PAGES.iter().map(|it| (it.path, it.text)).collect()
}

pub(crate) fn pages_below(folder: &Path) -> Vec<PathBuf> {
    let mut pages = Vec::new();
    let walk = ignore::WalkBuilder::new(folder).standard_filters(false).build();
    for entry in walk.flatten() {
        let path = entry.into_path();
        if path.extension().is_some_and(|it| it == "md") && path.is_file() {
            pages.push(path);
        }
    }
    pages.sort();
    pages
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a start decodes is what the page says.
    #[test]
    fn what_was_laid_down_is_the_page() {
        for it in PAGES {
            let (page, rule) = read_page(it.path, it.group, it.text).unwrap();
            let laid_down = it.page().unwrap_or_else(|| panic!("{}: quote what YAML takes for no text", it.path));
            assert_eq!(format!("{laid_down:?}"), format!("{page:?}"), "{}", it.path);
            let compiled = laid_down.terms.compile(&laid_down.info).unwrap();
            assert_eq!(format!("{compiled:?}"), format!("{rule:?}"), "{}", it.path);
        }
    }
}
