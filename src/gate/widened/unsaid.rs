//! Values that a run is not given, though they are beside the code: in files, or those that a parameter is allowed.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::source::{FileId, Sources, Span};
use crate::syntax::data::Node;
use crate::syntax::{hcl, json, yaml};

use super::beside::{Beside, head, is_of_variables};
use super::values::{of_document, plain, words};
use super::written::{Modules, Template, variables};

/// One set of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsaid {
    /// The file that has them; none for a value that a parameter is allowed.
    pub path: Option<PathBuf>,
    /// Where they are, as it is shown.
    pub shown: String,
    /// The variables or parameters whose values are others than their defaults.
    pub names: Vec<String>,
    /// The value that the parameter is allowed.
    pub value: Option<String>,
    /// All that the file says.
    pub text: String,
}

impl Unsaid {
    fn of_file((path, shown): (PathBuf, &Path), names: Vec<String>, text: &str) -> Option<Self> {
        let shown = shown.display().to_string();
        (!names.is_empty()).then_some(Self { path: Some(path), shown, names, value: None, text: text.to_owned() })
    }
}

/// The values of one state of the code.
pub struct Values<'a> {
    sources: &'a Sources,
    beside: RefCell<Beside>,
    /// Of files that are no templates: many templates may stand beside one.
    texts: RefCell<HashMap<PathBuf, Option<Rc<str>>>>,
}

impl<'a> Values<'a> {
    /// Those of a state.
    #[must_use]
    pub fn new(sources: &'a Sources) -> Self {
        Self { sources, beside: RefCell::default(), texts: RefCell::default() }
    }

    fn text(&self, path: &Path) -> Option<Rc<str>> {
        let is_template = |it: &str| it.contains("Resources:") || it.contains("\"Resources\"");
        let read = || head(self.sources.fs(), path).filter(|it| !is_template(it)).map(Rc::from);
        self.texts.borrow_mut().entry(path.to_path_buf()).or_insert_with(read).clone()
    }

    fn beside(&self, folder: &Path) -> Vec<(PathBuf, PathBuf)> {
        self.beside.borrow_mut().of(self.sources.fs(), folder)
    }

    /// The files with other values for the variables of a root module.
    #[must_use]
    pub fn of_root(&self, dir: &Path) -> Vec<Unsaid> {
        let sources = self.sources;
        let text = |at: Span| words(sources.text(at.file).get(at.range()).unwrap_or_default());
        let defaults: BTreeMap<String, Option<String>> =
            variables(dir, sources).into_iter().map(|(name, it)| (name, it.map(text))).collect();
        let file = |(path, shown): (PathBuf, PathBuf)| {
            let text =
                Some(&path).filter(|it| is_of_variables(it) && !is_read(it, dir)).and_then(|it| self.text(it))?;
            let values = values(&path, &text, &defaults);
            let is_other = |it: &&(String, String)| defaults.get(&it.0).is_some_and(|own| own.as_ref() != Some(&it.1));
            let names = values.iter().filter(is_other).map(|it| it.0.clone()).collect();
            Unsaid::of_file((path, &shown), names, &text)
        };
        self.beside(dir).into_iter().filter_map(file).collect()
    }

    /// All that a root module and the modules that it calls say, as one short text.
    #[must_use]
    pub fn code_of_root(&self, dir: &Path) -> String {
        Modules::new(self.sources, dir).whole()
    }

    /// What the parameters of a template may be beside their defaults: in files of parameters, and by `AllowedValues`.
    #[must_use]
    pub fn of_template(&self, path: &Path) -> Vec<Unsaid> {
        let sources = self.sources;
        let Ok(file) = sources.load(path) else { return Vec::new() };
        let text = sources.text(file);
        let template = Template::of(file, path, &text);
        let value = |at: Span| bare(&words(text.get(at.range()).unwrap_or_default()));
        let mut inputs: Vec<(&str, Option<String>)> = Vec::new();
        let mut all = Vec::new();
        for (name, default, allowed) in template.inputs() {
            let default = default.map(value);
            let others = allowed.into_iter().map(value).filter(|it| default.as_ref().is_some_and(|own| own != it));
            all.extend(others.map(|own| Unsaid {
                path: None,
                shown: format!("`{own}`, which its `AllowedValues` have"),
                names: vec![name.to_owned()],
                text: own.clone(),
                value: Some(own),
            }));
            inputs.push((name, default));
        }
        let file = |(path, shown): (PathBuf, PathBuf)| {
            let text = self.text(&path).filter(|it| inputs.iter().any(|own| it.contains(own.0)))?;
            let documents: Vec<Node> = match path.extension().is_some_and(|it| it == "json") {
                true => json::parse(FileId(0), &text).tree.into_iter().collect(),
                false => yaml::parse(FileId(0), &text).tree,
            };
            let is_other = |it: &&(&str, Option<String>)| {
                let own = documents.iter().find_map(|own| of_document(own, it.0, &text));
                own.is_some_and(|own| it.1.as_ref() != Some(&bare(&own)))
            };
            let names = inputs.iter().filter(is_other).map(|it| it.0.to_owned()).collect();
            Unsaid::of_file((path, &shown), names, &text)
        };
        all.extend(self.beside(path.parent().unwrap_or(Path::new(""))).into_iter().filter_map(file));
        all
    }
}

/// Whether Terraform reads a file by itself.
fn is_read(path: &Path, dir: &Path) -> bool {
    let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.strip_suffix(".json").unwrap_or(&name);
    path.parent() == Some(dir) && (name == "terraform.tfvars" || name.ends_with(".auto.tfvars"))
}

fn values(path: &Path, text: &str, declared: &BTreeMap<String, Option<String>>) -> Vec<(String, String)> {
    if path.extension().is_some_and(|it| it == "json") {
        let Some(tree) = json::parse(FileId(0), text).tree else { return Vec::new() };
        return declared.keys().filter_map(|it| Some((it.clone(), plain(tree.get(it)?, text)))).collect();
    }
    let body = hcl::parse_body(FileId(0), text).tree;
    let value = |at: Span| words(text.get(at.range()).unwrap_or_default());
    body.attributes.iter().map(|it| (it.name.text.clone(), value(it.value.span))).collect()
}

fn bare(text: &str) -> String {
    text.trim_matches(['"', '\'']).to_owned()
}
