//! The engine against the oracle: random policies, every request of a small world, no disagreement.
//!
//! `ORACLE_POLICIES` sets how many policies are tried (default 100).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "test helpers")]

mod oracle;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use bucketlint::policy::{Audience, Context, Grant, Policy, Power, Request, allows, grants, parse};
use bucketlint::value::{Origin, Truth, Val};
use oracle::{Req, allowed, strings, world};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

/// Choices, drawn from random bytes: proptest shrinks the bytes and with them the policy.
struct Dice<'a>(std::slice::Iter<'a, u8>);

impl Dice<'_> {
    fn below(&mut self, count: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % count
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    fn some<T: Clone>(&mut self, from: &[T]) -> Vec<T> {
        (0..=self.below(2)).map(|_| self.pick(from)).collect()
    }
}

const ACTIONS: [&str; 9] = [
    "s3:GetObject",
    "s3:*",
    "s3:GetObject*",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:DeleteObject*",
    "s3:ListBucket",
    "S3:listbucket*",
    "*",
];
const GLOBS: [&str; 12] = ["*", "a*", "*b", "ab", "a", "a?", "?b*", "b*", "ab*", "*a*", "??", "c"];

fn statement(dice: &mut Dice<'_>, keys: &mut BTreeSet<&'static str>) -> Value {
    let mut out = json!({ "Effect": dice.pick(&["Allow", "Deny"]) });
    let principal = match dice.below(8) {
        0 => json!({"AWS": "222222222222"}),
        1 => json!({"AWS": ["*"]}),
        2 => json!({"Service": "logging.s3.amazonaws.com"}),
        _ => json!("*"),
    };
    let not = |dice: &mut Dice<'_>| if dice.below(6) == 5 { "Not" } else { "" };
    let element = if principal != "*" && dice.below(4) == 3 { "NotPrincipal" } else { "Principal" };
    out[element] = principal;
    out[format!("{}Action", not(dice))] = json!(dice.some(&ACTIONS));
    let resources: Vec<String> = GLOBS.iter().map(|it| format!("arn:aws:s3:::bkt/{it}")).collect();
    let whole = ["arn:aws:s3:::bkt", "arn:aws:s3:::bkt*", "*", "arn:aws:s3:::bkt/*"].map(str::to_owned);
    let all = [resources, whole.to_vec()].concat();
    out[format!("{}Resource", not(dice))] = json!(dice.some(&all));
    for _ in 0..dice.below(3) {
        condition(dice, keys, &mut out);
    }
    out
}

fn condition(dice: &mut Dice<'_>, keys: &mut BTreeSet<&'static str>, out: &mut Value) {
    let key = dice.pick(&[
        "aws:Referer",
        "aws:SourceVpce",
        "aws:PrincipalOrgID",
        "aws:SecureTransport",
        "s3:TlsVersion",
        "aws:SourceIp",
        "aws:CalledVia",
        "aws:PrincipalArn",
    ]);
    // The world is a product: two keys at most keep it small.
    if !keys.contains(key) && 2 <= keys.len() {
        return;
    }
    keys.insert(key);
    let texts = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"];
    let prefixed = |prefix: &str| GLOBS.map(|it| format!("{prefix}{it}")).to_vec();
    let set = |dice: &mut Dice<'_>, key: &str| match (key, dice.below(8)) {
        ("aws:CalledVia", 0..=3) | (_, 0) => "ForAllValues:",
        ("aws:CalledVia", _) | (_, 1) => "ForAnyValue:",
        _ => "",
    };
    let (operator, values) = match key {
        "aws:SecureTransport" => ("Bool", vec![dice.pick(&["true", "false"]).to_owned()]),
        "s3:TlsVersion" => {
            let all = [
                "NumericLessThan",
                "NumericGreaterThanEquals",
                "NumericEquals",
                "NumericNotEquals",
                "NumericGreaterThan",
            ];
            (dice.pick(&all), vec![dice.pick(&["1.1", "1.2", "1.3"]).to_owned()])
        }
        "aws:SourceIp" => {
            let all = ["203.0.113.0/24", "198.0.0.0/7", "0.0.0.0/0", "10.0.0.0/8", "0.0.0.0/1"].map(str::to_owned);
            (dice.pick(&["IpAddress", "NotIpAddress"]), dice.some(&all))
        }
        "aws:PrincipalArn" => {
            let all =
                ["arn:aws:iam::333333333333:*", "arn:aws:iam::*:user/a*", "arn:*:iam::*:user/?b", "arn:aws:iam::*:*"];
            (dice.pick(&["ArnLike", "ArnNotLike"]), dice.some(&all.map(str::to_owned)))
        }
        "aws:SourceVpce" => (dice.pick(&texts), dice.some(&prefixed("vpce-"))),
        "aws:PrincipalOrgID" => (dice.pick(&texts), dice.some(&prefixed("o-"))),
        _ => (dice.pick(&texts), dice.some(&prefixed(""))),
    };
    let (operator, values) = match dice.below(10) {
        0 => ("Null".to_owned(), vec![dice.pick(&["true", "false"]).to_owned()]),
        roll => (format!("{}{operator}{}", set(dice, key), if roll == 1 { "IfExists" } else { "" }), values),
    };
    out["Condition"][operator][key] = json!(values);
}

/// Actions of the small world, with their power and whether they act on the bucket. Other actions behave like one of
/// these under the patterns above.
const WORLD: [(&str, Power, bool); 12] = [
    ("s3:GetObject", Power::Read, false),
    ("s3:GetObjectVersion", Power::Read, false),
    ("s3:ListBucket", Power::List, true),
    ("s3:ListBucketVersions", Power::List, true),
    ("s3:ListMultipartUploadParts", Power::List, false),
    ("s3:PutObject", Power::Write, false),
    ("s3:RestoreObject", Power::Write, false),
    ("s3:DeleteObject", Power::Delete, false),
    ("s3:DeleteObjectVersion", Power::Delete, false),
    ("s3:ReplicateDelete", Power::Delete, false),
    ("s3:DeleteBucket", Power::Delete, true),
    ("s3:DeleteObjectTagging", Power::Write, false),
];

static REQUESTS: AtomicU64 = AtomicU64::new(0);

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let mut dice = Dice(bytes.iter());
    let mut keys = BTreeSet::new();
    let statements: Vec<Value> = (0..=dice.below(4)).map(|_| statement(&mut dice, &mut keys)).collect();
    let document = json!({"Version": "2012-10-17", "Statement": statements});
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
