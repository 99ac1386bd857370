//! Fixes that a breaker found to do nothing, or harm.

use super::{ALONE, BUCKET, Folder, mended, only, policy, text};

fn template(bucket: &str, resource: &str) -> String {
    format!(
        "Parameters:\n  Site:\n    Type: String\nResources:\n  SitePolicy:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: {bucket}\n      PolicyDocument:\n        Version: \"2012-10-17\"\n        Statement:\n          - Effect: Allow\n            Principal: \"*\"\n            Action: s3:GetObject\n            Resource: {resource}\n"
    )
}

/// A policy whose bucket is not in the template names the bucket as it is named there, never itself.
#[test]
fn policies_of_buckets_that_are_elsewhere() {
    let sub = "!Sub \"arn:${AWS::Partition}:s3:::${Site}/*\"";
    let cases = [
        ("third-bucket-x", "arn:aws:s3:::third-bucket-x/*", "\"arn:aws:s3:::third-bucket-x/*\""),
        ("third-bucket-x", "\"*\"", "!Sub \"arn:${AWS::Partition}:s3:::third-bucket-x/*\""),
        ("!Ref Site", sub, sub),
        ("!Ref Site", "!Join [\"\", [\"arn:aws:s3:::\", !Ref Site, \"/*\"]]", sub),
        (
            "!ImportValue shared-bucket",
            "!Sub [\"arn:aws:s3:::${B}/*\", {B: !ImportValue shared-bucket}]",
            "!Join [\"\", [\"arn:\", {\"Ref\": \"AWS::Partition\"}, \":s3:::\", {\"Fn::ImportValue\": \"shared-bucket\"}, \"/*\"]]",
        ),
    ];
    for (bucket, resource, expected) in cases {
        for rule in ["bucket-policy-public-principal", "secure-transport"] {
            let configuration = only(rule);
            let files = [("stack.yaml", template(bucket, resource)), ("rules.yaml", configuration)];
            let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
            let out = mended(&files, &ALONE);
            if rule == "secure-transport" && bucket.starts_with('!') {
                // That it is about the bucket could not be proved, and no fix is promised.
                assert!(out.contains("the name of its bucket is not known"), "{out}");
                continue;
            }
            assert!(out.contains(&format!("+              - {expected}")), "{bucket} {resource} {rule}: {out}");
            assert!(!out.contains("SitePolicy.Arn") && out.contains("would fix 1 finding"), "{out}");
        }
    }
    let json = "{\"Resources\": {\"SitePolicy\": {\"Type\": \"AWS::S3::BucketPolicy\", \"Properties\": {\"Bucket\": {\"Fn::ImportValue\": \"shared-bucket\"}, \"PolicyDocument\": {\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:GetObject\", \"Resource\": {\"Fn::Join\": [\"\", [\"arn:aws:s3:::\", {\"Fn::ImportValue\": \"shared-bucket\"}, \"/*\"]]}}]}}}}}\n";
    let configuration = only("bucket-policy-public-principal");
    let out = mended(&[("stack.json", json), ("rules.yaml", &configuration)], &ALONE);
    assert!(out.contains("{\"Fn::Join\": [\"\", [\"arn:\", ") && out.contains("would fix 1 finding"), "{out}");
    // A name that nothing tells is not made up.
    let out = mended(&[("stack.yaml", &template("!If [A, x, y]", "\"*\"")), ("rules.yaml", &configuration)], &ALONE);
    assert!(!out.contains("SitePolicy.Arn"), "{out}");
}

/// Where no grant is left, Terraform leaves the old ACL, and S3 refuses a policy of access control without one.
#[test]
fn the_last_grant_leaves_a_private_acl() {
    let grant = |indent: &str, uri: &str, power: &str| {
        format!(
            "{indent}grant {{\n{indent}  grantee {{\n{indent}    type = \"Group\"\n{indent}    uri  = \"http://acs.amazonaws.com/groups/global/{uri}\"\n{indent}  }}\n{indent}  permission = \"{power}\"\n{indent}}}\n"
        )
    };
    let acl = |grants: &str| {
        format!(
            "{BUCKET}\nresource \"aws_s3_bucket_acl\" \"logs\" {{\n  bucket = aws_s3_bucket.logs.id\n  access_control_policy {{\n{grants}    owner {{\n      id = \"abc\"\n    }}\n  }}\n}}\n"
        )
    };
    let all = [grant("    ", "AllUsers", "READ"), grant("    ", "AllUsers", "WRITE")].concat();
    for code in [acl(&grant("    ", "AllUsers", "READ")), acl(&all)] {
        let folder = Folder::new(&[("main.tf", &code)]);
        folder.run(&["--fix", "--unsafe-fixes", "--profile", "default"]);
        let after = folder.read("main.tf");
        assert!(after.contains("  acl    = \"private\"\n") && !after.contains("access_control_policy"), "{after}");
        assert_ne!(folder.is_formatted(), Some(false), "{after}");
    }
    let inline = format!(
        "resource \"aws_s3_bucket\" \"logs\" {{\n  bucket = \"logs-of-example\"\n\n{}}}\n",
        grant("  ", "AllUsers", "READ")
    )
    .replace("grantee {\n      type = \"Group\"\n      uri  = \"http://acs.amazonaws.com/groups/global/AllUsers\"\n    }\n    permission = \"READ\"", "type        = \"Group\"\n    uri         = \"http://acs.amazonaws.com/groups/global/AllUsers\"\n    permissions = [\"READ\"]");
    let folder = Folder::new(&[("main.tf", &inline)]);
    folder.run(&["--fix", "--unsafe-fixes", "--profile", "default"]);
    let after = folder.read("main.tf");
    assert!(after.contains("  acl    = \"private\"\n") && !after.contains("grant {"), "{after}");
    assert_ne!(folder.is_formatted(), Some(false), "{after}");
}

/// A companion is where its bucket is.
#[test]
fn companions_have_the_region_of_their_bucket() {
    let code = "resource \"aws_s3_bucket\" \"logs\" {\n  bucket = \"logs-of-example\"\n  region = var.region\n}\n\nvariable \"region\" {}\n";
    for rule in ["bpa-missing", "versioning", "sse-default", "secure-transport"] {
        let configuration = only(rule);
        let out = mended(&[("main.tf", code), ("rules.yaml", &configuration)], &ALONE);
        assert!(out.contains("+  region = var.region\n"), "{rule}: {out}");
    }
    let json = "{\n  \"resource\": {\n    \"aws_s3_bucket\": {\n      \"logs\": {\n        \"bucket\": \"logs-of-example\",\n        \"region\": \"eu-west-1\"\n      }\n    }\n  }\n}\n";
    let configuration = only("bpa-missing");
    let out = mended(&[("main.tf.json", json), ("rules.yaml", &configuration)], &ALONE);
    assert!(out.contains("+        \"region\": \"eu-west-1\","), "{out}");
}

/// Two fixes may write the same Deny, each by itself; together they write it once.
#[test]
fn a_statement_is_written_once() {
    let policy = |name: &str, more: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"{name}\" {{\n  bucket = \"real-{name}\"\n}}\n\nresource \"aws_s3_bucket_policy\" \"{name}\" {{\n  bucket = aws_s3_bucket.{name}.id\n  policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [\n      {{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.{name}.arn}}/*\" }},\n{more}    ]\n  }})\n}}\n\n"
        )
    };
    let code = format!("variable \"more\" {{}}\n\n{}{}", policy("d", ""), policy("e", "      var.more,\n"));
    let folder = Folder::new(&[("main.tf", &code)]);
    let run = folder.run(&["--enable", "secure-transport", "--fix", "--unsafe-fixes"]);
    let after = folder.read("main.tf");
    let own = after.split("\"aws_s3_bucket\" \"e\"").next().unwrap();
    assert_eq!(own.matches("aws:SecureTransport").count(), 1, "{after}\n{}", text(&run.stderr));
    assert!(!own.contains("\"Allow\""), "{after}");
}

/// What a later round mends, or another fix, is not told as left.
#[test]
fn what_was_mended_later_is_not_told_as_refused() {
    let code = "variable \"acl\" {}\nvariable \"pab\" { default = true }\nresource \"aws_s3_bucket\" \"a\" {\n  bucket = \"w1\"\n}\nresource \"aws_s3_bucket_acl\" \"a\" {\n  bucket = aws_s3_bucket.a.id\n  acl    = var.acl\n}\nresource \"aws_s3_bucket_public_access_block\" \"a\" {\n  bucket                  = aws_s3_bucket.a.id\n  block_public_acls       = var.pab\n  block_public_policy     = var.pab ? true : false\n  ignore_public_acls      = var.pab\n  restrict_public_buckets = var.pab\n}\n";
    let folder = Folder::new(&[("main.tf", code), ("terraform.tfvars", "acl = \"public-read\" # why\npab = false\n")]);
    let run = folder.run(&["--fix", "--unsafe-fixes", "--profile", "strict"]);
    let left = folder.run(&["--profile", "strict", "--format", "json"]);
    let left: serde_json::Value = serde_json::from_slice(&left.stdout).unwrap();
    let is_left = |rule: &str| left["findings"].as_array().unwrap().iter().any(|it| it["rule"] == rule);
    let said = format!("{}{}", text(&run.stdout), text(&run.stderr));
    let told = said.lines().filter_map(|it| it.split_once("not fixed: ")).filter_map(|it| it.1.split(' ').next());
    for rule in told {
        assert!(is_left(rule), "{rule} is told as left, and is gone:\n{said}");
    }
}

/// Terraform does not change what a resource ignores.
#[test]
fn ignored_changes_are_no_fix() {
    let acl = |lifecycle: &str, value: &str| {
        format!(
            "{BUCKET}\nlocals {{\n  acl = \"public-read\"\n}}\n\nresource \"aws_s3_bucket_acl\" \"logs\" {{\n  bucket = aws_s3_bucket.logs.id\n  acl    = {value}\n\n  lifecycle {{\n    {lifecycle}\n  }}\n}}\n"
        )
    };
    let configuration = only("acl-public-read");
    let run = |code: &str, rules: &str| mended(&[("main.tf", code), ("rules.yaml", rules)], &ALONE);
    for (lifecycle, value) in [
        ("ignore_changes = [acl]", "\"public-read\""),
        ("ignore_changes = [bucket, acl]", "local.acl"),
        ("ignore_changes = all", "\"public-read\""),
        ("ignore_changes = all", "local.acl"),
    ] {
        let out = run(&acl(lifecycle, value), &configuration);
        assert!(out.contains("would fix 0 findings") && out.contains("(lifecycle)"), "{lifecycle} {value}: {out}");
    }
    for lifecycle in ["ignore_changes = [expected_bucket_owner]", "prevent_destroy = true"] {
        let out = run(&acl(lifecycle, "\"public-read\""), &configuration);
        assert!(out.contains("would fix 1 finding"), "{lifecycle}: {out}");
    }
    let versioning = |path: &str| {
        format!(
            "{BUCKET}\nresource \"aws_s3_bucket_versioning\" \"logs\" {{\n  bucket = aws_s3_bucket.logs.id\n  versioning_configuration {{\n    status = \"Suspended\"\n  }}\n  lifecycle {{\n    ignore_changes = [{path}]\n  }}\n}}\n"
        )
    };
    let configuration = only("versioning");
    for (path, number) in [
        ("versioning_configuration", "0 findings"),
        ("versioning_configuration[0].status", "0 findings"),
        ("versioning_configuration[0].mfa_delete", "1 finding"),
    ] {
        let out = run(&versioning(path), &configuration);
        assert!(out.contains(&format!("would fix {number}")), "{path}: {out}");
    }
    let json = |ignored: &str| {
        format!(
            "{{\n  \"resource\": {{\n    \"aws_s3_bucket\": {{\"b\": {{\"bucket\": \"logs-of-example\"}}}},\n    \"aws_s3_bucket_acl\": {{\n      \"b\": {{\n        \"bucket\": \"${{aws_s3_bucket.b.id}}\",\n        \"acl\": \"public-read\",\n        \"lifecycle\": {{\"ignore_changes\": {ignored}}}\n      }}\n    }}\n  }}\n}}\n"
        )
    };
    for (ignored, number) in [("[\"acl\"]", "0 findings"), ("\"all\"", "0 findings"), ("[\"bucket\"]", "1 finding")] {
        let out = mended(&[("main.tf.json", &json(ignored)), ("rules.yaml", &only("acl-public-read"))], &ALONE);
        assert!(out.contains(&format!("would fix {number}")), "{ignored}: {out}");
    }
    let flags = "resource \"aws_s3_bucket_public_access_block\" \"logs\" {\n  bucket             = aws_s3_bucket.logs.id\n  ignore_public_acls = true\n\n  lifecycle {\n    ignore_changes = [block_public_policy, ignore_public_acls]\n  }\n}\n";
    for (rule, number) in [("bpa-block-public-policy", "0 findings"), ("bpa-restrict-public-buckets", "1 finding")] {
        let out = run(&format!("{BUCKET}\n{flags}"), &only(rule));
        assert!(out.contains(&format!("would fix {number}")), "{rule}: {out}");
    }
}

/// A bare policy has no tags: what asks for them does not stand in the way of its fix.
#[test]
fn a_bare_policy_is_mended_under_every_profile() {
    let policy = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::mybucket/*\"},\n    {\"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"arn:aws:iam::111122223333:role/x\"}, \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::mybucket/*\"}\n  ]\n}\n";
    for profile in ["default", "strict", "all"] {
        let folder = Folder::new(&[("policy.json", policy)]);
        let run = folder.run(&["--fix", "--unsafe-fixes", "--profile", profile]);
        let after = folder.read("policy.json");
        assert!(
            !after.contains("\"Principal\": \"*\", \"Action\": \"s3:GetObject\""),
            "{profile}: {after}{}",
            text(&run.stderr)
        );
    }
}

/// New lines of a file with tabs begin with tabs.
#[test]
fn tabs_stay_tabs() {
    let json = "{\n\t\"Resources\": {\n\t\t\"A\": {\n\t\t\t\"Type\": \"AWS::S3::Bucket\"\n\t\t}\n\t}\n}\n";
    let configuration = only("secure-transport");
    let out = mended(&[("stack.json", json), ("rules.yaml", &configuration)], &ALONE);
    let added: Vec<&str> =
        out.lines().filter_map(|it| it.strip_prefix('+')).filter(|it| !it.starts_with("++")).collect();
    assert!(10 < added.len() && added.iter().all(|it| !it.contains("  ")), "{out}");
    let policy = "{\n\t\"Version\": \"2012-10-17\",\n\t\"Statement\": [\n\t\t{\n\t\t\t\"Effect\": \"Allow\",\n\t\t\t\"Principal\": {\"AWS\": \"111122223333\"},\n\t\t\t\"Action\": \"s3:GetObject\",\n\t\t\t\"Resource\": \"arn:aws:s3:::b-of-example/*\"\n\t\t}\n\t]\n}\n";
    let out = mended(&[("policy.json", policy), ("rules.yaml", &configuration)], &ALONE);
    let added: Vec<&str> =
        out.lines().filter_map(|it| it.strip_prefix('+')).filter(|it| !it.starts_with("++")).collect();
    assert!(5 < added.len() && added.iter().all(|it| !it.contains("  ")), "{out}");
}

/// A policy as text in a template is not edited, and is told as what it is.
#[test]
fn a_policy_in_a_text_is_told_as_one() {
    let code = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument: !Sub |\n        {\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:GetObject\", \"Resource\": \"${B.Arn}/*\"}]}\n";
    let out = mended(&[("stack.yaml", code), ("rules.yaml", &only("bucket-policy-public-principal"))], &ALONE);
    assert!(!out.contains("not in a list"), "{out}");
}

/// A comment about a statement goes with it where a Deny takes its place; one about the list stays.
#[test]
fn comments_of_a_statement_that_is_replaced() {
    let object = "{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"${aws_s3_bucket.logs.arn}/*\" }";
    let list = |inner: &str| policy(&format!("jsonencode({{\n    # about all\n    Statement = {inner}\n  }})"));
    let block = format!(
        "{BUCKET}data \"aws_iam_policy_document\" \"d\" {{\n  # about all\n\n  # the public one\n  // for the site\n  statement {{\n    actions   = [\"s3:GetObject\"]\n    resources = [\"${{aws_s3_bucket.logs.arn}}/*\"]\n    principals {{\n      type        = \"*\"\n      identifiers = [\"*\"]\n    }}\n  }}\n}}\nresource \"aws_s3_bucket_policy\" \"d\" {{\n  bucket = aws_s3_bucket.logs.id\n  policy = data.aws_iam_policy_document.d.json\n}}\n"
    );
    let template = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n        # about all\n        Statement:\n          # the public one\n          - Effect: Allow\n            Principal: '*'\n            Action: s3:GetObject\n            Resource: !Sub '${B.Arn}/*'\n";
    let rules = only("bucket-policy-public-principal");
    for (name, code) in
        [("main.tf", list(&format!("[{object}]"))), ("main.tf", block), ("stack.yaml", template.to_owned())]
    {
        let folder = Folder::new(&[(name, &code), ("rules.yaml", &rules)]);
        folder.run(&[&["--fix", "--unsafe-fixes"], &ALONE[..]].concat());
        let fixed = folder.read(name);
        assert!(fixed.contains("Deny") && fixed.contains("about all"), "{fixed}");
        assert!(!fixed.contains("the public one") && !fixed.contains("for the site"), "{fixed}");
    }
}

/// Comments behind code stay in their column, as `terraform fmt` has them.
#[test]
fn comments_behind_settings() {
    let block = |flags: [&str; 2]| {
        format!(
            "{BUCKET}\nresource \"aws_s3_bucket_public_access_block\" \"logs\" {{\n  bucket                  = aws_s3_bucket.logs.id\n  block_public_acls       = {} # a\n  block_public_policy     = true{}# b\n  ignore_public_acls      = {} # c\n  restrict_public_buckets = true{}# d\n}}\n",
            flags[0], flags[1], flags[0], flags[1]
        )
    };
    let folder = Folder::new(&[("main.tf", &block(["false", "  "]))]);
    folder.run(&["--fix", "--disable", "versioning"]);
    assert_eq!(folder.read("main.tf"), block(["true", " "]));
    assert_ne!(folder.is_formatted(), Some(false));
}
