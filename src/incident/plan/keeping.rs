//! Guards that a plan takes away only where that was allowed, what containment keeps, and what is left to a person.

use serde_json::json;

use super::contain::{Level, desired, leave_out_public};
use super::tests::{APP, EVERYONE_READS, FOREIGN, ON, PUBLIC, around, make, make_in, order_of, parsed, policy, record};
use super::*;
use crate::frontend::live::State;
use crate::incident::said::of_record;

/// Each of these leaves something less protected than before: it needs `--allow-loosen`, runs last, and its reason says what goes.
#[test]
fn guards_that_go() {
    let deny = r#"{"Sid":"Keep","Effect":"Deny","Principal":"*","Action":["s3:DeleteObject*","s3:PutLifecycleConfiguration"],"Resource":["arn:aws:s3:::data","arn:aws:s3:::data/*"]}"#;
    let kms = r#"{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"k"}}]}}"#;
    let aes = r#"{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}}"#;
    let expiring = r#"{"Rules":[{"ID":"gone","Status":"Enabled","Filter":{"Prefix":""},"Expiration":{"Days":1}}]}"#;
    let copying = r#"{"ReplicationConfiguration":{"Role":"arn:aws:iam::123456789012:role/r","Rules":[{"ID":"r","Status":"Enabled","Priority":1,"Filter":{"Prefix":""},"DeleteMarkerReplication":{"Status":"Disabled"},"Destination":{"Bucket":"arn:aws:s3:::elsewhere","Account":"999988887777"}}]}}"#;
    let logs = r#"{"LoggingEnabled":{"TargetBucket":"logs","TargetPrefix":"x"}}"#;
    let on = parsed("versioning", r#"{"Status":"Enabled"}"#);
    for (live, desired, feature, why) in [
        (vec![on.clone()], vec![parsed("versioning", r#"{"Status":"Suspended"}"#)], "versioning", "is lost"),
        (vec![policy(&[APP, deny])], vec![policy(&[APP])], "policy", "the Deny \"Keep\""),
        (vec![policy(&[deny])], vec![], "policy", "the Deny \"Keep\""),
        (vec![], vec![parsed("lifecycle", expiring)], "lifecycle", "expire objects come ({\"Days\":1})"),
        (
            vec![on.clone()],
            vec![on, parsed("replication", copying)],
            "replication",
            "copied to arn:aws:s3:::elsewhere of the account 999988887777",
        ),
        (vec![parsed("logging", logs)], vec![], "logging", "logged no more"),
        (vec![parsed("encryption", kms)], vec![parsed("encryption", aes)], "encryption", "KMS key no more"),
    ] {
        let (live, mut desired) = (record(&live), record(&desired));
        // Something harmless beside it goes first.
        desired.features.insert(
            "cors".to_owned(),
            State::set(
                json!({ "CORSRules": [{ "AllowedMethods": ["GET"], "AllowedOrigins": ["https://a.example"] }] }),
            ),
        );
        let refused = make(&live, &of_record(&desired), false, None).unwrap_err().join("\n");
        assert!(
            refused.contains(feature) && refused.contains(why) && refused.contains("--allow-loosen"),
            "{feature}: {refused}"
        );
        let plan = make(&live, &of_record(&desired), true, None).unwrap();
        assert_eq!(order_of(&plan), ["cors", feature], "{plan:#?}");
        let last = plan.steps.last().unwrap();
        assert!(last.loosens && last.reason.contains(why), "{last:#?}");
        // The way there needs nothing.
        desired.features.insert("cors".to_owned(), State::absent());
        if feature != "replication" && feature != "lifecycle" {
            assert!(make(&desired, &of_record(&live), false, None).is_ok(), "{feature}");
        }
    }
    // A rule that expires later than the one that is there is no loss: an attacker's goes.
    let live = record(&[parsed("lifecycle", expiring)]);
    let later = expiring.replace("\"Days\":1}", "\"Days\":365}");
    assert!(make(&live, &of_record(&record(&[parsed("lifecycle", &later)])), false, None).is_ok());
    assert!(make(&record(&[parsed("lifecycle", &later)]), &of_record(&live), false, None).is_err());
    // A Deny that another one covers is no loss, nor one that is written otherwise.
    let wider = r#"{"Sid":"All","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::data","arn:aws:s3:::data/*"]}"#;
    let live = record(&[policy(&[APP, deny])]);
    assert!(make(&live, &of_record(&record(&[policy(&[APP, wider])])), false, Some("x")).is_err());
    let renamed = deny.replace("\"Keep\"", "\"Other\"");
    assert!(make(&live, &of_record(&record(&[policy(&[APP, &renamed])])), false, None).is_ok());
}

/// A policy for everyone under a condition that names its own callers is no opening to everyone.
#[test]
fn a_condition_that_names_callers_opens_nothing_to_everyone() {
    for condition in [
        r#"{"StringEquals":{"aws:PrincipalAccount":"123456789012"}}"#,
        r#"{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}"#,
        r#"{"StringEquals":{"aws:SourceVpce":"vpce-1"}}"#,
    ] {
        let own = format!("{},\"Condition\":{condition}}}", PUBLIC.trim_end_matches('}'));
        let live = record(&[policy(&[PUBLIC])]);
        let plan = make(&live, &of_record(&record(&[policy(&[&own])])), false, None).unwrap();
        assert!(!plan.warnings.iter().any(|it| it.contains("open to any")), "{condition} {:?}", plan.warnings);
        let none = record(&[policy(&[APP])]);
        assert!(make(&none, &of_record(&record(&[policy(&[APP, &own])])), false, None).is_ok(), "{condition}");
    }
    assert!(make(&record(&[policy(&[APP])]), &of_record(&record(&[policy(&[APP, PUBLIC])])), false, None).is_err());
}

/// Object Lock is by hand, whichever way it differs; the same is not told.
#[test]
fn object_lock_is_told() {
    let lock = |mode: &str, days: u32| {
        (
            "object_lock",
            json!({ "ObjectLockConfiguration": { "ObjectLockEnabled": "Enabled",
            "Rule": { "DefaultRetention": { "Mode": mode, "Days": days } } } }),
        )
    };
    let (strict, loose) = (record(&[lock("COMPLIANCE", 365)]), record(&[lock("GOVERNANCE", 1)]));
    let told = |live: &BucketRecord, desired: &BucketRecord| {
        make(live, &of_record(desired), true, None).unwrap().manual.join("\n")
    };
    let text = told(&strict, &loose);
    assert!(text.contains("COMPLIANCE") && text.contains("put-object-lock-configuration --bucket data"), "{text}");
    assert!(told(&strict, &record(&[])).contains("cannot be turned off"));
    assert!(!told(&strict, &strict).contains("Object Lock is"));
    let mut unknown = record(&[]);
    unknown.features.insert("object_lock".to_owned(), State::unknown("AccessDenied", "no"));
    assert!(told(&unknown, &loose).contains("Object Lock is left as it is"));
}

fn text_of(said: &Sayings) -> String {
    match said.get("policy") {
        Some(Said::Set(it)) => it["Policy"].as_str().unwrap().to_owned(),
        other => panic!("{other:?}"),
    }
}

/// Whom an earlier plan denies stays out when another is denied.
#[test]
fn a_second_principal_beside_the_first() {
    let deny = |live: &BucketRecord, name: &str| {
        let who = format!("arn:aws:iam::123456789012:user/{name}");
        text_of(&desired(live, "data", &Level::Principal(vec![who]), false).unwrap())
    };
    let first = deny(&record(&[policy(&[APP])]), "eve");
    let second = deny(&record(&[("policy", json!({ "Policy": first }))]), "mallory");
    assert!(second.contains("user/eve") && second.contains("user/mallory"), "{second}");
    assert_eq!(second.matches("BucketlintContainPrincipal").count(), 1);
    let again = deny(&record(&[("policy", json!({ "Policy": second.clone() }))]), "mallory");
    assert_eq!(again, second);
}

/// The bucket's ARN has the partition of its region, else of the principal; two that differ name nobody.
#[test]
fn partitions() {
    let deny = |region: Option<&str>, partition: &str| {
        let mut live = record(&[]);
        live.region = region.map(str::to_owned);
        let who = format!("arn:{partition}:iam::123456789012:role/r");
        desired(&live, "data", &Level::Quarantine(vec![who]), false).map(|it| text_of(&it))
    };
    for (region, partition) in [
        (Some("us-gov-west-1"), "aws-us-gov"),
        (Some("cn-north-1"), "aws-cn"),
        (None, "aws-us-gov"),
        (Some("eu-west-1"), "aws"),
    ] {
        let text = deny(region, partition).unwrap();
        assert!(text.contains(&format!("\"arn:{partition}:s3:::data/*\"")), "{text}");
    }
    assert!(deny(Some("us-gov-west-1"), "aws").unwrap_err().contains("another partition"));
}

/// After `--level bpa` S3 takes no policy that is public: its public statements are left out, and that is said.
#[test]
fn from_block_public_access_on() {
    let live = record(&[parsed("public_access_block", ON), policy(&[PUBLIC, APP])]);
    let who = "arn:aws:iam::123456789012:user/eve".to_owned();
    for level in [Level::Principal(vec![who.clone()]), Level::Quarantine(vec![who.replace("user/eve", "role/ir")])] {
        let mut should = desired(&live, "data", &level, false).unwrap();
        let refused = make_in(&around(), "contain", &live, &should, false, None).unwrap_err().join("\n");
        assert!(refused.contains("BlockPublicPolicy"), "{refused}");
        let told = leave_out_public(&mut should, "data");
        assert!(told.len() == 1 && told[0].contains("\"P\""), "{told:?}");
        let plan = make_in(&around(), "contain", &live, &should, false, None).unwrap();
        let step = plan.steps.iter().find(|it| it.feature == "policy").unwrap();
        let sent = step.sends.as_ref().unwrap().to_string();
        assert!(sent.contains("Deny") && sent.contains("\"A\"") && !sent.contains("\"P\""), "{sent}");
        assert!(step.undo_sends.as_ref().unwrap().to_string().contains("\"P\""));
    }
    // Only a public policy is restricted: another account that it names would come in, and the reason says so.
    let live = record(&[parsed("public_access_block", ON), policy(&[PUBLIC, FOREIGN])]);
    let mut should = desired(&live, "data", &Level::Principal(vec![who]), false).unwrap();
    assert_eq!(leave_out_public(&mut should, "data").len(), 1);
    let refused = make_in(&around(), "contain", &live, &should, false, None).unwrap_err().join("\n");
    assert!(refused.contains("999988887777") && refused.contains("--level quarantine"), "{refused}");
    let quarantine = Level::Quarantine(vec!["arn:aws:iam::123456789012:role/ir".to_owned()]);
    let mut should = desired(&live, "data", &quarantine, false).unwrap();
    assert_eq!(leave_out_public(&mut should, "data").len(), 1);
    assert!(make_in(&around(), "contain", &live, &should, false, None).is_ok());
    // An ACL is not part of this.
    assert!(leave_out_public(&mut of_record(&record(&[parsed("acl", EVERYONE_READS)])), "data").is_empty());
}
