//! What is looked at: the arguments and the configuration made into files and options, and a run over them, as they are or
//! as they would be after an edit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::source::{Diagnostic, Disk, FileId, Overlay, Sources};

use super::args::{Input, OrganizationBpa};
use super::commands::{Complaint, Looked, Scene};
use super::config::{self, Found, Switch};
use super::discover::{discover, recognise_all};
use super::floors::Rules;
use super::pipeline::{InputFile, InputKind, Options, run};
use super::{contract, git, progress, terminal, world};

/// Texts that take the place of files, by path.
pub(super) type Edited = Arc<BTreeMap<PathBuf, String>>;

/// What a command line asks about.
pub(super) struct Inputs<'a> {
    input: &'a Input,
    found: Option<&'a Found>,
    scene: &'a Scene<'a>,
    options: Options,
    contracts: Vec<PathBuf>,
    named: Vec<PathBuf>,
    stdin: Option<(PathBuf, String, InputKind)>,
    /// Files that no ignore file hides.
    tracked: Vec<PathBuf>,
    /// The folders that may be read.
    pub roots: Vec<PathBuf>,
}

impl<'a> Inputs<'a> {
    /// Reads arguments and configuration, and standard input where that is asked about.
    pub fn new(
        input: &'a Input,
        environments: &[(String, String)],
        found: Option<&'a Found>,
        scene: &'a Scene<'a>,
    ) -> Result<Self, Complaint> {
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
        let (of_roots, of_templates) = found.map(config::inputs::files).unwrap_or_default();
        let named = options.variable_files.iter().chain(of_environments).chain(&of_roots);
        let var_files: Vec<PathBuf> = named.cloned().collect();
        let param_files: Vec<PathBuf> = options.parameter_files.iter().chain(&of_templates).cloned().collect();
        for file in &var_files {
            if !file.is_file() {
                return Err(format!("{}: no such file of variables", file.display()));
            }
        }
        for file in &param_files {
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
        let named_more = [&var_files, &param_files, &module_folders, &input.contracts];
        for more in named_more.into_iter().filter(|it| !it.is_empty()) {
            roots.extend(world::roots(more));
        }
        let stdin = match (stdin.is_empty(), input.input) {
            (false, Some(kind)) => {
                let text = world::read_stdin()?;
                let (path, kind) = world::stdin_name(kind, &text);
                Some((path, text, kind))
            }
            (false, None) => {
                return Err("standard input needs --input policy, terraform, plan or cloudformation".to_owned());
            }
            (true, Some(_)) => return Err("--input is about standard input; say `-` for it".to_owned()),
            (true, None) => None,
        };
        Ok(Self { input, found, scene, options, contracts, named, stdin, tracked: Vec::new(), roots })
    }

    /// What git keeps is looked at, whatever an ignore file says: a change that is judged may bring one.
    ///
    /// # Errors
    /// No repository, or no `git`.
    pub fn with_tracked(mut self) -> Result<Self, Complaint> {
        for folder in self.named.iter().filter(|it| it.is_dir()) {
            self.tracked.extend(git::tracked(folder)?);
        }
        Ok(self)
    }

    /// The paths that are asked about.
    pub fn asked(&self) -> Vec<PathBuf> {
        self.named.iter().chain(self.stdin.iter().map(|it| &it.0)).chain(self.scene.unmet).cloned().collect()
    }

    /// Whether standard input is asked about.
    pub fn has_stdin(&self) -> bool {
        self.stdin.is_some()
    }

    /// Finds the files and judges them, with `edited` in the place of some.
    pub fn judge(&self, rules: &Rules, edited: &Edited) -> Result<Looked, Complaint> {
        let disk = if self.input.allow_outside { Disk::anywhere() } else { Disk::new(&self.roots) };
        let below = match self.scene.over {
            Some(over) => over(disk),
            None => Box::new(disk),
        };
        let sources = match &self.stdin {
            None if edited.is_empty() => Sources::new(below),
            None => Sources::new(Box::new(Overlay::new(below, edited.clone()))),
            Some((path, text, _)) => {
                let mut texts = (**edited).clone();
                texts.entry(path.clone()).or_insert_with(|| text.clone());
                Sources::new(Box::new(Overlay::new(below, Arc::new(texts)).alone(path)))
            }
        };
        let mut options = self.options.clone();
        options.contracts = contract::read(&sources, &self.contracts)?;
        let (mut files, mut complaints): (Vec<InputFile>, Vec<Diagnostic>) = discover(&sources, &self.named);
        let (unmet, more) = recognise_all(&sources, &[self.scene.unmet, &self.tracked].concat());
        files.extend(unmet);
        complaints.extend(more);
        // What was met in a walk, or named, stays as it was.
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        if let Some(found) = self.found {
            asked_about(&mut files, found)?;
            let unused = config::inputs::assign(&mut options, found, &said(self.input), &files)?;
            let all = self.named.iter().any(|it| it.canonicalize().ok() == found.folder.canonicalize().ok());
            for glob in unused.iter().filter(|_| all && edited.is_empty()) {
                terminal::complain(&format!("`{glob}` of the configuration fits no root module and no template here"));
            }
        }
        if let Some((path, text, kind)) = &self.stdin {
            // Larger than files may be, it is still what was asked about.
            sources.add(path, edited.get(path).unwrap_or(text));
            files.push(InputFile { path: path.clone(), kind: *kind, alone: true });
        }
        let work = || run(&sources, &files, complaints, &options, rules);
        let outcome = if self.scene.over.is_some() { work() } else { progress::watched(&sources, work) };
        let mut ids: BTreeSet<FileId> = files.iter().filter_map(|it| sources.load(&it.path).ok()).collect();
        for finding in &outcome.report.findings {
            ids.extend(finding.at.into_iter().chain(finding.declared).map(|it| it.file));
        }
        Ok(Looked { sources, outcome, files: ids.into_iter().collect(), options })
    }
}

/// What the command line says of inputs.
pub(super) fn said(input: &Input) -> config::inputs::Said<'_> {
    config::inputs::Said {
        vars: &input.vars,
        var_files: &input.var_files,
        workspace: input.workspace.as_deref(),
        params: &input.params,
        param_files: &input.param_files,
    }
}

/// What the configuration says and the command line does not.
fn configure(options: &mut Options, found: &Found) {
    let config = &found.config;
    let own = |it: &PathBuf| found.folder.join(it);
    let exposure = &mut options.exposure;
    exposure.own_account = exposure.own_account.take().or_else(|| config.context.account.clone());
    exposure.trusted_accounts.extend(config.context.trusted_accounts.iter().cloned());
    exposure.trusted_organizations.extend(config.context.trusted_organizations.iter().cloned());
    let context = &config.context;
    exposure.trusted_networks.extend(context.trusted_vpc_endpoints.iter().chain(&context.trusted_vpcs).cloned());
    exposure.account_block = exposure.account_block.or(config.context.account_bpa.map(|it| it == Switch::On));
    options.region = options.region.take().or_else(|| config.context.region.clone());
    options.partition = options.partition.take().or_else(|| config.context.partition.clone());
    options.workspace = options.workspace.take().or_else(|| config.terraform.workspace.clone());
    // Later ones win.
    options.variables.splice(0..0, config::as_said(&config.terraform.vars));
    options.variable_files.splice(0..0, config.terraform.var_files.iter().map(own));
    options.parameters.splice(0..0, config::as_said(&config.cloudformation.parameters));
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
            trusted_networks: input.trusted_vpc_endpoints.iter().chain(&input.trusted_vpcs).cloned().collect(),
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
        ..Options::default()
    }
}
