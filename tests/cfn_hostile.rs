//! Templates that are broken, hostile or odd: a complaint that says where, or quiet passing over; never a panic, never a
//! silent green.
#![allow(clippy::unwrap_used, reason = "a test")]

use bucketlint::check_texts;

/// Complaints as `code line-less message`, and the number of buckets and findings.
fn look(text: &str) -> (Vec<String>, usize, usize) {
    let report = check_texts(&[("t.yaml", text)]);
    assert!(report.diagnostics.iter().all(|it| it.at.is_some() || it.path.is_some()), "{:?}", report.diagnostics);
    let codes = report.diagnostics.iter().map(|it| it.code.to_owned()).collect();
    (codes, report.summary.buckets, report.findings.len())
}

const BUCKET: &str = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n";

#[test]
fn what_is_wrong_is_told() {
    let conditional = |conditions: &str| {
        format!("Conditions:\n{conditions}\nResources:\n  B: {{Type: 'AWS::S3::Bucket', Condition: A}}\n")
    };
    let cases = [
        (format!("{BUCKET}    Type: AWS::S3::Bucket\n"), "duplicate-key"),
        (format!("{BUCKET}    Properties: {{BucketName: !Ref Nowhere}}\n"), "undeclared-name"),
        (format!("{BUCKET}    Properties: {{BucketName: !GetAtt Nowhere.Arn}}\n"), "undeclared-name"),
        (format!("{BUCKET}    Properties: {{BucketName: !Sub '${{Nowhere}}-x'}}\n"), "undeclared-name"),
        (format!("{BUCKET}    Properties: {{BucketName: !Sub '${{B}}-x'}}\n"), "cycle"),
        (format!("{BUCKET}    Properties: {{BucketName: !FindInMap [M, a, b]}}\n"), "undeclared-name"),
        (format!("{BUCKET}    Condition: Nowhere\n"), "undeclared-name"),
        (conditional("  A: !Not [!Condition C]\n  C: !Or [!Condition A, !Condition A]"), "cycle"),
        (conditional("  A: !Equals [1]"), "invalid-value"),
        (format!("{BUCKET}    Properties:\n\tBucketName: x\n"), "syntax-error"),
        (format!("{BUCKET}    Properties: {{BucketName: !Join [a]}}\n"), "invalid-value"),
        (format!("{BUCKET}    Properties: {{Tags: !Frobnicate [a]}}\n"), "unknown-function"),
        (format!("{BUCKET}    Properties: {{VersioningConfiguration: Enabled}}\n"), "invalid-value"),
        (format!("{BUCKET}    Properties: {{VersioningConfigurations: {{Status: Enabled}}}}\n"), "unknown-property"),
    ];
    for (text, code) in cases {
        let (codes, ..) = look(&text);
        assert!(codes.iter().any(|it| it == code), "{code} of {codes:?}\n{text}");
    }
}

#[test]
fn a_broken_condition_hides_no_bucket() {
    for condition in ["Loop", "Nowhere", "[x]", "{Ref: X}", "5"] {
        let text = format!("Conditions: {{Loop: !Not [!Condition Loop]}}\n{BUCKET}    Condition: {condition}\n");
        let (codes, buckets, findings) = look(&text);
        assert!(!codes.is_empty() && buckets == 1 && 0 < findings, "{condition}: {codes:?} {buckets} {findings}");
    }
}

#[test]
fn anchors_merge_keys_and_several_documents() {
    let text = "X:
  Block: &block {BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true}
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties: {PublicAccessBlockConfiguration: *block}
  C:
    Type: AWS::S3::Bucket
    Properties:
      PublicAccessBlockConfiguration: {<<: *block, BlockPublicAcls: false}
---
Resources:
  D: {Type: 'AWS::S3::Bucket'}
---
just: a note
";
    let report = check_texts(&[("t.yaml", text)]);
    let of = |rule: &str| {
        let own = report.findings.iter().filter(|it| it.rule == rule);
        own.map(|it| it.address.clone()).collect::<Vec<_>>()
    };
    assert_eq!(report.summary.buckets, 3);
    assert_eq!(of("bpa-missing"), ["D"]);
    assert_eq!(of("bpa-block-public-acls"), ["C"]);
}

#[test]
fn size_and_depth_are_survived() {
    let many: String =
        (0..12_000).map(|it| format!("  B{it}: {{Type: 'AWS::S3::Bucket', Properties: {{}}}}\n")).collect();
    let (_, buckets, _) = look(&format!("Resources:\n{many}"));
    assert_eq!(buckets, 12_000);
    let joined = "- !Join ['', [a, ".repeat(2_000);
    for text in [
        format!("{BUCKET}    Properties: {{BucketName: {}x{}}}\n", "!Join ['', [a, ".repeat(300), "]]".repeat(300)),
        format!(
            "{BUCKET}    Properties: {{BucketName: !If [A, x, {}y{}]}}\n",
            "!If [A, x, ".repeat(90),
            "]".repeat(90)
        ),
        format!("{BUCKET}    Properties: {{Tags: {joined}"),
        format!("{BUCKET}    Properties: {{BucketName: '{}'}}\n", "${B}".repeat(100_000)),
        format!("{BUCKET}    Properties: {{BucketName: !Sub '{}'}}\n", "${AWS::Region}".repeat(50_000)),
    ] {
        let (codes, buckets, _) = look(&text);
        assert!(buckets == 1 || !codes.is_empty());
    }
}

/// Forty conditions over twenty parameters: more worlds than can be tried, and still an answer.
#[test]
fn many_parameters_end() {
    let parameters: String = (0..40).map(|it| format!("  P{it}: {{Type: String}}\n")).collect();
    let conditions: String = (0..40).map(|it| format!("  C{it}: !Equals [!Ref P{it}, x]\n")).collect();
    let all: String = (0..40).map(|it| format!("!Condition C{it}, ")).collect();
    let chain: String = (0..30).map(|it| format!("!If [C{it}, Enabled, ")).collect();
    let text = format!(
        "Parameters:\n{parameters}Conditions:\n{conditions}  All: !And [{all}!Condition C0]\nResources:\n  B:\n    Type: AWS::S3::Bucket\n    Condition: All\n    Properties: {{VersioningConfiguration: {{Status: {chain}Suspended{}}}}}\n",
        "]".repeat(30)
    );
    let (_, buckets, _) = look(&text);
    assert_eq!(buckets, 1);
}

#[test]
fn what_is_no_template_is_passed_over() {
    for text in
        ["a: 1\n", "- x\n", "Resources: 5\n", "# AWS::S3::Bucket\n", "openapi: 3.0.0\ninfo: {title: AWS::S3::Bucket}\n"]
    {
        let report = check_texts(&[("folder/t.yaml", text)]);
        assert_eq!((report.summary.buckets, report.findings.len()), (0, 0), "{text}");
    }
}
