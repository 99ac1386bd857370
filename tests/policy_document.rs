//! `aws_iam_policy_document`: what the provider's own test suite asks of it, said in our words. Each case has the policy as JSON
//! beside the data source, and both must be read alike.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::process::Command;

use serde_json::Value;

/// The model of one file.
fn model(case: &str, main: &str) -> Value {
    let folder = std::env::temp_dir().join(format!("bucketlint-document-{}-{case}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("main.tf"), main).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bucketlint"));
    let output = command.args(["model", "."]).current_dir(&folder).output().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A policy without its places.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, _)| !["location", "via"].contains(&key.as_str()));
            kept.map(|(key, it)| (key.clone(), plain(it))).collect()
        }
        Value::Array(items) => items.iter().map(plain).collect(),
        other => other.clone(),
    }
}

/// `data.aws_iam_policy_document.out` means the policy.
fn check(case: &str, documents: &str, expected: &str) {
    let main = format!(
        r#"{documents}
resource "aws_s3_bucket_policy" "got" {{
  bucket = "got"
  policy = data.aws_iam_policy_document.out.json
}}
resource "aws_s3_bucket_policy" "expected" {{
  bucket = "expected"
  policy = <<EOF
{}
EOF
}}
"#,
        expected.replace("${", "$${")
    );
    let model = model(case, &main);
    let policy = |name: &str| {
        let address = format!("aws_s3_bucket_policy.{name}");
        let bucket = model["buckets"].as_array().unwrap().iter().find(|it| it["address"] == address);
        plain(&bucket.unwrap()["policy"])
    };
    let (got, expected) = (policy("got"), policy("expected"));
    assert!(expected["statements"].is_array(), "{case}: {expected}");
    assert_eq!(got["version"], expected["version"], "{case}");
    assert_eq!(got["id"], expected["id"], "{case}");
    let [got, expected] = [&got, &expected].map(|it| it["statements"].as_array().unwrap().clone());
    assert_eq!(got.len(), expected.len(), "{case}");
    for (mut got, mut expected) in got.into_iter().zip(expected) {
        // The provider writes the empty Sid or leaves it out, by version.
        for it in [&mut got, &mut expected] {
            if it["sid"] == "" {
                it["sid"] = Value::Null;
            }
        }
        assert_eq!(got, expected, "{case}");
    }
}

#[test]
fn every_element() {
    check(
        "elements",
        r#"
data "aws_iam_policy_document" "out" {
  policy_id = "inventory"
  statement {
    sid       = "first"
    actions   = ["s3:ListAllMyBuckets", "s3:GetBucketLocation"]
    resources = ["arn:aws:s3:::*"]
  }
  statement {
    actions   = ["s3:ListBucket"]
    resources = ["arn:aws:s3:::stock"]
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["own/", "", "own/&{aws:username}/"]
    }
    not_principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:user/ann"]
    }
  }
  statement {
    effect        = "Deny"
    not_actions   = ["s3:*"]
    not_resources = ["arn:aws:s3:::stock/&{aws:username}"]
  }
  statement {
    actions = ["kms:*"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
  statement {
    actions = ["sqs:*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
"#,
        r#"{
  "Version": "2012-10-17",
  "Id": "inventory",
  "Statement": [
    { "Sid": "first", "Effect": "Allow", "Action": ["s3:ListAllMyBuckets", "s3:GetBucketLocation"], "Resource": "arn:aws:s3:::*" },
    {
      "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::stock",
      "NotPrincipal": { "AWS": "arn:aws:iam::111122223333:user/ann" },
      "Condition": { "StringLike": { "s3:prefix": ["own/", "", "own/${aws:username}/"] } }
    },
    { "Effect": "Deny", "NotAction": "s3:*", "NotResource": "arn:aws:s3:::stock/${aws:username}" },
    { "Effect": "Allow", "Action": "kms:*", "Principal": { "AWS": "*" } },
    { "Effect": "Allow", "Action": "sqs:*", "Principal": "*" }
  ]
}"#,
    );
}

#[test]
fn principals_of_one_type_are_one_list() {
    let documents = r#"
data "aws_iam_policy_document" "out" {
  statement {
    actions   = ["*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:root"]
    }
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::444455556666:root", "arn:aws:iam::777788889999:root"]
    }
    principals {
      type        = "Service"
      identifiers = ["logging.s3.amazonaws.com"]
    }
  }
}
"#;
    let expected = r#"{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow", "Action": "*", "Resource": "*",
    "Principal": {
      "AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::777788889999:root", "arn:aws:iam::444455556666:root"],
      "Service": "logging.s3.amazonaws.com"
    }
  }]
}"#;
    check("principals", documents, expected);
}

const ONE: &str = r#"
data "aws_iam_policy_document" "one" {
  statement {
    actions = ["s3:GetObject"]
  }
  statement {
    sid     = "Shared"
    actions = ["s3:PutObject"]
  }
}
data "aws_iam_policy_document" "two" {
  statement {
    sid     = "Two"
    effect  = "Deny"
    actions = ["s3:DeleteObject"]
  }
}
data "aws_iam_policy_document" "three" {
  statement {
    sid     = "Shared"
    effect  = "Deny"
    actions = ["s3:ListBucket"]
  }
}
"#;

#[test]
fn sources_come_first_and_are_replaced_by_sid() {
    let out = r#"
data "aws_iam_policy_document" "out" {
  source_policy_documents = [data.aws_iam_policy_document.one.json, data.aws_iam_policy_document.two.json]
  statement {
    sid     = "Shared"
    actions = ["s3:*"]
  }
  statement {
    actions = ["s3:GetBucketAcl"]
  }
}
"#;
    check(
        "sources",
        &format!("{ONE}{out}"),
        r#"{ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "s3:GetObject" },
            { "Sid": "Shared", "Effect": "Allow", "Action": "s3:*" },
            { "Sid": "Two", "Effect": "Deny", "Action": "s3:DeleteObject" },
            { "Effect": "Allow", "Action": "s3:GetBucketAcl" }
        ] }"#,
    );
    let blank = "data \"aws_iam_policy_document\" \"out\" {\n  source_policy_documents = [\"\"]\n  statement {\n    sid = \"A\"\n    actions = [\"*\"]\n  }\n}\n";
    let expected = r#"{ "Version": "2012-10-17", "Statement": [{ "Sid": "A", "Effect": "Allow", "Action": "*" }] }"#;
    check("blank-source", blank, expected);
    // The deprecated argument, one text.
    let old = blank.replace("source_policy_documents = [\"\"]", "source_json = \"\"");
    check("blank-source-json", &old, expected);
}

#[test]
fn overrides_replace_each_other_too() {
    let out = r#"
data "aws_iam_policy_document" "out" {
  override_policy_documents = [
    data.aws_iam_policy_document.one.json,
    data.aws_iam_policy_document.two.json,
    data.aws_iam_policy_document.three.json,
  ]
}
"#;
    check(
        "override-list",
        &format!("{ONE}{out}"),
        r#"{ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "s3:GetObject" },
            { "Sid": "Shared", "Effect": "Deny", "Action": "s3:ListBucket" },
            { "Sid": "Two", "Effect": "Deny", "Action": "s3:DeleteObject" }
        ] }"#,
    );
    let both = r#"
data "aws_iam_policy_document" "out" {
  source_json   = data.aws_iam_policy_document.one.json
  override_json = data.aws_iam_policy_document.three.json
  statement {
    actions   = ["s3:GetBucketAcl"]
  }
}
"#;
    check(
        "source-and-override",
        &format!("{ONE}{both}"),
        r#"{ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "s3:GetObject" },
            { "Sid": "Shared", "Effect": "Deny", "Action": "s3:ListBucket" },
            { "Effect": "Allow", "Action": "s3:GetBucketAcl" }
        ] }"#,
    );
}

#[test]
fn versions_and_equal_blank_sids() {
    let old = "data \"aws_iam_policy_document\" \"out\" {\n  version = \"2008-10-17\"\n  statement {\n    actions = [\"s3:*\"]\n  }\n}\n";
    check("version", old, r#"{ "Version": "2008-10-17", "Statement": [{ "Effect": "Allow", "Action": "s3:*" }] }"#);
    let blank = "data \"aws_iam_policy_document\" \"out\" {\n  statement {\n    sid = \"\"\n    actions = [\"s3:GetObject\"]\n  }\n  statement {\n    sid = \"\"\n    actions = [\"s3:PutObject\"]\n  }\n}\n";
    check(
        "blank-sids",
        blank,
        r#"{ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject" }, { "Effect": "Allow", "Action": "s3:PutObject" }] }"#,
    );
}

/// What the provider refuses has no policy: it is told with its place, and the policy is not taken for harmless.
#[test]
fn what_the_provider_refuses() {
    let sources = r#"
data "aws_iam_policy_document" "out" {
  source_policy_documents = [data.aws_iam_policy_document.one.json, data.aws_iam_policy_document.three.json]
}
"#;
    let equal_sids = r#"
data "aws_iam_policy_document" "out" {
  statement {
    sid     = "1"
    actions = ["s3:GetObject"]
  }
  statement {
    sid     = "1"
    actions = ["s3:PutObject"]
  }
}
"#;
    let variable = |inside: &str| {
        format!(
            "data \"aws_iam_policy_document\" \"out\" {{\n  version = \"2008-10-17\"\n  statement {{\n    actions = [\"s3:*\"]\n{inside}  }}\n}}\n"
        )
    };
    let who = "type = \"AWS\"\n      identifiers = [\"&{aws:username}\"]\n    }\n";
    for (case, documents) in [
        ("equal-sids-of-sources", format!("{ONE}{sources}")),
        ("equal-sids", equal_sids.to_owned()),
        ("variable-in-resource", variable("    resources = [\"arn:aws:s3:::b/&{aws:username}\"]\n")),
        ("variable-in-not-resource", variable("    not_resources = [\"arn:aws:s3:::b/&{aws:username}\"]\n")),
        ("variable-in-principal", variable(&format!("    principals {{\n      {who}"))),
        ("variable-in-not-principal", variable(&format!("    not_principals {{\n      {who}"))),
        (
            "variable-in-condition",
            variable(
                "    condition {\n      test = \"StringLike\"\n      variable = \"s3:prefix\"\n      values = [\"&{aws:username}/\"]\n    }\n",
            ),
        ),
    ] {
        let main = format!(
            "{documents}\nresource \"aws_s3_bucket_policy\" \"got\" {{\n  bucket = \"got\"\n  policy = data.aws_iam_policy_document.out.json\n}}\n"
        );
        let model = model(case, &main);
        let told = model["diagnostics"].as_array().unwrap();
        let is_told =
            told.iter().any(|it| it["code"] == "invalid-expression" || it["code"] == "invalid-policy-document");
        assert!(is_told, "{case}: {told:?}");
    }
}
