//! A policy that denies every caller of the bucket's own account its objects, and to change the policy: the engine decides that, not how it is
//! spelled.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>: the root user of the owner's account may still take it away.

use std::collections::BTreeSet;

use crate::frontend::live::State;
use crate::policy::{self, BucketId, Condition, Context, Effect, Principal, PrincipalKind, Principals, Statement};
use crate::value::{Origin, SymStr, Truth, Val, Value, is_account_id};

/// What says who somebody is.
const KEYS: [&str; 3] = ["aws:principalarn", "aws:principalaccount", "aws:userid"];
const UNLIKE: [&str; 5] =
    ["arnnotequals", "arnnotlike", "stringnotequals", "stringnotequalsignorecase", "stringnotlike"];

/// A policy that keeps every caller of the bucket's own account from its objects.
pub(super) struct Shut {
    /// Other accounts that it excepts.
    left: BTreeSet<String>,
    /// Whether it keeps them from changing the policy, too.
    pub is_for_good: bool,
}

impl Shut {
    /// Nothing where it does not, or does not certainly; what nobody is excepted from and can be deleted harms nobody for long.
    pub fn of(policy: Option<&State>, own: Option<&str>, bucket: &str) -> Option<Self> {
        let (text, own) = (policy?.value()?.get("Policy")?.as_str()?, own?);
        let Value::Known(mut policy) = policy::parse(&Val::string(text, Origin::default())).value else { return None };
        let is_deny = |it: &&mut Statement| it.effect.as_known() == Some(&Effect::Deny);
        let mut left = BTreeSet::new();
        for it in policy.statements.iter_mut().filter(is_deny) {
            left.extend(excepted(it).into_iter().filter(|it| it != own));
            it.conditions.retain(|it| !is_of_others(it, own));
            without_services(&mut it.principals);
        }
        let bucket = BucketId { entity: None, name: Some(SymStr::text(bucket)) };
        let context = Context { bucket, own_account: Some(own.to_owned()), ..Context::default() };
        let condition = Some(("StringEquals", "aws:PrincipalAccount", own));
        let denies = |action: &str| policy::refuses(&policy, action, condition, &context) == Truth::Yes;
        if !denies("s3:GetObject") {
            return None;
        }
        let is_for_good = denies("s3:PutBucketPolicy") && denies("s3:DeleteBucketPolicy");
        (is_for_good || !left.is_empty()).then_some(Self { left, is_for_good })
    }

    /// One clause.
    pub fn told(&self) -> String {
        let left: Vec<&str> = self.left.iter().map(String::as_str).collect();
        let whom = if left.is_empty() {
            "to the whole of the bucket's own account".to_owned()
        } else {
            format!("to everybody but account {}, the bucket's own account too", left.join(", "))
        };
        if self.is_for_good {
            format!(
                "it denies objects and changes of the policy {whom}, of which only the root user can still delete the policy"
            )
        } else {
            format!("it denies objects {whom}; whoever may delete the policy there can still take that back")
        }
    }
}

/// The accounts of those whom a Deny leaves out, as far as they are told.
fn excepted(it: &Statement) -> BTreeSet<String> {
    let people = it.principals.items.iter().filter(|_| it.principals.negated);
    let people = people.filter(|it| it.kind == PrincipalKind::Aws).map(|it| &it.text);
    let values = it.conditions.iter().filter(|it| is_unlike(it)).flat_map(|it| &it.values).map(|it| &it.0);
    people.chain(values).filter_map(account).collect()
}

fn is_unlike(it: &Condition) -> bool {
    let operator = it.operator.to_ascii_lowercase();
    let operator = operator.strip_suffix("ifexists").unwrap_or(&operator);
    let is_who = it.key.known().is_some_and(|it| KEYS.contains(&it.to_ascii_lowercase().as_str()));
    UNLIKE.contains(&operator) && is_who && it.rest.is_none()
}

/// Whether a condition excepts unique ids beside the id of an account, which says whose they are, and that is not the own one.
fn is_of_others(it: &Condition, own: &str) -> bool {
    let is_id = it.key.known().is_some_and(|it| it.eq_ignore_ascii_case("aws:userid"));
    let accounts: Vec<String> = it.values.iter().filter_map(|it| account(&it.0)).collect();
    is_id && is_unlike(it) && !accounts.is_empty() && !accounts.iter().any(|it| it == own)
}

/// Callers of an account are no service: that one is excepted excepts none of them.
fn without_services(it: &mut Principals) {
    let is_person = |it: &Principal| it.kind != PrincipalKind::Service;
    if it.negated && it.items.iter().any(is_person) {
        it.items.retain(is_person);
    } else if it.negated {
        it.negated = false;
        it.items.truncate(1);
        for it in &mut it.items {
            (it.kind, it.text) = (PrincipalKind::Anyone, SymStr::text("*"));
        }
    }
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
        let signs = signs(statement);
        let is_for_good = |it: &&String| it.contains("only the root user can still");
        assert!(signs.iter().all(|it| is_for_good(&it)), "{signs:?}");
        !signs.is_empty()
    }

    fn signs(statement: &Json) -> Vec<String> {
        let mut document = statement.clone();
        document["Effect"] = document.get("Effect").cloned().unwrap_or_else(|| json!("Deny"));
        let all = json!(["arn:aws:s3:::data", "arn:aws:s3:::data/*"]);
        document["Resource"] = document.get("Resource").cloned().unwrap_or(all);
        let policy = json!({ "Version": "2012-10-17", "Statement": [document] });
        let put =
            |time: &str| event(time, "PutBucketPolicy", OWN, &json!({ "bucketName": "data", "bucketPolicy": policy }));
        // The same again is no news.
        let found = run(&[opened(), vec![put("2026-11-05T00:00:00Z"), put("2026-11-06T00:00:00Z")]].concat());
        let signs: Vec<String> = found.signs.into_iter().filter(|it| it.contains("it denies objects")).collect();
        assert!(signs.len() < 2, "{signs:?}");
        signs
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
            (json!({ "NotPrincipal": { "Service": "logging.s3.amazonaws.com" }, "Action": "s3:*" }), true),
            (
                json!({ "NotPrincipal": { "AWS": foreign, "Service": "logging.s3.amazonaws.com" }, "Action": "s3:*" }),
                true,
            ),
            (json!({ "Principal": { "AWS": own }, "Action": "s3:*" }), true),
            (json!({ "Principal": { "AWS": foreign }, "Action": "s3:*" }), false),
            (
                json!({ "Principal": "*", "Action": ["s3:GetObject", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"] }),
                true,
            ),
            (json!({ "Principal": "*", "Action": ["s3:PutBucketPolicy", "s3:DeleteBucketPolicy"] }), false),
            (
                json!({ "Principal": "*", "Action": ["s3:DeleteObject*", "s3:DeleteBucket*", "s3:PutBucketPolicy"] }),
                false,
            ),
            (json!({ "Principal": "*", "NotAction": "s3:ListAllMyBuckets" }), true),
            (json!({ "Principal": "*", "NotAction": "s3:DeleteBucketPolicy" }), false),
            (unless("StringNotLike", "aws:userid", json!(["AROAFOREIGN:*", OTHER])), true),
            (unless("StringNotLike", "aws:userId", json!(["AROAOWN:*", OWN])), false),
            (unless("StringNotLike", "aws:userid", json!(["AROAOWN:*"])), false),
            (unless("ArnNotEquals", "aws:PrincipalArn", json!(foreign)), true),
            (unless("StringNotLike", "aws:PrincipalArn", json!([foreign])), true),
            (unless("StringNotEqualsIfExists", "aws:PrincipalAccount", json!(OTHER)), true),
            (unless("StringNotEquals", "aws:PrincipalAccount", json!([OTHER, OWN])), false),
            (unless("ArnNotLike", "aws:PrincipalArn", json!("arn:aws:iam::*:role/app")), false),
            (unless("StringEquals", "aws:PrincipalAccount", json!(OTHER)), false),
            (unless("StringNotEquals", "aws:SourceVpce", json!("vpce-1")), false),
            (unless("Bool", "aws:SecureTransport", json!("false")), false),
            (json!({ "Principal": "*", "Action": "s3:*" }), true),
        ] {
            assert_eq!(told(&statement), is_told, "{statement}");
        }
    }

    /// What is about objects only keeps nobody from deleting the policy; what is about some of them keeps nobody out.
    #[test]
    fn what_is_kept() {
        let of = |resource: &str| {
            let unless = json!({ "StringNotEquals": { "aws:PrincipalAccount": OTHER } });
            signs(&json!({ "Principal": "*", "Action": "s3:*", "Resource": resource, "Condition": unless }))
        };
        let found = of("arn:aws:s3:::data/*");
        assert!(
            found.len() == 1 && found[0].contains("can still take that back") && found[0].contains(OTHER),
            "{found:?}"
        );
        assert!(of("arn:aws:s3:::data/partner/*").is_empty() && of("arn:aws:s3:::data").is_empty());
    }
}
