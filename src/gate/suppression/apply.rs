//! Findings against suppressions: which count, which do not, and what is wrong with the suppressions.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::finding::{Finding, Label, Report, RuleInfo, Severity, Suppressed, Suppressor, SuppressorKind};
use crate::source::{FileId, Sources, Span};

use super::super::{Date, rules};
use super::trusted::{Held, Trusted, Was, held};
use super::{Aliases, Extent, Named, Suppression, Tool, directive, find};

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
    let mut then: Vec<Option<Was>> = vec![None; suppressions.len()];
    if let Some(of) = &policy.trusted {
        let held = held(&suppressions, of, sources, &aliases);
        for (one, held) in suppressions.iter().zip(&held) {
            let is_about = |it: &Finding| hides(one, it, &aliases, sources);
            let is_old = || !report.findings.iter().any(is_about) && baselined(report).any(is_about);
            added.extend(untrusted(one, held, &is_old));
        }
        then = held.into_iter().map(|it| if let Held::As(was) = it { Some(was) } else { None }).collect();
        let mut counts = then.iter();
        suppressions.retain(|_| counts.next().is_some_and(Option::is_some));
        then.retain(Option::is_some);
    }
    let was_about = |was: &Option<Was>, one: &Suppression, finding: &Finding| {
        let is_there = || stands_in(one, finding, sources);
        policy
            .trusted
            .as_ref()
            .zip(was.as_ref())
            .is_none_or(|(it, was)| it.was_about(was, finding, &is_there, &aliases))
    };
    let mut others: BTreeSet<(usize, String)> = BTreeSet::new();
    let mut uses: Vec<BTreeSet<String>> = vec![BTreeSet::new(); suppressions.len()];
    let mut about = added;
    let mut partial: BTreeSet<(usize, String)> = BTreeSet::new();
    let mut missed: BTreeSet<usize> = BTreeSet::new();
    let mut counting = Vec::new();
    // What was there before does not count, and is suppressed all the same: it needs its suppression.
    for finding in baselined(report) {
        for (one, uses) in suppressions.iter().zip(&mut uses) {
            if one.mistake.is_none() && hides(one, finding, &aliases, sources) {
                uses.insert(finding.rule.clone());
            }
        }
    }
    for finding in std::mem::take(&mut report.findings) {
        let mut by: Option<&Suppression> = None;
        for (index, ((one, uses), then)) in suppressions.iter().zip(&mut uses).zip(&then).enumerate() {
            if !hides(one, &finding, &aliases, sources) {
                continue;
            }
            if one.mistake.is_some() {
                missed.insert(index);
                continue;
            }
            uses.insert(finding.rule.clone());
            if !was_about(then, one, &finding) {
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
        let is_idle = is_judged(one, policy, &aliases) && uses.is_empty();
        let elsewhere = || counting.iter().find(|it| names(one, &it.rule, &aliases) && covers(one, it, sources));
        about.extend(is_idle.then(elsewhere).flatten().map(|it| of_another_resource(one, it)));
        // Words that Trivy understands and we do not may serve it well: they are told of where a finding counts for that.
        let serves = one.tool == Tool::Trivy && one.mistake.is_some() && !missed.contains(&at);
        about.extend(complaint(one, &uses, policy).filter(|_| !serves));
    }
    counting.extend(about);
    report.findings = counting;
}

/// What counts no more because it was there before.
fn baselined(report: &Report) -> impl Iterator<Item = &Finding> {
    report.suppressed.iter().filter(|it| it.by.kind == SuppressorKind::Baseline).map(|it| &it.finding)
}

/// What is told of a suppression that the trusted revision has not. `is_old`: what it is about was there before, and none of it counts.
fn untrusted(one: &Suppression, held: &Held, is_old: &dyn Fn() -> bool) -> Option<Finding> {
    let shown = shown(one);
    let mut message = match held {
        Held::As(_) => return None,
        Held::New => format!("this suppression of {shown} is new and does not count"),
        Held::Reworded(what) => {
            format!("this suppression of {shown} has another {what} than at the trusted revision, and does not count")
        }
    };
    if is_old() {
        message.push_str("; what it is about was there before the change");
    }
    Some(finding(rules::ADDED, one, message))
}

fn names(one: &Suppression, rule: &str, aliases: &Aliases<'_>) -> bool {
    one.rules.name(one.tool, rule, aliases)
}

/// Whether a suppression is about a finding. Words of another tool hide no more than they do there: what stands in the code that they
/// are about, and of the bucket in other resources what the tool's check reports at the bucket.
pub(super) fn hides(one: &Suppression, finding: &Finding, aliases: &Aliases<'_>, sources: &Sources) -> bool {
    let is_of_bucket = || one.rules.name_of_bucket(one.tool, &finding.rule, aliases) && covers(one, finding, sources);
    names(one, &finding.rule, aliases) && stands_in(one, finding, sources) || is_of_bucket()
}

/// Whether a suppression of another tool is about a part of what a finding at its place says.
fn touches(one: &Suppression, finding: &Finding, aliases: &Aliases<'_>, sources: &Sources) -> bool {
    let Named::Foreign(ids) = &one.rules else { return false };
    let is_there = |it: &str| match directive::reports_at_bucket(one.tool, it) {
        true => covers(one, finding, sources),
        false => stands_in(one, finding, sources),
    };
    one.mistake.is_none() && ids.iter().any(|it| aliases.touches(one.tool, it, &finding.rule) && is_there(it))
}

/// Whether a finding stands in the code that a suppression is about, or is about a bucket that is declared there.
pub(super) fn covers(one: &Suppression, finding: &Finding, sources: &Sources) -> bool {
    let extent = one.extent.span(sources);
    finding.declared.is_some_and(|it| is_within(it, extent))
        || finding.at.is_some_and(|it| is_within(it, extent))
        || is_called(one, finding, sources)
}

/// Whether a finding stands in the code that a suppression is about.
fn stands_in(one: &Suppression, finding: &Finding, sources: &Sources) -> bool {
    let extent = one.extent.span(sources);
    let Some(at) = finding.at.or(finding.declared) else { return is_called(one, finding, sources) };
    let folder = |it: FileId| sources.file(it).path.parent().map(Path::to_path_buf);
    // What stands beside a call is not in the module.
    is_within(at, extent) || folder(at.file) != folder(extent.file) && is_called(one, finding, sources)
}

fn is_within(it: Span, extent: Span) -> bool {
    it.file == extent.file && extent.start <= it.start && it.start <= extent.end
}

/// Whether a finding is about what is in the module that a suppression stands at the call of.
fn is_called(one: &Suppression, finding: &Finding, sources: &Sources) -> bool {
    let Extent::Call(span, name) = &one.extent else { return false };
    // All that is in a module is below its call: in a root module the address begins with it, elsewhere it goes through it.
    let dir = sources.file(span.file).path.parent().unwrap_or(Path::new("")).to_path_buf();
    let call = format!("module.{name}");
    let begins = |it: &str| it.strip_prefix(call.as_str()).is_some_and(|rest| rest.starts_with(['.', '[']));
    if Path::new(&finding.namespace) == dir {
        begins(&finding.address)
    } else {
        let inner = finding.address.match_indices(".module.").filter_map(|(at, _)| finding.address.get(at + 1..));
        let related = finding.related.iter().chain(&finding.flow).any(|it| is_within(it.at, *span));
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

/// Whether all has run that words of another tool name: of everything that the tool looks for, more than rules of ours may be meant.
fn is_judged(one: &Suppression, policy: &Policy, aliases: &Aliases<'_>) -> bool {
    let named = |it: &&RuleInfo| names(one, &it.id, aliases);
    let has_run = |it: &RuleInfo| policy.ran.as_ref().is_none_or(|ran| ran.contains(&it.id));
    one.mistake.is_none() && matches!(one.rules, Named::Foreign(_)) && policy.known.iter().filter(named).all(has_run)
}

/// What is told of words of another tool that hide nothing where they stand, while what they name is found of the bucket elsewhere.
fn of_another_resource(one: &Suppression, about: &Finding) -> Finding {
    let message = format!(
        "this suppression of {} is about the code that it stands at, as in {}: `{}` of {} stands in other code and counts",
        shown(one),
        one.tool.shown(),
        about.rule,
        about.address
    );
    let mut finding = finding(rules::UNUSED, one, message);
    finding.related.extend(about.at.map(|at| Label { at, text: about.message.clone() }));
    finding
}

fn of_another(one: &Suppression, address: &str) -> Finding {
    let message = format!(
        "this suppression of {} was about another bucket than {address} is now, or about less of it, and does not count for it",
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
