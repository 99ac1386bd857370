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
    pub body: hcl::Body,
}

impl Block {
    fn of(top: &hcl::TopBlock, text: &str) -> Self {
        let labels: Vec<&str> = top.labels.iter().map(|it| it.text.as_str()).collect();
        let name = match top.kind.text.as_str() {
            "resource" => labels.join("."),
            "variable" => format!("var.{}", labels.join(".")),
            other => std::iter::once(other).chain(labels).collect::<Vec<_>>().join("."),
        };
        Self { name, at: top.span, body: top.body(text).tree }
    }

    pub fn attribute(&self, name: &str) -> Option<Span> {
        self.body.attribute(name).map(|it| it.value.span)
    }
}

/// The blocks of a folder.
#[derive(Default)]
pub(super) struct Folder {
    pub blocks: Vec<Block>,
    by_name: HashMap<String, Vec<usize>>,
    /// By name: the block and the attribute.
    locals: HashMap<String, Vec<(usize, usize)>>,
}

impl Folder {
    pub fn of(dir: &Path, sources: &Sources) -> Self {
        let mut folder = Self::default();
        let mut paths = sources.fs().list(dir);
        // What stands in the place of a module that is not here is no file.
        paths.extend(Some(dir.join("main.tf")).filter(|it| paths.is_empty() && sources.has(it)));
        for path in paths.into_iter().filter(|it| is_code(it)) {
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
                for (own, it) in it.body.attributes.iter().enumerate() {
                    folder.locals.entry(it.name.text.clone()).or_default().push((at, own));
                }
            }
        }
        folder
    }

    pub fn named(&self, name: &str) -> impl Iterator<Item = &Block> {
        self.by_name.get(name).into_iter().flatten().filter_map(|it| self.blocks.get(*it))
    }

    /// What a local says.
    pub fn local(&self, name: &str) -> impl Iterator<Item = &hcl::Expr> {
        let all = self.locals.get(name).into_iter().flatten();
        all.filter_map(|(block, at)| self.blocks.get(*block)?.body.attributes.get(*at)).map(|it| &it.value)
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
