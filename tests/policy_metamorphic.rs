//! Changes to a policy that may only narrow, only widen, or change nothing.
#![expect(clippy::indexing_slicing, clippy::panic, reason = "test helpers")]

use bucketlint::policy::{Audience, Context, Grant, Power, grants, parse, public_status};
use bucketlint::value::{Origin, Truth, Val};
use serde_json::{Value, json};

fn context() -> Context {
    Context { own_account: Some("111111111111".to_owned()), ..Context::default() }
}

fn found(document: &Value) -> Vec<Grant> {
    let parsed = parse(&Val::string(document.to_string(), Origin::default()));
    let Some(policy) = parsed.as_known() else { panic!("{document}") };
    grants(policy, &context())
}

/// How far anyone, and anyone with an account, gets: one truth for each audience and power.
fn reach(document: &Value) -> Vec<Truth> {
    let found = found(document);
    let powers = [Power::Read, Power::List, Power::Write, Power::Delete, Power::Control, Power::Inspect];
    let most = |wide: &[Audience], power: Power| {
        let fits = found.iter().filter(|it| it.power == power && wide.contains(&it.audience));
        fits.map(|it| it.holds).max().unwrap_or(Truth::No)
    };
    let anonymous = powers.map(|it| most(&[Audience::Anonymous], it));
    let any = powers.map(|it| most(&[Audience::Anonymous, Audience::AnyAccount], it));
    [anonymous, any].concat()
}

fn document(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn statements() -> Vec<Value> {
    let base = |effect: &str, action: Value, resource: &str| json!({"Effect": effect, "Principal": "*", "Action": action, "Resource": resource});
    let mut out = Vec::new();
    for effect in ["Allow", "Deny"] {
        for action in [json!("s3:GetObject"), json!("s3:*"), json!(["s3:Get*", "s3:List*"])] {
            for resource in ["arn:aws:s3:::b/*", "arn:aws:s3:::b*", "arn:aws:s3:::b/a*", "arn:aws:s3:::b"] {
                out.push(base(effect, action.clone(), resource));
            }
        }
    }
    out
}

fn conditions() -> Vec<Value> {
    vec![
        json!({"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}),
        json!({"StringLike": {"aws:Referer": "https://a/*"}}),
        json!({"Bool": {"aws:SecureTransport": "true"}}),
        json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        json!({"StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}),
        json!({"ForAllValues:StringEquals": {"aws:CalledVia": ["athena.amazonaws.com"]}}),
        json!({"Null": {"aws:PrincipalArn": "false"}}),
        json!({"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
    ]
}

fn with(statement: &Value, condition: &Value) -> Value {
    let mut out = statement.clone();
    out["Condition"] = condition.clone();
    out
}

fn check_narrower(narrow: &Value, wide: &Value) {
    let (narrow_reach, wide_reach) = (reach(narrow), reach(wide));
    assert!(narrow_reach.iter().zip(&wide_reach).all(|(a, b)| a <= b), "{narrow} reaches further than {wide}");
}

#[test]
fn a_deny_and_a_condition_never_widen_and_an_allow_never_narrows() {
    for first in statements() {
        let alone = document(std::slice::from_ref(&first));
        for condition in conditions() {
            let conditioned = document(&[with(&first, &condition)]);
            if first["Effect"] == "Allow" {
                check_narrower(&conditioned, &alone);
            }
        }
        for second in statements() {
            for condition in conditions() {
                let both = document(&[first.clone(), with(&second, &condition)]);
                if second["Effect"] == "Deny" {
                    check_narrower(&both, &alone);
                } else {
                    check_narrower(&alone, &both);
                }
            }
        }
    }
}

#[test]
fn order_and_spelling_change_nothing() {
    for first in statements() {
        for second in statements() {
            let condition = conditions()[0].clone();
            let second = with(&second, &condition);
            let (one, other) = (document(&[first.clone(), second.clone()]), document(&[second.clone(), first.clone()]));
            assert_eq!(reach(&one), reach(&other), "{one}");
            let mut spelled = second.clone();
            spelled["Principal"] = json!({"AWS": ["*"]});
            spelled["Resource"] = json!([spelled["Resource"]]);
            spelled["Condition"] = json!({"StringLike": {"AWS:principalorgid": ["o-abcdefghij"]}});
            assert_eq!(reach(&one), reach(&document(&[first.clone(), spelled])), "{one}");
        }
    }
}

#[test]
fn split_ranges_and_root_arns_say_the_same() {
    let allow = |condition: Value| {
        let it = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b*"});
        document(&[with(&it, &condition)])
    };
    let ip = |ranges: Value| allow(json!({"IpAddress": {"aws:SourceIp": ranges}}));
    assert_eq!(reach(&ip(json!("203.0.113.0/24"))), reach(&ip(json!(["203.0.113.0/25", "203.0.113.128/25"]))));
    assert_eq!(reach(&ip(json!("0.0.0.0/0"))), reach(&ip(json!(["0.0.0.0/1", "128.0.0.0/1"]))));
    let to = |principal: &str| {
        let principal = json!({"AWS": principal});
        document(&[json!({"Effect": "Allow", "Principal": principal, "Action": "s3:*", "Resource": "arn:aws:s3:::b*"})])
    };
    let powers = |it: &Value| found(it).iter().map(|it| (it.power, it.holds)).collect::<Vec<_>>();
    assert_eq!(powers(&to("222222222222")), powers(&to("arn:aws:iam::222222222222:root")));
}

/// Bad input of every kind: an answer in bounded time, and never "not public" because something was not understood.
#[test]
fn bad_input_is_never_fine() {
    let open = r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;
    let cases = [
        "{".to_owned(),
        "[".repeat(10_000),
        format!(r#"{{"Statement":[{open},"#),
        format!(r#"{{"Statement":"{}"}}"#, "x".repeat(20_000)),
        open.replace("Effect", "effect").replace('{', r#"{"Statement":{"#).replace("}", "}}"),
        format!(r#"{{"Statement":{}}}"#, open.replace("\"Allow\"", "\"allow\"")),
        format!(r#"{{"Statement":{}}}"#, open.replace("\"Action\":\"s3:GetObject\"", "\"Action\":{\"a\":1}")),
        format!(r#"{{"Statement":{}}}"#, open.replace("b/*\"}", "b/*\",\"Condition\":{\"Nonsense\":{\"a:b\":\"c\"}}}")),
        format!(r#"{{"Statement":{}}}"#, open.replace("b/*\"}", "b/*\",\"Condition\":[1]}")),
    ];
    for text in cases {
        let shown: String = text.chars().take(120).collect();
        let parsed = parse(&Val::string(text, Origin::default()));
        let Some(policy) = parsed.as_known() else { panic!("{shown}") };
        assert_ne!(public_status(policy, &context()).public, Truth::No, "{shown}");
        assert!(grants(policy, &context()).iter().any(|it| it.holds != Truth::No), "{shown}");
        assert!(!policy.notes.is_empty() || policy.rest.is_some(), "{shown}");
    }
}

#[test]
fn large_policies_are_bounded() {
    let many = |count: usize, deny: &str| {
        let of = |at: usize| {
            let effect = if at.is_multiple_of(2) { "Allow" } else { deny };
            let resource = format!("arn:aws:s3:::b/*{at}*{}*", at * 7);
            json!({"Effect": effect, "Principal": "*", "Action": "s3:GetObject", "Resource": resource,
                   "Condition": {"StringLike": {"aws:Referer": format!("*{at}*")}}})
        };
        document(&(0..count).map(of).collect::<Vec<_>>())
    };
    assert!(found(&many(60, "Deny")).iter().all(|it| it.witness.is_some() || it.why.is_some()));
    let principals: Vec<_> = (0..1000).map(|it| format!("{:012}", 222_222_220_000_u64 + it)).collect();
    let wide = json!({"Effect": "Allow", "Principal": {"AWS": principals}, "Action": "s3:GetObject",
                      "Resource": "arn:aws:s3:::b/*"});
    assert_eq!(found(&document(&[wide])).len(), 1000);
}
