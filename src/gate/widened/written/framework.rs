//! Variables of the Serverless Framework: `${self:custom.x}`, `${file(x.yml):key}`, `${param:x}`. What they are called says nothing;
//! what they refer to does, for each stage.
//! <https://www.serverless.com/framework/docs/providers/aws/guide/variables>

use std::cell::{Cell, OnceCell};
use std::path::Path;

use crate::frontend::cloudformation::closing_brace;
use crate::model::{Bucket, Format};
use crate::source::Sources;
use crate::syntax::data::{Node, NodeKind};

use super::normal::files::{Part, matching};
use super::normal::{quoted, short};
use super::{Written, modules, tree};

/// Variables in what variables refer to are followed so deep.
const MAX_DEPTH: usize = 24;

/// So many variables and keys are followed for one text.
const MAX_WORK: usize = 10_000;

/// What the stage is where nothing says it.
const STAGE: &str = "dev";

/// A file of the Serverless Framework, and where others are found from it.
struct Framework<'n> {
    root: &'n Node,
    dir: &'n Path,
    sources: &'n Sources,
    work: Cell<usize>,
    /// All of the file, which counts where there is too much to follow.
    whole: OnceCell<String>,
}

/// So many bytes of what is referred to are a step of the work.
const BYTES: usize = 128;

impl Written<'_> {
    /// A text with what the variables of the Serverless Framework refer to in their place.
    pub(in super::super) fn filled(&self, bucket: &Bucket, text: &str) -> String {
        self.filled_in(bucket, text).unwrap_or_else(|| text.to_owned())
    }

    fn filled_in(&self, bucket: &Bucket, text: &str) -> Option<String> {
        if bucket.format != Format::CloudFormation || !text.contains("${") {
            return None;
        }
        let path = bucket.namespace.rsplit_once('#').map_or(bucket.namespace.as_str(), |it| it.0);
        let path = Path::new(path);
        let template = self.template(self.sources.load(path).ok()?);
        let dir = path.parent().unwrap_or(Path::new(""));
        let (work, whole) = (Cell::new(0), OnceCell::new());
        let of = Framework { root: template.framework()?, dir, sources: self.sources, work, whole };
        Some(of.filled(text, 0))
    }
}

/// Whether what stands in `${…}` is a variable of the framework, and none of CloudFormation.
pub(super) fn is_variable(inner: &str) -> bool {
    !inner.starts_with("AWS::") && inner.contains([':', '('])
}

impl Framework<'_> {
    fn filled(&self, text: &str, depth: usize) -> String {
        let (mut out, mut rest) = (String::new(), text);
        while let Some(start) = rest.find("${") {
            let Some(end) = closing_brace(rest, start) else { break };
            let (before, after) = (rest.get(..start).unwrap_or_default(), rest.get(end + 1..).unwrap_or_default());
            let inner = rest.get(start + 2..end).unwrap_or_default();
            out.push_str(before);
            let own = if is_variable(inner) { self.form(inner, &[], depth) } else { inner.to_owned() };
            out.push_str(&format!("${{{own}}}"));
            rest = after;
        }
        out + rest
    }

    fn form(&self, inner: &str, path: &[String], depth: usize) -> String {
        self.alternatives(inner, path, depth).join(", ")
    }

    /// What a variable may be: the first of which there is something.
    fn alternatives(&self, inner: &str, path: &[String], depth: usize) -> Vec<String> {
        self.work.set(self.work.get() + 1);
        if MAX_DEPTH < depth || MAX_WORK < self.work.get() {
            // Too much to follow: all of the file counts.
            let whole = self.whole.get_or_init(|| modules::digest(&[tree::normal(self.root, &[])].into()));
            return vec![format!("{inner} {whole}")];
        }
        let mut all: Vec<String> = Vec::new();
        for it in parted(inner, ',').into_iter().flat_map(|it| self.of_source(it.trim(), path, depth)) {
            if !all.contains(&it) {
                all.push(it);
            }
        }
        all
    }

    fn of_source(&self, source: &str, path: &[String], depth: usize) -> Vec<String> {
        let after = |text: String| path.iter().fold(text, |text, it| format!("{text}.{it}"));
        let is_of = |quote: char| source.strip_prefix(quote).and_then(|it| it.strip_suffix(quote));
        if let Some(it) = is_of('\'').or_else(|| is_of('"')) {
            return vec![quoted(it)];
        }
        let steps = |of: &str| -> Vec<String> {
            let own = parted(of, '.').into_iter().filter(|it| !it.is_empty());
            own.map(str::to_owned).chain(path.iter().cloned()).collect()
        };
        if let Some(of) = source.strip_prefix("self:") {
            return self.looked_up(self.root, &steps(of), depth + 1);
        }
        if let Some(of) = source.strip_prefix("param:") {
            let all = [("params", None), ("stages", Some("params"))].into_iter().filter_map(|(section, within)| {
                let stages = self.root.get(section)?.entries().iter();
                let said = stages.filter_map(|it| {
                    let own = within.map_or(Some(&it.value), |name| it.value.get(name))?;
                    own.get(parted(of, '.').first()?)?;
                    Some((it.key.text()?, self.looked_up(own, &steps(of), depth + 1).join(", ")))
                });
                Some(map(said.collect()))
            });
            return all.chain([format!("param {}", after(String::new()))]).collect();
        }
        if source == "sls:stage" {
            let of_file = self.looked_up(self.root, &["provider".to_owned(), "stage".to_owned()], depth + 1);
            let said = of_file.into_iter().filter(|it| it != ABSENT);
            return std::iter::once("opt:stage".to_owned()).chain(said).chain([quoted(STAGE)]).collect();
        }
        let file = source.strip_prefix("file(").map(|it| parted(it, ')'));
        if let Some([own, rest @ ..]) = file.as_deref() {
            return vec![self.of_file(own.trim(), &steps(rest.concat().trim_start_matches(':')), depth)];
        }
        vec![after(self.filled(source, depth + 1))]
    }

    /// What is under some keys: where a key is not known, under each that it may be.
    fn looked_up(&self, node: &Node, path: &[String], depth: usize) -> Vec<String> {
        self.work.set(self.work.get() + 1);
        let whole = node.text().filter(|_| node.tag.is_none());
        if let Some(inner) = whole.as_deref().and_then(variable) {
            return self.alternatives(inner, path, depth + 1);
        }
        let Some((first, rest)) = path.split_first().filter(|_| self.work.get() < MAX_WORK) else {
            let text = tree::normal(node, &[]);
            self.work.set(self.work.get() + text.len() / BYTES);
            return vec![short(self.filled(&text, depth + 1))];
        };
        if let Some((head, _)) = first.split_once("${") {
            let entries = node.entries().iter().filter_map(|it| Some((it.key.text()?, &it.value)));
            let fits = entries.filter(|it| it.0.starts_with(head));
            let all = fits.map(|(key, it)| (key, self.looked_up(it, rest, depth + 1).join(", "))).collect();
            return vec![format!("{}[{}]", map(all), self.filled(first, depth + 1))];
        }
        if let NodeKind::Sequence(items) = &node.kind {
            let item = first.parse::<usize>().ok().and_then(|it| items.get(it));
            return item.map_or_else(|| vec![ABSENT.to_owned()], |it| self.looked_up(it, rest, depth + 1));
        }
        // A key may have points.
        let own = (1..=path.len()).find_map(|it| {
            let (key, rest) = path.split_at_checked(it)?;
            Some((node.get(&key.join("."))?, rest))
        });
        own.map_or_else(|| vec![ABSENT.to_owned()], |(it, rest)| self.looked_up(it, rest, depth + 1))
    }

    /// What a file says, or each that it may be.
    fn of_file(&self, path: &str, keys: &[String], depth: usize) -> String {
        let (mut parts, mut rest) = (Vec::new(), path.trim_matches(['"', '\'']));
        while let Some((start, end)) = rest.find("${").and_then(|it| Some((it, closing_brace(rest, it)?))) {
            parts.push(Part::Text(rest.get(..start).unwrap_or_default().to_owned()));
            let form = self.form(rest.get(start + 2..end).unwrap_or_default(), &[], depth + 1);
            let literal = form.strip_prefix('"').and_then(|it| it.strip_suffix('"')).filter(|it| !it.contains('"'));
            parts.push(literal.map_or_else(|| Part::Hole(form.clone()), |it| Part::Text(it.to_owned())));
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        parts.push(Part::Text(rest.to_owned()));
        parts.retain(|it| !matches!(it, Part::Text(text) if text.is_empty()));
        let (found, is_whole) = matching(self.sources.fs(), &|start| self.dir.join(start), &parts);
        let said = found.into_iter().filter_map(|(own, path)| {
            let text = self.sources.text(self.sources.load(&path).ok()?);
            let says = match tree::of_text(&path, &text) {
                Some(it) => self.looked_up(&it, keys, depth + 1).join(", "),
                None => short(format!("{text:?}.{}", keys.join("."))),
            };
            Some((own, says))
        });
        let said: Vec<(String, String)> = said.collect();
        let hole = |it: &Part| match it {
            Part::Hole(it) | Part::Text(it) => it.clone(),
        };
        let path: String = parts.iter().map(hole).collect();
        match said.as_slice() {
            [] => format!("missing({path}).{}", keys.join(".")),
            [(_, only)] if parts.iter().all(|it| matches!(it, Part::Text(_))) => only.clone(),
            _ => format!("{}[{path}]{}", map(said), if is_whole { "" } else { " and more" }),
        }
    }
}

/// What is under a key that is not there.
const ABSENT: &str = "absent()";

/// What a text is a variable of, where it is nothing else.
fn variable(text: &str) -> Option<&str> {
    let text = text.trim();
    let is_all = text.starts_with("${") && closing_brace(text, 0) == Some(text.len().saturating_sub(1));
    text.get(2..text.len().saturating_sub(1)).filter(|it| is_all && is_variable(it))
}

fn map(mut all: Vec<(String, String)>) -> String {
    all.sort();
    format!("{{{}}}", all.into_iter().map(|(key, it)| format!("{key}={it}")).collect::<Vec<_>>().join(" "))
}

/// A text parted where it is in no quotes, brackets or braces.
fn parted(text: &str, by: char) -> Vec<&str> {
    let (mut all, mut depth, mut quote, mut from) = (Vec::new(), 0_usize, None, 0);
    for (at, it) in text.char_indices() {
        match (it, quote) {
            (it, None) if it == by && depth == 0 => {
                all.push(text.get(from..at).unwrap_or_default());
                from = at + it.len_utf8();
            }
            (it, Some(own)) if it == own => quote = None,
            ('\'' | '"', None) => quote = Some(it),
            ('{' | '(', None) => depth += 1,
            ('}' | ')', None) => depth = depth.saturating_sub(1),
            _ => (),
        }
    }
    all.push(text.get(from..).unwrap_or_default());
    all
}
