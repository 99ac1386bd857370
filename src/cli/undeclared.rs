//! Values that a run is given for what nothing in it declares: a slip that would leave the defaults in force without a word. Terraform
//! refuses them on its command line and warns of those in files, CloudFormation refuses them.

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::frontend::terraform::is_code;
use crate::gate::widened::unsaid::Values;
use crate::source::{FileId, Sources, did_you_mean, normal};
use crate::syntax::{hcl, json};

use super::commands::Looked;
use super::config::Found;
use super::inputs::Inputs;
use super::pipeline::Options;

/// The variables that the code of a run declares.
struct Variables {
    names: BTreeSet<String>,
    /// Whether some may be declared where nobody looks: a unit of Terragrunt has its code elsewhere, a plan has none.
    has_others: bool,
}

impl Variables {
    fn of(sources: &Sources, files: &[FileId], values: &Values<'_>) -> Self {
        let (mut dirs, mut has_others) = (BTreeSet::new(), false);
        for file in files.iter().map(|it| sources.file(*it)) {
            match is_code(&file.path) {
                true => drop(dirs.insert(folder(&file.path))),
                false => has_others |= file.path.extension().is_some_and(|it| it == "hcl"),
            }
        }
        has_others |= dirs.is_empty();
        Self { names: dirs.iter().flat_map(|it| values.variables(it)).collect(), has_others }
    }

    fn has(&self, name: &str) -> bool {
        self.has_others || self.names.contains(name)
    }
}

fn folder(path: &Path) -> PathBuf {
    normal(path.parent().unwrap_or(Path::new("")))
}

/// The parameters that the templates of a run declare.
fn parameters_of(sources: &Sources, files: &[FileId], values: &Values<'_>) -> BTreeSet<String> {
    let all = files.iter().map(|it| sources.file(*it)).filter(|it| !is_code(&it.path));
    all.flat_map(|it| values.parameter_names(&it.path)).collect()
}

/// What is said of values for what nothing declares; of those of the configuration where all of its code is looked at.
pub(super) fn complaints(inputs: &Inputs<'_>, looked: &Looked, found: &Found) -> Vec<String> {
    // What comes without a name has no folder.
    if inputs.has_stdin() {
        return Vec::new();
    }
    let (terraform, cloudformation) = (&found.config.terraform, &found.config.cloudformation);
    let given = inputs.input();
    let mut variables: Vec<(&str, &str)> = given.vars.iter().map(|it| ("--var", it.0.as_str())).collect();
    let mut parameters: Vec<(&str, &str)> = given.params.iter().map(|it| ("--param", it.0.as_str())).collect();
    if inputs.is_whole() {
        let own = "the configuration (terraform)";
        let of_roots = terraform.roots.iter().flat_map(|it| it.vars.keys());
        variables.extend(terraform.vars.keys().chain(of_roots).map(|it| (own, it.as_str())));
        let own = "the configuration (cloudformation)";
        let of_templates = cloudformation.templates.iter().flat_map(|it| it.parameters.keys());
        parameters.extend(cloudformation.parameters.keys().chain(of_templates).map(|it| (own, it.as_str())));
    }
    undeclared((&looked.sources, &looked.files), &looked.options, &variables, &parameters)
}

/// What is said of values that nothing in `files` declares. `variables` and `parameters` are single ones, with where they are said.
fn undeclared(
    (sources, files): (&Sources, &[FileId]),
    options: &Options,
    variables: &[(&str, &str)],
    parameters: &[(&str, &str)],
) -> Vec<String> {
    // Who is given nothing pays nothing: the code is read once more for these names alone.
    let values = Values::new(sources);
    let declared = LazyCell::new(|| Variables::of(sources, files, &values));
    let declared_parameters = LazyCell::new(|| parameters_of(sources, files, &values));
    let mut told = Vec::new();
    let mut tell = |it: String| {
        if !told.contains(&it) {
            told.push(it);
        }
    };
    for (said, name) in variables.iter().filter(|it| !declared.has(it.1)) {
        let meant = did_you_mean(name, declared.names.iter().map(String::as_str));
        tell(format!("{said} `{name}`: nothing here declares a variable of this name{meant}"));
    }
    for (said, name) in parameters.iter().filter(|it| !declared_parameters.contains(it.1)) {
        let meant = did_you_mean(name, declared_parameters.iter().map(String::as_str));
        tell(format!("{said} `{name}`: nothing here declares a parameter of this name{meant}"));
    }
    let of_environments = options.environments.iter().flat_map(|it| &it.1);
    let of_roots = options.of_roots.values().flat_map(|it| &it.variable_files);
    for path in options.variable_files.iter().chain(of_roots).chain(of_environments) {
        for (name, line) in names(sources, path).into_iter().filter(|it| !declared.has(&it.0)) {
            let meant = did_you_mean(&name, declared.names.iter().map(String::as_str));
            let path = normal(path).display().to_string();
            tell(format!("{path}:{line}: nothing here declares a variable `{name}`{meant}"));
        }
    }
    // What Terraform reads by itself is for the code beside it: the run has read it, too.
    let ids = (0..sources.len()).filter_map(|it| u32::try_from(it).ok()).map(FileId);
    let read = ids.map(|it| sources.file(it)).filter(|it| is_read_by_itself(&it.path));
    let read: BTreeSet<PathBuf> = read.map(|it| it.path.clone()).collect();
    for path in &read {
        let own = values.variables(&folder(path));
        for (name, line) in names(sources, path).into_iter().filter(|it| !own.is_empty() && !own.contains(&it.0)) {
            let meant = did_you_mean(&name, own.iter().map(String::as_str));
            let path = normal(path).display().to_string();
            tell(format!("{path}:{line}: the code beside it declares no variable `{name}`{meant}"));
        }
    }
    told
}

fn is_read_by_itself(path: &Path) -> bool {
    let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    matches!(name.as_str(), "terraform.tfvars" | "terraform.tfvars.json")
        || name.ends_with(".auto.tfvars")
        || name.ends_with(".auto.tfvars.json")
}

/// The names that a file gives values, with their lines.
fn names(sources: &Sources, path: &Path) -> Vec<(String, usize)> {
    let Ok(file) = sources.load(path) else { return Vec::new() };
    let text = sources.text(file);
    let line = |at: usize| 1 + text.get(..at).unwrap_or_default().matches('\n').count();
    if path.extension().is_some_and(|it| it == "json") {
        let tree = json::parse(file, &text).tree;
        let pairs = tree.iter().flat_map(|it| it.entries());
        return pairs.filter_map(|it| Some((it.key.text()?, line(it.key.span.range().start)))).collect();
    }
    let attributes = hcl::parse_body(file, &text).tree.attributes;
    attributes.into_iter().map(|it| (it.name.text.to_string(), line(it.name.span.range().start))).collect()
}
