//! Variables of a root module whose defaults decide what there is: who calls it, or deploys it, may turn that on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::source::{Sources, Span};
use crate::syntax::hcl::Body;

use super::folder::Folder;
use super::modules::{Modules, Place};
use super::{closing, names, replaced};

/// So deep calls of modules and locals that name locals are followed.
const MAX_DEPTH: usize = 16;

/// Values with which there is nothing.
const NOTHING: [&str; 4] = ["null", "\"\"", "[]", "{}"];

/// The variables with a default that is nothing, or that decide whether something is there, how often or which of several it is. None of
/// a unit of Terragrunt: that says what it gives.
pub(in super::super) fn open(dir: &Path, sources: &Sources) -> BTreeSet<String> {
    let modules = Modules::new(sources, dir);
    if modules.unit().is_some() {
        return BTreeSet::new();
    }
    let root = modules.root();
    let deciding = Deciding { modules: &modules, known: BTreeMap::new() }.of(root, 0);
    let folder = modules.folder(&root.dir);
    let is_open = |name: &str, default: Span| {
        let text: String = modules.plain(default, &[]).split_whitespace().collect();
        deciding.contains(name) || NOTHING.contains(&text.as_str())
    };
    let variables =
        folder.blocks.iter().filter_map(|it| Some((it.name.strip_prefix("var.")?, it.attribute("default")?)));
    variables.filter(|it| is_open(it.0, it.1)).map(|it| it.0.to_owned()).collect()
}

impl Modules<'_> {
    /// The same where the defaults of some variables of the root say nothing.
    pub(super) fn with_open(mut self, open: BTreeSet<String>) -> Self {
        self.open = open;
        self
    }

    /// Whether all is said as before, but for what variables of the root are called, which are otherwise the same.
    pub(in super::super) fn has_only_renamed(&self, before: &Self) -> bool {
        let (own, old) = (self.folder(&self.root().dir), before.folder(&before.root().dir));
        let only = |of: &Folder, other: &Folder| -> Vec<String> {
            let all =
                of.blocks.iter().filter(|it| it.name.starts_with("var.") && other.named(&it.name).next().is_none());
            all.map(|it| it.name.clone()).collect()
        };
        let said = |of: &Self, it: &str| of.said(it, None);
        let (new, mut gone) = (only(&own, &old), only(&old, &own));
        let mut renamed = Vec::new();
        for to in &new {
            let says = said(self, to);
            let Some(at) = gone.iter().position(|it| said(before, it) == says) else { return false };
            renamed.push((gone.remove(at), to.clone()));
        }
        let now = |text: String| {
            renamed.iter().fold(text, |text, (from, to)| {
                let label = |it: &str| format!("variable \"{}\" {{", it.trim_start_matches("var."));
                replaced(&text.replacen(&label(from), &label(to), 1), from, to, |_| false)
            })
        };
        let texts = |of: &Self, folder: &Folder, now: &dyn Fn(String) -> String| -> BTreeSet<String> {
            folder.blocks.iter().map(|it| now(of.plain(it.at, &[]))).collect()
        };
        !renamed.is_empty()
            && gone.is_empty()
            && texts(self, &own, &|it| it) == texts(before, &old, &now)
            && self.whole_without_root() == before.whole_without_root()
    }

    /// Whether a variable of a module may be anything, whatever its default.
    pub(super) fn is_open(&self, place: &Place, name: &str) -> bool {
        place.callers.is_empty() && self.open.contains(name)
    }
}

/// What one of several things is chosen with.
const LOOKS: [&str; 4] = ["?", "for ", "lookup(", "element("];

/// What something is looked up by in brackets: `local.readers[var.env]`.
fn indexes(text: &str) -> Vec<&str> {
    let is_of = |before: char| before.is_ascii_alphanumeric() || matches!(before, '_' | '-' | ')' | ']' | '}');
    let starts = text.match_indices('[').filter(|it| text.get(..it.0).is_some_and(|it| it.ends_with(is_of)));
    let inner = |at: usize| text.get(at..).and_then(|it| it.get(1..closing(it)? - 1));
    starts.filter_map(|it| inner(it.0)).collect()
}

struct Deciding<'m, 'a> {
    modules: &'m Modules<'a>,
    /// By folder.
    known: BTreeMap<PathBuf, Rc<BTreeSet<String>>>,
}

impl Deciding<'_, '_> {
    /// The variables that decide what a module makes.
    fn of(&mut self, place: &Rc<Place>, depth: usize) -> Rc<BTreeSet<String>> {
        if let Some(it) = self.known.get(&place.dir) {
            return Rc::clone(it);
        }
        // A module that calls itself decides what it is found to, without that.
        self.known.insert(place.dir.clone(), Rc::default());
        let (mut found, mut locals) = (BTreeSet::new(), BTreeSet::new());
        let mut add = |text: &str, locals: &mut BTreeSet<String>| {
            for name in names(text) {
                match name.as_slice() {
                    [kind, own, ..] if kind == "var" => found.insert(own.clone()),
                    [kind, own, ..] if kind == "local" => locals.insert(own.clone()),
                    _ => false,
                };
            }
        };
        let folder = self.modules.folder(&place.dir);
        let plain = |at: Span| self.modules.plain(at, &[]);
        let mut texts = Vec::new();
        folder
            .blocks
            .iter()
            .filter(|it| !it.name.starts_with("var."))
            .for_each(|it| each(&it.body, &plain, &mut texts));
        for (name, text) in &texts {
            if ["count", "for_each"].contains(&name.as_str()) || LOOKS.iter().any(|it| text.contains(it)) {
                add(text, &mut locals);
            }
            indexes(text).into_iter().for_each(|it| add(it, &mut locals));
        }
        for block in &folder.blocks {
            let Some(call) = block.name.strip_prefix("module.") else { continue };
            let child = self.modules.called(place, call).filter(|_| depth < MAX_DEPTH);
            let inner = child.map(|it| self.of(&it, depth + 1));
            let is_passed = |it: &str| inner.as_ref().is_none_or(|own| own.contains(it));
            for it in block.body.attributes.iter().filter(|it| is_passed(&it.name.text)) {
                add(&self.modules.plain(it.value.span, &[]), &mut locals);
            }
        }
        for _ in 0..MAX_DEPTH {
            let mut more = BTreeSet::new();
            for it in locals.iter().flat_map(|it| folder.local(it)) {
                add(&self.modules.plain(it.span, &[]), &mut more);
            }
            if more.is_subset(&locals) {
                break;
            }
            locals.extend(more);
        }
        let found = Rc::new(found);
        self.known.insert(place.dir.clone(), Rc::clone(&found));
        found
    }
}

/// The attributes of a block and of those in it, with what they say.
fn each(body: &Body, plain: &dyn Fn(Span) -> String, all: &mut Vec<(String, String)>) {
    all.extend(body.attributes.iter().map(|it| (it.name.text.clone(), plain(it.value.span))));
    body.blocks.iter().for_each(|it| each(&it.body, plain, all));
}
