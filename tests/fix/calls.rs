//! Arguments that calls of modules lack; Terraform's code as JSON; keys that templates lack.

use super::alone;

#[test]
fn calls_of_modules() {
    let call = |version: &str, more: &str| {
        format!(
            "module \"logs\" {{\n  source  = \"terraform-aws-modules/s3-bucket/aws\"\n  version = \"{version}\"\n  bucket  = \"logs-of-example\"\n{more}}}\n"
        )
    };
    let one = |name: &str, rule: &str, code: &str| alone(name, rule, &[("main.tf", code)]);
    let module = "variable \"name\" {}\n\nvariable \"versioned\" {\n  type    = bool\n  default = false\n}\n\nlocals {\n  on = var.versioned\n}\n\nresource \"aws_s3_bucket\" \"this\" {\n  bucket = var.name\n}\n\nresource \"aws_s3_bucket_versioning\" \"this\" {\n  count  = local.on ? 1 : 0\n  bucket = aws_s3_bucket.this.id\n\n  versioning_configuration {\n    status = \"Enabled\"\n  }\n}\n";
    let calls = "module \"a\" {\n  source = \"./bucket\"\n  name   = \"a-of-example\"\n}\n\nmodule \"b\" {\n  source    = \"./bucket\"\n  name      = \"b-of-example\"\n  versioned = true\n}\n";
    let fetched = calls.replace("./bucket", "./.terraform/modules/bucket");
    let nested = "module \"outer\" {\n  source = \"./outer\"\n}\n";
    let out = [
        one("versioning", "versioning", &call("~> 4.0", "")),
        one("versioning of two instances", "versioning", &call("~> 4.0", "\n  count = 2\n")),
        one("versioning that the call sets", "versioning", &call("~> 4.0", "  versioning = {}\n")),
        one(
            "versioning that the call turns off",
            "versioning",
            &call("~> 4.0", "\n  versioning = {\n    status     = \"Suspended\"\n    mfa_delete = false\n  }\n"),
        ),
        one(
            "a switch that the call turns off",
            "versioning",
            "module \"logs\" {\n  source             = \"cloudposse/s3-bucket/aws\"\n  name               = \"logs\"\n  versioning_enabled = false\n}\n",
        ),
        one(
            "ownership",
            "object-ownership-enforced",
            "module \"logs\" {\n  source = \"cloudposse/s3-bucket/aws\"\n  name   = \"logs\"\n}\n",
        ),
        one("a setting", "bpa-block-public-acls", &call("~> 3.8.0", "")),
        one("deny", "secure-transport", &call("~> 4.0", "")),
        alone("a module of this code", "versioning", &[("main.tf", calls), ("bucket/main.tf", module)]),
        alone("a fetched one", "versioning", &[("main.tf", &fetched), (".terraform/modules/bucket/main.tf", module)]),
        alone(
            "a call within a module",
            "versioning",
            &[
                ("main.tf", nested),
                ("outer/main.tf", &calls.replace("./bucket", "../bucket")),
                ("bucket/main.tf", module),
            ],
        ),
    ];
    insta::assert_snapshot!(out.concat());
}

const JSON: &str = "{\n  \"resource\": {\n    \"aws_s3_bucket\": {\n      \"logs\": {\n        \"bucket\": \"logs-of-example\"\n      }\n    }\n  }\n}\n";

#[test]
fn terraform_as_json() {
    let one = |name: &str, rule: &str, code: &str| alone(name, rule, &[("main.tf.json", code)]);
    let each = JSON.replace("\"bucket\": \"logs-of-example\"", "\"for_each\": \"${toset([\\\"a\\\"])}\",\n        \"provider\": \"aws.west\",\n        \"bucket\": \"logs-${each.key}\"");
    let block = JSON.replace("\n  }\n}\n", ",\n    \"aws_s3_bucket_public_access_block\": {\n      \"logs\": {\n        \"bucket\": \"${aws_s3_bucket.logs.id}\",\n        \"block_public_acls\": true\n      }\n    }\n  }\n}\n");
    let out = [
        one("no block", "bpa-missing", JSON),
        one("versioning of each", "versioning", &each),
        one("encryption", "sse-default", JSON),
        one("a setting", "bpa-ignore-public-acls", &block),
        alone(
            "the name is taken in the other syntax",
            "versioning",
            &[
                ("main.tf.json", JSON),
                (
                    "other.tf",
                    "resource \"aws_s3_bucket_versioning\" \"logs\" {\n  bucket = \"elsewhere\"\n  versioning_configuration {\n    status = \"Enabled\"\n  }\n}\n",
                ),
            ],
        ),
        one(
            "a list of blocks",
            "versioning",
            "{\"resource\": [{\"aws_s3_bucket\": {\"logs\": {\"bucket\": \"logs-of-example\"}}}]}\n",
        ),
    ];
    insta::assert_snapshot!(out.concat());
}

#[test]
fn bucket_keys_of_templates() {
    let rule = "ServerSideEncryptionByDefault:\n                SSEAlgorithm: aws:kms\n                KMSMasterKeyID: alias/a\n";
    let yaml = format!(
        "Resources:\n  Logs:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketEncryption:\n        ServerSideEncryptionConfiguration:\n          - {rule}      BucketName: logs-of-example\n"
    );
    let json = "{\"Resources\": {\"Logs\": {\"Type\": \"AWS::S3::Bucket\", \"Properties\": {\"BucketEncryption\": {\"ServerSideEncryptionConfiguration\": [{\"ServerSideEncryptionByDefault\": {\"SSEAlgorithm\": \"aws:kms\"}}]}}}}}\n";
    let out = [
        alone("in YAML", "bucket-key", &[("stack.yaml", &yaml)]),
        alone("in JSON", "bucket-key", &[("stack.json", json)]),
    ];
    insta::assert_snapshot!(out.concat());
}
