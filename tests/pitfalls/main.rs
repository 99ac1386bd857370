//! The pitfalls of the catalogue: for each false alarm and each silence of a peer that it names, what we say. One row is one
//! pitfall; the cases of the rule pages have the plain ones.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

mod second;
mod third;

use bucketlint::finding::Status;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Violated,
    Undecided,
    Nothing,
}
use Says::{Nothing, Undecided, Violated};

fn says(file: &str, text: &str, rule: &str) -> Says {
    let (findings, _) = bucketlint::check_texts_with(&[(file, text)], rule, None);
    let of_rule: Vec<Status> = findings.into_iter().map(|it| it.0).collect();
    match (of_rule.contains(&Status::Violated), of_rule.is_empty()) {
        (true, _) => Violated,
        (false, false) => Undecided,
        (false, true) => Nothing,
    }
}

/// Rows of pitfall, rule, text, expected.
fn table(file: &str, wrap: impl Fn(&str) -> String, rows: &[(&str, &str, &str, Says)]) {
    let mut wrong = Vec::new();
    let known = bucketlint::rules::RuleSet::builtin();
    for (pitfall, rule, text, expected) in rows {
        assert!(known.infos().iter().any(|it| it.id == *rule), "there is no rule `{rule}`");
        let found = says(file, &wrap(text), rule);
        if found != *expected {
            wrong.push(format!("{pitfall}: {rule}: expected {expected:?}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn statement(parts: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{parts}]}}"#)
}

/// A statement that allows reads, with a principal and further parts.
fn read(principal: &str, more: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::d-example/*"{more}}}"#
    )
}

#[test]
fn policies_and_their_conditions() {
    let everyone = |more: &str| read("\"*\"", more);
    let condition = |inner: &str| everyone(&format!(r#", "Condition": {{{inner}}}"#));
    let public = "bucket-policy-public-principal";
    let rows: Vec<(&str, &str, String, Says)> = vec![
        ("Guard, Terrascan and semgrep see \"*\" only", public, read(r#"{"AWS": "*"}"#, ""), Violated),
        ("Regula misses a list", public, read(r#"{"AWS": ["arn:aws:iam::111122223333:root", "*"]}"#, ""), Violated),
        (
            "the first statement is conditioned, the second is open",
            public,
            format!("{}, {}", condition(r#""StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}"#), everyone("")),
            Violated,
        ),
        (
            "cfn_nag, KICS and Guard ignore conditions",
            public,
            condition(r#""StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}"#),
            Nothing,
        ),
        (
            "Checkov fails the documented spelling of aws:SourceVpce",
            public,
            condition(r#""StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}"#),
            Nothing,
        ),
        (
            "keys have no case",
            public,
            condition(r#""StringEquals": {"AWS:sourcevpce": "vpce-0123456789abcdef0"}"#),
            Nothing,
        ),
        (
            "Checkov passes a wildcard organisation",
            "policy-condition-not-confining",
            condition(r#""StringLike": {"aws:PrincipalOrgID": "o-*"}"#),
            Violated,
        ),
        (
            "Checkov stumbles over a list of ARNs",
            public,
            condition(
                r#""ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/b"]}"#,
            ),
            Nothing,
        ),
        (
            "Checkov takes any ArnNotEquals for safe",
            "policy-condition-not-confining",
            condition(r#""ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/a"}"#),
            Violated,
        ),
        (
            "Checkov never accepts aws:SourceIp",
            public,
            condition(r#""IpAddress": {"aws:SourceIp": "203.0.113.7/32"}"#),
            Nothing,
        ),
        (
            "Steampipe takes ForAllValues for a guard",
            "policy-condition-not-confining",
            condition(r#""ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}"#),
            Violated,
        ),
        (
            "Steampipe takes IfExists for a guard",
            "policy-condition-not-confining",
            condition(r#""StringEqualsIfExists": {"aws:PrincipalOrgID": "o-abcdefghij"}"#),
            Violated,
        ),
        (
            "Terrascan and Regula want the literal *",
            "bucket-policy-public-all-actions",
            everyone("").replace("\"s3:GetObject\"", "[\"s3:*\"]").replace("/*\"", "*\""),
            Violated,
        ),
        (
            "Terrascan misses s3:* as a read",
            "bucket-policy-public-read",
            everyone("").replace("s3:GetObject", "s3:*"),
            Violated,
        ),
        (
            "Regula misses s3:GetObjectV*",
            "bucket-policy-public-read",
            everyone("").replace("s3:GetObject", "s3:GetObjectV*"),
            Violated,
        ),
        (
            "Prowler calls s3:Get* a write",
            "bucket-policy-public-write",
            everyone("").replace("s3:GetObject", "s3:Get*"),
            Nothing,
        ),
        ("Prowler misses s3:P*", "bucket-policy-public-write", everyone("").replace("s3:GetObject", "s3:P*"), Violated),
        (
            "Steampipe does not expand s3:Put*",
            "policy-control-plane-grant",
            everyone("").replace("s3:GetObject", "s3:Put*").replace("/*\"", "\""),
            Violated,
        ),
        (
            "a Deny of s3:* is no wildcard grant",
            "policy-wildcard-action",
            everyone("").replace("Allow", "Deny").replace("s3:GetObject", "s3:*"),
            Nothing,
        ),
        (
            "Checkov passes Allow with NotPrincipal",
            "policy-notprincipal-allow",
            everyone("")
                .replace("\"Principal\"", "\"NotPrincipal\"")
                .replace("\"*\"", "{\"AWS\": \"arn:aws:iam::111122223333:root\"}"),
            Violated,
        ),
        (
            "scanners skip NotAction",
            "policy-notaction-allow",
            everyone("").replace("\"Action\"", "\"NotAction\""),
            Violated,
        ),
        (
            "Deny unless aws:SourceVpce is no public statement",
            public,
            format!(
                "{}, {}",
                read(r#"{"AWS": "arn:aws:iam::111122223333:root"}"#, ""),
                condition(r#""StringNotEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}"#)
                    .replace("Allow", "Deny")
            ),
            Nothing,
        ),
        (
            "Prowler flags CloudFront's identities as accounts",
            "cross-account-grant",
            read(r#"{"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E127EXAMPLE51Z"}"#, ""),
            Nothing,
        ),
        (
            "load balancers' accounts are AWS's",
            "cross-account-grant",
            read(r#"{"AWS": "arn:aws:iam::127311923021:root"}"#, "").replace("GetObject", "PutObject"),
            Nothing,
        ),
        (
            "parliament's Null branch never fires",
            "policy-mfa-pattern",
            condition(r#""Bool": {"aws:MultiFactorAuthPresent": "false"}"#).replace("Allow", "Deny"),
            Violated,
        ),
        (
            "Guard's lock-out check has false alarms on object actions",
            "policy-lockout",
            everyone("").replace("Allow", "Deny"),
            Nothing,
        ),
        (
            "Checkov skips lock-outs with a condition",
            "policy-lockout",
            condition(r#""StringNotEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}"#)
                .replace("Allow", "Deny")
                .replace("s3:GetObject", "s3:*")
                .replace("d-example/*", "d-example*"),
            Violated,
        ),
        (
            "S3 takes spaces in a Sid",
            "policy-sid",
            read(r#"{"AWS": "arn:aws:iam::111122223333:root"}"#, r#", "Sid": "Public Read""#),
            Nothing,
        ),
        (
            "cfn-lint misses wildcards in a principal",
            "policy-principal-format",
            read(r#"{"AWS": "arn:aws:iam::111122223333:role/*"}"#, ""),
            Violated,
        ),
        (
            "other partitions are partitions",
            "policy-arn-format",
            read(r#"{"AWS": "arn:aws-us-gov:iam::111122223333:root"}"#, "").replace("arn:aws:s3", "arn:aws-us-gov:s3"),
            Nothing,
        ),
        (
            "Guard takes the text \"false\" for true",
            "secure-transport",
            everyone(r#", "Condition": {"Bool": {"aws:SecureTransport": "false"}}"#)
                .replace("Allow", "Deny")
                .replace("s3:GetObject", "s3:*")
                .replace("\"arn:aws:s3:::d-example/*\"", "[\"arn:aws:s3:::d-example\", \"arn:aws:s3:::d-example/*\"]"),
            Nothing,
        ),
        (
            "Regula wants the text, not the boolean",
            "secure-transport",
            everyone(r#", "Condition": {"Bool": {"aws:SecureTransport": false}}"#)
                .replace("Allow", "Deny")
                .replace("s3:GetObject", "s3:*")
                .replace("\"arn:aws:s3:::d-example/*\"", "[\"arn:aws:s3:::d-example\", \"arn:aws:s3:::d-example/*\"]"),
            Nothing,
        ),
        (
            "Prowler accepts a Deny of s3:PutObject alone",
            "secure-transport",
            everyone(r#", "Condition": {"Bool": {"aws:SecureTransport": "false"}}"#)
                .replace("Allow", "Deny")
                .replace("GetObject", "PutObject"),
            Violated,
        ),
    ];
    let rows: Vec<(&str, &str, &str, Says)> = rows.iter().map(|it| (it.0, it.1, it.2.as_str(), it.3)).collect();
    table("policy.json", statement, &rows);
    // A key that stands twice vanishes in most JSON readers.
    let twice = statement(&everyone(r#", "Effect": "Deny""#));
    assert_eq!(says("policy.json", &twice, "policy-duplicate-keys"), Violated);
    assert_eq!(
        says(
            "policy.json",
            &statement(&everyone("").replace("\"s3:GetObject\"", "s3:GetObject")),
            "policy-json-syntax"
        ),
        Violated
    );
}

#[test]
fn acls_and_their_links() {
    let bucket = |text: &str| format!("resource \"aws_s3_bucket\" \"b\" {{}}\n{text}");
    let grants = |all: &str| {
        format!(
            "resource \"aws_s3_bucket_acl\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  access_control_policy {{\n    owner {{\n      id = \"{}\"\n    }}\n{all}  }}\n}}\n",
            "a".repeat(64)
        )
    };
    let grant = |group: &str, permission: &str| {
        format!(
            "    grant {{\n      permission = \"{permission}\"\n      grantee {{\n        type = \"Group\"\n        uri  = \"http://acs.amazonaws.com/groups/{group}\"\n      }}\n    }}\n"
        )
    };
    let canned = |acl: &str| {
        format!("resource \"aws_s3_bucket_acl\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  acl    = \"{acl}\"\n}}\n")
    };
    let rows: Vec<(&str, &str, String, Says)> = vec![
        ("Trivy looks at canned ACLs only", "acl-public-read", grants(&grant("global/AllUsers", "READ")), Violated),
        ("semgrep exempts every bucket with a website", "acl-public-read",
            canned("public-read") + "resource \"aws_s3_bucket_website_configuration\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  index_document {\n    suffix = \"i\"\n  }\n}\n", Violated),
        ("a second grant hides WRITE to everyone from Checkov", "acl-public-write",
            grants(&(grant("global/AllUsers", "WRITE") + &grant("s3/LogDelivery", "READ_ACP"))), Violated),
        ("Checkov passes WRITE_ACP for authenticated users", "acl-public-acp", grants(&grant("global/AuthenticatedUsers", "WRITE_ACP")), Violated),
        ("KICS flags WRITE_ACP of the log delivery group", "acl-public-acp", grants(&grant("s3/LogDelivery", "WRITE_ACP")), Nothing),
        ("tflint checks the old argument only", "acl-invalid-value", canned("website"), Violated),
        ("log delivery is a legacy use that needs its ACL", "acl-in-use", canned("log-delivery-write"), Nothing),
        ("Terrascan fires where Block Public Access is on", "acl-vs-bpa-contradiction", "resource \"aws_s3_bucket_public_access_block\" \"b\" {\n  bucket            = aws_s3_bucket.b.id\n  block_public_acls = true\n}\n".to_owned(), Nothing),
        ("Checkov tests two of the four flags", "bpa-restrict-public-buckets", "resource \"aws_s3_bucket_public_access_block\" \"b\" {\n  bucket                  = aws_s3_bucket.b.id\n  block_public_acls       = true\n  block_public_policy     = true\n  ignore_public_acls      = false\n  restrict_public_buckets = false\n}\n".to_owned(), Violated),
        ("Checkov runs nothing on the account's block", "account-bpa", "resource \"aws_s3_account_public_access_block\" \"b\" {\n  block_public_acls = false\n}\n".to_owned(), Violated),
        ("Checkov passes an access point with two flags off", "access-point-bpa", "resource \"aws_s3_access_point\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  name   = \"b\"\n  public_access_block_configuration {\n    block_public_policy     = false\n    restrict_public_buckets = false\n  }\n}\n".to_owned(), Violated),
        ("an access point without a block has all four on", "access-point-bpa", "resource \"aws_s3_access_point\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  name   = \"b\"\n}\n".to_owned(), Nothing),
        ("semgrep matches [\"*\"] only", "cors-wildcard", "resource \"aws_s3_bucket_cors_configuration\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  cors_rule {\n    allowed_methods = [\"PUT\"]\n    allowed_origins = [\"https://a.example.com\", \"https://*\"]\n  }\n}\n".to_owned(), Violated),
    ];
    let rows: Vec<(&str, &str, &str, Says)> = rows.iter().map(|it| (it.0, it.1, it.2.as_str(), it.3)).collect();
    table("main.tf", bucket, &rows);
    let template = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: {AccessControl: AuthenticatedRead}\n";
    assert_eq!(says("t.yaml", template, "acl-authenticated-users"), Violated, "cfn_nag and Guard have no rule for it");
}

#[test]
fn protection_and_logging() {
    let block = "resource \"aws_s3_bucket_public_access_block\" \"b\" {\n  bucket                  = aws_s3_bucket.b[0].id\n  block_public_acls       = true\n  block_public_policy     = true\n  ignore_public_acls      = true\n  restrict_public_buckets = true\n";
    let encryption = |algorithm: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{}}\nresource \"aws_s3_bucket_server_side_encryption_configuration\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  rule {{\n    apply_server_side_encryption_by_default {{\n      {algorithm}\n    }}\n  }}\n}}\n"
        )
    };
    let lifecycle = |rule: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{}}\nresource \"aws_s3_bucket_lifecycle_configuration\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  rule {{\n    id = \"r\"\n{rule}\n  }}\n}}\n"
        )
    };
    let logs = "resource \"aws_s3_bucket\" \"logs\" {}\nresource \"aws_s3_bucket\" \"d\" {}\nresource \"aws_s3_bucket_logging\" \"d\" {\n  bucket        = aws_s3_bucket.d.id\n  target_bucket = aws_s3_bucket.logs.id\n  target_prefix = \"d/\"\n}\n";
    let rows: Vec<(&str, &str, String, Says)> = vec![
        ("linking through count", "bpa-missing", format!("variable \"n\" {{}}\nresource \"aws_s3_bucket\" \"b\" {{\n  count = var.n\n}}\n{}  count = var.n\n}}\n", block.replace("b[0]", "b[count.index]")), Nothing),
        ("linking through for_each over buckets", "bpa-missing", format!("resource \"aws_s3_bucket\" \"b\" {{\n  for_each = toset([\"x\", \"y\"])\n  bucket   = each.key\n}}\n{}  for_each = aws_s3_bucket.b\n}}\n", block.replace("aws_s3_bucket.b[0].id", "each.value.id")), Nothing),
        ("linking through a computed name", "bpa-missing", format!("resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"d-${{terraform.workspace}}\"\n}}\n{}}}\n", block.replace("aws_s3_bucket.b[0].id", "\"d-${terraform.workspace}\"")), Nothing),
        ("provider version 4 split versioning off", "versioning", "resource \"aws_s3_bucket\" \"b\" {}\nresource \"aws_s3_bucket_versioning\" \"b\" {\n  bucket = aws_s3_bucket.b.bucket\n  versioning_configuration {\n    status = \"Enabled\"\n  }\n}\n".to_owned(), Nothing),
        ("MFA Delete cannot be had with a lifecycle", "mfa-delete", lifecycle("    status = \"Enabled\"\n    expiration {\n      days = 9\n    }"), Nothing),
        ("Checkov and Guard fail aws:kms:dsse", "sse-default", encryption("sse_algorithm = \"aws:kms:dsse\""), Nothing),
        ("Checkov fails DSSE with a key of one's own", "sse-kms-cmk", encryption("sse_algorithm     = \"aws:kms:dsse\"\n      kms_master_key_id = \"arn:aws:kms:eu-west-1:111122223333:key/0123\""), Nothing),
        ("Checkov accepts AWS's own key", "sse-kms-cmk", encryption("sse_algorithm     = \"aws:kms\"\n      kms_master_key_id = \"alias/aws/s3\""), Violated),
        ("Guard accepts AES256 as KMS", "sse-kms-cmk", encryption("sse_algorithm = \"AES256\""), Violated),
        ("Checkov takes a disabled rule for a lifecycle", "lifecycle-present", lifecycle("    status = \"Disabled\"\n    expiration {\n      days = 9\n    }"), Violated),
        ("Checkov's false alarm on an empty prefix", "abort-multipart", lifecycle("    status = \"Enabled\"\n    filter {\n      prefix = \"\"\n    }\n    abort_incomplete_multipart_upload {\n      days_after_initiation = 7\n    }"), Nothing),
        ("a rule with a prefix does not cover the bucket", "abort-multipart", lifecycle("    status = \"Enabled\"\n    filter {\n      prefix = \"tmp/\"\n    }\n    abort_incomplete_multipart_upload {\n      days_after_initiation = 7\n    }"), Violated),
        ("Checkov sees the old inline block of Object Lock only", "object-lock", "resource \"aws_s3_bucket\" \"b\" {\n  object_lock_enabled = true\n}\n".to_owned(), Nothing),
        ("Guard, Prowler and Checkov stop at enabled", "object-lock-retention", "resource \"aws_s3_bucket\" \"b\" {\n  object_lock_enabled = true\n}\n".to_owned(), Violated),
        ("every peer flags the log bucket itself", "access-logging", logs.to_owned(), Nothing),
        ("log buckets cannot use KMS", "sse-kms-cmk", logs.replace("resource \"aws_s3_bucket\" \"d\" {}", "resource \"aws_s3_bucket\" \"d\" {}\nresource \"aws_kms_key\" \"k\" {}\nresource \"aws_s3_bucket_server_side_encryption_configuration\" \"d\" {\n  bucket = aws_s3_bucket.d.id\n  rule {\n    apply_server_side_encryption_by_default {\n      sse_algorithm     = \"aws:kms\"\n      kms_master_key_id = aws_kms_key.k.arn\n    }\n  }\n}"), Nothing),
        ("Trivy 0161 sees canned ACLs only", "log-bucket-public", "resource \"aws_s3_bucket\" \"b\" {}\nresource \"aws_cloudtrail\" \"t\" {\n  name           = \"t\"\n  s3_bucket_name = aws_s3_bucket.b.id\n}\nresource \"aws_s3_bucket_policy\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"${aws_s3_bucket.b.arn}/*\" }] })\n}\n".to_owned(), Violated),
        ("Trivy 0171 fires on each bucket without a trail", "cloudtrail-data-events-write", "resource \"aws_s3_bucket\" \"b\" {}\n".to_owned(), Nothing),
        ("Trivy ignores advanced selectors", "cloudtrail-data-events-write", "resource \"aws_cloudtrail\" \"t\" {\n  name           = \"t\"\n  s3_bucket_name = \"l-example\"\n  advanced_event_selector {\n    field_selector {\n      field  = \"eventCategory\"\n      equals = [\"Data\"]\n    }\n    field_selector {\n      field  = \"resources.type\"\n      equals = [\"AWS::S3::Object\"]\n    }\n  }\n}\n".to_owned(), Nothing),
        ("Trivy wants s3:get* and s3:put* literally", "iam-s3-full-access", "resource \"aws_iam_policy\" \"p\" {\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"s3:*\", Resource = \"*\" }] })\n}\n".to_owned(), Violated),
        ("Checkov is blind to arn:aws:s3:::*/*", "iam-s3-data-exfiltration", "resource \"aws_iam_policy\" \"p\" {\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::*/*\" }] })\n}\n".to_owned(), Violated),
        ("web site buckets have dots for a reason", "bucket-name-dots", "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"www.example.com\"\n}\nresource \"aws_s3_bucket_website_configuration\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  index_document {\n    suffix = \"i\"\n  }\n}\n".to_owned(), Nothing),
        ("Guard demands the old identity of CloudFront", "cloudfront-origin-access", "resource \"aws_s3_bucket\" \"b\" {}\nresource \"aws_cloudfront_origin_access_control\" \"c\" {\n  name = \"c\"\n}\nresource \"aws_cloudfront_distribution\" \"d\" {\n  origin {\n    domain_name              = aws_s3_bucket.b.bucket_regional_domain_name\n    origin_id                = \"b\"\n    origin_access_control_id = aws_cloudfront_origin_access_control.c.id\n  }\n}\n".to_owned(), Nothing),
        ("Checkov's unknown is not shown", "policy-unresolvable", "variable \"p\" {}\nresource \"aws_s3_bucket\" \"b\" {}\nresource \"aws_s3_bucket_policy\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  policy = var.p\n}\n".to_owned(), Undecided),
        ("Checkov drops a file with a heredoc of one letter", "bucket-policy-public-principal", "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\nresource \"aws_s3_bucket_policy\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  policy = <<P\n{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::b-example/*\"}]}\nP\n}\n".to_owned(), Violated),
        ("principals of type * in a policy document pass Checkov", "bucket-policy-public-principal", "resource \"aws_s3_bucket\" \"b\" {}\ndata \"aws_iam_policy_document\" \"b\" {\n  statement {\n    actions   = [\"s3:GetObject\"]\n    resources = [\"${aws_s3_bucket.b.arn}/*\"]\n    principals {\n      type        = \"*\"\n      identifiers = [\"*\"]\n    }\n  }\n}\nresource \"aws_s3_bucket_policy\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  policy = data.aws_iam_policy_document.b.json\n}\n".to_owned(), Violated),
    ];
    let rows: Vec<(&str, &str, &str, Says)> = rows.iter().map(|it| (it.0, it.1, it.2.as_str(), it.3)).collect();
    table("main.tf", str::to_owned, &rows);
    let template = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      LoggingConfiguration: {}\n";
    assert_eq!(says("t.yaml", template, "log-target-self"), Violated, "Guard passes an empty LoggingConfiguration");
}

/// Two policies whose buckets are not known are two policies: the later one does not hide what the first one opens.
#[test]
fn policies_of_unknown_buckets_do_not_hide_each_other() {
    let policy = |name: &str, statements: &str| {
        format!(
            "resource \"aws_s3_bucket_policy\" \"{name}\" {{\n  bucket = var.m[\"{name}\"]\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{statements}] }})\n}}\n"
        )
    };
    let open =
        "{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::x-example/*\" }";
    for (first, second) in [(open, ""), ("", open)] {
        let text = format!("variable \"m\" {{}}\n{}{}", policy("a", first), policy("b", second));
        assert_eq!(says("main.tf", &text, "bucket-policy-public-principal"), Violated);
    }
}
