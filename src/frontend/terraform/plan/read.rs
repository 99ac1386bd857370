//! The text of `terraform show -json` → [`Document`], in two passes: one over the whole text that only finds where things stand, and
//! one over what is looked at, shared among cores.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::syntax::skim::{Raw, Read, Skim, Wrong};

use super::document::{Configuration, Document, Keep, ModuleCall, ModuleConfiguration, Planned, ResourceConfiguration};

/// Modules within modules; Terraform itself gives up on far fewer.
const MAX_DEPTH: usize = 100;

/// So many entries are read by one core at a time.
const CHUNK: usize = 256;

/// Reads a document.
///
/// # Errors
/// Where it is not JSON, or what is looked at has another shape.
pub(super) fn document(text: &str, keep: Keep) -> Read<Document<'_>> {
    let mut out = Document::default();
    let mut changes: Option<Vec<usize>> = None;
    let (mut variables, mut values, mut prior_state, mut configuration) = (None, None, None, None);
    let mut seen = Seen::default();
    let mut skim = Skim::new(text);
    skim.members(|skim, key| {
        seen.once(skim, &key)?;
        match &*key {
            "format_version" => out.format_version = optional(skim, Skim::text)?,
            "variables" => variables = Some(start(skim)?),
            "errored" => out.errored = flag(skim)?.unwrap_or_default(),
            "complete" => out.complete = flag(skim)?,
            "resource_changes" => {
                changes = optional(skim, |skim| {
                    let mut starts = Vec::new();
                    skim.items(|skim| {
                        starts.push(start(skim)?);
                        Ok(())
                    })?;
                    Ok(starts)
                })?;
            }
            "values" => values = optional(skim, start)?,
            "planned_values" => out.planned_values = Some(skim.value()?).filter(|it| !it.is_null()),
            "prior_state" => prior_state = optional(skim, start)?,
            "configuration" => configuration = optional(skim, start)?,
            _ => skim.value().map(|_| ())?,
        }
        Ok(())
    })?;
    skim.end()?;
    out.lists_changes = changes.as_ref().is_some_and(|it| !it.is_empty());
    if let Some(at) = variables {
        Skim::from(text, at).members(|skim, name| {
            let value = skim.value()?.member("value").filter(|it| !it.is_null());
            out.variables.extend(value.map(|it| (name, it)));
            Ok(())
        })?;
    }
    let (changed, rest) = rayon::join(
        || changes.map(|it| all_changes(text, &it, keep)).transpose(),
        || {
            let values = values.map(|at| state(text, at, Part::All(keep))).transpose()?;
            let prior = prior_state.map(|at| prior(text, at)).transpose()?;
            let configuration = configuration.map(|at| self::configuration(text, at, keep)).transpose()?;
            Ok((values, prior, configuration.unwrap_or_default()))
        },
    );
    let (values, prior, configuration) = rest?;
    out.configuration = configuration;
    out.changes = changed?.map(|it| out.take(it));
    out.values = values.map(|it| out.take(it));
    out.known_before = prior.map_or_else(Vec::new, |it| out.take(it));
    Ok(out)
}

/// Resources, and the modules of all that stood beside them.
#[derive(Default)]
struct Resources<'t> {
    kept: Vec<Planned<'t>>,
    modules: BTreeSet<Cow<'t, str>>,
}

impl<'t> Resources<'t> {
    fn push(&mut self, one: Planned<'t>, is_wanted: bool) {
        if !self.modules.contains(&one.module) {
            self.modules.insert(one.module.clone());
        }
        self.kept.extend(is_wanted.then_some(one));
    }
}

impl<'t> Document<'t> {
    fn take(&mut self, resources: Resources<'t>) -> Vec<Planned<'t>> {
        self.modules.extend(resources.modules);
        resources.kept
    }
}

/// The keys that are looked at, of any object.
const KEYS: [&str; 28] = [
    "address",
    "mode",
    "type",
    "name",
    "index",
    "change",
    "values",
    "actions",
    "after",
    "module_address",
    "after_unknown",
    "after_sensitive",
    "sensitive_values",
    "expressions",
    "provider_config_key",
    "for_each_expression",
    "resources",
    "child_modules",
    "module_calls",
    "module",
    "outputs",
    "root_module",
    "provider_config",
    "resource_changes",
    "prior_state",
    "configuration",
    "variables",
    "format_version",
];

/// Which of [`KEYS`] an object was seen to have: each may stand there once.
#[derive(Default)]
struct Seen(u32);

impl Seen {
    fn once(&mut self, skim: &Skim<'_>, key: &str) -> Read<()> {
        let Some(at) = KEYS.iter().position(|it| *it == key) else { return Ok(()) };
        if self.0 & (1 << at) != 0 {
            return skim.wrong(format!("the key `{key}` once"));
        }
        self.0 |= 1 << at;
        Ok(())
    }
}

/// Passes over a value; answers where it begins.
fn start(skim: &mut Skim<'_>) -> Read<usize> {
    let at = skim.place();
    skim.value()?;
    Ok(at)
}

/// A value that may be `null`.
fn optional<'t, T>(skim: &mut Skim<'t>, read: impl FnOnce(&mut Skim<'t>) -> Read<T>) -> Read<Option<T>> {
    if skim.is_null() { skim.value().map(|_| None) } else { read(skim).map(Some) }
}

fn flag(skim: &mut Skim<'_>) -> Read<Option<bool>> {
    let at = skim.place();
    match skim.value()?.get() {
        "true" => Ok(Some(true)),
        "false" => Ok(Some(false)),
        "null" => Ok(None),
        _ => Err(Wrong { at, expected: "`true` or `false`".into() }),
    }
}

/// A text that may be `null`.
fn name<'t>(skim: &mut Skim<'t>) -> Read<Option<Cow<'t, str>>> {
    optional(skim, Skim::text)
}

/// A value, unless it is `null`.
fn part<'t>(skim: &mut Skim<'t>) -> Read<Option<Raw<'t>>> {
    Ok(Some(skim.value()?).filter(|it| !it.is_null()))
}

/// What identifies a resource.
#[derive(Default)]
struct Head<'t> {
    mode: Option<Cow<'t, str>>,
    kind: Option<Cow<'t, str>>,
    name: Option<Cow<'t, str>>,
}

impl<'t> Head<'t> {
    /// Takes a member that is one of these.
    fn take(&mut self, skim: &mut Skim<'t>, key: &str) -> Read<bool> {
        match key {
            "mode" => self.mode = Some(skim.text()?),
            "type" => self.kind = Some(skim.text()?),
            "name" => self.name = Some(skim.text()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Mode, type and name.
    fn whole(self, skim: &Skim<'_>) -> Read<(bool, Cow<'t, str>, Cow<'t, str>)> {
        match (self.mode, self.kind, self.name) {
            (Some(mode), Some(kind), Some(name)) => Ok((mode == "data", kind, name)),
            _ => skim.wrong("a resource with `mode`, `type` and `name`"),
        }
    }
}

fn all_changes<'t>(text: &'t str, starts: &[usize], keep: Keep) -> Read<Resources<'t>> {
    let parts = starts.par_chunks(CHUNK).map(|chunk| {
        let mut part = Resources::default();
        for at in chunk {
            if let Some(one) = change(text, *at)? {
                let is_wanted = keep.wants(one.is_data, &one.kind);
                part.push(one, is_wanted);
            }
        }
        Ok(part)
    });
    let parts: Vec<Resources<'t>> = parts.collect::<Read<_>>()?;
    let mut all = Resources::default();
    all.kept.reserve_exact(parts.iter().map(|it| it.kept.len()).sum());
    for part in parts {
        all.kept.extend(part.kept);
        all.modules.extend(part.modules);
    }
    Ok(all)
}

/// An entry of `resource_changes`; nothing where the resource is not there afterwards: deleted, or forgotten (`removed` blocks).
fn change(text: &str, at: usize) -> Read<Option<Planned<'_>>> {
    let mut skim = Skim::from(text, at);
    let (mut head, mut seen, mut change) = (Head::default(), Seen::default(), None);
    let (mut address, mut module, mut index) = (None, None, None);
    let (mut after, mut after_unknown, mut sensitive) = (None, None, None);
    skim.members(|skim, key| {
        seen.once(skim, &key)?;
        match &*key {
            "address" => address = Some(quoted(skim)?),
            "module_address" => module = name(skim)?,
            "index" => index = part(skim)?,
            "change" => {
                let mut seen = Seen::default();
                let (mut all_gone, mut any, mut created) = (true, None, false);
                skim.members(|skim, key| {
                    seen.once(skim, &key)?;
                    match &*key {
                        "actions" => {
                            any = Some(false);
                            skim.items(|skim| {
                                let action = skim.text()?;
                                any = Some(true);
                                all_gone &= matches!(&*action, "delete" | "forget");
                                created |= action == "create";
                                Ok(())
                            })?;
                        }
                        "after" => after = part(skim)?,
                        "after_unknown" => after_unknown = part(skim)?,
                        "after_sensitive" => sensitive = part(skim)?,
                        _ => skim.value().map(|_| ())?,
                    }
                    Ok(())
                })?;
                change = any.map(|any| (any && all_gone, created));
            }
            key if head.take(skim, key)? => {}
            _ => skim.value().map(|_| ())?,
        }
        Ok(())
    })?;
    let (is_data, kind, name) = head.whole(&skim)?;
    let (Some((address, at)), Some((is_gone, is_created))) = (address, change) else {
        return skim.wrong("a change with `address` and `change.actions`");
    };
    let module = module.unwrap_or_default();
    let key = index.map_or_else(String::new, key_of);
    let planned =
        Planned { address, at, module, is_data, kind, name, key, is_created, after, after_unknown, sensitive };
    Ok((!is_gone).then_some(planned))
}

/// A text, and as it is written.
fn quoted<'t>(skim: &mut Skim<'t>) -> Read<(Cow<'t, str>, Raw<'t>)> {
    let at = skim.place();
    let raw = skim.value()?;
    let text = raw.text().ok_or(Wrong { at, expected: "a text in double quotes".into() })?;
    Ok((text, raw))
}

/// `[0]`, `["x"]`, with the escapes that Terraform writes.
fn key_of(index: Raw<'_>) -> String {
    match index.get() {
        plain if !plain.contains('\\') => format!("[{plain}]"),
        other => serde_json::from_str::<serde_json::Value>(other)
            .map_or_else(|_| format!("[{other}]"), |it| format!("[{it}]")),
    }
}

fn prior(text: &str, at: usize) -> Read<Resources<'_>> {
    let mut values = None;
    Skim::from(text, at).members(|skim, key| {
        match &*key {
            "values" => values = optional(skim, start)?,
            _ => skim.value().map(|_| ())?,
        }
        Ok(())
    })?;
    values.map_or_else(|| Ok(Resources::default()), |at| state(text, at, Part::Data))
}

/// What of a state is looked at.
#[derive(Clone, Copy)]
enum Part {
    /// All of it: it is what is there.
    All(Keep),
    /// Data sources, of the state before a plan: its resources may be gone afterwards.
    Data,
}

/// The resources of a tree of modules that are wanted.
fn state<'t>(text: &'t str, at: usize, part: Part) -> Read<Resources<'t>> {
    let (mut all, mut has_root) = (Resources::default(), false);
    let mut skim = Skim::from(text, at);
    skim.members(|skim, key| {
        match &*key {
            "root_module" => {
                has_root = true;
                module_values(skim, part, &mut all, 0)?;
            }
            _ => skim.value().map(|_| ())?,
        }
        Ok(())
    })?;
    if has_root { Ok(all) } else { skim.wrong("values with `root_module`") }
}

fn module_values<'t>(skim: &mut Skim<'t>, part: Part, all: &mut Resources<'t>, depth: usize) -> Read<()> {
    if MAX_DEPTH < depth {
        return skim.wrong(format!("at most {MAX_DEPTH} modules within each other"));
    }
    let (mut address, mut own, mut has_any, mut seen) = (None, 0..0, false, Seen::default());
    skim.members(|skim, key| {
        seen.once(skim, &key)?;
        match &*key {
            "address" => address = name(skim)?,
            "resources" => {
                own.start = all.kept.len();
                skim.items(|skim| {
                    let one = resource(skim)?;
                    let (counts, is_wanted) = match part {
                        Part::All(keep) => (true, keep.wants(one.is_data, &one.kind)),
                        Part::Data => (one.is_data, one.is_data),
                    };
                    has_any |= counts;
                    all.kept.extend(is_wanted.then_some(one));
                    Ok(())
                })?;
                own.end = all.kept.len();
            }
            "child_modules" => skim.items(|skim| module_values(skim, part, all, depth + 1))?,
            _ => skim.value().map(|_| ())?,
        }
        Ok(())
    })?;
    let address = address.unwrap_or_default();
    if let Some(own) = all.kept.get_mut(own) {
        own.iter_mut().for_each(|it| it.module.clone_from(&address));
    }
    if has_any {
        all.modules.insert(address);
    }
    Ok(())
}

fn resource<'t>(skim: &mut Skim<'t>) -> Read<Planned<'t>> {
    let (mut head, mut seen) = (Head::default(), Seen::default());
    let (mut address, mut index, mut values, mut sensitive) = (None, None, None, None);
    skim.members(|skim, key| {
        seen.once(skim, &key)?;
        match &*key {
            "address" => address = Some(quoted(skim)?),
            "index" => index = part(skim)?,
            "values" => values = part(skim)?,
            "sensitive_values" => sensitive = part(skim)?,
            key if head.take(skim, key)? => {}
            _ => skim.value().map(|_| ())?,
        }
        Ok(())
    })?;
    let (is_data, kind, name) = head.whole(skim)?;
    let Some((address, at)) = address else { return skim.wrong("a resource with `address`") };
    Ok(Planned {
        address,
        at,
        module: Cow::Borrowed(""),
        is_data,
        kind,
        name,
        key: index.map_or_else(String::new, key_of),
        is_created: false,
        after: values,
        after_unknown: None,
        sensitive,
    })
}

fn configuration(text: &str, at: usize, keep: Keep) -> Read<Configuration<'_>> {
    let (mut out, mut seen) = (Configuration::default(), Seen::default());
    Skim::from(text, at).members(|skim, key| {
        seen.once(skim, &key)?;
        match &*key {
            "provider_config" => out.provider_config = part(skim)?,
            "root_module" => out.root_module = module(skim, keep, 0)?,
            _ => skim.value().map(|_| ())?,
        }
        Ok(())
    })?;
    Ok(out)
}

fn module<'t>(skim: &mut Skim<'t>, keep: Keep, depth: usize) -> Read<ModuleConfiguration<'t>> {
    if MAX_DEPTH < depth {
        return skim.wrong(format!("at most {MAX_DEPTH} modules within each other"));
    }
    let (mut out, mut seen) = (ModuleConfiguration::default(), Seen::default());
    skim.members(|skim, key| {
        seen.once(skim, &key)?;
        match &*key {
            "outputs" => out.outputs = part(skim)?,
            "resources" => skim.items(|skim| {
                out.resources.extend(Some(block(skim)?).filter(|it| keep.wants(it.is_data, &it.kind)));
                Ok(())
            })?,
            "module_calls" => {
                let mut calls = BTreeMap::new();
                skim.members(|skim, name| {
                    calls.insert(name, call(skim, keep, depth)?);
                    Ok(())
                })?;
                out.module_calls = calls;
            }
            _ => skim.value().map(|_| ())?,
        }
        Ok(())
    })?;
    out.resources.shrink_to_fit();
    Ok(out)
}

fn block<'t>(skim: &mut Skim<'t>) -> Read<ResourceConfiguration<'t>> {
    let (mut head, mut seen) = (Head::default(), Seen::default());
    let (mut provider_config_key, mut expressions, mut for_each_expression) = (None, None, None);
    skim.members(|skim, key| {
        seen.once(skim, &key)?;
        match &*key {
            "provider_config_key" => provider_config_key = name(skim)?,
            "expressions" => expressions = part(skim)?,
            "for_each_expression" => for_each_expression = part(skim)?,
            key if head.take(skim, key)? => {}
            _ => skim.value().map(|_| ())?,
        }
        Ok(())
    })?;
    let (is_data, kind, name) = head.whole(skim)?;
    Ok(ResourceConfiguration { is_data, kind, name, provider_config_key, expressions, for_each_expression })
}

fn call<'t>(skim: &mut Skim<'t>, keep: Keep, depth: usize) -> Read<ModuleCall<'t>> {
    let (mut out, mut seen) = (ModuleCall::default(), Seen::default());
    skim.members(|skim, key| {
        seen.once(skim, &key)?;
        match &*key {
            "expressions" => out.expressions = part(skim)?,
            "for_each_expression" => out.for_each_expression = part(skim)?,
            "module" => out.module = module(skim, keep, depth + 1)?,
            _ => skim.value().map(|_| ())?,
        }
        Ok(())
    })?;
    Ok(out)
}
