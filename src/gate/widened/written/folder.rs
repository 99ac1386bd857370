//! The blocks of a folder of Terraform.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::frontend::terraform::is_code;
use crate::source::{Sources, Span};
use crate::syntax::{hcl, json};

/// A top-level block.
pub(super) struct Block {
    /// `data.aws_iam_policy_document.x`, `module.x`, `aws_s3_bucket.x`, `output.x`, `var.x`; `locals`.
    pub name: String,
    pub at: Span,
    pub attributes: Vec<(String, Span)>,
}

impl Block {
    fn of(top: &hcl::TopBlock, text: &str) -> Self {
        let labels: Vec<&str> = top.labels.iter().map(|it| it.text.as_str()).collect();
        let name = match top.kind.text.as_str() {
            "resource" => labels.join("."),
            "variable" => format!("var.{}", labels.join(".")),
            other => std::iter::once(other).chain(labels).collect::<Vec<_>>().join("."),
        };
        let body = top.body(text).tree;
        let attributes = body.attributes.iter().map(|it| (it.name.text.clone(), it.value.span)).collect();
        Self { name, at: top.span, attributes }
    }

    pub fn attribute(&self, name: &str) -> Option<Span> {
        self.attributes.iter().find(|it| it.0 == name).map(|it| it.1)
    }
}

/// The blocks of a folder.
#[derive(Default)]
pub(super) struct Folder {
    pub blocks: Vec<Block>,
    by_name: HashMap<String, Vec<usize>>,
    pub locals: HashMap<String, Vec<Span>>,
}

impl Folder {
    pub fn of(dir: &Path, sources: &Sources) -> Self {
        let mut folder = Self::default();
        for path in sources.fs().list(dir).into_iter().filter(|it| is_code(it)) {
            let Ok(file) = sources.load(&path) else { continue };
            let text = sources.text(file);
            let tree = match is_json(&path) {
                true => json::parse(file, &text).tree.map(|it| hcl::from_json(file, &it).tree),
                false => Some(hcl::index(file, &text).tree),
            };
            folder.blocks.extend(tree.iter().flat_map(|it| &it.blocks).map(|it| Block::of(it, &text)));
        }
        for (at, it) in folder.blocks.iter().enumerate() {
            folder.by_name.entry(it.name.clone()).or_default().push(at);
            if it.name == "locals" {
                it.attributes.iter().for_each(|it| folder.locals.entry(it.0.clone()).or_default().push(it.1));
            }
        }
        folder
    }

    pub fn named(&self, name: &str) -> impl Iterator<Item = &Block> {
        self.by_name.get(name).into_iter().flatten().filter_map(|it| self.blocks.get(*it))
    }
}

pub(super) fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "json")
}

/// The variables of a folder with their defaults.
pub(in super::super) fn variables(dir: &Path, sources: &Sources) -> BTreeMap<String, Option<Span>> {
    let folder = Folder::of(dir, sources);
    let one = |it: &Block| Some((it.name.strip_prefix("var.")?.to_owned(), it.attribute("default")));
    folder.blocks.iter().filter_map(one).collect()
}
