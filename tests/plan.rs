//! Plans and states of Terraform as JSON. The plans are written by hand after the documented format, since the AWS provider
//! does not plan without credentials: <https://developer.hashicorp.com/terraform/internals/json-format>.
#![expect(clippy::unwrap_used, reason = "test helpers")]

use bucketlint::check_texts;
use bucketlint::finding::{Report, Status};
use serde_json::{Value, json};

/// One entry of `resource_changes`.
fn change(address: &str, actions: &[&str], after: Value, unknown: Value) -> Value {
    let (module, local) = match address.rfind("module.") {
        Some(at) => {
            let mut parts = address[at..].splitn(3, '.');
            let name = format!("{}.{}", parts.next().unwrap(), parts.next().unwrap());
            (Some(address[..at].to_owned() + &name), parts.next().unwrap().to_owned())
        }
        None => (None, address.to_owned()),
    };
    let (mode, local) = match local.strip_prefix("data.") {
        Some(local) => ("data", local.to_owned()),
        None => ("managed", local),
    };
    let (kind, rest) = local.split_once('.').unwrap();
    let (name, index) = match rest.split_once('[') {
        Some((name, key)) => (name, serde_json::from_str(key.trim_end_matches(']')).unwrap()),
        None => (rest, Value::Null),
    };
    json!({"address": address, "module_address": module, "mode": mode, "type": kind, "name": name, "index": index,
        "change": {"actions": actions, "before": null, "after": after, "after_unknown": unknown}})
}

/// A resource of the configuration part.
fn block(address: &str, expressions: Value) -> Value {
    let mode = if address.starts_with("data.") { "data" } else { "managed" };
    let (kind, name) = address.trim_start_matches("data.").split_once('.').unwrap();
    json!({"address": address, "mode": mode, "type": kind, "name": name, "provider_config_key": "aws",
        "expressions": expressions})
}

fn plan(changes: Vec<Value>, root: Value) -> Value {
    json!({"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": changes,
        "planned_values": {"root_module": {}}, "configuration": {"root_module": root}})
}

fn check(plan: &Value) -> Report {
    check_texts(&[("plan.json", serde_json::to_string_pretty(plan).unwrap().as_str())])
}

/// Rules that fired, sorted; unknown ones with a question mark.
fn rules(report: &Report) -> Vec<String> {
    let name = |it: &bucketlint::finding::Finding| match it.status {
        Status::Violated => it.rule.clone(),
        Status::Unknown => format!("{}?", it.rule),
    };
    let mut all: Vec<String> = report.findings.iter().map(name).collect();
    all.sort();
    all.dedup();
    all
}

fn refers(to: &str) -> Value {
    let whole = to.rsplit_once('.').unwrap().0;
    json!({"references": [to, whole]})
}

const OPEN: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::site-example/*"}]}"#;

fn all_on() -> Value {
    json!({"block_public_acls": true, "block_public_policy": true, "ignore_public_acls": true,
        "restrict_public_buckets": true})
}

fn on(expressions: Value) -> Value {
    let mut all: Value =
        all_on().as_object().unwrap().keys().map(|it| (it.clone(), json!({"constant_value": true}))).collect();
    all.as_object_mut().unwrap().extend(expressions.as_object().unwrap().clone());
    all
}

/// What the provider leaves unknown of a new bucket, most of it never written by anyone.
fn computed() -> Value {
    json!({"id": true, "arn": true, "acl": true, "policy": true, "grant": true, "versioning": true,
        "server_side_encryption_configuration": true, "logging": true})
}

#[test]
fn a_public_policy_is_found_and_placed() {
    let plan = plan(
        vec![
            change("aws_s3_bucket.b", &["create"], json!({"bucket": "site-example"}), computed()),
            change("aws_s3_bucket_policy.b", &["create"], json!({"policy": OPEN}), json!({"id": true, "bucket": true})),
        ],
        json!({"resources": [
            block("aws_s3_bucket.b", json!({"bucket": {"constant_value": "site-example"}})),
            block("aws_s3_bucket_policy.b", json!({"bucket": refers("aws_s3_bucket.b.id"), "policy": refers("local.p")})),
        ]}),
    );
    let report = check(&plan);
    assert_eq!((report.summary.buckets, report.summary.public, report.diagnostics.len()), (1, 1, 0));
    let public = report.findings.iter().find(|it| it.rule == "bucket-policy-public-principal").unwrap();
    let text = serde_json::to_string_pretty(&plan).unwrap();
    let at = public.at.unwrap();
    assert!(text[..at.range().end].ends_with(r#"\"Principal\":\"*"#), "{:?}", &text[at.range()]);
}

/// checkov#6982: Block Public Access in a child module, planned.
#[test]
fn a_companion_in_a_module_finds_its_bucket() {
    let with = |argument: Value| {
        plan(
            vec![
                change(
                    "aws_s3_bucket.b",
                    &["create"],
                    json!({"bucket_prefix": "b-"}),
                    json!({"id": true, "bucket": true}),
                ),
                change(
                    "module.lock[\"x\"].aws_s3_bucket_public_access_block.this",
                    &["create"],
                    all_on(),
                    json!({"id": true, "bucket": true}),
                ),
            ],
            json!({
                "resources": [block("aws_s3_bucket.b", json!({"bucket_prefix": {"constant_value": "b-"}}))],
                "module_calls": {"lock": {
                    "expressions": {"bucket": argument},
                    "for_each_expression": {"constant_value": ["x"]},
                    "module": {"resources": [
                        block("aws_s3_bucket_public_access_block.this", on(json!({"bucket": {"references": ["var.bucket"]}}))),
                    ]},
                }},
            }),
        )
    };
    let linked = check(&with(refers("aws_s3_bucket.b.id")));
    assert!(!rules(&linked).iter().any(|it| it.starts_with("bpa-")), "{:?}", rules(&linked));
    // A local hides which bucket it is: nothing is said to be missing, and nothing to be fine.
    let hidden = check(&with(json!({"references": ["local.name"]})));
    assert!(rules(&hidden).iter().any(|it| it.starts_with("bpa-") && it.ends_with('?')), "{:?}", rules(&hidden));
}

#[test]
fn instances_are_matched_by_key() {
    let of = |key: &str, kind: &str| format!("{kind}.b[\"{key}\"]");
    let mut changes = Vec::new();
    for key in ["one", "two"] {
        let after = json!({"bucket_prefix": key});
        changes.push(change(&of(key, "aws_s3_bucket"), &["create"], after, json!({"id": true, "bucket": true})));
    }
    let access = of("one", "aws_s3_bucket_public_access_block");
    changes.push(change(&access, &["create"], all_on(), json!({"id": true, "bucket": true})));
    let mut companion = block(
        "aws_s3_bucket_public_access_block.b",
        on(json!({"bucket": {"references": ["each.value.id", "each.value"]}})),
    );
    companion["for_each_expression"] = json!({"references": ["aws_s3_bucket.b"]});
    let resources = json!({"resources": [
        block("aws_s3_bucket.b", json!({"bucket_prefix": {"references": ["each.key"]}})), companion]});
    let report = check(&plan(changes, resources));
    let missing: Vec<&str> =
        report.findings.iter().filter(|it| it.rule == "bpa-missing").map(|it| it.address.as_str()).collect();
    assert_eq!(missing, ["aws_s3_bucket.b[\"two\"]"]);
}

#[test]
fn an_unknown_document_is_read_from_its_data_source() {
    let statement = |principal: &str| {
        json!([{"effect": "Allow", "actions": ["s3:GetObject"], "resources": [null], "condition": [],
            "principals": [{"type": if principal == "*" { "*" } else { "AWS" }, "identifiers": [principal]}]}])
    };
    let with = |principal: &str| {
        plan(
            vec![
                change(
                    "aws_s3_bucket.b",
                    &["create"],
                    json!({"bucket_prefix": "b-"}),
                    json!({"id": true, "bucket": true}),
                ),
                change("aws_s3_bucket_policy.b", &["create"], json!({}), json!({"bucket": true, "policy": true})),
                change(
                    "data.aws_iam_policy_document.d",
                    &["read"],
                    json!({"statement": statement(principal)}),
                    json!({"json": true, "statement": [{"actions": [false], "resources": [true], "principals": [{"identifiers": [false]}]}]}),
                ),
            ],
            json!({"resources": [
                block("aws_s3_bucket.b", json!({})),
                block("aws_s3_bucket_policy.b", json!({"bucket": refers("aws_s3_bucket.b.id"),
                    "policy": refers("data.aws_iam_policy_document.d.json")})),
                block("data.aws_iam_policy_document.d", json!({"statement": [{}]})),
            ]}),
        )
    };
    let open = rules(&check(&with("*")));
    assert!(open.contains(&"bucket-policy-public-principal".to_owned()), "{open:?}");
    let closed = rules(&check(&with("arn:aws:iam::111122223333:root")));
    assert!(!closed.iter().any(|it| it.starts_with("bucket-policy-public")), "{closed:?}");
}

/// terraform-provider-aws#11823: one unknown part of a `jsonencode` makes the whole policy unknown in a plan.
#[test]
fn an_unknown_policy_is_never_fine() {
    let report = check(&plan(
        vec![
            change("aws_s3_bucket.b", &["create"], json!({"bucket": "b-example"}), json!({"id": true})),
            change("aws_s3_bucket_policy.b", &["create"], json!({}), json!({"bucket": true, "policy": true})),
        ],
        json!({"resources": [
            block("aws_s3_bucket.b", json!({"bucket": {"constant_value": "b-example"}})),
            block("aws_s3_bucket_policy.b", json!({"bucket": refers("aws_s3_bucket.b.id"), "policy": refers("aws_s3_bucket.b.arn")})),
        ]}),
    ));
    assert_eq!(report.summary.exposure_unknown, 1);
    assert!(rules(&report).iter().any(|it| it.ends_with('?')), "{:?}", rules(&report));
}

/// checkov#6287: the old value of an update is not what is judged; what is deleted is not there.
#[test]
fn only_what_remains_counts() {
    let acl = |actions: &[&str], acl: &str| {
        let after = if actions == ["delete"] { Value::Null } else { json!({"acl": acl, "bucket": "b-example"}) };
        change("aws_s3_bucket_acl.b", actions, after, json!({}))
    };
    let with = |acl: Value| {
        let bucket =
            change("aws_s3_bucket.b", &["no-op"], json!({"bucket": "b-example", "acl": "public-read"}), json!({}));
        check(&plan(
            vec![bucket, acl],
            json!({"resources": [
                block("aws_s3_bucket.b", json!({"bucket": {"constant_value": "b-example"}})),
                block("aws_s3_bucket_acl.b", json!({"bucket": refers("aws_s3_bucket.b.id"), "acl": {"references": ["var.acl"]}})),
            ]}),
        ))
    };
    assert_eq!(with(acl(&["update"], "public-read")).summary.public, 1);
    assert_eq!(with(acl(&["delete", "create"], "public-read")).summary.public, 1);
    // The bucket mirrors the ACL that was: the resource that sets it says what will be.
    assert_eq!(with(acl(&["update"], "private")).summary.public, 0);
    let gone = check(&plan(vec![change("aws_s3_bucket.b", &["delete"], Value::Null, json!({}))], json!({})));
    assert_eq!(gone.summary.buckets, 0);
}

#[test]
fn bad_input_is_told() {
    let codes = |text: &str| {
        let report = check_texts(&[("plan.json", text)]);
        report.diagnostics.iter().map(|it| it.code).collect::<Vec<_>>()
    };
    let good = plan(vec![change("aws_s3_bucket.b", &["create"], json!({"bucket": "b-example"}), json!({}))], json!({}));
    let with = |key: &str, value: Value| {
        let mut plan = good.clone();
        plan[key] = value;
        plan.to_string()
    };
    assert_eq!(codes(&good.to_string()), [""; 0]);
    assert_eq!(codes(&with("errored", json!(true))), ["plan-errored"]);
    assert_eq!(codes(&with("complete", json!(false))), ["plan-incomplete"]);
    assert_eq!(codes(&with("format_version", json!("7.0"))), ["plan-version"]);
    let text = good.to_string();
    assert_eq!(codes(&text[..text.len() - 9]), ["syntax-error"]);
    assert_eq!(codes(&text.replace("\"managed\"", "7")), ["syntax-error"]);
    for (at, _) in text.char_indices().step_by(7) {
        assert!(at == 0 || !codes(&text[..at]).contains(&"internal-error"));
    }
}

/// Nothing known of an object is not the same as nothing written.
#[test]
fn what_cannot_be_read_is_unknown() {
    let with = |after: Value, unknown: Value| {
        check(&plan(
            vec![
                change("aws_s3_bucket.b", &["create"], json!({"bucket": "b-example"}), json!({"id": true})),
                change("aws_s3_bucket_policy.b", &["create"], after, unknown),
            ],
            json!({"resources": [
                block("aws_s3_bucket.b", json!({})),
                block("aws_s3_bucket_policy.b", json!({"bucket": refers("aws_s3_bucket.b.id"), "policy": refers("local.p")})),
            ]}),
        ))
    };
    let deep = (0..300).fold(json!(1), |inner, _| json!([inner]));
    for (after, unknown) in [(json!(null), json!(true)), (json!(null), json!({})), (json!({"deep": deep}), json!({}))] {
        let report = with(after, unknown);
        assert_eq!((report.summary.buckets, report.summary.public, report.summary.exposure_unknown), (1, 0, 1));
    }
}

#[test]
fn a_state_is_read_too() {
    let state = json!({"format_version": "1.0", "values": {"root_module": {"child_modules": [{"address": "module.m",
        "resources": [
            {"address": "module.m.aws_s3_bucket.b", "mode": "managed", "type": "aws_s3_bucket", "name": "b",
                "values": {"bucket": "site-example", "id": "site-example"}},
            {"address": "module.m.aws_s3_bucket_policy.b", "mode": "managed", "type": "aws_s3_bucket_policy", "name": "b",
                "values": {"bucket": "site-example", "policy": OPEN}}]}]}}});
    let report = check(&state);
    assert_eq!((report.summary.buckets, report.summary.public), (1, 1));
}

/// The plan beside the code that it was made of.
fn check_beside(code: &str, plan: &Value) -> Report {
    check_texts(&[("main.tf", code), ("plan.json", plan.to_string().as_str())])
}

fn public(report: &Report) -> Option<&bucketlint::finding::Finding> {
    report.findings.iter().find(|it| it.rule == "bucket-policy-public-principal")
}

/// The plan has no policy at all, for one ARN in it is unknown; the code has it.
#[test]
fn the_code_has_the_policy_that_the_plan_lacks() {
    let code = r#"
variable "public" {}
resource "aws_s3_bucket" "b" {
  bucket_prefix = "b-"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Principal = var.public ? "*" : { AWS = "111122223333" }
    Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*"
  }] })
}
"#;
    let with = |open: bool| {
        let mut plan = plan(
            vec![
                change(
                    "aws_s3_bucket.b",
                    &["create"],
                    json!({"bucket_prefix": "b-"}),
                    json!({"id": true, "bucket": true}),
                ),
                change("aws_s3_bucket_policy.b", &["create"], json!({}), json!({"bucket": true, "policy": true})),
            ],
            json!({"resources": [block("aws_s3_bucket.b", json!({})), block("aws_s3_bucket_policy.b", json!({}))]}),
        );
        plan["variables"] = json!({"public": {"value": open}});
        check_beside(code, &plan)
    };
    let open = with(true);
    assert_eq!((open.summary.buckets, open.summary.public, open.summary.exposure_unknown), (1, 1, 0));
    assert!(code[public(&open).unwrap().at.unwrap().range()].contains('*'), "the place is in the code");
    assert_eq!(with(false).summary.public, 0);
    // The plan alone is not judged a second time beside the code.
    assert_eq!(with(false).summary.exposure_unknown, 0);
}

#[test]
fn the_plan_knows_the_instances() {
    let code = r#"
variable "n" {}
resource "aws_s3_bucket" "b" {
  bucket = "b-example"
}
resource "aws_s3_bucket_public_access_block" "b" {
  count                   = var.n
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
"#;
    let with = |count: usize, variables: Value| {
        let mut changes =
            vec![change("aws_s3_bucket.b", &["create"], json!({"bucket": "b-example"}), json!({"id": true}))];
        for at in 0..count {
            let address = format!("aws_s3_bucket_public_access_block.b[{at}]");
            changes.push(change(&address, &["create"], all_on(), json!({"id": true, "bucket": true})));
        }
        let mut plan = plan(
            changes,
            json!({"resources": [block("aws_s3_bucket.b", json!({})), block("aws_s3_bucket_public_access_block.b", json!({}))]}),
        );
        plan["variables"] = variables;
        plan
    };
    let of = |report: &Report| {
        report.findings.iter().find(|it| it.rule == "bpa-missing").map(|it| it.status == Status::Violated)
    };
    assert_eq!(of(&check_texts(&[("main.tf", code)])), Some(false), "undecided without the plan");
    assert_eq!(of(&check_beside(code, &with(1, json!({})))), None);
    assert_eq!(of(&check_beside(code, &with(0, json!({})))), Some(true));
    // A plan that was targeted says nothing of what is not in it.
    let mut targeted = with(0, json!({}));
    targeted["complete"] = json!(false);
    assert_eq!(of(&check_beside(code, &targeted)), Some(false));
    // Code and plan disagree about what the code says for certain.
    let other = check_beside(code, &with(1, json!({"n": {"value": 0}})));
    assert_eq!(other.diagnostics.iter().map(|it| it.code).collect::<Vec<_>>(), ["plan-disagrees"]);
}

#[test]
fn a_module_that_is_not_here_is_read_from_the_plan() {
    let code = r#"
module "store" {
  source = "example.com/org/store/aws"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = module.store.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "arn:aws:s3:::store-example/*" }] })
}
"#;
    let alone = check_texts(&[("main.tf", code)]);
    assert!(alone.diagnostics.iter().any(|it| it.code == "remote-module"));
    let plan = plan(
        vec![
            change(
                "module.store.aws_s3_bucket.this",
                &["create"],
                json!({"bucket": "store-example"}),
                json!({"id": true}),
            ),
            change("aws_s3_bucket_policy.b", &["create"], json!({"policy": OPEN}), json!({"bucket": true})),
        ],
        json!({
            "resources": [block("aws_s3_bucket_policy.b", json!({"bucket": refers("module.store.name")}))],
            "module_calls": {"store": {"module": {
                "resources": [block("aws_s3_bucket.this", json!({}))],
                "outputs": {"name": {"expression": refers("aws_s3_bucket.this.id")}},
            }}},
        }),
    );
    let report = check_beside(code, &plan);
    assert!(report.diagnostics.is_empty(), "{:?}", report.diagnostics);
    assert_eq!((report.summary.buckets, report.summary.public), (1, 1));
    assert_eq!(public(&report).unwrap().address, "module.store.aws_s3_bucket.this");
}

#[test]
fn a_plan_of_other_code_stands_for_itself() {
    let code = "resource \"aws_s3_bucket\" \"other\" {\n  bucket = \"other-example\"\n}\n";
    let plan = plan(
        vec![change("aws_s3_bucket.b", &["create"], json!({"bucket": "b-example"}), json!({"id": true}))],
        json!({"resources": [block("aws_s3_bucket.b", json!({}))]}),
    );
    assert_eq!(check_beside(code, &plan).summary.buckets, 2);
}

/// Companions that may be about any bucket do not grow with buckets times companions.
#[test]
fn many_open_companions_leave_the_feature_unknown() {
    let mut changes = Vec::new();
    let mut blocks = Vec::new();
    for at in 0..300 {
        let (bucket, access) = (format!("aws_s3_bucket.b{at}"), format!("aws_s3_bucket_public_access_block.b{at}"));
        changes.push(change(&bucket, &["create"], json!({"bucket_prefix": "x-"}), json!({"id": true, "bucket": true})));
        changes.push(change(&access, &["create"], all_on(), json!({"bucket": true})));
        blocks.extend([block(&bucket, json!({})), block(&access, json!({"bucket": {"references": ["local.x"]}}))]);
    }
    let report = check(&plan(changes, json!({"resources": blocks})));
    let of =
        |status: Status| report.findings.iter().filter(|it| it.rule == "bpa-missing" && it.status == status).count();
    assert_eq!((of(Status::Violated), of(Status::Unknown)), (0, 300));
}
