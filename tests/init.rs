//! `init`: what it writes is read by those it is for, and what is there stays.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_yaml::Value;

static FOLDERS: AtomicUsize = AtomicUsize::new(0);

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("bucketlint-init-{}-{number}", std::process::id()));
        std::fs::create_dir_all(folder.join("infra")).unwrap();
        std::fs::create_dir_all(folder.join(".git")).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::create_dir_all(self.0.join(name).parent().unwrap()).unwrap();
        std::fs::write(self.0.join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> (String, String, i32) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
        let output = command.args(arguments).current_dir(&self.0).output().unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
        (out, err, output.status.code().unwrap())
    }

    fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        walk(&self.0, &mut found);
        let shown = |it: &PathBuf| it.strip_prefix(&self.0).unwrap().to_string_lossy().into_owned();
        let mut found: Vec<String> = found.iter().map(shown).collect();
        found.sort();
        found
    }
}

fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, found) } else { found.push(path) }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_configuration_that_the_parser_takes() {
    let folder = Folder::new();
    let (out, told, code) = folder.run(&["init"]);
    assert_eq!((out.as_str(), code), ("wrote ./bucketlint.yaml\n", 0), "{told}");
    assert_eq!(folder.files(), ["bucketlint.yaml"]);
    insta::assert_snapshot!(folder.read("bucketlint.yaml"));
    assert_eq!(folder.run(&["check", "."]).2, 0);
    // What is commented out is right too: prose has a blank after its sign, settings have none.
    let text = folder.read("bucketlint.yaml");
    let line = |it: &str| match it.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') || setting.starts_with("  ") => setting.to_owned(),
        _ => it.to_owned(),
    };
    let all: String = text.lines().map(|it| line(it) + "\n").collect();
    let keys: Value = serde_yaml::from_str(&all).unwrap();
    assert_eq!(keys.as_mapping().unwrap().len(), 8, "{all}");
    folder.write("bucketlint.yaml", &all);
    folder.write("prod.tfvars", "");
    let (_, told, code) = folder.run(&["check", "."]);
    assert_eq!(code, 0, "{told}");
    // What is there stays.
    let (out, told, code) = folder.run(&["init"]);
    assert!(out.is_empty() && code == 0 && told.contains("./bucketlint.yaml is there and stays as it is"), "{told}");
    assert_eq!(folder.read("bucketlint.yaml"), all);
}

const REV: &str = "0123456789abcdef0123456789abcdef01234567";

#[test]
fn a_hook_and_a_workflow() {
    let folder = Folder::new();
    let all = ["init", "infra", "--pre-commit", "--github-action"];
    let (out, told, code) = folder.run(&[&all[..], &["--dry-run"]].concat());
    assert_eq!((code, folder.files().len()), (0, 0), "{told}");
    assert_eq!(out.matches("@@ -0,0 +1,").count(), 3, "{out}");
    assert!(told.contains("no release of bucketlint is published"), "{told}");
    // Forty zeros are a text, as any commit is.
    assert!(out.contains("+    rev: \"0000000000000000000000000000000000000000\"\n"), "{out}");
    let (out, told, code) = folder.run(&[&all[..], &["--source", "acme/bucketlint", "--rev", REV]].concat());
    assert_eq!((code, told.as_str()), (0, ""));
    assert_eq!(out.lines().count(), 3, "{out}");
    assert_eq!(
        folder.files(),
        [".github/workflows/bucketlint.yml", ".pre-commit-config.yaml", "infra/bucketlint.yaml"]
    );
    let hook: Value = serde_yaml::from_str(&folder.read(".pre-commit-config.yaml")).unwrap();
    let repo = &hook["repos"][0];
    assert_eq!((repo["rev"].as_str(), repo["repo"].as_str()), (Some(REV), Some("https://github.com/acme/bucketlint")));
    // It reads the configuration that lies in the folder.
    assert_eq!(repo["hooks"][0]["args"][0].as_str(), Some("infra"));
    // The id is one that this repository offers.
    let offered: Value = serde_yaml::from_str(include_str!("../.pre-commit-hooks.yaml")).unwrap();
    assert!(offered.as_sequence().unwrap().iter().any(|it| it["id"] == repo["hooks"][0]["id"]));
    let text = folder.read(".github/workflows/bucketlint.yml");
    insta::assert_snapshot!(text);
    let workflow: Value = serde_yaml::from_str(&text).unwrap();
    assert_eq!(serde_yaml::to_string(&workflow["permissions"]).unwrap(), "contents: read\n");
    // The action has the inputs that the workflow gives.
    let action: Value = serde_yaml::from_str(include_str!("../action.yml")).unwrap();
    let step = &workflow["jobs"]["bucketlint"]["steps"][1];
    for input in step["with"].as_mapping().unwrap().keys() {
        assert!(action["inputs"].get(input).is_some(), "{input:?}");
    }
    // Again: nothing changes.
    let before: Vec<String> = folder.files().iter().map(|it| folder.read(it)).collect();
    let (out, told, _) = folder.run(&all);
    assert!(out.is_empty() && told.matches("stays as it is").count() == 3, "{out}{told}");
    assert_eq!(folder.files().iter().map(|it| folder.read(it)).collect::<Vec<_>>(), before);
}

/// Skipped without check-jsonschema (`pip install check-jsonschema`), which has the schemas of both.
#[test]
fn the_published_schemas_take_them() {
    let program = std::env::var("CHECK_JSONSCHEMA").unwrap_or_else(|_| "check-jsonschema".to_owned());
    if Command::new(&program).arg("--version").output().is_err() {
        println!("skipped: there is no check-jsonschema");
        return;
    }
    let folder = Folder::new();
    folder.run(&["init", "--pre-commit", "--github-action"]);
    let check = |arguments: &[&str], file: &str| {
        let done = Command::new(&program).args(arguments).arg(file).current_dir(&folder.0).output().unwrap();
        assert!(done.status.success(), "{file}: {}", String::from_utf8_lossy(&done.stdout));
    };
    check(&["--builtin-schema", "vendor.github-workflows"], ".github/workflows/bucketlint.yml");
    check(&["--builtin-schema", "custom.github-workflows-require-timeout"], ".github/workflows/bucketlint.yml");
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/config-1.schema.json");
    check(&["--schemafile", schema.to_str().unwrap()], "bucketlint.yaml");
}

#[test]
fn a_hook_beside_others() {
    let folder = Folder::new();
    let there = "default_stages: [pre-commit]\nrepos:\n  # ours\n  - repo: local\n    hooks:\n      - id: a\n        name: a\n        entry: a\n        language: system\n\nfail_fast: true\n";
    folder.write(".pre-commit-config.yaml", there);
    let (out, _, code) = folder.run(&["init", "--pre-commit", "--dry-run"]);
    assert!(code == 0 && out.contains("+  - repo: https://github.com/your-fork/bucketlint"), "{out}");
    assert_eq!(folder.read(".pre-commit-config.yaml"), there);
    let (out, _, _) = folder.run(&["init", "--pre-commit"]);
    assert!(out.contains("added the hook to ./.pre-commit-config.yaml"), "{out}");
    insta::assert_snapshot!(folder.read(".pre-commit-config.yaml"));
    let (_, told, _) = folder.run(&["init", "--pre-commit"]);
    assert!(told.contains(".pre-commit-config.yaml is there and stays"), "{told}");
    // Where it is not safe, what to add is printed.
    folder.write(".pre-commit-config.yaml", "repos: [{ repo: local, hooks: [] }]\n");
    let (out, told, code) = folder.run(&["init", "--pre-commit"]);
    assert!(code == 0 && told.contains("add this to `repos`") && out.contains("id: bucketlint"), "{told}");
    assert_eq!(folder.read(".pre-commit-config.yaml"), "repos: [{ repo: local, hooks: [] }]\n");
}

#[test]
fn what_cannot_be() {
    let folder = Folder::new();
    assert_eq!(folder.run(&["init", "nowhere"]).2, 2);
    for (arguments, expected) in [
        (["init", "--rev", "v1"], "tags and branches can be moved"),
        (["init", "--source", "https://x"], "expected OWNER/NAME"),
    ] {
        let (_, told, code) = folder.run(&arguments);
        assert!(code == 2 && told.contains(expected), "{told}");
    }
    std::fs::remove_dir(folder.0.join(".git")).unwrap();
    let (_, told, code) = folder.run(&["init", "--github-action"]);
    // A repository above the temporary folder is none of ours.
    assert!(
        code == 2 && told.contains("need a git repository")
            || folder.0.ancestors().skip(1).any(|it| it.join(".git").exists())
    );
}

/// A link is not replaced, nor written through, nor taken for a free name.
#[cfg(unix)]
#[test]
fn links_are_left() {
    use std::os::unix::fs::symlink;
    for (link, to, arguments) in [
        ("bucketlint.yaml", "nowhere.yaml", vec!["init"]),
        (".bucketlint.yaml", "nowhere.yaml", vec!["init"]),
        (".pre-commit-config.yaml", "nowhere.yaml", vec!["init", "--pre-commit"]),
        (".github", "nowhere", vec!["init", "--github-action"]),
        (".github", "infra", vec!["init", "--github-action"]),
        ("bucketlint.yaml", "nowhere.yaml", vec!["init", "--dry-run"]),
    ] {
        let folder = Folder::new();
        symlink(to, folder.0.join(link)).unwrap();
        let (out, told, code) = folder.run(&arguments);
        assert_eq!((out.as_str(), code), ("", 2), "{link}: {told}");
        assert!(told.contains(&format!("{link} is a symbolic link to {to}")), "{told}");
        assert_eq!(std::fs::read_link(folder.0.join(link)).unwrap(), Path::new(to));
        assert!(!folder.0.join("bucketlint.yaml").is_file(), "{link}: nothing is written");
    }
    let folder = Folder::new();
    folder.write("shared.yaml", "profile: strict\n");
    symlink("shared.yaml", folder.0.join("bucketlint.yaml")).unwrap();
    let (_, told, code) = folder.run(&["init"]);
    assert!(code == 0 && told.contains("is there and stays as it is"), "{told}");
    assert_eq!(folder.read("shared.yaml"), "profile: strict\n");
}

/// What `git apply` takes: a new file comes from nowhere, a name begins without a slash.
#[test]
fn a_dry_run_is_a_patch() {
    let folder = Folder::new();
    let (out, _, _) = folder.run(&["init", "--dry-run"]);
    assert!(out.starts_with("--- /dev/null\n+++ b/bucketlint.yaml\n@@ -0,0 +1,"), "{out}");
    let whole = folder.0.join("infra");
    let (out, _, _) = folder.run(&["init", "--dry-run", whole.to_str().unwrap()]);
    assert!(out.starts_with("--- /dev/null\n+++ b/infra/bucketlint.yaml\n"), "{out}");
}

/// A second configuration further down takes its folder away from the first, with what that locks.
#[test]
fn a_configuration_above_is_told() {
    let folder = Folder::new();
    assert!(!folder.run(&["init", "."]).1.contains("decides no more"));
    let (_, told, code) = folder.run(&["init", "infra"]);
    assert!(code == 0 && told.contains("bucketlint.yaml decides no more what is checked in infra"), "{told}");
}
