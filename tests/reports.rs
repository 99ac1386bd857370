//! Reports from outside: several at once, the variables of the platforms, help, completions, manual pages.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PUBLIC: &str = "resource \"aws_s3_bucket\" \"open\" {\n  bucket = \"open\"\n}\n\nresource \"aws_s3_bucket_acl\" \"open\" {\n  bucket = aws_s3_bucket.open.id\n  acl    = var.acl\n}\n\nvariable \"acl\" {}\n";

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bucketlint-reports-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("infra")).unwrap();
        fs::write(path.join("infra/main.tf"), PUBLIC).unwrap();
        fs::write(path.join("prod.tfvars"), "acl = \"public-read\"\n").unwrap();
        fs::write(path.join("test.tfvars"), "acl = \"private\"\n").unwrap();
        Self(path)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn bucketlint(folder: &Path, args: &[&str], env: &[(&str, &Path)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    for name in ["NO_COLOR", "FORCE_COLOR", "COLUMNS", "GITHUB_WORKSPACE", "GITHUB_STEP_SUMMARY", "CI_PROJECT_DIR"] {
        command.env_remove(name);
    }
    command.envs(env.iter().copied()).args(args).current_dir(folder).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn one_run_writes_every_report() {
    let folder = Folder::new("all");
    let args =
        ["check", "infra", "--var", "acl=public-read", "-o", "sarif=x.sarif", "-o", "html=y.html", "-o", "pretty"];
    let more =
        ["-o", "json=j.json", "-o", "gitlab=g.json", "-o", "junit=u.xml", "-o", "csv=c.csv", "-o", "markdown=m.md"];
    let output = bucketlint(&folder.0, &[&args[..], &more[..]].concat(), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("critical[acl-public-read]"), "{}", stdout(&output));
    for name in ["x.sarif", "y.html", "j.json", "g.json", "u.xml", "c.csv", "m.md"] {
        let text = folder.read(name);
        assert!(text.contains("acl-public-read") && text.contains("infra/main.tf") && text.ends_with('\n'), "{name}");
    }
    let left: Vec<_> = fs::read_dir(&folder.0).unwrap().flatten().map(|it| it.file_name()).collect();
    assert!(left.iter().all(|it| !it.to_string_lossy().ends_with(".tmp")), "{left:?}");
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_anything_is_printed() {
    let folder = Folder::new("refused");
    for (args, message) in [
        (["-o", "html=no/such/x.html", "-o", "pretty"], "cannot write no/such/x.html"),
        (["-o", "html=x", "-o", "json=x"], "two outputs cannot go to one file"),
    ] {
        let output = bucketlint(&folder.0, &[&["check", "infra"], &args[..]].concat(), &[]);
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""));
        assert!(String::from_utf8_lossy(&output.stderr).contains(message), "{output:?}");
    }
}

#[test]
fn the_summary_of_a_step_is_added_to() {
    let folder = Folder::new("summary");
    let summary = folder.0.join("summary.md");
    let to = format!("markdown={}", summary.display());
    let run = || bucketlint(&folder.0, &["check", "infra", "-o", &to], &[("GITHUB_STEP_SUMMARY", &summary)]);
    fs::write(&summary, "# before\n").unwrap();
    assert_eq!(run().status.code(), Some(1));
    let text = folder.read("summary.md");
    assert!(text.starts_with("# before\n## ") && text.contains("bpa-missing"), "{text}");
    // Another step's commands have used it up: nothing that would make the platform drop the file.
    fs::write(&summary, "x".repeat(999_900)).unwrap();
    run();
    assert!(fs::metadata(&summary).unwrap().len() <= 1_000_000);
}

#[test]
fn places_start_from_the_root_of_the_repository() {
    let folder = Folder::new("root");
    let here = folder.0.join("infra");
    let text = stdout(&bucketlint(&here, &["check", "--format", "github"], &[("GITHUB_WORKSPACE", &folder.0)]));
    assert!(text.contains("file=infra/main.tf,line="), "{text}");
    let text = stdout(&bucketlint(&here, &["check", "--format", "github"], &[]));
    assert!(text.contains("file=main.tf,line="), "{text}");
    let text = stdout(&bucketlint(&here, &["check", "--format", "gitlab"], &[("CI_PROJECT_DIR", &folder.0)]));
    assert!(text.contains("\"path\": \"infra/main.tf\""), "{text}");
}

#[test]
fn no_environment_hides_another() {
    let folder = Folder::new("environments");
    let args = ["check", "infra", "--environment", "prod=prod.tfvars", "--environment", "test=test.tfvars"];
    let text = stdout(&bucketlint(&folder.0, &[&args[..], &["--format", "markdown"]].concat(), &[]));
    assert!(text.contains("| `aws_s3_bucket.open` (prod) | 🔴 public |"), "{text}");
    assert!(text.contains("| `aws_s3_bucket.open` (test) | "), "{text}");
}

#[test]
fn help_fits_a_screen_and_has_all_on_request() {
    let folder = Folder::new("help");
    let lines = |args: &[&str]| stdout(&bucketlint(&folder.0, args, &[])).lines().count();
    for args in [&["--help"][..], &["check", "--help"], &["check", "-h"], &["model", "-h"], &["explain-access", "-h"]] {
        let lines = lines(args);
        assert!((8..=42).contains(&lines), "{args:?}: {lines} lines; hide_short_help keeps it to a screen");
    }
    let all = stdout(&bucketlint(&folder.0, &["check", "--help-all"], &[]));
    assert!(all.contains("--organization-bpa") && all.contains("--var"), "{all}");
}

#[test]
fn shells_and_the_manual_know_the_program() {
    let folder = Folder::new("shells");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = stdout(&bucketlint(&folder.0, &["completions", shell], &[]));
        for word in ["bucketlint", "explain-access", "organization-bpa"] {
            assert!(script.contains(word), "{shell}: no {word}");
        }
    }
    for (args, title) in [(&["man"][..], ".TH bucketlint 1"), (&["man", "check"], ".TH bucketlint-check 1")] {
        let page = stdout(&bucketlint(&folder.0, args, &[]));
        assert!(page.contains(title), "{page}");
    }
    let output = bucketlint(&folder.0, &["man", "nothing"], &[]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_bucket_beside_what_could_not_be_read_is_not_called_shut() {
    let folder = Folder::new("broken");
    fs::write(folder.0.join("infra/broken.tf"), "resource \"aws_s3_bucket_policy\" \"open\" {\n  policy = \n").unwrap();
    let of = |format: &str| {
        stdout(&bucketlint(&folder.0, &["check", "infra", "--var", "acl=private", "--format", format], &[]))
    };
    let summary = of("markdown");
    assert!(summary.contains("❔ not public so far") && summary.contains("not read:"), "{summary}");
    assert!(of("html").contains("<span class=\"badge unknown\">not public so far</span>"));
}
