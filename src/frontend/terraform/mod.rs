//! Terraform and OpenTofu: configuration files → model, evaluated on demand.
//!
//! `module` reads directories, `instance` names what is repeated, `eval` evaluates expressions, `functions` are the
//! language's, `resources` says what each resource type means, `plan` reads plans and states.

mod eval;
pub mod functions;
mod inputs;
mod instance;
mod module;
pub mod plan;
pub mod policy_document;
mod resources;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::model::{self, Estate};
use crate::source::{Diagnostic, FileId, Gravity, Sources};
use crate::value::{Guard, Val};

use eval::{World, normal};
use instance::{Instance, Scope};
use resources::Found;

/// What the user says about a run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Further variable files, in order.
    pub var_files: Vec<PathBuf>,
    /// Single variables, in order; they win over files.
    pub vars: Vec<(String, String)>,
    /// The workspace.
    pub workspace: Option<String>,
    /// The account that is deployed to.
    pub account_id: Option<String>,
    /// The region that is deployed to.
    pub region: Option<String>,
    /// The partition that is deployed to.
    pub partition: Option<String>,
}

/// Evaluates the root modules among the directories of `files`. A directory that another one calls as a local module is
/// judged through its callers only.
#[must_use]
pub fn lower(sources: &Sources, files: &[FileId], options: &Options) -> (Estate, Vec<Diagnostic>) {
    let dirs: BTreeSet<PathBuf> = files.iter().filter_map(|it| sources.file(*it).path.parent().map(normal)).collect();
    let called = called(sources, &dirs, options);
    let roots: Vec<&PathBuf> = dirs.iter().filter(|it| !called.contains(*it)).collect();
    let mut results: Vec<(Estate, Vec<Diagnostic>)> =
        roots.par_iter().map(|root| lower_root(sources, root, options)).collect();
    let mut estate = Estate::default();
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    for (part, notes) in results.drain(..) {
        estate.absorb(part);
        for note in notes {
            if !diagnostics.contains(&note) {
                diagnostics.push(note);
            }
        }
    }
    estate.gaps.dedup();
    (estate, diagnostics)
}

/// Directories that a module call of another directory leads to.
fn called(sources: &Sources, dirs: &BTreeSet<PathBuf>, options: &Options) -> BTreeSet<PathBuf> {
    let targets: Vec<BTreeSet<PathBuf>> = dirs
        .par_iter()
        .map(|dir| {
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
            targets
        })
        .collect();
    let called: BTreeSet<PathBuf> = targets.into_iter().flatten().collect();
    // A circle of modules has no root; then each is judged by itself.
    if dirs.iter().all(|it| called.contains(it)) { BTreeSet::new() } else { called }
}

fn lower_root(sources: &Sources, dir: &Path, options: &Options) -> (Estate, Vec<Diagnostic>) {
    let mut world = World::new(sources, options, dir);
    let module = world.module(dir);
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
    visit(&world, &root, &mut found);
    let mut accounts: BTreeMap<String, Option<String>> = BTreeMap::new();
    for bucket in &mut found.buckets {
        let alias = bucket.provider.rsplit('|').next().unwrap_or_default().to_owned();
        let account =
            accounts.entry(alias.clone()).or_insert_with(|| resources::provider::account(&world, &root, &alias));
        bucket.account.clone_from(account);
    }
    let governed = resources::organization::accounts(&found.s3_policies, &found.attachments);
    found.rest.accounts.extend(governed);
    let mut estate = model::link(found.buckets, found.companions);
    estate.absorb(found.rest);
    estate.dangling.extend(found.dangling);
    estate.gaps = world.gaps.borrow().clone();
    model::resolve(&mut estate);
    model::mark_log_targets(&mut estate, &found.log_targets);
    estate.set_namespace(&dir.to_string_lossy());
    estate.tally.files = world.modules.borrow().values().map(|it| it.files.len()).sum();
    (estate, world.diagnostics.into_inner())
}

/// The instance and all that it calls.
fn visit(world: &World, instance: &Arc<Instance>, found: &mut Found) {
    resources::lower(world, instance, found);
    for name in instance.module.calls.keys() {
        match world.children(name, &Scope::of(instance)) {
            Some(children) => {
                for child in children.iter().filter(|it| it.guard != Guard::Never) {
                    visit(world, child, found);
                }
            }
            None => found.buckets.extend(resources::module_call::lower(world, instance, name)),
        }
    }
}

/// Values of variables by name.
type Variables = BTreeMap<String, Val>;
