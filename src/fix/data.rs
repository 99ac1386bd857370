//! YAML and JSON: new entries and items in the layout of those beside them.

use std::sync::Arc;

use crate::finding::Edit;
use crate::source::{FileId, Sources, Span};
use crate::syntax::data::{Node, NodeKind, Pair};
use crate::syntax::{json, yaml};

use super::text::{before, indent, indented, is_first, line_end, line_start, next_line, slice};

/// A new value: what an entry is made of.
#[derive(Clone, Debug)]
pub(super) enum New {
    /// A boolean, or text that needs no quotes in YAML.
    Word(&'static str),
    /// The same, put together.
    Name(String),
    /// Text, quoted in both languages.
    Text(String),
    /// A CloudFormation function in the forms of YAML and JSON: `!GetAtt A.Arn`.
    Function { yaml: String, json: String },
    /// A list.
    List(Vec<New>),
    /// A map.
    Map(Vec<(&'static str, New)>),
    /// A map of one entry.
    Under(String, Box<New>),
}

/// A document and its text.
pub(super) struct Document {
    pub file: FileId,
    pub text: Arc<String>,
    pub root: Node,
    /// What one level is indented by: spaces, or a tab.
    unit: String,
}

impl Document {
    /// The first document of a file, where it parses without a loss.
    pub fn new(sources: &Sources, file: FileId) -> Option<Self> {
        let text = sources.text(file);
        let is_json = text.trim_start().starts_with('{');
        let root = if is_json {
            let parsed = json::parse(file, &text);
            parsed.tree.filter(|_| !parsed.errors.iter().any(crate::syntax::SyntaxError::loses))?
        } else {
            let parsed = yaml::parse(file, &text);
            parsed.tree.into_iter().next().filter(|_| !parsed.errors.iter().any(crate::syntax::SyntaxError::loses))?
        };
        let unit = unit(&text);
        Some(Self { file, text, root, unit })
    }

    /// The resource of a template whose name stands at a place.
    pub fn resource(&self, at: Span) -> Option<&Pair> {
        named(self.root.get("Resources")?, at)
    }

    /// Inserts an entry at the end of a mapping that is written out here, not taken from elsewhere by an alias.
    pub fn insert_entry(&self, owner: &Pair, name: &str, value: &New) -> Option<Edit> {
        if is_behind(&owner.key, &owner.value) { self.insert_into(&owner.value, name, value) } else { None }
    }

    /// Inserts an entry at the end of a mapping.
    pub fn insert_into(&self, map: &Node, name: &str, value: &New) -> Option<Edit> {
        let text = &*self.text;
        if !matches!(map.kind, NodeKind::Mapping(_)) || map.tag.is_some() || map.span.file != self.file {
            return None;
        }
        let range = map.span.range();
        if slice(text, range.clone()).starts_with('{') {
            let close = range.end.checked_sub(1).filter(|it| slice(text, *it..*it + 1) == "}")?;
            return self
                .insert_flow(range.start, close, &|indent| format!("\"{name}\": {}", json(value, indent, &self.unit)));
        }
        // Merged entries stand elsewhere.
        let own = map.entries().iter().filter(|it| range.start <= it.key.span.range().start);
        let last = own.max_by_key(|it| it.key.span.start)?.key.span.range().start;
        // The first entry of an item stands behind its dash.
        let before = slice(text, line_start(text, last)..last);
        let column = match before.trim() {
            "" | "-" => " ".repeat(before.len()),
            _ => return None,
        };
        if before.contains('\t') {
            return None;
        }
        let end = self.end_of_entry(last, column.len());
        let lines = indented(&self.yaml_entry(name, value), &column);
        Some(self.insert(end, &format!("\n{lines}")))
    }

    /// Adds an entry whose key does not exist beside `owner`, behind all that belongs to it.
    pub fn insert_beside(&self, owner: &Pair, name: &str, value: &New, apart: bool) -> Option<Edit> {
        let text = &*self.text;
        let start = owner.key.span.range().start;
        if is_json_at(text, start) {
            let end = owner.value.span.range().end;
            let column = indent(text, start);
            let between = if is_first(text, start) { format!("\n{column}") } else { " ".to_owned() };
            let entry =
                format!(",{between}\"{name}\": {}", json(value, is_first(text, start).then_some(column), &self.unit));
            return Some(self.insert(end, &entry));
        }
        let column = indent(text, start).to_owned();
        if !is_first(text, start) {
            return None;
        }
        let end = self.end_of_entry(start, column.len());
        let lines = indented(&self.yaml_entry(name, value), &column);
        Some(self.insert(end, &format!("{}{lines}", if apart { "\n\n" } else { "\n" })))
    }

    /// Adds an item behind one that is written out in a sequence.
    pub fn insert_item(&self, item: &Node, value: &New) -> Option<Edit> {
        let text = &*self.text;
        let range = item.span.range();
        if slice(text, range.clone()).starts_with('{') {
            return super::list::insert(text, range, &|indent| json(value, indent, &self.unit))
                .map(|it| self.insert(it.0, &it.1));
        }
        let dash = self.dash(range.start)?;
        let column = dash - line_start(text, dash);
        let end = self.end_of_entry(dash, column);
        Some(self.insert(end, &format!("\n{}", self.yaml_item(value, indent(text, dash)))))
    }

    /// Puts a value in the place of an item, or takes the item out where there is none to put.
    pub fn replace_item(&self, item: &Node, value: Option<&New>) -> Option<Edit> {
        let text = &*self.text;
        let range = item.span.range();
        if slice(text, range.clone()).starts_with('{') {
            return match value {
                Some(value) => {
                    let is_long = slice(text, range.clone()).contains('\n');
                    let column = indent(text, range.end).to_owned();
                    Some(self.edit(range, json(value, is_long.then_some(&column), &self.unit)))
                }
                None => super::list::remove(text, range).map(|it| self.edit(it, String::new())),
            };
        }
        let dash = self.dash(range.start)?;
        let column = dash - line_start(text, dash);
        let end = self.end_of_entry(dash, column);
        let start = line_start(text, dash);
        match value {
            Some(value) => Some(self.edit(start..end, self.yaml_item(value, indent(text, dash)))),
            None => Some(self.edit(start..next_line(text, end), String::new())),
        }
    }

    /// The dash before an item of a block sequence, first in its line.
    fn dash(&self, item: usize) -> Option<usize> {
        let (at, byte) = before(&self.text, item)?;
        (byte == b'-' && is_first(&self.text, at) && line_start(&self.text, at) == line_start(&self.text, item))
            .then_some(at)
    }

    fn yaml_item(&self, value: &New, column: &str) -> String {
        let New::Map(entries) = value else { return format!("{column}- {}", self.yaml_scalar(value)) };
        let lines = entries.iter().map(|(name, value)| self.yaml_entry(name, value)).collect::<Vec<_>>().join("\n");
        let lines = indented(&lines, &format!("{column}  "));
        format!("{column}- {}", lines.trim_start())
    }

    /// Where the lines end that belong to an entry or item that begins at a column: deeper ones, and a sequence at the same.
    fn end_of_entry(&self, start: usize, column: usize) -> usize {
        let text = &*self.text;
        let is_item = slice(text, start..start + 1) == "-";
        let mut end = line_end(text, start);
        let mut at = next_line(text, start);
        while at < text.len() {
            let line = slice(text, at..line_end(text, at));
            let inner = line.trim_start_matches([' ', '\t']);
            let depth = line.len() - inner.len();
            let belongs = column < depth || (!is_item && depth == column && (inner == "-" || inner.starts_with("- ")));
            if belongs && !inner.is_empty() {
                end = at + line.len();
            } else if !inner.is_empty() && !inner.starts_with('#') {
                break;
            }
            at = next_line(text, at);
        }
        end
    }

    /// Inserts an entry before the bracket that closes a flow mapping.
    fn insert_flow(&self, open: usize, close: usize, entry: &dyn Fn(Option<&str>) -> String) -> Option<Edit> {
        let text = &*self.text;
        let (last, byte) = before(text, close)?;
        let is_long = slice(text, open..close).contains('\n');
        let column = match is_long {
            true if byte == b'{' => format!("{}{}", indent(text, open), self.unit),
            // As the entries: the one that begins the last line but the bracket's has the right depth, or is deeper.
            true => indent(text, next_line(text, open)).to_owned(),
            false => String::new(),
        };
        let comma = if byte == b'{' || byte == b',' { "" } else { "," };
        let edit = if is_long {
            self.insert(last + 1, &format!("{comma}\n{column}{}", entry(Some(&column))))
        } else if byte == b'{' {
            self.edit(last + 1..close, format!(" {} ", entry(None)))
        } else {
            self.insert(last + 1, &format!("{comma} {}", entry(None)))
        };
        Some(edit)
    }

    fn yaml_entry(&self, name: &str, value: &New) -> String {
        let deeper = self.unit.as_str();
        match value {
            New::Map(entries) => {
                let lines: Vec<String> = entries.iter().map(|(name, value)| self.yaml_entry(name, value)).collect();
                format!("{name}:\n{}", indented(&lines.join("\n"), deeper))
            }
            New::List(items) => {
                let lines: Vec<String> = items.iter().map(|it| self.yaml_item(it, deeper)).collect();
                format!("{name}:\n{}", lines.join("\n"))
            }
            New::Under(key, inner) => format!("{name}:\n{}", indented(&self.yaml_entry(key, inner), deeper)),
            scalar => format!("{name}: {}", self.yaml_scalar(scalar)),
        }
    }

    fn yaml_scalar(&self, value: &New) -> String {
        match value {
            New::Word(it) => (*it).to_owned(),
            New::Name(it) => it.clone(),
            New::Text(it) => format!("\"{it}\""),
            New::Function { yaml, .. } => yaml.clone(),
            New::List(_) | New::Map(_) | New::Under(..) => json(value, None, &self.unit),
        }
    }

    fn insert(&self, at: usize, text: &str) -> Edit {
        self.edit(at..at, text.to_owned())
    }

    pub fn edit(&self, range: std::ops::Range<usize>, text: String) -> Edit {
        Edit { at: Span::of(self.file, range), text }
    }
}

/// The entry with a `Type` whose key stands at a place, at any depth: loops hold their resources inside.
fn named(node: &Node, at: Span) -> Option<&Pair> {
    let entries = node.entries();
    let is_own = |it: &&Pair| it.key.span == at && it.value.get("Type").is_some();
    // Keys stand in order, but for what an alias brings from elsewhere.
    let likely = entries.partition_point(|it| it.key.span.start < at.start);
    let own = entries.get(likely).filter(is_own).or_else(|| entries.iter().find(is_own));
    let covers = |it: &&Node| it.span.start <= at.start && at.end <= it.span.end;
    let inner = || {
        let values = node.entries().iter().map(|it| &it.value).chain(node.items());
        values.filter(covers).find_map(|it| named(it, at))
    };
    own.or_else(inner)
}

/// The mapping that a place is, or whose key or first byte it is.
pub(super) fn mapping_at(node: &Node, at: Span) -> Option<&Node> {
    let is_map = |it: &Node| matches!(it.kind, NodeKind::Mapping(_));
    if node.span == at && is_map(node) {
        return Some(node);
    }
    let keyed = node.entries().iter().find(|it| it.key.span == at && is_map(&it.value)).map(|it| &it.value);
    let covers = |it: &&Node| it.span.start <= at.start && at.end <= it.span.end;
    let values = || node.entries().iter().map(|it| &it.value).chain(node.items());
    keyed.or_else(|| values().filter(covers).find_map(|it| mapping_at(it, at)))
}

/// Whether a value is written behind its key, and not elsewhere under an anchor.
fn is_behind(key: &Node, value: &Node) -> bool {
    key.span.file == value.span.file && key.span.end <= value.span.start
}

/// Whether an entry is JSON's: its key is in quotes, with a comma, bracket or nothing of block YAML before it.
fn is_json_at(text: &str, key: usize) -> bool {
    slice(text, key..key + 1) == "\"" && before(text, key).is_some_and(|it| matches!(it.1, b'{' | b','))
}

/// The indentation of the first line that is deeper than one before it: a tab where lines begin with tabs, two spaces where nothing
/// tells.
fn unit(text: &str) -> String {
    let mut last = 0;
    for line in text.lines().filter(|it| !it.trim().is_empty()) {
        if line.starts_with('\t') {
            return "\t".to_owned();
        }
        let depth = line.len() - line.trim_start_matches(' ').len();
        if last < depth && !line.trim_start().starts_with(['#', '-']) {
            return " ".repeat((depth - last).clamp(1, 8));
        }
        last = depth;
    }
    "  ".to_owned()
}

/// A value as JSON, over lines where it is given an indentation.
pub(super) fn json(value: &New, column: Option<&str>, unit: &str) -> String {
    let inner = column.map(|it| format!("{it}{unit}"));
    let wrap = |open: &str, parts: Vec<String>, close: &str| match (column, &inner) {
        (Some(column), Some(inner)) => {
            format!("{open}\n{inner}{}\n{column}{close}", parts.join(&format!(",\n{inner}")))
        }
        _ => format!("{open}{}{close}", parts.join(", ")),
    };
    let inner = inner.as_deref();
    match value {
        New::Word(it @ ("true" | "false")) => (*it).to_owned(),
        New::Word(it) => format!("\"{it}\""),
        New::Text(it) | New::Name(it) => format!("\"{it}\""),
        New::Function { json: it, .. } => it.clone(),
        New::List(items) => wrap("[", items.iter().map(|it| json(it, inner, unit)).collect(), "]"),
        New::Map(entries) => {
            let entry = |(name, it): &(&str, New)| format!("\"{name}\": {}", json(it, inner, unit));
            wrap("{", entries.iter().map(entry).collect(), "}")
        }
        New::Under(name, it) => wrap("{", vec![format!("\"{name}\": {}", json(it, inner, unit))], "}"),
    }
}
