//! `--base`: what only has another name opens nothing, and of two things that nobody knows the text of nothing is certain.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::Repository;

const BUCKET: &str = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";

/// `status message` of what a change opens.
fn widened(was: &[(&str, &str)], now: &[(&str, &str)]) -> Option<Vec<String>> {
    let it = Repository::new(was)?;
    now.iter().for_each(|(name, text)| it.write(name, text));
    let all = it.counting(&["--base", "HEAD", "--account", "111122223333"]);
    Some(all.iter().filter_map(|it| it.strip_prefix("access-widened ")).map(str::to_owned).collect())
}

/// Each with the beginning of what is told; nothing where that is empty.
fn check(name: &str, cases: &[(String, String, &str)]) {
    for (was, now, expected) in cases {
        let Some(found) = widened(&[(name, was)], &[(name, now)]) else { return };
        match *expected {
            "" => assert_eq!(found, [""; 0], "{was}{now}"),
            part => assert!(!found.is_empty() && found.iter().all(|it| it.starts_with(part)), "{was}{now}{found:?}"),
        }
    }
}

fn policy(text: &str) -> String {
    format!(
        "{BUCKET}resource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = {text}\n}}\n"
    )
}

/// A document that is not known as a whole.
fn document(name: &str, who: &str, from: &str) -> String {
    format!(
        "data \"aws_iam_policy_document\" \"{name}\" {{\n  source_policy_documents = [{from}]\n  statement {{\n    actions = [\"s3:GetObject\"]\n    resources = [\"${{aws_s3_bucket.b.arn}}/*\"]\n    principals {{\n      type = \"AWS\"\n      identifiers = [{who}]\n    }}\n  }}\n}}\nvariable \"from\" {{}}\nvariable \"other\" {{}}\n"
    )
}

fn data(kind: &str, name: &str, body: &str) -> String {
    format!("data \"{kind}\" \"{name}\" {{\n  {body}\n}}\n")
}

fn moved(kind: &str, from: &str, to: &str) -> String {
    format!("moved {{\n  from = {kind}.{from}\n  to = {kind}.{to}\n}}\n")
}

/// A policy that is not known depends on what its data sources ask for, whatever they are called.
#[test]
fn data_sources_of_another_name() {
    let by = |name: &str| policy(&format!("data.aws_iam_policy_document.{name}.json"));
    let own = |name: &str, who: &str, from: &str| by(name) + &document(name, who, from);
    let inner = |name: &str, from: &str| {
        let inner = document(name, "\"111122223333\"", from);
        inner.split("variable").next().unwrap().to_owned()
    };
    let nested = |outer: &str, name: &str, from: &str| {
        own(outer, "\"111122223333\"", &format!("data.aws_iam_policy_document.{name}.json")) + &inner(name, from)
    };
    let ssm = |name: &str, path: &str| {
        policy(&format!("data.aws_ssm_parameter.{name}.value"))
            + &data("aws_ssm_parameter", name, &format!("name = \"{path}\""))
    };
    let external = |name: &str, query: &str| {
        policy(&format!("data.external.{name}.result.policy"))
            + &data("external", name, &format!("program = [\"x\", \"{query}\"]"))
    };
    let role = |name: &str| {
        let role = format!("resource \"aws_iam_role\" \"{name}\" {{\n  name_prefix = \"x\"\n}}\n");
        own("a", &format!("aws_iam_role.{name}.arn"), "var.from") + &role
    };
    let other = "resource \"aws_iam_role\" \"b\" {\n  name_prefix = \"partner\"\n}\n".to_owned();
    // A policy has the name of its bucket within what it asks for.
    let renamed = own("a", "\"111122223333\"", "var.from").replace("bucket\" \"b\"", "bucket\" \"c\"");
    let renamed = renamed.replace("aws_s3_bucket.b.", "aws_s3_bucket.c.") + &moved("aws_s3_bucket", "b", "c");
    let told = "unknown aws_s3_bucket.b: ";
    check(
        "main.tf",
        &[
            (own("a", "\"111122223333\"", "var.from"), own("b", "\"111122223333\"", "var.from"), ""),
            (own("a", "\"111122223333\"", "var.from"), renamed, ""),
            (nested("a", "i", "var.from"), nested("b", "j", "var.from"), ""),
            (ssm("a", "/x"), ssm("b", "/x"), ""),
            (external("a", "x"), external("b", "x"), ""),
            (role("a"), role("b") + &moved("aws_iam_role", "a", "b"), ""),
            // Terraform moves nothing onto what was there.
            (role("a") + &other, role("b") + &moved("aws_iam_role", "a", "b"), told),
            (role("a") + &other, role("a") + &other + &moved("aws_iam_role", "a", "b"), ""),
            // It is another one.
            (own("a", "\"111122223333\"", "var.from"), own("b", "\"111122223333\"", "var.other"), told),
            (nested("a", "i", "var.from"), nested("b", "j", "var.other"), told),
            (ssm("a", "/x"), ssm("b", "/y"), told),
            (external("a", "x"), external("b", "y"), told),
            (role("a"), role("b"), told),
        ],
    );
}

/// A parameter in the place of another with the same default.
#[test]
fn parameters_of_another_name() {
    let template = |name: &str, default: &str, more: &str| {
        format!(
            "Parameters:\n  {name}: {{ Type: String, Default: \"arn:aws:iam::111122223333:role/{default}\"{more} }}\nResources:\n  B:\n    Type: AWS::S3::Bucket\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n        Version: \"2012-10-17\"\n        Statement:\n          - {{ Effect: Allow, Principal: {{ AWS: !Ref {name} }}, Action: \"s3:GetObject\", Resource: !Sub \"${{B.Arn}}/*\" }}\n"
        )
    };
    let one = template("Who", "a", "");
    let allowed = ", AllowedValues: [\"arn:aws:iam::111122223333:role/a\", \"arn:aws:iam::111122223333:role/z\"]";
    let few = template("Who", "a", &allowed.replace(", \"arn:aws:iam::111122223333:role/z\"", ""));
    check(
        "t.yaml",
        &[
            (one.clone(), template("Reader", "a", ""), ""),
            (one.clone(), template("Reader", "b", ""), "violated B: the policy now permits"),
            (few, template("Reader", "a", allowed), "unknown B: "),
        ],
    );
}

/// What a condition compares with, where nobody knows that, may be what the other one does.
#[test]
fn values_of_conditions() {
    let deny = |operator: &str, value: &str| {
        policy(&format!(
            "jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Deny\", Principal = \"*\", Action = \"s3:*\", Resource = \"arn:aws:s3:::b-example/*\", Condition = {{ {operator} = {{ \"aws:SourceVpce\" = {value} }} }} }}] }})"
        )) + "variable \"vpce\" {}\n"
            + &data("aws_vpc_endpoint", "x", "vpc_id = \"vpc-0a1b2c3d\"")
    };
    let not = |value: &str| deny("StringNotEquals", value);
    let like = |value: &str| deny("StringNotLike", value);
    let none = policy("jsonencode({ Version = \"2012-10-17\", Statement = [] })");
    let (may, certain) =
        ("unknown aws_s3_bucket.b: a statement (Deny)", "violated aws_s3_bucket.b: a statement (Deny)");
    check(
        "main.tf",
        &[
            (not("var.vpce"), not("data.aws_vpc_endpoint.x.id"), may),
            (not("var.vpce"), not("\"vpce-0a1b2c3d\""), may),
            // A list of one is that one.
            (not("var.vpce"), not("[var.vpce]"), ""),
            (not("[var.vpce]"), not("var.vpce"), ""),
            (not("var.vpce"), not("split(\",\", var.vpce)"), "unknown aws_s3_bucket.b: "),
            (not("var.vpce"), like("[var.vpce]"), "unknown aws_s3_bucket.b: "),
            (not("var.vpce"), not("var.vpce"), ""),
            (not("\"vpce-0a1b2c3d\""), not("\"vpce-1a1b2c3d\""), certain),
            (like("var.vpce"), like("\"*\""), may),
            (not("var.vpce"), none, certain),
        ],
    );
}

/// A new file of values that says what another said says nothing new.
#[test]
fn files_that_say_the_same() {
    let code = policy(
        "jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = { AWS = var.who }, Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::b-example/*\" }] })",
    ) + "variable \"who\" {}\nvariable \"size\" {\n  default = 1\n}\n";
    let by = |name: &str| format!("who = \"arn:aws:iam::111122223333:role/{name}\"\n");
    let (a, b) = (by("a"), by("b"));
    let was = [("main.tf", code.as_str()), ("a.tfvars", a.as_str())];
    for (name, text, expected) in [
        ("b.tfvars", a.as_str(), 0),
        ("b.tfvars", "size = 2\n", 0),
        ("b.tfvars", b.as_str(), 1),
        ("a.tfvars", b.as_str(), 1),
    ] {
        let Some(found) = widened(&was, &[(name, text)]) else { return };
        assert_eq!(found.len(), expected, "{name} {text} {found:?}");
    }
}

/// What a rule finds of anything that is moved is not new.
#[test]
fn findings_of_what_is_moved() {
    let point = |name: &str| {
        format!(
            "{BUCKET}resource \"aws_s3_access_point\" \"{name}\" {{\n  bucket = aws_s3_bucket.b.id\n  name = \"p-example\"\n  public_access_block_configuration {{\n    block_public_acls = false\n  }}\n}}\n"
        )
    };
    for (now, expected) in [(point("q") + &moved("aws_s3_access_point", "p", "q"), 0), (point("q"), 1)] {
        let Some(it) = Repository::new(&[("main.tf", &point("p"))]) else { return };
        it.write("main.tf", &now);
        assert_eq!(it.counting(&["--base", "HEAD"]).len(), expected, "{now}");
    }
}

/// The same buckets by another expression, or under the key that an instance gets, are no new ones.
#[test]
fn instances_of_another_address() {
    let policy = |key: &str, each: &str| {
        format!(
            "resource \"aws_s3_bucket_policy\" \"b\" {{\n  {each}\n  bucket = aws_s3_bucket.b{key}.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.b{key}.arn}}/*\" }}] }})\n}}\n"
        )
    };
    let each = |of: &str, kind: &str| {
        let each = format!("for_each = {of}");
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{\n  {each}\n  bucket = each.value\n}}\n{}variable \"names\" {{\n  type = {kind}(string)\n}}\nvariable \"others\" {{\n  type = list(string)\n}}\n",
            policy("[each.key]", &each)
        )
    };
    let plain = |count: &str, key: &str, name: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{\n  {count}\n  {name}\n}}\n{}variable \"name\" {{}}\n",
            policy(key, "")
        )
    };
    let moved = "moved {\n  from = aws_s3_bucket.b\n  to = aws_s3_bucket.b[0]\n}\n";
    let named = "bucket = var.name";
    for (was, now, expected) in [
        (each("var.names", "set"), each("toset(var.names)", "list"), false),
        (each("toset(var.names)", "list"), each("toset(distinct(var.names))", "list"), false),
        (
            each("toset([\"a-example\", \"b-example\"])", "set"),
            each("setunion([\"b-example\"], [\"a-example\"])", "set"),
            false,
        ),
        (plain("", "", named), plain("count = 1", "[0]", named) + moved, false),
        (plain("", "", named), plain("count = 1", "[0]", named), false),
        (plain("count = 1", "[0]", named), plain("", "", named), false),
        (plain("", "", ""), plain("count = 1", "[0]", "") + moved, false),
        (each("var.names", "set"), each("toset(var.others)", "set"), true),
        (plain("", "", named), plain("count = 1", "[0]", "bucket = \"x-${var.name}\""), true),
    ] {
        let Some(it) = Repository::new(&[("main.tf", &was)]) else { return };
        it.write("main.tf", &now);
        let found = it.counting(&["--base", "HEAD"]);
        assert_eq!(!found.is_empty(), expected, "{was}{now}{found:?}");
    }
    // The call of a module too, where a block says so.
    let call = |count: &str| format!("module \"m\" {{\n  source = \"./m\"\n  {count}\n}}\n");
    let module = plain("", "", "").replace("variable \"name\" {}\n", "");
    let moved = "moved {\n  from = module.m\n  to = module.m[0]\n}\n";
    let (was, now) = (call(""), call("count = 1") + moved);
    let Some(it) = Repository::new(&[("main.tf", &was), ("m/main.tf", &module)]) else { return };
    it.write("main.tf", &now);
    let found = it.counting(&["--base", "HEAD"]);
    assert_eq!(found, [""; 0], "{found:?}");
}
