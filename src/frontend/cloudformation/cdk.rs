//! What CDK says of the resources in its output: the path of each construct, and the line of the program that made it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::model::Construct;
use crate::source::Span;

use super::eval::Evaluator;
use super::node::{get, text};

/// Templates in a cloud assembly end like this.
const TEMPLATE: &str = ".template.json";

/// The manifest of a cloud assembly, as far as it speaks of resources. Newer versions of CDK keep the metadata in a file
/// beside it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Manifest {
    artifacts: BTreeMap<String, Artifact>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Artifact {
    properties: Properties,
    metadata: Metadata,
    additional_metadata_file: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Properties {
    template_file: Option<String>,
}

/// Path of a construct, with a slash before it → what is noted there.
type Metadata = BTreeMap<String, Vec<Note>>;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Note {
    #[serde(rename = "type")]
    kind: String,
    data: serde_json::Value,
    trace: Vec<String>,
}

/// The constructs of a template's resources, by the place of their logical ids.
pub(super) fn constructs(evaluator: &Evaluator<'_>) -> BTreeMap<Span, Construct> {
    let noted = noted(evaluator);
    let one = |resource: &super::template::Named| {
        let written = get(&resource.node, "Metadata").and_then(|it| get(it, "aws:cdk:path")).and_then(text);
        let noted = noted.get(&resource.name);
        let path = written.or_else(|| noted.map(|it| it.path.clone()))?;
        Some((resource.at, Construct { path, created_at: noted.and_then(|it| it.created_at.clone()) }))
    };
    evaluator.template.resources.iter().filter_map(one).collect()
}

/// What the manifest beside the template says, by logical id.
fn noted(evaluator: &Evaluator<'_>) -> BTreeMap<String, Construct> {
    let path = evaluator.sources.file(evaluator.file).path.clone();
    let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    if !name.ends_with(TEMPLATE) {
        return BTreeMap::new();
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let manifest: Manifest = read(evaluator, &folder.join("manifest.json"));
    let is_own = |it: &Artifact| it.properties.template_file.as_ref() == Some(&name);
    let mut out = BTreeMap::new();
    for artifact in manifest.artifacts.into_values().filter(is_own) {
        let more: Metadata = match &artifact.additional_metadata_file {
            Some(file) if !Path::new(file).is_absolute() => read(evaluator, &folder.join(file)),
            _ => Metadata::new(),
        };
        for (path, notes) in artifact.metadata.into_iter().chain(more) {
            for note in notes.into_iter().filter(|it| it.kind == "aws:cdk:logicalId") {
                if let Some(id) = note.data.as_str() {
                    let created_at = created_at(&note.trace);
                    let path = path.trim_start_matches('/').to_owned();
                    out.insert(id.to_owned(), Construct { path, created_at });
                }
            }
        }
    }
    out
}

fn read<T: Default + serde::de::DeserializeOwned>(evaluator: &Evaluator<'_>, path: &Path) -> T {
    let Ok(file) = evaluator.sources.load(path) else { return T::default() };
    serde_json::from_str(&evaluator.sources.text(file)).unwrap_or_default()
}

/// The first step of a stack trace that is the user's own: `new Shop (lib/shop.ts:12:5)` → `lib/shop.ts:12:5`.
fn created_at(trace: &[String]) -> Option<String> {
    let foreign = ["node_modules", "node:", "<internal", "site-packages"];
    let own = trace.iter().find(|line| line.contains(':') && !foreign.iter().any(|it| line.contains(it)))?;
    let inner = own.rsplit_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|it| it.0);
    Some(inner.unwrap_or(own).trim().trim_start_matches("at ").to_owned())
}
