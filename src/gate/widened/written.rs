//! What code writes of a policy that is not known: the expression, and what that depends on. One that nobody knows and that is
//! written otherwise now may be another.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::model::{Bucket, Format};
use crate::policy::{Policy, Statement};
use crate::source::{FileId, Sources, Span, normal};
use crate::syntax::hcl;

mod template;

/// So many names are followed.
const MAX_NAMES: usize = 2_000;

/// So many folders of modules are looked through.
const MAX_FOLDERS: usize = 500;

/// The texts that a policy depends on, without regard to space and comments, and without what is known of it: its whole statements
/// are compared as such. Empty where its place is not known.
pub(super) fn of(bucket: &Bucket, sources: &Sources) -> BTreeSet<String> {
    let Some(at) = bucket.policy.origin.span else { return BTreeSet::new() };
    let known: Vec<Span> = bucket.policy.possible().into_iter().flat_map(known).collect();
    let path = sources.file(at.file).path.clone();
    let is_hcl = path.extension().is_some_and(|it| it == "tf" || it == "tofu");
    let text = sources.text(at.file);
    if bucket.format != Format::Terraform || !is_hcl {
        return template::follow(at, &path, &text, &known);
    }
    let written = plain(&text, at, &known, hcl::comments);
    let mut code = Code::new(sources, Path::new(&bucket.namespace), known);
    let dir = folder(&path);
    let mut open = vec![(dir.clone(), written)];
    // Whether it is there at all, and how often, is said beside it.
    let around = code.blocks(&dir).iter().find(|it| it.at.file == at.file && holds(it.at, at)).cloned();
    let counts = around.iter().flat_map(|it| ["count", "for_each"].map(|name| it.attribute(name)));
    open.extend(counts.flatten().map(|it| (dir.clone(), it.to_owned())));
    code.follow(open)
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn folder(path: &Path) -> PathBuf {
    normal(path.parent().unwrap_or(Path::new("")))
}

/// Whether something of a statement is not known.
fn is_open(it: &Statement) -> bool {
    let patterns = [&it.actions, &it.resources].map(|it| it.rest.is_some());
    it.principals.rest.is_some()
        || patterns.contains(&true)
        || it.conditions_rest.is_some()
        || it.conditions.iter().any(|it| it.rest.is_some())
        || it.effect.as_known().is_none()
}

/// Whether something of a policy is not known.
pub(super) fn is_partly_known(policy: &Policy) -> bool {
    policy.rest.is_some() || policy.statements.iter().any(is_open)
}

/// The places of the statements that are known.
fn known(policy: &Policy) -> Vec<Span> {
    policy.statements.iter().filter(|it| !is_open(it)).filter_map(|it| it.origin.span).collect()
}

/// A part of a text without what says nothing (spaces, commas, comments), and without some places.
fn plain(text: &str, at: Span, without: &[Span], comments: fn(&str) -> Vec<Range<usize>>) -> String {
    let (mut bare, mut end) = (String::new(), at.range().start);
    let whole = text.get(at.range()).unwrap_or_default();
    let comments = comments(whole).into_iter().map(|it| at.range().start + it.start..at.range().start + it.end);
    let places = without.iter().filter(|it| it.file == at.file && holds(at, **it) && **it != at).map(|it| it.range());
    let mut gone: Vec<Range<usize>> = comments.chain(places).collect();
    gone.sort_by_key(|it| it.start);
    for it in gone {
        bare.push_str(text.get(end..it.start).unwrap_or_default());
        bare.push(' ');
        end = end.max(it.end);
    }
    bare.push_str(text.get(end..at.range().end).unwrap_or_default());
    let words = bare.split(|it: char| it.is_whitespace() || it == ',').filter(|it| !it.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// A top-level block.
#[derive(Clone, Debug)]
struct Block {
    /// `data.aws_iam_policy_document.x`, `module.x`, `aws_s3_bucket.x`, `output.x`, `var.x`; `locals`.
    name: String,
    at: Span,
    text: String,
    attributes: Vec<(String, String)>,
}

impl Block {
    fn of(top: &hcl::TopBlock, text: &str, known: &[Span]) -> Self {
        let labels: Vec<&str> = top.labels.iter().map(|it| it.text.as_str()).collect();
        let name = match top.kind.text.as_str() {
            "resource" => labels.join("."),
            "variable" => format!("var.{}", labels.join(".")),
            other => std::iter::once(other).chain(labels).collect::<Vec<_>>().join("."),
        };
        let slice = |at: Span| plain(text, at, known, hcl::comments);
        let body = top.body(text).tree;
        let attributes = body.attributes.iter().map(|it| (it.name.text.clone(), slice(it.value.span))).collect();
        Self { name, at: top.span, text: slice(top.span), attributes }
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }
}

/// A call of a module: from which folder, and the folder of the module where it is here.
#[derive(Clone, Debug)]
struct Call {
    from: PathBuf,
    block: Block,
    to: Option<PathBuf>,
}

/// The blocks of a root module and of the modules that it calls.
struct Code<'a> {
    sources: &'a Sources,
    folders: BTreeMap<PathBuf, Vec<Block>>,
    calls: Vec<Call>,
    /// What is known and left out.
    known: Vec<Span>,
}

impl<'a> Code<'a> {
    fn new(sources: &'a Sources, root: &Path, known: Vec<Span>) -> Self {
        let root = normal(root);
        let mut code = Self { sources, folders: BTreeMap::new(), calls: Vec::new(), known };
        let mut seen = BTreeSet::from([root.clone()]);
        // With the key under which `terraform init` lists the module.
        let mut open = vec![(root.clone(), String::new())];
        while let Some((from, key)) = open.pop() {
            for block in code.blocks(&from).to_vec() {
                let Some(name) = block.name.strip_prefix("module.") else { continue };
                let key = if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
                let source = block.attribute("source").unwrap_or_default().trim_matches('"');
                let to = match source.starts_with("./") || source.starts_with("../") {
                    true => from.join(source),
                    false => {
                        let inner = source.split_once("://").map_or(source, |it| it.1).split_once("//");
                        let inner = inner.map_or("", |it| it.1.split('?').next().unwrap_or_default());
                        root.join(".terraform/modules").join(&key).join(inner)
                    }
                };
                let to = Some(normal(&to)).filter(|it| !code.blocks(it).is_empty());
                if let Some(to) = &to
                    && seen.len() < MAX_FOLDERS
                    && seen.insert(to.clone())
                {
                    open.push((to.clone(), key));
                }
                code.calls.push(Call { from: from.clone(), block, to });
            }
        }
        code
    }

    /// The blocks of a folder.
    fn blocks(&mut self, dir: &Path) -> &[Block] {
        let (sources, known) = (self.sources, &self.known);
        self.folders.entry(dir.to_path_buf()).or_insert_with(|| {
            let is_ours = |it: &PathBuf| it.extension().is_some_and(|it| it == "tf" || it == "tofu");
            let files = sources.fs().list(dir).into_iter().filter(is_ours);
            let files: Vec<FileId> = files.filter_map(|it| sources.load(&it).ok()).collect();
            let of_file = |file: FileId| {
                let text = sources.text(file);
                hcl::index(file, &text).tree.blocks.iter().map(|it| Block::of(it, &text, known)).collect::<Vec<_>>()
            };
            files.into_iter().flat_map(of_file).collect()
        })
    }

    /// Texts, and all that they name.
    fn follow(&mut self, mut open: Vec<(PathBuf, String)>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut seen: BTreeSet<(PathBuf, Vec<String>)> = BTreeSet::new();
        while let Some((dir, text)) = open.pop() {
            for file in self.files(&dir, &text) {
                found.insert(file);
            }
            for name in names(&text) {
                if MAX_NAMES < seen.len() {
                    // Too much to follow: all of it counts.
                    found.extend(self.folders.values().flatten().map(|it| it.text.clone()));
                    return found;
                }
                if seen.insert((dir.clone(), name.clone())) {
                    let name: Vec<&str> = name.iter().map(String::as_str).collect();
                    open.extend(self.named(&dir, &name));
                }
            }
            found.insert(text);
        }
        found
    }

    /// What a name stands for in a folder, each text with the folder that it is of.
    fn named(&mut self, dir: &Path, name: &[&str]) -> Vec<(PathBuf, String)> {
        let own = |text: &str| (dir.to_path_buf(), text.to_owned());
        match name {
            ["var", name, ..] => self.variable(dir, name),
            ["local", name, ..] => {
                let blocks = self.blocks(dir).iter().filter(|it| it.name == "locals");
                blocks.filter_map(|it| it.attribute(name)).map(own).collect()
            }
            ["module", name, rest @ ..] => {
                let is_it = |it: &&Call| it.from == *dir && it.block.name == format!("module.{name}");
                let Some(call) = self.calls.iter().find(is_it).cloned() else { return Vec::new() };
                let output = format!("output.{}", rest.first().copied().unwrap_or_default());
                let value = call.to.and_then(|to| {
                    let blocks = self.blocks(&to).iter().filter(|it| it.name == output);
                    let values: Vec<_> = blocks.map(|it| (to.clone(), it.text.clone())).collect();
                    (!values.is_empty()).then_some(values)
                });
                let counts = ["count", "for_each"].map(|name| call.block.attribute(name).map(own));
                match value {
                    Some(values) => values.into_iter().chain(counts.into_iter().flatten()).collect(),
                    None => vec![own(&call.block.text)],
                }
            }
            ["data", kind, name, ..] => self.whole(dir, &format!("data.{kind}.{name}")),
            [kind, name, attribute, ..] if kind.contains('_') => {
                let is_of = format!("{kind}.{name}");
                // What AWS says of a resource does not depend on what else stands in its block.
                if !kind.starts_with("aws_") {
                    return self.whole(dir, &is_of);
                }
                let blocks = self.blocks(dir).iter().filter(|it| it.name == is_of);
                blocks.filter_map(|it| it.attribute(attribute)).map(own).collect()
            }
            _ => Vec::new(),
        }
    }

    fn whole(&mut self, dir: &Path, name: &str) -> Vec<(PathBuf, String)> {
        let blocks = self.blocks(dir).iter().filter(|it| it.name == name);
        blocks.map(|it| (dir.to_path_buf(), it.text.clone())).collect()
    }

    /// What the callers of a module give for a variable; its default where one gives nothing.
    fn variable(&mut self, dir: &Path, name: &str) -> Vec<(PathBuf, String)> {
        let calls: Vec<Call> = self.calls.iter().filter(|it| it.to.as_deref() == Some(dir)).cloned().collect();
        let given = |it: &Call| it.block.attribute(name).map(|text| (it.from.clone(), text.to_owned()));
        let mut found: Vec<_> = calls.iter().filter_map(given).collect();
        if found.len() < calls.len().max(1) {
            let block = self.blocks(dir).iter().find(|it| it.name == format!("var.{name}"));
            found.extend(block.and_then(|it| it.attribute("default")).map(|it| (dir.to_path_buf(), it.to_owned())));
        }
        found
    }

    /// The texts of the files that a text names.
    fn files(&self, dir: &Path, text: &str) -> Vec<String> {
        let quoted = text.split('"').skip(1).step_by(2);
        let paths = quoted.filter_map(|it| {
            let own =
                ["${path.module}/", "${path.root}/"].iter().find_map(|start| it.strip_prefix(start)).unwrap_or(it);
            let is_path = !own.is_empty() && own.len() < 300 && own.contains('.') && !own.contains("${");
            is_path.then(|| dir.join(own))
        });
        let files = paths.filter(|it| self.sources.fs().is_file(it)).filter_map(|it| self.sources.load(&it).ok());
        files.map(|it| self.sources.text(it).to_string()).collect()
    }
}

/// The names of a text that may be those of things: `var.policy`, `data.aws_iam_policy_document.x.json`; keys are left out.
fn names(text: &str) -> Vec<Vec<String>> {
    let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '-';
    let mut all = Vec::new();
    let mut before = ' ';
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|it| !it.is_empty()) {
        let first = rest.chars().next().unwrap_or(' ');
        if !first.is_ascii_alphabetic() || is_part(before) || before == '.' {
            before = first;
            at += first.len_utf8();
            continue;
        }
        let (mut name, mut end) = (Vec::new(), 0);
        loop {
            let left = rest.get(end..).unwrap_or_default();
            let length = left.find(|it: char| !is_part(it) && it != '*').unwrap_or(left.len());
            name.extend(left.get(..length).filter(|it| !it.is_empty() && *it != "*").map(str::to_owned));
            end += length;
            // What stands in brackets is looked through by itself.
            while let Some(close) = rest.get(end..).filter(|it| it.starts_with('[')).and_then(closing) {
                end += close;
            }
            match rest.get(end..).is_some_and(|it| it.starts_with('.')) {
                true => end += 1,
                false => break,
            }
        }
        let length = rest.find(|it: char| !is_part(it)).unwrap_or(rest.len());
        before = rest.get(..length).and_then(|it| it.chars().last()).unwrap_or(' ');
        at += length;
        if 1 < name.len() {
            all.push(name);
        }
    }
    all
}

/// How long what is in brackets is, with them.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, it) in text.char_indices() {
        match it {
            '[' => depth += 1,
            ']' if depth == 1 => return Some(at + 1),
            ']' => depth = depth.saturating_sub(1),
            _ => (),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Memory;

    #[test]
    fn names_of_a_text() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<String> = names(text).iter().map(|it| it.join(".")).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("var.policy", &["var.policy"]);
        check("replace(var.a, \"x\", local.b[var.c].d)", &["var.a", "local.b.d", "var.c"]);
        check("\"${data.t.n[0].json}-é\"", &["data.t.n.json"]);
        check("module.m[*].out", &["module.m.out"]);
        check("1.5 a .b [", &[]);
    }

    fn follow(files: &[(&str, &str)], text: &str) -> String {
        let sources = Sources::new(Box::new(Memory::new(files)));
        let found = Code::new(&sources, Path::new("a"), Vec::new()).follow(vec![(PathBuf::from("a"), text.to_owned())]);
        found.into_iter().collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn what_a_text_depends_on() {
        let module = (
            "m/main.tf",
            "variable \"mode\" {}\noutput \"p\" { value = data.external.p.result[var.mode] }\ndata \"external\" \"p\" { program = [\"x\"] # why\n}\n",
        );
        let found = follow(
            &[
                (
                    "a/main.tf",
                    "module \"m\" {\n  source = \"../m\"\n  mode = local.x\n}\nlocals { x = file(\"p.txt\") }\n",
                ),
                ("a/p.txt", "text"),
                module,
            ],
            "module.m.p",
        );
        for part in ["module.m.p", "local.x", "file(\"p.txt\")", "text", "program = [\"x\"] }"] {
            assert!(found.contains(part), "{part}: {found}");
        }
        // A circle ends, and so does what is not here.
        let found =
            follow(&[("a/main.tf", "locals {\n  x = local.y\n  y = local.x\n}\n")], "local.x + module.z.p + var.n");
        assert!(found.contains("local.y"), "{found}");
        let found = follow(&[("a/main.tf", "module \"z\" {\n  source = \"x/y/z\"\n  on = 1\n}\n")], "module.z.p");
        assert!(found.contains("on = 1"), "{found}");
    }
}
