//! What Terraform leaves as it is (`ignore_changes`) is no drift, and no plan overwrites it.

use std::fs;

use serde_json::{Value as Json, json};

use super::world::{World, good, policy};

const BUCKET: &str = "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"data\"\n";
const POLICY: &str = r#"
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "Old", Effect = "Allow", Action = "s3:GetObject",
    Principal = { AWS = "arn:aws:iam::123456789012:role/old" }, Resource = "arn:aws:s3:::data/*" }] })
"#;
const VERSIONING: &str = r#"
resource "aws_s3_bucket_versioning" "b" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration {
    status = "Suspended"
  }
"#;

fn ignoring(what: &str) -> String {
    if what.is_empty() { "}\n".to_owned() } else { format!("  lifecycle {{\n    ignore_changes = {what}\n  }}\n}}\n") }
}

fn world(name: &str, bucket: Json) -> World {
    let world = World::new(name, bucket);
    fs::create_dir(world.0.join("infra")).unwrap();
    world.run(&["snapshot", "--bucket", "data", "-o", "live.json"]);
    world
}

impl World {
    /// What `diff` says of the code, and the plan that comes of it.
    fn both(&self, code: &str) -> (i32, String, Json) {
        fs::write(self.0.join("infra/main.tf"), code).unwrap();
        let (exit, text) = self.run(&["diff", "infra", "live.json", "--fail-on", "any"]);
        let _ = fs::remove_dir_all(self.0.join("plan"));
        let args = ["restore", "--desired", "infra", "--live", "live.json", "--bucket", "data", "--allow-loosen"];
        let (code, said) = self.run(&[args.as_slice(), &["-o", "plan"]].concat());
        assert_eq!(code, 0, "{said}");
        (exit, text, self.json("plan/plan.json"))
    }
}

fn steps(plan: &Json) -> Vec<&str> {
    plan["steps"].as_array().unwrap().iter().map(|it| it["feature"].as_str().unwrap()).collect()
}

#[test]
fn a_policy_that_others_write() {
    let mut bucket = good();
    bucket["bucket-policy"] = policy(json!([{ "Sid": "Logs", "Effect": "Allow", "Action": "s3:PutObject",
        "Principal": { "Service": "delivery.logs.amazonaws.com" }, "Resource": "arn:aws:s3:::data/*" }]));
    let world = world("left-policy", bucket);
    let why = "aws_s3_bucket_policy.b ignores changes of policy (lifecycle)";
    for what in ["[policy]", "[\"policy\"]", "all"] {
        let (code, text, plan) = world.both(&format!("{BUCKET}}}\n{POLICY}{}", ignoring(what)));
        let why = if what == "all" { "aws_s3_bucket_policy.b ignores all changes (lifecycle)" } else { why };
        // Whom it lets in beyond what is written nobody calls wanted.
        assert!(
            code == 3 && text.contains("? may gain write for delivery.logs.amazonaws.com"),
            "{what}: {code} {text}"
        );
        assert!(text.contains("left as it is: policy: ") && text.contains(why), "{text}");
        assert!(!text.contains("statement") || !text.contains("~ "), "{text}");
        assert!(!steps(&plan).contains(&"policy") && plan["manual"].to_string().contains(why), "{plan}");
    }
    let (code, _, plan) = world.both(&format!("{BUCKET}}}\n{POLICY}{}", ignoring("[bucket]")));
    assert!(code == 1 && steps(&plan).contains(&"policy"), "{plan}");
    let (code, _, plan) = world.both(&format!("{BUCKET}}}\n{POLICY}}}\n"));
    assert!(code == 1 && steps(&plan).contains(&"policy"), "{plan}");
    // The other way round it is the bucket's, too.
    fs::write(world.0.join("infra/main.tf"), format!("{BUCKET}}}\n{POLICY}{}", ignoring("[policy]"))).unwrap();
    let (code, text) = world.run(&["diff", "live.json", "infra"]);
    assert!(code == 3 && text.contains("? may lose write for delivery.logs") && !text.contains("may gain"), "{text}");
    // What is written need not be known.
    let open = POLICY.replace("Sid = \"Old\"", "Sid = var.sid") + &ignoring("[policy]") + "variable \"sid\" {}\n";
    let (code, text, plan) = world.both(&format!("{BUCKET}}}\n{open}"));
    assert!(code == 3 && text.contains("left as it is: policy: none") && !text.contains("may lose"), "{text}");
    assert!(!steps(&plan).contains(&"policy") && plan["manual"].to_string().contains(why), "{plan}");
    fs::remove_file(world.0.join("infra/main.tf")).unwrap();
    // Code as JSON says it in texts.
    let own = json!({ "Version": "2012-10-17", "Statement": [] }).to_string();
    let resource = json!({ "resource": { "aws_s3_bucket": { "b": { "bucket": "data" } }, "aws_s3_bucket_policy": { "b": {
        "bucket": "${aws_s3_bucket.b.id}", "policy": own, "lifecycle": { "ignore_changes": ["policy"] } } } } });
    fs::write(world.0.join("infra/main.tf.json"), resource.to_string()).unwrap();
    let (code, text) = world.run(&["diff", "infra", "live.json", "--format", "json"]);
    let document: Json = serde_json::from_str(&text).unwrap();
    let unmanaged = document["buckets"][0]["unmanaged"].as_array().unwrap();
    assert!(code == 3 && unmanaged.iter().any(|it| it["feature"] == "policy" && it["why"] == why), "{text}");
}

#[test]
fn settings_that_others_keep() {
    let world = world("left-settings", good());
    let whole = ignoring("[versioning_configuration]");
    let (code, text, plan) = world.both(&format!("{BUCKET}}}\n{VERSIONING}{whole}"));
    assert!(text.contains("left as it is: versioning: ") && !text.contains("~ versioning"), "{code} {text}");
    assert!(!steps(&plan).contains(&"versioning") && plan["manual"].to_string().contains("versioning: left"), "{plan}");
    // The bucket's own block says nothing of what a resource of its own manages.
    let others = ignoring("[versioning]");
    for code in [format!("{BUCKET}{others}{VERSIONING}}}\n"), format!("{BUCKET}}}\n{VERSIONING}}}\n")] {
        let (_, text, plan) = world.both(&code);
        assert!(text.contains("~ versioning: ") && steps(&plan).contains(&"versioning"), "{text}");
    }
    // What is left of a part of it is not told from the rest.
    let part = ignoring("[versioning_configuration[0].mfa_delete]");
    let (code, text, plan) = world.both(&format!("{BUCKET}}}\n{VERSIONING}{part}"));
    assert!(
        code == 1 && text.contains("? versioning cannot be compared: aws_s3_bucket_versioning.b ignores"),
        "{text}"
    );
    assert!(!steps(&plan).contains(&"versioning"), "{plan}");
    // The same as it is written is nothing to tell.
    let same = VERSIONING.replace("Suspended", "Enabled");
    let (_, text, plan) = world.both(&format!("{BUCKET}}}\n{same}{whole}"));
    assert!(!text.contains("versioning") && !plan["manual"].to_string().contains("versioning: left"), "{text}");
}

#[test]
fn tags_that_others_keep() {
    let world = world("left-tags", good());
    let tags = "  tags   = { app = \"other\", team = \"a\" }\n";
    for (what, left, drift) in [
        ("", vec![], vec!["~ tags.app", "~ tags.team"]),
        ("[tags[\"app\"]]", vec!["left as it is: tags.app"], vec!["~ tags.team"]),
        ("[tags, tags_all]", vec!["left as it is: tags.app", "left as it is: tags.team"], vec![]),
        ("all", vec!["left as it is: tags.app", "left as it is: tags.team"], vec![]),
    ] {
        let (_, text, plan) = world.both(&format!("{BUCKET}{tags}{}", ignoring(what)));
        assert!(left.iter().chain(&drift).all(|it| text.contains(it)), "{what}: {text}");
        assert_eq!(text.matches("~ tags").count(), drift.len(), "{what}: {text}");
        let sends = plan["steps"].as_array().unwrap().iter().find(|it| it["feature"] == "tags").map(|it| &it["sends"]);
        assert_eq!(sends.is_some(), !drift.is_empty(), "{what}: {plan}");
        let is_kept = sends.is_none_or(|it| it.to_string().contains("exports"));
        assert_eq!(is_kept, !what.is_empty(), "{what}: {plan}");
    }
}

/// Code that says nothing: a bucket has what S3 gives a new one since April 2023.
#[test]
fn what_a_new_bucket_has() {
    let world = world("new-bucket", good());
    let (_, text, _) = world.both(&format!("{BUCKET}}}\n"));
    assert!(!text.contains("ownership") && !text.contains("public_access_block"), "{text}");
    let mut older = good();
    older["bucket-ownership-controls"]["OwnershipControls"]["Rules"][0]["ObjectOwnership"] = json!("ObjectWriter");
    older["public-access-block"]["PublicAccessBlockConfiguration"]["BlockPublicAcls"] = json!(false);
    world.change(|it| it["buckets"]["data"] = older.clone());
    fs::remove_file(world.0.join("live.json")).unwrap();
    world.run(&["snapshot", "--bucket", "data", "-o", "live.json"]);
    let (_, text, _) = world.both(&format!("{BUCKET}}}\n"));
    assert!(text.contains("· ownership: BucketOwnerEnforced → ObjectWriter"), "{text}");
    assert!(text.contains("· public_access_block: {\"BlockPublicAcls\":true,"), "{text}");
}
