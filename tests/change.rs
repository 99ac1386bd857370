//! What a change could slip past the gate with: environments, files that code reads, names of revisions.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use serde_json::Value;

use folder::Folder;
use repository::{Repository, report};

/// `rule status [environments]` of what counts, and the exit code.
fn counting(of: &Folder, arguments: &[&str]) -> (Vec<String>, i32) {
    let (found, code) = report(of, arguments);
    let one = |it: &Value| {
        let names: Vec<&str> = it["environments"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        format!("{} {} {names:?}", it["rule"].as_str().unwrap(), it["status"].as_str().unwrap())
    };
    let mut all: Vec<String> = found.iter().map(one).collect();
    all.sort();
    (all, code)
}

const POLICY: &str = r#"variable "who" {}
resource "aws_s3_bucket" "b" {
  bucket = "b-example"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Sid = "Read", Effect = "Allow", Principal = { AWS = var.who }, Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" },
  ] })
}
"#;

/// What one environment has had does not cover what another gets.
#[test]
fn each_environment_is_compared_with_itself() {
    let own = "who = \"arn:aws:iam::111122223333:root\"\n";
    let foreign = "who = \"arn:aws:iam::444455556666:root\"\n";
    let environments = ["--environment", "test=test.tfvars", "--environment", "prod=prod.tfvars"];
    let asked = [&["--base", "HEAD", "--account", "111122223333"], &environments[..]].concat();
    for (test, order) in [(own, false), (foreign, false), (foreign, true)] {
        let Some(it) = Repository::new(&[("main.tf", POLICY), ("test.tfvars", test), ("prod.tfvars", own)]) else {
            return;
        };
        let mut asked = asked.clone();
        if order {
            asked.swap(5, 7);
        }
        assert_eq!(counting(&it, &asked).0, [""; 0]);
        it.write("prod.tfvars", foreign);
        let (found, code) = counting(&it, &asked);
        assert!(found.contains(&"access-widened violated [\"prod\"]".to_owned()), "{found:?}");
        assert!(found.iter().all(|it| it.ends_with("[\"prod\"]")), "{found:?}");
        assert_eq!(code, 1);
        if test == own {
            it.write("test.tfvars", foreign);
            let (found, _) = counting(&it, &asked);
            assert!(found.contains(&"access-widened violated [\"test\", \"prod\"]".to_owned()), "{found:?}");
        }
    }
    let acl =
        "variable \"acl\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n  acl    = var.acl\n}\n";
    let open = "acl = \"public-read\"\n";
    let files = [("main.tf", acl), ("test.tfvars", open), ("prod.tfvars", "acl = \"private\"\n")];
    let Some(it) = Repository::new(&files) else { return };
    it.run_in(".", &[&["check", ".", "--write-baseline", "base.json"], &environments[..]].concat());
    let baseline = [&["--baseline", "base.json"], &environments[..]].concat();
    assert_eq!(counting(&it, &baseline), (Vec::new(), 0));
    it.write("prod.tfvars", open);
    let is_told = |found: &[String]| found.iter().any(|it| it == "acl-public-read violated [\"prod\"]");
    for asked in [&asked, &baseline] {
        let (found, code) = counting(&it, asked);
        assert!(is_told(&found) && !found.iter().any(|it| it.contains("test")), "{found:?}");
        assert_eq!(code, 1);
    }
}

/// What code reads is read at both revisions, whatever its name.
#[test]
fn files_of_any_ending_are_those_of_the_revision() {
    let root = "inputs = {\n  bpa = false\n}\n";
    let module = r#"variable "bpa" {}
resource "aws_s3_bucket" "b" {
  bucket = "b-example"
}
resource "aws_s3_bucket_public_access_block" "b" {
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = var.bpa
  block_public_policy     = var.bpa
  ignore_public_acls      = var.bpa
  restrict_public_buckets = var.bpa
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = file("${path.module}/policy.ini")
}
"#;
    let policy = |who: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {who}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b-example/*"}}]}}"#
        )
    };
    let unit = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\nterraform {\n  source = \"../../module\"\n}\n";
    let own = policy(r#"{"AWS": "arn:aws:iam::111122223333:root"}"#);
    let files = [
        ("live/root.hcl", root),
        ("live/app/terragrunt.hcl", unit),
        ("module/main.tf", module),
        ("module/policy.ini", own.as_str()),
    ];
    let Some(it) = Repository::new(&files) else { return };
    let asked = ["--base", "HEAD", "--account", "111122223333", "--fail-on-unknown"];
    assert_eq!(counting(&it, &asked), (Vec::new(), 0));
    it.write("module/policy.ini", &policy("\"*\""));
    let (found, code) = counting(&it, &asked);
    assert!(found.iter().any(|it| it == "access-widened violated []") && code == 1, "{found:?}");
}

/// A file of variables that git ignores is no part of a change; one that nobody added yet is.
#[test]
fn ignored_variables_are_those_of_now() {
    for name in ["terraform.tfvars", "a.auto.tfvars"] {
        let values = "who = \"arn:aws:iam::111122223333:root\"\n";
        let Some(it) = Repository::new(&[("infra/main.tf", POLICY), (".gitignore", "*.tfvars\n")]) else { return };
        it.write(&format!("infra/{name}"), values);
        let asked = ["--base", "HEAD", "--account", "111122223333", "--fail-on-unknown"];
        assert_eq!(counting(&it, &asked), (Vec::new(), 0), "{name}");
        // What git would keep is what the change brings.
        it.write(".gitignore", "");
        assert_ne!(counting(&it, &asked).1, 0, "{name}");
    }
}

/// Git takes the tag where a tag is called as a branch is.
#[test]
fn a_name_of_two_revisions_is_refused() {
    let Some(it) = Repository::new(&[("main.tf", POLICY)]) else { return };
    it.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    let asked = |revision: &str, flag: &str| it.run_in(".", &["check", ".", flag, revision]);
    assert_eq!(asked("origin/main", "--base").2, 0);
    it.write("main.tf", &POLICY.replace("var.who", "\"*\""));
    it.commit();
    it.git(&["tag", "origin/main"]);
    for flag in ["--base", "--policy-from"] {
        for revision in ["origin/main", "origin/main~0"] {
            let (_, said, code) = asked(revision, flag);
            assert_eq!(code, 2, "{flag} {revision}: {said}");
            assert!(said.contains("refs/tags/origin/main") && said.contains("refs/remotes/origin/main"), "{said}");
        }
        assert_ne!(asked("refs/remotes/origin/main", flag).2, 2);
    }
}

/// A part of a template that is filled in later is not known; what stands in it is judged.
#[test]
fn templates_of_policies() {
    let policy = |who: &str, what: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [
  {{"Effect": "Allow", "Principal": {who}, "Action": "{what}", "Resource": "arn:aws:s3:::${{bucket}}/*"}},
  {{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::${{bucket}}", "arn:aws:s3:::${{bucket}}/*"],
    "Condition": {{"Bool": {{"aws:SecureTransport": "false"}}}}}}]}}"#
        )
    };
    let of = |text: &str| counting(&Folder::new(&[("policy.tpl", text)]), &[]).0;
    let found = of(&policy(r#"{"AWS": "${who}"}"#, "s3:GetObject"));
    assert!(found.iter().all(|it| it.contains("unknown")), "{found:?}");
    let found = of(&policy("\"*\"", "s3:GetObject"));
    assert!(found.contains(&"bucket-policy-public-principal violated []".to_owned()), "{found:?}");
}

/// OpenTofu and Terraform read different files of one folder.
#[test]
fn a_file_of_opentofu_beside_those_of_terraform() {
    let open = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n  acl    = \"public-read\"\n}\n";
    let shut = open.replace("public-read", "private");
    let versions = "terraform {\n  required_version = \">= 1.8\"\n}\n";
    let check = |files: &[(&str, &str)], is_told: bool| {
        let it = Folder::new(files);
        let (_, said, code) = it.run_in(
            ".",
            &["check", ".", "--format", "json", "--output", "json=report.json", "--disable", "bpa-missing"],
        );
        let report: Value = serde_json::from_str(&std::fs::read_to_string(it.0.join("report.json")).unwrap()).unwrap();
        let codes: Vec<&str> =
            report["diagnostics"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect();
        assert_eq!(codes.contains(&"opentofu-files"), is_told, "{files:?} {codes:?} {said}");
        assert_eq!(report["summary"]["incomplete"], is_told);
        assert_ne!(code, if is_told { 0 } else { 2 });
    };
    check(&[("main.tf", open), ("main.tofu", &shut)], true);
    check(&[("main.tf", &shut), ("more.tofu", "locals {}\n")], true);
    check(&[("main.tf", &shut), ("a_override.tofu.json", "{\"locals\": {}}")], true);
    check(&[("main.tf", &shut), ("versions.tf", versions), ("versions.tofu", versions)], false);
    check(&[("main.tofu", &shut)], false);
    check(&[("main.tf", open), ("main.tofu", &shut), ("bucketlint.yaml", "terraform: { opentofu: true }\n")], false);
}

/// Hidden folders are folders; what a tool fetched or made is not looked at.
#[test]
fn hidden_folders() {
    let open = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n  acl    = \"public-read\"\n}\n";
    let finds = |files: &[(&str, &str)]| !counting(&Folder::new(files), &[]).0.is_empty();
    assert!(finds(&[(".infra/main.tf", open)]));
    assert!(finds(&[("a/.b/c/main.tf", open), (".ignore", "*\n")]));
    assert!(finds(&[("main.tf", open), (".ignore", "*.tf\n")]));
    assert!(!finds(&[(".infra/main.tf", open), (".gitignore", ".infra\n")]));
    for folder in [".git", ".terraform", "a/.terragrunt-cache", ".venv"] {
        assert!(!finds(&[(&format!("{folder}/main.tf"), open)]), "{folder}");
    }
    // Terraform passes over it, and so does who judges its folder.
    assert!(!finds(&[(".main.tf", open)]));
    let policy = r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}"#;
    assert!(finds(&[(".policy.json", policy)]));
}

/// A report or a baseline does not replace code.
#[test]
fn code_is_not_written_over() {
    let template = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n";
    let policy = r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}"#;
    let files = [("main.tf", POLICY), ("t.yaml", template), ("p.json", policy), ("bucketlint.yaml", "fail-on: high\n")];
    let it = Folder::new(&files);
    for (name, text) in files {
        for flags in [["--output", &format!("json={name}")], ["--write-baseline", name]] {
            let (_, said, code) = it.run_in(".", &[&["check", "."], &flags[..]].concat());
            assert_eq!(code, 2, "{flags:?} {said}");
            assert!(said.contains(name), "{said}");
            assert_eq!(std::fs::read_to_string(it.0.join(name)).unwrap(), text);
        }
    }
    // What is ours is written again.
    it.write("empty.json", "");
    for flags in [
        ["--output", "json=report.json"],
        ["--output", "sarif=report.json"],
        ["--write-baseline", "base.json"],
        ["--write-baseline", "empty.json"],
    ] {
        for _ in 0..2 {
            assert_ne!(it.run_in(".", &[&["check", "."], &flags[..]].concat()).2, 2, "{flags:?}");
        }
    }
    assert_eq!(it.run_in(".", &["check", ".", "--output", "json=base.json"]).2, 2);
}

#[test]
fn a_configuration_that_leaves_nothing() {
    for config in ["exclude: [\"**\"]\n", "include: [\"**\"]\nexclude: [\"*.tf\"]\n"] {
        let it = Folder::new(&[("main.tf", POLICY), ("bucketlint.yaml", config)]);
        let (said, _, code) = it.run_in(".", &["check", "."]);
        assert!(said.contains("leave none of 1 files") && code == 3, "{said}");
    }
}

fn template(parameters: &str, principal: &str) -> String {
    format!(
        r#"{parameters}
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: b-example
      PublicAccessBlockConfiguration: {{BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true}}
  P:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref B
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {{Sid: Read, Effect: Allow, Principal: {{AWS: {principal}}}, Action: "s3:GetObject", Resource: !Sub "${{B.Arn}}/*"}}
"#
    )
}

/// What stands for something by the name of a map or a parameter is another where that gives another.
#[test]
fn entries_of_maps_and_allowed_values() {
    let map = |own: &str| {
        let head = format!(
            "Mappings:\n  Ids:\n    us-east-1: {{Who: \"arn:aws:iam::{own}:root\", Ami: ami-1}}\n    eu-west-1: {{Who: \"arn:aws:iam::111122223333:role/r\", Ami: ami-2}}\n"
        );
        template(&head, "!FindInMap [Ids, !Ref \"AWS::Region\", Who]")
    };
    let allowed = |values: &str| {
        let head = format!("Parameters:\n  Who:\n    Type: String\n    Description: who reads\n{values}");
        template(&head, "!Ref Who")
    };
    let values = |all: &str| allowed(&format!("    AllowedValues: [{all}]\n"));
    let with_default = |all: &str| allowed(&format!("    Default: '111122223333'\n    AllowedValues: [{all}]\n"));
    let (own, other) = ("'111122223333'", "'111122223333', '444455556666'");
    for (was, now, is_told) in [
        (map("111122223333"), map("444455556666"), true),
        (map("111122223333"), map("111122223333").replace("ami-2", "ami-3"), false),
        (values(own), values(other), true),
        (values(other), values(own), false),
        (values(own), values("'444455556666'"), true),
        (values(own), values(own).replace("who reads", "who may read"), false),
        (with_default(own), with_default(other), true),
        (with_default(other), with_default(own), false),
    ] {
        let Some(it) = Repository::new(&[("t.yaml", &was)]) else { return };
        it.write("t.yaml", &now);
        let found = it.counting(&["--base", "HEAD", "--account", "111122223333"]);
        let told = found.iter().filter(|it| it.starts_with("access-widened unknown")).count();
        assert_eq!((told, found.len()), (usize::from(is_told), usize::from(is_told)), "{was}{now}{found:?}");
    }
}

const BLOCK: &str = r#"resource "aws_s3_bucket" "b" {
  bucket = "b-example"
}
resource "aws_s3_bucket_versioning" "b" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration {
    status = "Enabled"
  }
}
resource "aws_s3_bucket_public_access_block" "b" {
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
"#;

/// What another root module says of a bucket takes nothing away that its own says.
#[test]
fn companions_in_another_root() {
    let companion =
        |kind: &str, rest: &str| format!("resource \"{kind}\" \"c\" {{\n  bucket = \"b-example\"\n  {rest}\n}}\n");
    let policy = |who: &str| {
        let statement = format!(
            "{{ Effect = \"Allow\", Principal = {{ AWS = \"{who}\" }}, Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::b-example/*\" }}"
        );
        companion(
            "aws_s3_bucket_policy",
            &format!("policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{statement}] }})"),
        )
    };
    let Some(it) = Repository::new(&[("storage/main.tf", BLOCK), ("app/main.tf", "locals {}\n")]) else { return };
    for (text, expected) in [
        (companion("aws_s3_bucket_notification", "eventbridge = true"), 0),
        (policy("arn:aws:iam::444455556666:root"), 1),
    ] {
        it.write("app/main.tf", &text);
        let found = it.counting(&["--base", "HEAD", "--account", "111122223333"]);
        let widened = found.iter().filter(|it| it.starts_with("access-widened violated")).count();
        assert!(widened == expected && !found.iter().any(|it| it.contains("was on and is not")), "{found:?}");
    }
    // Where the bucket's own root lets go of it, its settings are gone.
    it.write("storage/main.tf", "locals {}\n");
    let found = it.counting(&["--base", "HEAD", "--account", "111122223333"]);
    assert!(found.iter().any(|it| it.contains("was on and is not")), "{found:?}");
}

/// Names of files and folders mean nothing to AWS.
#[test]
fn what_is_moved_stays_what_it_is() {
    let open = |name: &str| {
        format!(
            r#"resource "aws_s3_bucket_acl" "{name}" {{
  bucket = aws_s3_bucket.b.id
  acl    = "public-read"
}}
"#
        )
    };
    let bucket = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = var.name\n}\nvariable \"name\" {}\n";
    let policy = |who: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{who}"}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b-example/*"}}]}}"#
        )
    };
    let root = |who: &str| {
        BLOCK.replace("\"b-example\"", "var.name")
            + &format!(
                "variable \"name\" {{}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = \"{who}\" }}, Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.b.arn}}/*\" }}] }})\n}}\n"
            )
    };
    let unnamed = |who: &str| template("", &format!("'{who}'")).replace("      BucketName: b-example\n", "");
    let whole = format!("{bucket}{}", open("a"));
    type Files = Vec<(&'static str, String)>;
    let cases: Vec<(Files, Files)> = vec![
        // A block to a file that was there before, and to a new one.
        (
            vec![("main.tf", whole.clone()), ("other.tf", "locals {}\n".to_owned())],
            vec![("main.tf", bucket.to_owned()), ("other.tf", open("a"))],
        ),
        (vec![("main.tf", whole)], vec![("main.tf", open("a")), ("new.tf", bucket.to_owned())]),
        // Policies that are files.
        (vec![("a.json", policy("*"))], vec![("b.json", policy("*"))]),
        (vec![("p/a.json", policy("444455556666"))], vec![("q/a.json", policy("444455556666"))]),
        // Roots and templates alike but for whom they let in.
        (
            vec![("envs/prod/main.tf", root("111122223333")), ("envs/dev/main.tf", root("444455556666"))],
            vec![("live/prod/main.tf", root("111122223333")), ("live/dev/main.tf", root("444455556666"))],
        ),
        (
            vec![("a.yaml", unnamed("111122223333")), ("b.yaml", unnamed("444455556666"))],
            vec![("n/x.yaml", unnamed("111122223333")), ("n/y.yaml", unnamed("444455556666"))],
        ),
    ];
    for (was, now) in &cases {
        let files: Vec<(&str, &str)> = was.iter().map(|it| (it.0, it.1.as_str())).collect();
        let Some(it) = Repository::new(&files) else { return };
        it.run(&["check", ".", "--write-baseline", "b.lock"]);
        was.iter().for_each(|(name, _)| std::fs::remove_file(it.0.join(name)).unwrap());
        now.iter().for_each(|(name, text)| it.write(name, text));
        for asked in [["--base", "HEAD"], ["--baseline", "b.lock"]] {
            assert_eq!(it.counting(&asked), [""; 0], "{was:?} {now:?} {asked:?}");
        }
    }
}

/// The words stay where they are; what they are about does not.
#[test]
fn a_suppression_is_of_the_bucket_of_its_name() {
    let terraform = |name: &str, other: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"site\" {{\n  # bucketlint:ignore acl-public-read reason=\"site\"\n  bucket = \"{name}\"\n  acl    = \"public-read\"\n}}\nresource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"{other}\"\n}}\n"
        )
    };
    let yaml = |name: &str, other: &str| {
        format!(
            "Resources:\n  Site: # bucketlint:ignore acl-public-read reason=\"site\"\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: {name}\n      AccessControl: PublicRead\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: {other}\n"
        )
    };
    for (file, text) in [("main.tf", &terraform as &dyn Fn(&str, &str) -> String), ("t.yaml", &yaml)] {
        let Some(it) = Repository::new(&[(file, &text("site", "secret"))]) else { return };
        let count = || {
            let all = it.counting(&["--base", "HEAD", "--policy-from", "HEAD", "--profile", "all"]);
            ["acl-public-read", "suppression-added"].map(|rule| all.iter().filter(|it| it.starts_with(rule)).count())
        };
        it.write(file, &format!("# moved\n{}", text("site", "secret")));
        assert_eq!(count(), [0, 0], "{file}");
        it.write(file, &text("secret", "site"));
        assert_eq!(count(), [1, 1], "{file}");
    }
}
