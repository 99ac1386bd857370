//! Values that a run is not given, though they are beside the code: in files, or those that a parameter is allowed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::source::{FileId, Sources, Span};
use crate::syntax::data::Node;
use crate::syntax::{hcl, json, yaml};

use super::beside::{Beside, head, is_of_variables};
use super::overrides::{self, Overrides};
use super::values::{of_document, of_expression, of_node, plain, words};
use super::written::{Modules, Template, open, variables};

/// One set of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsaid {
    /// The file that has them; none for a value that a parameter is allowed.
    pub path: Option<PathBuf>,
    /// Where they are, as it is shown.
    pub shown: String,
    /// The variables or parameters whose values are others than their defaults.
    pub names: Vec<String>,
    /// Values that no file of parameters gives: one that a parameter may have, those of a file of another kind.
    pub values: Vec<(String, String)>,
    /// All that the file says of them.
    pub text: String,
    /// Whether nobody knows what they are: no file says it, and their defaults are those of nobody.
    pub is_open: bool,
    /// Whether the file has more than could be read.
    pub is_unread: bool,
}

impl Unsaid {
    fn of_parameter(name: &str, value: String, why: &str) -> Self {
        Self {
            shown: format!("`{value}`, {why}"),
            names: vec![name.to_owned()],
            text: value.clone(),
            values: vec![(name.to_owned(), value)],
            ..Self::default()
        }
    }

    /// Several at once.
    fn of_parameters(values: BTreeMap<String, String>) -> Self {
        let text = values.iter().map(|(name, it)| format!("{name}={it}")).collect::<Vec<_>>().join(" ");
        Self {
            shown: format!("`{text}`, which a deployment may give them instead of their defaults"),
            names: values.keys().cloned().collect(),
            values: values.into_iter().collect(),
            text,
            ..Self::default()
        }
    }

    /// The same without the parameters that may not be so.
    #[must_use]
    pub fn only(&self, may_be: impl Fn(&str, &str) -> bool) -> Option<Self> {
        let values: Vec<(String, String)> = self.values.iter().filter(|it| may_be(&it.0, &it.1)).cloned().collect();
        (!values.is_empty()).then(|| Self { values, ..self.clone() })
    }

    /// That some variables may be anything.
    #[must_use]
    pub fn open(names: BTreeSet<String>) -> Self {
        let shown = "a default is not what each caller or deployment gives".to_owned();
        Self { shown, names: names.into_iter().collect(), is_open: true, ..Self::default() }
    }

    fn unread((path, shown): (PathBuf, &Path), text: &str) -> Self {
        let shown = shown.display().to_string();
        Self { path: Some(path), shown, text: text.to_owned(), is_unread: true, ..Self::default() }
    }

    /// Whether two say where the same values stand, or that a parameter may have one.
    #[must_use]
    pub fn is_place_of(&self, other: &Self) -> bool {
        let is_value = self.path.is_none() && other.path.is_none();
        let is_it = if is_value { self.values == other.values } else { self.shown == other.shown };
        is_it && self.is_unread == other.is_unread
    }

    fn of_file((path, shown): (PathBuf, &Path), names: Vec<String>, text: &str) -> Option<Self> {
        let shown = shown.display().to_string();
        (!names.is_empty()).then_some(Self { path: Some(path), shown, names, text: text.to_owned(), ..Self::default() })
    }
}

/// The parameters of a template, each with the values that it is allowed: none where it may be any.
type Parameters = BTreeMap<String, Vec<String>>;

/// The values of one state of the code.
pub struct Values<'a> {
    sources: &'a Sources,
    beside: RefCell<Beside>,
    /// Of files that are no templates: many templates may stand beside one.
    texts: RefCell<HashMap<PathBuf, Option<Rc<str>>>>,
    parameters: RefCell<HashMap<PathBuf, Rc<Parameters>>>,
}

impl<'a> Values<'a> {
    /// Those of a state.
    #[must_use]
    pub fn new(sources: &'a Sources) -> Self {
        Self { sources, beside: RefCell::default(), texts: RefCell::default(), parameters: RefCell::default() }
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
            let is_other = |it: &&Given| defaults.get(&it.name).is_some_and(|own| own.as_ref() != Some(&it.written));
            let names = values.iter().filter(is_other).map(|it| it.name.clone()).collect();
            let said: BTreeMap<&str, &str> = values.iter().map(|it| (it.name.as_str(), it.value.as_str())).collect();
            let said: Vec<String> = said.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            Unsaid::of_file((path, &shown), names, &said.join("\n"))
        };
        self.beside(dir).into_iter().filter_map(file).collect()
    }

    /// The variables of a root module that may be anything, where no file of values lies beside it: of one that has some, the defaults
    /// are what it is given besides.
    #[must_use]
    pub fn open(&self, dir: &Path) -> BTreeSet<String> {
        let has_values = self.beside(dir).iter().any(|it| is_of_variables(&it.0));
        if has_values { BTreeSet::new() } else { open(dir, self.sources) }
    }

    /// All that a root module and the modules that it calls say, as one short text.
    #[must_use]
    pub fn code_of_root(&self, dir: &Path) -> String {
        Modules::new(self.sources, dir).whole()
    }

    /// Whether a root module says what another of before said, but for what its variables are called.
    #[must_use]
    pub fn has_only_renamed(&self, dir: &Path, (before, was): (&Self, &Path)) -> bool {
        Modules::new(self.sources, dir).has_only_renamed(&Modules::new(before.sources, was))
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
            all.extend(others.map(|own| Unsaid::of_parameter(name, own, "which its `AllowedValues` have")));
            inputs.push((name, default));
        }
        let is_other = |name: &str, own: &str| inputs.iter().any(|it| it.0 == name && it.1.as_deref() != Some(own));
        for (file, shown) in self.beside(path.parent().unwrap_or(Path::new(""))) {
            let Some(text) = self.text(&file) else { continue };
            let given = overrides::of(&file, &text);
            if !given.is_empty() {
                for it in given.into_iter().filter(|it| it.may_be_of(path)) {
                    all.extend((!it.is_whole).then(|| Unsaid::unread((file.clone(), &shown), &text)));
                    all.extend(of_overrides(it, (&file, &shown), &is_other));
                }
                continue;
            }
            if !inputs.iter().any(|it| text.contains(it.0)) {
                continue;
            }
            let documents: Vec<Node> = match file.extension().and_then(OsStr::to_str) {
                Some("json") => json::parse(FileId(0), &text).tree.into_iter().collect(),
                Some("toml") => continue,
                _ => yaml::parse(FileId(0), &text).tree,
            };
            let is_given = |name: &str| {
                let own = documents.iter().find_map(|own| of_document(own, name, &text));
                own.is_some_and(|own| is_other(name, &bare(&own)))
            };
            let names = inputs.iter().filter(|it| is_given(it.0)).map(|it| it.0.to_owned()).collect();
            all.extend(Unsaid::of_file((file, &shown), names, &text));
        }
        // What stands in no file comes last.
        let deciding = template.deciding(&text);
        for (name, values) in template.tried(&deciding) {
            let why = "which a deployment may give it instead of its default";
            all.extend(values.into_iter().map(|own| Unsaid::of_parameter(&name, own, why)));
        }
        all.extend(template.together(&deciding).into_iter().map(Unsaid::of_parameters));
        all
    }

    fn parameters(&self, path: &Path) -> Rc<Parameters> {
        let read = || {
            let Ok(file) = self.sources.load(path) else { return Rc::default() };
            let text = self.sources.text(file);
            let value = |at: Span| bare(text.get(at.range()).unwrap_or_default());
            let template = Template::of(file, path, &text);
            let all = template.inputs().map(|it| (it.0.to_owned(), it.2.into_iter().map(value).collect()));
            Rc::new(all.collect())
        };
        Rc::clone(self.parameters.borrow_mut().entry(path.to_path_buf()).or_insert_with(read))
    }

    /// The names of the variables of a folder.
    #[must_use]
    pub fn variables(&self, dir: &Path) -> BTreeSet<String> {
        variables(dir, self.sources).into_keys().collect()
    }

    /// The names of the parameters of a template.
    #[must_use]
    pub fn parameter_names(&self, path: &Path) -> Vec<String> {
        self.parameters(path).keys().cloned().collect()
    }

    /// Whether a template has a parameter of a name.
    #[must_use]
    pub fn declares(&self, path: &Path, name: &str) -> bool {
        self.parameters(path).contains_key(name)
    }

    /// Whether a deployment may give a parameter of a template a value.
    #[must_use]
    pub fn may_be(&self, path: &Path, name: &str, value: &str) -> bool {
        self.parameters(path).get(name).is_some_and(|all| all.is_empty() || all.iter().any(|it| it == value))
    }
}

/// What a file that is none of parameters gives.
fn of_overrides(it: Overrides, (path, shown): (&Path, &Path), is_other: &dyn Fn(&str, &str) -> bool) -> Option<Unsaid> {
    let names: Vec<String> = it.values.iter().filter(|it| is_other(&it.0, &it.1)).map(|it| it.0.clone()).collect();
    let place = if it.name.is_empty() { String::new() } else { format!(", {}", it.name) };
    let shown = format!("{}{place}", shown.display());
    let text = it.values.iter().map(|(name, value)| format!("{name}={value:?}")).collect::<Vec<_>>().join(" ");
    let path = Some(path.to_path_buf());
    (!names.is_empty()).then_some(Unsaid { path, shown, names, values: it.values, text, ..Unsaid::default() })
}

/// Whether Terraform reads a file by itself.
fn is_read(path: &Path, dir: &Path) -> bool {
    let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.strip_suffix(".json").unwrap_or(&name);
    path.parent() == Some(dir) && (name == "terraform.tfvars" || name.ends_with(".auto.tfvars"))
}

/// What a variable file says of a variable.
struct Given {
    name: String,
    /// As it is written there.
    written: String,
    /// The same, however it is laid out.
    value: String,
}

fn values(path: &Path, text: &str, declared: &BTreeMap<String, Option<String>>) -> Vec<Given> {
    if path.extension().is_some_and(|it| it == "json") {
        let Some(tree) = json::parse(FileId(0), text).tree else { return Vec::new() };
        let given = |name: &String| {
            let it = tree.get(name)?;
            Some(Given { name: name.clone(), written: plain(it, text), value: of_node(it) })
        };
        return declared.keys().filter_map(given).collect();
    }
    let body = hcl::parse_body(FileId(0), text).tree;
    let written = |at: Span| words(text.get(at.range()).unwrap_or_default());
    let own = body.attributes.iter().filter(|it| declared.contains_key(&it.name.text));
    own.map(|it| Given {
        name: it.name.text.clone(),
        written: written(it.value.span),
        value: of_expression(&it.value, text),
    })
    .collect()
}

fn bare(text: &str) -> String {
    text.trim_matches(['"', '\'']).to_owned()
}
