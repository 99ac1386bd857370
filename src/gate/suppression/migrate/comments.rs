//! Comments: the same words elsewhere in a line, at the head of a block or above it, wherever they are about the same code.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::finding::{Finding, Label};
use crate::source::Span;
use crate::syntax::data::{Node, NodeKind, Style};
use crate::syntax::hcl::{self, ExprKind};
use crate::syntax::yaml;

use super::super::apply::covers;
use super::super::comments::{comment, find, is_code, lines};
use super::super::{Extent, Named, Suppression, Tool, extent};
use super::edit::{Edit, apply, landed, moved};
use super::{Page, Planner, Rewritten, reasons, shown, words};

/// Plans the comments of a file.
pub(super) fn plan(planner: &mut Planner<'_>, page: &Page<'_>, mut all: Vec<Suppression>) {
    all.retain(|it| it.tool != Tool::Bucketlint);
    let lines = lines(page.file, page.text);
    let mut groups: Vec<(Span, Vec<Suppression>)> = Vec::new();
    for one in all {
        let Some(line) = lines.iter().find(|it| it.start <= one.at.start && one.at.start <= it.end) else { continue };
        match groups.iter_mut().find(|it| it.0 == *line) {
            Some(group) => group.1.push(one),
            None => groups.push((*line, vec![one])),
        }
    }
    // What gives a reason goes first: of two about one finding, its words are kept.
    groups.sort_by_key(|it| !it.1.iter().any(|one| one.reason.is_some()));
    for (line, group) in groups {
        of_line(planner, page, line, &group);
    }
}

/// A suppression, and the rules of those that it hides for which ours is to speak.
type Hides<'a> = (&'a Suppression, BTreeSet<String>);

/// The suppressions of one comment.
fn of_line(planner: &mut Planner<'_>, page: &Page<'_>, line: Span, group: &[Suppression]) {
    let (mut rules, mut hidden, mut whole): (BTreeSet<String>, Vec<Hides<'_>>, bool) =
        (BTreeSet::new(), Vec::new(), true);
    let mut lost = false;
    for one in group {
        match planner.hidden(one) {
            Ok(it) => {
                whole &= it.whole;
                lost |= it.loses_reason;
                if !it.whole {
                    planner.leave_rest(one);
                }
                rules.extend(it.rules.iter().cloned());
                hidden.push((one, it.rules));
            }
            Err(why) => {
                whole = false;
                planner.leave(one, &why);
            }
        }
    }
    let Some(first) = hidden.first().map(|it| it.0) else { return };
    if in_text(page, first.at.range().start) {
        return hidden.iter().for_each(|it| planner.leave(it.0, "it stands in a text that the code has as a value"));
    }
    if hidden.iter().any(|it| it.0.until != first.until) {
        return hidden.iter().for_each(|it| planner.leave(it.0, "one comment has several last days"));
    }
    let removed = whole && !planner.wishes.keep;
    if lost && removed && rules.is_empty() {
        let why = "ours is there already and gives another reason; take over its words by hand";
        return hidden.iter().for_each(|it| planner.leave(it.0, why));
    }
    let first = &Suppression { reason: reasons(hidden.iter().map(|it| it.0)), ..first.clone() };
    let edits = match (rules.is_empty(), removed) {
        (true, false) => return,
        (true, true) => remove(page, line).map(|it| vec![it]),
        (false, _) => place(planner, page, line, first, &hidden, removed),
    };
    let Some(edits) = edits else {
        let why = format!("no other place here is about the same code; by hand: {}", words(&rules, first));
        return hidden.iter().for_each(|it| planner.leave(it.0, &why));
    };
    hidden.iter().for_each(|it| planner.speak(it.0, &rules, first.reason.as_deref()));
    planner.migration.rewritten.push(Rewritten {
        at: first.at,
        shown: hidden.iter().map(|it| shown(it.0)).collect::<Vec<_>>().join(", "),
        has_reason: first.reason.is_some(),
        rules: rules.into_iter().collect(),
        edits,
    });
}

/// The first candidate that is about the same findings.
fn place(
    planner: &Planner<'_>,
    page: &Page<'_>,
    line: Span,
    one: &Suppression,
    hidden: &[Hides<'_>],
    removed: bool,
) -> Option<Vec<Edit>> {
    let rules: BTreeSet<String> = hidden.iter().flat_map(|it| it.1.iter().cloned()).collect();
    let words = words(&rules, one);
    if page.path.extension().is_some_and(|it| it == "json") {
        let text = serde_json::to_string(&words).ok()?;
        let edits = vec![Edit::new(json_value(page.text, line)?, text)];
        return (removed && accepts(planner, page, &edits, hidden, &rules)).then_some(edits);
    }
    let written = page.text.get(line.range())?;
    let (start, _) = comment(written)?;
    let mark = if written.get(start..)?.starts_with("//") { "//" } else { "#" };
    let own = format!("{mark} {words}");
    let gone: Vec<Edit> = if removed { vec![remove(page, line)?] } else { Vec::new() };
    let mut candidates: Vec<Vec<Edit>> = Vec::new();
    if removed {
        candidates.push(vec![Edit::new(line.range().start + start..line.range().end, own.clone())]);
    } else {
        candidates.push(vec![above(page.text, line.range().start, &own)]);
    }
    if let Extent::Range(extent) | Extent::Call(extent, _) = &one.extent {
        let places = [
            at_the_head(page.text, extent.range(), &own),
            Some(above(page.text, extent.range().start, &own)),
            behind(page, extent.range().start, &own),
        ];
        candidates.extend(places.into_iter().flatten().map(|it| [vec![it], gone.clone()].concat()));
    }
    candidates.into_iter().find(|it| accepts(planner, page, it, hidden, &rules))
}

/// Whether our suppression, which is the first of the edits, is about the findings that the others are about, and about no more.
fn accepts(
    planner: &Planner<'_>,
    page: &Page<'_>,
    edits: &[Edit],
    hidden: &[Hides<'_>],
    rules: &BTreeSet<String>,
) -> bool {
    let text = apply(page.text, edits);
    let things = extent::nodes(page.file, page.path, &text);
    let there = landed(edits, 0);
    let names = Named::Own(rules.iter().cloned().collect());
    let found = find(page.file, &text, &things, &planner.wishes.policy.known);
    let is_ours = |it: &&Suppression| it.at.range().start < there.end && there.start < it.at.range().end;
    let own = found.iter().filter(|it| it.tool == Tool::Bucketlint && it.rules == names && it.mistake.is_none());
    let Some(own) = own.into_iter().find(is_ours) else { return false };
    let of_file = |it: &Suppression| matches!(it.extent, Extent::File(_));
    if of_file(own) || hidden.iter().any(|it| of_file(it.0)) {
        return of_file(own) && hidden.iter().all(|it| of_file(it.0));
    }
    let mut same = planner.findings.iter().filter(|it| rules.contains(&it.rule));
    same.all(|it| {
        let theirs = hidden.iter().any(|(one, rules)| rules.contains(&it.rule) && covers(one, it, planner.sources));
        theirs == covers(own, &after(it, page, edits), planner.sources)
    })
}

/// A finding as it stands after the edits.
fn after(finding: &Finding, page: &Page<'_>, edits: &[Edit]) -> Finding {
    let place = |at: Span| match at.file == page.file {
        true => Span::of(at.file, moved(edits, at.range().start)..moved(edits, at.range().end)),
        false => at,
    };
    let labels = |all: &[Label]| all.iter().map(|it| Label { at: place(it.at), text: it.text.clone() }).collect();
    Finding {
        at: finding.at.map(place),
        declared: finding.declared.map(place),
        related: labels(&finding.related),
        flow: labels(&finding.flow),
        ..finding.clone()
    }
}

/// A line of its own above the line of an offset.
fn above(text: &str, offset: usize, own: &str) -> Edit {
    let start = line_start(text, offset);
    let indent = indent(text.get(start..).unwrap_or_default());
    Edit::new(start..start, format!("{indent}{own}{}", newline(text, start)))
}

/// The first line in a block or below a key.
fn at_the_head(text: &str, extent: Range<usize>, own: &str) -> Option<Edit> {
    let written = text.get(extent.clone())?;
    let inside = extent.start + written.find('\n')? + 1;
    let outer = indent(text.get(line_start(text, extent.start)..)?);
    let next = text.get(inside..)?.lines().find(|it| !it.trim().is_empty()).map(indent).unwrap_or_default();
    let indent = if outer.len() < next.len() { next.to_owned() } else { format!("{outer}  ") };
    Some(Edit::new(inside..inside, format!("{indent}{own}{}", newline(text, extent.start))))
}

/// At the end of the line of an offset, where no comment is.
fn behind(page: &Page<'_>, offset: usize, own: &str) -> Option<Edit> {
    let start = line_start(page.text, offset);
    let line = page.text.get(start..)?.lines().next()?;
    let end = start + line.trim_end().len();
    (comment(line).is_none() && is_code(page.text, &Span::of(page.file, start..end)))
        .then(|| Edit::new(end..end, format!(" {own}")))
}

/// Takes a comment away: with its line, where it has one for itself. A comment that something stands behind cannot go.
fn remove(page: &Page<'_>, line: Span) -> Option<Edit> {
    let written = page.text.get(line.range())?;
    let (start, _) = comment(written)?;
    let (before, own) = written.split_at_checked(start)?;
    if own.starts_with("\"//\"") || (own.starts_with("/*") && own.find("*/") != Some(own.trim_end().len() - 2)) {
        return None;
    }
    let from = line.range().start;
    Some(match before.trim().is_empty() {
        true => Edit::new(from..page.text.get(from..)?.find('\n').map_or(page.text.len(), |it| from + it + 1), ""),
        false => Edit::new(from + before.trim_end().len()..line.range().end, ""),
    })
}

/// Whether an offset lies in a heredoc, a string or a block of YAML: what looks like a comment there is part of a value.
fn in_text(page: &Page<'_>, offset: usize) -> bool {
    let name = page.path.to_string_lossy().to_ascii_lowercase();
    let holds = |it: Span| it.range().start < offset && offset < it.range().end;
    if name.ends_with(".json") {
        return false;
    }
    if [".tf", ".tofu", ".hcl", ".tfvars"].iter().any(|it| name.ends_with(it)) {
        let index = hcl::index(page.file, page.text);
        let Some(block) = index.tree.blocks.iter().find(|it| holds(it.span)) else { return false };
        let body = block.body(page.text);
        let mut found = false;
        body.tree.visit(&mut |it| {
            found |= matches!(it.kind, ExprKind::Heredoc(_) | ExprKind::Template(_)) && holds(it.span);
        });
        return found;
    }
    yaml::parse(page.file, page.text).tree.iter().any(|it| scalar_holds(it, &holds))
}

fn scalar_holds(node: &Node, holds: &dyn Fn(Span) -> bool) -> bool {
    match &node.kind {
        NodeKind::Scalar(it) => {
            // A plain scalar ends before a comment, whatever its place says.
            it.style != Style::Plain && holds(node.span)
        }
        NodeKind::Sequence(items) => items.iter().any(|it| scalar_holds(it, holds)),
        NodeKind::Mapping(pairs) => pairs.iter().any(|it| scalar_holds(&it.value, holds)),
    }
}

/// The string behind the key `//`.
fn json_value(text: &str, line: Span) -> Option<Range<usize>> {
    let written = text.get(line.range())?;
    let key = written.find("\"//\"")? + 4;
    let start = key + written.get(key..)?.find('"')?;
    let mut escaped = false;
    let end = written.get(start + 1..)?.char_indices().find(|(_, it)| {
        let ends = *it == '"' && !escaped;
        escaped = *it == '\\' && !escaped;
        ends
    })?;
    let from = line.range().start;
    Some(from + start..from + start + 1 + end.0 + 1)
}

fn line_start(text: &str, offset: usize) -> usize {
    text.get(..offset).and_then(|it| it.rfind('\n')).map_or(0, |it| it + 1)
}

fn indent(line: &str) -> &str {
    line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or_default()
}

/// How the line of an offset ends.
fn newline(text: &str, offset: usize) -> &'static str {
    let rest = text.get(offset..).unwrap_or_default();
    match rest.find('\n').and_then(|it| rest.get(..it)) {
        Some(line) if line.ends_with('\r') => "\r\n",
        _ => "\n",
    }
}
