//! The pitfalls whose cases need more than a policy or one feature: templates, links between resources, severities.

use bucketlint::finding::{Severity, Status};

use super::Says::{self, Nothing, Undecided, Violated};
use super::{read, says, statement, table};

#[test]
fn more_policies() {
    let everyone = |more: &str| read("\"*\"", more);
    let condition = |inner: &str| everyone(&format!(r#", "Condition": {{{inner}}}"#));
    let public = "bucket-policy-public-principal";
    let foreign = |arn: &str| read(&format!(r#"{{"AWS": "{arn}"}}"#), "");
    let tls = everyone(r#", "Condition": {"Bool": {"aws:SecureTransport": "false"}}"#)
        .replace("Allow", "Deny")
        .replace("s3:GetObject", "s3:PutObject");
    let rows: Vec<(&str, &str, String, Says)> = vec![
        (
            "Checkov never accepts aws:SourceAccount",
            public,
            condition(r#""StringEquals": {"aws:SourceAccount": "111122223333"}"#),
            Nothing,
        ),
        (
            "ScoutSuite takes any ArnLike for safe",
            "policy-condition-not-confining",
            condition(r#""ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}"#),
            Violated,
        ),
        (
            "ScoutSuite does not know aws:SourceVpc",
            public,
            condition(r#""StringEquals": {"aws:SourceVpc": "vpc-0123456789abcdef0"}"#),
            Nothing,
        ),
        (
            "Steampipe takes aws:SourceOwner for safe whatever its value",
            "policy-condition-not-confining",
            condition(r#""StringLike": {"aws:SourceOwner": "*"}"#),
            Violated,
        ),
        (
            "keys such as aws:Referer do not confine",
            "policy-condition-not-confining",
            condition(r#""StringLike": {"aws:Referer": "https://example.com/*"}"#),
            Violated,
        ),
        (
            "an access point's ARN may have a wildcard name in a bucket policy",
            public,
            condition(r#""ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:111122223333:accesspoint/*"}"#),
            Nothing,
        ),
        (
            "Regula does not count s3:* as a listing",
            "bucket-policy-public-list",
            everyone("").replace("s3:GetObject", "s3:*").replace("d-example/*", "d-example"),
            Violated,
        ),
        ("no wildcard slips", "bucket-policy-public-delete", everyone("").replace("GetObject", "Del*"), Violated),
        (
            "only KICS has restoring, and for templates only",
            "bucket-policy-public-restore",
            everyone("").replace("GetObject", "RestoreObject"),
            Violated,
        ),
        (
            "S3.6 knows five actions",
            "policy-control-plane-grant",
            foreign("arn:aws:iam::444455556666:root")
                .replace("GetObject", "PutBucketOwnershipControls")
                .replace("/*\"", "\""),
            Undecided,
        ),
        (
            "no peer tells a root delegation from a role",
            "cross-account-root-delegation",
            foreign("arn:aws:iam::444455556666:role/reader"),
            Nothing,
        ),
        (
            "a service that sends no aws:SourceArn",
            "confused-deputy-service-principal",
            read(r#"{"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}"#, "")
                .replace("GetObject", "PutObject"),
            Nothing,
        ),
        (
            "Checkov's wildcard is * and not s3:*",
            "policy-wildcard-action",
            foreign("arn:aws:iam::444455556666:root").replace("GetObject", "*").replace("d-example/*", "d-example*"),
            Violated,
        ),
        (
            "no peer sees NotResource",
            "policy-notresource-allow",
            foreign("arn:aws:iam::444455556666:root").replace("\"Resource\"", "\"NotResource\""),
            Violated,
        ),
        ("Prowler and Regula accept a Deny of PutObject", "secure-transport-scope", tls, Violated),
        (
            "condition keys have no case",
            "policy-unknown-condition-key",
            condition(r#""Bool": {"AWS:securetransport": "true"}"#),
            Nothing,
        ),
        (
            "cfn-lint closed E3027 unmerged",
            "policy-action-resource-mismatch",
            everyone("").replace("d-example/*", "d-example"),
            Violated,
        ),
        (
            "tflint looks at identity policies only",
            "policy-arn-format",
            everyone("").replace("arn:aws:s3:::d-example/*", "arn:aws:s3:d-example/*"),
            Violated,
        ),
        (
            "the size of a bucket policy is no peer's",
            "policy-size",
            everyone(&format!(r#", "Sid": "{}""#, "a".repeat(21_000))),
            Violated,
        ),
    ];
    let rows: Vec<(&str, &str, &str, Says)> = rows.iter().map(|it| (it.0, it.1, it.2.as_str(), it.3)).collect();
    table("policy.json", statement, &rows);
    // Prowler looks for the own account's id anywhere in the ARN.
    let text = statement(&foreign("arn:aws:iam::444455556666:role/111122223333"));
    let (found, _) =
        bucketlint::check_texts_with(&[("policy.json", &text)], "cross-account-grant", Some("111122223333"));
    assert!(found.iter().any(|it| it.0 == Status::Violated), "{found:?}");
}

#[test]
fn templates() {
    let everything = "{Effect: Allow, Principal: '*', Action: 's3:*', Resource: !Sub '${B.Arn}/*'}";
    let policy = |bucket: &str, statements: &str| {
        format!(
            "Resources:\n  B: {{Type: 'AWS::S3::Bucket'}}\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: {bucket}\n      PolicyDocument: {{Version: '2012-10-17', Statement: [{statements}]}}\n"
        )
    };
    let tls = "{Effect: Deny, Principal: '*', Action: 's3:*', Resource: [!GetAtt B.Arn, !Sub '${B.Arn}/*'], Condition: {Bool: {'aws:SecureTransport': false}}}";
    let elb = "{Effect: Allow, Principal: {AWS: !FindInMap [Elb, !Ref 'AWS::Region', Id]}, Action: 's3:PutObject', Resource: !Sub '${B.Arn}/*'}";
    let regions = "Mappings:\n  Elb: {us-east-1: {Id: '127311923021'}, eu-west-1: {Id: '156460612806'}}\n";
    let rows: Vec<(&str, &str, String, Says)> = vec![
        (
            "Checkov has no check of AWS::S3::BucketPolicy",
            "bucket-policy-public-principal",
            policy("!Ref B", everything),
            Violated,
        ),
        (
            "no scanner checks the control plane in templates",
            "policy-control-plane-grant",
            policy("!Ref B", &everything.replace("${B.Arn}/*", "${B.Arn}")),
            Violated,
        ),
        ("cfn_nag links Ref and literals only", "policy-missing", policy("!Sub '${B}'", tls), Nothing),
        ("Guard wants the boolean, Regula the text", "secure-transport", policy("!Ref B", tls), Nothing),
        (
            "Guard is content with one good policy in a template",
            "secure-transport",
            policy("!Ref B", tls) + "  Other: {Type: 'AWS::S3::Bucket'}\n",
            Violated,
        ),
        (
            "Guard is silent where no policy is",
            "secure-transport",
            "Resources: {B: {Type: 'AWS::S3::Bucket'}}\n".to_owned(),
            Violated,
        ),
        (
            "lock-outs are seen in Terraform only",
            "policy-lockout",
            policy("!Ref B", "{Effect: Deny, Principal: '*', Action: 's3:*', Resource: !GetAtt B.Arn}"),
            Violated,
        ),
        (
            "a map of load balancers' accounts is never everyone",
            "bucket-policy-public-principal",
            regions.to_owned() + &policy("!Ref B", elb),
            Nothing,
        ),
        (
            "semgrep wants an explicit false",
            "bpa-block-public-acls",
            "Resources: {B: {Type: 'AWS::S3::Bucket', Properties: {PublicAccessBlockConfiguration: {BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true}}}}\n".to_owned(),
            Violated,
        ),
        (
            "intrinsics in a log target",
            "access-logging",
            "Resources: {B: {Type: 'AWS::S3::Bucket', Properties: {LoggingConfiguration: {DestinationBucketName: !ImportValue logs}}}}\n".to_owned(),
            Nothing,
        ),
        (
            "a policy that a transform makes is not passed over",
            "policy-unresolvable",
            "Resources:\n  B: {Type: 'AWS::S3::Bucket'}\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument: !ImportValue policy\n".to_owned(),
            Undecided,
        ),
    ];
    let rows: Vec<(&str, &str, &str, Says)> = rows.iter().map(|it| (it.0, it.1, it.2.as_str(), it.3)).collect();
    table("t.yaml", str::to_owned, &rows);
}

#[test]
fn links_and_severities() {
    let bucket = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";
    let open = "resource \"aws_s3_bucket_policy\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"${aws_s3_bucket.b.arn}/*\" }] })\n}\n";
    let acl = "resource \"aws_s3_bucket_acl\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  acl    = \"public-read\"\n}\n";
    let block = |flags: &str| {
        format!("resource \"aws_s3_bucket_public_access_block\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n{flags}}}\n")
    };
    let account = "resource \"aws_s3_account_public_access_block\" \"a\" {\n  block_public_acls       = true\n  block_public_policy     = true\n  ignore_public_acls      = true\n  restrict_public_buckets = true\n}\n";
    let worst = |text: &str, rule: &str| {
        let report = bucketlint::check_texts_in(&[("main.tf", text)], "all");
        report.findings.into_iter().filter(|it| it.rule == rule).map(|it| it.severity).max()
    };
    let public = "bucket-policy-public-principal";
    assert_eq!(worst(&format!("{bucket}{open}"), public), Some(Severity::Critical));
    // Account-wide Block Public Access takes a finding down, and so does the bucket's own.
    assert_eq!(worst(&format!("{bucket}{open}{account}"), public), Some(Severity::Medium));
    let restricted = block("  restrict_public_buckets = true\n");
    assert_eq!(worst(&format!("{bucket}{open}{restricted}"), public), Some(Severity::Medium));
    assert_eq!(worst(&format!("{bucket}{account}"), "bpa-missing"), Some(Severity::Low));
    // What refuses new ACLs and policies leaves those that there are in force.
    let late = block("  block_public_acls   = true\n  block_public_policy = true\n");
    assert_eq!(worst(&format!("{bucket}{open}{late}"), public), Some(Severity::Critical));
    assert_eq!(worst(&format!("{bucket}{acl}{late}"), "acl-public-read"), Some(Severity::Critical));
    // KICS rates a public ACL high although it is blocked.
    let ignored = block("  ignore_public_acls = true\n");
    assert_eq!(worst(&format!("{bucket}{acl}{ignored}"), "acl-public-read"), Some(Severity::Medium));

    let point = |value: &str| {
        format!(
            "{bucket}resource \"aws_s3_access_point\" \"p\" {{\n  bucket = aws_s3_bucket.b.id\n  name   = \"p\"\n  public_access_block_configuration {{\n    block_public_policy     = false\n    restrict_public_buckets = false\n  }}\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"arn:aws:s3:eu-west-1:111122223333:accesspoint/p/object/*\", Condition = {{ ArnLike = {{ \"s3:DataAccessPointArn\" = \"{value}\" }} }} }}] }})\n}}\n"
        )
    };
    let object = |kind: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{}}\nresource \"aws_kms_key\" \"k\" {{}}\nresource \"aws_s3_bucket_server_side_encryption_configuration\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  rule {{\n    apply_server_side_encryption_by_default {{\n      sse_algorithm     = \"aws:kms\"\n      kms_master_key_id = aws_kms_key.k.arn\n    }}\n  }}\n}}\nresource \"{kind}\" \"o\" {{\n  bucket                 = aws_s3_bucket.b.id\n  key                    = \"o\"\n  server_side_encryption = \"AES256\"\n}}\n"
        )
    };
    let trail = |value: &str| {
        format!(
            "resource \"aws_cloudtrail\" \"t\" {{\n  name           = \"t\"\n  s3_bucket_name = \"l-example\"\n  event_selector {{\n    read_write_type = \"All\"\n    data_resource {{\n      type   = \"AWS::S3::Object\"\n      values = [\"{value}\"]\n    }}\n  }}\n}}\n"
        )
    };
    let document = |value: &str| {
        format!(
            "{bucket}data \"aws_iam_policy_document\" \"d\" {{\n  statement {{\n    actions   = [\"s3:GetObject\"]\n    resources = [\"${{aws_s3_bucket.b.arn}}/{value}/*\"]\n    principals {{\n      type        = \"AWS\"\n      identifiers = [\"arn:aws:iam::111122223333:root\"]\n    }}\n  }}\n}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = data.aws_iam_policy_document.d.json\n}}\n"
        )
    };
    let module = "module \"b\" {\n  source = \"./b\"\n}\nresource \"aws_s3_bucket_public_access_block\" \"b\" {\n  bucket                  = module.b.name\n  block_public_acls       = true\n  block_public_policy     = true\n  ignore_public_acls      = true\n  restrict_public_buckets = true\n}\n";
    let inside = "resource \"aws_s3_bucket\" \"b\" {}\noutput \"name\" {\n  value = aws_s3_bucket.b.id\n}\n";
    let (found, _) = bucketlint::check_texts_with(&[("main.tf", module), ("b/main.tf", inside)], "bpa-missing", None);
    assert!(found.is_empty(), "a module's bucket and its block outside: {found:?}");
    let rows: Vec<(&str, &str, String, Says)> = vec![
        (
            "a wildcard name confines in no policy of an access point",
            "access-point-policy-public",
            point("arn:aws:s3:eu-west-1:111122223333:accesspoint/*"),
            Violated,
        ),
        (
            "a fixed name does",
            "access-point-policy-public",
            point("arn:aws:s3:eu-west-1:111122223333:accesspoint/p"),
            Nothing,
        ),
        ("CKV_AWS_186 sees aws_s3_bucket_object only", "object-sse", object("aws_s3_object"), Violated),
        ("and the old name", "object-sse", object("aws_s3_bucket_object"), Violated),
        ("Trivy compares with arn:aws:s3 literally", "cloudtrail-data-events-write", trail("arn:aws:s3:::"), Nothing),
        ("so does ours, among others", "cloudtrail-data-events-write", trail("arn:aws:s3"), Nothing),
        ("&{} is a policy variable in a policy document", "policy-variables", document("&{aws:username}"), Nothing),
        ("$${} is one in Terraform's text", "policy-variables", document("$${aws:username}"), Nothing),
        (
            "CloudFront's log delivery still needs an ACL",
            "acl-in-use",
            "resource \"aws_s3_bucket\" \"b\" {}\nresource \"aws_s3_bucket_ownership_controls\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  rule {\n    object_ownership = \"BucketOwnerPreferred\"\n  }\n}\nresource \"aws_s3_bucket_acl\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  access_control_policy {\n    owner {\n      id = \"75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a\"\n    }\n    grant {\n      permission = \"FULL_CONTROL\"\n      grantee {\n        type = \"CanonicalUser\"\n        id   = \"c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0\"\n      }\n    }\n  }\n}\n".to_owned(),
            Nothing,
        ),
        (
            "a companion of an unknown bucket is no pass and no failure of this one",
            "dangling-companion",
            format!("variable \"x\" {{}}\n{bucket}{}", block("").replace("aws_s3_bucket.b.id", "var.x")),
            Violated,
        ),
    ];
    let rows: Vec<(&str, &str, &str, Says)> = rows.iter().map(|it| (it.0, it.1, it.2.as_str(), it.3)).collect();
    table("main.tf", str::to_owned, &rows);
    assert_eq!(says("main.tf", &format!("{bucket}{acl}"), "acl-public-read"), Violated);
}
