//! How much of real code is decided: each feature of each bucket of the reference corpus (skips where that is absent).
//!
//! `BUCKETLINT_SHARED=… cargo test --release --test decided -- --nocapture` prints the table of docs/performance.md.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

const FEATURES: [&str; 12] = [
    "public_access_block",
    "acl",
    "ownership",
    "versioning",
    "encryption",
    "policy",
    "logging",
    "object_lock",
    "lifecycle",
    "replication",
    "cors",
    "website",
];

#[derive(Clone, Copy, Default)]
struct Row {
    known: usize,
    absent: usize,
    partly: usize,
    open: usize,
}

#[test]
fn nearly_all_of_real_code_is_decided() {
    let corpus = std::env::var("BUCKETLINT_SHARED").map_or(PathBuf::from("../shared"), PathBuf::from).join("corpus");
    let Ok(folders) = std::fs::read_dir(&corpus) else {
        println!("skipped: {} is not there", corpus.display());
        return;
    };
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    let (mut buckets, mut whole) = (0, 0);
    let mut languages: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    for folder in folders {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
        let output = command.args(["model", ".", "--format", "json"]).current_dir(folder.unwrap().path()).output();
        let model: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
        // Calls of modules that are not here say nothing of most features: they are named as gaps, not as buckets.
        let own = model["buckets"].as_array().unwrap().iter().filter(|it| it["kind"] == "general");
        for bucket in own {
            buckets += 1;
            let is_decided = |feature: &&str| {
                let it = &bucket[*feature];
                it.is_null() || !(has_unknown(it, feature) && it["unknown"]["cause"] != "not-in-input")
            };
            let is_whole = usize::from(FEATURES[..6].iter().all(&is_decided));
            whole += is_whole;
            let language = languages.entry(bucket["format"].as_str().unwrap().to_owned()).or_default();
            *language = [language[0] + is_whole, language[1] + 1];
            if is_whole == 0 {
                let open: Vec<&&str> = FEATURES[..6].iter().filter(|it| !is_decided(it)).collect();
                println!("in part: {} {open:?}", bucket["address"]);
            }
            for feature in FEATURES {
                let row = rows.entry(feature).or_default();
                match &bucket[feature] {
                    Value::Null => row.absent += 1,
                    it if it.get("unknown").is_some() || it.get("one_of").is_some() => row.open += 1,
                    it if has_unknown(it, feature) => row.partly += 1,
                    _ => row.known += 1,
                }
            }
        }
    }
    let (mut all, mut open) = (0, 0);
    println!("| {buckets} buckets | known | absent | in part | open | decided |\n|---|---|---|---|---|---|");
    for feature in FEATURES {
        let row = rows[feature];
        let decided = 100.0 * (buckets - row.open) as f64 / buckets as f64;
        println!("| {feature} | {} | {} | {} | {} | {decided:.1} % |", row.known, row.absent, row.partly, row.open);
        all += buckets;
        open += row.open;
    }
    println!(
        "{whole} of {buckets} buckets are decided in the first six features, {:.1} %",
        100.0 * whole as f64 / buckets as f64
    );
    println!("{languages:?}");
    // One of several counts as open here, though it is decided once the condition is.
    assert!(open * 20 <= all, "{open} of {all} are open");
}

/// Nothing but an unknown value.
fn is_hole(text: &str) -> bool {
    text.starts_with("${") && text.ends_with('}') && text.matches("${").count() == 1
}

/// Whether something of a feature is unknown. Resources of a policy do not count (a policy in force names its own bucket), nor
/// does what the language cannot say (MFA Delete in CloudFormation), nor an account, a region or the ARN of another resource: these
/// are symbols that are compared as such.
fn has_unknown(value: &Value, feature: &str) -> bool {
    match value {
        Value::Object(map) => {
            let text = map.get("template").and_then(Value::as_str);
            let cause = map.get("unknown").and_then(|it| it["cause"].as_str());
            let is_symbol = matches!(cause, Some("deployment" | "computed"));
            if text.is_some_and(|it| is_symbol || !is_hole(it)) || cause == Some("not-in-input") {
                return false;
            }
            map.contains_key("unknown")
                || map.contains_key("one_of")
                || map.iter().any(|(key, it)| !(feature == "policy" && key == "resources") && has_unknown(it, feature))
        }
        Value::Array(items) => items.iter().any(|it| has_unknown(it, feature)),
        _ => false,
    }
}
