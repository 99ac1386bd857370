//! Findings against suppressions: which count, which do not, and what is wrong with the suppressions.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::finding::{Finding, Label, Report, RuleInfo, Severity, Suppressed, Suppressor, SuppressorKind};
use crate::source::{FileId, Sources, Span};

use super::super::{Date, rules};
use super::outline::{Level, Outline};
use super::{Aliases, Extent, Named, Subjects, Suppression, Tool, find};

/// What the user decided about suppressions.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Today.
    pub today: Date,
    /// Whether suppressions count at all.
    pub ignore: bool,
    /// Rules that cannot be suppressed.
    pub locked: BTreeSet<String>,
    /// Whether a suppression must have a reason.
    pub require_reason: bool,
    /// Tools whose suppressions count.
    pub honour: BTreeSet<&'static str>,
    /// Rules that exist, whether or not they run; ids of others are mistakes.
    pub known: Arc<[RuleInfo]>,
    /// The rules that run; `None` for all. A suppression of another may be needed where that runs.
    pub ran: Option<BTreeSet<String>>,
    /// The suppressions that count: those of a trusted revision. `None` for all.
    pub trusted: Option<Trusted>,
}

/// The suppressions of a trusted revision, and how those of now are held against them.
#[derive(Clone, Debug)]
pub struct Trusted {
    /// What it has, each under the path of its file without links.
    pub known: Vec<Known>,
    /// The path without links of a file of now.
    pub real: fn(&Path) -> PathBuf,
    /// The buckets of the code of that revision, and those of now; `None` where nobody looked.
    pub subjects: Option<(Subjects, Subjects)>,
}

impl Trusted {
    /// Whether some are about a part of a file, for whose buckets alone they count.
    #[must_use]
    pub fn are_of_some(&self) -> bool {
        self.known.iter().any(|it| !it.whole)
    }

    /// Whether a suppression of that revision was about the bucket that a finding is about.
    fn was_about(&self, at: usize, finding: &Finding) -> bool {
        let Some((then, now)) = &self.subjects else { return true };
        let of = (finding.namespace.clone(), finding.address.clone());
        self.known.get(at).is_none_or(|it| it.whole || then.are_of(it.piece.as_ref(), now, &of))
    }
}

/// A suppression of a trusted revision: its words with what it is about and the blocks around that, and the file that has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    path: PathBuf,
    words: String,
    /// What it is about, from the outermost block.
    about: Vec<Level>,
    /// Whether it is about the whole file, whatever is in there.
    whole: bool,
    /// The code that it is about, where that is a part of a file and no call of a module.
    piece: Option<(PathBuf, Range<u32>)>,
}

/// The suppressions of files, as others are held against them.
#[must_use]
pub fn known(sources: &Sources, files: &[FileId], rules: &[RuleInfo]) -> Vec<Known> {
    Known::all(&find(sources, files, rules), sources, Path::to_path_buf)
}

impl Known {
    fn all(of: &[Suppression], sources: &Sources, real: fn(&Path) -> PathBuf) -> Vec<Self> {
        let mut outlines: BTreeMap<FileId, Outline> = BTreeMap::new();
        let mut all = Vec::with_capacity(of.len());
        for one in of {
            let file = one.at.file;
            let outline = outlines.entry(file).or_insert_with(|| Outline::new(file, sources));
            all.push(Self::of(one, sources, real, outline));
        }
        all
    }

    fn of(one: &Suppression, sources: &Sources, real: fn(&Path) -> PathBuf, outline: &Outline) -> Self {
        let path = real(&sources.file(one.at.file).path);
        // Moved to another resource, or beside another value, the same words are about something else.
        let about = match &one.extent {
            Extent::File(_) => Vec::new(),
            Extent::Range(at) | Extent::Call(at, _) => outline.around(*at),
        };
        let words = format!("{:?} {:?} {:?} {:?} {:?}", one.tool, one.rules, one.reason, one.until, one.mistake);
        let piece = match &one.extent {
            Extent::Range(at) => Some((path.clone(), at.start..at.end)),
            Extent::File(_) | Extent::Call(..) => None,
        };
        Self { path, words, about, whole: matches!(one.extent, Extent::File(_)), piece }
    }

    /// Whether the same is said about the same.
    fn is_same(&self, other: &Self) -> bool {
        let is_about = || self.about.iter().zip(&other.about).all(|(own, other)| own.is_same(other));
        self.words == other.words && self.whole == other.whole && self.about.len() == other.about.len() && is_about()
    }
}

/// Which suppression of the trusted revision each one is: one in its file, else one in a file that is not there any more. Words about
/// a whole file say nothing of what is in there: in a file of another name they are new.
fn trusted(suppressions: &[Suppression], trusted: &Trusted, sources: &Sources) -> Vec<Option<usize>> {
    let own = Known::all(suppressions, sources, trusted.real);
    let mut left: Vec<(usize, &Known)> = trusted.known.iter().enumerate().collect();
    let mut take = |fits: &dyn Fn(&Known) -> bool| {
        let at = left.iter().position(|it| fits(it.1));
        at.map(|at| left.remove(at).0)
    };
    let mut found: Vec<Option<usize>> =
        own.iter().map(|it| take(&|old| old.path == it.path && old.is_same(it))).collect();
    for (it, found) in own.iter().zip(&mut found).filter(|it| it.1.is_none() && !it.0.whole) {
        // A file is gone too where its path has become a link to this one.
        let is_gone = |old: &Known| !sources.fs().is_file(&old.path) || (trusted.real)(&old.path) == it.path;
        *found = take(&|old| !old.whole && old.is_same(it) && is_gone(old));
    }
    found
}

/// Moves what is suppressed in the code of `files` out of the findings, and adds findings about the suppressions themselves.
pub fn apply(sources: &Sources, files: &[FileId], report: &mut Report, policy: &Policy) {
    if !policy.ignore {
        settle(sources, find(sources, files, &policy.known), report, policy);
    }
}

/// The same with suppressions that were found before.
pub(super) fn settle(sources: &Sources, mut suppressions: Vec<Suppression>, report: &mut Report, policy: &Policy) {
    suppressions.retain(|it| policy.honour.contains(it.tool.as_str()));
    if suppressions.is_empty() {
        return;
    }
    let aliases = Aliases::new(&policy.known);
    let mut added = Vec::new();
    let mut then: Vec<Option<usize>> = vec![None; suppressions.len()];
    if let Some(of) = &policy.trusted {
        then = trusted(&suppressions, of, sources);
        for (one, _) in suppressions.iter().zip(&then).filter(|it| it.1.is_none()) {
            let message = format!("this suppression of {} is new and does not count", shown(one));
            added.push(finding(rules::ADDED, one, message));
        }
        let mut counts = then.iter();
        suppressions.retain(|_| counts.next().is_some_and(Option::is_some));
        then.retain(Option::is_some);
    }
    let was_about = |at: &Option<usize>, finding: &Finding| {
        policy.trusted.as_ref().zip(*at).is_none_or(|(trusted, at)| trusted.was_about(at, finding))
    };
    let mut others: BTreeSet<(usize, String)> = BTreeSet::new();
    let mut uses: Vec<BTreeSet<String>> = vec![BTreeSet::new(); suppressions.len()];
    let mut about = added;
    let mut partial: BTreeSet<(usize, String)> = BTreeSet::new();
    let mut missed: BTreeSet<usize> = BTreeSet::new();
    let mut counting = Vec::new();
    // What was there before does not count, and is suppressed all the same: it needs its suppression.
    let before = report.suppressed.iter().filter(|it| it.by.kind == SuppressorKind::Baseline).map(|it| &it.finding);
    for finding in before {
        for (one, uses) in suppressions.iter().zip(&mut uses) {
            if one.mistake.is_none() && names(one, &finding.rule, &aliases) && covers(one, finding, sources) {
                uses.insert(finding.rule.clone());
            }
        }
    }
    for finding in std::mem::take(&mut report.findings) {
        let mut by: Option<&Suppression> = None;
        for (index, ((one, uses), then)) in suppressions.iter().zip(&mut uses).zip(&then).enumerate() {
            if !names(one, &finding.rule, &aliases) || !covers(one, &finding, sources) {
                continue;
            }
            if one.mistake.is_some() {
                missed.insert(index);
                continue;
            }
            uses.insert(finding.rule.clone());
            if !was_about(then, &finding) {
                others.insert((index, finding.address.clone()));
                continue;
            }
            let over = one.until.is_some_and(|it| it < policy.today);
            if policy.locked.contains(&finding.rule) {
                about.push(locked(one, &finding));
            } else if !over {
                by = by.or(Some(one));
            }
        }
        if by.is_none() {
            let touching = suppressions.iter().enumerate().filter(|(_, one)| touches(one, &finding, &aliases, sources));
            partial.extend(touching.map(|(at, _)| (at, finding.rule.clone())));
        }
        match by {
            Some(one) => {
                let by = Suppressor {
                    kind: SuppressorKind::InSource,
                    reason: one.reason.clone(),
                    until: one.until.map(|it| it.to_string()),
                    at: Some(one.at),
                };
                report.suppressed.push(Suppressed { finding, by });
            }
            None => counting.push(finding),
        }
    }
    about.extend(partial.iter().filter_map(|(at, rule)| Some(seen_in_part(suppressions.get(*at)?, rule, &aliases))));
    about.extend(others.iter().filter_map(|(at, address)| Some(of_another(suppressions.get(*at)?, address))));
    for (at, (one, uses)) in suppressions.iter().zip(uses).enumerate() {
        // Words that Trivy understands and we do not may serve it well: they are told of where a finding counts for that.
        let serves = one.tool == Tool::Trivy && one.mistake.is_some() && !missed.contains(&at);
        about.extend(complaint(one, &uses, policy).filter(|_| !serves));
    }
    counting.extend(about);
    report.findings = counting;
}

pub(super) fn names(one: &Suppression, rule: &str, aliases: &Aliases<'_>) -> bool {
    match &one.rules {
        // All of its tool: what that has no check of it has not spoken of.
        Named::All => aliases.has_equivalent(one.tool, rule),
        Named::Own(ids) => ids.iter().any(|it| it == rule),
        Named::Foreign(ids) => ids.iter().any(|it| aliases.covers(one.tool, it, rule)),
    }
}

/// Whether a suppression of another tool is about a part of what a finding at its place says.
fn touches(one: &Suppression, finding: &Finding, aliases: &Aliases<'_>, sources: &Sources) -> bool {
    let Named::Foreign(ids) = &one.rules else { return false };
    one.mistake.is_none()
        && ids.iter().any(|it| aliases.touches(one.tool, it, &finding.rule))
        && covers(one, finding, sources)
}

pub(super) fn covers(one: &Suppression, finding: &Finding, sources: &Sources) -> bool {
    let extent = one.extent.span(sources);
    let within = |it: Span| it.file == extent.file && extent.start <= it.start && it.start <= extent.end;
    if finding.at.is_some_and(within) || finding.declared.is_some_and(within) {
        return true;
    }
    let Extent::Call(span, name) = &one.extent else { return false };
    // All that is in a module is below its call: in a root module the address begins with it, elsewhere it goes through it.
    let dir = sources.file(span.file).path.parent().unwrap_or(Path::new("")).to_path_buf();
    let call = format!("module.{name}");
    let begins = |it: &str| it.strip_prefix(call.as_str()).is_some_and(|rest| rest.starts_with(['.', '[']));
    if Path::new(&finding.namespace) == dir {
        begins(&finding.address)
    } else {
        let inner = finding.address.match_indices(".module.").filter_map(|(at, _)| finding.address.get(at + 1..));
        let related = finding.related.iter().chain(&finding.flow).any(|it| within(it.at));
        related && inner.into_iter().any(begins)
    }
}

fn finding(rule: &str, one: &Suppression, message: String) -> Finding {
    let info = rules::infos().into_iter().find(|it| it.id == rule);
    let (title, severity) = info.map_or((String::new(), Severity::Low), |it| (it.title, it.severity));
    let mut finding = Finding::new(rule, title, "");
    finding.severity = severity;
    finding.message = message;
    finding.at = Some(one.at);
    finding.identity = crate::lint::fingerprint(&[rule, &format!("{:?} {:?}", one.tool, one.rules)]);
    finding.fingerprint.clone_from(&finding.identity);
    finding
}

fn seen_in_part(one: &Suppression, rule: &str, aliases: &Aliases<'_>) -> Finding {
    let ids = if let Named::Foreign(ids) = &one.rules { ids.as_slice() } else { &[] };
    let ids: Vec<&str> = ids.iter().filter(|it| aliases.touches(one.tool, it, rule)).map(String::as_str).collect();
    let message = format!(
        "{} sees a part of `{rule}` only, which counts here; `bucketlint:ignore {rule}` is about all of it",
        ids.join(", ")
    );
    finding(rules::PARTIAL, one, message)
}

fn of_another(one: &Suppression, address: &str) -> Finding {
    let message = format!(
        "this suppression of {} was about another bucket than {address} is now, and does not count for it",
        shown(one)
    );
    let mut finding = finding(rules::ADDED, one, message);
    finding.key = address.to_owned();
    finding
}

fn locked(one: &Suppression, about: &Finding) -> Finding {
    let mut finding = finding(rules::LOCKED, one, format!("`{}` is locked: the suppression has no effect", about.rule));
    if let Some(at) = about.at {
        finding.related.push(Label { at, text: about.message.clone() });
    }
    finding
}

fn shown(one: &Suppression) -> String {
    match &one.rules {
        Named::All => "all rules".to_owned(),
        Named::Own(ids) | Named::Foreign(ids) => ids.join(", "),
    }
}

/// What is wrong with a suppression. Those of other tools may serve them: only an expired one is told.
fn complaint(one: &Suppression, uses: &BTreeSet<String>, policy: &Policy) -> Option<Finding> {
    let shown = shown(one);
    if let Some(mistake) = &one.mistake {
        return Some(finding(rules::INVALID, one, format!("this suppression has no effect: {mistake}")));
    }
    if let Some(until) = one.until.filter(|it| *it < policy.today && !uses.is_empty()) {
        return Some(finding(
            rules::EXPIRED,
            one,
            format!("the suppression of {shown} ended on {until}; the finding counts again"),
        ));
    }
    if one.tool != Tool::Bucketlint {
        return None;
    }
    let has_run = |it: &str| policy.ran.as_ref().is_none_or(|ran| ran.contains(it));
    let own = if let Named::Own(ids) = &one.rules { ids.as_slice() } else { &[] };
    let unused: Vec<&str> = own.iter().filter(|it| !uses.contains(*it)).map(String::as_str).collect();
    if uses.is_empty() {
        let all_ran = unused.iter().all(|it| has_run(it));
        let message = format!("nothing here violates {shown}: remove the suppression");
        return all_ran.then(|| Finding { idle: true, ..finding(rules::UNUSED, one, message) });
    }
    let idle: Vec<&str> = unused.into_iter().filter(|it| has_run(it)).collect();
    if !idle.is_empty() {
        let message = format!("nothing here violates {}: take it out of the suppression", idle.join(", "));
        return Some(finding(rules::UNUSED, one, message));
    }
    (policy.require_reason && one.reason.is_none())
        .then(|| finding(rules::NO_REASON, one, format!("the suppression of {shown} gives no reason")))
}
