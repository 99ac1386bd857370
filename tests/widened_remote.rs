//! Modules that are not here and make no bucket: those that are known, those that the configuration names, and what they give.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::{Repository, report};

fn call(name: &str, source: &str, version: &str, arguments: &str) -> String {
    format!("module \"{name}\" {{\n  source = \"{source}\"\n  version = \"{version}\"\n{arguments}}}\n")
}

const VPC: &str = "terraform-aws-modules/vpc/aws";
const ROLE: &str = "terraform-aws-modules/iam/aws//modules/iam-assumable-role";
const LAMBDA: &str = "terraform-aws-modules/lambda/aws";
const OWN: &str = "acme/network/aws";

/// A bucket that lets a principal in.
fn bucket(principal: &str) -> String {
    format!(
        "resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"b-example\"\n}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = {principal} }}, Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.b.arn}}/*\" }}] }})\n}}\n"
    )
}

/// `status message` of what a change of the only file opens, and the exit code.
fn changed(was: &str, now: &str, configuration: &str) -> Option<(Vec<String>, i32)> {
    let it = Repository::changed(&[("main.tf", was), ("bucketlint.yaml", configuration)], &[("main.tf", now)])?;
    let code = report(&it, &["--base", "HEAD", "--policy-from", "HEAD", "--account", "111122223333"]).1;
    Some((it.widened(&["--account", "111122223333"]), code))
}

const NOTHING: &str = "profile: default\n";
const SAID: &str = "terraform: { modules-without-buckets: [\"acme/net*\"] }\n";

fn quiet(was: &str, now: &str, configuration: &str) {
    let Some(it) = changed(was, now, configuration) else { return };
    assert_eq!(it, (vec![], 0), "{was}{now}");
}

/// Nobody could judge the call: the run is incomplete, and nothing more is said.
fn incomplete(was: &str, now: &str, configuration: &str) {
    let Some(it) = changed(was, now, configuration) else { return };
    assert_eq!(it, (vec![], 3), "{was}{now}");
}

/// What the policy names may be another now.
fn told(was: &str, now: &str, configuration: &str) {
    let Some((found, code)) = changed(was, now, configuration) else { return };
    assert!(!found.is_empty() && found.iter().all(|it| it.starts_with("unknown ")), "{was}{now}{found:?}");
    assert_eq!(code, 3, "{was}{now}");
}

/// A call that is new or changed leaves nothing unjudged, where the module is known to make no bucket.
#[test]
fn modules_that_are_known() {
    let plain = bucket("\"arn:aws:iam::111122223333:role/a\"");
    let with = |it: &str| format!("{plain}{it}");
    let vpc = |version: &str| with(&call("vpc", VPC, version, "  name = \"a\"\n"));
    quiet(&plain, &vpc("5.1.2"), NOTHING);
    quiet(&vpc("5.1.2"), &vpc("6.0.1"), NOTHING);
    quiet(&vpc("5.1.2"), &vpc("~> 5.8").replace("\"a\"", "\"z\""), NOTHING);
    let lambda = |more: &str| with(&call("l", LAMBDA, "8.1.0", more));
    quiet(&plain, &lambda("  store_on_s3 = true\n"), NOTHING);
    incomplete(&plain, &lambda("  store_on_s3 = true\n  s3_acl = \"public-read\"\n"), NOTHING);
    // A version that was not looked at, or any; others.
    for version in ["7.0.0", ">= 5.0", "> 6"] {
        incomplete(&vpc("5.1.2"), &vpc(version), NOTHING);
    }
    incomplete(&plain, &vpc("5.1.2").replace("  version = \"5.1.2\"\n", ""), NOTHING);
    incomplete(&plain, &with(&call("o", "acme/logs/aws", "1.0.0", "")), NOTHING);
    incomplete(&plain, &vpc("5.1.2").replace(VPC, "terraform-aws-modules/vpc/aws//examples/complete"), NOTHING);
}

/// What a policy names is the same while a call says the same of which it is.
#[test]
fn what_they_give() {
    let of_role = |version: &str, more: &str| bucket("module.r.iam_role_arn") + &call("r", ROLE, version, more);
    let was = of_role("5.39.0", "  role_name = \"own\"\n");
    quiet(&was, &of_role("5.44.0", "  role_name = \"own\"\n  role_requires_mfa = true\n  tags = {}\n"), NOTHING);
    told(&was, &of_role("5.39.0", "  role_name = \"partner\"\n"), NOTHING);
    told(&was, &was.replace("iam_role_arn", "iam_instance_profile_arn"), NOTHING);
    // Nobody has read what another module gives.
    let of_own = |version: &str, more: &str| bucket("module.n.reader") + &call("n", OWN, version, more);
    let was = of_own("1.0.0", "  reader = var.own\n") + "variable \"own\" {}\nvariable \"ext\" {}\n";
    quiet(&was, &was.replace("reader = var.own", "reader = var.own\n  tags = { a = 1 }"), SAID);
    told(&was, &was.replace("reader = var.own", "reader = var.ext"), SAID);
    told(&was, &was.replace("1.0.0", "1.1.0"), SAID);
}

/// The configuration names modules that make no bucket: that of the trusted revision.
#[test]
fn modules_that_are_said() {
    let plain = bucket("\"arn:aws:iam::111122223333:role/a\"");
    let own = |source: &str| plain.clone() + &call("n", source, "1.0.0", "");
    for source in [OWN, "acme/network/aws//", "registry.terraform.io/acme/network/aws"] {
        quiet(&plain, &own(source), SAID);
        incomplete(&plain, &own(source), NOTHING);
    }
    // A folder is another module.
    let folder = own("acme/network/aws//modules/subnets");
    let folders = "terraform: { modules-without-buckets: [\"acme/net*//modules/sub*\"] }\n";
    incomplete(&plain, &folder, SAID);
    quiet(&plain, &folder, folders);
    incomplete(&plain, &own(OWN), folders);
    // What is left out of the verdict is told.
    let Some(it) = Repository::new(&[("main.tf", &own(OWN)), ("bucketlint.yaml", SAID)]) else { return };
    let (out, error, _) = it.run_in(".", &["check", "-v", "."]);
    assert!((out + &error).contains("module.n makes no bucket, by `modules-without-buckets`"));
    incomplete(&plain, &own("acme/logs/aws"), SAID);
    let git = "git::ssh://git@git.example.com/acme/net.git?ref=v1";
    let said = "terraform: { modules-without-buckets: [git.example.com/acme/net] }\n";
    quiet(&plain, &own(git).replace("  version = \"1.0.0\"\n", ""), said);
    // What is known to make one, does.
    let known = own("terraform-aws-modules/s3-bucket/aws").replace("1.0.0", "4.1.0");
    let all = "terraform: { modules-without-buckets: [\"**\"] }\n";
    let Some(it) = Repository::new(&[("main.tf", &known), ("bucketlint.yaml", all)]) else { return };
    assert!(it.counting(&["--profile", "strict"]).iter().any(|it| it.contains("module.n.aws_s3_bucket.this")));
    // A change cannot say it for itself.
    let Some(it) = Repository::new(&[("main.tf", &plain), ("bucketlint.yaml", NOTHING)]) else { return };
    it.write("main.tf", &own(OWN));
    it.write("bucketlint.yaml", SAID);
    let trusted = ["--base", "HEAD", "--policy-from", "HEAD", "--account", "111122223333"];
    let (out, error, _) = it.run_in(".", &[&["check", "."], &trusted[..]].concat());
    assert!(out.contains("module.n are judged by what the call says only"), "{out}{error}");
    assert!(it.counting(&trusted).iter().any(|it| it.starts_with("suppression-added") && it.contains("`terraform`")));
    let (_, error, code) = it.run_in(".", &["check", "."]);
    assert_ne!(code, 3, "{error}");
    it.write("bucketlint.yaml", "terraform: { modules-without-buckets: [\"[\"] }\n");
    let (_, error, code) = it.run_in(".", &["check", "."]);
    assert!(code == 2 && error.contains("is no glob"), "{error}");
}

/// Which state is read says something new of what it gives, and how that state is kept does not.
#[test]
fn states_of_others() {
    let code = |config: &str| {
        let state = "data \"terraform_remote_state\" \"n\" {\n  backend = \"s3\"\n  config = {\n    bucket = \"s\"\n";
        format!("{state}{config}  }}\n}}\n{}", bucket("data.terraform_remote_state.n.outputs.role"))
    };
    let was = code("    key = \"a\"\n");
    quiet(&was, &code("    key = \"a\"\n    encrypt = true\n    dynamodb_table = \"locks\"\n"), NOTHING);
    told(&was, &code("    key = \"b\"\n    encrypt = true\n"), NOTHING);
    told(&was, &code("    key = \"a\"\n    profile = \"partner\"\n"), NOTHING);
    // Within a policy document, beside what is not known.
    let document = |config: &str| {
        let data = "data \"aws_iam_policy_document\" \"p\" {\n  statement {\n    actions = [\"s3:GetObject\"]\n    resources = [\"${aws_s3_bucket.b.arn}/*\"]\n    principals {\n      type = \"AWS\"\n      identifiers = concat(data.terraform_remote_state.n.outputs.roles, var.more)\n    }\n  }\n}\nvariable \"more\" {\n  type = list(string)\n}\n";
        let (start, _) = code(config).split_once("  policy = ").map(|it| (it.0.to_owned(), ())).unwrap();
        format!("{start}  policy = data.aws_iam_policy_document.p.json\n}}\n{data}")
    };
    let was = document("    key = \"a\"\n");
    quiet(&was, &document("    key = \"a\"\n    use_lockfile = true\n"), NOTHING);
    told(&was, &document("    key = \"b\"\n"), NOTHING);
}

/// What is drawn from a list is another where the list is.
#[test]
fn one_of_some() {
    let code = |input: &str| {
        let variables = "variable \"own\" {}\nvariable \"ext\" {}\n";
        let shuffle =
            format!("resource \"random_shuffle\" \"x\" {{\n  input = [{input}]\n  keepers = {{ a = 1 }}\n}}\n");
        variables.to_owned() + &shuffle + &bucket("random_shuffle.x.result")
    };
    let was = code("var.own");
    quiet(&was, &was.replace("a = 1", "a = 2"), NOTHING);
    told(&was, &code("var.own, var.ext"), NOTHING);
    told(&was, &code("var.ext"), NOTHING);
}

/// A call of the Lambda module, once for each of some.
fn each(keys: &str) -> String {
    call("l", LAMBDA, "8.1.0", &format!("  for_each = {keys}\n  function_name = each.value\n"))
}

/// Each instance of a call gives something else, whatever the module is.
#[test]
fn instances_of_a_call() {
    let keys = "{ a = \"app\", b = \"batch\" }";
    let of = |principal: &str, keys: &str| bucket(principal) + &each(keys);
    let one = "module.l[\"a\"].lambda_role_arn";
    let was = of(one, keys);
    told(&was, &of("module.l[\"b\"].lambda_role_arn", keys), NOTHING);
    told(&was, &of(one, "{ a = \"other\", b = \"batch\" }"), NOTHING);
    // What another instance is given decides nothing of this one.
    quiet(&was, &of(one, "{ a = \"app\", b = \"other\", c = \"more\" }"), NOTHING);
    let counted =
        |at: &str| bucket(at) + &call("l", LAMBDA, "8.1.0", "  count = 2\n  function_name = \"f-${count.index}\"\n");
    told(&counted("module.l[0].lambda_role_arn"), &counted("module.l[1].lambda_role_arn"), NOTHING);
    // Within a text, in a condition, as a whole policy and as a setting.
    for text in ["\"${module.n[\"a\"].role}\"", "[module.n[\"a\"].role, \"arn:aws:iam::111122223333:root\"]"] {
        let own = bucket(text) + &call("n", OWN, "1.0.0", "  for_each = toset([\"a\", \"b\"])\n");
        told(&own, &own.replace("n[\"a\"]", "n[\"b\"]"), SAID);
    }
    let whole = |own: &str| {
        let policy = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\nresource \"aws_s3_bucket_policy\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  policy = ";
        format!("{policy}{own}\n}}\n") + &call("n", OWN, "1.0.0", "  for_each = toset([\"a\", \"b\"])\n")
    };
    told(&whole("module.n[\"a\"].json"), &whole("module.n[\"b\"].json"), SAID);
    let block = |own: &str| {
        let all = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\nresource \"aws_s3_bucket_public_access_block\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  block_public_acls = true\n  ignore_public_acls = true\n  block_public_policy = true\n  restrict_public_buckets = ";
        format!("{all}{own}\n}}\n") + &call("n", OWN, "1.0.0", "  for_each = toset([\"a\", \"b\"])\n")
    };
    told(&block("module.n[\"a\"].lock"), &block("module.n[\"b\"].lock"), SAID);
    quiet(&block("module.n[\"a\"].lock"), &block("module.n[ \"a\" ].lock"), SAID);
}

/// Arguments that decide nothing of what is named, and a call under another name.
#[test]
fn what_decides_nothing_of_who() {
    let of = |more: &str| {
        bucket("module.l.lambda_role_arn") + &call("l", LAMBDA, "8.1.0", &format!("  function_name = \"f\"\n{more}"))
    };
    let was = of("");
    quiet(
        &was,
        &of("  vpc_subnet_ids = [\"subnet-1\"]\n  s3_bucket = \"packages\"\n  image_uri = var.image\n"),
        NOTHING,
    );
    told(&was, &of("  create_role = false\n  lambda_role = var.role\n"), NOTHING);
    let moved = "moved {\n  from = module.l\n  to = module.own\n}\n";
    let renamed = was.replace("module.l.", "module.own.").replace("module \"l\"", "module \"own\"");
    quiet(&was, &(renamed.clone() + moved), NOTHING);
    told(&was, &(renamed.replace("\"f\"", "\"g\"") + moved), NOTHING);
    let vpc = |more: &str| {
        let statement = "Principal = \"*\", Condition = { StringEquals = { \"aws:SourceVpc\" = module.v.vpc_id } }";
        bucket("_").replace("Principal = { AWS = _ }", statement)
            + &call("v", VPC, "5.8.1", &format!("  cidr = \"10.0.0.0/16\"\n{more}"))
    };
    let was = vpc("");
    quiet(
        &was,
        &vpc("  enable_dns_support = true\n  enable_flow_log = true\n  flow_log_traffic_type = \"ALL\"\n"),
        NOTHING,
    );
    told(&was, &vpc("  create_vpc = false\n"), NOTHING);
}

/// The name of an output counts, whatever is looked up in it.
#[test]
fn outputs_that_are_maps() {
    let own = |it: &str| bucket(it) + &call("n", OWN, "1.0.0", "");
    let was = own("module.n.readers[\"a\"]");
    told(&was, &own("module.n.admins[\"a\"]"), SAID);
    told(&was, &own("module.n.readers[\"b\"]"), SAID);
    quiet(&was, &own("module.n.readers.a"), SAID);
}

/// One more instance is one more principal where a policy names all, and one less is none.
#[test]
fn instances_that_are_added() {
    let all = |keys: &str| {
        bucket("[for it in module.l : it.lambda_role_arn]") + &each(keys).replace("each.value", "each.key")
    };
    let was = all("toset([\"a\", \"b\"])");
    told(&was, &all("toset([\"a\", \"b\", \"partner\"])"), NOTHING);
    told(&was, &all("toset([\"a\", \"partner\"])"), NOTHING);
    quiet(&was, &all("toset([\"b\", \"a\"])"), NOTHING);
    quiet(&was, &all("toset([\"a\"])"), NOTHING);
    quiet(&was, &was.replace("each.key", "each.key\n  memory_size = 512"), NOTHING);
    let counted = |count: u8| {
        let call =
            call("l", LAMBDA, "8.1.0", &format!("  count = {count}\n  function_name = \"f-${{count.index}}\"\n"));
        bucket("module.l[*].lambda_role_arn") + &call
    };
    told(&counted(2), &counted(3), NOTHING);
    told(&counted(1), &counted(2), NOTHING);
    quiet(&counted(3), &counted(2), NOTHING);
    quiet(&counted(2), &counted(1), NOTHING);
}
