//! Files of values that a run is not given. Where a variable is open, a change of what they say of it may open what no code shows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::exposure::Exposure;
use crate::finding::Finding;
use crate::model::Bucket;
use crate::policy::{Policy, Statement};
use crate::source::{FileId, FileSystem, Sources};
use crate::syntax::data::{Node, NodeKind, Style};
use crate::syntax::hcl::{Expr, ExprKind, ObjectKey, TemplatePart};
use crate::syntax::{hcl, json, yaml};
use crate::value::{Cause, Hole, SymStr, Truth, Why};

use super::beside::{Beside, head};
use super::finding;

/// What is to be done about values that the run is not given.
pub(super) const HELP: &str =
    "give the run its values: `--var-file`, `--environment` or `--param-file`, or the configuration's";

/// What files say of an open variable: the path below the folder of its declaration, and the value.
type Given = BTreeSet<(PathBuf, String)>;

/// By folder and name.
type Known = BTreeMap<(PathBuf, String), Given>;

/// What was found out about open variables.
#[derive(Default)]
pub(super) struct Values {
    now: (Known, Beside),
    before: (Known, Beside),
}

impl Values {
    /// Tells of open variables of a bucket that files have other values for than before.
    pub fn changed(
        &mut self,
        [(bucket, exposure), (old, old_exposure)]: [(&Bucket, &Exposure); 2],
        sources: Option<(&Sources, &Sources)>,
        found: &mut Vec<Finding>,
    ) {
        let Some((now, before)) = sources else { return };
        let open = open(bucket, exposure);
        if open.is_empty() {
            return;
        }
        let was = self::open(old, old_exposure);
        let names = only_names(bucket);
        let mut told: Vec<(&Why, BTreeSet<String>)> = Vec::new();
        for (subject, why) in &open {
            let Some(old) = was.get(subject) else { continue };
            let old = given((&mut self.before.0, &mut self.before.1), before, old);
            let new = given((&mut self.now.0, &mut self.now.1), now, why);
            let paths = |of: &Given| of.iter().map(|it| it.0.clone()).collect::<BTreeSet<_>>();
            let was_there = paths(old);
            // A file that is new, or was renamed, and says what another said, says nothing new.
            let is_said = |it: &&(PathBuf, String)| !was_there.contains(&it.0) && old.iter().any(|old| old.1 == it.1);
            // What only a new environment has another name by is another bucket there: that is compared with those of the others.
            let is_name =
                |it: &&(PathBuf, String)| names.contains(subject) && !old.is_empty() && !was_there.contains(&it.0);
            let is_told = |it: &&(PathBuf, String)| !is_said(it) && !is_name(it);
            let more: BTreeSet<String> =
                new.difference(old).filter(is_told).map(|it| it.0.display().to_string()).collect();
            if !more.is_empty() {
                told.push((why, more));
            }
        }
        let Some((why, _)) = told.first() else { return };
        let names: Vec<String> = told.iter().map(|it| format!("`{}`", it.0.subject())).collect();
        let files: BTreeSet<&str> = told.iter().flat_map(|it| &it.1).map(String::as_str).collect();
        let files: Vec<&str> = files.into_iter().collect();
        let message = format!(
            "{}: whether it permits more than before is not known: the change brings other values of {} ({}), which the run is not given",
            bucket.address,
            names.join(", "),
            files.join(", ")
        );
        let at = bucket.policy.origin.span;
        let key = format!("values {}", names.join(" "));
        let mut one = finding(bucket.into(), &key, message, at, Truth::Unknown, None, Some(why));
        one.help = Some(HELP.to_owned());
        found.push(one);
    }
}

/// The variables without a value that decide who may do what, by name.
fn open(bucket: &Bucket, exposure: &Exposure) -> BTreeMap<String, Why> {
    let mut all: Vec<Why> =
        exposure.unknown.iter().chain(exposure.ways.iter().flat_map(|it| &it.why)).cloned().collect();
    all.extend(bucket.policy.why().cloned());
    all.extend(bucket.acl.why().cloned());
    all.extend(bucket.public_access_block.why().cloned());
    for (_, flag) in super::accounts::FLAGS {
        all.extend(bucket.public_access_block.possible().into_iter().filter_map(|it| flag(it).why().cloned()));
    }
    bucket.policy.possible().into_iter().for_each(|it| of_policy(it, &mut all));
    // How a bucket is called opens nothing, where nobody gets in.
    let is_shut = exposure.ways.iter().all(|it| it.open == Truth::No);
    let holes = || bucket.name.possible().into_iter().flat_map(SymStr::unknown_holes);
    let named: BTreeSet<&str> = holes().filter(|_| is_shut).map(|it| it.why.subject()).collect();
    all.extend(holes().filter(|_| !is_shut).map(|it| it.why.clone()));
    let is_open = |it: &Why| it.cause() == Cause::NoDefault && it.at().is_some() && !named.contains(it.subject());
    all.into_iter().filter(is_open).map(|it| (it.subject().to_owned(), it)).collect()
}

/// What says how a bucket is called, and nothing else of it.
fn only_names(bucket: &Bucket) -> BTreeSet<String> {
    let subject = |it: &Hole| it.why.subject().to_owned();
    let mut found: BTreeSet<String> =
        bucket.name.possible().into_iter().flat_map(SymStr::unknown_holes).map(subject).collect();
    let policies = || bucket.policy.possible().into_iter();
    let texts = policies().flat_map(|it| &it.statements).flat_map(Statement::texts);
    let others = texts.flat_map(SymStr::unknown_holes).filter(|it| *it.symbol.entity != bucket.address);
    let rests = policies().flat_map(|it| it.statements.iter().flat_map(Statement::rests).chain(&it.rest));
    let flags = bucket.public_access_block.possible().into_iter();
    let flags = flags.flat_map(|it| super::accounts::FLAGS.map(|(_, flag)| flag(it).why().cloned())).flatten();
    let whys = [bucket.policy.why(), bucket.acl.why(), bucket.public_access_block.why()].into_iter().flatten();
    let whys = whys.chain(rests).cloned().chain(flags);
    others.map(|it| it.why.clone()).chain(whys).for_each(|it| _ = found.remove(it.subject()));
    found
}

fn of_policy(policy: &Policy, all: &mut Vec<Why>) {
    all.extend(policy.rest.clone());
    policy.statements.iter().for_each(|it| of_statement(it, all));
}

fn of_statement(it: &Statement, all: &mut Vec<Why>) {
    all.extend(it.texts().flat_map(SymStr::unknown_holes).map(|it| it.why.clone()));
    all.extend(it.rests().chain(it.effect.why()).cloned());
}

/// What the files beside the declaration of a variable say of it.
fn given<'k>((known, beside): (&'k mut Known, &mut Beside), sources: &Sources, why: &Why) -> &'k Given {
    let path = why.at().map(|it| sources.file(it.file).path.clone()).unwrap_or_default();
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let subject = why.subject().to_owned();
    known.entry((folder.clone(), subject.clone())).or_insert_with(|| {
        let look = Look { fs: sources.fs(), subject: &subject, template: &path };
        let all = beside.of(sources.fs(), &folder).into_iter();
        all.filter_map(|(path, shown)| Some((shown, look.file(&path)?))).collect()
    })
}

struct Look<'a> {
    fs: &'a dyn FileSystem,
    subject: &'a str,
    /// The file that declares it.
    template: &'a Path,
}

impl Look<'_> {
    /// What a file says of the variable.
    fn file(&self, path: &Path) -> Option<String> {
        let name = path.file_name()?.to_string_lossy();
        let ends = |all: &[&str]| all.iter().any(|it| name.ends_with(it));
        if let Some(variable) = self.subject.strip_prefix("var.") {
            let text = ends(&[".tfvars", ".tfvars.json"]).then(|| self.text(path, variable))??;
            if name.ends_with(".json") {
                return json::parse(FileId(0), &text).tree?.get(variable).map(of_node);
            }
            let body = hcl::parse_body(FileId(0), &text).tree;
            let value = &body.attributes.iter().find(|it| it.name.text == variable)?.value;
            return Some(of_expression(value, &text));
        }
        let parameter = self.subject.strip_prefix("Parameters.")?;
        if path == self.template || !ends(&[".json", ".yaml", ".yml"]) {
            return None;
        }
        let text = self.text(path, parameter)?;
        let documents: Vec<Node> = match name.ends_with(".json") {
            true => json::parse(FileId(0), &text).tree.into_iter().collect(),
            false => yaml::parse(FileId(0), &text).tree,
        };
        documents.iter().find_map(|it| of_document(it, parameter, &text))
    }

    fn text(&self, path: &Path, name: &str) -> Option<String> {
        head(self.fs, path).filter(|it| it.contains(name))
    }
}

/// The value of a parameter in a file of parameters, in the forms that AWS's tools read; none in a template, which declares them.
pub(super) fn of_document(root: &Node, parameter: &str, text: &str) -> Option<String> {
    if root.get("Resources").is_some() {
        return None;
    }
    let list = root.get("Parameters").unwrap_or(root);
    if let NodeKind::Sequence(items) = &list.kind {
        let own = |it: &&Node| it.get("ParameterKey").and_then(Node::text).is_some_and(|it| it == parameter);
        let line = format!("{parameter}=");
        let is_line = |it: &&Node| it.text().is_some_and(|it| it.starts_with(&line));
        return items.iter().find(|it| own(it) || is_line(it)).map(|it| plain(it, text));
    }
    list.get(parameter).filter(|it| !matches!(it.kind, NodeKind::Mapping(_))).map(|it| plain(it, text))
}

/// A value of a variable file, however it is laid out.
pub(super) fn of_expression(it: &Expr, text: &str) -> String {
    let each = |it: &Expr| of_expression(it, text);
    let written = || words(text.get(it.span.range()).unwrap_or_default());
    match &it.kind {
        ExprKind::Null => "null".to_owned(),
        ExprKind::Bool(it) => it.to_string(),
        ExprKind::Number(it) => it.clone(),
        ExprKind::Parenthesis(it) => each(it),
        ExprKind::List(all) => list(all.iter().map(each)),
        ExprKind::Template(it) => {
            let piece = |it: &TemplatePart| match it {
                TemplatePart::Literal(it) => Some(it.text.to_string()),
                _ => None,
            };
            it.parts.iter().map(piece).collect::<Option<String>>().map_or_else(written, |it| format!("{it:?}"))
        }
        ExprKind::Object(all) => {
            let key = |it: &ObjectKey| match it {
                ObjectKey::Name(it) => format!("{it:?}"),
                ObjectKey::Expr(it) => each(it),
            };
            map(all.iter().map(|it| (key(&it.key), each(&it.value))))
        }
        _ => written(),
    }
}

/// The same in JSON.
pub(super) fn of_node(it: &Node) -> String {
    match &it.kind {
        NodeKind::Scalar(own) if own.style == Style::Plain => own.text(),
        NodeKind::Scalar(own) => format!("{:?}", own.text()),
        NodeKind::Sequence(all) => list(all.iter().map(of_node)),
        NodeKind::Mapping(all) => {
            map(all.iter().map(|it| (format!("{:?}", it.key.text().unwrap_or_default()), of_node(&it.value))))
        }
    }
}

fn list(all: impl Iterator<Item = String>) -> String {
    format!("[{}]", all.collect::<Vec<_>>().join(", "))
}

/// The order of keys says nothing; of doubles the last counts.
fn map(all: impl Iterator<Item = (String, String)>) -> String {
    let all: BTreeMap<String, String> = all.collect();
    format!("{{{}}}", all.into_iter().map(|(key, it)| format!("{key} = {it}")).collect::<Vec<_>>().join(", "))
}

pub(super) fn plain(node: &Node, text: &str) -> String {
    words(text.get(node.span.range()).unwrap_or_default())
}

pub(super) fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
