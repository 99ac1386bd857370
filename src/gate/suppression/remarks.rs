//! The comments of a file that may have words of a tool: true ones only. What looks like a comment in a string, a heredoc or a block
//! scalar is part of a value. JSON has none but what Terraform takes for one, the key `//`.

use std::ops::Range;
use std::path::Path;

use crate::source::{FileId, Span};
use crate::syntax::data::{Node, NodeKind, Pair};
use crate::syntax::{hcl, json, yaml};

use super::Extent;
use super::comments::lines;

/// A comment, or one line of it, with a mark of a tool as its first word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Remark {
    /// From its sign to the end of its line; in JSON the key and the value.
    pub at: Range<usize>,
    /// Its words, without signs.
    pub words: String,
    /// Its line.
    pub line: Span,
    /// What of its line is no part of it but of a comment around it, which begins before it.
    pub inner: bool,
    /// In JSON: the string, and the code that it is about.
    pub member: Option<(Range<usize>, Extent)>,
}

/// How comments are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Syntax {
    Hcl,
    Yaml,
    TerraformJson,
    Json,
}

impl Syntax {
    fn of(path: &Path) -> Self {
        let name = path.to_string_lossy().to_ascii_lowercase();
        let ends = |all: &[&str]| all.iter().any(|it| name.ends_with(it));
        match () {
            () if ends(&[".tf", ".tofu", ".hcl", ".tfvars"]) => Self::Hcl,
            () if ends(&[".tf.json", ".tofu.json"]) => Self::TerraformJson,
            () if ends(&[".json"]) => Self::Json,
            () => Self::Yaml,
        }
    }
}

const OWN: &str = "bucketlint:";

/// What the words of a comment begin with. The mark must be the first word of the comment: a text that quotes it is none.
const MARKS: [&str; 6] =
    ["checkov:skip", "bridgecrew:skip", "cortex:skip", "tfsec:ignore:", "trivy:ignore:", "kics-scan "];

/// Whether the words of a comment may be a suppression.
fn is_marked(words: &str) -> bool {
    // In whatever case and with whatever sign behind it: who meant ours and spelt it otherwise is told.
    let is_own = words.get(..OWN.len() - 1).is_some_and(|it| it.eq_ignore_ascii_case("bucketlint"));
    is_own || MARKS.iter().any(|mark| words.starts_with(mark))
}

/// The remarks of a file, in order.
pub(super) fn remarks(file: FileId, path: &Path, text: &str) -> Vec<Remark> {
    let syntax = Syntax::of(path);
    let signs: &[&str] = match syntax {
        Syntax::Hcl => &["#", "//", "/*"],
        Syntax::Yaml => &["#"],
        Syntax::TerraformJson => return members(file, text),
        Syntax::Json => return Vec::new(),
    };
    let mut truth: Option<Truth> = None;
    let mut found = Vec::new();
    for line in lines(file, text) {
        let written = text.get(line.range()).unwrap_or_default();
        for (at, words) in candidates(written, signs) {
            let start = line.range().start + at;
            let truth = truth.get_or_insert_with(|| Truth::new(syntax, file, text));
            let Some(begins) = truth.comment(text, start) else { continue };
            let inner = begins < start;
            let words = match truth.end(start) {
                Some(end) if words.starts_with(OWN) => {
                    continued(words, text.get(line.range().end..end).unwrap_or_default())
                }
                _ => words.to_owned(),
            };
            found.push(Remark { at: start..line.range().end, words, line, inner, member: None });
            break;
        }
    }
    found
}

/// Where a line may have a comment with a mark, and its words.
fn candidates<'t>(line: &'t str, signs: &'static [&'static str]) -> impl Iterator<Item = (usize, &'t str)> {
    let mut from = 0;
    let next = move || {
        let rest = line.get(from..)?;
        let (at, sign) = signs.iter().filter_map(|it| Some((rest.find(it)?, *it))).min()?;
        let start = from + at;
        from = start + sign.len();
        let words = line.get(from..).unwrap_or_default().trim_start_matches(['#', '/', '*', ' ', '\t']);
        Some((start, words.trim_end()))
    };
    std::iter::from_fn(next).filter(|it| is_marked(it.1))
}

/// The comments of a file in which comments may have several lines.
pub(super) fn ranges(path: &Path, text: &str) -> Vec<Range<usize>> {
    match Syntax::of(path) {
        Syntax::Hcl => hcl::comments(text),
        _ => Vec::new(),
    }
}

/// Words that go on in the next lines of their comment, which is where a list or a quote is open or an option follows.
fn continued(words: &str, rest: &str) -> String {
    let mut all = words.to_owned();
    for line in rest.lines().skip(1) {
        let line = line.trim_start_matches(['*', ' ', '\t']).trim_end();
        let is_open = all.ends_with(',') || all.matches('"').count() % 2 == 1;
        let follows = ["reason=", "until="].iter().any(|it| line.starts_with(it));
        if !(is_open || follows) || is_marked(line) {
            break;
        }
        all.push(' ');
        all.push_str(line);
    }
    all
}

/// Where comments are, as the syntax has it.
enum Truth {
    /// The comments.
    Comments(Vec<Range<usize>>),
    /// What is none.
    Texts(Vec<Range<usize>>),
}

impl Truth {
    fn new(syntax: Syntax, file: FileId, text: &str) -> Self {
        match syntax {
            Syntax::Hcl => Self::Comments(hcl::comments(text)),
            _ => Self::Texts(yaml::texts(&yaml::parse(file, text).tree, text)),
        }
    }

    /// Where the comment ends that an offset is in, where it may have several lines.
    fn end(&self, at: usize) -> Option<usize> {
        let Self::Comments(all) = self else { return None };
        let before = all.partition_point(|it| it.start <= at);
        all.get(before.checked_sub(1)?).map(|it| it.end)
    }

    /// Where the comment begins that an offset, which a sign stands at, is in.
    fn comment(&self, text: &str, at: usize) -> Option<usize> {
        match self {
            Self::Comments(all) => {
                let before = all.partition_point(|it| it.start <= at);
                let own = all.get(before.checked_sub(1)?)?;
                (at < own.end).then_some(own.start)
            }
            Self::Texts(all) => {
                let before = all.partition_point(|it| it.start <= at);
                let is_text = before.checked_sub(1).and_then(|it| all.get(it)).is_some_and(|it| at < it.end);
                let behind = text.get(..at)?.chars().next_back();
                let begins = behind.is_none_or(|it| matches!(it, ' ' | '\t' | '\n' | '\r' | '\u{feff}'));
                (!is_text && begins).then_some(at)
            }
        }
    }
}

/// The keys `//` of Terraform's JSON.
fn members(file: FileId, text: &str) -> Vec<Remark> {
    let Some(root) = json::parse(file, text).tree else { return Vec::new() };
    let mut found = Vec::new();
    look(&root, root.span, Level::Root, text, &mut found);
    found
}

/// Where in Terraform's JSON an object is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    /// So many labels up to the bodies of blocks: an object that only holds others.
    Labels(u8),
    /// In a block.
    Body,
}

impl Level {
    fn below(self, key: &str) -> Self {
        match self {
            Self::Root => match key {
                "resource" | "data" | "ephemeral" => Self::Labels(2),
                "module" | "variable" | "output" | "provider" | "locals" => Self::Labels(1),
                _ => Self::Body,
            },
            Self::Labels(2..) => Self::Labels(1),
            Self::Labels(_) | Self::Body => Self::Body,
        }
    }
}

/// `owner` is the code that a block is: its key too, where it has one alone.
fn look(node: &Node, owner: Span, level: Level, text: &str, found: &mut Vec<Remark>) {
    match &node.kind {
        NodeKind::Mapping(pairs) => {
            for (number, pair) in pairs.iter().enumerate() {
                if pair.key.text().as_deref() == Some("//") {
                    let extent = about(pairs, number, owner, level);
                    match &pair.value.kind {
                        NodeKind::Sequence(items) => {
                            found.extend(items.iter().filter_map(|it| remark(it.span, it, &extent, text)));
                        }
                        _ => found.extend(remark(pair.key.span.to(pair.value.span), &pair.value, &extent, text)),
                    }
                    continue;
                }
                let below = level.below(&pair.key.text().unwrap_or_default());
                look(&pair.value, pair.key.span.to(pair.value.span), below, text, found);
            }
        }
        // A list of one block is that block.
        NodeKind::Sequence(items) => match items.as_slice() {
            [only] => look(only, owner, level, text, found),
            all => all.iter().for_each(|it| look(it, it.span, level, text, found)),
        },
        NodeKind::Scalar(_) => (),
    }
}

/// The code that a member is about: first in a block the block, else what stands behind it.
fn about(pairs: &[Pair], number: usize, owner: Span, level: Level) -> Extent {
    let next = pairs.get(number + 1).map(|it| it.key.span.to(it.value.span));
    let own = pairs.get(number).map(|it| it.key.span.to(it.value.span));
    let is_first = number == 0 && !matches!(level, Level::Labels(_));
    Extent::Range(if is_first { owner } else { next.or(own).unwrap_or(owner) })
}

fn remark(at: Span, value: &Node, extent: &Extent, text: &str) -> Option<Remark> {
    let words = value.text()?;
    let words = words.trim_start_matches(['#', '/', '*', ' ', '\t']).trim_end();
    if !is_marked(words) {
        return None;
    }
    let start = text.get(..at.range().start)?.rfind('\n').map_or(0, |it| it + 1);
    let end = text.get(at.range().end..)?.find('\n').map_or(text.len(), |it| at.range().end + it);
    let line = Span::of(at.file, start..end);
    let member = Some((value.span.range(), extent.clone()));
    Some(Remark { at: at.range(), words: words.lines().next()?.to_owned(), line, inner: false, member })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, expected: &[&str]) {
        let found = remarks(FileId(0), Path::new(path), text);
        let found: Vec<&str> = found.iter().map(|it| it.words.as_str()).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn true_comments_only() {
        let own = "bucketlint:ignore x";
        check(
            "m.tf",
            &format!("# {own}\na = 1 //{own}\n/* {own}\n#{own} */\n"),
            &[own, own, own, &format!("{own} */")],
        );
        let several = "bucketlint:ignore x,\n   y\n * reason=\"a\n b\"\n Prose.";
        check("m.tf", &format!("/* {several} */\n"), &["bucketlint:ignore x, y reason=\"a b\""]);
        check("m.tf", &format!("a = \"# {own}\"\nb = \"/* {own}\" # see # {own}\n"), &[own]);
        check("m.tf", &format!("a = <<T\n# {own}\nT\nb = [\"#{own}\"]\n"), &[]);
        check("t.yaml", &format!("# {own}\na: 1 # {own}\nb: 'x # {own}'\nc: x#{own}\n"), &[own, own]);
        check("t.yaml", &format!("a: | # {own}\n  b\n  # {own}\n\n   # {own}\n # {own}\nc: 1\n"), &[own, own]);
        check("t.yaml", &format!("a:\n- >-\n  # {own}\n  b\n# {own}\n- \"# {own}\n  # {own}\"\n"), &[own]);
        check("t.yaml", &format!("a: 1 // {own}\n"), &[]);
        check("t.json", &format!("{{\"a\": \"# {own}\", \"//\": \"{own}\"}}"), &[]);
        check("t.template", &format!("{{\"a\": \"x # {own}\"}}"), &[]);
        check("m.tf.json", &format!("{{\"a\": \"# {own}\", \"b\": [{{\"//\": \"{own}\"}}]}}"), &[own]);
        check("m.tf.json", &format!("{{\"//\": [\"{own}\", \"b\"], \"a\": \"\\\"//\\\": {own}\"}}"), &[own]);
    }
}
