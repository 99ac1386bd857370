//! What a reviewer of the Terraform frontend found: one essence a test, with what Terraform and AWS really do.

use bucketlint::finding::{Report, Status};
use bucketlint::{check_texts_in, check_texts_with};

fn check(files: &[(&str, &str)]) -> Report {
    check_texts_in(files, "all")
}

fn status(report: &Report, rule: &str) -> Option<Status> {
    report.findings.iter().find(|it| it.rule == rule).map(|it| it.status)
}

fn codes(report: &Report) -> Vec<&str> {
    report.diagnostics.iter().map(|it| it.code).collect()
}

/// Public, unknown.
fn exposure(report: &Report) -> (usize, usize) {
    (report.summary.public, report.summary.exposure_unknown)
}

/// A grant to the account that a data source reads through `with`, on a bucket of the default configuration or of `own`.
fn grant(configuration: &str, with: &str, own: &str) -> Option<Status> {
    let main = format!(
        r#"
provider "aws" {{
  region = "eu-west-1"
}}
provider "aws" {{
  alias = "other"
  {configuration}
}}
data "aws_caller_identity" "now" {{
  {with}
}}
resource "aws_s3_bucket" "b" {{
  bucket = "example-b"
  {own}
}}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  {own}
  policy = jsonencode({{ Statement = [{{
    Effect = "Allow", Action = "s3:GetObject", Resource = "${{aws_s3_bucket.b.arn}}/*",
    Principal = {{ AWS = "arn:aws:iam::${{data.aws_caller_identity.now.account_id}}:root" }}
  }}] }})
}}
"#
    );
    status(&check(&[("main.tf", &main)]), "cross-account-grant")
}

#[test]
fn the_caller_of_another_configuration_is_another_account() {
    let assumes = "assume_role {\n    role_arn = \"arn:aws:iam::444455556666:role/x\"\n  }";
    let with = "provider = aws.other";
    assert_eq!(grant(assumes, "", ""), None);
    // The own account is not known here, so it may be that one.
    assert_eq!(grant(assumes, with, ""), Some(Status::Unknown));
    assert_eq!(grant(assumes, with, with), None);
    // Whose role is assumed is not known; still it is one and the same.
    assert_eq!(grant("profile = \"x\"", with, ""), Some(Status::Unknown));
    assert_eq!(grant("profile = \"x\"", with, with), None);
    // Another region is no other account.
    assert_eq!(grant("region = \"us-east-1\"", with, ""), None);
}

const EVERYONE: &str = "http://acs.amazonaws.com/groups/global/AllUsers";

#[test]
fn dynamic_blocks_of_json_are_blocks() {
    let block =
        |inner: &str| format!("{{\"resource\":{{\"aws_s3_bucket\":{{\"b\":{{\"bucket\":\"example-b\",{inner}}}}}}}}}");
    let grant = format!(
        "{{\"for_each\":[\"{EVERYONE}\"],\"content\":{{\"type\":\"Group\",\"permissions\":[\"READ\"],\"uri\":\"${{grant.value}}\"}}}}"
    );
    let public = |text: &str| exposure(&check(&[("main.tf.json", text)]));
    assert_eq!(public(&block(&format!("\"dynamic\":{{\"grant\":{grant}}}"))), (1, 0));
    assert_eq!(public(&block(&format!("\"dynamic\":[{{\"grant\":[{grant}]}}]"))), (1, 0));
    let named = grant.replace("grant.value", "it.value").replace("\"content\"", "\"iterator\":\"it\",\"content\"");
    assert_eq!(public(&block(&format!("\"dynamic\":{{\"grant\":{named}}}"))), (1, 0));
    assert_eq!(public(&block("\"dynamic\":{\"grant\":{\"for_each\":[],\"content\":{}}}")), (0, 0));
    // A tag of that name is none.
    let tags = "\"tags\":{\"dynamic\":\"yes\"},\"acl\":\"public-read\"";
    assert_eq!(public(&block(tags)), (1, 0));
    // Nor is a local value.
    let local = r#"{"locals":{"c":{"dynamic":{"acl":{"for_each":[],"content":"public-read"}}}},
      "resource":{"aws_s3_bucket":{"b":{"acl":"${local.c.dynamic.acl.content}"}}}}"#;
    assert_eq!(public(local), (1, 0));
    // Within another block.
    let owned = r#"{"resource":{"aws_s3_bucket":{"b":{"bucket":"example-b"}},"aws_s3_bucket_acl":{"b":{"bucket":"${aws_s3_bucket.b.id}",
      "access_control_policy":{"owner":{"id":"x"},"dynamic":{"grant":{"for_each":["READ"],"content":{"permission":"${grant.value}",
      "grantee":{"type":"Group","uri":"http://acs.amazonaws.com/groups/global/AllUsers"}}}}}}}}}"#;
    assert_eq!(public(owned), (1, 0));
}

#[test]
fn the_providers_of_a_call_in_json_are_references() {
    let main = r#"{"module":{"m":{"source":"./m","providers":{"aws":"aws.west"}}},"provider":{"aws":[{"region":"eu-west-1"},{"alias":"west","region":"cn-north-1"}]}}"#;
    let inner = "data \"aws_region\" \"r\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = \"example-b\"\n  acl = data.aws_region.r.name == \"cn-north-1\" ? \"public-read\" : \"private\"\n}\n";
    assert_eq!(exposure(&check(&[("main.tf.json", main), ("m/main.tf", inner)])), (1, 0));
}

#[test]
fn override_files_replace_blocks_by_label() {
    let dynamic = |name: &str, each: &str, content: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{\n  dynamic \"{name}\" {{\n    for_each = {each}\n    content {{\n      {content}\n    }}\n  }}\n}}\n"
        )
    };
    let grant = format!("type = \"Group\"\n      permissions = [\"READ\"]\n      uri = \"{EVERYONE}\"");
    let versioning = dynamic("versioning", "[1]", "enabled = true");
    let with = |base: &str, over: &str| exposure(&check(&[("main.tf", base), ("x_override.tf", over)]));
    assert_eq!(with(&dynamic("grant", "[1]", &grant), &versioning), (1, 0));
    let plain = format!("resource \"aws_s3_bucket\" \"b\" {{\n  grant {{\n    {grant}\n  }}\n}}\n");
    assert_eq!(with(&plain, &versioning), (1, 0));
    assert_eq!(with(&plain, &dynamic("grant", "[]", &grant)), (0, 0));
    assert_eq!(with(&dynamic("grant", "[1]", &grant), &dynamic("grant", "[]", &grant)), (0, 0));
    assert_eq!(
        with(&plain, &plain.replace("AllUsers", "AuthenticatedUsers").replace("grant {", "versioning {")),
        (1, 0)
    );
    // What counts is the name without its ending.
    let base = "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"private\"\n}\n";
    let report = check(&[("main.tf", base), ("s3.prod_override.tf", &base.replace("private", "public-read"))]);
    assert_eq!((exposure(&report), codes(&report)), ((1, 0), vec![]));
}

const STATEMENT: &str =
    r#"Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "arn:aws:s3:::example-b/*""#;

/// A bucket with two policies, the first of which is public.
fn two(first: &str, second: &str) -> (usize, usize) {
    let policy = |name: &str, head: &str, statement: &str| {
        format!(
            "resource \"aws_s3_bucket_policy\" \"{name}\" {{\n  {head}\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Statement = [{{ {statement} }}] }})\n}}\n"
        )
    };
    let main = format!(
        "variable \"x\" {{ type = bool }}\nresource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"example-b\"\n}}\n{}{}",
        policy(first, "", STATEMENT),
        policy("m", second, &STATEMENT.replace("Allow", "Deny"))
    );
    exposure(&check(&[("main.tf", &main)]))
}

#[test]
fn which_of_two_policies_stays_is_not_known() {
    for first in ["a", "z"] {
        assert_eq!(two(first, ""), (0, 1), "{first}");
        assert_eq!(two(first, "count = var.x ? 1 : 0"), (0, 1), "{first}");
        assert_eq!(two(first, "count = 0"), (1, 0), "{first}");
    }
}

#[test]
fn a_second_block_of_one_name_is_told() {
    let block = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"example-b\"\n}\n";
    let report = check(&[("a.tf", block), ("b.tf", block)]);
    // One at each: whoever checks one of the files alone hears of it.
    assert_eq!(codes(&report), ["duplicate-block"; 2]);
    assert!(report.diagnostics.iter().all(|it| it.at.is_some()));
    assert_ne!(report.diagnostics[0].at, report.diagnostics[1].at);
    let twice = check(&[
        ("a.tf", block),
        ("b.tf", "locals {\n  a = 1\n}\nlocals {\n  a = 2\n}\nvariable \"v\" {}\nvariable \"v\" {}\n"),
    ]);
    assert_eq!(codes(&twice), ["duplicate-block"; 2]);
    assert!(codes(&check(&[("a.tf", block), ("b_override.tf", block), ("c/main.tf", block)])).is_empty());
}

#[test]
fn an_empty_policy_is_none() {
    let main = "variable \"p\" {\n  default = \"\"\n}\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = \"example-b\"\n  policy = var.p\n}\n";
    let report = check(&[("main.tf", main)]);
    assert_eq!((exposure(&report), status(&report, "policy-json-syntax")), ((0, 0), None));
}

#[test]
fn what_is_read_back_from_a_plain_bucket_says_nothing() {
    let plan = |grants: &str| {
        let own = r#"{"id":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be","permissions":["FULL_CONTROL"],"type":"CanonicalUser","uri":""}"#;
        let values = format!(r#"{{"bucket":"example-b","policy":"","acl":null,"grant":[{own}{grants}]}}"#);
        format!(
            r#"{{"format_version":"1.2","resource_changes":[{{"address":"aws_s3_bucket.b","mode":"managed","type":"aws_s3_bucket","name":"b","provider_name":"registry.terraform.io/hashicorp/aws","change":{{"actions":["no-op"],"before":{values},"after":{values},"after_unknown":{{}}}}}}],"planned_values":{{"root_module":{{}}}},"configuration":{{"root_module":{{"resources":[{{"address":"aws_s3_bucket.b","mode":"managed","type":"aws_s3_bucket","name":"b","provider_config_key":"aws","expressions":{{"bucket":{{"constant_value":"example-b"}}}}}}]}}}}}}"#
        )
    };
    let report = check(&[("plan.json", &plan(""))]);
    assert_eq!((report.summary.buckets, exposure(&report)), (1, (0, 0)));
    assert_eq!((status(&report, "acl-in-use"), status(&report, "policy-json-syntax")), (None, None));
    let everyone = format!(r#",{{"id":"","permissions":["READ"],"type":"Group","uri":"{EVERYONE}"}}"#);
    let open = check(&[("plan.json", &plan(&everyone))]);
    assert_eq!((exposure(&open), status(&open, "acl-grant-cross-account")), ((1, 0), None));
}

/// An access point that lets policies be public, with policies of their own.
fn point(policies: &[(&str, &str)]) -> Option<Status> {
    let mut main = r#"
variable "x" { type = bool }
resource "aws_s3_bucket" "b" {
  bucket = "example-b"
}
resource "aws_s3_access_point" "p" {
  bucket = aws_s3_bucket.b.id
  name   = "p"
  public_access_block_configuration {
    block_public_acls       = false
    block_public_policy     = false
    ignore_public_acls      = false
    restrict_public_buckets = false
  }
}
"#
    .to_owned();
    for (at, (head, effect)) in policies.iter().enumerate() {
        main.push_str(&format!(
            "resource \"aws_s3control_access_point_policy\" \"p{at}\" {{\n  {head}\n  access_point_arn = aws_s3_access_point.p.arn\n  policy = jsonencode({{ Statement = [{{ Effect = \"{effect}\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"${{aws_s3_access_point.p.arn}}/object/*\" }}] }})\n}}\n"
        ));
    }
    status(&check(&[("main.tf", &main)]), "access-point-policy-public")
}

#[test]
fn the_policy_of_an_access_point_is_there_when_its_block_is() {
    let perhaps = "count = var.x ? 1 : 0";
    assert_eq!(point(&[]), None);
    assert_eq!(point(&[("", "Allow")]), Some(Status::Violated));
    assert_eq!(point(&[(perhaps, "Allow")]), Some(Status::Unknown));
    assert_eq!(point(&[("", "Allow"), (perhaps, "Deny")]), Some(Status::Unknown));
    assert_eq!(point(&[("count = 0", "Allow")]), None);
}

#[test]
fn the_policy_of_a_multi_region_access_point_finds_it() {
    let main = |name: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"example-b\"\n}}\nresource \"aws_s3control_multi_region_access_point\" \"p\" {{\n  details {{\n    name = \"example\"\n    region {{\n      bucket = aws_s3_bucket.b.id\n    }}\n  }}\n}}\nresource \"aws_s3control_multi_region_access_point_policy\" \"q\" {{\n  details {{\n    name = {name}\n    policy = jsonencode({{ Statement = [{{ {STATEMENT} }}] }})\n  }}\n}}\n"
        )
    };
    for name in ["element(split(\":\", aws_s3control_multi_region_access_point.p.id), 1)", "\"example\""] {
        let report = check(&[("main.tf", &main(name))]);
        let points: Vec<_> = report.findings.iter().filter(|it| it.rule.starts_with("access-point-")).collect();
        let address = "aws_s3control_multi_region_access_point.p";
        assert!(points.iter().all(|it| it.address == address), "{name}: {points:?}");
        assert!(points.iter().any(|it| it.rule == "access-point-policy-public"), "{name}: {points:?}");
    }
    // Of one that is not here, nothing but the policy is known.
    let alone = check(&[("main.tf", &main("\"other\""))]);
    let of_policy = alone.findings.iter().filter(|it| it.address.ends_with("policy.q"));
    assert!(of_policy.filter(|it| it.rule == "access-point-vpc-only").all(|it| it.status == Status::Unknown));
}

#[test]
fn work_has_bounds() {
    let outer = "module \"a\" {\n  source = \"./a\"\n  count  = 1000\n}\n";
    let inner = "module \"b\" {\n  source = \"./b\"\n  count  = 1000\n}\n";
    let files = [("main.tf", outer), ("a/main.tf", inner), ("a/b/main.tf", "resource \"aws_s3_bucket\" \"b\" {}\n")];
    let (_, complaints) = check_texts_with(&files, "acl-public-read", None);
    assert!(complaints.contains("limit"), "{complaints}");
    let long = |call: &str| {
        let ten = "${local.s}".repeat(10);
        let text = "a".repeat(1000);
        let main = format!(
            "locals {{\n  s = \"{text}\"\n  t = \"{ten}\"\n}}\nresource \"aws_s3_bucket\" \"b\" {{\n  bucket = {call}\n}}\n"
        );
        let report = check(&[("main.tf", &main)]);
        let first = report.diagnostics.first().map(|it| (it.code, it.at.is_some(), it.gravity));
        assert_eq!(first, Some(("limit", true, bucketlint::source::Gravity::Incomplete)), "{call}");
    };
    long("replace(local.t, \"a\", local.t)");
    long("replace(jsonencode([local.t]), \"a\", local.t)");
    long("join(local.t, split(\"a\", local.t))");
}

#[test]
fn paths_are_those_of_terraform() {
    let acl = |test: &str| {
        format!("resource \"aws_s3_bucket\" \"b\" {{\n  acl = {test} ? \"public-read\" : \"private\"\n}}\n")
    };
    let root = |test: &str| exposure(&check(&[("live/prod/main.tf", &acl(test))]));
    assert_eq!(root("path.module == \".\""), (1, 0));
    assert_eq!(root("path.root == \".\""), (1, 0));
    assert_eq!(root("basename(path.cwd) == \"prod\""), (0, 1));
    let called = |source: &str, at: &str, test: &str| {
        let main = format!("module \"m\" {{\n  source = \"{source}\"\n}}\n");
        exposure(&check(&[("live/prod/main.tf", &main), (at, &acl(test))]))
    };
    assert_eq!(called("./mods/x", "live/prod/mods/x/main.tf", "path.module == \"mods/x\""), (1, 0));
    assert_eq!(called("../../shared", "shared/main.tf", "path.module == \"../../shared\""), (1, 0));
    // Files are found by such paths.
    let main = "module \"m\" {\n  source = \"../../shared\"\n}\n";
    let inner = acl("trimspace(file(\"${path.module}/acl.txt\")) == \"public\"");
    let files = [("live/prod/main.tf", main), ("shared/main.tf", &inner), ("shared/acl.txt", "public\n")];
    assert_eq!(exposure(&check(&files)), (1, 0));
    let here = acl("trimspace(file(\"${path.cwd}/acl.txt\")) == \"public\"");
    assert_eq!(exposure(&check(&[("live/prod/main.tf", &here), ("live/prod/acl.txt", "public\n")])), (1, 0));
}

/// The complaints about Terragrunt: files that are named in tests only are complained about too.
fn own_codes(report: &Report) -> Vec<&str> {
    codes(report).into_iter().filter(|it| it.starts_with("terragrunt")).collect()
}

/// A unit in `live`, its parent beside it, and a module that takes an ACL.
fn unit(unit: &str, parent: &str) -> Report {
    let module = "variable \"acl\" {\n  default = \"private\"\n}\nvariable \"cfg\" {\n  default = {}\n}\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = \"example-b\"\n  acl = try(var.cfg.acl, var.acl)\n}\n";
    let unit = format!("terraform {{\n  source = \"../mod\"\n{unit}");
    check(&[
        ("mod/main.tf", module),
        ("live/terragrunt.hcl", &unit),
        ("root.hcl", parent),
        ("common.tfvars", "acl = \"public-read\"\n"),
    ])
}

#[test]
fn terragrunt_gives_arguments() {
    let with = |arguments: &str| {
        unit(&format!("  extra_arguments \"v\" {{\n    {arguments}\n  }}\n}}\ninputs = {{ acl = \"private\" }}\n"), "")
    };
    let public = |arguments: &str| assert_eq!(exposure(&with(arguments)), (1, 0), "{arguments}");
    public("arguments = [\"-var\", \"acl=public-read\"]");
    public("commands = [\"plan\", \"apply\"]\n    arguments = [\"-var=acl=public-read\"]");
    public("required_var_files = [\"${get_terragrunt_dir()}/../common.tfvars\"]");
    public("optional_var_files = [\"../missing.tfvars\", \"../common.tfvars\"]");
    public("env_vars = {\n      TF_VAR_acl = \"public-read\"\n    }");
    assert_eq!(exposure(&with("commands = [\"init\"]\n    arguments = [\"-var\", \"acl=public-read\"]")), (0, 0));
    for open in ["arguments = [get_env(\"X\")]", "required_var_files = [\"../missing.tfvars\"]"] {
        assert_eq!(own_codes(&with(open)), ["terragrunt-arguments"], "{open}");
    }
}

#[test]
fn terragrunt_merges_deeply_when_told() {
    let with = |strategy: &str| {
        let own = format!(
            "}}\ninclude \"root\" {{\n  path = find_in_parent_folders(\"root.hcl\")\n  {strategy}\n}}\ninputs = {{ cfg = {{ name = \"x\" }} }}\n"
        );
        exposure(&unit(&own, "inputs = { cfg = { acl = \"public-read\" } }\n"))
    };
    assert_eq!(with("merge_strategy = \"deep\""), (1, 0));
    assert_eq!(with(""), (0, 0));
    assert_eq!(with("merge_strategy = \"no_merge\""), (0, 0));
}

#[test]
fn terragrunt_writes_files() {
    let with = |path: &str, contents: &str| {
        unit(
            &format!(
                "}}\ngenerate \"x\" {{\n  path = \"{path}\"\n  if_exists = \"overwrite\"\n  contents = {contents}\n}}\n"
            ),
            "",
        )
    };
    let bucket = "<<EOF\nresource \"aws_s3_bucket\" \"g\" {\n  acl = \"public-read\"\n}\nEOF";
    let more = with("extra.tf", bucket);
    assert_eq!((more.summary.buckets, exposure(&more)), (2, (1, 0)));
    let instead = with("main.tf", bucket);
    assert_eq!((instead.summary.buckets, exposure(&instead)), (1, (1, 0)));
    assert_eq!(own_codes(&with("extra.tf", "get_env(\"X\")")), ["terragrunt-generate"]);
    // A provider whose region is not known declares nothing.
    let provider = "<<EOF\nprovider \"aws\" {\n  region = \"${get_env(\"X\")}\"\n}\nEOF";
    assert!(own_codes(&with("provider.tf", provider)).is_empty());
}

#[test]
fn modules_in_a_circle_are_judged_beside_other_roots() {
    let module = |call: &str| {
        format!(
            "module \"m\" {{\n  source = \"../{call}\"\n}}\nresource \"aws_s3_bucket\" \"b\" {{\n  acl = \"public-read\"\n}}\n"
        )
    };
    let (a, b) = (module("b"), module("a"));
    let report = check(&[("a/main.tf", &a), ("b/main.tf", &b), ("c/main.tf", "resource \"aws_s3_bucket\" \"b\" {}\n")]);
    assert!(2 <= report.summary.public && codes(&report).contains(&"cycle"), "{:?}", report.diagnostics);
    // What a circle calls is judged through it.
    let below = check(&[
        ("a/main.tf", &format!("{a}module \"n\" {{\n  source = \"../n\"\n}}\n")),
        ("b/main.tf", &b),
        ("n/main.tf", "resource \"aws_s3_bucket\" \"n\" {}\n"),
        ("c/main.tf", "resource \"aws_s3_bucket\" \"b\" {}\n"),
    ]);
    assert!(below.findings.iter().all(|it| it.address != "aws_s3_bucket.n"));
}

#[test]
fn a_sid_that_depends_replaces_when_it_is_the_same() {
    let main = |sid: &str| {
        format!(
            "variable \"x\" {{ type = bool }}\nresource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"example-b\"\n}}\ndata \"aws_iam_policy_document\" \"d\" {{\n  source_policy_documents = [jsonencode({{ Statement = [{{ Sid = \"Pub\", {STATEMENT} }}] }})]\n  statement {{\n    sid = {sid}\n    effect = \"Deny\"\n    actions = [\"s3:DeleteObject\"]\n    resources = [\"arn:aws:s3:::example-b/*\"]\n    principals {{\n      type = \"*\"\n      identifiers = [\"*\"]\n    }}\n  }}\n}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = data.aws_iam_policy_document.d.json\n}}\n"
        )
    };
    let sid = |sid: &str| {
        let report = check(&[("main.tf", &main(sid))]);
        (exposure(&report), status(&report, "policy-sid"))
    };
    assert_eq!(sid("\"Other\""), ((1, 0), None));
    assert_eq!(sid("\"Pub\""), ((0, 0), None));
    assert_eq!(sid("var.x ? \"Pub\" : \"Other\""), ((0, 1), None));
}
