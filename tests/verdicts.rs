//! Small stacks with the verdict that was predicted for them before they were first run: `testdata/verdicts.jsonl`.
//!
//! `public` and `unknown` count the buckets that are public, and those of which it is not known.

use bucketlint::check_texts;
use serde_json::Value;

#[test]
fn as_predicted() {
    let mut wrong = Vec::new();
    for line in include_str!("../testdata/verdicts.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let files: Vec<(&str, &str)> = case["files"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str().unwrap()))
            .collect();
        let summary = check_texts(&files).summary;
        let expected = ["public", "unknown"].map(|it| case[it].as_u64().unwrap());
        let got = [summary.public, summary.exposure_unknown].map(|it| u64::try_from(it).unwrap());
        if got != expected {
            wrong.push(format!("{}: {got:?}, expected {expected:?}", case["name"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
