//! `--base`: variables of Terraform whose defaults are those of nobody: of a module that nothing here calls, or a root without files
//! of values.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::{ACCOUNT, Repository};

/// Files before, and those that are others now.
type Files<'a> = &'a [(&'a str, &'a str)];

/// `status message` of what a change opens.
fn widened(was: Files<'_>, now: Files<'_>, more: &[&str]) -> Option<Vec<String>> {
    Some(Repository::changed(was, now)?.widened(&[&ACCOUNT, more].concat()))
}

fn told(was: Files<'_>, now: Files<'_>, variable: &str) {
    let Some(found) = widened(was, now, &[]) else { return };
    let is_it = |it: &String| it.starts_with("unknown ") && it.contains(&format!("another value of `{variable}`"));
    assert!(!found.is_empty() && found.iter().all(is_it), "{was:#?}{now:#?}{found:?}");
}

fn quiet(was: Files<'_>, now: Files<'_>) {
    let Some(found) = widened(was, now, &[]) else { return };
    assert_eq!(found, [""; 0], "{was:#?}{now:#?}");
}

const BUCKET: &str = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";

fn variable(name: &str, default: &str) -> String {
    format!("variable \"{name}\" {{\n  default = {default}\n}}\n")
}

/// A policy that is there where a variable says so.
fn policy(count: &str, statement: &str) -> String {
    format!(
        "{BUCKET}{}resource \"aws_s3_bucket_policy\" \"b\" {{\n  {count}\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{statement}] }})\n}}\n",
        variable("partner", "\"\"")
    )
}

fn allow(action: &str, path: &str) -> String {
    format!(
        "{{ Effect = \"Allow\", Principal = {{ AWS = var.partner }}, Action = \"{action}\", Resource = \"${{aws_s3_bucket.b.arn}}/{path}\" }}"
    )
}

const COUNT: &str = "count = var.partner == \"\" ? 0 : 1";

/// What a default keeps from being there at all.
#[test]
fn what_is_not_there_by_default() {
    let own = policy(COUNT, &allow("s3:GetObject", "shared/*"));
    let case = |now: &str| told(&[("m.tf", &own)], &[("m.tf", now)], "partner");
    case(&policy(COUNT, &allow("s3:GetObject", "*")));
    case(&policy(COUNT, &allow("s3:*", "shared/*")));
    told(&[("m.tf", &format!("{BUCKET}{}", variable("partner", "\"\"")))], &[("m.tf", &own)], "partner");
    // Through a local, and in a module that this one calls.
    let local = |path: &str| {
        let code = policy("count = local.on ? 1 : 0", &allow("s3:GetObject", path));
        format!("{code}locals {{\n  on = var.partner != \"\"\n}}\n")
    };
    told(&[("m.tf", &local("shared/*"))], &[("m.tf", &local("*"))], "partner");
    let outer = format!("{}module \"m\" {{\n  source = \"./m\"\n  partner = var.who\n}}\n", variable("who", "\"\""));
    let inner = policy(COUNT, &allow("s3:GetObject", "*"));
    told(&[("main.tf", &outer), ("m/main.tf", &own)], &[("m/main.tf", &inner)], "who");
    // The same, less, and what says nothing of it.
    let same = |now: &str| quiet(&[("m.tf", &own)], &[("m.tf", now)]);
    same(&own.replace("default = \"\"", "description = \"x\"\n  default = \"\""));
    let known = |path: &str| {
        policy(COUNT, &allow("s3:GetObject", path)).replace("var.partner }", "\"arn:aws:iam::999988887777:root\" }")
    };
    quiet(&[("m.tf", &known("shared/*"))], &[("m.tf", &known("shared/a/*"))]);
    same(&local("shared/*"));
    same(BUCKET);
    same(&format!("{own}{}", variable("more", "[]")));
    same(&own.replace("bucket = \"b-example\"\n", "bucket = \"b-example\"\n  tags = { a = \"b\" }\n"));
    same(&format!(
        "{own}resource \"aws_s3_bucket\" \"c\" {{\n  count = var.partner == \"\" ? 0 : 1\n  bucket = \"c-example\"\n}}\n"
    ));
    quiet(
        &[("m.tf", &local("shared/*"))],
        &[("m.tf", &local("shared/*").replace("local.on", "local.is_on").replace("  on = ", "  is_on = "))],
    );
}

/// What a list that is empty by default repeats.
#[test]
fn statements_of_an_empty_list() {
    let code = |who: &str, action: &str, list: &str| {
        format!(
            "{BUCKET}{}data \"aws_iam_policy_document\" \"b\" {{\n  statement {{\n    effect = \"Deny\"\n    actions = [\"s3:*\"]\n    resources = [\"${{aws_s3_bucket.b.arn}}/*\"]\n    principals {{\n      type = \"*\"\n      identifiers = [\"*\"]\n    }}\n    condition {{\n      test = \"Bool\"\n      variable = \"aws:SecureTransport\"\n      values = [\"false\"]\n    }}\n  }}\n  dynamic \"statement\" {{\n    for_each = toset({list})\n    content {{\n      actions = [\"{action}\"]\n      resources = [\"${{aws_s3_bucket.b.arn}}/*\"]\n      principals {{\n        type = \"AWS\"\n        identifiers = [{who}]\n      }}\n    }}\n  }}\n}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = data.aws_iam_policy_document.b.json\n}}\n",
            variable("readers", "[]")
        )
    };
    let own = code("statement.value", "s3:GetObject", "var.readers");
    let case = |now: &str| told(&[("m/main.tf", &own)], &[("m/main.tf", now)], "readers");
    case(&code("\"*\"", "s3:GetObject", "var.readers"));
    case(&code("statement.value", "s3:*", "var.readers"));
    let same = |now: &str| quiet(&[("m/main.tf", &own)], &[("m/main.tf", now)]);
    let local = code("statement.value", "s3:GetObject", "local.readers");
    same(&format!("{local}locals {{\n  readers = var.readers\n}}\n"));
    same(&own.replace("default = []", "type = list(string)\n  default = []"));
    same(&own.replace("effect = \"Deny\"", "sid = \"tls\"\n    effect = \"Deny\""));
    // What calls it, or is given to it, says what it is.
    let wider = code("\"*\"", "s3:GetObject", "var.readers");
    let caller = "module \"m\" {\n  source = \"../m\"\n}\n";
    quiet(&[("m/main.tf", &own), ("live/main.tf", caller)], &[("m/main.tf", &wider)]);
    let given = ["--var", "readers=[]"];
    let Some(found) = widened(&[("m/main.tf", &own)], &[("m/main.tf", &wider)], &given) else { return };
    assert_eq!(found, [""; 0]);
    let values = "readers = []\n";
    quiet(&[("m/main.tf", &own), ("m/terraform.tfvars", values)], &[("m/main.tf", &wider)]);
    // A file of values that the change brings says nothing of others.
    case(&wider);
    told(&[("m/main.tf", &own)], &[("m/main.tf", &wider), ("m/x.tfvars", values)], "readers");
}

/// What is said otherwise and says the same.
#[test]
fn other_words() {
    let tls = "  statement {\n    effect = \"Deny\"\n    actions = [\"s3:*\"]\n    resources = [\"${aws_s3_bucket.b.arn}/*\"]\n    principals {\n      type = \"AWS\"\n      identifiers = [\"*\"]\n    }\n    condition {\n      test = \"Bool\"\n      variable = \"aws:SecureTransport\"\n      values = [\"false\"]\n    }\n  }\n";
    let code = |version: &str, each: &str, action: &str| {
        let bucket = BUCKET.replace("}\n", "  tags = var.tags\n}\n");
        format!(
            "{bucket}{}{}data \"aws_iam_policy_document\" \"b\" {{\n{version}{tls}  dynamic \"statement\" {{\n    for_each = {each}\n    content {{\n      actions = [\"{action}\"]\n      resources = [\"${{aws_s3_bucket.b.arn}}/*\"]\n      principals {{\n        type = \"AWS\"\n        identifiers = var.readers\n      }}\n    }}\n  }}\n}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = data.aws_iam_policy_document.b.json\n}}\n",
            variable("readers", "[]"),
            variable("tags", "{}")
        )
    };
    let each = "length(var.readers) > 0 ? [1] : []";
    let own = code("", each, "s3:GetObject");
    let same = |now: &str| quiet(&[("m.tf", &own)], &[("m.tf", now)]);
    let other = |now: &str| told(&[("m.tf", &own)], &[("m.tf", now)], "readers");
    same(&code("  version = \"2012-10-17\"\n", each, "s3:GetObject"));
    for it in [
        "length(var.readers) > 0 ? [\"x\"] : []",
        "length(var.readers) != 0 ? [true] : []",
        "length(var.readers) == 0 ? [] : [1]",
        "1 <= length(var.readers) ? [1] : []",
    ] {
        same(&code("", it, "s3:GetObject"));
        other(&code("", it, "s3:*"));
    }
    other(&code("", "length(var.readers) > 1 ? [1] : []", "s3:GetObject"));
    same(&own.replacen("type = \"AWS\"", "type = \"*\"", 1));
    // A variable under another name.
    same(&own.replace("readers", "reader_arns"));
    same(&own.replace("readers", "reader_arns").replace("tags", "labels").replace("  labels = ", "  tags = "));
    let renamed = own.replace("readers", "reader_arns");
    told(&[("m.tf", &own)], &[("m.tf", &renamed.replace("s3:GetObject", "s3:*"))], "reader_arns");
    let value = "default = [\"arn:aws:iam::999988887777:root\"]";
    let Some(found) = widened(&[("m.tf", &own)], &[("m.tf", &renamed.replace("default = []", value))], &[]) else {
        return;
    };
    assert!(!found.is_empty());
    // What a reason names has a part in it.
    let Some(found) = widened(&[("m.tf", &own)], &[("m.tf", &code("", each, "s3:*"))], &[]) else { return };
    assert!(!found.is_empty() && !found.iter().any(|it| it.contains("`tags`")), "{found:?}");
}

/// Settings that a variable turns off.
#[test]
fn settings() {
    let code = |count: &str| {
        format!(
            "{BUCKET}{}{}resource \"aws_s3_bucket_public_access_block\" \"b\" {{\n  {count}\n  bucket = aws_s3_bucket.b.id\n  block_public_acls = true\n  block_public_policy = true\n  ignore_public_acls = true\n  restrict_public_buckets = true\n}}\n",
            variable("block", "true"),
            variable("vpce", "null")
        )
    };
    let on = code("count = var.block ? 1 : 0");
    told(&[("m.tf", &code(""))], &[("m.tf", &on)], "block");
    told(&[("m.tf", &on)], &[("m.tf", &code("count = var.block && var.vpce == null ? 1 : 0"))], "block`, `vpce");
    quiet(&[("m.tf", &on)], &[("m.tf", &code(""))]);
    quiet(&[("m.tf", &on)], &[("m.tf", &code("count = var.block == true ? 1 : 0"))]);
    quiet(&[("m.tf", &on)], &[("m.tf", &(on.clone() + "# x\n"))]);
}
