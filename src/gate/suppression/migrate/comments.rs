//! Comments: the same words elsewhere in a line, at the head of a block or above it, wherever they are about the same code.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::finding::{Finding, Label};
use crate::source::Span;

use super::super::apply::{covers, hides};
use super::super::comments::{find, is_code};
use super::super::remarks::{Remark, remarks};
use super::super::{Extent, Named, Suppression, Tool, extent};
use super::edit::{Edit, apply, landed, moved};
use super::{Page, Planner, Rewritten, reasons, shown, words};

/// Plans the comments of a file.
pub(super) fn plan(planner: &mut Planner<'_>, page: &Page<'_>, mut all: Vec<Suppression>) {
    all.retain(|it| it.tool != Tool::Bucketlint);
    let remarks = remarks(page.file, page.path, page.text);
    let mut groups: Vec<(&Remark, Vec<Suppression>)> = Vec::new();
    for one in all {
        let at = one.at.range().start;
        let Some(remark) = remarks.iter().rev().find(|it| it.at.start <= at && at <= it.at.end) else { continue };
        match groups.iter_mut().find(|it| it.0 == remark) {
            Some(group) => group.1.push(one),
            None => groups.push((remark, vec![one])),
        }
    }
    // What gives a reason goes first: of two about one finding, its words are kept.
    groups.sort_by_key(|it| !it.1.iter().any(|one| one.reason.is_some()));
    for (remark, group) in groups {
        of_remark(planner, page, remark, &group);
    }
}

/// A suppression, and the rules of those that it hides for which ours is to speak.
type Hides<'a> = (&'a Suppression, BTreeSet<String>);

/// The suppressions of one comment.
fn of_remark(planner: &mut Planner<'_>, page: &Page<'_>, remark: &Remark, group: &[Suppression]) {
    // Words of ours behind those of another tool would go with the comment.
    if remark.words.contains("bucketlint:") {
        let why = "words of ours stand in the same comment: put them into a comment of their own";
        return group.iter().for_each(|it| planner.leave(it, why));
    }
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
        (true, true) => remove(page, remark).map(|it| vec![it]),
        (false, _) => place(planner, page, remark, first, &hidden, removed),
    };
    let Some(edits) = edits else {
        let why = match rules.is_empty() {
            true => "ours is about the same code already, and it cannot be taken out of its line: remove it by hand"
                .to_owned(),
            false => format!("no other place here is about the same code; by hand: {}", words(&rules, first)),
        };
        return hidden.iter().for_each(|it| planner.leave(it.0, &why));
    };
    hidden.iter().for_each(|it| planner.speak(it.0, &rules, first.reason.as_deref()));
    planner.migration.rewritten.push(Rewritten {
        at: first.at,
        shown: hidden.iter().map(|it| shown(it.0)).collect::<Vec<_>>().join(", "),
        reasonless: hidden.iter().filter(|_| first.reason.is_none()).map(|it| shown(it.0)).collect(),
        rules: rules.into_iter().collect(),
        edits,
    });
}

/// The first candidate that is about the same findings.
fn place(
    planner: &Planner<'_>,
    page: &Page<'_>,
    remark: &Remark,
    one: &Suppression,
    hidden: &[Hides<'_>],
    removed: bool,
) -> Option<Vec<Edit>> {
    let rules: BTreeSet<String> = hidden.iter().flat_map(|it| it.1.iter().cloned()).collect();
    let words = words(&rules, one);
    if let Some((value, _)) = &remark.member {
        let text = serde_json::to_string(&words).ok()?;
        let edits = vec![Edit::new(value.clone(), text)];
        return (removed && accepts(planner, page, &edits, hidden, &rules)).then_some(edits);
    }
    let mark = if page.text.get(remark.at.start..)?.starts_with("//") { "//" } else { "#" };
    let own = format!("{mark} {words}");
    let gone: Vec<Edit> = if removed { vec![remove(page, remark)?] } else { Vec::new() };
    let mut candidates: Vec<Vec<Edit>> = Vec::new();
    if removed {
        candidates.push(vec![Edit::new(remark.at.clone(), own.clone())]);
    } else {
        candidates.push(vec![above(page.text, remark.at.start, &own)]);
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
    let found = find(page.file, page.path, &text, &things, &planner.wishes.policy.known);
    let is_ours = |it: &&Suppression| it.at.range().start < there.end && there.start < it.at.range().end;
    let own = found.iter().filter(|it| it.tool == Tool::Bucketlint && it.rules == names && it.mistake.is_none());
    let Some(own) = own.into_iter().find(is_ours) else { return false };
    let of_file = |it: &Suppression| matches!(it.extent, Extent::File(_));
    if hidden.iter().any(|it| of_file(it.0) != of_file(own)) {
        return false;
    }
    let mut same = planner.findings.iter().filter(|it| rules.contains(&it.rule));
    same.all(|it| {
        let theirs = hidden
            .iter()
            .any(|(one, rules)| rules.contains(&it.rule) && hides(one, it, &planner.aliases, planner.sources));
        // All of a file is the same before and after.
        let ours = if of_file(own) {
            covers(own, it, planner.sources)
        } else {
            covers(own, &after(it, page, edits), planner.sources)
        };
        theirs == ours
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
    let is_taken = remarks(page.file, page.path, page.text).iter().any(|it| it.line.range().start == start);
    (!is_taken && is_code(page.text, &Span::of(page.file, start..end), &[]))
        .then(|| Edit::new(end..end, format!(" {own}")))
}

/// Takes a comment away: with its line, where it has one for itself. One that something stands behind, or that is a part of another,
/// cannot go.
fn remove(page: &Page<'_>, remark: &Remark) -> Option<Edit> {
    let own = page.text.get(remark.at.clone())?;
    let is_open = own.starts_with("/*") && own.find("*/") != own.trim_end().len().checked_sub(2);
    if remark.member.is_some() || remark.inner || is_open {
        return None;
    }
    let from = remark.line.range().start;
    let before = page.text.get(from..remark.at.start)?;
    Some(match before.trim().is_empty() {
        true => Edit::new(from..page.text.get(from..)?.find('\n').map_or(page.text.len(), |it| from + it + 1), ""),
        false => Edit::new(from + before.trim_end().len()..remark.at.end, ""),
    })
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
