//! Suppressions in comments (HCL, YAML), and under the key `//` of Terraform's JSON, which is its comment.

use std::cell::LazyCell;
use std::ops::Range;
use std::path::Path;

use crate::finding::RuleInfo;
use crate::source::{FileId, Span};

use super::directive::{self, Directive};
use super::extent::{self, Thing};
use super::remarks::{Remark, ranges, remarks};
use super::{Aliases, Extent, Named, Suppression, Tool};

/// What a file with a suppression of any kind contains.
pub(super) const MARKERS: [&str; 12] = [
    "ucketlint",
    "UCKETLINT",
    "checkov",
    "bridgecrew:skip",
    "cortex:skip",
    "tfsec:ignore",
    "trivy:ignore",
    "kics-scan",
    "cfn_nag",
    "cfn-nag",
    "guard",
    "rules_to_suppress",
];

/// The suppressions in the comments of a file.
pub(super) fn find(file: FileId, path: &Path, text: &str, things: &[Thing], rules: &[RuleInfo]) -> Vec<Suppression> {
    let mut found = Vec::new();
    let lines = lines(file, text);
    let remarks = remarks(file, path, text);
    let comments = if remarks.is_empty() { Vec::new() } else { ranges(path, text) };
    let is_code = |it: &&Span| is_code(text, it, &comments);
    let is_blank = |it: &Span| {
        let is_inner =
            comments.iter().any(|comment| comment.start < it.range().start && it.range().start < comment.end);
        !is_inner && text.get(it.range()).is_some_and(|it| it.trim().is_empty())
    };
    let is_hcl = things.first().is_some_and(|it| it.block);
    let aliases = LazyCell::new(|| Aliases::new(rules));
    let is_known = |it: &Directive| is_known(it, &aliases);
    for remark in remarks {
        let Remark { at, words, line, member, .. } = &remark;
        let number = lines.partition_point(|it| it.start < line.start);
        let column = at.start - line.range().start;
        let trailing = text.get(line.range().start..at.start).is_some_and(|it| !it.trim().is_empty());
        let whole = || {
            let before = lines.get(..number).unwrap_or_default().iter().rev().find(|it| is_code(it));
            extent::resource_around(*line, column, if trailing { Some(line) } else { before }, text, things)
        };
        for (turn, mut directive) in (0..).zip(read(words, rules)) {
            // Of what we judge ourselves it is said that it has no effect; the rest serves the other tool.
            if directive.mistake.is_some() && directive.tool == Tool::Trivy && !is_known(&directive) {
                continue;
            }
            let extent = if directive.tool == Tool::Kics && directive.file && !is_at_start(text, at.start) {
                if !is_known(&directive) {
                    continue;
                }
                directive.mistake = Some(
                    "KICS looks for it in lines that begin with `#`, before all others of the file only; move it there"
                        .to_owned(),
                );
                Extent::Range(*line)
            } else if directive.file {
                Extent::File(file)
            } else if let Some((_, extent)) = member {
                extent.clone()
            } else if let Some(resource) = Some(()).filter(|()| directive.tool == Tool::Checkov).and_then(|()| whole())
            {
                resource
            } else if directive.tool == Tool::Checkov {
                // Checkov looks for it in the lines of a block or a resource.
                if !is_known(&directive) {
                    continue;
                }
                let within = if is_hcl { "block" } else { "resource" };
                directive.mistake =
                    Some(format!("Checkov looks for it inside of a {within} only; move it into the {within}"));
                Extent::Range(*line)
            } else if trailing {
                match directive.line {
                    true => Extent::Range(*line),
                    false => extent::beginning_in(*line, things),
                }
            } else {
                let of = About::of(&directive);
                alone(number, &lines, &is_code, &is_blank, things, of)
            };
            let own = Span::of(file, at.clone());
            // Several on one line are told apart by where they begin.
            let here = Span::new(file, (own.start + turn).min(own.end), own.end);
            found.push(suppression(here, extent, directive));
        }
    }
    found
}

/// Whether a rule has to do with a check of another tool that is named.
fn is_known(it: &Directive, aliases: &Aliases<'_>) -> bool {
    match &it.rules {
        Named::Foreign(ids) => ids.iter().any(|id| aliases.knows(it.tool, id)),
        Named::All => true,
        Named::Own(_) => false,
    }
}

pub(super) fn suppression(at: Span, extent: Extent, it: Directive) -> Suppression {
    let Directive { tool, rules, reason, until, mistake, .. } = it;
    Suppression { at, extent, rules, reason, until, mistake, tool }
}

/// Whether nothing but comments of the sign `#` and empty lines stands before a comment of that sign: there KICS looks for what is about
/// the whole file.
/// <https://docs.kics.io/latest/running-kics/#using_commands_on_scanned_files_as_comments>
fn is_at_start(text: &str, at: usize) -> bool {
    let through = text.get(..=at).unwrap_or_default().trim_start_matches('\u{feff}');
    through.lines().all(|it| it.trim().is_empty() || it.starts_with('#'))
}

/// What a comment that has its line for itself is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    /// First in a block the block, else what begins after it.
    Block,
    /// What begins after it, wherever it stands.
    Next,
    /// The next line of code.
    Line,
}

impl About {
    fn of(it: &Directive) -> Self {
        match it.tool {
            _ if it.line => Self::Line,
            Tool::Kics => Self::Next,
            _ => Self::Block,
        }
    }
}

/// The code that a comment is about which has its line for itself.
fn alone(
    at: usize,
    lines: &[Span],
    is_code: &dyn Fn(&&Span) -> bool,
    is_blank: &dyn Fn(&Span) -> bool,
    things: &[Thing],
    about: About,
) -> Extent {
    let before = lines.get(..at).unwrap_or_default().iter().rev().find(|it| is_code(it));
    let above = lines.get(at + 1..).unwrap_or_default().iter().take_while(|it| !is_blank(it)).find(|it| is_code(it));
    if let Some(block) =
        before.and_then(|it| extent::opened_in(*it, above.copied(), things)).filter(|_| about == About::Block)
    {
        return block;
    }
    let after = lines.get(at + 1..).unwrap_or_default().iter().find(|it| is_code(it));
    match (after, lines.get(at)) {
        (Some(line), _) if about == About::Line => Extent::Range(*line),
        (Some(line), Some(own)) if extent::closes_first(*line, things) => Extent::Range(*own),
        (Some(line), _) => extent::beginning_in(*line, things),
        (None, Some(own)) => Extent::Range(*own),
        (None, None) => Extent::Range(Span::new(crate::source::FileId(0), 0, 0)),
    }
}

/// Whether a line has code; `comments` are those of the file that may have several lines.
pub(super) fn is_code(text: &str, line: &Span, comments: &[Range<usize>]) -> bool {
    let written = text.get(line.range()).unwrap_or_default();
    let first = line.range().start + (written.len() - written.trim_start().len());
    let around = comments.partition_point(|it| it.start <= first).checked_sub(1).and_then(|it| comments.get(it));
    let behind = around.filter(|it| first < it.end).map(|it| text.get(it.end..line.range().end).unwrap_or_default());
    let written = behind.unwrap_or(written).trim();
    !written.is_empty() && !["#", "//", "/*", "*"].iter().any(|it| written.starts_with(it))
}

/// The marks of Checkov, which has had several names.
/// <https://github.com/bridgecrewio/checkov/blob/main/checkov/common/comment/enum.py>
const CHECKOV: [&str; 3] = ["checkov:skip", "bridgecrew:skip", "cortex:skip"];

/// What the words of a comment suppress. Checkov looks for its mark anywhere in a comment, trivy at every word: one comment may
/// have marks of both.
fn read(words: &str, rules: &[RuleInfo]) -> Vec<Directive> {
    if let Some(rest) = words.strip_prefix("bucketlint:") {
        return vec![directive::own(rest.trim_start(), rules)];
    }
    if let Some(meant) = directive::misspelt(words, rules) {
        return vec![meant];
    }
    if let Some(rest) = words.strip_prefix("kics-scan ") {
        return directive::kics(rest.trim_start()).into_iter().collect();
    }
    let trivy = marks(words, &["tfsec:ignore:", "trivy:ignore:"]);
    let checkov = marks(words, &CHECKOV).first().and_then(|at| {
        let end = trivy.iter().find(|it| *at < **it).copied().unwrap_or(words.len());
        let own = words.get(*at..end)?.trim_end_matches(LEADERS);
        let list = CHECKOV.iter().find_map(|it| own.strip_prefix(it))?.trim_start().strip_prefix(['=', ':'])?;
        directive::checkov(list.trim_start())
    });
    let first = trivy.first().and_then(|it| words.get(*it..)).unwrap_or_default();
    checkov.into_iter().chain(directive::trivy_all(first)).collect()
}

/// What a comment may begin with, and a word of it.
const LEADERS: [char; 5] = ['#', '/', '*', ' ', '\t'];

/// Where words begin that are marks of a tool.
fn marks(words: &str, of: &[&str]) -> Vec<usize> {
    let begins =
        |at: usize| words.get(..at).is_none_or(|it| it.is_empty() || it.ends_with(LEADERS) || it.ends_with(','));
    let mut all: Vec<usize> =
        of.iter().flat_map(|it| words.match_indices(it)).map(|it| it.0).filter(|it| begins(*it)).collect();
    all.sort_unstable();
    all
}

pub(super) fn lines(file: FileId, text: &str) -> Vec<Span> {
    let mut start = 0;
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n') {
        lines.push(Span::of(file, start..start + line.trim_end_matches(['\n', '\r']).len()));
        start += line.len();
    }
    lines
}
