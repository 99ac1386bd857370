//! The order of a plan against a stupid evaluator: over random pairs of what a bucket is and what it should be, no step ever gives an
//! outsider a request that neither end gives, and what is open to everyone only shrinks until a step says that it opens something.
//!
//! `ORACLE_PLANS` sets how many pairs are tried (default 40).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "test helpers")]

#[path = "oracle/bucket.rs"]
mod bucket;
#[expect(dead_code, reason = "its conditions are not tried here")]
mod oracle;

use std::sync::atomic::{AtomicU64, Ordering};

use bucket::{ANONYMOUS, Bucket, OWN, random, requests};
use bucketlint::exposure::Options;
use bucketlint::frontend::live::{AccountRecord, State};
use bucketlint::incident::diff::canonical;
use bucketlint::incident::plan::{Ask, Step, plan};
use bucketlint::incident::points::Points;
use bucketlint::incident::said::of_record;
use oracle::Req;
use oracle::random::Dice;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// What a step does.
fn after(stage: &Bucket, step: &Step, desired: &Bucket) -> Bucket {
    let mut next = stage.clone();
    match step.feature.as_str() {
        "policy" => next.statements.clone_from(&desired.statements),
        "acl" => next.grants.clone_from(&desired.grants),
        "ownership" => next.enforced = desired.enforced,
        "public_access_block" => {
            (next.restrict, next.ignore, next.block_policy) = (desired.restrict, desired.ignore, desired.block_policy);
        }
        other => panic!("{other}"),
    }
    next
}

static PLANS: AtomicU64 = AtomicU64::new(0);
static REFUSED: AtomicU64 = AtomicU64::new(0);
static STRAY: AtomicU64 = AtomicU64::new(0);
static STEPS: AtomicU64 = AtomicU64::new(0);

fn check(bytes: &[u8], requests: &[Req]) -> Result<(), TestCaseError> {
    let mut dice = Dice(bytes.iter());
    let before = random(&mut dice, false);
    let mut desired = Bucket { account: before.account, ..random(&mut dice, false) };
    // Often what should be shares much with what is.
    if dice.below(2) == 0 {
        desired.statements.extend(before.statements.iter().skip(1).cloned());
    }
    let (record, mut around, sayings) = (before.record(), before.around(), of_record(&desired.record()));
    // Another account of the snapshot, which is none of the bucket's.
    let all = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
    let on: serde_json::Map<_, _> = all.iter().map(|it| ((*it).to_owned(), true.into())).collect();
    let block = State::set(serde_json::json!({ "PublicAccessBlockConfiguration": on }));
    around
        .accounts
        .insert("222222222222".to_owned(), AccountRecord { public_access_block: block, ..AccountRecord::default() });
    let options = Options { own_account: Some(OWN.to_owned()), ..Options::default() };
    let made = plan(&Ask {
        purpose: "restore".to_owned(),
        bucket: "bkt",
        live: &record,
        around: &around,
        desired: &sayings,
        desired_points: &Points::default(),
        only: &[],
        allow_loosen: true,
        include_account: false,
        confirm_self_lockout: false,
        caller: None,
        options: &options,
    });
    let made = match made {
        Ok(made) => made,
        Err(why) => {
            // S3 would refuse the policy; else no order of these steps keeps to the promise.
            let by_s3 = why.iter().any(|it| it.contains("S3 refuses"));
            if by_s3 { &REFUSED } else { &STRAY }.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
    };
    PLANS.fetch_add(1, Ordering::Relaxed);
    let mut stage = before.clone();
    for step in &made.steps {
        STEPS.fetch_add(1, Ordering::Relaxed);
        let next = after(&stage, step, &desired);
        for request in requests {
            let now = next.permits(request);
            prop_assert!(
                !now || before.permits(request) || desired.permits(request),
                "after {} {request:?} is permitted by neither end\n{before:?}\n{desired:?}\n{:#?}",
                step.feature,
                made.steps.iter().map(|it| &it.feature).collect::<Vec<_>>()
            );
            prop_assert!(
                !now || step.loosens || request.principal != ANONYMOUS || stage.permits(request),
                "{} opens {request:?} and does not say so\n{before:?}\n{desired:?}",
                step.feature
            );
        }
        stage = next;
    }
    // The way back: every step of it once, and no stage of it leaves what lies between both ends either.
    let mut stage_back = stage.clone();
    for step in made.way_back() {
        let next = after(&stage_back, step, &before);
        for request in requests {
            prop_assert!(
                !next.permits(request) || before.permits(request) || stage.permits(request),
                "after {} was taken back {request:?} is permitted by neither end\n{before:?}\n{desired:?}",
                step.feature
            );
        }
        stage_back = next;
    }
    if made.no_way_back().is_none() {
        prop_assert_eq!(made.way_back().len(), made.steps.len());
        for request in requests {
            prop_assert_eq!(
                stage_back.permits(request),
                before.permits(request),
                "back is not where it began: {:?}",
                request
            );
        }
    } else {
        prop_assert!(made.warnings.iter().any(|it| it.contains("cannot be taken back")));
    }
    // A statement that stands twice says no more than once: then there is no step.
    let spelled = |it: &Bucket| {
        let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": it.statements });
        canonical("policy", Some(&serde_json::json!({ "Policy": policy.to_string() })))
    };
    prop_assert_eq!(spelled(&stage), spelled(&desired));
    for request in requests {
        prop_assert_eq!(
            stage.permits(request),
            desired.permits(request),
            "the end is not what should be: {:?}",
            request
        );
    }
    Ok(())
}

#[test]
fn no_step_leaves_what_lies_between_both_ends() {
    let cases = std::env::var("ORACLE_PLANS").ok().and_then(|it| it.parse().ok()).unwrap_or(40);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let requests = requests();
    let result =
        TestRunner::new(config).run(&prop::collection::vec(any::<u8>(), 240), |bytes| check(&bytes, &requests));
    if let Err(error) = result {
        panic!("{error}");
    }
    let [plans, refused, stray, steps] = [&PLANS, &REFUSED, &STRAY, &STEPS].map(|it| it.load(Ordering::Relaxed));
    println!(
        "{plans} plans with {steps} steps; {refused} refused as S3 would, {stray} for want of an order; {} requests each",
        requests.len()
    );
    assert!(refused + stray < plans, "{} of {cases} pairs were refused", refused + stray);
}
