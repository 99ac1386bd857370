//! What of code was not read, and whether it may be about a bucket: a plan that is made from the rest would take away what the missing
//! part gives.

use std::path::{Path, PathBuf};

use crate::model::Bucket;
use crate::source::{Diagnostic, FileId, Sources};

/// What was not read, one sentence each.
#[derive(Debug, Default)]
pub struct Unread {
    /// What may be about the bucket.
    pub concerning: Vec<String>,
    /// What is of another root module or template.
    pub elsewhere: Vec<String>,
}

/// Sorts what was not read by whether it may be about a bucket: all that its root module, or the folder of its template, has. Of other
/// folders what the files there name, as they name a module.
#[must_use]
pub fn unread(sources: &Sources, diagnostics: &[Diagnostic], bucket: &Bucket) -> Unread {
    let root = root_of(sources, bucket);
    let mut out = Unread::default();
    for it in diagnostics {
        let (path, line) = place(sources, it);
        let at = match (&path, line) {
            (Some(path), Some(line)) => format!("{}:{line}: ", path.display()),
            (Some(path), None) => format!("{}: ", path.display()),
            (None, _) => String::new(),
        };
        let help = it.help.as_ref().map(|it| format!("; {it}")).unwrap_or_default();
        let told = format!("{at}{}{help}", it.message);
        let concerns = path.as_deref().is_none_or(|path| path.starts_with(&root) || is_named(sources, &root, path));
        if concerns { out.concerning.push(told) } else { out.elsewhere.push(told) }
    }
    out
}

/// The folder of the root module or of the template that declares a bucket.
fn root_of(sources: &Sources, bucket: &Bucket) -> PathBuf {
    let path = Path::new(bucket.namespace.rsplit_once('#').map_or(bucket.namespace.as_str(), |it| it.0));
    let is_folder = path.as_os_str().is_empty() || sources.fs().is_dir(path);
    let root = if is_folder { path } else { path.parent().unwrap_or(path) };
    let root = root.strip_prefix(".").unwrap_or(root);
    root.to_owned()
}

fn place(sources: &Sources, it: &Diagnostic) -> (Option<PathBuf>, Option<u32>) {
    match it.at {
        Some(span) => {
            let span = sources.seen(span);
            let file = sources.file(span.file);
            (Some(file.path.clone()), Some(file.line_column(span.start).line))
        }
        None => (it.path.clone(), None),
    }
}

/// Whether a file of the root names the folder of a path: as a module's source, most likely.
fn is_named(sources: &Sources, root: &Path, path: &Path) -> bool {
    let is_folder = sources.fs().is_dir(path);
    let folder = if is_folder { Some(path) } else { path.parent() };
    let Some(name) = folder.and_then(Path::file_name).and_then(|it| it.to_str()) else { return true };
    let wanted = format!("/{name}");
    let mut files = (0..sources.len()).filter_map(|at| u32::try_from(at).ok()).map(|at| sources.file(FileId(at)));
    files.any(|it| it.path.parent() == Some(root) && it.text.contains(&wanted))
}
