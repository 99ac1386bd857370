//! Expressions of every form against the real `terraform`: `tests/golden/expressions.tsv` says what it planned and applied
//! (`tests/golden/expressions.py` asks it again).
//!
//! What Terraform knows in the plan must be known to us and equal; what it knows after apply only may be known to us, and never
//! otherwise than it turns out; what it refuses is never a known value.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test")]

use std::process::Command;

use serde_json::Value;

const HEAD: &str = r#"
resource "terraform_data" "u" { input = "value" }
resource "terraform_data" "n" { input = 3 }
resource "terraform_data" "t" { input = true }
resource "terraform_data" "l" { input = ["a", "b"] }
resource "terraform_data" "m" { input = { k = "v" } }
locals {
  s  = "text"
  xs = ["one", "two", "three"]
  o  = { a = 1, b = "two", c = [true, null] }
  os = [{ id = "x", n = 1 }, { id = "y", n = 2 }, { id = "x", n = 3 }]
}
"#;

/// Where we differ on purpose, with the reason.
const DIFFERENT: [(&str, &str); 2] =
    [("sha256(\"value\")", "hashes name nothing that matters here: unknown"), ("sha256(local.s)", "the same")];

#[test]
fn as_planned_and_applied() {
    let rows: Vec<Vec<&str>> = include_str!("golden/expressions.tsv")
        .lines()
        .filter(|it| !it.starts_with('#'))
        .map(|it| it.splitn(3, '\t').collect())
        .collect();
    let mut main = HEAD.to_owned();
    for (at, row) in rows.iter().enumerate() {
        main += &format!("resource \"aws_s3_bucket\" \"e{at}\" {{\n  bucket = jsonencode({})\n}}\n", row[0]);
    }
    let folder = std::env::temp_dir().join(format!("bucketlint-expressions-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("main.tf"), main).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    let output = command.args(["model", ".", "--format", "json"]).current_dir(&folder).output().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let model: Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: std::collections::BTreeMap<&str, &Value> =
        model["buckets"].as_array().unwrap().iter().map(|it| (it["address"].as_str().unwrap(), &it["name"])).collect();
    let (mut wrong, mut precise, mut open) = (Vec::new(), 0, 0);
    for (at, row) in rows.iter().enumerate() {
        let [text, planned, applied] = row.as_slice() else { continue };
        if DIFFERENT.iter().any(|it| it.0 == *text) {
            continue;
        }
        let name = names.get(format!("aws_s3_bucket.e{at}").as_str());
        // A name that is not wholly known is shown with its holes.
        let value = name.and_then(|it| it.as_str()).and_then(|it| serde_json::from_str::<Value>(it).ok());
        let shown = name.and_then(|it| it["template"].as_str()).map(unescaped);
        let wanted = serde_json::from_str::<Value>(applied).ok();
        let fits = match (*planned, &value) {
            ("error", value) => value.is_none(),
            (_, Some(value)) => same(value, wanted.as_ref().unwrap()),
            ("known", None) => false,
            (_, None) => shown.as_deref().is_none_or(|it| could_be(it, applied)),
        };
        open += usize::from(*planned == "open");
        precise += usize::from(*planned == "open" && value.is_some());
        if !fits {
            wrong.push(format!("{text}: {planned} {applied}, ours {name:?}"));
        }
    }
    println!("{} expressions; of {open} that Terraform does not know, {precise} are known here", rows.len());
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

/// `jsonencode` writes these as escapes.
fn unescaped(text: &str) -> String {
    text.replace("\\u003c", "<").replace("\\u003e", ">").replace("\\u0026", "&")
}

/// Whether a text whose unknown parts are shown as `${…}` can turn out as another: parts that are known stand in it in order.
fn could_be(shown: &str, text: &str) -> bool {
    let mut known = Vec::new();
    let mut rest = shown;
    while let Some((before, hole)) = rest.split_once("${") {
        known.push(before);
        // Names of unknown values hold braces themselves.
        let mut depth = 1;
        let end = hole.find(|it| {
            depth += i32::from(it == '{') - i32::from(it == '}');
            depth == 0
        });
        rest = end.map_or("", |it| &hole[it + 1..]);
    }
    known.push(rest);
    let mut at = 0;
    for (index, part) in known.iter().enumerate() {
        let found = match index {
            0 => text.starts_with(part).then_some(0),
            _ if index + 1 == known.len() => {
                text.len().checked_sub(part.len()).filter(|it| at <= *it && text.ends_with(part))
            }
            _ => text[at..].find(part).map(|it| at + it),
        };
        match found {
            Some(it) => at = it + part.len(),
            None => return false,
        }
    }
    true
}

/// Equal, numbers as doubles.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}
