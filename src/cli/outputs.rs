//! The outputs of a run: each format to its place, all from one result.

use std::path::{Path, PathBuf};

use crate::finding::{RuleInfo, Verdict};
use crate::report::pretty::{self, Detail};
use crate::report::{Places, Run, View, csv, github, gitlab, html, json, junit, markdown, sarif};

use crate::source::{Memory, Sources};

use super::args::{Check, ColorWhen, Format, Output};
use super::commands::Complaint;
use super::pipeline::Outcome;
use super::recognise::{by_content, by_extension, by_name};
use super::target::{self, Trees};
use super::{config, terminal, world};

/// The file to which the steps of a GitHub job add their summaries.
const STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// Refuses to write where a report does not belong: two in one file, for the second would replace the first; over code, by whatever
/// name; through a link of what is checked.
pub(super) fn refuse(args: &Check) -> Result<(), Complaint> {
    let trees = Trees::of(&args.input.paths);
    let outputs = args.outputs();
    let reports = outputs.iter().filter_map(|it| it.path.as_deref()).map(|it| (it, "--output"));
    let baseline = args.write_baseline.as_deref().map(|it| (it, "--write-baseline"));
    let mut taken: Vec<PathBuf> = Vec::new();
    for (path, option) in reports.chain(baseline) {
        let real = target::real(path, &trees).map_err(|error| format!("{}: {error} ({option})", path.display()))?;
        if taken.contains(&real) {
            return Err(format!("{}: two outputs cannot go to one file", path.display()));
        }
        // What a baseline replaces is looked at where it is read.
        if option == "--output" && [path, &real].iter().any(|it| is_code(it)) {
            return Err(format!(
                "{}: is code or decides about it: a report would replace it ({option})",
                path.display()
            ));
        }
        taken.push(real);
    }
    Ok(())
}

/// Whether a file is code, or decides about some: what its name, or what it holds, says.
fn is_code(path: &Path) -> bool {
    let name = path.file_name().map(|it| it.to_string_lossy()).unwrap_or_default();
    by_name(path).is_some()
        || [".tfvars", ".tfvars.json", ".hcl"].iter().any(|it| name.ends_with(it))
        || config::NAMES.contains(&name.as_ref())
        || holds_code(path)
}

fn holds_code(path: &Path) -> bool {
    let Some(trust) = by_extension(path).filter(|_| path.is_file()) else { return false };
    let Ok(text) = std::fs::read_to_string(path) else { return false };
    let sources = Sources::new(Box::new(Memory::default()));
    let file = sources.add(path, text.as_str());
    by_content(file, &text, trust).is_some() || text.contains("\"schema\": \"bucketlint/baseline/")
}

/// Writes every output. Files first: what is wrong with one is known before anything is printed.
pub(super) fn write(
    outputs: &[Output],
    color: ColorWhen,
    detail: Detail,
    outcome: &Outcome,
    verdict: &Verdict,
    rules: &[RuleInfo],
    places: Places<'_>,
) -> Result<(), Complaint> {
    let views = views(outcome);
    let run = Run { report: &outcome.report, verdict, views: &views, places };
    let (files, printed): (Vec<&Output>, Vec<&Output>) = outputs.iter().partition(|it| it.path.is_some());
    for output in files {
        let Some(path) = &output.path else { continue };
        let refused = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
        if output.format == Format::Markdown && is_step_summary(path) {
            let used = std::fs::metadata(path).map_or(0, |it| it.len());
            let left = markdown::LIMIT.saturating_sub(usize::try_from(used).unwrap_or(usize::MAX));
            terminal::append_file(path, &markdown::render(&run, left)).map_err(refused)?;
            continue;
        }
        let text = render(output.format, &run, rules, terminal::plain(color, detail));
        terminal::write_file(path, &text).map_err(refused)?;
    }
    for output in printed {
        let text = render(output.format, &run, rules, terminal::style(color, detail));
        terminal::print(&text).map_err(|error| format!("cannot write to standard output: {error}"))?;
    }
    Ok(())
}

/// The model once for each environment.
pub(super) fn views(outcome: &Outcome) -> Vec<View<'_>> {
    let earlier = outcome.earlier.iter().map(|(name, estate, exposures)| View {
        environment: Some(name.as_str()),
        estate,
        exposures,
    });
    let last =
        View { environment: outcome.environment.as_deref(), estate: &outcome.estate, exposures: &outcome.exposures };
    earlier.chain([last]).collect()
}

fn render(format: Format, run: &Run<'_>, rules: &[RuleInfo], style: pretty::Style) -> String {
    match format {
        Format::Pretty => pretty::render(run.report, run.verdict, &run.places, style),
        Format::Json => json::render(run.report, run.verdict, &run.places),
        Format::Sarif => sarif::render(run.report, run.verdict, rules, &run.places),
        Format::Github => github::render(run, &world::below("GITHUB_WORKSPACE")),
        Format::Gitlab => gitlab::render(run, &world::below("CI_PROJECT_DIR")),
        Format::Junit => junit::render(run),
        Format::Markdown => markdown::render(run, markdown::LIMIT),
        Format::Html => html::render(run, rules),
        Format::Csv => csv::render(run),
    }
}

/// Whether other steps' commands write to this file too, so that it is added to and not replaced.
fn is_step_summary(path: &Path) -> bool {
    std::env::var_os(STEP_SUMMARY).is_some_and(|it| Path::new(&it) == path)
}
