//! `--base`: what a change opens by access points, account-wide settings and Object Ownership.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::{ACCOUNT, Repository};

const BUCKET: &str = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";
const VARIABLES: &str = "variable \"on\" {\n  type = bool\n}\nvariable \"other\" {}\n";
const CONDITION: [&str; 2] = ["count = var.on ? 1 : 0", "count = var.on ? 0 : 1"];

/// `status message` of what a change opens.
fn widened(name: &str, was: &str, now: &str) -> Option<Vec<String>> {
    Some(Repository::changed(&[(name, was)], &[(name, now)])?.widened(&ACCOUNT))
}

/// Each with a part of what is told; nothing where that is empty.
fn check(name: &str, cases: &[(String, String, &str)]) {
    for (was, now, expected) in cases {
        let Some(found) = widened(name, was, now) else { return };
        match *expected {
            "" => assert_eq!(found, [""; 0], "{was}{now}"),
            part => assert!(!found.is_empty() && found.iter().all(|it| it.contains(part)), "{was}{now}{found:?}"),
        }
    }
}

fn point(body: &str) -> String {
    let end = "  bucket = aws_s3_bucket.b.id\n  name = \"p-example\"\n}\n";
    format!("{BUCKET}{VARIABLES}resource \"aws_s3_access_point\" \"p\" {{\n  {body}\n{end}")
}

fn statement(effect: &str, who: &str, action: &str) -> String {
    format!(
        "{{ Effect = \"{effect}\", Principal = {who}, Action = \"{action}\", Resource = \"arn:aws:s3:us-east-1:111122223333:accesspoint/p-example/object/*\" }}"
    )
}

fn role(name: &str) -> String {
    statement("Allow", &format!("{{ AWS = \"arn:aws:iam::111122223333:role/{name}\" }}"), "s3:GetObject")
}

fn policy(statements: &[String]) -> String {
    format!("policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{}] }})", statements.join(", "))
}

/// An access point has a policy, settings that are on where nobody turns them off, and a network.
#[test]
fn access_points() {
    const MOVED: &str = "moved {\n  from = aws_s3_access_point.p\n  to = aws_s3_access_point.q\n}\n";
    const BUCKET_MOVED: &str = "moved {\n  from = aws_s3_bucket.b\n  to = aws_s3_bucket.d\n}\n";
    let block = |value: &str| {
        point(&format!(
            "public_access_block_configuration {{\n    block_public_acls = {value}\n    block_public_policy = true\n    ignore_public_acls = true\n    restrict_public_buckets = true\n  }}"
        ))
    };
    let vpc = |id: &str| point(&format!("vpc_configuration {{\n    vpc_id = {id}\n  }}"));
    let perhaps = |on: &str| {
        point(&format!(
            "dynamic \"vpc_configuration\" {{\n    for_each = {on} ? [1] : []\n    content {{\n      vpc_id = \"vpc-0a1b2c3d\"\n    }}\n  }}"
        ))
    };
    let of = |all: &[String]| point(&policy(all));
    let renamed = |text: String| text.replace("access_point\" \"p\"", "access_point\" \"q\"");
    let counted = |count: &str| point(&format!("{}\n  {count}", policy(&[role("a")])));
    let refused = statement("Deny", "\"*\"", "s3:PutObject");
    let elsewhere = |name: &str| of(&[role(name)]).replace("aws_s3_bucket.b.id", "\"other-example\"");
    let to = |bucket: &str| {
        let other = "resource \"aws_s3_bucket\" \"c\" {\n  bucket = \"payroll-example\"\n}\n";
        of(&[role("a")]).replace("aws_s3_bucket.b.id", &format!("aws_s3_bucket.{bucket}.id")) + other
    };
    let (plain, none) = (point(""), format!("{BUCKET}{VARIABLES}"));
    check(
        "main.tf",
        &[
            (plain.clone(), block("false"), "violated aws_s3_access_point.p: block_public_acls was on"),
            (block("true"), plain.clone(), ""),
            (block("false"), plain.clone(), ""),
            (block("var.on"), block("!var.on"), "unknown aws_s3_access_point.p: whether block_public_acls opens"),
            (block("var.on"), block("var.on") + "# x\n", ""),
            (block("var.on"), block("false"), "unknown aws_s3_access_point.p: block_public_acls may have been on"),
            (vpc("\"vpc-0a1b2c3d\""), plain.clone(), "violated aws_s3_access_point.p: it took requests from one VPC"),
            (vpc("\"vpc-0a1b2c3d\""), vpc("\"vpc-1a1b2c3d\""), "violated aws_s3_access_point.p: it takes"),
            (vpc("\"vpc-0a1b2c3d\""), vpc("var.other"), "unknown aws_s3_access_point.p: it takes requests"),
            (vpc("var.other"), vpc("var.other"), ""),
            (plain.clone(), vpc("var.other"), ""),
            (perhaps("var.on"), perhaps("!var.on"), "unknown aws_s3_access_point.p: it takes requests"),
            (perhaps("var.on"), perhaps("var.on") + "# x\n", ""),
            (perhaps("var.on"), plain.clone(), "unknown aws_s3_access_point.p: it may have taken"),
            (of(&[role("a")]), of(&[role("a"), role("b")]), "violated aws_s3_access_point.p: the policy now permits"),
            (of(&[role("a"), role("b")]), of(&[role("b")]), ""),
            (of(&[role("a"), refused.clone()]), of(&[role("a")]), "violated aws_s3_access_point.p: a statement (Deny)"),
            (of(&[refused]), plain.clone(), "violated aws_s3_access_point.p: a statement (Deny)"),
            (plain.clone(), point("policy = var.other"), "unknown aws_s3_access_point.p: whether its policy"),
            (elsewhere("a"), elsewhere("b"), "violated aws_s3_access_point.p: the policy now permits"),
            (of(&[role("a")]), renamed(of(&[role("a")])) + MOVED, ""),
            (of(&[role("a")]), renamed(of(&[role("a")])), ""),
            // The same one, which leads to another bucket now, or to the same under another name.
            (to("b"), to("c"), "violated aws_s3_access_point.p: the policy now permits"),
            (
                to("b"),
                to("b").replace("aws_s3_bucket.b.", "aws_s3_bucket.d.").replace("\"b\"", "\"d\"") + BUCKET_MOVED,
                "",
            ),
            // A new one, beside a bucket that was there or one that is new too.
            (none.clone(), of(&[role("a")]), "violated aws_s3_access_point.p: the policy now permits"),
            (none.clone(), plain, ""),
            (VARIABLES.to_owned(), of(&[role("a")]), ""),
            (counted(CONDITION[0]), counted(CONDITION[1]), "unknown aws_s3_access_point.p[0]: the access point may be"),
            (counted(CONDITION[0]), counted(""), "unknown aws_s3_access_point.p: the access point may be"),
            (counted(CONDITION[0]), counted(CONDITION[0]) + "# x\n", ""),
            (counted(""), counted(CONDITION[0]), ""),
        ],
    );
    let template = |properties: &str| {
        format!(
            "Resources:\n  B:\n    Type: AWS::S3::Bucket\n  P:\n    Type: AWS::S3::AccessPoint\n    Properties:\n      Bucket: !Ref B\n{properties}"
        )
    };
    let vpc = "      VpcConfiguration: { VpcId: vpc-0a1b2c3d }\n";
    check(
        "t.yaml",
        &[
            (template(vpc), template(""), "violated P: it took requests from one VPC only"),
            (template(""), template(vpc), ""),
            (
                template(""),
                template("      PublicAccessBlockConfiguration: { BlockPublicAcls: false }\n"),
                "violated P: block_public_acls was on",
            ),
        ],
    );
}

/// A setting of the account that nobody knows before and now may be off where it was on, where what decides it is written otherwise.
#[test]
fn accounts_under_conditions() {
    let own = |value: &str, count: &str| {
        format!(
            "{VARIABLES}resource \"aws_s3_account_public_access_block\" \"a\" {{\n  {count}\n  block_public_acls = {value}\n  block_public_policy = true\n}}\n"
        )
    };
    let local = |name: &str| own(&format!("local.{name}"), "") + &format!("locals {{\n  {name} = var.on\n}}\n");
    let always = own("true", "");
    let perhaps = own("true", CONDITION[0]);
    let told = "unknown aws_s3_account_public_access_block.a";
    check(
        "main.tf",
        &[
            (perhaps.clone(), own("true", CONDITION[1]), told),
            (own("var.on", ""), own("!var.on", ""), told),
            (own("var.on", ""), own("false", ""), "block_public_acls may have been on and is off now"),
            (perhaps.clone(), VARIABLES.to_owned(), "may have been on and is off now"),
            (
                always.clone(),
                VARIABLES.to_owned(),
                "violated aws_s3_account_public_access_block.a: Block Public Access",
            ),
            (perhaps.clone(), perhaps.clone() + "# x\n", ""),
            (perhaps.clone(), always, ""),
            (own("var.on", ""), own("true", ""), ""),
            (local("a"), local("b"), ""),
        ],
    );
    // Whether it is there at all is said beside the call of its module.
    let call = |count: &str| format!("{VARIABLES}module \"m\" {{\n  source = \"./m\"\n  {count}\n}}\n");
    for (now, expected) in [(call(CONDITION[1]), true), (call(CONDITION[0]) + "# x\n", false)] {
        let inner = own("true", "").replace(VARIABLES, "");
        let Some(it) = Repository::new(&[("main.tf", &call(CONDITION[0])), ("m/main.tf", &inner)]) else { return };
        it.write("main.tf", &now);
        let all = it.counting(&["--base", "HEAD"]);
        assert_eq!(all.iter().any(|it| it.contains("is written otherwise")), expected, "{all:?}");
    }
}

/// Object Ownership that turned ACLs off opens what the ACL gives, where that is known, and may open what it gives where it is not.
#[test]
fn object_ownership() {
    const OFF: &str = "\"BucketOwnerEnforced\"";
    const ON: &str = "\"ObjectWriter\"";
    let own = "aws_s3_bucket.b.id";
    let controls = |bucket: &str, value: &str| {
        format!(
            "resource \"aws_s3_bucket_ownership_controls\" \"b\" {{\n  bucket = {bucket}\n  rule {{\n    object_ownership = {value}\n  }}\n}}\n"
        )
    };
    let acl = |value: &str| {
        format!("{BUCKET}{VARIABLES}resource \"aws_s3_bucket_acl\" \"b\" {{\n  bucket = {own}\n  acl = {value}\n}}\n")
    };
    let with = |ownership: &str, value: &str| acl(value) + &controls(own, ownership);
    let ignored = |text: String| {
        format!(
            "{text}resource \"aws_s3_bucket_public_access_block\" \"b\" {{\n  bucket = {own}\n  ignore_public_acls = true\n}}\n"
        )
    };
    let (public, private) = ("\"public-read\"", "\"private\"");
    let either = |a: &str, b: &str| format!("var.on ? {a} : {b}");
    let counted =
        |count: &str| with(OFF, public).replace("controls\" \"b\" {\n", &format!("controls\" \"b\" {{\n  {count}\n"));
    let elsewhere = |value: &str| format!("{VARIABLES}{}", controls("\"b-example\"", value));
    let told = "unknown aws_s3_bucket.b: whether Object Ownership opens more";
    let beside = "unknown aws_s3_bucket_ownership_controls.b: ";
    check(
        "main.tf",
        &[
            (with(OFF, public), with(ON, public), "violated aws_s3_bucket.b: s3:ListBucket for anonymous"),
            (with(OFF, private), with(ON, private), ""),
            (with(OFF, "var.other"), with(ON, "var.other"), told),
            (with(OFF, "var.other"), acl("var.other"), told),
            (ignored(with(OFF, "var.other")), ignored(with(ON, "var.other")), ""),
            (with(&either(OFF, ON), public), with(&either(ON, OFF), public), told),
            (with(&either(OFF, ON), public), with(&either(OFF, ON), public) + "# x\n", ""),
            (with(&either(OFF, ON), private), with(&either(ON, OFF), private), ""),
            (with(&either(OFF, ON), "var.other"), with(&either(ON, OFF), "var.other"), told),
            (with(&either(OFF, ON), "var.other"), with(OFF, "var.other"), ""),
            (counted(CONDITION[0]), counted(CONDITION[1]), told),
            (counted(CONDITION[0]), counted(CONDITION[0]) + "# x\n", ""),
            (with(ON, private), with(ON, "var.other"), "unknown aws_s3_bucket.b: whether acl opens more"),
            (with(ON, "var.other"), with(ON, private), ""),
            (elsewhere(OFF), elsewhere(ON), beside),
            (elsewhere(OFF), VARIABLES.to_owned(), beside),
            (elsewhere(ON), VARIABLES.to_owned(), ""),
        ],
    );
}
