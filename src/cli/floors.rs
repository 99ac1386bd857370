//! The lower floors as the command line calls them: the one file to change when their faces change.

use std::path::{Path, PathBuf};

use crate::exposure::{Exposure, facts};
use crate::finding::{Finding, RuleInfo};
use crate::model::Estate;
use crate::source::{Diagnostic, FileId, Gravity, ReadError, Sources, Span};

use super::pipeline::{InputFile, InputKind, Options};

/// Which rules run.
#[derive(Clone, Copy, Debug)]
pub struct Selection<'a> {
    /// Folders with further pages.
    pub folders: &'a [PathBuf],
    /// `default`, `strict`, `all`.
    pub profile: &'a str,
    /// Rules turned on.
    pub enable: &'a [String],
    /// Rules turned off.
    pub disable: &'a [String],
}

/// The rules of a run, with their descriptions.
#[derive(Debug, Default)]
pub struct Rules {
    infos: Vec<RuleInfo>,
}

impl Rules {
    /// The descriptions, in order of id.
    #[must_use]
    pub fn infos(&self) -> &[RuleInfo] {
        &self.infos
    }
}

/// Loads built-in and own rules.
///
/// # Errors
/// One sentence per broken page or unknown name.
pub fn load_rules(selection: &Selection<'_>) -> Result<Rules, Vec<String>> {
    let missing = selection.folders.iter().filter(|it| !it.is_dir());
    let mut complaints: Vec<String> = missing.map(|it| format!("{}: no such folder (--rules)", it.display())).collect();
    // MERGE: `rules::RuleSet` (branch h-rules): built-in pages, those of `selection.folders`, then `selection.profile`
    // with `enable` and `disable`; until then there is no rule that could be named.
    let _ = selection.profile;
    let named = selection.enable.iter().chain(selection.disable);
    complaints.extend(named.map(|it| format!("no rule is called `{it}`")));
    if !complaints.is_empty() {
        return Err(complaints);
    }
    Ok(Rules::default())
}

/// The files under the arguments.
pub fn discover(sources: &Sources, paths: &[PathBuf]) -> (Vec<InputFile>, Vec<Diagnostic>) {
    // MERGE: `cli::discover::discover` (branch h-data).
    let mut files = Vec::new();
    let mut complaints = Vec::new();
    for path in paths {
        if sources.fs().is_dir(path) {
            let inside = sources.fs().list(path).into_iter().filter(|it| sources.fs().is_file(it));
            files.extend(inside.filter_map(|path| by_name(&path).map(|kind| InputFile { path, kind })));
            continue;
        }
        match (sources.load(path), by_name(path)) {
            (Ok(_), Some(kind)) => files.push(InputFile { path: path.clone(), kind }),
            (Ok(_), None) => complaints.push(Diagnostic::path(
                "unrecognised-file",
                Gravity::Usage,
                path,
                "is not Terraform, CloudFormation or a policy",
            )),
            (Err(error), _) => complaints.push(unreadable(path, &error)),
        }
    }
    (files, complaints)
}

fn unreadable(path: &Path, error: &ReadError) -> Diagnostic {
    Diagnostic::path("unreadable-file", Gravity::Usage, path, error.to_string())
}

/// What a file is written in, by its name.
pub fn by_name(path: &Path) -> Option<InputKind> {
    let name = path.file_name()?.to_str()?;
    match name.rsplit('.').next()? {
        "tf" | "tofu" => Some(InputKind::Terraform),
        "yaml" | "yml" | "template" => Some(InputKind::CloudFormation),
        "json" if name.ends_with(".tf.json") => Some(InputKind::Terraform),
        "json" => Some(InputKind::Policy),
        _ => None,
    }
}

/// Terraform files → estate.
pub fn lower_terraform(sources: &Sources, files: &[FileId], options: &Options) -> (Estate, Vec<Diagnostic>) {
    // MERGE: `frontend::terraform::lower(sources, files, &terraform::Options { .. })` (branch h-terraform).
    let _ = (sources, &options.variables, &options.variable_files);
    (Estate::default(), files.iter().map(|it| not_yet(*it)).collect())
}

/// A CloudFormation template → estate.
pub fn lower_cloudformation(sources: &Sources, file: FileId, options: &Options) -> (Estate, Vec<Diagnostic>) {
    // MERGE: `frontend::cloudformation::lower(sources, file, &Options { .. })` (branch h-cfn).
    let _ = (sources, &options.parameters);
    (Estate::default(), vec![not_yet(file)])
}

/// A bucket policy → estate.
pub fn lower_policy(sources: &Sources, file: FileId, options: &Options) -> (Estate, Vec<Diagnostic>) {
    // MERGE: `frontend::policy_file::lower(sources, file, ..)`.
    let _ = (sources, options);
    (Estate::default(), vec![not_yet(file)])
}

/// An estate → verdicts about its buckets, and findings.
pub fn judge(estate: &Estate, sources: &Sources, rules: &Rules, options: &Options) -> (Vec<Exposure>, Vec<Finding>) {
    let exposures = estate.buckets.iter().map(|it| facts(it, estate, &options.exposure).exposure).collect();
    // MERGE: `lint::check(estate, rules, ..)` (branch h-rules).
    let _ = (sources, rules);
    (exposures, Vec::new())
}

/// This build lacks the frontend: said, not passed in silence.
fn not_yet(file: FileId) -> Diagnostic {
    Diagnostic::at("unsupported-input", Gravity::Incomplete, Span::head(file), "this build does not read such files")
}
