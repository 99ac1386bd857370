//! Terraform: a root module and the modules that it calls, and what a text of one of them depends on.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::source::{FileId, Sources, Span, normal};
use crate::syntax::hcl;
use crate::value::Val;

use super::folder::{Block, Folder, is_json};
use super::normal::{Normal, Unit};
use super::{Holder, Says, Source, holds, plain};

mod called;

/// So many names are followed.
const MAX_NAMES: usize = 2_000;

/// So many calls of modules are looked through for who calls one.
const MAX_CALLS: usize = 10_000;

/// What so many callers give is followed for each policy; of more it is followed once, and compared as one.
const MAX_CALLERS: usize = 16;

/// Arguments of a policy document that put others over or under it.
const MERGED: [&str; 4] = ["override_json", "override_policy_documents", "source_json", "source_policy_documents"];

/// A module as one call makes it.
#[derive(Debug)]
pub(super) struct Place {
    pub dir: PathBuf,
    /// The names of the calls that lead to it, as `terraform init` lists them.
    pub key: String,
    /// Who calls it, and by which name; several where it is not known which of them.
    pub callers: Vec<(Rc<Place>, String)>,
}

/// A name, taken apart, in its module.
pub(super) type Named = (Rc<Place>, Vec<String>);

/// A root module and the modules that it calls, read once.
pub(in super::super) struct Modules<'a> {
    sources: &'a Sources,
    root: Rc<Place>,
    folders: RefCell<BTreeMap<PathBuf, Rc<Folder>>>,
    /// By folder.
    places: OnceCell<HashMap<PathBuf, Vec<Rc<Place>>>>,
    /// What many callers give for a variable, with all that it depends on, as a digest.
    joined: RefCell<HashMap<(PathBuf, String), String>>,
    digest: OnceCell<String>,
    /// Whether a policy document may be put over another: a statement takes the place of one of its `sid`.
    merges_documents: OnceCell<bool>,
    /// Expressions in their normal form, with what they depend on.
    said: RefCell<HashMap<(String, Span), (String, Says)>>,
    /// What the root module is given for its variables.
    given: Option<&'a BTreeMap<String, Val>>,
    /// Variables of the root whose defaults say nothing.
    pub(super) open: BTreeSet<String>,
    /// The unit of Terragrunt that runs it.
    unit: Option<Rc<Unit>>,
    /// The units of Terragrunt that it depends on; those have those of the one that asks.
    beside: Rc<Beside<'a>>,
}

/// Units of Terragrunt that others depend on.
#[derive(Default)]
pub(super) struct Beside<'a> {
    modules: RefCell<BTreeMap<PathBuf, Rc<Modules<'a>>>>,
    /// What they give, with what that depends on.
    pub said: RefCell<BTreeMap<String, (String, Says)>>,
    /// What is being found out.
    pub open: RefCell<BTreeSet<String>>,
}

impl<'a> Beside<'a> {
    pub fn unit(&self, sources: &'a Sources, dir: &Path) -> Rc<Modules<'a>> {
        let new = || Rc::new(Modules::new(sources, dir));
        Rc::clone(self.modules.borrow_mut().entry(dir.to_path_buf()).or_insert_with(new))
    }
}

impl<'a> Modules<'a> {
    pub(in super::super) fn new(sources: &'a Sources, root: &Path) -> Self {
        let unit = Unit::of(sources, root);
        let dir = unit.as_ref().and_then(|it| it.module(sources)).unwrap_or_else(|| normal(root));
        Self {
            sources,
            unit,
            given: None,
            root: Rc::new(Place { dir, key: String::new(), callers: Vec::new() }),
            folders: RefCell::default(),
            places: OnceCell::new(),
            joined: RefCell::default(),
            said: RefCell::default(),
            digest: OnceCell::new(),
            merges_documents: OnceCell::new(),
            beside: Rc::default(),
            open: BTreeSet::new(),
        }
    }

    pub(super) fn with_given(self, given: Option<&'a BTreeMap<String, Val>>) -> Self {
        Self { given, ..self }
    }

    /// All that a place depends on. `address` is that of its bucket, `declared` the same where the bucket is declared there, `known`
    /// are the places that are left out.
    pub(super) fn of_place(
        &self,
        (address, declared): (&str, Option<&str>),
        at: Span,
        known: &[Span],
        is_policy: bool,
    ) -> Says {
        let place = self.place_of(address, at);
        let folder = self.folder(&place.dir);
        let Some(around) = folder.blocks.iter().find(|it| it.at.file == at.file && holds(it.at, at)) else {
            let texts = self.follow(vec![(place, self.plain(at, known))], known);
            return Says { texts, ..Says::default() };
        };
        let said = Normal::new(self, known, address);
        said.place(&place, &around.body, at, is_policy);
        // Whether it is there is said beside the calls that lead to it and not to its bucket, too.
        let own = declared.map(|it| calls(it).join("."));
        let is_within =
            |own: &str, key: &str| own.strip_prefix(key).is_some_and(|it| it.is_empty() || it.starts_with('.'));
        let leads_to_bucket = |key: &str| own.as_ref().is_some_and(|own| is_within(own, key));
        let mut at = place;
        while let [(from, name)] = at.callers.as_slice() {
            if leads_to_bucket(&at.key) {
                break;
            }
            let folder = self.folder(&from.dir);
            folder.named(&format!("module.{name}")).take(1).for_each(|it| said.there(from, &it.body));
            at = Rc::clone(from);
        }
        said.finish()
    }

    /// Whether a policy document of any of the modules is made of others.
    pub(super) fn merges_documents(&self) -> bool {
        let merges = |it: &Block| MERGED.iter().any(|name| it.body.attribute(name).is_some());
        let of_folder = |dir: &PathBuf| self.folder(dir).blocks.iter().any(merges);
        *self.merges_documents.get_or_init(|| self.places.get_or_init(|| self.all_places()).keys().any(of_folder))
    }

    /// What the unit depends on for an output of another: `c.outputs.own`, as a digest.
    pub(super) fn of_dependency(&self, path: &str) -> Option<String> {
        let said = Normal::new(self, &[], "");
        said.dependency(self.unit.as_ref()?, path);
        Some(digest(&said.finish().texts))
    }

    /// The block that gives what is not known, with all that decides what it gives.
    pub(super) fn source(&self, address: &str, at: Span, text: &str) -> Option<Source> {
        let place = self.place_of(address, at);
        let folder = self.folder(&place.dir);
        let block = folder.blocks.iter().find(|it| it.at.file == at.file && holds(it.at, at))?;
        let (kind, _) = block.name.rsplit_once('.')?;
        let attribute = |name: &str| block.attribute(name).map(|it| self.plain(it, &[]));
        let says = match kind {
            "var" => None,
            "output" | "provider" | "check" => return None,
            // What AWS says of a resource does not depend on what else stands in its block.
            it if it.starts_with("aws") => attribute(text.rsplit('.').next().unwrap_or_default()),
            // What is made up is another each time, but for what stands before it.
            it if it.starts_with("random_") && it != "random_shuffle" => attribute("prefix"),
            _ => self.plain(block.at, &[]).split_once('{').map(|it| it.1.to_owned()),
        };
        let says = says.into_iter().map(|it| (Rc::clone(&place), it)).collect();
        // Space around what is said says nothing.
        let bare = |it: String| it.split_whitespace().collect::<String>();
        let says = digest(&self.follow(says, &[]).into_iter().map(bare).collect());
        Some(Source { holder: Holder::Module(place.key.clone()), name: block.name.clone(), says })
    }

    /// Whether the module that calls of some names lead to has a block of a name.
    pub(super) fn declares(&self, key: &str, name: &str) -> bool {
        let mut calls = key.split('.').filter(|it| !it.is_empty());
        let place = calls.try_fold(Rc::clone(&self.root), |place, it| self.called(&place, it));
        place.is_some_and(|it| self.folder(&it.dir).named(name).next().is_some())
    }

    /// The top-level block that a place is in.
    pub(super) fn block_at(&self, at: Span) -> Option<String> {
        let path = self.sources.file(at.file).path.clone();
        let folder = self.folder(&normal(path.parent().unwrap_or(Path::new(""))));
        folder.blocks.iter().find(|it| it.at.file == at.file && holds(it.at, at)).map(|it| it.name.clone())
    }

    /// All that the block around a place depends on.
    pub(in super::super) fn around(&self, address: &str, at: Span) -> BTreeSet<String> {
        let place = self.place_of(address, at);
        let folder = self.folder(&place.dir);
        let block = folder.blocks.iter().find(|it| it.at.file == at.file && holds(it.at, at));
        let text = block.map(|it| (Rc::clone(&place), self.plain(it.at, &[])));
        self.follow(text.into_iter().collect(), &[])
    }

    /// All that the root module and the modules that it calls say, as one short text.
    pub(in super::super) fn whole(&self) -> String {
        self.all_of(&self.all_places().into_keys().collect())
    }

    /// The same without the blocks of the root module.
    pub(super) fn whole_without_root(&self) -> String {
        self.all_of(&self.all_places().into_keys().filter(|it| *it != self.root.dir).collect())
    }

    fn all_of(&self, dirs: &BTreeSet<PathBuf>) -> String {
        let mut texts = BTreeSet::new();
        for dir in dirs {
            for it in &self.folder(dir).blocks {
                let text = self.plain(it.at, &[]);
                texts.extend(self.files(dir, &text));
                texts.insert(text);
            }
        }
        digest(&texts)
    }

    /// What the block of an address says, without its name, or one argument of it.
    pub(super) fn said(&self, address: &str, argument: Option<&str>) -> Option<String> {
        let (place, name) = self.block_of(address)?;
        let folder = self.folder(&place.dir);
        let block = folder.named(&name).next()?;
        match argument {
            Some(it) => block.attribute(it).map(|it| self.plain(it, &[])),
            None => self.plain(block.at, &[]).split_once('{').map(|it| it.1.to_owned()),
        }
    }

    pub(super) fn sources(&self) -> &'a Sources {
        self.sources
    }

    pub(super) fn given(&self) -> Option<&'a BTreeMap<String, Val>> {
        self.given
    }

    pub(super) fn unit(&self) -> Option<&Rc<Unit>> {
        self.unit.as_ref()
    }

    pub(super) fn beside(&self) -> &Rc<Beside<'a>> {
        &self.beside
    }

    pub(super) fn root(&self) -> &Rc<Place> {
        &self.root
    }

    pub(super) fn root_dir(&self) -> &Path {
        &self.root.dir
    }

    pub(super) fn plain(&self, at: Span, known: &[Span]) -> String {
        let file = self.sources.file(at.file);
        let comments = if is_json(&file.path) { super::no_comments } else { hcl::comments };
        plain(&file.text, at, known, comments)
    }

    pub(super) fn folder(&self, dir: &Path) -> Rc<Folder> {
        if let Some(it) = self.folders.borrow().get(dir) {
            return Rc::clone(it);
        }
        let it = Rc::new(Folder::of(dir, self.sources));
        self.folders.borrow_mut().insert(dir.to_path_buf(), Rc::clone(&it));
        it
    }

    /// The module that a place of a bucket is in.
    pub(super) fn place_of(&self, address: &str, at: Span) -> Rc<Place> {
        let path = self.sources.file(at.file).path.clone();
        self.place(address, &normal(path.parent().unwrap_or(Path::new(""))))
    }

    /// The module that a policy stands in: one on the way to its bucket, else whichever is in that folder.
    fn place(&self, address: &str, dir: &Path) -> Rc<Place> {
        if let Some(it) = self.contract(dir) {
            return it;
        }
        let mut place = Rc::clone(&self.root);
        let mut found = Some(&place).filter(|it| it.dir == dir).cloned();
        for name in calls(address) {
            let Some(inner) = self.called(&place, &name) else { break };
            found = Some(&inner).filter(|it| it.dir == dir).cloned().or(found);
            place = inner;
        }
        found.unwrap_or_else(|| {
            let all = self.places.get_or_init(|| self.all_places());
            match all.get(dir).map(Vec::as_slice) {
                Some([one]) => Rc::clone(one),
                several => {
                    let callers = several.unwrap_or_default().iter().flat_map(|it| it.callers.clone()).collect();
                    Rc::new(Place { dir: dir.to_path_buf(), key: format!("{}?", dir.display()), callers })
                }
            }
        })
    }

    fn all_places(&self) -> HashMap<PathBuf, Vec<Rc<Place>>> {
        let mut all: HashMap<PathBuf, Vec<Rc<Place>>> = HashMap::new();
        let mut open = vec![Rc::clone(&self.root)];
        let mut count = 0;
        while let Some(place) = open.pop() {
            // A module that calls itself has no end.
            if MAX_CALLS < count || 100 < place.key.matches('.').count() {
                continue;
            }
            count += 1;
            let folder = self.folder(&place.dir);
            let names = folder.blocks.iter().filter_map(|it| it.name.strip_prefix("module."));
            open.extend(names.filter_map(|name| self.here(&place, name)));
            all.entry(place.dir.clone()).or_default().push(place);
        }
        all
    }

    /// Texts, and all that they name.
    fn follow(&self, mut open: Vec<(Rc<Place>, String)>, known: &[Span]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut seen: BTreeSet<(String, Vec<String>)> = BTreeSet::new();
        while let Some((place, text)) = open.pop() {
            let text = self.inlined(&place, text, known);
            found.extend(self.files(&place.dir, &text));
            let (text, names) = self.passed_on(&place, text, known);
            let text = self.unnamed(text, &names, known);
            for (place, name) in names {
                if MAX_NAMES < seen.len() {
                    // Too much to follow: all of it counts.
                    found.insert(self.all_said());
                    return found;
                }
                if seen.insert((place.key.clone(), name.clone())) {
                    let name: Vec<&str> = name.iter().map(String::as_str).collect();
                    open.extend(self.named(&place, &name, known));
                }
            }
            found.insert(text);
        }
        found
    }

    /// All that the modules say that have been read, as one short text.
    pub(super) fn all_said(&self) -> String {
        self.digest.get_or_init(|| digest(&self.all_texts())).clone()
    }

    fn all_texts(&self) -> BTreeSet<String> {
        let folders = self.folders.borrow();
        folders.values().flat_map(|it| &it.blocks).map(|it| self.plain(it.at, &[])).collect()
    }

    /// What a name stands for in a module, each text with the module that it is of.
    pub(super) fn named(&self, place: &Rc<Place>, name: &[&str], known: &[Span]) -> Vec<(Rc<Place>, String)> {
        let folder = self.folder(&place.dir);
        let own = |at: Span| (Rc::clone(place), self.plain(at, known));
        match name {
            ["var", name, ..] => self.variable(place, name, known),
            ["local", name, ..] => folder.local(name).map(|it| own(it.span)).collect(),
            ["module", name, rest @ ..] => {
                let Some(call) = folder.named(&format!("module.{name}")).next() else { return Vec::new() };
                let output = format!("output.{}", rest.first().copied().unwrap_or_default());
                let values = self.called(place, name).map(|to| {
                    let inner = self.folder(&to.dir);
                    inner.named(&output).map(|it| (Rc::clone(&to), self.plain(it.at, known))).collect::<Vec<_>>()
                });
                match values.filter(|it| !it.is_empty()) {
                    Some(values) => values.into_iter().chain(self.counts(place, call, known)).collect(),
                    None => vec![own(call.at)],
                }
            }
            ["data", kind, name, ..] => {
                let body =
                    |it: &Block| Some((Rc::clone(place), self.plain(it.at, known).split_once('{')?.1.to_owned()));
                folder.named(&format!("data.{kind}.{name}")).filter_map(body).collect()
            }
            [kind, name, attribute, ..] if kind.contains('_') => {
                let full = format!("{kind}.{name}");
                let blocks = folder.named(&full);
                // What AWS says of a resource does not depend on what else stands in its block.
                match kind.starts_with("aws_") {
                    true => blocks.filter_map(|it| it.attribute(attribute)).map(own).collect(),
                    false => blocks.map(|it| own(it.at)).collect(),
                }
            }
            _ => Vec::new(),
        }
    }

    fn counts(&self, place: &Rc<Place>, block: &Block, known: &[Span]) -> Vec<(Rc<Place>, String)> {
        let both = ["count", "for_each"].into_iter().filter_map(|name| block.attribute(name));
        both.map(|it| (Rc::clone(place), self.plain(it, known))).collect()
    }

    /// What the callers of a module give for a variable; its default where one gives nothing.
    fn variable(&self, place: &Rc<Place>, name: &str, known: &[Span]) -> Vec<(Rc<Place>, String)> {
        let given = || {
            place.callers.iter().filter_map(|(from, call)| {
                let folder = self.folder(&from.dir);
                let at = folder.named(&format!("module.{call}")).next()?.attribute(name)?;
                Some((Rc::clone(from), self.plain(at, known)))
            })
        };
        let default = || {
            let block = format!("var.{name}");
            self.folder(&place.dir).named(&block).next().and_then(|it| it.attribute("default"))
        };
        let default = default().filter(|_| !self.is_open(place, name));
        let default = default.map(|it| (Rc::clone(place), self.plain(it, known)));
        if MAX_CALLERS < place.callers.len() {
            let all = self.joined(place, name, || given().chain(default).collect());
            return vec![(Rc::clone(&self.root), all)];
        }
        let mut found: Vec<_> = given().collect();
        if found.len() < place.callers.len().max(1) {
            found.extend(default);
        }
        found
    }

    /// What many callers give for a variable, found out once.
    fn joined(&self, place: &Place, name: &str, given: impl FnOnce() -> Vec<(Rc<Place>, String)>) -> String {
        let key = (place.dir.clone(), name.to_owned());
        if let Some(it) = self.joined.borrow().get(&key) {
            return it.clone();
        }
        let all = digest(&self.follow(given(), &[]));
        self.joined.borrow_mut().insert(key, all.clone());
        all
    }

    /// What the callers of a module give for a variable, as one short text, where they are many.
    pub(super) fn of_many(&self, place: &Rc<Place>, name: &str) -> Option<String> {
        let is_many = MAX_CALLERS < place.callers.len();
        let value = || self.variable(place, name, &[]).into_iter().next();
        is_many.then(value).flatten().map(|it| it.1)
    }

    /// What an expression says, found out once.
    pub(super) fn said_once(&self, key: (String, Span), says: impl FnOnce() -> (String, Says)) -> (String, Says) {
        if let Some(it) = self.said.borrow().get(&key) {
            return it.clone();
        }
        let it = says();
        self.said.borrow_mut().insert(key, it.clone());
        it
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
        let files: Vec<FileId> =
            paths.filter(|it| self.sources.fs().is_file(it)).filter_map(|it| self.sources.load(&it).ok()).collect();
        files.into_iter().map(|it| self.sources.text(it).to_string()).collect()
    }
}

/// Texts as one short one, which is no name of anything.
pub(super) fn digest(texts: &BTreeSet<String>) -> String {
    let mut all = DefaultHasher::new();
    texts.hash(&mut all);
    format!("{:x}", all.finish())
}

/// The names of the calls in an address: `module.a["x.y"].module.b[0].aws_s3_bucket.c` → `a`, `b`.
pub(super) fn calls(address: &str) -> Vec<String> {
    let steps = super::super::pairs::steps(address);
    let pairs = steps.chunks(2).map_while(|it| match it {
        [kind, name] if kind == "module" => Some(name.clone()),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests;
