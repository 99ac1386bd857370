//! What adds to the template as written: `Fn::ForEach` loops and `AWS::Include` fragments.

use std::path::Path;

use crate::source::{Gravity, Span};
use crate::syntax::data::{Node, NodeKind, Pair};
use crate::value::{Cause, Entry, Kind, Map, Origin, Val, Why};

use super::eval::{Evaluator, Scope};
use super::node::{get, items, pairs, text};
use super::template::Named;

/// Loops make no section larger than this; what is written out counts in full.
const MAX_ENTRIES: usize = 5_000;

/// So many loops and fragments in each other are looked into.
const MAX_LOOPS: usize = 5;

impl Evaluator<'_> {
    /// The entries of a section (`Resources`, `Conditions`), loops unrolled and local fragments included.
    pub(super) fn entries(&self, section: &Node, scope: &Scope, depth: usize) -> Vec<Named> {
        let mut out = Vec::new();
        let most = MAX_ENTRIES.max(pairs(section).len());
        for pair in pairs(section) {
            let Some(key) = text(&pair.key) else { continue };
            if key.starts_with("Fn::ForEach::") {
                if MAX_LOOPS <= depth {
                    let message = format!("a loop within {MAX_LOOPS} others or more is not checked");
                    self.note("limit", Gravity::Incomplete, pair.key.span, message);
                    continue;
                }
                for (body, inner) in self.iterations(pair, scope) {
                    if out.len() <= most {
                        out.extend(self.entries(body, &inner, depth + 1));
                    }
                }
            } else if key == "Fn::Transform" {
                match self.included(&pair.value, |fragment| self.entries(fragment, scope, depth + 1)) {
                    Some(entries) => out.extend(entries),
                    None => self.opaque(&pair.value),
                }
            } else {
                let name = self.loop_text(&key, scope);
                out.push(Named { name, at: pair.key.span, node: pair.value.clone(), loops: scope.loops.clone() });
            }
        }
        if most < out.len() {
            self.note(
                "limit",
                Gravity::Incomplete,
                section.span,
                "a loop makes too many entries; the rest is not checked",
            );
            out.truncate(most);
        }
        out
    }

    fn opaque(&self, node: &Node) {
        let name = get(node, "Name").and_then(text).unwrap_or_else(|| "Fn::Transform".to_owned());
        self.gap(&name, node.span, "a macro adds to this section at deploy time");
    }

    /// The bodies of a loop with the scope of each round. An unknown collection gives no round, and a gap.
    fn iterations<'n>(&self, pair: &'n Pair, scope: &Scope) -> Vec<(&'n Node, Scope)> {
        let [variable, collection, body] = items(&pair.value) else {
            self.note(
                "invalid-value",
                Gravity::Note,
                pair.value.span,
                "Fn::ForEach needs a variable, a list and a body",
            );
            return Vec::new();
        };
        let Some(variable) = text(variable) else { return Vec::new() };
        let values = match super::node::call(collection) {
            Some(_) => vec![self.eval(collection, scope)],
            None => self.values(collection, scope),
        };
        let mut flat = Vec::new();
        for value in values {
            match &value.kind {
                Kind::List(list) => {
                    if let Some(why) = &list.rest {
                        self.open_loop(why.clone(), collection.span);
                    }
                    flat.extend(list.items.iter().cloned());
                }
                _ if value.as_text().is_some() => flat.push(value),
                _ => {
                    let unknown = || Why::new(Cause::Invalid, "the list of Fn::ForEach", Some(collection.span));
                    self.open_loop(value.why().unwrap_or_else(unknown), collection.span);
                }
            }
        }
        if MAX_ENTRIES < flat.len() {
            let message = format!("a loop of more than {MAX_ENTRIES} rounds; the rest is not checked");
            self.note("limit", Gravity::Incomplete, collection.span, message);
        }
        let round = |value: Val| {
            let mut inner = scope.clone();
            inner.loops.insert(variable.clone(), value);
            (body, inner)
        };
        flat.into_iter().take(MAX_ENTRIES).map(round).collect()
    }

    fn open_loop(&self, why: Why, span: Span) {
        self.add_gap(why, span, "the list of a loop is not known: what it makes is not checked");
    }

    /// A loop among the entries of a map.
    pub(super) fn loop_entries(&self, pair: &Pair, scope: &Scope, map: &mut Map) {
        let rounds = self.iterations(pair, scope);
        if rounds.is_empty() && map.rest.is_none() {
            map.rest = Some(Why::new(Cause::Unsupported, "Fn::ForEach over an unknown list", Some(pair.key.span)));
        }
        for (body, inner) in rounds {
            let made = self.eval(body, &inner);
            self.merge(made, map, pair.key.span);
        }
    }

    /// A macro among the entries of a map: a local fragment is merged, any other leaves the map open.
    pub(super) fn transform_entries(&self, node: &Node, scope: &Scope, map: &mut Map) {
        let made = self.transform_value(node, scope);
        self.merge(made, map, node.span);
    }

    fn merge(&self, made: Val, map: &mut Map, span: Span) {
        match made.kind {
            Kind::Map(inner) => {
                map.entries.extend(inner.entries.into_iter().collect::<Vec<Entry>>());
                map.rest = map.rest.take().or(inner.rest);
            }
            _ => map.rest = made.why().or_else(|| Some(Why::new(Cause::Invalid, "this is not a map", Some(span)))),
        }
    }

    /// The template with the sections that an `AWS::Include` of the whole template adds; `None` where there is none, or it
    /// is not here (then nothing is known of what it adds).
    pub(super) fn with_included_sections(&self, root: &Node) -> Option<Node> {
        let written =
            get(root, "Transform").map(|it| if items(it).is_empty() { vec![it] } else { items(it).iter().collect() });
        let whole = written.into_iter().flatten().chain(get(root, "Fn::Transform"));
        let mut sections = pairs(root).to_vec();
        let mut added = false;
        for node in whole.filter(|it| get(it, "Name").is_some()) {
            match self.included(node, Node::clone) {
                Some(fragment) => {
                    pairs(&fragment).iter().for_each(|it| merge_section(&mut sections, it.clone()));
                    added = true;
                }
                None if get(node, "Name").and_then(text).as_deref() == Some("AWS::Include") => self.opaque(node),
                None => (),
            }
        }
        added.then_some(Node { kind: NodeKind::Mapping(sections), span: root.span, tag: None })
    }

    /// Runs `inner` on the content of a local `AWS::Include`: one whose `Location` is a path beside the template.
    /// A fragment that includes itself is not entered again.
    pub(super) fn included<T>(&self, node: &Node, inner: impl FnOnce(&Node) -> T) -> Option<T> {
        if get(node, "Name").and_then(text)? != "AWS::Include" {
            return None;
        }
        let location = self.eval(get(get(node, "Parameters")?, "Location")?, &Scope::root()).as_text()?;
        let read = || Some(inner(&self.local_documents(&location).into_iter().next()?));
        self.once_within(format!("include {location}"), read).unwrap_or_else(|| {
            self.note("cycle", Gravity::Incomplete, node.span, format!("`{location}` includes itself"));
            None
        })
    }

    /// The documents of a file named relative to this one; none for URLs and what cannot be read.
    pub(super) fn local_documents(&self, location: &str) -> Vec<Node> {
        if location.contains("://") || Path::new(location).is_absolute() {
            return Vec::new();
        }
        let here = self.sources.file(self.file).path.clone();
        let path = here.parent().unwrap_or(Path::new("")).join(location);
        let Ok(file) = self.sources.load(&path) else { return Vec::new() };
        super::documents(self.sources, file).0
    }

    /// Notes that a macro decides something here.
    pub(super) fn gap(&self, name: &str, span: Span, message: &str) {
        self.add_gap(Why::new(Cause::Transform, name, Some(span)), span, message);
    }

    fn add_gap(&self, why: Why, span: Span, message: &str) {
        let gap = crate::model::Gap { why, origin: Origin::at(span), message: message.to_owned(), help: None };
        let mut gaps = self.gaps.borrow_mut();
        if !gaps.contains(&gap) {
            gaps.push(gap);
        }
    }
}

/// Adds a section; two of one name are one.
pub(super) fn merge_section(sections: &mut Vec<Pair>, pair: Pair) {
    let name = text(&pair.key);
    match sections.iter_mut().find(|it| text(&it.key) == name) {
        Some(Pair { value: Node { kind: NodeKind::Mapping(all), .. }, .. }) => all.extend(pairs(&pair.value).to_vec()),
        Some(_) => (),
        None => sections.push(pair),
    }
}
