//! What the provider refuses: equal Sids, and `&{` in a version that has no policy variables.
//! <https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/iam/policy_document_data_source.go>

use std::collections::BTreeSet;

use crate::value::{Guard, Kind, Origin, Val, json};

use super::statement::element;
use super::{PolicyDocumentArgs, StatementArgs};

/// Why the provider would make no document of these arguments, with places. What is not known is not held against them.
#[must_use]
pub fn refusals(args: &PolicyDocumentArgs) -> Vec<(Origin, String)> {
    let mut found = Vec::new();
    let own = args.statements.iter().filter(|it| it.exists == Guard::always());
    equal_sids(own.filter_map(|it| Some((it.sid.as_ref()?.as_text()?, it.origin.clone()))), &mut found);
    let sources = match &args.source_policy_documents {
        Some(Val { kind: Kind::List(list), .. }) => list.items.as_slice(),
        _ => &[],
    };
    let sources = args.source_json.iter().chain(sources);
    equal_sids(sources.flat_map(sids), &mut found);
    if args.version.as_ref().and_then(Val::as_text).as_deref() == Some("2008-10-17") {
        for statement in &args.statements {
            if let Some(value) = values(statement).into_iter().find(|it| has_variable(it)) {
                let message = "`&{` is a policy variable, which version 2008-10-17 does not have; write 2012-10-17";
                found.push((value.origin.clone(), message.to_owned()));
            }
        }
    }
    found
}

fn equal_sids(sids: impl Iterator<Item = (String, Origin)>, found: &mut Vec<(Origin, String)>) {
    let mut seen = BTreeSet::new();
    for (sid, origin) in sids.filter(|it| !it.0.is_empty()) {
        if !seen.insert(sid.clone()) {
            let message = format!("a second statement with the Sid \"{sid}\": Terraform makes no policy of them");
            found.push((origin, message));
        }
    }
}

/// The Sids of a document that is known.
fn sids(document: &Val) -> Vec<(String, Origin)> {
    let decoded;
    let tree = match &document.kind {
        Kind::Json(tree) => &**tree,
        Kind::String(text) => match json::decode(text, &document.origin) {
            Ok(tree) => {
                decoded = tree;
                &decoded
            }
            Err(_) => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let Kind::Map(map) = &tree.kind else { return Vec::new() };
    let statements = match element(map, "Statement") {
        Some(Val { kind: Kind::List(list), .. }) => list.items.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    let sid = |it: &Val| match &it.kind {
        Kind::Map(map) => Some((element(map, "Sid")?.as_text()?, it.origin.clone())),
        _ => None,
    };
    statements.iter().filter_map(sid).collect()
}

/// The values in which the provider looks for variables.
fn values(statement: &StatementArgs) -> Vec<&Val> {
    let mut all: Vec<&Val> = statement.resources.iter().chain(&statement.not_resources).collect();
    let principals = statement.principals.known.iter().chain(&statement.not_principals.known);
    all.extend(principals.filter_map(|it| it.identifiers.as_ref()));
    all.extend(statement.conditions.known.iter().filter_map(|it| it.values.as_ref()));
    all
}

fn has_variable(value: &Val) -> bool {
    match &value.kind {
        Kind::List(list) => list.items.iter().any(has_variable),
        Kind::String(text) => super::statement::has_variables(text),
        _ => false,
    }
}
