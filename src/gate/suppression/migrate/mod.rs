//! Suppressions of other tools in our words: what each becomes, and where it can stand so that it is about the same code.
//!
//! Nothing is written here: the plan is edits of texts, and the suppressions as they should count when the edits are made, for
//! whoever makes them to compare. What has no equal here is left, with the reason.

mod comments;
mod edit;
mod metadata;

pub use edit::{Edit, apply};

use std::collections::BTreeSet;

use crate::finding::{Finding, Report};
use crate::source::{FileId, Sources, Span};

use super::apply::{Policy, covers, hides, settle};
use super::{Aliases, Named, Suppression, Tool, extent, find};

/// What becomes of the suppressions of other tools.
#[derive(Debug, Default)]
pub struct Migration {
    /// Those that are rewritten, in the order of the files.
    pub rewritten: Vec<Rewritten>,
    /// Those that stay, and why.
    pub left: Vec<Left>,
    suppressions: Vec<Suppression>,
    /// As written, before those of everything were narrowed to what they hide.
    written: Vec<Suppression>,
}

/// Suppressions of one place that are rewritten.
#[derive(Clone, Debug)]
pub struct Rewritten {
    /// Where they are.
    pub at: Span,
    /// The ids that they name.
    pub shown: String,
    /// The rules that ours names; none where ours are there already.
    pub rules: Vec<String>,
    /// Those of the ids that give no reason to take over.
    pub reasonless: Vec<String>,
    /// What is changed in the file.
    pub edits: Vec<Edit>,
}

/// A suppression that stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Where it is.
    pub at: Span,
    /// The ids that it names.
    pub shown: String,
    /// Why it stays.
    pub why: String,
}

/// What the user wishes.
#[derive(Clone, Copy, Debug)]
pub struct Wishes<'a> {
    /// What counts.
    pub policy: &'a Policy,
    /// Whether the words of the other tool stay beside ours.
    pub keep: bool,
}

impl Migration {
    /// Moves what is suppressed when the edits are made out of the findings of a report, as they were before.
    pub fn expect(&self, sources: &Sources, report: &mut Report, policy: &Policy) {
        settle(sources, self.suppressions.clone(), report, policy);
    }

    /// Takes back what was planned for some files.
    pub fn leave(&mut self, files: &BTreeSet<FileId>, why: &str) {
        let (gone, kept) = std::mem::take(&mut self.rewritten).into_iter().partition(|it| files.contains(&it.at.file));
        self.rewritten = kept;
        for (now, before) in self.suppressions.iter_mut().zip(&self.written).filter(|it| files.contains(&it.1.at.file))
        {
            now.clone_from(before);
        }
        let left = |it: Rewritten| Left { at: it.at, shown: it.shown, why: why.to_owned() };
        self.left.extend(Vec::into_iter(gone).map(left));
        self.left.sort_by_key(|it| it.at);
    }
}

/// Plans the migration of the suppressions in `files`. `findings` are those of all rules, suppressed ones included; those in
/// `others` may carry suppressions that count, and are not rewritten.
#[must_use]
pub fn plan(
    sources: &Sources,
    files: &[FileId],
    others: &[FileId],
    findings: &[Finding],
    wishes: Wishes<'_>,
) -> Migration {
    let known = &wishes.policy.known;
    let everything: Vec<FileId> = files.iter().chain(others.iter().filter(|it| !files.contains(it))).copied().collect();
    let suppressions = find(sources, &everything, known);
    let aliases = Aliases::new(known);
    let mut planner = Planner {
        sources,
        findings,
        wishes,
        aliases,
        spoken: Vec::new(),
        migration: Migration { written: suppressions.clone(), suppressions, ..Migration::default() },
    };
    planner.spoken = planner.spoken_for();
    for file in files {
        let text = sources.text(*file);
        let path = sources.file(*file).path.clone();
        if !super::comments::MARKERS.iter().any(|it| text.contains(it)) {
            continue;
        }
        let things = extent::nodes(*file, &path, &text);
        let page = Page { file: *file, path: &path, text: &text };
        comments::plan(&mut planner, &page, super::comments::find(*file, &path, &text, &things, known));
        metadata::plan(&mut planner, &page, super::metadata::find(*file, &path, &text, known));
    }
    let mut migration = planner.migration;
    migration.rewritten.sort_by_key(|it| it.at);
    migration.left.sort_by_key(|it| it.at);
    migration
}

/// A file that is looked at.
struct Page<'a> {
    file: FileId,
    path: &'a std::path::Path,
    text: &'a str,
}

struct Planner<'a> {
    sources: &'a Sources,
    findings: &'a [Finding],
    wishes: Wishes<'a>,
    aliases: Aliases<'a>,
    /// For each finding, the reasons of the suppressions of our own that are about it; `None` where none is.
    spoken: Vec<Option<Vec<String>>>,
    migration: Migration,
}

/// What a suppression of another tool hides.
struct Hidden {
    /// The rules that no suppression of our own is about there.
    rules: BTreeSet<String>,
    /// Whether all that it says is said by rules here.
    whole: bool,
    /// Whether it gives a reason that ours, where they are about the same, do not give.
    loses_reason: bool,
}

impl Planner<'_> {
    fn spoken_for(&self) -> Vec<Option<Vec<String>>> {
        let own = |it: &&Suppression| {
            it.tool == Tool::Bucketlint
                && it.mistake.is_none()
                && it.until.is_none_or(|it| self.wishes.policy.today <= it)
        };
        let own: Vec<&Suppression> = self.migration.suppressions.iter().filter(own).collect();
        let reasons = |it: &Finding| -> Option<Vec<String>> {
            let all: Vec<&&Suppression> =
                own.iter().filter(|one| hides(one, it, &self.aliases, self.sources)).collect();
            (!all.is_empty()).then(|| all.iter().filter_map(|it| it.reason.clone()).collect())
        };
        self.findings.iter().map(reasons).collect()
    }

    /// What a suppression hides, or why it stays.
    fn hidden(&self, one: &Suppression) -> Result<Hidden, String> {
        let policy = self.wishes.policy;
        if !policy.honour.contains(one.tool.as_str()) {
            return Err(format!("the configuration does not honour {}", one.tool.as_str()));
        }
        if let Some(mistake) = &one.mistake {
            return Err(mistake.clone());
        }
        if let Some(until) = one.until.filter(|it| *it < policy.today) {
            return Err(format!("it ended on {until}"));
        }
        let here: Vec<(usize, &Finding)> =
            self.findings.iter().enumerate().filter(|it| covers(one, it.1, self.sources)).collect();
        let hides: Vec<&(usize, &Finding)> =
            here.iter().filter(|it| hides(one, it.1, &self.aliases, self.sources)).collect();
        let free = |it: &Finding| !policy.locked.contains(&it.rule);
        if hides.is_empty() {
            return Err(self.why_nothing(one, &here));
        }
        if !hides.iter().any(|it| free(it.1)) {
            return Err("what it hides elsewhere is locked here".to_owned());
        }
        let ours = |it: &(usize, &Finding)| self.spoken.get(it.0).and_then(Option::as_ref);
        let unspoken = |it: &&&(usize, &Finding)| free(it.1) && ours(it).is_none();
        let is_said = |all: &Vec<String>| one.reason.as_ref().is_none_or(|it| all.iter().any(|own| own.contains(it)));
        let loses_reason = hides.iter().filter_map(|it| ours(it)).any(|it| !is_said(it));
        let rules: BTreeSet<String> = hides.iter().filter(unspoken).map(|it| it.1.rule.clone()).collect();
        let whole = match &one.rules {
            Named::Foreign(ids) => ids.iter().all(|it| self.aliases.has_cover(one.tool, it)),
            // Of everything all that it hides, whatever runs today: another profile would find the rest.
            Named::All | Named::Own(_) => true,
        };
        Ok(Hidden { rules, whole, loses_reason })
    }

    fn why_nothing(&self, one: &Suppression, here: &[(usize, &Finding)]) -> String {
        let Named::Foreign(ids) = &one.rules else { return "it hides nothing here".to_owned() };
        if !ids.iter().any(|it| self.aliases.knows(one.tool, it)) {
            return "no rule here is about it".to_owned();
        }
        let touched: BTreeSet<&str> = here
            .iter()
            .map(|it| it.1.rule.as_str())
            .filter(|rule| ids.iter().any(|it| self.aliases.touches(one.tool, it, rule)))
            .collect();
        if touched.is_empty() {
            return "it hides nothing here".to_owned();
        }
        let touched: Vec<&str> = touched.into_iter().collect();
        format!("it sees a part of {} only", touched.join(", "))
    }

    /// Takes note that a suppression of our own is about what these hide.
    fn speak(&mut self, one: &Suppression, rules: &BTreeSet<String>, reason: Option<&str>) {
        for (it, spoken) in self.findings.iter().zip(&mut self.spoken) {
            if rules.contains(&it.rule) && hides(one, it, &self.aliases, self.sources) {
                spoken.get_or_insert_default().extend(reason.map(str::to_owned));
            }
        }
        // One that stays hides what it hid.
        if one.rules == Named::All && !self.wishes.keep {
            for it in self.migration.suppressions.iter_mut().filter(|it| it.at == one.at && it.tool == one.tool) {
                it.rules = Named::Own(rules.iter().cloned().collect());
            }
        }
    }

    fn leave(&mut self, one: &Suppression, why: &str) {
        let left = Left { at: one.at, shown: shown(one), why: why.to_owned() };
        if !self.migration.left.contains(&left) {
            self.migration.left.push(left);
        }
    }

    /// Tells of the ids that stay because no rule here is the same or a part of them.
    fn leave_rest(&mut self, one: &Suppression) {
        let Named::Foreign(ids) = &one.rules else { return };
        let rest: Vec<&str> =
            ids.iter().filter(|it| !self.aliases.has_cover(one.tool, it)).map(String::as_str).collect();
        self.migration.left.push(Left { at: one.at, shown: rest.join(", "), why: "no rule here covers it".to_owned() });
    }
}

/// `checkov CKV_AWS_20, CKV_AWS_57`.
fn shown(one: &Suppression) -> String {
    match &one.rules {
        Named::Foreign(ids) | Named::Own(ids) => ids.join(", "),
        Named::All => format!("{}, all rules", one.tool.as_str()),
    }
}

/// The reasons of several as one.
fn reasons<'a>(all: impl Iterator<Item = &'a Suppression>) -> Option<String> {
    let mut out: Vec<&str> = Vec::new();
    for reason in all.filter_map(|it| it.reason.as_deref()) {
        if !out.contains(&reason) {
            out.push(reason);
        }
    }
    (!out.is_empty()).then(|| out.join("; "))
}

/// Our words: `bucketlint:ignore a, b reason="…" until=2027-01-31`.
fn words(rules: &BTreeSet<String>, one: &Suppression) -> String {
    let file = if matches!(one.extent, super::Extent::File(_)) { "-file" } else { "" };
    let names: Vec<&str> = rules.iter().map(String::as_str).collect();
    let mut text = format!("bucketlint:ignore{file} {}", names.join(", "));
    if let Some(reason) = &one.reason {
        text.push_str(&format!(" reason=\"{}\"", reason.replace('"', "'")));
    }
    if let Some(until) = one.until {
        text.push_str(&format!(" until={until}"));
    }
    text
}
