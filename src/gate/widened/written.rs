//! What code writes of a policy that is not known: the expression, and what that depends on. One that nobody knows and that is
//! written otherwise now may be another.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::frontend::terraform::is_code;
use crate::model::{Bucket, Estate, Format, Moved, Provider};
use crate::policy::{Policy, Statement};
use crate::source::{FileId, Sources, Span};
use crate::value::{Cause, Hole, SymStr, Why};

use super::pairs::{stands_in, steps};
use super::settings::Places;

mod bare;
mod folder;
mod framework;
mod free;
mod identity;
mod modules;
mod normal;
mod open;
mod rendered;
mod stack;
mod template;
mod tree;
mod unnamed;

use bare::{line_comments, no_comments, plain};
pub(super) use folder::variables;
pub(super) use identity::Identity;
pub(super) use modules::Modules;
pub(super) use normal::are_instances;
pub(super) use open::open;
use template::Renamed;
pub(super) use template::{Choice, Template};

/// The code of one state, taken apart where it is asked for.
pub(in crate::gate) struct Written<'a> {
    sources: &'a Sources,
    /// Variables of root modules whose defaults say nothing.
    open: BTreeSet<String>,
    /// By root module.
    modules: RefCell<BTreeMap<String, Rc<Modules<'a>>>>,
    templates: RefCell<HashMap<FileId, Rc<Template>>>,
    /// By a template and what it was before: every text of a policy asks.
    renamed: RefCell<HashMap<[FileId; 2], Renamed>>,
    /// What was made of it, where that is asked for.
    estate: Option<&'a Estate>,
}

impl<'a> Written<'a> {
    pub fn new(sources: &'a Sources) -> Self {
        let (modules, templates, renamed) = (RefCell::default(), RefCell::default(), RefCell::default());
        Self { sources, open: BTreeSet::new(), modules, templates, renamed, estate: None }
    }

    /// The same with what was made of it: provider configurations, and what variables are given.
    pub fn with_estate(self, estate: &'a Estate) -> Self {
        Self { estate: Some(estate), ..self }
    }

    /// The same where the defaults of some variables of root modules say nothing.
    pub fn with_open(self, open: BTreeSet<String>) -> Self {
        Self { open, ..self }
    }

    /// What a policy depends on, without regard to space and comments, and without what is known of it: its whole statements are
    /// compared as such. Nothing where its place is not known.
    pub fn of(&self, bucket: &Bucket) -> Says {
        self.of_without(bucket, &[])
    }

    /// The same without some places more.
    pub fn of_without(&self, bucket: &Bucket, more: &[Span]) -> Says {
        let Some(at) = bucket.policy.origin.span else { return Says::default() };
        let known: Vec<Span> =
            bucket.policy.possible().into_iter().flat_map(known).chain(more.iter().copied()).collect();
        self.of_place(bucket, at, &known, &[])
    }

    /// The same with what is known of it.
    pub fn of_whole(&self, bucket: &Bucket) -> Says {
        let at = bucket.policy.origin.span;
        at.map(|at| self.of_place(bucket, at, &[], &[])).unwrap_or_default()
    }

    /// The same of a setting, for each place that says something of it.
    pub fn of_setting(&self, bucket: &Bucket, of: &Places) -> Vec<Says> {
        let is_code = |it: &Span| bucket.format == Format::Terraform && is_code(&self.sources.file(it.file).path);
        // A block says more than the setting; in a template the conditions are around the values.
        if of.parts.iter().all(is_code) && !of.parts.is_empty() {
            return of.parts.iter().map(|it| self.of_place(bucket, *it, &[], &[])).collect();
        }
        let key: Vec<String> = of.key.iter().cloned().collect();
        of.whole.into_iter().map(|it| self.of_place(bucket, it, &[], &key)).collect()
    }

    /// All that a place of a bucket depends on; of a template that which is looked up there.
    fn of_place(&self, bucket: &Bucket, at: Span, without: &[Span], path: &[String]) -> Says {
        let way = (bucket.namespace.as_str(), bucket.address.as_str());
        if bucket.format == Format::Terraform && is_code(&self.sources.file(at.file).path) {
            let declared = (!stands_in(bucket)).then_some(way.1);
            let is_policy = bucket.policy.origin.span == Some(at);
            return self.modules(way.0).of_place((way.1, declared), at, without, is_policy);
        }
        let says = stack::Normal::new(self, without).of_place(way, at, path).unwrap_or_else(|| {
            let texts = self.template(at.file).of_policy(at, &self.sources.text(at.file), without);
            // What a file says that Terraform fills in.
            let is_filled = bucket.format == Format::Terraform;
            let texts = texts.into_iter().map(|it| if is_filled { rendered::bare(&it) } else { it }).collect();
            Says { texts, ..Says::default() }
        });
        says.in_words(|it| self.filled(bucket, it))
    }

    /// What the parameters and entries of maps may be that stand for something in the policy of a bucket of a template. `asked` is
    /// whose policy says what stands there, `other` the bucket in the other state.
    pub(super) fn choices(&self, bucket: &Bucket, asked: &Bucket, other: (&Self, &Bucket)) -> BTreeSet<Choice> {
        let Some(at) = bucket.policy.origin.span.filter(|_| bucket.format == Format::CloudFormation) else {
            return BTreeSet::new();
        };
        let policies = asked.policy.possible().into_iter();
        let entities: BTreeSet<String> = policies.flat_map(parts).map(|it| it.symbol.entity.to_string()).collect();
        let (template, text) = (self.template(at.file), self.sources.text(at.file));
        // With its default a parameter is no part that stands for something, and may be given all the same.
        let named = template.parameters(text.get(at.range()).unwrap_or_default());
        let beside = other.1.policy.origin.span.map(|at| other.0.template(at.file));
        let is_there = |name: &str| beside.as_ref().is_none_or(|it| it.declares(name));
        entities.iter().map(String::as_str).chain(named).flat_map(|it| template.choices(it, &text, &is_there)).collect()
    }

    /// What gives something that is not known. `text` is how the evaluation calls it, `address` whose it is.
    pub fn source(&self, namespace: &str, address: &str, text: &str, why: &Why) -> Option<Source> {
        let is_given =
            matches!(why.cause(), Cause::NoDefault | Cause::DataSource | Cause::Computed | Cause::RemoteModule);
        let at = why.at().filter(|_| is_given)?;
        let path = self.sources.file(at.file).path.clone();
        if is_code(&path) {
            return self.modules(namespace).source(address, at, text);
        }
        let (name, says) = self.template(at.file).source(text, &self.sources.text(at.file))?;
        Some(Source { holder: Holder::Template(path), name, says: modules::digest(&says) })
    }

    /// What another unit of Terragrunt says of an output of its that is not known. `text` is how the evaluation calls it.
    pub fn of_dependency(&self, namespace: &str, text: &str) -> Option<String> {
        let path = text.strip_prefix("dependency of ")?.strip_prefix(namespace)?.strip_prefix('.')?;
        self.modules(namespace).of_dependency(path)
    }

    /// Whether something of the other state is here too, under its name.
    pub fn declares(&self, namespace: &str, it: &Source) -> bool {
        match &it.holder {
            Holder::Module(key) => self.modules(namespace).declares(key, &it.name),
            Holder::Template(path) => self.sources.load(path).is_ok_and(|file| self.template(file).declares(&it.name)),
        }
    }

    /// Whether a root module has the resource or module of an address, whatever instance that is of.
    pub fn has(&self, namespace: &str, address: &str) -> bool {
        let mut steps = super::pairs::steps(address);
        let mut calls = Vec::new();
        while 2 < steps.len() && steps.first().is_some_and(|it| it == "module") {
            calls.extend(steps.drain(..2).nth(1));
        }
        self.modules(namespace).declares(&calls.join("."), &steps.join("."))
    }

    /// The block or resource of the root module or template that a place is in: `aws_s3_bucket.b`, a logical id.
    pub fn block_at(&self, bucket: &Bucket, at: Span) -> Option<String> {
        match bucket.format {
            Format::Terraform => self.modules(&bucket.namespace).block_at(at),
            _ => self.template(at.file).resource_at(at),
        }
    }

    /// What the code of a bucket says of something that it names: the text of a block without its name, and of an argument.
    pub fn said(&self, bucket: &Bucket, address: &str, argument: Option<&str>) -> Option<String> {
        let modules = (bucket.format == Format::Terraform).then(|| self.modules(&bucket.namespace))?;
        modules.said(address, argument)
    }

    /// What tells a thing that the code of a bucket names from others: some arguments of it, else all.
    pub(super) fn identity(&self, bucket: &Bucket, address: &str, arguments: Option<&[&str]>) -> Option<Identity<'a>> {
        let modules = (bucket.format == Format::Terraform).then(|| self.modules(&bucket.namespace))?;
        let (says, alias) = modules.identity(address, arguments)?;
        let provider = self.provider(bucket, &alias);
        Some(Identity { says, alias, provider })
    }

    /// The provider configuration of an alias in the root module of a bucket.
    pub(super) fn provider(&self, bucket: &Bucket, alias: &str) -> Option<&'a Provider> {
        let root = bucket.provider.rsplit_once('|').map_or(bucket.namespace.as_str(), |it| it.0);
        self.estate?.providers.get(&format!("{root}|{alias}"))
    }

    /// Whether CloudFormation keeps what the resource at a place makes, when it goes from its template.
    pub fn is_retained(&self, bucket: &Bucket, at: Span) -> bool {
        bucket.format == Format::CloudFormation && self.template(at.file).is_retained(at, &self.sources.text(at.file))
    }

    /// All that the block around a place of a bucket depends on.
    pub fn around(&self, bucket: &Bucket, at: Span) -> BTreeSet<String> {
        match bucket.format {
            Format::Terraform => self.modules(&bucket.namespace).around(&bucket.address, at),
            _ => self.template(at.file).of_policy(at, &self.sources.text(at.file), &[]),
        }
    }

    /// Which of some variables of the root module, or parameters of the template, decide who gets in.
    pub fn decide<'n>(&self, bucket: &Bucket, of: &'n [String]) -> Vec<&'n str> {
        let places = [bucket.policy.origin.span, bucket.public_access_block.origin.span, bucket.acl.origin.span];
        let is_code = bucket.format == Format::Terraform;
        // A setting that nothing says has the place of its bucket.
        let places = || places.into_iter().filter(|it| *it != bucket.origin.span).flatten();
        let mut texts = BTreeSet::new();
        if is_code {
            texts.extend(places().flat_map(|at| self.of_place(bucket, at, &[], &[]).texts));
        }
        // What is long is not told as such, and what stands beside it in its block may count.
        if !is_code || texts.is_empty() || texts.iter().any(|it| it.contains("long(")) {
            texts = places().flat_map(|at| self.around(bucket, at)).collect();
        }
        let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '-';
        let variable = |it: Vec<String>| match it.as_slice() {
            [first, own, ..] if first == "var" => Some(own.clone()),
            _ => None,
        };
        let named = |text: &String| -> Vec<String> {
            match is_code {
                true => names(text).into_iter().filter_map(variable).collect(),
                false => text.split(|it| !is_word(it)).map(str::to_owned).collect(),
            }
        };
        let named: BTreeSet<String> = texts.iter().flat_map(named).collect();
        of.iter().map(String::as_str).filter(|it| named.contains(*it)).collect()
    }

    fn modules(&self, namespace: &str) -> Rc<Modules<'a>> {
        let given = || self.estate.and_then(|it| it.given.get(namespace));
        let new = || Modules::new(self.sources, Path::new(namespace)).with_given(given()).with_open(self.open.clone());
        let new = || Rc::new(new());
        Rc::clone(self.modules.borrow_mut().entry(namespace.to_owned()).or_insert_with(new))
    }

    fn template(&self, file: FileId) -> Rc<Template> {
        let new = || Rc::new(Template::of(file, &self.sources.file(file).path, &self.sources.text(file)));
        Rc::clone(self.templates.borrow_mut().entry(file).or_insert_with(new))
    }
}

/// What a place is written as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::gate) struct Says {
    /// All that it depends on.
    pub texts: BTreeSet<String>,
    /// What keeps that which nobody knows from being just anything: with less of it, it may be more.
    pub limits: BTreeSet<String>,
    /// What that is allowed to be: one more is more.
    pub may: BTreeSet<String>,
    /// Whether more than was looked at decides what it is: nobody knows then whether that is the same.
    pub is_cut: bool,
}

impl Says {
    /// The same in other words.
    pub fn in_words(&self, of: impl Fn(&String) -> String) -> Self {
        let all = |it: &BTreeSet<String>| it.iter().map(&of).collect();
        Self { texts: all(&self.texts), limits: all(&self.limits), may: all(&self.may), is_cut: self.is_cut }
    }

    /// What another says too.
    fn add(&mut self, other: Self) {
        self.texts.extend(other.texts);
        self.limits.extend(other.limits);
        self.may.extend(other.may);
        self.is_cut |= other.is_cut;
    }

    /// Whether another place is written the same, and all of that was looked at.
    pub fn is_same(&self, other: &Self) -> bool {
        self == other && !self.is_cut && !self.texts.is_empty()
    }

    /// Whether places may give what others did not.
    pub fn is_other(new: &[Self], old: &[Self]) -> bool {
        let texts = |of: &[Self]| of.iter().map(|it| it.texts.clone()).collect::<BTreeSet<_>>();
        let limits = |of: &[Self]| of.iter().flat_map(|it| it.limits.clone()).collect::<BTreeSet<_>>();
        let may = |of: &[Self]| of.iter().flat_map(|it| it.may.clone()).collect::<BTreeSet<_>>();
        // What is free has been allowed all.
        let was = may(old);
        let is_free = |it: &String| it.split(' ').next().is_some_and(|it| was.contains(&format!("{it} is free")));
        let is_more = may(new).iter().any(|it| !was.contains(it) && !is_free(it));
        let is_cut = new.iter().chain(old).any(|it| it.is_cut);
        is_cut || texts(new) != texts(old) || !limits(old).is_subset(&limits(new)) || is_more
    }
}

/// What a source stands in.
enum Holder {
    /// The module that calls of some names lead to.
    Module(String),
    /// A template.
    Template(PathBuf),
}

/// What gives a value that is not known.
pub(in crate::gate) struct Source {
    holder: Holder,
    /// `data.aws_ssm_parameter.x`, `random_id.x`, `var.x`; the name of a parameter.
    name: String,
    /// What it says, as a digest.
    pub says: String,
}

impl Source {
    /// What the evaluation calls something of it: the one of a `count` is the same as where there is none.
    pub fn text(&self, text: &str) -> String {
        text.replacen(&format!("{}[0]", self.name), &self.name, 1)
    }

    /// The same without its name: `module.m.random_id.x["a"].hex` → `random_id["a"].hex`.
    pub fn without_name(&self, text: &str) -> String {
        let text = &self.text(text);
        let kind = self.name.rsplit_once('.').map_or("", |it| it.0);
        text.split_once(&self.name).map_or_else(|| text.clone(), |it| format!("{kind}{}", it.1))
    }
}

/// The parts of a policy that stand for something.
pub(super) fn parts(policy: &Policy) -> impl Iterator<Item = &Hole> {
    policy.statements.iter().flat_map(Statement::texts).flat_map(SymStr::unknown_holes)
}

/// Why something of a policy is not known, what nobody knows of it before what stands for something.
pub(super) fn whys(bucket: &Bucket) -> Vec<&Why> {
    let policies = bucket.policy.possible();
    let statements = || policies.iter().flat_map(|it| &it.statements);
    let open = statements().flat_map(|it| it.rests().chain(it.effect.why()));
    let rests = policies.iter().filter_map(|it| it.rest.as_ref()).chain(open);
    let named = statements().flat_map(Statement::texts).flat_map(SymStr::unknown_holes).map(|it| &it.why);
    bucket.policy.why().into_iter().chain(rests).chain(named).collect()
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Whether something of a statement is not known.
pub(super) fn is_open(it: &Statement) -> bool {
    it.rests().next().is_some() || it.effect.as_known().is_none()
}

/// Whether something of a policy is not known.
pub(super) fn is_partly_known(policy: &Policy) -> bool {
    policy.rest.is_some() || policy.statements.iter().any(is_open)
}

/// The places of the statements that are known.
fn known(policy: &Policy) -> Vec<Span> {
    let open: BTreeSet<Span> =
        policy.statements.iter().filter(|it| is_open(it)).filter_map(|it| it.origin.span).collect();
    let known = policy.statements.iter().filter(|it| !is_open(it)).filter_map(|it| it.origin.span);
    // What stands at one place may be several.
    known.filter(|it| !open.contains(it)).collect()
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

/// The name that a text is, where it is nothing else.
fn reference(text: &str) -> Option<Vec<String>> {
    let bare = text.strip_prefix("\"${").and_then(|it| it.strip_suffix("}\"")).unwrap_or(text);
    match names(bare).as_slice() {
        [one] if one.join(".") == bare => Some(one.clone()),
        _ => None,
    }
}

/// A text with something in the place of a name, but where a name goes on with what `is_more` says.
fn replaced(text: &str, from: &str, to: &str, is_more: fn(char) -> bool) -> String {
    let is_part = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-');
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(from) {
        let is_whole =
            !before.chars().next_back().or_else(|| out.chars().next_back()).is_some_and(|it| is_part(it) || it == '.')
                && !after.starts_with(|it| is_part(it) || is_more(it));
        out.push_str(before);
        out.push_str(if is_whole { to } else { from });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A text of before with the names that things of its module have by `moved` blocks.
pub(super) fn moved<'m>(text: String, all: impl Iterator<Item = &'m Moved>) -> String {
    let parts = |address: &str| {
        let mut module = steps(address);
        let name = module.split_off(module.len().saturating_sub(2));
        (module, name.join("."))
    };
    all.map(|it| (parts(&it.from), parts(&it.to)))
        .filter(|(from, to)| from.0 == to.0 && from.1 != to.1)
        .fold(text, |text, (from, to)| replaced(&text, &from.1, &to.1, |_| false))
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
}
