//! What each fuzz target does with its bytes: shared by `fuzz/` (libFuzzer) and `tests/fuzz_corpus.rs` (the stored corpus).
//!
//! A target fails by panicking: in the library, or in one of the properties that are asserted here.

mod code;
mod live;
mod own;
mod policies;
mod trees;
mod whole;

use std::path::{Path, PathBuf};

use bucketlint::source::{Diagnostic, Memory, Sources, Span};

/// A target's name and what it does.
pub type Target = (&'static str, fn(&[u8]));

pub const TARGETS: [Target; 18] = [
    ("json", trees::json),
    ("yaml", trees::yaml),
    ("hcl", trees::hcl),
    ("expression", code::expression),
    ("terraform", code::terraform),
    ("cloudformation", code::cloudformation),
    ("plan", code::plan),
    ("policy", policies::policy),
    ("rules", own::rules),
    ("suppressions", own::suppressions),
    ("config", own::config),
    ("snapshot", live::snapshot),
    ("records", live::records),
    ("saved", live::saved),
    ("diff", live::diff),
    ("trail", live::trail),
    ("alerts", live::alerts),
    ("check", whole::check),
];

/// One input for one target.
#[allow(dead_code, reason = "each of the two users has its own way in")]
pub fn run(target: &str, data: &[u8]) {
    let found = TARGETS.iter().find(|it| it.0 == target);
    found.unwrap_or_else(|| panic!("no target is called {target}")).1(data);
}

/// Whether this input is run twice: one of four, told by its bytes, so that it is always the same ones.
fn twice(data: &[u8]) -> bool {
    data.iter().fold(data.len(), |sum, it| sum.wrapping_mul(31).wrapping_add(usize::from(*it))) % 4 == 0
}

/// Texts in an input: parts begin with a line `-- NAME --`, as in `testdata/complaints`; what stands before the first is
/// the text of `first`.
fn parts<'a>(data: &'a [u8], first: &str) -> Vec<(PathBuf, &'a [u8])> {
    let mut out = Vec::new();
    let (mut name, mut start, mut at) = (first.to_owned(), 0, 0);
    for line in data.split_inclusive(|it| *it == b'\n') {
        let text = std::str::from_utf8(line).unwrap_or_default().trim_end();
        if let Some(next) = text.strip_prefix("-- ").and_then(|it| it.strip_suffix(" --")) {
            if start < at {
                out.push((PathBuf::from(&name), &data[start..at]));
            }
            (name, start) = (next.to_owned(), at + line.len());
        }
        at += line.len();
    }
    if start < at {
        out.push((PathBuf::from(name), &data[start..]));
    }
    out
}

fn memory(parts: &[(PathBuf, &[u8])]) -> Sources {
    Sources::new(Box::new(Memory::of_bytes(parts.iter().map(|(path, bytes)| (path.clone(), bytes.to_vec())))))
}

fn one(path: &str, text: &str) -> Sources {
    memory(&[(Path::new(path).to_owned(), text.as_bytes())])
}

/// A place lies in its file, and begins and ends between characters.
fn placed(sources: &Sources, at: Span) {
    let text = sources.text(at.file);
    assert!(text.get(at.range()).is_some(), "{at:?} is not in the {} bytes of its file", text.len());
}

fn all_placed(sources: &Sources, diagnostics: &[Diagnostic]) {
    for it in diagnostics {
        it.at.into_iter().for_each(|at| placed(sources, at));
        assert!(!it.message.is_empty() && !it.code.is_empty(), "{it:?}");
    }
}
