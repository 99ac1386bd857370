//! Comments behind code, in Terraform: `terraform fmt` has those of lines that follow each other in one column, one space behind the
//! longest. An edit that makes a line longer or shorter moves the column, where it was one.

use std::ops::Range;

use crate::finding::Edit;
use crate::syntax::hcl;

use super::text::{line_end, line_start, slice};

/// A line with a comment behind its code.
struct Line {
    whole: Range<usize>,
    /// Where its code ends.
    code: usize,
    /// Where its comment begins.
    comment: usize,
}

impl Line {
    fn width(&self, text: &str) -> usize {
        slice(text, self.whole.start..self.code).chars().count()
    }
}

/// The text after edits, with the comments in one column again where they were. `old` is the text before them.
#[must_use]
pub fn aligned(old: &str, new: String, edits: &[Edit]) -> String {
    let before = chains(old);
    if before.is_empty() {
        return new;
    }
    let after = chains(&new);
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort();
    sorted.dedup();
    // What an edit touches, before and after.
    let (mut gone, mut come) = (0, 0);
    let touched: Vec<(Range<usize>, Range<usize>)> = sorted
        .iter()
        .map(|it| {
            let range = it.at.range();
            let start = (range.start + come).saturating_sub(gone);
            come += it.text.len();
            gone += range.len();
            (range, start..start + it.text.len())
        })
        .collect();
    let mut moved: Vec<(Range<usize>, usize)> = Vec::new();
    for chain in &after {
        let own: Vec<&Range<usize>> = touched.iter().filter(|it| has(chain, &it.1)).map(|it| &it.0).collect();
        let mut those = before.iter().filter(|chain| own.iter().any(|it| has(chain, it))).peekable();
        if those.peek().is_none() || !those.all(|it| is_aligned(old, it)) {
            continue;
        }
        let column = column(&new, chain);
        moved.extend(chain.iter().map(|it| (it.code..it.comment, column - it.width(&new))));
    }
    let mut out = new;
    for (range, spaces) in moved.into_iter().rev() {
        out.replace_range(range, &" ".repeat(spaces));
    }
    out
}

/// Lines with comments behind their code that follow each other, from the first to the last.
fn chains(text: &str) -> Vec<Vec<Line>> {
    let mut all: Vec<Vec<Line>> = Vec::new();
    for comment in hcl::comments(text) {
        let start = line_start(text, comment.start);
        let end = line_end(text, comment.start);
        let code = slice(text, start..comment.start).trim_end();
        let is_last = slice(text, comment.end..end).trim().is_empty();
        let is_long = slice(text, comment.clone()).trim_end().contains('\n');
        if code.trim().is_empty() || !is_last || is_long {
            continue;
        }
        let line = Line { whole: start..end, code: start + code.len(), comment: comment.start };
        let follows = |it: &Line| slice(text, it.whole.end..start).trim_matches('\r') == "\n";
        match all.last_mut().filter(|it| it.last().is_some_and(follows)) {
            Some(chain) => chain.push(line),
            None => all.push(vec![line]),
        }
    }
    all
}

/// The column of the comments of a chain.
fn column(text: &str, chain: &[Line]) -> usize {
    1 + chain.iter().map(|it| it.width(text)).max().unwrap_or_default()
}

fn is_aligned(text: &str, chain: &[Line]) -> bool {
    let column = column(text, chain);
    chain.iter().all(|it| slice(text, it.whole.start..it.comment).chars().count() == column)
}

/// Whether a part of the text is in a chain's lines.
fn has(chain: &[Line], part: &Range<usize>) -> bool {
    chain.iter().any(|it| part.start <= it.whole.end && it.whole.start <= part.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::apply;
    use crate::source::{FileId, Span};

    fn check(text: &str, (from, to): (&str, &str), expected: &str) {
        let edits: Vec<Edit> = text
            .match_indices(from)
            .map(|(at, it)| Edit { at: Span::of(FileId(0), at..at + it.len()), text: to.to_owned() })
            .collect();
        let new = apply(text, &edits).unwrap();
        assert_eq!(aligned(text, new, &edits), expected, "{text}");
    }

    #[test]
    fn columns_stay_columns() {
        let to_true = ("false", "true");
        check("a = false # x\nb = true  # y\n", to_true, "a = true # x\nb = true # y\n");
        check(
            "a = true  # x\nb = false # y\nc = 1\n",
            ("true", "maybe-not"),
            "a = maybe-not # x\nb = false     # y\nc = 1\n",
        );
        // What was none stays as it is, and so does what no edit touches.
        check("a = false   # x\nb = true # y\n", to_true, "a = true   # x\nb = true # y\n");
        check(
            "a = 1     # x\nb = 22222 # y\n\nc = false # z\n",
            to_true,
            "a = 1     # x\nb = 22222 # y\n\nc = true # z\n",
        );
        check("a = false # x\n# whole\nb = 11111 # y\n", to_true, "a = true # x\n# whole\nb = 11111 # y\n");
        check(
            "a = \"# no\"\nb = false /* y */\r\nc = 1     // z\r\n",
            to_true,
            "a = \"# no\"\nb = true /* y */\r\nc = 1    // z\r\n",
        );
        // A line that goes takes its width along.
        check("a = 11111 # x\nb = 1     # y\nc = 1     # z\n", ("a = 11111 # x\n", ""), "b = 1 # y\nc = 1 # z\n");
    }
}
