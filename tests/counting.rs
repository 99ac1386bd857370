//! What counts, and what a suppression, a baseline or the configuration is about: no more than it stands above, no more than it was.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;

use folder::Folder;
use serde_json::Value;

impl Folder {
    fn json(&self, arguments: &[&str]) -> Value {
        let (out, err, _) = self.run_in("", &[&["check", ".", "--format", "json"], arguments].concat());
        serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"))
    }

    /// `line` or `rule line` of the findings that count.
    fn lines(&self, rule: &str) -> Vec<u64> {
        let report = self.json(&["--disable", "bpa-missing"]);
        let found = report["findings"].as_array().unwrap().iter().filter(|it| it["rule"] == rule);
        found.map(|it| it["location"]["start"]["line"].as_u64().unwrap()).collect()
    }
}

/// The lines of a text that say `HERE`; the text without.
fn marked(text: &str) -> (String, Vec<u64>) {
    let lines = (1..).zip(text.lines()).filter(|it| it.1.contains("HERE")).map(|it| it.0).collect();
    (text.replace(" HERE", ""), lines)
}

/// The findings of a rule that count are those of the lines marked, and no suppression is unused.
fn check(name: &str, rule: &str, text: &str) {
    let (text, expected) = marked(text);
    let folder = Folder::new(&[(name, &text)]);
    assert_eq!(folder.lines(rule), expected, "{text}");
    assert_eq!(folder.lines("suppression-unused"), [0; 0], "{text}");
}

const POLICY: &str = "bucket-policy-public-principal";
const HEAD: &str = "resource \"aws_s3_bucket\" \"f\" {\n  bucket = \"acme-f\"\n}\nresource \"aws_s3_bucket_policy\" \"f\" {\n  bucket = aws_s3_bucket.f.id\n  policy = ";

/// Above an entry a comment is about that entry, the first one too: its siblings count.
#[test]
fn above_an_entry() {
    let own = format!("# bucketlint:ignore {POLICY} reason=\"site\"");
    for comment in ["bucketlint:ignore versioning reason=\"x\"", "trivy:ignore:AVD-AWS-0090", "kics-scan ignore-block"]
    {
        check(
            "t.yaml",
            "versioning",
            &format!(
                "Resources:\n  # {comment}\n  Logs:\n    Type: AWS::S3::Bucket\n  Data: HERE\n    Type: AWS::S3::Bucket\n"
            ),
        );
    }
    let statement = |sid: &str, mark: &str| {
        format!(
            "          - Sid: {sid}\n            Effect: Allow\n            Principal: '*'{mark}\n            Action: s3:GetObject\n            Resource: !Sub '${{F.Arn}}/*'\n"
        )
    };
    let head = "Resources:\n  F:\n    Type: AWS::S3::Bucket\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref F\n      PolicyDocument:\n        Statement:\n";
    let (one, two) = (statement("One", ""), statement("Two", ""));
    check("t.yaml", POLICY, &format!("{head}          {own}\n{one}{}", statement("Two", " HERE")));
    check("t.yaml", POLICY, &format!("{head}{}          {own}\n{two}", statement("One", " HERE")));
    // Below the Sid it is about the next line, which has the finding.
    let inside = one.replace("            Principal", &format!("            {own}\n            Principal"));
    check("t.yaml", POLICY, &format!("{head}{inside}{}", statement("Two", " HERE")));
    let element = |mark: &str| {
        format!(
            "      {{\n        Effect = \"Allow\"\n        Principal = \"*\"{mark}\n        Action = \"s3:GetObject\"\n        Resource = \"arn:aws:s3:::acme-f/*\"\n      }},\n"
        )
    };
    let of = |statements: &str| format!("{HEAD}jsonencode({{\n    Statement = [\n{statements}    ]\n  }})\n}}\n");
    let (plain, here) = (element(""), element(" HERE"));
    check("main.tf", POLICY, &of(&format!("      {own}\n{plain}{here}")));
    check("main.tf", POLICY, &of(&format!("{here}      {own}\n{plain}{here}")));
    let first = plain.replacen('\n', &format!("\n        {own}\n"), 1);
    check("main.tf", POLICY, &of(&format!("{here}{first}{here}")));
    // At the end of one it is not about the next.
    let joined = format!("{plain}{here}").replacen("      },\n      {\n", &format!("        {own}\n      }}, {{\n"), 1);
    let found = Folder::new(&[("main.tf", &of(&joined).replace(" HERE", ""))]);
    assert_eq!((found.lines(POLICY).len(), found.lines("suppression-unused").len()), (2, 1), "{joined}");
    let list = format!("locals {{\n  statements = [\n      {own}\n{plain}{here}  ]\n}}\n");
    check("main.tf", POLICY, &format!("{HEAD}jsonencode({{ Statement = local.statements }})\n}}\n{list}"));
}

/// A comment that is the first in a block is about the block, but for one directly above a block in it.
#[test]
fn the_first_in_a_block() {
    let own = format!("# bucketlint:ignore {POLICY} reason=\"site\"");
    let block = |mark: &str| {
        format!(
            "  statement {{\n    actions = [\"s3:GetObject\"]\n    resources = [\"arn:aws:s3:::acme-f/*\"]\n    principals {{{mark}\n      type = \"*\"\n      identifiers = [\"*\"]\n    }}\n  }}\n"
        )
    };
    let of = |body: &str| {
        format!("{HEAD}data.aws_iam_policy_document.f.json\n}}\ndata \"aws_iam_policy_document\" \"f\" {{\n{body}}}\n")
    };
    let (plain, here) = (block(""), block(" HERE"));
    check("main.tf", POLICY, &of(&format!("  {own}\n{plain}{here}")));
    check("main.tf", POLICY, &of(&format!("\n  {own}\n  # Anyone reads.\n{plain}{here}")));
    check("main.tf", POLICY, &of(&format!("  {own}\n  version = \"2012-10-17\"\n{plain}{plain}")));
    check("main.tf", POLICY, &of(&format!("  {own}\n\n{plain}{plain}")));
    let policy = format!(
        "{HEAD}jsonencode({{\n    {own}\n    Version = \"2012-10-17\"\n    Statement = [{{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::acme-f/*\" }}]\n  }})\n}}\n"
    );
    check("main.tf", POLICY, &policy);
    let ignore = "# bucketlint:ignore versioning reason=\"x\"";
    check(
        "t.yaml",
        "versioning",
        &format!(
            "Resources:\n  Logs:\n    {ignore}\n    Type: AWS::S3::Bucket\n  Data: HERE\n    Type: AWS::S3::Bucket\n"
        ),
    );
}

/// Above a resource of a template Checkov's comments count for nothing, as above a block.
#[test]
fn a_checkov_comment_above_a_resource() {
    let folder = Folder::new(&[(
        "t.yaml",
        "Resources:\n  # checkov:skip=CKV_AWS_21:x\n  Logs:\n    Type: AWS::S3::Bucket\n  Two:\n    Type: AWS::S3::Bucket\n    # checkov:skip=CKV_AWS_21:x\n",
    )]);
    assert_eq!((folder.lines("versioning"), folder.lines("suppression-invalid")), (vec![3], vec![2]));
}

/// Ids of Trivy in any case; what narrows one is told.
#[test]
fn ids_of_trivy() {
    let bucket =
        |comment: &str| format!("# {comment}\nresource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"b-example\"\n}}\n");
    for (id, counts, told) in [
        ("avd-aws-0090", false, false),
        ("aws-0090", false, false),
        ("AVD-AWS-0090:ws:prod", true, true),
        ("AVD-AWS-0090[bucket=x]", true, true),
        ("AVD-AWS-9999[bucket=x]", true, false),
    ] {
        let folder = Folder::new(&[("main.tf", &bucket(&format!("trivy:ignore:{id}")))]);
        let found = (!folder.lines("versioning").is_empty(), !folder.lines("suppression-invalid").is_empty());
        assert_eq!(found, (counts, told), "{id}");
    }
    // Where nothing is violated it serves Trivy.
    let versioned = "resource \"aws_s3_bucket_versioning\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  versioning_configuration {\n    status = \"Enabled\"\n  }\n}\n";
    let folder = Folder::new(&[("main.tf", &format!("{}{versioned}", bucket("trivy:ignore:AVD-AWS-0090:ws:prod")))]);
    assert_eq!(folder.lines("suppression-invalid"), [0; 0]);
}

/// What a Deny kept shut is access that a baseline does not know.
#[test]
fn a_baseline_does_not_hide_a_denial_that_goes() {
    let code = |denials: &[&str]| {
        let deny = |at: &&str| {
            format!(
                "    {{ Effect = \"Deny\", Principal = \"*\", Action = \"s3:*\", Resource = \"${{aws_s3_bucket.f.arn}}/{at}\" }},\n"
            )
        };
        let all: String = denials.iter().map(deny).collect();
        format!(
            "{HEAD}jsonencode({{ Statement = [\n    {{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.f.arn}}/*\" }},\n{all}  ] }})\n}}\n"
        )
    };
    let folder = Folder::new(&[("main.tf", &code(&["private/*", "secret/*"]))]);
    folder.run_in("", &["check", ".", "--write-baseline", "b.json"]);
    let is_new = |denials: &[&str]| {
        folder.write("main.tf", &code(denials));
        let report = folder.json(&["--baseline", "b.json"]);
        report["findings"].as_array().unwrap().iter().any(|it| it["rule"] == POLICY)
    };
    assert!(!is_new(&["private/*", "secret/*"]) && !is_new(&["secret/*", "private/*", "more/*"]) && !is_new(&["*"]));
    assert!(is_new(&[]) && is_new(&["private/*"]) && is_new(&["private/a/*", "secret/*"]));
}

/// A run that went wrong, or looked at nothing, knows nothing to accept.
#[test]
fn a_baseline_is_not_emptied_by_a_mistake() {
    let folder = Folder::new(&[("infra/main.tf", "resource \"aws_s3_bucket\" \"b\" {}\n")]);
    std::fs::create_dir_all(folder.0.join("empty")).unwrap();
    let read = || std::fs::read_to_string(folder.0.join("b.json")).ok();
    let write = |path: &str| folder.run_in("", &["check", path, "--write-baseline", "b.json"]);
    assert_eq!((write("infar").2, read()), (2, None));
    assert_eq!((write("infra").2, read().is_some()), (0, true));
    let before = read();
    for (path, code) in [("infar", 2), ("empty", 2)] {
        let (_, told, is) = write(path);
        assert!(is == code && told.contains("b.json is left as it is"), "{path} {is} {told}");
        assert_eq!(read(), before, "{path}");
    }
    folder.write("bucketlint.yaml", "exclude: [\"**\"]\n");
    assert_eq!((write("infra").2, read()), (3, before));
    // What is mended is gone from the next one.
    folder.write("bucketlint.yaml", "rules: { versioning: off, bpa-missing: off }\n");
    assert_eq!((write("infra").2, read().is_some_and(|it| !it.contains("versioning"))), (0, true));
}

/// Who prunes for one environment has not looked at the others.
#[test]
fn pruning_keeps_other_environments() {
    let main = "variable \"v\" {\n  type = string\n}\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\nresource \"aws_s3_bucket_versioning\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  versioning_configuration {\n    status = var.v\n  }\n}\n";
    let (prod, test) = ("v = \"Suspended\"\n", "v = \"Suspended\"\n");
    let folder = Folder::new(&[("main.tf", main), ("prod.tfvars", prod), ("test.tfvars", test)]);
    let both = ["--environment", "prod=prod.tfvars", "--environment", "test=test.tfvars"];
    let run = |more: &[&str]| folder.run_in("", &[&["check", "."], more].concat()).1;
    run(&[&both[..], &["--write-baseline", "b.json"]].concat());
    let read = || std::fs::read_to_string(folder.0.join("b.json")).unwrap();
    let before = read();
    assert!(before.contains("\"environment\":\"test\""), "{before}");
    run(&[&both[..2], &["--baseline", "b.json", "--prune-baseline"]].concat());
    assert_eq!(read(), before);
    run(&["--baseline", "b.json", "--prune-baseline"]);
    assert_eq!(read(), before);
    folder.write("test.tfvars", "v = \"Enabled\"\n");
    run(&[&both[2..], &["--baseline", "b.json", "--prune-baseline"]].concat());
    assert_ne!(read(), before);
}

/// Each environment has its own name and access in a baseline: what changes in one is not hidden by what another was.
#[test]
fn a_baseline_knows_each_environment() {
    let main = "variable \"env\" {}\nvariable \"at\" {}\nvariable \"vpce\" {}\nresource \"aws_s3_bucket\" \"f\" {\n  bucket = \"acme-${var.env}-f\"\n}\nresource \"aws_s3_bucket_policy\" \"f\" {\n  bucket = aws_s3_bucket.f.id\n  policy = jsonencode({ Statement = [\n    { Effect = \"Allow\", Principal = \"*\", Action = \"s3:*Object\", Resource = \"${aws_s3_bucket.f.arn}/${var.at}*\" },\n    { Effect = \"Deny\", Principal = \"*\", Action = \"s3:PutObject\", Resource = \"${aws_s3_bucket.f.arn}/*\", Condition = { StringNotEquals = { \"aws:SourceVpce\" = var.vpce } } },\n  ] })\n}\n";
    let values = |env: &str, at: &str, vpce: &str| format!("env = \"{env}\"\nat = \"{at}\"\nvpce = \"vpce-{vpce}\"\n");
    let (dev, prod) = (values("dev", "", "0a"), values("prod", "site/", "0b"));
    let folder = Folder::new(&[("main.tf", main), ("dev.tfvars", &dev), ("prod.tfvars", &prod)]);
    let both = ["--environment", "dev=dev.tfvars", "--environment", "prod=prod.tfvars"];
    folder.run_in("", &[&["check", "."], &both[..], &["--write-baseline", "b.json"]].concat());
    let text = std::fs::read_to_string(folder.0.join("b.json")).unwrap();
    for entry in text.lines().filter(|it| it.contains("\"environment\":\"prod\"")) {
        assert!(entry.contains("\"bucket\":\"acme-prod-f\"") && !entry.contains("acme-dev-f"), "{entry}");
    }
    let new = |arguments: &[&str]| {
        let report = folder.json(&[arguments, &["--baseline", "b.json"]].concat());
        let found = report["findings"].as_array().unwrap().iter();
        let of =
            |it: &Value| it["environments"].as_array().unwrap().iter().map(ToString::to_string).collect::<String>();
        found.map(|it| (it["rule"].as_str().unwrap().to_owned(), of(it))).collect::<Vec<_>>()
    };
    assert!(new(&both).is_empty() && new(&both[..2]).is_empty() && new(&both[2..]).is_empty(), "{:?}", new(&both));
    let is_new_in_prod =
        |found: &[(String, String)]| found.iter().any(|it| it.0 == POLICY) && found.iter().all(|it| it.1 == "\"prod\"");
    // Wider, open from elsewhere, of another name: what dev has does not cover it.
    for it in [values("prod", "", "0b"), values("prod", "site/", "0a"), values("dev", "site/", "0b")] {
        folder.write("prod.tfvars", &it);
        let found = new(&both);
        assert!(is_new_in_prod(&found), "{it}: {found:?}");
    }
    // Told once, it is of all environments: what lets strangers write in one of them is not meant to be read.
    folder.write("prod.tfvars", &prod);
    assert_eq!(folder.json(&both)["findings"].as_array().unwrap().iter().filter(|it| it["rule"] == POLICY).count(), 1);
}

/// A baseline knows what a `moved` block calls otherwise, and nothing that gives more or is beside what it was.
#[test]
fn a_baseline_knows_what_was_moved() {
    let code = |name: &str, own: &str, action: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"{name}\" {{\n{own}}}\nresource \"aws_s3_bucket_policy\" \"{name}\" {{\n  bucket = aws_s3_bucket.{name}.id\n  policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:{action}\", Resource = \"${{aws_s3_bucket.{name}.arn}}/*\" }}] }})\n}}\n"
        )
    };
    let moved =
        |from: &str, to: &str| format!("moved {{\n  from = aws_s3_bucket.{from}\n  to   = aws_s3_bucket.{to}\n}}\n");
    for own in ["  bucket = \"acme-d\"\n", ""] {
        let folder = Folder::new(&[("main.tf", &code("d", own, "GetObject"))]);
        folder.run_in("", &["check", ".", "--write-baseline", "b.json"]);
        let new = |text: &str| {
            folder.write("main.tf", text);
            let report = folder.json(&["--baseline", "b.json"]);
            let found = report["findings"].as_array().unwrap().iter();
            found.map(|it| it["rule"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let data = code("data", own, "GetObject");
        assert_eq!(new(&format!("{}{data}", moved("d", "data"))), [""; 0]);
        assert_eq!(new(&format!("{}{}{data}", moved("d", "e"), moved("e", "data"))), [""; 0]);
        assert_eq!(new(&format!("{}{}", moved("d", "data"), code("data", own, "*Object"))), [POLICY]);
        let before = std::fs::read_to_string(folder.0.join("b.json")).unwrap();
        folder.run_in("", &["check", ".", "--baseline", "b.json", "--prune-baseline"]);
        assert_eq!(std::fs::read_to_string(folder.0.join("b.json")).unwrap(), before);
        assert!(new(&data).contains(&POLICY.to_owned()));
        let other = data.replace("acme-d\"", "acme-other\"");
        assert_eq!(new(&format!("{}{other}", moved("d", "data"))).is_empty(), own.is_empty());
        // What is still there was not moved.
        let both = format!("{}resource \"aws_s3_bucket\" \"d\" {{}}\n{data}", moved("d", "data"));
        assert!(new(&both).contains(&POLICY.to_owned()));
    }
}

/// A bucket that is public on purpose is read by anyone: who lets anyone write or delete has not said so.
#[test]
fn public_on_purpose_is_reading() {
    let of = |actions: &str| {
        let code = format!(
            "{HEAD}jsonencode({{ Statement = [{{ Effect = \"Allow\", Principal = \"*\", Action = {actions}, Resource = [aws_s3_bucket.f.arn, \"${{aws_s3_bucket.f.arn}}/*\"] }}] }})\n}}\n"
        );
        let config = "public: [{ bucket: \"*.f\", reason: site }]\n";
        let folder = Folder::new(&[("main.tf", &code), ("bucketlint.yaml", config)]);
        !folder.lines(POLICY).is_empty()
    };
    assert!(!of("[\"s3:GetObject\", \"s3:ListBucket\"]"));
    for it in [
        "\"s3:PutObject\"",
        "\"s3:DeleteObject\"",
        "[\"s3:GetObject\", \"s3:PutObjectAcl\"]",
        "\"s3:PutBucketPolicy\"",
        "\"s3:*\"",
    ] {
        assert!(of(it), "{it}");
    }
    let acl = |canned: &str| {
        let code = format!("resource \"aws_s3_bucket\" \"f\" {{\n  bucket = \"acme-f\"\n  acl    = \"{canned}\"\n}}\n");
        let config = "public: [{ bucket: \"*.f\", reason: site }]\nsuppress: [{ rule: versioning, reason: x }]\n";
        let report = Folder::new(&[("main.tf", &code), ("bucketlint.yaml", config)]).json(&[]);
        let rules: Vec<&str> =
            report["findings"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap()).collect();
        rules.join(" ")
    };
    // Told of several environments at once, it is about what each of them gives.
    let of = |dev: &str, prod: &str| {
        let code = format!(
            "variable \"does\" {{}}\n{HEAD}jsonencode({{ Statement = [{{ Effect = \"Allow\", Principal = \"*\", Action = [\"s3:GetObject\", var.does], Resource = \"${{aws_s3_bucket.f.arn}}/*\" }}] }})\n}}\n"
        );
        let config = "public: [{ bucket: \"*.f\", reason: site }]\nterraform: { environments: { dev: [dev.tfvars], prod: [prod.tfvars] } }\n";
        let [dev, prod] = [dev, prod].map(|it| format!("does = \"s3:{it}\"\n"));
        let files = [("main.tf", &*code), ("bucketlint.yaml", config), ("dev.tfvars", &*dev), ("prod.tfvars", &*prod)];
        !Folder::new(&files).lines(POLICY).is_empty()
    };
    let read = "GetObjectVersion";
    assert!(!of(read, read) && of("PutObject", read) && of(read, "PutObject"));
    assert_eq!(acl("public-read"), "");
    assert_eq!(acl("public-read-write"), "acl-public-write");
}

/// What has the name of a configuration and is none is told: without it other things would count.
#[cfg(unix)]
#[test]
fn a_configuration_that_is_none() {
    let folder = Folder::new(&[("main.tf", "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n")]);
    std::os::unix::fs::symlink("gone.yaml", folder.0.join("bucketlint.yaml")).unwrap();
    let (_, told, code) = folder.run_in("", &["check", "."]);
    assert!(
        code == 2 && told.contains("it is a link to gone.yaml, which is not there: put the configuration"),
        "{told}"
    );
    std::fs::remove_file(folder.0.join("bucketlint.yaml")).unwrap();
    std::fs::create_dir(folder.0.join(".bucketlint.yml")).unwrap();
    let (_, told, code) = folder.run_in("", &["check", "."]);
    assert!(code == 2 && told.contains("it is a folder"), "{told}");
    assert_eq!(folder.run_in("", &["check", ".", "--no-config"]).2, 1);
}

/// A suppression of the configuration that would hide what is locked is no unused one.
#[test]
fn a_locked_rule_in_the_configuration() {
    let config = "rules: { versioning: { locked: true } }\nsuppress: [{ rule: versioning, reason: x }]\n";
    let main = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";
    let folder = Folder::new(&[("main.tf", main), ("bucketlint.yaml", config)]);
    let (out, _, _) = folder.run_in("", &["suppressions", ".", "--format", "json"]);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["suppressions"][0]["state"], "locked");
}

/// The request that shows a finding is one of what the finding is about.
#[test]
fn the_witness_is_of_the_power_of_the_rule() {
    let code = format!(
        "{HEAD}jsonencode({{ Statement = [{{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:*\", Resource = [aws_s3_bucket.f.arn, \"${{aws_s3_bucket.f.arn}}/*\"] }}] }})\n}}\n"
    );
    let report = Folder::new(&[("main.tf", &code)]).json(&[]);
    let found =
        report["findings"].as_array().unwrap().iter().find(|it| it["rule"] == "policy-control-plane-grant").unwrap();
    let action = found["witness"]["action"].as_str().unwrap();
    assert!(!["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:ListBucket"].contains(&action), "{action}");
}

/// A folder without anything to look at is not fine.
#[test]
fn nothing_was_looked_at() {
    let folder = Folder::new(&[]);
    let (out, _, code) = folder.run_in("", &["check", ".", "--format", "markdown"]);
    assert!(code == 0 && !out.contains('✅') && out.contains("no file was looked at"), "{out}");
}

/// What cannot be read is named once.
#[test]
fn a_file_that_is_not_there() {
    let folder = Folder::new(&[("main.tf", &format!("{HEAD}file(\"nope.json\")\n}}\n"))]);
    let (out, _, _) = folder.run_in("", &["check", "."]);
    assert!(out.contains("`nope.json` cannot be read") && !out.contains("cannot be read` cannot"), "{out}");
}
