//! A block as resources read it: attributes evaluated, nested and dynamic blocks alike, JSON's objects included.

use std::sync::Arc;

use crate::source::Span;
use crate::syntax::hcl::{Body, Expr, ExprKind};
use crate::value::{Attr, Cause, Guard, Kind, Map, Origin, SymStr, Val, Value, Why};

use super::super::eval::{World, items, why_of};
use super::super::instance::Scope;
use super::provider;

/// A block, or an object that stands for one.
#[derive(Clone)]
pub(in crate::frontend::terraform) enum Node<'w, 's> {
    Block { world: &'w World<'s>, body: Arc<Body>, scope: Scope, header: Span },
    Object { map: Map, origin: Origin },
}

/// The nested blocks of a kind, and why there may be more.
pub(in crate::frontend::terraform) struct Nested<'w, 's> {
    pub nodes: Vec<Node<'w, 's>>,
    pub rest: Option<Why>,
}

/// The same, each with when it is there.
#[derive(Default)]
pub(in crate::frontend::terraform) struct Guarded<'w, 's> {
    pub nodes: Vec<(Guard, Node<'w, 's>)>,
    pub rest: Option<Why>,
    /// What decides about those that are there under a condition.
    condition: Option<Why>,
}

impl<'w, 's> Node<'w, 's> {
    /// Where the block stands.
    pub fn origin(&self) -> Origin {
        match self {
            Self::Block { header, .. } => Origin::at(*header),
            Self::Object { origin, .. } => origin.clone(),
        }
    }

    /// In whose name the block acts (see [`provider::owner`]); `None` for what is no block of its own.
    pub fn acts_as(&self) -> Option<String> {
        match self {
            Self::Block { world, body, scope, .. } => Some(provider::owner(world, &scope.instance, body)),
            Self::Object { .. } => None,
        }
    }

    /// The value of an attribute; null counts as not written.
    pub fn get(&self, name: &str) -> Option<Val> {
        let value = match self {
            Self::Block { world, body, scope, .. } => body.attribute(name).map(|it| world.value(&it.value, scope)),
            Self::Object { map, origin } => match (map.get(name), &map.rest) {
                (Some(value), _) => Some(value.clone()),
                (None, Some(why)) => {
                    let symbol = crate::value::Symbol::new(why.subject(), name);
                    Some(Val::unknown(symbol, crate::value::Class::Any, why.clone(), origin.clone()))
                }
                (None, None) => None,
            },
        };
        value.filter(|it| it.kind != Kind::Null)
    }

    /// The nested blocks of a kind. Where it is not decided whether there is one, none is certain.
    pub fn blocks(&self, name: &str) -> Nested<'w, 's> {
        let Guarded { nodes, rest, condition } = self.blocks_perhaps(name);
        let nodes = nodes.into_iter().filter(|it| it.0 == Guard::always()).map(|it| it.1).collect();
        Nested { nodes, rest: rest.or(condition) }
    }

    /// The nested blocks of a kind, those that are there under a condition too.
    pub fn blocks_perhaps(&self, name: &str) -> Guarded<'w, 's> {
        let mut found = Guarded::default();
        match self {
            Self::Block { world, body, scope, .. } => {
                for block in &body.blocks {
                    if block.kind.text == name {
                        let (body, scope) = (Arc::new(block.body.clone()), scope.clone());
                        found.nodes.push((Guard::always(), Self::Block { world, body, scope, header: block.header }));
                    }
                    if block.kind.text == "dynamic" && block.labels.first().is_some_and(|it| it.text == name) {
                        dynamic(world, block, name, scope, &mut found);
                    }
                }
                if let Some(attribute) = body.attribute(name) {
                    objects(world.value(&attribute.value, scope), &mut found);
                }
            }
            Self::Object { .. } => {
                if let Some(value) = self.get(name) {
                    objects(value, &mut found);
                }
            }
        }
        found
    }

    /// The block as a tree: attributes, and nested blocks as lists of trees. What Terraform itself reads is left out.
    ///
    /// # Errors
    /// Why it is not wholly known which blocks are there.
    pub fn tree(&self) -> Result<Val, String> {
        let Self::Block { body, .. } = self else {
            return match self {
                Self::Object { map, origin } => Ok(Val::new(Kind::Map(map.clone()), origin.clone())),
                Self::Block { .. } => Err("it is no object".to_owned()),
            };
        };
        const META: [&str; 8] =
            ["count", "depends_on", "for_each", "lifecycle", "provider", "provisioner", "connection", "timeouts"];
        let attributes = body.attributes.iter().map(|it| it.name.text.to_string());
        let blocks = body.blocks.iter().map(|it| match it.labels.first().filter(|_| it.kind.text == "dynamic") {
            Some(label) => label.text.to_string(),
            None => it.kind.text.to_string(),
        });
        let mut names: Vec<String> = Vec::new();
        for name in attributes.chain(blocks).filter(|it| !META.contains(&it.as_str())) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let mut entries = Vec::new();
        for name in names {
            if body.attribute(&name).is_some() {
                entries.extend(self.get(&name).map(|it| entry(&name, it)));
                continue;
            }
            let Nested { nodes, rest } = self.blocks(&name);
            if let Some(why) = rest {
                return Err(why.to_string());
            }
            let items = nodes.iter().map(Self::tree).collect::<Result<Vec<_>, _>>()?;
            let list = crate::value::List { items, rest: None };
            entries.push(entry(&name, Val::new(Kind::List(list), self.origin())));
        }
        Ok(Val::new(Kind::Map(Map { entries, rest: None }), self.origin()))
    }

    /// The one nested block of a kind.
    pub fn block(&self, name: &str) -> Value<Node<'w, 's>> {
        let Nested { mut nodes, rest } = self.blocks(name);
        match (nodes.pop(), rest) {
            (Some(node), _) => Value::Known(node),
            (None, Some(why)) => Value::Unknown(why),
            (None, None) => Value::Absent,
        }
    }
}

/// `dynamic "name" { for_each, iterator, content { … } }`.
fn dynamic<'w, 's>(
    world: &'w World<'s>,
    block: &crate::syntax::hcl::Block,
    name: &str,
    scope: &Scope,
    found: &mut Guarded<'w, 's>,
) {
    let Some(content) = block.body.blocks_of("content").next() else { return };
    let Some(each) = block.body.attribute("for_each") else { return };
    let iterator = match block.body.attribute("iterator").map(|it| &it.value) {
        Some(Expr { kind: ExprKind::Variable(iterator), .. }) => iterator.clone(),
        // In JSON the name is a text.
        Some(it) => world.constant(it).as_text().unwrap_or_else(|| name.to_owned()),
        None => name.to_owned(),
    };
    let collection = world.value(&each.value, scope);
    let body = Arc::new(content.body.clone());
    let mut add = |collection: &Val, guard: &Guard| -> Option<Why> {
        let Some(all) = items(collection) else {
            return match collection.kind {
                Kind::Null => None,
                _ => Some(why_of(collection, each.value.span)),
            };
        };
        for (key, value) in all {
            let object = Val::new(
                Kind::Map(Map { entries: vec![entry("key", key), entry("value", value)], rest: None }),
                Origin::at(each.value.span),
            );
            let own = Scope { guard: scope.guard.and(guard), ..scope.with(&iterator, object) };
            let node = Node::Block { world, body: body.clone(), scope: own, header: block.header };
            found.nodes.push((guard.clone(), node));
        }
        match &collection.kind {
            Kind::List(list) => list.rest.clone(),
            Kind::Map(map) => map.rest.clone(),
            _ => None,
        }
    };
    let rest = match &collection.kind {
        Kind::Choice(all) => {
            let rest = all.iter().filter_map(|it| add(&it.value, &it.guard)).last();
            let why = why_of(&collection, each.value.span);
            found.condition.get_or_insert_with(|| why.clone());
            rest.map(|_| why)
        }
        _ => add(&collection, &Guard::always()),
    };
    found.rest = found.rest.take().or(rest);
}

fn entry(key: &str, value: Val) -> crate::value::Entry {
    crate::value::Entry { key: SymStr::text(key), key_origin: Origin::default(), value }
}

/// An attribute that holds what elsewhere is a block: an object, or a list of them.
fn objects(value: Val, found: &mut Guarded<'_, '_>) {
    match value.kind {
        Kind::Map(map) => found.nodes.push((Guard::always(), Node::Object { map, origin: value.origin })),
        Kind::List(list) => {
            found.rest = found.rest.take().or(list.rest);
            for item in list.items {
                objects(item, found);
            }
        }
        Kind::Null => (),
        _ => {
            let why = value.why().unwrap_or_else(|| Why::new(Cause::Invalid, "not an object", value.origin.span));
            found.rest = found.rest.take().or(Some(why));
        }
    }
}

/// A typed field from an attribute: choices stay alternatives.
pub(in crate::frontend::terraform) fn typed<T>(
    value: Option<Val>,
    lacks: &Origin,
    convert: &dyn Fn(&Val) -> Option<T>,
) -> Attr<T> {
    let Some(value) = value else { return Attr::absent(lacks.clone()) };
    let origin = value.origin.clone();
    Attr { value: typed_value(&value, convert), origin }
}

fn typed_value<T>(value: &Val, convert: &dyn Fn(&Val) -> Option<T>) -> Value<T> {
    if value.kind == Kind::Null {
        return Value::Absent;
    }
    if let Kind::Choice(alternatives) = &value.kind {
        let why = value.why().unwrap_or_else(|| Why::new(Cause::Conditional, "a condition", value.origin.span));
        let mut all = Vec::new();
        for alternative in alternatives.iter().filter(|it| it.guard != Guard::Never) {
            match typed_value(&alternative.value, convert) {
                Value::OneOf(inner, _) => all.extend(inner),
                other => all.push(other),
            }
        }
        return Value::OneOf(all, why);
    }
    match (convert(value), value.why()) {
        (Some(it), _) => Value::Known(it),
        (None, Some(why)) => Value::Unknown(why),
        (None, None) => {
            Value::Unknown(Why::new(Cause::Invalid, "a value of another type is expected", value.origin.span))
        }
    }
}

impl Node<'_, '_> {
    pub fn bool(&self, name: &str) -> Attr<bool> {
        typed(self.get(name), &self.origin(), &Val::as_bool)
    }

    pub fn text(&self, name: &str) -> Attr<String> {
        typed(self.get(name), &self.origin(), &Val::as_text)
    }

    pub fn symbolic(&self, name: &str) -> Attr<SymStr> {
        typed(self.get(name), &self.origin(), &symstr)
    }

    /// A text that names something: one that is not known at all still names the same thing wherever it stands.
    pub fn reference(&self, name: &str) -> Attr<SymStr> {
        typed(self.get(name), &self.origin(), &Val::as_symstr)
    }

    pub fn number(&self, name: &str) -> Attr<f64> {
        typed(self.get(name), &self.origin(), &|it| match &it.kind {
            Kind::Number(number) => Some(number.value),
            _ => it.as_text()?.parse().ok(),
        })
    }

    pub fn texts(&self, name: &str) -> Attr<Vec<String>> {
        typed(self.get(name), &self.origin(), &|it| match &it.kind {
            Kind::List(list) if list.rest.is_none() => list.items.iter().map(Val::as_text).collect(),
            Kind::List(_) => None,
            _ => it.as_text().map(|it| vec![it]),
        })
    }
}

/// A symbolic text: a wholly unknown one is unknown unless it has an identity worth keeping.
fn symstr(value: &Val) -> Option<SymStr> {
    match &value.kind {
        Kind::Unknown(hole) if hole.class == crate::value::Class::Any && hole.known.is_none() => None,
        _ => value.as_symstr(),
    }
}
