//! The hooks that `.pre-commit-hooks.yaml` offers, run by the real `pre-commit` on commits in a real repository. Skipped without it
//! (`BUCKETLINT_PRE_COMMIT` names it where it is not on the PATH).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::runner::ACTION;

const CODE: &str = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\nresource \"aws_s3_bucket_public_access_block\" \"b\" {\n  bucket                  = aws_s3_bucket.b.id\n  block_public_acls       = true\n  block_public_policy     = true\n  ignore_public_acls      = true\n  restrict_public_buckets = true\n}\nresource \"aws_s3_bucket_versioning\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  versioning_configuration {\n    status = \"Enabled\"\n  }\n}\nresource \"aws_s3_bucket_policy\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  policy = file(\"policy.txt\")\n}\n";

fn policy(who: &str) -> String {
    format!(
        "{{\"Version\": \"2012-10-17\", \"Statement\": [{{\"Effect\": \"Allow\", \"Principal\": {who}, \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::b-example/*\"}}]}}\n"
    )
}

const READER: &str = "{\"AWS\": \"arn:aws:iam::111122223333:role/reader\"}";

/// A repository with the hook installed, gone at the end.
struct Repository {
    root: PathBuf,
    program: String,
}

impl Repository {
    fn new(name: &str, hook: &str) -> Option<Self> {
        let program = std::env::var("BUCKETLINT_PRE_COMMIT").unwrap_or_else(|_| "pre-commit".to_owned());
        if !Command::new(&program).arg("--version").output().is_ok_and(|it| it.status.success()) {
            println!("skipped: no pre-commit");
            return None;
        }
        let root = std::env::temp_dir().join(format!("bucketlint-hooks-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let it = Self { root, program };
        // What a user names in `repo:`; the hook of a system's program needs no more of it than the list of hooks.
        let offered = it.root.join("offered");
        fs::create_dir_all(&offered).unwrap();
        fs::create_dir_all(it.code()).unwrap();
        fs::copy(Path::new(ACTION).join(".pre-commit-hooks.yaml"), offered.join(".pre-commit-hooks.yaml")).unwrap();
        for folder in [&offered, &it.code()] {
            it.git(folder, &["init", "-q"]);
        }
        it.git(&offered, &["add", "."]);
        assert!(it.git(&offered, &["commit", "-qm", "hooks"]).status.success());
        let revision = String::from_utf8(it.git(&offered, &["rev-parse", "HEAD"]).stdout).unwrap();
        let config =
            format!("repos:\n- repo: {}\n  rev: {revision}  hooks:\n  - id: {hook}\n", offered.to_str().unwrap());
        it.write(".pre-commit-config.yaml", &config);
        it.write("bucketlint.yaml", "context: { account: \"111122223333\" }\n");
        it.write("main.tf", CODE);
        it.write("policy.txt", &policy(READER));
        let mut install = Command::new(&it.program);
        let done = it.at_home(install.arg("install")).output().unwrap();
        assert!(done.status.success(), "{done:?}");
        Some(it)
    }

    fn code(&self) -> PathBuf {
        self.root.join("code")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.code().join(name), text).unwrap();
    }

    /// With the program under test first on the PATH, and a cache of its own.
    fn at_home<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let own = Path::new(env!("CARGO_BIN_EXE_bucketlint")).parent().unwrap().to_owned();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(own).chain(std::env::split_paths(&path));
        command
            .current_dir(self.code())
            .env("PATH", std::env::join_paths(folders).unwrap())
            .env("PRE_COMMIT_HOME", self.root.join("cache"))
            .env("NO_COLOR", "1")
    }

    fn git(&self, folder: &Path, args: &[&str]) -> Output {
        let mut command = Command::new("git");
        let own = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"];
        self.at_home(command.args(own).args(args)).current_dir(folder).output().unwrap()
    }

    /// Commits all that is there: whether it was let through, and what was told.
    fn commit(&self) -> (bool, String) {
        self.git(&self.code(), &["add", "-A"]);
        let done = self.git(&self.code(), &["commit", "-m", "a change"]);
        (done.status.success(), String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned())
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// A commit that touches only a text file opens the bucket of another; a commit that only deletes may do so too.
#[test]
fn a_commit_is_stopped_by_what_it_opens_elsewhere() {
    let Some(it) = Repository::new("all", "bucketlint-system") else { return };
    let (passed, told) = it.commit();
    assert!(passed, "{told}");
    it.write("policy.txt", &policy("\"*\""));
    let (passed, told) = it.commit();
    assert!(!passed && told.contains("bucket-policy-public-principal") && told.contains("policy.txt:1"), "{told}");
    it.write("policy.txt", &policy(READER));
    let (block, versions) = (at("aws_s3_bucket_public"), at("aws_s3_bucket_versioning"));
    let of_c = |it: &str| it.replace(".b.", ".c.").replace("\"b\"", "\"c\"").replace("b-example", "c-example");
    it.write("bucket.tf", &of_c(&CODE[..block]));
    it.write("block.tf", &of_c(&CODE[block..versions]));
    it.write("versions.tf", &of_c(&CODE[versions..at("aws_s3_bucket_policy")]));
    let (passed, told) = it.commit();
    assert!(passed, "{told}");
    fs::remove_file(it.code().join("block.tf")).unwrap();
    let (passed, told) = it.commit();
    assert!(!passed && told.contains("bpa-missing") && told.contains("aws_s3_bucket.c"), "{told}");
}

fn at(kind: &str) -> usize {
    CODE.find(&format!("resource \"{kind}")).unwrap()
}
