//! Which fixes the code at hand makes unsafe.

use super::{BUCKET, Folder, policy, text};

/// Whether `--fix` alone puts a public access block on the bucket of some code, and on which of its settings.
fn is_blocked(code: &str) -> bool {
    let folder = Folder::new(&[("main.tf", code)]);
    folder.run(&["--fix", "--disable", "versioning"]);
    let block = folder.read("main.tf").contains("aws_s3_bucket_public_access_block");
    let settings = ["block_public_acls", "ignore_public_acls"];
    let off: String = settings.iter().map(|it| format!("  {it} = false\n")).collect();
    let with_block = format!(
        "{code}\nresource \"aws_s3_bucket_public_access_block\" \"all\" {{\n  bucket = aws_s3_bucket.logs.id\n{off}  block_public_policy = true\n  restrict_public_buckets = true\n}}\n"
    );
    let folder = Folder::new(&[("main.tf", &with_block)]);
    let run = folder.run(&["--fix"]);
    let fixed = folder.read("main.tf");
    for it in settings {
        assert_eq!(fixed.contains(&format!("{it} = true")), block, "{it}: {fixed} {}", text(&run.stdout));
    }
    block
}

fn statement(effect: &str, who: &str, action: &str, condition: &str) -> String {
    let condition = if condition.is_empty() { String::new() } else { format!(", Condition = {{ {condition} }}") };
    policy(&format!(
        "jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"{effect}\", Principal = {who}, Action = {action}, Resource = \"${{aws_s3_bucket.logs.arn}}/*\"{condition} }}] }})"
    ))
}

const OTHER: &str = "{ AWS = \"arn:aws:iam::444455556666:root\" }";

/// S3 refuses public ACLs once they are blocked: a statement that asks for one, or lets others set one, would stop working.
#[test]
fn policies_that_speak_of_acls() {
    let acl = |operator: &str, value: &str| format!("{operator} = {{ \"s3:x-amz-acl\" = \"{value}\" }}");
    for (effect, action, condition, expected) in [
        ("Allow", "\"s3:PutObject\"", acl("StringEquals", "bucket-owner-full-control"), true),
        ("Allow", "\"s3:PutObject\"", acl("StringEquals", "public-read"), false),
        ("Allow", "\"s3:PutObject\"", acl("StringLike", "*"), false),
        ("Deny", "\"s3:PutObject\"", acl("StringNotEquals", "public-read"), false),
        ("Deny", "\"s3:PutObject\"", acl("StringEquals", "public-read"), true),
        ("Deny", "\"s3:PutObject\"", acl("StringNotEquals", "bucket-owner-full-control"), true),
        ("Allow", "[\"s3:PutObject\", \"s3:PutObjectAcl\"]", String::new(), false),
        ("Allow", "[\"s3:PutObject\", \"s3:PutObjectAcl\"]", acl("StringEquals", "bucket-owner-full-control"), true),
        ("Allow", "\"s3:*\"", String::new(), false),
        ("Allow", "\"s3:GetObject\"", String::new(), true),
    ] {
        let code = statement(effect, OTHER, action, &condition);
        assert_eq!(is_blocked(&code), expected, "{effect} {action} {condition}");
    }
}

/// S3 refuses every request that sets an ACL where ACLs are off: that is not written beside one.
#[test]
fn acls_are_not_turned_off_beside_one() {
    let controls = "resource \"aws_s3_bucket_ownership_controls\" \"logs\" {\n  bucket = aws_s3_bucket.logs.id\n  rule {\n    object_ownership = \"ObjectWriter\"\n  }\n}\n";
    let acl = |acl: &str| {
        format!(
            "resource \"aws_s3_bucket_acl\" \"logs\" {{\n  bucket = aws_s3_bucket.logs.id\n  acl    = \"{acl}\"\n}}\n"
        )
    };
    let object = |acl: &str| {
        format!(
            "resource \"aws_s3_object\" \"o\" {{\n  bucket = aws_s3_bucket.logs.id\n  key    = \"k\"\n  acl    = \"{acl}\"\n}}\n"
        )
    };
    let own = |acl: &str| BUCKET.replace("{\n", &format!("{{\n  acl = \"{acl}\"\n"));
    for (code, expected) in [
        (BUCKET.to_owned(), true),
        (own("private"), true),
        (own("log-delivery-write"), false),
        (format!("{BUCKET}{}", acl("private")), false),
        (format!("{BUCKET}{}", acl("public-read")), false),
        (format!("{BUCKET}{}", object("private")), false),
        (format!("{BUCKET}{}", object("bucket-owner-full-control")), true),
        (format!("{BUCKET}variable \"acl\" {{}}\n{}", acl("x").replace("\"x\"", "var.acl")), false),
    ] {
        let folder = Folder::new(&[("main.tf", &format!("{code}{controls}"))]);
        let only = ["--enable", "object-ownership-enforced", "--disable", "acl-ownership-conflict"];
        let run = folder.run(&[&["--fix", "--unsafe-fixes"], &only[..]].concat());
        let out = text(&run.stdout);
        assert_eq!(folder.read("main.tf").contains("BucketOwnerEnforced"), expected, "{code} {out}");
        assert!(expected || out.contains("which S3 would refuse"), "{out}");
    }
    for (acl, expected) in [("Private", true), ("LogDeliveryWrite", false)] {
        let template = format!(
            "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccessControl: {acl}\n      OwnershipControls: {{Rules: [{{ObjectOwnership: ObjectWriter}}]}}\n"
        );
        let folder = Folder::new(&[("t.yaml", &template)]);
        folder.run(&["--fix", "--unsafe-fixes", "--enable", "object-ownership-enforced"]);
        assert_eq!(folder.read("t.yaml").contains("BucketOwnerEnforced"), expected, "{acl}");
    }
}

#[test]
fn uploads_identities_and_websites() {
    let object = |bucket: &str, acl: &str| {
        format!(
            "{BUCKET}\nvariable \"other\" {{}}\nresource \"aws_s3_object\" \"page\" {{\n  bucket = {bucket}\n  key    = \"a\"\n  acl    = \"{acl}\"\n}}\n"
        )
    };
    assert!(is_blocked(&object("aws_s3_bucket.logs.id", "private")));
    assert!(!is_blocked(&object("aws_s3_bucket.logs.id", "public-read")));
    assert!(!is_blocked(&object("var.other", "public-read")), "it may be this bucket");
    assert!(is_blocked(&object("\"elsewhere\"", "public-read")));
    let identity = |resource: &str| {
        format!(
            "{BUCKET}\nresource \"aws_iam_policy\" \"uploader\" {{\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = [\"s3:PutObject\", \"s3:PutObjectAcl\"], Resource = {resource} }}] }})\n}}\n"
        )
    };
    assert!(!is_blocked(&identity("\"${aws_s3_bucket.logs.arn}/*\"")));
    assert!(is_blocked(&identity("\"arn:aws:s3:::elsewhere/*\"")));
    // Where there are no ACLs, none is refused.
    let enforced = format!(
        "{}\nresource \"aws_s3_bucket_ownership_controls\" \"logs\" {{\n  bucket = aws_s3_bucket.logs.id\n  rule {{\n    object_ownership = \"BucketOwnerEnforced\"\n  }}\n}}\n",
        identity("\"${aws_s3_bucket.logs.arn}/*\"")
    );
    assert!(is_blocked(&enforced));
    let site = format!(
        "{BUCKET}\nresource \"aws_s3_bucket_website_configuration\" \"logs\" {{\n  bucket = aws_s3_bucket.logs.id\n  index_document {{\n    suffix = \"index.html\"\n  }}\n}}\n"
    );
    assert!(!is_blocked(&site));
}

/// Properties that a second bucket takes over by an anchor of YAML: what shuts the one shuts the other.
#[test]
fn what_another_bucket_shares_is_not_shut() {
    let policy = "  Read:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref Site\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          - Effect: Allow\n            Principal: '*'\n            Action: s3:GetObject\n            Resource: !Sub '${Site.Arn}/*'\n";
    let code = |site: &str| {
        format!(
            "Resources:\n  Data:\n    Type: AWS::S3::Bucket\n    Properties: &p\n      Tags: []\n  Site:\n    Type: AWS::S3::Bucket\n    Properties:\n      {site}\n{policy}"
        )
    };
    for (site, is_shared) in [("<<: *p\n      BucketName: site-example", true), ("BucketName: site-example", false)] {
        let folder = Folder::new(&[("stack.yaml", &code(site))]);
        let run = folder.run(&["--fix", "--disable", "versioning"]);
        let fixed = folder.read("stack.yaml");
        assert_eq!(fixed.contains("PublicAccessBlockConfiguration"), !is_shared, "{fixed}");
        let said = "not fixed: bpa-missing Data: it takes access to Site away, which only an unsafe fix may";
        assert_eq!(text(&run.stdout).contains(said), is_shared, "{}", text(&run.stdout));
    }
}

const VERSIONED: &str = "resource \"aws_s3_bucket_versioning\" \"b\" {\n  REPEAT\n  bucket = aws_s3_bucket.b[EACH].id\n  versioning_configuration {\n    status = \"Enabled\"\n  }\n}\n";

fn repeated(repeat: &str, each: &str, flags: [bool; 4]) -> String {
    let names = ["block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"];
    let flags: String = names.iter().zip(flags).map(|(name, on)| format!("  {name} = {on}\n")).collect();
    let versioned = VERSIONED.replace("REPEAT", repeat).replace("EACH", each);
    format!(
        "resource \"aws_s3_bucket\" \"b\" {{\n  {repeat}\n  bucket = \"of-example-${{{each}}}\"\n}}\n{versioned}resource \"aws_s3_bucket_public_access_block\" \"b\" {{\n  {repeat}\n  bucket = aws_s3_bucket.b[{each}].id\n{flags}}}\n"
    )
}

/// Whether `--fix` leaves a file as it is.
fn is_left(files: &[(&str, &str)], path: &str) -> bool {
    let folder = Folder::new(files);
    folder.run(&["--fix", "--disable", "versioning"]);
    folder.read(path) == files.iter().find(|it| it.0 == path).unwrap().1
}

/// One setting of several buckets: what the others want counts too.
#[test]
fn a_setting_of_several_buckets() {
    let open = |who: &str| {
        format!(
            "resource \"aws_s3_bucket_policy\" \"site\" {{\n  bucket = aws_s3_bucket.b[\"site\"].id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = {who}, Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.b[\"site\"].arn}}/*\" }}] }})\n}}\n"
        )
    };
    let keys = repeated("for_each = toset([\"site\", \"data\"])", "each.key", [true, true, false, false]);
    assert!(is_left(&[("main.tf", &format!("{keys}{}", open("\"*\"")))], "main.tf"));
    assert!(!is_left(&[("main.tf", &format!("{keys}{}", open(OTHER)))], "main.tf"));

    let counted = repeated("count = 2", "count.index", [false, false, true, true]);
    let acl = |it: &str| {
        format!("resource \"aws_s3_bucket_acl\" \"b\" {{\n  bucket = aws_s3_bucket.b[0].id\n  acl    = \"{it}\"\n}}\n")
    };
    assert!(is_left(&[("main.tf", &format!("{counted}{}", acl("public-read")))], "main.tf"));
    assert!(!is_left(&[("main.tf", &format!("{counted}{}", acl("private")))], "main.tf"));

    let module = "variable \"public\" { default = false }\nresource \"aws_s3_bucket\" \"b\" {}\nresource \"aws_s3_bucket_public_access_block\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  block_public_acls = true\n  ignore_public_acls = true\n  block_public_policy = false\n  restrict_public_buckets = false\n}\nresource \"aws_s3_bucket_policy\" \"b\" {\n  count  = var.public ? 1 : 0\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"${aws_s3_bucket.b.arn}/*\" }] })\n}\n";
    for public in [true, false] {
        let calls = format!(
            "module \"site\" {{\n  source = \"./m\"\n  public = {public}\n}}\nmodule \"data\" {{\n  source = \"./m\"\n}}\n"
        );
        assert_eq!(is_left(&[("main.tf", &calls), ("m/main.tf", module)], "m/main.tf"), public);
    }

    let template = |who: &str| {
        format!(
            "Resources:\n  Site:\n    Type: AWS::S3::Bucket\n    Properties:\n      PublicAccessBlockConfiguration: &b\n        BlockPublicAcls: true\n        IgnorePublicAcls: true\n        BlockPublicPolicy: false\n        RestrictPublicBuckets: false\n  Data:\n    Type: AWS::S3::Bucket\n    Properties:\n      PublicAccessBlockConfiguration: *b\n  Read:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref Site\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          - Effect: Allow\n            Principal: {who}\n            Action: s3:GetObject\n            Resource: !Sub '${{Site.Arn}}/*'\n"
        )
    };
    assert!(is_left(&[("stack.yaml", &template("'*'"))], "stack.yaml"));
    assert!(!is_left(&[("stack.yaml", &template("{AWS: '444455556666'}"))], "stack.yaml"));
}

/// A name is one bucket's in all of AWS: what other code says of it is said of this one.
#[test]
fn what_other_code_says_of_the_bucket() {
    let public = "jsonencode({ Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::logs-of-example/*\" }] })";
    let own = "jsonencode({ Statement = [{ Effect = \"Allow\", Principal = { AWS = \"111122223333\" }, Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::logs-of-example/*\" }] })";
    let elsewhere = |bucket: &str, policy: &str| {
        format!(
            "data \"aws_s3_bucket\" \"a\" {{\n  bucket = \"logs-of-example\"\n}}\nresource \"aws_s3_bucket_policy\" \"a\" {{\n  bucket = {bucket}\n  policy = {policy}\n}}\n"
        )
    };
    for (bucket, policy, expected) in [
        ("data.aws_s3_bucket.a.id", public, false),
        ("\"logs-of-example\"", public, false),
        ("\"logs-of-example\"", own, true),
        ("\"others-of-example\"", public, true),
    ] {
        let folder = Folder::new(&[("app/main.tf", BUCKET), ("policy/main.tf", &elsewhere(bucket, policy))]);
        folder.run(&["--fix"]);
        let fixed = folder.read("app/main.tf");
        assert_eq!(fixed.contains("aws_s3_bucket_public_access_block"), expected, "{bucket} {policy}");
    }
    let cdn = |domain: &str, access: &str| {
        format!(
            "{BUCKET}resource \"aws_cloudfront_origin_access_control\" \"a\" {{\n  name = \"a\"\n}}\nresource \"aws_cloudfront_distribution\" \"cdn\" {{\n  origin {{\n    domain_name = {domain}\n    origin_id = \"s3\"\n{access}  }}\n}}\n"
        )
    };
    let control = "    origin_access_control_id = aws_cloudfront_origin_access_control.a.id\n";
    for (domain, access, expected) in [
        ("aws_s3_bucket.logs.bucket_regional_domain_name", "", false),
        ("\"logs-of-example.s3.amazonaws.com\"", "", false),
        ("aws_s3_bucket.logs.bucket_regional_domain_name", control, true),
        ("\"logs-of-example-two.s3.amazonaws.com\"", "", true),
    ] {
        let folder = Folder::new(&[("main.tf", &cdn(domain, access))]);
        folder.run(&["--fix"]);
        let fixed = folder.read("main.tf");
        assert_eq!(fixed.contains("aws_s3_bucket_public_access_block"), expected, "{domain} {access}");
    }
}

/// A suppression goes with what it is about: it would hide what follows.
#[test]
fn suppressions_go_with_their_statement() {
    let ignore = "# bucketlint:ignore policy-wildcard-action reason=\"site\"";
    let statement = |sid: &str, who: &str| {
        format!(
            "  statement {{\n    sid       = \"{sid}\"\n    actions   = [\"s3:*\"]\n    resources = [\"${{aws_s3_bucket.logs.arn}}/*\"]\n    principals {{\n      {who}\n    }}\n  }}\n"
        )
    };
    let anyone = "type        = \"*\"\n      identifiers = [\"*\"]";
    let partner = "type        = \"AWS\"\n      identifiers = [\"arn:aws:iam::444455556666:root\"]";
    let document = format!(
        "{BUCKET}data \"aws_iam_policy_document\" \"d\" {{\n{}\n  {ignore}\n{}\n{}}}\nresource \"aws_s3_bucket_policy\" \"d\" {{\n  bucket = aws_s3_bucket.logs.id\n  policy = data.aws_iam_policy_document.d.json\n}}\n",
        statement("Own", partner),
        statement("Read", anyone),
        statement("Partner", partner),
    );
    let item = |sid: &str, who: &str| {
        format!(
            "          - Sid: {sid}\n            Effect: Allow\n            Principal: {who}\n            Action: s3:*\n            Resource: !Sub '${{B.Arn}}/*'\n"
        )
    };
    let account = "{AWS: 'arn:aws:iam::444455556666:root'}";
    let template = format!(
        "Resources:\n  B:\n    Type: AWS::S3::Bucket\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n        Statement:\n          {ignore}\n{}{}",
        item("Read", "'*'"),
        item("Partner", account)
    );
    for (name, text, left) in [("main.tf", document, 2), ("stack.yaml", template, 1)] {
        let folder = Folder::new(&[(name, &text)]);
        let rules = ["--enable", "policy-wildcard-action", "--enable", "bucket-policy-public-principal"];
        folder.run(&[&rules[..], &["--fix", "--unsafe-fixes"]].concat());
        let fixed = folder.read(name);
        assert!(
            !fixed.contains("Read") && !fixed.contains("bucketlint:ignore") && fixed.contains("Partner"),
            "{fixed}"
        );
        let run = folder.run(&[&rules[..], &["--format", "json"]].concat());
        let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
        let of = |list: &str| {
            let all = report[list].as_array().into_iter().flatten();
            all.filter(|it| it["rule"] == "policy-wildcard-action").count()
        };
        assert_eq!((of("findings"), of("suppressed")), (left, 0), "{fixed}");
    }
}

/// Of a block that is not closed it is told that it does not parse, and nothing is written.
#[test]
fn a_block_that_is_not_closed() {
    let code = "resource \"aws_s3_bucket\" \"x\" {\n  bucket = \"x-of-example\"\n";
    let folder = Folder::new(&[("main.tf", code)]);
    let run = folder.run(&["--fix"]);
    assert_eq!(folder.read("main.tf"), code);
    let said = text(&run.stdout);
    assert!(said.contains("its block does not parse") && !said.contains("only aws_s3_bucket can be mended"), "{said}");
}
