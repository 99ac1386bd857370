//! One bucket, six ways to say it: Terraform, its JSON syntax, CloudFormation as YAML and as JSON, CDK output, a plan. Models and
//! findings are equal. `testdata/same/generate.py` writes the configurations.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What every form can say. MFA Delete, `force_destroy` and `DeletionPolicy` are of one tool each.
const FIELDS: [&str; 16] = [
    "name",
    "kind",
    "acl",
    "ownership",
    "public_access_block",
    "policy",
    "encryption",
    "logging",
    "object_lock",
    "lifecycle",
    "replication",
    "cors",
    "website",
    "notification",
    "acceleration",
    "tags",
];

/// Rules about what only one tool can say.
const OF_ONE_TOOL: [&str; 1] = ["mfa-delete"];

#[test]
fn every_form_is_the_same_bucket() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/same");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.retain(|it| it.extension().is_some_and(|it| it == "txt"));
    paths.sort();
    assert!(25 <= paths.len());
    let mut wrong = Vec::new();
    for path in &paths {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).unwrap();
        let root = std::env::temp_dir().join(format!("bucketlint-same-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        let mut forms = Vec::new();
        for part in text.split("\n-- ").skip(1) {
            let (file, text) = part.split_once(" --\n").unwrap();
            let form = file.split('/').next().unwrap().to_owned();
            std::fs::create_dir_all(root.join(&form)).unwrap();
            std::fs::write(root.join(file), text).unwrap();
            forms.push(form);
        }
        assert_eq!(forms.len(), 6, "{name}");
        let mut first: Option<(BTreeMap<&str, Value>, BTreeSet<String>)> = None;
        for form in &forms {
            let own = (model(&root, form), findings(&root, form));
            let Some(first) = &first else {
                first = Some(own);
                continue;
            };
            for field in FIELDS {
                if first.0[field] != own.0[field] {
                    wrong.push(format!("{name} {form} {field}: {} and {}", first.0[field], own.0[field]));
                }
            }
            let differ: Vec<_> = first.1.symmetric_difference(&own.1).collect();
            if !differ.is_empty() {
                wrong.push(format!("{name} {form}: {differ:?}"));
            }
        }
        std::fs::remove_dir_all(&root).unwrap();
    }
    println!("{} configurations in 6 forms, {} differences", paths.len(), wrong.len());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn run(root: &Path, args: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    let output = command.args(args).current_dir(root).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The features of the one bucket, places removed.
fn model(root: &Path, form: &str) -> BTreeMap<&'static str, Value> {
    let model = run(root, &["model", form]);
    let [bucket] = model["buckets"].as_array().unwrap().as_slice() else { return BTreeMap::new() };
    let status = bucket["versioning"]["status"].clone();
    let mut out: BTreeMap<&str, Value> = FIELDS.iter().map(|it| (*it, placeless(&bucket[*it]))).collect();
    out.insert("kind", Value::from(vec![bucket["kind"].clone(), status, bucket["exposure"]["public"].clone()]));
    out
}

fn placeless(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            map.iter().filter(|it| it.0 != "location").map(|(key, it)| (key.clone(), placeless(it))).collect()
        }
        Value::Array(all) => all.iter().map(placeless).collect(),
        other => other.clone(),
    }
}

fn findings(root: &Path, form: &str) -> BTreeSet<String> {
    let report = run(root, &["check", form, "--profile", "all", "--format", "json"]);
    let shown = |it: &Value| format!("{} {}", it["rule"].as_str().unwrap(), it["status"].as_str().unwrap());
    let all = report["findings"].as_array().unwrap().iter();
    all.filter(|it| !OF_ONE_TOOL.contains(&it["rule"].as_str().unwrap())).map(shown).collect()
}
