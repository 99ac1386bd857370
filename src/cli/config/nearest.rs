//! Where the configuration of a run is looked for, and those that are nearer to some of its files and do not count.

use std::path::{Path, PathBuf};

use super::super::commands::Complaint;
use super::super::{terminal, world};
use super::{Found, NAMES, Trusted};

/// Whether something has this name: a file, or what stands where one is looked for.
pub(super) fn is_taken(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// The configuration of all paths. One decides the whole run: where they have different ones, one of them would be judged by rules that
/// are not its own. A path that has none is decided by that of the others.
///
/// # Errors
/// Where they have different ones.
pub(super) fn of_all(trusted: Option<&Trusted>, paths: &[PathBuf]) -> Result<Option<PathBuf>, Complaint> {
    let of = |path: &Path| match trusted {
        Some(trusted) => above_in(trusted, path),
        None => above(path),
    };
    let named = || of_disk(paths);
    if !named().any(Path::exists) {
        return Ok(of(named().next().unwrap_or(Path::new("."))));
    }
    let all: Vec<(&Path, Option<PathBuf>)> = named().filter(|it| it.exists()).map(|it| (it, of(it))).collect();
    let Some((first, own)) = all.iter().find_map(|it| Some((it.0, it.1.as_ref()?))) else { return Ok(None) };
    for (path, its) in &all {
        match its {
            None => terminal::complain(&format!(
                "{} has no configuration: {} decides there too",
                path.display(),
                shown(own)
            )),
            Some(its) if its != own => {
                return Err(format!(
                    "one configuration decides a run, and {} has {}, {} has {}: check them one by one, or name one with --config",
                    first.display(),
                    shown(own),
                    path.display(),
                    shown(its)
                ));
            }
            Some(_) => (),
        }
    }
    Ok(Some(own.clone()))
}

/// That of the first path that has one, as the working tree has it.
pub(super) fn of_first(paths: &[PathBuf]) -> Option<PathBuf> {
    match of_disk(paths).next() {
        Some(_) => of_disk(paths).find_map(above),
        None => above(Path::new(".")),
    }
}

/// The paths that are no standard input.
fn of_disk(paths: &[PathBuf]) -> impl Iterator<Item = &Path> {
    paths.iter().map(PathBuf::as_path).filter(|it| it.as_os_str() != "-")
}

/// What is to be told of configurations that were met below the paths, nearer to some of the files, and are not read.
pub fn unread(found: &Found, met: &[PathBuf], files: &[&Path]) -> Option<String> {
    let own = found.file.as_ref().and_then(|it| it.canonicalize().ok());
    let decides = |it: &&PathBuf| {
        let folder = it.parent().unwrap_or(it);
        it.canonicalize().ok() != own && files.iter().any(|it| it.starts_with(folder))
    };
    let mut all = met.iter().filter(|_| found.is_looked_for).filter(decides);
    let first = all.next()?;
    let more = match all.count() {
        0 => "is".to_owned(),
        more => format!("and {more} more are"),
    };
    let own = found.file.as_deref().map_or_else(|| "none".to_owned(), shown);
    Some(format!(
        "{} {more} not read: the configuration of this run is {own} (check its folder by itself)",
        shown(first)
    ))
}

/// A path as people have it, from the folder that they are in.
fn shown(path: &Path) -> String {
    let base = world::base().and_then(|it| it.canonicalize().ok());
    let below = base.as_deref().and_then(|it| path.strip_prefix(it).ok()).unwrap_or(path);
    below.strip_prefix(".").unwrap_or(below).display().to_string()
}

/// The same in a revision: what the working tree has, or lacks, does not count.
fn above_in(trusted: &Trusted, path: &Path) -> Option<PathBuf> {
    // As it was there: a change may have made it a link to where another configuration stands.
    let below = trusted.tree.real(&trusted.below(path)?)?;
    let files = below.ancestors().flat_map(|folder| NAMES.iter().map(move |it| folder.join(it)));
    // One that is there and cannot be read is no reason to go on without.
    let is_there = |it: &PathBuf| trusted.tree.get(it).is_some() || trusted.tree.is_lost(it);
    files.into_iter().find(is_there).map(|it| trusted.root.join(it))
}

/// The nearest configuration above a path, not beyond the root of its repository.
pub fn above(path: &Path) -> Option<PathBuf> {
    let real = path.canonicalize().ok()?;
    let start = if real.is_dir() { real.as_path() } else { real.parent()? };
    for folder in start.ancestors() {
        if let Some(found) = NAMES.iter().map(|it| folder.join(it)).find(|it| is_taken(it)) {
            return Some(found);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}
