//! `--base`: what only has another name opens nothing, and of two things that nobody knows the text of nothing is certain.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::{ACCOUNT, Repository};

const BUCKET: &str = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";

/// `status message` of what a change opens.
fn widened(was: &[(&str, &str)], now: &[(&str, &str)]) -> Option<Vec<String>> {
    Some(Repository::changed(was, now)?.widened(&ACCOUNT))
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

/// Who may read, by a text.
fn allow(who: &str) -> String {
    policy(&format!(
        "jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = {who} }}, Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::b-example/*\" }}] }})"
    ))
}

/// What keeps all others out.
fn deny(key: &str, value: &str) -> String {
    policy(&format!(
        "jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Deny\", Principal = \"*\", Action = \"s3:*\", Resource = \"arn:aws:s3:::b-example/*\", Condition = {{ StringNotEquals = {{ \"{key}\" = {value} }} }} }}] }})"
    ))
}

const MAY: &str = "unknown aws_s3_bucket.b: ";
const CERTAIN: &str = "violated aws_s3_bucket.b: ";
const VARIABLES: &str = "variable \"own\" {}\nvariable \"other\" {}\n";

/// A data source that asks for something else under its name gives something else.
#[test]
fn data_sources_that_ask_for_something_else() {
    let role = |says: &str| allow("data.aws_iam_role.x.arn") + &data("aws_iam_role", "x", says) + VARIABLES;
    let user = |says: &str| allow("data.aws_iam_user.x.arn") + &data("aws_iam_user", "x", says);
    let vpc = |says: &str| deny("aws:SourceVpc", "data.aws_vpc.x.id") + &data("aws_vpc", "x", says);
    let each = |of: &str, key: &str, name: &str| {
        let says = format!("for_each = {of}\n  name = {name}");
        allow(&format!("data.aws_iam_role.x[\"{key}\"].arn")) + &data("aws_iam_role", "x", &says)
    };
    let by_key = |of: &str, key: &str| each(of, key, "local.names[each.key]") + "locals {\n  names = " + of + "\n}\n";
    let (one, two) = ("{ a = \"own\" }", "{ a = \"own\", b = \"other\" }");
    let through = |given: &str| {
        let call = format!("module \"m\" {{\n  source = \"./m\"\n  name = {given}\n}}\n");
        allow("module.m.arn") + &call
    };
    check(
        "main.tf",
        &[
            (role("name = \"own\""), role("name = \"other\""), CERTAIN),
            (role("name = var.own"), role("name = var.other"), MAY),
            (user("user_name = \"own\""), user("user_name = \"other\""), MAY),
            (vpc("tags = { Name = \"own\" }"), vpc("tags = { Name = \"other\" }"), MAY),
            (vpc("tags = { Name = \"own\" }"), vpc("filter {\n    name = \"x\"\n    values = [\"y\"]\n  }"), MAY),
            (each(one, "a", "each.value"), each("{ a = \"else\" }", "a", "each.value"), MAY),
            // The same, in other words.
            (role("name = var.own"), role("name = (var.own) # x"), ""),
            (role("name = \"own\""), role("name = local.x") + "locals {\n  x = \"own\"\n}\n", ""),
            (role("name = \"own\""), role("name = \"own\"\n  depends_on = [aws_s3_bucket.b]"), ""),
            (
                vpc("tags = { A = \"a\", B = \"b\" }\n  state = \"x\""),
                vpc("state = \"x\"\n  tags = { B = \"b\", A = \"a\" }"),
                "",
            ),
            (
                role("name = var.own"),
                role("name = var.own").replace("own\" {}", "own\" {\n  description = \"x\"\n}"),
                "",
            ),
            // One more beside it.
            (each(one, "a", "each.value"), each(two, "a", "each.value"), ""),
            (each("toset([\"a\"])", "a", "each.value"), each("toset([\"a\", \"b\"])", "a", "each.key"), ""),
            (by_key(one, "a"), by_key(two, "a"), ""),
        ],
    );
    let module = data("aws_iam_role", "x", "name = var.name")
        + "variable \"name\" {}\noutput \"arn\" {\n  value = data.aws_iam_role.x.arn\n}\n";
    for (now, is_told) in [("\"other\"", true), ("(\"own\")", false)] {
        let was = [("m/main.tf", module.as_str()), ("main.tf", &through("\"own\""))];
        let Some(found) = widened(&was, &[("main.tf", &through(now))]) else { return };
        assert_eq!(!found.is_empty(), is_told, "{now}{found:?}");
    }
}

/// What another account has under its name is another one.
#[test]
fn things_of_another_account() {
    let providers = |alias: &str| {
        let one = |name: &str, says: &str| format!("provider \"aws\" {{\n  alias = \"{name}\"\n  {says}\n}}\n");
        one(alias, "profile = \"partner\"") + &one("far", "region = \"us-east-1\"")
    };
    let by = |it: &str| if it.is_empty() { String::new() } else { format!("\n  provider = aws.{it}") };
    let role = |of: &str| {
        let role = format!("resource \"aws_iam_role\" \"x\" {{\n  name = \"x\"{}\n}}\n", by(of));
        allow("aws_iam_role.x.arn") + &role + &providers("partner")
    };
    let looked_up = |of: &str| {
        allow("data.aws_iam_role.x.arn")
            + &data("aws_iam_role", "x", &format!("name = \"x\"{}", by(of)))
            + &providers("partner")
    };
    let vpc = |of: &str| {
        deny("aws:SourceVpc", "data.aws_vpc.x.id")
            + &data("aws_vpc", "x", &format!("default = true{}", by(of)))
            + &providers("partner")
    };
    let caller = |alias: &str| {
        let who = "\"arn:aws:iam::${data.aws_caller_identity.x.account_id}:root\"";
        allow(who) + &data("aws_caller_identity", "x", &format!("provider = aws.{alias}")) + &providers(alias)
    };
    let module = |of: &str| {
        let call = format!("module \"m\" {{\n  source = \"./m\"\n  providers = {{ aws = {of} }}\n}}\n");
        allow("module.m.arn") + &call + &providers("partner")
    };
    let renamed =
        |it: String| it.replace("\"partner\"\n  profile", "\"shared\"\n  profile").replace("aws.partner", "aws.shared");
    check(
        "main.tf",
        &[
            (role(""), role("partner"), MAY),
            (looked_up(""), looked_up("partner"), MAY),
            (looked_up("partner"), looked_up(""), MAY),
            (vpc(""), vpc("far"), MAY),
            // The same account, and for all regions.
            (role(""), role("far"), ""),
            (looked_up(""), looked_up("far"), ""),
            (looked_up("partner"), renamed(looked_up("partner")), ""),
            (caller("partner"), renamed(caller("partner")), ""),
            (role("partner"), role("partner").replace("name = \"x\"", "name = \"x\"\n  tags = { A = \"b\" }"), ""),
        ],
    );
    let inner =
        "resource \"aws_iam_role\" \"x\" {\n  name = \"x\"\n}\noutput \"arn\" {\n  value = aws_iam_role.x.arn\n}\n";
    for (now, is_told) in [(module("aws.partner"), true), (module("aws") + "# x\n", false)] {
        let Some(found) = widened(&[("m/main.tf", inner), ("main.tf", &module("aws"))], &[("main.tf", &now)]) else {
            return;
        };
        assert_eq!(!found.is_empty(), is_told, "{now}{found:?}");
    }
}

/// Instances of a block of which nobody knows how many there are, are not one another.
#[test]
fn instances_that_are_not_known() {
    let names = "variable \"names\" {\n  type = list(string)\n}\n";
    let counted = |key: &str| {
        let role =
            "resource \"aws_iam_role\" \"x\" {\n  count = length(var.names)\n  name = var.names[count.index]\n}\n";
        allow(&format!("aws_iam_role.x[{key}].arn")) + role + names
    };
    let keyed = |key: &str| {
        let endpoint = "resource \"aws_vpc_endpoint\" \"x\" {\n  for_each = toset(var.names)\n  vpc_id = each.key\n}\n";
        deny("aws:SourceVpce", &format!("aws_vpc_endpoint.x[{key}].id")) + endpoint + names
    };
    let looked_up = |key: &str, name: &str| {
        let says = format!("count = length(var.names)\n  name = {name}");
        allow(&format!("data.aws_iam_role.x[{key}].arn")) + &data("aws_iam_role", "x", &says) + names
    };
    let called = |key: &str| {
        allow(&format!("module.m[\"{key}\"].arn"))
            + "module \"m\" {\n  source = \"./m\"\n  for_each = toset(var.names)\n}\n"
            + names
    };
    let by_index = "var.names[count.index]";
    check(
        "main.tf",
        &[
            (counted("0"), counted("1"), CERTAIN),
            (counted("0"), counted("length(var.names) - 1"), MAY),
            (keyed("\"a\""), keyed("\"b\""), CERTAIN),
            (looked_up("0", by_index), looked_up("1", by_index), MAY),
            (counted("0"), counted("0") + "# x\n", ""),
            (keyed("\"a\""), keyed("(\"a\")"), ""),
            (counted("length(var.names) - 1"), counted("length(var.names) - 1") + "# x\n", ""),
            // All of them are one.
            (looked_up("0", "\"x\""), looked_up("1", "\"x\""), ""),
        ],
    );
    let inner = "resource \"aws_iam_role\" \"x\" {\n  name_prefix = \"x\"\n}\noutput \"arn\" {\n  value = aws_iam_role.x.arn\n}\n";
    for (now, is_told) in [(called("b"), true), (called("a") + "# x\n", false)] {
        let Some(found) = widened(&[("m/main.tf", inner), ("main.tf", &called("a"))], &[("main.tf", &now)]) else {
            return;
        };
        assert_eq!(!found.is_empty(), is_told, "{now}{found:?}");
    }
}

/// Terraform moves a resource to the instance that a `count` makes of it, and back; a module it makes anew.
#[test]
fn a_count_that_is_new_or_gone() {
    let role = |count: &str, key: &str, name: &str| {
        let role = format!("resource \"aws_iam_role\" \"x\" {{\n  {count}\n  {name}\n}}\nvariable \"on\" {{}}\n");
        allow(&format!("aws_iam_role.x{key}.arn")) + &role
    };
    let endpoint = |count: &str, key: &str| {
        let endpoint = format!("resource \"aws_vpc_endpoint\" \"x\" {{\n  {count}\n  vpc_id = \"vpc-1\"\n}}\n");
        deny("aws:SourceVpce", &format!("aws_vpc_endpoint.x{key}.id")) + &endpoint
    };
    let (named, prefixed) = ("name = \"x\"", "name_prefix = \"x\"");
    let called = |count: &str, key: &str| {
        let call = format!("module \"m\" {{\n  source = \"./m\"\n  {count}\n}}\n");
        allow(&format!("module.m{key}.arn")) + &call
    };
    check(
        "main.tf",
        &[
            (role("", "", named), role("count = 1", "[0]", named), ""),
            (role("", "", prefixed), role("count = 1", "[0]", prefixed), ""),
            (role("", "", prefixed), role("count = var.on ? 1 : 0", "[0]", prefixed), ""),
            (role("count = 1", "[0]", prefixed), role("", "", prefixed), ""),
            (endpoint("", ""), endpoint("count = 1", "[0]"), ""),
            (endpoint("count = 1", "[0]"), endpoint("", ""), ""),
            (role("", "", prefixed), role("count = 2", "[1]", prefixed), MAY),
        ],
    );
    for (name, is_told) in [(named, false), (prefixed, true)] {
        let inner = format!(
            "resource \"aws_iam_role\" \"x\" {{\n  {name}\n}}\noutput \"arn\" {{\n  value = aws_iam_role.x.arn\n}}\n"
        );
        let was = [("m/main.tf", inner.as_str()), ("main.tf", &called("", ""))];
        let Some(found) = widened(&was, &[("main.tf", &called("count = 1", "[0]"))]) else { return };
        assert!(found.is_empty() != is_told && found.iter().all(|it| it.starts_with(MAY)), "{name}{found:?}");
    }
}

/// What is known of a module that is not here is less than all that is said of it: how another is called with says nothing.
#[test]
fn other_modules_that_are_not_here() {
    let call = |name: &str, says: &str| {
        format!(
            "module \"{name}\" {{\n  source = \"terraform-aws-modules/s3-bucket/aws\"\n  bucket = \"{name}-example\"\n  {says}\n}}\n"
        )
    };
    let code = |logs: &str, own: &str, document: &str, who: &str| {
        let own = format!(
            "version = \"4.1.2\"\n  attach_policy = true\n  policy = data.aws_iam_policy_document.{document}.json\n  logging = {{ target_bucket = module.logs.s3_bucket_id, {own} }}"
        );
        let document = format!(
            "data \"aws_iam_policy_document\" \"{document}\" {{\n  statement {{\n    actions = [\"s3:GetObject\"]\n    resources = [\"${{module.own.s3_bucket_arn}}/*\"]\n    principals {{\n      type = \"AWS\"\n      identifiers = {who}\n    }}\n  }}\n}}\n{VARIABLES}"
        );
        call("logs", logs) + &call("own", &own) + &document
    };
    let was = || code("version = \"4.1.2\"", "target_prefix = \"a/\"", "d", "var.own");
    check(
        "main.tf",
        &[
            (was(), code("version = \"4.2.0\"", "target_prefix = \"a/\"", "d", "var.own"), ""),
            (was(), code("version = \"4.1.2\"\n  tags = { A = \"b\" }", "target_prefix = \"a/\"", "d", "var.own"), ""),
            (was(), code("version = \"4.1.2\"", "target_prefix = \"b/\"", "d", "var.own"), ""),
            (was(), code("version = \"4.1.2\"", "target_prefix = \"a/\"", "e", "var.own"), ""),
            (
                was(),
                code("version = \"4.1.2\"", "target_prefix = \"a/\"", "d", "var.other"),
                "unknown module.own.aws_s3_bucket.this[0]: ",
            ),
        ],
    );
}

/// The VPC of an access point that nobody knows is that which its data source gives.
#[test]
fn vpcs_of_access_points() {
    let point = |name: &str, key: &str, output: &str| {
        let point = format!(
            "{BUCKET}resource \"aws_s3_access_point\" \"p\" {{\n  bucket = aws_s3_bucket.b.id\n  name = \"p-example\"\n  vpc_configuration {{\n    vpc_id = data.terraform_remote_state.{name}.outputs.{output}\n  }}\n}}\n"
        );
        point + &data("terraform_remote_state", name, &format!("backend = \"s3\"\n  config = {{ key = \"{key}\" }}"))
    };
    let told = "unknown aws_s3_access_point.p: ";
    check(
        "main.tf",
        &[
            (point("a", "k", "vpc"), point("b", "k", "vpc"), ""),
            (point("a", "k", "vpc"), point("a", "l", "vpc"), told),
            (point("a", "k", "vpc"), point("a", "k", "other"), told),
        ],
    );
}

/// What the run is given for what a data source asks for, decides what that gives.
#[test]
fn given_values_that_are_asked_for() {
    let role = |name: &str, more: &str| {
        let says = format!("name = {name}");
        allow("data.aws_iam_role.x.arn") + &data("aws_iam_role", "x", &says) + "variable \"own\" {\n  " + more + "\n}\n"
    };
    let parameter = allow("data.aws_ssm_parameter.x.value")
        + &data("aws_ssm_parameter", "x", "name = var.own")
        + "variable \"own\" {}\n";
    let (plain, of_map) = (role("var.own", ""), role("var.own.a", ""));
    for (code, was, now, is_told) in [
        (&plain, "own = \"a\"", "own = \"b\"", true),
        (&parameter, "own = \"a\"", "own = \"b\"", true),
        (&of_map, "own = { a = \"a\", b = \"b\" }", "own = { a = \"b\", b = \"b\" }", true),
        (&of_map, "own = { a = \"a\", b = \"b\" }", "own = { a = \"a\", b = \"c\" }", false),
        (&plain, "own = \"a\"", "# x\nown   = \"a\"", false),
        (&parameter, "own = \"a\"", "# x\nown   = \"a\"", false),
    ] {
        let file = |text: &'static str| ("terraform.tfvars", text);
        let Some(found) = widened(&[("main.tf", code), file(was)], &[file(now)]) else { return };
        assert!(found.is_empty() != is_told && found.iter().all(|it| it.starts_with(MAY)), "{code}{now}{found:?}");
    }
    // A default that is given says what it said.
    let was = role("var.own", "default = \"a\"");
    for (value, is_told) in [("a", false), ("b", true)] {
        let given = format!("own = \"{value}\"\n");
        let Some(found) = widened(&[("main.tf", &was)], &[("terraform.tfvars", &given)]) else { return };
        assert_eq!(!found.is_empty(), is_told, "{value}{found:?}");
    }
}
