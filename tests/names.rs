//! Buckets of which the name is not known, or not all of it: one of another name is another bucket.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

#[path = "common/folder.rs"]
mod folder;
#[path = "common/repository.rs"]
mod repository;

use repository::Repository;

const RULE: &str = "acl-public-read";
const ACCOUNT: &str = "data \"aws_caller_identity\" \"c\" {}\n";

/// A bucket with a public ACL. What is suppressed is by the first line of its block.
fn bucket(name: &str, mark: &str) -> String {
    format!("resource \"aws_s3_bucket\" \"b\" {{\n{mark}  {name}\n  acl = \"public-read\"\n}}\n")
}

const MARK: &str = "  # bucketlint:ignore acl-public-read reason=\"site\"\n";

/// How many findings of the rule count, and how many suppressions are said not to.
fn counting(it: &Repository, arguments: &[&str]) -> (usize, usize) {
    let found = it.counting(&[arguments, &["--disable", "versioning", "--disable", "bpa-missing"]].concat());
    let count = |rule: &str| found.iter().filter(|it| it.starts_with(&format!("{rule} violated"))).count();
    (count(RULE), count("suppression-added"))
}

/// Files with a bucket that is public, suppressed or not, and what becomes of one of them.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);

/// Whether the bucket is another by `--base`, by a baseline, and for a suppression that is trusted.
fn is_another(name: &str, (files, file, now): Case<'_>) -> [bool; 3] {
    let change = |mark: &str| {
        let main = bucket(name, mark);
        let mut all = files.to_vec();
        if !files.iter().any(|it| it.0 == "main.tf") {
            all.push(("main.tf", &main));
        }
        let marked: Vec<(&str, String)> = all.iter().map(|it| (it.0, it.1.replace("MARK\n", mark))).collect();
        let marked: Vec<(&str, &str)> = marked.iter().map(|it| (it.0, it.1.as_str())).collect();
        let it = Repository::new(&marked)?;
        it.run(&["check", ".", "--write-baseline", "b.json"]);
        it.write(file, &now.replace("MARK\n", mark));
        Some(it)
    };
    let Some(plain) = change("") else { return [false; 3] };
    let found = [["--base", "HEAD"], ["--baseline", "b.json"]].map(|it| counting(&plain, &it).0 == 1);
    let suppressed = change(MARK).unwrap();
    let trusted = ["--policy-from", "HEAD"].as_slice();
    let by_each = [trusted, &["--base", "HEAD", "--policy-from", "HEAD"]].map(|it| counting(&suppressed, it));
    assert_eq!(by_each[0], by_each[1], "{name} {now}");
    assert_eq!(by_each[0].0, by_each[0].1, "{name} {now}");
    [found[0], found[1], by_each[0].0 == 1]
}

/// What is known of a name is compared, wherever it comes from.
#[test]
fn the_part_of_a_name_that_is_known() {
    let of_variable = "bucket = \"${var.n}-${data.aws_caller_identity.c.account_id}\"";
    let variable = |value: &str| format!("{ACCOUNT}variable \"n\" {{ default = \"{value}\" }}\n");
    let was = variable("site");
    let check = |name: &str, files: &[(&str, &str)], file: &str, now: &str, expected: bool| {
        assert_eq!(is_another(name, (files, file, now)), [expected; 3], "{name}: {now}");
    };
    check(of_variable, &[("n.tf", &was)], "n.tf", &variable("payroll"), true);
    check(of_variable, &[("n.tf", &was)], "n.tf", &format!("# as before\n{was}"), false);
    let given = [("n.tf", was.as_str()), ("terraform.tfvars", "n = \"site\"\n")];
    check(of_variable, &given, "terraform.tfvars", "n = \"payroll\"\n", true);
    // The account by another data source, the name by a local.
    let other = "data \"aws_caller_identity\" \"me\" {}\nlocals { n = \"site\" }\n";
    let main = bucket("bucket = \"${local.n}-${data.aws_caller_identity.me.account_id}\"", "MARK\n");
    let own = format!("{}{was}", bucket(of_variable, "MARK\n"));
    check("", &[("main.tf", &own)], "main.tf", &format!("{main}{other}"), false);
    check("", &[("main.tf", &own)], "main.tf", &format!("{main}{}", other.replace("site", "payroll")), true);
    check(
        "bucket_prefix = local.n",
        &[("n.tf", "locals { n = \"site-\" }\n")],
        "n.tf",
        "locals { n = \"payroll-\" }\n",
        true,
    );
    let each = |value: &str| format!("locals {{ all = {{ a = \"{value}\" }} }}\n{ACCOUNT}");
    let of_each = "for_each = local.all\n  bucket = \"${each.value}-${data.aws_caller_identity.c.account_id}\"";
    check(of_each, &[("n.tf", &each("site"))], "n.tf", &each("payroll"), true);
    // A bucket that is called after another; of that a baseline knows nothing.
    let first = |name: &str| format!("{was}resource \"aws_s3_bucket\" \"first\" {{\n  bucket = {name}\n}}\n");
    let named = |value: &str| first(&format!("\"{value}-${{data.aws_caller_identity.c.account_id}}\""));
    let after = "bucket = \"${aws_s3_bucket.first.id}-logs\"";
    let found = is_another(after, (&[("n.tf", &named("site"))], "n.tf", &named("payroll")));
    assert_eq!([found[0], found[2]], [true; 2]);
    let template = |name: &str| {
        format!(
            "Parameters:\n  N: {{ Type: String, Default: {name} }}\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      # bucketlint:ignore acl-public-read reason=\"site\"\n      AccessControl: PublicRead\n      BucketName: !Sub \"${{N}}-${{AWS::AccountId}}\"\n"
        )
    };
    let plain = |name: &str| template(name).replace("      # bucketlint:ignore acl-public-read reason=\"site\"\n", "");
    let Some(it) = Repository::new(&[("t.yaml", &plain("site"))]) else { return };
    it.run(&["check", ".", "--write-baseline", "b.json"]);
    it.write("t.yaml", &plain("payroll"));
    assert_eq!([["--base", "HEAD"], ["--baseline", "b.json"]].map(|by| counting(&it, &by).0), [1, 1]);
    let Some(it) = Repository::new(&[("t.yaml", &template("site"))]) else { return };
    it.write("t.yaml", &template("payroll"));
    assert_eq!(counting(&it, &["--base", "HEAD", "--policy-from", "HEAD"]), (1, 1));
}

/// Where nothing of a name is known, what it is written as is compared. Of that a baseline knows nothing.
#[test]
fn a_name_that_is_not_known() {
    let check = |name: &str, was: &str, now: &str, expected: bool| {
        let main = format!("{}{was}", bucket(name, "MARK\n"));
        let now = format!("{}{now}", bucket(name, "MARK\n"));
        let found = is_another("", (&[("main.tf", &main)], "main.tf", &now));
        assert_eq!([found[0], found[2]], [expected; 2], "{name}: {now}");
    };
    let parameter =
        |name: &str, path: &str| format!("data \"aws_ssm_parameter\" \"{name}\" {{\n  name = \"{path}\"\n}}\n");
    let own = "bucket = data.aws_ssm_parameter.p.value";
    check(own, &parameter("p", "/site/b"), &parameter("p", "/payroll/b"), true);
    check(own, &parameter("p", "/site/b"), &format!("# why\n{}", parameter("p", "/site/b").replace(" = ", "=")), false);
    let random = |more: &str| format!("resource \"random_id\" \"p\" {{\n  {more}\n}}\n");
    let own = "bucket = random_id.p.hex";
    check(own, &random("prefix = \"site-\""), &random("prefix = \"payroll-\""), true);
    check(own, &random("byte_length = 4"), &random("byte_length = 8"), false);
    let both = "variable \"a\" {}\nvariable \"b\" {}\n";
    check("bucket = var.a", both, &both.replace("\"a\" {}", "\"a\" { type = string }"), false);
    let counted = random("count = 1\n  byte_length = 4");
    let found = is_another(
        "",
        (
            &[("main.tf", &format!("{}{}", bucket(own, "MARK\n"), random("byte_length = 4")))],
            "main.tf",
            &format!("{}{counted}", bucket("bucket = random_id.p[0].hex", "MARK\n")),
        ),
    );
    assert_eq!([found[0], found[2]], [false; 2]);
    // Under another name of what gives it, it is the same; from another source that was there, it is not.
    let main = |name: &str, rest: &str| format!("{}{rest}", bucket(name, "MARK\n"));
    let pairs = [
        (main("bucket = var.a", both), main("bucket = var.b", both), true),
        (main("bucket = var.a", "variable \"a\" {}\n"), main("bucket = var.name", "variable \"name\" {}\n"), false),
        (
            main("bucket = data.aws_ssm_parameter.p.value", &parameter("p", "/site/b")),
            main("bucket = data.aws_ssm_parameter.q.value", &parameter("q", "/site/b")),
            false,
        ),
        (
            main("bucket = \"a-${random_id.p.hex}\"", &random("byte_length = 4")),
            main("bucket = \"a-${random_id.q.hex}\"", &random("byte_length = 4").replace("\"p\"", "\"q\"")),
            false,
        ),
    ];
    for (was, now, expected) in &pairs {
        let found = is_another("", (&[("main.tf", was)], "main.tf", now));
        assert_eq!([found[0], found[2]], [*expected; 2], "{now}");
    }
    let template = |path: &str| {
        format!(
            "Parameters:\n  N: {{ Type: \"AWS::SSM::Parameter::Value<String>\", Default: {path} }}\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: {{ BucketName: !Ref N, AccessControl: PublicRead }}\n"
        )
    };
    let Some(it) = Repository::new(&[("t.yaml", &template("/site/n"))]) else { return };
    assert_eq!(counting(&it, &["--base", "HEAD"]).0, 0);
    it.write("t.yaml", &template("/payroll/n"));
    assert_eq!(counting(&it, &["--base", "HEAD"]).0, 1);
}

/// Each environment is compared with itself.
#[test]
fn names_of_environments() {
    let text = "data \"aws_caller_identity\" \"c\" {}\nvariable \"n\" {}\nvariable \"acl\" {}\n";
    let main = bucket("bucket = \"${var.n}-${data.aws_caller_identity.c.account_id}\"", MARK)
        .replace("\"public-read\"", "var.acl");
    let values = |name: &str, acl: &str| format!("n = \"{name}\"\nacl = \"{acl}\"\n");
    let Some(it) = Repository::new(&[
        ("main.tf", &format!("{main}{text}")),
        ("test.tfvars", &values("test", "public-read")),
        ("prod.tfvars", &values("prod", "private")),
    ]) else {
        return;
    };
    let both = ["--environment", "test=test.tfvars", "--environment", "prod=prod.tfvars"];
    let found = || counting(&it, &[&both[..], &["--base", "HEAD", "--policy-from", "HEAD"]].concat());
    assert_eq!(found(), (0, 0));
    it.write("test.tfvars", &values("payroll", "public-read"));
    assert_eq!(found(), (1, 1));
    it.write("test.tfvars", &values("prod", "public-read"));
    it.write("prod.tfvars", &values("test", "private"));
    assert_eq!(found(), (1, 1));
}

const POLICY: &str = r#"resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    {
      Sid = "Site"
      Effect = "Allow"
      Principal = "*" # bucketlint:ignore bucket-policy-public-principal reason="x"
      Action = "s3:GetObject"
      Resource = "${aws_s3_bucket.b.arn}/site/*"
    }
  ] })
}
"#;

/// How many suppressions do not count, and how many public statements and ACLs do.
fn untrusted(it: &Repository) -> (usize, usize) {
    let found = it.counting(&["--policy-from", "HEAD", "--disable", "versioning", "--disable", "bpa-missing"]);
    let count = |rule: &str| found.iter().filter(|it| it.starts_with(&format!("{rule} violated"))).count();
    (count("suppression-added"), count(RULE) + count("bucket-policy-public-principal"))
}

/// A suppression that is trusted goes with what it is about, wherever that stands and whatever it is called.
#[test]
fn a_suppression_moves_with_its_thing() {
    let own = bucket("bucket = \"b-example\"", MARK);
    let was = format!("{own}{POLICY}");
    let called = |text: &str| text.replace("\"b\"", "\"web\"").replace("bucket.b.", "bucket.web.");
    let local = was.replace("\"b-example\"", "local.n") + "locals { n = \"b-example\" }\n";
    let module = "module \"m\" {\n  source = \"./m\"\n}\n";
    let moved = |name: &str| format!("moved {{\n  from = {name}\n  to   = module.m.{name}\n}}\n");
    let moved = format!("{module}{}{}", moved("aws_s3_bucket.b"), moved("aws_s3_bucket_policy.b"));
    let cases: [&[(&str, &str)]; 7] = [
        &[("main.tf", &own), ("policy.tf", POLICY)],
        &[("main.tf", "locals { x = 1 }\n"), ("site.tf", &was)],
        &[("main.tf", &called(&was))],
        &[("main.tf", &local)],
        &[("main.tf", &moved), ("m/main.tf", &was)],
        &[("main.tf", &was.replace("\"Site\"", "\"PublicSite\""))],
        &[("main.tf", &was.replace("bucket.b.id", "bucket.b.bucket"))],
    ];
    for now in cases {
        let Some(it) = Repository::new(&[("main.tf", &was)]) else { return };
        assert_eq!(untrusted(&it), (0, 0));
        now.iter().for_each(|(path, text)| it.write(path, text));
        assert_eq!(untrusted(&it), (0, 0), "{now:?} {:?}", it.counting(&["--policy-from", "HEAD"]));
    }
}

/// Nor does it lend its words to another thing of the same bucket, or to another bucket.
#[test]
fn a_suppression_moves_to_nothing_else() {
    let own = bucket("bucket = \"b-example\"", MARK);
    let was = format!("{own}{POLICY}");
    let unmarked = |text: &str| {
        let lines = text.lines().map(|it| it.split(" # bucketlint").next().unwrap_or_default());
        lines.filter(|it| !it.trim().starts_with("# bucketlint")).collect::<Vec<_>>().join("\n") + "\n"
    };
    let another = was.replace("b-example", "payroll").replace("\"b\"", "\"p\"").replace("bucket.b.", "bucket.p.");
    // The statement gives something else, under another Sid; its bucket is another; another statement has the words.
    let widened = was.replace("\"Site\"", "\"All\"").replace("/site/*", "/*");
    let split = |policy: &str| [("main.tf", own.clone()), ("policy.tf", policy.to_owned())];
    let second = POLICY.replacen("    {\n", "    {\n      Sid = \"More\"\n      Effect = \"Allow\"\n      Principal = \"*\" # bucketlint:ignore bucket-policy-public-principal reason=\"x\"\n      Action = \"s3:*\"\n      Resource = \"${aws_s3_bucket.b.arn}/*\"\n    },\n    {\n", 1);
    let (head, tail) = second.rsplit_once(" # bucketlint:ignore bucket-policy-public-principal reason=\"x\"").unwrap();
    let second = format!("{head}{tail}");
    // Over the whole block of the policy in place of its statement.
    let wider =
        unmarked(POLICY).replacen("{\n", "{\n  # bucketlint:ignore bucket-policy-public-principal reason=\"x\"\n", 1);
    let cases = [
        (vec![("main.tf", widened)], (1, 1)),
        (vec![("main.tf", unmarked(&was)), ("other.tf", another)], (2, 4)),
        (split(&second).to_vec(), (1, 2)),
        (split(&wider).to_vec(), (1, 1)),
        (vec![("main.tf", was.replace("reason=\"x\"", "reason=\"y\""))], (1, 1)),
    ];
    for (now, expected) in cases {
        let Some(it) = Repository::new(&[("main.tf", &was)]) else { return };
        now.iter().for_each(|(path, text)| it.write(path, text));
        assert_eq!(untrusted(&it), expected, "{now:?} {:?}", it.counting(&["--policy-from", "HEAD"]));
    }
    // Of two root modules in which a name is alike and not known, each has its own bucket.
    let unknown =
        bucket("bucket = \"a-${random_id.r.hex}\"", MARK) + "resource \"random_id\" \"r\" {\n  byte_length = 4\n}\n";
    let Some(it) = Repository::new(&[("dev/main.tf", &unknown), ("prod/main.tf", &unmarked(&unknown))]) else { return };
    assert_eq!(untrusted(&it), (0, 1));
    it.write("dev/main.tf", "locals { x = 1 }\n");
    it.write("prod/main.tf", &unknown);
    assert_eq!(untrusted(&it), (1, 1));
}

/// What is not as it was is told, and what the change does not count either way is not said to count.
#[test]
fn why_a_suppression_does_not_count() {
    let was = bucket("bucket = \"b-example\"", MARK);
    let Some(it) = Repository::new(&[("main.tf", &was)]) else { return };
    let told = |arguments: &[&str]| {
        let found = it.counting(&[arguments, &["--policy-from", "HEAD"]].concat());
        found
            .into_iter()
            .find_map(|it| {
                it.strip_prefix("suppression-added violated this suppression of acl-public-read ").map(str::to_owned)
            })
            .unwrap_or_default()
    };
    it.write("main.tf", &was.replace("\"site\"", "\"see the records\""));
    assert_eq!(told(&[]), "has another reason than at the trusted revision, and does not count");
    it.write("main.tf", &was.replace("\"site\"", "\"site\" until=2999-01-01"));
    assert_eq!(told(&[]), "has another last day than at the trusted revision, and does not count");
    let Some(it) = Repository::new(&[("main.tf", &was.replace(MARK, ""))]) else { return };
    it.write("main.tf", &was);
    let told = |arguments: &[&str]| it.counting(&[arguments, &["--policy-from", "HEAD"]].concat()).join("\n");
    assert!(told(&[]).contains("is new and does not count"), "{}", told(&[]));
    assert!(!told(&[]).contains("was there before"), "{}", told(&[]));
    let found = told(&["--base", "HEAD"]);
    assert!(found.contains("is new and does not count; what it is about was there before the change"), "{found}");
}

/// The same template in other words has the same suppressions.
#[test]
fn a_template_in_other_words() {
    let template = |name: &str| {
        format!(
            "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Metadata: {{ bucketlint: {{ ignore: [{{ rule: acl-public-read, reason: site }}] }} }}\n    Properties: {{ BucketName: {name}, AccessControl: PublicRead }}\n"
        )
    };
    let json = |name: &str| {
        format!(
            "{{\"Resources\": {{\"B\": {{\n\"Type\": \"AWS::S3::Bucket\", \"Metadata\": {{\"bucketlint\": {{\"ignore\": [{{\"rule\": \"acl-public-read\", \"reason\": \"site\"}}]}}}},\n\"Properties\": {{\"BucketName\": {name}, \"AccessControl\": \"PublicRead\"}}}}}}}}"
        )
    };
    let was = template("!Sub \"site-${AWS::AccountId}\"");
    let parameter = format!(
        "Parameters: {{ N: {{ Type: String, Default: site }} }}\n{}",
        template("!Sub \"${N}-${AWS::AccountId}\"")
    );
    let other = parameter.replace("Default: site", "Default: payroll");
    let cases = [
        ("t.yaml", template("{ \"Fn::Sub\": \"site-${AWS::AccountId}\" }"), 0),
        ("t.yaml", template("!Join [\"-\", [site, !Ref \"AWS::AccountId\"]]"), 0),
        ("t.yaml", parameter, 0),
        ("t.yaml", other, 1),
        ("t.json", json("{\"Fn::Sub\": \"site-${AWS::AccountId}\"}"), 0),
        ("t.json", json("{\"Fn::Sub\": \"site-${AWS::AccountId}\"}").replace(", ", ",\n    "), 0),
        ("t.json", json("{\"Fn::Sub\": \"payroll-${AWS::AccountId}\"}"), 1),
    ];
    for (path, now, expected) in &cases {
        let Some(it) = Repository::new(&[("t.yaml", &was)]) else { return };
        std::fs::remove_file(it.0.join("t.yaml")).unwrap();
        it.write(path, now);
        assert_eq!(untrusted(&it).1, *expected, "{now} {:?}", it.counting(&["--policy-from", "HEAD"]));
    }
}

/// Entries of a list that change places are the buckets that they were.
#[test]
fn buckets_that_change_places() {
    let text = |all: &str, more: &str| {
        let own = format!("count = length(local.all)\n  bucket = \"${{local.all[count.index]}}{more}\"");
        format!("{}locals {{ all = [{all}] }}\n{ACCOUNT}", bucket(&own, ""))
    };
    for more in ["", "-${data.aws_caller_identity.c.account_id}"] {
        let Some(it) = Repository::new(&[("main.tf", &text("\"site\", \"www\"", more))]) else { return };
        it.write("main.tf", &text("\"www\", \"site\"", more));
        assert_eq!(counting(&it, &["--base", "HEAD"]).0, 0, "{more}");
        it.write("main.tf", &text("\"www\", \"payroll\"", more));
        assert_eq!(counting(&it, &["--base", "HEAD"]).0, 1, "{more}");
    }
}

/// A bucket without a name is known by its address, and by that of before where it was moved.
#[test]
fn buckets_without_names() {
    let own = |address: &str, mark: &str| bucket("", mark).replace("\"b\"", &format!("\"{address}\""));
    let closed = own("secret", "").replace("public-read", "private");
    let was = format!("{}{closed}", own("site", MARK));
    let moved =
        |from: &str, to: &str| format!("moved {{\n  from = aws_s3_bucket.{from}\n  to   = aws_s3_bucket.{to}\n}}\n");
    let check = |now: String, expected: (usize, usize)| {
        let Some(it) = Repository::new(&[("main.tf", &was)]) else { return };
        it.write("main.tf", &now);
        assert_eq!(untrusted(&it), expected, "{now} {:?}", it.counting(&["--policy-from", "HEAD"]));
    };
    check(format!("{}{closed}{}", own("web", MARK), moved("site", "web")), (0, 0));
    // What was closed has the address now.
    let closed = own("old", "").replace("public-read", "private");
    check(format!("{}{closed}{}{}", own("site", MARK), moved("site", "old"), moved("secret", "site")), (1, 1));
}
