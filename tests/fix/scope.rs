//! A fix that reaches beyond what was asked about is unsafe.

use std::process::Command;

use super::{Folder, text};

const MODULE: &str = "variable \"name\" {}\n\nvariable \"policy\" {\n  default = null\n}\n\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = var.name\n}\n\nresource \"aws_s3_bucket_public_access_block\" \"b\" {\n  bucket                  = aws_s3_bucket.b.id\n  block_public_acls       = true\n  ignore_public_acls      = true\n  block_public_policy     = false\n  restrict_public_buckets = false\n}\n\nresource \"aws_s3_bucket_policy\" \"b\" {\n  count  = var.policy == null ? 0 : 1\n  bucket = aws_s3_bucket.b.id\n  policy = var.policy\n}\n";
const DATA: &str = "module \"b\" {\n  source = \"../../modules/b\"\n  name   = \"data-b\"\n}\n";
const SITE: &str = "module \"b\" {\n  source = \"../../modules/b\"\n  name   = \"site-b\"\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::site-b/*\" }] })\n}\n";

fn repository(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new(files);
    std::fs::create_dir(folder.0.join(".git")).unwrap();
    folder
}

/// Runs `--fix` on some paths, in the folder `cwd`: what it says, whether the module was changed, and the first reason why a fix is
/// unsafe.
fn fixed(folder: &Folder, cwd: &str, paths: &[&str], more: &[&str]) -> (String, bool, String) {
    let run = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
        let here = folder.0.join(cwd);
        command.args(["check", "--disable", "versioning"]).args(more).args(paths).env("NO_COLOR", "1");
        text(&command.current_dir(here).output().unwrap().stdout)
    };
    let hints: serde_json::Value = serde_json::from_str(&run(&["--format", "json"])).unwrap();
    let because = hints["findings"].as_array().unwrap().iter().find_map(|it| it["fix"]["because"].as_str());
    let because = because.unwrap_or_default().to_owned();
    let before = folder.read("modules/b/main.tf");
    let out = run(&[&["--fix"], more].concat());
    (out, before != folder.read("modules/b/main.tf"), because)
}

#[test]
fn modules_that_others_call() {
    let all = [("modules/b/main.tf", MODULE), ("envs/data/main.tf", DATA), ("envs/site/main.tf", SITE)];
    let without = &all[..2];
    // Not asked about.
    for (cwd, path) in [("", "envs/data"), ("envs/data", "."), ("envs", "data/main.tf")] {
        for files in [&all[..], without] {
            let folder = repository(files);
            let (out, changed, because) = fixed(&folder, cwd, &[path], &[]);
            assert!(!changed, "{out}");
            assert!(because.contains("modules/b/main.tf, which was not asked about"), "{because}");
            let (out, changed, _) = fixed(&folder, cwd, &[path], &["--unsafe-fixes"]);
            assert!(changed, "{out}");
        }
    }
    // Asked about, but another calls it.
    for paths in [&["envs/data", "modules"][..], &["modules/b"]] {
        let (out, changed, because) = fixed(&repository(&all), "", paths, &[]);
        let is_told = ["envs/site", "envs/data"].iter().any(|it| because.contains(&format!("{it} calls the module")));
        assert!(!changed && is_told, "{because} {out}");
    }
    let (out, changed, because) = fixed(&repository(&all), "", &["."], &[]);
    assert!(!changed && !because.is_empty(), "{because} {out}");
    // Nobody else does.
    let (out, changed, because) = fixed(&repository(without), "", &["."], &[]);
    assert!(changed && because.is_empty(), "{because} {out}");
    let (out, changed, because) = fixed(&repository(without), "", &["envs/data", "modules"], &[]);
    assert!(changed && because.is_empty(), "{because} {out}");
}

/// By way of another module, by Terragrunt, in JSON.
#[test]
fn callers_by_other_ways() {
    let outer = "module \"b\" {\n  source = \"../b\"\n  name   = \"outer-b\"\n}\n";
    let data = DATA.replace("modules/b", "modules/outer");
    let site = "module \"o\" {\n  source = \"../../modules/outer\"\n}\n";
    let unit = "terraform {\n  source = \"../../modules//b\"\n}\n\ninputs = {\n  name = \"unit-b\"\n}\n";
    let json = "{ \"module\": { \"b\": { \"source\": \"../../modules/b\", \"name\": \"json-b\" } } }\n";
    for (path, code) in [("envs/site/main.tf", site), ("envs/unit/terragrunt.hcl", unit), ("envs/j/main.tf.json", json)]
    {
        let files = [
            ("modules/b/main.tf", MODULE),
            ("modules/outer/main.tf", outer),
            ("envs/data/main.tf", data.as_str()),
            (path, code),
        ];
        let (out, changed, because) = fixed(&repository(&files), "", &["envs/data", "modules"], &[]);
        let caller = path.rsplit_once('/').unwrap().0;
        assert!(!changed && because.contains(&format!("{caller} calls the module")), "{because} {out}");
    }
}
