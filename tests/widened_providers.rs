//! `--base`: in whose name and where things work. What closed an account or a bucket may be about another one now.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::Repository;

const ROLE: &str = "assume_role {\n    role_arn = \"arn:aws:iam::444455556666:role/x\"\n  }";
const CALLER: &str = "data \"aws_caller_identity\" \"c\" {}\n";

/// `rule status message` of what a change brings.
fn brought(was: &str, now: &str, more: &[&str]) -> Option<Vec<String>> {
    let it = Repository::new(&[("main.tf", was)])?;
    it.write("main.tf", now);
    Some(it.counting(&[&["--base", "HEAD"], more].concat()))
}

/// Each with the beginning of what is told; nothing where that is empty.
fn check(cases: &[(String, String, &str)], more: &[&str]) {
    for (was, now, expected) in cases {
        let Some(all) = brought(was, now, more) else { return };
        let found: Vec<&str> = all.iter().filter_map(|it| it.strip_prefix("access-widened ")).collect();
        match *expected {
            "" => assert_eq!(all, [""; 0], "{was}{now}"),
            part => assert!(!found.is_empty() && found.iter().all(|it| it.contains(part)), "{was}{now}{all:?}"),
        }
    }
}

fn provider(alias: &str, says: &str) -> String {
    format!("provider \"aws\" {{\n  alias = \"{alias}\"\n  region = \"eu-west-1\"\n  {says}\n}}\n")
}

/// Two accounts, and a second region of the first.
fn providers() -> String {
    let default = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";
    let far = "provider \"aws\" {\n  alias = \"far\"\n  region = \"us-east-1\"\n}\n";
    format!("{default}{far}{}{}", provider("other", ROLE), provider("near", ""))
}

const FLAGS: &str = "  block_public_acls = true\n  block_public_policy = true\n  ignore_public_acls = true\n  restrict_public_buckets = true\n";

fn account(name: &str, says: &str) -> String {
    format!("resource \"aws_s3_account_public_access_block\" \"{name}\" {{\n  {says}\n{FLAGS}}}\n")
}

/// The block of one account is gone where it is another's.
#[test]
fn account_wide() {
    let of = |id: &str| account("a", &format!("account_id = {id}"));
    let (one, two) = ("\"111122223333\"", "\"444455556666\"");
    let gone = "violated aws_s3_account_public_access_block.a: Block Public Access";
    let unclear = "may be another account's now";
    let variables = "variable \"x\" {}\nvariable \"y\" {}\n".to_owned();
    let by = |alias: &str| providers() + &account("a", &format!("provider = aws.{alias}"));
    let own = || providers() + &account("a", "");
    check(
        &[
            (of(one), of(two), gone),
            (of(one), of("local.id") + &format!("locals {{\n  id = {two}\n}}\n"), gone),
            (of(one), variables.clone() + &of("var.x"), unclear),
            (variables.clone() + &of("var.x"), variables.clone() + &of("var.y"), unclear),
            (
                of(one).replace("{\n", "{\n  count = var.x ? 1 : 0\n") + &variables,
                of(two) + &variables,
                "may have been on",
            ),
            (own(), by("other"), unclear),
            (by("other"), own(), unclear),
            (
                own(),
                own().replace("{\n  \n  block_public_acls", &format!("{{\n  account_id = {two}\n  block_public_acls")),
                unclear,
            ),
            // The same account in other words, or by another block.
            (of(one), of("local.id") + &format!("locals {{\n  id = {one}\n}}\n"), ""),
            (variables.clone() + &of("var.x"), variables.clone() + &of("(var.x)") + "# x\n", ""),
            (account("a", ""), CALLER.to_owned() + &of("data.aws_caller_identity.c.account_id"), ""),
            (of(one), account("b", &format!("account_id = {one}")) + &of(two), ""),
            (own(), by("near"), ""),
            (own(), by("far"), ""),
            (by("other"), by("other").replace("\"other\"", "\"renamed\"").replace(".other", ".renamed"), ""),
            (
                own(),
                own().replace("provider \"aws\" {\n  region", "provider \"aws\" {\n  profile = \"ci\"\n  region"),
                "",
            ),
        ],
        &[],
    );
    let explicit = [(account("a", ""), of(one), ""), (account("a", ""), of(two), gone)];
    check(&explicit, &["--account", "111122223333"]);
}

/// What another provider configuration sets of a bucket than has it may be about another one.
#[test]
fn buckets_and_what_is_theirs() {
    let bucket = |of: &str, block: &str| {
        let by = |it: &str| if it.is_empty() { String::new() } else { format!("  provider = aws.{it}\n") };
        let versioning = "resource \"aws_s3_bucket_versioning\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  versioning_configuration {\n    status = \"Enabled\"\n  }\n}\n";
        format!(
            "{}resource \"aws_s3_bucket\" \"b\" {{\n{}  bucket = \"b-example\"\n}}\nresource \"aws_s3_bucket_public_access_block\" \"b\" {{\n{}  bucket = aws_s3_bucket.b.id\n{FLAGS}}}\n{versioning}",
            providers(),
            by(of),
            by(block)
        )
    };
    let told = "unknown aws_s3_bucket.b: whether Block Public Access still holds for the bucket is not known";
    check(
        &[
            (bucket("", ""), bucket("other", ""), told),
            (bucket("", ""), bucket("", "other"), told),
            (bucket("", ""), bucket("far", ""), told),
            (bucket("other", "other"), bucket("other", ""), told),
            // They go together, were apart before, or the configurations say the same.
            (bucket("", ""), bucket("other", "other"), ""),
            (bucket("", ""), bucket("far", "far"), ""),
            (bucket("", ""), bucket("near", ""), ""),
            (bucket("other", ""), bucket("other", "") + "# x\n", ""),
        ],
        &[],
    );
}

/// An account-wide block is about the buckets of its account, in each region.
#[test]
fn buckets_of_another_account() {
    let bucket = |of: &str| {
        format!(
            "{}{}resource \"aws_s3_bucket\" \"b\" {{\n  provider = {of}\n  bucket = \"b-example\"\n}}\nresource \"aws_s3_bucket_acl\" \"b\" {{\n  provider = {of}\n  bucket = aws_s3_bucket.b.id\n  acl = \"public-read\"\n}}\nresource \"aws_s3_bucket_ownership_controls\" \"b\" {{\n  provider = {of}\n  bucket = aws_s3_bucket.b.id\n  rule {{\n    object_ownership = \"BucketOwnerPreferred\"\n  }}\n}}\n",
            providers(),
            account("a", "")
        )
    };
    let Some(found) = brought(&bucket("aws"), &bucket("aws.other"), &[]) else { return };
    assert!(found.iter().any(|it| it.starts_with("access-widened violated aws_s3_bucket.b: ")), "{found:?}");
    let Some(found) = brought(&bucket("aws"), &bucket("aws.far"), &[]) else { return };
    assert_eq!(found, [""; 0]);
}

/// A region that becomes known makes the partition known: that says nothing new of what a policy beside it, which is not known, permits.
#[test]
fn a_region_that_becomes_known() {
    let code = |path: &str, principal: &str| {
        format!(
            "data \"terraform_remote_state\" \"net\" {{\n  backend = \"local\"\n  config = {{ path = \"a\" }}\n}}\nresource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"b-example\"\n}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = {principal} }}, Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.b.arn}}{path}\" }}] }})\n}}\n"
        )
    };
    const OF_STATE: &str = "data.terraform_remote_state.net.outputs.role";
    let with = |region: &str, code: &str| format!("provider \"aws\" {{\n{region}}}\n{code}");
    let region = "  region = \"eu-west-1\"\n";
    let own = code("/shared/*", OF_STATE);
    let brought = |was: &str, now: &str| {
        let it = Repository::changed(&[("main.tf", was)], &[("main.tf", now)])?;
        Some(it.counting(&["--base", "HEAD"]))
    };
    for (was, now) in [
        (with("", &own), with(region, &own)),
        (own.clone(), with(region, &own)),
        (with(region, &own), with("", &own)),
        (with(region, &own), with(&region.replace("eu-", "us-"), &own)),
    ] {
        let Some(found) = brought(&was, &now) else { return };
        assert_eq!(found, [""; 0], "{was}{now}");
    }
    for more in [code("/*", OF_STATE), code("/shared/*", "\"*\"")] {
        for (was, now) in [("", region), (region, "")] {
            let found = brought(&with(was, &own), &with(now, &more)).unwrap();
            assert!(found.iter().any(|it| it.starts_with("access-widened ")), "{more}{found:?}");
        }
    }
}
