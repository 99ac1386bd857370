//! What is looked at: the arguments and the configuration made into files and options, and a run over them, as they are or
//! as they would be after an edit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::frontend::terraform::contracts::Bucketless;
use crate::source::{Diagnostic, Disk, FileId, FileSystem, Gravity, Overlay, Sources};

use super::args::{Input, OrganizationBpa};
use super::commands::{Complaint, Looked, Scene};
use super::config::{self, Found, Switch};
use super::discover::{Beside, Discovery, discover};
use super::floors::Rules;
use super::links::Ways;
use super::pipeline::{InputFile, InputKind, Options, run};
use super::submodules::{self, Absent};
use super::then::Distrust;
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
    tracked: Vec<Beside>,
    /// What is not taken from the working tree.
    distrust: Distrust,
    /// The submodules that are not here, where git was asked.
    absent: Option<Vec<Absent>>,
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
            let said = found.config.terraform.modules_without_buckets.iter().cloned();
            let (folders, modules): (Vec<_>, Vec<_>) = said.partition(|it| it.contains("//"));
            options.bucketless = Bucketless { modules: config::globs(&modules)?, folders: config::globs(&folders)? };
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
        let distrust = found
            .and_then(|it| it.trusted.as_ref())
            .map_or_else(|| Ok(Distrust::default()), |it| pinned(&mut options, it))?;
        let module_folders: Vec<PathBuf> = options.module_sources.iter().map(|it| it.1.clone()).collect();
        for folder in &module_folders {
            // One of a trusted revision need not be here any more.
            if !folder.is_dir() && !distrust.stand_ins.iter().any(|it| it.0 == *folder) {
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
        Ok(Self {
            input,
            found,
            scene,
            options,
            contracts,
            named,
            stdin,
            tracked: Vec::new(),
            distrust,
            absent: None,
            roots,
        })
    }

    /// What git keeps is looked at, whatever an ignore file says, and what a change says of modules that were fetched is not
    /// believed: what is judged may bring both.
    ///
    /// # Errors
    /// No repository, or no `git`.
    pub fn judging_a_change(mut self, revision: &str) -> Result<Self, Complaint> {
        for folder in self.named.iter().filter(|it| it.is_dir()) {
            self.tracked.extend(git::tracked(folder)?);
        }
        let root = git::root(self.named.first().map_or(Path::new("."), PathBuf::as_path))?;
        let root = root.canonicalize().unwrap_or(root);
        let index = git::Index::new(&root)?;
        let doubtful = index.doubtful(&root, revision);
        self.distrust.fetched = doubtful.into_iter().map(|it| root.join(it)).collect();
        self.absent = Some(submodules::changed(&index, &root, revision));
        Ok(self)
    }

    /// What is on the disk, as far as it is believed.
    pub fn disk(&self) -> Box<dyn FileSystem> {
        let disk = if self.input.allow_outside { Disk::anywhere() } else { Disk::new(&self.roots) };
        let below = match self.scene.over {
            Some(over) => over(disk),
            None => Box::new(disk),
        };
        self.distrust.over(below)
    }

    /// The environments that are judged, each by itself; none where nobody names any.
    pub fn environments(&self) -> Vec<String> {
        self.options.environments.iter().map(|it| it.0.clone()).collect()
    }

    /// The command line.
    pub fn input(&self) -> &Input {
        self.input
    }

    /// Files and folders that the run names beside what it looks at.
    pub fn named_beside(&self) -> Vec<PathBuf> {
        let options = &self.options;
        let (of_roots, of_templates) = self.found.map(config::inputs::files).unwrap_or_default();
        let environments = options.environments.iter().flat_map(|it| &it.1);
        let files = options.variable_files.iter().chain(&options.parameter_files).chain(environments);
        let folders = options.module_sources.iter().map(|it| &it.1);
        files.chain(&of_roots).chain(&of_templates).chain(folders).cloned().collect()
    }

    /// The paths that are asked about.
    pub fn asked(&self) -> Vec<PathBuf> {
        self.named.iter().chain(self.stdin.iter().map(|it| &it.0)).chain(self.scene.unmet).cloned().collect()
    }

    /// Whether standard input is asked about.
    pub fn has_stdin(&self) -> bool {
        self.stdin.is_some()
    }

    /// Whether all that the configuration is about is looked at, for somebody who reads what is complained of.
    pub fn is_whole(&self) -> bool {
        let Some(found) = self.found.filter(|it| it.file.is_some() && self.scene.over.is_none()) else { return false };
        self.named.iter().any(|it| it.canonicalize().ok() == found.folder.canonicalize().ok())
    }

    /// Finds the files and judges them, with `edited` in the place of some.
    pub fn judge(&self, rules: &Rules, edited: &Edited) -> Result<Looked, Complaint> {
        let below = self.disk();
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
        options.contracts = contract::read(&sources, &self.contracts, self.found)?;
        let mut beside: Vec<Beside> = self.scene.unmet.iter().map(|it| Beside::file(it)).collect();
        beside.extend(self.tracked.iter().cloned());
        let Discovery { mut files, mut complaints, links, configurations } = discover(&sources, &self.named, &beside);
        let ways = Ways::new(links);
        complaints.extend(self.submodules()?);
        if let Some(found) = self.found {
            let tells = self.is_whole() && edited.is_empty();
            let before = files.len();
            asked_about(&mut files, found, tells, &ways)?.iter().for_each(|it| terminal::complain(it));
            if files.is_empty() && 0 < before && self.scene.over.is_none() {
                let message = format!("`include` and `exclude` leave none of {before} files: nothing is judged");
                let file = found.file.as_deref().unwrap_or(&found.folder);
                complaints.push(Diagnostic::path("nothing-judged", Gravity::Incomplete, file, message));
            }
            if self.scene.over.is_none() && edited.is_empty() {
                let judged: Vec<&Path> = files.iter().map(|it| it.path.as_path()).collect();
                config::unread(found, &configurations, &judged).iter().for_each(|it| terminal::complain(it));
            }
            let unused = config::inputs::assign(&mut options, found, &said(self.input), &files, &ways)?;
            for glob in unused.iter().filter(|_| tells) {
                terminal::complain(&format!("`{glob}` of the configuration fits no root module and no template here"));
            }
        }
        if let Some((path, text, kind)) = &self.stdin {
            // Larger than files may be, it is still what was asked about.
            sources.add(path, edited.get(path).unwrap_or(text));
            files.push(InputFile { path: path.clone(), kind: *kind, alone: true });
        }
        complaints.extend(self.distrust.complaints(&files));
        let work = || run(&sources, &files, complaints, &options, rules);
        let outcome = if self.scene.over.is_some() { work() } else { progress::watched(&sources, work) };
        let mut ids: BTreeSet<FileId> = files.iter().filter_map(|it| sources.load(&it.path).ok()).collect();
        for finding in &outcome.report.findings {
            ids.extend(finding.at.into_iter().chain(finding.declared).map(|it| it.file));
        }
        Ok(Looked { sources, outcome, files: ids.into_iter().collect(), options, ways })
    }

    /// What is said of the submodules that are asked about and not here.
    fn submodules(&self) -> Result<Vec<Diagnostic>, Complaint> {
        if self.scene.over.is_some() {
            return Ok(Vec::new());
        }
        let mut absent = match &self.absent {
            Some(known) => known.clone(),
            None => submodules::absent(&self.roots),
        };
        absent.retain(|it| submodules::is_asked(&it.folder, &self.named));
        if let Some(found) = self.found.filter(|_| !absent.is_empty()) {
            let asked = config::Asked::of(&found.config)?;
            let folder = found.folder.canonicalize().unwrap_or_else(|_| found.folder.clone());
            // As code in it would be.
            absent.retain(|it| asked.has(&it.folder.strip_prefix(&folder).unwrap_or(&it.folder).join("main.tf")));
        }
        Ok(absent.iter().map(|it| it.complaint(&self.named)).collect())
    }
}

/// The contracts and the folders that stand in for modules, of the command line and of the configuration.
pub(super) fn stand_ins(input: &Input, found: &Found) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let terraform = &found.config.terraform;
    let own = |it: &PathBuf| found.folder.join(it);
    let contracts = input.contracts.iter().cloned().chain(terraform.contracts.iter().map(own));
    let folders = input.module_sources.iter().map(|it| PathBuf::from(&it.1));
    (contracts.collect(), folders.chain(terraform.module_sources.values().map(own)).collect())
}

/// The folders that stand in for modules and that git keeps, as the trusted revision has them.
fn pinned(options: &mut Options, trusted: &config::Trusted) -> Result<Distrust, Complaint> {
    let mut distrust = Distrust { tree: Arc::clone(&trusted.tree), ..Distrust::default() };
    if options.module_sources.is_empty() {
        return Ok(distrust);
    }
    let index = git::Index::new(&trusted.root)?;
    for (_, folder) in &mut options.module_sources {
        let Some(below) = trusted.below(folder) else { continue };
        if trusted.tree.has(&below) || index.has(&below) {
            // Under a name of its own: a walk meets the files of the working tree.
            *folder = trusted.root.join(&below);
            distrust.stand_ins.push((folder.clone(), below));
        }
    }
    Ok(distrust)
}

/// What the command line says of inputs.
pub(super) fn said(input: &Input) -> config::inputs::Said<'_> {
    config::inputs::Said {
        vars: &input.vars,
        var_files: &input.var_files,
        again: input.order.again(&input.vars, &input.var_files),
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
    options.opentofu = config.terraform.opentofu;
    let sources = config.terraform.module_sources.iter().map(|(from, dir)| (from.clone(), own(dir)));
    options.module_sources.extend(sources);
}

/// Drops the files met in a walk that the configuration does not ask about, by whatever path they are reached. Gives what is to be said
/// of globs that fit none, where somebody hears it.
fn asked_about(files: &mut Vec<InputFile>, found: &Found, tells: bool, ways: &Ways) -> Result<Vec<String>, Complaint> {
    let config = &found.config;
    // To know the paths of files without links is a call to the system for each.
    if config.include.is_empty() && config.exclude.is_empty() && !(tells && config::unused::asks_of_files(config)) {
        return Ok(Vec::new());
    }
    let asked = config::Asked::of(config)?;
    let folder = found.folder.canonicalize().unwrap_or_else(|_| found.folder.clone());
    let reached: Vec<BTreeSet<PathBuf>> = files.iter().map(|it| ways.below(&folder, &it.path)).collect();
    let all: Vec<PathBuf> = reached.iter().flatten().cloned().collect();
    let unused = if tells { config::unused::of_files(found, &all)? } else { Vec::new() };
    let mut reached = reached.iter();
    files.retain(|it| {
        let is_asked = reached.next().is_none_or(|all| all.iter().any(|it| asked.has(it)));
        it.alone || is_asked
    });
    Ok(unused)
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
        variables_again: input.order.again(&input.vars, &input.var_files),
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
