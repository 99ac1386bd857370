//! One bucket, seven ways to say it: Terraform, its JSON syntax, CloudFormation as YAML and as JSON, CDK output, a plan, and the
//! live bucket. Models and findings are equal. `testdata/same/generate.py` writes the configurations.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

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

/// Rules about what only one form can say: MFA Delete (Terraform, the live bucket), what a reply leaves out (the live bucket), and
/// the account, of which saved answers speak and the code of one bucket does not.
const OF_ONE_FORM: [&str; 3] = ["mfa-delete", "account-bpa", "sse-c-unsaid"];

/// Forms of code.
const CODE: [&str; 6] = ["terraform", "terraform-json", "cloudformation", "cloudformation-json", "cdk", "plan"];

/// Saved answers of `aws s3api`: of a bucket without the defaults of April 2023 (older, or they were taken away), and of one of
/// today, which has them wherever code says nothing else. A bucket of today has no form of its own where code says both Block
/// Public Access and ownership (it is the same), and none where its policy or ACL is public and code does not lift Block Public
/// Access: S3 refuses that change. What S3 states and code leaves out is in [`as_s3_says_it`]; no field is left aside beyond.
const LIVE: [&str; 2] = ["live", "live-today"];

/// Configurations that no live bucket has.
const NO_LIVE_FORM: [(&str, &str); 1] = [(
    "dead-acl",
    "S3 refuses BucketOwnerEnforced while an ACL grants anything to others, and such an ACL afterwards; without it the canned \
     ACL leaves no trace",
)];

/// The account of the bucket: who collects answers has it from `get-caller-identity`, code has it from `--account`.
const ACCOUNT: &str = "111122223333";

type Said = (BTreeMap<&'static str, Value>, BTreeSet<String>);

#[test]
fn every_form_is_the_same_bucket() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/same");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.retain(|it| it.extension().is_some_and(|it| it == "txt"));
    paths.sort();
    assert!(25 <= paths.len());
    let all = std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let parts = paths.chunks(paths.len().div_ceil(threads));
        let parts: Vec<_> =
            parts.map(|it| scope.spawn(|| it.iter().map(|it| configuration(it)).collect::<Vec<_>>())).collect();
        parts.into_iter().flat_map(|it| it.join().unwrap()).collect::<Vec<_>>()
    });
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for form in all.iter().flat_map(|it| &it.0) {
        *counts.entry(form).or_default() += 1;
    }
    let wrong: Vec<&str> = all.iter().flat_map(|it| &it.1).map(String::as_str).collect();
    println!("{} configurations, forms {counts:?}, {} differences", paths.len(), wrong.len());
    assert!(25 <= counts[LIVE[0]]);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The forms of a configuration, and how they differ.
fn configuration(path: &Path) -> (BTreeSet<String>, Vec<String>) {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).unwrap();
    let root = std::env::temp_dir().join(format!("bucketlint-same-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&root);
    let (mut forms, mut wrong) = (BTreeSet::new(), Vec::new());
    for part in text.split("\n-- ").skip(1) {
        let (file, text) = part.split_once(" --\n").unwrap();
        std::fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
        std::fs::write(root.join(file), text).unwrap();
        forms.insert(file.split('/').next().unwrap().to_owned());
    }
    let first = read(&root, CODE[0]);
    for form in CODE.into_iter().filter(|it| *it != CODE[0]) {
        assert!(forms.contains(form), "{name} {form}");
        compare(&format!("{name} {form}"), &first, &read(&root, form), &mut wrong);
    }
    assert_eq!(forms.contains(LIVE[0]), !NO_LIVE_FORM.iter().any(|it| it.0 == name), "{name}");
    for form in LIVE.into_iter().filter(|it| forms.contains(*it)) {
        let own = read(&root, &snapshot(&root, form));
        compare(&format!("{name} {form}"), &as_s3_says_it(&first, form == LIVE[1]), &own, &mut wrong);
    }
    std::fs::remove_dir_all(&root).unwrap();
    (forms, wrong)
}

fn read(root: &Path, form: &str) -> Said {
    (model(root, form), findings(root, form))
}

fn compare(what: &str, first: &Said, own: &Said, wrong: &mut Vec<String>) {
    for field in FIELDS {
        if first.0[field] != own.0[field] {
            wrong.push(format!("{what} {field}: {} and {}", first.0[field], own.0[field]));
        }
    }
    let only = |a: &Said, b: &Said| -> Vec<String> { a.1.difference(&b.1).cloned().collect() };
    if first.1 != own.1 {
        wrong.push(format!("{what}: {:?} and {:?}", only(first, own), only(own, first)));
    }
}

/// Name of the snapshot of a folder of saved answers. Every question was answered.
fn snapshot(root: &Path, form: &str) -> String {
    let file = format!("{form}.json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    let output = command.args(["snapshot", "--from", form, "-o", &file]).current_dir(root).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    file
}

/// What code says, with what S3 states where code leaves it out.
fn as_s3_says_it(code: &Said, today: bool) -> Said {
    let (mut model, mut findings) = code.clone();
    model.insert("acl", grants(&model["acl"]));
    // Tags are a set: S3 gives them in an order of its own.
    if let Some(tags) = model.get_mut("tags").unwrap().as_array_mut() {
        tags.sort_by_key(|it| it["key"].to_string());
    }
    as_arn(model.get_mut("policy").unwrap());
    // Since January 2023: https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
    let default = json!({ "rules": [{ "algorithm": "AES256", "kms_key": null, "bucket_key_enabled": null, "blocked_types": null }] });
    let encryption = model.get_mut("encryption").unwrap();
    if or(encryption, default) {
        assert!(findings.remove("sse-default violated"), "it is about what code leaves out");
    }
    for rule in encryption["rules"].as_array_mut().unwrap() {
        or(&mut rule["bucket_key_enabled"], json!(false));
        if today {
            or(&mut rule["blocked_types"], json!(["SSE-C"]));
        }
    }
    if today {
        let all = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];
        let all = all.iter().map(|it| ((*it).to_owned(), json!(true))).collect();
        if or(model.get_mut("public_access_block").unwrap(), all) {
            assert!(findings.remove("bpa-missing violated"), "it is about what code leaves out");
        }
        or(model.get_mut("ownership").unwrap(), json!("BucketOwnerEnforced"));
    }
    (model, findings)
}

/// Whether there was none.
fn or(value: &mut Value, default: Value) -> bool {
    let is_left_out = value.is_null();
    if is_left_out {
        *value = default;
    }
    is_left_out
}

/// S3 keeps the id of an account as its principal's ARN, which is longer.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts>
fn as_arn(policy: &mut Value) {
    let mut longer = 0;
    let Some(statements) = policy.get_mut("statements").and_then(Value::as_array_mut) else { return };
    for statement in statements {
        for principal in statement["principals"].as_array_mut().unwrap() {
            let text = principal["text"].as_str().unwrap().to_owned();
            if text.len() == 12 && text.bytes().all(|it| it.is_ascii_digit()) {
                let arn = format!("arn:aws:iam::{text}:root");
                longer += arn.len() - text.len();
                principal["text"] = json!(arn);
            }
        }
    }
    if 0 < longer {
        policy["size"] = json!(policy["size"].as_u64().unwrap() + longer as u64);
    }
}

/// The grants that a canned ACL stands for; every ACL begins with the owner's.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl>
fn grants(acl: &Value) -> Value {
    let others: &[(&str, &str)] = match acl["canned"].as_str() {
        Some("public-read") => &[("AllUsers", "READ")],
        Some("public-read-write") => &[("AllUsers", "READ"), ("AllUsers", "WRITE")],
        Some("authenticated-read") => &[("AuthenticatedUsers", "READ")],
        Some("log-delivery-write") => &[("LogDelivery", "WRITE"), ("LogDelivery", "READ_ACP")],
        other => {
            assert!(matches!(other, None | Some("private")), "{other:?}");
            &[]
        }
    };
    let owner = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a";
    let mut all = vec![json!({ "grantee": { "canonical_user": owner, "own": true }, "permission": "FULL_CONTROL" })];
    all.extend(others.iter().map(|it| json!({ "grantee": it.0, "permission": it.1 })));
    json!({ "canned": null, "grants": all })
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
    let report = run(root, &["check", form, "--profile", "all", "--format", "json", "--account", ACCOUNT]);
    let shown = |it: &Value| format!("{} {}", it["rule"].as_str().unwrap(), it["status"].as_str().unwrap());
    let all = report["findings"].as_array().unwrap().iter();
    all.filter(|it| !OF_ONE_FORM.contains(&it["rule"].as_str().unwrap())).map(shown).collect()
}
