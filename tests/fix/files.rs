//! Files as they are on disk: several names of one, byte-order marks, line ends, odd names; what is printed can be applied.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{BUCKET, Folder, text};

/// A file that is read under several names is edited once, and keeps them.
#[cfg(unix)]
#[test]
fn several_names_of_one_file() {
    use std::os::unix::fs::{MetadataExt, symlink};
    let check = |link: &dyn Fn(&Path, &Path)| {
        let folder =
            Folder::new(&[("real/main.tf", BUCKET), ("a/x.tf", "variable \"x\" {}\n"), ("b/x.tf", "locals {}\n")]);
        for it in ["a", "b"] {
            link(&folder.0.join("real/main.tf"), &folder.0.join(it).join("main.tf"));
        }
        let run = folder.run(&["--fix"]);
        assert_ne!(run.status.code(), Some(2), "{}", text(&run.stderr));
        let fixed = folder.read("real/main.tf");
        assert_eq!(fixed.matches("resource \"aws_s3_bucket_versioning\"").count(), 1, "{fixed}");
        let inode = |it: &str| fs::metadata(folder.0.join(it)).unwrap().ino();
        assert!(["a/main.tf", "b/main.tf"].iter().all(|it| inode(it) == inode("real/main.tf")));
        assert!(!folder.texts().keys().any(|it| it.to_string_lossy().ends_with(".tmp")));
        folder.run(&["--fix"]);
        assert_eq!(folder.read("real/main.tf"), fixed);
        folder
    };
    let folder = check(&|real, link| symlink(real, link).unwrap());
    assert!(fs::symlink_metadata(folder.0.join("a/main.tf")).unwrap().is_symlink());
    check(&|real, link| fs::hard_link(real, link).unwrap());
    // Two paths to one folder.
    let folder = Folder::new(&[("main.tf", BUCKET)]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    let paths =
        [folder.0.clone(), folder.0.join("main.tf"), folder.0.join("./../").join(folder.0.file_name().unwrap())];
    let run = command.args(["check", "--fix"]).args(paths).output().unwrap();
    assert_ne!(run.status.code(), Some(2), "{}", text(&run.stderr));
    assert_eq!(folder.read("main.tf").matches("aws_s3_bucket_versioning").count(), 1);
}

/// A file that has a name elsewhere would be split from it.
#[cfg(unix)]
#[test]
fn a_name_that_was_not_checked() {
    let folder = Folder::new(&[("all/infra/main.tf", BUCKET), ("all/infra/more.tf", &BUCKET.replace("logs", "more"))]);
    fs::create_dir_all(folder.0.join("all/other")).unwrap();
    fs::hard_link(folder.0.join("all/infra/main.tf"), folder.0.join("all/other/main.tf")).unwrap();
    let run = |path: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
        command.args(["check", "--fix", path]).current_dir(&folder.0).output().unwrap()
    };
    let before = folder.texts();
    let refused = run("all/infra");
    let said = text(&refused.stderr);
    assert!(refused.status.code() == Some(2) && said.contains("it has 1 more name (hard links)"), "{said}");
    assert_eq!(folder.texts(), before);
    assert_ne!(run("all").status.code(), Some(2));
    assert_eq!(folder.read("all/infra/main.tf"), folder.read("all/other/main.tf"));
    assert_ne!(folder.read("all/infra/main.tf"), BUCKET);
}

/// A file that a link leads to and that has another name too is one file.
#[cfg(unix)]
#[test]
fn a_link_beside_a_second_name() {
    let policy = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::x/*\"}]}";
    let folder = Folder::new(&[("p.json", policy)]);
    std::os::unix::fs::symlink("p.json", folder.0.join("l.json")).unwrap();
    fs::hard_link(folder.0.join("p.json"), folder.0.join("h.json")).unwrap();
    folder.run(&["p.json", "l.json", "h.json", "--fix", "--unsafe-fixes"]);
    assert_ne!(folder.read("p.json"), policy);
    assert!(["l.json", "h.json"].iter().all(|it| folder.read(it) == folder.read("p.json")));
    assert!(fs::symlink_metadata(folder.0.join("l.json")).unwrap().is_symlink());
}

/// One of the folders that a link puts a file into has what the others lack: it is not edited for them.
#[cfg(unix)]
#[test]
fn a_linked_file_of_several_modules() {
    let companion = "resource \"aws_s3_bucket_versioning\" \"own\" {\n  bucket = aws_s3_bucket.logs.id\n  versioning_configuration {\n    status = \"Enabled\"\n  }\n}\n";
    let folder = Folder::new(&[("a/main.tf", BUCKET), ("b/versioning.tf", companion)]);
    std::os::unix::fs::symlink("../a/main.tf", folder.0.join("b/main.tf")).unwrap();
    let run = folder.run(&["--fix", "--unsafe-fixes"]);
    assert_ne!(run.status.code(), Some(2), "{}", text(&run.stderr));
    let out = text(&folder.run(&["--diff"]).stderr);
    assert!(!folder.read("a/main.tf").contains("aws_s3_bucket_versioning") || out.contains("would fix 0"), "{out}");
}

/// What `--diff` prints makes of the files what `--fix` does, by `git apply` and by `patch`.
#[test]
fn diffs_can_be_applied() {
    let mark = "\u{feff}";
    let crlf = BUCKET.replace('\n', "\r\n");
    let bare = BUCKET.trim_end();
    let turned = "resource \"aws_s3_bucket\" \"logs\" { versioning { enabled = false } }\nlocals {}\n";
    let template = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      VersioningConfiguration: {Status: Suspended}\n";
    let one_line =
        "Resources: {B: {Type: AWS::S3::Bucket, Properties: {VersioningConfiguration: {Status: Suspended}}}}\n";
    let marked =
        [format!("{mark}{BUCKET}"), format!("{mark}{crlf}"), format!("{mark}{turned}"), format!("{mark}{one_line}")];
    for (name, code) in [
        ("main.tf", BUCKET),
        ("main.tf", &crlf),
        ("main.tf", bare),
        ("main.tf", &marked[0]),
        ("main.tf", &marked[1]),
        ("main.tf", &marked[2]),
        ("t.yaml", template),
        ("t.yaml", &template.replace('\n', "\r\n")),
        ("t.yaml", &marked[3]),
        ("a folder/main file.tf", BUCKET),
        ("a\"b\\c/ü.tf", BUCKET),
    ] {
        let folder = Folder::new(&[(name, code)]);
        let diff = folder.run(&["--diff", "--unsafe-fixes"]).stdout;
        assert!(!diff.is_empty(), "{name} {code:?}");
        assert_eq!(folder.read(name), code);
        folder.run(&["--fix", "--unsafe-fixes"]);
        let fixed = folder.read(name);
        assert_eq!(fixed.starts_with(mark), code.starts_with(mark));
        for (program, args) in [("git", &["apply", "-p1", "-"][..]), ("patch", &["-p1", "--binary", "-s"])] {
            folder.write(name, code);
            let mut command = Command::new(program);
            command.args(args).current_dir(&folder.0).env("GIT_CEILING_DIRECTORIES", &folder.0);
            let Ok(mut child) = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn() else {
                println!("skipped: no {program}");
                continue;
            };
            std::io::Write::write_all(&mut child.stdin.take().unwrap(), &diff).unwrap();
            let done = child.wait_with_output().unwrap();
            assert!(done.status.success(), "{program} {name} {code:?}: {}\n{}", text(&done.stderr), text(&diff));
            assert_eq!(folder.read(name), fixed, "{program} {code:?}");
        }
    }
}
