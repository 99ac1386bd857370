//! The lower floors as the command line calls them: the one file to change when their faces change.

use std::path::{Path, PathBuf};

use crate::exposure::Exposure;
use crate::finding::{Finding, RuleInfo};
use crate::frontend::terraform::contracts::Contract;
use crate::frontend::terraform::contracts::generate::Generated;
use crate::frontend::{cloudformation, live, policy_file, terraform};
use crate::lint;
use crate::model::Estate;
use crate::rules::{Catalogue, RuleSet};
use crate::source::{Diagnostic, FileId, Sources};

use super::pipeline::Options;

/// Which rules run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selection<'a> {
    /// `default`, `strict`, `all`; `none` for those that are turned on only.
    pub profile: &'a str,
    /// The rules of a framework in the place of a profile.
    pub framework: Option<&'a str>,
    /// Rules turned on.
    pub enable: &'a [String],
    /// Rules turned off.
    pub disable: &'a [String],
}

impl Selection<'_> {
    /// All rules that there are.
    pub const ALL: Self = Self { profile: "all", framework: None, enable: &[], disable: &[] };
}

/// The rules of a run, with their descriptions.
#[derive(Debug, Default)]
pub struct Rules {
    set: RuleSet,
}

impl Rules {
    /// The rules of a set.
    pub(super) fn new(set: RuleSet) -> Self {
        Self { set }
    }

    /// The descriptions, in order of id.
    #[must_use]
    pub fn infos(&self) -> &[RuleInfo] {
        self.set.infos()
    }
}

/// All rules that there are, built-in ones and those of folders.
///
/// # Errors
/// One sentence per broken page or missing folder.
pub fn load_catalogue(folders: &[PathBuf]) -> Result<Catalogue, Vec<String>> {
    let missing = folders.iter().filter(|it| !it.is_dir());
    let mut complaints: Vec<String> = missing.map(|it| format!("{}: no such folder (--rules)", it.display())).collect();
    let mut catalogue = Catalogue::builtin();
    for folder in folders {
        if let Err(mistakes) = catalogue.add_folder(folder) {
            complaints.extend(mistakes.iter().map(ToString::to_string));
        }
    }
    if complaints.is_empty() { Ok(catalogue) } else { Err(complaints) }
}

/// The rules of a selection.
///
/// # Errors
/// One sentence per unknown name.
pub fn select_rules(catalogue: &Catalogue, selection: &Selection<'_>) -> Result<Rules, Vec<String>> {
    let Selection { profile, framework, enable, disable } = *selection;
    Ok(Rules { set: catalogue.select(profile, framework, enable, disable)? })
}

/// Built-in rules of a selection.
///
/// # Errors
/// One sentence per unknown name.
pub fn builtin_rules(selection: &Selection<'_>) -> Result<Rules, Vec<String>> {
    select_rules(&Catalogue::builtin(), selection)
}

/// A file with a contract → the contract, or what is wrong with it.
pub fn read_contract(sources: &Sources, file: FileId) -> Result<Contract, Vec<Diagnostic>> {
    terraform::contracts::read(sources, file)
}

/// The contract of the module in a directory.
pub fn generate_contract(sources: &Sources, dir: &Path, source: &str, version: Option<&str>) -> Generated {
    terraform::contracts::generate::generate(sources, dir, source, version)
}

/// Terraform files → estate.
///
/// `plans` are plans and states as JSON, with whether they were named; `terragrunt` Terragrunt's configuration files.
pub fn lower_terraform(
    sources: &Sources,
    files: &[FileId],
    plans: &[(FileId, bool)],
    terragrunt: &[FileId],
    options: &Options,
) -> (Estate, Vec<Diagnostic>) {
    let options = terraform::Options {
        var_files: options.variable_files.clone(),
        vars: options.variables.clone(),
        again: options.variables_again.clone(),
        workspace: options.workspace.clone(),
        open: Default::default(),
        of_roots: options.of_roots.clone(),
        module_sources: options.module_sources.clone(),
        contracts: options.contracts.clone(),
        bucketless: options.bucketless.clone(),
        exact_modules: options.exact_modules,
        account_id: options.exposure.own_account.clone(),
        region: options.region.clone(),
        partition: options.partition.clone(),
        plans: plans.to_vec(),
        terragrunt: terragrunt.to_vec(),
    };
    terraform::lower(sources, files, &options)
}

/// A CloudFormation template → estate.
pub fn lower_cloudformation(sources: &Sources, file: FileId, options: &Options) -> cloudformation::Lowered {
    cloudformation::lower(sources, file, &cloudformation_options(sources, file, options))
}

/// The scenarios of a file's templates, by name space.
pub fn cloudformation_scenarios(
    sources: &Sources,
    file: FileId,
    options: &Options,
) -> Vec<(String, Vec<cloudformation::Scenario>)> {
    cloudformation::scenarios(sources, file, &cloudformation_options(sources, file, options))
}

fn cloudformation_options(sources: &Sources, file: FileId, options: &Options) -> cloudformation::Options {
    let own = options.of_templates.get(&sources.file(file).path);
    let (parameters, parameter_files) =
        own.map_or((&options.parameters, &options.parameter_files), |it| (&it.parameters, &it.parameter_files));
    cloudformation::Options {
        parameters: parameters.clone(),
        parameter_files: parameter_files.clone(),
        account_id: options.exposure.own_account.clone(),
        region: options.region.clone(),
        partition: options.partition.clone(),
    }
}

/// A bucket policy → estate.
pub fn lower_policy(sources: &Sources, file: FileId) -> (Estate, Vec<Diagnostic>) {
    policy_file::lower(sources, file)
}

/// A snapshot of live configuration → estate.
pub fn lower_snapshot(sources: &Sources, file: FileId, options: &Options) -> (Estate, Vec<Diagnostic>) {
    live::lower(sources, file, live_options(options))
}

/// What the user says that a snapshot may not.
#[must_use]
pub fn live_options(options: &Options) -> live::Options {
    let given = options.exposure.account_block.is_some() || options.exposure.organization_block.is_some();
    live::Options { account_block_is_given: given }
}

/// An estate → verdicts about its buckets, and findings.
pub fn judge(estate: &Estate, rules: &Rules, options: &Options) -> (Vec<Exposure>, Vec<Finding>) {
    lint::check(estate, &rules.set, &options.exposure)
}

/// The same for a stream, whose lines have no places.
pub fn judge_bare(estate: &Estate, rules: &Rules, options: &Options) -> (Vec<Exposure>, Vec<Finding>) {
    lint::check_bare(estate, &rules.set, &options.exposure)
}
