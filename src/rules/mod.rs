//! Floor 8: rule pages: loading, checking, the expression language, its binding to the model.

mod check;
mod documentation;
mod expr;
mod front_schema;
mod functions;
mod page;
mod schema;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::finding::RuleInfo;
use crate::source::did_you_mean;

pub use documentation::{functions_documentation, model_documentation, scopes_documentation};
pub(crate) use expr::{Decider, Fact, Item, Scope as Names, deciders, evaluate, refill, truth};
pub use front_schema::front_matter_schema;
use page::line_of;
pub use page::{PageError, Rule, Scope, parse_page};
pub(crate) use page::{Part, Template};
pub(crate) use schema::{BesideView, BucketView, Object, ObjectView, PointView, StatementView, World};

include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The rules of a run.
#[derive(Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    infos: Vec<RuleInfo>,
}

impl RuleSet {
    /// All built-in rules.
    ///
    /// # Panics
    /// Never in a build that passed its tests: a broken page is left out, and `tests/rules.rs` finds it.
    #[must_use]
    pub fn builtin() -> Self {
        use rayon::prelude::*;
        Self::of(PAGES.par_iter().filter_map(|(path, group, text)| parse_page(path, group, text).ok()).collect())
    }

    /// The mistakes in the built-in pages: none, as a test makes sure.
    #[must_use]
    pub fn builtin_mistakes() -> Vec<PageError> {
        PAGES.iter().filter_map(|(path, group, text)| parse_page(path, group, text).err()).collect()
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
            match parse_page(&shown, &group.unwrap_or_default(), &text) {
                Ok(rule) => {
                    let stem = path.file_stem().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
                    if stem != rule.info.id {
                        let message = format!("the id `{}` is not the name of the file", rule.info.id);
                        mistakes.push(fail(line_of(&text, "id"), message));
                    }
                    let same = |it: &&Rule| it.info.id == rule.info.id;
                    let earlier = match (self.rules.iter().find(same), places.get(&rule.info.id)) {
                        (_, Some(path)) => Some(format!(": {path}")),
                        (Some(_), None) => Some("; give yours another id".to_owned()),
                        (None, None) => None,
                    };
                    if let Some(earlier) = earlier {
                        let message = format!("a rule `{}` is there already{earlier}", rule.info.id);
                        mistakes.push(fail(line_of(&text, "id"), message));
                    }
                    places.insert(rule.info.id.clone(), shown.clone());
                    added.push(rule);
                }
                Err(mistake) => mistakes.push(mistake),
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        self.rules.append(&mut added);
        *self = Self::of(std::mem::take(&mut self.rules));
        Ok(())
    }

    /// The one rule of a page.
    ///
    /// # Errors
    /// The page's first mistake.
    pub fn of_page(path: &str, text: &str) -> Result<Self, PageError> {
        let group = Path::new(path).parent().and_then(Path::file_name).map(|it| it.to_string_lossy().into_owned());
        Ok(Self::of(vec![parse_page(path, &group.unwrap_or_default(), text)?]))
    }

    /// Keeps the rules of a profile, or of a framework where one is named, and those turned on; takes out those turned off.
    ///
    /// # Errors
    /// One sentence for each name that no rule, profile or framework has.
    pub fn select(
        &mut self,
        profile: &str,
        framework: Option<&str>,
        enable: &[String],
        disable: &[String],
    ) -> Result<(), Vec<String>> {
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
        let kept = |it: &Rule| {
            let id = &it.info.id;
            let in_profile = match framework {
                Some(name) => it.info.frameworks.iter().any(|(own, _)| own == name),
                None => profile == "all" || it.info.profiles.iter().any(|own| own == profile),
            };
            (in_profile || enable.contains(id)) && !disable.contains(id)
        };
        self.rules.retain(kept);
        *self = Self::of(std::mem::take(&mut self.rules));
        Ok(())
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

    /// The rules, by id.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Their descriptions, by id.
    #[must_use]
    pub fn infos(&self) -> &[RuleInfo] {
        &self.infos
    }

    fn of(mut rules: Vec<Rule>) -> Self {
        rules.sort_by(|a, b| a.info.id.cmp(&b.info.id));
        let infos = rules.iter().map(|it| it.info.clone()).collect();
        Self { rules, infos }
    }
}

/// A framework's name as pages write it: `nist` is short for `nist-800-53`, `incident` and `runbook` for
/// `incident-hardening`.
#[must_use]
pub fn framework_name(name: &str) -> &str {
    match name {
        "nist" => "nist-800-53",
        "incident" | "runbook" => "incident-hardening",
        other => other,
    }
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

/// Pages by id, for `explain` and the tests: path and whole text.
#[must_use]
pub fn builtin_pages() -> BTreeMap<&'static str, &'static str> {
    PAGES.iter().map(|(path, _, text)| (*path, *text)).collect()
}
