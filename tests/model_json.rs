//! The model as JSON: how known, absent, unknown and undecided fields and the exposure verdict are written.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::path::Path;

use bucketlint::exposure::{Exposure, Opener, Route, Way};
use bucketlint::model::{Bucket, Estate, Format, Versioning};
use bucketlint::policy::{Audience, Power, Request};
use bucketlint::report::{Places, model_json};
use bucketlint::source::{Memory, Sources, Span};
use bucketlint::value::{Attr, Cause, Class, Hole, Origin, Seg, SymStr, Symbol, Truth, Value, Why};
use serde_json::json;

#[test]
fn fields_and_exposure() {
    let sources = Sources::new(Box::new(Memory::default()));
    let file = sources.add(Path::new("main.tf"), "resource \"aws_s3_bucket\" \"x\" {}\n");
    let origin = Origin::at(Span::new(file, 0, 28));
    let why = Why::new(Cause::NoDefault, "var.name", None);
    let mut bucket = Bucket::new("aws_s3_bucket.x", Format::Terraform, origin.clone());
    let hole = Hole { symbol: Symbol::new("var.name", ""), class: Class::Any, known: None, why: why.clone() };
    let name = SymStr::from_iter([SymStr::text("logs-").segs()[0].clone(), Seg::hole(hole)]);
    bucket.name = Attr::known(name, origin.clone());
    bucket.policy = Attr::unknown(why.clone(), origin.clone());
    bucket.acceleration = Attr {
        value: Value::OneOf(vec![Value::Known("Enabled".to_owned()), Value::Absent], why.clone()),
        origin: origin.clone(),
    };
    bucket.versioning = Attr::known(
        Versioning {
            status: Attr::known("Enabled".to_owned(), origin.clone()),
            mfa_delete: Attr::absent(origin.clone()),
        },
        origin.clone(),
    );
    let way = |audience, power, open| Way {
        audience,
        power,
        granted: Truth::Yes,
        open,
        opened_by: Opener { route: Route::Policy(0), origin: origin.clone(), text: "statement \"Read\"".to_owned() },
        closed_by: Vec::new(),
        witness: Some(Request {
            principal: "anonymous".to_owned(),
            action: "s3:GetObject".to_owned(),
            resource: "arn:aws:s3:::x/*".to_owned(),
            context: Default::default(),
        }),
        why: Vec::new(),
    };
    let exposure = Exposure {
        public: Truth::Yes,
        aws_policy_public: Truth::Yes,
        acl_public: Truth::No,
        cross_account: Truth::Unknown,
        ways: vec![
            way(Audience::Account("111122223333".to_owned()), Power::Write, Truth::Yes),
            way(Audience::Anonymous, Power::Read, Truth::Yes),
            way(Audience::Anonymous, Power::Delete, Truth::Unknown),
        ],
        unknown: vec![why],
    };
    let estate = Estate { buckets: vec![bucket], ..Estate::default() };
    let text = model_json::render(&estate, &[exposure], &[], &Places { sources: &sources, base: None });
    let model: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(model["schema"], "bucketlint/model/1");
    let bucket = &model["buckets"][0];
    let unknown = json!({ "cause": "no-default", "subject": "var.name" });
    assert_eq!(bucket["name"], json!({ "unknown": unknown, "template": "logs-${var.name}" }));
    assert_eq!(bucket["acl"], json!(null));
    assert_eq!(bucket["policy"], json!({ "unknown": unknown }));
    assert_eq!(bucket["acceleration"], json!({ "one_of": ["Enabled", null], "depends_on": "var.name" }));
    assert_eq!(bucket["versioning"], json!({ "status": "Enabled", "mfa_delete": null }));
    assert_eq!(bucket["location"]["start"], json!({ "line": 1, "column": 1 }));
    let exposure = &bucket["exposure"];
    assert_eq!((&exposure["public"], &exposure["cross_account"]), (&json!("yes"), &json!("unknown")));
    assert_eq!(exposure["audience"], "anonymous");
    assert_eq!(exposure["powers"], json!(["read", "write"]));
    assert_eq!(exposure["witness"]["action"], "s3:GetObject");
    assert_eq!(exposure["opened_by"].as_array().unwrap().len(), 1);
    assert_eq!(exposure["unknown"], json!([{ "cause": "no-default", "subject": "var.name", "location": null }]));
}

/// Each key that the model prints is in its schema: over a tree in which something of every kind stands beside buckets.
#[test]
fn the_schema_names_every_key() {
    let schema = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/model-1.schema.json"));
    let schema: serde_json::Value = serde_json::from_str(&schema.unwrap()).unwrap();
    let model = model_of(EVERYTHING);
    for list in [
        "documents",
        "trails",
        "services",
        "exports",
        "tiers",
        "cdn_origins",
        "metric_filters",
        "alarms",
        "objects",
        "access_points",
    ] {
        assert!(model[list].as_array().is_some_and(|it| !it.is_empty()), "nothing in `{list}`");
    }
    let mut wrong = Vec::new();
    hold(&model, &schema, &schema, "model", &mut wrong);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_stands_beside_buckets() {
    let model = model_of(EVERYTHING);
    let bucket = &model["buckets"][0];
    assert_eq!(bucket["duplicates"][0]["second"], "aws_s3_bucket_versioning.twice");
    assert_eq!(bucket["lifecycle"]["rules"][0]["kept_noncurrent_versions"], 3);
    assert_eq!(bucket["is_trail_target"], true);
    let trail = &model["trails"][0];
    assert_eq!((&trail["bucket_address"], &trail["reads"]), (&json!("aws_s3_bucket.data"), &json!(false)));
    assert_eq!(model["documents"][0]["kind"], "identity");
    assert_eq!(model["documents"][0]["policy"]["statements"][0]["actions"], json!(["s3:GetObject"]));
    assert_eq!(model["documents"][1]["policy"]["unknown"]["subject"], "var.key_policy");
    assert_eq!(model["exports"][0]["target_address"], "aws_s3_bucket.data");
    assert_eq!(model["services"][0]["kind"], "guardduty");
    assert_eq!(model["tiers"][0]["days"], 90);
}

const EVERYTHING: &str = r#"
variable "key_policy" {}
resource "aws_s3_bucket" "data" {
  bucket = "data-example"
  acl    = "public-read"
}
resource "aws_s3_bucket_versioning" "data" {
  bucket = aws_s3_bucket.data.id
  versioning_configuration {
    status = "Enabled"
  }
}
resource "aws_s3_bucket_versioning" "twice" {
  bucket = aws_s3_bucket.data.id
  versioning_configuration {
    status = "Suspended"
  }
}
resource "aws_s3_bucket_lifecycle_configuration" "data" {
  bucket = aws_s3_bucket.data.id
  rule {
    id     = "old"
    status = "Enabled"
    noncurrent_version_expiration {
      noncurrent_days           = 30
      newer_noncurrent_versions = 3
    }
  }
}
resource "aws_s3_bucket_policy" "data" {
  bucket = aws_s3_bucket.data.id
  policy = jsonencode({
    Statement = [{
      Sid       = "Read"
      Effect    = "Allow"
      Principal = "*"
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_bucket.data.arn}/*"
    }]
  })
}
resource "aws_s3_access_point" "data" {
  bucket = aws_s3_bucket.data.id
  name   = "data"
}
resource "aws_s3_object" "page" {
  bucket = aws_s3_bucket.data.id
  key    = "page"
  acl    = "public-read"
}
resource "aws_s3_account_public_access_block" "own" {
  block_public_acls = true
}
resource "aws_s3_bucket_policy" "elsewhere" {
  bucket = "other-example"
  policy = "{}"
}
resource "aws_iam_policy" "reader" {
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
resource "aws_kms_key" "data" {
  policy = var.key_policy
}
resource "aws_cloudtrail" "main" {
  name           = "main"
  s3_bucket_name = aws_s3_bucket.data.id
}
resource "aws_guardduty_detector" "main" {}
resource "aws_cloudwatch_log_metric_filter" "changes" {
  name           = "changes"
  log_group_name = "trail"
  pattern        = "{ $.eventName = PutBucketPolicy }"
  metric_transformation {
    name      = "changes"
    namespace = "own"
    value     = "1"
  }
}
resource "aws_cloudwatch_metric_alarm" "changes" {
  alarm_name  = "changes"
  metric_name = "changes"
}
resource "aws_s3_bucket_inventory" "all" {
  bucket = aws_s3_bucket.data.id
  name   = "all"
  destination {
    bucket {
      bucket_arn = aws_s3_bucket.data.arn
    }
  }
}
resource "aws_s3_bucket_intelligent_tiering_configuration" "all" {
  bucket = aws_s3_bucket.data.id
  name   = "all"
  tiering {
    access_tier = "ARCHIVE_ACCESS"
    days        = 90
  }
}
resource "aws_cloudfront_distribution" "site" {
  origin {
    domain_name = aws_s3_bucket.data.bucket_regional_domain_name
    origin_id   = "data"
  }
}
"#;

fn model_of(text: &str) -> serde_json::Value {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("model-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("main.tf"), text).unwrap();
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_bucketlint"))
        .args(["model", "--format", "json"])
        .arg(&folder)
        .output()
        .unwrap();
    serde_json::from_slice(&run.stdout).unwrap()
}

/// Holds a value against a schema, as far as keys go: what is missing of the required ones, and what nobody names.
fn hold(
    value: &serde_json::Value,
    schema: &serde_json::Value,
    root: &serde_json::Value,
    at: &str,
    wrong: &mut Vec<String>,
) {
    let schema = match schema["$ref"].as_str() {
        Some(name) => &root["$defs"][name.trim_start_matches("#/$defs/")],
        None => schema,
    };
    if let Some(choices) = schema["anyOf"].as_array() {
        // What fits best tells what is wrong with it.
        let tried = choices.iter().map(|it| {
            let mut wrong = Vec::new();
            hold(value, it, root, at, &mut wrong);
            wrong
        });
        wrong.extend(tried.min_by_key(Vec::len).unwrap_or_default());
        return;
    }
    if let Some(name) = schema["type"].as_str() {
        let fits = match name {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "null" => value.is_null(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            _ => value.is_number(),
        };
        if !fits {
            wrong.extend(std::iter::repeat_n(format!("{at}: {value} is no {name}"), 100));
            return;
        }
    }
    if let Some(object) = value.as_object() {
        for required in schema["required"].as_array().into_iter().flatten().filter_map(|it| it.as_str()) {
            if !object.contains_key(required) {
                wrong.push(format!("{at}: no `{required}`"));
            }
        }
        for (key, value) in object {
            match (schema["properties"].get(key), schema.get("additionalProperties")) {
                (Some(own), _) | (None, Some(own)) => hold(value, own, root, &format!("{at}.{key}"), wrong),
                (None, None) if schema.get("properties").is_some() => wrong.push(format!("{at}: nobody names `{key}`")),
                (None, None) => (),
            }
        }
    }
    for value in value.as_array().into_iter().flatten() {
        hold(value, &schema["items"], root, &format!("{at}[]"), wrong);
    }
}
