//! The blocks of a Terraform module that speak of a bucket: names that are taken, companions that are there on a condition,
//! the provider's version.

use std::path::{Path, PathBuf};

use crate::frontend::terraform::contracts::Constraint;
use crate::source::{FileId, Sources, Span};
use crate::syntax::hcl::{self, ExprKind, Name};

use super::data::Document;
use super::hcl::{Code, Found};
use super::text::slice;

/// A bucket's block in Terraform code.
pub(super) struct Home {
    pub code: Code,
    pub block: Found,
}

impl Home {
    /// The block of an `aws_s3_bucket`.
    pub fn new(sources: &Sources, at: Span) -> Option<Self> {
        let path = sources.file(at.file).path.clone();
        let name = path.to_string_lossy();
        if !(name.ends_with(".tf") || name.ends_with(".tofu")) {
            return None;
        }
        let code = Code::new(sources, at.file);
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

    /// A companion of the bucket: its block, repeated as the bucket is and with its provider. `body` are its lines.
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
        if let Some(provider) = self.block.body.attribute("provider") {
            meta.push(("provider", self.code.slice(provider.value.span).to_owned()));
        }
        let meta: Vec<(&str, &str)> = meta.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let head = if meta.is_empty() { String::new() } else { format!("{}\n\n", super::hcl::aligned(&meta)) };
        let lines = super::text::indented(&format!("{head}{body}"), "  ");
        format!("resource \"{kind}\" \"{name}\" {{\n{lines}\n}}")
    }
}

/// What the module of a file has of one type of resource.
#[derive(Default)]
pub(super) struct Siblings {
    /// Names that are taken.
    pub names: Vec<String>,
    /// Blocks whose `bucket` names the bucket, with their files.
    pub about: Vec<(FileId, Found)>,
    /// Whether such a block is written in JSON.
    pub in_json: bool,
}

/// The resources of a type in the folder of a file.
pub(super) fn siblings(sources: &Sources, file: FileId, kind: &str, bucket: &str) -> Result<Siblings, String> {
    let mut out = Siblings::default();
    let names_bucket = format!("aws_s3_bucket.{bucket}");
    let is_about = |text: &str| {
        text.match_indices(&names_bucket).any(|(at, _)| {
            let next = text.get(at + names_bucket.len()..).and_then(|it| it.chars().next());
            !next.is_some_and(|it| it.is_alphanumeric() || matches!(it, '_' | '-'))
        })
    };
    for code in codes(sources, file)? {
        let own = |it: &[Name]| it.first().is_some_and(|it| it.text == kind);
        for top in code.blocks.iter().filter(|it| it.kind.text == "resource" && own(&it.labels)) {
            out.names.extend(top.labels.get(1).map(|it| it.text.clone()));
            let found = code.found(top);
            if found.body.attribute("bucket").is_some_and(|it| is_about(code.slice(it.value.span))) {
                out.about.push((code.file, found));
            }
        }
    }
    for id in files(sources, &folder(sources, file), super::tf_json::is_json)? {
        let document = Document::new(sources, id).ok_or_else(|| unread(sources, id))?;
        for block in super::tf_json::resources(&document.root, kind) {
            out.names.extend(block.key.text());
            let bucket = block.value.get("bucket").and_then(crate::syntax::data::Node::text);
            out.in_json |= bucket.is_some_and(|it| is_about(&it));
        }
    }
    Ok(out)
}

/// A name for a new resource: the bucket's, where it is not taken.
pub(super) fn free_name(siblings: &Siblings, wanted: &str) -> String {
    let is_free = |it: &String| !siblings.names.contains(it);
    let numbered = (2..).map(|it| format!("{wanted}_{it}"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
}

/// Whether the module asks for a version of the provider before 4, which knows no split resources but the old ones.
pub(super) fn is_before_4(sources: &Sources, file: FileId) -> Result<bool, String> {
    let wanted = Constraint::parse(">= 4.0");
    let is_old = |text: &str| match (Constraint::parse(text), &wanted) {
        (Some(own), Some(wanted)) => !own.meets(wanted),
        _ => false,
    };
    Ok(codes(sources, file)?.iter().any(|code| {
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
    }))
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

/// The code of the module that a file is part of.
///
/// # Errors
/// Where a file of it cannot be read: what it has is not known.
pub(super) fn codes(sources: &Sources, file: FileId) -> Result<Vec<Code>, String> {
    let mut files = files(sources, &folder(sources, file), is_code)?;
    if !files.contains(&file) && is_code(&sources.file(file).path) {
        files.push(file);
    }
    Ok(files.into_iter().map(|it| Code::new(sources, it)).collect())
}

/// The code of the module in a folder.
pub(super) fn codes_in(sources: &Sources, folder: &Path) -> Result<Vec<Code>, String> {
    Ok(files(sources, folder, is_code)?.into_iter().map(|it| Code::new(sources, it)).collect())
}

fn is_code(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "tf" || it == "tofu")
}

/// The folder of a file.
pub(super) fn folder(sources: &Sources, file: FileId) -> PathBuf {
    sources.file(file).path.parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

fn files(sources: &Sources, folder: &Path, is_own: fn(&Path) -> bool) -> Result<Vec<FileId>, String> {
    let mut out = Vec::new();
    for path in sources.fs().list(folder).iter().filter(|it| is_own(it) && !sources.fs().is_dir(it)) {
        out.push(sources.load(path).map_err(|_| format!("{} of its module cannot be read", path.display()))?);
    }
    Ok(out)
}

fn unread(sources: &Sources, file: FileId) -> String {
    format!("{} of its module does not parse", sources.file(file).path.display())
}
