//! The engine against the oracle: random policies, every request of a small world, no disagreement.
//!
//! `ORACLE_POLICIES` sets how many policies are tried (default 100).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "test helpers")]

mod oracle;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use bucketlint::policy::{Audience, Context, Grant, Policy, Power, Request, allows, grants, parse};
use bucketlint::value::{Origin, Truth, Val};
use oracle::random::{Dice, WORLD, policy};
use oracle::{Req, allowed, strings, world};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

static REQUESTS: AtomicU64 = AtomicU64::new(0);

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let mut keys = BTreeSet::new();
    let document = policy(&mut Dice(bytes.iter()), &mut keys);
    let statements = document["Statement"].as_array().unwrap();
    let parsed = parse(&Val::string(document.to_string(), Origin::default()));
    let policy = parsed.as_known().unwrap();
    let context = Context { own_account: Some("111111111111".to_owned()), ..Context::default() };
    let found = grants(policy, &context);
    witnesses(policy, &found, &context, &document)?;
    let literals: Vec<String> = statements
        .iter()
        .flat_map(|it| it["Condition"].as_object().into_iter().flatten().flat_map(|(_, it)| it.as_object().unwrap()))
        .flat_map(|(_, it)| it.as_array().unwrap())
        .map(|it| it.as_str().unwrap().to_owned())
        .collect();
    let mut open: BTreeMap<(bool, Power), Req> = BTreeMap::new();
    for anonymous in [true, false] {
        let principal = if anonymous { "anonymous" } else { "arn:aws:iam::999999999999:user/stranger" };
        let mut contexts = vec![BTreeMap::new()];
        for key in &keys {
            let values = world(key, anonymous, &literals);
            let with = |context: &BTreeMap<_, _>, value: &Vec<String>| {
                let mut context = context.clone();
                if !value.is_empty() {
                    context.insert((*key).to_owned(), value.clone());
                }
                context
            };
            contexts = contexts.iter().flat_map(|it| values.iter().map(move |value| with(it, value))).collect();
        }
        for (at, (action, power, on_bucket)) in WORLD.into_iter().enumerate() {
            let objects = strings(2).iter().map(|it| format!("arn:aws:s3:::bkt/{it}")).collect();
            let resources: Vec<String> = if on_bucket { vec!["arn:aws:s3:::bkt".to_owned()] } else { objects };
            for (nth, (resource, context_values)) in
                resources.iter().flat_map(|it| contexts.iter().map(move |context| (it, context))).enumerate()
            {
                // Once a power is open, the request-by-request comparison needs only a sample.
                let sample = (nth + at) % 37 == 0;
                if open.contains_key(&(anonymous, power)) && !sample {
                    continue;
                }
                REQUESTS.fetch_add(1, Ordering::Relaxed);
                let request = Req { principal, action, resource: resource.clone(), context: context_values.clone() };
                let expected = allowed(&document, &request);
                if sample {
                    let same = Request {
                        principal: principal.to_owned(),
                        action: action.to_owned(),
                        resource: resource.clone(),
                        context: context_values.clone(),
                    };
                    let several = context_values.values().any(|it| 1 < it.len());
                    let got = allows(policy, &same, &context).allowed;
                    // Several values without a set operator: AWS does not say, so unknown is right.
                    if !(several && got == Truth::Unknown) {
                        prop_assert_eq!(got, Truth::from(expected), "{} {:?}", document, request);
                    }
                }
                if expected {
                    open.entry((anonymous, power)).or_insert(request);
                }
            }
        }
    }
    compare(&found, &open, &document)
}

/// Every certain grant's witness is allowed, by the oracle too.
fn witnesses(policy: &Policy, found: &[Grant], context: &Context, document: &Value) -> Result<(), TestCaseError> {
    for grant in found.iter().filter(|it| it.holds == Truth::Yes) {
        let witness = grant.witness.as_ref().unwrap();
        prop_assert_eq!(allows(policy, witness, context).allowed, Truth::Yes, "{} {:?}", document, witness);
        let request = Req {
            principal: witness.principal.clone().leak(),
            action: witness.action.clone().leak(),
            resource: witness.resource.clone(),
            context: witness.context.clone(),
        };
        prop_assert!(allowed(document, &request), "{} {:?}", document, witness);
    }
    Ok(())
}

/// What the world reaches the engine says, and the other way round.
fn compare(found: &[Grant], open: &BTreeMap<(bool, Power), Req>, document: &Value) -> Result<(), TestCaseError> {
    for power in [Power::Read, Power::List, Power::Write, Power::Delete] {
        let holds = |audience: &[Audience]| {
            let fits = found.iter().filter(|it| it.power == power && audience.contains(&it.audience));
            fits.map(|it| it.holds).max().unwrap_or(Truth::No)
        };
        let anonymous = holds(&[Audience::Anonymous]);
        let any = holds(&[Audience::Anonymous, Audience::AnyAccount]);
        let reached = |anonymous: bool| open.get(&(anonymous, power));
        // A yes carries a witness that the oracle has allowed; a no must hold all over the world.
        for (says, reached) in [(anonymous, reached(true)), (any, reached(true).or(reached(false)))] {
            let right = says != Truth::No || reached.is_none();
            prop_assert!(right, "{power:?} {says:?}, but the world says {reached:?}\n{document}\n{found:#?}");
        }
    }
    Ok(())
}

#[test]
fn engine_and_oracle_agree() {
    let cases = std::env::var("ORACLE_POLICIES").ok().and_then(|it| it.parse().ok()).unwrap_or(100);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 60, ..Config::default() };
    let result = TestRunner::new(config).run(&prop::collection::vec(any::<u8>(), 90), |bytes| check(&bytes));
    if let Err(error) = result {
        panic!("{error}");
    }
    println!("{cases} policies, {} requests", REQUESTS.load(Ordering::Relaxed));
}
