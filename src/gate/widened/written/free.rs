//! What the parameters of a template may be that the template itself names: what its conditions compare them with, and the keys of
//! maps that they find.

use std::collections::{BTreeMap, BTreeSet};

use crate::frontend::cloudformation::node::call;
use crate::syntax::data::{Node, NodeKind};

use super::template::Template;

/// A value that is tried where a condition compares a parameter with others.
const OTHER: &str = "other";

/// Conditions within conditions are followed so deep.
const MAX_DEPTH: usize = 32;

/// The types of a parameter that may be any text or number.
const FREE: [&str; 3] = ["String", "Number", ""];

/// The two values of a parameter that turns something on.
const FLAGS: [&str; 2] = ["true", "false"];

/// What one parameter is compared with.
#[derive(Default)]
struct Compared {
    /// By conditions.
    values: BTreeSet<String>,
    /// Whether one of those leaves it open what else it may be.
    is_compared: bool,
    /// Keys of maps that it finds: it may be nothing else.
    keys: BTreeSet<String>,
}

/// The values of each parameter with a default and no `AllowedValues` that make a difference where a resource of S3, or one that may
/// have such, depends on it.
pub(super) fn tried(template: &Template, deciding: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    let mut compared: BTreeMap<String, Compared> = BTreeMap::new();
    for document in template.documents() {
        let maps = document.get("Mappings");
        each(document, &mut |it| note(it, maps, &mut compared));
    }
    let mut found = BTreeMap::new();
    for parameter in template.documents().iter().filter_map(|it| it.get("Parameters")).flat_map(Node::entries) {
        let (Some(name), it) = (parameter.key.text(), &parameter.value) else { continue };
        let kind = it.get("Type").and_then(Node::text).unwrap_or_default();
        let is_free = it.get("AllowedValues").is_none() && FREE.contains(&kind.as_str());
        let Some(default) = it.get("Default").and_then(Node::text).filter(|_| is_free && deciding.contains(&name))
        else {
            continue;
        };
        let own = compared.remove(&name).unwrap_or_default();
        let mut values: BTreeSet<String> = own.values.union(&own.keys).cloned().collect();
        let is_flag = |it: &String| FLAGS.contains(&it.as_str());
        if is_flag(&default) && values.iter().all(is_flag) {
            values.extend(FLAGS.map(str::to_owned));
        } else if own.is_compared && own.keys.is_empty() {
            values.insert(none_of(&values, &default, &kind));
        }
        values.remove(&default);
        if !values.is_empty() {
            found.insert(name, values);
        }
    }
    found
}

/// Values of several parameters with which a condition holds or does not hold that one alone does not decide, and with which all hold
/// that can at once: what stands under several conditions is there with those.
pub(super) fn together(template: &Template, deciding: &BTreeSet<String>) -> BTreeSet<BTreeMap<String, String>> {
    let mut found = BTreeSet::new();
    for document in template.documents() {
        let Some(conditions) = document.get("Conditions") else { continue };
        let parameters = document.get("Parameters").map(Node::entries).unwrap_or_default();
        let inputs: BTreeMap<String, &Node> =
            parameters.iter().filter_map(|it| Some((it.key.text()?, &it.value))).collect();
        let with = Conditions { conditions, inputs };
        let mut all = BTreeMap::new();
        for it in conditions.entries() {
            for holds in [true, false] {
                let mut values = BTreeMap::new();
                with.make(&it.value, holds, &mut values, 0);
                values.retain(|name, _| deciding.contains(name));
                if holds {
                    values.iter().for_each(|(name, it)| _ = all.entry(name.clone()).or_insert_with(|| it.clone()));
                }
                found.insert(values);
            }
        }
        found.insert(all);
    }
    found.retain(|it| 1 < it.len());
    found
}

struct Conditions<'n> {
    conditions: &'n Node,
    inputs: BTreeMap<String, &'n Node>,
}

impl Conditions<'_> {
    /// Adds values other than defaults with which a condition holds, or does not.
    fn make(&self, it: &Node, holds: bool, values: &mut BTreeMap<String, String>, depth: usize) {
        let Some(own) = call(it).filter(|_| depth < MAX_DEPTH) else { return };
        let items = own.arg.items();
        let all = |values: &mut BTreeMap<String, String>| {
            items.iter().for_each(|it| self.make(it, holds, values, depth + 1));
        };
        match (own.name.as_str(), items) {
            ("Fn::Not", [it]) => self.make(it, !holds, values, depth + 1),
            ("Fn::And", _) if holds => all(values),
            ("Fn::Or", _) if !holds => all(values),
            ("Fn::And" | "Fn::Or", [it, ..]) => self.make(it, holds, values, depth + 1),
            ("Fn::Equals", [a, b]) => {
                let (name, other) = match (parameter(a), parameter(b)) {
                    (Some(name), None) => (name, b),
                    (None, Some(name)) => (name, a),
                    _ => return,
                };
                let Some(text) = other.text().filter(|_| call(other).is_none()) else { return };
                let value = self.value(&name, &text, holds);
                value.into_iter().for_each(|it| _ = values.entry(name.clone()).or_insert(it));
            }
            ("Condition", _) => {
                let named = own.arg.text().and_then(|it| self.conditions.get(&it));
                named.into_iter().for_each(|it| self.make(it, holds, values, depth + 1));
            }
            _ => (),
        }
    }

    /// What a parameter with a default may be that is a text, or is not, where its default is otherwise.
    fn value(&self, name: &str, text: &str, is_it: bool) -> Option<String> {
        let own = self.inputs.get(name)?;
        let default = own.get("Default").and_then(Node::text).filter(|it| (it == text) != is_it)?;
        let kind = own.get("Type").and_then(Node::text).unwrap_or_default();
        let allowed: Option<Vec<String>> =
            own.get("AllowedValues").map(|it| it.items().iter().filter_map(Node::text).collect());
        match allowed {
            Some(all) => all.into_iter().find(|it| (it == text) == is_it),
            None if !FREE.contains(&kind.as_str()) => None,
            None if is_it => Some(text.to_owned()),
            None => Some(none_of(&BTreeSet::from([text.to_owned()]), &default, &kind)),
        }
    }
}

/// A value that is none of those that are named.
fn none_of(values: &BTreeSet<String>, default: &str, kind: &str) -> String {
    let is_new = |it: &String| it != default && !values.contains(it);
    let of = |at: usize| match (kind, at) {
        ("Number", at) => at.to_string(),
        (_, 0) => OTHER.to_owned(),
        (_, at) => format!("{OTHER}{at}"),
    };
    (0..).map(of).find(is_new).unwrap_or_default()
}

fn note(it: &Node, maps: Option<&Node>, compared: &mut BTreeMap<String, Compared>) {
    let Some(own) = call(it) else { return };
    match (own.name.as_str(), own.arg.items()) {
        ("Fn::Equals", [a, b]) => {
            for (one, other) in [(a, b), (b, a)] {
                if let Some(name) = parameter(one) {
                    let known = compared.entry(name).or_default();
                    known.is_compared = true;
                    known.values.extend(other.text().filter(|_| call(other).is_none()));
                }
            }
        }
        ("Fn::FindInMap", [map, first, second, ..]) => {
            let map = map.text().filter(|_| call(map).is_none()).and_then(|it| maps?.get(&it));
            let Some(map) = map else { return };
            let keys = |it: &Node| it.entries().iter().filter_map(|it| it.key.text()).collect::<Vec<_>>();
            if let Some(name) = parameter(first) {
                compared.entry(name).or_default().keys.extend(keys(map));
            }
            if let Some(name) = parameter(second) {
                compared.entry(name).or_default().keys.extend(map.entries().iter().flat_map(|it| keys(&it.value)));
            }
        }
        _ => (),
    }
}

/// The parameter that a value is: `!Ref Env`, `!Sub "${Env}"`.
fn parameter(it: &Node) -> Option<String> {
    let own = call(it)?;
    let text = own.arg.text()?;
    match own.name.as_str() {
        "Ref" => Some(text),
        "Fn::Sub" => {
            let name = text.strip_prefix("${")?.strip_suffix('}')?;
            name.bytes().all(|it| it.is_ascii_alphanumeric()).then(|| name.to_owned())
        }
        _ => None,
    }
}

fn each(node: &Node, with: &mut impl FnMut(&Node)) {
    with(node);
    match &node.kind {
        NodeKind::Mapping(pairs) => pairs.iter().for_each(|it| each(&it.value, with)),
        NodeKind::Sequence(all) => all.iter().for_each(|it| each(it, with)),
        NodeKind::Scalar(_) => (),
    }
}
