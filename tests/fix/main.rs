//! `check --fix`: what each fixer writes, what it leaves alone, and that nothing is written which was not proved.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test may")]

mod calls;
mod corpus;
mod elsewhere;
mod faults;
mod files;
mod proof;
mod safety;
mod scope;
mod shared;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

static FOLDERS: AtomicUsize = AtomicUsize::new(0);

/// A folder with files, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("bucketlint-fix-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).unwrap();
        let folder = Self(root.canonicalize().unwrap());
        for (path, text) in files {
            folder.write(path, text);
        }
        folder
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap()
    }

    /// All files with their texts.
    fn texts(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut out = BTreeMap::new();
        walk(&self.0, &mut |path| {
            out.insert(path.strip_prefix(&self.0).unwrap().to_path_buf(), fs::read(path).unwrap());
        });
        out
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
        command.arg("check").args(args).arg(".").current_dir(&self.0).env("NO_COLOR", "1").output().unwrap()
    }

    /// Whether `terraform fmt` agrees with the code; `None` where there is no terraform.
    fn is_formatted(&self) -> Option<bool> {
        let run = Command::new("terraform").args(["fmt", "-check", "-recursive"]).arg(&self.0).output().ok()?;
        Some(run.status.success())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn walk(folder: &Path, see: &mut dyn FnMut(&Path)) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { walk(&path, see) } else { see(&path) }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What `--fix --unsafe-fixes` changes, as a diff; it is checked that the fixed code stays as `terraform fmt` has it, and that a
/// second run has nothing to do.
fn mended(files: &[(&str, &str)], args: &[&str]) -> String {
    let folder = Folder::new(files);
    let was_formatted = folder.is_formatted();
    let before = folder.texts();
    let with =
        |more: &[&'static str]| folder.run(&args.iter().copied().chain(more.iter().copied()).collect::<Vec<_>>());
    let shown = with(&["--fix", "--unsafe-fixes", "--diff"]);
    assert_eq!(folder.texts(), before, "--diff writes nothing");
    let fixed = with(&["--fix", "--unsafe-fixes"]);
    assert_ne!(fixed.status.code(), Some(2), "{}", text(&fixed.stderr));
    let after = folder.texts();
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "no file comes or goes");
    assert_eq!(before == after, shown.stdout.is_empty(), "--diff tells whether something is written");
    if was_formatted == Some(true) {
        assert_eq!(folder.is_formatted(), Some(true), "{}", text(&shown.stdout));
    }
    with(&["--fix", "--unsafe-fixes"]);
    assert_eq!(folder.texts(), after, "a second run has nothing to do");
    assert_eq!(unknown_names(&with(&["--format", "json"])), 0, "{}", text(&shown.stdout));
    format!("{}{}", text(&shown.stdout), text(&shown.stderr))
}

/// The names that a report says the provider, or CloudFormation, does not have.
fn unknown_names(run: &Output) -> usize {
    let json: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let codes = ["unknown-argument", "unknown-property"];
    json["diagnostics"].as_array().unwrap().iter().filter(|it| codes.iter().any(|code| it["code"] == *code)).count()
}

/// Only one rule.
const ALONE: [&str; 2] = ["--config", "rules.yaml"];

/// A configuration that runs one rule only.
fn only(rule: &str) -> String {
    let all = text(
        &Command::new(env!("CARGO_BIN_EXE_bucketlint")).args(["rules", "--format", "json"]).output().unwrap().stdout,
    );
    let all: serde_json::Value = serde_json::from_str(&all).unwrap();
    let list = all.get("rules").unwrap_or(&all).as_array().unwrap().clone();
    let ids = list.iter().map(|it| it["id"].as_str().unwrap().to_owned());
    let lines: String = ids.map(|it| format!("  {it}: {}\n", if it == rule { "on" } else { "off" })).collect();
    format!("rules:\n{lines}")
}

/// The diff of one rule's fixer.
fn alone(name: &str, rule: &str, files: &[(&str, &str)]) -> String {
    let configuration = only(rule);
    let mut all: Vec<(&str, &str)> = files.to_vec();
    all.push(("rules.yaml", &configuration));
    format!("# {name}\n{}\n", mended(&all, &ALONE))
}

const BUCKET: &str = "resource \"aws_s3_bucket\" \"logs\" {\n  bucket = \"logs-of-example\"\n}\n";

#[test]
fn terraform_settings() {
    let one = |name: &str, rule: &str, code: &str| alone(name, rule, &[("main.tf", code)]);
    let block =
        |lines: &str| format!("{BUCKET}\nresource \"aws_s3_bucket_public_access_block\" \"logs\" {{\n{lines}}}\n");
    let out = [
        one("no block", "bpa-missing", BUCKET),
        one(
            "the name is taken, code follows",
            "bpa-missing",
            &format!(
                "{}variable \"x\" {{}}\n\nresource \"aws_s3_bucket_public_access_block\" \"logs\" {{\n  bucket = \"elsewhere\"\n}}\n",
                BUCKET
            ),
        ),
        one(
            "count, provider",
            "bpa-missing",
            "resource \"aws_s3_bucket\" \"logs\" {\n  count    = 2\n  provider = aws.west\n  bucket   = \"logs-${count.index}\"\n}\n",
        ),
        one(
            "for_each over lines",
            "bpa-missing",
            "resource \"aws_s3_bucket\" \"logs\" {\n  for_each = toset([\n    \"a\",\n    \"b\",\n  ])\n  bucket = each.key\n}\n",
        ),
        one(
            "a flag is false",
            "bpa-block-public-acls",
            &block("  bucket            = aws_s3_bucket.logs.id\n  block_public_acls = false # for now\n"),
        ),
        one(
            "a flag is missing: all above are aligned anew",
            "bpa-restrict-public-buckets",
            &block("  bucket            = aws_s3_bucket.logs.id\n  block_public_acls = true\n"),
        ),
        one(
            "comments behind arguments stay where they are",
            "bpa-restrict-public-buckets",
            &block("  bucket            = aws_s3_bucket.logs.id\n  block_public_acls = true # yes\n"),
        ),
        one(
            "block on one line",
            "bpa-ignore-public-acls",
            &format!(
                "{BUCKET}\nresource \"aws_s3_bucket_public_access_block\" \"logs\" {{ bucket = aws_s3_bucket.logs.id }}\n"
            ),
        ),
        one("versioning", "versioning", BUCKET),
        one(
            "versioning suspended, by a local value",
            "versioning",
            &format!(
                "{BUCKET}\nlocals {{\n  status = \"Suspended\"\n}}\n\nresource \"aws_s3_bucket_versioning\" \"logs\" {{\n  bucket = aws_s3_bucket.logs.id\n  versioning_configuration {{\n    status = local.status\n  }}\n}}\n"
            ),
        ),
        one(
            "versioning with a provider before 4",
            "versioning",
            &format!(
                "terraform {{\n  required_providers {{\n    aws = {{\n      source  = \"hashicorp/aws\"\n      version = \"~> 3.0\"\n    }}\n  }}\n}}\n\n{BUCKET}"
            ),
        ),
        one(
            "versioning inline",
            "versioning",
            "resource \"aws_s3_bucket\" \"logs\" {\n  bucket = \"logs-of-example\"\n  versioning {\n    enabled = false\n  }\n}\n",
        ),
        one(
            "ownership",
            "object-ownership-enforced",
            &format!(
                "{BUCKET}\nresource \"aws_s3_bucket_ownership_controls\" \"logs\" {{\n  bucket = aws_s3_bucket.logs.id\n  rule {{\n    object_ownership = \"ObjectWriter\"\n  }}\n}}\n"
            ),
        ),
        one("encryption", "sse-default", BUCKET),
        one(
            "bucket key",
            "bucket-key",
            &format!(
                "{BUCKET}\nresource \"aws_s3_bucket_server_side_encryption_configuration\" \"logs\" {{\n  bucket = aws_s3_bucket.logs.id\n  rule {{\n    apply_server_side_encryption_by_default {{\n      sse_algorithm = \"aws:kms\"\n    }}\n  }}\n}}\n"
            ),
        ),
        one(
            "force_destroy",
            "force-destroy",
            "resource \"aws_s3_bucket\" \"logs\" {\n  bucket        = \"logs-of-example\"\n  force_destroy = true\n}\n",
        ),
        one(
            "account",
            "account-bpa",
            "resource \"aws_s3_account_public_access_block\" \"all\" {\n  block_public_acls   = false\n  block_public_policy = true\n}\n",
        ),
        one(
            "part of an expression",
            "versioning",
            &format!(
                "variable \"on\" {{\n  default = false\n}}\n\n{BUCKET}\nresource \"aws_s3_bucket_versioning\" \"logs\" {{\n  bucket = aws_s3_bucket.logs.id\n  versioning_configuration {{\n    status = var.on ? \"Enabled\" : \"Suspended\"\n  }}\n}}\n"
            ),
        ),
        one(
            "on a condition",
            "bpa-missing",
            &format!(
                "variable \"on\" {{\n  default = false\n}}\n\n{BUCKET}\nresource \"aws_s3_bucket_public_access_block\" \"logs\" {{\n  count  = var.on ? 1 : 0\n  bucket = aws_s3_bucket.logs.id\n\n  block_public_acls       = true\n  block_public_policy     = true\n  ignore_public_acls      = true\n  restrict_public_buckets = true\n}}\n"
            ),
        ),
    ];
    insta::assert_snapshot!(out.concat());
}

#[test]
fn terraform_acls() {
    let acl = |lines: &str| {
        format!("{BUCKET}\nresource \"aws_s3_bucket_acl\" \"logs\" {{\n  bucket = aws_s3_bucket.logs.id\n{lines}}}\n")
    };
    let grant = |uri: &str| {
        format!(
            "    grant {{\n      grantee {{\n        type = \"Group\"\n        uri  = \"{uri}\"\n      }}\n      permission = \"READ\"\n    }}\n"
        )
    };
    let policy = format!(
        "\n  access_control_policy {{\n{}\n{}\n    owner {{\n      id = \"abc\"\n    }}\n  }}\n",
        grant("http://acs.amazonaws.com/groups/global/AllUsers"),
        grant("http://acs.amazonaws.com/groups/s3/LogDelivery")
    );
    let out = [
        alone("canned", "acl-public-read", &[("main.tf", &acl("  acl    = \"public-read\"\n"))]),
        alone(
            "by the default of a variable",
            "acl-public-read",
            &[
                ("main.tf", &acl("  acl    = var.acl\n")),
                ("variables.tf", "variable \"acl\" {\n  default = \"public-read\"\n}\n"),
            ],
        ),
        alone("a grant", "acl-public-read", &[("main.tf", &acl(&policy))]),
        alone(
            "an object",
            "object-acl-public",
            &[(
                "main.tf",
                &format!(
                    "{BUCKET}\nresource \"aws_s3_object\" \"page\" {{\n  bucket = aws_s3_bucket.logs.id\n  key    = \"index.html\"\n  acl    = \"public-read\"\n}}\n"
                ),
            )],
        ),
    ];
    insta::assert_snapshot!(out.concat());
}

fn policy(value: &str) -> String {
    format!(
        "{BUCKET}\nresource \"aws_s3_bucket_policy\" \"logs\" {{\n  bucket = aws_s3_bucket.logs.id\n  policy = {value}\n}}\n"
    )
}

const OBJECT: &str = "jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [\n      {\n        Sid       = \"Read\"\n        Effect    = \"Allow\"\n        Principal = \"*\"\n        Action    = \"s3:GetObject\"\n        Resource  = \"${aws_s3_bucket.logs.arn}/*\"\n      },\n      { # the account itself\n        Effect    = \"Allow\"\n        Principal = { AWS = \"111122223333\" }\n        Action    = \"s3:*\"\n        Resource  = \"${aws_s3_bucket.logs.arn}/*\"\n      }\n    ]\n  })";
const COMPACT: &str = "jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [{\n      Sid       = \"Own\"\n      Effect    = \"Allow\"\n      Principal = { AWS = \"111122223333\" }\n      Action    = \"s3:GetObject\"\n      Resource  = \"${aws_s3_bucket.logs.arn}/*\"\n      }, {\n      Sid       = \"Read\"\n      Effect    = \"Allow\"\n      Principal = \"*\"\n      Action    = \"s3:GetObject\"\n      Resource  = \"${aws_s3_bucket.logs.arn}/*\"\n    }]\n  })";
const HEREDOC: &str = "<<-EOF\n    {\n        \"Version\": \"2012-10-17\",\n        \"Statement\": [{\n            \"Effect\": \"Allow\",\n            \"Principal\": \"*\",\n            \"Action\": \"s3:GetObject\",\n            \"Resource\": \"${aws_s3_bucket.logs.arn}/*\"\n        }]\n    }\n  EOF";
const DOCUMENT: &str = "data \"aws_iam_policy_document\" \"logs\" {\n  statement {\n    actions   = [\"s3:GetObject\"]\n    resources = [\"${aws_s3_bucket.logs.arn}/*\"]\n\n    principals {\n      type        = \"*\"\n      identifiers = [\"*\"]\n    }\n  }\n}\n";

#[test]
fn terraform_policies() {
    let one = |name: &str, rule: &str, code: &str| alone(name, rule, &[("main.tf", code)]);
    let document = format!("{}\n{DOCUMENT}", policy("data.aws_iam_policy_document.logs.json"));
    let single = policy(
        "jsonencode({\n    \"Version\" : \"2012-10-17\",\n    \"Statement\" : {\n      \"Effect\" : \"Allow\",\n      \"Principal\" : \"*\",\n      \"Action\" : \"s3:GetObject\",\n      \"Resource\" : \"${aws_s3_bucket.logs.arn}/*\"\n    }\n  })",
    );
    let short = policy(
        "jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::logs-of-example/*\" }] })",
    );
    let out = [
        one("deny in an object", "secure-transport", &policy(OBJECT)),
        one("deny in a text", "secure-transport", &policy(HEREDOC)),
        one("deny in a document", "secure-transport", &document),
        one("deny beside a statement without a list", "secure-transport", &single),
        one("deny in a compact list", "secure-transport", &policy(COMPACT)),
        one("remove the last of a compact list", "bucket-policy-public-principal", &policy(COMPACT)),
        one("deny on one line", "secure-transport", &short),
        one("deny without a policy", "secure-transport", BUCKET),
        one("remove from an object", "bucket-policy-public-principal", &policy(OBJECT)),
        one("replace in a text", "bucket-policy-public-principal", &policy(HEREDOC)),
        one("replace in a document", "bucket-policy-public-principal", &document),
        one("replace without a list", "bucket-policy-public-principal", &single),
        one("the policy is a variable", "secure-transport", &format!("variable \"p\" {{}}\n\n{}", policy("var.p"))),
    ];
    insta::assert_snapshot!(out.concat());
}

const YAML: &str = "# A template\nResources:\n  Logs:   # the logs\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: logs-of-example\n      Tags:\n      - Key: a\n        Value: b\n  # the end of it\n\nOutputs:\n  Name:\n    Value: !Ref Logs\n";
const YAML_POLICY: &str = "Resources:\n  Logs:\n    Type: AWS::S3::Bucket\n  LogsAccess:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref Logs\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n        - Effect: Allow\n          Principal: '*'\n          Action: s3:GetObject\n          Resource: !Sub '${Logs.Arn}/*'\n\n        # the account itself\n        - Effect: Allow\n          Principal: {AWS: !Ref AWS::AccountId}\n          Action: s3:*\n          Resource: !Sub '${Logs.Arn}/*'\n";
const JSON: &str = "{\n    \"Resources\": {\n        \"Logs\": {\n            \"Type\": \"AWS::S3::Bucket\",\n            \"Properties\": {\n                \"PublicAccessBlockConfiguration\": { \"BlockPublicAcls\": \"false\" },\n                \"AccessControl\": \"PublicRead\"\n            }\n        }\n    }\n}\n";

#[test]
fn templates() {
    let one = |name: &str, rule: &str, code: &str| alone(name, rule, &[("stack.yaml", code)]);
    let json = |name: &str, rule: &str, code: &str| alone(name, rule, &[("stack.json", code)]);
    let out = [
        one("no block", "bpa-missing", YAML),
        one(
            "no properties",
            "bpa-missing",
            "Resources:\n    Logs:\n        Type: AWS::S3::Bucket\n        DeletionPolicy: Retain\n",
        ),
        one(
            "flow style",
            "bpa-missing",
            "Resources: {Logs: {Type: \"AWS::S3::Bucket\", Properties: {BucketName: logs-of-example}}}\n",
        ),
        one(
            "a flag is missing",
            "bpa-block-public-policy",
            "Resources:\n  Logs:\n    Type: AWS::S3::Bucket\n    Properties:\n      PublicAccessBlockConfiguration:\n        BlockPublicAcls: True\n",
        ),
        one(
            "a flag is false, quoted",
            "bpa-block-public-acls",
            "Resources:\n  Logs:\n    Type: AWS::S3::Bucket\n    Properties:\n      PublicAccessBlockConfiguration:\n        BlockPublicAcls: 'false'   # for now\n",
        ),
        one(
            "a flag by a parameter",
            "bpa-block-public-acls",
            "Parameters:\n  Block:\n    Type: String\n    Default: \"false\"\nResources:\n  Logs:\n    Type: AWS::S3::Bucket\n    Properties:\n      PublicAccessBlockConfiguration:\n        BlockPublicAcls: !Ref Block\n",
        ),
        one("versioning behind a list", "versioning", YAML),
        one("encryption", "sse-default", YAML),
        one(
            "ACL",
            "acl-public-read",
            "Resources:\n  Logs:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccessControl: PublicRead\n",
        ),
        one("deny", "secure-transport", YAML_POLICY),
        one("deny without a policy", "secure-transport", YAML),
        one("remove a statement", "bucket-policy-public-principal", YAML_POLICY),
        json("no block", "versioning", JSON),
        json("a flag is false", "bpa-block-public-acls", JSON),
        json("a flag is missing", "bpa-restrict-public-buckets", JSON),
        json("ACL", "acl-public-read", JSON),
        json("deny without a policy", "secure-transport", JSON),
    ];
    insta::assert_snapshot!(out.concat());
}

#[test]
fn bare_policies() {
    let policy = "{\n\t\"Version\": \"2012-10-17\",\n\t\"Statement\": [\n\t\t{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::logs-of-example/*\"},\n\t\t{\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"111122223333\"}, \"Action\": \"s3:*\", \"Resource\": \"arn:aws:s3:::logs-of-example/*\"}\n\t]\n}\n";
    let one = "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::logs-of-example/*\"}}";
    let out = [
        alone("deny", "secure-transport", &[("policy.json", policy)]),
        alone("remove", "bucket-policy-public-principal", &[("policy.json", policy)]),
        alone("replace", "bucket-policy-public-principal", &[("policy.json", one)]),
        alone(
            "a file that Terraform reads",
            "bucket-policy-public-principal",
            &[("main.tf", &self::policy("file(\"policy.json\")")), ("policy.json", policy)],
        ),
    ];
    insta::assert_snapshot!(out.concat());
}

#[test]
fn modules() {
    let module = format!(
        "variable \"block\" {{\n  default = true\n}}\n\n{}\nresource \"aws_s3_bucket_public_access_block\" \"logs\" {{\n  bucket                  = aws_s3_bucket.logs.id\n  block_public_acls       = var.block\n  block_public_policy     = true\n  ignore_public_acls      = true\n  restrict_public_buckets = true\n}}\n",
        BUCKET.replace("\"logs-of-example\"", "var.name").replace("resource", "variable \"name\" {}\n\nresource")
    );
    let calls = "module \"a\" {\n  source = \"./bucket\"\n  name   = \"a-of-example\"\n  block  = false\n}\n\nmodule \"b\" {\n  source   = \"./bucket\"\n  for_each = toset([\"x\", \"y\"])\n  name     = \"b-of-example-${each.key}\"\n}\n";
    let files = [("main.tf", calls), ("bucket/main.tf", &*module)];
    let fetched = [
        ("main.tf", &*calls.replace("./bucket", "./.terraform/modules/bucket")),
        (".terraform/modules/bucket/main.tf", &*module),
    ];
    let out = [
        alone("an argument of one call", "bpa-block-public-acls", &files),
        alone("in the module, once for all calls", "versioning", &files),
        alone("fetched code is not edited", "versioning", &fetched),
        alone(
            "a module whose source is not here",
            "bpa-block-public-acls",
            &[(
                "main.tf",
                "module \"logs\" {\n  source            = \"terraform-aws-modules/s3-bucket/aws\"\n  version           = \"~> 4.0\"\n  bucket            = \"logs-of-example\"\n  block_public_acls = false\n}\n",
            )],
        ),
    ];
    insta::assert_snapshot!(out.concat());
}

/// Line endings, a byte-order mark, a missing last line ending and all that stands elsewhere stay what they are.
#[test]
fn the_rest_of_a_file_stays_as_it_is() {
    let crlf = format!("# comment\n\n{BUCKET}\n  # odd   layout\nlocals {{  a = 1 }}").replace('\n', "\r\n");
    let folder = Folder::new(&[("main.tf", &format!("\u{feff}{crlf}"))]);
    folder.run(&["--fix"]);
    let fixed = folder.read("main.tf");
    assert!(fixed.starts_with("\u{feff}# comment\r\n\r\nresource"), "{fixed}");
    assert!(fixed.ends_with("\r\n  # odd   layout\r\nlocals {  a = 1 }"), "{fixed}");
    assert!(fixed.contains("aws_s3_bucket_versioning") && !fixed.replace("\r\n", "").contains('\n'), "{fixed:?}");
    let yaml = YAML.replace('\n', "\r\n");
    let folder = Folder::new(&[("stack.yaml", &yaml)]);
    folder.run(&["--fix"]);
    let fixed = folder.read("stack.yaml");
    assert!(fixed.contains("Status: Enabled\r\n") && !fixed.replace("\r\n", "").contains('\n'), "{fixed:?}");
    let kept: Vec<&str> = fixed.lines().filter(|it| YAML.lines().any(|own| own == *it)).collect();
    assert_eq!(kept, YAML.lines().collect::<Vec<_>>());
}

#[test]
fn what_takes_access_away_needs_to_be_asked_for() {
    let folder = Folder::new(&[("main.tf", &policy(OBJECT))]);
    let run = folder.run(&["--fix"]);
    let fixed = folder.read("main.tf");
    assert!(
        fixed.contains("aws_s3_bucket_versioning") && !fixed.contains("aws_s3_bucket_public_access_block"),
        "{fixed}"
    );
    assert!(text(&run.stdout).contains("1 fixed, 2 left; 2 more with --unsafe-fixes"), "{}", text(&run.stdout));
    assert_eq!(run.status.code(), Some(1));
    let run = folder.run(&["--fix", "--unsafe-fixes"]);
    assert!(text(&run.stdout).contains("2 fixed, 0 left"), "{}", text(&run.stdout));
    assert_ne!(run.status.code(), Some(1));
    // A website's endpoint serves nothing that is not public; an upload with a public ACL would be refused.
    for more in [
        "resource \"aws_s3_bucket_website_configuration\" \"logs\" {\n  bucket = aws_s3_bucket.logs.id\n  index_document {\n    suffix = \"index.html\"\n  }\n}\n",
        "variable \"site\" {\n  type = bool\n}\nresource \"aws_s3_bucket_website_configuration\" \"logs\" {\n  count  = var.site ? 1 : 0\n  bucket = aws_s3_bucket.logs.id\n  index_document {\n    suffix = \"index.html\"\n  }\n}\n",
        "resource \"aws_s3_object\" \"page\" {\n  bucket = aws_s3_bucket.logs.id\n  key    = \"a\"\n  acl    = \"public-read\"\n}\n",
    ] {
        let folder = Folder::new(&[("main.tf", &format!("{BUCKET}\n{more}"))]);
        folder.run(&["--fix"]);
        assert!(!folder.read("main.tf").contains("aws_s3_bucket_public_access_block"), "{more}");
    }
}

/// What a loop makes is in a list already: a list within it would be refused by S3.
#[test]
fn a_statement_of_a_loop_is_left() {
    let statement = "{ Effect = \"Allow\", Principal = { AWS = \"arn:aws:iam::111122223333:root\" }, Action = \"s3:GetObject\", Resource = \"${aws_s3_bucket.logs.arn}/*\" }";
    for (value, is_made) in [(statement.to_owned(), true), (format!("[for it in [\"a\"] : {statement}]"), false)] {
        let policy = format!(
            "resource \"aws_s3_bucket_policy\" \"logs\" {{\n  bucket = aws_s3_bucket.logs.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = {value} }})\n}}\n"
        );
        let folder = Folder::new(&[("main.tf", &format!("{BUCKET}\n{policy}"))]);
        folder.run(&["--fix", "--unsafe-fixes", "--enable", "secure-transport"]);
        assert_eq!(folder.read("main.tf").contains("DenyPlainHttp"), is_made, "{value}");
    }
}

#[test]
fn a_fix_that_is_not_proved_is_not_made() {
    let page = "---\nid: no-block\ntitle: A block is there\nseverity: medium\nprofiles: [default]\nfor: bucket\nwhen: has(bucket.public_access_block)\nat: bucket.public_access_block\nmessage: \"{bucket.address} has a block\"\n---\n## Why\nFor the test.\n";
    let folder = Folder::new(&[("main.tf", BUCKET), ("own/test/no-block.md", page)]);
    let run = folder.run(&["--rules", "own", "--fix"]);
    let out = text(&run.stdout);
    assert!(out.contains("not fixed: bpa-missing aws_s3_bucket.logs: it would bring a finding of `no-block`"), "{out}");
    let fixed = folder.read("main.tf");
    assert!(fixed.contains("aws_s3_bucket_versioning") && !fixed.contains("public_access_block"), "{fixed}");
}

#[test]
fn what_does_not_count_is_not_fixed() {
    let suppressed = BUCKET.replace("{\n", "{ # bucketlint:ignore versioning reason=\"a test\"\n");
    let folder = Folder::new(&[("main.tf", &suppressed)]);
    folder.run(&["--fix"]);
    assert!(!folder.read("main.tf").contains("aws_s3_bucket_versioning"));
    assert!(folder.read("main.tf").contains("aws_s3_bucket_public_access_block"));
    let folder = Folder::new(&[("main.tf", BUCKET)]);
    folder.run(&["--write-baseline", "base.json"]);
    folder.run(&["--baseline", "base.json", "--fix", "--unsafe-fixes"]);
    assert_eq!(folder.read("main.tf"), BUCKET);
}

#[test]
fn with_a_base_only_what_is_new_is_fixed() {
    let folder = Folder::new(&[("old.tf", &BUCKET.replace("logs", "old"))]);
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"]);
        command.args(args).current_dir(&folder.0).output().is_ok_and(|it| it.status.success())
    };
    if !(git(&["init", "-q"]) && git(&["add", "."]) && git(&["commit", "-qm", "old"])) {
        println!("skipped: no git");
        return;
    }
    folder.write("new.tf", BUCKET);
    folder.run(&["--base", "HEAD", "--fix"]);
    assert!(!folder.read("old.tf").contains("aws_s3_bucket_versioning"));
    assert!(folder.read("new.tf").contains("aws_s3_bucket_versioning"));
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_written_stops_all_writing() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new(&[("a.tf", BUCKET), ("b.tf", &BUCKET.replace("logs", "more"))]);
    let locked = folder.0.join("b.tf");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o444)).unwrap();
    let before = folder.texts();
    let run = folder.run(&["--fix"]);
    assert_eq!(run.status.code(), Some(2));
    let said = text(&run.stderr);
    assert!(said.contains("b.tf: not changed, and no other file was written: it is read-only"), "{said}");
    assert_eq!(folder.texts(), before);
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o640)).unwrap();
    folder.run(&["--fix"]);
    assert!(folder.read("b.tf").contains("aws_s3_bucket_versioning"));
    assert_eq!(fs::metadata(&locked).unwrap().permissions().mode() & 0o777, 0o640);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let folder = Folder::new(&[("shared/main.tf", BUCKET), ("live/variables.tf", "variable \"x\" {}\n")]);
    std::os::unix::fs::symlink("../shared/main.tf", folder.0.join("live/main.tf")).unwrap();
    folder.write(".git/HEAD", "");
    let run = Command::new(env!("CARGO_BIN_EXE_bucketlint"))
        // What it leads to was not asked about.
        .args(["check", "--fix", "--unsafe-fixes", "live"])
        .current_dir(&folder.0)
        .output()
        .unwrap();
    assert_ne!(run.status.code(), Some(2), "{}", text(&run.stderr));
    assert!(fs::symlink_metadata(folder.0.join("live/main.tf")).unwrap().is_symlink());
    assert!(folder.read("shared/main.tf").contains("aws_s3_bucket_versioning"));
    let other = Folder::new(&[("main.tf", BUCKET)]);
    std::os::unix::fs::symlink(other.0.join("main.tf"), folder.0.join("live/far.tf")).unwrap();
    Command::new(env!("CARGO_BIN_EXE_bucketlint"))
        .args(["check", "--fix", "live"])
        .current_dir(&folder.0)
        .output()
        .unwrap();
    assert_eq!(other.read("main.tf"), BUCKET);
}

#[test]
fn standard_input_is_shown_and_not_written() {
    let run = |args: &[&str]| {
        use std::io::Write;
        use std::process::Stdio;
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
        command.args(["check", "--input", "terraform", "--fix"]).args(args).arg("-");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(BUCKET.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let refused = run(&[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("standard input"), "{}", text(&refused.stderr));
    let shown = run(&["--diff"]);
    assert_eq!(shown.status.code(), Some(1));
    assert!(
        text(&shown.stdout).contains("+resource \"aws_s3_bucket_versioning\" \"logs\" {"),
        "{}",
        text(&shown.stdout)
    );
}

/// Reports tell the edits, and who applies those of JSON gets what one round of `--fix` writes.
#[test]
fn reports_tell_the_edits() {
    let folder = Folder::new(&[("main.tf", BUCKET)]);
    let json: serde_json::Value = serde_json::from_slice(&folder.run(&["--format", "json"]).stdout).unwrap();
    let findings = json["findings"].as_array().unwrap();
    let fix = &findings.iter().find(|it| it["rule"] == "versioning").unwrap()["fix"];
    assert_eq!((fix["safety"].as_str(), fix["title"].as_str()), (Some("safe"), Some("enable versioning")));
    let edit = &fix["edits"][0];
    assert_eq!(edit["location"]["start"], edit["location"]["end"]);
    assert_eq!(edit["location"]["start"]["line"], 3);
    let sarif: serde_json::Value = serde_json::from_slice(&folder.run(&["--format", "sarif"]).stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let result = results.iter().find(|it| it["ruleId"] == "versioning").unwrap();
    let change = &result["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "main.tf");
    assert_eq!(change["replacements"][0]["insertedContent"]["text"], edit["text"]);
    assert_eq!(change["replacements"][0]["deletedRegion"]["startLine"], 3);
    let pretty = text(&folder.run(&[]).stdout);
    assert!(pretty.contains("medium[versioning] aws_s3_bucket.logs [fixable]"), "{pretty}");
    assert!(pretty.contains("2 fixable with --fix"), "{pretty}");
}

/// The shipped bad example turns green.
#[test]
fn the_example_turns_green() {
    let folder = Folder::new(&[]);
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/example");
    walk(&example, &mut |path| {
        folder.write(path.strip_prefix(&example).unwrap().to_str().unwrap(), &fs::read_to_string(path).unwrap());
    });
    let uploads = "uploads_policy={\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::shop-staging-uploads/*\",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"false\"}}}]}";
    assert_eq!(folder.run(&["--var", uploads]).status.code(), Some(1));
    let run = folder.run(&["--var", uploads, "--fix", "--unsafe-fixes"]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stdout));
    assert_ne!(folder.is_formatted(), Some(false));
    insta::assert_snapshot!(text(&run.stdout));
}

/// What is laid out in a way of its own stays byte for byte.
#[test]
fn arguments_that_were_not_aligned_stay() {
    let code = format!(
        "{BUCKET}\nresource \"aws_s3_bucket_public_access_block\" \"logs\" {{\n  bucket = aws_s3_bucket.logs.id\n  block_public_acls   = true\n}}\n"
    );
    let out = alone("odd", "bpa-restrict-public-buckets", &[("main.tf", &code)]);
    assert!(out.contains("+  restrict_public_buckets = true"), "{out}");
    assert!(!out.lines().any(|it| it.starts_with('-') && !it.starts_with("---")), "{out}");
}
