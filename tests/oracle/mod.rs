//! A stupid evaluator of resource policies, from AWS's documentation, sharing no code with the engine: it works on JSON
//! and tries every request of a small finite world.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

pub mod random;

use std::collections::BTreeMap;

use serde_json::Value;

/// A request. Values under a key that it lacks are not in `context`.
#[derive(Clone, Debug)]
pub struct Req {
    pub principal: &'static str,
    pub action: &'static str,
    pub resource: String,
    pub context: BTreeMap<String, Vec<String>>,
}

/// Allowed: some Allow statement applies and no Deny statement does.
pub fn allowed(policy: &Value, request: &Req) -> bool {
    let applies =
        |effect: &str| list(&policy["Statement"]).iter().any(|it| it["Effect"] == effect && matches(it, request));
    applies("Allow") && !applies("Deny")
}

fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn matches(statement: &Value, request: &Req) -> bool {
    let either =
        |element: &str, test: &dyn Fn(&Value) -> bool| match (&statement[element], &statement[format!("Not{element}")])
        {
            (Value::Null, not) => !test(not),
            (yes, _) => test(yes),
        };
    let any = |it: &Value, subject: &str| list(it).iter().any(|it| glob(&text(it), subject));
    either("Principal", &|it| names(it, request.principal))
        && either("Action", &|it| any(&lower(it), &request.action.to_lowercase()))
        && either("Resource", &|it| any(it, &request.resource))
        && conditions(&statement["Condition"], request)
}

fn lower(value: &Value) -> Value {
    list(value).iter().map(|it| Value::from(text(it).to_lowercase())).collect()
}

fn names(principal: &Value, caller: &str) -> bool {
    if principal == "*" {
        return true;
    }
    let account = caller.split(':').nth(4).unwrap_or("-");
    list(&principal["AWS"])
        .iter()
        .map(text)
        .any(|it| it == "*" || it == caller || it == account || it == format!("arn:aws:iam::{account}:root"))
        || list(&principal["Service"]).iter().any(|it| text(it) == caller)
}

/// `*` and `?`, by trying everything.
fn glob(pattern: &str, subject: &str) -> bool {
    match pattern.chars().next() {
        None => subject.is_empty(),
        Some('*') => {
            let rest = &pattern[1..];
            (0..=subject.len()).any(|at| subject.is_char_boundary(at) && glob(rest, &subject[at..]))
        }
        Some('?') => subject.chars().next().is_some_and(|it| glob(&pattern[1..], &subject[it.len_utf8()..])),
        Some(c) => subject.strip_prefix(c).is_some_and(|it| glob(&pattern[c.len_utf8()..], it)),
    }
}

fn conditions(block: &Value, request: &Req) -> bool {
    let Some(operators) = block.as_object() else { return true };
    operators.iter().all(|(operator, keys)| {
        keys.as_object().unwrap().iter().all(|(key, values)| {
            let found = request.context.iter().find(|(it, _)| it.eq_ignore_ascii_case(key)).map(|(_, it)| it.clone());
            let values: Vec<String> = list(values).iter().map(text).collect();
            condition(operator, found.unwrap_or_default(), &values)
        })
    })
}

fn condition(operator: &str, found: Vec<String>, values: &[String]) -> bool {
    if operator == "Null" {
        return values.iter().any(|it| (it == "true") == found.is_empty());
    }
    let (set, rest) = operator.split_once(':').unwrap_or(("", operator));
    let (base, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |it| (it, true));
    let negated = base.contains("Not");
    let positive = base.replace("Not", "");
    if found.is_empty() {
        return if_exists || set == "ForAllValues" || (negated && set.is_empty());
    }
    let one = |it: &String| values.iter().any(|value| compare(&positive, it, value)) != negated;
    if set == "ForAllValues" { found.iter().all(one) } else { found.iter().any(one) }
}

fn compare(operator: &str, found: &str, value: &str) -> bool {
    let number = |it: &str| it.parse::<f64>().unwrap();
    match operator {
        "StringEquals" => found == value,
        "StringEqualsIgnoreCase" => found.to_lowercase() == value.to_lowercase(),
        "StringLike" => glob(value, found),
        "ArnLike" | "ArnEquals" => {
            let (mut a, mut b) = (value.splitn(6, ':'), found.splitn(6, ':'));
            (0..6).all(|_| glob(a.next().unwrap(), b.next().unwrap()))
        }
        "Bool" => found.to_lowercase() == value.to_lowercase(),
        "NumericEquals" => number(found) == number(value),
        "NumericLessThan" => number(found) < number(value),
        "NumericLessThanEquals" => number(found) <= number(value),
        "NumericGreaterThan" => number(found) > number(value),
        "NumericGreaterThanEquals" => number(found) >= number(value),
        // The ranges of this world are of version 4.
        "IpAddress" if found.contains(':') => false,
        "IpAddress" => {
            let (network, prefix) = value.split_once('/').unwrap_or((value, "32"));
            let bits = |it: &str| it.split('.').fold(0u64, |all, it| all * 256 + it.parse::<u64>().unwrap());
            let shift = 32 - prefix.parse::<u32>().unwrap();
            bits(found) >> shift == bits(network) >> shift
        }
        other => panic!("the oracle does not know {other}"),
    }
}

/// Every string over `abc` with one to `longest` characters.
pub fn strings(longest: usize) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut last = vec![String::new()];
    for _ in 0..longest {
        last = last.iter().flat_map(|it| ["a", "b", "c"].map(|c| format!("{it}{c}"))).collect();
        all.extend(last.clone());
    }
    all
}

/// The values that a caller without credentials, or a user of an account that no policy names, can have under a key; an
/// empty list is the key's absence. Availability:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>.
pub fn world(key: &str, anonymous: bool, literals: &[String]) -> Vec<Vec<String>> {
    let absent = vec![Vec::new()];
    let with = |values: Vec<String>| [absent.clone(), values.into_iter().map(|it| vec![it]).collect()].concat();
    let own = |values: Vec<String>| values.into_iter().filter(|it| !literals.contains(it)).collect::<Vec<_>>();
    match key {
        "aws:Referer" => with(strings(2).into_iter().chain(["AB".to_owned()]).chain(literals.to_vec()).collect()),
        "aws:SourceVpce" => with(own(strings(2).iter().map(|it| format!("vpce-{it}")).collect())),
        "aws:PrincipalOrgID" if anonymous => absent,
        "aws:PrincipalOrgID" => with(own(strings(2).iter().map(|it| format!("o-{it}")).collect())),
        "aws:PrincipalArn" if anonymous => absent,
        "aws:PrincipalArn" => {
            strings(2).iter().map(|it| vec![format!("arn:aws:iam::999999999999:user/{it}")]).collect()
        }
        "aws:SecureTransport" => vec![vec!["true".to_owned()], vec!["false".to_owned()]],
        "s3:TlsVersion" => with(["1.0", "1.1", "1.15", "1.2", "1.25", "1.3", "1.4"].map(str::to_owned).to_vec()),
        // Ranges up to /8 are fixed ones, and private addresses do not reach S3: what is left to strangers.
        "aws:SourceIp" => with(own_addresses(literals)),
        "aws:CalledVia" if anonymous => absent,
        "aws:CalledVia" => {
            let few = ["a", "b", "ab", "cc", "cb"].map(str::to_owned);
            let one: Vec<Vec<String>> = few.into_iter().chain(literals.to_vec()).map(|it| vec![it]).collect();
            let pairs = one.iter().flat_map(|a| one.iter().map(|b| [a.clone(), b.clone()].concat()));
            [absent, one.clone(), pairs.collect()].concat()
        }
        other => panic!("the oracle does not know {other}"),
    }
}

fn own_addresses(literals: &[String]) -> Vec<String> {
    let fixed: Vec<&String> = literals
        .iter()
        .filter(|it| it.split_once('/').is_some_and(|(_, prefix)| prefix.parse::<u32>().is_ok_and(|it| 8 <= it)))
        .collect();
    let all = ["203.0.113.5", "203.0.114.5", "198.51.100.7", "8.8.8.8", "130.0.0.1"].map(str::to_owned);
    all.into_iter().filter(|it| !fixed.iter().any(|range| compare("IpAddress", it, range))).collect()
}
