//! The stored corpus of each fuzz target: inputs that once failed, and small ones that reach far. `docs/fuzzing.md` says how
//! the targets are run for longer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may"
)]

mod targets;

use std::fs;
use std::path::{Path, PathBuf};

use targets::{TARGETS, run};

/// Deep inputs are run with the stack that the program gives itself.
const STACK: usize = 256 << 20;

#[test]
fn stored_inputs_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        for (target, _) in TARGETS {
            let stored = files(&root.join("testdata/fuzz").join(target));
            assert!(!stored.is_empty(), "{target} has no corpus");
            for path in stored {
                let data = fs::read(&path).unwrap();
                println!("{target} {}", path.display());
                run(target, &data);
                // Cut short and with a wrong byte, as a file may be.
                run(target, &data[..data.len() / 2]);
                let mut other = data;
                let at = other.len() / 3;
                if let Some(byte) = other.get_mut(at) {
                    *byte ^= 0x15;
                }
                run(target, &other);
            }
        }
    });
    assert!(thread.unwrap().join().is_ok(), "the last input named above fails");
}

/// Each target is a program of `fuzz/`, and each program a target.
#[test]
fn each_target_is_a_program() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/Cargo.toml"));
    // The folder is not part of the published crate.
    let Ok(manifest) = manifest else { return };
    let mut named: Vec<&str> =
        manifest.split("[[bin]]\nname = \"").skip(1).filter_map(|it| it.split('"').next()).collect();
    let mut own: Vec<&str> = TARGETS.iter().map(|it| it.0).collect();
    named.sort_unstable();
    own.sort_unstable();
    assert_eq!(named, own);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut out: Vec<PathBuf> = entries.map(|it| it.unwrap().path()).filter(|it| it.is_file()).collect();
    out.sort();
    out
}
