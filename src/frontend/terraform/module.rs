//! One module: the blocks of a directory, bodies parsed when something asks for them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::source::{Diagnostic, FileId, Gravity, Sources, Span};
use crate::syntax::hcl::{self, Body, Name, TopBlock};
use crate::syntax::{SyntaxError, json};

use super::lifecycle::{self, LIFECYCLE};

/// A top-level block, its body parsed once.
pub(super) struct Block {
    pub head: TopBlock,
    pub file: FileId,
    /// Bodies of `override.tf` files, later ones last.
    pub overrides: Vec<Arc<Block>>,
    body: OnceLock<Arc<Body>>,
}

impl Block {
    /// The body, with override files merged: an attribute or a kind of nested block that an override has replaces ours; of `lifecycle`
    /// each argument does. <https://developer.hashicorp.com/terraform/language/files/override#merging-resource-and-data-blocks>
    pub fn body(&self, world: &super::World) -> Arc<Body> {
        let parsed = self.body.get_or_init(|| {
            let text = world.sources.text(self.file);
            let parsed = self.head.body(&text);
            world.report_syntax(&parsed.errors);
            let mut body = parsed.tree;
            for other in &self.overrides {
                merge(&mut body, &other.body(world));
            }
            Arc::new(body)
        });
        parsed.clone()
    }

    /// The `index`-th label's text.
    pub fn label(&self, index: usize) -> &str {
        self.head.labels.get(index).map_or("", |it: &Name| it.text.as_str())
    }
}

fn merge(body: &mut Body, over: &Body) {
    let mut over = Cow::Borrowed(over);
    if over.attribute(LIFECYCLE).is_some() || over.blocks_of(LIFECYCLE).next().is_some() {
        lifecycle::keep(body, over.to_mut());
    }
    for attribute in &over.attributes {
        body.attributes.retain(|it| it.name.text != attribute.name.text);
        body.attributes.push(attribute.clone());
    }
    // A dynamic block counts as a block of its label; JSON writes blocks as attributes.
    let kind = |it: &hcl::Block| match (it.kind.text.as_str(), it.labels.first()) {
        ("dynamic", Some(label)) => label.text.clone(),
        (kind, _) => kind.to_owned(),
    };
    let replaced: Vec<String> = over.blocks.iter().map(kind).collect();
    body.attributes.retain(|it| !replaced.contains(&it.name.text));
    body.blocks.retain(|it| !replaced.contains(&kind(it)) && over.attribute(&kind(it)).is_none());
    body.blocks.extend(over.blocks.iter().cloned());
}

type Blocks = BTreeMap<String, Arc<Block>>;

/// The blocks of a directory.
#[derive(Default)]
pub(super) struct Module {
    pub dir: PathBuf,
    pub files: Vec<FileId>,
    pub variables: Blocks,
    pub outputs: Blocks,
    pub calls: Blocks,
    /// Name → the expression's place is found in the block's body.
    pub locals: BTreeMap<String, Arc<Block>>,
    /// `(type, name)`.
    pub resources: BTreeMap<(String, String), Arc<Block>>,
    pub data: BTreeMap<(String, String), Arc<Block>>,
    /// Provider configurations.
    pub providers: Vec<Arc<Block>>,
    /// What was called otherwise before.
    pub moved: Vec<Arc<Block>>,
    /// What the code has let go of.
    pub removed: Vec<Arc<Block>>,
    /// Complaints about bodies that had to be read to find their names.
    complaints: Vec<Diagnostic>,
}

impl Module {
    /// Whether anything in the directory can say something about S3, or lead to a module that does.
    pub fn concerns_s3(&self) -> bool {
        let typed = |it: &(String, String)| it.0.contains("s3") || super::resources::concerns_s3(&it.0);
        let has_others = !self.calls.is_empty() || !self.removed.is_empty();
        has_others || self.resources.keys().any(typed) || self.data.keys().any(typed)
    }
}

/// A file that is written into a directory before it is used.
pub(super) struct Extra {
    pub name: PathBuf,
    pub file: FileId,
    /// Whether a file of this name that is there stays.
    pub yields: bool,
}

/// Reads the configuration files of a directory, and those that are written into it.
pub(super) fn load(sources: &Sources, dir: &Path, extra: &[Extra], diagnostics: &mut Vec<Diagnostic>) -> Module {
    let mut module = Module { dir: dir.to_path_buf(), ..Module::default() };
    let mut overrides = Vec::new();
    let all = all_files(sources, dir);
    diagnostics.extend(mixed(sources, &all));
    let own = configuration_files(all);
    let written: Vec<&Extra> = extra.iter().filter(|it| !it.yields || !own.contains(&dir.join(&it.name))).collect();
    let replaced = |it: &PathBuf| written.iter().any(|new| dir.join(&new.name) == *it);
    for path in own.into_iter().filter(|it| !replaced(it)) {
        let file = match sources.load(&path) {
            Ok(file) => file,
            Err(error) => {
                let message = format!("{} {error}", path.display());
                diagnostics.push(Diagnostic::path("unreadable-file", Gravity::Incomplete, &path, message));
                continue;
            }
        };
        module.files.push(file);
        let blocks = blocks_of(sources, file, &path, diagnostics);
        if is_override(&path) {
            overrides.extend(blocks);
        } else {
            for block in blocks {
                module.add(block, sources);
            }
        }
    }
    for new in written {
        for block in blocks_of(sources, new.file, &new.name, diagnostics) {
            module.add(block, sources);
        }
        module.files.push(new.file);
    }
    for block in overrides {
        module.overlay(block, sources);
    }
    diagnostics.append(&mut module.complaints);
    module
}

/// The blocks of one file by itself.
pub(super) fn of_file(sources: &Sources, file: FileId, path: &Path, diagnostics: &mut Vec<Diagnostic>) -> Module {
    let mut module = Module { files: vec![file], ..Module::default() };
    for block in blocks_of(sources, file, path, &mut Vec::new()) {
        module.add(block, sources);
    }
    diagnostics.append(&mut module.complaints);
    module
}

fn blocks_of(sources: &Sources, file: FileId, path: &Path, diagnostics: &mut Vec<Diagnostic>) -> Vec<Block> {
    let text = sources.text(file);
    let is_json = path.extension().is_some_and(|it| it == "json");
    let parsed = if is_json {
        let tree = json::parse(file, &text);
        diagnostics.extend(tree.errors.iter().map(SyntaxError::diagnostic));
        match tree.tree {
            Some(root) => hcl::from_json(file, &root),
            None => return Vec::new(),
        }
    } else {
        hcl::index(file, &text)
    };
    diagnostics.extend(parsed.errors.iter().map(SyntaxError::diagnostic));
    let block = |head| Block { head, file, overrides: Vec::new(), body: OnceLock::new() };
    parsed.tree.blocks.into_iter().map(block).collect()
}

/// `.tf` and `.tf.json`, and OpenTofu's endings.
const ENDINGS: [&str; 4] = [".tf", ".tf.json", ".tofu", ".tofu.json"];

/// Whether a file is one of Terraform's or OpenTofu's, by its name.
#[must_use]
pub fn is_code(path: &Path) -> bool {
    ENDINGS.iter().any(|it| path.as_os_str().as_encoded_bytes().ends_with(it.as_bytes()))
}

/// The files of a module.
fn all_files(sources: &Sources, dir: &Path) -> Vec<PathBuf> {
    let wanted = |it: &PathBuf| {
        let name = name(it);
        is_code(it) && !name.starts_with('.') && (sources.has(it) || sources.fs().is_file(it))
    };
    sources.fs().list(dir).into_iter().filter(wanted).collect()
}

fn name(path: &Path) -> String {
    path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default()
}

pub(super) fn is_tofu(path: &Path) -> bool {
    let name = name(path);
    name.ends_with(".tofu") || name.ends_with(".tofu.json")
}

/// Whether a `.tofu` file replaces a `.tf` file: that of the same name.
fn is_replaced(path: &Path, tofu: &BTreeSet<String>) -> bool {
    if tofu.is_empty() {
        return false;
    }
    let name = name(path);
    let stem = |end: &str| name.strip_suffix(end);
    let other =
        stem(".tf").map(|it| format!("{it}.tofu")).or_else(|| stem(".tf.json").map(|it| format!("{it}.tofu.json")));
    other.is_some_and(|it| tofu.contains(&it))
}

/// The names of OpenTofu's files.
fn tofu_names(all: &[PathBuf]) -> BTreeSet<String> {
    all.iter().filter(|it| is_tofu(it)).map(|it| name(it)).collect()
}

/// The files that OpenTofu reads.
fn configuration_files(mut all: Vec<PathBuf>) -> Vec<PathBuf> {
    let tofu = tofu_names(&all);
    all.retain(|it| !is_replaced(it, &tofu));
    all
}

/// Terraform passes over `.tofu` files. Beside `.tf` files nobody knows who reads the folder, which matters where they, or what they
/// replace, say more than which program they want.
/// <https://opentofu.org/docs/language/files/#file-extension>
fn mixed(sources: &Sources, all: &[PathBuf]) -> Option<Diagnostic> {
    let tofu = tofu_names(all);
    if tofu.is_empty() || tofu.len() == all.len() {
        return None;
    }
    let says_more = |path: &&PathBuf| {
        let Ok(file) = sources.load(path) else { return true };
        blocks_of(sources, file, path, &mut Vec::new()).iter().any(|it| it.head.kind.text != "terraform")
    };
    let first = all.iter().filter(|it| is_tofu(it) || is_replaced(it, &tofu)).find(says_more)?;
    let name = name(first);
    let (path, what) = match is_tofu(first) {
        true => (
            first.clone(),
            format!(
                "`{name}` stands beside `.tf` files: it is judged, as OpenTofu reads it, and Terraform passes over it"
            ),
        ),
        false => (
            first.clone(),
            format!(
                "`{name}` is passed over for the `.tofu` file of the same name, as OpenTofu does; Terraform reads it"
            ),
        ),
    };
    let help = "where OpenTofu reads this code, say `terraform: { opentofu: true }` in the configuration; else remove the `.tofu` file";
    Some(Diagnostic::path(OPENTOFU, Gravity::Incomplete, path, what).help(help))
}

/// What is said of a folder that OpenTofu and Terraform read differently.
pub const OPENTOFU: &str = "opentofu-files";

/// Terraform refuses a second block of one name: what it would do is not known, and only the second is judged.
fn duplicate(kind: &str, name: &str, at: Span) -> Diagnostic {
    let message = format!("a second {kind} `{name}` in one module: Terraform refuses it, and only this one was judged");
    Diagnostic::at("duplicate-block", Gravity::Incomplete, at, message).help("rename or remove one of them")
}

/// Said at the first block where the second is in another file: whoever checks the first file alone must hear of it.
fn shadowed(kind: &str, name: &str, at: Span) -> Diagnostic {
    let message = format!(
        "another file of the module has a second {kind} `{name}`: Terraform refuses it, and this one was not judged"
    );
    Diagnostic::at("duplicate-block", Gravity::Incomplete, at, message).help("rename or remove one of them")
}

fn is_override(path: &Path) -> bool {
    let name = path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let endings = [".tf.json", ".tofu.json", ".tf", ".tofu"];
    let stem = endings.iter().find_map(|it| name.strip_suffix(it)).unwrap_or(&name);
    stem == "override" || stem.ends_with("_override")
}

impl Module {
    fn add(&mut self, block: Block, sources: &Sources) {
        let block = Arc::new(block);
        let (first, second) = (block.label(0).to_owned(), block.label(1).to_owned());
        let head = (block.head.kind.text.clone(), block.head.header);
        let earlier = match block.head.kind.text.as_str() {
            "variable" => self.variables.insert(first, block),
            "output" => self.outputs.insert(first, block),
            "module" => self.calls.insert(first, block),
            "resource" => self.resources.insert((first, second), block),
            "data" => self.data.insert((first, second), block),
            "provider" => {
                self.providers.push(block);
                None
            }
            "moved" => {
                self.moved.push(block);
                None
            }
            "removed" => {
                self.removed.push(block);
                None
            }
            "locals" => {
                let parsed = block.head.body(&sources.text(block.file));
                self.complaints.extend(parsed.errors.iter().map(SyntaxError::diagnostic));
                for attribute in &parsed.tree.attributes {
                    let earlier = self.locals.insert(attribute.name.text.clone(), block.clone());
                    if earlier.is_some() {
                        self.complaints.push(duplicate("local value", &attribute.name.text, attribute.name.span));
                    }
                }
                None
            }
            _ => None,
        };
        if let Some(earlier) = earlier {
            let names: Vec<&str> = earlier.head.labels.iter().map(|it| it.text.as_str()).collect();
            self.complaints.push(duplicate(&head.0, &names.join("."), head.1));
            if earlier.head.header.file != head.1.file {
                self.complaints.push(shadowed(&head.0, &names.join("."), earlier.head.header));
            }
        }
    }

    fn overlay(&mut self, block: Block, sources: &Sources) {
        let key = (block.label(0).to_owned(), block.label(1).to_owned());
        let base = match block.head.kind.text.as_str() {
            "variable" => self.variables.get_mut(&key.0),
            "output" => self.outputs.get_mut(&key.0),
            "module" => self.calls.get_mut(&key.0),
            "resource" => self.resources.get_mut(&key),
            "data" => self.data.get_mut(&key),
            _ => None,
        };
        match base.and_then(Arc::get_mut) {
            Some(base) => base.overrides.push(Arc::new(block)),
            None => self.add(block, sources),
        }
    }
}
