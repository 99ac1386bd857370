//! What a plan is not made from, and what it does not run.

use std::fs;

use serde_json::{Value as Json, json};

use super::world::{World, bad, good, planned, policy};

const BUCKET: &str = r#"resource "aws_s3_bucket" "d" {
  bucket = "data"
}
resource "aws_s3_bucket_policy" "d" {
  bucket = aws_s3_bucket.d.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "App", Effect = "Allow", Action = "s3:GetObject",
    Principal = { AWS = "arn:aws:iam::123456789012:role/app" }, Resource = "arn:aws:s3:::data/*" }] })
}
"#;

/// A part of the code that cannot be read may be what gives the grant that the plan would take away.
#[test]
fn code_that_was_not_read() {
    let world = World::new("unread", good());
    world.change(|it| it["points"] = json!({}));
    let write = |path: &str, text: &[u8]| {
        let path = world.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let plan = |name: &str, more: &[&str]| {
        let out = format!("plan-{}", name.replace('/', "-"));
        let _ = fs::remove_dir_all(world.0.join(&out));
        world.run(&[&["restore", "--desired", name, "--bucket", "data", "-o", &out], more].concat())
    };
    let module = |source: &str| format!("{BUCKET}module \"m\" {{\n  source = \"{source}\"\n}}\n");
    for (name, file, text, must) in [
        ("json", "b.tf.json", b"{\"resource\":".as_slice(), "b.tf.json:1"),
        ("latin", "b.tf", b"# \xff".as_slice(), "not valid UTF-8"),
        ("open", "b.tf", b"resource \"aws_s3_bucket_acl\" \"x\" {\n".as_slice(), "not closed"),
        ("merge", "b.tf", b"<<<<<<< HEAD\nlocals {}\n=======\n>>>>>>> x\n".as_slice(), "b.tf:1"),
        ("local", "main.tf", module("./nope").as_bytes(), "`./nope` is not here"),
        ("remote", "main.tf", module("terraform-aws-modules/vpc/aws").as_bytes(), "terraform init"),
        ("cfn", "b.yaml", b"AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  P: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: \"da".as_slice(), "b.yaml"),
    ] {
        if name == "cfn" {
            let template = "Resources:\n  D: {Type: AWS::S3::Bucket, Properties: {BucketName: data}}\n";
            write("cfn/a.yaml", template.as_bytes());
        } else {
            write(&format!("{name}/main.tf"), BUCKET.as_bytes());
        }
        write(&format!("{name}/{file}"), text);
        let (code, said) = plan(name, &[]);
        assert!(code == 2 && said.contains("was not read") && said.contains(must), "{name}: {code} {said}");
        let (code, said) = plan(name, &["--allow-unread"]);
        assert!(code == 0 && said.contains("warning: of what should be this was not read"), "{name}: {code} {said}");
        let kept = fs::read_to_string(world.0.join(format!("plan-{name}/PLAN.md"))).unwrap();
        assert!(kept.contains("this was not read"), "{name}: {kept}");
    }
    // Another root module is told, and the bucket does not wait for it; a module that the root names does concern it.
    write("tree/s3/main.tf", BUCKET.as_bytes());
    write("tree/net/main.tf", b"resource \"aws_s3_bucket\" \"o\" {\n  bucket = \"other\"\n}\n");
    write("tree/net/b.tf", b"locals {\n");
    let (code, said) = plan("tree", &[]);
    assert!(code == 0 && said.contains("this was not read") && said.contains("net/b.tf:1"), "{code} {said}");
    write("mods/s3/main.tf", module("../parts/acl").as_bytes());
    write("mods/parts/acl/b.tf", b"locals {\n");
    let (code, said) = plan("mods", &[]);
    assert!(code == 2 && said.contains("parts/acl/b.tf"), "{code} {said}");
}

/// Parameters of a template are given as to `diff`.
#[test]
fn parameters_of_a_template() {
    let world = World::new("parameters", bad());
    let template = "Parameters:\n  Who: {Type: String}\nResources:\n  D: {Type: AWS::S3::Bucket, Properties: {BucketName: data}}\n  P:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !Ref D\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement: [{Sid: App, Effect: Allow, Principal: {AWS: !Ref Who}, Action: s3:GetObject, Resource: !Sub '${D.Arn}/*'}]\n";
    fs::write(world.0.join("t.yaml"), template).unwrap();
    let plan = ["restore", "--desired", "t.yaml", "--bucket", "data", "-o", "plan"];
    let (code, text) = world.run(&plan);
    assert!(code == 2 && text.contains("what policy should be is not known"), "{text}");
    let (code, text) = world.run(&[plan.as_slice(), &["--param", "Who=arn:aws:iam::123456789012:role/app"]].concat());
    assert!(code == 0 && text.contains("[S1] policy"), "{text}");
}

/// An option of another level is refused, not passed over.
#[test]
fn options_of_another_level() {
    let world = World::new("levels", bad());
    let eve = "arn:aws:iam::123456789012:user/eve";
    for (level, option, right) in [
        ("bpa", "--deny-principal", "principal"),
        ("quarantine", "--deny-principal", "principal"),
        ("bpa", "--except", "quarantine"),
        ("principal", "--except", "quarantine"),
    ] {
        let (code, text) = world.run(&["contain", "--bucket", "data", "--level", level, option, eve, "-o", "plan"]);
        assert!(code == 2 && text.contains(&format!("say --level {right}")), "{level} {option}: {code} {text}");
    }
}

/// Block Public Access may be turned on where it may not be read; that nothing could be put back is said.
#[test]
fn block_public_access_that_may_not_be_read() {
    let world = World::new("no-before-image", bad());
    world.faults(json!([{ "command": "get-public-access-block", "do": "fail:AccessDenied", "times": 99 }]));
    let (code, text) = world.run(&["contain", "--bucket", "data", "-o", "plan"]);
    assert!(code == 0 && text.contains("warning: NO BEFORE-IMAGE"), "{code} {text}");
    assert!(
        text.contains("by hand: Block Public Access") && text.contains("put-public-access-block --bucket data"),
        "{text}"
    );
    assert!(text.contains("versioning") && !text.contains("] public_access_block"), "{text}");
    assert_eq!(world.apply("plan").0, 0);
}

/// What should be is of a bucket of another owner: its grants mean other people.
#[test]
fn a_baseline_of_another_owner() {
    let world = planned("owner");
    let plan = |file: &str, more: &[&str]| {
        let out = format!("plan-{}{}", file.replace('.', "-"), more.len());
        world.run(&[&["restore", "--desired", file, "--bucket", "data", "-o", &out], more].concat())
    };
    let id = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a";
    let other = "f".repeat(64);
    let of_account = |snapshot: &str, account: Json, name: &str| {
        let mut snapshot = world.json(snapshot);
        snapshot["buckets"]["data"]["account"] = account;
        fs::write(world.0.join(name), snapshot.to_string()).unwrap();
    };
    world.change(|it| it["buckets"]["data"] = serde_json::from_str(&good().to_string().replace(id, &other)).unwrap());
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "id.json"]).0, 0);
    world.spoil();
    of_account("good.json", json!("111111111111"), "account.json");
    of_account("id.json", json!(null), "bare.json");
    // Both owners are told, by what is known of each; where that is meant, the plan tells it as well.
    for (file, should) in [
        ("account.json", format!("account 111111111111, canonical id {id}")),
        ("id.json", format!("account 123456789012, canonical id {other}")),
        ("bare.json", format!("an account, canonical id {other}")),
    ] {
        let told = format!(
            "what should be is of a bucket data of another owner ({should}) than the bucket that is there (account 123456789012, canonical \
             id {id}): grants and ids of the one mean other people in the other"
        );
        let (code, said) = plan(file, &[]);
        assert!(
            code == 2 && said.contains(&format!("no plan was made: {told}; say --allow-other-owner")),
            "{file}: {said}"
        );
        let (code, said) = plan(file, &["--allow-other-owner"]);
        assert!(code == 0 && said.contains(&format!("warning: {told}\n")), "{file}: {code} {said}");
        let folder = format!("plan-{}1", file.replace('.', "-"));
        assert!(
            fs::read_to_string(world.0.join(folder).join("PLAN.md")).unwrap().contains("of another owner"),
            "{file}"
        );
    }
    // A live side that does not say whose it is has that from the same owner, and is told where nobody knows.
    let mut live = world.json("plan/before/snapshot.json");
    live["buckets"]["data"]["account"] = json!(null);
    live["caller"] = json!(null);
    fs::write(world.0.join("live.json"), live.to_string()).unwrap();
    let (code, said) = plan("good.json", &["--live", "live.json"]);
    assert!(code == 0 && !said.contains("whose the bucket is"), "{said}");
    assert!(world.json("plan-good-json2/plan.json").to_string().contains("--expected-bucket-owner"), "{said}");
    fs::write(world.0.join("p.json"), good()["bucket-policy"]["Policy"].as_str().unwrap()).unwrap();
    let (code, said) = plan("p.json", &["--live", "live.json"]);
    assert!(code == 0 && said.contains("warning: whose the bucket is is not known"), "{said}");
}

/// `plan.json` is a file: a call that its feature does not have is not run, whoever agrees.
#[test]
fn a_call_that_the_feature_does_not_have() {
    let world = planned("unlawful");
    let text = fs::read_to_string(world.0.join("plan/plan.json")).unwrap();
    let manifest = fs::read_to_string(world.0.join("plan/manifest.sha256")).unwrap();
    let sum = |text: &str| bucketlint::frontend::live::sha256(text.as_bytes());
    for (at, part, call) in [
        (1, "command", json!(["s3", "rm", "--recursive", "s3://data"])),
        (1, "undo", json!(["iam", "create-access-key"])),
        (1, "read", json!(["s3api", "get-object", "--bucket", "data", "--key", "x", "/tmp/x"])),
        (0, "command", json!(["s3api", "delete-public-access-block", "--bucket", "other"])),
    ] {
        let mut plan: serde_json::Value = serde_json::from_str(&text).unwrap();
        plan["steps"][at][part] = call;
        let changed = serde_json::to_string_pretty(&plan).unwrap() + "\n";
        fs::write(world.0.join("plan/plan.json"), &changed).unwrap();
        fs::write(world.0.join("plan/manifest.sha256"), manifest.replace(&sum(&text), &sum(&changed))).unwrap();
        world.change(|it| it["calls"] = json!([]));
        let (code, said) = world.apply("plan");
        assert!(code == 2 && said.contains("a call that the feature does not have"), "{part}: {code} {said}");
        assert_eq!(world.state()["calls"], json!([]));
    }
}

/// A policy that S3 takes compact is not sent with white space that makes it too large.
#[test]
fn a_large_policy_is_sent_compact() {
    let statement = |at: usize| json!({ "Sid": format!("S{at}"), "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::123456789012:role/r{at:03}") }, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*" });
    let all: Vec<_> = (0..120).map(statement).collect();
    let mut large = bad();
    large["bucket-policy"] = policy(json!(all));
    let length = large["bucket-policy"]["Policy"].as_str().unwrap().len();
    let world = World::new("large", good());
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "good.json"]).0, 0);
    world.change(|it| it["buckets"]["data"] = large.clone());
    let (code, text) = world.run(&["restore", "--desired", "good.json", "--bucket", "data", "-o", "plan"]);
    assert_eq!(code, 0, "{text}");
    let sent = fs::read_to_string(world.0.join("plan/before/policy.json")).unwrap();
    assert!(15_000 < length && sent.len() <= 20_480, "{length} {}", sent.len());
}

/// The schema of another version is what is said, not what that version does not have.
#[test]
fn a_snapshot_of_another_version() {
    let world = planned("schema");
    fs::write(world.0.join("new.json"), r#"{"schema":"bucketlint/snapshot/2","buckets":{"data":{}}}"#).unwrap();
    let (code, text) = world.run(&["restore", "--desired", "good.json", "--live", "new.json", "-o", "out"]);
    assert!(code == 2 && text.contains("the schema is bucketlint/snapshot/2"), "{text}");
}

/// What stays of containment is said when it is left; versioning that never was is left where it should be suspended.
#[test]
fn what_is_left_is_said() {
    let world = planned("left");
    world.change(|it| it["buckets"]["data"]["bucket-versioning"] = json!({ "Status": "Suspended" }));
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "suspended.json"]).0, 0);
    world.change(|it| {
        it["buckets"]["data"].as_object_mut().unwrap().remove("bucket-versioning");
    });
    let (code, text) = world.run(&["restore", "--desired", "suspended.json", "--bucket", "data", "-o", "never"]);
    assert!(
        code == 0 && text.contains("by hand: versioning was never turned on") && !text.contains("] versioning"),
        "{text}"
    );
    world.change(|it| it["buckets"]["data"]["bucket-versioning"] = json!({ "Status": "Suspended" }));
    assert_eq!(world.run(&["contain", "--bucket", "data", "-o", "contained"]).0, 0);
    assert_eq!(world.apply("contained").0, 0);
    let (code, text) = world.leave("leave");
    assert!(code == 0 && text.contains("the tag Status=Compromised of containment stays"), "{text}");
}
