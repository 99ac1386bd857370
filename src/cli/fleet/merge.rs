//! `fleet merge`: the outputs of runs over parts of a fleet → what one run over all of it says.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use crate::cli::args::FleetMerge;
use crate::cli::commands::Complaint;
use crate::cli::terminal;
use crate::finding::{Status, Totals};
use crate::report::lines::{self, Counts, Line};
use crate::source::{Diagnostic, Gravity};

/// `fleet merge`.
pub fn merge(args: &FleetMerge) -> Result<u8, Complaint> {
    let gate = super::gate(&args.gate);
    let (mut all, mut totals, mut sum) = (BTreeMap::new(), Totals::default(), Counts::default());
    let mut diagnostics = Vec::new();
    let mut problems: Vec<String> = Vec::new();
    for path in &args.files {
        let text = read(path)?;
        let mut part = Counts::default();
        let mut has_end = false;
        let mut met = Counts::default();
        for line in text.lines().filter(|it| !it.trim().is_empty()) {
            has_end = false;
            match lines::read(line) {
                Some(Line::Finding(severity, status)) => {
                    match status {
                        Status::Violated => met.findings += 1,
                        Status::Unknown => met.unknown += 1,
                    }
                    // What is said of an account, each part says.
                    all.insert(line.to_owned(), (severity, status));
                }
                Some(Line::Diagnostic(gravity)) => {
                    met.diagnostics += 1;
                    totals.diagnostic(gravity);
                    diagnostics.push(line.to_owned());
                }
                Some(Line::End(counts)) => {
                    part.add(&counts);
                    has_end = true;
                }
                None => problems.push(format!("{}: a line is none of `bucketlint fleet`", path.display())),
            }
        }
        if !has_end {
            problems.push(format!("{}: the run that wrote it did not come to its end", path.display()));
        } else if (met.findings, met.unknown, met.diagnostics) != (part.findings, part.unknown, part.diagnostics) {
            problems.push(format!("{}: has other lines than its last line counts", path.display()));
        }
        sum.add(&part);
    }
    if let Some(expected) = args.expect.filter(|it| *it != sum.buckets) {
        problems.push(format!("{} buckets were judged, {expected} were expected", sum.buckets));
    }
    problems.dedup();
    for problem in problems {
        let diagnostic = Diagnostic::path("incomplete-fleet", Gravity::Incomplete, Path::new("fleet"), problem);
        diagnostics.push(lines::diagnostic("", &diagnostic).trim_end().to_owned());
        totals.diagnostic(Gravity::Incomplete);
        sum.diagnostics += 1;
    }
    (sum.findings, sum.unknown) = (0, 0);
    for (severity, status) in all.values() {
        totals.finding(*severity, *status, gate);
        match status {
            Status::Violated => sum.findings += 1,
            Status::Unknown => sum.unknown += 1,
        }
    }
    diagnostics.sort_unstable();
    let lines = diagnostics.iter().chain(all.keys());
    let mut text: String = lines.flat_map(|it| [it.as_str(), "\n"]).collect();
    text.push_str(&lines::end(&sum));
    terminal::print(&text).map_err(|error| format!("cannot write to standard output: {error}"))?;
    Ok(totals.code(gate))
}

fn read(path: &Path) -> Result<String, Complaint> {
    let mut text = String::new();
    let read = std::fs::File::open(path).and_then(|mut it| it.read_to_string(&mut text));
    read.map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text)
}
