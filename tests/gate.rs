//! The GitHub Action's steps, run as the runner runs them: its files and variables are made by hand. Skipped without bash.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test may")]
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs one script of the action in a workspace under `root`.
fn step(root: &Path, script: &str, env: &[(&str, &str)]) -> Option<Output> {
    let action = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new("bash");
    command.arg(action.join("action").join(script)).current_dir(root.join("workspace"));
    command.env("GITHUB_ACTION_PATH", action).env("GITHUB_WORKSPACE", root.join("workspace"));
    command.env("GITHUB_OUTPUT", root.join("output")).env("GITHUB_STEP_SUMMARY", root.join("summary"));
    command.env("RUNNER_TEMP", root.join("temp")).env("GITHUB_TOKEN", "secret-token").envs(env.iter().copied());
    command.output().ok()
}

fn prepare(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let root = std::env::temp_dir().join(format!("bucketlint-gate-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&root);
    fs::create_dir_all(root.join("workspace")).unwrap();
    fs::create_dir_all(root.join("temp/bucketlint/release")).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_bucketlint"), root.join("temp/bucketlint/release/bucketlint")).unwrap();
    for (path, text) in files {
        fs::write(root.join("workspace").join(path), text).unwrap();
    }
    root
}

fn inputs(paths: &str) -> Vec<(&str, &str)> {
    vec![
        ("INPUT_PATHS", paths),
        ("INPUT_WORKING_DIRECTORY", "."),
        ("INPUT_PROFILE", "default"),
        ("INPUT_FAIL_ON", "medium"),
        ("INPUT_FAIL_ON_UNKNOWN", "false"),
        ("INPUT_RULES", ""),
        ("INPUT_SARIF_FILE", "bucketlint.sarif"),
        ("INPUT_JSON_FILE", "bucketlint.json"),
        ("INPUT_SUMMARY", "true"),
    ]
}

#[test]
fn the_check_step_writes_reports_outputs_and_summary() {
    let root = prepare("check", &[]);
    let Some(output) = step(&root, "check.sh", &inputs(".")) else {
        println!("skipped: no bash");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.starts_with("::stop-commands::") && text.contains("exit 0"), "{text}");
    let outputs = fs::read_to_string(root.join("output")).unwrap();
    let expected = "exit-code=0\nfindings=0\nunknown=0\nsarif-file=bucketlint.sarif\njson-file=bucketlint.json\n";
    assert_eq!(outputs, expected);
    assert!(fs::read_to_string(root.join("summary")).unwrap().contains("<pre>"));
    for name in ["bucketlint.sarif", "bucketlint.json"] {
        let text = fs::read_to_string(root.join("workspace").join(name)).unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }
    let _ = fs::remove_dir_all(root);
}

#[test]
fn an_input_is_never_run() {
    let root = prepare("inject", &[]);
    let hostile = "$(touch pwned)\n`touch pwned`\n--output=json=pwned\n; touch pwned";
    let Some(output) = step(&root, "check.sh", &inputs(hostile)) else {
        println!("skipped: no bash");
        return;
    };
    assert!(output.status.success());
    assert!(fs::read_to_string(root.join("output")).unwrap().starts_with("exit-code=2\n"));
    assert!(!root.join("workspace/pwned").exists());
    let _ = fs::remove_dir_all(root);
}

#[test]
fn the_gate_step_gives_the_exit_code() {
    let root = prepare("gate", &[]);
    for (code, incomplete, expected) in
        [("0", "true", 0), ("1", "true", 1), ("2", "true", 2), ("3", "true", 3), ("3", "false", 0)]
    {
        let Some(output) = step(&root, "gate.sh", &[("EXIT_CODE", code), ("FAIL_ON_INCOMPLETE", incomplete)]) else {
            println!("skipped: no bash");
            return;
        };
        assert_eq!(output.status.code(), Some(expected), "{code} {incomplete}");
    }
    let _ = fs::remove_dir_all(root);
}

/// Inputs reach scripts through the environment only: an expression inside `run` would be pasted as code.
#[test]
fn no_expression_inside_run() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml")).unwrap();
    let runs: Vec<&str> = text.lines().filter(|it| it.trim_start().starts_with("run:")).collect();
    assert_eq!(runs.len(), 3);
    assert!(runs.iter().all(|it| !it.contains("${{") && it.contains("run: bash \"$GITHUB_ACTION_PATH/")), "{runs:?}");
}
