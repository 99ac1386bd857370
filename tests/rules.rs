//! Rule pages: every built-in case holds, and a page with a mistake is refused by file, line and the nearest right name.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bucketlint::cli::cases::{Expected, run_page};
use bucketlint::rules::{RuleSet, parse_page};

#[test]
fn every_page_loads() {
    let mistakes: Vec<String> = bucketlint::rules::builtin_mistakes().iter().map(ToString::to_string).collect();
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
    let rules = RuleSet::builtin();
    for (path, _) in bucketlint::rules::builtin_pages() {
        let stem = Path::new(path).file_stem().unwrap().to_string_lossy().into_owned();
        assert!(rules.infos().iter().any(|it| it.id == stem), "{path}: the id is not the file's name");
    }
}

#[test]
fn every_case_holds_and_every_page_has_all_kinds() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (path, text) in bucketlint::rules::builtin_pages() {
        let results = run_page(path, text).unwrap();
        count += results.len();
        for case in &results {
            wrong.extend(case.mistake.as_ref().map(|it| format!("{path}:{}: {it}", case.line)));
        }
        let has = |wanted: fn(&Expected) -> bool| results.iter().flat_map(|it| &it.expected).any(wanted);
        // Notes and dangling companions are facts about the text; a rule whose verdict is "unknown" has no violation.
        let scope = text.lines().find_map(|it| it.strip_prefix("for: ")).unwrap_or_default();
        if !has(|it| matches!(it, Expected::Error(_))) && !text.contains("\nstatus: unknown\n") {
            wrong.push(format!("{path}: no case with an error"));
        }
        if !has(|it| matches!(it, Expected::Ok)) {
            wrong.push(format!("{path}: no case that is ok"));
        }
        if !has(|it| matches!(it, Expected::Unknown(_))) && !matches!(scope, "note" | "dangling") {
            wrong.push(format!("{path}: no case that cannot be known"));
        }
        for part in ["## Why", "## Do", "## When it is fine", "## Cases"] {
            if !text.contains(&format!("\n{part}\n")) {
                wrong.push(format!("{path}: no part `{part}`"));
            }
        }
        let mend = text.split("\n## Do\n").nth(1).and_then(|it| it.split("\n## When").next()).unwrap_or_default();
        for tool in ["Terraform", "CloudFormation"] {
            if !mend.contains(tool) {
                wrong.push(format!("{path}: `## Do` does not say how to mend it in {tool}"));
            }
        }
        wrong.extend(as_a_page(text).into_iter().map(|it| format!("{path}: {it}")));
    }
    println!("{count} cases");
    assert!(wrong.is_empty(), "{} of {count} cases\n{}", wrong.len(), wrong.join("\n"));
}

/// Rules about what the other language cannot say: grants to ids and groups, uploads, arguments of the provider, MFA Delete.
const ONE_LANGUAGE: [&str; 8] = [
    "acl-grant-cross-account",
    "acl-public-acp",
    "access-point-policy-public",
    "deprecated-inline-args",
    "force-destroy",
    "mfa-delete",
    "object-acl-public",
    "object-sse",
];

/// What a reader of the page misses.
fn as_a_page(text: &str) -> Vec<String> {
    let mut missing = Vec::new();
    let mut need = |held: bool, what: &str| {
        if !held {
            missing.push(what.to_owned());
        }
    };
    let front = text.split("\n---\n").next().unwrap();
    let line = |key: &str| front.lines().find_map(|it| it.strip_prefix(&format!("{key}: "))).unwrap_or_default();
    for key in ["title", "message", "help"] {
        let said = line(key).trim_matches(['"', '\'']);
        need(!said.is_empty() && !said.ends_with('.'), &format!("`{key}` says nothing, or ends with a dot"));
    }
    let references: Vec<&str> = front.lines().filter_map(|it| it.strip_prefix("  - http")).collect();
    let aws = |it: &&str| it.starts_with("s://docs.aws.amazon.com/") || it.starts_with("s://repost.aws/");
    need(references.iter().any(aws), "no reference to a page of AWS");
    let provider = |it: &str| it.starts_with("s://registry.terraform.io/providers/hashicorp/");
    need(references.iter().all(|it| aws(it) || provider(it)), "a reference that is no page of AWS or of the provider");
    let part = |from: &str, to: &str| {
        let rest = text.split(&format!("\n## {from}\n")).nth(1).unwrap_or_default();
        rest.split(&format!("\n## {to}")).next().unwrap_or_default().trim().len()
    };
    need(90 <= part("Why", "Do"), "`## Why` is hardly a sentence");
    need(60 <= part("Do", "When it is fine"), "`## Do` is hardly a sentence");
    need(5 < part("When it is fine", "Cases"), "`## When it is fine` says nothing");
    // Policies have a language of their own; what has one of Terraform and of CloudFormation is shown in both.
    let shown = |languages: &[&str]| languages.iter().any(|it| text.contains(&format!("\n```{it}")));
    let both = shown(&["tf"]) && shown(&["yaml", "json"]);
    let single = ONE_LANGUAGE.contains(&line("id")) || matches!(line("for"), "note" | "dangling" | "account");
    need(both || single, "no example in one of Terraform and CloudFormation");
    missing
}

const PAGE: &str = "---\nid: own\ntitle: Own rule\nseverity: low\nprofiles: [default]\nfor: bucket\nwhen: bucket.force_destroy\n\
                    at: bucket\nmessage: \"{bucket.address}\"\n---\n## Cases\n```tf\nresource \"aws_s3_bucket\" \"a\" {} # ok\n```\n";

#[test]
fn a_mistake_is_told_with_line_and_nearest_name() {
    parse_page("own.md", "", PAGE).unwrap();
    for (from, to, expected) in [
        ("when:", "wen:", "own.md:7: there is no key `wen`; did you mean `when`?"),
        ("for: bucket", "for: buckett", "own.md:6: there is no scope or status `buckett`; did you mean `bucket`?"),
        ("severity: low", "severity: lo", "own.md:4: there is no severity `lo`; did you mean `low`?"),
        ("severity: low", "severity: [low]", "own.md:4: `severity` is one of the five names, or a map"),
        ("[default]", "[defaults]", "own.md:5: there is no profile `defaults`"),
        (
            "bucket.force_destroy",
            "bucket.force_destory",
            "own.md:7: a bucket has no field `force_destory`; did you mean `force_destroy`?",
        ),
        (
            "bucket.force_destroy",
            "\"hass(bucket.policy)\"",
            "own.md:7: there is no function `hass`; did you mean `has`?",
        ),
        ("bucket.force_destroy", "\"has(bucket.policy\"", "own.md:7: "),
        ("{bucket.address}", "{bucket.adress}", "own.md:9: a bucket has no field `adress`; did you mean `address`?"),
        (
            "at: bucket\n",
            "at: bucket\nequivalents: {chekov: [X]}\n",
            "own.md:9: `chekov` is not known; did you mean `checkov`?",
        ),
        (
            "at: bucket\n",
            "at: bucket\nbroader: {checkov: [X]}\nnarrower: {checkov: [X]}\n",
            "own.md:10: `X` is named in `broader` already",
        ),
        ("at: bucket\n", "at: bucket\nframeworks: {fsb: [X]}\n", "own.md:9: `fsb` is not known; did you mean `fsbp`?"),
        ("---\nid", "id", "own.md:1: a rule page begins with front matter"),
    ] {
        let text = PAGE.replacen(from, to, 1);
        let mistake = parse_page("own.md", "", &text).unwrap_err().to_string();
        assert!(mistake.starts_with(expected), "{from} -> {to}: {mistake}");
    }
    // A framework of one's own is no slip.
    parse_page("own.md", "", &PAGE.replacen("at: bucket\n", "at: bucket\nframeworks: {acme-baseline: [B-1]}\n", 1))
        .unwrap();
}

#[test]
fn rules_test_runs_the_cases_of_own_rules() {
    let folder = folder("own-rules");
    fs::write(folder.join("own.md"), PAGE).unwrap();
    let (code, out, _) = bucketlint(&["rules", "test", folder.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (Some(0), "1 cases in 1 pages hold\n"));

    let wrong = PAGE.replace("{} # ok", "{} # error: own");
    fs::write(folder.join("own.md"), wrong).unwrap();
    let (code, out, err) = bucketlint(&["rules", "test", folder.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("own.md:13: expected an error at line 1, found nothing"), "{err}");

    fs::write(folder.join("own.md"), PAGE.replace("# ok", "# error: other")).unwrap();
    let (_, _, err) = bucketlint(&["rules", "test", folder.to_str().unwrap()]);
    assert!(err.contains("names the rule `other`, not `own`"), "{err}");

    fs::write(folder.join("own.md"), PAGE.replace("when:", "wen:")).unwrap();
    let (code, _, err) = bucketlint(&["rules", "test", folder.to_str().unwrap()]);
    assert!(code == Some(2) && err.contains("own.md:7: there is no key `wen`"), "{err}");
    let (code, out, err) = bucketlint(&["check", "--rules", folder.to_str().unwrap(), "testdata/example"]);
    assert!(code == Some(2) && out.is_empty() && err.contains("own.md:7: "), "{err}");
}

#[test]
fn examples_in_every_language_and_a_severity_by_condition() {
    let folder = folder("languages");
    let front = "---\nid: own\ntitle: Own rule\nseverity: { high: \"bucket.exposure.public\", low: \"true\" }\nprofiles: [default]\nfor: bucket\n\
                 when: \"!has(bucket.tags)\"\nat: bucket\nmessage: \"{bucket.address} has no tags\"\n---\n## Cases\n";
    let cases = "```tf\nresource \"aws_s3_bucket\" \"a\" {} # error: own\n```\n```yaml\nResources:\n  A: # error: own\n    Type: AWS::S3::Bucket\n```\n\
                 ```json ok\n{\"Resources\": {\"A\": {\"Type\": \"AWS::S3::Bucket\", \"Properties\": {\"Tags\": [{\"Key\": \"a\", \"Value\": \"b\"}]}}}}\n```\n\
                 ```policy ok\n{\"Version\": \"2012-10-17\", \"Statement\": []}\n```\n";
    fs::write(folder.join("own.md"), format!("{front}{cases}")).unwrap();
    let path = folder.to_str().unwrap();
    let (code, out, err) = bucketlint(&["rules", "test", path]);
    assert_eq!((code, out.as_str()), (Some(0), "4 cases in 1 pages hold\n"), "{err}");
    let input = self::folder("languages-input");
    let acl = "resource \"aws_s3_bucket_acl\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  acl    = \"public-read\"\n}\n";
    for (text, severity) in [("", "low"), (acl, "high")] {
        fs::write(input.join("main.tf"), format!("resource \"aws_s3_bucket\" \"b\" {{}}\n{text}")).unwrap();
        let args = ["check", "--rules", path, "--format", "json", input.to_str().unwrap()];
        let report: serde_json::Value = serde_json::from_str(&bucketlint(&args).1).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let own = findings.iter().find(|it| it["rule"] == "own").unwrap();
        assert_eq!(own["severity"], severity, "{own}");
    }
    let broken = cases.replacen("```yaml", "```toml", 1);
    fs::write(folder.join("own.md"), format!("{front}{broken}")).unwrap();
    let (code, _, err) = bucketlint(&["rules", "test", path]);
    assert!(code == Some(2) && err.contains("`toml` is no language of a case: tf, yaml, json, policy"), "{err}");
}

#[test]
fn two_pages_of_one_id_are_refused() {
    let folder = folder("twice");
    fs::create_dir_all(folder.join("more")).unwrap();
    fs::write(folder.join("own.md"), PAGE).unwrap();
    fs::write(folder.join("more/own.md"), PAGE).unwrap();
    let path = folder.to_str().unwrap();
    for args in [["rules", "test", path].as_slice(), &["check", "--rules", path, "testdata/example"]] {
        let (code, out, err) = bucketlint(args);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        assert!(err.contains("own.md:2: a rule `own` is there already: "), "{err}");
    }
    // A name of ours is taken, and what else is in the folder is not loaded by halves.
    fs::remove_dir_all(folder.join("more")).unwrap();
    fs::write(folder.join("versioning.md"), PAGE.replace("id: own", "id: versioning")).unwrap();
    let (code, out, err) = bucketlint(&["check", "--rules", path, "testdata/example"]);
    assert!(code == Some(2) && out.is_empty(), "{err}");
    assert!(err.contains("versioning.md:2: a rule `versioning` is there already; give yours another id"), "{err}");
}

#[test]
fn what_is_wrong_in_an_expression_is_said_briefly() {
    let long = format!("{}bucket.force_destroy", "!".repeat(5000));
    let nested = format!("{}bucket.force_destroy{}", "(".repeat(5000), ")".repeat(5000));
    for (when, expected) in [
        ("bucket.name.matches(\"(\")".to_owned(), "`(` is no regular expression"),
        ("bucket.tags.exists(t, t.key ==".to_owned(), "expected a value, found the end"),
        (
            "[1].all(a, [1].all(b, [1].all(c, [1].all(d, [1].all(e, true)))))".to_owned(),
            "macros nested more than 4 deep",
        ),
        (long, "nested too deeply"),
        (nested, "nested too deeply"),
    ] {
        let text = PAGE.replacen("when: bucket.force_destroy", &format!("when: '{when}'"), 1);
        let mistake = parse_page("own.md", "", &text).unwrap_err().to_string();
        assert!(mistake.starts_with("own.md:7: ") && mistake.contains(expected) && mistake.len() < 400, "{mistake}");
    }
}

/// What could never hold, or always would, is told when the rule is loaded, and not silent at every bucket.
#[test]
fn types_are_checked() {
    let when = |text: &str| {
        parse_page("own.md", "", &PAGE.replacen("when: bucket.force_destroy", &format!("when: >-\n  {text}"), 1))
    };
    for (text, expected) in [
        ("bucket.address", "expected what is true or not, and this is a text"),
        ("bucket.versioning || true", "expected what is true or not, and this is versioning"),
        ("!bucket.tags", "expected what is true or not, and this is a list"),
        ("bucket.tags.exists(t, t.key)", "expected what is true or not, and this is a text"),
        ("bucket.versioning.status > 3", "expected a number, and this is a text"),
        ("bucket.versioning.status == 3", "expected a text, and this is a number"),
        ("bucket.force_destroy == \"true\"", "expected a truth value, and this is a text"),
        ("bucket.versioning == \"Enabled\"", "an object is compared by its fields"),
        ("bucket.address in bucket.versioning", "expected a list, and this is versioning"),
        ("3 in bucket.own_accounts", "expected a list, and this is a list"),
        ("bucket.force_destroy.contains(\"x\")", "`contains` is a method of texts, and this is a truth value"),
        ("bucket.name.startsWith(3)", "expected a text, and this is a number"),
        ("bucket.address.exists(a, true)", "this goes through lists only, and this is a text"),
        ("size(bucket.force_destroy) == 1", "`size` counts items or characters"),
        ("allows(bucket, \"s3:GetObject\")", "expected a statement of a policy, and this is a bucket"),
        ("bucket.force_destroy + bucket.force_destroy == 1", "`+` is for texts, numbers and lists"),
        ("bucket.tags[\"a\"].key == \"b\"", "expected a number, and this is a text"),
        ("-bucket.name == 1", "expected a number, and this is a text"),
    ] {
        let mistake = when(text).unwrap_err().to_string();
        assert!(mistake.starts_with(&format!("own.md:7: {expected}")), "{text}: {mistake}");
    }
    let severity = PAGE.replacen("severity: low", "severity: { high: bucket.address, low: \"true\" }", 1);
    assert!(parse_page("own.md", "", &severity).unwrap_err().to_string().contains("expected what is true or not"));
    for text in [
        "bucket.tags.filter(t, t.key == \"a\").exists(t, t.value == \"b\")",
        "\"a\" in bucket.tags.map(t, t.key)",
        "bucket.tags[0].key == \"x\" || bucket.name + \"b\" == \"ab\"",
        "(bucket.force_destroy ? bucket.name : \"x\") == \"x\" && size(bucket.name) < 9",
        "bucket.name.lowerAscii().size() > 3 && account(bucket.name) != \"1\"",
        "[1, 2].exists(x, x > 1) && bucket.name in [\"a\"] && bucket.own_accounts + [\"x\"] != [\"y\"]",
        "has(bucket.versioning) && unknown(bucket.tags) && bucket.policy.statements.exists(s, allows(s, \"s3:*\"))",
    ] {
        when(text).unwrap_or_else(|it| panic!("{text}: {it}"));
    }
}

/// Lists within lists within lists: 300 to the power of four items would take for ever.
#[test]
fn a_condition_that_explodes_is_undecided() {
    let folder = folder("explodes");
    let inner = (0..4).rfold("a0.effect == \"Allow\"".to_owned(), |inner, at| {
        format!("bucket.policy.statements.all(a{at}, {inner})")
    });
    fs::write(folder.join("own.md"), PAGE.replacen("when: bucket.force_destroy", &format!("when: '{inner}'"), 1))
        .unwrap();
    let statement = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::d-example/*"}"#;
    let all = vec![statement; 300].join(", ");
    fs::write(folder.join("policy.json"), format!(r#"{{"Version": "2012-10-17", "Statement": [{all}]}}"#)).unwrap();
    let path = folder.to_str().unwrap();
    let (_, out, err) = bucketlint(&["check", "--rules", path, "--format", "json", path]);
    assert!(out.contains("the work of one condition"), "{out}{err}");
}

#[test]
fn frameworks_list_and_run() {
    let (code, out, _) = bucketlint(&["rules", "--framework", "fsbp"]);
    assert_eq!(code, Some(0));
    let position = |control: &str| out.lines().position(|it| it.starts_with(&format!("{control} "))).unwrap();
    assert!(position("S3.1") < position("S3.9") && position("S3.9") < position("S3.12"), "{out}");
    // AWS's list of the standard; the other controls of S3 belong to CIS, NIST and PCI DSS.
    // <https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html>
    let words = out.lines().filter_map(|it| it.split(' ').next());
    let mut controls: Vec<&str> = words.filter(|it| it.starts_with("S3.")).collect();
    controls.dedup();
    let standard =
        ["S3.1", "S3.2", "S3.3", "S3.5", "S3.6", "S3.8", "S3.9", "S3.12", "S3.13", "S3.19", "S3.24", "S3.25"];
    assert_eq!(controls, standard, "{out}");
    for name in ["cis", "nist", "incident", "runbook"] {
        let (code, out, _) = bucketlint(&["rules", "--framework", name]);
        assert!(code == Some(0) && 3 < out.lines().count(), "{name}: {out}");
    }
    let folder = folder("framework");
    fs::write(folder.join("main.tf"), "resource \"aws_s3_bucket\" \"a\" {}\n").unwrap();
    let check = |more: &[&str]| {
        let mut args = vec!["check", folder.to_str().unwrap(), "--format", "json"];
        args.extend(more);
        bucketlint(&args).1
    };
    // S3.9 is in no default run.
    assert!(!check(&[]).contains("\"access-logging\""));
    assert!(check(&["--framework", "fsbp"]).contains("\"access-logging\""));
    assert!(!check(&["--framework", "fsbp"]).contains("\"force-destroy\""));
    let (code, _, err) = bucketlint(&["check", "--framework", "fsb", "testdata/example"]);
    assert!(code == Some(2) && err.contains("did you mean `fsbp`?"), "{err}");
    let (code, _, _) = bucketlint(&["check", "--framework", "fsbp", "--profile", "strict", "testdata/example"]);
    assert_eq!(code, Some(2));
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("rules-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Exit code, standard output, standard error.
fn bucketlint(args: &[&str]) -> (Option<i32>, String, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_bucketlint"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code(), text(out.stdout), text(out.stderr))
}
