//! Globs of the configuration that fit nothing: a slip that nobody would notice.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::cli::commands::Complaint;

use super::{Config, Found, globs, globs_of_files};

/// Whether a configuration has globs of files.
pub fn asks_of_files(config: &Config) -> bool {
    let lists = [config.include.is_empty(), config.exclude.is_empty(), config.paths.is_empty()];
    let public = config.public.iter().filter_map(|it| it.path.as_ref());
    lists.contains(&false) || config.suppress.iter().filter_map(|it| it.path.as_ref()).chain(public).next().is_some()
}

/// What is said of the globs that fit none of `files`, the files of a run over the whole folder of the configuration, relative to it.
///
/// # Errors
/// What is no glob.
pub fn of_files(found: &Found, files: &[PathBuf]) -> Result<Vec<String>, Complaint> {
    let config = &found.config;
    let paths = config.paths.iter().map(|it| ("paths", &it.path));
    let suppress = config.suppress.iter().filter_map(|it| Some(("suppress", it.path.as_ref()?)));
    let public = config.public.iter().filter_map(|it| Some(("public", it.path.as_ref()?)));
    let include = config.include.iter().map(|it| ("include", it));
    // What an ignore file hides is there all the same, and that a name is nowhere may be what somebody wants to be sure of.
    let is_slip = |glob: &&String| literal(glob).is_some_and(|it| !found.folder.join(it).exists());
    let exclude = config.exclude.iter().filter(is_slip).map(|it| ("exclude", it));
    let mut unused = Vec::new();
    for (key, glob) in include.chain(exclude).chain(paths).chain(suppress).chain(public) {
        let set = globs_of_files(std::slice::from_ref(glob))?;
        if !files.iter().any(|it| set.is_match(it)) {
            unused.push(format!("`{glob}` of the configuration ({key}) fits no file here"));
        }
    }
    Ok(unused)
}

/// The same of addresses.
///
/// # Errors
/// What is no glob.
pub fn of_addresses(config: &Config, addresses: &BTreeSet<&str>) -> Result<Vec<String>, Complaint> {
    let public = config.public.iter().map(|it| ("public", "bucket", &it.bucket));
    let suppress = config.suppress.iter().filter_map(|it| Some(("suppress", "resource", it.address.as_ref()?)));
    let mut unused = Vec::new();
    for (key, what, glob) in public.chain(suppress) {
        let set = globs(std::slice::from_ref(glob))?;
        if !addresses.iter().any(|it| set.is_match(it)) {
            unused.push(format!("`{glob}` of the configuration ({key}) fits no {what} here"));
        }
    }
    Ok(unused)
}

/// The folders and the name with which a glob begins and that are no patterns.
fn literal(glob: &str) -> Option<&Path> {
    let end = glob
        .find(['*', '?', '[', '{'])
        .map_or(glob.len(), |it| glob.get(..it).and_then(|it| it.rfind('/')).unwrap_or(0));
    glob.get(..end).filter(|it| !it.is_empty()).map(Path::new)
}
