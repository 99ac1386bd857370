//! A folder with a state, the stand-in for the `aws` CLI first in PATH, and what buckets are before and after an incident.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};

pub const ACCOUNT: &str = "123456789012";
const OWNER: &str = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a";

/// A folder with a state and the stand-in first in PATH.
pub struct World(pub PathBuf);

impl World {
    pub fn new(name: &str, bucket: Json) -> Self {
        let root = std::env::temp_dir().join(format!("bucketlint-live-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("bin")).unwrap();
        fs::copy(stand_in(), root.join("bin/aws")).unwrap();
        let world = Self(root);
        world.set(&json!({
            "account": ACCOUNT,
            "caller": "arn:aws:sts::123456789012:assumed-role/incident-response/ana",
            "account_block": null,
            "points": points(false),
            "buckets": { "data": bucket },
            "calls": [],
            "faults": [],
        }));
        world
    }

    pub fn set(&self, state: &Json) {
        fs::write(self.0.join("state.json"), state.to_string()).unwrap();
    }

    pub fn state(&self) -> Json {
        serde_json::from_str(&fs::read_to_string(self.0.join("state.json")).unwrap()).unwrap()
    }

    pub fn change(&self, change: impl Fn(&mut Json)) {
        let mut state = self.state();
        change(&mut state);
        self.set(&state);
    }

    /// Makes the bucket and its access points what an attacker left.
    pub fn spoil(&self) {
        self.change(|it| {
            it["buckets"]["data"] = bad();
            it["points"] = points(true);
        });
    }

    pub fn faults(&self, faults: Json) {
        self.change(|it| {
            it["faults"] = faults.clone();
            it["calls"] = json!([]);
        });
    }

    /// Calls that change something.
    pub fn puts(&self) -> Vec<String> {
        let state = self.state();
        let calls = state["calls"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned());
        calls.filter(|it| it.contains(" put-") || it.contains(" delete-")).collect()
    }

    /// Runs a script of a plan's folder.
    pub fn script(&self, name: &str, variables: &[(&str, &str)]) -> (i32, String) {
        let output = Command::new("bash")
            .arg(self.0.join(name))
            .env("PATH", self.path())
            .env("FAKE_AWS_STATE", self.0.join("state.json"))
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code().unwrap(), text)
    }

    pub fn path(&self) -> String {
        format!("{}:{}", self.0.join("bin").display(), std::env::var("PATH").unwrap())
    }

    pub fn run(&self, args: &[&str]) -> (i32, String) {
        self.run_with(args, &[])
    }

    pub fn run_with(&self, args: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_bucketlint"))
            .args(args)
            .current_dir(&self.0)
            .env("PATH", self.path())
            .env("FAKE_AWS_STATE", self.0.join("state.json"))
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code().unwrap(), text)
    }

    pub fn json(&self, name: &str) -> Json {
        serde_json::from_str(&fs::read_to_string(self.0.join(name)).unwrap()).unwrap()
    }

    pub fn hash(&self, plan: &str) -> String {
        let manifest = fs::read_to_string(self.0.join(plan).join("manifest.sha256")).unwrap();
        manifest.lines().find(|it| it.ends_with("  plan.json")).unwrap().split(' ').next().unwrap().to_owned()
    }

    /// Plans the way out of containment, to what was there before it.
    pub fn leave(&self, output: &str) -> (i32, String) {
        let before = "contained/before/snapshot.json";
        self.run(&["restore", "--desired", before, "--bucket", "data", "--allow-loosen", "-o", output])
    }

    pub fn apply(&self, plan: &str) -> (i32, String) {
        self.run(&["restore", "--apply", plan, "--yes", "--plan-hash", &self.hash(plan)])
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Cargo builds examples for a whole test run; for a single test file this does.
pub fn stand_in() -> PathBuf {
    static BUILT: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    BUILT
        .get_or_init(|| {
            let target = Path::new(env!("CARGO_BIN_EXE_bucketlint")).parent().unwrap();
            let path = target.join("examples/fake_aws");
            let mut command = Command::new(env!("CARGO"));
            command.args(["build", "--quiet", "--locked", "--example", "fake_aws"]);
            if target.ends_with("release") {
                command.arg("--release");
            }
            let built = command.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap();
            assert!(built.success() && path.is_file(), "the stand-in was not built");
            path
        })
        .clone()
}

pub fn acl(public: bool) -> Json {
    let mut grants = vec![json!({ "Grantee": { "Type": "CanonicalUser", "ID": OWNER }, "Permission": "FULL_CONTROL" })];
    if public {
        grants.push(json!({
            "Grantee": { "Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers" }, "Permission": "READ",
        }));
    }
    json!({ "Owner": { "ID": OWNER }, "Grants": grants })
}

pub fn policy(statements: Json) -> Json {
    json!({ "Policy": json!({ "Version": "2012-10-17", "Statement": statements }).to_string() })
}

pub fn good() -> Json {
    json!({
        "public-access-block": { "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true,
        }},
        "bucket-policy": policy(json!([
            { "Sid": "App", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::123456789012:role/app" },
              "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*" },
        ])),
        "bucket-acl": acl(false),
        "bucket-ownership-controls": { "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] } },
        "bucket-versioning": { "Status": "Enabled" },
        "bucket-tagging": { "TagSet": [{ "Key": "app", "Value": "exports" }] },
    })
}

pub fn bad() -> Json {
    json!({
        "bucket-policy": policy(json!([
            { "Sid": "App'; rm -rf \"$HOME\"", "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:PutObject"],
              "Resource": "arn:aws:s3:::data/*" },
            { "Sid": "Ops", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::999988887777:root" },
              "Action": "s3:PutBucketPolicy", "Resource": "arn:aws:s3:::data" },
        ])),
        "bucket-acl": acl(true),
        "bucket-ownership-controls": { "OwnershipControls": { "Rules": [{ "ObjectOwnership": "ObjectWriter" }] } },
        "bucket-versioning": { "Status": "Suspended" },
        "bucket-lifecycle-configuration": { "Rules": [
            { "ID": "nuke", "Status": "Enabled", "Filter": { "Prefix": "" }, "Expiration": { "Days": 1 } },
        ]},
        "bucket-tagging": { "TagSet": [{ "Key": "app", "Value": "exports" }, { "Key": "other-tool", "Value": "x" }] },
    })
}

/// Access points of the bucket: one whose policy somebody opened, where they are `bad`.
pub fn points(bad: bool) -> Json {
    let who = if bad { json!("*") } else { json!({ "AWS": "arn:aws:iam::123456789012:role/app" }) };
    let arn = format!("arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/exports-ap");
    let policy = json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "Door", "Effect": "Allow", "Principal": who, "Action": "s3:GetObject", "Resource": format!("{arn}/object/*") },
    ]});
    json!({ "exports-ap": {
        "bucket": "data",
        "point": {
            "Name": "exports-ap", "Bucket": "data", "NetworkOrigin": "Internet", "AccessPointArn": arn,
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false, "RestrictPublicBuckets": false,
            },
        },
        "policy": policy.to_string(),
    }})
}

/// A world whose bucket was good, is bad, and for which there is a plan.
pub fn planned(name: &str) -> World {
    let world = World::new(name, good());
    let (code, text) = world.run(&["snapshot", "--bucket", "data", "-o", "good.json"]);
    assert_eq!(code, 0, "{text}");
    // Before the stories of the tests begin, whenever these are run.
    let mut snapshot = world.json("good.json");
    snapshot["collected_at"] = json!("2026-11-01T00:00:00Z");
    fs::write(world.0.join("good.json"), serde_json::to_string_pretty(&snapshot).unwrap() + "\n").unwrap();
    world.spoil();
    let (code, text) = world.run(&["restore", "--desired", "good.json", "--bucket", "data", "-o", "plan"]);
    assert_eq!(code, 0, "{text}");
    world
}
