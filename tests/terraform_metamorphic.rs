//! The same stack said in other ways has the same verdict and the same findings; a literal that becomes unknown never turns a
//! verdict round.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "test helpers")]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use bucketlint::check_texts_in;
use bucketlint::finding::Status;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};

/// A stack before it is written down.
#[derive(Clone, Debug)]
struct Stack {
    statements: Vec<Value>,
    acl: &'static str,
    ownership: &'static str,
    flags: [bool; 4],
    versioned: bool,
}

const FLAGS: [&str; 4] = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];
const ARN: &str = "arn:aws:s3:::b-example";

fn statement() -> impl Strategy<Value = Value> {
    let condition = prop_oneof![
        3 => Just(None),
        1 => Just(Some(("StringEquals", "aws:SourceVpce", "vpce-0123456789abcdef0"))),
        1 => Just(Some(("StringLike", "aws:Referer", "https://example.com/*"))),
        1 => Just(Some(("Bool", "aws:SecureTransport", "false"))),
        1 => Just(Some(("IpAddress", "aws:SourceIp", "203.0.113.0/24"))),
    ];
    let principal = prop_oneof![Just("*"), Just("arn:aws:iam::111122223333:role/reader")];
    let action = prop_oneof![Just("s3:GetObject"), Just("s3:ListBucket"), Just("s3:*")];
    (prop_oneof![Just("Allow"), Just("Deny")], principal, action, condition).prop_map(
        |(effect, principal, action, condition)| {
            let mut out = json!({"Effect": effect, "Principal": {"AWS": principal}, "Action": action,
                "Resource": [format!("{ARN}/*"), ARN]});
            if let Some((operator, key, value)) = condition {
                out["Condition"] = json!({operator: {key: value}});
            }
            out
        },
    )
}

fn stack() -> impl Strategy<Value = Stack> {
    let acl = prop_oneof![Just("private"), Just("public-read"), Just("authenticated-read")];
    let ownership = prop_oneof![Just("ObjectWriter"), Just("BucketOwnerEnforced")];
    (prop::collection::vec(statement(), 1..3), acl, ownership, any::<[bool; 4]>(), any::<bool>()).prop_map(
        |(statements, acl, ownership, flags, versioned)| Stack { statements, acl, ownership, flags, versioned },
    )
}

fn document(stack: &Stack) -> Value {
    json!({"Version": "2012-10-17", "Statement": stack.statements})
}

/// JSON as an HCL expression: the same text, for JSON's objects are HCL's too.
fn hcl(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries: Vec<String> = map.iter().map(|(key, value)| format!("\"{key}\" = {}", hcl(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(hcl).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

fn data(stack: &Stack) -> String {
    let mut out = "data \"aws_iam_policy_document\" \"d\" {\n".to_owned();
    for it in &stack.statements {
        let text = |key: &str| it[key].as_str().unwrap();
        out += &format!(
            "  statement {{\n    effect    = \"{}\"\n    actions   = [\"{}\"]\n    resources = {}\n    principals {{\n      type        = \"AWS\"\n      identifiers = [{}]\n    }}\n",
            text("Effect"),
            text("Action"),
            it["Resource"],
            it["Principal"]["AWS"]
        );
        for (operator, keys) in it["Condition"].as_object().into_iter().flatten() {
            for (key, value) in keys.as_object().unwrap() {
                out += &format!(
                    "    condition {{\n      test     = \"{operator}\"\n      variable = \"{key}\"\n      values   = [{value}]\n    }}\n"
                );
            }
        }
        out += "  }\n";
    }
    out + "}\n"
}

/// How the scalars are written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scalars {
    Literal,
    Locals,
    Defaults,
    Conditional,
}

/// The files of a stack: `scalars` for single values, `policy` for the policy, `meta` a meta argument of each block and the
/// suffix of references to it.
fn write(stack: &Stack, scalars: Scalars, policy: &str, meta: (&str, &str)) -> Vec<(&'static str, String)> {
    let mut head = String::new();
    let mut scalar = |name: &str, value: String| match scalars {
        Scalars::Literal => value,
        Scalars::Locals => {
            head.push_str(&format!("locals {{\n  {name} = {value}\n}}\n"));
            format!("local.{name}")
        }
        Scalars::Defaults => {
            head.push_str(&format!("variable \"{name}\" {{\n  default = {value}\n}}\n"));
            format!("var.{name}")
        }
        Scalars::Conditional => format!("1 < 2 ? {value} : null"),
    };
    let acl = scalar("acl", format!("\"{}\"", stack.acl));
    let ownership = scalar("ownership", format!("\"{}\"", stack.ownership));
    let status = scalar("status", format!("\"{}\"", if stack.versioned { "Enabled" } else { "Suspended" }));
    let mut flags = String::new();
    for (name, on) in FLAGS.iter().zip(stack.flags) {
        flags += &format!("  {name} = {}\n", scalar(name, on.to_string()));
    }
    let json = document(stack).to_string();
    let mut files = Vec::new();
    let body = match policy {
        "jsonencode" => format!("jsonencode({})", hcl(&document(stack))),
        "heredoc" => format!("<<-EOT\n    {}\n  EOT", serde_json::to_string_pretty(&document(stack)).unwrap()),
        "string" => Value::from(json).to_string(),
        "file" => {
            files.push(("policy.json", json));
            "file(\"${path.module}/policy.json\")".to_owned()
        }
        "template" => {
            files.push(("policy.tftpl", json.replace("b-example", "${bucket}")));
            "templatefile(\"${path.module}/policy.tftpl\", { bucket = \"b-example\" })".to_owned()
        }
        "decoded" => format!("jsonencode(jsondecode({}))", Value::from(json)),
        "replaced" => {
            format!("replace({}, \"_NAME_\", \"b-example\")", Value::from(json.replace("b-example", "_NAME_")))
        }
        _ => {
            head.push_str(&data(stack));
            "data.aws_iam_policy_document.d.json".to_owned()
        }
    };
    let (extra, suffix) = meta;
    let main = format!(
        "{head}resource \"aws_s3_bucket\" \"b\" {{\n{extra}  bucket = \"b-example\"\n}}
resource \"aws_s3_bucket_acl\" \"b\" {{\n{extra}  bucket = aws_s3_bucket.b{suffix}.id\n  acl    = {acl}\n}}
resource \"aws_s3_bucket_policy\" \"b\" {{\n{extra}  bucket = aws_s3_bucket.b{suffix}.id\n  policy = {body}\n}}
resource \"aws_s3_bucket_ownership_controls\" \"b\" {{\n{extra}  bucket = aws_s3_bucket.b{suffix}.id\n  rule {{\n    object_ownership = {ownership}\n  }}\n}}
resource \"aws_s3_bucket_versioning\" \"b\" {{\n{extra}  bucket = aws_s3_bucket.b{suffix}.id\n  versioning_configuration {{\n    status = {status}\n  }}\n}}
resource \"aws_s3_bucket_public_access_block\" \"b\" {{\n{extra}  bucket = aws_s3_bucket.b{suffix}.id\n{flags}}}\n"
    );
    files.push(("main.tf", main));
    files
}

/// What is found: rules with their severity and status; and whether the bucket is public.
type Found = (BTreeSet<String>, usize, usize);

fn found(files: &[(&'static str, String)]) -> Found {
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let report = check_texts_in(&files, "all");
    let one = |it: &bucketlint::finding::Finding| {
        format!("{} {} {}", it.rule, it.severity.as_str(), if it.status == Status::Unknown { "?" } else { "" })
    };
    (report.findings.iter().map(one).collect(), report.summary.public, report.summary.exposure_unknown)
}

fn run<S: Strategy>(cases: u32, strategy: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(strategy, test);
    assert!(result.is_ok(), "{}", result.unwrap_err());
}

const SINGLE: (&str, &str) = ("", "");

#[test]
fn other_words_same_verdict() {
    let forms = ["heredoc", "string", "file", "template", "data", "decoded", "replaced"];
    let seen = [const { AtomicUsize::new(0) }; 2];
    run(40, &stack(), |stack| {
        let base = found(&write(&stack, Scalars::Literal, "jsonencode", SINGLE));
        seen.get(base.1).into_iter().for_each(|it| _ = it.fetch_add(1, Ordering::Relaxed));
        for policy in forms {
            let other = found(&write(&stack, Scalars::Literal, policy, SINGLE));
            prop_assert_eq!(&base, &other, "{}\n{:#?}", policy, write(&stack, Scalars::Literal, policy, SINGLE));
        }
        for scalars in [Scalars::Locals, Scalars::Defaults, Scalars::Conditional] {
            prop_assert_eq!(&base, &found(&write(&stack, scalars, "jsonencode", SINGLE)), "{:?}", scalars);
        }
        for meta in [
            ("  count = 1\n", "[0]"),
            ("  for_each = toset([\"x\"])\n", "[\"x\"]"),
            ("  for_each = { x = 1 }\n", "[each.key]"),
            ("  count = 1\n", "[count.index]"),
        ] {
            prop_assert_eq!(&base, &found(&write(&stack, Scalars::Literal, "jsonencode", meta)), "{:?}", meta);
        }
        Ok(())
    });
    assert!(seen.iter().all(|it| 0 < it.load(Ordering::Relaxed)), "closed and open stacks: {seen:?}");
}

#[test]
fn a_module_says_what_its_body_says() {
    run(30, &stack(), |stack| {
        let base = found(&write(&stack, Scalars::Literal, "jsonencode", SINGLE));
        let inner = write(&stack, Scalars::Literal, "jsonencode", SINGLE).pop().unwrap().1;
        let call = "module \"m\" {\n  source = \"./m\"\n}\n".to_owned();
        prop_assert_eq!(&base, &found(&[("m/main.tf", inner), ("main.tf", call)]));
        // The values come from the caller.
        let inner = write(&stack, Scalars::Defaults, "jsonencode", SINGLE).pop().unwrap().1;
        let open: String =
            inner.lines().filter(|it| !it.starts_with("  default = ")).map(|it| format!("{it}\n")).collect();
        let mut call = "module \"m\" {\n  source = \"./m\"\n".to_owned();
        let given = inner.split("variable \"").skip(1).filter_map(|it| it.split_once("\" {\n  default = "));
        for (name, rest) in given {
            call += &format!("  {name} = {}\n", rest.lines().next().unwrap());
        }
        prop_assert_eq!(&base, &found(&[("m/main.tf", open), ("main.tf", call + "}\n")]));
        Ok(())
    });
}

/// A value that is not known leaves the verdict, or makes it unknown; it never turns it round.
#[test]
fn the_unknown_never_flips() {
    run(40, &stack(), |stack| {
        let base = found(&write(&stack, Scalars::Literal, "jsonencode", SINGLE));
        let defaults = write(&stack, Scalars::Defaults, "jsonencode", SINGLE).pop().unwrap().1;
        for at in 0..defaults.matches("  default = ").count() {
            // Takes one default away.
            let mut seen = 0;
            let keep = |line: &&str| {
                let is_default = line.starts_with("  default = ");
                seen += usize::from(is_default);
                !is_default || seen != at + 1
            };
            let text: String = defaults.lines().filter(keep).map(|it| format!("{it}\n")).collect();
            let other = found(&[("main.tf", text.clone())]);
            let is_open = |it: &Found| it.1 == 1;
            let is_closed = |it: &Found| it.1 == 0 && it.2 == 0;
            prop_assert!(!(is_open(&base) && is_closed(&other)), "open became closed\n{}", text);
            prop_assert!(!(is_closed(&base) && is_open(&other)), "closed became open\n{}", text);
            // What was found is still found, or undecided.
            for rule in base.0.iter().filter(|it| !it.ends_with('?')) {
                let id = rule.split(' ').next().unwrap();
                let of_public = ["bucket-policy-", "policy-", "acl-", "public-", "cross-", "vpc-", "data-", "confused"];
                if of_public.iter().any(|it| id.starts_with(it)) {
                    continue;
                }
                prop_assert!(other.0.iter().any(|it| it.split(' ').next() == Some(id)), "{} is gone\n{}", rule, text);
            }
        }
        Ok(())
    });
}
