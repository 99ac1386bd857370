//! `Metadata` of CloudFormation: the keys of other tools become the key `bucketlint`, in the style of the text around it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::source::Span;
use crate::syntax::data::{Node, NodeKind, Pair};
use crate::syntax::{json, yaml};

use super::super::{Suppression, Tool};
use super::edit::Edit;
use super::{Page, Planner, Rewritten, shown};

/// The keys of other tools, and the one key below each that suppresses.
const KEYS: [(Tool, &str, &str); 3] = [
    (Tool::Checkov, "checkov", "skip"),
    (Tool::CfnNag, "cfn_nag", "rules_to_suppress"),
    (Tool::Guard, "guard", "SuppressedRules"),
];

/// Plans the metadata of a template.
pub(super) fn plan(planner: &mut Planner<'_>, page: &Page<'_>, mut all: Vec<Suppression>) {
    all.retain(|it| it.tool != Tool::Bucketlint);
    if all.is_empty() {
        return;
    }
    let is_json = page.text.trim_start().starts_with('{');
    let roots: Vec<Node> = match is_json {
        true => json::parse(page.file, page.text).tree.into_iter().collect(),
        false => yaml::parse(page.file, page.text).tree,
    };
    // Who refers to an anchor of YAML has its mapping, places included: it is written once.
    let mut seen: BTreeSet<Span> = BTreeSet::new();
    for root in &roots {
        let resources = root.get("Resources").map(Node::entries).unwrap_or_default();
        let owners = resources.iter().map(|it| &it.value).chain([root]);
        for metadata in owners.filter_map(|it| it.get("Metadata")) {
            let within = |it: &&Suppression| metadata.span.start <= it.at.start && it.at.end <= metadata.span.end;
            let own: Vec<&Suppression> = all.iter().filter(within).collect();
            if !own.is_empty() && seen.insert(metadata.span) {
                of_metadata(planner, &Place { page, metadata, is_json }, &own);
            }
        }
    }
}

/// A mapping of metadata in its file.
struct Place<'a> {
    page: &'a Page<'a>,
    metadata: &'a Node,
    is_json: bool,
}

fn of_metadata(planner: &mut Planner<'_>, place: &Place<'_>, all: &[&Suppression]) {
    // By rule: the first reason.
    let mut wanted: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut hidden: Vec<&Suppression> = Vec::new();
    let mut staying: BTreeSet<Tool> = BTreeSet::new();
    let mut ordered = all.to_vec();
    ordered.sort_by_key(|it| it.reason.is_none());
    for one in ordered {
        match planner.hidden(one) {
            Ok(it) => {
                if !it.whole {
                    staying.insert(one.tool);
                }
                planner.speak(one, &it.rules);
                for rule in it.rules {
                    wanted.entry(rule).or_insert_with(|| one.reason.clone());
                }
                hidden.push(one);
            }
            Err(why) => {
                staying.insert(one.tool);
                planner.leave(one, &why);
            }
        }
    }
    let removed: Vec<usize> = match planner.wishes.keep {
        true => Vec::new(),
        false => place.removable(&staying),
    };
    if wanted.is_empty() && removed.is_empty() {
        return;
    }
    let Some(edits) = place.edits(&wanted, &removed) else {
        return hidden
            .iter()
            .for_each(|it| planner.leave(it, "this metadata is written in a way that is not rewritten"));
    };
    let Some(first) = hidden.first() else { return };
    planner.migration.rewritten.push(Rewritten {
        at: first.at,
        shown: hidden.iter().map(|it| shown(it)).collect::<Vec<_>>().join(", "),
        has_reason: wanted.values().all(Option::is_some),
        rules: wanted.into_keys().collect(),
        edits,
    });
}

impl Place<'_> {
    fn text(&self) -> &str {
        self.page.text
    }

    fn pairs(&self) -> &[Pair] {
        self.metadata.entries()
    }

    /// The pairs that nothing needs any more: of a tool all of whose suppressions are rewritten, with no other key below.
    fn removable(&self, staying: &BTreeSet<Tool>) -> Vec<usize> {
        let goes = |it: &Pair| {
            let key = it.key.text();
            KEYS.iter().any(|(tool, name, below)| {
                key.as_deref() == Some(name)
                    && !staying.contains(tool)
                    && it.value.get(below).is_some()
                    && it.value.entries().len() == 1
            })
        };
        self.pairs().iter().enumerate().filter(|it| goes(it.1)).map(|it| it.0).collect()
    }

    /// The edits that bring ours and take the removable pairs away.
    fn edits(&self, wanted: &BTreeMap<String, Option<String>>, removed: &[usize]) -> Option<Vec<Edit>> {
        let mut edits = Vec::new();
        let mut gone = removed.to_vec();
        let flow = self.text().get(self.metadata.span.range())?.starts_with('{');
        match self.metadata.entry("bucketlint") {
            _ if wanted.is_empty() => (),
            Some(pair) => edits.push(self.listed(pair, wanted, flow)?),
            None => match removed.first().and_then(|it| self.pairs().get(*it)) {
                Some(pair) => {
                    gone.remove(0);
                    edits.push(Edit::new(self.range(pair), self.ours(pair, wanted, flow)?));
                }
                None => {
                    let first = self.pairs().first()?;
                    let ours = self.ours(first, wanted, flow)?;
                    let at = first.key.span.range().start;
                    let lines = self.page.text.get(self.metadata.span.range())?.contains('\n');
                    let behind = match (flow, lines) {
                        (false, _) => format!("{}{}", self.newline(), self.indent(at)),
                        (true, true) => format!(",{}{}", self.newline(), self.indent(at)),
                        (true, false) => ", ".to_owned(),
                    };
                    edits.push(Edit::new(at..at, format!("{ours}{behind}")));
                }
            },
        }
        for number in &gone {
            edits.push(Edit::new(self.without(*number, &gone, flow)?, ""));
        }
        Some(edits)
    }

    /// The range of a pair, without what a parser counts after its last word.
    fn range(&self, pair: &Pair) -> Range<usize> {
        let start = pair.key.span.range().start;
        let end = pair.value.span.range().end;
        start..self.text().get(..end).map_or(end, |it| it.trim_end().len())
    }

    /// What goes with a pair: its comma, or its lines.
    fn without(&self, number: usize, gone: &[usize], flow: bool) -> Option<Range<usize>> {
        let pair = self.pairs().get(number)?;
        let range = self.range(pair);
        if !flow {
            let start = self.line_start(range.start);
            let end = self.text().get(range.end..)?.find('\n').map_or(self.text().len(), |it| range.end + it + 1);
            return Some(start..end);
        }
        if (0..number).all(|it| gone.contains(&it)) {
            return Some(range.start..self.pairs().get(number + 1)?.key.span.range().start);
        }
        Some(self.range(self.pairs().get(number.checked_sub(1)?)?).end..range.end)
    }

    /// The key `bucketlint` in the place, and in the style, of a pair.
    fn ours(&self, pair: &Pair, wanted: &BTreeMap<String, Option<String>>, flow: bool) -> Option<String> {
        let items: Vec<String> = wanted.iter().map(|(rule, reason)| self.item(rule, reason.as_deref())).collect();
        let newline = self.newline();
        let base = self.indent(pair.key.span.range().start);
        if !flow {
            let column = pair.key.span.range().start - self.line_start(pair.key.span.range().start);
            // A key behind other words of its line has no lines of its own.
            let pad = (base.len() == column).then(|| " ".repeat(column))?;
            let inner = format!("{pad}    ");
            let lines: Vec<String> = wanted.iter().map(|it| block(it.0, it.1.as_deref(), &inner, newline)).collect();
            return Some(format!("bucketlint:{newline}{pad}  ignore:{newline}{}", lines.join(newline)));
        }
        let (key, list) = if self.is_json { ("\"bucketlint\"", "\"ignore\"") } else { ("bucketlint", "ignore") };
        let written = self.text().get(pair.value.span.range())?;
        let Some(second) = written.find('\n').and_then(|it| written.get(it + 1..)) else {
            return Some(format!("{key}: {{ {list}: [{}] }}", items.join(", ")));
        };
        let inner = indent(second);
        let unit = inner.strip_prefix(base).filter(|it| !it.is_empty()).unwrap_or("  ");
        let items = items.join(&format!(",{newline}{base}{unit}{unit}"));
        Some(format!(
            "{key}: {{{newline}{base}{unit}{list}: [{newline}{base}{unit}{unit}{items}{newline}{base}{unit}]{newline}{base}}}"
        ))
    }

    /// More items in the list that is there.
    fn listed(&self, pair: &Pair, wanted: &BTreeMap<String, Option<String>>, flow: bool) -> Option<Edit> {
        let list = pair.value.get("ignore")?;
        let NodeKind::Sequence(items) = &list.kind else { return None };
        let at = items.first()?.span.range().start;
        if flow || self.text().get(list.span.range())?.starts_with('[') {
            let items: Vec<String> = wanted.iter().map(|it| self.item(it.0, it.1.as_deref()) + ", ").collect();
            return Some(Edit::new(at..at, items.concat()));
        }
        let start = self.line_start(at);
        let dash = self.text().get(start..at)?;
        let pad = dash.trim_end().strip_suffix('-').filter(|it| it.trim().is_empty())?;
        let newline = self.newline();
        let lines: Vec<String> = wanted.iter().map(|it| block(it.0, it.1.as_deref(), pad, newline) + newline).collect();
        Some(Edit::new(start..start, lines.concat()))
    }

    /// An item on one line.
    fn item(&self, rule: &str, reason: Option<&str>) -> String {
        let quoted = |it: &str| serde_json::Value::from(it).to_string();
        match (self.is_json, reason) {
            (true, Some(it)) => format!("{{ \"rule\": {}, \"reason\": {} }}", quoted(rule), quoted(it)),
            (true, None) => format!("{{ \"rule\": {} }}", quoted(rule)),
            (false, Some(it)) => format!("{{ rule: {rule}, reason: {} }}", quoted(it)),
            (false, None) => format!("{{ rule: {rule} }}"),
        }
    }

    fn newline(&self) -> &'static str {
        if self.text().contains("\r\n") { "\r\n" } else { "\n" }
    }

    fn line_start(&self, offset: usize) -> usize {
        self.text().get(..offset).and_then(|it| it.rfind('\n')).map_or(0, |it| it + 1)
    }

    /// The spaces that the line of an offset begins with.
    fn indent(&self, offset: usize) -> &str {
        indent(self.text().get(self.line_start(offset)..).unwrap_or_default())
    }
}

fn indent(line: &str) -> &str {
    line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or_default()
}

/// An item on lines of its own, its dash behind `pad`.
fn block(rule: &str, reason: Option<&str>, pad: &str, newline: &str) -> String {
    let reason = reason.map(|it| format!("{newline}{pad}  reason: {}", serde_json::Value::from(it)));
    format!("{pad}- rule: {rule}{}", reason.unwrap_or_default())
}
