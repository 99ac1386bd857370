//! What a change could slip past the gate with: environments, files that code reads, names of revisions.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;

use std::process::Command;

use serde_json::Value;

use folder::Folder;

/// A repository with one commit; `None` where there is no git.
fn repository(files: &[(&str, &str)]) -> Option<Folder> {
    if Command::new("git").arg("--version").output().is_err() {
        println!("skipped: there is no git");
        return None;
    }
    let it = Folder::new(files);
    git(&it, &["init", "-q", "-b", "main", "."]);
    commit(&it);
    Some(it)
}

fn git(of: &Folder, arguments: &[&str]) {
    let own = [
        "-c",
        "user.email=a@example.com",
        "-c",
        "user.name=a",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "tag.gpgsign=false",
    ];
    let done = Command::new("git").args(own).args(arguments).current_dir(&of.0).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn commit(of: &Folder) {
    git(of, &["add", "-A"]);
    git(of, &["commit", "-q", "-m", "x"]);
}

/// `rule status [environments]` of what counts, and the exit code.
fn counting(of: &Folder, arguments: &[&str]) -> (Vec<String>, i32) {
    let (out, err, code) = of.run_in(".", &[&["check", ".", "--format", "json"], arguments].concat());
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
    let one = |it: &Value| {
        let names: Vec<&str> = it["environments"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        format!("{} {} {names:?}", it["rule"].as_str().unwrap(), it["status"].as_str().unwrap())
    };
    let mut all: Vec<String> = report["findings"].as_array().unwrap().iter().map(one).collect();
    all.sort();
    (all, code)
}

const POLICY: &str = r#"variable "who" {}
resource "aws_s3_bucket" "b" {
  bucket = "b-example"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Sid = "Read", Effect = "Allow", Principal = { AWS = var.who }, Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" },
  ] })
}
"#;

/// What one environment has had does not cover what another gets.
#[test]
fn each_environment_is_compared_with_itself() {
    let own = "who = \"arn:aws:iam::111122223333:root\"\n";
    let foreign = "who = \"arn:aws:iam::444455556666:root\"\n";
    let environments = ["--environment", "test=test.tfvars", "--environment", "prod=prod.tfvars"];
    let asked = [&["--base", "HEAD", "--account", "111122223333"], &environments[..]].concat();
    for (test, order) in [(own, false), (foreign, false), (foreign, true)] {
        let Some(it) = repository(&[("main.tf", POLICY), ("test.tfvars", test), ("prod.tfvars", own)]) else { return };
        let mut asked = asked.clone();
        if order {
            asked.swap(5, 7);
        }
        assert_eq!(counting(&it, &asked).0, [""; 0]);
        it.write("prod.tfvars", foreign);
        let (found, code) = counting(&it, &asked);
        assert!(found.contains(&"access-widened violated [\"prod\"]".to_owned()), "{found:?}");
        assert!(found.iter().all(|it| it.ends_with("[\"prod\"]")), "{found:?}");
        assert_eq!(code, 1);
        if test == own {
            it.write("test.tfvars", foreign);
            let (found, _) = counting(&it, &asked);
            assert!(found.contains(&"access-widened violated [\"test\", \"prod\"]".to_owned()), "{found:?}");
        }
    }
    let acl =
        "variable \"acl\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n  acl    = var.acl\n}\n";
    let open = "acl = \"public-read\"\n";
    let files = [("main.tf", acl), ("test.tfvars", open), ("prod.tfvars", "acl = \"private\"\n")];
    let Some(it) = repository(&files) else { return };
    it.run_in(".", &[&["check", ".", "--write-baseline", "base.json"], &environments[..]].concat());
    let baseline = [&["--baseline", "base.json"], &environments[..]].concat();
    assert_eq!(counting(&it, &baseline), (Vec::new(), 0));
    it.write("prod.tfvars", open);
    let is_told = |found: &[String]| found.iter().any(|it| it == "acl-public-read violated [\"prod\"]");
    for asked in [&asked, &baseline] {
        let (found, code) = counting(&it, asked);
        assert!(is_told(&found) && !found.iter().any(|it| it.contains("test")), "{found:?}");
        assert_eq!(code, 1);
    }
}
