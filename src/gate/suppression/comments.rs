//! Suppressions in comments (HCL, YAML), and under the key `//` of Terraform's JSON, which is its comment.

use std::borrow::Cow;

use crate::finding::RuleInfo;
use crate::source::{FileId, Span};

use super::directive::{self, Directive};
use super::extent::{self, Thing};
use super::{Extent, Suppression, Tool};

/// What a file with a suppression of any kind contains.
pub(super) const MARKERS: [&str; 9] = [
    "bucketlint",
    "checkov",
    "tfsec:ignore",
    "trivy:ignore",
    "kics-scan",
    "cfn_nag",
    "cfn-nag",
    "guard",
    "rules_to_suppress",
];

/// The suppressions in the comments of a file.
pub(super) fn find(file: FileId, text: &str, things: &[Thing], rules: &[RuleInfo]) -> Vec<Suppression> {
    let mut found = Vec::new();
    let lines = lines(file, text);
    for (at, line) in lines.iter().enumerate() {
        let written = text.get(line.range()).unwrap_or_default();
        let Some((start, words)) = comment(written) else { continue };
        let directives = read(&words, rules);
        let begins = line.start + u32::try_from(start).unwrap_or(0);
        let trailing = !written.get(..start).unwrap_or_default().trim().is_empty();
        let whole = || {
            let before = lines.get(..at).unwrap_or_default().iter().rev().find(|it| is_code(text, it));
            extent::resource_around(*line, start, if trailing { Some(line) } else { before }, text, things)
        };
        for (number, directive) in (0..).zip(directives) {
            let extent = if directive.file {
                Extent::File(file)
            } else if let Some(resource) = Some(()).filter(|()| directive.tool == Tool::Checkov).and_then(|()| whole())
            {
                resource
            } else if trailing {
                match directive.line {
                    true => Extent::Range(*line),
                    false => extent::beginning_in(*line, things),
                }
            } else {
                alone(at, &lines, text, things, directive.line)
            };
            // Several on one line are told apart by where they begin.
            let here = Span::new(file, (begins + number).min(line.end), line.end);
            found.push(suppression(here, extent, directive));
        }
    }
    found
}

pub(super) fn suppression(at: Span, extent: Extent, it: Directive) -> Suppression {
    let Directive { tool, rules, reason, until, mistake, .. } = it;
    Suppression { at, extent, rules, reason, until, mistake, tool }
}

/// A comment that has its line for itself: first in a block it is about the block, else about what begins after it.
fn alone(at: usize, lines: &[Span], text: &str, things: &[Thing], line_only: bool) -> Extent {
    let is_code = |it: &&Span| is_code(text, it);
    let before = lines.get(..at).unwrap_or_default().iter().rev().find(is_code);
    if let Some(block) = before.and_then(|it| extent::opened_in(*it, things)).filter(|_| !line_only) {
        return block;
    }
    let after = lines.get(at + 1..).unwrap_or_default().iter().find(is_code);
    match (after, lines.get(at)) {
        (Some(line), _) if line_only => Extent::Range(*line),
        (Some(line), _) => extent::beginning_in(*line, things),
        (None, Some(own)) => Extent::Range(*own),
        (None, None) => Extent::Range(Span::new(crate::source::FileId(0), 0, 0)),
    }
}

pub(super) fn is_code(text: &str, line: &Span) -> bool {
    let written = text.get(line.range()).unwrap_or_default().trim();
    !written.is_empty() && !["#", "//", "/*", "*"].iter().any(|it| written.starts_with(it))
}

/// Where the comment of a line begins, and its words. The marker must be the first word of the comment: a text that quotes it is none.
pub(super) fn comment(line: &str) -> Option<(usize, Cow<'_, str>)> {
    let leaders = ["#", "//", "/*", "\"//\""];
    let mut from = 0;
    while let Some(rest) = line.get(from..) {
        let (at, leader) = leaders.iter().filter_map(|it| Some((rest.find(it)?, *it))).min()?;
        let start = from + at;
        let after = line.get(start + leader.len()..).unwrap_or_default();
        let json = leader == "\"//\"";
        let words =
            if json { after.trim_start().trim_start_matches(':').trim_start().trim_start_matches('"') } else { after };
        let words = words.trim_start_matches(['#', '/', '*', ' ', '\t']);
        if ["bucketlint:", "checkov:skip", "tfsec:ignore:", "trivy:ignore:", "kics-scan "]
            .iter()
            .any(|it| words.starts_with(it))
        {
            return Some((start, if json { unquoted(words).into() } else { words.trim_end().into() }));
        }
        from = start + leader.len();
    }
    None
}

/// The text of a JSON string up to its closing quote.
fn unquoted(rest: &str) -> String {
    let mut text = String::new();
    let mut chars = rest.chars();
    while let Some(it) = chars.next() {
        match it {
            '"' => break,
            '\\' => text.extend(chars.next()),
            _ => text.push(it),
        }
    }
    text.trim_end().to_owned()
}

/// What the words of a comment suppress. Checkov looks for its mark anywhere in a comment, trivy at every word: one comment may
/// have marks of both.
fn read(words: &str, rules: &[RuleInfo]) -> Vec<Directive> {
    if let Some(rest) = words.strip_prefix("bucketlint:") {
        return vec![directive::own(rest.trim_start(), rules)];
    }
    if let Some(rest) = words.strip_prefix("kics-scan ") {
        return directive::kics(rest.trim_start()).into_iter().collect();
    }
    let trivy = marks(words, &["tfsec:ignore:", "trivy:ignore:"]);
    let checkov = marks(words, &["checkov:skip"]).first().and_then(|at| {
        let end = trivy.iter().find(|it| *at < **it).copied().unwrap_or(words.len());
        let own = words.get(*at..end)?.trim_end_matches(LEADERS);
        let list = own.strip_prefix("checkov:skip")?.trim_start().strip_prefix(['=', ':'])?;
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
