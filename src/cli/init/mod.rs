//! `init`: a configuration, and on wish a hook and a workflow. What is there is never overwritten.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::fix::unified;

use super::args::Init;
use super::commands::Complaint;
use super::{rewrite, terminal};

const CONFIG: &str = include_str!("bucketlint.yaml");
const HOOK: &str = include_str!("hook.yaml");
const WORKFLOW: &str = include_str!("workflow.yaml");

/// Stands where the user has not said where bucketlint comes from. No release is published: there is no commit to offer.
const NO_SOURCE: &str = "your-fork/bucketlint";
const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

/// `init`.
pub fn init(args: &Init) -> Result<u8, Complaint> {
    if !args.dir.is_dir() {
        return Err(format!("{}: no such folder", args.dir.display()));
    }
    let root = repository(&args.dir);
    let needs_root = args.pre_commit || args.github_action;
    let root = match (root, needs_root) {
        (None, true) => return Err(format!("{}: hook and workflow need a git repository", args.dir.display())),
        (root, _) => root.unwrap_or_default(),
    };
    let own = |names: &[&str]| names.iter().map(|it| Wanted::new(&args.dir, it)).collect::<Result<Vec<_>, _>>();
    let roots = |names: &[&str]| names.iter().map(|it| Wanted::new(&root, it)).collect::<Result<Vec<_>, _>>();
    let config = own(&super::config::NAMES)?;
    let hook_at = if args.pre_commit { roots(&[".pre-commit-config.yaml"])? } else { Vec::new() };
    let workflows = [".github/workflows/bucketlint.yml", ".github/workflows/bucketlint.yaml"];
    let workflows = if args.github_action { roots(&workflows)? } else { Vec::new() };
    // Nothing is written before all of it is known to be possible.
    if let Some(file) = first_free(&config) {
        // What stands above decides this folder until now, with what it locks.
        if let Some(other) = super::config::above(&args.dir) {
            terminal::complain(&format!(
                "{} decides no more what is checked in {}: the configuration there is nearer, and nothing of another counts beside it",
                other.display(),
                args.dir.display()
            ));
        }
        write(args, &file.path, CONFIG)?;
    }
    if let Some(it) = hook_at.first() {
        hook(args, it, &root)?;
    }
    if let Some(file) = first_free(&workflows) {
        write(args, &file.path, &workflow(args, &root)?)?;
    }
    if needs_root && (args.source.is_none() || args.rev.is_none()) {
        terminal::complain(&format!(
            "no release of bucketlint is published: put your fork and a commit of it that you have read where `{NO_SOURCE}` and \
             `{NO_COMMIT}` stand (or name them with --source and --rev); until then hook and workflow stop with an error"
        ));
    }
    if !needs_root {
        terminal::complain("--pre-commit adds the hook, --github-action a workflow");
    }
    Ok(0)
}

/// The root of the repository that a folder is in.
fn repository(dir: &Path) -> Option<PathBuf> {
    let real = dir.canonicalize().ok()?;
    let root = real.ancestors().find(|it| it.join(".git").exists())?;
    // As the user named it, where that is the root.
    Some(if root == real { dir.to_owned() } else { root.to_owned() })
}

/// A file that is to be there.
struct Wanted {
    path: PathBuf,
    is_there: bool,
}

impl Wanted {
    /// A file below a folder. What leads to it is looked at, not followed: a link may lead out of the repository, and one that
    /// leads nowhere is no free name.
    fn new(folder: &Path, name: &str) -> Result<Self, Complaint> {
        let mut path = folder.to_owned();
        let mut is_there = false;
        for part in Path::new(name) {
            path.push(part);
            let Ok(meta) = path.symlink_metadata() else {
                is_there = false;
                continue;
            };
            is_there = true;
            if meta.is_symlink() {
                let to =
                    std::fs::read_link(&path).map_or_else(|_| "elsewhere".to_owned(), |it| it.display().to_string());
                let whole = folder.join(name);
                // What is there and whole is read, and stays.
                if path == whole && path.is_file() {
                    continue;
                }
                return Err(format!(
                    "{} is a symbolic link to {to}, which init does not write through: remove it, or put a file there",
                    path.display()
                ));
            }
        }
        Ok(Self { path, is_there })
    }
}

/// The first of several names for one file, where none of them is taken; says which one is.
fn first_free(names: &[Wanted]) -> Option<&Wanted> {
    match names.iter().find(|it| it.is_there) {
        Some(there) => {
            left(&there.path);
            None
        }
        None => names.first(),
    }
}

fn left(path: &Path) {
    terminal::complain(&format!("{} is there and stays as it is", path.display()));
}

fn say(text: &str) -> Result<(), Complaint> {
    terminal::print(text).map_err(|error| format!("cannot write to standard output: {error}"))
}

/// Writes a file that is not there, or prints it.
fn write(args: &Init, path: &Path, text: &str) -> Result<(), Complaint> {
    if args.dry_run {
        return say(&unified(&shown(path), None, text));
    }
    let cannot = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
    if let Some(parent) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(cannot)?;
    }
    terminal::write_file(path, text).map_err(cannot)?;
    say(&format!("wrote {}\n", path.display()))
}

/// A path from the working folder on, where it is in it.
fn shown(path: &Path) -> String {
    let base = super::world::base().unwrap_or_default();
    path.strip_prefix(base).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

fn filled(args: &Init, text: &str) -> String {
    text.replace("{source}", args.source.as_deref().unwrap_or(NO_SOURCE))
        .replace("{rev}", args.rev.as_deref().unwrap_or(NO_COMMIT))
}

/// The folder as hook and workflow name it: from the root on, as a text of YAML. `None` where it is the root.
fn folder(args: &Init, root: &Path) -> Result<Option<String>, Complaint> {
    let real = |it: &Path| it.canonicalize().map_err(|error| format!("{}: {error}", it.display()));
    let (dir, root) = (real(&args.dir)?, real(root)?);
    let below = dir.strip_prefix(&root).unwrap_or(Path::new(""));
    let parts: Vec<String> = below.components().map(|it| it.as_os_str().to_string_lossy().into_owned()).collect();
    if parts.is_empty() {
        return Ok(None);
    }
    let paths = parts.join("/");
    // A JSON string is a YAML string; plain words need no quotes.
    let plain = paths.bytes().all(|it| it.is_ascii_alphanumeric() || b"/._-".contains(&it)) && !paths.starts_with('-');
    Ok(Some(if plain { paths } else { serde_json::Value::from(paths).to_string() }))
}

fn workflow(args: &Init, root: &Path) -> Result<String, Complaint> {
    let folder = folder(args, root)?.unwrap_or_else(|| ".".to_owned());
    Ok(filled(args, WORKFLOW).replace("{paths}", &folder))
}

/// The hook in a new file, or at the end of the list that is there.
fn hook(args: &Init, file: &Wanted, root: &Path) -> Result<(), Complaint> {
    let (mut hook, path) = (filled(args, HOOK), file.path.as_path());
    // Else it would judge all of the repository, by another configuration or none.
    if let Some(folder) = folder(args, root)? {
        hook.push_str(&format!("      args: [{folder}]\n"));
    }
    if !file.is_there {
        return write(args, path, &format!("repos:\n{}", indented(&hook, "  ", "\n")));
    }
    let old = std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    if has_hook(&old) {
        left(path);
        return Ok(());
    }
    let Some(new) = with_hook(&old, &hook) else {
        terminal::complain(&format!(
            "{} is not written so that a hook can be put in; add this to `repos`:",
            path.display()
        ));
        return say(&hook);
    };
    if args.dry_run {
        return say(&unified(&shown(path), Some(&old), &new));
    }
    let text = old.strip_prefix('\u{feff}').unwrap_or(&old);
    let new = new.strip_prefix('\u{feff}').unwrap_or(&new);
    let one = |text: &str| BTreeMap::from([(path.to_owned(), text.to_owned())]);
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    rewrite::write(&one(new), &one(text), &[folder.to_owned()])?;
    say(&format!("added the hook to {}\n", path.display()))
}

fn parsed(text: &str) -> Option<serde_yaml::Value> {
    serde_yaml::from_str(text).ok()
}

/// Whether a hook of ours is among those of a configuration.
fn has_hook(text: &str) -> bool {
    let Some(config) = parsed(text) else { return false };
    let list =
        |it: &serde_yaml::Value, key: &str| it.get(key).and_then(|it| it.as_sequence()).cloned().unwrap_or_default();
    let hooks = list(&config, "repos").iter().flat_map(|it| list(it, "hooks")).collect::<Vec<_>>();
    hooks.iter().any(|it| it.get("id").and_then(|it| it.as_str()).is_some_and(|it| it.starts_with("bucketlint")))
}

/// The configuration with one more entry at the end of `repos`; `None` where the text cannot be told to mean just that.
fn with_hook(old: &str, hook: &str) -> Option<String> {
    let lines: Vec<&str> = old.lines().collect();
    let at = lines.iter().position(|it| it.trim_end() == "repos:" || it.starts_with("repos: #"))?;
    let item = lines.iter().skip(at + 1).find(|it| it.trim_start().starts_with("- "))?;
    let indent = item.get(..item.len() - item.trim_start().len())?;
    // The list ends before the next key of the same floor, or with the text; comments and blank lines after it stay behind it.
    let is_next = |it: &&str| !it.starts_with([' ', '-', '#']) && !it.trim().is_empty();
    let end = lines.iter().skip(at + 1).position(is_next).map_or(lines.len(), |it| at + 1 + it);
    let last = lines.get(..end)?.iter().rposition(|it| !it.trim().is_empty() && !it.trim_start().starts_with('#'))?;
    let newline = if old.contains("\r\n") { "\r\n" } else { "\n" };
    let offset: usize = old.split_inclusive('\n').take(last + 1).map(str::len).sum();
    let (before, after) = old.split_at_checked(offset)?;
    let joint = if before.ends_with('\n') { "" } else { newline };
    let new = format!("{before}{joint}{}{after}", indented(hook, indent, newline));
    let (mut expected, entry) = (parsed(old)?, parsed(hook)?.as_sequence()?.first()?.clone());
    expected.get_mut("repos")?.as_sequence_mut()?.push(entry);
    (parsed(&new)? == expected).then_some(new)
}

fn indented(text: &str, indent: &str, newline: &str) -> String {
    text.lines().map(|it| format!("{indent}{it}{newline}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "- repo: x\n  hooks:\n    - id: bucketlint\n";

    fn check(old: &str, expected: Option<&str>) {
        assert_eq!(with_hook(old, ENTRY).as_deref(), expected, "{old}");
    }

    #[test]
    fn the_hook_is_put_where_it_is_safe() {
        check(
            "repos:\n  - repo: a\n    hooks: [{ id: b }]\n",
            Some("repos:\n  - repo: a\n    hooks: [{ id: b }]\n  - repo: x\n    hooks:\n      - id: bucketlint\n"),
        );
        check(
            "repos: # ours\r\n- repo: a\r\n  hooks: []\r\n# end\r\nfail_fast: true",
            Some(
                "repos: # ours\r\n- repo: a\r\n  hooks: []\r\n- repo: x\r\n  hooks:\r\n    - id: bucketlint\r\n# end\r\nfail_fast: true",
            ),
        );
        check("repos:\n- repo: a", Some("repos:\n- repo: a\n- repo: x\n  hooks:\n    - id: bucketlint\n"));
        check("repos: [{ repo: a }]\n", None);
        check("repos: []\n", None);
        check("fail_fast: true\n", None);
        check(
            "repos:\n  - &a\n    repo: a\n  -   repo: |\n        repos:\n",
            Some(
                "repos:\n  - &a\n    repo: a\n  -   repo: |\n        repos:\n  - repo: x\n    hooks:\n      - id: bucketlint\n",
            ),
        );
        check("{ broken\nrepos:\n- repo: a\n", None);
        assert!(has_hook("repos:\n- hooks: [{ id: bucketlint-changes }]\n") && !has_hook("repos: []\n"));
    }
}
