//! The blocks of a Terraform module that speak of a bucket: names that are taken, companions that are there on a condition,
//! the provider's version.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::frontend::terraform::contracts::Constraint;
use crate::source::{FileId, Span};
use crate::syntax::data::Node;
use crate::syntax::hcl::{self, ExprKind, Name};

use super::Planner;
use super::data::Document;
use super::hcl::{Code, Found};
use super::text::slice;
use super::tf_json::resources;

/// A bucket's block in Terraform code.
pub(super) struct Home {
    pub code: Rc<Code>,
    pub block: Rc<Found>,
}

impl Home {
    /// The block of an `aws_s3_bucket`.
    pub fn new(planner: &Planner<'_>, at: Span) -> Option<Self> {
        let path = planner.sources.file(at.file).path.clone();
        let name = path.to_string_lossy();
        if !(name.ends_with(".tf") || name.ends_with(".tofu")) {
            return None;
        }
        let code = planner.code(at.file);
        let block = code.top_at(at)?;
        (block.kind == "resource" && block.labels.first().is_some_and(|it| it == "aws_s3_bucket"))
            .then_some(Self { code, block })
    }

    /// The bucket's name in code: `logs` of `aws_s3_bucket.logs`.
    pub fn name(&self) -> &str {
        self.block.labels.get(1).map_or("", String::as_str)
    }

    /// How the block is repeated: `count` or `for_each` as written, where it is.
    fn repeated(&self) -> Option<(&'static str, String)> {
        ["count", "for_each"].into_iter().find_map(|it| {
            let value = &self.block.body.attribute(it)?.value;
            Some((it, self.code.slice(value.span).to_owned()))
        })
    }

    /// The bucket as another block names it: `aws_s3_bucket.logs`, `aws_s3_bucket.logs[each.key]`.
    pub fn reference(&self) -> String {
        let index = match self.repeated() {
            Some(("count", _)) => "[count.index]",
            Some(_) => "[each.key]",
            None => "",
        };
        format!("aws_s3_bucket.{}{index}", self.name())
    }

    /// Whether the bucket is one of several of its block.
    pub fn is_repeated(&self) -> bool {
        self.repeated().is_some()
    }

    /// A companion of the bucket: its block, repeated as the bucket is, with its provider and region. `body` are its lines.
    pub fn companion(&self, kind: &str, name: &str, body: &str) -> String {
        let mut meta = Vec::new();
        if let Some((how, value)) = self.repeated() {
            let all = format!("aws_s3_bucket.{}", self.name());
            let value = match (value.contains('\n'), how) {
                (false, _) => value,
                (true, "count") => format!("length({all})"),
                (true, _) => all,
            };
            meta.push((how, value));
        }
        // Where the bucket is: a provider of its own, or (version 6) a region of its own.
        for name in ["provider", "region"] {
            let own = self.block.body.attribute(name);
            meta.extend(own.map(|it| (name, self.code.slice(it.value.span).to_owned())));
        }
        let meta: Vec<(&str, &str)> = meta.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let head = if meta.is_empty() { String::new() } else { format!("{}\n\n", super::hcl::aligned(&meta)) };
        let lines = super::text::indented(&format!("{head}{body}"), "  ");
        format!("resource \"{kind}\" \"{name}\" {{\n{lines}\n}}")
    }
}

/// The code of a module.
pub(super) struct Module {
    codes: Vec<Rc<Code>>,
    /// Its files in JSON, or why one of them tells nothing.
    documents: Result<Vec<Rc<Document>>, String>,
    is_before_4: OnceCell<bool>,
    kinds: RefCell<HashMap<String, Rc<OfKind>>>,
}

/// What a module has of one type of resource.
#[derive(Default)]
struct OfKind {
    names: HashSet<String>,
    /// Blocks by each bucket that their `bucket` names.
    about: HashMap<String, Vec<(FileId, Rc<Found>)>>,
    /// The buckets that blocks in JSON name.
    in_json: HashSet<String>,
}

/// What a module has of one type of resource, as one bucket sees it.
pub(super) struct Siblings {
    of: Rc<OfKind>,
    /// Blocks whose `bucket` names the bucket, with their files.
    pub about: Vec<(FileId, Rc<Found>)>,
    /// Whether such a block is written in JSON.
    pub in_json: bool,
}

impl Siblings {
    /// A name for a new resource: the bucket's, where it is not taken.
    pub fn free_name(&self, wanted: &str) -> String {
        let is_free = |it: &String| !self.of.names.contains(it);
        let numbered = (2..).map(|it| format!("{wanted}_{it}"));
        std::iter::once(wanted.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
    }
}

impl Module {
    pub fn new(codes: Vec<Rc<Code>>, documents: Result<Vec<Rc<Document>>, String>) -> Self {
        Self { codes, documents, is_before_4: OnceCell::new(), kinds: RefCell::default() }
    }

    /// Whether a file in Terraform's language is part of it.
    pub fn has(&self, file: FileId) -> bool {
        self.codes.iter().any(|it| it.file == file)
    }

    /// Its files in Terraform's language.
    pub fn codes(&self) -> &[Rc<Code>] {
        &self.codes
    }

    /// The resources of a type.
    ///
    /// # Errors
    /// Where a file of it in JSON tells nothing: what there is, is not known.
    pub fn siblings(&self, kind: &str, bucket: &str) -> Result<Siblings, String> {
        let documents = self.documents.as_ref().map_err(Clone::clone)?;
        let mut kinds = self.kinds.borrow_mut();
        let of = Rc::clone(kinds.entry(kind.to_owned()).or_insert_with(|| Rc::new(self.of_kind(kind, documents))));
        let about = of.about.get(bucket).cloned().unwrap_or_default();
        let in_json = of.in_json.contains(bucket);
        Ok(Siblings { of, about, in_json })
    }

    fn of_kind(&self, kind: &str, documents: &[Rc<Document>]) -> OfKind {
        let mut out = OfKind::default();
        let own = |it: &[Name]| it.first().is_some_and(|it| it.text == kind);
        for code in &self.codes {
            for top in code.blocks.iter().filter(|it| it.kind.text == "resource" && own(&it.labels)) {
                out.names.extend(top.labels.get(1).map(|it| it.text.clone()));
                let found = code.found(top);
                let Some(bucket) = found.body.attribute("bucket") else { continue };
                let mut named = buckets_in(code.slice(bucket.value.span));
                named.sort_unstable();
                named.dedup();
                for name in named {
                    out.about.entry(name.to_owned()).or_default().push((code.file, Rc::clone(&found)));
                }
            }
        }
        for block in documents.iter().flat_map(|it| resources(&it.root, kind)) {
            out.names.extend(block.key.text());
            let bucket = block.value.get("bucket").and_then(Node::text).unwrap_or_default();
            out.in_json.extend(buckets_in(&bucket).into_iter().map(str::to_owned));
        }
        out
    }

    /// Whether the module asks for a version of the provider before 4, which knows no split resources but the old ones.
    pub fn is_before_4(&self) -> bool {
        *self.is_before_4.get_or_init(|| self.asks_for_old())
    }

    fn asks_for_old(&self) -> bool {
        let wanted = Constraint::parse(">= 4.0");
        let is_old = |text: &str| match (Constraint::parse(text), &wanted) {
            (Some(own), Some(wanted)) => !own.meets(wanted),
            _ => false,
        };
        self.codes.iter().any(|code| {
            code.blocks.iter().any(|top| match top.kind.text.as_str() {
                "provider" if top.labels.first().is_some_and(|it| it.text == "aws") => {
                    let body = top.body(&code.text).tree;
                    body.attribute("version").and_then(|it| text_of(code, &it.value)).is_some_and(|it| is_old(&it))
                }
                "terraform" => {
                    let body = top.body(&code.text).tree;
                    let required = body.blocks_of("required_providers").next();
                    let aws = required.and_then(|it| it.body.attribute("aws"));
                    aws.and_then(|it| version_of(code, &it.value)).is_some_and(|it| is_old(&it))
                }
                _ => false,
            })
        })
    }
}

/// The names of the buckets that an expression names as `aws_s3_bucket.NAME`.
fn buckets_in(text: &str) -> Vec<&str> {
    const BEFORE: &str = "aws_s3_bucket.";
    let rest = text.match_indices(BEFORE).filter_map(|(at, _)| text.get(at + BEFORE.len()..));
    let name = |it: &'_ str| it.find(|it: char| !(it.is_alphanumeric() || matches!(it, '_' | '-'))).unwrap_or(it.len());
    rest.filter_map(|it| it.get(..name(it))).collect()
}

/// `"~> 3.0"`, or `{ source = …, version = "~> 3.0" }`.
fn version_of(code: &Code, value: &hcl::Expr) -> Option<String> {
    let ExprKind::Object(items) = &value.kind else { return text_of(code, value) };
    let own = items.iter().find(|it| code.slice(it.key_span).trim_matches('"') == "version")?;
    text_of(code, &own.value)
}

fn text_of(code: &Code, value: &hcl::Expr) -> Option<String> {
    let text = slice(&code.text, value.span.range());
    Some(text.strip_prefix('"')?.strip_suffix('"')?.to_owned())
}
