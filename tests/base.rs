//! `--base REVISION`: what a change brings, compared with git's objects.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use std::process::Command;

use serde_json::Value;

use repository::Repository;

fn stack(principal: &str, actions: &str, restrict: &str) -> String {
    format!(
        r#"resource "aws_s3_bucket" "b" {{
  bucket = "b-example"
}}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Sid = "Read", Effect = "Allow", Principal = {{ AWS = "{principal}" }}, Action = {actions}, Resource = "${{aws_s3_bucket.b.arn}}/*" }},
    {{ Sid = "Tls", Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "${{aws_s3_bucket.b.arn}}/*",
      Condition = {{ Bool = {{ "aws:SecureTransport" = "false" }} }} }},
  ] }})
}}
resource "aws_s3_bucket_public_access_block" "b" {{
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = {restrict}
}}
"#
    )
}

const READER: &str = "arn:aws:iam::111122223333:role/reader";
const OWN: [&str; 4] = ["--base", "HEAD", "--account", "111122223333"];

#[test]
fn only_what_a_change_brings() {
    let plain = stack(READER, "\"s3:GetObject\"", "true");
    let Some(it) = Repository::new(&[("infra/main.tf", &plain)]) else { return };
    assert!(it.counting(&OWN).is_empty());
    // Moved to another file, other lines, other order of words: nothing new.
    std::fs::remove_file(it.0.join("infra/main.tf")).unwrap();
    it.write("infra/other.tf", &format!("# moved\n\n{plain}"));
    assert!(it.counting(&OWN).is_empty());
    it.write("infra/new.tf", "resource \"aws_s3_bucket\" \"new\" {\n  bucket = \"new-example\"\n}\n");
    let found = it.counting(&OWN);
    assert!(found.len() == 2 && found.iter().all(|it| it.contains("aws_s3_bucket.new")), "{found:?}");
    // Committed, it is no news any more.
    it.commit();
    assert!(it.counting(&OWN).is_empty());
    assert_eq!(it.counting(&["--base", "HEAD~1", "--account", "111122223333"]).len(), 2);
}

/// No rule says a word of these, yet each opens something.
#[test]
fn access_that_a_change_opens() {
    let before = stack(READER, "\"s3:GetObject\"", "true");
    let Some(it) = Repository::new(&[("main.tf", &before)]) else { return };
    let widened = |text: &str| {
        it.write("main.tf", text);
        let found = it.counting(&OWN);
        found.into_iter().filter(|it| it.starts_with("access-widened")).collect::<Vec<_>>()
    };
    let one = |text: &str, part: &str| {
        let found = widened(text);
        assert!(found.len() == 1 && found[0].contains(part), "{found:?}");
        assert!(found[0].starts_with("access-widened violated"), "{found:?}");
    };
    one(&stack("arn:aws:iam::111122223333:role/other", "\"s3:GetObject\"", "true"), "role/other");
    one(&stack(READER, "[\"s3:GetObject\", \"s3:DeleteObject\"]", "true"), "s3:DeleteObject");
    one(&stack(READER, "\"s3:GetObject\"", "false"), "restrict_public_buckets was on and is not any more");
    // A Deny that goes, a condition that goes.
    let no_deny = before
        .replace("Effect = \"Deny\"", "Effect = \"Deny\", NotAction = \"s3:*\"")
        .replace("Action = \"s3:*\", Resource", "Resource");
    one(&no_deny, "s3:GetObject");
    // Less is no news, nor is the same in other words.
    assert!(widened(&stack(READER, "\"s3:GetObjectAcl\"", "true")).len() == 1);
    assert!(widened(&before.replace("Action = \"s3:GetObject\"", "Action = [\"S3:getobject\"]")).is_empty());
    assert!(widened(&before.replace("\"true\"", "true")).is_empty());
    // What cannot be known is said to be so.
    let unknown = before.replace(READER, "${var.who}") + "variable \"who\" {}\n";
    let found = widened(&unknown);
    assert!(found.iter().all(|it| it.starts_with("access-widened unknown")) && !found.is_empty(), "{found:?}");
    let setting = stack(READER, "\"s3:GetObject\"", "var.on") + "variable \"on\" {}\n";
    for (text, why) in [(unknown, "var.who"), (setting, "var.on")] {
        it.write("main.tf", &text);
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
        let output = command.args(["check", "."]).args(OWN).current_dir(&it.0).output().unwrap();
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(shown.contains(why) && !shown.contains("not recorded"), "{shown}");
    }
}

/// Who asks what fixes would do gets the reports that go to files, of the code as it would be; nothing else is written.
#[test]
fn a_difference_and_a_report() {
    let Some(it) = Repository::new(&[
        ("main.tf", BUCKET),
        ("b.json", "{\"schema\": \"bucketlint/baseline/1\", \"findings\": []}"),
    ]) else {
        return;
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    let arguments =
        ["check", ".", "--fix", "--diff", "--unsafe-fixes", "--output", "json=out.json", "--baseline", "b.json"];
    let output = command.args(arguments).current_dir(&it.0).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.starts_with("--- ") && output.status.code() == Some(1), "{shown}");
    let report: Value = serde_json::from_str(&std::fs::read_to_string(it.0.join("out.json")).unwrap()).unwrap();
    assert!(report["findings"].as_array().unwrap().is_empty(), "{report}");
    assert_eq!(it.said_by_git(&["status", "--porcelain"]), "?? out.json\n");
}

/// A change may bring a folder that looks like a repository, whose history says that nothing changes.
#[test]
fn history_comes_from_the_real_repository() {
    let Some(it) = Repository::new(&[("infra/main.tf", "")]) else { return };
    it.write("infra/main.tf", &stack("*", "\"s3:*\"", "false"));
    it.commit();
    let old = ["--base", "HEAD~1"];
    let found = it.counting(&old).len();
    assert!(0 < found);
    it.git(&["clone", "-q", "--bare", ".", "fake"]);
    it.git(&["--git-dir=fake", "replace", "HEAD~1", "HEAD"]);
    it.git(&["--git-dir=fake", "config", "core.bare", "false"]);
    it.git(&["--git-dir=fake", "config", "core.worktree", "."]);
    for name in ["HEAD", "config", "objects", "refs", "packed-refs"] {
        std::fs::rename(it.0.join("fake").join(name), it.0.join("infra").join(name)).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    let output = command.args(["check", "infra"]).args(old).current_dir(&it.0).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && error.contains("bare repository"), "{error}");
}

#[test]
fn what_git_does_not_have() {
    let Some(it) = Repository::new(&[("main.tf", "")]) else { return };
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
        let output = command.args(["check", "."]).args(arguments).current_dir(&it.0).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, error) = run(&["--base", "nowhere"]);
    assert!(code == 2 && error.contains("there is no revision `nowhere` here"), "{error}");
    let (code, error) = run(&["--base=--upload-pack=x"]);
    assert!(code == 2 && error.contains("is no revision"), "{error}");
    std::fs::remove_dir_all(it.0.join(".git")).unwrap();
    let (code, error) = run(&["--base", "HEAD"]);
    assert!(code == 2 && error.contains("needs a git repository"), "{error}");
}

/// A change brings an ignore file: what git keeps is looked at all the same.
#[test]
fn an_ignore_file_hides_nothing_that_git_keeps() {
    let Some(it) = Repository::new(&[("infra/main.tf", "")]) else { return };
    it.write("infra/main.tf", "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n}\n");
    it.write(".gitignore", "infra/\n");
    let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    let output =
        command.args(["check", ".", "--base", "HEAD", "--policy-from", "HEAD"]).current_dir(&it.0).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(1) && text.contains("acl-public-read"), "{text}");
}

/// A change cannot weaken the gate that judges it: `--policy-from` takes all that decides from a revision.
#[test]
fn the_gate_of_a_trusted_revision() {
    let bucket =
        |comment: &str| format!("resource \"aws_s3_bucket\" \"b\" {{\n{comment}  bucket = \"b-example\"\n}}\n");
    let old = "  # bucketlint:ignore versioning reason=\"agreed\"\n";
    let rule = "---\nid: own-rule\ntitle: Own rule\nseverity: high\nprofiles: [default]\nfor: bucket\nwhen: bucket.name == \"b-example\"\nat: bucket.name\nmessage: \"{bucket.address} has a name\"\nhelp: none\n---\n## Why\nx\n";
    let Some(it) = Repository::new(&[
        ("infra/main.tf", &bucket(old)),
        ("bucketlint.yaml", "rules: { bpa-missing: { severity: low } }\nrule-folders: [policy]\n"),
        ("policy/own/own-rule.md", rule),
    ]) else {
        return;
    };
    let of = |arguments: &[&str]| {
        let found = it.counting(arguments);
        found.into_iter().map(|it| it.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let trusted = ["--policy-from", "HEAD"];
    assert_eq!(of(&[]), ["bpa-missing", "own-rule"]);
    // What was there before is suppressed as it was.
    assert_eq!(of(&["--base", "HEAD"]), [""; 0]);
    assert_eq!(of(&trusted), ["bpa-missing", "own-rule"]);
    // The change turns rules off, empties the own rule, and suppresses the rest.
    it.write("bucketlint.yaml", "rules: { bpa-missing: off }\nrule-folders: [policy]\n");
    it.write("policy/own/own-rule.md", &rule.replace("b-example", "nothing"));
    let new = "  # bucketlint:ignore own-rule reason=\"mine\"\n";
    it.write("infra/main.tf", &bucket(&format!("{old}{new}")));
    assert_eq!(of(&[]), ["suppression-unused"]);
    assert_eq!(of(&trusted), ["bpa-missing", "own-rule", "suppression-added", "suppression-added"]);
    // Moved with its file it still counts; copied it does not.
    it.write("bucketlint.yaml", "rules: { bpa-missing: { severity: low } }\nrule-folders: [policy]\n");
    std::fs::remove_file(it.0.join("infra/main.tf")).unwrap();
    it.write("infra/other.tf", &bucket(old));
    assert_eq!(of(&trusted), ["bpa-missing", "own-rule"]);
    it.write("infra/more.tf", &bucket(old).replace("\"b\"", "\"c\"").replace("b-example", "c-example"));
    assert_eq!(of(&trusted), ["bpa-missing", "bpa-missing", "own-rule", "suppression-added", "versioning"]);
    // The file of the configuration is gone from the working tree only.
    std::fs::remove_file(it.0.join("bucketlint.yaml")).unwrap();
    assert!(of(&trusted).contains(&"own-rule".to_owned()));
}

/// The same words in another block, and words about a whole file in a new one, are about something else.
#[test]
fn a_trusted_suppression_stays_where_it_is() {
    let public = "  acl    = \"public-read\" # bucketlint:ignore acl-public-read reason=\"ok\"\n";
    let bucket = |name: &str, acl: &str| {
        format!("resource \"aws_s3_bucket\" \"{name}\" {{\n  bucket = \"{name}-example\"\n{acl}}}\n")
    };
    let whole = "# bucketlint:ignore-file versioning reason=\"ok\"\n";
    let Some(it) = Repository::new(&[
        ("main.tf", &bucket("site", public)),
        ("old/main.tf", &format!("{whole}{}", bucket("old", ""))),
    ]) else {
        return;
    };
    let about = |rule: &str| {
        let all = it.counting(&["--policy-from", "HEAD"]);
        all.iter().filter(|it| it.starts_with(&format!("{rule} "))).count()
    };
    assert_eq!((about("suppression-added"), about("acl-public-read"), about("versioning")), (0, 0, 1));
    // Lines that move, and a file of another name, change nothing.
    it.write("main.tf", &format!("\n\n{}", bucket("site", public)));
    assert_eq!((about("suppression-added"), about("acl-public-read")), (0, 0));
    std::fs::remove_file(it.0.join("main.tf")).unwrap();
    it.write("renamed.tf", &bucket("site", public));
    assert_eq!((about("suppression-added"), about("acl-public-read")), (0, 0));
    std::fs::remove_file(it.0.join("renamed.tf")).unwrap();
    it.write("main.tf", &format!("{}{}", bucket("site", "  acl    = \"private\"\n"), bucket("secret", public)));
    assert_eq!((about("suppression-added"), about("acl-public-read")), (1, 1));
    it.write("main.tf", &bucket("site", public));
    std::fs::remove_file(it.0.join("old/main.tf")).unwrap();
    it.write("new/main.tf", &format!("{whole}{}", bucket("new", "")));
    assert_eq!((about("suppression-added"), about("versioning")), (1, 2));
}

impl Repository {
    /// Exit code and what is told.
    fn told(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
        let output = command.arg("check").args(arguments).current_dir(&self.0).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    fn said_by_git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git").args(arguments).current_dir(&self.0).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

const BUCKET: &str = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";

/// A clone without history has not what is asked for, and says how to get it.
#[test]
fn a_shallow_clone() {
    let Some(it) = Repository::new(&[("main.tf", "")]) else { return };
    it.write("main.tf", BUCKET);
    it.commit();
    let url = format!("file://{}", it.0.display());
    it.git(&["clone", "-q", "--depth", "1", &url, "clone"]);
    let clone = Repository::at(it.0.join("clone"));
    for option in ["--base", "--policy-from"] {
        let (code, told) = clone.told(&[".", option, "HEAD~1"]);
        assert!(code == 2 && told.contains("no revision `HEAD~1` here: this clone is shallow"), "{told}");
        assert!(told.contains("fetch-depth: 0"), "{told}");
    }
    assert!(clone.counting(&["--base", "HEAD"]).is_empty());
    clone.git(&["fetch", "-q", "--unshallow"]);
    assert_eq!(clone.counting(&["--base", "HEAD~1"]).len(), 2);
}

#[test]
fn a_revision_that_is_elsewhere_or_nowhere() {
    let Some(it) = Repository::new(&[("main.tf", BUCKET)]) else { return };
    let (code, told) = it.told(&[".", "--policy-from", "nowhere"]);
    assert!(code == 2 && told.contains("there is no revision `nowhere` here"), "{told}");
    it.git(&["update-ref", "refs/remotes/origin/release", "HEAD"]);
    let (_, told) = it.told(&[".", "--base", "release"]);
    assert!(told.contains("did you mean `origin/release`?"), "{told}");
    assert_eq!(it.told(&[".", "--base", "origin/release"]).0, 0);
    // A file, not a commit.
    assert_eq!(it.told(&[".", "--base", "HEAD:main.tf"]).0, 2);
    it.git(&["checkout", "-q", "--orphan", "empty"]);
    it.git(&["update-ref", "-d", "refs/heads/main"]);
    let (code, told) = it.told(&[".", "--base", "HEAD"]);
    assert!(code == 2 && told.contains("the repository has no commit"), "{told}");
}

/// The working tree is what is judged: changed, staged and unknown files alike; git's own state stays as it is.
#[test]
fn a_dirty_tree() {
    let Some(it) = Repository::new(&[("main.tf", BUCKET)]) else { return };
    let named =
        |name: &str| BUCKET.replace("\"b\"", &format!("\"{name}\"")).replace("b-example", &format!("{name}-example"));
    it.write("main.tf", &format!("{BUCKET}{}", named("changed")));
    it.write("staged.tf", &named("staged"));
    it.git(&["add", "staged.tf"]);
    it.write("unknown.tf", &named("unknown"));
    let before = it.said_by_git(&["status", "--porcelain=v2"]);
    let found = it.counting(&["--base", "HEAD"]);
    for name in ["changed", "staged", "unknown"] {
        assert_eq!(found.iter().filter(|it| it.contains(&format!("aws_s3_bucket.{name}"))).count(), 2, "{found:?}");
    }
    assert_eq!(found.len(), 6, "{found:?}");
    assert_eq!(it.said_by_git(&["status", "--porcelain=v2"]), before);
    // In the middle of a merge, too: the text with its marks cannot be read, which is told.
    it.write("main.tf", &format!("<<<<<<< HEAD\n{BUCKET}=======\n>>>>>>> other\n"));
    assert_ne!(it.told(&[".", "--base", "HEAD"]).0, 0);
}

/// What goes away may be what kept a bucket shut; a root that is called otherwise is the same.
#[test]
fn files_that_go_and_roots_that_move() {
    let plain = stack(READER, "\"s3:GetObject\"", "true");
    let (bucket, block) = plain.split_once("resource \"aws_s3_bucket_public_access_block\"").unwrap();
    let block = format!("resource \"aws_s3_bucket_public_access_block\"{block}");
    let Some(it) = Repository::new(&[("infra/main.tf", bucket), ("infra/block.tf", &block)]) else { return };
    std::fs::remove_file(it.0.join("infra/block.tf")).unwrap();
    let found = it.counting(&OWN);
    assert!(found.iter().any(|it| it.contains("restrict_public_buckets was on and is not any more")), "{found:?}");
    assert!(found.iter().any(|it| it.starts_with("bpa-missing violated")), "{found:?}");
    it.git(&["checkout", "-q", "--", "."]);
    std::fs::rename(it.0.join("infra"), it.0.join("live")).unwrap();
    assert!(it.counting(&OWN).is_empty());
    // Moved and opened at once.
    let open = stack("arn:aws:iam::111122223333:role/other", "\"s3:GetObject\"", "true");
    it.write("live/main.tf", open.split_once("resource \"aws_s3_bucket_public_access_block\"").unwrap().0);
    let found = it.counting(&OWN);
    assert!(found.len() == 1 && found[0].contains("role/other"), "{found:?}");
    // All of it gone: nothing is found; a path that was named and is gone is an error.
    std::fs::remove_dir_all(it.0.join("live")).unwrap();
    assert!(it.counting(&OWN).is_empty());
    assert_eq!(it.told(&["live", "--base", "HEAD"]).0, 2);
}

/// The inputs of a root are those of its folder, at either revision.
#[test]
fn roots_have_their_inputs_at_both_revisions() {
    let code =
        "variable \"acl\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n  acl    = var.acl\n}\n";
    let config = "terraform: { roots: [{ path: \"envs/*\", vars: { acl: public-read } }] }\n";
    let Some(it) = Repository::new(&[("envs/old/main.tf", code), ("bucketlint.yaml", config)]) else { return };
    assert!(it.counting(&["--base", "HEAD"]).is_empty());
    std::fs::rename(it.0.join("envs/old"), it.0.join("envs/new")).unwrap();
    assert!(it.counting(&["--base", "HEAD"]).is_empty());
}

/// A submodule is compared as the revision had it.
#[test]
fn submodules() {
    let Some(other) = Repository::new(&[("main.tf", BUCKET)]) else { return };
    let Some(it) = Repository::new(&[("top.tf", "")]) else { return };
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add"];
    it.git(&[&add[..], &[other.0.to_str().unwrap(), "infra"]].concat());
    it.commit();
    assert!(it.counting(&["--base", "HEAD"]).is_empty());
    it.write("infra/more.tf", &BUCKET.replace("\"b\"", "\"c\"").replace("b-example", "c-example"));
    let found = it.counting(&["--base", "HEAD"]);
    assert!(found.len() == 2 && found.iter().all(|it| it.contains("aws_s3_bucket.c")), "{found:?}");
    assert_eq!(it.counting(&["--base", "HEAD~1"]).len(), 4);
}

/// What the change writes into the configuration and the baseline is listed beside what it writes into the code.
#[test]
fn what_a_change_would_have_not_count() {
    let rest = "public: [{ bucket: x, reason: y }]\nbaseline: base.json\n";
    let config = format!("suppress: [{{ rule: versioning, reason: agreed }}]\n{rest}");
    let none = "{\"schema\": \"bucketlint/baseline/1\", \"findings\": []}";
    let Some(it) = Repository::new(&[("main.tf", BUCKET), ("bucketlint.yaml", &config), ("base.json", none)]) else {
        return;
    };
    let trusted = ["--policy-from", "HEAD"];
    assert_eq!(it.counting(&trusted).len(), 1);
    let more = "suppress:\n  - { rule: versioning, reason: agreed }\n  - { rule: bpa-missing, reason: mine }\n";
    it.write("bucketlint.yaml", &format!("{more}{}", rest.replace("}]", "}, { bucket: \"*\", reason: z }]")));
    let (code, told) = it.told(&[".", "--write-baseline", "base.json", "--no-config"]);
    assert_eq!(code, 0, "{told}");
    let found = it.counting(&trusted);
    assert_eq!(
        found,
        [
            "bpa-missing violated aws_s3_bucket.b has no public access block of its own: it relies on the account's settings and on defaults",
            "suppression-added violated 2 entries of the baseline: new in the configuration, and does not count",
            "suppression-added violated the public bucket *: new in the configuration, and does not count",
            "suppression-added violated the suppression of bpa-missing: new in the configuration, and does not count",
        ]
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    let output = command.args(["check", "."]).args(trusted).current_dir(&it.0).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("bucketlint.yaml:3:5"), "{shown}");
}

/// A rule that the change turns off, and every other setting of it: none counts, each is listed.
#[test]
fn settings_of_a_change_are_listed() {
    let config = "profile: default\nfail-on: low\nrules: { versioning: on, bpa-missing: { locked: true } }\n";
    let Some(it) = Repository::new(&[("main.tf", BUCKET), ("bucketlint.yaml", config)]) else { return };
    let trusted = ["--policy-from", "HEAD"];
    assert_eq!(it.counting(&trusted).len(), 2);
    it.write(
        "bucketlint.yaml",
        "profile: default\nrules:\n  versioning: off\n  bucket-key: off\nexclude: [\"**\"]\ncontext: { trusted-accounts: [\"111122223333\"] }\n",
    );
    let found = it.counting(&trusted);
    let added: Vec<&str> = found.iter().filter_map(|it| it.strip_prefix("suppression-added violated ")).collect();
    let expected = [
        "the removal of `fail-on`",
        "the removal of the setting of bpa-missing",
        "the setting of bucket-key",
        "the setting of versioning",
        "the value of `context`",
        "the value of `exclude`",
    ];
    assert_eq!(added, expected.map(|it| format!("{it}: new in the configuration, and does not count")));
    assert_eq!(found.len(), 2 + expected.len());
}

/// The words of a suppression that counts, put beside another bucket, do not count.
#[test]
fn a_suppression_that_moves_to_another_bucket_is_new() {
    let mark = "  # bucketlint:ignore bpa-missing reason=\"agreed\"\n";
    let with = |name: &str, mark: &str| {
        format!("resource \"aws_s3_bucket\" \"{name}\" {{\n{mark}  bucket = \"{name}-example\"\n}}\n")
    };
    let Some(it) = Repository::new(&[("main.tf", &with("a", mark))]) else { return };
    let trusted = ["--policy-from", "HEAD", "--disable", "versioning"];
    it.write("main.tf", &format!("\n{}", with("a", mark)));
    assert!(it.counting(&trusted).is_empty());
    it.write("main.tf", &with("b", mark));
    let found = it.counting(&trusted);
    assert!(
        found.len() == 2 && found[0].starts_with("bpa-missing") && found[1].starts_with("suppression-added"),
        "{found:?}"
    );
}

impl Repository {
    /// The codes of complaints, and the exit code.
    fn complaints(&self, arguments: &[&str]) -> (Vec<String>, i32) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
        let output =
            command.args(["check", ".", "--format", "json"]).args(arguments).current_dir(&self.0).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{:?}", output.stderr));
        let all = report["diagnostics"].as_array().unwrap();
        (all.iter().map(|it| it["code"].as_str().unwrap().to_owned()).collect(), output.status.code().unwrap())
    }

    /// What counts and begins with the name of a rule.
    fn about(&self, rule: &str, arguments: &[&str]) -> Vec<String> {
        self.counting(arguments).into_iter().filter(|it| it.starts_with(&format!("{rule} "))).collect()
    }
}

const CALL: &str = "module \"m\" {\n  source  = \"acme/m/aws\"\n  version = \"1.0.0\"\n}\n";
const PUBLIC: &str =
    "resource \"aws_s3_bucket\" \"bad\" {\n  bucket = \"bad-example\"\n  acl    = \"public-read\"\n}\n";

fn manifest(source: &str, version: &str, dir: &str) -> String {
    format!(
        "{{\"Modules\": [{{\"Key\": \"\", \"Source\": \"\", \"Dir\": \".\"}}, {{\"Key\": \"m\", \"Source\": \"registry.terraform.io/{source}\", \"Version\": \"{version}\", \"Dir\": \"{dir}\"}}]}}"
    )
}

/// A change brings a harmless copy of a module: it is not taken for the module, and this is told.
#[test]
fn fetched_modules_that_a_change_brings() {
    let Some(it) = Repository::new(&[("infra/main.tf", CALL)]) else { return };
    let copy = ".terraform/modules/m";
    let bring = |file: &str, text: &str| it.write(&format!("infra/{file}"), text);
    bring(".terraform/modules/modules.json", &manifest("acme/m/aws", "1.0.0", copy));
    bring(".terraform/modules/m/main.tf", "");
    // Not kept by git: who runs us has fetched it.
    assert_eq!(it.complaints(&["--base", "HEAD"]), (vec![], 0));
    for revision in ["--base", "--policy-from"] {
        it.git(&["add", "-A", "-f"]);
        let (codes, exit) = it.complaints(&[revision, "HEAD"]);
        assert!(exit == 3 && codes.contains(&"fetched-modules".to_owned()), "{codes:?}");
        assert!(codes.len() == 2, "the call is not judged, which is told too: {codes:?}");
        it.git(&["reset", "-q"]);
    }
    // The list alone, which leads to a folder of the change.
    std::fs::remove_dir_all(it.0.join("infra/.terraform/modules/m")).unwrap();
    bring(".terraform/modules/modules.json", &manifest("acme/m/aws", "1.0.0", "../nothing"));
    bring("../nothing/main.tf", "");
    it.git(&["add", "-A", "-f"]);
    assert_eq!(it.complaints(&["--base", "HEAD"]).1, 3);
    // Or a link in its place.
    it.git(&["rm", "-rq", "--cached", "infra/.terraform"]);
    std::fs::remove_dir_all(it.0.join("infra/.terraform")).unwrap();
    it.write("other/modules/modules.json", &manifest("acme/m/aws", "1.0.0", "../nothing"));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../other", it.0.join("infra/.terraform")).unwrap();
        it.git(&["add", "-A", "-f"]);
        assert_eq!(it.complaints(&["--base", "HEAD"]).1, 3);
    }
}

/// What the trusted revision keeps of modules counts as long as nobody changes it.
#[test]
fn fetched_modules_of_the_trusted_revision() {
    let copy = ".terraform/modules/m";
    let Some(it) = Repository::new(&[
        ("main.tf", CALL),
        (".terraform/modules/modules.json", &manifest("acme/m/aws", "1.0.0", copy)),
        (".terraform/modules/m/main.tf", PUBLIC),
        (".terraform/modules/m/more.tf", ""),
    ]) else {
        return;
    };
    assert!(it.counting(&["--base", "HEAD"]).is_empty());
    assert_eq!(it.about("acl-public-read", &["--policy-from", "HEAD"]).len(), 1);
    it.write(".terraform/modules/m/main.tf", "");
    assert_eq!(it.complaints(&["--policy-from", "HEAD"]).1, 3);
    it.write(".terraform/modules/m/main.tf", PUBLIC);
    std::fs::remove_file(it.0.join(".terraform/modules/m/more.tf")).unwrap();
    assert_eq!(it.complaints(&["--policy-from", "HEAD"]).1, 3);
    // Out of the repository, it is fetched again by who runs us.
    it.git(&["rm", "-rq", "--cached", ".terraform"]);
    assert_eq!(it.about("acl-public-read", &["--policy-from", "HEAD"]).len(), 1);
}

/// Modules that git does not keep are those of now for both sides, as far as both call the same.
#[test]
fn fetched_modules_are_the_same_for_the_base() {
    let Some(it) = Repository::new(&[("main.tf", CALL), (".gitignore", ".terraform\n")]) else { return };
    it.write(".terraform/modules/modules.json", &manifest("acme/m/aws", "1.0.0", ".terraform/modules/m"));
    it.write(".terraform/modules/m/main.tf", PUBLIC);
    assert_eq!(it.about("acl-public-read", &[]).len(), 1);
    assert!(it.counting(&["--base", "HEAD"]).is_empty());
    // Another version, another module: what it does is new.
    for call in [CALL.replace("1.0.0", "2.0.0"), CALL.replace("acme/m", "evil/m")] {
        it.write("main.tf", &call);
        let (source, version) = if call.contains("evil") { ("evil/m/aws", "1.0.0") } else { ("acme/m/aws", "2.0.0") };
        it.write(".terraform/modules/modules.json", &manifest(source, version, ".terraform/modules/m"));
        assert_eq!(it.about("acl-public-read", &["--base", "HEAD"]).len(), 1, "{call}");
    }
}

/// Contracts, and folders that stand in for modules, are those of the trusted revision; a change of them is told.
#[test]
fn what_stands_in_for_modules_is_that_of_the_trusted_revision() {
    let Some(it) = Repository::new(&[
        ("infra/main.tf", CALL),
        ("vendor/m/main.tf", PUBLIC),
        ("bucketlint.yaml", "terraform: { module-sources: { acme/m/aws: vendor/m } }\nexclude: [\"vendor/**\"]\n"),
    ]) else {
        return;
    };
    let trusted = ["--policy-from", "HEAD"];
    assert_eq!(it.about("acl-public-read", &trusted).len(), 1);
    assert!(it.about("suppression-added", &trusted).is_empty());
    it.write("vendor/m/main.tf", "");
    assert_eq!(it.about("acl-public-read", &trusted).len(), 1);
    let added = "suppression-added violated what is new in the folder vendor/m that stands in for a module: new in the configuration, and does not count";
    assert_eq!(it.about("suppression-added", &trusted), [added]);
    std::fs::remove_dir_all(it.0.join("vendor")).unwrap();
    assert_eq!(it.about("acl-public-read", &trusted).len(), 1);
    // So is a contract.
    it.git(&["checkout", "-q", "--", "."]);
    let contract = format!("contract {{\n  source = \"acme/m/aws\"\n}}\n{PUBLIC}");
    it.write("m.contract.tf", &contract);
    it.write(
        "bucketlint.yaml",
        "terraform: { contracts: [m.contract.tf] }\nexclude: [\"m.contract.tf\", \"vendor/**\"]\n",
    );
    it.commit();
    assert_eq!((it.about("acl-public-read", &trusted).len(), it.about("suppression-added", &trusted).len()), (1, 0));
    it.write("m.contract.tf", &contract.replace("public-read", "private"));
    assert_eq!((it.about("acl-public-read", &trusted).len(), it.about("suppression-added", &trusted).len()), (1, 1));
    // Named on the command line it is the same.
    it.git(&["checkout", "-q", "--", "."]);
    it.write("bucketlint.yaml", "exclude: [\"vendor/**\"]\n");
    std::fs::remove_file(it.0.join("m.contract.tf")).unwrap();
    it.commit();
    it.write("vendor/m/main.tf", "");
    let named = ["--policy-from", "HEAD", "--module-source", "acme/m/aws=vendor/m"];
    assert_eq!((it.about("acl-public-read", &named).len(), it.about("suppression-added", &named).len()), (1, 1));
    // What git does not keep was brought by who runs us.
    it.git(&["rm", "-rq", "--cached", "vendor"]);
    it.write(".gitignore", "vendor\n");
    it.commit();
    it.write("vendor/m/main.tf", PUBLIC);
    assert_eq!((it.about("acl-public-read", &named).len(), it.about("suppression-added", &named).len()), (1, 0));
    assert!(it.counting(&["--base", "HEAD", "--module-source", "acme/m/aws=vendor/m"]).is_empty());
}

/// The configuration, the baseline and the rules of a revision may be links in it.
#[cfg(unix)]
#[test]
fn links_of_the_trusted_revision() {
    let rule = "---\nid: own-rule\ntitle: Own rule\nseverity: high\nprofiles: [default]\nfor: bucket\nwhen: bucket.name == \"b-example\"\nat: bucket.name\nmessage: \"{bucket.address} has a name\"\nhelp: none\n---\n## Why\nx\n";
    let Some(it) = Repository::new(&[
        ("main.tf", BUCKET),
        ("conf/real.yaml", "rules: { bpa-missing: off }\nrule-folders: [policy]\n"),
        ("conf/rules/own-rule.md", rule),
    ]) else {
        return;
    };
    let link = |to: &str, at: &str| std::os::unix::fs::symlink(to, it.0.join(at)).unwrap();
    link("conf/real.yaml", "bucketlint.yaml");
    link("conf/rules", "policy");
    it.commit();
    let trusted = ["--policy-from", "HEAD", "--disable", "versioning"];
    let of = |arguments: &[&str]| {
        let found = it.counting(arguments);
        found.into_iter().map(|it| it.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of(&trusted), ["own-rule"]);
    it.write("conf/real.yaml", "rules: { own-rule: off }\nrule-folders: [policy]\n");
    it.write("conf/rules/own-rule.md", &rule.replace("b-example", "none"));
    assert!(of(&trusted).contains(&"own-rule".to_owned()));
    // One that leads out of the repository is not passed over.
    std::fs::remove_file(it.0.join("bucketlint.yaml")).unwrap();
    link("../elsewhere.yaml", "bucketlint.yaml");
    it.commit();
    let (code, told) = it.told(&[".", "--policy-from", "HEAD"]);
    assert!(code == 2 && told.contains("bucketlint.yaml: cannot be read: cannot be read at HEAD"), "{told}");
}

/// Links to code are code, at either revision; names of files need not be UTF-8.
#[cfg(unix)]
#[test]
fn links_and_odd_names() {
    use std::os::unix::ffi::OsStrExt;
    let Some(it) = Repository::new(&[("shared/main.tf", PUBLIC), ("policy.txt", "")]) else { return };
    std::fs::create_dir_all(it.0.join("env")).unwrap();
    std::os::unix::fs::symlink("../shared/main.tf", it.0.join("env/main.tf")).unwrap();
    let odd = it.0.join(std::ffi::OsStr::from_bytes(b"odd-\xff.tf"));
    std::fs::write(&odd, PUBLIC.replace("bad", "odd")).unwrap();
    it.commit();
    assert_eq!(it.about("acl-public-read", &[]).len(), 3);
    assert!(it.counting(&["--base", "HEAD"]).is_empty());
    // An ignore file hides neither.
    it.write(".gitignore", "*\n");
    assert_eq!(it.about("acl-public-read", &["--policy-from", "HEAD"]).len(), 3);
}

/// A Deny that goes, or a condition, opens what other policies allow, whether or not this one allows anything.
#[test]
fn refusals_that_a_change_drops() {
    let policy = |statements: &str| {
        format!(
            "{BUCKET}resource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [\n{statements}  ] }})\n}}\n"
        )
    };
    let deny = |sid: &str, action: &str, condition: &str| {
        format!(
            "    {{ Sid = \"{sid}\", Effect = \"Deny\", Principal = \"*\", Action = \"{action}\", Resource = [aws_s3_bucket.b.arn, \"${{aws_s3_bucket.b.arn}}/*\"]{condition} }},\n"
        )
    };
    let plain = ", Condition = { Bool = { \"aws:SecureTransport\" = \"false\" } }";
    let (tls, keep) = (deny("Tls", "s3:*", plain), deny("Keep", "s3:DeleteObject*", ""));
    let both = policy(&format!("{tls}{keep}"));
    let Some(it) = Repository::new(&[("main.tf", &both)]) else { return };
    let of = |text: &str| {
        it.write("main.tf", text);
        it.about("access-widened", &OWN)
    };
    assert!(of(&both).is_empty() && of(&policy(&format!("{keep}{tls}"))).is_empty());
    let one = |text: &str, part: &str| {
        let found = of(text);
        assert!(found.len() == 1 && found[0].contains(part), "{found:?}");
        assert!(found[0].starts_with("access-widened violated"), "{found:?}");
    };
    one(&policy(&tls), "the Deny `Keep` refused s3:DeleteObject");
    one(&policy(&format!("{tls}{}", deny("Keep", "s3:DeleteObject", ""))), "the Deny `Keep` refused s3:DeleteObject");
    one(&policy(&format!("{}{keep}", deny("Tls", "s3:GetObject", plain))), "the Deny `Tls` refused");
    let more = ", Condition = { Bool = { \"aws:SecureTransport\" = \"false\" }, StringEquals = { \"aws:SourceVpc\" = \"vpc-1\" } }";
    one(&policy(&format!("{}{keep}", deny("Tls", "s3:*", more))), "the Deny `Tls` refused");
    // Without any policy, nothing refuses any more.
    assert_eq!(of(BUCKET).len(), 2);
    // More refused is no news.
    assert!(of(&policy(&format!("{tls}{}", deny("Keep", "s3:Delete*", "")))).is_empty());
    // A condition behind a Deny of everything.
    let allow = |condition: &str| {
        format!(
            "    {{ Sid = \"Read\", Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.b.arn}}/*\"{condition} }},\n"
        )
    };
    let shut = deny("Shut", "s3:*", "");
    let organization = ", Condition = { StringEquals = { \"aws:PrincipalOrgID\" = \"o-abcdefghij\" } }";
    it.write("main.tf", &policy(&format!("{}{shut}", allow(organization))));
    it.commit();
    one(&policy(&format!("{}{shut}", allow(""))), "the Allow `Read` has lost its condition on aws:PrincipalOrgID");
}

/// A bucket that is called otherwise is the same bucket.
#[test]
fn buckets_that_are_called_otherwise() {
    let text = |name: &str, bucket: &str, principal: &str| {
        format!(
            "variable \"env\" {{}}\nresource \"aws_s3_bucket\" \"{name}\" {{\n{bucket}}}\nresource \"aws_s3_bucket_policy\" \"{name}\" {{\n  bucket = aws_s3_bucket.{name}.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [\n    {{ Effect = \"Allow\", Principal = {{ AWS = \"{principal}\" }}, Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.{name}.arn}}/*\" }},\n  ] }})\n}}\n"
        )
    };
    let other = "arn:aws:iam::111122223333:role/other";
    let moved = "moved {\n  from = aws_s3_bucket.a\n  to   = aws_s3_bucket.b\n}\n";
    let more = "resource \"aws_s3_bucket\" \"more\" {}\nresource \"aws_s3_bucket\" \"most\" {}\n";
    // Without a name, with one that is known, with one that is not.
    for bucket in ["", "  bucket = \"x-example\"\n", "  bucket = \"${var.env}-example\"\n"] {
        let Some(it) = Repository::new(&[("infra/main.tf", &text("a", bucket, READER))]) else { return };
        let of = |file: &str, text: &str| {
            let _ = std::fs::remove_dir_all(it.0.join("infra"));
            it.write(file, text);
            it.about("access-widened", &OWN)
        };
        let told = |found: Vec<String>, part: &str| {
            let is_one =
                found.len() == 1 && found[0].starts_with("access-widened violated") && found[0].contains("role/other");
            assert!(is_one && found[0].contains(part), "{bucket}: {found:?}");
        };
        assert!(of("infra/main.tf", &text("b", bucket, READER)).is_empty());
        told(of("infra/main.tf", &text("b", bucket, other)), "(it was aws_s3_bucket.a before)");
        told(
            of("infra/main.tf", &format!("{moved}{more}{}", text("b", bucket, other))),
            "(it was aws_s3_bucket.a before)",
        );
        assert!(of("infra/main.tf", &format!("{moved}{more}{}", text("b", bucket, READER))).is_empty());
        told(of("live/main.tf", &text("a", bucket, other)), "which it did not before");
        let _ = std::fs::remove_dir_all(it.0.join("live"));
        it.write("infra/main.tf", "module \"m\" {\n  source = \"./m\"\n  env    = \"x\"\n}\n");
        it.write("infra/m/main.tf", &text("a", bucket, other));
        told(it.about("access-widened", &OWN), "module.m.aws_s3_bucket.a");
    }
    // Where nobody knows which one it was, it is compared with nothing.
    let two = format!("{}resource \"aws_s3_bucket\" \"c\" {{}}\n", text("a", "", READER));
    let Some(it) = Repository::new(&[("main.tf", &two)]) else { return };
    it.write("main.tf", &text("b", "", READER));
    let found = it.about("access-widened", &OWN);
    assert!(found.len() == 1 && found[0].contains("which bucket it was before is not clear"), "{found:?}");
    assert_eq!(it.told(&[&["."][..], &OWN, &["--disable", "bpa-missing", "--disable", "versioning"]].concat()).0, 1);
    // One that is plainly new is told, and fails nothing by itself.
    it.write("main.tf", &format!("{two}{}", text("b", "", READER).replace("variable \"env\" {}\n", "")));
    let found = it.about("access-widened", &OWN);
    assert!(found.len() == 1 && found[0].contains("the bucket is new"), "{found:?}");
    assert_eq!(it.told(&[&["."][..], &OWN, &["--disable", "bpa-missing", "--disable", "versioning"]].concat()).0, 0);
}

/// What a change opens can be meant: a comment with a reason, the configuration, a setting of the rule say so.
#[test]
fn what_a_change_opens_can_be_suppressed() {
    let before = stack(READER, "\"s3:GetObject\"", "true");
    let after = stack("arn:aws:iam::111122223333:role/other", "\"s3:GetObject\"", "true");
    let Some(it) = Repository::new(&[("main.tf", &before)]) else { return };
    it.write("main.tf", &after);
    assert_eq!(it.about("access-widened", &OWN).len(), 1);
    let mark = "# bucketlint:ignore access-widened reason=\"asked for\"\n";
    it.write(
        "main.tf",
        &after.replace("resource \"aws_s3_bucket_policy\"", &format!("{mark}resource \"aws_s3_bucket_policy\"")),
    );
    assert!(it.counting(&OWN).is_empty());
    // Of the change itself it does not count for who trusts a revision only.
    let trusted = [&OWN[..], &["--policy-from", "HEAD"]].concat();
    assert_eq!((it.about("access-widened", &trusted).len(), it.about("suppression-added", &trusted).len()), (1, 1));
    // Without a base nobody knows whether it is needed.
    assert!(it.about("suppression-unused", &[]).is_empty());
    it.write("main.tf", &after);
    for config in [
        "suppress: [{ rule: access-widened, reason: asked for }]\n",
        "rules: { access-widened: off }\n",
        "paths: [{ path: main.tf, rules: { access-widened: off } }]\n",
    ] {
        it.write("bucketlint.yaml", config);
        assert!(it.about("access-widened", &OWN).is_empty(), "{config}");
    }
    let mut explain = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    let output = explain.args(["explain", "access-widened"]).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("or suppress it with the reason"));
}
