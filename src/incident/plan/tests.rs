//! Orders, refusals, containment, and the way through random pairs.

use serde_json::json;

use super::contain::Level;
use super::*;
use crate::frontend::live::{FEATURES, State};
use crate::incident::said::of_record;

pub(super) const ON: &str = r#"{"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}}"#;
pub(super) const PUBLIC: &str =
    r#"{"Sid":"P","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*"}"#;
pub(super) const FOREIGN: &str = r#"{"Sid":"F","Effect":"Allow","Principal":{"AWS":"999988887777"},"Action":"s3:PutBucketPolicy","Resource":"arn:aws:s3:::data"}"#;
pub(super) const APP: &str = r#"{"Sid":"A","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/app"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*"}"#;
pub(super) const EVERYONE_READS: &str = r#"{"Owner":{"ID":"o"},"Grants":[{"Grantee":{"Type":"Group","URI":"http://acs.amazonaws.com/groups/global/AllUsers"},"Permission":"READ"}]}"#;

pub(super) fn record(features: &[(&str, serde_json::Value)]) -> BucketRecord {
    let mut out = BucketRecord { account: Some("123456789012".to_owned()), ..BucketRecord::default() };
    for spec in &FEATURES {
        out.features.insert(spec.name.to_owned(), State::absent());
    }
    out.features.insert("acl".to_owned(), State::set(json!({ "Owner": { "ID": "o" }, "Grants": [] })));
    for (name, value) in features {
        out.features.insert((*name).to_owned(), State::set(value.clone()));
    }
    out
}

pub(super) fn policy(statements: &[&str]) -> (&'static str, serde_json::Value) {
    ("policy", json!({ "Policy": format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(",")) }))
}

pub(super) fn parsed(name: &'static str, text: &str) -> (&'static str, serde_json::Value) {
    (name, serde_json::from_str(text).unwrap())
}

pub(super) fn around() -> Around {
    let account = crate::frontend::live::AccountRecord { public_access_block: State::absent(), ..Default::default() };
    Around { accounts: [("123456789012".to_owned(), account)].into(), ..Around::default() }
}

pub(super) fn make(
    live: &BucketRecord,
    desired: &Sayings,
    allow_loosen: bool,
    caller: Option<&str>,
) -> Result<Plan, Vec<String>> {
    make_in(&around(), "restore", live, desired, allow_loosen, caller)
}

pub(super) fn make_in(
    around: &Around,
    purpose: &str,
    live: &BucketRecord,
    desired: &Sayings,
    allow_loosen: bool,
    caller: Option<&str>,
) -> Result<Plan, Vec<String>> {
    plan(&Ask {
        purpose: purpose.to_owned(),
        bucket: "data",
        live,
        around,
        desired,
        desired_points: &Points::default(),
        only: &[],
        allow_loosen,
        include_account: false,
        confirm_self_lockout: false,
        caller,
        options: &Options::default(),
    })
}

pub(super) fn order_of(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|it| it.feature.as_str()).collect()
}

#[test]
fn containment_comes_first() {
    let good = record(&[
        parsed("public_access_block", ON),
        policy(&[APP]),
        parsed("ownership", r#"{"OwnershipControls":{"Rules":[{"ObjectOwnership":"BucketOwnerEnforced"}]}}"#),
        parsed("versioning", r#"{"Status":"Enabled"}"#),
    ]);
    let bad = record(&[
        policy(&[PUBLIC, FOREIGN]),
        parsed("acl", EVERYONE_READS),
        parsed("ownership", r#"{"OwnershipControls":{"Rules":[{"ObjectOwnership":"ObjectWriter"}]}}"#),
        parsed("versioning", r#"{"Status":"Suspended"}"#),
        parsed(
            "lifecycle",
            r#"{"Rules":[{"ID":"nuke","Status":"Enabled","Filter":{"Prefix":""},"Expiration":{"Days":1}}]}"#,
        ),
    ]);
    let plan = make(&bad, &of_record(&good), false, None).unwrap();
    assert_eq!(order_of(&plan), ["public_access_block", "policy", "acl", "ownership", "lifecycle", "versioning"]);
    assert!(plan.steps.iter().all(|it| !it.loosens && !it.undo.is_empty()));
    // Where only an account is let in, Block Public Access would close nothing: the policy goes first.
    let foreign = record(&[policy(&[FOREIGN])]);
    let plan = make(&foreign, &of_record(&good), false, None).unwrap();
    assert_eq!(order_of(&plan).first(), Some(&"policy"), "{plan:#?}");
    // Nothing to do.
    assert!(make(&good, &of_record(&good), false, None).unwrap().steps.is_empty());
}

#[test]
fn the_way_back_to_public_must_be_meant() {
    let good = record(&[parsed("public_access_block", ON), policy(&[APP])]);
    let site = record(&[policy(&[PUBLIC])]);
    let refused = make(&good, &of_record(&site), false, None).unwrap_err();
    assert!(refused.iter().any(|it| it.contains("--allow-loosen")), "{refused:?}");
    let plan = make(&good, &of_record(&site), true, None).unwrap();
    assert_eq!(order_of(&plan), ["public_access_block", "policy"]);
    assert!(plan.steps.iter().all(|it| it.loosens));
}

#[test]
fn what_is_not_known_is_not_overwritten() {
    let good = record(&[policy(&[APP])]);
    let mut bad = record(&[policy(&[PUBLIC])]);
    bad.features.insert("policy".to_owned(), State::unknown("AccessDenied", "refused"));
    let refused = make(&bad, &of_record(&good), false, None).unwrap_err();
    assert!(refused.iter().any(|it| it.contains("AccessDenied")), "{refused:?}");
}

#[test]
fn preflight() {
    let live = record(&[policy(&[PUBLIC])]);
    let check = |statement: &str, expected: &str| {
        let desired = of_record(&record(&[policy(&[statement])]));
        let refused = make(&live, &desired, true, Some("arn:aws:sts::123456789012:assumed-role/ir/ana")).unwrap_err();
        assert!(refused.iter().any(|it| it.contains(expected)), "{refused:?}");
    };
    check(&APP.replace(":::data", ":::other"), "not about data");
    check(&APP.replace("\"Principal\":{\"AWS\":\"arn:aws:iam::123456789012:role/app\"},", ""), "no `Principal`");
    check(&APP.replace("role/app", &"x".repeat(21_000)), "20480");
    check(
        r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::data"}"#,
        "--confirm-self-lockout",
    );
}

#[test]
fn tags_are_merged() {
    let tags = |it: serde_json::Value| ("tags", json!({ "TagSet": it }));
    let live = record(&[tags(json!([{ "Key": "team", "Value": "x" }, { "Key": "app", "Value": "old" }]))]);
    let desired = of_record(&record(&[tags(json!([{ "Key": "app", "Value": "new" }]))]));
    let plan = make(&live, &desired, false, None).unwrap();
    let sends = plan.steps.first().unwrap().sends.clone().unwrap().to_string();
    assert!(sends.contains("\"team\"") && sends.contains("\"new\"") && !sends.contains("\"old\""), "{sends}");
}

#[test]
fn levels_of_containment() {
    let live = record(&[policy(&[PUBLIC]), parsed("acl", EVERYONE_READS)]);
    let contain = |level: Level| contain::desired(&live, "data", &level, true).unwrap();
    let plan = make(&live, &contain(Level::Bpa), false, None).unwrap();
    assert_eq!(order_of(&plan), ["public_access_block", "acl", "versioning", "tags"]);
    let thief = "arn:aws:sts::123456789012:assumed-role/app/session".to_owned();
    let plan = make(&live, &contain(Level::Principal(vec![thief])), false, None).unwrap();
    assert_eq!(order_of(&plan), ["policy", "tags"]);
    let sent = plan.steps.first().unwrap().sends.clone().unwrap().to_string();
    assert!(sent.contains("role/app") && sent.contains("\"P\""), "{sent}");
    let me = "arn:aws:iam::123456789012:role/ir".to_owned();
    let desired = contain(Level::Quarantine(vec![me]));
    let caller = Some("arn:aws:sts::123456789012:assumed-role/ir/ana");
    assert_eq!(order_of(&make(&live, &desired, false, caller).unwrap()), ["policy", "versioning", "tags"]);
    let other = Some("arn:aws:sts::123456789012:assumed-role/other/bob");
    assert!(make(&live, &desired, false, other).unwrap_err().iter().any(|it| it.contains("--confirm-self-lockout")));
}

/// A Deny on somebody whom no request can be, or an exception for nobody, is no containment.
#[test]
fn principals_of_containment() {
    for no in [
        "liza",
        "AKIAIOSFODNN7EXAMPLE",
        "",
        "*",
        "123456789012",
        "arn:aws:iam::123456789012:root",
        "arn:aws:iam::1234:role/app",
        "arn:aws:iam::123456789012:role/",
        "arn:aws:sts::123456789012:role/app",
        "arn:aws:s3:::data/x",
    ] {
        let why = contain::principals("--deny-principal", &[no.to_owned()]).unwrap_err();
        assert!(why.contains("--deny-principal") && why.contains("arn:aws:iam::ACCOUNT:role/NAME"), "{why}");
    }
    let one = |it: &str| contain::principals("--except", &[it.to_owned()]).unwrap();
    let user = "arn:aws:iam::123456789012:user/team/liza";
    assert_eq!(one(user), [user]);
    let session = "arn:aws-cn:sts::123456789012:assumed-role/AWSReservedSSO_Admin_abc/ana@example.com";
    assert_eq!(
        one(session),
        [
            "arn:aws-cn:iam::123456789012:role/AWSReservedSSO_Admin_abc",
            "arn:aws-cn:iam::123456789012:role/*/AWSReservedSSO_Admin_abc"
        ]
    );
}

/// Who runs the plan: not known is told, and a role's path is the one that the policy has.
#[test]
fn who_could_end_a_quarantine() {
    let live = record(&[policy(&[APP])]);
    let session = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_abc/ana";
    let role = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_abc";
    let contain = |who: &str, caller: Option<&str>| {
        let desired = contain::desired(&live, "data", &Level::Quarantine(vec![who.to_owned()]), false).unwrap();
        make_in(&around(), "contain --level quarantine", &live, &desired, false, caller)
    };
    let plan = contain(role, None).unwrap();
    assert!(plan.warnings.iter().any(|it| it.contains("root user") && it.contains("--caller")), "{:?}", plan.warnings);
    for who in [session, role] {
        assert!(!contain(who, Some(session)).unwrap().warnings.iter().any(|it| it.contains("root user")));
    }
    let refused = contain("arn:aws:iam::123456789012:role/other", Some(session)).unwrap_err();
    assert!(refused.iter().any(|it| it.contains("--confirm-self-lockout")), "{refused:?}");
    let desired = contain::desired(&live, "data", &Level::Principal(vec![session.to_owned()]), false).unwrap();
    let refused = make_in(&around(), "contain --level principal", &live, &desired, false, Some(session)).unwrap_err();
    assert!(refused.iter().any(|it| it.contains("--confirm-self-lockout")), "{refused:?}");
    // A policy that denies nobody in particular needs no caller.
    assert_eq!(make(&record(&[]), &of_record(&live), true, None).unwrap().warnings, Vec::<String>::new());
}

const DENY_LIST: &str = r#"{"Sid":"D","Effect":"Deny","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::data","Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#;

/// A Deny may go once the ACL that it holds down is private, not before: the order that keeps the promise is found though another
/// candidate comes first, and Block Public Access of another account is not the bucket's.
#[test]
fn the_candidate_that_keeps_the_promise() {
    let live = record(&[policy(&[DENY_LIST]), parsed("acl", EVERYONE_READS)]);
    let desired = of_record(&record(&[]));
    let mut around = around();
    let plan = make_in(&around, "restore", &live, &desired, false, None).unwrap();
    assert_eq!(order_of(&plan), ["acl", "policy"]);
    assert!(plan.steps.iter().all(|it| !it.loosens), "{plan:#?}");
    let stranger = crate::frontend::live::AccountRecord {
        public_access_block: State::set(parsed("", ON).1),
        ..Default::default()
    };
    around.accounts.insert("222222222222".to_owned(), stranger);
    assert_eq!(make_in(&around, "restore", &live, &desired, false, None).unwrap(), plan);
}

/// What only closes needs no word of the policy.
#[test]
fn containment_does_not_wait_for_a_policy_that_cannot_be_read() {
    let mut live = record(&[policy(&[PUBLIC]), parsed("acl", EVERYONE_READS)]);
    live.features.insert("policy".to_owned(), State::unknown("AccessDenied", "refused"));
    let desired = contain::desired(&live, "data", &Level::Bpa, false).unwrap();
    let plan = make_in(&around(), "contain --level bpa", &live, &desired, false, None).unwrap();
    assert_eq!(order_of(&plan), ["public_access_block", "acl", "versioning"]);
    assert!(plan.steps.iter().all(|it| !it.loosens), "{plan:#?}");
    assert!(!plan.effects.iter().any(|it| it.contains("gives")), "{:?}", plan.effects);
    // Nor of Block Public Access itself: what turns it on is told, and that nobody could put back what it was.
    live.features.insert("public_access_block".to_owned(), State::unknown("AccessDenied", "refused"));
    let plan = make_in(&around(), "contain --level bpa", &live, &desired, false, None).unwrap();
    assert_eq!(order_of(&plan), ["acl", "versioning"]);
    assert!(plan.warnings.iter().any(|it| it.contains("NO BEFORE-IMAGE")), "{:?}", plan.warnings);
    assert!(plan.manual.iter().any(|it| it.contains("aws s3api put-public-access-block --bucket data")), "{plan:#?}");
    // What is refused all the same names what the command has.
    let desired = of_record(&record(&[parsed("versioning", r#"{"Status":"Enabled"}"#)]));
    live.features.insert("versioning".to_owned(), State::unknown("AccessDenied", "refused"));
    let refused = make_in(&around(), "contain --level bpa", &live, &desired, false, None).unwrap_err();
    assert!(refused.iter().any(|it| it.contains("--live")), "{refused:?}");
    assert!(!refused.iter().any(|it| it.contains("--only") || it.contains("--allow-loosen")), "{refused:?}");
}

/// Over pairs of states: no prefix is open to everyone where the one before it was not, unless a step says that it loosens.
#[test]
fn every_prefix_is_between_both_ends() {
    let policies = [vec![], vec![PUBLIC], vec![FOREIGN], vec![APP], vec![PUBLIC, FOREIGN], vec![APP, PUBLIC]];
    let mut states = Vec::new();
    for statements in &policies {
        for block in [false, true] {
            for acl in [false, true] {
                let mut features = Vec::new();
                if !statements.is_empty() {
                    features.push(policy(statements));
                }
                if block {
                    features.push(parsed(
                        "public_access_block",
                        &ON.replace("\"BlockPublicPolicy\":true", "\"BlockPublicPolicy\":false"),
                    ));
                }
                if acl {
                    features.push(parsed("acl", EVERYONE_READS));
                }
                states.push(record(&features));
            }
        }
    }
    let (mut made, mut refused) = (0, 0);
    for (at, live) in states.iter().enumerate() {
        for desired in states.iter().skip(at % 3).step_by(3) {
            let desired = of_record(desired);
            let plan = match make(live, &desired, true, None) {
                Ok(plan) => plan,
                // A public ACL beside a block of public ACLs: there is no order that S3 takes.
                Err(why) => {
                    assert!(why.iter().any(|it| it.contains("S3 refuses")), "{why:?}");
                    refused += 1;
                    continue;
                }
            };
            made += 1;
            let around = around();
            let options = Options::default();
            let ask = Ask {
                purpose: String::new(),
                bucket: "data",
                live,
                around: &around,
                desired: &desired,
                desired_points: &Points::default(),
                only: &[],
                allow_loosen: true,
                include_account: false,
                confirm_self_lockout: false,
                caller: None,
                options: &options,
            };
            let mut stage = Stage::start(&ask);
            for step in &plan.steps {
                let next = stage.after(step);
                let gains = crate::incident::diff::more("data", &next.subject(), Some(&stage.subject()), &options);
                assert!(step.loosens || !gains.iter().any(is_public), "{step:#?} {gains:#?}");
                stage = next;
            }
        }
    }
    assert!(refused * 4 < made, "{refused} refused, {made} made");
}
