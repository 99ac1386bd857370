//! `--write-baseline`: what is found becomes what is known.

use std::collections::BTreeSet;
use std::path::Path;

use crate::finding::{Finding, Report};
use crate::gate::baseline::Baseline;
use crate::gate::moves::Moves;
use crate::source::Gravity;

use super::gating::is_gone;
use super::terminal;

/// Whether a file may become a baseline.
///
/// # Errors
/// A sentence, where it is something else.
pub(super) fn check(file: &Path) -> Result<(), String> {
    if !file.is_file() {
        return Ok(());
    }
    let text = std::fs::read_to_string(file).unwrap_or_else(|_| "?".to_owned());
    if !text.trim().is_empty() && !text.contains("\"bucketlint/baseline/") {
        return Err(format!(
            "{}: is there and is no baseline: it is not overwritten (--write-baseline)",
            file.display()
        ));
    }
    Ok(())
}

/// Writes what was found and takes it out of the report. Of a run that judged nothing, or not what was asked about, nothing is
/// written: it would take the place of what was known.
///
/// # Errors
/// A sentence, where the file cannot be written, or nothing was there to be judged.
pub(super) fn write(
    file: &Path,
    report: &mut Report,
    path: &dyn Fn(&Finding) -> String,
    locked: &BTreeSet<String>,
) -> Result<(), String> {
    let is_misused = report.diagnostics.iter().any(|it| it.gravity == Gravity::Usage);
    if is_misused || report.summary.files == 0 {
        let why = if is_misused { "the run has an error" } else { "nothing was judged" };
        let told = format!("{} is left as it is: {why} (--write-baseline)", file.display());
        // Where the report says nothing of it, the exit code does.
        if report.diagnostics.iter().all(|it| it.gravity == Gravity::Note) {
            return Err(told);
        }
        terminal::complain(&told);
        return Ok(());
    }
    let baseline = Baseline::of(report, path).without_rules(locked);
    terminal::write_file(file, &baseline.render())
        .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    terminal::complain(&format!("{} findings written to {}", baseline.len(), file.display()));
    baseline.apply(report, path, &is_gone, locked, &Moves::default());
    Ok(())
}
