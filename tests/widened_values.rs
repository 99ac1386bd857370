//! `--base`: buckets that only values make which the run is not given, and roles whose names come from lists.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::Repository;

const ASKED: [&str; 4] = ["--base", "HEAD", "--policy-from", "HEAD"];
const SUPPRESSED: &str =
    "  # bucketlint:ignore bpa-missing, bucket-policy-public-principal, access-widened reason=\"on purpose\"\n";

/// A bucket and a policy that lets everybody read.
fn public(name: &str, each: &str, key: &str, more: &str) -> String {
    format!(
        "resource \"aws_s3_bucket\" \"site\" {{\n{SUPPRESSED}  {each}\n  bucket = {name}\n}}\nresource \"aws_s3_bucket_policy\" \"site\" {{\n{SUPPRESSED}  {each}\n  {more}\n  bucket = aws_s3_bucket.site{key}.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.site{key}.arn}}/*\" }}] }})\n}}\n"
    )
}

fn variable(name: &str, default: &str) -> String {
    format!("variable \"{name}\" {{\n  default = {default}\n}}\n")
}

/// No rule judges it, and what was said of others is not said of it.
#[test]
fn buckets_that_values_make() {
    let all =
        variable("sites", "{ a = \"a-example\" }") + &public("each.value", "for_each = var.sites", "[each.key]", "");
    let listed =
        variable("sites", "[]") + &public("var.sites[count.index]", "count = length(var.sites)", "[count.index]", "");
    let sites = |more: &str| format!("sites = {{ a = \"a-example\"{more} }}\n");
    let env = variable("env", "\"dev\"");
    let own = env.clone() + &public("\"${var.env}-example\"", "", "", "count = var.env == \"prod\" ? 1 : 0");
    let (dev, prod) = ("env = \"test\"\n".to_owned(), "env = \"prod\"\n".to_owned());
    let everywhere = env.clone() + &public("\"${var.env}-example\"", "", "", "");
    let private = own.replace("Principal = \"*\"", "Principal = { AWS = \"arn:aws:iam::111122223333:role/a\" }");
    let main = |text: &str| ("main.tf", text.to_owned());
    let values = |text: &str| ("prod.tfvars", text.to_owned());
    type Files = Vec<(&'static str, String)>;
    let cases: Vec<(Files, Files, &str)> = vec![
        (
            vec![main(&all), values(&sites(""))],
            vec![values(&sites(", b = \"b-example\""))],
            "b-example/example is open now",
        ),
        (vec![main(&all), values(&sites(""))], vec![values("sites = { a = \"c-example\" }\n")], "had another name"),
        (vec![main(&env), values(&prod)], vec![main(&own)], "prod-example/example is open now"),
        // A root module that is new, and one that has another name.
        (
            vec![("x/main.tf", env.clone())],
            vec![("y/main.tf", own.clone()), ("y/prod.tfvars", prod.clone())],
            "is open now",
        ),
        (
            vec![("x/main.tf", own.clone()), ("x/prod.tfvars", dev.clone())],
            vec![("x/main.tf", String::new()), ("y/main.tf", own.clone()), ("y/prod.tfvars", prod.clone())],
            "is open now",
        ),
        (
            vec![("x/main.tf", own.clone()), ("x/prod.tfvars", prod.clone())],
            vec![("x/main.tf", String::new()), ("y/main.tf", own.clone()), ("y/prod.tfvars", prod.clone())],
            "",
        ),
        // It was there, lets in nobody from outside, or is judged with the values that the run is given.
        (vec![main(&all), values(&sites(", b = \"b-example\""))], vec![values(&sites(""))], ""),
        (
            vec![main(&listed), values("sites = [\"a-example\", \"b-example\"]\n")],
            vec![values("sites = [\"b-example\", \"a-example\"]\n")],
            "",
        ),
        (vec![main(&all)], vec![values(&(sites("") + "other = 1\n"))], ""),
        (vec![main(&env), values(&prod)], vec![main(&private)], ""),
        (vec![main(&env), values(&prod)], vec![main(&everywhere)], ""),
    ];
    for (was, now, expected) in &cases {
        let files: Vec<(&str, &str)> = was.iter().map(|it| (it.0, it.1.as_str())).collect();
        let Some(it) = Repository::new(&files) else { return };
        for (name, text) in now {
            match text.as_str() {
                "" => it.git(&["rm", "-rqf", name.trim_end_matches("/main.tf")]),
                _ => it.write(name, text),
            }
        }
        let found = it.counting(&ASKED);
        let found: Vec<&String> = found.iter().filter(|it| it.contains("is open now by")).collect();
        match *expected {
            "" => assert_eq!(found, [""; 0], "{was:?}{now:?}"),
            part => assert!(
                found.len() == 1 && found[0].starts_with("access-widened unknown") && found[0].contains(part),
                "{was:?}{now:?}{found:?}"
            ),
        }
    }
}

/// Roles of one block whose names change places: the policy lets another one in. A name that none had is that of a role that is renamed.
#[test]
fn names_that_change_places() {
    let code = |names: &str, index: &str| {
        format!(
            "resource \"aws_iam_role\" \"l\" {{\n  count = length({names})\n  name = {names}[count.index]\n  assume_role_policy = \"{{}}\"\n}}\nresource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"b-example\"\n}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = aws_iam_role.l[{index}].arn }}, Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.b.arn}}/*\" }}] }})\n}}\n"
        )
    };
    let own = || code("[\"own\", \"partner\"]", "0");
    for (now, is_told) in [
        (code("[\"partner\", \"own\"]", "0"), true),
        (code("[\"partner\", \"own\"]", "1"), false),
        (code("[\"own\", \"partner\", \"third\"]", "0"), false),
        (code("[\"own-v2\", \"partner\"]", "0"), false),
        (code("[\"own\", \"partner\"]", "1"), true),
    ] {
        let Some(found) = repository::widened(&[("main.tf", own(), now.clone())]) else { return };
        assert_eq!(!found.is_empty(), is_told, "{now}{found:?}");
    }
}

/// The policy of a bucket of which the values of an environment say who reads it.
const OF_ENVIRONMENT: &str = "variable \"name\" {}\nvariable \"readers\" {\n  type = list(string)\n  default = []\n}\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = var.name\n}\nresource \"aws_s3_bucket_policy\" \"b\" {\n  count = length(var.readers) > 0 ? 1 : 0\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = { AWS = var.readers }, Action = \"s3:GetObject\", Resource = \"${aws_s3_bucket.b.arn}/*\" }] })\n}\n";

/// A new environment is compared with those that there were, and is wider where it is wider than each of them.
#[test]
fn new_environments() {
    let reader = |account: &str| format!("\"arn:aws:iam::{account}:role/app\"");
    let of = |name: &str, readers: &[String]| format!("name = \"{name}\"\nreaders = [{}]\n", readers.join(", "));
    let (a, b) = (|| reader("111122223333"), || reader("444455556666"));
    let dev = of("dev-example", &[a()]);
    let prod = of("prod-example", &[a(), b()]);
    let was = [("main.tf", OF_ENVIRONMENT), ("envs/dev.tfvars", dev.as_str()), ("envs/prod.tfvars", prod.as_str())];
    let case = |was: &[(&str, &str)], now: &str, is_told: bool| {
        let Some(it) = Repository::changed(was, &[("envs/stage.tfvars", now)]) else { return };
        let found = it.widened(&[]);
        assert_eq!(!found.is_empty(), is_told, "{now}{found:#?}");
        assert!(found.iter().all(|it| it.starts_with("unknown ")), "{found:#?}");
    };
    case(&was, &of("stage-example", &[a()]), false);
    case(&was, &of("stage-example", &[b(), a()]), false);
    case(&was, &of("stage-example", &[]), false);
    case(&was, &of("stage-example", &[reader("777788889999")]), true);
    case(&was, &of("stage-example", &["\"*\"".to_owned()]), true);
    case(&was[..2], &of("stage-example", &[a(), b()]), true);
    // The first has nothing beside it, and who is everybody is compared with nothing.
    case(&was[..1], &of("stage-example", &[a()]), true);
    let open = of("open-example", &["\"*\"".to_owned()]);
    case(&[was[0], ("envs/open.tfvars", open.as_str())], &of("stage-example", &["\"*\"".to_owned()]), true);
}
