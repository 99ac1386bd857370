//! Finding the files: walks folders as `.gitignore` says, and opens what may be one of ours.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder, WalkState};
use rayon::prelude::*;

use crate::frontend::live::{self, saved};
use crate::frontend::terraform::plan;
use crate::source::{Diagnostic, FileId, Gravity, ReadError, Sources, normal};

use super::config::NAMES;
use super::links::{Link, Real};
use super::pipeline::InputFile;
use super::recognise::{Trust, begins_ours, by_content, by_extension, by_name, seems_ours};

/// A file whose name says nothing is not opened where it is larger: no template and no policy may be
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>).
const MAX_OTHER: usize = 1024 * 1024;

/// So much of such a file is read first; where it holds a zero byte, the rest is not.
const HEAD: usize = 8 * 1024;

/// A file that a walk may not meet: one that git keeps, one of an editor, one of another revision.
#[derive(Clone, Debug)]
pub struct Beside {
    /// Its path.
    pub path: PathBuf,
    /// Whether it is a link.
    pub is_link: bool,
}

impl Beside {
    /// A file that is no link.
    pub fn file(path: &Path) -> Self {
        Self { path: path.to_owned(), is_link: false }
    }
}

/// What was found.
pub struct Discovery {
    /// The files.
    pub files: Vec<InputFile>,
    /// What is wrong with the paths.
    pub complaints: Vec<Diagnostic>,
    /// The links that were met, to Terraform's files aside.
    pub links: Vec<Link>,
    /// The configurations that were met in folders.
    pub configurations: Vec<PathBuf>,
}

/// The files under `paths`, sorted and each once, and what is wrong with the paths. A named file that cannot be read or
/// recognised is wrong usage; a file met in a folder that cannot be read makes the run incomplete, one that is something
/// else is passed over. `beside` are files that a walk may not meet and that count as if it had.
pub fn discover(sources: &Sources, paths: &[PathBuf], beside: &[Beside]) -> Discovery {
    let mut files = Vec::new();
    let mut complaints = Vec::new();
    let (mut links, mut configurations): (Vec<Link>, Vec<PathBuf>) = Default::default();
    let mut take = |met: Vec<Met>| {
        for (file, complaint) in met {
            files.extend(file);
            complaints.extend(complaint);
        }
    };
    let mut seen: HashSet<PathBuf> = HashSet::new();
    for path in paths {
        if !sources.fs().is_dir(path) {
            seen.insert(normal(path));
            take(vec![recognise(sources, path, Trust::Named)]);
            continue;
        }
        let Walked { met, refused, links: own } = walk(sources, path);
        links.extend(own);
        let is_one = |it: &&(PathBuf, Trust)| it.0.file_name().is_some_and(|it| NAMES.iter().any(|own| it == *own));
        configurations.extend(met.iter().filter(is_one).map(|it| it.0.clone()));
        if !beside.is_empty() {
            seen.extend(met.iter().map(|it| normal(&it.0)));
            seen.extend(refused.iter().filter_map(|it| it.path.as_deref().map(normal)));
        }
        take(refused.into_iter().map(|it| (None, Some(it))).collect());
        let found = open(sources, &met);
        let is_empty = found.iter().all(|it| it.0.is_none());
        take(found);
        if is_empty && saved::is_saved(sources, path) {
            let message = "holds saved outputs of the aws CLI, which are no code";
            let complaint = Diagnostic::path("saved-outputs", Gravity::Incomplete, path, message)
                .help("make a snapshot of them and check that: bucketlint snapshot --from FOLDER -o live.json");
            take(vec![(None, Some(complaint))]);
        }
    }
    let (mut met, mut refused) = (Vec::new(), Vec::new());
    for it in beside.iter().filter(|it| seen.insert(normal(&it.path))) {
        links.extend(Some(it).filter(|it| it.is_link).and_then(|it| Link::of(sources, &it.path)));
        match meet(sources, &it.path, it.is_link) {
            Ok(trust) => met.extend(trust.map(|trust| (it.path.clone(), trust))),
            Err(complaint) => refused.push((None, Some(complaint))),
        }
    }
    take(refused);
    take(open(sources, &met));
    if !links.is_empty() {
        linked(sources, &mut links, &mut files, &mut complaints);
    }
    files.sort_by(|a: &InputFile, b| (&a.path, a.alone).cmp(&(&b.path, b.alone)));
    files.dedup_by(|a, b| a.path == b.path);
    Discovery { files, complaints, links, configurations }
}

/// Links to folders within linked folders are followed so deep.
const MAX_LINKED: usize = 8;

/// What links lead to and nothing has met is a part of the folder that the link stands in.
fn linked(sources: &Sources, links: &mut Vec<Link>, files: &mut Vec<InputFile>, complaints: &mut Vec<Diagnostic>) {
    let mut real = Real::default();
    files.iter().for_each(|it| real.met(&it.path));
    let mut left: Vec<(Link, usize)> = links.iter().rev().map(|it| (it.clone(), 0)).collect();
    while let Some((link, depth)) = left.pop() {
        if MAX_LINKED < depth || (link.is_folder && real.has(&link.to)) || (!link.is_folder && real.has_file(&link.to))
        {
            continue;
        }
        let Walked { mut met, refused, links: inner } = match link.is_folder {
            true => walk(sources, &link.path),
            false => {
                let met = by_extension(&link.path).map(|it| (link.path.clone(), it));
                Walked { met: met.into_iter().collect(), refused: Vec::new(), links: Vec::new() }
            }
        };
        met.retain(|it| !real.has_file(&it.0));
        complaints.extend(refused);
        for (file, complaint) in open(sources, &met) {
            file.iter().for_each(|it| real.met(if link.is_folder { &it.path } else { &link.to }));
            files.extend(file);
            complaints.extend(complaint);
        }
        left.extend(inner.iter().map(|it| (it.clone(), depth + 1)));
        links.extend(inner);
    }
}

/// What files that were met hold.
fn open(sources: &Sources, met: &[(PathBuf, Trust)]) -> Vec<Met> {
    let opened: Vec<bool> =
        met.par_iter().map(|(path, trust)| *trust != Trust::Other || worth_opening(sources, path)).collect();
    let worth: Vec<&(PathBuf, Trust)> = met.iter().zip(opened).filter(|it| it.1).map(|it| it.0).collect();
    sources.load_all(&worth.iter().map(|it| it.0.as_path()).collect::<Vec<_>>());
    worth.par_iter().map(|(path, trust)| recognise(sources, path, *trust)).collect()
}

/// What became of one file.
type Met = (Option<InputFile>, Option<Diagnostic>);

/// What is below a folder.
struct Walked {
    /// The files whose names do not exclude them.
    met: Vec<(PathBuf, Trust)>,
    /// What cannot be read.
    refused: Vec<Diagnostic>,
    links: Vec<Link>,
}

fn walk(sources: &Sources, folder: &Path) -> Walked {
    let (mut met, mut refused, mut links) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries(folder) {
        match entry {
            Ok(entry) => {
                let Some(kind) = entry.file_type() else { continue };
                let path = entry.path();
                if path.file_name().is_some_and(|it| it == ".gitignore") && !kind.is_file() {
                    let message = "is a link or no file, which git does not follow either: what any `.gitignore` names is checked, too";
                    refused.push(Diagnostic::path("link-not-followed", Gravity::Note, path, message));
                    continue;
                }
                if !kind.is_symlink() && !kind.is_file() {
                    refused.extend(Some(path).filter(|_| !kind.is_dir()).and_then(no_file));
                    continue;
                }
                // The folder that is asked about may be a link itself.
                if kind.is_symlink() && entry.depth() != 0 {
                    links.extend(Link::of(sources, path));
                }
                match meet(sources, path, kind.is_symlink()) {
                    Ok(trust) => met.extend(trust.map(|it| (path.to_owned(), it))),
                    Err(complaint) => refused.push(complaint),
                }
            }
            Err(error) => {
                let message = format!("a part of this folder cannot be read: {error}");
                refused.push(Diagnostic::path("unreadable-file", Gravity::Incomplete, folder, message));
            }
        }
    }
    Walked { met, refused, links }
}

/// What Terraform would read, were it a file: nobody knows what a pipe, a socket or a device says.
fn no_file(path: &Path) -> Option<Diagnostic> {
    let is_given = path.extension().is_some_and(|it| it == "tfvars");
    let message = "is a pipe, a socket or a device, and no file: it is not read";
    (is_given || by_name(path).is_some())
        .then(|| Diagnostic::path("unreadable-file", Gravity::Incomplete, path, message))
}

/// How much a file or a link that is met is trusted; `None` where it is none to look at.
fn meet(sources: &Sources, path: &Path, is_link: bool) -> Result<Option<Trust>, Diagnostic> {
    if is_hidden_code(path) {
        return Ok(None);
    }
    let is_read = !is_link || link(sources, path)?;
    Ok(by_extension(path).filter(|_| is_read))
}

/// The files below a folder that no ignore file hides.
pub(super) fn below(folder: &Path) -> Vec<PathBuf> {
    let files = entries(folder).into_iter().flatten().filter(|it| it.file_type().is_some_and(|it| it.is_file()));
    files.map(DirEntry::into_path).collect()
}

/// Whether a folder's `.gitignore` is a link or no file: git follows no link either, and what it leads to need not end.
/// <https://git-scm.com/docs/gitignore#_notes>
fn is_odd(folder: &Path) -> bool {
    folder.join(".gitignore").symlink_metadata().is_ok_and(|it| !it.is_file())
}

/// All that is below a folder, met by all cores, in order of the paths: it gives files their numbers.
fn entries(folder: &Path) -> Vec<Result<DirEntry, ignore::Error>> {
    let whole = folder.canonicalize();
    let mut odd = whole.iter().flat_map(|it| it.ancestors()).any(is_odd);
    let mut all = Vec::new();
    if !odd {
        let met = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        all = walked(folder, Some(&met));
        odd = met.load(std::sync::atomic::Ordering::Relaxed);
    }
    // Rather too much than too little: nothing is left out then.
    if odd { walked(folder, None) } else { all }
}

/// The same, with what `.gitignore` says; without it where no flag is given. The flag is set where a folder has one that is not read.
fn walked(
    folder: &Path,
    odd: Option<&std::sync::Arc<std::sync::atomic::AtomicBool>>,
) -> Vec<Result<DirEntry, ignore::Error>> {
    let (send, met) = std::sync::mpsc::channel();
    // Hidden folders have code as others do; `.ignore` is another tool's file.
    let mut walk = WalkBuilder::new(folder);
    walk.require_git(false).hidden(false).ignore(false);
    if odd.is_none() {
        walk.git_ignore(false).parents(false);
    }
    let odd = odd.cloned();
    walk.filter_entry(move |it| {
        let is_left = it.depth() != 0 && is_kept_by_a_tool(it);
        if let Some(odd) =
            odd.as_ref().filter(|_| !is_left && it.file_type().is_some_and(|it| it.is_dir()) && is_odd(it.path()))
        {
            odd.store(true, std::sync::atomic::Ordering::Relaxed);
            return false;
        }
        !is_left
    });
    walk.build_parallel().run(|| {
        let send = send.clone();
        Box::new(move |entry| match send.send(entry) {
            Ok(()) => WalkState::Continue,
            Err(_) => WalkState::Quit,
        })
    });
    drop(send);
    let mut entries: Vec<Result<DirEntry, ignore::Error>> = met.into_iter().collect();
    // The order of paths, in which a separator comes before all else; to compare paths themselves is to take them apart.
    let order = |path: &Path| -> Vec<u8> {
        let bytes = path.as_os_str().as_encoded_bytes().iter();
        bytes.map(|it| if std::path::is_separator(char::from(*it)) { 0 } else { *it }).collect()
    };
    entries.sort_by_cached_key(|it| it.as_ref().ok().map(|it| order(it.path())));
    entries
}

/// Hidden folders in which a tool keeps history, or what it fetched or made.
const KEPT: [&str; 18] = [
    ".aws-sam",
    ".direnv",
    ".external_modules",
    ".git",
    ".gradle",
    ".hg",
    ".jj",
    ".mypy_cache",
    ".nox",
    ".pytest_cache",
    ".ruff_cache",
    ".serverless",
    ".svn",
    ".terraform",
    ".terragrunt-cache",
    ".tox",
    ".venv",
    ".yarn",
];

fn is_kept_by_a_tool(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|it| it.is_dir()) && is_kept_name(entry.file_name())
}

/// Whether a folder of this name is one of a tool.
pub(super) fn is_kept_name(name: &OsStr) -> bool {
    name.to_str().is_some_and(|it| KEPT.binary_search(&it).is_ok())
}

/// Whether it is a file that Terraform passes over, or an editor's lock.
fn is_hidden_code(path: &Path) -> bool {
    let name = path.file_name().map(|it| it.to_string_lossy()).unwrap_or_default();
    name.starts_with(".#") || (name.starts_with('.') && by_name(path).is_some())
}

/// Whether a link is read: one to Terraform code is part of the folder that it stands in, as for Terraform; other files
/// and folders are met where they are, or through the link where nothing meets them there. What leads outside is not followed, which matters where it is Terraform code.
fn link(sources: &Sources, path: &Path) -> Result<bool, Diagnostic> {
    let is_terraform = by_name(path).is_some();
    if sources.fs().is_file(path) {
        return Ok(is_terraform);
    }
    if sources.fs().is_dir(path) || by_extension(path).is_none() {
        return Ok(false);
    }
    let gravity = if is_terraform { Gravity::Incomplete } else { Gravity::Note };
    let message = "is a link that leads outside the checked folders, or nowhere: it is not followed";
    Err(Diagnostic::path("link-not-followed", gravity, path, message))
}

fn recognise(sources: &Sources, path: &Path, trust: Trust) -> Met {
    let id = match sources.load(path) {
        Ok(id) => id,
        Err(_) if trust == Trust::Other => return (None, None),
        Err(ReadError::TooLarge { size, .. }) if is_large(sources, path, size) => match load_large(sources, path) {
            Some(id) => id,
            None => {
                let message = "is a Terraform plan or a snapshot that cannot be read, or is not UTF-8";
                return (None, Some(Diagnostic::path("unreadable-file", Gravity::Incomplete, path, message)));
            }
        },
        Err(error) => {
            let gravity = if trust == Trust::Named { Gravity::Usage } else { gravity(sources, path, &error) };
            let mut complaint = Diagnostic::path("unreadable-file", gravity, path, error.to_string());
            if matches!(error, ReadError::NotUtf8 { .. }) {
                complaint = match () {
                    () if utf16(sources, path).is_some() => complaint.help("it is UTF-16: save it as UTF-8"),
                    () if is_packed(sources, path) => complaint.help("it is packed by gzip: unpack it"),
                    () => complaint,
                };
            }
            return (None, Some(complaint));
        }
    };
    match by_name(path).or_else(|| by_content(id, &sources.text(id), trust)) {
        Some(kind) => (Some(InputFile { path: path.to_owned(), kind, alone: trust == Trust::Named }), None),
        None if trust == Trust::Data && is_broken_json(path, &sources.text(id)) => {
            let message = "holds a plan, a template or a policy, and is no JSON: something else stands before it";
            (None, Some(Diagnostic::path("syntax-error", Gravity::Incomplete, path, message)))
        }
        None if trust == Trust::Named => {
            let message = "is not recognised as Terraform, CloudFormation, a bucket policy or a snapshot";
            (None, Some(Diagnostic::path("unrecognised-file", Gravity::Usage, path, message)))
        }
        None => (None, None),
    }
}

/// Whether a file of JSON holds what is ours, and cannot be recognised by how it begins: a line of a log before a plan, marks of a merge.
fn is_broken_json(path: &Path, text: &str) -> bool {
    let has = |it: &str| memchr::memmem::find(text.as_bytes(), it.as_bytes()).is_some();
    let is_plan = || has("\"format_version\"") && (has("\"resource_changes\"") || has("\"planned_values\""));
    path.extension().is_some_and(|it| it == "json")
        && !text.trim_start().starts_with('{')
        && (is_plan() || seems_ours(text.as_bytes()))
        && serde_json::from_str::<serde::de::IgnoredAny>(text).is_err()
}

/// Plans and snapshots grow with the configuration; nobody wrote them by hand.
const MAX_PLAN: u64 = 1024 * 1024 * 1024;

/// Whether a file that is too large for code begins as Terraform's JSON or a snapshot does.
fn is_large(sources: &Sources, path: &Path, size: u64) -> bool {
    let head = sources.fs().head(path, 64).unwrap_or_default();
    let text: String = String::from_utf8_lossy(&head).split_whitespace().collect();
    let starts = ["{\"format_version\":", "{\"schema\":\"bucketlint/snapshot/"];
    size <= MAX_PLAN && starts.iter().any(|it| text.starts_with(it))
}

pub(super) fn load_large(sources: &Sources, path: &Path) -> Option<FileId> {
    let bytes = sources.fs().head(path, usize::try_from(MAX_PLAN).ok()?).ok()?;
    Some(sources.add(path, String::from_utf8(bytes).ok()?))
}

/// A cheap look at a file whose name says nothing. What cannot be read was not asked for.
fn worth_opening(sources: &Sources, path: &Path) -> bool {
    let Ok(head) = sources.fs().head(path, HEAD) else { return false };
    if head.contains(&0) {
        return false;
    }
    if head.len() < HEAD {
        return seems_ours(&head);
    }
    let whole = sources.fs().head(path, MAX_OTHER + 1).unwrap_or_default();
    whole.len() <= MAX_OTHER && seems_ours(&whole)
}

/// How much it matters that a file met in a folder cannot be read: data in other formats' clothes (a large JSON file, a
/// YAML file in another encoding that does not speak of AWS) is worth a note only.
fn gravity(sources: &Sources, path: &Path, error: &ReadError) -> Gravity {
    let speaks_of_aws = || match utf16(sources, path) {
        Some(text) => seems_ours(text.as_bytes()) || plan::is_plan(&text) || live::is_snapshot(&text),
        None => seems_ours(&sources.fs().read(path).unwrap_or_default()),
    };
    match error {
        _ if by_name(path).is_some() => Gravity::Incomplete,
        // No template and no policy may be as large: what begins as one is told, data is worth a note.
        ReadError::TooLarge { .. } if !sources.fs().head(path, HEAD).is_ok_and(|it| begins_ours(&it)) => Gravity::Note,
        ReadError::NotUtf8 { .. } if !speaks_of_aws() => Gravity::Note,
        _ => Gravity::Incomplete,
    }
}

/// Whether a file begins as gzip does (<https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1>).
fn is_packed(sources: &Sources, path: &Path) -> bool {
    sources.fs().head(path, 2).is_ok_and(|it| it == [0x1f, 0x8b])
}

/// The text of a file with UTF-16's byte-order mark, the mark left out.
fn utf16(sources: &Sources, path: &Path) -> Option<String> {
    let bytes = sources.fs().read(path).ok()?;
    let unit: fn([u8; 2]) -> u16 = match bytes.as_slice() {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] | [0, 0, 0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return None,
    };
    let units = bytes.as_chunks::<2>().0.iter().skip(1).map(|it| unit(*it));
    // UTF-32 has a zero for each second unit.
    let units = units.filter(|it| !matches!(it, 0 | 0xfeff));
    Some(char::decode_utf16(units).map(|it| it.unwrap_or('\u{fffd}')).collect())
}

#[cfg(test)]
mod tests {
    use super::super::pipeline::InputKind;
    use super::*;
    use crate::source::Memory;

    fn check(path: &str, text: &str, expected: Option<InputKind>) {
        let sources = Sources::new(Box::new(Memory::new(&[(path, text)])));
        let Discovery { files, complaints, .. } = discover(&sources, &[PathBuf::from(path)], &[]);
        assert_eq!(files.first().map(|it| it.kind), expected, "{path} {text}");
        assert_eq!(complaints.len(), usize::from(expected.is_none()));
    }

    #[test]
    fn files_are_recognised_by_what_they_hold() {
        check("a.tf", "", Some(InputKind::Terraform));
        check("a.tf.json", "{}", Some(InputKind::Terraform));
        check("stack.txt", "Resources:\n  B:\n    Type: AWS::S3::Bucket\n", Some(InputKind::CloudFormation));
        check("s.json", r#"{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}"#, Some(InputKind::CloudFormation));
        check("p.json", r#"{"Statement": {"Effect": "Allow", "Principal": "*"}}"#, Some(InputKind::Policy));
        check("p.json", r#"{"Statement": [{"Effect": "Allow""#, Some(InputKind::Policy));
        check("package.json", r#"{"name": "x"}"#, None);
        check("notes.txt", "see AWS::S3::Bucket\n", None);
    }
}
