//! A report made by hand, which says everything that a report can say.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use bucketlint::finding::{Finding, Label, Report, RuleInfo, Severity, Status, Summary};
use bucketlint::policy::Request;
use bucketlint::source::{Diagnostic, FileId, Gravity, Memory, Sources, Span};

pub const MAIN: &str = "resource \"aws_s3_bucket\" \"lake\" {\n  acl = var.acl\n}\n\nresource \"aws_s3_bucket_policy\" \"lake\" {\n  policy = var.policy\n}\n";
pub const VARIABLES: &str = "variable \"acl\" {\n  default = \"public-read\"\n}\n\nvariable \"policy\" {}\n";

pub fn sources() -> (Sources, FileId, FileId) {
    let sources = Sources::new(Box::new(Memory::default()));
    let main = sources.add(Path::new("infra/main file.tf"), MAIN);
    let variables = sources.add(Path::new("infra/variables.tf"), VARIABLES);
    (sources, main, variables)
}

pub fn span(file: FileId, text: &str, part: &str) -> Span {
    let start = text.find(part).unwrap();
    Span::of(file, start..start + part.len())
}

pub fn report(main: FileId, variables: FileId) -> Report {
    let default = span(variables, VARIABLES, "\"public-read\"");
    let public = Finding {
        severity: Severity::Critical,
        message: "aws_s3_bucket.lake lets anyone list its objects\u{1b}[2J".to_owned(),
        at: Some(span(main, MAIN, "var.acl")),
        label: Some("grants everyone".to_owned()),
        related: vec![
            Label { at: span(main, MAIN, "resource \"aws_s3_bucket\" \"lake\""), text: "this bucket".to_owned() },
            Label { at: default, text: "the value comes from here".to_owned() },
        ],
        flow: vec![
            Label { at: default, text: "the default of var.acl".to_owned() },
            Label { at: span(main, MAIN, "var.acl"), text: "lets anyone list its objects".to_owned() },
        ],
        assuming: vec![Label { at: default, text: "var.acl = \"public-read\"".to_owned() }],
        witness: Some(Request {
            principal: "anonymous".to_owned(),
            action: "s3:ListBucket".to_owned(),
            resource: "arn:aws:s3:::lake".to_owned(),
            context: BTreeMap::from([("aws:SecureTransport".to_owned(), vec!["true".to_owned()])]),
        }),
        help: Some("set the ACL to private".to_owned()),
        fingerprint: "9f3c1a7e42d0".to_owned(),
        ..Finding::new("acl-public-read", "ACL lets anyone read", "aws_s3_bucket.lake")
    };
    let unknown = |rule: &str| Finding {
        severity: Severity::High,
        status: Status::Unknown,
        message: "whether aws_s3_bucket.lake allows plain HTTP is not known".to_owned(),
        at: Some(span(main, MAIN, "var.policy")),
        related: vec![Label {
            at: span(variables, VARIABLES, "variable \"policy\""),
            text: "`var.policy` has no value here".to_owned(),
        }],
        unknown: vec!["`var.policy` has no value here".to_owned()],
        fingerprint: format!("{rule}-1"),
        ..Finding::new(rule, "Policy allows plain HTTP", "aws_s3_bucket.lake")
    };
    Report {
        suppressed: Vec::new(),
        findings: vec![public, unknown("secure-transport"), unknown("policy-public")],
        diagnostics: vec![
            Diagnostic::at("syntax-error", Gravity::Incomplete, Span::head(main), "expected `}`")
                .help("close the block"),
            Diagnostic::path("unreadable-file", Gravity::Incomplete, "infra/bad.tf", "is not valid UTF-8 (byte 3)"),
        ],
        summary: Summary { files: 2, buckets: 1, rules: 3, public: 1, exposure_unknown: 0 },
        fixed: None,
    }
}

pub fn rules() -> Vec<RuleInfo> {
    vec![RuleInfo {
        id: "acl-public-read".to_owned(),
        title: "ACL lets anyone read".to_owned(),
        severity: Severity::Critical,
        concepts: vec!["acl-public-read".to_owned()],
        group: "acl".to_owned(),
        profiles: vec!["default".to_owned()],
        help_markdown: "## Why\n\nAnyone can read.\n".into(),
        tags: vec!["acl".to_owned()],
        references: vec!["https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html".to_owned()],
        equivalents: vec![("checkov".to_owned(), vec!["CKV_AWS_20".to_owned()])],
        broader: Vec::new(),
        narrower: Vec::new(),
        frameworks: Vec::new(),
        fix: None,
    }]
}

/// Validates with Python's `jsonschema`, where it is installed.
pub fn validate(document: &str, schema: &Path) {
    const PROGRAM: &str = "
import json, sys
try:
    import jsonschema
except ImportError:
    print('skipped: python3 has no jsonschema')
    sys.exit(0)
schema = json.load(open(sys.argv[1]))
kind = jsonschema.validators.validator_for(schema)
kind.check_schema(schema)
errors = [f'{list(e.absolute_path)}: {e.message}' for e in kind(schema).iter_errors(json.load(sys.stdin))]
print('\\n'.join(errors[:10]))
sys.exit(1 if errors else 0)
";
    let command =
        Command::new("python3").args(["-c", PROGRAM]).arg(schema).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = command else {
        println!("skipped: no python3");
        return;
    };
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), document.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    println!("{}", text.trim());
}
