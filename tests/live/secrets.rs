//! Secrets planted in everything that is read: none is printed, none stands in a file that is written, and files are of their owner.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::world::{World, bad, good};

const PLANTED: &str = "PLANTED";

/// A state as `terraform show -json` prints it, and the file itself.
fn states() -> (String, String) {
    let bucket = json!({ "bucket": "data", "tags": { "app": "exports", "token": "PLANTED-1" } });
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": "PLANTED-2", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*",
    }]});
    let shown = json!({
        "format_version": "1.0", "terraform_version": "1.9.8",
        "values": {
            "outputs": { "password": { "sensitive": true, "value": "PLANTED-3" } },
            "root_module": { "resources": [
                { "address": "aws_s3_bucket.b", "mode": "managed", "type": "aws_s3_bucket", "name": "b", "values": bucket,
                  "sensitive_values": { "tags": { "token": true } } },
                { "address": "aws_s3_bucket_policy.b", "mode": "managed", "type": "aws_s3_bucket_policy", "name": "b",
                  "values": { "bucket": "data", "policy": policy.to_string() }, "sensitive_values": { "policy": true } },
                { "address": "aws_db_instance.d", "mode": "managed", "type": "aws_db_instance", "name": "d",
                  "values": { "password": "PLANTED-4" }, "sensitive_values": { "password": true } },
            ]},
        },
    });
    let instance = |attributes: &serde_json::Value, hidden: &str| json!([{ "schema_version": 0, "attributes": attributes, "sensitive_attributes": [[{ "type": "get_attr", "value": hidden }]] }]);
    let file = json!({
        "version": 4, "terraform_version": "1.9.8", "serial": 1, "lineage": "x",
        "outputs": { "password": { "value": "PLANTED-5", "type": "string", "sensitive": true } },
        "resources": [
            { "mode": "managed", "type": "aws_s3_bucket", "name": "b", "instances": instance(&bucket, "tags") },
            { "mode": "managed", "type": "aws_s3_bucket_policy", "name": "b",
              "instances": instance(&json!({ "bucket": "data", "policy": policy.to_string() }), "policy") },
        ],
    });
    (shown.to_string(), file.to_string())
}

fn trail() -> String {
    let policy: serde_json::Value = serde_json::from_str(bad()["bucket-policy"]["Policy"].as_str().unwrap()).unwrap();
    json!({ "Records": [{
        "eventTime": "2026-11-18T02:12:05Z", "eventID": "1", "eventName": "PutBucketPolicy", "recipientAccountId": "123456789012",
        "userIdentity": { "arn": "arn:aws:iam::123456789012:user/eve", "accessKeyId": "AKIAIOSFODNN7EXAMPLE" },
        "sourceIPAddress": "203.0.113.10", "userAgent": "aws-cli",
        "requestParameters": { "bucketName": "data", "bucketPolicy": policy, "x-amz-security-token": "PLANTED-6" },
        "responseElements": { "credentials": { "secretAccessKey": "PLANTED-7", "sessionToken": "PLANTED-8" } },
    }]})
    .to_string()
}

fn log() -> String {
    let owner = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a";
    format!(
        "{owner} data [18/Nov/2026:03:00:00 +0000] 203.0.113.77 - R1 REST.GET.OBJECT a.csv \"GET /a.csv?X-Amz-Signature=PLANTED-9 \
         HTTP/1.1\" 200 - 120 120 5 4 \"-\" \"curl/8\" -\n"
    )
}

fn look(folder: &Path, skip: &[&str]) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            let expected: &[u32] = if path.is_dir() || name.ends_with(".sh") { &[0o700] } else { &[0o600] };
            assert!(expected.contains(&mode), "{}: {mode:o}", path.display());
        }
        if path.is_dir() {
            look(&path, skip);
        } else if !skip.iter().any(|it| name.contains(it)) {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            assert!(!text.contains(PLANTED), "{}: {}", path.display(), &text[text.find(PLANTED).unwrap()..][..9]);
        }
    }
}

#[test]
fn no_secret_is_shown() {
    let world = World::new("secrets", good());
    let (shown, file) = states();
    fs::write(world.0.join("shown.json"), shown).unwrap();
    fs::write(world.0.join("terraform.tfstate"), file).unwrap();
    fs::write(world.0.join("trail.json"), trail()).unwrap();
    fs::write(world.0.join("access.log"), log()).unwrap();
    let out = |name: &str| world.0.join(name);
    fs::create_dir(out("out")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(out("out"), fs::Permissions::from_mode(0o700)).unwrap();
    }
    // The CLI's own secrets are in its environment: nothing of that is read.
    let run = |args: &[&str]| {
        let (code, text) =
            world.run_with(args, &[("AWS_SECRET_ACCESS_KEY", "PLANTED-a"), ("AWS_SESSION_TOKEN", "PLANTED-b")]);
        assert!(!text.contains(PLANTED), "{args:?}: {text}");
        (code, text)
    };
    assert_eq!(run(&["snapshot", "--bucket", "data", "-o", "out/good.json"]).0, 0);
    world.spoil();
    run(&["snapshot", "--bucket", "data", "-o", "out/live.json"]);
    for (name, source) in [("a", "shown.json"), ("b", "terraform.tfstate")] {
        let snapshot = format!("out/{name}.json");
        let (code, text) = run(&["snapshot", "--from", source, "-o", &snapshot]);
        assert_eq!(code, 3, "what is hidden is not known: {text}");
        let found = world.json(&snapshot);
        let features = &found["buckets"]["data"]["features"];
        assert_eq!(features["policy"]["state"], "unknown", "{features}");
        assert_eq!(features["tags"]["state"], "unknown", "{features}");
        for args in [
            vec!["snapshot", "--from", source],
            vec!["check", source],
            vec!["check", source, "--format", "json"],
            vec!["model", source],
            vec!["check", &snapshot, "--format", "sarif"],
            vec!["diff", source, "out/live.json"],
            vec!["diff", source, "out/live.json", "--format", "json", "--strict"],
            vec!["diff", "out/live.json", source, "--format", "md"],
            vec!["diff", "out/live.json", source, "--format", "sarif"],
        ] {
            run(&args);
        }
        // What should be is not known: nothing is overwritten by it.
        assert_eq!(run(&["restore", "--desired", source, "--live", "out/live.json", "-o", "out/refused"]).0, 2);
    }
    assert_eq!(run(&["restore", "--desired", "out/good.json", "--live", "out/live.json", "-o", "out/plan"]).0, 0);
    let hash = world.hash("out/plan");
    assert_eq!(run(&["restore", "--apply", "out/plan", "--yes", "--plan-hash", &hash]).0, 0);
    for format in ["pretty", "json"] {
        let args = ["timeline", "trail.json", "--bucket", "data", "--access-log", "access.log", "--format", format];
        assert!(run(&args).1.contains("203.0.113.77"));
    }
    let (code, text) = run(&[
        "report",
        "--bucket",
        "data",
        "--trail",
        "trail.json",
        "--access-log",
        "access.log",
        "--live",
        "out/a.json",
        "--plan",
        "out/plan",
        "-o",
        "out/incident",
    ]);
    assert_eq!(code, 0, "{text}");
    // The evidence is what it was, byte for byte: a trail and a log that were given, and nothing else.
    look(&out("out"), &["-trail.json", "-access.log"]);
    let report = fs::read_to_string(out("out/incident/REPORT.md")).unwrap();
    assert!(report.contains("1 requests of outsiders were served") && report.contains("a.csv"), "{report}");
}

/// Values that code marks as sensitive are used and not shown, whoever gave them.
#[test]
fn sensitive_values_of_code() {
    let world = World::new("secret-values", good());
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "live.json"]).0, 0);
    let policy = |who: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"data\"\n}}\nresource \"aws_s3_bucket_policy\" \"b\" {{\n  bucket = \"data\"\n  \
             policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Sid = \"X\", Effect = \"Allow\", Principal = {{ AWS = {who} }}, \
             Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::data/*\" }}] }})\n}}\n"
        )
    };
    let variable = "variable \"who\" {\n  sensitive = true\n}\n";
    let called = "variable \"who\" {}\n";
    let default =
        "variable \"who\" {\n  sensitive = true\n  default   = \"arn:aws:iam::999988887777:role/PLANTED-c\"\n}\n";
    let template = r#"{"Parameters":{"Who":{"Type":"String","NoEcho":true}},"Resources":{
      "B":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":"data"}},
      "P":{"Type":"AWS::S3::BucketPolicy","Properties":{"Bucket":{"Ref":"B"},"PolicyDocument":{"Version":"2012-10-17","Statement":[
        {"Sid":"X","Effect":"Allow","Principal":{"AWS":{"Ref":"Who"}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*"}]}}}}}"#;
    let who = "arn:aws:iam::999988887777:role/PLANTED-c";
    let given = format!("who={who}");
    let cases = [
        ("var", "main.tf", variable.to_owned() + &policy("var.who"), vec!["--var", given.as_str()]),
        ("call", "main.tf", called.to_owned() + &policy("sensitive(var.who)"), vec!["--var", given.as_str()]),
        ("default", "main.tf", default.to_owned() + &policy("var.who"), vec![]),
        (
            "template",
            "template.json",
            template.to_owned(),
            vec!["--param", "Who=arn:aws:iam::999988887777:role/PLANTED-c"],
        ),
    ];
    for (name, file, text, more) in cases {
        fs::create_dir(world.0.join(name)).unwrap();
        fs::write(world.0.join(name).join(file), text).unwrap();
        for format in ["pretty", "json", "md", "sarif"] {
            for pair in [[name, "live.json"], ["live.json", name]] {
                let (_, text) = world.run(&[&["diff"], pair.as_slice(), &more, &["--format", format]].concat());
                assert!(text.contains("(sensitive)") && !text.contains(PLANTED), "{name} {format}: {text}");
            }
        }
    }
    // A plan needs the value: it stands in files of their owner, and is not printed.
    let plan = ["restore", "--desired", "var", "--live", "live.json", "--var", &given, "--allow-loosen", "-o", "plan"];
    let (code, text) = world.run(&plan);
    assert!(code == 0 && !text.contains(PLANTED), "{code} {text}");
    assert!(fs::read_to_string(world.0.join("plan/desired/policy.json")).unwrap().contains(PLANTED));
}
