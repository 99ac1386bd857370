//! `Metadata` of CloudFormation: the keys of other tools become the key `bucketlint`, in the style of the text around it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::source::Span;
use crate::syntax::data::{Node, NodeKind, Pair};
use crate::syntax::{json, yaml};

use super::super::{Extent, Suppression, Tool};
use super::edit::Edit;
use super::{Page, Planner, Rewritten, reasons, shown};

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
    let resources = |root: &Node| root.get("Resources").map(Node::entries).unwrap_or_default().to_vec();
    for root in &roots {
        let mut owners: Vec<(Node, Extent)> = Vec::new();
        owners.extend(root.get("Metadata").map(|it| (it.clone(), Extent::File(page.file))));
        for it in resources(root) {
            owners.extend(
                it.value.get("Metadata").map(|own| (own.clone(), Extent::Range(it.key.span.to(it.value.span)))),
            );
        }
        // Who refers to an anchor of YAML has what stands there, places included: it is written once, where its key stands.
        let mut homes: Vec<(&Node, Vec<&Suppression>)> = Vec::new();
        for (metadata, extent) in &owners {
            for one in all.iter().filter(|it| it.extent == *extent) {
                let name = KEYS.iter().find(|it| it.0 == one.tool).map_or("", |it| it.1);
                let key = metadata.entry(name).map(|it| it.key.span);
                let home = owners.iter().map(|it| &it.0).find(|it| key.is_some_and(|key| holds(it.span, key)));
                let Some(home) = home else {
                    planner.leave(one, "its metadata stands elsewhere, under an anchor of YAML");
                    continue;
                };
                match homes.iter_mut().find(|it| it.0.span == home.span) {
                    Some(known) => known.1.push(one),
                    None => homes.push((home, vec![one])),
                }
            }
        }
        for (metadata, own) in homes {
            of_metadata(planner, &Place { page, metadata, is_json }, &own);
        }
    }
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
}

/// A mapping of metadata in its file.
struct Place<'a> {
    page: &'a Page<'a>,
    metadata: &'a Node,
    is_json: bool,
}

fn of_metadata(planner: &mut Planner<'_>, place: &Place<'_>, all: &[&Suppression]) {
    let mut hidden: Vec<(&Suppression, BTreeSet<String>)> = Vec::new();
    let mut staying: BTreeSet<Tool> = BTreeSet::new();
    // What is said by ours now, whatever becomes of others in its list.
    let mut said: Vec<Span> = Vec::new();
    for one in all {
        match planner.hidden(one) {
            Ok(it) => {
                let is_lost = it.loses_reason && it.rules.is_empty() && !planner.wishes.keep;
                if !it.whole || is_lost {
                    staying.insert(one.tool);
                } else {
                    said.push(one.at);
                }
                if is_lost {
                    planner.leave(one, "ours is there already and gives another reason; take over its words by hand");
                }
                hidden.push((one, it.rules));
            }
            Err(why) => {
                staying.insert(one.tool);
                planner.leave(one, &why);
            }
        }
    }
    // By rule: all reasons.
    let mut wanted: BTreeMap<String, Option<String>> = BTreeMap::new();
    for rule in hidden.iter().flat_map(|it| &it.1) {
        let own = hidden.iter().filter(|it| it.1.contains(rule)).map(|it| it.0);
        wanted.insert(rule.clone(), reasons(own));
    }
    for (one, rules) in &hidden {
        for rule in rules {
            let reason = wanted.get(rule).cloned().flatten();
            planner.speak(one, &BTreeSet::from([rule.clone()]), reason.as_deref());
        }
    }
    let mut items: Vec<Edit> = Vec::new();
    let removed: Vec<usize> = match planner.wishes.keep {
        true => Vec::new(),
        false => {
            let tied = place.tied();
            for (one, _) in hidden.iter().filter(|it| tied.contains(&it.0.tool)) {
                planner.leave(one, "its key stays: an anchor of YAML is in it");
            }
            let listed = staying.iter().filter(|it| !tied.contains(it));
            items.extend(listed.flat_map(|it| place.taken_out(*it, &said)));
            staying.extend(tied);
            place.removable(&staying)
        }
    };
    if wanted.is_empty() && removed.is_empty() && items.is_empty() {
        return;
    }
    let edits = place.edits(&wanted, &removed).map(|mut it| {
        it.append(&mut items);
        it
    });
    let Some(edits) = edits else {
        return hidden
            .iter()
            .for_each(|it| planner.leave(it.0, "this metadata is written in a way that is not rewritten"));
    };
    let Some((first, _)) = hidden.first() else { return };
    let is_bare = |rule: &String| wanted.get(rule).is_some_and(Option::is_none);
    planner.migration.rewritten.push(Rewritten {
        at: first.at,
        shown: hidden.iter().map(|it| shown(it.0)).collect::<Vec<_>>().join(", "),
        reasonless: hidden.iter().filter(|it| it.1.iter().any(is_bare)).map(|it| shown(it.0)).collect(),
        rules: wanted.keys().cloned().collect(),
        edits,
    });
}

impl Place<'_> {
    fn text(&self) -> &str {
        self.page.text
    }

    /// The pairs that are written here, and not merged from elsewhere.
    fn pairs(&self) -> Vec<&Pair> {
        self.metadata.entries().iter().filter(|it| holds(self.metadata.span, it.key.span)).collect()
    }

    /// The tools whose keys refer to what stands elsewhere, or have what others refer to: they cannot go.
    fn tied(&self) -> Vec<Tool> {
        let is_tied = |it: &&Pair| {
            let range = self.range(it);
            let written = self.text().get(range.clone()).unwrap_or_default();
            let has_anchor =
                written.split([' ', '\n', '\r', '\t', '[', '{', ',']).any(|it| it.starts_with('&') && 1 < it.len());
            !self.is_json && (range.is_empty() || has_anchor || !all_within(&it.value, it.key.span.to(it.value.span)))
        };
        let tied: Vec<String> = self.pairs().into_iter().filter(is_tied).filter_map(|it| it.key.text()).collect();
        KEYS.iter().filter(|it| tied.iter().any(|own| own == it.1)).map(|it| it.0).collect()
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

    /// The edits that take single items out of the list of a tool, others of which stay.
    fn taken_out(&self, tool: Tool, said: &[Span]) -> Vec<Edit> {
        let Some((_, name, below)) = KEYS.iter().find(|it| it.0 == tool) else { return Vec::new() };
        let pair = self.pairs().into_iter().find(|it| it.key.text().as_deref() == Some(name));
        let Some(list) = pair.and_then(|it| it.value.get(below)) else { return Vec::new() };
        let items = list.items();
        let goes = |it: &Node| said.contains(&it.span);
        if items.iter().all(goes) {
            return Vec::new();
        }
        let flow = self.text().get(list.span.range()).is_some_and(|it| it.starts_with('['));
        let one = |(number, item): (usize, &Node)| {
            let before = items.get(..number)?;
            let end = self.text().get(..item.span.range().end)?.trim_end().len();
            if !flow {
                let start = self.line_start(item.span.range().start);
                let dash = self.text().get(start..item.span.range().start)?;
                let line = self.text().get(end..)?.find('\n').map_or(self.text().len(), |it| end + it + 1);
                return (dash.trim() == "-").then(|| Edit::new(start..line, ""));
            }
            if before.iter().all(goes) {
                return Some(Edit::new(item.span.range().start..items.get(number + 1)?.span.range().start, ""));
            }
            let last = before.last()?.span.range().end;
            Some(Edit::new(self.text().get(..last)?.trim_end().len()..end, ""))
        };
        items.iter().enumerate().filter(|it| goes(it.1)).filter_map(one).collect()
    }

    /// The edits that bring ours and take the removable pairs away.
    fn edits(&self, wanted: &BTreeMap<String, Option<String>>, removed: &[usize]) -> Option<Vec<Edit>> {
        let mut edits = Vec::new();
        let mut gone = removed.to_vec();
        let flow = self.text().get(self.metadata.span.range())?.starts_with('{');
        match self.metadata.entry("bucketlint") {
            _ if wanted.is_empty() => (),
            // Under an alias it is somebody else's too.
            Some(pair) if !holds(self.metadata.span, pair.key.span) || !holds(self.metadata.span, pair.value.span) => {
                return None;
            }
            Some(pair) => edits.push(self.listed(pair, wanted, flow)?),
            None => match removed.first().and_then(|it| self.pairs().get(*it).copied()) {
                Some(pair) => {
                    gone.remove(0);
                    edits.push(Edit::new(self.range(pair), self.ours(pair, wanted, flow)?));
                }
                None => {
                    let first = self.pairs().first().copied()?;
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
        let pair = self.pairs().get(number).copied()?;
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

/// Whether all of a value stands where it is used: nothing of it is an alias.
fn all_within(node: &Node, outer: Span) -> bool {
    let pairs = node.entries().iter().all(|it| holds(outer, it.key.span) && all_within(&it.value, outer));
    holds(outer, node.span) && pairs && node.items().iter().all(|it| all_within(it, outer))
}

fn indent(line: &str) -> &str {
    line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or_default()
}

/// An item on lines of its own, its dash behind `pad`.
fn block(rule: &str, reason: Option<&str>, pad: &str, newline: &str) -> String {
    let reason = reason.map(|it| format!("{newline}{pad}  reason: {}", serde_json::Value::from(it)));
    format!("{pad}- rule: {rule}{}", reason.unwrap_or_default())
}
