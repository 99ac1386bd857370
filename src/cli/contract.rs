//! `contract generate`, and reading the contracts that `--contract` names.

use std::path::PathBuf;

use crate::report::Places;
use crate::source::{Diagnostic, Disk, Gravity, Sources};

use super::args::ContractGenerate;
use super::commands::Complaint;
use super::config::Found;
use super::pipeline::Contract;
use super::{floors, terminal, world};

/// `contract generate`. The exit code is 3 where something could not be taken over.
pub fn generate(args: &ContractGenerate) -> Result<u8, Complaint> {
    if !args.dir.is_dir() {
        return Err(format!("{}: no such folder", args.dir.display()));
    }
    let sources = Sources::new(Box::new(Disk::new(&world::roots(std::slice::from_ref(&args.dir)))));
    let generated = floors::generate_contract(&sources, &args.dir, &args.source, args.version.as_deref());
    if let Some(usage) = generated.diagnostics.iter().find(|it| it.gravity == Gravity::Usage) {
        return Err(usage.message.clone());
    }
    for diagnostic in &generated.diagnostics {
        terminal::complain(&line(diagnostic, &sources));
    }
    terminal::print(&generated.text).map_err(|error| format!("cannot write to standard output: {error}"))?;
    let incomplete = generated.diagnostics.iter().any(|it| it.gravity != Gravity::Note);
    Ok(if incomplete { 3 } else { 0 })
}

/// The contracts of the files, in order: of the trusted revision, where there is one.
pub(super) fn read(sources: &Sources, files: &[PathBuf], found: Option<&Found>) -> Result<Vec<Contract>, Complaint> {
    let trusted = found.filter(|it| it.trusted.is_some());
    let one = |path: &PathBuf| {
        let refused = |error: String| format!("{}: the contract {error}", path.display());
        let file = match trusted {
            Some(found) => sources.add(path, found.read(path).map_err(refused)?),
            None => sources.load(path).map_err(|error| refused(error.to_string()))?,
        };
        floors::read_contract(sources, file).map_err(|complaints| {
            let lines: Vec<_> = complaints.iter().map(|it| line(it, sources)).collect();
            lines.join("\n")
        })
    };
    files.iter().map(one).collect()
}

/// `path:line:column: message; help`.
fn line(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let base = world::base();
    let places = Places { sources, base: base.as_deref() };
    let place = places.of_diagnostic(diagnostic).map_or_else(String::new, |it| match it.start {
        Some(start) => format!("{}:{}:{}: ", it.path, start.line, start.column),
        None => format!("{}: ", it.path),
    });
    let help = diagnostic.help.as_ref().map(|it| format!("; {it}")).unwrap_or_default();
    format!("{place}{}{help}", diagnostic.message)
}
