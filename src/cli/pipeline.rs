//! Files → estate → exposure → findings: the order of the floors, with a guard around each file, and nothing that reads
//! arguments or prints.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::exposure::{self, Exposure};
use crate::finding::{Finding, Report, Summary};
use crate::frontend::terraform::contracts::Bucketless;
pub use crate::frontend::terraform::contracts::Contract;
use crate::frontend::terraform::{OPENTOFU, is_code};
use crate::gate::moves::Moves;
use crate::model::{Bucket, Estate, Format};
use crate::source::{Diagnostic, FileId, Gravity, Sources, Span};
use crate::value::{Attr, Truth};

use super::environments;
use super::floors::{self, Rules};
use super::guard::guarded;
use super::{scenarios, secrets};

/// What a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum InputKind {
    Terraform,
    CloudFormation,
    Policy,
    Plan,
    Terragrunt,
    Snapshot,
}

impl InputKind {
    /// Whether it is read together with others of its kind, for modules span files.
    pub(super) fn is_terraform(self) -> bool {
        matches!(self, Self::Terraform | Self::Plan | Self::Terragrunt)
    }
}

/// A file to be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// Its path, as [`Sources`] loads it.
    pub path: PathBuf,
    /// What it is written in.
    pub kind: InputKind,
    /// Named by itself, not met in a walk: its neighbours were not asked about.
    pub alone: bool,
}

/// What the code cannot say and the user may.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Accounts and account-wide settings.
    pub exposure: exposure::Options,
    /// Values of Terraform variables.
    pub variables: Vec<(String, String)>,
    /// Files with values of Terraform variables.
    pub variable_files: Vec<PathBuf>,
    /// What of both is said once more, in the order of the command line: files win over values that stand before them.
    pub variables_again: Vec<Given>,
    /// Values of CloudFormation parameters.
    pub parameters: Vec<(String, String)>,
    /// Files with values of CloudFormation parameters.
    pub parameter_files: Vec<PathBuf>,
    /// Terraform workspace.
    pub workspace: Option<String>,
    /// Sources of Terraform modules and the folders that have them.
    pub module_sources: Vec<(String, PathBuf)>,
    /// Whether OpenTofu reads the code, not Terraform.
    pub opentofu: bool,
    /// Contracts of Terraform modules.
    pub contracts: Vec<Contract>,
    /// Sources of Terraform modules that make no bucket.
    pub bucketless: Bucketless,
    /// Whether what was fetched as a module counts only where the call asks for it: the code is older than what was fetched.
    pub exact_modules: bool,
    /// Region that is deployed to.
    pub region: Option<String>,
    /// Partition that is deployed to.
    pub partition: Option<String>,
    /// Inputs of single root modules, by folder, in the place of those of all.
    pub of_roots: BTreeMap<PathBuf, RootInputs>,
    /// Inputs of single templates, in the place of those of all.
    pub of_templates: BTreeMap<PathBuf, TemplateInputs>,
    /// Environments with their files of variables; the code is judged once for each.
    pub environments: Vec<(String, Vec<PathBuf>)>,
}

/// What one root module of Terraform is given: all of it.
pub use crate::frontend::terraform::{Given, RootInputs};

/// What one template is given: all of it.
#[derive(Clone, Debug, Default)]
pub struct TemplateInputs {
    /// Values of parameters, in order.
    pub parameters: Vec<(String, String)>,
    /// Files with values of parameters, in order.
    pub parameter_files: Vec<PathBuf>,
}

/// The result of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The model.
    pub estate: Estate,
    /// The verdict about each bucket of the estate, in the same order.
    pub exposures: Vec<Exposure>,
    /// The environment that the estate is of, where the run had any.
    pub environment: Option<String>,
    /// The environments before it.
    pub earlier: Vec<(String, Estate, Vec<Exposure>)>,
    /// Findings, complaints about the input, figures.
    pub report: Report,
}

impl Outcome {
    /// What the code says that things were called.
    #[must_use]
    pub fn moves(&self) -> Moves {
        Moves::of(self.earlier.iter().map(|it| &it.1).chain([&self.estate]))
    }

    /// The addresses of buckets, and of all that something was found about.
    #[must_use]
    pub fn addresses(&self) -> BTreeSet<&str> {
        let estates = self.earlier.iter().map(|it| &it.1).chain([&self.estate]);
        let buckets = estates.flat_map(|it| &it.buckets).map(|it| it.address.as_str());
        buckets.chain(self.report.findings.iter().map(|it| it.address.as_str())).collect()
    }
}

type Lowered = (Estate, Vec<Diagnostic>);

/// Puts files of an environment behind the last file, where some are said once more: values behind that win over them.
fn behind_files(again: &mut Vec<Given>, files: &[PathBuf]) {
    if let Some(last) = again.iter().rposition(|it| matches!(it, Given::File(_))) {
        again.splice(last + 1..last + 1, files.iter().cloned().map(Given::File));
    }
}

/// Judges files, once for each environment. `complaints` are those of whoever found the files. The estate is that of the last
/// environment.
#[must_use]
pub fn run(
    sources: &Sources,
    files: &[InputFile],
    complaints: Vec<Diagnostic>,
    options: &Options,
    rules: &Rules,
) -> Outcome {
    if options.environments.is_empty() {
        return run_once(sources, files, complaints, options, rules);
    }
    let mut merged = Outcome::default();
    for (name, files_of_it) in &options.environments {
        let mut own = options.clone();
        own.variable_files.extend(files_of_it.iter().cloned());
        behind_files(&mut own.variables_again, files_of_it);
        for root in own.of_roots.values_mut() {
            root.variable_files.extend(files_of_it.iter().cloned());
            behind_files(&mut root.again, files_of_it);
        }
        let outcome = run_once(sources, files, complaints.clone(), &own, rules);
        environments::merge(&mut merged, outcome, name);
    }
    let order = PathOrder::new(sources);
    merged.report.findings.sort_by_cached_key(|it| (order.of(it.at), it.rule.clone(), it.address.clone()));
    sort_diagnostics(&mut merged.report.diagnostics, &order);
    merged
}

fn run_once(
    sources: &Sources,
    files: &[InputFile],
    complaints: Vec<Diagnostic>,
    options: &Options,
    rules: &Rules,
) -> Outcome {
    let mut diagnostics = complaints;
    let (loaded, unreadable) = load(sources, files);
    diagnostics.extend(unreadable);
    let (estate, mut complaints) = lower(sources, &loaded, options);
    if options.opentofu {
        complaints.retain(|it| it.code != OPENTOFU);
    }
    diagnostics.extend(complaints);
    diagnostics.extend(estate.gaps.iter().map(|gap| {
        let at = gap.origin.span.or(gap.why.at());
        let code = gap.why.cause().code();
        Diagnostic {
            code,
            gravity: Gravity::Incomplete,
            message: gap.message.clone(),
            at,
            path: None,
            help: gap.help.clone(),
        }
    }));
    let judged = guarded(Path::new("."), || floors::judge(&estate, rules, options));
    let (exposures, mut findings) = judged.unwrap_or_else(|complaint| {
        diagnostics.push(complaint);
        Default::default()
    });
    let templates = loaded.iter().filter(|(_, it)| it.kind == InputKind::CloudFormation).map(|(id, _)| *id);
    let templates: Vec<FileId> = templates.collect();
    let mut exposures = exposures;
    scenarios::refine(sources, &templates, options, rules, &estate, (&mut findings, &mut exposures));
    findings.iter_mut().for_each(|it| show_where_seen(sources, it));
    for diagnostic in &mut diagnostics {
        diagnostic.at = diagnostic.at.map(|it| sources.seen(it));
    }
    let asked = Asked::new(sources, &loaded);
    findings.retain(|it| asked.concerns(it.at, it.related.iter().map(|label| label.at).chain(it.declared)));
    diagnostics.retain(|it| asked.concerns(it.at, std::iter::empty()));
    let order = PathOrder::new(sources);
    findings.sort_by_cached_key(|it| (order.of(it.at), it.rule.clone(), it.address.clone()));
    sort_diagnostics(&mut diagnostics, &order);
    let summary = Summary {
        files: loaded.len(),
        buckets: estate.buckets.len(),
        rules: rules.infos().len(),
        public: exposures.iter().filter(|it| it.public == Truth::Yes).count(),
        exposure_unknown: exposures.iter().filter(|it| it.public == Truth::Unknown).count(),
    };
    let mut report = Report { findings, diagnostics, summary, ..Report::default() };
    secrets::conceal(sources, &mut report, &estate.secrets);
    Outcome { report, estate, exposures, ..Outcome::default() }
}

/// Moves places in texts that the user does not have (contracts) to what they stand in for.
fn show_where_seen(sources: &Sources, finding: &mut Finding) {
    let is_own = |at: Span| sources.seen(at) == at;
    finding.related.retain(|it| is_own(it.at));
    finding.flow.retain(|it| is_own(it.at));
    finding.assuming.iter_mut().for_each(|it| it.at = sources.seen(it.at));
    if finding.at.is_some_and(|it| !is_own(it)) {
        finding.label = None;
        if finding.flow.len() < 2 {
            finding.flow.clear();
        }
    }
    finding.at = finding.at.map(|it| sources.seen(it));
    finding.declared = finding.declared.map(|it| sources.seen(it));
}

fn load(sources: &Sources, files: &[InputFile]) -> (Vec<(FileId, InputFile)>, Vec<Diagnostic>) {
    let mut loaded = Vec::new();
    let mut complaints = Vec::new();
    for file in files {
        match sources.load(&file.path) {
            Ok(id) => loaded.push((id, file.clone())),
            Err(error) => {
                complaints.push(Diagnostic::path("unreadable-file", Gravity::Incomplete, &file.path, error.to_string()))
            }
        }
    }
    (loaded, complaints)
}

/// All files as one estate. Terraform is lowered as a whole, because modules span files; the others file by file.
fn lower(sources: &Sources, files: &[(FileId, InputFile)], options: &Options) -> Lowered {
    let (terraform, others): (Vec<_>, Vec<_>) = files.iter().partition(|(_, it)| it.kind.is_terraform());
    let (mut estate, mut diagnostics) = lower_terraform(sources, &terraform, options);
    let (templates, policies): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|it| it.1.kind == InputKind::CloudFormation);
    let mut lowered: Vec<Lowered> = policies
        .par_iter()
        .map(|(id, file)| {
            let one = || match file.kind {
                InputKind::Snapshot => floors::lower_snapshot(sources, *id, options),
                _ => floors::lower_policy(sources, *id),
            };
            guarded(&file.path, one).unwrap_or_else(lost)
        })
        .collect();
    lowered.extend(lower_templates(sources, &templates, options));
    for (part, complaints) in lowered {
        estate.absorb(part);
        diagnostics.extend(complaints);
    }
    drop_used_policy_files(&mut estate);
    (estate, diagnostics)
}

fn lost(complaint: Diagnostic) -> Lowered {
    (Estate::default(), vec![complaint])
}

/// Templates one by one. What is a nested stack of another is judged with that one, with what it is given there.
fn lower_templates(sources: &Sources, files: &[&(FileId, InputFile)], options: &Options) -> Vec<Lowered> {
    let all: Vec<(FileId, Vec<FileId>, Lowered)> = files
        .par_iter()
        .map(|(id, file)| match guarded(&file.path, || floors::lower_cloudformation(sources, *id, options)) {
            Ok(it) => (*id, it.entered, (it.estate, it.diagnostics)),
            Err(complaint) => (*id, Vec::new(), lost(complaint)),
        })
        .collect();
    let mut entered: BTreeSet<FileId> = all.iter().flat_map(|it| it.1.iter().copied()).collect();
    let roots: BTreeSet<FileId> = all.iter().map(|it| it.0).filter(|it| !entered.contains(it)).collect();
    // Stacks that contain each other have no root: the first of them is one.
    let reached = all.iter().filter(|it| roots.contains(&it.0)).flat_map(|it| it.1.iter().copied());
    let mut reached: BTreeSet<FileId> = reached.collect();
    for (id, below, _) in &all {
        if !roots.contains(id) && !reached.contains(id) {
            entered.remove(id);
            reached.extend(below.iter().copied().chain([*id]));
        }
    }
    all.into_iter().filter(|it| !entered.contains(&it.0)).map(|it| it.2).collect()
}

/// A policy file that a bucket or an access point of the run reads is judged there, with all that guards it, and not
/// once more by itself.
fn drop_used_policy_files(estate: &mut Estate) {
    let of_buckets = estate.buckets.iter().filter(|it| it.format != Format::Policy).map(|it| &it.policy);
    let of_points = estate.access_points.iter().map(|it| &it.policy);
    let statements = of_buckets.chain(of_points).filter_map(Attr::as_known).flat_map(|it| &it.statements);
    let used: BTreeSet<FileId> = statements.filter_map(|it| it.origin.span).map(|it| it.file).collect();
    let is_used = |it: &Bucket| it.origin.span.is_some_and(|span| used.contains(&span.file));
    estate.buckets.retain(|it| it.format != Format::Policy || !is_used(it));
}

/// All Terraform at once; where that fails on a bug, folder by folder, so that only one folder is lost.
fn lower_terraform(sources: &Sources, files: &[&(FileId, InputFile)], options: &Options) -> Lowered {
    if files.is_empty() {
        return Lowered::default();
    }
    let lower = |files: &[&(FileId, InputFile)]| {
        let of = |kind: InputKind| -> Vec<FileId> {
            files.iter().filter(|it| it.1.kind == kind).map(|(id, _)| *id).collect()
        };
        let plans = files.iter().filter(|it| it.1.kind == InputKind::Plan).map(|(id, file)| (*id, file.alone));
        let (code, units) = (of(InputKind::Terraform), of(InputKind::Terragrunt));
        floors::lower_terraform(sources, &code, &plans.collect::<Vec<_>>(), &units, options)
    };
    if let Ok(done) = guarded(Path::new("."), || lower(files)) {
        return done;
    }
    let mut folders: BTreeMap<&Path, Vec<&(FileId, InputFile)>> = BTreeMap::new();
    for file in files {
        folders.entry(file.1.path.parent().unwrap_or(Path::new("."))).or_default().push(file);
    }
    let mut estate = Estate::default();
    let mut diagnostics = Vec::new();
    for (folder, files) in folders {
        match guarded(folder, || lower(&files)) {
            Ok((part, complaints)) => {
                estate.absorb(part);
                diagnostics.extend(complaints);
            }
            Err(complaint) => diagnostics.push(complaint),
        }
    }
    (estate, diagnostics)
}

/// What was asked about. A file named alone is judged in the context of its folder; what its neighbours have wrong by
/// themselves was not asked.
struct Asked<'a> {
    sources: &'a Sources,
    files: BTreeSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
}

impl<'a> Asked<'a> {
    fn new(sources: &'a Sources, loaded: &[(FileId, InputFile)]) -> Self {
        let path = |id: &FileId| sources.file(*id).path.clone();
        let folder = |id: &FileId| path(id).parent().map(Path::to_path_buf);
        // Who asks about a plan asks about the code that it was made of.
        let whole = loaded.iter().filter(|(_, it)| !it.alone || it.kind == InputKind::Plan);
        let walked: BTreeSet<PathBuf> = whole.filter_map(|(id, _)| folder(id)).collect();
        let files = loaded.iter().map(|(id, _)| path(id)).collect();
        let folders = loaded.iter().filter_map(|(id, _)| folder(id)).filter(|it| !walked.contains(it)).collect();
        Self { sources, files, folders }
    }

    /// Whether a place, or one of those related to it, is in a file that was asked about, or in another folder that
    /// such a file led to. What stands in a file that is no Terraform (a policy that `file()` reads) is of those who
    /// read it.
    fn concerns(&self, at: Option<Span>, related: impl Iterator<Item = Span>) -> bool {
        let path = |it: Span| self.sources.file(it.file).path.clone();
        let Some(own) = at.map(path) else { return true };
        let related: Vec<PathBuf> = related.map(path).collect();
        if self.files.contains(&own) || related.iter().any(|it| self.files.contains(it)) {
            return true;
        }
        let read_by_neighbour = !is_code(&own) && related.iter().any(|it| self.is_neighbour(it));
        !self.is_neighbour(&own) && !read_by_neighbour
    }

    /// A Terraform file beside those that were named, which was not named.
    fn is_neighbour(&self, path: &Path) -> bool {
        is_code(path) && path.parent().is_some_and(|it| self.folders.contains(it)) && !self.files.contains(path)
    }
}

/// Order of places: by path, then offset; ids of files depend on who read them first and are no order.
struct PathOrder<'a> {
    sources: &'a Sources,
}

impl<'a> PathOrder<'a> {
    fn new(sources: &'a Sources) -> Self {
        Self { sources }
    }

    fn of(&self, at: Option<Span>) -> (PathBuf, u32) {
        at.map(|at| (self.sources.file(at.file).path.clone(), at.start)).unwrap_or_default()
    }
}

/// By place, each complaint once.
fn sort_diagnostics(diagnostics: &mut Vec<Diagnostic>, order: &PathOrder<'_>) {
    let place = |it: &Diagnostic| match &it.path {
        Some(path) if it.at.is_none() => (path.clone(), 0),
        _ => order.of(it.at),
    };
    diagnostics.sort_by_cached_key(|it| (place(it), it.code, it.message.clone()));
    // Who walks and who reads may both complain about one path.
    diagnostics.dedup_by(|a, b| a == b || (a.at.is_none() && a.path.is_some() && a.code == b.code && a.path == b.path));
}
