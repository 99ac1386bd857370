//! Random policies over a small vocabulary, and the world in which their requests are tried.

use std::collections::BTreeSet;

use bucketlint::policy::Power;
use serde_json::{Value, json};

/// Choices, drawn from random bytes: proptest shrinks the bytes and with them the policy.
pub struct Dice<'a>(pub std::slice::Iter<'a, u8>);

impl Dice<'_> {
    pub fn below(&mut self, count: usize) -> usize {
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

/// A policy of one to four statements; `keys` gathers the condition keys that it speaks of, two at most.
pub fn policy(dice: &mut Dice<'_>, keys: &mut BTreeSet<&'static str>) -> Value {
    let statements: Vec<Value> = (0..=dice.below(4)).map(|_| statement(dice, keys)).collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// Actions of the small world, with their power and whether they act on the bucket. Other actions behave like one of
/// these under the patterns above.
pub const WORLD: [(&str, Power, bool); 12] = [
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
