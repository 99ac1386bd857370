//! Every suppression of the code with what it hides.

use crate::finding::{Finding, Report};
use crate::source::{FileId, Sources};

use super::super::rules;
use super::apply::{Policy, settle};
use super::{Aliases, Named, Suppression, find};

/// A suppression and what becomes of it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// As written.
    pub suppression: Suppression,
    /// What it does.
    pub state: State,
    /// The findings that do not count for its sake.
    pub hides: Vec<Finding>,
}

/// What a suppression does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It hides findings.
    Used,
    /// There is nothing for it to hide.
    Unused,
    /// It is about what a change opens, which nobody knows without what was before.
    NotKnown,
    /// It names checks of another tool that no rule here covers: it may serve that tool.
    Unrelated,
    /// The check that it names sees a part only of a rule that is violated here.
    Partial,
    /// Its last day is over.
    Expired,
    /// Its words are wrong.
    Invalid,
    /// What it names cannot be suppressed.
    Locked,
    /// The configuration does not honour the tool.
    NotHonoured,
}

impl State {
    /// `used`, `unused`, …
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Unused => "unused",
            Self::NotKnown => "not-known",
            Self::Unrelated => "unrelated",
            Self::Partial => "partial",
            Self::Expired => "expired",
            Self::Invalid => "invalid",
            Self::Locked => "locked",
            Self::NotHonoured => "not-honoured",
        }
    }
}

/// Applies the suppressions to a report and tells of each of them, those that have no effect too. In the order of the files.
#[must_use]
pub fn list(sources: &Sources, files: &[FileId], report: &mut Report, policy: &Policy) -> Vec<Listed> {
    let all = find(sources, files, &policy.known);
    settle(sources, all.clone(), report, policy);
    let aliases = Aliases::new(&policy.known);
    let is_unrelated = |it: &Suppression| match &it.rules {
        Named::Foreign(ids) => !ids.iter().any(|id| aliases.knows(it.tool, id)),
        Named::All | Named::Own(_) => false,
    };
    let is_widened =
        |it: &Suppression| matches!(&it.rules, Named::Own(ids) if ids.iter().any(|it| it == rules::WIDENED));
    let listed = all.into_iter().map(|suppression| {
        let own = report.suppressed.iter().filter(|it| it.by.at == Some(suppression.at));
        let hides: Vec<Finding> = own.map(|it| it.finding.clone()).collect();
        let is_told = |rule: &str| report.findings.iter().any(|it| it.rule == rule && it.at == Some(suppression.at));
        let is_over = suppression.until.is_some_and(|it| it < policy.today);
        let state = match () {
            () if !policy.honour.contains(suppression.tool.as_str()) => State::NotHonoured,
            () if suppression.mistake.is_some() => State::Invalid,
            () if !hides.is_empty() => State::Used,
            () if is_told(rules::LOCKED) => State::Locked,
            () if is_unrelated(&suppression) => State::Unrelated,
            () if is_over => State::Expired,
            () if is_told(rules::PARTIAL) => State::Partial,
            () if is_widened(&suppression) => State::NotKnown,
            () => State::Unused,
        };
        Listed { suppression, state, hides }
    });
    listed.collect()
}
