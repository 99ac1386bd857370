//! Files that are changed in place: whole or not at all, with their own permissions, and none where one cannot be.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::commands::Complaint;

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
    let mut ready: Vec<Ready> = Vec::new();
    for (path, text) in edited {
        let original = originals.get(path).map(String::as_str).unwrap_or_default();
        match prepare(path, text, original, roots) {
            Ok(one) => ready.push(one),
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

fn discard(ready: &[Ready]) {
    for one in ready {
        let _ = fs::remove_file(&one.temporary);
    }
}

/// Writes a new text beside the file that it will replace.
fn prepare(path: &Path, text: &str, original: &str, roots: &[PathBuf]) -> Result<Ready, String> {
    // A link stays one: what it leads to is written, where that is among what was asked about.
    let target = path.canonicalize().map_err(|error| error.to_string())?;
    let is_inside = roots.iter().any(|it| it.canonicalize().is_ok_and(|it| target.starts_with(it)));
    if !is_inside {
        return Err(format!("it leads to {}, outside of what is checked", target.display()));
    }
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
    let name = target.file_name().ok_or("it names no file")?;
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = target.with_file_name(temporary);
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
