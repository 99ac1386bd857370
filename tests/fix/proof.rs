//! One fix that fails costs only itself.

use super::{BUCKET, Folder, alone, policy, text};

/// A policy as a text in quotes, and the statements in it.
fn escaped(statements: &str) -> String {
    let json = format!("{{\"Version\":\"2012-10-17\",\"Statement\":{statements}}}");
    policy(&format!("\"{}\"", json.replace('"', "\\\"")))
}

const READ: &str = r#"{"Sid":"Read","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::logs-of-example/*"}"#;
const OWN: &str = r#"{"Sid":"Own","Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:GetObject","Resource":"${aws_s3_bucket.logs.arn}/*"}"#;

#[test]
fn policies_in_quotes() {
    let one = |name: &str, rule: &str, code: &str| alone(name, rule, &[("main.tf", code)]);
    let both = escaped(&format!("[{READ}, {OWN}]"));
    let out = [
        one("deny", "secure-transport", &both),
        one("deny beside a statement without a list", "secure-transport", &escaped(OWN)),
        one("remove", "bucket-policy-public-principal", &both),
        one("replace", "bucket-policy-public-principal", &escaped(&format!("[{READ}]"))),
        one("replace without a list", "bucket-policy-public-principal", &escaped(READ)),
        one(
            "over lines: left",
            "bucket-policy-public-principal",
            &escaped(&format!("[{READ},{OWN}]")).replace("[{", "[\\n{").replace("},{", "},\\n{"),
        ),
    ];
    insta::assert_snapshot!(out.concat());
}

/// A page that fires where another fix was made makes that fix fail; all others, also in the same file, are made.
#[test]
fn what_fails_costs_only_itself() {
    let page = "---\nid: no-versions\ntitle: Versions are there\nseverity: medium\nprofiles: [default]\nfor: bucket\nwhen: has(bucket.versioning) && bucket.address == \"aws_s3_bucket.b3\"\nat: bucket.versioning\nmessage: \"{bucket.address} has versions\"\n---\n## Why\nFor the test.\n";
    let buckets: String = (0..6).map(|it| format!("{}\n", BUCKET.replace("logs", &format!("b{it}")))).collect();
    let folder = Folder::new(&[("main.tf", &buckets), ("own/test/no-versions.md", page)]);
    let run = folder.run(&["--rules", "own", "--fix"]);
    let fixed = folder.read("main.tf");
    for it in 0..6 {
        let has = |kind: &str| fixed.contains(&format!("resource \"{kind}\" \"b{it}\""));
        assert!(has("aws_s3_bucket_public_access_block"), "{it}: {fixed}");
        assert_eq!(has("aws_s3_bucket_versioning"), it != 3, "{it}: {fixed}");
    }
    let out = text(&run.stdout);
    assert!(out.contains("11 fixed") && out.matches("not fixed").count() == 1, "{out}");
}

/// The finding that a fix brings is about another bucket, whose own fix is good.
#[test]
fn the_one_to_blame_is_another() {
    let page = "---\nid: far\ntitle: Far\nseverity: medium\nprofiles: [default]\nfor: bucket\nwhen: bucket.address == \"aws_s3_bucket.b\" && bucket.versioning.status == \"Enabled\"\nat: bucket\nmessage: \"{bucket.address} is far\"\n---\n## Why\nFor the test.\n";
    let versioning = |name: &str| {
        format!(
            "resource \"aws_s3_bucket_versioning\" \"{name}\" {{\n  bucket = aws_s3_bucket.{name}.id\n  versioning_configuration {{\n    status = local.status\n  }}\n}}\n"
        )
    };
    let code = format!(
        "locals {{\n  status = \"Suspended\"\n}}\n\n{}\n{}\n{}\n{}",
        BUCKET.replace("logs", "a"),
        BUCKET.replace("logs", "b").replace("{\n", "{ # bucketlint:ignore versioning reason=\"a test\"\n"),
        versioning("a"),
        versioning("b").replace("local.status", "local.status # bucketlint:ignore versioning reason=\"a test\"")
    );
    let folder = Folder::new(&[("main.tf", code.as_str()), ("own/test/far.md", page)]);
    let run = folder.run(&["--rules", "own", "--fix", "--unsafe-fixes"]);
    let fixed = folder.read("main.tf");
    for it in ["a", "b"] {
        assert!(fixed.contains(&format!("resource \"aws_s3_bucket_public_access_block\" \"{it}\"")), "{fixed}");
    }
    let out = text(&run.stdout);
    assert!(
        fixed.contains("Suspended") && out.contains("not fixed: versioning aws_s3_bucket.a: it would bring"),
        "{out}"
    );
}

/// The same in many root modules: what fails in one costs the others nothing.
#[test]
fn what_fails_in_many_modules_costs_only_itself() {
    let page = "---\nid: no-versions\ntitle: Versions are there\nseverity: medium\nprofiles: [default]\nfor: bucket\nwhen: has(bucket.versioning) && bucket.address == \"aws_s3_bucket.b1\"\nat: bucket.versioning\nmessage: \"{bucket.address} has versions\"\n---\n## Why\nFor the test.\n";
    let buckets: String = (0..3).map(|it| format!("{}\n", BUCKET.replace("logs", &format!("b{it}")))).collect();
    let names: Vec<String> = (0..9).map(|it| format!("m{it}/main.tf")).collect();
    let mut files: Vec<(&str, &str)> = names.iter().map(|it| (it.as_str(), buckets.as_str())).collect();
    files.push(("own/test/no-versions.md", page));
    let folder = Folder::new(&files);
    let out = text(&folder.run(&["--rules", "own", "--fix"]).stdout);
    for name in &names {
        let fixed = folder.read(name);
        let has = |it: usize| fixed.contains(&format!("resource \"aws_s3_bucket_versioning\" \"b{it}\""));
        assert!(has(0) && !has(1) && has(2), "{name}: {fixed}");
    }
    assert!(out.matches("not fixed: versioning aws_s3_bucket.b1: it would bring").count() == 9, "{out}");
}
