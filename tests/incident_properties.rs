//! `diff` and `timeline` over random states, against a stupid evaluator that tries every request of a small world.
//!
//! `ORACLE_DIFFS` and `ORACLE_TRAILS` set how many cases are tried.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "test helpers")]

#[path = "oracle/bucket.rs"]
mod bucket;
#[expect(dead_code, reason = "not every condition is tried here")]
mod oracle;

use std::sync::atomic::{AtomicU64, Ordering};

use bucket::{ANONYMOUS, Bucket, OWN, random, requests};
use bucketlint::exposure::Options;
use bucketlint::frontend::live::{BucketRecord, State};
use bucketlint::incident::Subject;
use bucketlint::incident::diff::{AccessChange, BucketDiff, Direction, compare, permits};
use bucketlint::incident::plan::Stage;
use bucketlint::incident::trail::{self, replay};
use bucketlint::policy::{Audience, Power, Request};
use bucketlint::value::Truth;
use oracle::Req;
use oracle::random::{Dice, WORLD};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value as Json, json};

static GAINS: AtomicU64 = AtomicU64::new(0);
static UNDECIDED: AtomicU64 = AtomicU64::new(0);

fn options() -> Options {
    Options { own_account: Some(OWN.to_owned()), ..Options::default() }
}

fn subject(bucket: &Bucket) -> Subject<'static> {
    Stage::of("bkt", &bucket.record(), &bucket.around()).subject()
}

fn pair(dice: &mut Dice<'_>, conditions: bool) -> (Bucket, Bucket) {
    let old = random(dice, conditions);
    let mut new = random(dice, conditions);
    match dice.below(4) {
        0 => new.statements.extend(old.statements.iter().skip(1).cloned()),
        1 => new = Bucket { statements: old.statements.clone(), ..new },
        _ => {}
    }
    (old, new)
}

fn gains(diff: &BucketDiff) -> impl Iterator<Item = &AccessChange> {
    diff.access.iter().filter(|it| it.direction == Direction::Gained)
}

fn run(cases: u32, check: impl Fn(&[u8]) -> Result<(), TestCaseError>) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
    let result = TestRunner::new(config).run(&prop::collection::vec(any::<u8>(), 300), |bytes| check(&bytes));
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn cases(name: &str, usual: u32) -> u32 {
    std::env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(usual)
}

/// The request of a witness, as the oracle takes it.
fn request(it: &Request) -> Req {
    let principal: &'static str = Box::leak(it.principal.clone().into_boxed_str());
    let action: &'static str = Box::leak(it.action.clone().into_boxed_str());
    Req { principal, action, resource: it.resource.clone(), context: it.context.clone() }
}

/// A certain change has an example that the new side permits and the old does not, by the engine and by the oracle.
fn holds_as_claimed(diff: &BucketDiff, sides: (&Bucket, &Bucket)) -> Result<(), TestCaseError> {
    let (old, new) = sides;
    for it in gains(diff) {
        if it.holds != Truth::Yes {
            UNDECIDED.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        GAINS.fetch_add(1, Ordering::Relaxed);
        let Some(witness) = &it.witness else {
            return Err(TestCaseError::fail(format!("no example: {it:?}")));
        };
        let (before, after) = (subject(old), subject(new));
        let asked = request(witness);
        for (side, by, truth) in [(old, &before, false), (new, &after, true)] {
            prop_assert_eq!(
                permits(by, witness, &options()),
                Truth::from(truth),
                "by the engine: {:#?}\n{:?}\nof {:?}",
                it,
                side,
                sides
            );
            prop_assert_eq!(side.permits(&asked), truth, "by the oracle: {:#?}\n{:?}", it, side);
        }
    }
    Ok(())
}

fn covers(change: &AccessChange, request: &Req, power: Power) -> bool {
    let who = match &change.audience {
        Audience::Anonymous => true,
        Audience::AnyAccount => request.principal != ANONYMOUS,
        Audience::Account(who) => request.principal.split(':').nth(4).is_some_and(|id| who.contains(id)),
        Audience::Service(_) => false,
    };
    who && change.power == power
}

fn difference(bytes: &[u8], requests: &[Req], conditions: bool) -> Result<(), TestCaseError> {
    let mut dice = Dice(bytes.iter());
    let (old, new) = pair(&mut dice, conditions);
    let (before, after) = (subject(&old), subject(&new));
    let there = compare("bkt", Some(&before), Some(&after), &options(), true);
    holds_as_claimed(&there, (&old, &new))?;
    if conditions {
        return Ok(());
    }
    for it in requests.iter().filter(|it| new.permits(it) && !old.permits(it)) {
        let power = WORLD.iter().find(|(action, ..)| *action == it.action).map(|it| it.1).unwrap();
        prop_assert!(
            gains(&there).any(|change| covers(change, it, power)),
            "{it:?} is gained, and nothing says so: {:#?}\n{old:?}\n{new:?}",
            there.access
        );
    }
    Ok(())
}

/// A bucket with everything on that keeps strangers out.
fn shut(statements: Vec<Json>) -> Bucket {
    let grants = Vec::new();
    Bucket { statements, restrict: true, ignore: true, block_policy: true, enforced: true, grants, account: true }
}

/// Whether a Deny that excepts an account excepts its users is not known: what an ACL gives them is not certain. Found by the test below.
#[test]
fn whom_a_deny_may_except() {
    let other = json!({ "AWS": "222222222222" });
    let statements = vec![
        json!({ "Effect": "Allow", "Principal": other, "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::bkt/*"] }),
        json!({ "Effect": "Deny", "NotPrincipal": other, "Action": ["S3:listbucket*"], "Resource": ["arn:aws:s3:::bkt/*", "arn:aws:s3:::bkt"] }),
    ];
    let shut = shut(Vec::new());
    let grants = vec![("AuthenticatedUsers", "READ"), ("AllUsers", "WRITE")];
    let open = Bucket {
        statements,
        ignore: false,
        block_policy: false,
        enforced: false,
        grants,
        account: false,
        ..shut.clone()
    };
    let there = compare("bkt", Some(&subject(&shut)), Some(&subject(&open)), &options(), true);
    holds_as_claimed(&there, (&shut, &open)).unwrap();
    assert!(gains(&there).any(|it| it.via.contains("ACL")), "{:#?}", there.access);
}

#[test]
fn a_witness_evaluates_as_claimed_and_no_gain_is_left_out() {
    let requests = requests();
    run(cases("ORACLE_DIFFS", 60), |bytes| difference(bytes, &requests, false));
    run(cases("ORACLE_DIFFS", 60), |bytes| difference(bytes, &requests, true));
    let [gains, undecided] = [&GAINS, &UNDECIDED].map(|it| it.load(Ordering::Relaxed));
    println!("{gains} certain gains and {undecided} that may be, {} requests each", requests.len());
    assert!(undecided < gains, "{undecided} undecided, {gains} certain");
}

/// Some of what a record holds is not known.
fn clouded(dice: &mut Dice<'_>, bucket: &Bucket) -> BucketRecord {
    let mut out = bucket.record();
    for name in ["policy", "acl", "ownership", "public_access_block", "tags", "lifecycle"] {
        if dice.below(8) == 0 {
            out.features.insert(name.to_owned(), State::unknown("AccessDenied", "refused"));
        }
    }
    let days = 1 + dice.below(3);
    if dice.below(2) == 0 {
        let rule =
            json!({ "ID": "r", "Status": "Enabled", "Filter": { "Prefix": "" }, "Expiration": { "Days": days } });
        out.features.insert("lifecycle".to_owned(), State::set(json!({ "Rules": [rule] })));
    }
    out
}

#[test]
fn the_same_is_no_change_and_gains_are_the_losses_of_the_other_way() {
    run(cases("ORACLE_DIFFS", 60), |bytes| {
        let mut dice = Dice(bytes.iter());
        let conditions = dice.below(2) == 0;
        let (old, new) = pair(&mut dice, conditions);
        let (a, b) = (clouded(&mut dice, &old), clouded(&mut dice, &new));
        let of = |record: &BucketRecord, it: &Bucket| Stage::of("bkt", record, &it.around()).subject();
        let (old, new) = (of(&a, &old), of(&b, &new));
        let same = compare("bkt", Some(&old), Some(&old), &options(), true);
        prop_assert!(same.access.is_empty() && same.settings.is_empty() && same.statements.is_empty(), "{same:#?}");
        let there = compare("bkt", Some(&old), Some(&new), &options(), true);
        let back = compare("bkt", Some(&new), Some(&old), &options(), true);
        let of = |diff: &BucketDiff, way: Direction| -> Vec<_> {
            let all = diff.access.iter().filter(|it| it.direction == way);
            all.map(|it| (it.audience.clone(), it.power, it.holds, it.witness.clone(), it.via.clone())).collect()
        };
        prop_assert_eq!(of(&there, Direction::Gained), of(&back, Direction::Lost));
        prop_assert_eq!(of(&there, Direction::Lost), of(&back, Direction::Gained));
        let features = |it: &BucketDiff| it.settings.iter().map(|it| it.feature.clone()).collect::<Vec<_>>();
        prop_assert_eq!(features(&there), features(&back));
        prop_assert_eq!(&there.undecided, &back.undecided);
        Ok(())
    });
}

/// A trail of random calls; times are few, so that several calls share one.
fn calls(dice: &mut Dice<'_>) -> Vec<Json> {
    let on = |it: bool| {
        json!({ "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": it, "IgnorePublicAcls": it, "BlockPublicPolicy": it, "RestrictPublicBuckets": it,
        }})
    };
    let count = 2 + dice.below(9);
    let mut out = Vec::new();
    for at in 0..count {
        let state = random(dice, false);
        let policy = json!({ "Version": "2012-10-17", "Statement": state.statements });
        let acl = ["private", "public-read", "public-read-write"][dice.below(3)];
        let (name, mut parameters) = match dice.below(9) {
            0 => ("CreateBucket", json!({})),
            1 | 2 => ("PutBucketPolicy", json!({ "bucketPolicy": policy })),
            3 => ("DeleteBucketPolicy", json!({})),
            4 => ("PutBucketPublicAccessBlock", on(dice.below(2) == 0)),
            5 => ("DeleteBucketPublicAccessBlock", json!({})),
            6 => ("PutBucketAcl", json!({ "x-amz-acl": acl })),
            7 => ("PutAccountPublicAccessBlock", on(dice.below(2) == 0)),
            _ => ("DeleteBucket", json!({})),
        };
        parameters["bucketName"] = json!("bkt");
        let minute = dice.below(6);
        let mut record = json!({
            "eventTime": format!("2026-01-01T00:{minute:02}:00Z"), "eventName": name, "recipientAccountId": OWN,
            "userIdentity": { "arn": format!("arn:aws:iam::{OWN}:user/u{}", dice.below(3)) },
            "sourceIPAddress": "203.0.113.10", "requestParameters": parameters,
        });
        // Tables of queries need not have a column for it.
        if dice.below(5) != 0 {
            record["eventID"] = json!(format!("{at:04}"));
        }
        if dice.below(6) == 0 {
            record["errorCode"] = json!("AccessDenied");
        }
        out.push(record);
    }
    out
}

#[test]
fn order_and_copies_of_records_change_nothing() {
    run(cases("ORACLE_TRAILS", 40), |bytes| {
        let mut dice = Dice(bytes.iter());
        let mut records = calls(&mut dice);
        let ask = trail::Ask { bucket: "bkt".to_owned(), ..trail::Ask::default() };
        let read = |records: &[Json]| {
            let (events, problems) = trail::records(&json!({ "Records": records }).to_string(), "trail");
            assert!(problems.is_empty(), "{problems:?}");
            replay(events, &ask)
        };
        let expected = read(&records);
        for _ in 0..3 {
            for at in (1..records.len()).rev() {
                records.swap(at, dice.below(at + 1));
            }
            prop_assert_eq!(&read(&records), &expected);
            let copies: Vec<Json> = records.iter().filter(|_| dice.below(2) == 0).cloned().collect();
            let doubled = [records.clone(), copies].concat();
            prop_assert_eq!(&read(&doubled), &expected);
        }
        Ok(())
    });
}

/// A Deny that leaves one account what an ACL gives to everyone leaves it that.
#[test]
fn what_a_denial_leaves_of_a_grant() {
    let deny = json!({
        "Effect": "Deny", "NotPrincipal": { "AWS": "222222222222" }, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::bkt/*",
    });
    let shut = shut(vec![deny]);
    let grants = vec![("AllUsers", "WRITE")];
    let open = Bucket { restrict: false, ignore: false, enforced: false, account: false, grants, ..shut.clone() };
    let found = compare("bkt", Some(&subject(&shut)), Some(&subject(&open)), &options(), true);
    let is_it = |it: &AccessChange| {
        it.power == Power::Write && matches!(&it.audience, Audience::Account(who) if who.contains("222222222222"))
    };
    assert!(gains(&found).any(is_it), "{found:#?}");
}
