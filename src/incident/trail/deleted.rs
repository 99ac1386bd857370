//! Users and roles that were deleted after a policy named them: S3 shows their unique ids from then on, and nobody called for that.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::frontend::live::State;
use crate::policy::is_unique_id;

use super::super::diff::canonical;

/// So many statements that differ in nothing but whom they name are tried for one.
const MOST_ALIKE: usize = 64;

/// A policy with the ids written as the events have them, where that is all in which the two differ.
pub(super) fn as_named(live: &State, folded: &State) -> Option<State> {
    let parse = |it: &State| serde_json::from_str::<Json>(it.value()?.get("Policy")?.as_str()?).ok();
    let (mut now, then) = (parse(live)?, parse(folded)?);
    let mut before: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    for it in statements(&then) {
        before.entry(but_for_principals(&it)).or_default().push(it);
    }
    let mut any = false;
    let mut named = |it: Json| {
        let alike = before.get(&but_for_principals(&it)).into_iter().flatten().take(MOST_ALIKE);
        let found = alike.filter_map(|was| filled(&it, was)).next();
        any |= found.is_some();
        found.unwrap_or(it)
    };
    let all: Vec<Json> = statements(&now).into_iter().map(&mut named).collect();
    now.as_object_mut()?.insert("Statement".to_owned(), all.into());
    let out = State::set(json!({ "Policy": now.to_string() }));
    (any && canonical("policy", out.value()) == canonical("policy", folded.value())).then_some(out)
}

/// A list of statements, or the only one.
fn statements(policy: &Json) -> Vec<Json> {
    match policy.get("Statement") {
        Some(Json::Array(all)) => all.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    }
}

/// The elements that name people.
const NAMING: [&str; 2] = ["Principal", "NotPrincipal"];

/// What a statement says beside whom it names, in one spelling.
fn but_for_principals(statement: &Json) -> String {
    let mut bare = statement.clone();
    if let Some(map) = bare.as_object_mut() {
        map.retain(|key, _| !NAMING.contains(&key.as_str()));
    }
    let text = json!({ "Statement": [bare] }).to_string();
    canonical("policy", Some(&json!({ "Policy": text }))).to_string()
}

/// A statement with its ids as the other one names them; nothing where it has none, or they cannot be those.
fn filled(statement: &Json, named: &Json) -> Option<Json> {
    let mut out = statement.clone();
    let mut any = false;
    for element in NAMING {
        let Some(named) = named.get(element).and_then(|it| it.get("AWS")) else { continue };
        let Some(shown) = out.get_mut(element).and_then(|it| it.get_mut("AWS")) else { continue };
        if let Some(all) = given_back(&texts(shown), &texts(named)) {
            *shown = json!(all);
            any = true;
        }
    }
    any.then_some(out)
}

fn texts(it: &Json) -> Vec<String> {
    let all = it.as_array().map_or(std::slice::from_ref(it), Vec::as_slice);
    all.iter().filter_map(Json::as_str).map(str::to_owned).collect()
}

/// The id of a user or of a role, whose session may stand behind it.
fn is_id(text: &str) -> bool {
    is_unique_id(text.split(':').next().unwrap_or_default())
}

/// Principals with each id as one that is named no more: as many of a kind must be gone as there are ids of it.
fn given_back(shown: &[String], named: &[String]) -> Option<Vec<String>> {
    let (ids, mut out): (Vec<&String>, Vec<&String>) = shown.iter().partition(|it| is_id(it));
    let gone: Vec<&String> = named.iter().filter(|it| !shown.contains(it)).collect();
    let kinds: [(&str, &[&str]); 2] = [("AROA", &[":role/", ":assumed-role/"]), ("AIDA", &[":user/"])];
    let fits = kinds.iter().all(|(start, kinds)| {
        let is_one = |it: &&&String| kinds.iter().any(|kind| it.contains(kind));
        ids.iter().filter(|it| it.starts_with(start)).count() == gone.iter().filter(is_one).count()
    });
    // A session is called the same as before.
    let session = |it: &&String| it.split_once(':').map(|it| it.1.to_owned());
    let is_known = |it: String| gone.iter().any(|name| name.rsplit('/').next() == Some(it.as_str()));
    if ids.is_empty() || !fits || ids.len() != gone.len() || !ids.iter().filter_map(session).all(is_known) {
        return None;
    }
    out.extend(gone);
    Some(out.into_iter().cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::123456789012:role/app";
    const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/app/s";
    const ID: &str = "AROAEXAMPLEEXAMPLE123";

    fn one(who: &str, action: &str) -> Json {
        json!({ "Effect": "Allow", "Principal": { "AWS": who }, "Action": action, "Resource": "arn:aws:s3:::data/*" })
    }

    fn policy(statements: &Json) -> State {
        State::set(json!({ "Policy": json!({ "Version": "2012-10-17", "Statement": statements }).to_string() }))
    }

    /// S3 may give back another order, and one statement in a list or not; what differs beside the ids is a change.
    #[test]
    fn ids_of_what_is_gone() {
        let user = "arn:aws:iam::123456789012:user/u";
        for (then, now, is) in [
            (one(ROLE, "s3:GetObject"), json!([one(ID, "s3:GetObject")]), true),
            (json!([one(ROLE, "s3:GetObject")]), one(ID, "s3:GetObject"), true),
            (
                json!([one(ROLE, "s3:GetObject"), one(user, "s3:PutObject")]),
                json!([one(user, "s3:PutObject"), one(ID, "s3:GetObject")]),
                true,
            ),
            (json!([one(SESSION, "s3:GetObject")]), json!([one(&format!("{ID}:s"), "s3:GetObject")]), true),
            (json!([one(SESSION, "s3:GetObject")]), json!([one(&format!("{ID}:t"), "s3:GetObject")]), false),
            (json!([one(ROLE, "s3:GetObject")]), json!([one(ID, "s3:PutObject")]), false),
            (json!([one(user, "s3:GetObject")]), json!([one(ID, "s3:GetObject")]), false),
            (json!([one(ROLE, "s3:GetObject")]), json!([one(ID, "s3:GetObject"), one("*", "s3:GetObject")]), false),
            (json!([one(ROLE, "s3:GetObject")]), json!([one(ROLE, "s3:GetObject")]), false),
        ] {
            assert_eq!(as_named(&policy(&now), &policy(&then)).is_some(), is, "{then} {now}");
        }
    }
}
