//! References: what a traversal starts at, and the steps from there.

use crate::source::Span;
use crate::syntax::hcl::{ExprKind, Traversal, TraversalOp};
use crate::value::{Alternative, Cause, Class, HopKind, Kind, List, Origin, SymStr, Symbol, Val, Why};

use super::operators::as_number;
use super::{Evaluated, Failure, Key, Scope, World, failure, is_unknown, unknown, why_of};

pub(super) type Ops<'a> = &'a [(TraversalOp, Span)];

impl World<'_> {
    /// A name without steps: a variable of a `for`, an iterator, or a type name that means nothing alone.
    pub(super) fn lone_name(&self, name: &str, at: Span, scope: &Scope) -> Evaluated {
        match scope.names.get(name) {
            Some(value) => {
                self.spend(value);
                Ok((**value).clone())
            }
            None => {
                let symbol = Symbol::new(scope.instance.address(name), "");
                Ok(unknown(symbol, Cause::Undeclared, name, at))
            }
        }
    }

    pub(super) fn traversal(&self, traversal: &Traversal, at: Span, scope: &Scope) -> Evaluated {
        let ops = traversal.ops.as_slice();
        let ExprKind::Variable(root) = &traversal.root.kind else {
            let value = self.eval(&traversal.root, scope)?;
            return self.steps(value, ops, at, scope);
        };
        if let Some(value) = scope.names.get(root) {
            self.spend(value);
            return self.steps((**value).clone(), ops, at, scope);
        }
        let (first, rest) = match ops.split_first() {
            Some(((TraversalOp::Attribute(name), _), rest)) => (name.as_str(), rest),
            _ => return self.lone_name(root, at, scope),
        };
        match root.as_str() {
            "var" => self.member(("var", first), rest, at, scope, &|| self.variable(first, at, scope)),
            "local" => self.member(("local", first), rest, at, scope, &|| self.local(first, at, scope)),
            "path" => Ok(self.path(first, at, scope)),
            "terraform" | "tofu" => match (first, &self.options.workspace) {
                ("workspace", Some(name)) => Ok(Val::string(name.as_str(), Origin::at(at))),
                _ => {
                    let shown = format!("terraform.{first}");
                    let symbol = Symbol::new(shown.clone(), "");
                    let why = Why::new(Cause::Deployment, shown, Some(at));
                    Ok(Val::unknown(symbol, Class::Identifier, why, Origin::at(at)))
                }
            },
            "module" => self.module_reference(first, rest, at, scope),
            "data" => match rest.split_first() {
                Some(((TraversalOp::Attribute(name), _), rest)) => {
                    self.block_reference(true, first, name, rest, at, scope)
                }
                _ => self.lone_name("data", at, scope),
            },
            "resource" => match rest.split_first() {
                Some(((TraversalOp::Attribute(name), _), rest)) => {
                    self.block_reference(false, first, name, rest, at, scope)
                }
                _ => self.lone_name("resource", at, scope),
            },
            "each" | "count" | "self" => {
                let shown = format!("{root}.{first}");
                let symbol = Symbol::new(scope.instance.address(&shown), "");
                Ok(unknown(symbol, Cause::Undeclared, &shown, at))
            }
            _ => self.block_reference(false, root, first, rest, at, scope),
        }
    }

    /// Steps from a variable or a local on. An entry of a map that is known is taken out of it where it is kept: each of thousands of
    /// instances asks for its own, and to copy all of them each time takes quadratic time.
    fn member(
        &self,
        (kind, name): (&'static str, &str),
        ops: Ops,
        at: Span,
        scope: &Scope,
        whole: &dyn Fn() -> Evaluated,
    ) -> Evaluated {
        let Some(((op, _), rest)) = ops.split_first() else { return whole() };
        let key = Key { instance: scope.instance.id, kind, name: name.to_owned() };
        let is_map = |it: &Val| matches!(it.kind, Kind::Map(_));
        if !self.memo.borrow().get(&key).is_some_and(is_map) {
            return self.steps(whole()?, ops, at, scope);
        }
        let entry = |name: &str| match self.memo.borrow().get(&key).map(|it| &it.kind) {
            Some(Kind::Map(map)) => map.get(name).map(|it| entered(it, name, at)),
            _ => None,
        };
        let next = match op {
            TraversalOp::Attribute(name) => entry(name).map(Ok),
            TraversalOp::Index(index) => {
                let index = self.eval(index, scope)?;
                let is_open = is_unknown(&index) || matches!(index.kind, Kind::Choice(_));
                let found = if is_open { None } else { entry(&index.as_text().unwrap_or_default()) };
                Some(found.map_or_else(|| self.index(&whole()?, &index, at), Ok))
            }
            _ => None,
        };
        match next {
            Some(next) => {
                let next = next?;
                self.spend(&next);
                self.steps(next, rest, at, scope)
            }
            None => self.steps(whole()?, ops, at, scope),
        }
    }

    /// Steps from a value on.
    pub(super) fn steps(&self, value: Val, ops: Ops, at: Span, scope: &Scope) -> Evaluated {
        let Some(((op, op_span), rest)) = ops.split_first() else { return Ok(value) };
        if let Kind::Choice(alternatives) = &value.kind {
            let stepped: Result<Vec<_>, Failure> = alternatives
                .iter()
                .map(|it| {
                    let value = self.steps(it.value.clone(), ops, at, scope).or_else(|it| self.refusal(it))?;
                    Ok(Alternative { guard: it.guard.clone(), value })
                })
                .collect();
            return Ok(Val::new(Kind::Choice(stepped?), value.origin.clone()));
        }
        match op {
            TraversalOp::Attribute(name) => {
                let next = self.attribute_of(&value, name, *op_span, at)?;
                self.steps(next, rest, at, scope)
            }
            TraversalOp::Index(index) => {
                let index = self.eval(index, scope)?;
                let next = self.index(&value, &index, at)?;
                self.steps(next, rest, at, scope)
            }
            TraversalOp::AttributeSplat | TraversalOp::FullSplat => self.splat(value, op, rest, at, scope),
        }
    }

    fn splat(&self, value: Val, op: &TraversalOp, rest: Ops, at: Span, scope: &Scope) -> Evaluated {
        // An attribute splat takes the attribute steps that follow; the rest applies to the list.
        let own = match op {
            TraversalOp::AttributeSplat => {
                rest.iter().take_while(|(it, _)| matches!(it, TraversalOp::Attribute(_))).count()
            }
            _ => rest.len(),
        };
        let (inner, outer) = rest.split_at(own.min(rest.len()));
        let (items, more) = match &value.kind {
            Kind::List(list) => (list.items.clone(), list.rest.clone()),
            Kind::Null => (Vec::new(), None),
            Kind::Unknown(_) => {
                let symbol = Symbol::new(format!("{}[*]", self.text_of(&value)), suffix(inner));
                let list = Val::unknown(symbol, Class::Any, why_of(&value, at), Origin::at(at));
                return self.steps(list, outer, at, scope);
            }
            _ => (vec![value.clone()], None),
        };
        let items: Result<Vec<_>, Failure> = items.into_iter().map(|it| self.steps(it, inner, at, scope)).collect();
        let list = Val::new(Kind::List(List { items: items?, rest: more }), Origin::at(at));
        self.steps(list, outer, at, scope)
    }

    pub(super) fn attribute_of(&self, value: &Val, name: &str, name_span: Span, at: Span) -> Evaluated {
        match &value.kind {
            Kind::Map(map) => match (map.get(name), &map.rest) {
                (Some(found), _) => Ok(entered(found, name, at)),
                (None, Some(why)) => {
                    // Its name is the user's, and says nothing of what it holds.
                    let symbol = Symbol::new(why.subject(), name);
                    Ok(Val::unknown(symbol, Class::Any, why.clone(), Origin::at(at)))
                }
                (None, None) => Err(failure(name_span, format!("there is no attribute `{name}`"))),
            },
            Kind::Unknown(_) if value.scalar.is_some() => {
                Err(failure(name_span, format!("this value has no attribute `{name}`")))
            }
            Kind::Unknown(hole) => {
                let attribute = match &*hole.symbol.attribute {
                    "" => name.to_owned(),
                    outer => format!("{outer}.{name}"),
                };
                let symbol = Symbol::new(hole.symbol.entity.clone(), attribute);
                Ok(Val::unknown(symbol, Class::Any, hole.why.clone(), Origin::at(at)))
            }
            // `.0` in the old style is an index.
            Kind::List(_) if name.parse::<usize>().is_ok() => {
                let index = Val::string(name, Origin::at(name_span));
                self.index(value, &index, at)
            }
            Kind::Null => Err(failure(name_span, format!("null has no attribute `{name}`"))),
            _ => Err(failure(name_span, format!("this value has no attribute `{name}`"))),
        }
    }

    pub(super) fn index(&self, value: &Val, index: &Val, at: Span) -> Evaluated {
        if is_unknown(index) || matches!(index.kind, Kind::Choice(_)) {
            return Ok(self.unknown_index(value, index, at));
        }
        match &value.kind {
            Kind::List(list) => {
                let Some(number) = as_number(index).filter(|it| 0.0 <= *it && it.fract() == 0.0) else {
                    return Err(failure(at, "a list needs a whole number from 0 on as index".to_owned()));
                };
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
                let found = list.items.get(number as usize);
                match (found, &list.rest) {
                    (Some(item), _) => {
                        Ok(Val { origin: item.origin.used_at(at, HopKind::Attribute, "[…]"), ..item.clone() })
                    }
                    (None, Some(why)) => {
                        let symbol = Symbol::new(why.subject(), format!("[{number}]"));
                        Ok(Val::unknown(symbol, Class::Any, why.clone(), Origin::at(at)))
                    }
                    (None, None) => Err(failure(at, format!("the list has no item {number}"))),
                }
            }
            Kind::Map(_) => {
                let name = index.as_text().unwrap_or_default();
                self.attribute_of(value, &name, at, at)
            }
            Kind::Unknown(_) if value.scalar.is_some() => Err(failure(at, "this value has no items".to_owned())),
            Kind::Unknown(hole) => {
                let attribute = format!("{}[{}]", hole.symbol.attribute, self.text_of(index));
                let symbol = Symbol::new(hole.symbol.entity.clone(), attribute);
                Ok(Val::unknown(symbol, Class::Any, hole.why.clone(), Origin::at(at)))
            }
            Kind::Null => Err(failure(at, "null has no items".to_owned())),
            _ => Err(failure(at, "this value has no items".to_owned())),
        }
    }

    /// An index that is not known: the entry of the same symbol, else one of the entries.
    fn unknown_index(&self, value: &Val, index: &Val, at: Span) -> Val {
        if let (Kind::Map(map), Some(key)) = (&value.kind, index.as_symstr()) {
            let wanted = key.display();
            let same = map.entries.iter().find(|it| it.key == key || it.key.display() == wanted);
            if let Some(entry) = same {
                return Val {
                    origin: entry.value.origin.used_at(at, HopKind::Attribute, "[…]"),
                    ..entry.value.clone()
                };
            }
        }
        let symbol = Symbol::new(format!("{}[{}]", self.text_of(value), self.text_of(index)), "");
        Val::unknown(symbol, Class::Any, why_of(index, at), Origin::at(at))
    }
}

/// An entry of a map, used at a place.
fn entered(found: &Val, name: &str, at: Span) -> Val {
    Val { origin: found.origin.used_at(at, HopKind::Attribute, name), ..found.clone() }
}

fn suffix(ops: Ops) -> String {
    let names = ops.iter().map(|(op, _)| match op {
        TraversalOp::Attribute(name) => name.clone(),
        _ => "[]".to_owned(),
    });
    names.collect::<Vec<_>>().join(".")
}

/// What the text of a computed attribute can be, by its name as providers use it.
pub(in crate::frontend::terraform) fn class_of(name: &str) -> Class {
    match name {
        "arn" => Class::Arn,
        _ if name.ends_with("_arn") => Class::Arn,
        "account_id" | "owner_id" => Class::AccountId,
        "region" => Class::Region,
        "partition" => Class::Partition,
        "id" | "name" | "unique_id" | "key_id" | "hex" | "result" | "dec" | "b64_url" => Class::Identifier,
        _ if name.ends_with("_id") => Class::Identifier,
        _ => Class::Any,
    }
}

/// A text with identity: the name of a bucket.
pub(in crate::frontend::terraform) fn identity(address: &str, name: Option<String>, why: Why) -> SymStr {
    SymStr::hole(crate::value::Hole {
        symbol: Symbol::new(address, "id"),
        class: Class::BucketName,
        known: name.map(Into::into),
        why,
    })
}
