//! A git repository for one test.
#![allow(dead_code, reason = "no test program uses all of it")]

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use super::folder::Folder;

/// Removed when it is dropped.
pub struct Repository {
    folder: Folder,
}

impl std::ops::Deref for Repository {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.folder
    }
}

impl Repository {
    /// With one commit of all files, ignored ones too. `None` where there is no git, with a printed line.
    pub fn new(files: &[(&str, &str)]) -> Option<Self> {
        if Command::new("git").arg("--version").output().is_err() {
            println!("skipped: there is no git");
            return None;
        }
        let it = Self { folder: Folder::new(files) };
        it.git(&["init", "-q", "-b", "main", "."]);
        it.git(&["add", "-A", "-f"]);
        it.git(&["commit", "-q", "-m", "x"]);
        Some(it)
    }

    /// One that is there already.
    pub fn at(folder: PathBuf) -> Self {
        Self { folder: Folder(folder) }
    }

    pub fn git(&self, arguments: &[&str]) {
        let own = ["user.email=a@example.com", "user.name=a", "commit.gpgsign=false", "tag.gpgsign=false"];
        let own = own.iter().flat_map(|it| ["-c", it]);
        let done = Command::new("git").args(own).args(arguments).current_dir(&self.0).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    pub fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "x"]);
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
        command.args(arguments).current_dir(&self.0).output().unwrap()
    }

    /// With files of before committed, and those of now written; nothing now where a text is empty.
    pub fn changed(was: &[(&str, &str)], now: &[(&str, &str)]) -> Option<Self> {
        let it = Self::new(was)?;
        for (name, text) in now {
            match text.is_empty() {
                true => std::fs::remove_file(it.0.join(name)).unwrap(),
                false => it.write(name, text),
            }
        }
        Some(it)
    }

    /// `status message` of what a change opens.
    pub fn widened(&self, arguments: &[&str]) -> Vec<String> {
        let all = self.counting(&[&["--base", "HEAD"], arguments].concat());
        all.iter().filter_map(|it| it.strip_prefix("access-widened ")).map(str::to_owned).collect()
    }

    /// `rule status message` of what counts.
    pub fn counting(&self, arguments: &[&str]) -> Vec<String> {
        let text = |it: &Value| it.as_str().unwrap().to_owned();
        let of = |it: &Value| format!("{} {} {}", text(&it["rule"]), text(&it["status"]), text(&it["message"]));
        let mut all: Vec<String> = report(self, arguments).0.iter().map(of).collect();
        all.sort();
        all
    }
}

/// The account that the checks of a change are told to be in.
pub const ACCOUNT: [&str; 2] = ["--account", "111122223333"];

/// One file before and now; nothing where it is not there.
pub type File = (&'static str, String, String);

/// `status message` of what a change of some files opens.
pub fn widened(files: &[File]) -> Option<Vec<String>> {
    let was: Vec<(&str, &str)> = files.iter().filter(|it| !it.1.is_empty()).map(|it| (it.0, it.1.as_str())).collect();
    let now: Vec<(&str, &str)> = files.iter().filter(|it| it.1 != it.2).map(|it| (it.0, it.2.as_str())).collect();
    Some(Repository::changed(&was, &now)?.widened(&ACCOUNT))
}

/// The findings that count in the report on a whole folder, and the exit code.
pub fn report(of: &Folder, arguments: &[&str]) -> (Vec<Value>, i32) {
    let (out, err, code) = of.run_in(".", &[&["check", ".", "--format", "json"], arguments].concat());
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
    (report["findings"].as_array().unwrap().clone(), code)
}

/// Nobody knows whether more is open than before.
pub fn undecided(files: &[File]) {
    let Some(found) = widened(files) else { return };
    assert!(!found.is_empty() && found.iter().all(|it| it.starts_with("unknown ")), "{files:#?}{found:?}");
}

/// Nothing is told.
pub fn quiet(files: &[File]) {
    let Some(found) = widened(files) else { return };
    assert_eq!(found, [""; 0], "{files:#?}");
}

/// A file that is as it was.
pub fn same(name: &'static str, text: &str) -> File {
    (name, text.to_owned(), text.to_owned())
}
