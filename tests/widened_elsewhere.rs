//! `--base`: what several root modules and templates say of one bucket, and folders that become roots or modules.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::Repository;

const BUCKET: &str = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";
const OWN: &str = "aws_s3_bucket.b.id";
const NAMED: &str = "\"b-example\"";
const NOTHING: &str = "locals {}\n";

type Files<'a> = &'a [(&'a str, String)];

/// `rule status message` of what the change brings.
fn brought(was: Files<'_>, now: Files<'_>) -> Option<Vec<String>> {
    let files: Vec<(&str, &str)> = was.iter().map(|it| (it.0, it.1.as_str())).collect();
    let it = Repository::new(&files)?;
    now.iter().for_each(|(name, text)| it.write(name, text));
    Some(it.counting(&["--base", "HEAD", "--account", "111122223333"]))
}

fn widened(was: Files<'_>, now: Files<'_>) -> Option<Vec<String>> {
    let all = brought(was, now)?;
    Some(all.iter().filter_map(|it| it.strip_prefix("access-widened ")).map(str::to_owned).collect())
}

fn block(bucket: &str, first: &str) -> String {
    format!(
        "resource \"aws_s3_bucket_public_access_block\" \"c\" {{\n  bucket = {bucket}\n  block_public_acls = {first}\n  block_public_policy = true\n  ignore_public_acls = true\n  restrict_public_buckets = true\n}}\n"
    )
}

fn deny(bucket: &str, more: &str) -> String {
    format!(
        "resource \"aws_s3_bucket_policy\" \"p\" {{\n  bucket = {bucket}\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Deny\", Principal = \"*\", Action = \"s3:PutObject\", Resource = \"arn:aws:s3:::b-example/*\" }}{more}] }})\n}}\n"
    )
}

/// What goes from one root and comes to another that names the bucket stays in force.
#[test]
fn companions_that_move() {
    const OPEN: &str = ", { Effect = \"Allow\", Principal = \"*\", Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::b-example/*\" }";
    let both = |text: &dyn Fn(&str) -> String, from: &str, to: &str| (format!("{BUCKET}{}", text(from)), text(to));
    let on = |bucket: &str| block(bucket, "true");
    let (with_block, blocked) = both(&on, OWN, NAMED);
    let (with_deny, denied) = both(&|it| deny(it, ""), OWN, NAMED);
    let (bucket, none) = (BUCKET.to_owned(), NOTHING.to_owned());
    let flag = "violated aws_s3_bucket.b: block_public_acls was on";
    for (was, now, expected) in [
        ([&with_block, &none], [&bucket, &blocked], ""),
        ([&bucket, &blocked], [&with_block, &none], ""),
        ([&with_deny, &none], [&bucket, &denied], ""),
        ([&with_block, &blocked], [&bucket, &blocked], ""),
        ([&(blocked.clone() + &denied), &none], [&denied, &blocked], ""),
        ([&with_block, &none], [&blocked, &bucket], ""),
        // It comes to another bucket, with less, or not at all.
        ([&with_block, &none], [&bucket, &on("\"other-example\"")], flag),
        ([&with_block, &none], [&bucket, &block(NAMED, "false")], flag),
        ([&with_block, &none], [&bucket, &none], flag),
        ([&with_deny, &none], [&bucket, &blocked], "violated aws_s3_bucket.b: a statement (Deny) refused"),
        ([&with_deny, &none], [&bucket, &deny(NAMED, OPEN)], "violated aws_s3_bucket_policy.p: the policy now permits"),
        (
            [&with_block, &none],
            [
                &bucket,
                &(block(NAMED, "true").replace("  bucket", "  count = var.on ? 1 : 0\n  bucket")
                    + "variable \"on\" {}\n"),
            ],
            "unknown aws_s3_bucket.b: block_public_acls was on",
        ),
    ] {
        let files = |of: [&String; 2]| [("a/main.tf", of[0].clone()), ("b/main.tf", of[1].clone())];
        let Some(found) = widened(&files(was), &files(now)) else { return };
        match expected {
            "" => assert_eq!(found, [""; 0], "{was:?}{now:?}"),
            part => assert!(found.iter().any(|it| it.starts_with(part)), "{was:?}{now:?}{found:?}"),
        }
    }
}

/// A folder that nothing calls any more is a root module: what was there as a module is nothing new.
#[test]
fn modules_that_become_roots() {
    let module = |action: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{\n  bucket = var.name\n}}\nvariable \"name\" {{}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = \"*\", Action = \"{action}\", Resource = \"${{aws_s3_bucket.b.arn}}/*\" }}] }})\n}}\n"
        )
    };
    let call = "module \"m\" {\n  source = \"../m\"\n  name = \"b-example\"\n}\n";
    let (read, write) = (module("s3:GetObject"), module("s3:PutObject"));
    let was = [("a/main.tf", call.to_owned()), ("m/main.tf", read.clone())];
    let nothing = ("a/main.tf", NOTHING.to_owned());
    for (now, expected) in [
        (vec![nothing.clone()], false),
        (vec![("a/main.tf", call.replace("../m", "../n")), ("n/main.tf", read.clone())], true),
        (vec![nothing.clone(), ("m/main.tf", write)], true),
        (vec![nothing, ("o/main.tf", read)], true),
    ] {
        let Some(found) = brought(&was, &now) else { return };
        assert_eq!(!found.is_empty(), expected, "{now:?}{found:?}");
    }
}

/// A bucket that no code makes is not new: a policy that comes to it lets in who was not let in.
#[test]
fn buckets_that_are_made_elsewhere() {
    let policy = |bucket: &str, name: &str, who: &str| {
        format!(
            "resource \"aws_s3_bucket_policy\" \"p\" {{\n  bucket = {bucket}\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = \"arn:aws:iam::{who}:root\" }}, Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::{name}/*\" }}] }})\n}}\n"
        )
    };
    let by_data = |name: &str, who: &str| {
        format!(
            "data \"aws_s3_bucket\" \"x\" {{\n  bucket = \"{name}\"\n}}\n{}",
            policy("data.aws_s3_bucket.x.id", name, who)
        )
    };
    let by_text = |name: &str, who: &str| policy(&format!("\"{name}\""), name, who);
    for is_text in [false, true] {
        let way = |name: &str, who: &str| if is_text { by_text(name, who) } else { by_data(name, who) };
        let case = |was: String, now: String| widened(&[("m.tf", was)], &[("m.tf", now)]);
        let Some(found) = case(way("a-example", "999988887777"), way("b-example", "999988887777")) else { return };
        assert!(found.len() == 1 && found[0].contains("the bucket is made elsewhere"), "{found:?}");
        assert!(found[0].starts_with("violated "), "{found:?}");
        // The same bucket by other words, and one that is made here too.
        assert_eq!(case(by_data("a-example", "999988887777"), way("a-example", "999988887777")), Some(Vec::new()));
        let both = format!("{BUCKET}{}", way("b-example", "999988887777"));
        let found = case(NOTHING.to_owned(), both).unwrap_or_default();
        assert!(!found.iter().any(|it| it.contains("made elsewhere")), "{found:?}");
    }
    // Access points of a bucket whose name nobody knows.
    let point = |name: &str, who: &str| {
        format!(
            "variable \"own\" {{}}\nvariable \"ext\" {{}}\ndata \"aws_s3_bucket\" \"x\" {{\n  bucket = {name}\n}}\nresource \"aws_s3_access_point\" \"a\" {{\n  bucket = data.aws_s3_bucket.x.id\n  name = \"a-example\"\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = \"arn:aws:iam::{who}:root\" }}, Action = \"s3:GetObject\", Resource = \"arn:aws:s3:eu-west-1:111122223333:accesspoint/a-example/object/*\" }}] }})\n}}\n"
        )
    };
    let case = |was: String, now: String| widened(&[("m.tf", was)], &[("m.tf", now)]).unwrap_or_default();
    let (own, other) = (point("var.own", "999988887777"), "unknown aws_s3_access_point.a: whether it leads to");
    let found = case(own.clone(), point("var.ext", "999988887777"));
    assert!(found.len() == 1 && found[0].starts_with(other), "{found:?}");
    assert_eq!(
        case(
            own.clone(),
            own.replace("aws_s3_bucket\" \"x\"", "aws_s3_bucket\" \"y\"").replace("bucket.x", "bucket.y")
        ),
        [""; 0]
    );
    assert_eq!(case(own.clone(), point("(var.own)", "999988887777")), [""; 0]);
}

/// Calls of modules that are not here and that the change leaves as they were bring nothing that nobody could judge.
#[test]
fn modules_that_are_not_here() {
    let call = |name: &str, version: &str, more: &str| {
        format!(
            "module \"{name}\" {{\n  source = \"acme/iam/aws//modules/role\"\n  version = \"{version}\"\n{more}}}\n"
        )
    };
    let code = |rest: &str| format!("{BUCKET}variable \"role\" {{\n  default = \"a\"\n}}\n{rest}");
    let own = code(&call("r", "1.0.0", "  name = var.role\n"));
    let is_told = |was: Files<'_>, now: Files<'_>| {
        let files: Vec<(&str, &str)> = was.iter().map(|it| (it.0, it.1.as_str())).collect();
        let it = Repository::new(&files)?;
        now.iter().for_each(|(name, text)| it.write(name, text));
        let (_, code) = repository::report(&it, &["--base", "HEAD"]);
        Some(code == 3)
    };
    let case = |now: String, expected: bool| {
        let told = is_told(&[("m.tf", own.clone())], &[("m.tf", now.clone())]);
        assert!(told.is_none_or(|it| it == expected), "{now}");
    };
    case(own.clone() + "# x\n", false);
    case(format!("locals {{\n  a = 1\n}}\n{own}"), false);
    case(own.replace("\n  name", "\n\n  # x\n  name"), false);
    case(own.replace("1.0.0", "1.1.0"), true);
    case(own.replace("default = \"a\"", "default = \"b\""), true);
    case(own.clone() + &call("s", "1.0.0", ""), true);
    let values = |it: &str| ("terraform.tfvars", format!("role = \"{it}\"\n"));
    let given = is_told(&[("m.tf", own.clone()), values("a")], &[values("b")]);
    assert!(given.is_none_or(|it| it));
}

/// A bucket under another address: what a rule could not decide of it before, beside a Deny, is not what the change brings.
#[test]
fn what_is_undecided_of_a_bucket_that_moves() {
    let policy = |label: &str, path: &str| {
        format!(
            "variable \"name\" {{}}\nvariable \"readers\" {{\n  type = list(string)\n}}\nresource \"aws_s3_bucket\" \"{label}\" {{\n  bucket = var.name\n}}\nresource \"aws_s3_bucket_policy\" \"p\" {{\n  bucket = aws_s3_bucket.{label}.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [\n    {{ Effect = \"Allow\", Principal = {{ AWS = var.readers }}, Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.{label}.arn}}{path}\" }},\n    {{ Effect = \"Deny\", Principal = \"*\", Action = \"s3:*\", Resource = [aws_s3_bucket.{label}.arn, \"${{aws_s3_bucket.{label}.arn}}/*\"], Condition = {{ Bool = {{ \"aws:SecureTransport\" = \"false\" }} }} }},\n  ] }})\n}}\n"
        )
    };
    let rule = "bucket-policy-public-principal unknown";
    let was = policy("b", "/data/*");
    let Some(it) = Repository::new(&[("main.tf", &was)]) else { return };
    assert!(it.counting(&[]).iter().any(|it| it.starts_with(rule)), "it is not decided");
    let moved = "moved {\n  from = aws_s3_bucket.b\n  to = aws_s3_bucket.main\n}\n";
    it.write("main.tf", &(policy("main", "/data/*") + moved));
    assert_eq!(it.counting(&["--base", "HEAD"]), [""; 0]);
    it.write("main.tf", &(policy("main", "/*") + moved));
    let found = it.counting(&["--base", "HEAD"]);
    assert!(found.iter().any(|it| it.starts_with("access-widened unknown")), "{found:?}");
}
