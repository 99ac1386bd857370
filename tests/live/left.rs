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
    // What is beyond what is written is gone by itself: whether it should be so nobody says.
    let suspended = VERSIONING.replace("Suspended", "Enabled");
    world.change(|it| it["buckets"]["data"]["bucket-versioning"]["Status"] = json!("Suspended"));
    world.again();
    let (code, text, plan) = world.both(&format!("{BUCKET}}}\n{suspended}{whole}"));
    assert!(code == 1 && text.contains("? left as it is: versioning: "), "{code} {text}");
    assert!(plan["warnings"].to_string().contains("what is overwritten or deleted from then on is lost"), "{plan}");
    world.change(|it| it["buckets"]["data"]["bucket-versioning"]["Status"] = json!("Enabled"));
    world.again();
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

impl World {
    /// The bucket as it is now.
    fn again(&self) {
        let _ = fs::remove_file(self.0.join("live.json"));
        self.run(&["snapshot", "--bucket", "data", "-o", "live.json"]);
    }
}

/// What is left and takes data away or gives it out is not passed over; what is harmless is.
#[test]
fn harm_that_is_left() {
    let world = world("left-harm", good());
    let resource = |kind: &str, rest: &str| {
        format!("resource \"aws_s3_bucket_{kind}\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n{rest}{}", ignoring("all"))
    };
    let expires = |days: u32| {
        let rule = format!(
            "  rule {{\n    id = \"a\"\n    status = \"Enabled\"\n    filter {{}}\n    expiration {{\n      days = {days}\n    }}\n  }}\n"
        );
        resource("lifecycle_configuration", &rule)
    };
    let copies = resource(
        "replication_configuration",
        "  role = \"arn:aws:iam::123456789012:role/r\"\n  rule {\n    id = \"a\"\n    status = \"Enabled\"\n    destination {\n      bucket = \"arn:aws:s3:::bk\"\n    }\n  }\n",
    );
    let encrypts = resource(
        "server_side_encryption_configuration",
        "  rule {\n    apply_server_side_encryption_by_default {\n      sse_algorithm = \"aws:kms\"\n      kms_master_key_id = \"arn:aws:kms:us-east-1:123456789012:key/1\"\n    }\n  }\n",
    );
    let blocks = resource(
        "public_access_block",
        "  block_public_acls = true\n  ignore_public_acls = true\n  block_public_policy = true\n  restrict_public_buckets = true\n",
    );
    let rule = json!({ "Rules": [{ "ID": "a", "Status": "Enabled", "Filter": {}, "Expiration": { "Days": 30 } }] });
    let to = |account: &str| {
        let to = json!({ "Bucket": "arn:aws:s3:::evil", "Account": account });
        json!({ "ReplicationConfiguration": { "Role": "arn:aws:iam::123456789012:role/r",
            "Rules": [{ "ID": "a", "Status": "Enabled", "Destination": to }] } })
    };
    let key = |account: &str| {
        let default =
            json!({ "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": format!("arn:aws:kms:us-east-1:{account}:key/9") });
        json!({ "ServerSideEncryptionConfiguration": { "Rules": [{ "ApplyServerSideEncryptionByDefault": default }] } })
    };
    let block = |is_on: bool| {
        json!({ "PublicAccessBlockConfiguration": { "BlockPublicAcls": is_on, "IgnorePublicAcls": is_on,
            "BlockPublicPolicy": is_on, "RestrictPublicBuckets": is_on } })
    };
    let (own, other) = ("123456789012", "999988887777");
    for (code, document, live, is_harm) in [
        (expires(365), "bucket-lifecycle-configuration", rule.clone(), true),
        (expires(7), "bucket-lifecycle-configuration", rule, false),
        (copies.clone(), "bucket-replication", to(other), true),
        (copies, "bucket-replication", to(own), false),
        (encrypts.clone(), "bucket-encryption", key(other), true),
        (encrypts, "bucket-encryption", key(own), false),
        (blocks.clone(), "public-access-block", block(false), true),
        (blocks, "public-access-block", block(true), false),
    ] {
        let mut bucket = good();
        bucket.as_object_mut().unwrap().remove("bucket-policy");
        bucket[document] = live;
        world.change(|it| it["buckets"]["data"] = bucket.clone());
        world.again();
        let (exit, text, plan) = world.both(&format!("{BUCKET}}}\n{code}"));
        assert_eq!(exit, if is_harm { 3 } else { 0 }, "{document}: {text}");
        assert_eq!(text.contains("? left as it is: "), is_harm, "{document}: {text}");
        let warnings = plan["warnings"].to_string();
        assert_eq!(warnings.contains("whether it should be so the code does not say"), is_harm, "{document}: {plan}");
    }
}

/// Each setting of Block Public Access is one by itself.
#[test]
fn one_setting_of_several() {
    let mut bucket = good();
    let block = bucket["public-access-block"]["PublicAccessBlockConfiguration"].as_object_mut().unwrap();
    block.values_mut().for_each(|it| *it = json!(false));
    let world = world("left-one", bucket);
    let code = |ignored: &str| {
        let on = "  block_public_acls = true\n  ignore_public_acls = true\n  block_public_policy = true\n  restrict_public_buckets = true\n";
        format!(
            "{BUCKET}}}\nresource \"aws_s3_bucket_public_access_block\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n{on}{}",
            ignoring(ignored)
        )
    };
    let (exit, text, plan) = world.both(&code("[block_public_acls]"));
    assert!(exit == 1 && text.contains("? left as it is: public_access_block: "), "{exit} {text}");
    assert!(text.contains("~ public_access_block: "), "{text}");
    let sent = plan["steps"].as_array().unwrap().iter().find(|it| it["feature"] == "public_access_block").unwrap();
    let after = &sent["after"];
    assert!(after["BlockPublicAcls"] == false && after["RestrictPublicBuckets"] == true, "{sent}");
    assert!(plan["manual"].to_string().contains("left as it is (BlockPublicAcls)"), "{plan}");
}

/// An ACL that is left keeps ownership as it is, and nothing else.
#[test]
fn an_acl_that_is_left() {
    let mut bucket = good();
    bucket["bucket-ownership-controls"]["OwnershipControls"]["Rules"][0]["ObjectOwnership"] = json!("ObjectWriter");
    let all = json!({ "Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers" });
    bucket["bucket-acl"]["Grants"].as_array_mut().unwrap().push(json!({ "Grantee": all, "Permission": "WRITE" }));
    bucket["public-access-block"]["PublicAccessBlockConfiguration"]["IgnorePublicAcls"] = json!(false);
    let world = world("left-acl", bucket);
    let own = "resource \"aws_s3_bucket_ownership_controls\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  rule {\n    object_ownership = \"BucketOwnerEnforced\"\n  }\n}\n";
    let on = "resource \"aws_s3_bucket_public_access_block\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  block_public_acls = true\n  ignore_public_acls = true\n  block_public_policy = true\n  restrict_public_buckets = true\n}\n";
    let acl = "resource \"aws_s3_bucket_acl\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n  acl = \"private\"\n";
    let (_, _, plan) = world.both(&format!("{BUCKET}}}\n{own}{on}{acl}{}", ignoring("[acl]")));
    assert_eq!(steps(&plan), ["public_access_block"], "{plan}");
    assert!(
        plan["manual"].to_string().contains("ownership: left as it is, and should be BucketOwnerEnforced"),
        "{plan}"
    );
    // Where it is not left, both are set.
    let (_, _, plan) = world.both(&format!("{BUCKET}}}\n{own}{on}{acl}}}\n"));
    assert_eq!(steps(&plan), ["public_access_block", "acl", "ownership"], "{plan}");
}

/// Override files replace arguments of `lifecycle` one by one.
#[test]
fn overrides_of_what_is_left() {
    let world = world("left-override", good());
    let code = format!("{BUCKET}}}\n{POLICY}{}", ignoring("[policy]"));
    for (over, is_left) in
        [("prevent_destroy = true", true), ("ignore_changes = []", true), ("ignore_changes = [bucket]", false)]
    {
        let over = format!("resource \"aws_s3_bucket_policy\" \"b\" {{\n  lifecycle {{\n    {over}\n  }}\n}}\n");
        fs::write(world.0.join("infra/override.tf"), &over).unwrap();
        let (_, text, plan) = world.both(&code);
        assert_eq!(steps(&plan).contains(&"policy"), !is_left, "{over}: {text}");
    }
    fs::remove_file(world.0.join("infra/override.tf")).unwrap();
    let over = json!({ "resource": { "aws_s3_bucket_policy": { "b": { "lifecycle": { "prevent_destroy": true } } } } });
    fs::write(world.0.join("infra/override.tf.json"), over.to_string()).unwrap();
    let (_, text, plan) = world.both(&code);
    assert!(!steps(&plan).contains(&"policy"), "{text}");
}
