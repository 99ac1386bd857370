//! Each limit of `docs/limits.md`: what exceeds it is told with its code, the run is incomplete, and the rest is judged.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test may")]

use bucketlint::finding::{Gate, judge};
use bucketlint::source::Gravity;

/// Beside what exceeds the limit stands a bucket that is judged all the same.
const GOOD_TF: &str = "resource \"aws_s3_bucket\" \"good\" {\n  bucket = \"good\"\n}\n";
const GOOD_CFN: &str = "Resources:\n  Good: {Type: 'AWS::S3::Bucket'}\n";

fn check(files: &[(&str, &str)], code: &str, message: &str, good: &str) {
    let mut report = bucketlint::check_texts(files);
    // What code reads is named to the library beside it, and is no input by itself.
    report.diagnostics.retain(|it| it.code != "unrecognised-file");
    let told = report.diagnostics.iter().find(|it| it.code == code && it.message.contains(message));
    let shown: Vec<_> = report.diagnostics.iter().map(|it| (it.code, it.gravity, &it.message)).take(5).collect();
    let told = told.unwrap_or_else(|| panic!("no `{code}` with `{message}` in {shown:?}"));
    assert_eq!(told.gravity, Gravity::Incomplete, "{message}");
    assert!(told.at.is_some() || told.path.is_some(), "{message} has no place");
    assert!(report.findings.iter().any(|it| it.address.contains(good)), "{message}: {good} is not judged");
    // Without the findings the run would not be green.
    let bare = bucketlint::finding::Report { findings: Vec::new(), ..report };
    assert_eq!(judge(&bare, Gate::default()).code, 3, "{message}");
}

fn terraform(code: &str, diagnostic: &str, message: &str) {
    check(&[("main.tf", &format!("{GOOD_TF}{code}"))], diagnostic, message, "aws_s3_bucket.good");
}

/// The value of a bucket's name.
fn expression(value: &str, diagnostic: &str, message: &str) {
    terraform(&format!("resource \"aws_s3_bucket\" \"b\" {{\n  bucket = {value}\n}}\n"), diagnostic, message);
}

fn template(resources: &str, diagnostic: &str, message: &str) {
    let text = format!("Transform: AWS::LanguageExtensions\n{GOOD_CFN}{resources}");
    check(&[("t.yaml", &text)], diagnostic, message, "Good");
}

#[test]
fn nesting() {
    expression(&format!("{}1{}", "(".repeat(1_000), ")".repeat(1_000)), "syntax-error", "nested too deep");
    expression(&format!("{}1{}", "[".repeat(1_000), "]".repeat(1_000)), "syntax-error", "nested too deep");
    expression(&format!("{}1{}", "\"${".repeat(1_000), "}\"".repeat(1_000)), "syntax-error", "nested too deep");
    expression(&format!("{}true", "!".repeat(1_000)), "syntax-error", "nesting");
    expression(&format!("a{}", ".b".repeat(2_000)), "syntax-error", "more than 1000 steps in one reference");
    expression(&vec!["1"; 1_000].join(" + "), "syntax-error", "chained");
    terraform(
        &format!("resource \"aws_s3_bucket\" \"b\" {{\n{}{}}}\n", "a {\n".repeat(1_000), "}\n".repeat(1_000)),
        "syntax-error",
        "nested too deep",
    );
    let deep = format!("  B: {{Type: 'AWS::S3::Bucket', Properties: {{Tags: {}", "[".repeat(1_000));
    template(&format!("{deep}{}}}}}\n", "]".repeat(1_000)), "syntax-error", "recursion limit");
    let joins = format!("{}x{}", "!Join ['', [a, ".repeat(60), "]]".repeat(60));
    template(
        &format!("  B: {{Type: 'AWS::S3::Bucket', Properties: {{BucketName: {joins}}}}}\n"),
        "limit",
        "too deep to evaluate",
    );
    let json = format!("{{\"Statement\": {}{}}}", "[".repeat(1_000), "]".repeat(1_000));
    let files = [("main.tf", GOOD_TF), ("p.json", &format!("{{\"Version\": \"2012-10-17\", {}", &json[1..]))];
    check(&files, "syntax-error", "nested more than 200 levels deep", "aws_s3_bucket.good");
}

#[test]
fn size_of_a_file() {
    let folder = std::env::temp_dir().join(format!("bucketlint-limits-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("good.tf"), GOOD_TF).unwrap();
    std::fs::File::create(folder.join("large.tf")).unwrap().set_len((16 << 20) + 1).unwrap();
    let sources =
        bucketlint::source::Sources::new(Box::new(bucketlint::source::Disk::new(std::slice::from_ref(&folder))));
    let checker = bucketlint::Checker::new("default").unwrap();
    let report = checker.check(&sources, std::slice::from_ref(&folder), &Default::default()).report;
    std::fs::remove_dir_all(&folder).unwrap();
    let told = report.diagnostics.iter().find(|it| it.code == "unreadable-file").unwrap();
    assert!(told.message.contains("larger than 16777216 bytes") && told.gravity == Gravity::Incomplete, "{told:?}");
    assert!(report.findings.iter().any(|it| it.address == "aws_s3_bucket.good"));
}

#[test]
fn instances() {
    terraform("resource \"aws_s3_bucket\" \"b\" {\n  count = 1000000\n}\n", "limit", "more than 10000 instances");
    let million = "toset([for it in setproduct(range(1000), range(1000)) : \"${it[0]}-${it[1]}\"])";
    let each = format!("resource \"aws_s3_bucket\" \"b\" {{\n  for_each = {million}\n}}\n");
    terraform(&each, "limit", "the number of combinations is too large");
    let modules = "module \"m\" {\n  source = \"./m\"\n  count  = 200\n}\n";
    let inner = "module \"n\" {\n  source = \"../n\"\n  count  = 200\n}\n";
    let bucket = "resource \"aws_iam_user\" \"b\" {}\n";
    check(
        &[("main.tf", &format!("{GOOD_TF}{modules}")), ("m/main.tf", inner), ("n/main.tf", bucket)],
        "limit",
        "more than 10000 instances of modules",
        "aws_s3_bucket.good",
    );
}

/// Each call has ten times the holes of the one within: what is left of them is decided, and nothing takes quadratic time.
#[test]
fn substitutions_of_unknowns_in_each_other() {
    for depth in [3, 25] {
        let open = r#"{"Fn::Sub":["${a}${a}${a}${a}${a}${a}${a}${a}${a}${a}",{"a":"#.repeat(depth);
        let resource = format!(
            r#"{{"Fn::Sub":["arn:aws:s3:::${{B}}/${{z}}",{{"z":{open}{{"Ref":"X"}}{}}}]}}"#,
            "}]}".repeat(depth)
        );
        let statement =
            format!(r#"{{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":{resource}}}"#);
        let template = format!(
            r#"{{"Parameters":{{"X":{{"Type":"String"}}}},"Resources":{{"B":{{"Type":"AWS::S3::Bucket"}},"P":{{"Type":"AWS::S3::BucketPolicy","Properties":{{"Bucket":{{"Ref":"B"}},"PolicyDocument":{{"Statement":[{statement}]}}}}}}}}}}"#
        );
        let report = bucketlint::check_texts(&[("t.json", &template), ("main.tf", GOOD_TF)]);
        assert_eq!(report.diagnostics.iter().any(|it| it.code == "limit"), depth == 25, "{:?}", report.diagnostics);
        let rules: Vec<&str> = report.findings.iter().map(|it| it.rule.as_str()).collect();
        assert!(rules.contains(&"bucket-policy-public-principal"), "{rules:?}");
    }
}

/// In a line that a program wrote nothing is edited.
#[test]
fn fixes_in_a_long_line() {
    let folder = std::env::temp_dir().join(format!("bucketlint-limits-line-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (size, fixed) in [(60_000, true), (70_000, false)] {
        let bucket = r#"{"Type":"AWS::S3::Bucket","Properties":{"VersioningConfiguration":{"Status":"Suspended"}}}"#;
        let text = format!(r#"{{"Description":"{}","Resources":{{"B":{bucket}}}}}"#, "x".repeat(size));
        std::fs::write(folder.join("t.json"), &text).unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_bucketlint"))
            .args(["check", "--fix", "--unsafe-fixes", "t.json"])
            .current_dir(&folder)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(std::fs::read_to_string(folder.join("t.json")).unwrap() != text, fixed, "{said}");
        assert_eq!(said.contains("its line is longer than 65536 bytes"), !fixed, "{said}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn modules_in_circles_and_too_deep() {
    terraform("module \"m\" {\n  source = \"./\"\n}\n", "cycle", "leads back to itself");
    let mut files = vec![("main.tf".to_owned(), format!("{GOOD_TF}module \"m\" {{\n  source = \"./m0\"\n}}\n"))];
    for at in 0..30 {
        // Two of each: without a limit on instances these are a thousand million.
        let two = format!("module \"a\" {{\n  source = \"../m{}\"\n}}\n", at + 1);
        files.push((format!("m{at}/main.tf"), two));
    }
    files.push(("m30/main.tf".to_owned(), "resource \"aws_s3_bucket\" \"b\" {}\n".to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    check(&files, "limit", "more than 24 levels deep", "aws_s3_bucket.good");
}

#[test]
fn values_that_double() {
    let doubling = |first: &str, next: &str| {
        let mut locals = format!("locals {{\n  s0 = {first}\n");
        for at in 0..40 {
            let next = next.replace("LAST", &format!("local.s{at}"));
            locals.push_str(&format!("  s{} = {next}\n", at + 1));
        }
        format!("{locals}}}\nresource \"aws_s3_bucket\" \"b\" {{\n  bucket = local.s40\n}}\n")
    };
    terraform(&doubling("\"aaaaaaaaaaaaaaaa\"", "\"${LAST}${LAST}\""), "limit", "too large to be evaluated");
    terraform(&doubling("[1]", "concat(LAST, LAST)"), "limit", "too large to be evaluated");
    terraform(&doubling("[1]", "[LAST, LAST]"), "limit", "too large to be evaluated");
    terraform(&doubling("\"a\"", "join(LAST, [LAST, LAST])"), "limit", "too large to be evaluated");
    // Backslashes double in each JSON text that holds another. Nothing is too large here until somebody asks for the text.
    let json = doubling("\"\\\"\"", "jsonencode(LAST)");
    let report = bucketlint::check_texts(&[("main.tf", &format!("{GOOD_TF}{json}"))]);
    assert!(report.findings.iter().any(|it| it.address == "aws_s3_bucket.good"));
}

#[test]
fn results_of_functions() {
    let digits = "a".repeat(10_000);
    for (value, message) in [
        ("format(\"%1000000000d\", 1)".to_owned(), "the result of format"),
        ("format(\"%.99999999999999999999f\", 1)".to_owned(), "the result of format"),
        ("indent(1000000000, \"a\\nb\")".to_owned(), "the result of indent"),
        (format!("join(\"{digits}\", [for i in range(1000) : \"{digits}\"])"), "the result of join"),
        (format!("replace(\"{digits}\", \"/./\", \"{digits}\")"), "the result of replace"),
    ] {
        expression(&value, "limit", message);
    }
    // What Terraform itself refuses.
    for value in ["range(1000000000)", "pow(10, 1000000)", "regex(\"a{1000}{1000}{1000}\", \"a\")"] {
        let report = bucketlint::check_texts(&[(
            "main.tf",
            &format!("locals {{\n  a = {value}\n}}\nresource \"aws_s3_bucket\" \"b\" {{\n  bucket = local.a\n}}\n"),
        )]);
        assert!(
            report.diagnostics.iter().any(|it| it.code == "invalid-expression"),
            "{value}: {:?}",
            report.diagnostics
        );
    }
    // Catastrophic for a backtracking engine, and linear here.
    let text = "a".repeat(20_000);
    let report = bucketlint::check_texts(&[(
        "main.tf",
        &format!(
            "{GOOD_TF}resource \"aws_s3_bucket\" \"b\" {{\n  bucket = length(regexall(\"(a*)*b\", \"{text}\"))\n}}\n"
        ),
    )]);
    assert!(report.diagnostics.iter().all(|it| it.code != "limit"), "{:?}", report.diagnostics);
}

#[test]
fn loops_in_loops() {
    let loops = "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : 1 if false]]]";
    expression(loops, "limit", "more than 5000000 steps to evaluate");
}

#[test]
fn templates_of_files() {
    let bucket = |call: &str| {
        format!(
            "{GOOD_TF}resource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = aws_s3_bucket.good.id\n  policy = {call}\n}}\n"
        )
    };
    // A template renders no other, as in Terraform; without that this one is 2 to the power of 120.
    let twice = "${templatefile(\"a.tpl\", {})}${templatefile(\"a.tpl\", {})}";
    let main = bucket("templatefile(\"a.tpl\", {})");
    let report = bucketlint::check_texts(&[("main.tf", &main), ("a.tpl", twice)]);
    let text = format!("{:?}{:?}", report.findings, report.diagnostics);
    assert!(text.contains("a template cannot render another template"), "{text}");
    let grows = "%{for a in x}%{for b in x}aaaaaaaaaaaaaaaa%{endfor}%{endfor}";
    let main = bucket("templatefile(\"a.tpl\", {x = range(1000)})");
    check(&[("main.tf", &main), ("a.tpl", grows)], "limit", "grows beyond 4194304 bytes", "aws_s3_bucket.good");
}

#[test]
fn aliases() {
    let mut laughs = "X0: &x0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for at in 0..12 {
        let nine = vec![format!("*x{at}"); 9].join(", ");
        laughs.push_str(&format!("X{}: &x{} [{nine}]\n", at + 1, at + 1));
    }
    let text = format!("{laughs}{GOOD_CFN}");
    check(&[("t.yaml", &text)], "syntax-error", "aliases expand to more than 1000000 nodes", "Good");
    // An anchor around an anchor around an anchor …: each would keep a copy of all that is in it.
    let open: String = (0..150).map(|it| format!("&a{it} [")).collect();
    let text = format!("{GOOD_CFN}X: {open}{}{}\nY: *a0\n", vec!["x"; 20_000].join(","), "]".repeat(150));
    check(&[("t.yaml", &text)], "syntax-error", "aliases expand to more than 1000000 nodes", "Good");
    // Merging is linear in the number of keys.
    let keys = |name: &str| (0..20_000).map(|it| format!("{name}{it}: 1")).collect::<Vec<_>>().join(", ");
    let text = format!("A: &a {{{}}}\nB: {{<<: *a, {}}}\n{GOOD_CFN}", keys("k"), keys("j"));
    assert!(bucketlint::check_texts(&[("t.yaml", &text)]).diagnostics.is_empty());
}

#[test]
fn loops_of_templates() {
    let names: Vec<String> = (0..6_000).map(|it| format!("a{it}")).collect();
    let text = format!("  'Fn::ForEach::L': [X, [{}], {{'B${{X}}': {{Type: 'AWS::SNS::Topic'}}}}]\n", names.join(", "));
    template(&text, "limit", "a loop of more than 5000 rounds");
    let hundred: Vec<String> = (0..100).map(|it| format!("a{it}")).collect();
    let list = hundred.join(", ");
    let text = format!(
        "  'Fn::ForEach::L':\n  - X\n  - [{list}]\n  - 'Fn::ForEach::M': [Y, [{list}], {{'B${{X}}${{Y}}': {{Type: 'AWS::SNS::Topic'}}}}]\n"
    );
    template(&text, "limit", "too many entries");
    let nested = |most: usize| {
        let inner = "'B${X0}': {Type: 'AWS::SNS::Topic'}".to_owned();
        let outer = |inner, at| format!("'Fn::ForEach::L{at}': [X{at}, [a], {{{inner}}}]");
        format!("  {}\n", (0..most).rev().fold(inner, outer))
    };
    template(&nested(6), "limit", "a loop within 5 others");
    assert!(bucketlint::check_texts(&[("t.yaml", &format!("{GOOD_CFN}{}", nested(5)))]).diagnostics.is_empty());
}

#[test]
fn texts_of_templates() {
    let named = |name: &str| format!("  B: {{Type: 'AWS::S3::Bucket', Properties: {{BucketName: {name}}}}}\n");
    let doubled = format!("{}x{}", "!Sub ['${a}${a}', {a: ".repeat(40), "}]".repeat(40));
    template(&named(&doubled), "limit", "the length of this text");
    let split = format!("!Select [0, !Split ['x', '{}']]", "x".repeat(20_000));
    template(&named(&split), "limit", "the number of parts");
}

#[test]
fn nested_stacks() {
    let stack = |at: usize, url: &str| {
        format!("  N{at}: {{Type: 'AWS::CloudFormation::Stack', Properties: {{TemplateURL: {url}}}}}\n")
    };
    let mut files = Vec::new();
    for level in 0..3 {
        let below: String = (0..30).map(|it| stack(it, &format!("t{}.yaml", level + 1))).collect();
        files.push((format!("t{level}.yaml"), format!("{GOOD_CFN}{below}")));
    }
    files.push(("t3.yaml".to_owned(), GOOD_CFN.to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    check(&files, "limit", "more than 500 nested stacks", "Good");
    let own = format!("{GOOD_CFN}{}", stack(0, "t.yaml"));
    check(&[("t.yaml", &own)], "remote-module", "the template of nested stack", "Good");
}

/// A policy that S3 would refuse for its size is not decided beyond what fits.
#[test]
fn values_of_a_policy() {
    let accounts: Vec<String> = (0..20_000).map(|it| format!("\"{it:012}\"")).collect();
    let policy = format!(
        "{{\"Version\": \"2012-10-17\", \"Statement\": [{{\"Effect\": \"Allow\", \"Principal\": {{\"AWS\": [{}]}}, \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::good/*\"}}]}}",
        accounts.join(", ")
    );
    let report = bucketlint::check_texts(&[("p.json", &policy)]);
    let undecided = report.findings.iter().any(|it| it.unknown.iter().any(|it| it.contains("the number of values")));
    assert!(undecided, "{:?}", report.findings.iter().map(|it| (&it.rule, &it.unknown)).collect::<Vec<_>>());
}

/// A value that is nested more deeply than recursion may go is not kept, however many names it took to build it.
#[test]
fn values_that_nest() {
    let mut code = "locals {\n  s0 = \"a\"\n".to_owned();
    for at in 0..3_000 {
        code.push_str(&format!("  s{} = [local.s{at}]\n", at + 1));
    }
    code.push_str("}\n");
    for at in (50..=3_000).step_by(50) {
        code.push_str(&format!("resource \"aws_s3_bucket\" \"b{at:05}\" {{\n  bucket = jsonencode(local.s{at})\n}}\n"));
    }
    terraform(&code, "limit", "too large to be evaluated");
}

/// So many complaints about one document that each would be looked at in the light of all others.
#[test]
fn complaints() {
    let keys = vec!["{\"a\": 1, \"a\": 2}"; 5_000].join(",\n");
    let text = format!("{{\"Resources\": {{\"Good\": {{\"Type\": \"AWS::S3::Bucket\"}}}}, \"Metadata\": [{keys}]}}");
    let report = bucketlint::check_texts(&[("t.json", &text)]);
    let told: Vec<_> = report.diagnostics.iter().filter(|it| it.code == "duplicate-key").collect();
    assert_eq!(told.len(), 500);
    assert!(told.iter().any(|it| it.help.as_deref().unwrap().contains("further ones are not listed")));
    assert!(report.findings.iter().any(|it| it.address == "Good"));
}

/// Bytes that are no text, or odd text: told, or read as they are.
#[test]
fn odd_bytes() {
    let sources = |bytes: &[u8]| {
        let files = [("main.tf".into(), bytes.to_vec()), ("good.tf".into(), GOOD_TF.as_bytes().to_vec())];
        bucketlint::source::Sources::new(Box::new(bucketlint::source::Memory::of_bytes(files)))
    };
    let checker = bucketlint::Checker::new("default").unwrap();
    let check = |bytes: &[u8], code: Option<&str>| {
        let report = checker.check(&sources(bytes), &["main.tf".into(), "good.tf".into()], &Default::default()).report;
        let worst = report.diagnostics.iter().filter(|it| it.gravity != Gravity::Note).map(|it| it.code).next();
        assert_eq!(worst, code, "{:?}", report.diagnostics);
        assert!(report.findings.iter().any(|it| it.address == "aws_s3_bucket.good"));
    };
    check(b"", None);
    check(b"\xef\xbb\xbflocals {}\n", None);
    check(b"\xff\xfe\x00", Some("unreadable-file"));
    check(&[0; 1000], Some("syntax-error"));
    check(format!("# {}\n", "x".repeat(8 << 20)).as_bytes(), None);
}
