//! What was done, line by line, on the disk before the next step begins.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::incident::time::Time;

const FILE: &str = "journal.jsonl";

/// The journal of a plan's folder.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Whether a folder has one in which something is noted.
    #[must_use]
    pub fn is_kept(folder: &Path) -> bool {
        std::fs::metadata(folder.join(FILE)).is_ok_and(|it| 0 < it.len())
    }

    /// Opens it, to be added to.
    ///
    /// # Errors
    /// A sentence.
    pub fn open(folder: &Path) -> Result<Self, String> {
        let path = folder.join(FILE);
        let mut options = OpenOptions::new();
        options.create(true).append(true).read(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let wrong = |error: io::Error| format!("{}: {error}", path.display());
        let mut file = options.open(&path).map_err(wrong)?;
        // A run that was cut off may have left half a line: the next one begins its own.
        let text = std::fs::read(&path).map_err(wrong)?;
        if text.last().is_some_and(|it| *it != b'\n') {
            file.write_all(b"\n").map_err(wrong)?;
        }
        Ok(Self { path, file })
    }

    /// Adds a line and syncs it.
    ///
    /// # Errors
    /// A sentence.
    pub fn note(&mut self, step: &str, event: &str, detail: &str) -> Result<(), String> {
        let line =
            json!({ "at": Time::now().to_string(), "step": step, "event": event, "detail": detail }).to_string() + "\n";
        let written: io::Result<()> = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_all());
        written.map_err(|error| format!("{}: {error}", self.path.display()))
    }

    /// Ids of steps that were begun or done, by this plan's own account, in order.
    ///
    /// # Errors
    /// A sentence.
    pub fn touched(&self) -> Result<Vec<String>, String> {
        let text = std::fs::read_to_string(&self.path).map_err(|error| format!("{}: {error}", self.path.display()))?;
        let mut out: Vec<String> = Vec::new();
        for line in text.lines() {
            let Ok(entry) = serde_json::from_str::<serde_json::Value>(line) else { continue };
            let member = |key: &str| entry.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
            let (step, event) = (member("step"), member("event"));
            match event.as_str() {
                "begin" | "done" if !out.contains(&step) => out.push(step),
                "undone" => out.retain(|it| *it != step),
                // restore.sh notes what it did without a word for it.
                "" if !step.is_empty() && member("by") == "restore.sh" && !out.contains(&step) => out.push(step),
                _ => {}
            }
        }
        Ok(out)
    }
}
