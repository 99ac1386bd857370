//! Where an argument that is unknown until apply comes from: the references of its expression, followed through modules.
//!
//! The configuration part of a plan lists what an expression refers to, not what it makes of that. A bucket argument that
//! refers to one bucket is taken to be that bucket; one that refers to several stays unknown.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use crate::syntax::skim::Raw;

use super::document::{Configuration, ModuleCall, ModuleConfiguration, ResourceConfiguration};

/// References are not followed further than this.
const MAX_HOPS: usize = 24;

/// Something that a reference leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    /// Instance address.
    pub address: String,
    /// `id`, `json`; empty where the expression takes the whole resource.
    pub attribute: String,
}

/// The configuration and the instances of a plan.
pub(super) struct References<'p> {
    pub configuration: &'p Configuration<'p>,
    /// Module instance, mode, type and name → the keys of its instances.
    pub instances: Instances<'p>,
    /// Module instances that have something.
    pub modules: BTreeSet<&'p str>,
    /// Names of module calls, mode, type and name → block.
    blocks: Blocks<'p>,
}

/// From where a reference is made.
#[derive(Clone, Copy)]
pub(super) struct From<'a> {
    /// `module.a["x"]`.
    pub module: &'a str,
    /// The key of the resource that refers: `["x"]`.
    pub key: &'a str,
    /// What `each` stands for.
    pub each: Option<Raw<'a>>,
}

impl<'p> References<'p> {
    /// The references of a configuration whose instances are these.
    pub fn new(configuration: &'p Configuration<'p>, instances: Instances<'p>, modules: BTreeSet<&'p str>) -> Self {
        let mut blocks = HashMap::new();
        index(&configuration.root_module, "", &mut blocks);
        Self { configuration, instances, modules, blocks }
    }

    /// The module's part of the configuration.
    pub fn module(&self, address: &str) -> Option<&'p ModuleConfiguration<'p>> {
        let mut module = &self.configuration.root_module;
        for name in names(address) {
            module = &module.module_calls.get(name)?.module;
        }
        Some(module)
    }

    /// The block of a resource.
    pub fn resource(
        &self,
        module: &str,
        is_data: bool,
        kind: &str,
        name: &str,
    ) -> Option<&'p ResourceConfiguration<'p>> {
        let blocks = match module {
            "" => self.blocks.get(""),
            module => self.blocks.get(names(module).join(".").as_str()),
        };
        blocks?.get(&(is_data, kind, name)).copied()
    }

    /// The one resource that an expression refers to.
    pub fn target(&self, expression: Raw<'_>, from: From) -> Option<Target> {
        let mut all = Vec::new();
        self.follow(expression, from, 0, &mut all)?;
        all.sort();
        all.dedup();
        match all.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        }
    }

    /// `None` where a reference leads nowhere that is known.
    fn follow(&self, expression: Raw<'_>, from: From, hops: usize, all: &mut Vec<Target>) -> Option<()> {
        let references = expression.member("references")?.items()?;
        if MAX_HOPS < hops {
            return None;
        }
        let texts: Vec<Cow<'_, str>> = references.into_iter().filter_map(Raw::text).collect();
        // The list has each reference with its prefixes: `a.b.id`, `a.b`.
        let whole = |it: &&Cow<'_, str>| {
            !texts.iter().any(|longer| longer.len() > it.len() && longer.starts_with(&***it) && is_cut(longer, it))
        };
        for text in texts.iter().filter(whole) {
            self.one(text, from, hops, all)?;
        }
        Some(())
    }

    fn one(&self, text: &str, from: From, hops: usize, all: &mut Vec<Target>) -> Option<()> {
        let parts = steps(text);
        let first = *parts.first()?;
        match first {
            "each" => {
                let each = from.each?;
                self.follow(each, from, hops + 1, all)
            }
            "count" | "path" | "terraform" => Some(()),
            "var" => {
                let (parent, call) = self.call_of(from.module)?;
                let outer = From { module: parent, key: last_key(from.module), each: call.for_each_expression };
                let argument = call.expressions?.member(parts.get(1)?)?;
                match argument.member("constant_value") {
                    Some(_) => Some(()),
                    None => self.follow(argument, outer, hops + 1, all),
                }
            }
            "module" => {
                let name = parts.get(1)?;
                let (key, rest) = split_key(&parts, 2);
                let call = self.module(from.module)?.module_calls.get(*name)?;
                let output = call.module.output(rest.first()?)?;
                let key = self.key_of_module(from, name, key)?;
                let inner = join(from.module, &format!("module.{name}{key}"));
                self.follow(output, From { module: &inner, key: "", each: None }, hops + 1, all)
            }
            "data" => self.resource_target(true, parts.get(1..)?, from, hops, all),
            "local" => None,
            _ => self.resource_target(false, &parts, from, hops, all),
        }
    }

    fn resource_target(
        &self,
        is_data: bool,
        parts: &[&str],
        from: From,
        hops: usize,
        all: &mut Vec<Target>,
    ) -> Option<()> {
        let (kind, name) = (parts.first()?, parts.get(1)?);
        let (key, rest) = split_key(parts, 2);
        let prefix = if is_data { "data." } else { "" };
        let local = format!("{prefix}{kind}.{name}");
        let key = self.key_of(from.module, &local, from.key, key)?;
        let attribute = rest.first().copied().unwrap_or_default();
        // A companion's `id` and `bucket` are the bucket's.
        if kind.starts_with("aws_s3_bucket_") && matches!(attribute, "id" | "bucket") {
            let block = self.resource(from.module, false, kind, name)?;
            let own = From { module: from.module, key: &key, each: block.for_each_expression };
            return self.follow(block.expressions?.member("bucket")?, own, hops + 1, all);
        }
        all.push(Target { address: join(from.module, &format!("{local}{key}")), attribute: attribute.to_owned() });
        Some(())
    }

    /// The key of the instance that is meant: written, or the only one, or that of the one who refers.
    fn key_of(&self, module: &str, local: &str, own: &str, written: Option<&str>) -> Option<String> {
        if let Some(written) = written {
            return Some(format!("[{written}]"));
        }
        let keys = self.instances(module, local)?;
        match keys.as_slice() {
            [only] => Some(only.clone()),
            all => all.iter().find(|it| *it == own).cloned(),
        }
    }

    fn key_of_module(&self, from: From, name: &str, written: Option<&str>) -> Option<String> {
        if let Some(written) = written {
            return Some(format!("[{written}]"));
        }
        match self.keys_of_module(from.module, name).as_slice() {
            [only] => Some(only.clone()),
            all => all.iter().find(|it| *it == from.key).cloned(),
        }
    }

    /// The keys of a module's instances that have resources.
    pub fn keys_of_module(&self, parent: &str, name: &str) -> Vec<String> {
        let start = join(parent, &format!("module.{name}"));
        let mut keys: Vec<String> = Vec::new();
        for module in &self.modules {
            let Some(rest) = module.strip_prefix(&start) else { continue };
            let end = if rest.starts_with('[') { rest.find(']').map_or(0, |it| it + 1) } else { 0 };
            let key = rest.get(..end).unwrap_or_default();
            if (rest.is_empty() || rest.starts_with(['[', '.'])) && !keys.iter().any(|it| it == key) {
                keys.push(key.to_owned());
            }
        }
        keys
    }

    /// The keys of a block's instances.
    pub fn instances<'x>(&'x self, module: &'x str, local: &'x str) -> Option<&'x Vec<String>> {
        let (is_data, block) = local.strip_prefix("data.").map_or((false, local), |it| (true, it));
        let (kind, name) = block.split_once('.')?;
        self.instances.get(&(module, is_data, kind, name))
    }

    /// The root module's configuration.
    pub fn root(&self) -> &'p ModuleConfiguration<'p> {
        &self.configuration.root_module
    }

    fn call_of<'m>(&self, module: &'m str) -> Option<(&'m str, &'p ModuleCall<'p>)> {
        let parts = modules(module);
        let (last, _) = parts.split_last()?;
        let parent = module.get(..module.len() - last.len())?.trim_end_matches('.');
        let name = names(last).pop()?;
        Some((parent, self.module(parent)?.module_calls.get(name)?))
    }
}

/// See [`References::instances`]. Plans have a hundred thousand.
pub(super) type Instances<'p> = HashMap<(&'p str, bool, &'p str, &'p str), Vec<String>>;

/// By the path of module calls: whether it is data, type and name.
type Blocks<'p> = HashMap<String, HashMap<(bool, &'p str, &'p str), &'p ResourceConfiguration<'p>>>;

fn index<'p>(module: &'p ModuleConfiguration<'p>, path: &str, blocks: &mut Blocks<'p>) {
    let own = module.resources.iter().map(|it| ((it.is_data, &*it.kind, &*it.name), it));
    blocks.insert(path.to_owned(), own.collect());
    for (name, call) in &module.module_calls {
        let inner = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
        index(&call.module, &inner, blocks);
    }
}

/// `a.b["x.y"].id` → `a`, `b`, `["x.y"]`, `id`.
fn steps(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut deep) = (0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '[' if !quoted => {
                if start < at {
                    parts.extend(text.get(start..at));
                }
                (start, deep) = (at, true);
            }
            ']' if !quoted => {
                parts.extend(text.get(start..=at));
                (start, deep) = (at + 1, false);
            }
            '.' if !quoted && !deep => {
                if start < at {
                    parts.extend(text.get(start..at));
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..).filter(|it| !it.is_empty()));
    parts
}

/// The key at a position, without its brackets, and the steps behind it.
fn split_key<'a, 's>(parts: &'s [&'a str], at: usize) -> (Option<&'a str>, &'s [&'a str]) {
    let key = parts.get(at).and_then(|it| it.strip_prefix('[')).and_then(|it| it.strip_suffix(']'));
    (key, parts.get(at + usize::from(key.is_some())..).unwrap_or_default())
}

/// Whether `prefix` ends where a step of `text` ends.
fn is_cut(text: &str, prefix: &str) -> bool {
    text.get(prefix.len()..).is_some_and(|it| it.starts_with(['.', '[']))
}

/// `module.a["x"].module.b` → `module.a["x"]`, `module.b`.
fn modules(address: &str) -> Vec<&str> {
    let parts = steps(address);
    let mut out = Vec::new();
    let mut at = 0;
    while let (Some(module), Some(name)) = (parts.get(at), parts.get(at + 1)) {
        let key = parts.get(at + 2).filter(|it| it.starts_with('['));
        let last = key.unwrap_or(name);
        let start = offset(address, module);
        let end = offset(address, last) + last.len();
        out.extend(address.get(start..end));
        at += 2 + usize::from(key.is_some());
    }
    out
}

fn offset(whole: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

/// The names of the calls that lead to a module.
fn names(address: &str) -> Vec<&str> {
    modules(address).into_iter().filter_map(|it| steps(it).get(1).copied()).collect()
}

fn last_key(module: &str) -> &str {
    let parts = steps(module);
    parts.last().copied().filter(|it| it.starts_with('[')).unwrap_or_default()
}

fn join(module: &str, local: &str) -> String {
    if module.is_empty() { local.to_owned() } else { format!("{module}.{local}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        assert_eq!(steps("a.b[\"x.y\"].id"), ["a", "b", "[\"x.y\"]", "id"]);
        assert_eq!(modules("module.a[\"x.y\"].module.b"), ["module.a[\"x.y\"]", "module.b"]);
        assert_eq!(names("module.a[0].module.b"), ["a", "b"]);
        assert_eq!(last_key("module.b.module.a[0]"), "[0]");
        assert_eq!(modules(""), Vec::<&str>::new());
    }
}
