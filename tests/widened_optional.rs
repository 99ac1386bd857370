//! `--base`: parts of a policy that are there on a condition, and are gone, or are said otherwise.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::{ACCOUNT, Repository};

/// `status message` of what a change opens.
fn widened(was: &[(&str, &str)], now: &[(&str, &str)]) -> Option<Vec<String>> {
    Some(Repository::changed(was, now)?.widened(&ACCOUNT))
}

fn told(name: &str, was: &str, now: &str, says: &str) {
    let Some(found) = widened(&[(name, was)], &[(name, now)]) else { return };
    let is_it = |it: &String| it.starts_with("unknown ") && it.contains(says);
    assert!(!found.is_empty() && found.iter().all(is_it), "{was}{now}{found:?}");
}

fn quiet(name: &str, was: &str, now: &str) {
    let Some(found) = widened(&[(name, was)], &[(name, now)]) else { return };
    assert_eq!(found, [""; 0], "{was}{now}");
}

fn statement(kind: &str, effect: &str, condition: &str) -> String {
    let (open, close) = if kind == "statement" { ("", "") } else { ("    content {\n", "    }\n") };
    let who = if effect == "Deny" { "*" } else { "arn:aws:iam::999988887777:root" };
    format!(
        "  {kind} {{\n{open}    effect = \"{effect}\"\n    actions = [\"s3:*\"]\n    resources = [\"${{aws_s3_bucket.b.arn}}/*\"]\n    principals {{\n      type = \"AWS\"\n      identifiers = [\"{who}\"]\n    }}\n{condition}{close}  }}\n"
    )
}

const VPCE: &str = "    condition {\n      test = \"StringNotEquals\"\n      variable = \"aws:SourceVpce\"\n      values = [\"vpce-0123456789abcdef0\"]\n    }\n";

/// A document with a statement that is always there, and others. `default` is that of a variable.
fn terraform(default: &str, others: &str) -> String {
    let tls = "    condition {\n      test = \"Bool\"\n      variable = \"aws:SecureTransport\"\n      values = [\"false\"]\n    }\n";
    format!(
        "resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"b-example\"\n}}\nvariable \"on\" {{\n  type = bool\n{default}}}\nvariable \"ids\" {{\n  type = list(string)\n{}}}\ndata \"aws_iam_policy_document\" \"b\" {{\n{}{others}}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = data.aws_iam_policy_document.b.json\n}}\n",
        default.replace("false", "[]"),
        statement("statement", "Deny", tls)
    )
}

/// A Deny that a variable turns on.
#[test]
fn denies_that_may_be_there() {
    let dynamic = |each: &str| format!("dynamic \"statement\" {{\n    for_each = {each}");
    let optional = |each: &str, effect: &str, condition: &str| {
        statement("dynamic", effect, condition).replacen("dynamic {", &dynamic(each), 1)
    };
    for default in ["", "  default = false\n"] {
        for each in ["var.on ? [1] : []", "length(var.ids) > 0 ? [1] : []", "toset(var.ids)"] {
            let own = terraform(default, &optional(each, "Deny", VPCE));
            let case = |others: &str| told("m.tf", &own, &terraform(default, others), "refused");
            case("");
            quiet(
                "m.tf",
                &own,
                &own.replace("resource \"aws_s3_bucket\" \"b\" {", "# x\nresource \"aws_s3_bucket\" \"b\" {"),
            );
            // It is always there now.
            quiet("m.tf", &own, &terraform(default, &statement("statement", "Deny", VPCE)));
            // What gave access gives less.
            let gives = terraform(default, &optional(each, "Allow", ""));
            quiet("m.tf", &gives, &terraform(default, ""));
        }
        let own = terraform(default, &optional("var.on ? [1] : []", "Deny", VPCE));
        told("m.tf", &own, &terraform(default, &optional("[]", "Deny", VPCE)), "refused");
    }
}

fn template(condition: &str, statements: &str) -> String {
    format!(
        "Parameters:\n  OrgId: {{Type: String, Default: \"\"}}\nConditions:\n  HasOrg: {condition}\nResources:\n  Data:\n    Type: AWS::S3::Bucket\n    Properties: {{BucketName: b-example}}\n  Policy:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref Data\n      PolicyDocument:\n        Version: \"2012-10-17\"\n        Statement:\n          - Effect: Deny\n            Principal: \"*\"\n            Action: s3:*\n            Resource: !Sub \"${{Data.Arn}}/*\"\n            Condition: {{Bool: {{\"aws:SecureTransport\": \"false\"}}}}\n{statements}"
    )
}

const HAS: &str = "!Not [!Equals [!Ref OrgId, \"\"]]";

const DENY: &str = "          - !If\n            - HasOrg\n            - Effect: Deny\n              Principal: \"*\"\n              Action: s3:*\n              Resource: !Sub \"${Data.Arn}/*\"\n              Condition: {StringNotEquals: {\"aws:PrincipalOrgID\": !Ref OrgId}}\n            - !Ref AWS::NoValue\n";

/// What a parameter turns on that has a default without it.
#[test]
fn parts_of_templates_that_may_be_there() {
    let own = template(HAS, DENY);
    let case = |now: &str| told("t.yaml", &own, now, "another value of `OrgId`");
    case(&template(HAS, ""));
    case(&template("!Equals [a, b]", DENY));
    case(&template(HAS, &DENY.replace("s3:*", "s3:PutObject")));
    // A condition of an Allow.
    let allow = |condition: &str| {
        template(
            HAS,
            &format!(
                "          - Effect: Allow\n            Principal: {{AWS: \"arn:aws:iam::999988887777:root\"}}\n            Action: s3:GetObject\n            Resource: !Sub \"${{Data.Arn}}/*\"\n{condition}"
            ),
        )
    };
    let limited = allow(
        "            Condition: !If [HasOrg, {StringEquals: {\"aws:PrincipalOrgID\": !Ref OrgId}}, !Ref AWS::NoValue]\n",
    );
    told("t.yaml", &limited, &allow(""), "another value of `OrgId`");
    quiet("t.yaml", &limited, &format!("# x\n{limited}"));
    // The same, and less access.
    quiet("t.yaml", &own, &format!("# x\n{own}"));
    let gives = DENY.replace("Effect: Deny", "Effect: Allow").replace("StringNotEquals", "StringEquals");
    quiet("t.yaml", &template(HAS, &gives), &template(HAS, ""));
    // A parameter under another name.
    let renamed = |text: &str| text.replace("OrgId", "Organization");
    quiet("t.yaml", &own, &renamed(&own));
    quiet("t.yaml", &limited, &renamed(&limited));
    told("t.yaml", &limited, &renamed(&allow("")), "another value of");
    told("t.yaml", &own, &renamed(&own).replace("Deny", "Allow").replacen("Allow", "Deny", 1), "another value of");
}

/// A call of a module that is named as data sources are.
#[test]
fn module_named_data() {
    let call = |name: &str| format!("module \"{name}\" {{\n  source = \"./m\"\n}}\n");
    let inner = |more: &str, role: &str| {
        format!(
            "resource \"aws_iam_role\" \"r\" {{\n  name = \"app\"\n  assume_role_policy = \"{{}}\"\n{more}}}\nresource \"aws_iam_role\" \"other\" {{\n  name = \"other\"\n  assume_role_policy = \"{{}}\"\n}}\nresource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"b-example\"\n}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = aws_iam_role.{role}.arn }}, Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.b.arn}}/*\" }}] }})\n}}\n"
        )
    };
    for name in ["data", "lake"] {
        let (own, call) = (inner("", "r"), call(name));
        let was = [("main.tf", call.as_str()), ("m/main.tf", own.as_str())];
        let Some(found) = widened(&was, &[("m/main.tf", &inner("  description = \"x\"\n", "r"))]) else { return };
        assert_eq!(found, [""; 0], "{name}");
        let Some(found) = widened(&was, &[("m/main.tf", &inner("", "other"))]) else { return };
        assert!(!found.is_empty(), "{name}");
    }
}

/// Remote state that is called otherwise, or is another.
#[test]
fn remote_state() {
    let code = |name: &str, key: &str| {
        format!(
            "data \"terraform_remote_state\" \"{name}\" {{\n  backend = \"s3\"\n  config = {{\n    bucket = \"st\"\n    key = \"{key}\"\n  }}\n}}\nresource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"b-example\"\n}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = data.terraform_remote_state.{name}.outputs.role }}, Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.b.arn}}/*\" }}] }})\n}}\n"
        )
    };
    let own = code("net", "a");
    quiet("m.tf", &own, &code("network", "a"));
    told("m.tf", &own, &code("net", "b"), "aws_s3_bucket.b");
    told("m.tf", &own, &code("network", "b"), "aws_s3_bucket.b");
    told("m.tf", &own, &code("network", "a").replace("outputs.role", "outputs.other"), "aws_s3_bucket.b");
}

/// What is not known of policies that one `for_each` makes is told apart by its place, which says nothing.
#[test]
fn places() {
    let code = |action: &str| {
        format!(
            "locals {{\n  readers = {{ dev = [\"arn:aws:iam::111122223333:root\"], prod = [\"arn:aws:iam::222233334444:root\"] }}\n  buckets = {{\n    raw = {{ readers = lookup(local.readers, terraform.workspace, []) }}\n    curated = {{ readers = [] }}\n  }}\n}}\nresource \"aws_s3_bucket\" \"b\" {{\n  for_each = local.buckets\n  bucket = \"acme-${{each.key}}\"\n}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  for_each = {{ for k, v in local.buckets : k => v if length(v.readers) > 0 }}\n  bucket = aws_s3_bucket.b[each.key].id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = each.value.readers }}, Action = [\"{action}\"], Resource = \"${{aws_s3_bucket.b[each.key].arn}}/*\" }}] }})\n}}\n"
        )
    };
    let own = code("s3:GetObject");
    quiet("m.tf", &own, &format!("# x\n{own}"));
    let Some(found) = widened(&[("m.tf", &own)], &[("m.tf", &format!("# x\n{}", code("s3:*")))]) else { return };
    assert!(!found.is_empty());
}
