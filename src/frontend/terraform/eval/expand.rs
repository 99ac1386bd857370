//! `count`, `for_each` and module calls: which instances there are, and when.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::source::{Diagnostic, Gravity, Span, normal};
use crate::syntax::hcl::{Body, ExprKind};
use crate::value::{Cause, Class, Guard, Hole, Kind, Number, Origin, Seg, SymStr, Symbol, Val, Why};

use super::for_expr::{MAX_ITEMS, items};
use super::operators::as_number;
use super::{Scope, World, same, why_of};
use crate::frontend::terraform::inputs::Fetched;
use crate::frontend::terraform::instance::{Expansion, Instance, Member, Repetition};
use crate::frontend::terraform::module::{self, Block};
use crate::frontend::terraform::{Options, contracts};

/// Modules are not called more deeply than this.
const MAX_MODULE_DEPTH: usize = 24;

/// A run has no more instances of modules, and none more of repeated blocks: each bound by itself multiplies with the others.
const MAX_INSTANCES: usize = 10_000;
const MAX_MEMBERS: usize = 50_000;

impl World<'_> {
    /// The instances of a block.
    pub(in crate::frontend::terraform) fn expansion(
        &self,
        address: &str,
        block: &Block,
        scope: &Scope,
    ) -> Arc<Expansion> {
        let key = (scope.instance.id, address.to_owned());
        if let Some(found) = self.expansions.borrow().get(&key) {
            return found.clone();
        }
        // A block that needs itself to be counted is there once.
        let single = Arc::new(Expansion::new(Repetition::Single, vec![member("", None, None, Guard::always())]));
        self.expansions.borrow_mut().insert(key.clone(), single);
        let mut found = self.expand(&block.body(self), scope);
        if found.kind != Repetition::Single {
            let total = self.members.get() + found.members.len();
            if MAX_MEMBERS < total && 1 < found.members.len() {
                found.members = vec![self.too_many(block.head.header)];
            } else {
                self.members.set(total);
            }
        }
        if let Some(plan) = self.plan {
            let (planned, complaint) = plan.reconcile(&scope.instance.path, address, found, block.head.header);
            self.diagnostics.borrow_mut().extend(complaint);
            found = planned;
        }
        let found = Arc::new(found);
        self.expansions.borrow_mut().insert(key, found.clone());
        found
    }

    fn expand(&self, body: &Body, scope: &Scope) -> Expansion {
        if let Some(count) = body.attribute("count") {
            let value = self.value(&count.value, scope);
            return Expansion::new(Repetition::Count, self.count(&value, count.value.span));
        }
        if let Some(each) = body.attribute("for_each") {
            let value = self.value(&each.value, scope);
            return Expansion::new(Repetition::ForEach, self.for_each(&value, each.value.span));
        }
        let members = match self.enabled(body, scope) {
            Guard::Never => Vec::new(),
            guard => vec![member("", None, None, guard)],
        };
        Expansion::new(Repetition::Single, members)
    }

    fn count(&self, value: &Val, at: Span) -> Vec<Member> {
        if let Kind::Choice(alternatives) = &value.kind {
            let counts: Option<Vec<f64>> = alternatives.iter().map(|it| as_number(&it.value)).collect();
            if let Some(counts) = counts {
                let most = counts.iter().copied().fold(0.0, f64::max);
                return self.numbers(most, at, |index| {
                    let fitting: Vec<_> =
                        alternatives.iter().zip(&counts).filter(|(_, count)| index < **count).collect();
                    match fitting.as_slice() {
                        all if all.len() == alternatives.len() => Guard::always(),
                        [(only, _)] => only.guard.clone(),
                        _ => Guard::when(format!("count of {} > {index}", self.text_of(value)), true),
                    }
                });
            }
        }
        match as_number(value).or_else(|| value.as_bool().map(|it| f64::from(u8::from(it)))) {
            Some(count) => {
                if count < 0.0 || count.fract() != 0.0 {
                    self.note(
                        "invalid-expression",
                        at,
                        format!("`count` is {count}: Terraform takes whole numbers from 0 on"),
                    );
                }
                self.numbers(count, at, |_| Guard::always())
            }
            None => {
                let why = why_of(value, at);
                let index = abstract_key(&format!("{}.index", self.text_of(value)), &why);
                vec![member("[*]", Some(index), None, self.guard_of_more(value))]
            }
        }
    }

    /// The guard of an unknown count: a condition as a number, or more than nothing.
    fn guard_of_more(&self, value: &Val) -> Guard {
        match &value.kind {
            Kind::Choice(_) => self.guard_of(value, true),
            _ => Guard::when(format!("{} > 0", self.text_of(value)), true),
        }
    }

    fn numbers(&self, count: f64, at: Span, guard: impl Fn(f64) -> Guard) -> Vec<Member> {
        let left = MAX_ITEMS.min(MAX_MEMBERS.saturating_sub(self.members.get())).max(1);
        if f64::from(u32::try_from(left).unwrap_or(u32::MAX)) < count {
            return vec![self.too_many(at)];
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
        let count = count.max(0.0) as u32;
        let one = |index: u32| {
            member(&format!("[{index}]"), Some(SymStr::text(index.to_string())), None, guard(f64::from(index)))
        };
        (0..count).map(one).collect()
    }

    fn for_each(&self, value: &Val, at: Span) -> Vec<Member> {
        if let Kind::Choice(alternatives) = &value.kind {
            let mut members: Vec<Vec<Member>> = Vec::new();
            for alternative in alternatives {
                for mut one in self.for_each(&alternative.value, at) {
                    one.guard = one.guard.and(&alternative.guard);
                    match members.iter_mut().find(|it| it.iter().any(|own| own.suffix == one.suffix)) {
                        Some(own) => own.push(one),
                        None => members.push(vec![one]),
                    }
                }
            }
            return members.into_iter().filter_map(merged).collect();
        }
        let rest = match &value.kind {
            Kind::List(list) => list.rest.clone(),
            Kind::Map(map) => map.rest.clone(),
            Kind::Null => {
                self.note("invalid-expression", at, "`for_each` is null: Terraform takes a map or a set".to_owned());
                return Vec::new();
            }
            _ => {
                let why = why_of(value, at);
                return vec![self.abstract_member(&self.text_of(value), &why)];
            }
        };
        let is_set = matches!(value.kind, Kind::List(_));
        let found = items(value).unwrap_or_default();
        if MAX_ITEMS < found.len() {
            return vec![self.too_many(at)];
        }
        let mut members = Vec::new();
        for (key, item) in found {
            let key = if is_set { item.as_symstr() } else { key.as_symstr() };
            let Some(key) = key else { continue };
            let guard = match key.segs() {
                [Seg::Hole(hole)] if hole.known.is_none() && is_abstract(hole) => element_guard(&hole.symbol),
                _ => Guard::always(),
            };
            let suffix = match key.segs() {
                [Seg::Hole(hole)] if hole.known.is_none() && is_abstract(hole) => "[\"*\"]".to_owned(),
                _ => format!("[\"{}\"]", key.display()),
            };
            members.push(member(&suffix, Some(key), Some(item), guard));
        }
        if let Some(why) = rest {
            members.push(self.abstract_member(why.subject(), &why));
        }
        members
    }

    fn abstract_member(&self, collection: &str, why: &Why) -> Member {
        let collection = collected(collection);
        let key = abstract_key(collection, why);
        let symbol = Symbol::new(collection, "each.value");
        let value = Val::unknown(symbol, Class::Any, why.clone(), Origin::default());
        let guard = element_guard(&Symbol::new(collection, "each.key"));
        member("[\"*\"]", Some(key), Some(value), guard)
    }

    fn too_many(&self, at: Span) -> Member {
        let message = format!("more than {MAX_ITEMS} instances, or {MAX_MEMBERS} in all; they are judged as one");
        self.limit(at, message);
        let why = Why::new(Cause::Limit, "the number of instances", Some(at));
        let file = self.sources.file(at.file);
        let place = format!("{}:{}", file.path.display(), file.line_column(at.start).line);
        self.abstract_member(&format!("the block at {place}"), &why)
    }

    /// The scope of one instance of a block.
    pub(in crate::frontend::terraform) fn member_scope(&self, scope: &Scope, kind: Repetition, one: &Member) -> Scope {
        let text = |it: &SymStr| match it.segs() {
            [Seg::Hole(hole)] => Val::new(Kind::Unknown(hole.clone()), Origin::default()),
            _ => Val::new(Kind::String(it.clone()), Origin::default()),
        };
        let object = |entries: Vec<(&str, Val)>| {
            let entries = entries.into_iter().map(|(key, value)| crate::value::Entry {
                key: SymStr::text(key),
                key_origin: Origin::default(),
                value,
            });
            Val::new(Kind::Map(crate::value::Map { entries: entries.collect(), rest: None }), Origin::default())
        };
        let scope = &Scope { guard: scope.guard.and(&one.guard), ..scope.clone() };
        match (kind, &one.key) {
            (Repetition::Single, _) | (_, None) => scope.clone(),
            (Repetition::Count, Some(key)) => {
                let index = match key.known().and_then(|it| it.parse::<f64>().ok()) {
                    Some(number) => Val::new(Kind::Number(Number::new(number)), Origin::default()),
                    None => text(key),
                };
                scope.with("count", object(vec![("index", index)]))
            }
            (Repetition::ForEach, Some(key)) => {
                let value = one.value.clone().unwrap_or_else(|| text(key));
                scope.with("each", object(vec![("key", text(key)), ("value", value)]))
            }
        }
    }

    /// The instances of the module that a call names; `None` where its source is not here.
    pub(in crate::frontend::terraform) fn children(
        &self,
        name: &str,
        scope: &Scope,
    ) -> Option<Arc<Vec<Arc<Instance>>>> {
        let key = (scope.instance.id, name.to_owned());
        if let Some(found) = self.children.borrow().get(&key) {
            return found.clone();
        }
        self.children.borrow_mut().insert(key.clone(), None);
        let found = self.find_children(name, scope);
        self.children.borrow_mut().insert(key, found.clone());
        found
    }

    fn find_children(&self, name: &str, scope: &Scope) -> Option<Arc<Vec<Arc<Instance>>>> {
        let parent = &scope.instance;
        let call = parent.module.calls.get(name)?;
        let body = call.body(self);
        let outer = Scope::of(parent);
        let expansion = self.expansion(&format!("module.{name}"), call, &outer);
        // What is not called needs no source.
        if expansion.members.is_empty() {
            return Some(Arc::default());
        }
        let dir = self.source_dir(name, call, &body, parent)?;
        if MAX_MODULE_DEPTH <= parent.depth {
            let message = format!("modules are nested more than {MAX_MODULE_DEPTH} levels deep");
            self.limit(call.head.header, message);
            return None;
        }
        let dir = normal(&dir);
        if parent.dirs.contains(&dir) {
            let message = format!("module `{name}` leads back to itself");
            let at = call.head.header;
            self.diagnostics.borrow_mut().push(Diagnostic::at("cycle", Gravity::Incomplete, at, message));
            return None;
        }
        let module = self.module(&dir);
        if MAX_INSTANCES < self.instances.get() + expansion.members.len() {
            let message = format!("more than {MAX_INSTANCES} instances of modules; the rest is not judged");
            self.full.set(true);
            self.limit(call.head.header, message);
            return None;
        }
        let mut children = Vec::new();
        for one in &expansion.members {
            let id = self.instances.get() + 1;
            self.instances.set(id);
            children.push(Arc::new(Instance {
                id,
                path: parent.address(&format!("module.{name}{}", one.suffix)),
                module: module.clone(),
                guard: parent.guard.and(&one.guard),
                call: Some((call.clone(), self.member_scope(&outer, expansion.kind, one))),
                providers: self.providers(&body, parent),
                depth: parent.depth + 1,
                dirs: parent.dirs.iter().cloned().chain([dir.clone()]).collect(),
            }));
        }
        Some(Arc::new(children))
    }

    fn source_dir(&self, name: &str, call: &Block, body: &Body, parent: &Instance) -> Option<PathBuf> {
        let source = body.attribute("source").map(|it| self.constant(&it.value));
        let text = source.as_ref().and_then(Val::as_text);
        if let Some(text) = &text
            && (text.starts_with("./") || text.starts_with("../") || text == "." || text == "..")
        {
            let dir = parent.module.dir.join(text);
            if self.sources.fs().is_dir(&dir) {
                return Some(dir);
            }
            self.unresolved(name, call, parent, &format!("its folder `{text}` is not here"), None);
            return None;
        }
        if let Some(dir) = text.as_deref().and_then(|it| mapped(self.options, it)) {
            if self.sources.fs().is_dir(&dir) {
                return Some(dir);
            }
            let shown = dir.display().to_string();
            self.unresolved(name, call, parent, &format!("its folder `{shown}` (--module-source) is not here"), None);
            return None;
        }
        let dotted = parent.path.split('.').filter(|it| *it != "module").map(strip_key).chain([name]);
        let dotted = dotted.filter(|it| !it.is_empty()).collect::<Vec<_>>().join(".");
        let version = body.attribute("version").map(|it| self.constant(&it.value));
        let version = version.as_ref().and_then(Val::as_text);
        let fits = |it: &&Fetched| {
            !self.options.exact_modules || text.as_deref().is_none_or(|source| it.fits(source, version.as_deref()))
        };
        match self.manifest.get(&dotted).filter(fits) {
            Some(fetched) => Some(fetched.dir.clone()),
            None => {
                if let Some(dir) = contracts::folder(self, name, call, body, parent) {
                    return Some(dir);
                }
                if contracts::is_bucketless(self, name, call, body, parent) {
                    return None;
                }
                let shown = text.unwrap_or_else(|| "an unknown source".to_owned());
                let help = "run `terraform init` so that the module is here";
                self.unresolved(name, call, parent, &format!("its source `{shown}` is not here"), Some(help));
                None
            }
        }
    }

    fn unresolved(&self, name: &str, call: &Block, parent: &Instance, reason: &str, help: Option<&str>) {
        let at = call.head.header;
        let address = parent.address(&format!("module.{name}"));
        let gap = crate::model::Gap {
            why: Why::new(Cause::RemoteModule, address.clone(), Some(at)),
            origin: Origin::at(at),
            message: format!("the buckets of {address} are judged by what the call says only: {reason}"),
            help: help.map(str::to_owned),
        };
        let mut gaps = self.gaps.borrow_mut();
        if !gaps.iter().any(|it| it.origin == gap.origin) {
            gaps.push(gap);
        }
    }

    /// The module of a directory, read once.
    pub(in crate::frontend::terraform) fn module(&self, dir: &std::path::Path) -> Arc<module::Module> {
        let key = normal(dir);
        if let Some(found) = self.modules.borrow().get(&key) {
            return found.clone();
        }
        let loaded = Arc::new(module::load(self.sources, &key, &[], &mut self.diagnostics.borrow_mut()));
        self.modules.borrow_mut().insert(key, loaded.clone());
        loaded
    }

    fn providers(&self, body: &Body, parent: &Instance) -> BTreeMap<String, String> {
        let mut providers = parent.providers.clone();
        if let Some(passed) = body.attribute("providers")
            && let ExprKind::Object(items) = &passed.value.kind
        {
            for item in items {
                // JSON writes references as texts.
                let text = |span: Span| self.sources.file(span.file).slice(span).trim().trim_matches('"').to_owned();
                let outer = text(item.value.span);
                let outer = parent.providers.get(&outer).cloned().unwrap_or(outer);
                providers.insert(text(item.key_span), outer);
            }
        }
        providers
    }
}

/// The folder that the user gave for a source, whatever revision is asked for: `git::https://…//sub?ref=v1`.
pub(in crate::frontend::terraform) fn mapped(options: &Options, source: &str) -> Option<PathBuf> {
    let source = contracts::plain(source);
    options.module_sources.iter().find_map(|(from, dir)| {
        let rest = source.strip_prefix(&contracts::plain(from))?;
        match rest.strip_prefix("//") {
            Some(below) => Some(dir.join(below)),
            None => rest.is_empty().then(|| dir.clone()),
        }
    })
}

fn strip_key(part: &str) -> &str {
    part.split('[').next().unwrap_or(part)
}

fn member(suffix: &str, key: Option<SymStr>, value: Option<Val>, guard: Guard) -> Member {
    Member { suffix: suffix.to_owned(), key, value, guard }
}

/// One instance of what several alternatives of a collection have under one key.
fn merged(mut all: Vec<Member>) -> Option<Member> {
    if all.len() < 2 {
        return all.pop();
    }
    let guard = Guard::any(&all.iter().map(|it| &it.guard).collect::<Vec<_>>());
    let first = all.first()?;
    let values: Option<Vec<&Val>> = all.iter().map(|it| it.value.as_ref()).collect();
    let value = values.map(|values| match values.as_slice() {
        [first, rest @ ..] if rest.iter().all(|it| same(first, it)) => (*first).clone(),
        _ => {
            let alternatives = all.iter().filter_map(|it| {
                let value = it.value.clone()?;
                Some(crate::value::Alternative { guard: it.guard.clone(), value })
            });
            let origin = values.first().map(|it| it.origin.clone()).unwrap_or_default();
            Val::new(Kind::Choice(alternatives.collect()), origin)
        }
    });
    Some(Member { guard, value: value.or_else(|| first.value.clone()), ..first.clone() })
}

/// A collection without what leaves its elements as they are: a set has those of the list that it is made from.
fn collected(text: &str) -> &str {
    let inner = ["toset(", "tolist(", "distinct("].iter().find_map(|it| text.strip_prefix(it)?.strip_suffix(')'));
    let mut depth = 0_usize;
    let mut is_inside = |it: char| {
        let was = depth;
        match it {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => (),
        }
        it != ')' || 0 < was
    };
    match inner {
        Some(inner) if !inner.contains('"') && inner.chars().all(&mut is_inside) => collected(inner),
        _ => text,
    }
}

/// The key of an instance that stands for all of a collection that is not known.
fn abstract_key(collection: &str, why: &Why) -> SymStr {
    let symbol = Symbol::new(collection, "each.key");
    SymStr::hole(Hole { symbol, class: Class::Any, known: None, why: why.clone() })
}

fn is_abstract(hole: &Hole) -> bool {
    &*hole.symbol.attribute == "each.key"
}

fn element_guard(symbol: &Symbol) -> Guard {
    Guard::when(format!("{} has an element", symbol.entity), true)
}
