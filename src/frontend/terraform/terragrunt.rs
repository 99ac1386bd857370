//! Terragrunt units (`terragrunt.hcl`): a local module with inputs, judged as Terraform would be run there.
//!
//! What the units depend on (`dependency`), the environment and programs that they run are unknown. A parent configuration is
//! read where `include` finds it by `find_in_parent_folders`; what an include cannot tell leaves every variable open that the unit
//! does not set. <https://terragrunt.gruntwork.io/docs/reference/hcl/>

mod arguments;
mod generate;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::Gap;
use crate::source::{Diagnostic, FileId, Sources, Span};
use crate::syntax::hcl::{self, Body};
use crate::value::{Cause, Class, Guard, Kind, List, Map, Origin, Symbol, Val, Why};

use super::eval::{World, normal, why_of};
use super::instance::{Instance, Scope};
use super::{Options, Variables, module};

/// What a unit runs.
pub(super) struct Unit {
    /// Folder of the unit.
    pub dir: PathBuf,
    /// Folder of its module; `None` where that is not here.
    pub module: Option<PathBuf>,
    /// Values of variables.
    pub inputs: Variables,
    /// Values that the command line is given: they win over all others.
    forced: Variables,
    /// Files that Terragrunt writes into the module.
    generated: Vec<generate::Generated>,
    /// Why there may be further inputs.
    pub rest: Option<Why>,
    /// What is not judged.
    pub gap: Option<Gap>,
    pub diagnostics: Vec<Diagnostic>,
}

/// One configuration file, with all that it includes.
struct Configuration {
    source: Option<(Val, Span)>,
    inputs: Variables,
    rest: Option<Why>,
    arguments: Vec<arguments::Given>,
    generated: Vec<generate::Generated>,
}

/// Includes are not followed further than this.
const MAX_INCLUDES: usize = 4;

/// Reads a unit; `None` for a file that runs nothing: the parent of others.
pub(super) fn read(sources: &Sources, options: &Options, file: FileId) -> Option<Unit> {
    let dir = sources.file(file).path.parent().map(normal).unwrap_or_default();
    let mut diagnostics = Vec::new();
    let mut found = configuration(sources, options, file, &dir, 0, &mut diagnostics);
    let mut forced = Variables::new();
    for given in std::mem::take(&mut found.arguments) {
        found.inputs.extend(given.environment);
        forced.extend(given.forced);
    }
    let generated = std::mem::take(&mut found.generated);
    let Some((source, at)) = found.source else {
        // Code beside the file is what the unit runs; without any, it is the parent of others.
        let is_code = |it: &PathBuf| it.extension().is_some_and(|it| it == "tf" || it == "tofu");
        let module = sources.fs().list(&dir).iter().any(is_code).then(|| dir.clone())?;
        return Some(Unit {
            dir,
            module: Some(module),
            inputs: found.inputs,
            forced,
            generated,
            rest: found.rest,
            gap: None,
            diagnostics,
        });
    };
    let text = source.as_text();
    let shown = text.clone().unwrap_or_else(|| "an unknown source".to_owned());
    let module = text.as_deref().and_then(|it| folder(sources, options, &dir, it));
    let gap = module.is_none().then(|| {
        let subject = format!("unit {}", dir.display());
        Gap {
            why: Why::new(Cause::RemoteModule, subject, Some(at)),
            origin: Origin::at(at),
            message: format!("the Terragrunt unit is not judged: its source `{shown}` is not here"),
            help: Some("say where it is with --module-source SOURCE=DIR".to_owned()),
        }
    });
    Some(Unit { dir, module, inputs: found.inputs, forced, generated, rest: found.rest, gap, diagnostics })
}

fn configuration(
    sources: &Sources,
    options: &Options,
    file: FileId,
    unit: &Path,
    depth: usize,
    diagnostics: &mut Vec<Diagnostic>,
) -> Configuration {
    let path = sources.file(file).path.clone();
    let text = sources.text(file);
    let parsed = hcl::parse_body(file, &text);
    let mut world = World::new(sources, options, unit);
    world.terragrunt = Some(unit.to_path_buf());
    world.report_syntax(&parsed.errors);
    let scope = scope(module::of_file(sources, file, &path, diagnostics), unit);
    let mut out = Configuration {
        source: None,
        inputs: Variables::new(),
        rest: None,
        arguments: Vec::new(),
        generated: Vec::new(),
    };
    // Inputs that the own ones are merged into, not put in the place of.
    let mut deep = Variables::new();
    for include in parsed.tree.blocks_of("include") {
        let Some(attribute) = include.body.attribute("path") else { continue };
        let target = world.value(&attribute.value, &scope);
        let parent = target.as_text().filter(|_| depth < MAX_INCLUDES).map(|it| normal(&unit.join(it)));
        match parent.and_then(|it| sources.load(&it).ok()) {
            Some(parent) if parent != file => {
                let strategy = include.body.attribute("merge_strategy").map(|it| world.value(&it.value, &scope));
                let strategy = strategy.map_or(Some("shallow".to_owned()), |it| it.as_text());
                if strategy.as_deref() == Some("no_merge") {
                    continue;
                }
                let parent = configuration(sources, options, parent, unit, depth + 1, diagnostics);
                if strategy.as_deref() != Some("shallow") {
                    deep.extend(parent.inputs.clone());
                }
                arguments::inherit(&mut out.arguments, parent.arguments);
                generate::inherit(&mut out.generated, parent.generated);
                out.source = out.source.or(parent.source);
                out.inputs.extend(parent.inputs);
                out.rest = out.rest.or(parent.rest);
            }
            _ => out.rest = Some(Why::new(Cause::MissingFile, "an included configuration", Some(include.header))),
        }
    }
    if let Some(attribute) = parsed.tree.attribute("inputs") {
        let value = world.value(&attribute.value, &scope);
        match &value.kind {
            Kind::Map(map) => {
                for entry in &map.entries {
                    let Some(key) = entry.key.known() else { continue };
                    let value = match deep.get(&key) {
                        Some(under) => merged(under, &entry.value, 0),
                        None => entry.value.clone(),
                    };
                    out.inputs.insert(key, value);
                }
                let open = map.entries.iter().any(|it| it.key.known().is_none());
                let why = || map.rest.clone().or_else(|| open.then(|| why_of(&value, attribute.value.span)));
                out.rest = out.rest.or_else(why);
            }
            _ => out.rest = out.rest.or_else(|| Some(why_of(&value, attribute.value.span))),
        }
    }
    let reader = arguments::Reader { world: &world, scope: &scope, unit };
    let own: Vec<_> = parsed.tree.blocks_of("terraform").flat_map(|it| it.body.blocks_of("extra_arguments")).collect();
    let own = own.into_iter().filter_map(|it| reader.read(it)).collect::<Vec<_>>();
    for why in own.iter().filter_map(|it| it.rest.clone()) {
        out.rest = out.rest.or(Some(why));
    }
    arguments::inherit(&mut out.arguments, own);
    let own = parsed.tree.blocks_of("generate").filter_map(|it| generate::read(&world, &scope, it)).collect();
    generate::inherit(&mut out.generated, own);
    if let Some(source) = source(&parsed.tree) {
        out.source = Some((world.value(&source.value, &scope), source.value.span));
    }
    diagnostics.extend(world.diagnostics.into_inner());
    out
}

/// Inputs as `merge_strategy = "deep"` puts them together: maps entry by entry, lists one after the other.
fn merged(under: &Val, over: &Val, depth: usize) -> Val {
    const MAX_DEPTH: usize = 32;
    let kind = match (&under.kind, &over.kind) {
        _ if MAX_DEPTH < depth => return over.clone(),
        (Kind::Map(under), Kind::Map(over)) => {
            let mut entries = under.entries.clone();
            for entry in &over.entries {
                match entries.iter_mut().find(|it| it.key.display() == entry.key.display()) {
                    Some(own) => own.value = merged(&own.value, &entry.value, depth + 1),
                    None => entries.push(entry.clone()),
                }
            }
            Kind::Map(Map { entries, rest: over.rest.clone().or_else(|| under.rest.clone()) })
        }
        (Kind::List(under), Kind::List(over)) => {
            let items = under.items.iter().chain(&over.items).cloned().collect();
            Kind::List(List { items, rest: over.rest.clone().or_else(|| under.rest.clone()) })
        }
        // What is under it may have further entries.
        (Kind::Unknown(hole), Kind::Map(over)) => {
            Kind::Map(Map { rest: over.rest.clone().or_else(|| Some(hole.why.clone())), ..over.clone() })
        }
        _ => return over.clone(),
    };
    over.with_kind(kind)
}

fn source(body: &Body) -> Option<&hcl::Attribute> {
    body.blocks_of("terraform").next()?.body.attribute("source")
}

/// Locals of the file; what Terragrunt knows and the file does not is unknown.
fn scope(module: module::Module, unit: &Path) -> Scope {
    let instance = Instance {
        id: 0,
        path: String::new(),
        module: Arc::new(module),
        guard: Guard::always(),
        call: None,
        providers: BTreeMap::new(),
        depth: 0,
        dirs: vec![unit.to_path_buf()],
    };
    let mut scope = Scope::of(&Arc::new(instance));
    for name in ["dependency", "include", "feature", "values", "unit"] {
        // Units are told apart: the same dependency of another unit may be another one.
        let symbol = Symbol::new(format!("{name} of {}", unit.display()), "");
        let why = Why::new(Cause::DataSource, name, None);
        scope = scope.with(name, Val::unknown(symbol, Class::Any, why, Origin::default()));
    }
    scope
}

/// The folder of a source that is here. `//` separates what is fetched from the module in it.
fn folder(sources: &Sources, options: &Options, dir: &Path, source: &str) -> Option<PathBuf> {
    let plain = source.split('?').next().unwrap_or(source);
    let own = dir.to_string_lossy();
    let is_own = !own.is_empty() && plain.starts_with(&*own);
    let found = if plain.starts_with('.') || is_own {
        let path = plain.replacen("//", "/", 1);
        normal(&if is_own { PathBuf::from(path) } else { dir.join(path) })
    } else {
        super::eval::mapped(options, source)?
    };
    sources.fs().is_dir(&found).then_some(found)
}

impl World<'_> {
    /// The module of a unit, with the files that Terragrunt writes into it.
    pub(super) fn unit_module(&self, unit: &Unit, dir: &Path) -> Arc<module::Module> {
        let extra: Vec<module::Extra> =
            unit.generated.iter().filter_map(|it| it.file(self.sources, &unit.dir)).collect();
        if extra.is_empty() {
            return self.module(dir);
        }
        let loaded = Arc::new(module::load(self.sources, &normal(dir), &extra, &mut self.diagnostics.borrow_mut()));
        self.modules.borrow_mut().insert(normal(dir), loaded.clone());
        loaded
    }

    /// A unit's inputs come as environment variables, so files of variables win over them. What may be set elsewhere is unknown,
    /// whatever its default.
    pub(super) fn add_inputs(&mut self, unit: &Unit, module: &module::Module) {
        for (name, value) in &unit.inputs {
            self.tfvars.entry(name.clone()).or_insert_with(|| value.clone());
        }
        self.tfvars.extend(unit.forced.clone());
        let Some(why) = &unit.rest else { return };
        for (name, block) in &module.variables {
            let symbol = Symbol::new(format!("var.{name} of {}", unit.dir.display()), "");
            let open = || Val::unknown(symbol, Class::Any, why.clone(), Origin::at(block.head.header));
            self.tfvars.entry(name.clone()).or_insert_with(open);
        }
    }
}

/// The value of a function of Terragrunt's own that the files decide.
pub(super) fn call(world: &World, unit: &Path, name: &str, args: &[Val], at: Span) -> Option<Val> {
    let path = match name {
        "get_terragrunt_dir" | "get_original_terragrunt_dir" => {
            if unit.as_os_str().is_empty() {
                ".".to_owned()
            } else {
                unit.to_string_lossy().into_owned()
            }
        }
        "get_aws_account_id" => return Some(world.deployment("account_id", at)),
        "find_in_parent_folders" => {
            let wanted = match args.first() {
                Some(name) => vec![name.as_text()?],
                None => vec!["root.hcl".to_owned(), "terragrunt.hcl".to_owned()],
            };
            // Relative to the unit, as includes are.
            let above = |depth: usize| "../".repeat(depth);
            let found = (1..16).flat_map(|depth| wanted.iter().map(move |it| format!("{}{it}", above(depth))));
            let mut found = found.filter(|it| world.sources.fs().is_file(&normal(&unit.join(it))));
            found.next()?
        }
        _ => return None,
    };
    Some(Val::string(path, Origin::at(at)))
}
