//! From an evaluated value to a [`Policy`]: nothing is dropped; what is not understood is a note or a `rest`.
//!
//! Grammar: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>.

mod elements;
mod statement;

use crate::value::{Attr, Cause, Guard, Kind, Map, Origin, Val, Value, Why, json};

use super::{Note, NoteKind, Policy, lint};

/// Deeper nesting than any policy has: a document is at most six levels deep.
const MAX_CHOICE_DEPTH: usize = 16;

/// Parses a policy from a tree, or from a string that holds its JSON text.
///
/// Null is absent, unknown stays unknown, a choice gives one of several. Text that is not JSON gives a *known* policy
/// without statements whose `rest` says that there may be any: it is never taken for an empty policy.
#[must_use]
pub fn parse(val: &Val) -> Attr<Policy> {
    Attr { value: value(val, 0), origin: val.origin.clone() }
}

fn value(val: &Val, depth: usize) -> Value<Policy> {
    if MAX_CHOICE_DEPTH < depth {
        return Value::Unknown(Why::new(Cause::Limit, "the nesting of the policy", val.origin.span));
    }
    match &val.kind {
        Kind::Null => Value::Absent,
        Kind::Unknown(hole) => Value::Unknown(hole.why.clone()),
        Kind::Json(tree) => value(tree, depth + 1),
        Kind::Map(map) => Value::Known(document(map, &val.origin)),
        Kind::String(text) => match json::decode(text, &val.origin) {
            Ok(tree) if matches!(tree.kind, Kind::Map(_) | Kind::Unknown(_)) => value(&tree, depth + 1),
            Ok(_) => Value::Known(broken("the policy is not a JSON object", &val.origin, val.origin.clone(), None)),
            Err(error) => {
                let at = error
                    .at
                    .map_or_else(|| val.origin.clone(), |span| Origin { span: Some(span), ..val.origin.clone() });
                let message = format!("the policy is not valid JSON: {}", error.message);
                Value::Known(broken(&message, &val.origin, at, error.why))
            }
        },
        Kind::Choice(alternatives) => {
            let mut all = Vec::new();
            for it in alternatives.iter().filter(|it| it.guard != Guard::Never) {
                match value(&it.value, depth + 1) {
                    Value::OneOf(inner, _) => all.extend(inner),
                    one => all.push(one),
                }
            }
            match (all.len(), val.why()) {
                (1, _) => all.pop().unwrap_or(Value::Absent),
                (_, Some(why)) => Value::OneOf(all, why),
                (_, None) => Value::Unknown(Why::new(Cause::Conditional, "a condition", val.origin.span)),
            }
        }
        Kind::Bool(_) | Kind::Number(_) | Kind::List(_) => {
            Value::Known(broken("the policy is not a JSON object", &val.origin, val.origin.clone(), None))
        }
    }
}

/// A policy whose document could not be read.
fn broken(message: &str, origin: &Origin, at: Origin, why: Option<Why>) -> Policy {
    let note = Note {
        kind: NoteKind::JsonSyntax,
        message: message.to_owned(),
        origin: at.clone(),
        statement: None,
        sure: true,
    };
    // Where an unknown part is to blame, the text is not known to be wrong.
    let notes = if why.is_some() { Vec::new() } else { vec![note] };
    Policy {
        origin: origin.clone(),
        version: Attr::absent(origin.clone()),
        id: Attr::absent(origin.clone()),
        statements: Vec::new(),
        rest: Some(why.unwrap_or_else(|| Why::new(Cause::Syntax, "the policy", at.span.or(origin.span)))),
        notes,
        size: None,
    }
}

fn document(map: &Map, origin: &Origin) -> Policy {
    let mut policy = Policy {
        origin: origin.clone(),
        version: Attr::absent(origin.clone()),
        id: Attr::absent(origin.clone()),
        statements: Vec::new(),
        rest: map.rest.clone(),
        notes: Vec::new(),
        size: size(map),
    };
    elements::duplicates(map, None, &mut policy.notes);
    let mut has_statements = false;
    for entry in elements::last_entries(map) {
        let Some(key) = entry.key.known() else {
            policy.rest = policy.rest.or(entry.key.why().cloned());
            continue;
        };
        match key.as_str() {
            "Version" => policy.version = elements::text(&entry.value),
            "Id" => policy.id = elements::text(&entry.value),
            "Statement" => {
                has_statements = true;
                statement::statements(&entry.value, &mut policy);
            }
            _ => policy.notes.push(elements::unknown_element(&key, &["Version", "Id", "Statement"], entry, None)),
        }
    }
    if !has_statements && policy.rest.is_none() {
        policy.notes.push(Note {
            kind: NoteKind::MissingElements,
            message: "the policy has no `Statement`".to_owned(),
            origin: origin.clone(),
            statement: None,
            sure: true,
        });
    }
    lint::document(&mut policy);
    policy
}

/// The size without white space, where all is known.
fn size(map: &Map) -> Option<usize> {
    elements::compact_size_of(map, 0)
}

#[cfg(test)]
mod tests;
