//! Floor 8: rule pages: loading, checking, the expression language, its binding to the model.

mod catalogue;
mod check;
mod documentation;
mod expr;
mod front;
mod front_schema;
mod functions;
mod page;
mod patterns;
mod schema;

use std::path::Path;

use crate::finding::RuleInfo;

pub(crate) use catalogue::pages_below;
pub use catalogue::{Catalogue, builtin_mistakes, builtin_pages};
pub use documentation::{functions_documentation, model_documentation, scopes_documentation};
pub(crate) use expr::{Decider, Fact, Item, Scope as Names, deciders, evaluate, refill, truth};
pub use front_schema::front_matter_schema;
use page::read_page;
pub use page::{PageError, Rule, Scope, parse_page};
pub(crate) use page::{Part, Template};
pub(crate) use schema::{BesideView, BucketView, Object, ObjectView, PointView, StatementView, World};

/// The rules of a run.
#[derive(Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    infos: Vec<RuleInfo>,
}

impl RuleSet {
    /// All built-in rules.
    #[must_use]
    pub fn builtin() -> Self {
        Catalogue::builtin().select("all", None, &[], &[]).unwrap_or_default()
    }

    /// The one rule of a page.
    ///
    /// # Errors
    /// The page's first mistake.
    pub fn of_page(path: &str, text: &str) -> Result<Self, PageError> {
        let group = Path::new(path).parent().and_then(Path::file_name).map(|it| it.to_string_lossy().into_owned());
        let (page, rule) = read_page(path, &group.unwrap_or_default(), text)?;
        Ok(Self { rules: vec![rule], infos: vec![page.info] })
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
}

impl FromIterator<(Rule, RuleInfo)> for RuleSet {
    fn from_iter<T: IntoIterator<Item = (Rule, RuleInfo)>>(all: T) -> Self {
        let (rules, infos) = all.into_iter().unzip();
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
