//! Tricky policies, each with the words of AWS's page that decide it: `testdata/policies/cases.jsonl`.
//!
//! The own account is 111122223333. `anonymous` and `any_account` are the most that such callers reach, whatever the power.

use bucketlint::policy::{Audience, Context, allows, grants, parse, public_status};
use bucketlint::value::{Origin, Truth, Val};
use serde_json::Value;

#[test]
fn cases() {
    let text = include_str!("../testdata/policies/cases.jsonl");
    let context = Context { own_account: Some("111122223333".to_owned()), ..Context::default() };
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        count += 1;
        assert!(case["page"].as_str().is_some_and(|it| it.starts_with("https://docs.aws.amazon.com/")), "{line}");
        let parsed = parse(&Val::string(case["policy"].to_string(), Origin::default()));
        let policy = parsed.as_known().unwrap();
        let found = grants(policy, &context);
        let reach = |wide: &[Audience]| {
            let fits = found.iter().filter(|it| wide.contains(&it.audience));
            fits.map(|it| it.holds).max().unwrap_or(Truth::No).as_str()
        };
        let got = [
            ("aws_policy_public", public_status(policy, &context).public.as_str()),
            ("anonymous", reach(&[Audience::Anonymous])),
            ("any_account", reach(&[Audience::Anonymous, Audience::AnyAccount])),
        ];
        for (name, got) in got {
            if case[name] != got {
                wrong.push(format!("{}: {name} is {got}, expected {} ({})", case["name"], case[name], case["says"]));
            }
        }
        for grant in found.iter().filter(|it| it.holds == Truth::Yes) {
            let decision = allows(policy, grant.witness.as_ref().unwrap(), &context);
            assert_eq!(decision.allowed, Truth::Yes, "{}: {grant:?}", case["name"]);
        }
    }
    assert!(wrong.is_empty(), "{} of {count} cases\n{}", wrong.len(), wrong.join("\n"));
    assert!(60 <= count, "{count}");
}
