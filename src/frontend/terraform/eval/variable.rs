//! Variables, locals and the values of a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::frontend::terraform::instance::Instance;
use crate::frontend::terraform::module;
use crate::source::Span;
use crate::syntax::hcl::{Attribute, Block, Body, Expr, ExprKind};
use crate::value::{Cause, Class, Entry, Hole, HopKind, Kind, Map, Origin, SymStr, Symbol, Val, Why};

use super::{Evaluated, Key, Scope, World, unknown};

impl World<'_> {
    /// What the variables of a root module are given, and what those are that have a default only.
    pub(in crate::frontend::terraform) fn given(&self, root: &Arc<Instance>) -> BTreeMap<String, Val> {
        let default = |block: &module::Block| Some(block.body(self).attribute("default")?.value.clone());
        let defaults = root.module.variables.iter().filter(|it| !self.tfvars.contains_key(it.0));
        let value = |it: &Expr| self.value(it, &Scope::of(root));
        let defaults = defaults.filter_map(|(name, block)| Some((name.clone(), value(&default(block)?))));
        self.tfvars.clone().into_iter().chain(defaults).collect()
    }

    /// `var.name`.
    pub(super) fn variable(&self, name: &str, at: Span, scope: &Scope) -> Evaluated {
        let instance = &scope.instance;
        let key = Key { instance: instance.id, kind: "var", name: name.to_owned() };
        let value = self.remember(key, at, || self.variable_value(name, at, scope));
        let shown = instance.address(&format!("var.{name}"));
        let kind = match (&instance.call, self.tfvars.contains_key(name)) {
            (None, false) => HopKind::Default,
            _ => HopKind::Argument,
        };
        // Whether the argument was given decides; a default in a called module is an assumption of nobody's.
        let kind = match value.origin.via.as_deref() {
            Some(hop) if hop.kind == HopKind::Default && hop.name.is_empty() => HopKind::Default,
            _ => kind,
        };
        if value.why().is_some() && matches!(value.kind, Kind::Unknown(_)) && value.origin.span.is_none() {
            return Ok(Val { origin: Origin::at(at), ..value });
        }
        let origin = Origin { span: value.origin.span, via: value.origin.via.clone().filter(|it| !it.name.is_empty()) };
        Ok(Val { origin: origin.used_at(at, kind, shown), ..value })
    }

    fn object_of(&self, block: &Block, scope: &Scope) -> Val {
        let entry = |it: &Attribute| Entry {
            key: SymStr::text(it.name.text.as_str()),
            key_origin: Origin::at(it.value.span),
            value: self.value(&it.value, scope),
        };
        let entries = block.body.attributes.iter().map(entry).collect();
        Val::new(Kind::Map(Map { entries, rest: None }), Origin::at(block.header))
    }

    fn variable_value(&self, name: &str, at: Span, scope: &Scope) -> Val {
        let instance = &scope.instance;
        let declared = instance.module.variables.get(name);
        let body = declared.map(|it| it.body(self));
        let sensitive = body.as_deref().is_some_and(|it| flag(it, "sensitive"));
        let given = match &instance.call {
            None => self.tfvars.get(name).cloned(),
            Some((call, outer)) => {
                let call = call.body(self);
                let written = call.attribute(name).map(|it| self.value(&it.value, outer));
                // A block where an object is meant: Terraform refuses it, what is meant is plain.
                written.or_else(|| call.blocks_of(name).next().map(|it| self.object_of(it, outer)))
            }
        };
        let type_of = body.as_deref().and_then(|it| it.attribute("type")).map(|it| &it.value);
        let is_open = instance.call.is_none() && self.options.open.contains(name);
        let default = || body.as_deref().and_then(|it| it.attribute("default")).filter(|_| !is_open);
        let not_nullable = || {
            body.as_deref()
                .and_then(|it| it.attribute("nullable"))
                .is_some_and(|it| matches!(it.value.kind, ExprKind::Bool(false)))
        };
        let value = match given {
            Some(value) if value.kind == Kind::Null && not_nullable() && default().is_some() => None,
            given => given,
        };
        let value = match (value, default()) {
            (Some(value), _) => value,
            (None, Some(default)) => {
                let value = self.value(&default.value, &Scope::of(instance));
                // An unnamed hop marks that the default was taken.
                let origin = Origin::at(default.value.span).used_at(default.value.span, HopKind::Default, "");
                Val { origin, ..value }
            }
            (None, None) => {
                let cause = if declared.is_some() { Cause::NoDefault } else { Cause::Undeclared };
                let place = declared.map_or(at, |it| it.head.header);
                let shown = instance.address(&format!("var.{name}"));
                let why = Why::new(cause, shown.clone(), Some(place));
                let class = Class::Any;
                Val::unknown(Symbol::new(shown, ""), class, why, Origin::default())
            }
        };
        let value = match type_of {
            Some(of) => self.with_type(value, of, &Scope::of(instance), 0),
            None => value,
        };
        if sensitive {
            self.secrets.borrow_mut().extend(value.texts());
        }
        Val { sensitive: value.sensitive || sensitive, ..value }
    }

    /// `local.name`.
    pub(super) fn local(&self, name: &str, at: Span, scope: &Scope) -> Evaluated {
        let instance = &scope.instance;
        let Some(block) = instance.module.locals.get(name) else {
            let shown = instance.address(&format!("local.{name}"));
            return Ok(unknown(Symbol::new(shown.clone(), ""), Cause::Undeclared, &shown, at));
        };
        let body = block.body(self);
        let Some(attribute) = body.attribute(name) else {
            let shown = instance.address(&format!("local.{name}"));
            return Ok(unknown(Symbol::new(shown.clone(), ""), Cause::Undeclared, &shown, at));
        };
        let key = Key { instance: instance.id, kind: "local", name: name.to_owned() };
        let value = self.remember(key, at, || self.value(&attribute.value, &Scope::of(instance)));
        let origin = value.origin.used_at(at, HopKind::Local, format!("local.{name}"));
        Ok(Val { origin, ..value })
    }

    /// A fact of the deployment, bound by the command line or a hole.
    pub(in crate::frontend::terraform) fn deployment(&self, fact: &str, at: Span) -> Val {
        let (given, class, shown) = match fact {
            "account_id" => (&self.options.account_id, Class::AccountId, "the account id"),
            "region" => (&self.options.region, Class::Region, "the region"),
            _ => (&self.options.partition, Class::Partition, "the partition"),
        };
        match given {
            Some(text) => Val::string(text.as_str(), Origin::at(at)),
            None => {
                let why = Why::new(Cause::Deployment, shown, Some(at));
                let hole = Hole { symbol: Symbol::new("aws", fact), class, known: None, why };
                Val::new(Kind::Unknown(hole.into()), Origin::at(at))
            }
        }
    }
}

fn flag(body: &Body, name: &str) -> bool {
    body.attribute(name).is_some_and(|it| matches!(it.value.kind, ExprKind::Bool(true)))
}
