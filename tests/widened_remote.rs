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
    for source in [OWN, "acme/network/aws//modules/subnets", "registry.terraform.io/acme/network/aws"] {
        quiet(&plain, &own(source), SAID);
        incomplete(&plain, &own(source), NOTHING);
    }
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
