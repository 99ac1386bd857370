//! Suppressions of other tools hide what they hide there, and no more.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;

use folder::Folder;
use serde_json::Value;

fn report(folder: &Folder) -> Value {
    let (out, err, _) = folder.run_in("", &["check", ".", "--format", "json"]);
    serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"))
}

fn rules(report: &Value, key: &str) -> Vec<String> {
    let mut all: Vec<String> =
        report[key].as_array().into_iter().flatten().map(|it| it["rule"].as_str().unwrap().to_owned()).collect();
    all.sort();
    all
}

/// The rules that are suppressed in a file, and those about suppressions.
fn check(name: &str, text: &str, suppressed: &[&str], about: &[&str]) {
    let found = report(&Folder::new(&[(name, text)]));
    assert_eq!(rules(&found, "suppressed"), suppressed, "{text}");
    let mut told = rules(&found, "findings");
    told.retain(|it| it.starts_with("suppression-"));
    assert_eq!(told, about, "{text}");
}

const BUCKET: &str = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n  acl    = \"public-read\"\n}\n";

#[test]
fn words_of_kics_about_the_file_stand_at_its_beginning() {
    for mark in ["# kics-scan ignore", "# kics-scan disable=568a4d22-3517-44a6-a7ad-6a7eed88722c"] {
        let hidden: &[&str] = if mark.contains('=') { &["versioning"] } else { &["acl-public-read", "versioning"] };
        for head in ["", "# What it is.\n\n", "\u{feff}"] {
            check("main.tf", &format!("{head}{mark}\n{BUCKET}"), hidden, &[]);
        }
        for text in [
            format!("{BUCKET}{mark}\n"),
            BUCKET.replacen('\n', &format!("\n  {mark}\n"), 1),
            format!("locals {{}}\n{mark}\n{BUCKET}"),
            format!("// words\n{mark}\n{BUCKET}"),
        ] {
            check("main.tf", &text, &[], &["suppression-invalid"]);
        }
    }
    // Ids that no rule has to do with serve KICS.
    check("main.tf", &format!("{BUCKET}# kics-scan disable=x\n"), &[], &[]);
}

#[test]
fn words_of_kics_are_about_the_next_line_and_block() {
    // Versions are missing where the bucket begins; the ACL is in it.
    check("main.tf", &format!("# kics-scan ignore-line\n{BUCKET}"), &["versioning"], &[]);
    check("main.tf", &format!("# kics-scan ignore-block\n{BUCKET}"), &["acl-public-read", "versioning"], &[]);
    let inside = |mark: &str| BUCKET.replace("  acl", &format!("  # kics-scan {mark}\n  acl"));
    check("main.tf", &inside("ignore-line"), &["acl-public-read"], &[]);
    check("main.tf", &inside("ignore-block"), &["acl-public-read"], &[]);
    // First in a block, too, it is about what follows.
    let first = BUCKET.replace("  bucket", "  # kics-scan ignore-block\n  bucket");
    check("main.tf", &first, &[], &[]);
    let template = "Resources:\n  # kics-scan ignore-line\n  Site:\n    Type: AWS::S3::Bucket\n  Policy:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref Site\n      PolicyDocument: {Statement: [{Effect: Allow, Principal: \"*\", Action: \"s3:GetObject\", Resource: !Sub \"${Site.Arn}/*\"}]}\n";
    check("t.yaml", template, &["versioning"], &[]);
}

/// A bucket with a mark, and what belongs to it in resources of its own, with another.
fn apart(at_bucket: &str, at_access: &str, at_policy: &str) -> String {
    format!(
        "{at_bucket}resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"b-example\"\n}}\n{at_access}resource \"aws_s3_bucket_public_access_block\" \"b\" {{\n  bucket                  = aws_s3_bucket.b.id\n  block_public_acls       = true\n  block_public_policy     = true\n  ignore_public_acls      = true\n  restrict_public_buckets = false\n}}\nresource \"aws_s3_bucket_versioning\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  versioning_configuration {{\n    status = \"Suspended\"\n  }}\n}}\n{at_policy}resource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.b.arn}}/*\" }}] }})\n}}\n"
    )
}

/// Checkov looks inside of a block.
fn inside(text: &str, block: &str, id: &str) -> String {
    text.replacen(&format!("\"{block}\" \"b\" {{\n"), &format!("\"{block}\" \"b\" {{\n  #checkov:skip={id}:x\n"), 1)
}

#[test]
fn what_stands_in_another_resource_counts() {
    let (policy, setting) = ("bucket-policy-public-principal", "bpa-restrict-public-buckets");
    let plain = apart("", "", "");
    let unused = &["suppression-unused"];
    check("main.tf", &inside(&plain, "aws_s3_bucket", "CKV_AWS_70"), &[], unused);
    check("main.tf", &inside(&plain, "aws_s3_bucket_policy", "CKV_AWS_70"), &[policy], &[]);
    check("main.tf", &inside(&plain, "aws_s3_bucket", "CKV_AWS_56"), &[], unused);
    check("main.tf", &inside(&plain, "aws_s3_bucket_public_access_block", "CKV_AWS_56"), &[setting], &[]);
    // What Checkov reports at the bucket, wherever it is said; each id for itself.
    check("main.tf", &inside(&plain, "aws_s3_bucket", "CKV_AWS_21"), &["versioning"], &[]);
    check("main.tf", &inside(&plain, "aws_s3_bucket", "CKV_AWS_70,CKV_AWS_21"), &["versioning"], &[]);
    let trivy = "#trivy:ignore:aws-s3-no-public-buckets\n";
    check("main.tf", &apart(trivy, "", ""), &[], unused);
    check("main.tf", &apart("", trivy, ""), &[setting], &[]);
    // Of everything more may be meant than we look for.
    check("main.tf", &apart("#tfsec:ignore:*\n", "", ""), &[], &[]);
    check("main.tf", &apart("# kics-scan ignore-block\n", "", ""), &[], &[]);
    check("main.tf", &apart("", "", "# kics-scan ignore-block\n"), &[policy], &[]);
    // Ours is about the bucket with what belongs to it.
    check("main.tf", &apart(&format!("# bucketlint:ignore {policy} reason=\"x\"\n"), "", ""), &[policy], &[]);
    let template = |bucket: &str, own: &str| {
        format!(
            "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Metadata: {{{bucket}}}\n    Properties: {{VersioningConfiguration: {{Status: Enabled}}}}\n  P:\n    Type: AWS::S3::BucketPolicy\n    Metadata: {{{own}}}\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument: {{Statement: [{{Effect: Allow, Principal: \"*\", Action: \"s3:GetObject\", Resource: !Sub \"${{B.Arn}}/*\"}}]}}\n"
        )
    };
    for mark in [
        "cfn_nag: {rules_to_suppress: [{id: F16, reason: x}]}",
        "guard: {SuppressedRules: [S3_BUCKET_POLICY_NO_WILDCARD_PRINCIPAL]}",
        "checkov: {skip: [{id: CKV_AWS_70, comment: x}]}",
    ] {
        check("t.yaml", &template(mark, ""), &[], unused);
        check("t.yaml", &template("", mark), &[policy], &[]);
    }
}

/// A mark at a call is about what is in the module, not about what stands beside the call.
#[test]
fn at_a_call_of_a_module() {
    let inner = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\noutput \"id\" {\n  value = aws_s3_bucket.b.id\n}\n";
    let beside = "resource \"aws_s3_bucket_versioning\" \"b\" {\n  bucket = module.m.id\n  versioning_configuration {\n    status = \"Suspended\"\n  }\n}\n";
    for (rest, hidden) in [("", &["bpa-missing", "versioning"][..]), (beside, &["bpa-missing"][..])] {
        let main = format!(
            "#trivy:ignore:AVD-AWS-0090 trivy:ignore:AVD-AWS-0094\nmodule \"m\" {{\n  source = \"./m\"\n}}\n{rest}"
        );
        let found = report(&Folder::new(&[("main.tf", &main), ("m/main.tf", inner)]));
        assert_eq!(rules(&found, "suppressed"), hidden, "{main}");
    }
}

/// What becomes of them in our words hides no more either.
#[test]
fn migrated_they_hide_no_more() {
    let text = apart("# kics-scan ignore-block\n", "", "");
    let folder = Folder::new(&[("main.tf", &text)]);
    let before = report(&folder);
    folder.run_in("", &["migrate", ".", "--write"]);
    let now = std::fs::read_to_string(folder.0.join("main.tf")).unwrap();
    assert!(now.starts_with("# bucketlint:ignore ") && !now.contains("public-p") && !now.contains("bpa-"), "{now}");
    assert_eq!(rules(&report(&folder), "suppressed"), rules(&before, "suppressed"));
    // A file that has the bucket only: ours would be about its policy in the other file.
    let (bucket, policy) = text.split_at(text.rfind("resource").unwrap());
    let bucket = bucket.replacen("ignore-block", "disable=7af43613-6bb9-4a0e-8c4d-1314b799425e", 1);
    let both = format!("{bucket}{}", policy.replace("\"b\"", "\"c\""));
    let folder = Folder::new(&[("main.tf", &both), ("policy.tf", policy)]);
    let found = report(&folder);
    let policies = |key: &str| rules(&found, key).iter().filter(|it| *it == "bucket-policy-public-principal").count();
    assert_eq!((policies("suppressed"), policies("findings")), (1, 1));
    let before = std::fs::read_to_string(folder.0.join("main.tf")).unwrap();
    folder.run_in("", &["migrate", ".", "--write"]);
    assert_eq!(std::fs::read_to_string(folder.0.join("main.tf")).unwrap(), before);
}
