//! What a person reads about the shipped example: the README's transcript is taken from here.
#![allow(clippy::unwrap_used, reason = "a test may")]

use std::process::Command;

#[test]
fn the_example_reads_well() {
    let out = Command::new(env!("CARGO_BIN_EXE_bucketlint"))
        .args(["check", "testdata/example"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(1));
    let text = String::from_utf8(out.stdout).unwrap();
    insta::assert_snapshot!(text);
    let readme = include_str!("../README.md");
    let transcript = readme.split("$ bucketlint check testdata/example\n").nth(1).unwrap();
    for part in transcript.split("```").next().unwrap().split("[…]") {
        let told = part.trim_end().lines().filter(|line| !line.starts_with("exit "));
        for line in told.filter(|line| !line.is_empty()) {
            assert!(
                text.lines().any(|real| real.trim_end() == line.trim_end()),
                "README tells what is not printed: {line}"
            );
        }
    }
}
