//! `--base`: policies and settings that nobody knows before and now, and what they are written as.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::{File, Repository, quiet, same, undecided, widened};

fn to(name: &'static str, was: &str, now: &str) -> File {
    (name, was.to_owned(), now.to_owned())
}

const BUCKET: &str = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";
const ENV: &str = "variable \"env\" {\n  type = string\n}\n";

/// Settings of one value.
fn block(value: &str) -> String {
    format!(
        "{BUCKET}resource \"aws_s3_bucket_public_access_block\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  block_public_acls = {value}\n  block_public_policy = {value}\n  ignore_public_acls = {value}\n  restrict_public_buckets = {value}\n}}\n"
    )
}

/// A policy for somebody.
fn policy(who: &str) -> String {
    format!(
        "{BUCKET}resource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = {who} }}, Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.b.arn}}/*\" }}] }})\n}}\n"
    )
}

/// What the type of a variable gives, and what a value has to be.
#[test]
fn variables() {
    let typed = |of: &str, default: &str| {
        format!(
            "variable \"c\" {{\n  type = object({{ own = optional({of}, {default}), name = optional(string, \"x\") }})\n}}\n"
        )
    };
    let lock = |default: &str| block("var.c.own") + &typed("bool", default);
    let readers = |default: &str| policy("var.c.own") + &typed("list(string)", default);
    undecided(&[to("main.tf", &lock("true"), &lock("false"))]);
    undecided(&[to("main.tf", &readers("[\"arn:aws:iam::111122223333:root\"]"), &readers("[\"*\"]"))]);
    // What is not looked up says nothing.
    quiet(&[to("main.tf", &lock("true"), &lock("true").replace("\"x\"", "\"y\""))]);
    let valid = |text: &str| block("var.on") + &format!("variable \"on\" {{\n  type = bool\n{text}}}\n");
    let condition = "  validation {\n    condition = var.on\n    error_message = \"On.\"\n  }\n";
    undecided(&[to("main.tf", &valid(condition), &valid(""))]);
    quiet(&[to("main.tf", &valid(""), &valid(condition))]);
}

/// A file of values that is not new gave its own, whatever others say.
#[test]
fn files_of_values() {
    let own = block("var.on") + "variable \"on\" {\n  type = bool\n  default = true\n}\n";
    undecided(&[
        same("main.tf", &own),
        same("test.tfvars", "on = false\n"),
        to("prod.tfvars", "on = true\n", "on = false\n"),
    ]);
}

/// Files whose paths are not known.
#[test]
fn files() {
    let decoded = |value: &str| {
        let of = "yamldecode(file(\"${path.module}/cfg/${var.env}.yaml\"))";
        block(&format!("local.c.{value}")) + ENV + &format!("locals {{\n  c = {of}\n}}\n")
    };
    let own = decoded("own");
    let prod = |text: &str| to("cfg/prod.yaml", "own: true\nother: 1\n", text);
    undecided(&[same("main.tf", &own), prod("own: false\nother: 1\n")]);
    quiet(&[same("main.tf", &own), prod("other: 2\nown: true\n")]);
    quiet(&[
        same("main.tf", &own),
        prod("own: true\nother: 1\n"),
        to("other/prod.yaml", "own: true\n", "own: false\n"),
    ]);
    undecided(&[same("main.tf", &own), prod("own: true\nother: 1\n"), to("cfg/test.yaml", "", "own: false\n")]);
    let named = policy("jsondecode(file(\"readers/${var.env}.json\"))") + ENV;
    let role = "[\"arn:aws:iam::111122223333:role/a\"]";
    undecided(&[same("main.tf", &named), to("readers/prod.json", role, "[\"*\"]")]);
    quiet(&[same("main.tf", &named), to("readers/prod.json", role, &format!("{role}\n"))]);
    let listed = block("contains(fileset(\"${path.module}/on\", \"*.txt\"), \"${var.env}.txt\")") + ENV;
    undecided(&[same("main.tf", &listed), same("on/a.txt", "x"), to("on/b.txt", "x", "")]);
    quiet(&[same("main.tf", &listed), to("on/a.txt", "x", "y"), to("on/b.md", "x", "")]);
    // What lies deeper than is looked at may be another.
    let any = policy("file(\"docs/${var.env}.json\")") + ENV;
    undecided(&[same("main.tf", &any), to("docs/1/2/3/4/5/6/7/8/9/10/p.json", "{}", "[]")]);
    let there = block("fileexists(\"on/${var.env}\")") + ENV;
    undecided(&[same("main.tf", &there), to("on/prod", "x", "")]);
}

/// The same in other words, of which no change tells.
#[test]
fn other_words() {
    let own = block("var.env != \"dev\"") + ENV;
    for (was, now) in [
        (own.clone(), block("var.env == \"dev\" ? false : true") + ENV),
        (own.clone(), block("!(\"dev\" == var.env)") + ENV),
        (own.clone(), block("local.on") + ENV + "locals {\n  on = local.a && local.a\n  a = var.env != \"dev\"\n}\n"),
        (
            block("local.c[var.env].on")
                + ENV
                + "locals {\n  c = { a = { on = true, days = 7 }, b = { on = false } }\n}\n",
            block("local.c[var.env].on")
                + ENV
                + "locals {\n  c = { b = { on = \"false\" }, a = { days = 14, on = true } }\n}\n",
        ),
        (
            block("lookup(local.c, var.env).on")
                + ENV
                + "locals {\n  c = merge({ a = { on = true } }, { b = { on = false } })\n}\n",
            block("lookup(local.c, var.env).on")
                + ENV
                + "locals {\n  c = merge({ a = { on = true, x = 1 } }, { b = { on = false } })\n}\n",
        ),
        (
            own.clone(),
            own.replace("\"b\" {\n  bucket", "\"b\" {\n  for_each = toset([\"a\"])\n  bucket")
                .replace("aws_s3_bucket.b.id", "aws_s3_bucket.b[each.key].id")
                + "moved {\n  from = aws_s3_bucket.b\n  to = aws_s3_bucket.b[\"a\"]\n}\nmoved {\n  from = aws_s3_bucket_public_access_block.b\n  to = aws_s3_bucket_public_access_block.b[\"a\"]\n}\n",
        ),
    ] {
        quiet(&[to("main.tf", &was, &now)]);
    }
    let inner = block("var.on") + "variable \"on\" {}\n";
    let call = |on: &str| {
        format!(
            "{ENV}module \"m\" {{\n  source = \"./m\"\n  on = {on}\n}}\nmoved {{\n  from = aws_s3_bucket.b\n  to = module.m.aws_s3_bucket.b\n}}\n"
        )
    };
    quiet(&[to("main.tf", &own, &call("var.env != \"dev\"")), to("m/main.tf", "", &inner)]);
    undecided(&[to("main.tf", &own, &call("var.env != \"prod\"")), to("m/main.tf", "", &inner)]);
}

/// What is near to that, and something else.
#[test]
fn other_values() {
    let of = |value: &str, rest: &str| block(value) + ENV + rest;
    let counted = |count: &str| {
        let all = of("true", "").replace("  block_public_acls", &format!("  {count}\n  block_public_acls"));
        let all = all.replace(
            "\"b\" {\n  bucket = \"b-",
            "\"b\" {\n  for_each = toset([\"a\", \"b\"])\n  bucket = \"${each.key}-",
        );
        all.replace("aws_s3_bucket.b.id", "aws_s3_bucket.b[each.key].id")
    };
    let map = |text: &str| of("local.c[var.env].on", &format!("locals {{\n  c = {text}\n}}\n"));
    for (was, now) in [
        (of("var.env != \"dev\"", ""), of("var.env == \"dev\"", "")),
        (of("var.env != \"dev\"", ""), of("var.env == \"dev\" ? true : false", "")),
        (of("var.env == \"a\" || var.env == \"b\"", ""), of("var.env == \"a\" && var.env == \"b\"", "")),
        (
            counted("for_each = var.env == \"a\" ? toset([\"a\"]) : toset([\"b\"])"),
            counted("for_each = var.env == \"a\" ? toset([\"b\"]) : toset([\"a\"])"),
        ),
        (map("{ a = { on = true, x = 1 } }"), map("{ a = { on = false, x = 1 } }")),
        (map("{ a = { on = true } }"), map("merge({ a = { on = true } }, { b = { on = false } })")),
        (of("element([true, false], length(var.env))", ""), of("element([false, true], length(var.env))", "")),
        (
            of("local.a", "locals {\n  a = local.b\n  b = contains([for x in [\"a\"] : upper(x)], var.env)\n}\n"),
            of("local.a", "locals {\n  a = local.b\n  b = contains([for x in [\"a\"] : lower(x)], var.env)\n}\n"),
        ),
    ] {
        undecided(&[to("main.tf", &was, &now)]);
    }
}

/// What names itself, or a file that is not whole.
#[test]
fn circles() {
    let of = |value: &str| {
        format!(
            "{}module \"m\" {{\n  source = \"./m\"\n  count = module.m[0].out ? 1 : 0\n  on = local.a\n}}\nlocals {{\n  a = [local.b, module.m[0].out]\n  b = {{ x = local.a, y = {value} }}\n}}\n",
            block("local.b.y")
        )
    };
    let module = same("m/main.tf", "variable \"on\" {}\noutput \"out\" {\n  value = var.on\n}\n");
    quiet(&[module.clone(), to("main.tf", &of("var.x"), &of("(var.x)"))]);
    undecided(&[module, to("main.tf", &of("module.m[0].out"), &of("!module.m[0].out"))]);
    let own = block("yamldecode(file(\"c/${var.env}.yaml\")).own") + ENV;
    undecided(&[same("main.tf", &own), to("c/a.yaml", "own: [true\n", "own: [false\n")]);
    let text = block("length(templatefile(\"c.json\", { env = var.env })) == 5") + ENV;
    undecided(&[same("main.tf", &text), to("c.json", "{\"a\": ${env}}", "{\"a\": ${upper(env)}}")]);
}

/// Modules that are judged by a contract.
#[test]
fn contracts() {
    let call = |value: &str| {
        format!(
            "{ENV}module \"b\" {{\n  source = \"terraform-aws-modules/s3-bucket/aws\"\n  version = \"4.1.0\"\n  bucket = \"b-example\"\n  {value}\n}}\n"
        )
    };
    let flags = |value: &str| {
        call(&format!(
            "block_public_acls = {value}\n  block_public_policy = {value}\n  ignore_public_acls = {value}\n  restrict_public_buckets = {value}"
        ))
    };
    undecided(&[to("main.tf", &flags("var.env != \"dev\""), &flags("var.env != \"prod\""))]);
    quiet(&[to("main.tf", &flags("var.env != \"dev\""), &flags("!(var.env == \"dev\")"))]);
    let acl = |of: &str| {
        call(&format!(
            "ignore_public_acls = false\n  control_object_ownership = true\n  object_ownership = \"ObjectWriter\"\n  acl = var.env == \"{of}\" ? \"public-read\" : \"private\""
        ))
    };
    undecided(&[to("main.tf", &acl("dev"), &acl("prod"))]);
}

/// What a unit of Terragrunt gives its module.
#[test]
fn terragrunt() {
    let module = same("modules/b/main.tf", &(block("var.block") + "variable \"block\" {}\n"));
    let unit = |inputs: &str| {
        format!(
            "include \"r\" {{\n  path = find_in_parent_folders(\"root.hcl\")\n  expose = true\n}}\nterraform {{\n  source = \"../../modules/b\"\n}}\ndependency \"c\" {{\n  config_path = \"../c\"\n}}\nlocals {{\n  env = read_terragrunt_config(\"env.hcl\")\n}}\ninputs = {{\n  block = {inputs}\n}}\n"
        )
    };
    let case = |unit: File, root: [&str; 2], env: [&str; 2]| {
        let local = |it: &str| format!("locals {{\n  own = {it}\n  other = 1\n}}\n");
        [
            module.clone(),
            unit,
            to("live/root.hcl", &local(root[0]), &local(root[1])),
            to("live/prod/env.hcl", &local(env[0]), &local(env[1])),
        ]
    };
    let on = ["true", "true"];
    let own = |it: &str| same("live/prod/terragrunt.hcl", &unit(it));
    let changed = |was: &str, now: &str| to("live/prod/terragrunt.hcl", &unit(was), &unit(now));
    undecided(&case(own("include.r.locals.own"), ["true", "false"], on));
    undecided(&case(own("local.env.locals.own"), on, ["true", "false"]));
    undecided(&case(changed("dependency.c.outputs.own", "!dependency.c.outputs.own"), on, on));
    undecided(&case(changed("get_env(\"BLOCK\", \"true\")", "get_env(\"BLOCK\", \"false\")"), on, on));
    quiet(&case(changed("dependency.c.outputs.own", "(dependency.c.outputs.own)"), ["true", "false"], on));
    quiet(&case(own("include.r.locals.own"), on, ["true", "false"]));
}

/// What another unit of Terragrunt gives is what its module says of the output; where that is not here, all that the unit says.
#[test]
fn terragrunt_dependencies() {
    let module = same("modules/b/main.tf", &(policy("var.who") + "variable \"who\" {}\n"));
    let unit = |source: &str, rest: &str| format!("terraform {{\n  source = \"{source}\"\n}}\n{rest}\n");
    let dependency = "dependency \"c\" {\n  config_path = \"../c\"\n}\ninputs = {\n  who = dependency.c.outputs.own\n}";
    let own = same("live/b/terragrunt.hcl", &unit("../../modules/b", dependency));
    let output = |value: &str, other: &str| {
        format!(
            "variable \"own\" {{\n  default = \"x\"\n}}\noutput \"own\" {{\n  value = {value}\n}}\noutput \"other\" {{\n  value = {other}\n}}\n"
        )
    };
    let local = unit("../../modules/c", "inputs = {\n  own = \"111122223333\"\n}");
    let case = |c: File, of_c: File| [module.clone(), own.clone(), c, of_c];
    let same_unit = || same("live/c/terragrunt.hcl", &local);
    let to_other =
        |was: [&str; 2], now: [&str; 2]| to("modules/c/main.tf", &output(was[0], was[1]), &output(now[0], now[1]));
    let here = same("modules/c/main.tf", &output("var.own", "1"));
    undecided(&case(same_unit(), to_other(["\"111122223333\"", "1"], ["\"*\"", "1"])));
    undecided(&case(to("live/c/terragrunt.hcl", &local, &local.replace("111122223333", "*")), here.clone()));
    let remote = unit("git::https://example.com/c.git?ref=1", "inputs = {\n  own = 1\n}");
    let nothing = || same("live/c/x.txt", "");
    undecided(&case(to("live/c/terragrunt.hcl", &remote, &remote.replace("own = 1", "own = 2")), nothing()));
    // Another output, other words, and another unit.
    quiet(&case(same_unit(), to_other(["var.own", "1"], ["var.own", "2"])));
    quiet(&case(same_unit(), to_other(["var.own", "1"], ["(var.own)", "1"])));
    quiet(&case(to("live/c/terragrunt.hcl", &local, &(local.clone() + "# x\n")), here.clone()));
    quiet(&case(to("live/c/terragrunt.hcl", &remote, &(remote.clone() + "# x\n")), nothing()));
    let elsewhere = to("live/d/terragrunt.hcl", &local, &local.replace("111122223333", "*"));
    quiet(&[module.clone(), own.clone(), same_unit(), here.clone(), elsewhere]);
    // A bucket that another output names is another one.
    let named = "variable \"who\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-${var.who}\"\n}\n";
    for (value, expected) in [("\"two\"", true), ("(\"one\")", false)] {
        let files = [
            ("modules/b/main.tf", named),
            ("modules/c/main.tf", &output("\"one\"", "1")),
            ("live/b/terragrunt.hcl", &own.1),
            ("live/c/terragrunt.hcl", &local),
        ];
        let Some(it) = Repository::new(&files) else { return };
        it.write("modules/c/main.tf", &output(value, "1"));
        let found = it.counting(&["--base", "HEAD"]);
        assert_eq!(found.iter().any(|it| it.starts_with("bpa-missing")), expected, "{value}{found:?}");
    }
    // An output of another unit that stands beside others has the same name, and is something else.
    let list = |label: &str, path: &str, who: &str| {
        unit(
            "../../modules/b",
            &format!("dependency \"{label}\" {{\n  config_path = \"{path}\"\n}}\ninputs = {{\n  who = [{who}]\n}}"),
        )
    };
    let by_arn = |it: &str| list("c", it, "dependency.c.outputs.own");
    let c_and_d = [same_unit(), here.clone(), same("live/d/terragrunt.hcl", &local)];
    let case =
        |was: &str, now: &str| [&[module.clone(), to("live/b/terragrunt.hcl", was, now)], c_and_d.as_slice()].concat();
    undecided(&case(&by_arn("../c"), &by_arn("../d")));
    undecided(&case(&by_arn("../x"), &by_arn("../y")));
    quiet(&case(&by_arn("../c"), &(by_arn("../c") + "# x\n")));
    quiet(&case(&by_arn("../c"), &list("own", "../c", "dependency.own.outputs.own")));
    let mut listed = vec![module.clone(), same("live/b/terragrunt.hcl", &by_arn("../c")), same_unit()];
    listed.push(to_other(["\"111122223333\"", "1"], ["\"*\"", "1"]));
    undecided(&listed);
    // Units that depend on each other.
    let circle = |to: &str, value: &str| {
        unit(
            "../../modules/c",
            &format!(
                "dependency \"x\" {{\n  config_path = \"../{to}\"\n}}\ninputs = {{\n  own = \"${{dependency.x.outputs.own}}{value}\"\n}}"
            ),
        )
    };
    let other = same("live/d/terragrunt.hcl", &circle("c", ""));
    let changed = to("live/c/terragrunt.hcl", &circle("d", ""), &circle("d", "*"));
    undecided(&[module.clone(), own.clone(), changed, here, other]);
}

/// Grants, and objects with an ACL of their own.
#[test]
fn acls() {
    let grants = |of: &str| {
        format!(
            "{BUCKET}{ENV}resource \"aws_s3_bucket_acl\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  access_control_policy {{\n    owner {{\n      id = \"o\"\n    }}\n    grant {{\n      permission = \"READ\"\n      grantee {{\n        type = \"Group\"\n        uri = var.env == \"{of}\" ? \"http://acs.amazonaws.com/groups/global/AllUsers\" : \"http://acs.amazonaws.com/groups/s3/LogDelivery\"\n      }}\n    }}\n  }}\n}}\n"
        )
    };
    undecided(&[to("main.tf", &grants("dev"), &grants("prod"))]);
    quiet(&[to("main.tf", &grants("dev"), &(grants("dev") + "locals {}\n"))]);
    let object = |of: &str| {
        format!(
            "{BUCKET}{ENV}resource \"aws_s3_object\" \"o\" {{\n  bucket = aws_s3_bucket.b.id\n  key = \"k\"\n  acl = var.env == \"{of}\" ? \"public-read\" : \"private\"\n}}\n"
        )
    };
    undecided(&[to("main.tf", &object("dev"), &object("prod"))]);
    quiet(&[to("main.tf", &object("dev"), &object("dev").replace("\"k\"", "\"l\""))]);
}

/// Under another key an object is another.
#[test]
fn objects() {
    let of = |key: &str| {
        format!(
            "{BUCKET}resource \"aws_s3_object\" \"o\" {{\n  bucket = aws_s3_bucket.b.id\n  key = \"{key}\"\n  acl = \"public-read\"\n}}\n"
        )
    };
    let Some(it) = Repository::new(&[("main.tf", &of("logo.png"))]) else { return };
    let told = || it.counting(&["--base", "HEAD"]).iter().any(|it| it.contains("aws_s3_object.o"));
    it.write("main.tf", &of("logo.png").replace("acl", "content = \"x\"\n  acl"));
    assert!(!told());
    it.write("main.tf", &of("payroll.csv"));
    assert!(told());
}

/// What a template says in other words, and what nested stacks are given and give.
#[test]
fn templates() {
    let parts = |parameter: &str, condition: &str, value: &str| {
        format!(
            "Parameters:\n  E: {{Type: String{parameter}}}\n  F: {{Type: String}}\nConditions:\n  P: {condition}\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: b-example\n      PublicAccessBlockConfiguration: {value}\n"
        )
    };
    let flags = |value: &str| {
        format!(
            "{{BlockPublicAcls: {value}, BlockPublicPolicy: {value}, IgnorePublicAcls: {value}, RestrictPublicBuckets: {value}}}"
        )
    };
    let dev = "!Equals [!Ref E, dev]";
    let own = parts("", dev, &flags("!If [P, false, true]"));
    let json = "{\"Parameters\": {\"E\": {\"Type\": \"String\"}, \"F\": {\"Type\": \"String\"}}, \"Conditions\": {\"P\": {\"Fn::Equals\": [{\"Ref\": \"E\"}, \"dev\"]}}, \"Resources\": {\"B\": {\"Type\": \"AWS::S3::Bucket\", \"Properties\": {\"BucketName\": \"b-example\", \"PublicAccessBlockConfiguration\": {\"BlockPublicAcls\": {\"Fn::If\": [\"P\", false, true]}, \"BlockPublicPolicy\": {\"Fn::If\": [\"P\", false, true]}, \"IgnorePublicAcls\": {\"Fn::If\": [\"P\", false, true]}, \"RestrictPublicBuckets\": {\"Fn::If\": [\"P\", false, true]}}}}}}";
    for now in [
        parts("", "!Equals [dev, !Ref E]", &flags("!If [P, false, true]")),
        parts(", Description: x", dev, &flags("!If [P, \"false\", true]")),
        parts(", AllowedValues: [dev, prod]", dev, &flags("!If [P, false, true]")),
        parts("", dev, &format!("!If [P, {}, {}]", flags("false"), flags("true"))),
        parts("", &format!("!Not [{dev}]"), &flags("!If [P, true, false]")),
        own.replace("  P:", "  Q:").replace("[P,", "[Q,"),
    ] {
        quiet(&[to("t.yaml", &own, &now)]);
    }
    quiet(&[to("t.yaml", &own, ""), to("t.json", "", json)]);
    for now in [
        parts("", "!Equals [!Ref E, prod]", &flags("!If [P, false, true]")),
        parts("", "!Equals [!Ref F, dev]", &flags("!If [P, false, true]")),
        parts("", dev, &flags("!If [P, true, false]")),
    ] {
        undecided(&[to("t.yaml", &own, &now)]);
    }
    let allowed = parts(", AllowedValues: [dev, prod]", dev, &flags("!If [P, false, true]"));
    undecided(&[to("t.yaml", &allowed, &own)]);
    let parent = |given: &str| {
        format!(
            "Parameters:\n  E: {{Type: String}}\n  F: {{Type: String}}\nResources:\n  N:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{TemplateURL: ./n.yaml, Parameters: {{E: !Ref {given}, F: x}}}}\n"
        )
    };
    undecided(&[same("n.yaml", &own), to("t.yaml", &parent("E"), &parent("F"))]);
    quiet(&[same("n.yaml", &own), to("t.yaml", &parent("E"), &parent("E").replace("F: x", "F: y"))]);
    let giving = |value: &str| {
        format!(
            "Parameters:\n  E: {{Type: String}}\nConditions:\n  P: !Equals [!Ref E, {value}]\nResources: {{W: {{Type: AWS::CloudFormation::WaitConditionHandle}}}}\nOutputs:\n  Lock: {{Value: !If [P, \"false\", \"true\"]}}\n"
        )
    };
    let taking = format!(
        "{}  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      PublicAccessBlockConfiguration: {}\n",
        parent("E").replace(", F: x", ""),
        flags("!GetAtt N.Outputs.Lock")
    );
    undecided(&[same("t.yaml", &taking), to("n.yaml", &giving("dev"), &giving("prod"))]);
    quiet(&[same("t.yaml", &taking), to("n.yaml", &giving("dev"), &(giving("dev") + "  Other: {Value: x}\n"))]);
}

/// In a policy a list is a set, and actions have no case.
#[test]
fn lists_of_policies() {
    let own = "\"arn:aws:iam::111122223333:root\"";
    let with = |who: &str, action: &str, key: &str| {
        format!(
            "{BUCKET}variable \"who\" {{\n  type = list(string)\n}}\nvariable \"others\" {{\n  type = list(string)\n}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = data.aws_iam_policy_document.d.json\n}}\ndata \"aws_iam_policy_document\" \"d\" {{\n  statement {{\n    actions = [{action}]\n    resources = [\"${{aws_s3_bucket.b.arn}}/*\"]\n    principals {{\n      type = \"AWS\"\n      identifiers = {who}\n    }}\n    condition {{\n      test = \"StringEquals\"\n      variable = \"{key}\"\n      values = var.others\n    }}\n  }}\n}}\n"
        )
    };
    let (get, key) = ("\"s3:GetObject\"", "aws:PrincipalOrgID");
    let joined = format!("concat([{own}], var.who)");
    let was = with(&joined, get, key);
    for now in [
        format!("concat(var.who, [{own}])"),
        format!("flatten([{own}, var.who])"),
        format!("distinct(concat(tolist(var.who), [{own}, {own}]))"),
        format!("setunion([{own}], toset(var.who))"),
        format!("concat(concat([], var.who), sort([{own}]))"),
    ] {
        quiet(&[to("main.tf", &was, &with(&now, get, key))]);
    }
    quiet(&[to("main.tf", &was, &with(&joined, "\"s3:getobject\"", key))]);
    for now in [
        format!("concat(var.others, [{own}])"),
        "concat(var.who, [\"*\"])".to_owned(),
        format!("flatten([{own}, var.who, var.others])"),
    ] {
        let Some(found) = widened(&[to("main.tf", &was, &with(&now, get, key))]) else { return };
        assert!(!found.is_empty(), "{now}");
    }
    let Some(found) = widened(&[to("main.tf", &was, &with(&joined, "\"s3:PutObject\"", key))]) else { return };
    assert!(!found.is_empty());
}

/// What the template itself puts into the parameter store is known by the attribute that gives it.
#[test]
fn parameters_that_the_template_makes() {
    let code = |value: &str, who: &str| {
        format!(
            "Parameters:\n  Own: {{Type: String}}\n  Ext: {{Type: String}}\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: {{BucketName: b-example}}\n  C:\n    Type: AWS::SSM::Parameter\n    Properties: {{Type: String, Value: {value}}}\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n        Statement:\n          - {{Effect: Allow, Principal: {{AWS: {who}}}, Action: \"s3:GetObject\", Resource: !Sub \"${{B.Arn}}/*\"}}\n"
        )
    };
    let own = "\"arn:aws:iam::111122223333:root\"";
    for who in ["!GetAtt C.Value", "!Sub \"${C.Value}\""] {
        let case = |was: &str, now: &str| [to("t.yaml", &code(was, who), &code(now, who))];
        let Some(found) = widened(&case(own, "\"*\"")) else { return };
        assert!(found.iter().any(|it| it.starts_with("violated ")), "{found:?}");
        undecided(&case("!Ref Own", "!Ref Ext"));
        undecided(&case(own, "!Ref Ext"));
        quiet(&case(own, "\"arn:aws:iam::111122223333:role/a\""));
        quiet(&case("!Ref Own", "!Sub \"${Own}\""));
        quiet(&[to(
            "t.yaml",
            &code(own, who),
            &code(own, who).replace("Type: String, Value", "Description: x, Type: String, Value"),
        )]);
        quiet(&[to("t.yaml", &code(own, who), &code(own, own))]);
        // One that names itself.
        undecided(&case(own, "!GetAtt C.Value"));
    }
}

/// A Deny for all but a network, organisation or account that is not known lets that in: what an Allow gives it is told.
#[test]
fn networks_that_are_not_known() {
    const KEYS: [&str; 4] = ["aws:SourceVpce", "aws:SourceVpc", "aws:PrincipalOrgID", "aws:PrincipalAccount"];
    let with = |key: &str, deny: &str, more: &str| {
        format!(
            "{BUCKET}variable \"own\" {{}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Statement = [\n    {{ Effect = \"Deny\", Principal = \"*\", Action = \"{deny}\", Resource = [aws_s3_bucket.b.arn, \"${{aws_s3_bucket.b.arn}}/*\"], Condition = {{ StringNotEquals = {{ \"{key}\" = var.own }} }} }},\n    {{ Effect = \"Allow\", Principal = {{ AWS = \"arn:aws:iam::111122223333:root\" }}, Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.b.arn}}/*\" }}, {more}\n  ] }})\n}}\n"
        )
    };
    let allow = |action: &str| {
        format!(
            "{{ Effect = \"Allow\", Principal = {{ AWS = \"arn:aws:iam::444455556666:root\" }}, Action = \"{action}\", Resource = \"${{aws_s3_bucket.b.arn}}/*\" }}"
        )
    };
    for key in KEYS {
        let case = |was: String, now: String| [to("main.tf", &was, &now)];
        undecided(&case(with(key, "s3:*", ""), with(key, "s3:*", &allow("s3:PutObject"))));
        // Others come in by other networks, whatever that one is.
        let Some(found) = widened(&case(with(key, "s3:*", ""), with(key, "s3:DeleteObject", ""))) else { return };
        assert!(found.iter().any(|it| it.starts_with("violated ")), "{key} {found:?}");
        quiet(&case(with(key, "s3:*", &allow("s3:*")), with(key, "s3:*", &format!("{},", allow("s3:*")))));
    }
}
