//! Files that are changed in place: whole or not at all, with their own permissions, and none where one cannot be.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::commands::Complaint;

/// What a file is, under whatever name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    #[cfg(unix)]
    inode: (u64, u64),
    #[cfg(not(unix))]
    path: PathBuf,
}

/// What a file on disk is; `None` where there is none.
pub(super) fn identity(path: &Path) -> Option<Identity> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let meta = fs::metadata(path).ok()?;
        Some(Identity { inode: (meta.dev(), meta.ino()) })
    }
    #[cfg(not(unix))]
    path.canonicalize().ok().map(|path| Identity { path })
}

/// A file that is ready to take another's place.
struct Ready {
    shown: PathBuf,
    target: PathBuf,
    temporary: PathBuf,
}

/// Writes new texts over those that they were made from. Nothing is touched before every new file is on disk.
pub(super) fn write(
    edited: &BTreeMap<PathBuf, String>,
    originals: &BTreeMap<PathBuf, String>,
    roots: &[PathBuf],
) -> Result<(), Complaint> {
    let names = names(edited.keys());
    let mut ready: Vec<Ready> = Vec::new();
    let mut known: HashMap<Identity, (usize, &String)> = HashMap::new();
    for (path, text) in edited {
        let original = originals.get(path).map(String::as_str).unwrap_or_default();
        // A file of several names is written once, and keeps them.
        let identity = identity(path);
        let prepared = match identity.as_ref().and_then(|it| known.get(it)) {
            Some((first, own)) => match ready.get(*first) {
                Some(it) => again(path, it, *own == text, &ready, roots),
                None => Ok(None),
            },
            None => {
                let known = identity.as_ref().and_then(|it| names.get(it)).map_or(1, BTreeSet::len);
                has_no_more(path, known).and_then(|()| prepare(path, text, original, roots)).map(Some)
            }
        };
        match prepared {
            Ok(None) => (),
            Ok(Some(one)) => {
                known.extend(identity.filter(|it| !known.contains_key(it)).map(|it| (it, (ready.len(), text))));
                ready.push(one);
            }
            Err(why) => {
                discard(&ready);
                return Err(format!("{}: not changed, and no other file was written: {why}", path.display()));
            }
        }
    }
    for (at, one) in ready.iter().enumerate() {
        if let Err(error) = fs::rename(&one.temporary, &one.target) {
            discard(ready.get(at..).unwrap_or_default());
            let written: Vec<String> =
                ready.get(..at).unwrap_or_default().iter().map(|it| it.shown.display().to_string()).collect();
            let before =
                if written.is_empty() { "no file was".to_owned() } else { format!("{} were", written.join(", ")) };
            return Err(format!("{}: cannot be replaced: {error}; {before} written before it", one.shown.display()));
        }
        // Best effort: the file is there, and whole, whether or not its folder is on disk yet.
        let _ = one.target.parent().map(|it| File::open(it).and_then(|it| it.sync_all()));
    }
    Ok(())
}

/// Where the names of each file lead.
fn names<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> HashMap<Identity, BTreeSet<PathBuf>> {
    let mut all: HashMap<Identity, BTreeSet<PathBuf>> = HashMap::new();
    for path in paths {
        if let (Some(identity), Ok(target)) = (identity(path), path.canonicalize()) {
            all.entry(identity).or_default().insert(target);
        }
    }
    all
}

/// Refuses a file that has more names than those that are known: under the others it would stay what it was, and be another file.
fn has_no_more(path: &Path, known: usize) -> Result<(), String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let all = fs::metadata(path).map_err(|error| error.to_string())?.nlink();
        let more = all.saturating_sub(known as u64);
        if 0 < more {
            return Err(format!(
                "it has {more} more {} (hard links) that are not among what was checked: name them too, or make it a file of its own",
                if more == 1 { "name" } else { "names" }
            ));
        }
    }
    let _ = (path, known);
    Ok(())
}

fn discard(ready: &[Ready]) {
    for one in ready {
        let _ = fs::remove_file(&one.temporary);
    }
}

/// Another name of a file that is ready: nothing where it leads to the same place, else one more link to the new file.
fn again(
    path: &Path,
    first: &Ready,
    is_same: bool,
    ready: &[Ready],
    roots: &[PathBuf],
) -> Result<Option<Ready>, String> {
    if !is_same {
        return Err(format!("it is the same file as {}, which would become another", first.shown.display()));
    }
    let target = target(path, roots)?;
    if ready.iter().any(|it| it.target == target) {
        return Ok(None);
    }
    let temporary = temporary(&target)?;
    fs::hard_link(&first.temporary, &temporary).map_err(|error| format!("cannot write beside it: {error}"))?;
    Ok(Some(Ready { shown: path.to_owned(), target, temporary }))
}

/// Where a name leads. A link stays one: what it leads to is written, where that is among what was asked about.
fn target(path: &Path, roots: &[PathBuf]) -> Result<PathBuf, String> {
    let target = path.canonicalize().map_err(|error| error.to_string())?;
    let is_inside = roots.iter().any(|it| it.canonicalize().is_ok_and(|it| target.starts_with(it)));
    if !is_inside {
        return Err(format!("it leads to {}, outside of what is checked", target.display()));
    }
    Ok(target)
}

fn temporary(target: &Path) -> Result<PathBuf, String> {
    let name = target.file_name().ok_or("it names no file")?;
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.tmp", std::process::id()));
    Ok(target.with_file_name(temporary))
}

/// Writes a new text beside the file that it will replace.
fn prepare(path: &Path, text: &str, original: &str, roots: &[PathBuf]) -> Result<Ready, String> {
    let target = target(path, roots)?;
    let meta = fs::metadata(&target).map_err(|error| error.to_string())?;
    if meta.permissions().readonly() {
        return Err("it is read-only; make it writable first".to_owned());
    }
    let bytes = fs::read(&target).map_err(|error| error.to_string())?;
    let (mark, old) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => ("\u{feff}", rest),
        None => ("", bytes.as_slice()),
    };
    if old != original.as_bytes() {
        return Err("it was changed while it was checked; run again".to_owned());
    }
    let temporary = temporary(&target)?;
    let written = File::options().write(true).create_new(true).open(&temporary).and_then(|mut file| {
        file.write_all(mark.as_bytes())?;
        file.write_all(text.as_bytes())?;
        file.set_permissions(meta.permissions())?;
        file.sync_all()
    });
    match written {
        Ok(()) => Ok(Ready { shown: path.to_owned(), target, temporary }),
        Err(error) => {
            if error.kind() != std::io::ErrorKind::AlreadyExists {
                let _ = fs::remove_file(&temporary);
            }
            Err(format!("cannot write beside it: {error}"))
        }
    }
}
