//! `check` as a whole: files of several names → findings → every report.

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

fn checker() -> &'static Checker {
    static CHECKER: OnceLock<Checker> = OnceLock::new();
    CHECKER.get_or_init(|| Checker::new("all").unwrap_or_else(|error| panic!("{error:?}")))
}

fn places_of(it: &Finding) -> impl Iterator<Item = bucketlint::source::Span> {
    let labels = it.related.iter().chain(&it.flow).chain(&it.assuming).map(|it| it.at);
    it.at.into_iter().chain(it.declared).chain(labels)
}

pub fn check(data: &[u8]) {
    let parts = parts(data, "main.tf");
    let (paths, texts) = looked(&parts);
    if twice(data) {
        assert_eq!(looked(&parts), (paths, texts));
    }
}

/// The paths of the findings, and every report.
fn looked(parts: &[(PathBuf, &[u8])]) -> (Vec<String>, Vec<String>) {
    let sources: Sources = memory(parts);
    let paths: Vec<PathBuf> = parts.iter().map(|it| it.0.clone()).collect();
    let outcome = checker().check(&sources, &paths, &Options::default());
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
    let rules: Vec<RuleInfo> = checker().rules().iter().filter(told).take(8).cloned().collect();
    let of_json = json::render(&outcome.report, &verdict, &places);
    let of_sarif = sarif::render(&outcome.report, &verdict, &rules, &places);
    let of_gitlab = gitlab::render(&run, "");
    let model = model_json::render(&outcome.estate, &outcome.exposures, &outcome.report.diagnostics, &places);
    for text in [&of_json, &of_sarif, &of_gitlab, &model] {
        assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "no JSON: {text}");
    }
    // Exit code 0 is never given where something was not judged.
    let unjudged = outcome.report.diagnostics.iter().any(|it| Gravity::Note < it.gravity);
    assert!(!unjudged || verdict.code != 0);
    let texts = vec![
        of_json,
        of_sarif,
        of_gitlab,
        model,
        github::render(&run, ""),
        junit::render(&run),
        markdown::render(&run, markdown::LIMIT),
        html::render(&run, &rules),
        csv::render(&run),
        pretty::render(&outcome.report, &verdict, &places, style),
    ];
    let violated = outcome.report.findings.iter().filter(|it| it.status == Status::Violated);
    (violated.map(|it| it.rule.clone()).collect(), texts)
}
