//! A tree of the repository's history, read from its objects: nothing is checked out. `git` is the one program that is run.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::source::normal;

use super::commands::Complaint;
use super::discover::Beside;
use super::recognise::by_extension;
use super::terminal;
use super::tree::{Later, Tree};

/// Larger files of a tree are passed over, as a walk passes over them (bytes).
const MAX_FILE: usize = 16 * 1024 * 1024;

/// So much of a tree is read (bytes).
const MAX_TREE: usize = 512 * 1024 * 1024;

/// The root of the repository that a path is in.
///
/// # Errors
/// No repository, or no `git`.
pub fn root(path: &Path) -> Result<PathBuf, Complaint> {
    let top = |folder: &Path| {
        let text = run(folder, &["rev-parse", "--show-toplevel"])?;
        Ok::<PathBuf, Complaint>(PathBuf::from(String::from_utf8_lossy(&text).trim_end_matches('\n')))
    };
    let folder = if path.is_dir() {
        path
    } else {
        path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
    };
    let no_repository = |error| format!("a revision needs a git repository: {error}");
    let Ok(own) = top(Path::new(".")) else { return top(folder).map_err(no_repository) };
    let here = std::env::current_dir().and_then(|it| it.canonicalize()).unwrap_or_default();
    let real = own.canonicalize().unwrap_or_else(|_| own.clone());
    let whole = normal(&here.join(path));
    // Where the way leaves the repository: a link, or another one within it.
    let mut way: Vec<&Path> = whole.ancestors().take_while(|it| *it != real).collect();
    way.reverse();
    let leaves = way.into_iter().find(|it| it.is_symlink() || it.join(".git").exists());
    let is_within = whole.starts_with(&real);
    if is_within && leaves.is_none() && folder.is_dir() {
        return Ok(own);
    }
    let root = top(folder).map_err(no_repository)?;
    if own == root || !is_within {
        return Ok(root);
    }
    // A change may put a link or a submodule at the path, whose history is its own: what the repository of this folder keeps is asked
    // of that.
    let is_kept = match leaves.and_then(Path::to_str) {
        Some(it) => run(&own, &["--literal-pathspecs", "ls-files", "-z", "--", it]).map_or(true, |it| !it.is_empty()),
        None => true,
    };
    Ok(if is_kept { own } else { root })
}

/// Submodules of submodules are followed so deep.
const MAX_DEPTH: usize = 8;

/// The files of a revision, by path below the root; those of submodules as the revision has them.
///
/// # Errors
/// No such revision, a name that may be two, or objects that are not here.
pub fn tree(root: &Path, revision: &str) -> Result<Tree, Complaint> {
    if revision.starts_with('-') {
        return Err(format!("`{revision}` is no revision"));
    }
    refuse_ambiguous(root, revision)?;
    of_tree(root, revision, 0)
}

/// A tag may be called as a branch is: git takes the tag, and whoever can push one would choose the revision.
fn refuse_ambiguous(root: &Path, revision: &str) -> Result<(), Complaint> {
    let arguments = ["-c", "core.warnAmbiguousRefs=true", "rev-parse", "--verify", "--end-of-options", revision];
    let output = command(root, &arguments).stdin(Stdio::null()).output().map_err(absent)?;
    if !String::from_utf8_lossy(&output.stderr).contains("is ambiguous") {
        return Ok(());
    }
    let name = revision.split(['~', '^', '@', ':']).next().unwrap_or(revision);
    let is_there = |it: &String| run(root, &["show-ref", "--verify", "--quiet", it]).is_ok();
    let full = ["refs/", "refs/tags/", "refs/heads/", "refs/remotes/"].iter().map(|it| format!("{it}{name}"));
    let all: Vec<String> = full.filter(is_there).collect();
    Err(format!("`{revision}` may be several revisions ({}): name one in full, or its commit", all.join(", ")))
}

/// The files below a folder that git keeps, whatever an ignore file says of them; modules that were fetched (`.terraform`) left out.
///
/// # Errors
/// No repository, or no `git`.
pub fn tracked(folder: &Path) -> Result<Vec<Beside>, Complaint> {
    root(folder)?;
    let listed = run(folder, &["ls-files", "-z", "--cached", "--recurse-submodules"])?;
    let names = listed.split(|it| *it == 0).filter(|it| !it.is_empty());
    let paths = names.map(|it| folder.join(path_of(it)));
    let ours = paths.filter(|it| fetched_in(it).is_none()).filter_map(|path| {
        let kind = path.symlink_metadata().ok()?.file_type();
        (kind.is_file() || kind.is_symlink()).then_some(Beside { path, is_link: kind.is_symlink() })
    });
    Ok(ours.collect())
}

/// Whether an ignore file says that git does not keep a file.
pub fn ignores(path: &Path) -> bool {
    let Some((folder, name)) = path.parent().zip(path.file_name().and_then(|it| it.to_str())) else { return false };
    run(folder, &["check-ignore", "--quiet", "--", name]).is_ok()
}

/// The folder in which `terraform init` keeps what it fetched.
const FETCHED: &str = ".terraform";

/// What git keeps now, by path below the root of the repository.
#[derive(Debug, Default)]
pub struct Index {
    files: BTreeSet<PathBuf>,
    submodules: BTreeSet<PathBuf>,
    /// Those that are not checked out, with their commits.
    absent: BTreeMap<PathBuf, String>,
}

impl Index {
    /// Reads the index of a repository and those of its submodules.
    ///
    /// # Errors
    /// No `git`.
    pub fn new(root: &Path) -> Result<Self, Complaint> {
        let mut index = Self::default();
        index.read(root, Path::new(""), 0)?;
        Ok(index)
    }

    fn read(&mut self, folder: &Path, below: &Path, depth: usize) -> Result<(), Complaint> {
        let listed = run(folder, &["ls-files", "-z", "--stage"])?;
        let mut modules = Vec::new();
        for entry in entries(&listed) {
            if let ["160000", commit, ..] = entry.words.as_slice() {
                match depth < MAX_DEPTH && folder.join(&entry.path).join(".git").exists() {
                    true => modules.push(entry.path.clone()),
                    false => drop(self.absent.insert(below.join(&entry.path), (*commit).to_owned())),
                }
            }
            self.files.insert(below.join(entry.path));
        }
        for path in modules {
            self.submodules.insert(below.join(&path));
            self.read(&folder.join(&path), &below.join(&path), depth + 1)?;
        }
        Ok(())
    }

    /// Whether git keeps a file, or something in a folder.
    #[must_use]
    pub fn has(&self, path: &Path) -> bool {
        self.files
            .range::<Path, _>((Bound::Included(path), Bound::Unbounded))
            .next()
            .is_some_and(|it| it.starts_with(path))
    }

    /// The submodules that are not checked out, with their commits.
    pub fn not_checked_out(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.absent.iter().map(|(path, commit)| (path.as_path(), commit.as_str()))
    }

    /// The commit that a submodule was at in a revision of the whole.
    #[must_use]
    pub fn commit_at(&self, root: &Path, revision: &str, path: &Path) -> Option<String> {
        let mut commit = revision.to_owned();
        let mut home = PathBuf::new();
        // From the whole inwards: which commit each submodule was at.
        let around = path.ancestors().skip(1).filter(|it| self.submodules.contains(*it));
        let mut inner: Vec<&Path> = around.chain([path]).collect();
        inner.sort();
        for next in inner {
            let below = next.strip_prefix(&home).ok()?.to_str()?;
            let asked = format!("{commit}:{below}");
            let found = run(&root.join(&home), &["rev-parse", "--verify", "--quiet", "--end-of-options", &asked]);
            commit = String::from_utf8(found.ok()?).ok()?.trim().to_owned();
            home = next.to_owned();
        }
        Some(commit)
    }

    /// The `.terraform` folders whose modules git keeps, and not as a revision has them: what they say of modules is what a change
    /// says. What git does not keep was fetched by who runs us.
    #[must_use]
    pub fn doubtful(&self, root: &Path, revision: &str) -> Vec<PathBuf> {
        let kept: BTreeSet<PathBuf> = self.files.iter().filter_map(|it| fetched_in(it)).collect();
        if kept.is_empty() {
            return Vec::new();
        }
        let mut all = BTreeSet::new();
        for repository in std::iter::once(Path::new("")).chain(self.submodules.iter().map(PathBuf::as_path)) {
            // Of those in a submodule that the revision has not, or not here, nothing is known.
            let own = |it: &&PathBuf| it.starts_with(repository) && self.home(it) == repository;
            match self.changed(root, repository, revision) {
                Some(changed) => {
                    let changed: BTreeSet<PathBuf> = changed.iter().filter_map(|it| fetched_in(it)).collect();
                    all.extend(kept.iter().filter(own).filter(|it| changed.contains(*it)).cloned());
                }
                None => all.extend(kept.iter().filter(own).cloned()),
            }
        }
        all.into_iter().collect()
    }

    /// The repository that a path is in: the submodule, or the whole.
    fn home(&self, path: &Path) -> PathBuf {
        let own = path.ancestors().skip(1).find(|it| self.submodules.contains(*it));
        own.map(Path::to_path_buf).unwrap_or_default()
    }

    /// The files of a repository (the whole, or a submodule) that git keeps and that are not as a revision of the whole has them.
    fn changed(&self, root: &Path, repository: &Path, revision: &str) -> Option<Vec<PathBuf>> {
        let commit = match repository.as_os_str().is_empty() {
            true => revision.to_owned(),
            false => self.commit_at(root, revision, repository)?,
        };
        let changed = differing(&root.join(repository), &commit).ok()?;
        Some(changed.into_iter().map(|it| repository.join(it)).collect())
    }
}

/// The files that git keeps, or that a revision has, and that differ between it and the working tree.
///
/// # Errors
/// No such revision here.
pub fn differing(folder: &Path, revision: &str) -> Result<Vec<PathBuf>, Complaint> {
    let asked = format!("{revision}^{{tree}}");
    let tree = run(folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &asked])?;
    let tree = String::from_utf8_lossy(&tree).trim().to_owned();
    let flags = ["--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty"];
    let listed = run(folder, &[&["diff"], &flags[..], &[&tree, "--"]].concat())?;
    Ok(listed.split(|it| *it == 0).filter(|it| !it.is_empty()).map(path_of).collect())
}

/// The `.terraform` folder of a path that says what modules are; what else is there is code as elsewhere.
pub fn fetched_in(path: &Path) -> Option<PathBuf> {
    let mut folder = PathBuf::new();
    let mut parts = path.components();
    while let Some(part) = parts.next() {
        folder.push(part);
        if part.as_os_str() == FETCHED {
            // The folder itself may be a link.
            return parts.next().is_none_or(|it| it.as_os_str() == "modules").then_some(folder);
        }
    }
    None
}

/// A path as git has it: bytes.
#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

/// A path as git has it: UTF-8.
#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).as_ref())
}

/// An entry of a tree or an index: `mode type object` or `mode object stage`, and the path.
struct Entry<'a> {
    words: Vec<&'a str>,
    path: PathBuf,
}

fn entries(listed: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    listed.split(|it| *it == 0).filter_map(|entry| {
        let tab = entry.iter().position(|it| *it == b'\t')?;
        let (about, path) = (entry.get(..tab)?, entry.get(tab + 1..)?);
        Some(Entry { words: std::str::from_utf8(about).ok()?.split(' ').collect(), path: path_of(path) })
    })
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

fn of_tree(root: &Path, revision: &str, depth: usize) -> Result<Tree, Complaint> {
    let tree = run(root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{tree}}")])
        .map_err(|_| no_revision(root, revision))?;
    let tree = String::from_utf8_lossy(&tree).trim().to_owned();
    let listed = run(root, &["ls-tree", "-r", "-z", "--full-tree", &tree])?;
    let (mut wanted, mut later, mut modules) = (Vec::new(), Vec::new(), Vec::new());
    for Entry { words, path } in entries(&listed) {
        match words.as_slice() {
            ["100644" | "100755", "blob", object] if is_code(&path) => {
                wanted.push(Wanted { path, object: (*object).to_owned(), is_link: false });
            }
            ["100644" | "100755", "blob", object] => {
                let (repository, object) = (root.to_owned(), (*object).to_owned());
                later.push((path, Later { repository, object, read: blob, text: OnceLock::new() }));
            }
            ["120000", "blob", object] => wanted.push(Wanted { path, object: (*object).to_owned(), is_link: true }),
            ["160000", "commit", commit] => modules.push((path, (*commit).to_owned())),
            _ => (),
        }
    }
    let mut files = contents(root, wanted)?;
    later.into_iter().for_each(|(path, file)| files.add_later(path, file));
    for (path, commit) in modules {
        let folder = root.join(&path);
        // One that is not checked out has no files now either.
        if depth == MAX_DEPTH || !folder.join(".git").exists() {
            continue;
        }
        match of_tree(&folder, &commit, depth + 1) {
            Ok(own) => files.absorb(&path, own),
            Err(_) => terminal::complain(&format!(
                "the submodule {} has no commit {commit} here, which it was at: all that is found in it counts as new",
                path.display()
            )),
        }
    }
    Ok(files)
}

/// The text of one file of a revision, whatever its name; `None` where there is no such text.
#[must_use]
pub fn text(root: &Path, revision: &str, path: &Path) -> Option<String> {
    let tree = format!("{revision}^{{tree}}");
    let tree = run(root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &tree]).ok()?;
    let tree = String::from_utf8_lossy(&tree).trim().to_owned();
    let path = path.to_str()?;
    let listed = run(root, &["--literal-pathspecs", "ls-tree", "-z", "-l", "--full-tree", &tree, "--", path]).ok()?;
    let entry = entries(&listed).find(|it| it.path == Path::new(path))?;
    let words: Vec<&str> = entry.words.into_iter().filter(|it| !it.is_empty()).collect();
    let ["100644" | "100755", "blob", object, size] = words.as_slice() else { return None };
    size.parse::<usize>().ok().filter(|it| *it <= MAX_FILE)?;
    let text = String::from_utf8(run(root, &["cat-file", "blob", object]).ok()?).ok()?;
    Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// A file or a link whose content is asked for.
struct Wanted {
    path: PathBuf,
    object: String,
    is_link: bool,
}

/// Code, and what it often reads; all else is read when code asks for it.
fn is_code(path: &Path) -> bool {
    let ending = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
    by_extension(path).is_some() || ["hcl", "tfvars", "md"].contains(&ending)
}

/// The text of one object.
fn blob(repository: &Path, object: &str) -> Option<String> {
    let size = run(repository, &["cat-file", "-s", object]).ok()?;
    String::from_utf8(size).ok()?.trim().parse::<usize>().ok().filter(|it| *it <= MAX_FILE)?;
    let text = String::from_utf8(run(repository, &["cat-file", "blob", object]).ok()?).ok()?;
    Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The contents of objects, through one `git cat-file`.
fn contents(root: &Path, wanted: Vec<Wanted>) -> Result<Tree, Complaint> {
    let mut child = command(root, &["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(absent)?;
    let (Some(mut stdin), Some(mut stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("git cannot be spoken to".to_owned());
    };
    let names: String = wanted.iter().map(|it| format!("{}\n", it.object)).collect();
    // Written from another thread: git answers while it is still asked.
    let writer = std::thread::spawn(move || stdin.write_all(names.as_bytes()));
    let mut out = Vec::new();
    stdout.read_to_end(&mut out).map_err(|error| format!("git cannot be read: {error}"))?;
    let _ = writer.join();
    let _ = child.wait();
    let (mut files, mut rest, mut total) = (Tree::default(), out.as_slice(), 0_usize);
    for Wanted { path, object, is_link } in wanted {
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
        match std::str::from_utf8(text) {
            _ if is_link => files.add_link(path, path_of(text)),
            Ok(text) if size <= MAX_FILE => files.add(path, text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()),
            _ => files.add_unread(path),
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
