//! Terraform and OpenTofu: configuration files → model, evaluated on demand.
//!
//! `module` reads directories, `instance` names what is repeated, `eval` evaluates expressions, `functions` are the
//! language's, `resources` says what each resource type means, `plan` reads plans and states.

mod arguments;
pub mod contracts;
mod eval;
pub mod functions;
mod inputs;
mod instance;
mod lifecycle;
mod module;
pub use module::{OPENTOFU, is_code};
pub mod plan;
pub mod policy_document;
mod resources;
mod stacks;
pub use stacks::is_stack;
mod terragrunt;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::model::{self, Estate};
use crate::source::{Diagnostic, FileId, Gravity, Sources};
use crate::syntax::hcl;
use crate::value::{Guard, Truth, Val};

use eval::{World, normal};
use instance::{Instance, Scope};
use resources::Found;
use terragrunt::Unit;

/// What the user says about a run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Further variable files, in order.
    pub var_files: Vec<PathBuf>,
    /// Single variables, in order; they win over files.
    pub vars: Vec<(String, String)>,
    /// What is said once more, in order: it wins over both.
    pub again: Vec<Given>,
    /// Sources of modules (`github.com/org/module`) and the folders that have them.
    pub module_sources: Vec<(String, PathBuf)>,
    /// Contracts of the user's own for modules whose source is not here, in order.
    pub contracts: Vec<contracts::Contract>,
    /// Sources of modules that make no bucket, as the user says.
    pub bucketless: contracts::Bucketless,
    /// Whether a module that was fetched counts only where the manifest says that it is the one which the call asks for.
    pub exact_modules: bool,
    /// The workspace.
    pub workspace: Option<String>,
    /// Variables whose defaults say nothing: who calls it or deploys it may give another value.
    pub open: BTreeSet<String>,
    /// What single root modules are given, by folder, in the place of files, variables and workspace of all.
    pub of_roots: BTreeMap<PathBuf, RootInputs>,
    /// The account that is deployed to.
    pub account_id: Option<String>,
    /// The region that is deployed to.
    pub region: Option<String>,
    /// The partition that is deployed to.
    pub partition: Option<String>,
    /// Plans and states as JSON, with whether they were asked about by name. One that was, and was made of the root module that
    /// it lies beside, informs its evaluation; others are judged by themselves: a plan that was left behind is no authority.
    pub plans: Vec<(FileId, bool)>,
    /// Terragrunt's configuration files.
    pub terragrunt: Vec<FileId>,
}

/// One thing that gives variables values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// A name and its value.
    Value(String, String),
    /// A file.
    File(PathBuf),
}

/// What one root module is given.
#[derive(Clone, Debug, Default)]
pub struct RootInputs {
    /// Variable files, in order.
    pub variable_files: Vec<PathBuf>,
    /// Single variables, in order; they win over files.
    pub variables: Vec<(String, String)>,
    /// What is said once more, in order: it wins over both.
    pub again: Vec<Given>,
    /// The workspace.
    pub workspace: Option<String>,
    /// Variables whose defaults say nothing: who calls it or deploys it may give another value.
    pub open: BTreeSet<String>,
}

impl Options {
    /// The same with what the root module in a folder is given.
    fn of_root(&self, dir: &Path) -> Cow<'_, Self> {
        match self.of_roots.get(&normal(dir)) {
            None => Cow::Borrowed(self),
            Some(own) => Cow::Owned(Self {
                var_files: own.variable_files.clone(),
                vars: own.variables.clone(),
                again: own.again.clone(),
                workspace: own.workspace.clone(),
                open: own.open.clone(),
                ..self.clone()
            }),
        }
    }
}

/// Evaluates the root modules among the directories of `files`. A directory that another one calls as a local module is
/// judged through its callers only.
#[must_use]
pub fn lower(sources: &Sources, files: &[FileId], options: &Options) -> (Estate, Vec<Diagnostic>) {
    // Files of one folder stand together.
    let mut parents: Vec<PathBuf> = Vec::new();
    for file in files.iter().map(|it| sources.file(*it)) {
        let Some(parent) = file.path.parent() else { continue };
        if parents.last().is_none_or(|it| it.as_os_str() != parent.as_os_str()) {
            parents.push(parent.to_owned());
        }
    }
    let mut dirs: BTreeSet<PathBuf> = parents.iter().map(|it| normal(it)).collect();
    let (informed, alone) = beside(sources, options);
    dirs.extend(informed.keys().cloned());
    let (stacks, units): (Vec<FileId>, Vec<FileId>) =
        options.terragrunt.iter().partition(|it| is_stack(&sources.file(**it).path));
    let mut units: Vec<Unit> = units.iter().filter_map(|it| terragrunt::read(sources, options, *it)).collect();
    let (worlds, targets) = calls(sources, &dirs, options);
    let mut called = called(&dirs, targets);
    called.extend(units.iter().filter_map(|it| it.module.clone()));
    // What was read to find the calls is read once.
    let roots: Vec<World> = worlds.into_iter().filter(|it| !called.contains(&it.root)).collect();
    let mut results: Vec<(Estate, Vec<Diagnostic>)> = roots
        .into_par_iter()
        .map(|world| {
            let plan = informed.get(&world.root).copied();
            lower_root(world, plan, None)
        })
        .collect();
    results.extend(units.par_iter_mut().map(|it| lower_unit(sources, it, options)).collect::<Vec<_>>());
    results.extend(alone.par_iter().map(|it| plan::lower(sources, *it, options)).collect::<Vec<_>>());
    let mut estate = Estate::default();
    estate.gaps.extend(stacks.iter().filter_map(|it| stacks::gap(sources, *it)));
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let mut told = BTreeSet::new();
    for (part, notes) in results.drain(..) {
        estate.absorb(part);
        for note in notes {
            if told.insert((note.code, note.at, note.path.clone(), note.message.clone())) {
                diagnostics.push(note);
            }
        }
    }
    estate.gaps.dedup();
    (estate, diagnostics)
}

/// The directories, each with those that its module calls lead to.
fn calls<'s>(
    sources: &'s Sources,
    dirs: &BTreeSet<PathBuf>,
    options: &'s Options,
) -> (Vec<World<'s>>, Vec<BTreeSet<PathBuf>>) {
    let each = dirs.par_iter().map(|dir| {
        let world = World::new(sources, options, dir);
        let module = world.module(dir);
        let mut targets = BTreeSet::new();
        for call in module.calls.values() {
            let body = call.body(&world);
            let Some(source) = body.attribute("source") else { continue };
            let text = sources.file(source.value.span.file).slice(source.value.span).trim_matches('"').to_owned();
            if text.starts_with('.') {
                let target = normal(&dir.join(text));
                if target != *dir {
                    targets.insert(target);
                }
            }
        }
        (world, targets)
    });
    each.unzip()
}

/// Directories that a module call of another directory leads to.
fn called(dirs: &BTreeSet<PathBuf>, targets: Vec<BTreeSet<PathBuf>>) -> BTreeSet<PathBuf> {
    let calls: BTreeMap<&PathBuf, BTreeSet<PathBuf>> = dirs.iter().zip(targets).collect();
    let mut called: BTreeSet<PathBuf> = calls.values().flatten().cloned().collect();
    // Modules that call each other in a circle, and that no root leads to, are judged by themselves.
    let roots: Vec<&PathBuf> = dirs.iter().filter(|it| !called.contains(*it)).collect();
    let judged = reached(&calls, roots);
    let is_lost =
        |it: &&PathBuf| !judged.contains(*it) && reached(&calls, calls.get(it).into_iter().flatten()).contains(*it);
    let lost: Vec<&PathBuf> = dirs.iter().filter(is_lost).collect();
    called.retain(|it| !lost.contains(&it));
    called
}

/// The directories that calls lead to, those they start from included.
fn reached<'a>(
    calls: &'a BTreeMap<&PathBuf, BTreeSet<PathBuf>>,
    from: impl IntoIterator<Item = &'a PathBuf>,
) -> BTreeSet<&'a PathBuf> {
    let mut open: Vec<&PathBuf> = from.into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(dir) = open.pop() {
        if seen.insert(dir) {
            open.extend(calls.get(dir).into_iter().flatten());
        }
    }
    seen
}

/// The plans that were made of the root module in their folder, and the others.
fn beside(sources: &Sources, options: &Options) -> (BTreeMap<PathBuf, FileId>, Vec<FileId>) {
    let (mut informed, mut alone) = (BTreeMap::new(), Vec::new());
    for (file, named) in &options.plans {
        let dir = sources.file(*file).path.parent().map(normal).unwrap_or_default();
        let module = World::new(sources, options, &dir).module(&dir);
        // A large plan without code beside it is read once.
        let fits = *named && !module.files.is_empty() && {
            let text = sources.text(*file);
            plan::read(*file, &text, plan::Keep::All).0.is_some_and(|document| {
                let reader = plan::Reader { file: *file, text: &text };
                document.changes.is_some() && plan::Plan::new(&document, reader, "", options).fits(&module)
            })
        };
        if fits && !informed.contains_key(&dir) {
            informed.insert(dir, *file);
        } else {
            alone.push(*file);
        }
    }
    (informed, alone)
}

fn lower_unit(sources: &Sources, unit: &mut Unit, options: &Options) -> (Estate, Vec<Diagnostic>) {
    let mut complaints = std::mem::take(&mut unit.diagnostics);
    let Some(dir) = unit.module.clone() else {
        let tally = model::Tally { files: 1, broken_files: 0 };
        return (Estate { gaps: unit.gap.take().into_iter().collect(), tally, ..Estate::default() }, complaints);
    };
    let (mut estate, own) = lower_root(World::new(sources, options, &dir), None, Some(unit));
    estate.tally.files += 1;
    complaints.extend(own);
    (estate, complaints)
}

fn lower_root(world: World<'_>, plan: Option<FileId>, unit: Option<&Unit>) -> (Estate, Vec<Diagnostic>) {
    let (sources, dir) = (world.sources, world.root.clone());
    let dir = dir.as_path();
    let own = world.options.of_root(unit.map_or(dir, |it| &it.dir));
    let options = own.as_ref();
    let text = plan.map(|it| sources.text(it)).unwrap_or_default();
    let (document, complaints) = plan.map(|it| plan::read(it, &text, plan::Keep::All)).unwrap_or_default();
    let informed = plan.zip(document.as_ref()).map(|(file, document)| {
        plan::Plan::new(document, plan::Reader { file, text: &text }, &dir.to_string_lossy(), options)
    });
    // A root with inputs of its own is another world.
    let mut world = match &own {
        Cow::Borrowed(_) => world,
        Cow::Owned(own) => World::new(sources, own, dir),
    };
    world.plan = informed.as_ref();
    world.diagnostics.borrow_mut().extend(complaints);
    let module = unit.map_or_else(|| world.module(dir), |it| world.unit_module(it, dir));
    if module.files.is_empty() {
        let message = "the folder of these files cannot be listed, so they are not judged";
        let complaint = Diagnostic::path("unreadable-file", Gravity::Incomplete, dir, message);
        world.diagnostics.borrow_mut().push(complaint);
    }
    if !module.concerns_s3() {
        return (Estate::default(), world.diagnostics.into_inner());
    }
    world.manifest = inputs::manifest(sources, dir);
    let (tfvars, notes) = inputs::variables(sources, dir, options, &world);
    world.diagnostics.borrow_mut().extend(notes);
    world.tfvars = tfvars;
    if let Some(unit) = unit {
        world.add_inputs(unit, &module);
    }
    if let (Some(document), Some(file)) = (&document, plan) {
        world.tfvars.extend(inputs::planned(document, plan::Reader { file, text: &text }));
    }
    let root = Arc::new(Instance {
        id: 0,
        path: String::new(),
        module,
        guard: Guard::always(),
        call: None,
        providers: BTreeMap::new(),
        depth: 0,
        dirs: vec![normal(dir)],
    });
    let mut found = Found::default();
    let mut visited = BTreeSet::new();
    visit(&world, &root, &mut found, &mut visited);
    if let Some(plan) = world.plan {
        plan.lower_missing(&visited, &mut found);
        world.gaps.borrow_mut().retain(|it| !plan.has_module(it.why.subject()));
    }
    let mut accounts: BTreeMap<String, Option<String>> = BTreeMap::new();
    for bucket in &mut found.buckets {
        let alias = bucket.provider.rsplit('|').next().unwrap_or_default().to_owned();
        let account =
            accounts.entry(alias.clone()).or_insert_with(|| resources::provider::account(&world, &root, &alias));
        bucket.account.clone_from(account);
        let tags = std::mem::replace(&mut bucket.tags, crate::value::Attr::absent(bucket.origin.clone()));
        bucket.tags = resources::provider::tags(&world, &root, &alias, tags);
    }
    let all = found.buckets.iter().map(|it| &it.provider).chain(found.companions.iter().map(|it| &it.provider));
    let all = all.chain(found.rest.accounts.iter().map(|it| &it.provider)).cloned();
    let all: BTreeSet<String> = all.chain(resources::provider::names(&world, &root)).collect();
    let described = |it: String| {
        let alias = it.rsplit('|').next().unwrap_or_default();
        let provider = resources::provider::described(&world, &root, alias);
        (it, provider)
    };
    found.rest.providers = all.into_iter().map(described).collect();
    found.complete();
    let governed = resources::organization::accounts(&found.s3_policies, &found.attachments);
    found.rest.accounts.extend(governed);
    let mut estate = model::link(found.buckets, found.companions);
    estate.absorb(found.rest);
    estate.dangling.extend(found.dangling);
    estate.gaps.extend(world.gaps.borrow().iter().cloned());
    estate.secrets = world.secrets.take();
    let published = world.published.take();
    estate.secrets.retain(|it| !published.contains(it));
    model::resolve(&mut estate);
    model::mark_log_targets(&mut estate, &found.log_targets, &found.cdn_log_targets);
    model::mark_backed_up(&mut estate, &found.backed_up);
    let namespace = unit.map_or(dir, |it| &it.dir).to_string_lossy();
    estate.set_namespace(&namespace);
    estate.given.insert(namespace.into_owned(), world.given(&root));
    let files: usize = world
        .modules
        .borrow()
        .values()
        .flat_map(|it| &it.files)
        .filter(|it| sources.file(**it).stands_at.is_none())
        .count();
    estate.tally.files = files + usize::from(plan.is_some());
    (estate, world.diagnostics.into_inner())
}

/// The instance and all that it calls.
fn visit(world: &World, instance: &Arc<Instance>, found: &mut Found, visited: &mut BTreeSet<String>) {
    resources::lower(world, instance, found);
    visited.insert(instance.path.clone());
    found.rest.moved.extend(instance.module.moved.iter().filter_map(|it| moved(world, instance, it)));
    found.rest.removed.extend(instance.module.removed.iter().filter_map(|it| removed(world, instance, it)));
    for name in instance.module.calls.keys() {
        match world.children(name, &Scope::of(instance)) {
            Some(children) => {
                for child in children.iter().filter(|it| it.guard != Guard::Never) {
                    visit(world, child, found, visited);
                }
            }
            None if world.full.get() => (),
            // The plan has the resources that the call stands for.
            None if world.plan.is_some_and(|it| it.has_module(&instance.address(&format!("module.{name}")))) => (),
            None => found.buckets.extend(resources::module_call::lower(world, instance, name)),
        }
    }
}

/// What a `moved` block says.
fn moved(world: &World, instance: &Instance, block: &module::Block) -> Option<model::Moved> {
    let body = block.body(world);
    let address = |name: &str| address(world, instance, body.attribute(name)?);
    Some(model::Moved { namespace: String::new(), from: address("from")?, to: address("to")? })
}

/// What a `removed` block says. Without a word on it Terraform destroys what OpenTofu lets go of.
fn removed(world: &World, instance: &Instance, block: &module::Block) -> Option<model::Removed> {
    let body = block.body(world);
    let from = address(world, instance, body.attribute("from")?)?;
    let lifecycle = body.blocks_of("lifecycle").next();
    let text = lifecycle.and_then(|it| it.body.attribute("destroy")).map(|it| written(world, it));
    let is_destroyed = match text.as_deref() {
        Some("true") => Truth::Yes,
        Some("false") => Truth::No,
        _ => Truth::Unknown,
    };
    Some(model::Removed { namespace: String::new(), from, at: block.head.header, is_destroyed })
}

/// An address, which is written as a reference and begins in the module that it stands in.
fn address(world: &World, instance: &Instance, attribute: &hcl::Attribute) -> Option<String> {
    let text: String = written(world, attribute).split_whitespace().collect();
    (!text.is_empty()).then(|| instance.address(&text))
}

/// The text of an attribute. JSON writes references as texts.
fn written(world: &World, attribute: &hcl::Attribute) -> String {
    let span = attribute.value.span;
    let file = world.sources.file(span.file);
    let text = file.slice(span);
    text.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(text).to_owned()
}

/// Values of variables by name.
type Variables = BTreeMap<String, Val>;
