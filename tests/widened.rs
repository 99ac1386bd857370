//! `--base`: what a change opens of buckets that this code does not declare, lets go of, or has in some environments only.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::{Repository, report};

const OWN: [&str; 4] = ["--base", "HEAD", "--account", "111122223333"];

/// `status message` of what a change opens.
fn widened(it: &Repository) -> Vec<String> {
    let all = it.counting(&OWN);
    all.iter().filter_map(|it| it.strip_prefix("access-widened ")).map(str::to_owned).collect()
}

fn block(name: &str, bucket: &str) -> String {
    format!(
        "resource \"aws_s3_bucket_public_access_block\" \"{name}\" {{\n  bucket = {bucket}\n  block_public_acls = true\n  block_public_policy = true\n  ignore_public_acls = true\n  restrict_public_buckets = true\n}}\n"
    )
}

fn deny(name: &str, bucket: &str) -> String {
    format!(
        "resource \"aws_s3_bucket_policy\" \"{name}\" {{\n  bucket = {bucket}\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Deny\", Principal = \"*\", Action = \"s3:*\", Resource = [\"arn:aws:s3:::b-example\", \"arn:aws:s3:::b-example/*\"], Condition = {{ StringNotEquals = {{ \"aws:SourceVpce\" = \"vpce-0a1b2c3d4e5f60718\" }} }} }}] }})\n}}\n"
    )
}

const BUCKET: &str = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";

/// What is beside a bucket that is declared elsewhere keeps it shut, and opens it where it goes.
#[test]
fn companions_of_buckets_elsewhere() {
    const FLAG: &str = "violated aws_s3_bucket_public_access_block.c: block_public_acls was on and is not any more";
    const DENY: &str = "violated aws_s3_bucket_policy.c: a statement (Deny) refused";
    let named = "\"b-example\"";
    let data = "data \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";
    let none = "locals {}\n".to_owned();
    let off = block("c", named).replace("bucket = \"b-example\"\n", "bucket = \"b-example\"\n  count = 0\n");
    let perhaps = off.replace("count = 0", "count = var.on ? 1 : 0") + "variable \"on\" {}\n";
    let unknown = |text: String| text + "variable \"name\" {}\n";
    for (beside, was, now, expected) in [
        (BUCKET, block("c", named), none.clone(), FLAG),
        ("", block("c", named), none.clone(), FLAG),
        (data, block("c", "\"b-example\""), none.clone(), FLAG),
        ("", block("c", named), block("c", "\"c-example\""), FLAG),
        ("", block("c", named), off, FLAG),
        ("", block("c", named), perhaps, "unknown aws_s3_bucket_public_access_block.c[0]: block_public_acls"),
        ("", deny("c", named), none.clone(), DENY),
        (BUCKET, deny("c", named), none.clone(), DENY),
        (
            "",
            unknown(deny("c", "var.name")),
            unknown(none.clone()),
            "unknown aws_s3_bucket_policy.c: a statement (Deny)",
        ),
        // One of two parts.
        ("", block("c", named) + &deny("c", named), deny("c", named), "block_public_acls was on"),
        // It has another name, is in another root, beside the bucket now, or not destroyed.
        ("", block("c", named), block("d", named), ""),
        ("", unknown(deny("c", "var.name")), unknown(deny("d", "var.name")), ""),
        ("", deny("c", named), format!("{BUCKET}{}", deny("c", "aws_s3_bucket.b.id")), ""),
        (
            "",
            block("c", named),
            "removed {\n  from = aws_s3_bucket_public_access_block.c\n  lifecycle {\n    destroy = false\n  }\n}\n"
                .to_owned(),
            "",
        ),
    ] {
        let Some(it) = Repository::new(&[("a/main.tf", beside), ("b/main.tf", &was)]) else { return };
        it.write("b/main.tf", &now);
        let found = widened(&it);
        match expected {
            "" => assert_eq!(found, [""; 0], "{was}{now}"),
            part => assert!(found.iter().any(|it| it.contains(part)), "{was}{now}{found:?}"),
        }
        let is_certain = found.iter().all(|it| it.starts_with(expected.split(' ').next().unwrap_or_default()));
        assert!(is_certain || !expected.contains("aws_s3"), "{found:?}");
    }
    // The bucket goes with it.
    let Some(it) = Repository::new(&[("a/main.tf", BUCKET), ("b/main.tf", &block("c", named))]) else { return };
    ["a/main.tf", "b/main.tf"].iter().for_each(|name| it.write(name, &none));
    assert_eq!(widened(&it), [""; 0]);
    let template = |policy: &str| format!("Resources:\n  T:\n    Type: AWS::SNS::Topic\n{policy}");
    let policy = "  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: b-example\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          - { Effect: Deny, Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::b-example/*' }\n";
    let Some(it) = Repository::new(&[("t.yaml", &template(policy))]) else { return };
    it.write("t.yaml", &template(""));
    let found = widened(&it);
    assert!(found.len() == 1 && found[0].starts_with("violated P: a statement (Deny) refused"), "{found:?}");
}

/// Terraform destroys what was beside a bucket that it only lets go of.
#[test]
fn buckets_that_are_let_go_of() {
    let own = "aws_s3_bucket.b.id";
    let was = format!("{BUCKET}{}{}", block("c", own), deny("c", own));
    let removed = |what: &str, lifecycle: &str| format!("removed {{\n  from = {what}\n  {lifecycle}\n}}\n");
    let kept = |what: &str| removed(what, "lifecycle {\n    destroy = false\n  }");
    let gone = |what: &str| removed(what, "lifecycle {\n    destroy = true\n  }");
    let beside = ["aws_s3_bucket_public_access_block.c", "aws_s3_bucket_policy.c"];
    for (now, violated, unknown) in [
        (kept("aws_s3_bucket.b"), 5, 0),
        (kept("aws_s3_bucket.b") + &gone(beside[0]), 5, 0),
        (kept("aws_s3_bucket.b") + &kept(beside[0]), 1, 0),
        (kept("aws_s3_bucket.b") + &kept(beside[0]) + &kept(beside[1]), 0, 0),
        (removed("aws_s3_bucket.b", ""), 0, 5),
        (gone("aws_s3_bucket.b"), 0, 0),
        (kept("aws_s3_bucket.b") + &block("c", "\"b-example\"") + &deny("c", "\"b-example\""), 0, 0),
        (String::new(), 0, 0),
    ] {
        let Some(it) = Repository::new(&[("main.tf", &was)]) else { return };
        it.write("main.tf", &format!("{now}locals {{}}\n"));
        let found = widened(&it);
        let of = |status: &str| found.iter().filter(|it| it.starts_with(status)).count();
        assert_eq!((of("violated"), of("unknown")), (violated, unknown), "{now}{found:?}");
    }
}

/// One that is new is compared with nothing, and a bucket of one of them with what it was called there.
#[test]
fn environments_of_a_change() {
    let code = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = var.name\n}\nvariable \"name\" {}\n";
    let value = |name: &str| format!("name = \"{name}\"\n");
    let environments = ["test", "prod", "stage"].map(|it| format!("{it}={it}.tfvars"));
    let asked: Vec<&str> = environments.iter().flat_map(|it| ["--environment", it.as_str()]).chain(OWN).collect();
    let (test, prod) = (value("b-test"), value("b-prod"));
    let files = [("main.tf", code), ("test.tfvars", test.as_str()), ("prod.tfvars", prod.as_str())];
    let Some(it) = Repository::new(&files) else { return };
    let found = |it: &Repository| {
        let names = |it: &serde_json::Value| it["environments"].as_array().unwrap().clone();
        let all = report(it, &asked).0;
        all.iter().filter(|it| it["rule"] == "bpa-missing").map(names).collect::<Vec<_>>()
    };
    it.write("stage.tfvars", &value("b-stage"));
    assert_eq!(found(&it), [["stage"]]);
    it.commit();
    assert_eq!(found(&it), [[""; 0]; 0]);
    it.write("stage.tfvars", &value("b-payroll"));
    assert_eq!(found(&it), [["stage"]]);
}
