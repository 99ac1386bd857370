//! What a fresh-eyed reviewer broke in the evaluation of Terraform, each with what Terraform really does (1.11, applied).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

static FOLDERS: AtomicUsize = AtomicUsize::new(0);

/// The buckets of a configuration, and the exit code of `check`.
fn model(files: &[(&str, &str)], arguments: &[&str]) -> (Vec<Value>, i32) {
    let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("bucketlint-evaluation-{}-{number}", std::process::id()));
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let run = |command: &str| {
        let mut it = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
        it.arg(command).arg(".").args(arguments).current_dir(&folder).output().unwrap()
    };
    let model: Value = serde_json::from_slice(&run("model").stdout).unwrap();
    let code = run("check").status.code().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    (model["buckets"].as_array().unwrap().clone(), code)
}

/// Whether the bucket with this address is public: `yes`, `no`, `unknown`, or `-` where there is none.
fn public(main: &str, address: &str) -> String {
    let (buckets, _) = model(&[("main.tf", main)], &[]);
    let found = buckets.iter().find(|it| it["address"] == address);
    found.map_or("-".to_owned(), |it| it["exposure"]["public"].as_str().unwrap().to_owned())
}

/// A bucket `x` whose canned ACL is an expression; it is public where that is `public-read`.
fn acl(head: &str, expression: &str) -> String {
    let main =
        format!("{head}\nresource \"aws_s3_bucket\" \"x\" {{\n  bucket = \"x-example\"\n  acl = {expression}\n}}\n");
    public(&main, "aws_s3_bucket.x")
}

const ON: &str = "variable \"on\" {\n  type = bool\n}\nvariable \"n\" {\n  type = number\n}\nvariable \"names\" {\n  type = list(string)\n}\n";

#[test]
fn try_and_can_ask_whether_there_is_an_instance() {
    let head =
        format!("{ON}resource \"aws_s3_bucket\" \"a\" {{\n  count  = var.on ? 1 : 0\n  bucket = \"private\"\n}}\n");
    assert_eq!(acl(&head, "try(aws_s3_bucket.a[0].bucket, \"public-read\")"), "unknown");
    assert_eq!(acl(&head, "can(aws_s3_bucket.a[0].id) ? \"private\" : \"public-read\""), "unknown");
    assert_eq!(acl(&head, "length(aws_s3_bucket.a) == 0 ? \"public-read\" : \"private\""), "unknown");
    // What exists with it only needs no fallback.
    let main = format!(
        "{head}resource \"aws_s3_bucket_acl\" \"a\" {{\n  count  = var.on ? 1 : 0\n  bucket = try(aws_s3_bucket.a[0].id, \"\")\n  acl    = \"public-read\"\n}}\n"
    );
    assert_eq!(public(&main, "aws_s3_bucket.a[0]"), "yes");
    // Use what is there, or make another: both may get the ACL.
    let either = format!(
        "{head}resource \"aws_s3_bucket\" \"e\" {{\n  count = var.on ? 0 : 1\n}}\nresource \"aws_s3_bucket_acl\" \"p\" {{\n  bucket = try(aws_s3_bucket.a[0].id, aws_s3_bucket.e[0].id)\n  acl    = \"public-read\"\n}}\n"
    );
    assert_eq!(public(&either, "aws_s3_bucket.a[0]"), "unknown");
    assert_eq!(public(&either, "aws_s3_bucket.e[0]"), "unknown");
}

#[test]
fn try_takes_each_alternative_by_itself() {
    let head = format!("{ON}locals {{\n  cfg = var.on ? {{ acl = \"private\" }} : {{}}\n}}\n");
    assert_eq!(acl(&head, "try(local.cfg.acl, \"public-read\")"), "unknown");
    assert_eq!(acl(&head, "try(local.cfg.acl, \"private\")"), "no");
    assert_eq!(acl(&head, "try(local.cfg.other, \"public-read\")"), "yes");
    assert_eq!(acl(&head, "try(local.cfg.other, try(local.cfg.acl, \"public-read\"))"), "unknown");
}

#[test]
fn what_alternatives_have_under_one_key() {
    let each = |collection: &str| {
        format!(
            "{ON}resource \"aws_s3_bucket\" \"b\" {{\n  for_each = {collection}\n  bucket = \"b-example\"\n  acl = each.value\n}}\n"
        )
    };
    let two = each("var.on ? { a = \"private\" } : { a = \"public-read\" }");
    assert_eq!(public(&two, "aws_s3_bucket.b[\"a\"]"), "unknown");
    let (buckets, _) = model(&[("main.tf", &two)], &[]);
    assert_eq!((buckets.len(), &buckets[0]["exists"]), (1, &"yes".into()));
    let same = each("var.on ? { a = \"public-read\" } : { a = \"public-read\", b = \"private\" }");
    assert_eq!(public(&same, "aws_s3_bucket.b[\"a\"]"), "yes");
}

#[test]
fn collections_that_may_be_empty() {
    let with = |each: &str, test: &str| {
        let head = format!("{ON}resource \"aws_s3_bucket\" \"b\" {{\n  {each}\n}}\n");
        acl(&head, &format!("{test} ? \"private\" : \"public-read\""))
    };
    let guarded = "for_each = var.on ? toset([\"a\"]) : toset([])";
    assert_eq!(with(guarded, "length(aws_s3_bucket.b) == 1"), "unknown");
    assert_eq!(with(guarded, "contains(keys(aws_s3_bucket.b), \"a\")"), "unknown");
    assert_eq!(with("for_each = toset(var.names)", "length(aws_s3_bucket.b) == 1"), "unknown");
    assert_eq!(with("for_each = toset([\"a\"])", "length(aws_s3_bucket.b) == 1"), "no");
    // Two of an unknown number are possible, and the first of them is no mistake.
    assert_eq!(with("count = var.n", "length(aws_s3_bucket.b) < 2"), "unknown");
    assert_eq!(with("count = var.n", "can(aws_s3_bucket.b[0].id)"), "unknown");
}

#[test]
fn types_of_variables_are_applied() {
    let typed = |of: &str, default: &str, test: &str| {
        acl(&format!("variable \"v\" {{\n  type = {of}\n  default = {default}\n}}"), test)
    };
    assert_eq!(typed("set(string)", "[\"z\", \"public-read\"]", "tolist(var.v)[0]"), "yes");
    assert_eq!(typed("set(string)", "[\"a\", \"a\"]", "length(var.v) == 1 ? \"public-read\" : \"private\""), "yes");
    assert_eq!(
        typed("object({ name = string })", "{ name = \"a\", acl = \"private\" }", "try(var.v.acl, \"public-read\")"),
        "yes"
    );
    assert_eq!(typed("string", "5", "var.v == \"5\" ? \"public-read\" : \"private\""), "yes");
    assert_eq!(typed("number", "\"5\"", "var.v == 5 ? \"public-read\" : \"private\""), "yes");
    assert_eq!(typed("bool", "\"true\"", "var.v == true ? \"public-read\" : \"private\""), "yes");
    assert_eq!(
        typed("tuple([number, string])", "[\"1\", 2]", "var.v[1] == \"2\" ? \"public-read\" : \"private\""),
        "yes"
    );
    assert_eq!(typed("any", "5", "var.v == \"5\" ? \"private\" : \"public-read\""), "yes");
    let json = r#"{ "variable": { "v": { "type": "object({ acl = optional(string, \"public-read\") })", "default": {} } },
        "resource": { "aws_s3_bucket": { "x": { "bucket": "x-example", "acl": "${var.v.acl}" } } } }"#;
    let (buckets, _) = model(&[("main.tf.json", json)], &[]);
    assert_eq!(buckets[0]["exposure"]["public"], "yes");
    let given = "variable \"on\" {\n  type = bool\n}\nresource \"aws_s3_bucket\" \"x\" {\n  acl = var.on == true ? \"public-read\" : \"private\"\n}\n";
    let (buckets, _) = model(&[("main.tf", given)], &["--var", "on=true"]);
    assert_eq!(buckets[0]["exposure"]["public"], "yes");
}

/// One name that is not known, in the bucket and in a companion of a module below.
#[test]
fn a_bare_unknown_name_is_one_name() {
    let main = r#"
variable "name" {}
resource "aws_s3_bucket" "c" {
  bucket = var.name
  acl    = "public-read"
}
resource "aws_s3_bucket" "other" {
  bucket = "other-example"
}
module "closed" {
  source = "./closed"
  bucket = var.name
}
"#;
    let closed = r#"
variable "bucket" {}
resource "aws_s3_bucket_public_access_block" "b" {
  bucket                  = var.bucket
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
"#;
    let (buckets, _) = model(&[("main.tf", main), ("closed/main.tf", closed)], &[]);
    let shown: Vec<(&str, &str)> = buckets
        .iter()
        .map(|it| (it["address"].as_str().unwrap(), it["exposure"]["public"].as_str().unwrap()))
        .collect();
    assert_eq!(shown, [("aws_s3_bucket.c", "no"), ("aws_s3_bucket.other", "no")]);
    assert!(buckets[1]["public_access_block"].is_null());
    // A companion below whose bucket is quite unknown may be about a bucket of the caller.
    let opening = "variable \"of\" {\n  type = map(string)\n}\nresource \"aws_s3_bucket_acl\" \"b\" {\n  bucket = var.of[\"x\"]\n  acl    = \"public-read\"\n}\n";
    let calling = "variable \"all\" {}\nresource \"aws_s3_bucket\" \"c\" {}\nmodule \"m\" {\n  source = \"./m\"\n  of     = var.all\n}\n";
    let (buckets, _) = model(&[("main.tf", calling), ("m/main.tf", opening)], &[]);
    assert_eq!(buckets.iter().find(|it| it["address"] == "aws_s3_bucket.c").unwrap()["exposure"]["public"], "unknown");
}

#[test]
fn a_policy_that_is_not_known_is_no_pass() {
    let elsewhere = "variable \"policy\" {}\nresource \"aws_s3_bucket_policy\" \"a\" {\n  bucket = \"elsewhere\"\n  policy = var.policy\n}\n";
    assert_eq!(model(&[("main.tf", elsewhere)], &[]).1, 3);
    let shut = format!(
        "{}resource \"aws_s3_bucket_public_access_block\" \"a\" {{\n  bucket = \"elsewhere\"\n  block_public_acls = true\n  block_public_policy = true\n  ignore_public_acls = true\n  restrict_public_buckets = true\n}}\n",
        elsewhere
    );
    assert_eq!(model(&[("main.tf", &shut)], &[]).1, 0);
}

#[test]
fn an_item_of_a_set_is_its_own_key() {
    assert_eq!(acl("", "[for k, v in toset([\"public-read\"]) : k][0]"), "yes");
    assert_eq!(
        acl("", "[for k, v in tolist(toset([\"public-read\"])) : k][0] == 0 ? \"public-read\" : \"private\""),
        "yes"
    );
    let grant = r#"
resource "aws_s3_bucket" "x" {
  dynamic "grant" {
    for_each = toset(["http://acs.amazonaws.com/groups/global/AllUsers"])
    content {
      type        = "Group"
      permissions = ["READ"]
      uri         = grant.key
    }
  }
}
"#;
    assert_eq!(public(grant, "aws_s3_bucket.x"), "yes");
}

/// `a || (b && c)` is not `(a || b) && c`.
#[test]
fn conditions_keep_their_parentheses() {
    let head =
        "variable \"a\" {\n  type = bool\n}\nvariable \"b\" {\n  type = bool\n}\nvariable \"c\" {\n  type = bool\n}\n";
    let pair = |bucket: &str, companion: &str| {
        format!(
            "{head}resource \"aws_s3_bucket\" \"x\" {{\n  count = {bucket} ? 1 : 0\n  bucket = \"x-example\"\n}}\nresource \"aws_s3_bucket_acl\" \"x\" {{\n  count = {companion} ? 1 : 0\n  bucket = \"x-example\"\n  acl = \"public-read\"\n}}\n"
        )
    };
    let of = |bucket: &str, companion: &str| public(&pair(bucket, companion), "aws_s3_bucket.x[0]");
    assert_eq!(of("(var.a || (var.b && var.c))", "((var.a || var.b) && var.c)"), "unknown");
    assert_eq!(of("((var.a || var.b) && var.c)", "(var.a || (var.b && var.c))"), "yes");
    assert_eq!(of("(!var.a && !var.b)", "!(var.a || var.b)"), "yes");
}

/// What a user calls `reader_arn` may hold `*`.
#[test]
fn a_name_in_a_map_says_nothing_of_its_value() {
    let main = r#"
variable "cfg" {
  type = any
}
resource "aws_s3_bucket" "x" {
  bucket = "x-example"
}
resource "aws_s3_bucket_policy" "x" {
  bucket = aws_s3_bucket.x.id
  policy = jsonencode({ Statement = [{
    Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.x.arn}/*",
    Principal = { AWS = merge({ other = "1" }, var.cfg).reader_arn }
  }] })
}
"#;
    assert_eq!(public(main, "aws_s3_bucket.x"), "unknown");
}

/// Statements of a template, each there or not: what is said of a place is said once.
#[test]
fn alternatives_of_a_policy_do_not_flood() {
    let mut head = String::new();
    let mut statements = String::new();
    for at in 1..=5 {
        head += &format!("variable \"c{at}\" {{\n  type = bool\n}}\n");
        statements += &format!(
            "%{{ if var.c{at} }}{{\"Sid\": \"s{at}\", \"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::x-example/{at}/*\"}},%{{ endif }}\n"
        );
    }
    let main = format!(
        "{head}resource \"aws_s3_bucket\" \"x\" {{\n  bucket = \"x-example\"\n}}\nresource \"aws_s3_bucket_policy\" \"x\" {{\n  bucket = aws_s3_bucket.x.id\n  policy = <<EOF\n{{\"Version\": \"2012-10-17\", \"Statement\": [{statements}{{\"Sid\": \"d\", \"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"s3:PutObject\", \"Resource\": \"arn:aws:s3:::x-example/*\"}}]}}\nEOF\n}}\n"
    );
    let report = bucketlint::check_texts_in(&[("main.tf", main.as_str())], "default");
    let public: Vec<_> = report.findings.iter().filter(|it| it.rule == "bucket-policy-public-principal").collect();
    assert_eq!(public.len(), 5, "{public:?}");
    assert!(report.findings.len() < 20, "{}", report.findings.len());
}

/// Buckets of unknown keys (`b`) and of an unknown number (`c`), and what stands beside them.
fn several(rest: &str) -> (Vec<Value>, i32) {
    let main = format!(
        "variable \"keys\" {{\n  type = set(string)\n}}\nvariable \"main\" {{\n  type = string\n}}\n{ON}\
         resource \"aws_s3_bucket\" \"b\" {{\n  for_each = var.keys\n  bucket = each.key\n}}\n\
         resource \"aws_s3_bucket\" \"c\" {{\n  count = var.n\n  bucket = \"c-${{count.index}}\"\n}}\n{rest}\n"
    );
    model(&[("main.tf", &main)], &[])
}

fn block(head: &str, bucket: &str) -> String {
    format!(
        "resource \"aws_s3_bucket_public_access_block\" \"p\" {{\n  {head}\n  bucket = {bucket}\n  block_public_acls = true\n  \
         block_public_policy = true\n  ignore_public_acls = true\n  restrict_public_buckets = true\n}}\n"
    )
}

/// Whether Block Public Access is on for the bucket: `yes`, or `perhaps`.
fn is_blocked(rest: &str, address: &str) -> &'static str {
    let (buckets, _) = several(rest);
    let found = buckets.iter().find(|it| it["address"] == address).unwrap();
    let block = &found["public_access_block"];
    if block["one_of"].is_array() {
        return "perhaps";
    }
    assert_eq!(block["block_public_acls"], true);
    "yes"
}

#[test]
fn a_companion_of_one_instance_is_not_of_all() {
    for (head, bucket) in [
        ("", "aws_s3_bucket.b[\"a\"].id"),
        ("", "aws_s3_bucket.b[var.main].id"),
        ("for_each = toset([\"a\"])", "aws_s3_bucket.b[each.key].id"),
        ("for_each = var.keys", "aws_s3_bucket.b[var.main].id"),
    ] {
        assert_eq!(is_blocked(&block(head, bucket), "aws_s3_bucket.b[\"*\"]"), "perhaps", "{head} {bucket}");
    }
    for bucket in ["aws_s3_bucket.c[0].id", "aws_s3_bucket.c[var.n].bucket"] {
        assert_eq!(is_blocked(&block("", bucket), "aws_s3_bucket.c[*]"), "perhaps", "{bucket}");
    }
    for (head, bucket) in [
        ("for_each = var.keys", "aws_s3_bucket.b[each.key].id"),
        ("for_each = var.keys", "aws_s3_bucket.b[each.value].id"),
        ("for_each = var.keys", "aws_s3_bucket.b[\"${each.key}\"].bucket"),
    ] {
        assert_eq!(is_blocked(&block(head, bucket), "aws_s3_bucket.b[\"*\"]"), "yes", "{head} {bucket}");
    }
    assert_eq!(is_blocked(&block("count = var.n", "aws_s3_bucket.c[count.index].id"), "aws_s3_bucket.c[*]"), "yes");
}

#[test]
fn what_one_instance_opens_is_open_and_what_it_closes_is_not_closed() {
    let address = "aws_s3_bucket.b[\"*\"]";
    let is_public = |rest: &str| {
        let (buckets, _) = several(rest);
        buckets.iter().find(|it| it["address"] == address).unwrap()["exposure"]["public"].clone()
    };
    let policy = |name: &str, head: &str, key: &str, effect: &str| {
        format!(
            "resource \"aws_s3_bucket_policy\" \"{name}\" {{\n  {head}\n  bucket = aws_s3_bucket.b[{key}].id\n  policy = jsonencode({{\n    \
             Version = \"2012-10-17\"\n    Statement = [{{ Effect = \"{effect}\", Principal = \"*\", Action = \"s3:GetObject\", \
             Resource = \"${{aws_s3_bucket.b[{key}].arn}}/*\" }}]\n  }})\n}}\n"
        )
    };
    let each = "for_each = var.keys";
    let open = policy("open", "", "\"a\"", "Allow");
    assert_eq!(is_public(&open), "yes");
    assert_eq!(is_public(&format!("{open}{}", policy("shut", "", "\"c\"", "Deny"))), "yes");
    // Closed for all of them, whichever is open.
    assert_eq!(is_public(&format!("{open}{}", block(each, "aws_s3_bucket.b[each.key].id"))), "no");
    assert_eq!(is_public(&format!("{open}{}", block("", "aws_s3_bucket.b[\"a\"].id"))), "unknown");
    // Which of two policies of one bucket stays is not known.
    assert_eq!(is_public(&format!("{open}{}", policy("all", each, "each.key", "Deny"))), "unknown");
    assert_eq!(is_public(&policy("maybe", "count = var.on ? 1 : 0", "\"a\"", "Allow")), "unknown");
    let acl =
        "resource \"aws_s3_bucket_acl\" \"a\" {\n  bucket = aws_s3_bucket.b[\"a\"].id\n  acl = \"public-read\"\n}\n";
    assert_eq!(is_public(acl), "yes");
    let all = acl.replace(
        "  bucket = aws_s3_bucket.b[\"a\"].id",
        "  for_each = var.keys\n  bucket = aws_s3_bucket.b[each.key].id",
    );
    assert_eq!(is_public(&format!("{all}{}", policy("shut", "", "\"a\"", "Deny"))), "yes");
    // `Deny` on objects is for what the ACL gives on the bucket nothing; on the whole bucket it is.
    let bucket = |it: String| it.replace("s3:GetObject", "s3:*").replace(".arn}/*", ".arn}");
    assert_eq!(is_public(&format!("{all}{}", bucket(policy("shut", "", "\"a\"", "Deny")))), "unknown");
    assert_eq!(is_public(&format!("{all}{}", bucket(policy("shut", each, "each.key", "Deny")))), "no");
}

/// A bucket with Block Public Access, whose block has these words in it.
fn switched(file: &str, head: &str, lifecycle: &str) -> (Vec<Value>, i32) {
    let bucket = "resource \"aws_s3_bucket\" \"x\" {\n  bucket = \"x-example\"\n}\n";
    let main = format!("{ON}{bucket}{}", block(&format!("{head}\n  {lifecycle}"), "aws_s3_bucket.x.id"));
    model(&[(file, &main)], &[])
}

#[test]
fn what_is_not_enabled_is_not_there() {
    let of = |file: &str, enabled: &str| {
        let lifecycle = format!("lifecycle {{\n    enabled = {enabled}\n  }}");
        let (buckets, _) = switched(file, "", &lifecycle);
        let block = &buckets[0]["public_access_block"];
        if block.is_null() {
            "none"
        } else if block["one_of"].is_array() {
            "perhaps"
        } else {
            "there"
        }
    };
    for file in ["main.tofu", "main.tf"] {
        assert_eq!(of(file, "true"), "there");
        assert_eq!(of(file, "\"false\""), "none");
        assert_eq!(of(file, "1 == 2"), "none");
        assert_eq!(of(file, "var.on"), "perhaps");
    }
    // With the same condition as its bucket it is there whenever that is.
    let pair = |own: &str| {
        let lifecycle = |it: &str| format!("lifecycle {{\n    enabled = {it}\n  }}");
        let bucket = format!("{ON}resource \"aws_s3_bucket\" \"x\" {{\n  {}\n}}\n", lifecycle("var.on"));
        let (buckets, _) =
            model(&[("main.tofu", &format!("{bucket}{}", block(&lifecycle(own), "aws_s3_bucket.x.id")))], &[]);
        buckets[0]["public_access_block"]["one_of"].is_array()
    };
    assert!(!pair("var.on"));
    assert!(pair("var.n > 1"));
    // Terraform refuses it, which is said, and stops no run.
    let said = |file: &str, configuration: &str| {
        let folder = std::env::temp_dir().join(format!("bucketlint-enabled-{}-{file}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let main = format!(
            "resource \"aws_s3_bucket\" \"x\" {{\n  lifecycle {{\n    enabled = false\n  }}\n}}\n{configuration}"
        );
        std::fs::write(folder.join(file), main).unwrap();
        let out = Command::new(env!("CARGO_BIN_EXE_bucketlint"))
            .args(["check", "--no-config", "--format", "json", "."])
            .current_dir(&folder)
            .output();
        let out = out.unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        let text = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
        (text.contains("Terraform refuses this block"), out.status.code())
    };
    assert_eq!(said("main.tf", ""), (true, Some(0)));
    assert_eq!(said("main.tofu", ""), (false, Some(0)));
}

#[test]
fn modules_and_json_are_enabled_alike() {
    let inner = "resource \"aws_s3_bucket\" \"x\" {\n  acl = \"public-read\"\n}\noutput \"acl\" {\n  value = \"public-read\"\n}\n";
    let call = |enabled: &str, source: &str, rest: &str| {
        let main = format!(
            "{ON}module \"m\" {{\n  source = \"{source}\"\n  acl = \"public-read\"\n  lifecycle {{\n    enabled = {enabled}\n  }}\n}}\n{rest}"
        );
        let (buckets, _) =
            model(&[("main.tofu", &main), ("m/main.tf", &format!("variable \"acl\" {{}}\n{inner}"))], &[]);
        buckets
    };
    for source in ["./m", "example.com/acme/s3/aws"] {
        let exists = |enabled: &str| {
            let buckets = call(enabled, source, "");
            let found = buckets.iter().find(|it| it["address"].as_str().unwrap().starts_with("module.m"));
            found.map_or("-".to_owned(), |it| it["exists"].as_str().unwrap().to_owned())
        };
        assert_eq!([exists("true"), exists("var.on"), exists("false")], ["yes", "unknown", "-"], "{source}");
    }
    // A source that is called by nobody need not be here.
    let code = |head: &str| {
        let main =
            format!("module \"m\" {{\n  source = \"example.com/acme/s3/aws\"\n  acl = \"private\"\n  {head}\n}}\n");
        model(&[("main.tofu", &main)], &[]).1
    };
    assert_eq!([code(""), code("count = 0"), code("lifecycle {\n    enabled = false\n  }")], [3, 0, 0]);
    let other = |acl: &str| format!("resource \"aws_s3_bucket\" \"y\" {{\n  acl = {acl}\n}}\n");
    let public = |enabled: &str, acl: &str| {
        let buckets = call(enabled, "./m", &other(acl));
        let found = buckets.iter().find(|it| it["address"] == "aws_s3_bucket.y").unwrap();
        found["exposure"]["public"].as_str().unwrap().to_owned()
    };
    assert_eq!(public("true", "try(module.m.acl, \"private\")"), "yes");
    assert_eq!(public("false", "try(module.m.acl, \"private\")"), "no");
    assert_eq!(public("var.on", "try(module.m.acl, \"private\")"), "unknown");
    assert_eq!(public("false", "module.m == null ? \"private\" : \"public-read\""), "no");
    assert_eq!(public("var.on", "module.m != null ? \"private\" : \"public-read\""), "unknown");
    for (lifecycle, count) in [("{\"enabled\": false}", 0), ("[{\"enabled\": \"${1 == 1}\"}]", 1), ("{}", 1)] {
        let json = format!("{{\"resource\": {{\"aws_s3_bucket\": {{\"x\": {{\"lifecycle\": {lifecycle}}}}}}}}}");
        let (buckets, _) = model(&[("main.tofu.json", &json)], &[]);
        assert_eq!(buckets.len(), count, "{lifecycle}");
    }
}
