//! The walk through of docs/incident.md, run again and held to what it shows. `UPDATE_DOCS=1` writes it anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};

use super::world::World;

const BUCKET: &str = "acme-customer-exports";
const COMMANDS: [&str; 15] = [
    "bucketlint snapshot --bucket acme-customer-exports -o live.json",
    "bucketlint diff infra live.json",
    "bucketlint contain --finding samples/findings/guardduty-get-findings.json --live live.json --include-account -o contained",
    "bucketlint restore --apply contained --yes --plan-hash HASH",
    "bucketlint snapshot --bucket acme-customer-exports -o contained.json",
    "bucketlint restore --desired infra --live contained.json -o plan",
    "bucketlint restore --apply plan --yes --plan-hash HASH",
    "bucketlint restore --apply plan --yes --plan-hash HASH",
    "plan/verify.sh",
    "bucketlint snapshot --bucket acme-customer-exports -o restored.json",
    "bucketlint diff infra restored.json --fail-on any",
    "bucketlint timeline samples/cloudtrail/trail-file.json --finding samples/findings/guardduty-get-findings.json --deployer \
     *:assumed-role/deploy/* --known-cidr 198.51.100.0/24",
    "bucketlint report --finding samples/findings/guardduty-get-findings.json --trail samples/cloudtrail/trail-file.json --live \
     restored.json --plan contained --plan plan -o incident",
    "bucketlint report --verify incident",
    "sed -n 7,14p incident/REPORT.md",
];

/// The samples beside the checkout, where they are.
pub fn samples() -> Option<PathBuf> {
    let beside =
        || Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|it| it.join("shared/samples")).find(|it| it.is_dir());
    let found = std::env::var_os("BUCKETLINT_SAMPLES").map(PathBuf::from).or_else(beside);
    if found.is_none() {
        println!("skipped: no samples of live configuration beside the checkout (BUCKETLINT_SAMPLES)");
    }
    found
}

/// The stand-in answers what the samples answer.
fn state_of(samples: &Path) -> (Json, Json, Json) {
    let read = |path: PathBuf| fs::read_to_string(path).ok().and_then(|it| serde_json::from_str::<Json>(&it).ok());
    let mut bucket = json!({});
    for entry in fs::read_dir(samples.join("live").join(BUCKET)).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(feature) = name.strip_prefix("get-").and_then(|it| it.strip_suffix(".json")) else { continue };
        if let Some(document) = read(entry.path())
            && !matches!(feature, "bucket-location" | "bucket-policy-status")
        {
            bucket[feature] = document;
        }
    }
    let account = samples.join("live/account");
    // The trail says that it was deleted before the bucket was opened.
    let block = Json::Null;
    let mut points = json!({});
    let listed = read(account.join("list-access-points.json")).unwrap_or_default();
    for point in listed["AccessPointList"].as_array().into_iter().flatten() {
        let name = point["Name"].as_str().unwrap();
        let own = read(account.join(format!("get-access-point.{name}.json"))).unwrap();
        let policy = read(account.join(format!("get-access-point-policy.{name}.json")));
        points[name] = json!({ "bucket": BUCKET, "point": own, "policy": policy.map(|it| it["Policy"].clone()) });
    }
    (bucket, block, points)
}

fn cut(line: &str) -> String {
    let short: String = line.chars().take(159).collect();
    if line.chars().count() <= 160 { line.to_owned() } else { format!("{short}…") }
}

#[test]
fn the_walk_through_is_what_happens() {
    let Some(samples) = samples() else { return };
    let (bucket, block, points) = state_of(&samples);
    let world = World::new("transcript", json!({}));
    world.change(|it| {
        it["buckets"] = json!({ BUCKET: bucket });
        it["account_block"] = block.clone();
        it["points"] = points.clone();
    });
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::create_dir_all(world.0.join("infra")).unwrap();
    fs::copy(root.join("testdata/incident/code/main.tf"), world.0.join("infra/main.tf")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&samples, world.0.join("samples")).unwrap();
    let mut shown = String::new();
    for command in COMMANDS {
        let mut words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        if let Some(at) = words.iter().position(|it| it == "HASH") {
            words[at] = world.hash(&words[3]);
        }
        let (code, text) = match words[0].as_str() {
            "bucketlint" => world.run(&words[1..].iter().map(String::as_str).collect::<Vec<_>>()),
            "sed" => {
                let output = Command::new("sed").args(&words[1..]).current_dir(&world.0).output().unwrap();
                (output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned())
            }
            script => world.script(script, &[]),
        };
        shown.push_str(&format!("$ {}\n", cut(&words.join(" "))));
        text.lines().for_each(|it| shown.push_str(&format!("{}\n", cut(it))));
        if words[0] != "sed" {
            shown.push_str(&format!("(exit code {code})\n"));
        }
        shown.push('\n');
    }
    for must in ["2 d 15:30:06", "opened 2026-11-18T02:12:05Z by PutBucketPolicy by user/liza from 203.0.113.10"] {
        assert!(shown.contains(must), "{must}:\n{shown}");
    }
    let path = root.join("docs/incident.md");
    let page = fs::read_to_string(&path).unwrap();
    let (head, rest) = page.split_once("## A walk through").unwrap();
    let (intro, rest) = rest.split_once("```text\n").unwrap();
    let (old, tail) = rest.split_once("```").unwrap();
    let shown = shown.trim_end().to_owned() + "\n";
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{head}## A walk through{intro}```text\n{shown}```{tail}")).unwrap();
        return;
    }
    assert_eq!(plain(&shown), plain(old), "docs/incident.md is stale: UPDATE_DOCS=1 cargo test --test live transcript");
}

/// Hashes of plans hold the time at which the bucket was read.
fn plain(text: &str) -> String {
    let is_hash = |it: &str| it.len() == 64 && it.bytes().all(|it| it.is_ascii_hexdigit());
    let word = |it: &str| if is_hash(it.trim_end_matches(')')) { "HASH".to_owned() } else { it.to_owned() };
    text.lines().map(|line| line.split(' ').map(word).collect::<Vec<_>>().join(" ") + "\n").collect()
}
