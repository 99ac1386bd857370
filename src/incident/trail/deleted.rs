//! Users and roles that were deleted after a policy named them: S3 shows their unique ids from then on, and nobody called for that.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use serde_json::{Value as Json, json};

use crate::frontend::live::State;
use crate::policy::is_unique_id;

use super::super::diff::canonical;

/// A policy with the ids written as the events have them, where that is all in which the two differ.
pub(super) fn as_named(live: &State, folded: &State) -> Option<State> {
    let parse = |it: &State| serde_json::from_str::<Json>(it.value()?.get("Policy")?.as_str()?).ok();
    let (mut now, then) = (parse(live)?, parse(folded)?);
    let before = then.get("Statement").and_then(Json::as_array)?;
    let statements = now.get_mut("Statement").and_then(Json::as_array_mut)?;
    let mut any = false;
    for (is, was) in statements.iter_mut().zip(before) {
        for element in ["Principal", "NotPrincipal"] {
            let Some(named) = was.get(element).and_then(|it| it.get("AWS")) else { continue };
            let Some(shown) = is.get_mut(element).and_then(|it| it.get_mut("AWS")) else { continue };
            if let Some(all) = given_back(&texts(shown), &texts(named)) {
                *shown = json!(all);
                any = true;
            }
        }
    }
    let out = State::set(json!({ "Policy": now.to_string() }));
    (any && canonical("policy", out.value()) == canonical("policy", folded.value())).then_some(out)
}

fn texts(it: &Json) -> Vec<String> {
    let all = it.as_array().map_or(std::slice::from_ref(it), Vec::as_slice);
    all.iter().filter_map(Json::as_str).map(str::to_owned).collect()
}

/// Principals with each id as one that is named no more: as many of a kind must be gone as there are ids of it.
fn given_back(shown: &[String], named: &[String]) -> Option<Vec<String>> {
    let (ids, mut out): (Vec<&String>, Vec<&String>) = shown.iter().partition(|it| is_unique_id(it));
    let gone: Vec<&String> = named.iter().filter(|it| !shown.contains(it)).collect();
    let fits = [("AROA", ":role/"), ("AIDA", ":user/")].iter().all(|(start, kind)| {
        ids.iter().filter(|it| it.starts_with(start)).count() == gone.iter().filter(|it| it.contains(kind)).count()
    });
    if ids.is_empty() || !fits || ids.len() != gone.len() {
        return None;
    }
    out.extend(gone);
    Some(out.into_iter().cloned().collect())
}
