//! The GitHub Action as the runner runs it: `action.yml` is read, its expressions are evaluated, its steps are executed with the
//! runner's files and variables made by hand, and what they print is read for workflow commands. Skipped without bash or git.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test may")]
#![cfg(unix)]

mod hooks;
mod install;
mod runner;
mod workflows;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use runner::{ACTION, Job};

fn bucket(actions: &str) -> String {
    format!(
        r#"resource "aws_s3_bucket" "b" {{
  bucket = "b-example"
}}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Sid = "Read", Effect = "Allow", Principal = {{ AWS = "arn:aws:iam::111122223333:role/reader" }}, Action = {actions}, Resource = "${{aws_s3_bucket.b.arn}}/*" }},
  ] }})
}}
"#
    )
}

const OPEN: &str = "resource \"aws_s3_bucket\" \"open\" {\n  bucket = \"open-example\"\n}\nresource \"aws_s3_bucket_acl\" \"open\" {\n  bucket = aws_s3_bucket.open.id\n  acl    = \"public-read\"\n}\n";
const CONFIG: &str = "context: { account: \"111122223333\" }\n";

#[test]
fn annotations_summary_reports_outputs_and_exit_code() {
    let Some(job) = Job::new(&[("infra/main.tf", OPEN)]) else { return };
    let done = job.uses(&[("paths", "infra")]);
    assert_eq!(done.code, 1, "{done:?}");
    done.outputs(&[
        ("exit-code", "1"),
        ("findings", "3"),
        ("widened", "0"),
        ("suppressed", "0"),
        ("unknown", "0"),
        ("sarif-file", "bucketlint.sarif"),
        ("json-file", "bucketlint.json"),
    ]);
    assert!(done.has(&["::error file=infra/main.tf,line=6,", "acl-public-read"]), "{:#?}", done.annotations);
    assert!(done.commands.is_empty(), "{:?}", done.commands);
    assert!(done.summary.contains("## ❌ bucketlint") && done.summary.contains("acl-public-read"), "{}", done.summary);
    assert!(done.log.contains("critical[acl-public-read]"), "{}", done.log);
    let sarif = job.read_json("bucketlint.sarif");
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(results.iter().any(|it| it["ruleId"] == "acl-public-read"));
    let json = job.read_json("bucketlint.json");
    assert_eq!(json["findings"].as_array().unwrap().len(), 3);
    assert_eq!(json["summary"]["exit_code"], 1);

    // From another folder: paths of annotations and outputs start from the workspace.
    let done = job.uses(&[("working-directory", "infra/"), ("sarif-file", "out.sarif"), ("fail-on", "never")]);
    assert_eq!(done.code, 0, "{done:?}");
    done.outputs(&[("exit-code", "0"), ("findings", "3"), ("sarif-file", "infra/out.sarif")]);
    assert!(done.has(&["::error file=infra/main.tf,line=6,"]), "{:#?}", done.annotations);
    assert!(job.workspace().join("infra/out.sarif").is_file());
}

#[test]
fn annotations_and_summary_can_be_switched_off() {
    let Some(job) = Job::new(&[("main.tf", OPEN)]) else { return };
    let done = job.uses(&[("annotations", "false"), ("summary", "false")]);
    assert_eq!(done.code, 1);
    done.outputs(&[("findings", "3")]);
    assert!(done.annotations.len() == 1 && !done.has(&["file="]), "{:?}", done.annotations);
    assert_eq!(done.summary, "");
    // A word that is neither is no switch.
    assert_eq!(job.uses(&[("annotations", "no")]).code, 2);
    assert_eq!(job.uses(&[("fail-on-unknown", "True")]).code, 2);
    assert_eq!(job.uses(&[("upload-sarif", "yes")]).code, 2);
}

/// The program gets no token, and the steps before this job's keep their summary.
#[test]
fn the_program_sees_next_to_nothing() {
    let Some(job) = Job::new(&[("main.tf", OPEN)]) else { return };
    // What the code under check says about building and about git is not obeyed.
    job.write(".cargo/config.toml", "[build]\nrustc-wrapper = \"./pwned\"\n");
    job.uses(&[]);
    let seen = fs::read_to_string(job.root.join("seen")).unwrap();
    assert!(!seen.contains("secret"), "{seen}");
    let names = seen.lines().filter_map(|it| it.split_once('=')).map(|it| it.0).filter(|it| !it.starts_with("GIT_"));
    let mut names: Vec<&str> = names.filter(|it| !["PWD", "SHLVL", "_"].contains(it)).collect();
    names.sort_unstable();
    assert_eq!(names, ["COLUMNS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "PATH"]);
    let built_in = fs::read_to_string(job.root.join("built-in")).unwrap();
    assert_eq!(Path::new(built_in.trim()).canonicalize().unwrap(), Path::new(ACTION).canonicalize().unwrap());
}

#[test]
fn a_pull_request_is_compared_with_its_base() {
    let before = bucket("\"s3:GetObject\"");
    let files = [("infra/main.tf", before.as_str()), ("old/main.tf", OPEN), ("bucketlint.yaml", CONFIG)];
    let Some(mut job) = Job::new(&files) else { return };
    let base = job.git(&["rev-parse", "HEAD"]);
    job.write("infra/main.tf", &bucket("[\"s3:GetObject\", \"s3:DeleteObject\"]"));
    job.commit();
    let all: usize = job.uses(&[]).outputs["findings"].parse().unwrap();
    job.event = json!({ "pull_request": { "base": { "sha": base } } });
    let done = job.uses(&[("base", "auto")]);
    assert_eq!(done.code, 1, "{done:?}");
    done.outputs(&[("exit-code", "1"), ("findings", "1"), ("widened", "1"), ("suppressed", &all.to_string())]);
    assert!(done.has(&["file=infra/main.tf", "access-widened", "s3:DeleteObject"]), "{:#?}", done.annotations);
    assert!(!done.has(&["old/main.tf"]) && !done.has(&["base is auto"]), "{:#?}", done.annotations);
    assert!(done.summary.contains("access-widened"), "{}", done.summary);
    assert!(job.read_json("bucketlint.sarif")["runs"][0]["results"].to_string().contains("access-widened"));

    // Named, from a folder; the change undone brings nothing.
    let done = job.uses(&[("base", "HEAD~1"), ("working-directory", "infra")]);
    done.outputs(&[("findings", "1"), ("widened", "1")]);
    job.write("infra/main.tf", &before);
    let done = job.uses(&[("base", &base)]);
    assert_eq!(done.code, 0, "{done:?}");
    done.outputs(&[("exit-code", "0"), ("findings", "0"), ("widened", "0"), ("suppressed", &all.to_string())]);

    // A base that is not there is never passed over: everything counts, and it is said.
    for (event, said) in [
        (json!({}), "the event names no pull request"),
        (json!({ "pull_request": { "base": { "sha": "0".repeat(40) } } }), "fetch-depth: 0"),
        (json!({ "pull_request": { "base": { "sha": "--help\n::add-mask::x" } } }), "is no commit"),
    ] {
        job.event = event;
        let done = job.uses(&[("base", "auto")]);
        assert_eq!(done.code, 1, "{done:?}");
        done.outputs(&[("findings", &all.to_string()), ("widened", "0")]);
        assert!(done.has(&["::notice title=bucketlint::base is auto", said]), "{:#?}", done.annotations);
        assert!(done.summary.contains("> base is auto") && done.summary.contains(said), "{}", done.summary);
        assert!(done.commands.is_empty());
    }
    // One that was asked for by name stops the run.
    let done = job.uses(&[("base", "nowhere")]);
    assert_eq!(done.code, 2);
    done.outputs(&[("exit-code", "2"), ("findings", ""), ("sarif-file", ""), ("json-file", "")]);
    assert!(done.summary.contains("nothing was judged") && done.log.contains("no revision `nowhere`"), "{done:?}");
    assert!(!job.workspace().join("bucketlint.sarif").exists(), "the report of an earlier run is left");
}

/// A change may bring a folder that looks like a repository, whose history says that nothing changes.
#[test]
fn history_comes_from_the_real_repository() {
    let Some(mut job) = Job::new(&[("infra/main.tf", &bucket("\"s3:GetObject\"")), ("bucketlint.yaml", CONFIG)]) else {
        return;
    };
    let base = job.git(&["rev-parse", "HEAD"]);
    job.write("infra/main.tf", &bucket("[\"s3:GetObject\", \"s3:DeleteObject\"]"));
    let head = job.commit();
    job.git(&["clone", "-q", "--bare", ".", "fake"]);
    job.git(&["--git-dir=fake", "update-ref", &format!("refs/replace/{base}"), &head]);
    job.git(&["--git-dir=fake", "config", "core.bare", "false"]);
    job.git(&["--git-dir=fake", "config", "core.worktree", "."]);
    let copy = Command::new("cp").args(["-r", "fake/.", "infra"]).current_dir(job.workspace()).output().unwrap();
    assert!(copy.status.success());
    fs::remove_dir_all(job.workspace().join("fake")).unwrap();
    job.event = json!({ "pull_request": { "base": { "sha": base } } });
    for with in [[("paths", "infra"), ("base", "auto")], [("working-directory", "infra"), ("base", "auto")]] {
        let done = job.uses(&with);
        assert!(done.code == 2 && done.log.contains("bare repository"), "{done:?}");
    }
}

/// A clone without history, as `actions/checkout` makes it by default.
#[test]
fn a_shallow_clone_is_said_to_be_one() {
    let Some(mut job) = Job::new(&[("main.tf", OPEN)]) else { return };
    let base = job.git(&["rev-parse", "HEAD"]);
    job.commit();
    fs::rename(job.workspace(), job.root.join("origin")).unwrap();
    let url = format!("file://{}", job.root.join("origin").display());
    let clone = Command::new("git").args(["clone", "-q", "--depth", "1", &url]).arg(job.workspace()).output().unwrap();
    assert!(clone.status.success());
    job.event = json!({ "pull_request": { "base": { "sha": base } } });
    let done = job.uses(&[("base", "auto")]);
    assert!(done.code == 1 && done.has(&["::notice ", "fetch-depth: 0"]), "{done:?}");
    done.outputs(&[("findings", "3")]);
    job.git(&["fetch", "-q", "--unshallow"]);
    let done = job.uses(&[("base", "auto")]);
    assert!(done.code == 0 && !done.has(&["fetch-depth"]), "{done:?}");
    done.outputs(&[("findings", "0"), ("suppressed", "3")]);
}

#[test]
fn configuration_and_baseline() {
    let Some(job) = Job::new(&[("main.tf", OPEN), ("bucketlint.yaml", "fail-on: never\n")]) else { return };
    // What the configuration says is not overruled by defaults of the action, only by inputs.
    let done = job.uses(&[]);
    assert_eq!(done.code, 0, "{done:?}");
    done.outputs(&[("findings", "3")]);
    assert_eq!(job.uses(&[("fail-on", "critical")]).code, 1);
    job.write("ci/strict.yaml", "fail-on: low\n");
    assert_eq!(job.uses(&[("config", "ci/strict.yaml")]).code, 1);
    job.write("ci/wrong.yaml", "fail-onn: low\n");
    let done = job.uses(&[("config", "ci/wrong.yaml")]);
    assert!(done.code == 2 && done.log.contains("did you mean `fail-on`"), "{done:?}");

    let mut write = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    write.args(["check", "--write-baseline", "baseline.json"]).current_dir(job.workspace()).output().unwrap();
    let done = job.uses(&[("baseline", "baseline.json"), ("fail-on", "low")]);
    assert_eq!(done.code, 0, "{done:?}");
    done.outputs(&[("findings", "0"), ("suppressed", "3")]);
    assert_eq!(job.uses(&[("baseline", "nowhere.json")]).code, 2);
}

/// With `policy-from` a pull request does not weaken what judges it.
#[test]
fn the_policy_of_the_base() {
    let Some(mut job) = Job::new(&[("main.tf", OPEN), ("bucketlint.yaml", "fail-on: low\n")]) else { return };
    let base = job.git(&["rev-parse", "HEAD"]);
    job.write("bucketlint.yaml", "fail-on: never\nexclude: ['*']\n");
    job.commit();
    // Which leaves nothing to judge.
    assert_eq!(job.uses(&[("policy-from", "auto")]).code, 3, "no pull request: the checkout decides");
    job.event = json!({ "pull_request": { "base": { "sha": base } } });
    assert_eq!(job.uses(&[]).code, 3);
    let done = job.uses(&[("policy-from", "auto")]);
    assert_eq!(done.code, 1, "{done:?}");
    done.outputs(&[("findings", "5")]);
    assert_eq!(job.uses(&[("policy-from", &base)]).code, 1);
    for sha in ["0".repeat(40), "--help\n::add-mask::x".to_owned()] {
        job.event = json!({ "pull_request": { "base": { "sha": sha } } });
        let done = job.uses(&[("policy-from", "auto")]);
        assert_eq!(done.code, 2, "{done:?}");
        assert!(done.commands.is_empty());
    }
}

/// Whatever an input holds, it stays a value.
#[test]
fn an_input_is_never_run() {
    let Some(job) = Job::new(&[("main.tf", OPEN)]) else { return };
    let names =
        ["paths", "working-directory", "config", "profile", "fail-on", "baseline", "base", "policy-from", "rules"];
    let names = names.iter().chain(&["sarif-file", "json-file", "annotations", "summary", "fail-on-unknown"]);
    let names = names.chain(&["reports", "upload-sarif", "install", "version"]);
    let values = [
        "$(touch pwned)`touch pwned`; touch pwned #",
        "'; touch pwned; '\"; touch pwned; \"",
        "--output=json=pwned",
        "x\n::add-mask::x\nexit-code=0\n::set-env name=PATH::pwned",
        "x[$(touch pwned)]",
    ];
    for name in names {
        for value in values {
            let done = job.uses(&[(name, value)]);
            let is_file = ["sarif-file", "json-file"].contains(name) && !value.contains('\n');
            assert_eq!(done.code, if is_file { 1 } else { 2 }, "{name} {value:?} {done:?}");
            assert!(done.commands.is_empty(), "{name} {value:?} {:?}", done.commands);
            assert_ne!(done.outputs["exit-code"], "0", "{name} {value:?}");
            let is_pwned = |it: &Path| it.join("pwned").exists();
            assert!(!is_pwned(&job.workspace()) && !is_pwned(Path::new(ACTION)), "{name} {value:?}");
        }
    }
}

/// Nor does the code under check say anything to the runner.
#[test]
fn the_code_gives_no_commands() {
    let hostile = OPEN.replace("open-example", "x\\n::add-mask::x\\n::set-env name=A::b%0A::error::c");
    let hostile = format!("# ::add-mask::x\n{hostile}\n::add-mask::x\n");
    let Some(job) = Job::new(&[("::add-mask::x.tf", &hostile), ("a\n::add-mask::x.tf", OPEN)]) else { return };
    let done = job.uses(&[]);
    assert_ne!(done.code, 0);
    assert!(done.commands.is_empty(), "{:?}", done.commands);
    assert!(done.annotations.iter().all(|it| !it.contains("\n")));
    assert!(done.has(&["::error file="]), "{done:?}");
}

#[test]
fn the_gate_step_gives_the_exit_code() {
    let Some(job) = Job::new(&[]) else { return };
    let run = "bash \"$GITHUB_ACTION_PATH/action/gate.sh\"";
    for (code, incomplete, expected) in [
        ("0", "true", 0),
        ("1", "true", 1),
        ("2", "true", 2),
        ("3", "true", 3),
        ("3", "false", 0),
        ("3", "no", 3),
        ("", "false", 2),
        ("$(touch pwned)", "false", 2),
    ] {
        let own = [("EXIT_CODE", code.to_owned()), ("FAIL_ON_INCOMPLETE", incomplete.to_owned())];
        assert_eq!(job.step(run, &own).0, expected, "{code} {incomplete}");
    }
    assert!(!job.workspace().join("pwned").exists());
    // Nothing that can be judged: incomplete.
    job.write("main.tf", "locals {{{\n");
    let done = job.uses(&[]);
    assert_eq!((done.code, done.outputs["exit-code"].as_str()), (3, "3"), "{done:?}");
    assert_eq!(job.uses(&[("fail-on-incomplete", "false")]).code, 0);
}

/// Inputs reach scripts through the environment only: an expression inside `run` would be pasted as code.
#[test]
fn no_expression_inside_run() {
    let text = fs::read_to_string(Path::new(ACTION).join("action.yml")).unwrap();
    let runs: Vec<&str> = text.lines().filter(|it| it.trim_start().starts_with("run:")).collect();
    assert_eq!(runs.len(), 3);
    assert!(runs.iter().all(|it| !it.contains("${{") && it.contains("run: bash \"$GITHUB_ACTION_PATH/")), "{runs:?}");
    for line in text.lines().filter(|it| it.contains("${{")) {
        let (name, value) = line.trim().split_once(": ").unwrap();
        let is_env = name.bytes().all(|it| it.is_ascii_uppercase() || it == b'_');
        assert!(
            (is_env || ["value", "sarif_file", "category"].contains(&name))
                && value.starts_with("${{ ")
                && value.ends_with(" }}"),
            "{line}"
        );
    }
    // Every input is used.
    let action: Value = serde_yaml::from_str(&text).unwrap();
    for name in action["inputs"].as_object().unwrap().keys() {
        assert!(text.contains(&format!("${{{{ inputs.{name} }}}}")), "{name}");
        let readme = fs::read_to_string(Path::new(ACTION).join("README.md")).unwrap();
        assert!(readme.contains(&format!("`{name}`")), "README.md does not name the input {name}");
    }
}

/// Numbers of a run that judged nothing would read as "nothing found".
#[test]
fn no_numbers_where_nothing_was_judged() {
    let Some(job) = Job::new(&[("main.tf", OPEN)]) else { return };
    let done = job.uses(&[("paths", "nowhere")]);
    assert_eq!(done.code, 2);
    done.outputs(&[("exit-code", "2"), ("findings", ""), ("widened", ""), ("suppressed", ""), ("unknown", "")]);
}

/// What a report would replace is looked at by the program before anything goes, whoever names it; the steps behind are told in any case.
#[test]
fn nothing_is_removed_for_a_report() {
    let code = OPEN.to_owned();
    let Some(job) = Job::new(&[("infra/main.tf", &code), ("bucketlint.json/x", "")]) else { return };
    std::os::unix::fs::symlink("infra/main.tf", job.workspace().join("link.sarif")).unwrap();
    std::os::unix::fs::symlink("infra", job.workspace().join("evil")).unwrap();
    for (name, value) in [
        ("sarif-file", "infra/main.tf"),
        ("json-file", "infra/main.tf"),
        ("sarif-file", "link.sarif"),
        ("sarif-file", "evil/new.sarif"),
        ("reports", "html=link.sarif"),
        ("json-file", "bucketlint.json"),
        ("summary", "perhaps"),
    ] {
        let json = if name == "json-file" { value } else { "out.json" };
        let done = job.uses(&[("json-file", json), (name, value)]);
        assert_eq!(done.outputs["exit-code"], "2", "{name} {value}: {}", done.log);
        assert_eq!((done.outputs["json-file"].as_str(), done.code), ("", 2), "{name} {value}");
        assert_eq!(std::fs::read_to_string(job.workspace().join("infra/main.tf")).unwrap(), code, "{name} {value}");
        assert!(!job.workspace().join("infra/new.sarif").exists());
    }
    // A report of before is replaced, and not told as this run's where this run wrote none.
    job.uses(&[("json-file", "out.json")]).outputs(&[("exit-code", "1"), ("json-file", "out.json")]);
    job.uses(&[("json-file", "out.json")]).outputs(&[("exit-code", "1"), ("json-file", "out.json")]);
    job.uses(&[("json-file", "out.json"), ("profile", "nonsense")]).outputs(&[("exit-code", "2"), ("json-file", "")]);
}
