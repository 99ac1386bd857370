//! A strict stand-in for the `aws` CLI: its state is a JSON file, and it refuses what AWS refuses. Faults can be injected.
//!
//! `FAKE_AWS_STATE` names the state: `{account, caller, buckets: {name: {feature: document}},
//! points: {name: {bucket, point, policy}}, calls: [..], faults: [..]}`.
//! A fault: `{"command": "put-bucket-policy", "nth": 1, "times": 1, "do": "fail:CODE" | "usage" | "crash-before" | "crash-after" |
//! "tamper:FEATURE:JSON"}`; what a tampering sets is `access-point-policy.NAME` or a feature of the bucket.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    clippy::panic,
    missing_docs,
    reason = "a test's helper"
)]

use std::fs;
use std::process::exit;

use serde_json::{Value as Json, json};

fn main() {
    let path = std::env::var("FAKE_AWS_STATE").unwrap_or_else(|_| {
        eprintln!("this is a test's stand-in for the aws CLI: FAKE_AWS_STATE is not set");
        exit(252)
    });
    let args: Vec<String> = std::env::args().skip(1).collect();
    // Processes take turns.
    let lock = format!("{path}.lock");
    while fs::create_dir(&lock).is_err() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let mut state: Json = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let outcome = answer(&args, &mut state);
    fs::write(&path, serde_json::to_string_pretty(&state).unwrap()).unwrap();
    fs::remove_dir(&lock).unwrap();
    match outcome {
        Outcome::Answer(Json::Null) => {}
        Outcome::Answer(it) if flag(&args, "--query").is_some() => {
            println!("{}", queried(&it, flag(&args, "--query").unwrap()))
        }
        Outcome::Answer(it) => println!("{}", serde_json::to_string_pretty(&it).unwrap()),
        Outcome::Refused(code, message) => {
            eprintln!("\nAn error occurred ({code}) when calling the {} operation: {message}", operation(&args));
            exit(254)
        }
        Outcome::Usage(text) => {
            eprintln!("aws: error: {text}");
            exit(252)
        }
        Outcome::Crash => exit(137),
    }
}

/// `Account` or `Buckets[].Name`, with `--output text`.
fn queried(answer: &Json, query: &str) -> String {
    match query.split_once("[].") {
        None => answer[query].as_str().unwrap().to_owned(),
        Some((list, member)) => {
            let all: Vec<&str> =
                answer[list].as_array().unwrap().iter().map(|it| it[member].as_str().unwrap()).collect();
            all.join("\t")
        }
    }
}

enum Outcome {
    Answer(Json),
    Refused(String, String),
    Usage(String),
    Crash,
}

fn refused(code: &str, message: &str) -> Outcome {
    Outcome::Refused(code.to_owned(), message.to_owned())
}

fn operation(args: &[String]) -> String {
    let name = args.get(1).cloned().unwrap_or_default();
    name.split('-').map(|it| it[..1].to_uppercase() + &it[1..]).collect()
}

/// Feature, document member, absent code, by command's tail.
const FEATURES: &[(&str, &str, &str)] = &[
    ("public-access-block", "PublicAccessBlockConfiguration", "NoSuchPublicAccessBlockConfiguration"),
    ("bucket-policy", "Policy", "NoSuchBucketPolicy"),
    ("bucket-acl", "", ""),
    ("bucket-ownership-controls", "OwnershipControls", "OwnershipControlsNotFoundError"),
    ("bucket-versioning", "", ""),
    ("bucket-encryption", "ServerSideEncryptionConfiguration", "ServerSideEncryptionConfigurationNotFoundError"),
    ("bucket-logging", "", ""),
    ("object-lock-configuration", "ObjectLockConfiguration", "ObjectLockConfigurationNotFoundError"),
    ("bucket-lifecycle-configuration", "", "NoSuchLifecycleConfiguration"),
    ("bucket-replication", "ReplicationConfiguration", "ReplicationConfigurationNotFoundError"),
    ("bucket-cors", "", "NoSuchCORSConfiguration"),
    ("bucket-website", "", "NoSuchWebsiteConfiguration"),
    ("bucket-notification-configuration", "", ""),
    ("bucket-tagging", "", "NoSuchTagSet"),
    ("bucket-accelerate-configuration", "", ""),
    ("bucket-request-payment", "", ""),
];

fn flag<'a>(args: &'a [String], name: &str) -> Option<&'a str> {
    args.iter().position(|it| it == name).and_then(|at| args.get(at + 1)).map(String::as_str)
}

fn answer(args: &[String], state: &mut Json) -> Outcome {
    let command = args.get(1).cloned().unwrap_or_default();
    state["calls"].as_array_mut().unwrap().push(json!(args.join(" ")));
    let mut crash_after = false;
    if let Some(fault) = fault(args.first(), &command, state) {
        if let Some(code) = fault.strip_prefix("fail:") {
            return refused(code, "injected");
        }
        if fault == "usage" {
            return Outcome::Usage(format!("argument operation: Invalid choice: {command}"));
        }
        if fault == "crash-before" {
            return Outcome::Crash;
        }
        if let Some(rest) = fault.strip_prefix("tamper:") {
            let (feature, document) = rest.split_once(':').unwrap();
            let document = serde_json::from_str(document).unwrap();
            match feature.strip_prefix("access-point-policy.") {
                Some(point) => state["points"][point]["policy"] = document,
                None => {
                    let bucket = flag(args, "--bucket").unwrap_or("data").to_owned();
                    state["buckets"][bucket][feature] = document;
                }
            }
        }
        crash_after = fault == "crash-after";
    }
    let outcome = match args.first().map(String::as_str) {
        Some("sts") => match state.get("caller").filter(|it| !it.is_null()) {
            Some(caller) => Outcome::Answer(json!({ "UserId": "x", "Account": state["account"], "Arn": caller })),
            None => return Outcome::Usage("Unable to locate credentials".to_owned()),
        },
        Some("s3control") => control(&command, args, state),
        Some("s3api") => bucket(&command, args, state),
        _ => Outcome::Usage(format!("no service {:?}", args.first())),
    };
    if crash_after { Outcome::Crash } else { outcome }
}

/// The fault for this call, if it is the one.
fn fault(service: Option<&String>, command: &str, state: &mut Json) -> Option<String> {
    for fault in state["faults"].as_array_mut()? {
        let is_of = fault.get("service").is_none_or(|it| it.as_str() == service.map(String::as_str));
        if fault["command"] == json!(command) && is_of {
            let left = fault["nth"].as_i64().unwrap_or(1);
            fault["nth"] = json!(left - 1);
            let times = fault.get("times").and_then(Json::as_i64).unwrap_or(1);
            if left <= 1 && 1 - times < left {
                return fault["do"].as_str().map(str::to_owned);
            }
        }
    }
    None
}

fn control(command: &str, args: &[String], state: &mut Json) -> Outcome {
    if flag(args, "--account-id") != state["account"].as_str() {
        return refused("AccessDenied", "Access Denied");
    }
    match command {
        "get-public-access-block" => match state.get("account_block").filter(|it| !it.is_null()) {
            Some(it) => Outcome::Answer(json!({ "PublicAccessBlockConfiguration": it })),
            None => {
                refused("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")
            }
        },
        "put-public-access-block" => match document(args, "--public-access-block-configuration") {
            Ok(it) => {
                state["account_block"] = it;
                Outcome::Answer(Json::Null)
            }
            Err(outcome) => outcome,
        },
        "delete-public-access-block" => {
            state["account_block"] = Json::Null;
            Outcome::Answer(Json::Null)
        }
        "list-access-points" => {
            let of = flag(args, "--bucket");
            let all = state["points"].as_object().cloned().unwrap_or_default();
            let shown = all.values().filter(|it| of.is_none() || it["bucket"].as_str() == of);
            let shown = shown.map(|it| {
                let point = &it["point"];
                json!({ "Name": point["Name"], "Bucket": point["Bucket"], "NetworkOrigin": point["NetworkOrigin"], "AccessPointArn": point["AccessPointArn"] })
            });
            Outcome::Answer(json!({ "AccessPointList": shown.collect::<Vec<_>>() }))
        }
        _ => point(command, args, state),
    }
}

fn point(command: &str, args: &[String], state: &mut Json) -> Outcome {
    let Some(name) = flag(args, "--name").map(str::to_owned) else {
        return Outcome::Usage("the following arguments are required: --name".to_owned());
    };
    if state["points"].get(&name).is_none() {
        return refused("NoSuchAccessPoint", "The specified accesspoint does not exist");
    }
    let point = &mut state["points"][&name];
    match command {
        "get-access-point" => Outcome::Answer(point["point"].clone()),
        "get-access-point-policy" => match point["policy"].as_str() {
            Some(text) => Outcome::Answer(json!({ "Policy": text })),
            None => refused("NoSuchAccessPointPolicy", "The access point policy does not exist"),
        },
        "put-access-point-policy" => match document(args, "--policy") {
            Ok(policy) => {
                let text = policy.to_string();
                let statements = policy["Statement"].as_array().cloned().unwrap_or_default();
                let arn = point["point"]["AccessPointArn"].as_str().unwrap().to_owned();
                if statements.is_empty() || !statements.iter().all(|it| it["Resource"].to_string().contains(&arn)) {
                    return refused("MalformedPolicy", "Policy has invalid resource");
                }
                if point["point"]["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] == true && is_public(&text) {
                    return refused("AccessDenied", "Access Denied");
                }
                point["policy"] = json!(text);
                Outcome::Answer(Json::Null)
            }
            Err(outcome) => outcome,
        },
        "delete-access-point-policy" => {
            point["policy"] = Json::Null;
            Outcome::Answer(Json::Null)
        }
        _ => Outcome::Usage(format!("unknown s3control command {command}")),
    }
}

fn document(args: &[String], name: &str) -> Result<Json, Outcome> {
    let text =
        flag(args, name).ok_or_else(|| Outcome::Usage(format!("the following arguments are required: {name}")))?;
    let text = match text.strip_prefix("file://") {
        Some(path) => fs::read_to_string(path)
            .map_err(|error| Outcome::Usage(format!("Unable to load paramfile {text}: {error}")))?,
        None => text.to_owned(),
    };
    serde_json::from_str(&text).map_err(|_| refused("MalformedPolicy", "This policy contains invalid Json"))
}

fn bucket(command: &str, args: &[String], state: &mut Json) -> Outcome {
    if command == "list-buckets" {
        let names: Vec<Json> = state["buckets"].as_object().unwrap().keys().map(|it| json!({ "Name": it })).collect();
        return Outcome::Answer(json!({ "Buckets": names }));
    }
    let Some(name) = flag(args, "--bucket").map(str::to_owned) else {
        return Outcome::Usage("the following arguments are required: --bucket".to_owned());
    };
    if flag(args, "--expected-bucket-owner").is_some_and(|it| Some(it) != state["account"].as_str()) {
        return refused("AccessDenied", "Access Denied");
    }
    if state["buckets"].get(&name).is_none() {
        return refused("NoSuchBucket", "The specified bucket does not exist");
    }
    if command == "get-bucket-location" {
        return Outcome::Answer(json!({ "LocationConstraint": null }));
    }
    if command == "get-bucket-policy-status" {
        return match state["buckets"][&name].get("bucket-policy") {
            Some(it) => {
                Outcome::Answer(json!({ "PolicyStatus": { "IsPublic": is_public(it["Policy"].as_str().unwrap()) } }))
            }
            None => refused("NoSuchBucketPolicy", "The bucket policy does not exist"),
        };
    }
    let (verb, tail) = command.split_once('-').unwrap_or((command, ""));
    // Deleting a lifecycle is spelled otherwise.
    let tail = if command == "delete-bucket-lifecycle" { "bucket-lifecycle-configuration" } else { tail };
    let Some((feature, member, absent)) = FEATURES.iter().find(|it| it.0 == tail) else {
        return Outcome::Usage(format!("argument operation: Invalid choice: {command}"));
    };
    match verb {
        "get" => match state["buckets"][&name].get(*feature) {
            Some(it) => Outcome::Answer(it.clone()),
            None if absent.is_empty() => Outcome::Answer(Json::Null),
            None => refused(absent, "it was not found"),
        },
        "delete" => {
            state["buckets"][&name].as_object_mut().unwrap().shift_remove(*feature);
            Outcome::Answer(Json::Null)
        }
        "put" => match put(feature, member, args, &state["buckets"][&name], &name) {
            Ok(document) => {
                state["buckets"][&name][*feature] = document;
                Outcome::Answer(Json::Null)
            }
            Err(outcome) => outcome,
        },
        _ => Outcome::Usage(format!("argument operation: Invalid choice: {command}")),
    }
}

fn is_public(policy: &str) -> bool {
    let policy: Json = serde_json::from_str(policy).unwrap_or_default();
    policy["Statement"].as_array().into_iter().flatten().any(|it| {
        it["Effect"] == "Allow"
            && (it["Principal"] == "*" || it["Principal"]["AWS"] == "*")
            && it.get("Condition").is_none()
    })
}

/// What the put leaves behind, or why it is refused.
fn put(feature: &str, member: &str, args: &[String], now: &Json, name: &str) -> Result<Json, Outcome> {
    let block = |key: &str| now["public-access-block"]["PublicAccessBlockConfiguration"][key] == json!(true);
    let owner = now["bucket-acl"]["Owner"].clone();
    let enforced =
        now["bucket-ownership-controls"]["OwnershipControls"]["Rules"][0]["ObjectOwnership"] == "BucketOwnerEnforced";
    let wrap = |flag: &str| document(args, flag).map(|it| json!({ member: it }));
    match feature {
        "public-access-block" => wrap("--public-access-block-configuration"),
        "bucket-policy" => {
            let policy = document(args, "--policy")?;
            let statements = policy["Statement"].as_array().cloned().unwrap_or_default();
            let about = |it: &Json| match it {
                Json::String(text) => text.contains(&format!(":::{name}")) || text == "*",
                Json::Array(all) => {
                    all.iter().all(|it| it.as_str().is_some_and(|it| it.contains(&format!(":::{name}"))))
                }
                _ => false,
            };
            if statements.is_empty()
                || !statements.iter().all(|it| {
                    about(&it["Resource"]) && (it.get("Principal").is_some() || it.get("NotPrincipal").is_some())
                })
            {
                return Err(refused("MalformedPolicy", "Policy has invalid resource or principal"));
            }
            let text = policy.to_string();
            if block("BlockPublicPolicy") && is_public(&text) {
                return Err(refused(
                    "AccessDenied",
                    "public policies are blocked by the BlockPublicPolicy block public access setting",
                ));
            }
            Ok(json!({ "Policy": text }))
        }
        "bucket-acl" => {
            if enforced {
                return Err(refused("AccessControlListNotSupported", "The bucket does not allow ACLs"));
            }
            let own =
                json!({ "Grantee": { "Type": "CanonicalUser", "ID": owner["ID"] }, "Permission": "FULL_CONTROL" });
            match flag(args, "--acl") {
                Some("private") => Ok(json!({ "Owner": owner, "Grants": [own] })),
                Some(_) if block("BlockPublicAcls") => Err(refused("AccessDenied", "public ACLs are blocked")),
                Some("public-read") => Ok(
                    json!({ "Owner": owner, "Grants": [own, { "Grantee": { "Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers" }, "Permission": "READ" }] }),
                ),
                Some(other) => Err(Outcome::Usage(format!("unknown acl {other}"))),
                None => {
                    let it = document(args, "--access-control-policy")?;
                    if block("BlockPublicAcls") && it.to_string().contains("/global/") {
                        return Err(refused("AccessDenied", "public ACLs are blocked"));
                    }
                    Ok(it)
                }
            }
        }
        "bucket-ownership-controls" => {
            let it = wrap("--ownership-controls")?;
            let foreign = now["bucket-acl"]["Grants"]
                .as_array()
                .is_some_and(|it| it.iter().any(|it| it["Grantee"]["ID"] != owner["ID"]));
            if it["OwnershipControls"]["Rules"][0]["ObjectOwnership"] == "BucketOwnerEnforced" && foreign {
                return Err(refused(
                    "InvalidBucketAclWithObjectOwnership",
                    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
                ));
            }
            Ok(it)
        }
        "bucket-versioning" => {
            let it = document(args, "--versioning-configuration")?;
            if it["Status"] != "Enabled" && now.get("bucket-replication").is_some() {
                return Err(refused("InvalidBucketState", "A replication configuration is present on this bucket"));
            }
            Ok(it)
        }
        "bucket-encryption" => wrap("--server-side-encryption-configuration"),
        "bucket-logging" => document(args, "--bucket-logging-status"),
        "bucket-lifecycle-configuration" => {
            let mut it = document(args, "--lifecycle-configuration")?;
            // AWS answers its default too; older CLIs show none.
            if let Some(size) =
                flag(args, "--transition-default-minimum-object-size").filter(|it| it.starts_with("varies"))
            {
                it["TransitionDefaultMinimumObjectSize"] = json!(size);
            }
            Ok(it)
        }
        "bucket-replication" => {
            if now["bucket-versioning"]["Status"] != "Enabled" {
                return Err(refused(
                    "InvalidRequest",
                    "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
                ));
            }
            wrap("--replication-configuration")
        }
        "bucket-cors" => document(args, "--cors-configuration"),
        "bucket-website" => document(args, "--website-configuration"),
        "bucket-notification-configuration" => document(args, "--notification-configuration"),
        "bucket-tagging" => document(args, "--tagging"),
        "bucket-accelerate-configuration" => document(args, "--accelerate-configuration"),
        "bucket-request-payment" => document(args, "--request-payment-configuration"),
        _ => Err(Outcome::Usage(format!("cannot put {feature}"))),
    }
}
