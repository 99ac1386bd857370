//! Real code: what `docs/fixes.md` says of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Folder, text, unknown_names, walk};

/// What the corpus says: see `docs/fixes.md`.
#[test]
fn the_corpus_is_fixed_without_harm() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let corpus = std::env::var_os("BUCKETLINT_SHARED").map_or(beside, PathBuf::from).join("corpus");
    if !corpus.is_dir() {
        println!("skipped: no {}", corpus.display());
        return;
    }
    println!("| repository | profile | findings | fixed | left | files edited |\n|---|---|---|---|---|---|");
    for repository in fs::read_dir(&corpus).unwrap() {
        let repository = repository.unwrap().path();
        // All rules take minutes without optimisation: BUCKETLINT_CORPUS=all asks for them.
        corpus_case(&repository, "default");
        if std::env::var_os("BUCKETLINT_CORPUS").is_some_and(|it| it == "all") {
            corpus_case(&repository, "all");
        }
    }
}

fn corpus_case(repository: &Path, profile: &str) {
    let folder = Folder::new(&[]);
    walk(repository, &mut |path| {
        let to = folder.0.join(path.strip_prefix(repository).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        // The copy can be written to, whatever the original is.
        fs::write(to, fs::read(path).unwrap()).unwrap();
    });
    let judged = || {
        let out = folder.run(&["--profile", profile, "--format", "json"]);
        let unknown = unknown_names(&out);
        let json: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        let key = |it: &serde_json::Value| format!("{} {} {}", it["rule"], it["resource"]["address"], it["status"]);
        let mut findings: BTreeMap<String, usize> = BTreeMap::new();
        json["findings"].as_array().unwrap().iter().for_each(|it| *findings.entry(key(it)).or_default() += 1);
        let broken = json["diagnostics"].as_array().unwrap().iter().filter(|it| it["code"] == "syntax-error").count();
        (findings, broken, unknown)
    };
    let misformatted = || {
        let run = Command::new("terraform").args(["fmt", "-check", "-list=true", "-recursive"]).arg(&folder.0).output();
        run.map(|it| text(&it.stdout).lines().map(str::to_owned).collect::<Vec<_>>()).unwrap_or_default()
    };
    let name = repository.file_name().unwrap().to_string_lossy();
    let (before, texts, odd) = (judged(), folder.texts(), misformatted());
    let run = folder.run(&["--profile", profile, "--fix", "--unsafe-fixes", "--quiet"]);
    assert_ne!(run.status.code(), Some(2), "{name}: {}", text(&run.stderr));
    let (after, fixed) = (judged(), folder.texts());
    for (key, count) in &after.0 {
        assert!(*count <= before.0.get(key).copied().unwrap_or(0), "{name}: {key} is new");
    }
    assert!(after.1 <= before.1, "{name}: a file does not parse any more");
    assert!(after.2 <= before.2, "{name}: a name that the provider or CloudFormation does not have");
    assert_eq!(misformatted(), odd, "{name}: terraform fmt");
    let total = |it: &BTreeMap<String, usize>| it.values().sum::<usize>();
    let edited = fixed.iter().filter(|(path, text)| texts.get(*path) != Some(*text)).count();
    let (old, new) = (total(&before.0), total(&after.0));
    println!("| {name} | {profile} | {old} | {} | {new} | {edited} |", old - new);
    folder.run(&["--profile", profile, "--fix", "--unsafe-fixes", "--quiet"]);
    assert_eq!(folder.texts(), fixed, "{name}: a second run has something to do");
}
