//! Lists the rule pages, so that adding a rule is adding a file.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=rules");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut pages = Vec::new();
    collect(&root.join("rules"), &mut pages);
    pages.sort();
    let mut out =
        String::from("/// Path, group and text of every built-in page.\nstatic PAGES: &[(&str, &str, &str)] = &[\n");
    for page in pages {
        let relative = page.strip_prefix(&root).unwrap_or(&page).display().to_string().replace('\\', "/");
        let group = page.parent().and_then(Path::file_name).map(|it| it.to_string_lossy().into_owned());
        let group = group.unwrap_or_default();
        out.push_str(&format!("    ({relative:?}, {group:?}, include_str!({:?})),\n", page.display().to_string()));
    }
    out.push_str("];\n");
    let target = PathBuf::from(env::var("OUT_DIR").unwrap_or_default()).join("pages.rs");
    if let Err(error) = fs::write(&target, out) {
        println!("cargo:warning=cannot write {}: {error}", target.display());
    }
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
