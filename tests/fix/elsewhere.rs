//! What other root modules and templates of the run say of the bucket: access that a safe fix would close.

use super::{BUCKET, Folder, text};

/// Whether `--fix` puts a block on the bucket of a file, beside other code.
fn is_blocked(own: (&str, &str), other: (&str, &str)) -> bool {
    let folder = Folder::new(&[own, other]);
    folder.run(&["--fix", "--disable", "versioning"]);
    let fixed = folder.read(own.0).to_ascii_lowercase().replace('_', "");
    fixed.contains("restrictpublicbuckets")
}

fn beside(code: &str) -> bool {
    is_blocked(("app/main.tf", BUCKET), ("other/main.tf", code))
}

const DATA: &str = "data \"aws_s3_bucket\" \"a\" {\n  bucket = \"logs-of-example\"\n}\n";

#[test]
fn uploads_of_other_code() {
    let object = |bucket: &str, acl: &str| {
        format!(
            "{DATA}variable \"bucket\" {{}}\nresource \"aws_s3_bucket\" \"own\" {{\n  bucket = \"own-of-example\"\n}}\nresource \"aws_s3_object\" \"a\" {{\n  bucket = {bucket}\n  key = \"a\"\n  acl = \"{acl}\"\n}}\n"
        )
    };
    for (bucket, acl, expected) in [
        ("\"logs-of-example\"", "public-read", false),
        ("data.aws_s3_bucket.a.id", "public-read", false),
        ("var.bucket", "public-read", false),
        ("\"logs-${var.bucket}\"", "public-read", false),
        ("\"logs-of-example\"", "private", true),
        ("var.bucket", "private", true),
        ("\"others-of-example\"", "public-read", true),
        ("\"site-${var.bucket}\"", "public-read", true),
        ("aws_s3_bucket.own.id", "public-read", true),
    ] {
        assert_eq!(beside(&object(bucket, acl)), expected, "{bucket} {acl}");
    }
}

#[test]
fn identities_of_other_code() {
    let identity = |resource: &str| {
        format!(
            "variable \"arn\" {{}}\nresource \"aws_s3_bucket\" \"logs\" {{\n  bucket = \"own-of-example\"\n}}\nresource \"aws_iam_policy\" \"a\" {{\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = [\"s3:PutObject\", \"s3:PutObjectAcl\"], Resource = \"{resource}\" }}] }})\n}}\n"
        )
    };
    for (resource, expected) in [
        ("arn:aws:s3:::logs-of-example/*", false),
        ("${var.arn}/*", false),
        ("arn:aws:s3:::logs-of-example/${var.arn}/*", false),
        ("arn:aws:s3:::others-of-example/*", true),
        ("arn:aws:s3:::others-of-example/${var.arn}/*", true),
        // Of the same address in another root module.
        ("${aws_s3_bucket.logs.arn}/*", true),
    ] {
        assert_eq!(beside(&identity(resource)), expected, "{resource}");
    }
}

#[test]
fn policies_of_other_code() {
    let policy = |bucket: &str, who: &str, action: &str, resource: &str| {
        format!(
            "variable \"bucket\" {{}}\ndata \"terraform_remote_state\" \"a\" {{\n  backend = \"s3\"\n}}\nresource \"aws_s3_bucket_policy\" \"a\" {{\n  bucket = {bucket}\n  policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Principal = {who}, Action = \"{action}\", Resource = \"{resource}\" }}] }})\n}}\n"
        )
    };
    let (anyone, account) = ("\"*\"", "{ AWS = \"444455556666\" }");
    let (own, state) = ("arn:aws:s3:::logs-of-example/*", "data.terraform_remote_state.a.outputs.bucket");
    for (bucket, who, action, resource, expected) in [
        ("\"logs-of-example\"", account, "s3:PutObjectAcl", own, false),
        ("\"logs-of-example\"", account, "s3:GetObject", own, true),
        (state, anyone, "s3:GetObject", own, false),
        (state, anyone, "s3:GetObject", "arn:aws:s3:::others-of-example/*", true),
        (state, account, "s3:GetObject", own, true),
        ("var.bucket", anyone, "s3:GetObject", "arn:aws:s3:::${var.bucket}/*", false),
        ("var.bucket", account, "s3:PutObjectAcl", "arn:aws:s3:::${var.bucket}/*", false),
        ("var.bucket", account, "s3:GetObject", "arn:aws:s3:::${var.bucket}/*", true),
    ] {
        assert_eq!(beside(&policy(bucket, who, action, resource)), expected, "{bucket} {who} {action} {resource}");
    }
    let unknown = |bucket: &str| {
        format!(
            "variable \"policy\" {{}}\nresource \"aws_s3_bucket_policy\" \"a\" {{\n  bucket = \"{bucket}\"\n  policy = var.policy\n}}\n"
        )
    };
    assert!(!beside(&unknown("logs-of-example")) && beside(&unknown("others-of-example")));
    let site = |bucket: &str| {
        format!(
            "variable \"bucket\" {{}}\nresource \"aws_s3_bucket_website_configuration\" \"a\" {{\n  bucket = {bucket}\n  index_document {{\n    suffix = \"index.html\"\n  }}\n}}\n"
        )
    };
    assert!(!beside(&site("\"logs-of-example\"")) && !beside(&site("var.bucket")));
    assert!(beside(&site("\"others-of-example\"")));
}

/// A name that CloudFormation makes up comes to other stacks by an export.
#[test]
fn templates_of_other_stacks() {
    let own = "Resources:\n  Site:\n    Type: AWS::S3::Bucket\n    Properties:\n      Tags: []\nOutputs:\n  B:\n    Value: !Ref Site\n    Export: {Name: site-bucket}\n";
    let policy = |bucket: &str, who: &str, resource: &str| {
        format!(
            "Resources:\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: {bucket}\n      PolicyDocument:\n        Statement: [{{Effect: Allow, Principal: {who}, Action: 's3:GetObject', Resource: {resource}}}]\n"
        )
    };
    let import = "!ImportValue site-bucket";
    let imported = "!Sub ['arn:aws:s3:::${B}/*', {B: !ImportValue site-bucket}]";
    for (bucket, who, resource, expected) in [
        (import, "'*'", "'*'", false),
        (import, "'*'", imported, false),
        (import, "{AWS: '444455556666'}", imported, true),
        (import, "'*'", "'arn:aws:s3:::others-of-example/*'", true),
        ("others-of-example", "'*'", "'arn:aws:s3:::others-of-example/*'", true),
        ("app-site-1a2b3c4d5e6f", "'*'", "'arn:aws:s3:::app-site-1a2b3c4d5e6f/*'", false),
    ] {
        let is_blocked = is_blocked(("a.yaml", own), ("b.yaml", &policy(bucket, who, resource)));
        assert_eq!(is_blocked, expected, "{bucket} {who} {resource}");
    }
}

#[test]
fn distributions_of_other_code() {
    let cdn = |domain: &str, access: &str| {
        format!(
            "{DATA}variable \"x\" {{}}\nresource \"aws_cloudfront_origin_access_control\" \"a\" {{\n  name = \"a\"\n}}\nresource \"aws_cloudfront_distribution\" \"a\" {{\n  origin {{\n    domain_name = {domain}\n    origin_id = \"a\"\n{access}  }}\n}}\n"
        )
    };
    let control = "    origin_access_control_id = aws_cloudfront_origin_access_control.a.id\n";
    let custom = "    custom_origin_config {\n      origin_protocol_policy = \"https-only\"\n    }\n";
    let regional = "data.aws_s3_bucket.a.bucket_regional_domain_name";
    for (domain, access, expected) in [
        (regional, "", false),
        (regional, control, true),
        ("\"${var.x}.s3.eu-west-1.amazonaws.com\"", "", false),
        ("\"logs-of-example.s3.${var.x}.amazonaws.com\"", "", false),
        ("\"others-of-example.s3.${var.x}.amazonaws.com\"", "", true),
        ("var.x", custom, true),
    ] {
        assert_eq!(beside(&cdn(domain, access)), expected, "{domain} {access}");
    }
}

/// A bucket whose name is not known whole: other code may be about it, unless the name is another bucket's of the run.
#[test]
fn names_that_are_not_known_here() {
    let own = "variable \"env\" {}\nresource \"aws_s3_bucket\" \"a\" {\n  bucket = \"app-${var.env}\"\n}\n";
    let site = |bucket: &str, more: &str| {
        format!(
            "resource \"aws_s3_bucket_policy\" \"a\" {{\n  bucket = \"{bucket}\"\n  policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::{bucket}/*\" }}] }})\n}}\n{more}"
        )
    };
    let blocked = |other: &str| is_blocked(("app/main.tf", own), ("other/main.tf", other));
    assert!(!blocked(&site("app-prod", "")));
    assert!(blocked(&site("site-prod", "")));
    let made = "resource \"aws_s3_bucket\" \"b\" {}\n";
    assert!(
        is_blocked(("app/main.tf", made), ("other/main.tf", &site("app-prod", ""))),
        "Terraform calls it terraform-…"
    );
    let folder = Folder::new(&[("app/main.tf", BUCKET), ("other/main.tf", &site("logs-of-example", ""))]);
    let run = folder.run(&["--diff", "--disable", "versioning"]);
    assert!(!text(&run.stdout).contains("aws_s3_bucket_public_access_block"), "{}", text(&run.stdout));
}
