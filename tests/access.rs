//! `explain-access` and `diff`, end to end.
//!
//! What decides: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>.
#![expect(clippy::unwrap_used, reason = "test helpers")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

const OWN: &str = "111122223333";
const ALLOW_READER: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/reader"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"},
  {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::data/*"},
  {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/shared/*"},
  {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
]}"#;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let path = std::env::temp_dir().join(format!("bucketlint-access-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        for (name, text) in files {
            fs::write(path.join(name), text).unwrap();
        }
        Self(path)
    }

    fn run(&self, args: &[&str]) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_bucketlint")).args(args).current_dir(&self.0).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code().unwrap(), text)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn who_may_what() {
    let folder = Folder::new("who", &[("p.json", ALLOW_READER)]);
    let reader = "arn:aws:iam::111122223333:role/reader";
    let writer = "arn:aws:iam::111122223333:user/writer";
    let partner = "arn:aws:iam::444455556666:user/p";
    let cases: &[(&str, &str, &[&str], &str)] = &[
        // In one account a policy that names the caller suffices.
        (reader, "s3:GetObject", &[], "allow"),
        // One that names the account leaves it to the caller's own policies.
        (writer, "s3:PutObject", &[], "deny"),
        (writer, "s3:PutObject", &["--identity-allows"], "allow"),
        // The caller's own policies suffice where nothing denies.
        (writer, "s3:DeleteObject", &["--identity-allows"], "allow"),
        (reader, "s3:PutObject", &[], "deny"),
        // Across accounts both sides must allow.
        (partner, "s3:GetObject", &["--resource", "shared/a"], "deny"),
        (partner, "s3:GetObject", &["--resource", "shared/a", "--identity-allows"], "allow"),
        (partner, "s3:GetObject", &["--resource", "private/a", "--identity-allows"], "deny"),
        ("anonymous", "s3:GetObject", &[], "deny"),
        // An account by its id is its root user.
        (OWN, "s3:PutObject", &["--identity-allows", "--context", "aws:SecureTransport=false"], "deny"),
        ("444455556666", "s3:GetObject", &["--resource", "shared/a", "--identity-allows"], "allow"),
        // An explicit Deny wins over everything.
        (reader, "s3:GetObject", &["--context", "aws:SecureTransport=false"], "deny"),
        (reader, "s3:GetObject", &["--context", "aws:SecureTransport=true"], "allow"),
    ];
    for (principal, action, more, expected) in cases {
        let mut args = vec!["explain-access", "p.json", "--bucket", "data", "--account", OWN, "--format", "json"];
        args.extend(["--principal", principal, "--action", action]);
        args.extend(*more);
        let (code, text) = folder.run(&args);
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((answer["decision"].as_str(), code), (Some(*expected), 0), "{principal} {action} {more:?}\n{text}");
        assert_eq!(answer["schema"], "bucketlint/access/1");
    }
}

/// A Deny with `NotPrincipal` excepts who is listed together with the account; the account alone, or the caller alone, may be denied:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>.
#[test]
fn who_is_excepted_by_not_principal() {
    let (root, user) = ("arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/ann");
    let (role, session) = ("arn:aws:iam::111122223333:role/ops/ir", "arn:aws:sts::111122223333:assumed-role/ir/ann");
    for (listed, caller, expected) in [
        (&[root][..], user, ("unknown", 3)),
        (&[OWN], user, ("unknown", 3)),
        (&[user], user, ("unknown", 3)),
        (&[root, "arn:aws:iam::111122223333:user/bob"], user, ("unknown", 3)),
        (&[root, user], user, ("allow", 0)),
        (&[OWN, user], user, ("allow", 0)),
        (&[root, role], session, ("allow", 0)),
        (&[root], session, ("unknown", 3)),
        (&[root], root, ("allow", 0)),
        (&[root], OWN, ("allow", 0)),
        (&[user], OWN, ("deny", 0)),
        (&["arn:aws:iam::444455556666:root"], user, ("deny", 0)),
        (&["arn:aws:iam::444455556666:root"], "anonymous", ("deny", 0)),
    ] {
        let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [{
            "Sid": "D", "Effect": "Deny", "NotPrincipal": { "AWS": listed }, "Action": "s3:*",
            "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"],
        }] });
        let folder = Folder::new("except", &[("p.json", &policy.to_string())]);
        let mut args = vec!["explain-access", "p.json", "--bucket", "data", "--account", OWN, "--format", "json"];
        args.extend(["--principal", caller, "--action", "s3:GetObject", "--identity-allows"]);
        let (code, text) = folder.run(&args);
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((answer["decision"].as_str().unwrap(), code), expected, "{listed:?} {caller}\n{text}");
        assert!(code == 0 || text.contains("AWS may deny it"), "{text}");
    }
}

#[test]
fn settings_and_acls_take_part() {
    let main = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\nresource \"aws_s3_bucket_acl\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  acl    = \"public-read\"\n}\nvariable \"on\" {}\nresource \"aws_s3_bucket_public_access_block\" \"b\" {\n  bucket             = aws_s3_bucket.b.id\n  ignore_public_acls = var.on\n}\n";
    let folder = Folder::new("acl", &[("main.tf", main)]);
    let ask = |value: &[&str], action: &str| {
        let mut args = vec!["explain-access", ".", "--principal", "anonymous", "--action", action, "--format", "json"];
        args.extend(value);
        let (code, text) = folder.run(&args);
        let answer: Value = serde_json::from_str(&text).unwrap();
        (answer["decision"].as_str().unwrap().to_owned(), code)
    };
    assert_eq!(ask(&["--var", "on=false"], "s3:ListBucket"), ("allow".to_owned(), 0));
    assert_eq!(ask(&["--var", "on=true"], "s3:ListBucket"), ("deny".to_owned(), 0));
    assert_eq!(ask(&[], "s3:ListBucket"), ("unknown".to_owned(), 3));
    assert_eq!(ask(&["--var", "on=false"], "s3:DeleteBucket"), ("deny".to_owned(), 0));
}

#[test]
fn gained_lost_and_undecided() {
    let wider = ALLOW_READER.replace("\"444455556666\"", "\"*\"");
    let open = "{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::data/*\", \"Condition\": {\"StringFoo\": {\"aws:SourceVpce\": \"x\"}}}]}";
    let folder = Folder::new("diff", &[("old.json", ALLOW_READER), ("new.json", &wider), ("odd.json", open)]);
    let diff = |args: &[&str]| {
        let (code, text) = folder.run(&[&["diff", "--account", OWN, "--format", "json"], args].concat());
        let answer: Value = serde_json::from_str(&text).unwrap();
        let count = |name: &str| answer["access"][name].as_array().unwrap().len();
        (code, count("gained"), count("lost"), count("undecided"), answer)
    };
    let (code, gained, lost, undecided, answer) = diff(&["old.json", "new.json"]);
    assert_eq!((code, gained, lost, undecided), (1, 1, 0, 0), "{answer}");
    assert_eq!(answer["access"]["gained"][0]["witness"]["principal"], "anonymous");
    let (code, gained, lost, ..) = diff(&["new.json", "old.json"]);
    assert_eq!((code, gained, lost), (0, 0, 1));
    assert_eq!(diff(&["new.json", "old.json", "--fail-on", "any"]).0, 1);
    assert_eq!(diff(&["old.json", "old.json"]).0, 0);
    // An operator that does not exist may let anyone in: never equality, never a certain gain.
    let (code, gained, _, undecided, answer) = diff(&["old.json", "odd.json"]);
    assert_eq!((code, gained), (3, 0), "{answer}");
    assert!(0 < undecided, "{answer}");
}

/// What two policies that are templates leave open may be the same: a change of it may give access, in a resource as in a condition. What is
/// given whatever stands there is certain.
#[test]
fn policies_that_are_templates() {
    let policy = |resource: &str, condition: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::444455556666:root"}},
            "Action": "s3:GetObject", "Resource": "arn:aws:s3:::{resource}"{condition}}}]}}"#
        )
    };
    let of = |value: &str| format!(r#", "Condition": {{"StringEquals": {{"aws:PrincipalOrgID": "{value}"}}}}"#);
    let arn = |value: &str| format!(r#", "Condition": {{"StringEquals": {{"aws:PrincipalArn": "{value}"}}}}"#);
    let none = policy("data/*", "").replace("s3:GetObject", "s3:PutObject");
    let deny = |value: &str| {
        let allow = policy("data/*", "");
        let deny = format!(
            r#", {{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::data/*",
            "Condition": {{"StringNotEquals": {{"aws:PrincipalOrgID": "{value}"}}}}}}]}}"#
        );
        allow.replace("]}", &deny)
    };
    for (old, new, code) in [
        (policy("data/${a}/*", ""), policy("data/${b}/*", ""), 3),
        (policy("data/${a}/*", ""), policy("data/${a}/*", ""), 0),
        (policy("data/${a}/*", ""), policy("data/x/*", ""), 3),
        (policy("data-${a}/*", ""), policy("data-${b}/*", ""), 3),
        (policy("data/*", ""), policy("data/${a}/*", ""), 0),
        (policy("data/*", &of("${a}")), policy("data/*", &of("${b}")), 3),
        (policy("data/*", &of("${a}")), policy("data/*", &of("o-abc")), 3),
        (policy("data/*", &of("o-abc")), policy("data/*", &of("${a}")), 3),
        (policy("data/*", &of("${a}")), policy("data/*", &of("${a}")), 0),
        (policy("data/*", &of("o-abc")), policy("data/*", &of("o-def")), 1),
        (policy("data/*", &of("${a}")), policy("data/*", ""), 1),
        (
            policy("data/*", &arn("arn:aws:iam::${a}:role/x")),
            policy("data/*", &arn("arn:aws:iam::444455556666:role/y")),
            1,
        ),
        (none, policy("data/*", &of("${a}")), 1),
        (deny("${a}"), deny("${b}"), 3),
        (deny("o-abc"), deny("o-def"), 1),
    ] {
        let folder = Folder::new("templates", &[("old.json", &old), ("new.json", &new)]);
        let (found, text) = folder.run(&["diff", "old.json", "new.json"]);
        assert_eq!(found, code, "{old}\n{new}\n{text}");
        assert_eq!(text.contains("+ gained"), code == 1, "{text}");
        assert_eq!(text.contains("? may gain"), code == 3, "{text}");
    }
}

/// A statement for access points of the own account gives nothing by itself; for those of another, or for everybody, it does.
#[test]
fn policies_that_leave_it_to_access_points() {
    let policy = |condition: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"AWS": "*"}}, "Action": "*",
            "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"], "Condition": {{{condition}}}}}]}}"#
        )
    };
    let none = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": "arn:aws:s3:::data/*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}"#;
    for (condition, account, code, why) in [
        (r#""StringEquals": {"s3:DataAccessPointAccount": "111122223333"}"#, Some(OWN), 3, "lets nobody in by itself"),
        (
            r#""ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:*:111122223333:accesspoint/*"}"#,
            Some(OWN),
            3,
            "by itself",
        ),
        (r#""StringEquals": {"s3:DataAccessPointAccount": "111122223333"}"#, None, 3, "(--account)"),
        (r#""StringEquals": {"s3:DataAccessPointAccount": "444455556666"}"#, Some(OWN), 1, "+ gained read"),
        (r#""StringEquals": {"s3:DataAccessPointAccount": "${account}"}"#, Some(OWN), 3, "of one account"),
        (
            r#""StringEquals": {"s3:DataAccessPointAccount": ["${account}", "444455556666"]}"#,
            Some(OWN),
            1,
            "+ gained read",
        ),
        (
            r#""ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:*:${account}:accesspoint/*"}"#,
            Some(OWN),
            3,
            "has no value here",
        ),
        (
            r#""StringEquals": {"s3:DataAccessPointAccount": ["111122223333", "444455556666"]}"#,
            Some(OWN),
            1,
            "+ gained",
        ),
        (r#""StringNotEquals": {"s3:DataAccessPointAccount": "111122223333"}"#, Some(OWN), 1, "+ gained read"),
        (r#""StringEquals": {"aws:PrincipalOrgID": "o-abc"}"#, Some(OWN), 1, "+ gained read"),
    ] {
        let folder = Folder::new("own-points", &[("old.json", none), ("new.json", &policy(condition))]);
        let own: Vec<&str> = account.iter().flat_map(|it| ["--account", it]).collect();
        let (found, text) = folder.run(&[&["diff", "old.json", "new.json"], own.as_slice()].concat());
        assert!(found == code && text.contains(why), "{condition} {code} {text}");
        assert_eq!(text.contains("+ gained"), code == 1, "{text}");
    }
}

#[test]
fn wrong_questions_are_complaints() {
    let folder = Folder::new("wrong", &[("p.json", ALLOW_READER), ("bad.json", "{\"Statement\": [")]);
    let ask = |args: &[&str], part: &str| {
        let (code, text) = folder.run(args);
        assert!(code == 2 && text.contains(part), "{args:?} {code}\n{text}");
    };
    let who = ["--principal", "anonymous", "--action"];
    ask(&[&["explain-access", "p.json"], &who[..], &["s3:Nope"]].concat(), "no action `s3:Nope`");
    ask(&[&["explain-access", "none.json"], &who[..], &["s3:GetObject"]].concat(), "no such file");
    ask(
        &[&["explain-access", "p.json", "--resource", "key"], &who[..], &["s3:ListBucket"]].concat(),
        "about the bucket",
    );
    ask(&["diff", "p.json", "bad.json"], "bad.json:1");
    ask(&["diff", "p.json", "none.json"], "no such file");
}

/// The provider says whose account it is: the only one it allows, or that of the role it assumes.
#[test]
fn the_own_account_comes_from_the_provider() {
    let stack = |provider: &str| {
        format!(
            "{provider}\nresource \"aws_s3_bucket\" \"b\" {{\n  provider = aws.main\n  bucket   = \"b-example\"\n}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  provider = aws.main\n  bucket   = aws_s3_bucket.b.id\n  policy   = jsonencode({{ Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = \"444455556666\" }}, Action = \"s3:GetObject\", Resource = \"${{aws_s3_bucket.b.arn}}/*\" }}] }})\n}}\n"
        )
    };
    let cases = [
        ("provider \"aws\" {\n  alias = \"main\"\n}", "unknown"),
        ("provider \"aws\" {\n  alias = \"main\"\n  allowed_account_ids = [\"444455556666\"]\n}", "no"),
        ("provider \"aws\" {\n  alias = \"main\"\n  allowed_account_ids = [\"111122223333\"]\n}", "yes"),
        (
            "provider \"aws\" {\n  alias = \"main\"\n  allowed_account_ids = [\"111122223333\", \"444455556666\"]\n}",
            "unknown",
        ),
        (
            "provider \"aws\" {\n  alias = \"main\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111122223333:role/deploy\"\n  }\n}",
            "yes",
        ),
        ("provider \"aws\" {\n  allowed_account_ids = [\"111122223333\"]\n}", "unknown"),
    ];
    for (at, (provider, expected)) in cases.iter().enumerate() {
        let folder = Folder::new(&format!("provider{at}"), &[("main.tf", &stack(provider))]);
        let (_, text) = folder.run(&["model", "."]);
        let model: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(model["buckets"][0]["exposure"]["cross_account"], *expected, "{provider}");
    }
}

/// Settings of the access point, of the bucket and of the account are evaluated, and each of them can refuse: a public bucket
/// policy under RestrictPublicBuckets keeps other accounts out, by the access point too. One that only delegates is not public.
#[test]
fn a_restricted_public_bucket_refuses_by_its_access_point_too() {
    let ways = |condition: &str, restrict: bool| {
        let main = format!(
            r#"
resource "aws_s3_bucket" "b" {{
  bucket = "example-b"
}}
resource "aws_s3_bucket_public_access_block" "b" {{
  bucket                  = aws_s3_bucket.b.id
  restrict_public_buckets = {restrict}
}}
resource "aws_s3_account_public_access_block" "a" {{
  restrict_public_buckets = false
}}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Principal = "*", Action = "s3:*", Resource = ["arn:aws:s3:::example-b", "arn:aws:s3:::example-b/*"]{condition} }}] }})
}}
resource "aws_s3_access_point" "p" {{
  bucket = aws_s3_bucket.b.id
  name   = "p"
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Principal = {{ AWS = "arn:aws:iam::444455556666:root" }}, Action = "s3:GetObject", Resource = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p/object/*" }}] }})
}}
"#
        );
        let folder = Folder::new("restricted-door", &[("main.tf", main.as_str())]);
        let (_, text) = folder.run(&["model", ".", "--account", "111122223333"]);
        let model: Value = serde_json::from_str(&text).unwrap();
        let exposure = &model["buckets"][0]["exposure"];
        exposure["cross_account"].as_str().unwrap().to_owned()
    };
    let delegating = r#", Condition = { StringEquals = { "s3:DataAccessPointAccount" = "111122223333" } }"#;
    assert_eq!(ways("", false), "yes");
    assert_eq!(ways("", true), "no");
    assert_eq!(ways(delegating, true), "yes");
}

/// A request that comes by an access point is asked of the bucket's policy, too: what that denies is not open there.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>
#[test]
fn what_the_bucket_denies_does_not_come_by_its_access_point() {
    let exposure = |deny: &str, who: &str| {
        let main = format!(
            r#"
resource "aws_s3_bucket" "b" {{
  bucket = "example-b"
}}
resource "aws_s3_bucket_public_access_block" "b" {{
  bucket                  = aws_s3_bucket.b.id
  restrict_public_buckets = false
}}
resource "aws_s3_account_public_access_block" "a" {{
  restrict_public_buckets = false
}}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Effect = "Allow", Principal = "*", Action = "s3:*", Resource = ["arn:aws:s3:::example-b", "arn:aws:s3:::example-b/*"], Condition = {{ StringEquals = {{ "s3:DataAccessPointAccount" = "111122223333" }} }} }},
    {{ Effect = "Deny", Principal = "*", Action = "s3:*", Resource = ["arn:aws:s3:::example-b", "arn:aws:s3:::example-b/*"]{deny} }},
  ] }})
}}
resource "aws_s3_access_point" "p" {{
  bucket = aws_s3_bucket.b.id
  name   = "p"
  public_access_block_configuration {{
    restrict_public_buckets = false
  }}
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Principal = {who}, Action = "s3:GetObject", Resource = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p/object/*" }}] }})
}}
"#
        );
        let folder = Folder::new("denied-door", &[("main.tf", main.as_str())]);
        let (_, text) = folder.run(&["model", ".", "--account", "111122223333"]);
        let model: Value = serde_json::from_str(&text).unwrap();
        let of = |name: &str| model["buckets"][0]["exposure"][name].as_str().unwrap().to_owned();
        (of("public"), of("cross_account"))
    };
    let when = |operator: &str, key: &str, value: &str| {
        format!(r#", Condition = {{ {operator} = {{ "{key}" = "{value}" }} }}"#)
    };
    let partner = r#"{ AWS = "arn:aws:iam::444455556666:root" }"#;
    let role = "arn:aws:iam::111122223333:role/ir";
    let point = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p";
    for (deny, public, cross_account) in [
        (String::new(), "no", "no"),
        (when("StringNotEquals", "aws:PrincipalOrgID", "o-abcdefghij"), "no", "no"),
        (when("ArnNotLike", "aws:PrincipalArn", role), "no", "no"),
        (when("Bool", "aws:SecureTransport", "false"), "yes", "yes"),
        (when("StringNotEquals", "s3:DataAccessPointAccount", "111122223333"), "yes", "yes"),
        (when("StringNotEquals", "s3:DataAccessPointArn", point), "yes", "yes"),
        // What a condition says of the access point is known.
        (when("StringEquals", "s3:DataAccessPointArn", point), "no", "no"),
        (
            when("StringEquals", "s3:DataAccessPointArn", "arn:aws:s3:eu-west-1:111122223333:accesspoint/q"),
            "yes",
            "yes",
        ),
        (when("StringNotEquals", "s3:AccessPointNetworkOrigin", "VPC"), "no", "no"),
        (when("StringEquals", "s3:AccessPointNetworkOrigin", "Internet"), "no", "no"),
        (when("StringEquals", "s3:AccessPointNetworkOrigin", "VPC"), "yes", "yes"),
        (when("StringLike", "s3:AccessPointTag/kind", "x"), "unknown", "unknown"),
        // Who signs is still let in.
        (when("Null", "aws:PrincipalArn", "true"), "yes", "yes"),
    ] {
        assert_eq!(exposure(&deny, "\"*\"").0, public, "{deny}");
        assert_eq!(exposure(&deny, partner).1, cross_account, "{deny}");
    }
    // Strangers are kept out, and those whom the Deny excepts are not.
    let own_and_partner =
        r#", Condition = { StringNotEquals = { "aws:PrincipalAccount" = ["111122223333", "444455556666"] } }"#;
    let partners_role = when("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::444455556666:role/x");
    for deny in [own_and_partner, partners_role.as_str()] {
        assert_eq!(exposure(deny, "\"*\""), ("no".to_owned(), "yes".to_owned()), "{deny}");
    }
    let own = when("StringNotEquals", "aws:PrincipalAccount", "111122223333");
    assert_eq!(exposure(&own, "\"*\""), ("no".to_owned(), "no".to_owned()));
}

/// The first statement of an access point's policy opens the access point; the first one of the bucket's policy is another.
#[test]
fn what_an_access_point_opens_no_statement_of_the_bucket_does() {
    let main = r#"
resource "aws_s3_bucket" "b" {
  bucket = "example-b"
}
resource "aws_s3_bucket_public_access_block" "b" {
  bucket                  = aws_s3_bucket.b.id
  restrict_public_buckets = false
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:role/app" }, Action = "s3:GetObject", Resource = "arn:aws:s3:::example-b/*" },
    { Effect = "Allow", Principal = "*", Action = "s3:*", Resource = ["arn:aws:s3:::example-b", "arn:aws:s3:::example-b/*"], Condition = { StringEquals = { "s3:DataAccessPointAccount" = "111122223333" } } },
  ] })
}
resource "aws_s3_access_point" "p" {
  bucket = aws_s3_bucket.b.id
  name   = "p"
  public_access_block_configuration {
    restrict_public_buckets = false
  }
  policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = { AWS = "444455556666" }, Action = "s3:GetObject", Resource = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p/object/*" }] })
}
"#;
    let folder = Folder::new("whose-statement", &[("main.tf", main)]);
    let (_, text) = folder.run(&["check", ".", "--account", "111122223333", "--profile", "strict", "--format", "json"]);
    let report: Value = serde_json::from_str(&text).unwrap();
    let rules: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap()).collect();
    assert!(rules.contains(&"access-point-bpa") && !rules.contains(&"cross-account-grant"), "{rules:?}");
    let (_, text) = folder.run(&["model", ".", "--account", "111122223333"]);
    let model: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(model["buckets"][0]["exposure"]["cross_account"], "yes");
}

/// Who asks says a part of what the request carries; of the rest nothing is taken for absent.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
#[test]
fn what_the_caller_carries() {
    let role = "arn:aws:iam::111122223333:role/admin";
    let session = "arn:aws:sts::111122223333:assumed-role/admin/ana";
    let sso = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/ana";
    let sso_pattern = "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Admin_*";
    let (allow, deny) = (("allow", 0), ("deny", 0));
    for (operator, key, value, caller, more, expected) in [
        ("ArnEquals", "aws:PrincipalArn", role, role, &[][..], deny),
        ("ArnNotLike", "aws:PrincipalArn", role, role, &[], allow),
        ("ArnNotEquals", "aws:PrincipalArn", role, session, &[], allow),
        ("ArnEquals", "aws:PrincipalArn", role, session, &[], deny),
        ("ArnNotLike", "aws:PrincipalArn", sso_pattern, sso, &[], ("unknown", 3)),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/aws-reserved/*", sso, &[], allow),
        ("StringNotEquals", "aws:PrincipalAccount", OWN, role, &[], allow),
        ("StringEquals", "aws:PrincipalAccount", OWN, role, &[], deny),
        ("Bool", "aws:PrincipalIsAWSService", "false", role, &[], deny),
        ("StringNotEquals", "aws:PrincipalType", "AssumedRole", session, &[], allow),
        ("StringEquals", "aws:SourceAccount", OWN, role, &[], allow),
        ("Bool", "aws:SecureTransport", "false", role, &[], allow),
        ("StringLike", "s3:prefix", "*", role, &[], allow),
        ("StringNotEquals", "aws:PrincipalOrgID", "o-abcdefghij", role, &[], ("unknown", 3)),
        ("StringNotEquals", "aws:PrincipalOrgID", "o-abcdefghij", role, &["aws:PrincipalOrgID=o-abcdefghij"], allow),
        ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", role, &[], ("unknown", 3)),
        ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", role, &["aws:SourceIp=198.51.100.1"], deny),
        ("StringNotEquals", "aws:SourceVpce", "vpce-1", role, &[], ("unknown", 3)),
    ] {
        let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"], "Condition": { operator: { key: value } },
        }] });
        let folder = Folder::new("carried", &[("p.json", &policy.to_string())]);
        let mut args = vec!["explain-access", "p.json", "--bucket", "data", "--account", OWN, "--format", "json"];
        args.extend(["--principal", caller, "--action", "s3:GetObject", "--identity-allows"]);
        args.extend(more.iter().flat_map(|it| ["--context", it]));
        let (code, text) = folder.run(&args);
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((answer["decision"].as_str().unwrap(), code), expected, "{operator} {key} {caller}\n{text}");
        assert!(code == 0 || text.contains(&format!("`{key}`")), "{text}");
    }
}

/// The root user is the account, and keeps the policy whatever that denies.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html>
#[test]
fn the_root_user_needs_no_policy() {
    let folder = Folder::new("root", &[("p.json", ALLOW_READER)]);
    let root = "arn:aws:iam::111122223333:root";
    let ask = |caller: &str, action: &str, more: &[&str]| {
        let mut args = vec!["explain-access", "p.json", "--bucket", "data", "--account", OWN, "--format", "json"];
        args.extend(["--principal", caller, "--action", action]);
        args.extend(more);
        let (_, text) = folder.run(&args);
        serde_json::from_str::<Value>(&text).unwrap()["decision"].as_str().unwrap().to_owned()
    };
    let denied = ["--context", "aws:SecureTransport=false"];
    assert_eq!(ask(root, "s3:PutObject", &[]), "allow");
    assert_eq!(ask(OWN, "s3:DeleteObject", &[]), "allow");
    assert_eq!(ask(root, "s3:PutObject", &denied), "deny");
    assert_eq!(ask(root, "s3:PutBucketPolicy", &denied), "allow");
    assert_eq!(ask("arn:aws:iam::111122223333:user/ann", "s3:PutBucketPolicy", &denied), "deny");
}

/// What comes by an access point is asked of both policies.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>
#[test]
fn who_may_what_by_an_access_point() {
    let point = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p";
    let main = |deny: &str, restrict: bool| {
        format!(
            r#"
resource "aws_s3_bucket" "b" {{
  bucket = "example-b"
}}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Effect = "Allow", Principal = "*", Action = "s3:*", Resource = ["arn:aws:s3:::example-b", "arn:aws:s3:::example-b/*"], Condition = {{ StringEquals = {{ "s3:DataAccessPointAccount" = "111122223333" }} }} }},
    {deny}
  ] }})
}}
resource "aws_s3_account_public_access_block" "a" {{
  restrict_public_buckets = false
}}
resource "aws_s3_access_point" "p" {{
  bucket = aws_s3_bucket.b.id
  name   = "p"
  public_access_block_configuration {{
    restrict_public_buckets = {restrict}
  }}
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "{point}/object/*" }}] }})
}}
"#
        )
    };
    let deny = |condition: &str| {
        format!(
            r#"{{ Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "arn:aws:s3:::example-b/*", Condition = {{ {condition} }} }}"#
        )
    };
    let by = |name: &str| format!("arn:aws:s3:eu-west-1:111122223333:accesspoint/{name}/object/x");
    let ask = |deny: &str, restrict: bool, action: &str, resource: &str, more: &[&str]| {
        let folder = Folder::new("by-point", &[("main.tf", main(deny, restrict).as_str())]);
        let mut args = vec!["explain-access", ".", "--account", OWN, "--principal", "anonymous", "--action", action];
        args.extend(["--resource", resource, "--format", "json"]);
        args.extend(more);
        let (code, text) = folder.run(&args);
        let answer: Value = serde_json::from_str(&text).unwrap();
        (answer["decision"].as_str().unwrap().to_owned(), code)
    };
    let (allow, refused, open) = (("allow".to_owned(), 0), ("deny".to_owned(), 0), ("unknown".to_owned(), 3));
    let get = "s3:GetObject";
    assert_eq!(ask("", false, get, &by("p"), &[]), allow);
    assert_eq!(ask("", true, get, &by("p"), &[]), refused);
    assert_eq!(ask("", false, "s3:PutObject", &by("p"), &[]), refused);
    assert_eq!(ask("", false, get, "x", &[]), refused);
    // One that the input does not know.
    assert_eq!(ask("", false, get, &by("q"), &[]), open);
    assert_eq!(ask("", false, get, "x", &["--context", "s3:DataAccessPointAccount=111122223333"]), open);
    let other_account = r#"StringEquals = { "aws:PrincipalAccount" = "444455556666" }"#;
    assert_eq!(ask(&deny(other_account), false, get, &by("p"), &[]), allow);
    let same_point = format!(r#"ArnEquals = {{ "s3:DataAccessPointArn" = "{point}" }}"#);
    assert_eq!(ask(&deny(&same_point), false, get, &by("p"), &[]), refused);
    let from_internet = r#"StringEquals = { "s3:AccessPointNetworkOrigin" = "Internet" }"#;
    assert_eq!(ask(&deny(from_internet), false, get, &by("p"), &[]), refused);
    let elsewhere = r#"NotIpAddress = { "aws:SourceIp" = "203.0.113.0/24" }"#;
    assert_eq!(ask(&deny(elsewhere), false, get, &by("p"), &[]), open);
}
