//! The commands: read the world, run the pipeline, print, answer with the exit code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::finding::{Gate, judge};
use crate::report::pretty::Detail;
use crate::report::{Places, model_json};
use crate::source::{Diagnostic, Disk, FileId, Gravity, Sources};

use super::args::{Check, FailOn, Input, Model, OrganizationBpa, Profile};
use super::base::Base;
use super::config::{self, Found, Switch};
use super::discover::discover;
use super::floors::{self, Rules, Selection};
use super::gating::Gating;
use super::pipeline::{InputFile, Options, Outcome, run};
use super::{contract, outputs, progress, rule_folders, terminal, world};

/// A sentence for standard error; the exit code is 2.
pub(super) type Complaint = String;

/// `check`.
pub fn check(args: &Check) -> Result<u8, Complaint> {
    outputs::refuse_doubles(&args.outputs())?;
    let revision = args.policy_from.as_deref();
    let found = config::find(args.config.as_deref(), args.no_config, &args.input.paths, revision)?;
    let mut folders = args.selection.rule_folders.clone();
    folders.extend(found.config.rule_folders.iter().map(|it| found.folder.join(it)));
    let kept = rule_folders::of(&found, &mut folders)?;
    let everything = load_rules(&Selection { folders: &folders, profile: "all", ..Selection::default() })?;
    let gating = Gating::new(args.into(), &found, everything.infos())?;
    let (mut enable, mut disable) = gating.switches();
    // The command line wins.
    enable.retain(|it| !args.selection.disable.contains(it));
    disable.retain(|it| !args.selection.enable.contains(it));
    enable.extend(args.selection.enable.iter().cloned());
    disable.extend(args.selection.disable.iter().cloned());
    let profile = args.selection.profile.or(found.config.profile).unwrap_or(Profile::Default);
    let rules = load_rules(&Selection {
        folders: &folders,
        profile: profile.as_str(),
        framework: args.selection.framework.as_deref(),
        enable: &enable,
        disable: &disable,
    })?;
    drop(kept);
    let Looked { sources, mut outcome, files, options } = look(&args.input, &args.environments, &rules, Some(&found))?;
    let least = args.fail_on.or(found.config.fail_on).map_or(Gate::default().fail_on, FailOn::severity);
    let fail_on_unknown = args.fail_on_unknown || found.config.fail_on_unknown;
    let base = world::base();
    {
        let places = Places { sources: &sources, base: base.as_deref() };
        if let Some(revision) = &args.base {
            let old = Base::new(revision, &args.input.paths, &options, &rules)?;
            let shown: Vec<String> = files.iter().map(|it| places.file(*it)).collect();
            let before = |sources: &Sources, at| Places { sources, base: base.as_deref() }.location(at).path;
            let account = options.exposure.own_account.as_deref();
            old.apply(&mut outcome, account, &|it| places.location(it).path, &before, &shown);
        }
        gating.apply(&sources, &files, &mut outcome.report, &|it| places.location(it).path)?;
    }
    let mut infos = rules.infos().to_vec();
    infos.extend(Gating::infos());
    infos.extend(args.base.as_ref().map(|_| crate::gate::rules::widened()));
    let verdict = judge(&outcome.report, Gate { fail_on: least, fail_on_unknown });
    let places = Places { sources: &sources, base: base.as_deref() };
    let detail = match (args.quiet, args.verbose) {
        (true, _) => Detail::Quiet,
        (_, true) => Detail::Verbose,
        _ => Detail::Normal,
    };
    outputs::write(&args.outputs(), args.color, detail, &outcome, &verdict, &infos, places)?;
    // The program ends here: to free a large model piece by piece would take a tenth of the time.
    std::mem::forget((sources, outcome));
    Ok(verdict.code)
}

/// `model`. The exit code tells of the input only: 0, 2 or 3.
pub fn model(args: &Model) -> Result<u8, Complaint> {
    let rules = Rules::default();
    let Looked { sources, outcome, .. } = look(&args.input, &[], &rules, None)?;
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

/// What a run looked at and found.
pub(super) struct Looked {
    pub sources: Sources,
    pub outcome: Outcome,
    /// The files that were asked about, and those of findings.
    pub files: Vec<FileId>,
    pub options: Options,
}

/// Finds the files and judges them.
pub(super) fn look(
    input: &Input,
    environments: &[(String, String)],
    rules: &Rules,
    found: Option<&Found>,
) -> Result<Looked, Complaint> {
    let mut options = options(input);
    let mut contracts = input.contracts.clone();
    let configured = found.map(|it| &it.config.terraform);
    if let Some(found) = found {
        configure(&mut options, found);
        contracts.extend(found.config.terraform.contracts.iter().map(|it| found.folder.join(it)));
        if environments.is_empty() {
            let all = configured.into_iter().flat_map(|it| &it.environments);
            options.environments = all
                .map(|(name, files)| (name.clone(), files.iter().map(|it| found.folder.join(it)).collect()))
                .collect();
        }
    }
    for (name, file) in environments {
        match options.environments.iter_mut().find(|it| it.0 == *name) {
            Some(known) => known.1.push(file.into()),
            None => options.environments.push((name.clone(), vec![file.into()])),
        }
    }
    let of_environments = options.environments.iter().flat_map(|it| &it.1);
    let var_files: Vec<PathBuf> = options.variable_files.iter().chain(of_environments).cloned().collect();
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
    options.contracts = contract::read(&sources, &contracts)?;
    let (mut files, complaints): (Vec<InputFile>, Vec<Diagnostic>) = discover(&sources, &named);
    if let Some(found) = found {
        asked_about(&mut files, found)?;
    }
    if !stdin.is_empty() {
        let Some(kind) = input.input else {
            return Err("standard input needs --input policy, terraform, plan or cloudformation".to_owned());
        };
        let text = world::read_stdin()?;
        let (path, kind) = world::stdin_name(kind, &text);
        sources.add(&path, text);
        files.push(InputFile { path, kind, alone: true });
    } else if input.input.is_some() {
        return Err("--input is about standard input; say `-` for it".to_owned());
    }
    let outcome = progress::watched(&sources, || run(&sources, &files, complaints, &options, rules));
    let mut ids: BTreeSet<FileId> = files.iter().filter_map(|it| sources.load(&it.path).ok()).collect();
    for finding in &outcome.report.findings {
        ids.extend(finding.at.into_iter().chain(finding.declared).map(|it| it.file));
    }
    Ok(Looked { sources, outcome, files: ids.into_iter().collect(), options })
}

/// What the configuration says and the command line does not.
fn configure(options: &mut Options, found: &Found) {
    let config = &found.config;
    let own = |it: &PathBuf| found.folder.join(it);
    let text = |it: &serde_yaml::Value| match it {
        serde_yaml::Value::String(text) => text.clone(),
        other => serde_json::to_string(other).unwrap_or_default(),
    };
    let values = |all: &BTreeMap<String, serde_yaml::Value>| {
        all.iter().map(|(name, value)| (name.clone(), text(value))).collect::<Vec<_>>()
    };
    let exposure = &mut options.exposure;
    exposure.own_account = exposure.own_account.take().or_else(|| config.context.account.clone());
    exposure.trusted_accounts.extend(config.context.trusted_accounts.iter().cloned());
    exposure.trusted_organizations.extend(config.context.trusted_organizations.iter().cloned());
    exposure.account_block = exposure.account_block.or(config.context.account_bpa.map(|it| it == Switch::On));
    options.region = options.region.take().or_else(|| config.context.region.clone());
    options.partition = options.partition.take().or_else(|| config.context.partition.clone());
    options.workspace = options.workspace.take().or_else(|| config.terraform.workspace.clone());
    // Later ones win.
    options.variables.splice(0..0, values(&config.terraform.vars));
    options.variable_files.splice(0..0, config.terraform.var_files.iter().map(own));
    options.parameters.splice(0..0, values(&config.cloudformation.parameters));
    options.parameter_files.splice(0..0, config.cloudformation.parameter_files.iter().map(own));
    let sources = config.terraform.module_sources.iter().map(|(from, dir)| (from.clone(), own(dir)));
    options.module_sources.extend(sources);
}

/// Drops the files met in a walk that the configuration does not ask about.
fn asked_about(files: &mut Vec<InputFile>, found: &Found) -> Result<(), Complaint> {
    if found.config.include.is_empty() && found.config.exclude.is_empty() {
        return Ok(());
    }
    let (include, exclude) = (config::globs(&found.config.include)?, config::globs(&found.config.exclude)?);
    let folder = found.folder.canonicalize().unwrap_or_else(|_| found.folder.clone());
    files.retain(|it| {
        let real = it.path.canonicalize().unwrap_or_else(|_| it.path.clone());
        let path = real.strip_prefix(&folder).unwrap_or(&real);
        it.alone || ((include.is_empty() || include.is_match(path)) && !exclude.is_match(path))
    });
    Ok(())
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
