//! `check` as a whole: files of several names → findings → a report.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bucketlint::Checker;
use bucketlint::cli::pipeline::Options;
use bucketlint::finding::{Finding, Gate, RuleInfo, Status, judge};
use bucketlint::report::pretty::{Detail, Style};
use bucketlint::report::{
    Places, Run, View, csv, github, gitlab, html, json, junit, markdown, model_json, pretty, sarif,
};
use bucketlint::source::{Gravity, Sources};

use super::{all_placed, memory, parts, placed, twice};

/// So many parts of the rules there are; an input is judged by one, told by its bytes.
const PARTS: usize = 8;

fn checker(part: usize) -> &'static Checker {
    static CHECKERS: OnceLock<Vec<Checker>> = OnceLock::new();
    let load = || {
        let all = Checker::new("all").unwrap_or_else(|error| panic!("{error:?}"));
        let ids: Vec<String> = all.rules().iter().map(|it| it.id.clone()).collect();
        let of = |part| ids.iter().skip(part).step_by(PARTS).cloned().collect::<Vec<_>>();
        (0..PARTS).map(|part| Checker::of(&of(part)).unwrap_or_else(|error| panic!("{error:?}"))).collect()
    };
    &CHECKERS.get_or_init(load)[part % PARTS]
}

fn places_of(it: &Finding) -> impl Iterator<Item = bucketlint::source::Span> {
    let labels = it.related.iter().chain(&it.flow).chain(&it.assuming).map(|it| it.at);
    it.at.into_iter().chain(it.declared).chain(labels)
}

pub fn check(data: &[u8]) {
    let parts = parts(data, "main.tf");
    // All rules and all reports for each input would be a hundred times the work of reading it: each input chooses some.
    let choice = data.iter().fold(7, |sum: usize, it| sum.wrapping_mul(31).wrapping_add(usize::from(*it)));
    let first = looked(&parts, choice);
    if twice(data) {
        assert_eq!(looked(&parts, choice), first);
    }
}

/// The paths of the findings, and one report.
fn looked(parts: &[(PathBuf, &[u8])], choice: usize) -> (Vec<String>, String) {
    let checker = checker(choice);
    let sources: Sources = memory(parts);
    // A folder would be walked, and walks are of the disk: a part called `.` had the fuzzer read its own corpus.
    let files = parts.iter().map(|it| it.0.clone()).filter(|it| !sources.fs().is_dir(it));
    let paths: Vec<PathBuf> = files.collect();
    let outcome = checker.check(&sources, &paths, &Options::default());
    all_placed(&sources, &outcome.report.diagnostics);
    for it in &outcome.report.findings {
        places_of(it).for_each(|at| placed(&sources, at));
        assert!(!it.message.is_empty() && !it.fingerprint.is_empty(), "{it:?}");
    }
    let internal = outcome.report.diagnostics.iter().find(|it| it.code == "internal-error");
    assert!(internal.is_none(), "{internal:?}");
    let verdict = judge(&outcome.report, Gate::default());
    let places = Places { sources: &sources, base: Some(Path::new("/w")) };
    let views = [View { environment: None, estate: &outcome.estate, exposures: &outcome.exposures }];
    let run = Run { report: &outcome.report, verdict: &verdict, views: &views, places };
    let style = Style { detail: Detail::Verbose, ..Style::default() };
    // The pages of all rules would be most of what is written.
    let told = |it: &&RuleInfo| outcome.report.findings.iter().any(|own| own.rule == it.id);
    let rules: Vec<RuleInfo> = checker.rules().iter().filter(told).take(8).cloned().collect();
    let report = choice / PARTS % 10;
    let text = match report {
        0 => json::render(&outcome.report, &verdict, &places),
        1 => sarif::render(&outcome.report, &verdict, &rules, &places),
        2 => gitlab::render(&run, ""),
        3 => model_json::render(&outcome.estate, &outcome.exposures, &outcome.report.diagnostics, &places),
        4 => github::render(&run, ""),
        5 => junit::render(&run),
        6 => markdown::render(&run, markdown::LIMIT),
        7 => html::render(&run, &rules),
        8 => csv::render(&run),
        _ => pretty::render(&outcome.report, &verdict, &places, style),
    };
    assert!(3 < report || serde_json::from_str::<serde_json::Value>(&text).is_ok(), "no JSON: {text}");
    // Exit code 0 is never given where something was not judged.
    let unjudged = outcome.report.diagnostics.iter().any(|it| Gravity::Note < it.gravity);
    assert!(!unjudged || verdict.code != 0);
    let violated = outcome.report.findings.iter().filter(|it| it.status == Status::Violated);
    (violated.map(|it| it.rule.clone()).collect(), text)
}
