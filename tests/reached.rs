//! `--base` and `--policy-from`: by which paths code is reached (links, submodules), and the values that it is given.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use serde_json::Value;

use folder::Folder;
use repository::Repository;

const OWN: &str = "\"arn:aws:iam::111122223333:root\"";
const MORE: &str = "[\"arn:aws:iam::111122223333:root\", \"arn:aws:iam::444455556666:root\"]";
const TRUSTED: [&str; 4] = ["--base", "HEAD~1", "--policy-from", "HEAD~1"];

/// A bucket that lets some accounts read.
fn bucket(principal: &str) -> String {
    format!(
        r#"resource "aws_s3_bucket" "b" {{
  bucket = "b-example"
}}
resource "aws_s3_bucket_versioning" "b" {{
  bucket = aws_s3_bucket.b.id
  versioning_configuration {{ status = "Enabled" }}
}}
resource "aws_s3_bucket_public_access_block" "b" {{
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Sid = "Read", Effect = "Allow", Principal = {{ AWS = {principal} }}, Action = "s3:GetObject", Resource = "arn:aws:s3:::b-example/*" }},
  ] }})
}}
"#
    )
}

/// `rule status` of what counts, the codes of what could not be judged, and the exit code.
fn check(of: &Folder, arguments: &[&str]) -> (Vec<String>, Vec<String>, i32) {
    let (out, err, code) = of.run_in(".", &[&["check", "--format", "json"], arguments].concat());
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let all = |key: &str| report[key].as_array().unwrap().clone();
    let findings = all("findings").iter().map(|it| format!("{} {}", text(&it["rule"]), text(&it["status"]))).collect();
    let told = all("diagnostics").iter().map(|it| format!("{} {}", text(&it["code"]), text(&it["gravity"]))).collect();
    (findings, told, code)
}

#[track_caller]
fn widens(of: &Folder, arguments: &[&str]) {
    let (found, told, code) = check(of, arguments);
    assert!(code == 1 && found.iter().any(|it| it == "access-widened violated"), "{arguments:?}: {found:?} {told:?}");
}

#[cfg(unix)]
impl Repository {
    /// Moves a file or a folder and leaves a link to where it is now.
    fn move_behind_a_link(&self, from: &str, to: &str) {
        let (old, new) = (self.0.join(from), self.0.join(to));
        std::fs::create_dir_all(new.parent().unwrap()).unwrap();
        std::fs::rename(&old, &new).unwrap();
        let up = "../".repeat(from.matches('/').count());
        std::os::unix::fs::symlink(format!("{up}{to}"), &old).unwrap();
    }

    fn commit_all(&self) {
        self.git(&["add", "-A", "-f"]);
        self.git(&["commit", "-q", "-m", "y"]);
    }
}

/// What is asked about is compared with what was at its path, whatever stands there now.
#[cfg(unix)]
#[test]
fn a_named_path_that_becomes_a_link() {
    for (name, from, to) in [
        ("envs/prod/main.tf", "envs/prod", "vendor/prod"),
        ("envs/prod/main.tf", "envs", "elsewhere"),
        ("envs/prod/main.tf", "envs/prod/main.tf", "vendor/main.tf"),
        ("envs/prod/main.tf", "envs/prod", ".terraform/prod"),
    ] {
        let Some(it) = Repository::new(&[(name, &bucket(OWN))]) else { return };
        it.move_behind_a_link(from, to);
        it.commit_all();
        for asked in ["envs/prod", "envs/prod/main.tf", "envs", "."] {
            let (found, told, code) = check(&it, &[&[asked], &TRUSTED[..]].concat());
            assert!(found.is_empty() && code == 0, "{asked} of {from}: {found:?} {told:?}");
        }
        it.write(name, &bucket(MORE));
        for asked in ["envs/prod", "envs/prod/main.tf", "envs", "."] {
            widens(&it, &[&[asked], &TRUSTED[..]].concat());
        }
    }
}

/// The configuration is the one that was above the path, not one where a link leads.
#[cfg(unix)]
#[test]
fn a_link_leads_to_no_other_configuration() {
    let lax = "rules: { access-widened: off }\n";
    let Some(it) = Repository::new(&[("infra/main.tf", &bucket(OWN)), ("sandbox/bucketlint.yaml", lax)]) else {
        return;
    };
    it.move_behind_a_link("infra", "sandbox/infra");
    it.write("infra/main.tf", &bucket(MORE));
    it.commit_all();
    widens(&it, &[&["infra"], &TRUSTED[..]].concat());
}

/// Folders of tools are not walked; a link into one is a part of the code that it stands in.
#[cfg(unix)]
#[test]
fn code_in_folders_of_tools() {
    let open = bucket("\"*\"");
    for folder in [".terraform/infra", ".terraform/modules/infra", ".terragrunt-cache/infra", "ignored/infra"] {
        let files = [(".gitignore", "ignored/\n.terraform/\n"), ("infra/main.tf", &bucket(OWN)), ("other/main.tf", "")];
        let Some(it) = Repository::new(&files) else { return };
        it.move_behind_a_link("infra", folder);
        it.write("infra/main.tf", &open);
        for path in [".", "infra"] {
            let (found, told, code) = check(&it, &[path]);
            assert!(code == 1 && found.iter().any(|it| it.contains("public")), "{folder} {path}: {found:?} {told:?}");
        }
        // Once, whichever way it is met.
        let principal = |found: &[String]| found.iter().filter(|it| it.contains("public-principal")).count();
        assert_eq!(principal(&check(&it, &["."]).0), 1, "{folder}");
        it.commit_all();
        widens(&it, &[&["."], &TRUSTED[..]].concat());
        assert_eq!(principal(&check(&it, &[&["."], &TRUSTED[..]].concat()).0), 1, "{folder}");
    }
}

/// What a link leads to out of what is asked about is a part of it, then as now.
#[cfg(unix)]
#[test]
fn links_out_of_what_is_asked_about() {
    let Some(it) = Repository::new(&[("envs/prod/main.tf", ""), ("envs/prod/shared/main.tf", &bucket("\"*\""))]) else {
        return;
    };
    it.move_behind_a_link("envs/prod/shared", "shared");
    it.commit_all();
    let (found, _, code) = check(&it, &["envs/prod"]);
    assert!(code == 1 && found.iter().any(|it| it.contains("public-principal")), "{found:?}");
    assert_eq!(check(&it, &["envs/prod", "--base", "HEAD"]), (Vec::new(), Vec::new(), 0));
    assert_eq!(check(&it, &["envs/prod", "--base", "HEAD~1"]), (Vec::new(), Vec::new(), 0));
}

/// A trusted suppression is known where its file is reached through a link now.
#[cfg(unix)]
#[test]
fn a_trusted_suppression_behind_a_link() {
    let text = bucket("\"*\"")
        .replace("  policy =", "  # bucketlint:ignore bucket-policy-public-principal reason=\"a site\"\n  policy =");
    let Some(it) = Repository::new(&[("infra/main.tf", &text)]) else { return };
    it.move_behind_a_link("infra", "vendor/infra");
    it.commit_all();
    for asked in [".", "infra"] {
        let (found, _, _) = check(&it, &[asked, "--policy-from", "HEAD~1"]);
        assert!(
            !found.iter().any(|it| it.starts_with("suppression") || it.contains("principal")),
            "{asked}: {found:?}"
        );
    }
}

/// A file is excluded where every path by which it is reached is, and rules are off there alone.
#[cfg(unix)]
#[test]
fn excluded_by_every_path() {
    let off = "rules: { access-widened: off, bucket-policy-public-principal: off }";
    for config in ["exclude: [\"examples/**\"]\n".to_owned(), format!("paths: [{{ path: \"examples/**\", {off} }}]\n")]
    {
        let files = [("bucketlint.yaml", config.as_str()), ("infra/main.tf", &bucket(OWN)), ("other/main.tf", "")];
        let Some(it) = Repository::new(&files) else { return };
        it.write("examples/main.tf", &bucket("\"*\"").replace("b-example", "example-example"));
        assert_eq!(check(&it, &["."]).2, 0, "what is reached by no other path is excluded");
        it.move_behind_a_link("infra", "examples/infra");
        it.write("infra/main.tf", &bucket(MORE));
        it.commit_all();
        for asked in [&["."][..], &["infra"], &["infra", "other"]] {
            widens(&it, &[asked, &TRUSTED[..]].concat());
        }
    }
}

/// Templates and policies behind links are judged where they are, or through the link where nothing meets them there.
#[cfg(unix)]
#[test]
fn links_to_templates() {
    let template = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccessControl: PublicRead\n      OwnershipControls: {Rules: [{ObjectOwnership: ObjectWriter}]}\n";
    for to in ["examples/stack.yaml", "ignored/stack.yaml", ".aws-sam/stack.yaml", "other/stack.yaml"] {
        let config = "exclude: [\"examples/**\"]\n";
        let files =
            [("stack.yaml", template), ("bucketlint.yaml", config), (".gitignore", "ignored/\n"), ("main.tf", "")];
        let Some(it) = Repository::new(&files) else { return };
        it.move_behind_a_link("stack.yaml", to);
        std::os::unix::fs::symlink("stack.yaml", it.0.join("again.yaml")).unwrap();
        let acl = |found: &[String]| found.iter().filter(|it| it.starts_with("acl-public-read")).count();
        let (found, told, code) = check(&it, &["."]);
        assert!(acl(&found) == 1 && code == 1, "{to}: {found:?} {told:?}");
    }
}

/// Who excludes all judges nothing, and that is no success.
#[test]
fn nothing_is_judged() {
    let it = Folder::new(&[("bucketlint.yaml", "exclude: [\"**\"]\n"), ("main.tf", &bucket("\"*\""))]);
    let (found, told, code) = check(&it, &["."]);
    assert_eq!((found, told, code), (Vec::new(), vec!["nothing-judged incomplete".to_owned()], 3));
}

#[test]
fn submodules_that_are_not_here() {
    let Some(other) = Repository::new(&[("main.tf", &bucket("\"*\""))]) else { return };
    let Some(it) = Repository::new(&[("infra/main.tf", &bucket(OWN)), ("top/main.tf", "")]) else { return };
    it.git(&["rm", "-r", "-q", "infra"]);
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add"];
    it.git(&[&add[..], &[other.0.to_str().unwrap(), "infra"]].concat());
    it.commit();
    it.git(&["submodule", "--quiet", "deinit", "-f", "infra"]);
    let incomplete = vec!["submodule-not-here incomplete".to_owned()];
    for asked in [&["."][..], &["infra"], &[".", "--base", "HEAD~1"], &["infra", "--policy-from", "HEAD~1"]] {
        let (_, told, code) = check(&it, asked);
        assert_eq!((told, code), (incomplete.clone(), 3), "{asked:?}");
    }
    assert_eq!(check(&it, &["top"]).2, 0);
    // A change that leaves it as it was changes nothing in it; who excludes it does not ask.
    let (_, told, code) = check(&it, &[".", "--base", "HEAD"]);
    assert_eq!((told, code), (vec!["submodule-not-here note".to_owned()], 0));
    it.write("bucketlint.yaml", "exclude: [\"infra/**\"]\n");
    assert_eq!(check(&it, &["."]).2, 0);
}

/// A submodule has a history of its own, which a change chooses.
#[test]
fn history_is_that_of_the_whole() {
    let Some(other) = Repository::new(&[("main.tf", &bucket(MORE))]) else { return };
    let Some(it) = Repository::new(&[("infra/main.tf", &bucket(OWN))]) else { return };
    it.git(&["tag", "trusted"]);
    it.git(&["rm", "-r", "-q", "infra"]);
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add"];
    it.git(&[&add[..], &[other.0.to_str().unwrap(), "infra"]].concat());
    it.commit();
    it.git(&["-C", "infra", "tag", "trusted"]);
    for asked in ["infra", "infra/main.tf"] {
        widens(&it, &[asked, "--base", "trusted", "--policy-from", "trusted"]);
    }
    // From within, it is a repository as any other.
    let (out, _, code) = it.run_in("infra", &["check", ".", "--base", "trusted", "--format", "json"]);
    assert_eq!(code, 0, "{out}");
}

/// Files of values that the run is not given: what they say of an open variable may be what is deployed.
#[test]
fn values_that_the_run_is_not_given() {
    let open = bucket("var.who") + "variable \"who\" {}\nvariable \"name\" {}\n";
    let flag = bucket(OWN).replace("restrict_public_buckets = true", "restrict_public_buckets = var.who");
    let flag = flag + "variable \"who\" {}\n";
    let account = |id: &str| format!("who = \"{id}\"\nname = \"x\"\n");
    for (code, was, now) in [
        (&open, account("111122223333"), account("444455556666")),
        (&open, account("111122223333"), "who = [\"111122223333\", \"444455556666\"]\n".to_owned()),
        (&flag, "who = true\n".to_owned(), "who = false\n".to_owned()),
    ] {
        for file in ["prod.tfvars", "envs/prod.tfvars"] {
            let Some(it) = Repository::new(&[("main.tf", code), (file, &was)]) else { return };
            let asked = [".", "--base", "HEAD"];
            it.write(file, &format!("# other words\n{}", was.replace(" = ", "  =  ")));
            assert_eq!(check(&it, &asked), (Vec::new(), Vec::new(), 0), "{file}");
            it.write("other.tfvars", "other = 1\n");
            assert_eq!(check(&it, &asked).2, 0, "{file}");
            it.write(file, &now);
            let (found, _, code) = check(&it, &asked);
            assert_eq!((found, code), (vec!["access-widened unknown".to_owned()], 3), "{file}: {now}");
            // Under another name it says what it said.
            std::fs::remove_file(it.0.join(file)).unwrap();
            it.write("values/renamed.tfvars", &was);
            assert_eq!(check(&it, &asked).2, 0, "{file}");
            it.write("values/renamed.tfvars", &now);
            assert_eq!(check(&it, &asked).2, 3, "{file}");
        }
    }
}

#[test]
fn parameters_that_the_run_is_not_given() {
    let template = "Parameters:\n  Who: {Type: String}\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: b-example\n      VersioningConfiguration: {Status: Enabled}\n      PublicAccessBlockConfiguration: {BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true}\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n        Version: \"2012-10-17\"\n        Statement:\n          - {Effect: Allow, Principal: {AWS: !Ref Who}, Action: \"s3:GetObject\", Resource: \"arn:aws:s3:::b-example/*\"}\n";
    for form in [
        "[{\"ParameterKey\": \"Who\", \"ParameterValue\": \"ID\"}]",
        "[\"Who=ID\"]",
        "{\"Parameters\": {\"Who\": \"ID\"}}",
        "{\"Who\": \"ID\"}",
    ] {
        let values = |id: &str| form.replace("ID", &format!("arn:aws:iam::{id}:root"));
        let files = [("stack/t.yaml", template), ("stack/params/prod.json", &values("111122223333"))];
        let Some(it) = Repository::new(&files) else { return };
        assert_eq!(check(&it, &[".", "--base", "HEAD"]).2, 0, "{form}");
        it.write("stack/params/prod.json", &values("444455556666"));
        let (found, _, code) = check(&it, &[".", "--base", "HEAD"]);
        assert_eq!((found, code), (vec!["access-widened unknown".to_owned()], 3), "{form}");
    }
}

/// A root module has its inputs by whatever path it is reached, at both revisions.
#[cfg(unix)]
#[test]
fn inputs_of_a_root_behind_a_link() {
    let code = |more: &str| bucket(&format!("concat([var.who], {more})")) + "variable \"who\" {}\n";
    let config = "terraform: { roots: [{ path: infra, vars: { who: \"111122223333\" } }] }\n";
    let Some(it) = Repository::new(&[("infra/main.tf", &code("[]")), ("bucketlint.yaml", config)]) else { return };
    it.move_behind_a_link("infra", "vendor/infra");
    it.commit_all();
    for asked in [".", "infra"] {
        assert_eq!(check(&it, &[&[asked], &TRUSTED[..]].concat()), (Vec::new(), Vec::new(), 0), "{asked}");
    }
    assert_eq!(check(&it, &[".", "--base", "HEAD"]), (Vec::new(), Vec::new(), 0), "the link was there");
    it.write("infra/main.tf", &code("[\"444455556666\"]"));
    for asked in [".", "infra"] {
        widens(&it, &[&[asked], &TRUSTED[..]].concat());
    }
}

/// A file of variables that git would keep is one of the change, named or not.
#[test]
fn values_that_nobody_added() {
    let code = bucket("var.who") + "variable \"who\" {}\n";
    let Some(it) = Repository::new(&[("main.tf", &code)]) else { return };
    it.write("stage.tfvars", "who = \"444455556666\"\n");
    let asked = [".", "--base", "HEAD", "--var-file", "stage.tfvars"];
    let (found, _, _) = check(&it, &asked);
    assert!(found.iter().any(|it| it.starts_with("access-widened")), "{found:?}");
    it.write(".gitignore", "*.tfvars\n");
    it.commit();
    let (found, _, code) = check(&it, &asked);
    assert_eq!((found, code), (Vec::new(), 0), "what git ignores is no part of a change");
}
