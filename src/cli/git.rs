//! A tree of the repository's history, read from its objects: nothing is checked out. `git` is the one program that is run.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::commands::Complaint;
use super::recognise::by_extension;
use super::terminal;

/// Larger files of a tree are passed over, as a walk passes over them (bytes).
const MAX_FILE: usize = 16 * 1024 * 1024;

/// So much of a tree is read (bytes).
const MAX_TREE: usize = 512 * 1024 * 1024;

/// The root of the repository that a path is in.
///
/// # Errors
/// No repository, or no `git`.
pub fn root(path: &Path) -> Result<PathBuf, Complaint> {
    let folder = if path.is_dir() {
        path
    } else {
        path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
    };
    let text = run(folder, &["rev-parse", "--show-toplevel"])
        .map_err(|error| format!("a revision needs a git repository: {error}"))?;
    Ok(PathBuf::from(String::from_utf8_lossy(&text).trim_end_matches('\n')))
}

/// Submodules of submodules are followed so deep.
const MAX_DEPTH: usize = 8;

/// The files of a revision that code can be in, by path below the root; those of submodules as the revision has them.
///
/// # Errors
/// No such revision, or objects that are not here.
pub fn files(root: &Path, revision: &str) -> Result<Vec<(PathBuf, String)>, Complaint> {
    if revision.starts_with('-') {
        return Err(format!("`{revision}` is no revision"));
    }
    of_tree(root, revision, 0)
}

/// The files below a folder that git keeps, whatever an ignore file says of them; links and what was fetched (`.terraform`) left out.
///
/// # Errors
/// No repository, or no `git`.
pub fn tracked(folder: &Path) -> Result<Vec<PathBuf>, Complaint> {
    root(folder)?;
    let listed = run(folder, &["ls-files", "-z", "--cached"])?;
    let names = listed.split(|it| *it == 0).filter(|it| !it.is_empty());
    let paths = names.map(|it| folder.join(String::from_utf8_lossy(it).as_ref()));
    let is_ours = |it: &PathBuf| {
        !it.components().any(|part| part.as_os_str() == ".terraform")
            && it.symlink_metadata().is_ok_and(|it| it.file_type().is_file())
    };
    Ok(paths.filter(is_ours).collect())
}

/// Why a revision is not here, and what to do.
fn no_revision(root: &Path, revision: &str) -> Complaint {
    let says = |arguments: &[&str]| run(root, arguments).is_ok_and(|it| it.starts_with(b"true"));
    if says(&["rev-parse", "--is-shallow-repository"]) {
        return format!(
            "there is no revision `{revision}` here: this clone is shallow; fetch it first (`git fetch --unshallow`, or `fetch-depth: 0` \
             of actions/checkout)"
        );
    }
    if run(root, &["rev-parse", "--verify", "--quiet", "HEAD"]).is_err() {
        return format!("there is no revision `{revision}` here: the repository has no commit");
    }
    let remote = run(root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("origin/{revision}")]);
    let hint = if remote.is_ok() { format!("; did you mean `origin/{revision}`?") } else { String::new() };
    format!("there is no revision `{revision}` here{hint}")
}

fn of_tree(root: &Path, revision: &str, depth: usize) -> Result<Vec<(PathBuf, String)>, Complaint> {
    let tree = run(root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{tree}}")])
        .map_err(|_| no_revision(root, revision))?;
    let tree = String::from_utf8_lossy(&tree).trim().to_owned();
    let listed = run(root, &["ls-tree", "-r", "-z", "--full-tree", &tree])?;
    let (mut wanted, mut modules) = (Vec::new(), Vec::new());
    for entry in listed.split(|it| *it == 0) {
        let entry = String::from_utf8_lossy(entry);
        let Some((about, path)) = entry.split_once('\t') else { continue };
        let mut words = about.split(' ');
        let path = PathBuf::from(path);
        match (words.next(), words.next(), words.next()) {
            (Some("100644" | "100755"), Some("blob"), Some(object)) if is_code(&path) => {
                wanted.push((path, object.to_owned()));
            }
            (Some("160000"), Some("commit"), Some(commit)) => modules.push((path, commit.to_owned())),
            // Links have no text of their own.
            _ => (),
        }
    }
    let mut files = contents(root, &wanted)?;
    for (path, commit) in modules {
        let folder = root.join(&path);
        // One that is not checked out has no files now either.
        if depth == MAX_DEPTH || !folder.join(".git").exists() {
            continue;
        }
        match of_tree(&folder, &commit, depth + 1) {
            Ok(own) => files.extend(own.into_iter().map(|(below, text)| (path.join(below), text))),
            Err(_) => terminal::complain(&format!(
                "the submodule {} has no commit {commit} here, which it was at: all that is found in it counts as new",
                path.display()
            )),
        }
    }
    Ok(files)
}

/// Code, and what code reads.
fn is_code(path: &Path) -> bool {
    let ending = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
    by_extension(path).is_some() || ["tfvars", "tftpl", "tpl", "txt", "csv", "md"].contains(&ending)
}

/// The texts of objects, through one `git cat-file`.
fn contents(root: &Path, wanted: &[(PathBuf, String)]) -> Result<Vec<(PathBuf, String)>, Complaint> {
    let mut child = command(root, &["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(absent)?;
    let (Some(mut stdin), Some(mut stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("git cannot be spoken to".to_owned());
    };
    let names: String = wanted.iter().map(|(_, object)| format!("{object}\n")).collect();
    // Written from another thread: git answers while it is still asked.
    let writer = std::thread::spawn(move || stdin.write_all(names.as_bytes()));
    let mut out = Vec::new();
    stdout.read_to_end(&mut out).map_err(|error| format!("git cannot be read: {error}"))?;
    let _ = writer.join();
    let _ = child.wait();
    let (mut files, mut rest, mut total) = (Vec::new(), out.as_slice(), 0_usize);
    for (path, object) in wanted {
        let Some(end) = rest.iter().position(|it| *it == b'\n') else { break };
        let header = String::from_utf8_lossy(rest.get(..end).unwrap_or_default()).into_owned();
        rest = rest.get(end + 1..).unwrap_or_default();
        let Some(size) = header.strip_prefix(&format!("{object} blob ")).and_then(|it| it.parse::<usize>().ok()) else {
            return Err(format!("{}: its object is not here ({header}); a partial clone lacks it", path.display()));
        };
        let text = rest.get(..size).unwrap_or_default();
        rest = rest.get(size + 1..).unwrap_or_default();
        total = total.saturating_add(size);
        if MAX_TREE < total {
            return Err(format!("the revision has more than {MAX_TREE} bytes of code"));
        }
        if size <= MAX_FILE
            && let Ok(text) = std::str::from_utf8(text)
        {
            files.push((path.clone(), text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()));
        }
    }
    Ok(files)
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    // A folder of the code that looks like a bare repository would bring a history of its own.
    command.args(["-c", "safe.bareRepository=explicit"]);
    command.arg("-C").arg(folder).arg("--no-pager").args(arguments).env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, Complaint> {
    let output = command(folder, arguments).stdin(Stdio::null()).output().map_err(absent)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().next().unwrap_or("git failed").to_owned())
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn absent(error: std::io::Error) -> Complaint {
    format!("git cannot be run: {error}")
}
