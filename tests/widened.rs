//! `--base`: what a change opens of buckets that this code does not declare, lets go of, or has in some environments only.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::{ACCOUNT, Repository, report};

const OWN: [&str; 4] = ["--base", "HEAD", "--account", "111122223333"];

/// `status message` of what a change opens.
fn widened(it: &Repository) -> Vec<String> {
    it.widened(&ACCOUNT)
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

/// CloudFormation keeps a bucket whose `DeletionPolicy` says so, and deletes its policy.
#[test]
fn buckets_that_are_retained() {
    let bucket = "  B:\n    Type: AWS::S3::Bucket\n    DeletionPolicy: Retain\n    Properties:\n      BucketName: b-example\n      PublicAccessBlockConfiguration: { BlockPublicAcls: true }\n";
    let policy = "  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          - { Effect: Deny, Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::b-example/*' }\n";
    let topic = "Resources:\n  T:\n    Type: AWS::SNS::Topic\n";
    let kept = policy.replace("    Properties", "    DeletionPolicy: Retain\n    Properties");
    for (was, count) in [
        (format!("{topic}{bucket}{policy}"), 1),
        (format!("{topic}{bucket}{kept}"), 0),
        (format!("{topic}{bucket}{policy}").replace("    DeletionPolicy: Retain\n", ""), 0),
    ] {
        let Some(it) = Repository::new(&[("t.yaml", &was)]) else { return };
        it.write("t.yaml", topic);
        let found = widened(&it);
        let is_deny = |it: &String| it.starts_with("violated B: a statement (Deny) refused");
        assert!(found.len() == count && found.iter().all(is_deny), "{was}{found:?}");
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

fn policy(who: &str, condition: &str, rest: &str) -> String {
    format!(
        "{BUCKET}resource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = {who}, Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.b.arn}}/*\"{condition} }}] }})\n}}\n{rest}"
    )
}

fn role(name: &str) -> String {
    policy(&format!("{{ AWS = {name} }}"), "", "")
}

fn of_key(key: &str, value: &str) -> String {
    policy("\"*\"", &format!(", Condition = {{ StringEquals = {{ \"{key}\" = {value} }} }}"), "")
}

/// What is called otherwise is the same; what may be the same opens nothing for certain.
#[test]
fn names_in_policies() {
    let resource = |kind: &str, name: &str, rest: &str| format!("resource \"{kind}\" \"{name}\" {{\n  {rest}\n}}\n");
    let iam = |name: &str, called: &str| resource("aws_iam_role", name, &format!("name = \"{called}\""));
    let moved = |from: &str, to: &str| format!("moved {{\n  from = {from}\n  to = {to}\n}}\n");
    let data = |kind: &str, name: &str, rest: &str| format!("data \"{kind}\" \"{name}\" {{\n{rest}}}\n");
    let org = |name: &str| {
        let value = format!("data.aws_organizations_organization.{name}.id");
        of_key("aws:PrincipalOrgID", &value) + &data("aws_organizations_organization", name, "")
    };
    let literal = of_key("aws:PrincipalOrgID", "\"o-abcdef1234\"");
    let vpce = |name: &str| of_key("aws:SourceVpce", &format!("aws_vpc_endpoint.{name}.id"));
    let endpoint = |name: &str| resource("aws_vpc_endpoint", name, "vpc_id = \"vpc-0a1b2c3d\"");
    let arn = |name: &str| role(&format!("\"arn:aws:iam::111122223333:role/{name}\""));
    let data_role =
        |name: &str| role("data.aws_iam_role.a.arn") + &data("aws_iam_role", "a", &format!("  name = \"{name}\"\n"));
    let (a, b) = (role("aws_iam_role.a.arn"), role("aws_iam_role.b.arn"));
    let unnamed = resource("aws_iam_role", "a", "name_prefix = \"x\"");
    let both = iam("a", "app") + &iam("b", "other");
    for (was, now, expected) in [
        (
            a.clone() + &unnamed,
            b.clone() + &unnamed.replace("\"a\"", "\"b\"") + &moved("aws_iam_role.a", "aws_iam_role.b"),
            "",
        ),
        (a.clone() + &iam("a", "app"), b.clone() + &iam("b", "app"), ""),
        (a.clone() + &iam("a", "app"), b.clone() + &iam("b", "other"), "violated"),
        (a.clone() + &both, b.clone() + &both, "violated"),
        (a.clone() + &unnamed, b.clone() + &unnamed.replace("\"a\"", "\"b\""), "unknown"),
        (a.clone() + &unnamed, role("\"*\"") + &unnamed, "violated"),
        (a.clone() + &both, role("[aws_iam_role.a.arn, aws_iam_role.b.arn]") + &both, "violated"),
        (a.clone() + &iam("a", "app"), data_role("app"), ""),
        (a.clone() + &iam("a", "app"), data_role("other"), "violated"),
        (a.clone() + &iam("a", "app"), arn("app") + &iam("a", "app"), "unknown"),
        (a.clone() + &iam("a", "app"), arn("other") + &iam("a", "app"), "violated"),
        (
            vpce("a") + &endpoint("a"),
            vpce("b") + &endpoint("b") + &moved("aws_vpc_endpoint.a", "aws_vpc_endpoint.b"),
            "",
        ),
        (vpce("a") + &endpoint("a"), vpce("b") + &endpoint("a") + &endpoint("b"), "violated"),
        (org("o"), org("this"), ""),
        (org("o"), literal.clone(), "unknown"),
        (literal.clone(), org("o"), "unknown"),
        (literal.clone(), of_key("aws:PrincipalOrgID", "\"o-other12345\""), "violated"),
        (org("o"), policy("\"*\"", "", ""), "violated"),
    ] {
        let Some(it) = Repository::new(&[("main.tf", &was)]) else { return };
        it.write("main.tf", &now);
        let found = widened(&it);
        match expected {
            "" => assert_eq!(found, [""; 0], "{was}{now}"),
            it => assert!(!found.is_empty() && found.iter().all(|own| own.starts_with(it)), "{was}{now}{found:?}"),
        }
    }
}

/// Where a value only passes through, nothing changes; what is told names what is not known.
#[test]
fn values_that_are_passed_on() {
    let by = |value: &str| of_key("aws:PrincipalOrgID", value);
    let variable = |name: &str| format!("variable \"{name}\" {{}}\n");
    let call = |arguments: &str| {
        format!("module \"m\" {{\n  source = \"./m\"\n  {arguments}\n}}\n{}{}", variable("org"), variable("x"))
    };
    let org = by("var.org") + &variable("org");
    let local = |value: &str| {
        by("local.org") + &variable("org") + &variable("x") + &format!("locals {{\n  org = {value}\n}}\n")
    };
    let renamed = by("var.o") + &variable("o");
    let moved = "moved {\n  from = aws_s3_bucket.b\n  to = module.m.aws_s3_bucket.b\n}\n";
    type Files = [(&'static str, String); 2];
    let cases: [(Files, Files, &str); 8] = [
        (
            [("main.tf", org.clone()), ("m/x", String::new())],
            [("main.tf", local("var.org")), ("m/x", String::new())],
            "",
        ),
        (
            [("main.tf", org.clone()), ("m/x", String::new())],
            [("main.tf", local("var.x")), ("m/x", String::new())],
            "`var.",
        ),
        (
            [("main.tf", org.clone()), ("m/x", String::new())],
            [("main.tf", call("org = var.org") + moved), ("m/main.tf", org.clone())],
            "",
        ),
        (
            [("main.tf", org.clone()), ("m/x", String::new())],
            [("main.tf", call("org = var.x") + moved), ("m/main.tf", org.clone())],
            "`var.",
        ),
        (
            [("main.tf", call("org = var.org")), ("m/main.tf", org.clone())],
            [("main.tf", call("o = var.org")), ("m/main.tf", renamed.clone())],
            "",
        ),
        (
            [("main.tf", call("org = var.org")), ("m/main.tf", org.clone())],
            [("main.tf", call("o = var.x")), ("m/main.tf", renamed.clone())],
            "`var.",
        ),
        (
            [("main.tf", by("\"o-abcdef1234\"")), ("m/x", String::new())],
            [("main.tf", org.clone()), ("m/x", String::new())],
            "`var.org`",
        ),
        ([("main.tf", org.clone()), ("m/x", String::new())], [("main.tf", renamed), ("m/x", String::new())], "`var.o`"),
    ];
    for (was, now, expected) in &cases {
        let files: Vec<(&str, &str)> = was.iter().map(|it| (it.0, it.1.as_str())).collect();
        let Some(it) = Repository::new(&files) else { return };
        now.iter().for_each(|(name, text)| it.write(name, text));
        let found: Vec<serde_json::Value> =
            report(&it, &OWN).0.into_iter().filter(|it| it["rule"] == "access-widened").collect();
        let told: Vec<String> = found.iter().map(|it| it["unknown"].to_string()).collect();
        match *expected {
            "" => assert_eq!(told, [""; 0], "{was:?}{now:?}"),
            part => assert!(told.len() == 1 && told[0].contains(part), "{was:?}{now:?}{told:?}"),
        }
    }
}

/// What is shut by its default may be open in an environment that the run does not know.
#[test]
fn values_in_the_place_of_a_default() {
    let code = |value: &str| {
        format!(
            "{BUCKET}{}variable \"env\" {{\n  default = \"dev\"\n}}\n",
            block("b", "aws_s3_bucket.b.id").replace("true", value)
        )
    };
    let by = |name: &str| format!("env = \"{name}\"\n");
    let open = "var.env != \"prod\"";
    let template = |value: &str, allowed: &str| {
        format!(
            "Parameters:\n  Env:\n    Type: String\n    Default: dev\n{allowed}Conditions:\n  P: !Equals [!Ref Env, prod]\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      PublicAccessBlockConfiguration:\n        BlockPublicAcls: {value}\n"
        )
    };
    let allowed = "    AllowedValues: [dev, prod]\n";
    let parameters = "{\"Parameters\": {\"Env\": \"prod\"}}";
    type Files = Vec<(&'static str, String)>;
    let cases: Vec<(Files, Files, &str)> = vec![
        (vec![("main.tf", code("true")), ("prod.tfvars", by("prod"))], vec![("main.tf", code(open))], "prod.tfvars"),
        (
            vec![("infra/main.tf", code("true")), ("env/prod/x.tfvars", by("prod"))],
            vec![("infra/main.tf", code(open))],
            "env/prod/x.tfvars",
        ),
        (vec![("main.tf", code(open)), ("prod.tfvars", by("live"))], vec![("prod.tfvars", by("prod"))], "prod.tfvars"),
        (
            vec![("t.yaml", template("true", allowed))],
            vec![("t.yaml", template("!If [P, false, true]", allowed))],
            "`prod`",
        ),
        (
            vec![("t.yaml", template("true", "")), ("prod.json", parameters.to_owned())],
            vec![("t.yaml", template("!If [P, false, true]", ""))],
            "prod.json",
        ),
        // The same before, shut in each, and what nothing depends on.
        (
            vec![("main.tf", code(open)), ("prod.tfvars", by("prod"))],
            vec![("main.tf", format!("{}# x\n", code(open)))],
            "",
        ),
        (
            vec![("main.tf", code("true")), ("prod.tfvars", by("prod"))],
            vec![("main.tf", code("var.env != \"test\""))],
            "",
        ),
        (vec![("main.tf", code("true")), ("prod.tfvars", by("live"))], vec![("prod.tfvars", by("prod"))], ""),
        (vec![("t.yaml", template("true", allowed))], vec![("t.yaml", template("!If [P, true, true]", allowed))], ""),
        (vec![("t.yaml", template("true", ""))], vec![("t.yaml", template("!If [P, false, true]", ""))], "`prod`"),
    ];
    for (was, now, expected) in &cases {
        let files: Vec<(&str, &str)> = was.iter().map(|it| (it.0, it.1.as_str())).collect();
        let Some(it) = Repository::new(&files) else { return };
        now.iter().for_each(|(name, text)| it.write(name, text));
        let found = widened(&it);
        let is_told =
            |it: &String| it.starts_with("unknown") && it.to_lowercase().contains("env`") && it.contains(expected);
        match *expected {
            "" => assert_eq!(found, [""; 0], "{was:?}{now:?}"),
            _ => assert!(!found.is_empty() && found.iter().all(is_told), "{was:?}{now:?}{found:?}"),
        }
    }
}

/// A sensitive value is shown no more where it stands in a file that is tried.
#[test]
fn sensitive_values_in_the_place_of_a_default() {
    let who = "111122223333";
    let code = role("\"arn:aws:iam::${var.who}:root\"")
        + &format!("variable \"who\" {{\n  sensitive = true\n  default = \"{who}\"\n}}\n");
    let by = |account: &str| format!("who = \"{account}\"\n");
    let Some(it) = Repository::new(&[("main.tf", &code), ("prod.tfvars", &by("111122223333"))]) else { return };
    it.write("prod.tfvars", &by("444455556666"));
    let (out, ..) = it.run_in(".", &[&["check", ".", "--format", "json"], &OWN[..]].concat());
    assert!(out.contains("which the run is not given: prod.tfvars") && !out.contains("444455556666"), "{out}");
}

/// A bucket that everybody reads is another one under the name that a file gives it.
#[test]
fn names_that_files_give() {
    let code = policy("\"*\"", "", "variable \"name\" {}\n").replace("\"b-example\"", "var.name");
    let Some(it) = Repository::new(&[("main.tf", &code), ("prod.tfvars", "name = \"b-site\"\n")]) else { return };
    it.write("prod.tfvars", "name = \"b-payroll\"\n");
    let found = widened(&it);
    assert!(found.len() == 1 && found[0].contains("other values of `var.name` (prod.tfvars)"), "{found:?}");
}

/// A setting that nobody knows before and now may be off where it was on, where what decides it is written otherwise; else it is as
/// it was.
#[test]
fn settings_under_conditions() {
    let env = "variable \"env\" {\n  type = string\n}\n";
    let own = "aws_s3_bucket.b.id";
    let flags = |value: &str| block("b", own).replace("true", value) + BUCKET + env;
    let counted =
        |count: &str| block("b", own).replace("  bucket =", &format!("  count = {count}\n  bucket =")) + BUCKET + env;
    let map = |prod: &str| {
        flags("local.block[var.env]")
            + &format!("locals {{\n  block = {{ dev = false, stage = true, prod = {prod} }}\n}}\n")
    };
    let acl = |value: &str| {
        format!(
            "{BUCKET}{env}resource \"aws_s3_bucket_ownership_controls\" \"b\" {{\n  bucket = {own}\n  rule {{\n    object_ownership = \"BucketOwnerPreferred\"\n  }}\n}}\nresource \"aws_s3_bucket_acl\" \"b\" {{\n  bucket = {own}\n  acl = {value}\n}}\n"
        )
    };
    let module = |block: &str| {
        format!(
            "variable \"lockdown\" {{\n  type = bool\n}}\nmodule \"m\" {{\n  source = \"./m\"\n  block = {block}\n}}\n"
        )
    };
    let local = |name: &str| flags(&format!("local.{name}")) + &format!("locals {{\n  {name} = var.env\n}}\n");
    let two = |value: &str, dev: &str| {
        let prod = if dev == "a" { "b" } else { "a" };
        let locals = format!("locals {{\n  {dev} = var.env == \"dev\"\n  {prod} = var.env == \"prod\"\n}}\n");
        flags(value) + &locals
    };
    let called = |count: &str| {
        format!("{env}{BUCKET}module \"m\" {{\n  source = \"./p\"\n  bucket = {own}\n  count = {count}\n}}\n")
    };
    let beside = block("b", "var.bucket") + "variable \"bucket\" {}\n";
    let inner = counted("var.block ? 1 : 0") + "variable \"block\" {\n  default = true\n}\n";
    let template = |value: &str, stage: &str| {
        format!(
            "Parameters:\n  Env:\n    Type: String\nConditions:\n  IsDev: !Equals [!Ref Env, {stage}]\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      PublicAccessBlockConfiguration: {value}\n"
        )
    };
    let all = "{BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true}";
    let turned =
        "{RestrictPublicBuckets: true, BlockPublicPolicy: true, IgnorePublicAcls: true, BlockPublicAcls: true}";
    let perhaps = |all: &str| format!("!If [IsDev, !Ref AWS::NoValue, {all}]");
    let flag = |value: &str| format!("{{BlockPublicAcls: {value}, BlockPublicPolicy: true}}");
    let public = "var.env == \"dev\" ? \"public-read\" : \"private\"";
    let remark = |text: String| text.replace("  block_public_acls", "  # x\n  block_public_acls");
    let blocks = |text: &str| {
        let (first, rest) = text.split_once("\n}\n").unwrap();
        format!("{rest}{first}\n}}\n")
    };
    let not_dev = "var.env != \"dev\"";
    let (none, four) = (String::new(), "block_public_acls, block_public_policy, ignore_public_acls, restrict_public_b");
    for (was, now, expected) in [
        (map("true"), map("false"), "block_public_acls"),
        (flags(not_dev), flags("var.env != \"prod\""), "restrict_public_buckets"),
        (flags("terraform.workspace == \"prod\""), flags("terraform.workspace == \"dev\""), "block_public_policy"),
        (counted("var.env == \"dev\" ? 0 : 1"), counted("var.env == \"prod\" ? 0 : 1"), four),
        (acl(public), acl("var.env == \"dev\" ? \"private\" : \"public-read\""), "acl"),
        (acl(public), acl("var.env == \"prod\" ? \"public-read\" : \"private\""), "acl"),
        (module("var.lockdown"), module("!var.lockdown"), four),
        (template(&perhaps(all), "dev"), template(&perhaps(all), "prod"), four),
        (
            template(&flag("!If [IsDev, false, true]"), "dev"),
            template(&flag("!If [IsDev, true, false]"), "dev"),
            "acls ",
        ),
        (map("true"), remark(map("true")), ""),
        (map("true"), map("true").replace(" = ", "   =  "), ""),
        (map("true"), blocks(&map("true")), ""),
        (local("a"), local("b"), ""),
        (
            flags(not_dev),
            flags(not_dev).replace("  bucket =", "  expected_bucket_owner = \"111122223333\"\n  bucket ="),
            "",
        ),
        (counted("var.env == \"dev\" ? 0 : 1"), blocks(&counted("var.env == \"dev\" ? 0 : 1")), ""),
        (acl(public), blocks(&acl(public)), ""),
        (acl(public), acl(public).replace("  acl =", "  # x\n  acl   ="), ""),
        (acl("var.env"), acl("var.env").replace("  acl =", "  expected_bucket_owner = \"111122223333\"\n  acl ="), ""),
        (map("true"), map("true").replace("block = {", "shut = {").replace("local.block[", "local.shut["), ""),
        (two("local.a && !local.b", "a"), two("local.b && !local.a", "b"), ""),
        (two("local.a && !local.b", "a"), two("local.b && !local.a", "a"), "block_public_acls"),
        (two("local.a && !local.b", "a"), two("local.a && !local.b", "b"), "block_public_acls"),
        (flags("false"), flags(not_dev), ""),
        (flags(not_dev), flags("true"), ""),
        (flags(not_dev), flags("false"), "may have been on"),
        (called("var.env == \"dev\" ? 0 : 1"), called("var.env == \"prod\" ? 0 : 1"), four),
        (template(&perhaps(all), "dev"), template(&perhaps(turned), "dev"), ""),
        (
            template(&perhaps(all), "dev"),
            template(&perhaps(all), "dev").replace("    Type: AWS", "    # x\n    Type: AWS"),
            "",
        ),
    ] {
        let name = if was.starts_with("Parameters") { "t.yaml" } else { "main.tf" };
        let inner = if was.contains("./m") { &inner } else { &none };
        let beside = if was.contains("./p") { &beside } else { &none };
        let Some(it) = Repository::new(&[(name, &was), ("m/main.tf", inner), ("p/main.tf", beside)]) else { return };
        it.write(name, &now);
        let found = widened(&it);
        let is_told = |it: &String| {
            it.starts_with("unknown") && ["is written otherwise", "is off now"].iter().any(|own| it.contains(own))
        };
        match expected {
            "" => assert_eq!(found, [""; 0], "{was}{now}"),
            part => {
                assert!(found.iter().all(is_told) && found.iter().any(|it| it.contains(part)), "{was}{now}{found:?}")
            }
        }
    }
}

/// A root module that the last environment has nothing of is one of the others.
#[test]
fn values_beside_what_the_last_environment_lacks() {
    let code = |value: &str| {
        let bucket = BUCKET.replace("{\n", "{\n  count = var.has ? 1 : 0\n");
        let block =
            block("b", "aws_s3_bucket.b[0].id").replace("true", value).replace("{\n", "{\n  count = var.has ? 1 : 0\n");
        format!("{bucket}{block}variable \"has\" {{}}\nvariable \"env\" {{\n  default = \"dev\"\n}}\n")
    };
    let open = code("var.env != \"prod\"");
    let files = [
        ("main.tf", code("true")),
        ("a.tfvars", "has = true\n".to_owned()),
        ("b.tfvars", "has = false\n".to_owned()),
        ("live/prod.tfvars", "has = true\nenv = \"prod\"\n".to_owned()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|it| (it.0, it.1.as_str())).collect();
    let Some(it) = Repository::new(&files) else { return };
    it.write("main.tf", &open);
    for (first, last) in [("b", "a"), ("a", "b")] {
        let [first, last] = [first, last].map(|it| format!("{it}={it}.tfvars"));
        let all = it.counting(&["--base", "HEAD", "--environment", &first, "--environment", &last]);
        assert!(all.iter().any(|it| it.contains("live/prod.tfvars")), "{last}: {all:?}");
    }
}
