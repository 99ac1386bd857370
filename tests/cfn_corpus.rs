//! The templates that cfn-lint tests itself with, where they are at hand: what it parses we parse, nothing panics, and a table
//! of what is decided.
//!
//! `pip download --no-deps --no-binary :all: cfn-lint`, unpack it beside the reference material as `shared/cfn-lint`, or name
//! the folder in `BUCKETLINT_CFN_LINT`; `cargo test --test cfn_corpus -- --nocapture` prints the table.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Broken on purpose: cfn-lint refuses them too (`cfn-lint FILE` gives E0000, or the file is no template at all).
const BROKEN: &str = include_str!("cfn_corpus/broken.txt");

const FIELDS: [&str; 10] = [
    "name",
    "acl",
    "ownership",
    "public_access_block",
    "policy",
    "versioning",
    "encryption",
    "logging",
    "lifecycle",
    "deletion_policy",
];

fn folder() -> Option<PathBuf> {
    let shared = std::env::var("BUCKETLINT_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    let folder = std::env::var("BUCKETLINT_CFN_LINT").unwrap_or_else(|_| format!("{shared}/cfn-lint"));
    let fixtures = Path::new(&folder).join("test/fixtures/templates");
    fixtures.is_dir().then_some(fixtures)
}

fn templates_below(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            templates_below(&path, out);
        } else if path.extension().is_some_and(|it| it == "yaml" || it == "yml" || it == "json") {
            out.push(path);
        }
    }
}

#[derive(Default)]
struct Share {
    absent: usize,
    known: usize,
    open: BTreeMap<String, usize>,
}

#[test]
fn what_cfn_lint_parses_is_parsed() {
    let Some(fixtures) = folder() else {
        println!("skipped: the sources of cfn-lint are not at hand");
        return;
    };
    let mut paths = Vec::new();
    templates_below(&fixtures, &mut paths);
    paths.sort();
    let (mut buckets, mut templates, mut unread) = (0, 0, Vec::new());
    let mut shares: BTreeMap<&str, Share> = BTreeMap::new();
    for path in &paths {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
        let output = command.arg("model").arg(path).output().unwrap();
        let shown = path.strip_prefix(&fixtures).unwrap().to_string_lossy().into_owned();
        let model: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let diagnostics = model["diagnostics"].as_array().cloned().unwrap_or_default();
        let lost = |it: &Value| {
            ["syntax-error", "internal-error", "unknown-input"].contains(&it["code"].as_str().unwrap_or(""))
        };
        if let Some(it) = diagnostics.iter().find(|it| lost(it) && it["gravity"] != "note") {
            unread.push((shown, it["code"].to_string(), it["message"].to_string()));
            continue;
        }
        templates += 1;
        for bucket in model["buckets"].as_array().into_iter().flatten() {
            buckets += 1;
            for field in FIELDS {
                let share = shares.entry(field).or_default();
                match &bucket[field] {
                    Value::Null => share.absent += 1,
                    it => match causes(it) {
                        all if all.is_empty() => share.known += 1,
                        all => *share.open.entry(all.join("+")).or_default() += 1,
                    },
                }
            }
        }
    }
    println!("{} files, {templates} read, {buckets} buckets", paths.len());
    println!("{:20} {:>7} {:>7} {:>7}", "property", "absent", "decided", "share");
    for (field, share) in &shares {
        let open: usize = share.open.values().sum();
        let written = (share.known + open).max(1);
        let percent = 100 * share.known / written;
        println!("{field:20} {:>7} {:>7} {percent:>6} % {:?}", share.absent, share.known, share.open);
    }
    let broken: Vec<&str> = BROKEN.lines().filter(|it| !it.starts_with('#')).collect();
    let surprising: Vec<_> = unread.iter().filter(|it| !broken.contains(&it.0.as_str())).collect();
    assert!(surprising.is_empty(), "{surprising:#?}");
}

/// The causes of what is not known in a value.
fn causes(value: &Value) -> Vec<String> {
    let mut out: Vec<String> = match value {
        // A text with holes is known as far as it goes.
        Value::Object(map) if map.contains_key("template") => Vec::new(),
        Value::Object(map) => match map.get("unknown") {
            Some(it) if it.get("cause").is_some() => vec![it["cause"].as_str().unwrap_or_default().to_owned()],
            _ if map.contains_key("one_of") => vec!["conditional".to_owned()],
            _ => map.values().flat_map(causes).collect(),
        },
        Value::Array(all) => all.iter().flat_map(causes).collect(),
        _ => Vec::new(),
    };
    // MFA Delete cannot be said in a template.
    out.retain(|it| it != "not-in-input");
    out.sort();
    out.dedup();
    out
}
