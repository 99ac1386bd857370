//! What S3 would refuse is said before, with the step and what to do.

use serde_json::json;

use super::contain::Level;
use super::tests::{APP, EVERYONE_READS, FOREIGN, ON, PUBLIC, around, make, make_in, order_of, parsed, policy, record};
use super::*;
use crate::frontend::live::State;
use crate::incident::said::of_record;

fn account(block: &str) -> Around {
    let account = crate::frontend::live::AccountRecord {
        public_access_block: State::set(serde_json::from_str(block).unwrap()),
        ..Default::default()
    };
    Around { accounts: [("123456789012".to_owned(), account)].into(), ..Around::default() }
}

fn refusals(around: &Around, live: &BucketRecord, desired: &BucketRecord) -> String {
    make_in(around, "restore", live, &of_record(desired), true, None)
        .map(|it| format!("{it:#?}"))
        .unwrap_err()
        .join("\n")
}

/// Block Public Access refuses what is public whoever has it on: the bucket or the account; the step, whose it is and what to do are said.
#[test]
fn block_public_access_refuses() {
    let plain = record(&[]);
    let with_policy = record(&[policy(&[PUBLIC])]);
    let with_acl = record(&[parsed("acl", EVERYONE_READS)]);
    for (desired, step, key) in [(&with_policy, "policy", "BlockPublicPolicy"), (&with_acl, "acl", "BlockPublicAcls")] {
        let text = refusals(&account(ON), &plain, desired);
        for must in [
            "S3 refuses it",
            &format!("the step for {step}"),
            &format!("{key} of the account"),
            "put-public-access-block",
        ] {
            assert!(text.contains(must), "{must}: {text}");
        }
        let on = |it: &BucketRecord| {
            let mut it = it.clone();
            it.features.insert("public_access_block".to_owned(), State::set(serde_json::from_str(ON).unwrap()));
            it
        };
        let text = refusals(&around(), &on(&plain), &on(desired));
        assert!(text.contains(&format!("{key} of the bucket")) && text.contains("S3 refuses it"), "{text}");
        // Only the other setting is on: S3 takes it, and what comes of it is said.
        let other = ON.replace(&format!("\"{key}\":true"), &format!("\"{key}\":false"));
        let plan = make_in(&account(&other), "restore", &plain, &of_record(desired), true, None).unwrap();
        assert!(plan.warnings.iter().any(|it| it.contains("outsiders get nothing of it")), "{:?}", plan.warnings);
        // Nobody knows of the account.
        let plan = make_in(&Around::default(), "restore", &plain, &of_record(desired), true, None).unwrap();
        assert!(plan.warnings.iter().any(|it| it.contains(&format!("account-wide {key}"))), "{:?}", plan.warnings);
    }
    // The setting goes off first where both ends allow that.
    let mut blocked = plain.clone();
    blocked.features.insert("public_access_block".to_owned(), State::set(serde_json::from_str(ON).unwrap()));
    let plan = make(&blocked, &of_record(&with_acl), true, None).unwrap();
    assert_eq!(order_of(&plan), ["public_access_block", "acl"]);
}

/// Ownership that voids ACLs is refused while the ACL grants to others, and ACLs while it is there.
#[test]
fn ownership_and_acls() {
    let enforced =
        parsed("ownership", r#"{"OwnershipControls":{"Rules":[{"ObjectOwnership":"BucketOwnerEnforced"}]}}"#);
    let text = refusals(
        &around(),
        &record(&[parsed("acl", EVERYONE_READS)]),
        &record(&[parsed("acl", EVERYONE_READS), enforced.clone()]),
    );
    assert!(text.contains("the step for ownership while the ACL grants to others"), "{text}");
    let plan = make(&record(&[parsed("acl", EVERYONE_READS)]), &of_record(&record(&[enforced])), true, None).unwrap();
    assert_eq!(order_of(&plan), ["acl", "ownership"]);
}

/// What S3 refuses as MalformedPolicy, named by bucket and Sid; what it may refuse is a warning.
#[test]
fn malformed_policies() {
    let live = record(&[policy(&[APP])]);
    let sid = APP.replace("\"Sid\":\"A\"", "\"Sid\":\"B\"");
    let with = |old: &str, new: &str| sid.replace(old, new);
    for (statement, must) in [
        (with("\"Effect\":\"Allow\"", "\"Effect\":\"allow\""), "`allow`"),
        (with("\"Action\":\"s3:GetObject\",", ""), "no `Action`"),
        (with(",\"Resource\":\"arn:aws:s3:::data/*\"", ""), "no `Resource`"),
        (with("s3:GetObject", "ec2:RunInstances"), "another service"),
        (with("arn:aws:s3:::data/*", "arn:aws:s3:::data"), "s3:GetObject"),
        (with("arn:aws:iam::123456789012:role/app", "liza"), "`liza`"),
        (with("role/app", "role/*"), "wildcard"),
        (
            with("\"Effect\"", "\"Condition\":{\"FooEquals\":{\"aws:SourceIp\":\"203.0.113.0/24\"}},\"Effect\""),
            "FooEquals",
        ),
        (with("{\"AWS\":\"arn:aws:iam::123456789012:role/app\"}", "{\"AWS\":[]}"), "`Principal` is empty"),
    ] {
        let text = refusals(&around(), &live, &record(&[policy(&[APP, &statement])]));
        assert!(text.contains(must) && text.contains("MalformedPolicy"), "{must}: {text}");
        assert!(text.contains("the statement \"B\" of the policy of data"), "{text}");
    }
    let odd = ("policy", json!({ "Policy": format!(r#"{{"Version":"2020-01-01","Statement":[{APP}]}}"#) }));
    assert!(refusals(&around(), &live, &record(&[odd])).contains("`2020-01-01`"));
    let other = FOREIGN.replace("\"F\"", "\"A\"");
    let twice = make(&live, &of_record(&record(&[policy(&[APP, &other])])), true, None);
    let aroa = APP.replace("arn:aws:iam::123456789012:role/app", "AROAEXAMPLEEXAMPLE123");
    let aroa = make(&live, &of_record(&record(&[policy(&[&aroa])])), true, None).unwrap();
    assert!(
        aroa.warnings.iter().any(|it| it.contains("AROA") && it.contains("the statement \"A\" of the policy of data")),
        "{aroa:#?}"
    );
    assert!(twice.unwrap().warnings.iter().any(|it| it.contains("the same Sid")));
}

/// MFA Delete, Object Lock and replication hold versioning; where S3 would refuse, a person is told what to do.
#[test]
fn versioning_that_cannot_be_set() {
    let of = |status: &str, mfa: &str| parsed("versioning", &format!(r#"{{"Status":"{status}","MFADelete":"{mfa}"}}"#));
    let by_hand = |live: &BucketRecord, desired: &BucketRecord| {
        let plan = make(live, &of_record(desired), true, None).unwrap();
        (order_of(&plan).into_iter().map(str::to_owned).collect::<Vec<_>>(), plan.manual.join("\n"))
    };
    // On: any change needs the device. Not on: the status is set, and MFA Delete is by hand.
    let (steps, text) = by_hand(&record(&[of("Suspended", "Enabled")]), &record(&[of("Enabled", "Enabled")]));
    assert!(steps.is_empty() && text.contains("Status=Enabled,MFADelete=Enabled --mfa"), "{steps:?} {text}");
    let (steps, text) = by_hand(&record(&[of("Suspended", "Disabled")]), &record(&[of("Enabled", "Enabled")]));
    assert!(steps == ["versioning"] && text.contains("Status=Enabled,MFADelete=Enabled --mfa"), "{steps:?} {text}");
    let lifecycle = parsed(
        "lifecycle",
        r#"{"Rules":[{"ID":"x","Status":"Enabled","Filter":{"Prefix":""},"Expiration":{"Days":1}}]}"#,
    );
    let (steps, text) = by_hand(&record(&[of("Enabled", "Enabled")]), &record(&[of("Enabled", "Enabled"), lifecycle]));
    assert!(steps.is_empty() && text.contains("no lifecycle configuration where MFA Delete is on"), "{steps:?} {text}");
    let replication = parsed(
        "replication",
        r#"{"ReplicationConfiguration":{"Role":"r","Rules":[{"ID":"r","Status":"Enabled","Destination":{"Bucket":"arn:aws:s3:::x"}}]}}"#,
    );
    let off = parsed("versioning", r#"{"Status":"Suspended"}"#);
    let on = parsed("versioning", r#"{"Status":"Enabled"}"#);
    let text =
        refusals(&around(), &record(&[on.clone(), replication.clone()]), &record(&[off.clone(), replication.clone()]));
    assert!(text.contains("while the bucket replicates"), "{text}");
    let text = refusals(&around(), &record(std::slice::from_ref(&off)), &record(&[off.clone(), replication]));
    assert!(text.contains("only where versioning is Enabled"), "{text}");
    let lock = parsed("object_lock", r#"{"ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled"}}"#);
    let text = refusals(&around(), &record(&[on, lock.clone()]), &record(&[off, lock]));
    assert!(text.contains("with Object Lock"), "{text}");
}

/// A 51st tag, and tags that only AWS sets, are by hand; the rest of the plan does not wait for them.
#[test]
fn tags_that_s3_refuses() {
    let tags = |it: &[(String, &str)]| {
        let all: Vec<_> = it.iter().map(|it| json!({ "Key": it.0, "Value": it.1 })).collect();
        ("tags", json!({ "TagSet": all }))
    };
    let many: Vec<(String, &str)> = (0..50).map(|it| (format!("k{it}"), "v")).collect();
    let live = record(&[tags(&many), policy(&[PUBLIC])]);
    let desired = record(&[tags(&[("one-more".to_owned(), "v")]), policy(&[APP])]);
    let plan = make(&live, &of_record(&desired), true, None).unwrap();
    assert!(order_of(&plan) == ["policy"] && plan.manual.iter().any(|it| it.contains("they would be 51")), "{plan:#?}");
    let desired = contain::desired(&live, "data", &Level::Bpa, true).unwrap();
    let plan = make_in(&around(), "contain --level bpa", &live, &desired, false, None).unwrap();
    assert!(plan.manual.iter().any(|it| it.contains("--no-tag")), "{plan:#?}");
    let stack = |it: &'static str| ("aws:cloudformation:stack-name".to_owned(), it);
    let live = record(&[tags(&[stack("a")])]);
    let plan = make(&live, &of_record(&record(&[tags(&[stack("b"), ("app".to_owned(), "x")])])), true, None).unwrap();
    let sent = plan.steps.first().unwrap().sends.clone().unwrap().to_string();
    assert!(
        sent.contains("\"a\"")
            && !sent.contains("\"b\"")
            && plan.manual.iter().any(|it| it.contains("AWS sets itself")),
        "{plan:#?}"
    );
}

/// What should be has the attacker's policy: it was taken too late, and that is said.
#[test]
fn a_baseline_that_was_taken_too_late() {
    let live = record(&[policy(&[PUBLIC]), parsed("versioning", r#"{"Status":"Suspended"}"#)]);
    let desired = record(&[policy(&[PUBLIC]), parsed("versioning", r#"{"Status":"Enabled"}"#)]);
    let plan = make(&live, &of_record(&desired), true, None).unwrap();
    assert!(plan.warnings.iter().any(|it| it.contains("was taken after that")), "{:?}", plan.warnings);
    let desired = record(&[policy(&[APP]), parsed("versioning", r#"{"Status":"Enabled"}"#)]);
    let plan = make(&live, &of_record(&desired), true, None).unwrap();
    assert!(!plan.warnings.iter().any(|it| it.contains("was taken after that")), "{:?}", plan.warnings);
}
