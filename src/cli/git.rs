//! A tree of the repository's history, read from its objects: nothing is checked out. `git` is the one program that is run.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::commands::Complaint;
use super::recognise::by_extension;

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
        .map_err(|error| format!("--base needs a git repository: {error}"))?;
    Ok(PathBuf::from(String::from_utf8_lossy(&text).trim_end_matches('\n')))
}

/// The files of a revision that code can be in, by path below the root.
///
/// # Errors
/// No such revision, or objects that are not here.
pub fn files(root: &Path, revision: &str) -> Result<Vec<(PathBuf, String)>, Complaint> {
    if revision.starts_with('-') {
        return Err(format!("`{revision}` is no revision"));
    }
    let tree = run(root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{tree}}")]).map_err(|_| {
        format!("there is no revision `{revision}` here; in a shallow clone fetch it first (`git fetch origin {revision}`, `fetch-depth: 0`)")
    })?;
    let tree = String::from_utf8_lossy(&tree).trim().to_owned();
    let listed = run(root, &["ls-tree", "-r", "-z", "--full-tree", &tree])?;
    let mut wanted = Vec::new();
    for entry in listed.split(|it| *it == 0) {
        let entry = String::from_utf8_lossy(entry);
        let Some((about, path)) = entry.split_once('\t') else { continue };
        let mut words = about.split(' ');
        // Links and submodules have no text of their own.
        let (Some("100644" | "100755"), Some("blob"), Some(object)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        let path = PathBuf::from(path);
        if is_code(&path) {
            wanted.push((path, object.to_owned()));
        }
    }
    contents(root, &wanted)
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
