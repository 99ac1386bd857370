//! The lower floors as the command line calls them: the one file to change when their faces change.

use std::path::{Path, PathBuf};

use crate::exposure::Exposure;
use crate::finding::{Finding, RuleInfo};
use crate::frontend::terraform::contracts::Contract;
use crate::frontend::terraform::contracts::generate::Generated;
use crate::frontend::{cloudformation, live, policy_file, terraform};
use crate::lint;
use crate::model::Estate;
use crate::rules::RuleSet;
use crate::source::{Diagnostic, FileId, Sources};

use super::pipeline::Options;

/// Which rules run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selection<'a> {
    /// Folders with further pages.
    pub folders: &'a [PathBuf],
    /// `default`, `strict`, `all`; `none` for those that are turned on only.
    pub profile: &'a str,
    /// The rules of a framework in the place of a profile.
    pub framework: Option<&'a str>,
    /// Rules turned on.
    pub enable: &'a [String],
    /// Rules turned off.
    pub disable: &'a [String],
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

/// Loads built-in and own rules.
///
/// # Errors
/// One sentence per broken page or unknown name.
pub fn load_rules(selection: &Selection<'_>) -> Result<Rules, Vec<String>> {
    let missing = selection.folders.iter().filter(|it| !it.is_dir());
    let mut complaints: Vec<String> = missing.map(|it| format!("{}: no such folder (--rules)", it.display())).collect();
    let mut set = RuleSet::builtin();
    for folder in selection.folders {
        if let Err(mistakes) = set.add_folder(folder) {
            complaints.extend(mistakes.iter().map(ToString::to_string));
        }
    }
    if complaints.is_empty()
        && let Err(mistakes) = set.select(selection.profile, selection.framework, selection.enable, selection.disable)
    {
        complaints.extend(mistakes);
    }
    if complaints.is_empty() { Ok(Rules { set }) } else { Err(complaints) }
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
        workspace: options.workspace.clone(),
        of_roots: options.of_roots.clone(),
        module_sources: options.module_sources.clone(),
        contracts: options.contracts.clone(),
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
