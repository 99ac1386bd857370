//! Suppressions in comments (HCL, YAML), and under the key `//` of Terraform's JSON, which is its comment.

use std::path::Path;

use crate::finding::RuleInfo;
use crate::source::{FileId, Span};

use super::directive::{self, Directive};
use super::extent::{self, Thing};
use super::remarks::{Remark, remarks};
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
pub(super) fn find(file: FileId, path: &Path, text: &str, things: &[Thing], rules: &[RuleInfo]) -> Vec<Suppression> {
    let mut found = Vec::new();
    let lines = lines(file, text);
    for remark in remarks(file, path, text) {
        let Remark { at, words, line, member, .. } = &remark;
        let number = lines.partition_point(|it| it.start < line.start);
        let column = at.start - line.range().start;
        let trailing = text.get(line.range().start..at.start).is_some_and(|it| !it.trim().is_empty());
        let whole = || {
            let before = lines.get(..number).unwrap_or_default().iter().rev().find(|it| is_code(text, it));
            extent::resource_around(*line, column, if trailing { Some(line) } else { before }, text, things)
        };
        for (turn, directive) in (0..).zip(read(words, rules)) {
            let extent = if directive.file {
                Extent::File(file)
            } else if let Some((_, extent)) = member {
                extent.clone()
            } else if let Some(resource) = Some(()).filter(|()| directive.tool == Tool::Checkov).and_then(|()| whole())
            {
                resource
            } else if trailing {
                match directive.line {
                    true => Extent::Range(*line),
                    false => extent::beginning_in(*line, things),
                }
            } else {
                alone(number, &lines, text, things, directive.line)
            };
            let own = Span::of(file, at.clone());
            // Several on one line are told apart by where they begin.
            let here = Span::new(file, (own.start + turn).min(own.end), own.end);
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
