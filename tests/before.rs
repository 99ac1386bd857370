//! What the gate must not take for what was there before.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::Repository;

/// How many findings of some rules count that were not there before, by each of the ways to say what was.
fn new_by_each_way(it: &Repository, rule: &str, was: &str, now: &str) -> [usize; 3] {
    let count = |arguments: &[&str]| {
        let all = it.counting(arguments);
        all.iter().filter(|told| told.starts_with(rule) && told.contains(" violated ")).count()
    };
    it.write("main.tf", was);
    it.run(&["check", ".", "--write-baseline", "b.json"]);
    assert_eq!(count(&["--baseline", "b.json"]), 0, "{was}");
    assert!(it.counting(&["--base", "HEAD"]).is_empty(), "{was}");
    it.write("main.tf", now);
    let both = ["--base", "HEAD", "--policy-from", "HEAD"];
    let found = [count(&["--base", "HEAD"]), count(&both), count(&["--baseline", "b.json"])];
    std::fs::remove_file(it.0.join("b.json")).unwrap();
    found
}

fn block(value: &str) -> String {
    format!(
        r#"resource "aws_s3_bucket" "b" {{
  bucket = "b-example"
}}
resource "aws_s3_bucket_public_access_block" "b" {{
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = {value}
  block_public_policy     = {value}
  ignore_public_acls      = {value}
  restrict_public_buckets = {value}
}}
variable "on" {{ type = bool }}
"#
    )
}

/// Nobody has accepted a violation where nobody knew whether there was one.
#[test]
fn what_was_undecided_does_not_cover_what_is_violated() {
    let was = block("var.on");
    let Some(it) = Repository::new(&[("main.tf", &was)]) else { return };
    assert_eq!(new_by_each_way(&it, "bpa-", &was, &block("false")), [4, 4, 4]);
    // The other way round it is covered.
    let was = block("false");
    let Some(it) = Repository::new(&[("main.tf", &was)]) else { return };
    assert_eq!(new_by_each_way(&it, "bpa-", &was, &was), [0, 0, 0]);
}

fn acl(ownership: &str) -> String {
    format!(
        r#"resource "aws_s3_bucket" "b" {{
  bucket = "b-example"
}}
resource "aws_s3_bucket_ownership_controls" "b" {{
  bucket = aws_s3_bucket.b.id
  rule {{ object_ownership = "{ownership}" }}
}}
resource "aws_s3_bucket_acl" "b" {{
  bucket = aws_s3_bucket.b.id
  acl    = "public-read"
}}
"#
    )
}

const ACCOUNT: &str = r#"resource "aws_s3_account_public_access_block" "a" {
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
"#;

const PUBLIC: &str = r#"resource "aws_s3_bucket" "b" {
  bucket = "b-example"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" }
  ] })
}
"#;

/// What a setting kept shut is another matter once it is open.
#[test]
fn what_has_become_worse_is_new() {
    let was = acl("BucketOwnerEnforced");
    let Some(it) = Repository::new(&[("main.tf", &was)]) else { return };
    assert_eq!(new_by_each_way(&it, "acl-public-read", &was, &acl("ObjectWriter")), [1, 1, 1]);
    let was = format!("{PUBLIC}{ACCOUNT}");
    let Some(it) = Repository::new(&[("main.tf", &was)]) else { return };
    assert_eq!(new_by_each_way(&it, "bucket-policy-public-principal", &was, PUBLIC), [1, 1, 1]);
    // Better is no news, nor is another severity of the configuration.
    let was = acl("ObjectWriter");
    let Some(it) = Repository::new(&[("main.tf", &was)]) else { return };
    assert_eq!(new_by_each_way(&it, "acl-public-read", &was, &acl("BucketOwnerEnforced")), [0, 0, 0]);
    let was = acl("BucketOwnerEnforced");
    it.write("main.tf", &was);
    it.run(&["check", ".", "--write-baseline", "b.json"]);
    it.write("bucketlint.yaml", "rules: { acl-public-read: { severity: critical } }\n");
    assert!(it.counting(&["--baseline", "b.json"]).is_empty());
    it.write("main.tf", &acl("ObjectWriter"));
    let found = it.counting(&["--baseline", "b.json"]);
    assert!(found.iter().any(|it| it.starts_with("acl-public-read ")), "{found:?}");
}

/// The same address with another name is another bucket.
#[test]
fn a_bucket_of_another_name_is_another() {
    let bucket = |name: &str| {
        format!("resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"{name}\"\n  acl    = \"public-read\"\n}}\n")
    };
    let was = bucket("legacy-site");
    let Some(it) = Repository::new(&[("main.tf", &was)]) else { return };
    assert_eq!(new_by_each_way(&it, "acl-public-read", &was, &bucket("customer-data")), [1, 1, 1]);
    let Some(it) = Repository::new(&[("legacy/main.tf", &was)]) else { return };
    it.run(&["check", ".", "--write-baseline", "b.json"]);
    std::fs::remove_file(it.0.join("legacy/main.tf")).unwrap();
    let new = |text: &str| {
        it.write("prod/main.tf", text);
        let count =
            |arguments: &[&str]| it.counting(arguments).iter().filter(|it| it.starts_with("acl-public-read ")).count();
        [count(&["--base", "HEAD"]), count(&["--baseline", "b.json"])]
    };
    assert_eq!(new(&bucket("customer-data")), [1, 1]);
    assert_eq!(new(&was), [0, 0]);
}

/// What was found of a bucket is no news where it is called otherwise now and certainly is that bucket.
#[test]
fn a_bucket_of_another_address_is_the_same() {
    let Some(it) = Repository::new(&[("main.tf", PUBLIC)]) else { return };
    let called =
        |name: &str| PUBLIC.replace("\"b\"", &format!("\"{name}\"")).replace("bucket.b.", &format!("bucket.{name}."));
    it.write("main.tf", &called("site"));
    assert!(it.counting(&["--base", "HEAD"]).is_empty(), "{:?}", it.counting(&["--base", "HEAD"]));
    std::fs::remove_file(it.0.join("main.tf")).unwrap();
    it.write("other.tf", &called("site"));
    assert!(it.counting(&["--base", "HEAD"]).is_empty());
    let moved = "moved {\n  from = aws_s3_bucket.b\n  to   = aws_s3_bucket.site\n}\n";
    let nameless = |text: &str| text.replace("  bucket = \"b-example\"\n", "");
    let Some(it) = Repository::new(&[("main.tf", &nameless(PUBLIC))]) else { return };
    it.write("main.tf", &format!("{}{moved}", nameless(&called("site"))));
    assert!(it.counting(&["--base", "HEAD"]).is_empty(), "{:?}", it.counting(&["--base", "HEAD"]));
    // It gives more: that is new.
    it.write("main.tf", &format!("{}{moved}", nameless(&called("site")).replace("s3:GetObject", "s3:*")));
    let found = it.counting(&["--base", "HEAD"]);
    assert!(found.iter().any(|it| it.starts_with("bucket-policy-public-principal violated")), "{found:?}");
}

/// What a change opens, without what rules say.
fn widened(it: &Repository) -> Vec<String> {
    it.counting(&["--base", "HEAD"]).into_iter().filter(|it| it.starts_with("access-widened ")).collect()
}

/// A stack with a policy and what that needs.
fn unknown(policy: &str, more: &str) -> String {
    format!(
        "resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"b-example\"\n}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = \
         aws_s3_bucket.b.id\n  policy = {policy}\n}}\n{more}"
    )
}

/// Nobody knows the policy, yet it is another: nobody knows what it permits more.
#[test]
fn unknown_policies_that_are_written_otherwise() {
    let variables = "variable \"policy\" {}\nvariable \"env\" {}\nvariable \"acc\" {}\nvariable \"on\" {}\n";
    let call = |mode: &str| {
        format!(
            "module \"p\" {{\n  source = \"./mod\"\n  mode   = \"{mode}\"\n}}\nmodule \"far\" {{\n  source = \"x/y/z\"\n  mode   = \"{mode}\"\n}}\n{variables}"
        )
    };
    let each = |action: &str| {
        format!(
            "jsonencode({{ Version = \"2012-10-17\", Statement = [for a in var.acc : {{ Effect = \"Allow\", Principal = {{ AWS = a }}, \
             Action = \"{action}\", Resource = \"${{aws_s3_bucket.b.arn}}/*\" }}] }})"
        )
    };
    let state = "data \"terraform_remote_state\" \"s\" {\n  backend = \"s3\"\n}\n";
    let read = "data.terraform_remote_state.s.outputs.policy";
    let v = variables.to_owned();
    let pairs = [
        (unknown("var.policy", &v), unknown("replace(var.policy, \"arn:aws:iam::111122223333:root\", \"*\")", &v)),
        (unknown("file(\"p-${var.env}.json\")", &v), unknown("file(\"q-${var.env}.json\")", &v)),
        (unknown(read, state), unknown(&format!("replace({read}, \"a\", \"*\")"), state)),
        (unknown("module.p.p", &call("private")), unknown("module.p.p", &call("public"))),
        (unknown("module.far.p", &call("private")), unknown("module.far.p", &call("public"))),
        (
            unknown("local.p", &format!("{v}locals {{\n  p = var.policy\n}}\n")),
            unknown("local.p", &format!("{v}locals {{\n  p = lower(var.policy)\n}}\n")),
        ),
        (unknown(&each("s3:GetObject"), &v), unknown(&each("s3:*"), &v)),
    ];
    let module = "variable \"mode\" {}\ndata \"external\" \"p\" {\n  program = [\"./gen\", var.mode]\n}\noutput \"p\" { value = data.external.p.result[\"policy\"] }\n";
    for (was, now) in pairs {
        let Some(it) = Repository::new(&[("main.tf", &was), ("mod/main.tf", module)]) else { return };
        assert!(widened(&it).is_empty(), "{was}\n{:?}", widened(&it));
        // Spaces, comments and what has nothing to do with it are no change.
        it.write(
            "main.tf",
            &format!("# moved\n\n{}\nlocals {{\n  other = 1\n}}\n", was.replace("policy = ", "policy   = ")),
        );
        assert!(widened(&it).is_empty(), "{was}\n{:?}", widened(&it));
        it.write("main.tf", &now);
        let found = widened(&it);
        assert!(found.len() == 1 && found[0].starts_with("access-widened unknown"), "{now}\n{found:?}");
        assert!(found[0].contains("is not known"), "{found:?}");
    }
}

/// The same in templates.
#[test]
fn unknown_policies_of_templates() {
    let template = |policy: &str, mode: &str, condition: &str| {
        format!(
            "Parameters:\n  Doc:\n    Type: String\n  Env:\n    Type: String\nConditions:\n  On: !Equals [!Ref Env, {condition}]\nResources:\n  \
             Maker:\n    Type: Custom::Policy\n    Properties:\n      ServiceToken: arn:aws:lambda:eu-west-1:111122223333:function:x/*\n      \
             Mode: {mode}\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: b-example\n  P:\n    Type: \
             AWS::S3::BucketPolicy\n    Condition: On\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument: {policy}\n"
        )
    };
    let was = template("!GetAtt Maker.Policy", "private", "prod");
    let Some(it) = Repository::new(&[("t.yaml", &was)]) else { return };
    let check = |text: &str, expected: usize| {
        it.write("t.yaml", text);
        let found = widened(&it);
        assert_eq!(found.len(), expected, "{text}{found:?}");
        assert!(found.iter().all(|it| it.contains("is not known")), "{found:?}");
    };
    check(&was, 0);
    check(&format!("# moved\n{}", was.replace("    Type: Custom", "    # a note\n    Type: Custom")), 0);
    check(&template("!GetAtt Maker.Policy", "public", "prod"), 1);
    check(&template("!GetAtt Maker.Other", "private", "prod"), 1);
    check(&template("!GetAtt Maker.Policy", "private", "test"), 1);
}

/// A policy that may or may not be there: what it refuses counts like what it permits.
#[test]
fn policies_that_may_be_there() {
    let policy = |statement: &str| {
        let policy =
            format!("jsonencode({{ Version = \"2012-10-17\", Statement = [{statement}] }})\n  count  = var.on ? 1 : 0");
        unknown(&policy, "variable \"on\" { type = bool }\n")
    };
    let deny = r#"{ Sid = "Tls", Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "${aws_s3_bucket.b.arn}/*", Condition = { Bool = { "aws:SecureTransport" = "false" } } }"#;
    let ip = r#"{ Sid = "Ip", Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "${aws_s3_bucket.b.arn}/*", Condition = { NotIpAddress = { "aws:SourceIp" = "10.0.0.0/8" } } }"#;
    let read = r#"{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" }"#;
    let Some(it) = Repository::new(&[("main.tf", &policy(&format!("{deny}, {ip}, {read}")))]) else { return };
    assert!(widened(&it).is_empty(), "{:?}", widened(&it));
    for now in [
        format!("{ip}, {read}"),
        format!("{deny}, {ip}, {}", read.replace("s3:GetObject", "s3:*")),
        deny.to_owned() + ", " + read,
    ] {
        it.write("main.tf", &policy(&now));
        let found = widened(&it);
        assert!(found.len() == 1 && found[0].starts_with("access-widened unknown"), "{now}\n{found:?}");
    }
    // Less is no news.
    it.write("main.tf", &policy(&format!("{deny}, {ip}")));
    assert!(widened(&it).is_empty(), "{:?}", widened(&it));
}

/// The account's own settings close what no bucket closes.
#[test]
fn settings_of_the_account_that_go() {
    let bucket = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";
    let Some(it) = Repository::new(&[("main.tf", &format!("{bucket}{ACCOUNT}")), ("other/main.tf", ACCOUNT)]) else {
        return;
    };
    let check = |text: &str, expected: &[&str]| {
        it.write("main.tf", text);
        let found = widened(&it);
        assert!(found.len() == expected.len() && found.iter().zip(expected).all(|it| it.0.contains(it.1)), "{found:?}");
    };
    check(&format!("{bucket}{ACCOUNT}"), &[]);
    check(
        bucket,
        &[
            "Block Public Access of the whole account (block_public_acls, block_public_policy, ignore_public_acls, restrict_public_buckets) was on and is gone",
        ],
    );
    let off = ACCOUNT.replace("restrict_public_buckets = true", "restrict_public_buckets = false");
    check(&format!("{bucket}{off}"), &["(restrict_public_buckets) was on and is not any more"]);
    let unknown = ACCOUNT.replace("ignore_public_acls      = true", "ignore_public_acls      = var.on");
    check(&format!("{bucket}{unknown}variable \"on\" {{}}\n"), &["access-widened unknown"]);
    // What Terraform forgets stays on; without a word it may be destroyed.
    let removed =
        |lifecycle: &str| format!("{bucket}removed {{\n  from = aws_s3_account_public_access_block.a\n{lifecycle}}}\n");
    check(&removed("  lifecycle {\n    destroy = false\n  }\n"), &[]);
    check(&removed(""), &["access-widened unknown"]);
    check(&removed("  lifecycle {\n    destroy = true\n  }\n"), &["was on and is gone"]);
    check(
        &removed("  lifecycle {\n    destroy = false\n  }\n").replace("_block.a", "_block.z"),
        &["was on and is gone"],
    );
    let none = ACCOUNT.replace("{\n", "{\n  count = 0\n");
    check(&format!("{bucket}{none}"), &["was on and is"]);
    // The same in the folder of another root module is that one's account.
    it.write("new/main.tf", ACCOUNT);
    check(bucket, &["was on and is gone"]);
    // Moved to another file, called otherwise: nothing.
    it.write("account.tf", &ACCOUNT.replace("\"a\"", "\"own\""));
    check(bucket, &[]);
    std::fs::rename(it.0.join("other"), it.0.join("renamed")).unwrap();
    check(bucket, &[]);
    std::fs::remove_dir_all(it.0.join("renamed")).unwrap();
    std::fs::remove_dir_all(it.0.join("new")).unwrap();
    check(bucket, &["was on and is gone"]);
    assert!(it.run(&["check", ".", "--base", "HEAD"]).status.code() == Some(1));
}

/// A suppression is about the statement that it stands in, not about the next one of the same looks.
#[test]
fn a_suppression_that_moves_to_another_statement_is_new() {
    let block = |comment: &str, sid: &str, path: &str, who: &str| {
        format!(
            "  statement {{\n{comment}{sid}    actions   = [\"s3:GetObject\"]\n    resources = [\"${{aws_s3_bucket.b.arn}}/{path}/*\"]\n    \
             principals {{\n      type        = \"{}\"\n      identifiers = [\"{who}\"]\n    }}\n  }}\n",
            if who == "*" { "*" } else { "AWS" }
        )
    };
    let stack = |blocks: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"b-example\"\n}}\ndata \"aws_iam_policy_document\" \"d\" {{\n{blocks}}}\n\
             resource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  policy = data.aws_iam_policy_document.d.json\n}}\n"
        )
    };
    let note = "    # bucketlint:ignore bucket-policy-public-principal reason=\"public site\"\n";
    let own = "111122223333";
    let added = |it: &Repository, text: &str| {
        it.write("main.tf", text);
        let found = it.counting(&["--policy-from", "HEAD"]);
        let count = |rule: &str| found.iter().filter(|it| it.starts_with(rule)).count();
        (count("suppression-added"), count("bucket-policy-public-principal"))
    };
    let was = stack(&(block(note, "", "site", "*") + &block("", "", "secret", own)));
    let Some(it) = Repository::new(&[("main.tf", &was)]) else { return };
    assert_eq!(added(&it, &was), (0, 0));
    let moved = stack(&(block("", "", "site", own) + &block(note, "", "secret", "*")));
    assert_eq!(added(&it, &moved), (1, 1));
    let swapped = stack(&(block(note, "", "secret", "*") + &block("", "", "site", own)));
    assert_eq!(added(&it, &swapped), (1, 1));
    // In another order, among others, behind lines: the same.
    let among = stack(&(block("", "", "other", own) + &block("", "", "secret", own) + &block(note, "", "site", "*")));
    assert_eq!(added(&it, &format!("\n\n{among}")), (0, 0));
    // With a Sid it is that statement, as a resource is by its name.
    let sid = |it: &str| format!("    sid       = \"{it}\"\n");
    let was = stack(&(block(note, &sid("Site"), "site", "*") + &block("", &sid("Own"), "secret", own)));
    let Some(it) = Repository::new(&[("main.tf", &was)]) else { return };
    assert_eq!(added(&it, &was.replace("/site/", "/web/")), (0, 0));
    assert_eq!(
        added(&it, &stack(&(block("", &sid("Site"), "site", own) + &block(note, &sid("Own"), "secret", "*")))),
        (1, 1)
    );
    // The same in a list of objects, and in JSON's twin, YAML.
    let element = |path: &str, who: &str, note: &str| {
        format!(
            "    {{\n      Effect = \"Allow\"\n      Principal = \"{who}\"{note}\n      Action = \"s3:GetObject\"\n      Resource = \"${{aws_s3_bucket.b.arn}}/{path}/*\"\n    }},\n"
        )
    };
    let note = " # bucketlint:ignore bucket-policy-public-principal reason=\"public site\"";
    let policy = |elements: &str| {
        unknown(&format!("jsonencode({{ Version = \"2012-10-17\", Statement = [\n{elements}  ] }})"), "")
    };
    let was = policy(&(element("site", "*", note) + &element("secret", "*", "")));
    let Some(it) = Repository::new(&[("main.tf", &was)]) else { return };
    assert_eq!(added(&it, &was), (0, 1));
    assert_eq!(added(&it, &policy(&(element("site", "*", "") + &element("secret", "*", note)))), (1, 2));
    let template = |site: &str, secret: &str| {
        let one = |path: &str, note: &str| {
            format!(
                "          - Effect: Allow\n            Principal: \"*\"{note}\n            Action: s3:GetObject\n            Resource: arn:aws:s3:::b-example/{path}/*\n"
            )
        };
        format!(
            "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: {{ BucketName: b-example }}\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n        Version: \"2012-10-17\"\n        Statement:\n{}{}",
            one("site", site),
            one("secret", secret)
        )
    };
    let Some(it) = Repository::new(&[("main.tf", ""), ("t.yaml", &template(note, ""))]) else { return };
    assert_eq!(added(&it, ""), (0, 1));
    it.write("t.yaml", &template("", note));
    assert_eq!(added(&it, ""), (1, 2));
}

/// A baseline of any name is that of the trusted revision.
#[test]
fn a_baseline_of_any_ending() {
    let bucket = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n  acl    = \"public-read\"\n}\n";
    let Some(it) = Repository::new(&[
        ("main.tf", bucket),
        ("conf/bucketlint.yaml", "baseline: ../b.lock\n"),
        ("bucketlint.yaml", "baseline: b.lock\n"),
    ]) else {
        return;
    };
    it.run(&["check", ".", "--write-baseline", "b.lock"]);
    assert!(it.counting(&[]).is_empty());
    // One that is not at the revision is no baseline.
    let told = String::from_utf8(it.run(&["check", ".", "--policy-from", "HEAD"]).stderr).unwrap();
    assert!(told.contains("b.lock: the baseline cannot be read: is not at HEAD (--policy-from)"), "{told}");
    it.git(&["add", "-A"]);
    it.git(&["commit", "-q", "-m", "y"]);
    assert!(it.counting(&["--policy-from", "HEAD"]).is_empty());
    assert!(it.counting(&["--policy-from", "HEAD", "--config", "conf/bucketlint.yaml"]).is_empty());
    it.write("b.lock", "{\"schema\": \"bucketlint/baseline/1\", \"findings\": []}");
    assert!(it.counting(&["--policy-from", "HEAD"]).is_empty());
}

/// What is about changes is not known to be of no use where there is no change.
#[test]
fn suppressions_of_what_a_change_opens() {
    let text = "# bucketlint:ignore access-widened reason=\"meant\"\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b-example\"\n}\n";
    let Some(it) = Repository::new(&[
        ("main.tf", text),
        ("bucketlint.yaml", "suppress: [{ rule: access-widened, reason: meant }]\n"),
    ]) else {
        return;
    };
    let shown = String::from_utf8(it.run(&["suppressions", "."]).stdout).unwrap();
    assert_eq!(shown.matches("not known without --base").count(), 2, "{shown}");
}

/// A suppression that is trusted is for the buckets that it was about, whatever their names come from: a local, a variable, a
/// `for_each`, the arguments of a module, the parameters of a template.
#[test]
fn a_suppression_is_for_its_buckets() {
    let mark = "# bucketlint:ignore acl-public-read reason=\"site\"\n";
    let acl = |bucket: &str, more: &str| {
        format!(
            "{mark}resource \"aws_s3_bucket_acl\" \"a\" {{\n{more}  bucket = {bucket}\n  acl    = \"public-read\"\n}}\n"
        )
    };
    let bucket = |name: &str| format!("resource \"aws_s3_bucket\" \"{name}\" {{\n  bucket = \"{name}-example\"\n}}\n");
    let both = format!("{}{}", bucket("site"), bucket("secret"));
    let template = |name: &str, more: &str| {
        format!(
            "Parameters:\n  Name: {{ Type: String, Default: {name} }}\nResources:\n{more}  B:\n    Type: AWS::S3::Bucket\n    Metadata: {{ bucketlint: {{ ignore: [{{ rule: acl-public-read, reason: site }}] }} }}\n    Properties: {{ BucketName: !Ref Name, AccessControl: PublicRead }}\n"
        )
    };
    let inside = format!("variable \"it\" {{}}\n{}", acl("var.it", ""));
    let call = |at: &str, name: &str| format!("module \"{at}\" {{\n  source = \"./m\"\n  it     = {name}\n}}\n");
    // The file that changes, what it was, what else changes nothing of whom it is about, and what makes it another.
    let cases: [(&str, String, String, String); 6] = [
        (
            "main.tf",
            "site-example".into(),
            "# as before\nlocals { it = \"site-example\" }".into(),
            "secret-example".into(),
        ),
        (
            "vars.tf",
            "site-example".into(),
            "variable \"it\" { default = \"site-example\" } # so".into(),
            "secret-example".into(),
        ),
        ("each.tf", "[\"site\"]".into(), "toset([\"site\"])".into(), "toset([\"site\", \"secret\"])".into()),
        ("call.tf", call("m", "\"site-example\""), call("n", "\"site-example\""), call("m", "\"secret-example\"")),
        (
            "more.tf",
            call("m", "aws_s3_bucket.site.id"),
            call("m", "\"site-example\""),
            call("m", "aws_s3_bucket.secret.id"),
        ),
        (
            "t.yaml",
            template("site-example", ""),
            template("site-example", "  Q: { Type: AWS::SQS::Queue }\n"),
            template("secret-example", ""),
        ),
    ];
    for (file, was, same, other) in cases {
        let of = |text: &str| match file {
            "main.tf" => match text.contains('=') {
                true => text.to_owned() + "\n",
                false => format!("locals {{ it = \"{text}\" }}\n"),
            },
            "vars.tf" if !text.contains('=') => format!("variable \"it\" {{ default = \"{text}\" }}\n"),
            "each.tf" => format!(
                "locals {{ them = {} }}\n",
                if text.starts_with('[') { format!("toset({text})") } else { text.to_owned() }
            ),
            _ => text.to_owned(),
        };
        let rest = match file {
            "main.tf" => ("acl.tf", acl("local.it", "")),
            "vars.tf" => ("acl.tf", acl("var.it", "")),
            "each.tf" => ("acl.tf", acl("\"${each.key}-example\"", "  for_each = local.them\n")),
            "t.yaml" => ("n.tf", String::new()),
            _ => ("m/main.tf", inside.clone()),
        };
        let files = [(file, of(&was)), (rest.0, rest.1), ("buckets.tf", both.clone())];
        let files: Vec<(&str, &str)> = files.iter().map(|it| (it.0, it.1.as_str())).collect();
        let Some(it) = Repository::new(&files) else { return };
        let trusted = ["--policy-from", "HEAD", "--disable", "versioning", "--disable", "bpa-missing"];
        let counting = |text: &str| {
            it.write(file, &of(text));
            let found = it.counting(&trusted);
            found.into_iter().filter(|it| it.contains("acl-public-read")).collect::<Vec<_>>()
        };
        assert_eq!(counting(&was), [""; 0], "{file}");
        assert_eq!(counting(&same), [""; 0], "{file}");
        let found = counting(&other);
        let [public, told] = found.as_slice() else { panic!("{file}: {found:?}") };
        assert!(public.starts_with("acl-public-read violated"), "{file}: {found:?}");
        assert!(told.contains("was about another bucket than"), "{file}: {found:?}");
    }
}

/// A line elsewhere in a file makes no bucket another, of which nothing but the expression that makes it is known.
#[test]
fn buckets_of_a_loop_over_what_is_not_known() {
    let code = "variable \"buckets\" { type = map(object({ name = string, public = bool })) }\nresource \"aws_s3_bucket\" \"b\" {\n  for_each = { for k, v in var.buckets : k => v if v.public }\n  bucket   = each.value.name\n  acl      = \"public-read\"\n}\n";
    let Some(it) = Repository::new(&[("main.tf", code)]) else { return };
    assert!(!it.counting(&[]).is_empty());
    it.write("main.tf", &format!("# a word\nlocals {{ a = 1 }}\n{code}"));
    assert_eq!(it.counting(&["--base", "HEAD"]), [""; 0]);
}

/// A suppression that is split, names fewer rules, or is put in our words, says nothing that was not said.
#[test]
fn suppressions_that_say_the_same_or_less() {
    let code = |marks: &str| {
        format!(
            "{marks}resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"b-example\"\n  acl    = \"public-read\"\n}}\n"
        )
    };
    let ours = |rules: &str, reason: &str| format!("# bucketlint:ignore {rules} reason=\"{reason}\"\n");
    let both = ours("acl-public-read, bpa-missing", "site");
    let Some(it) = Repository::new(&[("main.tf", &code(&both))]) else { return };
    let counting = |marks: &str| {
        it.write("main.tf", &code(marks));
        let found = it.counting(&["--policy-from", "HEAD", "--disable", "versioning"]);
        found.iter().filter_map(|it| it.split(' ').next().map(str::to_owned)).collect::<Vec<_>>()
    };
    let (acl, block) = (ours("acl-public-read", "site"), ours("bpa-missing", "site"));
    assert_eq!(counting(&both), [""; 0]);
    assert_eq!(counting(&format!("{acl}{block}")), [""; 0]);
    assert_eq!(counting(&acl), ["bpa-missing"]);
    // More of it, and another reason, are new.
    assert_eq!(counting(&format!("{both}{}", ours("acl-public-write", "site"))), ["suppression-added"]);
    assert_eq!(counting(&ours("acl-public-read", "mine")), ["acl-public-read", "bpa-missing", "suppression-added"]);
    it.write("main.tf", &code("").replace("  acl ", "  #checkov:skip=CKV_AWS_20:site\n  acl "));
    it.commit();
    assert_eq!(counting(&acl), ["bpa-missing"]);
    assert_eq!(counting(&block), ["acl-public-read", "bpa-missing", "suppression-added"]);
}
