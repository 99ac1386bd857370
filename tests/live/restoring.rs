//! Features that code describes whole are restored from it; what it does not is a step by hand, with the reason.

use std::fs;

use serde_json::{Value as Json, json};

use super::world::{World, good};

const CODE: &str = r#"
resource "aws_s3_bucket" "b" {
  bucket = "data"
}
resource "aws_s3_bucket" "backup" {
  bucket = "backup"
}
resource "aws_s3_bucket_public_access_block" "b" {
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}
resource "aws_s3_bucket_versioning" "b" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration {
    status = "Enabled"
  }
}
resource "aws_s3_bucket_lifecycle_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    id     = "archive"
    status = "Enabled"
    filter {
      and {
        prefix = "old/"
        tags   = { tier = "cold" }
      }
    }
    transition {
      days          = 30
      storage_class = "GLACIER"
    }
    noncurrent_version_expiration {
      noncurrent_days = 90
    }
  }
  rule {
    id     = "uploads"
    status = "Enabled"
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}
resource "aws_s3_bucket_replication_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  role   = ROLE
  rule {
    id       = "all"
    status   = "Enabled"
    priority = 1
    filter {}
    delete_marker_replication {
      status = "Disabled"
    }
    destination {
      bucket        = aws_s3_bucket.backup.arn
      storage_class = "STANDARD_IA"
    }
  }
}
resource "aws_s3_bucket_cors_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["https://app.example"]
    expose_headers  = ["ETag"]
    max_age_seconds = 300
  }
}
resource "aws_s3_bucket_website_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  index_document {
    suffix = "index.html"
  }
  routing_rule {
    condition {
      key_prefix_equals = "docs/"
    }
    redirect {
      replace_key_prefix_with = "documents/"
    }
  }
}
resource "aws_s3_bucket_notification" "b" {
  bucket      = aws_s3_bucket.b.id
  eventbridge = true
  queue {
    queue_arn     = "arn:aws:sqs:us-east-1:123456789012:q"
    events        = ["s3:ObjectCreated:*"]
    filter_suffix = ".csv"
  }
}
"#;

const TEMPLATE: &str = r#"
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: data
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true }
      VersioningConfiguration: { Status: Enabled }
      LifecycleConfiguration:
        Rules:
          - Id: archive
            Status: Enabled
            Prefix: old/
            TagFilters: [{ Key: tier, Value: cold }]
            Transitions: [{ TransitionInDays: 30, StorageClass: GLACIER }]
            NoncurrentVersionExpiration: { NoncurrentDays: 90 }
          - Id: uploads
            Status: Enabled
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }
      ReplicationConfiguration:
        Role: arn:aws:iam::123456789012:role/replicate
        Rules:
          - Id: all
            Status: Enabled
            Priority: 1
            Filter: {}
            DeleteMarkerReplication: { Status: Disabled }
            Destination: { Bucket: "arn:aws:s3:::backup", StorageClass: STANDARD_IA }
      CorsConfiguration:
        CorsRules:
          - AllowedMethods: [GET]
            AllowedOrigins: ["https://app.example"]
            ExposedHeaders: [ETag]
            MaxAge: 300
      WebsiteConfiguration:
        IndexDocument: index.html
        RoutingRules:
          - RoutingRuleCondition: { KeyPrefixEquals: docs/ }
            RedirectRule: { ReplaceKeyPrefixWith: documents/ }
      NotificationConfiguration:
        EventBridgeConfiguration: {}
        QueueConfigurations:
          - Queue: arn:aws:sqs:us-east-1:123456789012:q
            Event: "s3:ObjectCreated:*"
            Filter: { S3Key: { Rules: [{ Name: suffix, Value: .csv }] } }
"#;

fn expected() -> Vec<(&'static str, Json)> {
    vec![
        (
            "bucket-lifecycle-configuration",
            json!({ "Rules": [
                { "ID": "archive", "Status": "Enabled", "Filter": { "And": { "Prefix": "old/", "Tags": [{ "Key": "tier", "Value": "cold" }] } },
                  "Transitions": [{ "Days": 30, "StorageClass": "GLACIER" }], "NoncurrentVersionExpiration": { "NoncurrentDays": 90 } },
                { "ID": "uploads", "Status": "Enabled", "Filter": { "Prefix": "" },
                  "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 7 } },
            ]}),
        ),
        (
            "bucket-replication",
            json!({ "ReplicationConfiguration": { "Role": "arn:aws:iam::123456789012:role/replicate", "Rules": [
                { "ID": "all", "Priority": 1, "Status": "Enabled", "Filter": {},
                  "Destination": { "Bucket": "arn:aws:s3:::backup", "StorageClass": "STANDARD_IA" },
                  "DeleteMarkerReplication": { "Status": "Disabled" } },
            ]}}),
        ),
        (
            "bucket-cors",
            json!({ "CORSRules": [{ "AllowedMethods": ["GET"], "AllowedOrigins": ["https://app.example"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 300 }] }),
        ),
        (
            "bucket-website",
            json!({ "IndexDocument": { "Suffix": "index.html" }, "RoutingRules": [
                { "Condition": { "KeyPrefixEquals": "docs/" }, "Redirect": { "ReplaceKeyPrefixWith": "documents/" } },
            ]}),
        ),
        (
            "bucket-notification-configuration",
            json!({ "EventBridgeConfiguration": {}, "QueueConfigurations": [{
                "QueueArn": "arn:aws:sqs:us-east-1:123456789012:q", "Events": ["s3:ObjectCreated:*"],
                "Filter": { "Key": { "FilterRules": [{ "Name": "suffix", "Value": ".csv" }] } },
            }]}),
        ),
    ]
}

#[test]
fn features_of_code() {
    let role = "\"arn:aws:iam::123456789012:role/replicate\"";
    for (file, text) in [("main.tf", CODE.replace("ROLE", role)), ("template.yaml", TEMPLATE.to_owned())] {
        let world = World::new(&format!("code-{}", &file[..4]), good());
        world.change(|it| {
            it["buckets"]["data"]["bucket-lifecycle-configuration"] =
                json!({ "Rules": [{ "ID": "nuke", "Status": "Enabled", "Filter": { "Prefix": "" }, "Expiration": { "Days": 1 } }] });
            it["points"] = json!({});
        });
        fs::create_dir(world.0.join("infra")).unwrap();
        fs::write(world.0.join("infra").join(file), text).unwrap();
        let features = "lifecycle,replication,cors,website,notification";
        let (code, text) =
            world.run(&["restore", "--desired", "infra", "--bucket", "data", "--only", features, "-o", "plan"]);
        // Objects are copied to where they were not before.
        assert!(code == 2 && text.contains("copied to arn:aws:s3:::backup"), "{file}: {text}");
        let (code, text) = world.run(&[
            "restore",
            "--desired",
            "infra",
            "--bucket",
            "data",
            "--only",
            features,
            "--allow-loosen",
            "-o",
            "plan",
        ]);
        assert_eq!(code, 0, "{file}: {text}");
        let (code, text) = world.apply("plan");
        assert_eq!(code, 0, "{file}: {text}");
        let now = &world.state()["buckets"]["data"];
        for (feature, document) in expected() {
            assert_eq!(now[feature], document, "{file}");
        }
        // Code against what was made of it: nothing differs in these.
        world.run(&["snapshot", "--bucket", "data", "-o", "after.json"]);
        let (_, text) = world.run(&["diff", "infra", "after.json", "--bucket", "data", "--format", "json"]);
        for feature in features.split(',') {
            assert!(!text.contains(&format!("\"feature\": \"{feature}\"")), "{file} {feature}: {text}");
        }
    }
}

/// A part that is not known, or for which this version has no word, makes the feature one by hand; the reason is told.
#[test]
fn what_code_does_not_say_whole() {
    let world = World::new("part", good());
    fs::create_dir(world.0.join("infra")).unwrap();
    let text = CODE.replace("ROLE", "aws_iam_role.r.arn").replace("max_age_seconds = 300", "max_age_seconds = var.age");
    let text = text.replace("suffix = \"index.html\"", "suffix = \"index.html\"\n    shiny  = true");
    fs::write(world.0.join("infra/main.tf"), format!("{text}\nvariable \"age\" {{}}\n")).unwrap();
    let (code, text) = world.run(&[
        "restore",
        "--desired",
        "infra",
        "--bucket",
        "data",
        "--only",
        "lifecycle,replication,cors,website",
        "--allow-loosen",
        "-o",
        "plan",
    ]);
    assert_eq!(code, 0, "{text}");
    for must in ["by hand: replication is compared by its summary", "var.age", "does not translate `shiny`"] {
        assert!(text.contains(must), "{must}: {text}");
    }
    let steps = world.json("plan/plan.json")["steps"].as_array().unwrap().len();
    assert_eq!(steps, 1, "{text}");
}

/// Points are restored from a snapshot; what cannot be changed, and what nobody knows, is told.
#[test]
fn access_points() {
    let world = super::world::planned("points");
    let (_, text) = world.run(&["diff", "good.json", "plan/before/snapshot.json"]);
    assert!(text.contains("access point exports-ap"), "{text}");
    let (code, text) = world.apply("plan");
    assert!(code == 0 && text.contains("access_point_policy.exports-ap: done"), "{text}");
    assert_eq!(world.state()["points"], super::world::points(false));
    let hash = world.hash("plan");
    assert_eq!(world.run(&["restore", "--rollback", "plan", "--yes", "--plan-hash", &hash, "--allow-loosen"]).0, 0);
    assert_eq!(world.state()["points"], super::world::points(true));
    // One more that nobody knows, and one whose network changed.
    world.change(|it| {
        it["points"]["back-door"] = it["points"]["exports-ap"].clone();
        it["points"]["back-door"]["point"]["Name"] = json!("back-door");
        it["points"]["exports-ap"]["point"]["NetworkOrigin"] = json!("VPC");
    });
    let (code, text) = world.run(&["restore", "--desired", "good.json", "--bucket", "data", "-o", "again"]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("the access point back-door is not in what should be") && text.contains("neither can be changed"),
        "{text}"
    );
}

const DOORS: &str = r#"
resource "aws_s3_bucket" "b" {
  bucket = "data"
}
resource "aws_s3_access_point" "door" {
  bucket = aws_s3_bucket.b.id
  name   = "exports-ap"
  public_access_block_configuration {
    block_public_acls       = false
    ignore_public_acls      = false
    block_public_policy     = false
    restrict_public_buckets = false
  }
}
resource "aws_s3control_access_point_policy" "door" {
  access_point_arn = aws_s3_access_point.door.arn
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid       = "Door"
    Effect    = "Allow"
    Principal = { AWS = "arn:aws:iam::123456789012:role/app" }
    Action    = "s3:GetObject"
    Resource  = "${aws_s3_access_point.door.arn}/object/*"
  }] })
}
"#;

/// Those that code declares are compared by name, and restored; the ARN is that of where the bucket is.
#[test]
fn access_points_of_code() {
    let world = super::world::planned("doors");
    fs::create_dir(world.0.join("infra")).unwrap();
    fs::write(world.0.join("infra/main.tf"), DOORS).unwrap();
    // What is live is what the code says: no word of it, and no gain.
    let (_, text) = world.run(&["diff", "infra", "good.json", "--fail-on", "any"]);
    assert!(!text.contains("access_point") && !text.contains("access point"), "{text}");
    let live = "plan/before/snapshot.json";
    let (code, text) = world.run(&["diff", "infra", live]);
    assert!(code == 1 && text.contains("gained read for anyone through access point exports-ap"), "{text}");
    assert!(text.contains("~ access_point_policy.exports-ap: "), "{text}");
    let only = ["--only", "access_points", "-o", "doors"];
    let (code, text) = world.run(&[&["restore", "--desired", "infra", "--live", live], only.as_slice()].concat());
    assert_eq!(code, 0, "{text}");
    let (code, text) = world.apply("doors");
    assert!(code == 0 && text.contains("access_point_policy.exports-ap: done"), "{text}");
    assert_eq!(world.state()["points"], super::world::points(false));
    // The same of CloudFormation, which speaks of it by its logical id; what is not known is by hand, and the rest is done.
    let template = r#"{"Resources":{
      "B":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":"data"}},
      "Door":{"Type":"AWS::S3::AccessPoint","Properties":{"Bucket":{"Ref":"B"},"Name":"exports-ap",
        "PublicAccessBlockConfiguration":{"BlockPublicAcls":false,"IgnorePublicAcls":false,"BlockPublicPolicy":false,"RestrictPublicBuckets":false},
        "Policy":{"Version":"2012-10-17","Statement":[{"Sid":"Door","Effect":"Allow","Principal":{"AWS":{"Fn::Sub":"arn:aws:iam::${AWS::AccountId}:role/app"}},
          "Action":"s3:GetObject","Resource":{"Fn::Sub":"arn:${AWS::Partition}:s3:${AWS::Region}:${AWS::AccountId}:accesspoint/exports-ap/object/*"}}]}}},
      "Nameless":{"Type":"AWS::S3::AccessPoint","Properties":{"Bucket":{"Ref":"B"}}}
    }}"#;
    fs::write(world.0.join("stack.json"), template).unwrap();
    world.change(|it| it["points"] = super::world::points(true));
    let args = ["restore", "--desired", "stack.json", "--live", live, "--only", "access_points", "-o", "stack"];
    let (code, text) = world.run(&args);
    assert!(code == 0 && text.contains("the name of Nameless is not known"), "{text}");
    assert_eq!(world.apply("stack").0, 0);
    assert_eq!(world.state()["points"], super::world::points(false));
    fs::write(world.0.join("infra/main.tf"), DOORS.replace("role/app", "role/${var.role}") + "variable \"role\" {}\n")
        .unwrap();
    let args = ["restore", "--desired", "infra", "--live", live, "--only", "access_points", "-o", "open"];
    let (code, text) = world.run(&args);
    assert!(code == 0 && text.contains("by hand: access point exports-ap: ") && text.contains("var.role"), "{text}");
}

/// A list that cannot be read, and a snapshot whose record of one is spoilt, are no bucket without access points.
#[test]
fn access_points_that_cannot_be_listed() {
    let world = super::world::planned("unlisted");
    world.faults(json!([{ "command": "list-access-points", "do": "fail:AccessDenied", "times": 9 }]));
    let (code, text) = world.run(&["snapshot", "--bucket", "data", "-o", "blind.json"]);
    assert!(code == 3 && text.contains("list-access-points"), "{text}");
    let (code, text) = world.run(&["diff", "good.json", "blind.json", "--fail-on", "none"]);
    assert!(text.contains("access_points cannot be compared") && text.contains("AccessDenied"), "{code} {text}");
    let (code, text) = world.run(&["restore", "--desired", "good.json", "--live", "blind.json", "-o", "blind"]);
    assert!(code == 0 && text.contains("could not be listed"), "{text}");
    let text = fs::read_to_string(world.0.join("good.json")).unwrap();
    let at = text.find("\"access_points\": [").unwrap();
    let spoilt = text[..at].to_owned() + &text[at..].replacen("\"bucket\": \"data\"", "\"bukket\": \"data\"", 1);
    fs::write(world.0.join("spoilt.json"), spoilt).unwrap();
    let (code, text) = world.run(&["diff", "good.json", "spoilt.json"]);
    assert!(code == 2 && text.contains("access point 1 of this snapshot cannot be read"), "{text}");
}

/// From which size on objects change their class stands beside the rules, and is an argument of its own.
#[test]
fn the_size_beside_the_rules_of_a_lifecycle() {
    let world = World::new("size", good());
    fs::create_dir(world.0.join("infra")).unwrap();
    let code = |size: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"data\"\n}}\n\nresource \"aws_s3_bucket_lifecycle_configuration\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n{size}\n  rule {{\n    id     = \"r\"\n    status = \"Enabled\"\n    filter {{}}\n    transition {{\n      days          = 30\n      storage_class = \"GLACIER\"\n    }}\n  }}\n}}\n"
        )
    };
    let restore = |name: &str, size: &str| {
        fs::write(world.0.join("infra/main.tf"), code(size)).unwrap();
        let (code, text) =
            world.run(&["restore", "--desired", "infra", "--bucket", "data", "--only", "lifecycle", "-o", name]);
        assert_eq!(code, 0, "{text}");
        assert_eq!(world.apply(name).0, 0);
        world.state()["buckets"]["data"]["bucket-lifecycle-configuration"]["TransitionDefaultMinimumObjectSize"].clone()
    };
    let varies = "  transition_default_minimum_object_size = \"varies_by_storage_class\"";
    assert_eq!(restore("first", varies), json!("varies_by_storage_class"));
    world.run(&["snapshot", "--bucket", "data", "-o", "live.json"]);
    let (_, text) = world.run(&["diff", "infra", "live.json"]);
    assert!(!text.contains("lifecycle"), "{text}");
    // Where nothing is written it is AWS's own default: a change of it alone is one.
    assert_eq!(restore("second", ""), Json::Null);
}

/// The hash that a person agreed to is of what is sent: a manifest that was written anew is none.
#[test]
fn a_document_that_was_exchanged_is_not_sent() {
    let world = super::world::planned("exchanged");
    let hash = world.hash("plan");
    for (file, way) in [("desired/policy.json", "--apply"), ("before/policy.json", "--rollback")] {
        let path = world.0.join("plan").join(file);
        let written = fs::read_to_string(&path).unwrap();
        let manifest = fs::read_to_string(world.0.join("plan/manifest.sha256")).unwrap();
        let foreign = written.replacen("\"Statement\": [", "\"Statement\": [{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::data/*\"},", 1);
        assert_ne!(foreign, written);
        fs::write(&path, &foreign).unwrap();
        let sum = |text: &str| bucketlint::frontend::live::sha256(text.as_bytes());
        fs::write(world.0.join("plan/manifest.sha256"), manifest.replace(&sum(&written), &sum(&foreign))).unwrap();
        let (code, text) = world.run(&["restore", way, "plan", "--yes", "--plan-hash", &hash, "--allow-loosen"]);
        assert!(code == 2 && text.contains("is not what plan.json says is sent"), "{code} {text}");
        assert_eq!(world.puts(), Vec::<String>::new());
        fs::write(&path, &written).unwrap();
        fs::write(world.0.join("plan/manifest.sha256"), manifest).unwrap();
    }
    assert_eq!(world.run(&["restore", "--apply", "plan", "--yes", "--plan-hash", &hash]).0, 0);
}

/// Without a journal nobody knows what is to be taken back.
#[test]
fn no_way_back_without_a_journal() {
    let world = super::world::planned("journal");
    assert_eq!(world.apply("plan").0, 0);
    world.change(|it| it["calls"] = json!([]));
    let back = ["restore", "--rollback", "plan", "--yes", "--allow-loosen", "--plan-hash", &world.hash("plan")];
    let journal = world.0.join("plan/journal.jsonl");
    let kept = fs::read(&journal).unwrap();
    fs::remove_file(&journal).unwrap();
    for _ in 0..2 {
        let (code, text) = world.run(&back);
        assert!(code == 2 && text.contains("there is no journal"), "{code} {text}");
    }
    assert_eq!(world.puts(), Vec::<String>::new());
    fs::write(&journal, kept).unwrap();
    assert_eq!(world.run(&back).0, 0);
}

/// Closing does not wait for a policy or an ACL that cannot be read; what is left out is told.
#[test]
fn containment_where_little_can_be_read() {
    let world = World::new("blindfold", super::world::bad());
    let faults = |names: &[&str]| {
        world.faults(names.iter().map(|it| json!({ "command": it, "do": "fail:AccessDenied", "times": 99 })).collect());
    };
    faults(&["get-bucket-policy"]);
    let (code, text) = world.run(&["contain", "--bucket", "data", "-o", "one"]);
    assert!(code == 0 && text.contains("[S1] public_access_block") && text.contains("acl: "), "{code} {text}");
    faults(&["get-bucket-policy", "get-bucket-acl"]);
    let (code, text) = world.run(&["contain", "--bucket", "data", "-o", "two"]);
    assert!(code == 0 && text.contains("by hand: acl is left as it is"), "{code} {text}");
    assert_eq!(world.apply("two").0, 0);
    let (code, text) =
        world.run(&["contain", "--bucket", "data", "-o", "no", "--level", "principal", "--deny-principal", "liza"]);
    assert!(code == 2 && text.contains("`liza` is no principal"), "{code} {text}");
}
