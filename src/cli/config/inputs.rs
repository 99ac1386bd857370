//! Inputs of single root modules and templates: which settings of the configuration hold for which of the files of a run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use globset::GlobSet;

use crate::cli::commands::Complaint;
use crate::cli::links::Ways;
use crate::cli::pipeline::{Given, InputFile, InputKind, Options, RootInputs, TemplateInputs};
use crate::source::normal;

use super::{Found, globs};

/// What the command line says, which wins over everything here.
pub struct Said<'a> {
    /// `--var`.
    pub vars: &'a [(String, String)],
    /// `--var-file`.
    pub var_files: &'a [PathBuf],
    /// What of both is said once more.
    pub again: Vec<Given>,
    /// `--workspace`.
    pub workspace: Option<&'a str>,
    /// `--param`.
    pub params: &'a [(String, String)],
    /// `--param-file`.
    pub param_files: &'a [PathBuf],
}

/// Gives root modules and templates among `files` the inputs that the configuration has for them alone. The last setting whose glob
/// fits wins. Gives the globs that fit nothing.
///
/// # Errors
/// What is no glob.
pub fn assign(
    options: &mut Options,
    found: &Found,
    said: &Said<'_>,
    files: &[InputFile],
    ways: &Ways,
) -> Result<Vec<String>, Complaint> {
    let config = &found.config;
    if config.terraform.roots.is_empty() && config.cloudformation.templates.is_empty() {
        return Ok(Vec::new());
    }
    let folder = found.folder.canonicalize().unwrap_or_else(|_| found.folder.clone());
    // By whatever path it is reached: a change may put a link there.
    let is_at = |glob: &GlobSet, path: &Path| ways.below(&folder, path).iter().any(|it| glob.is_match(it));
    let own = |it: &PathBuf| found.folder.join(it);
    let mut unused = Vec::new();
    let dirs: BTreeSet<PathBuf> = files
        .iter()
        .filter(|it| matches!(it.kind, InputKind::Terraform | InputKind::Plan | InputKind::Terragrunt))
        .filter_map(|it| it.path.parent().map(normal))
        .collect();
    for root in &config.terraform.roots {
        let glob = one(&root.path)?;
        let fits: Vec<&PathBuf> = dirs.iter().filter(|it| is_at(&glob, it)).collect();
        if fits.is_empty() {
            unused.push(root.path.clone());
        }
        let mut inputs = RootInputs {
            variable_files: config.terraform.var_files.iter().chain(&root.var_files).map(own).collect(),
            variables: [super::as_said(&config.terraform.vars), super::as_said(&root.vars)].concat(),
            again: said.again.clone(),
            workspace: root.workspace.clone().or_else(|| config.terraform.workspace.clone()),
            open: BTreeSet::new(),
        };
        inputs.variable_files.extend(said.var_files.iter().cloned());
        inputs.variables.extend(said.vars.iter().cloned());
        inputs.workspace = said.workspace.map(str::to_owned).or(inputs.workspace);
        options.of_roots.extend(fits.into_iter().map(|it| (it.clone(), inputs.clone())));
    }
    let templates: BTreeSet<PathBuf> =
        files.iter().filter(|it| it.kind == InputKind::CloudFormation).map(|it| normal(&it.path)).collect();
    for template in &config.cloudformation.templates {
        let glob = one(&template.path)?;
        let fits: Vec<&PathBuf> = templates.iter().filter(|it| is_at(&glob, it)).collect();
        if fits.is_empty() {
            unused.push(template.path.clone());
        }
        let mut inputs = TemplateInputs {
            parameter_files: config
                .cloudformation
                .parameter_files
                .iter()
                .chain(&template.parameter_files)
                .map(own)
                .collect(),
            parameters: [super::as_said(&config.cloudformation.parameters), super::as_said(&template.parameters)]
                .concat(),
        };
        inputs.parameter_files.extend(said.param_files.iter().cloned());
        inputs.parameters.extend(said.params.iter().cloned());
        options.of_templates.extend(fits.into_iter().map(|it| (it.clone(), inputs.clone())));
    }
    Ok(unused)
}

/// The files of single root modules and templates, for who looks whether they are there.
pub fn files(found: &Found) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let own = |it: &PathBuf| found.folder.join(it);
    let roots = found.config.terraform.roots.iter().flat_map(|it| &it.var_files).map(own).collect();
    let templates = found.config.cloudformation.templates.iter().flat_map(|it| &it.parameter_files).map(own).collect();
    (roots, templates)
}

fn one(glob: &str) -> Result<GlobSet, Complaint> {
    globs(&[glob.trim_end_matches('/').to_owned()])
}
