//! Folders of own rules as a trusted revision has them: written beside, loaded from there, and gone again.

use std::path::PathBuf;

use super::commands::Complaint;
use super::config::Found;

/// A folder of our own that is gone when it is dropped.
pub(super) struct Kept(PathBuf);

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Puts the folders of a trusted revision in the place of those of the working tree. Folders outside its repository stay.
pub(super) fn of(found: &Found, folders: &mut [PathBuf]) -> Result<Option<Kept>, Complaint> {
    let Some(trusted) = &found.trusted else { return Ok(None) };
    let cannot = |error: std::io::Error| format!("the rules of {} cannot be laid out: {error}", trusted.revision);
    let own = fresh().map_err(cannot)?;
    let kept = Kept(own.clone());
    for (number, folder) in folders.iter_mut().enumerate() {
        let Some(below) = trusted.below(folder) else { continue };
        let target = own.join(number.to_string());
        std::fs::create_dir_all(&target).map_err(cannot)?;
        for (path, text) in trusted.tree.below(&below) {
            let to = target.join(path);
            if let Some(parent) = to.parent() {
                std::fs::create_dir_all(parent).map_err(cannot)?;
            }
            std::fs::write(&to, text).map_err(cannot)?;
        }
        *folder = target;
    }
    Ok(Some(kept))
}

/// A folder that was not there before: what somebody else put into a folder of that name is not taken for rules.
fn fresh() -> std::io::Result<PathBuf> {
    let mut number = 0;
    loop {
        let folder = std::env::temp_dir().join(format!("bucketlint-rules-{}-{number}", std::process::id()));
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && number < 100 => number += 1,
            Err(error) => return Err(error),
        }
    }
}
