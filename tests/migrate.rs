//! `migrate`: after it the same findings are suppressed as before, by our words; everything else keeps its bytes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;

use std::process::Command;

use folder::Folder;
use serde_json::Value;

impl Folder {
    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> (String, String, i32) {
        self.run_in("", arguments)
    }

    /// `rule address counts` of every finding but those about suppressions, in the profile `all`.
    fn findings(&self, arguments: &[&str]) -> Vec<String> {
        let (out, err, _) = self.run(&[&["check", ".", "--format", "json"], arguments].concat());
        let report: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
        let of = |it: &Value, how: &str| {
            format!("{} {} {how}", it["rule"].as_str().unwrap(), it["resource"]["address"].as_str().unwrap())
        };
        let all = |key: &str, how: &str| {
            report[key].as_array().into_iter().flatten().map(|it| of(it, how)).collect::<Vec<_>>()
        };
        let mut found = [all("findings", "counts"), all("suppressed", "suppressed")].concat();
        found.retain(|it| !it.starts_with("suppression-"));
        found.sort();
        found
    }
}

/// One file: what becomes of it, that the same findings count after as before, and that twice is once.
fn check(name: &str, before: &str, after: &str) {
    check_in("all", name, before, after);
}

fn check_in(profile: &str, name: &str, before: &str, after: &str) {
    let profile = ["--profile", profile];
    let folder = Folder::new(&[(name, before)]);
    let found = folder.findings(&profile);
    assert!(found.iter().any(|it| it.ends_with("suppressed")), "nothing is suppressed in {before}");
    let (out, err, code) = folder.run(&["migrate", "."]);
    assert_eq!((folder.read(name).as_str(), code), (before, 0), "a dry run changes nothing: {err}");
    assert_eq!(out.is_empty(), before == after, "{out}");
    let (_, err, code) = folder.run(&["migrate", ".", "--write"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(folder.read(name), after, "{err}");
    assert_eq!(folder.findings(&profile), found, "{after}");
    folder.run(&["migrate", ".", "--write"]);
    assert_eq!(folder.read(name), after, "twice is once");
    folder.write(name, before);
    folder.run(&["migrate", ".", "--write", "--keep"]);
    let kept = folder.read(name);
    assert_eq!(folder.findings(&profile), found, "{kept}");
    folder.run(&["migrate", ".", "--write", "--keep"]);
    assert_eq!(folder.read(name), kept, "twice is once with --keep");
    // In JSON, ours may stand on the same line.
    for line in before.lines().filter(|it| !it.trim().is_empty() && !name.ends_with(".json")) {
        assert!(kept.contains(line.trim()), "{line} is gone from {kept}");
    }
}

fn bucket(body: &str) -> String {
    format!("resource \"aws_s3_bucket\" \"b\" {{\n{body}}}\n")
}

#[test]
fn comments_in_hcl() {
    let own = "# bucketlint:ignore";
    // First in a block, somewhere in it, behind something, above it.
    check(
        "main.tf",
        &bucket("  #checkov:skip=CKV_AWS_20:public \"site\"\n  bucket = \"b\"\n  acl    = \"public-read\"\n"),
        &bucket(&format!(
            "  {own} acl-public-read reason=\"public 'site'\"\n  bucket = \"b\"\n  acl    = \"public-read\"\n"
        )),
    );
    check(
        "main.tf",
        &bucket("  bucket = \"b\"\n\n  #checkov:skip=CKV_AWS_21,CKV_AWS_18:a copy\n  acl    = \"private\"\n"),
        &bucket(&format!(
            "  {own} access-logging, versioning reason=\"a copy\"\n  bucket = \"b\"\n\n  acl    = \"private\"\n"
        )),
    );
    check(
        "main.tf",
        &bucket("  bucket = \"b\"\n  acl    = \"public-read\" #tfsec:ignore:AVD-AWS-0092:exp:2999-01-31\n"),
        &bucket(&format!("  bucket = \"b\"\n  acl    = \"public-read\" {own} acl-public-read until=2999-01-31\n")),
    );
    check(
        "main.tf",
        &format!("#tfsec:ignore:AWS017 tfsec:ignore:AWS077\n{}", bucket("  bucket = \"b\"\n")),
        &format!("{own} sse-default, versioning\n{}", bucket("  bucket = \"b\"\n")),
    );
    // Everything becomes all that it hides there, also where the profile would find less.
    check_in(
        "default",
        "main.tf",
        &bucket("  bucket = \"b\"\n  acl    = \"public-read\" // kics-scan ignore-line\n"),
        &bucket("  bucket = \"b\"\n  acl    = \"public-read\" // bucketlint:ignore acl-public-read\n"),
    );
    check(
        "main.tf",
        &bucket("  /* checkov:skip=CKV_AWS_21:x */\n  bucket = \"b\"\n"),
        &bucket(&format!("  {own} versioning reason=\"x\"\n  bucket = \"b\"\n")),
    );
    // Two tools about one thing: one of ours.
    check(
        "main.tf",
        &bucket("  #tfsec:ignore:aws-s3-enable-versioning\n  #checkov:skip=CKV_AWS_21:x\n  bucket = \"b\"\n"),
        &bucket(&format!("  {own} versioning reason=\"x\"\n  bucket = \"b\"\n")),
    );
}

#[test]
fn a_call_of_a_module_and_a_whole_file() {
    let module = ("m/main.tf", "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b\"\n}\n");
    let call = "#checkov:skip=CKV_AWS_21:all of it\nmodule \"m\" {\n  source = \"./m\"\n}\n";
    let inside = "module \"m\" {\n  #checkov:skip=CKV_AWS_21:all of it\n  source = \"./m\"\n}\n";
    for text in [inside, call] {
        let folder = Folder::new(&[module, ("main.tf", text)]);
        let found = folder.findings(&[]);
        folder.run(&["migrate", ".", "--write"]);
        assert_eq!(folder.findings(&[]), found, "{}", folder.read("main.tf"));
        assert_eq!(folder.read(module.0), module.1);
    }
    check(
        "main.tf",
        &format!("# kics-scan disable=568a4d22-3517-44a6-a7ad-6a7eed88722c\n{}", bucket("  bucket = \"b\"\n")),
        &format!("# bucketlint:ignore-file versioning\n{}", bucket("  bucket = \"b\"\n")),
    );
}

#[test]
fn what_has_no_equal_here_stays() {
    let text = bucket(
        "  #checkov:skip=CKV_AWS_117:none of ours\n  #checkov:skip=CKV_AWS_20:hides nothing\n  #tfsec:ignore:AVD-AWS-0086\n  #tfsec:ignore:AVD-AWS-0090:exp:2020-01-01\n  #checkov:skip=CKV_AWS_21,CKV_AWS_117:half\n  bucket = \"b\"\n",
    );
    let folder = Folder::new(&[("main.tf", &text)]);
    let found = folder.findings(&[]);
    let (_, told, code) = folder.run(&["migrate", ".", "--write"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(told);
    insta::assert_snapshot!(folder.read("main.tf"));
    assert_eq!(folder.findings(&[]), found);
    let now = folder.read("main.tf");
    folder.run(&["migrate", ".", "--write"]);
    assert_eq!(folder.read("main.tf"), now);
    // A locked rule stays one, a tool that is not honoured too.
    for config in ["rules: { versioning: { locked: true } }\n", "suppressions: { honour: [kics] }\n"] {
        let text = bucket("  #checkov:skip=CKV_AWS_21:x\n");
        let folder = Folder::new(&[("main.tf", &text), ("bucketlint.yaml", config)]);
        let (out, told, _) = folder.run(&["migrate", "."]);
        assert!(out.is_empty() && told.contains("left, "), "{told}");
    }
}

#[test]
fn comments_of_templates() {
    let before = "Resources:\n  One:\n    Type: AWS::S3::Bucket\n    Properties:\n      #checkov:skip=CKV_AWS_21:a copy\n      BucketName: one\n  Two:\n    Type: AWS::S3::Bucket\n";
    let after = "Resources:\n  One:\n    # bucketlint:ignore versioning reason=\"a copy\"\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: one\n  Two:\n    Type: AWS::S3::Bucket\n";
    check("t.yaml", before, after);
}

#[test]
fn metadata_of_templates() {
    let yaml = |metadata: &str| {
        format!(
            "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Metadata:\n{metadata}    Properties:\n      BucketName: b # mine\n"
        )
    };
    let own = "      bucketlint:\n        ignore:\n          - rule: versioning\n            reason: \"a copy\"\n";
    let checkov = "      checkov:\n        skip:\n          - id: CKV_AWS_21\n            comment: a copy\n";
    check("t.yaml", &yaml(checkov), &yaml(own));
    let both = "      cfn_nag:\n        rules_to_suppress:\n          - id: W35\n            reason: no logs\n      Owner: me\n      checkov:\n        skip:\n          - { id: CKV_AWS_21, comment: a copy }\n";
    let mine = "      bucketlint:\n        ignore:\n          - rule: access-logging\n            reason: \"no logs\"\n          - rule: versioning\n            reason: \"a copy\"\n      Owner: me\n";
    check("t.yaml", &yaml(both), &yaml(mine));
    // Ours are there already, in a list.
    let listed = "      bucketlint:\n        ignore:\n        - rule: access-logging\n          reason: no logs\n";
    let more = "      bucketlint:\n        ignore:\n        - rule: versioning\n          reason: \"a copy\"\n        - rule: access-logging\n          reason: no logs\n";
    check("t.yaml", &yaml(&format!("{listed}{checkov}")), &yaml(more));
    let json = |metadata: &str| {
        format!(
            "{{\n  \"Resources\": {{\n    \"B\": {{\n      \"Type\": \"AWS::S3::Bucket\",\n      \"Metadata\": {metadata},\n      \"Properties\": {{ \"BucketName\": \"b\" }}\n    }}\n  }}\n}}\n"
        )
    };
    check(
        "t.json",
        &json(
            "{ \"Owner\": \"me\", \"checkov\": { \"skip\": [{ \"id\": \"CKV_AWS_21\", \"comment\": \"a \\\"copy\\\"\" }] } }",
        ),
        &json(
            "{ \"Owner\": \"me\", \"bucketlint\": { \"ignore\": [{ \"rule\": \"versioning\", \"reason\": \"a \\\"copy\\\"\" }] } }",
        ),
    );
    check(
        "t.json",
        &json(
            "{\n        \"guard\": {\n          \"SuppressedRules\": [\"S3_BUCKET_VERSIONING_ENABLED\"]\n        },\n        \"cfn_nag\": { \"rules_to_suppress\": [{ \"id\": \"W35\", \"reason\": \"x\" }] }\n      }",
        ),
        &json(
            "{\n        \"bucketlint\": {\n          \"ignore\": [\n            { \"rule\": \"access-logging\", \"reason\": \"x\" },\n            { \"rule\": \"versioning\" }\n          ]\n        }\n      }",
        ),
    );
    // What is said by ours leaves the list, what is not stays in it.
    check(
        "t.json",
        &json(
            "{ \"checkov\": { \"skip\": [{ \"id\": \"CKV_AWS_21\", \"comment\": \"x\" }, { \"id\": \"CKV_AWS_117\" }] } }",
        ),
        &json(
            "{ \"bucketlint\": { \"ignore\": [{ \"rule\": \"versioning\", \"reason\": \"x\" }] }, \"checkov\": { \"skip\": [{ \"id\": \"CKV_AWS_117\" }] } }",
        ),
    );
    let yaml = |metadata: &str| {
        format!("Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Metadata:\n{metadata}    Properties: {{}}\n")
    };
    let own = "      bucketlint:\n        ignore:\n          - rule: versioning\n            reason: \"x\"\n";
    let (gone, stays) = ("          - id: CKV_AWS_21\n            comment: x\n", "          - id: CKV_AWS_117\n");
    let head = "      checkov:\n        skip:\n";
    for list in [format!("{gone}{stays}"), format!("{stays}{gone}"), format!("{stays}{gone}{stays}")] {
        let left = list.replace(gone, "");
        check("t.yaml", &yaml(&format!("{head}{list}")), &yaml(&format!("{own}{head}{left}")));
    }
    let flow = "      checkov: {skip: [{id: CKV_AWS_117}, {id: CKV_AWS_21, comment: x}]}\n";
    let left = flow.replace(", {id: CKV_AWS_21, comment: x}", "");
    check("t.yaml", &yaml(flow), &yaml(&format!("{own}{left}")));
}

/// With `--keep` a suppression of everything goes on to hide what it hid, in every profile; who gives no reason is named alone.
#[test]
fn what_is_kept_and_who_gives_no_reason() {
    let block = format!("# kics-scan ignore-block\n{}", bucket("  bucket = \"b\"\n"));
    let folder = Folder::new(&[("main.tf", &block)]);
    let found = folder.findings(&["--profile", "all"]);
    let (_, told, _) = folder.run(&["migrate", ".", "--write", "--keep"]);
    let kept = folder.read("main.tf");
    assert!(kept.contains("# kics-scan ignore-block") && kept.contains("# bucketlint:ignore "), "{kept} {told}");
    assert_eq!(folder.findings(&["--profile", "all"]), found);
    let text = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Metadata:\n      cfn_nag: {rules_to_suppress: [{id: W35, reason: x}, {id: W51}]}\n";
    let (_, told, _) = Folder::new(&[("t.yaml", text)]).run(&["migrate", "."]);
    assert!(told.contains(": W51 gives no reason") && !told.contains("W35"), "{told}");
}

#[test]
fn the_comment_of_terraforms_json() {
    let text = |words: &str| {
        format!(
            "{{ \"resource\": {{ \"aws_s3_bucket\": {{ \"b\": {{\n  \"//\": {words},\n  \"bucket\": \"b\" }} }} }} }}\n"
        )
    };
    let folder = Folder::new(&[("main.tf.json", &text("\"checkov:skip=CKV_AWS_21:a copy\""))]);
    let found = folder.findings(&[]);
    let (_, told, _) = folder.run(&["migrate", ".", "--write"]);
    assert_eq!(folder.read("main.tf.json"), text("\"bucketlint:ignore versioning reason=\\\"a copy\\\"\""), "{told}");
    assert_eq!(folder.findings(&[]), found);
    assert!(folder.run(&["check", "."]).0.matches("suppression-").count() == 0);
}

#[cfg(unix)]
#[test]
fn files_keep_their_line_ends_their_mark_and_their_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let text = bucket("  bucket = \"b\"\n  #checkov:skip=CKV_AWS_21:x\n  acl    = \"private\"\n").replace('\n', "\r\n");
    let folder = Folder::new(&[("main.tf", &format!("\u{feff}{text}"))]);
    let path = folder.0.join("main.tf");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::fs::create_dir(folder.0.join("env")).unwrap();
    std::os::unix::fs::symlink("../main.tf", folder.0.join("env/link.tf")).unwrap();
    let (_, told, code) = folder.run(&["migrate", "env/link.tf", "--write"]);
    assert_eq!(code, 0, "{told}");
    let expected = bucket("  # bucketlint:ignore versioning reason=\"x\"\n  bucket = \"b\"\n  acl    = \"private\"\n");
    assert_eq!(folder.read("main.tf"), format!("\u{feff}{}", expected.replace('\n', "\r\n")));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(std::fs::symlink_metadata(folder.0.join("env/link.tf")).unwrap().is_symlink());
    // One that may not be written is told, and stays.
    folder.write("main.tf", &text);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o440)).unwrap();
    let (_, told, code) = folder.run(&["migrate", "main.tf", "--write"]);
    assert!(
        code == 2 && told.contains("main.tf: not changed, and no other file was written: it is read-only"),
        "{told}"
    );
    let left: Vec<_> = std::fs::read_dir(&folder.0).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn a_dry_run_prints_what_git_applies() {
    let text = bucket("  bucket = \"b\"\n  #checkov:skip=CKV_AWS_21:x\n");
    let folder = Folder::new(&[("infra/main.tf", &text)]);
    let (out, told, code) = folder.run(&["migrate", "infra"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(out);
    assert!(told.contains("1 suppression in 1 file to rewrite (--write does it), 0 left"), "{told}");
    std::fs::write(folder.0.join("p"), &out).unwrap();
    let mut git = Command::new("git");
    let Ok(done) =
        git.args(["apply", "-p1", "p"]).env("GIT_CEILING_DIRECTORIES", &folder.0).current_dir(&folder.0).output()
    else {
        return;
    };
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(folder.read("infra/main.tf").contains("bucketlint:ignore versioning"));
    assert_eq!(folder.run(&["migrate", "-"]).2, 2);
}

/// What looks like a comment in a text is part of a value; what several resources share is rewritten once.
#[test]
fn texts_and_what_is_shared() {
    let text = bucket("  bucket = \"b\"\n  tags = {\n    a = <<-T\n      #checkov:skip=CKV_AWS_21:x\n    T\n  }\n");
    let folder = Folder::new(&[("main.tf", &text)]);
    let (out, told, _) = folder.run(&["migrate", "."]);
    assert!(out.is_empty() && told.contains("0 suppressions in 0 files to rewrite, 0 left"), "{out}{told}");
    check(
        "t.yaml",
        "Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Metadata: &m\n      checkov:\n        skip:\n          - id: CKV_AWS_21\n            comment: x\n  B:\n    Type: AWS::S3::Bucket\n    Metadata: *m\n",
        "Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Metadata: &m\n      bucketlint:\n        ignore:\n          - rule: versioning\n            reason: \"x\"\n  B:\n    Type: AWS::S3::Bucket\n    Metadata: *m\n",
    );
    let script = "Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: |\n        a\n        #checkov:skip=CKV_AWS_21:x\n";
    let folder = Folder::new(&[("t.yaml", script)]);
    let (out, _, _) = folder.run(&["migrate", "."]);
    assert!(out.is_empty(), "{out}");
}

/// What is migrated with `--keep` is not migrated again, whatever the anchors of YAML lead to.
#[test]
fn a_second_run_has_nothing_to_do() {
    let bucket = |name: &str, metadata: &str| format!("  {name}:\n    Type: AWS::S3::Bucket\n    Metadata:{metadata}");
    let skip = "\n          - id: CKV_AWS_21\n            comment: no versions\n";
    let whole = [
        bucket("A", &format!(" &m\n      checkov:\n        skip:{skip}")),
        bucket("B", " *m\n"),
        bucket("C", "\n      <<: *m\n      Other: x\n"),
    ];
    let key = [
        bucket("A", &format!("\n      checkov: &c\n        skip:{skip}")),
        bucket("B", "\n      checkov: *c\n"),
        bucket("C", &format!("\n      checkov:\n        skip: &s{skip}")),
        bucket("D", "\n      checkov:\n        skip: *s\n"),
    ];
    for (buckets, expected) in [(&whole[..], 1), (&key[..], 4)] {
        let text = format!("Resources:\n{}", buckets.concat());
        for arguments in [&["migrate", "--write", "--keep", "."][..], &["migrate", "--write", "."]] {
            let folder = Folder::new(&[("stack.yaml", &text)]);
            let before = folder.findings(&[]);
            folder.run(arguments);
            let once = folder.read("stack.yaml");
            assert_eq!(once.matches("- rule: versioning").count(), expected, "{arguments:?} {once}");
            assert_eq!(folder.findings(&[]), before, "{once}");
            let (_, told, _) = folder.run(arguments);
            assert_eq!(folder.read("stack.yaml"), once, "{told}");
            assert!(told.contains("0 suppressions in 0 files"), "{told}");
        }
    }
}

/// The marks of two tools in one comment are both read, and both taken over.
#[test]
fn one_comment_with_the_marks_of_two_tools() {
    for comment in [
        "#checkov:skip=CKV_AWS_21:no versions needed #tfsec:ignore:aws-s3-specify-public-access-block",
        "# tfsec:ignore:aws-s3-specify-public-access-block checkov:skip=CKV_AWS_21:no versions needed",
    ] {
        let text = format!("resource \"aws_s3_bucket\" \"a\" {{\n  {comment}\n  bucket = \"a-of-example\"\n}}\n");
        let folder = Folder::new(&[("main.tf", &text)]);
        let before = folder.findings(&[]);
        assert!(before.iter().any(|it| it == "bpa-missing aws_s3_bucket.a suppressed"), "{before:?}");
        folder.run(&["migrate", "--write", "."]);
        let ours = "  # bucketlint:ignore bpa-missing, versioning reason=\"no versions needed\"\n";
        let expected = text.replace(&format!("  {comment}\n"), ours);
        assert_eq!(folder.read("main.tf"), expected);
        assert_eq!(folder.findings(&[]), before);
    }
}

/// What a mark of everything hides is hidden in every profile after as before, whatever the configuration runs today.
#[test]
fn a_mark_of_everything_in_every_profile() {
    let text = format!("# kics-scan ignore-block\n{}", bucket("  bucket = \"b\"\n"));
    for config in ["", "profile: strict\n", "profile: all\n"] {
        let folder = Folder::new(&[("main.tf", &text), ("bucketlint.yaml", config)]);
        let profiles = ["default", "strict", "all"];
        let found = || profiles.map(|it| folder.findings(&["--profile", it]));
        let before = found();
        folder.run(&["migrate", ".", "--write"]);
        assert!(folder.read("main.tf").starts_with("# bucketlint:ignore "), "{}", folder.read("main.tf"));
        assert_eq!(found(), before, "{config}");
    }
}

/// What ours says already is not advised once more.
#[test]
fn a_mark_that_cannot_go_where_ours_is() {
    let text = bucket(
        "  # bucketlint:ignore versioning reason=\"x\"\n  bucket = \"b\"\n  versioning { # prose #tfsec:ignore:aws-s3-enable-versioning\n    enabled = false\n  }\n",
    );
    let (_, told, _) = Folder::new(&[("main.tf", &text)]).run(&["migrate", "."]);
    assert!(told.contains("remove it by hand") && !told.contains("bucketlint:ignore  "), "{told}");
}

/// What people say behind a mark of Trivy is its reason; words of ours behind it are not lost.
#[test]
fn prose_behind_a_mark() {
    check(
        "main.tf",
        &format!("# trivy:ignore:AVD-AWS-0090 -- no versions here, see OPS-1 (CISO)\n{}", bucket("  bucket = \"b\"\n")),
        &format!(
            "# bucketlint:ignore versioning reason=\"no versions here, see OPS-1 (CISO)\"\n{}",
            bucket("  bucket = \"b\"\n")
        ),
    );
    let both = "# trivy:ignore:AVD-AWS-0090 bucketlint:ignore bpa-missing reason=\"x\"\n";
    let text = format!("{both}{}", bucket("  bucket = \"b\"\n"));
    check("main.tf", &text, &text);
}

/// Of two reasons for one thing none is lost.
#[test]
fn every_reason_is_kept() {
    let code = "# checkov:skip=CKV_AWS_21:first reason\nresource \"aws_s3_bucket\" \"a\" {\n  # checkov:skip=CKV_AWS_21:second reason\n  bucket = \"a-of-example\"\n}\n";
    let template = "Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Metadata:\n      checkov:\n        skip:\n          - id: CKV_AWS_21\n            comment: first reason\n      cfn_nag:\n        rules_to_suppress:\n          - id: W35\n            reason: of the other\n          - id: W41\n            reason: third\n          - id: CKV_AWS_21\n            reason: second reason\n      guard:\n        SuppressedRules:\n          - S3_BUCKET_VERSIONING_ENABLED\n";
    for (name, text) in [("main.tf", code), ("stack.yaml", template)] {
        let folder = Folder::new(&[(name, text)]);
        let before = folder.findings(&[]);
        folder.run(&["migrate", "--write", "."]);
        let once = folder.read(name);
        for reason in ["first reason", "second reason"] {
            assert!(once.contains(reason), "{once}");
        }
        assert_eq!(folder.findings(&[]), before, "{once}");
        folder.run(&["migrate", "--write", "."]);
        assert_eq!(folder.read(name), once);
    }
}
