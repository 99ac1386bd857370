//! Statements of two policies: which were added, removed, changed. Spellings that mean the same are folded first.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>

use serde_json::{Map, Value as Json, json};

use crate::exposure::Options;
use crate::policy::glob;
use crate::value::is_account_id;

use super::super::said::Said;
use super::super::side::Subject;
use super::access::by_account;
use super::{BucketDiff, SettingChange, StatementChange, Undecided, document};

/// Compares the bucket policies.
pub(super) fn compare(old: &Subject<'_>, new: &Subject<'_>, diff: &mut BucketDiff) {
    if old.is_mute("policy") || new.is_mute("policy") {
        return;
    }
    for subject in [old, new] {
        if let Some(Said::Unknown(why)) = subject.sayings.get("policy") {
            diff.undecided.push(Undecided { feature: "policy".to_owned(), why: why.clone() });
            return;
        }
    }
    let options = new.options(&Options::default(), Some(old));
    let read = |it: &Subject<'_>| {
        let document = document(it.sayings.get("policy"))?;
        Some(by_account(document.get("Policy")?.as_str()?, &options).into_owned())
    };
    let (old, new) = (read(old), read(new));
    let parse = |it: Option<String>, diff: &mut BucketDiff| match it.map(|it| serde_json::from_str::<Json>(&it)) {
        None => Some(Json::Null),
        Some(Ok(it)) => Some(it),
        Some(Err(error)) => {
            diff.undecided
                .push(Undecided { feature: "policy".to_owned(), why: format!("the policy is not JSON: {error}") });
            None
        }
    };
    let (Some(old), Some(new)) = (parse(old, diff), parse(new, diff)) else { return };
    // The older version has no policy variables: it is another language.
    let version = |it: &Json| it.get("Version").and_then(Json::as_str).unwrap_or("2008-10-17").to_owned();
    if !old.is_null() && !new.is_null() && version(&old) != version(&new) {
        diff.settings.push(SettingChange {
            feature: "policy.Version".to_owned(),
            old: version(&old).into(),
            new: version(&new).into(),
        });
    }
    diff.statements.extend(changes(&statements(&old), &statements(&new)));
}

/// How the statements of two policies differ.
#[must_use]
pub fn statement_changes(old: &Json, new: &Json) -> Vec<StatementChange> {
    changes(&statements(old), &statements(new))
}

/// A policy as it is compared: AWS answers with account ids written as root ARNs, and keeps no order.
pub(super) fn policy(document: &Json) -> Json {
    let Some(text) = document.get("Policy").and_then(Json::as_str) else { return Json::Null };
    let Ok(policy) = serde_json::from_str::<Json>(text) else { return text.into() };
    let mut all: Vec<Json> = statements(&policy).into_iter().map(|it| it.canonical).collect();
    all.sort_by_key(ToString::to_string);
    json!({ "Version": policy.get("Version").and_then(Json::as_str).unwrap_or("2008-10-17"), "Statement": all })
}

/// A statement as it is written and as it is compared.
struct One {
    name: String,
    sid: Option<String>,
    raw: Json,
    canonical: Json,
}

fn statements(policy: &Json) -> Vec<One> {
    let list = match policy.get("Statement") {
        Some(Json::Array(items)) => items.clone(),
        Some(Json::Null) | None => Vec::new(),
        Some(one) => vec![one.clone()],
    };
    let mut out: Vec<One> = Vec::new();
    for (index, raw) in list.into_iter().enumerate() {
        let sid = raw.get("Sid").and_then(Json::as_str).filter(|it| !it.is_empty()).map(str::to_owned);
        let name = sid.clone().unwrap_or_else(|| format!("statement {}", index + 1));
        let canonical = canonical(&raw);
        // A statement that stands twice says nothing more.
        if !out.iter().any(|it| it.canonical == canonical) {
            out.push(One { name, sid, raw, canonical });
        }
    }
    out
}

fn changes(old: &[One], new: &[One]) -> Vec<StatementChange> {
    let gone = old.iter().filter(|it| !new.iter().any(|other| other.canonical == it.canonical));
    let mut gone: Vec<&One> = gone.collect();
    let mut out = Vec::new();
    for it in new.iter().filter(|it| !old.iter().any(|other| other.canonical == it.canonical)) {
        let by_sid = gone.iter().position(|other| it.sid.is_some() && other.sid == it.sid);
        let near = || gone.iter().position(|other| is_near(&other.canonical, &it.canonical));
        let partner = by_sid.or_else(near).map(|at| gone.remove(at));
        out.push(StatementChange {
            name: it.name.clone(),
            old: partner.map(|it| it.raw.clone()),
            new: Some(it.raw.clone()),
        });
    }
    out.extend(gone.into_iter().map(|it| StatementChange {
        name: it.name.clone(),
        old: Some(it.raw.clone()),
        new: None,
    }));
    out
}

/// Whether a statement is likely the other one, changed: the same effect, and two more parts alike.
fn is_near(a: &Json, b: &Json) -> bool {
    let same = |key: &str| a.get(key) == b.get(key);
    let parts = ["Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
    let both = |key: &&str| same(key) && a.get(key).is_some();
    same("Effect") && 2 <= parts.iter().filter(|it| both(it)).count()
}

/// A statement without its Sid, in one spelling.
fn canonical(it: &Json) -> Json {
    let mut out = Map::new();
    out.insert("Effect".to_owned(), it.get("Effect").cloned().unwrap_or_default());
    for key in ["Principal", "NotPrincipal"] {
        if let Some(value) = it.get(key) {
            out.insert(key.to_owned(), principals(value, key == "Principal"));
        }
    }
    for key in ["Action", "NotAction"] {
        if let Some(value) = it.get(key) {
            out.insert(key.to_owned(), folded(texts(value).into_iter().map(|it| it.to_ascii_lowercase()).collect()));
        }
    }
    for key in ["Resource", "NotResource"] {
        if let Some(value) = it.get(key) {
            out.insert(key.to_owned(), folded(texts(value)));
        }
    }
    if let Some(Json::Object(operators)) =
        it.get("Condition").filter(|it| it.as_object().is_some_and(|it| !it.is_empty()))
    {
        let mut all: Vec<String> = Vec::new();
        for (operator, keys) in operators {
            for (key, values) in keys.as_object().into_iter().flatten() {
                let mut values = texts(values);
                values.sort();
                values.dedup();
                all.push(json!([operator, key.to_ascii_lowercase(), values]).to_string());
            }
        }
        all.sort();
        out.insert("Condition".to_owned(), all.into());
    }
    out.into()
}

/// `"*"` and `{"AWS": "*"}` let in the same callers, yet `NotPrincipal` tells them apart; an account id is its root.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
fn principals(it: &Json, fold: bool) -> Json {
    let mut all: Vec<String> = match it {
        Json::Object(kinds) => kinds
            .iter()
            .flat_map(|(kind, values)| texts(values).into_iter().map(move |it| (kind.clone(), it)))
            .map(|(kind, text)| match kind.as_str() {
                "AWS" if text == "*" && fold => "*".to_owned(),
                "AWS" if is_account_id(&text) => {
                    format!("AWS arn:aws:iam::{text}:root")
                }
                // A bucket is in one partition only: which one its id does not say.
                "AWS" if text.starts_with("arn:aws-") && text.ends_with(":root") => match text.split(':').nth(4) {
                    Some(id) if is_account_id(id) => format!("AWS arn:aws:iam::{id}:root"),
                    _ => format!("AWS {text}"),
                },
                _ => format!("{kind} {text}"),
            })
            .collect(),
        other => texts(other),
    };
    all.sort();
    all.dedup();
    all.into()
}

/// A scalar is a list of one; booleans and numbers are their texts.
fn texts(it: &Json) -> Vec<String> {
    match it {
        Json::Array(items) => items.iter().flat_map(texts).collect(),
        Json::String(text) => vec![text.clone()],
        Json::Null => Vec::new(),
        other => vec![other.to_string()],
    }
}

/// A set of patterns without those that another one covers.
fn folded(all: Vec<String>) -> Json {
    let covers = |wide: &str, narrow: &str| {
        wide != narrow && wide.contains('*') && !(wide.contains('?') && narrow.contains('*')) && glob(wide, narrow)
    };
    let mut out: Vec<String> = all.iter().filter(|it| !all.iter().any(|wide| covers(wide, it))).cloned().collect();
    out.sort();
    out.dedup();
    out.into()
}
