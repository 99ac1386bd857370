//! Every `.tf` of the shared corpora that `terraform fmt` accepts is read without a loss.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;

fn collect(dir: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for path in entries.filter_map(Result::ok).map(|it| it.path()) {
        if path.is_dir() && !path.is_symlink() {
            collect(&path, out);
        } else if path.extension().is_some_and(|it| it == "tf") && path.is_file() {
            out.push(path);
        }
    }
}

/// Whether `terraform fmt` accepts a file: its exit code is 2 where it does not parse.
fn accepted(paths: &[PathBuf]) -> Option<BTreeSet<&PathBuf>> {
    let code = |paths: &[PathBuf]| {
        let mut command = Command::new("terraform");
        command.args(["fmt", "-check", "-list=false", "-no-color"]).args(paths);
        command.output().ok()?.status.code()
    };
    let mut out = BTreeSet::new();
    for chunk in paths.chunks(50) {
        if code(chunk)? != 2 {
            out.extend(chunk);
            continue;
        }
        for path in chunk {
            if code(std::slice::from_ref(path))? != 2 {
                out.insert(path);
            }
        }
    }
    Some(out)
}

#[test]
fn what_terraform_accepts_is_read() {
    let shared = std::env::var_os("BUCKETLINT_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let mut paths = Vec::new();
    collect(&shared, &mut paths);
    paths.sort();
    if paths.is_empty() {
        println!("skipped: no corpus at {}", shared.display());
        return;
    }
    let Some(accepted) = accepted(&paths) else {
        println!("skipped: no terraform on this machine");
        return;
    };
    let mut lost = Vec::new();
    let mut refused = Vec::new();
    let mut blocks = 0;
    for path in &paths {
        let Ok(text) = String::from_utf8(std::fs::read(path).unwrap()) else {
            println!("not UTF-8: {}", path.display());
            continue;
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let file = index(FILE, text);
        blocks += file.tree.blocks.len();
        file.tree.blocks.iter().for_each(|it| check_places(text, &it.body(text).tree));
        let losses = losses(text);
        match (accepted.contains(path), losses.is_empty()) {
            (true, false) => lost.push(format!("{}: {losses:?}", path.display())),
            (false, _) => refused.push(format!("{}: {losses:?}", path.display())),
            _ => (),
        }
    }
    println!(
        "{} files, {} accepted by terraform fmt, {blocks} blocks, {} lost",
        paths.len(),
        accepted.len(),
        lost.len()
    );
    println!("refused by terraform fmt, and what we say:\n{}", refused.join("\n"));
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}
