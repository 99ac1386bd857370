//! What a root module is given: variable files, variables of the command line, the manifest of downloaded modules.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::source::{Diagnostic, Gravity, Sources};
use crate::syntax::data::NodeKind;
use crate::syntax::{hcl, json};
use crate::value::{Val, from_node};

use super::eval::{World, normal};
use super::{Given, Options, Variables, contracts, plan};

/// A module that `terraform init` fetched.
pub(super) struct Fetched {
    /// Where it lies.
    pub dir: PathBuf,
    source: Option<String>,
    version: Option<String>,
}

impl Fetched {
    /// Whether it is what a call asks for, as far as the manifest tells.
    pub fn fits(&self, source: &str, version: Option<&str>) -> bool {
        let is_source = self.source.as_deref().is_none_or(|it| contracts::is_same(it, source));
        let own = self.version.as_deref().and_then(contracts::Constraint::parse);
        let asked = version.map(contracts::Constraint::parse);
        is_source
            && match (own, asked) {
                (Some(own), Some(Some(asked))) => asked.meets(&own),
                _ => true,
            }
    }
}

/// The manifest of `terraform init`: dotted path of module calls → what was fetched.
pub(super) fn manifest(sources: &Sources, root: &Path) -> BTreeMap<String, Fetched> {
    let path = root.join(".terraform/modules/modules.json");
    let Ok(file) = sources.load(&path) else { return BTreeMap::new() };
    let Ok(manifest) = serde_json::from_str::<Manifest>(&sources.text(file)) else { return BTreeMap::new() };
    let entries = manifest.modules.into_iter().filter(|it| !it.key.is_empty());
    let fetched = |it: &ManifestEntry| Fetched {
        dir: normal(&root.join(&it.dir)),
        source: it.source.clone(),
        version: it.version.clone(),
    };
    entries.map(|it| (it.key.clone(), fetched(&it))).collect()
}

#[derive(serde::Deserialize)]
struct Manifest {
    #[serde(rename = "Modules")]
    modules: Vec<ManifestEntry>,
}

#[derive(serde::Deserialize)]
struct ManifestEntry {
    #[serde(rename = "Key")]
    key: String,
    #[serde(rename = "Dir")]
    dir: PathBuf,
    #[serde(rename = "Source")]
    source: Option<String>,
    #[serde(rename = "Version")]
    version: Option<String>,
}

/// `terraform.tfvars`, `*.auto.tfvars` in order, files of the command line, single variables: later ones win.
pub(super) fn variables(
    sources: &Sources,
    root: &Path,
    options: &Options,
    world: &World,
) -> (Variables, Vec<Diagnostic>) {
    let mut files: Vec<PathBuf> =
        ["terraform.tfvars", "terraform.tfvars.json"].iter().map(|it| root.join(it)).collect();
    let auto = |it: &PathBuf| {
        let name = it.to_string_lossy();
        name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json")
    };
    files.extend(sources.fs().list(root).into_iter().filter(auto));
    files.retain(|it| sources.fs().is_file(it));
    let (mut values, mut diagnostics) = (Variables::new(), Vec::new());
    let files = files.into_iter().chain(options.var_files.iter().cloned()).map(Given::File);
    let singles = options.vars.iter().map(|(name, text)| Given::Value(name.clone(), text.clone()));
    for given in files.chain(singles) {
        give(sources, &given, world, &mut values, &mut diagnostics);
    }
    // What was read before has nothing new to complain of.
    for given in &options.again {
        give(sources, given, world, &mut values, &mut Vec::new());
    }
    (values, diagnostics)
}

fn give(sources: &Sources, given: &Given, world: &World, values: &mut Variables, diagnostics: &mut Vec<Diagnostic>) {
    match given {
        Given::File(path) => match sources.load(path) {
            Ok(file) => read(sources, file, path, world, values),
            Err(error) => {
                let message = format!("the variable file {} {error}", path.display());
                diagnostics.push(Diagnostic::path("unreadable-file", Gravity::Usage, path, message));
            }
        },
        Given::Value(name, text) => {
            values.insert(name.clone(), single(sources, world, &format!("--var {name}"), text));
        }
    }
}

/// The value of a single variable as a command line has it.
pub(super) fn single(sources: &Sources, world: &World, shown: &str, text: &str) -> Val {
    let file = sources.add(Path::new(shown), text);
    let parsed = hcl::parse_expression(file, text);
    let simple = parsed.errors.is_empty() && text.starts_with(['[', '{', '"']);
    match simple {
        true => world.constant(&parsed.tree),
        false => Val::string(text, crate::value::Origin::default()),
    }
}

/// The values that a plan was made with: they win over files, for the plan is what will be applied.
pub(super) fn planned(document: &plan::Document, reader: plan::Reader) -> Variables {
    document.variables.iter().filter_map(|(name, it)| Some((name.to_string(), reader.value(*it)?))).collect()
}

/// Adds the values of a variable file.
pub(super) fn read(sources: &Sources, file: crate::source::FileId, path: &Path, world: &World, values: &mut Variables) {
    let text = sources.text(file);
    if path.extension().is_some_and(|it| it == "json") {
        let parsed = json::parse(file, &text);
        world.report_syntax(&parsed.errors);
        if let Some(it) = parsed.tree.as_ref().filter(|it| !matches!(it.kind, NodeKind::Mapping(_))) {
            world.note("invalid-variables", it.span, "expected an object with the values of variables".to_owned());
        }
        for pair in parsed.tree.iter().flat_map(|it| it.entries()) {
            values.insert(pair.key.text().unwrap_or_default(), from_node(&pair.value));
        }
        return;
    }
    let parsed = hcl::parse_body(file, &text);
    world.report_syntax(&parsed.errors);
    for block in &parsed.tree.blocks {
        let message = format!("`{}` is a block: only values stand in a file of variables", block.kind.text);
        world.note("invalid-variables", block.header, message);
    }
    for attribute in &parsed.tree.attributes {
        values.insert(attribute.name.text.clone(), world.constant(&attribute.value));
    }
}
