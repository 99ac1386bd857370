//! What names stand for: what only passes a value on is replaced by that.

use std::rc::Rc;

use crate::syntax::hcl::{Body, Traversal, TraversalOp};

use super::super::modules::Place;
use super::remote::STATE;
use super::{Normal, Scope, Step, quoted, short, suffix};

impl Normal<'_, '_> {
    pub(super) fn traversal(&self, scope: &Scope, it: &Traversal, path: &[Step]) -> String {
        let step = |it: &TraversalOp| match it {
            TraversalOp::Attribute(name) => Step::Key(name.clone()),
            TraversalOp::Index(it) => self.index(scope, it),
            TraversalOp::AttributeSplat | TraversalOp::FullSplat => Step::Any("*".to_owned()),
        };
        let mut steps: Vec<Step> = it.ops.iter().map(|it| step(&it.0)).collect();
        steps.extend_from_slice(path);
        self.value(scope, &it.root, &steps)
    }

    /// What a name stands for, and what is looked up in it.
    pub(super) fn name(&self, scope: &Scope, name: &str, path: &[Step]) -> String {
        if let Some(at) = scope.bound.iter().rposition(|it| it == name) {
            return format!("${at}{}", suffix(path));
        }
        if let (Some(key), "count", [Step::Key(_)]) = (&scope.key, name, path) {
            return quoted(key);
        }
        let each = scope.each.iter().enumerate().rev().find(|it| it.1.0 == name);
        if let (Some((at, (_, each))), [Step::Key(what), rest @ ..]) = (each, path) {
            let item = format!("${name}");
            let own = scope.key.as_ref().filter(|_| name == "each");
            if what != "value" {
                return own.map_or(item, |it| quoted(it)) + &suffix(rest);
            }
            let mut outer = scope.clone().with_set(false);
            outer.each.truncate(at);
            let item = own.map_or(Step::Any(item), |it| Step::Key(it.clone()));
            let inner = [&[item], rest].concat();
            return self.value(&outer, each, &inner);
        }
        if let Some(unit) = &scope.unit {
            return self.unit_name(scope, unit, name, path);
        }
        let known = |it: &Step| match it {
            Step::Key(it) => Some(it.clone()),
            _ => None,
        };
        let place = &scope.place;
        match (name, path) {
            ("local", [Step::Key(own), rest @ ..]) => {
                self.once(place, &format!("local.{own}"), rest, scope.is_set, &|| self.local(scope, own, rest))
            }
            ("var", [Step::Key(own), rest @ ..]) => {
                self.once(place, &format!("var.{own}"), rest, scope.is_set, &|| self.variable(scope, own, rest))
            }
            ("module", [Step::Key(call), rest @ ..]) => {
                let (instance, rest) = self.instance(place, call, rest);
                let Some((output, rest)) = rest.split_first().and_then(|it| Some((known(it.0)?, it.1))) else {
                    return self.whole(place, call) + &suffix(instance) + &suffix(rest);
                };
                let full = format!("module.{call}{}.{output}", suffix(instance));
                self.once(place, &full, rest, scope.is_set, &|| self.output(scope, (call, instance, &output), rest))
            }
            ("data", [Step::Key(kind), Step::Key(own), rest @ ..]) => {
                let full = format!("data.{kind}.{own}");
                let text = self.once(place, &full, &[], scope.is_set, &|| {
                    let folder = self.modules.folder(&place.dir);
                    let said = |body: &Body| match kind.as_str() {
                        STATE => self.state(&Scope::within(place, body), body),
                        _ => self.of_block(place, body, kind.contains("policy")),
                    };
                    let all: Vec<String> = folder.named(&full).map(|it| said(&it.body)).collect();
                    format!("data({kind} {})", all.join(" "))
                });
                text + &suffix(without_own(rest))
            }
            (kind, [Step::Key(own), rest @ ..]) if kind.contains('_') => {
                let rest = without_own(rest);
                self.resource(place, kind, own, rest);
                format!("{kind}.{own}{}", suffix(rest))
            }
            _ => format!("{name}{}", suffix(path)),
        }
    }

    /// Which instance of a call is looked at, and what is looked up in that. The one of a `count` is that which there is without.
    fn instance<'p>(&self, place: &Rc<Place>, call: &str, path: &'p [Step]) -> (&'p [Step], &'p [Step]) {
        let folder = self.modules.folder(&place.dir);
        let of_call = |name: &str| folder.named(&format!("module.{call}")).any(|it| it.attribute(name).is_some());
        let Some((first, rest)) = path.split_first() else { return (&[], path) };
        match first {
            Step::Key(it) if it == "0" && of_call("count") => (&[], rest),
            // Of one, as of several.
            Step::Any(_) if !of_call("count") && !of_call("for_each") => (&[], rest),
            _ if of_call("count") || of_call("for_each") => (std::slice::from_ref(first), rest),
            _ => (&[], path),
        }
    }

    fn of_block(&self, place: &Rc<Place>, body: &Body, is_policy: bool) -> String {
        let text = self.body(&Scope::within(place, body).with_set(is_policy), body);
        short(text)
    }

    /// What something of a name says, found out once; a circle ends.
    pub(super) fn once(
        &self,
        place: &Rc<Place>,
        name: &str,
        path: &[Step],
        is_set: bool,
        says: &dyn Fn() -> String,
    ) -> String {
        let key = (format!("{} {}", place.key, place.dir.display()), format!("{name} {is_set}"), suffix(path));
        if let Some(known) = self.texts.borrow().get(&key) {
            return known.clone().unwrap_or_else(|| format!("{name}{}", suffix(path)));
        }
        self.texts.borrow_mut().insert(key.clone(), None);
        let text = says();
        let text = short(text);
        self.texts.borrow_mut().insert(key, Some(text.clone()));
        text
    }

    fn local(&self, scope: &Scope, name: &str, path: &[Step]) -> String {
        let folder = self.modules.folder(&scope.place.dir);
        let inner = Scope::of(&scope.place).with_set(scope.is_set);
        let all: Vec<String> = folder.local(name).map(|it| self.value(&inner, it, path)).collect();
        match all.as_slice() {
            [] => format!("local.{name}{}", suffix(path)),
            [only] => only.clone(),
            _ => format!("any({})", all.join(" ")),
        }
    }

    /// What the callers of a module give for a variable; its default where one gives nothing, and what its type gives for parts.
    fn variable(&self, scope: &Scope, name: &str, path: &[Step]) -> String {
        let place = &scope.place;
        let folder = self.modules.folder(&place.dir);
        let own = Scope::of(place).with_set(scope.is_set);
        let full = format!("var.{name}");
        let block = folder.named(&full).next();
        let argument = |name: &str| block.and_then(|it| it.body.attribute(name)).map(|it| &it.value);
        for it in argument("type").into_iter().flat_map(|it| self.defaults(&own, it, path)) {
            self.tell(format!("{full} {it}"));
        }
        let default = || argument("default").map(|it| self.value(&own, it, path));
        for it in block.into_iter().flat_map(|it| it.body.blocks_of("validation")) {
            let condition = it.body.attribute("condition").map(|it| self.modules.plain(it.value.span, &[]));
            condition.into_iter().for_each(|it| self.limit(format!("{full} {it}")));
        }
        // Only the root module is given values that the code has not.
        if place.callers.is_empty() {
            if let Some(given) = self.modules.unit().and_then(|it| self.input(scope, it, name, path)) {
                return given;
            }
            if let Some(it) = self.given(name, path) {
                self.tell(format!("{full}{} given {it}", suffix(path)));
            } else if let Some(it) = default().filter(|_| !self.modules.is_open(place, name)) {
                self.tell(format!("{full}{} default {it}", suffix(path)));
            }
            return format!("{full}{}", suffix(path));
        }
        if let Some(text) = self.modules.of_many(place, name) {
            return text;
        }
        let given = place.callers.iter().filter_map(|(from, call)| {
            let folder = self.modules.folder(&from.dir);
            let call = folder.named(&format!("module.{call}")).next()?;
            let outer = Scope::within(from, &call.body).with_set(scope.is_set).with_key(self.keys.get(&place.key));
            Some(self.value(&outer, &call.body.attribute(name)?.value, path))
        });
        let mut all: Vec<String> = given.collect();
        if all.len() < place.callers.len() {
            all.extend(default());
        }
        all.sort();
        all.dedup();
        match all.as_slice() {
            [] => format!("{full}{}", suffix(path)),
            [only] => only.clone(),
            _ => format!("any({})", all.join(" ")),
        }
    }

    /// What a module gives that is called, or all that is said of it where it is not here.
    fn output(&self, scope: &Scope, (call, instance, name): (&str, &[Step], &str), path: &[Step]) -> String {
        let place = &scope.place;
        let folder = self.modules.folder(&place.dir);
        let Some(block) = folder.named(&format!("module.{call}")).next() else {
            return format!("module.{call}.{name}{}", suffix(path));
        };
        self.there(place, &block.body);
        if let Some(to) = self.modules.called(place, call) {
            let inner = self.modules.folder(&to.dir);
            let output = inner.named(&format!("output.{name}")).next();
            if let Some(value) = output.and_then(|it| it.body.attribute("value")) {
                return self.value(&Scope::of(&to).with_set(scope.is_set), &value.value, path);
            }
        }
        let key = match instance {
            [Step::Key(key)] => Some(key),
            _ => None,
        };
        format!("module({}){}.{name}{}", self.remote(place, &block.body, key), suffix(instance), suffix(path))
    }

    /// All that a module gives that is called: each instance of its call.
    fn whole(&self, place: &Rc<Place>, call: &str) -> String {
        let folder = self.modules.folder(&place.dir);
        let Some(block) = folder.named(&format!("module.{call}")).next() else { return format!("module.{call}") };
        self.there(place, &block.body);
        format!("module.{call}({})", self.remote(place, &block.body, None))
    }

    /// What decides what a resource gives.
    fn resource(&self, place: &Rc<Place>, kind: &str, name: &str, path: &[Step]) {
        let full = format!("{kind}.{name}");
        let folder = self.modules.folder(&place.dir);
        // What AWS says of a resource does not depend on what else stands in its block.
        let said = match kind.starts_with("aws_") {
            true => match path {
                [Step::Key(own), rest @ ..] => self.once(place, &format!("{full}.{own}"), rest, false, &|| {
                    let of = |it: &Body| Some(self.value(&Scope::within(place, it), &it.attribute(own)?.value, rest));
                    folder.named(&full).filter_map(|it| of(&it.body)).collect::<Vec<_>>().join(" ")
                }),
                _ => return,
            },
            false => self.once(place, &full, &[], false, &|| {
                folder.named(&full).map(|it| self.of_block(place, &it.body, false)).collect::<Vec<_>>().join(" ")
            }),
        };
        if !said.is_empty() && !said.starts_with(&full) {
            self.tell(format!("{full} says {said}"));
        }
    }
}

/// What is looked up in a resource, without which instance it is where that is the one around it, or the only one.
fn without_own(path: &[Step]) -> &[Step] {
    match path {
        [Step::Any(it), rest @ ..] if matches!(it.as_str(), "$each" | "each.key" | "count.index") => rest,
        [Step::Key(it), rest @ ..] if it == "0" => rest,
        _ => path,
    }
}
