//! The user's folders: where reading is allowed, and what paths are shown relative to.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::args::StdinKind;
use super::pipeline::InputKind;

/// Standard input larger than this is refused (bytes).
const STDIN_LIMIT: u64 = 16 * 1024 * 1024;

/// The folder that shown paths are relative to.
#[must_use]
pub fn base() -> Option<PathBuf> {
    std::env::current_dir().ok()
}

/// Folders below which files may be read: the repository of each argument (modules stand beside what calls them), else
/// the working folder where the argument lies in it, else the argument's own folder.
#[must_use]
pub fn roots(paths: &[PathBuf]) -> Vec<PathBuf> {
    let base = base().and_then(|it| it.canonicalize().ok());
    let mut roots: Vec<PathBuf> = paths.iter().filter_map(|it| root(it, base.as_deref())).collect();
    if roots.is_empty() {
        roots.extend(base);
    }
    roots.sort();
    roots.dedup();
    roots
}

fn root(path: &Path, base: Option<&Path>) -> Option<PathBuf> {
    // A file that an editor has and the disk has not is in the folder where it will be.
    let real = path.canonicalize().or_else(|error| path.parent().ok_or(error)?.canonicalize()).ok()?;
    let folder = if real.is_dir() { real.as_path() } else { real.parent()? };
    if let Some(repository) = folder.ancestors().find(|it| it.join(".git").exists()) {
        return Some(repository.to_owned());
    }
    match base {
        Some(base) if folder.starts_with(base) => Some(base.to_owned()),
        _ => Some(folder.to_owned()),
    }
}

/// The folder of the run below the root of the repository that a platform's variable names, with forward slashes; empty
/// where it is the root, or where the run is not in it.
#[must_use]
pub fn below(variable: &str) -> String {
    let root = std::env::var_os(variable).and_then(|it| PathBuf::from(it).canonicalize().ok());
    let here = base().and_then(|it| it.canonicalize().ok());
    let (Some(root), Some(here)) = (root, here) else { return String::new() };
    let parts = here.strip_prefix(&root).map(Path::components).into_iter().flatten();
    parts.map(|it| it.as_os_str().to_string_lossy().into_owned()).collect::<Vec<_>>().join("/")
}

/// The text of standard input, and the path that it is shown under.
///
/// # Errors
/// A sentence, where it cannot be read, is too large or is not UTF-8.
pub fn read_stdin() -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(STDIN_LIMIT + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("cannot read standard input: {error}"))?;
    if STDIN_LIMIT < bytes.len() as u64 {
        return Err(format!("standard input is larger than {STDIN_LIMIT} bytes"));
    }
    String::from_utf8(bytes)
        .map_err(|error| format!("standard input is not valid UTF-8 (byte {})", error.utf8_error().valid_up_to()))
}

/// The name under which standard input is shown; frontends choose the syntax by it.
#[must_use]
pub fn stdin_name(kind: StdinKind, text: &str) -> (PathBuf, InputKind) {
    let is_json = text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    let (name, kind) = match (kind, is_json) {
        (StdinKind::Policy, _) => ("stdin.json", InputKind::Policy),
        (StdinKind::Snapshot, _) => ("stdin.json", InputKind::Snapshot),
        (StdinKind::Plan, _) => ("stdin.json", InputKind::Plan),
        (StdinKind::Terraform, false) => ("stdin.tf", InputKind::Terraform),
        (StdinKind::Terraform, true) => ("stdin.tf.json", InputKind::Terraform),
        (StdinKind::CloudFormation, false) => ("stdin.yaml", InputKind::CloudFormation),
        (StdinKind::CloudFormation, true) => ("stdin.json", InputKind::CloudFormation),
    };
    (PathBuf::from(name), kind)
}
