//! Our index of blocks against hcl-rs, which reads the same files whole.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::{Path, PathBuf};

use bucketlint::source::FileId;
use bucketlint::syntax::hcl::index;

#[test]
fn the_same_blocks() {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata"), &mut files);
    assert!(!files.is_empty());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let theirs = hcl::parse(&text).unwrap();
        let theirs: Vec<(String, Vec<String>)> = theirs
            .blocks()
            .map(|it| (it.identifier().to_owned(), it.labels().iter().map(|it| it.as_str().to_owned()).collect()))
            .collect();
        let ours = index(FileId(0), &text);
        assert!(ours.errors.is_empty(), "{}: {:?}", file.display(), ours.errors);
        let ours: Vec<(String, Vec<String>)> = ours
            .tree
            .blocks
            .iter()
            .map(|it| (it.kind.text.clone(), it.labels.iter().map(|it| it.text.clone()).collect()))
            .collect();
        assert_eq!(ours, theirs, "{}", file.display());
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|it| it == "tf") {
            files.push(path);
        }
    }
}
