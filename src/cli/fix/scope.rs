//! How far a fix reaches beyond what was asked about: files elsewhere, and modules that others call. Nobody looked at what such a fix
//! does to them, or looked and found nothing wrong: it is unsafe.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::finding::{Finding, Fix, Safety, Status};
use crate::model::Estate;
use crate::report::Places;
use crate::source::{DEFAULT_LIMIT, FileId, Sources, Span, normal};
use crate::syntax::{hcl, json};

use super::super::{discover, recognise};
use super::names::Names;

/// What was asked about, and where else code may stand that uses it.
pub(in crate::cli) struct Scope {
    /// The paths that were named, as they really are.
    asked: Vec<PathBuf>,
    /// The repositories that they are in.
    repositories: Vec<PathBuf>,
    /// Calls of modules in files of the repositories that no run has looked at, found once.
    elsewhere: OnceCell<Rc<Calls>>,
}

/// Folders by the folders that call them.
type Calls = BTreeMap<PathBuf, BTreeSet<PathBuf>>;

impl Scope {
    /// `asked` are the paths that were named, `roots` the folders that may be read.
    pub fn new(asked: &[PathBuf], roots: &[PathBuf]) -> Self {
        let asked: Vec<PathBuf> = asked.iter().map(|it| real(it)).collect();
        // What is in no repository may be anything, and large.
        let is_searched = |it: &PathBuf| it.join(".git").exists() && !asked.iter().any(|asked| it.starts_with(asked));
        let repositories = roots.iter().map(|it| real(it)).filter(is_searched).collect();
        Self { asked, repositories, elsewhere: OnceCell::new() }
    }

    fn is_asked(&self, path: &Path) -> bool {
        self.asked.iter().any(|it| path.starts_with(it))
    }

    /// The calls in files of the repositories that are not among those of a run.
    fn elsewhere(&self, sources: &Sources) -> Rc<Calls> {
        Rc::clone(self.elsewhere.get_or_init(|| {
            let mut calls = Calls::new();
            if self.repositories.is_empty() {
                return Rc::new(calls);
            }
            let ids = (0..sources.len()).filter_map(|it| u32::try_from(it).ok()).map(FileId);
            let looked: BTreeSet<PathBuf> = ids.map(|it| real(&sources.file(it).path)).collect();
            for folder in &self.repositories {
                for path in discover::below(folder).into_iter().filter(|it| !looked.contains(it)) {
                    // A file that cannot be read, is no text, or is larger than any that is judged calls nothing that can be known here.
                    if is_terraform(&path)
                        && path.metadata().is_ok_and(|it| it.len() <= DEFAULT_LIMIT)
                        && let Ok(text) = std::fs::read_to_string(&path)
                    {
                        called_by(&path, &text, &mut calls);
                    }
                }
            }
            Rc::new(calls)
        }))
    }
}

/// The folders of the modules that a file calls by a path.
fn called_by(path: &Path, text: &str, calls: &mut Calls) {
    let Some(folder) = path.parent().filter(|_| text.contains("source")) else { return };
    let file = FileId(0);
    let blocks = match path.extension().is_some_and(|it| it == "json") {
        true => json::parse(file, text).tree.map(|it| hcl::from_json(file, &it).tree.blocks).unwrap_or_default(),
        false => hcl::index(file, text).tree.blocks,
    };
    // Terragrunt's units name theirs in a block `terraform`.
    for block in blocks.iter().filter(|it| matches!(it.kind.text.as_str(), "module" | "terraform")) {
        let body = block.body(text).tree;
        let Some(value) = body.attribute("source").map(|it| it.value.span) else { continue };
        let source = text.get(value.range()).unwrap_or_default().trim_matches('"');
        let source = source.split_once('?').map_or(source, |it| it.0).replace("//", "/");
        if source.starts_with("./") || source.starts_with("../") {
            let called = real(&normal(&folder.join(source)));
            calls.entry(called).or_default().insert(folder.to_owned());
        }
    }
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| normal(path))
}

/// What of the code of a run is shared.
pub(super) struct Reach<'a> {
    scope: &'a Scope,
    places: Places<'a>,
    names: &'a Names,
    /// The root modules and templates that make something of the code of a module: of a folder, or of a template.
    users: BTreeMap<PathBuf, BTreeSet<&'a str>>,
    /// The same for files.
    readers: BTreeMap<FileId, BTreeSet<&'a str>>,
    /// Those that a rule finds something in, by rule and declaration.
    found: BTreeMap<(String, Option<Span>), BTreeSet<String>>,
    calls: OnceCell<Calls>,
    real: RefCell<HashMap<FileId, PathBuf>>,
}

impl<'a> Reach<'a> {
    /// `findings` are those that count.
    pub fn new(
        scope: &'a Scope,
        places: Places<'a>,
        names: &'a Names,
        estate: &'a Estate,
        findings: &[Finding],
    ) -> Self {
        let sources = places.sources;
        let mut readers: BTreeMap<FileId, BTreeSet<&str>> = BTreeMap::new();
        let mut users: BTreeMap<PathBuf, BTreeSet<&str>> = BTreeMap::new();
        for (namespace, at) in declared(estate) {
            users.entry(unit(&sources.file(at.file).path)).or_default().insert(namespace);
            readers.entry(names.first(at.file)).or_default().insert(namespace);
        }
        let mut found: BTreeMap<(String, Option<Span>), BTreeSet<String>> = BTreeMap::new();
        for it in findings.iter().filter(|it| it.status == Status::Violated) {
            found.entry(subject(it, names)).or_default().insert(it.namespace.clone());
        }
        Self { scope, places, names, users, readers, found, calls: OnceCell::new(), real: RefCell::default() }
    }

    /// The fix, unsafe where it reaches further than what it was judged for.
    pub fn judged(&self, finding: &Finding, mut fix: Fix) -> Fix {
        if fix.safety == Safety::Safe
            && let Some(why) = self.beyond(finding, &fix)
        {
            fix.safety = Safety::Unsafe;
            fix.because = Some(why);
        }
        fix
    }

    fn beyond(&self, finding: &Finding, fix: &Fix) -> Option<String> {
        let files: BTreeSet<FileId> = fix.edits.iter().map(|it| it.at.file).collect();
        files.into_iter().find_map(|file| {
            let path = self.real(file);
            if !self.scope.is_asked(&path) {
                return Some(format!("it edits {}, which was not asked about", self.places.file(file)));
            }
            let own = unit(&self.places.sources.file(file).path);
            let none = BTreeSet::new();
            let found = self.found.get(&subject(finding, self.names)).unwrap_or(&none);
            let is_other = |it: &&&str| **it != finding.namespace && !found.contains(**it);
            let users = [self.users.get(&own), self.readers.get(&self.names.first(file))];
            if let Some(other) = users.into_iter().flatten().flatten().find(is_other) {
                let other = self.places.path(Path::new(other));
                return Some(format!("{other} uses the same code, and nothing is wrong there"));
            }
            let caller = self.caller(path.parent()?)?;
            let caller = self.places.path(&caller);
            Some(format!("{caller} calls the module that it edits, and was not asked about"))
        })
    }

    /// A folder that was not looked at and calls a module, or a module that calls it.
    fn caller(&self, module: &Path) -> Option<PathBuf> {
        let elsewhere = self.scope.elsewhere(self.places.sources);
        if elsewhere.is_empty() {
            return None;
        }
        let calls = self.calls.get_or_init(|| self.calls());
        let (mut next, mut seen) = (vec![module.to_owned()], BTreeSet::new());
        while let Some(module) = next.pop() {
            if let Some(caller) = elsewhere.get(&module).and_then(|it| it.first()) {
                return Some(caller.clone());
            }
            next.extend(calls.get(&module).into_iter().flatten().filter(|it| seen.insert((*it).clone())).cloned());
        }
        None
    }

    /// The calls in the files of the run.
    fn calls(&self) -> Calls {
        let sources = self.places.sources;
        let mut calls = Calls::new();
        let ids = (0..sources.len()).filter_map(|it| u32::try_from(it).ok()).map(FileId);
        for file in ids.map(|it| sources.file(it)).filter(|it| is_terraform(&it.path)) {
            called_by(&self.real(file.id), &file.text, &mut calls);
        }
        calls
    }

    fn real(&self, file: FileId) -> PathBuf {
        let mut all = self.real.borrow_mut();
        all.entry(file).or_insert_with(|| real(&self.places.sources.file(file).path)).clone()
    }
}

/// Where buckets, objects and access points are declared, with the root module or template that makes them.
pub(super) fn declared(estate: &Estate) -> impl Iterator<Item = (&str, Span)> {
    let buckets = estate.buckets.iter().map(|it| (it.namespace.as_str(), it.origin.span));
    let objects = estate.objects.iter().map(|it| (it.namespace.as_str(), it.origin.span));
    let points = estate.access_points.iter().map(|it| (it.namespace.as_str(), it.origin.span));
    buckets.chain(objects).chain(points).filter_map(|(namespace, at)| Some((namespace, at?)))
}

/// What a finding is about, whatever root module it is found for.
fn subject(it: &Finding, names: &Names) -> (String, Option<Span>) {
    (it.rule.clone(), it.declared.or(it.at).map(|it| names.place(it)))
}

/// The folder of a module, or the file that is one by itself.
fn unit(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|_| is_terraform(path));
    folder.unwrap_or(path).to_owned()
}

fn is_terraform(path: &Path) -> bool {
    recognise::by_name(path).is_some_and(|it| it.is_terraform())
}
