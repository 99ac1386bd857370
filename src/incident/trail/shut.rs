//! A policy that denies everything to everybody but people of other accounts: it keeps the bucket's own account out.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>: the root user of the owner's account may still take it away.

use std::collections::BTreeSet;

use crate::frontend::live::State;
use crate::policy::{self, Condition, Effect, PrincipalKind, Statement};
use crate::value::{Origin, SymStr, Val, Value, is_account_id};

/// What says who somebody is.
const KEYS: [&str; 2] = ["aws:principalarn", "aws:principalaccount"];
const UNLIKE: [&str; 5] =
    ["arnnotequals", "arnnotlike", "stringnotequals", "stringnotequalsignorecase", "stringnotlike"];

/// The accounts that a policy leaves in, where a Deny of it keeps out everybody else, the bucket's own account too.
pub(super) fn leaves_in(policy: Option<&State>, own: Option<&str>) -> Option<BTreeSet<String>> {
    let (text, own) = (policy?.value()?.get("Policy")?.as_str()?, own?);
    let Value::Known(policy) = policy::parse(&Val::string(text, Origin::default())).value else { return None };
    policy.statements.iter().filter(|it| denies_all(it)).filter_map(excepted).find(|it| !it.contains(own))
}

fn denies_all(it: &Statement) -> bool {
    let is_all = |it: &SymStr| it.known().is_some_and(|it| it == "*" || it.eq_ignore_ascii_case("s3:*"));
    it.effect.as_known() == Some(&Effect::Deny)
        && !it.actions.negated
        && it.actions.items.iter().any(|it| is_all(&it.0))
}

/// The accounts of those whom a Deny leaves out; nothing where not all of them are known, or it leaves out others, too.
fn excepted(it: &Statement) -> Option<BTreeSet<String>> {
    let people = &it.principals;
    let named: Vec<&SymStr> = if people.negated {
        let is_person = |kind: PrincipalKind| kind == PrincipalKind::Aws;
        let is_known = |kind: PrincipalKind| is_person(kind) || kind == PrincipalKind::Service;
        let is_whole = it.conditions.is_empty() && people.items.iter().all(|it| is_known(it.kind));
        is_whole.then(|| people.items.iter().filter(|it| is_person(it.kind)).map(|it| &it.text).collect())?
    } else {
        let is_everyone = people.items.iter().any(|it| it.kind == PrincipalKind::Anyone);
        let is_whole = is_everyone && it.conditions_rest.is_none() && it.conditions.iter().all(is_unlike);
        is_whole.then(|| it.conditions.iter().flat_map(|it| &it.values).map(|it| &it.0).collect())?
    };
    let accounts: Option<BTreeSet<String>> = named.into_iter().map(account).collect();
    accounts.filter(|it| !it.is_empty())
}

fn is_unlike(it: &Condition) -> bool {
    let operator = it.operator.to_ascii_lowercase();
    let operator = operator.strip_suffix("ifexists").unwrap_or(&operator);
    let is_who = it.key.known().is_some_and(|it| KEYS.contains(&it.to_ascii_lowercase().as_str()));
    UNLIKE.contains(&operator) && is_who && it.rest.is_none()
}

fn account(who: &SymStr) -> Option<String> {
    let text = who.known()?;
    let id = if text.starts_with("arn:") { text.split(':').nth(4)? } else { text.as_ref() };
    is_account_id(id).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::claims::{OTHER, OWN, event, opened, run};

    fn told(statement: &Json) -> bool {
        let mut document = statement.clone();
        document["Effect"] = document.get("Effect").cloned().unwrap_or_else(|| json!("Deny"));
        document["Resource"] = json!(["arn:aws:s3:::data", "arn:aws:s3:::data/*"]);
        let policy = json!({ "Version": "2012-10-17", "Statement": [document] });
        let put =
            |time: &str| event(time, "PutBucketPolicy", OWN, &json!({ "bucketName": "data", "bucketPolicy": policy }));
        // The same again is no news.
        let found = run(&[opened(), vec![put("2026-11-05T00:00:00Z"), put("2026-11-06T00:00:00Z")]].concat());
        let signs: Vec<&String> = found.signs.iter().filter(|it| it.contains("only the root user can still")).collect();
        assert!(signs.len() < 2 && signs.iter().all(|it| it.contains(OTHER)), "{signs:?}");
        !signs.is_empty()
    }

    #[test]
    fn who_is_kept_out() {
        let foreign = format!("arn:aws:iam::{OTHER}:user/eve");
        let own = format!("arn:aws:iam::{OWN}:root");
        let unless = |operator: &str, key: &str, who: Json| json!({ "Principal": "*", "Action": "s3:*", "Condition": { operator: { key: who } } });
        for (statement, is_told) in [
            (json!({ "NotPrincipal": { "AWS": foreign }, "Action": "s3:*" }), true),
            (json!({ "NotPrincipal": { "AWS": [foreign, own] }, "Action": "s3:*" }), false),
            (json!({ "NotPrincipal": { "AWS": foreign }, "Action": "s3:PutObject" }), false),
            (json!({ "NotPrincipal": { "AWS": foreign }, "Action": "s3:*", "Effect": "Allow" }), false),
            (json!({ "NotPrincipal": { "Service": "logging.s3.amazonaws.com" }, "Action": "s3:*" }), false),
            (unless("ArnNotEquals", "aws:PrincipalArn", json!(foreign)), true),
            (unless("StringNotLike", "aws:PrincipalArn", json!([foreign])), true),
            (unless("StringNotEqualsIfExists", "aws:PrincipalAccount", json!(OTHER)), true),
            (unless("StringNotEquals", "aws:PrincipalAccount", json!([OTHER, OWN])), false),
            (unless("ArnNotLike", "aws:PrincipalArn", json!("arn:aws:iam::*:role/app")), false),
            (unless("StringEquals", "aws:PrincipalAccount", json!(OTHER)), false),
            (unless("StringNotEquals", "aws:SourceVpce", json!("vpce-1")), false),
            (unless("Bool", "aws:SecureTransport", json!("false")), false),
            (json!({ "Principal": "*", "Action": "s3:*" }), false),
        ] {
            assert_eq!(told(&statement), is_told, "{statement}");
        }
    }
}
