//! Terragrunt: what a unit gives its module, with what it includes and reads.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::source::{Sources, normal};
use crate::syntax::hcl::{self, Block, Body, Expr, ExprKind, TemplatePart};

use super::{ABSENT, Normal, Says, Scope, Step, literal, suffix};

/// So far up a file is looked for.
const MAX_PARENTS: usize = 16;

/// Files that include and read each other are followed so far.
const MAX_FILES: usize = 4;

/// So many includes of a file are followed.
const MAX_INCLUDES: usize = 16;

/// So many units that depend on each other are followed.
const MAX_UNITS: usize = 16;

/// A file of Terragrunt.
#[derive(Debug)]
pub(in super::super) struct Unit {
    path: PathBuf,
    /// The folder of the unit that is run: what it includes is looked for from there.
    dir: PathBuf,
    body: Body,
    depth: usize,
}

impl Unit {
    /// The unit of a folder.
    pub fn of(sources: &Sources, dir: &Path) -> Option<Rc<Self>> {
        Self::read(sources, dir, &dir.join("terragrunt.hcl"), 0)
    }

    fn read(sources: &Sources, dir: &Path, path: &Path, depth: usize) -> Option<Rc<Self>> {
        let path = normal(path);
        let file = (depth < MAX_FILES && sources.fs().is_file(&path)).then(|| sources.load(&path).ok())??;
        let body = hcl::parse_body(file, &sources.text(file)).tree;
        Some(Rc::new(Self { path, dir: dir.to_path_buf(), body, depth: depth + 1 }))
    }

    /// The folder of the module that it runs, where that is here.
    pub fn module(&self, sources: &Sources) -> Option<PathBuf> {
        let own = self.body.blocks_of("terraform").find_map(|it| it.body.attribute("source"));
        let Some(own) = own else {
            return self.includes(sources).find_map(|it| it.1.module(sources));
        };
        let path = self.target(sources, &own.value)?;
        Some(normal(Path::new(&path.to_string_lossy().replacen("//", "/", 1))))
    }

    fn includes<'s>(&'s self, sources: &'s Sources) -> impl Iterator<Item = (&'s Block, Rc<Self>)> {
        self.body.blocks_of("include").take(MAX_INCLUDES).filter_map(move |it| {
            let path = self.target(sources, &it.body.attribute("path")?.value)?;
            Some((it, Self::read(sources, &self.dir, &path, self.depth)?))
        })
    }

    /// The path that an expression gives.
    pub(super) fn target(&self, sources: &Sources, it: &Expr) -> Option<PathBuf> {
        match &it.kind {
            ExprKind::Parenthesis(it) => self.target(sources, it),
            ExprKind::Template(it) => {
                let mut path = String::new();
                for part in &it.parts {
                    match part {
                        TemplatePart::Literal(it) => path.push_str(&it.text),
                        TemplatePart::Interpolation(it) => path.push_str(&self.target(sources, it)?.to_string_lossy()),
                        _ => return None,
                    }
                }
                let is_whole = matches!(it.parts.first(), Some(TemplatePart::Interpolation(_)));
                Some(if is_whole { PathBuf::from(path) } else { self.dir.join(path) })
            }
            ExprKind::Call { name, args, .. } => match (name.text.as_str(), args.as_slice()) {
                ("get_terragrunt_dir" | "get_original_terragrunt_dir", []) => Some(here(&self.dir)),
                ("dirname", [it]) => self.target(sources, it)?.parent().map(here),
                ("find_in_parent_folders", args) => {
                    let name = |it: &Expr| match &it.kind {
                        ExprKind::Template(it) => literal(&it.parts),
                        _ => None,
                    };
                    let names = match args.first() {
                        Some(it) => vec![name(it)?],
                        None => vec!["root.hcl".to_owned(), "terragrunt.hcl".to_owned()],
                    };
                    let above = |depth: usize| self.dir.join("../".repeat(depth));
                    let mut all = (1..MAX_PARENTS).flat_map(|it| names.iter().map(move |own| above(it).join(own)));
                    all.find(|it| sources.fs().is_file(&normal(it))).map(|it| normal(&it))
                }
                _ => None,
            },
            _ => None,
        }
    }
}

fn here(path: &Path) -> PathBuf {
    if path.as_os_str().is_empty() { PathBuf::from(".") } else { path.to_path_buf() }
}

impl Normal<'_, '_> {
    /// What a unit gives for a variable of its module.
    pub(super) fn input(&self, scope: &Scope, unit: &Rc<Unit>, name: &str, path: &[Step]) -> Option<String> {
        let inner = Scope { unit: Some(Rc::clone(unit)), ..Scope::of(&scope.place).with_set(scope.is_set) };
        let steps = [&[Step::Key(name.to_owned())], path].concat();
        let own = unit.body.attribute("inputs").map(|it| self.value(&inner, &it.value, &steps));
        let own = own.filter(|it| it != ABSENT && it != "merge()");
        let is_certain = |it: &Expr| matches!(it.kind, ExprKind::Object(_));
        if own.is_some() && path.is_empty() && unit.body.attribute("inputs").is_some_and(|it| is_certain(&it.value)) {
            return own;
        }
        let above = unit.includes(self.modules.sources()).filter_map(|it| self.input(scope, &it.1, name, path));
        let all: Vec<String> = above.chain(own).collect();
        match all.as_slice() {
            [] => None,
            [only] => Some(only.clone()),
            _ => Some(format!("inputs({})", all.join(" "))),
        }
    }

    /// What a unit depends on for an output of another: `c.outputs.own`.
    pub fn dependency(&self, unit: &Rc<Unit>, path: &str) {
        let scope = Scope { unit: Some(Rc::clone(unit)), ..Scope::of(self.modules.root()) };
        let steps = path.split(['.', '[', ']']).map(|it| it.trim_matches('"')).filter(|it| !it.is_empty());
        let path: Vec<Step> = steps.map(|it| Step::Key(it.to_owned())).collect();
        let text = self.unit_name(&scope, unit, "dependency", &path);
        self.tell(text);
    }

    /// What a name stands for in a file of Terragrunt.
    pub(super) fn unit_name(&self, scope: &Scope, unit: &Rc<Unit>, name: &str, path: &[Step]) -> String {
        let plain = || format!("{name}{}", suffix(path));
        let labelled = |kind: &'static str, label: &str| {
            let is_it = |it: &&Block| it.labels.first().is_none_or(|it| it.text == label);
            unit.body.blocks_of(kind).find(is_it)
        };
        match (name, path) {
            ("local", [Step::Key(own), rest @ ..]) => {
                let full = format!("{} local.{own}", unit.path.display());
                let locals = || unit.body.blocks_of("locals").find_map(|it| it.body.attribute(own));
                let says = || locals().map_or_else(plain, |it| self.value(&scope.unnamed(), &it.value, rest));
                self.once(&scope.place, &full, rest, scope.is_set, &says)
            }
            ("include", [Step::Key(label), rest @ ..]) => {
                let sources = self.modules.sources();
                let is_it = |it: &&(&Block, Rc<Unit>)| it.0.labels.first().is_none_or(|it| it.text == *label);
                let Some((block, found)) = unit.includes(sources).find(|it| is_it(&it)) else { return plain() };
                let rest = if block.labels.is_empty() { path } else { rest };
                self.of_unit(scope, &found, rest)
            }
            ("dependency", [Step::Key(label), rest @ ..]) => {
                let block = labelled("dependency", label).and_then(|it| it.body.attribute("config_path"));
                let from = block.map(|it| self.value(&scope.unnamed(), &it.value, &[]));
                if let Some(dir) = block.and_then(|it| unit.target(self.modules.sources(), &it.value)) {
                    self.of_dependency(&normal(&dir), rest);
                }
                format!("dependency({}){}", from.unwrap_or_default(), suffix(rest))
            }
            ("feature", [Step::Key(label), rest @ ..]) => {
                let block = labelled("feature", label).map(|it| self.body(&scope.unnamed(), &it.body));
                format!("feature({}){}", block.unwrap_or_default(), suffix(rest))
            }
            _ => plain(),
        }
    }

    /// What another unit gives.
    fn of_dependency(&self, dir: &Path, path: &[Step]) {
        if !self.modules.sources().fs().is_file(&dir.join("terragrunt.hcl")) {
            return;
        }
        let (key, beside) = (format!("{}{}", dir.display(), suffix(path)), &self.beside);
        let known = beside.said.borrow().get(&key).cloned();
        let (text, says) = match known {
            Some(known) => known,
            None => {
                if MAX_UNITS < beside.open.borrow().len() || !beside.open.borrow_mut().insert(key.clone()) {
                    return self.cut();
                }
                let found = self.of_output(dir, path);
                beside.open.borrow_mut().remove(&key);
                beside.said.borrow_mut().insert(key.clone(), found.clone());
                found
            }
        };
        self.tell(format!("{key} {text}"));
        self.found.borrow_mut().add(says);
    }

    /// What the module of a unit says of an output; of another that is here all, else all that the unit says.
    fn of_output(&self, dir: &Path, path: &[Step]) -> (String, Says) {
        let modules = self.beside.unit(self.modules.sources(), dir);
        let own = Normal { beside: Rc::clone(&self.beside), ..Normal::new(&modules, &[], "") };
        own.depth.set(self.depth.get());
        let scope = Scope::of(modules.root());
        let folder = modules.folder(modules.root_dir());
        let text = match path {
            _ if folder.blocks.is_empty() => modules.unit().map(|it| {
                let scope = Scope { unit: Some(Rc::clone(it)), ..scope };
                own.body(&scope, &it.body)
            }),
            [Step::Key(outputs), Step::Key(name), rest @ ..] if outputs == "outputs" => {
                let output = folder.named(&format!("output.{name}")).next();
                output.and_then(|it| it.body.attribute("value")).map(|it| own.value(&scope, &it.value, rest))
            }
            _ => Some(modules.whole()),
        };
        (text.unwrap_or_default(), own.finish())
    }

    /// What a file of Terragrunt says of something: `locals.x`, `inputs.x`.
    fn of_unit(&self, scope: &Scope, unit: &Rc<Unit>, path: &[Step]) -> String {
        let inner = Scope { unit: Some(Rc::clone(unit)), ..scope.unnamed() };
        match path {
            [Step::Key(what), rest @ ..] if what == "locals" && !rest.is_empty() => {
                self.unit_name(&inner, unit, "local", rest)
            }
            [Step::Key(what), rest @ ..] if what == "inputs" => match unit.body.attribute("inputs") {
                Some(it) => self.value(&inner, &it.value, rest),
                None => ABSENT.to_owned(),
            },
            _ => self.body(&inner, &unit.body) + &suffix(path),
        }
    }

    /// What is looked up in a file of Terragrunt that code reads.
    pub(super) fn read_unit(&self, scope: &Scope, file: &Expr, path: &[Step]) -> Option<String> {
        let unit = scope.unit.as_ref()?;
        let sources = self.modules.sources();
        let found = Unit::read(sources, &unit.dir, &unit.target(sources, file)?, unit.depth)?;
        Some(self.of_unit(scope, &found, path))
    }
}
