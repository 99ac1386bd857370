//! The commands: read the world, run the pipeline, print, answer with the exit code.

use std::path::PathBuf;

use crate::finding::{Gate, RuleInfo, Verdict, judge};
use crate::report::pretty::Detail;
use crate::report::{Places, json, model_json, pretty, sarif};
use crate::source::{Diagnostic, Disk, Gravity, Sources};

use super::args::{Check, Format, Input, Model, OrganizationBpa};
use super::discover::discover;
use super::floors::{self, Rules, Selection};
use super::pipeline::{InputFile, Options, Outcome, run};
use super::{contract, terminal, world};

/// A sentence for standard error; the exit code is 2.
pub(super) type Complaint = String;

/// `check`.
pub fn check(args: &Check) -> Result<u8, Complaint> {
    let rules = load_rules(&Selection {
        folders: &args.selection.rule_folders,
        profile: args.selection.profile.as_str(),
        framework: args.selection.framework.as_deref(),
        enable: &args.selection.enable,
        disable: &args.selection.disable,
    })?;
    let (sources, outcome) = look(&args.input, &args.environments, &rules)?;
    let gate = Gate { fail_on: args.fail_on.severity(), fail_on_unknown: args.fail_on_unknown };
    let verdict = judge(&outcome.report, gate);
    let base = world::base();
    let places = Places { sources: &sources, base: base.as_deref() };
    let detail = match (args.quiet, args.verbose) {
        (true, _) => Detail::Quiet,
        (_, true) => Detail::Verbose,
        _ => Detail::Normal,
    };
    for output in args.outputs() {
        let style = match output.path {
            None => terminal::style(args.color, detail),
            Some(_) => terminal::plain(args.color, detail),
        };
        let text = render(output.format, &outcome, &verdict, rules.infos(), &places, style);
        match output.path {
            None => terminal::print(&text).map_err(|error| format!("cannot write to standard output: {error}"))?,
            Some(path) => terminal::write_file(&path, &text)
                .map_err(|error| format!("cannot write {}: {error}", path.display()))?,
        }
    }
    Ok(verdict.code)
}

fn render(
    format: Format,
    outcome: &Outcome,
    verdict: &Verdict,
    rules: &[RuleInfo],
    places: &Places<'_>,
    style: pretty::Style,
) -> String {
    match format {
        Format::Pretty => pretty::render(&outcome.report, verdict, places, style),
        Format::Json => json::render(&outcome.report, verdict, places),
        Format::Sarif => sarif::render(&outcome.report, verdict, rules, places),
    }
}

/// `model`. The exit code tells of the input only: 0, 2 or 3.
pub fn model(args: &Model) -> Result<u8, Complaint> {
    let rules = Rules::default();
    let (sources, outcome) = look(&args.input, &[], &rules)?;
    let base = world::base();
    let places = Places { sources: &sources, base: base.as_deref() };
    let text = model_json::render(&outcome.estate, &outcome.exposures, &outcome.report.diagnostics, &places);
    terminal::print(&text).map_err(|error| format!("cannot write to standard output: {error}"))?;
    for diagnostic in outcome.report.diagnostics.iter().filter(|it| it.gravity == Gravity::Usage) {
        let path = diagnostic.path.as_ref().map(|it| format!("{}: ", it.display())).unwrap_or_default();
        terminal::complain(&format!("{path}{}", diagnostic.message));
    }
    Ok(judge(&outcome.report, Gate { fail_on: None, fail_on_unknown: false }).code)
}

pub(super) fn load_rules(selection: &Selection<'_>) -> Result<Rules, Complaint> {
    floors::load_rules(selection).map_err(|complaints| complaints.join("\n"))
}

/// Finds the files and judges them.
pub(super) fn look(
    input: &Input,
    environments: &[(String, String)],
    rules: &Rules,
) -> Result<(Sources, Outcome), Complaint> {
    let mut options = options(input);
    for (name, file) in environments {
        match options.environments.iter_mut().find(|it| it.0 == *name) {
            Some(known) => known.1.push(file.into()),
            None => options.environments.push((name.clone(), vec![file.into()])),
        }
    }
    let of_environments = options.environments.iter().flat_map(|it| &it.1);
    let var_files: Vec<PathBuf> = input.var_files.iter().chain(of_environments).cloned().collect();
    for file in &var_files {
        if !file.is_file() {
            return Err(format!("{}: no such file of variables", file.display()));
        }
    }
    for file in &input.param_files {
        if !file.is_file() {
            return Err(format!("{}: no such file of parameters", file.display()));
        }
    }
    let module_folders: Vec<PathBuf> = options.module_sources.iter().map(|it| it.1.clone()).collect();
    for folder in &module_folders {
        if !folder.is_dir() {
            return Err(format!("{}: no such folder (--module-source)", folder.display()));
        }
    }
    let (named, stdin): (Vec<PathBuf>, Vec<PathBuf>) =
        input.paths.iter().cloned().partition(|it| it.as_os_str() != "-");
    let mut roots = world::roots(&named);
    // No paths at all would mean the working folder.
    let named_more = [&var_files, &input.param_files, &module_folders, &input.contracts];
    for more in named_more.into_iter().filter(|it| !it.is_empty()) {
        roots.extend(world::roots(more));
    }
    let sources = Sources::new(Box::new(Disk::new(&roots)));
    options.contracts = contract::read(&sources, &input.contracts)?;
    let (mut files, complaints): (Vec<InputFile>, Vec<Diagnostic>) = discover(&sources, &named);
    if !stdin.is_empty() {
        let Some(kind) = input.input else {
            return Err("standard input needs --input policy, terraform, plan or cloudformation".to_owned());
        };
        let text = world::read_stdin()?;
        let (path, kind) = world::stdin_name(kind, &text);
        sources.add(&path, &text);
        files.push(InputFile { path, kind, alone: true });
    } else if input.input.is_some() {
        return Err("--input is about standard input; say `-` for it".to_owned());
    }
    let outcome = run(&sources, &files, complaints, &options, rules);
    Ok((sources, outcome))
}

pub(super) fn options(input: &Input) -> Options {
    Options {
        exposure: crate::exposure::Options {
            own_account: input.account.clone(),
            trusted_accounts: input.trusted_accounts.iter().cloned().collect(),
            trusted_organizations: input.trusted_organizations.iter().cloned().collect(),
            account_block: input.account_bpa.known(),
            organization_block: input.organization_bpa.map(|it| it == OrganizationBpa::All),
        },
        variables: input.vars.clone(),
        variable_files: input.var_files.clone(),
        parameters: input.params.clone(),
        parameter_files: input.param_files.clone(),
        workspace: input.workspace.clone(),
        module_sources: input.module_sources.iter().map(|(from, dir)| (from.clone(), dir.into())).collect(),
        contracts: Vec::new(),
        region: input.region.clone(),
        partition: input.partition.clone(),
        environments: Vec::new(),
    }
}
