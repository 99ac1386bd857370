//! A plan beside the configuration that it was made of: the plan knows the instances and the values that the code leaves
//! open, the code has the policies and the lines.

use std::collections::BTreeSet;

use crate::source::{Diagnostic, Gravity, Span};
use crate::syntax::skim::Raw;
use crate::value::{Class, Guard, Kind, Origin, SymStr, Symbol, Val};

use super::super::instance::{Expansion, Member, Repetition};
use super::super::module::Module;
use super::super::resources::{self, Found};
use super::Plan;
use super::references::From;

impl Plan<'_> {
    /// Whether the plan can be of this root module: they share a block.
    pub fn fits(&self, module: &Module) -> bool {
        let root = self.references.root();
        let has = |kind: &str, name: &str| module.resources.contains_key(&(kind.to_owned(), name.to_owned()));
        root.resources.iter().any(|it| !it.is_data && has(&it.kind, &it.name))
            || root.module_calls.keys().any(|it| module.calls.contains_key(&**it))
    }

    /// The value of an attribute, where the plan knows all of it.
    pub fn value(&self, address: &str, attribute: &str) -> Option<Val> {
        let one = self.planned.get(*self.by_address.get(address)?)?;
        // A mask that cannot be read may cover anything.
        let is_open = |it: Raw<'_>| serde_json::from_str(it.get()).map_or(true, |it| has_true(&it));
        if one.after_unknown.and_then(|it| it.member(attribute)).is_some_and(is_open) {
            return None;
        }
        let value = self.reader.value(one.after?)?.get(attribute)?.clone();
        (value.kind != Kind::Null).then_some(value)
    }

    /// What an output of a module is that is not here: the resource that it refers to.
    pub fn output(&self, module: &str, output: &str, at: Span) -> Option<Val> {
        let expression = self.references.module(module)?.output(output)?;
        let target = self.references.target(expression, From { module, key: "", each: None })?;
        self.value_of(&target, at, 0)
    }

    /// Whether the plan has resources of a module instance, or of modules below it.
    pub fn has_module(&self, address: &str) -> bool {
        let below = |it: &str| it.strip_prefix(address).is_some_and(|it| it.is_empty() || it.starts_with(['.', '[']));
        self.references.modules.iter().any(|it| below(it))
    }

    /// The instances of a block as planned; a disagreement with what the code says for certain is told.
    pub fn reconcile(
        &self,
        module: &str,
        local: &str,
        found: Expansion,
        header: Span,
    ) -> (Expansion, Option<Diagnostic>) {
        if local.starts_with("data.") || found.kind == Repetition::Single {
            return (found, None);
        }
        let Some(keys) = self.keys(module, local) else { return (found, None) };
        let own: BTreeSet<&str> = found.members.iter().map(|it| it.suffix.as_str()).collect();
        let planned: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
        let is_certain = found.members.iter().all(|it| it.guard == Guard::always() && !it.suffix.contains('*'));
        if is_certain && own == planned {
            return (found, None);
        }
        if is_certain {
            let list = |it: &BTreeSet<&str>| match it.len() {
                0 => "none".to_owned(),
                _ => it.iter().copied().collect::<Vec<_>>().join(", "),
            };
            let message = format!(
                "the plan has other instances of {local} ({}) than the code ({}): it was made of other code or other variables",
                list(&planned),
                list(&own)
            );
            let diagnostic = Diagnostic::at("plan-disagrees", Gravity::Incomplete, header, message);
            return (found, Some(diagnostic.help("plan again, or check the code without the plan")));
        }
        let members = keys.iter().map(|it| member(it, &found, header)).collect();
        (Expansion::new(found.kind, members), None)
    }

    /// The keys of a block's instances; `None` where the plan does not tell.
    fn keys(&self, module: &str, local: &str) -> Option<Vec<String>> {
        if let Some(call) = local.strip_prefix("module.") {
            // A module without resources leaves no trace.
            let keys = self.references.keys_of_module(module, call);
            return (!keys.is_empty()).then_some(keys);
        }
        let known = self.references.instances(module, local);
        let (kind, name) = local.split_once('.')?;
        let is_planned = || self.is_whole && self.references.resource(module, false, kind, name).is_some();
        known.cloned().or_else(|| is_planned().then(Vec::new))
    }

    /// The resources of module instances that the code does not have.
    pub fn lower_missing(&self, visited: &BTreeSet<String>, found: &mut Found) {
        let missing = self.planned.iter().filter(|it| !it.is_data && !visited.contains(&*it.module));
        for one in missing.filter(|it| resources::concerns_s3(&it.kind)) {
            resources::lower_one(&self.resource(one), found);
        }
    }
}

/// An instance with a planned key: the code's own where it has it.
fn member(key: &str, found: &Expansion, header: Span) -> Member {
    if let Some(own) = found.members.iter().find(|it| it.suffix == key) {
        return Member { guard: Guard::always(), ..own.clone() };
    }
    let inner = key.trim_start_matches('[').trim_end_matches(']');
    let text = serde_json::from_str::<String>(inner).unwrap_or_else(|_| inner.to_owned());
    let model = found.members.iter().find(|it| it.suffix.contains('*'));
    let value = model.and_then(|it| it.value.as_ref()).and_then(Val::why).map(|why| {
        let symbol = Symbol::new(format!("{}{key}", why.subject()), "each.value");
        Val::unknown(symbol, Class::Any, why, Origin::at(header))
    });
    Member { suffix: key.to_owned(), key: Some(SymStr::text(text)), value, guard: Guard::always() }
}

fn has_true(unknown: &serde_json::Value) -> bool {
    match unknown {
        serde_json::Value::Bool(it) => *it,
        serde_json::Value::Array(items) => items.iter().any(has_true),
        serde_json::Value::Object(items) => items.values().any(has_true),
        _ => false,
    }
}
