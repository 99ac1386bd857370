//! Where a run may write: what the user names, and not what the code under check makes of it by a link.

use std::path::{Component, Path, PathBuf};

use super::commands::Complaint;

/// The folders whose content is under check: what is a link there was committed by whoever is judged.
pub(super) struct Trees(Vec<PathBuf>);

impl Trees {
    /// The folders of some paths, the folder of the run, and the repositories that they are in.
    pub fn of(paths: &[PathBuf]) -> Self {
        let here = std::env::current_dir().into_iter();
        let named = paths
            .iter()
            .map(|it| if it.is_file() { it.parent().map_or(PathBuf::new(), Path::to_path_buf) } else { it.clone() });
        let named = named.map(|it| if it.as_os_str().is_empty() { PathBuf::from(".") } else { it });
        let mut all: Vec<PathBuf> = here.chain(named).filter_map(|it| it.canonicalize().ok()).collect();
        let repositories = all.iter().filter_map(|it| it.ancestors().find(|it| it.join(".git").exists()));
        all.extend(repositories.map(Path::to_path_buf).collect::<Vec<_>>());
        // Everything is below the root: a run there says nothing of what is checked.
        all.retain(|it| it.parent().is_some());
        all.sort();
        all.dedup();
        Self(all)
    }

    fn has(&self, folder: &Path) -> bool {
        self.0.iter().any(|it| folder.starts_with(it))
    }
}

/// Where a path really leads, whether or not a file is there.
///
/// # Errors
/// A sentence, where a link in what is checked is on the way: it would decide what is replaced. One to a device or a pipe replaces
/// nothing.
pub(super) fn real(path: &Path, trees: &Trees) -> Result<PathBuf, Complaint> {
    let mut at = match path.is_absolute() {
        true => PathBuf::new(),
        false => std::env::current_dir().and_then(|it| it.canonicalize()).map_err(|error| error.to_string())?,
    };
    let mut shown = PathBuf::new();
    for part in path.components() {
        shown.push(part);
        match part {
            Component::Prefix(_) => at.push(part),
            Component::CurDir => (),
            Component::RootDir => {
                at.push(part);
                at = at.canonicalize().unwrap_or(at);
            }
            Component::ParentDir => drop(at.pop()),
            Component::Normal(name) => {
                let next = at.join(name);
                let is_link = next.symlink_metadata().is_ok_and(|it| it.is_symlink());
                if is_link && trees.has(&at) && !is_stream(&next) {
                    let to = std::fs::read_link(&next)
                        .map_or_else(|_| "elsewhere".to_owned(), |it| it.display().to_string());
                    return Err(format!(
                        "{} is a symbolic link to {to} in what is checked, and is not written through: remove it, or name the \
                         place that it leads to",
                        shown.display()
                    ));
                }
                at = if is_link { next.canonicalize().unwrap_or(next) } else { next };
            }
        }
    }
    Ok(at)
}

/// Whether a path leads to a terminal, a pipe or the like: it is written to, never replaced.
fn is_stream(path: &Path) -> bool {
    path.metadata().is_ok_and(|it| !it.is_file() && !it.is_dir())
}
