//! Terraform's state as a source: what it does not say, and what two sides of it have in common.

use std::fs;

use serde_json::{Value as Json, json};

use super::world::{World, bad, good, planned, policy};

const CANONICAL: &str = "abababababababababababababababababababababababababababababababab";
const IDENTITY: &str = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2QWRUHAPOMQZL";

fn resources(more: Vec<(&str, Json)>) -> Vec<(String, Json)> {
    let own = [("aws_s3_bucket", json!({ "bucket": "data", "id": "data" }))];
    own.into_iter().chain(more).map(|(kind, values)| (kind.to_owned(), values)).collect()
}

/// A state as `terraform show -json` prints it.
fn shown(more: Vec<(&str, Json)>) -> Json {
    let one = |(kind, values): (String, Json)| {
        json!({ "address": format!("{kind}.b"), "mode": "managed", "type": kind, "name": "b", "values": values,
            "sensitive_values": {} })
    };
    let all: Vec<Json> = resources(more).into_iter().map(one).collect();
    json!({ "format_version": "1.0", "terraform_version": "1.9.8", "values": { "root_module": { "resources": all } } })
}

/// The same as the file itself.
fn kept(more: Vec<(&str, Json)>) -> Json {
    let one = |(kind, values): (String, Json)| json!({ "mode": "managed", "type": kind, "name": "b", "instances": [{ "attributes": values }] });
    let all: Vec<Json> = resources(more).into_iter().map(one).collect();
    json!({ "version": 4, "terraform_version": "1.9.8", "serial": 1, "lineage": "x", "outputs": {}, "resources": all })
}

fn text(of: &Json) -> String {
    of["Policy"].as_str().unwrap().to_owned()
}

fn with_policy(policy: &Json) -> Vec<(&'static str, Json)> {
    vec![("aws_s3_bucket_policy", json!({ "bucket": "data", "policy": text(policy) }))]
}

fn reader(principal: &Json) -> Json {
    policy(json!([{ "Sid": "CF", "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::data/*" }]))
}

impl World {
    fn save(&self, name: &str, value: &Json) {
        fs::write(self.0.join(name), value.to_string()).unwrap();
    }

    fn diff(&self, old: &str, new: &str) -> (i32, String) {
        self.run(&["diff", old, new, "--fail-on", "any"])
    }
}

/// What one state leaves open is no drift from itself; of another state, or of another time, nobody knows.
#[test]
fn a_state_beside_itself() {
    let world = World::new("itself", good());
    let open = bad()["bucket-policy"].clone();
    let hidden = json!({ "address": "aws_s3_bucket_policy.b", "mode": "managed", "type": "aws_s3_bucket_policy", "name": "b",
        "values": { "bucket": "data", "policy": text(&open) }, "sensitive_values": { "policy": true } });
    let mut secret = shown(Vec::new());
    secret["values"]["root_module"]["resources"].as_array_mut().unwrap().push(hidden);
    world.save("secret.json", &secret);
    world.save("shown.json", &shown(with_policy(&open)));
    world.save("terraform.tfstate", &kept(with_policy(&open)));
    for (at, source) in ["secret.json", "shown.json", "terraform.tfstate"].into_iter().enumerate() {
        let snap = format!("{at}.json");
        world.run(&["snapshot", "--from", source, "-o", &snap]);
        let (code, text) = world.diff(&snap, &snap);
        assert!(code == 0 && text.contains("1 the same, 0 not"), "{source}: {code} {text}");
    }
    let (code, text) = world.diff("terraform.tfstate", "2.json");
    assert!(code == 0 && text.contains("1 the same, 0 not"), "{code} {text}");
    // Another state that says the same of the bucket, and as little of the account: neither manages it.
    let (code, text) = world.diff("1.json", "2.json");
    assert!(code == 0 && text.contains("1 the same, 0 not"), "{code} {text}");
    // One that does, and does no more, and by another value.
    let block = |on: bool| {
        let values = json!({ "id": "123456789012", "account_id": "123456789012", "block_public_acls": on,
            "ignore_public_acls": on, "block_public_policy": on, "restrict_public_buckets": on });
        kept([with_policy(&open), vec![("aws_s3_account_public_access_block", values)]].concat())
    };
    world.save("on.tfstate", &block(true));
    world.save("off.tfstate", &block(false));
    let unmanaged =
        "account 123456789012: public_access_block cannot be compared: one of the two states does not manage it";
    for (old, new) in [("terraform.tfstate", "on.tfstate"), ("off.tfstate", "terraform.tfstate")] {
        let (code, text) = world.diff(old, new);
        assert!(code == 3 && text.contains(unmanaged), "{old} {new}: {code} {text}");
    }
    let (code, text) = world.diff("on.tfstate", "off.tfstate");
    assert!(code == 1 && text.contains("~ account 123456789012: public_access_block"), "{code} {text}");
}

/// The access points of a state are doors to its buckets as any others.
#[test]
fn access_points_of_a_state() {
    let world = World::new("state-points", good());
    let delegation = policy(json!([{ "Effect": "Allow", "Principal": "*", "Action": "s3:*",
        "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"],
        "Condition": { "StringEquals": { "s3:DataAccessPointAccount": "123456789012" } } }]));
    let point = |who: &Json| {
        let arn = "arn:aws:s3:us-east-1:123456789012:accesspoint/exports-ap";
        let own = policy(json!([{ "Sid": "Door", "Effect": "Allow", "Principal": who, "Action": "s3:GetObject",
            "Resource": format!("{arn}/object/*") }]));
        let off = json!([{ "block_public_acls": false, "ignore_public_acls": false, "block_public_policy": false,
            "restrict_public_buckets": false }]);
        let values = json!({ "name": "exports-ap", "bucket": "data", "arn": arn, "account_id": "123456789012",
            "network_origin": "Internet", "policy": text(&own), "public_access_block_configuration": off });
        let bucket = json!({ "bucket": "data", "block_public_acls": false, "ignore_public_acls": false,
            "block_public_policy": false, "restrict_public_buckets": false });
        let more = vec![("aws_s3_access_point", values), ("aws_s3_bucket_public_access_block", bucket)];
        kept([with_policy(&delegation), more].concat())
    };
    world.save("old.tfstate", &point(&json!({ "AWS": "arn:aws:iam::123456789012:role/app" })));
    world.save("new.tfstate", &point(&json!("*")));
    let more = ["--account", "123456789012", "--account-bpa", "off"];
    let (code, text) = world.run(&[&["diff", "old.tfstate", "new.tfstate"], more.as_slice()].concat());
    assert!(code == 1 && text.contains("gained read for anyone through access point exports-ap"), "{code} {text}");
    let (code, text) = world.run(&[&["diff", "new.tfstate", "new.tfstate"], more.as_slice()].concat());
    assert!(code == 0 && text.contains("1 the same, 0 not"), "{code} {text}");
}

/// Beside a side that says which account it is, a state without one says nothing of it, and that is no doubt.
#[test]
fn a_state_without_an_account() {
    let world = planned("no-account");
    world.save("terraform.tfstate", &kept(with_policy(&good()["bucket-policy"])));
    for (old, new) in [("terraform.tfstate", "good.json"), ("good.json", "terraform.tfstate")] {
        let (code, text) = world.run(&["diff", old, new]);
        assert!(code == 0 && !text.contains("account"), "{old} {new}: {code} {text}");
    }
    let (code, text) = world.run(&["diff", "terraform.tfstate", "plan/before/snapshot.json"]);
    assert!(code == 1 && text.contains("gained read for anyone") && !text.contains("account-wide"), "{code} {text}");
    // What neither of two states manages is no difference between them.
    world.save("other.json", &shown(with_policy(&good()["bucket-policy"])));
    world.run(&["snapshot", "--from", "other.json", "-o", "other.snap"]);
    let (code, text) = world.run(&["diff", "other.snap", "terraform.tfstate"]);
    assert!(code == 0 && !text.contains("cannot be compared"), "{code} {text}");
    let (code, text) = world.run(&["diff", "other.snap", "terraform.tfstate", "--account-bpa", "off"]);
    assert!(code == 0 && !text.contains("cannot be compared"), "{code} {text}");
    // What a folder says of an account without its id is of the one that the user names.
    let folder = world.0.join("saved/data");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("get-bucket-policy.json"), good()["bucket-policy"].to_string()).unwrap();
    fs::create_dir_all(world.0.join("saved/@account")).unwrap();
    let block = good()["public-access-block"].to_string();
    fs::write(world.0.join("saved/@account/get-public-access-block.json"), block).unwrap();
    let (_, text) = world.run(&["diff", "terraform.tfstate", "saved", "--account", "123456789012"]);
    assert!(text.contains("1 bucket compared") && !text.contains("account 123456789012"), "{text}");
    world.run(&["snapshot", "--from", "saved", "--account", "123456789012", "-o", "saved.json"]);
    let saved = world.json("saved.json");
    assert_eq!(saved["buckets"]["data"]["account"], "123456789012", "{saved}");
    assert!(saved["accounts"]["123456789012"]["public_access_block"]["value"].is_object(), "{saved}");
}

/// `--live` takes each source that `snapshot --from` takes. A plan is none: it says what will be.
#[test]
fn a_state_is_live() {
    let world = planned("state-live");
    let now = with_policy(&bad()["bucket-policy"]);
    world.save("shown.json", &shown(now.clone()));
    world.save("terraform.tfstate", &kept(now));
    for source in ["shown.json", "terraform.tfstate"] {
        let out = format!("of-{source}");
        let args = ["restore", "--desired", "good.json", "--live", source, "--only", "policy", "-o", &out];
        let (code, said) = world.run(&args);
        assert!(code == 0 && said.contains("[S1] policy"), "{source}: {code} {said}");
        let contained = format!("contained-{source}");
        let (code, said) = world.run(&["contain", "--bucket", "data", "--live", source, "-o", &contained]);
        assert!(
            code == 0 && said.contains("by hand: Block Public Access could not be read"),
            "{source}: {code} {said}"
        );
    }
    let mut plan = shown(with_policy(&good()["bucket-policy"]));
    plan["planned_values"] = plan["values"].clone();
    plan["resource_changes"] = json!([]);
    world.save("plan.json", &plan);
    fs::create_dir_all(world.0.join("code")).unwrap();
    for (source, must) in [
        ("plan.json", "is a plan of Terraform, which says what will be"),
        ("code", "holds no saved outputs of the aws CLI"),
        ("nowhere.json", "nowhere.json: "),
    ] {
        let args = ["restore", "--desired", "good.json", "--live", source, "--bucket", "data", "-o", "never"];
        let (code, said) = world.run(&args);
        assert!(code == 2 && said.contains(must), "{source}: {code} {said}");
        let (code, said) = world.run(&["snapshot", "--from", source]);
        assert!(code == 2 && said.contains(must), "{source}: {code} {said}");
    }
}

/// An origin access identity by its canonical id is the one by its ARN where the state has it; else nobody knows.
#[test]
fn an_origin_access_identity_has_two_names() {
    let world = World::new("identity", good());
    let arn = reader(&json!({ "AWS": IDENTITY }));
    let id = reader(&json!({ "CanonicalUser": CANONICAL }));
    world.change(|it| {
        it["buckets"]["data"]["bucket-policy"] = arn.clone();
        it["points"] = json!({});
    });
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "live.json"]).0, 0);
    let identity = json!({ "id": "E2QWRUHAPOMQZL", "iam_arn": IDENTITY, "s3_canonical_user_id": CANONICAL });
    let whole = |policy: &Json| {
        [with_policy(policy), vec![("aws_cloudfront_origin_access_identity", identity.clone())]].concat()
    };
    world.save("whole.tfstate", &kept(whole(&id)));
    world.save("whole.json", &shown(whole(&id)));
    for source in ["whole.tfstate", "whole.json"] {
        for (old, new) in [(source, "live.json"), ("live.json", source)] {
            let (code, text) = world.diff(old, new);
            assert!(code == 0 && !text.contains("read"), "{old} {new}: {code} {text}");
        }
        let (_, text) = world.run(&["check", source, "--account", "123456789012"]);
        assert!(!text.contains(CANONICAL), "{text}");
    }
    // Without the identity: what is said of either name may be about the other one.
    world.save("part.tfstate", &kept(with_policy(&id)));
    world.save("id.json", &serde_json::from_str(&text(&id)).unwrap());
    world.save("arn.json", &serde_json::from_str(&text(&arn)).unwrap());
    for (old, new) in
        [("part.tfstate", "live.json"), ("live.json", "part.tfstate"), ("id.json", "arn.json"), ("arn.json", "id.json")]
    {
        let (code, text) = world.run(&["diff", old, new, "--account", "123456789012"]);
        assert!(
            code == 3 && text.contains("may gain read") && text.contains("may lose read"),
            "{old} {new}: {code} {text}"
        );
        assert!(text.contains("are one CloudFront origin access identity is not known"), "{text}");
        assert!(!text.contains("gained read"), "{text}");
    }
    // More than the other name had is gained for certain.
    let more = text(&arn).replace("s3:GetObject", "s3:PutObject");
    fs::write(world.0.join("more.json"), more).unwrap();
    let (code, text) = world.run(&["diff", "id.json", "more.json", "--account", "123456789012"]);
    assert!(code == 1 && text.contains("gained write"), "{code} {text}");
    // S3 answers with the ARN of every identity: what it answers by an id is somebody else.
    let other = reader(&json!({ "CanonicalUser": "cd".repeat(32) }));
    world.change(|it| it["buckets"]["data"]["bucket-policy"] = other.clone());
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "other.json"]).0, 0);
    let (code, text) = world.run(&["diff", "live.json", "other.json"]);
    assert!(code == 1 && text.contains(&format!("gained read for {}", "cd".repeat(32))), "{code} {text}");
    let (code, text) = world.run(&["diff", "other.json", "live.json"]);
    assert!(code == 1 && text.contains("gained read for arn:aws:iam::cloudfront"), "{code} {text}");
    // The owner's own id is no identity.
    let owner = reader(&json!({ "CanonicalUser": "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a" }));
    world.change(|it| it["buckets"]["data"]["bucket-policy"] = owner.clone());
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "own.json"]).0, 0);
    let (code, text) = world.run(&["diff", "own.json", "live.json"]);
    assert!(code == 1 && text.contains("gained read for arn:aws:iam::cloudfront"), "{code} {text}");
}

/// Code that leaves its account open is of the account of the live side, where that has one; else nobody knows, and it is no certain gain.
#[test]
fn code_that_leaves_the_account_open() {
    let world = World::new("open-account", good());
    world.change(|it| it["points"] = json!({}));
    assert_eq!(world.run(&["snapshot", "--bucket", "data", "-o", "live.json"]).0, 0);
    let code = |folder: &str, provider: &str| {
        let main = format!(
            r#"
provider "aws" {{
  {provider}
}}
data "aws_caller_identity" "me" {{}}
resource "aws_s3_bucket" "data" {{
  bucket = "data"
}}
resource "aws_s3_bucket_policy" "data" {{
  bucket = aws_s3_bucket.data.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{
    Sid       = "App"
    Effect    = "Allow"
    Principal = {{ AWS = "arn:aws:iam::${{data.aws_caller_identity.me.account_id}}:role/app" }}
    Action    = "s3:GetObject"
    Resource  = "arn:aws:s3:::data/*"
  }}] }})
}}
"#
        );
        fs::create_dir_all(world.0.join(folder)).unwrap();
        fs::write(world.0.join(folder).join("main.tf"), main).unwrap();
    };
    code("open", "");
    code("other", "allowed_account_ids = [\"999988887777\"]");
    for (old, new) in [("open", "live.json"), ("live.json", "open")] {
        let (code, text) = world.diff(old, new);
        assert!(code == 0 && !text.contains("role/app"), "{old} {new}: {code} {text}");
    }
    // What the code says itself counts.
    let (code, text) = world.run(&["diff", "other", "live.json"]);
    assert!(code == 1 && text.contains("gained read for arn:aws:iam::123456789012:role/app"), "{code} {text}");
    assert!(text.contains("lost read for arn:aws:iam::999988887777:role/app"), "{text}");
    let mut two = world.json("live.json");
    two["buckets"]["other"] = json!({ "account": "999988887777", "features": {} });
    world.save("two.json", &two);
    for (old, new) in [("open", "two.json"), ("two.json", "open")] {
        let (code, text) = world.run(&["diff", old, new, "--bucket", "data"]);
        assert!(
            code == 3 && text.contains("may gain read") && !text.contains("gained read"),
            "{old} {new}: {code} {text}"
        );
        assert!(text.contains("may lose read") && text.contains("are one is not known: say the account"), "{text}");
        let (code, text) = world.run(&["diff", old, new, "--bucket", "data", "--account", "123456789012"]);
        assert!(code == 0 && !text.contains("role/app"), "{old} {new}: {code} {text}");
    }
}

/// The provider reads `access_control_policy` from S3 and keeps the canned ACL that somebody asked for: what S3 answered decides, and says
/// whose the bucket is.
#[test]
fn the_acl_that_was_read_decides() {
    let world = World::new("read-acl", good());
    let other = "cd".repeat(32);
    let acl = |more: &[Json]| {
        let owner = json!({ "grantee": [{ "id": CANONICAL, "type": "CanonicalUser", "uri": "" }], "permission": "FULL_CONTROL" });
        let grants: Vec<Json> = std::iter::once(owner).chain(more.iter().cloned()).collect();
        let app = policy(json!([{ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::123456789012:role/app" },
            "Action": "s3:PutObject", "Resource": "arn:aws:s3:::data/*" }]));
        vec![
            ("aws_s3_bucket_policy", json!({ "bucket": "data", "policy": text(&app) })),
            (
                "aws_s3_bucket_ownership_controls",
                json!({ "bucket": "data", "rule": [{ "object_ownership": "ObjectWriter" }] }),
            ),
            (
                "aws_s3_bucket_public_access_block",
                json!({ "bucket": "data", "block_public_acls": false,
                "ignore_public_acls": false, "block_public_policy": false, "restrict_public_buckets": false }),
            ),
            (
                "aws_s3_bucket_acl",
                json!({ "bucket": "data", "acl": "private",
                "access_control_policy": [{ "grant": grants, "owner": [{ "id": CANONICAL }] }] }),
            ),
        ]
    };
    let everyone = "http://acs.amazonaws.com/groups/global/AllUsers";
    let open = [
        json!({ "grantee": [{ "id": "", "type": "Group", "uri": everyone }], "permission": "WRITE" }),
        json!({ "grantee": [{ "id": other, "type": "CanonicalUser", "uri": "" }], "permission": "WRITE_ACP" }),
    ];
    world.save("a.tfstate", &kept(acl(&[])));
    world.save("b.tfstate", &kept(acl(&open)));
    let (code, told) = world.run(&["diff", "a.tfstate", "b.tfstate", "--account-bpa=off"]);
    assert!(code == 1 && told.contains("gained write for anyone"), "{code} {told}");
    assert!(told.contains(&format!("gained control for {other}")), "{told}");
    let (code, text) = world.run(&["diff", "a.tfstate", "a.tfstate", "--account-bpa=off"]);
    assert!(code == 0 && text.contains("1 the same"), "{code} {text}");
    world.run(&["snapshot", "--from", "b.tfstate", "-o", "b.json"]);
    let snapshot = world.json("b.json");
    let said = &snapshot["buckets"]["data"]["features"]["acl"]["value"];
    assert_eq!(said["Owner"]["ID"], CANONICAL, "{said}");
    assert!(said["Canned"].is_null() && said["Grants"].as_array().is_some_and(|it| it.len() == 3), "{said}");
}
