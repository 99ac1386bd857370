//! `--base`: policies that are gone, of which nobody knows what they refused.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::{ACCOUNT, Repository};

const BUCKET: &str = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\nvariable \"lock\" {\n  type = bool\n}\nvariable \"policy\" {\n  type = string\n}\n";
const LOCKED: &str = "  count = var.lock ? 1 : 0\n";

/// What a change of one file opens: `status message`.
fn widened(name: &str, was: &str, now: &str) -> Option<Vec<String>> {
    Some(Repository::changed(&[(name, was)], &[(name, now)])?.widened(&ACCOUNT))
}

/// Nobody knows whether the policy that is gone refused something.
fn undecided(name: &str, was: &str, now: &str) {
    let Some(found) = widened(name, was, now) else { return };
    assert!(
        matches!(found.as_slice(), [it] if it.starts_with("unknown ") && it.contains("its policy is gone")),
        "{was}{now}{found:?}"
    );
}

fn quiet(name: &str, was: &str, now: &str) {
    let Some(found) = widened(name, was, now) else { return };
    assert_eq!(found, [""; 0], "{was}{now}");
}

fn policy(more: &str, text: &str) -> String {
    format!(
        "{BUCKET}resource \"aws_s3_bucket_policy\" \"b\" {{\n{more}  bucket = aws_s3_bucket.b.id\n  policy = {text}\n}}\n"
    )
}

fn statement(effect: &str, who: &str) -> String {
    format!(
        "jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"{effect}\", Principal = {who}, Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.b.arn}}/*\", Condition = {{ StringNotEquals = {{ \"aws:SourceVpce\" = \"vpce-0123456789abcdef0\" }} }} }}] }})"
    )
}

/// A Deny that may have been there is gone with its policy; an Allow kept nobody out.
#[test]
fn policies_under_conditions() {
    let deny = statement("Deny", "\"*\"");
    let was = policy(LOCKED, &deny);
    undecided("main.tf", &was, BUCKET);
    undecided("main.tf", &was, &policy("  count = 0\n", &deny));
    let allow = statement("Allow", "{ AWS = \"arn:aws:iam::111122223333:role/a\" }");
    quiet("main.tf", &policy(LOCKED, &allow), BUCKET);
    quiet("main.tf", &policy(LOCKED, &allow), &policy("  count = 0\n", &allow));
    let Some(found) = widened("main.tf", &policy("", &deny), BUCKET) else { return };
    assert!(matches!(found.as_slice(), [it] if it.starts_with("violated ")), "{found:?}");
}

/// What nobody knows may have held a Deny.
#[test]
fn policies_that_are_not_known() {
    undecided("main.tf", &policy("", "var.policy"), BUCKET);
    quiet("main.tf", &policy("", "var.policy"), &policy("", "var.policy"));
    let document = |statement: &str| {
        format!(
            "{}variable \"all\" {{\n  type = list(string)\n}}\ndata \"aws_iam_policy_document\" \"p\" {{\n{statement}}}\n",
            policy("", "data.aws_iam_policy_document.p.json")
        )
    };
    let dynamic = |effect: &str| {
        document(&format!(
            "  dynamic \"statement\" {{\n    for_each = var.all\n    content {{\n      effect = {effect}\n      actions = [\"s3:GetObject\"]\n      resources = [\"${{aws_s3_bucket.b.arn}}/*\"]\n      principals {{\n        type = \"AWS\"\n        identifiers = [\"*\"]\n      }}\n    }}\n  }}\n"
        ))
    };
    undecided("main.tf", &dynamic("\"Deny\""), BUCKET);
}

/// An access point's policy, and those of a template.
#[test]
fn doors_and_templates() {
    let point = |more: &str| {
        format!(
            "{BUCKET}resource \"aws_s3_access_point\" \"p\" {{\n  bucket = aws_s3_bucket.b.id\n  name = \"p-example\"\n}}\n{more}"
        )
    };
    let own = format!(
        "resource \"aws_s3control_access_point_policy\" \"p\" {{\n{LOCKED}  access_point_arn = aws_s3_access_point.p.arn\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Deny\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"arn:aws:s3:us-east-1:111122223333:accesspoint/p-example/object/*\" }}] }})\n}}\n"
    );
    undecided("main.tf", &point(&own), &point(""));
    quiet(
        "main.tf",
        &point(&own.replace(
            "\"Deny\", Principal = \"*\"",
            "\"Allow\", Principal = { AWS = \"arn:aws:iam::111122223333:role/a\" }",
        )),
        &point(""),
    );
    let template = |more: &str| {
        format!(
            "Parameters:\n  Env:\n    Type: String\nConditions:\n  Prod: !Equals [!Ref Env, prod]\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: b-example\n{more}"
        )
    };
    let own = "  P:\n    Type: AWS::S3::BucketPolicy\n    Condition: Prod\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          - Effect: Deny\n            Principal: '*'\n            Action: s3:GetObject\n            Resource: !Sub '${B.Arn}/*'\n";
    undecided("t.yaml", &template(own), &template(""));
    quiet(
        "t.yaml",
        &template(
            &own.replace("Deny", "Allow")
                .replace("'*'\n            Action", "{AWS: 'arn:aws:iam::111122223333:role/a'}\n            Action"),
        ),
        &template(""),
    );
}

/// Settings under a condition that are put on a bucket whose name is known in part.
#[test]
fn settings_that_are_put_elsewhere() {
    let block = |bucket: &str, more: &str| {
        format!(
            "variable \"env\" {{\n  type = string\n}}\nvariable \"lock\" {{\n  type = bool\n}}\nresource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"acme-${{var.env}}\"\n}}\nresource \"aws_s3_bucket_public_access_block\" \"b\" {{\n  count = var.lock ? 1 : 0\n  bucket = {bucket}\n  block_public_acls = true\n  block_public_policy = true\n  ignore_public_acls = true\n  restrict_public_buckets = true\n}}\n{more}"
        )
    };
    let own = "aws_s3_bucket.b.id";
    let Some(found) = widened("main.tf", &block(own, ""), &block("\"other-${var.env}\"", "")) else { return };
    assert!(!found.is_empty() && found.iter().all(|it| it.starts_with("unknown ")), "{found:?}");
    quiet("main.tf", &block(own, ""), &block(own, "# x\n"));
    quiet("main.tf", &block(own, ""), &block("aws_s3_bucket.b.bucket", ""));
    let other = "\"other-${var.env}\"";
    quiet("main.tf", &block(other, ""), &block(other, "# x\n"));
    quiet("main.tf", &block(other, ""), &block(own, ""));
}

/// Variable files in folders of folders, and in a folder above that is called as those are.
#[test]
fn variable_files_far_off() {
    let code = "variable \"arns\" {\n  type = list(string)\n}\n".to_owned()
        + &policy(
            "",
            "jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = { AWS = var.arns }, Action = \"s3:GetObject\", Resource = \"${aws_s3_bucket.b.arn}/*\" }] })",
        );
    let role = "arns = [\"arn:aws:iam::111122223333:role/p\"]\n";
    let check = |code_at: &str, values_at: &str, now: &str, is_told: bool| {
        let Some(it) = Repository::new(&[(code_at, &code), (values_at, role)]) else { return };
        it.write(values_at, now);
        let all = it.counting(&["--base", "HEAD", "--account", "111122223333"]);
        let found: Vec<&String> = all.iter().filter(|it| it.starts_with("access-widened unknown ")).collect();
        assert_eq!(!found.is_empty(), is_told, "{code_at} {values_at} {all:?}");
    };
    let open = "arns = [\"*\"]\n";
    check("main.tf", "envs/eu/prod/a/b.tfvars", open, true);
    check("main.tf", "envs/eu/prod/a/b.tfvars", "# x\narns = [\"arn:aws:iam::111122223333:role/p\"]\n", false);
    check("infra/apps/a/main.tf", "config/eu/prod.tfvars", open, true);
    check("infra/apps/a/main.tf", "other/eu/prod.tfvars", open, false);
}

/// The key `Version` of a policy names no parameter.
#[test]
fn parameters_called_as_keys() {
    let template = |more: &str| {
        format!(
            "Parameters:\n  Role:\n    Type: String\n{more}Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: b-example\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          - Effect: Allow\n            Principal: {{AWS: !Ref Role}}\n            Action: s3:GetObject\n            Resource: !Sub '${{B.Arn}}/*'\n"
        )
    };
    quiet("t.yaml", &template(""), &template("  Version:\n    Type: String\n"));
}

/// A bucket that is declared here, and of which nobody knows how many there are, is not called one of another place.
#[test]
fn companions_of_each() {
    let text = "variable \"names\" {\n  type = set(string)\n}\nresource \"aws_s3_bucket\" \"b\" {\n  for_each = var.names\n  bucket = each.key\n}\nresource \"aws_s3_bucket_versioning\" \"b\" {\n  for_each = aws_s3_bucket.b\n  bucket = each.value.id\n  versioning_configuration {\n    status = \"Enabled\"\n  }\n}\n";
    let Some(it) = Repository::new(&[("main.tf", "locals {}\n")]) else { return };
    it.write("main.tf", text);
    let all = it.counting(&["--base", "HEAD"]);
    let found: Vec<&String> = all.iter().filter(|it| it.starts_with("dangling-companion ")).collect();
    assert!(found.iter().all(|it| it.contains("is known to be its own")) && !found.is_empty(), "{all:?}");
}
