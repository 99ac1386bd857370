//! `data.aws_iam_policy_document`, as the provider renders it.
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>

use crate::value::{Alternative, Entry, Kind, List, Map, Origin, Seg, SymStr, Val, Why, json};

use super::super::eval::World;
use super::super::instance::Scope;
use super::super::module::Block;
use super::node::{Nested, Node};

/// The JSON of a document, as a tree whose places are those of its blocks.
pub(in crate::frontend::terraform) fn evaluate(world: &World, block: &Block, scope: &Scope) -> Val {
    let header = block.head.header;
    let node = Node::Block { world, body: block.body(world), scope: scope.clone(), header };
    let origin = node.origin();
    let mut document = Document::default();
    for source in sources(&node, "source_policy_documents").into_iter().chain(node.get("source_json")) {
        document.merge(&source);
    }
    let Nested { nodes, rest } = node.blocks("statement");
    for statement in &nodes {
        document.push(self::statement(statement), statement.get("sid").and_then(|it| it.as_text()));
    }
    document.rest = document.rest.take().or(rest);
    for over in sources(&node, "override_policy_documents").into_iter().chain(node.get("override_json")) {
        document.merge(&over);
    }
    let version = node.get("version").unwrap_or_else(|| Val::string("2012-10-17", origin.clone()));
    let mut entries = vec![entry("Version", version)];
    if let Some(id) = node.get("policy_id") {
        entries.push(entry("Id", id));
    }
    let list = List { items: document.statements.into_iter().map(|it| it.value).collect(), rest: document.rest };
    entries.push(entry("Statement", Val::new(Kind::List(list), origin.clone())));
    let tree = Val::new(Kind::Map(Map { entries, rest: None }), origin.clone());
    Val::new(Kind::Json(Box::new(tree)), origin)
}

#[derive(Default)]
struct Document {
    statements: Vec<Rendered>,
    rest: Option<Why>,
}

struct Rendered {
    sid: Option<String>,
    value: Val,
}

impl Document {
    /// A statement with the Sid of an earlier one takes its place.
    fn push(&mut self, value: Val, sid: Option<String>) {
        let sid = sid.filter(|it| !it.is_empty());
        let same = self.statements.iter_mut().find(|it| sid.is_some() && it.sid == sid);
        match same {
            Some(own) => own.value = value,
            None => self.statements.push(Rendered { sid, value }),
        }
    }

    fn merge(&mut self, source: &Val) {
        let decoded;
        let tree = match &source.kind {
            Kind::Null => return,
            Kind::Json(tree) => &**tree,
            Kind::String(text) if text.known().is_some_and(|it| it.trim().is_empty()) => return,
            Kind::String(text) => match json::decode(text, &source.origin) {
                Ok(tree) => {
                    decoded = tree;
                    &decoded
                }
                Err(error) => {
                    let why = error.why.unwrap_or_else(|| {
                        Why::new(crate::value::Cause::Invalid, "a policy document that is not JSON", error.at)
                    });
                    self.open(why);
                    return;
                }
            },
            Kind::Choice(alternatives) => {
                self.choice(alternatives, source);
                return;
            }
            _ => {
                if let Some(why) = source.why() {
                    self.open(why);
                }
                return;
            }
        };
        match tree.get("Statement") {
            Some(Val { kind: Kind::List(list), .. }) => {
                for item in &list.items {
                    self.push(item.clone(), item.get("Sid").and_then(Val::as_text));
                }
                if let Some(why) = &list.rest {
                    self.open(why.clone());
                }
            }
            Some(single) => self.push(single.clone(), single.get("Sid").and_then(Val::as_text)),
            None => {
                if let Some(why) = tree.why() {
                    self.open(why);
                }
            }
        }
    }

    /// A document that is not known may hold any statement, and an override may replace any that has a Sid.
    fn open(&mut self, why: Why) {
        self.rest = self.rest.take().or(Some(why));
    }

    /// One of several documents: their statements stand under the guards.
    fn choice(&mut self, alternatives: &[Alternative], source: &Val) {
        for alternative in alternatives {
            let mut part = Self::default();
            part.merge(&alternative.value);
            for rendered in part.statements {
                let guarded = Alternative { guard: alternative.guard.clone(), value: rendered.value };
                let value = Val::new(Kind::Choice(vec![guarded]), source.origin.clone());
                self.statements.push(Rendered { sid: None, value });
            }
            self.rest = self.rest.take().or(part.rest);
        }
    }
}

/// Documents in a list attribute; an unknown list is one unknown document.
fn sources(node: &Node, name: &str) -> Vec<Val> {
    let Some(value) = node.get(name) else { return Vec::new() };
    match value.kind {
        Kind::List(list) => {
            let mut all = list.items;
            if let Some(why) = list.rest {
                let symbol = crate::value::Symbol::new(why.subject(), name);
                all.push(Val::unknown(symbol, crate::value::Class::Any, why, value.origin));
            }
            all
        }
        _ => vec![value],
    }
}

fn statement(node: &Node) -> Val {
    let origin = node.origin();
    let mut map = Map::default();
    if let Some(sid) = node.get("sid").filter(|it| it.as_text().is_none_or(|it| !it.is_empty())) {
        map.entries.push(entry("Sid", sid));
    }
    let effect = node.get("effect").unwrap_or_else(|| Val::string("Allow", origin.clone()));
    map.entries.push(entry("Effect", effect));
    for (attribute, key) in [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        if let Some(value) = node.get(attribute).and_then(|it| set(it, attribute.contains("resources"))) {
            map.entries.push(entry(key, value));
        }
    }
    for (kind, key) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(value) = principals(node.blocks(kind), &origin) {
            map.entries.push(entry(key, value));
        }
    }
    if let Some(value) = conditions(node.blocks("condition"), &origin) {
        map.entries.push(entry("Condition", value));
    }
    Val::new(Kind::Map(map), origin)
}

/// An empty set leaves the element out; `&{` is written for `${` where Terraform would interpolate.
fn set(value: Val, variables: bool) -> Option<Val> {
    match value.kind {
        Kind::List(list) if list.items.is_empty() && list.rest.is_none() => None,
        Kind::List(list) if variables => {
            let items = list.items.into_iter().map(with_variables).collect();
            Some(Val { kind: Kind::List(List { items, rest: list.rest }), ..value })
        }
        _ => Some(value),
    }
}

fn with_variables(value: Val) -> Val {
    let Kind::String(text) = &value.kind else { return value };
    let has = |it: &Seg| matches!(it, Seg::Lit(lit) if lit.text.contains("&{"));
    if !text.segs().iter().any(has) {
        return value;
    }
    let replaced: SymStr = text
        .segs()
        .iter()
        .map(|seg| match seg {
            Seg::Lit(lit) => Seg::Lit(crate::source::Piece { text: lit.text.replace("&{", "${").into(), at: lit.at }),
            Seg::Hole(_) => seg.clone(),
        })
        .collect();
    Val { kind: Kind::String(replaced), ..value }
}

/// Exactly one block of type `*` with identifiers `["*"]` is the text `*`; several blocks of one type are joined.
fn principals(nested: Nested, origin: &Origin) -> Option<Val> {
    if nested.nodes.is_empty() && nested.rest.is_none() {
        return None;
    }
    let place = nested.nodes.first().map_or_else(|| origin.clone(), Node::origin);
    let mut map = Map { entries: Vec::new(), rest: nested.rest.clone() };
    for node in &nested.nodes {
        let kind = node.get("type");
        let identifiers =
            node.get("identifiers").unwrap_or_else(|| Val::new(Kind::List(List::default()), node.origin()));
        let Some(key) = kind.as_ref().and_then(Val::as_symstr) else {
            map.rest = map.rest.take().or_else(|| kind.as_ref().and_then(Val::why)).or_else(|| {
                Some(Why::new(crate::value::Cause::Invalid, "the type of a principal", node.origin().span))
            });
            continue;
        };
        let identifiers = set(identifiers, true);
        let star = matches!(&identifiers, Some(Val { kind: Kind::List(List { items, rest: None }), .. })
            if matches!(items.as_slice(), [only] if only.as_text().as_deref() == Some("*")));
        if nested.nodes.len() == 1 && nested.rest.is_none() && key.known().as_deref() == Some("*") && star {
            return Some(Val::string("*", node.origin()));
        }
        let Some(value) = identifiers else { continue };
        let same = map.entries.iter_mut().find(|it| it.key.display() == key.display());
        match same {
            Some(own) => join(&mut own.value, value),
            None => {
                let key_origin = kind.map(|it| it.origin).unwrap_or_default();
                map.entries.push(Entry { key, key_origin, value });
            }
        }
    }
    Some(Val::new(Kind::Map(map), place))
}

fn join(own: &mut Val, more: Val) {
    match (&mut own.kind, more.kind) {
        (Kind::List(own), Kind::List(more)) => {
            own.items.extend(more.items);
            own.rest = own.rest.take().or(more.rest);
        }
        (Kind::List(own), kind) => own.items.push(Val::new(kind, more.origin)),
        (_, kind) => {
            let first = std::mem::replace(own, Val::new(Kind::Null, Origin::default()));
            let origin = first.origin.clone();
            let items = vec![first, Val::new(kind, more.origin)];
            *own = Val::new(Kind::List(List { items, rest: None }), origin);
        }
    }
}

/// Blocks of the same test and variable are joined: their values are alternatives.
fn conditions(nested: Nested, origin: &Origin) -> Option<Val> {
    if nested.nodes.is_empty() && nested.rest.is_none() {
        return None;
    }
    let place = nested.nodes.first().map_or_else(|| origin.clone(), Node::origin);
    let mut operators = Map { entries: Vec::new(), rest: nested.rest };
    for node in &nested.nodes {
        let (Some(test), Some(variable)) = (node.get("test"), node.get("variable")) else { continue };
        let (Some(test_key), Some(key)) = (test.as_symstr(), variable.as_symstr()) else {
            operators.rest = operators.rest.take().or_else(|| test.why()).or_else(|| variable.why());
            continue;
        };
        let values = node.get("values").unwrap_or_else(|| Val::new(Kind::List(List::default()), node.origin()));
        let values = set(values, true).unwrap_or_else(|| Val::new(Kind::List(List::default()), node.origin()));
        let found = operators.entries.iter().position(|it| it.key.display() == test_key.display());
        let index = found.unwrap_or_else(|| {
            operators.entries.push(Entry {
                key: test_key,
                key_origin: node.origin(),
                value: Val::new(Kind::Map(Map::default()), node.origin()),
            });
            operators.entries.len() - 1
        });
        let Some(Entry { value: Val { kind: Kind::Map(keys), .. }, .. }) = operators.entries.get_mut(index) else {
            continue;
        };
        match keys.entries.iter_mut().find(|it| it.key.display() == key.display()) {
            Some(own) => join(&mut own.value, values),
            None => keys.entries.push(Entry { key, key_origin: node.origin(), value: values }),
        }
    }
    Some(Val::new(Kind::Map(operators), place))
}

fn entry(key: &str, value: Val) -> Entry {
    Entry { key: SymStr::text(key), key_origin: value.origin.clone(), value }
}
