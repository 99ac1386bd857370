//! The pitfalls that the first two passes over the catalogue left to the cases of the rule pages, or left out.

use bucketlint::finding::Severity;

use super::Says::{self, Nothing, Undecided, Violated};
use super::{read, says, statement, table};

fn rows(file: &str, wrap: impl Fn(&str) -> String, rows: &[(&str, &str, String, Says)]) {
    let rows: Vec<(&str, &str, &str, Says)> = rows.iter().map(|it| (it.0, it.1, it.2.as_str(), it.3)).collect();
    table(file, wrap, &rows);
}

#[test]
fn statements() {
    let everyone = |more: &str| read("\"*\"", more);
    let own = |more: &str| read(r#"{"AWS": "arn:aws:iam::111122223333:root"}"#, more);
    let condition = |inner: &str| everyone(&format!(r#", "Condition": {{{inner}}}"#));
    let own_if = |inner: &str| own(&format!(r#", "Condition": {{{inner}}}"#));
    let endpoint = condition(r#""StringNotEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}"#)
        .replace("Allow", "Deny")
        .replace("s3:GetObject", "s3:*");
    let action = |name: &str| own("").replace("s3:GetObject", name).replace("d-example/*", "d-example*");
    let service =
        |name: &str, more: &str| read(&format!(r#"{{"Service": "{name}"}}"#), more).replace("GetObject", "PutObject");
    rows(
        "policy.json",
        statement,
        &[
            (
                "Terrascan misses * as a read",
                "bucket-policy-public-read",
                everyone("").replace("s3:GetObject", "*"),
                Violated,
            ),
            (
                "Steampipe ignores *",
                "bucket-policy-public-list",
                action("*").replace("arn:aws:iam::111122223333:root", "*"),
                Violated,
            ),
            (
                "S3.6 ignores the condition",
                "policy-control-plane-grant",
                condition(r#""StringEquals": {"aws:PrincipalAccount": "111122223333"}"#)
                    .replace("s3:GetObject", "s3:PutBucketPolicy")
                    .replace("/*\"", "\""),
                Undecided,
            ),
            ("partial wildcards are flagged nowhere", "policy-wildcard-action", action("s3:Put*"), Violated),
            ("partial wildcards are flagged nowhere", "policy-wildcard-action", action("s3:*Object"), Violated),
            ("a wildcard over reads is common and fine", "policy-wildcard-action", action("s3:Get*"), Nothing),
            ("Deny unless aws:SourceVpce is good", "vpc-endpoint-restriction", endpoint.clone(), Nothing),
            ("Deny unless aws:SourceVpce is good", "policy-notprincipal-allow", endpoint.clone(), Nothing),
            ("it locks out what deploys", "policy-lockout", endpoint.replace("d-example/*", "d-example*"), Violated),
            (
                "Panther alone looks at services",
                "confused-deputy-service-principal",
                service("cloudtrail.amazonaws.com", ""),
                Violated,
            ),
            (
                "a service with its source account",
                "confused-deputy-service-principal",
                service(
                    "delivery.logs.amazonaws.com",
                    r#", "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": "111122223333"}}"#,
                ),
                Nothing,
            ),
            ("every partition is one", "policy-arn-format", own("").replace("arn:aws:", "arn:aws-cn:"), Nothing),
            ("every partition is one", "policy-arn-format", own("").replace("arn:aws:", "arn:aws-iso-b:"), Nothing),
            ("no other word is", "policy-arn-format", own("").replace("arn:aws:s3", "arn:amazon:s3"), Violated),
            (
                "keys have no case",
                "policy-unknown-condition-key",
                own_if(r#""StringEquals": {"AWS:PRINCIPALORGID": "o-abcdefghij"}"#),
                Nothing,
            ),
            (
                "Steampipe and Checkov take ForAllValues for a guard",
                "policy-forallvalues-single-key",
                condition(r#""ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}"#),
                Violated,
            ),
            (
                "Steampipe takes IfExists for a guard",
                "policy-null-ifexists-misuse",
                condition(r#""StringEqualsIfExists": {"aws:PrincipalOrgID": "o-abcdefghij"}"#),
                Violated,
            ),
            (
                "IfExists is right in a Deny",
                "policy-null-ifexists-misuse",
                condition(r#""StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-abcdefghij"}"#)
                    .replace("Allow", "Deny"),
                Nothing,
            ),
            (
                "aws:SourceIp is not evaluated for endpoints",
                "policy-source-ip-private",
                own_if(r#""IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "192.168.0.0/16"]}"#),
                Violated,
            ),
            (
                "aws:VpcSourceIp is",
                "policy-source-ip-private",
                own_if(
                    r#""IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}, "StringEquals": {"aws:SourceVpc": "vpc-0123456789abcdef0"}"#,
                ),
                Nothing,
            ),
            (
                "tags of objects are known",
                "policy-tag-condition-unsupported",
                own_if(r#""StringEquals": {"s3:ExistingObjectTag/team": "x"}"#),
                Nothing,
            ),
            (
                "a deleted role stays as an id",
                "policy-orphan-principal-id",
                read(r#"{"AWS": ["arn:aws:iam::111122223333:root", "AIDAEXAMPLEEXAMPLE123"]}"#, ""),
                Violated,
            ),
            (
                "a role session is no deleted one",
                "policy-orphan-principal-id",
                own_if(r#""StringLike": {"aws:userid": "AROAEXAMPLEEXAMPLE123:*"}"#),
                Nothing,
            ),
            (
                "Prowler has no rule for the flow-log service's own grant",
                "cross-account-grant",
                service(
                    "delivery.logs.amazonaws.com",
                    r#", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}"#,
                ),
                Nothing,
            ),
        ],
    );
    // Without the own account's id a grant to an account may be to the own one: it is not passed, and not called foreign.
    let text = statement(&own(""));
    assert_eq!(says("policy.json", &text, "cross-account-grant"), Undecided);
    for (account, expected) in [("111122223333", false), ("444455556666", true)] {
        let (found, _) = bucketlint::check_texts_with(&[("policy.json", &text)], "cross-account-grant", Some(account));
        assert_eq!(!found.is_empty(), expected, "{account}: {found:?}");
    }
    // Unparsable in Terraform: Checkov passes it.
    let heredoc = "resource \"aws_s3_bucket\" \"b\" {}\nresource \"aws_s3_bucket_policy\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  policy = <<EOT\n{\"Version\": \"2012-10-17\", \"Statement\": [{]}\nEOT\n}\n";
    assert_eq!(says("main.tf", heredoc, "policy-json-syntax"), Violated);
}

const CFN_BUCKET: &str = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n";

#[test]
fn templates() {
    let bucket = |properties: &str| format!("{CFN_BUCKET}{properties}");
    let policy = |statement: &str| {
        format!(
            "Resources:\n  B: {{Type: 'AWS::S3::Bucket'}}\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument: {{Version: '2012-10-17', Statement: [{statement}]}}\n"
        )
    };
    rows(
        "t.yaml",
        bucket,
        &[
            ("cfn-lint W3045 fires on LogDeliveryWrite", "acl-in-use", "      AccessControl: LogDeliveryWrite\n      OwnershipControls: {Rules: [{ObjectOwnership: ObjectWriter}]}\n".to_owned(), Nothing),
            ("Checkov passes AuthenticatedRead", "acl-authenticated-users", "      AccessControl: AuthenticatedRead\n".to_owned(), Violated),
            ("semgrep matches [\"*\"] only", "cors-wildcard", "      CorsConfiguration: {CorsRules: [{AllowedMethods: [GET, PUT], AllowedOrigins: ['http://*', 'https://a.example.com']}]}\n".to_owned(), Violated),
            ("reading by any site is how the web works", "cors-wildcard", "      CorsConfiguration: {CorsRules: [{AllowedMethods: [GET], AllowedOrigins: ['*']}]}\n".to_owned(), Nothing),
            ("Guard rejects dsse", "sse-default", "      BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: 'aws:kms:dsse'}}]}\n".to_owned(), Nothing),
            ("Guard accepts AES256 as KMS", "sse-kms-cmk", "      BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: AES256}}]}\n".to_owned(), Violated),
            ("Guard passes any replication as one to another region", "replication", "      ReplicationConfiguration: {Role: 'arn:aws:iam::111122223333:role/r', Rules: [{Status: Disabled, Destination: {Bucket: 'arn:aws:s3:::c'}}]}\n".to_owned(), Violated),
            ("cdk-nag: a prefix without a bucket is the bucket itself", "log-target-self", "      LoggingConfiguration: {LogFilePrefix: log/}\n".to_owned(), Violated),
            ("Checkov takes disabled rules for a lifecycle", "lifecycle-present", "      LifecycleConfiguration: {Rules: [{Status: Disabled, ExpirationInDays: 9}]}\n".to_owned(), Violated),
            ("KICS wants versioning in every spelling of off", "versioning", "      VersioningConfiguration: {Status: Suspended}\n".to_owned(), Violated),
            ("Guard, Prowler and Checkov stop at enabled", "object-lock-retention", "      ObjectLockEnabled: true\n      VersioningConfiguration: {Status: Enabled}\n".to_owned(), Violated),
        ],
    );
    rows(
        "t.yaml",
        str::to_owned,
        &[
            (
                "access points are checked in Terraform only",
                "access-point-bpa",
                "Resources:\n  A:\n    Type: AWS::S3::AccessPoint\n    Properties: {Bucket: b, PublicAccessBlockConfiguration: {BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: false, RestrictPublicBuckets: false}}\n".to_owned(),
                Violated,
            ),
            (
                "cfn-lint refuses every Resource *",
                "policy-resource-foreign",
                policy("{Effect: Allow, Principal: {AWS: '111122223333'}, Action: 's3:GetObject', Resource: '*'}"),
                Violated,
            ),
            (
                "cfn_nag links Ref and literals only",
                "policy-missing",
                policy("{Effect: Deny, Principal: '*', Action: 's3:*', Resource: !GetAtt B.Arn, Condition: {Bool: {'aws:SecureTransport': false}}}")
                    .replace("Bucket: !Ref B", "Bucket: !Select [5, !Split [':', !GetAtt B.Arn]]"),
                Nothing,
            ),
            (
                "only KICS has restoring, and for templates only",
                "bucket-policy-public-restore",
                policy("{Effect: Allow, Principal: '*', Action: 's3:RestoreObject', Resource: !Sub '${B.Arn}/*'}"),
                Violated,
            ),
            (
                "no scanner sees NotPrincipal in a template",
                "policy-notprincipal-allow",
                policy("{Effect: Allow, NotPrincipal: {AWS: '111122223333'}, Action: 's3:GetObject', Resource: !Sub '${B.Arn}/*'}"),
                Violated,
            ),
        ],
    );
}

/// A name with several parts that are not known is one name wherever it is written.
#[test]
fn names_of_several_unknown_parts() {
    for name in
        ["${App}-data", "${App}-${AWS::Region}", "${App}-x-${AWS::Region}-${AWS::AccountId}", "${AWS::StackName}${App}"]
    {
        let text = format!(
            "Parameters: {{App: {{Type: String}}}}\nResources:\n  B: {{Type: 'AWS::S3::Bucket', Properties: {{BucketName: !Sub '{name}'}}}}\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Sub '{name}'\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          - {{Effect: Deny, Principal: {{AWS: '*'}}, Action: 's3:*', Resource: [!Sub 'arn:${{AWS::Partition}}:s3:::{name}', !Sub 'arn:${{AWS::Partition}}:s3:::{name}/*'], Condition: {{Bool: {{'aws:SecureTransport': false}}}}}}\n"
        );
        for rule in ["secure-transport", "secure-transport-scope", "policy-missing"] {
            assert_eq!(says("t.yaml", &text, rule), Nothing, "{name}: {rule}");
        }
    }
    let terraform = "variable \"app\" {}\nvariable \"env\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = \"${var.app}-${var.env}\"\n}\nresource \"aws_s3_bucket_policy\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Deny\", Principal = \"*\", Action = \"s3:*\", Resource = [\"arn:aws:s3:::${var.app}-${var.env}\", \"arn:aws:s3:::${var.app}-${var.env}/*\"], Condition = { Bool = { \"aws:SecureTransport\" = \"false\" } } }] })\n}\n";
    assert_eq!(says("main.tf", terraform, "secure-transport"), Nothing);
}

#[test]
fn resources() {
    let bucket = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";
    let with = |text: &str| format!("{bucket}{text}");
    let open = "resource \"aws_s3_bucket_policy\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"${aws_s3_bucket.b.arn}/*\" }] })\n}\n";
    let account = |flags: &[&str]| {
        let lines: String = flags.iter().map(|it| format!("  {it} = true\n")).collect();
        format!("resource \"aws_s3_account_public_access_block\" \"a\" {{\n{lines}}}\n")
    };
    let all = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];
    let grants = |all: &str| {
        format!(
            "resource \"aws_s3_bucket_acl\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  access_control_policy {{\n    owner {{\n      id = \"{}\"\n    }}\n{all}  }}\n}}\n",
            "a".repeat(64)
        )
    };
    let grant = |permission: &str, grantee: &str| {
        format!("    grant {{\n      permission = \"{permission}\"\n      grantee {{\n{grantee}      }}\n    }}\n")
    };
    let owner = format!("        type = \"CanonicalUser\"\n        id   = \"{}\"\n", "a".repeat(64));
    let authenticated =
        "        type = \"Group\"\n        uri  = \"http://acs.amazonaws.com/groups/global/AuthenticatedUsers\"\n";
    let versioning = "resource \"aws_s3_bucket_versioning\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  versioning_configuration {\n    status = \"Enabled\"\n  }\n}\n";
    let replication = "resource \"aws_s3_bucket\" \"r\" {}\nresource \"aws_s3_bucket_replication_configuration\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  role   = \"arn:aws:iam::111122223333:role/r\"\n  rule {\n    status = \"Enabled\"\n    destination {\n      bucket = aws_s3_bucket.r.arn\n    }\n  }\n}\n";
    let abort = |filter: &str| {
        format!(
            "resource \"aws_s3_bucket_lifecycle_configuration\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  rule {{\n    id     = \"r\"\n    status = \"Enabled\"\n{filter}    abort_incomplete_multipart_upload {{\n      days_after_initiation = 7\n    }}\n  }}\n}}\n"
        )
    };
    let identity = |resource: &str| {
        format!(
            "resource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"s3:*\", Resource = {resource} }}] }})\n}}\n"
        )
    };
    rows(
        "main.tf",
        str::to_owned,
        &[
            ("mixed grants pass CKV2_AWS_43", "acl-authenticated-users", with(&grants(&(grant("FULL_CONTROL", &owner) + &grant("READ", authenticated)))), Violated),
            ("KICS flags WRITE_ACP of the owner", "acl-public-acp", with(&grants(&grant("WRITE_ACP", &owner))), Nothing),
            ("CKV2_AWS_65 sees an ownership resource only", "object-ownership-enforced", with("resource \"aws_s3_bucket_ownership_controls\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  rule {\n    object_ownership = \"ObjectWriter\"\n  }\n}\n"), Violated),
            ("new buckets have no ACLs", "object-ownership-enforced", bucket.to_owned(), Nothing),
            ("the account's block counts, too", "policy-vs-bpa-contradiction", with(&format!("{open}{}", account(&all))), Violated),
            ("Prowler wants two flags of the account", "account-bpa", account(&["ignore_public_acls", "restrict_public_buckets"]), Violated),
            ("and four are all", "account-bpa", account(&all), Nothing),
            ("linking through each.value", "bpa-missing", "resource \"aws_s3_bucket\" \"b\" {\n  for_each = { x = \"x-example\", y = \"y-example\" }\n  bucket   = each.value\n}\nresource \"aws_s3_bucket_public_access_block\" \"b\" {\n  for_each                = { x = \"x-example\", y = \"y-example\" }\n  bucket                  = aws_s3_bucket.b[each.key].id\n  block_public_acls       = true\n  block_public_policy     = true\n  ignore_public_acls      = true\n  restrict_public_buckets = true\n}\n".to_owned(), Nothing),
            ("one of two is left out", "bpa-missing", "resource \"aws_s3_bucket\" \"b\" {\n  for_each = { x = \"x-example\", y = \"y-example\" }\n  bucket   = each.value\n}\nresource \"aws_s3_bucket_public_access_block\" \"b\" {\n  bucket            = aws_s3_bucket.b[\"x\"].id\n  block_public_acls = true\n}\n".to_owned(), Violated),
            ("Regula wants versioning and a lifecycle", "versioning", with(versioning), Nothing),
            ("MFA Delete and Object Lock", "mfa-delete", with(versioning).replace("\"b-example\"", "\"b-example\"\n  object_lock_enabled = true"), Nothing),
            ("a destination is not replicated itself", "replication", format!("{bucket}{replication}").replacen("{\n  bucket = \"b-example\"\n}", "{}", 1), Nothing),
            ("an abort rule with a tag filter, which S3 refuses", "abort-multipart", with(&abort("    filter {\n      tag {\n        key   = \"k\"\n        value = \"v\"\n      }\n    }\n")), Violated),
            ("CKV_AWS_111 is blind to arn:aws:s3:::*/*", "iam-s3-full-access", identity("[\"arn:aws:s3:::*\", \"arn:aws:s3:::*/*\"]"), Violated),
            ("one bucket is not every one", "iam-s3-full-access", identity("[\"arn:aws:s3:::b-example\", \"arn:aws:s3:::b-example/*\"]"), Nothing),
            ("semgrep wants an explicit Disabled", "object-lock", bucket.to_owned(), Violated),
            ("the trail's bucket is flagged for reads alone", "cloudtrail-data-events-read", "resource \"aws_cloudtrail\" \"t\" {\n  name           = \"t\"\n  s3_bucket_name = \"l-example\"\n  advanced_event_selector {\n    field_selector {\n      field  = \"eventCategory\"\n      equals = [\"Data\"]\n    }\n    field_selector {\n      field  = \"resources.type\"\n      equals = [\"AWS::S3::Object\"]\n    }\n    field_selector {\n      field  = \"readOnly\"\n      equals = [\"false\"]\n    }\n  }\n}\n".to_owned(), Violated),
            ("TLS is asked of buckets without a policy, too", "secure-transport", bucket.to_owned(), Violated),
            ("tflint validates the value of acceleration only", "transfer-acceleration", with("resource \"aws_s3_bucket_accelerate_configuration\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  status = \"Enabled\"\n}\n"), Violated),
        ],
    );
    let severities = |text: &str, rule: &str| {
        let report = bucketlint::check_texts_in(&[("main.tf", text)], "all");
        report.findings.into_iter().filter(|it| it.rule == rule).map(|it| it.severity).max()
    };
    // The related place is the setting that decides, and none where nothing is set.
    let report = bucketlint::check_texts_in(&[("main.tf", with(&format!("{open}{}", account(&all))).as_str())], "all");
    let found = report.findings.iter().find(|it| it.rule == "policy-vs-bpa-contradiction").unwrap();
    let texts: Vec<&str> = found.related.iter().map(|it| it.text.as_str()).collect();
    assert!(texts.iter().any(|it| it.contains("of the account")), "{texts:?}");
    assert!(!texts.contains(&"Block Public Access is set here"), "{texts:?}");
    assert_eq!(severities(bucket, "bpa-missing"), Some(Severity::High), "no account-wide block in scope");
    assert_eq!(severities(bucket, "tls-version-minimum"), Some(Severity::Low), "AWS refuses TLS below 1.2 itself");
}

/// What the catalogue retires, or wants told on demand only, stops no gate.
#[test]
fn retired_rules_are_in_no_profile() {
    let known = bucketlint::rules::RuleSet::builtin();
    for id in [
        "abort-multipart",
        "deny-unencrypted-upload",
        "event-notifications",
        "lifecycle-present",
        "mfa-delete",
        "policy-missing",
        "replication",
        "sse-default",
        "tls-version-minimum",
        "transfer-acceleration",
        "vpc-endpoint-restriction",
    ] {
        let rule = known.infos().iter().find(|it| it.id == id).unwrap();
        assert!(!rule.profiles.iter().any(|it| it == "default" || it == "strict"), "{id}: {:?}", rule.profiles);
        assert!(rule.severity <= Severity::Low, "{id}");
    }
}
