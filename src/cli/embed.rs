//! Judging for embedders and tests: texts or a file system in, everything that a run knows out. Nothing is printed.

use std::path::PathBuf;

use crate::exposure;
use crate::finding::{Report, RuleInfo, Status};
use crate::source::{Memory, Sources, Span};

use super::discover::{Discovery, discover};
use super::floors::{self, Rules, Selection};
use super::pipeline::{Options, Outcome, run};

/// Rules that were loaded once, for many runs.
#[derive(Debug)]
pub struct Checker {
    rules: Rules,
}

impl Checker {
    /// The built-in rules of a profile: `default`, `strict` or `all`.
    ///
    /// # Errors
    /// A sentence, where no profile is called so.
    pub fn new(profile: &str) -> Result<Self, Vec<String>> {
        floors::builtin_rules(&Selection { profile, ..Selection::default() }).map(|rules| Self { rules })
    }

    /// Some of the built-in rules, by id.
    ///
    /// # Errors
    /// A sentence for each id that no rule has.
    pub fn of(rules: &[String]) -> Result<Self, Vec<String>> {
        floors::builtin_rules(&Selection { profile: "none", enable: rules, ..Selection::default() })
            .map(|rules| Self { rules })
    }

    /// The descriptions of the rules, in order of id.
    #[must_use]
    pub fn rules(&self) -> &[RuleInfo] {
        self.rules.infos()
    }

    /// Judges files and folders of a file system, as the command line does.
    #[must_use]
    pub fn check(&self, sources: &Sources, paths: &[PathBuf], options: &Options) -> Outcome {
        let Discovery { files, complaints, .. } = discover(sources, paths, &[]);
        run(sources, &files, complaints, options, &self.rules)
    }
}

/// Judges texts under their paths, with the built-in rules of the default profile. For tests and embedders: nothing is
/// read from disk.
#[must_use]
pub fn check_texts(texts: &[(&str, &str)]) -> Report {
    check_texts_in(texts, "default")
}

/// The same in another profile: `default`, `strict` or `all`. An unknown profile runs no rule.
#[must_use]
pub fn check_texts_in(texts: &[(&str, &str)], profile: &str) -> Report {
    let checker = Checker { rules: Checker::new(profile).map(|it| it.rules).unwrap_or_default() };
    let sources = Sources::new(Box::new(Memory::new(texts)));
    let paths: Vec<PathBuf> = texts.iter().map(|(path, _)| PathBuf::from(path)).collect();
    checker.check(&sources, &paths, &Options::default()).report
}

/// One built-in rule over texts: status and line of each finding, and the complaints about the input as text.
#[must_use]
pub fn check_texts_with(texts: &[(&str, &str)], rule: &str, account: Option<&str>) -> (Vec<(Status, usize)>, String) {
    let enable = [rule.to_owned()];
    let selection = Selection { profile: "none", enable: &enable, ..Selection::default() };
    run_texts(texts, &floors::builtin_rules(&selection).unwrap_or_default(), account)
}

/// Rules over texts: status and line of each finding, and the complaints about the input as text.
pub(super) fn run_texts(
    texts: &[(&str, &str)],
    rules: &Rules,
    account: Option<&str>,
) -> (Vec<(Status, usize)>, String) {
    let sources = Sources::new(Box::new(Memory::new(texts)));
    let paths: Vec<PathBuf> = texts.iter().map(|(path, _)| PathBuf::from(path)).collect();
    let Discovery { files, complaints, .. } = discover(&sources, &paths, &[]);
    let exposure = exposure::Options { own_account: account.map(str::to_owned), ..exposure::Options::default() };
    let options = Options { exposure, ..Options::default() };
    let report = run(&sources, &files, complaints, &options, rules).report;
    let line = |at: Span| sources.file(at.file).line_column(at.start).line as usize;
    let findings = report.findings.iter().map(|it| (it.status, it.at.map_or(0, line))).collect();
    let complaints: Vec<String> =
        report.diagnostics.iter().map(|it| format!("; {}: {}", it.code, it.message)).collect();
    (findings, complaints.concat())
}
