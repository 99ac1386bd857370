//! The repository's own workflows, and what `action.yml` uses: pinned to commits, with no more permissions than they need.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::runner::ACTION;

/// Name and text of each workflow, and of the action.
fn texts() -> Vec<(String, String)> {
    let folder = Path::new(ACTION).join(".github/workflows");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.push(Path::new(ACTION).join("action.yml"));
    paths.into_iter().map(|it| (it.display().to_string(), fs::read_to_string(it).unwrap())).collect()
}

/// A tag can be moved; a commit cannot.
#[test]
fn every_action_is_pinned_to_a_commit() {
    for (path, text) in texts() {
        for line in text.lines().map(|it| it.trim_start().trim_start_matches("- ")) {
            let Some(used) = line.strip_prefix("uses: ") else { continue };
            if used == "$/" {
                continue;
            }
            let (name, rest) = used.split_once('@').unwrap_or_else(|| panic!("{path}: {line}"));
            let (commit, version) = rest.split_once(" # v").unwrap_or_else(|| panic!("{path}: {line}"));
            assert!(commit.len() == 40 && commit.bytes().all(|it| it.is_ascii_hexdigit()), "{path}: {line}");
            assert!(version.starts_with(|it: char| it.is_ascii_digit()), "{path}: {line}");
            assert!(["actions/", "github/"].iter().any(|it| name.starts_with(it)), "another owner: {path}: {line}");
        }
    }
}

#[test]
fn workflows_have_few_permissions_and_paste_nothing() {
    for (path, text) in texts() {
        for fetched in ["curl ", "wget ", "| sh", "| bash", "pull_request_target", "secrets: inherit"] {
            assert!(!text.contains(fetched), "{path}: {fetched}");
        }
        let workflow: Value = serde_yaml::from_str(&text).unwrap();
        let Some(jobs) = workflow["jobs"].as_object() else { continue };
        let all = workflow["permissions"].as_object().unwrap_or_else(|| panic!("{path}: no permissions"));
        assert!(all.values().all(|it| it == "read"), "{path}: {all:?}");
        for (name, job) in jobs {
            assert!(job["timeout-minutes"].is_u64(), "{path}: {name} may run for hours");
            let writes = job["permissions"].as_object().into_iter().flatten().filter(|it| it.1 == "write").count();
            assert!(writes == 0 || (path.ends_with("release.yml") && name == "publish"), "{path}: {name}");
            for step in job["steps"].as_array().unwrap() {
                assert!(!step["run"].to_string().contains("${{"), "{path}: an expression is pasted into {step}");
                if step["uses"].as_str().is_some_and(|it| it.starts_with("actions/checkout@")) {
                    assert_eq!(step["with"]["persist-credentials"], false, "{path}: {name}");
                }
            }
        }
    }
}

/// A program that is built has a line in the manifest, and the action asks for it.
#[test]
fn the_targets_are_the_same_everywhere() {
    let read = |name: &str| fs::read_to_string(Path::new(ACTION).join(name)).unwrap();
    let release: Value = serde_yaml::from_str(&read(".github/workflows/release.yml")).unwrap();
    let matrix = release["jobs"]["build"]["strategy"]["matrix"]["include"].as_array().unwrap();
    let mut built: Vec<&str> = matrix.iter().map(|it| it["target"].as_str().unwrap()).collect();
    built.sort_unstable();
    for name in ["action/install.sh", "action/manifest.sh"] {
        let text = read(name);
        let words = text.split(|it: char| it.is_whitespace() || "=;".contains(it));
        let mut targets: Vec<&str> = words
            .filter(|it| it.matches('-').count() >= 2 && (it.starts_with("x86_64-") || it.starts_with("aarch64-")))
            .collect();
        targets.sort_unstable();
        assert_eq!(targets, built, "{name}");
    }
}
