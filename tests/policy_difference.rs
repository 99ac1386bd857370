//! What one policy permits and another does not, against the oracle: random pairs, every request of a small world.
//!
//! `ORACLE_PAIRS` sets how many pairs are tried one by one (default 60); `ORACLE_BATCHES` how many batches of a hundred
//! policies are compared each with each, 9,900 pairs a batch (default: one batch of twelve).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "test helpers")]

mod oracle;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use bucketlint::policy::{Audience, Context, Grant, Policy, Power, parse, permits_beyond, permits_more};
use bucketlint::value::{Attr, Origin, Truth, Val};
use oracle::random::{Dice, WORLD, policy};
use oracle::{Req, allowed, strings, world};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

static REQUESTS: AtomicU64 = AtomicU64::new(0);

const ANONYMOUS: &str = "anonymous";
const STRANGER: &str = "arn:aws:iam::999999999999:user/stranger";
const NAMED: &str = "arn:aws:iam::222222222222:user/example";
const SERVICE: &str = "logging.s3.amazonaws.com";

fn parsed(document: &Value) -> Attr<Policy> {
    parse(&Val::string(document.to_string(), Origin::default()))
}

fn context() -> Context {
    Context { own_account: Some("111111111111".to_owned()), ..Context::default() }
}

fn gains(new: &Value, old: &Value) -> Vec<Grant> {
    let (new, old) = (parsed(new), parsed(old));
    permits_more(new.as_known().unwrap(), old.as_known().unwrap(), &context())
}

/// A pattern over the roles of all accounts has those of a named account in it, too.
#[test]
fn roles_of_whatever_account() {
    let document = |deny: Value| {
        json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bkt/*",
              "Condition": { "StringEquals": { "aws:PrincipalAccount": "444455556666" } } },
            deny,
        ] })
    };
    let deny = |condition: Value| {
        let mut it = json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::bkt/*" });
        if !condition.is_null() {
            it["Condition"] = condition;
        }
        document(it)
    };
    let shut = deny(Value::Null);
    let but = |operator: &str, who: &str| deny(json!({ operator: { "aws:PrincipalArn": who } }));
    for (operator, who, opens) in [
        ("ArnNotLike", "arn:aws:iam::*:role/app", true),
        ("StringNotLike", "arn:aws:iam::*:role/app*", true),
        ("ArnNotLike", "arn:aws:iam::444455556666:role/app", true),
        ("ArnNotLike", "arn:aws:iam::777788889999:role/app", false),
    ] {
        let found = gains(&but(operator, who), &shut);
        assert_eq!(!found.is_empty(), opens, "{operator} {who} {found:#?}");
        let is_own = |it: &Grant| matches!(&it.audience, Audience::Account(who) if who.contains("444455556666"));
        assert!(found.iter().all(is_own), "{found:#?}");
        assert!(gains(&shut, &but(operator, who)).is_empty());
    }
}

/// Who gains a power at all, as the world says, with the request that shows it.
fn gained(new: &Value, olds: &[&Value], keys: &BTreeSet<&str>) -> BTreeMap<(&'static str, Power), Req> {
    let mut found = BTreeMap::new();
    // A service's requests carry other keys; it is tried where no key is in play.
    let callers: &[&str] =
        if keys.is_empty() { &[ANONYMOUS, STRANGER, NAMED, SERVICE] } else { &[ANONYMOUS, STRANGER] };
    for principal in callers {
        let mut contexts = vec![BTreeMap::new()];
        for key in keys {
            let values = world(key, *principal == ANONYMOUS, &[]);
            let with = |context: &BTreeMap<_, _>, value: &Vec<String>| {
                let mut context: BTreeMap<String, Vec<String>> = context.clone();
                if !value.is_empty() {
                    context.insert((*key).to_owned(), value.clone());
                }
                context
            };
            contexts = contexts.iter().flat_map(|it| values.iter().map(move |value| with(it, value))).collect();
        }
        for (action, power, on_bucket) in WORLD {
            let objects = strings(2).iter().map(|it| format!("arn:aws:s3:::bkt/{it}")).collect();
            let resources: Vec<String> = if on_bucket { vec!["arn:aws:s3:::bkt".to_owned()] } else { objects };
            for (resource, context) in resources.iter().flat_map(|it| contexts.iter().map(move |own| (it, own))) {
                if found.contains_key(&(*principal, power)) {
                    break;
                }
                REQUESTS.fetch_add(1, Ordering::Relaxed);
                let request = Req { principal, action, resource: resource.clone(), context: context.clone() };
                if allowed(new, &request) && !olds.iter().any(|old| allowed(old, &request)) {
                    found.insert((*principal, power), request);
                }
            }
        }
    }
    found
}

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let mut keys = BTreeSet::new();
    let mut dice = Dice(bytes.iter());
    let old = policy(&mut dice, &mut keys);
    // Half of the pairs share statements, as two versions of a policy do.
    let mut new = policy(&mut dice, &mut keys);
    if dice.below(2) == 0 {
        let mut all = new["Statement"].as_array().unwrap().clone();
        all.extend(old["Statement"].as_array().unwrap().iter().skip(1).cloned());
        new["Statement"] = json!(all);
    }
    let found = gains(&new, &old);
    for gain in found.iter().filter(|it| it.holds == Truth::Yes) {
        let witness = gain.witness.as_ref().unwrap();
        let request = Req {
            principal: witness.principal.clone().leak(),
            action: witness.action.clone().leak(),
            resource: witness.resource.clone(),
            context: witness.context.clone(),
        };
        prop_assert!(allowed(&new, &request), "not allowed: {request:?}\nnew {new}\nold {old}");
        prop_assert!(!allowed(&old, &request), "allowed before: {request:?}\nnew {new}\nold {old}");
    }
    for ((principal, power), request) in gained(&new, &[&old], &keys) {
        let fits = |it: &Grant| it.power == power && covers(it, principal);
        prop_assert!(found.iter().any(fits), "{request:?} is gained\nnew {new}\nold {old}\n{found:#?}");
    }
    prop_assert!(gains(&new, &new).is_empty() && gains(&old, &old).is_empty(), "{new}\n{old}");
    Ok(())
}

#[test]
fn engine_and_oracle_agree_on_pairs() {
    let cases = std::env::var("ORACLE_PAIRS").ok().and_then(|it| it.parse().ok()).unwrap_or(60);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 60, ..Config::default() };
    let result = TestRunner::new(config).run(&prop::collection::vec(any::<u8>(), 180), |bytes| check(&bytes));
    if let Err(error) = result {
        panic!("{error}");
    }
    println!("{cases} pairs, {} requests", REQUESTS.load(Ordering::Relaxed));
}

/// What one policy permits and neither of two others does.
fn check_two(bytes: &[u8]) -> Result<(), TestCaseError> {
    let mut keys = BTreeSet::new();
    let mut dice = Dice(bytes.iter());
    let first = policy(&mut dice, &mut keys);
    let second = policy(&mut dice, &mut keys);
    let mut new = policy(&mut dice, &mut keys);
    for (at, old) in [&first, &second].into_iter().enumerate() {
        if dice.below(2) == 0 {
            let mut all = new["Statement"].as_array().unwrap().clone();
            all.extend(old["Statement"].as_array().unwrap().iter().skip(at).take(2).cloned());
            new["Statement"] = json!(all);
        }
    }
    let (a, b, c) = (parsed(&new), parsed(&first), parsed(&second));
    let olds = [b.as_known().unwrap(), c.as_known().unwrap()];
    let found = permits_beyond(a.as_known().unwrap(), &olds, &context());
    for gain in found.iter().filter(|it| it.holds == Truth::Yes) {
        let witness = gain.witness.as_ref().unwrap();
        let request = Req {
            principal: witness.principal.clone().leak(),
            action: witness.action.clone().leak(),
            resource: witness.resource.clone(),
            context: witness.context.clone(),
        };
        prop_assert!(allowed(&new, &request), "not allowed: {request:?}\nnew {new}");
        prop_assert!(!allowed(&first, &request) && !allowed(&second, &request), "{request:?}\n{first}\n{second}");
    }
    for ((principal, power), request) in gained(&new, &[&first, &second], &keys) {
        let fits = |it: &Grant| it.power == power && covers(it, principal);
        prop_assert!(found.iter().any(fits), "{request:?} is gained\nnew {new}\n{first}\n{second}\n{found:#?}");
    }
    Ok(())
}

#[test]
fn engine_and_oracle_agree_on_two_old_policies() {
    let cases = std::env::var("ORACLE_PAIRS").ok().and_then(|it| it.parse().ok()).unwrap_or(60);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 60, ..Config::default() };
    let result = TestRunner::new(config).run(&prop::collection::vec(any::<u8>(), 240), |bytes| check_two(&bytes));
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// What the world's requests get from each policy of a batch, worked out once: a bit per request, by caller and power.
struct Table {
    requests: Vec<Req>,
    /// Requests of one caller for one power: where they begin and end.
    parts: Vec<(&'static str, Power, std::ops::Range<usize>)>,
}

impl Table {
    fn new(keys: &BTreeSet<&str>) -> Self {
        let callers: &[&'static str] =
            if keys.is_empty() { &[ANONYMOUS, STRANGER, NAMED, SERVICE] } else { &[ANONYMOUS, STRANGER] };
        let (mut requests, mut parts) = (Vec::new(), Vec::new());
        for principal in callers {
            let mut contexts = vec![BTreeMap::new()];
            for key in keys {
                let values = world(key, *principal == ANONYMOUS, &[]);
                let with = |context: &BTreeMap<String, Vec<String>>, value: &Vec<String>| {
                    let mut context = context.clone();
                    if !value.is_empty() {
                        context.insert((*key).to_owned(), value.clone());
                    }
                    context
                };
                contexts = contexts.iter().flat_map(|it| values.iter().map(move |value| with(it, value))).collect();
            }
            for power in [Power::Read, Power::List, Power::Write, Power::Delete] {
                let start = requests.len();
                for (action, _, on_bucket) in WORLD.into_iter().filter(|it| it.1 == power) {
                    let objects = strings(2).iter().map(|it| format!("arn:aws:s3:::bkt/{it}")).collect();
                    let resources: Vec<String> = if on_bucket { vec!["arn:aws:s3:::bkt".to_owned()] } else { objects };
                    for resource in resources {
                        let request = |context: &BTreeMap<_, _>| Req {
                            principal,
                            action,
                            resource: resource.clone(),
                            context: context.clone(),
                        };
                        requests.extend(contexts.iter().map(request));
                    }
                }
                parts.push((*principal, power, start..requests.len()));
            }
        }
        Self { requests, parts }
    }

    fn bits(&self, policy: &Value) -> Vec<bool> {
        self.requests.iter().map(|it| allowed(policy, it)).collect()
    }
}

/// Every ordered pair of a batch of policies that speak of the same two keys.
#[test]
fn engine_and_oracle_agree_on_all_pairs_of_a_batch() {
    let batches: Option<u64> = std::env::var("ORACLE_BATCHES").ok().and_then(|it| it.parse().ok());
    let (batches, size) = batches.map_or((1, 12), |it| (it, 100));
    let (mut pairs, mut asked, mut gaining) = (0u64, 0u64, 0u64);
    let mut seed = 7u64;
    for _ in 0..batches {
        let bytes = || {
            std::iter::repeat_with(|| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                u8::try_from(seed >> 56).unwrap()
            })
            .take(180)
            .collect::<Vec<u8>>()
        };
        let mut keys = BTreeSet::new();
        let policies: Vec<Value> =
            std::iter::repeat_with(bytes).take(size).map(|it| policy(&mut Dice(it.iter()), &mut keys)).collect();
        let table = Table::new(&keys);
        let bits: Vec<Vec<bool>> = policies.iter().map(|it| table.bits(it)).collect();
        asked += (table.requests.len() * policies.len()) as u64;
        let parsed: Vec<Attr<Policy>> = policies.iter().map(parsed).collect();
        for (new, old) in (0..size).flat_map(|new| (0..size).map(move |old| (new, old))).filter(|(new, old)| new != old)
        {
            pairs += 1;
            let found = permits_more(parsed[new].as_known().unwrap(), parsed[old].as_known().unwrap(), &context());
            let told = || format!("new {}\nold {}\n{found:#?}", policies[new], policies[old]);
            for (principal, power, part) in &table.parts {
                let more = part.clone().find(|at| bits[new][*at] && !bits[old][*at]);
                let Some(at) = more else { continue };
                gaining += 1;
                let fits = found.iter().any(|it| it.power == *power && covers(it, principal));
                assert!(fits, "{:?} is gained\n{}", table.requests[at], told());
            }
            for witness in found.iter().filter(|it| it.holds == Truth::Yes).filter_map(|it| it.witness.as_ref()) {
                let request = Req {
                    principal: witness.principal.clone().leak(),
                    action: witness.action.clone().leak(),
                    resource: witness.resource.clone(),
                    context: witness.context.clone(),
                };
                assert!(
                    allowed(&policies[new], &request) && !allowed(&policies[old], &request),
                    "{request:?}\n{}",
                    told()
                );
            }
        }
    }
    println!("{pairs} pairs, {gaining} gains of a caller and a power, {asked} requests worked out");
}

/// A witness has values that AWS gives: under a key of addresses an address.
#[test]
fn a_witness_outside_every_range_is_an_address() {
    let allow = |condition: Value| {
        json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::bkt/*", "Condition": condition}]})
    };
    let new = allow(json!({"Null": {"aws:SourceIp": "false"}}));
    let old = allow(json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}));
    let found = gains(&new, &old);
    let address = |it: &Grant| it.witness.as_ref().unwrap().context["aws:SourceIp"][0].clone();
    assert!(
        !found.is_empty() && found.iter().all(|it| address(it).parse::<std::net::Ipv6Addr>().is_ok()),
        "{found:#?}"
    );
}

fn covers(grant: &Grant, principal: &str) -> bool {
    match grant.audience {
        Audience::Anonymous => true,
        Audience::AnyAccount => principal != ANONYMOUS,
        Audience::Account(_) => principal == NAMED,
        Audience::Service(_) => principal == SERVICE,
    }
}

/// Where `a` permits no more than `b`, and `b` no more than `c`, `a` permits no more than `c`.
#[test]
fn no_more_is_transitive() {
    let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&prop::collection::vec(any::<u8>(), 120), |bytes| {
        let (mut dice, mut keys) = (Dice(bytes.iter()), BTreeSet::new());
        let c = policy(&mut dice, &mut keys);
        // Fewer Allows, more Denies: each step narrows.
        let narrower = |from: &Value, dice: &mut Dice<'_>, keys: &mut BTreeSet<&'static str>| {
            let mut all = from["Statement"].as_array().unwrap().clone();
            all.extend(policy(dice, keys)["Statement"].as_array().unwrap().iter().cloned().map(|mut it| {
                it["Effect"] = json!("Deny");
                it
            }));
            json!({"Version": "2012-10-17", "Statement": all})
        };
        let b = narrower(&c, &mut dice, &mut keys);
        let a = narrower(&b, &mut dice, &mut keys);
        prop_assert!(gains(&b, &c).is_empty() && gains(&a, &b).is_empty(), "{a}\n{b}\n{c}");
        prop_assert!(gains(&a, &c).is_empty(), "{a}\n{c}");
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// The older version of the language takes `${…}` for letters: the same statement in the other version is another one.
#[test]
fn the_version_decides_what_a_variable_is() {
    let policy = |version: &str, resource: &str, effect: &str| {
        let own = json!({"Effect": effect, "Principal": "*", "Action": "s3:GetObject", "Resource": resource});
        let all = match effect {
            "Deny" => {
                json!([own, {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bkt/*"}])
            }
            _ => json!([own]),
        };
        json!({"Version": version, "Statement": all})
    };
    let (new, old) = ("2012-10-17", "2008-10-17");
    for resource in ["arn:aws:s3:::bkt/${*}", "arn:aws:s3:::bkt/${aws:username}/*"] {
        for effect in ["Allow", "Deny"] {
            let (a, b) = (policy(new, resource, effect), policy(old, resource, effect));
            let holds = |new: &Value, old: &Value| gains(new, old).iter().map(|it| it.holds).max().unwrap_or(Truth::No);
            assert!(
                holds(&a, &b) != Truth::No || holds(&b, &a) != Truth::No,
                "{effect} {resource}: another version, and no change"
            );
            assert_eq!(holds(&a, &a), Truth::No, "{effect} {resource}");
            assert_eq!(holds(&b, &b), Truth::No, "{effect} {resource}");
        }
    }
    let plain = "arn:aws:s3:::bkt/*";
    assert!(gains(&policy(new, plain, "Allow"), &policy(old, plain, "Allow")).is_empty());
}

/// A caller with the ARN of a principal that is named is that principal.
#[test]
fn a_stranger_has_no_named_arn() {
    let role = "arn:aws:iam::222222222222:role/ir";
    let named = json!({"Effect": "Allow", "Principal": {"AWS": role}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bkt/*"});
    let open = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bkt/*"});
    let but = |who: &str| {
        json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::bkt/*",
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": who}}})
    };
    let policy = |all: Value| json!({"Version": "2012-10-17", "Statement": all});
    let old = policy(json!([named]));
    assert_eq!(gains(&policy(json!([open, but(role)])), &old), []);
    // Another role of that account is not named, and gains.
    let other = gains(&policy(json!([open, but("arn:aws:iam::222222222222:role/*")])), &old);
    assert!(other.iter().any(|it| it.holds == Truth::Yes), "{other:#?}");
}
