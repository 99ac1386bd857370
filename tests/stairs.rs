//! The stairs go one way: a module may use only the modules listed before it in `src/lib.rs`; formats of `report` and
//! languages of `frontend` never use each other; no file grows past its limit, and each says what lives in it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test may")]

use std::fs;
use std::path::{Path, PathBuf};

const MAX_LINES: usize = 500;

/// Rooms whose siblings never use each other, and what they may share.
const SIBLINGS: &[(&str, &[&str])] = &[("report", &["shared"]), ("frontend", &["shared"])];

#[test]
fn the_stairs_go_one_way() {
    let stairs = stairs();
    assert!(10 <= stairs.len(), "lib.rs lists too few modules: {stairs:?}");
    let mut complaints = Vec::new();
    visit(&src(), &stairs, &mut complaints);
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn the_inspector_sees_a_climb() {
    let stairs = ["source", "report", "cli"].map(str::to_owned);
    let check = |shown: &str, text: &str, expected: usize| {
        let mut complaints = Vec::new();
        inspect(Path::new(shown), text, &stairs, &mut complaints);
        assert_eq!(complaints.len(), expected, "{complaints:?}");
    };
    check("source/fs.rs", "//! x\nuse crate::report::Places;", 1);
    check("source/fs.rs", "//! x\nuse crate::{cli::args, report};", 2);
    check("cli/mod.rs", "//! x\nuse crate::{report::Places, source};", 0);
    check("report/json.rs", "//! x\nuse super::sarif::log;", 1);
    check("report/json.rs", "//! x\nuse super::shared::Places;", 0);
    check("report/sarif/log.rs", "//! x\nuse super::super::json;", 1);
    check("report/sarif/log.rs", "//! x\nuse super::uri; use crate::report::json::SCHEMA;", 1);
    check("cli/x.rs", "use crate::source;", 1);
    check("cli/x.rs", &format!("//! x\n{}", "\n".repeat(MAX_LINES)), 1);
}

/// The modules in the order of `src/lib.rs`, lowest first.
fn stairs() -> Vec<String> {
    let lib = fs::read_to_string(src().join("lib.rs")).unwrap();
    lib.lines().filter_map(|it| it.strip_prefix("pub mod ")?.strip_suffix(';')).map(str::to_owned).collect()
}

fn visit(dir: &Path, stairs: &[String], complaints: &mut Vec<String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, stairs, complaints);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let shown = path.strip_prefix(src()).unwrap();
            inspect(shown, &fs::read_to_string(&path).unwrap(), stairs, complaints);
        }
    }
}

fn inspect(shown: &Path, text: &str, stairs: &[String], complaints: &mut Vec<String>) {
    let parts: Vec<&str> = shown.iter().map(|it| it.to_str().unwrap().trim_end_matches(".rs")).collect();
    if !text.starts_with("//!") {
        complaints.push(format!("{}: no //! line saying what lives here", shown.display()));
    }
    if MAX_LINES < text.lines().count() {
        complaints.push(format!("{}: longer than {MAX_LINES} lines", shown.display()));
    }
    let step = |module: &str| stairs.iter().position(|it| it == module);
    let Some(own) = step(parts[0]) else { return };
    let used = paths_after(text, "crate::");
    for module in used.iter().filter_map(|it| it.split("::").next()) {
        if step(module).is_some_and(|it| own < it) {
            complaints.push(format!("{}: `{}` climbs to `{module}`", shown.display(), parts[0]));
        }
    }
    let Some((room, shared)) = SIBLINGS.iter().find(|(room, _)| *room == parts[0]) else { return };
    let folder = src().join(room);
    for other in siblings_used(&parts, text, room) {
        let is_room = folder.join(&other).is_dir() || folder.join(format!("{other}.rs")).is_file();
        let exists = !other.is_empty() && is_room;
        if exists && other != parts[1] && !shared.contains(&other.as_str()) && parts[1] != "mod" {
            complaints.push(format!("{}: `{room}::{}` uses its sibling `{other}`", shown.display(), parts[1]));
        }
    }
}

/// Names of the room's children that a file speaks of: through `crate::room::`, or through enough `super::`.
fn siblings_used(parts: &[&str], text: &str, room: &str) -> Vec<String> {
    let is_mod = parts.last() == Some(&"mod");
    let depth = parts.len() - 1 - usize::from(is_mod);
    let up = "super::".repeat(depth);
    let mut used = paths_after(text, &format!("crate::{room}::"));
    if !up.is_empty() {
        used.extend(paths_after(text, &up));
    }
    used.iter().filter_map(|it| it.split("::").next()).map(str::to_owned).collect()
}

/// First segments of every `prefix` path, and of every item of `prefix{a::.., b}`. A longer run of `super::` is another
/// prefix.
fn paths_after(text: &str, prefix: &str) -> Vec<String> {
    let code: String = text.lines().filter(|it| !it.trim_start().starts_with("//")).collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    let mut rest = code.as_str();
    while let Some(at) = rest.find(prefix) {
        let is_longer = rest[..at].ends_with("super::");
        rest = &rest[at + prefix.len()..];
        if is_longer || rest.starts_with("super::") {
            continue;
        }
        let Some(list) = rest.strip_prefix('{') else {
            found.push(segment(rest));
            continue;
        };
        let (mut depth, mut item) = (1, String::new());
        for c in list.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => found.push(segment(&std::mem::take(&mut item))),
                _ if depth == 1 => item.push(c),
                _ => (),
            }
            if depth == 0 {
                break;
            }
        }
        found.push(segment(&item));
    }
    found
}

fn segment(path: &str) -> String {
    path.trim_start().chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect()
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}
