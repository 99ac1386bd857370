//! Every real policy of the shared folder: no panic, witnesses hold, unknown is rare. Prints a table; skips where the
//! folder is not there.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test that prints a table")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use bucketlint::policy::{Audience, Context, Grant, Policy, allows, grants, parse, public_status};
use bucketlint::value::{Origin, Truth, Val, Value};

fn shared() -> Option<PathBuf> {
    let root = std::env::var_os("BUCKETLINT_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let folder = root.join("policies");
    if !folder.is_dir() {
        println!("skipped: no folder {}", folder.display());
        return None;
    }
    Some(folder)
}

fn read(path: &std::path::Path) -> Option<Policy> {
    let text = std::fs::read_to_string(path).unwrap();
    match parse(&Val::string(text, Origin::default())).value {
        Value::Known(policy) => Some(policy),
        _ => None,
    }
}

/// Whether anyone, or anyone with an AWS account, gets in.
fn reach(grants: &[Grant]) -> Truth {
    let wide = grants.iter().filter(|it| matches!(it.audience, Audience::Anonymous | Audience::AnyAccount));
    wide.map(|it| it.holds).max().unwrap_or(Truth::No)
}

#[test]
fn real_policies() {
    let Some(folder) = shared() else { return };
    let verbose = std::env::var_os("POLICY_VERBOSE").is_some();
    let index = std::fs::read_to_string(folder.join("index.jsonl")).unwrap();
    let context = Context { own_account: Some("111122223333".to_owned()), ..Context::default() };
    let mut times: Vec<Duration> = Vec::new();
    let (mut reached, mut public) = ([0; 3], [0; 3]);
    for line in index.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        let file = entry["file"].as_str().unwrap();
        let Some(policy) = read(&folder.join(file)) else { continue };
        let status = public_status(&policy, &context);
        let found = grants(&policy, &context);
        for grant in found.iter().filter(|it| it.holds == Truth::Yes) {
            let request = grant.witness.as_ref().unwrap();
            let decision = allows(&policy, request, &context);
            assert_eq!(decision.allowed, Truth::Yes, "{file}: {request:?} {decision:?}");
        }
        if entry["kind"] != "resource" {
            continue;
        }
        let start = Instant::now();
        let _ = grants(&policy, &context);
        times.push(start.elapsed());
        let reach = reach(&found);
        public[status.public as usize] += 1;
        reached[reach as usize] += 1;
        if verbose && (reach == Truth::Unknown || status.public == Truth::Unknown || reach != status.public) {
            let why = found.iter().find_map(|it| it.why.clone());
            println!("{file}: reach {} status {} {why:?}", reach.as_str(), status.public.as_str());
            for it in status.statements.iter().filter(|it| it.public != Truth::No || reach != Truth::No) {
                println!("    {} {} {} {:?}", it.index, it.public.as_str(), it.reason, it.why);
            }
        }
    }
    times.sort();
    let at = |per_mille: usize| times[(times.len() - 1) * per_mille / 1000];
    println!("           no unknown yes");
    println!("reach   {reached:?}\nstatus  {public:?}");
    println!("grants: median {:?}, 99 % {:?}, worst {:?}", at(500), at(990), at(1000));
}
