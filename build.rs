//! Lists the rule pages, so that adding a rule is adding a file, and turns their front matter into JSON, which a start reads several
//! times faster than YAML. What else is wrong in a page is not said here: a test reads every page as people's own pages are read.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=rules");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut pages = Vec::new();
    collect(&root.join("rules"), &mut pages);
    pages.sort();
    let mut out = String::from("/// Every built-in page.\nstatic PAGES: &[Builtin] = &[\n");
    for page in pages {
        let path = page.strip_prefix(&root).unwrap_or(&page).display().to_string().replace('\\', "/");
        let group = page.parent().and_then(Path::file_name).map(|it| it.to_string_lossy().into_owned());
        let group = group.unwrap_or_default();
        let Some((front, body)) = fs::read_to_string(&page).ok().and_then(|it| lay_down(&it)) else {
            println!("cargo::error={path}: no front matter that can be read: begin with `---`, YAML, `---`");
            continue;
        };
        let text = page.display().to_string();
        let _ = writeln!(
            out,
            "Builtin {{ path: {path:?}, group: {group:?}, text: include_str!({text:?}), front: {front:?}, body: {body} }},"
        );
    }
    out.push_str("];\n");
    let target = PathBuf::from(env::var("OUT_DIR").unwrap_or_default()).join("pages.rs");
    if let Err(error) = fs::write(&target, out) {
        println!("cargo:warning=cannot write {}: {error}", target.display());
    }
}

/// The front matter as JSON, and where the body begins; `None` where the page has none that can be read.
fn lay_down(text: &str) -> Option<(String, usize)> {
    const FENCE: &str = "---\n";
    let start = text.strip_prefix(FENCE).map(|_| FENCE.len())?;
    let end = start + text.get(start..)?.find("\n---\n")? + 1;
    let front: serde_yaml::Value = serde_yaml::from_str(text.get(start..end)?).ok()?;
    Some((serde_json::to_string(&front).ok()?, end + FENCE.len()))
}

fn collect(folder: &Path, pages: &mut Vec<PathBuf>) {
    println!("cargo:rerun-if-changed={}", folder.display());
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|it| it.path()) {
        if path.is_dir() {
            collect(&path, pages);
        } else if path.extension().is_some_and(|it| it == "md") {
            pages.push(path);
        }
    }
}
